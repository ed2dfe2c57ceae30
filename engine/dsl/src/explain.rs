//! What a text means, as sentences: for who signs it, not for a machine.

use crate::listing::{Listing, Pilot};
use crate::places;
use crate::security::Security;
use crate::value::{Decimal, moment, percent, period, thousands, window};
use crate::{Compiled, Parameter, ProtocolText};
use tallystick_rules::{
    Condition, Holders, LotTest, MarketTest, Most, Path, Period, PersonTest, Place, Protocol, Rule, Scope,
    SecurityTest, Source, Time, Topic, Who,
};

/// What a text says, as sentences, each rule with its number, its protocol and where it stands.
pub fn explain(compiled: &Compiled) -> String {
    match compiled {
        Compiled::Security(security) => {
            format!("{}\n{}", of_security(security), explain_rules(&security.protocols))
        }
        Compiled::Listing(listing) => of_listing(listing),
        Compiled::Transfers(protocols) => explain_rules(protocols),
        Compiled::Protocols(all) => all.iter().map(of_protocol).collect::<Vec<_>>().join("\n"),
    }
}

/// Rules as sentences, numbered as a reject numbers them.
pub fn explain_rules(protocols: &[Protocol]) -> String {
    if protocols.iter().all(|protocol| protocol.rules.is_empty()) {
        return "There are no rules: nothing can be transferred.\n".into();
    }
    let mut out = String::from("Every trade must meet all of these rules.\n");
    let mut number = 0;
    for Protocol { name, cites, rules } in protocols {
        let cites = if cites.is_empty() { String::new() } else { format!(", {cites}") };
        for rule in rules {
            number += 1;
            out.push_str(&format!("{number}. {} [{name}{cites}]\n", sentence(rule)));
        }
    }
    out
}

fn of_security(security: &Security) -> String {
    let Security { symbol, name, class, exemption, restricted, issuer, registrar, .. } = security;
    let restricted = if *restricted { "restricted securities" } else { "not restricted" };
    let class = class.word().replace('-', " ");
    // A name may end with a full stop of its own.
    let mut out = format!("{symbol} is {name}: {class}, issued by {}.\n", issuer.trim_end_matches('.'));
    out.push_str(&format!(
        "It is offered under the exemption {}; its units are {restricted}.\n",
        exemption.text()
    ));
    out.push_str(&match &security.register_of_record {
        Some(law) => {
            format!("{registrar} keeps its register, which is the register of record under {law}.\n")
        }
        None => format!(
            "{registrar} keeps its register, which is evidence of ownership and no register of record.\n"
        ),
    });
    if let Some(holder) = &security.first_refusal {
        out.push_str(&format!(
            "{holder} has a right of first refusal: nothing is approved without its waiver.\n"
        ));
    }
    if let Some(closing) = security.closing {
        out.push_str(&format!("Its offering closed on {}.\n", moment(closing)));
    }
    for term in &security.terms {
        let values: Vec<String> = term.values.iter().map(ToString::to_string).collect();
        out.push_str(&format!("Term: {} {}.\n", term.name.replace('-', " "), values.join(" ")));
    }
    out
}

