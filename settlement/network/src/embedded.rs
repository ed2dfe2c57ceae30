//! The whole network in the venue's own process: all validators in one thread of their own, their stores and their
//! common vote log in one directory.

use crate::cluster::{Cluster, LOG_BYTES, Next, OpenError, Shared, members_fit};
use crate::fault::Fault;
use crate::keys::Signer;
use crate::ledgers;
use crate::mempool::{Checked, Mempool, PoolLimits, SubmitError};
use crate::seat::{Health, Timing};
use crate::wal::{LogError, StoredLog};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tallystick_ledger::StoreError;
use tallystick_ledger::chain::{Chain, Head};
use tallystick_ledger::genesis::Genesis;
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::keys::SecretKey;
use tallystick_ledger::names::{ChainId, Height};
use tallystick_ledger::reader::Reader;
use tallystick_ledger::state::{Key, Record, View};
use tallystick_rules::Time;

/// What tells the time.
pub type Clock = Box<dyn FnMut() -> Time + Send>;

/// How a network is run.
pub struct Options {
    /// How long validators wait for each other, and for something to do.
    pub timing: Timing,
    /// How much may wait to be decided, and how much of it goes into a block.
    pub pool: PoolLimits,
    /// Whether validators carry out and commit blocks at the same time, each in a thread.
    pub parallel: bool,
    /// What tells the time: headers have one.
    pub clock: Clock,
}

impl Default for Options {
    /// The system's clock, and threads if there is more than one processor.
    fn default() -> Options {
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
        Options {
            timing: Timing::default(),
            pool: PoolLimits::default(),
            parallel: processors > 1,
            clock: Box::new(system_clock),
        }
    }
}

/// The system's time; before 1970 time stands still.
fn system_clock() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// Why a network cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The directory cannot be used.
    #[error("the network's directory {}: {error}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The votes cannot be remembered.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A validator's store cannot be opened.
    #[error("validator {place}: {error}")]
    Store {
        /// Whose.
        place: usize,
        /// What is wrong with it.
        error: StoreError,
    },
    /// The validators cannot begin.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no thread for it.
    #[error("the network's thread cannot be started: {0}")]
    Thread(io::Error),
}

/// Why a validator cannot be stopped or let go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorError {
    /// There is no such one.
    #[error("there is no validator {place}; they are numbered 0 to {last}")]
    Unknown {
        /// Which was asked for.
        place: usize,
        /// The last there is.
        last: usize,
    },
    /// The network does not run.
    #[error("the network has stopped: {0}")]
    Stopped(String),
}

/// A running network. Dropping it stops it.
pub struct Embedded {
    chain: ChainId,
    limits: PoolLimits,
    pool: Arc<Mutex<Mempool>>,
    readers: Vec<Reader>,
    board: Arc<Board>,
    commands: Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

/// What the network's thread lets others see.
struct Board {
    seen: Mutex<Seen>,
    changed: Condvar,
}

struct Seen {
    head: Head,
    health: Vec<(Health, Head)>,
    /// What there is no room for.
    waiting: Option<String>,
    stopping: bool,
    stopped: Option<String>,
}

enum Command {
    /// Something was submitted where nothing waited.
    Wake,
    Pause(usize, Sender<bool>),
    Resume(usize, Sender<bool>),
    Stop,
}

impl Embedded {
    /// Starts the network of this genesis in this directory, or lets it go on where it was stopped, by whatever.
    /// Refused are keys that are not the genesis's, in its order, and the directory of another chain.
    pub fn start(
        dir: &Path,
        genesis: &Genesis,
        keys: Vec<SecretKey>,
        mut options: Options,
    ) -> Result<Embedded, StartError> {
        members_fit(&genesis.validators, keys.iter().map(SecretKey::public))?;
        let chain = genesis.chain();
        let path = dir.join("votes.log");
        prepare(dir, &path).map_err(|error| StartError::Directory { path: dir.to_path_buf(), error })?;
        let mut members = Vec::new();
        let mut readers = Vec::new();
        for (place, key) in keys.into_iter().enumerate() {
            let store = ledgers::path(dir, place);
            let opened = Chain::open(&store, genesis);
            let app = opened.map_err(|error| StartError::Store { place, error })?;
            readers.push(app.reader());
            members.push((app, Box::new(key) as Box<dyn Signer>));
        }
        let (log, entries) = StoredLog::<File>::open(&path, || (), chain)?;
        let head = readers[0].head();
        let seen = Seen { head, health: Vec::new(), waiting: None, stopping: false, stopped: None };
        let board = Arc::new(Board { seen: Mutex::new(seen), changed: Condvar::new() });
        let pool = Arc::new(Mutex::new(Mempool::new(options.pool)));
        let shared = Shared {
            chain,
            validators: genesis.validators.clone(),
            log: Box::new(log),
            log_bytes: LOG_BYTES,
            pool: pool.clone(),
            timing: options.timing,
            parallel: options.parallel,
            patience: {
                let board = board.clone();
                Box::new(move |why| board.wait_for_room(why))
            },
        };
        let now = (options.clock)();
        let cluster = Cluster::open(members, shared, entries, now)?;
        (board.seen().head, board.seen().health) = (cluster.head(), cluster.health());
        let (commands, orders) = mpsc::channel();
        let runner = Runner { cluster, orders, board: board.clone(), clock: options.clock };
        let spawned = std::thread::Builder::new().name("network".to_string()).spawn(move || runner.run());
        let thread = Some(spawned.map_err(StartError::Thread)?);
        Ok(Embedded { chain, limits: options.pool, pool, readers, board, commands, thread })
    }

