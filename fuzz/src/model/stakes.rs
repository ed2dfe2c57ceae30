//! Who owns what of a security, in whose name, and as what it is counted.

use super::Model;
use crate::law::trade::{Books, Handed, Holder, Sold};
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::obligation::{HandedOver, Obligation};
use tallystick_engine::types::{AccountId, InvestorId, SecurityId, Time};
use tallystick_rules::{Class, Holders, Rule};

/// What is kept of a stake: the rest is worked out.
#[derive(Clone, Copy, Debug)]
pub struct Stake {
    /// What a network has told that it is, with what trades have brought and taken since; where there is none, nought.
    pub units: u64,
    /// As what its settled units are counted: what was known when they last changed.
    pub class: Class,
    /// As what all of it is counted while trades wait: what was known at the last of them.
    pub next: Option<Class>,
}

/// Which of the two books: whose it is, or in whose name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Book {
    /// Beneficial owners.
    Owners,
    /// Holders of record.
    Record,
}

impl Book {
    /// Both of them.
    pub const BOTH: [Book; 2] = [Book::Owners, Book::Record];

    /// That in which these holders are.
    pub fn of(holders: Holders) -> Book {
        match holders {
            Holders::Beneficial | Holders::LookThrough => Book::Owners,
            Holders::Record | Holders::RecordNotAccredited => Book::Record,
        }
    }

    /// The two kinds of holders that are counted by it.
    pub fn kinds(self) -> [Holders; 2] {
        match self {
            Book::Owners => [Holders::Beneficial, Holders::LookThrough],
            Book::Record => [Holders::Record, Holders::RecordNotAccredited],
        }
    }
}

impl Model {
    /// Who has an account's units in a book.
    pub fn holder(&self, book: Book, account: AccountId) -> InvestorId {
        let account = self.account(account).expect("an account that exists");
        match book {
            Book::Owners => account.beneficial_owner,
            Book::Record => account.record_holder,
        }
    }

    /// What was noted of a stake; of one that nothing was noted of, as of a stranger.
    pub fn stake_of(&self, book: Book, who: InvestorId, security: SecurityId) -> Stake {
        let noted = match book {
            Book::Owners => self.stakes.get(&(who, security)),
            Book::Record => self.records.get(&(who, security)),
        };
        noted.copied().unwrap_or(Stake { units: 0, class: stranger(who), next: None })
    }

    pub(super) fn stake_mut(&mut self, book: Book, who: InvestorId, security: SecurityId) -> &mut Stake {
        let noted = match book {
            Book::Owners => &mut self.stakes,
            Book::Record => &mut self.records,
        };
        noted.entry((who, security)).or_insert(Stake { units: 0, class: stranger(who), next: None })
    }

    /// The settled units of a stake.
    pub fn settled(&self, book: Book, who: InvestorId, security: SecurityId) -> u64 {
        let here = self.deposited(|d| self.holder(book, d.account) == who && d.security == security);
        here + self.stake_of(book, who, security).units
    }

    /// The trades that wait and bring units to somebody.
    pub(super) fn coming(
        &self,
        book: Book,
        who: InvestorId,
        security: SecurityId,
    ) -> impl Iterator<Item = &Obligation> {
        self.trades.iter().filter(move |t| t.security == security && self.holder(book, t.buyer) == who)
    }

    /// The trades that wait and take units from somebody.
    pub(super) fn going(
        &self,
        book: Book,
        who: InvestorId,
        security: SecurityId,
    ) -> impl Iterator<Item = &Obligation> {
        self.trades.iter().filter(move |t| t.security == security && self.holder(book, t.seller) == who)
    }

    /// What of somebody waits with places that are handed over among these holders.
    pub fn handed(&self, holders: Holders, who: InvestorId, security: SecurityId) -> Handed {
        let book = Book::of(holders);
        let coming = || self.coming(book, who, security);
        Handed {
            awaited: coming().filter(|t| handed_in(t, holders).is_some()).map(|t| t.units.0).sum(),
            places: coming().filter_map(|t| handed_in(t, holders)).map(|over| u64::from(over.places)).sum(),
            leaving: self.going(book, who, security).any(|t| handed_in(t, holders).is_some()),
        }
    }

