//! The venue process and all of its I/O. In the order in which an order meets them:
//!
//! - [`session`]: sockets, FIXP sessions; [`commands`] makes commands of messages
//! - [`pipeline`]: sequencer, journal, engine; [`threads`] runs them, [`bell`] wakes them, [`clock`] tells time
//! - [`gate`]: nothing leaves before it is applied and durable
//! - [`event_log`] and [`reports`]: what is said, and how it is said again
//! - [`recovery`]: starting from [`stores`]; [`shadow`] takes the snapshots
//! - [`admin`]: operators, over a Unix socket; [`directory`] is what they look at, `past` where they look things up
//! - [`venue`]: all of it, running; [`operator`] is what operators hold of it
//! - [`calendar`]: phases by the clock; [`operator`]'s requests like any other's
//! - [`settlement`]: the embedded network, and the bridge to it
//! - [`texts`]: what securities and listings are declared in, compiled; [`pilot`]: what may be admitted of them in Europe
//! - [`replay`]: a day of orders from a file, played to the engine or to a venue
//! - [`chart`]: a picture of one security's trading day; [`explain`]: what each rule said of an order; [`foresee`]: what
//!   other rules would do to those that are open
//! - [`phases`]: what the phases of a day are called; [`status`]: how securities stand beyond them
//! - [`demo`]: the whole journey in half a minute

#![forbid(unsafe_code)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod admin;
pub mod bell;
pub mod calendar;
pub mod chart;
#[allow(clippy::print_stdout, clippy::print_stderr)] // most commands are tools, not the venue
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
#[allow(clippy::print_stdout, clippy::print_stderr)] // a tool, not the venue
pub mod demo;
pub mod directory;
pub mod event_log;
pub mod explain;
pub mod foresee;
pub mod gate;
pub mod operator;
mod past;
pub mod phases;
pub mod pilot;
pub mod pipeline;
pub mod record;
pub mod recovery;
#[allow(clippy::print_stdout, clippy::print_stderr)] // a tool, not the venue
pub mod replay;
pub mod reports;
mod say;
pub mod session;
pub mod settlement;
pub mod shadow;
pub mod status;
pub mod stores;
pub mod texts;
pub mod threads;
pub mod venue;
