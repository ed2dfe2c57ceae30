//! Quotes: what a message of a market maker changes, and how quotes end.

use super::Model;
use super::asked::*;
use super::fees::Owed;
use super::order::Order;
use tallystick_engine::Stand;
use tallystick_engine::event::{CancelReason, Event};
use tallystick_engine::mass::{Cause, MassFilter, Only};
use tallystick_engine::quotes::{MassQuote, QuoteCancel, QuoteEntry, QuoteReject, QuoteSide, QuoteView};
use tallystick_engine::reject::Reject;
use tallystick_engine::risk::{RequestReject, RiskScope};
use tallystick_engine::types::{
    AccountId, ClOrdId, Instructions, OrdType, OrderId, SecurityId, SessionId, Side, Ticks, TimeInForce,
    Units,
};

/// Why an entry is refused, and which of its sides was wrong, if it was one.
type Refused = (Option<Side>, Reject);

/// What an entry makes of one of its sides.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// It is not stated.
    Nothing,
    /// It goes, if it stands.
    Withdrawn,
    /// It shrinks, or stays, in its place.
    Kept(Order),
    /// It comes with a new place: instead of one that stood, or anew.
    Comes(Order),
}

impl Model {
    pub(super) fn mass_quote(&mut self, ask: &MassQuote) {
        self.count_message(ask.from);
        // All sides of a message share what one step may look at.
        self.shares = Some(0);
        for at in 0..ask.entries.len() {
            // What one entry puts on the book the next may take off it.
            let calls = self.books_in_calls();
            self.quote(ask, at);
            self.mind_calls(&calls);
        }
        self.shares = None;
    }

    /// One entry: whole or not at all.
    fn quote(&mut self, ask: &MassQuote, at: usize) {
        let (session, account, entry) = (ask.from.session, ask.account, &ask.entries[at]);
        let firm = self.firm_of(RiskScope::Session(session));
        let known = if self.security(entry.security).is_none() {
            Err(Reject::UnknownSecurity)
        } else if self.firm_of(RiskScope::Account(account)) != firm {
            Err(Reject::UnknownAccount)
        } else {
            Ok(())
        };
        if let Err(reject) = known {
            return self.say_status(ask, entry.security, Some((None, reject)));
        }
        let stated: Vec<Side> = Side::BOTH.into_iter().filter(|side| of(entry, *side).is_some()).collect();
        for side in &stated {
            self.end_what_goes(session, account, entry.security, *side);
        }
        match self.good_entry(ask, at) {
            Err(refused) => {
                for side in stated {
                    let old = self.standing(session, account, entry.security, side).map(|o| o.order);
                    self.orders.retain(|o| Some(o.order) != old);
                }
                self.say_status(ask, entry.security, Some(refused));
                let (side, reject) = refused;
                if let Some((side, stated)) = side.and_then(|side| Some((side, of(entry, side)?))) {
                    // What stood on either side is gone.
                    self.want_if_refused(entry.security, (side, account), (stated.size, None), &reject);
                }
            }
            Ok(changes) => {
                let mut coming = Vec::new();
                for (side, change) in Side::BOTH.into_iter().zip(changes) {
                    let old = self.standing(session, account, entry.security, side).map(|o| o.order);
                    match change {
                        Change::Nothing => {}
                        Change::Withdrawn => self.orders.retain(|o| Some(o.order) != old),
                        Change::Kept(mut order) => {
                            order.shown = order.shown.min(order.leaves.0);
                            *self.order_mut(order.order) = order;
                        }
                        Change::Comes(mut order) => {
                            self.orders.retain(|o| Some(o.order) != old);
                            if old.is_none() {
                                self.numbered = OrderId(self.numbered.0 + 1);
                                order.order = self.numbered;
                            }
                            order.place = self.next_place();
                            self.orders.push(order);
                            coming.push(order.order);
                        }
                    }
                }
                self.say_status(ask, entry.security, None);
                for id in coming {
                    let side = self.order(id).expect("a side that comes").side;
                    self.want(entry.security, (side, account), Units(0), None);
                    if self.matches_now(entry.security) {
                        self.come(id);
                    } else {
                        self.order_mut(id).rest();
                    }
                }
            }
        }
    }

