//! A security's rules, checked once for their bounds so that evaluating them is total.

use crate::basics::Days;
use crate::condition::Condition;
use crate::reason::RuleId;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// Whom a condition is asked of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The one who would acquire.
    Buyer,
    /// The one who would part with.
    Seller,
    /// Each of them.
    Both,
}

/// One rule of a security.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The person must meet a condition, at entry and again at the match.
    Person {
        /// Whose beneficial owner is asked.
        who: Who,
        /// What must hold.
        must: Condition,
    },
    /// A lot may be sold once it was held this long.
    LockUp {
        /// The holding period, from the lot's acquisition.
        period: Days,
    },
    /// At most so many beneficial owners at once, counting those who wait for a trade to become final.
    /// (Investment Company Act of 1940, 3(c)(1): 100 beneficial owners.)
    HolderCap {
        /// The most there may be.
        max: u32,
    },
}

/// A security's rules in the order in which they are blamed. They all apply. A program without rules denies
/// everything. That the beneficial owner must change is no rule of a program: it always holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Program {
    rules: Vec<Rule>,
}

/// Why a list of rules is no program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// More rules than [`Program::MAX_RULES`].
    #[error("a program has at most {max} rules, this one has {0}", max = Program::MAX_RULES)]
    TooManyRules(usize),
    /// A condition with more parts than [`Program::MAX_PARTS`].
    #[error("rule {rule}: a condition has at most {max} parts, this one has {parts}", max = Program::MAX_PARTS)]
    TooManyParts {
        /// Which rule, from 1.
        rule: usize,
        /// How many parts it has.
        parts: usize,
    },
    /// A condition nested deeper than [`Program::MAX_DEPTH`].
    #[error("rule {rule}: a condition nests at most {max} deep, this one {depth}", max = Program::MAX_DEPTH)]
    TooDeep {
        /// Which rule, from 1.
        rule: usize,
        /// How deep it nests.
        depth: usize,
    },
    /// A cap of nought: nobody could ever hold the security.
    #[error("rule {rule}: a holder cap of 0 lets nobody hold the security")]
    EmptyCap {
        /// Which rule, from 1.
        rule: usize,
    },
}

impl Program {
    /// The most rules a program may have.
    pub const MAX_RULES: usize = 128;
    /// The most parts one condition may have.
    pub const MAX_PARTS: usize = 64;
    /// The deepest nesting of a condition.
    pub const MAX_DEPTH: usize = 8;

    /// Checks the bounds that make evaluation total, and puts lists of places in order.
    pub fn new(mut rules: Vec<Rule>) -> Result<Program, ProgramError> {
        if rules.len() > Self::MAX_RULES {
            return Err(ProgramError::TooManyRules(rules.len()));
        }
        for (i, rule) in rules.iter_mut().enumerate() {
            let at = i + 1;
            match rule {
                Rule::Person { must, .. } => {
                    let (parts, depth) = (must.size(), must.depth());
                    if parts > Self::MAX_PARTS {
                        return Err(ProgramError::TooManyParts { rule: at, parts });
                    }
                    if depth > Self::MAX_DEPTH {
                        return Err(ProgramError::TooDeep { rule: at, depth });
                    }
                    must.sort();
                }
                Rule::HolderCap { max: 0 } => return Err(ProgramError::EmptyCap { rule: at }),
                Rule::HolderCap { .. } | Rule::LockUp { .. } => {}
            }
        }
        Ok(Program { rules })
    }

    /// The rules with their numbers, in order.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, &Rule)> {
        self.rules.iter().enumerate().map(|(i, r)| (RuleId(i as u16 + 1), r))
    }

    /// Whether there is no rule, so that nothing may be transferred.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}
