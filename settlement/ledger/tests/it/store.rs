//! The store: what is kept, what is refused, and that a stop at any point leaves it at one height or the next.

use crate::common::certified::certificate;
use crate::common::*;
use tallystick_ledger::StoreError;
use tallystick_ledger::chain::{BadBlock, Chain, Executed, MOST_INSTRUCTIONS};
use tallystick_ledger::execute::genesis_changes;
use tallystick_ledger::genesis::Genesis;
use tallystick_ledger::header::{Certificate, CertificateError, VoteType, vote_hash};
use tallystick_ledger::instruction::{Operation, Submission};
use tallystick_ledger::names::{Hash, Height};
use tallystick_ledger::reader::Kind;
use tallystick_ledger::state::{Key, Record, View};
use tallystick_ledger::testing::{SimDisk, SplitMix};
use tallystick_rules::Time;

fn certify(executed: &Executed) -> Certificate {
    certificate(executed, 0, &[0, 1, 3])
}

fn add(chain: &mut Chain, time: Time, submissions: Vec<Submission>) -> Result<(), StoreError> {
    let executed = chain.propose(time, submissions);
    let certificate = certify(&executed);
    chain.commit(&executed, &certificate)
}

/// Blocks with a bit of everything: registrations, issuance, allocations, trades, refusals, withdrawals, and empty
/// ones in which allocations end.
fn history() -> World {
    let mut market = Market::new();
    let (one, two, three) = (market.transfer(), market.transfer(), market.transfer());
    let batch = market.batch(vec![one.clone(), two]);
    market.world.run(vec![batch]);
    let batch = market.batch(vec![one, three]);
    market.world.run(vec![batch]);
    let withdraw = Operation::Withdraw { venue: venue(VENUE), account: ANN, asset: market.units() };
    market.world.ask(withdraw, &["ann"]);
    market.world.pass(HORIZON + 2);
    market.world
}

fn open(disk: &SimDisk, genesis: &Genesis) -> Result<Chain, StoreError> {
    Chain::open_on(disk.clone(), "the test's disk", genesis)
}

#[test]
fn a_replay_into_an_empty_store_and_a_reopened_store_have_the_same_root_and_records() {
    let world = history();
    let (disk, other) = (SimDisk::new(), SimDisk::new());
    let mut chain = open(&disk, &world.genesis).unwrap();
    for (time, submissions) in &world.blocks {
        add(&mut chain, *time, submissions.clone()).unwrap();
    }
    let head = chain.head();
    assert_eq!(head.height, world.head.height);
    let checked = chain.verify_store().unwrap();
    assert!(checked.leaves > 0 && checked.records > checked.leaves);
    drop(chain);
    let chain = open(&disk, &world.genesis).unwrap();
    assert_eq!(chain.head(), head);
    assert_eq!(chain.verify_store().unwrap(), checked);

    // The records are those of the state machine run in memory.
    let snapshot = chain.reader().snapshot();
    let records: Vec<(Key, Record)> = Kind::ALL.iter().flat_map(|kind| snapshot.records(*kind)).collect();
    let expected: Vec<(Key, Record)> = world.state.0.clone().into_iter().collect();
    assert_eq!(records, expected);

    let mut replayed = open(&other, &world.genesis).unwrap();
    for height in (1..=head.height.0).map(Height) {
        let certified = snapshot.certified(height).unwrap();
        let executed = replayed.check(&certified.block, certified.block.header.time).unwrap();
        assert_eq!(Some(executed.receipts()), snapshot.receipts(height).as_deref());
        replayed.commit(&executed, &certified.certificate).unwrap();
        // Every key that changed is there, or gone, and nothing else has changed.
        assert!(replayed.reader().snapshot().changed(height).is_sorted());
    }
    assert_eq!(replayed.head(), head);
    assert_eq!(replayed.verify_store().unwrap(), checked);
}

