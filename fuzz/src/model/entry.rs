//! What may be refused, in the order in which `Reject` declares it.

use super::asked::*;
use super::fees::Owed;
use super::order::Order;
use super::stops::has_reached;
use super::{Model, Security, money};
use tallystick_engine::command::{Bound, NewOrder, OrderRef, ReplaceOrder, VenueParams};
use tallystick_engine::obligation::Obligation;
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{
    Asset, ClOrdId, FirmId, OrdType, OrderId, PegTo, SecurityId, SessionId, Side, Ticks, Units,
};
use tallystick_engine::{Stand, Work};

/// The most pegs and trailing stops that one security takes.
pub const MOST_PEGGED: usize = 256;

impl Model {
    /// The order that a client asks for, as it would come to the book.
    pub(super) fn good_order(&mut self, new: &NewOrder) -> Result<Order, Reject> {
        let id = self.numbered;
        self.use_name(new, id)?;
        self.good_order_of(new, id)
    }

    /// Its name is used up, whatever becomes of it, if it is free.
    pub(super) fn use_name(&mut self, new: &NewOrder, id: OrderId) -> Result<(), Reject> {
        self.name_is_free(new.from.session, new.clordid, self.bounds().max_clordids.into())?;
        self.session(new.from.session).clordids.push((new.clordid, Some(id)));
        Ok(())
    }

    /// The order that is asked for under that number, its name aside.
    pub(super) fn good_order_of(&mut self, new: &NewOrder, id: OrderId) -> Result<Order, Reject> {
        let firm = self.session(new.from.session).firm;

        let security = self.security(new.security).ok_or(Reject::UnknownSecurity)?;
        let account = self.account(new.account).ok_or(Reject::UnknownAccount)?;
        if account.firm != firm {
            return Err(Reject::UnknownAccount);
        }
        security.lets_in(firm)?;
        if let Some(level) = self.blocks(self.scopes(new.from.session, new.account)) {
            return Err(Reject::Blocked(level));
        }
        takes_orders(security)?;
        is_for_this_phase(security.phase, new)?;
        if !goes_together(new) {
            return Err(Reject::Instructions);
        }
        good_expiry(new, self.date)?;
        good_quantity(security, new.quantity)?;
        good_parts(security, new.quantity, new)?;
        prices_are_present(new)?;
        let mut order = Order {
            order: id,
            place: self.last_place + 1,
            session: new.from.session,
            account: new.account,
            security: new.security,
            side: new.side,
            ord_type: new.ord_type,
            time_in_force: new.time_in_force,
            instructions: new.instructions,
            limit: Ticks(0),
            ticks: Ticks(0),
            stop: None,
            width: 0,
            quantity: new.quantity,
            leaves: new.quantity,
            shown: 0,
            clordid: new.clordid,
            found_nobody: false,
            is_quote: false,
            owed: Owed::default(),
            stands: self.where_it_stands(new),
        };
        let collar = self.narrowest(new.security, new.from.session, new.account);
        good_prices(security, &mut order, new.price, collar)?;
        if has_reached(&order, security.reference) {
            return Err(Reject::StopReached);
        }
        if self.orders.len() as u64 >= u64::from(self.bounds().max_open_orders) {
            return Err(Reject::TooManyOpenOrders);
        }
        let others = self.orders.iter().filter(|o| o.security == new.security);
        let pegged = others.filter(|o| o.is_peg() || o.is_trailing()).count();
        if (order.is_peg() || order.is_trailing()) && pegged >= MOST_PEGGED {
            return Err(Reject::TooManyPegged);
        }
        self.may_have_it(&order, None, Some(new))?;
        if order.is_peg() {
            match self.peg_price(&order) {
                Some(price) => order.ticks = price,
                None => order.stands = Stand::Asleep,
            }
        }
        Ok(order)
    }

    /// Where an order stands before it has met anybody.
    fn where_it_stands(&self, new: &NewOrder) -> Stand {
        let phase = self.security(new.security).expect("a listed security").phase;
        let trailing = new.instructions.peg.is_some_and(|peg| peg.to == PegTo::Trailing);
        if is_for_an_auction(new.time_in_force) {
            // Nobody comes before those who have waited longer.
            let called = is_for_the_auction_of(new.time_in_force, phase);
            if called && self.first_called(new.security).is_none() { Stand::Book } else { Stand::Auction }
        } else if matches!(new.ord_type, OrdType::Stop | OrdType::StopLimit) || trailing {
            Stand::Stop
        } else if phase == Phase::Continuous {
            Stand::Nowhere
        } else {
            Stand::Book
        }
    }

