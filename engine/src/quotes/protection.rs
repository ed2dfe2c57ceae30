//! Market-maker protection: when so much of a maker's quotes has traded within a window, the rest trades no more.

use super::Quotes;
use crate::book::slab::{Marks, Slot};
use crate::command::From;
use crate::engine::Engine;
use crate::event::Event;
use crate::mass::{Cause, MassFilter};
use crate::risk::{RequestReject, RiskScope};
use crate::types::{AccountId, CashId, ClOrdId, Money, SessionId, Time, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;

/// How long a window may be, in nanoseconds: from a millisecond to a day.
pub const WINDOW_NS: RangeInclusive<u64> = 1_000_000..=Time::DAY_NS;
/// The most executions that a protection may count, and so the most that it remembers.
pub const MOST_EXECUTIONS: u32 = 1_024;
/// The most accounts that a session may protect.
pub const MOST_PROTECTED: usize = 256;

/// A maker sets the protection of its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct QuoteProtection {
    /// Who sent it, and under which number.
    pub from: From,
    /// The client's name for the request; only repeated in the answer, it may be used again.
    pub request: ClOrdId,
    /// Of the quotes for which account.
    pub account: AccountId,
    /// The limits; absent, there is no protection any more.
    pub limits: Option<ProtectionLimits>,
}

/// What may trade of a maker's quotes within a window. At one of the limits, or above it, is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct ProtectionLimits {
    /// How long an execution counts, in nanoseconds; within [`WINDOW_NS`].
    pub window_ns: u64,
    /// How many executions; from 1 to [`MOST_EXECUTIONS`].
    pub executions: u32,
    /// How many units, of all securities together; from 1.
    pub units: Option<Units>,
    /// How much money, in the smallest unit of each cash token, token by token; from 1.
    pub value: Option<Money>,
}

/// Which limit was reached: the first of these, if several were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Reached {
    /// The number of executions.
    Executions = 1,
    /// The units.
    Units = 2,
    /// The money of one cash token.
    Value = 3,
}

/// An execution that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Execution {
    /// When.
    pub time: Time,
    /// How many units.
    pub units: Units,
    /// In which cash token.
    pub cash: CashId,
    /// For how much.
    pub money: Money,
}

impl ProtectionLimits {
    /// What is out of its range, and which range that is.
    fn check(&self) -> Result<(), RequestReject> {
        let ranges = [
            (
                "window_ns",
                WINDOW_NS.contains(&self.window_ns),
                format!("from {} to {}", WINDOW_NS.start(), WINDOW_NS.end()),
            ),
            (
                "executions",
                (1..=MOST_EXECUTIONS).contains(&self.executions),
                format!("from 1 to {MOST_EXECUTIONS}"),
            ),
            ("units", self.units.is_none_or(|units| !units.is_zero()), "from 1".into()),
            ("value", self.value.is_none_or(|value| value > Money::ZERO), "from 1".into()),
        ];
        match ranges.into_iter().find(|(_, good, _)| !good) {
            Some((what, _, range)) => Err(RequestReject::OutOfRange { what: what.into(), range }),
            None => Ok(()),
        }
    }
}

/// A protection in force.
#[derive(Debug)]
pub(crate) struct Protection {
    pub limits: ProtectionLimits,
    pub tripped: bool,
    /// What counts, oldest first. Between two steps always fewer than the limit.
    executions: VecDeque<Execution>,
    // Sums of these.
    units: u64,
    value: BTreeMap<CashId, i128>,
}

impl Protection {
    fn new(limits: ProtectionLimits) -> Protection {
        let (executions, value) = (VecDeque::new(), BTreeMap::new());
        Protection { limits, tripped: false, executions, units: 0, value }
    }

    pub(crate) fn restore(limits: ProtectionLimits, tripped: bool, executions: &[Execution]) -> Protection {
        let mut protection = Protection { tripped, ..Protection::new(limits) };
        executions.iter().for_each(|&execution| protection.add(execution));
        protection
    }

    pub(crate) fn executions(&self) -> Vec<Execution> {
        self.executions.iter().copied().collect()
    }

