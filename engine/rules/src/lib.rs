//! Who may hold and trade a security, as a program that answers *how much*.
//!
//! The engine asks it at the door and at the match, and the validators of the settlement network ask it again at the vote:
//! one implementation, two points of enforcement. Everything here is total, bounded and free of allocation once a
//! [`Program`] is built: no I/O, no clock, no floats.
//!
//! Reading order:
//!
//! - [`basics`], [`period`], [`window`], [`place`]: units, money, time, and the names of people, places, accounts and assets
//! - [`identity`]: what is known of an investor; [`registry`]: everybody, as of one height of the network
//! - [`lot`]: units with their history, and what becomes of it when they move
//! - [`facts`]: all that a rule may look at; [`headroom`]: what several venues share
//! - [`condition`], [`rule`], [`program`]: what a security demands; `code`, `quick`: as it is laid out
//! - [`verdict`]: the answer, and how answers compose; [`reason`]: why not
//! - [`evaluate`]: the questions, at entry, of a lot, and at the match

#![forbid(unsafe_code)]

pub mod basics;
mod code;
pub mod condition;
pub mod evaluate;
pub mod facts;
pub mod headroom;
pub mod identity;
pub mod lot;
pub mod period;
pub mod place;
pub mod program;
mod quick;
pub mod reason;
pub mod registry;
pub mod rule;
pub mod verdict;
pub mod window;

pub use basics::{AccountId, Asset, CashId, Days, InvestorId, Jurisdiction, Money, SecurityId, Time, Units};
pub use condition::{Condition, LotTest, MarketTest, PersonTest, SecurityTest, Who};
pub use evaluate::{entry, pair, sellable, way};
pub use facts::{Class, Counts, Disclosure, Facts, Insider, Market, Needed, Party, Places, Plans, Sales};
pub use headroom::{Counter, Rooms};
pub use identity::{Identity, Standing, Topic, Until};
pub use lot::{History, Lot, LotId, Path, Source};
pub use period::Period;
pub use place::{Place, Region};
pub use program::{Program, ProgramError};
pub use reason::{Reason, ReasonCode, RuleId};
pub use registry::{Registry, RegistryError, RegistryHash};
pub use rule::{Holders, Most, Protocol, Rule, Scope, Way};
pub use verdict::Verdict;
pub use window::{Calendar, Window};
