//! Rules that change while orders rest and trades wait: once, or again before the first change is done.

use super::deed::{Deed, Told};
use super::draw::{below, one_of, percent};
use super::draw_rules::{self, identity};
use super::draw_shared::order;
use super::ledger::Fate;
use super::persons::{Person, places};
use super::registrar::{Fact, Notice};
use super::setup::Setup;
use super::step::{Change, Step};
use quickcheck::Gen;
use tallystick_rules::{
    Calendar, Condition, Holders, LotTest, Most, Path, Period, PersonTest, Rule, Scope, Topic, Units, Way,
    Who, Window,
};

/// Rules that forbid some orders, or none.
fn other_rules(g: &mut Gen) -> Vec<Rule> {
    let scope = one_of(g, &[Scope::Owner, Scope::Group]);
    let few = Most::Units(Units(one_of(g, &[1, 5, 20, 60])));
    let more = match below(g, 12) {
        0 => Rule::Require(Condition::Person(Who::Buyer, PersonTest::Holds(Topic::Accredited))),
        1 => Rule::Require(Condition::Person(Who::Seller, PersonTest::ResidentOf(places(1)))),
        2..=3 => Rule::Owned(scope, few),
        4 => Rule::Velocity { window: Window::Calendar(one_of(g, &Calendar::ALL)), most: few },
        5 => {
            Rule::Sold { within: Period::days(2), bps: one_of(g, &[0, 500, 2_000]), or_weekly_volume: false }
        }
        6..=7 => Rule::HolderCap(one_of(g, &Holders::ALL), 1 + below(g, 5) as u32),
        8 => {
            let held = Condition::Lot(LotTest::HeldFor(Period::days(one_of(g, &[1, 30]))));
            Rule::Ways(vec![Way { path: Path::Plain, when: held }])
        }
        9 => Rule::BenefitPlans(one_of(g, &[2_500, 9_000])),
        10 => return draw_rules::mild(g),
        _ => return vec![identity()],
    };
    vec![identity(), more]
}

impl Setup {
    /// The same venue on a network, with orders that rest and trades that wait, and other rules for them.
    pub fn amended(mut self, g: &mut Gen) -> (Setup, Vec<Step>) {
        self.network = Some(one_of(g, &[3, 8]));
        for person in &mut self.people {
            *person = Person {
                place: one_of(g, &[0, 0, 1]),
                accredited_days: one_of(g, &[0, 500, 500]),
                fund_owners: one_of(g, &[0, 0, 2]),
                group: percent(g, 30).then(|| below(g, 4) as u8),
                ..Person::PLAIN
            };
        }
        self.listings[0].rules = if percent(g, 60) { vec![identity()] } else { other_rules(g) };
        let mut steps: Vec<Step> = (0..6 + below(g, 8)).map(|_| order(g)).collect();
        for _ in 0..1 + below(g, 3) {
            for _ in 0..one_of(g, &[1, 1, 1, 2, 3]) {
                let (rules, epoch) = (other_rules(g), percent(g, 20));
                let told = one_of(g, &[Told::Whole(255), Told::Whole(255), Told::WithWork, Told::Part(3)]);
                steps.push(Step::Network { deed: Deed::Rules { security: 0, rules, epoch }, told });
                if percent(g, 50) {
                    steps.push(meanwhile(g));
                }
            }
            for _ in 0..2 + below(g, 3) {
                steps.push(Step::Continue);
                if percent(g, 40) {
                    steps.push(order(g));
                }
            }
        }
        (self, steps)
    }
}

/// What comes between the rules that are told and their coming.
fn meanwhile(g: &mut Gen) -> Step {
    let told = Told::Whole(255);
    let deed = match below(g, 6) {
        0 => return order(g),
        1 => Deed::Person(Change::arbitrary(g)),
        2 => Deed::Notice(Notice::Disclose { security: 0, fact: Fact::Shell(true) }),
        3 => Deed::Elsewhere { owner: below(g, 4) as u8, security: 0, units: one_of(g, &[0, 1, 7]) },
        _ => {
            let fate = one_of(g, &[Fate::Settled, Fate::Settled, Fate::Refused]);
            Deed::Decide { first: 0, many: one_of(g, &[1, 2, 255]), fate }
        }
    };
    Step::Network { deed, told }
}
