//! A transfer: everything is checked, in a stated order, before anything is changed.

use super::Work;
use super::lots::{Arrival, locked_of};
use super::overlay::{overflow, range};
use crate::instruction::{LotMove, Transfer};
use crate::lot::Lot;
use crate::names::{Asset, VenueName};
use crate::receipt::{Refusal, Side};
use crate::state::{AccountRecord, Allocation, CashRecord, Holding, Key, Locked, Pair, SecurityRecord};
use tallystick_rules::{AccountId, History, Money, Place};

/// What a transfer that may be carried out comes to.
pub(super) struct Delivery {
    pub seller: AccountRecord,
    pub buyer: AccountRecord,
    /// What the buyer pays: the price and its legs.
    pub paid: Money,
    /// What the seller pays of it in its own legs.
    pub seller_legs: Money,
    /// What the buyer pays in its legs.
    pub buyer_legs: Money,
    /// What comes to the buyer, part by part as the transfer has them.
    pub arrivals: Vec<Arrival>,
    /// Of which approval it uses up its units, if it does.
    pub approval: Option<Pair>,
}

impl Work<'_> {
    /// Checks a transfer whose venue is known to have signed it, and that was not decided before.
    pub fn check(&mut self, venue: &VenueName, transfer: &Transfer) -> Result<Delivery, Refusal> {
        let (seller, buyer) = self.check_names(transfer)?;
        let (seller_legs, buyer_legs) = check_values(transfer)?;
        self.check_heights(transfer)?;
        let record =
            self.state.read::<SecurityRecord>(Key::Security(transfer.security)).expect("it is known");
        if record.epoch != transfer.epoch {
            return Err(Refusal::StaleEpoch { current: record.epoch });
        }
        self.check_freezes(transfer)?;
        let paid = check_sums(transfer, buyer_legs)?;
        self.check_sale(venue, transfer, seller_legs)?;
        self.check_purchase(venue, transfer, paid, buyer_legs)?;
        let lots = self.lots(transfer)?;
        let (histories, approval) = self.check_rules(venue, transfer, &seller, &buyer, &lots)?;
        let arrivals = self.arrivals(transfer, &lots, histories)?;
        Ok(Delivery { seller, buyer, paid, seller_legs, buyer_legs, arrivals, approval })
    }

    /// Everything that it names must be there.
    fn check_names(&mut self, transfer: &Transfer) -> Result<(AccountRecord, AccountRecord), Refusal> {
        self.state.known::<SecurityRecord>(Key::Security(transfer.security))?;
        let seller = self.state.known::<AccountRecord>(Key::Account(transfer.seller))?.clone();
        let buyer = self.state.known::<AccountRecord>(Key::Account(transfer.buyer))?.clone();
        self.state.known::<CashRecord>(Key::Cash(transfer.cash))?;
        if transfer.legs.len() > Transfer::MOST_LEGS {
            return Err(range("the number of legs", format!("at most {}", Transfer::MOST_LEGS)));
        }
        for leg in &transfer.legs {
            self.state.known::<AccountRecord>(Key::Account(leg.to))?;
        }
        Ok((seller, buyer))
    }

    /// The versions it pins must be in force, and its time lie between theirs and the block's.
    fn check_heights(&mut self, transfer: &Transfer) -> Result<(), Refusal> {
        let (oldest, horizon) = (self.oldest(), self.genesis.horizon);
        if transfer.pinned < oldest || transfer.pinned > self.at.height {
            return Err(Refusal::StalePin { oldest });
        }
        if transfer.expiry > transfer.pinned.plus(horizon) {
            return Err(range("the expiry", format!("at most {horizon} heights after the one it pins")));
        }
        let pinned =
            self.state.time(transfer.pinned).expect("the times of heights that may be pinned are kept");
        if transfer.traded < pinned || transfer.traded > self.at.time {
            return Err(Refusal::TradeTime);
        }
        Ok(())
    }

    /// No order may freeze what it moves, or where that goes.
    fn check_freezes(&mut self, transfer: &Transfer) -> Result<(), Refusal> {
        let (units, cash) = (Asset::Security(transfer.security), Asset::Cash(transfer.cash));
        for (account, side) in [(transfer.seller, Side::Seller), (transfer.buyer, Side::Buyer)] {
            self.not_frozen(account, units, side)?;
            self.not_frozen(account, cash, side)?;
        }
        transfer.legs.iter().try_for_each(|leg| self.not_frozen(leg.to, cash, Side::Receiver))
    }

    /// The seller must have allocated these lots, at this price or a better one for it, and for these fees.
    fn check_sale(&mut self, venue: &VenueName, transfer: &Transfer, legs: Money) -> Result<(), Refusal> {
        let (side, exchanged) = (Side::Seller, Asset::Cash(transfer.cash));
        let (account, asset) = (transfer.seller, Asset::Security(transfer.security));
        let open = self.open_allocation(venue, account, asset, exchanged, side)?;
        if open.worst.is_some_and(|worst| !worst.is_met_by(transfer.money, transfer.units)) {
            return Err(Refusal::WorsePrice { side });
        }
        if transfer.units.0 > open.left {
            return Err(Refusal::BeyondAllocation { side });
        }
        if legs > open.fee_left {
            return Err(Refusal::FeeTooHigh { side });
        }
        let Locked::Units(locked) = &open.locked else { panic!("cash is locked of units") };
        if transfer.lots.iter().any(|part| part.units > locked_of(locked, part.lot)) {
            return Err(Refusal::WrongLots);
        }
        Ok(())
    }

    /// The buyer must have allocated this much, at this price or a better one for it, and for these fees.
    fn check_purchase(
        &mut self,
        venue: &VenueName,
        transfer: &Transfer,
        paid: Money,
        legs: Money,
    ) -> Result<(), Refusal> {
        let (side, exchanged) = (Side::Buyer, Asset::Security(transfer.security));
        let (account, asset) = (transfer.buyer, Asset::Cash(transfer.cash));
        let open = self.open_allocation(venue, account, asset, exchanged, side)?;
        if open.worst.is_some_and(|worst| !worst.bounds(transfer.money, transfer.units)) {
            return Err(Refusal::WorsePrice { side });
        }
        if paid.0.unsigned_abs() > open.left {
            return Err(Refusal::BeyondAllocation { side });
        }
        if legs > open.fee_left {
            return Err(Refusal::FeeTooHigh { side });
        }
        let free = open.locked();
        if paid.0.unsigned_abs() > free { Err(Refusal::Insufficient { asset, free }) } else { Ok(()) }
    }

    fn open_allocation(
        &mut self,
        venue: &VenueName,
        account: AccountId,
        asset: Asset,
        exchanged: Asset,
        side: Side,
    ) -> Result<&Allocation, Refusal> {
        let height = self.at.height;
        let fits =
            |open: &&Allocation| height <= open.expiry && open.only.is_none_or(|only| only == exchanged);
        let holding = self.state.read::<Holding>(Key::Holding(account, asset));
        let open = holding.and_then(|holding| holding.allocation(venue));
        open.filter(fits).ok_or(Refusal::NoAllocation { side })
    }

    /// The seller's lots that it names, in its order. None may have been traded before the day that it is held since.
    fn lots(&mut self, transfer: &Transfer) -> Result<Vec<Lot>, Refusal> {
        let key = Key::Holding(transfer.seller, Asset::Security(transfer.security));
        let holding = self.state.read::<Holding>(key).expect("what is allocated is there");
        let lot = |number| holding.lots().iter().find(|lot| lot.id == number);
        let named = transfer.lots.iter().map(|part| lot(part.lot).expect("what is locked is there"));
        let lots: Vec<Lot> = named.copied().collect();
        let too_young = lots.iter().any(|lot| transfer.traded < lot.history.acquired);
        if too_young { Err(Refusal::TradeTime) } else { Ok(lots) }
    }

    /// What comes to the buyer, part by part.
    fn arrivals(
        &mut self,
        transfer: &Transfer,
        lots: &[Lot],
        histories: Vec<History>,
    ) -> Result<Vec<Arrival>, Refusal> {
        let parts = transfer.lots.iter().zip(lots).zip(histories);
        let arrival = |((part, lot), history): ((&LotMove, &Lot), History)| Arrival {
            units: part.units,
            history,
            issuance: lot.issuance,
        };
        let arrivals: Vec<Arrival> = parts.map(arrival).collect();
        self.has_room(transfer.buyer, transfer.security, &arrivals)?;
        Ok(arrivals)
    }
}

