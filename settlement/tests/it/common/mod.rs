//! A venue's engine and a ledger with nothing between them but the bridge: time, blocks and losses are the test's.

pub mod ledgers;
#[path = "../../../ledger/tests/it/common/mod.rs"]
pub mod world;

use crossbeam::channel::{Receiver, Sender, unbounded};
use ledgers::{Alone, Ledger};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tallystick_engine::command::{Action, Command, Listing, Network, SessionOptions, VenueParams};
use tallystick_engine::event::{Event, Outcome as Answer};
use tallystick_engine::fees::Fees;
use tallystick_engine::news::News;
use tallystick_engine::reject::Refusal;
use tallystick_engine::rules::{Market, Place as Residence, Registry, Rule};
use tallystick_engine::testing;
use tallystick_engine::types::*;
use tallystick_engine::undo::TradeTerms;
use tallystick_journal::sim::SimStorage;
use tallystick_journal::{Journal, Options};
use tallystick_ledger::audit::audit;
use tallystick_ledger::instruction::*;
use tallystick_ledger::names::Height;
use tallystick_ledger::reader::{Kind, Snapshot};
use tallystick_ledger::receipt::{Done, Outcome, Receipt};
use tallystick_ledger::state::{Key, Record, View};
use tallystick_settlement::{
    Bridge, Fresh, Outbox, Pace, Pending, Recovered, SettlementNetwork, Signer, Unreachable, Venue,
    VenueError,
};
use world::{HORIZON, SECOND, START, VENUE, genesis, hash, key, venue};

/// How many investors there are, each with an account of its number and a firm and session of its own.
pub const PEOPLE: u32 = 5;

/// The account that fees go to: the last person's.
pub const FEE_ACCOUNT: AccountId = AccountId(PEOPLE);

/// A network whose blocks the test makes, and which may lose what was submitted.
pub struct Net {
    pub ledger: Box<dyn Ledger>,
    pool: Vec<Submission>,
    /// What the network's clock says.
    pub now: Time,
    /// Whether submissions are refused.
    pub unreachable: bool,
    number: u64,
}

#[derive(Clone)]
pub struct Shared(Arc<Mutex<Net>>);

impl Shared {
    pub fn new(ledger: Box<dyn Ledger>) -> Shared {
        let net = Net { ledger, pool: Vec::new(), now: START, unreachable: false, number: 0 };
        Shared(Arc::new(Mutex::new(net)))
    }

    pub fn lock(&self) -> MutexGuard<'_, Net> {
        self.0.lock().expect("no test thread panics while it holds it")
    }
}

impl Net {
    /// Makes a block of all that was submitted; its receipts.
    pub fn block(&mut self) -> Vec<Receipt> {
        let (now, receipts) = self.ledger.block(self.now, std::mem::take(&mut self.pool));
        self.now = now;
        receipts
    }

    /// What was submitted and is in no block.
    pub fn waiting(&self) -> &[Submission] {
        &self.pool
    }

    /// Loses what was submitted and is in no block.
    pub fn lose(&mut self) {
        self.pool.clear();
    }

    /// Submits a direct instruction.
    pub fn direct(&mut self, operation: Operation, signers: &[&str]) {
        self.number += 1;
        let (chain, expiry) = (genesis().chain(), Height(u64::MAX));
        let instruction = Instruction { chain, expiry, blind: hash(self.number), operation };
        let keys: Vec<_> = signers.iter().map(|name| key(name)).collect();
        self.pool.push(Submission::Direct(instruction.sign(&keys.iter().collect::<Vec<_>>())));
    }

    /// Submits a direct instruction and makes a block of it.
    pub fn done(&mut self, operation: Operation, signers: &[&str]) -> Done {
        self.direct(operation.clone(), signers);
        match self.block().pop().expect("one receipt").outcome {
            Outcome::Done(done) => done,
            Outcome::Refused(refusal) => panic!("{operation:?} is refused: {refusal}"),
        }
    }

    pub fn snapshot(&self) -> Snapshot {
        self.ledger.snapshot()
    }
}

impl SettlementNetwork for Shared {
    fn submit(&self, submission: Submission) -> Result<(), Unreachable> {
        let mut net = self.lock();
        if net.unreachable {
            return Err(Unreachable("it is away".into()));
        }
        net.pool.push(submission);
        Ok(())
    }

