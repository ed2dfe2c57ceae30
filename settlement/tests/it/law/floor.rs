//! An engine that knows the world of a case from a network's news, and lets two orders meet at the moment of the case.

use super::ruling::{Met, Part, Ruling};
use super::story::number;
use std::collections::BTreeMap;
use tallystick_engine::command::{Action, Command, Listing, Negotiate, Network, SessionOptions, VenueParams};
use tallystick_engine::event::Event;
use tallystick_engine::news::{AllocatedLot, BustReason, Item, News, Outcome, Terms};
use tallystick_engine::rules::Program;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_vectors::World;

const SECURITY: SecurityId = SecurityId(1);
const CASH: CashId = CashId(1);

/// Buyer and seller have the account, the firm and the session of these numbers.
const NUMBERS: [u32; 2] = [1, 2];

/// An engine in continuous trading.
pub struct Floor {
    venue: Venue,
    /// The moment of the case.
    at: Time,
    /// The network's height that was told last.
    height: u64,
}

impl Floor {
    /// An engine that knows all of the world, under this program. Or what it can't know.
    pub fn of(program: &Program, world: &World, ruling: &Ruling) -> Result<Floor, String> {
        let params = VenueParams {
            network: Some(Network { chain: [0; 32], horizon: 4 }),
            place: world.market.place,
            max_open_orders: 16,
            ..Venue::params()
        };
        let mut floor = Floor { venue: Venue::bare(params), at: world.now, height: 1 };
        floor.venue.now = Time(world.now.0 - 1_000_000_000);
        floor.onboard(world)?;
        let known = world.people.values().filter(|person| person.is_known).map(|person| person.identity);
        floor.done(|venue| venue.adopt(known.collect()))?;
        let gated = world.market.gated;
        let listing =
            Listing { gated, protocols: program.protocols().to_vec(), ..Venue::listing(SECURITY.0, vec![]) };
        floor.done(|venue| venue.operate(Action::List(listing)))?;
        for firm in NUMBERS.into_iter().filter(|_| gated).map(FirmId) {
            floor.done(|venue| {
                venue.operate(Action::Admission { security: SECURITY, firm, admitted: true })
            })?;
        }
        for items in items(program, world, ruling).chunks(News::PART) {
            floor.follow(items.to_vec())?;
        }
        floor.done(|venue| venue.operate(Action::StartDay { date: 20_000_101 }))?;
        floor.venue.trade_continuously(SECURITY);
        Ok(floor)
    }

    fn onboard(&mut self, world: &World) -> Result<(), String> {
        for (side, n) in Side::BOTH.into_iter().zip(NUMBERS) {
            let (firm, session, account, options) =
                (FirmId(n), SessionId(n), AccountId(n), SessionOptions::default());
            let owner = if side == Side::Buy { "buyer" } else { "seller" };
            let in_name = match side {
                Side::Buy => world.people[owner].buys_in_name_of.as_deref(),
                Side::Sell => {
                    world.holdings.iter().find(|one| one.owner == owner).map(|one| one.record.as_str())
                }
            };
            let (beneficial_owner, record_holder) =
                (number(world, owner), number(world, in_name.unwrap_or(owner)));
            self.done(|venue| venue.operate(Action::AddFirm { firm }))?;
            let key = [n as u8; 32];
            self.done(|venue| venue.operate(Action::AddSession { session, firm, key, options }))?;
            let add = Action::AddAccount { account, firm, record_holder, beneficial_owner };
            self.done(|venue| venue.operate(add))?;
            self.venue.apply(Command::Negotiate(Negotiate { session, version: 1 }));
        }
        Ok(())
    }

    /// Something an operator asks, with the work that follows; or why it is refused.
    fn done(&mut self, ask: impl FnOnce(&mut Venue) -> Vec<Event>) -> Result<(), String> {
        let events = ask(&mut self.venue);
        while self.venue.engine.has_work() {
            self.venue.apply(Command::Continue);
        }
        let refused = events.into_iter().find_map(|event| match event {
            Event::Answered { result, .. } => result.err(),
            _ => None,
        });
        refused.map_or(Ok(()), |refusal| Err(format!("it can't be so in an engine: {refusal}")))
    }

