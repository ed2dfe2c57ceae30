//! An open order, with all that it asked for.

use super::Model;
use super::fees::Owed;
use tallystick_engine::Stand;
use tallystick_engine::event::OrderView;
use tallystick_engine::types::{
    AccountId, ClOrdId, Instructions, Minimum, OrdType, OrderId, PegTo, SecurityId, SessionId, Side, Ticks,
    TimeInForce, Units,
};

/// An open order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its number.
    pub order: OrderId,
    /// Its place in time: no two are equal.
    pub place: u64,
    /// Who entered it.
    pub session: SessionId,
    /// For which account.
    pub account: AccountId,
    /// In which security.
    pub security: SecurityId,
    /// Buy or sell.
    pub side: Side,
    /// As it was entered.
    pub ord_type: OrdType,
    /// As it was entered.
    pub time_in_force: TimeInForce,
    /// As they were entered.
    pub instructions: Instructions,
    /// The worst price it may ever trade at: at that, it promises.
    pub limit: Ticks,
    /// The price at which it is on the book; of a peg that of the moment.
    pub ticks: Ticks,
    /// Of a stop: the price that it waits for.
    pub stop: Option<Ticks>,
    /// Of a stop: the collar's width when it was entered, by which its protection price is worse.
    pub width: i64,
    /// The whole order.
    pub quantity: Units,
    /// What is left of it.
    pub leaves: Units,
    /// Of an iceberg: what is left of the part that is shown.
    pub shown: u64,
    /// What its client calls it.
    pub clordid: ClOrdId,
    /// Of a market-to-limit order: whether it found nobody to trade with.
    pub found_nobody: bool,
    /// Whether it is a side of a quote.
    pub is_quote: bool,
    /// What it has traded and paid.
    pub owed: Owed,
    /// Where it is.
    pub stands: Stand,
}

impl Order {
    /// Whether it follows the book.
    pub fn is_peg(&self) -> bool {
        self.instructions.peg.is_some_and(|peg| peg.to != PegTo::Trailing)
    }

    /// Whether it is a stop that follows the last trade.
    pub fn is_trailing(&self) -> bool {
        self.instructions.peg.is_some_and(|peg| peg.to == PegTo::Trailing)
    }

    /// Whether nobody sees it.
    pub fn is_hidden(&self) -> bool {
        let each = matches!(self.instructions.minimum, Some(Minimum::Each(_) | Minimum::All));
        self.is_peg() || each || self.instructions.display_qty == Some(Units(0))
    }

    /// Whether its owner is shown a price: a stop without a limit has none of its own.
    pub fn shows_price(&self) -> bool {
        self.ord_type != OrdType::Stop && !self.is_trailing()
    }

    /// How much an iceberg shows at once.
    pub fn tip(&self) -> Option<u64> {
        self.instructions.display_qty.filter(|tip| tip.0 > 0 && *tip < self.quantity).map(|tip| tip.0)
    }

    /// What can be taken from it at once.
    pub fn on_offer(&self, auction: bool) -> u64 {
        match self.tip() {
            Some(_) if !auction => self.shown.min(self.leaves.0),
            _ => self.leaves.0,
        }
    }

    /// It comes to rest on the book; an iceberg shows as much as it may.
    pub fn rest(&mut self) {
        self.stands = Stand::Book;
        if let Some(tip) = self.tip() {
            self.shown = tip.min(self.leaves.0);
        }
    }

    /// The least that one execution of it may be.
    pub fn least(&self) -> u64 {
        match self.instructions.minimum {
            Some(Minimum::Each(least)) => least.0.min(self.leaves.0),
            Some(Minimum::All) => self.leaves.0,
            Some(Minimum::Once(_)) | None => 0,
        }
    }

    /// Where it queues: by price, then by whether it is seen, then by time.
    pub fn rank(&self) -> (i64, bool, u64) {
        let price = if self.side == Side::Buy { -self.ticks.0 } else { self.ticks.0 };
        (price, self.is_hidden(), self.place)
    }

    /// Whether it may trade at a price.
    pub fn reaches(&self, price: Ticks) -> bool {
        if self.side == Side::Buy { self.ticks >= price } else { self.ticks <= price }
    }

    /// Whether it may be open for more than a day.
    pub fn stays_overnight(&self) -> bool {
        matches!(self.time_in_force, TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate)
    }
}

impl Model {
    /// An open order by its number.
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.iter().find(|o| o.order == id)
    }

    pub(super) fn order_mut(&mut self, id: OrderId) -> &mut Order {
        self.orders.iter_mut().find(|o| o.order == id).expect("an order that is open")
    }

    /// One side of a book: the best price first, at one price those that are seen, then the earliest.
    pub fn queue(&self, security: SecurityId, side: Side) -> Vec<Order> {
        let there = |o: &&Order| o.security == security && o.side == side && o.stands == Stand::Book;
        let mut queue: Vec<Order> = self.orders.iter().filter(there).copied().collect();
        queue.sort_by_key(Order::rank);
        queue
    }

    /// The quotations, buy and sell: the best price at which a round lot is displayed, there and at better prices.
    pub fn quoted(&self, security: SecurityId) -> [Option<Ticks>; 2] {
        let listing = &self.security(security).expect("a listed security").listing;
        let round = listing.round_lot.unwrap_or(listing.ticks.lot).0;
        Side::BOTH.map(|side| {
            let mut sum = 0;
            let queue = self.queue(security, side);
            let seen = queue.iter().filter(|o| !o.is_hidden());
            let mut sums = seen.map(|o| {
                sum += o.on_offer(false);
                (sum, o.ticks)
            });
            sums.find(|(sum, _)| *sum >= round).map(|(_, price)| price)
        })
    }

    /// The next place in time.
    pub(super) fn next_place(&mut self) -> u64 {
        self.last_place += 1;
        self.last_place
    }

    /// An open order as its owner sees it.
    pub(super) fn view(&self, id: OrderId) -> OrderView {
        let o = self.order(id).expect("an open order");
        let security = self.security(o.security).expect("an order's security");
        OrderView {
            order: o.order,
            clordid: o.clordid,
            account: o.account,
            security: o.security,
            side: o.side,
            price: o.shows_price().then(|| security.price(o.limit)),
            quantity: o.quantity,
            leaves: o.leaves,
            filled: Units(o.quantity.0 - o.leaves.0),
            display_qty: if o.is_hidden() { Some(Units(0)) } else { o.tip().map(Units) },
        }
    }
}
