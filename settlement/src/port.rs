//! The port: what the venue asks of a settlement network, whichever it is.

use tallystick_engine::obligation::Obligation;
use tallystick_engine::types::TradeId;

/// What became of a transfer, once the network has decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in a block with a commit certificate.
    Final,
    /// The network's certified receipt says no, with the rule.
    Refused {
        /// The receipt's words.
        reason: String,
    },
}

/// One decided transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finality {
    /// The height it was decided at.
    pub height: u64,
    /// The trade it settles.
    pub trade: TradeId,
    /// What became of it.
    pub outcome: Outcome,
}

/// A network on which transferring a token is transferring ownership.
///
/// Submitting the same obligation again is harmless. That the network answers nothing means nothing: the
/// obligation is asked for again by its trade until its outcome is known, and never assumed.
pub trait SettlementNetwork {
    /// Why the network can't be reached.
    type Error: std::error::Error;

    /// Hands over a batch: units against cash, each whole or not at all.
    fn submit(&mut self, batch: &[Obligation]) -> Result<(), Self::Error>;

    /// What was decided at heights above `height`, in the order of heights.
    fn follow(&mut self, height: u64) -> Result<Vec<Finality>, Self::Error>;
}
