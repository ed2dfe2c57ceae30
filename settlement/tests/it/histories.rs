//! Random histories of venue, bridge and ledger: whatever is traded, lost, frozen, withdrawn or refused, and whenever a
//! bridge is lost, every trade is decided once, both sides agree, and no unit and no cent appears or vanishes.

use crate::chance::until_seen;
use crate::common::world::{HORIZON, VENUE, hash, venue};
use crate::common::{PEOPLE, Rig, cuts, paying};
use quickcheck::{Arbitrary, Gen, QuickCheck};
use tallystick_engine::fees::Fees;
use tallystick_engine::rules::{Holders, Protocol, Rule};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_ledger::instruction::Operation;

/// What trading costs; an allocation allows too little for all of it now and then.
const FEES: Fees = Fees { maker: 1_000, taker: 3_000, auction: 2_000, least: Money(2) };
const MOST_FEE: Money = Money(400);

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// An order: by whom, which side, how many cents above 4.90, how many units.
    Order(u8, bool, u8, u8),
    /// An order for everything that somebody has: at a cap it hands its place over.
    SellAll(u8),
    Block,
    Turn,
    /// Submitted instructions are lost.
    Lose,
    /// The bridge is lost.
    Restart,
    /// The network can't be reached, or can again.
    Away(bool),
    Suspend(u8, bool),
    Freeze(u8, bool, bool),
    Withdraw(u8, bool),
    Allocate(u8, bool),
    /// An operator undoes one of the last trades, or corrects it.
    Undo(u8, bool),
    /// So many blocks without a turn.
    Sleep(u8),
    Amend(u8),
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        let person = u8::arbitrary(g) % PEOPLE as u8 + 1;
        let (yes, small) = (bool::arbitrary(g), u8::arbitrary(g));
        match u8::arbitrary(g) % 64 {
            0..31 => Step::Order(person, yes, u8::arbitrary(g) % 20, small % 50 + 1),
            31..34 => Step::Undo(small % 8, yes),
            34..36 => Step::SellAll(person),
            36..46 => Step::Block,
            46..54 => Step::Turn,
            54 => Step::Lose,
            55 => Step::Restart,
            56 => Step::Away(yes),
            57 => Step::Suspend(person, yes),
            58 => Step::Freeze(person, yes, bool::arbitrary(g)),
            59 => Step::Withdraw(person, yes),
            60..62 => Step::Allocate(person, yes),
            62 => Step::Sleep(small % (2 * HORIZON as u8)),
            _ => Step::Amend(small % 3),
        }
    }
}

fn cap(number: u8) -> Vec<Rule> {
    let mut rules = vec![Venue::anyone()];
    rules.extend(
        [Some(4), Some(5), None][usize::from(number)].map(|max| Rule::HolderCap(Holders::Beneficial, max)),
    );
    rules
}

/// How many trades there were, how many were busted, how many undone.
fn play(steps: &[Step]) -> Result<[u64; 3], String> {
    let rules = vec![Venue::anyone(), Rule::HolderCap(Holders::Beneficial, PEOPLE)];
    let mut rig = Rig::with_fees(rules, FEES, MOST_FEE);
    let (security, cash) = (Asset::Security(rig.security), Asset::Cash(rig.cash));
    let asset = |units: bool| if units { security } else { cash };
    for step in steps {
        match *step {
            Step::Order(person, buy, above, units) => {
                let side = if buy { Side::Buy } else { Side::Sell };
                rig.order(person.into(), side, 490 + i64::from(above), units.into());
            }
            Step::SellAll(person) => {
                let desk = rig.desk.lock().unwrap();
                let units = desk.venue.engine.position(InvestorId(person.into()), rig.security).units.0;
                drop(desk);
                rig.order(person.into(), Side::Sell, 490, units.max(1));
            }
            Step::Block => drop(rig.block()),
            Step::Turn => rig.turn(),
            Step::Lose => rig.network.lock().lose(),
            Step::Restart => rig.restart(),
            Step::Away(away) => rig.network.lock().unreachable = away,
            Step::Suspend(person, suspended) => {
                let investor = InvestorId(person.into());
                rig.network.lock().direct(Operation::Suspend { investor, suspended }, &["kyc"]);
            }
            Step::Freeze(person, units, frozen) => {
                let (account, asset, order) = (AccountId(person.into()), asset(units), hash(1));
                let signer = if units { "registrar" } else { "bank" };
                let freeze = Operation::Freeze { account, asset, frozen, order };
                rig.network.lock().direct(freeze, &[signer]);
            }
            Step::Withdraw(person, units) => {
                let (account, asset) = (AccountId(person.into()), asset(units));
                let withdraw = Operation::Withdraw { venue: venue(VENUE), account, asset };
                rig.network.lock().direct(withdraw, &["custodian"]);
            }
            Step::Allocate(person, units) => {
                let allocate = Operation::Allocate(paying(person.into(), asset(units), rig.cash, MOST_FEE));
                rig.network.lock().direct(allocate, &["custodian"]);
            }
            Step::Undo(before, correct) => {
                let mut desk = rig.desk.lock().unwrap();
                let last = desk.venue.engine.counts().trades;
                let price = correct.then_some(Price(495_000_000));
                // What can't be undone is refused, and nothing is changed then.
                let _ = desk.undo(TradeId(last.saturating_sub(before.into())), price);
            }
            Step::Sleep(blocks) => (0..blocks).for_each(|_| drop(rig.block())),
            Step::Amend(number) => {
                let amend =
                    Operation::Amend { security: rig.security, protocols: Protocol::own(cap(number)) };
                rig.network.lock().direct(amend, &["issuer", "registrar"]);
            }
        }
    }
    rig.network.lock().unreachable = false;
    let trades = rig.ends_well()?;
    let state = rig.desk.lock().unwrap().venue.engine.state();
    Ok([trades, state.busted, state.undone.len() as u64])
}

#[derive(Clone, Debug)]
struct History(Vec<Step>);

impl Arbitrary for History {
    fn arbitrary(g: &mut Gen) -> History {
        History((0..200).map(|_| Step::arbitrary(g)).collect())
    }
    fn shrink(&self) -> Box<dyn Iterator<Item = History>> {
        Box::new(cuts(self.0.clone()).map(History))
    }
}

#[test]
fn every_trade_is_decided_once_both_sides_agree_and_nothing_appears_or_vanishes() {
    thread_local! {
        static SEEN: std::cell::Cell<[u64; 4]> = const { std::cell::Cell::new([0; 4]) };
    }
    fn holds(history: History) -> quickcheck::TestResult {
        match std::panic::catch_unwind(|| play(&history.0)) {
            Ok(Ok([trades, busts, undone])) => {
                let counts = [1, trades, busts, undone];
                SEEN.with(|seen| seen.set(std::array::from_fn(|n| seen.get()[n] + counts[n])));
                quickcheck::TestResult::passed()
            }
            Ok(Err(error)) => quickcheck::TestResult::error(error),
            Err(_) => quickcheck::TestResult::failed(),
        }
    }
    until_seen(60, |cases| {
        QuickCheck::new().tests(cases).quickcheck(holds as fn(History) -> quickcheck::TestResult);
        let [histories, trades, busts, undone] = SEEN.get();
        println!("{trades} trades, {busts} of them busted, {undone} undone");
        [
            ("twenty trades a history", trades > 20 * histories),
            ("busts", busts > 0),
            ("a trade a history that was undone", undone > histories),
        ]
    });
}
