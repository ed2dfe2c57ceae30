//! New, replace, cancel: checks, plan, commit, reports.

use crate::book::matching::{Act, Against, End, MATCH_LIMIT, Planned, plan};
use crate::book::order::{Incoming, Rest, Taking, Words, is_for_auction, lower};
use crate::book::slab::{Marks, Order, Slot, Stand};
use crate::checks::{check_phase, check_prices, check_quantity, check_stop, has_price};
use crate::command::{CancelOrder, NewOrder, OrderRef, ReplaceOrder};
use crate::compliance::Seam;
use crate::engine::Engine;
use crate::event::{CancelReason, Event};
use crate::life::{marks, stake};
use crate::reject::Reject;
use crate::risk::{Ask, Likeness, Unbarred};
use crate::trade::Occasion;
use crate::types::{
    AccountId, ClOrdId, OrdType, OrderId, Place, PostOnly, SecurityId, SelfTrade, SessionId, Side, Ticks,
    TimeInForce, Units,
};

/// An order that was admitted: its shape, and what it would do at once.
struct Admitted {
    incoming: Incoming,
    /// The worst price it may ever trade at.
    limit: Ticks,
    stop: Option<Ticks>,
    planned: Planned,
}

impl Engine {
    pub(crate) fn enter(&mut self, new: &NewOrder, events: &mut Vec<Event>) {
        let id = self.number_order();
        self.sessions.get(new.from.session).take_number(new.from.number);
        let admitted = match self.admit(id, new) {
            Ok(admitted) => admitted,
            Err(reject) => return self.reject(id, new, reject, events),
        };
        let Admitted { incoming, limit, stop, planned } = admitted;
        let slot = self.open(id, new, &incoming, limit, stop);
        self.risk.accepted(self.scopes_of(slot), self.now, Some(Likeness::of(new)));
        let to = self.sessions.next_to(new.from.session);
        events.push(Event::Accepted { to, order: self.view(slot) });
        self.want_for_open(new.security, new.side, new.account, events);
        if stop.is_some() {
            return self.wait_for_stop(slot);
        }
        if is_for_auction(new.time_in_force) {
            return self.join_or_wait(slot);
        }
        if planned.units < incoming.at_once {
            let whole = new.time_in_force == TimeInForce::FillOrKill;
            let reason = if whole { CancelReason::NotFilledWhole } else { CancelReason::MinimumNotMet };
            return self.end(slot, new.clordid, reason, events);
        }
        self.commit(slot, false, events);
        self.stand_or_end(slot, incoming.rest, planned.end, new.clordid, events);
    }

    fn admit(&mut self, id: OrderId, new: &NewOrder) -> Result<Admitted, Reject> {
        let prices = self.check_new(id, new)?;
        let words = Words::of(new);
        let mut incoming = lower(&words, prices.limit, new.quantity);
        let waits = words.is_stop() || is_for_auction(new.time_in_force);
        let planned = if waits {
            Planned::NOTHING
        } else {
            self.plan_whole(new.security, new.account, &words, &mut incoming)?
        };
        let limit = if words.is_pegged() { prices.limit } else { incoming.limit };
        Ok(Admitted { incoming, limit, stop: prices.stop, planned })
    }

    pub(crate) fn replace(&mut self, ask: &ReplaceOrder, events: &mut Vec<Event>) {
        self.sessions.get(ask.from.session).take_number(ask.from.number);
        if let Err(reject) = self.try_replace(ask, events) {
            self.reject_request(ask.from.session, &ask.order, true, reject, events);
            if let Some(slot) = self.open_order(ask.from.session, &ask.order) {
                let Order { security, side, account, leaves, .. } = self.orders[slot];
                let filled = self.orders.named(slot).quantity - leaves;
                let quantity = (ask.quantity.saturating_sub(filled), leaves);
                self.want_for_refused(security, (side, account), quantity, &reject, events);
            }
        }
    }

