//! The rules that count.

use crate::basics::Units;
use crate::facts::{Facts, Party, Places, Plans};
use crate::reason::{Reason, ReasonCode, RuleId};
use crate::rule::{Most, Scope};
use crate::verdict::Verdict;

/// A cap on holders. Where all places are taken, a seller who leaves entirely hands its own to the buyer.
pub(super) fn holders(rule: RuleId, max: u32, places: Places, whole: Option<Units>) -> Verdict {
    let reason = Reason { code: ReasonCode::HolderCap, rule };
    if places.buyer_is_leaving {
        return Verdict::deny(reason);
    }
    let room = |needed: u32| {
        let more = u64::from(needed.saturating_sub(places.of_buyer));
        let freed = places.taken.saturating_sub(u64::from(places.of_seller));
        match more == 0 || places.taken + more <= u64::from(max) {
            true => (true, true),
            // Where the seller's leaving frees none, this is no more than was not enough just now.
            false => (false, freed + more <= u64::from(max)),
        }
    };
    let needed = places.needed;
    let (below, above) = (room(needed.below), room(needed.above));
    let whole =
        whole.filter(|&whole| if whole <= needed.upto { below.1 } else { above.1 } && !whole.is_zero());
    match (below.0, above.0) {
        (true, true) => Verdict::ALLOW,
        (true, false) => Verdict { whole, ..Verdict::at_most(needed.upto, reason) },
        // A buyer that needs fewer places the more it buys does not exist; what is not foreseen is denied.
        (false, _) => Verdict { whole, ..Verdict::deny(reason) },
    }
}

/// The most that a buyer may come to own.
pub(super) fn owned(rule: RuleId, scope: Scope, most: Most, buyer: &Party, issued: Units) -> Verdict {
    let most = match most {
        Most::Units(units) => units,
        Most::Bps(bps) => share(issued, bps),
    };
    let owned = match scope {
        Scope::Owner => buyer.owned,
        Scope::Group => buyer.group_owned,
    };
    Verdict::at_most(most.saturating_sub(owned), Reason { code: ReasonCode::Concentration, rule })
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

/// What a group may still sell within the period. "At most" rounds down.
pub(super) fn sold(rule: RuleId, bps: u16, or_weekly: bool, seller: &Party, facts: &Facts) -> Verdict {
    let class = share(facts.issued, bps);
    let most = if or_weekly { class.max(facts.security.weekly_volume) } else { class };
    Verdict::at_most(most.saturating_sub(seller.group_sold), Reason { code: ReasonCode::Volume, rule })
}

/// The share of benefit plans stays under its bound; once it is not, nothing that makes it worse is traded.
pub(super) fn plans(rule: RuleId, bps: u16, plans: Plans, buyer: &Party, seller: &Party) -> Verdict {
    let reason = Reason { code: ReasonCode::BenefitPlans, rule };
    let wide = |value: u128| i128::try_from(value).unwrap_or(i128::MAX / 4);
    let (bought, counted_to) = counted(buyer);
    let (sold, counted_from) = counted(seller);
    // Under the bound means units × 10,000 < bound × measured; each unit that moves changes both sides by so much.
    let excess = wide(plans.units_bps) - i128::from(bps) * i128::from(plans.of.0);
    let slope = bought - sold - i128::from(bps) * (counted_to - counted_from);
    if slope <= 0 {
        return Verdict::ALLOW;
    }
    // The largest q with excess + slope × q < 0.
    let most = if excess < 0 { (-excess - 1) / slope } else { 0 };
    Verdict::at_most(Units(u64::try_from(most).unwrap_or(u64::MAX)), reason)
}

/// How much of a unit of a person's belongs to plans, in hundredths of a per cent; and whether its units are measured by.
fn counted(party: &Party) -> (i128, i128) {
    let plan = party.identity.map_or(0, |identity| identity.plan_bps);
    let aside = party.insider.is_some_and(|insider| insider.is_set_aside());
    (i128::from(plan), i128::from(plan > 0 || !aside))
}

/// A share of a quantity in hundredths of a per cent, rounded down.
pub(super) fn share(of: Units, bps: u16) -> Units {
    let share = u128::from(of.0) * u128::from(bps) / 10_000;
    Units(u64::try_from(share).unwrap_or(u64::MAX))
}
