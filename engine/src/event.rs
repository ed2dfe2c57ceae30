//! What happened: the engine's only output. Everything told to anyone is made from these.
//!
//! An event that a client is told carries the session and the number its message gets (`MsgSeqNum` of the
//! venue's flow), so that reports can be made again, byte for byte, long afterwards.

use crate::bands::Band;
use crate::mass::MassFilter;
use crate::news::BustReason;
use crate::phase::Phase;
use crate::quotes::{DutyView, ProtectionLimits, QuoteReject, QuoteView, Reached};
use crate::reject::{MessageFault, Refusal, Reject};
use crate::risk::{Blocked, Limits, RequestReject, RiskScope};
use crate::types::{
    AccountId, CashId, ClOrdId, Money, OrderId, Price, RequestId, SecurityId, SessionId, Side, Time, TradeId,
    Units,
};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{Counter, RegistryHash};

mod answers;
mod cancel_reason;
mod sides;

pub use answers::{Counts, RiskView};
pub use cancel_reason::CancelReason;
pub use sides::{BustSide, LotUnits, OrderView, To, TradeSide};

/// What an operator's request came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub enum Outcome {
    /// It is done.
    Done,
    /// How many of everything there are.
    Status(Counts),
    /// A mass cancel is done.
    Cancelled {
        /// How many orders it cancelled.
        orders: u64,
    },
    /// What is limited, blocked and counted.
    Risk(RiskView),
    /// A trade waits for the network; what was asked is done when it has decided.
    Noted,
    /// Who must quote a security, by account.
    Obligations(Vec<DutyView>),
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Event {
    /// A session began a new version of its flow.
    Negotiated {
        /// Which session.
        session: SessionId,
        /// Which version.
        version: u64,
        /// Whether it was accepted: the version was higher than any before.
        accepted: bool,
    } = 1,
    /// An order stands (ExecType new).
    Accepted {
        /// To whom it is told.
        to: To,
        /// The order.
        order: OrderView,
    } = 2,
    /// An order was refused (ExecType rejected).
    Rejected {
        /// To whom it is told.
        to: To,
        /// What the order would have been called, had it stood.
        order: OrderId,
        /// The client's name for it.
        clordid: ClOrdId,
        /// For which account.
        account: AccountId,
        /// In which security.
        security: SecurityId,
        /// Buy or sell.
        side: Side,
        /// How many units.
        quantity: Units,
        /// Why.
        reject: Reject,
    } = 3,
    /// Two orders traded (ExecType trade, one report to each side).
    Trade {
        /// The trade's number.
        trade: TradeId,
        /// The resting order's price, or the auction's.
        price: Price,
        /// How many units.
        units: Units,
        /// What they cost.
        money: Money,
        /// In which cash token.
        cash: CashId,
        /// The network's height whose identities and rules it was matched under.
        pinned: u64,
        /// The last height at which it may be settled.
        expiry: u64,
        /// The security's epoch.
        epoch: u32,
        /// Which side came to the other; in an auction the buy side is named.
        aggressor: Side,
        /// Whether an auction made it.
        auction: bool,
        /// Whether the two came together as a cross.
        cross: bool,
        /// The buying order.
        buyer: TradeSide,
        /// The selling order.
        seller: TradeSide,
        /// What the buyer pays beside the money (FIX `MiscFeeAmt`, tag 137, of `MiscFeeType` 4, exchange fees).
        buyer_fee: Money,
        /// What the seller pays out of it.
        seller_fee: Money,
    } = 4,
    /// Lots of the seller's that the trade before it promises; as many of these as there are lots.
    Pledged {
        /// The trade.
        trade: TradeId,
        /// Which lot, and how much of it.
        lot: LotUnits,
    } = 5,
    /// A resting order has a new price or quantity (ExecType replaced).
    Replaced {
        /// To whom it is told.
        to: To,
        /// The order as it is now.
        order: OrderView,
        /// What the client called it until now.
        original: ClOrdId,
    } = 6,
    /// An order ended before it was filled (ExecType cancelled).
    Cancelled {
        /// To whom it is told.
        to: To,
        /// The order at its end: nothing leaves.
        order: OrderView,
        /// The client's name for the request that ended it; that of the order if none did.
        request: ClOrdId,
        /// Why.
        reason: CancelReason,
    } = 7,
    /// A day order ended with its day (ExecType expired).
    Expired {
        /// To whom it is told.
        to: To,
        /// The order at its end.
        order: OrderView,
    } = 8,
    /// A cancel or replace was refused (OrderCancelReject, 35=9).
    CancelRejected {
        /// To whom it is told.
        to: To,
        /// The client's name for the request.
        clordid: ClOrdId,
        /// The order it meant.
        original: ClOrdId,
        /// That order's number, if it is open.
        order: Option<OrderId>,
        /// As in the request.
        account: AccountId,
        /// As in the request.
        security: SecurityId,
        /// Whether it was a replace.
        replace: bool,
        /// Why.
        reject: Reject,
    } = 9,
    /// A message was refused as such (BusinessMessageReject, 35=j).
    MessageRejected {
        /// To whom it is told.
        to: To,
        /// The number of the message refused.
        refused: u64,
        /// The SBE template it claimed to be.
        template: u16,
        /// The FIX tag of the field at fault; nought if it is the whole message.
        tag: u16,
        /// What is wrong with it.
        fault: MessageFault,
    } = 10,
    /// A security entered a phase.
    PhaseChanged {
        /// Which security.
        security: SecurityId,
        /// Which phase.
        phase: Phase,
    } = 11,
    /// An auction found its price, or found that nothing can trade.
    Uncrossed {
        /// Which security.
        security: SecurityId,
        /// The price, if anything can trade.
        price: Option<Price>,
        /// The quantity that could trade at it, before rules on pairs.
        units: Units,
    } = 12,
    /// The venue relies on a newer registry.
    RegistryAdopted {
        /// Its content.
        hash: RegistryHash,
        /// Its height.
        height: u64,
    } = 13,
    /// An operator's request was answered.
    Answered {
        /// Which request.
        request: RequestId,
        /// What it came to.
        result: Result<Outcome, Refusal>,
    } = 14,
    /// A trade is final: ownership has passed.
    Settled {
        /// Which.
        trade: TradeId,
        /// The network's height that decided it.
        height: u64,
    } = 15,
    /// A trade is busted (ExecType trade cancel, one report to each side): no ownership passes.
    Busted {
        /// Which.
        trade: TradeId,
        /// The network's height that decided it.
        height: u64,
        /// Which security.
        security: SecurityId,
        /// The trade's price.
        price: Price,
        /// Its units, which are the seller's to sell again.
        units: Units,
        /// Its money, which is the buyer's to spend again.
        money: Money,
        /// Why.
        reason: BustReason,
        /// The buying side.
        buyer: BustSide,
        /// The selling side.
        seller: BustSide,
    } = 16,
    /// All that the network decided up to a height is known to the venue.
    Followed {
        /// The height.
        height: u64,
        /// The network's time at that height.
        as_of: Time,
    } = 17,
    /// A stop was triggered (ExecType triggered).
    Triggered {
        /// To whom it is told.
        to: To,
        /// The order, which enters now.
        order: OrderView,
    } = 18,
    /// Self-trade prevention took units off an order that stands (ExecType restated).
    Decremented {
        /// To whom it is told.
        to: To,
        /// The order as it is now.
        order: OrderView,
        /// By how much.
        by: Units,
    } = 19,
    /// A trade would have printed outside a price band: continuous trading is interrupted.
    Interrupted {
        /// Which security.
        security: SecurityId,
        /// Outside which band; the static one, if outside both.
        band: Band,
        /// What that band is around.
        reference: Price,
        /// The price that would have printed.
        price: Price,
        /// When the halt is over and the reopening auction's call begins.
        until: Time,
    } = 20,
    /// The call of an interruption's auction goes on, since its price would lie outside the bands.
    Prolonged {
        /// Which security.
        security: SecurityId,
        /// That price.
        price: Price,
        /// When the call is over; then the auction is run whatever its price.
        until: Time,
    } = 21,
    /// An operator has set the reference price.
    ReferenceChanged {
        /// Of which security.
        security: SecurityId,
        /// Which price.
        price: Price,
    } = 22,
    /// What an auction whose call gathers would come to if it were run now.
    Indicative {
        /// Which security.
        security: SecurityId,
        /// The price, if anything could trade.
        price: Option<Price>,
        /// The quantity that could trade at it, before rules on pairs (`PairedQty`).
        units: Units,
        /// What would be left over,
        surplus: Units,
        /// on this side; none, where it is nought.
        side: Option<Side>,
    } = 23,
    /// A trade has another price (ExecType trade correct, one report to each side): where nothing settles the trade
    /// itself, otherwise a new one in its stead.
    Corrected {
        /// The trade that has the new price.
        trade: TradeId,
        /// The one corrected; where nothing settles it is the same.
        of: TradeId,
        /// Which security.
        security: SecurityId,
        /// The price until now.
        old_price: Price,
        /// The money until now.
        old_money: Money,
        /// The price from now on.
        price: Price,
        /// How many units.
        units: Units,
        /// What they cost now.
        money: Money,
        /// In which cash token.
        cash: CashId,
        /// The network's height whose identities and rules it was made under.
        pinned: u64,
        /// The last height at which it may be settled.
        expiry: u64,
        /// The security's epoch.
        epoch: u32,
        /// The buying side.
        buyer: BustSide,
        /// The selling side.
        seller: BustSide,
    } = 32,
    /// A final trade is undone by another one, which gives everything back but the fees (ExecType trade cancel of the
    /// old one, one report to each side).
    Compensated {
        /// The trade that gives back: the old seller buys.
        trade: TradeId,
        /// The trade that is undone.
        of: TradeId,
        /// Which security.
        security: SecurityId,
        /// The old trade's price.
        price: Price,
        /// Its units.
        units: Units,
        /// Its money.
        money: Money,
        /// In which cash token.
        cash: CashId,
        /// The network's height whose identities and rules it is made under.
        pinned: u64,
        /// The last height at which it may be settled.
        expiry: u64,
        /// The security's epoch.
        epoch: u32,
        /// Who bought in the old trade, and gives the units back.
        old_buyer: BustSide,
        /// Who sold in it, and pays the money back.
        old_seller: BustSide,
    } = 33,
    /// A trade that was noted could not be undone, or not be made again. Nothing has changed.
    CompensationFailed {
        /// The trade that stands, or that was not made again.
        trade: TradeId,
        /// What is missing.
        refusal: Refusal,
    } = 34,
    /// An entry of a mass quote was done or rejected (FIX QuoteStatusReport, 35=AI).
    QuoteStatus {
        /// To whom it is told.
        to: To,
        /// The client's name for the message.
        quote_id: ClOrdId,
        /// For which account.
        account: AccountId,
        /// In which security.
        security: SecurityId,
        /// The bid and the offer as they stand, before they trade.
        sides: [Option<QuoteView>; 2],
        /// Why it was rejected, if it was.
        reject: Option<QuoteReject>,
    } = 25,
    /// Quotes were withdrawn on request.
    QuotesCancelled {
        /// To whom it is told.
        to: To,
        /// The client's name for the request.
        request: ClOrdId,
        /// Of which account.
        account: AccountId,
        /// In which security; without one, in all.
        security: Option<SecurityId>,
        /// How many sides went.
        sides: u64,
    } = 26,
    /// So much of a maker's quotes has traded that the rest trades no more.
    ProtectionTripped {
        /// To whom it is told.
        to: To,
        /// Of which account.
        account: AccountId,
        /// How many executions were counted.
        executions: u32,
        /// How many units.
        units: Units,
        /// Which limit was reached.
        reached: Reached,
    } = 27,
    /// The protection of a maker's quotes is in force.
    ProtectionSet {
        /// To whom it is told.
        to: To,
        /// The client's name for the request.
        request: ClOrdId,
        /// Of which account.
        account: AccountId,
        /// The limits; none where there is no protection any more.
        limits: Option<ProtectionLimits>,
    } = 28,
    /// How an account that must quote a security has done so in a day: told to no session.
    ObligationReport {
        /// Which account.
        account: AccountId,
        /// Which security.
        security: SecurityId,
        /// The trading day, `YYYYMMDD`.
        date: u32,
        /// How long continuous trading took, in nanoseconds.
        continuous_ns: u64,
        /// How long of that it quoted as it must, in nanoseconds.
        met_ns: u64,
        /// Whether that is enough.
        fulfilled: bool,
    } = 29,
    /// Limits are in force (FIX PartyRiskLimitsReport, 35=CM): told to each risk-control session of the firm.
    LimitsChanged {
        /// To whom it is told.
        to: To,
        /// That session's name for the request, if it asked.
        request: Option<ClOrdId>,
        /// Whose limits.
        scope: RiskScope,
        /// All of them; none where there are none any more.
        limits: Option<Limits>,
        /// Whether an operator set them.
        by_operator: bool,
    } = 40,
    /// A scope is blocked or unblocked (FIX PartyActionReport, 35=DI): told to each risk-control session of the firm.
    BlockChanged {
        /// To whom it is told.
        to: To,
        /// That session's name for the request, if it asked.
        request: Option<ClOrdId>,
        /// What.
        scope: RiskScope,
        /// Who has it blocked now.
        blocked: Blocked,
        /// Whether an operator did it.
        by_operator: bool,
    } = 41,
    /// The orders of what was blocked are all cancelled: told to each risk-control session of the firm.
    BlockDone {
        /// To whom it is told.
        to: To,
        /// What.
        scope: RiskScope,
        /// How many orders were cancelled for it.
        cancelled: u64,
    } = 42,
    /// A session's mass cancel is done (FIX OrderMassActionReport, 35=BZ, completed).
    MassCancelled {
        /// To whom it is told.
        to: To,
        /// The client's name for the request.
        clordid: ClOrdId,
        /// Which orders: with the firm, and the session if only one's.
        filter: MassFilter,
        /// How many were cancelled (`TotalAffectedOrders`, tag 533).
        cancelled: u64,
    } = 43,
    /// A request about limits, blocks or many orders was refused.
    RequestRejected {
        /// To whom it is told.
        to: To,
        /// The client's name for the request.
        request: ClOrdId,
        /// Why.
        reject: RequestReject,
    } = 44,
    /// The venue has less headroom of what an owner may own, or a group own or sell, than orders would need: told to the
    /// settlement network's bridge, which asks for more, and to nobody else.
    HeadroomWanted {
        /// Of which security.
        security: SecurityId,
        /// Of what: never [`Counter::Holders`] or [`Counter::Plans`], of which the bridge keeps a stock.
        counter: Counter,
        /// What is needed in all, in units: trades that wait, open orders, and the order that was refused for it.
        amount: u64,
    } = 45,
    /// An order of a cross awaits an approval (ExecType pending new): it is not accepted for trading yet, and not rejected.
    Awaiting {
        /// To whom it is told.
        to: To,
        /// The order.
        order: OrderView,
        /// How many units more must be approved before it trades; at least one.
        unapproved: Units,
    } = 46,
}
