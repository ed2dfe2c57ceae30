//! New, replace, cancel: the checks in their declared order, the plan, the commit, the reports.

use crate::backlog::Whose;
use crate::book::matching::{Against, Planned, plan};
use crate::book::order::{Incoming, Rest, lower};
use crate::book::slab::{Links, Named, Order, Slot};
use crate::command::{CancelOrder, NewOrder, OrderRef, ReplaceOrder};
use crate::compliance::{Seam, at_entry};
use crate::engine::Engine;
use crate::event::{CancelReason, Event, OrderView};
use crate::phase::Phase;
use crate::reject::Reject;
use crate::risk::{Ask, Likeness, Unblocked, scopes};
use crate::security::Security;
use crate::types::{
    AccountId, Asset, ClOrdId, FirmId, Money, OrdType, OrderId, Price, SecurityId, SessionId, Side, Ticks,
    Units,
};

/// What an order promises while it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stake {
    Units(Units),
    Cash(Money),
}

impl Engine {
    pub(crate) fn enter(&mut self, new: &NewOrder, events: &mut Vec<Event>) {
        let id = OrderId(self.seq.0);
        self.sessions.get(new.from.session).take_number(new.from.number);
        let checked = self.check_new(id, new).and_then(|incoming| {
            let (security, account) = (new.security, new.account);
            let planned = self.plan(security, account, incoming.side, incoming.limit, incoming.quantity);
            // A cut at the limit says nothing about what lies beyond it, so it can't be called unfillable.
            let unknown = planned.cut_short && planned.units < incoming.minimum;
            if unknown { Err(Reject::MatchLimit) } else { Ok((incoming, planned)) }
        });
        let (incoming, planned) = match checked {
            Ok(checked) => checked,
            Err(reject) => return self.reject(id, new, reject, events),
        };
        let slot = self.open(id, new, &incoming);
        self.risk.accepted(self.scopes_of(slot), self.now, Some(Likeness::of(new)));
        let to = self.sessions.next_to(new.from.session);
        events.push(Event::Accepted { to, order: self.view(slot) });
        if planned.units < incoming.minimum {
            return self.end_unlinked(slot, new.clordid, CancelReason::NotFilledWhole, events);
        }
        self.commit(slot, events);
        self.stand_or_end(slot, incoming.rest, planned, new.clordid, events);
    }

    pub(crate) fn replace(&mut self, ask: &ReplaceOrder, events: &mut Vec<Event>) {
        self.sessions.get(ask.from.session).take_number(ask.from.number);
        if let Err(reject) = self.try_replace(ask, events) {
            self.reject_request(ask.from.session, &ask.order, true, reject, events);
        }
    }

