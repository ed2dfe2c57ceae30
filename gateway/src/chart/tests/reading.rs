//! Days read back from the journal of a venue that was written by hand.

use crate::chart::read::MOST_SAMPLES;
use crate::chart::{Day, Named, ReadError, State, draw};
use crate::record::Sequenced;
use crate::stores::Stores;
use std::sync::Arc;
use tallystick_engine::SEMANTICS;
use tallystick_engine::command::{
    Action, Command, From, Negotiate, Network, NewOrder, Request, SessionOptions, VenueParams,
};
use tallystick_engine::news::{AllocatedLot, BustReason, Item, News, Outcome, Terms};
use tallystick_engine::phase::Phase;
use tallystick_engine::rules::{Class, History, Registry};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::{
    AccountId, CashId, ClOrdId, FirmId, InvestorId, LotId, Money, OrdType, Price, RequestId, SecurityId, Seq,
    SessionId, Side, Time, TimeInForce, TradeId, Units,
};
use tallystick_journal::{Journal, Options};
use tempfile::TempDir;

const SECOND: u64 = 1_000_000_000;
const MS: u64 = 1_000_000;

/// A venue's data directory, and its journal as it is written. Nothing is applied here.
struct Tape {
    folder: TempDir,
    journal: Journal,
    seq: u64,
    /// The time of the next command.
    now: u64,
    height: u64,
}

impl Tape {
    /// Two firms with one session, account and investor each, all numbered 1 and 2; securities 1 and 2, in which
    /// account 1 has cash and account 2 has units.
    fn new() -> Tape {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let stores = Stores::open(folder.path()).expect("a data directory");
        let options =
            Options { semantics: SEMANTICS, segment_bytes: 1 << 20, ..Options::new([1; 16], [2; 16]) };
        let (journal, _) = Journal::open(Arc::clone(&stores.journal), options).expect("a journal");
        let mut tape = Tape { folder, journal, seq: 0, now: 1_000 * Time::DAY_NS, height: 1 };
        let network = Some(Network { chain: [7; 32], horizon: 8 });
        tape.ask(Action::OpenVenue(VenueParams { network, ..Venue::params() }));
        for n in 1..=2 {
            let (firm, session) = (FirmId(n), SessionId(n));
            let owner = InvestorId(n);
            tape.ask(Action::AddFirm { firm });
            tape.ask(Action::AddSession {
                session,
                firm,
                key: [n as u8; 32],
                options: SessionOptions::default(),
            });
            tape.ask(Action::AddAccount {
                account: AccountId(n),
                firm,
                record_holder: owner,
                beneficial_owner: owner,
            });
            tape.put(Command::Negotiate(Negotiate { session, version: 1 }));
            tape.ask(Action::List(Venue::listing(n, vec![Venue::anyone()])));
        }
        let identities = (1..=2).map(Venue::identity).collect();
        let registry = Registry::new(1, Time(tape.now), identities).expect("two identities");
        stores.save_registry(&registry).expect("there is room");
        tape.ask(Action::AdoptRegistry { hash: registry.hash(), height: 1, as_of: registry.as_of() });
        let terms = Terms { usable: true, ..Terms::default() };
        let mut items = Vec::new();
        for n in 1..=2 {
            let history = History::of_issue(Time(0), false);
            let lot = AllocatedLot { lot: LotId(1), units: Units(1_000_000), history };
            let (account, security) = (AccountId(2), SecurityId(n));
            items.push(Item::Units { account, security, lots: vec![lot], terms });
            let owner = InvestorId(2);
            let class = Class::of(owner, None, None, Time(0));
            items.push(Item::Stake { owner, security, units: Units(1_000_000), class });
        }
        let amount = Money(1_000_000_000);
        items.push(Item::Cash { account: AccountId(1), cash: CashId(1), amount, terms });
        tape.tell(items);
        tape
    }

    fn put(&mut self, command: Command) -> u64 {
        self.seq += 1;
        let (seq, now) = (Seq(self.seq), Time(self.now));
        self.now += MS;
        let mut record = Vec::new();
        Sequenced { seq, now, command }.encode(&mut record);
        self.journal.append(self.seq, &record).expect("there is room");
        now.0
    }

