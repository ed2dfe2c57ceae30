//! All that a program demands without counting, asked at once: where both sides are known, nearly every question of the
//! match is answered by this alone.
//!
//! Every question that its conditions ask is asked once, whatever many rules ask it; the answers are bits. What must hold is
//! laid out as clauses (conjunctive normal form), of each of which one answer must be right. Where all of them are, the
//! rules that only demand something have nothing to say. Where one is not, the rules are asked one by one, in their order,
//! for the first that says no is named.

use crate::basics::Jurisdiction;
use crate::code::{At, Body, Code, Compiled, Countries};
use crate::condition::{Condition, PersonTest, Who};
use crate::place::Region;
use crate::rule::{Protocol, Rule};

#[derive(Clone, Debug, Default)]
pub(crate) struct Quick {
    /// Countries about which everything is answered alike: which questions about a buyer who resides there are answered with
    /// yes, and which about a seller.
    groups: Vec<[u64; 2]>,
    /// To which group each country belongs.
    of_country: Vec<u8>,
    /// The other questions: which bit, and where it stands.
    pub others: Vec<(u8, At)>,
    /// Questions to which there is but one right answer: all of them, and which of them yes.
    only: [u64; 2],
    clauses: Vec<Clause>,
    /// The rules that are not among the clauses.
    pub rest: Vec<Compiled>,
}

/// At least one of these questions is answered with yes, or one of those with no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Clause {
    yes: u64,
    no: u64,
}

impl Clause {
    fn holds(self, answers: u64) -> bool {
        (answers & self.yes) | (!answers & self.no) != 0
    }

    fn or(self, other: Clause) -> Clause {
        Clause { yes: self.yes | other.yes, no: self.no | other.no }
    }

    /// Whether it is about one question.
    fn is_single(&self) -> bool {
        self.yes.count_ones() + self.no.count_ones() == 1
    }

    fn always_holds(&self) -> bool {
        self.yes & self.no != 0
    }
}

/// The most clauses that one condition may become; of one that becomes more, each part is asked for itself.
const MOST_CLAUSES: usize = 32;

impl Quick {
    /// Lays out what the rules demand; `code` has them already.
    pub fn of(protocols: &[Protocol], code: &mut Code) -> Quick {
        let mut questions = Questions::default();
        let (mut clauses, mut taken) = (Vec::new(), Vec::new());
        for rule in protocols.iter().flat_map(|protocol| &protocol.rules) {
            let known = questions.0.len();
            let of_rule = demand(rule).and_then(|demand| questions.clauses(&demand, true));
            match &of_rule {
                Some(of_rule) => clauses.extend(of_rule),
                None => questions.0.truncate(known),
            }
            taken.push(of_rule.is_some());
        }
        clauses.sort_unstable();
        clauses.dedup();
        let (single, clauses): (Vec<Clause>, Vec<Clause>) = clauses.into_iter().partition(Clause::is_single);
        let [yes, no] = single.iter().fold([0, 0], |[yes, no], one| [yes | one.yes, no | one.no]);
        let mut rest: Vec<Compiled> = code.rules.clone();
        rest.retain(|rule| !taken[usize::from(rule.id.0) - 1]);
        // However many rules say by which ways lots go: at the match they say the same number.
        let ways = rest.iter().position(|rule| matches!((rule.body, rule.when), (Body::Ways(..), None)));
        let mut at = 0..;
        rest.retain(|rule| at.next() <= ways || ways.is_none() || !matches!(rule.body, Body::Ways(..)));
        // What is demanded both ways is never met.
        let only = [yes | no, yes];
        let never = (yes & no != 0).then_some(Clause::default());
        let clauses = clauses.into_iter().chain(never).collect();
        let mut quick = Quick { only, clauses, rest, ..Quick::default() };
        let mut by_country: Vec<[u64; 2]> = vec![[0; 2]; Countries::ALL];
        for (bit, question) in questions.0.iter().enumerate() {
            match question {
                Condition::Person(who, PersonTest::ResidentOf(places))
                    if places.iter().all(|place| place.region == Region::NONE) =>
                {
                    let side = usize::from(*who == Who::Seller);
                    for at in places.iter().filter_map(|place| Countries::at(place.country)) {
                        by_country[at][side] |= 1 << bit;
                    }
                }
                other => quick.others.push((bit as u8, code.begin(other))),
            }
        }
        quick.groups = by_country.clone();
        quick.groups.sort_unstable();
        quick.groups.dedup();
        // What more lists than this tell apart is left to the rules one by one.
        if quick.groups.len() > usize::from(u8::MAX) {
            return Quick { rest: code.rules.clone(), ..Quick::default() };
        }
        let group = |masks| quick.groups.binary_search(masks).expect("each is among them") as u8;
        quick.of_country = by_country.iter().map(group).collect();
        quick
    }

    /// Whether nothing is demanded.
    pub fn is_empty(&self) -> bool {
        self.only[0] == 0 && self.clauses.is_empty()
    }

    /// Whether all demands are met, where these questions are answered with yes and the others with no.
    pub fn holds(&self, answers: u64) -> bool {
        let [asked, yes] = self.only;
        answers & asked == yes && self.clauses.iter().all(|clause| clause.holds(answers))
    }

    /// The questions of residence that are answered with yes.
    pub fn residence(&self, who: Who, country: Jurisdiction) -> u64 {
        let group = Countries::at(country).map(|at| self.groups[usize::from(self.of_country[at])]);
        group.map_or(0, |[buyer, seller]| if who == Who::Buyer { buyer } else { seller })
    }
}

/// What a rule demands, if it does nothing else: what is under a condition is met where that is not.
fn demand(rule: &Rule) -> Option<Condition> {
    match rule {
        Rule::Require(must) => Some(must.clone()),
        Rule::When(when, then) => Some(Condition::when(when.clone(), demand(then)?)),
        _ => None,
    }
}

/// All that is asked, each once, by its bit.
#[derive(Default)]
struct Questions(Vec<Condition>);

impl Questions {
    /// The clauses that together say that a condition is so, or is not so; nothing where they are too many, or where it asks
    /// about lots.
    fn clauses(&mut self, condition: &Condition, so: bool) -> Option<Vec<Clause>> {
        let all = match condition {
            Condition::Not(part) => return self.clauses(part, !so),
            Condition::All(_) => so,
            Condition::Any(_) => !so,
            Condition::Lot(_) => return None,
            Condition::Person(..) | Condition::Security(_) | Condition::Market(_) => {
                let bit = 1 << self.bit(condition)?;
                return Some(vec![if so { Clause { yes: bit, no: 0 } } else { Clause { yes: 0, no: bit } }]);
            }
        };
        let mut clauses = if all { Vec::new() } else { vec![Clause::default()] };
        for part in condition.parts() {
            let of_part = self.clauses(part, so)?;
            if all {
                clauses.extend(of_part);
            } else {
                let each = clauses.iter().flat_map(|a| of_part.iter().map(|b| a.or(*b)));
                clauses = each.filter(|clause| !clause.always_holds()).collect();
            }
            if clauses.len() > MOST_CLAUSES {
                return None;
            }
        }
        Some(clauses)
    }

    fn bit(&mut self, question: &Condition) -> Option<usize> {
        let known = self.0.iter().position(|known| known == question);
        if known.is_none() && self.0.len() < u64::BITS as usize {
            self.0.push(question.clone());
            return Some(self.0.len() - 1);
        }
        known
    }
}
