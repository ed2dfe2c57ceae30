//! What the clients can prove among themselves, without looking into the venue.

use super::cast::{ISSUES, Issue, accounts, owner};
use super::diary::Diary;
use super::orders::{End, Expect, Fill, Order, Refused};
use super::plain::{self, What};
use super::scenes::PassedOver;
use super::settled;
use super::story::Told;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_client::Side;

/// Something that must be true, and whether it is.
#[derive(Clone, Debug)]
pub struct Check {
    /// What must be true.
    pub what: &'static str,
    /// How much was looked at.
    pub detail: String,
    /// Why it is not true.
    pub failure: Option<String>,
}

impl Check {
    /// It is true if nothing speaks against it.
    pub fn new(what: &'static str, detail: String, against: impl IntoIterator<Item = String>) -> Check {
        let against: Vec<String> = against.into_iter().collect();
        let more = against.len().saturating_sub(2);
        let mut failure = against.iter().take(2).cloned().collect::<Vec<_>>().join("; ");
        if more > 0 {
            failure += &format!("; and {more} more");
        }
        Check { what, detail, failure: (!against.is_empty()).then_some(failure) }
    }

    /// It is not true.
    pub fn failed(what: &'static str, why: String) -> Check {
        Check { what, detail: String::new(), failure: Some(why) }
    }
}

/// A trade as its two sides told of it.
pub type Sides = (Option<Fill>, Option<Fill>);

/// Every trade by its number: the buyer's fill and the seller's.
pub fn trades(diaries: &[Diary]) -> BTreeMap<u64, Sides> {
    let mut trades: BTreeMap<u64, Sides> = BTreeMap::new();
    for fill in diaries.iter().flat_map(|l| &l.fills) {
        let sides = trades.entry(fill.trade).or_default();
        match fill.side {
            Side::Buy => sides.0 = Some(*fill),
            Side::Sell => sides.1 = Some(*fill),
        }
    }
    trades
}

/// All checks of what the sessions have seen. `scale` is that of the deposits.
pub fn of_clients(told: &Told, scale: u64) -> Vec<Check> {
    let trades = trades(&told.diaries);
    let busted: BTreeSet<u64> = told.diaries.iter().flat_map(|d| &d.busts).map(|bust| bust.trade).collect();
    let whole: Vec<(Fill, Fill)> = trades.values().filter_map(|&(b, s)| Some((b?, s?))).collect();
    let finals: Vec<_> = whole.iter().copied().filter(|(b, _)| !busted.contains(&b.trade)).collect();
    let count = format!("{} trades", trades.len());
    let mut checks = vec![one_end(told), no_report_lost(told), sums(told)];
    checks.push(sides_agree(&trades, told));
    checks.push(Check::new("no trade broke a rule of its security", count.clone(), unlawful(&whole, told)));
    let selfish = whole.iter().filter(|(b, s)| owner(b.account) == owner(s.account));
    let selfish = selfish.map(|(b, _)| format!("trade {} changed no beneficial owner", b.trade));
    checks.push(Check::new("no trade within one beneficial owner", count.clone(), selfish));
    checks.push(holders(&finals, scale));
    checks.push(Check::new(
        "nobody sold locked or missing units, or cash it had not",
        count,
        overdrawn(&finals, scale),
    ));
    checks.push(foreseen(told));
    checks.push(passed_over(told));
    checks.extend(settled::of_clients(&trades, told));
    let before = told.names_kept.iter().filter(|kept| !**kept).map(|_| "one was taken again".to_owned());
    checks.push(Check::new(
        "ClOrdIDs of before the kill stay used",
        format!("{} tried", told.names_kept.len()),
        before,
    ));
    let lost = told.diaries.iter().flat_map(|l| l.lost.iter().map(|e| format!("session {}: {e}", l.session)));
    checks.push(Check::new(
        "no session was lost but to the kill",
        format!("{} sessions", told.diaries.len()),
        lost,
    ));
    checks
}

