//! Whom an order trades with, and what a trade is.

use super::bands::Hit;
use super::order::Order;
use super::{Model, money};
use tallystick_engine::Stand;
use tallystick_engine::event::{CancelReason, Event, TradeSide};
use tallystick_engine::obligation::{Obligation, OrderName};
use tallystick_engine::types::{OrderId, SelfTradeAction, Side, Ticks, TradeId, Units};

/// The most resting orders that one step may look at.
pub const MOST_EXAMINED: usize = 4_096;

/// What a walk through the counterparties came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// How many resting orders were looked at; a part that an iceberg shows anew is one more.
    pub examined: usize,
    /// Whether it had to stop with orders left to look at.
    pub cut_short: bool,
    /// How much traded.
    pub traded: u64,
    /// At which price first.
    pub first: Option<Ticks>,
    /// The band that it would have traded outside of.
    pub hit: Option<Hit>,
    /// Whether what is left of the order goes, because it met one of its own.
    pub met_its_own: bool,
}

impl Model {
    /// An open order meets one counterparty after another, the best first: at each one's price as far as its own
    /// goes, or all `at` one price.
    pub(super) fn trade_along(&mut self, id: OrderId, at: Option<Ticks>) -> Walk {
        let mut walk = Walk::default();
        let mut last = None;
        // What it trades itself moves no band.
        let before = self.order(id).and_then(|order| self.security(order.security)).cloned();
        // Who is blocked looks at nobody.
        if self.order(id).is_some_and(|coming| self.is_blocked(coming)) {
            return walk;
        }
        while let Some(coming) = self.order(id).copied() {
            let Some(resting) = self.next_in_line(&coming, last) else { break };
            let reached = match at {
                Some(price) => resting.reaches(price),
                None => coming.reaches(resting.ticks),
            };
            if !reached {
                break;
            }
            if walk.examined + self.shares.unwrap_or(0) >= MOST_EXAMINED {
                walk.cut_short = true;
                break;
            }
            walk.examined += 1;
            last = Some(resting.rank());
            let hit = before
                .as_ref()
                .filter(|_| at.is_none())
                .and_then(|listed| listed.beyond(resting.ticks, listed.reference));
            if hit.is_some() {
                let own = self.self_trade(&coming, &resting).is_some();
                if own || self.would_trade(&coming, &resting, false) > 0 {
                    walk.hit = hit;
                    break;
                }
                continue;
            }
            if let Some((action, coming_is_newer)) = self.self_trade(&coming, &resting) {
                walk.met_its_own = self.keep_apart(action, coming_is_newer, &coming, &resting);
                if walk.met_its_own {
                    break;
                }
                continue;
            }
            let agreed = self.would_trade(&coming, &resting, at.is_some());
            if agreed > 0 {
                let price = at.unwrap_or(resting.ticks);
                walk.traded += agreed;
                walk.first = walk.first.or(Some(price));
                let rates = self.security(coming.security).expect("listed").rates(at.is_some());
                self.trade(&coming, &resting, agreed, price, at.is_some(), rates);
            }
        }
        if let Some(looked_at) = &mut self.shares {
            *looked_at += walk.examined;
        }
        self.mind_protection();
        walk
    }

    /// The first order of the other side that queues behind a rank.
    fn next_in_line(&self, coming: &Order, behind: Option<(i64, bool, u64)>) -> Option<Order> {
        let others = self
            .orders
            .iter()
            .filter(|o| o.security == coming.security && o.side != coming.side && o.stands == Stand::Book);
        others.filter(|o| behind.is_none_or(|behind| o.rank() > behind)).min_by_key(|o| o.rank()).copied()
    }

    /// How much these two would trade with each other, one time: what the rules allow, if it is not too little for one
    /// of them.
    pub(super) fn would_trade(&self, coming: &Order, resting: &Order, auction: bool) -> u64 {
        if self.is_blocked(coming) || self.is_blocked(resting) {
            return 0;
        }
        let [buy, sell] = if coming.side == Side::Buy { [coming, resting] } else { [resting, coming] };
        let wanted = coming.leaves.0.min(resting.on_offer(auction));
        let agreed = self.may_trade(buy.account, sell.account, coming.security, wanted);
        if agreed >= coming.least() && agreed >= resting.least() { agreed } else { 0 }
    }

    /// Two orders that must not trade with each other have met. Whether what is left of the coming one goes.
    fn keep_apart(
        &mut self,
        action: SelfTradeAction,
        coming_is_newer: bool,
        coming: &Order,
        resting: &Order,
    ) -> bool {
        let (coming_goes, resting_goes) = match action {
            SelfTradeAction::CancelNewest => (coming_is_newer, !coming_is_newer),
            SelfTradeAction::CancelOldest => (!coming_is_newer, coming_is_newer),
            SelfTradeAction::CancelBoth => (true, true),
            SelfTradeAction::Decrement => (coming.leaves <= resting.leaves, resting.leaves <= coming.leaves),
        };
        let less = coming.leaves.min(resting.leaves);
        if resting_goes {
            self.end(resting.order, resting.clordid, CancelReason::SelfTrade);
        } else if action == SelfTradeAction::Decrement {
            self.decrement(resting.order, less);
        }
        if !coming_goes && action == SelfTradeAction::Decrement {
            self.decrement(coming.order, less);
        }
        coming_goes
    }

