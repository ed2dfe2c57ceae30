//! Fees: what an order pays over its whole life, what is kept back for that, and how much allocations allow.
//!
//! They are counted per order, so that they do not depend on how many parts it traded in: what is due is a function of
//! all its trades together, and each trade charges what is due with it and was not charged before.

use crate::book::slab::Slot;
use crate::engine::Engine;
use crate::index::Index;
use crate::life::Stake;
use crate::obligation::Obligation;
use crate::reject::Refusal;
use crate::security::Security;
use crate::types::{AccountId, Asset, Money, SecurityId, Side, Ticks, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// What trading a security costs. Rates are in millionths of the money that is traded; there are none below nought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    /// The rate of an order that rested.
    pub maker: u32,
    /// The rate of the order that came to it; of a cross, both sides'.
    pub taker: u32,
    /// The rate of both sides of a trade that an auction made.
    pub auction: u32,
    /// The least that an order which has traded pays altogether, in the cash token's smallest unit.
    pub least: Money,
}

/// What rates are parts of.
const WHOLE: i128 = 1_000_000;

impl Fees {
    /// The highest rate: a tenth of the money.
    pub const MOST_RATE: u32 = 100_000;
    /// The highest `least`.
    pub const MOST_LEAST: Money = Money(1_000_000_000_000);

    /// Checks the ranges; the error says what must be what.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let Fees { maker, taker, auction, least } = *self;
        let rates =
            [("the maker's rate", maker), ("the taker's rate", taker), ("the auction's rate", auction)];
        if let Some((what, _)) = rates.into_iter().find(|&(_, rate)| rate > Fees::MOST_RATE) {
            return Err((what, format!("from 0 to {}", Fees::MOST_RATE)));
        }
        if !(Money::ZERO..=Fees::MOST_LEAST).contains(&least) {
            return Err(("the least fee", format!("from 0 to {}", Fees::MOST_LEAST)));
        }
        Ok(())
    }

    /// What an order owes altogether, of which trades are worth `weighted`: money × rate. Rounded to the nearest, a
    /// half up.
    fn due(&self, weighted: i128) -> Money {
        let exact = (weighted + WHOLE / 2) / WHOLE;
        self.least.max(Money(i64::try_from(exact).expect("an order's money is bounded by the listing")))
    }

    /// The most that may still be charged to an order, of which something worth `value` may still trade. Every trade
    /// takes at least as much off this, and off what is kept back for the value, as it costs.
    fn still(&self, tab: Tab, value: Money) -> Money {
        let highest = self.maker.max(self.taker).max(self.auction);
        self.due(tab.weighted + i128::from(value.0) * i128::from(highest)) - tab.charged
    }
}

/// What an order's fees have come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tab {
    /// The sum over its trades of money × rate.
    pub weighted: i128,
    /// What they were charged.
    pub charged: Money,
}

/// How a side came to a trade, which decides its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Maker,
    Taker,
    Auction,
}

impl Security {
    /// The most that the fees of an order may still come to that leaves so much.
    pub fn fees_to_come(&self, tab: Tab, limit: Ticks, leaves: Units) -> Money {
        match &self.listing.fees {
            Some(fees) if !leaves.is_zero() => fees.still(tab, self.listing.ticks.value(limit, leaves)),
            _ => Money::ZERO,
        }
    }
}

/// What of an allocation's fees is spoken for. 128 bits: what sells may come to no money bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// What open orders may still come to.
    pub orders: i128,
    /// What trades that wait have charged.
    pub trades: i128,
}

type Key = (AccountId, Asset);

/// Sums over open orders and obligations; no state of their own, and empty where nothing costs anything.
#[derive(Debug)]
pub(crate) struct Allowances {
    spoken: Index<Key, Spoken>,
}

impl Allowances {
    pub fn new(seed: u64) -> Allowances {
        Allowances { spoken: Index::new(seed) }
    }

    pub fn of(&self, key: Key) -> Spoken {
        self.spoken.get(key).unwrap_or_default()
    }

