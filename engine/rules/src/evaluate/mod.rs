//! The questions: what may this investor do at all, by which way may a lot go, and how much may these two trade?
//!
//! - `answer`: what a condition says, as far as it can be told; `blame`: what to say where it does not hold
//! - `caps`: the rules that count
//! - [`each`]: the same, rule by rule, for who wants to know why

mod answer;
mod blame;
mod caps;
pub mod each;

use crate::basics::Units;
use crate::code::{Body, Compiled};
use crate::condition::Who;
use crate::facts::{Counts, Facts, Party};
use crate::identity::Standing;
use crate::lot::{History, Lot, Path};
use crate::program::Program;
use crate::reason::{Reason, ReasonCode, RuleId};
use crate::verdict::Verdict;
use answer::{Answer, Asked};

/// What one side may trade at all, as far as it can be told without the other: asked at entry, with one side known, whose
/// `owned` and `sold` count its open orders too, as its `room` does. Rules that need both sides, or count holders, wait for the match.
pub fn entry(program: &Program, facts: &Facts) -> Verdict {
    if let Some(verdict) = standing(program, facts) {
        return verdict;
    }
    applying(program, facts)
        .filter_map(|rule| of_side(program, facts, rule))
        .fold(Verdict::ALLOW, Verdict::and)
}

/// What one rule says of one side alone; nothing where it waits for the other.
fn of_side(program: &Program, facts: &Facts, rule: &Compiled) -> Option<Verdict> {
    match rule.body {
        Body::Require(must) => required(program, facts, rule.id, must),
        Body::Owned(scope, most) => {
            facts.buyer.as_ref().map(|buyer| caps::owned(rule.id, scope, most, buyer, facts.issued))
        }
        Body::Sold { .. } | Body::Velocity(..) => {
            facts.seller.as_ref().map(|seller| caps::sold(rule, seller, facts))
        }
        Body::Ways(..)
        | Body::HolderCap(..)
        | Body::AtLeast(_)
        | Body::Denomination(_)
        | Body::BenefitPlans(_)
        | Body::Approved => None,
    }
}

/// How much these two may trade with each other now, of `sellable` units that may go to this buyer. Only rules about ways
/// look at `sellable`: what the seller has at all is not theirs to say. Where there are several of them the first is
/// named; [`way`] says of each lot which one does not let it go.
pub fn pair(
    program: &Program,
    facts: &Facts,
    counts: &impl Counts,
    same_owner: bool,
    sellable: Units,
) -> Verdict {
    // Section 9(a)(1) of the Securities Exchange Act of 1934: no change in beneficial ownership, no trade.
    // No program can switch this off.
    if same_owner {
        return Verdict::deny(Reason { code: ReasonCode::OwnerUnchanged, rule: RuleId::STANDING });
    }
    if let Some(verdict) = standing(program, facts) {
        return verdict;
    }
    // Most rules demand something and count nothing: where all of it is so they have nothing to say. Where something is not,
    // each is asked, in its order, for the first is blamed.
    let code = program.code();
    let rules = match (Asked { code, facts, lot: None }).meets_demands() {
        true => &code.quick.rest,
        false => &code.rules,
    };
    let mut verdict = Verdict::ALLOW;
    for rule in rules {
        if under(program, facts, rule) == Answer::Yes {
            verdict = verdict.and(of_pair(program, facts, counts, sellable, rule));
        }
    }
    verdict
}

/// What one rule says of both sides.
fn of_pair(
    program: &Program,
    facts: &Facts,
    counts: &impl Counts,
    sellable: Units,
    rule: &Compiled,
) -> Verdict {
    let id = rule.id;
    let buyer = || facts.buyer.as_ref().expect("a pair has a buyer");
    let seller = || facts.seller.as_ref().expect("a pair has a seller");
    match rule.body {
        Body::Require(must) => required(program, facts, id, must).unwrap_or(Verdict::ALLOW),
        Body::Ways(_, code) => Verdict::at_most(sellable, Reason { code, rule: id }),
        Body::HolderCap(holders, max) => caps::holders(id, max, counts.places(holders), seller().whole),
        Body::Owned(scope, most) => caps::owned(id, scope, most, buyer(), facts.issued),
        Body::AtLeast(units) => caps::at_least(id, units, buyer(), seller()),
        Body::Denomination(units) => Verdict {
            step: units,
            whole: seller().whole,
            reason: Some(Reason { code: ReasonCode::Denomination, rule: id }),
            ..Verdict::ALLOW
        },
        Body::BenefitPlans(bps) => caps::plans(id, bps, counts.plans(), buyer(), seller()),
        Body::Sold { .. } | Body::Velocity(..) => caps::sold(rule, seller(), facts),
        Body::Approved => {
            Verdict::at_most(counts.approved(), Reason { code: ReasonCode::NotApproved, rule: id })
        }
    }
}