    /// What an order would be, replaced; nothing, if so much was filled already.
    pub(super) fn good_change(&self, old: &Order, ask: &ReplaceOrder) -> Result<Option<Order>, Reject> {
        if self.is_shut_out(old.account, old.security) {
            return Err(Reject::NotAdmitted);
        }
        if let Some(level) = self.blocks(self.scopes(old.session, old.account)) {
            return Err(Reject::Blocked(level));
        }
        let security = self.security(old.security).expect("an order's security");
        takes_orders(security)?;
        let mut changed = Order { clordid: ask.order.clordid, quantity: ask.quantity, ..*old };
        good_quantity(security, ask.quantity)?;
        let filled = old.quantity.0 - old.leaves.0;
        if ask.quantity.0 <= filled {
            return Ok(None);
        }
        changed.leaves = Units(ask.quantity.0 - filled);
        // A price that stays is not looked at again: the collar may have moved away from it.
        let price = Some(ask.price).filter(|price| *price != security.price(old.limit));
        let waits = old.stands == Stand::Stop && !old.is_trailing();
        let has_no_price = matches!(old.ord_type, OrdType::Stop | OrdType::Market) || old.is_trailing();
        // Who has no price keeps having none.
        let price = price.filter(|_| !has_no_price);
        if ask.stop_price.is_some() && !waits {
            return Err(Reject::PricePresence);
        }
        let stop = ask.stop_price.filter(|stop| old.stop.map(|old| security.price(old)) != Some(*stop));
        in_range(security, price.into_iter().chain(stop))?;
        on_tick(security, price.into_iter().chain(stop), None)?;
        if let Some(price) = price {
            changed.limit = in_band(security, price)?;
        }
        if let Some(stop) = stop {
            let stop = security.ticks_of(stop).expect("it lies on a tick");
            changed.stop = Some(stop);
            changed.width = security.width(self.narrowest(old.security, old.session, old.account));
            if old.ord_type == OrdType::Stop {
                changed.limit = security.protection(&changed);
            }
            if has_reached(&changed, security.reference) {
                return Err(Reject::StopReached);
            }
        }
        if !changed.is_peg() {
            changed.ticks = changed.limit;
        }
        Ok(Some(changed))
    }

    /// What every order that comes anew must pass: the backlog, limits, the rules, the allocation, what it promises.
    pub(super) fn may_have_it(
        &self,
        order: &Order,
        instead_of: Option<&Order>,
        new: Option<&NewOrder>,
    ) -> Result<(), Reject> {
        let account = self.account(order.account).expect("an order's account");
        self.backlog_has_room(account.firm, order.security)?;
        self.within_limits(order, instead_of, new, None)?;
        if let Some(reason) = self.entry_refusal(order) {
            return Err(Reject::Compliance(reason));
        }
        self.terms_permit(order, instead_of)?;
        self.can_promise(order, instead_of)
    }

    pub(super) fn name_is_free(
        &mut self,
        session: SessionId,
        name: ClOrdId,
        most: u64,
    ) -> Result<(), Reject> {
        let stays = self.lasting(session, name).is_some();
        let used = &self.session(session).clordids;
        if stays || used.iter().any(|u| u.0 == name) {
            Err(Reject::DuplicateClOrdId)
        } else if used.len() as u64 >= most {
            Err(Reject::TooManyClOrdIds)
        } else {
            Ok(())
        }
    }

    /// The open order of a name that may be older than the day.
    fn lasting(&self, session: SessionId, name: ClOrdId) -> Option<OrderId> {
        let mut all = self.orders.iter().filter(|o| o.stays_overnight());
        all.find(|o| o.session == session && o.clordid == name).map(|o| o.order)
    }

