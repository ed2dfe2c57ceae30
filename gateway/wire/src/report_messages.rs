//! What the venue tells. An ExecutionReport has a template for each ExecType; all of them begin with the same fields
//! at the same offsets. That of a cancelled trade is about a trade, not about what its order is now: from `side` on it
//! has fields of its own. Quantities are in the token's smallest units, prices in 10⁻⁸ of the currency.
//!
//! Reasons are the engine's numbers, opaque here: its `reject.rs` pins them. Why a trade is cancelled is the settlement
//! network's number, from its receipt.

use crate::enums::{CxlRejResponseTo, Side};
use crate::layout::application_message;
use crate::types::{ClOrdId, Price8};

application_message! {
    /// An order was accepted (FIX 35=8, 150=0).
    ExecutionReportNew = 200, block 114, clordid None, {
        /// The venue's name for the order: the sequence number of its New.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Client's name for the order.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// The limit; null for a market order.
        66, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// The order's total quantity.
        74, 38, "orderQty", "Quantity" => order_qty: u64;
        /// What can still trade.
        82, 151, "leavesQty", "Quantity" => leaves_qty: u64;
        /// What has traded.
        90, 14, "cumQty", "Quantity" => cum_qty: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// How much is shown at once where it stands, nought for nothing; null shows all.
        106, 1138, "displayQty", "QuantityOptional" since 3 => display_qty: Option<u64>;
    }
}

application_message! {
    /// An order was refused (FIX 35=8, 150=8).
    ExecutionReportRejected = 201, block 110, clordid None, {
        /// The venue's name for the order: the sequence number of its New.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Client's name for the order.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// The limit; null for a market order.
        66, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// The order's total quantity.
        74, 38, "orderQty", "Quantity" => order_qty: u64;
        /// What can still trade.
        82, 151, "leavesQty", "Quantity" => leaves_qty: u64;
        /// What has traded.
        90, 14, "cumQty", "Quantity" => cum_qty: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// Why (the engine's number).
        106, 103, "ordRejReason", "RejectReason" => ord_rej_reason: u16;
        /// The rule of the security that refused it, if one did.
        108, 20020, "ruleID", "RuleIDOptional" => rule_id: Option<u16>;
    } /// Explanation for a person.
    text: Text
}

application_message! {
    /// An order traded (FIX 35=8, 150=F).
    ExecutionReportTrade = 202, block 140, clordid None, {
        /// The venue's name for the order: the sequence number of its New.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Client's name for the order.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// The limit; null for a market order.
        66, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// The order's total quantity.
        74, 38, "orderQty", "Quantity" => order_qty: u64;
        /// What can still trade.
        82, 151, "leavesQty", "Quantity" => leaves_qty: u64;
        /// What has traded.
        90, 14, "cumQty", "Quantity" => cum_qty: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// Price of this trade.
        106, 31, "lastPx", "Price" => last_px: Price8;
        /// Units of this trade.
        114, 32, "lastQty", "Quantity" => last_qty: u64;
        /// The trade, the same for both sides.
        122, 880, "trdMatchID", "TrdMatchID" => trd_match_id: u64;
        /// Whether this order was the incoming one.
        130, 1057, "aggressorIndicator", "Boolean" => aggressor_indicator: bool;
        /// What this trade costs the account besides, in the cash token's smallest unit: fees of the venue (FIX 139
        /// MiscFeeType 4). Nought if the security has none; null in what was told before there were fees.
        131, 137, "miscFeeAmt", "AmountOptional" since 3 => misc_fee_amt: Option<u64>;
        /// Whether the two came together as a cross.
        139, 20050, "crossIndicator", "Boolean" since 3 => cross_indicator: Option<bool>;
    }
}

application_message! {
    /// An order was changed (FIX 35=8, 150=5).
    ExecutionReportReplaced = 203, block 126, clordid None, {
        /// The venue's name for the order: the sequence number of its New.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Name of the request, and now of the order.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// The limit; null for a market order.
        66, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// The order's total quantity.
        74, 38, "orderQty", "Quantity" => order_qty: u64;
        /// What can still trade.
        82, 151, "leavesQty", "Quantity" => leaves_qty: u64;
        /// What has traded.
        90, 14, "cumQty", "Quantity" => cum_qty: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// The order's name until now.
        106, 41, "origClOrdID", "ClOrdID" => orig_cl_ord_id: ClOrdId;
    }
}

