//! What a DLT market infrastructure has admitted under the European Union's pilot regime, and what it may still admit
//! (Regulation (EU) 2022/858, Art. 3).
//!
//! The limits are asked when a security is listed, and values move without any order, so neither the engine nor a validator
//! knows of them: they are kept beside the journal, in a small file. An instrument is written there before it is listed, and
//! counts once it is: whatever happens in between, nothing is listed that is not counted.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use tallystick_dsl::listing::PilotKind;
use tallystick_dsl::{Decimal, SecurityClass};
use tallystick_engine::types::SecurityId;
use tallystick_journal::{FsError, FsStorage, Storage, read_file, write_atomically};

const NAME: &str = "admitted.json";

/// An amount in cents of a euro.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Euros(pub u64);

/// From which amounts on nothing more is admitted, in whole euros: those of the law, or lower ones that the venue's
/// authority has set (Art. 3(6)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The market capitalisation of an issuer of shares (Art. 3(1)(a)).
    pub shares: u64,
    /// The issue size of bonds, other securitised debt and money-market instruments (Art. 3(1)(b)).
    pub debt: u64,
    /// What a fund manages whose units are admitted (Art. 3(1)(c)).
    pub fund_units: u64,
    /// The market value of all that is admitted, the new one with it (Art. 3(2)).
    pub together: u64,
}

/// The most values that are kept of an instrument: ten years of daily ones. The oldest go first.
pub const MOST_VALUES: usize = 4_000;

/// One that is admitted, or about to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Its symbol.
    pub symbol: String,
    /// As what.
    pub kind: PilotKind,
    /// What Art. 3(1) measured when it was admitted, in cents.
    pub size: Euros,
    /// Its market values by the day that they are of; never none.
    pub values: BTreeMap<Date, Euros>,
}

/// What is admitted, in a file. Clones share it.
#[derive(Clone, Debug)]
pub struct Pilot {
    inner: Arc<Mutex<Admitted>>,
}

/// What is admitted, while nobody else changes it.
#[derive(Debug)]
pub struct Admitted {
    /// Nowhere, where nothing outlives the process.
    storage: Option<Arc<dyn Storage>>,
    limits: Limits,
    instruments: BTreeMap<u32, Instrument>,
}

/// Why a security is not admitted, or a value not taken.
#[derive(Debug, thiserror::Error)]
pub enum PilotError {
    /// Its rules say that it trades under the pilot regime, and its listing does not.
    #[error(
        "{symbol} trades in a DLT market infrastructure by its rules (eu.dlt-pilot), and its listing does not say as what: \
         add `pilot {{ kind …; value …; as of … }}` to the listing"
    )]
    Unstated {
        /// Which.
        symbol: String,
    },
    /// Such a security is no instrument of this kind.
    #[error(
        "{symbol} is declared as {class}, which can't be admitted as {kind} (Regulation (EU) 2022/858, Art. 3(1))"
    )]
    Kind {
        /// Which.
        symbol: String,
        /// What its text says that it is.
        class: &'static str,
        /// What its listing says.
        kind: &'static str,
    },
    /// It is too large.
    #[error(
        "{symbol} can't be admitted: {measure} is {size}, and must be less than {limit} (Regulation (EU) 2022/858, Art. 3(1)({point}))"
    )]
    Size {
        /// Which.
        symbol: String,
        /// What is measured.
        measure: &'static str,
        /// How much it is.
        size: Euros,
        /// From how much on it is too much.
        limit: Euros,
        /// Which point says so.
        point: char,
    },
    /// All together would be too much.
    #[error(
        "{symbol} can't be admitted: with its {value} all that is admitted here would be worth {total}, and must stay below \
         {limit} (Regulation (EU) 2022/858, Art. 3(2)); `tallystick admin pilot show` tells what is"
    )]
    Together {
        /// Which.
        symbol: String,
        /// Its market value.
        value: Euros,
        /// With what is admitted.
        total: Euros,
        /// From how much on it is too much.
        limit: Euros,
    },
    /// Nobody knows a value of a day that has not come.
    #[error("{symbol}: {as_of} is still to come, and a value is of a day that was")]
    Future {
        /// Which.
        symbol: String,
        /// As of when.
        as_of: Date,
    },
    /// It is not admitted under the pilot regime.
    #[error("{symbol} is not admitted under the pilot regime: its listing had no `pilot`")]
    Stranger {
        /// Which.
        symbol: String,
    },
    /// What is admitted can't be written down.
    #[error("pilot/{NAME} in the data directory can't be written ({0}): nothing is changed")]
    Write(io::Error),
}

