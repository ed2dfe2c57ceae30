//! An order's life: how it is opened, where it stands, what it reserves, how it ends, and how its owner sees it.

use crate::book::order::{Incoming, Words, is_for_auction};
use crate::book::slab::{Links, Marks, Named, Order, Slab, Slot, Stand};
use crate::calls::queue_of;
use crate::command::{NewOrder, ReplaceOrder};
use crate::engine::Engine;
use crate::event::{CancelReason, Event, OrderView};
use crate::fees::{Promise, Tab};
use crate::security::Security;
use crate::types::{
    ClOrdId, Instructions, Minimum, Money, OrderId, Place, Price, SecurityId, Side, Steps, Ticks, Units,
};

/// What an order promises while it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stake {
    Units(Units),
    Cash(Money),
}

impl Stake {
    /// What is free of it when only `left` is promised still.
    fn less(self, left: Stake) -> Stake {
        match (self, left) {
            (Stake::Units(before), Stake::Units(left)) => Stake::Units(before - left),
            (Stake::Cash(before), Stake::Cash(left)) => {
                assert!(left <= before, "an order that did something promises more than before");
                Stake::Cash(before - left)
            }
            _ => unreachable!("an order keeps its side"),
        }
    }
}

/// What an order of this kind promises: a sell its units, a buy their price at its limit and what fees may come to.
pub(crate) fn stake(security: &Security, side: Side, limit: Ticks, units: Units, tab: Tab) -> Stake {
    match side {
        Side::Sell => Stake::Units(units),
        Side::Buy => {
            let fees = security.fees_to_come(tab, limit, units);
            Stake::Cash(security.listing.ticks.value(limit, units) + fees)
        }
    }
}

/// What matching must know at a glance of an order with these words.
pub(crate) fn marks(words: &Words, quantity: Units) -> Marks {
    let mut marks = Marks::default();
    let each = matches!(words.instructions.minimum, Some(Minimum::Each(_) | Minimum::All));
    let pegged = words.is_pegged();
    let hidden = words.instructions.display_qty == Some(Units::ZERO);
    marks.set(Marks::DARK, hidden || each || pegged);
    marks.set(Marks::MINIMUM, each);
    let part = words.instructions.display_qty.is_some_and(|part| !part.is_zero() && part < quantity);
    marks.set(Marks::ICEBERG, part);
    marks
}

/// How much is shown at once of an order with these words, where that is not all of it.
fn display_qty(words: &Words, quantity: Units) -> Option<Units> {
    match marks(words, quantity) {
        marks if marks.has(Marks::DARK) => Some(Units::ZERO),
        marks if marks.has(Marks::ICEBERG) => words.instructions.display_qty,
        _ => None,
    }
}

/// A minimum on entry is judged then: what is left has none.
pub(crate) fn forget_once(instructions: &mut Instructions) {
    instructions.minimum = instructions.minimum.filter(|m| !matches!(m, Minimum::Once(_)));
}

impl Slab {
    /// The words that an open order was entered with.
    pub(crate) fn words(&self, slot: Slot) -> Words {
        let Named { ord_type, time_in_force, instructions, .. } = *self.named(slot);
        Words { side: self[slot].side, ord_type, time_in_force, instructions }
    }
}