fn one_end(told: &Told) -> Check {
    let orders: usize = told.diaries.iter().map(|l| l.orders.len()).sum();
    let requests: u64 = told.diaries.iter().map(|l| l.requests).sum();
    let mut against: Vec<String> = told.diaries.iter().flat_map(|l| l.oddities.clone()).collect();
    for diary in &told.diaries {
        let (open, waiting) = (diary.open(), diary.unanswered());
        if open + waiting > 0 {
            against.push(format!(
                "session {}: {open} orders without an end, {waiting} without an answer",
                diary.session
            ));
        }
        let never = diary.orders.iter().filter(|o| o.end == Some(End::NotApplied)).count();
        if never > 0 {
            against.push(format!("session {}: {never} orders never reached the venue", diary.session));
        }
    }
    let detail = format!("{orders} orders, {requests} changes and cancels");
    Check::new("every order ended once, every request was answered once", detail, against)
}

fn no_report_lost(told: &Told) -> Check {
    let all: usize = told.diaries.iter().map(|l| l.reports.len()).sum();
    // The numbers themselves were checked as they came, and gaps stand among the oddities.
    let gaps = told.diaries.iter().flat_map(|l| &l.oddities).filter(|o| o.contains("was due"));
    Check::new(
        "no report was lost or came twice",
        format!("{all} reports, numbers without gap"),
        gaps.cloned(),
    )
}

fn sums(told: &Told) -> Check {
    let mut against = Vec::new();
    for diary in &told.diaries {
        let mut sums = vec![0; diary.orders.len()];
        diary.fills.iter().for_each(|f| sums[f.order] += f.units);
        for (order, sum) in diary.orders.iter().zip(sums) {
            let whole = order.end != Some(End::Filled) || sum == order.quantity;
            if sum != order.filled || sum > order.quantity || !whole {
                against.push(format!(
                    "order {}: fills add up to {sum} of {}",
                    order.name.as_str(),
                    order.quantity
                ));
            }
        }
    }
    let fills: usize = told.diaries.iter().map(|l| l.fills.len()).sum();
    Check::new("fills add up to CumQty, within every limit", format!("{fills} fills"), against)
}

fn sides_agree(trades: &BTreeMap<u64, Sides>, told: &Told) -> Check {
    let fills: usize = told.diaries.iter().map(|l| l.fills.len()).sum();
    let mut against = Vec::new();
    for (trade, sides) in trades {
        let (Some(buy), Some(sell)) = sides else {
            against.push(format!("trade {trade} was told to one side only"));
            continue;
        };
        let terms = |f: &Fill| (f.issue, f.price, f.units, f.time);
        if terms(buy) != terms(sell) {
            against.push(format!("trade {trade}: {buy:?} but {sell:?}"));
        }
    }
    if fills != 2 * trades.len() {
        against.push(format!("{fills} fills for {} trades", trades.len()));
    }
    Check::new("both sides of every trade agree", format!("{} trades", trades.len()), against)
}

fn unlawful(trades: &[(Fill, Fill)], told: &Told) -> Vec<String> {
    let mut against = Vec::new();
    for (buy, sell) in trades {
        let (buyer, seller) = (owner(buy.account), owner(sell.account));
        if let Err((number, _)) = plain::may_buy(buy.issue, buyer) {
            against.push(format!("trade {}: investor {buyer} may not buy ({number})", buy.trade));
        }
        if [buyer, seller].contains(&super::cast::SUSPENDED) && buy.time > told.suspension.at {
            against.push(format!("trade {}: one side was suspended", buy.trade));
        }
        if [buyer, seller].contains(&super::cast::LAPSED) {
            against.push(format!("trade {}: one side's verification has lapsed", buy.trade));
        }
    }
    against
}

