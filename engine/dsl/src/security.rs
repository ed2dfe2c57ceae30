//! A security as its text declares it.

use crate::value::{Amount, Decimal};
use serde::{Deserialize, Serialize};
use tallystick_rules::{Disclosure, Period, Protocol, Time};

/// A security: what its issuer and its registrar put on the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Security {
    /// What it is called: one to twelve printable ASCII characters.
    pub symbol: String,
    /// Its full name; at most 64 bytes.
    pub name: String,
    /// What kind of security it is.
    pub class: SecurityClass,
    /// The exemption from registration that it is offered under.
    pub exemption: Exemption,
    /// Whether its units are restricted securities when they are issued (17 CFR 230.144(a)(3)).
    pub restricted: bool,
    /// Who issues it, by name.
    pub issuer: String,
    /// Who keeps its register, by name.
    pub registrar: String,
    /// Who has a right of first refusal, by name: nothing is approved without its waiver.
    pub first_refusal: Option<String>,
    /// The law under which the ledger is its register of record; where it is not, none.
    pub register_of_record: Option<String>,
    /// When its offering closed.
    pub closing: Option<Time>,
    /// What its issuer has made known of it to begin with.
    pub disclosure: Disclosure,
    /// What it gives a right to, in the order of the text.
    pub terms: Vec<Term>,
    /// Who may hold it and how it may be transferred: what [`tallystick_rules::Program::new`] takes.
    pub protocols: Vec<Protocol>,
}

impl Security {
    /// The longest symbol, in bytes.
    pub const LONGEST_SYMBOL: usize = 12;
    /// The longest name, and the longest of issuer, registrar and holder of a right of first refusal, in bytes.
    pub const LONGEST_NAME: usize = 64;
    /// The longest law, in bytes.
    pub const LONGEST_LAW: usize = 256;
    /// The most terms.
    pub const MOST_TERMS: usize = 64;

    /// The first term of this name.
    pub fn term(&self, name: &str) -> Option<&Term> {
        self.terms.iter().find(|term| term.name == name)
    }
}

/// What kind of security it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecurityClass {
    /// Common shares.
    Common,
    /// Preferred shares.
    Preferred,
    /// Bonds and notes.
    Debt,
    /// What turns into something else: notes, agreements for future equity.
    Convertible,
    /// Interests in a fund.
    FundInterest,
    /// Shares in real estate.
    RealEstate,
    /// Shares in revenue.
    RevenueShare,
}

impl SecurityClass {
    /// Each with its word.
    pub const ALL: [(SecurityClass, &'static str); 7] = [
        (SecurityClass::Common, "common"),
        (SecurityClass::Preferred, "preferred"),
        (SecurityClass::Debt, "debt"),
        (SecurityClass::Convertible, "convertible"),
        (SecurityClass::FundInterest, "fund-interest"),
        (SecurityClass::RealEstate, "real-estate"),
        (SecurityClass::RevenueShare, "revenue-share"),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(class, _)| *class == self).map_or("", |(_, word)| word)
    }
}

/// The exemption from registration that a security is offered under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exemption {
    /// None: registered, or not subject to registration.
    None,
    /// Regulation D, Rule 506(b) (17 CFR 230.506(b)).
    Rule506b,
    /// Regulation D, Rule 506(c) (17 CFR 230.506(c)).
    Rule506c,
    /// Regulation S (17 CFR 230.903), with its category, 1 to 3.
    RegS(u8),
    /// Regulation A, tier 2 (17 CFR 230.251).
    RegA2,
    /// Regulation Crowdfunding (17 CFR part 227).
    RegCf,
    /// Rule 144A (17 CFR 230.144A).
    Rule144a,
}

impl Exemption {
    /// As it stands in a text.
    pub fn text(self) -> String {
        match self {
            Exemption::None => "none".into(),
            Exemption::Rule506b => "rule506b".into(),
            Exemption::Rule506c => "rule506c".into(),
            Exemption::RegS(category) => format!("regs category {category}"),
            Exemption::RegA2 => "rega tier 2".into(),
            Exemption::RegCf => "regcf".into(),
            Exemption::Rule144a => "rule144a".into(),
        }
    }
}

/// One term, as in `coupon 6.5 % half-yearly 30/360`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// What it is about: one of those that the reference lists.
    pub name: String,
    /// What it says, in the order of the text, the words before values included: `at`, `from`, `plus`.
    pub values: Vec<TermValue>,
}

