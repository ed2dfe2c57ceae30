//! Damaged files: every corruption is refused or cuts the tail, and never changes a record.

use crate::common::*;
use tallystick_journal::header::{HEADER_BYTES, segment_name};
use tallystick_journal::sim::{SimStorage, Unsynced};
use tallystick_journal::{Journal, OpenError, Options, ScanError, read_file, verify};

/// Two segments; synced batch by batch.
fn small_journal() -> SimStorage {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    for seq in 1..=10 {
        batch(&mut journal, seq..=seq, 450);
    }
    assert_eq!(segments(&disk).len(), 2);
    disk
}

/// Opens a damaged disk; what is there afterwards must be a prefix of records 1 to 10. Returns its length.
fn opened_prefix(disk: &SimStorage, what: &str) -> Option<usize> {
    match open(disk) {
        Err(error) => {
            assert!(error.to_string().contains("journal"), "{what}: {error}");
            None
        }
        Ok((_, recovery)) => {
            let found = contents(disk).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(found.len() as u64, recovery.last_seq, "{what}");
            assert_eq!(found, payloads(1..=recovery.last_seq, 450), "{what}");
            Some(found.len())
        }
    }
}

#[test]
fn no_corrupt_byte_changes_a_record() {
    let good = small_journal();
    for name in segments(&good) {
        let bytes = read_file(&good, &name).unwrap();
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1 << (at % 8);
            let disk = good.fork();
            disk.plant(&name, &bad);
            let what = format!("{name}, byte {at}");
            let left = opened_prefix(&disk, &what);
            // Only the last frame, whose sync nothing attests, may be taken for torn; zeros may change unpunished.
            assert!(matches!(left, None | Some(9 | 10)), "{what}: {left:?}");
            if at < HEADER_BYTES {
                assert_eq!(left, None, "{what}");
            }
        }
    }
}

#[test]
fn a_segment_cut_at_any_length_is_refused_or_loses_its_tail() {
    let good = small_journal();
    for name in segments(&good) {
        let bytes = read_file(&good, &name).unwrap();
        for len in 0..bytes.len() {
            let disk = good.fork();
            disk.plant(&name, &bytes[..len]);
            let left = opened_prefix(&disk, &format!("{name} cut to {len} bytes"));
            if len < HEADER_BYTES {
                assert_eq!(left, None);
            }
        }
    }
}

#[test]
fn a_torn_tail_is_cut() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=3, 100);
    unsynced_batch(&mut journal, 4..=12, 300);
    let torn = disk.crash_keeping(|what| !matches!(what, Unsynced::Sector { sector, .. } if sector == 10));
    let before = verify(&shared(&torn)).unwrap();
    assert_eq!(before.last_seq, 3);
    let (mut journal, recovery) = reopened(&torn);
    assert_eq!(recovery.last_seq, 3);
    assert!(recovery.bytes_cut > 0);
    assert_eq!(recovery.bytes_cut, before.torn_bytes);
    assert_eq!(verify(&shared(&torn)).unwrap().torn_bytes, 0);
    batch(&mut journal, 4..=4, 100);
    assert_eq!(contents(&torn).unwrap(), payloads(1..=4, 100));
}

#[test]
fn a_batch_torn_in_any_subset_of_its_sectors_is_there_whole_or_not_at_all() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=2, 450);
    unsynced_batch(&mut journal, 3..=5, 450);
    unsynced_batch(&mut journal, 6..=8, 450);
    let sectors = disk.unsynced();
    assert!((6..16).contains(&sectors.len()), "{}", sectors.len());
    let mut outcomes = [0; 9];
    for subset in 0..1_u32 << sectors.len() {
        let kept = |what| subset >> sectors.iter().position(|&s| s == what).unwrap() & 1 == 1;
        let after = disk.crash_keeping(kept);
        let left =
            opened_prefix(&after, &format!("subset {subset:b}")).expect("a power cut is never refused");
        outcomes[left] += 1;
    }
    assert_eq!(outcomes[8], 1, "all of it");
    assert!(outcomes[5] > 1 && outcomes[2] > 1);
    assert_eq!(outcomes[2] + outcomes[5] + outcomes[8], 1 << sectors.len());
}

#[test]
fn a_bad_frame_before_one_that_attests_it_is_refused() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    for seq in 1..=3 {
        batch(&mut journal, seq..=seq, 100);
    }
    let name = segment_name(1);
    let mut bytes = read_file(&disk, &name).unwrap();
    let second = HEADER_BYTES + (72_usize + 4 + 100).next_multiple_of(8);
    bytes[second + 80] ^= 1;
    disk.plant(&name, &bytes);
    let error = open(&disk).unwrap_err();
    let OpenError::Scan(ScanError::Damaged { file, offset, expected_seq: 2, .. }) = &error else {
        panic!("{error}")
    };
    assert_eq!((file, *offset), (&name, second as u64));
    let text = error.to_string();
    assert!(text.contains("record 2") && text.contains("record 3") && text.contains("restore"), "{text}");
    assert_eq!(read_file(&disk, &name).unwrap(), bytes, "nothing was repaired");
}

