//! A security's rules, checked once for their bounds so that evaluating them is total, and laid out flat so that it is
//! fast.

use crate::basics::{Time, Units};
use crate::code::Code;
use crate::condition::{Condition, MarketTest, PersonTest};
use crate::headroom::Counter;
use crate::period::Period;
use crate::reason::RuleId;
use crate::rule::{Holders, MAX_NESTED, Most, Protocol, Rule, Scope, at_most};
use crate::window::Window;
use borsh::io::{self, Read};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// A security's protocols in the order in which their rules are blamed. They all apply. A program without rules denies
/// everything. Three things stand in no program, since they always hold: the beneficial owner must change, both sides are
/// known, and neither is suspended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Protocol>", into = "Vec<Protocol>")]
pub struct Program {
    protocols: Vec<Protocol>,
    code: Code,
}

/// Why a list of protocols is no program. Rules are counted from 1 over all protocols.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// More rules than [`Program::MAX_RULES`].
    #[error("a program has at most {max} rules, this one has {0}", max = Program::MAX_RULES)]
    TooManyRules(usize),
    /// More protocols than [`Program::MAX_PROTOCOLS`].
    #[error("a program has at most {max} protocols, this one has {0}", max = Program::MAX_PROTOCOLS)]
    TooManyProtocols(usize),
    /// More parts of conditions than [`Program::MAX_STEPS`], over all rules.
    #[error("the conditions of a program have at most {max} parts together, those of this one {0}", max = Program::MAX_STEPS)]
    TooManySteps(usize),
    /// More ways than [`Program::MAX_WAYS`].
    #[error("rule {rule}: lots go by 1 to {max} ways, not {ways}", max = Program::MAX_WAYS)]
    Ways {
        /// Which rule.
        rule: usize,
        /// How many ways it has.
        ways: usize,
    },
    /// A condition with more parts than [`Program::MAX_PARTS`].
    #[error("rule {rule}: a condition has at most {max} parts, this one has {parts}", max = Program::MAX_PARTS)]
    TooManyParts {
        /// Which rule.
        rule: usize,
        /// How many parts it has.
        parts: usize,
    },
    /// A condition that lists more places than [`Program::MAX_PLACES`].
    #[error("rule {rule}: a list has at most {max} places", max = Program::MAX_PLACES)]
    TooManyPlaces {
        /// Which rule.
        rule: usize,
    },
    /// A condition nested deeper than [`Program::MAX_DEPTH`].
    #[error("rule {rule}: a condition nests at most {max} deep, this one {depth}", max = Program::MAX_DEPTH)]
    TooDeep {
        /// Which rule.
        rule: usize,
        /// How deep it nests.
        depth: usize,
    },
    /// Something that must not be nought, or beyond what makes sense.
    #[error("rule {rule}: {what} must be {range}")]
    Range {
        /// Which rule.
        rule: usize,
        /// What.
        what: &'static str,
        /// In which range.
        range: &'static str,
    },
    /// A question about a lot where no lot is asked about.
    #[error("rule {rule}: only a way by which lots go can ask about a lot")]
    LotOutsideWay {
        /// Which rule.
        rule: usize,
    },
    /// A place that is not written as it must be.
    #[error("rule {rule}: a place is two capital letters, and maybe a hyphen and a region (ISO 3166)")]
    Place {
        /// Which rule.
        rule: usize,
    },
    /// A protocol's name or citation.
    #[error("a protocol has a name of 1 to {name} printable ASCII characters without spaces, and a citation of at most {cites} bytes on one line", name = Protocol::LONGEST_NAME, cites = Protocol::LONGEST_CITATION)]
    Name,
}

impl Program {
    /// The most protocols a program may have.
    pub const MAX_PROTOCOLS: usize = 64;
    /// The most rules a program may have.
    pub const MAX_RULES: usize = 128;
    /// The most parts that all conditions of a program may have together: no question takes more steps than so many, and
    /// one for each rule.
    pub const MAX_STEPS: usize = 4_096;
    /// The most ways one rule may open to lots.
    pub const MAX_WAYS: usize = 16;
    /// The most parts one condition may have.
    pub const MAX_PARTS: usize = 64;
    /// The most places one list may have: every country, and every state.
    pub const MAX_PLACES: usize = 512;
    /// The deepest nesting of a condition.
    pub const MAX_DEPTH: usize = 8;
    /// The longest period within which sales are counted, in months and in days: each day of it may have to be kept.
    pub const MAX_WINDOW: Period = Period { months: 12, days: 366 };
    /// The greatest denomination.
    pub const MAX_DENOMINATION: u64 = 1 << 40;

