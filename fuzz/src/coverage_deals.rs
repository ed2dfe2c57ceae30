//! What histories contained of fees, and of what operators do to trades and orders.

use crate::model::Model;
use crate::model::order::Order;
use crate::play::Seen;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::{Event, TradeSide};
use tallystick_engine::types::{Money, Side};

/// What was there before a command.
#[derive(Clone, Debug, Default)]
pub struct Before {
    orders: Vec<Order>,
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
                Event::Answered { result, .. } => {
                    let what = match action {
                        Some(Action::SetFees { .. }) => "fees",
                        _ => continue,
                    };
                    let how = if result.is_ok() { "done" } else { "refused" };
                    found.push(format!("operator's {what}: {how}, {place}"));
                }
                _ => {}
            }
        }
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
    let others = [
        "fee: once more of an order",
        "fee: the least",
        "fee: all that a seller is paid",
        "no fee: paid before",
        "operator's fees: done, without a network",
        "operator's fees: refused, without a network",
    ];
    all.extend(others.map(String::from));
    all
}