#[test]
fn a_payload_that_looks_like_a_frame_is_no_frame() {
    // Another journal's frame, byte for byte, as a client might send it: only the salt differs.
    let other = SimStorage::new();
    let (mut journal, _) = Journal::open(shared(&other), Options { salt: [9; 16], ..options() }).unwrap();
    for seq in 1..=2 {
        batch(&mut journal, seq..=seq, 100);
    }
    let forged = read_file(&other, &segment_name(1)).unwrap()[HEADER_BYTES..HEADER_BYTES + 400].to_vec();

    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    // Shifted by 0, 1, 3, 6, … bytes: at every remainder of 8 once.
    assert_eq!(forged.len() % 8, 0);
    let payload: Vec<u8> = (0..8).flat_map(|shift| [&vec![0; shift], &forged[..]].concat()).collect();
    journal.append(1, &payload).unwrap();
    journal.write().unwrap();
    let torn = disk.crash_keeping(|what| !matches!(what, Unsynced::Sector { sector: 8, .. }));
    let (_, recovery) = reopened(&torn);
    assert_eq!(recovery.last_seq, 0);
    assert!(recovery.bytes_cut > 2000);
}

#[test]
fn a_missing_segment_is_named() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    for seq in 1..=30 {
        batch(&mut journal, seq..=seq, 450);
    }
    let names = segments(&disk);
    assert!(names.len() > 3);
    tallystick_journal::Storage::remove(&disk, &names[1]).unwrap();
    let error = open(&disk).unwrap_err();
    assert!(
        matches!(&error, OpenError::Scan(ScanError::MissingSegment { wanted_file, .. }) if *wanted_file == names[1])
    );
    tallystick_journal::Storage::remove(&disk, &names[0]).unwrap();
    assert!(matches!(open(&disk).unwrap_err(), OpenError::Scan(ScanError::BeginsLater { wanted: 1, .. })));
}

#[test]
fn a_copy_of_a_segment_is_refused() {
    let disk = small_journal();
    let names = segments(&disk);
    let second = read_file(&disk, &names[1]).unwrap();
    disk.plant(&segment_name(77), &second);
    assert!(matches!(open(&disk).unwrap_err(), OpenError::Scan(ScanError::Duplicate { .. })));

    let disk = small_journal();
    tallystick_journal::Storage::rename(&disk, &names[1], &segment_name(77)).unwrap();
    assert!(matches!(open(&disk).unwrap_err(), OpenError::Scan(ScanError::Misnamed { .. })));

    let disk = small_journal();
    disk.plant("journal-1 (copy).seg", &second);
    assert!(matches!(open(&disk).unwrap_err(), OpenError::Scan(ScanError::StrayFile { .. })));
}

#[test]
fn a_segment_exchanged_for_another_of_the_same_place_breaks_the_chain() {
    let disk = small_journal();
    let twin = SimStorage::new();
    let (mut journal, _) = reopened(&twin);
    for seq in 1..=10 {
        let text = if seq == 1 { payload(99, 450) } else { payload(seq, 450) };
        journal.append(seq, &text).unwrap();
        journal.write().unwrap();
        journal.sync().unwrap();
    }
    let second = segments(&disk)[1].clone();
    assert_eq!(segments(&twin), segments(&disk));
    disk.plant(&second, &read_file(&twin, &second).unwrap());
    assert!(matches!(open(&disk).unwrap_err(), OpenError::Scan(ScanError::BrokenChain { .. })));
    assert!(matches!(verify(&shared(&disk)).unwrap_err(), ScanError::BrokenChain { .. }));
    // Also if there is no frame in it yet.
    let mut empty = read_file(&twin, &second).unwrap();
    empty[HEADER_BYTES..].fill(0);
    disk.plant(&second, &empty);
    assert!(matches!(open(&disk).unwrap_err(), OpenError::Scan(ScanError::BrokenChain { offset: 0, .. })));
}

