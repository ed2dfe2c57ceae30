//! Frames in a byte stream: a header of four bytes little-endian (u16 length that counts itself and the frame, then
//! 0xEB50), and a buffer of fixed size.

use thiserror::Error;

use crate::codes::TerminationCode;
use crate::schema::MESSAGE_HEADER_LENGTH;

/// Bytes of the framing header.
pub const FRAMING_HEADER_LENGTH: usize = 4;

/// Second half of the framing header: SBE 1.0, little-endian (FIX SOFH encoding type).
pub const ENCODING_TYPE: u16 = 0xEB50;

/// Bytes of the shortest frame with its framing header.
pub const MIN_FRAME: usize = FRAMING_HEADER_LENGTH + MESSAGE_HEADER_LENGTH;

/// Bytes of the longest frame with its framing header.
pub const MAX_FRAME: usize = 1_536;

/// Bytes that a [`FrameReader`] holds at most.
pub const READ_BUFFER: usize = 32 * 1024;

/// Why the stream cannot be cut into frames; nothing after it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Under 12 or over 1,400 bytes.
    #[error("a frame of {length} bytes is not from 12 to 1536 bytes long: correct the encoder")]
    Length {
        /// As received.
        length: u16,
    },
    /// Not 0xEB50.
    #[error("encoding type {encoding_type:#06x} is not 0xEB50: correct the encoder")]
    EncodingType {
        /// As received.
        encoding_type: u16,
    },
}

impl FrameError {
    /// The code with which the connection ends.
    pub const fn termination_code(&self) -> TerminationCode {
        match self {
            Self::Length { .. } => TerminationCode::InvalidFrameLength,
            Self::EncodingType { .. } => TerminationCode::InvalidEncodingType,
        }
    }
}

/// Cuts a stream into frames, wherever the transport has split or joined it, in [`READ_BUFFER`] bytes of memory.
///
/// Read into [`FrameReader::space`], say how much with [`FrameReader::filled`], then take frames until there is none.
#[derive(Debug, Clone)]
pub struct FrameReader {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl FrameReader {
    /// An empty reader.
    pub fn new() -> Self {
        Self { buffer: vec![0; READ_BUFFER].into_boxed_slice(), start: 0, end: 0 }
    }

    /// Room for more bytes; never empty once [`FrameReader::next_frame`] has returned `None`.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.buffer.len() - self.end < MAX_FRAME {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        &mut self.buffer[self.end..]
    }

    /// The first `count` bytes of [`FrameReader::space`] now hold bytes of the stream.
    ///
    /// # Panics
    /// If that is more than the space.
    pub fn filled(&mut self, count: usize) {
        assert!(
            count <= self.buffer.len() - self.end,
            "{count} bytes do not fit into the space that was handed out"
        );
        self.end += count;
    }

    /// Copies as much of `bytes` as there is room for, and says how much.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let space = self.space();
        let count = bytes.len().min(space.len());
        space[..count].copy_from_slice(&bytes[..count]);
        self.filled(count);
        count
    }

    /// The next whole frame without its framing header; `None` if more bytes are needed.
    ///
    /// A header that is wrong is an error as soon as its four bytes are here, and again at each later call.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let Some(length) = self.whole()? else { return Ok(None) };
        let start = self.start;
        self.start += length;
        Ok(Some(&self.buffer[start + FRAMING_HEADER_LENGTH..start + length]))
    }

    /// What [`FrameReader::next_frame`] would return, which then still would.
    pub fn peek_frame(&self) -> Result<Option<&[u8]>, FrameError> {
        let Some(length) = self.whole()? else { return Ok(None) };
        Ok(Some(&self.buffer[self.start + FRAMING_HEADER_LENGTH..self.start + length]))
    }

    /// The length of the next frame, if it is here whole.
    fn whole(&self) -> Result<Option<usize>, FrameError> {
        let Some(header) = self.buffer[self.start..self.end].first_chunk::<FRAMING_HEADER_LENGTH>() else {
            return Ok(None);
        };
        let length = u16::from_le_bytes([header[0], header[1]]);
        let encoding_type = u16::from_le_bytes([header[2], header[3]]);
        if !(MIN_FRAME..=MAX_FRAME).contains(&usize::from(length)) {
            return Err(FrameError::Length { length });
        }
        if encoding_type != ENCODING_TYPE {
            return Err(FrameError::EncodingType { encoding_type });
        }
        let length = usize::from(length);
        Ok((self.end - self.start >= length).then_some(length))
    }

    /// Bytes of the stream that no frame has used yet.
    pub fn pending(&self) -> usize {
        self.end - self.start
    }
}

impl Default for FrameReader {
    fn default() -> Self {
        Self::new()
    }
}

/// Fills in the framing header of a message that ends where `framed` ends.
pub(crate) fn put_framing_header(framed: &mut [u8]) {
    assert!(framed.len() <= MAX_FRAME, "no message of the schema is longer than a frame");
    let length = framed.len() as u16;
    framed[..2].copy_from_slice(&length.to_le_bytes());
    framed[2..4].copy_from_slice(&ENCODING_TYPE.to_le_bytes());
}
