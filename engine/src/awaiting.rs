//! Crosses that await an approval: of firms that have brought two together whose trade the issuer must approve first.
//!
//! Such a cross is told of and holds a place in a list, and nothing else: it reserves nothing, counts for no limit of credit
//! and is shown to nobody. Whenever something is known that may let it trade it is looked at again, and once enough is
//! approved it is judged as though it came then: it trades whole, or is rejected. Where the venue has no room for it then, it
//! is held up: that is nobody's fault, and passes.

use crate::checks::Turn;
use crate::compliance::{Pairing, Tentative};
use crate::crosses::{Judged, NewCross};
use crate::engine::Engine;
use crate::event::{CancelReason, Event, OrderView};
use crate::invariants::demand;
use crate::mass::Mass;
use crate::phase::Phase;
use crate::reject::Reject;
use crate::risk::scopes;
use crate::snapshot::State;
use crate::types::{ClOrdId, FirmId, InvestorId, OrderId, SecurityId, SessionId, Side, Units};
use crate::work::Work;
use crate::{command::OrderRef, mass::Only};
use borsh::BorshSerialize;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most crosses of one security that may await approvals.
pub const MOST_AWAITING: usize = 256;

/// The most of one firm, of these.
pub const MOST_AWAITING_OF_FIRM: usize = 16;

/// A cross that awaits an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct AwaitingCross {
    /// The number of its buying order; the selling one's is the next.
    pub order: OrderId,
    /// As it came.
    pub cross: NewCross,
    /// Whether enough was approved of it when it was looked at last, and the venue had no room for it: for two open orders
    /// more, or for another trade that waits for settlement.
    pub held_up: bool,
}

impl AwaitingCross {
    /// The number of one of its orders.
    pub fn order(&self, side: Side) -> OrderId {
        match side {
            Side::Buy => self.order,
            Side::Sell => OrderId(self.order.0 + 1),
        }
    }

