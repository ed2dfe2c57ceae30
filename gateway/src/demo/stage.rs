//! The operator and the brokers at hand: everything the story needs to make something happen and to wait for it.

use super::Options;
use super::broker::{Broker, GIVEN_UP, Task, Until};
use super::cast::{self, Issue, SEATS};
use super::chance::Walk;
use super::child::{Child, Recovery};
use super::diary::Diary;
use super::founding::{self, Pen};
use super::orders::{Order, Plan};
use super::place::Place;
use super::progress::Progress;
use super::shared::Shared;
use super::signers::Signers;
use crate::admin::client::Operator;
use crate::admin::protocol::{Ask, Text};
use crate::cli::{Failure, serve};
use crate::clock::Clock;
use crate::settlement::desk::{LedgerAsk, Proven};
use crossbeam::channel::{Receiver, RecvTimeoutError, unbounded};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tallystick_client::{ClOrdId, Identity, keys};
use tallystick_engine::phase::Phase;
use tallystick_ledger::receipt::Done;

/// How long anything that was asked for may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a wait is before the progress is shown and an interrupt noticed.
const GLANCE: Duration = Duration::from_millis(50);

/// The venue, its operator, its brokers.
pub struct Stage<'a> {
    /// What the demo was told.
    pub options: &'a Options,
    /// The venue's files.
    pub place: &'a Place,
    /// Who signs on the ledger.
    pub signers: &'a Signers,
    /// What for.
    pub pen: Pen,
    /// What all threads know.
    pub shared: Arc<Shared>,
    progress: &'a Progress,
    interrupted: &'a AtomicBool,
    child: Option<Child>,
    operator: Option<Operator>,
    brokers: Vec<Broker>,
}

impl<'a> Stage<'a> {
    /// Starts the venue and connects its operator.
    pub fn open(
        options: &'a Options,
        place: &'a Place,
        (signers, pen): (&'a Signers, Pen),
        progress: &'a Progress,
        interrupted: &'a AtomicBool,
    ) -> Result<Stage<'a>, Failure> {
        let child = Child::start(place, || interrupted.load(Ordering::Acquire))?;
        let shared = Arc::new(Shared::new(child.address));
        let operator = Operator::connect(&serve::socket(&place.data()))?;
        let (child, operator) = (Some(child), Some(operator));
        let brokers = Vec::new();
        Ok(Stage { options, place, signers, pen, shared, progress, interrupted, child, operator, brokers })
    }

    /// Says what happens now.
    pub fn say(&self, what: &str) {
        self.progress.stage(what);
    }

    /// Asks the venue something, as its operator.
    pub fn ask(&mut self, ask: &Ask) -> Result<Value, Failure> {
        self.check()?;
        let operator = self.operator.as_mut().expect("the venue is up");
        Ok(operator.ask(ask).map_err(|e| format!("the operator asked for {}: {e}", words(ask)))?)
    }

    /// Asks something about the ledger.
    pub fn ask_ledger(&mut self, ask: LedgerAsk) -> Result<Value, Failure> {
        self.ask(&Ask::Ledger { about: ask })
    }

    /// Has something signed carried out on the ledger. The height at which it was.
    pub fn submit(&mut self, signed: String) -> Result<u64, Failure> {
        let receipts = self.ask_ledger(LedgerAsk::Submit { signed: vec![signed] })?;
        done(&receipts[0])
    }

    /// The ledger's newest height.
    pub fn height(&mut self) -> Result<u64, Failure> {
        let head = self.ask_ledger(LedgerAsk::Head)?;
        Ok(head["height"].as_u64().ok_or("the venue's answer has no height")?)
    }

    /// A proof, as the bytes of its file.
    pub fn prove(&mut self, what: Proven) -> Result<Vec<u8>, Failure> {
        let answer = self.ask_ledger(LedgerAsk::Prove(what))?;
        let bytes = answer["proof"].as_str().and_then(crate::settlement::desk::unhex);
        Ok(bytes.ok_or("the venue's answer holds no proof")?)
    }

    /// A connection of somebody else to the operators' socket.
    pub fn another_operator(&self) -> Result<Operator, Failure> {
        Ok(Operator::connect(&serve::socket(&self.place.data()))?)
    }

