//! Why not: every refusal has a number that never changes, and a sentence that says what to do.

use crate::risk::RiskLevel;
use crate::types::{Money, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;
use tallystick_rules::{Reason, RuleId};

/// Why an order, a replace or a cancel is refused.
///
/// Checks run in the order of declaration, which a test proves. The numbers are those of the wire
/// (`OrdRejReason`, tag 103): FIX's where FIX has one, from 100 the security's rules
/// ([`tallystick_rules::ReasonCode`]), from 200 the venue's own. None is ever reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub enum Reject {
    /// The session has used this ClOrdID today.
    DuplicateClOrdId,
    /// The session has used as many ClOrdIDs as it may in a day.
    TooManyClOrdIds,
    /// The order named is not open, or not this session's.
    UnknownOrder,
    /// The order named is one of a cross that awaits an approval: that can't be changed.
    AwaitsApproval,
    /// No such security.
    UnknownSecurity,
    /// No such account of this firm.
    UnknownAccount,
    /// The security trades in a gated segment, and the firm was not let in.
    NotAdmitted,
    /// The firm, the session or the account is blocked.
    Blocked(RiskLevel),
    /// The market-maker protection of the account's quotes was tripped.
    ProtectionTripped,
    /// The security is closed.
    Closed,
    /// The security is halted.
    Halted,
    /// The security's auction is being run.
    Uncrossing,
    /// The security's rules are changing.
    RulesChanging,
    /// A quote that states nothing, of a security that the message has quoted already, or whose bid is not below its
    /// offer.
    QuoteEntry,
    /// The order's type or time in force is not for this phase.
    NotInThisPhase,
    /// Instructions that contradict each other, or that this type of order doesn't have.
    Instructions,
    /// A date of expiry that has passed, or is none.
    ExpireDate,
    /// The quantity is nought, over the listing's maximum or not a multiple of the lot.
    Quantity,
    /// The least quantity is nought; or it, or the one shown, is over the order's or not a multiple of the lot.
    PartQuantity,
    /// A limit order without a price, a market order with one; a stop without a stop price, or another with one.
    PricePresence,
    /// The price is nought, negative or over the listing's maximum.
    PriceRange,
    /// The price does not lie on a tick, or an offset is no multiple of the least one.
    PriceTick,
    /// The price lies outside the collar around the reference price; before a first listing has traded, outside the
    /// issue's range.
    PriceBand,
    /// The last trade has reached the stop price already.
    StopReached,
    /// The venue has as many open orders as it may.
    TooManyOpenOrders,
    /// The security has as many pegged orders and trailing stops as it may.
    TooManyPegged,
    /// As many trades wait for settlement as may.
    SettlementBacklog,
    /// The venue demands that firms limit their credit, and this one has not.
    NoRiskLimits,
    /// The firm, or whoever it is, has restricted the security.
    RestrictedSecurity(RiskLevel),
    /// More units than the limit of one order.
    OrderQuantityLimit(RiskLevel),
    /// Worth more than the limit of one order.
    OrderValueLimit(RiskLevel),
    /// A price outside the limits' collar around the reference price.
    PriceCollarLimit(RiskLevel),
    /// Open orders and the day's trades would come to more than the credit.
    CreditLimit(RiskLevel),
    /// More orders in a short time than the limit.
    OrderRateLimit(RiskLevel),
    /// The same order was accepted a short time ago.
    DuplicateOrder(RiskLevel),
    /// A rule of the security forbids it.
    Compliance(Reason),
    /// The account has no allocation that new orders may rely on.
    AllocationEnded,
    /// The account's allocation does not permit this security or so bad a price.
    OutsideAllocation,
    /// The account has not that many units that it may sell.
    InsufficientUnits {
        /// How many it has.
        available: Units,
    },
    /// The account has not that much cash.
    InsufficientCash {
        /// How much it has.
        available: Money,
    },
    /// An order that must trade whole, or so much at least, would need to look at more resting orders than one step
    /// may.
    MatchLimit,
    /// A post-only order would take.
    WouldTake,
    /// A cross whose price is not better than what both sides quote.
    CrossPrice,
    /// A cross whose price lies outside a price band.
    OutsideBands,
    /// A cross whose two orders may not trade with each other, or not whole.
    CrossPair,
    /// As many crosses of the security, or of the firm in it, await an approval as may.
    TooManyAwaiting,
    /// The other order of the cross is rejected.
    CrossSide,
}

