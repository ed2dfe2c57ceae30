//! What histories contained of places that are handed over: in how many kinds, with how many taken beside, and what became
//! of it.

use crate::model::Model;
use crate::model::stakes::Book;
use crate::play::Seen;
use std::collections::BTreeMap;
use tallystick_engine::obligation::Obligation;
use tallystick_engine::types::{AccountId, SecurityId, TradeId};
use tallystick_rules::Holders;

/// What is remembered between commands.
#[derive(Clone, Debug, Default)]
pub struct Before {
    /// What there was about each trade that waits, when it was made.
    waiting: BTreeMap<TradeId, Vec<&'static str>>,
}

const HANDED: &str = "a place handed over";
const TWO: &str = "places handed over in two kinds";
const OTHER: &str = "a place handed over in one kind, and taken in another";
const BESIDE: &str = "places taken beside";

impl Before {
    /// What a command and its events contain of that.
    pub fn note(&mut self, seen: &Seen<'_>) -> Vec<String> {
        let mut found = Vec::new();
        let Seen { model, .. } = *seen;
        for trade in model.trades.iter().filter(|trade| !trade.hands_over.is_empty()) {
            if self.waiting.contains_key(&trade.trade) {
                continue;
            }
            let about = about(model, trade);
            found.extend(about.iter().map(ToString::to_string));
            found.extend(trade.hands_over.iter().map(|over| format!("{HANDED}: {:?}", over.holders)));
            found.extend(trade.compensates.map(|_| format!("{HANDED} by a compensation")));
            self.waiting.insert(trade.trade, about);
        }
        let still: Vec<TradeId> = model.trades.iter().map(|trade| trade.trade).collect();
        let over = self.waiting.extract_if(.., |trade, _| !still.contains(trade));
        for (trade, about) in over {
            let passed = model.decided.iter().any(|(decided, passed)| decided.trade == trade && *passed);
            let end = if passed { "final" } else { "busted" };
            found.extend(about.iter().map(|what| format!("{what}: {end}")));
        }
        found
    }
}

/// What there is about a trade that hands places over.
fn about(model: &Model, trade: &Obligation) -> Vec<&'static str> {
    let is_handed = |holders: &Holders| trade.hands_over.iter().any(|over| over.holders == *holders);
    let others = model.capped(trade.security).into_iter().filter(|holders| !is_handed(holders));
    let took = others.into_iter().any(|holders| took_a_place(model, trade, holders));
    let beside = trade.hands_over.iter().any(|over| took_a_place(model, trade, over.holders));
    let notes = [(true, HANDED), (trade.hands_over.len() > 1, TWO), (took, OTHER), (beside, BESIDE)];
    notes.into_iter().filter(|note| note.0).map(|note| note.1).collect()
}

/// Whether the buyer takes a place more among some holders because of a trade that waits.
fn took_a_place(model: &Model, trade: &Obligation, holders: Holders) -> bool {
    let mut without = model.clone();
    without.trades.retain(|other| other.trade != trade.trade);
    let places = |model: &Model| {
        let issued = model.issued(trade.security);
        let buyer = model.holder(Book::of(holders), trade.buyer);
        model.books(trade.security, []).places_of(holders, buyer, issued)
    };
    places(model) > places(&without)
}

/// What it is that keeps two apart, if they might trade but for places that buyers have taken beside.
pub fn kept_out(model: &Model, parties: [AccountId; 2], security: SecurityId, units: u64) -> Option<String> {
    let mut free = model.clone();
    let all = free.trades.iter_mut().filter(|trade| trade.security == security);
    // Who is left as many as it can need takes none beside.
    all.flat_map(|trade| &mut trade.hands_over).for_each(|over| over.places = u32::MAX);
    free.kept_apart_by(parties, security, units)
        .is_none()
        .then(|| "kept apart: by a place taken beside".into())
}

/// What random histories must contain of it. That a place taken beside keeps somebody out is too rare: the engine's
/// scenarios of places that are handed over show it.
pub fn expected() -> Vec<String> {
    let of_all = [HANDED, TWO, OTHER, BESIDE].map(|what| {
        let ends = ["final", "busted"].map(|end| format!("{what}: {end}"));
        [vec![what.to_string()], ends.to_vec()].concat()
    });
    let mut all = of_all.concat();
    all.extend(Holders::ALL.map(|holders| format!("{HANDED}: {holders:?}")));
    all
}
