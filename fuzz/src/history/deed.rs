//! What happens on the network, and how much of it the venue is told.

use super::circumstances::of_persons;
use super::draw_rules::cap;
use super::ledger::{Allotment, Fate, Ledger};
use super::registrar::Notice;
use super::resolve::{account_of, choose, security_of};
use super::setup::{Setup, protocols};
use super::step::Change;
use crate::model::Model;
use tallystick_engine::types::{Asset, CashId};
use tallystick_rules::{Counter, Holders, Program, Rule, Scope};

/// What happens on the network.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Deed {
    Nothing,
    /// A block decides so many of the open trades, from one of them on.
    Decide {
        first: u8,
        many: u8,
        fate: Fate,
    },
    /// An owner changes what it has allocated: of a security, or of cash.
    Allot {
        account: u8,
        security: Option<u8>,
        allotment: Allotment,
    },
    /// An owner gets so many units where the venue does not see them.
    Elsewhere {
        owner: u8,
        security: u8,
        units: u64,
    },
    /// Something is known otherwise of a person.
    Person(Change),
    /// A security has other rules.
    Rules {
        security: u8,
        rules: Vec<Rule>,
        epoch: bool,
    },
    /// A registrar or an issuer says something.
    Notice(Notice),
    /// The venue may take up so much of what it shares with others, where it shares it.
    Lease {
        security: u8,
        of: Leased,
        amount: u64,
    },
}

/// What is leased. Numbers choose persons.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Leased {
    Everything,
    Holders(Holders),
    Plans,
    Owned(Scope, u8),
    Sold(u8),
}

/// How much of what there is to tell is told: at most so many items in a part.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Told {
    Not,
    Part(u8),
    Whole(u8),
    /// Whole, and the work that follows is done.
    WithWork,
}

impl Deed {
    /// It happens.
    pub(super) fn happen(&self, setup: &Setup, model: &Model, ledger: &mut Ledger) {
        match self {
            Deed::Nothing => {}
            Deed::Decide { first, many, fate } => {
                let open = model.trades.iter().filter(|t| !ledger.has_decided(t.trade));
                let mut open: Vec<_> = open.cloned().collect();
                let first = choose(*first, open.len());
                open.rotate_left(first);
                open.iter().take((*many).into()).for_each(|trade| ledger.decide(trade, *fate));
            }
            Deed::Allot { account, security, allotment } => {
                let asset = match security {
                    Some(security) => Asset::Security(security_of(*security, model)),
                    None => Asset::Cash(CashId(1)),
                };
                ledger.allot(account_of(*account, model), asset, *allotment);
            }
            Deed::Elsewhere { owner, security, units } => {
                ledger.own_elsewhere(setup.owner(*owner), security_of(*security, model), *units);
            }
            Deed::Person(change) => ledger.announce(of_persons(change, setup, model)),
            Deed::Rules { security, rules, epoch } => {
                let listed = &model.securities[choose(*security, model.securities.len())].listing;
                // Without any, those that are in force are told again, in the register's order.
                let rules = match rules.as_slice() {
                    [] => Program::new(listed.protocols.clone()).expect("it is listed"),
                    rules => Program::new(protocols(rules)).expect("few rules"),
                };
                ledger.amend(listed.security, rules.protocols().to_vec(), *epoch);
            }
            Deed::Notice(notice) => ledger.notice(*notice, setup, model),
            Deed::Lease { security, of, amount } => {
                let security = security_of(*security, model);
                for counter in of.counters(setup, ledger) {
                    ledger.lease(security, counter, *amount);
                }
            }
        }
    }

    /// Deeds like this one with one thing about them plainer.
    pub(super) fn simpler(&self) -> Vec<Deed> {
        match self.clone() {
            Deed::Decide { first, many, fate } => vec![
                Deed::Decide { first, many: 1, fate },
                Deed::Decide { first: 0, many, fate },
                Deed::Decide { first, many, fate: Fate::Settled },
            ],
            Deed::Allot { account, security, .. } => {
                vec![Deed::Allot { account, security, allotment: Allotment::Ended }]
            }
            Deed::Person(_) => vec![Deed::Person(Change::Nobody)],
            Deed::Rules { security, rules, epoch: true } => {
                vec![Deed::Rules { security, rules, epoch: false }]
            }
            Deed::Notice(notice) => notice.simpler().into_iter().map(Deed::Notice).collect(),
            Deed::Lease { security, of, .. } => vec![
                Deed::Lease { security, of, amount: 0 },
                Deed::Lease { security, of: Leased::Everything, amount: 1_000 },
            ],
            Deed::Rules { security, .. } => {
                vec![Deed::Rules { security, rules: vec![cap(1)], epoch: false }]
            }
            _ => Vec::new(),
        }
    }

    /// How far from plain it is.
    pub(super) fn weight(&self) -> u64 {
        match self {
            Deed::Nothing => 0,
            Deed::Decide { first, many, fate } => {
                2 + u64::from(*first) + u64::from(*many) + u64::from(*fate != Fate::Settled)
            }
            Deed::Allot { allotment, .. } => 3 + u64::from(*allotment != Allotment::Ended),
            Deed::Elsewhere { .. } => 3,
            Deed::Person(change) => 3 + u64::from(*change != Change::Nobody),
            Deed::Notice(notice) => 1 + notice.weight(),
            Deed::Rules { rules, epoch, .. } => 3 + 2 * rules.len() as u64 + u64::from(*epoch),
            Deed::Lease { of, amount, .. } => {
                2 + 2 * u64::from(*of != Leased::Everything) + u64::from(![0, 1_000].contains(amount))
            }
        }
    }
}

impl Leased {
    /// Each counter of it.
    fn counters(self, setup: &Setup, ledger: &Ledger) -> Vec<Counter> {
        let of_person = |n: u8| {
            let who = setup.owner(n);
            let group = ledger.group(who);
            [Counter::Owned(Scope::Owner, who), Counter::Owned(Scope::Group, group), Counter::Sold(group)]
        };
        match self {
            Leased::Everything => {
                let mut all: Vec<Counter> = Holders::ALL.map(Counter::Holders).to_vec();
                all.push(Counter::Plans);
                all.extend((0..setup.people.len() as u8).flat_map(of_person));
                all
            }
            Leased::Holders(holders) => vec![Counter::Holders(holders)],
            Leased::Plans => vec![Counter::Plans],
            Leased::Owned(Scope::Owner, n) => vec![of_person(n)[0]],
            Leased::Owned(Scope::Group, n) => vec![of_person(n)[1]],
            Leased::Sold(n) => vec![of_person(n)[2]],
        }
    }
}
