//! What became of an instruction: one receipt each, refused ones included.

use crate::lot::way;
use crate::names::{Asset, Hash, Height};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;
use tallystick_rules::{AccountId, CashId, InvestorId, LotId, Path, Reason, SecurityId, Units};

/// What became of one instruction. A header certifies the root of all receipts of its block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    /// Which instruction.
    pub id: Hash,
    /// At which height.
    pub height: Height,
    /// Its place among the block's receipts.
    pub index: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// Done, or refused with a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is done.
    Done(Done),
    /// Nothing of it is done.
    Refused(Refusal),
}

/// What was done, as far as it has a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Done {
    /// What was asked.
    Asked = 0,
    /// A person has this number.
    Investor(InvestorId) = 1,
    /// An account has this number.
    Account(AccountId) = 2,
    /// A cash token has this number.
    Cash(CashId) = 3,
    /// A security has this number.
    Security(SecurityId) = 4,
    /// A transfer: ownership has passed. The units are in this lot of the buyer's.
    Transferred(LotId) = 5,
    /// So much is leased now.
    Leased {
        /// Places or units, as the counter has them.
        amount: u64,
    } = 6,
}

/// Which side of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who delivers units.
    Seller,
    /// Who pays.
    Buyer,
    /// Who is paid beside the price, or gets what is issued.
    Receiver,
}

/// Why nothing was done. The numbers never change and are never reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Refusal {
    /// It was signed for another chain.
    OtherChain = 1,
    /// Its expiry height has passed.
    Expired = 2,
    /// The same instruction was decided before; that decision stands.
    Duplicate {
        /// When.
        height: Height,
    } = 3,
    /// The trade was decided before, under another instruction; that decision stands.
    TradeDecided {
        /// When.
        height: Height,
        /// Under which instruction.
        id: Hash,
    } = 4,
    /// A signature is missing, or the key may not do this.
    NotAuthorized {
        /// Who should have signed.
        who: String,
    } = 5,
    /// There is no such thing.
    Unknown {
        /// What.
        what: String,
    } = 6,
    /// A value is outside of what it may be.
    OutOfRange {
        /// Which.
        what: String,
        /// What it may be.
        range: String,
    } = 7,
    /// There is an open allocation already.
    AllocationOpen = 8,
    /// There is not that much, free of locks.
    Insufficient {
        /// Of what.
        asset: Asset,
        /// How much there is.
        free: u64,
    } = 9,
    /// A holding would have more lots than it may.
    TooManyLots {
        /// Whose.
        account: AccountId,
    } = 10,
    /// A sum would pass what can be counted.
    Overflow {
        /// Which.
        what: String,
    } = 11,
    /// This side has allocated nothing of the kind to the venue, or no longer.
    NoAllocation {
        /// Whose.
        side: Side,
    } = 20,
    /// It is more than this side has allocated.
    BeyondAllocation {
        /// Whose.
        side: Side,
    } = 21,
    /// The price is worse than this side's allocation allows.
    WorsePrice {
        /// Whose.
        side: Side,
    } = 22,
    /// The fees are more than this side's allocation allows.
    FeeTooHigh {
        /// Whose.
        side: Side,
    } = 23,
    /// The security has entered another epoch.
    StaleEpoch {
        /// Which it is in.
        current: u32,
    } = 24,
    /// The versions that it pins are older than the horizon, or not there yet.
    StalePin {
        /// The oldest height that could be pinned.
        oldest: Height,
    } = 25,
    /// A lot is named that the seller's allocation does not hold (or, where an order moves it or it is paid up, its account),
    /// or not so many units of it, or twice, or the lots do not add up.
    WrongLots = 26,
    /// A party's account is frozen by an order.
    Frozen {
        /// Whose.
        side: Side,
    } = 27,
    /// A rule of the security forbids it.
    Compliance(Reason) = 28,
    /// The trade's time lies after the block's, or before that of the height it pins or the day that a lot of it is held since.
    TradeTime = 29,
    /// A lot does not go by the way that is open to it.
    WrongPath {
        /// Which of the seller's lots.
        lot: LotId,
        /// The way that is.
        open: Path,
    } = 30,
    /// A lot that is to be paid up is paid in full already.
    PaidAlready {
        /// Which.
        lot: LotId,
    } = 31,
    /// More of a lot is to be paid up than no allocation has locked. What is allocated may have been traded as what it is.
    Allocated {
        /// Which.
        lot: LotId,
        /// How many of its units are locked under no allocation.
        free: Units,
    } = 32,
}

impl Refusal {
    /// Its number.
    pub fn number(&self) -> u8 {
        borsh::to_vec(self).expect("writing to memory does not fail")[0]
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Seller => "seller",
            Side::Buyer => "buyer",
            Side::Receiver => "receiver",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::OtherChain => f.write_str("it was signed for another chain"),
            Refusal::Expired => f.write_str("its expiry height has passed"),
            Refusal::Duplicate { height } => {
                write!(f, "the same instruction was decided at height {height}, which stands")
            }
            Refusal::TradeDecided { height, id } => {
                write!(f, "the trade was decided at height {height} as instruction {id}, which stands")
            }
            Refusal::NotAuthorized { who } => write!(f, "it needs the signature of {who}"),
            Refusal::Unknown { what } => write!(f, "there is no {what}"),
            Refusal::OutOfRange { what, range } => write!(f, "{what} must be {range}"),
            Refusal::AllocationOpen => f.write_str(
                "the account has an open allocation of this asset to the venue; withdraw it first",
            ),
            Refusal::Insufficient { asset, free } => write!(f, "only {free} of {asset} is there and free"),
            Refusal::TooManyLots { account } => {
                write!(f, "account {account} would hold more lots than a holding may have")
            }
            Refusal::Overflow { what } => write!(f, "{what} would pass what can be counted"),
            Refusal::NoAllocation { side } => write!(f, "the {side} has no open allocation for it"),
            Refusal::BeyondAllocation { side } => write!(f, "it is more than the {side} has allocated"),
            Refusal::WorsePrice { side } => {
                write!(f, "the price is worse than the {side}'s allocation allows")
            }
            Refusal::FeeTooHigh { side } => {
                write!(f, "the fees are more than the {side}'s allocation allows")
            }
            Refusal::StaleEpoch { current } => write!(f, "the security has entered epoch {current}"),
            Refusal::StalePin { oldest } => {
                write!(
                    f,
                    "the versions it was matched under are too old: height {oldest} is the oldest in force"
                )
            }
            Refusal::WrongLots => f.write_str("it names lots, or units of them, that may not be moved"),
            Refusal::Frozen { side } => write!(f, "the {side}'s account is frozen by an order"),
            Refusal::Compliance(reason) => reason.fmt(f),
            Refusal::TradeTime => f.write_str("the trade's time does not fit the heights and lots it names"),
            Refusal::WrongPath { lot, open } => {
                write!(f, "by the security's rules lot {} goes under {}", lot.0, way(*open))
            }
            Refusal::PaidAlready { lot } => write!(f, "lot {} is paid in full already", lot.0),
            Refusal::Allocated { lot, free } => write!(
                f,
                "only {free} units of lot {} are at no venue's disposal; what is allocated may have been traded as what it \
                 is, so its owner withdraws it first, and allocates it again afterwards",
                lot.0
            ),
        }
    }
}
