//! Matching's one question, answered for one incoming order.

use super::ground::{Ground, Person};
use super::pairing::Pairing;
use super::tentative::Tentative;
use crate::book::matching::{Answer, Pair};
use crate::book::slab::Order;
use crate::engine::Engine;
use crate::types::{
    AccountId, Asset, FirmId, Place, Scope, SecurityId, SelfTrade, SelfTradeAction, Side, Units,
};
use std::collections::BTreeSet;

pub(crate) struct Seam<'a, 't> {
    ground: Ground<'a>,
    closing: &'a BTreeSet<(AccountId, Asset)>,
    side: Side,
    mine: Person<'a>,
    /// Its own word on self-trades, its place in time, and whether it never trades and so never meets anybody.
    own: Option<SelfTrade>,
    place: Place,
    probe: bool,
    tentative: &'t mut Tentative,
}

impl<'a, 't> Seam<'a, 't> {
    pub fn new(
        ground: Ground<'a>,
        closing: &'a BTreeSet<(AccountId, Asset)>,
        (side, account): (Side, AccountId),
        (own, place, probe): (Option<SelfTrade>, Place, bool),
        tentative: &'t mut Tentative,
    ) -> Seam<'a, 't> {
        tentative.clear();
        let mine = ground.person(account);
        Seam { ground, closing, side, mine, own, place, probe, tentative }
    }

    /// What self-trade prevention does where two orders meet: the newer one's instruction decides.
    fn self_trade(&self, resting: &Order, theirs: &Person) -> Option<Answer> {
        let newer = self.place > resting.place;
        let (decides, other) =
            if newer { (self.own?, resting.self_trade) } else { (resting.self_trade?, self.own) };
        let firm = |account: AccountId| -> FirmId { self.ground.accounts.firm(account) };
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

    /// Whether what either order relies on is being taken from it: it is about to go, and does not trade.
    fn is_closing(&self, buyer: &Person, seller: &Person) -> bool {
        let listing = &self.ground.security.listing;
        !self.closing.is_empty()
            && (self.closing.contains(&(seller.account, Asset::Security(listing.security)))
                || self.closing.contains(&(buyer.account, Asset::Cash(listing.cash))))
    }

    /// Buyer and seller, where somebody else is the other side.
    fn sides(&self, theirs: Person<'a>) -> (Person<'a>, Person<'a>) {
        match self.side {
            Side::Buy => (self.mine, theirs),
            Side::Sell => (theirs, self.mine),
        }
    }

    /// What may trade with an account that nothing but the security's rules may keep away: the other side of a cross.
    pub fn with(&mut self, account: AccountId, wanted: Units) -> Units {
        let (buyer, seller) = self.sides(self.ground.person(account));
        self.largest(buyer, seller, wanted, wanted)
    }

    /// The most of `wanted` that the rules on pairs allow; nought, if that is less than `least`. It counts as taken.
    fn largest(&mut self, buyer: Person<'a>, seller: Person<'a>, wanted: Units, least: Units) -> Units {
        if wanted < least {
            return Units::ZERO;
        }
        let pairing = Pairing::new(self.ground, self.tentative, buyer, seller);
        let units = pairing.verdict().largest(wanted, self.ground.security.listing.ticks.lot);
        if units.is_zero() || units < least {
            return Units::ZERO;
        }
        let taken = pairing.taken(units);
        self.tentative.add(&self.ground, &taken);
        units
    }
}

impl Pair for Seam<'_, '_> {
    fn ask(&mut self, resting: &Order, wanted: Units, least: Units) -> Answer {
        let nothing = Answer::Trade(Units::ZERO);
        if self.ground.persons.is_none() || self.ground.security.coming.is_some() {
            return nothing;
        }
        let theirs = self.ground.person(resting.account);
        let (buyer, seller) = self.sides(theirs);
        if self.is_closing(&buyer, &seller) {
            return nothing;
        }
        if let Some(prevented) = self.self_trade(resting, &theirs) {
            return if self.probe { nothing } else { prevented };
        }
        Answer::Trade(self.largest(buyer, seller, wanted, least))
    }
}

impl Engine {
    /// Whether the rules let two accounts exchange so many units now.
    pub(crate) fn may_exchange(&self, security: SecurityId, accounts: [AccountId; 2], units: Units) -> bool {
        self.lets_exchange(self.ground(security, self.known.at(self.now)), accounts, units)
    }

    /// Whether they would, if all of it were approved.
    pub(crate) fn may_exchange_once_approved(
        &self,
        security: SecurityId,
        accounts: [AccountId; 2],
        units: Units,
    ) -> bool {
        let ground = Ground { approvals: None, ..self.ground(security, self.known.at(self.now)) };
        self.lets_exchange(ground, accounts, units)
    }

    fn lets_exchange(&self, ground: Ground, [buyer, seller]: [AccountId; 2], units: Units) -> bool {
        let mut tentative = Tentative::default();
        let asks = (None, Place::LAST, false);
        let mut seam = Seam::new(ground, &self.closing, (Side::Buy, buyer), asks, &mut tentative);
        seam.with(seller, units) == units
    }
}
