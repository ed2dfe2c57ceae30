//! A secret key in a file: one line of hexadecimal digits, readable by its owner only.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tallystick_ledger::keys::{PublicKey, SecretKey};
use tallystick_ledger::names::Hash;
use zeroize::Zeroizing;

/// Why a key file can't be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file is not there.
    #[error("key file {} is missing", .0.display())]
    Missing(PathBuf),
    /// Others than its owner can read the file.
    #[error("key file {} is readable by others (mode {mode:04o}); chmod 600 it", path.display())]
    Readable {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The mode is another odd one.
    #[error("key file {} has mode {mode:04o} where 0600 is expected; chmod 600 it", path.display())]
    Mode {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is no key.
    #[error("key file {} does not hold a key: 64 hexadecimal digits and a line feed", .0.display())]
    Format(PathBuf),
    /// Keys are never written over.
    #[error("key file {} exists already; a key is never written over", .0.display())]
    Exists(PathBuf),
    /// The system refuses.
    #[error("key file {}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it says.
        error: io::Error,
    },
}

/// As much as is read of a file that should hold a key, in bytes.
const MOST: usize = 128;

/// Makes a new key in a new file, and tells its public half. It is on the disk, its directory's entry too.
pub fn create(path: &Path) -> Result<PublicKey, KeyFileError> {
    let failed = |error| KeyFileError::Io { path: path.to_owned(), error };
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(io::Error::other).map_err(failed)?;
    let text = Zeroizing::new(format!("{}\n", Hash(*seed)));
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(KeyFileError::Exists(path.to_owned()));
        }
        opened => opened.map_err(failed)?,
    };
    // A umask may have taken more from the mode than asked.
    file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
    Ok(SecretKey::from_seed(*seed).public())
}

/// The key in a file.
pub fn load(path: &Path) -> Result<SecretKey, KeyFileError> {
    Ok(SecretKey::from_seed(*seed(path)?))
}

/// The seed of the key in a file, for what signs in another form than the ledger's.
pub fn seed(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let failed = |error| KeyFileError::Io { path: path.to_owned(), error };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(KeyFileError::Missing(path.to_owned()));
        }
        opened => opened.map_err(failed)?,
    };
    // Of the open file, not of the path: nobody can put another in between.
    let mode = file.metadata().map_err(failed)?.mode() & 0o7777;
    match mode {
        0o600 => {}
        mode if mode & 0o077 != 0 => return Err(KeyFileError::Readable { path: path.to_owned(), mode }),
        mode => return Err(KeyFileError::Mode { path: path.to_owned(), mode }),
    }
    let mut text = Zeroizing::new(Vec::with_capacity(MOST));
    // Longer than any key: what is longer is none.
    file.take(MOST as u64).read_to_end(&mut text).map_err(failed)?;
    let digits = std::str::from_utf8(&text).ok().and_then(|text| text.strip_suffix('\n'));
    let seed = digits.and_then(Hash::from_hex).map(|hash| Zeroizing::new(hash.0));
    seed.ok_or_else(|| KeyFileError::Format(path.to_owned()))
}
