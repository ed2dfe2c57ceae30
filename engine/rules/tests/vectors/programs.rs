//! The rules that the tables are about, as one would write them down by hand.

use tallystick_rules::LotTest::{HeldFor, IssuedFor, Paid, Restricted};
use tallystick_rules::PersonTest::{Affiliate, Holds, Issuer, ResidentOf, Verified};
use tallystick_rules::SecurityTest::{
    Bankrupt, Blackout, DistributedFor, Filing, FungibleWithListed, Informed, OutstandingFor,
    RegisteredAgent, ReportingFor, Shell, Small,
};
use tallystick_rules::Topic::{
    Accredited, GoodActor, NonUsPerson, QualifiedInstitutionalBuyer, QualifiedPurchaser, Screened,
};
use tallystick_rules::*;

/// The program of these protocols.
pub fn of(protocols: &[String]) -> Program {
    let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
    let rules = match protocols[..] {
        ["us.unrestricted@2026.1 or us.rule144@2026.1 or us.rule144-affiliates@2026.1"] => resale(100),
        ["us.unrestricted@2026.1 or us.rule144@2026.1 or us.rule144-affiliates@2026.1 (share: 10 %)"] => {
            resale(1_000)
        }
        ["us.rule506c@2026.1"] => {
            let lot = Condition::Lot(Restricted);
            let parts = vec![Condition::seller(Issuer), Condition::buyer(Holds(Accredited)), lot];
            vec![rule_of(vec![(Path::Plain, all(parts))])]
        }
        ["us.rega2@2026.1 or us.rega2-offering@2026.1"] => {
            let no_affiliate = Condition::not(Condition::seller(Affiliate(THREE_MONTHS)));
            let not_accredited = Condition::not(Condition::buyer(Holds(Accredited)));
            vec![
                rule_of(vec![(Path::Free, no_affiliate), (Path::Free, Condition::seller(Issuer))]),
                Rule::When(all(vec![Condition::seller(Issuer), not_accredited]), Box::new(Rule::Approved)),
            ]
        }
        ["us.states@2026.1 (permitted: (US-CA, US-NY, US-TX))"] => {
            let permitted = Condition::buyer(resident(&["US-CA", "US-NY", "US-TX"]));
            let there = Condition::buyer(resident(&["US"]));
            vec![Rule::When(there, Box::new(Rule::Require(permitted)))]
        }
        ["eu.dlt-pilot@2026.1"] => {
            let countries = EEA.map(|code| Jurisdiction::new(code).expect("two letters")).to_vec();
            vec![Rule::Require(Condition::Market(MarketTest::In(countries)))]
        }
        ["eu.residents@2026.1"] => vec![Rule::Require(Condition::buyer(resident(&EEA)))],
        ["eu.sanctions@2026.1"] => vec![
            Rule::Require(Condition::both(Holds(Screened))),
            Rule::Require(Condition::not(Condition::buyer(resident(&["BY", "RU"])))),
        ],
        ["eu.wholesale@2026.1 (least: 100 units)"] => {
            vec![Rule::AtLeast(Units(100)), Rule::Denomination(Units(100))]
        }
        ["us.bad-actors@2026.1"] => vec![Rule::Require(Condition::both(Holds(GoodActor)))],
        ["contract.standstill@2026.1 (day: 2027-01-01)"] => {
            let before = Condition::Market(MarketTest::Between(Time::NEVER, Time(20_819 * Time::DAY_NS)));
            vec![Rule::Require(Condition::not(before))]
        }
        ["contract.insider-blackout@2026.1"] => {
            let affiliate = Affiliate(Period::default());
            let either =
                Condition::Any(vec![Condition::buyer(affiliate.clone()), Condition::seller(affiliate)]);
            let no_trade = Rule::Require(Condition::not(either));
            vec![Rule::When(Condition::Security(Blackout), Box::new(no_trade))]
        }
        ["contract.owners@2026.1 (most: 500)"] => vec![Rule::HolderCap(Holders::Beneficial, 500)],
        ["contract.prohibited@2026.1 (places: (IR, KP, US-NY))"] => {
            vec![Rule::Require(Condition::not(Condition::buyer(resident(&["IR", "KP", "US-NY"]))))]
        }
        ["contract.consent@2026.1"] => vec![Rule::Approved],
        ["contract.velocity@2026.1 (most: 1,000 units, window: 30 days)"] => {
            velocity(Window::Rolling(Period::days(30)), Most::Units(Units(1_000)))
        }
        ["contract.velocity@2026.1 (most: 200 units, window: calendar day)"] => {
            velocity(Window::Calendar(Calendar::Day), Most::Units(Units(200)))
        }
        ["contract.velocity@2026.1 (most: 500 units, window: calendar week)"] => {
            velocity(Window::Calendar(Calendar::Week), Most::Units(Units(500)))
        }
        ["contract.velocity@2026.1 (most: 1,000 units, window: calendar month)"] => {
            velocity(Window::Calendar(Calendar::Month), Most::Units(Units(1_000)))
        }
        ["contract.velocity-share@2026.1 (most: 2 %, window: calendar quarter)"] => {
            velocity(Window::Calendar(Calendar::Quarter), Most::Bps(200))
        }
        ["contract.velocity-share@2026.1 (most: 5 %, window: calendar year)"] => {
            velocity(Window::Calendar(Calendar::Year), Most::Bps(500))
        }
        ["us.section4a7@2026.1"] => vec![rule_of(vec![(
            Path::Section4a7,
            all(vec![
                Condition::buyer(Holds(Accredited)),
                Condition::Market(MarketTest::Gated),
                Condition::not(Condition::seller(Issuer)),
                Condition::seller(Holds(GoodActor)),
                Condition::not(Condition::Security(Shell)),
                Condition::not(Condition::Security(Bankrupt)),
                Condition::Security(OutstandingFor(Period::days(90))),
                reports_or_informs(),
            ]),
        )])],
        ["us.rule144a@2026.1"] => vec![rule_of(vec![(
            Path::Rule144a,
            all(vec![
                Condition::buyer(Holds(QualifiedInstitutionalBuyer)),
                Condition::not(Condition::seller(Issuer)),
                Condition::not(Condition::Security(FungibleWithListed)),
                reports_or_informs(),
            ]),
        )])],
        ["us.regs1@2026.1 or us.unrestricted@2026.1"] => {
            let mut ways = vec![(Path::RegS, offshore())];
            ways.extend(unrestricted());
            vec![rule_of(ways)]
        }
        ["us.regs2@2026.1"] => {
            let over = || Condition::Security(DistributedFor(Period::days(40)));
            let to_whom = Condition::Any(vec![over(), Condition::buyer(Holds(NonUsPerson))]);
            let (path, plain) = unrestricted().remove(0);
            vec![rule_of(vec![
                (Path::RegS, all(vec![offshore(), to_whom])),
                (path, all(vec![over(), plain])),
            ])]
        }
        ["us.regs3-equity@2026.1 or us.rule144@2026.1"] => {
            let reporting = all(vec![
                Condition::Security(DistributedFor(Period::months(6))),
                Condition::Security(ReportingFor(Period::default())),
            ]);
            let to_whom = Condition::Any(vec![
                Condition::Security(DistributedFor(Period::years(1))),
                reporting,
                Condition::buyer(Holds(NonUsPerson)),
            ]);
            let mut ways = vec![(Path::RegS, all(vec![offshore(), to_whom]))];
            ways.extend(rule144());
            vec![rule_of(ways)]
        }
        ["us.regcf@2026.1"] => vec![rule_of(vec![(
            Path::RegCf,
            Condition::Any(vec![
                Condition::Lot(IssuedFor(Period::years(1))),
                Condition::buyer(Issuer),
                Condition::buyer(Holds(Accredited)),
            ]),
        )])],
        ["us.holders12g@2026.1"] => {
            vec![Rule::HolderCap(Holders::Record, 1_999), Rule::HolderCap(Holders::RecordNotAccredited, 499)]
        }
        ["us.holders12g-rega2@2026.1"] | ["us.holders12g-regcf@2026.1"] => {
            let excluded = [RegisteredAgent, Filing, Small].map(Condition::Security).to_vec();
            let caps = [(Holders::Record, 1_999), (Holders::RecordNotAccredited, 499)];
            let unless = |rule| Rule::When(Condition::not(all(excluded.clone())), Box::new(rule));
            caps.map(|(holders, most)| unless(Rule::HolderCap(holders, most))).to_vec()
        }
        ["us.fund3c1@2026.1"] => vec![Rule::HolderCap(Holders::LookThrough, 100)],
        ["us.fund3c7@2026.1"] => vec![Rule::Require(Condition::buyer(Holds(QualifiedPurchaser)))],
        ["us.erisa25@2026.1"] => vec![Rule::BenefitPlans(2_500)],
        ["us.verified@2026.1"] => vec![Rule::Require(Condition::both(Verified))],
        ["us.sanctions@2026.1"] => vec![
            Rule::Require(Condition::both(Holds(Screened))),
            Rule::Require(not_embargoed(Condition::buyer)),
            Rule::Require(not_embargoed(Condition::seller)),
        ],
        ["contract.permitted@2026.1 (places: (DE, SG, US-CA, US-TX))"] => {
            vec![Rule::Require(Condition::buyer(resident(&["DE", "SG", "US-CA", "US-TX"])))]
        }
        ["contract.owner-cap@2026.1 (most: 9.9 %)"] => vec![Rule::Owned(Scope::Owner, Most::Bps(990))],
        ["contract.group-cap@2026.1 (most: 20 %)"] => vec![Rule::Owned(Scope::Group, Most::Bps(2_000))],
        ["contract.unit-cap@2026.1 (most: 500 units)"] => {
            vec![Rule::Owned(Scope::Owner, Most::Units(Units(500)))]
        }
        ["contract.minimum@2026.1 (least: 100 units)"] => vec![Rule::AtLeast(Units(100))],
        ["contract.denomination@2026.1 (size: 1,000 units)"] => vec![Rule::Denomination(Units(1_000))],
        ["contract.lockup@2026.1 (period: 180 days)"] => vec![Rule::lock_up(Period::days(180))],
        ["contract.blackout@2026.1"] => {
            vec![Rule::Require(Condition::not(Condition::Security(Blackout)))]
        }
        ["contract.window@2026.1 (opens: 2026-09-01, closes: 2026-10-01)"] => {
            let day = |day| Time(day * Time::DAY_NS);
            vec![Rule::Require(Condition::Market(MarketTest::Between(day(20_697), day(20_727))))]
        }
        ["contract.accredited@2026.1"] => {
            let accredited = Rule::Require(Condition::buyer(Holds(Accredited)));
            vec![Rule::When(Condition::not(Condition::buyer(Issuer)), Box::new(accredited))]
        }
        _ => panic!("no rules are written out for {protocols:?}"),
    };
    Program::new(Protocol::own(rules)).expect("rules within bounds")
}

