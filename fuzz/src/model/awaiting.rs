//! Crosses of which nothing but an approval is missing: they wait until it is there, or until they end.

use super::Model;
use super::fees::Owed;
use super::order::Order;
use std::collections::BTreeSet;
use tallystick_engine::awaiting::AwaitingCross;
use tallystick_engine::command::OrderRef;
use tallystick_engine::crosses::NewCross;
use tallystick_engine::event::{CancelReason, Event, OrderView};
use tallystick_engine::mass::{Cause, Mass};
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Reject;
use tallystick_engine::risk::RiskScope;
use tallystick_engine::types::{
    ClOrdId, FirmId, Money, OrderId, SecurityId, SessionId, Side, TradeId, Units,
};
use tallystick_engine::{Stand, Work};

/// So many may wait in one security; and of one firm in it.
const MOST: usize = 256;
const MOST_OF_FIRM: usize = 16;

impl Model {
    /// A cross that has come waits, if there is room for it.
    pub(super) fn await_approval(&mut self, came: AwaitingCross) -> Result<(), Reject> {
        let cross = &came.cross;
        let of_security = self.awaiting.iter().filter(|other| other.cross.security == cross.security);
        let of_firm =
            of_security.clone().filter(|other| self.firm_of_cross(other) == self.firm_of_cross(&came));
        if of_security.count() >= MOST || of_firm.count() >= MOST_OF_FIRM {
            return Err(Reject::TooManyAwaiting);
        }
        let unapproved = Units(self.unapproved(&came));
        self.awaiting.push(came);
        for side in Side::BOTH {
            self.note_new(&cross.order(side));
            let to = self.next_to(cross.from.session);
            self.say(Event::Awaiting { to, order: view(&came, side, cross.quantity), unapproved });
        }
        Ok(())
    }

    fn firm_of_cross(&self, came: &AwaitingCross) -> FirmId {
        self.firm_of(RiskScope::Session(came.cross.from.session)).expect("a session that entered a cross")
    }

    /// How many units more must be approved before a cross may trade, as far as that is asked for.
    pub fn unapproved(&self, came: &AwaitingCross) -> u64 {
        let cross = &came.cross;
        let parties = [cross.buy.account, cross.sell.account];
        match self.asks_approval(parties, cross.security) {
            true => cross.quantity.0.saturating_sub(self.approved(parties, cross.security)),
            false => 0,
        }
    }

    /// Something is known that may let crosses of a security trade, or keeps them from it for good.
    pub(super) fn look_at_crosses_later(&mut self, security: SecurityId) {
        if !self.awaiting.iter().any(|came| came.cross.security == security) {
            return;
        }
        let begin = Work::Crosses { security, done: OrderId(0) };
        let of_it = |work: &&mut Work| matches!(work, Work::Crosses { security: of, .. } if *of == security);
        match self.work.iter_mut().find(of_it) {
            Some(work) => *work = begin,
            None => self.work.push(begin),
        }
    }

    pub(super) fn look_at_all_crosses_later(&mut self) {
        let mut all: Vec<SecurityId> = self.securities.iter().map(|s| s.listing.security).collect();
        all.sort();
        all.into_iter().for_each(|security| self.look_at_crosses_later(security));
    }

    /// Crosses have their turns, as they came. One that trades is all that its Continue does from then on.
    pub(super) fn look_at_crosses(
        &mut self,
        security: SecurityId,
        mut done: OrderId,
        budget: &mut usize,
    ) -> Option<Work> {
        loop {
            let listed = self.security(security).expect("a listed security");
            if listed.phase != Phase::Continuous || listed.coming.is_some() || self.reliable().is_none() {
                return None;
            }
            if *budget == 0 {
                return Some(Work::Crosses { security, done });
            }
            let later = self.awaiting.iter().filter(|o| o.cross.security == security && o.order > done);
            let came = *later.min_by_key(|came| came.order)?;
            *budget -= 1;
            done = came.order;
            let approved = self.unapproved(&came) == 0;
            let held_up = approved && !self.has_room_for_cross(&came);
            let mut all = self.awaiting.iter_mut();
            all.find(|other| other.order == came.order).expect("it awaits").held_up = held_up;
            if !approved || held_up {
                continue;
            }
            self.awaiting.retain(|other| other.order != came.order);
            // It counted for rates, and as an order that might come twice, when it came.
            self.returns = true;
            let judged = self.good_cross(&came, [Ok(()); 2]);
            self.returns = false;
            match judged {
                Ok((both, true)) => {
                    self.trade_cross(&came, &both);
                    *budget = 0;
                }
                Ok((_, false)) => unreachable!("all of it is approved"),
                Err(rejects) => self.reject_cross(&came, rejects),
            }
        }
    }

    /// Whether both of its orders may be open, and another trade may wait for settlement.
    fn has_room_for_cross(&self, came: &AwaitingCross) -> bool {
        let open = self.orders.len() as u64 + 2;
        let backlog = self.backlog_has_room(self.firm_of_cross(came), came.cross.security);
        open <= u64::from(self.bounds().max_open_orders) && backlog.is_ok()
    }

