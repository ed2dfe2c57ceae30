//! The writer: batches, rotation, faults of the disk.

use std::sync::Arc;

use crate::common::*;
use tallystick_journal::sim::SimStorage;
use tallystick_journal::{Journal, JournalError, MAX_RECORD_BYTES, Options, Storage};

#[test]
fn what_is_synced_is_read_back_after_reopening() {
    let disk = SimStorage::new();
    let (mut journal, recovery) = reopened(&disk);
    assert!(recovery.created);
    assert_eq!((recovery.first_seq, recovery.last_seq), (1, 0));
    batch(&mut journal, 1..=3, 20);
    batch(&mut journal, 4..=4, 0);
    let chain = journal.chain();
    drop(journal);

    let (journal, recovery) = reopened(&disk);
    assert!(!recovery.created);
    assert_eq!((recovery.first_seq, recovery.last_seq, recovery.records, recovery.bytes_cut), (1, 4, 4, 0));
    assert_eq!((journal.written(), journal.durable(), journal.next_seq()), (4, 4, 5));
    assert_eq!(journal.chain(), chain);
    assert_eq!(contents(&disk).unwrap(), [payloads(1..=3, 20), payloads(4..=4, 0)].concat());
}

#[test]
fn a_batch_is_one_write_and_any_number_of_batches_is_one_sync() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    let (writes, syncs) = (disk.writes(), disk.syncs());
    for seq in 1..=10 {
        journal.append(seq, b"x").unwrap();
    }
    assert_eq!((disk.writes(), disk.syncs()), (writes, syncs));
    assert_eq!(journal.write().unwrap(), 10);
    journal.append(11, b"y").unwrap();
    assert_eq!(journal.write().unwrap(), 11);
    assert_eq!((disk.writes(), disk.syncs()), (writes + 2, syncs));
    assert_eq!(journal.durable(), 0);
    assert_eq!(journal.sync().unwrap(), 11);
    assert_eq!(journal.sync().unwrap(), 11);
    assert_eq!(journal.write().unwrap(), 11);
    assert_eq!((disk.writes(), disk.syncs()), (writes + 2, syncs + 1));
}

#[test]
fn a_sync_does_not_cover_what_was_only_appended() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=2, 10);
    journal.append(3, b"still in memory").unwrap();
    assert_eq!(journal.sync().unwrap(), 2);
    assert_eq!(contents(&disk).unwrap().len(), 2);
}

#[test]
#[should_panic(expected = "records must be appended in sequence")]
fn a_gap_in_the_sequence_is_a_bug_of_the_caller() {
    let (mut journal, _) = reopened(&SimStorage::new());
    journal.append(1, b"").unwrap();
    let _ = journal.append(3, b"");
}

#[test]
fn a_record_beyond_the_limit_is_refused_and_the_longest_is_not() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    let longest = vec![7; MAX_RECORD_BYTES];
    let error = journal.append(1, &[&longest[..], &[7]].concat()).unwrap_err();
    assert!(matches!(error, JournalError::RecordTooLarge { seq: 1, .. }), "{error}");
    assert!(!error.is_fatal());
    journal.append(1, &longest).unwrap();
    journal.write().unwrap();
    assert_eq!(contents(&disk).unwrap(), [longest]);
}

#[test]
fn a_full_segment_is_followed_by_the_next() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    for seq in 1..=40 {
        batch(&mut journal, seq..=seq, 500);
    }
    assert_eq!(segments(&disk).len(), 6);
    assert_eq!(contents(&disk).unwrap(), payloads(1..=40, 500));
    let (journal, recovery) = reopened(&disk);
    assert_eq!((recovery.last_seq, recovery.records, recovery.segments), (40, 40, segments(&disk)));
    assert_eq!(journal.next_seq(), 41);
}

