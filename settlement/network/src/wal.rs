//! The vote log: what the validators of this process took in and said at the height that is being decided.
//!
//! All of them share one log, and what they log in one round of work is one entry of it, flushed once. An entry is
//! therefore whole or was never relied upon: a power cut can only spoil the last one, and anything else that is
//! wrong is damage, which is refused rather than read past.

use crate::record::Entry;
use malachite_wal::Storage;
use malachite_wal::log::Log;
use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use tallystick_ledger::names::{ChainId, Hash};

/// Where validators log.
pub trait VoteLog: Send {
    /// Makes entries durable. If it fails, nothing of what they are about may be said or done; if it fails for want of
    /// room ([`io::ErrorKind::StorageFull`] and its like), nothing was written, and the same may be tried again.
    fn write(&mut self, entries: &[Entry]) -> io::Result<()>;

    /// Forgets all entries: their heights are decided.
    fn forget(&mut self) -> io::Result<()>;

    /// How many bytes it has.
    fn bytes(&self) -> u64;
}

/// Why a vote log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It cannot be read or written.
    #[error("the vote log {}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It is another chain's.
    #[error("the vote log {} is of the chain {found}, not of {expected}", path.display())]
    OtherChain {
        /// Which file.
        path: PathBuf,
        /// The chain to be continued.
        expected: ChainId,
        /// The chain it is of.
        found: ChainId,
    },
    /// What was flushed is not there as it was.
    #[error(
        "the vote log {} is damaged at byte {at}: what the validators said afterwards is lost to them. Restore the \
         file, together with the validators' stores, from one copy",
        path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where.
        at: u64,
    },
}

/// A vote log in Malachite's log format, on any storage.
pub struct StoredLog<S> {
    log: Log<S>,
    chain: ChainId,
    next: u64,
}

/// What an entry of the log begins with; the last digit is its format.
const MAGIC: [u8; 8] = *b"TSVOTES1";
/// Magic, chain, number, length, checksum.
const HEAD: usize = 8 + 32 + 8 + 8 + 32;
/// Malachite's headers, of the file and of an entry.
const FILE_HEAD: usize = malachite_wal::constants::HEADER_SIZE as usize;
const ENTRY_HEAD: usize = malachite_wal::constants::ENTRY_HEADER_SIZE as usize;

impl<S: Storage> StoredLog<S> {
    /// Opens the log, or begins it, and returns what is in it.
    pub fn open(
        path: &Path,
        mut options: impl FnMut() -> S::OpenOptions,
        chain: ChainId,
    ) -> Result<(StoredLog<S>, Vec<Entry>), LogError> {
        let io = |error| LogError::Io { path: path.to_path_buf(), error };
        let scan = {
            let mut storage = S::open_with(path, options()).map_err(io)?;
            let mut bytes = Vec::new();
            storage.seek(SeekFrom::Start(0)).map_err(io)?;
            storage.read_to_end(&mut bytes).map_err(io)?;
            // Of a log that was never finished there can be a few bytes, or noughts.
            if bytes.len() < FILE_HEAD || bytes.iter().all(|b| *b == 0) {
                storage.truncate_to(0).map_err(io)?;
                bytes.clear();
            }
            scan(&bytes, chain, path)?
        };
        let mut log: Log<S> = Log::open_with(path, options()).map_err(io)?;
        if scan.whole < log.len() as u64 {
            log.truncate(scan.whole).map_err(io)?;
        }
        let next = scan.next.max(log.sequence());
        Ok((StoredLog { log, chain, next }, scan.entries))
    }
}

impl<S: Storage + Send> VoteLog for StoredLog<S> {
    fn write(&mut self, entries: &[Entry]) -> io::Result<()> {
        self.log.append(batch(self.chain, self.next, entries))?;
        // What a system that failed to flush still has, and what it has thrown away, nobody knows.
        self.log.flush().map_err(|error| io::Error::other(format!("it cannot be flushed: {error}")))?;
        self.next += 1;
        Ok(())
    }

    fn forget(&mut self) -> io::Result<()> {
        self.log.reset(self.next)
    }

    fn bytes(&self) -> u64 {
        self.log.size_bytes().unwrap_or(u64::MAX)
    }
}

/// What is logged at once, as bytes.
fn batch(chain: ChainId, number: u64, entries: &[Entry]) -> Vec<u8> {
    let body = borsh::to_vec(entries).expect("writing to memory does not fail");
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&chain.0);
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&checksum(chain, number, &body).0);
    bytes.extend_from_slice(&body);
    bytes
}

fn checksum(chain: ChainId, number: u64, body: &[u8]) -> Hash {
    Hash::of_value("tallystick 2026 vote log", &(chain, number, body))
}

/// A batch, whole and unaltered, at the start of these bytes.
struct Batch<'a> {
    chain: ChainId,
    number: u64,
    body: &'a [u8],
}

impl<'a> Batch<'a> {
    fn at(bytes: &'a [u8]) -> Option<Batch<'a>> {
        let (head, rest) = bytes.split_at_checked(HEAD)?;
        let word = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().expect("eight bytes"));
        let hash = |at: usize| Hash(head[at..at + 32].try_into().expect("32 bytes"));
        let (chain, number) = (hash(8), word(40));
        let body = rest.get(..usize::try_from(word(48)).ok()?)?;
        let whole = head[..8] == MAGIC && hash(56) == checksum(chain, number, body);
        whole.then_some(Batch { chain, number, body })
    }
}

#[derive(Default)]
struct Scan {
    entries: Vec<Entry>,
    /// How many entries of Malachite's log are good.
    whole: u64,
    /// The number of the next batch.
    next: u64,
}

/// Reads a log's bytes up to where they end or were torn.
fn scan(bytes: &[u8], chain: ChainId, path: &Path) -> Result<Scan, LogError> {
    let mut scan = Scan::default();
    if bytes.is_empty() {
        return Ok(scan);
    }
    scan.next = u64::from_be_bytes(bytes[4..FILE_HEAD].try_into().expect("eight bytes"));
    let mut at = FILE_HEAD;
    while let Some(batch) = bytes.get(at + ENTRY_HEAD..).and_then(Batch::at) {
        if batch.chain != chain {
            let path = path.to_path_buf();
            return Err(LogError::OtherChain { path, expected: chain, found: batch.chain });
        }
        let size = HEAD + batch.body.len();
        let entry_size = u64::from_be_bytes(bytes[at + 1..at + 9].try_into().expect("eight bytes"));
        let Ok(entries) = borsh::from_slice::<Vec<Entry>>(batch.body) else { break };
        if batch.number != scan.next || entry_size != size as u64 {
            break;
        }
        scan.entries.extend(entries);
        scan.whole += 1;
        scan.next += 1;
        at += ENTRY_HEAD + size;
    }
    // A later batch was flushed only after this one was: then this is no torn end. Earlier ones are what was being
    // forgotten, and end just before the number at which the log was to go on.
    let rest = bytes.get(at..).unwrap_or_default();
    let last = rest
        .windows(MAGIC.len())
        .enumerate()
        .filter(|(_, window)| *window == MAGIC)
        .filter_map(|(i, _)| Batch::at(&rest[i..]))
        .filter(|batch| batch.chain == chain)
        .map(|batch| batch.number)
        .max();
    if let Some(last) = last {
        let torn = last == scan.next;
        let forgotten = at == FILE_HEAD && last.checked_add(1) == Some(scan.next);
        if !torn && !forgotten {
            return Err(LogError::Damaged { path: path.to_path_buf(), at: at as u64 });
        }
    }
    Ok(scan)
}
