//! What histories contained of fees, and of what operators do to trades and orders.

use crate::model::Model;
use crate::model::order::Order;
use crate::play::Seen;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::{Event, Outcome, TradeSide};
use tallystick_engine::news::BustReason;
use tallystick_engine::types::{Money, Side};

/// What was there before a command.
#[derive(Clone, Debug, Default)]
pub struct Before {
    orders: Vec<Order>,
    noted: usize,
}

impl Before {
    /// What a command and its events contain of fees, busts and corrections.
    pub fn note(&mut self, seen: &Seen<'_>) -> Vec<String> {
        let mut found = Vec::new();
        let action = match &seen.entry.command {
            Command::Operator(Request { action, .. }) => Some(action),
            _ => None,
        };
        let place = if seen.model.network().is_some() { "with a network" } else { "without a network" };
        for event in seen.events {
            match event {
                Event::Trade { buyer, seller, buyer_fee, seller_fee, auction, aggressor, money, .. } => {
                    for (side, told, fee) in [(Side::Buy, buyer, buyer_fee), (Side::Sell, seller, seller_fee)]
                    {
                        let part = match (auction, *aggressor == side) {
                            (true, _) => "in an auction",
                            (false, true) => "taking",
                            (false, false) => "resting",
                        };
                        self.of_fee(seen.model, told, (*fee, *money, side), part, &mut found);
                    }
                }
                Event::Busted { reason: BustReason::Operator, .. } => {
                    found.push(format!("busted: operator, {place}"))
                }
                Event::Busted { trade, .. } => {
                    let of_it = |t: &&tallystick_engine::obligation::Obligation| t.trade == *trade;
                    let over = seen.model.decided.iter().map(|(t, _)| t).find(of_it);
                    let undoes = over.is_some_and(|t| t.compensates.is_some());
                    found.extend(undoes.then(|| "a compensation is busted".into()));
                }
                Event::Corrected { trade, of, price, old_price, .. } => {
                    let how = if trade == of { "at once" } else { "by a new trade" };
                    let which = if price > old_price { "higher" } else { "lower" };
                    found.push(format!("corrected {how}, {which}"));
                }
                Event::Compensated { .. } => {
                    let how = if action.is_some_and(|action| matches!(action, Action::Follow(_))) {
                        "when it is final"
                    } else {
                        "at once"
                    };
                    found.push(format!("compensated {how}"));
                }
                Event::CompensationFailed { .. } => found.push("a compensation fails".into()),
                Event::Answered { result: Ok(Outcome::Noted), .. } => found.push("noted".into()),
                Event::Answered { result, .. } => {
                    let what = match action {
                        Some(Action::BustTrade { .. }) => "bust",
                        Some(Action::CorrectTrade { .. }) => "correction",
                        Some(Action::SetFees { .. }) => "fees",
                        Some(Action::CancelOrder { .. }) => "order",
                        _ => continue,
                    };
                    let how = if result.is_ok() { "done" } else { "refused" };
                    found.push(format!("operator's {what}: {how}, {place}"));
                }
                _ => {}
            }
        }
        let fewer = seen.model.noted.len() < self.noted;
        found.extend(fewer.then(|| "a note is gone".into()));
        self.noted = seen.model.noted.len();
        self.orders = seen.model.orders.clone();
        found
    }

    fn of_fee(
        &self,
        model: &Model,
        told: &TradeSide,
        (fee, money, side): (Money, Money, Side),
        part: &str,
        found: &mut Vec<String>,
    ) {
        let Some(fees) = model.security(told.order.security).and_then(|s| s.listing.fees) else { return };
        let before = self.orders.iter().find(|o| o.order == told.order.order).map(|o| o.owed);
        let again = before.is_some_and(|owed| owed.weighted > 0 || owed.charged > 0);
        if fee.0 > 0 {
            found.push(format!("fee: {part}"));
            found.extend(again.then(|| "fee: once more of an order".into()));
            found.extend((fee == fees.least).then(|| "fee: the least".into()));
            found.extend(
                (side == Side::Sell && fee == money).then(|| "fee: all that a seller is paid".into()),
            );
        } else {
            found.push(format!("no fee: {part}"));
            found.extend(again.then(|| "no fee: paid before".into()));
        }
    }
}

/// What random histories must contain of fees, busts and corrections.
pub fn expected() -> Vec<String> {
    let mut all = Vec::new();
    for part in ["taking", "resting", "in an auction"] {
        all.extend([format!("fee: {part}"), format!("no fee: {part}")]);
    }
    for what in ["bust", "correction"] {
        for place in ["with a network", "without a network"] {
            all.push(format!("operator's {what}: refused, {place}"));
        }
    }
    let others = [
        "fee: once more of an order",
        "fee: the least",
        "fee: all that a seller is paid",
        "no fee: paid before",
        "busted: operator, without a network",
        "corrected at once, higher",
        "corrected at once, lower",
        "corrected by a new trade, higher",
        "corrected by a new trade, lower",
        "compensated at once",
        "compensated when it is final",
        "a compensation is busted",
        "a compensation fails",
        "noted",
        "a note is gone",
        "operator's bust: done, with a network",
        "operator's bust: done, without a network",
        "operator's correction: done, without a network",
        "operator's correction: done, with a network",
        "operator's order: done, without a network",
        "operator's order: refused, without a network",
        "operator's fees: done, without a network",
        "operator's fees: refused, without a network",
        "cancelled: Operator",
    ];
    all.extend(others.map(String::from));
    all
}