    pub(crate) fn cancel(&mut self, ask: &CancelOrder, events: &mut Vec<Event>) {
        self.sessions.get(ask.from.session).take_number(ask.from.number);
        // Cancels reduce risk: they get a second helping of names after all others are used up.
        let limit = 2 * self.max_clordids();
        let found = self.find_named(ask.from.session, &ask.order, limit);
        let (request, reason) = (ask.order.clordid, CancelReason::Requested);
        match (found, self.awaiting_meant(ask.from.session, &ask.order)) {
            (Ok(slot), _) => self.end(slot, request, reason, events),
            (Err(Reject::AwaitsApproval), Some((awaiting, _))) => {
                self.end_cross(&awaiting, Some(request), reason, events);
            }
            (Err(reject), _) => self.reject_request(ask.from.session, &ask.order, false, reject, events),
        }
    }

    fn reject_request(
        &mut self,
        session: SessionId,
        ask: &OrderRef,
        replace: bool,
        reject: Reject,
        events: &mut Vec<Event>,
    ) {
        let open = self.open_order(session, ask).map(|slot| self.orders[slot].id);
        let order = open.or(self.awaiting_meant(session, ask).map(|(awaiting, side)| awaiting.order(side)));
        let to = self.sessions.next_to(session);
        let OrderRef { clordid, original, account, security, .. } = *ask;
        events.push(Event::CancelRejected {
            to,
            clordid,
            original,
            order,
            account,
            security,
            replace,
            reject,
        });
    }

    pub(crate) fn reject(&mut self, id: OrderId, new: &NewOrder, reject: Reject, events: &mut Vec<Event>) {
        let to = self.sessions.next_to(new.from.session);
        events.push(Event::Rejected {
            to,
            order: id,
            clordid: new.clordid,
            account: new.account,
            security: new.security,
            side: new.side,
            quantity: new.quantity,
            reject,
        });
        let of = (new.side, new.account);
        self.want_for_refused(new.security, of, (new.quantity, Units::ZERO), &reject, events);
    }

    fn try_replace(&mut self, ask: &ReplaceOrder, events: &mut Vec<Event>) -> Result<(), Reject> {
        let most = self.max_clordids();
        let slot = self.find_named(ask.from.session, &ask.order, most)?;
        let (order, named) = (self.orders[slot], *self.orders.named(slot));
        let security = self.find_security(order.security).expect("an order's security is listed");
        let scopes = self.scopes_of(slot);
        security.check_admitted(self.accounts.firm(order.account))?;
        self.check_blocked(scopes)?;
        check_phase(security)?;
        check_quantity(security, ask.quantity)?;
        let filled = named.quantity - order.leaves;
        if ask.quantity <= filled {
            // Nasdaq OUCH 5.0, Replace Order: a quantity that is filled already ends the order.
            self.end(slot, ask.order.clordid, CancelReason::ReplacedToFilled, events);
            return Ok(());
        }
        let leaves = ask.quantity - filled;
        let mut words = self.orders.words(slot);
        if words.ord_type == OrdType::MarketToLimit {
            words.ord_type = OrdType::Limit;
        }
        let (limit, stop) = self.new_prices(slot, &words, ask)?;
        if limit == named.limit && stop == named.stop && leaves <= order.leaves {
            self.shrink(slot, order.leaves - leaves);
            self.rename(slot, ask, events);
            return Ok(());
        }
        let security = &self.securities[order.security];
        self.check_backlog(self.accounts.firm(order.account), security)?;
        let (priced, quantity, like) = (has_price(&words) && limit != named.limit, ask.quantity, None);
        let counted = security.listing.ticks.value(named.limit, order.leaves);
        self.check_risk(&Ask {
            security,
            scopes,
            limit,
            priced,
            quantity,
            leaves,
            counted,
            like,
            rated: true,
            beside: None,
        })?;
        self.check_rules(order.security, (order.side, order.account), leaves, order.leaves)?;
        let old = self.promise(slot, order.leaves);
        let fees = security.fees_to_come(named.tab, limit, leaves);
        self.check_terms(security, order.account, order.side, limit, (fees, old.fees))?;
        let new = stake(security, order.side, limit, leaves, named.tab);
        self.check_stake(security, order.account, new, Some(old.stake))?;

        let waits = matches!(named.stand, Stand::Stop | Stand::Auction);
        let mut incoming = lower(&words, limit, leaves);
        let planned = if waits {
            Planned::NOTHING
        } else {
            self.plan_whole(order.security, order.account, &words, &mut incoming)?
        };
        self.unlink(slot);
        self.release(slot);
        let iceberg = marks(&words, ask.quantity).has(Marks::ICEBERG);
        let changed = &mut self.orders[slot];
        (changed.ticks, changed.leaves) = (incoming.limit, leaves);
        changed.marks.set(Marks::ICEBERG, iceberg);
        let changed = self.orders.named_mut(slot);
        (changed.limit, changed.stop) = (if words.is_pegged() { limit } else { incoming.limit }, stop);
        if stop != named.stop {
            let width = self.risk.collar_width(&self.securities[order.security], scopes);
            self.orders.named_mut(slot).width = width;
        }
        self.reserve(slot);
        self.renew(slot);
        self.risk.accepted(scopes, self.now, None);
        self.rename(slot, ask, events);
        self.want_for_open(order.security, order.side, order.account, events);
        match named.stand {
            Stand::Stop => self.wait_for_stop(slot),
            Stand::Auction => self.wait_for_auction(slot),
            Stand::Book | Stand::Asleep | Stand::Entering | Stand::Nowhere => {
                self.commit(slot, false, events);
                self.stand_or_end(slot, incoming.rest, planned.end, ask.order.clordid, events);
            }
        }
        Ok(())
    }

