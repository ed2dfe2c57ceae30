//! Auctions, first listings and bands in a table: their commands, and how their events read.
//!
//! ```text
//! reference PRICE [in SECURITY]         the operator's
//! ```
//!
//! Of a listing: `issue=LOWEST..HIGHEST`, `static=BPS`, `dynamic=BPS`, `halt=DURATION`, `call=DURATION`; with bands the
//! halt is a minute and the call half a minute unless stated. Times are told as how long from now.

use super::commands::{after, number};
use super::render::{in_security, word};
use super::setup::{duration, price};
use tallystick_engine::Engine;
use tallystick_engine::bands::{Band, Bands};
use tallystick_engine::command::{Action, Listing};
use tallystick_engine::event::Event;
use tallystick_engine::reference::IssueRange;
use tallystick_engine::types::*;

/// The action of a line, if it is about these.
pub fn action(words: &[&str]) -> Option<Action> {
    let security = SecurityId(after(words, "in").map_or(1, number));
    (words[0] == "reference").then(|| Action::SetReference { security, price: price(words[1]) })
}

/// A part of a listing, if it is one of these.
pub fn list_option(listing: &mut Listing, key: &str, value: &str) -> bool {
    if key == "issue" {
        let (lowest, highest) = value.split_once("..").expect("LOWEST..HIGHEST");
        listing.issue = Some(IssueRange { lowest: price(lowest), highest: price(highest) });
        return true;
    }
    let usual =
        Bands { static_bps: None, dynamic_bps: None, halt_ns: duration("60s"), call_ns: duration("30s") };
    let mut bands = listing.bands.unwrap_or(usual);
    match key {
        "static" => bands.static_bps = Some(number(value)),
        "dynamic" => bands.dynamic_bps = Some(number(value)),
        "halt" => bands.halt_ns = duration(value),
        "call" => bands.call_ns = duration(value),
        _ => return false,
    }
    listing.bands = Some(bands);
    true
}

/// The line of an event, if it is one of these.
pub fn line(engine: &Engine, event: &Event) -> Option<String> {
    Some(match event {
        Event::Interrupted { security, band, reference, price, until } => {
            let band = if *band == Band::Static { "static" } else { "dynamic" };
            let (place, until) = (in_security(*security), from_now(engine, *until));
            format!(
                "interrupted{place}: {price} is outside the {band} band around {reference}, until {until}"
            )
        }
        Event::Prolonged { security, price, until } => {
            format!("prolonged{}: {price}, until {}", in_security(*security), from_now(engine, *until))
        }
        Event::ReferenceChanged { security, price } => format!("reference {price}{}", in_security(*security)),
        Event::Indicative { security, price, units, surplus, side } => {
            assert_eq!(side.is_none(), surplus.is_zero());
            let place = in_security(*security);
            let more = side.map_or(String::new(), |side| format!(", {surplus} more to {}", word(side)));
            match price {
                Some(price) => format!("indicative {units}@{price}{more}{place}"),
                None => {
                    assert!(units.is_zero() && surplus.is_zero());
                    format!("indicative nothing{place}")
                }
            }
        }
        _ => return None,
    })
}

/// What `show timer`, `show due` and `show references` show.
pub fn show(engine: &Engine, what: &str) -> Option<Vec<String>> {
    let state = engine.state();
    let security = &state.securities[0];
    let price = |ticks| security.listing.ticks.to_price(ticks);
    Some(vec![match what {
        "timer" => engine.interruption(SecurityId(1)).map_or("none".into(), |timer| {
            let prolonged = if timer.prolonged { ", prolonged" } else { "" };
            format!("until {}{prolonged}", from_now(engine, timer.until))
        }),
        "due" => engine.next_due().map_or("nothing".into(), |time| from_now(engine, time)),
        "references" => {
            let (last, fixed) = (price(security.reference), price(security.static_reference));
            format!("{last}, static {fixed}{}", if security.issuing { ", issuing" } else { "" })
        }
        _ => return None,
    }])
}

fn from_now(engine: &Engine, time: Time) -> String {
    match time.0.checked_sub(engine.now().0) {
        Some(0) => "now".into(),
        Some(left) if left % 1_000_000_000 == 0 => format!("now+{}s", left / 1_000_000_000),
        Some(left) => format!("now+{left}ns"),
        None => "before now".into(),
    }
}