    /// What an entry comes to, if nothing is wrong with it.
    fn good_entry(&self, ask: &MassQuote, at: usize) -> Result<[Change; 2], Refused> {
        let (session, account, entry) = (ask.from.session, ask.account, &ask.entries[at]);
        let whole = |reject| Err((None, reject));
        let listed = self.security(entry.security).expect("just looked at");
        let states_more = Side::BOTH.into_iter().filter_map(|side| of(entry, side)).any(|s| s.size.0 > 0);
        if states_more {
            if self.is_shut_out(account, entry.security) {
                return whole(Reject::NotAdmitted);
            }
            if let Some(level) = self.blocks(self.scopes(session, account)) {
                return whole(Reject::Blocked(level));
            }
            if self.protected(session, account).is_some_and(|p| p.tripped) {
                return whole(Reject::ProtectionTripped);
            }
            takes_orders(listed).map_err(|reject| (None, reject))?;
        }
        let old = Side::BOTH.map(|side| self.standing(session, account, entry.security, side));
        // The prices of the quote that there would be.
        let [bid, offer] = [0, 1].map(|n| match of(entry, Side::BOTH[n]) {
            Some(side) => (side.size.0 > 0).then_some(side.price),
            None => old[n].map(|o| listed.price(o.limit)),
        });
        let said_before = ask.entries[..at].iter().any(|other| other.security == entry.security);
        let states_nothing = Side::BOTH.into_iter().all(|side| of(entry, side).is_none());
        let crossed = bid.zip(offer).is_some_and(|(bid, offer)| bid >= offer);
        if states_nothing || said_before || crossed {
            return whole(Reject::QuoteEntry);
        }
        let mut changes = [0, 1].map(|n| match (of(entry, Side::BOTH[n]), old[n]) {
            (None, _) => Change::Nothing,
            (Some(side), _) if side.size.0 == 0 => Change::Withdrawn,
            (Some(side), Some(old)) if side.price == listed.price(old.limit) && side.size <= old.leaves => {
                let quantity = Units(old.quantity.0 - old.leaves.0 + side.size.0);
                Change::Kept(Order { clordid: ask.quote_id, quantity, leaves: side.size, ..old })
            }
            (Some(side), Some(old)) => Change::Comes(Order {
                clordid: ask.quote_id,
                quantity: side.size,
                leaves: side.size,
                owed: Owed::default(),
                stands: Stand::Nowhere,
                ..old
            }),
            (Some(side), None) => Change::Comes(fresh(ask, entry, Side::BOTH[n], side)),
        });
        // What the entry adds: orders, and, for credit, money.
        let added = |n: usize| i64::from(matches!(changes[n], Change::Comes(_)) && old[n].is_none());
        let gone = |n: usize| i64::from(changes[n] == Change::Withdrawn && old[n].is_some());
        let more: i64 = [0, 1].map(|n| added(n) - gone(n)).iter().sum();
        let room = i64::from(self.bounds().max_open_orders) - self.orders.len() as i64;
        let is_full = more > 0 && more > room;

        let refused = |n: usize| move |reject| (Some(Side::BOTH[n]), reject);
        for n in [0, 1] {
            let (Change::Kept(order) | Change::Comes(order)) = changes[n] else { continue };
            good_quantity(listed, order.leaves).map_err(refused(n))?;
            let Change::Comes(order) = &mut changes[n] else { continue };
            let price = of(entry, order.side).expect("it comes").price;
            if old[n].is_none_or(|old| listed.price(old.limit) != price) {
                in_range(listed, [price].into_iter()).map_err(refused(n))?;
                on_tick(listed, [price].into_iter(), None).map_err(refused(n))?;
                order.limit = in_band(listed, price).map_err(refused(n))?;
                order.ticks = order.limit;
            }
        }
        // What both sides add counts for credit.
        let counts = |order: &Order| listed.cost(order.limit, order.leaves.0);
        let after = changes.iter().zip(&old).map(|(change, old)| match change {
            Change::Nothing => old.as_ref().map_or(0, counts),
            Change::Withdrawn => 0,
            Change::Kept(order) | Change::Comes(order) => counts(order),
        });
        let adds = after.sum::<i128>() - old.iter().flatten().map(counts).sum::<i128>();
        for n in [0, 1] {
            let Change::Comes(order) = &changes[n] else { continue };
            if is_full && old[n].is_none() {
                return Err(refused(n)(Reject::TooManyOpenOrders));
            }
            self.may_quote(order, old[n].as_ref(), adds).map_err(refused(n))?;
        }
        Ok(changes)
    }

    /// What every side with a new place must pass, with what the whole entry adds to what counts for credit.
    fn may_quote(&self, order: &Order, old: Option<&Order>, adds: i128) -> Result<(), Reject> {
        let account = self.account(order.account).expect("an order's account");
        self.backlog_has_room(account.firm, order.security)?;
        self.within_limits(order, old, None, Some(adds))?;
        if let Some(reason) = self.entry_refusal(order) {
            return Err(Reject::Compliance(reason));
        }
        self.terms_permit(order, old)?;
        self.can_promise(order, old)
    }

    // ---- what stands ----

    /// The side of a quote that stands: not, if it is about to go.
    pub fn standing(
        &self,
        session: SessionId,
        account: AccountId,
        security: SecurityId,
        side: Side,
    ) -> Option<Order> {
        let mine = self.quotes_of(session, account);
        mine.into_iter().find(|o| o.security == security && o.side == side && !self.is_going(o))
    }

