//! Why an order was taken or refused: the journal says what was known when it came, so each rule can be asked again.

use crate::record::Sequenced;
use crate::recovery::{self, RecoverError};
use crate::stores::Stores;
use std::collections::BTreeMap;
use tallystick_engine::Engine;
use tallystick_engine::awaiting::AwaitingCross;
use tallystick_engine::command::{Command, OrderRef, ReplaceOrder};
use tallystick_engine::compliance::explain::{Asked, Explanation, Together};
use tallystick_engine::event::Event;
use tallystick_engine::types::{ClOrdId, OrderId, Seq, SessionId, Side, Time};
use tallystick_journal::{Skip, inspect, read_from, skips};

/// Which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// That of this command.
    Command(Seq),
    /// That of this number.
    Order(OrderId),
    /// The last that a session named so.
    Named(SessionId, ClOrdId),
}

/// An order as it came, and what became of it at once.
#[derive(Debug)]
pub struct Explained {
    /// The command that brought it.
    pub command: Sequenced,
    /// What was asked of the rules, side by side where a command brings several orders; nothing of the rules where
    /// there was no such security or account.
    pub sides: Vec<(Asked, Option<Explanation>)>,
    /// Of a cross: what was asked of both together.
    pub together: Option<Together>,
    /// What the command caused.
    pub events: Vec<Event>,
    /// Of a cross that awaited an approval: the commands by which it traded or ended, with their times and what they caused.
    pub later: Vec<(Seq, Time, Vec<Event>)>,
}

/// Why an order can't be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// There is no such order.
    #[error("{0}")]
    NotFound(String),
    /// The state before it can't be made again.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// The journal begins later than the order, and no snapshot is old enough.
    #[error(
        "the journal that is here begins with command {first}, and no snapshot of a command before {wanted} is left: \
         restore the older segments to explain it"
    )]
    TooOld {
        /// The order's command.
        wanted: Seq,
        /// The oldest command there is.
        first: Seq,
    },
}

/// Finds an order in a data directory and asks the rules again, as they and what they look at were when it came.
/// Changes nothing, and may be done while the venue runs.
pub fn explain(stores: &Stores, which: Which) -> Result<Explained, ExplainError> {
    let struck = struck(stores)?;
    let wanted = find(stores, which)?;
    let mut engine = before(stores, wanted)?;
    let from = engine.seq().next();
    let mut reader = read_from(&stores.journal, from.0).map_err(RecoverError::from)?;
    let mut events = Vec::new();
    while let Some(record) = reader.next_record().map_err(RecoverError::from)? {
        let sequenced = Sequenced::decode(Seq(record.seq), record.payload).map_err(RecoverError::Record)?;
        events.clear();
        let found = match wanted {
            Wanted::At(seq) => sequenced.seq == seq,
            Wanted::Order(_) => false,
        };
        if found {
            let asked = engine.asked_by(&sequenced.command, sequenced.now);
            let sides: Vec<_> = asked.into_iter().map(|asked| (asked, engine.explain(&asked))).collect();
            let together = match &sequenced.command {
                Command::NewCross(cross) => engine.explain_cross(cross, sequenced.now),
                _ => None,
            };
            recovery::apply(stores, &struck, &mut engine, &sequenced, &mut events)?;
            if sides.is_empty() {
                return Err(ExplainError::NotFound(format!(
                    "command {} brings no order; `tallystick journal inspect` shows what it asks",
                    sequenced.seq
                )));
            }
            let mut later = Vec::new();
            while let Some(awaits) = awaiting(&engine, &sequenced, &events)
                && let Some(record) = reader.next_record().map_err(RecoverError::from)?
            {
                let next =
                    Sequenced::decode(Seq(record.seq), record.payload).map_err(RecoverError::Record)?;
                let mut caused = Vec::new();
                recovery::apply(stores, &struck, &mut engine, &next, &mut caused)?;
                caused.retain(|event| concerns(event, &awaits));
                if !caused.is_empty() {
                    later.push((next.seq, next.now, caused));
                }
            }
            return Ok(Explained { command: sequenced, sides, together, events, later });
        }
        recovery::apply(stores, &struck, &mut engine, &sequenced, &mut events)?;
        if let Wanted::Order(id) = wanted
            && events.iter().any(|event| brings(event, id))
        {
            return explain(stores, Which::Command(sequenced.seq));
        }
    }
    Err(ExplainError::NotFound(match which {
        Which::Command(seq) => format!("there is no command {seq}; the last one is {}", engine.seq()),
        Which::Order(id) => format!("there is no order {id} in this journal"),
        Which::Named(session, name) => format!("session {session} has sent no order {name}"),
    }))
}

