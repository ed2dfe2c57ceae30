//! The set pieces: moments of the day that are arranged so that one rule shows. Those of the ledger are in
//! [`super::settling`].

use super::broker::{Until, refused};
use super::cast::{self, EUPILOT, HARBOR, ISSUES, Issue, LEAVER, RIVERCO, SEATS, TWIN_FR, WHOLE};
use super::chance::Chance;
use super::flow::plan;
use super::orders::{End, Order, Plan};
use super::plain;
use super::stage::{Stage, now_ns};
use crate::cli::Failure;
use std::time::Duration;
use tallystick_client::{OrdType, Side, TimeInForce};
use tallystick_engine::phase::Phase;

/// How many ways to break a rule the scenes add to those of [`super::wrongs`].
pub const WAYS: usize = 8;

/// A resting order, one that was to pass it over, and one that then took from it.
#[derive(Clone, Debug)]
pub struct PassedOver {
    /// The session and the resting order.
    pub resting: (u32, Order),
    /// Those that could not trade with it.
    pub passed: Vec<Order>,
    /// The session and the order that could.
    pub taker: (u32, Order),
}

/// The fund at its cap.
#[derive(Clone, Debug)]
pub struct AtCap {
    /// Newcomers for whom there was room.
    pub admitted: Vec<Order>,
    /// Newcomers beyond the cap, and a holder after them.
    pub beyond: PassedOver,
    /// The newcomer who took the place of one who left whole.
    pub successor: Order,
}

/// A security that was halted: which, and from when until when.
pub type Halt = (u32, u64, u64);

/// An order before the day has begun.
pub fn before_the_day(stage: &Stage) -> Result<(), Failure> {
    let order = resting(7, RIVERCO, Side::Buy, 0, 1);
    stage.place(22, refused(order, "security closed", 2, None), Until::Over)?;
    Ok(())
}

/// Orders on both sides of every security, and one that has to wait for continuous trading.
pub fn gather(stage: &Stage, chance: &mut Chance, rounds: usize) -> Result<(), Failure> {
    let mut answers = Vec::new();
    for _ in 0..rounds {
        for (seat, issue) in SEATS.iter().flat_map(|seat| ISSUES.iter().map(move |issue| (seat, issue))) {
            let spread = (issue.reference / 400).max(2);
            let sellers = plain::sellers(issue.id, seat.firm);
            let mut buyers = plain::buyers(issue.id, seat.firm);
            // The fund's last places are for a scene of their own.
            buyers.retain(|a| plain::cap(issue.id).is_none() || issue.holders.contains(&a.owner));
            for (side, accounts) in [(Side::Buy, buyers), (Side::Sell, sellers)] {
                let Some(account) = chance.one(&accounts) else { continue };
                let ticks = issue.reference + chance.within(-spread, spread);
                let size = (1 + chance.below(issue.size)) * issue.lot;
                let order = plan(account.id, issue, side, ticks, size);
                answers.push(stage.send(seat.session, order, Until::Answered));
            }
        }
    }
    answers.iter().try_for_each(|answer| stage.await_order(answer).map(drop))?;
    let market = Plan { ord_type: OrdType::Market, price: None, ..resting(7, RIVERCO, Side::Buy, 0, 1) };
    stage.place(22, refused(market, "market order in an auction", 11, None), Until::Over)?;
    Ok(())
}

/// One owner with accounts at two firms sells with one hand and buys with the other.
pub fn same_owner(stage: &Stage) -> Result<PassedOver, Failure> {
    let [one, other] = [2, 3].map(|firm| cast::account(TWIN_FR, firm));
    // Cheaper than whatever the auctions left, and more than they left to buy.
    let sell = stage.place(22, resting(one, RIVERCO, Side::Sell, -6, 10_000), Until::Answered)?;
    let buy = stage.place(31, taking(other, RIVERCO, Side::Buy, -6, 10), Until::Over)?;
    let third = stage.place(41, taking(17, RIVERCO, Side::Buy, -6, 10), Until::Over)?;
    Ok(PassedOver { resting: (22, sell), passed: vec![buy], taker: (41, third) })
}

