//! New, replace, cancel: what is refused and why, and what becomes of the rest.

use super::{Model, Security, money};
use tallystick_engine::Work;
use tallystick_engine::command::{Bound, CancelOrder, NewOrder, OrderRef, ReplaceOrder, VenueParams};
use tallystick_engine::event::{CancelReason, Event, OrderView};
use tallystick_engine::obligation::Obligation;
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Reject;
use tallystick_engine::snapshot::OrderState;
use tallystick_engine::types::{
    AccountId, Asset, ClOrdId, FirmId, OrdType, OrderId, Price, SecurityId, SessionId, Side, Ticks,
    TimeInForce, Units,
};

impl Model {
    pub(super) fn new_order(&mut self, new: &NewOrder) {
        self.count_message(new.from);
        if let Err(reject) = self.try_new(new) {
            let to = self.next_to(new.from.session);
            self.say(Event::Rejected {
                to,
                order: OrderId(self.seq.0),
                clordid: new.clordid,
                account: new.account,
                security: new.security,
                side: new.side,
                quantity: new.quantity,
                reject,
            });
        }
    }

    pub(super) fn replace(&mut self, ask: &ReplaceOrder) {
        self.count_message(ask.from);
        if let Err(reject) = self.try_replace(ask) {
            self.refuse_request(ask.from.session, &ask.order, true, reject);
        }
    }

    pub(super) fn cancel(&mut self, ask: &CancelOrder) {
        self.count_message(ask.from);
        // A session that has used up its names may still cancel as often again.
        let names = 2 * u64::from(self.bounds().max_clordids);
        match self.named(ask.from.session, &ask.order, names) {
            Ok(order) => self.end(order.order, ask.order.clordid, CancelReason::Requested),
            Err(reject) => self.refuse_request(ask.from.session, &ask.order, false, reject),
        }
    }

    fn refuse_request(&mut self, session: SessionId, ask: &OrderRef, replace: bool, reject: Reject) {
        let to = self.next_to(session);
        self.say(Event::CancelRejected {
            to,
            clordid: ask.clordid,
            original: ask.original,
            order: self.meant(session, ask).map(|o| o.order),
            account: ask.account,
            security: ask.security,
            replace,
            reject,
        });
    }

    fn try_new(&mut self, new: &NewOrder) -> Result<(), Reject> {
        let id = OrderId(self.seq.0);
        self.name_is_free(new.from.session, new.clordid, self.bounds().max_clordids.into())?;
        self.session(new.from.session).clordids.push((new.clordid, Some(id)));
        let firm = self.session(new.from.session).firm;

        let security = self.security(new.security).ok_or(Reject::UnknownSecurity)?;
        let account = self.account(new.account).ok_or(Reject::UnknownAccount)?;
        if account.firm != firm {
            return Err(Reject::UnknownAccount);
        }
        takes_orders(security)?;
        let waits = (new.ord_type, new.time_in_force) == (OrdType::Limit, TimeInForce::Day);
        if security.phase != Phase::Continuous && !waits {
            return Err(Reject::NotInThisPhase);
        }
        good_quantity(security, new.quantity)?;
        let (lowest, highest) = security.collar();
        let limit = match (new.ord_type, new.price, new.side) {
            (OrdType::Limit, Some(price), _) => good_price(security, price)?,
            (OrdType::Market, None, Side::Buy) => Ticks(highest as i64),
            (OrdType::Market, None, Side::Sell) => Ticks(lowest as i64),
            _ => return Err(Reject::PricePresence),
        };
        if self.orders.len() as u64 >= u64::from(self.bounds().max_open_orders) {
            return Err(Reject::TooManyOpenOrders);
        }
        self.backlog_has_room(firm, new.security)?;
        if let Some(reason) = self.entry_refusal(new.security, new.side, account.beneficial_owner) {
            return Err(Reject::Compliance(reason));
        }
        let order = OrderState {
            order: id,
            priority: self.seq,
            session: new.from.session,
            account: new.account,
            security: new.security,
            side: new.side,
            ticks: limit,
            quantity: new.quantity,
            leaves: new.quantity,
            clordid: new.clordid,
        };
        self.terms_permit(&order)?;
        self.can_promise(&order, None)?;
        let kill = new.time_in_force == TimeInForce::FillOrKill;
        if kill && let Some(walk_was_cut) = self.would_be_left(order) {
            if walk_was_cut {
                return Err(Reject::MatchLimit);
            }
            self.open(order);
            self.end(id, new.clordid, CancelReason::NotFilledWhole);
            return Ok(());
        }
        self.open(order);
        let left = match (new.ord_type, new.time_in_force) {
            (OrdType::Market, _) => Some(CancelReason::MarketRemainder),
            (OrdType::Limit, TimeInForce::Day) => None,
            (OrdType::Limit, _) => Some(CancelReason::ImmediateRemainder),
        };
        self.trade_at_once(id, left);
        Ok(())
    }

