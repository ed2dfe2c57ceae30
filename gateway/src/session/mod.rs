//! Clients' connections: sockets, FIXP sessions, and the way of the engine's events to whom they concern.
//!
//! - [`connection`]: one socket with its bounded buffers
//! - [`table`]: the logical sessions, their keys and numbers, and which connection has each
//! - [`frontend`]: the loop that accepts, reads, answers and writes; never blocks for one client
//! - `actions`: what a session asks of the venue
//! - [`egress`]: what passes the gate: reports, the event log, answers to operators
//! - [`fetcher`]: reads old messages on a thread of its own

mod actions;
pub mod connection;
pub mod egress;
pub mod fetcher;
pub mod frontend;
pub mod table;