impl Engine {
    /// Opens an order that stands nowhere yet, and reserves for it by its limit.
    pub(crate) fn open(
        &mut self,
        id: OrderId,
        new: &NewOrder,
        incoming: &Incoming,
        limit: Ticks,
        stop: Option<Ticks>,
    ) -> Slot {
        let mut words = Words::of(new);
        if stop.is_none() {
            forget_once(&mut words.instructions);
        }
        let order = Order {
            id,
            place: self.next_place(),
            ticks: incoming.limit,
            leaves: incoming.quantity,
            account: new.account,
            security: new.security,
            queue: Links::NONE,
            of_account: Links::NONE,
            side: incoming.side,
            self_trade: words.instructions.self_trade,
            marks: marks(&words, incoming.quantity),
        };
        let named = Named {
            session: new.from.session,
            clordid: new.clordid,
            quantity: incoming.quantity,
            limit,
            ord_type: words.ord_type,
            time_in_force: words.time_in_force,
            instructions: words.instructions,
            tab: Tab::default(),
            stop: stop.unwrap_or(Ticks(0)),
            width: stop.map_or(Steps(0), |_| self.collar_width(new)),
            shown: Units::ZERO,
            stand: Stand::Nowhere,
        };
        let slot = self.orders.insert(order, named);
        self.by_id.insert(id, slot);
        self.accounts.attach(&mut self.orders, slot);
        self.register(slot);
        if named.stays_overnight() {
            self.sessions.get(named.session).keep_clordid(named.clordid, id);
        }
        self.reserve(slot);
        slot
    }

    /// Notes an open order where its security keeps those of its kind.
    pub(crate) fn register(&mut self, slot: Slot) {
        let (order, named) = (self.orders[slot], self.orders.named(slot));
        let security = &mut self.securities[order.security];
        if named.is_pegged() {
            if security.pegged.is_empty() {
                security.note_quoted();
            }
            security.pegged.insert(order.place, slot);
        }
        if let Some(date) = named.instructions.expire_date {
            security.dated.insert((date, order.id));
        }
    }

    /// The next order's number: one is used up also by an order that is rejected.
    pub(crate) fn number_order(&mut self) -> OrderId {
        self.numbered = OrderId(self.numbered.0 + 1);
        self.numbered
    }

    pub(crate) fn next_place(&mut self) -> Place {
        self.places = Place(self.places.0 + 1);
        self.places
    }

    /// A new place in time, behind all others. The order stands nowhere just then.
    pub(crate) fn renew(&mut self, slot: Slot) {
        let place = self.next_place();
        let old = std::mem::replace(&mut self.orders[slot].place, place);
        assert_eq!(self.orders.named(slot).stand, Stand::Nowhere, "an order in a queue keeps its place");
        if self.orders.named(slot).is_pegged() {
            let pegged = &mut self.securities[self.orders[slot].security].pegged;
            pegged.remove(&old).expect("a pegged order is known");
            pegged.insert(place, slot);
        }
    }

    /// Puts an order on the book, behind all others of its kind at its price; an iceberg shows a part again.
    pub(crate) fn rest(&mut self, slot: Slot) {
        let order = self.orders[slot];
        let named = self.orders.named_mut(slot);
        assert_eq!(named.stand, Stand::Nowhere, "an order stands once");
        named.stand = Stand::Book;
        if order.marks.has(Marks::ICEBERG) {
            named.shown = named.part().min(order.leaves);
        }
        let joins = is_for_auction(named.time_in_force);
        let security = &mut self.securities[order.security];
        if joins {
            security.joined.insert(order.id);
        }
        security.book.rest(&mut self.orders, slot, &mut self.windows);
        self.touch(order.security);
        self.touch_duty(slot);
    }

    /// Takes an order from where it stands.
    pub(crate) fn unlink(&mut self, slot: Slot) {
        let order = self.orders[slot];
        let named = self.orders.named_mut(slot);
        let (stand, stop, force) = (named.stand, named.stop, named.time_in_force);
        named.stand = Stand::Nowhere;
        let security = &mut self.securities[order.security];
        match stand {
            Stand::Book => {
                security.book.unlink(&mut self.orders, slot, &mut self.windows);
                self.touch(order.security);
                self.touch_duty(slot);
            }
            Stand::Stop => security.stops.remove(order.side, stop, order.place),
            Stand::Auction => {
                security.waiting[queue_of(force)].remove(&order.place).expect("it waits");
            }
            Stand::Asleep | Stand::Entering | Stand::Nowhere => {}
        }
    }

