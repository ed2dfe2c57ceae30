//! Lots: units of one holding with one history, and so with the same restrictions; and what becomes of a lot that moves.

use crate::basics::{Time, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The number of a lot within its holding; lower is older in the register, and never used again.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
pub struct LotId(pub u32);

/// From whom units were acquired.
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
pub enum Source {
    /// The issuer.
    Issuer = 1,
    /// Another holder.
    Holder = 2,
    /// An affiliate of the issuer: a holding period begins anew (17 CFR 230.144(d)(1)).
    Affiliate = 3,
}

/// The exemption path that units move under: it decides what lot they become.
///
/// The numbers are part of formats: they are never changed and never reused.
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
pub enum Path {
    /// None in particular: what is restricted stays so, and the buyer's lot begins on the day of the trade.
    Plain = 0,
    /// 17 CFR 230.144: what is sold under it is no longer restricted.
    Rule144 = 1,
    /// Securities Act, 4(a)(7) and 4(d): what is sold under it is restricted (4(e)(1)(C)), even if it was not; the buyer
    /// adds the seller's holding period to its own.
    Section4a7 = 2,
    /// 17 CFR 230.144A: what is sold under it is restricted (230.144(a)(3)(iii)), even if it was not; the buyer adds the
    /// seller's holding period to its own.
    Rule144a = 3,
    /// 17 CFR 230.904: equity of a US issuer stays restricted (230.905); the buyer adds the seller's holding period.
    RegS = 4,
    /// 17 CFR 227.501: bound to the date of issue, which stays.
    RegCf = 5,
    /// 17 CFR 230.251 and registered offerings: free from the beginning.
    Free = 6,
}

/// Where units come from: what decides which restrictions are on them.
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
pub struct History {
    /// The beginning (UTC) of the day on which the holding period began: that of the acquisition, or an earlier holder's
    /// where the path lets periods be added.
    pub acquired: Time,
    /// The beginning (UTC) of the day on which the issuer issued them; it never changes.
    pub issued: Time,
    /// From whom the holding period began.
    pub source: Source,
    /// The path under which the holder got them.
    pub path: Path,
    /// Whether they are restricted securities (17 CFR 230.144(a)(3)).
    pub restricted: bool,
    /// Whether who acquired them from the issuer or an affiliate has paid in full (17 CFR 230.144(d)(1)(iii)).
    pub paid: bool,
}

impl History {
    /// Units that the issuer issues at a moment, restricted or not, and paid in full.
    pub fn of_issue(at: Time, restricted: bool) -> History {
        let day = beginning_of_day(at);
        History {
            acquired: day,
            issued: day,
            source: Source::Issuer,
            path: Path::Plain,
            restricted,
            paid: true,
        }
    }

    /// What units of this history are once they are paid in full, at a moment: "the holding period shall not begin until the
    /// full purchase price or other consideration is paid or given by the person acquiring the securities from the issuer or
    /// from an affiliate of the issuer" (17 CFR 230.144(d)(1)(iii)). So it begins on that day, whoever holds them by then.
    #[must_use]
    pub fn paid_up(&self, at: Time) -> History {
        History { acquired: self.acquired.max(beginning_of_day(at)), paid: true, ..*self }
    }

    /// What units of this history are once they have moved under `path` at `traded`, from a seller who is an affiliate of
    /// the issuer, or was within three months, or is not.
    #[must_use]
    pub fn moved(&self, path: Path, traded: Time, from_affiliate: bool) -> History {
        let adds_periods = matches!(path, Path::Section4a7 | Path::Rule144a | Path::RegS) && !from_affiliate;
        let (acquired, source) = match (adds_periods, from_affiliate) {
            (true, _) => (self.acquired, self.source),
            (false, true) => (beginning_of_day(traded), Source::Affiliate),
            (false, false) => (beginning_of_day(traded), Source::Holder),
        };
        let restricted = match path {
            Path::Rule144 | Path::Free => false,
            Path::Section4a7 | Path::Rule144a => true,
            Path::Plain | Path::RegS | Path::RegCf => self.restricted,
        };
        // What counts is that the one who acquired from the issuer or from an affiliate has paid: a later buyer who pays
        // a holder in full pays for nothing that was still owed (17 CFR 230.144(d)(1)(iii)).
        let paid = self.paid || from_affiliate;
        History { acquired, issued: self.issued, source, path, restricted, paid }
    }
}

/// The beginning of a moment's day (UTC): holding periods count in days.
pub fn beginning_of_day(moment: Time) -> Time {
    Time(moment.day() * Time::DAY_NS)
}

/// Units acquired together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Lot {
    /// Which lot of its holding.
    pub id: LotId,
    /// How many units, settled. Those promised to pending trades are included until the trade is final.
    pub units: Units,
    /// Of these, how many are promised to trades that are not final.
    pub pending_out: Units,
    /// Where they come from.
    pub history: History,
}

impl Lot {
    /// Units not promised to a trade; none, where a network has taken away what is.
    pub fn free(&self) -> Units {
        self.units.saturating_sub(self.pending_out)
    }
}