    /// An order loses units without a trade, and stands.
    fn decrement(&mut self, id: OrderId, by: Units) {
        let order = self.order_mut(id);
        order.quantity = Units(order.quantity.0 - by.0);
        order.leaves = Units(order.leaves.0 - by.0);
        order.shown = order.shown.min(order.leaves.0);
        let session = order.session;
        let to = self.next_to(session);
        self.say(Event::Decremented { to, order: self.view(id), by });
    }

    /// Two orders trade.
    pub(super) fn trade(
        &mut self,
        coming: &Order,
        resting: &Order,
        many: u64,
        at: Ticks,
        auction: bool,
        rates: [u32; 2],
    ) {
        let [buy, sell] = if coming.side == Side::Buy { [coming, resting] } else { [resting, coming] };
        let (id, aggressor) = (buy.security, coming.side);
        let parties = [buy.account, sell.account];
        let hands_over = self.handed_over(parties, id, many);
        let approved = self.asks_approval(parties, id);
        let lots = self.choose_lots(parties, id, many, false);

        for order in [buy.order, sell.order] {
            let order = self.order_mut(order);
            order.leaves = Units(order.leaves.0 - many);
        }
        let security = self.security_mut(id);
        (security.reference, security.traded) = (at, true);
        if auction {
            security.static_reference = at;
        }
        match self.prints.iter_mut().find(|print| print.0 == id) {
            Some((_, prices)) => prices[1] = at,
            None => self.prints.push((id, [at, at])),
        }
        let security = self.security(id).expect("a listed security");
        let (cash, price, cost) = (security.listing.cash, security.price(at), security.cost(at, many));
        let [rate_of_coming, rate_of_resting] = rates;
        let rate = |o: &Order| if o.order == coming.order { rate_of_coming } else { rate_of_resting };
        let [buyer_fee, seller_fee] = [buy, sell].map(|order| self.charge(order, cost, rate(order)));
        let trade = TradeId(self.trades_made() + 1);
        let pinned = self.known_height();
        let horizon = self.network().map_or(0, |network| u64::from(network.horizon));
        let (expiry, epoch) = (pinned.saturating_add(horizon), self.security(id).expect("listed").epoch);
        let told = [buy, sell].map(|o| TradeSide { to: self.next_to(o.session), order: self.view(o.order) });
        self.say(Event::Trade {
            trade,
            price,
            units: Units(many),
            money: money(cost),
            cash,
            pinned,
            expiry,
            epoch,
            aggressor,
            auction,
            cross: false,
            buyer_fee,
            seller_fee,
            buyer: told[0],
            seller: told[1],
        });
        self.count_execution(buy, many, cash, cost as i64);
        self.count_execution(sell, many, cash, cost as i64);
        for &lot in &lots {
            self.say(Event::Pledged { trade, lot });
        }
        let name = |order: OrderId| {
            let o = self.order(order).expect("an open order");
            OrderName { session: o.session, order, clordid: o.clordid }
        };
        let made = Obligation {
            trade,
            seq: self.seq,
            time: self.now,
            security: id,
            cash,
            seller: sell.account,
            buyer: buy.account,
            price,
            units: Units(many),
            money: money(cost),
            buyer_fee,
            seller_fee,
            compensates: None,
            lots,
            hands_over,
            approved,
            market: self.market(id),
            pinned,
            expiry,
            epoch,
            buy: name(buy.order),
            sell: name(sell.order),
        };
        self.trades.push(made.clone());
        self.mind_classes(&made);
        self.show_more(coming.order, many, auction);
        self.show_more(resting.order, many, auction);
        self.orders.retain(|o| o.leaves.0 > 0);
    }

    /// What an order shows after so much of it has traded. When the shown part of an iceberg has, the next part queues
    /// behind all others; in an auction it takes part with all of it, what is not shown first, and keeps its place.
    fn show_more(&mut self, id: OrderId, traded: u64, auction: bool) {
        let order = self.order_mut(id);
        if order.stands != Stand::Book || order.tip().is_none() || order.leaves.0 == 0 {
            return;
        }
        if auction {
            order.shown = order.shown.min(order.leaves.0);
            return;
        }
        order.shown -= traded;
        if order.shown == 0 {
            order.rest();
            let place = self.next_place();
            self.order_mut(id).place = place;
        }
    }
}