    pub(crate) fn cancel(&mut self, ask: &CancelOrder, events: &mut Vec<Event>) {
        self.sessions.get(ask.from.session).take_number(ask.from.number);
        // Cancels reduce risk: they get a second helping of names after all others are used up.
        let limit = 2 * self.max_clordids();
        match self.find_named(ask.from.session, &ask.order, limit) {
            Ok(slot) => self.end_resting(slot, ask.order.clordid, CancelReason::Requested, events),
            Err(reject) => self.reject_request(ask.from.session, &ask.order, false, reject, events),
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
        let order = self.open_order(session, ask).map(|slot| self.orders[slot].id);
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

    fn reject(&mut self, id: OrderId, new: &NewOrder, reject: Reject, events: &mut Vec<Event>) {
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
    }

    // ---- checks, in the order in which `Reject` declares them ----

    fn check_new(&mut self, id: OrderId, new: &NewOrder) -> Result<Incoming, Reject> {
        let limit = self.max_clordids();
        let session = self.sessions.get(new.from.session);
        session.check_clordid(new.clordid, limit)?;
        session.use_clordid(new.clordid, Some(id));
        let firm = session.firm;
        let security = self.find_security(new.security).ok_or(Reject::UnknownSecurity)?;
        let owned = self.accounts.get(new.account).filter(|account| account.firm == firm);
        let owner = owned.ok_or(Reject::UnknownAccount)?.beneficial_owner;
        let scopes = scopes(firm, new.from.session, new.account);
        self.check_blocked(scopes)?;
        check_phase(security)?;
        if !security.phase.takes(new.ord_type, new.time_in_force) {
            return Err(Reject::NotInThisPhase);
        }
        check_quantity(security, new.quantity)?;
        let limit = match (new.ord_type, new.price) {
            (OrdType::Limit, Some(price)) => check_price(security, price)?,
            (OrdType::Market, None) => self.collar_edge(security, scopes, new.side),
            _ => return Err(Reject::PricePresence),
        };
        if self.orders.is_full() {
            return Err(Reject::TooManyOpenOrders);
        }
        self.check_backlog(firm, security)?;
        let (quantity, like) = (new.quantity, Some(Likeness::of(new)));
        let (priced, leaves, counted) = (new.price.is_some(), quantity, Money::ZERO);
        self.check_risk(&Ask { security, scopes, limit, priced, quantity, leaves, counted, like })?;
        at_entry(security, new.side, owner, &self.known, self.now)?;
        self.check_terms(security, new.account, new.side, limit)?;
        let stake = stake(security, new.side, limit, new.quantity);
        self.check_stake(security, new.account, stake, None)?;
        Ok(lower(new.side, new.ord_type, new.time_in_force, limit, new.quantity))
    }

    fn try_replace(&mut self, ask: &ReplaceOrder, events: &mut Vec<Event>) -> Result<(), Reject> {
        let limit = self.max_clordids();
        let slot = self.find_named(ask.from.session, &ask.order, limit)?;
        let (order, named) = (self.orders[slot], *self.orders.named(slot));
        let security = self.find_security(order.security).expect("an order's security is listed");
        let scopes = self.scopes_of(slot);
        self.check_blocked(scopes)?;
        check_phase(security)?;
        check_quantity(security, ask.quantity)?;
        let filled = named.quantity - order.leaves;
        if ask.quantity <= filled {
            // Nasdaq OUCH 5.0, Replace Order: a quantity that is filled already ends the order.
            self.end_resting(slot, ask.order.clordid, CancelReason::ReplacedToFilled, events);
            return Ok(());
        }
        let leaves = ask.quantity - filled;
        // A price that stays is not checked again: the collar may have moved away from it.
        let unchanged = ask.price == security.price(order.ticks);
        let ticks = if unchanged { order.ticks } else { check_price(security, ask.price)? };
        if ticks == order.ticks && leaves <= order.leaves {
            self.shrink(slot, order.leaves - leaves);
            self.rename(slot, ask, events);
            return Ok(());
        }
        self.check_backlog(self.accounts.firm(order.account), security)?;
        let (priced, quantity, like) = (!unchanged, ask.quantity, None);
        let counted = security.listing.ticks.value(order.ticks, order.leaves);
        self.check_risk(&Ask { security, scopes, limit: ticks, priced, quantity, leaves, counted, like })?;
        at_entry(security, order.side, self.accounts.owner(order.account), &self.known, self.now)?;
        self.check_terms(security, order.account, order.side, ticks)?;
        let old = stake(security, order.side, order.ticks, order.leaves);
        let new = stake(security, order.side, ticks, leaves);
        self.check_stake(security, order.account, new, Some(old))?;

        let planned = self.plan(order.security, order.account, order.side, ticks, leaves);
        self.unlink(slot);
        self.release(slot);
        let (seq, order) = (self.seq, &mut self.orders[slot]);
        (order.ticks, order.leaves, order.priority) = (ticks, leaves, seq);
        self.reserve(slot);
        self.risk.accepted(scopes, self.now, None);
        self.rename(slot, ask, events);
        self.commit(slot, events);
        self.stand_or_end(slot, Rest::Stand, planned, ask.order.clordid, events);
        Ok(())
    }

    /// The open order that a request means; the request's own name is used up.
    fn find_named(&mut self, session: SessionId, ask: &OrderRef, limit: usize) -> Result<Slot, Reject> {
        let state = self.sessions.get(session);
        state.check_clordid(ask.clordid, limit)?;
        state.use_clordid(ask.clordid, state.order_of(ask.original));
        self.open_order(session, ask).ok_or(Reject::UnknownOrder)
    }

    fn open_order(&self, session: SessionId, ask: &OrderRef) -> Option<Slot> {
        let slot = self.by_id.get(self.sessions.find(session)?.order_of(ask.original)?)?;
        let order = &self.orders[slot];
        let meant = (order.account, order.security, order.side) == (ask.account, ask.security, ask.side);
        // A replaced order goes by its new name only.
        (meant && self.orders.named(slot).clordid == ask.original).then_some(slot)
    }

    fn check_backlog(&self, firm: FirmId, security: &Security) -> Result<(), Reject> {
        let most = self.params.as_ref().expect("only an open venue has securities").max_unsettled;
        let whose = [
            (Whose::Venue, &most.venue),
            (Whose::Firm(firm), &most.firm),
            (Whose::Security(security.id()), &most.security),
        ];
        let cash = security.listing.cash;
        let full = whose.iter().any(|(whose, bound)| self.backlog.is_full(*whose, cash, bound));
        if full { Err(Reject::SettlementBacklog) } else { Ok(()) }
    }

    /// Whether the account's allocation permits the order, where a network tells of allocations.
    fn check_terms(
        &self,
        security: &Security,
        account: AccountId,
        side: Side,
        limit: Ticks,
    ) -> Result<(), Reject> {
        if self.params.as_ref().is_none_or(|p| p.network.is_none()) {
            return Ok(());
        }
        let listing = &security.listing;
        let (asset, terms) = match side {
            Side::Sell => {
                let holding = self.holdings.holding(account, listing.security);
                (Asset::Security(listing.security), holding.map(|h| h.terms))
            }
            Side::Buy => {
                let purse = self.holdings.purse(account, listing.cash);
                (Asset::Cash(listing.cash), purse.map(|p| p.terms))
            }
        };
        let terms = terms.unwrap_or_default();
        if !terms.usable || self.closing.contains(&(account, asset)) {
            return Err(Reject::AllocationEnded);
        }
        let permitted = match side {
            Side::Sell => terms.permit_sale(&listing.ticks, limit, listing.cash),
            Side::Buy => terms.permit_purchase(&listing.ticks, limit, listing.security),
        };
        if permitted { Ok(()) } else { Err(Reject::OutsideAllocation) }
    }

    /// Whether the account can promise `stake`, counting what `released` would give back.
    fn check_stake(
        &self,
        security: &Security,
        account: AccountId,
        stake: Stake,
        released: Option<Stake>,
    ) -> Result<(), Reject> {
        match stake {
            Stake::Units(needed) => {
                let holding = self.holdings.holding(account, security.id());
                let sellable = holding.map(|h| h.sellable(&security.program, self.now));
                let mut available = sellable.unwrap_or(Units::ZERO);
                if let Some(Stake::Units(back)) = released {
                    available += back;
                }
                if needed > available { Err(Reject::InsufficientUnits { available }) } else { Ok(()) }
            }
            Stake::Cash(needed) => {
                let purse = self.holdings.purse(account, security.listing.cash);
                let mut available = purse.map_or(Money::ZERO, |p| p.available());
                if let Some(Stake::Cash(back)) = released {
                    available += back;
                }
                if needed > available { Err(Reject::InsufficientCash { available }) } else { Ok(()) }
            }
        }
    }

    fn max_clordids(&self) -> usize {
        self.params.as_ref().map_or(0, |p| p.max_clordids as usize)
    }

    // ---- plan and commit ----

    /// Plans what trades at once; nothing, where the phase does not match continuously.
    fn plan(
        &mut self,
        security: SecurityId,
        account: AccountId,
        side: Side,
        limit: Ticks,
        quantity: Units,
    ) -> Planned {
        self.fills.clear();
        let phase = self.find_security(security).map(|s| s.phase);
        if phase != Some(Phase::Continuous) {
            return self.plan_nothing();
        }
        self.plan_at(security, account, Against { side, limit, quantity, at: None })
    }

    pub(crate) fn plan_nothing(&mut self) -> Planned {
        self.fills.clear();
        Planned { units: Units::ZERO, examined: 0, cut_short: false }
    }

    pub(crate) fn plan_at(&mut self, security: SecurityId, account: AccountId, against: Against) -> Planned {
        let security = &self.securities[security];
        let seam = Seam::new(
            security,
            &self.accounts,
            &self.holdings,
            &self.known,
            &self.closing,
            self.now,
            against.side,
            account,
            &mut self.tentative,
        );
        let (risk, accounts, orders, by_id) = (&self.risk, &self.accounts, &self.orders, &self.by_id);
        let mut pair = Unblocked { pair: seam, risk, accounts, orders, by_id };
        plan(&security.book, &self.orders, against, &mut pair, &mut self.fills)
    }

    /// Carries out the planned fills for an incoming order that is not on the book.
    fn commit(&mut self, slot: Slot, events: &mut Vec<Event>) {
        let fills = std::mem::take(&mut self.fills);
        for fill in &fills {
            self.orders[slot].leaves -= fill.units;
            self.trade(slot, *fill, false, events);
        }
        self.fills = fills;
    }

    /// What becomes of an order that is not on the book once it has traded what it could.
    fn stand_or_end(
        &mut self,
        slot: Slot,
        rest: Rest,
        planned: Planned,
        request: ClOrdId,
        events: &mut Vec<Event>,
    ) {
        let reason = match rest {
            _ if self.orders[slot].leaves.is_zero() => return self.forget(slot),
            _ if planned.cut_short => CancelReason::MatchLimit,
            Rest::CancelImmediate => CancelReason::ImmediateRemainder,
            Rest::CancelMarket => CancelReason::MarketRemainder,
            Rest::Stand => {
                let security = &mut self.securities[self.orders[slot].security];
                return security.book.rest(&mut self.orders, slot, &mut self.windows);
            }
        };
        self.end_unlinked(slot, request, reason, events);
    }

    // ---- an order's life ----

    fn open(&mut self, id: OrderId, new: &NewOrder, incoming: &Incoming) -> Slot {
        let order = Order {
            id,
            priority: self.seq,
            ticks: incoming.limit,
            leaves: incoming.quantity,
            account: new.account,
            security: new.security,
            queue: Links::NONE,
            of_account: Links::NONE,
            side: incoming.side,
        };
        let named = Named { session: new.from.session, clordid: new.clordid, quantity: incoming.quantity };
        let slot = self.orders.insert(order, named);
        self.by_id.insert(id, slot);
        self.accounts.attach(&mut self.orders, slot);
        self.reserve(slot);
        slot
    }

    /// An order that is over and promises nothing any more.
    pub(crate) fn forget(&mut self, slot: Slot) {
        self.step_back(slot);
        self.by_id.remove(self.orders[slot].id);
        self.accounts.detach(&mut self.orders, slot);
        self.orders.remove(slot);
    }

    pub(crate) fn end_resting(
        &mut self,
        slot: Slot,
        request: ClOrdId,
        reason: CancelReason,
        events: &mut Vec<Event>,
    ) {
        self.unlink(slot);
        self.end_unlinked(slot, request, reason, events);
    }

    fn end_unlinked(&mut self, slot: Slot, request: ClOrdId, reason: CancelReason, events: &mut Vec<Event>) {
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

    /// Takes quantity off a resting order, which keeps its place.
    fn shrink(&mut self, slot: Slot, by: Units) {
        let order = self.orders[slot];
        let security = &mut self.securities[order.security];
        let freed = stake(security, order.side, order.ticks, by);
        security.book.reduce(&mut self.orders, slot, by, &mut self.windows);
        self.release_stake(slot, freed);
        self.count_closed(slot, by);
    }

    fn rename(&mut self, slot: Slot, ask: &ReplaceOrder, events: &mut Vec<Event>) {
        let named = self.orders.named_mut(slot);
        (named.clordid, named.quantity) = (ask.order.clordid, ask.quantity);
        let to = self.sessions.next_to(ask.from.session);
        events.push(Event::Replaced { to, order: self.view(slot), original: ask.order.original });
    }

    pub(crate) fn unlink(&mut self, slot: Slot) {
        let security = &mut self.securities[self.orders[slot].security];
        security.book.unlink(&mut self.orders, slot, &mut self.windows);
    }

    fn reserve(&mut self, slot: Slot) {
        let order = self.orders[slot];
        self.count_open(slot, order.leaves);
        let security = &self.securities[order.security];
        match stake(security, order.side, order.ticks, order.leaves) {
            Stake::Units(units) => self.holdings.reserve_units(order.account, order.security, units),
            Stake::Cash(money) => self.holdings.reserve_cash(order.account, security.listing.cash, money),
        }
    }

    fn release(&mut self, slot: Slot) {
        let order = self.orders[slot];
        self.count_closed(slot, order.leaves);
        let security = &self.securities[order.security];
        let whole = stake(security, order.side, order.ticks, order.leaves);
        self.release_stake(slot, whole);
    }

    fn release_stake(&mut self, slot: Slot, stake: Stake) {
        let order = self.orders[slot];
        let cash = self.securities[order.security].listing.cash;
        match stake {
            Stake::Units(units) => self.holdings.release_units(order.account, order.security, units),
            Stake::Cash(money) => self.holdings.release_cash(order.account, cash, money),
        }
    }

    // ---- views ----

    /// Whether it stays when its session's client is gone.
    pub(crate) fn outlasts_its_session(&self, _slot: Slot) -> bool {
        false
    }

    pub(crate) fn view(&self, slot: Slot) -> OrderView {
        let (order, named) = (&self.orders[slot], self.orders.named(slot));
        OrderView {
            order: order.id,
            clordid: named.clordid,
            account: order.account,
            security: order.security,
            side: order.side,
            price: self.price_of(order.security, order.ticks),
            quantity: named.quantity,
            leaves: order.leaves,
            filled: named.quantity - order.leaves,
        }
    }

    fn ended_view(&self, slot: Slot) -> OrderView {
        OrderView { leaves: Units::ZERO, ..self.view(slot) }
    }

    pub(crate) fn price_of(&self, security: SecurityId, ticks: Ticks) -> Price {
        self.securities[security].price(ticks)
    }
}

/// What an order of this kind promises: a sell its units, a buy their price at its limit.
fn stake(security: &Security, side: Side, limit: Ticks, units: Units) -> Stake {
    match side {
        Side::Sell => Stake::Units(units),
        Side::Buy => Stake::Cash(security.listing.ticks.value(limit, units)),
    }
}

fn check_phase(security: &Security) -> Result<(), Reject> {
    match security.phase {
        Phase::Closed | Phase::PostClose => Err(Reject::Closed),
        Phase::Halted => Err(Reject::Halted),
        _ if security.uncrossing => Err(Reject::Uncrossing),
        _ if security.coming.is_some() => Err(Reject::RulesChanging),
        _ => Ok(()),
    }
}

fn check_quantity(security: &Security, quantity: Units) -> Result<(), Reject> {
    let rule = &security.listing.ticks;
    let good = !quantity.is_zero() && quantity <= rule.max_quantity && quantity.0.is_multiple_of(rule.lot.0);
    if good { Ok(()) } else { Err(Reject::Quantity) }
}

fn check_price(security: &Security, price: Price) -> Result<Ticks, Reject> {
    let rule = &security.listing.ticks;
    if price.0 <= 0 || price > rule.to_price(rule.max_price) {
        return Err(Reject::PriceRange);
    }
    let ticks = rule.to_ticks(price).ok_or(Reject::PriceTick)?;
    let (lowest, highest) = security.collar();
    if ticks < lowest || ticks > highest {
        return Err(Reject::PriceBand);
    }
    Ok(ticks)
}
