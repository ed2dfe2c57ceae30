//! The checks of an order, each a reason of [`Reject`]; `check_new` asks them in the order in which it declares them.

use crate::backlog::Whose;
use crate::book::order::{Words, go_together, is_for_auction};
use crate::command::NewOrder;
use crate::engine::Engine;
use crate::fees::Tab;
use crate::life::{Stake, stake};
use crate::operator::is_date;
use crate::pegs::MOST_PEGGED;
use crate::phase::Phase;
use crate::reject::Reject;
use crate::risk::{Ask, Beside, Likeness, scopes};
use crate::security::Security;
use crate::stops::reaches;
use crate::types::{
    AccountId, Asset, FirmId, Instructions, Minimum, Money, OrdType, OrderId, PegTo, Price, Side, Steps,
    Ticks, Units,
};

/// The prices of an order that may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prices {
    /// The worst price it may ever trade at.
    pub limit: Ticks,
    /// Of a stop.
    pub stop: Option<Ticks>,
}

/// Whether an order comes, or has come before and awaited an approval: then it counts no more for rates and duplicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    First,
    Again,
}

impl Engine {
    pub(crate) fn check_new(&mut self, id: OrderId, new: &NewOrder) -> Result<Prices, Reject> {
        self.take_name(id, new)?;
        self.check_order(new, None, Turn::First)
    }

    /// The client's name for an order is used up, whatever becomes of it.
    pub(crate) fn take_name(&mut self, id: OrderId, new: &NewOrder) -> Result<(), Reject> {
        let most = self.max_clordids();
        let session = self.sessions.get(new.from.session);
        session.check_clordid(new.clordid, most)?;
        session.use_clordid(new.clordid, Some(id));
        Ok(())
    }

    /// All checks but that of the name. `beside` is what is accepted just before it in the same step.
    pub(crate) fn check_order(
        &self,
        new: &NewOrder,
        beside: Option<Beside>,
        turn: Turn,
    ) -> Result<Prices, Reject> {
        let firm = self.sessions.find(new.from.session).expect("it has asked").firm;
        let security = self.find_security(new.security).ok_or(Reject::UnknownSecurity)?;
        let owned = self.accounts.get(new.account).filter(|account| account.firm == firm);
        owned.ok_or(Reject::UnknownAccount)?;
        security.check_admitted(firm)?;
        let scopes = scopes(firm, new.from.session, new.account);
        self.check_blocked(scopes)?;
        check_phase(security)?;
        let words = Words::of(new);
        let once = matches!(words.instructions.minimum, Some(Minimum::Once(_)));
        if !security.phase.takes(new.ord_type, new.time_in_force) || (once && !security.matches()) {
            return Err(Reject::NotInThisPhase);
        }
        if !go_together(&words) {
            return Err(Reject::Instructions);
        }
        check_date(&words, self.date)?;
        check_quantity(security, new.quantity)?;
        check_parts(security, &words.instructions, new.quantity)?;
        check_presence(&words, new.price)?;
        let width = self.risk.collar_width(security, scopes);
        let prices = check_prices(security, &words, new.price, width)?;
        check_stop(security, new.side, prices.stop)?;
        if !self.orders.has_room(1 + usize::from(beside.is_some())) {
            return Err(Reject::TooManyOpenOrders);
        }
        if new.ord_type == OrdType::Pegged && self.pegged(new.security) >= MOST_PEGGED {
            return Err(Reject::TooManyPegged);
        }
        self.check_backlog(firm, security)?;
        let rated = turn == Turn::First;
        let (limit, priced, like) = (prices.limit, new.price.is_some(), rated.then(|| Likeness::of(new)));
        let (quantity, leaves, counted) = (new.quantity, new.quantity, Money::ZERO);
        self.check_risk(&Ask {
            security,
            scopes,
            limit,
            priced,
            quantity,
            leaves,
            counted,
            like,
            rated,
            beside,
        })?;
        self.check_rules(new.security, (new.side, new.account), new.quantity, Units::ZERO)?;
        let fees = security.fees_to_come(Tab::default(), prices.limit, new.quantity);
        self.check_terms(security, new.account, new.side, prices.limit, (fees, Money::ZERO))?;
        let stake = stake(security, new.side, prices.limit, new.quantity, Tab::default());
        self.check_stake(security, new.account, stake, None)?;
        Ok(prices)
    }

