//! What a change of rules means: which rules were added, removed and changed, and which trades they newly allow or forbid.
//!
//! Trades are looked for among typical ones (see `trades`), within a bound of steps: each example is one, but not every
//! difference has an example, and differences of quantity are told as sentences alone.

use crate::explain::sentence;
use crate::trades::words::describe;
use crate::trades::{Found, Search, Trade, demand};
use serde::{Deserialize, Serialize};
use std::fmt;
use tallystick_rules::{Condition, Most, Protocol, Rule, Time, Window};

/// What differs between two programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// Rules that differ, in the order of the new program; those that are gone come last.
    pub changes: Vec<Change>,
    /// Trades that were forbidden and are allowed now, one for each rule that kept them out.
    pub allowed: Vec<Example>,
    /// Trades that were allowed and are forbidden now, one for each rule that keeps them out.
    pub forbidden: Vec<Example>,
    /// Rules of the new program that look further back at sales than the old one counted them.
    pub further_back: Vec<FurtherBack>,
}

/// A rule that counts what groups sell. Of what was sold before it was known to come only that can be counted which the rules
/// counted until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FurtherBack {
    /// Its number.
    pub rule: usize,
    /// Whether the old program counted sales at all.
    pub counted: bool,
}

/// A rule that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// As it was; nothing where it is new.
    pub old: Option<RuleText>,
    /// As it is; nothing where it is gone.
    pub new: Option<RuleText>,
    /// What it means for quantities, where it counts.
    pub limit: Limit,
}

/// A rule in a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleText {
    /// Its number.
    pub number: usize,
    /// Its protocol.
    pub protocol: String,
    /// What it says.
    pub sentence: String,
}

/// What a change means for a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// It is no limit that both have, under the same conditions.
    Neither,
    /// More is allowed.
    Looser,
    /// Less is allowed.
    Tighter,
}

/// A trade that the change decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The rule that keeps it out, of the old program or of the new; nought where it is that there are no rules.
    pub rule: usize,
    /// The trade, as far as that rule asks about it.
    pub words: String,
    /// The trade.
    pub trade: Trade,
}

/// The most parts of conditions that are looked at for one comparison.
const MOST_STEPS: u64 = 20_000_000;

struct Numbered<'a> {
    number: usize,
    protocol: &'a Protocol,
    rule: &'a Rule,
}

impl Numbered<'_> {
    fn text(&self) -> RuleText {
        RuleText { number: self.number, protocol: self.protocol.name.clone(), sentence: sentence(self.rule) }
    }

    fn same(&self, other: &Numbered) -> bool {
        (&self.protocol.name, &self.protocol.cites, self.rule)
            == (&other.protocol.name, &other.protocol.cites, other.rule)
    }

    /// Whether one is another edition of the other.
    fn akin(&self, other: &Numbered) -> bool {
        let family = |name: &'_ str| name.split('@').next().unwrap_or_default().to_string();
        let kind = |rule: &Rule| std::mem::discriminant(rule.innermost());
        // Of the many things that a security may require by itself none is an edition of another.
        let named =
            !self.protocol.name.starts_with("own@") || !matches!(self.rule.innermost(), Rule::Require(_));
        let kin = family(&self.protocol.name) == family(&other.protocol.name)
            && kind(self.rule) == kind(other.rule);
        self.rule == other.rule || (kin && named)
    }
}

fn numbered(protocols: &[Protocol]) -> Vec<Numbered<'_>> {
    let rules = protocols.iter().flat_map(|protocol| protocol.rules.iter().map(move |rule| (protocol, rule)));
    rules.enumerate().map(|(i, (protocol, rule))| Numbered { number: i + 1, protocol, rule }).collect()
}

/// What differs between the rules as they were and as they are.
pub fn diff(old: &[Protocol], new: &[Protocol]) -> Diff {
    let (mut gone, mut came) = (numbered(old), numbered(new));
    let further_back = further_back(&gone, &came);
    let (before, after): (Vec<Condition>, Vec<Condition>) = (
        gone.iter().map(|rule| demand(rule.rule)).collect(),
        came.iter().map(|rule| demand(rule.rule)).collect(),
    );
    came.retain(|rule| match gone.iter().position(|other| other.same(rule)) {
        Some(at) => {
            gone.remove(at);
            false
        }
        None => true,
    });
    let mut search = Search::new(MOST_STEPS);
    let mut forbidden = examples(&mut search, &before, &came);
    let mut allowed = examples(&mut search, &after, &gone);
    match (before.is_empty(), after.is_empty()) {
        (false, true) => forbidden.extend(without_rules(&mut search, &before)),
        (true, false) => allowed.extend(without_rules(&mut search, &after)),
        _ => {}
    }
    let mut changes = Vec::new();
    for rule in came {
        // The very same rule under another name first.
        let at = gone.iter().position(|other| other.rule == rule.rule);
        let at = at.or_else(|| gone.iter().position(|other| other.akin(&rule)));
        let old = at.map(|at| gone.remove(at));
        let limit = old.as_ref().map_or(Limit::Neither, |old| limit(old.rule, rule.rule));
        changes.push(Change { old: old.map(|old| old.text()), new: Some(rule.text()), limit });
    }
    changes.extend(gone.iter().map(|rule| Change {
        old: Some(rule.text()),
        new: None,
        limit: Limit::Neither,
    }));
    Diff { changes, allowed, forbidden, further_back }
}

