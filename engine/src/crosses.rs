//! Crosses: two orders that a firm has brought together, which trade with each other whole, or not at all: at once, or as
//! soon as it is approved where nothing but an approval is missing (see [`crate::awaiting`]).

use crate::awaiting::AwaitingCross;
use crate::book::ladder::Rank;
use crate::book::matching::{End, Fill};
use crate::book::order::{Rest, Words, lower};
use crate::checks::{Prices, Turn};
use crate::command::{From, NewOrder};
use crate::engine::Engine;
use crate::event::Event;
use crate::reject::Reject;
use crate::risk::{Beside, Likeness, scopes};
use crate::security::Security;
use crate::trade::Occasion;
use crate::types::{
    AccountId, ClOrdId, Instructions, OrdType, Price, SecurityId, Side, Ticks, TimeInForce, Units,
};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// NewOrderCross (35=s), `CrossType` 1, all or none: two orders of one firm's accounts that trade with each other, whole
/// and at once, or are both rejected; or both await an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct NewCross {
    /// Who sent it, and under which number.
    pub from: From,
    /// In which security.
    pub security: SecurityId,
    /// At which price.
    pub price: Price,
    /// How many units.
    pub quantity: Units,
    /// `CrossPrioritization`, tag 550: the side that counts as the one that came to the other.
    pub prioritized: Side,
    /// The order that buys.
    pub buy: CrossSide,
    /// The order that sells.
    pub sell: CrossSide,
}

/// One of the two orders of a cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct CrossSide {
    /// The client's name for it.
    pub clordid: ClOrdId,
    /// For which account.
    pub account: AccountId,
}

impl NewCross {
    /// One of its orders by itself: a limit order that trades whole at once.
    pub fn order(&self, side: Side) -> NewOrder {
        let CrossSide { clordid, account } = match side {
            Side::Buy => self.buy,
            Side::Sell => self.sell,
        };
        NewOrder {
            from: self.from,
            clordid,
            account,
            security: self.security,
            side,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::FillOrKill,
            price: Some(self.price),
            quantity: self.quantity,
            instructions: Instructions::default(),
        }
    }
}

/// What becomes of two orders that come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// They trade, at this price.
    Trades(Ticks),
    /// They would, if enough were approved.
    Awaits,
}

impl Engine {
    pub(crate) fn cross(&mut self, cross: &NewCross, events: &mut Vec<Event>) {
        self.sessions.get(cross.from.session).take_number(cross.from.number);
        let [order, _] = Side::BOTH.map(|_| self.number_order());
        let came = AwaitingCross { order, cross: *cross, held_up: false };
        let named = Side::BOTH.map(|side| self.take_name(came.order(side), &cross.order(side)));
        let judged = self.judge_cross(cross, named, Turn::First).and_then(|judged| {
            if judged == Judged::Awaits {
                self.check_room_for_awaiting(cross).map_err(|reject| [reject; 2])?;
            }
            Ok(judged)
        });
        if judged.is_ok() {
            for new in Side::BOTH.map(|side| cross.order(side)) {
                let scopes = scopes(self.accounts.firm(new.account), cross.from.session, new.account);
                self.risk.accepted(scopes, self.now, Some(Likeness::of(&new)));
            }
        }
        match judged {
            Ok(Judged::Trades(price)) => self.trade_cross(&came, price, events),
            Ok(Judged::Awaits) => self.await_approval(came, events),
            Err(rejects) => self.reject_cross(&came, rejects, events),
        }
    }

    /// Both orders are accepted and trade with each other.
    pub(crate) fn trade_cross(&mut self, came: &AwaitingCross, price: Ticks, events: &mut Vec<Event>) {
        let cross = &came.cross;
        let slots = Side::BOTH.map(|side| {
            let new = cross.order(side);
            self.open(came.order(side), &new, &lower(&Words::of(&new), price, new.quantity), price, None)
        });
        for slot in slots {
            let to = self.sessions.next_to(cross.from.session);
            events.push(Event::Accepted { to, order: self.view(slot) });
        }
        let (coming, resting) =
            (slots[cross.prioritized.index()], slots[cross.prioritized.opposite().index()]);
        self.take_off(coming, cross.quantity, false);
        let fill = Fill { resting, price, units: cross.quantity };
        self.trade(coming, fill, Occasion::Cross, events);
        let clordid = self.orders.named(coming).clordid;
        self.stand_or_end(coming, Rest::CancelImmediate, End::Through, clordid, events);
    }

    pub(crate) fn reject_cross(
        &mut self,
        came: &AwaitingCross,
        rejects: [Reject; 2],
        events: &mut Vec<Event>,
    ) {
        for (side, reject) in Side::BOTH.into_iter().zip(rejects) {
            self.reject(came.order(side), &came.cross.order(side), reject, events);
        }
    }

    /// Each order is checked by itself, the sell as though the buy had just been accepted; then what concerns both. If
    /// one is at fault and the other is not, that one is told so.
    pub(crate) fn judge_cross(
        &self,
        cross: &NewCross,
        [named_buy, named_sell]: [Result<(), Reject>; 2],
        turn: Turn,
    ) -> Result<Judged, [Reject; 2]> {
        let [buy, sell] = Side::BOTH.map(|side| cross.order(side));
        let bought = named_buy.and_then(|()| self.check_order(&buy, None, turn));
        let beside = bought.as_ref().ok().map(|prices| self.beside(&buy, prices));
        let sold = named_sell.and_then(|()| self.check_order(&sell, beside, turn));
        let Prices { limit, .. } = match (bought, sold) {
            (Ok(prices), Ok(_)) => prices,
            faults => {
                return Err([faults.0, faults.1].map(|fault| fault.err().unwrap_or(Reject::CrossSide)));
            }
        };
        self.judge_pair(cross, limit).map_err(|reject| [reject; 2])
    }

    fn beside(&self, order: &NewOrder, prices: &Prices) -> Beside {
        let security = &self.securities[order.security];
        let firm = self.accounts.firm(order.account);
        Beside {
            scopes: scopes(firm, order.from.session, order.account),
            value: security.listing.ticks.value(prices.limit, order.quantity),
        }
    }

    /// Whether the price is better than both quotations and inside the bands, and the rules on pairs allow all of it, or
    /// would if it were approved.
    fn judge_pair(&self, cross: &NewCross, price: Ticks) -> Result<Judged, Reject> {
        let security = &self.securities[cross.security];
        if !Side::BOTH.iter().all(|&side| is_better(security, side, price)) {
            return Err(Reject::CrossPrice);
        }
        if security.inside_bands().is_some_and(|inside| !inside.contains(price)) {
            return Err(Reject::OutsideBands);
        }
        let (accounts, units) = ([cross.buy.account, cross.sell.account], cross.quantity);
        if self.may_exchange(cross.security, accounts, units) {
            return Ok(Judged::Trades(price));
        }
        let approved = self.may_exchange_once_approved(cross.security, accounts, units);
        if approved { Ok(Judged::Awaits) } else { Err(Reject::CrossPair) }
    }
}

/// Whether a price is better than a side's quotation, if there is one.
fn is_better(security: &Security, side: Side, price: Ticks) -> bool {
    let quoted = security.quotation(side);
    quoted.is_none_or(|(quoted, _)| Rank::of(side, price) < Rank::of(side, quoted))
}