    /// The limit and the stop price that a replace asks for. A price that stays is not checked again: the collar may
    /// have moved away from it.
    fn new_prices(&self, slot: Slot, words: &Words, ask: &ReplaceOrder) -> Result<(Ticks, Ticks), Reject> {
        let named = self.orders.named(slot);
        let security = &self.securities[self.orders[slot].security];
        let may_stop = named.stand == Stand::Stop && !words.is_trailing();
        if ask.stop_price.is_some() && !may_stop {
            return Err(Reject::PricePresence);
        }
        let wanted = ask.stop_price.filter(|&stop| stop != security.price(named.stop));
        let price = Some(ask.price).filter(|&p| has_price(words) && p != security.price(named.limit));
        let mut asked = *words;
        asked.instructions.stop_price = wanted;
        // A trailing stop keeps its distance, and stands where it stands.
        asked.instructions.peg = None;
        asked.ord_type = if words.is_pegged() { OrdType::Limit } else { words.ord_type };
        let width = self.risk.collar_width(security, self.scopes_of(slot));
        let prices = check_prices(security, &asked, price, width)?;
        check_stop(security, words.side, prices.stop)?;
        let follows_stop = prices.stop.is_some() && !has_price(words);
        let limit = if price.is_some() || follows_stop { prices.limit } else { named.limit };
        Ok((limit, prices.stop.unwrap_or(named.stop)))
    }

    /// The open order that a request means; the request's own name is used up.
    fn find_named(&mut self, session: SessionId, ask: &OrderRef, limit: usize) -> Result<Slot, Reject> {
        let state = self.sessions.get(session);
        state.check_clordid(ask.clordid, limit)?;
        state.use_clordid(ask.clordid, state.order_of(ask.original));
        let reject = match self.awaiting_meant(session, ask) {
            Some(_) => Reject::AwaitsApproval,
            None => Reject::UnknownOrder,
        };
        self.open_order(session, ask).ok_or(reject)
    }

    pub(crate) fn open_order(&self, session: SessionId, ask: &OrderRef) -> Option<Slot> {
        let slot = self.by_id.get(self.sessions.find(session)?.order_of(ask.original)?)?;
        let order = &self.orders[slot];
        let meant = (order.account, order.security, order.side) == (ask.account, ask.security, ask.side);
        // A replaced order goes by its new name only.
        (meant && self.orders.named(slot).clordid == ask.original).then_some(slot)
    }