    fn ask(&mut self, action: Action) -> u64 {
        let request = RequestId(self.seq + 1);
        self.put(Command::Operator(Request { request, uid: 0, action }))
    }

    fn tell(&mut self, items: Vec<Item>) -> u64 {
        self.height += 1;
        let as_of = Time(self.now);
        self.ask(Action::Follow(News { height: self.height, as_of, complete: true, items }))
    }

    fn decide(&mut self, trade: u64, outcome: Outcome) -> u64 {
        let (trade, height) = (TradeId(trade), self.height + 1);
        self.tell(vec![Item::Decided { trade, height, outcome }])
    }

    fn open(&mut self, date: u32) {
        self.ask(Action::StartDay { date });
        for security in [1, 2] {
            for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
                self.phase(security, phase);
            }
        }
    }

    fn phase(&mut self, security: u32, phase: Phase) -> u64 {
        let at = self.ask(Action::SetPhase { security: SecurityId(security), phase, from: None });
        self.put(Command::Continue);
        at
    }

    /// A buy order of account 1 (session 1), or a sell order of account 2 (session 2), in cents.
    fn order(&mut self, security: u32, side: Side, cents: i64, units: u64) -> u64 {
        let n = side.index() as u32 + 1;
        let number = self.seq;
        self.put(Command::New(NewOrder {
            from: From { session: SessionId(n), number },
            clordid: ClOrdId::from_number(number),
            account: AccountId(n),
            security: SecurityId(security),
            side,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::Day,
            price: Some(Price(cents * 1_000_000)),
            quantity: Units(units),
            instructions: Default::default(),
        }))
    }

    /// Both sides of a trade. When it is made.
    fn trade(&mut self, security: u32, cents: i64, units: u64) -> u64 {
        self.order(security, Side::Sell, cents, units);
        self.order(security, Side::Buy, cents, units)
    }

    /// Reads a day while the venue still has its directory.
    fn read(&mut self, named: &str, date: Option<u32>) -> Result<Day, ReadError> {
        self.journal.write().expect("there is room");
        let stores = Stores::open_read_only(self.folder.path()).expect("no lock is needed");
        let Ok(named) = named.parse::<Named>();
        Day::read(&stores, &named, date)
    }
}

#[test]
fn trades_and_what_became_of_them_are_read_while_the_venue_has_its_directory() {
    let mut tape = Tape::new();
    tape.open(20_260_105);
    let made =
        [tape.trade(1, 500, 10), tape.trade(2, 700, 1), tape.trade(1, 510, 20), tape.trade(1, 490, 30)];
    let done = tape.decide(1, Outcome::Final);
    let text = "the seller is frozen".to_owned();
    let busted = tape.decide(3, Outcome::Busted(BustReason::Refused { number: 9, text }));
    let day = tape.read("TEST1", None).unwrap();

    let trades: Vec<_> = day.trades.iter().map(|t| (t.trade.0, t.time.0, t.price.0, t.units.0)).collect();
    assert_eq!(
        trades,
        [(1, made[0], 500_000_000, 10), (3, made[2], 510_000_000, 20), (4, made[3], 490_000_000, 30)]
    );
    assert_eq!(day.trades[0].state, State::Final(Time(done)));
    let why = "the settlement network refused it: the seller is frozen".to_owned();
    assert_eq!(day.trades[1].state, State::Busted(Time(busted), why.clone()));
    assert_eq!(day.trades[2].state, State::Pending);
    assert!(day.settles && day.date == 20_260_105 && day.symbol == "TEST1");
    assert_eq!(tape.read("2", None).unwrap().trades.len(), 1);
    assert!(draw(&day).contains(&why), "the description says why trades were busted");
}

