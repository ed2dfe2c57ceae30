//! What is wrong with rules together: those that no trade can meet, and conditions that can never hold after what stands
//! before them.
//!
//! Decided over the finite values that conditions can tell apart (see `trades`), within a bound of steps: what is told is
//! so, but not all that is so is told. Not found is what only calendars decide (30 days against a month), and of
//! quantities all but what stands here: a least holding or a denomination above a cap in units, a denomination above what
//! may be sold within a window, and sales of nothing.

use crate::diagnostic::{Diagnostic, Fault};
use crate::explain::says;
use crate::parse::rule::{Group, Made};
use crate::trades::{Found, Search, demand};
use tallystick_rules::{Condition, Most, Rule};

/// The most parts of conditions that are looked at for one file.
const MOST_STEPS: u64 = 20_000_000;

/// What is wrong with the rules together, those left out of which something was `told` already.
pub fn faults(groups: &[Group], told: &[Diagnostic]) -> Vec<Diagnostic> {
    let is_sound = |made: &&Made| {
        let within = |fault: &Diagnostic| {
            fault.span.start >= made.span.start && fault.span.end <= made.span.end && !made.span.is_empty()
        };
        !told.iter().any(within)
    };
    let rules: Vec<&Made> = groups.iter().flat_map(|group| &group.rules).filter(is_sound).collect();
    let mut search = Search::new(MOST_STEPS);
    let mut faults = quantities(&rules);
    // Those that can be met together, so far.
    let mut before: Vec<(&Made, Condition)> = Vec::new();
    for made in rules {
        let demands = demand(&made.rule);
        if search.find(&[&demands]) == Found::None {
            let message = "no trade can meet this rule";
            let help = "nobody could ever trade under it; mend it, or leave it out";
            faults.push(Diagnostic::new(Fault::Contradiction, made.span.clone(), message).help(help));
            continue;
        }
        if !made.used
            && let Some(fault) = unreachable(&mut search, made, &before)
        {
            faults.push(fault);
            continue;
        }
        let all: Vec<&Condition> = before.iter().map(|(_, demand)| demand).chain([&demands]).collect();
        if search.find(&all) == Found::None {
            let message = "no trade can meet this rule and those before it";
            let mut fault = Diagnostic::new(Fault::Contradiction, made.span.clone(), message);
            let alone = before.iter().find(|(_, other)| search.find(&[other, &demands]) == Found::None);
            if let Some((other, _)) = alone.filter(|(other, _)| other.span != made.span) {
                fault = fault.other(other.span.clone(), "this rule and that one contradict each other");
            }
            faults.push(fault.help("nobody could ever trade; take one of them back"));
            continue;
        }
        before.push((made, demands));
    }
    faults
}

/// A condition, or a way, that is never reached.
fn unreachable(search: &mut Search, made: &Made, before: &[(&Made, Condition)]) -> Option<Diagnostic> {
    let mut rule = &made.rule;
    let mut above: Vec<&Condition> = before.iter().map(|(_, demand)| demand).collect();
    while let Rule::When(when, then) = rule {
        above.push(when);
        if search.find(&above) == Found::None {
            let message = format!("it never comes to this rule: never {}", says(when));
            let fault = Diagnostic::new(Fault::Unreachable, made.span.clone(), message);
            return Some(
                fault.help(
                    "what stands before already keeps such trades out; leave the rule out, or mend them",
                ),
            );
        }
        rule = then;
    }
    let Rule::Ways(ways) = rule else { return None };
    let closed: Vec<Condition> = ways.iter().map(|way| Condition::not(way.when.clone())).collect();
    for (i, way) in ways.iter().enumerate() {
        let mut all = above.clone();
        all.extend(&closed[..i]);
        all.push(&way.when);
        // The whole rule is told of where no way is open at all.
        if i > 0 && search.find(&all) == Found::None {
            let message = format!("the {} way is never taken", ordinal(i));
            let fault = Diagnostic::new(Fault::Unreachable, made.span.clone(), message);
            return Some(
                fault.help("a lot goes by the first way that is open to it, and one before always is"),
            );
        }
    }
    None
}

fn ordinal(at: usize) -> String {
    match at {
        1 => "second".into(),
        2 => "third".into(),
        at => format!("{}th", at + 1),
    }
}

/// Caps that leave nothing to trade.
fn quantities(rules: &[&Made]) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for made in rules {
        if let Rule::Sold { bps: 0, or_weekly_volume: false, .. } = made.rule {
            let message = "under this rule nobody could ever sell";
            faults.push(Diagnostic::new(Fault::Contradiction, made.span.clone(), message));
        }
    }
    let caps = rules.iter().filter_map(|made| match made.rule {
        Rule::Owned(_, Most::Units(most)) => Some((made, most)),
        _ => None,
    });
    for (cap, most) in caps {
        for made in rules {
            let (least, what) = match made.rule {
                Rule::AtLeast(least) => (least, "the least that one may hold is more than the most"),
                Rule::Denomination(of) => (of, "the least that can move is more than one may hold"),
                _ => continue,
            };
            if least > most {
                let fault = Diagnostic::new(Fault::Contradiction, made.span.clone(), what);
                faults.push(fault.other(cap.span.clone(), "the most that one may hold"));
            }
        }
    }
    let sales = rules.iter().filter_map(|made| match made.rule {
        Rule::Velocity { most: Most::Units(most), .. } => Some((made, most)),
        _ => None,
    });
    for (cap, most) in sales {
        for made in rules {
            if let Rule::Denomination(of) = made.rule
                && of > most
            {
                let what = "the least that can move is more than one may sell";
                let fault = Diagnostic::new(Fault::Contradiction, made.span.clone(), what);
                faults.push(fault.other(cap.span.clone(), "the most that one may sell"));
            }
        }
    }
    faults
}