    fn wait_beyond(&self, _: Height, _: Duration) -> Height {
        self.lock().snapshot().head().height
    }

    fn trouble(&self) -> Option<String> {
        self.lock().unreachable.then(|| "it is away".into())
    }

    fn snapshot(&self) -> Snapshot {
        self.lock().snapshot()
    }
}

/// An engine with its outbox.
pub struct Desk {
    pub venue: testing::Venue,
    outbox: Outbox,
    trades: Sender<Fresh>,
    /// What became of each trade.
    pub decided: BTreeMap<TradeId, Event>,
    /// What each trade was.
    pub record: BTreeMap<TradeId, TradeTerms>,
    pub check_invariants: bool,
    /// The venue's journal, where the test cuts its power.
    pub journal: Option<Journal>,
    /// Trades that are not durable yet.
    unsent: Vec<Fresh>,
    /// What of `decided` is durable, and so may have been told.
    pub told: BTreeMap<TradeId, Event>,
    /// Whether trades leave before they are durable: what no venue may do.
    pub hasty: bool,
    /// Registry files; they are on disk before a command names them.
    pub registries: BTreeMap<tallystick_engine::rules::RegistryHash, Arc<Registry>>,
}

#[derive(Clone)]
pub struct Port(pub Arc<Mutex<Desk>>);

impl Desk {
    /// An engine that was just opened.
    pub fn new(venue: testing::Venue, trades: Sender<Fresh>) -> Desk {
        Desk {
            venue,
            outbox: Outbox::default(),
            trades,
            decided: BTreeMap::new(),
            record: BTreeMap::new(),
            check_invariants: true,
            journal: None,
            unsent: Vec::new(),
            told: BTreeMap::new(),
            hasty: false,
            registries: BTreeMap::new(),
        }
    }