#[test]
fn the_keys_that_a_block_changed_are_told_by_height() {
    let world = history();
    let mut chain = open(&SimDisk::new(), &world.genesis).unwrap();
    let mut mirror = Memory::default();
    mirror.apply(genesis_changes(&world.genesis));
    for (time, submissions) in &world.blocks {
        add(&mut chain, *time, submissions.clone()).unwrap();
        let snapshot = chain.reader().snapshot();
        for key in snapshot.changed(snapshot.head().height) {
            mirror.apply([(key, snapshot.get(&key))].into());
        }
    }
    assert_eq!(mirror, world.state);
    let snapshot = chain.reader().snapshot();
    assert!(snapshot.changed(Height(0)).is_empty());
    assert!(snapshot.certified(snapshot.head().height.next()).is_none());
    assert!(snapshot.decided(venue(VENUE), 0, 1, 1).unwrap().done);
    assert!(snapshot.decided(venue(VENUE), 0, 2, 1).is_none());
}

#[test]
fn a_power_cut_at_any_point_leaves_one_height_or_the_next_whole() {
    let world = history();
    // Where the changes of each commit end; the first are those of making the store.
    let disk = SimDisk::new();
    let mut chain = open(&disk, &world.genesis).unwrap();
    let (mut ends, mut heads) = (vec![disk.changes()], vec![chain.head()]);
    for (time, submissions) in &world.blocks {
        add(&mut chain, *time, submissions.clone()).unwrap();
        ends.push(disk.changes());
        heads.push(chain.head());
    }
    let all = disk.changes();
    let mut random = SplitMix(0x7a11_5711);
    let mut between = 0;
    for _ in 0..160 {
        let (cut, seed) = (random.next() % all, random.next());
        println!("power cut before change {cut} of {all}, seed {seed}");
        let disk = SimDisk::new();
        disk.capture_in(cut);
        let mut chain = open(&disk, &world.genesis).unwrap();
        let mut committed = 0;
        let mut left = world.blocks.iter();
        let cut_disk = loop {
            if let Some(captured) = disk.captured() {
                break captured.crash(seed);
            }
            let (time, submissions) = left.next().expect("the cut comes before the end");
            add(&mut chain, *time, submissions.clone()).unwrap();
            committed += 1;
        };
        let stood = committed.max(1) - 1;
        let mut chain = open(&cut_disk, &world.genesis).unwrap();
        let height = chain.head().height.0 as usize;
        assert!(height == stood || height == committed, "height {height} after {committed} commits");
        between += usize::from(height == committed && committed > stood);
        assert_eq!(chain.head(), heads[height]);
        chain.verify_store().unwrap();
        for (time, submissions) in &world.blocks[height..] {
            add(&mut chain, *time, submissions.clone()).unwrap();
        }
        assert_eq!(chain.head(), *heads.last().unwrap());
    }
    assert!(between > 0, "some cuts leave the next height");
}

#[test]
fn a_commit_syncs_before_it_returns() {
    let world = history();
    let disk = SimDisk::new();
    let mut chain = open(&disk, &world.genesis).unwrap();
    for (time, submissions) in &world.blocks {
        let before = disk.syncs();
        add(&mut chain, *time, submissions.clone()).unwrap();
        assert!(disk.syncs() > before);
        let cut = open(&disk.crash(1), &world.genesis).unwrap();
        assert_eq!(cut.head(), chain.head());
    }
}

#[test]
fn a_full_disk_loses_nothing_and_the_same_commit_can_be_tried_again() {
    let world = history();
    let mut seen = 0;
    for blocks in 0..40 {
        let disk = SimDisk::new();
        let mut chain = open(&disk, &world.genesis).unwrap();
        let mut done = world.blocks.iter();
        for (time, submissions) in done.by_ref().take(20) {
            add(&mut chain, *time, submissions.clone()).unwrap();
        }
        disk.full_after(blocks);
        let old = chain.reader().snapshot();
        for (time, submissions) in done {
            let executed = chain.propose(*time, submissions.clone());
            let certificate = certify(&executed);
            let head = chain.head();
            let before = chain.reader().snapshot();
            match chain.commit(&executed, &certificate) {
                Ok(()) => {}
                Err(StoreError::Full { place }) => {
                    seen += 1;
                    assert_eq!(place, "the test's disk");
                    assert_eq!(chain.head(), head);
                    // What was read before is still read, and so is what stands now.
                    assert_eq!(old.certified(Height(3)).unwrap().block.header.height, Height(3));
                    assert_eq!(before.records(Kind::Person).count(), 4);
                    assert_eq!(chain.reader().head(), head);
                    let again = chain.commit(&executed, &certificate);
                    assert!(matches!(again, Ok(()) | Err(StoreError::Full { .. })), "{again:?}");
                    disk.make_room();
                    if again.is_err() {
                        chain.commit(&executed, &certificate).unwrap();
                    }
                }
                Err(error) => panic!("{error}"),
            }
        }
        chain.verify_store().unwrap();
        drop(chain);
        assert_eq!(open(&disk, &world.genesis).unwrap().head().height, world.head.height);
    }
    assert!(seen > 5, "{seen} commits met a full disk");
}

