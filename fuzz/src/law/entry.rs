//! The most that one side may ever trade, as far as that can be told without the other.

use super::trade::{Sold, share};
use super::{Scene, Sides};
use tallystick_rules::{Most, Reason, ReasonCode, Rule, Scope, Window};

/// What the one who asks has already, its open orders counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Has<'a> {
    /// Units that are its own, or will be.
    pub owned: u64,
    /// Those of its whole group.
    pub group_owned: u64,
    /// What its group has sold, or is about to.
    pub sold: Sold<'a>,
    /// What the venue may still take up of it on the network.
    pub room: Room,
}

/// What a venue that shares counts with others may still take up of them, where it does: so many units at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// By this owner.
    pub owned: Option<u64>,
    /// By its whole group.
    pub group_owned: Option<u64>,
    /// Of the sales of its group.
    pub sold: Option<u64>,
}

impl Room {
    /// That of an owner or of a group.
    pub fn of(&self, scope: Scope) -> Option<u64> {
        match scope {
            Scope::Owner => self.owned,
            Scope::Group => self.group_owned,
        }
    }
}

impl Scene<'_> {
    /// The most that the one known side may trade, and which rule says so; the first of those that say it.
    pub fn most_at_entry(&self, sides: &Sides<'_>, has: Has<'_>) -> (u64, Option<Reason>) {
        if let Err(reason) = self.standing(sides) {
            return (0, Some(reason));
        }
        let mut said: Vec<(u64, Reason)> = Vec::new();
        for (id, rule) in self.applying(sides) {
            let because = |code| Reason { code, rule: id };
            match rule {
                Rule::Require(must) if self.answer(must, sides, None) == Some(false) => {
                    said.push((0, because(self.blame(must, sides))));
                }
                Rule::Owned(scope, most) if sides.buyer.is_some() => {
                    let owned = if *scope == Scope::Owner { has.owned } else { has.group_owned };
                    let left = self.most(*most).saturating_sub(owned);
                    said.push((left, because(ReasonCode::Concentration)));
                    said.extend(has.room.of(*scope).map(|room| (room, because(ReasonCode::Headroom))));
                }
                Rule::Sold { within, bps, or_weekly_volume } if sides.seller.is_some() => {
                    let sold = has.sold.within(Window::Rolling(*within), self.now);
                    let most = u128::from(self.most_sold(*bps, *or_weekly_volume));
                    said.push((most.saturating_sub(sold) as u64, because(ReasonCode::Volume)));
                    said.extend(has.room.sold.map(|room| (room, because(ReasonCode::Headroom))));
                }
                Rule::Velocity { window, most } if sides.seller.is_some() => {
                    let most = u128::from(self.most(*most));
                    let sold = has.sold.within(*window, self.now);
                    said.push((most.saturating_sub(sold) as u64, because(ReasonCode::Velocity)));
                    said.extend(has.room.sold.map(|room| (room, because(ReasonCode::Headroom))));
                }
                // Both sides decide, or how much is traded.
                _ => {}
            }
        }
        let least = said.iter().map(|(most, _)| *most).min();
        let first = said.into_iter().find(|(most, _)| Some(*most) == least);
        first.map_or((u64::MAX, None), |(most, reason)| (most, Some(reason)))
    }

    /// The most that may be owned, in units.
    pub(super) fn most(&self, most: Most) -> u64 {
        match most {
            Most::Units(units) => units.0,
            Most::Bps(bps) => share(self.issued, bps),
        }
    }

    /// The most that a group may sell within the period.
    pub(super) fn most_sold(&self, bps: u16, or_weekly_volume: bool) -> u64 {
        let class = share(self.issued, bps);
        if or_weekly_volume { class.max(self.security.weekly_volume.0) } else { class }
    }
}
