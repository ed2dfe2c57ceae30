//! What happens about bands, calls and reference prices: timers, and what operators set.

use super::resolve::{choose, wire_price};
use super::step::Price;
use crate::model::Model;
use tallystick_engine::command::{Action, Command};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{Price as WirePrice, SecurityId, Side, Time};

/// One thing about halts, calls and reference prices.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum HaltStep {
    /// A tick when something is due next, or a nanosecond before.
    Due { just_before: bool },
    /// An operator sets the reference price.
    Reference { security: u8, price: Price },
    /// The same, with a price that is none: nought, off the tick, too high, out of the issue's range.
    OddReference { security: u8, odd: u8 },
    /// An operator halts: also what is halted by a timer.
    Halt { security: u8 },
    /// An operator ends the call that there is.
    EndCall { security: u8 },
}

impl HaltStep {
    /// The command, and when it comes, if not as soon as may be; nothing where there is nothing that it could be about.
    pub(super) fn command(
        &self,
        model: &Model,
        operate: &impl Fn(Action) -> Command,
    ) -> Option<(Command, Option<Time>)> {
        let of = |n: u8| &model.securities[choose(n, model.securities.len())];
        let command = match *self {
            HaltStep::Due { just_before } => {
                let due = model.next_due()?.0 - u64::from(just_before);
                return Some((Command::Tick, Some(Time(due.max(model.now.0)))));
            }
            HaltStep::Reference { security, price } => {
                let security = of(security).listing.security;
                let price = wire_price(&price, security, Side::Buy, model);
                operate(Action::SetReference { security, price })
            }
            HaltStep::OddReference { security, odd } => {
                let listed = of(security);
                let rule = &listed.listing.ticks;
                let issue = listed.listing.issue;
                let price = match odd % 6 {
                    0 => WirePrice(0),
                    1 => WirePrice(rule.tick.0 + 1),
                    2 => WirePrice(listed.price(rule.max_price).0 + rule.tick.0),
                    3 => WirePrice(issue.map_or(-1, |issue| issue.lowest.0 - rule.tick.0)),
                    4 => WirePrice(issue.map_or(i64::MAX, |issue| issue.highest.0 + rule.tick.0)),
                    _ => {
                        return Some((
                            operate(Action::SetReference { security: SecurityId(77), price: WirePrice(1) }),
                            None,
                        ));
                    }
                };
                operate(Action::SetReference { security: listed.listing.security, price })
            }
            HaltStep::Halt { security } => {
                let security = of(security).listing.security;
                operate(Action::SetPhase { security, phase: Phase::Halted, from: None })
            }
            HaltStep::EndCall { security } => {
                let listed = of(security);
                let phase = match listed.phase {
                    Phase::ClosingAuction => Phase::PostClose,
                    _ => Phase::Continuous,
                };
                operate(Action::SetPhase { security: listed.listing.security, phase, from: None })
            }
        };
        Some((command, None))
    }

    /// Steps like this one with one thing about them plainer.
    pub(super) fn simpler(&self) -> Vec<HaltStep> {
        match *self {
            HaltStep::Due { just_before: true } => vec![HaltStep::Due { just_before: false }],
            HaltStep::Reference { security, price } => vec![
                HaltStep::Reference { security: 0, price },
                HaltStep::Reference { security, price: Price::Near(0) },
            ],
            _ => Vec::new(),
        }
    }

    /// How far from plain it is.
    pub(super) fn weight(&self) -> u64 {
        match self {
            HaltStep::Due { just_before } => 1 + u64::from(*just_before),
            HaltStep::Reference { security, price } => {
                2 + u64::from(*security) + u64::from(*price != Price::Near(0))
            }
            _ => 2,
        }
    }
}