/// Who holds a capped security after each trade, counting what is bought at once and what is sold as gone.
fn holders(trades: &[(Fill, Fill)], scale: u64) -> Check {
    let (mut against, mut most) = (Vec::new(), BTreeMap::new());
    for issue in ISSUES.iter().filter(|i| plain::cap(i.id).is_some()) {
        let cap = plain::cap(issue.id).expect("it was asked for");
        let mut held: BTreeMap<u32, i64> = BTreeMap::new();
        for d in plain::deposits(scale).iter().filter(|d| d.issue.id == issue.id) {
            *held.entry(owner(d.account)).or_default() += d.units as i64;
        }
        for (buy, sell) in trades.iter().filter(|(b, _)| b.issue == issue.id) {
            *held.entry(owner(buy.account)).or_default() += buy.units as i64;
            *held.entry(owner(sell.account)).or_default() -= sell.units as i64;
            let holders = held.values().filter(|&&units| units > 0).count();
            let highest = most.entry(issue.symbol).or_insert(0);
            *highest = holders.max(*highest);
            if holders > cap {
                against.push(format!("trade {}: {holders} holders of {}", buy.trade, issue.symbol));
            }
        }
    }
    let told: Vec<String> = most.iter().map(|(symbol, most)| format!("{symbol} at most {most}")).collect();
    Check::new("never more holders than the cap", told.join(", "), against)
}

/// What was bought or earned counts from the trade on where its owner lets it be used again; in truth it is not
/// before the trade is final.
fn overdrawn(trades: &[(Fill, Fill)], scale: u64) -> Vec<String> {
    let mut left: BTreeMap<(u32, What), i64> = BTreeMap::new();
    for d in plain::deposits(scale).iter().filter(|d| plain::is_unlocked(d)) {
        *left.entry((d.account, What::Units(d.issue.id))).or_default() += d.units as i64;
    }
    for account in accounts() {
        for token in [1, 2] {
            left.insert((account.id, What::Cash(token)), plain::cash(account.id, scale));
        }
    }
    let standing: BTreeSet<(u32, What)> = plain::allotments(scale)
        .iter()
        .filter(|allotment| allotment.standing)
        .map(|allotment| (allotment.account.id, allotment.what))
        .collect();
    let mut against = Vec::new();
    let mut pass = |from: u32, to: u32, what: What, amount: i64, locked: bool| {
        let rest = left.entry((from, what)).or_default();
        *rest -= amount;
        if *rest < 0 {
            against.push(format!("account {from} parted with {} too much of {what:?}", -*rest));
            *rest = 0;
        }
        if standing.contains(&(to, what)) && !locked {
            *left.entry((to, what)).or_default() += amount;
        }
    };
    for (buy, sell) in trades {
        let issue = Issue::of(buy.issue);
        let money = plain::money(buy.issue, buy.price, buy.units);
        pass(sell.account, buy.account, What::Units(buy.issue), buy.units as i64, issue.lock_up > 0);
        pass(buy.account, sell.account, What::Cash(issue.cash), money, false);
    }
    against
}

/// Whether an answer is the halt's: orders of that security may then be refused for no fault of theirs. (99 is
/// what FIX has for a change that is not taken for a reason without a number.)
fn excused(told: &Told, issue: u32, number: u16, at: u64) -> bool {
    let (halted, from, to) = told.halt;
    issue == halted && (from..=to).contains(&at) && [201, 202, 11, 99].contains(&number)
}

fn foreseen(told: &Told) -> Check {
    let (mut against, mut kinds, mut broken) = (Vec::new(), BTreeSet::new(), 0);
    for diary in &told.diaries {
        for order in &diary.orders {
            let got = match order.end {
                Some(End::Rejected(number, rule)) => Some((number, rule)),
                _ => None,
            };
            let meant = matches!(order.plan.expect, Expect::Refused { with, .. } if got == Some(with));
            let halted = |(number, _)| excused(told, order.plan.issue, number, order.answered.unwrap_or(0));
            if !meant && got.is_some_and(halted) {
                continue;
            }
            let name = order.name.as_str();
            match (order.plan.expect, got) {
                (Expect::Accepted, None) => {}
                (Expect::Accepted, Some((number, _))) => {
                    let text = diary.texts.get(&number).cloned().unwrap_or_default();
                    against.push(format!("order {name} broke no rule, yet: {number}, {text}"));
                }
                (Expect::Refused { how, with }, got) => {
                    broken += 1;
                    kinds.insert(how);
                    if got != Some(with) {
                        against.push(format!("order {name} ({how}) must get {with:?}, got {got:?}"));
                    }
                }
            }
        }
        let late = |r: &&Refused| r.number == 1 && r.over;
        let requests = diary.refused.iter().filter(|r| !late(r) && !excused(told, r.issue, r.number, r.time));
        against.extend(
            requests.map(|r| format!("session {}: a change was refused with {}", diary.session, r.number)),
        );
    }
    let missing = super::wrongs::Wrong::ALL.len() + super::scenes::WAYS;
    if kinds.len() < missing {
        against.push(format!("only {} of {missing} ways to break a rule were tried", kinds.len()));
    }
    let detail = format!("{broken} orders, {} ways to break a rule", kinds.len());
    Check::new("each broken rule got its reject, nothing else did", detail, against)
}