    /// The chain's name.
    pub fn chain(&self) -> ChainId {
        self.chain
    }

    /// Hands something over to be decided. Its signatures are verified here, in the caller's thread. What waits
    /// already, or was decided already, is not taken in again; that is no error.
    pub fn submit(&self, submission: Submission) -> Result<(), SubmitError> {
        if let Some(why) = self.stopped() {
            return Err(SubmitError::Stopped(why));
        }
        let checked = Checked::new(submission, self.chain, self.limits.block)?;
        if self.decided(checked.submission()) {
            return Ok(());
        }
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = pool.is_empty();
        pool.add(checked)?;
        drop(pool);
        if idle {
            self.order(Command::Wake);
        }
        Ok(())
    }

    /// The last block of the chain.
    pub fn head(&self) -> Head {
        self.board.seen().head
    }

    /// How each validator is, and which block it has committed last.
    pub fn health(&self) -> Vec<(Health, Head)> {
        self.board.seen().health.clone()
    }

    /// Why the network has stopped, if it has.
    pub fn stopped(&self) -> Option<String> {
        self.board.seen().stopped.clone()
    }

    /// What there is no room for on a disk: the network waits until there is. Nothing is decided meanwhile, and nothing
    /// that was decided is lost.
    pub fn waiting(&self) -> Option<String> {
        self.board.seen().waiting.clone()
    }

