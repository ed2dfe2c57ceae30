//! One field's bytes and back. Whatever encodes here decodes: a null in a required field is our own bug and asserts.

use crate::codes::{EstablishRejectCode, NegotiateRejectCode, RetransmitRejectCode, TerminationCode};
use crate::enums::{
    BandHit, BlockedBy, CrossPrioritization, CrossType, CxlRejResponseTo, ListUpdateAction, MinQtyMethod,
    OrdType, PartyActionResponse, PartyActionType, PegPriceType, ProtectionReached, RiskLimitScope,
    RiskLimitType, SelfMatchPreventionInstruction, SelfMatchPreventionScope, Side, SubscriptionRequestType,
    TimeInForce, TradingPhase,
};
use crate::exec_inst::ExecInst;
use crate::fault::FieldFault;
use crate::types::{ClOrdId, ClOrdIdError, Price8};

/// A value of fixed length inside a block.
pub(crate) trait Field: Sized {
    /// Bytes.
    const LENGTH: usize;
    /// SBE primitive type of each element.
    const PRIMITIVE: &'static str;
    /// Whether the null value is refused.
    const REQUIRED: bool;
    /// What it reads as in a frame of a version that did not have it; `None` of what the first version has.
    const ABSENT: Option<Self> = None;
    /// Writes exactly `LENGTH` bytes.
    fn put(&self, out: &mut [u8]);
    /// Reads exactly `LENGTH` bytes.
    fn get(raw: &[u8]) -> Result<Self, FieldFault>;
}

fn array<const N: usize>(raw: &[u8]) -> [u8; N] {
    raw.try_into().expect("the layout hands over a field's exact length")
}

macro_rules! unsigned {
    ($($ty:ty => $primitive:literal),+) => {$(
        impl Field for $ty {
            const LENGTH: usize = size_of::<$ty>();
            const PRIMITIVE: &'static str = $primitive;
            const REQUIRED: bool = true;
            fn put(&self, out: &mut [u8]) {
                assert!(*self != <$ty>::MAX, "the null value was put into a required field");
                out.copy_from_slice(&self.to_le_bytes());
            }
            fn get(raw: &[u8]) -> Result<Self, FieldFault> {
                match <$ty>::from_le_bytes(array(raw)) {
                    <$ty>::MAX => Err(FieldFault::Null),
                    value => Ok(value),
                }
            }
        }

        impl Field for Option<$ty> {
            const LENGTH: usize = size_of::<$ty>();
            const PRIMITIVE: &'static str = $primitive;
            const REQUIRED: bool = false;
            const ABSENT: Option<Self> = Some(None);
            fn put(&self, out: &mut [u8]) {
                assert!(*self != Some(<$ty>::MAX), "the null value was put as a value");
                out.copy_from_slice(&self.unwrap_or(<$ty>::MAX).to_le_bytes());
            }
            fn get(raw: &[u8]) -> Result<Self, FieldFault> {
                let value = <$ty>::from_le_bytes(array(raw));
                Ok((value != <$ty>::MAX).then_some(value))
            }
        }
    )+};
}

unsigned!(u16 => "uint16", u32 => "uint32", u64 => "uint64");

macro_rules! one_byte {
    ($primitive:literal, $null:literal: $($ty:ty),+) => {$(
        impl Field for $ty {
            const LENGTH: usize = 1;
            const PRIMITIVE: &'static str = $primitive;
            const REQUIRED: bool = true;
            fn put(&self, out: &mut [u8]) {
                out[0] = self.value();
            }
            fn get(raw: &[u8]) -> Result<Self, FieldFault> {
                match raw[0] {
                    $null => Err(FieldFault::Null),
                    value => Self::from_value(value).ok_or(FieldFault::InvalidEnum { value }),
                }
            }
        }
    )+};
}

one_byte!("char", 0: Side, OrdType, TimeInForce, CxlRejResponseTo, ListUpdateAction, SubscriptionRequestType);
one_byte!("uint8", 255: NegotiateRejectCode, EstablishRejectCode, RetransmitRejectCode, TerminationCode);
one_byte!("uint8", 255: CrossType, CrossPrioritization);
one_byte!("uint8", 255: RiskLimitScope, RiskLimitType, PartyActionType, PartyActionResponse, TradingPhase, ProtectionReached);

macro_rules! one_byte_or_null {
    ($primitive:literal, $null:literal: $($ty:ty),+) => {$(
        impl Field for Option<$ty> {
            const LENGTH: usize = 1;
            const PRIMITIVE: &'static str = $primitive;
            const REQUIRED: bool = false;
            const ABSENT: Option<Self> = Some(None);
            fn put(&self, out: &mut [u8]) {
                out[0] = self.map_or($null, <$ty>::value);
            }
            fn get(raw: &[u8]) -> Result<Self, FieldFault> {
                match raw[0] {
                    $null => Ok(None),
                    value => <$ty>::from_value(value).map(Some).ok_or(FieldFault::InvalidEnum { value }),
                }
            }
        }
    )+};
}

