//! What a network tells: everything it says replaces what it said before.

use super::stakes::Book;
use super::{CashTold, Model, UnitsTold};
use tallystick_engine::Work;
use tallystick_engine::approvals::Approval;
use tallystick_engine::event::{BustSide, Event};
use tallystick_engine::news::{AllocatedLot, BustReason, Item, News, Outcome, Terms};
use tallystick_engine::obligation::{Obligation, OrderName};
use tallystick_engine::reject::Refusal;
use tallystick_engine::types::{
    AccountId, Asset, CashId, InvestorId, LotId, Money, OrderId, SecurityId, TradeId, Units,
};
use tallystick_rules::{Disclosure, Insider, Program};

impl Model {
    pub(super) fn follow(&mut self, news: &News) -> Result<(), Refusal> {
        self.may_follow(news).map_err(Refusal::Network)?;
        let mut persons: Vec<InvestorId> = Vec::new();
        for item in &news.items {
            match item {
                Item::Decided { trade, height, outcome } => self.decide(*trade, *height, outcome),
                Item::Units { account, security, lots, terms } => {
                    let before = self.units_terms(*account, *security);
                    self.tell_units(*account, *security, lots, *terms);
                    let enough =
                        || self.units_reserved(*account, *security) <= self.unlocked(*account, *security);
                    let reserved = self.units_reserved(*account, *security) > 0;
                    if reserved && !(still_permits(terms, &before) && enough()) {
                        self.uncover_later(*account, Asset::Security(*security));
                    }
                }
                Item::Cash { account, cash, amount, terms } => {
                    let before = self.cash_terms(*account, *cash);
                    self.tell_cash(*account, *cash, *amount, *terms);
                    let reserved = self.cash_reserved(*account, *cash) > 0;
                    let enough = self.cash_available(*account, *cash) >= 0;
                    if reserved && !(still_permits(terms, &before) && enough) {
                        self.uncover_later(*account, Asset::Cash(*cash));
                    }
                }
                Item::Stake { owner, security, units, class } => {
                    let stake = self.stake_mut(Book::Owners, *owner, *security);
                    (stake.units, stake.class) = (units.0, *class);
                }
                Item::Record { holder, security, units, class } => {
                    let stake = self.stake_mut(Book::Record, *holder, *security);
                    (stake.units, stake.class) = (units.0, *class);
                }
                Item::Group { group, security, sold } => {
                    let days = sold.iter().map(|(day, units)| (*day, units.0)).collect();
                    self.sold.insert((*group, *security), days);
                    self.sold.retain(|_, days| !days.is_empty());
                }
                Item::Insider { security, investor, insider } => {
                    self.note_insider(*security, *investor, *insider);
                }
                Item::Person { investor, identity } => {
                    self.persons.insert(*investor, *identity);
                    persons.push(*investor);
                }
                Item::Headroom { security, counter, amount } => {
                    self.tell_headroom(*security, *counter, *amount);
                }
                Item::Approval { security, seller, buyer, units, until } => {
                    let (security, seller, buyer) = (*security, *seller, *buyer);
                    let (units, until) = (*units, *until);
                    self.note_approval(Approval { security, seller, buyer, units, until });
                    self.look_at_crosses_later(security);
                }
                Item::Security { security, epoch, protocols, disclosure, issued, shared } => {
                    if self.security(*security).is_some() {
                        self.tell_rules(*security, *epoch, protocols);
                        self.note_disclosure(*security, disclosure);
                        self.issued_told.insert(*security, issued.0);
                        let before = std::mem::replace(&mut self.security_mut(*security).shared, *shared);
                        if before != *shared {
                            self.review_later(*security);
                        }
                    }
                }
            }
        }
        self.look_again_later(persons);
        if news.complete {
            if self.reliable().is_none() {
                self.look_at_all_crosses_later();
            }
            self.followed = news.height;
            self.told = Some((news.height, news.as_of));
            self.say(Event::Followed { height: news.height, as_of: news.as_of });
            self.want_what_is_short();
            self.carry_out_notes();
        }
        Ok(())
    }