/// The fund fills up; who comes too late gets nothing; who leaves whole hands over a place.
pub fn at_the_cap(stage: &Stage) -> Result<AtCap, Failure> {
    let sell = stage.place(31, resting(12, HARBOR, Side::Sell, -40, 200), Until::Answered)?;
    let buy =
        |session, account| stage.place(session, taking(account, HARBOR, Side::Buy, -40, 2), Until::Over);
    let admitted = vec![buy(12, 5)?, buy(22, 7)?];
    let passed = vec![buy(41, 19)?, buy(61, 31)?];
    let holder = buy(41, 17)?;
    // So high that nobody else buys there.
    stage.place(51, resting(LEAVER, HARBOR, Side::Sell, 200, WHOLE), Until::Answered)?;
    let whole = taking(25, HARBOR, Side::Buy, 200, WHOLE);
    let successor = stage.place(51, Plan { time_in_force: TimeInForce::FillOrKill, ..whole }, Until::Over)?;
    let beyond = PassedOver { resting: (31, sell), passed, taker: (41, holder) };
    Ok(AtCap { admitted, beyond, successor })
}

/// Trading in one security stops and reopens through an auction, while everybody goes on.
pub fn halt(stage: &mut Stage) -> Result<Halt, Failure> {
    let from = now_ns();
    stage.phase(EUPILOT, Phase::Halted)?;
    let order = resting(7, EUPILOT, Side::Buy, 0, 1);
    stage.place(22, refused(order, "security halted", 201, None), Until::Over)?;
    stage.pause(Duration::from_millis(150))?;
    stage.phase(EUPILOT, Phase::ReopeningAuction)?;
    stage.pause(Duration::from_millis(150))?;
    stage.phase(EUPILOT, Phase::Continuous)?;
    Ok((EUPILOT, from, now_ns()))
}

/// Every broker sends a handful of orders at once, some of which trade. Returns while they are under way.
pub fn burst(stage: &Stage, chance: &mut Chance) -> Result<(), Failure> {
    const HANDFUL: u64 = 10;
    let sent = || stage.shared.counts()[0];
    let (before, mut asked) = (sent(), 0);
    for seat in SEATS.iter().filter(|seat| !seat.makes) {
        let Some(account) = plain::buyers(RIVERCO, seat.firm).into_iter().next() else { continue };
        for n in 0..HANDFUL {
            let order = match n % 2 {
                0 => resting(account.id, RIVERCO, Side::Buy, -chance.within(10, 40), 10),
                _ => taking(account.id, RIVERCO, Side::Buy, chance.within(30, 60), 2),
            };
            drop(stage.send(seat.session, order, Until::Answered));
            asked += 1;
        }
    }
    // Half of them are sent by then; of these most are not answered yet.
    for _ in 0..200 {
        if sent() >= before + asked / 2 {
            break;
        }
        stage.pause(Duration::from_micros(200))?;
    }
    Ok(())
}

/// A name that was used before the venue was killed is used again after it.
pub fn name_from_before(stage: &Stage, session: u32, before: &Order) -> Result<bool, Failure> {
    let again = refused(before.plan, "ClOrdID used before the crash", 6, None);
    let order = stage.place_again(session, again, before.name)?;
    Ok(order.end == Some(End::Rejected(6, None)))
}

/// An order for the day, so many ticks from the reference price.
pub fn resting(account: u32, issue: u32, side: Side, away: i64, quantity: u64) -> Plan {
    let issue = Issue::of(issue);
    plan(account, issue, side, issue.reference + away, quantity)
}

/// An order that takes what there is at once.
pub fn taking(account: u32, issue: u32, side: Side, away: i64, quantity: u64) -> Plan {
    Plan { time_in_force: TimeInForce::ImmediateOrCancel, ..resting(account, issue, side, away, quantity) }
}
