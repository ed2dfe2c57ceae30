//! The same venue made again from record 1 of its journal, by nothing but the engine: what everything else is held to.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tallystick_client::Report;
use tallystick_engine::Engine;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::Event;
use tallystick_engine::types::{OrderId, Seq, Time};
use tallystick_gateway::event_log::recipients;
use tallystick_gateway::record::Sequenced;
use tallystick_gateway::reports;
use tallystick_gateway::stores::Stores;
use tallystick_journal::{FsStorage, Storage, inspect};

/// A replay from the beginning.
#[derive(Debug, Default)]
pub struct Again {
    pub engine: Engine,
    /// By session: version, and all that was told in it, encoded, from number 1.
    pub told: BTreeMap<u32, (u64, Vec<Vec<u8>>)>,
    /// Orders that were accepted and have not ended.
    pub open: std::collections::BTreeSet<OrderId>,
    /// By command: its time and its events.
    pub events: Vec<(Time, Vec<Event>)>,
}

impl Again {
    /// Replays the journal of a data directory, which a venue may be writing, up to command `last`.
    pub fn of_directory(data: &Path, last: u64) -> Again {
        let store =
            |name: &str| Arc::new(FsStorage::open_read_only(data.join(name)).unwrap()) as Arc<dyn Storage>;
        let (journal, events) = (store("journal"), store("events"));
        let (snapshots, registries) = (store("snapshots"), store("registries"));
        Again::of(&Stores { journal, events, snapshots, registries }, last)
    }

    /// Replays a journal up to command `last`.
    pub fn of(stores: &Stores, last: u64) -> Again {
        let mut again = Again::default();
        if last == 0 {
            return again;
        }
        let mut reader = inspect(&stores.journal).unwrap();
        while again.engine.seq().0 < last {
            let record = reader.next_record().unwrap().expect("the journal goes this far");
            let sequenced = Sequenced::decode(Seq(record.seq), record.payload).unwrap();
            again.apply(stores, &sequenced);
        }
        again
    }

    fn apply(&mut self, stores: &Stores, sequenced: &Sequenced) {
        let Sequenced { seq, now, command } = sequenced;
        if let Command::Operator(Request { action: Action::AdoptRegistry { hash, .. }, .. }) = command {
            self.engine.stage(Arc::new(stores.load_registry(*hash).unwrap()));
        }
        let mut events = Vec::new();
        self.engine.apply(*seq, *now, command, &mut events);
        let mut index = 0;
        for event in &events {
            self.note(*seq, *now, index, event);
            index += u32::from(recipients(event)[0].is_some());
        }
        self.events.push((*now, events));
    }

    fn note(&mut self, seq: Seq, now: Time, index: u32, event: &Event) {
        for to in recipients(event).into_iter().flatten() {
            let (_, told) = self.told.entry(to.session.0).or_default();
            assert_eq!(to.number, told.len() as u64 + 1, "a session's messages are numbered without gaps");
            let mut frame = Vec::new();
            reports::message(to, seq, now, index, event).encode(&mut frame);
            told.push(frame);
        }
        let mut left = |order: &tallystick_engine::event::OrderView| {
            if order.leaves.0 == 0 {
                self.open.remove(&order.order);
            }
        };
        match event {
            Event::Negotiated { session, version, accepted: true } => {
                self.told.insert(session.0, (*version, Vec::new()));
            }
            Event::Accepted { order, .. } => {
                self.open.insert(order.order);
            }
            Event::Trade { buyer, seller, .. } => [buyer, seller].iter().for_each(|side| left(&side.order)),
            Event::Cancelled { order, .. } | Event::Expired { order, .. } => {
                self.open.remove(&order.order);
            }
            _ => {}
        }
    }

    /// The orders that are open are those that were accepted and have not been told their end, and all else that
    /// must be true of the state is.
    pub fn check(&self) {
        self.engine.check_invariants().unwrap();
        let state = self.engine.state();
        let open: std::collections::BTreeSet<OrderId> = state.orders.iter().map(|o| o.order).collect();
        assert_eq!(self.open, open);
    }
}

/// A report as it was sent the first time, byte for byte.
pub fn first_sent(report: &Report) -> Vec<u8> {
    let mut message = report.message().unwrap_or_else(|| panic!("{report:?} is no report"));
    message.header_mut().expect("a report has a header").possible_resend = false;
    let mut frame = Vec::new();
    message.encode(&mut frame);
    frame
}
