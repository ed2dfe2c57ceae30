//! The venue's stages driven by hand on one thread, on simulated disks that can lose power together.

use super::random::Random;
use std::sync::Arc;
use tallystick_engine::Engine;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::Event;
use tallystick_engine::types::{Seq, Time};
use tallystick_gateway::clock::Clock;
use tallystick_gateway::event_log::{self, EventLog};
use tallystick_gateway::gate::{Durability, Output};
use tallystick_gateway::pipeline::{Ingress, Pipeline, Stage};
use tallystick_gateway::record::Sequenced;
use tallystick_gateway::recovery::{self, RecoverError, Recovered};
use tallystick_gateway::stores::Stores;
use tallystick_journal::sim::SimStorage;
use tallystick_journal::{Follower, JournalError, Options, Storage};

/// The four stores of a venue, each a simulated disk.
#[derive(Clone, Debug, Default)]
pub struct Disks {
    pub journal: SimStorage,
    pub events: SimStorage,
    pub snapshots: SimStorage,
    pub registries: SimStorage,
}

impl Disks {
    pub fn stores(&self) -> Stores {
        let storage = |disk: &SimStorage| Arc::new(disk.clone()) as Arc<dyn Storage>;
        let Disks { journal, events, snapshots, registries } = self;
        let (journal, events) = (storage(journal), storage(events));
        Stores { journal, events, snapshots: storage(snapshots), registries: storage(registries) }
    }

    /// What is left of them after a power cut at this moment.
    pub fn crash(&self, random: &mut Random) -> Disks {
        let Disks { journal, events, snapshots, registries } = self;
        Disks {
            journal: journal.crash(random.next()),
            events: events.crash(random.next()),
            snapshots: snapshots.crash(random.next()),
            registries: registries.crash(random.next()),
        }
    }

    pub fn all(&self) -> [&SimStorage; 4] {
        [&self.journal, &self.events, &self.snapshots, &self.registries]
    }
}

/// What somebody outside was told of a command: its time and its events.
pub type Told = Vec<(Time, Vec<Event>)>;

/// A venue in pieces.
pub struct Rig {
    pub disks: Disks,
    pub pipeline: Pipeline,
    log: EventLog,
    /// Makes the snapshots, as the shadow does: from the journal, no further than the gate.
    shadow: (Engine, Follower),
    clock: Clock,
    /// Everything that has passed the gate since the first command of all.
    pub told: Told,
    coming: Vec<Event>,
    /// What failed was the making of a file that nothing was written to yet.
    pub preparer_failed: bool,
}

/// Small segments, so that there are many.
pub fn options() -> Options {
    Options { segment_bytes: 32 << 10, ..Options::new(*b"tallystick tests", *b"sixteen of these") }
}

impl Rig {
    /// Recovers from the disks. `told` is what was told before, and must be what is there.
    pub fn start(disks: Disks, policy: Durability, told: Told) -> Result<Rig, RecoverError> {
        let stores = disks.stores();
        let recovered = recovery::recover_under(&stores, &options(), policy, 7)?;
        let Recovered { engine, journal, events: log, .. } = recovered;
        let double =
            Engine::restore(&engine.state(), engine.registry().cloned(), 8).expect("a state of ours");
        let follower = Follower::new(Arc::clone(&stores.journal), engine.seq().next().0)?;
        let clock = Clock::set_to(engine.now().max(Time(1_000 * Time::DAY_NS)));
        let pipeline = Pipeline::new(engine, journal, policy, clock.clone());
        let (shadow, coming) = ((double, follower), Vec::new());
        Ok(Rig { disks, pipeline, log, shadow, clock, told, coming, preparer_failed: false })
    }

    /// Gives the venue a command; a registry that it adopts is kept first.
    pub fn ask(&mut self, ingress: Ingress) {
        if let Some(registry) = &ingress.registry {
            // A disk that is full or broken is the test's business.
            let _ = self.disks.stores().save_registry(registry);
        }
        self.pipeline.ingress.push(ingress).expect("a test asks for less than the ring holds");
    }

