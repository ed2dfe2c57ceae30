//! The journal without the disk: records appended, and a batch of them handed to the operating system.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tallystick_journal::{FsStorage, Journal, Options, Storage};

/// The bytes of a new order's record, with its sequence number and time.
const RECORD: [u8; 88] = [7; 88];

/// A journal is thrown away after so many bytes of records, so that it stays within its first segment.
const MOST: usize = 24 << 20;

struct Scratch {
    journal: Journal,
    _folder: tempfile::TempDir,
}

fn fresh() -> Scratch {
    let folder = tempfile::tempdir().expect("a folder");
    let storage: Arc<dyn Storage> =
        Arc::new(FsStorage::open(folder.path().join("journal")).expect("a journal's folder"));
    let options =
        Options { segment_bytes: 32 << 20, ..Options::new(*b"venue of a bench", *b"random, 16 bytes") };
    let (journal, _) = Journal::open(storage, options).expect("a new journal");
    Scratch { journal, _folder: folder }
}

fn journal(c: &mut Criterion) {
    let mut group = c.benchmark_group("journal");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for batch in [1_usize, 16, 256] {
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(BenchmarkId::new("append and write, records a batch", batch), |b| {
            b.iter_custom(|iters| {
                let (mut scratch, mut written, mut took) = (fresh(), 0, Duration::ZERO);
                for _ in 0..iters {
                    // A frame takes whole blocks of the disk.
                    let bytes = (batch * (RECORD.len() + 4)).next_multiple_of(4_096) + 4_096;
                    if written + bytes > MOST {
                        (scratch, written) = (fresh(), 0);
                    }
                    written += bytes;
                    let journal = &mut scratch.journal;
                    let begun = Instant::now();
                    for _ in 0..batch {
                        journal.append(journal.next_seq(), &RECORD).expect("room");
                    }
                    journal.write().expect("a disk");
                    took += begun.elapsed();
                }
                took
            });
        });
    }
    group.finish();
}

criterion_group!(benches, journal);
criterion_main!(benches);
