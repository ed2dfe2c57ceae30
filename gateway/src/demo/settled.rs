//! What the clients can prove of the ledger's part in the day.

use super::checks::{Check, Sides};
use super::orders::{Bust, End};
use super::story::Told;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_client::Side;

/// All checks of what the ledger did to orders and trades.
pub fn of_clients(trades: &BTreeMap<u64, Sides>, told: &Told) -> [Check; 4] {
    [gone(told), resold(told), busts(trades, told), reconciled(told)]
}

fn gone(told: &Told) -> Check {
    let all = [(&told.suspension, 103), (&told.court, 152), (&told.withdrawal, 152)];
    let detail = format!(
        "{} of a suspended investor, {} frozen, {} withdrawn",
        told.suspension.orders.len(),
        told.court.orders.len(),
        told.withdrawal.orders.len()
    );
    let wrong = all.into_iter().flat_map(|(gone, reason)| gone.otherwise(reason));
    Check::new("orders go when the ledger no longer allows them", detail, wrong)
}

fn resold(told: &Told) -> Check {
    let wrong = told.resale.orders.iter().filter(|order| order.end != Some(End::Filled));
    let wrong = wrong.map(|order| format!("order {} ended {:?}", order.name.as_str(), order.end));
    let detail = format!("{} units", told.resale.orders[1].quantity);
    Check::new("what was bought is sold on when it is final, not before", detail, wrong)
}

/// A bust is told to both sides of its trade, for one reason.
fn busts(trades: &BTreeMap<u64, Sides>, told: &Told) -> Check {
    let mut busted: BTreeMap<u64, Vec<&Bust>> = BTreeMap::new();
    for bust in told.diaries.iter().flat_map(|diary| &diary.busts) {
        busted.entry(bust.trade).or_default().push(bust);
    }
    let mut against = Vec::new();
    for (trade, told) in &busted {
        let sides: BTreeSet<bool> = told.iter().map(|bust| bust.side == Side::Buy).collect();
        let reasons: BTreeSet<(u16, &str)> =
            told.iter().map(|bust| (bust.number, bust.text.as_str())).collect();
        if told.len() != 2 || sides.len() != 2 || reasons.len() != 1 || !trades.contains_key(trade) {
            against.push(format!("trade {trade} was taken back as {told:?}"));
        }
    }
    if busted.is_empty() {
        against.push("none was refused, though a court's order was to catch some".into());
    }
    Check::new(
        "a refused trade is told to both sides, with the reason",
        format!("{} trades", busted.len()),
        against,
    )
}

fn reconciled(told: &Told) -> Check {
    let found = &told.reconciliation;
    let number = |name: &str| found[name].as_u64().unwrap_or(0);
    let mut against: Vec<String> = match found["differences"].as_array() {
        Some(differences) => differences.iter().map(ToString::to_string).collect(),
        None => vec!["the venue's answer says nothing of differences".into()],
    };
    if number("in_flight") > 0 {
        against.push(format!("{} trades are in flight", number("in_flight")));
    }
    let detail = format!(
        "{} allocations, {} stakes, {} trades",
        number("allocations"),
        number("stakes"),
        number("trades")
    );
    Check::new("venue and ledger agree on everything (reconcile)", detail, against)
}
