//! What operators hold of a running venue: every request is a command in its sequence, or a look.

use crate::bell::Bell;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::session::egress::{Answer, Job};
use crate::shadow::{Taken, Watch};
use crate::stores::Stores;
use crossbeam::channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::time::Duration;
use tallystick_engine::command::Action;
use tallystick_engine::event::Outcome;
use tallystick_engine::reject::Refusal;
use tallystick_engine::rules::Registry;
use tallystick_settlement::Outbox;

/// The longest action, in bytes; a record of the journal has room for it and for who asked. What is larger comes
/// as a file that a command names.
const MAX_COMMAND: usize = 1 << 20;

/// Why an operator's request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The engine refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is longer than the journal takes.
    #[error("the request would be a command of {0} bytes; at most {MAX_COMMAND} can be taken")]
    TooLong(usize),
    /// The venue is stopping.
    #[error("the venue is stopping")]
    Stopping,
    /// Something could not be written.
    #[error("{0}")]
    Io(String),
}

/// A request that is on its way.
#[derive(Debug)]
pub struct Pending(Receiver<Answer>);

impl Pending {
    /// Waits for the answer.
    pub fn wait(self) -> Result<Answer, AskError> {
        let answer = self.0.recv().map_err(|_| AskError::Stopping)?;
        match answer.result {
            Ok(_) => Ok(answer),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

/// A handle on a running venue, for operators. Clones ask the same venue.
#[derive(Clone, Debug)]
pub struct Desk {
    pub(crate) jobs: Sender<Job>,
    pub(crate) bell: Bell,
    pub(crate) watch: Watch,
    /// The venue's stores, for keeping registries.
    pub stores: Stores,
    /// The venue's clock.
    pub clock: Clock,
}

impl Desk {
    /// Sequences an operator's request and waits for its answer.
    pub fn act(&self, action: Action, registry: Option<Arc<Registry>>, uid: u32) -> Result<Answer, AskError> {
        self.ask(action, registry, uid)?.wait()
    }

    /// Has an operator's request sequenced; its answer can be waited for.
    pub fn ask(
        &self,
        action: Action,
        registry: Option<Arc<Registry>>,
        uid: u32,
    ) -> Result<Pending, AskError> {
        let length = borsh::object_length(&action).expect("counting does not fail");
        if length > MAX_COMMAND {
            return Err(AskError::TooLong(length));
        }
        let (reply, answer) = bounded(1);
        self.give(Job::Act { action: Box::new(action), registry, uid, reply })?;
        Ok(Pending(answer))
    }

    /// Looks at what the venue knows of itself.
    pub fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Directory, &Outbox) -> T + Send + 'static,
    ) -> Result<T, AskError> {
        let (reply, answer) = bounded(1);
        // Whoever asked may have gone.
        self.give(Job::Look(Box::new(move |directory, outbox| drop(reply.send(look(directory, outbox))))))?;
        answer.recv().map_err(|_| AskError::Stopping)
    }

    /// Keeps a registry as a file and has the venue adopt it.
    pub fn adopt(&self, registry: Registry, uid: u32) -> Result<Answer, AskError> {
        let saved = self.stores.save_registry(&registry);
        saved.map_err(|e| AskError::Io(format!("the identity registry could not be written: {e}")))?;
        let (hash, height, as_of) = (registry.hash(), registry.height(), registry.as_of());
        self.act(Action::AdoptRegistry { hash, height, as_of }, Some(Arc::new(registry)), uid)
    }

    /// Has a snapshot taken and waits for it.
    pub fn snapshot(&self, uid: u32) -> Result<Taken, AskError> {
        let answer = self.act(Action::Checkpoint, None, uid)?;
        let taken = self.watch.wait_for(answer.seq, Duration::from_secs(120));
        taken.map_err(|why| AskError::Io(why.to_string()))
    }

    /// How many of everything there are.
    pub fn status(&self, uid: u32) -> Result<tallystick_engine::event::Counts, AskError> {
        match self.act(Action::Status, None, uid)?.result? {
            Outcome::Status(counts) => Ok(counts),
            other => panic!("a status is answered with counts, not with {other:?}"),
        }
    }

    fn give(&self, job: Job) -> Result<(), AskError> {
        self.jobs.send(job).map_err(|_| AskError::Stopping)?;
        self.bell.ring();
        Ok(())
    }
}
