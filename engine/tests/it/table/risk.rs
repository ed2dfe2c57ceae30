//! Limits, blocks and mass cancels in a table: their commands, and how their events read.
//!
//! ```text
//! limits SCOPE N none|KEY=VALUE ...      by an operator; with `by SESSION as NAME` by a session. Keys: credit and
//!                                        value (AMOUNT, or TOKEN:AMOUNT,TOKEN:AMOUNT), quantity, rate (COUNT/DURATION),
//!                                        duplicates (DURATION), collar (basis points), restricted (SECURITY,SECURITY)
//! block|unblock SCOPE N                  likewise
//! mass-cancel [session|firm|account|security N ...] [side buy|sell]      likewise
//! risk SCOPE N                           what an operator is shown
//! disconnected|terminated|connected SESSION
//! ```
//!
//! SCOPE is `firm`, `session` or `account`. Each line of an event ends with the session that is told.

use super::commands::{after, name, number, pairs};
use super::setup::duration;
use tallystick_engine::command::{Action, Command, From, SessionOptions};
use tallystick_engine::disconnect::{CancelOn, Disconnected};
use tallystick_engine::event::RiskView;
use tallystick_engine::mass::{MassCancel, MassFilter};
use tallystick_engine::risk::{Blocked, CashLimit, Limits, OrderRate, PartyAction, RiskScope, SetRisk};
use tallystick_engine::types::*;

/// The action of a line, if it is about risk.
pub fn action(words: &[&str]) -> Option<Action> {
    Some(match words[0] {
        "limits" => Action::SetRisk { scope: scope(words), limits: limits(words) },
        "block" => Action::Block { scope: scope(words) },
        "unblock" => Action::Unblock { scope: scope(words) },
        "mass-cancel" => Action::MassCancel(filter(words)),
        "risk" => Action::ShowRisk { scope: scope(words) },
        _ => return None,
    })
}

/// The command of a line, if it is about risk and of a session's.
pub fn command(words: &[&str], from: impl Fn(SessionId) -> From) -> Option<Command> {
    let session = || SessionId(number(words[1]));
    match words[0] {
        "disconnected" | "terminated" => {
            let (session, terminated) = (session(), words[0] == "terminated");
            return Some(Command::Disconnected(Disconnected { session, terminated }));
        }
        "connected" => return Some(Command::Connected { session: session() }),
        _ => {}
    }
    if !["limits", "block", "unblock", "mass-cancel"].contains(&words[0]) {
        return None;
    }
    let from = from(SessionId(number(after(words, "by")?)));
    let request = name(after(words, "as").expect("as NAME"));
    Some(match words[0] {
        "limits" => Command::SetRisk(SetRisk { from, request, scope: scope(words), limits: limits(words) }),
        "block" | "unblock" => {
            let (scope, block) = (scope(words), words[0] == "block");
            Command::PartyAction(PartyAction { from, request, scope, block })
        }
        _ => Command::MassCancel(MassCancel { from, clordid: request, filter: filter(words) }),
    })
}

/// The options of a session that is added.
pub fn options(words: &[&str]) -> SessionOptions {
    SessionOptions {
        risk_control: words.contains(&"control"),
        cancel_on: match after(words, "cancel-on") {
            None => CancelOn::Nothing,
            Some("disconnect") => CancelOn::Disconnect,
            Some("terminate") => CancelOn::Terminate,
            Some("both") => CancelOn::Both,
            Some(other) => panic!("cancel-on {other}?"),
        },
        grace_ns: after(words, "grace").map_or(0, duration),
    }
}

fn scope(words: &[&str]) -> RiskScope {
    let n = number(words[2]);
    match words[1] {
        "firm" => RiskScope::Firm(FirmId(n)),
        "session" => RiskScope::Session(SessionId(n)),
        "account" => RiskScope::Account(AccountId(n)),
        other => panic!("scope {other}?"),
    }
}

fn filter(words: &[&str]) -> MassFilter {
    let stated = |key| after(words, key).map(number::<u32>);
    MassFilter {
        session: stated("session").map(SessionId),
        firm: stated("firm").map(FirmId),
        account: stated("account").map(AccountId),
        security: stated("security").map(SecurityId),
        side: after(words, "side").map(|side| if side == "buy" { Side::Buy } else { Side::Sell }),
    }
}

fn limits(words: &[&str]) -> Option<Limits> {
    if words.contains(&"none") {
        return None;
    }
    let mut limits = Limits::default();
    for (key, value) in pairs(words) {
        let cash = |text: &str| {
            let (cash, most) = text.split_once(':').unwrap_or(("1", text));
            CashLimit { cash: CashId(number(cash)), most: Money(number(most)) }
        };
        match key {
            "credit" => limits.credit = value.split(',').map(cash).collect(),
            "value" => limits.order_value = value.split(',').map(cash).collect(),
            "quantity" => limits.order_quantity = Some(Units(number(value))),
            "rate" => {
                let (count, window) = value.split_once('/').expect("COUNT/DURATION");
                limits.order_rate = Some(OrderRate { count: number(count), window_ns: duration(window) });
            }
            "duplicates" => limits.duplicate_window_ns = Some(duration(value)),
            "collar" => limits.collar_bps = Some(number(value)),
            "restricted" => {
                limits.restricted = value.split(',').map(|n| SecurityId(number(n))).collect();
            }
            other => panic!("{other}={value}?"),
        }
    }
    Some(limits)
}

pub fn scope_text(scope: &RiskScope) -> String {
    match scope {
        RiskScope::Firm(n) => format!("firm {n}"),
        RiskScope::Session(n) => format!("session {n}"),
        RiskScope::Account(n) => format!("account {n}"),
    }
}

pub fn limits_text(limits: &Option<Limits>) -> String {
    let Some(limits) = limits else { return "none".into() };
    let Limits {
        credit,
        order_value,
        order_quantity,
        order_rate,
        duplicate_window_ns,
        collar_bps,
        restricted,
    } = limits;
    let cash = |list: &[CashLimit]| {
        let each: Vec<String> = list.iter().map(|l| format!("{}:{}", l.cash, l.most)).collect();
        (!list.is_empty()).then(|| each.join(","))
    };
    let securities: Vec<String> = restricted.iter().map(|s| s.to_string()).collect();
    let parts = [
        ("credit", cash(credit)),
        ("value", cash(order_value)),
        ("quantity", order_quantity.map(|units| units.to_string())),
        ("rate", order_rate.map(|rate| format!("{}/{}ns", rate.count, rate.window_ns))),
        ("duplicates", duplicate_window_ns.map(|window| format!("{window}ns"))),
        ("collar", collar_bps.map(|bps| bps.to_string())),
        ("restricted", (!restricted.is_empty()).then(|| securities.join(","))),
    ];
    let stated: Vec<String> =
        parts.into_iter().filter_map(|(key, value)| value.map(|value| format!("{key}={value}"))).collect();
    if stated.is_empty() { "of nothing".into() } else { stated.join(" ") }
}

pub fn blocked_text(blocked: &Blocked) -> &'static str {
    match (blocked.by_operator, blocked.by_firm) {
        (false, false) => "not blocked",
        (true, false) => "blocked by the operator",
        (false, true) => "blocked by the firm",
        (true, true) => "blocked by both",
    }
}

pub fn view_text(view: &RiskView) -> String {
    let mut text = format!("risk of {}: {}", scope_text(&view.scope), limits_text(&view.limits));
    text += &format!(", {}", blocked_text(&view.blocked));
    for (cash, exposure) in &view.exposures {
        text += &format!(", token {cash}: open {} executed {}", exposure.open, exposure.executed);
    }
    text
}
