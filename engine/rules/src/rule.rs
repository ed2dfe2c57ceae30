//! What a security demands, rule by rule, and the protocols that rules belong to.

use crate::basics::Units;
use crate::condition::Condition;
use crate::lot::Path;
use crate::period::Period;
use crate::program::Program;
use crate::window::Window;
use borsh::io::{self, Read};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// Rules under one name and version, with the law or the agreement that they come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct Protocol {
    /// What it is called, with its version, as in `us.rule144@2026.1`; at most [`Protocol::LONGEST_NAME`] bytes of printable
    /// ASCII.
    pub name: String,
    /// Where it stands, as in `17 CFR 230.144`; at most [`Protocol::LONGEST_CITATION`] bytes.
    pub cites: String,
    /// Its rules, in the order in which they are blamed. All of them apply.
    pub rules: Vec<Rule>,
}

impl Protocol {
    /// The longest name, in bytes.
    pub const LONGEST_NAME: usize = 64;
    /// The longest citation, in bytes.
    pub const LONGEST_CITATION: usize = 256;

    /// Rules of a security's own.
    pub fn own(rules: Vec<Rule>) -> Vec<Protocol> {
        vec![Protocol { name: "own@1".into(), cites: String::new(), rules }]
    }
}

/// One rule. It answers how much may be traded.
///
/// The numbers of the variants are part of formats: they are never changed and never reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Rule {
    /// A condition must hold. What it says of one side alone is asked at entry, all of it again at the match.
    Require(Condition) = 1,
    /// A lot may go only by one of these ways; by the first that is open to it, which decides what lot it becomes.
    Ways(Vec<Way>) = 2,
    /// At most so many of these holders at once, counting those who wait for a trade to become final.
    HolderCap(Holders, u32) = 3,
    /// Nobody may come to own more than this; who owns more already buys nothing.
    Owned(Scope, Most) = 4,
    /// Who is left with any holds at least so many units; a holder may leave entirely.
    AtLeast(Units) = 5,
    /// Only multiples of so many units move; a holder may leave entirely.
    Denomination(Units) = 6,
    /// Less than this share belongs to benefit plans, in hundredths of a per cent (29 CFR 2510.3-101(f)(1): 25 %).
    BenefitPlans(u16) = 7,
    /// A group sells at most the greater of two quantities within a period (17 CFR 230.144(e)(1); of a tranche of debt,
    /// (e)(2)).
    Sold {
        /// The period, which ends now.
        within: Period,
        /// A share of the class, in hundredths of a per cent.
        bps: u16,
        /// Whether the mean weekly volume on exchanges counts where it is more.
        or_weekly_volume: bool,
    } = 8,
    /// Another rule, where a condition holds.
    When(Condition, Box<Rule>) = 9,
    /// A group sells at most so much within a window, this trade included.
    Velocity {
        /// Within what.
        window: Window,
        /// How much.
        most: Most,
    } = 10,
    /// These two trade only what was approved beforehand: by the issuer, and by who else the security asks.
    Approved = 11,
}

/// A way that lots may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Way {
    /// The exemption path.
    pub path: Path,
    /// When it is open to a lot.
    pub when: Condition,
}

/// Which holders a cap counts.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Holders {
    /// Beneficial owners.
    Beneficial = 1,
    /// Holders of record: whoever stands in the register, so all that one nominee holds for others counts once (17 CFR
    /// 240.12g5-1(a)).
    Record = 2,
    /// Holders of record who were not accredited when they last acquired (Exchange Act, 12(g)(1)(A)(ii)).
    RecordNotAccredited = 3,
    /// Beneficial owners, but in place of a fund that owns a tenth or more of the class those who own the fund
    /// (Investment Company Act, 3(c)(1)(A)).
    LookThrough = 4,
}

impl Holders {
    /// All of them, by their numbers.
    pub const ALL: [Holders; 4] =
        [Holders::Beneficial, Holders::Record, Holders::RecordNotAccredited, Holders::LookThrough];
}

/// Whose units are taken together.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Scope {
    /// One beneficial owner's.
    Owner = 1,
    /// Those of an affiliate group.
    Group = 2,
}

/// The most that may be owned, or sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Most {
    /// So many units.
    Units(Units) = 1,
    /// A share of the class, in hundredths of a per cent; rounded down.
    Bps(u16) = 2,
}

impl Most {
    /// How many units that is, of so many that there are.
    pub fn of(self, issued: Units) -> Units {
        match self {
            Most::Units(units) => units,
            Most::Bps(bps) => {
                let share = u128::from(issued.0) * u128::from(bps) / 10_000;
                Units(u64::try_from(share).unwrap_or(u64::MAX))
            }
        }
    }
}

