//! Random histories over everything that can be asked, right, nearly right and wrong: nothing is made or lost but by
//! issuance, nothing is promised twice, and all sums are what a recount finds.

mod history;
mod tally;

use crate::common::Market;
use crate::common::*;
use history::{History, Step};
use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::collections::{BTreeMap, BTreeSet};
use tally::Tally;
use tallystick_ledger::audit::{Totals, audit};
use tallystick_ledger::execute::{At, execute, instruction_ids};
use tallystick_ledger::instruction::*;
use tallystick_ledger::keys::Signature;
use tallystick_ledger::names::{Asset, Height};
use tallystick_ledger::receipt::{Done, Outcome, Receipt};
use tallystick_ledger::state::{Decided, Key, Locked, Record};
use tallystick_rules::*;

/// One receipt an instruction, in order.
fn check_receipts(submissions: &[Submission], receipts: &[Receipt], head: At) {
    let ids: Vec<_> = submissions.iter().flat_map(instruction_ids).collect();
    assert_eq!(receipts.iter().map(|receipt| receipt.id).collect::<Vec<_>>(), ids);
    let placed = |(i, receipt): (usize, &Receipt)| (receipt.index, receipt.height) == (i as u32, head.height);
    assert!(receipts.iter().enumerate().all(placed));
}

fn audited(world: &World) -> Totals {
    audit(world.state.0.iter().map(|(key, record)| (*key, record.clone()))).expect("a state in order")
}

/// Carries the same submissions out again in blocks of other sizes. Not the same is done, since heights and times are
/// others; but whatever is done is in order.
fn in_other_blocks(history: &History, most: usize) {
    let mut world = History::new().market.world;
    let mut tally = History::new().tally;
    let all: Vec<Submission> =
        history.market.world.blocks.iter().flat_map(|(_, submissions)| submissions.clone()).collect();
    for submissions in all.chunks(most) {
        let before = world.state.clone();
        let receipts = world.run(submissions.to_vec());
        tally.count(submissions, &receipts);
        tally.compare(&audited(&world));
        if let [Receipt { outcome: Outcome::Refused(_), .. }] = receipts[..] {
            refused_changes_nothing(before, &world, submissions, &receipts[0]);
        }
    }
}

/// The state after a block with one refused instruction is that after an empty one, but for the decision.
fn refused_changes_nothing(before: Memory, after: &World, submissions: &[Submission], receipt: &Receipt) {
    let mut idle = before;
    idle.apply(execute(&idle, &after.genesis, after.chain, after.head, &[]).changes);
    let key = match &submissions[0] {
        Submission::Direct(signed) => Key::Direct(signed.instruction.id()),
        Submission::Batch(batch) => {
            Key::Trade(batch.venue, batch.shard, batch.journal_epoch, batch.transfers[0].trade)
        }
    };
    let Receipt { id, height, index, .. } = *receipt;
    let decided = Record::Decided(Decided { id, height, index, done: false });
    if after.state.0.get(&key) == Some(&decided) {
        idle.0.insert(key, decided);
    }
    assert_eq!(after.state, idle);
}

#[test]
fn whatever_is_asked_in_whatever_order_the_state_stays_in_order() {
    fn stays_in_order(steps: Vec<Step>) -> bool {
        let history = History::run(&steps);
        in_other_blocks(&history, 1);
        in_other_blocks(&history, 7);
        true
    }
    let check = stays_in_order as fn(Vec<Step>) -> bool;
    QuickCheck::new().rng(Gen::new(150)).tests(150).quickcheck(check);
}

#[test]
fn the_same_blocks_lead_to_the_same_receipts_and_the_same_state() {
    fn leads_to_the_same(steps: Vec<Step>) -> bool {
        let history = History::run(&steps);
        let mut world = History::new().market.world;
        for (time, submissions) in &history.market.world.blocks {
            let at = At { height: world.head.height.next(), time: *time };
            let [one, other] =
                [(); 2].map(|()| execute(&world.state, &world.genesis, world.chain, at, submissions));
            assert_eq!(one, other);
            world.state.apply(one.changes);
            world.head = at;
        }
        world.state == history.market.world.state
    }
    let check = leads_to_the_same as fn(Vec<Step>) -> bool;
    QuickCheck::new().rng(Gen::new(100)).tests(30).quickcheck(check);
}

/// The histories are worth something: in a long one everything is done, and nearly everything refused.
#[test]
fn a_long_history_does_everything_and_refuses_almost_everything() {
    let mut seed = 0x5eed_u64;
    println!("seed {seed:#x}");
    let mut number = || {
        // splitmix64
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 32) as u16
    };
    let step = |_| Step { kind: number() as u8, a: number(), b: number(), c: number(), d: number() };
    let steps: Vec<Step> = (0..9_000).map(step).collect();
    let Tally { done, refused, counted, .. } = History::run(&steps).tally;
    println!("done {done:?}, refused {refused:?}, counted {counted:?}");
    assert_eq!(counted.len(), 9, "{counted:?}");
    assert_eq!(done.len(), 21, "{done:?}");
    assert!(done["transfer"] > 30, "{done:?}");
    let all = (1..=11).chain(20..=32);
    let missing: Vec<u8> = all.filter(|number| !refused.contains_key(number)).collect();
    // It has too few days for a holding to have too many lots.
    assert_eq!(missing, [10], "refused were {refused:?}");
}