fn of_listing(listing: &Listing) -> String {
    let Listing { symbol, cash, ticks, .. } = listing;
    let mut out = format!(
        "{symbol} trades against {cash}, {}, in {}.\n",
        if listing.auctions_only { "in auctions only" } else { "continuously and in auctions" },
        match listing.gated {
            true => "a gated segment: open, and shown, only to firms that the venue has let in",
            false => "an open segment",
        },
    );
    out.push_str(&format!("Its prices have steps of {}", ticks.tick));
    for range in &ticks.coarser {
        out.push_str(&format!(", of {} from {}", range.tick, range.from));
    }
    out.push_str(&format!(
        "; one step on {} units is worth {} of the smallest unit of {cash}.\n",
        thousands(ticks.per),
        ticks.value
    ));
    out.push_str(&format!(
        "Orders are multiples of {} units, at most {}, at prices up to {}",
        thousands(ticks.lot),
        thousands(ticks.largest),
        ticks.highest
    ));
    if let Some(round) = listing.round_lot {
        out.push_str(&format!("; {} units are a round lot", thousands(round)));
    }
    let bps = |bps: u32| Decimal(i64::from(bps) * Decimal::ONE / 100);
    out.push_str(&format!(
        ".\nThe reference price is {}; an order's price lies within {} % of it.\n",
        listing.reference,
        bps(listing.collar_bps)
    ));
    if let Some((lowest, highest)) = listing.issue {
        out.push_str(&format!("Until it has traded first, its prices are from {lowest} to {highest}.\n"));
    }
    if let Some(bands) = listing.bands {
        let one = |width: Option<u32>, from: &str| width.map(|width| format!("{} % from {from}", bps(width)));
        let widths =
            [one(bands.static_bps, "the last auction's price"), one(bands.dynamic_bps, "the last trade's")];
        out.push_str(&format!(
            "A trade farther than {} is not made: trading halts for {} seconds, and an auction is called for {} seconds.\n",
            widths.into_iter().flatten().collect::<Vec<_>>().join(" or "),
            bands.halt_ns / 1_000_000_000,
            bands.call_ns / 1_000_000_000
        ));
    }
    if let Some(fees) = listing.fees {
        let rate = |rate: u32| Decimal(i64::from(rate) * Decimal::ONE / 10_000);
        out.push_str(&format!(
            "An order that rested pays {} % of the money, one that came to it {} %, in an auction both {} %, and each that traded at least {} of the smallest unit of {cash}.\n",
            rate(fees.maker),
            rate(fees.taker),
            rate(fees.auction),
            thousands(fees.least.unsigned_abs())
        ));
    }
    if let Some(Pilot { kind, size, value, as_of }) = listing.pilot {
        let euros = |cents: u64| format!("{}.{:02} EUR", thousands(cents / 100), cents % 100);
        out.push_str(&format!(
            "Under the pilot regime (Regulation (EU) 2022/858, Art. 3) it is admitted as {}: {} by the measure of its kind, worth {} on the market, as of {}.\n",
            kind.word().replace('-', " "),
            euros(size),
            euros(value),
            moment(as_of)
        ));
    }
    out
}

fn of_protocol(protocol: &ProtocolText) -> String {
    let ProtocolText { name, cites, parameters, rules } = protocol;
    let mut out = format!("Protocol {name}");
    if !cites.is_empty() {
        out.push_str(&format!(" ({cites})"));
    }
    if !parameters.is_empty() {
        let one = |Parameter { name, kind, .. }: &Parameter| format!("{name}, a {}", kind.word());
        let all: Vec<String> = parameters.iter().map(one).collect();
        out.push_str(&format!(", which wants to be told {}", all.join("; ")));
    }
    format!("{out}.\n{}", explain_rules(rules))
}

/// A rule as a sentence.
pub fn sentence(rule: &Rule) -> String {
    match rule {
        Rule::When(when, then) => {
            let then = sentence(then);
            let mut letters = then.chars();
            let first = letters.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
            match when {
                Condition::Not(part) => format!("Unless {}, {first}{}", says(part), letters.as_str()),
                when => format!("Where {}, {first}{}", says(when), letters.as_str()),
            }
        }
        rule => format!("{}.", bare(rule)),
    }
}