impl Reject {
    /// Its number on the wire.
    pub fn number(&self) -> u16 {
        match self {
            Reject::UnknownSecurity => 1,
            Reject::Closed => 2,
            Reject::UnknownOrder => 5,
            Reject::DuplicateClOrdId => 6,
            Reject::NotInThisPhase | Reject::Instructions => 11,
            Reject::Quantity => 13,
            Reject::UnknownAccount => 15,
            Reject::PriceBand => 16,
            Reject::PriceTick => 18,
            Reject::Compliance(reason) => reason.code as u16,
            Reject::InsufficientUnits { .. } => 150,
            Reject::InsufficientCash { .. } => 151,
            Reject::AllocationEnded => 152,
            Reject::OutsideAllocation => 153,
            Reject::TooManyClOrdIds => 200,
            Reject::Halted => 201,
            Reject::Uncrossing => 202,
            Reject::PricePresence => 203,
            Reject::PriceRange => 204,
            Reject::TooManyOpenOrders => 205,
            Reject::SettlementBacklog => 206,
            Reject::MatchLimit => 207,
            Reject::RulesChanging => 208,
            Reject::WouldTake => 209,
            Reject::StopReached => 210,
            Reject::TooManyPegged => 211,
            Reject::ExpireDate => 212,
            Reject::PartQuantity => 213,
            Reject::Blocked(_) => 214,
            Reject::NoRiskLimits => 215,
            Reject::RestrictedSecurity(_) => 216,
            // FIX: exceeded clip size limit, exceeded maximum notional order amount, insufficient credit limit.
            Reject::OrderQuantityLimit(_) => 26,
            Reject::OrderValueLimit(_) => 27,
            Reject::CreditLimit(_) => 25,
            Reject::PriceCollarLimit(_) => 217,
            Reject::OrderRateLimit(_) => 218,
            Reject::DuplicateOrder(_) => 219,
            Reject::CrossPrice => 220,
            Reject::CrossPair => 221,
            Reject::CrossSide => 222,
            Reject::OutsideBands => 223,
            Reject::ProtectionTripped => 225,
            Reject::QuoteEntry => 226,
            Reject::NotAdmitted => 227,
            Reject::TooManyAwaiting => 228,
            Reject::AwaitsApproval => 229,
        }
    }

    /// Its number in the reject of a cancel or replace (`CxlRejReason`, tag 102), whose values below 100 FIX
    /// numbers otherwise; 99, other, where it has none.
    pub fn cancel_number(&self) -> u16 {
        match self {
            Reject::UnknownOrder => 1,
            Reject::DuplicateClOrdId => 6,
            Reject::PriceBand => 8,
            Reject::PriceTick => 18,
            _ => Some(self.number()).filter(|&n| n >= 100).unwrap_or(99),
        }
    }

