//! What histories contained of rules: each must not only stand there, but decide.

use crate::coverage_caps;
use crate::model::Model;
use crate::play::Seen;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::Event;
use tallystick_engine::news::Item;
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{AccountId, SecurityId, Side};
use tallystick_rules::{Holders, Most, Path, Reason, ReasonCode, Rule, RuleId, Scope};

/// How many of those that an order could meet are looked at.
const LOOKED_AT: usize = 3;

/// What a command and its events contain of that.
pub fn note(seen: &Seen<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for event in seen.events {
        match event {
            Event::Pledged { lot, .. } => found.push(format!("units go by {:?}", lot.path)),
            Event::Rejected {
                reject: Reject::Compliance(reason), account, security, side, quantity, ..
            } => {
                found.extend(of_own_orders(seen.model, *reason, (*side, *account), *security, quantity.0));
                found.push(named("order refused by", seen.model, *security, *reason));
            }
            Event::Accepted { order, .. } | Event::Replaced { order, .. } => {
                found.extend(kept_apart(seen.model, order.order));
            }
            _ => {}
        }
    }
    let trades = seen.events.iter().filter(|e| matches!(e, Event::Trade { .. })).count();
    for trade in seen.model.trades.iter().rev().take(trades) {
        let mut paths: Vec<Path> = trade.lots.iter().map(|lot| lot.path).collect();
        paths.sort();
        paths.dedup();
        found.extend((paths.len() > 1).then(|| "a trade by several ways".into()));
    }
    if let Command::Operator(Request { action: Action::Follow(news), .. }) = &seen.entry.command {
        let told = |what: &str| format!("told: {what}");
        let done = seen.events.iter().any(|e| matches!(e, Event::Answered { result: Ok(_), .. }));
        found.extend(news.items.iter().filter(|_| done).filter_map(|item| match item {
            Item::Record { .. } => Some(told("record")),
            Item::Group { .. } => Some(told("group")),
            Item::Insider { .. } => Some(told("insider")),
            Item::Security { .. } => Some(told("security")),
            _ => None,
        }));
    }
    found
}

/// Whether an order would have been taken but for open orders.
fn of_own_orders(
    model: &Model,
    reason: Reason,
    of: (Side, AccountId),
    security: SecurityId,
    quantity: u64,
) -> Option<String> {
    let (most, _) = model.most_at_entry(&model.everybody(), security, of, &[], true);
    (most >= quantity).then(|| format!("order refused by open orders: {:?}", reason.code))
}

/// What keeps an order that came to rest from those that it crosses.
fn kept_apart(model: &Model, id: tallystick_engine::types::OrderId) -> Vec<String> {
    let Some(order) = model.order(id) else { return Vec::new() };
    let listed = model.security(order.security).expect("an order's security");
    if listed.phase != Phase::Continuous || listed.coming.is_some() {
        return Vec::new();
    }
    let others = model.queue(order.security, order.side.opposite());
    let others = others.iter().filter(|other| order.reaches(other.ticks)).take(LOOKED_AT);
    let lot = listed.listing.ticks.lot.0;
    let mut found = Vec::new();
    for other in others {
        let [buy, sell] = if order.side == Side::Buy { [order, other] } else { [other, order] };
        let parties = [buy.account, sell.account];
        let Some(reason) = model.kept_apart_by(parties, order.security, lot) else { continue };
        found.push(named("kept apart", model, order.security, reason));
        if reason.code == ReasonCode::HolderCap {
            found.extend(coverage_caps::kept_out(model, parties, order.security, lot));
        }
    }
    found
}

/// A reason, and which kind of rule it is of.
fn named(what: &str, model: &Model, security: SecurityId, reason: Reason) -> String {
    let listed = model.security(security).expect("it is listed");
    let rules = listed.listing.protocols.iter().flat_map(|protocol| &protocol.rules);
    let rule = rules.zip(1..).find(|(_, n)| RuleId(*n) == reason.rule).map(|(rule, _)| rule.innermost());
    let kind = match rule {
        Some(Rule::HolderCap(holders, _)) => format!(" {holders:?}"),
        Some(Rule::Owned(scope, Most::Units(_))) => format!(" {scope:?} Units"),
        Some(Rule::Owned(scope, Most::Bps(_))) => format!(" {scope:?} Bps"),
        Some(Rule::BenefitPlans(_)) if reason.code == ReasonCode::Headroom => " plans".into(),
        _ => String::new(),
    };
    format!("{what}: {:?}{kind}", reason.code)
}

/// What random histories must contain of it.
pub fn expected() -> Vec<String> {
    let paths =
        [Path::Plain, Path::Rule144, Path::Section4a7, Path::Rule144a, Path::RegS, Path::RegCf, Path::Free];
    let mut all: Vec<String> = paths.iter().map(|path| format!("units go by {path:?}")).collect();
    for holders in Holders::ALL {
        all.push(format!("kept apart: HolderCap {holders:?}"));
    }
    for scope in [Scope::Owner, Scope::Group] {
        all.extend(["Units", "Bps"].map(|most| format!("order refused by: Concentration {scope:?} {most}")));
    }
    // Who is suspended or not known has no order that could meet another's, and nothing has no rules there.
    let codes = [
        ReasonCode::OwnerUnchanged,
        ReasonCode::NoWay,
        ReasonCode::MinimumHolding,
        ReasonCode::Denomination,
        ReasonCode::BenefitPlans,
        ReasonCode::Concentration,
    ];
    all.extend(codes.map(|code| match code {
        // What one owns by itself is looked at before; that of a group may come to light at the match.
        ReasonCode::Concentration => "kept apart: Concentration Group Bps".into(),
        code => format!("kept apart: {code:?}"),
    }));
    all.extend(
        [ReasonCode::Concentration, ReasonCode::Volume, ReasonCode::Velocity]
            .map(|code| format!("order refused by open orders: {code:?}")),
    );
    all.extend(["record", "group", "insider", "security"].map(|what| format!("told: {what}")));
    all.extend(["a trade by several ways", "cancelled: InsufficientUnits"].map(String::from));
    all
}