#[test]
fn a_disk_that_does_not_sync_is_an_error_and_the_store_stands_when_it_is_opened_again() {
    let world = history();
    let disk = SimDisk::new();
    let mut chain = open(&disk, &world.genesis).unwrap();
    let (time, submissions) = &world.blocks[0];
    disk.fail_sync_in(0);
    let error = add(&mut chain, *time, submissions.clone()).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
    assert_eq!(chain.head().height, Height(0));
    let error = add(&mut chain, *time, submissions.clone()).unwrap_err();
    assert!(error.to_string().contains("start this process anew"), "{error}");
    drop(chain);
    let chain = open(&disk.crash(7), &world.genesis).unwrap();
    assert_eq!(chain.head().height, Height(0));
    chain.verify_store().unwrap();
}

#[test]
fn the_store_of_another_chain_is_refused_and_both_are_named() {
    let disk = SimDisk::new();
    drop(open(&disk, &genesis()).unwrap());
    let other = Genesis { name: "another".into(), ..genesis() };
    let error = open(&disk, &other).unwrap_err();
    assert!(matches!(error, StoreError::OtherChain(_)));
    let text = error.to_string();
    for part in ["\"test\"", "\"another\"", &genesis().chain().to_string(), &other.chain().to_string()] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert_eq!(open(&disk, &genesis()).unwrap().head().height, Height(0));
}

