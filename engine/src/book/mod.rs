//! The order book of one security: two ladders a side, displayed and dark, over the venue's one slab of orders.
//!
//! - [`order`]: what every order is lowered to before it matches
//! - [`slab`]: where open orders are kept; [`level`]: those of one price, in time; [`ladder`]: one side's prices
//! - [`matching`]: the plan, through one seam that hides compliance
//!
//! Buy and sell are the same code: a [`ladder::Rank`] puts better prices first on either side.

pub(crate) mod ladder;
pub(crate) mod level;
pub(crate) mod matching;
pub(crate) mod order;
pub(crate) mod slab;

use crate::types::{OrderId, Place, Side, Ticks, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use ladder::{Ladder, Rank, WindowPool};
use serde::{Deserialize, Serialize};
use slab::{Marks, Order, Slab, Slot};

/// Both sides of one security.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Displayed orders and icebergs.
    shown: [Ladder; 2],
    /// Hidden ones; at a price they come after all displayed ones.
    dark: [Ladder; 2],
}

/// Where an order rested: enough to go on behind it when it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Spot {
    /// Its side.
    pub side: Side,
    /// Its price.
    pub ticks: Ticks,
    /// Whether it was hidden.
    pub dark: bool,
    /// Its place in time.
    pub place: Place,
    /// Its number.
    pub order: OrderId,
}

impl Spot {
    pub(crate) fn of(order: &Order) -> Spot {
        let dark = order.marks.has(Marks::DARK);
        Spot { side: order.side, ticks: order.ticks, dark, place: order.place, order: order.id }
    }
}

impl Book {
    pub fn shown(&self, side: Side) -> &Ladder {
        &self.shown[side.index()]
    }

    pub fn dark(&self, side: Side) -> &Ladder {
        &self.dark[side.index()]
    }

    fn ladder(&self, side: Side, dark: bool) -> &Ladder {
        if dark { self.dark(side) } else { self.shown(side) }
    }

    pub fn is_empty(&self) -> bool {
        self.shown.iter().chain(&self.dark).all(Ladder::is_empty)
    }

    /// The best displayed price of a side.
    pub fn best(&self, side: Side) -> Option<Ticks> {
        self.shown(side).best().map(|rank| rank.ticks(side))
    }

    /// The best price at which so much is displayed, there and at better prices together, and how much it is.
    pub fn quotation(&self, side: Side, least: Units) -> Option<(Ticks, Units)> {
        let mut sum = Units::ZERO;
        self.shown(side).levels().find_map(|(rank, level)| {
            sum += level.shown;
            (sum >= least).then(|| (rank.ticks(side), sum))
        })
    }

    /// The best price of a side, displayed or not.
    pub fn best_of_all(&self, side: Side) -> Option<Rank> {
        self.shown(side).best().into_iter().chain(self.dark(side).best()).min()
    }

    /// The prices of a side with all that rests there, hidden or not, the best first.
    pub fn prices(&self, side: Side) -> impl Iterator<Item = (Ticks, Units)> {
        let (mut shown, mut dark) =
            (self.shown(side).levels().peekable(), self.dark(side).levels().peekable());
        std::iter::from_fn(move || {
            let ranks = [shown.peek(), dark.peek()].map(|level| level.map(|&(rank, _)| rank));
            let best = ranks.into_iter().flatten().min()?;
            let units =
                shown.next_if(|&(rank, _)| rank == best).map_or(Units::ZERO, |(_, level)| level.units);
            let hidden =
                dark.next_if(|&(rank, _)| rank == best).map_or(Units::ZERO, |(_, level)| level.units);
            Some((best.ticks(side), units + hidden))
        })
    }

    /// The first order of a side: best price, displayed before hidden, first come.
    pub fn first(&self, side: Side) -> Option<Slot> {
        self.first_from(side, Rank::BEST, false)
    }