impl Term {
    /// The names of all terms that there are.
    pub fn names() -> impl Iterator<Item = &'static str> {
        crate::parse::terms::names()
    }

    /// All terms that there are, each with the kinds of values that it can have, in the order in which they stand.
    pub fn kinds() -> impl Iterator<Item = (&'static str, Vec<TermKind>)> {
        crate::parse::terms::kinds()
    }
}

/// A kind of [`TermValue`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermKind {
    /// [`TermValue::Rate`].
    Rate,
    /// [`TermValue::Money`].
    Money,
    /// [`TermValue::Date`].
    Date,
    /// [`TermValue::Duration`].
    Duration,
    /// [`TermValue::Multiple`].
    Multiple,
    /// [`TermValue::Ratio`].
    Ratio,
    /// [`TermValue::Frequency`].
    Frequency,
    /// [`TermValue::DayCount`].
    DayCount,
    /// [`TermValue::Word`].
    Word,
    /// [`TermValue::Text`].
    Text,
    /// [`TermValue::Count`].
    Count,
}

/// One value of a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermValue {
    /// Per cent, in hundred-millionths of one per cent.
    Rate(Decimal),
    /// An amount of money.
    Money(Amount),
    /// A day, or a moment.
    Date(Time),
    /// A time span.
    Duration(Period),
    /// So many times: `1.5 x`.
    Multiple(Decimal),
    /// So many for so many: `1 : 20`.
    Ratio(Decimal, Decimal),
    /// How often.
    Frequency(Frequency),
    /// How days are counted.
    DayCount(DayCount),
    /// A word of the language, or the symbol of another security.
    Word(String),
    /// Words of the issuer's own.
    Text(String),
    /// A number.
    Count(u64),
}

/// How often something is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Frequency {
    /// All at the end.
    AtMaturity,
    /// Every month.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every six months.
    HalfYearly,
    /// Every year.
    Yearly,
}

impl Frequency {
    /// Each with its word.
    pub const ALL: [(Frequency, &'static str); 5] = [
        (Frequency::AtMaturity, "at-maturity"),
        (Frequency::Monthly, "monthly"),
        (Frequency::Quarterly, "quarterly"),
        (Frequency::HalfYearly, "half-yearly"),
        (Frequency::Yearly, "yearly"),
    ];
}

/// How the days between two dates are counted (ICMA Rule 251; 2006 ISDA Definitions, section 4.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DayCount {
    /// Months of 30 days, years of 360.
    #[serde(rename = "30/360")]
    Thirty360,
    /// Actual days, years of 360.
    #[serde(rename = "act/360")]
    Actual360,
    /// Actual days, years of 365.
    #[serde(rename = "act/365")]
    Actual365,
    /// Actual days, actual years.
    #[serde(rename = "act/act")]
    ActualActual,
}

impl DayCount {
    /// Each with its parts, before and behind the slash.
    pub const ALL: [(DayCount, &'static str, &'static str); 4] = [
        (DayCount::Thirty360, "30", "360"),
        (DayCount::Actual360, "act", "360"),
        (DayCount::Actual365, "act", "365"),
        (DayCount::ActualActual, "act", "act"),
    ];
}

impl std::fmt::Display for TermValue {
    /// As it stands in a text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TermValue::Rate(rate) => write!(f, "{rate} %"),
            TermValue::Money(amount) => write!(f, "{amount}"),
            TermValue::Date(date) => f.write_str(&crate::value::moment(*date)),
            TermValue::Duration(period) => f.write_str(&crate::value::period(*period)),
            TermValue::Multiple(times) => write!(f, "{times} x"),
            TermValue::Ratio(a, b) => write!(f, "{a} : {b}"),
            TermValue::Frequency(often) => f.write_str(
                Frequency::ALL.iter().find(|(other, _)| other == often).map_or("", |found| found.1),
            ),
            TermValue::DayCount(count) => {
                let found = DayCount::ALL.iter().find(|(other, ..)| other == count);
                found.map_or(Ok(()), |(_, before, behind)| write!(f, "{before}/{behind}"))
            }
            TermValue::Word(text) => f.write_str(text),
            TermValue::Text(text) => f.write_str(&crate::parse::value::quote(text)),
            TermValue::Count(count) => write!(f, "{count}"),
        }
    }
}
