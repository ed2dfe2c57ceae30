//! Trades that an operator has undone, or made again at another price.
//!
//! Where nothing settles, the obligation is taken back or changed. On a network what waits may be on its way and what is
//! final is final: a trade is undone by another one that gives everything back, its compensation.

use crate::engine::Engine;
use crate::event::{BustSide, Event, OrderView, Outcome, TradeSide};
use crate::life::Stake;
use crate::news::BustReason;
use crate::obligation::{Obligation, OrderName};
use crate::reject::{Refusal, Reject};
use crate::trade::Deal;
use crate::types::{AccountId, CashId, Money, Price, SecurityId, SessionId, Side, Ticks, TradeId, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most trades that may be noted at once, or on their way to a correction.
pub const MOST_NOTED: usize = 256;

/// A trade as the venue's record has it: who exchanged what with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct TradeTerms {
    /// The security.
    pub security: SecurityId,
    /// What it was paid in.
    pub cash: CashId,
    /// Who delivered units.
    pub seller: AccountId,
    /// Who received them.
    pub buyer: AccountId,
    /// At which price.
    pub price: Price,
    /// How many units.
    pub units: Units,
    /// How much cash, without fees.
    pub money: Money,
    /// The buyer's order.
    pub buy: OrderName,
    /// The seller's order.
    pub sell: OrderName,
}

impl TradeTerms {
    fn of(obligation: &Obligation) -> TradeTerms {
        let Obligation { security, cash, seller, buyer, price, units, money, buy, sell, .. } = *obligation;
        TradeTerms { security, cash, seller, buyer, price, units, money, buy, sell }
    }

    /// What an event tells of the trade that it made, for a venue's record: it is final once that trade is `Settled`.
    pub fn told_by(event: &Event) -> Option<(TradeId, TradeTerms)> {
        let name = |side: &TradeSide| {
            let (session, OrderView { order, clordid, .. }) = (side.to.session, side.order);
            OrderName { session, order, clordid }
        };
        let again = |side: &BustSide| OrderName {
            session: side.to.session,
            order: side.order,
            clordid: side.clordid,
        };
        Some(match event {
            Event::Trade { trade, price, units, money, cash, buyer, seller, .. } => {
                let (security, buy, sell) = (seller.order.security, name(buyer), name(seller));
                let (seller, buyer) = (seller.order.account, buyer.order.account);
                let (price, units, money, cash) = (*price, *units, *money, *cash);
                (*trade, TradeTerms { security, cash, seller, buyer, price, units, money, buy, sell })
            }
            Event::Corrected { trade, security, price, units, money, cash, buyer, seller, .. } => {
                let (buy, sell) = (again(buyer), again(seller));
                let (seller, buyer) = (seller.account, buyer.account);
                let (security, price, units, money, cash) = (*security, *price, *units, *money, *cash);
                (*trade, TradeTerms { security, cash, seller, buyer, price, units, money, buy, sell })
            }
            Event::Compensated {
                trade, security, price, units, money, cash, old_buyer, old_seller, ..
            } => {
                let (buy, sell) = (again(old_seller), again(old_buyer));
                let (seller, buyer) = (old_buyer.account, old_seller.account);
                let (security, price, units, money, cash) = (*security, *price, *units, *money, *cash);
                (*trade, TradeTerms { security, cash, seller, buyer, price, units, money, buy, sell })
            }
            _ => return None,
        })
    }

    /// The trade that gives everything back.
    fn back(&self) -> TradeTerms {
        let TradeTerms { seller, buyer, buy, sell, .. } = *self;
        TradeTerms { seller: buyer, buyer: seller, buy: sell, sell: buy, ..*self }
    }
}

