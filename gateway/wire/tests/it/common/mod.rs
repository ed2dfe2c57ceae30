//! Messages for the tests: one fixed sample of each kind, and arbitrary ones.

pub mod schema_reader;
pub mod transcript;
pub mod venue;

use quickcheck::{Arbitrary, Gen};
use tallystick_wire::*;

pub const HEADER: BusinessHeader = BusinessHeader {
    session_id: 7,
    msg_seq_num: 42,
    sending_time: 1_700_000_000_000_000_001,
    possible_resend: false,
};

pub fn id(text: &str) -> ClOrdId {
    text.parse().expect("a ClOrdID")
}

pub fn price(text: &str) -> Price8 {
    text.parse().expect("a price")
}

pub fn new_order(session_id: u32, msg_seq_num: u64, name: &str) -> NewOrderSingle {
    let header = BusinessHeader { session_id, msg_seq_num, sending_time: 1, possible_resend: false };
    NewOrderSingle::day_limit(header, id(name), 1001, 55, Side::Buy, price("101.25"), 10)
}

pub fn report_new(session_id: u32, msg_seq_num: u64, name: &str) -> ExecutionReportNew {
    ExecutionReportNew {
        header: BusinessHeader { session_id, msg_seq_num, sending_time: 2, possible_resend: false },
        order_id: msg_seq_num,
        exec_id: msg_seq_num,
        cl_ord_id: id(name),
        account: 1001,
        security_id: 55,
        side: Side::Buy,
        price: Some(price("101.25")),
        order_qty: 10,
        leaves_qty: 10,
        cum_qty: 0,
        transact_time: 3,
        display_qty: None,
    }
}

/// Two entries: one that states both sides, one that withdraws the offer and leaves the bid.
pub fn quote_entries() -> Vec<QuoteEntry> {
    let both = QuoteEntry {
        security_id: 55,
        bid_px: Some(price("101.25")),
        bid_size: Some(30),
        offer_px: Some(price("101.5")),
        offer_size: Some(40),
    };
    let (bid_px, bid_size, offer_px, offer_size) = (None, None, None, Some(0));
    vec![both, QuoteEntry { security_id: 56, bid_px, bid_size, offer_px, offer_size }]
}