    /// Why the news is refused, with nothing changed.
    fn may_follow(&self, news: &News) -> Result<(), String> {
        let (height, followed, known) = (news.height, self.followed, self.known_height());
        refuse(self.network().is_none(), || "the venue was opened without a network".into())?;
        refuse(height <= followed, || {
            format!("height {height} was told already; the next is above {followed}")
        })?;
        let no_registry = "the network's registry must be adopted before its news";
        refuse(self.registry.is_none(), || no_registry.into())?;
        refuse(height < known, || format!("height {height} is before that of the registry, {known}"))?;
        let backwards = || format!("height {height} is told with a time before the last one's");
        refuse(news.as_of < self.known_time(), backwards)?;
        refuse(news.items.len() > 8_192, || "a part of the news has at most 8192 items".into())?;
        for item in &news.items {
            match item {
                Item::Units { lots, .. } => {
                    refuse(lots.len() > 256, || "a holding has at most 256 lots".into())?;
                    let twice = |lot: &AllocatedLot| lots.iter().filter(|l| l.lot == lot.lot).count() > 1;
                    refuse(lots.iter().any(twice), || "a holding has each lot once".into())?;
                    let all: u128 = lots.iter().map(|lot| u128::from(lot.units.0)).sum();
                    let too_many = "a holding has more units than can be counted";
                    refuse(all > u128::from(u64::MAX), || too_many.into())?;
                }
                Item::Cash { amount, .. } => refuse(amount.0 < 0, || "cash is never negative".into())?,
                Item::Security { security, protocols, .. } => {
                    Program::new(protocols.clone()).map_err(|e| format!("security {security}: {e}"))?;
                }
                Item::Group { sold, .. } => {
                    let disorder = sold.iter().zip(sold.iter().skip(1)).any(|(one, next)| one.0 >= next.0);
                    let all: u128 = sold.iter().map(|(_, units)| u128::from(units.0)).sum();
                    let wrong = disorder || sold.len() > 4_096 || all > u128::from(u64::MAX);
                    let words =
                        "a group's sales are by day, in order, of at most 4096 days, and can be counted";
                    refuse(wrong, || words.into())?;
                }
                Item::Decided { outcome: Outcome::Busted(BustReason::Refused { text, .. }), .. } => {
                    let plain = text.chars().all(|c| (' '..='~').contains(&c));
                    let words = "a reason has at most 120 bytes of printable ASCII";
                    refuse(!plain || text.len() > 120, || words.into())?;
                }
                Item::Decided { .. }
                | Item::Stake { .. }
                | Item::Record { .. }
                | Item::Insider { .. }
                | Item::Headroom { .. }
                | Item::Approval { .. }
                | Item::Person { .. } => {}
            }
        }
        Ok(())
    }

    /// A trade that waits becomes final, or is busted. What waits no longer was decided before.
    fn decide(&mut self, trade: TradeId, height: u64, outcome: &Outcome) {
        let Some(at) = self.trades.iter().position(|t| t.trade == trade) else { return };
        let trade = self.trades.remove(at);
        let passes = *outcome == Outcome::Final;
        self.decided.push((trade.clone(), passes));
        self.mind_notes(&trade, passes);
        if passes {
            self.pass(&trade);
        }
        self.forget_empty_lots(trade.seller, trade.security);
        self.forget_classes();
        if trade.approved {
            self.look_at_crosses_later(trade.security);
        }
        match outcome {
            Outcome::Final => self.say(Event::Settled { trade: trade.trade, height }),
            Outcome::Busted(reason) => {
                let side = |account: AccountId, of: OrderName, to| BustSide {
                    to,
                    order: of.order,
                    clordid: of.clordid,
                    account,
                };
                let buyer = side(trade.buyer, trade.buy, self.next_to(trade.buy.session));
                let seller = side(trade.seller, trade.sell, self.next_to(trade.sell.session));
                let Obligation { trade, security, price, units, money, .. } = trade;
                let reason = reason.clone();
                self.say(Event::Busted {
                    trade,
                    height,
                    security,
                    price,
                    units,
                    money,
                    reason,
                    buyer,
                    seller,
                });
            }
        }
    }

    /// Units, cash and stakes pass; these count from now on as they did while they waited.
    fn pass(&mut self, trade: &Obligation) {
        for told in &mut self.units_told {
            if (told.account, told.security) != (trade.seller, trade.security) {
                continue;
            }
            for gone in &trade.lots {
                let lot =
                    told.lots.iter_mut().find(|lot| lot.lot == gone.lot).expect("a lot that is promised");
                lot.units = Units(lot.units.0.saturating_sub(gone.units.0));
            }
        }
        for told in &mut self.cash_told {
            if (told.account, told.cash) == (trade.buyer, trade.cash) {
                told.amount = (told.amount - trade.money.0 - trade.buyer_fee.0).max(0);
            }
        }
        self.spend_fees(trade);
        self.use_approval(trade);
        let security = trade.security;
        if self.measures_sales(security) {
            let stake = self.stake_of(Book::Owners, self.owner(trade.seller), security);
            let group = stake.next.unwrap_or(stake.class).group;
            let days = self.sold.entry((group, security)).or_default();
            *days.entry(trade.time.day() as u32).or_default() += trade.units.0;
        }
        for book in Book::BOTH {
            let [buyer, seller] = [trade.buyer, trade.seller].map(|account| self.holder(book, account));
            let stake = self.stake_mut(book, buyer, security);
            stake.units += trade.units.0;
            stake.class = stake.next.unwrap_or(stake.class);
            let stake = self.stake_mut(book, seller, security);
            stake.units = stake.units.saturating_sub(trade.units.0);
            stake.class = stake.next.unwrap_or(stake.class);
        }
    }

