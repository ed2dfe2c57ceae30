//! Numbers with their units, dates, places and texts.

use super::Parser;
use crate::diagnostic::{Diagnostic, Fault, closest};
use crate::places;
use crate::token::{Span, Token};
use crate::value::{Amount, CALENDAR, Decimal, Kind, Value, read_moment};
use tallystick_rules::{Jurisdiction, Most, Period, Place, Program, Time, Units, Window};

const UNITS_OF_TIME: &[&str] = &["day", "days", "week", "weeks", "month", "months", "year", "years"];
const CLOCK: &[(&str, u64)] = &[
    ("second", 1_000_000_000),
    ("seconds", 1_000_000_000),
    ("minute", 60_000_000_000),
    ("minutes", 60_000_000_000),
    ("hour", 3_600_000_000_000),
    ("hours", 3_600_000_000_000),
    ("day", Time::DAY_NS),
    ("days", Time::DAY_NS),
];

impl Parser<'_> {
    pub fn period(&mut self) -> Option<Period> {
        match self.value(Kind::Duration)? {
            Value::Duration(period) => Some(period),
            _ => None,
        }
    }

    /// A share in hundredths of a per cent.
    pub fn percent(&mut self) -> Option<u16> {
        match self.value(Kind::Percent)? {
            Value::Percent(bps) => Some(bps),
            _ => None,
        }
    }

    /// A share, or a number of units.
    pub fn most(&mut self) -> Option<Most> {
        let is_share = self.peek_second() == Token::Percent
            || self.parameters.get(self.word()).is_some_and(|value| value.kind() == Kind::Percent);
        match is_share {
            true => self.percent().map(Most::Bps),
            false => self.units().map(|units| Most::Units(Units(units))),
        }
    }

    pub fn window(&mut self) -> Option<Window> {
        match self.value(Kind::Window)? {
            Value::Window(window) => Some(window),
            _ => None,
        }
    }

    pub fn units(&mut self) -> Option<u64> {
        match self.value(Kind::Units)? {
            Value::Units(units) => Some(units),
            _ => None,
        }
    }

    pub fn count(&mut self) -> Option<u32> {
        match self.value(Kind::Count)? {
            Value::Count(count) => Some(count),
            _ => None,
        }
    }

    pub fn date(&mut self) -> Option<Time> {
        match self.value(Kind::Date)? {
            Value::Date(time) => Some(time),
            _ => None,
        }
    }

    pub fn places(&mut self) -> Option<Vec<Place>> {
        match self.value(Kind::Places)? {
            Value::Places(places) => Some(places),
            _ => None,
        }
    }

    /// Countries, for a market.
    pub fn countries(&mut self) -> Option<Vec<Jurisdiction>> {
        let start = self.span();
        let places = self.places()?;
        if let Some(part) = places.iter().find(|place| **place != Place::country(place.country)) {
            let message = format!("a market is under the law of a country, and {part} is part of one");
            let fault = Diagnostic::new(Fault::WrongType, self.since(&start), message);
            self.fault(fault.suggest((places.len() == 1).then(|| part.country.to_string())));
            return None;
        }
        Some(places.into_iter().map(|place| place.country).collect())
    }

    /// A value of this kind: written out, or the parameter that holds it.
    pub fn value(&mut self, kind: Kind) -> Option<Value> {
        let is_written = match kind {
            Kind::Places => self.is_place(),
            Kind::Window => self.word() == "calendar",
            _ => false,
        };
        if self.peek() == Token::Word && !is_written {
            return self.parameter(kind);
        }
        match kind {
            Kind::Places => self.list_of_places().map(Value::Places),
            Kind::Date => self.moment().map(Value::Date),
            Kind::Window if self.eat_word("calendar") => {
                let word = self.one_of(&CALENDAR.map(|(word, _)| word), "a span of the calendar")?;
                let found = CALENDAR.iter().find(|(other, _)| *other == word);
                found.map(|(_, calendar)| Value::Window(Window::Calendar(*calendar)))
            }
            Kind::Window => self.quantity(kind),
            Kind::Duration | Kind::Percent | Kind::Units | Kind::Count => self.quantity(kind),
        }
    }

    fn parameter(&mut self, kind: Kind) -> Option<Value> {
        let (word, span) = (self.text(), self.span());
        let Some(value) = self.parameters.get(word).cloned() else {
            let wanted = kind.example();
            if kind == Kind::Places {
                return self.no_place(word, span);
            }
            let written = (kind == Kind::Window).then_some("calendar");
            let names: Vec<&str> = self.parameters.keys().map(String::as_str).chain(written).collect();
            let is_span = kind == Kind::Window && CALENDAR.iter().any(|(span, _)| *span == word);
            let meant = if is_span {
                Some(format!("calendar {word}"))
            } else {
                closest(word, names).map(String::from)
            };
            let message =
                format!("{wanted}, is wanted here, not `{}`", word.chars().take(40).collect::<String>());
            let fault = Diagnostic::new(Fault::WrongType, span, message).suggest(meant);
            self.fault(fault);
            return None;
        };
        self.advance();
        if value.kind() != kind {
            let message = format!("`{word}` is a {}, and {} is wanted", value.kind().word(), kind.example());
            self.fault(Diagnostic::new(Fault::WrongType, span, message));
            return None;
        }
        Some(value)
    }

    /// A number with its unit.
    fn quantity(&mut self, kind: Kind) -> Option<Value> {
        let start = self.span();
        if self.peek() != Token::Number {
            return self.unexpected(&format!("{},", kind.example()));
        }
        match (kind, self.unit_ahead()) {
            (Kind::Duration, Some("duration")) => self.duration(&start).map(Value::Duration),
            (Kind::Window, Some("duration")) => {
                self.duration(&start).map(|period| Value::Window(Window::Rolling(period)))
            }
            (Kind::Percent, Some("percent")) => {
                let share = self.decimal()?;
                self.advance();
                let bps = share.0 / (Decimal::ONE / 100);
                if share.0 % (Decimal::ONE / 100) != 0 || bps > 10_000 {
                    let message = "a share is at most 100 % and has at most two decimals";
                    self.fault(Diagnostic::new(Fault::OutOfRange, self.since(&start), message));
                    return None;
                }
                Some(Value::Percent(bps as u16))
            }
            (Kind::Units, Some("units")) => {
                let units = self.integer(u64::MAX)?;
                self.advance();
                Some(Value::Units(units))
            }
            (Kind::Count, None) => self.integer(u32::MAX.into()).map(|count| Value::Count(count as u32)),
            (_, found) => {
                let number = self.text();
                self.advance();
                if found.is_some() {
                    self.advance();
                }
                let message = match found {
                    Some(found) => {
                        let is = match found {
                            "percent" => "a percentage",
                            "units" => "a number of units",
                            "duration" => "a duration",
                            _ => "a time of less than days",
                        };
                        format!("{}, is wanted here, and this is {is}", kind.example())
                    }
                    None => format!("{}, is wanted here, and this number has no unit", kind.example()),
                };
                let unit = match kind {
                    Kind::Duration | Kind::Window => " days",
                    Kind::Percent => " %",
                    Kind::Units => " units",
                    _ => "",
                };
                let fault = Diagnostic::new(Fault::WrongType, self.since(&start), message);
                // What can't be divided is not meant by a fraction.
                let is_meant = !(matches!(kind, Kind::Units | Kind::Count) && number.contains('.'));
                self.fault(fault.suggest(is_meant.then(|| format!("{number}{unit}"))));
                None
            }
        }
    }

    /// What the token behind the number says that it is.
    fn unit_ahead(&self) -> Option<&'static str> {
        match (self.peek_second(), self.second_word()) {
            (Token::Percent, _) => Some("percent"),
            (_, "unit" | "units") => Some("units"),
            (_, word) if UNITS_OF_TIME.contains(&word) => Some("duration"),
            (_, word) if CLOCK.iter().any(|(unit, _)| *unit == word) => Some("clock"),
            _ => None,
        }
    }

    /// `1 year 6 months 10 days`.
    fn duration(&mut self, start: &Span) -> Option<Period> {
        let (mut months, mut days) = (0u64, 0u64);
        while self.peek() == Token::Number && UNITS_OF_TIME.contains(&self.second_word()) {
            let number = self.integer(u16::MAX.into())?;
            match self.word() {
                "day" | "days" => days += number,
                "week" | "weeks" => days += number * 7,
                "month" | "months" => months += number,
                _ => months += number * 12,
            }
            self.advance();
        }
        let Some((months, days)) = u16::try_from(months).ok().zip(u16::try_from(days).ok()) else {
            let message = "a duration has at most 65,535 months and as many days";
            self.fault(Diagnostic::new(Fault::OutOfRange, self.since(start), message));
            return None;
        };
        Some(Period { months, days })
    }

    /// Hours, minutes and seconds, in nanoseconds.
    pub fn clock(&mut self) -> Option<u64> {
        let start = self.span();
        if self.peek() != Token::Number {
            return self.unexpected("a time, as in `5 minutes`,");
        }
        let mut total = 0u64;
        let mut any = false;
        while self.peek() == Token::Number
            && let Some((_, unit)) = CLOCK.iter().find(|(word, _)| *word == self.second_word())
        {
            let number = self.integer(1_000_000)?;
            self.advance();
            total = total.saturating_add(number.saturating_mul(*unit));
            any = true;
        }
        if !any {
            self.advance();
            let message = "a time has a unit, as in `5 minutes` or `30 seconds`";
            self.fault(Diagnostic::new(Fault::WrongType, self.since(&start), message));
            return None;
        }
        Some(total)
    }

    fn moment(&mut self) -> Option<Time> {
        let (text, span) = (self.text(), self.span());
        if self.peek() != Token::Date {
            return self.unexpected(&format!("{},", Kind::Date.example()));
        }
        self.advance();
        let read = read_moment(text);
        if read.is_none() {
            let message = format!("there is no moment {text}, from 1970 to 2554");
            let fault = Diagnostic::new(Fault::Date, span, message);
            self.fault(fault.help(
                "write the year, the month and the day, as in 2026-07-01; or a moment, as in 2026-07-01T15:00:00Z",
            ));
        }
        read
    }

    /// Whether a word here can be nothing but a place.
    fn is_place(&self) -> bool {
        let word = self.word();
        places::assigned(word).is_some() || word == "unassigned"
    }

    fn list_of_places(&mut self) -> Option<Vec<Place>> {
        if !self.eat(Token::Left) {
            return Some(vec![self.place()?]);
        }
        let mut all = Vec::new();
        let mut good = true;
        while !self.at_end() && self.peek() != Token::Right {
            match self.place() {
                Some(place) => all.push(place),
                None => good = false,
            }
            if !self.eat(Token::Comma) && self.peek() != Token::Right {
                self.unexpected::<()>("a comma or `)`")?;
            }
        }
        self.expect(Token::Right, "`)`")?;
        if all.len() > Program::MAX_PLACES {
            let message = format!("a list has at most {} places", Program::MAX_PLACES);
            let span = self.span();
            self.fault(Diagnostic::new(Fault::TooLarge, span, message));
            return None;
        }
        good.then_some(all)
    }

    fn place(&mut self) -> Option<Place> {
        // A code that ISO has not assigned, in a program that was not made of a text.
        let unassigned = self.eat_word("unassigned");
        let (text, span) = (self.text(), self.span());
        if !matches!(self.peek(), Token::Word) {
            let place = self.unexpected("a place, as in `US` or `US-NY`,");
            if !self.at_end() && !matches!(self.peek(), Token::Right | Token::Comma) {
                self.advance();
            }
            return place;
        }
        if unassigned && let Some(place) = Place::new(text) {
            self.advance();
            return Some(place);
        }
        match places::assigned(text) {
            Some(place) => {
                self.advance();
                Some(place)
            }
            None => self.no_place(text, span),
        }
    }

    fn no_place<T>(&mut self, word: &str, span: Span) -> Option<T> {
        self.advance();
        let shown: String = word.chars().take(40).collect();
        let message = format!("ISO 3166 knows no place `{shown}`");
        let fault = Diagnostic::new(Fault::UnknownPlace, span, message);
        let fault = fault
            .help("write two capitals for a country, as in US, and its part behind a hyphen, as in US-NY");
        self.fault(fault.suggest(places::meant(word)));
        None
    }

    /// A whole number up to `most`.
    pub fn integer(&mut self, most: u64) -> Option<u64> {
        let (text, span) = (self.text(), self.span());
        if self.peek() != Token::Number {
            return self.unexpected("a whole number");
        }
        self.advance();
        match text.replace(',', "").parse::<u64>() {
            Ok(number) if number <= most => Some(number),
            _ => {
                let message = match text.contains('.') {
                    true => "a whole number is wanted here".into(),
                    false => {
                        format!("a whole number of at most {} is wanted here", crate::value::thousands(most))
                    }
                };
                self.fault(Diagnostic::new(Fault::OutOfRange, span, message));
                None
            }
        }
    }

    /// A number with decimals.
    pub fn decimal(&mut self) -> Option<Decimal> {
        let (text, span) = (self.text(), self.span());
        if self.peek() != Token::Number {
            return self.unexpected("a number, as in `12.50`,");
        }
        self.advance();
        let read = Decimal::new(&text.replace(',', ""));
        if read.is_none() {
            let message = "a number has at most eight decimals and is less than 92,233,720,368";
            self.fault(Diagnostic::new(Fault::OutOfRange, span, message));
        }
        read
    }

    /// A number and `%`, with up to eight decimals.
    pub fn rate(&mut self) -> Option<Decimal> {
        let start = self.span();
        let rate = self.decimal()?;
        if !self.eat(Token::Percent) {
            let message = format!("{}, is wanted here", Kind::Percent.example());
            let span = self.since(&start);
            let instead = format!("{rate} %");
            self.fault(Diagnostic::new(Fault::WrongType, span, message).suggest(Some(instead)));
            return None;
        }
        Some(rate)
    }

    /// A share of it in hundredths of a per cent, from `least` to `most`.
    pub fn bps(&mut self, least: u32, most: u32) -> Option<u32> {
        let start = self.span();
        let rate = self.rate()?;
        let bps = rate.0 / (Decimal::ONE / 100);
        let exact = rate.0 % (Decimal::ONE / 100) == 0;
        match u32::try_from(bps) {
            Ok(bps) if exact && (least..=most).contains(&bps) => Some(bps),
            _ => {
                let of = |bps: u32| Decimal(i64::from(bps) * Decimal::ONE / 100);
                let message = format!("from {} % to {} %, in hundredths of one", of(least), of(most));
                self.fault(Diagnostic::new(Fault::OutOfRange, self.since(&start), message));
                None
            }
        }
    }

    /// `25.50 USD`.
    pub fn amount(&mut self) -> Option<Amount> {
        let start = self.span();
        let amount = self.decimal()?;
        let currency = self.word();
        let good = (2..=12).contains(&currency.len())
            && currency.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !good {
            let message = "an amount of money is a number and a currency or token, as in `25.50 USD`";
            self.fault(Diagnostic::new(Fault::WrongType, self.since(&start), message));
            return None;
        }
        self.advance();
        Some(Amount { amount, currency: currency.into() })
    }

    /// A text in quotes of at most so many bytes.
    pub fn quoted(&mut self, longest: usize, wanted: &str) -> Option<String> {
        let (raw, span) = (self.text(), self.span());
        if self.peek() != Token::Text {
            let word = self.word();
            if !word.is_empty() {
                let message = format!("{wanted} is wanted here, in quotes");
                let quoted = format!("\"{word}\"");
                self.fault(Diagnostic::new(Fault::Unexpected, span, message).suggest(Some(quoted)));
                return None;
            }
            return self.unexpected(&format!("{wanted} in quotes"));
        }
        self.advance();
        let Some(text) = unquote(&raw[1..raw.len() - 1]) else {
            let message = "a text has no such escape: write \\\" \\\\ \\n \\t or \\u{2014}";
            self.fault(Diagnostic::new(Fault::Unexpected, span, message));
            return None;
        };
        if text.len() > longest {
            let message = format!("{wanted} has at most {longest} bytes, this has {}", text.len());
            self.fault(Diagnostic::new(Fault::TooLarge, span, message));
            return None;
        }
        Some(text)
    }
}

fn unquote(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next()? {
            '"' => text.push('"'),
            '\\' => text.push('\\'),
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'u' => {
                let rest = chars.as_str().strip_prefix('{')?;
                let (digits, after) = rest.split_once('}')?;
                let digits = (1..=6).contains(&digits.len()).then_some(digits)?;
                text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                chars = after.chars();
            }
            _ => return None,
        }
    }
    Some(text)
}

/// A text as it is written in quotes; what is not printable ASCII is escaped but for letters of other scripts.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
