//! What may enter a block at all, before anything is carried out.

use super::BadBlock;
use crate::execute;
use crate::genesis::Genesis;
use crate::instruction::Submission;
use crate::names::Hash;
use crate::store::StoreError;

/// The most instructions that a block may have: direct ones and transfers together.
pub const MOST_INSTRUCTIONS: usize = 4_096;

/// The most bytes that a block's submissions may have.
pub const MOST_BYTES: usize = 4 << 20;

/// What the instructions of a block go by, in the order of their receipts: the leaves of its instructions root.
pub(crate) fn ids(submissions: &[Submission]) -> Vec<Hash> {
    submissions.iter().flat_map(execute::instruction_ids).collect()
}

/// Those of the submissions that a proposer takes: see [`Chain::propose`](super::Chain::propose).
pub(super) fn that_fit(submissions: Vec<Submission>) -> Vec<Submission> {
    let (mut instructions, mut bytes) = (0, 0);
    let mut fitting = Vec::new();
    for submission in submissions {
        let size = size(&submission);
        (instructions, bytes) = (instructions + size.0, bytes + size.1);
        if instructions > MOST_INSTRUCTIONS || bytes > MOST_BYTES {
            break;
        }
        if execute::signatures_verify(&submission) {
            fitting.push(submission);
        } else {
            (instructions, bytes) = (instructions - size.0, bytes - size.1);
        }
    }
    fitting
}

/// Whether a block has room for these.
pub(super) fn fits(submissions: &[Submission]) -> Result<(), BadBlock> {
    let (instructions, bytes) =
        submissions.iter().map(size).fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
    if instructions > MOST_INSTRUCTIONS || bytes > MOST_BYTES {
        return Err(BadBlock::TooLarge { instructions, bytes });
    }
    Ok(())
}

/// How many instructions a submission counts for, and how many bytes. An empty batch counts too, or a block could
/// have any number of them.
fn size(submission: &Submission) -> (usize, usize) {
    let instructions = match submission {
        Submission::Direct(_) => 1,
        Submission::Batch(batch) => batch.transfers.len().max(1),
    };
    (instructions, borsh::object_length(submission).expect("counting does not fail"))
}

/// Whether a chain could begin so.
pub(super) fn possible(genesis: &Genesis) -> Result<(), StoreError> {
    match genesis.validators.flaw() {
        Some(what) => Err(StoreError::Genesis { name: genesis.name.clone(), what }),
        None => Ok(()),
    }
}