/// Why a venue can't tell what it has admitted.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory is not there and can't be made, or another venue has it.
    #[error(transparent)]
    Directory(#[from] FsError),
    /// The file is damaged.
    #[error(
        "pilot/{NAME} in the data directory can't be read ({0}): restore it from a backup; without it nobody knows how much \
         is admitted under the pilot regime"
    )]
    File(String),
}

impl Pilot {
    /// In a folder of the data directory, made if need be.
    pub fn open(data: &Path, limits: Limits) -> Result<Pilot, OpenError> {
        let storage = FsStorage::open(data.join("pilot"))?;
        let instruments = match read_file(&storage, NAME) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| OpenError::File(e.to_string()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(OpenError::File(error.to_string())),
        };
        Ok(Pilot::of(Admitted { storage: Some(Arc::new(storage)), limits, instruments }))
    }

    /// Nothing is admitted, the law's limits are in force, and what will be admitted is forgotten with the process.
    pub fn forgetful() -> Pilot {
        Pilot::of(Admitted { storage: None, limits: Limits::default(), instruments: BTreeMap::new() })
    }

    /// To look or to change: one at a time, so that two that would be too much together are not both admitted.
    pub fn lock(&self) -> MutexGuard<'_, Admitted> {
        self.inner.lock().expect("no holder panics")
    }

    fn of(admitted: Admitted) -> Pilot {
        Pilot { inner: Arc::new(Mutex::new(admitted)) }
    }
}

impl Default for Limits {
    /// The law's.
    fn default() -> Limits {
        Limits { shares: 500_000_000, debt: 1_000_000_000, fund_units: 500_000_000, together: 6_000_000_000 }
    }
}

impl Limits {
    /// Which of them is higher than the law has it, or nought; and what it must be.
    pub fn flaw(&self) -> Option<(&'static str, String)> {
        let law = Limits::default();
        let all = [
            ("pilot.shares", self.shares, law.shares),
            ("pilot.debt", self.debt, law.debt),
            ("pilot.fund_units", self.fund_units, law.fund_units),
            ("pilot.together", self.together, law.together),
        ];
        let wrong = all.into_iter().find(|(_, own, most)| !(1..=*most).contains(own));
        wrong.map(|(name, _, most)| (name, format!("from 1 to {most}, which is the law's")))
    }

    /// What all together must not reach by another one (Art. 3(2)).
    pub fn together(&self) -> Euros {
        Euros(self.together * 100)
    }

    /// From which market value of all on the operator activates its transition strategy: nine billion (Art. 3(3)), or
    /// less in the proportion in which [`Limits::together`] is less (Art. 3(6)).
    pub fn transition(&self) -> Euros {
        Euros(self.together * 150)
    }

    /// Whether one of this kind and size may be admitted (Art. 3(1)).
    fn admit(&self, instrument: &Instrument) -> Result<(), PilotError> {
        let (measure, limit, point) = match instrument.kind {
            PilotKind::Shares => ("its issuer's market capitalisation", self.shares, 'a'),
            PilotKind::Bonds | PilotKind::MoneyMarket => ("the size of the issue", self.debt, 'b'),
            // Left out of the threshold of point (b) by the second subparagraph.
            PilotKind::SmallIssuerBonds => return Ok(()),
            PilotKind::FundUnits => ("what the fund manages", self.fund_units, 'c'),
        };
        let (symbol, size, limit) = (instrument.symbol.clone(), instrument.size, Euros(limit * 100));
        if size < limit { Ok(()) } else { Err(PilotError::Size { symbol, measure, size, limit, point }) }
    }
}

impl Admitted {
    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The instruments, by the numbers of their securities. One that was written and then not listed is among them.
    pub fn instruments(&self) -> impl Iterator<Item = (SecurityId, &Instrument)> {
        self.instruments.iter().map(|(security, instrument)| (SecurityId(*security), instrument))
    }

    /// What all are worth together that are listed.
    pub fn total(&self, is_listed: impl Fn(SecurityId) -> bool) -> Euros {
        let listed = self.instruments().filter(|(security, _)| is_listed(*security));
        Euros(listed.fold(0, |sum, (_, instrument)| sum.saturating_add(instrument.value().1.0)))
    }

