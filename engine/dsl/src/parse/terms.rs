//! Terms: which there are, and what each may say.

use super::Parser;
use crate::diagnostic::{Diagnostic, Fault};
use crate::security::{DayCount, Frequency, Security, Term, TermKind, TermValue};
use crate::token::Token;

/// A term that there is.
struct Shape {
    name: &'static str,
    slots: &'static [Slot],
}

/// What may stand in a term.
struct Slot {
    /// A word before it; none where empty.
    lead: &'static str,
    what: What,
    needed: bool,
}

#[derive(Clone, Copy)]
enum What {
    Rate,
    Money,
    Date,
    Duration,
    Multiple,
    RatioOrMoney,
    Frequency,
    DayCount,
    Choice(&'static [&'static str]),
    Symbol,
    Text,
    Count,
}

const fn must(lead: &'static str, what: What) -> Slot {
    Slot { lead, what, needed: true }
}

const fn may(lead: &'static str, what: What) -> Slot {
    Slot { lead, what, needed: false }
}

const SHAPES: &[Shape] = &[
    Shape { name: "amount", slots: &[must("", What::Money)] },
    Shape { name: "minimum", slots: &[must("", What::Money)] },
    Shape { name: "par", slots: &[must("", What::Money)] },
    Shape { name: "principal", slots: &[must("", What::Money)] },
    Shape {
        name: "coupon",
        slots: &[must("", What::Rate), may("", What::Frequency), may("", What::DayCount)],
    },
    Shape {
        name: "floating",
        slots: &[
            must("", What::Text),
            may("plus", What::Rate),
            may("", What::Frequency),
            may("", What::DayCount),
        ],
    },
    Shape { name: "maturity", slots: &[must("", What::Date)] },
    Shape { name: "tenor", slots: &[must("", What::Duration)] },
    Shape {
        name: "dividend",
        slots: &[
            must("", What::Rate),
            may("", What::Frequency),
            may("", What::Choice(&["cumulative", "non-cumulative"])),
        ],
    },
    Shape {
        name: "liquidation",
        slots: &[must("", What::Multiple), may("", What::Choice(&["participating", "non-participating"]))],
    },
    Shape {
        name: "convertible",
        slots: &[
            must("into", What::Symbol),
            may("at", What::RatioOrMoney),
            may("discount", What::Rate),
            may("cap", What::Money),
        ],
    },
    Shape {
        name: "distributions",
        slots: &[must("", What::Frequency), may("of", What::Rate), may("from", What::Text)],
    },
    Shape {
        name: "share",
        slots: &[must("", What::Rate), must("of", What::Text), may("until", What::Multiple)],
    },
    Shape { name: "callable", slots: &[must("from", What::Date), must("at", What::Rate)] },
    Shape { name: "puttable", slots: &[must("from", What::Date), must("at", What::Rate)] },
    Shape { name: "redemption", slots: &[must("", What::Frequency), may("notice", What::Duration)] },
    Shape { name: "seniority", slots: &[must("", What::Choice(&["senior", "mezzanine", "subordinated"]))] },
    Shape { name: "secured", slots: &[must("by", What::Text)] },
    Shape { name: "property", slots: &[must("", What::Text)] },
    Shape { name: "management-fee", slots: &[must("", What::Rate)] },
    Shape { name: "carry", slots: &[must("", What::Rate), may("over", What::Rate)] },
    Shape { name: "votes", slots: &[must("", What::Count)] },
    Shape { name: "governing-law", slots: &[must("", What::Text)] },
    Shape { name: "note", slots: &[must("", What::Text)] },
];

/// The longest text in a term, in bytes.
const LONGEST: usize = 1_024;

/// The names of all terms.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHAPES.iter().map(|shape| shape.name)
}

/// All terms, each with the kinds of values that it can have.
pub fn kinds() -> impl Iterator<Item = (&'static str, Vec<TermKind>)> {
    SHAPES.iter().map(|shape| (shape.name, shape.slots.iter().flat_map(Slot::kinds).collect()))
}

