//! Walking through the segments of a journal, checking everything: what recovery, `verify` and replay have in common.

use std::sync::Arc;

use crate::error::{ScanError, io_at};
use crate::frame::{ALIGN, BadFrame, Frame, salted};
use crate::header::{HEADER_BYTES, SegmentHeader, first_seq_of, segment_name};
use crate::storage::{Storage, read_fully};
use crate::view::{Sealed, View};

/// How often the last segment is read again when it looks damaged but changed meanwhile: a reader without the lock
/// may have caught the writer between two frames.
const RELOADS: u32 = 8;

/// A segment file whose header is in order.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) header: SegmentHeader,
}

/// All segments in order, their headers checked against names and against each other.
pub(crate) fn list_segments(storage: &dyn Storage) -> Result<Vec<Segment>, ScanError> {
    let names = storage.list().map_err(io_at(".", "list the directory"))?;
    let mut segments: Vec<Segment> = Vec::new();
    for name in names.iter().filter(|name| name.starts_with("journal-") && name.ends_with(".seg")) {
        let Some(named) = first_seq_of(name) else {
            return Err(ScanError::StrayFile { file: name.clone() });
        };
        let header = read_header(storage, name)?;
        if header.first_seq != named {
            let original = segment_name(header.first_seq);
            return Err(if names.contains(&original) {
                ScanError::Duplicate { copy: name.clone(), original, first_seq: header.first_seq }
            } else {
                ScanError::Misnamed { file: name.clone(), first_seq: header.first_seq }
            });
        }
        if let Some(before) = segments.last() {
            follows(before, name, &header)?;
        }
        segments.push(Segment { name: name.clone(), header });
    }
    Ok(segments)
}