    /// Takes on these people, each with a firm, a session and an account of its number, lists a security and opens it.
    pub fn onboard(
        &mut self,
        people: impl IntoIterator<Item = u32>,
        security: SecurityId,
        rules: Vec<Rule>,
        fees: Option<Fees>,
    ) {
        for n in people {
            let (firm, session, owner) = (FirmId(n), SessionId(n), InvestorId(n));
            self.operate(Action::AddFirm { firm }).unwrap();
            self.operate(Action::AddSession {
                session,
                firm,
                key: [n as u8; 32],
                options: SessionOptions::default(),
            })
            .unwrap();
            let account = AccountId(n);
            let add = Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner };
            self.operate(add).unwrap();
            let negotiate = tallystick_engine::command::Negotiate { session, version: 1 };
            self.apply(Command::Negotiate(negotiate));
        }
        let listing = Listing { fees, ..testing::Venue::listing(security.0, rules) };
        self.operate(Action::List(listing)).unwrap();
        self.operate(Action::StartDay { date: 20_250_423 }).unwrap();
        for phase in [
            tallystick_engine::phase::Phase::PreOpen,
            tallystick_engine::phase::Phase::OpeningAuction,
            tallystick_engine::phase::Phase::Continuous,
        ] {
            self.operate(Action::SetPhase { security, phase, from: None }).unwrap();
        }
    }

    /// An order at this price, in cents.
    pub fn order(&mut self, person: u32, side: Side, price: i64, units: u64) -> Vec<Event> {
        let (session, account) = (SessionId(person), AccountId(person));
        let order = self.venue.order(session, account, side, Ticks(price), Units(units));
        self.apply(Command::New(order))
    }

    /// What a bridge is told that starts now.
    pub fn recovered(&self) -> Recovered {
        let engine = &self.venue.engine;
        Recovered {
            open: engine.obligations().map(Pending::from).collect(),
            followed: engine.followed(),
            listed: engine.securities().map(|(listing, _)| listing.security).collect(),
            changes: engine.changed_persons(),
        }
    }

    /// Lets trades go to another bridge.
    pub fn reconnect(&mut self) -> Receiver<Fresh> {
        let (trades, received) = unbounded();
        self.trades = trades;
        received
    }

    /// Applies a command and the work that follows, notes the events, and checks what must always hold.
    pub fn apply(&mut self, command: Command) -> Vec<Event> {
        let mut events = self.step(command);
        while self.venue.engine.has_work() {
            events.extend(self.step(Command::Continue));
        }
        if self.check_invariants {
            self.venue.engine.check_invariants().expect("the engine's invariants hold");
        }
        if self.journal.is_none() || self.hasty {
            self.send();
        }
        events
    }

    fn step(&mut self, command: Command) -> Vec<Event> {
        if let Some(journal) = &mut self.journal {
            let (seq, now) = (self.venue.engine.seq().0 + 1, Time(self.venue.now.0 + 1_000));
            journal.append(seq, &borsh::to_vec(&(now, &command)).unwrap()).unwrap();
        }
        let events = self.venue.apply(command);
        self.note(&events);
        events
    }

    fn note(&mut self, events: &[Event]) {
        let (seq, now) = (self.venue.engine.seq(), self.venue.now);
        let market = |_| Market { place: testing::Venue::params().place, gated: false };
        for event in events {
            self.outbox.note(seq, now, event, market);
            self.record.extend(TradeTerms::told_by(event));
            if let Event::Settled { trade, .. } | Event::Busted { trade, .. } = event {
                let before = self.decided.insert(*trade, event.clone());
                assert!(before.is_none(), "trade {trade} was decided twice");
            }
        }
        self.unsent.extend(self.outbox.take_fresh());
    }

    /// Makes all of it durable; then it may leave.
    pub fn sync(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.write().unwrap();
            if !self.hasty {
                journal.sync().unwrap();
            }
            self.told = self.decided.clone();
        }
        self.send();
    }

    fn send(&mut self) {
        for fresh in self.unsent.drain(..) {
            // A bridge that was lost hears of nothing.
            let _ = self.trades.send(fresh);
        }
    }

    fn replay(&mut self, journal: &Journal) -> Result<(), String> {
        if journal.written() == 0 {
            return Ok(());
        }
        let mut reader = journal.read_from(1).map_err(|error| error.to_string())?;
        while let Some(record) = reader.next_record().map_err(|error| error.to_string())? {
            let (now, command): (Time, Command) = borsh::from_slice(record.payload).unwrap();
            if let Command::Operator(request) = &command
                && let Action::AdoptRegistry { hash, .. } = request.action
            {
                self.venue.engine.stage(Arc::clone(&self.registries[&hash]));
            }
            self.venue.now = Time(now.0 - 1_000);
            let events = self.venue.apply(command);
            self.note(&events);
        }
        // What is open is found in the engine.
        self.unsent.clear();
        Ok(())
    }

    /// Undoes a trade, or corrects it: by what the record has of it, if it is final.
    pub fn undo(&mut self, trade: TradeId, price: Option<Price>) -> Result<Answer, Refusal> {
        let settled = matches!(self.decided.get(&trade), Some(Event::Settled { .. }));
        let terms = settled.then(|| Box::new(self.record[&trade]));
        self.operate(match price {
            None => Action::BustTrade { trade, terms },
            Some(price) => Action::CorrectTrade { trade, price, terms },
        })
    }

    pub fn operate(&mut self, action: Action) -> Result<Answer, Refusal> {
        let request = tallystick_engine::command::Request { request: RequestId(0), uid: 0, action };
        let events = self.apply(Command::Operator(request));
        let answer = events.into_iter().find_map(|event| match event {
            Event::Answered { result, .. } => Some(result),
            _ => None,
        });
        answer.expect("a request is answered")
    }
}

impl Venue for Port {
    fn follow(&self, news: News) -> Result<(), VenueError> {
        let mut desk = self.0.lock().unwrap();
        let done = desk.operate(Action::Follow(news));
        desk.sync();
        done.map(drop).map_err(|refusal| VenueError::Refused(refusal.to_string()))
    }

    fn adopt(&self, registry: Registry) -> Result<(), VenueError> {
        let mut desk = self.0.lock().unwrap();
        let (hash, height, as_of) = (registry.hash(), registry.height(), registry.as_of());
        let registry = Arc::new(registry);
        desk.registries.insert(hash, Arc::clone(&registry));
        desk.venue.engine.stage(registry);
        let done = desk.operate(Action::AdoptRegistry { hash, height, as_of });
        desk.sync();
        done.map(drop).map_err(|refusal| VenueError::Refused(refusal.to_string()))
    }

