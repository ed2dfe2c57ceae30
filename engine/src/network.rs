//! Following the settlement network: trades that it has decided, and what it says is allocated, owned and known.

use crate::approvals::Approval;
use crate::backlog::Counted;
use crate::command::Network;
use crate::engine::Engine;
use crate::event::Event;
use crate::invariants::demand;
use crate::news::{BustReason, Item, News, Outcome, Terms};
use crate::obligation::{HandedOver, Obligation};
use crate::reject::Refusal;
use crate::snapshot::State;
use crate::stakes::{Position, handed};
use crate::types::{AccountId, Asset, InvestorId, OrderId, SecurityId, TradeId, Units};
use crate::work::Work;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_rules::{Disclosure, Insider};

/// The most persons who may be close to the issuer of one security.
pub const MOST_INSIDERS: usize = 65_536;

impl Engine {
    pub(crate) fn follow(&mut self, news: &News, events: &mut Vec<Event>) -> Result<(), Refusal> {
        self.check_news(news)?;
        let mut persons = Vec::new();
        for item in &news.items {
            match item {
                Item::Decided { trade, height, outcome } => self.decide(*trade, *height, outcome, events),
                Item::Units { account, security, lots, terms } => {
                    let before = self.holdings.set_units(*account, *security, lots, *terms);
                    self.cover(*account, Asset::Security(*security), before);
                }
                Item::Cash { account, cash, amount, terms } => {
                    let before = self.holdings.set_cash(*account, *cash, *amount, *terms);
                    self.cover(*account, Asset::Cash(*cash), before);
                }
                Item::Stake { owner, security, units, class } => {
                    self.restake(*owner, *security, |stake| (stake.units, stake.class) = (*units, *class));
                }
                Item::Record { holder, security, units, class } => {
                    self.rerecord(*holder, *security, |stake| (stake.units, stake.class) = (*units, *class));
                }
                Item::Group { group, security, sold } => self.groups.set_sold(*security, *group, sold),
                Item::Insider { security, investor, insider } => {
                    self.set_insider(*security, *investor, *insider);
                }
                Item::Person { investor, identity } => {
                    let before = self.known.group(*investor);
                    self.known.changed.insert(*investor, *identity);
                    self.groups.move_open(*investor, before, self.known.group(*investor));
                    persons.push(*investor);
                }
                Item::Security { security, epoch, protocols, disclosure, issued, shared } => {
                    self.amend(*security, *epoch, protocols);
                    self.set_disclosure(*security, disclosure);
                    self.set_issued(*security, *issued);
                    self.set_shared(*security, *shared);
                }
                Item::Approval { security, seller, buyer, units, until } => {
                    let (security, seller, buyer) = (*security, *seller, *buyer);
                    let (units, until) = (*units, *until);
                    self.approvals.set(&Approval { security, seller, buyer, units, until });
                    self.look_at_crosses_later(security);
                }
                Item::Headroom { security, counter, amount } => {
                    self.set_headroom(*security, *counter, *amount);
                }
            }
        }
        self.rescreen_later(persons);
        if news.complete {
            self.followed = news.height;
            if self.known.at(self.now).is_none() {
                self.look_at_all_crosses_later();
            }
            self.known.told = Some((news.height, news.as_of));
            events.push(Event::Followed { height: news.height, as_of: news.as_of });
            self.want_what_is_short(events);
            self.undo_due(events);
        }
        Ok(())
    }

    fn check_news(&self, news: &News) -> Result<(), Refusal> {
        let refuse = |why: String| Err(Refusal::Network(why));
        let Some(Network { .. }) = self.params.and_then(|p| p.network) else {
            return refuse("the venue was opened without a network".into());
        };
        if news.height <= self.followed {
            return refuse(format!(
                "height {} was told already; the next is above {}",
                news.height, self.followed
            ));
        }
        if self.known.registry.is_none() {
            return refuse("the network's registry must be adopted before its news".into());
        }
        if news.height < self.known.height() {
            let known = self.known.height();
            return refuse(format!("height {} is before that of the registry, {known}", news.height));
        }
        if news.as_of < self.known.as_of() {
            return refuse(format!("height {} is told with a time before the last one's", news.height));
        }
        if news.items.len() > News::MOST_ITEMS {
            return refuse(format!("a part of the news has at most {} items", News::MOST_ITEMS));
        }
        news.items.iter().try_for_each(Item::check).map_err(Refusal::Network)?;
        self.check_room_for_approvals(news)?;
        self.check_room_for_insiders(news)?;
        self.check_headroom(&news.items).map_err(Refusal::Network)
    }

