//! Two venues on one ledger, each with its engine and its bridge: they share what the rules limit, and neither promises what
//! the other has promised.

mod history;
mod last_place;
mod recount;

use crate::common::ledgers::Alone;
use crate::common::world::{self, OTHER_VENUE, SECOND, VENUE, venue};
use crate::common::{CENTS, Desk, Port, Shared, UNITS, allocation, bridge, params, settle_down};
use crossbeam::channel::unbounded;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tallystick_engine::event::Event;
use tallystick_engine::rules::{Counter, Rule};
use tallystick_engine::testing;
use tallystick_engine::types::*;
use tallystick_ledger::audit::audit;
use tallystick_ledger::instruction::*;
use tallystick_ledger::reader::Kind;
use tallystick_ledger::receipt::{Done, Receipt};
use tallystick_ledger::state::{Key, Record, View};
use tallystick_settlement::{Bridge, Recovered};

/// What the venues are called, by their places.
pub const NAMES: [&str; 2] = [VENUE, OTHER_VENUE];

/// One of the venues.
pub struct Floor {
    name: &'static str,
    pub desk: Arc<Mutex<Desk>>,
    bridge: Bridge<Shared, Port>,
}

/// Two venues that list one security.
pub struct Pair {
    pub network: Shared,
    pub floors: [Floor; 2],
    pub security: SecurityId,
    pub cash: CashId,
    people: u32,
    issued: u64,
    /// What was submitted in each block, with its receipts.
    pub blocks: Vec<(Vec<Submission>, Vec<Receipt>)>,
}

impl Floor {
    fn open(name: &'static str, network: &Shared) -> Floor {
        let mut engine = testing::Venue::bare(params(name));
        engine.now = network.lock().now;
        let (trades, received) = unbounded();
        let desk = Arc::new(Mutex::new(Desk::new(engine, trades)));
        let bridge = bridge(name, network, &desk, received, Recovered::default());
        Floor { name, desk, bridge }
    }

    pub fn turn(&mut self) {
        self.bridge.turn(Duration::ZERO).expect("the venue takes what the network decided");
    }

    /// The bridge's process dies and another takes its place.
    pub fn restart(&mut self, network: &Shared) {
        let (recovered, received) = {
            let mut desk = self.desk.lock().unwrap();
            (desk.recovered(), desk.reconnect())
        };
        self.bridge = bridge(self.name, network, &self.desk, received, recovered);
    }

    pub fn order(&self, person: u32, side: Side, price: i64, units: u64) -> Vec<Event> {
        self.desk.lock().unwrap().order(person, side, price, units)
    }

    /// How many trades wait.
    fn open_trades(&self) -> usize {
        self.desk.lock().unwrap().venue.engine.obligations().len()
    }
}

impl Pair {
    /// So many people, of whom the first so many have units, each the same; these trade at both venues, half of what they have
    /// at the disposal of each, as do those who are `newcomers`.
    pub fn new(people: u32, owners: u32, traders: &[u32], rules: Vec<Rule>) -> Pair {
        let network = Shared::new(Box::new(Alone::new()));
        let cash = settle_down(&mut network.lock(), people);
        let line = |n| Opening {
            account: AccountId(n),
            units: Units(UNITS),
            acquired: Time(0),
            restricted: false,
            paid: true,
        };
        let opening = (1..=owners).map(line).collect();
        let issue = Operation::Issue { terms: world::terms("GOLD", rules.clone()), opening };
        let issued = network.lock().done(issue, &["issuer", "registrar"]);
        let Done::Security(security) = issued else { panic!("a security") };
        for &n in traders {
            for (asset, half) in
                [(Asset::Security(security), UNITS / 2), (Asset::Cash(cash), CENTS as u64 / 2)]
            {
                let first = Allocate { most: half, ..allocation(n, asset) };
                let second = Allocate { venue: venue(OTHER_VENUE), ..allocation(n, asset) };
                for allocate in [first, second] {
                    network.lock().direct(Operation::Allocate(allocate), &["custodian"]);
                }
            }
        }
        network.lock().block();
        let floors = NAMES.map(|name| Floor::open(name, &network));
        let (blocks, issued) = (Vec::new(), u64::from(owners) * UNITS);
        let mut pair = Pair { network, floors, security, cash, people, issued, blocks };
        pair.turn();
        for floor in &pair.floors {
            floor.desk.lock().unwrap().onboard(traders.iter().copied(), security, rules.clone(), None);
        }
        // The security is introduced, then what is to be kept of it is leased.
        for _ in 0..3 {
            pair.block();
            pair.turn();
        }
        pair
    }

