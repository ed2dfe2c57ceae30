//! The follower, on its own thread and on this one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::common::*;
use tallystick_journal::header::{HEADER_BYTES, segment_name};
use tallystick_journal::sim::SimStorage;
use tallystick_journal::{Follower, FsStorage, Journal, Options, ScanError, Storage, read_file};

#[test]
fn a_follower_sees_exactly_what_is_within_the_bound() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    let mut follower = Follower::new(shared(&disk), 1).unwrap();
    assert!(follower.next_record(0).unwrap().is_none());
    let mut expected = 1;
    for (step, last) in [3, 4, 9, 10, 40, 41, 42].into_iter().enumerate() {
        let durable = journal.durable();
        unsynced_batch(&mut journal, durable + 1..=last, 10 * step + 100);
        assert!(follower.next_record(durable).unwrap().is_none(), "written is not durable");
        // A bound inside of the frame is as good.
        for bound in [durable + 1, journal.sync().unwrap()] {
            while let Some(record) = follower.next_record(bound).unwrap() {
                assert_eq!((record.seq, record.payload), (expected, &payload(expected, 10 * step + 100)[..]));
                expected += 1;
            }
            assert_eq!((expected, follower.next_seq()), (bound + 1, bound + 1));
        }
    }
    assert!(segments(&disk).len() > 1);
}

#[test]
fn a_follower_may_begin_anywhere_and_before_the_record_exists() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    for seq in 1..=30 {
        batch(&mut journal, seq..=seq, 450);
    }
    for from in 1..=32 {
        let mut follower = Follower::new(shared(&disk), from).unwrap();
        let first = follower.next_record(30).unwrap().map(|record| (record.seq, record.payload.to_vec()));
        assert_eq!(first, (from <= 30).then(|| (from, payload(from, 450))));
    }
    let mut follower = Follower::new(shared(&disk), 32).unwrap();
    batch(&mut journal, 31..=32, 450);
    assert_eq!(follower.next_record(32).unwrap().unwrap().seq, 32);
}

#[test]
fn a_follower_that_had_no_descriptor_for_the_next_segment_goes_on_once_it_has() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    for seq in 1..=30 {
        batch(&mut journal, seq..=seq, 450);
    }
    assert!(segments(&disk).len() > 3);
    disk.no_descriptors(true);
    assert!(matches!(Follower::new(shared(&disk), 1), Err(ScanError::Io { .. })));
    disk.no_descriptors(false);
    let mut follower = Follower::new(shared(&disk), 1).unwrap();
    let (mut expected, mut refused) = (1, 0);
    while expected <= 30 {
        disk.no_descriptors(true);
        for _ in 0..2 {
            match follower.next_record(30) {
                Ok(Some(record)) => {
                    assert_eq!((record.seq, record.payload), (expected, &payload(expected, 450)[..]));
                    expected += 1;
                }
                Ok(None) => assert_eq!(expected, 31),
                Err(ScanError::Io { .. }) => {
                    refused += 1;
                    disk.no_descriptors(false);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(refused > 2);
}

#[test]
fn a_follower_refuses_damage_within_the_bound() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=2, 100);
    let mut bytes = read_file(&disk, &segment_name(1)).unwrap();
    bytes[HEADER_BYTES + 90] ^= 4;
    disk.plant(&segment_name(1), &bytes);
    let mut follower = Follower::new(shared(&disk), 1).unwrap();
    assert!(matches!(follower.next_record(2).unwrap_err(), ScanError::Damaged { expected_seq: 1, .. }));
    let mut follower = Follower::new(shared(&SimStorage::new()), 1).err();
    assert!(matches!(follower.take(), Some(ScanError::Empty)));
}

#[test]
fn a_follower_is_not_fooled_by_a_write_that_failed_at_its_last_byte() {
    // Record 2 is tried again in a longer batch after the disk was full: in the same segment, and in the next.
    for through in [4, 14] {
        let disk = SimStorage::new();
        let (mut journal, _) = reopened(&disk);
        let mut follower = Follower::new(shared(&disk), 1).unwrap();
        batch(&mut journal, 1..=1, 1);
        journal.append(2, &payload(2, 449)).unwrap();
        let frame = (72_u64 + 4 + 449).next_multiple_of(8);
        disk.disk_full_after(frame - 1);
        // All but a zero of the filling is written: the frame looks whole.
        assert!(journal.write().is_err());
        assert_eq!(contents(&disk).unwrap().len(), 2);
        assert_eq!(follower.next_record(1).unwrap().unwrap().seq, 1);
        disk.make_room();
        for seq in 3..=through {
            journal.append(seq, &payload(seq, 449)).unwrap();
        }
        journal.write().unwrap();
        let bound = journal.sync().unwrap();
        for seq in 2..=through {
            assert_eq!(follower.next_record(bound).unwrap().unwrap().payload, payload(seq, 449));
        }
        assert_eq!(segments(&disk).len(), if through == 4 { 1 } else { 2 });
        assert_eq!(reopened(&disk).1.last_seq, through);
        let mut late = Follower::new(shared(&disk), 1).unwrap();
        for seq in 1..=through {
            assert_eq!(late.next_record(bound).unwrap().unwrap().seq, seq);
        }
    }
}

#[test]
fn a_follower_keeps_up_with_a_writer_on_a_directory() {
    const RECORDS: u64 = 20_000;
    let scratch = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(FsStorage::open(scratch.path()).unwrap());
    let small = Options { segment_bytes: 256 << 10, ..Options::new(VENUE, SALT) };
    let (mut journal, _) = Journal::open(Arc::clone(&storage), small).unwrap();
    let durable = Arc::new(AtomicU64::new(0));
    let bound = Arc::clone(&durable);
    let mut follower = Follower::new(Arc::clone(&storage), 1).unwrap();
    let shadow = std::thread::spawn(move || {
        let mut seen = 0;
        while seen < RECORDS {
            let through = bound.load(Ordering::Acquire);
            while let Some(record) = follower.next_record(through).unwrap() {
                seen += 1;
                assert!(seen <= through);
                assert_eq!((record.seq, record.payload), (seen, &payload(seen, seen as usize % 90)[..]));
            }
            assert_eq!(seen, through);
            std::thread::yield_now();
        }
    });
    let mut next = 1;
    while next <= RECORDS {
        let last = (next + next % 200).min(RECORDS);
        for seq in next..=last {
            journal.append(seq, &payload(seq, seq as usize % 90)).unwrap();
        }
        journal.write().unwrap();
        durable.store(journal.sync().unwrap(), Ordering::Release);
        next = last + 1;
    }
    shadow.join().unwrap();
    assert!(storage.list().unwrap().len() > 3);
}
