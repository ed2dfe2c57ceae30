//! A venue inside the test's process, on a directory of its own.

use super::market::{self, changed};
use serde_json::Value;
use std::net::SocketAddr;
use tallystick_client::{Client, Report, Side};
use tallystick_engine::testing;
use tallystick_gateway::admin::desk::{Desks, carry_out};
use tallystick_gateway::admin::protocol::{Ask, Reply};
use tallystick_gateway::clock::Clock;
use tallystick_gateway::gate::Durability;
use tallystick_gateway::session::frontend::Limits;
use tallystick_gateway::stores::Stores;
use tallystick_gateway::threads::Waiting;
use tallystick_gateway::venue::{Settings, Threads, Venue};
use tallystick_wire::session::ServerConfig;
use tempfile::TempDir;

/// How such a venue runs: with deadlines that nobody misses on a slow machine.
pub fn settings() -> Settings {
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        durability: Durability::Memory,
        waiting: Waiting::Block,
        threads: Threads::Two,
        segment_bytes: 1 << 20,
        snapshot_every: 1_000_000,
        limits: Limits {
            max_connections: 64,
            session: ServerConfig { keepalive_interval: 60_000, handshake_deadline: 60_000_000_000 },
        },
        params: testing::Venue::params(),
    }
}

/// A venue with an open market.
pub struct Inside {
    pub venue: Option<Venue>,
    pub address: SocketAddr,
    scratch: Option<TempDir>,
    healthy: u32,
}

impl Inside {
    /// With brokers 1 to `brokers`.
    pub fn open(brokers: u32) -> Inside {
        Inside::open_with(brokers, &settings())
    }

    pub fn open_with(brokers: u32, settings: &Settings) -> Inside {
        Inside::open_at(Clock::System, brokers, settings, |_| {})
    }

    /// By this clock, with listings whose texts are changed first.
    pub fn open_at(clock: Clock, brokers: u32, settings: &Settings, change: impl Fn(&mut String)) -> Inside {
        let scratch = tempfile::tempdir().unwrap();
        let stores = Stores::open(scratch.path()).unwrap();
        let venue = Venue::start(settings, stores, clock).unwrap();
        let address = venue.address;
        let inside = Inside { venue: Some(venue), address, scratch: Some(scratch), healthy: 0 };
        market::open(brokers, |ask| inside.ask(changed(ask, &change)));
        inside
    }

    /// Stops it and starts it again.
    pub fn restart(&mut self, settings: &Settings) {
        self.venue.take().unwrap().stop();
        let stores = Stores::open(self.scratch.as_ref().unwrap().path()).unwrap();
        let venue = Venue::start(settings, stores, Clock::System).unwrap();
        self.address = venue.address;
        self.venue = Some(venue);
    }

    pub fn try_ask(&self, ask: Ask) -> Reply {
        let venue = self.venue.as_ref().unwrap().desk.clone();
        carry_out(&Desks::rehearsal(venue), ask, 0)
    }

    pub fn ask(&self, ask: Ask) -> Value {
        let reply = self.try_ask(ask);
        assert!(reply.ok, "{reply:?}");
        reply.result
    }

    /// Connects a broker by the SDK.
    pub fn client(&self, session: u32) -> Client {
        Client::connect(self.address, market::identity(session), market::patient()).unwrap()
    }

    /// The venue still serves an operator, and a client that does nothing wrong: `session` must be nobody else's.
    pub fn serves(&mut self, session: u32) {
        self.healthy += 1;
        let mut client = self.client(session);
        let name = format!("healthy-{}", self.healthy);
        client.new_order(market::order(session, &name, Side::Buy, 1, 1)).unwrap();
        match client.poll(super::PATIENCE).unwrap() {
            Some(Report::New(report)) => assert_eq!(report.cl_ord_id, name.parse().unwrap()),
            other => panic!("an order is answered, not {other:?}"),
        }
        client.close().unwrap();
        assert!(self.ask(Ask::Status)["open_orders"].as_u64().unwrap() >= 1);
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let (Some(venue), Some(scratch)) = (self.venue.take(), self.scratch.take()) else { return };
        if std::thread::panicking() {
            // The venue still runs, and ends the process if its files go.
            let _ = scratch.keep();
        } else {
            venue.stop().check_invariants().unwrap();
        }
    }
}