/// The commands that an operator has struck.
pub(crate) fn struck(stores: &Stores) -> Result<BTreeMap<u64, Skip>, RecoverError> {
    Ok(skips(&*stores.journal)?.into_iter().map(|skip| (skip.seq, skip)).collect())
}

/// What is looked for in the journal.
#[derive(Clone, Copy)]
enum Wanted {
    At(Seq),
    Order(OrderId),
}

/// Which command, as far as the commands themselves say it.
fn find(stores: &Stores, which: Which) -> Result<Wanted, ExplainError> {
    let (session, name) = match which {
        Which::Command(seq) => return Ok(Wanted::At(seq)),
        Which::Order(id) => return Ok(Wanted::Order(id)),
        Which::Named(session, name) => (session, name),
    };
    let mut found = None;
    let mut reader = inspect(&stores.journal).map_err(RecoverError::from)?;
    while let Some(record) = reader.next_record().map_err(RecoverError::from)? {
        let sequenced = Sequenced::decode(Seq(record.seq), record.payload).map_err(RecoverError::Record)?;
        if names(&sequenced.command).contains(&Some((session, name))) {
            found = Some(sequenced.seq);
        }
    }
    found
        .map(Wanted::At)
        .ok_or_else(|| ExplainError::NotFound(format!("session {session} has sent no order {name}")))
}

/// What a command's sender calls the orders that it brings.
fn names(command: &Command) -> [Option<(SessionId, ClOrdId)>; 2] {
    match command {
        Command::New(new) => [Some((new.from.session, new.clordid)), None],
        Command::Replace(ReplaceOrder { from, order: OrderRef { clordid, .. }, .. }) => {
            [Some((from.session, *clordid)), None]
        }
        Command::NewCross(cross) => {
            [&cross.buy, &cross.sell].map(|side| Some((cross.from.session, side.clordid)))
        }
        Command::MassQuote(quotes) => [Some((quotes.from.session, quotes.quote_id)), None],
        _ => [None; 2],
    }
}

/// The engine as it was some time before what is looked for, from the newest snapshot that is old enough.
fn before(stores: &Stores, wanted: Wanted) -> Result<Engine, ExplainError> {
    for seq in stores.snapshot_seqs().map_err(RecoverError::from)? {
        let old_enough = |engine: &Engine| match wanted {
            Wanted::At(at) => seq < at,
            Wanted::Order(id) => engine.last_order() < id,
        };
        // One that can't be read is passed over, as at a start.
        if let Ok(engine) = recovery::restore(stores, seq, 0)
            && old_enough(&engine)
        {
            return Ok(engine);
        }
    }
    let first = Seq(inspect(&stores.journal)
        .and_then(|mut reader| Ok(reader.next_record()?.map_or(1, |record| record.seq)))
        .map_err(RecoverError::from)?);
    match (first.0 <= 1, wanted) {
        (true, _) => Ok(Engine::new(0)),
        (false, Wanted::At(wanted)) => Err(ExplainError::TooOld { wanted, first }),
        (false, Wanted::Order(id)) => Err(ExplainError::NotFound(format!(
            "order {id} is older than the journal that is here, from {first}"
        ))),
    }
}

/// The cross that a command brought, while it awaits an approval.
fn awaiting(engine: &Engine, brought: &Sequenced, events: &[Event]) -> Option<AwaitingCross> {
    let Command::NewCross(_) = brought.command else { return None };
    let first = events.iter().find_map(|event| match event {
        Event::Awaiting { order, .. } => Some(order.order),
        _ => None,
    })?;
    engine.awaiting().find(|awaiting| awaiting.order == first)
}

/// Whether an event is about one of the orders of a cross.
fn concerns(event: &Event, cross: &AwaitingCross) -> bool {
    let is_one = |order: OrderId| Side::BOTH.into_iter().any(|side| cross.order(side) == order);
    match event {
        Event::Accepted { order, .. } | Event::Cancelled { order, .. } | Event::Expired { order, .. } => {
            is_one(order.order)
        }
        Event::Rejected { order, .. } => is_one(*order),
        Event::Trade { buyer, .. } => is_one(buyer.order.order),
        _ => false,
    }
}

/// Whether an event is the first word of an order.
fn brings(event: &Event, id: OrderId) -> bool {
    match event {
        Event::Accepted { order, .. } | Event::Awaiting { order, .. } => order.order == id,
        Event::Rejected { order, .. } => *order == id,
        Event::QuoteStatus { sides, .. } => sides.iter().flatten().any(|side| side.order == id),
        _ => false,
    }
}
