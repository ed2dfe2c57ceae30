//! A venue's engine, the bridge and a ledger: what is traded is settled once, whatever is lost on the way.

#[path = "../../../engine/tests/it/chance.rs"]
mod chance;
mod common;

mod approvals;
mod courts;
mod fees;
mod histories;
mod law;
mod outbox;
mod power_cuts;
mod settles;
mod two;
mod undo;
mod unpaid;