    /// Whether an account's owner, or who stands in the register for it, has promised a place of any kind to somebody.
    pub fn is_leaving(&self, account: AccountId, security: SecurityId) -> bool {
        let leaves =
            |holders| self.handed(holders, self.holder(Book::of(holders), account), security).leaving;
        Holders::ALL.into_iter().any(leaves)
    }

    /// As what somebody would be counted now.
    pub fn class_now(&self, who: InvestorId, security: SecurityId) -> Class {
        let identity = self.everybody().into_iter().find(|identity| identity.investor == who);
        let insider = self.insiders.get(&(security, who));
        let controlling = insider.is_some_and(|insider| insider.controlling || insider.issuer);
        match identity {
            None => Class { controlling, ..stranger(who) },
            Some(known) => Class {
                group: known.group,
                plan_bps: known.plan_bps,
                fund_owners: known.fund_owners,
                accredited: self.now < known.until.accredited,
                controlling,
            },
        }
    }

    /// Who has, had or waits for units, in a book.
    pub(super) fn holders(&self, book: Book, security: SecurityId) -> BTreeSet<InvestorId> {
        let noted = match book {
            Book::Owners => &self.stakes,
            Book::Record => &self.records,
        };
        let noted = noted.keys().filter(|key| key.1 == security).map(|key| key.0);
        let here = self.units_in.iter().filter(|d| d.security == security);
        let here = here.map(|d| self.holder(book, d.account));
        let trading = self.trades.iter().filter(|t| t.security == security);
        let trading = trading.flat_map(|t| [t.buyer, t.seller]).map(|account| self.holder(book, account));
        noted.chain(here).chain(trading).collect()
    }

    /// Who owns what of a security; and the parties, if there are any, counted as what is known of them now.
    pub fn books<const PARTIES: usize>(&self, security: SecurityId, parties: [AccountId; PARTIES]) -> Books {
        let of = |book: Book| {
            let named = parties.map(|account| self.holder(book, account));
            let mut all = self.holders(book, security);
            all.extend(named);
            let holder = |who: InvestorId| {
                let stake = self.stake_of(book, who, security);
                let settled = self.settled(book, who, security);
                let coming: u64 = self.coming(book, who, security).map(|t| t.units.0).sum();
                let going: u64 = self.going(book, who, security).map(|t| t.units.0).sum();
                let counts_as = stake.next.unwrap_or(stake.class);
                // Of the parties, their own settled units go with them.
                let is_party = named.contains(&who);
                let known = is_party.then(|| self.class_now(who, security));
                let group_of_settled = known.unwrap_or(stake.class).group;
                let was = if settled == 0 { counts_as } else { stake.class };
                Holder {
                    who,
                    counted: [was, counts_as],
                    known,
                    group_of_settled,
                    settled,
                    owned: settled + coming,
                    left: settled.saturating_sub(going),
                    handed: book.kinds().map(|holders| self.handed(holders, who, security)),
                }
            };
            all.into_iter().map(holder).collect()
        };
        Books {
            owners: of(Book::Owners),
            record: of(Book::Record),
            hands_over: self.hands_over(security),
            places_left: BTreeMap::new(),
            plans_left: None,
        }
    }

    /// The rules of a security without what they stand under.
    pub(super) fn bare_rules(&self, security: SecurityId) -> Vec<Rule> {
        let listed = self.security(security).expect("a listed security");
        let mut all = Vec::new();
        for rule in listed.listing.protocols.iter().flat_map(|protocol| &protocol.rules) {
            let mut inner = rule;
            while let Rule::When(_, then) = inner {
                inner = then;
            }
            all.push(inner.clone());
        }
        all
    }

    /// The kinds of holders that a security's rules cap.
    pub fn capped(&self, security: SecurityId) -> BTreeSet<Holders> {
        let of = |rule: &Rule| if let Rule::HolderCap(holders, _) = rule { Some(*holders) } else { None };
        self.bare_rules(security).iter().filter_map(of).collect()
    }

    /// The kinds of holders among which who leaves entirely can hand its place over: those that are capped, but none where
    /// another venue may bring it units meanwhile.
    pub(super) fn hands_over(&self, security: SecurityId) -> BTreeSet<Holders> {
        let shared = self.security(security).is_some_and(|listed| listed.shared);
        if shared { BTreeSet::new() } else { self.capped(security) }
    }

