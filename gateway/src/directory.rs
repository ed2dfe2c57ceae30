//! What the venue knows of itself outside the engine: for answering operators without asking the thread
//! that matches.

use crate::status::{self, Standing};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tallystick_engine::Engine;
use tallystick_engine::accounts::Account;
use tallystick_engine::command::{Action, Listing};
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::rules::{Jurisdiction, Market, Registry};
use tallystick_engine::types::{AccountId, FirmId, SecurityId, Seq, SessionId, Time};

/// Securities, firms, sessions, accounts, and the identity registry in force.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Listings with their phase, by number.
    pub securities: BTreeMap<SecurityId, (Listing, Phase)>,
    /// Firms that were let into gated segments, by security.
    admitted: BTreeSet<(SecurityId, FirmId)>,
    /// How they stand beyond their phase; nothing of those of which there is nothing to say.
    standing: BTreeMap<SecurityId, Standing>,
    /// Firms, in the order in which they joined.
    pub firms: Vec<FirmId>,
    /// Sessions with their firm.
    pub sessions: Vec<(SessionId, FirmId)>,
    /// Accounts, by number.
    pub accounts: BTreeMap<AccountId, Account>,
    /// Under which country's law the venue is.
    pub place: Option<Jurisdiction>,
    /// The registry in force.
    pub registry: Option<Arc<Registry>>,
    /// The trading day, `YYYYMMDD`; nought before the first.
    pub date: u32,
    /// The last command of which all was said, and is in the event log's files.
    pub told: Seq,
}

impl Directory {
    /// What a recovered engine knows.
    pub fn of(engine: &Engine) -> Directory {
        Directory {
            securities: engine
                .securities()
                .map(|(listing, phase)| (listing.security, (listing.clone(), phase)))
                .collect(),
            admitted: engine
                .securities()
                .map(|(listing, _)| listing.security)
                .flat_map(|security| engine.admitted(security).map(move |firm| (security, firm)))
                .collect(),
            standing: engine
                .securities()
                .map(|(listing, _)| (listing.security, Standing::of(engine, listing.security)))
                .collect(),
            firms: engine.firms().collect(),
            sessions: engine.sessions().map(|(session, firm, _)| (session, firm)).collect(),
            accounts: engine.accounts().map(|account| (account.account, *account)).collect(),
            place: engine.params().map(|params| params.place),
            registry: engine.registry().cloned(),
            date: engine.counts().date,
            told: engine.seq(),
        }
    }

    /// Where a listed security is traded.
    pub fn market(&self, security: SecurityId) -> Market {
        let (listing, _) = &self.securities[&security];
        Market {
            place: self.place.expect("a venue is opened before anything is listed"),
            gated: listing.gated,
        }
    }

    /// An operator's request was done. The security that stands otherwise now, if one does.
    pub fn done(&mut self, action: &Action, registry: Option<Arc<Registry>>) -> Option<SecurityId> {
        match action {
            Action::StartDay { date } => self.date = *date,
            Action::AddFirm { firm } => self.firms.push(*firm),
            Action::AddSession { session, firm, .. } => self.sessions.push((*session, *firm)),
            Action::AddAccount { account, firm, record_holder, beneficial_owner } => {
                let (account, firm) = (*account, *firm);
                let (record_holder, beneficial_owner) = (*record_holder, *beneficial_owner);
                self.accounts.insert(account, Account { account, firm, record_holder, beneficial_owner });
            }
            Action::List(listing) => {
                self.securities.insert(listing.security, (listing.clone(), Phase::Closed));
                return Some(listing.security);
            }
            Action::SetFees { security, fees } => {
                self.securities.get_mut(security).expect("only what is listed has fees").0.fees = *fees;
            }
            Action::SetPhase { security, .. } => {
                self.standing.entry(*security).or_default().by_hand();
                return Some(*security);
            }
            Action::AdoptRegistry { .. } => self.registry = registry,
            Action::OpenVenue(params) => self.place = Some(params.place),
            Action::Admission { security, firm, admitted } => {
                match admitted {
                    true => self.admitted.insert((*security, *firm)),
                    false => self.admitted.remove(&(*security, *firm)),
                };
                return Some(*security);
            }
            Action::AllocateUnits { .. }
            | Action::SetInsider { .. }
            | Action::Disclose { .. }
            | Action::Approve(_)
            | Action::SetReference { .. }
            | Action::BustTrade { .. }
            | Action::CorrectTrade { .. }
            | Action::CancelOrder { .. }
            | Action::SetObligation { .. }
            | Action::ShowObligations { .. }
            | Action::AllocateCash { .. }
            | Action::Checkpoint
            | Action::Follow(_)
            | Action::Status
            | Action::SetRisk { .. }
            | Action::Block { .. }
            | Action::Unblock { .. }
            | Action::MassCancel(_)
            | Action::ShowRisk { .. } => {}
        }
        None
    }

    /// Something happened. The security that stands otherwise now, if one does.
    pub fn note(&mut self, now: Time, event: &Event) -> Option<SecurityId> {
        let security = status::concerns(event)?;
        let (listing, phase) = self.securities.get_mut(&security).expect("only what is listed is told of");
        if let Event::PhaseChanged { phase: entered, .. } = event {
            *phase = *entered;
        }
        self.standing.entry(security).or_default().note(listing, now, event);
        Some(security)
    }

    /// How a security stands beyond its phase.
    pub fn standing(&self, security: SecurityId) -> Standing {
        self.standing.get(&security).copied().unwrap_or_default()
    }

    /// Whether a security is shown to a firm.
    ///
    /// # Panics
    /// If it is not listed.
    pub fn is_shown(&self, security: SecurityId, firm: FirmId) -> bool {
        !self.securities[&security].0.gated || self.admitted.contains(&(security, firm))
    }

    /// The firms that were let into a security's gated segment, by their numbers.
    pub fn admitted(&self, security: SecurityId) -> impl Iterator<Item = FirmId> {
        let all = (security, FirmId(0))..=(security, FirmId(u32::MAX));
        self.admitted.range(all).map(|(_, firm)| *firm)
    }

    /// A security by its symbol, or by its number.
    pub fn find(&self, name: &str) -> Option<&Listing> {
        let number = name.parse().ok().map(SecurityId);
        let mut listings = self.securities.values().map(|(listing, _)| listing);
        listings.find(|listing| listing.symbol == name || Some(listing.security) == number)
    }

    /// The number after the highest of an account's.
    pub fn next_account(&self) -> AccountId {
        AccountId(self.accounts.last_key_value().map_or(0, |(account, _)| account.0) + 1)
    }

    /// The number after the highest of a security's.
    pub fn next_security(&self) -> SecurityId {
        SecurityId(self.securities.last_key_value().map_or(0, |(security, _)| security.0) + 1)
    }
}
