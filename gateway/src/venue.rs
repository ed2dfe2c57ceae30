//! A running venue: recovers, starts its threads, answers operators, stops.

use crate::bell::Bell;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::gate::{Durability, Progress};
pub use crate::operator::{AskError, Desk};
use crate::pipeline::{EngineStage, JournalStage, Pipeline, SequencerStage, Step};
use crate::recovery::{self, RecoverError, Recovered, Report};
use crate::say::complain;
use crate::session::egress::Egress;
use crate::session::fetcher::Fetcher;
use crate::session::frontend::{Frontend, Limits, WAKER};
use crate::session::table::Table;
use crate::shadow;
use crate::stores::Stores;
use crate::threads::{self, NAP, Stages, Waiting};
use crossbeam::channel::{Receiver, unbounded};
use mio::net::TcpListener;
use mio::{Poll, Waker};
use rustix::process::Resource;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tallystick_engine::Engine;
use tallystick_engine::command::{Action, VenueParams};
use tallystick_engine::reject::Refusal;
use tallystick_engine::snapshot::SnapshotError;
use tallystick_journal::{Options, Preparer};
use tallystick_settlement::{Fresh, Outbox, Pending};

/// How a venue runs.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Where it listens for clients; port nought takes any.
    pub listen: SocketAddr,
    /// When it tells what it has done.
    pub durability: Durability,
    /// How its threads wait.
    pub waiting: Waiting,
    /// How many threads its stages have, the sockets' included.
    pub threads: Threads,
    /// The size of a journal segment, in bytes.
    pub segment_bytes: u64,
    /// A snapshot is taken after so many commands.
    pub snapshot_every: u64,
    /// What bounds its connections.
    pub limits: Limits,
    /// What bounds the venue; set when it is new and fixed then.
    pub params: VenueParams,
}

/// How the stages are mapped to threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// Everything on one: the shortest way where cores are few.
    One,
    /// Sockets; sequencer, journal and engine.
    Two,
    /// Sockets; sequencer; journal; engine.
    Four,
}

/// Why a venue did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory can't be recovered.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// The address can't be listened on.
    #[error(
        "{address} can't be listened on ({source}); stop what uses the port, or choose another in `listen`"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system answered.
        source: io::Error,
    },
    /// The system gives no means to wait for sockets.
    #[error("the system gives no means to wait for sockets: {0}")]
    System(#[from] io::Error),
    /// The shadow engine could not be made.
    #[error(transparent)]
    Shadow(#[from] SnapshotError),
    /// The data directory belongs to a venue on another network, or on none.
    #[error(
        "the venue in this data directory settles on {settles}, and is started with {started};          a venue stays on its network: put the right one in place, or begin a new data directory"
    )]
    OtherNetwork {
        /// What its journal says.
        settles: String,
        /// What it is started with.
        started: String,
    },
    /// The process may not have as many open files as it could need.
    #[error(
        "{connections} connections (`run.max_connections`) and the venue's own files need {needed} open files, and \
         this process may have {limit}: raise the limit (`ulimit -n`, `LimitNOFILE`), or lower `run.max_connections`"
    )]
    Descriptors {
        /// How many connections there may be.
        connections: usize,
        /// How many open files that takes.
        needed: u64,
        /// How many the process may have.
        limit: u64,
    },
    /// A new venue's parameters were refused.
    #[error("the venue can't be opened: {0}")]
    Params(#[from] Refusal),
}

/// What a venue has to be settled.
#[derive(Debug)]
pub struct Unsettled {
    /// Trades, and what headroom orders need, once they are durable.
    pub trades: Receiver<Fresh>,
    /// What the venue knew when it was recovered.
    pub recovered: tallystick_settlement::Recovered,
}

