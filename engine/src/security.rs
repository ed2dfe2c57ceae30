//! A listed security: its definition, its rules, its day, its book.

use crate::book::Book;
use crate::command::Listing;
use crate::phase::Phase;
use crate::types::{Price, SecurityId, Ticks, Units};
use tallystick_rules::{Program, Rule};

#[derive(Debug)]
pub(crate) struct Security {
    pub listing: Listing,
    pub program: Program,
    /// The least cap on holders among its rules.
    pub cap: Option<u32>,
    pub phase: Phase,
    /// Whether its auction is being run, in chunks.
    pub uncrossing: bool,
    /// The last trade's price, or the listing's reference.
    pub reference: Ticks,
    /// All units allocated to the venue.
    pub issued: Units,
    /// How many owners take a place that a cap counts.
    pub places: u64,
    /// Its epoch on the register.
    pub epoch: u32,
    /// The rules that are about to replace the listing's, once the book is empty; until then nothing trades.
    pub coming: Option<Vec<Rule>>,
    pub book: Book,
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
        let program = Program::new(listing.rules.clone()).map_err(|e| e.to_string())?;
        let cap = cap(&program);
        Ok(Security {
            listing,
            program,
            cap,
            phase: Phase::Closed,
            uncrossing: false,
            reference,
            issued: Units::ZERO,
            places: 0,
            epoch: 1,
            coming: None,
            book: Book::default(),
        })
    }

    /// Puts the rules in force that were to come. They were checked when they were told.
    pub fn change_rules(&mut self) {
        let Some(rules) = self.coming.take() else { return };
        self.program = Program::new(rules.clone()).expect("the rules were checked");
        self.cap = cap(&self.program);
        self.listing.rules = rules;
    }

    pub fn id(&self) -> SecurityId {
        self.listing.security
    }

    pub fn price(&self, ticks: Ticks) -> Price {
        self.listing.ticks.to_price(ticks)
    }

    /// The prices an order may have just now, lowest and highest: within the collar around the reference.
    pub fn collar(&self) -> (Ticks, Ticks) {
        let rule = &self.listing.ticks;
        let reference = i128::from(rule.steps(self.reference));
        let width = reference * i128::from(self.listing.collar_bps) / 10_000;
        let highest = rule.steps(rule.max_price);
        let clamp = |steps: i128| steps.clamp(1, i128::from(highest)) as i64;
        (rule.ceil(clamp(reference - width)), rule.floor(clamp(reference + width)))
    }
}

fn cap(program: &Program) -> Option<u32> {
    let cap = |rule: &Rule| match rule {
        Rule::HolderCap { max } => Some(*max),
        Rule::Person { .. } | Rule::LockUp { .. } => None,
    };
    program.rules().filter_map(|(_, rule)| cap(rule)).min()
}

fn is_legal(listing: &Listing, price: Ticks) -> bool {
    price >= Ticks(1) && price <= listing.ticks.max_price
}
