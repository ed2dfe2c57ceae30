//! What an order asks: whether its parts go together, and what they come to.

use super::Security;
use super::order::Order;
use tallystick_engine::command::NewOrder;
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{Minimum, OrdType, PegTo, Price, Scope, Side, Ticks, TimeInForce, Units};

pub(super) fn takes_orders(security: &Security) -> Result<(), Reject> {
    if matches!(security.phase, Phase::Closed | Phase::PostClose) {
        Err(Reject::Closed)
    } else if security.phase == Phase::Halted {
        Err(Reject::Halted)
    } else if security.uncrossing {
        Err(Reject::Uncrossing)
    } else if security.coming.is_some() {
        Err(Reject::RulesChanging)
    } else {
        Ok(())
    }
}

/// Whether its time in force names an auction.
pub(super) fn is_for_an_auction(time_in_force: TimeInForce) -> bool {
    matches!(time_in_force, TimeInForce::AtTheOpening | TimeInForce::AtTheClose | TimeInForce::GoodForAuction)
}

/// Whether an order of this time in force is for the auction that this phase is the call of.
pub(super) fn is_for_the_auction_of(time_in_force: TimeInForce, phase: Phase) -> bool {
    match time_in_force {
        TimeInForce::AtTheOpening => phase == Phase::OpeningAuction,
        TimeInForce::AtTheClose => phase == Phase::ClosingAuction,
        TimeInForce::GoodForAuction => phase.is_call(),
        _ => false,
    }
}

/// Whether an order may be entered in a phase that takes orders.
pub(super) fn is_for_this_phase(phase: Phase, new: &NewOrder) -> Result<(), Reject> {
    let before_opening = matches!(phase, Phase::PreOpen | Phase::OpeningAuction);
    let stays = matches!(
        new.time_in_force,
        TimeInForce::Day | TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate
    );
    let once = matches!(new.instructions.minimum, Some(Minimum::Once(_)));
    let for_auction = is_for_an_auction(new.time_in_force);
    let good = if new.time_in_force == TimeInForce::AtTheOpening && !before_opening {
        false
    } else if phase == Phase::Continuous {
        true
    } else {
        // Where nothing trades at once, only what can wait.
        let waits = match new.ord_type {
            OrdType::Limit => stays || for_auction,
            OrdType::Market => for_auction,
            OrdType::MarketToLimit | OrdType::Stop | OrdType::StopLimit | OrdType::Pegged => false,
        };
        waits && !once
    };
    good.then_some(()).ok_or(Reject::NotInThisPhase)
}

/// Whether type, time in force and instructions go with one another.
pub(super) fn goes_together(new: &NewOrder) -> bool {
    use TimeInForce::{Day, FillOrKill, GoodTillCancel, GoodTillDate, ImmediateOrCancel};
    let asked = &new.instructions;
    let (ord_type, time) = (new.ord_type, new.time_in_force);
    let at_once = matches!(time, ImmediateOrCancel | FillOrKill);
    let good_time = match ord_type {
        OrdType::Limit | OrdType::Market => true,
        OrdType::MarketToLimit => {
            matches!(time, Day | GoodTillCancel | GoodTillDate | ImmediateOrCancel)
        }
        OrdType::Stop | OrdType::StopLimit | OrdType::Pegged => {
            matches!(time, Day | GoodTillCancel | GoodTillDate)
        }
    };
    let rests = !at_once && !matches!(ord_type, OrdType::Market | OrdType::Stop);
    let post_only = asked.post_only.is_none() || (ord_type == OrdType::Limit && !at_once);
    let shown = asked.display_qty;
    let display = shown.is_none() || (rests && ord_type != OrdType::Pegged);
    let at_entry = matches!(asked.minimum, Some(Minimum::Once(_)));
    let each = asked.minimum.is_some() && !at_entry;
    let minimum = (asked.minimum.is_none() || time != FillOrKill)
        && !(each && shown.is_some_and(|shown| shown.0 > 0))
        && !(at_entry && is_for_an_auction(time));
    let own = asked.self_trade.is_none_or(|own| own.scope != Scope::Group(0));
    let expiry = asked.expire_date.is_none() || time == GoodTillDate;
    let peg = match asked.peg {
        Some(peg) if ord_type == OrdType::Pegged => match peg.to {
            PegTo::Midpoint => peg.offset.0 == 0,
            // At least a tick away from the other side.
            PegTo::Market if new.side == Side::Buy => peg.offset.0 < 0,
            PegTo::Market => peg.offset.0 > 0,
            PegTo::Primary | PegTo::Trailing => true,
        },
        _ => true,
    };
    good_time && post_only && display && minimum && own && expiry && peg
}

