//! A market maker's quotes: what it asks of the venue, and what it is told. Trades of a quote's sides are told by
//! execution reports, as any order's.

use crate::enums::{ProtectionReached, Side};
use crate::header::BusinessHeader;
use crate::layout::{application_message, group_entry};
use crate::types::{ClOrdId, Price8};

/// How many securities one MassQuote may quote.
pub const MOST_QUOTE_ENTRIES: usize = 32;

group_entry! {
    /// Both sides of a quote in one security. A side whose size is null stays as it is; a size of nought withdraws it.
    QuoteEntry, block 36 {
        /// The security, once in a message.
        0, 48, "securityID", "SecurityID" => security_id: u32;
        /// The price at which the maker buys; null exactly if that side is not stated, or withdrawn.
        4, 132, "bidPx", "PriceOptional" => bid_px: Option<Price8>;
        /// How many units, from now on.
        12, 134, "bidSize", "QuantityOptional" => bid_size: Option<u64>;
        /// The price at which the maker sells.
        20, 133, "offerPx", "PriceOptional" => offer_px: Option<Price8>;
        /// How many units, from now on.
        28, 135, "offerSize", "QuantityOptional" => offer_size: Option<u64>;
    }
}

application_message! {
    /// A market maker's quotes in one account (FIX 35=i).
    MassQuote = 110 since 3, block 45, clordid None, {
        /// The maker's name for this state of its quotes; may be used again.
        21, 117, "quoteID", "ClOrdID" => quote_id: ClOrdId;
        /// The account.
        41, 1, "account", "Account" => account: u32;
    }, groups {
        /// A security each, done in this order; at least one.
        295, "noQuoteEntries", 32 => entries: QuoteEntry;
    }
}

application_message! {
    /// The end of an account's quotes (FIX 35=Z).
    QuoteCancel = 111 since 3, block 49, clordid None, {
        /// Client's name for the request; may be used again.
        21, 1166, "quoteMsgID", "ClOrdID" => quote_msg_id: ClOrdId;
        /// The account.
        41, 1, "account", "Account" => account: u32;
        /// Of which security; null for all.
        45, 48, "securityID", "SecurityIDOptional" => security_id: Option<u32>;
    }
}

application_message! {
    /// Market-maker protection for an account's quotes: how much may trade in how long. Setting it also lets quotes in
    /// again after it has tripped.
    QuoteProtectionRequest = 112 since 3, block 73, clordid None, {
        /// Client's name for the request; may be used again.
        21, 1166, "quoteMsgID", "ClOrdID" => quote_msg_id: ClOrdId;
        /// The account.
        41, 1, "account", "Account" => account: u32;
        /// The window, ns. Null takes the protection away; so must the next three be then.
        45, 20070, "protectionWindow", "DeltaNanosOptional" => protection_window: Option<u64>;
        /// How many executions in the window trip it.
        53, 20071, "protectionExecutions", "ExecutionCountOptional" => protection_executions: Option<u32>;
        /// How many units; null for no such limit.
        57, 20072, "protectionUnits", "QuantityOptional" => protection_units: Option<u64>;
        /// How much money, of one cash token; null for no such limit.
        65, 20073, "protectionValue", "AmountOptional" => protection_value: Option<u64>;
    }
}

application_message! {
    /// What became of one entry of a MassQuote (FIX 35=AI): how both sides stand before they trade, or why the entry was
    /// refused.
    QuoteStatusReport = 221 since 3, block 110, clordid None, {
        /// As in the MassQuote.
        21, 117, "quoteID", "ClOrdID" => quote_id: ClOrdId;
        /// As in the MassQuote.
        41, 1, "account", "Account" => account: u32;
        /// As in the entry.
        45, 48, "securityID", "SecurityID" => security_id: u32;
        /// The venue's name for the bid; null if there is none.
        49, 20074, "bidOrderID", "OrderIDOptional" => bid_order_id: Option<u64>;
        /// Its price.
        57, 132, "bidPx", "PriceOptional" => bid_px: Option<Price8>;
        /// Its size.
        65, 134, "bidSize", "QuantityOptional" => bid_size: Option<u64>;
        /// The venue's name for the offer; null if there is none.
        73, 20075, "offerOrderID", "OrderIDOptional" => offer_order_id: Option<u64>;
        /// Its price.
        81, 133, "offerPx", "PriceOptional" => offer_px: Option<Price8>;
        /// Its size.
        89, 135, "offerSize", "QuantityOptional" => offer_size: Option<u64>;
        /// When the venue did it, ns UTC.
        97, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// Why the entry was refused (numbered as ordRejReason); null if it was not.
        105, 300, "quoteRejectReason", "RejectReasonOptional" => quote_reject_reason: Option<u16>;
        /// The rule of the security that refused it, if one did.
        107, 20020, "ruleID", "RuleIDOptional" => rule_id: Option<u16>;
        /// Which side was refused; null if it was the entry.
        109, 54, "side", "Side" => side: Option<Side>;
    } /// Explanation for a person.
    text: Text
}

application_message! {
    /// Quotes were withdrawn as a QuoteCancel asked (FIX 35=AI, 297=4).
    QuoteCancelReport = 222 since 3, block 65, clordid None, {
        /// As in the request.
        21, 1166, "quoteMsgID", "ClOrdID" => quote_msg_id: ClOrdId;
        /// As in the request.
        41, 1, "account", "Account" => account: u32;
        /// As in the request.
        45, 48, "securityID", "SecurityIDOptional" => security_id: Option<u32>;
        /// How many sides it withdrew.
        49, 533, "totalAffectedOrders", "Total" => total_affected_orders: u64;
        /// When the venue was done, ns UTC.
        57, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
    }
}

application_message! {
    /// Protection is in force, or was taken away.
    QuoteProtectionReport = 223 since 3, block 81, clordid None, {
        /// As in the request.
        21, 1166, "quoteMsgID", "ClOrdID" => quote_msg_id: ClOrdId;
        /// As in the request.
        41, 1, "account", "Account" => account: u32;
        /// As in the request.
        45, 20070, "protectionWindow", "DeltaNanosOptional" => protection_window: Option<u64>;
        /// As in the request.
        53, 20071, "protectionExecutions", "ExecutionCountOptional" => protection_executions: Option<u32>;
        /// As in the request.
        57, 20072, "protectionUnits", "QuantityOptional" => protection_units: Option<u64>;
        /// As in the request.
        65, 20073, "protectionValue", "AmountOptional" => protection_value: Option<u64>;
        /// When the venue did it, ns UTC.
        73, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
    }
}

application_message! {
    /// Protection tripped: the account's quotes trade no more and are cancelled, and new ones are refused until
    /// protection is set again.
    QuoteProtectionTripped = 224 since 3, block 46, clordid None, {
        /// The account.
        21, 1, "account", "Account" => account: u32;
        /// What there was in the window: executions,
        25, 20071, "protectionExecutions", "ExecutionCount" => protection_executions: u32;
        /// and units.
        29, 20072, "protectionUnits", "Quantity" => protection_units: u64;
        /// Which limit was reached.
        37, 20083, "protectionReached", "ProtectionReached" => protection_reached: ProtectionReached;
        /// When the venue did it, ns UTC.
        38, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
    }
}

impl MassQuote {
    /// Quotes of an account under one name. The session fills in its header.
    pub fn new(quote_id: ClOrdId, account: u32, entries: Vec<QuoteEntry>) -> Self {
        Self { header: BusinessHeader::BLANK, quote_id, account, entries }
    }
}
