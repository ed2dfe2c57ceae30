//! Where the demo keeps the venue's files: a directory of its own that goes away, or one that was asked for.

use super::founding::Pen;
use crate::cli::{Failure, serve};
use crate::clock::Clock;
use crate::config::Config;
use crate::settlement;
use crate::settlement::place::Parties;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What the venue is called.
pub const NAME: &str = "DEMO ATS";

/// The longest path that a Unix socket may have, on Linux and on other systems.
const LONGEST_SOCKET: usize = 103;

/// The demo's directory. Removed when this is dropped, unless it is to be kept.
#[derive(Debug)]
pub struct Place {
    dir: PathBuf,
    keep: bool,
}

impl Place {
    /// Makes the directory and the venue's configuration in it.
    pub fn make(keep: Option<&Path>) -> Result<Place, Failure> {
        let place = match keep {
            Some(dir) => Place { dir: asked_for(dir)?, keep: true },
            None => Place { dir: temporary()?, keep: false },
        };
        let socket = serve::socket(&place.data());
        if socket.as_os_str().len() > LONGEST_SOCKET {
            return Err(format!(
                "{} is too long a path for a Unix socket; choose a shorter directory with --keep or TMPDIR",
                socket.display()
            )
            .into());
        }
        let text = format!(
            "# The demo's venue. Go on with it: tallystick serve --config THIS-FILE\n\
             name = \"{NAME}\"\ndata = \"data\"\nlisten = \"127.0.0.1:0\"\n\n\
             [run]\ndurability = \"disk\"\nthreads = 2\nsegment_mib = 8\n\n\
             [bounds]\nopen_orders = 65536\nprice_windows = 64\n\n\
             [settlement]\nnetwork = \"embedded\"\n"
        );
        let config = place.config();
        fs::write(&config, text).map_err(|e| format!("{} can't be written: {e}", config.display()))?;
        Ok(place)
    }

    /// Begins the chain on which the venue's trades settle: its validators' keys and its genesis.
    pub fn begin_chain(&self, parties: &Parties) -> Result<Pen, Failure> {
        let (config, settings) = Config::read(&self.config())?;
        let failed = |e| format!("{} can't be made: {e}", config.data.display());
        fs::create_dir_all(&config.data).map_err(failed)?;
        let venue = settings.params.venue;
        let genesis = self.network().init(venue, parties, Clock::System.now())?;
        Ok(Pen { chain: genesis.chain(), horizon: genesis.horizon, venue })
    }

    /// Where the network's files are.
    pub fn network(&self) -> settlement::place::Place {
        settlement::place::Place::of(&self.data())
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The venue's configuration.
    pub fn config(&self) -> PathBuf {
        self.dir.join("demo.toml")
    }

    /// The venue's data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Where the keys of all who sign are, if they are kept.
    pub fn keys(&self) -> PathBuf {
        self.dir.join("keys")
    }

    /// Where the texts of securities and listings are.
    pub fn texts(&self) -> PathBuf {
        self.dir.join("texts")
    }

    /// A file for whoever wants to check something.
    pub fn proof(&self, name: &str) -> PathBuf {
        self.dir.join("proofs").join(name)
    }

    /// What the venue's process says.
    pub fn log(&self) -> PathBuf {
        self.dir.join("venue.log")
    }

    /// The last lines that the venue's process said.
    pub fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n  ")
    }

    /// Leaves the directory where it is.
    pub fn keep(&mut self) {
        self.keep = true;
    }

    /// Whether it stays.
    pub fn is_kept(&self) -> bool {
        self.keep
    }

    /// Whether files written here are in memory, not on a disk.
    pub fn is_in_memory(&self) -> bool {
        const TMPFS: i64 = 0x0102_1994;
        #[allow(clippy::unnecessary_cast)] // its type differs between platforms
        rustix::fs::statfs(&self.dir).is_ok_and(|s| s.f_type as i64 == TMPFS)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = fs::remove_dir_all(&self.dir)
        {
            eprintln!("tallystick: {} could not be removed: {error}", self.dir.display());
        }
    }
}

fn temporary() -> Result<PathBuf, Failure> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|e| format!("the system has no random bytes: {e}"))?;
    let parent = std::env::temp_dir();
    let dir = parent.join(format!("tallystick-demo-{:08x}", u32::from_le_bytes(random)));
    match fs::DirBuilder::new().mode(0o700).create(&dir) {
        Ok(()) => Ok(dir),
        Err(error) => Err(format!(
            "a temporary directory can't be made in {} ({error}); set TMPDIR to a directory that can be \
             written, or give one with --keep",
            parent.display()
        )
        .into()),
    }
}

fn asked_for(dir: &Path) -> Result<PathBuf, Failure> {
    let failed =
        |e| format!("{} can't be used ({e}); give --keep a directory that can be written", dir.display());
    fs::create_dir_all(dir).map_err(failed)?;
    if fs::read_dir(dir).map_err(failed)?.next().is_some() {
        return Err(format!("{} is not empty; give --keep a new directory", dir.display()).into());
    }
    Ok(dir.canonicalize().map_err(failed)?)
}
