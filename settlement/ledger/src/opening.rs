//! Opening registers: who holds what is issued to begin with.

use borsh::{BorshDeserialize, BorshSerialize, io};
use serde::{Deserialize, Serialize};
use tallystick_rules::{AccountId, Time, Units};

/// One line of an opening register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Whose.
    pub account: AccountId,
    /// How many units.
    pub units: Units,
    /// Since when: the start of every holding period.
    pub acquired: Time,
    /// Whether they are restricted securities (17 CFR 230.144(a)(3)).
    pub restricted: bool,
    /// Whether they are paid in full (17 CFR 230.144(d)(1)(iii)); where nothing is said, they are. What is not becomes so by
    /// [`Operation::PayUp`](crate::instruction::Operation::PayUp), and is held from then on.
    #[serde(default = "paid")]
    pub paid: bool,
}

impl Opening {
    /// The most lines an opening register may have.
    pub const MOST: usize = 4_096;
}

fn paid() -> bool {
    true
}

/// The bytes of an [`Opening`]. They are older than units that are not paid in full: those have a bit of their own beside that
/// of restricted ones, so that all that was ever signed and stored stays what it was.
#[derive(BorshSerialize, BorshDeserialize)]
struct OpeningBytes {
    account: AccountId,
    units: Units,
    acquired: Time,
    is: u8,
}

impl OpeningBytes {
    const RESTRICTED: u8 = 1;
    const NOT_PAID: u8 = 2;
}

impl BorshSerialize for Opening {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        let Opening { account, units, acquired, restricted, paid } = *self;
        let restricted = if restricted { OpeningBytes::RESTRICTED } else { 0 };
        let not_paid = if paid { 0 } else { OpeningBytes::NOT_PAID };
        OpeningBytes { account, units, acquired, is: restricted | not_paid }.serialize(writer)
    }
}

impl BorshDeserialize for Opening {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Opening> {
        let OpeningBytes { account, units, acquired, is } = OpeningBytes::deserialize_reader(reader)?;
        if is & !(OpeningBytes::RESTRICTED | OpeningBytes::NOT_PAID) != 0 {
            let what = format!("{is} says nothing of an opening register's units");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        let (restricted, paid) = (is & OpeningBytes::RESTRICTED != 0, is & OpeningBytes::NOT_PAID == 0);
        Ok(Opening { account, units, acquired, restricted, paid })
    }
}
