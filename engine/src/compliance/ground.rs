//! What the rules of one security may look at, and what they say of one side of an order by itself.

use super::Persons;
use crate::accounts::Accounts;
use crate::approvals::Approvals;
use crate::engine::Engine;
use crate::groups::{Groups, Sums};
use crate::headroom::{Headroom, Used};
use crate::holdings::Holdings;
use crate::reject::Reject;
use crate::security::Security;
use crate::stakes::Position;
use crate::types::{AccountId, InvestorId, SecurityId, Side, Time, Units};
use std::collections::BTreeMap;
use tallystick_rules::{
    Class, Facts, Identity, Insider, Market, Party, Reason, ReasonCode, Rooms, RuleId, Sales, Verdict, entry,
    sellable,
};

/// Every part of the state that the rules of a security may look at, and no other.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub security: &'a Security,
    pub accounts: &'a Accounts,
    pub holdings: &'a Holdings,
    pub groups: &'a Groups,
    /// What was approved beforehand; none, where everything is taken for approved.
    pub approvals: Option<&'a Approvals>,
    /// What the venue may take up of what it shares with others; none, where that is not asked.
    pub headroom: Option<&'a Headroom>,
    pub insiders: &'a BTreeMap<(SecurityId, InvestorId), Insider>,
    pub persons: Option<Persons<'a>>,
    pub market: Market,
    pub now: Time,
}

/// One side, as far as it is known without its stake.
#[derive(Clone, Copy)]
pub(crate) struct Person<'a> {
    pub account: AccountId,
    pub owner: InvestorId,
    pub identity: Option<&'a Identity>,
    pub insider: Option<Insider>,
}

impl<'a> Person<'a> {
    /// What rules see of somebody whose stake they don't ask about.
    pub fn party(&self) -> Party<'a> {
        let Person { identity, insider, .. } = *self;
        let zero = Units::ZERO;
        Party {
            identity,
            insider,
            owned: zero,
            left: zero,
            group_owned: zero,
            sold: Sales::default(),
            whole: None,
            room: Rooms::default(),
        }
    }
}