    fn try_replace(&mut self, ask: &ReplaceOrder) -> Result<(), Reject> {
        let names = self.bounds().max_clordids.into();
        let old = self.named(ask.from.session, &ask.order, names)?;
        let security = self.security(old.security).expect("an order's security");
        takes_orders(security)?;
        good_quantity(security, ask.quantity)?;
        let filled = old.quantity.0 - old.leaves.0;
        if ask.quantity.0 <= filled {
            self.end(old.order, ask.order.clordid, CancelReason::ReplacedToFilled);
            return Ok(());
        }
        let same_price = ask.price == security.price(old.ticks);
        let ticks = if same_price { old.ticks } else { good_price(security, ask.price)? };
        let leaves = Units(ask.quantity.0 - filled);
        let mut changed =
            OrderState { ticks, leaves, quantity: ask.quantity, clordid: ask.order.clordid, ..old };
        let keeps_its_place = ticks == old.ticks && leaves <= old.leaves;
        if !keeps_its_place {
            self.backlog_has_room(self.account(old.account).expect("an order's").firm, old.security)?;
            if let Some(reason) = self.entry_refusal(old.security, old.side, self.owner(old.account)) {
                return Err(Reject::Compliance(reason));
            }
            self.terms_permit(&changed)?;
            self.can_promise(&changed, Some(&old))?;
            changed.priority = self.seq;
        }
        *self.order_mut(old.order) = changed;
        let to = self.next_to(ask.from.session);
        self.say(Event::Replaced { to, order: self.view(old.order), original: ask.order.original });
        if !keeps_its_place {
            self.trade_at_once(old.order, None);
        }
        Ok(())
    }

    // ---- what may be refused ----

    fn name_is_free(&mut self, session: SessionId, name: ClOrdId, most: u64) -> Result<(), Reject> {
        let used = &self.session(session).clordids;
        if used.iter().any(|u| u.0 == name) {
            Err(Reject::DuplicateClOrdId)
        } else if used.len() as u64 >= most {
            Err(Reject::TooManyClOrdIds)
        } else {
            Ok(())
        }
    }

    /// The open order that a request means. The request's own name is used up.
    fn named(&mut self, session: SessionId, ask: &OrderRef, most: u64) -> Result<OrderState, Reject> {
        self.name_is_free(session, ask.clordid, most)?;
        let used = &mut self.session(session).clordids;
        let named = used.iter().find(|u| u.0 == ask.original).and_then(|u| u.1);
        used.push((ask.clordid, named));
        self.meant(session, ask).ok_or(Reject::UnknownOrder)
    }

    /// The open order of this session that goes by that name and is what the request says it is.
    fn meant(&self, session: SessionId, ask: &OrderRef) -> Option<OrderState> {
        let named = self.orders.iter().find(|o| o.session == session && o.clordid == ask.original);
        let as_stated =
            |o: &&OrderState| o.account == ask.account && o.security == ask.security && o.side == ask.side;
        named.filter(as_stated).copied()
    }

