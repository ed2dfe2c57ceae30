//! Orders that stand, and something that changes so that they may not stand any more.

use super::asks::Asks;
use super::deed::{Deed, Told};
use super::draw::{below, one_of, percent};
use super::draw_rules::identity;
use super::persons::{Person, Relation, places};
use super::registrar::{Fact, Notice};
use super::setup::Setup;
use super::step::{Change, Name, Price, Quantity, Step};
use quickcheck::Gen;
use tallystick_rules::{
    Condition, Disclosure, Path, Period, PersonTest, Rule, SecurityTest, Time, Topic, Way, Who,
};

/// What ends orders.
#[derive(Clone, Copy, Debug)]
enum Ends {
    Person(Change),
    Said(Notice),
}

/// A rule that everybody meets, and what ends that.
fn rule(g: &mut Gen) -> (Rule, Ends) {
    let n = below(g, 6) as u8;
    let both = |test| Rule::Require(Condition::both(test));
    let become_one = |person| Ends::Person(Change::Become(n, person));
    let plain = Person::PLAIN;
    let said = |fact| Ends::Said(Notice::Disclose { security: 0, fact });
    let informed = Condition::Security(SecurityTest::Informed);
    match below(g, 12) {
        0 => (both(PersonTest::ResidentOf(places(1))), Ends::Person(Change::Move(n, 1))),
        1 => (both(PersonTest::Holds(Topic::Accredited)), Ends::Person(Change::LoseAccreditation(n))),
        2 => {
            let no_plan = |who| Condition::not(Condition::Person(who, PersonTest::Holds(Topic::BenefitPlan)));
            let all = [Who::Buyer, Who::Seller].map(no_plan).to_vec();
            (Rule::Require(Condition::All(all)), become_one(Person { plan_bps: 10_000, ..plain }))
        }
        3 | 4 => {
            let stranger =
                |who| Condition::not(Condition::Person(who, PersonTest::Affiliate(Period::days(1))));
            let all = [Who::Buyer, Who::Seller].map(stranger).to_vec();
            let relation = one_of(g, &[Relation::Affiliate, Relation::Issuer]);
            let ends = Ends::Said(Notice::Insider { security: 0, person: n, relation });
            (Rule::Require(Condition::All(all)), ends)
        }
        5 | 6 => (Rule::Require(informed), said(Fact::NotInformed)),
        7 => {
            let shell = Condition::not(Condition::Security(SecurityTest::Shell));
            (Rule::Require(shell), said(Fact::Shell(true)))
        }
        8 => (Rule::Ways(vec![Way { path: Path::RegS, when: informed }]), said(Fact::NotInformed)),
        9 => {
            let screened = both(PersonTest::Holds(Topic::Screened));
            (screened, become_one(Person { screened_days: 0, ..plain }))
        }
        10 => (both(PersonTest::Holds(Topic::NonUsPerson)), become_one(Person { non_us_days: 0, ..plain })),
        _ => {
            let good = both(PersonTest::Holds(Topic::GoodActor));
            (good, become_one(Person { good_actor_days: 0, ..plain }))
        }
    }
}

impl Setup {
    /// The same venue with such a rule, and the steps that bring orders and end them.
    pub fn changing(mut self, g: &mut Gen) -> (Setup, Vec<Step>) {
        let (rule, ends) = rule(g);
        self.people.iter_mut().for_each(|person| *person = Person::PLAIN);
        self.insiders.clear();
        let listed = &mut self.listings[0];
        listed.rules = vec![identity(), rule];
        listed.disclosure = Disclosure { informed_until: Time::FOREVER, ..Disclosure::default() };
        let new = |account, buy| Step::New {
            account,
            security: 0,
            buy,
            asks: Asks::PLAIN,
            price: Price::Near(if buy { -2 } else { 2 }),
            quantity: Quantity::Lots(1),
            name: Name::Fresh,
            other_firm: false,
        };
        let mut steps: Vec<Step> = (0..6).map(|n| new(n, percent(g, 60))).collect();
        steps.push(match (ends, self.network.is_some()) {
            (Ends::Person(change), true) => {
                Step::Network { deed: Deed::Person(change), told: Told::WithWork }
            }
            (Ends::Person(change), false) => Step::Adopt(change),
            (Ends::Said(notice), true) => Step::Network { deed: Deed::Notice(notice), told: Told::WithWork },
            (Ends::Said(notice), false) => Step::Notice(notice),
        });
        steps.extend([Step::Continue, Step::Continue]);
        (self, steps)
    }
}
