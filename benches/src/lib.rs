//! Workloads, yardsticks and recorded results. Reading order:
//!
//! - [`random`]: numbers that are the same on every machine
//! - [`flow`]: what a workload is, in words of a bare book; [`mix`]: the three mixes; [`generate`]: making one
//! - [`yardstick`]: the book that anybody would write in an afternoon
//! - [`programs`]: sets of rules, and people who meet them; [`market`]: the same flow on the engine
//! - [`events`]: the hash of what happened
//! - [`measure`]: taking turns, medians, quantiles
//! - [`books`], [`compliance`] and [`trips`]: what is measured for the record; [`echo`], [`client`], [`venue`] and
//!   [`disk`] are the parts of the last
//! - [`steps`]: how long a client waits behind work that takes long
//! - [`settle`]: trades that become final, a validator's work, proofs
//! - [`machine`] and [`record`]: what kind of machine it was, and the record with the aims beside the figures
//!
//! Absolute figures drift by a third and more within minutes on a shared machine. Only ratios of things that
//! took turns in one run count, and no test depends on a time.

pub mod books;
pub mod client;
pub mod compliance;
pub mod disk;
pub mod echo;
pub mod events;
pub mod flow;
pub mod generate;
pub mod machine;
pub mod market;
pub mod measure;
pub mod mix;
pub mod programs;
pub mod random;
pub mod record;
pub mod settle;
pub mod steps;
pub mod trips;
pub mod venue;
pub mod yardstick;
