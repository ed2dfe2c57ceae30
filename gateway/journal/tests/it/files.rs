//! The directory, its lock, files replaced atomically, the skip list, and the golden bytes.

use std::fmt::Write;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use crate::common::*;
use tallystick_journal::header::segment_name;
use tallystick_journal::sim::SimStorage;
use tallystick_journal::{
    FsError, FsStorage, Journal, Options, SKIPS_FILE, Skip, SkipError, Storage, add_skip, inspect, read_file,
    read_from, skips, verify, write_atomically,
};

#[test]
fn a_second_venue_on_a_directory_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = scratch.path().join("deep").join("journal");
    let first = FsStorage::open(&directory).unwrap();
    let clone = first.clone();
    let error = FsStorage::open(&directory).unwrap_err();
    assert!(matches!(error, FsError::Busy { .. }));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(first);
    assert!(FsStorage::open(&directory).is_err(), "a clone holds the lock too");
    drop(clone);
    FsStorage::open(&directory).unwrap();
}

#[test]
fn what_a_storage_makes_is_for_the_venues_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = tempfile::tempdir().unwrap();
    let (above, directory) = (scratch.path().join("data"), scratch.path().join("data").join("journal"));
    let storage = FsStorage::open(&directory).unwrap();
    storage.create("segment").unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!([directory.join("segment"), directory.join("lock")].map(|path| mode(&path)), [0o600; 2]);
    assert_ne!(mode(&above) & 0o100, 0, "others keep their sockets there");
}

#[test]
fn a_storage_opened_for_reading_writes_nothing_and_needs_no_lock() {
    let scratch = tempfile::tempdir().unwrap();
    let venue: Arc<dyn Storage> = Arc::new(FsStorage::open(scratch.path()).unwrap());
    let small = Options { segment_bytes: 8192, ..Options::new(VENUE, SALT) };
    let (mut journal, _) = Journal::open(venue, small.clone()).unwrap();
    for seq in 1..=20 {
        batch(&mut journal, seq..=seq, 450);
    }
    let visitor: Arc<dyn Storage> = Arc::new(FsStorage::open_read_only(scratch.path()).unwrap());
    assert_eq!(verify(&visitor).unwrap().records, 20);
    let denied = |error: std::io::Error| assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    denied(visitor.create("new").unwrap_err());
    denied(visitor.remove("lock").unwrap_err());
    denied(visitor.rename("lock", "key").unwrap_err());
    denied(visitor.sync_dir().unwrap_err());
    denied(visitor.open(&segment_name(1)).unwrap().write_at(0, b"x").unwrap_err());
    assert!(Journal::open(visitor, small).is_err());
    assert!(matches!(FsStorage::open_read_only(scratch.path().join("nowhere")), Err(FsError::Io { .. })));
}

#[test]
fn a_file_is_replaced_whole_or_not_at_all() {
    let disk = SimStorage::new();
    write_atomically(&disk, "snapshot", &[1; 3000]).unwrap();
    let mut moments = 0;
    for moment in 0.. {
        let disk = disk.fork();
        disk.capture_in(moment);
        write_atomically(&disk, "snapshot", &[2; 2000]).unwrap();
        let Some(captured) = disk.captured() else { break };
        moments += 1;
        for seed in 0..100 {
            let found = read_file(&captured.crash(seed), "snapshot").unwrap();
            assert!(found == [1; 3000] || found == [2; 2000], "moment {moment}, seed {seed}");
        }
        assert_eq!(read_file(&disk.crash(moment), "snapshot").unwrap(), [2; 2000]);
    }
    assert_eq!(moments, 5, "create, write, sync, rename, sync of the directory");

    disk.disk_full_after(100);
    write_atomically(&disk, "snapshot", &[3; 2000]).unwrap_err();
    assert_eq!(read_file(&disk, "snapshot").unwrap(), [1; 3000]);
    assert_eq!(disk.list().unwrap(), ["snapshot"]);
}

#[test]
fn the_skip_list_keeps_what_was_added() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=5, 50);
    let storage = shared(&disk);
    assert_eq!(skips(&*storage).unwrap(), []);
    add_skip(&storage, 4, "aborts in apply", "ops: Åsa", 1_000).unwrap();
    add_skip(&storage, 2, "again", "ops", 2_000).unwrap();
    let skip =
        |seq, time_ns, who: &str, reason: &str| Skip { seq, time_ns, who: who.into(), reason: reason.into() };
    let expected = [skip(4, 1_000, "ops: Åsa", "aborts in apply"), skip(2, 2_000, "ops", "again")];
    assert_eq!(skips(&disk.crash_keeping(|_| false)).unwrap(), expected);

    let refused = |seq, reason, who| add_skip(&storage, seq, reason, who, 3_000).unwrap_err();
    assert!(matches!(refused(6, "why", "ops"), SkipError::NotInJournal { seq: 6, first: 1, last: 5 }));
    assert!(matches!(refused(0, "why", "ops"), SkipError::NotInJournal { .. }));
    assert!(matches!(refused(4, "why", "ops"), SkipError::AlreadySkipped { seq: 4, .. }));
    assert!(matches!(refused(5, "  ", "ops"), SkipError::Missing { .. }));
    assert!(matches!(refused(5, "why", ""), SkipError::Missing { .. }));
    assert_eq!(skips(&*storage).unwrap(), expected);
}

