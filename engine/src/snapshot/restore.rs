//! An engine, made from its state.

use super::{OrderState, SnapshotError, State, WatchState};
use crate::book::ladder::WindowPool;
use crate::book::order::Words;
use crate::book::slab::{Links, Marks, Named, Order, Slab, Slot, Stand};
use crate::compliance::Known;
use crate::engine::Engine;
use crate::fees::Tab;
use crate::holdings::Holdings;
use crate::life::marks;
use crate::risk::Watch;
use crate::security::Security;
use crate::types::{SecurityId, Units};
use crate::work::Work;
use std::sync::Arc;
use tallystick_rules::Registry;

impl Engine {
    /// An engine in this state. `registry` is the one the state names, if it names one.
    pub fn restore(
        state: &State,
        registry: Option<Arc<Registry>>,
        hash_seed: u64,
    ) -> Result<Engine, SnapshotError> {
        if let Some(hash) = state.registry
            && registry.as_ref().is_none_or(|r| r.hash() != hash)
        {
            return Err(SnapshotError::Registry(hash));
        }
        let mut engine = Engine::new(hash_seed);
        (engine.seq, engine.now, engine.digest) = (state.seq, state.now, state.event_hash);
        (engine.date, engine.trades, engine.places) = (state.date, state.trades, state.places);
        engine.numbered = state.numbered;
        engine.firms = state.firms.iter().copied().collect();
        if let Some(params) = state.params {
            engine.params = Some(params);
            engine.orders = Slab::new(params.max_open_orders);
            engine.windows = WindowPool::new(params.price_windows);
            let max_age_ns = params.max_registry_age_ns;
            let registry = registry.filter(|_| state.registry.is_some());
            let changed = state.persons.iter().copied().collect();
            engine.known = Known { registry, changed, told: state.told, max_age_ns };
        }
        for s in &state.sessions {
            engine.sessions.add(s.session, s.firm, s.key, s.options);
            if s.options.risk_control {
                engine.risk.add_control(s.firm, s.session);
            }
            let numbers = [s.version, s.next_in, s.next_out];
            engine.sessions.restore(s.session, s.since, numbers, s.connected, &s.clordids);
        }
        state.accounts.iter().for_each(|&account| engine.accounts.add(account));
        let stakes = [&state.positions[..], &state.records[..]];
        engine.holdings = Holdings::import(hash_seed, &state.holdings, &state.purses, stakes);
        engine.insiders = state.insiders.iter().map(|&(security, who, how)| ((security, who), how)).collect();
        for &(security, counter, amount) in &state.headroom {
            engine.headroom.set(security, counter, amount);
        }
        engine.headroom.short = state.short.iter().copied().collect();
        state.approvals.iter().for_each(|approval| engine.approvals.set(approval));
        state.awaiting.iter().for_each(|&awaiting| engine.awaiting.insert(awaiting));
        engine.groups.sold = state.sold.iter().map(|s| ((s.security, s.group), s.days.clone())).collect();
        for s in &state.securities {
            let mut security = Security::new(s.listing.clone()).map_err(SnapshotError::Decode)?;
            security.admitted = s.admitted.iter().copied().collect();
            (security.phase, security.uncrossing) = (s.phase, s.uncrossing);
            (security.reference, security.issued) = (s.reference, s.issued);
            security.static_reference = s.static_reference;
            security.issuing = security.issuing.filter(|_| s.issuing);
            security.interruption = s.interruption;
            (security.epoch, security.shared, security.coming) = (s.epoch, s.shared, s.coming.clone());
            security.tallies = s.tallies;
            security.triggers = s.triggers.iter().copied().collect();
            engine.securities.insert(s.listing.security, security);
        }
        state.securities.iter().for_each(|s| engine.count_stakes(s.listing.security));
        engine.restore_orders(&state.orders);
        // Putting orders back is no change of the book.
        for s in &state.securities {
            engine.securities[s.listing.security].gathering = s.gathering;
        }
        engine.restore_quotes(state);
        for obligation in &state.obligations {
            engine.backlog.add(engine.counted(obligation));
            engine.allowances.count(obligation, true);
            if let Some(pair) = engine.approval_used(obligation) {
                engine.approvals.use_pending(pair, obligation.units);
            }
            engine.obligations.insert(obligation.trade, obligation.clone());
        }
        (engine.followed, engine.busted) = (state.followed, state.busted);
        engine.undoing.noted = state.noted.iter().copied().collect();
        engine.undoing.undone = state.undone.iter().copied().collect();
        engine.issued_cash = state.issued_cash.iter().copied().collect();
        engine.work = state.work.iter().cloned().collect();
        engine.masses.wanted = state.wanted.iter().copied().collect();
        engine.masses.due = state.due.iter().copied().collect();
        let watch = |w: &WatchState| (w.scope, Watch::restore(w.limits.clone(), &w.accepted, &w.seen));
        engine.risk.watches = state.watches.iter().map(watch).collect();
        engine.risk.blocks = state.blocks.iter().copied().collect();
        engine.risk.exposures.restore_executed(&state.executed);
        for work in &engine.work {
            if let Work::Enter { order } = work
                && let Some(slot) = engine.by_id.get(*order)
            {
                engine.orders[slot].marks.set(Marks::ENTERING, true);
            }
        }
        engine.closing = engine.work.iter().filter_map(Work::closes).collect();
        engine.due = engine.all_due();
        Ok(engine)
    }