#[test]
fn an_edited_record_with_its_checksums_made_anew_breaks_the_chain() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=1, 100);
    batch(&mut journal, 2..=2, 100);
    let mut bytes = read_file(&disk, &segment_name(1)).unwrap();
    let frame = &mut bytes[HEADER_BYTES..HEADER_BYTES + (72_usize + 4 + 100).next_multiple_of(8)];
    frame[90] ^= 1;
    let payload_crc = crc32c(&frame[72..]);
    frame[8..12].copy_from_slice(&payload_crc.to_le_bytes());
    let header_crc = crc32c(&[&SALT[..], &frame[8..72]].concat());
    frame[4..8].copy_from_slice(&header_crc.to_le_bytes());
    disk.plant(&segment_name(1), &bytes);
    assert_eq!(contents(&disk).unwrap().len(), 2, "checksums alone do not see it");
    let broken = |error: &ScanError| matches!(error, ScanError::BrokenChain { offset: 4096, seq: 1, .. });
    assert!(broken(&verify(&shared(&disk)).unwrap_err()));
    assert!(matches!(open(&disk).unwrap_err(), OpenError::Scan(error) if broken(&error)));
}

#[test]
fn the_journal_of_another_venue_is_refused() {
    let disk = small_journal();
    let theirs = Options { venue: *b"some other venue", ..options() };
    let error = Journal::open(shared(&disk), theirs).unwrap_err();
    assert!(matches!(error, OpenError::WrongVenue { .. }), "{error}");
}

#[test]
fn a_newer_format_is_refused() {
    let disk = small_journal();
    let name = segment_name(1);
    let mut bytes = read_file(&disk, &name).unwrap();
    bytes[8] += 1;
    let crc = crc32c(&bytes[..HEADER_BYTES - 4]);
    bytes[HEADER_BYTES - 4..HEADER_BYTES].copy_from_slice(&crc.to_le_bytes());
    disk.plant(&name, &bytes);
    let error = open(&disk).unwrap_err();
    assert!(matches!(error, OpenError::Scan(ScanError::UnknownFormat { found: 2, ours: 1, .. })), "{error}");
}

#[test]
fn newer_semantics_are_refused_and_older_ones_need_a_checkpoint() {
    let disk = SimStorage::new();
    let at = |semantics, from| Options { semantics, from, ..options() };
    let (mut journal, _) = Journal::open(shared(&disk), at(2, 1)).unwrap();
    batch(&mut journal, 1..=3, 100);
    assert!(matches!(Journal::open(shared(&disk), at(1, 1)).unwrap_err(), OpenError::NewerSemantics { .. }));
    assert!(matches!(Journal::open(shared(&disk), at(3, 3)).unwrap_err(), OpenError::OlderSemantics { .. }));
    let (mut journal, recovery) = Journal::open(shared(&disk), at(3, 4)).unwrap();
    assert_eq!(recovery.segments, [segment_name(1), segment_name(4)]);
    batch(&mut journal, 4..=4, 100);
    let report = verify(&shared(&disk)).unwrap();
    assert_eq!(report.segments.iter().map(|s| s.semantics).collect::<Vec<_>>(), [2, 3]);
    // And once more, with the new segment still empty of records.
    let (_, recovery) = Journal::open(shared(&disk), at(4, 5)).unwrap();
    assert_eq!(recovery.segments, [segment_name(1), segment_name(4), segment_name(5)]);
    let (_, recovery) = Journal::open(shared(&disk), at(5, 5)).unwrap();
    assert_eq!(recovery.segments, [segment_name(1), segment_name(4), segment_name(5)]);
    assert_eq!(contents(&disk).unwrap().len(), 4);
}

#[test]
fn recovery_from_a_snapshot_reads_only_the_segments_it_needs() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    for seq in 1..=30 {
        batch(&mut journal, seq..=seq, 450);
    }
    let names = segments(&disk);
    // Damage in a frame of the first segment, which the snapshot covers.
    let mut bytes = read_file(&disk, &names[0]).unwrap();
    bytes[HEADER_BYTES + 100] ^= 1;
    disk.plant(&names[0], &bytes);
    assert!(open(&disk).is_err());
    let from = |from| Journal::open(shared(&disk), Options { from, ..options() });
    let (journal, recovery) = from(20).unwrap();
    assert!(recovery.checked_from > 8 && recovery.checked_from <= 20);
    assert_eq!((recovery.first_seq, recovery.last_seq), (1, 30));
    assert_eq!(journal.read_from(20).unwrap().next_record().unwrap().unwrap().payload, payload(20, 450));
    assert_eq!(from(31).unwrap().1.last_seq, 30);
    assert!(matches!(
        from(32).unwrap_err(),
        OpenError::Scan(ScanError::EndsEarlier { wanted: 32, last: 30 })
    ));
    let nothing = Journal::open(shared(&SimStorage::new()), Options { from: 2, ..options() });
    assert!(matches!(nothing.unwrap_err(), OpenError::Scan(ScanError::Empty)));
}

fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    !crc
}
