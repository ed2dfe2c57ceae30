//! Who may hold and trade a security, as a program that answers *how much*.
//!
//! The engine asks it at the door and at the match, and the validators of the settlement network will ask
//! it again at the vote: one implementation, two points of enforcement. Everything here is total, bounded
//! and free of allocation once a [`Program`] is built: no I/O, no clock, no floats.
//!
//! Reading order:
//!
//! - [`basics`]: units, money, time, and the names of people, places, accounts and assets
//! - [`identity`]: what is known of an investor; [`registry`]: everybody, as of one height of the network
//! - [`lot`]: units with their date of acquisition
//! - [`condition`] and [`program`]: what a security demands
//! - [`verdict`]: the answer, and how answers compose; [`reason`]: why not
//! - [`evaluate`]: the two questions, at entry and at the match

#![forbid(unsafe_code)]

pub mod basics;
pub mod condition;
pub mod evaluate;
pub mod identity;
pub mod lot;
pub mod program;
pub mod reason;
pub mod registry;
pub mod verdict;

pub use basics::{AccountId, Asset, CashId, Days, InvestorId, Jurisdiction, Money, SecurityId, Time, Units};
pub use condition::Condition;
pub use evaluate::{HolderFacts, PairFacts, entry, pair, sellable};
pub use identity::{Identity, Standing};
pub use lot::{Lot, LotId};
pub use program::{Program, ProgramError, Rule, Who};
pub use reason::{Reason, ReasonCode, RuleId};
pub use registry::{Registry, RegistryError, RegistryHash};
pub use verdict::Verdict;
