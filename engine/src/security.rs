//! A listed security: its definition, its rules, its day, its book.

use crate::amend::Coming;
use crate::bands::Interruption;
use crate::book::Book;
use crate::book::slab::Slot;
use crate::command::Listing;
use crate::indicative::Gathering;
use crate::phase::Phase;
use crate::stakes::{Counted, Needs, Tallies};
use crate::stops::{Stops, Trigger};
use crate::types::{FirmId, OrderId, Place, Price, SecurityId, Side, Steps, Ticks, Units};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tallystick_rules::Program;

/// The most lots in a round lot, and so the most prices that are looked at to find a quotation.
pub const MOST_LOTS_IN_ROUND: u64 = 1_000;

#[derive(Debug)]
pub(crate) struct Security {
    pub listing: Listing,
    pub program: Program,
    /// What its rules look at.
    pub needs: Needs,
    /// What is counted of it: what its rules need, and what others needed before them;
    pub tallies: Tallies,
    /// and what that comes to.
    pub counted: Counted,
    /// The firms that were let in, where it is gated.
    pub admitted: BTreeSet<FirmId>,
    pub phase: Phase,
    /// Whether its auction is being run, in chunks.
    pub uncrossing: bool,
    /// The last trade's price, or the listing's reference, or the operator's.
    pub reference: Ticks,
    /// The last auction's price, or what was the reference when the day began.
    pub static_reference: Ticks,
    /// The prices of a first listing, lowest and highest, until it has traded.
    pub issuing: Option<(Ticks, Ticks)>,
    /// The timer of an interruption.
    pub interruption: Option<Interruption>,
    /// While a call gathers: what was told of it.
    pub gathering: Option<Gathering>,
    /// How many units of it there are; where no network tells, all that are allocated to the venue.
    pub issued: Units,
    /// Its epoch on the register.
    pub epoch: u32,
    /// Whether other venues are on the network.
    pub shared: bool,
    /// The rules that are about to replace the listing's, once what they look at is counted; until then nothing trades.
    pub coming: Option<Coming>,
    /// Trades that have reached stops which still wait for their turn, oldest first: one for each time that stops had
    /// come in since, so never more than stops have been entered while others waited.
    pub triggers: VecDeque<Trigger>,
    pub book: Book,
    // What follows says where orders are that the book does not know; each holds open orders only.
    /// Stops that wait.
    pub stops: Stops,
    /// Pegged orders, by place.
    pub pegged: BTreeMap<Place, Slot>,
    /// The quotations that they follow.
    pub followed: [Option<Ticks>; 2],
    /// Orders that wait for the call of their auction, by place: the opening, the close, any.
    pub waiting: [BTreeMap<Place, Slot>; 3],
    /// Orders for an auction that are on the book.
    pub joined: BTreeSet<OrderId>,
    /// Good-till-date orders.
    pub dated: BTreeSet<(u32, OrderId)>,
}

impl Security {
    /// Checks a listing as far as it can be wrong in itself.
    pub fn new(listing: Listing) -> Result<Security, String> {
        listing.ticks.check().map_err(|e| e.to_string())?;
        let symbol = listing.symbol.as_bytes();
        if symbol.is_empty() || symbol.len() > 12 || !symbol.iter().all(u8::is_ascii_graphic) {
            return Err("the symbol must be one to twelve printable ASCII characters".into());
        }
        let reference = listing.ticks.to_ticks(listing.reference).filter(|&t| is_legal(&listing, t));
        let reference =
            reference.ok_or("the reference price must lie on a tick, from one tick to the maximum price")?;
        let issuing = listing.issue.map(|issue| issue.on_ticks(&listing.ticks, reference)).transpose()?;
        listing.bands.map_or(Ok(()), |bands| bands.check())?;
        let (lot, most) = (listing.ticks.lot.0, listing.ticks.max_quantity.0);
        let is_round = |round: Units| {
            let lots = round.0 / lot;
            round.0.is_multiple_of(lot) && (1..=MOST_LOTS_IN_ROUND).contains(&lots) && round.0 <= most
        };
        if !listing.round_lot.is_none_or(is_round) {
            return Err(format!(
                "the round lot must be a multiple of the lot, at most {MOST_LOTS_IN_ROUND} lots and the maximum quantity"
            ));
        }
        let program = Program::new(listing.protocols.clone()).map_err(|e| e.to_string())?;
        if let Some(fees) = &listing.fees {
            fees.check().map_err(|(what, range)| format!("{what} must be {range}"))?;
        }
        let needs = Needs::of(&program);
        Ok(Security {
            listing,
            program,
            needs,
            tallies: needs.tallies(),
            counted: Counted::default(),
            admitted: BTreeSet::new(),
            phase: Phase::Closed,
            uncrossing: false,
            reference,
            static_reference: reference,
            issuing,
            interruption: None,
            gathering: None,
            issued: Units::ZERO,
            epoch: 1,
            shared: false,
            coming: None,
            triggers: VecDeque::new(),
            book: Book::default(),
            stops: Stops::default(),
            pegged: BTreeMap::new(),
            followed: [None; 2],
            waiting: Default::default(),
            joined: BTreeSet::new(),
            dated: BTreeSet::new(),
        })
    }