/// How far a trade has come that is to be undone on a network; with the price at which it is to be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub enum Undo {
    /// The network has not decided it.
    Waits {
        /// Of a correction.
        price: Option<Price>,
    },
    /// It is final, and compensated at the end of the news.
    Due {
        /// What it was.
        terms: TradeTerms,
        /// Of a correction.
        price: Option<Price>,
    },
    /// The network has not decided its compensation.
    Returns {
        /// What it was.
        terms: TradeTerms,
        /// Of the correction.
        price: Price,
    },
    /// Its compensation is final, and it is made again at the end of the news.
    Again {
        /// What it was.
        terms: TradeTerms,
        /// Of the correction.
        price: Price,
    },
}

/// What operators have undone, and are about to.
#[derive(Debug, Default)]
pub(crate) struct Undoing {
    /// By the old trade's number.
    pub noted: BTreeMap<TradeId, Undo>,
    /// Trades whose compensation waits or is final.
    pub undone: BTreeSet<TradeId>,
}

impl Engine {
    /// Undoes a trade, and with a price makes it again.
    pub(crate) fn undo(
        &mut self,
        trade: TradeId,
        price: Option<Price>,
        terms: Option<&TradeTerms>,
        events: &mut Vec<Event>,
    ) -> Result<Outcome, Refusal> {
        if trade == TradeId(0) || trade > self.trades {
            return Err(Refusal::Unknown { what: "trade".into(), number: trade.0 });
        }
        match (self.obligations.get(&trade), self.has_network(), price) {
            (Some(_), true, _) => return self.note(trade, price),
            (Some(_), false, None) => self.take_back(trade, events),
            (Some(_), false, Some(price)) => self.reprice_trade(trade, price, events)?,
            (None, false, _) => return refuse(format!("trade {trade} was busted already")),
            (None, true, _) => self.undo_final(trade, price, terms, events)?,
        }
        Ok(Outcome::Done)
    }

    // ---- where nothing settles ----

    fn take_back(&mut self, trade: TradeId, events: &mut Vec<Event>) {
        let obligation = self.obligations.remove(&trade).expect("just seen");
        self.settle(&obligation, false);
        events.push(self.bust(&obligation, 0, BustReason::Operator));
    }

    /// The obligation has another price. Both fees stay as they were charged.
    fn reprice_trade(
        &mut self,
        trade: TradeId,
        price: Price,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        let old = self.obligations[&trade].clone();
        let Obligation { security, cash, buyer, seller, units, .. } = old;
        let ticks = self.check_new_price(security, price, old.price)?;
        let money = self.securities[security].listing.ticks.value(ticks, units);
        let more = money - old.money;
        let available = self.holdings.purse(buyer, cash).map_or(Money::ZERO, |p| p.available());
        if more > available {
            return refuse(format!("account {buyer} would have to pay {more} more and has {available}"));
        }
        if money < old.seller_fee {
            return refuse(format!("{money} would be less than the seller's fee, {}", old.seller_fee));
        }
        let new = Obligation { price, money, ..old.clone() };
        self.backlog.remove(self.counted(&old));
        self.backlog.add(self.counted(&new));
        self.holdings.pledge_cash([buyer, seller], cash, more, more);
        let event = self.corrected(&new, trade, &TradeTerms::of(&old));
        events.push(event);
        self.obligations.insert(trade, new);
        Ok(())
    }

    // ---- on a network ----

    /// What waits may be on its way: what is to become of it is noted until it is decided.
    fn note(&mut self, trade: TradeId, price: Option<Price>) -> Result<Outcome, Refusal> {
        let obligation = &self.obligations[&trade];
        if let Some(old) = obligation.compensates {
            return refuse(format!(
                "trade {trade} undoes trade {old} and waits; it can be undone once it is final"
            ));
        }
        if self.undoing.noted.contains_key(&trade) {
            return refuse(format!("trade {trade} is noted already; it is undone once it is final"));
        }
        if let Some(price) = price {
            self.check_new_price(obligation.security, price, obligation.price)?;
        }
        self.check_room_for_note()?;
        self.undoing.noted.insert(trade, Undo::Waits { price });
        Ok(Outcome::Noted)
    }

