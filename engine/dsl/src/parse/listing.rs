//! The text of a listing.

use super::Parser;
use super::security::Said;
use crate::diagnostic::{Diagnostic, Fault};
use crate::listing::{Bands, Fees, Listing, Pilot, TickRange, Ticks};
use crate::token::{Span, Token};
use crate::value::Decimal;

const FIELDS: &[&str] = &[
    "text",
    "cash",
    "tick",
    "lot",
    "round",
    "prices",
    "highest",
    "largest",
    "reference",
    "collar",
    "bands",
    "fees",
    "issue",
    "segment",
    "trading",
    "pilot",
];

const BANDS: &[&str] = &["static", "dynamic", "halt", "call"];

/// Bounds of the engine's: `TickRule`, `Bands`, `Fees`, and the lots of a round lot.
const MOST_UNITS: u64 = 1 << 40;
const MOST_RANGES: usize = 32;
const MOST_LOTS_IN_ROUND: u64 = 1_000;
const LONGEST_NS: u64 = 86_400 * 1_000_000_000;
const SHORTEST_CALL_NS: u64 = 1_000_000_000;
const MOST_RATE: u32 = 100_000;
const MOST_LEAST: i64 = 1_000_000_000_000;

/// What was read of a text so far.
#[derive(Default)]
struct Draft {
    text: Option<[u8; 32]>,
    cash: Option<(String, u8)>,
    tick: Option<Decimal>,
    coarser: Vec<(TickRange, Span)>,
    lot: Option<u64>,
    round: Option<u64>,
    per: Option<u64>,
    highest: Option<Decimal>,
    largest: Option<u64>,
    reference: Option<Decimal>,
    collar: Option<u32>,
    bands: Option<Bands>,
    fees: Option<(Fees, Decimal)>,
    issue: Option<(Decimal, Decimal)>,
    gated: Option<bool>,
    auctions_only: Option<bool>,
    pilot: Option<Pilot>,
}