/// One message of each kind, in the order of their templates, no two fields of a message alike.
pub fn samples() -> Vec<Message> {
    let signature: Signature = std::array::from_fn(|index| index as u8);
    let session_id = 7;
    let session_ver_id = 0x0102_0304_0506_0708;
    let request_timestamp = 1_700_000_000_000_000_000;
    let header = HEADER;
    let (order_id, exec_id, account, security_id) = (900, 901, 1001, 55);
    let (order_qty, leaves_qty, cum_qty, transact_time) = (100, 60, 40, 1_700_000_000_000_000_002);
    let (cl_ord_id, orig_cl_ord_id, side) = (id("ORDER-2"), id("ORDER-1"), Side::Sell);
    let limit = price("-0.00000003");
    let text = Text::new("account 1001 may not hold this token").expect("short ASCII");
    vec![
        Negotiate { session_id, session_ver_id, timestamp: request_timestamp, signature }.into(),
        NegotiateResponse { session_id, session_ver_id, request_timestamp }.into(),
        NegotiateReject {
            session_id,
            session_ver_id,
            request_timestamp,
            code: NegotiateRejectCode::DuplicateId,
            current_session_ver_id: Some(9),
        }
        .into(),
        Establish {
            session_id,
            session_ver_id,
            timestamp: request_timestamp,
            next_seq_no: 12,
            keepalive_interval: 5_000,
            signature,
        }
        .into(),
        EstablishAck {
            session_id,
            session_ver_id,
            request_timestamp,
            next_seq_no: 31,
            next_expected_seq_no: 12,
            keepalive_interval: 10_000,
        }
        .into(),
        EstablishReject {
            session_id,
            session_ver_id,
            request_timestamp,
            code: EstablishRejectCode::InvalidSessionVerId,
            current_session_ver_id: None,
        }
        .into(),
        Terminate { session_id, code: TerminationCode::KeepaliveLapsed }.into(),
        NotApplied { from_seq_no: 12, count: 3 }.into(),
        Sequence { next_seq_no: 15 }.into(),
        RetransmitRequest { session_id, timestamp: request_timestamp, from_seq_no: 20, count: 11 }.into(),
        Retransmission { session_id, request_timestamp, next_seq_no: 20, count: 11 }.into(),
        RetransmitReject { session_id, request_timestamp, code: RetransmitRejectCode::NotAvailable }.into(),
        SecurityStatusRequest {
            session_id,
            subscription_request_type: SubscriptionRequestType::SnapshotAndUpdates,
        }
        .into(),
        SecurityStatus {
            security_id,
            transact_time,
            phase: TradingPhase::ReopeningAuction,
            band_hit: Some(BandHit::Dynamic),
            interrupted_until: Some(1_700_000_000_000_000_003),
            band_reference_px: Some(price("100")),
            band_hit_px: Some(price("105.5")),
            prolonged: true,
            indicative_px: Some(price("104")),
            paired_qty: Some(70),
            imbalance_qty: Some(5),
            side: Some(side),
        }
        .into(),
        NewOrderSingle {
            header,
            cl_ord_id,
            account,
            security_id,
            side,
            ord_type: OrdType::Pegged,
            time_in_force: TimeInForce::GoodTillDate,
            price: Some(limit),
            order_qty,
            stop_px: Some(price("99.5")),
            peg_price_type: Some(PegPriceType::PrimaryPeg),
            peg_offset_value: Some(price("-0.01")),
            expire_date: Some(20_261_231),
            display_qty: Some(20),
            min_qty: Some(30),
            min_qty_method: Some(MinQtyMethod::Multiple),
            exec_inst: ExecInst { participate_dont_initiate: true, slide: true, all_or_none: false },
            self_match_prevention_instruction: Some(SelfMatchPreventionInstruction::DecrementAndCancel),
            self_match_prevention_scope: Some(SelfMatchPreventionScope::Group),
            self_match_prevention_id: Some(513),
        }
        .into(),
        OrderCancelReplaceRequest {
            header,
            cl_ord_id,
            orig_cl_ord_id,
            account,
            security_id,
            side,
            price: limit,
            order_qty,
            stop_px: None,
        }
        .into(),
        OrderCancelRequest { header, cl_ord_id, orig_cl_ord_id, account, security_id, side }.into(),
        OrderMassActionRequest {
            header,
            cl_ord_id,
            target_session_id: Some(8),
            target_firm_id: None,
            account: Some(account),
            security_id: Some(security_id),
            side: Some(side),
        }
        .into(),
        PartyRiskLimitsDefinitionRequest {
            header,
            risk_limit_request_id: cl_ord_id,
            list_update_action: ListUpdateAction::Modify,
            risk_limit_scope: RiskLimitScope::Session,
            risk_limit_scope_id: 8,
            order_qty_limit: Some(5_000),
            order_rate_count: Some(100),
            order_rate_window: Some(1_000_000_000),
            duplicate_window: None,
            collar_bps: Some(250),
            risk_limit_types: limit_amounts(),
            restricted_securities: vec![
                RestrictedSecurity { security_id: 56 },
                RestrictedSecurity { security_id: 57 },
            ],
        }
        .into(),
        PartyActionRequest {
            header,
            party_action_request_id: cl_ord_id,
            party_action_type: PartyActionType::Reinstate,
            risk_limit_scope: RiskLimitScope::Account,
            risk_limit_scope_id: 1002,
        }
        .into(),
        NewOrderCross {
            header,
            security_id,
            price: price("101.25"),
            order_qty,
            cross_type: CrossType::AllOrNone,
            cross_prioritization: CrossPrioritization::Sell,
            sides: vec![
                CrossSide { side: Side::Buy, cl_ord_id, account },
                CrossSide { side: Side::Sell, cl_ord_id: orig_cl_ord_id, account: 1002 },
            ],
        }
        .into(),
        MassQuote { header, quote_id: id("QUOTES-1"), account, entries: quote_entries() }.into(),
        QuoteCancel { header, quote_msg_id: id("END-1"), account, security_id: Some(security_id) }.into(),
        QuoteProtectionRequest {
            header,
            quote_msg_id: id("PROTECT-1"),
            account,
            protection_window: Some(1_000_000),
            protection_executions: Some(10),
            protection_units: Some(500),
            protection_value: None,
        }
        .into(),
        ExecutionReportNew {
            header,
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            price: None,
            order_qty,
            leaves_qty,
            cum_qty,
            transact_time,
            display_qty: None,
        }
        .into(),
        ExecutionReportRejected {
            header,
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            price: Some(limit),
            order_qty,
            leaves_qty,
            cum_qty,
            transact_time,
            ord_rej_reason: 103,
            rule_id: Some(17),
            text: text.clone(),
        }
        .into(),
        ExecutionReportTrade {
            header: BusinessHeader { possible_resend: true, ..header },
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            price: Some(limit),
            order_qty,
            leaves_qty,
            cum_qty,
            transact_time,
            last_px: price("101.25"),
            last_qty: 40,
            trd_match_id: 77,
            aggressor_indicator: true,
            misc_fee_amt: Some(15),
            cross_indicator: Some(true),
        }
        .into(),
        ExecutionReportReplaced {
            header,
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            price: Some(limit),
            order_qty,
            leaves_qty,
            cum_qty,
            transact_time,
            orig_cl_ord_id,
        }
        .into(),
        ExecutionReportCancelled {
            header,
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            price: Some(limit),
            order_qty,
            leaves_qty,
            cum_qty,
            transact_time,
            orig_cl_ord_id: None,
            exec_restatement_reason: 6,
            text: Text::default(),
        }
        .into(),
        ExecutionReportRestated {
            header,
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            price: Some(limit),
            order_qty,
            leaves_qty,
            cum_qty,
            transact_time,
            exec_restatement_reason: 10,
            decrement_qty: 25,
            text: text.clone(),
        }
        .into(),
        ExecutionReportExpired {
            header,
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            price: Some(limit),
            order_qty,
            leaves_qty,
            cum_qty,
            transact_time,
        }
        .into(),
        ExecutionReportTradeCancel {
            header,
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            last_px: price("101.25"),
            last_qty: 40,
            trd_match_id: 77,
            network_height: 88,
            transact_time,
            trade_cancel_reason: 28,
            compensating_trade_id: Some(78),
            text: text.clone(),
        }
        .into(),
        ExecutionReportTriggered {
            header,
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            price: Some(limit),
            order_qty,
            leaves_qty,
            cum_qty,
            transact_time,
        }
        .into(),
        OrderMassActionReport {
            header,
            cl_ord_id,
            target_session_id: None,
            target_firm_id: Some(3),
            account: None,
            security_id: None,
            side: None,
            total_affected_orders: 12,
            transact_time,
        }
        .into(),
        PartyRiskLimitsReport {
            header,
            risk_limit_request_id: None,
            list_update_action: ListUpdateAction::Modify,
            risk_limit_scope: RiskLimitScope::Firm,
            risk_limit_scope_id: 3,
            order_qty_limit: None,
            order_rate_count: None,
            order_rate_window: None,
            duplicate_window: Some(500_000_000),
            collar_bps: None,
            by_operator: true,
            transact_time,
            risk_limit_types: limit_amounts(),
            restricted_securities: Vec::new(),
        }
        .into(),
        PartyActionReport {
            header,
            party_action_request_id: Some(cl_ord_id),
            party_action_response: PartyActionResponse::Completed,
            risk_limit_scope: RiskLimitScope::Firm,
            risk_limit_scope_id: 3,
            blocked_by: Some(BlockedBy::Both),
            by_operator: false,
            total_affected_orders: Some(12),
            transact_time,
        }
        .into(),
        RequestReject {
            header,
            request_id: cl_ord_id,
            request_reject_reason: 230,
            transact_time,
            text: text.clone(),
        }
        .into(),
        OrderCancelReject {
            header,
            order_id: None,
            cl_ord_id,
            orig_cl_ord_id,
            account,
            security_id,
            transact_time,
            cxl_rej_reason: 1,
            rule_id: None,
            cxl_rej_response_to: CxlRejResponseTo::OrderCancelReplaceRequest,
            text: text.clone(),
        }
        .into(),
        QuoteStatusReport {
            header,
            quote_id: id("QUOTES-1"),
            account,
            security_id,
            bid_order_id: Some(order_id),
            bid_px: Some(price("101.25")),
            bid_size: Some(30),
            offer_order_id: None,
            offer_px: None,
            offer_size: None,
            transact_time,
            quote_reject_reason: Some(99),
            rule_id: None,
            side: Some(side),
            text: text.clone(),
        }
        .into(),
        QuoteCancelReport {
            header,
            quote_msg_id: id("END-1"),
            account,
            security_id: None,
            total_affected_orders: 6,
            transact_time,
        }
        .into(),
        QuoteProtectionReport {
            header,
            quote_msg_id: id("PROTECT-1"),
            account,
            protection_window: Some(1_000_000),
            protection_executions: Some(10),
            protection_units: None,
            protection_value: Some(4_000),
            transact_time,
        }
        .into(),
        QuoteProtectionTripped {
            header,
            account,
            protection_executions: 10,
            protection_units: 480,
            protection_reached: ProtectionReached::Value,
            transact_time,
        }
        .into(),
        ExecutionReportTradeCorrect {
            header,
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            last_px: price("101"),
            last_qty: 40,
            trd_match_id: 79,
            orig_trd_match_id: 77,
            transact_time,
            orig_last_px: price("101.25"),
            gross_trade_amt: 4_040,
            orig_gross_trade_amt: 4_050,
        }
        .into(),
        ExecutionReportPendingNew {
            header,
            order_id,
            exec_id,
            cl_ord_id,
            account,
            security_id,
            side,
            price: Some(limit),
            order_qty,
            leaves_qty,
            cum_qty,
            transact_time,
            unapproved_qty: 30,
        }
        .into(),
        BusinessMessageReject {
            header,
            ref_seq_num: 41,
            ref_template_id: 100,
            ref_tag_id: Some(54),
            business_reject_reason: 5,
            text,
        }
        .into(),
    ]
}

