//! What other rules would do to the orders that are open, and to crosses that await an approval: really done, on the venue's
//! state as its journal has it.

use crate::explain::struck;
use crate::record::Sequenced;
use crate::recovery::{self, RecoverError};
use crate::stores::Stores;
use tallystick_engine::Engine;
use tallystick_engine::command::Listing;
use tallystick_engine::rules::{ProgramError, Protocol};
use tallystick_engine::types::{SecurityId, Seq, Time};
use tallystick_journal::{inspect, read_from};

/// What would become of what is open in a security.
#[derive(Debug)]
pub struct Foreseen {
    /// The last command that the journal had.
    pub seq: Seq,
    /// Its time.
    pub now: Time,
    /// The security as it is listed, with the rules that are in force.
    pub listing: Listing,
    /// How many of its orders are open.
    pub open: usize,
    /// What would become of them, and of the crosses that await an approval.
    pub foreseen: tallystick_engine::foresee::Foreseen,
}

/// Why nothing can be foreseen.
#[derive(Debug, thiserror::Error)]
pub enum ForeseeError {
    /// The venue's state can't be made again.
    #[error(transparent)]
    State(#[from] RecoverError),
    /// The journal's beginning is gone, and no snapshot can be used in its stead.
    #[error(
        "the journal that is here begins with command {0}, and no snapshot can be read: restore the older segments"
    )]
    TooOld(Seq),
    /// The venue has no such security.
    #[error("the venue lists no security {wanted}; it lists {listed}")]
    NotListed {
        /// What was asked for.
        wanted: String,
        /// What there is.
        listed: String,
    },
    /// No security can have such rules.
    #[error(transparent)]
    Rules(#[from] ProgramError),
}

/// A security by its symbol or its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// As its texts call it.
    Symbol(String),
    /// As the ledger does.
    Number(SecurityId),
}

/// Gives a security other rules, and looks which of its open orders end, and what becomes of crosses that await an approval.
/// Changes nothing in the data directory, and may be done while the venue runs.
pub fn foresee(stores: &Stores, name: &Name, protocols: &[Protocol]) -> Result<Foreseen, ForeseeError> {
    let engine = latest(stores)?;
    let is_meant = |listing: &&Listing| match name {
        Name::Symbol(symbol) => listing.symbol == *symbol,
        Name::Number(number) => listing.security == *number,
    };
    let Some(listing) = engine.securities().map(|(listing, _)| listing).find(is_meant).cloned() else {
        let listed: Vec<String> = engine.securities().map(|(listing, _)| listing.symbol.clone()).collect();
        let listed = if listed.is_empty() { "none".into() } else { listed.join(", ") };
        let wanted = match name {
            Name::Symbol(symbol) => symbol.clone(),
            Name::Number(number) => number.to_string(),
        };
        return Err(ForeseeError::NotListed { wanted, listed });
    };
    let open = engine.state().orders.iter().filter(|order| order.security == listing.security).count();
    let (seq, now) = (engine.seq(), engine.now());
    let foreseen = engine.foresee(listing.security, protocols)?;
    Ok(Foreseen { seq, now, listing, open, foreseen })
}

/// The engine as of the last command that the journal has.
fn latest(stores: &Stores) -> Result<Engine, ForeseeError> {
    let struck = struck(stores)?;
    let newest = stores.snapshot_seqs().map_err(RecoverError::from)?.into_iter();
    // One that can't be read is passed over, as at a start.
    let restored = newest.filter_map(|seq| recovery::restore(stores, seq, 0).ok()).next();
    let mut engine = match restored {
        Some(engine) => engine,
        None => {
            let mut reader = inspect(&stores.journal).map_err(RecoverError::from)?;
            let first = reader.next_record().map_err(RecoverError::from)?.map_or(1, |record| record.seq);
            if first > 1 {
                return Err(ForeseeError::TooOld(Seq(first)));
            }
            Engine::new(0)
        }
    };
    let mut reader = read_from(&stores.journal, engine.seq().next().0).map_err(RecoverError::from)?;
    let mut events = Vec::new();
    while let Some(record) = reader.next_record().map_err(RecoverError::from)? {
        let sequenced = Sequenced::decode(Seq(record.seq), record.payload).map_err(RecoverError::Record)?;
        events.clear();
        recovery::apply(stores, &struck, &mut engine, &sequenced, &mut events)?;
    }
    Ok(engine)
}
