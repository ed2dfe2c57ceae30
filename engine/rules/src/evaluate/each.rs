//! The questions again, each rule's answer by itself: for who wants to know why an order was taken or refused.
//!
//! The answers are those that [`super::entry`] and [`super::pair`] are made of.

use super::answer::Answer;
use super::{applying, of_pair, of_side, standing, under};
use crate::basics::Units;
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
    let rules = program.code().rules.iter().map(|rule| {
        let said = match under(program, facts, rule) {
            Answer::No => Said::DoesNotApply,
            Answer::Unknown => Said::Waits,
            Answer::Yes => of_side(program, facts, rule).map_or(Said::Waits, Said::Allows),
        };
        (rule.id, said)
    });
    standing_first(program, facts, false).chain(rules).collect()
}

/// Of two who would trade with each other.
pub fn of_match(
    program: &Program,
    facts: &Facts,
    counts: &impl Counts,
    same_owner: bool,
    sellable: Units,
) -> Vec<(RuleId, Said)> {
    let applying: Vec<RuleId> = applying(program, facts).map(|rule| rule.id).collect();
    let rules = program.code().rules.iter().map(|rule| match applying.contains(&rule.id) {
        true => (rule.id, Said::Allows(of_pair(program, facts, counts, sellable, rule))),
        false => (rule.id, Said::DoesNotApply),
    });
    standing_first(program, facts, same_owner).chain(rules).collect()
}

/// What stands in no program.
fn standing_first(
    program: &Program,
    facts: &Facts,
    same_owner: bool,
) -> impl Iterator<Item = (RuleId, Said)> {
    let unchanged = Reason { code: ReasonCode::OwnerUnchanged, rule: RuleId::STANDING };
    let verdict = match same_owner {
        true => Verdict::deny(unchanged),
        false => standing(program, facts).unwrap_or(Verdict::ALLOW),
    };
    std::iter::once((RuleId::STANDING, Said::Allows(verdict)))
}
