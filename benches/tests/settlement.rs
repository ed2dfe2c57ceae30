//! What is measured of settlement can be measured, on a small scale: every transfer is carried out, every kind of proof
//! is built and verified.

use tallystick_benches::settle::population::{Population, add, all_done};
use tallystick_benches::settle::{self, Amount, Place, finality, proofs, text, work};

fn few() -> Amount {
    Amount {
        holders: vec![10, 40],
        finality: finality::Amount { rounds: 1, sizes: vec![1, 16], batches: 4, transfers: 40 },
        work: work::Amount { rounds: 2, sizes: vec![8], transfers: 16 },
        proofs: proofs::Amount { rounds: 2, each: 3, block: 20 },
    }
}

#[test]
fn settlement_is_measured_with_every_transfer_carried_out_and_every_proof_verified() {
    let scratch = tempfile::tempdir().expect("a folder");
    let amount = few();
    let results = settle::measure(&amount, scratch.path(), None).expect("a measurement");
    assert_eq!(results.made.iter().map(|made| made.holders).collect::<Vec<_>>(), amount.holders);
    assert_eq!(results.finality.iter().map(|batches| batches.size).collect::<Vec<_>>(), [1, 16]);
    for batches in &results.finality {
        assert!(batches.alone.per_second > 0.0 && batches.loaded.per_second > 0.0);
    }
    assert!(results.work.iter().all(|work| work.costs.len() == 2 && work.ratio.is_some()));
    let kinds: Vec<&str> = results.proofs.iter().map(|proofs| proofs.kind).collect();
    assert_eq!(kinds, ["balance", "transfer", "refusal", "owning nothing", "undecided"]);
    for proofs in &results.proofs {
        assert!(
            proofs.of.iter().all(|of| of.bytes > 0.0 && of.most_bytes as f64 >= of.bytes),
            "{}",
            proofs.kind
        );
    }
    let mut written = String::new();
    text::write(&amount, &results, &mut written).expect("writing to memory does not fail");
    println!("{written}");
    let aims = text::aims(&amount, &results);
    assert!(aims.iter().all(|aim| aim.found.is_none()), "forty holders are not those of the aims: {aims:?}");
}

#[test]
fn the_same_population_and_the_same_trades_lead_to_the_same_state() {
    let state = || {
        let folder = tempfile::tempdir().expect("a folder");
        let population = Population::of(30, folder.path()).expect("a population");
        let mut place = Place::of(&population, folder.path()).expect("a copy of it");
        for size in [1, 7, 40] {
            let batch = place.trades.batch(&population.world, &place.chain.head(), size);
            let receipts = add(&mut place.chain, &population.world, vec![batch]).expect("a block");
            all_done(&receipts, size).expect("every transfer is carried out");
        }
        place.chain.verify_store().expect("a store in order");
        place.chain.head()
    };
    let (first, second) = (state(), state());
    println!("after {} blocks: state {}, header {}", first.height, first.state, first.hash);
    assert_eq!(first, second);
}

#[test]
fn a_population_that_is_kept_is_taken_again_and_stays_as_it_was() {
    let [kept, scratch] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let made = Population::of(12, kept.path()).expect("a population").made;
    let mut results = Vec::new();
    for _ in 0..2 {
        let again = Population::of(12, kept.path()).expect("the same population");
        assert_eq!((again.made.height, again.made.seconds), (made.height, 0.0));
        let mut place = Place::of(&again, scratch.path()).expect("a copy of it");
        let batch = place.trades.batch(&again.world, &place.chain.head(), 5);
        results.push(add(&mut place.chain, &again.world, vec![batch]).expect("a block"));
    }
    assert_eq!(results[0], results[1], "what is measured on a copy is not seen by the next");
}