    /// The open sides of quotes of a session for an account.
    fn quotes_of(&self, session: SessionId, account: AccountId) -> Vec<Order> {
        let mine = self.orders.iter().filter(|o| o.is_quote && (o.session, o.account) == (session, account));
        mine.copied().collect()
    }

    /// Whether a side of a quote is about to go, because it was cancelled with all others or protection has tripped.
    pub fn is_going(&self, order: &Order) -> bool {
        self.goes_for_trip(order) || self.goes_for_request(order)
    }

    pub(super) fn goes_for_trip(&self, order: &Order) -> bool {
        let wanted = self.wanted.get(&Only::Tripped(order.session, order.account));
        order.is_quote && wanted.is_some_and(|before| order.order < *before)
    }

    fn goes_for_request(&self, order: &Order) -> bool {
        let wanted = self.wanted.get(&Only::Quotes(order.session, order.account));
        order.is_quote && wanted.is_some_and(|before| order.order < *before)
    }

    /// A side that is about to go is in the way of one that comes.
    fn end_what_goes(&mut self, session: SessionId, account: AccountId, security: SecurityId, side: Side) {
        let mine = self.quotes_of(session, account);
        for order in mine.into_iter().filter(|o| o.security == security && o.side == side) {
            if self.goes_for_trip(&order) {
                self.end(order.order, order.clordid, CancelReason::ProtectionTripped);
            } else if self.goes_for_request(&order) {
                self.orders.retain(|o| o.order != order.order);
            }
        }
    }

    fn say_status(&mut self, ask: &MassQuote, security: SecurityId, refused: Option<Refused>) {
        let (session, account) = (ask.from.session, ask.account);
        let sides = Side::BOTH.map(|side| {
            let order = self.standing(session, account, security, side)?;
            let price = self.security(security)?.price(order.limit);
            Some(QuoteView { order: order.order, price, size: order.leaves })
        });
        let to = self.next_to(session);
        let reject = refused.map(|(side, reject)| QuoteReject { side, reject });
        self.say(Event::QuoteStatus { to, quote_id: ask.quote_id, account, security, sides, reject });
    }

    // ---- cancelling ----

    pub(super) fn quote_cancel(&mut self, ask: &QuoteCancel) {
        self.count_message(ask.from);
        let (session, account) = (ask.from.session, ask.account);
        let unknown = ask.security.is_some_and(|security| self.security(security).is_none());
        let refused =
            if self.firm_of(RiskScope::Account(account)) != self.firm_of(RiskScope::Session(session)) {
                Some(RequestReject::UnknownAccount)
            } else if unknown {
                Some(RequestReject::UnknownSecurity)
            } else if ask.security.is_none() && self.wanted.contains_key(&Only::Quotes(session, account)) {
                Some(RequestReject::Pending)
            } else {
                None
            };
        if let Some(reject) = refused {
            return self.reject_request(session, ask.request, reject);
        }
        let Some(security) = ask.security else {
            let filter = quotes_of(session, account);
            return self.cancel_later(filter, Cause::Quotes { session, account, request: ask.request });
        };
        let sides = Side::BOTH.map(|side| self.standing(session, account, security, side));
        let sides: Vec<OrderId> = sides.iter().flatten().map(|o| o.order).collect();
        self.orders.retain(|o| !sides.contains(&o.order));
        self.quotes_are_cancelled(session, ask.request, account, Some(security), sides.len() as u64);
    }

    pub(super) fn quotes_are_cancelled(
        &mut self,
        session: SessionId,
        request: ClOrdId,
        account: AccountId,
        security: Option<SecurityId>,
        sides: u64,
    ) {
        let to = self.next_to(session);
        self.say(Event::QuotesCancelled { to, request, account, security, sides });
    }
}

/// The orders that a walk through a session's quotes for an account is about.
pub(super) fn quotes_of(session: SessionId, account: AccountId) -> MassFilter {
    MassFilter { session: Some(session), account: Some(account), ..MassFilter::default() }
}

/// What an entry states of a side.
fn of(entry: &QuoteEntry, side: Side) -> Option<QuoteSide> {
    entry.sides[usize::from(side == Side::Sell)]
}

/// A side that has not stood before; its number, price and place are given when it comes.
fn fresh(ask: &MassQuote, entry: &QuoteEntry, side: Side, stated: QuoteSide) -> Order {
    Order {
        order: OrderId(0),
        place: 0,
        session: ask.from.session,
        account: ask.account,
        security: entry.security,
        side,
        ord_type: OrdType::Limit,
        time_in_force: TimeInForce::Day,
        instructions: Instructions::default(),
        limit: Ticks(0),
        ticks: Ticks(0),
        stop: None,
        width: 0,
        quantity: stated.size,
        leaves: stated.size,
        shown: 0,
        clordid: ask.quote_id,
        found_nobody: false,
        stands: Stand::Nowhere,
        is_quote: true,
        owed: Owed::default(),
    }
}