impl<'a> Ground<'a> {
    /// Who is behind an account that exists.
    pub fn person(&self, account: AccountId) -> Person<'a> {
        let owner = self.accounts.owner(account);
        let (identity, insider) = (self.identity(owner), self.insider(owner));
        Person { account, owner, identity, insider }
    }

    /// Who stands in the register for an account that exists.
    pub fn holder(&self, account: AccountId) -> InvestorId {
        self.accounts.get(account).expect("an account that exists").record_holder
    }

    fn identity(&self, investor: InvestorId) -> Option<&'a Identity> {
        self.persons.and_then(|persons| persons.get(investor))
    }

    fn insider(&self, investor: InvestorId) -> Option<Insider> {
        match self.insiders.is_empty() {
            true => None,
            false => self.insiders.get(&(self.security.id(), investor)).copied(),
        }
    }

    /// As what somebody counts by what is known now.
    pub fn class(&self, investor: InvestorId) -> Class {
        Class::of(investor, self.identity(investor), self.insider(investor), self.now)
    }

    pub fn facts(&self, buyer: Option<Party<'a>>, seller: Option<Party<'a>>) -> Facts<'a> {
        let Ground { security, market, now, .. } = *self;
        Facts { now, buyer, seller, security: &security.listing.disclosure, issued: security.issued, market }
    }

    /// How much the owner of an account may trade on one side, beside what its open orders may already; what is
    /// `released` of those does not count.
    pub fn entry(&self, side: Side, account: AccountId, released: Units) -> Verdict {
        entry(&self.security.program, &self.facts_at_entry(side, account, released))
    }

    /// What the rules look at then.
    pub fn facts_at_entry(&self, side: Side, account: AccountId, released: Units) -> Facts<'a> {
        self.at_entry(side, account, released).0
    }

    /// What the rules look at then, and what of that the venue shares with others is used up.
    pub fn at_entry(&self, side: Side, account: AccountId, released: Units) -> (Facts<'a>, Used) {
        let person = self.person(account);
        let (mut party, owner) = (person.party(), person.owner);
        let zero = Units::ZERO;
        let mut used = Used { owner, group: owner, owned: zero, group_owned: zero, sold: zero };
        if self.security.needs.groups {
            let group = self.class(owner).group;
            used.group = group;
            let id = self.security.id();
            let stake = self.holdings.position(owner, id);
            let sums = self.regrouped(self.groups.of(id, group), group, [Some(stake), None]);
            let less = |open: [Units; 2], of: Side| match of == side {
                true => open[of.index()] - released,
                false => open[of.index()],
            };
            let own = self.groups.open(owner, id);
            let [buys, sells] = Side::BOTH.map(|side| less(own, side));
            let [group_buys, group_sells] = Side::BOTH.map(|side| less(sums.open, side));
            party.owned = stake.owned() + buys;
            party.left = stake.left().saturating_sub(sells);
            party.group_owned = sums.owned + sums.coming + group_buys;
            used.owned = stake.pending_in + buys;
            used.group_owned = sums.coming + sums.joining + group_buys;
            used.sold = sums.going + group_sells;
            party.sold = Sales { days: self.groups.sold(id, group), waiting: used.sold };
            party.room = self.rooms(&used);
        }
        let facts = match side {
            Side::Buy => self.facts(Some(party), None),
            Side::Sell => self.facts(None, Some(party)),
        };
        (facts, used)
    }

    /// What a group comes to, where the stakes of those who are about to trade count by what is known of them now: each may
    /// be counted in another group until then.
    pub fn regrouped(&self, mut sums: Sums, group: InvestorId, stakes: [Option<Position>; 2]) -> Sums {
        for stake in stakes.iter().flatten() {
            for (_, part) in Sums::of_stake(stake).iter().filter(|(counted, _)| *counted == group) {
                sums.take(part);
            }
            if self.class(stake.owner).group == group {
                sums.add(&Sums::of_member(stake, group));
            }
        }
        sums
    }

    /// Units of an account that may go to somebody, and that no trade has promised.
    pub fn open_units(&self, account: AccountId) -> Units {
        let Some(holding) = self.holdings.holding(account, self.security.id()) else { return Units::ZERO };
        // Allocations may come before their account.
        if !self.security.needs.ways || self.accounts.get(account).is_none() {
            return holding.free();
        }
        let facts = self.facts(None, Some(self.person(account).party()));
        sellable(&self.security.program, &facts, &holding.lots)
    }
}

impl Engine {
    /// What the rules of a security may look at, with these persons known.
    pub(crate) fn ground<'a>(&'a self, id: SecurityId, persons: Option<Persons<'a>>) -> Ground<'a> {
        let security = &self.securities[id];
        let place = self.params.as_ref().expect("only an open venue has securities").place;
        Ground {
            security,
            accounts: &self.accounts,
            holdings: &self.holdings,
            groups: &self.groups,
            approvals: Some(&self.approvals),
            headroom: Some(&self.headroom),
            insiders: &self.insiders,
            persons,
            market: Market { place, gated: security.listing.gated },
            now: self.now,
        }
    }

    /// What the rules say of one side of an order before it may stand: under a registry that is too old, nothing. What is
    /// `released` is what an order gives back that it replaces.
    pub(crate) fn check_rules(
        &self,
        id: SecurityId,
        (side, account): (Side, AccountId),
        quantity: Units,
        released: Units,
    ) -> Result<(), Reject> {
        let stale = Reject::Compliance(Reason { code: ReasonCode::RegistryStale, rule: RuleId::STANDING });
        let persons = self.known.at(self.now).ok_or(stale)?;
        let verdict = self.ground(id, Some(persons)).entry(side, account, released);
        match verdict.upto < quantity {
            true => Err(Reject::Compliance(verdict.reason.expect("what is restricted has a reason"))),
            false => Ok(()),
        }
    }
}