fn passed_over(told: &Told) -> Check {
    let mut against = Vec::new();
    let mut look = |what: &str, scene: &PassedOver| {
        let fills = |(session, order): &(u32, Order)| {
            let diary = told.diaries.iter().find(|l| l.session == *session);
            let of = |f: &&Fill, l: &Diary| l.orders[f.order].venue_id == order.venue_id;
            let ids = diary.map(|l| l.fills.iter().filter(|f| of(f, l)).map(|f| f.trade).collect());
            ids.unwrap_or_else(BTreeSet::new)
        };
        if scene.passed.iter().any(|o| o.filled > 0 || o.end != Some(End::Cancelled(1))) {
            against.push(format!("{what}: one that was to be passed over ended {:?}", scene.passed));
        }
        if fills(&scene.resting).is_disjoint(&fills(&scene.taker)) {
            against.push(format!("{what}: the resting order did not trade with the next one"));
        }
    };
    look("same owner", &told.same_owner);
    look("holder cap", &told.at_cap.beyond);
    let whole = told.at_cap.admitted.iter().chain([&told.at_cap.successor]);
    against.extend(
        whole
            .filter(|o| o.end != Some(End::Filled))
            .map(|o| format!("order {} of a newcomer with a place ended {:?}", o.name.as_str(), o.end)),
    );
    let detail = "same owner 1, holder cap 2; 1 place handed over".into();
    Check::new("who may not trade with a resting order passes it over", detail, against)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::cast::HARBOR;

    fn trade(trade: u64, buyer: u32, seller: u32, units: u64) -> (Fill, Fill) {
        let price = Issue::of(HARBOR).price(10_000).mantissa();
        let side =
            |account, side| Fill { trade, order: 0, account, issue: HARBOR, side, price, units, time: 1 };
        (side(buyer, Side::Buy), side(seller, Side::Sell))
    }

    #[test]
    fn one_holder_too_many_is_noticed() {
        let two = [trade(1, 5, 12, 1), trade(2, 7, 12, 1)];
        assert_eq!(holders(&two, 1).failure, None);
        let three = [two[0], two[1], trade(3, 19, 12, 1)];
        assert_eq!(holders(&three, 1).failure.as_deref(), Some("trade 3: 13 holders of HARBOR"));
        // Who sells all it has makes room.
        let left = [two[0], two[1], trade(3, 25, super::super::cast::LEAVER, super::super::cast::WHOLE)];
        assert_eq!(holders(&left, 1).failure, None);
    }

    #[test]
    fn units_and_cash_that_are_not_there_are_noticed() {
        let stake = Issue::of(HARBOR).stake;
        assert_eq!(overdrawn(&[trade(1, 3, 12, 9)], 1), [""; 0]);
        assert!(overdrawn(&[trade(1, 3, 12, stake + 1)], 1)[0].contains("too much of Units(3)"));
        assert!(
            overdrawn(&[trade(1, super::super::cast::POOR, 12, 1)], 1)[0].contains("too much of Cash(1)")
        );
        // What a dealer buys it may sell.
        assert_eq!(overdrawn(&[trade(1, 3, 12, 9), trade(2, 5, 3, stake + 9)], 1), [""; 0]);
    }

    #[test]
    fn a_trade_told_to_one_side_only_is_half_a_trade() {
        let mut diary = Diary::new(1);
        diary.fills.push(trade(1, 5, 12, 1).0);
        assert!(matches!(trades(&[diary])[&1], (Some(_), None)));
    }
}
