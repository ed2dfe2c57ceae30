//! `tallystick journal skip`: the way out when one command makes the venue abort at every start.

use super::directory::Directory;
use super::words;
use crate::cli::Failure;
use crate::clock::Clock;
use crate::record::Sequenced;
use crate::stores::Stores;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tallystick_engine::Engine;
use tallystick_engine::types::Seq;
use tallystick_journal::{FsStorage, ScanError, SkipError, Storage, add_skip, read_from, verify};

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A command that makes the venue abort does so again at every start, since every start replays it. Once it is \
struck, the replay puts an empty command in its place: nothing happens, and nobody is told anything of it. The \
venue must not be running. A strike is kept for ever, in the file `skips` beside the journal, with the time, the \
user and the reason; the journal itself is not changed.

    tallystick journal inspect DIR --last 5
    tallystick journal skip DIR 11259 --reason 'aborts at expiry, reported on 3 May'")]
pub struct Args {
    /// The venue's data directory, or the journal directory in it
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The number of the command
    #[arg(value_name = "SEQ")]
    seq: u64,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let seq = args.seq;
    if args.reason.trim().is_empty() {
        return Err(SkipError::Missing { what: "reason" }.into());
    }
    let directory = Directory::find(&args.directory)?;
    // The lock: from here on no venue starts.
    let storage: Arc<dyn Storage> = Arc::new(FsStorage::open(&directory.journal)?);
    let command = the_command(&directory, &storage, seq)?;
    if let Some(data) = &directory.data {
        refuse_what_was_survived(data, &storage, seq)?;
    }
    let (who, now) = (who(), Clock::System.now());
    add_skip(&storage, seq, &args.reason, &who, now.0).map_err(|e| directory.failure(e))?;
    println!("{}  {}  {}", command.seq, words::time(command.now), words::command(&command.command));
    println!("struck by {who}: {}", args.reason);
    println!(
        "From the next start on nothing happens in its place. Whoever sent it is told nothing: tell them."
    );
    Ok(())
}

/// The command, if the whole journal is in order.
fn the_command(directory: &Directory, storage: &Arc<dyn Storage>, seq: u64) -> Result<Sequenced, Failure> {
    let report = verify(storage).map_err(|e| directory.failure(e))?;
    let (first, last) = (report.first_seq, report.last_seq);
    if !(first..=last).contains(&seq) {
        return Err(directory.failure(SkipError::NotInJournal { seq, first, last }));
    }
    let mut reader = read_from(storage, seq)?;
    let record = reader.next_record()?.ok_or(ScanError::EndsEarlier { wanted: seq, last })?;
    Sequenced::decode(Seq(seq), record.payload).map_err(|e| directory.failure(e))
}

/// A command whose effects are in a snapshot, or were told, did not end the venue; without it the replay would
/// contradict both.
fn refuse_what_was_survived(data: &Path, journal: &Arc<dyn Storage>, seq: u64) -> Result<(), Failure> {
    if let Some(snapshot) = newest_snapshot(data, journal)
        && seq <= snapshot.0
    {
        return Err(format!(
            "command {seq} was survived: the snapshot of command {snapshot} has its effects; strike the command that \
             the venue stops at, which comes later"
        )
        .into());
    }
    let events = data.join("events");
    if events.is_dir() {
        let storage: Arc<dyn Storage> = Arc::new(FsStorage::open_read_only(&events)?);
        // A log that can't be read is made again from the journal: then there is nothing to contradict.
        if let Ok(log) = verify(&storage)
            && seq <= log.last_seq
        {
            return Err(format!(
                "command {seq} was survived: clients were told what came of it, the event log goes up to {}; without \
                 it the replay would say something else and the venue would refuse to start; strike the command that \
                 it stops at, most likely {}",
                log.last_seq,
                log.last_seq + 1
            )
            .into());
        }
    }
    Ok(())
}

/// The newest snapshot that an engine can be restored from.
fn newest_snapshot(data: &Path, journal: &Arc<dyn Storage>) -> Option<Seq> {
    let open = |name: &str| {
        let storage = FsStorage::open_read_only(data.join(name)).ok()?;
        Some(Arc::new(storage) as Arc<dyn Storage>)
    };
    let snapshots = open("snapshots")?;
    let registries = open("registries").unwrap_or_else(|| Arc::clone(&snapshots));
    let (journal, events) = (Arc::clone(journal), Arc::clone(&snapshots));
    let stores = Stores { journal, events, snapshots, registries };
    let usable = |seq: &Seq| {
        let Ok(state) = stores.load_snapshot(*seq) else { return false };
        let registry = match state.registry.map(|hash| stores.load_registry(hash)) {
            Some(Ok(registry)) => Some(Arc::new(registry)),
            Some(Err(_)) => return false,
            None => None,
        };
        Engine::restore(&state, registry, 0).is_ok()
    };
    stores.snapshot_seqs().ok()?.into_iter().find(usable)
}

/// The name and the number of the user, as the system knows them; the number is what counts.
fn who() -> String {
    let uid = rustix::process::getuid().as_raw().to_string();
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number == uid).then(|| name.to_owned())
    });
    match name {
        Some(name) => format!("{name} (uid {uid})"),
        None => format!("uid {uid}"),
    }
}