    fn listed(&self) -> Result<Vec<SecurityId>, VenueError> {
        let desk = self.0.lock().unwrap();
        Ok(desk.venue.engine.securities().map(|(listing, _)| listing.security).collect())
    }
}

/// Venue, ledger and bridge.
pub struct Rig {
    pub network: Shared,
    pub desk: Arc<Mutex<Desk>>,
    pub bridge: Bridge<Shared, Port>,
    pub security: SecurityId,
    pub cash: CashId,
}

impl Rig {
    /// A market in one security under these rules: everybody has units and cash, all of it allocated, standing.
    pub fn new(rules: Vec<Rule>) -> Rig {
        Rig::with_journal(rules, None, false, Box::new(Alone::new()))
    }

    /// As [`Rig::new`], where trading costs something, of which each allocation allows so much.
    pub fn with_fees(rules: Vec<Rule>, fees: Fees, most_fee: Money) -> Rig {
        Rig::build(rules, Some((fees, most_fee)), None, false, Box::new(Alone::new()))
    }

    /// As [`Rig::new`], with a journal on this disk and such a network.
    pub fn with_journal(
        rules: Vec<Rule>,
        disk: Option<&SimStorage>,
        hasty: bool,
        ledger: Box<dyn Ledger>,
    ) -> Rig {
        Rig::build(rules, None, disk, hasty, ledger)
    }

    fn build(
        rules: Vec<Rule>,
        fees: Option<(Fees, Money)>,
        disk: Option<&SimStorage>,
        hasty: bool,
        ledger: Box<dyn Ledger>,
    ) -> Rig {
        let network = Shared::new(ledger);
        let most_fee = fees.map(|(_, most_fee)| most_fee);
        let (security, cash) = populate(&mut network.lock(), rules.clone(), most_fee);
        let params = params(VENUE);
        let mut engine = match disk {
            None => testing::Venue::bare(params),
            Some(_) => testing::Venue::default(),
        };
        engine.now = network.lock().now;
        let (trades, received) = unbounded();
        let desk = Arc::new(Mutex::new(Desk::new(engine, trades)));
        if let Some(disk) = disk {
            let mut desk = desk.lock().unwrap();
            (desk.journal, desk.hasty) = (Some(journal(disk)), hasty);
            desk.operate(Action::OpenVenue(params)).unwrap();
        }
        let bridge = bridge(VENUE, &network, &desk, received, Recovered::default());
        let mut rig = Rig { network, desk, bridge, security, cash };
        rig.onboard(rules, fees.map(|(fees, _)| fees));
        rig
    }

    fn onboard(&mut self, rules: Vec<Rule>, fees: Option<Fees>) {
        self.turn();
        self.desk.lock().unwrap().onboard(1..=PEOPLE, self.security, rules, fees);
        // Places are leased once the security is listed.
        for _ in 0..2 {
            self.block();
            self.turn();
        }
    }

    /// An order at this price, in cents.
    pub fn order(&self, person: u32, side: Side, price: i64, units: u64) -> Vec<Event> {
        self.desk.lock().unwrap().order(person, side, price, units)
    }

    /// What everybody has on the ledger: units and cents.
    pub fn holdings(&self) -> Vec<(u64, u64)> {
        let snapshot = self.network.lock().snapshot();
        let total = |account, asset| match snapshot.get(&Key::Holding(AccountId(account), asset)) {
            Some(Record::Holding(holding)) => holding.total(),
            _ => 0,
        };
        let (units, cash) = (Asset::Security(self.security), Asset::Cash(self.cash));
        (1..=PEOPLE).map(|n| (total(n, units), total(n, cash))).collect()
    }

    /// Time passes on both sides, and the network makes a block.
    pub fn block(&mut self) -> Vec<Receipt> {
        let mut desk = self.desk.lock().unwrap();
        let mut net = self.network.lock();
        net.now = Time(desk.venue.now.max(net.now).0 + SECOND / 10);
        let receipts = net.block();
        desk.venue.now = net.now;
        receipts
    }

    /// The bridge does what there is to do.
    pub fn turn(&mut self) {
        self.bridge.turn(Duration::ZERO).expect("the venue takes what the network decided");
    }

