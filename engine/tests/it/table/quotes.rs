//! Quotes, their protection and obligations in a table: their commands, and how they read.
//!
//! ```text
//! quote ACCOUNT ENTRY ... [as NAME] [by SESSION]     an ENTRY is [SECURITY:]BID/OFFER, each of these SIZE@PRICE,
//!                                                    0 to withdraw it, or - to leave it as it is
//! withdraw ACCOUNT in SECURITY|all as NAME [by SESSION]
//! protect ACCOUNT none|KEY=VALUE ... as NAME [by SESSION]     keys: window (DURATION), executions, units, value
//! oblige ACCOUNT none|KEY=VALUE ... [in SECURITY]             by an operator; keys: spread, size, presence
//! obligations [in SECURITY]                                   what an operator is shown
//! ```

use super::commands::{after, name, number, pairs};
use super::setup::{duration, price};
use tallystick_engine::command::{Action, Command, From};
use tallystick_engine::quotes::*;
use tallystick_engine::types::*;

/// The action of a line, if it is about quotes.
pub fn action(words: &[&str]) -> Option<Action> {
    let security = SecurityId(after(words, "in").map_or(1, number));
    Some(match words[0] {
        "oblige" => {
            let (account, obligation) = (AccountId(number(words[1])), obligation(words));
            Action::SetObligation { account, security, obligation }
        }
        "obligations" => Action::ShowObligations { security },
        _ => return None,
    })
}

/// The command of a line, if it is about quotes and of a session's. `made_up` is its name if it has none.
pub fn command(
    words: &[&str],
    from: impl Fn(SessionId) -> From,
    made_up: impl FnOnce() -> ClOrdId,
) -> Option<Command> {
    if !["quote", "withdraw", "protect"].contains(&words[0]) {
        return None;
    }
    let from = from(SessionId(number(after(words, "by").unwrap_or(words[1]))));
    let account = AccountId(number(words[1]));
    let request = after(words, "as").map(name).unwrap_or_else(made_up);
    Some(match words[0] {
        "quote" => {
            let entries = words.iter().filter(|word| word.contains('/')).map(|word| entry(word)).collect();
            Command::MassQuote(MassQuote { from, quote_id: request, account, entries })
        }
        "withdraw" => {
            let security = after(words, "in").map(|n| SecurityId(number(n)));
            assert!(security.is_some() != words.contains(&"all"), "in SECURITY, or all");
            Command::QuoteCancel(QuoteCancel { from, request, account, security })
        }
        _ => {
            let limits = limits(words);
            Command::QuoteProtection(QuoteProtection { from, request, account, limits })
        }
    })
}

fn entry(word: &str) -> QuoteEntry {
    let (security, sides) = word.split_once(':').unwrap_or(("1", word));
    let (bid, offer) = sides.split_once('/').expect("BID/OFFER");
    let side = |text: &str| match text.split_once('@') {
        _ if text == "-" => None,
        Some((size, at)) => Some(QuoteSide { price: price(at), size: Units(number(size)) }),
        None => Some(QuoteSide { price: Price(0), size: Units(number(text)) }),
    };
    QuoteEntry { security: SecurityId(number(security)), sides: [side(bid), side(offer)] }
}

fn limits(words: &[&str]) -> Option<ProtectionLimits> {
    if words.contains(&"none") {
        return None;
    }
    let mut limits =
        ProtectionLimits { window_ns: 1_000_000_000, executions: 1_024, units: None, value: None };
    for (key, value) in pairs(words) {
        match key {
            "window" => limits.window_ns = duration(value),
            "executions" => limits.executions = number(value),
            "units" => limits.units = Some(Units(number(value))),
            "value" => limits.value = Some(Money(number(value))),
            other => panic!("{other}={value}?"),
        }
    }
    Some(limits)
}

fn obligation(words: &[&str]) -> Option<QuoteObligation> {
    if words.contains(&"none") {
        return None;
    }
    let mut obligation =
        QuoteObligation { max_spread_bps: 20_000, min_size: Units(1), min_presence_permille: 500 };
    for (key, value) in pairs(words) {
        match key {
            "spread" => obligation.max_spread_bps = number(value),
            "size" => obligation.min_size = Units(number(value)),
            "presence" => obligation.min_presence_permille = number(value),
            other => panic!("{other}={value}?"),
        }
    }
    Some(obligation)
}

pub fn sides_text(sides: &[Option<QuoteView>; 2]) -> String {
    let side = |side: &Option<QuoteView>| match side {
        Some(QuoteView { order: _, price, size }) => format!("{size}@{price}"),
        None => "none".into(),
    };
    sides.each_ref().map(side).join(" / ")
}

pub fn limits_text(limits: &Option<ProtectionLimits>) -> String {
    let Some(ProtectionLimits { window_ns, executions, units, value }) = limits else { return "none".into() };
    let units = units.map_or(String::new(), |units| format!(" units={units}"));
    let value = value.map_or(String::new(), |value| format!(" value={value}"));
    format!("window={window_ns}ns executions={executions}{units}{value}")
}

pub fn duties_text(duties: &[DutyView]) -> String {
    let one = |duty: &DutyView| {
        let DutyView { account, obligation, continuous_ns, met_ns } = duty;
        let QuoteObligation { max_spread_bps, min_size, min_presence_permille } = obligation;
        let terms = format!("spread={max_spread_bps} size={min_size} presence={min_presence_permille}");
        format!("{account} {terms} met {met_ns} of {continuous_ns}")
    };
    let all: Vec<String> = duties.iter().map(one).collect();
    if all.is_empty() { "nobody is obliged".into() } else { format!("obliged {}", all.join(", ")) }
}