impl Slot {
    /// The kinds of values that it makes: the word before it is one.
    fn kinds(&self) -> Vec<TermKind> {
        let mut kinds = match self.lead {
            "" => vec![],
            _ => vec![TermKind::Word],
        };
        kinds.extend_from_slice(match self.what {
            What::Rate => &[TermKind::Rate],
            What::Money => &[TermKind::Money],
            What::Date => &[TermKind::Date],
            What::Duration => &[TermKind::Duration],
            What::Multiple => &[TermKind::Multiple],
            What::RatioOrMoney => &[TermKind::Ratio, TermKind::Money],
            What::Frequency => &[TermKind::Frequency],
            What::DayCount => &[TermKind::DayCount],
            What::Choice(_) | What::Symbol => &[TermKind::Word],
            What::Text => &[TermKind::Text],
            What::Count => &[TermKind::Count],
        });
        kinds
    }
}

impl Parser<'_> {
    pub fn terms(&mut self) -> Vec<Term> {
        let mut all: Vec<Term> = Vec::new();
        self.block(|parser| {
            let span = parser.span();
            let Some(term) = parser.term() else {
                parser.recover();
                return;
            };
            if term.name != "note" && all.iter().any(|other| other.name == term.name) {
                let message = format!("the term `{}` stands twice", term.name);
                parser.fault(Diagnostic::new(Fault::Twice, span.clone(), message));
            }
            if all.len() == Security::MOST_TERMS {
                let message = format!("a security has at most {} terms", Security::MOST_TERMS);
                parser.fault(Diagnostic::new(Fault::TooLarge, span, message));
            }
            parser.end_statement("the term");
            all.push(term);
        });
        all
    }

    fn term(&mut self) -> Option<Term> {
        let names: Vec<&str> = names().collect();
        let name = self.one_of(&names, "a term")?;
        let shape = SHAPES.iter().find(|shape| shape.name == name)?;
        let mut values = Vec::new();
        for slot in shape.slots {
            if slot.needed || self.stands(slot) {
                if !slot.lead.is_empty() {
                    self.expect_word(slot.lead)?;
                    values.push(TermValue::Word(slot.lead.into()));
                }
                values.push(self.slot(slot.what)?);
            }
        }
        Some(Term { name: name.into(), values })
    }

    /// Whether what may stand here does.
    fn stands(&self, slot: &Slot) -> bool {
        let word = self.word();
        if !slot.lead.is_empty() {
            return word == slot.lead;
        }
        match slot.what {
            What::Frequency => Frequency::ALL.iter().any(|(_, other)| *other == word),
            What::DayCount => self.peek_second() == Token::Slash,
            What::Choice(words) => words.contains(&word),
            _ => !self.at_end(),
        }
    }

    fn slot(&mut self, what: What) -> Option<TermValue> {
        let start = self.span();
        Some(match what {
            What::Rate => TermValue::Rate(self.rate()?),
            What::Money => TermValue::Money(self.amount()?),
            What::Date => TermValue::Date(self.date()?),
            What::Duration => TermValue::Duration(self.period()?),
            What::Multiple => {
                let times = self.decimal()?;
                self.expect_word("x")?;
                TermValue::Multiple(times)
            }
            What::RatioOrMoney if self.peek_second() == Token::Colon => {
                let before = self.decimal()?;
                self.advance();
                TermValue::Ratio(before, self.decimal()?)
            }
            What::RatioOrMoney => TermValue::Money(self.amount()?),
            What::Frequency => {
                let words = Frequency::ALL.map(|(_, word)| word);
                let word = self.one_of(&words, "how often")?;
                TermValue::Frequency(Frequency::ALL.into_iter().find(|(_, other)| *other == word)?.0)
            }
            What::DayCount => {
                let before = self.text();
                self.advance();
                self.advance();
                let behind = self.text();
                self.advance();
                let is = |&&(_, a, b): &&(DayCount, &str, &str)| (a, b) == (before, behind);
                let Some(found) = DayCount::ALL.iter().find(is) else {
                    let message = "days are counted 30/360, act/360, act/365 or act/act";
                    self.fault(Diagnostic::new(Fault::UnknownWord, self.since(&start), message));
                    return None;
                };
                TermValue::DayCount(found.0)
            }
            What::Choice(words) => TermValue::Word(self.one_of(words, "")?.into()),
            What::Symbol => TermValue::Word(self.symbol()?),
            What::Text => TermValue::Text(self.quoted(LONGEST, "a text")?),
            What::Count => TermValue::Count(self.integer(1_000_000_000)?),
        })
    }
}
