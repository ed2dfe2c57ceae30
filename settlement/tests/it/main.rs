//! A venue's engine, the bridge and a ledger: what is traded is settled once, whatever is lost on the way.

mod common;

mod approvals;
mod fees;
mod histories;
mod power_cuts;
mod settles;
mod two;
mod undo;