    /// Whether a seller that leaves entirely can hand its place over: not where another venue can bring it units meanwhile,
    /// so that it would not leave.
    pub fn hands_over(&self) -> bool {
        !self.shared
    }

    pub fn id(&self) -> SecurityId {
        self.listing.security
    }

    pub fn price(&self, ticks: Ticks) -> Price {
        self.listing.ticks.to_price(ticks)
    }

    /// The prices an order may have just now, lowest and highest: within the collar around the reference; before the
    /// first trade of a first listing those of the issue.
    pub fn collar(&self) -> (Ticks, Ticks) {
        self.issuing.unwrap_or_else(|| self.reach(self.reference, self.listing.collar_bps))
    }

    /// The prices within so many basis points of one, lowest and highest: the last ones on a tick.
    pub fn reach(&self, from: Ticks, bps: u32) -> (Ticks, Ticks) {
        let width = self.width_of(from, bps);
        [Side::Sell, Side::Buy].map(|side| self.worsened(side, from, width)).into()
    }

    /// How far so many basis points of a price reach on either side of it, rounded down.
    pub fn width_of(&self, from: Ticks, bps: u32) -> Steps {
        let rule = &self.listing.ticks;
        let (from, most) = (rule.steps(from).0, rule.steps(rule.max_price));
        // Few prices need 128 bits, whose division takes long.
        let wide = || i64::try_from(i128::from(from) * i128::from(bps) / 10_000).unwrap_or(i64::MAX);
        let width = from.checked_mul(bps.into()).map_or_else(wide, |product| product / 10_000);
        Steps(width).min(most)
    }

    /// The last price that is not worse for a side by more than a width, within the listing's prices.
    pub fn worsened(&self, side: Side, price: Ticks, width: Steps) -> Ticks {
        let rule = &self.listing.ticks;
        let from = rule.steps(price);
        let furthest = match side {
            Side::Buy => from.plus(width).min(rule.steps(rule.max_price)),
            Side::Sell => from.minus(width).max(Steps(1)),
        };
        rule.no_dearer(side, furthest)
    }

    /// A price, if it is one of the listing's.
    pub fn legal(&self, price: Ticks) -> Option<Ticks> {
        is_legal(&self.listing, price).then_some(price)
    }

    /// What a side quotes: the best price at which a round lot is displayed, there and at better prices together, and
    /// how much that is. Odd lots by themselves quote nothing.
    pub fn quotation(&self, side: Side) -> Option<(Ticks, Units)> {
        self.book.quotation(side, self.listing.round_lot.unwrap_or(self.listing.ticks.lot))
    }

    /// Whether orders match as they come just now.
    pub fn matches(&self) -> bool {
        self.phase == Phase::Continuous
    }

    /// Whether no order of it is open.
    pub fn is_idle(&self) -> bool {
        self.book.is_empty()
            && self.stops.is_empty()
            && self.pegged.is_empty()
            && self.waiting.iter().all(BTreeMap::is_empty)
    }
}

fn is_legal(listing: &Listing, price: Ticks) -> bool {
    price >= Ticks(1) && price <= listing.ticks.max_price
}