    /// Waits until the chain is higher than `height`, for at most so long, and returns the last block. It waits no
    /// longer if the network has stopped.
    pub fn wait_beyond(&self, height: Height, timeout: Duration) -> Head {
        let until = Instant::now().checked_add(timeout);
        let mut seen = self.board.seen();
        while seen.head.height <= height && seen.stopped.is_none() {
            let left = match until {
                Some(until) => until.saturating_duration_since(Instant::now()),
                None => Duration::MAX,
            };
            if left.is_zero() {
                break;
            }
            let waited = self.board.changed.wait_timeout(seen, left.min(Duration::from_secs(3_600)));
            seen = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        seen.head
    }

    /// Reads the copy of a validator that has the last block.
    pub fn reader(&self) -> Reader {
        let highest = self.readers.iter().max_by_key(|reader| reader.head().height);
        highest.expect("there are validators").clone()
    }

    /// Stops one validator, until it is resumed: it neither hears nor says anything.
    pub fn pause_validator(&self, place: usize) -> Result<(), ValidatorError> {
        self.command(place, |reply| Command::Pause(place, reply))
    }

    /// Lets a stopped validator go on. It takes in what was decided without it, then votes again.
    pub fn resume_validator(&self, place: usize) -> Result<(), ValidatorError> {
        self.command(place, |reply| Command::Resume(place, reply))
    }

    /// Stops the network, and waits until it has. Everything that is decided is on disk.
    pub fn stop(mut self) {
        self.halt();
    }

    fn halt(&mut self) {
        self.board.seen().stopping = true;
        self.board.changed.notify_all();
        self.order(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so.
            let _ = thread.join();
        }
    }

    /// Whether all of it was decided before.
    fn decided(&self, submission: &Submission) -> bool {
        let snapshot = self.reader().snapshot();
        let was = |key, id| matches!(snapshot.get(&key), Some(Record::Decided(decided)) if decided.id == id);
        match submission {
            Submission::Direct(signed) => {
                let id = signed.instruction.id();
                was(Key::Direct(id), id)
            }
            Submission::Batch(batch) => batch.transfers.iter().zip(batch.ids()).all(|(transfer, id)| {
                was(Key::Trade(batch.venue, batch.shard, batch.journal_epoch, transfer.trade), id)
            }),
        }
    }

    fn command(
        &self,
        place: usize,
        command: impl FnOnce(Sender<bool>) -> Command,
    ) -> Result<(), ValidatorError> {
        let (reply, answer) = mpsc::channel();
        self.order(command(reply));
        match answer.recv() {
            Ok(true) => Ok(()),
            Ok(false) => Err(ValidatorError::Unknown { place, last: self.readers.len() - 1 }),
            Err(_) => Err(ValidatorError::Stopped(self.stopped().unwrap_or_default())),
        }
    }

    fn order(&self, command: Command) {
        // If nobody listens the network has stopped, which the board says.
        let _ = self.commands.send(command);
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.halt();
    }
}

impl Board {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what there is no room for, and waits a while. Whether it is to be tried again.
    fn wait_for_room(&self, why: &str) -> bool {
        let mut seen = self.seen();
        seen.waiting = Some(why.to_string());
        self.changed.notify_all();
        let until = Instant::now() + ROOM;
        while !seen.stopping {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            seen = self.changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    fn stop(&self, why: String) {
        self.seen().stopped.get_or_insert(why);
        self.changed.notify_all();
    }
}

/// The network's thread.
struct Runner {
    cluster: Cluster<Chain>,
    orders: Receiver<Command>,
    board: Arc<Board>,
    clock: Clock,
}

/// How long a full disk is left alone.
const ROOM: Duration = Duration::from_millis(500);

/// The clock is looked at as often as this even if there is nothing to do: it need not be the system's.
const LOOK: Duration = Duration::from_millis(100);

impl Runner {
    fn run(mut self) {
        let ended = Ended(self.board.clone());
        match self.work() {
            Ok(()) => ended.0.stop("it was told to".to_string()),
            Err(fault) => ended.0.stop(fault.to_string()),
        }
    }

    fn work(&mut self) -> Result<(), Fault> {
        let mut wait = Duration::ZERO;
        loop {
            let reply = match self.orders.recv_timeout(wait) {
                Ok(Command::Wake) | Err(RecvTimeoutError::Timeout) => None,
                Ok(Command::Pause(place, reply)) => Some((reply, self.cluster.pause(place))),
                Ok(Command::Resume(place, reply)) => Some((reply, self.cluster.resume(place))),
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            let now = (self.clock)();
            let next = self.cluster.step(now)?;
            self.publish();
            if let Some((reply, done)) = reply {
                // Who asked may have gone.
                let _ = reply.send(done);
            }
            wait = match next {
                Next::Now => Duration::ZERO,
                Next::At(at) => Duration::from_nanos(at.0.saturating_sub(now.0)).min(LOOK),
                Next::Never => LOOK,
            };
        }
    }

    fn publish(&self) {
        let (head, health) = (self.cluster.head(), self.cluster.health());
        let mut seen = self.board.seen();
        seen.waiting = None;
        if seen.health != health {
            seen.health = health;
            if seen.head != head {
                seen.head = head;
                self.board.changed.notify_all();
            }
        }
    }
}

/// Tells those who wait, even if the thread panics.
struct Ended(Arc<Board>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.stop("its thread panicked".to_string());
    }
}

/// The directory and the vote log, for their owner only, and their names on disk.
fn prepare(dir: &Path, log: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(log)?;
    File::open(dir)?.sync_all()
}
