//! What must always be true of the state, computed again from the ground: for tests, and after a recovery.

use crate::book::ladder::Rank;
use crate::book::order::{Words, is_for_auction};
use crate::book::slab::{Marks, Slot, Stand};
use crate::engine::Engine;
use crate::event::LotUnits;
use crate::fees::{Spoken, Tab};
use crate::obligation::Obligation;
use crate::phase::Phase;
use crate::security::Security;
use crate::snapshot::{OrderState, State};
use crate::types::{
    AccountId, Asset, CashId, LotId, Money, OrderId, SecurityId, Side, Ticks, TimeInForce, TradeId, Units,
};
use crate::undo::{MOST_NOTED, Undo};
use crate::work::Work;
use std::collections::{BTreeMap, BTreeSet};

/// Says what does not hold.
macro_rules! demand {
    ($holds:expr, $($what:tt)*) => {
        if !$holds {
            return Err(format!($($what)*));
        }
    };
}

pub(crate) use demand;

type Held = (AccountId, SecurityId);
type Cash = (AccountId, CashId);

/// What orders and trades promise, added up afresh.
#[derive(Default)]
struct Sums {
    units_reserved: BTreeMap<Held, u64>,
    units_out: BTreeMap<Held, u64>,
    units_in: BTreeMap<Held, u64>,
    cash_reserved: BTreeMap<Cash, i64>,
    cash_out: BTreeMap<Cash, i64>,
    cash_in: BTreeMap<Cash, i64>,
    lots_out: BTreeMap<(Held, LotId), u64>,
    fees_spoken: BTreeMap<(AccountId, Asset), Spoken>,
}

impl Engine {
    /// Checks every invariant of the state; the error says which does not hold, and where.
    pub fn check_invariants(&self) -> Result<(), String> {
        let state = self.state();
        let sums = self.sums(&state)?;
        self.check_units(&state, &sums)?;
        self.check_cash(&state, &sums)?;
        let spoken: Vec<_> = sums.fees_spoken.iter().map(|(&key, &spoken)| (key, spoken)).collect();
        demand!(
            spoken == self.allowances.all(),
            "what fees are spoken for is not what orders and trades say"
        );
        self.check_stakes(&state)?;
        self.check_approvals(&state)?;
        self.check_insiders(&state)?;
        self.check_awaiting(&state)?;
        self.check_headroom_state(&state)?;
        self.check_sums_of_backlog(&state)?;
        self.check_risk_state(&state)?;
        self.check_masses(&state)?;
        self.check_admissions(&state)?;
        self.check_undoing(&state)?;
        self.check_due()?;
        self.check_quotes(&state)?;
        self.check_books(&state)
    }