const THREE_MONTHS: Period = Period::months(3);

fn rule_of(ways: Vec<(Path, Condition)>) -> Rule {
    Rule::Ways(ways.into_iter().map(|(path, when)| Way { path, when }).collect())
}

/// By whoever it is: an affiliate's, with its group, up to a share of the class or the weekly volume.
fn resale(bps: u16) -> Vec<Rule> {
    let mut ways = unrestricted();
    ways.extend(rule144());
    ways.extend(rule144_affiliates());
    let affiliate = Condition::seller(Affiliate(THREE_MONTHS));
    let volume = Rule::Sold { within: THREE_MONTHS, bps, or_weekly_volume: true };
    vec![rule_of(ways), Rule::When(affiliate, Box::new(volume))]
}

fn velocity(window: Window, most: Most) -> Vec<Rule> {
    vec![Rule::Velocity { window, most }]
}

/// The member states of the Union, and Iceland, Liechtenstein and Norway.
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT",
    "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

fn all(parts: Vec<Condition>) -> Condition {
    Condition::All(parts)
}

fn resident(places: &[&str]) -> PersonTest {
    ResidentOf(places.iter().map(|code| Place::new(code).expect("a place")).collect())
}

/// In Ukraine, only those who reside in a region that is not under an embargo, and say in which.
fn not_embargoed(of: fn(PersonTest) -> Condition) -> Condition {
    let regions = [
        "UA-05", "UA-07", "UA-12", "UA-18", "UA-21", "UA-23", "UA-26", "UA-30", "UA-32", "UA-35", "UA-46",
        "UA-48", "UA-51", "UA-53", "UA-56", "UA-59", "UA-61", "UA-63", "UA-65", "UA-68", "UA-71", "UA-74",
        "UA-77",
    ];
    Condition::when(of(resident(&["CU", "IR", "KP", "UA"])), of(resident(&regions)))
}