#[test]
fn a_batch_larger_than_a_segment_makes_a_larger_segment() {
    for before in [0, 3] {
        let disk = SimStorage::new();
        let (mut journal, _) = reopened(&disk);
        if before > 0 {
            batch(&mut journal, 1..=before, 100);
        }
        batch(&mut journal, before + 1..=before + 50, 1000);
        batch(&mut journal, before + 51..=before + 51, 100);
        let all = [
            payloads(1..=before, 100),
            payloads(before + 1..=before + 50, 1000),
            payloads(before + 51..=before + 51, 100),
        ];
        assert_eq!(contents(&disk).unwrap(), all.concat());
        assert_eq!(reopened(&disk).1.last_seq, before + 51);
        assert_eq!(segments(&disk).len(), if before == 0 { 2 } else { 3 });
    }
}

#[test]
fn a_prepared_segment_is_taken_and_leftovers_are_removed() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    assert!(journal.prepare_next().unwrap());
    assert!(!journal.prepare_next().unwrap());
    batch(&mut journal, 1..=7, 500);
    let writes = disk.writes();
    batch(&mut journal, 8..=8, 500);
    assert_eq!(disk.writes(), writes + 2, "the header and the batch, no zeros");
    let preparer = journal.preparer();
    assert!(std::thread::spawn(move || preparer.prepare().unwrap()).join().unwrap());
    assert!(disk.list().unwrap().iter().any(|name| name.ends_with(".tmp")));
    drop(journal);

    assert_eq!(reopened(&disk).1.last_seq, 8);
    assert!(disk.list().unwrap().iter().all(|name| !name.ends_with(".tmp")));
}

#[test]
fn a_failed_sync_poisons_the_journal() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=2, 30);
    unsynced_batch(&mut journal, 3..=3, 30);
    disk.fail_sync_in(0);
    assert!(journal.sync().unwrap_err().is_fatal());
    assert!(journal.append(4, b"").unwrap_err().is_fatal());
    assert!(journal.write().unwrap_err().is_fatal());
    let again = journal.sync().unwrap_err();
    assert!(again.is_fatal());
    assert!(again.to_string().contains("failed to sync"), "{again}");
    assert!(journal.prepare_next().unwrap_err().is_fatal());
    assert_eq!(journal.durable(), 2);
}

#[test]
fn a_failed_sync_is_not_believed_after_a_restart() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=2, 30);
    unsynced_batch(&mut journal, 3..=3, 30);
    unsynced_batch(&mut journal, 4..=4, 30);
    disk.fail_sync_in(0);
    assert!(journal.sync().unwrap_err().is_fatal());
    assert_eq!(
        contents(&disk.crash_keeping(|_| true)).unwrap().len(),
        2,
        "3 and 4 are visible but not on the disk"
    );
    // The process starts again without a power cut, reads 3 and 4 out of the system's memory, and tells its owner.
    assert_eq!(reopened(&disk).1.last_seq, 4);
    assert_eq!(contents(&disk.crash_keeping(|_| false)).unwrap(), payloads(1..=4, 30));
}

#[test]
fn a_failed_sync_during_rotation_is_fatal_too() {
    for failing in 0..4 {
        let disk = SimStorage::new();
        let (mut journal, _) = reopened(&disk);
        assert!(journal.prepare_next().unwrap());
        unsynced_batch(&mut journal, 1..=7, 500);
        for seq in 8..=12 {
            journal.append(seq, &payload(seq, 500)).unwrap();
        }
        disk.fail_sync_in(failing);
        // The old segment, the new header, the directory; with the fourth the rotation is over.
        match journal.write() {
            Err(error) => assert!(error.is_fatal() && failing < 3, "{failing}: {error}"),
            Ok(_) => assert_eq!(failing, 3),
        }
        let after = disk.crash_keeping(|_| false);
        let kept = contents(&after).unwrap();
        assert_eq!(kept, payloads(1..=if failing == 0 { 0 } else { 7 }, 500));
    }
}

