//! Venues where all places among the holders are taken, and what happens there.

use super::asks::Asks;
use super::dealing::{DealStep, TermsOf, TradeOf};
use super::deed::{Deed, Told};
use super::draw::{below, one_of, percent};
use super::draw_rules::identity;
use super::ledger::Fate;
use super::persons::Person;
use super::setup::{Grant, Setup};
use super::step::{Name, Price, Quantity, Step};
use quickcheck::Gen;
use std::collections::BTreeSet;
use tallystick_rules::{Condition, Holders, PersonTest, Rule, Topic, Who};

impl Setup {
    /// The same venue, in which all places of its first security are taken, or nearly: among holders of one kind, or of
    /// several.
    pub fn capped(mut self, g: &mut Gen) -> Setup {
        let many = one_of(g, &[1, 1, 1, 2, 2, 2, 3, 4]);
        let mut kinds = BTreeSet::new();
        while kinds.len() < many {
            kinds.insert(one_of(g, &Holders::ALL));
        }
        let of_funds = kinds.contains(&Holders::LookThrough);
        let accredited = one_of(g, &[30, 30, 60]);
        for person in &mut self.people {
            let fund_owners = if of_funds { one_of(g, &[0, 0, 2, 3, 4, 5]) } else { 0 };
            let accredited_days = if percent(g, accredited) { 500 } else { 0 };
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
        self.units.extend(grants);
        let caps: Vec<Rule> = kinds.into_iter().map(|kind| self.cap_of(g, kind, holders)).collect();
        self.listings[0].rules = [vec![identity()], caps].concat();
        self
    }

    /// A cap on holders of a kind, so many of whom have units: there is no place left, or there are a few. A fund that comes
    /// to a tenth may take several.
    fn cap_of(&self, g: &mut Gen, kind: Holders, holders: usize) -> Rule {
        let named: BTreeSet<_> = (0..holders).map(|n| self.record_holder(n)).collect();
        let owners = self.people.iter().take(holders);
        let taken = match kind {
            Holders::Beneficial => holders,
            Holders::Record => named.len(),
            Holders::RecordNotAccredited if self.street => 1,
            Holders::RecordNotAccredited => owners.filter(|person| person.accredited_days == 0).count(),
            Holders::LookThrough => owners.map(|person| usize::from(person.fund_owners.max(1))).sum(),
        };
        let free: &[usize] =
            if kind == Holders::LookThrough { &[0, 0, 1, 1, 2, 3, 6] } else { &[0, 0, 0, 1] };
        let cap = Rule::HolderCap(kind, (taken + one_of(g, free)).max(1) as u32);
        let accredited = Condition::Person(Who::Buyer, PersonTest::Holds(Topic::Accredited));
        if percent(g, 8) { Rule::When(accredited, Box::new(cap)) } else { cap }
    }
}

/// Somebody sells all that it has, or some, and somebody buys it; somebody else tries, too, and what waits is decided.
pub fn scene(g: &mut Gen, on_network: bool) -> Vec<Step> {
    let buyer = below(g, 6) as u8;
    let mut steps = meeting(g, buyer).to_vec();
    if percent(g, 50) {
        // It buys of another, too; or somebody else does.
        let other = if percent(g, 40) { buyer } else { below(g, 6) as u8 };
        steps.extend(meeting(g, other));
    }
    if percent(g, 30) {
        let n = below(g, 24) as u8;
        let undo = DealStep::Undo { trade: TradeOf::Waiting(n), price: None, terms: TermsOf::Right };
        let fate = one_of(g, &[Fate::Settled, Fate::Refused]);
        let deed = Deed::Decide { first: n, many: one_of(g, &[1, 1, 2, 255]), fate };
        let decided = Step::Network { deed, told: Told::WithWork };
        steps.push(if on_network { decided } else { Step::Deal(undo) });
    }
    steps
}

/// Two orders that may meet.
fn meeting(g: &mut Gen, buyer: u8) -> [Step; 2] {
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
    let seller = below(g, 6) as u8;
    let sold = one_of(g, &[Quantity::Whole, Quantity::Whole, Quantity::Whole, Quantity::Lots(1)]);
    let bought = one_of(g, &[Quantity::Theirs, Quantity::Theirs, Quantity::Lots(1), Quantity::Lots(3)]);
    // Whom the seller's number names has units, as those with the lowest numbers have.
    let sell = new(6 + seller, false, sold);
    let buy = new(buyer, true, bought);
    if percent(g, 70) { [sell, buy] } else { [buy, sell] }
}