    /// A trade is final, or busted. One that is no longer open was decided by news that came before.
    fn decide(&mut self, trade: TradeId, height: u64, outcome: &Outcome, events: &mut Vec<Event>) {
        let Some(obligation) = self.obligations.remove(&trade) else { return };
        let delivered = *outcome == Outcome::Final;
        self.settle(&obligation, delivered);
        self.follow_undo(&obligation, delivered);
        events.push(match outcome {
            Outcome::Final => Event::Settled { trade, height },
            Outcome::Busted(reason) => self.bust(&obligation, height, reason.clone()),
        });
    }

    /// What an obligation promised, which waits no more: it has passed, or is as before the trade.
    pub(crate) fn settle(&mut self, obligation: &Obligation, delivered: bool) {
        self.backlog.remove(self.counted(obligation));
        self.allowances.count(obligation, false);
        let Obligation { seller, buyer, security, cash, buyer_fee, seller_fee, .. } = *obligation;
        self.holdings.settle_units([seller, buyer], security, &obligation.lots, delivered);
        let (paid, received) = (obligation.paid(), obligation.received());
        self.holdings.settle_cash([buyer, seller], cash, paid, received, delivered);
        self.expect_fees(cash, obligation.fees(), false);
        if delivered {
            self.holdings.use_up_fees(buyer, Asset::Cash(cash), buyer_fee);
            self.holdings.use_up_fees(seller, Asset::Security(security), seller_fee);
        }
        if let Some(pair) = self.approval_used(obligation) {
            self.approvals.decide(pair, obligation.units, delivered);
            self.look_at_crosses_later(security);
        }
        self.stake_decided(obligation, delivered);
    }

    /// Stakes as they are once a trade waits no more. A place that was handed over passes to the buyer, or stays.
    fn stake_decided(&mut self, obligation: &Obligation, delivered: bool) {
        let Obligation { seller, buyer, security, units, ref hands_over, .. } = *obligation;
        let places = |of_record| handed::of(hands_over, of_record);
        let [buying, selling] = [buyer, seller].map(|account| *self.accounts.get(account).expect("a side's"));
        if delivered && self.securities[security].program.measures_sales() {
            let group = self.holdings.position(selling.beneficial_owner, security).counts_as().group;
            self.groups.sell(security, group, obligation.time.day(), units);
        }
        self.restake(buying.beneficial_owner, security, |stake| {
            bought(stake, units, places(false), delivered)
        });
        self.restake(selling.beneficial_owner, security, |stake| {
            sold(stake, units, places(false), delivered)
        });
        self.rerecord(buying.record_holder, security, |stake| bought(stake, units, places(true), delivered));
        self.rerecord(selling.record_holder, security, |stake| sold(stake, units, places(true), delivered));
    }

    pub(crate) fn bust(&mut self, obligation: &Obligation, height: u64, reason: BustReason) -> Event {
        self.busted += 1;
        let buyer = self.told(obligation.buyer, obligation.buy);
        let seller = self.told(obligation.seller, obligation.sell);
        let Obligation { trade, security, price, units, money, .. } = *obligation;
        Event::Busted { trade, height, security, price, units, money, reason, buyer, seller }
    }

    pub(crate) fn counted(&self, obligation: &Obligation) -> Counted {
        let Obligation { security, cash, money, buyer, seller, .. } = *obligation;
        Counted { security, cash, money, firms: [buyer, seller].map(|account| self.accounts.firm(account)) }
    }

