//! The price of a call auction.

use crate::types::{Ticks, Units};

/// What an auction comes to, before rules on pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cross {
    /// The one price of all its trades.
    pub price: Ticks,
    /// How many units are wanted at it,
    pub demand: u128,
    /// and how many are offered.
    pub supply: u128,
}

impl Cross {
    /// How many units can trade.
    pub fn units(&self) -> u128 {
        self.demand.min(self.supply)
    }
}

/// Finds the price at which an auction trades, or nothing if no buy reaches a sell.
///
/// Maximum volume; then minimum surplus; then market pressure (all surplus on the buy side: the highest
/// such price, all on the sell side: the lowest); then nearest the reference price. Every tick is a
/// candidate, not only the orders' prices. These are the principles that CME, Euronext, ASX, NSE and the
/// Shanghai exchange publish in this or a like form.
///
/// Both sides come with their best price first, each price once.
pub fn equilibrium(
    buys: impl Iterator<Item = (Ticks, Units)>,
    sells: impl Iterator<Item = (Ticks, Units)>,
    reference: Ticks,
) -> Option<Cross> {
    let mut sells = sells.peekable();
    let mut buys = buys.peekable();
    let (lowest, highest) = (sells.peek()?.0, buys.peek()?.0);
    if lowest > highest {
        return None;
    }
    // Only prices from the best sell to the best buy can trade at all. From here on ascending.
    let sells: Vec<(Ticks, Units)> = sells.take_while(|&(price, _)| price <= highest).collect();
    let mut buys: Vec<(Ticks, Units)> = buys.take_while(|&(price, _)| price >= lowest).collect();
    buys.reverse();

    // Demand falls just above a buy price, supply rises at a sell price: between such steps both are level,
    // so a stretch of ticks is one candidate.
    let mut best: Option<Candidate> = None;
    let mut demand: u128 = buys.iter().map(|&(_, units)| u128::from(units.0)).sum();
    let mut supply: u128 = 0;
    let (mut next_buy, mut next_sell) = (0, 0);
    let mut start = lowest;
    while start <= highest {
        while let Some(&(price, units)) = sells.get(next_sell).filter(|&&(price, _)| price <= start) {
            debug_assert!(price >= lowest);
            supply += u128::from(units.0);
            next_sell += 1;
        }
        while let Some(&(_, units)) = buys.get(next_buy).filter(|&&(price, _)| price < start) {
            demand -= u128::from(units.0);
            next_buy += 1;
        }
        let after_buy = buys.get(next_buy).map(|&(price, _)| Ticks(price.0 + 1));
        let after_sell = sells.get(next_sell).map(|&(price, _)| price);
        let next = after_buy.into_iter().chain(after_sell).min().unwrap_or(Ticks(highest.0 + 1));
        let here = Candidate::new(start, Ticks(next.0 - 1), demand, supply);
        best = Some(match best {
            Some(best) => best.or_better(here),
            None => here,
        });
        start = next;
    }
    let best = best.expect("there is at least one candidate");
    let price = best.price(reference);
    let sum = |side: &[(Ticks, Units)], counts: &dyn Fn(Ticks) -> bool| -> u128 {
        side.iter().filter(|&&(at, _)| counts(at)).map(|&(_, units)| u128::from(units.0)).sum()
    };
    Some(Cross { price, demand: sum(&buys, &|at| at >= price), supply: sum(&sells, &|at| at <= price) })
}

/// Neighbouring ticks that are equally good as far as looked at.
#[derive(Clone, Copy)]
struct Candidate {
    low: Ticks,
    high: Ticks,
    units: u128,
    surplus: u128,
    any_buy_surplus: bool,
    any_sell_surplus: bool,
}

impl Candidate {
    fn new(low: Ticks, high: Ticks, demand: u128, supply: u128) -> Candidate {
        Candidate {
            low,
            high,
            units: demand.min(supply),
            surplus: demand.abs_diff(supply),
            any_buy_surplus: demand > supply,
            any_sell_surplus: supply > demand,
        }
    }

    // Demand only falls and supply only rises with the price, so equally good stretches are neighbours.
    fn or_better(self, higher: Candidate) -> Candidate {
        let better = (higher.units, std::cmp::Reverse(higher.surplus));
        match better.cmp(&(self.units, std::cmp::Reverse(self.surplus))) {
            std::cmp::Ordering::Less => self,
            std::cmp::Ordering::Greater => higher,
            std::cmp::Ordering::Equal => Candidate {
                high: higher.high,
                any_buy_surplus: self.any_buy_surplus || higher.any_buy_surplus,
                any_sell_surplus: self.any_sell_surplus || higher.any_sell_surplus,
                ..self
            },
        }
    }

    fn price(&self, reference: Ticks) -> Ticks {
        match (self.any_buy_surplus, self.any_sell_surplus) {
            (true, false) => self.high,
            (false, true) => self.low,
            _ => reference.clamp(self.low, self.high),
        }
    }
}