    /// Orders are gone, or trades wait no more: crosses that were held up may have their turn.
    pub(super) fn mind_held_up(&mut self, open: usize, waited: &[(TradeId, Money)]) {
        let waits = |(trade, money): &(TradeId, Money)| {
            self.trades.iter().any(|it| it.trade == *trade && it.money == *money)
        };
        if self.orders.len() >= open && waited.iter().all(waits) {
            return;
        }
        let free = self.awaiting.iter().filter(|came| came.held_up && self.has_room_for_cross(came));
        let securities: BTreeSet<SecurityId> = free.map(|came| came.cross.security).collect();
        securities.into_iter().for_each(|security| self.look_at_crosses_later(security));
    }

    // ---- how they end ----

    /// The cross that a request means by one of its orders, and which of the two that is.
    pub(super) fn awaiting_meant(&self, session: SessionId, ask: &OrderRef) -> Option<(AwaitingCross, Side)> {
        let all = self.awaiting.iter().filter(|came| came.cross.from.session == session);
        let sides = all.flat_map(|came| Side::BOTH.map(|side| (*came, side)));
        let mut meant = sides.filter(|(came, side)| {
            let new = came.cross.order(*side);
            let stated = (ask.original, ask.account, ask.security, ask.side);
            (new.clordid, new.account, new.security, *side) == stated
        });
        meant.next()
    }

    /// Both of its orders end: under the name of who asked for it, or each under its own.
    pub(super) fn end_cross(&mut self, came: &AwaitingCross, request: Option<ClOrdId>, reason: CancelReason) {
        self.awaiting.retain(|other| other.order != came.order);
        for side in Side::BOTH {
            let order = view(came, side, Units(0));
            let to = self.next_to(came.cross.from.session);
            self.say(Event::Cancelled { to, request: request.unwrap_or(order.clordid), order, reason });
        }
    }

    /// The first cross of a security expires, if there is one.
    pub(super) fn expire_cross(&mut self, security: SecurityId) -> bool {
        let of_it = self.awaiting.iter().filter(|came| came.cross.security == security);
        let Some(came) = of_it.min_by_key(|came| came.order).copied() else { return false };
        self.awaiting.retain(|other| other.order != came.order);
        for side in Side::BOTH {
            let to = self.next_to(came.cross.from.session);
            self.say(Event::Expired { to, order: view(&came, side, Units(0)) });
        }
        true
    }

    /// The next cross that a mass cancel comes to.
    pub(super) fn next_cross(&self, mass: &Mass) -> Option<AwaitingCross> {
        let later = self.awaiting.iter().filter(|came| came.order > mass.crosses && came.order < mass.before);
        later.min_by_key(|came| came.order).copied()
    }

    /// Whether a mass cancel means a cross: one of its orders is enough, and there is no side.
    pub(super) fn means_cross(&self, came: &AwaitingCross, mass: &Mass) -> bool {
        let (filter, cross) = (&mass.filter, &came.cross);
        let of_quotes = matches!(mass.cause, Cause::Quotes { .. } | Cause::Tripped { .. });
        let accounts = [cross.buy.account, cross.sell.account];
        !of_quotes
            && filter.session.is_none_or(|session| session == cross.from.session)
            && filter.firm.is_none_or(|firm| firm == self.firm_of_cross(came))
            && filter.account.is_none_or(|account| accounts.contains(&account))
            && filter.security.is_none_or(|security| security == cross.security)
    }

    /// The cross that has an order of that number.
    pub fn cross_of(&self, order: OrderId) -> Option<AwaitingCross> {
        let sides = |came: &&AwaitingCross| Side::BOTH.iter().any(|side| came.order(*side) == order);
        self.awaiting.iter().find(sides).copied()
    }

    /// One of its orders, as it would come.
    pub fn order_of_cross(&self, came: &AwaitingCross, side: Side) -> Order {
        let NewCross { from, security, price, quantity, .. } = came.cross;
        let new = came.cross.order(side);
        let limit = self.security(security).expect("a listed security").ticks_of(price).expect("a price");
        Order {
            order: came.order(side),
            place: 0,
            session: from.session,
            account: new.account,
            security,
            side,
            ord_type: new.ord_type,
            time_in_force: new.time_in_force,
            instructions: new.instructions,
            limit,
            ticks: limit,
            stop: None,
            width: 0,
            quantity,
            leaves: quantity,
            shown: 0,
            clordid: new.clordid,
            found_nobody: false,
            is_quote: false,
            owed: Owed::default(),
            stands: Stand::Nowhere,
        }
    }
}

/// One of its orders, as its owner is told of it.
fn view(came: &AwaitingCross, side: Side, leaves: Units) -> OrderView {
    let new = came.cross.order(side);
    OrderView {
        order: came.order(side),
        clordid: new.clordid,
        account: new.account,
        security: new.security,
        side,
        price: new.price,
        quantity: new.quantity,
        leaves,
        filled: Units(0),
        display_qty: None,
    }
}