    fn undo_final(
        &mut self,
        trade: TradeId,
        price: Option<Price>,
        terms: Option<&TradeTerms>,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        if self.undoing.noted.contains_key(&trade) || self.undoing.undone.contains(&trade) {
            return refuse(format!("trade {trade} was undone already, or is about to be"));
        }
        let Some(terms) = terms else {
            return refuse(format!(
                "trade {trade} is final or was busted; a final one is undone by the terms in the venue's record"
            ));
        };
        self.check_trade_terms(trade, terms)?;
        if let Some(price) = price {
            self.check_new_price(terms.security, price, terms.price)?;
            self.check_room_for_note()?;
        }
        self.compensate(trade, terms, events)?;
        if let Some(price) = price {
            self.undoing.noted.insert(trade, Undo::Returns { terms: *terms, price });
        }
        Ok(())
    }

    /// What the network's decision of a trade means for what was noted.
    pub(crate) fn follow_undo(&mut self, obligation: &Obligation, delivered: bool) {
        let Undoing { noted, undone } = &mut self.undoing;
        match (noted.get(&obligation.trade), delivered) {
            (Some(&Undo::Waits { price }), true) => {
                noted.insert(obligation.trade, Undo::Due { terms: TradeTerms::of(obligation), price });
            }
            _ => drop(noted.remove(&obligation.trade)),
        }
        let Some(old) = obligation.compensates else { return };
        match (noted.get(&old), delivered) {
            (Some(&Undo::Returns { terms, price }), true) => {
                noted.insert(old, Undo::Again { terms, price });
            }
            (_, true) => {}
            (_, false) => {
                noted.remove(&old);
                undone.remove(&old);
            }
        }
    }

    /// At the end of news, when what trades brought is known: undoes what became final, and makes again what is to be.
    pub(crate) fn undo_due(&mut self, events: &mut Vec<Event>) {
        let is_due = |undo: &Undo| matches!(undo, Undo::Due { .. } | Undo::Again { .. });
        let due = self.undoing.noted.iter().filter(|(_, undo)| is_due(undo)).map(|(&trade, _)| trade);
        for trade in due.collect::<Vec<_>>() {
            let done = match self.undoing.noted.remove(&trade).expect("just seen") {
                Undo::Due { terms, price } => self.compensate(trade, &terms, events).map(|()| {
                    let returns = price.map(|price| Undo::Returns { terms, price });
                    self.undoing.noted.extend(returns.map(|undo| (trade, undo)));
                }),
                Undo::Again { terms, price } => self.make_again(trade, &terms, price, events),
                Undo::Waits { .. } | Undo::Returns { .. } => unreachable!("just looked at"),
            };
            if let Err(refusal) = done {
                events.push(Event::CompensationFailed { trade, refusal });
            }
        }
    }

    fn compensate(
        &mut self,
        of: TradeId,
        terms: &TradeTerms,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        let obligation = self.exchange(&terms.back(), Some(of), events)?;
        self.undoing.undone.insert(of);
        let old_buyer = self.told(terms.buyer, terms.buy);
        let old_seller = self.told(terms.seller, terms.sell);
        let Obligation { trade, security, price, units, money, cash, pinned, expiry, epoch, .. } = obligation;
        events.push(Event::Compensated {
            trade,
            of,
            security,
            price,
            units,
            money,
            cash,
            pinned,
            expiry,
            epoch,
            old_buyer,
            old_seller,
        });
        self.await_settlement(obligation, events);
        Ok(())
    }

    fn make_again(
        &mut self,
        of: TradeId,
        old: &TradeTerms,
        price: Price,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        let rule = &self.securities[old.security].listing.ticks;
        let ticks = rule.to_ticks(price).expect("the price was checked when it was asked for");
        let terms = TradeTerms { price, money: rule.value(ticks, old.units), ..*old };
        let obligation = self.exchange(&terms, None, events)?;
        let event = self.corrected(&obligation, of, old);
        events.push(event);
        self.await_settlement(obligation, events);
        Ok(())
    }

