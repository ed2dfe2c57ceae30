//! Trades that operators undo or give another price, and orders that they end.

use super::operator::unknown;
use super::{Model, money};
use std::collections::BTreeSet;
use tallystick_engine::Work;
use tallystick_engine::event::{BustSide, CancelReason, Event, Outcome};
use tallystick_engine::news::BustReason;
use tallystick_engine::obligation::{Obligation, OrderName};
use tallystick_engine::reject::{Refusal, Reject};
use tallystick_engine::types::{AccountId, Asset, Money, OrderId, Price, SecurityId, Side, TradeId, Units};
use tallystick_engine::undo::{TradeTerms, Undo};

/// The most trades that may be noted.
const MOST_NOTED: usize = 256;

impl Model {
    pub(super) fn cancel_for(&mut self, order: OrderId) -> Result<(), Refusal> {
        if let Some(came) = self.cross_of(order) {
            self.end_cross(&came, None, CancelReason::Operator);
            return Ok(());
        }
        let open =
            self.order(order).ok_or(Refusal::Unknown { what: "open order".into(), number: order.0 })?;
        self.end(order, open.clordid, CancelReason::Operator);
        Ok(())
    }

    /// A trade is undone; or, with a price, given another one.
    pub(super) fn undo(
        &mut self,
        trade: TradeId,
        price: Option<Price>,
        terms: Option<&TradeTerms>,
    ) -> Result<Outcome, Refusal> {
        if trade.0 == 0 || trade.0 > self.trades_made() {
            return Err(Refusal::Unknown { what: "trade".into(), number: trade.0 });
        }
        match self.trades.iter().find(|t| t.trade == trade).cloned() {
            Some(waits) => self.undo_waiting(&waits, price),
            None => self.undo_decided(trade, price, terms),
        }
    }

    fn undo_waiting(&mut self, old: &Obligation, price: Option<Price>) -> Result<Outcome, Refusal> {
        let Obligation { trade, security, cash, buyer, units, .. } = *old;
        if self.network().is_some() {
            if let Some(of) = old.compensates {
                let words = "and waits; it can be undone once it is final";
                return Err(refusal(format!("trade {trade} undoes trade {of} {words}")));
            }
            if self.noted.contains_key(&trade) {
                return Err(refusal(format!(
                    "trade {trade} is noted already; it is undone once it is final"
                )));
            }
            price.map(|price| self.new_cost(security, old.price, units, price)).transpose()?;
            self.room_for_a_note()?;
            self.noted.insert(trade, Undo::Waits { price });
            return Ok(Outcome::Noted);
        }
        let Some(price) = price else {
            self.trades.retain(|t| t.trade != trade);
            self.decided.push((old.clone(), false));
            self.forget_classes();
            if old.approved {
                self.look_at_crosses_later(security);
            }
            let [buyer, seller] = self.told_of(old);
            let Obligation { trade, security, price, units, money, .. } = *old;
            let (height, reason) = (0, BustReason::Operator);
            self.say(Event::Busted { trade, height, security, price, units, money, reason, buyer, seller });
            return Ok(Outcome::Done);
        };
        let cost = self.new_cost(security, old.price, units, price)?;
        let (more, available) = (cost - i128::from(old.money.0), self.cash_available(buyer, cash));
        if more > available {
            return Err(refusal(format!(
                "account {buyer} would have to pay {more} more and has {available}"
            )));
        }
        if cost < old.seller_fee.0.into() {
            return Err(refusal(format!("{cost} would be less than the seller's fee, {}", old.seller_fee)));
        }
        // What counted against credit goes on counting as it was.
        self.first_money.entry(trade).or_insert(old.money);
        let changed = self.trades.iter_mut().find(|t| t.trade == trade).expect("it waits");
        (changed.price, changed.money) = (price, money(cost));
        let changed = changed.clone();
        self.say_corrected(&changed, trade, old.price, old.money);
        Ok(Outcome::Done)
    }

