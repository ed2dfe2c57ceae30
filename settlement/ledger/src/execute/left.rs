//! What is kept for who has left.
//!
//! A venue that knows somebody as a holder buys for it without headroom. Another venue sells all it has meanwhile; were the
//! place free then, somebody else could take it, and what the first venue has matched would be refused. So a place is kept
//! for who left it until nothing that was matched before can be decided any more, though somebody else must wait for it.
//! Where there is one venue only, it knows who leaves, and nothing is kept.

use super::Work;
use crate::names::Height;
use crate::state::{Counted, Due, KeptPlaces, KeptRecord, Key, LeftRecord};
use tallystick_rules::{InvestorId, SecurityId};

impl Work<'_> {
    /// Keeps the places that somebody leaves who counted as the one and counts as the other; those that it takes again are
    /// kept no more.
    pub fn keep_places(&mut self, security: SecurityId, investor: InvestorId, was: &Counted, is: &Counted) {
        let [left, taken] = KeptPlaces::left_and_taken(was, is);
        if !self.genesis.is_shared() || (left.is_none() && taken.is_none()) {
            return;
        }
        let key = Key::Left(investor, security);
        let before = self.state.read::<LeftRecord>(key).map(|record| (record.places, record.until));
        let (places, until) = before.unwrap_or((KeptPlaces::default(), self.at.height));
        if left.is_none() && places.is_none() {
            return;
        }
        let now = places.with(&left).without(&taken);
        let until = if left.is_none() { until } else { self.at.height.plus(self.genesis.horizon) };
        if !now.is_none() && before.is_none_or(|(_, ends)| ends != until) {
            self.schedule(until.plus(1), Due::Left(security, investor));
        }
        self.put_left(LeftRecord { investor, security, places: now, until }, &places);
    }

    /// Nothing that was matched before somebody left can be decided any more, unless it has left once more since.
    pub fn end_left(&mut self, security: SecurityId, investor: InvestorId) {
        let height = self.at.height;
        let Some(record) = self.state.read::<LeftRecord>(Key::Left(investor, security)) else { return };
        if record.until < height {
            let (gone, places) = (LeftRecord { places: KeptPlaces::default(), ..*record }, record.places);
            self.put_left(gone, &places);
        }
    }

    /// What is kept for one person; and whether it had not left the last of it as of a height.
    pub fn left(
        &mut self,
        security: SecurityId,
        investor: InvestorId,
        pinned: Height,
    ) -> Option<(KeptPlaces, bool)> {
        let record = self.state.read::<LeftRecord>(Key::Left(investor, security))?;
        Some((record.places, pinned.plus(self.genesis.horizon) < record.until))
    }

    /// What is kept in all.
    pub fn kept(&mut self, security: SecurityId) -> KeptPlaces {
        let record = self.state.read::<KeptRecord>(Key::Kept(security));
        record.map_or(KeptPlaces::default(), |record| record.places)
    }

    fn put_left(&mut self, record: LeftRecord, before: &KeptPlaces) {
        let (security, now) = (record.security, record.places);
        let key = Key::Left(record.investor, security);
        if now.is_none() {
            self.state.remove(key);
        } else {
            self.state.put(key, record);
        }
        let places = self.kept(security).without(before).with(&now);
        if places.is_none() {
            self.state.remove(Key::Kept(security));
        } else {
            self.state.put(Key::Kept(security), KeptRecord { security, places });
        }
    }
}
