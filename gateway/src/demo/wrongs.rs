//! Orders that break a rule on purpose, each with the answer that must come.

use super::cast::{
    self, ALPEN29, CAUTIOUS, EUPILOT, FLOOR, HARBOR, Issue, LAPSED, LITTLE, LOCKED, NWPREF, POOR, RIVERCO,
    SMALL, STRANGER, Seat,
};
use super::chance::Chance;
use super::orders::{Expect, Plan};
use super::plain;
use tallystick_client::{OrdType, Price8, Side, TimeInForce};

/// A way to break a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A buyer in the US without accreditation, or one anywhere for the fund.
    Unaccredited,
    /// A buyer where the security may not be sold.
    Place,
    /// A buyer whose verification has lapsed.
    Lapsed,
    /// A buyer for whom nobody vouches.
    Stranger,
    /// A seller whose lots are all locked up.
    LockedUp,
    /// A seller who has less.
    Short,
    /// A buyer who has less.
    Poor,
    /// A seller below the price that its owner has allocated for.
    BelowFloor,
    /// A buyer of something else than its owner has allocated its cash for.
    OtherPurpose,
    /// A price between two ticks.
    OffTick,
    /// A price far away.
    OffCollar,
    /// A quantity between two lots.
    OffLot,
    /// Nothing of it.
    Nought,
    /// A limit order without a limit.
    NoPrice,
    /// A security that is not listed.
    NoSuchSecurity,
    /// An account of another firm.
    OthersAccount,
    /// A ClOrdID that was used today. The broker sees to the name.
    UsedName,
}

impl Wrong {
    /// All of them.
    pub const ALL: [Wrong; 17] = [
        Wrong::Unaccredited,
        Wrong::Place,
        Wrong::Lapsed,
        Wrong::Stranger,
        Wrong::LockedUp,
        Wrong::Short,
        Wrong::Poor,
        Wrong::BelowFloor,
        Wrong::OtherPurpose,
        Wrong::OffTick,
        Wrong::OffCollar,
        Wrong::OffLot,
        Wrong::Nought,
        Wrong::NoPrice,
        Wrong::NoSuchSecurity,
        Wrong::OthersAccount,
        Wrong::UsedName,
    ];

