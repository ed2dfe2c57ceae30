//! Accounts of broker-dealers' customers: dense numbers from 1.

use crate::book::slab::{List, OfAccount, Slab, Slot};
use crate::types::{AccountId, FirmId, InvestorId};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Account {
    /// Whose customer it is.
    pub firm: FirmId,
    /// In whose name the register has it.
    pub record_holder: InvestorId,
    /// Who enjoys the ownership.
    pub beneficial_owner: InvestorId,
}

#[derive(Debug, Default)]
pub(crate) struct Accounts {
    all: Vec<Account>,
    open_orders: Vec<List>,
    of_owner: BTreeMap<InvestorId, Vec<AccountId>>,
}

impl Accounts {
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn next_id(&self) -> AccountId {
        AccountId(self.all.len() as u32 + 1)
    }

    pub fn add(&mut self, account: Account) {
        let id = self.next_id();
        self.of_owner.entry(account.beneficial_owner).or_default().push(id);
        self.all.push(account);
        self.open_orders.push(List::default());
    }

    pub fn get(&self, id: AccountId) -> Option<&Account> {
        self.all.get((id.0 as usize).checked_sub(1)?)
    }

    /// The beneficial owner of an account that exists.
    pub fn owner(&self, id: AccountId) -> InvestorId {
        self.get(id).expect("an order's account exists").beneficial_owner
    }

    pub fn of_owner(&self, owner: InvestorId) -> &[AccountId] {
        self.of_owner.get(&owner).map_or(&[], Vec::as_slice)
    }

    pub fn all(&self) -> &[Account] {
        &self.all
    }

    pub fn attach(&mut self, orders: &mut Slab, slot: Slot) {
        let account = orders[slot].account;
        self.open_orders[account.0 as usize - 1].push_back::<OfAccount>(orders, slot);
    }

    pub fn detach(&mut self, orders: &mut Slab, slot: Slot) {
        let account = orders[slot].account;
        self.open_orders[account.0 as usize - 1].unlink::<OfAccount>(orders, slot);
    }

    /// The oldest open order of an account; follow `of_account.next` for the others.
    pub fn first_order(&self, id: AccountId) -> Option<Slot> {
        self.open_orders[id.0 as usize - 1].head.some()
    }
}
