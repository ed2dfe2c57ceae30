//! Conditions: yes-or-no questions about a trade that may come about. Quantities never appear in them.

use crate::basics::{Jurisdiction, Time};
use crate::identity::Topic;
use crate::lot::Source;
use crate::period::Period;
use crate::place::Place;
use crate::program::Program;
use crate::rule::at_most;
use borsh::io::{self, Read};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// Which side of a trade is asked.
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
pub enum Who {
    /// The one who would acquire.
    Buyer = 1,
    /// The one who would part with.
    Seller = 2,
}

/// A question, or several.
///
/// The numbers of the variants are part of formats: they are never changed and never reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Condition {
    /// All of them; of none, yes.
    All(Vec<Condition>) = 1,
    /// At least one of them; of none, no.
    Any(Vec<Condition>) = 2,
    /// The contrary.
    Not(Box<Condition>) = 3,
    /// About the beneficial owner on one side.
    Person(Who, PersonTest) = 4,
    /// About a lot of the seller's; only where a [`crate::Way`] asks.
    Lot(LotTest) = 5,
    /// About the security.
    Security(SecurityTest) = 6,
    /// About the market.
    Market(MarketTest) = 7,
}

/// About a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum PersonTest {
    /// Verified and not suspended.
    Verified = 1,
    /// Resident in one of these places, as was last claimed: a rule that needs the claim to be current asks for
    /// [`PersonTest::Verified`] too. Who has claimed no region resides in none, so a rule that keeps a region out lists the
    /// regions that it lets in. The list is put in order when a program is built.
    ResidentOf(Vec<Place>) = 2,
    /// A claim on this topic counts.
    Holds(Topic) = 3,
    /// It is an affiliate of the issuer, or ceased to be one less than this period ago (17 CFR 230.144(b)(1)(i): three
    /// months).
    Affiliate(Period) = 4,
    /// It is the issuer.
    Issuer = 5,
}

/// About a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum LotTest {
    /// Its holding period is at least so long.
    HeldFor(Period) = 1,
    /// It was issued at least so long ago.
    IssuedFor(Period) = 2,
    /// It is of restricted securities.
    Restricted = 3,
    /// It was paid in full.
    Paid = 4,
    /// It was acquired from there.
    From(Source) = 5,
}

/// About a security and its issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum SecurityTest {
    /// The issuer has been reporting at least so long.
    ReportingFor(Period) = 1,
    /// Current information is available.
    Informed = 2,
    /// The issuer is a shell company.
    Shell = 3,
    /// The issuer is bankrupt.
    Bankrupt = 4,
    /// A class of the same kind is listed.
    FungibleWithListed = 5,
    /// Units have been outstanding at least so long.
    OutstandingFor(Period) = 6,
    /// Distribution has been over at least so long.
    DistributedFor(Period) = 7,
    /// A blackout is on.
    Blackout = 8,
    /// The issuer is current in the reports that the exemption of its offering asks for.
    Filing = 9,
    /// The issuer is small enough for its holders of record not to count.
    Small = 10,
    /// A registered transfer agent serves the class.
    RegisteredAgent = 11,
}

/// About where and when it is traded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum MarketTest {
    /// The venue is under one of these countries' law. The list is put in order when a program is built.
    In(Vec<Jurisdiction>) = 1,
    /// Only those who were let in can see the security there.
    Gated = 2,
    /// At or after the first moment and before the second.
    Between(Time, Time) = 3,
}

impl Condition {
    /// About the buyer.
    pub fn buyer(test: PersonTest) -> Condition {
        Condition::Person(Who::Buyer, test)
    }

    /// About the seller.
    pub fn seller(test: PersonTest) -> Condition {
        Condition::Person(Who::Seller, test)
    }

    /// About each of them.
    pub fn both(test: PersonTest) -> Condition {
        Condition::All(vec![Condition::buyer(test.clone()), Condition::seller(test)])
    }

    /// The contrary.
    #[expect(clippy::should_implement_trait, reason = "it makes a tree, and negates nothing")]
    pub fn not(of: Condition) -> Condition {
        Condition::Not(Box::new(of))
    }

    /// If `when` holds then `then` must hold too.
    pub fn when(when: Condition, then: Condition) -> Condition {
        Condition::Any(vec![Condition::not(when), then])
    }

