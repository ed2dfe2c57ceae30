//! A venue to be spoken to: the real one, with a security, an account and a session.

use crate::market::SECURITY;
use crate::programs::{Rules, identities};
use std::error::Error;
use std::path::Path;
use tallystick_client::Identity;
use tallystick_client::keys::generate_key;
use tallystick_engine::command::{Action, SessionOptions, VenueParams};
use tallystick_engine::phase::Phase;
use tallystick_engine::rules::Registry;
use tallystick_engine::testing;
use tallystick_engine::types::{AccountId, CashId, FirmId, InvestorId, Money, Price, SessionId};
use tallystick_gateway::clock::Clock;
use tallystick_gateway::gate::Durability;
use tallystick_gateway::session::frontend::Limits;
use tallystick_gateway::stores::Stores;
use tallystick_gateway::threads::Waiting;
use tallystick_gateway::venue::{Settings, Threads, Venue};
use tallystick_wire::session::ServerConfig;

/// How a venue runs, as far as it is varied here.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Its threads.
    pub threads: Threads,
    /// How they wait.
    pub waiting: Waiting,
    /// When it tells what it has done.
    pub durability: Durability,
}

/// Starts a venue in this folder, in continuous trading under ten rules; who may connect to it.
pub fn start(shape: Shape, folder: &Path) -> Result<(Venue, Identity), Box<dyn Error>> {
    let params = VenueParams { max_registry_age_ns: u64::MAX, ..testing::Venue::params() };
    let settings = Settings {
        listen: (std::net::Ipv4Addr::LOCALHOST, 0).into(),
        durability: shape.durability,
        waiting: shape.waiting,
        threads: shape.threads,
        // Room for a whole turn: the change of a segment is not what is measured.
        segment_bytes: 16 << 20,
        snapshot_every: 1 << 30,
        limits: Limits { max_connections: 16, session: ServerConfig::default() },
        params,
    };
    let clock = Clock::System;
    let venue = Venue::start(&settings, Stores::open(folder)?, clock.clone())?;
    let identity = Identity::new(1, generate_key()?);
    let (firm, session, account, owner) = (FirmId(1), SessionId(1), AccountId(1), InvestorId(1));
    let desk = &venue.desk;
    desk.adopt(Registry::new(1, clock.now(), identities(100))?, 0)?;
    let mut listing = testing::Venue::listing(1, Vec::new());
    listing.protocols = Rules::Ten.protocols();
    listing.reference = Price(500 * crate::market::TICK);
    for action in [
        Action::AddFirm { firm },
        Action::AddSession {
            session,
            firm,
            key: identity.key.verifying_key().to_bytes(),
            options: SessionOptions::default(),
        },
        Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner },
        Action::AllocateCash { account, cash: CashId(1), amount: Money(1 << 48) },
        Action::List(listing),
        Action::StartDay { date: 20_260_105 },
        Action::SetPhase { security: SECURITY, phase: Phase::PreOpen, from: None },
        Action::SetPhase { security: SECURITY, phase: Phase::OpeningAuction, from: None },
        Action::SetPhase { security: SECURITY, phase: Phase::Continuous, from: None },
    ] {
        desk.act(action, None, 0)?;
    }
    Ok((venue, identity))
}
