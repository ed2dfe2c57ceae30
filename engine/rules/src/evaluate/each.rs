//! The questions again, each rule's answer by itself: for who wants to know why an order was taken or refused.
//!
//! The answers are those that [`super::entry`] and [`super::pair`] are made of.

use super::answer::Answer;
use super::{of_pair, of_side, standing, under};
use crate::basics::Units;
use crate::code::Compiled;
use crate::facts::{Counts, Facts};
use crate::program::Program;
use crate::reason::{Reason, ReasonCode, RuleId};
use crate::verdict::Verdict;

/// What one rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Which quantities it allows.
    Allows(Verdict),
    /// Nothing: the condition that it is under is not met.
    DoesNotApply,
    /// Nothing yet: it asks about the other side, or about the exact quantity, and so at the match.
    Waits,
}

/// Of one side alone, what holds for every security first, then every rule by its number.
pub fn of_entry(program: &Program, facts: &Facts) -> Vec<(RuleId, Said)> {
    each(program, facts, false, |rule| of_side(program, facts, rule).map_or(Said::Waits, Said::Allows))
}

/// Of two who would trade with each other.
pub fn of_match(
    program: &Program,
    facts: &Facts,
    counts: &impl Counts,
    same_owner: bool,
    sellable: Units,
) -> Vec<(RuleId, Said)> {
    let said = |rule: &Compiled| Said::Allows(of_pair(program, facts, counts, sellable, rule));
    each(program, facts, same_owner, said)
}

fn each(
    program: &Program,
    facts: &Facts,
    same_owner: bool,
    says: impl Fn(&Compiled) -> Said,
) -> Vec<(RuleId, Said)> {
    let unchanged = Reason { code: ReasonCode::OwnerUnchanged, rule: RuleId::STANDING };
    let verdict = match same_owner {
        true => Verdict::deny(unchanged),
        false => standing(program, facts).unwrap_or(Verdict::ALLOW),
    };
    let mut all = vec![(RuleId::STANDING, Said::Allows(verdict))];
    for rule in &program.code().rules {
        let said = match under(program, facts, rule) {
            Answer::No => Said::DoesNotApply,
            Answer::Unknown => Said::Waits,
            Answer::Yes => says(rule),
        };
        match all.last_mut() {
            // One that demands several things.
            Some((id, before)) if *id == rule.id => *before = before.and(said),
            _ => all.push((rule.id, said)),
        }
    }
    all
}

impl Said {
    /// What two parts of one rule say together.
    fn and(self, other: Said) -> Said {
        match (self, other) {
            (Said::Allows(a), Said::Allows(b)) => Said::Allows(a.and(b)),
            (Said::Allows(denied), Said::Waits) | (Said::Waits, Said::Allows(denied))
                if denied.is_denied() =>
            {
                Said::Allows(denied)
            }
            (Said::DoesNotApply, Said::DoesNotApply) => Said::DoesNotApply,
            _ => Said::Waits,
        }
    }
}
