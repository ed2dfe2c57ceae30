//! The validators of one process: their mail, their common vote log, their heights.
//!
//! Work goes in rounds. In each, every validator takes in what has arrived; what they all want logged is written and
//! flushed at once; only then is anything said, decided or begun. Mail is delivered in a fixed order, and time is
//! passed in: the same inputs give the same blocks.

mod follow;

use crate::application::Application;
use crate::context::{Height, Place, ValidatorSet, ValidatorsError};
use crate::fault::Fault;
use crate::keys::Signer;
use crate::mempool::Mempool;
use crate::node::{Node, Output};
use crate::record::Entry;
use crate::seat::{Health, Mail, Proposed, Seat, Timing};
use crate::wal::VoteLog;
use malachite_core_consensus::Input;
use malachite_core_types::{Round, Timeout};
use std::sync::{Arc, Mutex, PoisonError};
use tallystick_ledger::chain::Head;
use tallystick_ledger::genesis::Validators;
use tallystick_ledger::header::Block;
use tallystick_ledger::keys::PublicKey;
use tallystick_ledger::names::ChainId;
use tallystick_rules::Time;

/// What the validators share.
pub struct Shared {
    /// The chain they make.
    pub chain: ChainId,
    /// Who they are.
    pub validators: Validators,
    /// Where they log.
    pub log: Box<dyn VoteLog>,
    /// A log of more bytes than this is emptied as soon as all that is in it is decided.
    pub log_bytes: u64,
    /// What waits to be decided.
    pub pool: Arc<Mutex<Mempool>>,
    /// How long they wait.
    pub timing: Timing,
    /// Whether they carry out and commit blocks at the same time, each in a thread.
    pub parallel: bool,
    /// What they do while a disk is full.
    pub patience: Patience,
}

/// Is told why something finds no room on a disk, waits a while, and says whether it is to be tried again. Where it is
/// not, the network stops.
pub type Patience = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// Why a network cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not with these validators.
    #[error(transparent)]
    Validators(#[from] ValidatorsError),
    /// There must be one key and one copy of the chain for each.
    #[error("{found} validators are to run here, but the genesis has {expected}")]
    Number {
        /// How many the genesis has.
        expected: usize,
        /// How many were to be run.
        found: usize,
    },
    /// A signer is another validator's.
    #[error("the key {found} is not that of validator {place}, {expected}")]
    Key {
        /// Whose.
        place: usize,
        /// What the genesis names.
        expected: PublicKey,
        /// What the signer has.
        found: PublicKey,
    },
    /// A proposal would be given up before an idle proposer makes it.
    #[error("validators must wait longer for a proposal than a proposer waits for something to propose")]
    Timing,
    /// Something is broken from the start.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// How many bytes a vote log may have before it is emptied, unless something else is said.
pub const LOG_BYTES: u64 = 4 << 20;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// More work, at once.
    Now,
    /// Nothing before this moment, unless something is submitted.
    At(Time),
    /// Nothing at all: no validator runs.
    Never,
}

/// The validators of one process.
pub struct Cluster<A: Application> {
    seats: Vec<Seat<A>>,
    set: ValidatorSet,
    shared: Shared,
    /// The proposals and blocks of the height's last round, for a validator that comes back.
    said: Vec<(Round, Mail)>,
    /// The highest height that the log is about.
    logged: u64,
    fault: Option<Fault>,
}

impl<A: Application> Cluster<A> {
    /// Begins, or goes on from where it was stopped: those that are behind take in what the others have decided, and
    /// all remember from the log what they said at the height that was not decided.
    pub fn open(
        members: Vec<(A, Box<dyn Signer>)>,
        shared: Shared,
        log: Vec<Entry>,
        now: Time,
    ) -> Result<Cluster<A>, OpenError> {
        let set = ValidatorSet::new(&shared.validators)?;
        members_fit(&shared.validators, members.iter().map(|(_, signer)| signer.public()))?;
        let propose = shared.timing.waits.duration_for(Timeout::propose(Round::ZERO));
        if propose <= shared.timing.idle {
            return Err(OpenError::Timing);
        }
        let mut seats = Vec::with_capacity(members.len());
        for (place, (app, signer)) in members.into_iter().enumerate() {
            let height = Height(app.head().height.0 + 1);
            let node = Node::new(shared.chain, Place(place as u16), set.clone(), signer, height);
            seats.push(Seat::new(node, app));
        }
        let logged = log.iter().map(Entry::height).max().unwrap_or(0);
        let mut cluster = Cluster { seats, set, shared, said: Vec::new(), logged, fault: None };
        cluster.restore(log, now)?;
        Ok(cluster)
    }

