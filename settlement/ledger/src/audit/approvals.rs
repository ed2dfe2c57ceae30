//! What must hold of approvals: they are of known persons and securities, counted, and will end.

use crate::names::VenueName;
use crate::state::{ApprovalRecord, ApprovalsRecord, LapsesRecord, Pair};
use std::collections::{BTreeMap, BTreeSet};
use tallystick_rules::{InvestorId, SecurityId, Time};

#[derive(Default)]
pub(super) struct Approvals {
    all: BTreeMap<Pair, Time>,
    counts: BTreeMap<(SecurityId, VenueName), u32>,
    pages: BTreeMap<(u32, u32), LapsesRecord>,
}

impl Approvals {
    pub fn enter(&mut self, pair: Pair, it: &ApprovalRecord) -> Result<bool, String> {
        if it.units.is_zero() || pair.seller == pair.buyer {
            return Err("nothing is approved, or of one person with itself".into());
        }
        Ok(it.pair == pair && self.all.insert(pair, it.until).is_none())
    }

    pub fn count(&mut self, of: (SecurityId, VenueName), it: &ApprovalsRecord) -> bool {
        self.counts.insert(of, it.open).is_none()
    }

    pub fn page(&mut self, at: (u32, u32), it: LapsesRecord) -> Result<bool, String> {
        if it.due.is_empty() || it.due.len() > LapsesRecord::MOST {
            return Err(format!("a page of {} approvals that end", it.due.len()));
        }
        Ok(self.pages.insert(at, it).is_none())
    }

    /// Checks them against each other, where `oldest` is the time of the oldest height that may be pinned.
    pub fn check(
        self,
        oldest: Time,
        knows: impl Fn(SecurityId) -> bool,
        knows_person: impl Fn(InvestorId) -> bool,
    ) -> Result<(), String> {
        let mut counted: BTreeMap<(SecurityId, VenueName), u32> = BTreeMap::new();
        let mut due: BTreeSet<(u32, Pair)> = BTreeSet::new();
        for (&(day, page), it) in &self.pages {
            let first =
                self.pages.get(&(day, 0)).ok_or(format!("the approvals of day {day} have no page 0"))?;
            if u64::from(day) < oldest.day() || page > first.last {
                return Err(format!("page {page} of the approvals that end on day {day} is left over"));
            }
            if (0..=first.last).any(|page| !self.pages.contains_key(&(day, page))) {
                return Err(format!("the approvals that end on day {day} lack a page"));
            }
            due.extend(it.due.iter().map(|pair| (day, *pair)));
        }
        for (&pair, until) in &self.all {
            if !knows(pair.security) || ![pair.seller, pair.buyer].into_iter().all(&knows_person) {
                return Err(format!("{pair:?} is approved, and one of them is unknown"));
            }
            let day = u32::try_from(until.day()).map_err(|_| format!("{pair:?} is approved for ever"))?;
            if !due.contains(&(day, pair)) {
                return Err(format!("the approval of {pair:?} will not end on day {day}"));
            }
            *counted.entry((pair.security, pair.venue)).or_default() += 1;
        }
        if counted != self.counts || counted.values().any(|count| *count > ApprovalRecord::MOST) {
            return Err(format!("approvals are counted as {:?}, and there are {counted:?}", self.counts));
        }
        Ok(())
    }
}
