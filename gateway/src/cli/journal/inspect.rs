//! `tallystick journal inspect`.

use super::directory::{Directory, struck};
use super::{json, words};
use crate::cli::Failure;
use crate::record::Sequenced;
use std::collections::VecDeque;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use tallystick_engine::types::Seq;
use tallystick_journal::{ScanError, Skip, inspect, read_from};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The venue's data directory, or the journal directory in it
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The first record to print
    #[arg(long, value_name = "SEQ")]
    from: Option<u64>,
    /// The last record to print
    #[arg(long, value_name = "SEQ")]
    to: Option<u64>,
    /// At most so many records
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Only the last so many records
    #[arg(long, value_name = "N", conflicts_with_all = ["from", "to", "limit"])]
    last: Option<usize>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let (from, to) = (args.from.unwrap_or(1), args.to.unwrap_or(u64::MAX));
    if to < from {
        return Err(format!("--to {to} lies before --from {from}; records are printed upwards").into());
    }
    let directory = Directory::find(&args.directory)?;
    match print(args, &directory, to) {
        // Whoever reads has seen enough.
        Err(error) if error.downcast_ref().is_some_and(|e: &io::Error| e.kind() == ErrorKind::BrokenPipe) => {
            Ok(())
        }
        other => other,
    }
}

fn print(args: &Args, directory: &Directory, to: u64) -> Result<(), Failure> {
    let storage = directory.read()?;
    let struck = struck(&*storage, directory)?;
    // Without a beginning: the oldest record there is.
    let reader = match args.from {
        Some(from) => read_from(&storage, from.max(1)),
        None => inspect(&storage),
    };
    let mut reader = reader.map_err(|e| directory.failure(e))?;
    let mut out =
        Printer { out: BufWriter::new(io::stdout().lock()), last: args.last, kept: VecDeque::new() };
    let (mut left, mut unreadable) = (args.limit.unwrap_or(u64::MAX), 0_u64);
    loop {
        let record = match reader.next_record() {
            Ok(Some(record)) if record.seq <= to && left > 0 => record,
            Ok(_) => break,
            Err(ScanError::EndsEarlier { wanted, last }) => {
                return Err(directory.failure(format!("there is no record {wanted}; the last one is {last}")));
            }
            Err(error) => {
                // What stands before the damage is worth seeing.
                out.finish()?;
                return Err(directory.failure(error));
            }
        };
        left -= 1;
        let skip = struck.get(&record.seq);
        let text = match Sequenced::decode(Seq(record.seq), record.payload) {
            Ok(sequenced) if args.json => json::record(&sequenced, skip).to_string(),
            Ok(sequenced) => line(&sequenced, skip),
            Err(why) => {
                unreadable += 1;
                match args.json {
                    true => serde_json::json!({ "seq": record.seq, "unreadable": why }).to_string(),
                    false => format!("{:>10}  unreadable: {why}", record.seq),
                }
            }
        };
        out.print(text)?;
    }
    out.finish()?;
    match unreadable {
        0 => Ok(()),
        n => Err(directory
            .failure(format!("{n} records are no commands of this version; use the binary that wrote them"))),
    }
}

/// Prints lines at once, or the last ones at the end.
struct Printer<W: Write> {
    out: BufWriter<W>,
    last: Option<usize>,
    kept: VecDeque<String>,
}

impl<W: Write> Printer<W> {
    fn print(&mut self, line: String) -> io::Result<()> {
        let Some(most) = self.last else { return writeln!(self.out, "{line}") };
        self.kept.push_back(line);
        if self.kept.len() > most {
            self.kept.pop_front();
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        for line in &self.kept {
            writeln!(self.out, "{line}")?;
        }
        self.out.flush()
    }
}

fn line(sequenced: &Sequenced, struck: Option<&Skip>) -> String {
    let Sequenced { seq, now, command } = sequenced;
    let struck = match struck {
        Some(Skip { who, reason, .. }) => format!("  STRUCK by {who}: {reason}"),
        None => String::new(),
    };
    format!("{:>10}  {}  {}{struck}", seq.0, words::time(*now), words::command(command))
}