    /// The bridge's process dies and another takes its place.
    pub fn restart(&mut self) {
        let received = self.desk.lock().unwrap().reconnect();
        self.restart_with(received);
    }

    fn restart_with(&mut self, received: Receiver<Fresh>) {
        let recovered = self.desk.lock().unwrap().recovered();
        self.bridge = bridge(VENUE, &self.network, &self.desk, received, recovered);
    }

    /// The machine loses its power: journal and ledger are what the disks kept, everything else is gone.
    pub fn cut(&mut self, disk: &SimStorage, seed: u64) -> Result<SimStorage, String> {
        let left = disk.crash(seed);
        let (trades, received) = unbounded();
        {
            let mut desk = self.desk.lock().unwrap();
            let mut net = self.network.lock();
            net.pool.clear();
            let now = net.now;
            net.ledger.cut(now, seed ^ 0x5eed)?;
            let journal = journal(&left);
            let mut again = Desk {
                check_invariants: desk.check_invariants,
                hasty: desk.hasty,
                registries: std::mem::take(&mut desk.registries),
                ..Desk::new(testing::Venue::default(), trades)
            };
            again.replay(&journal)?;
            again.journal = Some(journal);
            // Clocks do not go back with what was lost.
            again.venue.now = desk.venue.now;
            for (trade, event) in &desk.told {
                if again.decided.get(trade) != Some(event) {
                    return Err(format!("{event:?} was told and is lost"));
                }
            }
            *desk = again;
        }
        self.restart_with(received);
        Ok(left)
    }

    /// Blocks and turns until nothing is open.
    pub fn drain(&mut self) {
        for _ in 0..2 * HORIZON + 40 {
            self.turn();
            self.block();
            self.turn();
            if self.desk.lock().unwrap().venue.engine.obligations().len() == 0 {
                return;
            }
        }
        panic!("trades stay open: {:?}", self.bridge.status());
    }

    /// Waits until nothing is open: every trade must be decided then, once, both sides agree, and nothing have
    /// appeared or vanished. How many trades there were.
    pub fn ends_well(&mut self) -> Result<u64, String> {
        self.drain();
        let found = self.reconcile();
        if !found.differences.is_empty() {
            return Err(format!("venue and network differ: {:#?}", found.differences));
        }
        let desk = self.desk.lock().unwrap();
        let trades = desk.venue.engine.counts().trades;
        if desk.decided.len() as u64 != trades {
            return Err(format!("{} of {trades} trades were decided", desk.decided.len()));
        }
        let snapshot = self.network.lock().snapshot();
        let totals = audit(Kind::ALL.into_iter().flat_map(|kind| snapshot.records(kind)))?;
        let (units, money) = (totals.securities[0].units.0, totals.cash[0].money.0);
        if (units, money) != (u64::from(PEOPLE) * UNITS, i64::from(PEOPLE) * CENTS) {
            return Err(format!("there are {units} units and {money} cents"));
        }
        Ok(trades)
    }

    /// What venue and ledger have, compared; and the ledger by itself.
    pub fn reconcile(&mut self) -> tallystick_settlement::reconcile::Reconciliation {
        self.turn();
        let state = self.desk.lock().unwrap().venue.engine.state();
        let known = self.bridge.known().expect("the bridge has turned");
        tallystick_settlement::reconcile::reconcile(&state, known, self.bridge.signer())
    }
}

/// How a venue of this name is opened.
pub fn params(name: &str) -> VenueParams {
    VenueParams {
        venue: venue(name),
        network: Some(Network { chain: genesis().chain().0, horizon: HORIZON }),
        fee_account: Some(FEE_ACCOUNT),
        ..testing::Venue::params()
    }
}

/// The bridge of a venue of this name.
pub fn bridge(
    name: &str,
    network: &Shared,
    desk: &Arc<Mutex<Desk>>,
    trades: Receiver<Fresh>,
    recovered: Recovered,
) -> Bridge<Shared, Port> {
    let chain = genesis().chain();
    let signer = Signer {
        chain,
        venue: venue(name),
        shard: 0,
        journal_epoch: 1,
        fee_account: Some(FEE_ACCOUNT),
        key: key(name),
    };
    let pace = Pace { batch: 3, age: Duration::ZERO, again_after: 3, changes: 4, places: 2, plans: 100 };
    Bridge::new(network.clone(), Port(Arc::clone(desk)), signer, pace, trades, recovered)
}

