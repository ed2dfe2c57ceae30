//! What owners put at venues' disposal, and take back; orders that freeze.

use super::Work;
use super::lots::{free, lock_first};
use super::overlay::range;
use crate::instruction::Allocate;
use crate::names::{Asset, Hash, Height, VenueName};
use crate::receipt::Done;
use crate::receipt::{Refusal, Side};
use crate::state::{AccountRecord, Allocation, CashRecord, Due, Ends, Holding, Key, SecurityRecord};
use tallystick_rules::{AccountId, Money};

impl Work<'_> {
    pub fn allocate(&mut self, asked: &Allocate) -> Result<Done, Refusal> {
        let Allocate { venue, account, asset, most, standing, only, worst, most_fee, expiry } = *asked;
        self.check_terms(asked)?;
        let side = match asset {
            Asset::Security(_) => Side::Seller,
            Asset::Cash(_) => Side::Buyer,
        };
        self.not_frozen(account, asset, side)?;
        let key = Key::Holding(account, asset);
        self.state.read::<Holding>(key);
        let nothing = Holding::new(account, asset);
        let holding = self.state.seen::<Holding>(key).unwrap_or(&nothing);
        if holding.allocation(&venue).is_some() {
            return Err(Refusal::AllocationOpen);
        }
        if holding.allocations.len() == Holding::MOST_ALLOCATIONS {
            let most = format!("at most {}", Holding::MOST_ALLOCATIONS);
            return Err(range("the number of the holding's allocations", most));
        }
        let there = free(holding).iter().map(|(_, free)| free).sum();
        if !standing && there < most {
            return Err(Refusal::Insufficient { asset, free: there });
        }
        let locked = lock_first(holding, most);

        let holding = self.state.edit_or(key, || nothing);
        let at = holding.allocations.partition_point(|other| other.venue < venue);
        let allocation = Allocation {
            venue,
            locked,
            left: most,
            standing,
            only,
            worst,
            fee_left: most_fee,
            expiry,
            ending: false,
        };
        holding.allocations.insert(at, allocation);
        // It was checked to lie more than the horizon ahead.
        let due = Due::Allocation(account, asset, venue);
        self.schedule(Height(expiry.0 - u64::from(self.genesis.horizon)), due);
        self.schedule(expiry.plus(1), due);
        Ok(Done::Asked)
    }

    /// Checks what an allocation says, as far as it can be wrong in itself.
    fn check_terms(&mut self, asked: &Allocate) -> Result<(), Refusal> {
        self.state.known::<AccountRecord>(Key::Account(asked.account))?;
        self.known_asset(asked.asset)?;
        if !self.is_venue(&asked.venue) {
            let name = String::from_utf8_lossy(&asked.venue).trim_end_matches('\0').to_string();
            return Err(Refusal::Unknown { what: format!("venue {name:?}") });
        }
        match (asked.asset, asked.only) {
            (Asset::Security(_), Some(Asset::Security(_))) => {
                return Err(range("what a security is sold for", "a cash token"));
            }
            (Asset::Cash(_), Some(Asset::Cash(_))) => {
                return Err(range("what cash buys", "a security"));
            }
            (_, Some(only)) => self.known_asset(only)?,
            (_, None) => {}
        }
        let most = match asked.asset {
            Asset::Security(_) => u64::MAX,
            Asset::Cash(_) => i64::MAX as u64,
        };
        if !(1..=most).contains(&asked.most) {
            return Err(range("what is allocated", format!("1 to {most}")));
        }
        if asked.most_fee < Money::ZERO {
            return Err(range("the most fee", "at least 0"));
        }
        if asked.worst.is_some_and(|price| price.units.is_zero() || price.money < Money::ZERO) {
            return Err(range("the worst price", "at least 0, for at least one unit"));
        }
        let in_money = matches!(asked.asset, Asset::Security(_)) && asked.most_fee > Money::ZERO;
        if asked.only.is_none() && (asked.worst.is_some() || in_money) {
            return Err(range(
                "what it may be exchanged for",
                "stated, where there is a worst price or a fee",
            ));
        }
        if asked.expiry <= self.at.height.plus(self.genesis.horizon) {
            let horizon = self.genesis.horizon;
            return Err(range("the allocation's expiry", format!("more than {horizon} heights ahead")));
        }
        Ok(())
    }

    pub fn withdraw(&mut self, venue: VenueName, account: AccountId, asset: Asset) -> Result<Done, Refusal> {
        let last = self.at.height.plus(self.genesis.horizon);
        let key = Key::Holding(account, asset);
        let found =
            self.state.read::<Holding>(key).is_some_and(|holding| holding.allocation(&venue).is_some());
        if !found {
            return Err(Refusal::Unknown { what: format!("open allocation of {asset} to this venue") });
        }
        let holding = self.state.change::<Holding>(key);
        let allocations = holding.allocations.iter_mut();
        let open = allocations.into_iter().find(|open| open.venue == venue).expect("it was found");
        open.ending = true;
        if last < open.expiry {
            open.expiry = last;
            self.schedule(last.plus(1), Due::Allocation(account, asset, venue));
        }
        Ok(Done::Asked)
    }

    pub fn freeze(
        &mut self,
        account: AccountId,
        asset: Asset,
        frozen: bool,
        order: Hash,
    ) -> Result<Done, Refusal> {
        self.state.known::<AccountRecord>(Key::Account(account))?;
        let key = Key::Holding(account, asset);
        if frozen {
            self.state.edit_or(key, || Holding::new(account, asset)).frozen = Some(order);
            return Ok(Done::Asked);
        }
        if self.state.read::<Holding>(key).is_none_or(|holding| holding.frozen.is_none()) {
            return Err(Refusal::Unknown { what: format!("freeze of {asset} in account {account}") });
        }
        self.state.change::<Holding>(key).frozen = None;
        Ok(Done::Asked)
    }

    /// What ends at this height, ends; what will end within the horizon begins to.
    pub fn end_what_is_due(&mut self) {
        let height = self.at.height;
        let last = match self.state.read::<Ends>(Key::Ends(height, 0)) {
            Some(first) => first.last,
            None => return,
        };
        for page in 0..=last {
            let key = Key::Ends(height, page);
            let due = std::mem::take(&mut self.state.change::<Ends>(key).due);
            self.state.remove(key);
            for due in due {
                match due {
                    Due::Allocation(account, asset, venue) => self.end_allocation(account, asset, venue),
                    Due::Lease(security, counter, venue) => self.end_lease(security, counter, venue),
                    Due::Left(security, investor) => self.end_left(security, investor),
                }
            }
        }
    }

    fn end_allocation(&mut self, account: AccountId, asset: Asset, venue: VenueName) {
        let (height, horizon) = (self.at.height, self.genesis.horizon);
        let Some(holding) = self.state.edit::<Holding>(Key::Holding(account, asset)) else { return };
        // It may be another by now, or have another expiry: what it says itself counts.
        holding.allocations.retain(|open| open.venue != venue || height <= open.expiry);
        let open = holding.allocations.iter_mut().find(|open| open.venue == venue);
        if let Some(open) = open
            && height.plus(horizon) >= open.expiry
        {
            open.ending = true;
        }
    }

    /// Sees to it that something ends.
    pub fn schedule(&mut self, height: Height, what: Due) {
        let first = self.state.edit_or::<Ends>(Key::Ends(height, 0), Ends::default);
        let last = first.last;
        let page = self.state.edit_or::<Ends>(Key::Ends(height, last), Ends::default);
        if page.due.len() < Ends::MOST {
            page.due.push(what);
            return;
        }
        self.state.change::<Ends>(Key::Ends(height, 0)).last = last + 1;
        self.state.put(Key::Ends(height, last + 1), Ends { last: 0, due: vec![what] });
    }

    fn known_asset(&mut self, asset: Asset) -> Result<(), Refusal> {
        match asset {
            Asset::Security(id) => self.state.known::<SecurityRecord>(Key::Security(id)).map(|_| ()),
            Asset::Cash(id) => self.state.known::<CashRecord>(Key::Cash(id)).map(|_| ()),
        }
    }
}