#[test]
fn a_store_open_elsewhere_and_one_that_may_not_be_read_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("validator.redb");
    let chain = Chain::open(&path, &genesis()).unwrap();
    let error = Chain::open(&path, &genesis()).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    drop(chain);
    Chain::open(&path, &genesis()).unwrap();

    let missing = directory.path().join("nowhere/validator.redb");
    let error = Chain::open(&missing, &genesis()).unwrap_err();
    assert!(error.to_string().contains("make the directory first"), "{error}");

    // A directory can be opened by nobody as a file, not even by root, whom permissions don't keep out.
    let error = Chain::open(directory.path(), &genesis()).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_store_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("validator.redb");
    drop(Chain::open(&path, &genesis()).unwrap());
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_file_that_is_no_store_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    let text = "These are notes, and no store of anything. ".repeat(300);
    std::fs::write(&path, &text).unwrap();
    let error = Chain::open(&path, &genesis()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_damaged_store_is_refused() {
    let world = history();
    let disk = SimDisk::new();
    let mut chain = open(&disk, &world.genesis).unwrap();
    for (time, submissions) in &world.blocks {
        add(&mut chain, *time, submissions.clone()).unwrap();
    }
    let head = chain.head();
    drop(chain);
    let good = disk.bytes();
    let seed = 0xda3a_6ed0;
    println!("seed {seed}");
    let mut random = SplitMix(seed);
    let (mut refused, mut unharmed) = (0, 0);
    for _ in 0..200 {
        let mut bytes = good.clone();
        // A sector of rubbish.
        let at = (random.next() % (bytes.len() as u64 / 512) * 512) as usize;
        bytes[at..at + 512].iter_mut().for_each(|byte| *byte = random.next() as u8);
        match open(&SimDisk::with(bytes), &world.genesis) {
            Err(StoreError::Damaged { .. }) => refused += 1,
            Err(error) => panic!("sector at {at}: {error}"),
            // It was in a page that holds nothing, or redb had the same twice.
            Ok(chain) => {
                assert_eq!(chain.head(), head);
                chain.verify_store().unwrap();
                unharmed += 1;
            }
        }
    }
    println!("{refused} refused, {unharmed} unharmed");
    assert!(refused > 20);
    for length in [1, 100, good.len() / 2, good.len() - 1] {
        let error = open(&SimDisk::with(good[..length].to_vec()), &world.genesis).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{length} bytes: {error}");
    }
}

#[test]
fn a_block_stands_with_votes_of_more_than_two_thirds() {
    let world = World::new();
    let try_with = |powers: [u64; 4], voters: &[u16]| {
        let mut genesis = world.genesis.clone();
        genesis.validators.0.iter_mut().zip(powers).for_each(|(validator, power)| validator.power = power);
        let mut chain = open(&SimDisk::new(), &genesis).unwrap();
        let executed = chain.propose(Time(0), Vec::new());
        let certificate = certificate(&executed, 0, voters);
        let outcome = chain.commit(&executed, &certificate);
        assert_eq!(chain.head().height.0, u64::from(outcome.is_ok()));
        outcome.map_err(|error| match error {
            StoreError::Certificate { source, .. } => source,
            error => panic!("{error}"),
        })
    };
    assert_eq!(try_with([1; 4], &[0, 3]), Err(CertificateError::Power { power: 2, all: 4 }));
    assert_eq!(try_with([1; 4], &[0, 1, 3]), Ok(()));
    assert_eq!(try_with([1; 4], &[]), Err(CertificateError::Power { power: 0, all: 4 }));
    // Exactly two thirds are not more than two thirds.
    assert_eq!(try_with([2, 2, 1, 1], &[0, 1]), Err(CertificateError::Power { power: 4, all: 6 }));
    assert_eq!(try_with([2, 2, 1, 1], &[0, 1, 2]), Ok(()));
    let most = i64::MAX as u64 / 3;
    let power = CertificateError::Power { power: 2 * most, all: 3 * most };
    assert_eq!(try_with([most, most, most - 1, 1], &[0, 1]), Err(power));
    assert_eq!(try_with([most, most, most - 1, 1], &[0, 1, 3]), Ok(()));
    // Nobody votes twice, in disorder, or without being a validator.
    for voters in [&[0, 0, 1][..], &[1, 0, 2], &[0, 1, 4]] {
        assert_eq!(try_with([1; 4], voters), Err(CertificateError::Disorder));
    }
}

#[test]
fn a_vote_for_something_else_is_no_vote() {
    let genesis = genesis();
    let mut chain = open(&SimDisk::new(), &genesis).unwrap();
    let executed = chain.propose(Time(0), Vec::new());
    let other = chain.propose(Time(START.0 + 7), Vec::new());
    let good = certificate(&executed, 0, &[0, 1, 2]);
    let header = executed.block().header;
    let wrong = |vote: Hash| Certificate { votes: vec![(0, key("validator 1").sign(vote))], round: 0 };
    let vote = |chain, kind, height, round, header| wrong(vote_hash(chain, kind, height, round, header));
    let (id, height, hash) = (genesis.chain(), header.height, Some(header.hash()));
    for certificate in [
        vote(Hash([1; 32]), VoteType::Precommit, height, 0, hash),
        vote(id, VoteType::Prevote, height, 0, hash),
        vote(id, VoteType::Precommit, Height(2), 0, hash),
        vote(id, VoteType::Precommit, height, 1, hash),
        vote(id, VoteType::Precommit, height, 0, None),
        vote(id, VoteType::Precommit, height, 0, Some(other.hash())),
        Certificate { round: 3, ..good.clone() },
    ] {
        let error = certificate.check(&header, &genesis.validators).unwrap_err();
        assert!(matches!(error, CertificateError::Signature(0)), "{error}");
        assert!(chain.commit(&executed, &certificate).is_err());
    }
    chain.commit(&executed, &good).unwrap();
    // What was executed on the state before is no longer next.
    let certificate = certificate(&other, 0, &[0, 1, 2]);
    assert!(matches!(chain.commit(&other, &certificate), Err(StoreError::NotNext { .. })));
}

#[test]
fn a_header_with_any_field_changed_is_a_bad_block() {
    let world = history();
    let mut chain = open(&SimDisk::new(), &world.genesis).unwrap();
    let (time, submissions) = &world.blocks[0];
    let block = chain.propose(*time, submissions.clone()).block().clone();
    let now = block.header.time;
    assert!(chain.check(&block, now).is_ok());
    let mut bad = Vec::new();
    let mut with = |change: &dyn Fn(&mut tallystick_ledger::header::Header)| {
        let mut block = block.clone();
        change(&mut block.header);
        bad.push(chain.check(&block, now).unwrap_err());
    };
    with(&|header| header.chain = Hash([1; 32]));
    with(&|header| header.height = Height(2));
    with(&|header| header.parent = Hash([1; 32]));
    with(&|header| header.time = START);
    with(&|header| header.time = Time(now.0 + 500_000_001));
    with(&|header| header.validators = Hash([1; 32]));
    with(&|header| header.next_validators = Hash([1; 32]));
    with(&|header| header.instructions = Hash([1; 32]));
    with(&|header| header.results = Hash([1; 32]));
    with(&|header| header.state = Hash([1; 32]));
    let (height, head) = (Height(2), Height(0));
    assert_eq!(
        bad,
        [
            BadBlock::OtherChain { chain: Hash([1; 32]) },
            BadBlock::NotNext { height, head },
            BadBlock::Parent,
            BadBlock::TooEarly { time: START, parent: START },
            BadBlock::TooLate { time: Time(now.0 + 500_000_001), now },
            BadBlock::Validators,
            BadBlock::Validators,
            BadBlock::Instructions,
            BadBlock::Results,
            BadBlock::State,
        ]
    );
    // Half a second ahead is near enough.
    let executed = chain.propose(Time(now.0 + 500_000_000), Vec::new());
    assert!(chain.check(executed.block(), now).is_ok());
    let certificate = certify(&executed);
    chain.commit(&executed, &certificate).unwrap();
}

#[test]
fn what_is_forged_or_does_not_fit_enters_no_block() {
    let mut market = Market::new();
    let mut chain = open(&SimDisk::new(), &market.world.genesis).unwrap();
    for (time, submissions) in &market.world.blocks {
        add(&mut chain, *time, submissions.clone()).unwrap();
    }
    let transfer = market.transfer();
    let good = market.batch(vec![transfer.clone()]);
    let Submission::Batch(mut forged) = good.clone() else { panic!("a batch") };
    forged.transfers[0].money.0 += 1;
    let forged = Submission::Batch(forged);
    let time = Time(market.world.head.time.0 + SECOND);
    let executed = chain.propose(time, vec![forged.clone(), good.clone()]);
    assert_eq!(executed.block().submissions, std::slice::from_ref(&good));
    assert!(chain.check(executed.block(), time).is_ok());

    let mut block = executed.block().clone();
    block.submissions.push(forged);
    assert_eq!(chain.check(&block, time).unwrap_err(), BadBlock::Forged { index: 1 });

    let full = market.batch(vec![transfer.clone(); MOST_INSTRUCTIONS]);
    let executed = chain.propose(time, vec![full.clone(), good.clone()]);
    assert_eq!(executed.block().submissions, [full]);
    assert_eq!(executed.receipts().len(), MOST_INSTRUCTIONS);
    let mut block = executed.block().clone();
    block.submissions.push(good);
    assert!(matches!(chain.check(&block, time), Err(BadBlock::TooLarge { instructions: 4_097, .. })));
    block.submissions = vec![market.batch(Vec::new()); MOST_INSTRUCTIONS + 1];
    assert!(matches!(chain.check(&block, time), Err(BadBlock::TooLarge { instructions: 4_097, .. })));
}

#[test]
fn a_genesis_that_no_chain_could_begin_with_is_refused() {
    let good = genesis();
    let refused = |change: &dyn Fn(&mut Genesis)| {
        let mut genesis = good.clone();
        change(&mut genesis);
        match open(&SimDisk::new(), &genesis) {
            Err(StoreError::Genesis { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&|genesis| genesis.validators.0.clear()), "it has no validators");
    assert_eq!(
        refused(&|genesis| genesis.validators.0[1].key = genesis.validators.0[0].key),
        "two validators have the same key"
    );
    assert_eq!(refused(&|genesis| genesis.validators.0[1].power = 0), "a validator has no voting power");
    assert_eq!(
        refused(&|genesis| genesis.validators.0[1].power = i64::MAX as u64),
        "the validators' power passes what can be counted"
    );
}
