//! What an order of a table may ask beyond price and quantity; without any of it, a limit order for the day.
//!
//! ```text
//! ioc fok gtc gtd gtd=DATE opening closing auction     time in force; `date=DATE` is a date alone
//! to-limit                                             market-to-limit (with `@none`)
//! stop=PRICE                                           a stop (with `@none`) or a stop-limit order
//! peg=primary|market|midpoint|trailing[:OFFSET]        a pegged order or a trailing stop
//! type=limit|market|stop|stop-limit|to-limit|pegged    another type than these words make of it
//! hidden    shows=N                                    what is displayed
//! once=N    each=N    aon                              the least that must trade
//! post-only    slide
//! smp=SCOPE/ACTION     firm, owner or a group's number; newest, oldest, both or decrement
//! ```

use super::commands::{number, pairs};
use super::setup::price;
use tallystick_engine::types::*;

fn value<'a>(words: &'a [&'a str], key: &str) -> Option<&'a str> {
    pairs(words).find(|(k, _)| *k == key).map(|(_, value)| value)
}

pub fn ord_type(words: &[&str], limit: &str) -> OrdType {
    let market = limit == "market" || words.contains(&"market");
    match value(words, "type") {
        Some("limit") => OrdType::Limit,
        Some("market") => OrdType::Market,
        Some("stop") => OrdType::Stop,
        Some("stop-limit") => OrdType::StopLimit,
        Some("to-limit") => OrdType::MarketToLimit,
        Some("pegged") => OrdType::Pegged,
        Some(other) => panic!("type {other}?"),
        None if value(words, "peg").is_some() => OrdType::Pegged,
        None if value(words, "stop").is_some() && limit == "none" => OrdType::Stop,
        None if value(words, "stop").is_some() => OrdType::StopLimit,
        None if words.contains(&"to-limit") => OrdType::MarketToLimit,
        None if market => OrdType::Market,
        None => OrdType::Limit,
    }
}

pub fn time_in_force(words: &[&str]) -> TimeInForce {
    match words {
        _ if words.contains(&"ioc") => TimeInForce::ImmediateOrCancel,
        _ if words.contains(&"fok") => TimeInForce::FillOrKill,
        _ if words.contains(&"gtc") => TimeInForce::GoodTillCancel,
        _ if words.contains(&"gtd") || value(words, "gtd").is_some() => TimeInForce::GoodTillDate,
        _ if words.contains(&"opening") => TimeInForce::AtTheOpening,
        _ if words.contains(&"closing") => TimeInForce::AtTheClose,
        _ if words.contains(&"auction") => TimeInForce::GoodForAuction,
        _ => TimeInForce::Day,
    }
}

pub fn instructions(words: &[&str]) -> Instructions {
    let has = |word| words.contains(&word);
    let units = |key| value(words, key).map(|n| Units(number(n)));
    let minimum = match (units("once"), units("each")) {
        (Some(least), _) => Some(Minimum::Once(least)),
        (_, Some(least)) => Some(Minimum::Each(least)),
        _ => has("aon").then_some(Minimum::All),
    };
    Instructions {
        stop_price: value(words, "stop").map(price),
        peg: value(words, "peg").map(peg),
        expire_date: value(words, "gtd").or(value(words, "date")).map(number),
        display_qty: if has("hidden") { Some(Units::ZERO) } else { units("shows") },
        minimum,
        post_only: match () {
            () if has("post-only") => Some(PostOnly::Reject),
            () if has("slide") => Some(PostOnly::Slide),
            () => None,
        },
        self_trade: value(words, "smp").map(self_trade),
    }
}

fn peg(text: &str) -> Peg {
    let (to, offset) = text.split_once(':').unwrap_or((text, "0"));
    let to = match to {
        "primary" => PegTo::Primary,
        "market" => PegTo::Market,
        "midpoint" => PegTo::Midpoint,
        "trailing" => PegTo::Trailing,
        other => panic!("peg {other}?"),
    };
    Peg { to, offset: price(offset) }
}

fn self_trade(text: &str) -> SelfTrade {
    let (scope, action) = text.split_once('/').unwrap_or_else(|| panic!("smp={text}?"));
    let scope = match scope {
        "firm" => Scope::Firm,
        "owner" => Scope::Owner,
        group => Scope::Group(number(group)),
    };
    let action = match action {
        "newest" => SelfTradeAction::CancelNewest,
        "oldest" => SelfTradeAction::CancelOldest,
        "both" => SelfTradeAction::CancelBoth,
        "decrement" => SelfTradeAction::Decrement,
        other => panic!("smp {other}?"),
    };
    SelfTrade { scope, action }
}
