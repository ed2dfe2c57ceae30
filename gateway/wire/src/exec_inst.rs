//! ExecInst, the set of instructions for handling an order (FIX 18).

/// A set of instructions: one bit for each, the others are reserved and nought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExecInst {
    /// It never takes (FIX `6`, participate, don't initiate): bit 0.
    pub participate_dont_initiate: bool,
    /// It rests a tick behind where it would take, instead of being rejected: bit 1. Only with the bit before.
    pub slide: bool,
    /// It trades whole or not at all, each time (FIX `G`): bit 2.
    pub all_or_none: bool,
}

impl ExecInst {
    /// Nothing is asked.
    pub const NONE: Self = Self { participate_dont_initiate: false, slide: false, all_or_none: false };

    /// Name and bit of each, as in the schema.
    pub const CHOICES: &'static [(&'static str, u8)] =
        &[("ParticipateDontInitiate", 0), ("Slide", 1), ("AllOrNone", 2)];

    /// As on the wire.
    pub const fn bits(self) -> u8 {
        let Self { participate_dont_initiate, slide, all_or_none } = self;
        participate_dont_initiate as u8 | (slide as u8) << 1 | (all_or_none as u8) << 2
    }

    /// The set of these bits; `None` if a reserved one is set.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits >= 1 << 3 {
            return None;
        }
        Some(Self {
            participate_dont_initiate: bits & 1 != 0,
            slide: bits & 1 << 1 != 0,
            all_or_none: bits & 1 << 2 != 0,
        })
    }
}