    /// Makes a trade of these terms, without fees, if both sides have what it takes.
    fn exchange(
        &mut self,
        terms: &TradeTerms,
        compensates: Option<TradeId>,
        events: &mut Vec<Event>,
    ) -> Result<Obligation, Refusal> {
        if let Err(refusal) = self.check_exchange(terms) {
            for of in [(Side::Buy, terms.buyer), (Side::Sell, terms.seller)] {
                self.want(terms.security, of, (terms.units, Units::ZERO), events);
            }
            return Err(refusal);
        }
        let TradeTerms { security, cash: _, seller, buyer, price, units, money, buy, sell } = *terms;
        let (buyer_fee, seller_fee) = (Money::ZERO, Money::ZERO);
        Ok(self.agree(Deal {
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
        }))
    }

    /// Whether both sides' allocations permit it, both have what it takes, and the rules on pairs allow it.
    fn check_exchange(&mut self, terms: &TradeTerms) -> Result<(), Refusal> {
        let TradeTerms { security: id, seller, buyer, price, units, money, .. } = *terms;
        let security = &self.securities[id];
        let ticks = security.listing.ticks.to_ticks(price).expect("a price of a trade");
        let of =
            |account: AccountId| move |reject: Reject| Refusal::Trade(format!("account {account}: {reject}"));
        let none = (Money::ZERO, Money::ZERO);
        self.check_terms(security, seller, Side::Sell, ticks, none).map_err(of(seller))?;
        self.check_terms(security, buyer, Side::Buy, ticks, none).map_err(of(buyer))?;
        self.check_stake(security, seller, Stake::Units(units), None).map_err(of(seller))?;
        self.check_stake(security, buyer, Stake::Cash(money), None).map_err(of(buyer))?;
        if security.coming.is_some() {
            return refuse(Reject::RulesChanging.to_string());
        }
        if self.known.at(self.now).is_none() {
            return refuse("what is known of persons is too old; let the network tell news first".into());
        }
        if self.may_exchange(id, [buyer, seller], units) {
            return Ok(());
        }
        refuse(format!(
            "the rules of security {id} forbid account {seller} to hand {units} units to account {buyer} now"
        ))
    }

    // ---- checks of what is asked ----

    /// A price that an order could have, and not the trade's own.
    fn check_new_price(&self, id: SecurityId, price: Price, old: Price) -> Result<Ticks, Refusal> {
        let security = &self.securities[id];
        let ticks = security.listing.ticks.to_ticks(price).and_then(|ticks| security.legal(ticks));
        match ticks {
            Some(_) if price == old => refuse(format!("the trade's price is {price} already")),
            Some(ticks) => Ok(ticks),
            None => refuse(format!("{price} is no price of security {id}: on a tick, up to the highest")),
        }
    }

    fn check_room_for_note(&self) -> Result<(), Refusal> {
        if self.undoing.noted.len() < MOST_NOTED {
            return Ok(());
        }
        refuse(format!("{MOST_NOTED} trades are noted, which is the most; wait until some are decided"))
    }

    /// Whether terms hold together. That they are those of the trade, the venue's record has to see to.
    fn check_trade_terms(&self, trade: TradeId, terms: &TradeTerms) -> Result<(), Refusal> {
        let TradeTerms { security, cash, seller, buyer, price, units, money, buy, sell } = *terms;
        let unknown = |what: &str, number: u32| Refusal::Unknown { what: what.into(), number: number.into() };
        let listing = &self.find_security(security).ok_or(unknown("security", security.0))?.listing;
        let wrong = |what: &str| refuse(format!("the terms of trade {trade} don't hold together: {what}"));
        if cash != listing.cash {
            return wrong("the cash token is another than the security's");
        }
        for account in [seller, buyer] {
            self.accounts.get(account).ok_or(unknown("account", account.0))?;
        }
        if self.accounts.owner(seller) == self.accounts.owner(buyer) {
            return wrong("both accounts are one owner's");
        }
        let rule = &listing.ticks;
        let whole = !units.is_zero() && units <= rule.max_quantity && units.0.is_multiple_of(rule.lot.0);
        let ticks = rule.to_ticks(price).filter(|&ticks| self.securities[security].legal(ticks).is_some());
        if !whole || ticks.is_none_or(|ticks| rule.value(ticks, units) != money) {
            return wrong("the money is not what the units cost at the price");
        }
        for SessionId(session) in [buy.session, sell.session] {
            self.sessions.find(SessionId(session)).ok_or(unknown("session", session))?;
        }
        Ok(())
    }

