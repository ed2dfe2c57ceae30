//! What operators do to fees.

use super::resolve::choose;
use crate::model::Model;
use tallystick_engine::command::{Action, Command};
use tallystick_engine::fees::Fees;
use tallystick_engine::types::{Money, SecurityId};

/// One thing that an operator does.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum DealStep {
    /// Other fees.
    Fees { security: u8, fees: Option<FeesOf> },
}

/// Fees.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct FeesOf {
    pub maker: u32,
    pub taker: u32,
    pub auction: u32,
    pub least: i64,
}

impl FeesOf {
    /// The fees.
    pub fn fees(&self) -> Fees {
        let FeesOf { maker, taker, auction, least } = *self;
        Fees { maker, taker, auction, least: Money(least) }
    }
}

impl DealStep {
    /// The command; nothing where there is nothing that it could be about.
    pub(super) fn command(&self, model: &Model, operate: &impl Fn(Action) -> Command) -> Option<Command> {
        Some(operate(match *self {
            DealStep::Fees { security, fees } => {
                let security = match security {
                    255 => SecurityId(77),
                    n => model.securities[choose(n, model.securities.len())].listing.security,
                };
                Action::SetFees { security, fees: fees.map(|fees| fees.fees()) }
            }
        }))
    }

    /// Steps like this one with one thing about them plainer.
    pub(super) fn simpler(&self) -> Vec<DealStep> {
        match *self {
            DealStep::Fees { security, fees: Some(fees) } => {
                let with = |fees| DealStep::Fees { security, fees: Some(fees) };
                vec![
                    DealStep::Fees { security, fees: None },
                    with(FeesOf { maker: 0, ..fees }),
                    with(FeesOf { taker: 0, ..fees }),
                    with(FeesOf { auction: 0, ..fees }),
                    with(FeesOf { least: 0, ..fees }),
                ]
            }
            _ => Vec::new(),
        }
    }

    /// How far from plain it is.
    pub(super) fn weight(&self) -> u64 {
        match *self {
            DealStep::Fees { fees: None, .. } => 2,
            DealStep::Fees { fees: Some(fees), .. } => {
                let parts = [fees.maker > 0, fees.taker > 0, fees.auction > 0, fees.least > 0];
                3 + parts.iter().filter(|part| **part).count() as u64
            }
        }
    }
}