    /// How many parts it has, itself included.
    pub(crate) fn size(&self) -> usize {
        1 + self.parts().iter().map(Condition::size).sum::<usize>()
    }

    /// How deeply it is nested; one for a question without parts.
    pub(crate) fn depth(&self) -> usize {
        1 + self.parts().iter().map(Condition::depth).max().unwrap_or(0)
    }

    /// Whether it, or one of its parts, is such a question.
    pub(crate) fn has(&self, is: &impl Fn(&Condition) -> bool) -> bool {
        is(self) || self.parts().iter().any(|part| part.has(is))
    }

    /// Puts the lists of places in order, so that they can be searched.
    pub(crate) fn sort(&mut self) {
        match self {
            Condition::Person(_, PersonTest::ResidentOf(places)) => {
                places.sort_unstable();
                places.dedup();
            }
            Condition::Market(MarketTest::In(places)) => {
                places.sort_unstable();
                places.dedup();
            }
            Condition::All(parts) | Condition::Any(parts) => parts.iter_mut().for_each(Condition::sort),
            Condition::Not(part) => part.sort(),
            Condition::Person(..) | Condition::Lot(_) | Condition::Security(_) | Condition::Market(_) => {}
        }
    }

    pub(crate) fn parts(&self) -> &[Condition] {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts,
            Condition::Not(part) => std::slice::from_ref(part),
            Condition::Person(..) | Condition::Lot(_) | Condition::Security(_) | Condition::Market(_) => &[],
        }
    }
}

/// Decoding is bounded: what is handed in from outside may nest and list no more than a program may, so that nobody can
/// use up the stack or the memory of who reads it.
impl BorshDeserialize for Condition {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Condition> {
        Condition::read(reader, Program::MAX_DEPTH)
    }
}

impl Condition {
    fn read<R: Read>(reader: &mut R, depth: usize) -> io::Result<Condition> {
        let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        if depth == 0 {
            return Err(wrong(format!("a condition nests deeper than {}", Program::MAX_DEPTH)));
        }
        let parts = |reader: &mut R| {
            let count = u32::deserialize_reader(reader)? as usize;
            if count > Program::MAX_PARTS {
                let most = Program::MAX_PARTS;
                return Err(wrong(format!("a condition has {count} parts, more than {most}")));
            }
            (0..count).map(|_| Condition::read(reader, depth - 1)).collect::<io::Result<Vec<_>>>()
        };
        Ok(match u8::deserialize_reader(reader)? {
            1 => Condition::All(parts(reader)?),
            2 => Condition::Any(parts(reader)?),
            3 => Condition::not(Condition::read(reader, depth - 1)?),
            4 => {
                let (who, test) = BorshDeserialize::deserialize_reader(reader)?;
                Condition::Person(who, test)
            }
            5 => Condition::Lot(BorshDeserialize::deserialize_reader(reader)?),
            6 => Condition::Security(BorshDeserialize::deserialize_reader(reader)?),
            7 => Condition::Market(BorshDeserialize::deserialize_reader(reader)?),
            other => return Err(unknown(other, "kind of condition")),
        })
    }
}

impl BorshDeserialize for PersonTest {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<PersonTest> {
        Ok(match u8::deserialize_reader(reader)? {
            1 => PersonTest::Verified,
            2 => PersonTest::ResidentOf(at_most(reader, Program::MAX_PLACES, "places")?),
            3 => PersonTest::Holds(BorshDeserialize::deserialize_reader(reader)?),
            4 => PersonTest::Affiliate(BorshDeserialize::deserialize_reader(reader)?),
            5 => PersonTest::Issuer,
            other => return Err(unknown(other, "question about a person")),
        })
    }
}

impl BorshDeserialize for MarketTest {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<MarketTest> {
        Ok(match u8::deserialize_reader(reader)? {
            1 => MarketTest::In(at_most(reader, Program::MAX_PLACES, "countries")?),
            2 => MarketTest::Gated,
            3 => {
                let (from, to) = BorshDeserialize::deserialize_reader(reader)?;
                MarketTest::Between(from, to)
            }
            other => return Err(unknown(other, "question about a market")),
        })
    }
}

fn unknown(number: u8, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{number} is no {what}"))
}
