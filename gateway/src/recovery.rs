//! Starting from what is on the disk: the newest snapshot that can be used, then the journal.

use crate::event_log::{self, EventLog};
use crate::gate::Durability;
use crate::record::Sequenced;
use crate::say::complain;
use crate::stores::{RegistryFileError, Stores};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::snapshot::SnapshotError;
use tallystick_engine::types::Seq;
use tallystick_engine::{Engine, SEMANTICS};
use tallystick_journal::{
    Journal, JournalError, OpenError, Options, Reader, ScanError, Skip, SkipError, skips,
};

/// A venue's state as it was when it stopped, however it stopped.
#[derive(Debug)]
pub struct Recovered {
    /// The engine, as far as the journal goes.
    pub engine: Engine,
    /// The journal, ready to go on.
    pub journal: Journal,
    /// The event log, as far as the journal goes.
    pub events: EventLog,
    /// What was done to get here.
    pub report: Report,
}

/// What a recovery did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The snapshot it began with.
    pub snapshot: Option<Seq>,
    /// How many commands it replayed.
    pub replayed: u64,
    /// The last command there is; nought in a new venue.
    pub last: Seq,
    /// How many bytes of a torn tail were cut off the journal.
    pub bytes_cut: u64,
    /// How many commands' events the log lacked.
    pub events_made: u64,
    /// Commands that were passed over because an operator struck them.
    pub skipped: Vec<Skip>,
    /// How long it took.
    pub took: Duration,
}

/// Why a venue can't start from its data directory.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The journal, or the event log's files, can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The journal, or the event log, can't be read.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The list of struck commands can't be read.
    #[error(transparent)]
    Skips(#[from] SkipError),
    /// The event log can't be written.
    #[error(transparent)]
    Write(#[from] JournalError),
    /// The list of snapshots can't be read.
    #[error("the snapshots can't be listed: {0}; check the data directory")]
    Io(#[from] io::Error),
    /// A registry that a retained command names is missing or wrong.
    #[error("command {seq} adopts an identity registry: {source}")]
    Registry {
        /// The command.
        seq: Seq,
        /// What is wrong with the registry.
        source: RegistryFileError,
    },
    /// A record is no command.
    #[error("{0}")]
    Record(String),
    /// Commands are gone that the venue had made durable.
    #[error(
        "the journal ends with command {last}, but the {witness} has command {told}, which was made durable before \
         anyone was told of it: restore the journal's newest files from a backup; if the venue ran with \
         durability \"memory\" and the machine lost power, start it once with that setting, without those commands"
    )]
    Lost {
        /// The last command there is.
        last: Seq,
        /// A command there was.
        told: Seq,
        /// What shows that.
        witness: &'static str,
    },
    /// The replay says something else than the venue said.
    #[error(
        "the replay of command {0} says something else than the venue said then; do not start: keep the data \
         directory and report it, this is a defect of the venue"
    )]
    Diverged(Seq),
}

/// Recovers a venue of which everything must be there that anyone was told. `options` are the journal's: venue,
/// salt, segment size.
pub fn recover(stores: &Stores, options: &Options, hash_seed: u64) -> Result<Recovered, RecoverError> {
    recover_under(stores, options, Durability::Disk, hash_seed)
}

/// As [`recover`], of a venue that ran under this policy: under `memory` a power cut may have taken the last commands.
pub fn recover_under(
    stores: &Stores,
    options: &Options,
    policy: Durability,
    hash_seed: u64,
) -> Result<Recovered, RecoverError> {
    let started = Instant::now();
    let struck: BTreeMap<u64, Skip> =
        skips(&*stores.journal)?.into_iter().map(|skip| (skip.seq, skip)).collect();
    let mut events = EventLog::open(&stores.events, options)?;
    let gone = Gone::of(stores, &events)?;
    if !stores.has_journal()? {
        gone.forgive(policy, Seq(0))?;
    }
    let (mut engine, mut journal, cut) = begin(stores, options, hash_seed, events.last())?;
    let last = Seq(journal.written());
    gone.forgive(policy, last)?;
    // They are of commands that will never have been: others will have their numbers.
    stores.forget_snapshots_after(last)?;
    if events.last() > last {
        drop(events);
        event_log::discard(&stores.events)?;
        events = EventLog::open(&stores.events, options)?;
        (engine, journal, _) = begin(stores, options, hash_seed, events.last())?;
    }
    let snapshot = Some(engine.seq()).filter(|seq| seq.0 > 0);
    let (replayed, events_made) = replay(stores, &struck, &mut engine, &journal, &mut events)?;
    let since =
        engine.sessions().filter_map(|(id, ..)| engine.session_since(id)).filter(|seq| seq.0 > 0).min();
    events.flush()?;
    if let Some(since) = since {
        events.reindex_from(since)?;
    }
    let report = Report {
        snapshot,
        replayed,
        last: engine.seq(),
        bytes_cut: cut,
        events_made,
        skipped: struck.into_values().collect(),
        took: started.elapsed(),
    };
    Ok(Recovered { engine, journal, events, report })
}

