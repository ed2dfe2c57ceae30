//! `tallystick journal verify`.

use super::directory::{Directory, struck};
use super::words;
use crate::cli::Failure;
use crate::record::Sequenced;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tallystick_engine::SEMANTICS;
use tallystick_engine::types::{Seq, Time};
use tallystick_journal::{Report, Skip, Storage, inspect, verify};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The venue's data directory, or the journal directory in it
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let directory = Directory::find(&args.directory)?;
    let storage = directory.read()?;
    let report = verify(&storage).map_err(|e| directory.failure(e))?;
    tell(&directory, &report);
    let counts = commands(&storage, &report).map_err(|e| directory.failure(e))?;
    let counts: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    println!("commands: {}", if counts.is_empty() { "none".into() } else { counts.join(", ") });
    let struck = struck(&*storage, &directory)?;
    for skip in struck.values() {
        let Skip { seq, time_ns, who, reason } = skip;
        println!("struck: record {seq}, on {} by {who}: {reason}", words::time(Time(*time_ns)));
        if !(report.first_seq..=report.last_seq).contains(seq) {
            return Err(directory.failure(format!(
                "record {seq} is struck, but the journal holds {} to {}; this list of skips is another journal's, or \
                 records were lost: restore both from the same copy",
                report.first_seq, report.last_seq
            )));
        }
    }
    println!("the journal is in order");
    Ok(())
}

fn tell(directory: &Directory, report: &Report) {
    println!("journal of venue {} in {}", words::venue(&report.venue), directory.journal.display());
    for segment in &report.segments {
        let frames = segment.frames;
        let old = match segment.semantics {
            SEMANTICS => String::new(),
            other => format!(", semantics {other} (this binary: {SEMANTICS})"),
        };
        println!("{}: {} records in {frames} batches{old}", segment.name, segment.records);
    }
    match report.records {
        0 => println!("no records yet"),
        records => println!(
            "records {} to {}: {records} in {} batches ({:.1} each), {} bytes",
            report.first_seq,
            report.last_seq,
            report.frames,
            records as f64 / report.frames as f64,
            report.payload_bytes
        ),
    }
    println!("chain: {}", words::hex(&report.chain));
    match report.torn_bytes {
        0 => println!("torn tail: none"),
        bytes => println!(
            "torn tail: {bytes} bytes of a write that was not finished; nobody was told of it, the next start cuts it off"
        ),
    }
}

/// Every record must be a command, and time must not run backwards.
fn commands(storage: &Arc<dyn Storage>, report: &Report) -> Result<BTreeMap<&'static str, u64>, String> {
    let mut counts = BTreeMap::new();
    let mut last = Time(0);
    let mut reader = inspect(storage).map_err(|e| e.to_string())?;
    while let Some(record) = reader.next_record().map_err(|e| e.to_string())? {
        // The venue may go on writing meanwhile.
        if record.seq > report.last_seq {
            break;
        }
        let place = format!("{} at offset {}", record.segment, record.offset);
        let decoded = Sequenced::decode(Seq(record.seq), record.payload);
        let Sequenced { seq, now, command } = decoded.map_err(|why| format!("{place}: {why}"))?;
        if now < last {
            return Err(format!(
                "{place}: the time of record {seq} is earlier than that of the record before it; no venue writes \
                 that: keep the directory and report it"
            ));
        }
        last = now;
        *counts.entry(words::kind(&command)).or_insert(0) += 1;
    }
    Ok(counts)
}
