//! A broker's program that trades as fast as it is let, over the SDK, and never forgets what it was told.

use super::PATIENCE;
use super::again::first_sent;
use super::market::{identity, order, patient};
use super::random::Random;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tallystick_client::{Cancel, Client, ClientError, Price8, Replace, Report, Resume, Side};

/// How many requests wait for an answer at most.
const WINDOW: usize = 128;

/// A broker; outlives its connections and the venue's processes.
pub struct Broker {
    pub session: u32,
    random: Random,
    saved: Option<Resume>,
    /// All it was told, as it was first sent, from number 1.
    pub told: Vec<Vec<u8>>,
    /// How many reports it was told a second time.
    pub again: usize,
    names: u64,
}

impl Broker {
    pub fn new(session: u32, seed: u64) -> Broker {
        let random = Random::new(seed ^ u64::from(session) << 32);
        Broker { session, random, saved: None, told: Vec::new(), again: 0, names: 0 }
    }

    /// The version of its session.
    pub fn version(&self) -> u64 {
        self.saved.as_ref().map_or(0, |saved| saved.session_ver_id)
    }

    /// Trades until the connection ends, calling `alive` at every report that is new.
    pub fn trade(&mut self, address: SocketAddr, alive: impl Fn()) {
        let mut client = self.connect(address);
        loop {
            let sent = if client.unacknowledged() < WINDOW { self.ask(&mut client) } else { Ok(()) };
            let wait = if client.unacknowledged() < WINDOW { 0 } else { 5 };
            if sent.and_then(|()| self.hear(&mut client, Duration::from_millis(wait), &alive)).is_err() {
                break;
            }
        }
        self.saved = Some(client.state());
    }

    /// Takes everything that is still to be told, and says goodbye.
    pub fn finish(&mut self, address: SocketAddr, expected: usize) {
        self.rewind(self.told.len());
        let mut client = self.connect(address);
        let deadline = Instant::now() + PATIENCE;
        while self.told.len() < expected {
            assert!(Instant::now() < deadline, "told {} of {expected} reports", self.told.len());
            self.hear(&mut client, Duration::from_millis(100), &|| {}).unwrap();
        }
        self.saved = Some(client.close().unwrap());
    }

    /// Goes on as if the last `reports` had never been handed over: they must come again, the same.
    pub fn rewind(&mut self, reports: usize) {
        if let Some(saved) = &mut self.saved {
            saved.next_inbound = (saved.next_inbound.saturating_sub(reports as u64)).max(1);
        }
    }

    fn connect(&self, address: SocketAddr) -> Client {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (identity, options) = (identity(self.session), patient());
            let connected = match &self.saved {
                None => Client::connect(address, identity, options),
                Some(saved) => Client::resume(address, identity, options, saved.clone()),
            };
            match connected {
                Ok(client) => return client,
                Err(error) if error.is_retriable() && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(error) => panic!("session {} can't connect: {error}", self.session),
            }
        }
    }

    fn hear(&mut self, client: &mut Client, wait: Duration, alive: &impl Fn()) -> Result<(), ClientError> {
        let mut wait = wait;
        while let Some(report) = client.poll(wait)? {
            wait = Duration::ZERO;
            if self.note(&report) {
                alive();
            }
        }
        Ok(())
    }

    /// Keeps a report, or compares it with what was kept. Whether it is new.
    fn note(&mut self, report: &Report) -> bool {
        let Some(number) = report.msg_seq_num() else {
            assert_eq!(*report, Report::VenueSilent, "whatever was sent is applied");
            return false;
        };
        let (at, sent) = (number as usize - 1, first_sent(report));
        match self.told.get(at) {
            Some(told) => {
                self.again += 1;
                assert_eq!(*told, sent, "report {number} of session {} says the same again", self.session);
                false
            }
            None => {
                assert_eq!(at, self.told.len(), "session {} misses reports", self.session);
                self.told.push(sent);
                true
            }
        }
    }

    /// A request by chance: most are orders, some are about orders, few are wrong.
    fn ask(&mut self, client: &mut Client) -> Result<(), ClientError> {
        let session = self.session;
        self.names += 1;
        let name = |n: u64| format!("{session}-{n}");
        let cl_ord_id = name(self.names).parse().unwrap();
        let side = if self.random.one_in(2) { Side::Buy } else { Side::Sell };
        let (cents, quantity) = (95 + self.random.below(11) as i64, 1 + self.random.below(20));
        let security_id = 1 + self.random.below(2) as u32;
        let earlier = name(self.names.saturating_sub(1 + self.random.below(50))).parse().unwrap();
        match self.random.below(20) {
            0..14 => {
                let wrong = self.random.one_in(50);
                let order_qty = if wrong { 0 } else { quantity };
                let plain = order(session, "x", side, cents, order_qty);
                client.new_order(tallystick_client::NewOrder { cl_ord_id, security_id, ..plain })
            }
            14..17 => {
                let (orig_cl_ord_id, account) = (earlier, session);
                client.cancel(Cancel { cl_ord_id, orig_cl_ord_id, account, security_id, side })
            }
            _ => {
                let (orig_cl_ord_id, account) = (earlier, session);
                let price = Price8::from_mantissa(cents * 1_000_000).unwrap();
                let order_qty = quantity;
                client.replace(Replace {
                    cl_ord_id,
                    orig_cl_ord_id,
                    account,
                    security_id,
                    side,
                    price,
                    order_qty,
                    stop_px: None,
                })
            }
        }
        .map(drop)
    }
}