    /// Whether fewer trades wait than may, and less money: in all, of the firm, of the security.
    fn backlog_has_room(&self, firm: FirmId, security: SecurityId) -> Result<(), Reject> {
        let cash = self.security(security).expect("a listed security").listing.cash;
        let has_firm = |t: &Obligation| {
            [t.buyer, t.seller].iter().any(|a| self.account(*a).expect("an account that traded").firm == firm)
        };
        let most = self.bounds().max_unsettled;
        let room = |bound: Bound, which: &dyn Fn(&Obligation) -> bool| {
            let waiting: Vec<&Obligation> = self.trades.iter().filter(|t| which(t)).collect();
            let of_token = waiting.iter().filter(|t| t.cash == cash);
            let value: i128 = of_token.map(|t| i128::from(t.money.0)).sum();
            (waiting.len() as u64) < u64::from(bound.count) && value < i128::from(bound.value.0)
        };
        let room = room(most.venue, &|_| true)
            && room(most.firm, &has_firm)
            && room(most.security, &|t| t.security == security);
        room.then_some(()).ok_or(Reject::SettlementBacklog)
    }

    /// On a network: whether what the order relies on is allocated under terms that permit it.
    fn terms_permit(&self, order: &OrderState) -> Result<(), Reject> {
        if self.network().is_none() {
            return Ok(());
        }
        let listing = &self.security(order.security).expect("an order's security").listing;
        let (terms, asset, other) = match order.side {
            Side::Sell => {
                let terms = self.units_terms(order.account, order.security);
                (terms, Asset::Security(order.security), Asset::Cash(listing.cash))
            }
            Side::Buy => {
                let terms = self.cash_terms(order.account, listing.cash);
                (terms, Asset::Cash(listing.cash), Asset::Security(order.security))
            }
        };
        let going = self.work.iter().any(|work| {
            matches!(work, Work::Cover { account, asset: of, .. } if (*account, *of) == (order.account, asset))
        });
        if going || !terms.usable {
            return Err(Reject::AllocationEnded);
        }
        // What so many units cost at the limit, and at the worst price: both times as many.
        let rule = &listing.ticks;
        let good_price = terms.worst.is_none_or(|(money, units)| {
            let mine = i128::from(order.ticks.0) * i128::from(rule.value.0) * i128::from(units.0);
            let worst = i128::from(money.0) * i128::from(rule.per.0);
            if order.side == Side::Sell { mine >= worst } else { mine <= worst }
        });
        let good = terms.only.is_none_or(|only| only == other) && good_price;
        good.then_some(()).ok_or(Reject::OutsideAllocation)
    }

    /// Whether the account has what the order promises, beside what it promises elsewhere.
    fn can_promise(&self, order: &OrderState, instead_of: Option<&OrderState>) -> Result<(), Reject> {
        match order.side {
            Side::Sell => {
                let back = instead_of.map_or(0, |old| old.leaves.0);
                let available = Units(self.units_available(order.account, order.security) + back);
                let enough = order.leaves <= available;
                enough.then_some(()).ok_or(Reject::InsufficientUnits { available })
            }
            Side::Buy => {
                let security = self.security(order.security).expect("an order's security");
                let back = instead_of.map_or(0, |old| security.cost(old.ticks, old.leaves.0));
                let available = self.cash_available(order.account, security.listing.cash) + back;
                let enough = security.cost(order.ticks, order.leaves.0) <= available;
                enough.then_some(()).ok_or(Reject::InsufficientCash { available: money(available) })
            }
        }
    }

    // ---- what becomes of an order ----

    fn open(&mut self, order: OrderState) {
        self.orders.push(order);
        let to = self.next_to(order.session);
        self.say(Event::Accepted { to, order: self.view(order.order) });
    }