impl Rule {
    /// Nothing of what was acquired less than `period` ago may be sold.
    pub fn lock_up(period: Period) -> Rule {
        Rule::Ways(vec![Way {
            path: Path::Plain,
            when: Condition::Lot(crate::condition::LotTest::HeldFor(period)),
        }])
    }

    /// The rule within, where it is one that applies under conditions.
    pub fn innermost(&self) -> &Rule {
        match self {
            Rule::When(_, then) => then.innermost(),
            rule => rule,
        }
    }

    /// How many parts its conditions have together.
    pub(crate) fn steps(&self) -> usize {
        match self {
            Rule::Require(condition) => condition.size(),
            Rule::Ways(ways) => ways.iter().map(|way| way.when.size()).sum(),
            Rule::When(when, then) => when.size() + then.steps(),
            Rule::HolderCap(..)
            | Rule::Owned(..)
            | Rule::AtLeast(_)
            | Rule::Denomination(_)
            | Rule::BenefitPlans(_)
            | Rule::Sold { .. }
            | Rule::Velocity { .. }
            | Rule::Approved => 0,
        }
    }

    pub(crate) fn sort(&mut self) {
        match self {
            Rule::Require(condition) => condition.sort(),
            Rule::Ways(ways) => ways.iter_mut().for_each(|way| way.when.sort()),
            Rule::When(when, then) => {
                when.sort();
                then.sort();
            }
            Rule::HolderCap(..)
            | Rule::Owned(..)
            | Rule::AtLeast(_)
            | Rule::Denomination(_)
            | Rule::BenefitPlans(_)
            | Rule::Sold { .. }
            | Rule::Velocity { .. }
            | Rule::Approved => {}
        }
    }
}

/// Reads a list that may not be longer than so.
pub(crate) fn at_most<T: BorshDeserialize, R: Read>(
    reader: &mut R,
    most: usize,
    what: &str,
) -> io::Result<Vec<T>> {
    let count = u32::deserialize_reader(reader)? as usize;
    if count > most {
        let what = format!("a list has {count} {what}, more than {most}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    (0..count).map(|_| T::deserialize_reader(reader)).collect()
}

/// Decoding is bounded, as that of conditions is.
impl BorshDeserialize for Protocol {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Protocol> {
        let text = |bytes| {
            String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
        };
        Ok(Protocol {
            name: text(at_most(reader, Protocol::LONGEST_NAME, "bytes of a name")?)?,
            cites: text(at_most(reader, Protocol::LONGEST_CITATION, "bytes of a citation")?)?,
            rules: at_most(reader, Program::MAX_RULES, "rules")?,
        })
    }
}

/// Decoding is bounded, as that of conditions is.
impl BorshDeserialize for Rule {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Rule> {
        Rule::read(reader, MAX_NESTED)
    }
}

/// How many conditions one rule may be put under, one within the other.
pub(crate) const MAX_NESTED: usize = 4;

impl Rule {
    fn read<R: Read>(reader: &mut R, nested: usize) -> io::Result<Rule> {
        let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        Ok(match u8::deserialize_reader(reader)? {
            1 => Rule::Require(BorshDeserialize::deserialize_reader(reader)?),
            2 => Rule::Ways(at_most(reader, Program::MAX_WAYS, "ways")?),
            3 => {
                let (holders, max) = BorshDeserialize::deserialize_reader(reader)?;
                Rule::HolderCap(holders, max)
            }
            4 => {
                let (scope, most) = BorshDeserialize::deserialize_reader(reader)?;
                Rule::Owned(scope, most)
            }
            5 => Rule::AtLeast(BorshDeserialize::deserialize_reader(reader)?),
            6 => Rule::Denomination(BorshDeserialize::deserialize_reader(reader)?),
            7 => Rule::BenefitPlans(BorshDeserialize::deserialize_reader(reader)?),
            8 => {
                let (within, bps, or_weekly_volume) = BorshDeserialize::deserialize_reader(reader)?;
                Rule::Sold { within, bps, or_weekly_volume }
            }
            9 if nested == 0 => {
                return Err(wrong(format!("a rule is put under more than {MAX_NESTED} conditions")));
            }
            9 => {
                let when = BorshDeserialize::deserialize_reader(reader)?;
                Rule::When(when, Box::new(Rule::read(reader, nested - 1)?))
            }
            10 => {
                let (window, most) = BorshDeserialize::deserialize_reader(reader)?;
                Rule::Velocity { window, most }
            }
            11 => Rule::Approved,
            other => return Err(wrong(format!("{other} is no kind of rule"))),
        })
    }
}
