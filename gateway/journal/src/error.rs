//! What can go wrong, and what to do about it.

use std::io;

use crate::frame::BadFrame;

/// Why appending, writing or syncing failed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The record is longer than [`crate::MAX_RECORD_BYTES`]. Nothing was appended.
    #[error("record {seq} has {len} bytes, the journal takes at most {max}; refuse it where it enters")]
    RecordTooLarge {
        /// The record.
        seq: u64,
        /// Its length in bytes.
        len: usize,
        /// The most there may be.
        max: usize,
    },
    /// The batch would become longer than [`crate::MAX_BATCH_BYTES`]. Nothing was appended.
    #[error("the batch before record {seq} has {len} bytes already; write it before appending more")]
    BatchTooLarge {
        /// The record that did not fit.
        seq: u64,
        /// The length of the batch in bytes.
        len: usize,
    },
    /// There is no room on the disk. The batch is kept and can be written again when there is; whatever was
    /// written before is untouched.
    #[error(
        "{file}: no space left on the disk ({needed} bytes wanted); make room and write again, or stop the venue"
    )]
    DiskFull {
        /// The file that could not grow.
        file: String,
        /// How many bytes were to be written.
        needed: u64,
        /// What the system answered.
        source: io::Error,
    },
    /// The system has no descriptor or no memory for one more file. Nothing depended on that file yet: the batch is
    /// kept, and calling again tries again.
    #[error(
        "{file}: cannot be made: {source}; raise the limit of open files (`ulimit -n`, `LimitNOFILE`) or end what holds so many, and it is tried again"
    )]
    NoFile {
        /// The file that could not be made.
        file: String,
        /// What the system answered.
        source: io::Error,
    },
    /// The disk failed, and what is on it is unknown. The journal refuses all further use: abort the process, look
    /// at the disk, start again. Recovery finds out what is there; nothing in this process can.
    #[error(
        "{file}: cannot {operation}: {source}; stop the process now and check the disk: what it holds is unknown until recovery has read it again"
    )]
    Fatal {
        /// The file.
        file: String,
        /// What was tried.
        operation: &'static str,
        /// What the system answered.
        source: io::Error,
    },
}

impl JournalError {
    /// Whether the process has to end: [`JournalError::Fatal`].
    pub fn is_fatal(&self) -> bool {
        matches!(self, JournalError::Fatal { .. })
    }
}

