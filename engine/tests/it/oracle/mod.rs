//! What the oracles share: the data folder, and a venue in which whoever buys is not who sells.
//!
//! An oracle's adapter uses the engine as anyone does, commands in and events out; the engine knows nothing
//! of oracles. The data stands in the folder that `TALLYSTICK_DATA` names.

mod auctions;
mod cda;
mod sse;
mod workload;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use tallystick_engine::command::*;
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;

/// The content of a file of the data folder; without it there is nothing to prove, and the test fails.
pub fn data(name: &str) -> Vec<u8> {
    let folder = std::env::var_os("TALLYSTICK_DATA").expect("TALLYSTICK_DATA names the data folder");
    let path = PathBuf::from(folder).join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    if !name.ends_with(".xz") {
        return bytes;
    }
    let mut plain = Vec::new();
    let mut reader = lzma_rust2::XzReader::new(bytes.as_slice(), true);
    reader.read_to_end(&mut plain).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    plain
}

/// The content of a file of text.
pub fn text(name: &str) -> String {
    String::from_utf8(data(name)).expect("text")
}

const BUYER: u32 = 1;
const SELLER: u32 = 2;

/// Security 1, one owner that buys and another that sells, and the oracle's names of the orders that live.
pub struct Market {
    venue: Venue,
    /// An oracle's id, and what the order is called here.
    live: BTreeMap<u64, Live>,
    ids: BTreeMap<OrderId, u64>,
    names: u64,
}

/// An order that rests.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    pub side: Side,
    clordid: ClOrdId,
    order: OrderId,
}

/// An order as an oracle has it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub id: u64,
    pub side: Side,
    pub ticks: i64,
    pub units: u64,
    pub ioc: bool,
}

/// A trade, by the oracle's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deal {
    pub ticks: i64,
    pub units: u64,
    pub buyer: u64,
    pub seller: u64,
    /// Who came to the other.
    pub aggressor: Side,
}

/// What came of an entry.
#[derive(Clone, Debug, Default)]
pub struct Came {
    pub deals: Vec<Deal>,
    /// At which price something was cancelled of the order itself.
    pub cancelled_at: Option<i64>,
}

impl Market {
    /// A market in this phase.
    pub fn new(phase: Phase) -> Market {
        let mut venue = Venue::bare(Venue::params());
        venue.people(2);
        let mut listing = Venue::listing(1, vec![Venue::anyone()]);
        listing.collar_bps = 100_000_000;
        venue.operate(Action::List(listing));
        venue.operate(Action::StartDay { date: 20_260_105 });
        venue.allocate_units(AccountId(SELLER), SecurityId(1), Units(i64::MAX as u64));
        venue.allocate_cash(AccountId(BUYER), Money(i64::MAX));
        venue.set_phase(SecurityId(1), Phase::PreOpen);
        venue.set_phase(SecurityId(1), Phase::OpeningAuction);
        if phase == Phase::Continuous {
            venue.set_phase(SecurityId(1), phase);
        }
        Market { venue, live: BTreeMap::new(), ids: BTreeMap::new(), names: 0 }
    }

    /// A new order.
    pub fn enter(&mut self, entry: Entry) -> Came {
        let Entry { id, side, ticks, units, ioc } = entry;
        let (session, account) = party(side);
        let clordid = self.name();
        let order = NewOrder {
            from: self.venue.from(session),
            clordid,
            account,
            security: SecurityId(1),
            side,
            ord_type: OrdType::Limit,
            time_in_force: if ioc { TimeInForce::ImmediateOrCancel } else { TimeInForce::Day },
            price: Some(Price(ticks * TICK)),
            quantity: Units(units),
            instructions: Default::default(),
        };
        let events = self.venue.apply(Command::New(order));
        let Some(Event::Accepted { order, .. }) = events.first() else { panic!("{entry:?}: {events:?}") };
        let before = self.live.insert(id, Live { side, clordid, order: order.order });
        assert!(before.is_none(), "the oracle has order {id} twice");
        self.ids.insert(order.order, id);
        self.told(&events[1..])
    }

    /// Whether an order lives, and on which side.
    pub fn find(&self, id: u64) -> Option<Live> {
        self.live.get(&id).copied()
    }

    /// The end of an order that lives: the price at which it stood.
    pub fn cancel(&mut self, id: u64) -> i64 {
        let Live { side, clordid: original, .. } = self.live[&id];
        let (session, account) = party(side);
        let (from, clordid) = (self.venue.from(session), self.name());
        let order = OrderRef { clordid, original, account, security: SecurityId(1), side };
        let events = self.venue.apply(Command::Cancel(CancelOrder { from, order }));
        self.told(&events).cancelled_at.expect("an order that lives can be cancelled")
    }

    /// Changes the phase and does the work that follows.
    pub fn set_phase(&mut self, phase: Phase) -> Vec<Deal> {
        let events = self.venue.set_phase(SecurityId(1), phase);
        assert_eq!(self.venue.engine.security(SecurityId(1)).expect("listed").1, phase);
        self.told(&events).deals
    }

    /// Checks the engine's invariants, and that it knows of as many orders as rest here.
    pub fn check(&self) {
        assert_eq!(self.live.len() as u64, self.venue.engine.counts().open_orders);
        self.venue.engine.check_invariants().expect("invariants");
    }

    fn told(&mut self, events: &[Event]) -> Came {
        let mut came = Came::default();
        for event in events {
            match event {
                Event::Trade { price, units, aggressor, buyer, seller, .. } => {
                    let [buyer, seller] = [buyer, seller].map(|side| {
                        let id = self.ids[&side.order.order];
                        if side.order.leaves.is_zero() {
                            self.forget(id);
                        }
                        id
                    });
                    let (ticks, units, aggressor) = (price.0 / TICK, units.0, *aggressor);
                    came.deals.push(Deal { ticks, units, buyer, seller, aggressor });
                }
                Event::Cancelled { order, .. } => {
                    self.forget(self.ids[&order.order]);
                    came.cancelled_at = Some(order.price.expect("it has a price").0 / TICK);
                }
                Event::Pledged { .. } | Event::PhaseChanged { .. } | Event::Uncrossed { .. } => {}
                Event::Answered { result, .. } => assert!(result.is_ok(), "{result:?}"),
                other => panic!("{other:?}"),
            }
        }
        came
    }

    fn forget(&mut self, id: u64) {
        let live = self.live.remove(&id).expect("it lived");
        self.ids.remove(&live.order);
    }

    fn name(&mut self) -> ClOrdId {
        self.names += 1;
        ClOrdId::from_number(self.names)
    }
}

const TICK: i64 = 1_000_000;

fn party(side: Side) -> (SessionId, AccountId) {
    let number = match side {
        Side::Buy => BUYER,
        Side::Sell => SELLER,
    };
    (SessionId(number), AccountId(number))
}
