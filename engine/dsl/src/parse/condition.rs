//! Conditions: questions about the buyer, the seller, the lot, the security and the market, put together by `and`, `or`
//! and `not`.

use super::Parser;
use crate::diagnostic::{Diagnostic, Fault};
use crate::token::Token;
use tallystick_rules::{
    Condition, LotTest, MarketTest, Period, PersonTest, Program, SecurityTest, Source, Time, Topic, Who,
};

/// What a condition can begin with.
const OF_ISSUER: &[&str] = &["reporting", "shell", "bankrupt", "filing", "small"];

const SUBJECTS: &[&str] = &[
    "buyer",
    "seller",
    "both",
    "either",
    "lot",
    "issuer",
    "information",
    "class",
    "distribution",
    "blackout",
    "agent",
    "market",
    "time",
    "not",
    "all",
    "any",
    "always",
    "never",
];

/// What can be said of a person.
const OF_PERSON: &[&str] = &[
    "verified",
    "resident",
    "accredited",
    "qualified",
    "screened",
    "affiliate",
    "issuer",
    "holds",
    "no",
    "not",
    "is",
];

/// The topics of claims by their words.
pub const TOPICS: &[(&str, Topic)] = &[
    ("verified", Topic::Verified),
    ("residence", Topic::Residence),
    ("accredited", Topic::Accredited),
    ("institutional", Topic::QualifiedInstitutionalBuyer),
    ("purchaser", Topic::QualifiedPurchaser),
    ("non-us-person", Topic::NonUsPerson),
    ("screened", Topic::Screened),
    ("good-actor", Topic::GoodActor),
    ("benefit-plan", Topic::BenefitPlan),
    ("fund", Topic::Fund),
    ("group", Topic::Group),
    ("owners", Topic::Owners),
];

