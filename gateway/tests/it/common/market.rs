//! A small market: as many brokers as wanted, each with a session, an account and an investor of its number, and
//! two securities in continuous trading.

use super::PATIENCE;
use ed25519_dalek::SigningKey;
use serde_json::Value;
use tallystick_client::keys::public_key_hex;
use tallystick_client::{Identity, NewOrder, Options, Side};
use tallystick_engine::phase::Phase;
use tallystick_engine::rules::Place;
use tallystick_gateway::admin::protocol::{Ask, Text};
use tallystick_gateway::admin::specs::{AccountSpec, FirmSpec, InvestorSpec, Onboarding, SessionSpec};

/// The key of a session.
pub fn key(session: u32) -> SigningKey {
    SigningKey::from_bytes(&[session as u8; 32])
}

/// Who a broker is to the SDK.
pub fn identity(session: u32) -> Identity {
    Identity::new(session, key(session))
}

/// A client that no slow machine makes give up, nor silent for too long when a test does something else.
pub fn patient() -> Options {
    Options {
        keepalive: PATIENCE,
        connect_timeout: PATIENCE,
        handshake_timeout: PATIENCE,
        write_timeout: PATIENCE,
        ..Options::default()
    }
}

/// As many brokers with their customers.
pub fn people(count: u32) -> Onboarding {
    let day = |year| jiff::civil::date(year, 1, 1);
    let investor = |investor| InvestorSpec::new(investor, Place::new("US").unwrap(), day(2200));
    let session = |n| SessionSpec {
        session: n,
        firm: n,
        key: public_key_hex(&key(n).verifying_key()),
        ..SessionSpec::default()
    };
    Onboarding {
        firms: (1..=count).map(|firm| FirmSpec { firm }).collect(),
        sessions: (1..=count).map(session).collect(),
        investors: (1..=count).map(investor).collect(),
        accounts: (1..=count)
            .map(|n| AccountSpec { account: None, firm: n, owner: n, record_holder: None })
            .collect(),
    }
}

/// The text of a security that anyone with a valid identity may hold.
pub fn security(symbol: &str) -> Text {
    Text::new(
        "security.tally",
        format!(
            "security {symbol} {{\n  name \"{symbol}\"\n  kind common\n  exemption none unrestricted\n  issuer \"Tests\"\n  \
             registrar \"Tests\"\n  transfers {{\n    require both verified\n  }}\n}}\n"
        ),
    )
}

/// The text of its listing, with ticks of a cent and a collar that binds nobody.
pub fn listing(symbol: &str) -> Text {
    Text::new(
        "listing.tally",
        format!(
            "listing {symbol} {{\n  cash USD with 2 decimals\n  tick 0.01\n  lot 1 unit\n  highest price 10,000\n  \
             largest order 1,000,000 units\n  reference 1\n  collar 10,000 %\n  segment open\n  trading continuous\n}}\n"
        ),
    )
}

/// What lists it.
pub fn list(symbol: &str) -> Ask {
    Ask::List { security: security(symbol), listing: listing(symbol), number: None }
}

/// What an operator asks to open the market.
pub fn opening(brokers: u32) -> Vec<Ask> {
    let mut asks = vec![Ask::Onboard { people: people(brokers) }];
    for symbol in ["OAK", "ELM"] {
        asks.push(list(symbol));
    }
    for account in 1..=brokers {
        for symbol in ["OAK", "ELM"] {
            let (security, units) = (symbol.into(), 1_000_000_000);
            asks.push(Ask::FundUnits { account, security, units, acquired: None, restricted: false });
        }
        asks.push(Ask::FundCash { account, cash: 1, amount: 1_000_000_000_000 });
    }
    asks.push(Ask::Day { date: None });
    for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
        for symbol in ["OAK", "ELM"] {
            asks.push(Ask::Phase { security: symbol.into(), phase, from: None });
        }
    }
    asks
}

/// Opens the market through whatever reaches the venue's operators.
pub fn open(brokers: u32, mut ask: impl FnMut(Ask) -> Value) {
    for request in opening(brokers) {
        ask(request);
    }
}

/// What is asked to list a security, with the text of the listing changed.
pub fn changed(ask: Ask, change: impl Fn(&mut String)) -> Ask {
    match ask {
        Ask::List { security, mut listing, number } => {
            change(&mut listing.text);
            Ask::List { security, listing, number }
        }
        ask => ask,
    }
}

/// The text of a listing with one more statement.
pub fn state(listing: &mut String, statement: &str) {
    listing.insert_str(listing.find("{\n").unwrap() + 2, &format!("  {statement}\n"));
}

/// A day order in the first security at a price in cents.
pub fn order(session: u32, name: &str, side: Side, cents: i64, order_qty: u64) -> NewOrder {
    let price = tallystick_client::Price8::from_mantissa(cents * 1_000_000).unwrap();
    NewOrder::limit(name.parse().unwrap(), session, 1, side, order_qty, price)
}
