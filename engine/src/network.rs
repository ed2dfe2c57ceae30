//! Following the settlement network: trades that it has decided, and what it says is allocated, owned and known.

use crate::backlog::Counted;
use crate::command::Network;
use crate::engine::Engine;
use crate::event::Event;
use crate::news::{BustReason, Item, News, Outcome, Terms};
use crate::obligation::Obligation;
use crate::reject::Refusal;
use crate::types::{AccountId, Asset, InvestorId, OrderId, SecurityId, TradeId, Units};
use crate::work::Work;
use tallystick_rules::Rule;

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
                Item::Stake { owner, security, units } => {
                    self.holdings.position_mut(*owner, *security).units = *units;
                    self.settle_place(*owner, *security);
                }
                Item::Person { investor, identity } => {
                    self.known.changed.insert(*investor, *identity);
                    persons.push(*investor);
                }
                Item::Security { security, epoch, rules } => self.amend(*security, *epoch, rules),
            }
        }
        if !persons.is_empty() && self.orders.len() > 0 {
            let done = (AccountId(0), OrderId(0));
            self.work.push_back(Work::Rescreen { owners: persons, done });
        }
        if news.complete {
            self.followed = news.height;
            self.known.told = Some((news.height, news.as_of));
            events.push(Event::Followed { height: news.height, as_of: news.as_of });
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
        news.items.iter().try_for_each(Item::check).map_err(Refusal::Network)
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
        let Obligation { seller, buyer, security, cash, units, buyer_fee, seller_fee, .. } = *obligation;
        self.holdings.settle_units([seller, buyer], security, &obligation.lots, delivered);
        let (paid, received) = (obligation.paid(), obligation.received());
        self.holdings.settle_cash([buyer, seller], cash, paid, received, delivered);
        self.expect_fees(cash, obligation.fees(), false);
        if delivered {
            self.holdings.use_up_fees(buyer, Asset::Cash(cash), buyer_fee);
            self.holdings.use_up_fees(seller, Asset::Security(security), seller_fee);
        }
        let [buying, selling] = [buyer, seller].map(|account| self.accounts.owner(account));
        let position = self.holdings.position_mut(buying, security);
        position.pending_in -= units;
        if delivered {
            position.units += units;
        }
        let position = self.holdings.position_mut(selling, security);
        position.pending_out -= units;
        if delivered {
            position.units = position.units.saturating_sub(units);
        }
        if obligation.hands_over_place {
            self.hand_over(selling, buying, security, delivered);
        }
        self.settle_place(buying, security);
        self.settle_place(selling, security);
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

    /// The place that a seller was to hand over passes to the buyer, unless that has one by now; or stays.
    fn hand_over(&mut self, seller: InvestorId, buyer: InvestorId, security: SecurityId, delivered: bool) {
        let selling = self.holdings.position_mut(seller, security);
        selling.leaving = false;
        if !delivered || !selling.units.is_zero() {
            return;
        }
        selling.place = false;
        let taken = std::mem::replace(&mut self.holdings.position_mut(buyer, security).place, true);
        if taken && let Some(listed) = self.securities.get_mut(security) {
            listed.places -= 1;
        }
    }

    /// An owner takes a place while it has settled units, or waits for some under a place that it took; a place is
    /// free again when neither is so.
    fn settle_place(&mut self, owner: InvestorId, security: SecurityId) {
        let position = self.holdings.position_mut(owner, security);
        let had = position.place;
        position.place = match (position.units.is_zero(), position.pending_in.is_zero()) {
            (false, _) => true,
            (true, false) => had,
            (true, true) => position.leaving && had,
        };
        let has = position.place;
        if let Some(listed) = self.securities.get_mut(security) {
            listed.places = listed.places + u64::from(has) - u64::from(had);
        }
    }

    /// Where orders rely on more than is left, or on terms that are no longer, they go.
    fn cover(&mut self, account: AccountId, asset: Asset, before: Terms) {
        let covered = match asset {
            Asset::Security(security) => {
                let Some(holding) = self.holdings.holding(account, security) else { return };
                let program = self.securities.get(security).map(|s| &s.program);
                let open = program.map_or(Units::ZERO, |program| {
                    tallystick_rules::sellable(program, &holding.lots, self.now)
                });
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

    fn amend(&mut self, security: SecurityId, epoch: u32, rules: &[Rule]) {
        let Some(listed) = self.securities.get_mut(security) else { return };
        listed.epoch = epoch;
        let same = match &listed.coming {
            Some(coming) => coming == rules,
            // A listing may name places in another order than the register does.
            None => listed.listing.rules == rules || listed.program.rules().map(|(_, rule)| rule).eq(rules),
        };
        if same {
            return;
        }
        let begun = listed.coming.replace(rules.to_vec()).is_some();
        if !begun {
            self.work.push_back(Work::Amend { security });
        }
    }
}