impl Parser<'_> {
    /// A condition.
    pub fn condition(&mut self) -> Option<Condition> {
        let first = self.simple()?;
        let mut parts = vec![first];
        let mut joined: Option<&str> = None;
        loop {
            let word = self.word();
            if !matches!(word, "and" | "or") || self.ends_before_or() {
                break;
            }
            if let Some(before) = joined
                && before != word
            {
                let message = "`and` and `or` stand side by side, and it is not said which binds first";
                let fault = Diagnostic::new(Fault::Mixed, self.span(), message);
                self.fault(
                    fault.help("put parentheses around what belongs together, as in `a and (b or c)`"),
                );
                // What follows is read, so that its faults are told too.
            }
            joined = joined.or(Some(word));
            self.advance();
            parts.push(self.simple()?);
            if parts.len() > Program::MAX_PARTS {
                let message = format!("a condition has at most {} parts", Program::MAX_PARTS);
                let span = self.span();
                self.fault(Diagnostic::new(Fault::TooLarge, span, message));
                return None;
            }
        }
        Some(match joined {
            None => parts.remove(0),
            Some("and") => Condition::All(parts),
            Some(_) => Condition::Any(parts),
        })
    }

    /// Whether what stands before `or` is the condition of a way, and another way follows.
    fn ends_before_or(&self) -> bool {
        self.word() == "or" && (self.second_word() == "by" || self.peek_second() == Token::Protocol)
    }

    fn simple(&mut self) -> Option<Condition> {
        let start = self.span();
        let mut nots = 0;
        while self.eat_word("not") {
            nots += 1;
        }
        if nots > Program::MAX_DEPTH {
            let message = format!("a condition nests at most {} deep", Program::MAX_DEPTH);
            self.fault(Diagnostic::new(Fault::TooDeep, self.since(&start), message));
            return None;
        }
        let mut condition = self.positive()?;
        for _ in 0..nots {
            condition = Condition::not(condition);
        }
        Some(condition)
    }

    fn positive(&mut self) -> Option<Condition> {
        if self.eat(Token::Left) {
            let condition = self.condition()?;
            self.expect(Token::Right, "`)`")?;
            return Some(condition);
        }
        let subject = self.word();
        if !SUBJECTS.contains(&subject) {
            return self.unknown(SUBJECTS, &format!("a condition begins with {}", super::listed(SUBJECTS)));
        }
        self.advance();
        match subject {
            "always" => Some(Condition::All(vec![])),
            "never" => Some(Condition::Any(vec![])),
            "all" => self.parts().map(Condition::All),
            "any" => self.parts().map(Condition::Any),
            "buyer" => {
                let (not, test) = self.person()?;
                Some(negated(not, Condition::buyer(test)))
            }
            "seller" => {
                let (not, test) = self.person()?;
                Some(negated(not, Condition::seller(test)))
            }
            "both" | "either" => {
                let (not, test) = self.person()?;
                let each = vec![
                    negated(not, Condition::Person(Who::Buyer, test.clone())),
                    negated(not, Condition::Person(Who::Seller, test)),
                ];
                Some(if subject == "both" { Condition::All(each) } else { Condition::Any(each) })
            }
            "lot" => self.lot(),
            "market" => self.market(),
            "time" => self.time(),
            _ => self.security(subject),
        }
    }

    /// `of (a, b)`, maybe empty.
    fn parts(&mut self) -> Option<Vec<Condition>> {
        self.expect_word("of")?;
        self.expect(Token::Left, "`(`")?;
        let mut all = Vec::new();
        while self.peek() != Token::Right {
            all.push(self.condition()?);
            if !self.eat(Token::Comma) {
                break;
            }
        }
        self.expect(Token::Right, "a comma or `)`")?;
        Some(all)
    }

    /// `is` or `is not`, and an article.
    fn is(&mut self) -> bool {
        self.skip_words(&["is", "are", "was"]);
        let not = self.eat_word("not");
        self.skip_words(&["a", "an", "the"]);
        not
    }

    fn person(&mut self) -> Option<(bool, PersonTest)> {
        let not = self.is();
        let word = self.word();
        let topic = |parser: &mut Self, words: &[&str], topic| {
            words.iter().try_for_each(|word| parser.expect_word(word))?;
            Some(PersonTest::Holds(topic))
        };
        let test = match word {
            "verified" => {
                self.advance();
                PersonTest::Verified
            }
            "resident" => {
                self.advance();
                self.expect_word("of")?;
                PersonTest::ResidentOf(self.places()?)
            }
            "accredited" => topic(self, &["accredited"], Topic::Accredited)?,
            "screened" => topic(self, &["screened"], Topic::Screened)?,
            "qualified" => {
                self.advance();
                match self.one_of(&["institutional", "purchaser"], "qualified as")? {
                    "institutional" => topic(self, &["buyer"], Topic::QualifiedInstitutionalBuyer)?,
                    _ => PersonTest::Holds(Topic::QualifiedPurchaser),
                }
            }
            "no" => {
                self.advance();
                match self.one_of(&["US", "bad"], "no")? {
                    "US" => topic(self, &["person"], Topic::NonUsPerson)?,
                    _ => topic(self, &["actor"], Topic::GoodActor)?,
                }
            }
            "affiliate" => {
                self.advance();
                let within =
                    if self.eat_word("within") { self.period()? } else { Period { months: 0, days: 0 } };
                PersonTest::Affiliate(within)
            }
            "issuer" => {
                self.advance();
                PersonTest::Issuer
            }
            "holds" => {
                self.advance();
                self.expect_word("claim")?;
                let words: Vec<&str> = TOPICS.iter().map(|(word, _)| *word).collect();
                let word = self.one_of(&words, "the topic of a claim")?;
                let topic = TOPICS.iter().find(|(other, _)| *other == word).map(|(_, topic)| *topic)?;
                PersonTest::Holds(topic)
            }
            _ => {
                let wanted = "what a person is: `verified`, `resident of`, `accredited`, `screened`, \
                     `qualified purchaser`, `qualified institutional buyer`, `no US person`, `no bad actor`, \
                     `affiliate`, `issuer` or `holds claim`";
                return self.unknown(OF_PERSON, wanted);
            }
        };
        Some((not, test))
    }

    fn lot(&mut self) -> Option<Condition> {
        let not = self.is();
        let test = match self.one_of(&["held", "issued", "restricted", "paid", "from"], "what a lot is")? {
            "held" => LotTest::HeldFor(self.long()?),
            "issued" => LotTest::IssuedFor(self.long()?),
            "restricted" => LotTest::Restricted,
            "paid" => LotTest::Paid,
            _ => LotTest::From(match self.one_of(&["issuer", "holder", "affiliate"], "from whom")? {
                "issuer" => Source::Issuer,
                "holder" => Source::Holder,
                _ => Source::Affiliate,
            }),
        };
        Some(negated(not, Condition::Lot(test)))
    }

    fn security(&mut self, subject: &str) -> Option<Condition> {
        let not = self.is();
        let none = Period { months: 0, days: 0 };
        let test = match subject {
            "issuer" => match self.one_of(OF_ISSUER, "what an issuer is")? {
                "reporting" => SecurityTest::ReportingFor(self.maybe_long()?.unwrap_or(none)),
                "shell" => SecurityTest::Shell,
                "filing" => SecurityTest::Filing,
                "small" => SecurityTest::Small,
                _ => SecurityTest::Bankrupt,
            },
            "information" => {
                self.expect_word("current")?;
                SecurityTest::Informed
            }
            "class" => match self.one_of(&["fungible", "outstanding"], "what a class is")? {
                "fungible" => {
                    self.expect_word("with")?;
                    self.expect_word("listed")?;
                    SecurityTest::FungibleWithListed
                }
                _ => SecurityTest::OutstandingFor(self.maybe_long()?.unwrap_or(none)),
            },
            "distribution" => {
                self.expect_word("over")?;
                SecurityTest::DistributedFor(self.maybe_long()?.unwrap_or(none))
            }
            "agent" => {
                self.expect_word("registered")?;
                SecurityTest::RegisteredAgent
            }
            _ => {
                self.expect_word("on")?;
                SecurityTest::Blackout
            }
        };
        Some(negated(not, Condition::Security(test)))
    }

    fn market(&mut self) -> Option<Condition> {
        let not = self.is();
        let test = match self.one_of(&["in", "gated"], "what a market is")? {
            "in" => MarketTest::In(self.countries()?),
            _ => MarketTest::Gated,
        };
        Some(negated(not, Condition::Market(test)))
    }

    /// From the first moment, and before the second.
    fn time(&mut self) -> Option<Condition> {
        let not = self.is();
        let (from, until) = match self.one_of(&["from", "before"], "when")? {
            "before" => (Time::NEVER, self.date()?),
            _ => {
                let from = self.date()?;
                (from, if self.eat_word("until") { self.date()? } else { Time::FOREVER })
            }
        };
        Some(negated(not, Condition::Market(MarketTest::Between(from, until))))
    }

    fn long(&mut self) -> Option<Period> {
        self.eat_word("for");
        self.period()
    }

    fn maybe_long(&mut self) -> Option<Option<Period>> {
        if self.eat_word("for") { self.period().map(Some) } else { Some(None) }
    }
}

fn negated(not: bool, condition: Condition) -> Condition {
    if not { Condition::not(condition) } else { condition }
}
