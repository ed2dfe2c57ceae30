//! Crosses: two orders that a firm brings together, and that trade with each other or not at all.

use super::Model;
use super::order::Order;
use tallystick_engine::approvals::Approval;
use tallystick_engine::awaiting::AwaitingCross;
use tallystick_engine::crosses::NewCross;
use tallystick_engine::event::Event;
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{OrderId, Side, Time, Units};

impl Model {
    pub(super) fn new_cross(&mut self, ask: &NewCross) {
        self.count_message(ask.from);
        let came = AwaitingCross { order: OrderId(self.numbered.0 + 1), cross: *ask, held_up: false };
        self.numbered = came.order(Side::Sell);
        // Both names are used up before anything else is looked at.
        let names = Side::BOTH.map(|side| self.use_name(&ask.order(side), came.order(side)));
        let judged = self.good_cross(&came, names);
        match judged {
            Ok((both, true)) => {
                self.trade_cross(&came, &both);
                Side::BOTH.iter().for_each(|side| self.note_new(&ask.order(*side)));
            }
            Ok((_, false)) => {
                if let Err(reject) = self.await_approval(came) {
                    self.reject_cross(&came, [reject; 2]);
                }
            }
            Err(rejects) => self.reject_cross(&came, rejects),
        }
    }

    pub(super) fn reject_cross(&mut self, came: &AwaitingCross, rejects: [Reject; 2]) {
        for (side, reject) in Side::BOTH.into_iter().zip(rejects) {
            self.reject_order(&came.cross.order(side), came.order(side), reject);
        }
    }

    /// Both orders of a cross are open, and trade with each other.
    pub(super) fn trade_cross(&mut self, came: &AwaitingCross, [buy, sell]: &[Order; 2]) {
        self.open(*buy);
        self.open(*sell);
        let cross = &came.cross;
        let (coming, resting) = if cross.prioritized == Side::Buy { (buy, sell) } else { (sell, buy) };
        // Both have come.
        let rates = [self.security(buy.security).expect("listed").rates(false)[0]; 2];
        self.trade(coming, resting, cross.quantity.0, buy.limit, false, rates);
        // It is a trade as any other, but told to be a cross.
        let told = self.events.iter_mut().rev().find_map(|event| match event {
            Event::Trade { cross, .. } => Some(cross),
            _ => None,
        });
        *told.expect("they have traded") = true;
    }

    /// Both orders, and whether they may trade now or must wait for an approval; or what each of them is told.
    pub(super) fn good_cross(
        &mut self,
        came: &AwaitingCross,
        names: [Result<(), Reject>; 2],
    ) -> Result<([Order; 2], bool), [Reject; 2]> {
        let [buy, sell] = Side::BOTH.map(|side| came.cross.order(side));
        let [buys_name, sells_name] = names;
        let bought = buys_name.and_then(|()| self.good_order_of(&buy, came.order(Side::Buy)));
        let mut with_it = self.clone();
        if let Ok(order) = bought {
            with_it.last_place = order.place;
            with_it.orders.push(order);
            with_it.note_new(&buy);
        }
        let sold = sells_name.and_then(|()| with_it.good_order_of(&sell, came.order(Side::Sell)));
        match (bought, sold) {
            (Ok(bought), Ok(sold)) => match self.keeps_apart(&bought, &sold) {
                Err(reject) => Err([reject, reject]),
                Ok(now) => Ok(([bought, sold], now)),
            },
            (Err(one), Err(other)) => Err([one, other]),
            (Err(one), Ok(_)) => Err([one, Reject::CrossSide]),
            (Ok(_), Err(other)) => Err([Reject::CrossSide, other]),
        }
    }

    /// Why two orders that are good by themselves can't trade as a cross; or whether they can now, and not only once it is
    /// approved.
    fn keeps_apart(&self, buy: &Order, sell: &Order) -> Result<bool, Reject> {
        let security = buy.security;
        let listed = self.security(security).expect("an order's security");
        let [bid, offer] = self.quoted(security);
        let price = buy.limit;
        if bid.is_some_and(|bid| price <= bid) || offer.is_some_and(|offer| price >= offer) {
            return Err(Reject::CrossPrice);
        }
        if listed.beyond(price, listed.reference).is_some() {
            return Err(Reject::OutsideBands);
        }
        let may = |model: &Model| {
            model.may_trade(buy.account, sell.account, security, buy.quantity.0) == buy.quantity.0
        };
        if may(self) {
            return Ok(true);
        }
        let mut approving = self.clone();
        let [seller, buyer] = [sell, buy].map(|order| self.owner(order.account));
        let (units, until) = (Units(u64::MAX), Time(u64::MAX));
        approving.note_approval(Approval { security, seller, buyer, units, until });
        if may(&approving) { Ok(false) } else { Err(Reject::CrossPair) }
    }
}
