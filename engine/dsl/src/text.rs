//! A program written in the language's own words, whatever text or other hand it was made by.

use crate::parse::condition::TOPICS;
use crate::parse::rule::{PATHS, written};
use crate::parse::value::quote;
use crate::places;
use crate::value::{moment, percent, period, thousands, window};
use tallystick_rules::{
    Condition, Holders, Jurisdiction, LotTest, MarketTest, Most, Period, PersonTest, Place, Protocol, Rule,
    Scope, SecurityTest, Source, Time, Topic, Who,
};

/// The rules as a text that compiles to just these protocols, as [`tallystick_rules::Program::new`] puts them in order.
pub fn to_text(protocols: &[Protocol]) -> String {
    let mut out = String::from("transfers {\n");
    for Protocol { name, cites, rules } in protocols {
        out.push_str("  under ");
        out.push_str(&written(name));
        if !cites.is_empty() {
            out.push_str(" cites ");
            out.push_str(&quote(cites));
        }
        out.push_str(" {\n");
        rules.iter().for_each(|rule| put(rule, 2, &mut out));
        out.push_str("  }\n");
    }
    out.push_str("}\n");
    out
}

fn put(rule: &Rule, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match rule {
        Rule::When(when, then) => {
            out.push_str(&format!("{indent}when {} {{\n", condition(when)));
            put(then, depth + 1, out);
            out.push_str(&format!("{indent}}}\n"));
        }
        rule => out.push_str(&format!("{indent}{}\n", plain(rule))),
    }
}

fn plain(rule: &Rule) -> String {
    match rule {
        Rule::Require(must) => format!("require {}", condition(must)),
        Rule::Ways(ways) => {
            let one = |way: &tallystick_rules::Way| {
                let path = PATHS.iter().find(|(_, path)| *path == way.path).map_or("", |(word, _)| word);
                match &way.when {
                    Condition::All(parts) if parts.is_empty() => format!("by {path}"),
                    when => format!("by {path} when {}", condition(when)),
                }
            };
            let all: Vec<String> = ways.iter().map(one).collect();
            format!("lots {}", all.join(" or "))
        }
        Rule::HolderCap(holders, most) => {
            let which = match holders {
                Holders::Beneficial => "beneficial",
                Holders::Record => "of record",
                Holders::RecordNotAccredited => "of record not accredited",
                Holders::LookThrough => "looked through",
            };
            format!("holders at most {} {which}", thousands((*most).into()))
        }
        Rule::Owned(scope, most) => {
            let who = match scope {
                Scope::Owner => "owner",
                Scope::Group => "group",
            };
            format!("each {who} holds at most {}", so_much(*most))
        }
        Rule::AtLeast(least) => format!("each owner holds at least {} units", thousands(least.0)),
        Rule::Denomination(of) => format!("denomination {} units", thousands(of.0)),
        Rule::BenefitPlans(bps) => format!("benefit plans hold less than {}", percent(*bps)),
        Rule::Sold { within, bps, or_weekly_volume } => {
            let or = if *or_weekly_volume { " or the weekly volume" } else { "" };
            format!("each group sells at most {}{or} within {}", percent(*bps), period(*within))
        }
        Rule::Velocity { window: of, most } => {
            format!("each group sells at most {} in any {}", so_much(*most), window(*of))
        }
        Rule::Approved => "approved beforehand".into(),
        Rule::When(..) => unreachable!("what is under a condition is no plain rule"),
    }
}

fn so_much(most: Most) -> String {
    match most {
        Most::Units(units) => format!("{} units", thousands(units.0)),
        Most::Bps(bps) => percent(bps),
    }
}

/// A condition in the language's words.
pub(crate) fn condition(of: &Condition) -> String {
    match of {
        Condition::All(parts) if parts.is_empty() => "always".into(),
        Condition::Any(parts) if parts.is_empty() => "never".into(),
        Condition::All(parts) if parts.len() == 1 => format!("all of ({})", condition(&parts[0])),
        Condition::Any(parts) if parts.len() == 1 => format!("any of ({})", condition(&parts[0])),
        Condition::All(parts) => joined(parts, " and "),
        Condition::Any(parts) => joined(parts, " or "),
        Condition::Not(part) => match &**part {
            atom if is_atom(atom) => atom_text(atom, true),
            part => format!("not {}", within(part)),
        },
        atom => atom_text(atom, false),
    }
}

fn joined(parts: &[Condition], by: &str) -> String {
    parts.iter().map(within).collect::<Vec<_>>().join(by)
}