impl Parser<'_> {
    /// `listing SYMBOL { … }`.
    pub fn listing_text(&mut self) -> Option<Listing> {
        let start = self.span();
        let symbol = self.symbol();
        if symbol.is_none() {
            while !self.at_end() && self.peek() != Token::Open {
                self.advance();
            }
        }
        let head = self.since(&start);
        let (mut draft, mut said) = (Draft::default(), Said::default());
        let before = self.faults.len();
        self.block(|parser| {
            let span = parser.span();
            let Some(field) = parser.one_of_fields(FIELDS, "listing") else {
                said.meant(parser, FIELDS);
                parser.recover();
                return;
            };
            if field != "tick" {
                said.once(parser, field, span.clone());
            }
            match parser.listing_field(field, &span, &mut draft, &mut said) {
                Some(()) => parser.end_statement("it"),
                None => parser.recover(),
            }
        });
        let needed = [
            ("cash", "write what it is paid in, as in `cash USD with 2 decimals`"),
            ("tick", "write the least step of its prices, as in `tick 0.01`"),
            ("lot", "write the least quantity, as in `lot 1 unit`"),
            ("highest", "write the highest price, as in `highest price 10,000`"),
            ("largest", "write the largest order, as in `largest order 100,000 units`"),
            ("reference", "write the price before the first trade, as in `reference 25.00`"),
            ("collar", "write how far from the reference an order's price may lie, as in `collar 20 %`"),
            ("segment", "write who can see it: `segment gated` or `segment open`"),
            ("trading", "write how it trades: `trading continuous` or `trading in auctions`"),
        ];
        let complete = said.demand(self, head, &needed);
        if !complete || self.faults.len() > before {
            return None;
        }
        self.whole(symbol?, draft, &said)
    }

    fn listing_field(&mut self, field: &str, span: &Span, draft: &mut Draft, said: &mut Said) -> Option<()> {
        match field {
            "text" => draft.text = Some(self.hash()?),
            "cash" => {
                let name = match self.peek() {
                    Token::Text => self.quoted(64, "a cash token's name")?,
                    _ => self.symbol()?,
                };
                self.expect_word("with")?;
                let decimals = self.integer(8)?;
                self.one_of(&["decimals", "decimal"], "")?;
                draft.cash = Some((name, decimals as u8));
            }
            "tick" => {
                let tick = self.price()?;
                if self.eat_word("from") {
                    let from = self.price()?;
                    draft.coarser.push((TickRange { from, tick }, self.since(span)));
                } else {
                    said.once(self, "tick", span.clone());
                    draft.tick = Some(tick);
                }
            }
            "lot" => draft.lot = Some(self.at_least_one_unit()?),
            "round" => {
                self.expect_word("lot")?;
                draft.round = Some(self.at_least_one_unit()?);
            }
            "prices" => {
                self.expect_word("per")?;
                draft.per = Some(self.at_least_one_unit()?);
            }
            "highest" => {
                self.expect_word("price")?;
                draft.highest = Some(self.price()?);
            }
            "largest" => {
                self.expect_word("order")?;
                draft.largest = Some(self.at_least_one_unit()?);
            }
            "reference" => draft.reference = Some(self.price()?),
            "collar" => draft.collar = Some(self.bps(1, 1_000_000)?),
            "bands" => draft.bands = Some(self.bands()?),
            "fees" => draft.fees = Some(self.fees()?),
            "issue" => {
                self.expect_word("from")?;
                let lowest = self.price()?;
                self.expect_word("to")?;
                draft.issue = Some((lowest, self.price()?));
            }
            "pilot" => draft.pilot = Some(self.pilot()?),
            "segment" => draft.gated = Some(self.one_of(&["gated", "open"], "a segment")? == "gated"),
            _ => {
                let how = self.one_of(&["continuous", "in"], "how it trades")?;
                if how == "in" {
                    self.expect_word("auctions")?;
                }
                draft.auctions_only = Some(how == "in");
            }
        }
        Some(())
    }

    /// The hash of a text: 64 hexadecimal digits in quotes.
    fn hash(&mut self) -> Option<[u8; 32]> {
        let span = self.span();
        let text = self.quoted(128, "the hash of the security's text")?;
        let mut hash = [0; 32];
        let good = text.len() == 64
            && text.bytes().all(|b| b.is_ascii_hexdigit())
            && hash.iter_mut().zip(text.as_bytes().chunks(2)).all(|(byte, digits)| {
                let digits = std::str::from_utf8(digits).unwrap_or_default();
                u8::from_str_radix(digits, 16).map(|read| *byte = read).is_ok()
            });
        if !good {
            let message = "a hash is 64 hexadecimal digits in quotes";
            self.fault(Diagnostic::new(Fault::OutOfRange, span, message));
            return None;
        }
        Some(hash)
    }

    fn price(&mut self) -> Option<Decimal> {
        let span = self.span();
        let price = self.decimal()?;
        if price <= Decimal(0) {
            self.fault(Diagnostic::new(Fault::OutOfRange, span, "a price is more than nought"));
            return None;
        }
        if self.peek() == Token::Percent {
            let message = "a price is an amount of the cash token, without a unit";
            self.fault(Diagnostic::new(Fault::WrongType, self.span(), message));
            return None;
        }
        Some(price)
    }

    fn at_least_one_unit(&mut self) -> Option<u64> {
        let span = self.span();
        let units = self.units()?;
        if !(1..=MOST_UNITS).contains(&units) {
            let message = format!("from 1 to {} units", crate::value::thousands(MOST_UNITS));
            self.fault(Diagnostic::new(Fault::OutOfRange, self.since(&span), message));
            return None;
        }
        Some(units)
    }

    fn bands(&mut self) -> Option<Bands> {
        let start = self.span();
        let mut said = Said::default();
        let mut bands = Bands { static_bps: None, dynamic_bps: None, halt_ns: 0, call_ns: 0 };
        let before = self.faults.len();
        self.block(|parser| {
            let span = parser.span();
            let Some(field) = parser.one_of_fields(BANDS, "list of bands") else {
                said.meant(parser, BANDS);
                parser.recover();
                return;
            };
            said.once(parser, field, span.clone());
            let read = match field {
                "static" => parser.bps(1, 9_999).map(|bps| bands.static_bps = Some(bps)),
                "dynamic" => parser.bps(1, 9_999).map(|bps| bands.dynamic_bps = Some(bps)),
                "halt" => parser.clock_within(0, LONGEST_NS).map(|ns| bands.halt_ns = ns),
                _ => parser.clock_within(SHORTEST_CALL_NS, LONGEST_NS).map(|ns| bands.call_ns = ns),
            };
            match read {
                Some(()) => parser.end_statement("it"),
                None => parser.recover(),
            }
        });
        let needed = [
            ("halt", "write how long trading halts, as in `halt 5 minutes`"),
            ("call", "write how long the auction's call is, as in `call 5 minutes`"),
        ];
        let complete = said.demand(self, start.clone(), &needed);
        if !said.has("static") && !said.has("dynamic") {
            let message = "bands need `static` or `dynamic` or both";
            self.fault(Diagnostic::new(Fault::Missing, start, message));
            return None;
        }
        (complete && self.faults.len() == before).then_some(bands)
    }

    fn clock_within(&mut self, least: u64, most: u64) -> Option<u64> {
        let span = self.span();
        let ns = self.clock()?;
        if !(least..=most).contains(&ns) {
            let message = format!("from {} second to one day", least / 1_000_000_000);
            self.fault(Diagnostic::new(Fault::OutOfRange, self.since(&span), message));
            return None;
        }
        Some(ns)
    }

    fn fees(&mut self) -> Option<(Fees, Decimal)> {
        let mut said = Said::default();
        let mut fees = Fees { maker: 0, taker: 0, auction: 0, least: 0 };
        let mut least = Decimal(0);
        let before = self.faults.len();
        self.block(|parser| {
            let span = parser.span();
            let fields = &["maker", "taker", "auction", "least"];
            let Some(field) = parser.one_of_fields(fields, "list of fees") else {
                parser.recover();
                return;
            };
            said.once(parser, field, span.clone());
            let read = match field {
                "maker" => parser.millionths().map(|rate| fees.maker = rate),
                "taker" => parser.millionths().map(|rate| fees.taker = rate),
                "auction" => parser.millionths().map(|rate| fees.auction = rate),
                _ => parser.decimal().map(|amount| least = amount),
            };
            match read {
                Some(()) => parser.end_statement("it"),
                None => parser.recover(),
            }
        });
        (self.faults.len() == before).then_some((fees, least))
    }

    fn millionths(&mut self) -> Option<u32> {
        let span = self.span();
        let rate = self.rate()?;
        let unit = Decimal::ONE / 10_000;
        let millionths = rate.0 / unit;
        if rate.0 % unit != 0 || millionths > MOST_RATE.into() {
            let message = "a fee is at most 10 % and has at most four decimals";
            self.fault(Diagnostic::new(Fault::OutOfRange, self.since(&span), message));
            return None;
        }
        Some(millionths as u32)
    }

    /// What was read, if its parts fit together.
    fn whole(&mut self, symbol: String, draft: Draft, said: &Said) -> Option<Listing> {
        let (cash, cash_decimals) = draft.cash?;
        let (tick, lot, highest, largest) = (draft.tick?, draft.lot?, draft.highest?, draft.largest?);
        let place = |what: &str| said.place(what).unwrap_or_default();
        let mut wrong: Vec<(Span, String, String)> = Vec::new();
        let scale = 10_i128.pow(cash_decimals.into());
        let (worth, of) =
            (i128::from(tick.0) * scale, i128::from(Decimal::ONE) * i128::from(draft.per.unwrap_or(1)));
        let shared = divisor(worth, of);
        let (value, per) = (worth / shared, of / shared);
        let (Ok(value), Ok(per)) = (i64::try_from(value), u64::try_from(per)) else {
            let message = "one tick is worth more than can be counted";
            self.fault(Diagnostic::new(Fault::Listing, place("tick"), message));
            return None;
        };
        if !lot.is_multiple_of(per) {
            wrong.push((
                place("lot"),
                format!("one tick on a lot of {lot} would be worth a fraction of the cash token's smallest unit"),
                format!("a tick on {per} units is worth {value} of it: take a multiple of {per} units as lot, or a coarser tick"),
            ));
        }
        let mut before = TickRange { from: Decimal(0), tick };
        let coarser: Vec<TickRange> = draft.coarser.iter().map(|(range, _)| *range).collect();
        for (range, span) in draft.coarser {
            let follows = range.from > before.from
                && range.tick > before.tick
                && range.tick.0 % tick.0 == 0
                && range.from.0 % before.tick.0 == 0
                && range.from.0 % range.tick.0 == 0;
            if !follows {
                wrong.push((
                    span,
                    format!("the tick {} from {} does not follow the one before", range.tick, range.from),
                    "prices and ticks ascend, each tick is a multiple of the least one, and the price lies on this tick and on the one before".into(),
                ));
            }
            before = range;
        }
        if coarser.len() > MOST_RANGES {
            wrong.push((
                place("tick"),
                format!("a tick table has at most {MOST_RANGES} ranges"),
                String::new(),
            ));
        }
        let ticks = Ticks { tick, coarser, lot, value, per, highest, largest };
        let on_tick = |price: Decimal| price.0 % ticks.at(price).0 == 0 && price <= highest;
        let reference = draft.reference?;
        let prices = [("highest", Some(highest)), ("reference", Some(reference))];
        let issue = draft
            .issue
            .into_iter()
            .flat_map(|(lowest, most)| [("issue", Some(lowest)), ("issue", Some(most))]);
        for (what, price) in prices.into_iter().chain(issue) {
            if let Some(price) = price.filter(|price| !on_tick(*price)) {
                let tick = ticks.at(price);
                let message =
                    format!("{price} is no price: it must be a multiple of {tick} and at most {highest}");
                wrong.push((place(what), message, String::new()));
            }
        }
        if let Some((lowest, most)) = draft.issue
            && !(lowest..=most).contains(&reference)
        {
            let message = format!(
                "the reference {reference} must lie from {lowest} to {most}, the prices of the issue"
            );
            wrong.push((place("reference"), message, String::new()));
        }
        if let Some(round) = draft.round
            && !(round.is_multiple_of(lot) && round / lot <= MOST_LOTS_IN_ROUND && round <= largest)
        {
            let message = format!(
                "a round lot is a multiple of the lot, at most {MOST_LOTS_IN_ROUND} of them, and no more than the largest order"
            );
            wrong.push((place("round"), message, String::new()));
        }
        let most = i128::from(highest.0 / tick.0 + 1) * i128::from(value) * i128::from(largest / per + 1);
        if most > i128::from(i64::MAX / 4) {
            let message = "the largest order at the highest price would cost more than can be counted";
            wrong.push((place("largest"), message.into(), "lower one of them".into()));
        }
        let fees = draft.fees.map(|(fees, least)| {
            let exact = i128::from(least.0) * scale;
            if exact % i128::from(Decimal::ONE) != 0 || exact / i128::from(Decimal::ONE) > MOST_LEAST.into() {
                let message =
                    format!("the least fee is an amount of {cash}, which has {cash_decimals} decimals");
                wrong.push((place("fees"), message, String::new()));
            }
            Fees { least: i64::try_from(exact / i128::from(Decimal::ONE)).unwrap_or(0), ..fees }
        });
        let good = wrong.is_empty();
        for (span, message, help) in wrong {
            self.fault(Diagnostic::new(Fault::Listing, span, message).help(help));
        }
        good.then_some(Listing {
            symbol,
            text: draft.text,
            cash,
            cash_decimals,
            ticks,
            round_lot: draft.round,
            reference,
            collar_bps: draft.collar?,
            auctions_only: draft.auctions_only?,
            fees,
            bands: draft.bands,
            issue: draft.issue,
            gated: draft.gated?,
            pilot: draft.pilot,
        })
    }
}

fn divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
