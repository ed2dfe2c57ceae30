//! Where compliance and matching meet: the rules asked at entry, and the one question of the match.

use crate::accounts::Accounts;
use crate::book::matching::{Answer, Pair};
use crate::book::slab::Order;
use crate::holdings::Holdings;
use crate::reject::Reject;
use crate::security::Security;
use crate::types::{
    AccountId, Asset, FirmId, InvestorId, Place, Scope, SecurityId, SelfTrade, SelfTradeAction, Side, Time,
    Units,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tallystick_rules::{
    HolderFacts, Identity, PairFacts, Reason, ReasonCode, Registry, RuleId, Who, entry, pair, sellable,
};

/// Who is known, as far as it may be relied upon: a registry file, and what the network has told since.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub registry: Option<Arc<Registry>>,
    /// What has changed since the registry.
    pub changed: BTreeMap<InvestorId, Option<Identity>>,
    /// The height and time of the last change that was told, where a network tells of them.
    pub told: Option<(u64, Time)>,
    /// How old it may be, in nanoseconds.
    pub max_age_ns: u64,
}

/// Everybody who is known.
#[derive(Clone, Copy)]
pub(crate) struct Persons<'a> {
    registry: &'a Registry,
    changed: &'a BTreeMap<InvestorId, Option<Identity>>,
}

impl<'a> Persons<'a> {
    pub fn get(&self, investor: InvestorId) -> Option<&'a Identity> {
        match self.changed.is_empty() {
            true => self.registry.get(investor),
            false => match self.changed.get(&investor) {
                Some(changed) => changed.as_ref(),
                None => self.registry.get(investor),
            },
        }
    }
}

impl Known {
    /// Everybody, however old that is; nobody before the first registry.
    pub fn persons(&self) -> Option<Persons<'_>> {
        Some(Persons { registry: self.registry.as_deref()?, changed: &self.changed })
    }

    /// Everybody, unless it is too old at `now` or there is no registry: then everything is refused.
    pub fn at(&self, now: Time) -> Option<Persons<'_>> {
        self.persons().filter(|_| now.0.saturating_sub(self.as_of().0) <= self.max_age_ns)
    }

    /// The network's height that it is of; nought before the first.
    pub fn height(&self) -> u64 {
        self.told.map_or_else(|| self.registry.as_ref().map_or(0, |r| r.height()), |(height, _)| height)
    }

    /// The network's time at that height.
    pub fn as_of(&self) -> Time {
        self.told.map_or_else(|| self.registry.as_ref().map_or(Time(0), |r| r.as_of()), |(_, time)| time)
    }
}

/// What the rules say of one side of an order before it may stand: under a registry that is too old, nothing.
pub(crate) fn at_entry(
    security: &Security,
    side: Side,
    owner: InvestorId,
    known: &Known,
    now: Time,
) -> Result<(), Reject> {
    let stale = Reject::Compliance(Reason { code: ReasonCode::RegistryStale, rule: RuleId::STANDING });
    let persons = known.at(now).ok_or(stale)?;
    match forbidden(security, side, owner, persons, now) {
        Some(reason) => Err(Reject::Compliance(reason)),
        None => Ok(()),
    }
}

/// Why what is known of the owner forbids one side of an order, if it does, however old it is.
pub(crate) fn forbidden(
    security: &Security,
    side: Side,
    owner: InvestorId,
    persons: Persons,
    now: Time,
) -> Option<Reason> {
    let who = match side {
        Side::Buy => Who::Buyer,
        Side::Sell => Who::Seller,
    };
    let verdict = entry(&security.program, who, persons.get(owner), now);
    verdict.is_denied().then(|| verdict.reason.expect("a denial has a reason"))
}

/// What a plan has promised so far, on top of what stands. Kept between plans for its memory only.
#[derive(Debug, Default)]
pub(crate) struct Tentative {
    /// Buyers that would take a place, sorted.
    entered: Vec<InvestorId>,
    /// What sellers would part with, sorted by account.
    sold: Vec<(AccountId, Units)>,
}