/// In parentheses, where it is put together by `and` or `or`.
fn within(part: &Condition) -> String {
    match part {
        Condition::All(parts) | Condition::Any(parts) if parts.len() > 1 => format!("({})", condition(part)),
        part => condition(part),
    }
}

fn is_atom(condition: &Condition) -> bool {
    matches!(
        condition,
        Condition::Person(..) | Condition::Lot(_) | Condition::Security(_) | Condition::Market(_)
    )
}

fn atom_text(atom: &Condition, not: bool) -> String {
    let is = if not { "is not" } else { "is" };
    let long =
        |of: Period| if of == Period::default() { String::new() } else { format!(" for {}", period(of)) };
    match atom {
        Condition::Person(who, test) => {
            let who = match who {
                Who::Buyer => "buyer",
                Who::Seller => "seller",
            };
            person(who, test, not)
        }
        Condition::Lot(test) => match test {
            LotTest::HeldFor(of) => format!("lot {is} held for {}", period(*of)),
            LotTest::IssuedFor(of) => format!("lot {is} issued for {}", period(*of)),
            LotTest::Restricted => format!("lot {is} restricted"),
            LotTest::Paid => format!("lot {is} paid"),
            LotTest::From(source) => {
                let from = match source {
                    Source::Issuer => "issuer",
                    Source::Holder => "holder",
                    Source::Affiliate => "affiliate",
                };
                format!("lot {is} from {from}")
            }
        },
        Condition::Security(test) => match test {
            SecurityTest::ReportingFor(of) => format!("issuer {is} reporting{}", long(*of)),
            SecurityTest::Informed => format!("information {is} current"),
            SecurityTest::Shell => format!("issuer {is} shell"),
            SecurityTest::Bankrupt => format!("issuer {is} bankrupt"),
            SecurityTest::FungibleWithListed => format!("class {is} fungible with listed"),
            SecurityTest::OutstandingFor(of) => format!("class {is} outstanding{}", long(*of)),
            SecurityTest::DistributedFor(of) => format!("distribution {is} over{}", long(*of)),
            SecurityTest::Blackout => format!("blackout {is} on"),
            SecurityTest::Filing => format!("issuer {is} filing"),
            SecurityTest::Small => format!("issuer {is} small"),
            SecurityTest::RegisteredAgent => format!("agent {is} registered"),
        },
        Condition::Market(test) => match test {
            MarketTest::In(countries) => {
                let all: Vec<Place> =
                    countries.iter().map(|country: &Jurisdiction| Place::country(*country)).collect();
                format!("market {is} in {}", list(&all))
            }
            MarketTest::Gated => format!("market {is} gated"),
            MarketTest::Between(from, until) => {
                let span = match (*from, *until) {
                    (Time::NEVER, until) => format!("before {}", moment(until)),
                    (from, Time::FOREVER) => format!("from {}", moment(from)),
                    (from, until) => format!("from {} until {}", moment(from), moment(until)),
                };
                format!("time {is} {span}")
            }
        },
        Condition::All(_) | Condition::Any(_) | Condition::Not(_) => unreachable!("it has parts"),
    }
}

fn person(who: &str, test: &PersonTest, not: bool) -> String {
    let is = if not { "is not" } else { "is" };
    match test {
        PersonTest::Verified => format!("{who} {is} verified"),
        PersonTest::ResidentOf(places) => format!("{who} {is} resident of {}", list(places)),
        PersonTest::Affiliate(within) if *within == Period::default() => format!("{who} {is} affiliate"),
        PersonTest::Affiliate(within) => format!("{who} {is} affiliate within {}", period(*within)),
        PersonTest::Issuer => format!("{who} {is} issuer"),
        PersonTest::Holds(topic) => {
            let words = match topic {
                Topic::Accredited => "accredited",
                Topic::QualifiedInstitutionalBuyer => "qualified institutional buyer",
                Topic::QualifiedPurchaser => "qualified purchaser",
                Topic::NonUsPerson => "no US person",
                Topic::Screened => "screened",
                Topic::GoodActor => "no bad actor",
                topic => {
                    let word = TOPICS.iter().find(|(_, other)| other == topic).map_or("", |(word, _)| word);
                    return format!("{}{who} holds claim {word}", if not { "not " } else { "" });
                }
            };
            format!("{who} {is} {words}")
        }
    }
}

/// Places as they are written: with parentheses where there are several or none.
pub(crate) fn list(places: &[Place]) -> String {
    let one = |place: &Place| match places::assigned(&place.to_string()) {
        Some(_) => place.to_string(),
        None => format!("unassigned {place}"),
    };
    match places {
        [only] => one(only),
        places => format!("({})", places.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}