    /// Where orders rely on more than is left, or on terms that are no longer, they go.
    fn cover(&mut self, account: AccountId, asset: Asset, before: Terms) {
        let covered = match asset {
            Asset::Security(security) => {
                let Some(holding) = self.holdings.holding(account, security) else { return };
                let listed = self.securities.get(security).is_some();
                let open = || self.ground(security, self.known.persons()).open_units(account);
                let open = if listed && !holding.reserved.is_zero() { open() } else { Units::ZERO };
                let permitted = holding.terms.permit_what_was_permitted(&before);
                holding.reserved.is_zero() || (permitted && holding.reserved <= open)
            }
            Asset::Cash(cash) => {
                let Some(purse) = self.holdings.purse(account, cash) else { return };
                let permitted = purse.terms.permit_what_was_permitted(&before);
                purse.reserved.0 == 0 || (permitted && purse.available().0 >= 0)
            }
        };
        if !covered && self.closing.insert((account, asset)) {
            self.work.push_back(Work::Cover { account, asset, done: OrderId(0) });
        }
    }

    /// What an issuer has made known holds from here on.
    pub(crate) fn set_disclosure(&mut self, security: SecurityId, disclosure: &Disclosure) {
        let Some(listed) = self.securities.get_mut(security) else { return };
        if std::mem::replace(&mut listed.listing.disclosure, *disclosure) != *disclosure {
            self.review_later(security);
        }
    }

    /// Whether other venues are on the network.
    fn set_shared(&mut self, security: SecurityId, shared: bool) {
        let Some(listed) = self.securities.get_mut(security) else { return };
        if std::mem::replace(&mut listed.shared, shared) != shared {
            self.review_later(security);
        }
    }

    /// How many are close to the issuer of a security.
    pub(crate) fn insiders_of(&self, security: SecurityId) -> usize {
        let [first, last] = [0, u32::MAX].map(|n| (security, InvestorId(n)));
        self.insiders.range(first..=last).count()
    }

    /// Whether what the network tells leaves no security with more insiders than it may have.
    fn check_room_for_insiders(&self, news: &News) -> Result<(), Refusal> {
        let mut change: BTreeMap<SecurityId, BTreeMap<InvestorId, bool>> = BTreeMap::new();
        for item in &news.items {
            if let Item::Insider { security, investor, insider } = item {
                change.entry(*security).or_default().insert(*investor, insider.is_some());
            }
        }
        for (security, change) in change {
            let is = |investor| self.insiders.contains_key(&(security, investor));
            let more = change.iter().filter(|(who, stays)| **stays && !is(**who)).count();
            let fewer = change.iter().filter(|(who, stays)| !**stays && is(**who)).count();
            if more > fewer && self.insiders_of(security) + more - fewer > MOST_INSIDERS {
                return Err(Refusal::Network(format!(
                    "security {security} would have more than {MOST_INSIDERS} insiders"
                )));
            }
        }
        Ok(())
    }

    pub(crate) fn check_insiders(&self, state: &State) -> Result<(), String> {
        let securities: BTreeSet<SecurityId> =
            state.insiders.iter().map(|(security, ..)| *security).collect();
        for security in securities {
            let count = self.insiders_of(security);
            demand!(count <= MOST_INSIDERS, "security {security} has {count} insiders");
        }
        Ok(())
    }

    /// How a person stands to an issuer from here on.
    pub(crate) fn set_insider(
        &mut self,
        security: SecurityId,
        investor: InvestorId,
        insider: Option<Insider>,
    ) {
        let key = (security, investor);
        let before = match insider {
            Some(insider) => self.insiders.insert(key, insider),
            None => self.insiders.remove(&key),
        };
        if before != insider {
            self.rescreen_later(vec![investor]);
        }
    }
}

fn bought<'a>(
    stake: &mut Position,
    units: Units,
    places: impl Iterator<Item = &'a HandedOver>,
    delivered: bool,
) {
    stake.pending_in -= units;
    handed::expect_no_more(&mut stake.handed, units, places);
    if delivered {
        stake.units += units;
        stake.class = stake.counts_as();
    }
}

fn sold<'a>(
    stake: &mut Position,
    units: Units,
    places: impl Iterator<Item = &'a HandedOver>,
    delivered: bool,
) {
    stake.pending_out -= units;
    handed::leave(&mut stake.handed, places, false);
    if delivered {
        stake.units = stake.units.saturating_sub(units);
        stake.class = stake.counts_as();
    }
}