    /// The number of the rule that refused, where one of the security's did.
    pub fn rule(&self) -> Option<RuleId> {
        match self {
            Reject::Compliance(reason) => Some(reason.rule),
            _ => None,
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reject::DuplicateClOrdId => "this session has used the ClOrdID today; choose another",
            Reject::TooManyClOrdIds => {
                "the session has used all ClOrdIDs of its day; ask the operator for more"
            }
            Reject::UnknownOrder => "no open order of this session has that ClOrdID",
            Reject::AwaitsApproval => {
                "the order is one of a cross that awaits an approval; cancel it, and enter another cross"
            }
            Reject::UnknownSecurity => "no such security is listed",
            Reject::UnknownAccount => "no such account of this firm",
            Reject::NotAdmitted => {
                "the security trades in a gated segment that the firm is not in; ask the venue's operator to admit it"
            }
            Reject::Closed => "the security is closed; enter orders from pre-open on",
            Reject::Halted => "the security is halted; cancels are accepted",
            Reject::Uncrossing => "the security's auction is being run; retry in a moment",
            Reject::RulesChanging => "the security's rules are changing; retry in a moment",
            Reject::ProtectionTripped => {
                "the market-maker protection was tripped; set it again to quote again, withdrawals are accepted"
            }
            Reject::QuoteEntry => {
                "an entry states a side, its security once a message, and leaves a bid below the offer"
            }
            Reject::NotInThisPhase => "this type of order, or its time in force, is not for the security's phase",
            Reject::Instructions => "the order's instructions don't go together, or not with its type",
            Reject::ExpireDate => "the expiry date must be a date (YYYYMMDD) from today on",
            Reject::Quantity => "the quantity must be a multiple of the lot, above 0, at most the maximum",
            Reject::PartQuantity => {
                "the minimum must be above 0; it and the quantity shown, multiples of the lot, at most the order's"
            }
            Reject::PricePresence => {
                "a limit order needs a price, a market order has none; a stop price is for stops, a peg for pegged orders"
            }
            Reject::PriceRange => "the price must be above 0 and at most the maximum of the listing",
            Reject::PriceTick => "the price must lie on a tick of the security, an offset be a multiple of the least one",
            Reject::PriceBand => "the price lies outside the collar around the reference price, or the issue's range",
            Reject::TooManyOpenOrders => "the venue's book is full; cancel something first",
            Reject::Blocked(level) => {
                return write!(f, "the {level} is blocked; cancels are accepted, and whoever blocked it unblocks it");
            }
            Reject::NoRiskLimits => "the firm has no limit of its credit; its risk control must set one",
            Reject::RestrictedSecurity(level) => {
                return write!(f, "a risk limit of the {level} restricts the security");
            }
            Reject::OrderQuantityLimit(level) => {
                return write!(f, "the quantity is over a risk limit of the {level}");
            }
            Reject::OrderValueLimit(level) => {
                return write!(f, "the order's value is over a risk limit of the {level}");
            }
            Reject::PriceCollarLimit(level) => {
                return write!(f, "the price lies outside the collar of the {level}'s risk limits");
            }
            Reject::CreditLimit(level) => {
                return write!(f, "open orders and the day's trades would pass the credit of the {level}");
            }
            Reject::OrderRateLimit(level) => {
                return write!(f, "more orders in a short time than a risk limit of the {level} allows");
            }
            Reject::DuplicateOrder(level) => {
                return write!(f, "the {level}'s risk limits take it for a duplicate of an order just accepted");
            }
            Reject::SettlementBacklog => "too many trades wait for settlement; cancels are accepted",
            Reject::Compliance(reason) => return reason.fmt(f),
            Reject::AllocationEnded => {
                "the account's allocation to this venue has ended, is about to, or is frozen; its owner must allocate"
            }
            Reject::OutsideAllocation => {
                "the account's allocation to this venue does not permit this security or this price"
            }
            Reject::InsufficientUnits { available } => {
                return write!(
                    f,
                    "only {available} units may be sold: what is unlocked, unreserved and settled"
                );
            }
            Reject::InsufficientCash { available } => {
                return write!(f, "only {available} (in the cash token's smallest unit) is available: unreserved and settled");
            }
            Reject::StopReached => "the last trade has reached the stop price already; enter the order without it",
            Reject::TooManyPegged => "the security has as many pegged orders and trailing stops as it may",
            Reject::WouldTake => "the post-only order would trade at once",
            Reject::CrossPrice => "the price of a cross must be above the bid that is quoted and below the offer",
            Reject::OutsideBands => "the price of a cross must lie inside the security's price bands",
            Reject::CrossPair => "the rules of the security don't allow the two orders of the cross to trade whole",
            Reject::TooManyAwaiting => {
                "as many crosses of the firm, or of the security, await an approval as may; cancel one of them first"
            }
            Reject::CrossSide => "the other order of the cross is rejected; its report says why",
            Reject::MatchLimit => "the order would have to examine more resting orders than one step may",
        })
    }
}

