//! Crosses: two orders that a firm brings together, and that trade with each other or not at all.

use super::Model;
use super::order::Order;
use tallystick_engine::command::NewOrder;
use tallystick_engine::crosses::NewCross;
use tallystick_engine::event::Event;
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{OrderId, Side};

impl Model {
    pub(super) fn new_cross(&mut self, ask: &NewCross) {
        self.count_message(ask.from);
        let orders = Side::BOTH.map(|side| ask.order(side));
        let ids = [1, 2].map(|n| OrderId(self.numbered.0 + n));
        self.numbered = ids[1];
        let [buy, sell] = match self.good_cross(&orders, ids) {
            Ok(both) => both,
            Err(rejects) => {
                for ((new, order), reject) in orders.iter().zip(ids).zip(rejects) {
                    self.reject_order(new, order, reject);
                }
                return;
            }
        };
        self.open(buy);
        self.open(sell);
        orders.iter().for_each(|new| self.note_new(new));
        let (coming, resting) = if ask.prioritized == Side::Buy { (buy, sell) } else { (sell, buy) };
        // Both have come.
        let rates = [self.security(buy.security).expect("listed").rates(false)[0]; 2];
        self.trade(&coming, &resting, ask.quantity.0, buy.limit, false, rates);
        // It is a trade as any other, but told to be a cross.
        let told = self.events.iter_mut().rev().find_map(|event| match event {
            Event::Trade { cross, .. } => Some(cross),
            _ => None,
        });
        *told.expect("they have traded") = true;
    }

    /// Both orders, or what each of them is told.
    fn good_cross(&mut self, orders: &[NewOrder; 2], ids: [OrderId; 2]) -> Result<[Order; 2], [Reject; 2]> {
        let [buy, sell] = orders;
        // Both names are used up before anything else is looked at.
        let [buys_name, sells_name] = [(buy, ids[0]), (sell, ids[1])].map(|(new, id)| self.use_name(new, id));
        let bought = buys_name.and_then(|()| self.good_order_of(buy, ids[0]));
        let mut with_it = self.clone();
        if let Ok(order) = bought {
            with_it.last_place = order.place;
            with_it.orders.push(order);
            with_it.note_new(buy);
        }
        let sold = sells_name.and_then(|()| with_it.good_order_of(sell, ids[1]));
        match (bought, sold) {
            (Ok(bought), Ok(sold)) => match self.keeps_apart(&bought, &sold) {
                Some(reject) => Err([reject, reject]),
                None => Ok([bought, sold]),
            },
            (Err(one), Err(other)) => Err([one, other]),
            (Err(one), Ok(_)) => Err([one, Reject::CrossSide]),
            (Ok(_), Err(other)) => Err([Reject::CrossSide, other]),
        }
    }

    /// Why two orders that are good by themselves can't trade as a cross.
    fn keeps_apart(&self, buy: &Order, sell: &Order) -> Option<Reject> {
        let listed = self.security(buy.security).expect("an order's security");
        let [bid, offer] = self.quoted(buy.security);
        let price = buy.limit;
        if bid.is_some_and(|bid| price <= bid) || offer.is_some_and(|offer| price >= offer) {
            return Some(Reject::CrossPrice);
        }
        if listed.beyond(price, listed.reference).is_some() {
            return Some(Reject::OutsideBands);
        }
        let agreed = self.may_trade(buy.account, sell.account, buy.security, buy.quantity.0);
        (agreed < buy.quantity.0).then_some(Reject::CrossPair)
    }
}
