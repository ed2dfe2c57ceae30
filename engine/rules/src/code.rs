//! Rules as they are evaluated: conditions flat and in order, so that one is read from front to back without following
//! pointers, and what can be left out is passed over at once.

use crate::basics::{Jurisdiction, Time, Units};
use crate::condition::{Condition, LotTest, MarketTest, PersonTest, SecurityTest, Who};
use crate::identity::Topic;
use crate::lot::Path;
use crate::period::Period;
use crate::place::Place;
use crate::reason::{ReasonCode, RuleId};
use crate::rule::{Holders, Most, Protocol, Rule, Scope};

#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    pub rules: Vec<Compiled>,
    pub nodes: Vec<Node>,
    pub ways: Vec<CompiledWay>,
    pub places: Vec<Place>,
    pub countries: Vec<Jurisdiction>,
    /// A bit for each kind of holders that is capped.
    pub caps: u8,
    pub plans: bool,
    pub owned: bool,
    pub sold_within: Option<Period>,
}

/// A rule and what it is under.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compiled {
    pub id: RuleId,
    /// The condition that it is under, if it is.
    pub when: Option<At>,
    pub body: Body,
}

/// Where a condition begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At(pub u32);

/// From, and to before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(pub u32, pub u32);

impl Span {
    pub fn of<T>(self, all: &[T]) -> &[T] {
        &all[self.0 as usize..self.1 as usize]
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    Require(At),
    /// And what is said where no way is open.
    Ways(Span, ReasonCode),
    HolderCap(Holders, u32),
    Owned(Scope, Most),
    AtLeast(Units),
    Denomination(Units),
    BenefitPlans(u16),
    Sold {
        bps: u16,
        or_weekly_volume: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct CompiledWay {
    pub path: Path,
    pub when: At,
}

/// A condition: its parts follow it, up to before `end`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    All { end: u32 },
    Any { end: u32 },
    Not { end: u32 },
    Person(Who, OfPerson),
    Lot(LotTest),
    Security(SecurityTest),
    In(Span),
    Gated,
    Between(Time, Time),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum OfPerson {
    Verified,
    ResidentOf(Span),
    Holds(Topic),
    Affiliate(Period),
    Issuer,
}

impl Node {
    /// Where what follows it begins.
    pub fn end(&self, at: u32) -> u32 {
        match self {
            Node::All { end } | Node::Any { end } | Node::Not { end } => *end,
            _ => at + 1,
        }
    }
}

impl Code {
    /// Lays out rules that were checked.
    pub fn of(protocols: &[Protocol]) -> Code {
        let mut code = Code::default();
        for (i, rule) in protocols.iter().flat_map(|protocol| &protocol.rules).enumerate() {
            let id = RuleId(i as u16 + 1);
            let when = code.under(rule);
            let body = code.body(rule.innermost());
            code.rules.push(Compiled { id, when, body });
        }
        code
    }

    /// What a rule is under, as one condition.
    fn under(&mut self, rule: &Rule) -> Option<At> {
        let Rule::When(when, then) = rule else { return None };
        let mut all = vec![when];
        let mut inner = then;
        while let Rule::When(when, then) = &**inner {
            all.push(when);
            inner = then;
        }
        let at = self.nodes.len();
        self.nodes.push(Node::All { end: 0 });
        all.into_iter().for_each(|part| self.condition(part));
        self.nodes[at] = Node::All { end: self.nodes.len() as u32 };
        Some(At(at as u32))
    }

    fn body(&mut self, rule: &Rule) -> Body {
        match rule {
            Rule::Require(must) => Body::Require(self.begin(must)),
            Rule::Ways(ways) => {
                let of_lots = |part: &Condition| part.has(&|c| matches!(c, Condition::Lot(_)));
                let others =
                    |part: &Condition| part.has(&|c| !matches!(c, Condition::Lot(_)) && c.parts().is_empty());
                let only_lots = ways.iter().all(|way| of_lots(&way.when) && !others(&way.when));
                let code = if only_lots { ReasonCode::LockUp } else { ReasonCode::NoWay };
                let compiled: Vec<CompiledWay> = ways
                    .iter()
                    .map(|way| CompiledWay { path: way.path, when: self.begin(&way.when) })
                    .collect();
                let from = self.ways.len() as u32;
                self.ways.extend(compiled);
                Body::Ways(Span(from, self.ways.len() as u32), code)
            }
            Rule::HolderCap(holders, max) => {
                self.caps |= 1 << *holders as u8;
                Body::HolderCap(*holders, *max)
            }
            Rule::Owned(scope, most) => {
                self.owned = true;
                Body::Owned(*scope, *most)
            }
            Rule::AtLeast(units) => {
                self.owned = true;
                Body::AtLeast(*units)
            }
            Rule::Denomination(units) => {
                self.owned = true;
                Body::Denomination(*units)
            }
            Rule::BenefitPlans(bps) => {
                self.plans = true;
                Body::BenefitPlans(*bps)
            }
            Rule::Sold { within, bps, or_weekly_volume } => {
                self.sold_within = Some(*within);
                Body::Sold { bps: *bps, or_weekly_volume: *or_weekly_volume }
            }
            Rule::When(..) => unreachable!("the innermost rule is under nothing"),
        }
    }

    fn begin(&mut self, condition: &Condition) -> At {
        let at = self.nodes.len();
        self.condition(condition);
        At(at as u32)
    }

    fn condition(&mut self, condition: &Condition) {
        let at = self.nodes.len();
        let node = match condition {
            Condition::All(_) => Node::All { end: 0 },
            Condition::Any(_) => Node::Any { end: 0 },
            Condition::Not(_) => Node::Not { end: 0 },
            Condition::Person(who, test) => Node::Person(*who, self.of_person(test)),
            Condition::Lot(test) => Node::Lot(*test),
            Condition::Security(test) => Node::Security(*test),
            Condition::Market(MarketTest::Gated) => Node::Gated,
            Condition::Market(MarketTest::Between(from, to)) => Node::Between(*from, *to),
            Condition::Market(MarketTest::In(countries)) => Node::In(put(&mut self.countries, countries)),
        };
        self.nodes.push(node);
        condition.parts().iter().for_each(|part| self.condition(part));
        let last = self.nodes.len() as u32;
        if let Node::All { end } | Node::Any { end } | Node::Not { end } = &mut self.nodes[at] {
            *end = last;
        }
    }

    fn of_person(&mut self, test: &PersonTest) -> OfPerson {
        match test {
            PersonTest::Verified => OfPerson::Verified,
            PersonTest::ResidentOf(places) => OfPerson::ResidentOf(put(&mut self.places, places)),
            PersonTest::Holds(topic) => OfPerson::Holds(*topic),
            PersonTest::Affiliate(period) => OfPerson::Affiliate(*period),
            PersonTest::Issuer => OfPerson::Issuer,
        }
    }
}

fn put<T: Copy>(all: &mut Vec<T>, more: &[T]) -> Span {
    let from = all.len() as u32;
    all.extend_from_slice(more);
    Span(from, all.len() as u32)
}