    fn follow(&mut self, items: Vec<Item>) -> Result<(), String> {
        self.height += 1;
        let news = News { height: self.height, as_of: self.venue.now, complete: true, items };
        self.done(|venue| venue.operate(Action::Follow(news)))
    }

    /// What becomes of a sell order and a buy order of so many units, the second side coming first or last. Afterwards
    /// everything is as before: nothing that was traded has settled.
    pub fn meet(&mut self, units: Units, first: Side) -> Result<Met, String> {
        let mut rejects = [None; 2];
        let mut open = Vec::new();
        for side in [first, first.opposite()] {
            let n = NUMBERS[side.index()];
            let order = self.venue.order(SessionId(n), AccountId(n), side, Ticks(500), units);
            self.venue.now = Time(self.at.0 - 1_000);
            for event in self.venue.apply(Command::New(order)) {
                match event {
                    Event::Accepted { order, .. } => open.push(order.order),
                    Event::Rejected { reject, .. } => rejects[side.index()] = Some(reject),
                    _ => {}
                }
            }
        }
        let trades: Vec<_> = self.venue.engine.obligations().cloned().collect();
        let part = |lot: &tallystick_engine::event::LotUnits| (lot.lot.0 as usize - 1, lot.units, lot.path);
        let traded: Vec<Part> = trades.iter().flat_map(|trade| trade.lots.iter().map(part)).collect();
        for order in open {
            // One that traded whole is not there any more.
            self.venue.now = Time(self.at.0 - 1_000);
            self.venue.operate(Action::CancelOrder { order });
        }
        let height = self.height + 1;
        let undone = trades.iter().map(|trade| {
            let outcome = Outcome::Busted(BustReason::Expired);
            Item::Decided { trade: trade.trade, height, outcome }
        });
        self.venue.now = Time(self.at.0 - 1_000);
        if !trades.is_empty() {
            self.follow(undone.collect())?;
        }
        self.venue.engine.check_invariants()?;
        Ok(Met { rejects, traded })
    }
}

/// All that a network tells of the world.
fn items(program: &Program, world: &World, ruling: &Ruling) -> Vec<Item> {
    let terms = Terms { usable: true, ..Terms::default() };
    let mut items = Vec::new();
    let [buyer, seller] = NUMBERS.map(AccountId);
    let lots = ruling.lots.iter().zip(1..);
    let lots = lots.map(|(lot, n)| AllocatedLot { lot: LotId(n), units: lot.units, history: lot.history });
    items.push(Item::Units { account: seller, security: SECURITY, lots: lots.collect(), terms });
    items.push(Item::Cash { account: buyer, cash: CASH, amount: Money(1_000_000_000_000), terms });
    let (mut owned, mut held): (BTreeMap<&str, Units>, BTreeMap<&str, Units>) = Default::default();
    for holding in &world.holdings {
        *owned.entry(&holding.owner).or_default() += holding.units;
        *held.entry(&holding.record).or_default() += holding.units;
    }
    let security = SECURITY;
    for (name, units) in owned {
        items.push(Item::Stake { owner: number(world, name), security, units, class: world.counted(name) });
    }
    for (name, units) in held {
        items.push(Item::Record { holder: number(world, name), security, units, class: world.counted(name) });
    }
    let mut sales: BTreeMap<InvestorId, BTreeMap<u32, Units>> = BTreeMap::new();
    for person in world.people.values() {
        let days = sales.entry(person.identity.group).or_default();
        for (units, on) in &person.sold {
            *days.entry(on.day() as u32).or_default() += *units;
        }
        let investor = person.identity.investor;
        items.extend(person.insider.map(|insider| Item::Insider {
            security,
            investor,
            insider: Some(insider),
        }));
    }
    for (group, days) in sales.into_iter().filter(|(_, days)| !days.is_empty()) {
        items.push(Item::Group { group, security, sold: days.into_iter().collect() });
    }
    let (units, until) = world.approved;
    if !units.is_zero() {
        let [buyer, seller] = ["buyer", "seller"].map(|name| number(world, name));
        items.push(Item::Approval { security, seller, buyer, units, until });
    }
    items.push(Item::Security {
        security,
        epoch: 1,
        protocols: program.protocols().to_vec(),
        disclosure: world.security,
        issued: world.issued,
        shared: false,
    });
    items
}