    // ---- what is told ----

    fn corrected(&mut self, new: &Obligation, of: TradeId, old: &TradeTerms) -> Event {
        let Obligation { trade, security, price, units, money, cash, pinned, expiry, epoch, .. } = *new;
        let buyer = self.told(new.buyer, new.buy);
        let seller = self.told(new.seller, new.sell);
        let (old_price, old_money) = (old.price, old.money);
        Event::Corrected {
            trade,
            of,
            security,
            old_price,
            old_money,
            price,
            units,
            money,
            cash,
            pinned,
            expiry,
            epoch,
            buyer,
            seller,
        }
    }

    /// One side of a trade that is told again, under the name that its order had.
    pub(crate) fn told(&mut self, account: AccountId, name: OrderName) -> BustSide {
        let OrderName { session, order, clordid } = name;
        BustSide { to: self.sessions.next_to(session), order, clordid, account }
    }
}

fn refuse<T>(why: String) -> Result<T, Refusal> {
    Err(Refusal::Trade(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Action, Network};
    use crate::news::{AllocatedLot, Item, News, Outcome as Decision, Terms};
    use crate::testing::Venue;
    use crate::types::{LotId, Time};
    use tallystick_rules::History;

    #[test]
    fn no_more_trades_are_noted_than_may_be_and_a_decided_one_makes_room() {
        let network = Some(Network { chain: [1; 32], horizon: 8 });
        let mut venue = Venue::bare(crate::command::VenueParams { network, ..Venue::params() });
        venue.people(2);
        venue.operate(Action::List(Venue::listing(1, vec![Venue::anyone()])));
        venue.operate(Action::StartDay { date: 20_260_105 });
        let terms = Terms { usable: true, only: None, worst: None, most_fee: Money::ZERO };
        let (security, account) = (SecurityId(1), AccountId(2));
        let lots = vec![AllocatedLot {
            lot: LotId(1),
            units: Units(1_000),
            history: History::of_issue(Time(0), false),
        }];
        let cash = Item::Cash { account: AccountId(1), cash: CashId(1), amount: Money(1_000_000), terms };
        let items = vec![Item::Units { account, security, lots, terms }, cash];
        venue.operate(Action::Follow(News { height: 1, as_of: venue.now, complete: true, items }));
        venue.trade_continuously(security);
        venue.limit(SessionId(2), account, Side::Sell, Ticks(500), Units(1_000));
        let bust = |venue: &mut Venue, trade: u64| {
            let events = venue.operate(Action::BustTrade { trade: TradeId(trade), terms: None });
            venue.engine.check_invariants().expect("invariants");
            matches!(events[..], [Event::Answered { result: Ok(Outcome::Noted), .. }])
        };
        for trade in 1..=MOST_NOTED as u64 + 2 {
            venue.limit(SessionId(1), AccountId(1), Side::Buy, Ticks(500), Units(1));
            assert_eq!(bust(&mut venue, trade), trade <= MOST_NOTED as u64, "trade {trade}");
        }
        let outcome = Decision::Busted(BustReason::Expired);
        let items = vec![Item::Decided { trade: TradeId(1), height: 2, outcome }];
        venue.operate(Action::Follow(News { height: 2, as_of: venue.now, complete: true, items }));
        assert!(bust(&mut venue, MOST_NOTED as u64 + 1), "one was decided");
        assert!(!bust(&mut venue, MOST_NOTED as u64 + 2), "and only one");
    }
}