    /// Lets one stage, by chance, do something.
    pub fn step(&mut self, random: &mut Random) -> Result<(), JournalError> {
        if let Clock::Set(time) = &self.clock {
            time.fetch_add(1_000, std::sync::atomic::Ordering::Relaxed);
        }
        match random.below(16) {
            0..4 => drop(self.pipeline.sequencer.step()?),
            4..7 => drop(self.pipeline.journal.step()?),
            7..11 => drop(self.pipeline.engine.step()?),
            11..14 => self.tell(random)?,
            14 => {
                let keep = random.one_in(3);
                self.follow(keep);
            }
            _ => match self.pipeline.journal.preparer().prepare() {
                Err(error) if error.is_fatal() => {
                    self.preparer_failed = true;
                    return Err(error);
                }
                _ => {}
            },
        }
        Ok(())
    }

    /// A second passes.
    pub fn wait(&mut self) {
        if let Clock::Set(time) = &self.clock {
            time.fetch_add(1_000_000_000, std::sync::atomic::Ordering::Relaxed);
        }
    }

    /// Everything that passes the gate is told, and kept nowhere.
    pub fn hear(&mut self) {
        while let Some(output) = self.pipeline.gate.next_output() {
            match output {
                Output::Event { event, .. } => self.coming.push(event),
                Output::Applied { now, .. } => self.told.push((now, std::mem::take(&mut self.coming))),
            }
        }
    }

    /// Steps until everything that was asked has been told, or the stages stand still.
    pub fn settle(&mut self, random: &mut Random) -> Result<(), JournalError> {
        for _ in 0..400 {
            self.step(random)?;
        }
        Ok(())
    }

    /// Does all there is to do, but takes no snapshot.
    pub fn pump(&mut self, random: &mut Random) -> Result<(), JournalError> {
        let mut quiet = 0;
        while quiet < 3 {
            let [before, told] = [self.pipeline.progress.safe().0, self.told.len() as u64];
            self.pipeline.sequencer.step()?;
            self.pipeline.journal.step()?;
            self.pipeline.engine.step()?;
            self.tell(random)?;
            let quiet_now = self.pipeline.gate.is_empty() && before == self.pipeline.progress.safe().0;
            quiet = if quiet_now && told == self.told.len() as u64 { quiet + 1 } else { 0 };
        }
        Ok(())
    }

    /// Takes a snapshot of what was told.
    pub fn snapshot(&mut self) -> Seq {
        self.follow(true);
        self.shadow.0.seq()
    }

    /// What passes the gate is told, and goes into the event log.
    fn tell(&mut self, random: &mut Random) -> Result<(), JournalError> {
        for _ in 0..random.below(40) {
            match self.pipeline.gate.next_output() {
                None => break,
                Some(Output::Event { event, .. }) => self.coming.push(event),
                Some(Output::Applied { seq, now }) => {
                    let events = std::mem::take(&mut self.coming);
                    assert!(seq.0 == self.told.len() as u64 + 1, "commands are told in their order");
                    self.log.append(seq, now, &events)?;
                    self.told.push((now, events));
                }
            }
        }
        match self.log.flush() {
            Err(error) if error.is_fatal() => Err(error),
            _ => Ok(()),
        }
    }

    fn follow(&mut self, keep: bool) {
        let stores = self.disks.stores();
        let (engine, follower) = &mut self.shadow;
        let safe = self.pipeline.progress.safe();
        while let Some(record) = follower.next_record(safe.0).expect("what is safe can be read") {
            let sequenced = Sequenced::decode(Seq(record.seq), record.payload).unwrap();
            if let Command::Operator(Request { action: Action::AdoptRegistry { hash, .. }, .. }) =
                sequenced.command
            {
                engine.stage(Arc::new(stores.load_registry(hash).expect("it was kept first")));
            }
            engine.apply(sequenced.seq, sequenced.now, &sequenced.command, &mut Vec::new());
        }
        if keep {
            // As in the venue, a snapshot that can't be written is not made.
            let _ = stores.save_snapshot(&engine.state(), 3);
        }
    }
}

/// The events of the log of a recovered venue, by command from 1.
pub fn log_of(recovered: &Recovered) -> Told {
    let mut told = Told::new();
    if recovered.engine.seq().0 == 0 {
        return told;
    }
    let mut reader = recovered.events.read_from(Seq(1)).unwrap();
    while let Some(record) = reader.next_record().unwrap() {
        told.push(event_log::decode(record.payload).unwrap());
    }
    told
}
