//! What the tests of the venue have in common.

pub mod again;
pub mod broker;
pub mod chain;
pub mod hall;
pub mod inside;
pub mod market;
pub mod process;
pub mod random;
pub mod raw;
pub mod requests;
pub mod rig;

use std::time::Duration;

/// How long anything may take before a test gives up: only against hanging, nothing is measured with it.
pub const PATIENCE: Duration = Duration::from_secs(60);
