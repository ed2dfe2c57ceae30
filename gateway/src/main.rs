//! The `tallystick` command.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    tallystick_gateway::cli::run(tallystick_gateway::cli::Cli::parse())
}
