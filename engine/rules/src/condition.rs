//! Conditions: yes-or-no questions about one investor at one moment.

use crate::basics::{Jurisdiction, Time};
use crate::identity::Identity;
use crate::program::Program;
use crate::reason::ReasonCode;
use borsh::io::{self, Read};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// A yes-or-no question about an investor. Conditions combine; quantities never appear in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Verified and not revoked.
    IdentityValid,
    /// Resident in one of these places. The list is sorted when a program is built.
    ResidentOf(Vec<Jurisdiction>),
    /// Holds a current accreditation (17 CFR 230.501(a)).
    Accredited,
    /// All of them; of none, yes.
    All(Vec<Condition>),
    /// At least one of them; of none, no.
    Any(Vec<Condition>),
    /// The contrary.
    Not(Box<Condition>),
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
                return Err(wrong(format!(
                    "a condition has {count} parts, more than {}",
                    Program::MAX_PARTS
                )));
            }
            (0..count).map(|_| Condition::read(reader, depth - 1)).collect::<io::Result<Vec<_>>>()
        };
        Ok(match u8::deserialize_reader(reader)? {
            0 => Condition::IdentityValid,
            1 => Condition::ResidentOf(Vec::deserialize_reader(reader)?),
            2 => Condition::Accredited,
            3 => Condition::All(parts(reader)?),
            4 => Condition::Any(parts(reader)?),
            5 => Condition::Not(Box::new(Condition::read(reader, depth - 1)?)),
            other => return Err(wrong(format!("{other} is no kind of condition"))),
        })
    }

    /// Resident in one of `codes` (ISO 3166-1 alpha-2). Panics on a malformed code: programs are built by us.
    pub fn resident_of(codes: &[&str]) -> Condition {
        let place = |c: &&str| Jurisdiction::new(c).unwrap_or_else(|| panic!("{c:?} is not a country code"));
        Condition::ResidentOf(codes.iter().map(place).collect())
    }

    /// If `when` holds then `then` must hold too.
    pub fn when(when: Condition, then: Condition) -> Condition {
        Condition::Any(vec![Condition::Not(Box::new(when)), then])
    }

    /// The answer for this investor at `now`.
    pub fn holds(&self, who: &Identity, now: Time) -> bool {
        match self {
            Condition::IdentityValid => who.valid_at(now),
            Condition::ResidentOf(places) => places.binary_search(&who.jurisdiction).is_ok(),
            Condition::Accredited => who.accredited_at(now),
            Condition::All(parts) => parts.iter().all(|c| c.holds(who, now)),
            Condition::Any(parts) => parts.iter().any(|c| c.holds(who, now)),
            Condition::Not(part) => !part.holds(who, now),
        }
    }

    /// The reason to give when the condition does not hold for this investor: that of the part to blame
    /// where one part alone is, else [`ReasonCode::TransferRestricted`].
    pub(crate) fn blame(&self, who: &Identity, now: Time) -> ReasonCode {
        match self {
            Condition::IdentityValid if who.standing != crate::identity::Standing::Good => {
                ReasonCode::IdentitySuspended
            }
            Condition::IdentityValid => ReasonCode::IdentityLapsed,
            Condition::ResidentOf(_) => ReasonCode::Jurisdiction,
            Condition::Accredited => ReasonCode::NotAccredited,
            Condition::All(parts) => match parts.iter().find(|c| !c.holds(who, now)) {
                Some(part) => part.blame(who, now),
                None => ReasonCode::TransferRestricted,
            },
            // "when resident there, accredited": the part that could be mended is the one that is not a `Not`.
            Condition::Any(parts) => {
                let mut plain = parts.iter().filter(|c| !matches!(c, Condition::Not(_)));
                match (plain.next(), plain.next()) {
                    (Some(part), None) => part.blame(who, now),
                    _ => ReasonCode::TransferRestricted,
                }
            }
            Condition::Not(part) if matches!(**part, Condition::ResidentOf(_)) => ReasonCode::Jurisdiction,
            Condition::Not(_) => ReasonCode::TransferRestricted,
        }
    }

    /// How many parts it has, itself included.
    pub(crate) fn size(&self) -> usize {
        1 + self.parts().iter().map(Condition::size).sum::<usize>()
    }

    /// How deeply it is nested; one for a question without parts.
    pub(crate) fn depth(&self) -> usize {
        1 + self.parts().iter().map(Condition::depth).max().unwrap_or(0)
    }

    /// Sorts the lists of places, so that [`Condition::holds`] may search them.
    pub(crate) fn sort(&mut self) {
        match self {
            Condition::ResidentOf(places) => {
                places.sort_unstable();
                places.dedup();
            }
            Condition::All(parts) | Condition::Any(parts) => parts.iter_mut().for_each(Condition::sort),
            Condition::Not(part) => part.sort(),
            Condition::IdentityValid | Condition::Accredited => {}
        }
    }

    fn parts(&self) -> &[Condition] {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts,
            Condition::Not(part) => std::slice::from_ref(part),
            Condition::IdentityValid | Condition::ResidentOf(_) | Condition::Accredited => &[],
        }
    }
}
