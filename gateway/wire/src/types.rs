//! Values on the wire that have rules of their own: price, ClOrdID, text, signature.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Bytes of an ed25519 signature.
pub type Signature = [u8; 64];

/// A price: a signed mantissa with exponent −8, so 1.00 is 100,000,000. Never the null value.
///
/// Whether it may be nought or negative, and its tick, are the security's business, not the wire's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price8(i64);

/// Why a number is no [`Price8`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PriceError {
    /// Not `[-]digits[.digits]`.
    #[error(
        "a price is digits with at most one point, such as 101.25: write it without signs, spaces or separators"
    )]
    NotDecimal,
    /// More than eight digits after the point, not all nought.
    #[error("a price has at most 8 digits after the point: round it to the tick of the security")]
    TooPrecise,
    /// Beyond ±92,233,720,368.54775807.
    #[error(
        "a price lies between -92233720368.54775807 and 92233720368.54775807: check the unit of the price"
    )]
    TooLarge,
}

impl Price8 {
    /// Decimal digits after the point.
    pub const EXPONENT: i8 = -8;

    /// The mantissa that means "no price" on the wire.
    pub const NULL_MANTISSA: i64 = i64::MIN;

    /// The price `mantissa` × 10⁻⁸, or `None` for the null value.
    pub const fn from_mantissa(mantissa: i64) -> Option<Self> {
        if mantissa == Self::NULL_MANTISSA { None } else { Some(Self(mantissa)) }
    }

    /// In units of 10⁻⁸.
    pub const fn mantissa(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Price8 {
    /// Shortest exact decimal: `101.25`, `-0.5`, `7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / 100_000_000, self.0.unsigned_abs() % 100_000_000);
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:08}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl FromStr for Price8 {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, PriceError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(PriceError::NotDecimal),
            Some((whole, fraction)) => (whole, fraction),
            None => (unsigned, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(PriceError::NotDecimal);
        }
        let significant = fraction.trim_end_matches('0');
        if significant.len() > 8 {
            return Err(PriceError::TooPrecise);
        }
        let padding = 10_i64.pow(8 - significant.len() as u32);
        let small =
            if significant.is_empty() { 0 } else { significant.parse::<i64>().expect("8 digits") * padding };
        let mantissa = whole
            .parse::<i64>()
            .ok()
            .and_then(|whole| whole.checked_mul(100_000_000))
            .and_then(|large| large.checked_add(small))
            .ok_or(PriceError::TooLarge)?;
        Ok(Self(if negative { -mantissa } else { mantissa }))
    }
}

/// Client's name for an order (FIX 11 ClOrdID): 1 to 20 printable ASCII bytes, padded with NUL to 20.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClOrdId([u8; 20]);

/// Why bytes are no [`ClOrdId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClOrdIdError {
    /// Nothing before the first NUL.
    #[error("a ClOrdID has at least one character: give the order a name that you have not used today")]
    Empty,
    /// More than 20 bytes.
    #[error("a ClOrdID has at most 20 characters: shorten it")]
    TooLong,
    /// A byte outside 0x20 to 0x7E, or a byte after the first NUL.
    #[error("a ClOrdID is printable ASCII padded with NUL: remove the other characters")]
    NotPrintable,
}

impl ClOrdId {
    /// Bytes on the wire.
    pub const LENGTH: usize = 20;

    /// Reads the padded form; the bytes after the first NUL must all be NUL.
    pub fn from_padded(bytes: [u8; 20]) -> Result<Self, ClOrdIdError> {
        let length = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        if length == 0 && bytes.iter().all(|&byte| byte == 0) {
            return Err(ClOrdIdError::Empty);
        }
        let (name, padding) = bytes.split_at(length);
        if name.is_empty()
            || !name.iter().all(|&byte| is_printable(byte))
            || padding.iter().any(|&byte| byte != 0)
        {
            return Err(ClOrdIdError::NotPrintable);
        }
        Ok(Self(bytes))
    }

    /// As on the wire, padded with NUL.
    pub const fn as_padded(&self) -> &[u8; 20] {
        &self.0
    }

    /// Without the padding.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|&byte| byte == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..length]).expect("checked to be ASCII when it was made")
    }
}

impl FromStr for ClOrdId {
    type Err = ClOrdIdError;

    fn from_str(text: &str) -> Result<Self, ClOrdIdError> {
        if text.len() > Self::LENGTH {
            return Err(ClOrdIdError::TooLong);
        }
        if text.bytes().any(|byte| byte == 0) {
            return Err(ClOrdIdError::NotPrintable);
        }
        let mut bytes = [0; Self::LENGTH];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Self::from_padded(bytes)
    }
}

impl TryFrom<&str> for ClOrdId {
    type Error = ClOrdIdError;

    fn try_from(text: &str) -> Result<Self, ClOrdIdError> {
        text.parse()
    }
}

impl fmt::Display for ClOrdId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ClOrdId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClOrdId({:?})", self.as_str())
    }
}

/// Explanation for a person (FIX 58 Text): at most 200 printable ASCII bytes, and possibly none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Text(Box<str>);

/// Why a string is no [`Text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// More than 200 bytes.
    #[error("text on the wire has at most 200 bytes: shorten it")]
    TooLong,
    /// A byte outside 0x20 to 0x7E.
    #[error("text on the wire is printable ASCII: remove the other characters")]
    NotPrintable,
}

impl Text {
    /// Bytes at most.
    pub const MAX_LENGTH: usize = 200;

    /// Exactly `text`, or why not.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.len() > Self::MAX_LENGTH {
            return Err(TextError::TooLong);
        }
        if !text.bytes().all(is_printable) {
            return Err(TextError::NotPrintable);
        }
        Ok(Self(text.into()))
    }

    /// The first 200 characters of `text`, with `?` for each that is not printable ASCII: for a message built from
    /// parts whose length is not known.
    pub fn lossy(text: &str) -> Self {
        let printable = |c: char| if c.is_ascii() && is_printable(c as u8) { c } else { '?' };
        Self(text.chars().take(Self::MAX_LENGTH).map(printable).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Space to tilde: what can be shown and typed.
pub(crate) fn is_printable(byte: u8) -> bool {
    (0x20..=0x7E).contains(&byte)
}
