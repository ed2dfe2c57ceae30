//! One validator in its place: consensus, its own copy of the chain, its mail and its waits.

use crate::application::{Application, NotKept};
use crate::cluster::Patience;
use crate::context::{Context, Height, Place, Value};
use crate::fault::Fault;
use crate::mempool::Mempool;
use crate::node::{Node, Output};
use crate::timers::{Timers, after};
use crate::verify::ledger_certificate;
use malachite_core_consensus::{Input, LocallyProposedValue, ProposedValue};
use malachite_core_types::{CommitCertificate, LinearTimeouts, Round, Validity, ValueOrigin};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tallystick_ledger::header::{Block, Certificate};
use tallystick_ledger::names::Hash;
use tallystick_rules::Time;

/// How long is waited for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a proposer waits for something to propose before it proposes an empty block.
    pub idle: Duration,
    /// How long validators wait for each other. The wait for a proposal must be longer than `idle`.
    pub waits: LinearTimeouts,
}

impl Default for Timing {
    fn default() -> Timing {
        let millis = Duration::from_millis;
        let waits = LinearTimeouts {
            propose: millis(2_500),
            propose_delta: millis(500),
            prevote: millis(500),
            prevote_delta: millis(250),
            precommit: millis(500),
            precommit_delta: millis(250),
            rebroadcast: millis(3_000),
            max_timeout: millis(20_000),
        };
        Timing { idle: millis(1_000), waits }
    }
}

/// How a validator is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It votes.
    Voting,
    /// It is behind, and takes in what the others have decided.
    CatchingUp,
    /// It was told to stop.
    Paused,
    /// It cannot follow the others: what they decided is wrong by its own account.
    Halted(String),
}

/// A block on its way to a validator.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// In which round.
    pub round: Round,
    /// By whom.
    pub proposer: Place,
    /// What.
    pub block: Arc<Block>,
}

/// What arrives at a validator.
#[derive(Clone, Debug)]
pub enum Mail {
    /// Something for its consensus.
    Input(Input<Context>),
    /// A block to carry out and judge.
    Block(Proposed),
}

/// A block that the validator holds good, and what it leads to unless that was lost in a restart.
struct Known<E> {
    proposed: Proposed,
    executed: Option<E>,
}

/// A validator's turn to propose.
struct Turn {
    height: Height,
    round: Round,
    since: Time,
}

/// One validator.
pub struct Seat<A: Application> {
    /// Its consensus.
    pub node: Node,
    /// Its copy of the chain.
    pub app: A,
    /// How it is.
    pub health: Health,
    /// What has arrived.
    pub mail: VecDeque<Mail>,
    /// What it waits for.
    pub timers: Timers,
    /// Decided by its own consensus, to be committed.
    pub decision: Option<CommitCertificate<Context>>,
    /// Why it last held a block bad.
    pub complaint: Option<String>,
    blocks: BTreeMap<Hash, Known<A::Executed>>,
    turn: Option<Turn>,
}

/// From this round on a proposer proposes nothing but empty blocks: where deciding is so hard, something is wrong, and
/// it shall not fill memory and log as well.
const EMPTY_FROM: u32 = 8;

impl<A: Application> Seat<A> {
    /// A validator that has not begun.
    pub fn new(node: Node, app: A) -> Seat<A> {
        Seat {
            node,
            app,
            health: Health::CatchingUp,
            mail: VecDeque::new(),
            timers: Timers::default(),
            decision: None,
            complaint: None,
            blocks: BTreeMap::new(),
            turn: None,
        }
    }

    /// Whether it takes part in votes.
    pub fn votes(&self) -> bool {
        self.health == Health::Voting
    }

    /// Takes in all that has arrived, and proposes if it is time to. A block that it proposes is returned.
    pub fn work(
        &mut self,
        now: Time,
        idle: Duration,
        pool: &Mutex<Mempool>,
    ) -> Result<Option<Proposed>, Fault> {
        for timeout in self.timers.due(now) {
            self.mail.push_back(Mail::Input(Input::TimeoutElapsed(timeout)));
        }
        while let Some(mail) = self.mail.pop_front() {
            match mail {
                Mail::Input(input) => self.node.handle(input)?,
                Mail::Block(proposed) => self.judge(proposed, now)?,
            }
        }
        self.propose(now, idle, pool)
    }

    /// When it next has something to do although nothing arrives; `waiting` says whether something is submitted.
    pub fn next(&self, idle: Duration, waiting: bool) -> Option<Time> {
        let turn = self.turn.as_ref().map(|turn| match turn.round == Round::ZERO && !waiting {
            true => after(turn.since, idle),
            false => turn.since,
        });
        self.timers.next().into_iter().chain(turn).min()
    }

    /// Whether something has arrived.
    pub fn has_mail(&self) -> bool {
        !self.mail.is_empty()
    }

    /// Does what concerns only itself of what consensus wants; the rest is returned.
    pub fn settle(&mut self, output: Output, now: Time, waits: &LinearTimeouts) -> Option<Output> {
        match output {
            Output::Schedule(timeout) => {
                self.timers.schedule(timeout, after(now, waits.duration_for(timeout)));
            }
            Output::Cancel(timeout) => self.timers.cancel(timeout),
            Output::CancelAll => self.timers.cancel_all(),
            Output::Propose(height, round) => self.turn = Some(Turn { height, round, since: now }),
            Output::Decide(certificate) => self.decision = Some(certificate),
            Output::Publish(_) | Output::Restream(_) | Output::Round(_) | Output::Finalize => {
                return Some(output);
            }
        }
        None
    }

