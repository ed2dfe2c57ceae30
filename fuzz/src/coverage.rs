//! What histories contained: how many of them each thing happened in.

use crate::coverage_orders::{self, Before};
use crate::play::Seen;
use crate::{
    coverage_amended, coverage_awaiting, coverage_caps, coverage_crosses, coverage_deals, coverage_gates,
    coverage_halts, coverage_quotes, coverage_risk, coverage_rules, coverage_shared, coverage_ticks,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tallystick_engine::Work;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::{CancelReason, Event, Outcome};
use tallystick_engine::news::BustReason;
use tallystick_engine::reject::{Refusal, Reject};
use tallystick_rules::ReasonCode;

/// What many histories contained.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// How many histories.
    pub histories: u64,
    /// How many commands, altogether.
    pub commands: u64,
    /// How many trades, altogether.
    pub trades: u64,
    /// In how many histories each thing happened.
    pub found: BTreeMap<String, u64>,
}

/// What one history contained.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    commands: u64,
    trades: u64,
    found: BTreeSet<String>,
    before: Before,
    risk: coverage_risk::Before,
    halts: coverage_halts::Before,
    deals: coverage_deals::Before,
    quotes: coverage_quotes::Before,
    amended: coverage_amended::Before,
    gates: coverage_gates::Before,
    awaiting: coverage_awaiting::Before,
    caps: coverage_caps::Before,
}

impl Coverage {
    /// Counts a history.
    pub fn add(&mut self, contents: Contents) {
        self.histories += 1;
        self.commands += contents.commands;
        self.trades += contents.trades;
        for what in contents.found {
            *self.found.entry(what).or_default() += 1;
        }
    }

    /// The things that no history contained, of those that random histories must.
    pub fn missing(&self) -> Vec<String> {
        expected().into_iter().filter(|what| !self.found.contains_key(what)).collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = |sum: u64| sum as f64 / self.histories.max(1) as f64;
        writeln!(
            f,
            "{} histories, {:.1} commands and {:.1} trades each on the mean; histories with",
            self.histories,
            mean(self.commands),
            mean(self.trades)
        )?;
        self.found.iter().try_for_each(|(what, count)| writeln!(f, "{count:>8}  {what}"))
    }
}

impl Contents {
    /// Notes what a command and its events contain.
    pub fn note(&mut self, seen: &Seen<'_>) {
        self.commands += 1;
        self.found.extend(self.before.note(seen));
        self.found.extend(self.risk.note(seen));
        self.found.extend(self.halts.note(seen));
        self.found.extend(self.deals.note(seen));
        self.found.extend(self.quotes.note(seen));
        self.found.extend(self.amended.note(seen));
        self.found.extend(self.gates.note(seen));
        self.found.extend(self.awaiting.note(seen));
        self.found.extend(coverage_ticks::note(seen));
        self.found.extend(coverage_crosses::note(seen));
        self.found.extend(coverage_rules::note(seen));
        self.found.extend(self.caps.note(seen));
        self.found.extend(coverage_shared::note(seen));
        for event in seen.events {
            self.found.extend(labels(event));
            self.trades += u64::from(matches!(event, Event::Trade { .. }));
        }
        let trades = seen.events.iter().filter(|e| matches!(e, Event::Trade { .. })).count();
        let lots = seen.model.trades.iter().rev().take(trades).any(|t| t.lots.len() > 1);
        let is_end = |e: &&Event| matches!(e, Event::Settled { .. } | Event::Busted { .. });
        let decided = seen.events.iter().filter(is_end).count();
        let news = match &seen.entry.command {
            Command::Operator(Request { action: Action::Follow(news), .. }) => Some(news),
            _ => None,
        };
        let done = seen.events.iter().any(|e| matches!(e, Event::Answered { result: Ok(_), .. }));
        let part = done && news.is_some_and(|news| !news.complete && !news.items.is_empty());
        let beyond = seen.model.trades.iter().any(|t| {
            let lots = seen.model.lots(t.seller, t.security);
            lots.iter().any(|lot| lot.pending_out > lot.units)
        });
        let left = |which: fn(&Work) -> bool| {
            seen.entry.command == Command::Continue && seen.model.work.first().is_some_and(which)
        };
        let notes = [
            (lots, "a trade of several lots"),
            (trades > 1, "several trades at once"),
            (trades > 0 && matches!(seen.entry.command, Command::Replace(_)), "a replace that trades"),
            (left(|work| matches!(work, Work::Uncross(_))), "left over: auction"),
            (left(|work| matches!(work, Work::Expire { .. })), "left over: expiry"),
            (left(|work| matches!(work, Work::Rescreen { .. })), "left over: second look"),
            (left(|work| matches!(work, Work::Cover { .. })), "left over: cover"),
            (left(|work| matches!(work, Work::Amend { .. })), "left over: change of rules"),
            (left(|work| matches!(work, Work::Review { .. })), "left over: review"),
            (left(|work| matches!(work, Work::Join { .. })), "left over: joining"),
            (left(|work| matches!(work, Work::Trigger { .. })), "left over: stops"),
            (decided > 1, "several trades decided at once"),
            (part, "a part of a height"),
            (beyond, "a promise beyond what is allocated"),
        ];
        self.found.extend(notes.iter().filter(|n| n.0).map(|n| n.1.to_string()));
    }
}

