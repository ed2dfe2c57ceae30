//! The whole state as a value: what snapshots hold, what the state hash covers, what an engine restarts from.
//!
//! It is logical: no slots, no links, no capacities, everything in a stated order. Two engines that have
//! applied the same commands have equal states, whatever their memory looks like.
//!
//! On disk a snapshot is bincode behind a checksum. bincode 2.0.1 is pinned and no longer maintained: it
//! reads nothing but our own snapshots, after their BLAKE3 was found right, and stands in this module only.
//! A snapshot can always be made again from the journal, whose format is another.

mod restore;
mod take;

use crate::accounts::Account;
use crate::amend::Coming;
use crate::approvals::Approval;
use crate::awaiting::AwaitingCross;
use crate::bands::Interruption;
use crate::book::slab::Stand;
use crate::command::{Listing, SessionOptions, VenueParams};
use crate::engine::SEMANTICS;
use crate::holdings::{Holding, Purse};
use crate::indicative::Gathering;
use crate::mass::Only;
use crate::obligation::Obligation;
use crate::phase::Phase;
use crate::risk::{Blocked, Likeness, Limits, RiskScope};
use crate::stakes::{Position, Tallies};
use crate::stops::Trigger;
use crate::types::{
    AccountId, CashId, ClOrdId, FirmId, Instructions, InvestorId, Money, OrdType, OrderId, Place, SecurityId,
    Seq, SessionId, Side, Steps, Ticks, Time, TimeInForce, TradeId, Units,
};
use crate::undo::Undo;
use crate::work::Work;
use borsh::BorshSerialize;
use serde::{Deserialize, Serialize};
use tallystick_rules::{Counter, Identity, Insider, RegistryHash};

pub use crate::quotes::state::{DutyState, ProtectionState};

/// The logical state after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct State {
    /// The last command applied.
    pub seq: Seq,
    /// Its time.
    pub now: Time,
    /// The rolling hash of all events.
    pub event_hash: u64,
    /// The venue's bounds.
    pub params: Option<VenueParams>,
    /// The trading day.
    pub date: u32,
    /// Firms, by number.
    pub firms: Vec<FirmId>,
    /// Sessions, by number.
    pub sessions: Vec<SessionState>,
    /// Accounts, by number.
    pub accounts: Vec<Account>,
    /// Units, by account and security.
    pub holdings: Vec<Holding>,
    /// Cash, by account and token.
    pub purses: Vec<Purse>,
    /// Stakes of beneficial owners, by owner and security.
    pub positions: Vec<Position>,
    /// Stakes of holders of record, by holder and security.
    pub records: Vec<Position>,
    /// How persons stand to issuers, by security and person.
    pub insiders: Vec<(SecurityId, InvestorId, Insider)>,
    /// What was approved beforehand, by security, seller and buyer.
    pub approvals: Vec<Approval>,
    /// Crosses that await one, in the order in which they came.
    pub awaiting: Vec<AwaitingCross>,
    /// What affiliate groups have sold, by security and group.
    pub sold: Vec<SoldState>,
    /// What the venue may take up of what it shares with others, by security and counter.
    pub headroom: Vec<(SecurityId, Counter, u64)>,
    /// Of what less was told than is used since the last height that was told whole.
    pub short: Vec<(SecurityId, Counter)>,
    /// The registry in force; its content is a file of that name.
    pub registry: Option<RegistryHash>,
    /// What the network has told of persons since the registry.
    pub persons: Vec<(InvestorId, Option<Identity>)>,
    /// The height and time of the network up to which persons are known; none where the registry says it.
    pub told: Option<(u64, Time)>,
    /// The last height of the network that was told whole.
    pub followed: u64,
    /// How many trades were busted.
    pub busted: u64,
    /// Trades that are to be undone or made again on a network, by their numbers.
    pub noted: Vec<(TradeId, Undo)>,
    /// Trades whose compensation waits or is final.
    pub undone: Vec<TradeId>,
    /// Securities, by number.
    pub securities: Vec<SecurityState>,
    /// Open orders, by number.
    pub orders: Vec<OrderState>,
    /// The last number that an order was given.
    pub numbered: OrderId,
    /// The last place in time that was given.
    pub places: Place,
    /// How many trades were made.
    pub trades: TradeId,
    /// Trades that wait for settlement, oldest first.
    pub obligations: Vec<Obligation>,
    /// Cash allocated altogether, by token.
    pub issued_cash: Vec<(CashId, Money)>,
    /// Work that waits, in its order.
    pub work: Vec<Work>,
    /// Of mass cancels of which there is one at a time, the number of the first order that it does not cover.
    pub wanted: Vec<(Only, OrderId)>,
    /// Sessions whose client is gone, with the time at which their orders are cancelled.
    pub due: Vec<(SessionId, Time)>,
    /// Limits in force, by their scopes.
    pub watches: Vec<WatchState>,
    /// What is blocked.
    pub blocks: Vec<(RiskScope, Blocked)>,
    /// What the day's trades came to, by scope and cash token.
    pub executed: Vec<((RiskScope, CashId), i128)>,
    /// Protections of quotes, by session and account.
    pub protections: Vec<ProtectionState>,
    /// Who must quote what, by security and account.
    pub duties: Vec<DutyState>,
}