    fn undo_decided(
        &mut self,
        trade: TradeId,
        price: Option<Price>,
        terms: Option<&TradeTerms>,
    ) -> Result<Outcome, Refusal> {
        if self.network().is_none() {
            return Err(refusal(format!("trade {trade} was busted already")));
        }
        if self.noted.contains_key(&trade) || self.undone().contains(&trade) {
            return Err(refusal(format!("trade {trade} was undone already, or is about to be")));
        }
        let words = "is final or was busted; a final one is undone by the terms in the venue's record";
        let terms = terms.ok_or_else(|| refusal(format!("trade {trade} {words}")))?;
        self.good_terms(trade, terms)?;
        if let Some(price) = price {
            self.new_cost(terms.security, terms.price, terms.units, price)?;
            self.room_for_a_note()?;
        }
        self.compensate(trade, terms)?;
        if let Some(price) = price {
            self.noted.insert(trade, Undo::Returns { terms: *terms, price });
        }
        Ok(Outcome::Done)
    }

    /// The trades of which a compensation waits or is final.
    pub(super) fn undone(&self) -> BTreeSet<TradeId> {
        let over = self.decided.iter().filter(|(_, is_final)| *is_final).map(|(t, _)| t);
        self.trades.iter().chain(over).filter_map(|t| t.compensates).collect()
    }

    fn room_for_a_note(&self) -> Result<(), Refusal> {
        let words = "trades are noted, which is the most; wait until some are decided";
        let full = self.noted.len() >= MOST_NOTED;
        if full { Err(refusal(format!("{MOST_NOTED} {words}"))) } else { Ok(()) }
    }

    /// What a trade's units cost at another price, if it may have that.
    fn new_cost(&self, id: SecurityId, old: Price, units: Units, price: Price) -> Result<i128, Refusal> {
        let listed = self.security(id).expect("a trade's security");
        let none = format!("{price} is no price of security {id}: on a tick, up to the highest");
        let ticks = listed.ticks_of(price).ok_or_else(|| refusal(none))?;
        if price == old {
            return Err(refusal(format!("the trade's price is {price} already")));
        }
        Ok(listed.cost(ticks, units.0))
    }

    /// Whether terms hold together.
    fn good_terms(&self, trade: TradeId, terms: &TradeTerms) -> Result<(), Refusal> {
        let wrong = |good: bool, what: &str| {
            let words = format!("the terms of trade {trade} don't hold together: {what}");
            if good { Ok(()) } else { Err(refusal(words)) }
        };
        let TradeTerms { security, cash, seller, buyer, price, units, money, buy, sell } = *terms;
        let listed = self.security(security).ok_or(unknown("security", security.0))?;
        let rule = &listed.listing.ticks;
        wrong(listed.listing.cash == cash, "the cash token is another than the security's")?;
        for account in [seller, buyer] {
            self.account(account).ok_or(unknown("account", account.0))?;
        }
        wrong(self.owner(seller) != self.owner(buyer), "both accounts are one owner's")?;
        let whole = units.0 > 0 && units.0.is_multiple_of(rule.lot.0) && units <= rule.max_quantity;
        let cost = listed.ticks_of(price).filter(|_| whole).map(|ticks| listed.cost(ticks, units.0));
        wrong(cost == Some(money.0.into()), "the money is not what the units cost at the price")?;
        for name in [buy, sell] {
            let known = self.sessions.iter().any(|s| s.session == name.session);
            known.then_some(()).ok_or(unknown("session", name.session.0))?;
        }
        Ok(())
    }

    // ---- what undoes and what makes again ----

