//! A venue that follows a trading calendar: days on a clock that the test sets, and the real process.

use crate::common::market::{self, order};
use crate::common::process::Place;
use crate::common::raw::{Raw, establish_at, negotiate_at, numbered};
use crate::common::{PATIENCE, inside};
use jiff::Timestamp;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tallystick_client::Side;
use tallystick_engine::phase::Phase;
use tallystick_gateway::admin::desk::{Desks, carry_out};
use tallystick_gateway::admin::protocol::Ask;
use tallystick_gateway::calendar::memory::Memory;
use tallystick_gateway::calendar::{Calendar, Driver};
use tallystick_gateway::clock::Clock;
use tallystick_gateway::stores::Stores;
use tallystick_gateway::venue::Venue;
use tallystick_wire::Message;
use tempfile::TempDir;

/// OAK trades continuously and ELM in two calls; Tuesday is a half day. By UTC, 8 June 2026 is a Monday.
const WEEKS: &str = r#"
zone = "UTC"
from = 2026-06-01
to = 2026-06-30
days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
default = "stocks"
[[schedule]]
name = "stocks"
normal = [
    { at = 07:00, phase = "pre-open" },
    { at = 09:25, phase = "opening-auction" },
    { at = 09:30, phase = "continuous" },
    { at = 15:55, phase = "closing-auction" },
    { at = 16:00, phase = "closed" },
]
half = [
    { at = 07:00, phase = "pre-open" },
    { at = 09:25, phase = "opening-auction" },
    { at = 09:30, phase = "continuous" },
    { at = 13:00, phase = "closed" },
]
[[schedule]]
name = "calls"
normal = [
    { at = 09:00, phase = "pre-open" },
    { at = 10:00, phase = "opening-auction" },
    { at = 10:05, phase = "pre-open" },
    { at = 15:00, phase = "opening-auction" },
    { at = 15:05, phase = "closed" },
]
half = [{ at = 09:00, phase = "pre-open" }, { at = 10:00, phase = "closed" }]
[securities]
ELM = "calls"
[[half_day]]
date = 2026-06-09
name = "Short Tuesday"
"#;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A venue with its calendar, on a clock that is set.
struct Following {
    scratch: TempDir,
    time: Arc<AtomicU64>,
    running: Option<(Venue, Driver)>,
    calendar: Calendar,
    /// The version of whichever session connects next.
    version: AtomicU64,
}

impl Following {
    fn new(now: &str) -> Following {
        let calendar = Calendar::parse(Path::new("calendar.toml"), WEEKS).unwrap();
        let (scratch, time) = (tempfile::tempdir().unwrap(), Arc::new(AtomicU64::new(0)));
        let version = AtomicU64::new(1);
        let mut following = Following { scratch, time, running: None, calendar, version };
        following.set(at(now));
        following.start();
        // The market, and nothing of its day.
        for ask in market::opening(2) {
            if !matches!(ask, Ask::Day { .. } | Ask::Phase { .. }) {
                following.ask(ask);
            }
        }
        following
    }

    fn set(&self, now: Timestamp) {
        self.time.store(now.as_nanosecond().try_into().unwrap(), Ordering::Release);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_nanosecond(self.time.load(Ordering::Acquire).into()).unwrap()
    }

    fn start(&mut self) {
        let mut settings = inside::settings();
        // Identities of one day are good for the weeks.
        settings.params.max_registry_age_ns *= 100;
        let stores = Stores::open(self.scratch.path()).unwrap();
        let venue = Venue::start(&settings, stores, Clock::Set(Arc::clone(&self.time))).unwrap();
        let memory = Memory::open(self.scratch.path()).unwrap();
        let driver = Driver::start(self.calendar.clone(), venue.desk.clone(), memory);
        self.running = Some((venue, driver));
    }

    fn stop(&mut self) {
        let (venue, driver) = self.running.take().unwrap();
        venue.stop().check_invariants().unwrap();
        driver.stop();
    }

    fn ask(&self, ask: Ask) -> Value {
        let (venue, _) = self.running.as_ref().unwrap();
        let reply = carry_out(&Desks::rehearsal(venue.desk.clone()), ask, 0);
        assert!(reply.ok, "{reply:?}");
        reply.result
    }

    fn by_hand(&self, security: &str, phase: Phase) {
        self.ask(Ask::Phase { security: security.into(), phase, from: None });
    }

    /// Until when the calendar has been followed.
    fn followed(&self) -> Option<Timestamp> {
        let text = std::fs::read(self.scratch.path().join("calendar/followed.json")).ok()?;
        let value: Value = serde_json::from_slice(&text).unwrap();
        value["through"].as_str().map(at)
    }

