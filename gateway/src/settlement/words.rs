//! The ledger's records and receipts as JSON, for people. Secrets of persons (their handles) are not shown.

use crate::admin::specs::timestamp;
use serde_json::{Value, json};
use tallystick_engine::rules::Disclosure;
use tallystick_engine::types::Asset;
use tallystick_ledger::chain::Head;
use tallystick_ledger::header::Certified;
use tallystick_ledger::names::venue_text;
use tallystick_ledger::receipt::{Outcome, Receipt};
use tallystick_ledger::state::{
    AccountRecord, Allocation, ApprovalRecord, CashRecord, Contents, Decided, Holding, Locked, PersonRecord,
    Record, SecurityRecord, Stake,
};

/// Where a chain stands.
pub fn head(head: &Head) -> Value {
    json!({
        "height": head.height,
        "time": timestamp(head.time),
        "header": head.hash,
        "state": head.state,
    })
}

/// What became of an instruction.
pub fn receipt(receipt: &Receipt) -> Value {
    let (outcome, detail) = match &receipt.outcome {
        Outcome::Done(done) => ("done", json!(done)),
        Outcome::Refused(refusal) => {
            ("refused", json!({ "number": refusal.number(), "reason": refusal.to_string() }))
        }
    };
    json!({ "id": receipt.id, "height": receipt.height, "outcome": outcome, "detail": detail })
}

/// A block.
pub fn block(certified: &Certified, receipts: &[Receipt]) -> Value {
    let header = &certified.block.header;
    json!({
        "height": header.height,
        "time": timestamp(header.time),
        "header": header.hash(),
        "parent": header.parent,
        "instructions_root": header.instructions,
        "results_root": header.results,
        "state_root": header.state,
        "round": certified.certificate.round,
        "votes_of": certified.certificate.votes.iter().map(|(place, _)| place).collect::<Vec<_>>(),
        "receipts": receipts.iter().map(receipt).collect::<Vec<_>>(),
    })
}

/// A record of the state.
pub fn record(record: &Record) -> Value {
    match record {
        Record::Counters(c) => json!({
            "persons": c.investor.0 - 1,
            "accounts": c.account.0 - 1,
            "cash_tokens": c.cash.0 - 1,
            "securities": c.security.0 - 1,
        }),
        Record::Person(person) => self::person(person),
        Record::Account(account) => self::account(account),
        Record::Cash(cash) => self::cash(cash),
        Record::Security(security) => self::security(security),
        Record::Holding(holding) => self::holding(holding),
        Record::Stake(stake) => self::stake(stake),
        Record::Decided(decided) => self::decided(decided),
        Record::Approval(approval) => self::approval(approval),
        _ => Value::Null,
    }
}

fn person(person: &PersonRecord) -> Value {
    let claim =
        |(issuer, claim): &(tallystick_ledger::keys::PublicKey, tallystick_ledger::instruction::Claim)| {
            json!({
                "claim": claim.value,
                "issued": timestamp(claim.issued),
                "expires": timestamp(claim.expires),
                "issuer": issuer,
                "evidence": claim.evidence,
            })
        };
    json!({
        "person": person.investor,
        "key": person.key,
        "standing": person.standing,
        "claims": person.claims.iter().map(claim).collect::<Vec<_>>(),
    })
}

fn account(account: &AccountRecord) -> Value {
    json!(account)
}

fn cash(cash: &CashRecord) -> Value {
    json!(cash)
}

fn security(security: &SecurityRecord) -> Value {
    let version = |(since, program): &(
        tallystick_ledger::names::Height,
        tallystick_engine::rules::Program,
    )| { json!({ "since": since, "protocols": program.protocols() }) };
    let disclosed = |(since, disclosure): &(tallystick_ledger::names::Height, Disclosure)| json!({ "since": since, "disclosure": disclosure });
    let terms = &security.terms;
    json!({
        "security": security.security,
        "symbol": terms.symbol,
        "name": terms.name,
        "issuer": terms.issuer,
        "registrar": terms.registrar,
        "first_refusal": terms.first_refusal,
        "text": terms.text,
        "register_of_record": terms.register_of_record,
        "exemption": terms.exemption,
        "closing": timestamp(terms.closing),
        "epoch": security.epoch,
        "issuances": security.issuances,
        "issued": security.issued,
        "beneficial_holders": security.counted.beneficial,
        "record_holders": security.counted.record,
        "record_holders_not_accredited": security.counted.record_not_accredited,
        "look_through_holders": security.counted.look_through,
        "disclosed_at_issue": terms.disclosure,
        "disclosures": security.disclosures.iter().map(disclosed).collect::<Vec<_>>(),
        "versions": security.versions.iter().map(version).collect::<Vec<_>>(),
    })
}

fn holding(holding: &Holding) -> Value {
    let contents = match &holding.contents {
        Contents::Units { lots, .. } => {
            let lot = |lot: &tallystick_ledger::lot::Lot| {
                json!({
                    "lot": lot.id,
                    "units": lot.units,
                    "acquired": timestamp(lot.history.acquired),
                    "issued": timestamp(lot.history.issued),
                    "source": lot.history.source,
                    "path": lot.history.path,
                    "restricted": lot.history.restricted,
                    "paid": lot.history.paid,
                    "issuance": lot.issuance,
                })
            };
            json!({ "units": holding.total(), "lots": lots.iter().map(lot).collect::<Vec<_>>() })
        }
        Contents::Cash(money) => json!({ "amount": money }),
    };
    json!({
        "account": holding.account,
        "asset": asset(holding.asset),
        "contents": contents,
        "frozen_by": holding.frozen,
        "allocations": holding.allocations.iter().map(allocation).collect::<Vec<_>>(),
    })
}

fn allocation(allocation: &Allocation) -> Value {
    let locked = match &allocation.locked {
        Locked::Units(lots) => json!(lots.iter().map(|(_, units)| units.0).sum::<u64>()),
        Locked::Cash(money) => json!(money),
    };
    json!({
        "venue": venue_text::words(&allocation.venue),
        "locked": locked,
        "left": allocation.left,
        "standing": allocation.standing,
        "only": allocation.only,
        "worst": allocation.worst,
        "fee_left": allocation.fee_left,
        "expiry": allocation.expiry,
        "ending": allocation.ending,
    })
}

fn stake(stake: &Stake) -> Value {
    json!({
        "person": stake.investor,
        "asset": asset(stake.asset),
        "beneficial": stake.beneficial,
        "record": stake.record,
        "accounts": stake.accounts.iter().map(|(account, _)| account).collect::<Vec<_>>(),
    })
}

fn approval(approval: &ApprovalRecord) -> Value {
    json!({
        "seller": approval.pair.seller,
        "buyer": approval.pair.buyer,
        "units": approval.units,
        "until": timestamp(approval.until),
    })
}

fn decided(decided: &Decided) -> Value {
    json!(decided)
}

fn asset(asset: Asset) -> Value {
    json!(asset.to_string())
}
