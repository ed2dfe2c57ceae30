//! What the demo itself knows of right and wrong: plain statements, written without the engine's code, by which
//! it chooses whom it lets trade and judges what the venue did.

use super::cast::{
    ALPEN29, Account, CAP, CAUTIOUS, EUPILOT, FLOOR, FROZEN, HARBOR, ISSUES, Issue, LAPSED, LEAVER, LITTLE,
    LOCKED, NWPREF, POOR, RIVERCO, SMALL, STRANGER, SUSPENDED, WHOLE, WITHDRAWN, accounts, investor,
};
use std::collections::BTreeMap;

/// The European Union.
pub const UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Why somebody may not buy, as the number and the rule that the venue must give.
pub type Refusal = (u16, Option<u16>);

/// Whether an investor may buy a security, suspensions apart.
pub fn may_buy(issue: u32, owner: u32) -> Result<(), Refusal> {
    let Some(who) = investor(owner) else { return Err((102, Some(0))) };
    if owner == LAPSED {
        return Err((104, Some(1)));
    }
    let not_accredited = Err((106, Some(2)));
    let wrong_place = Err((105, Some(2)));
    match issue {
        NWPREF if who.place == "US" && !who.accredited => not_accredited,
        ALPEN29 if who.place == "US" => wrong_place,
        HARBOR if !who.accredited => not_accredited,
        EUPILOT if !UNION.contains(&who.place) => wrong_place,
        _ => Ok(()),
    }
}

/// The most beneficial owners a security may have.
pub fn cap(issue: u32) -> Option<usize> {
    (issue == HARBOR).then_some(CAP as usize)
}

/// Units that an account brings.
#[derive(Clone, Copy, Debug)]
pub struct Deposit {
    /// Whose.
    pub account: u32,
    /// Of which security.
    pub issue: &'static Issue,
    /// How many units.
    pub units: u64,
    /// How long the owner has had them.
    pub days: u32,
}

/// All units that are brought when the day begins.
pub fn deposits(scale: u64) -> Vec<Deposit> {
    let mut all = Vec::new();
    let mut bring = |account, issue, units, days| all.push(Deposit { account, issue, units, days });
    for issue in &ISSUES {
        for &owner in issue.holders {
            match owner {
                SMALL => bring(owner, issue, LITTLE, 500),
                LEAVER => bring(owner, issue, WHOLE, 500),
                _ => {
                    let stake = issue.stake * scale;
                    bring(owner, issue, stake - stake / 4 / issue.lot * issue.lot, 800 + owner);
                    bring(owner, issue, stake / 4 / issue.lot * issue.lot, 366 + owner);
                    if issue.lock_up > 0 {
                        bring(owner, issue, stake / 10 / issue.lot * issue.lot, owner % issue.lock_up);
                    }
                }
            }
        }
        if issue.lock_up > 0 {
            bring(LOCKED, issue, LITTLE, 5);
        }
    }
    all
}

/// Whether units held for so long may be sold.
pub fn is_unlocked(deposit: &Deposit) -> bool {
    deposit.days >= deposit.issue.lock_up
}

/// What an account brings of each cash token, in cents.
pub fn cash(account: u32, scale: u64) -> i64 {
    if account == POOR { 10_000 } else { 100_000_000_000 * scale as i64 }
}

/// What an owner puts at the venue's disposal, and on which terms.
#[derive(Clone, Copy, Debug)]
pub struct Allotment {
    /// Whose.
    pub account: Account,
    /// What.
    pub what: What,
    /// The most that may leave.
    pub most: u64,
    /// Whether what arrives may be used again.
    pub standing: bool,
    /// The only cash token or security that it may be exchanged for, and the worst price, in cents.
    pub only: Option<(What, i64)>,
}

/// Units of a security, or a cash token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// This security.
    Units(u32),
    /// This cash token.
    Cash(u16),
}

