//! Trades as the file has them, and trades made of what each side is told.

use std::collections::BTreeMap;
use std::io::{self, Write};
use tallystick_engine::types::Side;

/// The first line of a file of trades.
pub const HEADER: &str = "price_ticks,qty,buy_order_id,sell_order_id";

/// A trade, by the file's names of its orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The price.
    pub ticks: i64,
    /// How many units.
    pub units: u64,
    /// The buying order.
    pub buyer: u64,
    /// The selling order.
    pub seller: u64,
}

/// Writes the header and a line for each trade.
pub fn write(trades: &[Trade], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for Trade { ticks, units, buyer, seller } in trades {
        writeln!(out, "{ticks},{units},{buyer},{seller}")?;
    }
    Ok(())
}

/// What one side of a trade is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Half {
    /// Which side.
    pub side: Side,
    /// The price.
    pub ticks: i64,
    /// How many units.
    pub units: u64,
    /// The side's order, by the file's name.
    pub order: u64,
}

/// The two reports of a trade do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TradeError {
    /// One side was told twice.
    #[error("trade {number} was reported twice to the {side:?} side")]
    Twice {
        /// `TrdMatchID`.
        number: u64,
        /// The side.
        side: Side,
    },
    /// Each side was told something else.
    #[error("the two sides of trade {number} were told different things: {buyer:?} and {seller:?}")]
    Differ {
        /// `TrdMatchID`.
        number: u64,
        /// What the buyer was told.
        buyer: Half,
        /// What the seller was told.
        seller: Half,
    },
}

/// Halves that are matched by `TrdMatchID`, as a tally stick's are by their notches.
#[derive(Debug, Default)]
pub struct Pairing {
    open: BTreeMap<u64, Half>,
    whole: BTreeMap<u64, Trade>,
}

impl Pairing {
    /// Takes one side's report of trade `number`.
    pub fn take(&mut self, number: u64, half: Half) -> Result<(), TradeError> {
        let twice = Err(TradeError::Twice { number, side: half.side });
        if self.whole.contains_key(&number) {
            return twice;
        }
        let Some(other) = self.open.remove(&number) else {
            self.open.insert(number, half);
            return Ok(());
        };
        let (buyer, seller) = match (other.side, half.side) {
            (Side::Buy, Side::Sell) => (other, half),
            (Side::Sell, Side::Buy) => (half, other),
            _ => return twice,
        };
        if (buyer.ticks, buyer.units) != (seller.ticks, seller.units) {
            return Err(TradeError::Differ { number, buyer, seller });
        }
        let trade =
            Trade { ticks: buyer.ticks, units: buyer.units, buyer: buyer.order, seller: seller.order };
        self.whole.insert(number, trade);
        Ok(())
    }

    /// How many trades have both their sides.
    pub fn whole(&self) -> u64 {
        self.whole.len() as u64
    }

    /// The trades that have both their sides, by `TrdMatchID`.
    pub fn into_trades(self) -> Vec<Trade> {
        self.whole.into_values().collect()
    }
}