    pub fn change(&mut self, key: Key, change: impl FnOnce(&mut Spoken)) {
        let spoken = self.spoken.entry(key, Spoken::default());
        change(spoken);
        assert!(spoken.orders >= 0 && spoken.trades >= 0, "what is freed was spoken for");
        if *spoken == Spoken::default() {
            self.spoken.remove(key);
        }
    }

    /// An obligation begins, or ends, to wait.
    pub fn count(&mut self, obligation: &Obligation, waits: bool) {
        let Obligation { seller, buyer, security, cash, buyer_fee, seller_fee, .. } = *obligation;
        let sides =
            [((buyer, Asset::Cash(cash)), buyer_fee), ((seller, Asset::Security(security)), seller_fee)];
        for (key, fee) in sides.into_iter().filter(|&(_, fee)| fee > Money::ZERO) {
            let fee = i128::from(if waits { fee.0 } else { -fee.0 });
            self.change(key, |spoken| spoken.trades += fee);
        }
    }

    pub fn all(&self) -> Vec<(Key, Spoken)> {
        self.spoken.sorted()
    }
}

/// What an open order promises: its stake, and within that, or of what it is to be paid, the most that fees may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Promise {
    pub stake: Stake,
    pub fees: Money,
}

impl Engine {
    /// What an open order promises while it leaves so much.
    pub(crate) fn promise(&self, slot: Slot, leaves: Units) -> Promise {
        let (order, named) = (&self.orders[slot], self.orders.named(slot));
        let security = &self.securities[order.security];
        let stake = crate::life::stake(security, order.side, named.limit, leaves, named.tab);
        Promise { stake, fees: security.fees_to_come(named.tab, named.limit, leaves) }
    }

    /// What an order of this side relies on: what its fees are bounded by too.
    pub(crate) fn relies_on(&self, security: SecurityId, side: Side) -> Asset {
        match side {
            Side::Sell => Asset::Security(security),
            Side::Buy => Asset::Cash(self.securities[security].listing.cash),
        }
    }

    /// Charges an order for what it traded.
    pub(crate) fn charge(&mut self, slot: Slot, part: Part, money: Money) -> Money {
        let (id, side, account) =
            (self.orders[slot].security, self.orders[slot].side, self.orders[slot].account);
        let Some(fees) = self.securities[id].listing.fees else { return Money::ZERO };
        let rate = match part {
            Part::Maker => fees.maker,
            Part::Taker => fees.taker,
            Part::Auction => fees.auction,
        };
        let allowed = self.fees_allowed((account, self.relies_on(id, side)));
        let tab = &mut self.orders.named_mut(slot).tab;
        tab.weighted += i128::from(money.0) * i128::from(rate);
        let mut fee = fees.due(tab.weighted) - tab.charged;
        if side == Side::Sell {
            fee = fee.min(money);
        }
        let fee = i128::from(fee.0).min(allowed.max(0));
        let fee = Money(i64::try_from(fee).expect("no more than was due"));
        tab.charged += fee;
        fee
    }

    /// What an allocation has left for fees after the trades that wait; where no network tells of any, all there is.
    fn fees_allowed(&self, key: Key) -> i128 {
        if !self.has_network() {
            return i128::MAX;
        }
        let (account, asset) = key;
        let terms = match asset {
            Asset::Security(security) => self.holdings.holding(account, security).map(|h| h.terms),
            Asset::Cash(cash) => self.holdings.purse(account, cash).map(|p| p.terms),
        };
        i128::from(terms.unwrap_or_default().most_fee.0) - self.allowances.of(key).trades
    }

    /// Whether an order's fees keep to the allocation it relies on, whatever of it trades at its limit. `released` is
    /// what an order that it replaces had promised.
    pub(crate) fn permits_fees(
        &self,
        account: AccountId,
        asset: Asset,
        fees: Money,
        released: Money,
    ) -> bool {
        let key = (account, asset);
        let promised = self.allowances.of(key).orders - i128::from(released.0) + i128::from(fees.0);
        fees == Money::ZERO || promised <= self.fees_allowed(key)
    }