    /// One of its orders, as its owner is told of it.
    fn view(&self, side: Side) -> OrderView {
        let new = self.cross.order(side);
        OrderView {
            order: self.order(side),
            clordid: new.clordid,
            account: new.account,
            security: new.security,
            side,
            price: new.price,
            quantity: new.quantity,
            leaves: new.quantity,
            filled: Units::ZERO,
            display_qty: None,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Awaiting {
    crosses: BTreeMap<OrderId, AwaitingCross>,
    // The same by security, and those that are held up: no state of its own.
    of_security: BTreeSet<(SecurityId, OrderId)>,
    held_up: BTreeSet<(SecurityId, OrderId)>,
}

impl Awaiting {
    pub fn len(&self) -> usize {
        self.crosses.len()
    }

    /// All of them, in the order in which they came.
    pub fn all(&self) -> impl Iterator<Item = AwaitingCross> {
        self.crosses.values().copied()
    }

    pub fn insert(&mut self, awaiting: AwaitingCross) {
        let key = (awaiting.cross.security, awaiting.order);
        self.crosses.insert(awaiting.order, awaiting);
        self.of_security.insert(key);
        if awaiting.held_up {
            self.held_up.insert(key);
        }
    }

    fn remove(&mut self, awaiting: &AwaitingCross) {
        self.crosses.remove(&awaiting.order).expect("it awaits");
        let key = (awaiting.cross.security, awaiting.order);
        self.of_security.remove(&key);
        self.held_up.remove(&key);
    }

    /// The one that an order is of.
    pub fn of_order(&self, order: OrderId) -> Option<AwaitingCross> {
        let before = OrderId(order.0.wrapping_sub(1));
        [order, before].into_iter().find_map(|order| self.crosses.get(&order).copied())
    }

    /// The first that came after one.
    fn after(&self, done: OrderId) -> Option<AwaitingCross> {
        self.crosses.range(OrderId(done.0 + 1)..).next().map(|(_, awaiting)| *awaiting)
    }

    /// The first of a security that came after one.
    fn after_in(&self, security: SecurityId, done: OrderId) -> Option<AwaitingCross> {
        let later = (security, OrderId(done.0 + 1))..=(security, OrderId(u64::MAX));
        self.of_security.range(later).next().map(|(_, order)| self.crosses[order])
    }

    /// All of a security.
    fn of(&self, security: SecurityId) -> impl Iterator<Item = &NewCross> {
        let all = (security, OrderId(0))..=(security, OrderId(u64::MAX));
        self.of_security.range(all).map(|(_, order)| &self.crosses[order].cross)
    }

    /// Whether one of a security awaits.
    pub fn any(&self, security: SecurityId) -> bool {
        self.of(security).next().is_some()
    }

    fn securities(&self) -> BTreeSet<SecurityId> {
        self.of_security.iter().map(|&(security, _)| security).collect()
    }
}

impl Engine {
    /// Crosses that await an approval, in the order in which they came.
    pub fn awaiting(&self) -> impl Iterator<Item = AwaitingCross> {
        self.awaiting.all()
    }

    /// A cross waits from now on, of which nothing but an approval is missing.
    pub(crate) fn await_approval(&mut self, awaiting: AwaitingCross, events: &mut Vec<Event>) {
        self.awaiting.insert(awaiting);
        let unapproved = self.unapproved(&awaiting.cross);
        for side in Side::BOTH {
            let to = self.sessions.next_to(awaiting.cross.from.session);
            events.push(Event::Awaiting { to, order: awaiting.view(side), unapproved });
        }
    }

    /// Whether the security has room for another, and the firm in it.
    pub(crate) fn check_room_for_awaiting(&self, cross: &NewCross) -> Result<(), Reject> {
        let firm = self.firm_of_cross(cross);
        let of_firm = self.awaiting.of(cross.security).filter(|other| self.firm_of_cross(other) == firm);
        let full = self.awaiting.of(cross.security).count() >= MOST_AWAITING
            || of_firm.count() >= MOST_AWAITING_OF_FIRM;
        if full { Err(Reject::TooManyAwaiting) } else { Ok(()) }
    }

    fn firm_of_cross(&self, cross: &NewCross) -> FirmId {
        self.sessions.find(cross.from.session).expect("it sent a cross").firm
    }

    /// How many units more must be approved before the two may trade, as far as that is known.
    pub(crate) fn unapproved(&self, cross: &NewCross) -> Units {
        let ground = self.ground(cross.security, self.known.persons());
        let [buyer, seller] = [cross.buy, cross.sell].map(|side| ground.person(side.account));
        Pairing::new(ground, &Tentative::default(), buyer, seller).unapproved(cross.quantity)
    }

    // ---- how it goes on ----

    /// A security's crosses that await approvals are to be looked at again, from the first: what waits for it already
    /// begins again.
    pub(crate) fn look_at_crosses_later(&mut self, security: SecurityId) {
        if !self.awaiting.any(security) {
            return;
        }
        let waits = self.work.iter_mut().find_map(|work| match work {
            Work::Crosses { security: of, done } if *of == security => Some(done),
            _ => None,
        });
        match waits {
            Some(done) => *done = OrderId(0),
            None => self.work.push_back(Work::Crosses { security, done: OrderId(0) }),
        }
    }

    /// Those of all securities are.
    pub(crate) fn look_at_all_crosses_later(&mut self) {
        self.awaiting.securities().into_iter().for_each(|security| self.look_at_crosses_later(security));
    }

    /// Whether a cross of a security could trade now, were it good: otherwise those that await go on doing so, and are
    /// looked at again once it could.
    fn trades_crosses(&self, security: SecurityId) -> bool {
        let listed = &self.securities[security];
        listed.matches() && listed.coming.is_none() && self.known.at(self.now).is_some()
    }

    /// Whether the venue has room for what a cross would bring: two open orders, and a trade that waits for settlement.
    fn has_room_for_cross(&self, cross: &NewCross) -> bool {
        let security = &self.securities[cross.security];
        self.orders.has_room(2) && self.check_backlog(self.firm_of_cross(cross), security).is_ok()
    }

    /// At the end of a step that has made room, fewer orders than the `open` before it being open or fewer trades waiting:
    /// crosses that were held up, and for which there is room now, are to be looked at again.
    pub(crate) fn see_to_held_up(&mut self, open: usize) {
        let made_room = self.backlog.take_lessened() || self.orders.len() < open;
        if !made_room || self.awaiting.held_up.is_empty() {
            return;
        }
        let held_up = self.awaiting.held_up.iter();
        let free = held_up.filter(|(_, order)| self.has_room_for_cross(&self.awaiting.crosses[order].cross));
        let securities: BTreeSet<SecurityId> = free.map(|&(security, _)| security).collect();
        securities.into_iter().for_each(|security| self.look_at_crosses_later(security));
    }

    /// Those for which enough is approved are judged as though they came now, if there is room for them. Each that is looked
    /// at is an item; one that trades ends the chunk.
    pub(crate) fn look_at_crosses(
        &mut self,
        security: SecurityId,
        done: &mut OrderId,
        left: &mut usize,
        events: &mut Vec<Event>,
    ) -> bool {
        while *left > 0 && self.trades_crosses(security) {
            let Some(awaiting) = self.awaiting.after_in(security, *done) else { return true };
            *done = awaiting.order;
            *left -= 1;
            let approved = self.unapproved(&awaiting.cross).is_zero();
            let held_up = approved && !self.has_room_for_cross(&awaiting.cross);
            if held_up != awaiting.held_up {
                self.awaiting.remove(&awaiting);
                self.awaiting.insert(AwaitingCross { held_up, ..awaiting });
            }
            if approved && !held_up && self.judge_again(&awaiting, events) {
                *left = 0;
            }
        }
        !self.trades_crosses(security)
    }

    /// Whether it trades.
    fn judge_again(&mut self, awaiting: &AwaitingCross, events: &mut Vec<Event>) -> bool {
        match self.judge_cross(&awaiting.cross, [Ok(()); 2], Turn::Again) {
            Ok(Judged::Trades(price)) => {
                self.awaiting.remove(awaiting);
                self.trade_cross(awaiting, price, events);
                true
            }
            Ok(Judged::Awaits) => false,
            Err(rejects) => {
                self.awaiting.remove(awaiting);
                self.reject_cross(awaiting, rejects, events);
                false
            }
        }
    }

    // ---- how it ends otherwise ----

    /// The cross that a request means by one of its orders.
    pub(crate) fn awaiting_meant(&self, session: SessionId, ask: &OrderRef) -> Option<(AwaitingCross, Side)> {
        let order = self.sessions.find(session)?.order_of(ask.original)?;
        let awaiting = self.awaiting.of_order(order)?;
        let side = Side::BOTH.into_iter().find(|&side| awaiting.order(side) == order)?;
        let new = awaiting.cross.order(side);
        let meant = (new.account, new.security, side) == (ask.account, ask.security, ask.side);
        (meant && new.clordid == ask.original).then_some((awaiting, side))
    }

    /// Both orders end; without a request of their owner's each under its own name.
    pub(crate) fn end_cross(
        &mut self,
        awaiting: &AwaitingCross,
        request: Option<ClOrdId>,
        reason: CancelReason,
        events: &mut Vec<Event>,
    ) {
        self.awaiting.remove(awaiting);
        for side in Side::BOTH {
            let to = self.sessions.next_to(awaiting.cross.from.session);
            let order = OrderView { leaves: Units::ZERO, ..awaiting.view(side) };
            events.push(Event::Cancelled { to, order, request: request.unwrap_or(order.clordid), reason });
        }
    }

    /// The next of a security ends with its day; `false`, if none awaits.
    pub(crate) fn expire_cross(&mut self, security: SecurityId, events: &mut Vec<Event>) -> bool {
        let Some(awaiting) = self.awaiting.after_in(security, OrderId(0)) else { return false };
        self.awaiting.remove(&awaiting);
        for side in Side::BOTH {
            let to = self.sessions.next_to(awaiting.cross.from.session);
            let order = OrderView { leaves: Units::ZERO, ..awaiting.view(side) };
            events.push(Event::Expired { to, order });
        }
        true
    }

    /// The next cross that a mass cancel has to look at.
    pub(crate) fn next_awaiting(&self, mass: &Mass) -> Option<AwaitingCross> {
        self.awaiting.after(mass.crosses).filter(|awaiting| awaiting.order < mass.before)
    }

    /// Whether a mass cancel covers one of its orders, and so both.
    pub(crate) fn covers_cross(&self, mass: &Mass, cross: &NewCross) -> bool {
        let filter = &mass.filter;
        let accounts = [cross.buy.account, cross.sell.account];
        filter.session.is_none_or(|of| of == cross.from.session)
            && filter.firm.is_none_or(|firm| firm == self.firm_of_cross(cross))
            && filter.account.is_none_or(|account| accounts.contains(&account))
            && filter.security.is_none_or(|security| security == cross.security)
            && !mass.cause.is_of_quotes()
    }

    // ---- what must be true ----

    pub(crate) fn check_awaiting(&self, state: &State) -> Result<(), String> {
        let listed: BTreeSet<(SecurityId, OrderId)> =
            state.awaiting.iter().map(|it| (it.cross.security, it.order)).collect();
        demand!(listed == self.awaiting.of_security, "crosses that await are not what securities have");
        let held_up = state.awaiting.iter().filter(|it| it.held_up);
        let held_up: BTreeSet<_> = held_up.map(|it| (it.cross.security, it.order)).collect();
        demand!(held_up == self.awaiting.held_up, "crosses that are held up are not those that say so");
        for awaiting in &state.awaiting {
            let AwaitingCross { order: id, cross, held_up } = awaiting;
            let NewCross { from, security, price, quantity, prioritized: _, buy, sell } = *cross;
            let session = self.sessions.find(from.session);
            let session = session.ok_or_else(|| format!("cross {id} is of no session"))?;
            let listed = self.find_security(security).ok_or_else(|| format!("cross {id} is of nothing"))?;
            let ticks = listed.listing.ticks.to_ticks(price).and_then(|ticks| listed.legal(ticks));
            demand!(ticks.is_some() && !quantity.is_zero(), "cross {id} is for {quantity} at {price}");
            demand!(id.0 < state.numbered.0, "cross {id} has numbers that were not given yet");
            for (side, of) in Side::BOTH.into_iter().zip([buy, sell]) {
                let order = awaiting.order(side);
                demand!(!self.by_id.contains(order), "order {order} awaits and is open");
                let named = session.order_of(of.clordid) == Some(order);
                demand!(named, "session {} knows order {order} not as {}", from.session, of.clordid);
                let owned = self.accounts.get(of.account).is_some_and(|account| account.firm == session.firm);
                demand!(owned, "order {order} is for account {} of another firm", of.account);
                for scope in scopes(session.firm, from.session, of.account) {
                    let blocked = self.risk.blocks.contains_key(&scope);
                    let wanted = self.masses.wanted.get(&Only::Blocked(scope));
                    demand!(
                        !blocked || wanted.is_some_and(|&last| *id < last),
                        "cross {id} of {scope:?}, which is blocked, is not about to be cancelled"
                    );
                }
            }
            let closed = listed.phase == Phase::Closed && !self.is_expiring(security);
            demand!(!closed, "cross {id} awaits in security {security}, which is closed");
            let looks = |work: &Work| matches!(work, Work::Crosses { security: of, .. } if *of == security);
            let pair: [InvestorId; 2] = [sell, buy].map(|side| self.accounts.owner(side.account));
            let left = self.approvals.left((security, pair[0], pair[1]), self.now);
            let looked_at = !self.trades_crosses(security) || state.work.iter().any(looks);
            let room = self.has_room_for_cross(cross);
            demand!(
                left < quantity || looked_at || (*held_up && !room),
                "cross {id} awaits, and {left} units of {quantity} are approved"
            );
            demand!(!held_up || looked_at || !room, "cross {id} is held up, and there is room for it");
        }
        for security in self.awaiting.securities() {
            let mut of_firms: BTreeMap<FirmId, usize> = BTreeMap::new();
            let all = self.awaiting.of(security);
            all.for_each(|cross| *of_firms.entry(self.firm_of_cross(cross)).or_default() += 1);
            let (sum, most) = (of_firms.values().sum::<usize>(), of_firms.values().max().copied());
            demand!(
                sum <= MOST_AWAITING && most <= Some(MOST_AWAITING_OF_FIRM),
                "of security {security} {sum} crosses await, {most:?} of one firm"
            );
        }
        Ok(())
    }
}
