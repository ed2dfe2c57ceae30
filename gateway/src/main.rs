//! The `tallystick` command.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // An assertion that fails on any thread ends the process at once: a venue that has found one of its own
    // bugs must not go on, and what it has told is in the journal.
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        tell(info);
        std::process::abort();
    }));
    tallystick_gateway::cli::run(tallystick_gateway::cli::Cli::parse())
}