    /// One round of work. After an error the network has stopped: it says the same error for ever.
    pub fn step(&mut self, now: Time) -> Result<Next, Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let done =
            self.welcome().and_then(|()| self.work(now)).and_then(|proposed| self.settle(now, proposed));
        if let Err(fault) = done {
            self.fault = Some(fault.clone());
            return Err(fault);
        }
        Ok(self.next(now))
    }

    /// The last block of the chain: some validator has committed it.
    pub fn head(&self) -> Head {
        self.seats
            .iter()
            .map(|seat| seat.app.head())
            .max_by_key(|head| head.height)
            .expect("there are validators")
    }

    /// How each validator is, and which block it has committed last.
    pub fn health(&self) -> Vec<(Health, Head)> {
        self.seats.iter().map(|seat| (seat.health.clone(), seat.app.head())).collect()
    }

    /// Why a validator last held a block bad, if it ever did.
    pub fn complaint(&self, place: usize) -> Option<&str> {
        self.seats.get(place)?.complaint.as_deref()
    }

    /// A validator's copy of the chain.
    pub fn app(&self, place: usize) -> Option<&A> {
        self.seats.get(place).map(|seat| &seat.app)
    }

    /// Stops one validator: it neither hears nor says anything. Whether there is such a one.
    pub fn pause(&mut self, place: usize) -> bool {
        let Some(seat) = self.seats.get_mut(place) else { return false };
        seat.health = Health::Paused;
        seat.mail.clear();
        true
    }

    /// Lets a validator go on that was stopped. It takes in what was decided without it, then votes again.
    pub fn resume(&mut self, place: usize) -> bool {
        let Some(seat) = self.seats.get_mut(place) else { return false };
        if !seat.votes() {
            seat.health = Health::CatchingUp;
        }
        true
    }

    /// Every validator takes in what has arrived. Returns the blocks that are proposed.
    fn work(&mut self, now: Time) -> Result<Vec<Proposed>, Fault> {
        let (idle, pool) = (self.shared.timing.idle, &self.shared.pool);
        let judging = |seat: &Seat<A>| seat.votes() && seat.mail.iter().any(|m| matches!(m, Mail::Block(_)));
        let parallel = self.shared.parallel && self.seats.iter().filter(|seat| judging(seat)).count() > 1;
        let each = each(&mut self.seats, parallel, Seat::votes, |seat| seat.work(now, idle, pool))?;
        Ok(each.into_iter().flatten().collect())
    }

    /// Logs what is to be logged, and then does what is to be done.
    fn settle(&mut self, now: Time, proposed: Vec<Proposed>) -> Result<(), Fault> {
        let mut entries: Vec<Entry> = proposed
            .iter()
            .map(|proposed| Entry::Block {
                round: proposed.round.as_u32().expect("blocks are proposed in a round"),
                proposer: proposed.proposer.0,
                block: Block::clone(&proposed.block),
            })
            .collect();
        let mut outputs = Vec::with_capacity(self.seats.len());
        for (place, seat) in self.seats.iter_mut().enumerate() {
            let taken = seat.node.take();
            let inputs = taken.records.into_iter();
            let place = place as u16;
            entries.extend(inputs.map(|(height, record)| Entry::Input { place, height: height.0, record }));
            outputs.push(taken.then);
        }
        if let Some(top) = entries.iter().map(Entry::height).max() {
            self.log(&entries)?;
            self.logged = self.logged.max(top);
        }
        // From here on everything that was signed may be known.
        for proposed in proposed {
            self.tell(usize::from(proposed.proposer.0), &Mail::Block(proposed));
        }
        for (place, outputs) in outputs.into_iter().enumerate() {
            for output in outputs {
                self.act(place, output, now);
            }
        }
        self.commit()
    }

    fn act(&mut self, place: usize, output: Output, now: Time) {
        let seat = &mut self.seats[place];
        match seat.settle(output, now, &self.shared.timing.waits) {
            Some(Output::Publish(message)) => self.tell(place, &Mail::Input(message.input())),
            Some(Output::Restream(header)) => {
                if let Some(proposed) = seat.block(header).cloned() {
                    self.tell(place, &Mail::Block(proposed));
                }
            }
            // Nothing but a new height is waited for, and that begins for all at once.
            Some(_) | None => {}
        }
    }

    /// One validator tells all others.
    fn tell(&mut self, from: usize, mail: &Mail) {
        let round = match mail {
            Mail::Block(proposed) => Some(proposed.round),
            Mail::Input(Input::Proposal(proposal)) => Some(proposal.round),
            Mail::Input(_) => None,
        };
        if let Some(round) = round {
            self.said.retain(|(said, _)| *said >= round);
            self.said.push((round, mail.clone()));
        }
        for (place, seat) in self.seats.iter_mut().enumerate() {
            if place != from && seat.votes() {
                seat.mail.push_back(mail.clone());
            }
        }
    }

    /// Commits what is decided. As soon as one has, the height is over for all, and the next begins.
    fn commit(&mut self) -> Result<(), Fault> {
        let decided = |seat: &Seat<A>| seat.decision.is_some();
        let parallel = self.shared.parallel && self.seats.iter().filter(|seat| decided(seat)).count() > 1;
        let patience = &self.shared.patience;
        let blocks = each(&mut self.seats, parallel, decided, |seat| seat.commit(patience))?;
        let Some(block) = blocks.into_iter().flatten().next() else { return Ok(()) };
        self.shared.pool.lock().unwrap_or_else(PoisonError::into_inner).decided(&block);
        self.said.clear();
        let top = self.head().height;
        for seat in self.seats.iter_mut().filter(|seat| seat.votes()) {
            // One whose votes came later takes the block from the others.
            if seat.app.head().height < top {
                seat.health = Health::CatchingUp;
            }
            seat.leave();
        }
        self.catch_up(follow::AT_ONCE)?;
        for place in 0..self.seats.len() {
            if self.seats[place].votes() {
                self.begin(place);
            }
        }
        if self.logged <= top.0 && self.shared.log.bytes() > self.shared.log_bytes {
            self.forget()?;
        }
        Ok(())
    }

    /// Makes this durable, as soon as there is room for it.
    fn log(&mut self, entries: &[Entry]) -> Result<(), Fault> {
        loop {
            match self.shared.log.write(entries) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    let fault = Fault::Log(Arc::new(error));
                    if !fault.is_want_of_room() || !(self.shared.patience)(&fault.to_string()) {
                        return Err(fault);
                    }
                }
            }
        }
    }

    fn forget(&mut self) -> Result<(), Fault> {
        self.shared.log.forget().map_err(|error| Fault::Log(Arc::new(error)))
    }

    fn next(&self, now: Time) -> Next {
        let busy = |seat: &Seat<A>| match seat.health {
            Health::Voting => seat.has_mail(),
            Health::CatchingUp => true,
            Health::Paused | Health::Halted(_) => false,
        };
        if self.seats.iter().any(busy) {
            return Next::Now;
        }
        let waiting = !self.shared.pool.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        let idle = self.shared.timing.idle;
        let voting = self.seats.iter().filter(|seat| seat.votes());
        match voting.filter_map(|seat| seat.next(idle, waiting)).min() {
            Some(at) if at <= now => Next::Now,
            Some(at) => Next::At(at),
            None => Next::Never,
        }
    }
}

/// Whether these keys are those of all validators, in their order.
pub fn members_fit(
    validators: &Validators,
    keys: impl ExactSizeIterator<Item = PublicKey>,
) -> Result<(), OpenError> {
    let (expected, found) = (validators.0.len(), keys.len());
    if expected != found {
        return Err(OpenError::Number { expected, found });
    }
    for (place, (validator, found)) in validators.0.iter().zip(keys).enumerate() {
        if validator.key != found {
            return Err(OpenError::Key { place, expected: validator.key, found });
        }
    }
    Ok(())
}

/// Has each of these validators work, one after the other or each in a thread.
fn each<A: Application, R: Send>(
    seats: &mut [Seat<A>],
    parallel: bool,
    which: impl Fn(&Seat<A>) -> bool,
    work: impl Fn(&mut Seat<A>) -> Result<R, Fault> + Sync,
) -> Result<Vec<R>, Fault> {
    let chosen = seats.iter_mut().filter(|seat| which(seat));
    if !parallel {
        return chosen.map(work).collect();
    }
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> = chosen.map(|seat| scope.spawn(move || work(seat))).collect();
        let done = threads.into_iter().map(|thread| thread.join());
        done.map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}
