//! The `tallystick` command.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // An assertion that fails on any thread ends the process at once: a venue that has found one of its own
    // bugs must not go on, and what it has told is in the journal.
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if let Some(why) = info.payload_as_str().filter(|why| why.starts_with("failed printing to stdout")) {
            tallystick_gateway::cli::unread(why);
        }
        tell(info);
        std::process::abort();
    }));
    tallystick_gateway::cli::run(tallystick_gateway::cli::Cli::parse())
}
