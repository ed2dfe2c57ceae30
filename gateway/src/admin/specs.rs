//! Securities, people and money as operators write them, in TOML files or JSON lines.

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use tallystick_engine::bands::Bands;
use tallystick_engine::command::{Listing, SessionOptions};
use tallystick_engine::disconnect::CancelOn;
use tallystick_engine::fees::Fees;
use tallystick_engine::reference::IssueRange;
use tallystick_engine::rules::{Identity, Place, Standing, Until};
use tallystick_engine::types::{
    CashId, InvestorId, Money, Price, SecurityId, Steps, TickRange, TickRule, Ticks, Time, Units,
};
use tallystick_wire::Price8;

/// A security to be listed. Prices are decimals of the cash token per whole token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecuritySpec {
    /// Its number on the network's register; without a network the next free one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<u32>,
    /// What it is called: one to twelve printable ASCII characters.
    pub symbol: String,
    /// The cash token it is paid in.
    #[serde(default = "one_u16")]
    pub cash: u16,
    /// The step of prices, such as `"0.01"`.
    pub tick: String,
    /// Coarser steps of higher prices, such as `[{ from = "1.00", tick = "0.05" }]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coarser: Vec<TickSpec>,
    /// The step of quantities, in the token's smallest units.
    #[serde(default = "one_u64")]
    pub lot: u64,
    /// Less than that quotes nothing; absent, a lot is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_lot: Option<u64>,
    /// What one tick on `per` units costs, in the cash token's smallest unit.
    #[serde(default = "one_i64")]
    pub value: i64,
    /// See `value`.
    #[serde(default = "one_u64")]
    pub per: u64,
    /// The highest price of an order.
    pub max_price: String,
    /// The largest quantity of an order.
    pub max_quantity: u64,
    /// The price before the first trade.
    pub reference: String,
    /// How far a price may lie from the last one, in basis points of it.
    pub collar_bps: u32,
    /// Whether it trades in auctions only.
    #[serde(default)]
    pub call_only: bool,
    /// When continuous trading is interrupted; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<BandsSpec>,
    /// Of a first listing: its prices until it has traded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<IssueSpec>,
    /// What trading it costs; nothing if absent. Rates are in millionths of the money traded, `least` in the cash token's
    /// smallest unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<Fees>,
    /// Who may hold it; without rules nobody may. On a network the register's rules are in force, and none stand here.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// How far from where prices were a trade may print in continuous trading, and how long trading is interrupted when one
/// would print farther. One of the two widths or both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandsSpec {
    /// How far from the price of the last auction, in basis points of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub static_bps: Option<u32>,
    /// How far from the last trade's price, in basis points of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic_bps: Option<u32>,
    /// How long the halt is, in seconds; 0 begins the auction's call at once.
    pub halt_seconds: u64,
    /// How long the reopening auction's call is, in seconds.
    pub call_seconds: u64,
}

/// The prices of a first listing until it has traded, as decimals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueSpec {
    /// The lowest.
    pub lowest: String,
    /// The highest.
    pub highest: String,
}

/// People to be taken in. Each part may be absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Onboarding {
    /// Broker-dealers.
    #[serde(default)]
    pub firms: Vec<FirmSpec>,
    /// Sessions of firms.
    #[serde(default)]
    pub sessions: Vec<SessionSpec>,
    /// Investors of the identity registry, new ones and those whose claims have changed.
    #[serde(default)]
    pub investors: Vec<InvestorSpec>,
    /// Accounts of investors with firms.
    #[serde(default)]
    pub accounts: Vec<AccountSpec>,
}

/// A broker-dealer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirmSpec {
    /// Its number.
    pub firm: u32,
}

/// A logical session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionSpec {
    /// Its number.
    pub session: u32,
    /// Whose.
    pub firm: u32,
    /// The ed25519 public key, as 64 hexadecimal digits.
    pub key: String,
    /// Whether it is the firm's risk control: it sets the firm's limits, blocks, and cancels other sessions' orders.
    #[serde(default)]
    pub risk_control: bool,
    /// When its orders are cancelled because its client is gone.
    #[serde(default)]
    pub cancel_on: CancelOn,
    /// How long after that, in nanoseconds; at most a minute.
    #[serde(default)]
    pub grace_ns: u64,
}

