//! Risk control: limits, the kill switch, and many orders cancelled at once. Money is in the smallest unit of each
//! cash token, times are in nanoseconds.

use crate::enums::{
    BlockedBy, ListUpdateAction, PartyActionResponse, PartyActionType, RiskLimitScope, RiskLimitType, Side,
};
use crate::layout::{application_message, group_entry};
use crate::types::ClOrdId;

application_message! {
    /// The end of many orders: all that meet everything stated (FIX 35=CA).
    OrderMassActionRequest = 103 since 3, block 58, clordid Some(21), {
        /// Name of this request, one of the day's.
        21, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// Orders of this session; null means your own, or, of risk control, all of the firm.
        41, 20030, "targetSessionID", "SessionIDOptional" => target_session_id: Option<u32>;
        /// Orders of this firm, which must be your own; null states none.
        45, 20031, "targetFirmID", "FirmIDOptional" => target_firm_id: Option<u32>;
        /// Orders for this account; null states none.
        49, 1, "account", "AccountOptional" => account: Option<u32>;
        /// Orders in this security; null states none.
        53, 48, "securityID", "SecurityIDOptional" => security_id: Option<u32>;
        /// Orders on this side; null states none.
        57, 54, "side", "Side" => side: Option<Side>;
    }
}

group_entry! {
    /// The most money that something may come to, in one cash token.
    RiskLimitAmount, block 11 {
        /// What is limited.
        0, 1530, "riskLimitType", "RiskLimitType" => risk_limit_type: RiskLimitType;
        /// The cash token.
        1, 1532, "riskLimitCurrency", "CashID" => risk_limit_currency: u16;
        /// How much, in its smallest unit.
        3, 1531, "riskLimitAmount", "Amount" => risk_limit_amount: u64;
    }
}

group_entry! {
    /// A security in which nothing new is entered.
    RestrictedSecurity, block 4 {
        /// Which.
        0, 48, "securityID", "SecurityID" => security_id: u32;
    }
}

application_message! {
    /// All limits of a firm, a session or an account: what is null or not listed is not limited (FIX 35=CS).
    PartyRiskLimitsDefinitionRequest = 104 since 3, block 79, clordid None, {
        /// Name of this request; the answer repeats it, and it may be used again.
        21, 1666, "riskLimitRequestID", "ClOrdID" => risk_limit_request_id: ClOrdId;
        /// Modify sets the limits; Delete lifts all, and then none is stated.
        41, 1324, "listUpdateAction", "ListUpdateAction" => list_update_action: ListUpdateAction;
        /// Whose limits: what `riskLimitScopeID` numbers.
        42, 20032, "riskLimitScope", "RiskLimitScope" => risk_limit_scope: RiskLimitScope;
        /// The number of the firm, the session or the account.
        43, 20033, "riskLimitScopeID", "ScopeID" => risk_limit_scope_id: u32;
        /// The most units of one order.
        47, 20034, "orderQtyLimit", "QuantityOptional" => order_qty_limit: Option<u64>;
        /// The most orders in `orderRateWindow`; null exactly if that is.
        55, 20035, "orderRateCount", "OrderCountOptional" => order_rate_count: Option<u32>;
        /// The window of the rate.
        59, 20036, "orderRateWindow", "DeltaNanosOptional" => order_rate_window: Option<u64>;
        /// How long the same order is taken for a duplicate.
        67, 20037, "duplicateWindow", "DeltaNanosOptional" => duplicate_window: Option<u64>;
        /// How far a price may lie from the reference price, in basis points of it.
        75, 20038, "collarBps", "BasisPointsOptional" => collar_bps: Option<u32>;
    }, groups {
        /// Credit, and the value of one order, token by token.
        1529, "noRiskLimitTypes", 32 => risk_limit_types: RiskLimitAmount;
        /// The restricted list, by rising numbers.
        20039, "noRestrictedSecurities", 256 => restricted_securities: RestrictedSecurity;
    }
}

application_message! {
    /// The kill switch (FIX 35=DH).
    PartyActionRequest = 105 since 3, block 47, clordid None, {
        /// Name of this request; the answer repeats it, and it may be used again.
        21, 2328, "partyActionRequestID", "ClOrdID" => party_action_request_id: ClOrdId;
        /// Suspend blocks, Reinstate unblocks.
        41, 2329, "partyActionType", "PartyActionType" => party_action_type: PartyActionType;
        /// Whom: what `riskLimitScopeID` numbers.
        42, 20032, "riskLimitScope", "RiskLimitScope" => risk_limit_scope: RiskLimitScope;
        /// The number of the firm, the session or the account.
        43, 20033, "riskLimitScopeID", "ScopeID" => risk_limit_scope_id: u32;
    }
}

