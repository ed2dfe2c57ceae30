//! Texts of securities and listings: read, compiled, and made into what ledger and engine take.

use crate::cli::Failure;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use tallystick_catalog::TextHash;
use tallystick_dsl::{Compiled, Decimal, Diagnostics, Exemption, Listing, Security, listing as tally};
use tallystick_engine::bands::Bands;
use tallystick_engine::command;
use tallystick_engine::fees::Fees;
use tallystick_engine::reference::IssueRange;
use tallystick_engine::rules::{Program, Protocol};
use tallystick_engine::types::{
    CashId, Money, Price, SecurityId, Steps, TickRange, TickRule, Ticks, Time, Units,
};
use tallystick_ledger::instruction::{self, SecurityTerms};
use tallystick_ledger::keys::PublicKey;
use tallystick_ledger::names::Hash;

/// Why texts list nothing.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// A text does not compile: every place, one a line.
    #[error("{0}")]
    Wrong(#[from] Diagnostics),
    /// A text is of another kind.
    #[error("{name} is {found}, and here {wanted} is wanted")]
    Other {
        /// What the text is called.
        name: String,
        /// What it is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// A listing of another security, or of another text.
    #[error("the listing is of {wanted}, and the security's text is {found}")]
    OtherSecurity {
        /// What the listing says.
        wanted: String,
        /// What the text is.
        found: String,
    },
    /// Nobody knows the cash token.
    #[error("there is no cash token {name:?} here; there are {known}")]
    Cash {
        /// What the listing says.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// The cash token has another smallest unit.
    #[error("the cash token {name} has {known} decimals, and the listing says {said}")]
    Decimals {
        /// Which.
        name: String,
        /// What is known of it.
        known: u8,
        /// What the listing says.
        said: u8,
    },
    /// Ticks, lots and money do not fit together.
    #[error("the listing: {0}")]
    Ticks(String),
}

/// A security with the text that declares it.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The hash of the text.
    pub hash: Hash,
    /// What the text says.
    pub security: Security,
}

/// A cash token, as listings name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cash {
    /// Its number.
    pub id: CashId,
    /// How many digits of its smallest unit come after the point; where nothing tells, whatever the listing says.
    pub decimals: Option<u8>,
}

/// Cash tokens by their names.
pub type CashNames = BTreeMap<String, Cash>;

/// More than a text may have: what is longer is refused when it is compiled.
const MOST_READ: u64 = 1 << 20;

/// Reads a text from a file.
pub fn read(file: &Path) -> Result<String, Failure> {
    let failed = |e: std::io::Error| format!("{} can't be read: {e}", file.display());
    let mut text = String::new();
    std::fs::File::open(file).map_err(failed)?.take(MOST_READ).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// The hash by which a text is known on the ledger.
pub fn hash(text: &str) -> Hash {
    Hash(TextHash::of(text).0)
}

/// Compiles a text that must be a security's.
pub fn security(name: &str, text: &str) -> Result<Declared, TextError> {
    match tallystick_dsl::check(name, text)? {
        Compiled::Security(security) => Ok(Declared { hash: hash(text), security: *security }),
        other => Err(TextError::Other { name: name.into(), found: what(&other), wanted: "a security" }),
    }
}

/// Compiles a text that must be a listing.
pub fn listing(name: &str, text: &str) -> Result<Listing, TextError> {
    match tallystick_dsl::check(name, text)? {
        Compiled::Listing(listing) => Ok(*listing),
        other => Err(TextError::Other { name: name.into(), found: what(&other), wanted: "a listing" }),
    }
}

fn what(compiled: &Compiled) -> &'static str {
    match compiled {
        Compiled::Security(_) => "a security",
        Compiled::Listing(_) => "a listing",
        Compiled::Transfers(_) => "a list of rules",
        Compiled::Protocols(_) => "a file of protocols",
    }
}

impl Declared {
    /// Whether a listing is of this security, and of this text if it names one.
    pub fn belongs(&self, listing: &Listing) -> Result<(), TextError> {
        let symbol = &self.security.symbol;
        let same = listing.text.is_none_or(|text| Hash(text) == self.hash);
        if listing.symbol == *symbol && same {
            return Ok(());
        }
        let of = |symbol: &str, hash: Hash| format!("{symbol} with the text {hash}");
        let wanted = listing.text.map_or(listing.symbol.clone(), |text| of(&listing.symbol, Hash(text)));
        Err(TextError::OtherSecurity { wanted, found: of(symbol, self.hash) })
    }

