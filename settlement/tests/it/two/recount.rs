//! The ledger's history counted anew from its blocks and receipts alone: no trade may have brought about what the rules forbade
//! that were in force when it was matched.

use super::NAMES;
use crate::common::UNITS;
use crate::common::world::{HORIZON, venue};
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::rules::{Most, Rule, Scope, Window};
use tallystick_ledger::instruction::{Operation, Submission, Transfer};
use tallystick_ledger::receipt::{Outcome, Receipt};
use tallystick_rules::InvestorId;

/// Everybody has the account of its number.
#[derive(Debug)]
pub struct Recount {
    units: BTreeMap<u32, u64>,
    /// What was sold by group, and when: since a rule has counted it, or was known to come.
    sold: BTreeMap<u32, Vec<(u64, u64)>>,
    suspended: BTreeSet<InvestorId>,
    /// At which height who was a holder has ceased to be one last.
    left: BTreeMap<u32, u64>,
    /// Since which height which rules are in force.
    rules: Vec<(u64, Vec<Rule>)>,
    /// Trades that were carried out, by venue.
    settled: BTreeSet<(usize, u64)>,
    /// How much of a person belongs to benefit plans, and who stands for its group.
    plans: fn(u32) -> u64,
    group: fn(u32) -> u32,
}

impl Recount {
    /// The first so many have units.
    pub fn new(owners: u32, rules: Vec<Rule>, plans: fn(u32) -> u64, group: fn(u32) -> u32) -> Recount {
        Recount {
            units: (1..=owners).map(|n| (n, UNITS)).collect(),
            sold: BTreeMap::new(),
            suspended: BTreeSet::new(),
            left: BTreeMap::new(),
            rules: vec![(0, rules)],
            settled: BTreeSet::new(),
            plans,
            group,
        }
    }

    /// How much everybody has.
    pub fn units(&self) -> &BTreeMap<u32, u64> {
        &self.units
    }

    /// Counts a block.
    pub fn block(&mut self, submissions: &[Submission], receipts: &[Receipt]) -> Result<(), String> {
        let mut receipts = receipts.iter();
        for submission in submissions {
            match submission {
                Submission::Direct(signed) => {
                    let receipt = receipts.next().expect("a receipt for each instruction");
                    if matches!(receipt.outcome, Outcome::Done(_)) {
                        self.direct(&signed.instruction.operation, receipt.height.0);
                    }
                }
                Submission::Batch(batch) => {
                    let by = NAMES.iter().position(|name| venue(name) == batch.venue).expect("a venue");
                    for transfer in &batch.transfers {
                        let receipt = receipts.next().expect("a receipt for each instruction");
                        if matches!(receipt.outcome, Outcome::Done(_)) {
                            self.transfer(by, transfer, receipt.height.0).map_err(|why| {
                                format!(
                                    "trade {} of {} at height {}: {why}",
                                    transfer.trade, NAMES[by], receipt.height
                                )
                            })?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn direct(&mut self, operation: &Operation, height: u64) {
        match operation {
            Operation::Amend { protocols, .. } => {
                let rules = protocols.iter().flat_map(|protocol| protocol.rules.clone()).collect();
                self.rules.push((height + u64::from(HORIZON), rules));
            }
            Operation::Suspend { investor, suspended: true } => drop(self.suspended.insert(*investor)),
            Operation::Suspend { investor, suspended: false } => drop(self.suspended.remove(investor)),
            Operation::Force { from, to, lots, .. } => {
                let units = lots.iter().map(|(_, units)| units.0).sum();
                self.move_units(from.0, to.0, units, height);
            }
            _ => {}
        }
    }

    fn move_units(&mut self, from: u32, to: u32, units: u64, height: u64) {
        *self.units.entry(from).or_default() -= units;
        *self.units.entry(to).or_default() += units;
        self.units.retain(|_, units| *units > 0);
        if !self.units.contains_key(&from) {
            self.left.insert(from, height);
        }
    }

    fn transfer(&mut self, by: usize, transfer: &Transfer, height: u64) -> Result<(), String> {
        let (seller, buyer, units) = (transfer.seller.0, transfer.buyer.0, transfer.units.0);
        if !self.settled.insert((by, transfer.trade)) {
            return Err("it was settled twice".into());
        }
        if [seller, buyer].iter().any(|one| self.suspended.contains(&InvestorId(*one))) {
            return Err("a suspended person has traded".into());
        }
        let (holders, plans) = (self.units.len(), self.of_plans());
        self.move_units(seller, buyer, units, height);
        self.count_sale((self.group)(seller), units, transfer);
        let all: u64 = self.units.values().sum();
        // Who was a holder when the trade was matched needed no place then.
        let was_in = self.left.get(&buyer).is_some_and(|left| transfer.pinned.0 < *left);
        let in_force = self.rules.iter().rfind(|(since, _)| *since <= transfer.pinned.0);
        for rule in &in_force.expect("rules from the beginning").1 {
            let of = |most: Most| match most {
                Most::Units(units) => units.0,
                Most::Bps(bps) => all * u64::from(bps) / 10_000,
            };
            let sold = |window: Window| -> u64 {
                let first = window.first_day(transfer.traded);
                let sales = self.sold.get(&(self.group)(seller)).into_iter().flatten();
                sales.filter(|(day, _)| *day >= first).map(|(_, units)| units).sum()
            };
            let (what, is, most) = match rule {
                Rule::HolderCap(_, max) if self.units.len() > holders && !was_in => {
                    ("holders", self.units.len() as u64, u64::from(*max))
                }
                Rule::Owned(Scope::Owner, most) => ("owned", self.units[&buyer], of(*most)),
                Rule::Owned(Scope::Group, most) => {
                    let group = (self.group)(buyer);
                    let members = self.units.iter().filter(|(one, _)| (self.group)(**one) == group);
                    ("owned by a group", members.map(|(_, units)| units).sum(), of(*most))
                }
                Rule::Sold { within, bps, .. } => {
                    ("sold within a period", sold(Window::Rolling(*within)), of(Most::Bps(*bps)))
                }
                Rule::Velocity { window, most } => ("sold within a window", sold(*window), of(*most)),
                Rule::BenefitPlans(bps) if self.of_plans() > plans => {
                    ("of plans, ten-thousandths", self.of_plans() + 1, all * u64::from(*bps))
                }
                _ => continue,
            };
            if is > most {
                return Err(format!("{is} {what}, and {most} are allowed"));
            }
        }
        Ok(())
    }

    /// Sales count from when rules that count them were made known, and no longer than the longest of their windows.
    fn count_sale(&mut self, group: u32, units: u64, transfer: &Transfer) {
        let in_force = self.rules.iter().rposition(|(since, _)| *since <= transfer.pinned.0);
        let rules =
            self.rules[in_force.expect("rules from the beginning")..].iter().flat_map(|(_, rules)| rules);
        let firsts = rules.filter_map(|rule| match rule {
            Rule::Sold { within, .. } => Some(Window::Rolling(*within).first_day(transfer.traded)),
            Rule::Velocity { window, .. } => Some(window.first_day(transfer.traded)),
            _ => None,
        });
        let Some(first) = firsts.min() else { return };
        let sales = self.sold.entry(group).or_default();
        sales.retain(|(day, _)| *day >= first);
        sales.push((transfer.traded.day(), units));
    }

    /// What belongs to plans, in hundredths of a per cent of a unit.
    fn of_plans(&self) -> u64 {
        self.units.iter().map(|(one, units)| units * (self.plans)(*one)).sum()
    }
}
