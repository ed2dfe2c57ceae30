//! A listing as a venue's text declares it. Prices are hundred-millionths of the cash token per so many units.

use crate::value::Decimal;
use serde::{Deserialize, Serialize};
use tallystick_rules::Time;

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
    /// As what it is admitted under the European Union's pilot regime, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pilot: Option<Pilot>,
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

/// As what a DLT market infrastructure admits it, and how much of it there is (Regulation (EU) 2022/858, Art. 3). Amounts
/// are in cents of a euro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pilot {
    /// As what.
    pub kind: PilotKind,
    /// What Art. 3(1) measures: of shares their issuer's market capitalisation, of debt the issue, of units the assets under
    /// management.
    pub size: u64,
    /// The market value of what is admitted, which Art. 3(2) sums up.
    pub value: u64,
    /// The day of both.
    pub as_of: Time,
}

/// What may be admitted (Art. 3(1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PilotKind {
    /// Shares: point (a).
    Shares,
    /// Bonds and other securitised debt: point (b).
    Bonds,
    /// Corporate bonds of an issuer whose market capitalisation was at most 200 million euros when they were issued: no
    /// threshold of point (b), by its second subparagraph.
    SmallIssuerBonds,
    /// Money-market instruments: point (b).
    MoneyMarket,
    /// Units of a collective investment undertaking: point (c).
    FundUnits,
}

impl PilotKind {
    /// Each with its word.
    pub const ALL: [(PilotKind, &'static str); 5] = [
        (PilotKind::Shares, "shares"),
        (PilotKind::Bonds, "bonds"),
        (PilotKind::SmallIssuerBonds, "small-issuer-bonds"),
        (PilotKind::MoneyMarket, "money-market"),
        (PilotKind::FundUnits, "fund-units"),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}