fn journal(disk: &SimStorage) -> Journal {
    let options = Options { segment_bytes: 1 << 16, ..Options::new(venue(VENUE), *b"a salt for tests") };
    Journal::open(Arc::new(disk.clone()), options).expect("what the disk kept is a journal").0
}

/// What is left of a history where a part is cut out of it. Halves first, then single steps: what is left says what went
/// wrong.
pub fn cuts<T: Clone + 'static>(steps: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let all = steps.len();
    let sizes = std::iter::successors(Some(all / 2), |size| (*size > 1).then_some(size / 2));
    let cuts = sizes.flat_map(move |size| {
        (0..all).step_by(size.max(1)).map(move |from| (from, (from + size.max(1)).min(all)))
    });
    cuts.filter(|(from, to)| from < to).map(move |(from, to)| {
        let mut left = steps.clone();
        left.drain(from..to);
        left
    })
}

/// Units that everybody begins with, and cents.
pub const UNITS: u64 = 1_000;
pub const CENTS: i64 = 10_000_000;

/// So many people come, each with an account and cash; the cash token.
pub fn settle_down(net: &mut Net, people: u32) -> CashId {
    for n in 1..=people {
        let handle = hash(1_000_000 + u64::from(n));
        let key = key(&format!("person {n}")).public();
        net.direct(Operation::Register { key, handle }, &["kyc"]);
        let investor = InvestorId(n);
        for value in [
            ClaimValue::Verified,
            ClaimValue::ResidentOf(Residence::new("US").unwrap()),
            ClaimValue::Accredited,
        ] {
            net.direct(Operation::Attest { investor, claim: world::claim(value) }, &["kyc"]);
        }
        let open = Operation::OpenAccount { record_holder: investor, beneficial_owner: investor };
        net.direct(open, &["custodian"]);
    }
    net.direct(Operation::CreateCash { name: "USD".into(), decimals: 2 }, &["bank"]);
    let cash = CashId(1);
    for n in 1..=people {
        net.direct(Operation::MintCash { cash, account: AccountId(n), amount: Money(CENTS) }, &["bank"]);
    }
    let receipts = net.block();
    let done = receipts.iter().filter(|receipt| matches!(receipt.outcome, Outcome::Done(_))).count();
    assert_eq!(done as u32, 6 * people + 1, "{receipts:?}");
    cash
}

fn populate(net: &mut Net, rules: Vec<Rule>, most_fee: Option<Money>) -> (SecurityId, CashId) {
    let cash = settle_down(net, PEOPLE);
    let opening = (1..=PEOPLE)
        .map(|n| Opening {
            account: AccountId(n),
            units: Units(UNITS),
            acquired: Time(0),
            restricted: false,
            paid: true,
        })
        .collect();
    let issue = Operation::Issue { terms: world::terms("GOLD", rules), opening };
    let Done::Security(security) = net.done(issue, &["issuer", "registrar"]) else { panic!("a security") };
    for n in 1..=PEOPLE {
        for asset in [Asset::Security(security), Asset::Cash(cash)] {
            let terms = match most_fee {
                Some(most_fee) => paying(n, asset, cash, most_fee),
                None => allocation(n, asset),
            };
            net.done(Operation::Allocate(terms), &["custodian"]);
        }
    }
    (security, cash)
}

/// As [`allocation`], of which so much may be charged in fees.
pub fn paying(person: u32, asset: Asset, cash: CashId, most_fee: Money) -> Allocate {
    let only = matches!(asset, Asset::Security(_)).then_some(Asset::Cash(cash));
    Allocate { only, most_fee, ..allocation(person, asset) }
}

/// Everything that comes and goes, on any terms.
pub fn allocation(person: u32, asset: Asset) -> Allocate {
    Allocate {
        venue: venue(VENUE),
        account: AccountId(person),
        asset,
        most: u64::MAX / 4,
        standing: true,
        only: None,
        worst: None,
        most_fee: Money(0),
        expiry: Height(1_000_000),
    }
}
