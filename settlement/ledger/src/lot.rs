//! Lots on the register: units of one holding with one history, and so with the same restrictions.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{History, LotId, Path, Units};

/// Units of one holding with one history. Two that differ in nothing but number and units are one lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Lot {
    /// Its number within its holding.
    pub id: LotId,
    /// How many units; never nought.
    pub units: Units,
    /// Where they come from.
    pub history: History,
    /// Which issuance of the security they stem from, counted from 1.
    pub issuance: u32,
}

impl Lot {
    /// The most lots a holding may have.
    pub const MOST: usize = 256;
}

/// What an exemption path is called.
pub(crate) fn way(path: Path) -> &'static str {
    match path {
        Path::Plain => "no exemption in particular",
        Path::Rule144 => "Rule 144 (17 CFR 230.144)",
        Path::Section4a7 => "section 4(a)(7) of the Securities Act",
        Path::Rule144a => "Rule 144A (17 CFR 230.144A)",
        Path::RegS => "Regulation S (17 CFR 230.904)",
        Path::RegCf => "Regulation Crowdfunding (17 CFR 227.501)",
        Path::Free => "an offering that leaves them free (registered, or 17 CFR 230.251)",
    }
}
