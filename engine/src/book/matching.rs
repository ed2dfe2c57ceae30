//! The plan: which resting orders an incoming one would trade with. It changes nothing; the commit that
//! follows it cannot fail.

use super::Book;
use super::ladder::Rank;
use super::slab::{Order, Slab, Slot};
use crate::types::{Side, Ticks, Units};

/// The most resting orders one step may examine.
pub const MATCH_LIMIT: usize = 4_096;

/// One trade to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    pub resting: Slot,
    pub price: Ticks,
    pub units: Units,
}

/// What the plan came to, beside the fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// What would trade.
    pub units: Units,
    /// How many resting orders were looked at.
    pub examined: usize,
    /// Whether more would have had to be examined than one step may.
    pub cut_short: bool,
}

/// The one question that matching asks about anything but price and time: how much of `wanted` may the
/// incoming order take from this resting one? The answer counts as taken for the questions that follow.
pub(crate) trait Pair {
    fn take(&mut self, resting: &Order, wanted: Units) -> Units;
}

/// What is to be matched, and against what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Against {
    /// The side of the incoming order; its counterparties rest on the other.
    pub side: Side,
    /// The worst price it trades at.
    pub limit: Ticks,
    /// How many units it wants.
    pub quantity: Units,
    /// The one price of an auction; otherwise each trade prints at the resting order's.
    pub at: Option<Ticks>,
}

/// Walks the other side from its best price to the limit, first come first, asking `pair` at each order:
/// nought passes it over and it keeps its place. Clears `fills` and leaves the trades there, in order.
pub(crate) fn plan(
    book: &Book,
    orders: &Slab,
    against: Against,
    pair: &mut impl Pair,
    fills: &mut Vec<Fill>,
) -> Planned {
    fills.clear();
    let resting_side = against.side.opposite();
    let ladder = book.side(resting_side);
    let worst = Rank::of(resting_side, against.limit);
    let mut left = against.quantity;
    let mut examined = 0;
    let done =
        |left: Units, examined, cut_short| Planned { units: against.quantity - left, examined, cut_short };
    let mut price = ladder.best();
    while let Some(rank) = price.filter(|&rank| rank <= worst) {
        let level = ladder.level(rank).expect("a price in use has a level");
        let mut next = level.first();
        while let Some(slot) = next {
            if left.is_zero() {
                return done(left, examined, false);
            }
            if examined == MATCH_LIMIT {
                return done(left, examined, true);
            }
            examined += 1;
            let resting = &orders[slot];
            let units = pair.take(resting, left.min(resting.leaves));
            assert!(units <= left && units <= resting.leaves, "a pair rule gave more than was asked");
            if !units.is_zero() {
                left -= units;
                let price = against.at.unwrap_or_else(|| rank.ticks(resting_side));
                fills.push(Fill { resting: slot, price, units });
            }
            next = resting.queue.next.some();
        }
        price = ladder.after(rank);
    }
    done(left, examined, false)
}
