//! Lots on the register: units of one holding with one history, and so with the same restrictions.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{LotId, Time, Units};

/// Units of one holding with one history. Two that differ in nothing but number and units are one lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Lot {
    /// Its number within its holding.
    pub id: LotId,
    /// How many units; never nought.
    pub units: Units,
    /// The beginning (UTC) of the day on which they were acquired: the start of every holding period.
    pub acquired: Time,
    /// From whom.
    pub source: Source,
    /// The path under which the holder got them.
    pub path: Path,
    /// Which issuance of the security they stem from, counted from 1.
    pub issuance: u32,
}

impl Lot {
    /// The most lots a holding may have.
    pub const MOST: usize = 256;
}

/// From whom units were acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Source {
    /// The issuer.
    Issuer = 1,
    /// Another holder.
    Holder = 2,
}

/// The exemption path that units move under: it decides what lot they become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Path {
    /// None: the security's rules alone decide, and the buyer's lot begins on the day of the trade.
    Plain = 0,
}
