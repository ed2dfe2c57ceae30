//! Carrying out what operators ask about the pilot regime for DLT market infrastructures.

use super::desk::{Desks, Failure};
use super::specs::date;
use crate::pilot::{Admitted, Euros, Instrument, PilotError, is_kind_of};
use crate::say::complain;
use crate::texts::Declared;
use crate::venue::{AskError, Desk};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tallystick_dsl::Listing;
use tallystick_engine::command::{self, Action};
use tallystick_engine::types::{SecurityId, Seq};

/// The protocol by which a security's rules say that it trades in a DLT market infrastructure.
const PROTOCOL: &str = "eu.dlt-pilot@";

/// As what a security is to be admitted by its texts, if under the pilot regime.
pub(super) fn stated(declared: &Declared, listing: &Listing) -> Result<Option<Instrument>, PilotError> {
    let (symbol, class) = (listing.symbol.clone(), declared.security.class);
    let Some(pilot) = listing.pilot else {
        let asked = declared.security.protocols.iter().any(|protocol| protocol.name.starts_with(PROTOCOL));
        return if asked { Err(PilotError::Unstated { symbol }) } else { Ok(None) };
    };
    if !is_kind_of(class, pilot.kind) {
        return Err(PilotError::Kind { symbol, class: class.word(), kind: pilot.kind.word() });
    }
    let values = BTreeMap::from([(date(pilot.as_of), Euros(pilot.value))]);
    Ok(Some(Instrument { symbol, kind: pilot.kind, size: Euros(pilot.size), values }))
}

/// Lists a security that is admitted as this, or as nothing under the pilot regime. What is refused is neither listed nor
/// counted.
pub(super) fn list(
    desks: &Desks,
    instrument: Option<Instrument>,
    listing: command::Listing,
    uid: u32,
) -> Result<Seq, Failure> {
    let (desk, security) = (&desks.venue, listing.security);
    // Held until it is listed: two that would be too much together are not both admitted.
    let mut admitted = desks.pilot.lock();
    let listed = listed(desk)?;
    // Of what is listed already the engine refuses another listing, and what is written of it stays.
    let is_new = !listed.contains(&security);
    if is_new {
        admitted.admit(security, instrument, date(desk.clock.now()), |it| listed.contains(&it))?;
    }
    let answer = desk.act(Action::List(listing), None, uid);
    if is_new && matches!(answer, Err(AskError::Refused(_) | AskError::TooLong(_))) {
        // Where that can't be written it counts for nothing all the same, since it is not listed.
        let _ = admitted.forget(security);
    }
    Ok(answer?.seq)
}

/// Those securities that are listed.
fn listed(desk: &Desk) -> Result<BTreeSet<SecurityId>, Failure> {
    Ok(desk.look(|directory, _| directory.securities.keys().copied().collect())?)
}

/// All that is admitted, what it is worth, and how much more may be admitted.
pub(super) fn show(desks: &Desks) -> Result<Value, Failure> {
    let admitted = desks.pilot.lock();
    let listed = listed(&desks.venue)?;
    let rows = admitted.instruments().filter(|(security, _)| listed.contains(security)).map(row);
    let rows: Vec<Value> = rows.collect();
    let mut shown = total(&admitted, &listed);
    shown["instruments"] = json!(rows);
    Ok(shown)
}

/// Another market value of an instrument.
pub(super) fn set_value(
    desks: &Desks,
    name: &str,
    value: &str,
    as_of: Option<Date>,
) -> Result<Value, Failure> {
    let desk = &desks.venue;
    let value = Euros::read(value).ok_or_else(|| {
        format!("{value:?} is no value: write euros and at most two decimals, as in 41250000.50")
    })?;
    let wanted = name.to_owned();
    let found = desk.look(move |directory, _| {
        directory.find(&wanted).map(|listing| (listing.security, listing.symbol.clone()))
    })?;
    let (security, symbol) =
        found.ok_or_else(|| format!("no security is called {name:?}; `securities` shows those listed"))?;
    let today = date(desk.clock.now());
    let mut admitted = desks.pilot.lock();
    let listed = listed(desk)?;
    admitted.set_value((security, &symbol), value, as_of.unwrap_or(today), today)?;
    let total = total(&admitted, &listed);
    if let Some(warning) = total["warning"].as_str() {
        complain!("tallystick: {warning}");
    }
    Ok(total)
}

/// What the venue's status says of it; nothing where nothing is admitted.
pub(super) fn status(desks: &Desks) -> Result<Option<Value>, Failure> {
    let admitted = desks.pilot.lock();
    let listed = listed(&desks.venue)?;
    let any = admitted.instruments().any(|(security, _)| listed.contains(&security));
    Ok(any.then(|| total(&admitted, &listed)))
}

fn total(admitted: &Admitted, listed: &BTreeSet<SecurityId>) -> Value {
    let total = admitted.total(|security| listed.contains(&security));
    let limits = admitted.limits();
    let (transition, room) =
        (limits.transition(), limits.together().0.saturating_sub(total.0).saturating_sub(1));
    let mut shown = json!({ "total_eur": total.number(), "room_eur": Euros(room).number() });
    if total >= transition {
        shown["warning"] = json!(format!(
            "all that is admitted is worth {total}, and from {transition} on the operator activates its transition strategy \
             and tells the competent authority in its monthly report (Regulation (EU) 2022/858, Art. 3(3), 7(7))"
        ));
    }
    shown
}

fn row((security, instrument): (SecurityId, &Instrument)) -> Value {
    let (as_of, value) = instrument.value();
    json!({
        "security": security.0,
        "symbol": instrument.symbol,
        "kind": instrument.kind.word(),
        "size_eur": instrument.size.number(),
        "value_eur": value.number(),
        "as_of": as_of,
    })
}