    /// What the engine lists: this security as a venue's listing says, under its number.
    pub fn listed(
        &self,
        listing: &Listing,
        security: SecurityId,
        cash: &CashNames,
    ) -> Result<command::Listing, TextError> {
        self.belongs(listing)?;
        let declared = &self.security;
        Ok(command::Listing {
            security,
            symbol: listing.symbol.clone(),
            cash: cash_of(listing, cash)?,
            ticks: ticks(&listing.ticks)?,
            round_lot: listing.round_lot.map(Units),
            reference: price(listing.reference),
            collar_bps: listing.collar_bps,
            call_only: listing.auctions_only,
            bands: listing.bands.map(|bands| Bands {
                static_bps: bands.static_bps,
                dynamic_bps: bands.dynamic_bps,
                halt_ns: bands.halt_ns,
                call_ns: bands.call_ns,
            }),
            fees: listing.fees.map(|fees| Fees {
                maker: fees.maker,
                taker: fees.taker,
                auction: fees.auction,
                least: Money(fees.least),
            }),
            issue: listing
                .issue
                .map(|(lowest, highest)| IssueRange { lowest: price(lowest), highest: price(highest) }),
            gated: listing.gated,
            protocols: declared.protocols.clone(),
            disclosure: declared.disclosure,
        })
    }

    /// The program that the text is compiled to.
    pub fn program(&self) -> Program {
        Program::new(self.security.protocols.clone()).expect("what compiles is a program")
    }

    /// What the ledger takes when it is issued. Where the text does not tell when the offering closed, it closes now.
    pub fn terms(
        &self,
        [issuer, registrar]: [PublicKey; 2],
        first_refusal: Option<PublicKey>,
        now: Time,
    ) -> SecurityTerms {
        let Security { symbol, name, register_of_record, exemption, closing, disclosure, protocols, .. } =
            self.security.clone();
        SecurityTerms {
            symbol,
            name,
            issuer,
            registrar,
            first_refusal,
            text: self.hash,
            register_of_record,
            exemption: match exemption {
                Exemption::None => instruction::Exemption::None,
                Exemption::Rule506b => instruction::Exemption::Rule506b,
                Exemption::Rule506c => instruction::Exemption::Rule506c,
                Exemption::RegS(category) => instruction::Exemption::RegS(category),
                Exemption::RegA2 => instruction::Exemption::RegA2,
                Exemption::RegCf => instruction::Exemption::RegCf,
                Exemption::Rule144a => instruction::Exemption::Rule144a,
            },
            closing: closing.unwrap_or(now),
            protocols,
            disclosure,
        }
    }
}

fn price(decimal: Decimal) -> Price {
    Price(decimal.0)
}

fn cash_of(listing: &Listing, cash: &CashNames) -> Result<CashId, TextError> {
    let name = listing.cash.clone();
    match cash.get(&name) {
        None => {
            let known: Vec<_> = cash.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".into() } else { known.join(", ") };
            Err(TextError::Cash { name, known })
        }
        Some(Cash { decimals: Some(known), .. }) if *known != listing.cash_decimals => {
            Err(TextError::Decimals { name, known: *known, said: listing.cash_decimals })
        }
        Some(Cash { id, .. }) => Ok(*id),
    }
}

fn ticks(of: &tally::Ticks) -> Result<TickRule, TextError> {
    let range = |range: &tally::TickRange| TickRange { from: price(range.from), tick: price(range.tick) };
    let mut ticks = TickRule {
        tick: price(of.tick),
        coarser: of.coarser.iter().map(range).collect(),
        lot: Units(of.lot),
        value: Money(of.value),
        per: Units(of.per),
        max_price: Ticks(1),
        max_quantity: Units(of.largest),
    };
    // What else is wrong with them is said when they are listed.
    ticks.check_ranges().map_err(|error| TextError::Ticks(error.to_string()))?;
    ticks.max_price = ticks.floor(Steps(of.highest.0 / of.tick.0.max(1)));
    Ok(ticks)
}

/// What a text is, on one line.
pub fn summary(text: &str, compiled: &Compiled) -> String {
    match compiled {
        Compiled::Security(security) => {
            let (symbol, class) = (&security.symbol, security.class.word());
            format!("security {symbol}, {class}; {}; text {}", rules(&security.protocols), hash(text))
        }
        Compiled::Transfers(protocols) => rules(protocols),
        Compiled::Listing(listing) => format!("listing of {}, paid in {}", listing.symbol, listing.cash),
        Compiled::Protocols(protocols) => counted(protocols.len(), "protocol"),
    }
}

fn rules(protocols: &[Protocol]) -> String {
    let count: usize = protocols.iter().map(|protocol| protocol.rules.len()).sum();
    format!("{} of {}", counted(count, "rule"), counted(protocols.len(), "protocol"))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What a text is compiled to.
pub fn json(text: &str, compiled: &Compiled) -> Value {
    match compiled {
        Compiled::Security(security) => json!({ "text": hash(text), "security": security }),
        Compiled::Listing(listing) => json!({ "listing": listing }),
        Compiled::Transfers(protocols) => json!({ "transfers": protocols }),
        Compiled::Protocols(protocols) => json!({ "protocols": protocols }),
    }
}
