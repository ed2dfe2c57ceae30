//! Quantities between people and the wire. Prices are [`crate::Price8`], which reads and writes decimals itself.
//!
//! On the wire a quantity counts the token's smallest units; its scale, the number of digits after the point, is part of
//! the security's definition.

use thiserror::Error;

/// Why a text is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QuantityError {
    /// Not `digits[.digits]`.
    #[error(
        "a quantity is digits with at most one point, such as 12.5: write it without signs, spaces or separators"
    )]
    NotDecimal,
    /// More digits after the point than the token has.
    #[error("the token has {scale} digits after the point: round the quantity")]
    TooPrecise {
        /// The token's.
        scale: u32,
    },
    /// Beyond what a message holds.
    #[error("the quantity is beyond 18446744073709551614 of the token's smallest units: check its unit")]
    TooLarge,
}

/// The quantity `text` in smallest units of a token with `scale` digits after the point.
///
/// ```
/// assert_eq!(tallystick_client::decimal::parse_quantity("12.5", 3), Ok(12_500));
/// ```
pub fn parse_quantity(text: &str, scale: u32) -> Result<u64, QuantityError> {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return Err(QuantityError::NotDecimal),
        Some(parts) => parts,
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(QuantityError::NotDecimal);
    }
    let significant = fraction.trim_end_matches('0');
    let padding = u32::try_from(significant.len()).ok().and_then(|length| scale.checked_sub(length));
    let padding = padding.ok_or(QuantityError::TooPrecise { scale })?;
    let all = format!("{whole}{significant}");
    let all = all.trim_start_matches('0');
    let value = if all.is_empty() { Some(0) } else { all.parse().ok() };
    let unit = if value == Some(0) { Some(1) } else { 10_u64.checked_pow(padding) };
    let units = value.zip(unit).and_then(|(value, unit): (u64, u64)| value.checked_mul(unit));
    units.filter(|&units| units != u64::MAX).ok_or(QuantityError::TooLarge)
}

/// The shortest exact decimal of `units` smallest units of a token with `scale` digits after the point.
///
/// ```
/// assert_eq!(tallystick_client::decimal::format_quantity(12_500, 3), "12.5");
/// ```
pub fn format_quantity(units: u64, scale: u32) -> String {
    let scale = scale as usize;
    let digits = format!("{units:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}
