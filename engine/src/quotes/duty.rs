//! Who is obliged to quote a security, and for how long of its continuous trading that was done.

use super::Quotes;
use crate::book::slab::{Marks, Slot, Stand};
use crate::engine::Engine;
use crate::event::Event;
use crate::reject::Refusal;
use crate::types::{AccountId, Price, SecurityId, SessionId, Time, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The most accounts that are obliged in one security.
pub const MOST_OBLIGED: usize = 64;
/// A spread that every quote has at most: from nought to infinity, its middle is half the offer.
pub const WIDEST_SPREAD_BPS: u32 = 20_000;

/// What an account must quote in a security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteObligation {
    /// How far offer and bid may lie apart, in basis points of their middle; from 1 to [`WIDEST_SPREAD_BPS`].
    pub max_spread_bps: u32,
    /// The least that each side must leave; from 1 to the listing's maximum quantity.
    pub min_size: Units,
    /// For how much of continuous trading, in thousandths; from 1 to 1,000.
    pub min_presence_permille: u32,
}

/// An account that is obliged, and its day so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct DutyView {
    /// Which account.
    pub account: AccountId,
    /// What it must quote.
    pub obligation: QuoteObligation,
    /// How long continuous trading took, in nanoseconds.
    pub continuous_ns: u64,
    /// How long of that it was met, in nanoseconds.
    pub met_ns: u64,
}

impl QuoteObligation {
    fn is_met(&self, sizes: [Units; 2], [bid, offer]: [Price; 2]) -> bool {
        let (bid, offer) = (i128::from(bid.0), i128::from(offer.0));
        let within = (offer - bid) * 20_000 <= i128::from(self.max_spread_bps) * (offer + bid);
        within && sizes.iter().all(|&size| size >= self.min_size)
    }

    fn is_fulfilled(&self, continuous_ns: u64, met_ns: u64) -> bool {
        u128::from(met_ns) * 1_000 >= u128::from(continuous_ns) * u128::from(self.min_presence_permille)
    }
}

/// What holds just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Presence {
    pub continuous: bool,
    pub met: bool,
}

/// An obligation in force.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Duty {
    pub obligation: QuoteObligation,
    /// Sums as of `since`.
    pub continuous_ns: u64,
    pub met_ns: u64,
    /// When what holds began to hold, or the sums to count.
    pub since: Time,
    /// What holds since then; no state of its own.
    pub presence: Presence,
}

impl Duty {
    /// The sums of the day until now.
    fn sums(&self, now: Time) -> [u64; 2] {
        let passed = |counts: bool| if counts { now.0 - self.since.0 } else { 0 };
        [self.continuous_ns + passed(self.presence.continuous), self.met_ns + passed(self.presence.met)]
    }

    fn count(&mut self, now: Time) {
        [self.continuous_ns, self.met_ns] = self.sums(now);
        self.since = now;
    }
}

impl Quotes {
    fn obliged(&self, id: SecurityId) -> impl Iterator<Item = (AccountId, &Duty)> {
        let all = (id, AccountId(0))..=(id, AccountId(u32::MAX));
        self.duties.range(all).map(|(&(_, account), duty)| (account, duty))
    }
}