#[test]
fn phases_auctions_and_the_book_are_read() {
    let mut tape = Tape::new();
    tape.ask(Action::StartDay { date: 20_260_105 });
    tape.now += SECOND;
    let opened = tape.phase(1, Phase::PreOpen);
    tape.order(1, Side::Sell, 500, 40);
    tape.order(1, Side::Sell, 501, 7);
    tape.order(1, Side::Sell, 501, 8);
    tape.order(1, Side::Buy, 500, 30);
    tape.order(1, Side::Buy, 498, 5);
    let gathered = tape.phase(1, Phase::OpeningAuction);
    let traded = tape.phase(1, Phase::Continuous);
    tape.now += SECOND;
    let halted = tape.phase(1, Phase::Halted);
    let day = tape.read("1", None).unwrap();

    assert_eq!(day.span[0], Time(opened), "the day begins when the security opens");
    let phases: Vec<_> = day.phases.iter().map(|&(time, phase)| (time.0, phase)).collect();
    assert_eq!(phases[..2], [(opened, Phase::PreOpen), (gathered, Phase::OpeningAuction)]);
    assert_eq!(phases[2].1, Phase::Continuous);
    assert!((traded..traded + 2 * MS).contains(&phases[2].0), "once the auction has run");
    assert_eq!(phases[3], (halted, Phase::Halted));
    let [run] = day.uncrossings[..] else { panic!("{:?}", day.uncrossings) };
    assert_eq!((run.price, run.units), (Some(Price(500_000_000)), Units(30)));
    assert_eq!(day.trades.len(), 1);

    let level = |cents: i64, units| (Price(cents * 1_000_000), Units(units));
    let crossed = [vec![level(500, 30), level(498, 5)], vec![level(500, 40), level(501, 15)]];
    assert!(day.books.iter().any(|sample| sample.sides == crossed), "{:?}", day.books);
    let after = [vec![level(498, 5)], vec![level(500, 10), level(501, 15)]];
    assert_eq!(day.books.last().unwrap().sides, after);
    assert!(day.books.is_sorted_by(|a, b| a.time < b.time));
    draw(&day);
}

#[test]
fn a_day_ends_where_the_next_begins() {
    let mut tape = Tape::new();
    tape.open(20_260_105);
    tape.trade(1, 500, 10);
    let closed = tape.phase(1, Phase::Closed);
    tape.phase(2, Phase::Closed);
    tape.now += 3_600 * SECOND;
    tape.open(20_260_106);
    tape.decide(1, Outcome::Final);
    tape.trade(1, 510, 20);
    tape.trade(1, 520, 30);

    let first = tape.read("1", Some(20_260_105)).unwrap();
    assert_eq!((first.date, first.trades.len()), (20_260_105, 1));
    assert_eq!(first.trades[0].state, State::Pending, "it became final on another day");
    assert!(first.span[1] < Time(closed + SECOND), "what is after the close is not drawn");
    let last = tape.read("1", None).unwrap();
    assert_eq!((last.date, last.trades.len()), (20_260_106, 2));
    let message = tape.read("1", Some(20_260_107)).unwrap_err().to_string();
    assert!(message.contains("no trading day 20260107; it has 20260105, 20260106"), "{message}");
}

#[test]
fn samples_of_a_long_day_are_bounded_and_reach_from_its_beginning_to_its_end() {
    let mut tape = Tape::new();
    tape.open(20_260_105);
    for n in 0..5_000 {
        tape.order(1, Side::Buy, 100 + n % 7, 1);
        tape.now += 5 * MS;
    }
    let end = tape.now;
    let day = tape.read("1", None).unwrap();
    let samples = day.books.len();
    assert!((MOST_SAMPLES / 4..=MOST_SAMPLES).contains(&samples), "{samples}");
    let rested = |n: usize| day.books[n].sides[0].iter().map(|(_, units)| units.0).sum::<u64>();
    assert!(rested(0) < 10 && rested(samples - 1) > 4_950, "{} {}", rested(0), rested(samples - 1));
    assert!(day.books[samples - 1].time.0 > end - SECOND);
    assert!(day.trades.is_empty());
    draw(&day);
}

#[test]
fn what_is_not_there_is_said() {
    let mut tape = Tape::new();
    let message = tape.read("NOPE", None).unwrap_err().to_string();
    assert_eq!(message, "the venue has no security NOPE; it has TEST1, TEST2");
    let message = tape.read("1", None).unwrap_err().to_string();
    assert_eq!(message, "the journal has no trading day at all");
    tape.open(20_260_105);
    let day = tape.read("1", None).unwrap();
    assert!(day.trades.is_empty() && !day.phases.is_empty());
    let folder = tempfile::tempdir().expect("a temporary directory");
    let message = Stores::open_read_only(folder.path()).unwrap_err().to_string();
    assert!(message.contains("check that the directory exists"), "{message}");
}