application_message! {
    /// An order was cancelled (FIX 35=8, 150=4).
    ExecutionReportCancelled = 204, block 128, clordid None, {
        /// The venue's name for the order: the sequence number of its New.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Name of the request; the order's name for what was not asked for.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// The limit; null for a market order.
        66, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// The order's total quantity.
        74, 38, "orderQty", "Quantity" => order_qty: u64;
        /// What can still trade.
        82, 151, "leavesQty", "Quantity" => leaves_qty: u64;
        /// What has traded.
        90, 14, "cumQty", "Quantity" => cum_qty: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// The order's name if a request cancelled it; null if the venue did of itself.
        106, 41, "origClOrdID", "ClOrdIDOptional" => orig_cl_ord_id: Option<ClOrdId>;
        /// Why (the engine's number; FIX 378).
        126, 378, "execRestatementReason", "CancelReason" => exec_restatement_reason: u16;
    } /// Explanation for a person.
    text: Text
}

application_message! {
    /// An order was made smaller, and stands (FIX 35=8, 150=D): self-trade prevention took units off it without a trade.
    ExecutionReportRestated = 205 since 2, block 116, clordid None, {
        /// The venue's name for the order: the sequence number of its New.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Client's name for the order.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// The limit; null for a market order.
        66, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// The order's total quantity.
        74, 38, "orderQty", "Quantity" => order_qty: u64;
        /// What can still trade.
        82, 151, "leavesQty", "Quantity" => leaves_qty: u64;
        /// What has traded.
        90, 14, "cumQty", "Quantity" => cum_qty: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// Why (numbered as in ExecutionReportCancelled; FIX 378).
        106, 378, "execRestatementReason", "CancelReason" => exec_restatement_reason: u16;
        /// How many units were taken off it.
        108, 20024, "decrementQty", "Quantity" => decrement_qty: u64;
    } /// Explanation for a person.
    text: Text
}

application_message! {
    /// An order expired (FIX 35=8, 150=C).
    ExecutionReportExpired = 206, block 106, clordid None, {
        /// The venue's name for the order: the sequence number of its New.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Client's name for the order.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// The limit; null for a market order.
        66, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// The order's total quantity.
        74, 38, "orderQty", "Quantity" => order_qty: u64;
        /// What can still trade.
        82, 151, "leavesQty", "Quantity" => leaves_qty: u64;
        /// What has traded.
        90, 14, "cumQty", "Quantity" => cum_qty: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
    }
}

application_message! {
    /// A trade is busted: the settlement network refused it or let it expire, or an operator did it (FIX 35=8, 150=H). The order is as it was: its quantities do not change and it is not entered again.
    ExecutionReportTradeCancel = 208, block 116, clordid None, {
        /// The order that traded; it may be long over.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event, not that of the trade's report: `trd_match_id` leads to that one.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Client's name for the order when it traded.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// Price of the trade.
        66, 31, "lastPx", "Price" => last_px: Price8;
        /// Units of the trade: all of them.
        74, 32, "lastQty", "Quantity" => last_qty: u64;
        /// The trade, as in its report; the same for both sides.
        82, 880, "trdMatchID", "TrdMatchID" => trd_match_id: u64;
        /// The settlement network's height that decided it.
        90, 20021, "networkHeight", "NetworkHeight" => network_height: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// Why (the number of the network's refusal; nought for a trade that expired).
        106, 20022, "tradeCancelReason", "TradeCancelReason" => trade_cancel_reason: u16;
        /// The trade between the same two that undoes it, where it was settled already; null where it was not.
        108, 20079, "compensatingTradeID", "TrdMatchIDOptional" since 3 => compensating_trade_id: Option<u64>;
    } /// Explanation for a person.
    text: Text
}

application_message! {
    /// A stop was triggered and enters now (FIX 35=8, 150=L).
    ExecutionReportTriggered = 209 since 2, block 106, clordid None, {
        /// The venue's name for the order: the sequence number of its New.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Client's name for the order.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// The limit; null for a market order.
        66, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// The order's total quantity.
        74, 38, "orderQty", "Quantity" => order_qty: u64;
        /// What can still trade.
        82, 151, "leavesQty", "Quantity" => leaves_qty: u64;
        /// What has traded.
        90, 14, "cumQty", "Quantity" => cum_qty: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
    }
}

