//! Venues where all places among the holders are taken, and what happens there.

use super::asks::Asks;
use super::draw::{below, one_of, percent};
use super::draw_rules::identity;
use super::persons::Person;
use super::setup::{Grant, Setup};
use super::step::{Name, Price, Quantity, Step};
use quickcheck::Gen;
use std::collections::BTreeSet;
use tallystick_rules::{Holders, Rule};

impl Setup {
    /// The same venue, in which all places of its first security are taken, or nearly.
    pub fn capped(mut self, g: &mut Gen) -> Setup {
        let kind = one_of(g, &Holders::ALL);
        for person in &mut self.people {
            let fund_owners = if kind == Holders::LookThrough { one_of(g, &[0, 0, 2, 3]) } else { 0 };
            let accredited_days = if percent(g, 30) { 500 } else { 0 };
            *person = Person { fund_owners, accredited_days, ..Person::PLAIN };
        }
        self.street = percent(g, 20);
        let holders = 1 + below(g, self.people.len().saturating_sub(1).max(1));
        let lot = self.listings[0].lot;
        self.units.retain(|grant| usize::from(grant.security) % self.listings.len() != 0);
        let many = |g: &mut Gen| one_of(g, &[1, 1, 2, 3, 8]) * lot;
        let grant = |g: &mut Gen, n: usize| {
            let (units, restricted) = (many(g), percent(g, 30));
            Grant { account: n as u8, security: 0, units, age_days: 1, restricted, kind: 0 }
        };
        let grants: Vec<Grant> = (0..holders).map(|n| grant(g, n)).collect();
        let named: BTreeSet<_> = (0..holders).map(|n| self.record_holder(n)).collect();
        let owners = self.people.iter().take(holders);
        let max = match kind {
            Holders::Beneficial => holders,
            Holders::Record => named.len(),
            Holders::RecordNotAccredited if self.street => 1,
            Holders::RecordNotAccredited => owners.filter(|person| person.accredited_days == 0).count(),
            Holders::LookThrough => owners.map(|person| usize::from(person.fund_owners.max(1))).sum(),
        };
        self.units.extend(grants);
        let max = (max + one_of(g, &[0, 0, 0, 1])).max(1) as u32;
        self.listings[0].rules = vec![identity(), Rule::HolderCap(kind, max)];
        self
    }
}

/// Somebody sells all that it has, or some, and somebody buys it.
pub fn scene(g: &mut Gen) -> Vec<Step> {
    let new = |account, buy, quantity| Step::New {
        account,
        security: 0,
        buy,
        asks: Asks::PLAIN,
        price: Price::Near(0),
        quantity,
        name: Name::Fresh,
        other_firm: false,
    };
    let [seller, buyer] = [0; 2].map(|_| below(g, 6) as u8);
    let sold = one_of(g, &[Quantity::Whole, Quantity::Whole, Quantity::Whole, Quantity::Lots(1)]);
    let bought = one_of(g, &[Quantity::Theirs, Quantity::Theirs, Quantity::Lots(1), Quantity::Lots(3)]);
    // Whom the seller's number names has units, as those with the lowest numbers have.
    let sell = new(6 + seller, false, sold);
    let buy = new(buyer, true, bought);
    if percent(g, 70) { vec![sell, buy] } else { vec![buy, sell] }
}