    /// Checks the bounds that make evaluation total, and lays the rules out.
    pub fn new(mut protocols: Vec<Protocol>) -> Result<Program, ProgramError> {
        if protocols.len() > Self::MAX_PROTOCOLS {
            return Err(ProgramError::TooManyProtocols(protocols.len()));
        }
        let count = protocols.iter().map(|protocol| protocol.rules.len()).sum();
        if count > Self::MAX_RULES {
            return Err(ProgramError::TooManyRules(count));
        }
        for Protocol { name, cites, .. } in &protocols {
            let named = (1..=Protocol::LONGEST_NAME).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_graphic());
            if !named || cites.len() > Protocol::LONGEST_CITATION || cites.chars().any(char::is_control) {
                return Err(ProgramError::Name);
            }
        }
        let rules = protocols.iter_mut().flat_map(|protocol| &mut protocol.rules);
        for (i, rule) in rules.enumerate() {
            check(i + 1, rule, 0)?;
            rule.sort();
        }
        let steps = protocols.iter().flat_map(|p| &p.rules).map(Rule::steps).sum();
        if steps > Self::MAX_STEPS {
            return Err(ProgramError::TooManySteps(steps));
        }
        let code = Code::of(&protocols);
        Ok(Program { protocols, code })
    }

    /// The protocols, in order.
    pub fn protocols(&self) -> &[Protocol] {
        &self.protocols
    }

    /// The rules with their numbers, in order.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, &Rule)> {
        let rules = self.protocols.iter().flat_map(|protocol| &protocol.rules);
        rules.enumerate().map(|(i, rule)| (RuleId(i as u16 + 1), rule))
    }

    /// The protocol that a rule belongs to.
    pub fn protocol_of(&self, id: RuleId) -> Option<&Protocol> {
        let mut before = 0;
        self.protocols.iter().find(|protocol| {
            before += protocol.rules.len();
            id != RuleId::STANDING && usize::from(id.0) <= before
        })
    }

    /// Whether there is no rule, so that nothing may be transferred.
    pub fn is_empty(&self) -> bool {
        self.code.rules.is_empty()
    }

    /// Whether one of its rules says by which ways lots go; otherwise every lot goes by the plain one.
    pub fn has_ways(&self) -> bool {
        !self.code.ways.is_empty()
    }

    /// Whether one of its rules caps these holders.
    pub fn caps(&self, holders: Holders) -> bool {
        self.code.caps & 1 << holders as u8 != 0
    }

    /// Whether one of its rules measures the share of benefit plans.
    pub fn measures_plans(&self) -> bool {
        self.code.plans
    }

    /// The first day, from 1970-01-01 UTC, whose sales any of its rules may count at `now`; none where none counts sales.
    pub fn sold_since(&self, now: Time) -> Option<u64> {
        self.code.windows.iter().map(|window| window.first_day(now)).min()
    }

    /// Whether one of its rules counts what groups have sold.
    pub fn measures_sales(&self) -> bool {
        !self.code.windows.is_empty()
    }

    /// Whether one of its rules asks for what was approved beforehand.
    pub fn asks_approval(&self) -> bool {
        self.code.approved
    }

    /// Whether one of its rules limits what a counter counts, under a condition or not.
    pub fn limits(&self, counter: Counter) -> bool {
        match counter {
            Counter::Holders(holders) => self.caps(holders),
            Counter::Plans => self.measures_plans(),
            Counter::Owned(scope, _) => self.limits_owned(scope),
            Counter::Sold(_) => self.measures_sales(),
        }
    }

    /// Whether one of its rules limits what an owner, or a group, may own.
    pub fn limits_owned(&self, scope: Scope) -> bool {
        self.code.scopes & 1 << scope as u8 != 0
    }

    /// Whether what one owns, or a group, is limited; or must be a multiple or a minimum.
    pub fn measures_owned(&self) -> bool {
        self.code.owned
    }

    pub(crate) fn code(&self) -> &Code {
        &self.code
    }
}