fn further_back(old: &[Numbered], new: &[Numbered]) -> Vec<FurtherBack> {
    let windows: Vec<Window> = old.iter().filter_map(|rule| window(rule.rule)).collect();
    let first = |now: Time| windows.iter().map(|window| window.first_day(now)).min();
    // On any day of four years, for months and years are not all as long.
    let days = (20_000..21_461).map(|day| Time(day * Time::DAY_NS));
    let looks_back = |window: Window| days.clone().any(|now| first(now) > Some(window.first_day(now)));
    let counting = new.iter().filter_map(|rule| Some((rule.number, window(rule.rule)?)));
    counting
        .filter(|(_, window)| windows.is_empty() || looks_back(*window))
        .map(|(rule, _)| FurtherBack { rule, counted: !windows.is_empty() })
        .collect()
}

/// Within what a rule counts sales, if it does.
fn window(rule: &Rule) -> Option<Window> {
    match rule.innermost() {
        Rule::Sold { within, .. } => Some(Window::Rolling(*within)),
        Rule::Velocity { window, .. } => Some(*window),
        _ => None,
    }
}

/// Trades that meet all demands of one side and not the rule of the other.
fn examples(search: &mut Search, met: &[Condition], rules: &[Numbered]) -> Vec<Example> {
    // What has no rules denies everything.
    if met.is_empty() {
        return vec![];
    }
    let one = |rule: &Numbered| {
        let demand = demand(rule.rule);
        let broken = Condition::not(demand.clone());
        let all: Vec<&Condition> = met.iter().chain([&broken]).collect();
        match search.find(&all) {
            Found::Trade(trade) => {
                Some(Example { rule: rule.number, words: describe(&trade, &[&demand]), trade: *trade })
            }
            Found::None | Found::Unknown => None,
        }
    };
    rules.iter().filter_map(one).collect()
}

/// A trade that meets all demands, where the other side has no rules and so denies everything.
fn without_rules(search: &mut Search, met: &[Condition]) -> Option<Example> {
    let all: Vec<&Condition> = met.iter().collect();
    let Found::Trade(trade) = search.find(&all) else { return None };
    Some(Example { rule: 0, words: describe(&trade, &all), trade: *trade })
}

fn limit(old: &Rule, new: &Rule) -> Limit {
    let compared = match (old, new) {
        (Rule::When(a, old), Rule::When(b, new)) if a == b => return limit(old, new),
        (Rule::HolderCap(a, old), Rule::HolderCap(b, new)) if a == b => new.cmp(old),
        (Rule::Owned(a, Most::Units(old)), Rule::Owned(b, Most::Units(new))) if a == b => new.cmp(old),
        (Rule::Owned(a, Most::Bps(old)), Rule::Owned(b, Most::Bps(new))) if a == b => new.cmp(old),
        (Rule::BenefitPlans(old), Rule::BenefitPlans(new)) => new.cmp(old),
        (Rule::AtLeast(old), Rule::AtLeast(new)) => old.cmp(new),
        (
            Rule::Sold { within: a, bps: old, or_weekly_volume: x },
            Rule::Sold { within: b, bps: new, or_weekly_volume: y },
        ) if (a, x) == (b, y) => new.cmp(old),
        (Rule::Velocity { window: a, most: old }, Rule::Velocity { window: b, most: new }) if a == b => {
            match (old, new) {
                (Most::Units(old), Most::Units(new)) => new.cmp(old),
                (Most::Bps(old), Most::Bps(new)) => new.cmp(old),
                _ => return Limit::Neither,
            }
        }
        _ => return Limit::Neither,
    };
    match compared {
        std::cmp::Ordering::Less => Limit::Tighter,
        std::cmp::Ordering::Equal => Limit::Neither,
        std::cmp::Ordering::Greater => Limit::Looser,
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() {
            return writeln!(f, "The rules are the same.");
        }
        let rule = |text: &RuleText| format!("rule {} [{}]: {}", text.number, text.protocol, text.sentence);
        for Change { old, new, limit } in &self.changes {
            match (old, new) {
                (None, Some(new)) => writeln!(f, "Added {}", rule(new))?,
                (Some(old), None) => writeln!(f, "Removed {}", rule(old))?,
                (Some(old), Some(new)) => {
                    let limit = match limit {
                        Limit::Neither => "",
                        Limit::Looser => ", which allows more",
                        Limit::Tighter => ", which allows less",
                    };
                    writeln!(f, "Changed{limit}:\n  from {}\n  to {}", rule(old), rule(new))?;
                }
                (None, None) => {}
            }
        }
        let by = |rule: &usize| match rule {
            0 => "since there are no rules".to_string(),
            rule => format!("by rule {rule}"),
        };
        for Example { rule, words, .. } in &self.forbidden {
            writeln!(f, "Newly forbidden, {}, for example: {words}.", by(rule))?;
        }
        for Example { rule, words, .. } in &self.allowed {
            writeln!(f, "Newly allowed, forbidden before {}, for example: {words}.", by(rule))?;
        }
        for FurtherBack { rule, counted } in &self.further_back {
            let before = match counted {
                true => "looks further back than the rules until now: what they no longer counted",
                false => "is the first to count sales: what was sold before the change was known",
            };
            writeln!(f, "Note: rule {rule} {before} does not count.")?;
        }
        Ok(())
    }
}
