//! Cash tokens.

use super::Work;
use super::lots::arrive_cash;
use super::overlay::{overflow, range};
use crate::instruction::SecurityTerms;
use crate::keys::PublicKey;
use crate::names::Asset;
use crate::receipt::{Done, Refusal, Side};
use crate::state::{AccountRecord, CashRecord, Counters, Holding, Key};
use tallystick_rules::{AccountId, CashId, Money};

/// The most digits after the point: all that an amount can have.
const MOST_DECIMALS: u8 = 18;

impl Work<'_> {
    pub fn create_cash(&mut self, name: &str, decimals: u8, by: PublicKey) -> Result<Done, Refusal> {
        named("the token's name", name)?;
        if decimals > MOST_DECIMALS {
            return Err(range("the number of decimals", format!("at most {MOST_DECIMALS}")));
        }
        let cash = self.state.read::<Counters>(Key::Counters).expect("they begin with the chain").cash;
        let next = cash.0.checked_add(1).ok_or_else(|| overflow("the number of cash tokens"))?;
        self.state.change::<Counters>(Key::Counters).cash = CashId(next);
        let record = CashRecord { cash, name: name.into(), decimals, issuer: by, issued: Money::ZERO };
        self.state.put(Key::Cash(cash), record);
        Ok(Done::Cash(cash))
    }

    pub fn mint_cash(&mut self, cash: CashId, account: AccountId, amount: Money) -> Result<Done, Refusal> {
        let asset = Asset::Cash(cash);
        let account = self.state.known::<AccountRecord>(Key::Account(account))?.clone();
        if amount.0 < 1 {
            return Err(range("the amount", "at least 1"));
        }
        // All that there is has room in one holding: so no later sum of holdings can pass what can be counted.
        let issued = self.state.known::<CashRecord>(Key::Cash(cash))?.issued;
        let issued = issued.checked_add(amount).ok_or_else(|| overflow("the cash token's total"))?;
        self.not_frozen(account.account, asset, Side::Receiver)?;

        self.state.change::<CashRecord>(Key::Cash(cash)).issued = issued;
        let key = Key::Holding(account.account, asset);
        arrive_cash(self.state.edit_or(key, || Holding::new(account.account, asset)), amount);
        self.credit(&account, asset, amount.0.unsigned_abs());
        Ok(Done::Asked)
    }

    /// Refuses where an order freezes the holding.
    pub fn not_frozen(&mut self, account: AccountId, asset: Asset, side: Side) -> Result<(), Refusal> {
        match self.state.read::<Holding>(Key::Holding(account, asset)) {
            Some(holding) if holding.frozen.is_some() => Err(Refusal::Frozen { side }),
            _ => Ok(()),
        }
    }
}

/// Refuses a text that is empty or too long.
pub(super) fn named(what: &str, text: &str) -> Result<(), Refusal> {
    if text.is_empty() || text.len() > SecurityTerms::LONGEST_NAME {
        return Err(range(what, format!("1 to {} bytes long", SecurityTerms::LONGEST_NAME)));
    }
    Ok(())
}