    fn tell_units(&mut self, account: AccountId, security: SecurityId, lots: &[AllocatedLot], terms: Terms) {
        let old = self.units_told.iter().position(|t| (t.account, t.security) == (account, security));
        let old = old.map(|at| self.units_told.remove(at));
        let mut lots: Vec<AllocatedLot> = lots.iter().filter(|lot| lot.units.0 > 0).copied().collect();
        // A lot that trades have promised is remembered.
        for lot in old.iter().flat_map(|told| &told.lots) {
            if self.is_promised(account, security, lot.lot) && !lots.iter().any(|l| l.lot == lot.lot) {
                lots.push(AllocatedLot { units: Units(0), ..*lot });
            }
        }
        let before = old.map_or(1, |told| told.next_lot);
        let after = lots.iter().map(|lot| lot.lot.0.saturating_add(1)).max().unwrap_or(0);
        let next_lot = before.max(after);
        self.units_told.push(UnitsTold { account, security, lots, terms, next_lot });
    }

    fn tell_cash(&mut self, account: AccountId, cash: CashId, amount: Money, terms: Terms) {
        self.cash_told.retain(|told| (told.account, told.cash) != (account, cash));
        self.cash_told.push(CashTold { account, cash, amount: amount.0, terms });
    }

    fn is_promised(&self, account: AccountId, security: SecurityId, lot: LotId) -> bool {
        let mut mine = self.trades.iter().filter(|t| (t.seller, t.security) == (account, security));
        mine.any(|t| t.lots.iter().any(|promised| promised.lot == lot))
    }

    fn forget_empty_lots(&mut self, account: AccountId, security: SecurityId) {
        let mut told = std::mem::take(&mut self.units_told);
        for told in told.iter_mut().filter(|t| (t.account, t.security) == (account, security)) {
            told.lots.retain(|lot| lot.units.0 > 0 || self.is_promised(account, security, lot.lot));
        }
        self.units_told = told;
    }

    fn uncover_later(&mut self, account: AccountId, asset: Asset) {
        let of_it = |work: &Work| matches!(work, Work::Cover { account: a, asset: b, .. } if (*a, *b) == (account, asset));
        if !self.work.iter().any(of_it) {
            self.work.push(Work::Cover { account, asset, done: OrderId(0) });
        }
    }

    /// What the issuer has made known: orders that rest on something else are looked at again.
    pub(super) fn note_disclosure(&mut self, security: SecurityId, disclosure: &Disclosure) {
        let known = &mut self.security_mut(security).listing.disclosure;
        if *known == *disclosure {
            return;
        }
        *known = *disclosure;
        self.review_later(security);
    }

    /// The open orders of a security are looked at again, if there are any orders.
    pub(super) fn review_later(&mut self, security: SecurityId) {
        let begin = (AccountId(0), OrderId(0));
        let waits = self.work.iter_mut().find_map(|work| match work {
            Work::Review { security: of, done } if *of == security => Some(done),
            _ => None,
        });
        match waits {
            Some(done) => *done = begin,
            None if self.orders.is_empty() => {}
            None => self.work.push(Work::Review { security, done: begin }),
        }
        self.look_at_crosses_later(security);
    }

    /// How somebody stands to an issuer.
    pub(super) fn note_insider(
        &mut self,
        security: SecurityId,
        investor: InvestorId,
        insider: Option<Insider>,
    ) {
        let before = self.insiders.remove(&(security, investor));
        self.insiders.extend(insider.map(|insider| ((security, investor), insider)));
        if before != insider {
            self.look_again_later(vec![investor]);
        }
    }

    /// The orders of these are looked at again, if there are any orders.
    pub(super) fn look_again_later(&mut self, owners: Vec<InvestorId>) {
        if owners.is_empty() {
            return;
        }
        if !self.orders.is_empty() {
            self.work.push(Work::Rescreen { owners, done: (AccountId(0), OrderId(0)) });
        }
        self.look_at_all_crosses_later();
    }
}

/// Whether what `before` permitted is permitted now: nothing is asked that was not asked before.
fn still_permits(now: &Terms, before: &Terms) -> bool {
    let only = now.only.is_none() || now.only == before.only;
    let worst = now.worst.is_none() || now.worst == before.worst;
    now.usable && only && worst
}

fn refuse(when: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if when { Err(why()) } else { Ok(()) }
}
