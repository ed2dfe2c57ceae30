//! What the ledger promises: each operation, each refusal, any history, its audit, its store and its proofs.

mod common;

mod audit;
mod histories;
mod operations;
mod proofs;
mod refusals;
mod store;