application_message! {
    /// A mass cancel is done (FIX 35=BZ, MassActionResponse completed). Each order has been told by its own report.
    OrderMassActionReport = 210 since 3, block 74, clordid None, {
        /// Name of the request.
        21, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// Orders of this session.
        41, 20030, "targetSessionID", "SessionIDOptional" => target_session_id: Option<u32>;
        /// Orders of this firm.
        45, 20031, "targetFirmID", "FirmIDOptional" => target_firm_id: Option<u32>;
        /// Orders for this account.
        49, 1, "account", "AccountOptional" => account: Option<u32>;
        /// Orders in this security.
        53, 48, "securityID", "SecurityIDOptional" => security_id: Option<u32>;
        /// Orders on this side.
        57, 54, "side", "Side" => side: Option<Side>;
        /// How many it cancelled.
        58, 533, "totalAffectedOrders", "Total" => total_affected_orders: u64;
        /// When the venue did it, ns UTC.
        66, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
    }
}

application_message! {
    /// Limits are in force, or lifted, whoever set them: told to each risk-control session of the firm (FIX 35=CM).
    PartyRiskLimitsReport = 211 since 3, block 88, clordid None, {
        /// Name of your request; null if it wasn't yours.
        21, 1666, "riskLimitRequestID", "ClOrdIDOptional" => risk_limit_request_id: Option<ClOrdId>;
        /// Modify if there are limits now, Delete if there are none.
        41, 1324, "listUpdateAction", "ListUpdateAction" => list_update_action: ListUpdateAction;
        /// Whose limits: what `riskLimitScopeID` numbers.
        42, 20032, "riskLimitScope", "RiskLimitScope" => risk_limit_scope: RiskLimitScope;
        /// The number of the firm, the session or the account.
        43, 20033, "riskLimitScopeID", "ScopeID" => risk_limit_scope_id: u32;
        /// The most units of one order.
        47, 20034, "orderQtyLimit", "QuantityOptional" => order_qty_limit: Option<u64>;
        /// The most orders in `orderRateWindow`.
        55, 20035, "orderRateCount", "OrderCountOptional" => order_rate_count: Option<u32>;
        /// The window of the rate.
        59, 20036, "orderRateWindow", "DeltaNanosOptional" => order_rate_window: Option<u64>;
        /// How long the same order is taken for a duplicate.
        67, 20037, "duplicateWindow", "DeltaNanosOptional" => duplicate_window: Option<u64>;
        /// How far a price may lie from the reference price, in basis points of it.
        75, 20038, "collarBps", "BasisPointsOptional" => collar_bps: Option<u32>;
        /// Whether an operator of the venue set them.
        79, 20040, "byOperator", "Boolean" => by_operator: bool;
        /// When the venue did it, ns UTC.
        80, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
    }, groups {
        /// Credit, and the value of one order, token by token.
        1529, "noRiskLimitTypes", 32 => risk_limit_types: RiskLimitAmount;
        /// The restricted list.
        20039, "noRestrictedSecurities", 256 => restricted_securities: RestrictedSecurity;
    }
}

application_message! {
    /// Something is blocked or unblocked, whoever did it, or the orders of what was blocked are all cancelled: told to
    /// each risk-control session of the firm (FIX 35=DI).
    PartyActionReport = 212 since 3, block 65, clordid None, {
        /// Name of your request; null if it wasn't yours, and of a completed one.
        21, 2328, "partyActionRequestID", "ClOrdIDOptional" => party_action_request_id: Option<ClOrdId>;
        /// Accepted: it is blocked, or unblocked, from here on. Completed: all orders are cancelled.
        41, 2332, "partyActionResponse", "PartyActionResponse" => party_action_response: PartyActionResponse;
        /// Whom: what `riskLimitScopeID` numbers.
        42, 20032, "riskLimitScope", "RiskLimitScope" => risk_limit_scope: RiskLimitScope;
        /// The number of the firm, the session or the account.
        43, 20033, "riskLimitScopeID", "ScopeID" => risk_limit_scope_id: u32;
        /// Who has it blocked now; null if it is completed.
        47, 20041, "blockedBy", "BlockedBy" => blocked_by: Option<BlockedBy>;
        /// Whether an operator of the venue did it.
        48, 20040, "byOperator", "Boolean" => by_operator: bool;
        /// How many orders were cancelled; null unless it is completed.
        49, 533, "totalAffectedOrders", "TotalOptional" => total_affected_orders: Option<u64>;
        /// When the venue did it, ns UTC.
        57, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
    }
}

application_message! {
    /// A request that is about no single order was refused; nothing has changed.
    RequestReject = 213 since 3, block 51, clordid None, {
        /// Name of the request.
        21, 20042, "requestID", "ClOrdID" => request_id: ClOrdId;
        /// Why (the engine's number).
        41, 20043, "requestRejectReason", "RejectReason" => request_reject_reason: u16;
        /// When the venue did it, ns UTC.
        43, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
    } /// Explanation for a person.
    text: Text
}
