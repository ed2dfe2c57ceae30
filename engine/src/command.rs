//! What can be asked of the engine. Everything from outside enters as one of these, in one sequence.
//!
//! A command's bytes in the journal are its borsh encoding. The explicit numbers of the variants are part of
//! that format: they are never changed and never reused.

use crate::approvals::Approval;
use crate::bands::Bands;
use crate::crosses::NewCross;
use crate::disconnect::{CancelOn, Disconnected};
use crate::fees::Fees;
use crate::mass::{MassCancel, MassFilter};
use crate::news::News;
use crate::phase::Phase;
use crate::quotes::{MassQuote, QuoteCancel, QuoteObligation, QuoteProtection};
use crate::reference::IssueRange;
use crate::reject::MessageFault;
use crate::risk::{Limits, PartyAction, RiskScope, SetRisk};
use crate::types::{
    AccountId, CashId, ClOrdId, FirmId, Instructions, InvestorId, Money, OrdType, OrderId, Price, RequestId,
    SecurityId, SessionId, Side, TickRule, Time, TimeInForce, TradeId, Units,
};
use crate::undo::TradeTerms;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{Disclosure, Insider, Jurisdiction, Protocol, RegistryHash};

/// One step of the venue.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Command {
    /// Time passes; nothing else.
    Tick = 1,
    /// Do at most [`crate::CHUNK`] items of the work that waits.
    Continue = 2,
    /// A command that was struck from the journal by an operator, in its place: nothing happens.
    Skip = 3,
    /// A session begins a new version of its flow: numbers start again from one.
    Negotiate(Negotiate) = 10,
    /// A new order.
    New(NewOrder) = 11,
    /// A new price or quantity for a resting order.
    Replace(ReplaceOrder) = 12,
    /// The end of a resting order.
    Cancel(CancelOrder) = 13,
    /// A numbered message of a client that no order command could be made of.
    Refuse(RefusedMessage) = 14,
    /// Something an operator asks.
    Operator(Request) = 20,
    /// A firm's risk control sets limits.
    SetRisk(SetRisk) = 30,
    /// A firm's risk control blocks or unblocks.
    PartyAction(PartyAction) = 31,
    /// The end of many orders.
    MassCancel(MassCancel) = 32,
    /// A session's connection is gone.
    Disconnected(Disconnected) = 33,
    /// A session's client is there again (FIXP Establish, or any sign of it after a disconnect).
    Connected {
        /// Which session.
        session: SessionId,
    } = 34,
    /// Two orders that trade with each other or not at all.
    NewCross(NewCross) = 37,
    /// A market maker's quotes.
    MassQuote(MassQuote) = 35,
    /// The end of a market maker's quotes.
    QuoteCancel(QuoteCancel) = 36,
    /// What stops a market maker's quotes when too much of them has traded.
    QuoteProtection(QuoteProtection) = 38,
}

/// A client's numbered message: which session sent it, under which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct From {
    /// The logical session.
    pub session: SessionId,
    /// `MsgSeqNum`, tag 34; higher than any before it in this version of the session.
    pub number: u64,
}

/// FIXP Negotiate, authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Negotiate {
    /// The logical session.
    pub session: SessionId,
    /// `SessionVerID`; only rises.
    pub version: u64,
}

/// NewOrderSingle (35=D).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NewOrder {
    /// Who sent it, and under which number.
    pub from: From,
    /// The client's name for it.
    pub clordid: ClOrdId,
    /// For which account.
    pub account: AccountId,
    /// In which security.
    pub security: SecurityId,
    /// Buy or sell.
    pub side: Side,
    /// Market or limit.
    pub ord_type: OrdType,
    /// How long it stands.
    pub time_in_force: TimeInForce,
    /// The limit; absent for a market order.
    pub price: Option<Price>,
    /// How many units.
    pub quantity: Units,
    /// What most orders leave out.
    pub instructions: Instructions,
}

