//! What can be shown of the venue, in a table.
//!
//! `show timer|due|references` (see `auctions.rs`) and
//! `show book|depth|waiting|best|quotation|units ACCOUNT|cash ACCOUNT|stake OWNER|record HOLDER|places|approvals|admitted|awaiting|backlog|orders|work|security|known`

use super::auctions;
use super::commands::number;
use super::news::shown;
use super::render::word;
use tallystick_engine::crosses::{CrossSide, NewCross};
use tallystick_engine::rules::{Holders, Program, Protocol};
use tallystick_engine::snapshot::{OrderState, SecurityState};
use tallystick_engine::stakes::Position;
use tallystick_engine::types::*;
use tallystick_engine::{Engine, Stand};

/// The places of a stake among the holders that are capped, of the two kinds that it is counted among: where both are, of
/// both, and where none is, of the first.
fn places(stake: &Position, security: &SecurityState, kinds: [Holders; 2]) -> String {
    let program = Program::new(security.listing.protocols.clone()).expect("rules that were taken");
    let of = |kind: Holders| {
        let places = match stake.places(kind, security.issued) {
            0 => "no place".into(),
            1 => "a place".into(),
            more => format!("{more} places"),
        };
        format!("{places}{}", if stake.handed(kind).leaving { ", leaving" } else { "" })
    };
    match kinds.map(|kind| program.caps(kind)) {
        [true, true] => kinds.map(|kind| format!("{kind:?}: {}", of(kind))).join("; "),
        [false, true] => of(kinds[1]),
        _ => of(kinds[0]),
    }
}

