//! What one durable write costs: a block of 4 KB in a file that has its size already, and `fdatasync`.

use crate::measure::{Spread, timed};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

const BLOCK: usize = 4_096;
const BLOCKS: usize = 256;

/// So many durable writes in this folder, one after the other, each timed.
pub fn measure(folder: &Path, count: usize) -> io::Result<Spread> {
    let file = File::create(folder.join("block"))?;
    file.write_all_at(&vec![0; BLOCK * BLOCKS], 0)?;
    file.sync_all()?;
    let mut spread = Spread::default();
    for n in 0..count {
        let block = [n as u8 | 1; BLOCK];
        let mut result = Ok(());
        spread.record(timed(|| {
            result = file.write_all_at(&block, (n % BLOCKS * BLOCK) as u64).and_then(|()| file.sync_data());
        }));
        result?;
    }
    Ok(spread)
}