fn reports_or_informs() -> Condition {
    let reports = Condition::Security(ReportingFor(Period::default()));
    Condition::Any(vec![reports, Condition::Security(Informed)])
}

fn unrestricted() -> Vec<(Path, Condition)> {
    let no_affiliate = Condition::not(Condition::seller(Affiliate(THREE_MONTHS)));
    vec![(Path::Plain, all(vec![no_affiliate, Condition::not(Condition::Lot(Restricted))]))]
}

/// 17 CFR 230.144(b)(1).
fn rule144() -> Vec<(Path, Condition)> {
    let half_a_year = all(vec![
        Condition::Lot(HeldFor(Period::months(6))),
        Condition::Security(ReportingFor(Period::days(90))),
        Condition::Security(Informed),
    ]);
    let held = Condition::Any(vec![Condition::Lot(HeldFor(Period::years(1))), half_a_year]);
    let no_affiliate = Condition::not(Condition::seller(Affiliate(THREE_MONTHS)));
    let no_shell = Condition::not(Condition::Security(Shell));
    vec![(Path::Rule144, all(vec![no_affiliate, no_shell, Condition::Lot(Paid), held]))]
}

/// 17 CFR 230.144(b)(2).
fn rule144_affiliates() -> Vec<(Path, Condition)> {
    let half_a_year = all(vec![
        Condition::Lot(HeldFor(Period::months(6))),
        Condition::Security(ReportingFor(Period::days(90))),
    ]);
    let held = Condition::Any(vec![Condition::Lot(HeldFor(Period::years(1))), half_a_year]);
    let waits = Condition::when(Condition::Lot(Restricted), all(vec![Condition::Lot(Paid), held]));
    let affiliate =
        all(vec![Condition::seller(Affiliate(THREE_MONTHS)), Condition::not(Condition::seller(Issuer))]);
    let no_shell = Condition::not(Condition::Security(Shell));
    vec![(Path::Rule144, all(vec![affiliate, no_shell, Condition::Security(Informed), waits]))]
}

/// 17 CFR 230.904(a)(1), 902(h).
fn offshore() -> Condition {
    let there = resident(&["US"]);
    let us = Jurisdiction::new("US").expect("two letters");
    all(vec![
        Condition::not(Condition::buyer(there)),
        Condition::not(Condition::Market(MarketTest::In(vec![us]))),
    ])
}