    // ---- plan and commit ----

    /// Plans all of what an order does at once, and finds the price it stands at.
    fn plan_whole(
        &mut self,
        id: SecurityId,
        account: AccountId,
        words: &Words,
        incoming: &mut Incoming,
    ) -> Result<Planned, Reject> {
        let security = &self.securities[id];
        if words.is_pegged() {
            let price = security.peg_price(words.side, &words.instructions, incoming.limit);
            let Some(price) = price else {
                self.draft.acts.clear();
                return Ok(Planned::NOTHING);
            };
            incoming.limit = price;
        }
        let continuous = security.matches();
        let own = words.instructions.self_trade;
        let mut planned = self.plan(id, account, incoming, own);
        match incoming.taking {
            Taking::Limit => {}
            Taking::BestPrice => match planned.first {
                Some(first) => {
                    incoming.limit = first;
                    planned = self.plan(id, account, incoming, own);
                }
                None => incoming.rest = Rest::CancelMarket,
            },
            Taking::Never(how) => {
                self.draft.acts.clear();
                if planned.end == End::CutShort {
                    return Err(Reject::MatchLimit);
                }
                if let Some(first) = planned.first {
                    incoming.limit = self.behind(id, words.side, first, how).ok_or(Reject::WouldTake)?;
                }
                planned = Planned::NOTHING;
            }
        }
        // A cut at the limit says nothing about what lies beyond it, so it can't be called unfillable.
        let unknown = planned.end == End::CutShort && planned.units < incoming.at_once;
        assert!(continuous || planned == Planned::NOTHING, "orders match as they come only when they may");
        if unknown { Err(Reject::MatchLimit) } else { Ok(planned) }
    }

    /// Where a post-only order slides to: a tick behind what it would have taken.
    fn behind(&self, id: SecurityId, side: Side, first: Ticks, how: PostOnly) -> Option<Ticks> {
        let most = self.securities[id].listing.ticks.max_price;
        let price = match (how, side) {
            (PostOnly::Reject, _) => return None,
            (PostOnly::Slide, Side::Buy) => Ticks(first.0 - 1),
            (PostOnly::Slide, Side::Sell) => Ticks(first.0 + 1),
        };
        (Ticks(1)..=most).contains(&price).then_some(price)
    }

    /// Plans what trades at once at an order's limit; nothing, where the phase does not match continuously.
    pub(crate) fn plan(
        &mut self,
        id: SecurityId,
        account: AccountId,
        incoming: &Incoming,
        own: Option<SelfTrade>,
    ) -> Planned {
        self.plan_within(id, account, incoming, own, MATCH_LIMIT)
    }

    /// The same for one of several orders that share what may be examined.
    pub(crate) fn plan_within(
        &mut self,
        id: SecurityId,
        account: AccountId,
        incoming: &Incoming,
        own: Option<SelfTrade>,
        most: usize,
    ) -> Planned {
        self.draft.acts.clear();
        if !self.securities[id].matches() {
            return Planned::NOTHING;
        }
        let Incoming { side, limit, quantity, least, taking, .. } = *incoming;
        let probe = matches!(taking, Taking::Never(_));
        // What would trade outside the bands would take, too.
        let inside = self.securities[id].inside_bands().filter(|_| !probe);
        let against = Against { side, limit, quantity, least, at: None, probe, most, inside };
        self.plan_at(id, account, own, Place::LAST, against)
    }

    /// Where nothing may be traded.
    pub(crate) fn plan_nothing(&mut self) -> Planned {
        self.draft.acts.clear();
        Planned::NOTHING
    }

