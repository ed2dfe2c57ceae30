//! A trade: what it does to both orders, to both accounts, and what it leaves to be settled.

use crate::book::matching::Fill;
use crate::book::slab::Slot;
use crate::compliance::{Pairing, Tentative};
use crate::engine::Engine;
use crate::event::{Event, TradeSide};
use crate::fees::Part;
use crate::obligation::{HandedOver, Obligation, OrderName};
use crate::stakes::{Position, handed};
use crate::types::{AccountId, CashId, Money, Price, SecurityId, Side, Ticks, TradeId, Units};
use tallystick_rules::Class;

/// What two accounts exchange, however they came to it.
pub(crate) struct Deal {
    pub security: SecurityId,
    pub seller: AccountId,
    pub buyer: AccountId,
    pub price: Price,
    pub units: Units,
    pub money: Money,
    pub buyer_fee: Money,
    pub seller_fee: Money,
    pub buy: OrderName,
    pub sell: OrderName,
    /// The trade that it undoes, if it is a compensation: that gives back the lots which came last.
    pub compensates: Option<TradeId>,
}

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
        let id = self.orders[coming].security;
        let before = [
            (coming, self.promise(coming, self.orders[coming].leaves + units)),
            (resting, self.promise(resting, self.orders[resting].leaves)),
        ];

        self.print(id, ticks, occasion == Occasion::Auction);
        self.take_off(resting, units, occasion != Occasion::Auction);
        let listing = &self.securities[id].listing;
        let (price, money) = (listing.ticks.to_price(ticks), listing.ticks.value(ticks, units));
        let (came, rested) = match occasion {
            Occasion::Match => (Part::Taker, Part::Maker),
            Occasion::Auction => (Part::Auction, Part::Auction),
            Occasion::Cross => (Part::Taker, Part::Taker),
        };
        let fees = [self.charge(coming, came, money), self.charge(resting, rested, money)];
        let [buyer_fee, seller_fee] = if buy == coming { fees } else { [fees[1], fees[0]] };
        // What the trade does not promise in their stead is free: a better price, a lower rate.
        for (slot, promised) in before {
            let left = self.promise(slot, self.orders[slot].leaves);
            self.lower_promise(slot, promised, left);
        }

        let [buy_name, sell_name] = [buy, sell].map(|slot| self.name_of(slot));
        let (buyer, seller) = (self.orders[buy].account, self.orders[sell].account);
        let obligation = self.agree(Deal {
            security: id,
            seller,
            buyer,
            price,
            units,
            money,
            buyer_fee,
            seller_fee,
            buy: buy_name,
            sell: sell_name,
            compensates: None,
        });
        let Obligation { trade, cash, pinned, expiry, epoch, .. } = obligation;
        let [buyer_to, seller_to] = [buy_name, sell_name].map(|name| self.sessions.next_to(name.session));
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
            buyer_fee,
            seller_fee,
        });
        self.await_settlement(obligation, events);
        self.count_traded(coming, units, money);
        self.count_traded(resting, units, money);
        [coming, resting].into_iter().for_each(|slot| self.count_execution(slot, units, money));
        self.after_trade(resting);
    }

    /// Makes both promise what they exchange, out of what is free, and gives it a number. What the one who sells has
    /// and the one who buys can pay, was seen to.
    pub(crate) fn agree(&mut self, deal: Deal) -> Obligation {
        let Deal {
            security,
            seller,
            buyer,
            price,
            units,
            money,
            buyer_fee,
            seller_fee,
            buy,
            sell,
            compensates,
        } = deal;
        let (cash, epoch) = (self.securities[security].listing.cash, self.securities[security].epoch);
        let tentative = Tentative::default();
        let ground = self.ground(security, self.known.persons());
        let market = ground.market;
        let pairing = Pairing::new(ground, &tentative, ground.person(buyer), ground.person(seller));
        let newest = compensates.is_some();
        let (lots, hands_over) = (pairing.choose(units, newest), pairing.hands_over(units));
        let approved = pairing.uses_approval();
        self.holdings.pledge_units([seller, buyer], security, &lots);
        self.holdings.pledge_cash([buyer, seller], cash, money + buyer_fee, money - seller_fee);
        self.expect_fees(cash, buyer_fee + seller_fee, true);
        self.stake_pending(security, [buyer, seller], units, &hands_over);
        let pinned = self.known.height();
        let horizon = self.params.and_then(|p| p.network).map_or(0, |network| network.horizon);
        self.trades = TradeId(self.trades.0 + 1);
        Obligation {
            trade: self.trades,
            seq: self.seq,
            time: self.now,
            security,
            cash,
            seller,
            buyer,
            price,
            units,
            money,
            buyer_fee,
            seller_fee,
            lots: lots.into_vec(),
            hands_over,
            approved,
            market,
            pinned,
            expiry: pinned.saturating_add(u64::from(horizon)),
            epoch,
            buy,
            sell,
            compensates,
        }
    }

    /// Tells which lots an agreed trade promises; from now on it waits.
    pub(crate) fn await_settlement(&mut self, obligation: Obligation, events: &mut Vec<Event>) {
        let trade = obligation.trade;
        events.extend(obligation.lots.iter().map(|&lot| Event::Pledged { trade, lot }));
        self.backlog.add(self.counted(&obligation));
        self.allowances.count(&obligation, true);
        if let Some(pair) = self.approval_used(&obligation) {
            self.approvals.use_pending(pair, obligation.units);
        }
        self.obligations.insert(trade, obligation);
    }

    /// What the account for fees waits for.
    pub(crate) fn expect_fees(&mut self, cash: CashId, fees: Money, waits: bool) {
        if fees > Money::ZERO {
            let account =
                self.params.and_then(|p| p.fee_account).expect("where there are fees they go somewhere");
            self.holdings.expect_cash(account, cash, fees, waits);
        }
    }

    fn name_of(&self, slot: Slot) -> OrderName {
        let named = self.orders.named(slot);
        OrderName { session: named.session, order: self.orders[slot].id, clordid: named.clordid }
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

    /// What a trade means for the stakes of both sides while it is pending: a newcomer takes a place now, unless the seller
    /// leaves entirely and hands its own over.
    fn stake_pending(
        &mut self,
        id: SecurityId,
        [buyer, seller]: [AccountId; 2],
        units: Units,
        hands_over: &[HandedOver],
    ) {
        let places = |of_record| handed::of(hands_over, of_record);
        let ground = self.ground(id, self.known.persons());
        let [buying, selling] = [buyer, seller].map(|account| {
            let (owner, holder) = (ground.accounts.owner(account), ground.holder(account));
            let class = ground.class(owner);
            let of_holder = if holder == owner { class } else { ground.class(holder) };
            ((owner, class), (holder, of_holder))
        });
        let ((owner, class), (holder, of_holder)) = buying;
        self.restake(owner, id, |stake| buy(stake, units, places(false), class));
        self.rerecord(holder, id, |stake| buy(stake, units, places(true), of_holder));
        let ((owner, class), (holder, of_holder)) = selling;
        self.restake(owner, id, |stake| sell(stake, units, places(false), class));
        self.rerecord(holder, id, |stake| sell(stake, units, places(true), of_holder));
    }
}

fn buy<'a>(stake: &mut Position, units: Units, places: impl Iterator<Item = &'a HandedOver>, class: Class) {
    stake.pending_in += units;
    stake.next = Some(class);
    handed::expect(&mut stake.handed, units, places);
}

fn sell<'a>(stake: &mut Position, units: Units, places: impl Iterator<Item = &'a HandedOver>, class: Class) {
    stake.pending_out += units;
    stake.next = Some(class);
    let mut places = places.peekable();
    if places.peek().is_some() {
        let whole = stake.units == units && stake.pending_out == units;
        assert!(whole, "only who leaves whole hands a place over");
    }
    handed::leave(&mut stake.handed, places, true);
}
