//! Quotes of market makers: two sides at once, many securities in one message. What they mean stands in
//! `docs/quotes.md`.
//!
//! A side of a quote is an order like any other once it stands; what is its own is how it is found, replaced and
//! withdrawn.
//!
//! - `entry`: one entry of a mass quote, from its checks to its trades; `cancel`: quotes withdrawn
//! - [`protection`]: what stops a maker's quotes when too much of them has traded
//! - [`duty`]: how long of the day a maker has quoted as it must

mod cancel;
pub mod duty;
mod entry;
mod invariants;
pub mod protection;
pub(crate) mod state;

use crate::book::slab::{Marks, Order, Slab, Slot};
use crate::command::From;
use crate::engine::Engine;
use crate::mass::{Masses, Only};
use crate::reject::Reject;
use crate::types::{AccountId, ClOrdId, OrderId, Price, SecurityId, SessionId, Side, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use duty::Duty;
use protection::Protection;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use duty::{DutyView, QuoteObligation};
pub use protection::{Execution, ProtectionLimits, QuoteProtection, Reached};

/// The most entries of one mass quote.
pub const MOST_ENTRIES: usize = 32;

/// MassQuote (35=i).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MassQuote {
    /// Who sent it, and under which number.
    pub from: From,
    /// `QuoteID`, tag 117: the client's name for the message, and for the sides that it states. None of the day's
    /// ClOrdIDs: it may be used again.
    pub quote_id: ClOrdId,
    /// For which account.
    pub account: AccountId,
    /// In which securities; from 1 to [`MOST_ENTRIES`].
    pub entries: Vec<QuoteEntry>,
}

/// A quote of one security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct QuoteEntry {
    /// Which.
    pub security: SecurityId,
    /// The bid and the offer; what is absent stays as it is.
    pub sides: [Option<QuoteSide>; 2],
}

/// One side of a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct QuoteSide {
    /// The limit; not looked at if the size is nought.
    pub price: Price,
    /// What is left to trade from now on. Nought withdraws the side.
    pub size: Units,
}

/// QuoteCancel (35=Z).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct QuoteCancel {
    /// Who sent it, and under which number.
    pub from: From,
    /// The client's name for the request; only repeated in the answer, it may be used again.
    pub request: ClOrdId,
    /// Of which account.
    pub account: AccountId,
    /// In which security; without one, in all.
    pub security: Option<SecurityId>,
}

/// One side of a quote as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct QuoteView {
    /// The number of its order.
    pub order: OrderId,
    /// Its limit.
    pub price: Price,
    /// What is left of it.
    pub size: Units,
}

/// Why an entry of a mass quote was rejected. The sides that it states do not stand then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct QuoteReject {
    /// Which side's check failed; none if it was the entry's.
    pub side: Option<Side>,
    /// The check.
    pub reject: Reject,
}

/// Whose quote in which security. By security first: who is obliged to quote is so in one.
pub(crate) type QuoteKey = (SecurityId, AccountId, SessionId);

/// What the venue knows of quotes beside their orders.
#[derive(Debug, Default)]
pub(crate) struct Quotes {
    /// The sides that are open, never none of both; no state of its own.
    sides: BTreeMap<QuoteKey, [Option<Slot>; 2]>,
    pub protections: BTreeMap<(SessionId, AccountId), Protection>,
    pub duties: BTreeMap<(SecurityId, AccountId), Duty>,
    // What a step has done that its end must see to: protections that have reached a limit, duties to look at again.
    reached: Vec<(SessionId, AccountId)>,
    touched: Vec<(SecurityId, AccountId)>,
}

impl Masses {
    /// Whether a side of a quote is about to go with others: then it trades no more, and counts as gone.
    pub(crate) fn take(&self, order: &Order, session: SessionId) -> Option<Only> {
        if self.wanted.is_empty() || !order.marks.has(Marks::QUOTE) {
            return None;
        }
        let both = [Only::Tripped(session, order.account), Only::Quotes(session, order.account)];
        both.into_iter().find(|only| self.wanted.get(only).is_some_and(|&before| order.id < before))
    }
}

impl Quotes {
    /// Notes an open order as a side of a quote.
    pub(crate) fn insert(&mut self, orders: &mut Slab, slot: Slot) {
        orders[slot].marks.set(Marks::QUOTE, true);
        let order = orders[slot];
        let sides = self.sides.entry(key_of(orders, slot)).or_default();
        let old = sides[order.side.index()].replace(slot);
        assert!(old.is_none(), "a quote has one order a side");
    }

    /// Forgets an order that is over, if it was a side of a quote.
    pub(crate) fn remove(&mut self, orders: &Slab, slot: Slot) {
        let order = orders[slot];
        if !order.marks.has(Marks::QUOTE) {
            return;
        }
        let key = key_of(orders, slot);
        let sides = self.sides.get_mut(&key).expect("an open quote is known");
        assert_eq!(sides[order.side.index()].take(), Some(slot), "an open quote is known");
        if *sides == [None; 2] {
            self.sides.remove(&key);
        }
    }

    fn sides(&self, key: QuoteKey) -> [Option<Slot>; 2] {
        self.sides.get(&key).copied().unwrap_or_default()
    }
}

fn key_of(orders: &Slab, slot: Slot) -> QuoteKey {
    (orders[slot].security, orders[slot].account, orders.named(slot).session)
}

impl Engine {
    /// Whether an open order is about to be cancelled, and trades no more until it is.
    pub(crate) fn trades_no_more(&self, slot: Slot) -> bool {
        let session = self.orders.named(slot).session;
        self.barred(slot).is_some() || self.masses.take(&self.orders[slot], session).is_some()
    }

    /// The sides of a quote that stand; what is about to go does not.
    pub(crate) fn standing(&self, key: QuoteKey) -> [Option<Slot>; 2] {
        let stays = |&slot: &Slot| self.masses.take(&self.orders[slot], key.2).is_none();
        self.quotes.sides(key).map(|slot| slot.filter(stays))
    }

    /// Ends a side of a quote without a report of its own.
    pub(crate) fn withdraw(&mut self, slot: Slot) {
        self.unlink(slot);
        self.release(slot);
        self.forget(slot);
    }
}