    pub(crate) fn plan_at(
        &mut self,
        id: SecurityId,
        account: AccountId,
        own: Option<SelfTrade>,
        place: Place,
        against: Against,
    ) -> Planned {
        let (mut tentative, mut draft) =
            (std::mem::take(&mut self.tentative), std::mem::take(&mut self.draft));
        let ground = self.ground(id, self.known.at(self.now));
        let asks = (own, place, against.probe);
        let seam = Seam::new(ground, &self.closing, (against.side, account), asks, &mut tentative);
        let (risk, accounts, orders, by_id) = (&self.risk, &self.accounts, &self.orders, &self.by_id);
        let masses = &self.masses;
        let security = ground.security;
        let mut pair = Unbarred { pair: seam, security, risk, masses, accounts, orders, by_id };
        let planned = plan(&security.book, &self.orders, against, &mut pair, &mut draft);
        (self.tentative, self.draft) = (tentative, draft);
        planned
    }

    /// Carries out what was planned for an order, on the book or not.
    pub(crate) fn commit(&mut self, slot: Slot, auction: bool, events: &mut Vec<Event>) {
        let acts = std::mem::take(&mut self.draft.acts);
        for act in &acts {
            match *act {
                Act::Trade(fill) => {
                    self.take_off(slot, fill.units, !auction);
                    let occasion = if auction { Occasion::Auction } else { Occasion::Match };
                    self.trade(slot, fill, occasion, events);
                }
                Act::Cancel(resting) => {
                    let clordid = self.orders.named(resting).clordid;
                    self.end(resting, clordid, CancelReason::SelfTrade, events);
                }
                Act::Decrement { resting, by } => {
                    if by == self.orders[resting].leaves {
                        let clordid = self.orders.named(resting).clordid;
                        self.end(resting, clordid, CancelReason::SelfTrade, events);
                    } else {
                        self.decrement(resting, by, events);
                    }
                    // Nought left: the plan's end says that it is cancelled.
                    if by < self.orders[slot].leaves {
                        self.decrement(slot, by, events);
                    }
                }
            }
        }
        self.draft.acts = acts;
        self.trip_reached(events);
    }

    fn decrement(&mut self, slot: Slot, by: Units, events: &mut Vec<Event>) {
        self.shrink(slot, by);
        self.orders.named_mut(slot).quantity -= by;
        let to = self.sessions.next_to(self.orders.named(slot).session);
        events.push(Event::Decremented { to, order: self.view(slot), by });
    }

    /// What becomes of an order once it has done what it could at once; and of the market, where a band was hit.
    pub(crate) fn stand_or_end(
        &mut self,
        slot: Slot,
        rest: Rest,
        end: End,
        request: ClOrdId,
        events: &mut Vec<Event>,
    ) {
        let security = self.orders[slot].security;
        self.settle_rest(slot, rest, end, request, events);
        if let End::Band(hit) = end {
            self.interrupt(security, &hit, events);
        }
    }

    fn settle_rest(&mut self, slot: Slot, rest: Rest, end: End, request: ClOrdId, events: &mut Vec<Event>) {
        let stands = self.orders.named(slot).stand == Stand::Book;
        let reason = match (rest, end) {
            _ if self.orders[slot].leaves.is_zero() => {
                self.unlink(slot);
                return self.forget(slot);
            }
            (_, End::CutShort) => CancelReason::MatchLimit,
            (_, End::SelfTrade) => CancelReason::SelfTrade,
            (Rest::CancelImmediate, End::Through | End::Band(_)) => CancelReason::ImmediateRemainder,
            (Rest::CancelMarket, End::Through) => CancelReason::MarketRemainder,
            (Rest::CancelMarket, End::Band(_)) => CancelReason::Band,
            (Rest::Stand, End::Through | End::Band(_)) if stands => return,
            (Rest::Stand, End::Through | End::Band(_)) => return self.stand(slot),
        };
        self.end(slot, request, reason, events);
    }

    /// On the book; or, where a pegged order has no price, asleep.
    fn stand(&mut self, slot: Slot) {
        let (order, named) = (self.orders[slot], *self.orders.named(slot));
        let security = &self.securities[order.security];
        let sleeps =
            named.is_pegged() && security.peg_price(order.side, &named.instructions, named.limit).is_none();
        if sleeps {
            self.orders.named_mut(slot).stand = Stand::Asleep;
        } else {
            self.rest(slot);
        }
    }
}
