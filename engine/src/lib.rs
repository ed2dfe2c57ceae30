//! The deterministic core of Tallystick: commands in, events out.
//!
//! [`Engine::apply`] is the only verb. It does no I/O, reads no clock, draws no random number, uses no
//! floats and iterates nothing in hash order, so the same commands give the same events and the same state,
//! byte for byte, on every machine and after every restart.
//!
//! Reading order:
//!
//! - [`types`]: ids, prices, quantities, money
//! - [`command`], [`event`], [`reject`]: what can be asked, what happened, why not
//! - [`phase`]: a security's day
//! - [`engine`]: `apply`, where all control flow starts; `orders` takes an order through its `checks`, its
//!   plan and its commit; `life` is where it stands and how it ends; `trade` is what a fill does
//! - `stops`, `pegs`, `calls`: orders that wait for a price, follow one, or wait for an auction; `crosses`: two that
//!   come together, and [`awaiting`] an approval before they trade
//! - `work` is what is done in chunks: `uncross` runs an auction, `expiry` ends a day; `operator` the rest
//! - `book`: ladders, levels, and the matching that knows nothing of compliance; `compliance` is the seam
//! - [`holdings`]: what is allocated and promised; [`stakes`]: what each owner has of a security in all, and what caps count
//!   of it; `groups`: those who count together; `headroom`: what of that other venues
//!   don't count on; [`approvals`]: what two were approved to trade; [`obligation`]: what a trade leaves to be settled;
//!   [`news`]: what
//!   the settlement network tells, and `network`: what follows from it; `backlog`: how much may wait
//! - [`fees`]: what an order pays, what is kept back for it, and how much allocations allow
//! - [`undo`]: trades that an operator has undone or corrected
//! - [`risk`]: a broker-dealer's limits and its kill switch; [`mass`]: many orders cancelled at once;
//!   [`disconnect`]: when the client is gone; [`admission`]: whom a gated segment is open to
//! - [`amend`]: a security's rules change; [`foresee`]: what other ones would do to what is open
//! - [`quotes`]: market makers' quotes, their protection, and their obligations
//! - [`auction`]: the price of a call auction; [`indicative`]: what it would be, told while the call gathers
//! - [`bands`]: when trading is interrupted; [`reference`]: what prices are measured against where nothing trades;
//!   `due`: what happens because time passes
//! - [`snapshot`] and [`invariants`]: the state as a value, and what must always be true of it
//!
//! One order, from command to trade:
//!
//! ```
//! use tallystick_engine::{command::*, event::Event, phase::Phase, testing::Venue, types::*};
//!
//! // Two investors of two firms; security 1 trades continuously, ticks of a cent, lots of one.
//! let mut venue = Venue::open();
//! venue.allocate_units(AccountId(2), SecurityId(1), Units(10));
//! venue.allocate_cash(AccountId(1), Money(100_000));
//!
//! let resting = venue.limit(SessionId(2), AccountId(2), Side::Sell, Ticks(500), Units(10));
//! assert!(matches!(resting[..], [Event::Accepted { .. }]));
//!
//! let crossing = venue.limit(SessionId(1), AccountId(1), Side::Buy, Ticks(510), Units(4));
//! let Event::Trade { price, units, .. } = crossing[1] else { panic!("{crossing:?}") };
//! assert_eq!((price.to_string(), units), ("5".to_string(), Units(4)), "at the resting order's price");
//! assert_eq!(venue.engine.obligations().len(), 1, "which now waits for settlement");
//! ```

#![forbid(unsafe_code)]

pub mod accounts;
pub mod admission;
pub mod amend;
pub mod approvals;
pub mod auction;
pub mod awaiting;
mod backlog;
pub mod bands;
mod book;
mod calls;
mod checks;
pub mod command;
pub mod compliance;
pub mod crosses;
mod digest;
pub mod disconnect;
mod due;
pub mod engine;
pub mod event;
mod expiry;
pub mod fees;
pub mod foresee;
mod groups;
mod headroom;
pub mod holdings;
mod index;
pub mod indicative;
pub mod invariants;
mod life;
pub mod mass;
mod network;
pub mod news;
mod numbered;
pub mod obligation;
mod operator;
mod orders;
mod pegs;
pub mod phase;
pub mod quotes;
pub mod reference;
pub mod reject;
pub mod risk;
mod rows;
mod security;
mod session;
pub mod snapshot;
pub mod stakes;
mod stops;
pub mod testing;
mod trade;
pub mod types;
mod uncross;
pub mod undo;
mod work;

pub use book::Spot;
pub use book::matching::MATCH_LIMIT;
pub use book::slab::Stand;
pub use engine::{Engine, SEMANTICS};
pub use expiry::Expiring;
pub use network::MOST_INSIDERS;
pub use operator::{MOST_ACCOUNTS, MOST_OPEN_ORDERS, MOST_SECURITIES};
pub use pegs::MOST_PEGGED;
pub use security::MOST_LOTS_IN_ROUND;
pub use stops::Trigger;
pub use tallystick_rules as rules;
pub use uncross::Uncross;
pub use work::{CHUNK, Work};