impl Engine {
    pub(crate) fn set_obligation(
        &mut self,
        account: AccountId,
        security: SecurityId,
        obligation: &Option<QuoteObligation>,
    ) -> Result<(), Refusal> {
        let unknown = |what: &str, number: u32| Refusal::Unknown { what: what.into(), number: number.into() };
        self.accounts.get(account).ok_or(unknown("account", account.0))?;
        let listed = self.find_security(security).ok_or(unknown("security", security.0))?;
        let Some(obligation) = *obligation else {
            self.quotes.duties.remove(&(security, account));
            return Ok(());
        };
        let most = listed.listing.ticks.max_quantity;
        let QuoteObligation { max_spread_bps, min_size, min_presence_permille } = obligation;
        let others = self.quotes.obliged(security).filter(|&(other, _)| other != account).count();
        let ranges = [
            ("max_spread_bps", u64::from(max_spread_bps), 1, u64::from(WIDEST_SPREAD_BPS)),
            ("min_size", min_size.0, 1, most.0),
            ("min_presence_permille", u64::from(min_presence_permille), 1, 1_000),
            ("the number of accounts obliged", others as u64 + 1, 1, MOST_OBLIGED as u64),
        ];
        if let Some((what, _, least, most)) =
            ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value))
        {
            let range = format!("from {least} to {most}");
            return Err(Refusal::OutOfRange { what: what.into(), range });
        }
        let presence = self.presence(security, account, &obligation);
        let duty = Duty { obligation, continuous_ns: 0, met_ns: 0, since: self.now, presence };
        self.quotes.duties.insert((security, account), duty);
        Ok(())
    }

    /// All that are obliged in a security, with their day so far, by their numbers.
    pub fn obligations_to_quote(&self, security: SecurityId) -> impl Iterator<Item = DutyView> {
        self.quotes.obliged(security).map(|(account, duty)| {
            let [continuous_ns, met_ns] = duty.sums(self.now);
            DutyView { account, obligation: duty.obligation, continuous_ns, met_ns }
        })
    }

    /// The security has closed: its makers' day is over.
    pub(crate) fn report_obligations(&mut self, security: SecurityId, events: &mut Vec<Event>) {
        let all: Vec<AccountId> = self.quotes.obliged(security).map(|(account, _)| account).collect();
        for account in all {
            let duty = self.quotes.duties.get_mut(&(security, account)).expect("just found");
            duty.count(self.now);
            let Duty { obligation, continuous_ns, met_ns, .. } = *duty;
            (duty.continuous_ns, duty.met_ns) = (0, 0);
            let (date, fulfilled) = (self.date, obligation.is_fulfilled(continuous_ns, met_ns));
            events.push(Event::ObligationReport {
                account,
                security,
                date,
                continuous_ns,
                met_ns,
                fulfilled,
            });
        }
    }

    /// A side of a quote has changed on the book: whoever is obliged to it is looked at when the step is over.
    pub(crate) fn touch_duty(&mut self, slot: Slot) {
        let order = &self.orders[slot];
        let key = (order.security, order.account);
        if order.marks.has(Marks::QUOTE) && self.quotes.duties.contains_key(&key) {
            self.quotes.touched.push(key);
        }
    }

    /// A security has another phase.
    pub(crate) fn touch_duties(&mut self, security: SecurityId) {
        let all: Vec<_> = self.quotes.obliged(security).map(|(account, _)| (security, account)).collect();
        self.quotes.touched.extend(all);
    }

    /// The end of a step: the time until now goes to what held, where something else holds from now on.
    pub(crate) fn see_to_duties(&mut self) {
        if self.quotes.touched.is_empty() {
            return;
        }
        let mut touched = std::mem::take(&mut self.quotes.touched);
        touched.sort_unstable();
        touched.dedup();
        for &(security, account) in &touched {
            let obligation = self.quotes.duties[&(security, account)].obligation;
            let presence = self.presence(security, account, &obligation);
            let duty = self.quotes.duties.get_mut(&(security, account)).expect("just found");
            if duty.presence != presence {
                duty.count(self.now);
                duty.presence = presence;
            }
        }
        touched.clear();
        self.quotes.touched = touched;
    }

    /// Whether trading is continuous, and the quote of one of the account's sessions is as it must be.
    pub(crate) fn presence(
        &self,
        id: SecurityId,
        account: AccountId,
        obligation: &QuoteObligation,
    ) -> Presence {
        let continuous = self.securities[id].matches();
        let all = (id, account, SessionId(0))..=(id, account, SessionId(u32::MAX));
        let met = self.quotes.sides.range(all).any(|(_, sides)| {
            let [Some(bid), Some(offer)] = *sides else { return false };
            let slots = [bid, offer];
            let on_book = slots.iter().all(|&slot| self.orders.named(slot).stand == Stand::Book);
            let prices = slots.map(|slot| self.price_of(id, self.orders.named(slot).limit));
            on_book && obligation.is_met(slots.map(|slot| self.orders[slot].leaves), prices)
        });
        Presence { continuous, met: continuous && met }
    }
}
