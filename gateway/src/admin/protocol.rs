//! What may be asked, and the answer: one JSON object a line each way.

use super::specs::{DisclosureSpec, InsiderSpec, Onboarding};
use crate::settlement::desk::LedgerAsk;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tallystick_engine::fees::Fees;
use tallystick_engine::phase::Phase;
use tallystick_engine::quotes::QuoteObligation;
use tallystick_engine::risk::{Limits, RiskScope};
use tallystick_engine::types::Side;

/// The longest line, in bytes. A hundred thousand people fit.
pub const MAX_LINE: usize = 32 << 20;

/// A text that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// What it is called in messages, such as its file.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl Text {
    /// A text under a name.
    pub fn new(name: &str, text: impl Into<String>) -> Text {
        Text { name: name.into(), text: text.into() }
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ask {
    /// How many of everything there are.
    Status,
    /// The securities with their phases.
    Securities,
    /// Trades that wait for settlement, oldest first.
    Obligations {
        /// At most so many; no more than a thousand.
        limit: usize,
    },
    /// List a security.
    List {
        /// The text that declares it.
        security: Text,
        /// The text of the listing.
        listing: Text,
        /// Its number: on a network that on the register, where several have the same text; otherwise the next free one
        /// if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
    },
    /// Take in firms, sessions, investors and accounts.
    Onboard {
        /// As written by the operator.
        people: Onboarding,
    },
    /// Allocate units.
    FundUnits {
        /// Whose.
        account: u32,
        /// Symbol or number.
        security: String,
        /// How many.
        units: u64,
        /// When the owner acquired them, `YYYY-MM-DD`; today if absent.
        acquired: Option<jiff::civil::Date>,
        /// Whether they are restricted securities (17 CFR 230.144(a)(3)).
        #[serde(default)]
        restricted: bool,
    },
    /// How an investor stands to a security's issuer.
    Insider {
        /// Symbol or number.
        security: String,
        /// Who.
        investor: u32,
        /// How; a stranger if absent.
        insider: Option<InsiderSpec>,
    },
    /// What the issuer has made known of a security, in place of what was known.
    Disclose {
        /// Symbol or number.
        security: String,
        /// All of it.
        disclosure: DisclosureSpec,
    },
    /// What two were approved to trade with each other.
    Approve {
        /// Symbol or number.
        security: String,
        /// Who sells.
        seller: u32,
        /// Who buys.
        buyer: u32,
        /// How many units; nought takes it back.
        units: u64,
        /// The first day on which nothing can be traded on it, `YYYY-MM-DD`; of nought units none.
        until: Option<jiff::civil::Date>,
    },
    /// A firm is let into the gated segment that a security trades in.
    Admit {
        /// Symbol or number.
        security: String,
        /// Which firm.
        firm: u32,
    },
    /// A firm is shut out of it; answered once its open orders are cancelled.
    ShutOut {
        /// Symbol or number.
        security: String,
        /// Which firm.
        firm: u32,
    },
    /// Allocate cash.
    FundCash {
        /// Whose.
        account: u32,
        /// Of which token.
        cash: u16,
        /// How much, in the token's smallest unit.
        amount: i64,
    },
    /// A security enters a phase.
    Phase {
        /// Symbol or number.
        security: String,
        /// Which phase.
        #[serde(deserialize_with = "crate::phases::deserialize")]
        phase: Phase,
        /// The phase that it is meant to leave; if it is in another, nothing is done. Absent, it leaves whichever it is in.
        #[serde(default, deserialize_with = "crate::phases::deserialize_optional")]
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<Phase>,
    },
    /// A trade is undone.
    Bust {
        /// Its number.
        trade: u64,
    },
    /// A trade has another price.
    Correct {
        /// Its number.
        trade: u64,
        /// The price, a decimal.
        price: String,
    },
    /// An order is cancelled for its owner.
    CancelOrder {
        /// Its number.
        order: u64,
    },
    /// What an account must quote in a security.
    Oblige {
        /// Which account.
        account: u32,
        /// Symbol or number.
        security: String,
        /// What; absent, nothing any more.
        obligation: Option<QuoteObligation>,
    },
    /// Who must quote a security, and how they have done so today.
    Obliged {
        /// Symbol or number.
        security: String,
    },
    /// How those who must quote did so on a day, in each security that has closed on it.
    Quoted {
        /// Which day; today if absent.
        date: Option<jiff::civil::Date>,
    },
    /// Other fees of a security that is closed and has no open order.
    Fees {
        /// Symbol or number.
        security: String,
        /// Its fees from now on; absent, none.
        fees: Option<Fees>,
    },
    /// The reference price of a security is set by hand.
    Reference {
        /// Symbol or number.
        security: String,
        /// Which price, a decimal.
        price: String,
    },
    /// A trading day begins.
    Day {
        /// Which; today if absent.
        date: Option<jiff::civil::Date>,
    },
    /// All limits of a firm, a session or an account, in the firm's stead.
    RiskSet {
        /// Whose.
        scope: RiskScope,
        /// All of them; absent, there are none.
        limits: Option<Limits>,
        /// Securities for the restricted list, by symbol or number.
        #[serde(default)]
        restrict: Vec<String>,
    },
    /// What is limited, blocked and counted of a firm, a session or an account.
    RiskShow {
        /// Whose.
        scope: RiskScope,
    },
    /// Nothing new is accepted of a firm, a session or an account, and what is open is cancelled; answered once it is.
    Block {
        /// Whom.
        scope: RiskScope,
    },
    /// The operator's block ends; if there is none, the firm's.
    Unblock {
        /// Whom.
        scope: RiskScope,
    },
    /// The end of many orders; answered once it is done.
    MassCancel {
        /// Which.
        orders: MassOrders,
    },
    /// What is admitted under the European Union's pilot regime, and what it is worth.
    Pilot,
    /// Another market value of something that is admitted under the pilot regime.
    PilotValue {
        /// Symbol or number.
        security: String,
        /// How much, in euros with at most two decimals.
        value: String,
        /// Of which day; today if absent.
        #[serde(default)]
        as_of: Option<jiff::civil::Date>,
    },
    /// Take a snapshot now.
    Snapshot,
    /// Something about the ledger on which trades settle.
    Ledger {
        /// What.
        about: LedgerAsk,
    },
}

/// Orders that meet everything that is stated. Nothing stated, all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MassOrders {
    /// Entered by this session.
    pub session: Option<u32>,
    /// Of this firm.
    pub firm: Option<u32>,
    /// For this account.
    pub account: Option<u32>,
    /// In this security: symbol or number.
    pub security: Option<String>,
    /// On this side.
    pub side: Option<Side>,
}

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Whether it was done.
    pub ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Value::is_null", default)]
    pub result: Value,
}

impl Reply {
    /// Done, with this result.
    pub fn done(result: Value) -> Reply {
        Reply { ok: true, error: None, result }
    }

    /// Not done, for this reason.
    pub fn failed(error: impl ToString) -> Reply {
        Reply { ok: false, error: Some(error.to_string()), result: Value::Null }
    }
}
