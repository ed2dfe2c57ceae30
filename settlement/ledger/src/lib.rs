//! The proof-of-ownership ledger: the state machine that validators run. Pure: no clock, no randomness, no floats;
//! the same blocks give the same state root everywhere.
//!
//! Reading order:
//!
//! - [`names`], [`keys`]: hashes, heights, assets; signatures
//! - [`genesis`]: how a chain begins, and who may do what on it
//! - [`instruction`]: what the network is asked to do; [`claim`]: what is said of persons; [`lot`]: what moves;
//!   [`receipt`]: what became of it
//! - [`header`]: blocks, votes, certificates
//! - [`state`]: the records, and where they stand in store and tree
//! - [`execute`]: what a block does to them; [`audit`]: whether they are in order
//! - [`merkle`], [`tree`]: the roots of a block's lists, and of the state
//! - [`chain`]: one validator's copy, kept on disk whole at every height; [`reader`]: reads it from any thread
//! - [`proof`], [`trust`]: what anyone can verify offline, and what they take for granted
//! - [`testing`]: a disk in memory that loses power

#![forbid(unsafe_code)]

pub mod audit;
pub mod chain;
pub mod claim;
pub mod execute;
pub mod genesis;
pub mod header;
pub mod instruction;
pub mod keys;
pub mod lot;
pub mod merkle;
pub mod names;
mod opening;
pub mod proof;
pub mod reader;
pub mod receipt;
pub mod state;
mod store;
pub mod testing;
pub mod tree;
pub mod trust;

pub use store::{OtherChain, StoreError};
