//! Opening a journal: reading what is there, cutting a torn tail, refusing damage.

use std::fmt::Write;
use std::sync::Arc;

use crate::error::{JournalError, OpenError, ScanError, io_at};
use crate::frame::FRAME_HEADER_BYTES;
use crate::header::{HEADER_BYTES, genesis};
use crate::journal::{Current, Identity, Journal, MIN_SEGMENT_BYTES, Options};
use crate::prepare::{Preparer, TEMPORARY_PREFIX, TEMPORARY_SUFFIX, disk_error, write_zeros};
use crate::scan::{Segment, Walk, list_segments, segment_holding};
use crate::storage::Storage;

/// What opening found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Whether the directory was empty and the journal was created.
    pub created: bool,
    /// The oldest record there is; one more than `last_seq` if there is none.
    pub first_seq: u64,
    /// The newest record there is, now durable; 0 in a new journal.
    pub last_seq: u64,
    /// The first record that was read and checked: the beginning of the segment that holds [`Options::from`].
    pub checked_from: u64,
    /// How many records were read and checked.
    pub records: u64,
    /// How many bytes of a torn tail were cut off the last segment. Never bytes that were durable.
    pub bytes_cut: u64,
    /// The file names of all segments, oldest first.
    pub segments: Vec<String>,
}

impl Journal {
    /// Opens the journal of a directory, or creates it if the directory has none and replay starts from 1.
    ///
    /// Everything from the segment that holds [`Options::from`] is read and checked: headers, checksums, the hash
    /// chain. What a power cut left unfinished at the end is cut off, zeroed and synced. Afterwards all there is to
    /// read is durable.
    ///
    /// # Errors
    /// Anything else that is wrong with the files, as an [`OpenError`] that says what to do; nothing is changed then.
    ///
    /// # Panics
    /// If `options` asks for segments below [`MIN_SEGMENT_BYTES`] or replay from record 0.
    pub fn open(storage: Arc<dyn Storage>, options: Options) -> Result<(Journal, Recovery), OpenError> {
        assert!(options.segment_bytes >= MIN_SEGMENT_BYTES, "segments of {} bytes", options.segment_bytes);
        assert!(options.from > 0, "sequence numbers begin with 1");
        let segments = list_segments(&*storage)?;
        if segments.is_empty() && options.from > 1 {
            return Err(ScanError::Empty.into());
        }
        for segment in &segments {
            check_owner(segment, &options)?;
        }
        remove_leftovers(&*storage)?;
        if segments.is_empty() { create(storage, &options) } else { recover(storage, segments, &options) }
    }
}

fn create(storage: Arc<dyn Storage>, options: &Options) -> Result<(Journal, Recovery), OpenError> {
    let identity = Identity { venue: options.venue, salt: options.salt, semantics: options.semantics };
    let chain = genesis(&options.venue, &options.salt);
    let preparer = Preparer::new(Arc::clone(&storage), options.segment_bytes);
    let segment = Current::make(&*storage, preparer.take(0)?, &identity, 1, 0, chain)?;
    let recovery = Recovery {
        created: true,
        first_seq: 1,
        last_seq: 0,
        checked_from: 1,
        records: 0,
        bytes_cut: 0,
        segments: vec![segment.name.clone()],
    };
    Ok((Journal::at(storage, identity, segment, preparer, chain, 0), recovery))
}

fn recover(
    storage: Arc<dyn Storage>,
    segments: Vec<Segment>,
    options: &Options,
) -> Result<(Journal, Recovery), OpenError> {
    let start = segment_holding(&segments, options.from)?;
    let mut walk = Walk::start(&storage, segments, start, true)?;
    let checked_from = walk.next_seq;
    let unproven = walk_to_the_end(&mut walk)?;
    let last_seq = walk.next_seq - 1;
    if options.from > last_seq + 1 {
        return Err(ScanError::EndsEarlier { wanted: options.from, last: last_seq }.into());
    }
    for (index, segment) in walk.segments.iter().enumerate().skip(start) {
        let end = walk.segments.get(index + 1).map_or(last_seq + 1, |next| next.header.first_seq);
        check_semantics(segment, end, options)?;
    }
    let bytes_cut = repair(&*storage, &walk, unproven)?;

    let last = walk.segments.last().expect("a walk has a segment").clone();
    let file = storage.open(&last.name).map_err(io_at(&last.name, "open the segment"))?;
    let segment = Current {
        file,
        size: walk.bytes.len() as u64,
        first_seq: last.header.first_seq,
        previous_first_seq: last.header.previous_first_seq,
        offset: walk.offset as u64,
        torn: 0,
        name: last.name,
    };
    let identity = Identity { venue: options.venue, salt: last.header.salt, semantics: options.semantics };
    let chain = walk.chain.expect("recovery checks the chain");
    let preparer = Preparer::new(Arc::clone(&storage), options.segment_bytes);
    let mut journal = Journal::at(storage, identity, segment, preparer, chain, last_seq);
    let mut names: Vec<String> = walk.segments.iter().map(|segment| segment.name.clone()).collect();
    if last.header.semantics != options.semantics {
        journal.rotate(0)?;
        names.push(journal.segment.name.clone());
        names.dedup();
    }
    let recovery = Recovery {
        created: false,
        first_seq: walk.segments[0].header.first_seq,
        last_seq,
        checked_from,
        records: walk.next_seq - checked_from,
        bytes_cut,
        segments: names,
    };
    Ok((journal, recovery))
}

