//! The two sides that settlement stands between: a network on which transferring a token is transferring ownership,
//! and the venue whose trades it settles. Neither knows which the other is.

use std::time::Duration;
use tallystick_engine::news::News;
use tallystick_engine::rules::Registry;
use tallystick_engine::types::SecurityId;
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::names::Height;
use tallystick_ledger::reader::Snapshot;

/// A settlement network.
///
/// Submitting the same again is harmless. That the network answers nothing means nothing: what was submitted is asked
/// for by its name until its outcome is certified, and never assumed.
pub trait SettlementNetwork {
    /// Hands something over. The network may or may not have it afterwards.
    fn submit(&self, submission: Submission) -> Result<(), Unreachable>;

    /// Waits until the network is beyond this height, or for so long; where it is then.
    fn wait_beyond(&self, height: Height, timeout: Duration) -> Height;

    /// What keeps it from deciding anything, or keeps a part of it from taking part, in words for an operator.
    fn trouble(&self) -> Option<String>;

    /// What is certified, as of one height: records, receipts, proofs.
    fn snapshot(&self) -> Snapshot;
}

/// The network did not take a submission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the settlement network did not take it: {0}")]
pub struct Unreachable(pub String);

/// What settlement asks of the venue. Each request is a command in the venue's sequence; it is answered when the
/// command is applied and durable.
pub trait Venue {
    /// Tells a part of what the network has decided.
    fn follow(&self, news: News) -> Result<(), VenueError>;

    /// Puts a registry file of the height that was told last in force.
    fn adopt(&self, registry: Registry) -> Result<(), VenueError>;

    /// The securities that are listed.
    fn listed(&self) -> Result<Vec<SecurityId>, VenueError>;
}

/// Why the venue did not do what settlement asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VenueError {
    /// It is stopping.
    #[error("the venue is stopping")]
    Stopping,
    /// It refused, or could not write: what was refused is told again later.
    #[error("{0}")]
    Refused(String),
}