/// A running venue.
#[derive(Debug)]
pub struct Venue {
    /// Where it listens.
    pub address: SocketAddr,
    /// How it was recovered.
    pub report: Report,
    /// What bounds it, as its journal says.
    pub params: VenueParams,
    /// For operators.
    pub desk: Desk,
    /// What waits to be settled now and what will, where there is a network to settle it.
    pub unsettled: Option<Unsettled>,
    progress: Progress,
    stop: Arc<AtomicBool>,
    main: JoinHandle<Engine>,
    helpers: Vec<JoinHandle<()>>,
}

impl Venue {
    /// Recovers the venue of these stores and starts it.
    pub fn start(settings: &Settings, stores: Stores, clock: Clock) -> Result<Venue, StartError> {
        check_descriptors(
            settings.limits.max_connections,
            rustix::process::getrlimit(Resource::Nofile).current,
        )?;
        let options = Options {
            segment_bytes: settings.segment_bytes,
            ..Options::new(settings.params.venue, random())
        };
        let hash_seed = u64::from_le_bytes(random());
        let Recovered { engine, journal, events, report } =
            recovery::recover_under(&stores, &options, settings.durability, hash_seed)?;
        let poll = Poll::new()?;
        let bell = Bell::for_poll(Waker::new(poll.registry(), WAKER)?);
        let listen = |source| StartError::Listen { address: settings.listen, source };
        let listener = TcpListener::bind(settings.listen).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;

        let is_new = engine.params().is_none();
        let params = engine.params().copied().unwrap_or(settings.params);
        check_network(&engine, settings)?;
        let recovered = recovered(&engine);
        let registry = engine.registry().cloned();
        let double = Engine::restore(&engine.state(), registry, hash_seed)?;
        let gone = engine.connected_sessions().collect();
        let (table, directory, outbox) = (Table::of(&engine), Directory::of(&engine), Outbox::of(&engine));
        let pipeline = Pipeline::new(engine, journal, settings.durability, clock.clone());
        let Pipeline { sequencer, journal, engine, ingress, gate, progress } = pipeline;

        let stop = Arc::new(AtomicBool::new(false));
        let done = Arc::new(AtomicBool::new(false));
        let (watch, shadow) = shadow::start(
            stores.clone(),
            double,
            progress.clone(),
            settings.snapshot_every,
            Arc::clone(&done),
        );
        let preparers = [journal.preparer(), events.preparer()].map(|p| prepare(p, Arc::clone(&done)));
        let fetcher = Fetcher::start(events.storage(), bell.clone());
        let (jobs, waiting_jobs) = unbounded();
        let (settlement, unsettled) = match settings.params.network {
            Some(_) => {
                let (send, trades) = unbounded();
                (Some(send), Some(Unsettled { trades, recovered }))
            }
            None => (None, None),
        };
        let egress = Egress::new(gate, table, events, directory, outbox, settlement, waiting_jobs);
        let workers = Workers::start((sequencer, journal, engine), settings, &bell);
        let bells = workers.sequencer_bell.iter().cloned().collect();
        let frontend = Frontend::new(
            poll,
            listener,
            settings.limits,
            ingress,
            bells,
            clock.clone(),
            fetcher,
            egress,
            gone,
        )?;
        let main = {
            let (stop, done, bell) = (Arc::clone(&stop), done, bell.clone());
            let waiting = settings.waiting;
            let run = move || {
                let engine = run(frontend, workers, waiting, &bell, &stop);
                done.store(true, Ordering::Release);
                engine
            };
            std::thread::Builder::new().name("sockets".into()).spawn(run)?
        };
        let desk = Desk { jobs, bell, watch, stores, clock };
        let venue = Venue {
            address,
            report,
            params,
            desk,
            unsettled,
            progress,
            stop,
            main,
            helpers: preparers.into_iter().chain([shadow]).collect(),
        };
        if is_new {
            match venue.desk.act(Action::OpenVenue(settings.params), None, 0) {
                Ok(_) => {}
                Err(AskError::Refused(refusal)) => {
                    venue.stop();
                    return Err(StartError::Params(refusal));
                }
                Err(other) => panic!("a venue that has just started answers: {other}"),
            }
        }
        Ok(venue)
    }