fn labels(event: &Event) -> Vec<String> {
    match event {
        Event::Trade { auction: true, .. } => vec!["trade in an auction".into()],
        Event::Trade { aggressor, .. } => vec![format!("trade, aggressor {aggressor:?}")],
        Event::Rejected { reject, .. } => vec![format!("order refused: {}", of_reject(reject))],
        Event::CancelRejected { reject, replace, .. } => {
            let what = if *replace { "replace" } else { "cancel" };
            vec![format!("{what} refused: {}", of_reject(reject))]
        }
        Event::Cancelled { reason, .. } => vec![match reason {
            CancelReason::Compliance(reason) => format!("cancelled: Compliance {:?}", reason.code),
            reason => format!("cancelled: {reason:?}"),
        }],
        Event::Answered { result: Err(refusal), .. } => vec![format!("operator: {}", of_refusal(refusal))],
        Event::Answered { result: Ok(Outcome::Status(_)), .. } => vec!["operator: Status".into()],
        Event::Negotiated { accepted, .. } => vec![format!("negotiated: {accepted}")],
        Event::Uncrossed { price, .. } => {
            let what = if price.is_some() { "with a price" } else { "without a price" };
            vec![format!("auction {what}")]
        }
        Event::PhaseChanged { phase, .. } => vec![format!("phase {phase}")],
        Event::Expired { .. } => vec!["expired".into()],
        Event::Replaced { .. } => vec!["replaced".into()],
        Event::MessageRejected { .. } => vec!["message refused".into()],
        Event::Accepted { .. } => vec!["accepted".into()],
        Event::RegistryAdopted { .. } => vec!["registry adopted".into()],
        Event::Settled { .. } => vec!["final".into()],
        Event::Busted { reason: BustReason::Expired, .. } => vec!["busted: expired".into()],
        Event::Busted { reason: BustReason::Operator, .. } => vec!["busted: by an operator".into()],
        Event::Busted { reason: BustReason::Refused { .. }, .. } => vec!["busted: refused".into()],
        Event::Followed { .. } => vec!["followed".into()],
        Event::Triggered { .. } => vec!["triggered".into()],
        Event::Decremented { .. } => vec!["decremented".into()],
        Event::Interrupted { .. }
        | Event::Prolonged { .. }
        | Event::ReferenceChanged { .. }
        | Event::Indicative { .. } => Vec::new(),
        Event::Corrected { .. } | Event::Compensated { .. } | Event::CompensationFailed { .. } => Vec::new(),
        Event::Pledged { .. } | Event::Answered { .. } => Vec::new(),
        Event::LimitsChanged { .. } | Event::BlockChanged { .. } | Event::BlockDone { .. } => Vec::new(),
        Event::QuoteStatus { .. } | Event::QuotesCancelled { .. } | Event::ObligationReport { .. } => {
            Vec::new()
        }
        Event::ProtectionTripped { .. } | Event::ProtectionSet { .. } => Vec::new(),
        Event::MassCancelled { .. } | Event::RequestRejected { .. } => Vec::new(),
        Event::HeadroomWanted { .. } | Event::Awaiting { .. } => Vec::new(),
    }
}

fn of_reject(reject: &Reject) -> String {
    match reject {
        Reject::Compliance(reason) => format!("Compliance {:?}", reason.code),
        Reject::InsufficientUnits { .. } => "InsufficientUnits".into(),
        Reject::InsufficientCash { .. } => "InsufficientCash".into(),
        reject => format!("{reject:?}"),
    }
}

