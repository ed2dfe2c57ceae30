//! What a market maker asks for: two-sided quotes, many securities in a message, and protection of them.
//!
//! ```
//! use tallystick_client::{Quote, QuoteSide, Quotes};
//!
//! let side = |price: &str, size| Some(QuoteSide::Set { price: price.parse().unwrap(), size });
//! let quotes = Quotes {
//!     quote_id: "Q-1".parse()?,
//!     account: 1001,
//!     quotes: vec![
//!         // Thirty either way.
//!         Quote { security_id: 55, bid: side("101.25", 30), offer: side("101.5", 30) },
//!         // The bid stays as it is; the offer goes.
//!         Quote { security_id: 56, bid: None, offer: Some(QuoteSide::Withdraw) },
//!     ],
//! };
//! # drop(quotes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use tallystick_wire::{
    BusinessHeader, ClOrdId, MassQuote, Message, Price8, QuoteCancel, QuoteEntry, QuoteProtectionRequest,
};

/// What one side of a quote is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteSide {
    /// So many units at this price, from now on.
    Set {
        /// The price.
        price: Price8,
        /// What may trade from now on; above nought.
        size: u64,
    },
    /// Nothing any more.
    Withdraw,
}

/// Both sides of a quote in one security. `None` leaves a side as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The security.
    pub security_id: u32,
    /// What the maker buys.
    pub bid: Option<QuoteSide>,
    /// What the maker sells.
    pub offer: Option<QuoteSide>,
}

/// Quotes of one account (FIX MassQuote).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotes {
    /// Your name for this state of your quotes; reports say it. It may be used again.
    pub quote_id: ClOrdId,
    /// The account.
    pub account: u32,
    /// From 1 to 32, each of another security.
    pub quotes: Vec<Quote>,
}

/// The end of an account's quotes (FIX QuoteCancel).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelQuotes {
    /// Your name for the request.
    pub name: ClOrdId,
    /// The account.
    pub account: u32,
    /// Of which security; `None` for all.
    pub security_id: Option<u32>,
}

/// How much of an account's quotes may trade in how long: whatever reaches a limit trips it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protection {
    /// The window, ns: a millisecond to a day.
    pub window: u64,
    /// So many executions: 1 to 1,024.
    pub executions: u32,
    /// So many units.
    pub units: Option<u64>,
    /// So much money, of any one cash token.
    pub value: Option<u64>,
}

/// Market-maker protection for an account's quotes; setting it lets quotes in again after it has tripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProtectQuotes {
    /// Your name for the request.
    pub name: ClOrdId,
    /// The account.
    pub account: u32,
    /// What protects it; `None` for nothing.
    pub protection: Option<Protection>,
}

impl From<Quote> for QuoteEntry {
    fn from(quote: Quote) -> Self {
        let side = |side: Option<QuoteSide>| match side {
            Some(QuoteSide::Set { price, size }) => (Some(price), Some(size)),
            Some(QuoteSide::Withdraw) => (None, Some(0)),
            None => (None, None),
        };
        let ((bid_px, bid_size), (offer_px, offer_size)) = (side(quote.bid), side(quote.offer));
        Self { security_id: quote.security_id, bid_px, bid_size, offer_px, offer_size }
    }
}

impl From<Quotes> for Message {
    fn from(quotes: Quotes) -> Self {
        let entries = quotes.quotes.into_iter().map(QuoteEntry::from).collect();
        MassQuote::new(quotes.quote_id, quotes.account, entries).into()
    }
}

impl From<CancelQuotes> for Message {
    fn from(request: CancelQuotes) -> Self {
        let CancelQuotes { name: quote_msg_id, account, security_id } = request;
        QuoteCancel { header: BusinessHeader::BLANK, quote_msg_id, account, security_id }.into()
    }
}

impl From<ProtectQuotes> for Message {
    fn from(request: ProtectQuotes) -> Self {
        let ProtectQuotes { name: quote_msg_id, account, protection } = request;
        QuoteProtectionRequest {
            header: BusinessHeader::BLANK,
            quote_msg_id,
            account,
            protection_window: protection.map(|it| it.window),
            protection_executions: protection.map(|it| it.executions),
            protection_units: protection.and_then(|it| it.units),
            protection_value: protection.and_then(|it| it.value),
        }
        .into()
    }
}
