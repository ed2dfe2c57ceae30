//! Why a validator does not vote for a block.

use crate::names::{ChainId, Height};
use tallystick_rules::Time;

/// Why a block that was proposed can't stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBlock {
    /// It is another chain's.
    #[error("it is a block of chain {chain}")]
    OtherChain {
        /// Which.
        chain: ChainId,
    },
    /// It is not the next.
    #[error("its height is {height}, and the newest that stands is {head}")]
    NotNext {
        /// Its height.
        height: Height,
        /// The newest that stands.
        head: Height,
    },
    /// It follows another block than the newest.
    #[error("its parent is another block than the newest that stands")]
    Parent,
    /// Its time is not after its parent's.
    #[error("its time, {}, is not after its parent's, {}", time.0, parent.0)]
    TooEarly {
        /// Its time.
        time: Time,
        /// Its parent's.
        parent: Time,
    },
    /// Its time is too far ahead.
    #[error("its time, {}, is too far ahead of this validator's clock, {}", time.0, now.0)]
    TooLate {
        /// Its time.
        time: Time,
        /// What the clock says.
        now: Time,
    },
    /// It names other validators than the chain's.
    #[error("its validators are not the chain's; no change of validators is possible yet")]
    Validators,
    /// It has more than a block may have.
    #[error("it has {instructions} instructions in {bytes} bytes, more than a block may have")]
    TooLarge {
        /// How many instructions.
        instructions: usize,
        /// How many bytes of submissions.
        bytes: usize,
    },
    /// A submission is not signed by whom it says.
    #[error("a signature of its submission {index} is forged")]
    Forged {
        /// Which submission, from nought.
        index: usize,
    },
    /// The root of its instructions is wrong.
    #[error("its instructions have another root than it says")]
    Instructions,
    /// The root of its receipts is not what this validator gets.
    #[error("carried out, it leads to other receipts than it says")]
    Results,
    /// The root of the state is not what this validator gets.
    #[error("carried out, it leads to another state than it says")]
    State,
}
