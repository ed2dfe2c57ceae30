//! Venues that share a security with others and lease what its rules count, and securities of which two trade only what was
//! approved beforehand.

use super::asks::Asks;
use super::cross::{CrossPrice, Crossing};
use super::dealing::{DealStep, TermsOf, TradeOf};
use super::deed::{Deed, Leased, Told};
use super::draw::{below, one_of, percent};
use super::draw_rules::identity;
use super::ledger::Fate;
use super::persons::{InsiderOf, Person, Relation};
use super::registrar::Notice;
use super::risk::{By, RiskStep, Which, Whose};
use super::setup::Setup;
use super::step::{Name, NewQuantity, Price, Quantity, Step, Target};
use quickcheck::{Arbitrary, Gen};
use tallystick_engine::command::SessionOptions;
use tallystick_engine::disconnect::CancelOn;
use tallystick_engine::phase::Phase;
use tallystick_rules::{
    Calendar, Condition, Holders, Most, Period, PersonTest, Rule, Scope, Topic, Units, Who, Window,
};

/// A rule that leaves much room, and what of it is leased.
fn counted(g: &mut Gen) -> (Rule, Leased) {
    let person = below(g, 4) as u8;
    let window = one_of(
        g,
        &[
            Window::Calendar(Calendar::Day),
            Window::Calendar(Calendar::Week),
            Window::Rolling(Period::days(2)),
        ],
    );
    match below(g, 9) {
        0..=2 => {
            let holders = one_of(g, &Holders::ALL);
            (Rule::HolderCap(holders, 30), Leased::Holders(holders))
        }
        3 => (Rule::BenefitPlans(9_999), Leased::Plans),
        4 => (Rule::Owned(Scope::Owner, Most::Units(Units(2_000))), Leased::Owned(Scope::Owner, person)),
        5 => (Rule::Owned(Scope::Group, Most::Bps(10_000)), Leased::Owned(Scope::Group, person)),
        6 => {
            let rule = Rule::Sold { within: Period::days(2), bps: 10_000, or_weekly_volume: false };
            (rule, Leased::Sold(person))
        }
        _ => (Rule::Velocity { window, most: Most::Units(Units(2_000)) }, Leased::Sold(person)),
    }
}

impl Setup {
    /// The same venue, which shares its first security with others; what is leased of it now and then, and what it trades.
    pub fn sharing(mut self, g: &mut Gen) -> (Setup, Vec<Step>) {
        let (rule, of) = counted(g);
        self.network = Some(one_of(g, &[3, 8]));
        for person in &mut self.people {
            *person = Person {
                accredited_days: one_of(g, &[0, 500]),
                fund_owners: one_of(g, &[0, 0, 2]),
                plan_bps: one_of(g, &[0, 0, 2_500, 10_000]),
                group: percent(g, 30).then(|| below(g, 4) as u8),
                ..Person::PLAIN
            };
        }
        let relation = one_of(g, &[Relation::Controlling, Relation::Issuer, Relation::Stranger]);
        self.insiders = vec![InsiderOf { person: below(g, 6) as u8, security: 0, relation }];
        let listed = &mut self.listings[0];
        listed.shared = percent(g, 92);
        listed.rules = vec![identity(), rule];
        if percent(g, 25) {
            listed.rules.push(counted(g).0);
        }
        // Who has nothing yet would take a place.
        let of_places = matches!(of, Leased::Holders(_));
        let goes = if of_places { 65 } else { 30 };
        self.units.retain(|grant| grant.security != 0 || !percent(g, goes));
        let lease = |g: &mut Gen| {
            let (amount, of) = match below(g, 8) {
                0..=3 if of_places => (one_of(g, &[0, 1, 1, 2, 3]), of),
                0..=2 => (1_000, Leased::Everything),
                3 | 4 => (one_of(g, &[1, 2, 3, 5, 9, 14]), Leased::Everything),
                5 => (one_of(g, &[0, 1, 2, 4, 8]), of),
                6 => (one_of(g, &[3, 20]), Leased::arbitrary(g)),
                _ => (0, of),
            };
            network(Deed::Lease { security: 0, of, amount })
        };
        let mut steps = if percent(g, 90) { vec![lease(g)] } else { Vec::new() };
        for _ in 0..2 + below(g, 4) {
            steps.extend((0..2 + below(g, 5)).map(|_| order(g)));
            if percent(g, 60) {
                let fate = one_of(g, &[Fate::Settled, Fate::Settled, Fate::Settled, Fate::Refused]);
                steps.push(network(Deed::Decide { first: 0, many: one_of(g, &[1, 2, 255]), fate }));
            }
            if percent(g, 60) {
                steps.push(lease(g));
            }
        }
        (self, steps)
    }