    fn sums(&self, state: &State) -> Result<Sums, String> {
        let mut sums = Sums::default();
        for order in &state.orders {
            // Without the dots: who adds a field is asked here what must be true of it.
            let OrderState {
                order: id,
                place,
                stand,
                session,
                account,
                security,
                side,
                ticks,
                limit,
                stop,
                width,
                shown,
                ord_type,
                time_in_force,
                instructions,
                weighted,
                charged,
                quantity,
                leaves,
                clordid,
                quote,
            } = order;
            let (asset, listing) = ((*account, *security), &self.listing(*security)?.listing);
            demand!(!leaves.is_zero() && leaves <= quantity, "order {id} leaves {leaves} of {quantity}");
            demand!(*id <= state.numbered, "order {id} has a number that was not given yet");
            demand!(*place <= state.places, "order {id} has a place that was not given yet");
            demand!(*stand != Stand::Nowhere, "order {id} stands nowhere");
            let legal = |ticks: Ticks| ticks >= Ticks(1) && ticks <= listing.ticks.max_price;
            demand!(legal(*ticks) && legal(*limit), "order {id} has price {ticks}, limit {limit}");
            let words = Words {
                side: *side,
                ord_type: *ord_type,
                time_in_force: *time_in_force,
                instructions: *instructions,
            };
            demand!(words.is_pegged() || ticks == limit, "order {id} at {ticks} reserves by {limit}");
            let within = Rank::of(side.opposite(), *ticks) <= Rank::of(side.opposite(), *limit);
            demand!(within, "order {id} at {ticks} is priced beyond its limit {limit}");
            demand!(words.is_stop() == legal(*stop), "order {id} has stop price {stop}");
            demand!(width.0 >= 0 && (words.is_stop() || width.0 == 0), "order {id} has width {width}");
            let may = match stand {
                Stand::Stop => words.is_stop(),
                Stand::Auction => is_for_auction(*time_in_force),
                Stand::Asleep | Stand::Entering => words.is_pegged(),
                Stand::Book | Stand::Nowhere => true,
            };
            demand!(may, "order {id} stands where none of its kind does");
            let hidden = crate::life::marks(&words, *quantity).has(Marks::DARK);
            demand!(shown <= leaves && (!hidden || shown.is_zero()), "order {id} shows {shown} of {leaves}");
            let bad = *stand == Stand::Book && !hidden && shown.is_zero();
            demand!(!bad, "order {id} is displayed and shows nothing");
            let named = self.sessions.find(*session).and_then(|s| s.order_of(*clordid));
            demand!(*quote || named == Some(*id), "session {session} knows order {id} not as {clordid}");
            let tab = Tab { weighted: *weighted, charged: *charged };
            let fees = self.securities[*security].fees_to_come(tab, *limit, *leaves);
            match side {
                Side::Sell => *sums.units_reserved.entry(asset).or_default() += leaves.0,
                Side::Buy => {
                    let money = listing.ticks.value(*limit, *leaves) + fees;
                    *sums.cash_reserved.entry((*account, listing.cash)).or_default() += money.0;
                }
            }
            let traded = leaves < quantity;
            demand!(
                *weighted >= 0
                    && *charged >= Money::ZERO
                    && fees >= Money::ZERO
                    && (traded || *charged == Money::ZERO),
                "order {id} was charged {charged} for {weighted}, and may come to {fees}"
            );
            if fees > Money::ZERO {
                sums.fees_spoken.entry((*account, self.relies_on(*security, *side))).or_default().orders +=
                    i128::from(fees.0);
            }
        }
        for obligation in &state.obligations {
            let Obligation {
                trade,
                seq,
                time,
                security,
                cash,
                seller,
                buyer,
                price: _,
                units,
                money,
                buyer_fee,
                seller_fee,
                lots,
                hands_over,
                // See `check_approvals`.
                approved: _,
                market: _,
                pinned,
                expiry,
                epoch: _,
                buy,
                sell,
                compensates,
            } = obligation;
            demand!(
                *pinned <= self.known.height() && pinned <= expiry,
                "trade {trade} pins a height to come"
            );
            demand!(
                buy.order <= state.numbered && sell.order <= state.numbered,
                "trade {trade} is of orders to come"
            );
            demand!(*seq <= state.seq && *time <= state.now, "trade {trade} is from the future");
            let of_lots: Units = lots.iter().map(|lot| lot.units).sum();
            demand!(of_lots == *units, "trade {trade} moves {units} units and names lots of {of_lots}");
            *sums.units_out.entry((*seller, *security)).or_default() += units.0;
            *sums.units_in.entry((*buyer, *security)).or_default() += units.0;
            demand!(
                *buyer_fee >= Money::ZERO && (Money::ZERO..=*money).contains(seller_fee),
                "trade {trade} for {money} has fees of {buyer_fee} and {seller_fee}"
            );
            demand!(
                hands_over.is_sorted_by(|a, b| a.holders < b.holders),
                "trade {trade} hands places over in disorder"
            );
            demand!(compensates.is_none_or(|old| old < *trade), "trade {trade} undoes one to come");
            *sums.cash_out.entry((*buyer, *cash)).or_default() += obligation.paid().0;
            *sums.cash_in.entry((*seller, *cash)).or_default() += obligation.received().0;
            if obligation.fees() > Money::ZERO {
                let to = self.params.and_then(|p| p.fee_account);
                let to = to.ok_or_else(|| format!("trade {trade} has fees that go nowhere"))?;
                *sums.cash_in.entry((to, *cash)).or_default() += obligation.fees().0;
            }
            for (account, asset, fee) in
                [(*buyer, Asset::Cash(*cash), *buyer_fee), (*seller, Asset::Security(*security), *seller_fee)]
            {
                if fee > Money::ZERO {
                    sums.fees_spoken.entry((account, asset)).or_default().trades += i128::from(fee.0);
                }
            }
            for LotUnits { lot, units, path: _ } in lots {
                *sums.lots_out.entry(((*seller, *security), *lot)).or_default() += units.0;
            }
        }
        Ok(sums)
    }