fn of_refusal(refusal: &Refusal) -> String {
    if let Refusal::Network(why) = refusal {
        // Without its numbers.
        let words = why.split(' ').filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
        return format!("Network, {}", words.collect::<Vec<_>>().join(" "));
    }
    let text = format!("{refusal:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// What random histories must contain: every reject and reason there is, but for the match limit (which takes
/// thousands of orders) and for what no order is refused for at entry.
pub fn expected() -> Vec<String> {
    let rejects = [
        Reject::DuplicateClOrdId,
        Reject::TooManyClOrdIds,
        Reject::UnknownSecurity,
        Reject::UnknownAccount,
        Reject::Closed,
        Reject::Halted,
        Reject::Uncrossing,
        Reject::RulesChanging,
        Reject::NotInThisPhase,
        Reject::Quantity,
        Reject::PricePresence,
        Reject::PriceRange,
        Reject::PriceTick,
        Reject::PriceBand,
        Reject::TooManyOpenOrders,
        Reject::SettlementBacklog,
        Reject::AllocationEnded,
        Reject::OutsideAllocation,
    ];
    let mut all: Vec<String> = rejects.iter().map(|r| format!("order refused: {}", of_reject(r))).collect();
    all.extend(["InsufficientUnits", "InsufficientCash"].map(|r| format!("order refused: {r}")));
    let of_replace = [
        "DuplicateClOrdId",
        "TooManyClOrdIds",
        "UnknownOrder",
        "Halted",
        "Uncrossing",
        "RulesChanging",
        "Quantity",
        "PriceRange",
        "PriceTick",
        "PriceBand",
        "SettlementBacklog",
        "AllocationEnded",
        "OutsideAllocation",
        "InsufficientUnits",
        "InsufficientCash",
    ];
    all.extend(of_replace.map(|r| format!("replace refused: {r}")));
    all.extend(
        ["DuplicateClOrdId", "TooManyClOrdIds", "UnknownOrder"].map(|r| format!("cancel refused: {r}")),
    );
    // What looks at both sides, at lots, or at the exact quantity, is asked at the match: at entry it is refused as missing
    // units, or not at all.
    let at_the_match = [
        ReasonCode::LockUp,
        ReasonCode::HolderCap,
        ReasonCode::OwnerUnchanged,
        ReasonCode::NoWay,
        ReasonCode::MinimumHolding,
        ReasonCode::Denomination,
        ReasonCode::BenefitPlans,
        ReasonCode::NotApproved,
    ];
    let at_entry = ReasonCode::ALL.into_iter().filter(|code| !at_the_match.contains(code));
    all.extend(at_entry.clone().map(|code| format!("order refused: Compliance {code:?}")));
    // What has no rules never had orders; and while a registry is too old, orders stand.
    let later = [
        ReasonCode::IdentityUnknown,
        ReasonCode::IdentitySuspended,
        ReasonCode::IdentityLapsed,
        ReasonCode::Jurisdiction,
        ReasonCode::NotAccredited,
        ReasonCode::TransferRestricted,
        ReasonCode::Affiliate,
        ReasonCode::Disclosure,
    ];
    all.extend(later.map(|code| format!("cancelled: Compliance {code:?}")));
    let reasons = [
        CancelReason::Requested,
        CancelReason::ImmediateRemainder,
        CancelReason::MarketRemainder,
        CancelReason::NotFilledWhole,
        CancelReason::ReplacedToFilled,
        CancelReason::AllocationEnded,
    ];
    all.extend(reasons.iter().map(|r| format!("cancelled: {r:?}")));
    let refusals = [
        "VenueOpen",
        "OutOfRange",
        "Exists",
        "Unknown",
        "Listing",
        "Phase",
        "Day",
        "StaleRegistry",
        "RegistryTime",
        "Overflow",
        "Leaving",
        "Status",
        "Network, the venue was opened without a network",
        "Network, height was told already; the next is above",
        "Network, height is told with a time before the last one's",
        "Network, a part of the news has at most items",
        "Network, a holding has at most lots",
        "Network, a holding has each lot once",
        "Network, a holding has more units than can be counted",
        "Network, cash is never negative",
        "Network, a group's sales are by day, in order, of at most days, and can be counted",
        "Network, security rule a cap on holders must be at least under nobody could ever hold the security",
        "Network, a reason has at most bytes of printable ASCII",
        "Network, allocations come from the network; have the owner sign one",
        "Network, the venue knows the network's height its registry must be of the same",
    ];
    all.extend(refusals.map(|r| format!("operator: {r}")));
    let others = [
        "trade in an auction",
        "trade, aggressor Buy",
        "trade, aggressor Sell",
        "a trade of several lots",
        "several trades at once",
        "a replace that trades",
        "auction without a price",
        "expired",
        "replaced",
        "message refused",
        "negotiated: false",
        "final",
        "busted: refused",
        "busted: expired",
        "followed",
        "registry adopted",
        "several trades decided at once",
        "a part of a height",
        "a promise beyond what is allocated",
    ];
    all.extend(others.map(String::from));
    all.extend(coverage_orders::expected());
    all.extend(coverage_risk::expected());
    all.extend(coverage_halts::expected());
    all.extend(coverage_deals::expected());
    all.extend(coverage_quotes::expected());
    all.extend(coverage_ticks::expected());
    all.extend(coverage_crosses::expected());
    all.extend(coverage_rules::expected());
    all.extend(coverage_caps::expected());
    all.extend(coverage_amended::expected());
    all.extend(coverage_gates::expected());
    all.extend(coverage_awaiting::expected());
    all.extend(coverage_shared::expected());
    all
}
