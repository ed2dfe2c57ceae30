//! Asks the rules about a case, and compares.

use crate::sentence::{Answer, REASONS, Side};
use crate::table::Case;
use crate::world::World;
use tallystick_rules::evaluate::is_affiliate;
use tallystick_rules::{
    Facts, Path, Period, Program, Reason, ReasonCode, Units, Verdict, entry, pair, sellable, way,
};

/// Whether a program answers a case as it must; or what it answers instead.
pub fn judge(program: &Program, case: &Case) -> Result<(), String> {
    let world = World::of(&case.facts);
    case.answers.iter().try_for_each(|answer| {
        of(program, &world, answer)
            .map_err(|what| format!("case {:?} on line {}: {what}", case.name, case.line))
    })
}

fn of(program: &Program, world: &World, answer: &Answer) -> Result<(), String> {
    let facts = world.facts(true, true);
    let lots = world.lots();
    let open = sellable(program, &facts, &lots);
    let verdict = pair(program, &facts, world, false, open);
    let allows = |q: u64| Units(q) <= open && verdict.allows(Units(q));
    match answer {
        Answer::Trades(spans) => {
            let is_said = |q: u64| {
                spans.iter().any(|&[first, last, step]| (first..=last).contains(&q) && q.is_multiple_of(step))
            };
            let all: u64 = lots.iter().map(|lot| lot.units.0).sum();
            match (0..=all + 1).find(|&q| allows(q) != is_said(q)) {
                Some(q) if allows(q) => Err(format!("{q} may be traded; {}", told(verdict))),
                Some(q) => Err(format!("{q} may not be traded: {}", named(why(program, world, verdict)))),
                None => Ok(()),
            }
        }
        Answer::Refused(code) => {
            if let Some(q) = (1..=open.0).find(|&q| allows(q)) {
                return Err(format!("{q} may be traded; {}", told(verdict)));
            }
            same(why(program, world, verdict), *code)
        }
        Answer::AloneRefused(side, code) => {
            let verdict = alone(program, world, *side);
            if !verdict.is_denied() {
                return Err(format!("it is not refused alone; {}", told(verdict)));
            }
            same(verdict.reason.map(|reason| reason.code), *code)
        }
        Answer::Alone(side, most) => match alone(program, world, *side) {
            verdict if verdict.upto == *most => Ok(()),
            verdict => Err(told(verdict)),
        },
        Answer::Lots { path, restricted, since } => lots
            .iter()
            .filter_map(|lot| way(program, &facts, &lot.history).ok().map(|path| (lot, path)))
            .try_for_each(|(lot, found)| {
                let after = lot.history.moved(found, world.now, seller_is_affiliate(&facts));
                if found != *path {
                    return Err(format!("lot {} goes under {found:?}", lot.id.0));
                }
                if restricted.is_some_and(|restricted| restricted != after.restricted) {
                    return Err(format!("lot {} is {after:?} afterwards", lot.id.0));
                }
                if since.is_some_and(|since| since != after.acquired) {
                    return Err(format!(
                        "lot {} is held since day {} afterwards",
                        lot.id.0,
                        after.acquired.day()
                    ));
                }
                Ok(())
            })
            .and(if open.is_zero() { Err("no lot goes".into()) } else { Ok(()) }),
    }
}

/// Whether the seller counts as an affiliate for the one who buys from it.
fn seller_is_affiliate(facts: &Facts) -> bool {
    facts.seller.is_some_and(|seller| is_affiliate(&seller, Period::months(3), facts.now))
}

fn alone(program: &Program, world: &World, side: Side) -> Verdict {
    entry(program, &world.facts(side == Side::Buyer, side == Side::Seller))
}

/// Why not more. Where lots are why, the lot says by which rule.
fn why(program: &Program, world: &World, verdict: Verdict) -> Option<ReasonCode> {
    let facts = world.facts(true, true);
    let closed: Option<Reason> =
        world.lots().iter().find_map(|lot| way(program, &facts, &lot.history).map(|_: Path| ()).err());
    match verdict.reason {
        Some(Reason { code: ReasonCode::LockUp | ReasonCode::NoWay, .. }) | None => {
            closed.or(verdict.reason).map(|reason| reason.code)
        }
        Some(reason) => Some(reason.code),
    }
}

fn same(found: Option<ReasonCode>, code: ReasonCode) -> Result<(), String> {
    if found == Some(code) { Ok(()) } else { Err(format!("it is refused: {}", named(found))) }
}

fn named(code: Option<ReasonCode>) -> String {
    let name = |code| REASONS.iter().find(|(_, known)| *known == code).map_or("?", |(name, _)| *name);
    code.map_or("there is not more", name).into()
}

fn told(verdict: Verdict) -> String {
    let Verdict { min, upto, step, whole, reason } = verdict;
    format!(
        "allowed are {min} to {upto} by {step}, and {whole:?}, since {}",
        named(reason.map(|reason| reason.code))
    )
}