    pub(crate) fn check_backlog(&self, firm: FirmId, security: &Security) -> Result<(), Reject> {
        let most = self.params.as_ref().expect("only an open venue has securities").max_unsettled;
        let whose = [
            (Whose::Venue, &most.venue),
            (Whose::Firm(firm), &most.firm),
            (Whose::Security(security.id()), &most.security),
        ];
        let cash = security.listing.cash;
        let full = whose.iter().any(|(whose, bound)| self.backlog.is_full(*whose, cash, bound));
        if full { Err(Reject::SettlementBacklog) } else { Ok(()) }
    }

    /// Whether the account's allocation permits the order, and what its fees may come to, where a network tells of
    /// allocations; counting what `released` of fees an order that it replaces gives back.
    pub(crate) fn check_terms(
        &self,
        security: &Security,
        account: AccountId,
        side: Side,
        limit: Ticks,
        (fees, released): (Money, Money),
    ) -> Result<(), Reject> {
        if !self.has_network() {
            return Ok(());
        }
        let listing = &security.listing;
        let (asset, terms) = match side {
            Side::Sell => {
                let holding = self.holdings.holding(account, listing.security);
                (Asset::Security(listing.security), holding.map(|h| h.terms))
            }
            Side::Buy => {
                let purse = self.holdings.purse(account, listing.cash);
                (Asset::Cash(listing.cash), purse.map(|p| p.terms))
            }
        };
        let terms = terms.unwrap_or_default();
        if !terms.usable || self.closing.contains(&(account, asset)) {
            return Err(Reject::AllocationEnded);
        }
        let permitted = match side {
            Side::Sell => terms.permit_sale(&listing.ticks, limit, listing.cash),
            Side::Buy => terms.permit_purchase(&listing.ticks, limit, listing.security),
        };
        let permitted = permitted && self.permits_fees(account, asset, fees, released);
        if permitted { Ok(()) } else { Err(Reject::OutsideAllocation) }
    }

    /// Whether the account can promise `stake`, counting what `released` would give back.
    pub(crate) fn check_stake(
        &self,
        security: &Security,
        account: AccountId,
        stake: Stake,
        released: Option<Stake>,
    ) -> Result<(), Reject> {
        match stake {
            Stake::Units(needed) => {
                let reserved = self.holdings.holding(account, security.id()).map(|h| h.reserved);
                let open = self.ground(security.id(), self.known.persons()).open_units(account);
                let mut available = open.saturating_sub(reserved.unwrap_or(Units::ZERO));
                if let Some(Stake::Units(back)) = released {
                    available += back;
                }
                if needed > available { Err(Reject::InsufficientUnits { available }) } else { Ok(()) }
            }
            Stake::Cash(needed) => {
                let purse = self.holdings.purse(account, security.listing.cash);
                let mut available = purse.map_or(Money::ZERO, |p| p.available());
                if let Some(Stake::Cash(back)) = released {
                    available += back;
                }
                if needed > available { Err(Reject::InsufficientCash { available }) } else { Ok(()) }
            }
        }
    }

    pub(crate) fn max_clordids(&self) -> usize {
        self.params.as_ref().map_or(0, |p| p.max_clordids as usize)
    }
}

pub(crate) fn check_phase(security: &Security) -> Result<(), Reject> {
    match security.phase {
        Phase::Closed | Phase::PostClose => Err(Reject::Closed),
        Phase::Halted => Err(Reject::Halted),
        _ if security.uncrossing => Err(Reject::Uncrossing),
        _ if security.coming.is_some() => Err(Reject::RulesChanging),
        _ => Ok(()),
    }
}

fn check_date(words: &Words, today: u32) -> Result<(), Reject> {
    match (words.time_in_force, words.instructions.expire_date) {
        (crate::types::TimeInForce::GoodTillDate, None) => Err(Reject::ExpireDate),
        (_, Some(date)) if !is_date(date) || date < today => Err(Reject::ExpireDate),
        _ => Ok(()),
    }
}