fn bare(rule: &Rule) -> String {
    match rule {
        Rule::Require(Condition::Not(part)) => format!("No trade is made where {}", says(part)),
        Rule::Require(must) => format!("A trade is made only if {}", says(must)),
        Rule::Ways(ways) => {
            let one = |way: &tallystick_rules::Way| match &way.when {
                Condition::All(parts) if parts.is_empty() => path(way.path).to_string(),
                when => format!("{} if {}", path(way.path), says(when)),
            };
            let all: Vec<String> = ways.iter().map(one).collect();
            match all.as_slice() {
                [only] => format!("Units move only {only}"),
                all => format!(
                    "Units move by the first of these ways that is open to them: {}",
                    all.join("; or ")
                ),
            }
        }
        Rule::HolderCap(holders, most) => {
            let most = thousands((*most).into());
            match holders {
                Holders::Beneficial => format!("There are at most {most} beneficial owners"),
                Holders::Record => format!("There are at most {most} holders of record"),
                Holders::RecordNotAccredited => {
                    format!("There are at most {most} holders of record who are not accredited")
                }
                Holders::LookThrough => format!(
                    "There are at most {most} beneficial owners, counting in place of a fund with a tenth of the class those who own the fund"
                ),
            }
        }
        Rule::Owned(scope, most) => {
            let who = match scope {
                Scope::Owner => "Nobody",
                Scope::Group => "Nobody, together with those under the same control,",
            };
            format!("{who} comes to hold more than {}", so_much(*most))
        }
        Rule::AtLeast(least) => {
            format!("Whoever is left with any units holds at least {}", thousands(least.0))
        }
        Rule::Denomination(of) => {
            format!("Units move in multiples of {}, but for a holder who sells all", thousands(of.0))
        }
        Rule::BenefitPlans(bps) => format!("Benefit plans hold less than {} of the class", percent(*bps)),
        Rule::Sold { within, bps, or_weekly_volume } => {
            let or = if *or_weekly_volume { ", or the mean weekly volume where that is more," } else { "" };
            format!(
                "A seller, together with those under the same control, sells at most {} of the class{or} within {}",
                percent(*bps),
                period(*within)
            )
        }
        Rule::Velocity { window: of, most } => format!(
            "A seller, together with those under the same control, sells at most {} in any {}",
            so_much(*most),
            window(*of)
        ),
        Rule::Approved => "A buyer and a seller trade only what was approved beforehand for these two".into(),
        Rule::When(..) => unreachable!("what is under a condition is no bare rule"),
    }
}

fn so_much(most: Most) -> String {
    match most {
        Most::Units(units) => format!("{} units", thousands(units.0)),
        Most::Bps(bps) => format!("{} of the class", percent(bps)),
    }
}

fn path(path: Path) -> &'static str {
    match path {
        Path::Plain => "as they are",
        Path::Rule144 => "under Rule 144, after which they are not restricted,",
        Path::Section4a7 => "under Section 4(a)(7), staying restricted,",
        Path::Rule144a => "under Rule 144A, staying restricted,",
        Path::RegS => "under Regulation S, staying as restricted as they are,",
        Path::RegCf => "under Regulation Crowdfunding, bound to their date of issue,",
        Path::Free => "freely, after which they are not restricted,",
    }
}

/// A condition as a clause.
pub(crate) fn says(condition: &Condition) -> String {
    match condition {
        Condition::All(parts) if parts.is_empty() => "anything holds".into(),
        Condition::Any(parts) if parts.is_empty() => "what never holds".into(),
        Condition::All(parts) => clauses(parts, " and "),
        Condition::Any(parts) => clauses(parts, " or "),
        Condition::Not(part) => match &**part {
            part @ (Condition::All(_) | Condition::Any(_) | Condition::Not(_)) => {
                format!("it is not so that {}", group(part))
            }
            atom => clause(atom, true),
        },
        atom => clause(atom, false),
    }
}

fn clauses(parts: &[Condition], by: &str) -> String {
    parts.iter().map(group).collect::<Vec<_>>().join(by)
}

fn group(part: &Condition) -> String {
    match part {
        Condition::All(parts) | Condition::Any(parts) if parts.len() > 1 => format!("({})", says(part)),
        part => says(part),
    }
}

