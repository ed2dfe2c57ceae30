//! A running venue with its brokers' programs and everybody's shells: what each of them is told, as plain text.

use super::PATIENCE;
use super::market::{self, changed};
use super::plain::Plain;
use super::process::{Place, Process};
use super::shell::Shell;
use serde_json::Value;
use std::time::{Duration, Instant};
use tallystick_client::{Client, NewOrder, Resume};
use tallystick_gateway::admin::protocol::Ask;
use tallystick_gateway::settlement::desk::LedgerAsk;

/// The venue, and whoever stands before it.
pub struct Counter {
    pub place: Place,
    pub venue: Process,
    pub plain: Plain,
    shell: Shell,
}

impl Counter {
    /// An open market with this configuration, so many brokers, and listings whose texts are changed first.
    pub fn open(run: &str, brokers: u32, change: impl Fn(&mut String)) -> Counter {
        let counter = Counter::of(Place::new(run));
        market::open(brokers, |ask| counter.venue.ask(changed(ask, &change)));
        counter
    }

    /// A venue without a market.
    pub fn of(place: Place) -> Counter {
        let (venue, shell) = (place.start(), Shell::new(&place, &(1..=20).collect::<Vec<_>>()));
        Counter { place, venue, plain: Plain::default(), shell }
    }

    /// Connects a broker by the SDK.
    pub fn client(&self, session: u32) -> Client {
        Client::connect(self.place.address, market::identity(session), market::patient()).unwrap()
    }

    /// Connects a broker who goes on where he was.
    pub fn back(&self, session: u32, saved: Resume) -> Client {
        Client::resume(self.place.address, market::identity(session), market::patient(), saved).unwrap()
    }

    /// Kills the venue (SIGKILL) and starts it again.
    pub fn kill(&mut self) {
        self.venue.kill();
        self.venue = self.place.start();
    }

    /// The next so many reports of a client.
    #[track_caller]
    pub fn told(&mut self, client: &mut Client, count: usize) -> Vec<String> {
        self.plain.next(client, count)
    }

    /// Enters an order, of which nothing but its acceptance is told.
    #[track_caller]
    pub fn rests(&mut self, client: &mut Client, order: NewOrder) {
        client.new_order(order).unwrap();
        let told = self.told(client, 1);
        assert!(told[0].starts_with("ExecutionReportNew "), "{told:?}");
    }

    /// All that a command over a session says.
    pub fn session(&mut self, command: &str, session: u32, words: &str) -> String {
        let said = self.shell.session(command, session, words);
        self.plain.text(&said)
    }

    /// All that `tallystick admin` says.
    pub fn admin(&mut self, words: &str) -> String {
        self.shell.admin(words)
    }

    /// The answer that `tallystick admin` prints, without its place in the sequence.
    #[track_caller]
    pub fn asked(&mut self, words: &str) -> Value {
        answer(&self.shell.admin(words))
    }

    /// Waits until no trade waits for the network.
    pub fn settled(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.venue.ask(Ask::Status)["unsettled"] != 0 {
            assert!(Instant::now() < deadline, "trades stay open");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What venue and network differ in.
    pub fn reconciled(&self) -> Value {
        let about = LedgerAsk::Reconcile;
        self.venue.ask(Ask::Ledger { about })["differences"].clone()
    }

    /// The answer that `tallystick ledger` prints.
    #[track_caller]
    pub fn ledger(&mut self, words: &str) -> Value {
        answer(&self.shell.ledger(words))
    }
}

#[track_caller]
fn answer(said: &str) -> Value {
    let mut answer: Value = serde_json::from_str(said).unwrap_or_else(|_| panic!("{said}"));
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("seq");
    }
    answer
}
