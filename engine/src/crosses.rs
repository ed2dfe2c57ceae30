//! Crosses: two orders that a firm has brought together, which trade with each other at once and whole, or not at all.

use crate::book::ladder::Rank;
use crate::book::matching::{End, Fill};
use crate::book::order::{Rest, Words, lower};
use crate::checks::Prices;
use crate::command::{From, NewOrder};
use crate::engine::Engine;
use crate::event::Event;
use crate::reject::Reject;
use crate::risk::{Beside, Likeness, scopes};
use crate::security::Security;
use crate::trade::Occasion;
use crate::types::{
    AccountId, ClOrdId, Instructions, OrdType, OrderId, Price, SecurityId, Side, Ticks, TimeInForce, Units,
};
use borsh::{BorshDeserialize, BorshSerialize};

/// NewOrderCross (35=s), `CrossType` 1, all or none: two orders of one firm's accounts that trade with each other, whole
/// and at once, or are both rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
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

impl Engine {
    pub(crate) fn cross(&mut self, cross: &NewCross, events: &mut Vec<Event>) {
        self.sessions.get(cross.from.session).take_number(cross.from.number);
        let both = Side::BOTH.map(|side| (self.number_order(), cross.order(side)));
        let price = match self.admit_cross(&both) {
            Ok(price) => price,
            Err(rejects) => {
                let each = both.iter().zip(rejects);
                return each.for_each(|((id, new), reject)| self.reject(*id, new, reject, events));
            }
        };
        let slots = both.each_ref().map(|(id, new)| {
            let slot = self.open(*id, new, &lower(&Words::of(new), price, new.quantity), price, None);
            self.risk.accepted(self.scopes_of(slot), self.now, Some(Likeness::of(new)));
            slot
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

    /// Each order is checked by itself, the sell as though the buy had just been accepted; then what concerns both. If
    /// one is at fault and the other is not, that one is told so.
    fn admit_cross(&mut self, both: &[(OrderId, NewOrder); 2]) -> Result<Ticks, [Reject; 2]> {
        let [named_buy, named_sell] = both.each_ref().map(|(id, new)| self.take_name(*id, new));
        let [(_, buy), (_, sell)] = both;
        let bought = named_buy.and_then(|()| self.check_order(buy, None));
        let beside = bought.as_ref().ok().map(|prices| self.beside(buy, prices));
        let sold = named_sell.and_then(|()| self.check_order(sell, beside));
        let Prices { limit, .. } = match (bought, sold) {
            (Ok(prices), Ok(_)) => prices,
            faults => {
                return Err([faults.0, faults.1].map(|fault| fault.err().unwrap_or(Reject::CrossSide)));
            }
        };
        self.check_cross(buy, sell, limit).map_err(|reject| [reject; 2])?;
        Ok(limit)
    }

    fn beside(&self, order: &NewOrder, prices: &Prices) -> Beside {
        let security = &self.securities[order.security];
        let firm = self.accounts.firm(order.account);
        Beside {
            scopes: scopes(firm, order.from.session, order.account),
            value: security.listing.ticks.value(prices.limit, order.quantity),
        }
    }

    /// Whether the price is better than both quotations and inside the bands, and the rules on pairs allow all of it.
    fn check_cross(&mut self, buy: &NewOrder, sell: &NewOrder, price: Ticks) -> Result<(), Reject> {
        let security = &self.securities[buy.security];
        if !Side::BOTH.iter().all(|&side| is_better(security, side, price)) {
            return Err(Reject::CrossPrice);
        }
        if security.inside_bands().is_some_and(|inside| !inside.contains(price)) {
            return Err(Reject::OutsideBands);
        }
        let whole = self.may_exchange(buy.security, [buy.account, sell.account], buy.quantity);
        if whole { Ok(()) } else { Err(Reject::CrossPair) }
    }
}

/// Whether a price is better than a side's quotation, if there is one.
fn is_better(security: &Security, side: Side, price: Ticks) -> bool {
    let quoted = security.quotation(side);
    quoted.is_none_or(|(quoted, _)| Rank::of(side, price) < Rank::of(side, quoted))
}