    /// The open order that a request means. The request's own name is used up.
    pub(super) fn named(&mut self, session: SessionId, ask: &OrderRef, most: u64) -> Result<Order, Reject> {
        self.name_is_free(session, ask.clordid, most)?;
        let lasting = self.lasting(session, ask.original);
        let used = &mut self.session(session).clordids;
        let named = used.iter().find(|u| u.0 == ask.original).and_then(|u| u.1);
        used.push((ask.clordid, named.or(lasting)));
        let awaits = self.awaiting_meant(session, ask).is_some();
        self.meant(session, ask).ok_or(if awaits { Reject::AwaitsApproval } else { Reject::UnknownOrder })
    }

    /// The open order of this session that goes by that name and is what the request says it is.
    pub(super) fn meant(&self, session: SessionId, ask: &OrderRef) -> Option<Order> {
        let named =
            self.orders.iter().find(|o| o.session == session && o.clordid == ask.original && !o.is_quote);
        let as_stated =
            |o: &&Order| o.account == ask.account && o.security == ask.security && o.side == ask.side;
        named.filter(as_stated).copied()
    }

    /// Whether fewer trades wait than may, and less money: in all, of the firm, of the security.
    pub(super) fn backlog_has_room(&self, firm: FirmId, security: SecurityId) -> Result<(), Reject> {
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
    pub(super) fn terms_permit(&self, order: &Order, instead_of: Option<&Order>) -> Result<(), Reject> {
        if self.network().is_none() {
            return Ok(());
        }
        let listed = self.security(order.security).expect("an order's security");
        let listing = &listed.listing;
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
            let mine = i128::from(listed.steps(order.limit)) * i128::from(rule.value.0) * i128::from(units.0);
            let worst = i128::from(money.0) * i128::from(rule.per.0);
            if order.side == Side::Sell { mine >= worst } else { mine <= worst }
        });
        let good = terms.only.is_none_or(|only| only == other) && good_price;
        good.then_some(()).ok_or(Reject::OutsideAllocation)?;
        self.fees_are_allocated(order, instead_of)
    }

    /// Whether the account has what the order promises, beside what it promises elsewhere.
    pub(super) fn can_promise(&self, order: &Order, instead_of: Option<&Order>) -> Result<(), Reject> {
        match order.side {
            Side::Sell => {
                let back = instead_of.map_or(0, |old| old.leaves.0);
                let available = Units(self.units_available(order.account, order.security) + back);
                let enough = order.leaves <= available;
                enough.then_some(()).ok_or(Reject::InsufficientUnits { available })
            }
            Side::Buy => {
                let security = self.security(order.security).expect("an order's security");
                let back = instead_of.map_or(0, |old| self.promise(old));
                let available = self.cash_available(order.account, security.listing.cash) + back;
                let enough = self.promise(order) <= available;
                enough.then_some(()).ok_or(Reject::InsufficientCash { available: money(available) })
            }
        }
    }

    pub(super) fn bounds(&self) -> VenueParams {
        self.params.expect("orders come to a venue that is open")
    }
}

impl Security {
    /// The worst price at which a stop trades once it is triggered.
    pub fn protection(&self, order: &Order) -> Ticks {
        let stop = self.steps(order.stop.expect("a stop's price"));
        match order.side {
            Side::Buy => self.at_or_below(stop + order.width),
            Side::Sell => self.at_or_above((stop - order.width).max(1)),
        }
    }

    /// Where a trailing stop would be after a trade at a price, never nearer than its distance; nothing, if that is no
    /// price.
    pub fn trailing_stop(&self, order: &Order, last: Ticks) -> Option<Ticks> {
        let distance = order.instructions.peg?.offset.0 / self.listing.ticks.tick.0;
        let stop = match order.side {
            Side::Buy => self.at_or_above(self.steps(last).checked_add(distance)?),
            Side::Sell => self.at_or_below(self.steps(last) - distance),
        };
        (Ticks(1)..=self.most()).contains(&stop).then_some(stop)
    }

    /// The edge of the collar that an order without a price takes as its limit.
    pub fn edge(&self, side: Side, bps: u32) -> Ticks {
        let (lowest, highest) = if self.issue().is_some() { self.collar() } else { self.collar_of(bps) };
        Ticks(if side == Side::Buy { highest as i64 } else { lowest as i64 })
    }
}