    /// Writes down what is about to be listed under a number, if it may be; with nothing, that what is listed there is no
    /// such instrument. What stood there of one that was never listed goes.
    pub fn admit(
        &mut self,
        security: SecurityId,
        instrument: Option<Instrument>,
        today: Date,
        is_listed: impl Fn(SecurityId) -> bool,
    ) -> Result<(), PilotError> {
        let Some(instrument) = instrument else {
            return self.forget(security);
        };
        let (symbol, (as_of, value)) = (instrument.symbol.clone(), instrument.value());
        if as_of > today {
            return Err(PilotError::Future { symbol, as_of });
        }
        self.limits.admit(&instrument)?;
        let others = self.total(|other| other != security && is_listed(other));
        let total = Euros(others.0.saturating_add(value.0));
        let limit = self.limits.together();
        if total >= limit {
            return Err(PilotError::Together { symbol, value, total, limit });
        }
        let mut all = self.instruments.clone();
        all.insert(security.0, instrument);
        self.keep(all)
    }

    /// It was not listed after all.
    pub fn forget(&mut self, security: SecurityId) -> Result<(), PilotError> {
        let mut all = self.instruments.clone();
        match all.remove(&security.0) {
            Some(_) => self.keep(all),
            None => Ok(()),
        }
    }

    /// An instrument has another market value as of a day; what was said of that day before goes. Whatever the value is, it
    /// is taken: limits are of admissions.
    pub fn set_value(
        &mut self,
        (security, symbol): (SecurityId, &str),
        value: Euros,
        as_of: Date,
        today: Date,
    ) -> Result<(), PilotError> {
        let mut all = self.instruments.clone();
        let Some(instrument) = all.get_mut(&security.0) else {
            return Err(PilotError::Stranger { symbol: symbol.into() });
        };
        if as_of > today {
            return Err(PilotError::Future { symbol: symbol.into(), as_of });
        }
        instrument.values.insert(as_of, value);
        while instrument.values.len() > MOST_VALUES {
            instrument.values.pop_first();
        }
        self.keep(all)
    }

    fn keep(&mut self, all: BTreeMap<u32, Instrument>) -> Result<(), PilotError> {
        if let Some(storage) = &self.storage {
            let bytes = serde_json::to_vec_pretty(&all).expect("numbers and dates are JSON");
            write_atomically(&**storage, NAME, &bytes).map_err(PilotError::Write)?;
        }
        self.instruments = all;
        Ok(())
    }
}

impl Instrument {
    /// The newest value, and the day that it is of.
    pub fn value(&self) -> (Date, Euros) {
        self.values.last_key_value().map(|(day, value)| (*day, *value)).expect("it never has none")
    }
}

/// Whether a security of this class can be an instrument of this kind. What turns into something else embeds a derivative,
/// which Art. 3(1)(b) leaves out; what shares in real estate or in revenue are, counsel says.
pub fn is_kind_of(class: SecurityClass, kind: PilotKind) -> bool {
    let debt = matches!(kind, PilotKind::Bonds | PilotKind::SmallIssuerBonds | PilotKind::MoneyMarket);
    match class {
        SecurityClass::Common | SecurityClass::Preferred => kind == PilotKind::Shares,
        SecurityClass::Debt => debt,
        SecurityClass::Convertible => false,
        SecurityClass::FundInterest => kind == PilotKind::FundUnits,
        SecurityClass::RealEstate | SecurityClass::RevenueShare => true,
    }
}

impl Euros {
    /// What is written as a number with at most two decimals, commas between thousands or not; nought is an amount.
    pub fn read(text: &str) -> Option<Euros> {
        const CENT: i64 = Decimal::ONE / 100;
        let amount = Decimal::new(&text.replace(',', ""))?.0;
        (amount % CENT == 0).then(|| u64::try_from(amount / CENT).ok().map(Euros)).flatten()
    }