#[test]
fn a_full_disk_loses_nothing_and_can_be_tried_again() {
    for room in (0..9000).step_by(97) {
        let disk = SimStorage::new();
        let (mut journal, _) = reopened(&disk);
        batch(&mut journal, 1..=3, 500);
        disk.disk_full_after(room);
        let mut refused = 0;
        for seq in 4..=12 {
            journal.append(seq, &payload(seq, 500)).unwrap();
            match journal.write() {
                Ok(_) => assert_eq!(journal.sync().unwrap(), seq),
                Err(error) => {
                    assert!(matches!(error, JournalError::DiskFull { .. }), "room {room}: {error}");
                    refused += 1;
                }
            }
        }
        let durable = journal.durable();
        assert!(refused > 0 && durable < 12, "room {room}");
        let crashed = disk.crash(room);
        reopened(&crashed);
        let found = contents(&crashed).unwrap();
        assert!(found.len() as u64 >= durable, "room {room}");
        assert_eq!(found, payloads(1..=found.len() as u64, 500));

        disk.make_room();
        assert_eq!(journal.write().unwrap(), 12);
        assert_eq!(journal.sync().unwrap(), 12);
        assert_eq!(contents(&disk.crash_keeping(|_| false)).unwrap(), payloads(1..=12, 500));
        assert_eq!(reopened(&disk).1.last_seq, 12);
    }
}

#[test]
fn a_segment_that_cannot_be_made_for_want_of_descriptors_is_made_once_there_are_some() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=7, 500);
    disk.no_descriptors(true);
    let preparer = journal.preparer();
    for _ in 0..3 {
        let early = preparer.prepare().unwrap_err();
        assert!(matches!(early, JournalError::NoFile { .. }), "{early}");
    }
    journal.append(8, &payload(8, 500)).unwrap();
    for _ in 0..3 {
        let error = journal.write().unwrap_err();
        assert!(matches!(error, JournalError::NoFile { .. }) && !error.is_fatal(), "{error}");
        assert!(error.to_string().contains("ulimit -n"), "{error}");
    }
    assert_eq!((journal.written(), journal.durable()), (7, 7));
    disk.no_descriptors(false);
    assert!(preparer.prepare().unwrap());
    assert_eq!(journal.write().unwrap(), 8);
    assert_eq!(journal.sync().unwrap(), 8);
    assert_eq!(contents(&disk.crash_keeping(|_| false)).unwrap(), payloads(1..=8, 500));
}

#[test]
fn a_segment_that_the_disk_refuses_for_another_reason_ends_the_journal() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=7, 500);
    disk.fail_sync_in(0);
    journal.append(8, &payload(8, 500)).unwrap();
    assert!(journal.write().unwrap_err().is_fatal());
}

#[test]
fn a_reader_of_the_writer_ends_where_the_writer_was() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    unsynced_batch(&mut journal, 1..=3, 10);
    let mut reader = journal.read_from(2).unwrap();
    unsynced_batch(&mut journal, 4..=5, 10);
    let mut seen = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        seen.push(record.seq);
    }
    assert_eq!(seen, [2, 3]);
    assert!(reader.next_record().unwrap().is_none());
}

#[test]
fn the_same_journal_works_on_a_directory() {
    let scratch = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(tallystick_journal::FsStorage::open(scratch.path()).unwrap());
    let small = Options { segment_bytes: 8192, ..Options::new(VENUE, SALT) };
    let (mut journal, _) = Journal::open(Arc::clone(&storage), small.clone()).unwrap();
    for seq in 1..=60 {
        batch(&mut journal, seq..=seq, 300);
    }
    drop(journal);
    let (journal, recovery) = Journal::open(Arc::clone(&storage), small).unwrap();
    assert_eq!(recovery.last_seq, 60);
    assert!(recovery.segments.len() > 4);
    let mut reader = journal.read_from(1).unwrap();
    for seq in 1..=60 {
        assert_eq!(reader.next_record().unwrap().unwrap().payload, payload(seq, 300));
    }
    assert!(reader.next_record().unwrap().is_none());
}