/// What an affiliate group has sold of a security, as far as it is final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct SoldState {
    /// Of which security.
    pub security: SecurityId,
    /// Who stands for the group.
    pub group: InvestorId,
    /// Units by day (UTC, counted from 1970-01-01), in order.
    pub days: Vec<(u32, Units)>,
}

/// Limits in force, and what their windows remember, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct WatchState {
    /// Whose.
    pub scope: RiskScope,
    /// The limits.
    pub limits: Limits,
    /// When the last orders were accepted, as many as the rate counts.
    pub accepted: Vec<Time>,
    /// The last orders accepted, for finding duplicates.
    pub seen: Vec<(Time, Likeness)>,
}

/// A session's part of the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct SessionState {
    /// Its number.
    pub session: SessionId,
    /// Whose.
    pub firm: FirmId,
    /// The public key of its signatures.
    pub key: [u8; 32],
    /// What it is for.
    pub options: SessionOptions,
    /// `SessionVerID`.
    pub version: u64,
    /// The command that began this version.
    pub since: Seq,
    /// The least number its next message may have.
    pub next_in: u64,
    /// The number of the venue's next message.
    pub next_out: u64,
    /// Whether a client is there, as far as the venue has said.
    pub connected: bool,
    /// The ClOrdIDs of the day, in order, with what they named.
    pub clordids: Vec<(ClOrdId, Option<OrderId>)>,
}

/// A security's part of the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct SecurityState {
    /// As it was listed.
    pub listing: Listing,
    /// The firms that were let in, by number; none where every firm is.
    pub admitted: Vec<FirmId>,
    /// Where it stands in its day.
    pub phase: Phase,
    /// Whether its auction is being run.
    pub uncrossing: bool,
    /// The last price.
    pub reference: Ticks,
    /// The last auction's price, or what was the reference when the day began.
    pub static_reference: Ticks,
    /// Whether it is a first listing that has not traded.
    pub issuing: bool,
    /// The timer of an interruption.
    pub interruption: Option<Interruption>,
    /// While a call gathers: what was told of it.
    pub gathering: Option<Gathering>,
    /// How many units of it there are.
    pub issued: Units,
    /// Its epoch on the register.
    pub epoch: u32,
    /// Whether other venues are on the network.
    pub shared: bool,
    /// The rules that are about to be in force, once what they look at is counted.
    pub coming: Option<Coming>,
    /// What is counted of it.
    pub tallies: Tallies,
    /// Trades that have reached stops which wait for their turn, oldest first.
    pub triggers: Vec<Trigger>,
}