    /// Tells the clients, finishes what was taken in, takes a last snapshot, and returns the engine.
    pub fn stop(self) -> Engine {
        self.stop.store(true, Ordering::Release);
        self.desk.bell.ring();
        let engine = self.main.join().expect("the venue's thread does not panic");
        for helper in self.helpers {
            helper.join().expect("a helper's thread does not panic");
        }
        let safe = self.progress.safe();
        if self.progress.is_waiting() {
            complain!(
                "tallystick: the venue stops on a disk without room: everything that anyone was told is there, up to \
                 command {safe}; what came after was told to nobody and is given up. Make room, then start it again."
            );
        }
        // A snapshot of commands that the journal lacks would be one of another history.
        if engine.seq() <= safe
            && let Err(error) = self.desk.stores.save_snapshot(&engine.state(), shadow::KEEP)
        {
            complain!(
                "tallystick: the last snapshot could not be written ({error}); the next start takes longer"
            );
        }
        engine
    }
}

/// Every connection is an open file, and so is all that the venue itself holds. What it may need it must be able to
/// have: without descriptors it could not even begin the next segment of its journal.
fn check_descriptors(connections: usize, limit: Option<u64>) -> Result<(), StartError> {
    /// Journal, event log, snapshots, registries, the network's stores, operators, with room to spare.
    const OWN: u64 = 128;
    let needed = connections as u64 + OWN;
    match limit {
        Some(limit) if limit < needed => Err(StartError::Descriptors { connections, needed, limit }),
        _ => Ok(()),
    }
}

/// A venue stays on the network that it was opened on.
fn check_network(engine: &Engine, settings: &Settings) -> Result<(), StartError> {
    let words = |params: &VenueParams| match params.network {
        Some(network) => {
            let chain: String = network.chain.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("chain {chain}")
        }
        None => "no network".into(),
    };
    match engine.params() {
        Some(params) if params.network.map(|n| n.chain) != settings.params.network.map(|n| n.chain) => {
            Err(StartError::OtherNetwork { settles: words(params), started: words(&settings.params) })
        }
        _ => Ok(()),
    }
}

fn recovered(engine: &Engine) -> tallystick_settlement::Recovered {
    tallystick_settlement::Recovered {
        open: engine.obligations().map(Pending::from).collect(),
        followed: engine.followed(),
        listed: engine.securities().map(|(listing, _)| listing.security).collect(),
        changes: engine.changed_persons(),
    }
}

type All = (SequencerStage, JournalStage, EngineStage);

/// The stages, wherever they run.
struct Workers {
    /// Stages of the sockets' own thread.
    local: Option<All>,
    /// Threads in the order in which they are stopped, each with its flag.
    threads: Vec<(Arc<AtomicBool>, JoinHandle<Option<Engine>>)>,
    sequencer_bell: Option<Bell>,
}

impl Workers {
    fn start((mut sequencer, mut journal, mut engine): All, settings: &Settings, sockets: &Bell) -> Workers {
        let waiting = settings.waiting;
        match settings.threads {
            Threads::One => Workers {
                local: Some((sequencer, journal, engine)),
                threads: Vec::new(),
                sequencer_bell: None,
            },
            Threads::Two => {
                let (bell, parker) = threads::bell();
                journal.rings(vec![sockets.clone()]);
                engine.rings(vec![sockets.clone()]);
                let stop = Arc::new(AtomicBool::new(false));
                let stages = (sequencer, journal, engine);
                let at = (bell.clone(), parker);
                let thread = threads::spawn("core", stages, at, waiting, Arc::clone(&stop), finish);
                Workers { local: None, threads: vec![(stop, thread)], sequencer_bell: Some(bell) }
            }
            Threads::Four => {
                let [at_sequencer, at_journal, at_engine] =
                    [threads::bell(), threads::bell(), threads::bell()];
                let bell = at_sequencer.0.clone();
                sequencer.rings(vec![at_journal.0.clone(), at_engine.0.clone()]);
                journal.rings(vec![sockets.clone()]);
                engine.rings(vec![sockets.clone(), bell.clone()]);
                let stops: [Arc<AtomicBool>; 3] = Default::default();
                let [s, j, e] = stops.clone();
                let [stop_s, stop_j, stop_e] = stops;
                let threads = vec![
                    (s, threads::spawn("sequencer", (sequencer,), at_sequencer, waiting, stop_s, |_| None)),
                    (
                        j,
                        threads::spawn("journal", (journal,), at_journal, waiting, stop_j, |(journal,)| {
                            close(journal);
                            None
                        }),
                    ),
                    (
                        e,
                        threads::spawn("engine", (engine,), at_engine, waiting, stop_e, |(engine,)| {
                            Some(engine.into_engine())
                        }),
                    ),
                ];
                Workers { local: None, threads, sequencer_bell: Some(bell) }
            }
        }
    }
}