impl Tentative {
    fn clear(&mut self) {
        self.entered.clear();
        self.sold.clear();
    }

    fn sold(&self, account: AccountId) -> Units {
        let found = self.sold.binary_search_by_key(&account, |&(a, _)| a);
        found.map_or(Units::ZERO, |at| self.sold[at].1)
    }

    fn sell(&mut self, account: AccountId, units: Units) {
        match self.sold.binary_search_by_key(&account, |&(a, _)| a) {
            Ok(at) => self.sold[at].1 += units,
            Err(at) => self.sold.insert(at, (account, units)),
        }
    }

    fn has_entered(&self, owner: InvestorId) -> bool {
        self.entered.binary_search(&owner).is_ok()
    }

    fn enter(&mut self, owner: InvestorId) {
        if let Err(at) = self.entered.binary_search(&owner) {
            self.entered.insert(at, owner);
        }
    }
}

/// Answers matching's one question for one incoming order.
pub(crate) struct Seam<'a> {
    security: &'a Security,
    accounts: &'a Accounts,
    holdings: &'a Holdings,
    persons: Option<Persons<'a>>,
    closing: &'a BTreeSet<(AccountId, Asset)>,
    now: Time,
    side: Side,
    mine: Party<'a>,
    /// Its own word on self-trades, its place in time, and whether it never trades and so never meets anybody.
    own: Option<SelfTrade>,
    place: Place,
    probe: bool,
    tentative: &'a mut Tentative,
}

#[derive(Clone, Copy)]
struct Party<'a> {
    account: AccountId,
    owner: InvestorId,
    identity: Option<&'a Identity>,
}

impl<'a> Seam<'a> {
    #[allow(clippy::too_many_arguments)] // every part of the state that the rules may look at, and no other
    pub fn new(
        security: &'a Security,
        accounts: &'a Accounts,
        holdings: &'a Holdings,
        known: &'a Known,
        closing: &'a BTreeSet<(AccountId, Asset)>,
        now: Time,
        (side, account): (Side, AccountId),
        (own, place, probe): (Option<SelfTrade>, Place, bool),
        tentative: &'a mut Tentative,
    ) -> Seam<'a> {
        tentative.clear();
        let persons = known.at(now);
        let mine = party(accounts, persons, account);
        Seam { security, accounts, holdings, persons, closing, now, side, mine, own, place, probe, tentative }
    }

    /// What self-trade prevention does where two orders meet: the newer one's instruction decides.
    fn self_trade(&self, resting: &Order, theirs: &Party) -> Option<Answer> {
        let newer = self.place > resting.place;
        let (decides, other) =
            if newer { (self.own?, resting.self_trade) } else { (resting.self_trade?, self.own) };
        let firm = |account: AccountId| -> FirmId { self.accounts.firm(account) };
        let same_firm = || firm(self.mine.account) == firm(resting.account);
        let meets = self.mine.owner == theirs.owner
            || match decides.scope {
                Scope::Owner => false,
                Scope::Firm => same_firm(),
                group @ Scope::Group(_) => other.is_some_and(|other| other.scope == group) && same_firm(),
            };
        meets.then_some(match (decides.action, newer) {
            (SelfTradeAction::CancelBoth, _) => Answer::CancelBoth,
            (SelfTradeAction::Decrement, _) => Answer::Decrement,
            (SelfTradeAction::CancelNewest, true) | (SelfTradeAction::CancelOldest, false) => {
                Answer::CancelIncoming
            }
            (SelfTradeAction::CancelNewest, false) | (SelfTradeAction::CancelOldest, true) => {
                Answer::CancelResting
            }
        })
    }

    /// Units of the seller's open lots that no trade and no part of this plan has promised.
    fn sellable(&self, seller: AccountId, security: SecurityId) -> Units {
        let lots = self.holdings.holding(seller, security).map_or(&[][..], |h| &h.lots);
        sellable(&self.security.program, lots, self.now).saturating_sub(self.tentative.sold(seller))
    }

    /// Whether what either order relies on is being taken from it: it is about to go, and does not trade.
    fn is_closing(&self, buyer: &Party, seller: &Party) -> bool {
        let listing = &self.security.listing;
        !self.closing.is_empty()
            && (self.closing.contains(&(seller.account, Asset::Security(listing.security)))
                || self.closing.contains(&(buyer.account, Asset::Cash(listing.cash))))
    }

    fn holder_facts(&self, buyer: &Party, seller: &Party) -> HolderFacts {
        let id = self.security.id();
        let (buying, selling) =
            (self.holdings.position(buyer.owner, id), self.holdings.position(seller.owner, id));
        let nothing_pends = selling.pending_in.is_zero()
            && selling.pending_out.is_zero()
            // From any of its accounts: what is owned may be told after what is allocated.
            && self.accounts.of_owner(seller.owner).iter().all(|&a| self.tentative.sold(a).is_zero())
            && !self.tentative.has_entered(seller.owner);
        let held = self.holdings.holding(seller.account, id).map_or(Units::ZERO, |h| h.allocated());
        let whole = nothing_pends && held == selling.units && !held.is_zero();
        HolderFacts {
            places: self.security.places + self.tentative.entered.len() as u64,
            buyer_has_place: buying.place || self.tentative.has_entered(buyer.owner),
            buyer_is_leaving: buying.leaving,
            seller_whole: whole.then_some(held),
        }
    }
}