    fn check_units(&self, state: &State, sums: &Sums) -> Result<(), String> {
        let mut issued: BTreeMap<SecurityId, u64> = BTreeMap::new();
        for h in &state.holdings {
            let asset = (h.account, h.security);
            let at = format!("account {}, security {}", h.account, h.security);
            let expect = |map: &BTreeMap<Held, u64>| Units(map.get(&asset).copied().unwrap_or(0));
            demand!(
                h.reserved == expect(&sums.units_reserved),
                "{at}: {} reserved, orders say {}",
                h.reserved,
                expect(&sums.units_reserved)
            );
            demand!(h.pending_out() == expect(&sums.units_out), "{at}: pending out is not what trades say");
            demand!(h.pending_in == expect(&sums.units_in), "{at}: pending in is not what trades say");
            let promised = h.reserved + h.pending_out();
            // What the network has taken away is promised until the trades are decided, and the orders that rely on it
            // are gone. A lot that has closed since it was relied on stays promised: orders that rely on it are passed over.
            let closing = self.closing.contains(&(h.account, Asset::Security(h.security)));
            demand!(
                self.has_network() || promised <= h.allocated(),
                "{at}: {promised} promised of {} allocated",
                h.allocated()
            );
            demand!(closing || h.reserved <= h.free(), "{at}: {} reserved of {}", h.reserved, h.free());
            for lot in &h.lots {
                let out = sums.lots_out.get(&(asset, lot.id)).copied().unwrap_or(0);
                demand!(
                    lot.pending_out == Units(out) && (self.has_network() || lot.pending_out <= lot.units),
                    "{at}: lot {} is promised wrongly",
                    lot.id.0
                );
            }
            // On a network what is allocated is not all there is.
            if !self.has_network() {
                *issued.entry(h.security).or_default() += h.allocated().0;
            }
        }
        let known: BTreeSet<Held> = state.holdings.iter().map(|h| (h.account, h.security)).collect();
        let named =
            [&sums.units_reserved, &sums.units_out, &sums.units_in].into_iter().flat_map(|m| m.keys());
        for asset in named {
            demand!(
                known.contains(asset),
                "account {} promises units of security {} it never had",
                asset.0,
                asset.1
            );
        }
        for s in state.securities.iter().filter(|_| !self.has_network()) {
            let sum = Units(issued.get(&s.listing.security).copied().unwrap_or(0));
            demand!(sum == s.issued, "security {}: {} issued, {sum} held", s.listing.security, s.issued);
        }
        Ok(())
    }

    fn check_cash(&self, state: &State, sums: &Sums) -> Result<(), String> {
        let mut issued: BTreeMap<CashId, Money> = BTreeMap::new();
        for p in &state.purses {
            let key = (p.account, p.cash);
            let at = format!("account {}, cash {}", p.account, p.cash);
            let expect = |map: &BTreeMap<Cash, i64>| Money(map.get(&key).copied().unwrap_or(0));
            demand!(
                p.reserved == expect(&sums.cash_reserved),
                "{at}: {} reserved, orders say {}",
                p.reserved,
                expect(&sums.cash_reserved)
            );
            demand!(p.pending_out == expect(&sums.cash_out), "{at}: pending out is not what trades say");
            demand!(p.pending_in == expect(&sums.cash_in), "{at}: pending in is not what trades say");
            let closing = self.closing.contains(&(p.account, Asset::Cash(p.cash)));
            demand!(
                closing || p.available() >= Money::ZERO,
                "{at}: promises {} more than is allocated",
                p.available()
            );
            if !self.has_network() {
                *issued.entry(p.cash).or_default() += p.allocated;
            }
        }
        let stated: BTreeMap<CashId, Money> = state.issued_cash.iter().copied().collect();
        demand!(
            issued.iter().all(|(cash, sum)| stated.get(cash).copied().unwrap_or(Money::ZERO) == *sum),
            "cash allocated {stated:?}, held {issued:?}"
        );
        Ok(())
    }

    fn check_sums_of_backlog(&self, state: &State) -> Result<(), String> {
        let mut counted = crate::backlog::Backlog::default();
        state.obligations.iter().for_each(|o| counted.add(self.counted(o)));
        demand!(counted.agrees(&self.backlog), "the backlog is not the sum of what waits");
        let closing: BTreeSet<(AccountId, Asset)> =
            state.work.iter().filter_map(crate::work::Work::closes).collect();
        demand!(closing == self.closing, "what is closing is not what work waits for");
        Ok(())
    }

    fn check_undoing(&self, state: &State) -> Result<(), String> {
        let compensates = |old: TradeId| self.obligations.values().any(|o| o.compensates == Some(old));
        demand!(state.noted.len() <= MOST_NOTED, "{} trades are noted", state.noted.len());
        demand!(
            self.has_network() || (state.noted.is_empty() && state.undone.is_empty()),
            "a trade was compensated where nothing settles"
        );
        for &(trade, undo) in &state.noted {
            let (waits, undone) = (self.obligations.get(&trade), self.undoing.undone.contains(&trade));
            let right = match undo {
                Undo::Waits { price: _ } => waits.is_some_and(|o| o.compensates.is_none()) && !undone,
                Undo::Due { terms: _, price: _ } => waits.is_none() && !undone,
                Undo::Returns { terms: _, price: _ } => waits.is_none() && undone && compensates(trade),
                Undo::Again { terms: _, price: _ } => waits.is_none() && undone && !compensates(trade),
            };
            demand!(trade <= state.trades && right, "trade {trade} is noted as {undo:?}");
        }
        for old in self.obligations.values().filter_map(|o| o.compensates) {
            demand!(self.undoing.undone.contains(&old), "trade {old} is compensated and not undone");
        }
        demand!(state.undone.iter().all(|old| *old <= state.trades), "a trade to come is undone");
        Ok(())
    }

