//! The state, taken out of an engine.

use super::{OrderState, SecurityState, SessionState, SoldState, State, WatchState};
use crate::book::slab::{Marks, Named, Order, Slot, Stand};
use crate::engine::Engine;
use crate::risk::{RiskScope, Watch};
use crate::security::Security;
use crate::types::{InvestorId, OrderId, SecurityId, SessionId, Units};

impl Engine {
    /// The state as a value. Takes time in proportion to it: not for the thread that matches.
    pub fn state(&self) -> State {
        let (holdings, purses, [positions, records]) = self.holdings.export();
        let order = |(_, slot): (OrderId, Slot)| {
            let (order, named): (&Order, &Named) = (&self.orders[slot], self.orders.named(slot));
            OrderState {
                order: order.id,
                place: order.place,
                stand: named.stand,
                session: named.session,
                account: order.account,
                security: order.security,
                side: order.side,
                ticks: order.ticks,
                limit: named.limit,
                stop: named.stop,
                width: named.width,
                shown: if named.stand == Stand::Book { self.orders.shown(slot) } else { Units::ZERO },
                ord_type: named.ord_type,
                time_in_force: named.time_in_force,
                instructions: named.instructions,
                weighted: named.tab.weighted,
                charged: named.tab.charged,
                quantity: named.quantity,
                leaves: order.leaves,
                clordid: named.clordid,
                quote: order.marks.has(Marks::QUOTE),
            }
        };
        let session = |(id, s): (SessionId, &crate::session::Session)| SessionState {
            session: id,
            firm: s.firm,
            key: s.key,
            options: s.options,
            version: s.version,
            since: s.since,
            next_in: s.next_in,
            next_out: s.next_out,
            connected: s.connected,
            clordids: s.clordids(),
        };
        let security = |s: &Security| SecurityState {
            listing: s.listing.clone(),
            admitted: s.admitted.iter().copied().collect(),
            phase: s.phase,
            uncrossing: s.uncrossing,
            reference: s.reference,
            static_reference: s.static_reference,
            issuing: s.issuing.is_some(),
            interruption: s.interruption,
            gathering: s.gathering,
            issued: s.issued,
            epoch: s.epoch,
            shared: s.shared,
            coming: s.coming.clone(),
            tallies: s.tallies,
            triggers: s.triggers.iter().copied().collect(),
        };
        let sold = |(&(security, group), days): (&(SecurityId, InvestorId), &Vec<(u32, Units)>)| SoldState {
            security,
            group,
            days: days.clone(),
        };
        let watch = |(&scope, w): (&RiskScope, &Watch)| WatchState {
            scope,
            limits: w.limits.clone(),
            accepted: w.accepted(),
            seen: w.seen(),
        };
        State {
            seq: self.seq,
            now: self.now,
            event_hash: self.digest,
            params: self.params,
            date: self.date,
            firms: self.firms.iter().copied().collect(),
            sessions: self.sessions.iter().map(session).collect(),
            accounts: self.accounts.all().copied().collect(),
            holdings,
            purses,
            positions,
            records,
            insiders: self.insiders.iter().map(|(&(security, who), &how)| (security, who, how)).collect(),
            approvals: self.approvals.all().collect(),
            awaiting: self.awaiting.all().collect(),
            sold: self.groups.sold.iter().map(sold).collect(),
            headroom: self.headroom.all().collect(),
            short: self.headroom.short.iter().copied().collect(),
            registry: self.known.registry.as_ref().map(|r| r.hash()),
            persons: self.known.changed.iter().map(|(&who, &what)| (who, what)).collect(),
            told: self.known.told,
            followed: self.followed,
            busted: self.busted,
            noted: self.undoing.noted.iter().map(|(&trade, &undo)| (trade, undo)).collect(),
            undone: self.undoing.undone.iter().copied().collect(),
            securities: self.securities.values().map(security).collect(),
            orders: self.by_id.sorted().into_iter().map(order).collect(),
            numbered: self.numbered,
            places: self.places,
            trades: self.trades,
            obligations: self.obligations.values().cloned().collect(),
            issued_cash: self.issued_cash.iter().map(|(&cash, &money)| (cash, money)).collect(),
            work: self.work.iter().cloned().collect(),
            wanted: self.masses.wanted.iter().map(|(&only, &last)| (only, last)).collect(),
            due: self.masses.due.iter().map(|(&session, &due)| (session, due)).collect(),
            watches: self.risk.watches.iter().map(watch).collect(),
            blocks: self.risk.blocks.iter().map(|(&scope, &blocked)| (scope, blocked)).collect(),
            executed: self.risk.exposures.all_executed(),
            protections: self.quotes.protection_states(),
            duties: self.quotes.duty_states(),
        }
    }
}
