//! Random histories of two venues on one ledger: whatever is ordered, lost, suspended, withdrawn or changed, nobody comes to own
//! or sell what the rules forbid, nothing is promised twice, and no trade is refused because another venue has taken what was
//! leased for it.

use super::recount::Recount;
use super::{NAMES, Pair};
use crate::chance::until_seen;
use crate::common::allocation;
use crate::common::cuts;
use crate::common::world::{self, HORIZON, SECOND, hash, venue};
use quickcheck::{Arbitrary, Gen, QuickCheck};
use tallystick_engine::event::Event;
use tallystick_engine::news::BustReason;
use tallystick_engine::rules::{
    Calendar, Condition, Disclosure, Holders, Most, Period, PersonTest, Protocol, Rule, Scope, SecurityTest,
    Topic, Window,
};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_ledger::instruction::{Allocate, ClaimValue, Operation};

/// How many people there are, and how many of them have units to begin with.
const PEOPLE: u32 = 8;
const OWNERS: u32 = 4;

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// An order: at which venue, by whom, which side, how many cents above 4.90, how many units.
    Order(u8, u8, bool, u8, u8),
    /// An order for everything that somebody has: at a cap it hands its place over.
    SellAll(u8, u8),
    Block,
    Turn(u8),
    /// Submitted instructions are lost.
    Lose,
    /// A bridge is lost.
    Restart(u8),
    /// The network can't be reached, or can again.
    Away(bool),
    Suspend(u8, bool),
    /// A claim that some rules ask for is made, or revoked.
    Accredit(u8, bool),
    Withdraw(u8, u8, bool),
    Allocate(u8, u8, bool),
    /// So many blocks without a turn.
    Sleep(u8),
    /// Half a day passes.
    Noon,
    Amend(u8),
    Blackout(bool),
    /// A court moves units.
    Force(u8, u8, u8),
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        let person = |g: &mut Gen| u8::arbitrary(g) % PEOPLE as u8 + 1;
        let (one, other, at) = (person(g), person(g), u8::arbitrary(g) % 2);
        let (yes, small) = (bool::arbitrary(g), u8::arbitrary(g));
        match u8::arbitrary(g) % 64 {
            0..32 => Step::Order(at, one, yes, u8::arbitrary(g) % 20, small % 60 + 1),
            32..34 => Step::SellAll(at, one),
            34..42 => Step::Block,
            42..52 => Step::Turn(at),
            52 => Step::Lose,
            53 => Step::Restart(at),
            54 => Step::Away(small % 4 == 0),
            55 => Step::Suspend(one, small % 4 == 0),
            56 => Step::Accredit(one, small % 4 > 0),
            57 => Step::Withdraw(at, one, yes),
            58 | 59 => Step::Allocate(at, one, yes),
            60 => Step::Sleep(small % (2 * HORIZON as u8)),
            61 => Step::Noon,
            62 if yes => Step::Amend(small % 5),
            62 => Step::Blackout(small % 4 == 0),
            _ => Step::Force(one, other, small),
        }
    }
}

/// Rules that limit what two venues share, of 4,000 units.
fn rules(number: u8) -> Vec<Rule> {
    let mut rules = vec![Venue::anyone()];
    rules.extend(match number {
        0 => vec![
            Rule::HolderCap(Holders::Beneficial, 6),
            Rule::Owned(Scope::Owner, Most::Units(Units(1_200))),
        ],
        1 => vec![Rule::HolderCap(Holders::Beneficial, 7), Rule::Owned(Scope::Group, Most::Bps(5_500))],
        2 => {
            let window = Window::Calendar(Calendar::Day);
            let velocity = Rule::Velocity { window, most: Most::Units(Units(150)) };
            vec![Rule::HolderCap(Holders::Record, 6), velocity]
        }
        3 => {
            let sold = Rule::Sold { within: Period::days(1), bps: 500, or_weekly_volume: false };
            vec![Rule::BenefitPlans(500), sold]
        }
        _ => {
            let quiet = Condition::not(Condition::Security(SecurityTest::Blackout));
            let accredited = Condition::buyer(PersonTest::Holds(Topic::Accredited));
            vec![Rule::Require(quiet), Rule::Require(accredited), Rule::HolderCap(Holders::LookThrough, 7)]
        }
    });
    rules
}

