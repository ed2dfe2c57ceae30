//! `docs/gateway.md` says why the venue refuses and cancels: its tables are made from the engine's numbers and texts.
//!
//! After a change: `GOLDEN=write cargo test -p tallystick-gateway --test it document`, then read the difference.

use std::fmt::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tallystick_engine::event::CancelReason;
use tallystick_engine::reject::{MessageFault, Reject};
use tallystick_engine::risk::{RequestReject, RiskLevel};
use tallystick_engine::rules::{Reason, ReasonCode, RuleId};
use tallystick_engine::types::{Money, Units};

/// The tests of this file read and write one document.
static ALONE: Mutex<()> = Mutex::new(());

/// The part between the markers of this name; written anew if asked for.
fn check(name: &str, expected: &str) {
    // One that failed has written nothing.
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gateway.md");
    let document = std::fs::read_to_string(&path).expect("docs/gateway.md");
    let (begin, end) =
        (format!("<!-- begin {name}: made from the engine -->\n"), format!("<!-- end {name} -->"));
    let start = document.find(&begin).unwrap_or_else(|| panic!("no marker for {name}")) + begin.len();
    let stop = start + document[start..].find(&end).expect("an end marker");
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        let written = format!("{}{expected}{}", &document[..start], &document[stop..]);
        std::fs::write(&path, written).unwrap();
        return;
    }
    assert_eq!(&document[start..stop], expected, "{name}");
}

/// A number that no text has otherwise, to be shown as a letter.
const MANY: u64 = 987_654_321;

fn shown(text: &str) -> String {
    text.replace(&MANY.to_string(), "N")
}

/// The level at which risk control refused, to be shown as any of the three.
const LEVEL: RiskLevel = RiskLevel::Session;

fn at_any_level(reject: &Reject) -> String {
    let text = shown(&reject.to_string());
    match reject {
        Reject::Blocked(LEVEL)
        | Reject::RestrictedSecurity(LEVEL)
        | Reject::OrderQuantityLimit(LEVEL)
        | Reject::OrderValueLimit(LEVEL)
        | Reject::PriceCollarLimit(LEVEL)
        | Reject::CreditLimit(LEVEL)
        | Reject::OrderRateLimit(LEVEL)
        | Reject::DuplicateOrder(LEVEL) => text.replace(&LEVEL.to_string(), "firm, session or account"),
        _ => text,
    }
}

/// The security's rules: number and text of each.
fn of_rules() -> impl Iterator<Item = (u16, String)> {
    ReasonCode::ALL.into_iter().map(|code| (code as u16, code.text().to_owned()))
}

fn some_rule() -> Reason {
    Reason { code: ReasonCode::LockUp, rule: RuleId(1) }
}

#[test]
fn every_reject_is_documented_with_what_to_do() {
    let rejects = every!(Reject: DuplicateClOrdId, TooManyClOrdIds, UnknownOrder, AwaitsApproval, UnknownSecurity,
        UnknownAccount,
        NotAdmitted, Blocked(LEVEL), Closed, Halted, Uncrossing, RulesChanging, NotInThisPhase, Instructions, ExpireDate, Quantity, PartQuantity,
        PricePresence, PriceRange, PriceTick, PriceBand, StopReached, TooManyOpenOrders, TooManyPegged,
        SettlementBacklog, NoRiskLimits, RestrictedSecurity(LEVEL), OrderQuantityLimit(LEVEL), OrderValueLimit(LEVEL),
        PriceCollarLimit(LEVEL), CreditLimit(LEVEL), OrderRateLimit(LEVEL), DuplicateOrder(LEVEL),
        Compliance(some_rule()), AllocationEnded, OutsideAllocation,
        InsufficientUnits { available: Units(MANY) }, InsufficientCash { available: Money(MANY as i64) },
        MatchLimit, WouldTake, CrossPrice, OutsideBands, CrossPair, TooManyAwaiting, CrossSide,
        ProtectionTripped, QuoteEntry);
    let own = rejects.iter().filter(|reject| !matches!(reject, Reject::Compliance(_)));
    let mut rows: Vec<(u16, u16, String)> =
        own.map(|reject| (reject.number(), reject.cancel_number(), at_any_level(reject))).collect();
    rows.extend(of_rules().map(|(number, text)| (number, number, text)));
    rows.sort();
    let mut expected =
        "| ordRejReason | cxlRejReason | meaning, and what to do |\n|---|---|---|\n".to_owned();
    for (order, cancel, text) in rows {
        writeln!(expected, "| {order} | {cancel} | {text} |").unwrap();
    }
    check("rejects", &expected);
}

#[test]
fn every_reason_of_a_cancel_is_documented() {
    let reasons = every!(CancelReason: Requested, ImmediateRemainder, MarketRemainder, NotFilledWhole, MatchLimit,
        ReplacedToFilled, Compliance(some_rule()), AllocationEnded, MinimumNotMet, SelfTrade,
        AuctionRemainder, MassCancel, Blocked, Disconnected, Band, ProtectionTripped, Operator, InsufficientUnits,
        ShutOut);
    let own = reasons.iter().filter(|reason| !matches!(reason, CancelReason::Compliance(_)));
    let mut rows: Vec<(u16, String)> = own.map(|reason| (reason.number(), reason.to_string())).collect();
    rows.extend(of_rules());
    rows.sort();
    let mut expected = "| execRestatementReason | meaning |\n|---|---|\n".to_owned();
    for (number, text) in rows {
        writeln!(expected, "| {number} | {text} |").unwrap();
    }
    check("cancels", &expected);
}

#[test]
fn every_reject_of_a_request_is_documented() {
    let (what, range) = ("LIMIT".to_owned(), "its range".to_owned());
    let mut rejects = every!(RequestReject: DuplicateClOrdId, TooManyClOrdIds, NotPermitted, UnknownSession,
        UnknownAccount, UnknownSecurity, Pending, OutOfRange { what: what, range: range }, BlockedByOperator, NotBlocked);
    rejects.sort_by_key(RequestReject::number);
    let mut expected = "| requestRejectReason | meaning, and what to do |\n|---|---|\n".to_owned();
    for reject in rejects {
        writeln!(expected, "| {} | {reject} |", reject.number()).unwrap();
    }
    check("requests", &expected);
}

#[test]
fn every_fault_of_a_message_is_documented() {
    let faults = every!(MessageFault: InvalidValue, ReservedBit, RequiredFieldNull, Text);
    let mut expected = "| businessRejectReason | text |\n|---|---|\n".to_owned();
    for fault in faults {
        writeln!(expected, "| {} | {fault} |", fault.number()).unwrap();
    }
    check("faults", &expected);
}