/// The first sequence number of each segment, in order, by the names of the files: not even their headers are read, so
/// that it costs next to nothing however large they are.
///
/// # Errors
/// The directory can't be listed, or has a file with a segment's name that is none.
pub fn segment_starts(storage: &dyn Storage) -> Result<Vec<u64>, ScanError> {
    let names = storage.list().map_err(io_at(".", "list the directory"))?;
    let mut firsts = Vec::new();
    for name in names.into_iter().filter(|name| name.starts_with("journal-") && name.ends_with(".seg")) {
        let Some(first) = first_seq_of(&name) else { return Err(ScanError::StrayFile { file: name }) };
        firsts.push(first);
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// The segment that holds `seq`, or would. Of the others nothing is read.
pub(crate) fn find_segment(storage: &dyn Storage, seq: u64) -> Result<Segment, ScanError> {
    let firsts = segment_starts(storage)?;
    let oldest = *firsts.first().ok_or(ScanError::Empty)?;
    let first = match firsts.partition_point(|&first| first <= seq) {
        0 => return Err(ScanError::BeginsLater { wanted: seq, first: oldest }),
        after => firsts[after - 1],
    };
    let name = segment_name(first);
    let header = read_header(storage, &name)?;
    match header.first_seq == first {
        true => Ok(Segment { name, header }),
        false => Err(ScanError::Misnamed { file: name, first_seq: header.first_seq }),
    }
}

/// The header of one segment file.
pub(crate) fn read_header(storage: &dyn Storage, name: &str) -> Result<SegmentHeader, ScanError> {
    let mut bytes = [0; HEADER_BYTES];
    let file = storage.open(name).map_err(io_at(name, "open the segment"))?;
    let read = read_fully(&*file, 0, &mut bytes).map_err(io_at(name, "read the segment header"))?;
    SegmentHeader::decode(name, &bytes[..read])
}

/// The segment that holds `seq`, or would: the last that does not begin after it.
pub(crate) fn segment_holding(segments: &[Segment], seq: u64) -> Result<usize, ScanError> {
    let first = segments.first().ok_or(ScanError::Empty)?.header.first_seq;
    match segments.partition_point(|segment| segment.header.first_seq <= seq) {
        0 => Err(ScanError::BeginsLater { wanted: seq, first }),
        after => Ok(after - 1),
    }
}

fn follows(before: &Segment, name: &str, header: &SegmentHeader) -> Result<(), ScanError> {
    if (header.venue, header.salt) != (before.header.venue, before.header.salt) {
        return Err(ScanError::Foreign { file: name.to_owned(), before: before.name.clone() });
    }
    if header.previous_first_seq != before.header.first_seq {
        return Err(ScanError::MissingSegment {
            before: before.name.clone(),
            after: name.to_owned(),
            wanted: header.previous_first_seq,
            wanted_file: segment_name(header.previous_first_seq),
        });
    }
    Ok(())
}

/// A walk over the frames from the beginning of one segment to the end of the journal.
#[derive(Debug)]
pub(crate) struct Walk {
    storage: Arc<dyn Storage>,
    pub(crate) segments: Vec<Segment>,
    /// The segment of the frame returned last.
    pub(crate) index: usize,
    /// The bytes of that segment.
    pub(crate) bytes: View,
    /// Where the frame after it begins, or the journal ends.
    pub(crate) offset: usize,
    /// The sequence number after it.
    pub(crate) next_seq: u64,
    /// The chain hash after it; `None` for a walk that leaves the chain alone.
    pub(crate) chain: Option<[u8; 32]>,
    salted: u32,
    reloads: u32,
}

impl Walk {
    /// Starts at the beginning of segment `index`. Replay after recovery need not check the chain a second time.
    pub(crate) fn start(
        storage: &Arc<dyn Storage>,
        segments: Vec<Segment>,
        index: usize,
        check_chain: bool,
    ) -> Result<Walk, ScanError> {
        let header = &segments[index].header;
        let mut walk = Walk {
            storage: Arc::clone(storage),
            index,
            bytes: View::copied(Vec::new()),
            offset: HEADER_BYTES,
            next_seq: header.first_seq,
            chain: check_chain.then_some(header.chain_before),
            salted: salted(&header.salt),
            reloads: RELOADS,
            segments,
        };
        walk.bytes = walk.load()?;
        Ok(walk)
    }

    /// The next frame, in place and in order; `None` where the journal ends, cleanly or with a torn tail.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Frame>, ScanError> {
        loop {
            let following = self.segments.get(self.index + 1).map(|next| next.header.first_seq);
            if following == Some(self.next_seq) {
                self.enter_next_segment()?;
                continue;
            }
            let why = match Frame::at(&self.bytes, self.offset, self.salted) {
                Ok(frame) if frame.first_seq == self.next_seq => {
                    return self.accept(frame, following).map(Some);
                }
                Ok(frame) => BadFrame::WrongSequence { found: frame.first_seq },
                Err(bad) => bad,
            };
            let Some(proof) = self.proof_of_damage(why) else {
                return Ok(None);
            };
            if following.is_none() && self.changed_meanwhile()? {
                continue;
            }
            return Err(ScanError::Damaged {
                file: self.segments[self.index].name.clone(),
                offset: self.offset as u64,
                expected_seq: self.next_seq,
                why,
                proof,
            });
        }
    }

    /// How many bytes after the end of the journal are not zero, counted to the last of them: a torn tail.
    pub(crate) fn torn_bytes(&self) -> usize {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        rest.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1)
    }

    fn accept(&mut self, frame: Frame, following: Option<u64>) -> Result<Frame, ScanError> {
        let chained = match &mut self.chain {
            Some(chain) => frame.follows(&self.bytes, &std::mem::replace(chain, frame.chain)),
            None => true,
        };
        if !chained || following.is_some_and(|first| frame.next_seq() > first) {
            return Err(ScanError::BrokenChain {
                file: self.segments[self.index].name.clone(),
                offset: frame.offset as u64,
                seq: frame.first_seq,
            });
        }
        self.offset = frame.end();
        self.next_seq = frame.next_seq();
        Ok(frame)
    }

    fn enter_next_segment(&mut self) -> Result<(), ScanError> {
        self.index += 1;
        let next = &self.segments[self.index];
        if self.chain.is_some_and(|chain| chain != next.header.chain_before) {
            return Err(ScanError::BrokenChain { file: next.name.clone(), offset: 0, seq: self.next_seq });
        }
        self.offset = HEADER_BYTES;
        self.bytes = self.load()?;
        Ok(())
    }

    /// What shows that the record expected here was durable, if anything does. A later segment does, because one is
    /// made only after the one before is synced. In the last segment any intact header does that says so.
    fn proof_of_damage(&self, why: BadFrame) -> Option<String> {
        if let Some(next) = self.segments.get(self.index + 1) {
            return Some(format!("the segment {}", next.name));
        }
        if matches!(why, BadFrame::WrongSequence { .. }) {
            return Some("its intact checksum".to_owned());
        }
        (self.offset..self.bytes.len()).step_by(ALIGN).find_map(|offset| {
            let header = Frame::header_at(&self.bytes, offset, self.salted).ok()?;
            (header.durable_seq >= self.next_seq)
                .then(|| format!("the frame of record {} at offset {offset}", header.first_seq))
        })
    }

    fn changed_meanwhile(&mut self) -> Result<bool, ScanError> {
        if self.reloads == 0 {
            return Ok(false);
        }
        self.reloads -= 1;
        let again = self.load()?;
        let changed = again[..] != self.bytes[..];
        self.bytes = again;
        Ok(changed)
    }

    fn load(&self) -> Result<View, ScanError> {
        let name = &self.segments[self.index].name;
        let file = self.storage.open(name).map_err(io_at(name, "open the segment"))?;
        let sealed = self.index + 1 < self.segments.len();
        if sealed { file.view_sealed(Sealed(())) } else { file.view_copied() }
            .map_err(io_at(name, "read the segment"))
    }
}