    /// Everything of a trade is given back, but fees.
    fn compensate(&mut self, of: TradeId, old: &TradeTerms) -> Result<(), Refusal> {
        let back = TradeTerms { seller: old.buyer, buyer: old.seller, buy: old.sell, sell: old.buy, ..*old };
        let made = self.make(&back, Some(of))?;
        let old_buyer = self.told(old.buy, old.buyer);
        let old_seller = self.told(old.sell, old.seller);
        let Obligation { trade, security, cash, price, units, money, pinned, expiry, epoch, .. } = made;
        self.say(Event::Compensated {
            trade,
            of,
            security,
            cash,
            price,
            units,
            money,
            pinned,
            expiry,
            epoch,
            old_buyer,
            old_seller,
        });
        self.say_pledged(&made);
        Ok(())
    }

    /// A trade that was given back is made again, at another price.
    fn make_again(&mut self, of: TradeId, old: &TradeTerms, price: Price) -> Result<(), Refusal> {
        let listed = self.security(old.security).expect("a trade's security");
        let ticks = listed.ticks_of(price).expect("the price was good");
        let money = money(listed.cost(ticks, old.units.0));
        let made = self.make(&TradeTerms { price, money, ..*old }, None)?;
        self.say_corrected(&made, of, old.price, old.money);
        self.say_pledged(&made);
        Ok(())
    }

    /// Makes an obligation between two, without fees, if they have what it takes and may.
    fn make(&mut self, wanted: &TradeTerms, compensates: Option<TradeId>) -> Result<Obligation, Refusal> {
        let TradeTerms { security, cash, seller, buyer, price, units, money, buy, sell } = *wanted;
        if let Err(refusal) = self.may_make(wanted) {
            self.want(security, (Side::Buy, buyer), units, None);
            self.want(security, (Side::Sell, seller), units, None);
            return Err(refusal);
        }
        let parties = [buyer, seller];
        let hands_over = self.handed_over(parties, security, units.0);
        let approved = self.asks_approval(parties, security);
        let pinned = self.known_height();
        let horizon = self.network().map_or(0, |network| u64::from(network.horizon));
        let made = Obligation {
            trade: TradeId(self.trades_made() + 1),
            seq: self.seq,
            time: self.now,
            security,
            cash,
            seller,
            buyer,
            price,
            units,
            money,
            buyer_fee: Money(0),
            seller_fee: Money(0),
            compensates,
            lots: self.choose_lots(parties, security, units.0, compensates.is_some()),
            hands_over,
            approved,
            market: self.market(security),
            pinned,
            expiry: pinned.saturating_add(horizon),
            epoch: self.security(security).expect("a trade's security").epoch,
            buy,
            sell,
        };
        // Nobody's credit is asked, and nothing counts against it.
        self.first_money.insert(made.trade, Money(0));
        self.trades.push(made.clone());
        self.mind_classes(&made);
        Ok(made)
    }

    /// The first thing that is missing.
    fn may_make(&self, wanted: &TradeTerms) -> Result<(), Refusal> {
        let TradeTerms { security, cash, seller, buyer, units, money: cost, .. } = *wanted;
        let of = |account: AccountId, reject: Reject| refusal(format!("account {account}: {reject}"));
        let of_seller = (self.units_terms(seller, security), Asset::Security(security));
        let of_buyer = (self.cash_terms(buyer, cash), Asset::Cash(cash));
        for (account, (terms, asset), other, sells) in
            [(seller, of_seller, of_buyer.1, true), (buyer, of_buyer, of_seller.1, false)]
        {
            let going = self.work.iter().any(|work| {
                matches!(work, Work::Cover { account: a, asset: b, .. } if (*a, *b) == (account, asset))
            });
            if going || !terms.usable {
                return Err(of(account, Reject::AllocationEnded));
            }
            let good_price = terms.worst.is_none_or(|(worst, for_units)| {
                let mine = i128::from(cost.0) * i128::from(for_units.0);
                let worst = i128::from(worst.0) * i128::from(units.0);
                if sells { mine >= worst } else { mine <= worst }
            });
            if !good_price || terms.only.is_some_and(|only| only != other) {
                return Err(of(account, Reject::OutsideAllocation));
            }
        }
        let available = Units(self.units_available(seller, security));
        if available < units {
            return Err(of(seller, Reject::InsufficientUnits { available }));
        }
        let available = self.cash_available(buyer, cash);
        if available < cost.0.into() {
            return Err(of(buyer, Reject::InsufficientCash { available: money(available) }));
        }
        if self.security(security).expect("a trade's security").coming.is_some() {
            return Err(refusal(Reject::RulesChanging.to_string()));
        }
        if self.reliable().is_none() {
            let words = "what is known of persons is too old; let the network tell news first";
            return Err(refusal(words.into()));
        }
        if self.may_trade(buyer, seller, security, units.0) < units.0 {
            let words = format!("forbid account {seller} to hand {units} units to account {buyer} now");
            return Err(refusal(format!("the rules of security {security} {words}")));
        }
        Ok(())
    }