/// What of a person belongs to benefit plans, in hundredths of a per cent.
fn plans(person: u32) -> u64 {
    [0, 0, 0, 0, 0, 0, 5_000, 10_000][person as usize - 1]
}

/// Who stands for a person's group.
fn group(person: u32) -> u32 {
    if person == 3 { 2 } else { person }
}

fn market() -> Pair {
    let everybody: Vec<u32> = (1..=PEOPLE).collect();
    let mut pair = Pair::new(PEOPLE, OWNERS, &everybody, rules(0));
    let mut net = pair.network.lock();
    for person in 1..=PEOPLE {
        let mut claim = |value| {
            let claim = world::claim(value);
            net.direct(Operation::Attest { investor: InvestorId(person), claim }, &["kyc"]);
        };
        if plans(person) > 0 {
            claim(ClaimValue::BenefitPlan(plans(person) as u16));
        }
        if group(person) != person {
            claim(ClaimValue::Group(InvestorId(group(person))));
        }
    }
    drop(net);
    // Who is in a group counts so once its stake changes: a unit comes and goes.
    let (security, order) = (pair.security, hash(3));
    for (from, to) in [(3, 4), (4, 3)] {
        let lots = vec![(LotId(1), Units(1))];
        let force = Operation::Force { security, from: AccountId(from), to: AccountId(to), lots, order };
        pair.network.lock().direct(force, &["registrar"]);
    }
    for _ in 0..2 {
        pair.block();
        pair.turn();
    }
    pair.blocks.clear();
    pair
}

/// How many trades there were, and how many of them were busted.
fn play(steps: &[Step], courts: bool) -> Result<[u64; 2], String> {
    let mut pair = market();
    let network = pair.network.clone();
    let (security, cash) = (Asset::Security(pair.security), Asset::Cash(pair.cash));
    let asset = |units: bool| if units { security } else { cash };
    for step in steps {
        match *step {
            Step::Order(at, person, buy, above, units) => {
                let side = if buy { Side::Buy } else { Side::Sell };
                pair.floors[usize::from(at)].order(person.into(), side, 490 + i64::from(above), units.into());
            }
            Step::SellAll(at, person) => {
                let floor = &pair.floors[usize::from(at)];
                let owner = InvestorId(person.into());
                let units = floor.desk.lock().unwrap().venue.engine.position(owner, pair.security).units.0;
                floor.order(person.into(), Side::Sell, 490, units.max(1));
            }
            Step::Block => drop(pair.block()),
            Step::Turn(at) => pair.floors[usize::from(at)].turn(),
            Step::Lose => network.lock().lose(),
            Step::Restart(at) => pair.floors[usize::from(at)].restart(&network),
            Step::Away(away) => network.lock().unreachable = away,
            Step::Suspend(person, suspended) => {
                let investor = InvestorId(person.into());
                network.lock().direct(Operation::Suspend { investor, suspended }, &["kyc"]);
            }
            Step::Accredit(person, accredited) => {
                let investor = InvestorId(person.into());
                let operation = match accredited {
                    true => Operation::Attest { investor, claim: world::claim(ClaimValue::Accredited) },
                    false => Operation::Revoke { investor, topic: Topic::Accredited },
                };
                network.lock().direct(operation, &["kyc"]);
            }
            Step::Withdraw(at, person, units) => {
                let (account, asset) = (AccountId(person.into()), asset(units));
                let withdraw = Operation::Withdraw { venue: venue(NAMES[usize::from(at)]), account, asset };
                network.lock().direct(withdraw, &["custodian"]);
            }
            Step::Allocate(at, person, units) => {
                let venue = venue(NAMES[usize::from(at)]);
                let allocate = Allocate { venue, ..allocation(person.into(), asset(units)) };
                network.lock().direct(Operation::Allocate(allocate), &["custodian"]);
            }
            Step::Sleep(blocks) => (0..blocks).for_each(|_| drop(pair.block())),
            Step::Noon => drop(pair.block_after(43_200 * SECOND)),
            Step::Amend(number) => {
                let amend =
                    Operation::Amend { security: pair.security, protocols: Protocol::own(rules(number)) };
                network.lock().direct(amend, &["issuer", "registrar"]);
            }
            Step::Blackout(on) => {
                let blackout = if on { (Time::NEVER, Time::FOREVER) } else { (Time::NEVER, Time::NEVER) };
                let disclosure = Disclosure { blackout, ..Disclosure::default() };
                let disclose = Operation::Disclose { security: pair.security, disclosure };
                network.lock().direct(disclose, &["issuer", "registrar"]);
            }
            Step::Force(from, to, units) if courts => {
                let (from, to) = (AccountId(from.into()), AccountId(to.into()));
                let lots = vec![(LotId(1), Units(units.into()))];
                let force = Operation::Force { security: pair.security, from, to, lots, order: hash(1) };
                network.lock().direct(force, &["registrar"]);
            }
            Step::Force(..) => {}
        }
    }
    network.lock().unreachable = false;
    let ends = pair.ends_well()?;
    recounted(&pair)?;
    if !courts {
        nothing_was_taken(&pair)?;
    }
    Ok(ends)
}