/// What a `show` line shows.
pub fn show(engine: &Engine, words: &[&str]) -> Vec<String> {
    let network = engine.params().is_some_and(|params| params.network.is_some());
    let state = engine.state();
    let security = SecurityId(1);
    match words[1] {
        "best" => {
            let rule = &engine.security(security).expect("security 1").0.ticks;
            let text = |t: Option<Ticks>| t.map_or("none".into(), |t| rule.to_price(t).to_string());
            let [buy, sell] = engine.best(security).map(text);
            vec![format!("buy {buy}, sell {sell}")]
        }
        "quotation" => {
            let rule = &engine.security(security).expect("security 1").0.ticks;
            let text = |quoted: Option<(Ticks, Units)>| {
                quoted.map_or("none".into(), |(price, units)| format!("{units}@{}", rule.to_price(price)))
            };
            let [buy, sell] = engine.quotation(security).map(text);
            vec![format!("buy {buy}, sell {sell}")]
        }
        "book" => {
            let on_book = |o: &&OrderState| o.security == security && o.stand == Stand::Book;
            let mut orders: Vec<_> = state.orders.iter().filter(on_book).collect();
            orders.sort_by_key(|o| {
                let better_first = if o.side == Side::Buy { -o.ticks.0 } else { o.ticks.0 };
                (o.side, better_first, o.shown.is_zero(), o.place)
            });
            let rule = &engine.security(security).expect("security 1").0.ticks;
            let line = |o: &&OrderState| {
                let shown = match o.shown {
                    shown if shown == o.leaves => String::new(),
                    shown if shown.is_zero() => " hidden".into(),
                    shown => format!(" shows {shown}"),
                };
                let order = format!("{} {} {} {}", o.account, o.clordid, word(o.side), o.leaves);
                format!("{order}@{}{shown}", rule.to_price(o.ticks))
            };
            orders.iter().map(line).collect()
        }
        "approvals" => {
            let of = state.approvals.iter().filter(|it| it.security == security);
            of.map(|it| format!("{} to {}: {}", it.seller.0, it.buyer.0, it.units)).collect()
        }
        "admitted" => {
            let firms: Vec<String> = engine.admitted(security).map(|firm| firm.to_string()).collect();
            vec![if firms.is_empty() { "nobody".into() } else { firms.join(" ") }]
        }
        "awaiting" => {
            let of = state.awaiting.iter().filter(|it| it.cross.security == security);
            of.map(|it| {
                let NewCross { quantity, price, buy, sell, .. } = it.cross;
                let held_up = if it.held_up { ", held up" } else { "" };
                let side = |side: &CrossSide| format!("{} {}", side.account, side.clordid);
                format!("{quantity}@{price}: {}, {}{held_up}", side(&buy), side(&sell))
            })
            .collect()
        }
        "depth" => {
            let rule = &engine.security(security).expect("security 1").0.ticks;
            let level =
                |side| move |(ticks, units)| format!("{} {units}@{}", word(side), rule.to_price(ticks));
            Side::BOTH.into_iter().flat_map(|side| engine.depth(security, side).map(level(side))).collect()
        }
        "waiting" => {
            let rule = &engine.security(security).expect("security 1").0.ticks;
            let off_book = |o: &&OrderState| o.security == security && o.stand != Stand::Book;
            let mut orders: Vec<_> = state.orders.iter().filter(off_book).collect();
            orders.sort_by_key(|o| (o.side, o.place));
            let line = |o: &&OrderState| {
                let order = format!("{} {} {} {}", o.account, o.clordid, word(o.side), o.leaves);
                let stop = match o.stand {
                    Stand::Stop => format!("stop {}", rule.to_price(o.stop)),
                    other => format!("{other:?}").to_lowercase(),
                };
                format!("{order}@{}: {stop}", rule.to_price(o.limit))
            };
            orders.iter().map(line).collect()
        }
        "units" => {
            let holding = engine.holding(AccountId(number(words[2])), security);
            let Some(h) = holding else { return vec!["nothing".into()] };
            let lot = |l: &tallystick_engine::rules::Lot| format!("{}:{}-{}", l.id.0, l.units, l.pending_out);
            let lots: Vec<String> = h.lots.iter().map(lot).collect();
            let lots = if lots.is_empty() { "none".into() } else { lots.join(" ") };
            let terms = if network { shown(&h.terms) } else { String::new() };
            vec![format!("lots {lots}, reserved {}, coming {}{terms}", h.reserved, h.pending_in)]
        }
        "cash" => {
            let Some(p) = engine.purse(AccountId(number(words[2])), CashId(1)) else {
                return vec!["nothing".into()];
            };
            let (available, reserved, out, coming) = (p.available(), p.reserved, p.pending_out, p.pending_in);
            let terms = if network { shown(&p.terms) } else { String::new() };
            vec![format!("available {available}, reserved {reserved}, going {out}, coming {coming}{terms}")]
        }
        "stake" | "record" => {
            let who = InvestorId(number(words[2]));
            let recorded = state.records.iter().find(|r| (r.owner, r.security) == (who, security));
            let p = match (words[1], recorded) {
                ("stake", _) => engine.position(who, security),
                (_, Some(record)) => *record,
                _ => return vec!["nothing".into()],
            };
            let kinds = match words[1] {
                "stake" => [Holders::Beneficial, Holders::LookThrough],
                _ => [Holders::Record, Holders::RecordNotAccredited],
            };
            let (units, coming, going) = (p.units, p.pending_in, p.pending_out);
            let places = places(&p, &state.securities[0], kinds);
            vec![format!("{units} units, coming {coming}, going {going}, {places}")]
        }
        "security" => {
            let s = &state.securities[0];
            let rules = |all: &[Protocol]| all.iter().map(|protocol| protocol.rules.len()).sum::<usize>();
            let coming = s.coming.as_ref().map(|coming| format!(", {} coming", rules(&coming.protocols)));
            let coming = coming.unwrap_or_default();
            vec![format!("epoch {}, {} rules{coming}", s.epoch, rules(&s.listing.protocols))]
        }
        "known" => {
            let (height, changed) = (engine.counts().registry_height, state.persons.len());
            vec![format!("followed {}, persons of {height}, {changed} since the registry", state.followed)]
        }
        "places" => {
            let taken = state
                .positions
                .iter()
                .filter(|p| p.security == security && p.places(Holders::Beneficial, Units(0)) > 0);
            vec![taken.count().to_string()]
        }
        "backlog" => vec![engine.obligations().len().to_string()],
        "work" => vec![engine.counts().work.to_string()],
        "orders" => vec![engine.counts().open_orders.to_string()],
        other => auctions::show(engine, other).unwrap_or_else(|| panic!("show {other}?")),
    }
}
