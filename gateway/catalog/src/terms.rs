//! The terms that filters know, and which kinds of values each can have.

use crate::value::Type;
use Type::{Date, Money, Number, Percent, Period, Words};

/// Each term of the language, with the kinds of its values; words stand before some of them, as `from` and `over`.
pub const TERMS: &[(&str, &[Type])] = &[
    ("amount", &[Money]),
    ("minimum", &[Money]),
    ("par", &[Money]),
    ("principal", &[Money]),
    ("coupon", &[Percent, Words]),
    ("floating", &[Percent, Words]),
    ("maturity", &[Date]),
    ("tenor", &[Period]),
    ("dividend", &[Percent, Words]),
    ("liquidation", &[Number, Words]),
    ("convertible", &[Percent, Money, Words]),
    ("distributions", &[Percent, Words]),
    ("share", &[Percent, Number, Words]),
    ("callable", &[Date, Percent, Words]),
    ("puttable", &[Date, Percent, Words]),
    ("redemption", &[Period, Words]),
    ("seniority", &[Words]),
    ("secured", &[Words]),
    ("property", &[Words]),
    ("management-fee", &[Percent]),
    ("carry", &[Percent, Words]),
    ("votes", &[Number]),
    ("governing-law", &[Words]),
    ("note", &[Words]),
];
