//! A listing as a venue's text declares it. Prices are hundred-millionths of the cash token per so many units.

use crate::value::Decimal;
use serde::{Deserialize, Serialize};

/// How a venue trades a security.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Of which security.
    pub symbol: String,
    /// The hash of the text that declares the security, where the venue binds itself to one.
    pub text: Option<[u8; 32]>,
    /// The cash token that it is paid in, by name.
    pub cash: String,
    /// How many digits of the cash token's smallest unit come after the point; at most 8.
    pub cash_decimals: u8,
    /// Ticks, lots and money.
    pub ticks: Ticks,
    /// The units that make a quotation, a multiple of the lot; where absent, one lot.
    pub round_lot: Option<u64>,
    /// The price before the first trade.
    pub reference: Decimal,
    /// How far an order's price may lie from the reference price, in basis points of it.
    pub collar_bps: u32,
    /// Whether it trades in auctions only.
    pub auctions_only: bool,
    /// What trading it costs; nothing, where absent.
    pub fees: Option<Fees>,
    /// When continuous trading is interrupted.
    pub bands: Option<Bands>,
    /// Of a first listing: its lowest and its highest price until it has traded.
    pub issue: Option<(Decimal, Decimal)>,
    /// Whether only those who were let in can see it.
    pub gated: bool,
}

/// How prices, quantities and money fit together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticks {
    /// The least tick.
    pub tick: Decimal,
    /// From which price on which coarser tick holds, ascending.
    pub coarser: Vec<TickRange>,
    /// The least quantity, and the step of every quantity, in units.
    pub lot: u64,
    /// What one tick on `per` units is worth, in the cash token's smallest unit.
    pub value: i64,
    /// The units that `value` is for.
    pub per: u64,
    /// The highest price that an order may have.
    pub highest: Decimal,
    /// The largest quantity that an order may have, in units.
    pub largest: u64,
}

impl Ticks {
    /// The tick at a price.
    pub fn at(&self, price: Decimal) -> Decimal {
        let found = self.coarser.iter().rev().find(|range| range.from <= price);
        found.map_or(self.tick, |range| range.tick)
    }
}

/// A tick that holds from a price on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickRange {
    /// From this price on.
    pub from: Decimal,
    /// The tick.
    pub tick: Decimal,
}

/// What trading costs. Rates are in millionths of the money that is traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fees {
    /// Of an order that rested.
    pub maker: u32,
    /// Of the order that came to it.
    pub taker: u32,
    /// Of both sides of a trade that an auction made.
    pub auction: u32,
    /// The least that an order which has traded pays, in the cash token's smallest unit.
    pub least: i64,
}

/// How far from where prices were a trade may print, and how long trading is interrupted when one would print farther.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bands {
    /// From the price of the last auction, in basis points of it.
    pub static_bps: Option<u32>,
    /// From the last trade's price, in basis points of it.
    pub dynamic_bps: Option<u32>,
    /// How long the halt is, in nanoseconds.
    pub halt_ns: u64,
    /// How long the call of the reopening auction is, in nanoseconds.
    pub call_ns: u64,
}
