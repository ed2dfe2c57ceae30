//! People, and what is known of issuers, as operators write them, in TOML files or JSON lines.

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use tallystick_engine::command::SessionOptions;
use tallystick_engine::disconnect::CancelOn;
use tallystick_engine::rules::{Disclosure, Identity, Insider, Place, Standing, Until};
use tallystick_engine::types::{InvestorId, Price, Time, Units};
use tallystick_wire::Price8;

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

/// How an investor stands to a security's issuer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsiderSpec {
    /// It is the issuer itself.
    #[serde(default)]
    pub issuer: bool,
    /// It is an affiliate of the issuer.
    #[serde(default)]
    pub affiliate: bool,
    /// It was an affiliate, until this date.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub affiliate_until: Option<jiff::civil::Date>,
    /// Its units do not count where the share of benefit plans is measured (29 CFR 2510.3-101(f)(1)).
    #[serde(default)]
    pub controlling: bool,
}

/// What an issuer has made known of a security. What is left out is not known, or not so. Dates begin at midnight, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosureSpec {
    /// Since when the issuer has been reporting.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub reporting_since: Option<jiff::civil::Date>,
    /// The first day on which its current information is current no longer.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub informed_until: Option<jiff::civil::Date>,
    /// It is a shell company.
    #[serde(default)]
    pub shell: bool,
    /// It is bankrupt.
    #[serde(default)]
    pub bankrupt: bool,
    /// A class of the same kind is listed on an exchange.
    #[serde(default)]
    pub fungible_with_listed: bool,
    /// The mean weekly volume on all exchanges over the last four weeks, in units.
    #[serde(default)]
    pub weekly_volume: u64,
    /// Since when units have been outstanding.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub outstanding_since: Option<jiff::civil::Date>,
    /// The later of the first offer and the closing of the offering.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub distribution_from: Option<jiff::civil::Date>,
    /// The first day of a blackout.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub blackout_from: Option<jiff::civil::Date>,
    /// The first day after it.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub blackout_until: Option<jiff::civil::Date>,
    /// The first day on which it is no longer current in the reports that the exemption of its offering asks for.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub filed_until: Option<jiff::civil::Date>,
    /// The first day on which it is no longer small enough for its holders of record not to count.
    #[serde(default, deserialize_with = "written_date_or_none")]
    pub small_until: Option<jiff::civil::Date>,
    /// A registered transfer agent serves the class.
    #[serde(default)]
    pub registered_agent: bool,
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

impl InsiderSpec {
    /// How it stands to the issuer.
    pub fn insider(&self) -> Result<Insider, SpecError> {
        let affiliate_until = match (self.affiliate, self.affiliate_until) {
            (true, Some(_)) => {
                return Err(wrong("affiliate_until", "is of one who is no affiliate any more"));
            }
            (true, None) => Time::FOREVER,
            (false, Some(date)) => midnight("affiliate_until", date)?,
            (false, None) => Time::NEVER,
        };
        Ok(Insider { issuer: self.issuer, affiliate_until, controlling: self.controlling })
    }
}

impl DisclosureSpec {
    /// What is known.
    pub fn disclosure(&self) -> Result<Disclosure, SpecError> {
        let day = |field, date: Option<jiff::civil::Date>, absent| match date {
            Some(date) => midnight(field, date),
            None => Ok(absent),
        };
        let begin = day("blackout_from", self.blackout_from, Time::NEVER)?;
        let without_end = if self.blackout_from.is_some() { Time::FOREVER } else { Time::NEVER };
        let end = day("blackout_until", self.blackout_until, without_end)?;
        Ok(Disclosure {
            reporting_since: day("reporting_since", self.reporting_since, Time::FOREVER)?,
            informed_until: day("informed_until", self.informed_until, Time::NEVER)?,
            shell: self.shell,
            bankrupt: self.bankrupt,
            fungible_with_listed: self.fungible_with_listed,
            weekly_volume: Units(self.weekly_volume),
            outstanding_since: day("outstanding_since", self.outstanding_since, Time::FOREVER)?,
            distribution_from: day("distribution_from", self.distribution_from, Time::FOREVER)?,
            blackout: (begin, end),
            filed_until: day("filed_until", self.filed_until, Time::NEVER)?,
            small_until: day("small_until", self.small_until, Time::NEVER)?,
            registered_agent: self.registered_agent,
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

/// A date on a command line.
pub fn civil_date(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse().map_err(|_| "a date is written YYYY-MM-DD, such as 2026-12-31".into())
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

/// The time that [`timestamp`] has written.
pub fn time_of(text: &str) -> Option<Time> {
    match text {
        "never" => Some(Time::FOREVER),
        text => u64::try_from(text.parse::<jiff::Timestamp>().ok()?.as_nanosecond()).ok().map(Time),
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
