//! By which way a lot may go.

use super::{Scene, Sides};
use tallystick_rules::{Condition, History, Path, Reason, ReasonCode, Rule, Way};

impl Scene<'_> {
    /// By which way a lot may go, as far as can be told; or by none, and why.
    pub fn way(&self, sides: &Sides<'_>, lot: &History) -> Result<Path, Reason> {
        let mut paths = Vec::new();
        for (id, under, rule) in self.rules() {
            let Rule::Ways(ways) = rule else { continue };
            let said: Vec<_> = under.iter().map(|when| self.answer(when, sides, Some(lot))).collect();
            if said.contains(&Some(false)) {
                continue;
            }
            let may_be_open = |way: &&Way| self.answer(&way.when, sides, Some(lot)) != Some(false);
            match ways.iter().find(may_be_open) {
                Some(way) => paths.push(way.path),
                // It may turn out not to be demanded.
                None if said.contains(&None) => {}
                None => return Err(Reason { code: code(ways), rule: id }),
            }
        }
        Ok(paths.into_iter().find(|path| *path != Path::Plain).unwrap_or(Path::Plain))
    }
}

/// Where nothing but the lot's own age and kind decides, it is locked up.
fn code(ways: &[Way]) -> ReasonCode {
    let only_lots = ways.iter().all(|way| {
        let (mut lots, mut others) = (0, 0);
        count(&way.when, &mut lots, &mut others);
        lots > 0 && others == 0
    });
    if only_lots { ReasonCode::LockUp } else { ReasonCode::NoWay }
}

/// How many questions a condition asks about the lot, and how many about something else; of nothing, neither.
fn count(condition: &Condition, lots: &mut u32, others: &mut u32) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) if parts.is_empty() => *others += 1,
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| count(part, lots, others));
        }
        Condition::Not(part) => count(part, lots, others),
        Condition::Lot(_) => *lots += 1,
        Condition::Person(..) | Condition::Security(_) | Condition::Market(_) => *others += 1,
    }
}