    /// Time passes from one due instant to the next.
    fn until(&self, time: &str) {
        let time = at(time);
        let due: Vec<Timestamp> = self.calendar.due(self.now()).map(|due| due.at).collect();
        for at in due.into_iter().filter(|&due| due > self.now() && due <= time) {
            self.set(at);
            wait(&format!("what is due at {at} is done"), || self.followed() >= Some(at));
        }
        self.set(time);
    }

    /// OAK's and ELM's phases.
    fn phases(&self) -> [Phase; 2] {
        let securities = self.ask(Ask::Securities);
        [0, 1].map(|n| serde_json::from_value(securities[n]["phase"].clone()).unwrap())
    }

    fn date(&self) -> u64 {
        self.ask(Ask::Status)["date"].as_u64().unwrap()
    }

    fn open_orders(&self) -> u64 {
        self.ask(Ask::Status)["open_orders"].as_u64().unwrap()
    }

    /// What expires does so in chunks.
    fn expire(&self) {
        wait("day orders expire", || self.open_orders() == 0);
        assert_eq!(self.phases(), [Phase::Closed; 2]);
    }

    /// A broker's order in OAK is accepted, by the venue's clock.
    fn order(&self, session: u32, name: &str, side: Side, cents: i64) {
        let (address, time) = (self.running.as_ref().unwrap().0.address, self.time.load(Ordering::Acquire));
        let version = self.version.fetch_add(1, Ordering::Relaxed);
        let mut raw = loop {
            let mut raw = Raw::connect(address);
            raw.say(&negotiate_at(session, version, time));
            // The session's earlier connection may not be seen to have ended.
            if let Message::NegotiateResponse(_) = raw.hear() {
                break raw;
            }
        };
        raw.say(&establish_at(session, version, 1, time, 5_000));
        assert!(matches!(raw.hear(), Message::EstablishAck(_)));
        raw.say(&numbered(order(session, name, side, cents, 10), session, 1));
        let told = raw.hear();
        assert!(matches!(told, Message::ExecutionReportNew(_)), "{told:?}");
    }
}

fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn days_are_followed_on_a_real_venue_through_a_halt_by_hand_and_a_restart() {
    let mut venue = Following::new("2026-06-07T12:00:00Z");
    venue.until("2026-06-08T08:00:00Z");
    assert_eq!((venue.date(), venue.phases()), (20_260_608, [Phase::PreOpen, Phase::Closed]));
    venue.order(1, "buy", Side::Buy, 100);
    venue.order(2, "sell", Side::Sell, 100);
    venue.order(1, "rest", Side::Buy, 90);
    venue.until("2026-06-08T09:29:59Z");
    assert_eq!(venue.open_orders(), 3, "they gather");
    venue.until("2026-06-08T12:00:00Z");
    assert_eq!(venue.phases(), [Phase::Continuous, Phase::PreOpen]);
    assert_eq!(venue.open_orders(), 1, "the opening auction has run");
    venue.until("2026-06-08T20:00:00Z");
    venue.expire();

    // A half day; the names of yesterday may be used again.
    venue.until("2026-06-09T11:00:00Z");
    assert_eq!((venue.date(), venue.phases()), (20_260_609, [Phase::Continuous, Phase::Closed]));
    venue.order(1, "buy", Side::Buy, 100);
    venue.until("2026-06-09T13:30:00Z");
    venue.expire();

    // A halt by hand outlives phases, the day and a restart.
    venue.until("2026-06-10T11:00:00Z");
    venue.order(1, "buy", Side::Buy, 100);
    venue.by_hand("OAK", Phase::Halted);
    venue.until("2026-06-10T15:58:00Z");
    assert_eq!(venue.phases(), [Phase::Halted, Phase::Closed]);
    assert_eq!(venue.open_orders(), 1);
    venue.until("2026-06-10T17:00:00Z");
    venue.expire();
    venue.until("2026-06-11T10:02:00Z");
    assert_eq!((venue.date(), venue.phases()), (20_260_611, [Phase::Closed, Phase::OpeningAuction]));
    venue.stop();
    venue.set(at("2026-06-12T11:00:00Z"));
    venue.start();
    wait("the calendar is caught up with", || venue.followed() >= Some(at("2026-06-12T11:00:00Z")));
    assert_eq!((venue.date(), venue.phases()), (20_260_612, [Phase::Closed, Phase::PreOpen]));

    // An operator ends it; from then on the calendar is followed.
    for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
        venue.by_hand("OAK", phase);
    }
    venue.until("2026-06-12T15:57:00Z");
    assert_eq!(venue.phases(), [Phase::ClosingAuction, Phase::Closed]);
    // Over the weekend.
    venue.until("2026-06-15T12:00:00Z");
    assert_eq!((venue.date(), venue.phases()), (20_260_615, [Phase::Continuous, Phase::PreOpen]));
    venue.stop();
}

