//! Whom an order trades with, and what a trade is.

use super::{Model, money};
use tallystick_engine::event::{Event, OrderView, TradeSide};
use tallystick_engine::obligation::{Obligation, OrderName};
use tallystick_engine::snapshot::OrderState;
use tallystick_engine::types::{OrderId, Side, Ticks, TradeId, Units};

/// The most resting orders that one step may look at.
pub const MOST_EXAMINED: usize = 4_096;

/// What a walk through the counterparties came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// How many resting orders were looked at.
    pub examined: usize,
    /// Whether it had to stop with orders left to look at.
    pub cut_short: bool,
}

impl Model {
    /// An open order trades with one counterparty after another, the best price first and the earliest at
    /// one price, as far as `limit`: at each one's price, or all `at` one.
    pub(super) fn trade_along(&mut self, id: OrderId, limit: Ticks, at: Option<Ticks>) -> Walk {
        let coming = *self.order(id).expect("an open order");
        let mut walk = Walk::default();
        for resting in self.queue(coming.security, coming.side.opposite()) {
            let within = match coming.side {
                Side::Buy => resting.ticks <= limit,
                Side::Sell => resting.ticks >= limit,
            };
            let Some(left) = self.order(id).map(|o| o.leaves.0).filter(|_| within) else { break };
            if walk.examined == MOST_EXAMINED {
                walk.cut_short = true;
                break;
            }
            walk.examined += 1;
            let [buy, sell] = match coming.side {
                Side::Buy => [coming, resting],
                Side::Sell => [resting, coming],
            };
            let wanted = left.min(resting.leaves.0);
            let agreed = self.may_trade(buy.account, sell.account, coming.security, wanted);
            if agreed > 0 {
                self.trade([buy, sell], agreed, at.unwrap_or(resting.ticks), coming.side, at.is_some());
            }
        }
        walk
    }

    /// A buy and a sell trade.
    fn trade(&mut self, [buy, sell]: [OrderState; 2], many: u64, at: Ticks, aggressor: Side, auction: bool) {
        let id = buy.security;
        let (buyer, seller) = (self.owner(buy.account), self.owner(sell.account));
        let full = self.cap(id).is_some_and(|cap| self.places(id) >= cap);
        let hands_over_place = full && !self.has_place(buyer, id);
        assert!(!hands_over_place || !self.is_leaving(seller, id), "one place is handed over once");
        let lots = self.choose_lots(sell.account, id, many);

        for order in [buy.order, sell.order] {
            let order = self.order_mut(order);
            order.leaves = Units(order.leaves.0 - many);
        }
        let security = self.security_mut(id);
        security.reference = at;
        let (cash, price, cost) = (security.listing.cash, security.price(at), security.cost(at, many));
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
            buyer: told[0],
            seller: told[1],
        });
        for &lot in &lots {
            self.say(Event::Pledged { trade, lot });
        }
        let name = |order: OrderId| {
            let o = self.order(order).expect("an open order");
            OrderName { session: o.session, order, clordid: o.clordid }
        };
        self.trades.push(Obligation {
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
            lots,
            hands_over_place,
            pinned,
            expiry,
            epoch,
            buy: name(buy.order),
            sell: name(sell.order),
        });
        if !hands_over_place && !self.places.contains(&(buyer, id)) {
            self.places.push((buyer, id));
        }
        self.orders.retain(|o| o.leaves.0 > 0);
    }

    /// An open order as its owner sees it.
    pub(super) fn view(&self, id: OrderId) -> OrderView {
        let o = self.order(id).expect("an open order");
        OrderView {
            order: o.order,
            clordid: o.clordid,
            account: o.account,
            security: o.security,
            side: o.side,
            price: self.security(o.security).expect("an order's security").price(o.ticks),
            quantity: o.quantity,
            leaves: o.leaves,
            filled: Units(o.quantity.0 - o.leaves.0),
        }
    }
}
