//! Lowering: every order type becomes one incoming shape before it matches, and matching never looks further.

use crate::command::NewOrder;
use crate::types::{Instructions, Minimum, OrdType, PegTo, PostOnly, Side, Ticks, TimeInForce, Units};

/// What an order is once its type is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Incoming {
    pub side: Side,
    /// The worst price it trades at just now.
    pub limit: Ticks,
    pub quantity: Units,
    /// If less than this can trade at once, nothing does.
    pub at_once: Units,
    /// The least that each execution must be.
    pub least: Units,
    pub taking: Taking,
    pub rest: Rest,
}

/// At which prices it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taking {
    /// At its limit or better.
    Limit,
    /// At the best price at which it can, which becomes its limit.
    BestPrice,
    /// Not at all.
    Never(PostOnly),
}

/// What becomes of what does not trade at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It rests on the book.
    Stand,
    /// It is cancelled as an immediate-or-cancel order's.
    CancelImmediate,
    /// It is cancelled as a market order's.
    CancelMarket,
}

/// What makes the one shape of an order: its own words, or those that an open order has kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub side: Side,
    pub ord_type: OrdType,
    pub time_in_force: TimeInForce,
    pub instructions: Instructions,
}

impl Words {
    pub fn of(new: &NewOrder) -> Words {
        let NewOrder { side, ord_type, time_in_force, instructions, .. } = *new;
        Words { side, ord_type, time_in_force, instructions }
    }

    /// Whether the price follows the quotations.
    pub fn is_pegged(&self) -> bool {
        self.ord_type == OrdType::Pegged && !self.is_trailing()
    }

    /// Whether it is a stop whose price follows the last trade.
    pub fn is_trailing(&self) -> bool {
        self.ord_type == OrdType::Pegged && self.instructions.peg.is_some_and(|peg| peg.to == PegTo::Trailing)
    }

    /// Whether its owner is shown a price of it. That of a stop without a limit is its protection, which is nobody's
    /// order to anybody (FIX: an ExecutionReport has a `Price` where one was specified on the order).
    pub fn shows_price(&self) -> bool {
        !self.is_stop() || self.ord_type == OrdType::StopLimit
    }

    /// Whether it waits for a price.
    pub fn is_stop(&self) -> bool {
        matches!(self.ord_type, OrdType::Stop | OrdType::StopLimit) || self.is_trailing()
    }
}

/// The one place that knows order types. `limit` is the order's own, or of one without a price the worst it may get.
pub(crate) fn lower(words: &Words, limit: Ticks, quantity: Units) -> Incoming {
    let Words { side, ord_type, time_in_force, instructions } = *words;
    let at_once = match (time_in_force, instructions.minimum) {
        (TimeInForce::FillOrKill, _) => quantity,
        (_, Some(Minimum::Once(least))) => least,
        _ => Units::ZERO,
    };
    let least = match instructions.minimum {
        Some(Minimum::Each(least)) => least.min(quantity),
        Some(Minimum::All) => quantity,
        Some(Minimum::Once(_)) | None => Units::ZERO,
    };
    let taking = match (ord_type, instructions.post_only) {
        (OrdType::MarketToLimit, _) => Taking::BestPrice,
        (_, Some(post_only)) => Taking::Never(post_only),
        _ => Taking::Limit,
    };
    let rest = match (ord_type, time_in_force) {
        // A market order for an auction stands in its call.
        (OrdType::Market, force) if !is_for_auction(force) => Rest::CancelMarket,
        (OrdType::Stop, _) => Rest::CancelMarket,
        (OrdType::Pegged, _) if words.is_trailing() => Rest::CancelMarket,
        (_, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill) => Rest::CancelImmediate,
        _ => Rest::Stand,
    };
    Incoming { side, limit, quantity, at_once, least, taking, rest }
}

/// Whether it is for an auction only.
pub(crate) fn is_for_auction(time_in_force: TimeInForce) -> bool {
    matches!(time_in_force, TimeInForce::AtTheOpening | TimeInForce::AtTheClose | TimeInForce::GoodForAuction)
}

/// Whether an order's words go together, and with its type.
pub(crate) fn go_together(words: &Words) -> bool {
    use TimeInForce::{Day, FillOrKill, GoodTillCancel, GoodTillDate, ImmediateOrCancel};
    let Words { side, ord_type, time_in_force, instructions } = *words;
    let Instructions { stop_price: _, peg, expire_date, display_qty, minimum, post_only, self_trade } =
        instructions;
    let lasting = matches!(time_in_force, Day | GoodTillCancel | GoodTillDate);
    let at_once = matches!(time_in_force, ImmediateOrCancel | FillOrKill);
    let pegged = ord_type == OrdType::Pegged;

    let force = match ord_type {
        OrdType::Market | OrdType::Limit => true,
        OrdType::MarketToLimit => lasting || time_in_force == ImmediateOrCancel,
        OrdType::Stop | OrdType::StopLimit | OrdType::Pegged => lasting,
    };
    let date = expire_date.is_none() || time_in_force == GoodTillDate;
    // What never rests, or is hidden anyway, shows no part of itself.
    let rests = !at_once && !matches!(ord_type, OrdType::Market | OrdType::Stop | OrdType::Pegged);
    let display = display_qty.is_none() || rests;
    let each = matches!(minimum, Some(Minimum::Each(_) | Minimum::All));
    let shown_minimum = each && display_qty.is_some_and(|shown| !shown.is_zero());
    let once = matches!(minimum, Some(Minimum::Once(_)));
    let minimum = (minimum.is_none() || time_in_force != FillOrKill)
        && !shown_minimum
        && !(once && is_for_auction(time_in_force));
    let never_takes = matches!(ord_type, OrdType::Limit) && !at_once;
    let post_only = post_only.is_none() || never_takes;
    let peg = peg.is_none_or(|peg| !pegged || peg_is_possible(peg.to, peg.offset.0, side));
    let group = self_trade.is_none_or(|s| s.scope != crate::types::Scope::Group(0));
    force && date && display && minimum && post_only && peg && group
}

/// A midpoint peg has no offset; a market peg's keeps it a tick away from the other side.
fn peg_is_possible(to: PegTo, offset: i64, side: Side) -> bool {
    match (to, side) {
        (PegTo::Midpoint, _) => offset == 0,
        (PegTo::Market, Side::Buy) => offset < 0,
        (PegTo::Market, Side::Sell) => offset > 0,
        (PegTo::Primary | PegTo::Trailing, _) => true,
    }
}