impl Journal {
    fn at(
        storage: Arc<dyn Storage>,
        identity: Identity,
        segment: Current,
        preparer: Preparer,
        chain: [u8; 32],
        last_seq: u64,
    ) -> Journal {
        Journal {
            storage,
            identity,
            segment,
            preparer,
            chain,
            batch: vec![0; FRAME_HEADER_BYTES],
            batch_count: 0,
            written: last_seq,
            durable: last_seq,
            failed: None,
        }
    }
}

/// Walks to the end and returns the offset, in the last segment, of the first frame that no later one calls durable.
fn walk_to_the_end(walk: &mut Walk) -> Result<usize, ScanError> {
    let (mut unproven, mut index) = (walk.offset, walk.index);
    while let Some(frame) = walk.next_frame()? {
        // A sync covers all that was written, and a new segment proves the one before.
        if walk.index != index || frame.durable_seq + 1 >= frame.first_seq {
            (unproven, index) = (frame.offset, walk.index);
        }
    }
    // The walk may have gone on into a segment without frames.
    Ok(if walk.index == index { unproven } else { walk.offset })
}

/// Makes the end of the journal durable and clean; returns how many bytes were cut.
///
/// Frames that nothing proves durable are written again before the sync: if the venue stopped because a sync failed,
/// the system shows their bytes but has forgotten that they are not on the disk, and a sync alone would do nothing.
fn repair(storage: &dyn Storage, walk: &Walk, unproven: usize) -> Result<u64, OpenError> {
    let name = &walk.segments[walk.index].name;
    let torn = walk.torn_bytes() as u64;
    let file = storage.open(name).map_err(io_at(name, "open the segment"))?;
    let rewrite = &walk.bytes[unproven..walk.offset];
    let mut written = Ok(());
    if !rewrite.is_empty() {
        written = file.write_at(unproven as u64, rewrite);
    }
    written
        .and_then(|()| write_zeros(&*file, walk.offset as u64, torn))
        .map_err(|source| disk_error(name, "repair the end of the journal", torn, source))?;
    let fatal = |operation| move |source| JournalError::Fatal { file: name.clone(), operation, source };
    file.sync_data().map_err(fatal("sync the repaired segment"))?;
    // The name may be as young as the frames.
    storage.sync_dir().map_err(fatal("sync the directory"))?;
    Ok(torn)
}

fn check_owner(segment: &Segment, options: &Options) -> Result<(), OpenError> {
    let (file, header) = (&segment.name, &segment.header);
    if header.venue != options.venue {
        let (found, ours) = (hex(&header.venue), hex(&options.venue));
        return Err(OpenError::WrongVenue { file: file.clone(), found, ours });
    }
    if header.semantics > options.semantics {
        let (found, ours) = (header.semantics, options.semantics);
        return Err(OpenError::NewerSemantics { file: file.clone(), found, ours });
    }
    Ok(())
}

/// Records of older semantics may only be there if they are not going to be replayed: an upgrade is a checkpoint,
/// its conversion, and a new segment. `end` is the sequence number after the segment's last record.
fn check_semantics(segment: &Segment, end: u64, options: &Options) -> Result<(), OpenError> {
    let found = segment.header.semantics;
    if found != options.semantics && end > options.from {
        let file = segment.name.clone();
        return Err(OpenError::OlderSemantics { file, found, ours: options.semantics, from: options.from });
    }
    Ok(())
}

fn remove_leftovers(storage: &dyn Storage) -> Result<(), ScanError> {
    let names = storage.list().map_err(io_at(".", "list the directory"))?;
    for name in
        names.iter().filter(|name| name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX))
    {
        storage.remove(name).map_err(io_at(name, "remove a leftover"))?;
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string");
        text
    })
}

const _: () = assert!(MIN_SEGMENT_BYTES > HEADER_BYTES as u64);