    /// A block of the height at hand that it holds good.
    pub fn block(&self, header: Hash) -> Option<&Proposed> {
        self.blocks.get(&header).map(|known| &known.proposed)
    }

    /// Remembers a block that it held good before a restart.
    pub fn remember(&mut self, proposed: Proposed) {
        let hash = proposed.block.header.hash();
        self.blocks.insert(hash, Known { proposed, executed: None });
    }

    /// Commits what its consensus decided, if it did.
    pub fn commit(&mut self, patience: &Patience) -> Result<Option<Arc<Block>>, Fault> {
        let Some(decision) = self.decision.take() else { return Ok(None) };
        let place = self.node.place().0;
        let known = self.blocks.remove(&decision.value_id).ok_or_else(|| Fault::Consensus {
            place,
            why: format!("it decided the block {}, which it does not have", decision.value_id),
        })?;
        let fault = |why| Fault::Store { place, why };
        let executed = match known.executed {
            Some(executed) => executed,
            // It was judged before a restart; of its time no more is asked.
            None => {
                let block = &known.proposed.block;
                self.app.check(block, block.header.time).map_err(fault)?
            }
        };
        self.keep(&executed, &ledger_certificate(&decision), patience)?;
        Ok(Some(known.proposed.block))
    }

    /// Commits what the others decided. By `Ok(false)` it says that this is wrong by its own account.
    pub fn adopt(
        &mut self,
        block: &Block,
        certificate: &Certificate,
        patience: &Patience,
    ) -> Result<bool, Fault> {
        match self.app.check(block, block.header.time) {
            Ok(executed) => {
                self.keep(&executed, certificate, patience)?;
                Ok(true)
            }
            Err(why) => {
                let height = block.header.height;
                self.halt(format!("it holds the block wrong that was decided at height {height}: {why}"));
                Ok(false)
            }
        }
    }

    /// Makes a block durable, as soon as there is room for it.
    fn keep(
        &mut self,
        executed: &A::Executed,
        certificate: &Certificate,
        patience: &Patience,
    ) -> Result<(), Fault> {
        let place = self.node.place().0;
        loop {
            match self.app.commit(executed, certificate) {
                Ok(()) => return Ok(()),
                Err(NotKept::Full(why))
                    if patience(&Fault::Store { place, why: why.clone() }.to_string()) => {}
                Err(why) => return Err(Fault::Store { place, why: why.to_string() }),
            }
        }
    }

    /// Leaves the height it was at.
    pub fn leave(&mut self) {
        self.blocks.clear();
        self.mail.clear();
        self.timers.cancel_all();
        self.turn = None;
        self.decision = None;
    }

    fn halt(&mut self, why: String) {
        self.leave();
        self.health = Health::Halted(why);
    }

    /// Carries out a block and tells consensus whether every root is right.
    fn judge(&mut self, proposed: Proposed, now: Time) -> Result<(), Fault> {
        let block = &proposed.block;
        let hash = block.header.hash();
        if block.header.height.0 != self.node.height().0 || self.blocks.contains_key(&hash) {
            return Ok(());
        }
        let (round, proposer) = (proposed.round, proposed.proposer);
        let validity = match self.app.check(block, now) {
            Ok(executed) => {
                self.blocks.insert(hash, Known { proposed, executed: Some(executed) });
                Validity::Valid
            }
            Err(why) => {
                self.complaint = Some(why);
                Validity::Invalid
            }
        };
        let height = self.node.height();
        let value =
            ProposedValue { height, round, valid_round: Round::Nil, proposer, value: Value(hash), validity };
        self.node.handle(Input::ProposedValue(value, ValueOrigin::Consensus))
    }

    /// Proposes a block if it is this validator's turn, and there is something to propose or the wait for it is over.
    fn propose(
        &mut self,
        now: Time,
        idle: Duration,
        pool: &Mutex<Mempool>,
    ) -> Result<Option<Proposed>, Fault> {
        let Some(turn) = &self.turn else { return Ok(None) };
        let (height, round) = (turn.height, turn.round);
        if !self.node.awaits_value(height, round) {
            self.turn = None;
            return Ok(None);
        }
        let lock = || pool.lock().unwrap_or_else(PoisonError::into_inner);
        let first = round == Round::ZERO;
        if first && now < after(turn.since, idle) && lock().is_empty() {
            return Ok(None);
        }
        self.turn = None;
        let submissions = match round.as_u32() {
            Some(EMPTY_FROM..) => Vec::new(),
            _ => lock().oldest(),
        };
        let offered = !submissions.is_empty();
        let time = now.max(Time(self.app.head().time.0 + 1));
        let executed = self.app.propose(time, submissions);
        let block = Arc::new(A::block(&executed).clone());
        if offered {
            lock().left_out(&block);
        }
        let hash = block.header.hash();
        let proposed = Proposed { round, proposer: self.node.place(), block };
        self.blocks.insert(hash, Known { proposed: proposed.clone(), executed: Some(executed) });
        self.node.handle(Input::Propose(LocallyProposedValue::new(height, round, Value(hash))))?;
        Ok(Some(proposed))
    }
}