application_message! {
    /// A cancel or a replace was refused (FIX 35=9).
    OrderCancelReject = 220, block 90, clordid None, {
        /// The order, if there is one that the client may know of.
        21, 37, "orderID", "OrderIDOptional" => order_id: Option<u64>;
        /// Name of the request.
        29, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The order's name.
        49, 41, "origClOrdID", "ClOrdID" => orig_cl_ord_id: ClOrdId;
        /// As in the request.
        69, 1, "account", "Account" => account: u32;
        /// As in the request.
        73, 48, "securityID", "SecurityID" => security_id: u32;
        /// When the venue refused, ns UTC.
        77, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// Why (the engine's number).
        85, 102, "cxlRejReason", "RejectReason" => cxl_rej_reason: u16;
        /// The rule of the security that refused it, if one did.
        87, 20020, "ruleID", "RuleIDOptional" => rule_id: Option<u16>;
        /// Which request.
        89, 434, "cxlRejResponseTo", "CxlRejResponseTo" => cxl_rej_response_to: CxlRejResponseTo;
    } /// Explanation for a person.
    text: Text
}

application_message! {
    /// An operator gave a trade another price (FIX 35=8, 150=G). The order is as it was, and so are
    /// the fees.
    ExecutionReportTradeCorrect = 225 since 3, block 130, clordid None, {
        /// The order that traded; it may be long over.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event, not that of the trade's report: `orig_trd_match_id` leads to that one.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Client's name for the order when it traded.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// The new price.
        66, 31, "lastPx", "Price" => last_px: Price8;
        /// Units of the trade, which stay.
        74, 32, "lastQty", "Quantity" => last_qty: u64;
        /// The trade as it is from now on; a new one where the old one was settled already.
        82, 880, "trdMatchID", "TrdMatchID" => trd_match_id: u64;
        /// The trade that was corrected, as in its report.
        90, 20080, "origTrdMatchID", "TrdMatchID" => orig_trd_match_id: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// The old price.
        106, 20081, "origLastPx", "Price" => orig_last_px: Price8;
        /// What it costs now, in the cash token's smallest unit, without fees.
        114, 381, "grossTradeAmt", "Amount" => gross_trade_amt: u64;
        /// What it cost before.
        122, 20082, "origGrossTradeAmt", "Amount" => orig_gross_trade_amt: u64;
    }
}

application_message! {
    /// An order of a cross awaits an approval (FIX 35=8, 150=A, 39=A): it is not accepted yet, and not rejected.
    ExecutionReportPendingNew = 226 since 4, block 114, clordid None, {
        /// The venue's name for the order, which it keeps.
        21, 37, "orderID", "OrderID" => order_id: u64;
        /// The venue's name for this event.
        29, 17, "execID", "ExecID" => exec_id: u64;
        /// Client's name for the order.
        37, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        57, 1, "account", "Account" => account: u32;
        /// The security.
        61, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        65, 54, "side", "Side" => side: Side;
        /// The price of the cross.
        66, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// The order's total quantity.
        74, 38, "orderQty", "Quantity" => order_qty: u64;
        /// What can still trade.
        82, 151, "leavesQty", "Quantity" => leaves_qty: u64;
        /// What has traded.
        90, 14, "cumQty", "Quantity" => cum_qty: u64;
        /// When the venue did it, ns UTC.
        98, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// How many units more must be approved before the two may trade.
        106, 20084, "unapprovedQty", "Quantity" => unapproved_qty: u64;
    }
}

application_message! {
    /// A message was refused before it was an order (FIX 35=j).
    BusinessMessageReject = 250, block 35, clordid None, {
        /// Number of the client's message.
        21, 45, "refSeqNum", "SeqNum" => ref_seq_num: u64;
        /// Its templateId (FIX 372 RefMsgType).
        29, 372, "refTemplateID", "TemplateID" => ref_template_id: u16;
        /// Tag of the field that is wrong, if one is.
        31, 371, "refTagID", "TagIDOptional" => ref_tag_id: Option<u16>;
        /// Why (the engine's number).
        33, 380, "businessRejectReason", "RejectReason" => business_reject_reason: u16;
    } /// Explanation for a person.
    text: Text
}