/// What shows how far the venue had come, whatever the journal has.
struct Gone {
    log: Seq,
    snapshot: Seq,
}

impl Gone {
    fn of(stores: &Stores, log: &EventLog) -> Result<Gone, RecoverError> {
        let whole = |seq: &Seq| stores.load_snapshot(*seq).is_ok();
        let snapshot = stores.snapshot_seqs()?.into_iter().find(whole).unwrap_or(Seq(0));
        Ok(Gone { log: log.last(), snapshot })
    }

    /// Nobody was promised what only the system's memory had; under the policy `disk` everybody was.
    fn forgive(&self, policy: Durability, last: Seq) -> Result<(), RecoverError> {
        let [log, snapshot] = [(self.log, "event log"), (self.snapshot, "newest snapshot")];
        for (told, witness) in [log, snapshot].into_iter().filter(|&(told, _)| told > last) {
            match policy {
                Durability::Disk => return Err(RecoverError::Lost { last, told, witness }),
                Durability::Memory => {
                    complain!(
                        "tallystick: commands {} to {told} were lost with the system's memory",
                        last.next()
                    );
                }
            }
        }
        Ok(())
    }
}

/// The newest snapshot that neither journal nor event log is behind, and the journal from there on.
fn begin(
    stores: &Stores,
    options: &Options,
    hash_seed: u64,
    events_last: Seq,
) -> Result<(Engine, Journal, u64), RecoverError> {
    let options = |from| Options { semantics: SEMANTICS, from, ..options.clone() };
    for seq in stores.snapshot_seqs()?.into_iter().filter(|&seq| seq <= events_last) {
        let engine = match restore(stores, seq, hash_seed) {
            Ok(engine) => engine,
            Err(error) => {
                complain!("tallystick: snapshot {seq} is passed over: {error}");
                continue;
            }
        };
        match Journal::open(Arc::clone(&stores.journal), options(seq.0 + 1)) {
            Ok((journal, recovery)) => return Ok((engine, journal, recovery.bytes_cut)),
            // The journal ends before it.
            Err(OpenError::Scan(ScanError::EndsEarlier { .. } | ScanError::Empty)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let (journal, recovery) = Journal::open(Arc::clone(&stores.journal), options(1))?;
    Ok((Engine::new(hash_seed), journal, recovery.bytes_cut))
}

/// The engine as a snapshot has it.
pub(crate) fn restore(stores: &Stores, seq: Seq, hash_seed: u64) -> Result<Engine, SnapshotError> {
    let state = stores.load_snapshot(seq)?;
    let registry = match state.registry {
        Some(hash) => Some(stores.load_registry(hash).map_err(|_| SnapshotError::Registry(hash))?),
        None => None,
    };
    Engine::restore(&state, registry.map(Arc::new), hash_seed)
}

/// Applies what the journal has beyond the engine. Where the event log has it too, both must say the same.
fn replay(
    stores: &Stores,
    struck: &BTreeMap<u64, Skip>,
    engine: &mut Engine,
    journal: &Journal,
    log: &mut EventLog,
) -> Result<(u64, u64), RecoverError> {
    let from = engine.seq().next();
    if from.0 > journal.written() {
        return Ok((0, 0));
    }
    let mut said: Option<Reader> = if from <= log.last() { Some(log.read_from(from)?) } else { None };
    let (mut events, mut record, mut made) = (Vec::new(), Vec::new(), 0);
    let mut reader = journal.read_from(from.0)?;
    while let Some(next) = reader.next_record()? {
        let sequenced = Sequenced::decode(Seq(next.seq), next.payload).map_err(RecoverError::Record)?;
        events.clear();
        apply(stores, struck, engine, &sequenced, &mut events)?;
        let Sequenced { seq, now, .. } = sequenced;
        if seq > log.last() {
            log.append(seq, now, &events)?;
            made += 1;
            if made % 4_096 == 0 {
                log.flush()?;
            }
        } else if let Some(said) = &mut said {
            record.clear();
            event_log::encode(now, &events, &mut record);
            let was = said.next_record()?.expect("the log reaches this far");
            if was.payload != record {
                return Err(RecoverError::Diverged(seq));
            }
        }
    }
    Ok((engine.seq().0 + 1 - from.0, made))
}

/// Applies one command of the journal, with the registry that it names, or nothing in place of a struck one.
pub(crate) fn apply(
    stores: &Stores,
    struck: &BTreeMap<u64, Skip>,
    engine: &mut Engine,
    sequenced: &Sequenced,
    events: &mut Vec<tallystick_engine::event::Event>,
) -> Result<(), RecoverError> {
    let Sequenced { seq, now, command } = sequenced;
    let skipped = struck.contains_key(&seq.0);
    if let Command::Operator(Request { action: Action::AdoptRegistry { hash, .. }, .. }) = command
        && !skipped
    {
        let registry = stores.load_registry(*hash);
        let registry = registry.map_err(|source| RecoverError::Registry { seq: *seq, source })?;
        engine.stage(Arc::new(registry));
    }
    engine.apply(*seq, *now, if skipped { &Command::Skip } else { command }, events);
    Ok(())
}
