//! What a validator runs on top of consensus: the seam between voting and what is voted on.

use tallystick_ledger::StoreError;
use tallystick_ledger::chain::{Chain, Executed, Head};
use tallystick_ledger::header::{Block, Certificate, Certified};
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::names::Height;
use tallystick_rules::Time;

/// Why a decided block is not durable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// There is no room on the disk. Nothing has happened, and the same may be tried again.
    #[error("{0}")]
    Full(String),
    /// Something that does not pass.
    #[error("{0}")]
    Failed(String),
}

/// One validator's own copy of the chain. Each validator carries out every block itself.
pub trait Application: Send {
    /// A block that is carried out but not yet committed.
    type Executed: Send;

    /// The last block that is committed.
    fn head(&self) -> Head;

    /// Makes the next block out of what was submitted.
    fn propose(&self, time: Time, submissions: Vec<Submission>) -> Self::Executed;

    /// Carries out another's block, or says what is wrong with it.
    fn check(&self, block: &Block, now: Time) -> Result<Self::Executed, String>;

    /// The block that was carried out.
    fn block(executed: &Self::Executed) -> &Block;

    /// Makes a decided block durable.
    fn commit(&mut self, executed: &Self::Executed, certificate: &Certificate) -> Result<(), NotKept>;

    /// A committed block, for a validator that is behind.
    fn certified(&self, height: Height) -> Result<Option<Certified>, String>;
}

impl Application for Chain {
    type Executed = Executed;

    fn head(&self) -> Head {
        Chain::head(self)
    }

    fn propose(&self, time: Time, submissions: Vec<Submission>) -> Executed {
        Chain::propose(self, time, submissions)
    }

    fn check(&self, block: &Block, now: Time) -> Result<Executed, String> {
        Chain::check(self, block, now).map_err(|error| error.to_string())
    }

    fn block(executed: &Executed) -> &Block {
        executed.block()
    }

    fn commit(&mut self, executed: &Executed, certificate: &Certificate) -> Result<(), NotKept> {
        Chain::commit(self, executed, certificate).map_err(|error| match error {
            StoreError::Full { .. } => NotKept::Full(error.to_string()),
            _ => NotKept::Failed(error.to_string()),
        })
    }

    fn certified(&self, height: Height) -> Result<Option<Certified>, String> {
        Ok(self.reader().snapshot().certified(height))
    }
}
