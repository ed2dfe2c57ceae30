//! What an order may ask beyond side, type, price and quantity. What can't be said here, no order means.

use tallystick_wire::{
    ExecInst, MinQtyMethod, PegPriceType, Price8, SelfMatchPreventionInstruction, SelfMatchPreventionScope,
};

/// Everything that most orders leave out; the default asks nothing.
///
/// What goes with which type of order, and what each means, is in `docs/matching.md`; the venue rejects the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Instructions {
    /// The price that a trade must reach to trigger a stop (FIX 99 StopPx).
    pub stop_px: Option<Price8>,
    /// What the price of a pegged order follows; of a trailing stop, its stop price.
    pub peg: Option<Peg>,
    /// The last day of a good-till-date order, `YYYYMMDD` (FIX 432 ExpireDate).
    pub expire_date: Option<u32>,
    /// How much is shown at once: less than the order makes it an iceberg, nought hides it. `None` shows all
    /// (FIX 1138 DisplayQty).
    pub display_qty: Option<u64>,
    /// How much must trade at least.
    pub minimum: Option<Minimum>,
    /// It never takes (FIX 18 ExecInst, `6`).
    pub post_only: Option<PostOnly>,
    /// What becomes of it where it would meet another of your orders. `None`: orders of one beneficial owner pass each
    /// other over, others trade.
    pub self_match: Option<SelfMatch>,
}

/// What a price follows, and at which distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peg {
    /// What it follows (FIX 1094 PegPriceType).
    pub to: PegPriceType,
    /// Added to that; `None` is nought. Of a trailing stop the distance (FIX 211 PegOffsetValue).
    pub offset: Option<Price8>,
}

/// How much must trade at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minimum {
    /// So much at once, on entry (FIX 110 MinQty, 1822 MinQtyMethod 1).
    Once(u64),
    /// So much in each execution, or what is left if that is less (MinQtyMethod 2).
    Each(u64),
    /// All of it in one execution (FIX 18 ExecInst, `G`, all or none).
    All,
}

/// What becomes of a post-only order that would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostOnly {
    /// It is rejected.
    Reject,
    /// It rests a tick behind the best price at which it could have traded.
    Slide,
}

/// What becomes of an order that would meet another of its scope; the newer order's instruction counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelfMatch {
    /// Which orders it is not to meet.
    pub scope: Scope,
    /// What happens then (FIX 2964 SelfMatchPreventionInstruction).
    pub instruction: SelfMatchPreventionInstruction,
}

/// Which orders are one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of the firm.
    Firm,
    /// Those of the firm with the same number, from 1 to 65,534 (FIX 2362 SelfMatchPreventionID).
    Group(u16),
    /// Those of the same beneficial owner.
    Owner,
}

impl Instructions {
    pub(crate) fn min_qty(&self) -> (Option<u64>, Option<MinQtyMethod>) {
        match self.minimum {
            Some(Minimum::Once(units)) => (Some(units), Some(MinQtyMethod::Once)),
            Some(Minimum::Each(units)) => (Some(units), Some(MinQtyMethod::Multiple)),
            Some(Minimum::All) | None => (None, None),
        }
    }

    pub(crate) fn exec_inst(&self) -> ExecInst {
        ExecInst {
            participate_dont_initiate: self.post_only.is_some(),
            slide: self.post_only == Some(PostOnly::Slide),
            all_or_none: self.minimum == Some(Minimum::All),
        }
    }

    pub(crate) fn self_match_scope(&self) -> (Option<SelfMatchPreventionScope>, Option<u16>) {
        match self.self_match.map(|own| own.scope) {
            Some(Scope::Firm) => (Some(SelfMatchPreventionScope::Firm), None),
            Some(Scope::Group(id)) => (Some(SelfMatchPreventionScope::Group), Some(id)),
            Some(Scope::Owner) => (Some(SelfMatchPreventionScope::Owner), None),
            None => (None, None),
        }
    }
}