    /// Tries the order on a copy of the venue. Nothing if it would trade whole; else whether that is because
    /// it would have to look at too many orders.
    fn would_be_left(&self, order: OrderState) -> Option<bool> {
        let mut copy = self.clone();
        copy.open(order);
        let walk = copy.trade_along(order.order, order.ticks, None);
        copy.order(order.order).map(|_| walk.cut_short)
    }

    /// Trades what can be traded now. With a reason for it, what is left does not stay.
    fn trade_at_once(&mut self, id: OrderId, left: Option<CancelReason>) {
        let order = *self.order(id).expect("an open order");
        if self.security(order.security).expect("an order's security").phase != Phase::Continuous {
            return;
        }
        let walk = self.trade_along(id, order.ticks, None);
        let reason = if walk.cut_short { Some(CancelReason::MatchLimit) } else { left };
        if let (Some(order), Some(reason)) = (self.order(id).copied(), reason) {
            self.end(id, order.clordid, reason);
        }
    }

    /// An order ends before it is filled.
    pub(super) fn end(&mut self, id: OrderId, request: ClOrdId, reason: CancelReason) {
        let order = OrderView { leaves: Units::ZERO, ..self.view(id) };
        let to = self.next_to(self.order(id).expect("an open order").session);
        self.orders.retain(|o| o.order != id);
        self.say(Event::Cancelled { to, order, request, reason });
    }

    /// An order ends with its day.
    pub(super) fn expire(&mut self, id: OrderId) {
        let order = OrderView { leaves: Units::ZERO, ..self.view(id) };
        let to = self.next_to(self.order(id).expect("an open order").session);
        self.orders.retain(|o| o.order != id);
        self.say(Event::Expired { to, order });
    }

    /// The orders that an order which just came or changed could still trade with, and how much: in
    /// continuous trading there must be none.
    pub fn still_tradable(&self, id: OrderId) -> Vec<(OrderId, u64)> {
        let Some(order) = self.order(id) else { return Vec::new() };
        let (account, security) = (order.account, order.security);
        let mut found = Vec::new();
        for other in self.queue(security, order.side.opposite()) {
            let wanted = order.leaves.min(other.leaves).0;
            let (crossed, may) = match order.side {
                Side::Buy => (other.ticks <= order.ticks, [account, other.account]),
                Side::Sell => (other.ticks >= order.ticks, [other.account, account]),
            };
            let [buyer, seller]: [AccountId; 2] = may;
            let units = if crossed { self.may_trade(buyer, seller, security, wanted) } else { 0 };
            if units > 0 {
                found.push((other.order, units));
            }
        }
        found
    }

    fn bounds(&self) -> VenueParams {
        self.params.expect("orders come to a venue that is open")
    }
}

fn takes_orders(security: &Security) -> Result<(), Reject> {
    if security.phase == Phase::Closed {
        Err(Reject::Closed)
    } else if security.phase == Phase::Halted {
        Err(Reject::Halted)
    } else if security.uncrossing {
        Err(Reject::Uncrossing)
    } else if security.coming.is_some() {
        Err(Reject::RulesChanging)
    } else {
        Ok(())
    }
}

fn good_quantity(security: &Security, quantity: Units) -> Result<(), Reject> {
    let rule = &security.listing.ticks;
    let lots = quantity.0 / rule.lot.0;
    let good = lots > 0 && lots * rule.lot.0 == quantity.0 && quantity <= rule.max_quantity;
    good.then_some(()).ok_or(Reject::Quantity)
}

fn good_price(security: &Security, price: Price) -> Result<Ticks, Reject> {
    let rule = &security.listing.ticks;
    let (price, tick) = (i128::from(price.0), i128::from(rule.tick.0));
    if price < 1 || price > i128::from(rule.max_price.0) * tick {
        return Err(Reject::PriceRange);
    }
    if price % tick != 0 {
        return Err(Reject::PriceTick);
    }
    let (lowest, highest) = security.collar();
    if price / tick < lowest || price / tick > highest {
        return Err(Reject::PriceBand);
    }
    Ok(Ticks((price / tick) as i64))
}
