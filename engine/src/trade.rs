//! A trade: what it does to both orders, to both accounts, and what it leaves to be settled.

use crate::book::matching::Fill;
use crate::book::slab::Slot;
use crate::engine::Engine;
use crate::event::{Event, TradeSide};
use crate::obligation::{Obligation, OrderName};
use crate::types::{InvestorId, SecurityId, Side, Ticks, TradeId, Units};

/// How two orders came to trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// One came to the other.
    Match,
    Auction,
    /// They came together.
    Cross,
}

impl Engine {
    /// Carries out one planned fill between `coming`, whose leaves are reduced already and which may or may
    /// not be on the book, and a resting order. The plan has asked every rule; nothing here can fail.
    pub(crate) fn trade(&mut self, coming: Slot, fill: Fill, occasion: Occasion, events: &mut Vec<Event>) {
        let Fill { resting, price: ticks, units } = fill;
        let (buy, sell, aggressor) = match self.orders[coming].side {
            Side::Buy => (coming, resting, Side::Buy),
            Side::Sell => (resting, coming, Side::Sell),
        };
        let (buyer, seller) = (self.orders[buy].account, self.orders[sell].account);
        let limit = self.orders.named(buy).limit;
        let id = self.orders[coming].security;

        self.print(id, ticks, occasion == Occasion::Auction);
        self.take_off(resting, units, occasion != Occasion::Auction);
        let security = &self.securities[id];
        let listing = &security.listing;
        let (cash, price) = (listing.cash, security.price(ticks));
        let (money, reserved) = (listing.ticks.value(ticks, units), listing.ticks.value(limit, units));

        let program = &security.program;
        let lots = self.holdings.pledge_units([seller, buyer], id, units, program, self.now);
        self.holdings.pledge_cash([buyer, seller], cash, reserved, money);
        let owners = [self.accounts.owner(buyer), self.accounts.owner(seller)];
        let hands_over_place = self.move_places(id, owners, units);
        let pinned = self.known.height();
        let horizon = self.params.and_then(|p| p.network).map_or(0, |network| network.horizon);
        let (expiry, epoch) = (pinned.saturating_add(u64::from(horizon)), self.securities[id].epoch);

        let trade = TradeId(self.trades.0 + 1);
        self.trades = trade;
        let [buyer_to, seller_to] =
            [buy, sell].map(|slot| self.orders.named(slot).session).map(|s| self.sessions.next_to(s));
        events.push(Event::Trade {
            trade,
            price,
            units,
            money,
            cash,
            pinned,
            expiry,
            epoch,
            aggressor,
            auction: occasion == Occasion::Auction,
            cross: occasion == Occasion::Cross,
            buyer: TradeSide { to: buyer_to, order: self.view(buy) },
            seller: TradeSide { to: seller_to, order: self.view(sell) },
        });
        events.extend(lots.iter().map(|&lot| Event::Pledged { trade, lot }));
        let [buy, sell] = [buy, sell].map(|slot| {
            let (order, named) = (self.orders[slot].id, self.orders.named(slot));
            OrderName { session: named.session, order, clordid: named.clordid }
        });
        let obligation = Obligation {
            trade,
            seq: self.seq,
            time: self.now,
            security: id,
            cash,
            seller,
            buyer,
            price,
            units,
            money,
            lots: lots.into_vec(),
            hands_over_place,
            pinned,
            expiry,
            epoch,
            buy,
            sell,
        };
        self.count_traded(coming, units, money);
        self.count_traded(resting, units, money);
        self.backlog.add(self.counted(&obligation));
        self.obligations.insert(trade, obligation);
        self.after_trade(resting);
    }

    /// Notes the price of a trade: the last one's is the reference, an auction's the static one too; the first and the
    /// last of a step are for stops.
    fn print(&mut self, id: SecurityId, ticks: Ticks, auction: bool) {
        let security = &mut self.securities[id];
        (security.reference, security.issuing) = (ticks, None);
        if auction {
            security.static_reference = ticks;
        }
        match self.prints.iter_mut().find(|(security, _)| *security == id) {
            Some((_, [_, last])) => *last = ticks,
            None => self.prints.push((id, [ticks, ticks])),
        }
    }

    /// What a cap on holders counts: a newcomer takes a place now; at the cap it waits for the place of a
    /// seller that leaves whole. Returns whether the seller hands its place over.
    fn move_places(&mut self, id: SecurityId, [buyer, seller]: [InvestorId; 2], units: Units) -> bool {
        let cap = self.security_mut(id).cap.map(u64::from);
        let places = self.security_mut(id).places;
        let buying = self.holdings.position_mut(buyer, id);
        buying.pending_in += units;
        let newcomer = !buying.place;
        let room = cap.is_none_or(|cap| places < cap);
        if newcomer && room {
            buying.place = true;
            self.security_mut(id).places += 1;
        }
        let selling = self.holdings.position_mut(seller, id);
        selling.pending_out += units;
        let hands_over = newcomer && !room;
        if hands_over {
            let whole = selling.units == units && selling.pending_out == units;
            assert!(whole && selling.place && !selling.leaving, "only who leaves whole hands a place over");
            selling.leaving = true;
        }
        hands_over
    }
}