    /// An order of this kind, if the firm has a customer for it. `worth` is what the security is worth now.
    pub fn plan(self, seat: &Seat, chance: &mut Chance, worth: impl Fn(u32) -> i64) -> Option<Plan> {
        let at_home =
            |investor: u32| cast::accounts().into_iter().find(|a| (a.owner, a.firm) == (investor, seat.firm));
        let mine: Vec<_> = cast::accounts().into_iter().filter(|a| a.firm == seat.firm).collect();
        let anyone = plain::buyers(RIVERCO, seat.firm)[0].id;
        let order = |account, issue: u32, side, how, with| {
            let listed = Issue::of(issue);
            Plan {
                account,
                issue,
                side,
                ord_type: OrdType::Limit,
                time_in_force: TimeInForce::Day,
                price: Some(listed.price(worth(issue))),
                quantity: listed.lot,
                expect: Expect::Refused { how, with },
            }
        };
        let plain_order = |how, number| order(anyone, RIVERCO, Side::Buy, how, (number, None));
        let denied = |issues: &[u32], number: u16, how| {
            let cases = issues.iter().flat_map(|&issue| mine.iter().map(move |a| (issue, a)));
            let cases: Vec<_> = cases
                .filter(|(_, a)| plain::is_ordinary(a.owner))
                .filter_map(|(issue, a)| match plain::may_buy(issue, a.owner) {
                    Err(with) if with.0 == number => Some((a.id, issue, with)),
                    _ => None,
                })
                .collect();
            Some((cases, how))
        };
        let one_of = |chance: &mut Chance, cases: Option<(Vec<_>, &'static str)>| {
            let (cases, how) = cases?;
            let &(account, issue, with) = chance.one(&cases)?;
            Some(order(account, issue, Side::Buy, how, with))
        };
        Some(match self {
            Wrong::Unaccredited => {
                let cases = denied(&[NWPREF, HARBOR], 106, "buyer not accredited");
                return one_of(chance, cases);
            }
            Wrong::Place => {
                let cases = denied(&[ALPEN29, EUPILOT], 105, "buyer in the wrong jurisdiction");
                return one_of(chance, cases);
            }
            Wrong::Lapsed => {
                let with = plain::may_buy(RIVERCO, LAPSED).expect_err("it has lapsed");
                order(at_home(LAPSED)?.id, RIVERCO, Side::Buy, "verification lapsed", with)
            }
            Wrong::Stranger => {
                let with = plain::may_buy(RIVERCO, STRANGER).expect_err("it is unknown");
                order(at_home(STRANGER)?.id, RIVERCO, Side::Buy, "nobody vouches for it", with)
            }
            Wrong::LockedUp => {
                let issue = if chance.percent(50) { NWPREF } else { ALPEN29 };
                order(at_home(LOCKED)?.id, issue, Side::Sell, "lots locked up", (150, None))
            }
            Wrong::Short => {
                let account = at_home(SMALL)?.id;
                let short = order(account, RIVERCO, Side::Sell, "more units than held", (150, None));
                Plan { quantity: LITTLE + 1, ..short }
            }
            Wrong::Poor => {
                let account = at_home(POOR)?.id;
                Plan { quantity: 6, ..order(account, RIVERCO, Side::Buy, "more than its cash", (151, None)) }
            }
            Wrong::BelowFloor => {
                let account = at_home(CAUTIOUS)?.id;
                let low = order(account, RIVERCO, Side::Sell, "below its owner's worst price", (153, None));
                let price = Issue::of(RIVERCO).price(FLOOR / Issue::of(RIVERCO).tick - 1);
                Plan { price: Some(price), ..low }
            }
            Wrong::OtherPurpose => {
                let account = at_home(CAUTIOUS)?.id;
                order(account, NWPREF, Side::Buy, "cash allocated for something else", (153, None))
            }
            Wrong::OffTick => {
                let price = Issue::of(RIVERCO).price(worth(RIVERCO)).mantissa() + 500_000;
                Plan { price: Price8::from_mantissa(price), ..plain_order("price off tick", 18) }
            }
            Wrong::OffCollar => {
                let price = Issue::of(RIVERCO).price(worth(RIVERCO) * 3 / 2);
                Plan { price: Some(price), ..plain_order("price outside the collar", 16) }
            }
            Wrong::OffLot => {
                let account = mine[0].id;
                let bond = order(account, ALPEN29, Side::Buy, "quantity off lot", (13, None));
                Plan { quantity: Issue::of(ALPEN29).lot + 1, ..bond }
            }
            Wrong::Nought => Plan { quantity: 0, ..plain_order("quantity of nought", 13) },
            Wrong::NoPrice => Plan { price: None, ..plain_order("limit order without a price", 203) },
            Wrong::NoSuchSecurity => Plan { issue: 99, ..plain_order("no such security", 1) },
            Wrong::OthersAccount => {
                let others: Vec<_> = cast::accounts().into_iter().filter(|a| a.firm != seat.firm).collect();
                let account = chance.one(&others)?.id;
                Plan { account, ..plain_order("another firm's account", 15) }
            }
            Wrong::UsedName => plain_order("ClOrdID used before", 6),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_break_a_rule_has_somebody_to_break_it() {
        let mut chance = Chance::new(1, 1);
        for wrong in Wrong::ALL {
            let made =
                cast::SEATS.iter().filter_map(|s| wrong.plan(s, &mut chance, |i| Issue::of(i).reference));
            assert!(made.count() > 0, "{wrong:?}");
        }
    }
}