/// Where the groups of a frame end.
fn end_of_groups(frame: &[u8], layout: &schema::MessageLayout) -> usize {
    let block = schema::MESSAGE_HEADER_LENGTH + usize::from(layout.block_length);
    layout.groups.iter().fold(block, |at, _| {
        let word = |at: usize| usize::from(u16::from_le_bytes([frame[at], frame[at + 1]]));
        at + 4 + word(at) * word(at + 2)
    })
}

fn limit_amounts() -> Vec<RiskLimitAmount> {
    let amount = |risk_limit_type, risk_limit_currency, risk_limit_amount| RiskLimitAmount {
        risk_limit_type,
        risk_limit_currency,
        risk_limit_amount,
    };
    vec![
        amount(RiskLimitType::CreditLimit, 1, 1_000_000),
        amount(RiskLimitType::CreditLimit, 2, 0),
        amount(RiskLimitType::MaxNotionalOrderSize, 1, 50_000),
    ]
}

/// Bytes of a message, framing header included.
pub fn encoded(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    bytes
}

/// Any message, by changing the bytes of a sample until they decode: reaches every value that the wire has.
#[derive(Debug, Clone)]
pub struct Any(pub Message);

impl Arbitrary for Any {
    fn arbitrary(g: &mut Gen) -> Self {
        let samples = samples();
        let sample = g.choose(&samples).expect("there are samples").clone();
        let mut frame = encoded(&sample)[framing::FRAMING_HEADER_LENGTH..].to_vec();
        for field in sample.layout().fields {
            let at = schema::MESSAGE_HEADER_LENGTH + usize::from(field.offset);
            let range = at..at + usize::from(field.length);
            let before = frame[range.clone()].to_vec();
            match field.primitive {
                "char" if field.length > 1 => {
                    let length = usize::arbitrary(g) % (range.len() + 1);
                    frame[range.clone()].fill(0);
                    frame[at..at + length].iter_mut().for_each(|byte| *byte = 0x20 + u8::arbitrary(g) % 0x5F);
                }
                _ => frame[range.clone()].iter_mut().for_each(|byte| *byte = u8::arbitrary(g)),
            }
            if decode(&frame).is_err() {
                frame[range].copy_from_slice(&before);
            }
        }
        let block = schema::MESSAGE_HEADER_LENGTH + usize::from(sample.layout().block_length);
        for at in block..end_of_groups(&frame, sample.layout()) {
            let before = std::mem::replace(&mut frame[at], u8::arbitrary(g));
            if decode(&frame).is_err() {
                frame[at] = before;
            }
        }
        if sample.layout().has_text {
            let end = end_of_groups(&frame, sample.layout());
            let text: Vec<u8> =
                Vec::<u8>::arbitrary(g).iter().take(200).map(|byte| 0x20 + byte % 0x5F).collect();
            frame.truncate(end);
            frame.extend_from_slice(&(text.len() as u16).to_le_bytes());
            frame.extend_from_slice(&text);
        }
        Self(decode(&frame).expect("only changes that decode were kept"))
    }
}
