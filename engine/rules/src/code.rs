//! Rules as they are evaluated: conditions flat and in order, so that one is read from front to back without following
//! pointers, and what can be left out is passed over at once.

use crate::basics::{Jurisdiction, Time, Units};
use crate::condition::{Condition, LotTest, MarketTest, PersonTest, SecurityTest, Who};
use crate::identity::Topic;
use crate::lot::Path;
use crate::period::Period;
use crate::place::{Place, Region};
use crate::quick::Quick;
use crate::reason::{ReasonCode, RuleId};
use crate::rule::{Holders, Most, Protocol, Rule, Scope};
use crate::window::Window;

#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    /// By their numbers; one that demands several things at once stands here once for each.
    pub rules: Vec<Compiled>,
    pub nodes: Vec<Node>,
    pub ways: Vec<CompiledWay>,
    pub countries: Vec<Countries>,
    /// Regions, each list in order.
    pub regions: Vec<Place>,
    /// A bit for each kind of holders that is capped.
    pub caps: u8,
    pub plans: bool,
    /// Whether it matters what anybody has of its own.
    pub owned: bool,
    /// A bit for each scope within which it is limited what may be owned.
    pub scopes: u8,
    /// Within what sales count, each once.
    pub windows: Vec<Window>,
    pub approved: bool,
    /// What the rules demand, for where both sides are known.
    pub quick: Quick,
}

/// Countries as a set: a bit for each pair of letters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Countries([u64; 11]);

impl Countries {
    /// How many pairs of letters there are.
    pub const ALL: usize = 26 * 26;

    fn of(countries: impl Iterator<Item = Jurisdiction>) -> Countries {
        let mut set = Countries::default();
        for at in countries.filter_map(Countries::at) {
            set.0[at / 64] |= 1 << (at % 64);
        }
        set
    }

    pub fn has(&self, country: Jurisdiction) -> bool {
        Countries::at(country).is_some_and(|at| self.0[at / 64] >> (at % 64) & 1 == 1)
    }

    /// Which bit; none for what is no pair of letters, which bytes from outside may be.
    pub fn at(country: Jurisdiction) -> Option<usize> {
        let [a, b] = country.letters().map(|letter| usize::from(letter.wrapping_sub(b'A')));
        (a < 26 && b < 26).then_some(a * 26 + b)
    }
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
        window: Window,
        bps: u16,
        or_weekly_volume: bool,
    },
    Velocity(Window, Most),
    Approved,
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
    In(u32),
    Gated,
    Between(Time, Time),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum OfPerson {
    Verified,
    /// Which set of countries, and which regions.
    ResidentOf(u32, Span),
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
            match rule.innermost() {
                // All of several conditions must hold: each is asked by itself.
                Rule::Require(Condition::All(parts)) if !parts.is_empty() => {
                    for part in parts {
                        let body = Body::Require(code.begin(part));
                        code.rules.push(Compiled { id, when, body });
                    }
                }
                rule => {
                    let body = code.body(rule);
                    code.rules.push(Compiled { id, when, body });
                }
            }
        }
        code.quick = Quick::of(protocols, &mut code);
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
                self.scopes |= 1 << *scope as u8;
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
                let window = self.within(Window::Rolling(*within));
                Body::Sold { window, bps: *bps, or_weekly_volume: *or_weekly_volume }
            }
            Rule::Velocity { window, most } => Body::Velocity(self.within(*window), *most),
            Rule::Approved => {
                self.approved = true;
                Body::Approved
            }
            Rule::When(..) => unreachable!("the innermost rule is under nothing"),
        }
    }

    fn within(&mut self, window: Window) -> Window {
        if !self.windows.contains(&window) {
            self.windows.push(window);
        }
        window
    }

    pub fn begin(&mut self, condition: &Condition) -> At {
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
            Condition::Market(MarketTest::In(countries)) => Node::In(self.set(countries.iter().copied())),
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
            PersonTest::ResidentOf(places) => {
                let (whole, parts): (Vec<Place>, Vec<Place>) =
                    places.iter().partition(|place| place.region == Region::NONE);
                let from = self.regions.len() as u32;
                self.regions.extend(parts);
                let regions = Span(from, self.regions.len() as u32);
                OfPerson::ResidentOf(self.set(whole.into_iter().map(|place| place.country)), regions)
            }
            PersonTest::Holds(topic) => OfPerson::Holds(*topic),
            PersonTest::Affiliate(period) => OfPerson::Affiliate(*period),
            PersonTest::Issuer => OfPerson::Issuer,
        }
    }

    fn set(&mut self, countries: impl Iterator<Item = Jurisdiction>) -> u32 {
        self.countries.push(Countries::of(countries));
        self.countries.len() as u32 - 1
    }
}