/// Which open order a request means, and what the request is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OrderRef {
    /// The client's name for the request.
    pub clordid: ClOrdId,
    /// The client's name for the order (`OrigClOrdID`, tag 41).
    pub original: ClOrdId,
    /// The order's account, security and side, stated again: an order that has others is not the one meant.
    pub account: AccountId,
    /// See `account`.
    pub security: SecurityId,
    /// See `account`.
    pub side: Side,
}

/// OrderCancelReplaceRequest (35=G). The order goes by the request's name from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ReplaceOrder {
    /// Who sent it, and under which number.
    pub from: From,
    /// Which order.
    pub order: OrderRef,
    /// The new limit.
    pub price: Price,
    /// The new `OrderQty`: the whole order's, what was filled included.
    pub quantity: Units,
    /// The new `StopPx` of a stop that waits; absent, it stays.
    pub stop_price: Option<Price>,
}

/// OrderCancelRequest (35=F).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CancelOrder {
    /// Who sent it, and under which number.
    pub from: From,
    /// Which order.
    pub order: OrderRef,
}

/// A numbered message that is refused as such (BusinessMessageReject, 35=j).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RefusedMessage {
    /// Who sent it, and under which number.
    pub from: From,
    /// The SBE template it claimed to be.
    pub template: u16,
    /// The FIX tag of the field at fault; nought if it is the whole message.
    pub tag: u16,
    /// What is wrong with it.
    pub fault: MessageFault,
}

/// What an operator asks, and where the answer goes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Request {
    /// Under what it is answered.
    pub request: RequestId,
    /// The user id of the process that asked, for the record.
    pub uid: u32,
    /// What is asked.
    pub action: Action,
}