    // Each account's orders are listed by their numbers, each queue by place in time.
    fn restore_orders(&mut self, orders: &[OrderState]) {
        let mut slots = Vec::with_capacity(orders.len());
        for o in orders {
            let OrderState { side, ord_type, time_in_force, instructions, .. } = *o;
            let words = Words { side, ord_type, time_in_force, instructions };
            let order = Order {
                id: o.order,
                place: o.place,
                ticks: o.ticks,
                leaves: o.leaves,
                account: o.account,
                security: o.security,
                queue: Links::NONE,
                of_account: Links::NONE,
                side,
                self_trade: instructions.self_trade,
                marks: marks(&words, o.quantity),
            };
            let named = Named {
                session: o.session,
                clordid: o.clordid,
                quantity: o.quantity,
                limit: o.limit,
                ord_type,
                time_in_force,
                instructions,
                tab: Tab { weighted: o.weighted, charged: o.charged },
                stop: o.stop,
                width: o.width,
                shown: o.shown,
                stand: Stand::Nowhere,
            };
            let slot = self.orders.insert(order, named);
            self.by_id.insert(o.order, slot);
            self.accounts.attach(&mut self.orders, slot);
            if named.stays_overnight() {
                self.sessions.get(named.session).keep_clordid(named.clordid, o.order);
            }
            self.register(slot);
            if o.quote {
                self.quotes.insert(&mut self.orders, slot);
            }
            self.count_open(slot, o.leaves);
            self.count_fees(slot);
            slots.push((o.place, slot, *o));
        }
        slots.sort_unstable_by_key(|&(place, ..)| place);
        for (_, slot, o) in slots {
            match o.stand {
                Stand::Book => self.restore_to_book(slot, o.shown),
                Stand::Stop => self.wait_for_stop(slot),
                Stand::Auction => self.wait_for_auction(slot),
                Stand::Asleep | Stand::Entering | Stand::Nowhere => {
                    self.orders.named_mut(slot).stand = o.stand
                }
            }
        }
        self.touched.clear();
        let all: Vec<SecurityId> = self.securities.values().map(Security::id).collect();
        all.into_iter().for_each(|id| self.securities[id].note_quoted());
    }

    fn restore_to_book(&mut self, slot: Slot, shown: Units) {
        self.rest(slot);
        let order = self.orders[slot];
        if order.marks.has(Marks::ICEBERG) && shown < self.orders.named(slot).shown {
            let book = &mut self.securities[order.security].book;
            book.show_less(&mut self.orders, slot, shown, &mut self.windows);
        }
    }
}