#[test]
fn a_venue_that_missed_the_opening_holds_a_call_before_it_trades() {
    let mut venue = Following::new("2026-06-07T12:00:00Z");
    venue.until("2026-06-08T08:00:00Z");
    venue.order(1, "buy", Side::Buy, 100);
    venue.order(2, "sell", Side::Sell, 100);
    venue.stop();
    venue.set(at("2026-06-08T11:00:00Z"));
    venue.start();
    wait("the call begins", || venue.phases()[0] == Phase::OpeningAuction);
    assert_eq!(venue.open_orders(), 2, "nothing is run at once");
    venue.set(at("2026-06-08T11:04:58Z"));
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(venue.phases(), [Phase::OpeningAuction, Phase::PreOpen]);
    venue.set(at("2026-06-08T11:05:02Z"));
    wait("the call ends", || venue.phases()[0] == Phase::Continuous);
    assert_eq!(venue.open_orders(), 0, "its auction was run");
    venue.stop();
}

/// A calendar in which every day is one long pre-open, from yesterday to tomorrow.
fn today() -> String {
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let (from, to) = (today.yesterday().unwrap(), today.tomorrow().unwrap());
    format!(
        "zone = \"UTC\"\nfrom = {from}\nto = {to}\n\
         days = [\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\", \"saturday\", \"sunday\"]\n\
         default = \"long\"\n[[schedule]]\nname = \"long\"\n\
         normal = [{{ at = 00:00, phase = \"pre-open\" }}, {{ at = 23:59:59, phase = \"closed\" }}]\n"
    )
}

#[test]
fn the_process_follows_the_calendar_that_its_configuration_names() {
    let place = Place::new("");
    let plain = std::fs::read_to_string(place.config()).unwrap();
    let venue = place.start();
    venue.ask(market::list("OAK"));
    assert!(venue.stop().success());
    let calendar = place.config().with_file_name("hours.toml");
    let named = format!("{plain}[calendar]\nfile = \"hours.toml\"\n");
    place.configure(&named);

    let missing = place.try_start().err().expect("there is no such file");
    assert!(missing.contains("DIR/hours.toml: can't be read"), "{missing}");
    std::fs::write(&calendar, today().replace("pre-open", "continuous")).unwrap();
    let wrong = place.try_start().err().expect("it makes no sense");
    assert!(
        wrong.contains("DIR/hours.toml:8: schedule \"long\": continuous at 00:00:00 can't follow closed"),
        "{wrong}"
    );

    std::fs::write(&calendar, today() + "[securities]\nYEW = \"long\"\n").unwrap();
    let venue = place.start();
    assert!(venue.said.iter().any(|line| line.starts_with("follows a calendar: UTC, ")), "{:?}", venue.said);
    wait("the day begins", || venue.ask(Ask::Securities)[0]["phase"] == "pre-open");
    // By hand as ever, and left so.
    venue.ask(Ask::Phase { security: "OAK".into(), phase: Phase::Halted, from: None });
    assert!(venue.stop().success());
    let told = place.complaints();
    assert!(told.contains("calendar: no such security is listed: YEW; check `[securities]`"), "{told}");
    let venue = place.start();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(venue.ask(Ask::Securities)[0]["phase"], "halted");
    assert!(venue.stop().success());
}

fn tallystick(args: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tallystick")).args(args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn a_calendar_is_checked_and_shown_on_the_command_line() {
    let (done, example) = tallystick(&["calendar", "example"]);
    assert!(done);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calendar.toml");
    std::fs::write(&file, &example).unwrap();
    let name = file.to_str().unwrap();
    let (done, text) = tallystick(&["calendar", "check", name]);
    assert!(done && text.starts_with("zone       America/New_York (time zone data 20"), "{text}");
    let (done, text) =
        tallystick(&["calendar", "show", name, "--from", "2026-11-26", "--days", "2", "--security", "OAK"]);
    assert!(done && text.contains("2026-11-27 Friday     half day: Day after Thanksgiving\n"), "{text}");
    assert_eq!(text.lines().count(), 8);
    let (done, text) = tallystick(&["calendar", "show", name]);
    assert!(done && text.lines().count() >= 7, "{text}");
    std::fs::write(&file, example.replace("2026-07-03", "2026-07-04")).unwrap();
    let (done, text) = tallystick(&["calendar", "check", name]);
    assert!(!done && text.contains("is a Saturday, without trading anyway"), "{text}");
    assert!(text.starts_with(&format!("tallystick: {name}:")), "{text}");
}
