//! The vote log: what was flushed is read again, a torn end is dropped, and anything else is refused.

use crate::disk::{Disk, DiskFile, Random};
use std::path::Path;
use tallystick_ledger::header::VoteType;
use tallystick_ledger::keys::Signature;
use tallystick_ledger::names::{ChainId, Hash};
use tallystick_network::context::Height;
use tallystick_network::record::{Entry, Record, Step};
use tallystick_network::wal::{LogError, StoredLog, VoteLog};

const CHAIN: ChainId = Hash([7; 32]);

type Opened = Result<(StoredLog<DiskFile>, Vec<Entry>), LogError>;

fn open(disk: &Disk, chain: ChainId) -> Opened {
    StoredLog::open(Path::new("votes"), || disk.clone(), chain)
}

fn entry(random: &mut Random) -> Entry {
    let mut hash = || Hash(std::array::from_fn(|_| random.next() as u8));
    let (value, half, other) = (hash(), hash(), hash());
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&half.0);
    bytes[32..].copy_from_slice(&other.0);
    let signature = Signature(bytes);
    let (round, place) = (random.next() as u32, random.below(4) as u16);
    let maybe = (random.below(2) == 0).then_some(value);
    let earlier = (random.below(2) == 0).then_some(round / 2);
    let record = match random.below(5) {
        0 => Record::Vote {
            round,
            kind: [VoteType::Prevote, VoteType::Precommit][random.below(2) as usize],
            value: maybe,
            place,
            signature,
        },
        1 => Record::Proposal { round, value, pol_round: earlier, place, signature },
        2 => {
            let step = [Step::Propose, Step::Prevote, Step::Precommit][random.below(3) as usize];
            Record::Timeout { round, step }
        }
        3 => Record::Judged { round, valid_round: earlier, proposer: place, value, valid: maybe.is_some() },
        _ => Record::Polka { round, value, signatures: vec![(place, signature); random.below(4) as usize] },
    };
    Entry::Input { place, height: random.next(), record }
}

fn batches(random: &mut Random, count: usize) -> Vec<Vec<Entry>> {
    (0..count).map(|_| (0..1 + random.below(5)).map(|_| entry(random)).collect()).collect()
}

#[test]
fn what_is_logged_of_an_input_is_the_input() {
    let mut random = Random(1);
    for _ in 0..1_000 {
        let Entry::Input { height, record, .. } = entry(&mut random) else { unreachable!() };
        assert_eq!(Record::of(&record.input(Height(height))).unwrap(), record);
    }
}

#[test]
fn what_was_written_is_read_again_until_it_is_forgotten() {
    let mut random = Random(2);
    let disk = Disk::default();
    for life in 0..4 {
        let (mut log, entries) = open(&disk, CHAIN).unwrap();
        assert_eq!(entries, [], "life {life}");
        let batches = batches(&mut random, 5);
        for batch in &batches[..3] {
            log.write(batch).unwrap();
        }
        let (mut log, entries) = open(&disk, CHAIN).unwrap();
        assert_eq!(entries, batches[..3].concat());
        log.write(&batches[3]).unwrap();
        log.write(&batches[4]).unwrap();
        let (mut log, entries) = open(&disk, CHAIN).unwrap();
        assert_eq!(entries, batches.concat());
        let full = log.bytes();
        log.forget().unwrap();
        assert!(log.bytes() < full);
    }
}

#[test]
fn after_a_power_cut_there_is_what_was_flushed_and_perhaps_what_was_being_written() {
    for seed in 0..500 {
        println!("seed {seed}");
        let mut random = Random(seed);
        let mut disk = Disk::default();
        let mut before: Vec<Entry> = Vec::new();
        for _ in 0..3 {
            let (mut log, entries) = open(&disk, CHAIN).unwrap();
            assert_eq!(entries, before, "seed {seed}");
            disk.cut_in(random.below(60));
            let mut writing = Vec::new();
            let mut forgetting = false;
            loop {
                if random.below(6) == 0 {
                    forgetting = true;
                    if log.forget().is_err() {
                        break;
                    }
                    forgetting = false;
                    before.clear();
                }
                writing = batches(&mut random, 1).concat();
                if log.write(&writing).is_err() {
                    break;
                }
                before.append(&mut writing);
            }
            disk = disk.reboot(&mut random);
            let (_, entries) = open(&disk, CHAIN).unwrap();
            let as_before = entries == before || entries == [&before[..], &writing].concat();
            assert!(as_before || (forgetting && entries.is_empty()), "seed {seed}");
            before = entries;
        }
    }
}

#[test]
fn damage_before_the_end_is_refused_and_at_the_end_is_a_torn_write() {
    let mut random = Random(3);
    let disk = Disk::default();
    let (mut log, _) = open(&disk, CHAIN).unwrap();
    let batches = batches(&mut random, 4);
    let mut ends = vec![log.bytes() as usize];
    for batch in &batches {
        log.write(batch).unwrap();
        ends.push(log.bytes() as usize);
    }
    let whole = disk.open("votes").all();
    let last = ends[3];
    for at in (0..12).chain((12..whole.len()).step_by(7)) {
        disk.damage("votes", |bytes| {
            bytes.clone_from(&whole);
            bytes[at] ^= 0x10;
        });
        match open(&disk, CHAIN) {
            Ok((_, entries)) => {
                // The flag and the checksum of Malachite's own header are not what tells good from bad here.
                let full = entries == batches.concat();
                assert!(full || (at >= last && entries == batches[..3].concat()), "at {at}");
                assert!(at >= 12, "at {at}");
            }
            Err(LogError::Io { .. }) => assert!(at < 4, "the version, at {at}"),
            Err(LogError::Damaged { at: found, .. }) if at < 12 => assert_eq!(found, 12),
            Err(LogError::Damaged { at: found, .. }) => {
                let batch = ends.iter().rposition(|end| *end <= at).unwrap();
                assert_eq!(found, ends[batch] as u64, "at {at}");
                assert!(at < last);
            }
            Err(error) => panic!("at {at}: {error}"),
        }
    }
}

#[test]
fn the_log_of_another_chain_is_refused() {
    let disk = Disk::default();
    let (mut log, _) = open(&disk, CHAIN).unwrap();
    log.write(&batches(&mut Random(4), 1)[0]).unwrap();
    let other = Hash([8; 32]);
    let Err(error) = open(&disk, other) else { panic!("it is another chain's") };
    assert_eq!(error.to_string(), format!("the vote log votes is of the chain {CHAIN}, not of {other}"));
}