/// Everything that is allocated when the day begins. Who is accredited trades with what it buys and earns.
pub fn allotments(scale: u64) -> Vec<Allotment> {
    /// How often a standing allocation may be turned over.
    const TURNS: u64 = 1_000;
    let mut held: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for deposit in deposits(scale) {
        *held.entry((deposit.account, deposit.issue.id)).or_default() += deposit.units;
    }
    // It holds none yet: it is to sell what it buys.
    held.insert((POOR, RIVERCO), 1);
    let mut all = Vec::new();
    for account in accounts() {
        let standing = account.owner == POOR || investor(account.owner).is_some_and(|i| i.accredited);
        let is_plain = !standing || account.owner == LEAVER;
        let mut allot = |what, amount, only| {
            let (standing, most) = if is_plain { (false, amount) } else { (true, amount * TURNS) };
            all.push(Allotment { account, what, most, standing, only });
        };
        let cautious = |what, worst| (account.owner == CAUTIOUS).then_some((what, worst));
        for (&(_, issue), &units) in held.range((account.id, 0)..(account.id + 1, 0)) {
            allot(What::Units(issue), units, cautious(What::Cash(Issue::of(issue).cash), FLOOR));
        }
        for token in [1, 2] {
            let amount = cash(account.id, scale).unsigned_abs();
            allot(What::Cash(token), amount, cautious(What::Units(RIVERCO), 2 * FLOOR));
        }
    }
    all
}

/// What a trade costs, in cents.
pub fn money(issue: u32, price_mantissa: i64, units: u64) -> i64 {
    debug_assert!(price_mantissa % (Issue::of(issue).tick * 1_000_000) == 0);
    price_mantissa / 1_000_000 * units as i64
}

/// Investors who have a part of their own and so stay out of ordinary trading.
pub fn is_ordinary(owner: u32) -> bool {
    let parts = [CAUTIOUS, FROZEN, LAPSED, LEAVER, LOCKED, POOR, SMALL, STRANGER, SUSPENDED, WITHDRAWN];
    !parts.contains(&owner)
}

/// The accounts of a firm that ordinarily buy a security.
pub fn buyers(issue: u32, firm: u32) -> Vec<Account> {
    let good = |a: &Account| a.firm == firm && is_ordinary(a.owner) && may_buy(issue, a.owner).is_ok();
    accounts().into_iter().filter(good).collect()
}

/// The accounts of a firm that ordinarily sell a security: those whose owner's units lie there.
pub fn sellers(issue: u32, firm: u32) -> Vec<Account> {
    let holders = Issue::of(issue).holders;
    let good =
        |a: &Account| a.firm == firm && a.id == a.owner && is_ordinary(a.owner) && holders.contains(&a.owner);
    accounts().into_iter().filter(good).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::cast::{SEATS, crowd};

    #[test]
    fn the_cast_is_large_enough_and_every_broker_has_something_to_do() {
        assert!(crowd().0 >= 30 && crowd().1 >= 10);
        for seat in SEATS {
            let sides = ISSUES.iter().map(|i| (buyers(i.id, seat.firm), sellers(i.id, seat.firm)));
            let busy = sides.filter(|(buyers, sellers)| !buyers.is_empty() && !sellers.is_empty()).count();
            assert!(busy >= 2, "session {} trades both ways in {busy} securities", seat.session);
        }
    }

    #[test]
    fn units_are_brought_in_whole_lots_and_some_of_them_are_locked_up() {
        let all = deposits(3);
        assert!(all.iter().all(|d| d.units > 0 && d.units.is_multiple_of(d.issue.lot)), "{all:?}");
        assert!(all.iter().any(|d| !is_unlocked(d)));
        assert!(all.iter().filter(|d| d.account == LOCKED).all(|d| !is_unlocked(d)));
    }

    #[test]
    fn the_fund_has_room_for_two_more() {
        assert_eq!(Issue::of(HARBOR).holders.len(), CAP as usize - 2);
    }
}