/// An open order's part of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct OrderState {
    /// Its number.
    pub order: OrderId,
    /// Its place in time.
    pub place: Place,
    /// Where it stands.
    pub stand: Stand,
    /// Who entered it.
    pub session: SessionId,
    /// For which account.
    pub account: AccountId,
    /// In which security.
    pub security: SecurityId,
    /// Buy or sell.
    pub side: Side,
    /// At which price.
    pub ticks: Ticks,
    /// The worst price it may ever have, by which it reserves; of all but pegged orders the same.
    pub limit: Ticks,
    /// Its stop price as it is now; nought without one.
    pub stop: Ticks,
    /// Of a stop: the collar's width when it was entered.
    pub width: Steps,
    /// What of it is displayed, if it is on the book.
    pub shown: Units,
    /// What kind of order it is.
    pub ord_type: OrdType,
    /// How long it stands.
    pub time_in_force: TimeInForce,
    /// What else it asked.
    pub instructions: Instructions,
    /// What its fees are counted by: the sum over its trades of money × rate.
    pub weighted: i128,
    /// What they were charged in fees.
    pub charged: Money,
    /// The whole order.
    pub quantity: Units,
    /// What is left of it.
    pub leaves: Units,
    /// What its client calls it; of a side of a quote, the message that stated it last.
    pub clordid: ClOrdId,
    /// Whether it is a side of a quote.
    pub quote: bool,
}

/// BLAKE3 of the state's canonical (borsh) bytes.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateHash(pub [u8; 32]);

impl std::fmt::Display for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}
impl std::fmt::Debug for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Why a snapshot can't be used. The journal still can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Not one of ours, or cut off.
    #[error("this is no snapshot of a Tallystick engine")]
    Foreign,
    /// Written by a binary whose commands mean something else.
    #[error(
        "the snapshot has semantics version {0}, this binary has {SEMANTICS}; use the binary that wrote it"
    )]
    Semantics(u32),
    /// The content is not what was written.
    #[error("the snapshot's checksum does not match its content; an older snapshot or the journal will do")]
    Checksum,
    /// The checksum is right and yet it can't be read.
    #[error("the snapshot can't be decoded ({0}); an older snapshot or the journal will do")]
    Decode(String),
    /// The registry it was taken under is not at hand.
    #[error(
        "the snapshot needs the identity registry {0}, which is not in the data directory; restore that file"
    )]
    Registry(RegistryHash),
}

const MAGIC: &[u8; 8] = b"TSSNAP01";

impl State {
    /// The hash that two venues compare.
    pub fn hash(&self) -> StateHash {
        let mut hasher = blake3::Hasher::new();
        borsh::to_writer(&mut hasher, self).expect("hashing does not fail");
        StateHash(*hasher.finalize().as_bytes())
    }

    /// The bytes of a snapshot file: magic, semantics version, BLAKE3 of the rest, the rest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let body =
            bincode::serde::encode_to_vec(self, bincode::config::legacy()).expect("a state can be encoded");
        let checksum = blake3::hash(&body);
        [MAGIC.as_slice(), &SEMANTICS.to_le_bytes(), checksum.as_bytes(), &body].concat()
    }

    /// Reads what [`State::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<State, SnapshotError> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(SnapshotError::Foreign)?;
        let (semantics, rest) = rest.split_first_chunk::<4>().ok_or(SnapshotError::Foreign)?;
        let (checksum, body) = rest.split_first_chunk::<32>().ok_or(SnapshotError::Foreign)?;
        if magic != MAGIC {
            return Err(SnapshotError::Foreign);
        }
        let semantics = u32::from_le_bytes(*semantics);
        if semantics != SEMANTICS {
            return Err(SnapshotError::Semantics(semantics));
        }
        if blake3::hash(body) != *checksum {
            return Err(SnapshotError::Checksum);
        }
        let decoded = bincode::serde::decode_from_slice(body, bincode::config::legacy());
        decoded.map(|(state, _)| state).map_err(|e| SnapshotError::Decode(e.to_string()))
    }
}