    /// Whether a security's rules count anything.
    pub fn counts_anything(&self, security: SecurityId) -> bool {
        self.bare_rules(security).iter().any(|rule| match rule {
            Rule::Require(_) | Rule::Ways(_) => false,
            Rule::HolderCap(..)
            | Rule::Owned(..)
            | Rule::AtLeast(_)
            | Rule::Denomination(_)
            | Rule::BenefitPlans(_)
            | Rule::Sold { .. }
            | Rule::Velocity { .. } => true,
            Rule::Approved => false,
            Rule::When(..) => unreachable!("they are bare"),
        })
    }

    /// A trade has been made: while it waits, both are counted as what is known now.
    pub(super) fn mind_classes(&mut self, trade: &Obligation) {
        let security = trade.security;
        for book in Book::BOTH {
            for account in [trade.buyer, trade.seller] {
                let who = self.holder(book, account);
                let now = self.class_now(who, security);
                self.stake_mut(book, who, security).next = Some(now);
            }
        }
    }

    /// Settled units have changed: from now on they are counted as what is known now.
    pub(super) fn recount(&mut self, account: AccountId, security: SecurityId) {
        for book in Book::BOTH {
            let who = self.holder(book, account);
            let now = self.class_now(who, security);
            self.stake_mut(book, who, security).class = now;
        }
    }

    /// Who waits for nothing any more is counted as what it has settled.
    pub(super) fn forget_classes(&mut self) {
        let keys =
            |noted: &BTreeMap<(InvestorId, SecurityId), Stake>| noted.keys().copied().collect::<Vec<_>>();
        let all = [(Book::Owners, keys(&self.stakes)), (Book::Record, keys(&self.records))];
        for (book, keys) in all {
            for (who, security) in keys {
                let waits = self.coming(book, who, security).next().is_some()
                    || self.going(book, who, security).next().is_some();
                if !waits {
                    self.stake_mut(book, who, security).next = None;
                }
            }
        }
    }

    // ---- groups ----

    /// The group of somebody as it is known now.
    pub(super) fn group_now(&self, who: InvestorId) -> InvestorId {
        let known = self.everybody().into_iter().find(|identity| identity.investor == who);
        known.map_or(who, |identity| identity.group)
    }

    /// What the group of a seller has sold of a security, and will have once pending trades are final. What is known now of
    /// seller and buyer counts, of others what they are counted as.
    pub fn sold_by(&self, security: SecurityId, seller: AccountId, buyer: AccountId) -> Sold<'_> {
        if !self.measures_sales(security) {
            return Sold::default();
        }
        let parties = [seller, buyer].map(|account| self.owner(account));
        let group = self.group_now(parties[0]);
        let of_group = |account: AccountId| {
            let owner = self.owner(account);
            let stake = self.stake_of(Book::Owners, owner, security);
            let counts_as = stake.next.unwrap_or(stake.class);
            let known = if parties.contains(&owner) { self.group_now(owner) } else { counts_as.group };
            known == group
        };
        let going = self.trades.iter().filter(|t| t.security == security && of_group(t.seller));
        let waiting = going.map(|t| t.units.0).sum();
        Sold { days: self.sold.get(&(group, security)), waiting }
    }

    /// Whether a security's rules count what groups sell.
    pub(super) fn measures_sales(&self, security: SecurityId) -> bool {
        let measures = |rule: &Rule| matches!(rule, Rule::Sold { .. } | Rule::Velocity { .. });
        self.bare_rules(security).iter().any(measures)
    }
}

/// What a trade hands over among some holders.
fn handed_in(trade: &Obligation, holders: Holders) -> Option<&HandedOver> {
    trade.hands_over.iter().find(|over| over.holders == holders)
}

/// Of whom nothing is known.
fn stranger(who: InvestorId) -> Class {
    Class { group: who, plan_bps: 0, fund_owners: 0, accredited: false, controlling: false }
}

/// The beginning of a moment's day.
pub(super) fn day_of(moment: Time) -> Time {
    Time(moment.0 - moment.0 % Time::DAY_NS)
}
