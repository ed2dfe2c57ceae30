//! The command line: one file a command.

pub mod admin;
pub mod calendar;
pub mod catalog;
pub mod chart;
pub mod credential;
pub mod cross;
pub mod demo;
pub mod explain_order;
pub mod journal;
pub mod ledger;
mod limits;
pub mod order;
pub mod quote;
pub mod replay;
pub mod risk;
pub mod security;
pub mod serve;
mod session;
pub mod settlement;
pub mod verify;

use crate::say::complain;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Tallystick: a trading venue for security tokens, where every order is checked against identity and
/// rules before it trades.
#[derive(Debug, Parser)]
#[command(name = "tallystick", version, max_term_width = 100)]
#[command(
    after_help = "Begin with `tallystick demo`: a whole venue with its brokers, on this machine, in half a minute."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the whole journey: a venue on loopback, brokers who trade, rules that are broken, a crash.
    Demo(demo::Args),
    /// Run a venue until it is told to stop (SIGTERM or Ctrl-C).
    Serve(serve::Args),
    /// Ask something of a running venue, over its Unix socket.
    Admin(admin::Args),
    /// Is the text of a security or a listing sound, what does it mean, and what would another one change?
    Security(security::Args),
    /// Definitions of securities: keep them, and find them by words and by what they are.
    Catalog(catalog::Args),
    /// Is a trading calendar sound, and what does it say?
    Calendar(calendar::Args),
    /// Send one order over a session, with whatever instructions, and print what becomes of it.
    Order(order::Args),
    /// Bring two customers' orders together over a session: both trade with each other, or neither.
    Cross(cross::Args),
    /// Limits, the kill switch and mass cancels of a broker-dealer, over a session.
    Risk(risk::Args),
    /// Quote as a market maker over a session, and print what becomes of it.
    Quote(quote::Args),
    /// How far trades have come on their way to final, and whether venue and network agree.
    Settlement(settlement::Args),
    /// The ledger on which trades settle: begin a chain, sign and hand in, look, prove.
    Ledger(ledger::Args),
    /// W3C verifiable credentials: check one, make claims of it, issue one from what the ledger knows.
    Credential(credential::Args),
    /// Check a proof of ownership, offline.
    Verify(verify::Args),
    /// Play a day of orders and write the trades that come of it.
    Replay(replay::Args),
    /// Draw a security's trading day, from price and depth to what settled when, as an SVG.
    Chart(chart::Args),
    /// Why an order was taken or refused: what each rule said of it, from the journal.
    ExplainOrder(explain_order::Args),
    /// Look at a venue's journal, check it, or strike a command from it.
    Journal(journal::Args),
}

/// What a command fails with: what went wrong, where, and what to do.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Ends a command whose output can't be written, which `println!` panics at. Whoever reads it may stop, as `head` does: that
/// is nobody's bug, and nothing is said. A full disk is none either. The exit code is that of a process which the signal for
/// it (`SIGPIPE`, 13) has ended.
pub fn unread(why: &str) -> ! {
    if !why.contains("Broken pipe") {
        complain!("tallystick: {why}");
    }
    std::process::exit(128 + 13)
}

/// Runs the command; a failure is told on standard error.
pub fn run(cli: Cli) -> ExitCode {
    let result = match cli.command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Admin(args) => admin::run(args),
        Command::Security(args) => security::run(args),
        Command::Catalog(args) => catalog::run(args),
        Command::Calendar(args) => calendar::run(args),
        Command::Order(args) => order::run(args),
        Command::Cross(args) => cross::run(args),
        Command::Risk(args) => risk::run(args),
        Command::Quote(args) => quote::run(args),
        Command::Settlement(args) => settlement::run(args),
        Command::Ledger(args) => ledger::run(args),
        Command::Credential(args) => credential::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Chart(args) => chart::run(&args),
        Command::ExplainOrder(args) => explain_order::run(&args),
        Command::Journal(args) => journal::run(args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("tallystick: {error}");
            ExitCode::FAILURE
        }
    }
}