pub(crate) fn check_quantity(security: &Security, quantity: Units) -> Result<(), Reject> {
    let rule = &security.listing.ticks;
    let good = !quantity.is_zero() && quantity <= rule.max_quantity && quantity.0.is_multiple_of(rule.lot.0);
    if good { Ok(()) } else { Err(Reject::Quantity) }
}

/// The least and the displayed quantity. Nought displayed hides the order.
fn check_parts(security: &Security, instructions: &Instructions, quantity: Units) -> Result<(), Reject> {
    let lot = security.listing.ticks.lot.0;
    let good = |part: Units| part <= quantity && part.0.is_multiple_of(lot);
    let least = match instructions.minimum {
        Some(Minimum::Once(least) | Minimum::Each(least)) => good(least) && !least.is_zero(),
        Some(Minimum::All) | None => true,
    };
    if least && instructions.display_qty.is_none_or(good) { Ok(()) } else { Err(Reject::PartQuantity) }
}

fn check_presence(words: &Words, price: Option<Price>) -> Result<(), Reject> {
    let Instructions { stop_price, peg, .. } = words.instructions;
    let given = (price.is_some(), stop_price.is_some(), peg.is_some());
    let good = match words.ord_type {
        OrdType::Limit => given == (true, false, false),
        OrdType::Market | OrdType::MarketToLimit => given == (false, false, false),
        OrdType::Stop => given == (false, true, false),
        OrdType::StopLimit => given == (true, true, false),
        OrdType::Pegged if words.is_trailing() => given == (false, false, true),
        OrdType::Pegged => !given.1 && given.2,
    };
    if good { Ok(()) } else { Err(Reject::PricePresence) }
}

/// The range of every price, then their ticks, then the collar around the reference for the limit. An order without a
/// price of its own gets one that is worse by `width`.
pub(crate) fn check_prices(
    security: &Security,
    words: &Words,
    price: Option<Price>,
    width: Steps,
) -> Result<Prices, Reject> {
    let rule = &security.listing.ticks;
    let most = rule.to_price(rule.max_price);
    let in_range = |price: Price| price.0 > 0 && price <= most;
    let Instructions { stop_price, peg, .. } = words.instructions;
    let offset = peg.map(|peg| peg.offset);
    let offset_in_range = peg.is_none_or(|peg| {
        let size = peg.offset.0.checked_abs().map_or(Price(0), Price);
        let nought = peg.offset.0 == 0 && peg.to != PegTo::Trailing;
        nought || (in_range(size) && (peg.to != PegTo::Trailing || peg.offset.0 > 0))
    });
    if !(price.is_none_or(in_range) && stop_price.is_none_or(in_range) && offset_in_range) {
        return Err(Reject::PriceRange);
    }
    let on_tick = |price: Option<Price>| price.map(|p| rule.to_ticks(p).ok_or(Reject::PriceTick)).transpose();
    let (price, stop) = (on_tick(price)?, on_tick(stop_price)?);
    if offset.is_some_and(|offset| rule.to_steps(offset).is_none()) {
        return Err(Reject::PriceTick);
    }
    let stop = if words.is_trailing() {
        let stop = security.trailing_stop(words.side, &words.instructions, security.reference);
        Some(stop.ok_or(Reject::PriceRange)?)
    } else {
        stop
    };
    let (lowest, highest) = security.collar();
    if price.is_some_and(|ticks| ticks < lowest || ticks > highest) {
        return Err(Reject::PriceBand);
    }
    let worst = || security.furthest(words.side, stop.unwrap_or(security.reference), width);
    let limit = price.unwrap_or_else(worst);
    Ok(Prices { limit, stop })
}

/// A stop that the last trade has reached already does not wait.
pub(crate) fn check_stop(security: &Security, side: Side, stop: Option<Ticks>) -> Result<(), Reject> {
    let reached = stop.is_some_and(|stop| reaches(side, stop, security.reference));
    if reached { Err(Reject::StopReached) } else { Ok(()) }
}

/// Whether a replace may name a price for such an order: others have theirs from the collar.
pub(crate) fn has_price(words: &Words) -> bool {
    match words.ord_type {
        OrdType::Market => !is_for_auction(words.time_in_force),
        OrdType::Stop => false,
        _ => !words.is_trailing(),
    }
}
