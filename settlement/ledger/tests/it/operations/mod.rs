//! What parties and owners may have done, each operation by itself: what it leads to, who must sign it, and where its
//! values end.

mod allocations;
mod approvals;
mod blocks;
mod claims;
mod force;
mod issuers;
mod leases;
mod owners;
mod payments;
mod persons;
mod recovery;
mod securities;
mod transfers;

use crate::common::Market;
use crate::common::*;
use tallystick_ledger::audit::audit;
use tallystick_ledger::execute::{execute, instruction_ids, signatures_verify};
use tallystick_ledger::genesis::{Party, Role};
use tallystick_ledger::instruction::*;
use tallystick_ledger::keys::Signature;
use tallystick_ledger::lot::Lot;
use tallystick_ledger::names::{Asset, Height};
use tallystick_ledger::receipt::{Done, Outcome, Refusal, Side};
use tallystick_ledger::state::*;
use tallystick_rules::*;

fn out_of_range(what: &str, range: &str) -> Refusal {
    Refusal::OutOfRange { what: what.into(), range: range.into() }
}

fn unknown(what: &str) -> Refusal {
    Refusal::Unknown { what: what.into() }
}

fn missing(who: &str) -> Refusal {
    Refusal::NotAuthorized { who: who.into() }
}

fn overflow(what: &str) -> Refusal {
    Refusal::Overflow { what: what.into() }
}

fn person(world: &World, investor: u32) -> PersonRecord {
    match world.state.get(&Key::Person(InvestorId(investor))) {
        Some(Record::Person(person)) => person,
        record => panic!("no person but {record:?}"),
    }
}

fn audited(world: &World) {
    audit(world.state.0.clone().into_iter()).expect("a state in order");
}

fn lots(world: &World, account: AccountId, asset: Asset) -> Vec<(u32, u64)> {
    let holding = world.holding(account, asset).expect("a holding");
    holding.lots().iter().map(|lot| (lot.id.0, lot.units.0)).collect()
}

fn open(world: &World, account: AccountId, asset: Asset) -> Option<Allocation> {
    world.holding(account, asset)?.allocation(&venue(VENUE)).cloned()
}

fn issue(symbol: &str, opening: Vec<Opening>) -> Operation {
    Operation::Issue { terms: terms(symbol, rules()), opening }
}

/// As what a person is counted that is accredited and nothing else.
fn ordinary(investor: u32) -> Class {
    let group = InvestorId(investor);
    Class { group, plan_bps: 0, fund_owners: 0, accredited: true, controlling: false }
}

const BOTH: [&str; 2] = ["issuer", "registrar"];
