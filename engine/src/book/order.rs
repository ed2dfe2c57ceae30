//! Lowering: every order type becomes one incoming shape before it matches, and matching never looks further.

use crate::types::{OrdType, Side, Ticks, TimeInForce, Units};

/// What an order is once its type is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Incoming {
    pub side: Side,
    /// The worst price it trades at.
    pub limit: Ticks,
    pub quantity: Units,
    /// If less than this can trade at once, nothing does.
    pub minimum: Units,
    pub rest: Rest,
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

/// The one place that knows order types. `limit` is the order's own, or of a market order the collar.
pub(crate) fn lower(
    side: Side,
    ord_type: OrdType,
    time_in_force: TimeInForce,
    limit: Ticks,
    quantity: Units,
) -> Incoming {
    let minimum = match time_in_force {
        TimeInForce::FillOrKill => quantity,
        _ => Units::ZERO,
    };
    let rest = match (ord_type, time_in_force) {
        (OrdType::Market, _) => Rest::CancelMarket,
        (_, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill) => Rest::CancelImmediate,
        _ => Rest::Stand,
    };
    Incoming { side, limit, quantity, minimum, rest }
}
