//! The plan: what an incoming order would do with those that rest. It changes nothing; the commit that follows it
//! cannot fail.

use super::Book;
use super::ladder::{Ladder, Rank};
use super::slab::{Marks, Order, Slab, Slot};
use crate::bands::{Hit, Inside};
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

/// One thing that the commit does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Trade(Fill),
    /// Self-trade prevention ends a resting order.
    Cancel(Slot),
    /// Self-trade prevention takes as much off both.
    Decrement {
        resting: Slot,
        by: Units,
    },
}

/// How the walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nobody is left to ask, or nothing to ask for.
    Through,
    /// More would have had to be examined than one step may.
    CutShort,
    /// Self-trade prevention ends the incoming order.
    SelfTrade,
    /// The next trade would print outside a price band.
    Band(Hit),
}

/// What the plan came to, beside the acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// What would trade.
    pub units: Units,
    /// The price of the first trade.
    pub first: Option<Ticks>,
    /// How many resting orders were looked at, each refreshed part of an iceberg counted as one.
    pub examined: usize,
    pub end: End,
}

impl Planned {
    /// Where nothing matches.
    pub const NOTHING: Planned = Planned { units: Units::ZERO, first: None, examined: 0, end: End::Through };
}

/// What a resting order and the incoming one may do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// So much may trade; nought passes the resting order over, and it keeps its place.
    Trade(Units),
    /// They are of one hand: self-trade prevention ends the incoming order,
    CancelIncoming,
    /// the resting one,
    CancelResting,
    /// both,
    CancelBoth,
    /// or takes the smaller one's quantity off both.
    Decrement,
}

/// The one question that matching asks about anything but price and time: what of `wanted`, but not less than `least`,
/// may the incoming order take from this resting one? The answer counts as taken for the questions that follow.
pub(crate) trait Pair {
    fn ask(&mut self, resting: &Order, wanted: Units, least: Units) -> Answer;
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
    /// The least that each execution must be; or what is left, if that is less.
    pub least: Units,
    /// The one price of an auction, in which icebergs take part whole; otherwise each trade prints at the resting
    /// order's.
    pub at: Option<Ticks>,
    /// Whether it is enough to know the first trade.
    pub probe: bool,
    /// The prices inside the bands, where there are any.
    pub inside: Option<Inside>,
    /// How many resting orders may be examined; at most [`MATCH_LIMIT`].
    pub most: usize,
}

/// An iceberg whose part was taken, and what it has left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refreshed {
    resting: Slot,
    leaves: Units,
}

/// What a plan is written to; kept for its memory.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub acts: Vec<Act>,
    rounds: Vec<Refreshed>,
}

/// Walks the other side from its best price to the limit, asking `pair` at each order: at a price first what is
/// displayed, first come first; then the parts that icebergs show next, round by round; then what is hidden. Clears the
/// draft and leaves there what is to be done, in order.
pub(crate) fn plan(
    book: &Book,
    orders: &Slab,
    against: Against,
    pair: &mut impl Pair,
    draft: &mut Draft,
) -> Planned {
    draft.acts.clear();
    let resting = against.side.opposite();
    let (shown, dark) = (book.shown(resting), book.dark(resting));
    let worst = Rank::of(resting, against.limit);
    let (left, planned) = (against.quantity, Planned::NOTHING);
    let mut walk = Walk { orders, against, pair, draft, left, planned, price: Ticks(0), hit: None };
    let (mut next_shown, mut next_dark) = (shown.best(), dark.best());
    while let Some(rank) = next_shown.into_iter().chain(next_dark).min().filter(|&rank| rank <= worst) {
        walk.price = against.at.unwrap_or_else(|| rank.ticks(resting));
        walk.hit = against.inside.filter(|inside| !inside.contains(walk.price)).map(|i| i.hit(walk.price));
        if next_shown == Some(rank) {
            if !(walk.queue(shown, rank) && walk.rounds()) {
                break;
            }
            next_shown = shown.after(rank);
        }
        if next_dark == Some(rank) {
            if !walk.queue(dark, rank) {
                break;
            }
            next_dark = dark.after(rank);
        }
    }
    walk.planned
}

struct Walk<'a, P> {
    orders: &'a Slab,
    against: Against,
    pair: &'a mut P,
    draft: &'a mut Draft,
    left: Units,
    planned: Planned,
    price: Ticks,
    /// What a trade at this price would be, if it is outside the bands.
    hit: Option<Hit>,
}

impl<P: Pair> Walk<'_, P> {
    /// Asks everybody of one queue; `false` if the walk is over. Icebergs whose part was taken are noted.
    fn queue(&mut self, ladder: &Ladder, rank: Rank) -> bool {
        self.draft.rounds.clear();
        let mut next = ladder.level(rank).expect("a price in use has a level").first();
        while let Some(slot) = next {
            let order = &self.orders[slot];
            let whole = self.against.at.is_some() || !order.marks.has(Marks::ICEBERG);
            let part = if whole { order.leaves } else { self.orders.named(slot).shown };
            if !self.visit(slot, part, order.leaves) {
                return false;
            }
            next = order.queue.next.some();
        }
        true
    }

    /// Asks for the parts that come after those taken, each behind all others, until no part is taken whole.
    fn rounds(&mut self) -> bool {
        while !self.draft.rounds.is_empty() {
            let round = std::mem::take(&mut self.draft.rounds);
            for &Refreshed { resting, leaves } in &round {
                let part = self.orders.named(resting).part().min(leaves);
                if !self.visit(resting, part, leaves) {
                    return false;
                }
            }
        }
        true
    }

    /// Asks at one order, which offers `part` of what it leaves; `false` if the walk is over.
    fn visit(&mut self, slot: Slot, part: Units, leaves: Units) -> bool {
        if self.left.is_zero() {
            return false;
        }
        if self.planned.examined == self.against.most {
            self.planned.end = End::CutShort;
            return false;
        }
        self.planned.examined += 1;
        let order = &self.orders[slot];
        let theirs =
            if order.marks.has(Marks::MINIMUM) { self.orders.named(slot).least(leaves) } else { Units::ZERO };
        let (wanted, least) = (self.left.min(part), self.against.least.min(self.left).max(theirs));
        let answer = self.pair.ask(order, wanted, least);
        if let Some(hit) = self.hit
            && answer != Answer::Trade(Units::ZERO)
        {
            self.planned.end = End::Band(hit);
            return false;
        }
        match answer {
            Answer::Trade(units) if units.is_zero() => true,
            Answer::Trade(units) => {
                assert!(units <= wanted && units >= least, "a pair rule gave more or less than was asked");
                self.draft.acts.push(Act::Trade(Fill { resting: slot, price: self.price, units }));
                self.left -= units;
                self.planned.units += units;
                self.planned.first.get_or_insert(self.price);
                if units == part && units < leaves {
                    self.draft.rounds.push(Refreshed { resting: slot, leaves: leaves - units });
                }
                !self.against.probe
            }
            Answer::CancelResting => {
                self.draft.acts.push(Act::Cancel(slot));
                true
            }
            Answer::CancelIncoming => self.end(),
            Answer::CancelBoth => {
                self.draft.acts.push(Act::Cancel(slot));
                self.end()
            }
            Answer::Decrement => {
                let by = self.left.min(leaves);
                self.draft.acts.push(Act::Decrement { resting: slot, by });
                self.left -= by;
                if self.left.is_zero() { self.end() } else { true }
            }
        }
    }

    fn end(&mut self) -> bool {
        self.planned.end = End::SelfTrade;
        false
    }
}
