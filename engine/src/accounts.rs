//! Accounts of broker-dealers' customers.

use crate::book::slab::{List, OfAccount, Slab, Slot};
use crate::numbered::Numbered;
use crate::types::{AccountId, FirmId, InvestorId};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Account {
    /// Its number.
    pub account: AccountId,
    /// Whose customer it is.
    pub firm: FirmId,
    /// In whose name the register has it.
    pub record_holder: InvestorId,
    /// Who enjoys the ownership.
    pub beneficial_owner: InvestorId,
}

#[derive(Debug)]
struct Row {
    account: Account,
    open_orders: List,
}

#[derive(Debug, Default)]
pub(crate) struct Accounts {
    rows: Numbered<AccountId, Row>,
    of_owner: BTreeMap<InvestorId, Vec<AccountId>>,
    of_firm: BTreeSet<(FirmId, AccountId)>,
}

impl Accounts {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn add(&mut self, account: Account) {
        let of_owner = self.of_owner.entry(account.beneficial_owner).or_default();
        let at = of_owner.partition_point(|&other| other < account.account);
        of_owner.insert(at, account.account);
        self.of_firm.insert((account.firm, account.account));
        self.rows.insert(account.account, Row { account, open_orders: List::default() });
    }

    pub fn get(&self, id: AccountId) -> Option<&Account> {
        self.rows.get(id).map(|row| &row.account)
    }

    /// The beneficial owner of an account that exists.
    pub fn owner(&self, id: AccountId) -> InvestorId {
        self.rows[id].account.beneficial_owner
    }

    /// The firm of an account that exists.
    pub fn firm(&self, id: AccountId) -> FirmId {
        self.rows[id].account.firm
    }

    /// An owner's accounts, by their numbers.
    pub fn of_owner(&self, owner: InvestorId) -> &[AccountId] {
        self.of_owner.get(&owner).map_or(&[], Vec::as_slice)
    }

    /// The account after `done` (or the first, after none) of a firm; without a firm, of all firms, firm by firm.
    pub fn after(&self, firm: Option<FirmId>, done: AccountId) -> Option<AccountId> {
        let from = match (self.get(done), firm) {
            (Some(account), _) => (account.firm, AccountId(done.0 + 1)),
            (None, firm) => (firm.unwrap_or(FirmId(0)), AccountId(0)),
        };
        let (of, next) = self.of_firm.range(from..).next()?;
        firm.is_none_or(|firm| firm == *of).then_some(*next)
    }

    /// By their numbers.
    pub fn all(&self) -> impl Iterator<Item = &Account> {
        self.rows.values().map(|row| &row.account)
    }

    pub fn attach(&mut self, orders: &mut Slab, slot: Slot) {
        let account = orders[slot].account;
        self.rows[account].open_orders.push_back::<OfAccount>(orders, slot);
    }

    pub fn detach(&mut self, orders: &mut Slab, slot: Slot) {
        let account = orders[slot].account;
        self.rows[account].open_orders.unlink::<OfAccount>(orders, slot);
    }

    /// The oldest open order of an account; follow `of_account.next` for the others.
    pub fn first_order(&self, id: AccountId) -> Option<Slot> {
        self.rows.get(id)?.open_orders.head.some()
    }
}