one_byte_or_null!(
    "uint8", 255: PegPriceType, MinQtyMethod, SelfMatchPreventionInstruction, SelfMatchPreventionScope, BlockedBy, BandHit
);
one_byte_or_null!("char", 0: Side);

/// A set has no null: nothing said is nothing set.
impl Field for ExecInst {
    const LENGTH: usize = 1;
    const PRIMITIVE: &'static str = "uint8";
    const REQUIRED: bool = true;
    const ABSENT: Option<Self> = Some(ExecInst::NONE);
    fn put(&self, out: &mut [u8]) {
        out[0] = self.bits();
    }
    fn get(raw: &[u8]) -> Result<Self, FieldFault> {
        Self::from_bits(raw[0]).ok_or(FieldFault::ReservedBit { value: raw[0] })
    }
}

/// FIX Boolean: 'Y' or 'N'.
impl Field for bool {
    const LENGTH: usize = 1;
    const PRIMITIVE: &'static str = "char";
    const REQUIRED: bool = true;
    fn put(&self, out: &mut [u8]) {
        out[0] = if *self { b'Y' } else { b'N' };
    }
    fn get(raw: &[u8]) -> Result<Self, FieldFault> {
        match raw[0] {
            b'Y' => Ok(true),
            b'N' => Ok(false),
            0 => Err(FieldFault::Null),
            value => Err(FieldFault::InvalidEnum { value }),
        }
    }
}

impl Field for Option<bool> {
    const LENGTH: usize = 1;
    const PRIMITIVE: &'static str = "char";
    const REQUIRED: bool = false;
    const ABSENT: Option<Self> = Some(None);
    fn put(&self, out: &mut [u8]) {
        match self {
            Some(value) => value.put(out),
            None => out[0] = 0,
        }
    }
    fn get(raw: &[u8]) -> Result<Self, FieldFault> {
        match bool::get(raw) {
            Ok(value) => Ok(Some(value)),
            Err(FieldFault::Null) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

impl Field for Option<Price8> {
    const LENGTH: usize = 8;
    const PRIMITIVE: &'static str = "int64";
    const REQUIRED: bool = false;
    const ABSENT: Option<Self> = Some(None);
    fn put(&self, out: &mut [u8]) {
        out.copy_from_slice(&self.map_or(Price8::NULL_MANTISSA, Price8::mantissa).to_le_bytes());
    }
    fn get(raw: &[u8]) -> Result<Self, FieldFault> {
        Ok(Price8::from_mantissa(i64::from_le_bytes(array(raw))))
    }
}

impl Field for Price8 {
    const LENGTH: usize = 8;
    const PRIMITIVE: &'static str = "int64";
    const REQUIRED: bool = true;
    fn put(&self, out: &mut [u8]) {
        Some(*self).put(out);
    }
    fn get(raw: &[u8]) -> Result<Self, FieldFault> {
        Option::<Price8>::get(raw)?.ok_or(FieldFault::Null)
    }
}

impl Field for ClOrdId {
    const LENGTH: usize = ClOrdId::LENGTH;
    const PRIMITIVE: &'static str = "char";
    const REQUIRED: bool = true;
    fn put(&self, out: &mut [u8]) {
        out.copy_from_slice(self.as_padded());
    }
    fn get(raw: &[u8]) -> Result<Self, FieldFault> {
        ClOrdId::from_padded(array(raw)).map_err(|error| match error {
            ClOrdIdError::Empty => FieldFault::Null,
            ClOrdIdError::TooLong | ClOrdIdError::NotPrintable => FieldFault::NotAscii,
        })
    }
}

impl Field for Option<ClOrdId> {
    const LENGTH: usize = ClOrdId::LENGTH;
    const PRIMITIVE: &'static str = "char";
    const REQUIRED: bool = false;
    const ABSENT: Option<Self> = Some(None);
    fn put(&self, out: &mut [u8]) {
        match self {
            Some(id) => id.put(out),
            None => out.fill(0),
        }
    }
    fn get(raw: &[u8]) -> Result<Self, FieldFault> {
        match ClOrdId::get(raw) {
            Ok(id) => Ok(Some(id)),
            Err(FieldFault::Null) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

/// Any bytes: whether they verify is the verifier's business.
impl Field for [u8; 64] {
    const LENGTH: usize = 64;
    const PRIMITIVE: &'static str = "uint8";
    const REQUIRED: bool = true;
    fn put(&self, out: &mut [u8]) {
        out.copy_from_slice(self);
    }
    fn get(raw: &[u8]) -> Result<Self, FieldFault> {
        Ok(array(raw))
    }
}