    /// Both bridges do what there is to do, the first venue's first.
    pub fn turn(&mut self) {
        self.floors.iter_mut().for_each(Floor::turn);
    }

    /// Time passes everywhere, and the network makes a block.
    pub fn block(&mut self) -> Vec<Receipt> {
        self.block_after(SECOND / 10)
    }

    /// So much time passes everywhere, and the network makes a block.
    pub fn block_after(&mut self, nanoseconds: u64) -> Vec<Receipt> {
        let mut desks = self.floors.each_ref().map(|floor| floor.desk.lock().unwrap());
        let mut net = self.network.lock();
        let now = desks.iter().map(|desk| desk.venue.now).fold(net.now, Time::max);
        net.now = Time(now.0 + nanoseconds);
        let submissions = net.waiting().to_vec();
        let receipts = net.block();
        desks.iter_mut().for_each(|desk| desk.venue.now = net.now);
        self.blocks.push((submissions, receipts.clone()));
        receipts
    }

    /// What the two venues have leased.
    pub fn leased(&self, counter: Counter) -> [u64; 2] {
        let snapshot = self.network.lock().snapshot();
        let record = snapshot.get(&Key::Leases(self.security, counter));
        let Some(Record::Leases(record)) = record else { return [0; 2] };
        NAMES.map(|name| record.of(&venue(name)).map_or(0, |lease| lease.amount))
    }

    /// Blocks and turns until no trade waits at either venue.
    pub fn drain(&mut self) {
        for _ in 0..2 * world::HORIZON + 40 {
            self.turn();
            self.block();
            self.turn();
            if self.floors.iter().all(|floor| floor.open_trades() == 0) {
                return;
            }
        }
        panic!("trades stay open");
    }

    /// Waits until no trade waits: every trade must be decided then, once; venues and ledger agree; nothing has appeared or
    /// vanished. How many trades there were, and how many of them were busted.
    pub fn ends_well(&mut self) -> Result<[u64; 2], String> {
        self.drain();
        let [mut trades, mut busted] = [0; 2];
        for floor in &self.floors {
            let desk = floor.desk.lock().unwrap();
            let state = desk.venue.engine.state();
            let known = floor.bridge.known().expect("the bridge has turned");
            let found = tallystick_settlement::reconcile::reconcile(&state, known, floor.bridge.signer());
            if !found.differences.is_empty() {
                return Err(format!("{} and the network differ: {:#?}", floor.name, found.differences));
            }
            let all = desk.venue.engine.counts().trades;
            if desk.decided.len() as u64 != all {
                return Err(format!("{} of {all} trades of {} were decided", desk.decided.len(), floor.name));
            }
            (trades, busted) = (trades + all, busted + state.busted);
        }
        let snapshot = self.network.lock().snapshot();
        let totals = audit(Kind::ALL.into_iter().flat_map(|kind| snapshot.records(kind)))?;
        let (units, money) = (totals.securities[0].units.0, totals.cash[0].money.0);
        if (units, money) != (self.issued, i64::from(self.people) * CENTS) {
            return Err(format!("there are {units} units and {money} cents"));
        }
        Ok([trades, busted])
    }

    /// What everybody has of the security on the ledger.
    pub fn units(&self) -> BTreeMap<u32, u64> {
        let snapshot = self.network.lock().snapshot();
        let asset = Asset::Security(self.security);
        let all = (1..=self.people).filter_map(|n| match snapshot.get(&Key::Stake(InvestorId(n), asset)) {
            Some(Record::Stake(stake)) => Some((n, stake.beneficial)),
            _ => None,
        });
        all.collect()
    }
}
