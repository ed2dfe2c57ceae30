//! What histories contained: how many of them each thing happened in.

use crate::play::Seen;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tallystick_engine::Work;
use tallystick_engine::command::Command;
use tallystick_engine::event::{CancelReason, Event, Outcome};
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
        for event in seen.events {
            self.found.extend(labels(event));
            self.trades += u64::from(matches!(event, Event::Trade { .. }));
        }
        let trades = seen.events.iter().filter(|e| matches!(e, Event::Trade { .. })).count();
        let handed = seen.model.trades.iter().rev().take(trades).any(|t| t.hands_over_place);
        let lots = seen.model.trades.iter().rev().take(trades).any(|t| t.lots.len() > 1);
        let left = |which: fn(&Work) -> bool| {
            seen.entry.command == Command::Continue && seen.model.work.first().is_some_and(which)
        };
        let notes = [
            (handed, "a place handed over"),
            (lots, "a trade of several lots"),
            (trades > 1, "several trades at once"),
            (trades > 0 && matches!(seen.entry.command, Command::Replace(_)), "a replace that trades"),
            (left(|work| matches!(work, Work::Uncross(_))), "left over: auction"),
            (left(|work| matches!(work, Work::Expire { .. })), "left over: expiry"),
            (left(|work| matches!(work, Work::Rescreen { .. })), "left over: second look"),
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
        Event::Pledged { .. } | Event::Answered { .. } => Vec::new(),
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
    let text = format!("{refusal:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// What random histories must contain: every reject and reason there is, but for the match limit (which takes
/// thousands of orders) and for what no order is refused for at entry.
fn expected() -> Vec<String> {
    let rejects = [
        Reject::DuplicateClOrdId,
        Reject::TooManyClOrdIds,
        Reject::UnknownSecurity,
        Reject::UnknownAccount,
        Reject::Closed,
        Reject::Halted,
        Reject::Uncrossing,
        Reject::NotInThisPhase,
        Reject::Quantity,
        Reject::PricePresence,
        Reject::PriceRange,
        Reject::PriceTick,
        Reject::PriceBand,
        Reject::TooManyOpenOrders,
        Reject::SettlementBacklog,
    ];
    let mut all: Vec<String> = rejects.iter().map(|r| format!("order refused: {}", of_reject(r))).collect();
    all.extend(["InsufficientUnits", "InsufficientCash"].map(|r| format!("order refused: {r}")));
    let of_replace = [
        "DuplicateClOrdId",
        "TooManyClOrdIds",
        "UnknownOrder",
        "Halted",
        "Uncrossing",
        "Quantity",
        "PriceRange",
        "PriceTick",
        "PriceBand",
        "SettlementBacklog",
        "InsufficientUnits",
        "InsufficientCash",
    ];
    all.extend(of_replace.map(|r| format!("replace refused: {r}")));
    all.extend(
        ["DuplicateClOrdId", "TooManyClOrdIds", "UnknownOrder"].map(|r| format!("cancel refused: {r}")),
    );
    // A lock-up and a cap look at both sides or at quantities: at entry they are refused as missing units,
    // or not at all.
    let at_entry = ReasonCode::ALL.into_iter().filter(|code| {
        !matches!(code, ReasonCode::LockUp | ReasonCode::HolderCap | ReasonCode::OwnerUnchanged)
    });
    all.extend(at_entry.clone().map(|code| format!("order refused: Compliance {code:?}")));
    // Rules do not change, so what has none never had orders; and while a registry is too old, orders stand.
    let later = at_entry.filter(|code| !matches!(code, ReasonCode::NoRules | ReasonCode::RegistryStale));
    all.extend(later.map(|code| format!("cancelled: Compliance {code:?}")));
    let reasons = [
        CancelReason::Requested,
        CancelReason::ImmediateRemainder,
        CancelReason::MarketRemainder,
        CancelReason::NotFilledWhole,
        CancelReason::ReplacedToFilled,
    ];
    all.extend(reasons.iter().map(|r| format!("cancelled: {r:?}")));
    let refusals = [
        "VenueOpen",
        "OutOfRange",
        "Exists",
        "Unknown",
        "NotNext",
        "Listing",
        "Phase",
        "Day",
        "StaleRegistry",
        "RegistryTime",
        "Overflow",
        "Leaving",
        "Status",
    ];
    all.extend(refusals.map(|r| format!("operator: {r}")));
    let others = [
        "trade in an auction",
        "trade, aggressor Buy",
        "trade, aggressor Sell",
        "a place handed over",
        "a trade of several lots",
        "several trades at once",
        "a replace that trades",
        "auction without a price",
        "expired",
        "replaced",
        "message refused",
        "negotiated: false",
    ];
    all.extend(others.map(String::from));
    all
}
