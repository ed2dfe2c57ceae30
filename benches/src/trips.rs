//! The second measurement: a new order over loopback TCP until its first report, beside an echo server and beside
//! one durable write.

use crate::client::{Client, orders};
use crate::disk;
use crate::echo::Echo;
use crate::measure::{Quantiles, Ratio, Spread, timed};
use crate::venue::{self, Shape};
use serde::Serialize;
use std::error::Error;
use std::io;
use std::path::Path;
use tallystick_gateway::gate::Durability::{Disk, Memory};
use tallystick_gateway::threads::Waiting::{Block, BusyPoll};
use tallystick_gateway::venue::Threads;

/// The template of an acceptance.
pub const ACCEPTED: u16 = 200;

/// How much is measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Amount {
    /// How many turns each has.
    pub rounds: usize,
    /// How many round trips a turn has.
    pub trips: usize,
    /// How many more go before them, unmeasured.
    pub warm_up: usize,
}

/// Figures of one kind of server, or of the disk.
#[derive(Clone, Debug, Serialize)]
pub struct Trip {
    /// Which.
    pub what: &'static str,
    /// All round trips of all rounds.
    pub all: Quantiles,
    /// The median of each round.
    pub p50s: Vec<f64>,
}

/// A venue's figures and what they are measured by.
#[derive(Clone, Debug, Serialize)]
pub struct VenueTrip {
    /// Its figures.
    pub trip: Trip,
    /// Medians to those of the echo server that waits in the same way.
    pub to_echo: Ratio,
    /// Medians to those of one durable write, where it makes one.
    pub to_write: Option<Ratio>,
    /// Medians to 1.3 durable writes and 1.5 busy-polling echoes, where it makes durable writes.
    pub to_aim: Option<Ratio>,
}

/// What came of all of them.
#[derive(Clone, Debug, Serialize)]
pub struct Trips {
    /// The echo server that polls.
    pub echo_busy: Trip,
    /// The echo server that sleeps.
    pub echo_blocking: Trip,
    /// One durable write.
    pub write: Trip,
    /// The venue in its shapes.
    pub venues: Vec<VenueTrip>,
}

/// The shapes that are measured.
pub const SHAPES: [(&str, Shape); 5] = [
    ("memory, 1 thread, busy-poll", Shape { threads: Threads::One, waiting: BusyPoll, durability: Memory }),
    ("memory, 1 thread, blocking", Shape { threads: Threads::One, waiting: Block, durability: Memory }),
    ("disk, 1 thread, busy-poll", Shape { threads: Threads::One, waiting: BusyPoll, durability: Disk }),
    ("disk, 1 thread, blocking", Shape { threads: Threads::One, waiting: Block, durability: Disk }),
    ("disk, 2 threads, blocking", Shape { threads: Threads::Two, waiting: Block, durability: Disk }),
];

#[derive(Default)]
struct Turns {
    all: Spread,
    p50s: Vec<f64>,
}

impl Turns {
    fn take(&mut self, turn: &Spread) {
        self.p50s.push(turn.quantiles().p50 as f64);
        self.all.merge(turn);
    }

    fn done(self, what: &'static str) -> Trip {
        Trip { what, all: self.all.quantiles(), p50s: self.p50s }
    }
}

/// Lets all of them take turns. Only one runs at a time: who polls would take a core from the others. `scratch` is
/// a folder on the disk in question.
pub fn measure(amount: Amount, scratch: &Path) -> Result<Trips, Box<dyn Error>> {
    let [mut busy, mut blocking, mut write] = [(); 3].map(|()| Turns::default());
    let mut venues = SHAPES.map(|_| Turns::default());
    for _ in 0..amount.rounds {
        busy.take(&echo(BusyPoll, amount)?);
        blocking.take(&echo(Block, amount)?);
        write.take(&one_write(amount, scratch)?);
        for ((_, shape), turns) in SHAPES.into_iter().zip(&mut venues) {
            turns.take(&of_venue(shape, amount, scratch)?);
        }
    }
    let names = SHAPES.map(|(name, _)| name);
    let [echo_busy, echo_blocking] = [busy.done("echo, busy-poll"), blocking.done("echo, blocking")];
    let write = write.done("write 4 KB + fdatasync");
    let aim: Vec<f64> =
        write.p50s.iter().zip(&echo_busy.p50s).map(|(write, echo)| 1.3 * write + 1.5 * echo).collect();
    let venue = |((name, turns), (_, shape)): ((&'static str, Turns), (&str, Shape))| {
        let trip = turns.done(name);
        let echo = if shape.waiting == BusyPoll { &echo_busy } else { &echo_blocking };
        let durable = shape.durability == Disk;
        VenueTrip {
            to_echo: Ratio::of(&trip.p50s, &echo.p50s),
            to_write: durable.then(|| Ratio::of(&trip.p50s, &write.p50s)),
            to_aim: durable.then(|| Ratio::of(&trip.p50s, &aim)),
            trip,
        }
    };
    let venues = names.into_iter().zip(venues).zip(SHAPES).map(venue).collect();
    Ok(Trips { echo_busy, echo_blocking, write, venues })
}

/// A turn of the echo server.
pub fn echo(waiting: tallystick_gateway::threads::Waiting, amount: Amount) -> io::Result<Spread> {
    let server = Echo::start(waiting)?;
    let mut client = Client::connect(server.address)?;
    let spread = turn(&mut client, amount);
    drop(client);
    server.stop()?;
    spread
}

/// A turn of a venue in a data directory of its own.
pub fn of_venue(shape: Shape, amount: Amount, scratch: &Path) -> Result<Spread, Box<dyn Error>> {
    let folder = tempfile::tempdir_in(scratch)?;
    let (venue, identity) = venue::start(shape, folder.path())?;
    let mut client = Client::connect(venue.address)?;
    let spread = client.establish(&identity).and_then(|()| turn(&mut client, amount));
    drop(client);
    venue.stop();
    Ok(spread?)
}

fn one_write(amount: Amount, scratch: &Path) -> io::Result<Spread> {
    let folder = tempfile::tempdir_in(scratch)?;
    disk::measure(folder.path(), amount.trips)
}

fn turn(client: &mut Client, amount: Amount) -> io::Result<Spread> {
    let orders = orders(1, amount.warm_up + amount.trips);
    let mut spread = Spread::default();
    for (n, order) in orders.iter().enumerate() {
        let mut answer = Ok(0);
        let ns = timed(|| answer = client.trip(order));
        let template = answer?;
        if template != ACCEPTED {
            return Err(io::Error::other(format!("order {n} was answered with template {template}")));
        }
        if n >= amount.warm_up {
            spread.record(ns);
        }
    }
    Ok(spread)
}