/// What is wrong with the files of a journal. Nothing is repaired or thrown away when one of these is returned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The storage failed.
    #[error("{file}: cannot {operation}: {source}")]
    Io {
        /// The file, or `.` for the directory.
        file: String,
        /// What was tried.
        operation: &'static str,
        /// What the system answered.
        source: io::Error,
    },
    /// There is no journal here.
    #[error("there is no journal in this directory; check that it is the right one")]
    Empty,
    /// A file looks like a segment but is not named like one.
    #[error("{file}: not the name of a segment (journal-, 20 digits, .seg); move it out of the directory")]
    StrayFile {
        /// The file.
        file: String,
    },
    /// The first 4096 bytes of a segment are damaged.
    #[error("{file}: the segment header is corrupt: {why}; restore the file from a copy")]
    HeaderCorrupt {
        /// The file.
        file: String,
        /// In what way.
        why: &'static str,
    },
    /// The segment was written in a format that this binary does not know.
    #[error(
        "{file}: written in format {found}, this binary reads format {ours}; start the release that wrote it"
    )]
    UnknownFormat {
        /// The file.
        file: String,
        /// The format of the file.
        found: u32,
        /// The format of this binary.
        ours: u32,
    },
    /// Two files claim to be the same segment.
    #[error("{copy} and {original} both begin with record {first_seq}; move the copy out of the directory")]
    Duplicate {
        /// The file whose name does not fit.
        copy: String,
        /// The file whose name does.
        original: String,
        /// What both headers say.
        first_seq: u64,
    },
    /// A segment's name and header disagree.
    #[error(
        "{file}: its header says that it begins with record {first_seq}; give the file its own name again"
    )]
    Misnamed {
        /// The file.
        file: String,
        /// What the header says.
        first_seq: u64,
    },
    /// A segment belongs to another journal than the one before it.
    #[error("{file}: belongs to another journal than {before}; move it out of the directory")]
    Foreign {
        /// The file.
        file: String,
        /// The segment before.
        before: String,
    },
    /// A segment in the middle is not there.
    #[error(
        "a segment is missing between {before} and {after}: {after} follows on the segment that begins with record {wanted}; restore {wanted_file}"
    )]
    MissingSegment {
        /// The last segment before the gap.
        before: String,
        /// The first segment after it.
        after: String,
        /// The first record of the segment that should precede `after`.
        wanted: u64,
        /// Its name.
        wanted_file: String,
    },
    /// Records that were durable once are damaged: something after them proves it.
    #[error(
        "{file}: record {expected_seq} should be at offset {offset}, but {why}, and {proof} proves that it was durable; do not start on this directory: restore the file from a copy or a replica and verify it"
    )]
    Damaged {
        /// The file.
        file: String,
        /// The offset of the frame in it.
        offset: u64,
        /// The first record that cannot be read.
        expected_seq: u64,
        /// What is wrong there.
        why: BadFrame,
        /// What proves that this is not the torn end of the journal.
        proof: String,
    },
    /// A frame is intact but does not follow on what is before it: a file was exchanged or edited.
    #[error(
        "{file}: what is at offset {offset} (record {seq}) does not follow on the records before it: the hash chain is broken; a file was exchanged or edited, restore it from a copy"
    )]
    BrokenChain {
        /// The file.
        file: String,
        /// The offset of the frame, or 0 for the header of the segment.
        offset: u64,
        /// Its first record.
        seq: u64,
    },
    /// The journal does not go back to the record that was asked for.
    #[error("record {wanted} was asked for, but the journal begins with {first}; restore the older segments")]
    BeginsLater {
        /// The record asked for.
        wanted: u64,
        /// The oldest record there is.
        first: u64,
    },
    /// The journal ends before the record that was asked for.
    #[error(
        "the journal should hold every record before {wanted}, but ends with {last}; a segment at the end was lost, restore it"
    )]
    EndsEarlier {
        /// The record asked for.
        wanted: u64,
        /// The last record there is.
        last: u64,
    },
}

/// Why a journal could not be opened for writing.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The files are not in order.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The directory is another venue's.
    #[error(
        "{file}: belongs to venue {found}, this is venue {ours}; check the directory in the configuration"
    )]
    WrongVenue {
        /// The segment.
        file: String,
        /// The venue in its header, in hexadecimal.
        found: String,
        /// The venue that was to be started.
        ours: String,
    },
    /// The records mean something that this binary does not know yet.
    #[error(
        "{file}: its records have semantics version {found}, this binary knows {ours}; start a newer release"
    )]
    NewerSemantics {
        /// The segment.
        file: String,
        /// The version in its header.
        found: u32,
        /// The version of this binary.
        ours: u32,
    },
    /// Records that would have to be replayed mean something that this binary does not know any more.
    #[error(
        "{file}: its records have semantics version {found}, this binary writes {ours} and record {from} would be replayed; start the release that wrote them, make a checkpoint there and convert it"
    )]
    OlderSemantics {
        /// The segment.
        file: String,
        /// The version in its header.
        found: u32,
        /// The version of this binary.
        ours: u32,
        /// The first record that would be replayed.
        from: u64,
    },
    /// Making or repairing the last segment failed.
    #[error(transparent)]
    Write(#[from] JournalError),
}

pub(crate) fn io_at(file: &str, operation: &'static str) -> impl FnOnce(io::Error) -> ScanError {
    let file = file.to_owned();
    move |source| ScanError::Io { file, operation, source }
}