/// What the blocks say is what the ledger has, and nothing in them was forbidden.
fn recounted(pair: &Pair) -> Result<(), String> {
    let mut recount = Recount::new(OWNERS, rules(0), plans, group);
    for (submissions, receipts) in &pair.blocks {
        recount.block(submissions, receipts)?;
    }
    let there = pair.units();
    if *recount.units() != there {
        return Err(format!("the blocks come to {:?}, and the ledger has {there:?}", recount.units()));
    }
    Ok(())
}

/// No trade was refused for want of what the rules limit, nor for want of units or cash.
fn nothing_was_taken(pair: &Pair) -> Result<(), String> {
    for (floor, name) in pair.floors.iter().zip(NAMES) {
        let desk = floor.desk.lock().unwrap();
        for (trade, event) in &desk.decided {
            if let Event::Busted { reason: BustReason::Refused { number, text }, .. } = event
                // It came too late, or was pinned too long ago.
                && ![2, 25].contains(number)
                && !text.contains("suspended")
            {
                return Err(format!("trade {trade} of {name} was refused: {text}"));
            }
        }
    }
    Ok(())
}

#[derive(Clone, Debug)]
struct History(Vec<Step>);

impl Arbitrary for History {
    fn arbitrary(g: &mut Gen) -> History {
        History((0..250).map(|_| Step::arbitrary(g)).collect())
    }
    fn shrink(&self) -> Box<dyn Iterator<Item = History>> {
        Box::new(cuts(self.0.clone()).map(History))
    }
}

thread_local! {
    static SEEN: std::cell::Cell<[u64; 3]> = const { std::cell::Cell::new([0; 3]) };
}

fn holds(history: &History, courts: bool) -> quickcheck::TestResult {
    match std::panic::catch_unwind(|| play(&history.0, courts)) {
        Ok(Ok([trades, busts])) => {
            let counts = [1, trades, busts];
            SEEN.with(|seen| seen.set(std::array::from_fn(|n| seen.get()[n] + counts[n])));
            quickcheck::TestResult::passed()
        }
        Ok(Err(error)) => quickcheck::TestResult::error(error),
        Err(_) => quickcheck::TestResult::failed(),
    }
}

fn histories(usual: u64) {
    fn undisturbed(history: History) -> quickcheck::TestResult {
        holds(&history, false)
    }
    fn disturbed(history: History) -> quickcheck::TestResult {
        holds(&history, true)
    }
    until_seen(usual, |cases| {
        for check in [undisturbed, disturbed] {
            QuickCheck::new().tests(cases).quickcheck(check as fn(History) -> quickcheck::TestResult);
        }
        let [histories, trades, busts] = SEEN.get();
        println!("{trades} trades, {busts} of them busted");
        [("ten trades a history", trades > 10 * histories), ("busts", busts > 0)]
    });
}

#[test]
fn two_venues_promise_nothing_twice_and_nobody_comes_to_own_what_rules_forbid() {
    histories(15);
}

#[test]
#[ignore = "takes some minutes"]
fn two_venues_promise_nothing_twice_in_many_histories() {
    histories(400);
}