    // ---- what the network decides ----

    /// The network has decided a trade: what of it was noted, or undoes another.
    pub(super) fn mind_notes(&mut self, decided: &Obligation, is_final: bool) {
        if let Some(Undo::Waits { price }) = self.noted.remove(&decided.trade).filter(|_| is_final) {
            let Obligation { security, cash, seller, buyer, price: at, units, money, buy, sell, .. } =
                *decided;
            let terms = TradeTerms { security, cash, seller, buyer, price: at, units, money, buy, sell };
            self.noted.insert(decided.trade, Undo::Due { terms, price });
        }
        let Some(of) = decided.compensates else { return };
        if let Some(Undo::Returns { terms, price }) = self.noted.remove(&of).filter(|_| is_final) {
            self.noted.insert(of, Undo::Again { terms, price });
        }
    }

    /// News are complete: what was final, and noted, is undone; what was given back is made again.
    pub(super) fn carry_out_notes(&mut self) {
        for (trade, noted) in self.noted.clone() {
            let done = match noted {
                Undo::Waits { .. } | Undo::Returns { .. } => continue,
                Undo::Due { terms, price } => {
                    self.noted.remove(&trade);
                    let done = self.compensate(trade, &terms);
                    if let (Ok(()), Some(price)) = (&done, price) {
                        self.noted.insert(trade, Undo::Returns { terms, price });
                    }
                    done
                }
                Undo::Again { terms, price } => {
                    self.noted.remove(&trade);
                    self.make_again(trade, &terms, price)
                }
            };
            if let Err(refusal) = done {
                self.say(Event::CompensationFailed { trade, refusal });
            }
        }
    }

    // ---- what is told ----

    /// One side of a trade, as it is told.
    fn told(&mut self, name: OrderName, account: AccountId) -> BustSide {
        BustSide { to: self.next_to(name.session), order: name.order, clordid: name.clordid, account }
    }

    /// Both sides of a trade, as they are told: the buyer first.
    fn told_of(&mut self, trade: &Obligation) -> [BustSide; 2] {
        let buyer = self.told(trade.buy, trade.buyer);
        [buyer, self.told(trade.sell, trade.seller)]
    }

    fn say_corrected(&mut self, now: &Obligation, of: TradeId, old_price: Price, old_money: Money) {
        let [buyer, seller] = self.told_of(now);
        let Obligation { trade, security, cash, price, units, money, pinned, expiry, epoch, .. } = *now;
        self.say(Event::Corrected {
            trade,
            of,
            security,
            cash,
            old_price,
            old_money,
            price,
            units,
            money,
            pinned,
            expiry,
            epoch,
            buyer,
            seller,
        });
    }

    fn say_pledged(&mut self, made: &Obligation) {
        for lot in made.lots.clone() {
            self.say(Event::Pledged { trade: made.trade, lot });
        }
    }
}

fn refusal(words: String) -> Refusal {
    Refusal::Trade(words)
}