#[test]
fn a_corrupt_skip_list_is_refused() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=5, 50);
    add_skip(&shared(&disk), 4, "aborts in apply", "ops", 1_000).unwrap();
    let good = read_file(&disk, SKIPS_FILE).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        disk.plant(SKIPS_FILE, &bad);
        assert!(matches!(skips(&disk), Err(SkipError::Corrupt { .. })), "byte {at}");
        disk.plant(SKIPS_FILE, &good[..at]);
        assert!(matches!(skips(&disk), Err(SkipError::Corrupt { .. })), "cut to {at}");
    }
}

#[test]
fn verify_counts_everything() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=3, 100);
    batch(&mut journal, 4..=20, 450);
    let report = verify(&shared(&disk)).unwrap();
    assert_eq!((report.first_seq, report.last_seq, report.records, report.frames), (1, 20, 20, 2));
    assert_eq!((report.payload_bytes, report.torn_bytes), (3 * 100 + 17 * 450, 0));
    assert_eq!((report.chain, report.venue), (journal.chain(), VENUE));
    let parts: Vec<_> =
        report.segments.iter().map(|s| (s.name.clone(), s.records, s.frames, s.payload_bytes)).collect();
    assert_eq!(parts, [(segment_name(1), 3, 1, 300), (segment_name(4), 17, 1, 17 * 450)]);
}

#[test]
fn inspect_says_where_a_record_lies() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=3, 100);
    batch(&mut journal, 4..=20, 450);
    let mut reader = inspect(&shared(&disk)).unwrap();
    let mut count = 0;
    while let Some(record) = reader.next_record().unwrap() {
        count += 1;
        assert_eq!((record.seq, record.segment), (count, &segment_name(if count < 4 { 1 } else { 4 })[..]));
        let file = read_file(&disk, record.segment).unwrap();
        let at = record.offset as usize;
        assert_eq!(file[at..at + 4], (record.payload.len() as u32).to_le_bytes());
        assert_eq!(file[at + 4..at + 4 + record.payload.len()], *record.payload);
    }
    assert_eq!(count, 20);
    assert_eq!(read_from(&shared(&disk), 20).unwrap().next_record().unwrap().unwrap().seq, 20);
    assert!(read_from(&shared(&disk), 21).unwrap().next_record().unwrap().is_none());
    assert!(read_from(&shared(&disk), 22).unwrap().next_record().is_err());
}

/// The layout on disk is a promise: journals outlive releases. If this fails, the format changed; that needs a new
/// format version. Only then run the test with `REGENERATE_GOLDEN=1`, and look at the difference.
#[test]
fn the_bytes_of_a_segment_are_golden() {
    let disk = SimStorage::new();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=2, 20);
    batch(&mut journal, 3..=3, 0);
    unsynced_batch(&mut journal, 4..=4, 45);
    add_skip(&shared(&disk), 3, "a reason", "a name", 1_700_000_000_000_000_000).unwrap();
    for (name, golden) in [(segment_name(1), "segment.hex"), (SKIPS_FILE.to_owned(), "skips.hex")] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(golden);
        let dump = hex_dump(&read_file(&disk, &name).unwrap());
        if std::env::var_os("REGENERATE_GOLDEN").is_some() {
            std::fs::write(&path, &dump).unwrap();
        }
        assert_eq!(dump, std::fs::read_to_string(&path).unwrap(), "{golden}");
    }
}

/// Sixteen bytes a line, lines of zeros left out.
fn hex_dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, line) in bytes.chunks(16).enumerate().filter(|(_, line)| line.iter().any(|&b| b != 0)) {
        write!(text, "{:06x} ", index * 16).unwrap();
        line.iter().for_each(|byte| write!(text, " {byte:02x}").unwrap());
        text.push_str("  ");
        text.extend(line.iter().map(|&b| if b.is_ascii_graphic() { b as char } else { '.' }));
        text.push('\n');
    }
    writeln!(text, "{:06x}", bytes.len()).unwrap();
    text
}
