//! The rules that count.

use crate::basics::Units;
use crate::code::{Body, Compiled};
use crate::facts::{Facts, Party, Places, Plans};
use crate::reason::{Reason, ReasonCode, RuleId};
use crate::rule::{Most, Scope};
use crate::verdict::Verdict;

/// A cap on holders. Where all places are taken, or the venue may fill no more of them, a seller who leaves entirely hands
/// its own to the buyer.
pub(super) fn holders(rule: RuleId, max: u32, places: Places, whole: Option<Units>) -> Verdict {
    if places.buyer_is_leaving {
        return Verdict::deny(Reason { code: ReasonCode::HolderCap, rule });
    }
    let needed = places.needed;
    let (below, above) = (Growth::of(&places, needed.below, max), Growth::of(&places, needed.above, max));
    let whole = whole.filter(|&whole| {
        !whole.is_zero() && if whole <= needed.upto { below.handed_over } else { above.handed_over }
    });
    match (below.why_not, above.why_not) {
        (None, None) => Verdict::ALLOW,
        (None, Some(code)) => Verdict { whole, ..Verdict::at_most(needed.upto, Reason { code, rule }) },
        // A buyer that needs fewer places the more it buys does not exist; what is not foreseen is denied.
        (Some(code), _) => Verdict { whole, ..Verdict::deny(Reason { code, rule }) },
    }
}

/// What becomes of the places if the buyer takes so many.
struct Growth {
    /// Why it may not, if the seller keeps its own.
    why_not: Option<ReasonCode>,
    /// Whether it may if the seller leaves.
    handed_over: bool,
}

impl Growth {
    fn of(places: &Places, needed: u32, max: u32) -> Growth {
        let (max, of_seller) = (u64::from(max), u64::from(places.of_seller));
        let more = u64::from(needed.saturating_sub(places.of_buyer));
        let has_room = |more: u64| places.room.is_none_or(|room| more <= room);
        let why_not = match more == 0 {
            true => None,
            false if places.taken + more > max => Some(ReasonCode::HolderCap),
            false if !has_room(more) => Some(ReasonCode::Headroom),
            false => None,
        };
        // Where the seller's leaving frees none, this is no more than was not enough just now.
        let freed = places.taken.saturating_sub(of_seller);
        let fits = freed + more <= max && has_room(more.saturating_sub(of_seller));
        Growth { why_not, handed_over: why_not.is_none() || fits }
    }
}

/// The most that a buyer may come to own.
pub(super) fn owned(rule: RuleId, scope: Scope, most: Most, buyer: &Party, issued: Units) -> Verdict {
    let (owned, room) = match scope {
        Scope::Owner => (buyer.owned, buyer.room.owned),
        Scope::Group => (buyer.group_owned, buyer.room.group_owned),
    };
    let more = most.of(issued).saturating_sub(owned);
    within(more, Reason { code: ReasonCode::Concentration, rule }, room)
}

/// So much, because of a rule; or less, because the venue has no more room.
fn within(upto: Units, reason: Reason, room: Option<Units>) -> Verdict {
    match room {
        Some(room) if room < upto => Verdict::at_most(room, Reason { code: ReasonCode::Headroom, ..reason }),
        _ => Verdict::at_most(upto, reason),
    }
}

/// The least that who is left with any may hold.
pub(super) fn at_least(rule: RuleId, least: Units, buyer: &Party, seller: &Party) -> Verdict {
    let reason = Some(Reason { code: ReasonCode::MinimumHolding, rule });
    let buys = Verdict { min: least.saturating_sub(buyer.left).max(Units(1)), reason, ..Verdict::ALLOW };
    let sells =
        Verdict { upto: seller.left.saturating_sub(least), whole: seller.whole, reason, ..Verdict::ALLOW };
    // A seller who leaves entirely leaves no less than that to a buyer who must hold it too.
    let whole = seller.whole.filter(|&whole| buys.allows(whole));
    Verdict { min: buys.min, upto: sells.upto, whole, reason, ..Verdict::ALLOW }
}

/// What a group may still sell within a window. "At most" rounds down.
pub(super) fn sold(rule: &Compiled, seller: &Party, facts: &Facts) -> Verdict {
    let (window, most, code) = match rule.body {
        Body::Sold { window, bps, or_weekly_volume } => {
            let class = Most::Bps(bps).of(facts.issued);
            let most = if or_weekly_volume { class.max(facts.security.weekly_volume) } else { class };
            (window, most, ReasonCode::Volume)
        }
        Body::Velocity(window, most) => (window, most.of(facts.issued), ReasonCode::Velocity),
        _ => unreachable!("only rules that count sales are asked"),
    };
    let more = most.saturating_sub(seller.sold.since(window.first_day(facts.now)));
    within(more, Reason { code, rule: rule.id }, seller.room.sold)
}

/// The share of benefit plans stays under its bound; once it is not, nothing that makes it worse is traded.
pub(super) fn plans(rule: RuleId, bps: u16, plans: Plans, buyer: &Party, seller: &Party) -> Verdict {
    let reason = Reason { code: ReasonCode::BenefitPlans, rule };
    let wide = |value: u128| i128::try_from(value).unwrap_or(i128::MAX / 4);
    let units = |most: i128| Units(u64::try_from(most).unwrap_or(u64::MAX));
    let (bought, counted_to) = counted(buyer);
    let (sold, counted_from) = counted(seller);
    // Under the bound means units × 10,000 < bound × measured; each unit that moves changes both sides by so much.
    let excess = wide(plans.units_bps) - i128::from(bps) * i128::from(plans.of.0);
    let slope = bought - sold - i128::from(bps) * (counted_to - counted_from);
    let verdict = match slope {
        ..=0 => Verdict::ALLOW,
        // The largest q with excess + slope × q < 0.
        _ => Verdict::at_most(units(if excess < 0 { (-excess - 1) / slope } else { 0 }), reason),
    };
    // What comes to belong to plans takes up room, and what is no longer measured by as much of it.
    let uses = (bought - sold).max(0) + PLAN * (counted_from - counted_to).max(0);
    match plans.room {
        Some(room) if uses > 0 => {
            let most = units(i128::from(room) * PLAN / uses);
            let headroom = Verdict::at_most(most, Reason { code: ReasonCode::Headroom, rule });
            if most < verdict.upto { headroom } else { verdict }
        }
        _ => verdict,
    }
}

/// A whole unit, in hundredths of a per cent.
const PLAN: i128 = 10_000;

/// How much of a unit of a person's belongs to plans, in hundredths of a per cent; and whether its units are measured by.
fn counted(party: &Party) -> (i128, i128) {
    let plan = party.identity.map_or(0, |identity| identity.plan_bps);
    let aside = party.insider.is_some_and(|insider| insider.is_set_aside());
    (i128::from(plan), i128::from(plan > 0 || !aside))
}
