//! What a listing says of the European Union's pilot regime for DLT market infrastructures.

use super::Parser;
use super::security::Said;
use crate::diagnostic::{Diagnostic, Fault};
use crate::listing::{Pilot, PilotKind};
use crate::value::Decimal;

const FIELDS: &[&str] = &["kind", "size", "value", "as"];

/// A cent, in hundred-millionths.
const CENT: i64 = Decimal::ONE / 100;

impl Parser<'_> {
    /// `{ kind bonds; size 20,000,000 EUR; value 19,500,000.50 EUR; as of 2026-10-31 }`.
    pub fn pilot(&mut self) -> Option<Pilot> {
        let start = self.span();
        let mut said = Said::default();
        let (mut kind, mut size, mut value, mut as_of) = (None, None, None, None);
        let before = self.faults.len();
        self.block(|parser| {
            let span = parser.span();
            let Some(field) = parser.one_of_fields(FIELDS, "part on the pilot regime") else {
                said.meant(parser, FIELDS);
                parser.recover();
                return;
            };
            said.once(parser, field, span);
            let read = match field {
                "kind" => parser.pilot_kind().map(|read| kind = Some(read)),
                "size" => parser.euros().map(|read| size = Some(read)),
                "value" => parser.euros().map(|read| value = Some(read)),
                _ => parser.expect_word("of").and_then(|()| parser.date()).map(|read| as_of = Some(read)),
            };
            match read {
                Some(()) => parser.end_statement("it"),
                None => parser.recover(),
            }
        });
        let needed = [
            ("kind", "write as what it is admitted, as in `kind bonds`"),
            ("value", "write the market value of what is admitted, as in `value 20,000,000 EUR`"),
            ("as", "write the day of the value, as in `as of 2026-10-31`"),
        ];
        let complete = said.demand(self, start, &needed);
        if !complete || self.faults.len() > before {
            return None;
        }
        let value = value?;
        Some(Pilot { kind: kind?, size: size.unwrap_or(value), value, as_of: as_of? })
    }

    fn pilot_kind(&mut self) -> Option<PilotKind> {
        let words = PilotKind::ALL.map(|(_, word)| word);
        let word = self.one_of(&words, "what may be admitted")?;
        PilotKind::ALL.into_iter().find(|(_, it)| *it == word).map(|(kind, _)| kind)
    }

    /// An amount of euros, in cents.
    fn euros(&mut self) -> Option<u64> {
        let start = self.span();
        let amount = self.amount()?;
        if amount.currency != "EUR" {
            let message = format!("the pilot regime counts in EUR, not in {}", amount.currency);
            self.fault(Diagnostic::new(Fault::WrongType, self.since(&start), message));
            return None;
        }
        match u64::try_from(amount.amount.0 / CENT) {
            Ok(cents) if cents > 0 && amount.amount.0 % CENT == 0 => Some(cents),
            _ => {
                let message = "more than nought, in cents: at most two decimals";
                self.fault(Diagnostic::new(Fault::OutOfRange, self.since(&start), message));
                None
            }
        }
    }
}
