//! What the tests of the venue have in common.

pub mod again;
pub mod broker;
pub mod chain;
pub mod counter;
pub mod hall;
pub mod inside;
pub mod market;
pub mod plain;
pub mod process;
pub mod random;
pub mod raw;
pub mod requests;
pub mod rig;
// A reader of the schema that shares nothing with the codec.
#[path = "../../../wire/tests/it/common/schema_reader.rs"]
pub mod schema_reader;
pub mod shell;

use std::time::Duration;

/// How long anything may take before a test gives up: only against hanging, nothing is measured with it.
pub const PATIENCE: Duration = Duration::from_secs(60);