/// What an operator may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// The venue's first command: its bounds.
    OpenVenue(VenueParams) = 1,
    /// A trading day begins; ClOrdIDs may be used again.
    StartDay {
        /// The date, `YYYYMMDD`.
        date: u32,
    } = 2,
    /// A broker-dealer joins.
    AddFirm {
        /// Its number, chosen by the operator.
        firm: FirmId,
    } = 3,
    /// A firm gets a logical session.
    AddSession {
        /// Its number, chosen by the operator.
        session: SessionId,
        /// Whose it is.
        firm: FirmId,
        /// The ed25519 public key that its Negotiate and Establish are signed with.
        key: [u8; 32],
        /// What it is for, and what becomes of its orders when its client is gone.
        #[serde(default)]
        options: SessionOptions,
    } = 4,
    /// A firm gets an account for one owner.
    AddAccount {
        /// Its number: on a network that of its register, otherwise chosen by the operator; from 1 to
        /// [`crate::MOST_ACCOUNTS`].
        account: AccountId,
        /// Whose customer it is.
        firm: FirmId,
        /// In whose name the register has it.
        record_holder: InvestorId,
        /// Who enjoys the ownership.
        beneficial_owner: InvestorId,
    } = 5,
    /// A security is listed, in phase closed.
    List(Listing) = 6,
    /// Units are put at the venue's disposal, where no network tells of allocations.
    AllocateUnits {
        /// Whose.
        account: AccountId,
        /// Of which security.
        security: SecurityId,
        /// How many.
        units: Units,
        /// When the issuer issued them to the owner.
        acquired: Time,
        /// Whether they are restricted securities (17 CFR 230.144(a)(3)).
        #[serde(default)]
        restricted: bool,
    } = 7,
    /// Cash is put at the venue's disposal, where no network tells of allocations.
    AllocateCash {
        /// Whose.
        account: AccountId,
        /// Of which cash token.
        cash: CashId,
        /// How much.
        amount: Money,
    } = 8,
    /// A security enters a phase of its day.
    SetPhase {
        /// Which security.
        security: SecurityId,
        /// Which phase.
        phase: Phase,
        /// The phase it is meant to leave: in any other it is refused. Absent, it leaves whichever it is in.
        #[serde(default)]
        from: Option<Phase>,
    } = 9,
    /// The venue relies on a newer identity registry from here on.
    AdoptRegistry {
        /// The content of the file.
        hash: RegistryHash,
        /// The network's height it was read at.
        height: u64,
        /// The network's time at that height.
        as_of: Time,
    } = 10,
    /// A mark in the sequence at which the shadow engine takes a snapshot.
    Checkpoint = 11,
    /// How many of everything there are.
    Status = 12,
    /// The settlement network has come further; asked by the venue's own settlement, not by a person.
    Follow(News) = 13,
    /// Limits of a firm, a session or an account, in the firm's stead.
    SetRisk {
        /// Whose.
        scope: RiskScope,
        /// All of them; absent altogether, the scope has none.
        limits: Option<Limits>,
    } = 40,
    /// Nothing new is accepted, and what is open is cancelled.
    Block {
        /// Of whom.
        scope: RiskScope,
    } = 41,
    /// The operator's block ends; if there is none, the firm's.
    Unblock {
        /// Of whom.
        scope: RiskScope,
    } = 42,
    /// The end of many orders; answered when it is done.
    MassCancel(MassFilter) = 43,
    /// What is limited, blocked and counted.
    ShowRisk {
        /// Of whom.
        scope: RiskScope,
    } = 44,
    /// The reference price is set by hand, in closed, pre-open or halted.
    SetReference {
        /// Of which security.
        security: SecurityId,
        /// Which price.
        price: Price,
    } = 50,
    /// Other fees for a security that is closed and has no open order.
    SetFees {
        /// Which security.
        security: SecurityId,
        /// Its fees from now on; none, if absent.
        fees: Option<Fees>,
    } = 60,
    /// A trade is undone.
    BustTrade {
        /// Which.
        trade: TradeId,
        /// What it was, out of the venue's record, if it is final.
        #[serde(default)]
        terms: Option<Box<TradeTerms>>,
    } = 61,
    /// A trade has another price.
    CorrectTrade {
        /// Which.
        trade: TradeId,
        /// Which price.
        price: Price,
        /// What it was, out of the venue's record, if it is final.
        #[serde(default)]
        terms: Option<Box<TradeTerms>>,
    } = 62,
    /// An order is cancelled for its owner.
    CancelOrder {
        /// Which.
        order: OrderId,
    } = 63,
    /// What an account must quote in a security.
    SetObligation {
        /// Which account.
        account: AccountId,
        /// Which security.
        security: SecurityId,
        /// What; absent, nothing any more.
        obligation: Option<QuoteObligation>,
    } = 55,
    /// How a person stands to a security's issuer, where no network tells of it.
    SetInsider {
        /// To whose issuer.
        security: SecurityId,
        /// Who.
        investor: InvestorId,
        /// How; absent, as a stranger.
        insider: Option<Insider>,
    } = 70,
    /// What the issuer has made known of a security, where no network tells of it.
    Disclose {
        /// Of which.
        security: SecurityId,
        /// All of it, in place of what was known.
        disclosure: Disclosure,
    } = 71,
    /// What two were approved to trade with each other, where no network tells of it: in place of what was before.
    Approve(Approval) = 72,
    /// A firm is let into the gated segment that a security trades in, or shut out of it.
    Admission {
        /// Which security.
        security: SecurityId,
        /// Which firm.
        firm: FirmId,
        /// Whether it is let in.
        admitted: bool,
    } = 73,
    /// Who must quote a security, and how they have done so today.
    ShowObligations {
        /// Which security.
        security: SecurityId,
    } = 56,
}

/// What a session is for, and what becomes of its orders when its client is gone.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[serde(default, deny_unknown_fields)]
pub struct SessionOptions {
    /// Whether it is the firm's risk control: it sets the firm's limits, blocks, and cancels other sessions' orders.
    pub risk_control: bool,
    /// When its orders are cancelled because its client is gone.
    pub cancel_on: CancelOn,
    /// How long after that, in nanoseconds; at most [`crate::disconnect::MOST_GRACE_NS`].
    pub grace_ns: u64,
}