    /// As a number, without currency or commas.
    pub fn number(self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl fmt::Display for Euros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = (self.0 / 100).to_string();
        let mut whole = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                whole.push(',');
            }
            whole.push(digit);
        }
        write!(f, "EUR {whole}.{:02}", self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 23);

    fn instrument(kind: PilotKind, size: &str, value: &str) -> Instrument {
        let [size, value] = [size, value].map(|text| Euros::read(text).expect("an amount"));
        Instrument { symbol: "X".into(), kind, size, values: BTreeMap::from([(TODAY, value)]) }
    }

    /// What becomes of an instrument where others are worth so much.
    fn admitted(others: &str, it: Instrument) -> Result<(), String> {
        let pilot = Pilot::forgetful();
        let mut admitted = pilot.lock();
        let small = instrument(PilotKind::Bonds, "1", "1");
        admitted.admit(SecurityId(1), Some(small), TODAY, |_| true).expect("a small one");
        let others = Euros::read(others).expect("an amount");
        admitted.set_value((SecurityId(1), "A"), others, TODAY, TODAY).expect("any value");
        admitted.admit(SecurityId(2), Some(it), TODAY, |_| true).map_err(|error| error.to_string())
    }

    #[test]
    fn each_kind_is_admitted_below_its_threshold_and_not_at_it() {
        use PilotKind::*;
        let cases = [
            (Shares, "499,999,999.99", true),
            (Shares, "500,000,000", false),
            (Shares, "500,000,000.01", false),
            (Bonds, "500,000,000", true),
            (Bonds, "999,999,999.99", true),
            (Bonds, "1,000,000,000", false),
            (MoneyMarket, "999,999,999.99", true),
            (MoneyMarket, "1,000,000,000", false),
            (SmallIssuerBonds, "1,000,000,000", true),
            (FundUnits, "499,999,999.99", true),
            (FundUnits, "500,000,000", false),
        ];
        for (kind, size, may) in cases {
            let found = admitted("0", instrument(kind, size, "1"));
            assert_eq!(found.is_ok(), may, "{kind:?} {size}: {found:?}");
        }
        assert_eq!(
            admitted("0", instrument(Shares, "500,000,000", "1")).unwrap_err(),
            "X can't be admitted: its issuer's market capitalisation is EUR 500,000,000.00, and must be less than EUR \
             500,000,000.00 (Regulation (EU) 2022/858, Art. 3(1)(a))"
        );
    }

    #[test]
    fn a_new_one_must_not_bring_all_together_to_six_billion() {
        let cases = [
            ("0", "5,999,999,999.99", true),
            ("0", "6,000,000,000", false),
            ("5,999,999,999.98", "0.01", true),
            ("5,999,999,999.98", "0.02", false),
            ("5,999,999,999.99", "0.01", false),
            ("6,000,000,000", "0.01", false),
            ("92,000,000,000", "92,000,000,000", false),
        ];
        for (others, value, may) in cases {
            let found = admitted(others, instrument(PilotKind::SmallIssuerBonds, "1", value));
            assert_eq!(found.is_ok(), may, "{others} and {value}: {found:?}");
        }
        assert_eq!(
            admitted("5,999,999,999.98", instrument(PilotKind::Bonds, "1", "0.02")).unwrap_err(),
            "X can't be admitted: with its EUR 0.02 all that is admitted here would be worth EUR 6,000,000,000.00, and must \
             stay below EUR 6,000,000,000.00 (Regulation (EU) 2022/858, Art. 3(2)); `tallystick admin pilot show` tells what is"
        );
    }

    #[test]
    fn limits_are_the_law_s_or_lower_and_the_transition_goes_down_in_proportion() {
        let law = Limits::default();
        assert_eq!((law.flaw(), law.transition()), (None, Euros(9_000_000_000 * 100)));
        let lower = Limits { shares: 1, together: 2_000_000_000, ..law };
        assert_eq!((lower.flaw(), lower.transition()), (None, Euros(3_000_000_000 * 100)));
        let debt = Limits { debt: law.debt + 1, ..law };
        assert_eq!(debt.flaw(), Some(("pilot.debt", "from 1 to 1000000000, which is the law's".into())));
        assert_eq!(Limits { together: 0, ..law }.flaw().map(|(name, _)| name), Some("pilot.together"));
        let admitted = |size| lower.admit(&instrument(PilotKind::Shares, size, "1"));
        assert!(admitted("0.99").is_ok() && admitted("1").is_err());
    }

    #[test]
    fn what_was_written_and_never_listed_counts_for_nothing_and_goes_with_its_number() {
        let pilot = Pilot::forgetful();
        let mut admitted = pilot.lock();
        let large = || Some(instrument(PilotKind::SmallIssuerBonds, "1", "5,999,999,999.99"));
        admitted.admit(SecurityId(1), large(), TODAY, |_| false).unwrap();
        assert_eq!(admitted.total(|_| false), Euros(0));
        admitted.admit(SecurityId(2), large(), TODAY, |_| false).unwrap();
        // Under its number something else is listed.
        admitted.admit(SecurityId(1), None, TODAY, |_| false).unwrap();
        assert_eq!(admitted.instruments().map(|(security, _)| security.0).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_value_is_of_a_day_that_was_and_the_newest_day_counts() {
        let pilot = Pilot::forgetful();
        let mut admitted = pilot.lock();
        let (one, value) = ((SecurityId(1), "X"), |cents| Euros(cents));
        let future = Instrument {
            values: BTreeMap::from([(date(2026, 11, 24), Euros(1))]),
            ..instrument(PilotKind::Bonds, "1", "1")
        };
        let refused = admitted.admit(one.0, Some(future), TODAY, |_| true);
        assert!(matches!(refused, Err(PilotError::Future { .. })), "{refused:?}");
        let refused = admitted.set_value(one, value(5), TODAY, TODAY);
        assert!(matches!(refused, Err(PilotError::Stranger { .. })), "{refused:?}");
        admitted.admit(one.0, Some(instrument(PilotKind::Bonds, "1", "1")), TODAY, |_| true).unwrap();
        admitted.set_value(one, value(7), date(2026, 10, 31), TODAY).unwrap();
        assert_eq!(
            admitted.total(|_| true),
            Euros(100),
            "what is known of an earlier day is not what it is worth"
        );
        admitted.set_value(one, value(9), TODAY, TODAY).unwrap();
        assert_eq!(admitted.total(|_| true), Euros(9));
        let refused = admitted.set_value(one, value(1), date(2026, 11, 24), TODAY);
        assert!(matches!(refused, Err(PilotError::Future { .. })), "{refused:?}");
    }

    #[test]
    fn what_is_admitted_is_known_after_a_start_and_a_damaged_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let kept = instrument(PilotKind::Bonds, "20,000,000", "19,500,000.50");
        {
            let pilot = Pilot::open(folder.path(), Limits::default()).unwrap();
            pilot.lock().admit(SecurityId(7), Some(kept.clone()), TODAY, |_| true).unwrap();
        }
        {
            let pilot = Pilot::open(folder.path(), Limits::default()).unwrap();
            assert_eq!(pilot.lock().instruments().collect::<Vec<_>>(), [(SecurityId(7), &kept)]);
        }
        std::fs::write(folder.path().join("pilot").join(NAME), "{").unwrap();
        let refused = Pilot::open(folder.path(), Limits::default()).unwrap_err().to_string();
        assert!(refused.starts_with("pilot/admitted.json in the data directory can't be read"), "{refused}");
    }

    #[test]
    fn shares_are_admitted_as_shares_and_what_converts_as_nothing() {
        let kinds = |class| {
            let all = PilotKind::ALL.into_iter().filter(move |(kind, _)| is_kind_of(class, *kind));
            all.map(|(_, word)| word).collect::<Vec<_>>()
        };
        assert_eq!(kinds(SecurityClass::Common), ["shares"]);
        assert_eq!(kinds(SecurityClass::Preferred), ["shares"]);
        assert_eq!(kinds(SecurityClass::Debt), ["bonds", "small-issuer-bonds", "money-market"]);
        assert_eq!(kinds(SecurityClass::FundInterest), ["fund-units"]);
        assert_eq!(kinds(SecurityClass::Convertible), Vec::<&str>::new());
        assert_eq!(kinds(SecurityClass::RealEstate).len(), 5);
    }

    #[test]
    fn amounts_are_read_in_cents() {
        let cases = [
            ("0", Some(0)),
            ("0.01", Some(1)),
            ("1,234.5", Some(123_450)),
            ("0.001", None),
            ("-1", None),
            ("1 EUR", None),
            ("", None),
            ("93000000000", None),
        ];
        for (text, cents) in cases {
            assert_eq!(Euros::read(text), cents.map(Euros), "{text}");
        }
        assert_eq!(Euros(12_345_678_901).to_string(), "EUR 123,456,789.01");
        assert_eq!(Euros(5).number(), "0.05");
    }
}
