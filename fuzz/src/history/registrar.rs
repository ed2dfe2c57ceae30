//! What a registrar says of insiders, and an issuer of its security.

use super::persons::Relation;
use super::resolve::{choose, security_of};
use super::setup::Setup;
use crate::model::Model;
use tallystick_engine::approvals::Approval;
use tallystick_engine::command::Action;
use tallystick_engine::types::{InvestorId, SecurityId, Time, Units};
use tallystick_rules::Disclosure;

/// One thing that is said.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Notice {
    /// How somebody stands to the issuer.
    Insider { security: u8, person: u8, relation: Relation },
    /// What the issuer makes known.
    Disclose { security: u8, fact: Fact },
    /// What the issuer approves of two, for so many days; from 200 on `seller` chooses a cross that awaits it, if there is
    /// one.
    Approve { security: u8, seller: u8, buyer: u8, units: u64, days: u64 },
}

/// What an issuer makes known. Days are from now.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Fact {
    Nothing,
    /// Nothing of what was known is so any more.
    Default,
    Informed(u64),
    NotInformed,
    Shell(bool),
    Bankrupt(bool),
    Fungible(bool),
    Weekly(u64),
    Blackout(u64, u64),
    ReportingSince(u64),
    NotReporting,
    OutstandingSince(u64),
    DistributedSince(u64),
    Filed(u64),
    Small(u64),
    Agent(bool),
}

impl Fact {
    /// What is known after it.
    pub fn of(self, before: Disclosure, now: Time) -> Disclosure {
        let (ago, ahead) = (
            |days: u64| Time(now.0.saturating_sub(days * Time::DAY_NS)),
            |days: u64| Time(now.0 + days * Time::DAY_NS),
        );
        let mut after = before;
        match self {
            Fact::Nothing => {}
            Fact::Default => after = Disclosure::default(),
            Fact::Informed(days) => after.informed_until = ahead(days),
            Fact::NotInformed => after.informed_until = Time::NEVER,
            Fact::Shell(yes) => after.shell = yes,
            Fact::Bankrupt(yes) => after.bankrupt = yes,
            Fact::Fungible(yes) => after.fungible_with_listed = yes,
            Fact::Weekly(units) => after.weekly_volume = Units(units),
            Fact::Blackout(from, days) => after.blackout = (ahead(from), ahead(from + days)),
            Fact::ReportingSince(days) => after.reporting_since = ago(days),
            Fact::NotReporting => after.reporting_since = Time::FOREVER,
            Fact::OutstandingSince(days) => after.outstanding_since = ago(days),
            Fact::DistributedSince(days) => after.distribution_from = ago(days),
            Fact::Filed(days) => after.filed_until = ahead(days),
            Fact::Small(days) => after.small_until = ahead(days),
            Fact::Agent(yes) => after.registered_agent = yes,
        }
        after
    }
}

impl Notice {
    /// As an operator says it, where there is no network. 255: of a security that is not there.
    pub(super) fn action(self, setup: &Setup, model: &Model) -> Action {
        let of = |n: u8| if n == 255 { SecurityId(77) } else { security_of(n, model) };
        match self {
            Notice::Insider { security, person, relation } => {
                let investor = if person == 255 { InvestorId(99) } else { setup.owner(person) };
                Action::SetInsider { security: of(security), investor, insider: relation.insider(model.now) }
            }
            Notice::Disclose { security, fact } => {
                let security = of(security);
                let before =
                    model.security(security).map(|listed| listed.listing.disclosure).unwrap_or_default();
                Action::Disclose { security, disclosure: fact.of(before, model.now) }
            }
            Notice::Approve { security, seller, buyer, units, days } => {
                let [seller, buyer] = pair(seller, buyer, setup, model);
                let until = ahead(model.now, days);
                Action::Approve(Approval {
                    security: of(security),
                    seller,
                    buyer,
                    units: Units(units),
                    until,
                })
            }
        }
    }

    /// Notices like this one with one thing about them plainer.
    pub(super) fn simpler(self) -> Vec<Notice> {
        match self {
            Notice::Insider { security, person, .. } => {
                vec![Notice::Insider { security, person, relation: Relation::Issuer }]
            }
            Notice::Disclose { security, .. } => vec![Notice::Disclose { security, fact: Fact::Nothing }],
            Notice::Approve { security, seller, buyer, .. } => {
                vec![Notice::Approve { security, seller, buyer, units: 100, days: 300 }]
            }
        }
    }

    /// How far from plain it is.
    pub(super) fn weight(self) -> u64 {
        match self {
            Notice::Insider { relation, .. } => 2 + u64::from(relation != Relation::Issuer),
            Notice::Disclose { fact, .. } => 1 + u64::from(fact != Fact::Nothing),
            Notice::Approve { units, days, .. } => 2 + u64::from((units, days) != (100, 300)),
        }
    }
}

/// Who sells and who buys.
pub(super) fn pair(seller: u8, buyer: u8, setup: &Setup, model: &Model) -> [InvestorId; 2] {
    let awaiting = model.awaiting.get(choose(seller, model.awaiting.len())).filter(|_| seller >= 200);
    match awaiting.map(|came| came.cross) {
        Some(cross) => [cross.sell, cross.buy].map(|side| model.owner(side.account)),
        None => [seller, buyer].map(|n| setup.owner(n)),
    }
}

/// When an approval for so many days ends.
pub(super) fn ahead(now: Time, days: u64) -> Time {
    Time(now.0 + days * Time::DAY_NS + 1_000)
}