/// The values must be within their ranges; the sums of the seller's legs, and of the buyer's.
fn check_values(transfer: &Transfer) -> Result<(Money, Money), Refusal> {
    if transfer.units.is_zero() {
        return Err(range("the units", "at least 1"));
    }
    if transfer.money < Money::ZERO {
        return Err(range("the money", "at least 0"));
    }
    if !Place::country(transfer.market.place).is_well_formed() {
        return Err(range("the market's place", "two capital letters (ISO 3166-1 alpha-2)"));
    }
    if transfer.lots.len() > Lot::MOST {
        return Err(range("the number of lots", format!("at most {}", Lot::MOST)));
    }
    let mut sums = [Money::ZERO; 2];
    for leg in &transfer.legs {
        if leg.amount.0 < 1 {
            return Err(range("the amount of a leg", "at least 1"));
        }
        let sum = &mut sums[usize::from(leg.by_seller)];
        *sum = sum.checked_add(leg.amount).ok_or_else(|| overflow("the sum of the legs"))?;
    }
    let [buyer, seller] = sums;
    if seller > transfer.money {
        return Err(range("the sum of the seller's legs", "at most what it is paid"));
    }
    Ok((seller, buyer))
}

/// The lots must be different ones and come to the units; what the buyer pays in all.
fn check_sums(transfer: &Transfer, buyer_legs: Money) -> Result<Money, Refusal> {
    let sum: u128 = transfer.lots.iter().map(|part| u128::from(part.units.0)).sum();
    let mut named: Vec<_> = transfer.lots.iter().map(|part| part.lot).collect();
    named.sort_unstable();
    let twice = named.windows(2).any(|pair| pair[0] == pair[1]);
    let empty = transfer.lots.iter().any(|part| part.units.is_zero());
    if twice || empty || sum != u128::from(transfer.units.0) {
        return Err(Refusal::WrongLots);
    }
    transfer.money.checked_add(buyer_legs).ok_or_else(|| overflow("what the buyer pays"))
}
