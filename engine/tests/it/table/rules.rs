//! A security's rules, and what rules look at, in a table.
//!
//! ```text
//! cap=N                     at most so many beneficial owners; cap=record:N, cap=record-not-accredited:N, cap=look-through:N
//! lock-up=DURATION          in whole days
//! buyers=accredited         or the places where they must reside: buyers=US,DE-BY
//! buyers=no-affiliate       who is an affiliate of the issuer, or was within three months, buys nothing; sellers=no-affiliate
//! owned=N owned=N% owned=group:N%    the most that an owner, or a group, may own
//! at-least=N  denomination=N  plans=N%  sold=DAYSd/N% [sold=DAYSd/N%/weekly], of affiliates: affiliates-sold=DAYSd/N%
//! velocity=WINDOW/N velocity=WINDOW/N%    what a group may sell within a window: DAYSd, or week, month ... of the calendar
//! approved=all           what was approved beforehand; approved=issuer: where the issuer sells; approved=unaccredited: to whom is not
//! ways=NAME+NAME...         the ways that lots go, in this order:
//!     free     what is not restricted
//!     144      after twelve months, or after six with current information; of no shell
//!     144a     to a qualified institutional buyer
//!     4a7      where the security is shown only to those let in, to the accredited; not by the issuer; with information
//!     regs     in a market outside the US, to no US person
//!     cf       after a year from the issue, or to the accredited
//! must=gated|market:DE|informed|open|between:FROM,TO    of the market and the issuer; `open` is no blackout, times are since the
//!                           midnight at which cases begin
//! shown=gated               the segment is gated; in a `setup:` all four firms are let in, or with
//! admitted=FIRM,FIRM        these only (`none`: nobody)
//! disclosed=WHAT,WHAT       what the issuer has made known: informed:DURATION (for so long from then), shell, weekly:N,
//!                           blackout:FROM:TO
//! insider N issuer|affiliate|former:DURATION|controlling|stranger [in SECURITY]    former: ceased to be one so long ago
//! disclose WHAT,WHAT [in SECURITY]
//! approve SELLER BUYER UNITS [until DURATION] [in SECURITY]    since the midnight at which cases begin
//! admit|shut-out FIRM [in SECURITY]
//! ```

use super::commands::{after, number};
use super::setup::{START, duration};
use tallystick_engine::approvals::Approval;
use tallystick_engine::command::{Action, Listing};
use tallystick_engine::rules::*;
use tallystick_engine::types::{FirmId, InvestorId, SecurityId, Time, Units};

/// A part of a listing.
pub fn list_option(listing: &mut Listing, key: &str, value: &str) -> bool {
    let buyer = |test| Rule::Require(Condition::buyer(test));
    let affiliate = || PersonTest::Affiliate(Period::months(3));
    let rule = match (key, value) {
        ("shown", "gated") => {
            listing.gated = true;
            return true;
        }
        ("disclosed", _) => {
            listing.disclosure = disclosure(value, START.0);
            return true;
        }
        ("cap", _) => {
            let (holders, max) = value.split_once(':').unwrap_or(("beneficial", value));
            let holders = holders_of(holders);
            Rule::HolderCap(holders, number(max))
        }
        ("lock-up", _) => Rule::lock_up(Period::days((duration(value) / Time::DAY_NS) as u16)),
        ("buyers", "accredited") => buyer(PersonTest::Holds(Topic::Accredited)),
        ("buyers", "no-affiliate") => Rule::Require(Condition::not(Condition::buyer(affiliate()))),
        ("sellers", "no-affiliate") => Rule::Require(Condition::not(Condition::seller(affiliate()))),
        ("buyers", _) => {
            let places = value.split(',').map(|code| Place::new(code).expect(value)).collect();
            buyer(PersonTest::ResidentOf(places))
        }
        ("owned", _) => {
            let (scope, most) = match value.strip_prefix("group:") {
                Some(most) => (Scope::Group, most),
                None => (Scope::Owner, value),
            };
            Rule::Owned(
                scope,
                most.strip_suffix('%').map_or_else(|| Most::Units(Units(number(most))), per_cent),
            )
        }
        ("at-least", _) => Rule::AtLeast(Units(number(value))),
        ("denomination", _) => Rule::Denomination(Units(number(value))),
        ("plans", _) => Rule::BenefitPlans(number::<u16>(value.strip_suffix('%').expect(value)) * 100),
        ("sold", _) => sold(value),
        ("affiliates-sold", _) => Rule::When(Condition::seller(affiliate()), Box::new(sold(value))),
        ("velocity", _) => velocity(value),
        ("approved", "all") => Rule::Approved,
        ("approved", "issuer") => Rule::When(Condition::seller(PersonTest::Issuer), Box::new(Rule::Approved)),
        ("approved", "unaccredited") => {
            let accredited = Condition::buyer(PersonTest::Holds(Topic::Accredited));
            Rule::When(Condition::not(accredited), Box::new(Rule::Approved))
        }
        ("ways", _) => Rule::Ways(value.split('+').map(way).collect()),
        ("must", _) => Rule::Require(must(value)),
        _ => return false,
    };
    listing.protocols[0].rules.push(rule);
    true
}

