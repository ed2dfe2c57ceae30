//! Fees: what an order owes for all it has traded, what of it each trade charges, and what it may still come to.

use super::order::Order;
use super::{Model, Security, money};
use tallystick_engine::fees::Fees;
use tallystick_engine::obligation::Obligation;
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::{Refusal, Reject};
use tallystick_engine::types::{AccountId, Asset, Money, SecurityId, Side};

/// Rates are in millionths of the money.
const MILLION: i128 = 1_000_000;

/// What an order has traded and paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// The sum of money × rate.
    pub weighted: i128,
    /// What was charged.
    pub charged: i128,
}

impl Model {
    /// The most that an order's fees may still come to.
    pub fn fees_ahead(&self, order: &Order) -> i128 {
        let listed = self.security(order.security).expect("an order's security");
        let Some(fees) = listed.listing.fees else { return 0 };
        let highest = fees.maker.max(fees.taker).max(fees.auction);
        let value = listed.cost(order.limit, order.leaves.0);
        due(&fees, order.owed.weighted + value * i128::from(highest)) - order.owed.charged
    }

    /// What an open buy promises: what it would cost at its limit, and fees.
    pub fn promise(&self, order: &Order) -> i128 {
        let listed = self.security(order.security).expect("an order's security");
        listed.cost(order.limit, order.leaves.0) + self.fees_ahead(order)
    }

    /// On a network: what may still be charged for an order, after the trades that wait.
    fn fees_left(&self, order: &Order) -> i128 {
        let (account, asset) = (order.account, self.relies_on(order));
        let terms = match asset {
            Asset::Security(security) => self.units_terms(account, security),
            Asset::Cash(cash) => self.cash_terms(account, cash),
        };
        let waiting = self.trades.iter().map(|t| match asset {
            Asset::Security(security) if (t.seller, t.security) == (account, security) => t.seller_fee.0,
            Asset::Cash(cash) if (t.buyer, t.cash) == (account, cash) => t.buyer_fee.0,
            _ => 0,
        });
        let waiting: i128 = waiting.map(i128::from).sum();
        i128::from(terms.most_fee.0) - waiting
    }

    /// What an order relies on: a sell on units, a buy on cash.
    pub(super) fn relies_on(&self, order: &Order) -> Asset {
        match order.side {
            Side::Sell => Asset::Security(order.security),
            Side::Buy => {
                Asset::Cash(self.security(order.security).expect("an order's security").listing.cash)
            }
        }
    }

    /// On a network: whether an order's fees are within what its allocation leaves, beside those of other orders.
    pub(super) fn fees_are_allocated(&self, order: &Order, instead_of: Option<&Order>) -> Result<(), Reject> {
        let asks = self.fees_ahead(order);
        if asks == 0 {
            return Ok(());
        }
        let asset = self.relies_on(order);
        let others = self.orders.iter().filter(|o| o.account == order.account && self.relies_on(o) == asset);
        let others = others.filter(|o| instead_of.is_none_or(|old| old.order != o.order));
        let others: i128 = others.map(|o| self.fees_ahead(o)).sum();
        (asks <= self.fees_left(order) - others).then_some(()).ok_or(Reject::OutsideAllocation)
    }

    /// A trade charges an order what is due with it: a seller no more than it is paid, nobody more than is allocated.
    pub(super) fn charge(&mut self, order: &Order, cost: i128, rate: u32) -> Money {
        let listed = self.security(order.security).expect("an order's security");
        let Some(fees) = listed.listing.fees else { return Money(0) };
        let weighted = order.owed.weighted + cost * i128::from(rate);
        let mut fee = due(&fees, weighted) - order.owed.charged;
        if order.side == Side::Sell {
            fee = fee.min(cost);
        }
        if self.network().is_some() {
            fee = fee.min(self.fees_left(order)).max(0);
        }
        let owed = &mut self.order_mut(order.order).owed;
        *owed = Owed { weighted, charged: owed.charged + fee };
        money(fee)
    }

    /// Fees that have become final come off what is allocated for them.
    pub(super) fn spend_fees(&mut self, trade: &Obligation) {
        for told in &mut self.units_told {
            if (told.account, told.security) == (trade.seller, trade.security) {
                told.terms.most_fee = Money((told.terms.most_fee.0 - trade.seller_fee.0).max(0));
            }
        }
        for told in &mut self.cash_told {
            if (told.account, told.cash) == (trade.buyer, trade.cash) {
                told.terms.most_fee = Money((told.terms.most_fee.0 - trade.buyer_fee.0).max(0));
            }
        }
    }

    /// What comes to an account when the trades that wait are final: as seller, and as the one that fees go to.
    pub(super) fn coming_in(&self, account: AccountId, trade: &Obligation) -> i128 {
        let takes_fees = self.params.and_then(|params| params.fee_account) == Some(account);
        let fees = i128::from(trade.buyer_fee.0) + i128::from(trade.seller_fee.0);
        let sold = i128::from(trade.money.0) - i128::from(trade.seller_fee.0);
        i128::from(trade.seller == account) * sold + i128::from(takes_fees) * fees
    }

    pub(super) fn set_fees(&mut self, security: SecurityId, fees: Option<Fees>) -> Result<(), Refusal> {
        let listed = self.security(security).ok_or(super::operator::unknown("security", security.0))?;
        let phase = listed.phase;
        if phase != Phase::Closed {
            return Err(Refusal::Phase(format!(
                "security {security} is {phase}; close it before its fees change"
            )));
        }
        if self.orders.iter().any(|o| o.security == security) {
            return Err(Refusal::Phase(format!(
                "security {security} has open orders, which reserve by its fees; cancel them first"
            )));
        }
        self.good_fees(fees.as_ref())?;
        self.security_mut(security).listing.fees = fees;
        Ok(())
    }

    /// Whether fees are in their ranges, and there is somebody whom they go to.
    pub(super) fn good_fees(&self, fees: Option<&Fees>) -> Result<(), Refusal> {
        let Some(fees) = fees else { return Ok(()) };
        let refuse = |good: bool, what: &str, range: &str| match good {
            true => Ok(()),
            false => Err(Refusal::OutOfRange { what: what.into(), range: range.into() }),
        };
        let rates = [
            ("the maker's rate", fees.maker),
            ("the taker's rate", fees.taker),
            ("the auction's rate", fees.auction),
        ];
        for (what, rate) in rates {
            refuse(rate <= 100_000, what, "from 0 to 100000")?;
        }
        let most = 1_000_000_000_000;
        refuse((0..=most).contains(&fees.least.0), "the least fee", &format!("from 0 to {most}"))?;
        let nobody = "it has fees, and the venue was opened without an account for them";
        let account = self.params.and_then(|params| params.fee_account);
        let account = account.ok_or(Refusal::Listing(nobody.into()))?;
        let missing =
            format!("it has fees, and account {account}, which they go to, is not there yet; add it");
        self.account(account).map(|_| ()).ok_or(Refusal::Listing(missing))
    }
}

impl Security {
    /// The rates that the one who came and the one who rested pay.
    pub(super) fn rates(&self, auction: bool) -> [u32; 2] {
        let Some(fees) = self.listing.fees else { return [0; 2] };
        if auction { [fees.auction; 2] } else { [fees.taker, fees.maker] }
    }
}

/// What an order owes that has traded so much: a half is rounded up.
fn due(fees: &Fees, weighted: i128) -> i128 {
    let exact = (2 * weighted + MILLION) / (2 * MILLION);
    exact.max(fees.least.0.into())
}