/// An investor's identity. Dates are the first on which a claim no longer holds; a claim without one never held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvestorSpec {
    /// The investor's number in the registry.
    pub investor: u32,
    /// Where the investor is resident, such as `"US"` or `"US-NY"`.
    pub jurisdiction: Place,
    /// Until when the verification of the person holds, `YYYY-MM-DD`.
    #[serde(deserialize_with = "written_date")]
    pub verified_until: jiff::civil::Date,
    /// Until when the investor counts as accredited.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub accredited_until: Option<jiff::civil::Date>,
    /// Until when it is a qualified institutional buyer.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub institutional_until: Option<jiff::civil::Date>,
    /// Until when it is a qualified purchaser.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub purchaser_until: Option<jiff::civil::Date>,
    /// Until when it is no US person.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub non_us_until: Option<jiff::civil::Date>,
    /// Until when its comparison with the lists of sanctions holds.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub screened_until: Option<jiff::civil::Date>,
    /// Until when it is no bad actor.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub good_actor_until: Option<jiff::civil::Date>,
    /// How much of it belongs to benefit plans, in hundredths of a per cent.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub plan_bps: u16,
    /// How many own it, where it is a fund; nought where it is none.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub fund_owners: u16,
    /// The investor who stands for its affiliate group; itself if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
    /// Whether the identity is suspended.
    #[serde(default)]
    pub suspended: bool,
}

/// A step of prices that holds from a price on. Prices are decimals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TickSpec {
    /// From this price on, which lies on the step before and on this one.
    pub from: String,
    /// The step: a multiple of the least one, above the one before.
    pub tick: String,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSpec {
    /// Its number on the network's register; without a network the next free one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<u32>,
    /// Whose customer.
    pub firm: u32,
    /// The investor who enjoys the ownership.
    pub owner: u32,
    /// The investor in whose name the register has it; the owner if absent.
    pub record_holder: Option<u32>,
}

/// A field that can't be used: which, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct SpecError {
    field: String,
    problem: String,
}

impl SecuritySpec {
    /// The listing, under the number that is next.
    pub fn listing(&self, security: SecurityId) -> Result<Listing, SpecError> {
        let tick = price("tick", &self.tick)?;
        if tick.0 < 1 {
            return Err(wrong("tick", "must be above 0"));
        }
        let max = price("max_price", &self.max_price)?;
        let range = |spec: &TickSpec| {
            Ok(TickRange {
                from: price("coarser.from", &spec.from)?,
                tick: price("coarser.tick", &spec.tick)?,
            })
        };
        let coarser = self.coarser.iter().map(range).collect::<Result<_, SpecError>>()?;
        let mut ticks = TickRule {
            tick,
            coarser,
            lot: Units(self.lot),
            value: Money(self.value),
            per: Units(self.per),
            max_price: Ticks(1),
            max_quantity: Units(self.max_quantity),
        };
        // What else is wrong with them is said when they are listed.
        ticks.check_ranges().map_err(|error| wrong("coarser", &error.to_string()))?;
        ticks.max_price = ticks.floor(Steps(max.0 / tick.0));
        Ok(Listing {
            security,
            symbol: self.symbol.clone(),
            cash: CashId(self.cash),
            ticks,
            round_lot: self.round_lot.map(Units),
            reference: price("reference", &self.reference)?,
            collar_bps: self.collar_bps,
            call_only: self.call_only,
            bands: self.bands.map(BandsSpec::bands),
            fees: self.fees,
            issue: self.issue.as_ref().map(IssueSpec::range).transpose()?,
            rules: self.rules.clone(),
        })
    }
}

impl BandsSpec {
    fn bands(self) -> Bands {
        let BandsSpec { static_bps, dynamic_bps, halt_seconds, call_seconds } = self;
        // What is beyond all bounds stays so: the engine refuses it.
        let ns = |seconds: u64| seconds.saturating_mul(1_000_000_000);
        Bands { static_bps, dynamic_bps, halt_ns: ns(halt_seconds), call_ns: ns(call_seconds) }
    }
}

impl IssueSpec {
    fn range(&self) -> Result<IssueRange, SpecError> {
        Ok(IssueRange {
            lowest: price("issue.lowest", &self.lowest)?,
            highest: price("issue.highest", &self.highest)?,
        })
    }
}

impl SessionSpec {
    /// What it is for, and what becomes of its orders when its client is gone.
    pub fn options(&self) -> SessionOptions {
        let SessionSpec { risk_control, cancel_on, grace_ns, .. } = *self;
        SessionOptions { risk_control, cancel_on, grace_ns }
    }

    /// The public key's bytes.
    pub fn key(&self) -> Result<[u8; 32], SpecError> {
        let digits = self.key.as_bytes();
        let digit = |at: usize| (digits[at] as char).to_digit(16).map(|d| d as u8);
        let byte = |at: usize| Some(digit(2 * at)? << 4 | digit(2 * at + 1)?);
        let bytes = (digits.len() == 64).then(|| (0..32).map(byte).collect::<Option<Vec<u8>>>()).flatten();
        let bytes = bytes.ok_or(wrong("key", "must be 64 hexadecimal digits, an ed25519 public key"))?;
        let key = <[u8; 32]>::try_from(bytes).expect("thirty-two were collected");
        match ed25519_dalek::VerifyingKey::from_bytes(&key) {
            Ok(_) => Ok(key),
            Err(_) => Err(wrong("key", "is no ed25519 public key")),
        }
    }
}