/// By which way a lot of this history may go, or why by none. With a side unknown: by which way it may go to somebody.
pub fn way(program: &Program, facts: &Facts, lot: &History) -> Result<Path, Reason> {
    let mut found = Path::Plain;
    for Compiled { id, when, body } in &program.code().rules {
        let Body::Ways(ways, code) = *body else { continue };
        let asked = Asked { code: program.code(), facts, lot: Some(lot) };
        let under = when.map_or(Answer::Yes, |when| asked.answer(when));
        if under == Answer::No {
            continue;
        }
        let mut open =
            ways.of(&program.code().ways).iter().filter(|way| asked.answer(way.when) != Answer::No);
        match open.next() {
            Some(way) if found == Path::Plain => found = way.path,
            Some(_) => {}
            // What is under a condition that can't be told yet is not demanded yet.
            None if under == Answer::Unknown => {}
            None => return Err(Reason { code, rule: *id }),
        }
    }
    Ok(found)
}

/// How many units of these lots may go to this buyer, or to somebody, and are promised to no trade.
pub fn sellable(program: &Program, facts: &Facts, lots: &[Lot]) -> Units {
    lots.iter().filter(|lot| way(program, facts, &lot.history).is_ok()).map(Lot::free).sum()
}

/// What holds for every security: it has rules, and who trades is known and not suspended.
fn standing(program: &Program, facts: &Facts) -> Option<Verdict> {
    let deny = |code| Some(Verdict::deny(Reason { code, rule: RuleId::STANDING }));
    if program.is_empty() {
        return deny(ReasonCode::NoRules);
    }
    for Party { identity, .. } in [&facts.buyer, &facts.seller].into_iter().flatten() {
        match identity {
            None => return deny(ReasonCode::IdentityUnknown),
            Some(identity) if identity.standing == Standing::Suspended => {
                return deny(ReasonCode::IdentitySuspended);
            }
            Some(_) => {}
        }
    }
    None
}

/// Whether one of the rules that these two are under asks for what was approved beforehand: then their trade uses it.
pub fn asks_approval(program: &Program, facts: &Facts) -> bool {
    program.asks_approval() && applying(program, facts).any(|rule| matches!(rule.body, Body::Approved))
}

/// The rules whose conditions are met, as far as can be told: those that can't be told yet wait.
fn applying<'a>(program: &'a Program, facts: &'a Facts) -> impl Iterator<Item = &'a Compiled> {
    program.code().rules.iter().filter(|rule| under(program, facts, rule) == Answer::Yes)
}

/// Whether the condition that a rule is under is met.
fn under(program: &Program, facts: &Facts, rule: &Compiled) -> Answer {
    rule.when.map_or(Answer::Yes, |when| Asked { code: program.code(), facts, lot: None }.answer(when))
}

/// What a condition that must hold says; nothing where it can't be told yet.
fn required(program: &Program, facts: &Facts, rule: RuleId, must: crate::code::At) -> Option<Verdict> {
    let asked = Asked { code: program.code(), facts, lot: None };
    match asked.answer(must) {
        Answer::No => Some(Verdict::deny(Reason { code: asked.blame(must), rule })),
        Answer::Unknown => None,
        Answer::Yes => Some(Verdict::ALLOW),
    }
}

/// Whether a person is an affiliate of the issuer at `now`, or was at any moment of the period before; the issuer counts as
/// one. The period is counted back ([`crate::Period::before`]), as 17 CFR 230.144(b)(1) asks for the "preceding three months".
pub fn is_affiliate(party: &Party, within: crate::Period, now: crate::Time) -> bool {
    party.insider.is_some_and(|insider| insider.issuer || insider.affiliate_until > within.before(now))
}

/// Which side a party stands on, of the facts.
pub(crate) fn party<'a, 'f>(facts: &'f Facts<'a>, who: Who) -> Option<&'f Party<'a>> {
    match who {
        Who::Buyer => facts.buyer.as_ref(),
        Who::Seller => facts.seller.as_ref(),
    }
}