/// What a venue may have headroom of.
pub fn counter(text: &str) -> Counter {
    match text.split_once(':') {
        None if text == "plans" => Counter::Plans,
        Some(("places", kind)) => Counter::Holders(holders_of(kind)),
        Some(("owned", who)) => Counter::Owned(Scope::Owner, InvestorId(number(who))),
        Some(("group-owned", who)) => Counter::Owned(Scope::Group, InvestorId(number(who))),
        Some(("sold", who)) => Counter::Sold(InvestorId(number(who))),
        _ => panic!("{text} is no counter"),
    }
}

/// A kind of holders.
pub fn holders_of(name: &str) -> Holders {
    match name {
        "beneficial" => Holders::Beneficial,
        "record" => Holders::Record,
        "record-not-accredited" => Holders::RecordNotAccredited,
        "look-through" => Holders::LookThrough,
        other => panic!("{other} are no holders"),
    }
}

fn per_cent(text: &str) -> Most {
    Most::Bps(number::<u16>(text) * 100)
}

fn sold(text: &str) -> Rule {
    let parts: Vec<&str> = text.split('/').collect();
    let days = (duration(parts[0]) / Time::DAY_NS) as u16;
    let Most::Bps(bps) = per_cent(parts[1].strip_suffix('%').expect(text)) else { unreachable!() };
    Rule::Sold { within: Period::days(days), bps, or_weekly_volume: parts.get(2) == Some(&"weekly") }
}

fn velocity(text: &str) -> Rule {
    let (window, most) = text.split_once('/').expect("WINDOW/N");
    let window = match window {
        "day" => Window::Calendar(Calendar::Day),
        "week" => Window::Calendar(Calendar::Week),
        "month" => Window::Calendar(Calendar::Month),
        "quarter" => Window::Calendar(Calendar::Quarter),
        "year" => Window::Calendar(Calendar::Year),
        days => Window::Rolling(Period::days((duration(days) / Time::DAY_NS) as u16)),
    };
    let most = most.strip_suffix('%').map_or_else(|| Most::Units(Units(number(most))), per_cent);
    Rule::Velocity { window, most }
}

fn way(name: &str) -> Way {
    let all = Condition::All;
    let held = |months| Condition::Lot(LotTest::HeldFor(Period::months(months)));
    let informed = || Condition::Security(SecurityTest::Informed);
    let accredited = || Condition::buyer(PersonTest::Holds(Topic::Accredited));
    let (path, when) = match name {
        "free" => (Path::Plain, Condition::not(Condition::Lot(LotTest::Restricted))),
        "144" => {
            let long = Condition::Any(vec![held(12), all(vec![held(6), informed()])]);
            (Path::Rule144, all(vec![long, Condition::not(Condition::Security(SecurityTest::Shell))]))
        }
        "144a" => (Path::Rule144a, Condition::buyer(PersonTest::Holds(Topic::QualifiedInstitutionalBuyer))),
        "4a7" => {
            let issuer = Condition::not(Condition::seller(PersonTest::Issuer));
            let parts = vec![Condition::Market(MarketTest::Gated), accredited(), issuer, informed()];
            (Path::Section4a7, all(parts))
        }
        "regs" => {
            let us = vec![Jurisdiction::new("US").expect("a country")];
            let abroad = Condition::not(Condition::Market(MarketTest::In(us)));
            (Path::RegS, all(vec![abroad, Condition::buyer(PersonTest::Holds(Topic::NonUsPerson))]))
        }
        "cf" => {
            let year = Condition::Lot(LotTest::IssuedFor(Period::years(1)));
            (Path::RegCf, Condition::Any(vec![year, accredited()]))
        }
        other => panic!("{other} is no way"),
    };
    Way { path, when }
}