    /// The same venue, where two trade only what was approved beforehand: all, or some; what is approved, and what it trades.
    pub fn approving(mut self, g: &mut Gen) -> (Setup, Vec<Step>) {
        let approved = || Box::new(Rule::Approved);
        let accredited = Condition::Person(Who::Buyer, PersonTest::Holds(Topic::Accredited));
        let rule = match below(g, 4) {
            0 | 1 => Rule::Approved,
            2 => Rule::When(Condition::not(accredited), approved()),
            _ => Rule::When(Condition::Person(Who::Seller, PersonTest::Issuer), approved()),
        };
        for person in &mut self.people {
            *person = Person { accredited_days: one_of(g, &[0, 500]), ..Person::PLAIN };
        }
        self.insiders = vec![InsiderOf { person: 0, security: 0, relation: Relation::Issuer }];
        self.listings[0].rules = vec![identity(), rule];
        // Firms have several customers: crosses are of two of them.
        for account in &mut self.accounts {
            account.firm = one_of(g, &[0, 0, 0, 1]);
        }
        if percent(g, 40) {
            self.options = vec![SessionOptions { cancel_on: CancelOn::Both, ..Default::default() }; 4];
        }
        let of_network = self.network.is_some();
        let said = |notice| match of_network {
            true => network(Deed::Notice(notice)),
            false => Step::Notice(notice),
        };
        let approve = |g: &mut Gen| {
            let [seller, buyer] = [0; 2].map(|_| below(g, 4) as u8);
            let (units, days) = (one_of(g, &[0, 1, 2, 4, 10, 100]), one_of(g, &[0, 1, 2, 30, 300]));
            said(Notice::Approve { security: 0, seller, buyer, units, days })
        };
        // Orders that may not trade with each other soon leave no price between them.
        let of_crosses = percent(g, 60);
        // Where little may wait for settlement, or few orders may be open, crosses are held up that are approved.
        let little = of_crosses && percent(g, 35);
        if little {
            let most = 1 + below(g, 3) as u32;
            self.bounds.unsettled[below(g, 3)] = most;
            self.bounds.open_orders = one_of(g, &[3, 1_000, 1_000]);
        }
        let mut steps = Vec::new();
        for _ in 0..3 + below(g, 3) {
            steps.extend((0..2 + below(g, 3)).map(|_| approve(g)));
            let orders = if of_crosses { usize::from(percent(g, 30)) } else { 2 + below(g, 5) };
            steps.extend((0..orders).map(|_| order(g)));
            let crosses = if of_crosses { 2 + below(g, 4) } else { below(g, 2) };
            for _ in 0..crosses {
                steps.push(Step::Cross(cross(g)));
                if percent(g, 25) {
                    steps.push(meanwhile(g, said));
                    steps.extend(percent(g, 50).then_some(Step::Continue));
                }
            }
            for _ in 0..crosses {
                let (seller, units) = (200 + below(g, 24) as u8, one_of(g, &[1, 2, 4, 20, 100]));
                steps.push(said(Notice::Approve { security: 0, seller, buyer: 0, units, days: 30 }));
                if percent(g, 50) {
                    steps.push(Step::Continue);
                }
            }
            if of_network && percent(g, 60) {
                let fate = one_of(g, &[Fate::Settled, Fate::Settled, Fate::Refused, Fate::Expired]);
                steps.push(network(Deed::Decide { first: 0, many: one_of(g, &[1, 2, 255]), fate }));
            }
            if little {
                let (trade, terms) = (TradeOf::Waiting(below(g, 24) as u8), TermsOf::Right);
                steps.push(match of_network {
                    true => network(Deed::Decide { first: 0, many: 1, fate: Fate::Settled }),
                    false => Step::Deal(DealStep::Undo { trade, price: None, terms }),
                });
                steps.push(Step::Continue);
            }
        }
        if percent(g, 8) {
            // More than may await, of one firm.
            let price = CrossPrice::Of(Price::Near(0));
            let one = Crossing { name: Name::Fresh, same_name: false, price, ..cross(g) };
            let many = (0..18).map(|_| Step::Cross(one));
            steps.splice(0..0, [Step::Onward { security: 0 }].into_iter().chain(many));
        }
        (self, steps)
    }
}

/// A cross that is good by itself.
fn cross(g: &mut Gen) -> Crossing {
    let (below_offer, above_bid) = (CrossPrice::BelowOffer(1), CrossPrice::AboveBid(1));
    Crossing {
        security: 0,
        price: one_of(g, &[CrossPrice::Of(Price::Near(0)), below_offer, above_bid]),
        quantity: Quantity::Lots(one_of(g, &[1, 2, 3, 5])),
        ..Crossing::arbitrary(g)
    }
}

/// What happens while crosses await.
fn meanwhile(g: &mut Gen, said: impl Fn(Notice) -> Step) -> Step {
    let n = below(g, 24) as u8;
    let (target, name) = (Target::Awaiting(n), Name::Fresh);
    match below(g, 14) {
        0..=1 => Step::Cancel { target, name },
        2 => Step::Replace { target, price: None, stop: None, quantity: NewQuantity::More(1), name },
        3 => Step::Deal(DealStep::Cancel { order: 200 + n }),
        4 => Step::Risk(RiskStep::Switch { by: By::Operator, whose: Whose::Firm(100), block: true }),
        5 => Step::Risk(RiskStep::MassCancel { by: By::Operator, which: Which::default(), name }),
        6 => Step::Risk(RiskStep::MassCancel { by: By::Anybody(n), which: Which::default(), name }),
        7 => Step::Risk(RiskStep::Gone { session: n, terminated: percent(g, 50) }),
        8 => one_of(g, &[Step::NextDay, Step::Auction { security: 0, call: Phase::ClosingAuction }]),
        9 => {
            Step::Phase { security: 0, phase: one_of(g, &[Phase::Halted, Phase::Closed, Phase::Continuous]) }
        }
        10 => said(Notice::Insider { security: 0, person: n, relation: Relation::Stranger }),
        _ => network(Deed::Rules { security: 0, rules: vec![identity()], epoch: false }),
    }
}

/// It happens, and the venue is told at once.
fn network(deed: Deed) -> Step {
    Step::Network { deed, told: Told::WithWork }
}

/// An order that meets others.
pub(super) fn order(g: &mut Gen) -> Step {
    Step::New {
        account: 6 + below(g, 18) as u8,
        security: 0,
        buy: bool::arbitrary(g),
        asks: Asks::PLAIN,
        price: Price::Near(one_of(g, &[-1, 0, 0, 1])),
        quantity: one_of(
            g,
            &[Quantity::Lots(1), Quantity::Lots(2), Quantity::Lots(4), Quantity::Theirs, Quantity::Whole],
        ),
        name: Name::Fresh,
        other_firm: false,
    }
}