fn finish((_, journal, engine): All) -> Option<Engine> {
    close(journal);
    Some(engine.into_engine())
}

fn close(journal: JournalStage) {
    if let Err(error) = journal.close() {
        threads::abort(&error);
    }
}

/// The sockets' thread, until it is told to stop and everything is out.
fn run(
    mut frontend: Frontend,
    mut workers: Workers,
    waiting: Waiting,
    bell: &Bell,
    stop: &AtomicBool,
) -> Engine {
    let work = |frontend: &mut Frontend, local: &mut Option<All>| {
        let pumped = frontend.pump();
        let stepped = local.as_mut().is_some_and(|stages| threads::step_or_abort(stages) == Step::Worked);
        pumped | stepped
    };
    while !stop.load(Ordering::Acquire) {
        let worked = work(&mut frontend, &mut workers.local);
        let timeout = match waiting {
            Waiting::Block if !worked => {
                bell.about_to_sleep();
                let woken = work(&mut frontend, &mut workers.local) || stop.load(Ordering::Acquire);
                if woken { Duration::ZERO } else { NAP }
            }
            Waiting::Block | Waiting::BusyPoll => Duration::ZERO,
        };
        frontend.wait(timeout).expect("waiting for sockets does not fail");
        bell.awake();
    }
    frontend.stop();
    let mut engine = None;
    for (stop, thread) in workers.threads {
        stop.store(true, Ordering::Release);
        // What it still has to say must be taken from it, or it can't finish.
        while !thread.is_finished() {
            if !turn(&mut frontend) {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        engine = thread.join().expect("a stage's thread does not panic").or(engine);
    }
    if let Some(mut stages) = workers.local {
        while threads::step_or_abort(&mut stages) == Step::Worked
            || !(stages.is_drained() || stages.is_waiting())
        {
            turn(&mut frontend);
        }
        engine = finish(stages);
    }
    while turn(&mut frontend) || !frontend.egress.is_drained() {}
    engine.expect("one of the threads had the engine")
}

/// One turn of a front end that is to end: sockets are looked at, and not waited for.
fn turn(frontend: &mut Frontend) -> bool {
    frontend.wait(Duration::ZERO).expect("waiting for sockets does not fail");
    frontend.pump()
}

/// Makes journal segments ahead of time.
fn prepare(preparer: Preparer, done: Arc<AtomicBool>) -> JoinHandle<()> {
    let run = move || {
        let (mut told, mut turns) = (false, 0_u32);
        while !done.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(20));
            // Filling what room there is, again and again, would take it from everything else.
            turns = turns.wrapping_add(1);
            if told && !turns.is_multiple_of(50) {
                continue;
            }
            match preparer.prepare() {
                Ok(_) => told = false,
                Err(error) if error.is_fatal() => threads::abort(&error),
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        complain!("tallystick: {error}");
                    }
                }
            }
        }
    };
    std::thread::Builder::new()
        .name("preparer".into())
        .spawn(run)
        .expect("the system gives a thread at start")
}

/// Random bytes from the system.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    bytes
}
