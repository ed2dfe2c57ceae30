//! What the rules say of a case, quantity by quantity: what ledger and engine are held to.

use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::reject::Reject;
use tallystick_engine::types::Side;
use tallystick_ledger::receipt::Refusal;
use tallystick_rules::evaluate::is_affiliate;
use tallystick_rules::{
    History, Path, Period, Program, Reason, Time, Units, Verdict, entry, pair, sellable, way,
};
use tallystick_vectors::World;

/// What the rules say of `the seller` and `the buyer`.
#[derive(Clone, Debug)]
pub struct Ruling {
    now: Time,
    /// How much the two may trade, lots apart.
    verdict: Verdict,
    /// What each side may order alone.
    pub alone: [Verdict; 2],
    /// The seller's lots, first in first out, and by which way each may go to this buyer.
    pub lots: Vec<SellersLot>,
    /// How many of the seller's units may go to somebody.
    to_somebody: Units,
    from_affiliate: bool,
}

/// All of the seller's units of one history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SellersLot {
    pub units: Units,
    pub history: History,
    way: Result<Path, Reason>,
}

/// Units of one lot that are to go: which lot, from nought, and under which path.
pub type Part = (usize, Units, Path);

/// What becomes of a transfer.
#[derive(Debug, PartialEq, Eq)]
pub enum Carried {
    /// It is done, and so much of these histories comes to the buyer.
    Out(BTreeMap<History, Units>),
    /// It is refused.
    Not(Refusal),
}

/// What becomes of two orders that meet.
#[derive(Debug, PartialEq, Eq)]
pub struct Met {
    /// Why either is refused at entry, if it is.
    pub rejects: [Option<Reject>; 2],
    /// What is traded, part by part.
    pub traded: Vec<Part>,
}

impl Ruling {
    pub fn of(program: &Program, world: &World) -> Ruling {
        let facts = world.facts(true, true);
        let side = |side: Side| world.facts(side == Side::Buy, side == Side::Sell);
        let mut lots: Vec<SellersLot> = Vec::new();
        for lot in world.lots() {
            match lots.iter_mut().find(|other| other.history == lot.history) {
                Some(other) => other.units += lot.units,
                None => {
                    let way = way(program, &facts, &lot.history);
                    lots.push(SellersLot { units: lot.units, history: lot.history, way });
                }
            }
        }
        lots.sort_by_key(|lot| lot.history.acquired);
        Ruling {
            now: world.now,
            // The lots are given: they have no say in how much it may be.
            verdict: pair(program, &facts, world, false, Units::MAX),
            alone: Side::BOTH.map(|one| entry(program, &side(one))),
            lots,
            to_somebody: sellable(program, &side(Side::Sell), &world.lots()),
            from_affiliate: facts
                .seller
                .is_some_and(|seller| is_affiliate(&seller, Period::months(3), world.now)),
        }
    }

    /// The same where the seller's units are of other histories, at which the rules don't look.
    pub fn of_others(self, lots: Vec<(History, Units)>) -> Ruling {
        let lot = |(history, units)| SellersLot { units, history, way: Ok(Path::Plain) };
        let all = self.all();
        let ruling = Ruling { lots: lots.into_iter().map(lot).collect(), ..self };
        assert_eq!(ruling.all(), all, "the seller has as many units");
        ruling
    }

    /// All that the seller has.
    pub fn all(&self) -> Units {
        self.lots.iter().map(|lot| lot.units).sum()
    }

    /// Whether the two may trade exactly so many units.
    pub fn allows(&self, units: Units) -> bool {
        let open: Units = self.lots.iter().filter(|lot| lot.way.is_ok()).map(|lot| lot.units).sum();
        units <= open && self.verdict.allows(units)
    }

    /// The quantities at which something changes, with their neighbours, and one between them.
    pub fn quantities(&self) -> BTreeSet<u64> {
        let all = self.all().0;
        let mut at: BTreeSet<u64> = [1, all, all + 1].into();
        let steps = (2..=all).filter(|&q| self.allows(Units(q)) != self.allows(Units(q - 1)));
        at.extend(steps.take(64).flat_map(|q| [q - 1, q, q + 1]));
        for verdict in self.alone {
            at.extend([verdict.upto.0, verdict.upto.0.saturating_add(1)].into_iter().filter(|&q| q <= all));
        }
        let between: Vec<u64> = at.iter().zip(at.iter().skip(1)).map(|(a, b)| a.midpoint(*b)).collect();
        at.extend(between);
        at.remove(&0);
        at
    }

    /// How a venue that wants to transfer so many units chooses them: of the lots that are open to the buyer, and where
    /// these are not enough, of the others.
    pub fn choose(&self, units: Units) -> Vec<Part> {
        let mut left = units;
        let mut chosen = Vec::new();
        for open in [true, false] {
            for (at, lot) in self.lots.iter().enumerate().filter(|(_, lot)| lot.way.is_ok() == open) {
                let part = lot.units.min(left);
                if !part.is_zero() {
                    chosen.push((at, part, lot.way.unwrap_or(Path::Plain)));
                    left -= part;
                }
            }
        }
        // Of more than there is, a lot is named with more than it has.
        if let Some(last) = chosen.last_mut() {
            last.1 += left;
        }
        chosen
    }

    /// What validators answer to a transfer of so many units.
    pub fn carried(&self, units: Units) -> Carried {
        if units > self.all() {
            return Carried::Not(Refusal::WrongLots);
        }
        if !self.verdict.allows(units) {
            return Carried::Not(Refusal::Compliance(self.verdict.reason.expect("what restricts says why")));
        }
        let chosen = self.choose(units);
        match chosen.iter().find_map(|(at, ..)| self.lots[*at].way.err()) {
            Some(reason) => Carried::Not(Refusal::Compliance(reason)),
            None => {
                let mut arrived = BTreeMap::new();
                for (at, units, path) in chosen {
                    let history = self.lots[at].history.moved(path, self.now, self.from_affiliate);
                    *arrived.entry(history).or_default() += units;
                }
                Carried::Out(arrived)
            }
        }
    }

    /// What an engine makes of two orders of so many units: of two that stand, it trades the most that is allowed.
    pub fn met(&self, units: Units) -> Met {
        let rejects = Side::BOTH.map(|side| {
            let alone = self.alone[side.index()];
            let forbidden = (alone.upto < units).then(|| alone.reason.expect("what restricts says why"));
            let short = side == Side::Sell && self.to_somebody < units;
            let short = short.then_some(Reject::InsufficientUnits { available: self.to_somebody });
            forbidden.map(Reject::Compliance).or(short)
        });
        let most = match rejects {
            [None, None] => (1..=units.0).rev().map(Units).find(|&units| self.allows(units)),
            _ => None,
        };
        Met { rejects, traded: most.map(|most| self.choose(most)).unwrap_or_default() }
    }
}