/// An atom as a clause, or its contrary.
pub(crate) fn clause(atom: &Condition, not: bool) -> String {
    let is = if not { "is not" } else { "is" };
    let has = if not { "has not" } else { "has" };
    let long =
        |of: Period| if of == Period::default() { String::new() } else { format!(" for {}", period(of)) };
    match atom {
        Condition::Person(who, test) => {
            let who = match who {
                Who::Buyer => "the buyer",
                Who::Seller => "the seller",
            };
            of_person(who, test, not)
        }
        Condition::Lot(test) => match test {
            LotTest::HeldFor(of) => {
                format!("they {} held for {}", if not { "have not been" } else { "have been" }, period(*of))
            }
            LotTest::IssuedFor(of) => {
                format!(
                    "{} since they were issued {} passed",
                    period(*of),
                    if not { "have not" } else { "have" }
                )
            }
            LotTest::Restricted => format!("they {} restricted", if not { "are not" } else { "are" }),
            LotTest::Paid => format!("they {} paid in full", if not { "are not" } else { "are" }),
            LotTest::From(source) => {
                let from = match source {
                    Source::Issuer => "the issuer",
                    Source::Holder => "another holder",
                    Source::Affiliate => "an affiliate of the issuer",
                };
                format!("they {} acquired from {from}", if not { "were not" } else { "were" })
            }
        },
        Condition::Security(test) => match test {
            SecurityTest::ReportingFor(of) => format!("the issuer {has} been reporting{}", long(*of)),
            SecurityTest::Informed => format!("current information {is} available"),
            SecurityTest::Shell => format!("the issuer {is} a shell company"),
            SecurityTest::Bankrupt => format!("the issuer {is} bankrupt"),
            SecurityTest::FungibleWithListed => format!("the class {is} fungible with a listed one"),
            SecurityTest::OutstandingFor(of) => format!("the class {has} been outstanding{}", long(*of)),
            SecurityTest::DistributedFor(of) => format!("the distribution {has} been over{}", long(*of)),
            SecurityTest::Blackout => format!("a blackout {is} on"),
        },
        Condition::Market(test) => match test {
            MarketTest::In(countries) => {
                let all: Vec<Place> = countries.iter().map(|country| Place::country(*country)).collect();
                format!("the venue {is} in {}", names(&all))
            }
            MarketTest::Gated => format!("the segment {is} gated"),
            MarketTest::Between(from, until) => {
                let span = match (*from, *until) {
                    (Time::NEVER, until) => format!("before {}", moment(until)),
                    (from, Time::FOREVER) => format!("from {} on", moment(from)),
                    (from, until) => format!("from {} to before {}", moment(from), moment(until)),
                };
                format!("the trade {is} {span}")
            }
        },
        Condition::All(_) | Condition::Any(_) | Condition::Not(_) => unreachable!("it has parts"),
    }
}

fn of_person(who: &str, test: &PersonTest, not: bool) -> String {
    let is = if not { "is not" } else { "is" };
    match test {
        PersonTest::Verified => format!("{who} {is} verified"),
        PersonTest::ResidentOf(places) => format!("{who} {is} resident of {}", names(places)),
        PersonTest::Issuer => format!("{who} {is} the issuer"),
        PersonTest::Affiliate(within) if *within == Period::default() => {
            format!("{who} {is} an affiliate of the issuer")
        }
        PersonTest::Affiliate(within) => format!(
            "{who} {is} an affiliate of the issuer and was {} within {}",
            if not { "none" } else { "one" },
            period(*within)
        )
        .replace("is an affiliate of the issuer and was one", "is an affiliate of the issuer, or was one"),
        PersonTest::Holds(topic) => {
            let what = match topic {
                Topic::Verified => "verified by a current claim",
                Topic::Residence => "resident anywhere by a current claim",
                Topic::Accredited => "accredited",
                Topic::QualifiedInstitutionalBuyer => "a qualified institutional buyer",
                Topic::QualifiedPurchaser => "a qualified purchaser",
                Topic::NonUsPerson => "known to be no US person",
                Topic::Screened => "screened against the lists of sanctions",
                Topic::GoodActor => "known to be no bad actor",
                Topic::BenefitPlan => "a benefit plan, in part or entirely",
                Topic::Fund => "a fund",
                Topic::Group => "under common control with others",
                Topic::Owners => "known with its owners",
            };
            format!("{who} {is} {what}")
        }
    }
}

/// Places by name; long lists by code.
fn names(places: &[Place]) -> String {
    let all: Vec<String> = match places.len() {
        0 => return "nowhere".into(),
        1..=6 => places.iter().map(|place| places::name(*place)).collect(),
        _ => places.iter().map(Place::to_string).collect(),
    };
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => all.concat(),
    }
}
