//! The thread that follows the calendar in a venue's process.

use super::days::Calendar;
use super::floor::{Running, Stopping};
use super::follow::Follower;
use super::memory::Memory;
use crate::operator::Desk;
use crate::say::complain;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The longest sleep, since clocks are set: how late a phase may begin by the driver's doing.
const NAP: Duration = Duration::from_millis(20);

/// A calendar that ends within so many days is told of when the venue starts.
const SOON: i32 = 30;

/// A calendar that is being followed.
#[derive(Debug)]
pub struct Driver {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Driver {
    /// Follows a calendar on a running venue, from what is remembered on.
    pub fn start(calendar: Calendar, desk: Desk, memory: Memory) -> Driver {
        let stop = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&stop);
        let run = move || {
            // The venue's end is the driver's.
            let (Ok(()) | Err(Stopping)) = follow(Arc::new(calendar), &desk, memory, &theirs);
        };
        let thread = std::thread::Builder::new().name("calendar".into()).spawn(run);
        Driver { stop, thread: thread.expect("the system gives a thread at start") }
    }

    /// Asks for nothing more. Where a request of its is on its way, the venue's stop ends it, so stop that first.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Release);
        self.thread.join().expect("the calendar's thread does not panic");
    }
}

fn follow(calendar: Arc<Calendar>, desk: &Desk, memory: Memory, stop: &AtomicBool) -> Result<(), Stopping> {
    let now = || {
        let ns = desk.clock.now().0;
        Timestamp::from_nanosecond(ns.into()).expect("64 bits of nanoseconds are a timestamp")
    };
    greet(&calendar, desk, now())?;
    let floor = Running { desk: desk.clone(), uid: rustix::process::getuid().as_raw() };
    let mut follower = Follower::new(calendar, floor, memory);
    while !stop.load(Ordering::Acquire) {
        for said in follower.turn(now())? {
            complain!("tallystick: calendar: {said}");
        }
        std::thread::sleep(NAP);
    }
    Ok(())
}

/// What an operator should know before the first day.
fn greet(calendar: &Calendar, desk: &Desk, now: Timestamp) -> Result<(), Stopping> {
    let symbols: Vec<String> = calendar.symbols().map(str::to_owned).collect();
    let unlisted = move |directory: &crate::directory::Directory, _: &_| {
        let listed = |symbol: &String| directory.securities.values().any(|(l, _)| l.symbol == *symbol);
        symbols.into_iter().filter(|symbol| !listed(symbol)).collect::<Vec<_>>()
    };
    let unlisted = desk.look(unlisted).map_err(|_| Stopping)?;
    if !unlisted.is_empty() {
        complain!(
            "tallystick: calendar: no such security is listed: {}; check `[securities]`",
            unlisted.join(", ")
        );
    }
    let (today, last) = (calendar.date(now), calendar.span().1);
    let left = last.since(today).map_or(0, |span| span.get_days());
    if left < 0 {
        complain!("tallystick: calendar: it ended on {last}, and nothing opens: write the days since");
    } else if left <= SOON {
        complain!("tallystick: calendar: it ends on {last}: write the days after it");
    }
    Ok(())
}