pub(super) fn good_expiry(new: &NewOrder, today: u32) -> Result<(), Reject> {
    if new.time_in_force != TimeInForce::GoodTillDate {
        return Ok(());
    }
    let date = new.instructions.expire_date.ok_or(Reject::ExpireDate)?;
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let a_date = (1970..=2554).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (a_date && date >= today).then_some(()).ok_or(Reject::ExpireDate)
}

pub(super) fn good_quantity(security: &Security, quantity: Units) -> Result<(), Reject> {
    let rule = &security.listing.ticks;
    let lots = quantity.0 / rule.lot.0;
    let good = lots > 0 && lots * rule.lot.0 == quantity.0 && quantity <= rule.max_quantity;
    good.then_some(()).ok_or(Reject::Quantity)
}

/// The minimum and what is shown are whole lots; the minimum is some.
pub(super) fn good_parts(security: &Security, quantity: Units, new: &NewOrder) -> Result<(), Reject> {
    let lot = security.listing.ticks.lot.0;
    let minimum = match new.instructions.minimum {
        Some(Minimum::Once(least) | Minimum::Each(least)) => {
            least.0 > 0 && least <= quantity && least.0 % lot == 0
        }
        Some(Minimum::All) | None => true,
    };
    let shown = new.instructions.display_qty.is_none_or(|shown| shown <= quantity && shown.0 % lot == 0);
    (minimum && shown).then_some(()).ok_or(Reject::PartQuantity)
}

pub(super) fn prices_are_present(new: &NewOrder) -> Result<(), Reject> {
    let (price, stop, peg) =
        (new.price.is_some(), new.instructions.stop_price.is_some(), new.instructions.peg);
    let good = match (new.ord_type, peg) {
        (OrdType::Limit, None) => price && !stop,
        (OrdType::Market | OrdType::MarketToLimit, None) => !price && !stop,
        (OrdType::Stop, None) => !price && stop,
        (OrdType::StopLimit, None) => price && stop,
        (OrdType::Pegged, Some(peg)) => !stop && (peg.to != PegTo::Trailing || !price),
        _ => false,
    };
    good.then_some(()).ok_or(Reject::PricePresence)
}

/// Works out an order's prices, with the narrowest collar that holds for it.
pub(super) fn good_prices(
    security: &Security,
    order: &mut Order,
    price: Option<Price>,
    collar: u32,
) -> Result<(), Reject> {
    let stop = order.instructions.stop_price;
    let offset = order.instructions.peg.map(|peg| peg.offset);
    // An offset is no larger than a price, either way; a trailing stop's distance is some.
    let size = offset.map(|offset| Price(offset.0.saturating_abs()));
    let size = size.filter(|size| order.is_trailing() || size.0 != 0);
    in_range(security, price.into_iter().chain(stop).chain(size))?;
    if order.is_trailing() && offset.is_some_and(|offset| offset.0 < 0) {
        return Err(Reject::PriceRange);
    }
    on_tick(security, price.into_iter().chain(stop), offset)?;
    if order.is_trailing() && security.trailing_stop(order, security.reference).is_none() {
        return Err(Reject::PriceRange);
    }
    order.limit = match price {
        Some(price) => in_band(security, price)?,
        None => security.edge(order.side, collar),
    };
    order.stop = stop.and_then(|stop| security.ticks_of(stop));
    if order.is_trailing() {
        order.stop = security.trailing_stop(order, security.reference);
    }
    if order.stop.is_some() {
        order.width = security.width(collar);
    }
    if order.stop.is_some() && price.is_none() {
        order.limit = security.protection(order);
    }
    order.ticks = order.limit;
    Ok(())
}

pub(super) fn in_range(security: &Security, mut prices: impl Iterator<Item = Price>) -> Result<(), Reject> {
    let most = security.price(security.most());
    prices.all(|price| price.0 >= 1 && price <= most).then_some(()).ok_or(Reject::PriceRange)
}

/// Prices lie on ticks; an offset is a number of least ticks.
pub(super) fn on_tick(
    security: &Security,
    mut prices: impl Iterator<Item = Price>,
    offset: Option<Price>,
) -> Result<(), Reject> {
    let tick = security.listing.ticks.tick.0;
    let good = prices.all(|price| security.ticks_of(price).is_some());
    (good && offset.is_none_or(|offset| offset.0 % tick == 0)).then_some(()).ok_or(Reject::PriceTick)
}

pub(super) fn in_band(security: &Security, price: Price) -> Result<Ticks, Reject> {
    let ticks = security.ticks_of(price).expect("it lies on a tick");
    let (lowest, highest) = security.collar();
    let good = (lowest..=highest).contains(&i128::from(ticks.0));
    good.then_some(ticks).ok_or(Reject::PriceBand)
}
