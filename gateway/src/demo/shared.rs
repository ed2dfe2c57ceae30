//! What the demo's threads know in common: where the venue is, how far everything has come, whether it is over.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Where the venue is.
#[derive(Clone, Copy, Debug)]
pub struct Where {
    /// Its address; the last one while it is down.
    pub address: SocketAddr,
    /// How often it was started.
    pub generation: u64,
    /// Whether it is down.
    pub down: bool,
}

/// What the threads share.
#[derive(Debug)]
pub struct Shared {
    place: Mutex<Where>,
    killed: Mutex<Option<Instant>>,
    back: Mutex<Vec<Instant>>,
    over: AtomicBool,
    began: Instant,
    orders: AtomicU64,
    trades: AtomicU64,
    rejects: AtomicU64,
}

impl Shared {
    /// The venue is here.
    pub fn new(address: SocketAddr) -> Shared {
        Shared {
            place: Mutex::new(Where { address, generation: 1, down: false }),
            killed: Mutex::new(None),
            back: Mutex::new(Vec::new()),
            over: AtomicBool::new(false),
            began: Instant::now(),
            orders: AtomicU64::new(0),
            trades: AtomicU64::new(0),
            rejects: AtomicU64::new(0),
        }
    }

    /// Where the venue is.
    pub fn place(&self) -> Where {
        *self.place.lock().expect("no holder panics")
    }

    /// The venue is about to be killed.
    pub fn goes_down(&self) {
        *self.killed.lock().expect("no holder panics") = Some(Instant::now());
        self.place.lock().expect("no holder panics").down = true;
    }

    /// The venue is up again, here.
    pub fn comes_up(&self, address: SocketAddr) {
        let mut place = self.place.lock().expect("no holder panics");
        *place = Where { address, generation: place.generation + 1, down: false };
    }

    /// When the venue was killed.
    pub fn killed_at(&self) -> Option<Instant> {
        *self.killed.lock().expect("no holder panics")
    }

    /// A session is established again.
    pub fn is_back(&self) {
        self.back.lock().expect("no holder panics").push(Instant::now());
    }

    /// When sessions were established again.
    pub fn returns(&self) -> Vec<Instant> {
        self.back.lock().expect("no holder panics").clone()
    }

    /// The demo ends at once: every thread gives up.
    pub fn give_up(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Whether the demo ends at once.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// How long everything has been going on.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Orders were sent, trades made, orders refused.
    pub fn count(&self, orders: u64, trades: u64, rejects: u64) {
        self.orders.fetch_add(orders, Ordering::Relaxed);
        self.trades.fetch_add(trades, Ordering::Relaxed);
        self.rejects.fetch_add(rejects, Ordering::Relaxed);
    }

    /// How many orders, trades and rejects there were.
    pub fn counts(&self) -> [u64; 3] {
        [&self.orders, &self.trades, &self.rejects].map(|n| n.load(Ordering::Relaxed))
    }
}