    /// Waits until no trade is open. How far settlement has come then.
    pub fn settled(&mut self) -> Result<Value, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let open = self.ask(&Ask::Obligations { limit: 0 })?["pending"].as_u64().unwrap_or(u64::MAX);
            let status = self.ask_ledger(LedgerAsk::Settlement)?;
            if open == 0 {
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(
                    format!("{open} trades are still open after {} s: {status}", PATIENCE.as_secs()).into()
                );
            }
            self.pause(Duration::from_millis(10))?;
        }
    }

    /// Takes a security to a phase.
    pub fn phase(&mut self, issue: u32, phase: Phase) -> Result<(), Failure> {
        self.ask(&Ask::Phase { security: Issue::of(issue).symbol.into(), phase, from: None })?;
        Ok(())
    }

    /// Puts on the ledger what there is when the day begins.
    pub fn found(&mut self) -> Result<usize, Failure> {
        let (pen, scale, now) = (self.pen, self.options.scale(), Clock::System.now());
        let signed = founding::instructions(&pen, self.signers, scale, now)?;
        let receipts = self.ask_ledger(LedgerAsk::Submit { signed: signed.instructions })?;
        let receipts = receipts.as_array().ok_or("the venue's answer holds no receipts")?;
        for (receipt, expected) in receipts.iter().zip(&signed.done) {
            done(receipt)?;
            // What has no number is done as asked.
            let number = serde_json::to_value(expected)?;
            if *expected != Done::Asked && receipt["detail"] != number {
                return Err(
                    format!("{expected:?} was expected, the network did {}", receipt["detail"]).into()
                );
            }
        }
        Ok(receipts.len())
    }

    /// Lists what was issued, and takes in those who trade it.
    pub fn set_up(&mut self, keys: Vec<String>) -> Result<(), Failure> {
        let scale = self.options.scale();
        // All at once: each waits for a block that tells who holds it, and an idle network makes one a second.
        std::thread::scope(|scope| -> Result<(), Failure> {
            let mut listings = Vec::new();
            for issue in &cast::ISSUES {
                let mut operator = self.another_operator()?;
                let text = |text: String| Text::new(issue.symbol, text);
                let (security, listing) = (text(issue.text.into()), text(issue.listing(scale)));
                let ask = Ask::List { security, listing, number: None };
                listings.push(scope.spawn(move || operator.ask(&ask)));
            }
            for listing in listings {
                listing.join().expect("asking does not panic")?;
            }
            Ok(())
        })?;
        self.ask(&Ask::Onboard { people: cast::onboarding(keys) })?;
        self.ask(&Ask::Day { date: None })?;
        Ok(())
    }

    /// Waits until the venue knows all that the ledger had decided at a height.
    pub fn followed(&mut self, height: u64) -> Result<(), Failure> {
        let began = Instant::now();
        while self.ask_ledger(LedgerAsk::Settlement)?["followed"].as_u64().unwrap_or(0) < height {
            if self.is_late(began) {
                return Err(format!("the venue has not followed the network to height {height}").into());
            }
            self.pause(Duration::from_millis(2))?;
        }
        Ok(())
    }

    /// Whether something that began then has taken longer than anything may.
    pub fn is_late(&self, began: Instant) -> bool {
        began.elapsed() > PATIENCE
    }

    /// Makes keys for all sessions.
    pub fn identities() -> Result<Vec<Identity>, Failure> {
        SEATS.iter().map(|seat| Ok(Identity::new(seat.session, keys::generate_key()?))).collect()
    }

    /// Connects every broker.
    pub fn seat_brokers(&mut self, identities: Vec<Identity>) -> Result<(), Failure> {
        let pace = Duration::from_secs(1) * SEATS.len() as u32 / self.options.rate.max(1) as u32;
        let seed = self.options.seed;
        let walks: Arc<[Walk]> = cast::ISSUES.iter().map(|issue| Walk::new(issue, seed)).collect();
        for (seat, identity) in SEATS.into_iter().zip(identities) {
            let broker = Broker::start(seat, identity, seed, pace, walks.clone(), Arc::clone(&self.shared));
            let broker = broker.map_err(|e| format!("session {} can't be established: {e}", seat.session))?;
            self.brokers.push(broker);
        }
        Ok(())
    }

    /// Sends an order and waits for what comes of it.
    pub fn place(&self, session: u32, plan: Plan, until: Until) -> Result<Order, Failure> {
        let answer = self.send(session, plan, until);
        self.wait(&answer, "an order's report")
    }

    /// Sends an order; what comes of it comes later.
    pub fn send(&self, session: u32, plan: Plan, until: Until) -> Receiver<Order> {
        let (reply, answer) = unbounded();
        self.tell(session, Task::Place(plan, until, reply));
        answer
    }

    /// Sends an order under a name that was used before.
    pub fn place_again(&self, session: u32, plan: Plan, name: ClOrdId) -> Result<Order, Failure> {
        let (reply, answer) = unbounded();
        self.tell(session, Task::PlaceAgain(plan, name, reply));
        self.wait(&answer, "the answer to a name used again")
    }

    /// Watches an order that was placed.
    pub fn watch(&self, session: u32, name: ClOrdId, until: Until) -> Result<Order, Failure> {
        self.wait(&self.watching(session, name, until), "an order's end")
    }

    /// Watches an order that was placed; what comes of it comes later.
    pub fn watching(&self, session: u32, name: ClOrdId, until: Until) -> Receiver<Order> {
        let (reply, answer) = unbounded();
        self.tell(session, Task::Watch(name, until, reply));
        answer
    }

    /// Tells every broker the same and waits until each has done it.
    pub fn all(
        &self,
        task: impl Fn(crossbeam::channel::Sender<()>) -> Task,
        what: &str,
    ) -> Result<(), Failure> {
        let (reply, answers) = unbounded();
        for broker in &self.brokers {
            self.tell(broker.seat.session, task(reply.clone()));
        }
        self.brokers.iter().try_for_each(|_| self.wait(&answers, what))
    }

    /// Tells every broker to trade.
    pub fn trade(&self) {
        self.brokers.iter().for_each(|b| self.tell(b.seat.session, Task::Trade));
    }

    /// Lets time pass.
    pub fn pause(&self, time: Duration) -> Result<(), Failure> {
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            std::thread::sleep(left.min(GLANCE));
            self.check()?;
        }
        Ok(())
    }

    /// Kills the venue, without warning.
    pub fn kill(&mut self) -> Instant {
        self.operator = None;
        self.shared.goes_down();
        let at = Instant::now();
        if let Some(child) = self.child.take() {
            child.kill();
        }
        at
    }

    /// Starts it again, on the same directory. What it says of its recovery, and when it listened.
    pub fn revive(&mut self) -> Result<(Recovery, Instant), Failure> {
        let child = Child::start(self.place, || self.interrupted.load(Ordering::Acquire))?;
        let at = Instant::now();
        self.shared.comes_up(child.address);
        let recovery = child.recovery.clone();
        self.child = Some(child);
        self.operator = Some(Operator::connect(&serve::socket(&self.place.data()))?);
        Ok((recovery, at))
    }

    /// Waits until every session is established again; when the last one was.
    pub fn reunite(&self) -> Result<Instant, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let returns = self.shared.returns();
            if let (true, Some(last)) = (returns.len() >= self.brokers.len(), returns.iter().max()) {
                return Ok(*last);
            }
            if Instant::now() > deadline {
                let (here, all) = (returns.len(), self.brokers.len());
                return Err(format!("only {here} of {all} sessions came back within 30 s").into());
            }
            self.pause(Duration::from_millis(2))?;
        }
    }

    /// Closes every session; what each has seen.
    pub fn dismiss(&mut self) -> Result<Vec<Diary>, Failure> {
        self.brokers.iter().for_each(|b| self.tell(b.seat.session, Task::Finish));
        let diaries = std::mem::take(&mut self.brokers).into_iter().map(|broker| {
            let session = broker.seat.session;
            Ok(broker.join().map_err(|e| format!("session {session}: {e}"))?)
        });
        diaries.collect()
    }

    /// Stops the venue in order. How it ended.
    pub fn close(&mut self) -> Result<std::process::ExitStatus, Failure> {
        self.operator = None;
        self.child.take().expect("the venue is up").stop()
    }

    fn tell(&self, session: u32, task: Task) {
        let broker = self.brokers.iter().find(|b| b.seat.session == session).expect("the session is seated");
        // A thread that has ended is noticed by whoever waits for its answer.
        let _ = broker.tasks.send(task);
    }

    fn wait<T>(&self, answer: &Receiver<T>, what: &str) -> Result<T, Failure> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            match answer.recv_timeout(GLANCE) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) => self.check()?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(format!("{what} did not come: the session has ended").into());
                }
            }
        }
        Err(format!("{what} did not come within {} s", PATIENCE.as_secs()).into())
    }

    /// Waits for an answer that was asked for before.
    pub fn await_order(&self, answer: &Receiver<Order>) -> Result<Order, Failure> {
        self.wait(answer, "an order's report")
    }

    fn check(&self) -> Result<(), Failure> {
        self.progress.tick(Some(&self.shared));
        if self.interrupted.load(Ordering::Acquire) {
            return Err(super::INTERRUPTED.into());
        }
        match self.brokers.iter().find(|b| b.is_gone()) {
            None => Ok(()),
            Some(broker) => Err(format!("session {} ended early", broker.seat.session).into()),
        }
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.shared.give_up();
        for broker in self.brokers.drain(..) {
            let session = broker.seat.session;
            if let Err(error) = broker.join()
                && error != GIVEN_UP
            {
                eprintln!("tallystick: session {session}: {error}");
            }
        }
    }
}

/// The height of a receipt that says that something was done; why not, otherwise.
pub fn done(receipt: &Value) -> Result<u64, Failure> {
    match (receipt["outcome"].as_str(), receipt["height"].as_u64()) {
        (Some("done"), Some(height)) => Ok(height),
        _ => Err(format!("the network refused what must be done: {}", receipt["detail"]).into()),
    }
}

/// A request in short: what is handed in may be long.
fn words(ask: &Ask) -> String {
    match ask {
        Ask::Ledger { about: LedgerAsk::Submit { signed } } => format!("{} instructions", signed.len()),
        ask => format!("{ask:?}"),
    }
}

/// Nanoseconds since 1970, as the venue counts them.
pub fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64)
}
