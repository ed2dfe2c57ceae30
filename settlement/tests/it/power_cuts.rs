//! Venue and network lose their power at random moments, together: of the venue's journal, of the ledgers' stores and of
//! the validators' log of votes whatever was not synced is kept, lost or torn. Every trade is decided once all the same, what was told stays, both sides agree,
//! and no unit and no cent appears or vanishes.

use crate::common::ledgers::{Alone, Ledger, Voting};
use crate::common::world::START;
use crate::common::{PEOPLE, Rig};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_journal::sim::SimStorage;
use tallystick_ledger::instruction::Operation;
use tallystick_ledger::testing::SplitMix;

const CUTS: u32 = 4;

/// A life of [`CUTS`] cuts; how many trades were decided in it.
fn life(seed: u64, hasty: bool, ledger: Box<dyn Ledger>) -> Result<u64, String> {
    let mut random = SplitMix(seed);
    let mut disk = SimStorage::new();
    let mut rig = Rig::with_journal(vec![Venue::anyone()], Some(&disk), hasty, ledger);
    rig.desk.lock().unwrap().sync();
    for _ in 0..CUTS {
        for _ in 0..30 + random.next() % 90 {
            let (person, price) = (1 + (random.next() % u64::from(PEOPLE)) as u32, 495 + random.next() % 10);
            match random.next() % 17 {
                0..9 => {
                    let side = if random.next().is_multiple_of(2) { Side::Buy } else { Side::Sell };
                    rig.order(person, side, price as i64, 1 + random.next() % 30);
                }
                9..11 => rig.desk.lock().unwrap().sync(),
                11..13 => drop(rig.block()),
                13 => {
                    let suspended = random.next().is_multiple_of(2);
                    let suspend = Operation::Suspend { investor: InvestorId(person), suspended };
                    rig.network.lock().direct(suspend, &["kyc"]);
                }
                14 => rig.network.lock().ledger.trouble(random.next()),
                _ => rig.bridge.turn(std::time::Duration::ZERO).map_err(|error| error.to_string())?,
            }
        }
        disk = rig.cut(&disk, random.next())?;
    }
    rig.ends_well()
}

fn lives(seeds: std::ops::Range<u64>, ledger: impl Fn() -> Box<dyn Ledger>) {
    let mut trades = 0;
    for seed in seeds.clone() {
        trades += life(seed, false, ledger()).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
    println!("lives {seeds:?} of {CUTS} power cuts each, {trades} trades decided");
    assert!(trades > 10 * (seeds.end - seeds.start));
}

#[test]
fn every_trade_is_decided_once_whatever_the_disks_keep() {
    lives(0..20, || Box::new(Alone::new()));
}

#[test]
#[ignore = "takes minutes"]
fn every_trade_is_decided_once_whatever_the_disks_keep_in_many_lives() {
    lives(20..300, || Box::new(Alone::new()));
    lives(10..150, || Box::new(Voting::new(START)));
}

/// Validators stop and come back too, one or two at a time, and the power goes in the midst of their writes.
#[test]
fn every_trade_is_decided_once_whatever_the_disks_of_venue_and_validators_keep() {
    lives(0..10, || Box::new(Voting::new(START)));
}

#[test]
fn a_venue_that_hands_trades_over_before_they_are_durable_is_found_out() {
    const LIVES: u64 = 20;
    // Whether a life ends in an error or in a panic of the rig is all one here. What other tests say is heard.
    let (here, said) = (std::thread::current().id(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() != here {
            said(panic);
        }
    }));
    let ends = |seed| std::panic::catch_unwind(|| life(seed, true, Box::new(Alone::new())));
    let caught = (0..LIVES).filter(|&seed| ends(seed).map_or(true, |end| end.is_err())).count() as u64;
    drop(std::panic::take_hook());
    println!("{caught} of {LIVES} lives were found out");
    assert!(caught > LIVES / 2, "a test that passes without durability proves nothing: {caught} of {LIVES}");
}