fn party<'a>(accounts: &Accounts, persons: Option<Persons<'a>>, account: AccountId) -> Party<'a> {
    let owner = accounts.owner(account);
    Party { account, owner, identity: persons.and_then(|p| p.get(owner)) }
}

impl Pair for Seam<'_> {
    fn ask(&mut self, resting: &Order, wanted: Units, least: Units) -> Answer {
        let nothing = Answer::Trade(Units::ZERO);
        if self.persons.is_none() || self.security.coming.is_some() {
            return nothing;
        }
        let theirs = party(self.accounts, self.persons, resting.account);
        let (buyer, seller) = match self.side {
            Side::Buy => (self.mine, theirs),
            Side::Sell => (theirs, self.mine),
        };
        if self.is_closing(&buyer, &seller) {
            return nothing;
        }
        if let Some(prevented) = self.self_trade(resting, &theirs) {
            return if self.probe { nothing } else { prevented };
        }
        Answer::Trade(self.largest(&buyer, &seller, wanted, least))
    }
}

impl Seam<'_> {
    /// What may trade with an account that nothing but the security's rules may keep away: the other side of a cross.
    pub fn with(&mut self, account: AccountId, wanted: Units) -> Units {
        let theirs = party(self.accounts, self.persons, account);
        let (buyer, seller) = match self.side {
            Side::Buy => (self.mine, theirs),
            Side::Sell => (theirs, self.mine),
        };
        self.largest(&buyer, &seller, wanted, wanted)
    }

    /// The most of `wanted` that the rules on pairs allow; nought, if that is less than `least`. It counts as taken.
    fn largest(&mut self, buyer: &Party, seller: &Party, wanted: Units, least: Units) -> Units {
        if wanted < least {
            return Units::ZERO;
        }
        let capped = self.security.cap.is_some();
        let holders = if capped { self.holder_facts(buyer, seller) } else { HolderFacts::default() };
        let facts = PairFacts {
            now: self.now,
            buyer: buyer.identity,
            seller: seller.identity,
            same_owner: buyer.owner == seller.owner,
            sellable: self.sellable(seller.account, self.security.id()),
            holders,
        };
        let verdict = pair(&self.security.program, &facts);
        let units = verdict.largest(wanted, self.security.listing.ticks.lot);
        if units.is_zero() || units < least {
            return Units::ZERO;
        }
        self.tentative.sell(seller.account, units);
        let below_cap = self.security.cap.is_some_and(|cap| holders.places < u64::from(cap));
        if below_cap && !holders.buyer_has_place {
            self.tentative.enter(buyer.owner);
        }
        units
    }
}
