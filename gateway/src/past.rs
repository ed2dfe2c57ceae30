//! What a trade was, from the venue's own record: for an operator who undoes one that is final, which the engine has
//! forgotten.

use crate::event_log;
use std::sync::Arc;
use tallystick_engine::event::Event;
use tallystick_engine::types::{Seq, TradeId};
use tallystick_engine::undo::TradeTerms;
use tallystick_journal::{Follower, ScanError, Storage};

/// Why a trade was not found.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The record can't be read.
    #[error("the venue's record of what it said can't be read: {0}")]
    Scan(#[from] ScanError),
    /// What is in it can't be understood.
    #[error("record {0} of what the venue said is damaged; a restart makes it again from the journal")]
    Damaged(u64),
}

/// The terms of a trade that is final, as far as the record goes: through this command. None if it is not final there.
pub fn terms(
    events: &Arc<dyn Storage>,
    through: Seq,
    trade: TradeId,
) -> Result<Option<TradeTerms>, LookError> {
    let (mut made, mut settled) = (None, false);
    if through == Seq(0) {
        return Ok(None);
    }
    let mut follower = Follower::new(Arc::clone(events), 1)?;
    while let Some(record) = follower.next_record(through.0)? {
        let (_, events) = event_log::decode(record.payload).map_err(|_| LookError::Damaged(record.seq))?;
        for event in &events {
            settled |= matches!(event, Event::Settled { trade: last, .. } if *last == trade);
            if let Some((number, terms)) = TradeTerms::told_by(event)
                && number == trade
            {
                made = Some(terms);
            }
        }
    }
    Ok(made.filter(|_| settled))
}
