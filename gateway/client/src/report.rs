//! What a user is told.

use tallystick_wire::{
    BusinessMessageReject, ExecutionReportCancelled, ExecutionReportExpired, ExecutionReportNew,
    ExecutionReportPendingNew, ExecutionReportRejected, ExecutionReportReplaced, ExecutionReportRestated,
    ExecutionReportTrade, ExecutionReportTradeCancel, ExecutionReportTradeCorrect, ExecutionReportTriggered,
    Message, OrderCancelReject, OrderMassActionReport, PartyActionReport, PartyRiskLimitsReport,
    QuoteCancelReport, QuoteProtectionReport, QuoteProtectionTripped, QuoteStatusReport, RequestReject,
    SecurityStatus,
};

/// A report of the venue, in order and exactly once, or an event of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// An order was accepted. Its `price` is the one it stands at: of a post-only order that has slid, the one behind.
    New(ExecutionReportNew),
    /// An order of a cross awaits an approval. It trades with the other one as soon as enough is approved, which is told by
    /// [`Report::New`] and [`Report::Trade`], or is rejected then; a cancel of either ends both, and so does the day.
    PendingNew(ExecutionReportPendingNew),
    /// An order was refused.
    Rejected(ExecutionReportRejected),
    /// An order traded. The trade is final once the settlement network has decided so; if it decides otherwise, a
    /// [`Report::TradeCancel`] with the same `trd_match_id` comes.
    Trade(ExecutionReportTrade),
    /// An order was changed.
    Replaced(ExecutionReportReplaced),
    /// An order was cancelled.
    Cancelled(ExecutionReportCancelled),
    /// Self-trade prevention took units off an order, without a trade; what is left of it stands.
    Restated(ExecutionReportRestated),
    /// An order expired.
    Expired(ExecutionReportExpired),
    /// A stop was triggered, and enters now: what it does is told by reports that follow.
    Triggered(ExecutionReportTriggered),
    /// A trade reported before is busted: the settlement network refused it or let it expire, or an operator of the venue
    /// did it. Nothing changes hands; the units may be sold again and the cash spent again. Where it was settled already
    /// a trade the other way undoes it, `compensating_trade_id`. The order stays as it is, open or over: its quantities
    /// count the trade on, and it is not entered again.
    TradeCancel(ExecutionReportTradeCancel),
    /// An operator of the venue gave a trade reported before another price. The order stays as it is.
    TradeCorrect(ExecutionReportTradeCorrect),
    /// What became of one entry of a mass quote: how both sides stand before they trade, or why it was refused.
    QuoteStatus(QuoteStatusReport),
    /// Quotes were withdrawn as asked.
    QuoteCancel(QuoteCancelReport),
    /// Protection of an account's quotes is in force, or was taken away.
    QuoteProtection(QuoteProtectionReport),
    /// Protection tripped: the account's quotes trade no more and are cancelled, and the venue takes no new ones until
    /// protection is set again.
    QuoteProtectionTripped(QuoteProtectionTripped),
    /// A cancel or a replace was refused.
    CancelReject(OrderCancelReject),
    /// A mass cancel is done.
    MassCancelled(OrderMassActionReport),
    /// Limits of your firm, or of a session or an account of it, have changed, whoever changed them: told to risk control.
    /// [`crate::RiskLimits::told`] reads them.
    Limits(PartyRiskLimitsReport),
    /// Your firm, or a session or an account of it, is blocked or unblocked, whoever did it, or all orders of what was
    /// blocked are cancelled: told to risk control.
    Block(PartyActionReport),
    /// A request that is about no single order was refused: a mass cancel, limits, the kill switch.
    RequestReject(RequestReject),
    /// A message was refused before it was an order.
    BusinessReject(BusinessMessageReject),
    /// The venue never received your messages with these numbers and will not apply them: send them anew if you still
    /// want them.
    NotApplied {
        /// Number of the first.
        from_seq_no: u64,
        /// How many.
        count: u32,
    },
    /// How a security stands, as [`crate::Client::ask_status`] asked. It has no number: what changed twice before it could
    /// be sent is told once, and nothing is told again.
    Status(SecurityStatus),
    /// Nothing has come from the venue for one of its intervals; after three the connection is given up.
    VenueSilent,
}

impl Report {
    /// Number of the report in the venue's flow; `None` for an event of the session.
    pub fn msg_seq_num(&self) -> Option<u64> {
        Some(self.message()?.header()?.msg_seq_num)
    }

    /// The message that it came as; `None` for an event of the session.
    pub fn message(&self) -> Option<Message> {
        Some(match self.clone() {
            Self::New(report) => report.into(),
            Self::PendingNew(report) => report.into(),
            Self::Rejected(report) => report.into(),
            Self::Trade(report) => report.into(),
            Self::Replaced(report) => report.into(),
            Self::Cancelled(report) => report.into(),
            Self::Restated(report) => report.into(),
            Self::Expired(report) => report.into(),
            Self::Triggered(report) => report.into(),
            Self::TradeCancel(report) => report.into(),
            Self::TradeCorrect(report) => report.into(),
            Self::QuoteStatus(report) => report.into(),
            Self::QuoteCancel(report) => report.into(),
            Self::QuoteProtection(report) => report.into(),
            Self::QuoteProtectionTripped(report) => report.into(),
            Self::Status(status) => status.into(),
            Self::CancelReject(report) => report.into(),
            Self::MassCancelled(report) => report.into(),
            Self::Limits(report) => report.into(),
            Self::Block(report) => report.into(),
            Self::RequestReject(report) => report.into(),
            Self::BusinessReject(report) => report.into(),
            Self::NotApplied { .. } | Self::VenueSilent => return None,
        })
    }

    /// The session machine delivers only what the venue sends with a number, and how securities stand.
    pub(crate) fn from_message(message: Message) -> Self {
        match message {
            Message::ExecutionReportNew(report) => Self::New(report),
            Message::ExecutionReportPendingNew(report) => Self::PendingNew(report),
            Message::ExecutionReportRejected(report) => Self::Rejected(report),
            Message::ExecutionReportTrade(report) => Self::Trade(report),
            Message::ExecutionReportReplaced(report) => Self::Replaced(report),
            Message::ExecutionReportCancelled(report) => Self::Cancelled(report),
            Message::ExecutionReportRestated(report) => Self::Restated(report),
            Message::ExecutionReportExpired(report) => Self::Expired(report),
            Message::ExecutionReportTriggered(report) => Self::Triggered(report),
            Message::ExecutionReportTradeCancel(report) => Self::TradeCancel(report),
            Message::ExecutionReportTradeCorrect(report) => Self::TradeCorrect(report),
            Message::QuoteStatusReport(report) => Self::QuoteStatus(report),
            Message::QuoteCancelReport(report) => Self::QuoteCancel(report),
            Message::QuoteProtectionReport(report) => Self::QuoteProtection(report),
            Message::QuoteProtectionTripped(report) => Self::QuoteProtectionTripped(report),
            Message::SecurityStatus(status) => Self::Status(status),
            Message::OrderCancelReject(report) => Self::CancelReject(report),
            Message::OrderMassActionReport(report) => Self::MassCancelled(report),
            Message::PartyRiskLimitsReport(report) => Self::Limits(report),
            Message::PartyActionReport(report) => Self::Block(report),
            Message::RequestReject(report) => Self::RequestReject(report),
            Message::BusinessMessageReject(report) => Self::BusinessReject(report),
            other => unreachable!("{} is no report of the venue", other.layout().name),
        }
    }
}