    fn check_books(&self, state: &State) -> Result<(), String> {
        let mut seen = 0;
        for s in self.securities.values() {
            for side in Side::BOTH {
                seen += self.check_ladder(s, side, false)?;
                seen += self.check_ladder(s, side, true)?;
                for slot in s.stops.all(side) {
                    let right = self.orders[slot].security == s.id() && self.orders[slot].side == side;
                    demand!(right && self.stands(slot, Stand::Stop), "a stop is where none waits");
                    seen += 1;
                }
            }
            for &slot in s.waiting.iter().flat_map(|queue| queue.values()) {
                demand!(self.stands(slot, Stand::Auction), "an order waits for an auction, and does not");
                seen += 1;
            }
            let known = s.pegged.iter().all(|(&place, &slot)| {
                self.orders[slot].place == place && self.orders.named(slot).is_pegged()
            });
            demand!(known, "security {}: a pegged order is known by another place", s.id());
            let off_book = |stand| s.pegged.values().filter(|&&slot| self.stands(slot, stand)).count();
            let entering = off_book(Stand::Entering);
            seen += off_book(Stand::Asleep) + entering;
            let followed = s.pegged.is_empty() || s.is_followed();
            demand!(followed, "security {}: pegged orders follow what is quoted no more", s.id());
            let awake = entering + off_book(Stand::Book) > 0;
            demand!(s.matches() || !awake, "security {}: a pegged order is awake", s.id());
            let pegged = s.pegged.len() + s.stops.trailing();
            demand!(pegged <= crate::pegs::MOST_PEGGED, "security {}: {pegged} follow a price", s.id());
            let open = |&(_, id): &(u32, OrderId)| self.by_id.contains(id);
            demand!(s.dated.iter().all(open), "security {}: a date of an order that is over", s.id());
            let joined = s.joined.iter().all(|&id| self.by_id.contains(id));
            demand!(joined, "security {}: what has joined is over", s.id());
            let trigger = |w: &Work| matches!(w, Work::Trigger { security } if *security == s.id());
            demand!(
                s.triggers.is_empty() || (s.matches() && state.work.iter().any(trigger)),
                "security {}: stops were reached, and nothing triggers them",
                s.id()
            );
        }
        for order in &state.orders {
            let closed = self.find_security(order.security).is_some_and(|s| s.phase == Phase::Closed);
            let lasting =
                matches!(order.time_in_force, TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate);
            demand!(
                !closed || lasting || self.has_work(),
                "order {} is open in security {}, which is closed",
                order.order,
                order.security
            );
        }
        demand!(self.touched.is_empty() && self.prints.is_empty(), "a step has not seen to its end");
        demand!(seen == state.orders.len(), "{seen} orders stand, {} are open", state.orders.len());
        Ok(())
    }

    fn stands(&self, slot: Slot, stand: Stand) -> bool {
        self.orders.named(slot).stand == stand
    }

    fn check_ladder(&self, s: &Security, side: Side, dark: bool) -> Result<usize, String> {
        let ladder = if dark { s.book.dark(side) } else { s.book.shown(side) };
        let mut seen = 0;
        for (rank, level) in ladder.levels() {
            let (ticks, mut units, mut shown, mut last) = (rank.ticks(side), Units::ZERO, Units::ZERO, None);
            let mut slot = level.first();
            demand!(slot.is_some(), "security {}: price {ticks} is in use without orders", s.id());
            while let Some(at) = slot {
                let order = &self.orders[at];
                let here = order.ticks == ticks && order.side == side && order.security == s.id();
                let visible = order.marks.has(Marks::DARK) == dark && self.stands(at, Stand::Book);
                demand!(here && visible, "order {} rests in the wrong place", order.id);
                demand!(last < Some(order.place), "order {} rests before one that came earlier", order.id);
                (units, shown) = (units + order.leaves, shown + self.orders.shown(at));
                (last, seen) = (Some(order.place), seen + 1);
                slot = order.queue.next.some();
            }
            demand!(
                units == level.units && shown == level.shown,
                "security {}: price {ticks} counts {} units of {units}, {} shown of {shown}",
                s.id(),
                level.units,
                level.shown
            );
        }
        Ok(seen)
    }

    pub(crate) fn has_network(&self) -> bool {
        self.params.is_some_and(|p| p.network.is_some())
    }

    fn listing(&self, id: SecurityId) -> Result<&crate::security::Security, String> {
        self.find_security(id).ok_or_else(|| format!("security {id} is not listed"))
    }
}
