//! The questions: what may this investor do at all, which lots may go, and how much may these two trade?

use crate::basics::{Time, Units};
use crate::identity::Identity;
use crate::lot::Lot;
use crate::program::{Program, Rule, Who};
use crate::reason::{Reason, ReasonCode, RuleId};
use crate::verdict::Verdict;

/// What the match knows of both sides. `None` for an identity the registry does not have.
#[derive(Clone, Copy, Debug)]
pub struct PairFacts<'a> {
    /// The moment of the match.
    pub now: Time,
    /// The buying account's beneficial owner.
    pub buyer: Option<&'a Identity>,
    /// The selling account's beneficial owner.
    pub seller: Option<&'a Identity>,
    /// Whether the two are one: then nothing may change hands.
    pub same_owner: bool,
    /// Units of the seller's lots whose restrictions have ended and that are promised to no trade.
    pub sellable: Units,
    /// What a cap on holders counts.
    pub holders: HolderFacts,
}

/// What a cap on holders counts. Places are held by owners with settled units and by those who wait for a
/// first trade to become final; a place is free again only when the exit is final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HolderFacts {
    /// How many places are taken.
    pub places: u64,
    /// Whether the buyer already has one that no pending exit will take away.
    pub buyer_has_place: bool,
    /// Whether the buyer waits for an exit of its own: until that is settled it can't be told whether
    /// its place is free, so at any cap it does not buy.
    pub buyer_is_leaving: bool,
    /// The one quantity with which the seller leaves entirely and hands its place to the buyer, where
    /// nothing else of the seller's is pending.
    pub seller_whole: Option<Units>,
}

/// What this investor may buy or sell as far as its own person goes: the rules on persons, asked at entry.
pub fn entry(program: &Program, side: Who, who: Option<&Identity>, now: Time) -> Verdict {
    if program.is_empty() {
        return Verdict::deny(Reason { code: ReasonCode::NoRules, rule: RuleId::STANDING });
    }
    let mut verdict = Verdict::ALLOW;
    for (id, rule) in program.rules() {
        if let Rule::Person { who: asked, must } = rule
            && (*asked == side || *asked == Who::Both || side == Who::Both)
        {
            verdict = verdict.and(person(id, must, who, now));
        }
    }
    verdict
}

/// How many units of these lots may be sold at `now` and are promised to no trade.
pub fn sellable(program: &Program, lots: &[Lot], now: Time) -> Units {
    lots.iter().filter(|lot| is_open(program, lot, now)).map(Lot::free).sum()
}

/// Whether the restrictions of this lot have ended: at exactly `acquired + period` they have.
pub fn is_open(program: &Program, lot: &Lot, now: Time) -> bool {
    program.rules().all(|(_, rule)| match rule {
        Rule::LockUp { period } => now >= lot.acquired.plus(*period),
        Rule::Person { .. } | Rule::HolderCap { .. } => true,
    })
}

/// How much these two may trade with each other now.
pub fn pair(program: &Program, facts: &PairFacts) -> Verdict {
    // Section 9(a)(1) of the Securities Exchange Act of 1934: no change in beneficial ownership, no trade.
    // No program can switch this off.
    if facts.same_owner {
        return Verdict::deny(Reason { code: ReasonCode::OwnerUnchanged, rule: RuleId::STANDING });
    }
    if program.is_empty() {
        return Verdict::deny(Reason { code: ReasonCode::NoRules, rule: RuleId::STANDING });
    }
    let mut verdict = Verdict::ALLOW;
    for (id, rule) in program.rules() {
        let part = match rule {
            Rule::Person { who, must } => {
                let buyer = || person(id, must, facts.buyer, facts.now);
                let seller = || person(id, must, facts.seller, facts.now);
                match who {
                    Who::Buyer => buyer(),
                    Who::Seller => seller(),
                    Who::Both => buyer().and(seller()),
                }
            }
            Rule::LockUp { .. } => {
                Verdict::at_most(facts.sellable, Reason { code: ReasonCode::LockUp, rule: id })
            }
            Rule::HolderCap { max } => holder_cap(id, *max, &facts.holders),
        };
        verdict = verdict.and(part);
    }
    verdict
}

fn person(id: RuleId, must: &crate::Condition, who: Option<&Identity>, now: Time) -> Verdict {
    let code = match who {
        None => ReasonCode::IdentityUnknown,
        Some(identity) if must.holds(identity, now) => return Verdict::ALLOW,
        Some(identity) => must.blame(identity, now),
    };
    Verdict::deny(Reason { code, rule: id })
}

fn holder_cap(id: RuleId, max: u32, facts: &HolderFacts) -> Verdict {
    let reason = Reason { code: ReasonCode::HolderCap, rule: id };
    if facts.buyer_is_leaving {
        Verdict::deny(reason)
    } else if facts.buyer_has_place || facts.places < u64::from(max) {
        Verdict::ALLOW
    } else {
        match facts.seller_whole {
            Some(whole) if facts.places == u64::from(max) => Verdict::only(whole, reason),
            _ => Verdict::deny(reason),
        }
    }
}