    /// Where pegged orders follow, a change of the book may move them; and where a call gathers, what it comes to.
    pub(crate) fn touch(&mut self, id: SecurityId) {
        let security = &self.securities[id];
        let gathers = security.gathering.is_some();
        if !security.pegged.is_empty() && self.touched.last() != Some(&id) {
            self.touched.push(id);
        }
        if gathers {
            self.note_change(id);
        }
    }

    /// Takes units off an order: in continuous trading off the part that an iceberg shows, otherwise off the hidden
    /// part first. The reservation is not touched.
    pub(crate) fn take_off(&mut self, slot: Slot, units: Units, shown: bool) {
        let order = self.orders[slot];
        if self.orders.named(slot).stand != Stand::Book {
            self.orders[slot].leaves -= units;
            return;
        }
        self.touch(order.security);
        self.touch_duty(slot);
        let book = &mut self.securities[order.security].book;
        if shown && order.marks.has(Marks::ICEBERG) {
            book.reduce_shown(&mut self.orders, slot, units, &mut self.windows);
        } else {
            book.reduce(&mut self.orders, slot, units, &mut self.windows);
        }
    }

    /// After a trade: a resting order with nothing left is over, an iceberg with nothing shown shows its next part.
    pub(crate) fn after_trade(&mut self, slot: Slot) {
        if self.orders[slot].leaves.is_zero() {
            self.unlink(slot);
            self.forget(slot);
        } else if self.orders[slot].marks.has(Marks::ICEBERG) && self.orders.named(slot).shown.is_zero() {
            self.unlink(slot);
            self.renew(slot);
            self.rest(slot);
        }
    }

    /// Takes quantity off an order, which keeps its place, and off what it reserves.
    pub(crate) fn shrink(&mut self, slot: Slot, by: Units) {
        if by.is_zero() {
            return;
        }
        let before = self.promise(slot, self.orders[slot].leaves);
        self.take_off(slot, by, false);
        self.lower_promise(slot, before, self.promise(slot, self.orders[slot].leaves));
        self.count_closed(slot, by);
    }

    /// A new limit; of all but pegged orders it is the price they trade at. What is reserved must follow.
    pub(crate) fn set_limit(&mut self, slot: Slot, limit: Ticks) {
        assert_eq!(self.orders.named(slot).stand, Stand::Nowhere, "an order in a queue keeps its price");
        self.orders.named_mut(slot).limit = limit;
        if !self.orders.named(slot).is_pegged() {
            self.orders[slot].ticks = limit;
        }
    }

    pub(crate) fn rename(&mut self, slot: Slot, ask: &ReplaceOrder, events: &mut Vec<Event>) {
        let id = self.orders[slot].id;
        let named = self.orders.named_mut(slot);
        (named.clordid, named.quantity) = (ask.order.clordid, ask.quantity);
        if named.stays_overnight() {
            let session = self.sessions.get(named.session);
            session.drop_clordid(ask.order.original);
            session.keep_clordid(ask.order.clordid, id);
        }
        let to = self.sessions.next_to(ask.from.session);
        events.push(Event::Replaced { to, order: self.view(slot), original: ask.order.original });
    }

    // ---- ends ----

    /// An order that is over, stands nowhere and promises nothing any more.
    pub(crate) fn forget(&mut self, slot: Slot) {
        self.step_back(slot);
        let (order, named) = (self.orders[slot], self.orders.named(slot));
        self.by_id.remove(order.id);
        if named.ord_type == crate::types::OrdType::Pegged {
            self.securities[order.security].pegged.remove(&order.place);
        }
        if let Some(date) = named.instructions.expire_date {
            self.securities[order.security].dated.remove(&(date, order.id));
        }
        if is_for_auction(named.time_in_force) {
            self.securities[order.security].joined.remove(&order.id);
        }
        if named.stays_overnight() {
            self.sessions.get(named.session).drop_clordid(named.clordid);
        }
        self.quotes.remove(&self.orders, slot);
        self.accounts.detach(&mut self.orders, slot);
        self.orders.remove(slot);
    }