    /// The first order of a side at a price or worse; at the price itself hidden ones only, if so asked.
    fn first_from(&self, side: Side, rank: Rank, dark_only: bool) -> Option<Slot> {
        let shown = self.shown(side).at_or_after(if dark_only { rank.worse() } else { rank });
        let dark = self.dark(side).at_or_after(rank);
        let (ladder, rank) = match (shown, dark) {
            (Some(shown), Some(dark)) if dark < shown => (self.dark(side), dark),
            (Some(shown), _) => (self.shown(side), shown),
            (None, dark) => (self.dark(side), dark?),
        };
        ladder.level(rank).expect("a price in use has a level").first()
    }

    /// Who has the next turn after an order that rests.
    pub fn after(&self, orders: &Slab, slot: Slot) -> Option<Slot> {
        let order = &orders[slot];
        order.queue.next.some().or_else(|| self.behind(&Spot::of(order)))
    }

    /// Who has the next turn after a spot whose order may be gone.
    pub fn after_spot(&self, orders: &Slab, spot: &Spot) -> Option<Slot> {
        let rank = Rank::of(spot.side, spot.ticks);
        let mut slot = self.ladder(spot.side, spot.dark).level(rank).and_then(|level| level.first());
        while let Some(at) = slot {
            if orders[at].place > spot.place {
                return Some(at);
            }
            slot = orders[at].queue.next.some();
        }
        self.behind(spot)
    }

    /// The first order behind the whole queue of a spot.
    fn behind(&self, spot: &Spot) -> Option<Slot> {
        let rank = Rank::of(spot.side, spot.ticks);
        if spot.dark {
            self.first_from(spot.side, rank.worse(), false)
        } else {
            self.first_from(spot.side, rank, true)
        }
    }

    /// Puts an order at the end of its price's queue.
    pub fn rest(&mut self, orders: &mut Slab, slot: Slot, windows: &mut WindowPool) {
        let (ladder, rank) = self.of(&orders[slot]);
        ladder.level_mut(rank, windows).push_back(orders, slot);
    }

    /// Takes an order out of its queue; its neighbours keep their places.
    pub fn unlink(&mut self, orders: &mut Slab, slot: Slot, windows: &mut WindowPool) {
        let (ladder, rank) = self.of(&orders[slot]);
        let level = ladder.level_mut(rank, windows);
        level.unlink(orders, slot);
        if level.is_empty() {
            ladder.drop_level(rank, windows);
        }
    }

    /// Takes units off a resting order that keeps its place: off what it does not show first.
    pub fn reduce(&mut self, orders: &mut Slab, slot: Slot, by: Units, windows: &mut WindowPool) {
        let before = orders.shown(slot);
        orders[slot].leaves -= by;
        let leaves = orders[slot].leaves;
        if orders[slot].marks.has(Marks::ICEBERG) {
            let named = orders.named_mut(slot);
            named.shown = named.shown.min(leaves);
        }
        let less = before - orders.shown(slot);
        self.lower(&orders[slot], by, less, windows);
    }

    /// Takes units off the part that an iceberg shows.
    pub fn reduce_shown(&mut self, orders: &mut Slab, slot: Slot, by: Units, windows: &mut WindowPool) {
        orders[slot].leaves -= by;
        orders.named_mut(slot).shown -= by;
        self.lower(&orders[slot], by, by, windows);
    }

    /// An iceberg that rests shows only so much.
    pub fn show_less(&mut self, orders: &mut Slab, slot: Slot, shown: Units, windows: &mut WindowPool) {
        let less = std::mem::replace(&mut orders.named_mut(slot).shown, shown) - shown;
        self.lower(&orders[slot], Units::ZERO, less, windows);
    }

    fn lower(&mut self, order: &Order, units: Units, shown: Units, windows: &mut WindowPool) {
        let (ladder, rank) = self.of(order);
        let level = ladder.level_mut(rank, windows);
        level.units -= units;
        level.shown -= shown;
    }

    fn of(&mut self, order: &Order) -> (&mut Ladder, Rank) {
        let ladders = if order.marks.has(Marks::DARK) { &mut self.dark } else { &mut self.shown };
        (&mut ladders[order.side.index()], Rank::of(order.side, order.ticks))
    }
}