    fn count(&mut self, execution: Execution) {
        while self.executions.front().is_some_and(|e| execution.time.0 - e.time.0 >= self.limits.window_ns) {
            let old = self.executions.pop_front().expect("just looked at");
            self.units -= old.units.0;
            let value = self.value.get_mut(&old.cash).expect("what was added");
            *value -= i128::from(old.money.0);
            if *value == 0 {
                self.value.remove(&old.cash);
            }
        }
        self.add(execution);
    }

    fn add(&mut self, execution: Execution) {
        self.units += execution.units.0;
        *self.value.entry(execution.cash).or_default() += i128::from(execution.money.0);
        self.executions.push_back(execution);
    }

    pub(crate) fn reached(&self) -> Option<Reached> {
        let ProtectionLimits { window_ns: _, executions, units, value } = self.limits;
        if self.executions.len() >= executions as usize {
            Some(Reached::Executions)
        } else if units.is_some_and(|most| self.units >= most.0) {
            Some(Reached::Units)
        } else if value.is_some_and(|most| self.value.values().any(|&sum| sum >= i128::from(most.0))) {
            Some(Reached::Value)
        } else {
            None
        }
    }
}

impl Quotes {
    pub(super) fn is_tripped(&self, key: (SessionId, AccountId)) -> bool {
        self.protections.get(&key).is_some_and(|protection| protection.tripped)
    }
}

impl Engine {
    pub(crate) fn quote_protection(&mut self, ask: &QuoteProtection, events: &mut Vec<Event>) {
        let QuoteProtection { from, request, account, limits } = *ask;
        let session = from.session;
        self.sessions.get(session).take_number(from.number);
        if let Err(reject) = self.check_protection(ask) {
            return self.refuse_request(session, request, reject, events);
        }
        match limits {
            Some(limits) => drop(self.quotes.protections.insert((session, account), Protection::new(limits))),
            None => drop(self.quotes.protections.remove(&(session, account))),
        }
        let to = self.sessions.next_to(session);
        events.push(Event::ProtectionSet { to, request, account, limits });
    }

    fn check_protection(&self, ask: &QuoteProtection) -> Result<(), RequestReject> {
        let session = ask.from.session;
        if self.firm_of(RiskScope::Account(ask.account)) != self.firm_of(RiskScope::Session(session)) {
            return Err(RequestReject::UnknownAccount);
        }
        let Some(limits) = ask.limits else { return Ok(()) };
        limits.check()?;
        let protections = &self.quotes.protections;
        let of_session = (session, AccountId(0))..=(session, AccountId(u32::MAX));
        let room = protections.contains_key(&(session, ask.account))
            || protections.range(of_session).count() < MOST_PROTECTED;
        let (what, range) = ("number of the session's accounts", format!("at most {MOST_PROTECTED}"));
        if room { Ok(()) } else { Err(RequestReject::OutOfRange { what: what.into(), range }) }
    }

    /// A trade of an order counts, if that is a side of a quote that is protected.
    pub(crate) fn count_execution(&mut self, slot: Slot, units: Units, money: Money) {
        let order = &self.orders[slot];
        if !order.marks.has(Marks::QUOTE) {
            return;
        }
        let key = (self.orders.named(slot).session, order.account);
        let cash = self.securities[order.security].listing.cash;
        let Some(protection) = self.quotes.protections.get_mut(&key) else { return };
        protection.count(Execution { time: self.now, units, cash, money });
        if protection.reached().is_some() {
            self.quotes.reached.push(key);
        }
    }

    /// All trades of an order are done: protections that have reached a limit are tripped.
    pub(crate) fn trip_reached(&mut self, events: &mut Vec<Event>) {
        if self.quotes.reached.is_empty() {
            return;
        }
        let mut reached = std::mem::take(&mut self.quotes.reached);
        reached.sort_unstable();
        reached.dedup();
        for (session, account) in reached {
            let key = (session, account);
            let protection = self.quotes.protections.get_mut(&key).expect("it has just counted");
            let reached = protection.reached().expect("what is counted in a step only grows");
            let (executions, units) = (protection.executions.len() as u32, Units(protection.units));
            *protection = Protection { tripped: true, ..Protection::new(protection.limits) };
            let to = self.sessions.next_to(session);
            events.push(Event::ProtectionTripped { to, account, executions, units, reached });
            let filter =
                MassFilter { session: Some(session), account: Some(account), ..MassFilter::default() };
            self.begin_mass_cancel(filter, Cause::Tripped { session, account });
        }
    }
}