    /// Ends an order, wherever it stands.
    pub(crate) fn end(
        &mut self,
        slot: Slot,
        request: ClOrdId,
        reason: CancelReason,
        events: &mut Vec<Event>,
    ) {
        self.unlink(slot);
        self.release(slot);
        let to = self.sessions.next_to(self.orders.named(slot).session);
        events.push(Event::Cancelled { to, order: self.ended_view(slot), request, reason });
        self.forget(slot);
    }

    pub(crate) fn expire(&mut self, slot: Slot, events: &mut Vec<Event>) {
        self.unlink(slot);
        self.release(slot);
        let to = self.sessions.next_to(self.orders.named(slot).session);
        events.push(Event::Expired { to, order: self.ended_view(slot) });
        self.forget(slot);
    }

    // ---- what it reserves ----

    pub(crate) fn reserve(&mut self, slot: Slot) {
        let leaves = self.orders[slot].leaves;
        self.count_open(slot, leaves);
        self.take_on(slot, self.promise(slot, leaves));
    }

    pub(crate) fn release(&mut self, slot: Slot) {
        let leaves = self.orders[slot].leaves;
        self.count_closed(slot, leaves);
        self.give_up(slot, self.promise(slot, leaves));
    }

    /// An order promises less from now on. A sell that trades above its limit may come to owe more fees for it.
    pub(crate) fn lower_promise(&mut self, slot: Slot, before: Promise, after: Promise) {
        self.give_up(slot, Promise { stake: before.stake.less(after.stake), fees: before.fees });
        self.speak_for_fees(slot, after.fees.0);
    }

    fn take_on(&mut self, slot: Slot, promise: Promise) {
        let order = self.orders[slot];
        let cash = self.securities[order.security].listing.cash;
        match promise.stake {
            Stake::Units(units) => self.holdings.reserve_units(order.account, order.security, units),
            Stake::Cash(money) => self.holdings.reserve_cash(order.account, cash, money),
        }
        self.speak_for_fees(slot, promise.fees.0);
    }

    fn give_up(&mut self, slot: Slot, promise: Promise) {
        let order = self.orders[slot];
        let cash = self.securities[order.security].listing.cash;
        match promise.stake {
            Stake::Units(units) => self.holdings.release_units(order.account, order.security, units),
            Stake::Cash(money) => self.holdings.release_cash(order.account, cash, money),
        }
        self.speak_for_fees(slot, -promise.fees.0);
    }

    /// What an order's fees may come to is spoken for, in an engine that is restored.
    pub(crate) fn count_fees(&mut self, slot: Slot) {
        self.speak_for_fees(slot, self.promise(slot, self.orders[slot].leaves).fees.0);
    }

    fn speak_for_fees(&mut self, slot: Slot, more: i64) {
        if more != 0 {
            let order = self.orders[slot];
            let key = (order.account, self.relies_on(order.security, order.side));
            self.allowances.change(key, |spoken| spoken.orders += i128::from(more));
        }
    }

    // ---- views ----

    pub(crate) fn view(&self, slot: Slot) -> OrderView {
        let (order, named, words) = (&self.orders[slot], self.orders.named(slot), self.orders.words(slot));
        OrderView {
            order: order.id,
            clordid: named.clordid,
            account: order.account,
            security: order.security,
            side: order.side,
            price: words.shows_price().then(|| self.price_of(order.security, named.limit)),
            quantity: named.quantity,
            leaves: order.leaves,
            filled: named.quantity - order.leaves,
            display_qty: display_qty(&words, named.quantity),
        }
    }

    fn ended_view(&self, slot: Slot) -> OrderView {
        OrderView { leaves: Units::ZERO, ..self.view(slot) }
    }

    pub(crate) fn price_of(&self, security: SecurityId, ticks: Ticks) -> Price {
        self.securities[security].price(ticks)
    }
}