impl InvestorSpec {
    /// Somebody of whom no more is claimed than who it is and where it resides.
    pub fn new(investor: u32, jurisdiction: Place, verified_until: jiff::civil::Date) -> InvestorSpec {
        InvestorSpec {
            investor,
            jurisdiction,
            verified_until,
            accredited_until: None,
            institutional_until: None,
            purchaser_until: None,
            non_us_until: None,
            screened_until: None,
            good_actor_until: None,
            plan_bps: 0,
            fund_owners: 0,
            group: None,
            suspended: false,
        }
    }

    /// The identity.
    pub fn identity(&self) -> Result<Identity, SpecError> {
        let end = |field, date: Option<jiff::civil::Date>| match date {
            Some(date) => midnight(field, date),
            None => Ok(Time::NEVER),
        };
        let Place { country, region } = self.jurisdiction;
        Ok(Identity {
            region,
            standing: if self.suspended { Standing::Suspended } else { Standing::Good },
            plan_bps: self.plan_bps,
            fund_owners: self.fund_owners,
            group: InvestorId(self.group.unwrap_or(self.investor)),
            until: Until {
                verified: midnight("verified_until", self.verified_until)?,
                accredited: end("accredited_until", self.accredited_until)?,
                institutional: end("institutional_until", self.institutional_until)?,
                purchaser: end("purchaser_until", self.purchaser_until)?,
                non_us: end("non_us_until", self.non_us_until)?,
                screened: end("screened_until", self.screened_until)?,
                good_actor: end("good_actor_until", self.good_actor_until)?,
            },
            ..Identity::new(InvestorId(self.investor), country)
        })
    }
}

fn is_nought(number: &u16) -> bool {
    *number == 0
}

/// Reads a date as TOML has it, or in quotes.
fn written_date<'de, D: serde::Deserializer<'de>>(from: D) -> Result<jiff::civil::Date, D::Error> {
    struct Written;
    impl<'de> serde::de::Visitor<'de> for Written {
        type Value = jiff::civil::Date;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a date, YYYY-MM-DD")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            text.parse().map_err(|_| E::custom(format!("{text:?} is no date; expected YYYY-MM-DD")))
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            use serde::de::Error;
            let written =
                toml::value::Datetime::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
            match (written.date, written.time) {
                (Some(_), None) => self.visit_str(&written.to_string()),
                _ => Err(A::Error::custom(format!("{written} is no date; expected YYYY-MM-DD"))),
            }
        }
    }
    from.deserialize_any(Written)
}

fn written_date_or_none<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<jiff::civil::Date>, D::Error> {
    #[derive(Deserialize)]
    struct Given(#[serde(deserialize_with = "written_date")] jiff::civil::Date);
    Ok(Option::<Given>::deserialize(from)?.map(|Given(date)| date))
}

/// The beginning of a date, UTC.
pub fn midnight(field: &str, date: jiff::civil::Date) -> Result<Time, SpecError> {
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC);
    let ns = zoned.ok().and_then(|z| u64::try_from(z.timestamp().as_nanosecond()).ok());
    ns.map(Time).ok_or_else(|| wrong(field, "must lie between 1970 and 2554"))
}

/// The date on which a time falls, UTC.
pub fn date(time: Time) -> jiff::civil::Date {
    let at = jiff::Timestamp::from_nanosecond(time.0.into()).expect("64 bits of nanoseconds are a timestamp");
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// A time as people read it (RFC 3339, UTC), as far as there is a date for it.
pub fn timestamp(time: Time) -> String {
    match time {
        Time::FOREVER => "never".into(),
        time => jiff::Timestamp::from_nanosecond(time.0.into())
            .map_or_else(|_| format!("{} ns", time.0), |at| at.to_string()),
    }
}

/// A date as the engine numbers days: `YYYYMMDD`.
pub fn day_number(date: jiff::civil::Date) -> u32 {
    let (year, month, day) = (date.year() as u32, date.month() as u32, date.day() as u32);
    year * 10_000 + month * 100 + day
}

/// A price that an operator wrote.
pub(super) fn price(field: &str, text: &str) -> Result<Price, SpecError> {
    match Price8::from_str(text) {
        Ok(price) => Ok(Price(price.mantissa())),
        Err(error) => Err(wrong(field, &format!("{text:?} is no price: {error}"))),
    }
}

fn wrong(field: &str, problem: &str) -> SpecError {
    SpecError { field: field.into(), problem: problem.into() }
}

fn one_u16() -> u16 {
    1
}
fn one_u64() -> u64 {
    1
}
fn one_i64() -> i64 {
    1
}
