//! The voting network: validators that agree on blocks of the ledger, four of them in one process.
//!
//! Reading order:
//!
//! - [`context`], [`verify`]: what is voted on, and what is signed; [`keys`], [`key_file`]: with what
//! - [`application`]: what a validator runs, and how that is bound to the ledger
//! - [`node`]: one validator's consensus, without I/O; [`record`], [`wal`]: what it must remember
//! - [`seat`], [`cluster`]: the validators of one process, their mail, waits and heights
//! - [`mempool`]: what is submitted and not yet decided
//! - [`embedded`]: all of it in a thread and a directory; the only one that looks at a clock; [`ledgers`]: the
//!   same directory while it does not run

#![forbid(unsafe_code)]

pub mod application;
pub mod cluster;
pub mod context;
pub mod embedded;
pub mod fault;
pub mod key_file;
pub mod keys;
pub mod ledgers;
pub mod mempool;
pub mod node;
pub mod record;
pub mod seat;
pub mod timers;
pub mod verify;
pub mod wal;

pub use embedded::Embedded;