/// Why a numbered message could not become a command (`BusinessRejectReason`, tag 380).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum MessageFault {
    /// An enumerated field has a value that is not defined.
    InvalidValue = 1,
    /// A reserved bit is set.
    ReservedBit = 2,
    /// A required field is null.
    RequiredFieldNull = 3,
    /// Text that is not printable ASCII, or empty where a name is needed.
    Text = 4,
}

impl MessageFault {
    /// FIX's number: 5 for a required field that is missing, else 0, other.
    pub fn number(self) -> u16 {
        match self {
            MessageFault::RequiredFieldNull => 5,
            MessageFault::InvalidValue | MessageFault::ReservedBit | MessageFault::Text => 0,
        }
    }
}
impl fmt::Display for MessageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MessageFault::InvalidValue => "the field has a value that is not defined",
            MessageFault::ReservedBit => "a reserved bit is set; leave reserved bits nought",
            MessageFault::RequiredFieldNull => "a required field is null",
            MessageFault::Text => "the text must be one to twenty printable ASCII characters",
        })
    }
}

/// Why an operator's request is refused. Nothing has changed then.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub enum Refusal {
    /// The venue was opened before.
    #[error("the venue is open already; its parameters are set once")]
    VenueOpen,
    /// The venue was not opened yet.
    #[error("the venue is not open yet; open it first")]
    VenueNotOpen,
    /// A parameter is out of its range.
    #[error("{what} must be {range}")]
    OutOfRange {
        /// What.
        what: String,
        /// Its range.
        range: String,
    },
    /// Something of that number exists.
    #[error("{what} {number} exists already")]
    Exists {
        /// What kind of thing.
        what: String,
        /// Its number.
        number: u64,
    },
    /// Nothing of that number exists.
    #[error("there is no {what} {number}")]
    Unknown {
        /// What kind of thing.
        what: String,
        /// Its number.
        number: u64,
    },
    /// The listing does not hold together.
    #[error("the listing can't be admitted: {0}")]
    Listing(String),
    /// The phase can't follow the present one.
    #[error("{0}")]
    Phase(String),
    /// A trading day that can't begin.
    #[error("{0}")]
    Day(String),
    /// A registry that is not newer than the one in force.
    #[error(
        "the identity snapshot of height {offered} is not newer than height {current}, which is in force"
    )]
    StaleRegistry {
        /// The height offered.
        offered: u64,
        /// The height in force.
        current: u64,
    },
    /// A registry from the future, or with a time before the one in force.
    #[error("the identity snapshot's time does not lie between that of the one in force and now")]
    RegistryTime,
    /// A holding would have more lots than one may.
    #[error(
        "account {account} holds {lots} lots of security {security}, the most a holding may have; merge some first"
    )]
    TooManyLots {
        /// Whose.
        account: u32,
        /// Of which security.
        security: u32,
        /// How many.
        lots: u64,
    },
    /// Allocations and outcomes come from the network, or there is none.
    #[error("{0}")]
    Network(String),
    /// More than can be counted.
    #[error("{0} would pass what can be counted")]
    Overflow(String),
    /// An owner that hands its place among the holders to a buyer gets no units before that trade is final.
    #[error(
        "the owner of account {account} is leaving security {security}; allocate once its last trade is final"
    )]
    Leaving {
        /// Whose.
        account: u32,
        /// Of which security.
        security: u32,
    },
    /// A trade that can't be undone or corrected so.
    #[error("{0}")]
    Trade(String),
    /// A firm can't be let into what is open to all, nor shut out of it.
    #[error(
        "security {security} trades in an open segment: every firm is in it, and none can be let in or shut out"
    )]
    NotGated {
        /// Which security.
        security: u32,
    },
}