    /// Other fees, or none.
    pub(crate) fn set_fees(&mut self, id: SecurityId, fees: Option<Fees>) -> Result<(), Refusal> {
        let unknown = Refusal::Unknown { what: "security".into(), number: id.0.into() };
        let security = self.find_security(id).ok_or(unknown)?;
        if security.phase != crate::phase::Phase::Closed {
            return Err(Refusal::Phase(format!(
                "security {id} is {}; close it before its fees change",
                security.phase
            )));
        }
        if !security.is_idle() {
            return Err(Refusal::Phase(format!(
                "security {id} has open orders, which reserve by its fees; cancel them first"
            )));
        }
        if let Some(fees) = &fees {
            fees.check().map_err(|(what, range)| Refusal::OutOfRange { what: what.into(), range })?;
            self.check_fee_account().map_err(Refusal::Listing)?;
        }
        self.securities[id].listing.fees = fees;
        Ok(())
    }

    /// Fees need an account to go to.
    pub(crate) fn check_fee_account(&self) -> Result<AccountId, String> {
        let account = self.params.and_then(|p| p.fee_account);
        let account = account.ok_or("it has fees, and the venue was opened without an account for them")?;
        match self.accounts.get(account) {
            Some(_) => Ok(account),
            None => {
                Err(format!("it has fees, and account {account}, which they go to, is not there yet; add it"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    const MOST: i64 = i64::MAX / 4;

    fn fees([maker, taker, auction]: [u32; 3], least: i64) -> Fees {
        let rate = |n: u32| n % (Fees::MOST_RATE + 1);
        let least = Money(least.rem_euclid(Fees::MOST_LEAST.0 + 1));
        Fees { maker: rate(maker), taker: rate(taker), auction: rate(auction), least }
    }

    #[test]
    fn a_half_rounds_up_and_less_than_a_half_down() {
        let fees = fees([0; 3], 0);
        let due = [0, 499_999, 500_000, 1_000_000, 1_499_999, 1_500_000].map(|weighted| fees.due(weighted).0);
        assert_eq!(due, [0, 0, 1, 1, 1, 2]);
    }

    #[test]
    fn the_largest_order_at_the_highest_rates_can_be_counted() {
        let fees = Fees { maker: 100_000, taker: 100_000, auction: 100_000, least: Fees::MOST_LEAST };
        assert_eq!(fees.check(), Ok(()));
        assert_eq!(fees.still(Tab::default(), Money(MOST)), Money(MOST / 10));
        let all = Tab { weighted: i128::from(MOST) * 100_000, charged: Money::ZERO };
        assert_eq!(fees.still(all, Money::ZERO), Money(MOST / 10));
    }

    quickcheck! {
        /// Whatever parts an order trades in, at whatever prices that are no worse and at whichever rates: each costs
        /// no more than what is kept back becomes less by, and no part of it is charged twice.
        fn what_is_kept_back_is_enough(rates: [u32; 3], least: i64, parts: Vec<(u64, u64, u8)>) -> bool {
            let fees = fees(rates, least);
            let worths = parts.iter().scan(MOST as u64, |left, part| {
                let worth = part.0 % (*left + 1);
                *left -= worth;
                Some(worth as i64)
            });
            let worths: Vec<i64> = worths.collect();
            let mut left: i64 = worths.iter().sum();
            let mut tab = Tab::default();
            let mut kept = i128::from(left) + i128::from(fees.still(tab, Money(left)).0);
            for (worth, &(_, price, rate)) in worths.into_iter().zip(&parts) {
                left -= worth;
                let money = (price % (worth as u64 + 1)) as i64;
                let rate = [fees.maker, fees.taker, fees.auction][usize::from(rate % 3)];
                tab.weighted += i128::from(money) * i128::from(rate);
                let fee = fees.due(tab.weighted) - tab.charged;
                if fee < Money::ZERO {
                    return false;
                }
                tab.charged += fee;
                let after = i128::from(left) + i128::from(fees.still(tab, Money(left)).0);
                if i128::from(money) + i128::from(fee.0) > kept - after {
                    return false;
                }
                kept = after;
            }
            parts.is_empty() || tab.charged == fees.due(tab.weighted)
        }
    }
}