fn check(at: usize, rule: &Rule, nested: usize) -> Result<(), ProgramError> {
    let range = |what, range| Err(ProgramError::Range { rule: at, what, range });
    match rule {
        Rule::Require(must) => {
            condition(at, must)?;
            no_lots(at, must)
        }
        Rule::Ways(ways) => {
            if ways.is_empty() || ways.len() > Program::MAX_WAYS {
                return Err(ProgramError::Ways { rule: at, ways: ways.len() });
            }
            ways.iter().try_for_each(|way| condition(at, &way.when))
        }
        Rule::HolderCap(_, 0) => {
            range("a cap on holders", "at least 1: under 0 nobody could ever hold the security")
        }
        Rule::Owned(_, Most::Units(Units(0))) => {
            range("what may be owned", "at least 1: under 0 nobody could ever buy the security")
        }
        Rule::Owned(_, Most::Bps(bps)) if !(1..=10_000).contains(bps) => {
            range("a share that may be owned", "over 0 and at most 100 per cent")
        }
        Rule::Denomination(units) if !(1..=Program::MAX_DENOMINATION).contains(&units.0) => {
            range("a denomination", "at least 1 and at most 2^40")
        }
        Rule::BenefitPlans(bps) if !(1..=10_000).contains(bps) => {
            range("the share of benefit plans", "over 0 and at most 100 per cent")
        }
        Rule::Sold { within, .. } if !is_window(*within) => range(WINDOW.0, WINDOW.1),
        Rule::Sold { bps: 10_001.., .. } => range("a share of the class", "at most 100 per cent"),
        Rule::Velocity { window: Window::Rolling(period), .. } if !is_window(*period) => {
            range(WINDOW.0, WINDOW.1)
        }
        Rule::Velocity { most: Most::Units(Units(0)), .. } => {
            range("what may be sold", "at least 1: under 0 nobody could ever sell the security")
        }
        Rule::Velocity { most: Most::Bps(bps), .. } if !(1..=10_000).contains(bps) => {
            range("a share that may be sold", "over 0 and at most 100 per cent")
        }
        Rule::When(..) if nested == MAX_NESTED => {
            range("the number of conditions that a rule is under", "at most 4")
        }
        Rule::When(when, then) => {
            condition(at, when)?;
            no_lots(at, when)?;
            check(at, then, nested + 1)
        }
        Rule::HolderCap(..)
        | Rule::Owned(..)
        | Rule::AtLeast(_)
        | Rule::Denomination(_)
        | Rule::BenefitPlans(_)
        | Rule::Sold { .. }
        | Rule::Velocity { .. }
        | Rule::Approved => Ok(()),
    }
}

/// The period within which sales count, and what it must be.
const WINDOW: (&str, &str) =
    ("the period within which sales count", "at least a day, and at most 12 months and 366 days");

fn is_window(period: Period) -> bool {
    period != Period::default() && period.is_within(Program::MAX_WINDOW)
}

fn condition(at: usize, condition: &Condition) -> Result<(), ProgramError> {
    // The depth first: the others walk all of it.
    let depth = condition.depth();
    if depth > Program::MAX_DEPTH {
        return Err(ProgramError::TooDeep { rule: at, depth });
    }
    let parts = condition.size();
    if parts > Program::MAX_PARTS {
        return Err(ProgramError::TooManyParts { rule: at, parts });
    }
    let too_many = |c: &Condition| match c {
        Condition::Person(_, PersonTest::ResidentOf(places)) => places.len() > Program::MAX_PLACES,
        Condition::Market(MarketTest::In(places)) => places.len() > Program::MAX_PLACES,
        _ => false,
    };
    if condition.has(&too_many) {
        return Err(ProgramError::TooManyPlaces { rule: at });
    }
    let malformed = |c: &Condition| match c {
        Condition::Person(_, PersonTest::ResidentOf(places)) => {
            !places.iter().all(|place| place.is_well_formed())
        }
        Condition::Market(MarketTest::In(places)) => !places.iter().all(|place| place.is_well_formed()),
        _ => false,
    };
    if condition.has(&malformed) { Err(ProgramError::Place { rule: at }) } else { Ok(()) }
}

fn no_lots(at: usize, condition: &Condition) -> Result<(), ProgramError> {
    let asks = condition.has(&|part| matches!(part, Condition::Lot(_)));
    if asks { Err(ProgramError::LotOutsideWay { rule: at }) } else { Ok(()) }
}

impl PartialEq for Program {
    /// What it is laid out as follows from what it says.
    fn eq(&self, other: &Program) -> bool {
        self.protocols == other.protocols
    }
}
impl Eq for Program {}

impl TryFrom<Vec<Protocol>> for Program {
    type Error = ProgramError;
    fn try_from(protocols: Vec<Protocol>) -> Result<Program, ProgramError> {
        Program::new(protocols)
    }
}
impl From<Program> for Vec<Protocol> {
    fn from(program: Program) -> Vec<Protocol> {
        program.protocols
    }
}
impl BorshSerialize for Program {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        BorshSerialize::serialize(&self.protocols, writer)
    }
}
impl BorshDeserialize for Program {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Program> {
        let protocols = at_most(reader, Program::MAX_PROTOCOLS, "protocols")?;
        Program::new(protocols).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
    }
}