fn must(text: &str) -> Condition {
    match text.split_once(':') {
        None if text == "gated" => Condition::Market(MarketTest::Gated),
        None if text == "informed" => Condition::Security(SecurityTest::Informed),
        None if text == "open" => Condition::not(Condition::Security(SecurityTest::Blackout)),
        Some(("market", code)) => {
            Condition::Market(MarketTest::In(vec![Jurisdiction::new(code).expect("a country")]))
        }
        Some(("between", times)) => {
            let (from, to) = times.split_once(',').expect(text);
            let [from, to] = [from, to].map(|time| Time(START.0 + duration(time)));
            Condition::Market(MarketTest::Between(from, to))
        }
        _ => panic!("must={text}?"),
    }
}

fn disclosure(text: &str, now: u64) -> Disclosure {
    let mut all = Disclosure::default();
    for what in text.split(',').filter(|what| *what != "nothing") {
        let parts: Vec<&str> = what.split(':').collect();
        match parts[0] {
            "informed" => all.informed_until = Time(now + duration(parts[1])),
            "shell" => all.shell = true,
            "weekly" => all.weekly_volume = Units(number(parts[1])),
            "blackout" => {
                let [from, to] = [parts[1], parts[2]].map(|time| Time(START.0 + duration(time)));
                all.blackout = (from, to);
            }
            other => panic!("{other} is nothing that is made known"),
        }
    }
    all
}

/// The action of a line, if it is about these.
pub fn action(words: &[&str], now: u64) -> Option<Action> {
    let security = SecurityId(after(words, "in").map_or(1, number));
    match words[0] {
        "insider" => {
            let investor = InvestorId(number(words[1]));
            Some(Action::SetInsider { security, investor, insider: insider(words[2], now) })
        }
        "approve" => Some(Action::Approve(approval(words, security))),
        "disclose" => Some(Action::Disclose { security, disclosure: disclosure(words[1], now) }),
        "admit" | "shut-out" => {
            let (firm, admitted) = (FirmId(number(words[1])), words[0] == "admit");
            Some(Action::Admission { security, firm, admitted })
        }
        _ => None,
    }
}

/// What is approved: `WORD SELLER BUYER UNITS [until DURATION]`.
pub fn approval(words: &[&str], security: SecurityId) -> Approval {
    let until = after(words, "until").map_or(Time::NEVER, |until| Time(START.0 + duration(until)));
    let [seller, buyer] = [words[1], words[2]].map(|who| InvestorId(number(who)));
    Approval { security, seller, buyer, units: Units(number(words[3])), until }
}

/// How somebody stands to an issuer.
pub fn insider(text: &str, now: u64) -> Option<Insider> {
    let stranger = Insider { issuer: false, affiliate_until: Time::NEVER, controlling: false };
    match text.split_once(':') {
        None if text == "issuer" => Some(Insider { issuer: true, ..stranger }),
        None if text == "affiliate" => Some(Insider { affiliate_until: Time::FOREVER, ..stranger }),
        None if text == "controlling" => Some(Insider { controlling: true, ..stranger }),
        None if text == "stranger" => None,
        Some(("former", ago)) => Some(Insider { affiliate_until: Time(now - duration(ago)), ..stranger }),
        _ => panic!("{text} is no insider"),
    }
}

/// As what somebody counts of whom nothing is known.
pub fn plain(investor: InvestorId) -> Class {
    Class::of(investor, None, None, Time(0))
}

/// The same, but for what words say: `plan=BPS`, `fund=N`, `group=N`, `accredited`, `controlling`.
pub fn class(investor: InvestorId, words: &[&str]) -> Class {
    let mut class = plain(investor);
    for word in words {
        match word.split_once('=') {
            None if *word == "accredited" => class.accredited = true,
            None if *word == "controlling" => class.controlling = true,
            Some(("plan", bps)) => class.plan_bps = number(bps),
            Some(("fund", owners)) => class.fund_owners = number(owners),
            Some(("group", group)) => class.group = InvestorId(number(group)),
            _ => {}
        }
    }
    class
}

/// Changes what is known of a person, if that is what words say: `plan=BPS`, `fund=N`, `group=N`, `region=NY`, and for ever
/// `institutional`, `no-us-person`.
pub fn change(identity: &mut Identity, what: &str) -> bool {
    match what.split_once('=') {
        None if what == "institutional" => identity.until.institutional = Time::FOREVER,
        None if what == "no-us-person" => identity.until.non_us = Time::FOREVER,
        Some(("plan", bps)) => identity.plan_bps = number(bps),
        Some(("fund", owners)) => identity.fund_owners = number(owners),
        Some(("group", group)) => identity.group = InvestorId(number(group)),
        Some(("region", code)) => identity.region = Region::new(code).expect("a region"),
        _ => return false,
    }
    true
}