/// What bounds a venue; set once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct VenueParams {
    /// The venue's name in obligations and on disk.
    pub venue: [u8; 16],
    /// How old the identity registry may be before orders are refused, in nanoseconds.
    pub max_registry_age_ns: u64,
    /// How many orders may be open at once; at most 2²³.
    pub max_open_orders: u32,
    /// How many ClOrdIDs one session may use in a trading day.
    pub max_clordids: u32,
    /// How much may wait for settlement before new orders are refused.
    pub max_unsettled: MaxUnsettled,
    /// How many price windows (one a side of a book in use) are kept; the rest use the sorted fallback.
    pub price_windows: u32,
    /// The network on which its trades settle; without one, nothing settles and operators allocate.
    pub network: Option<Network>,
    /// Whether a firm must have limits of its credit before it enters orders (17 CFR 240.15c3-5).
    #[serde(default)]
    pub risk_required: bool,
    /// The account that fees go to; without one no security has fees.
    #[serde(default)]
    pub fee_account: Option<AccountId>,
    /// Under which country's law it is.
    pub place: Jurisdiction,
}

/// How much may wait for settlement: beyond any of these bounds new risk is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxUnsettled {
    /// Of the whole venue.
    pub venue: Bound,
    /// Of each firm.
    pub firm: Bound,
    /// Of each security.
    pub security: Bound,
}

impl MaxUnsettled {
    /// At most so many trades of the venue, of each firm and of each security, whatever their value.
    pub const fn trades(count: u32) -> MaxUnsettled {
        let bound = Bound { count, value: Money(i64::MAX) };
        MaxUnsettled { venue: bound, firm: bound, security: bound }
    }
}

/// A bound on what may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The most trades.
    pub count: u32,
    /// The most money, in the smallest unit of each cash token, taken token by token.
    pub value: Money,
}

/// The network on which a venue's trades settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Network {
    /// Which chain.
    pub chain: [u8; 32],
    /// How many heights a trade may take from the height it was matched under to its block; then it expires.
    pub horizon: u32,
}

/// A security as the venue lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Listing {
    /// Its number: on a network that of its register, otherwise chosen by the operator; from 1 to
    /// [`crate::MOST_SECURITIES`].
    pub security: SecurityId,
    /// What it is called: one to twelve printable ASCII characters.
    pub symbol: String,
    /// What it is paid in.
    pub cash: CashId,
    /// Ticks, lots and money.
    pub ticks: TickRule,
    /// The units that make a quotation: a multiple of the lot, at most [`crate::MOST_LOTS_IN_ROUND`] of them; absent,
    /// one lot. Less is an odd lot, which trades and quotes nothing.
    #[serde(default)]
    pub round_lot: Option<Units>,
    /// The price before the first trade.
    pub reference: Price,
    /// How far an order's price may lie from the reference price, in basis points of it; 10,000 and more
    /// leave it free downwards.
    pub collar_bps: u32,
    /// Whether it trades in auctions only.
    #[serde(default)]
    pub call_only: bool,
    /// What trading it costs; nothing, if absent.
    #[serde(default)]
    pub fees: Option<Fees>,
    /// When continuous trading is interrupted.
    #[serde(default)]
    pub bands: Option<Bands>,
    /// Of a first listing: its prices until it has traded, instead of the collar.
    #[serde(default)]
    pub issue: Option<IssueRange>,
    /// Whether it is shown and open only to firms that the operator has let in ([`Action::Admission`]), at first to none:
    /// then to show an order is no general solicitation (Securities Act, 4(d)(2)).
    #[serde(default)]
    pub gated: bool,
    /// Who may hold it, and by which ways it goes.
    pub protocols: Vec<Protocol>,
    /// What the issuer has made known of it.
    #[serde(default)]
    pub disclosure: Disclosure,
}
