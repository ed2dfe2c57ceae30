//! What the venue knows otherwise than it is.

use super::Ledger;
use crate::model::Model;
use std::collections::BTreeMap;
use tallystick_engine::types::Units;

impl Ledger {
    /// What the venue knows otherwise than it is, once it was told everything.
    pub fn differences(&self, model: &Model) -> Vec<String> {
        let untold = self.telling.is_some() || !self.outcomes.is_empty() || !self.touched.is_empty();
        if untold || self.belied {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (&(account, security), owned) in &self.units {
            // Lots that are gone and yet promised are kept without units.
            let known = model.lots(account, security);
            let known = known.iter().filter(|lot| lot.units.0 > 0);
            let known: Vec<_> = known.map(|lot| (lot.id, lot.units, lot.history)).collect();
            let lots = self.allocated(account, security);
            let mine: Vec<_> = lots.iter().map(|lot| (lot.lot, lot.units, lot.history)).collect();
            if known != mine || model.units_terms(account, security) != owned.terms {
                all.push(format!("account {account}, security {security}: {known:?}, not {mine:?}"));
            }
        }
        for (&(account, cash), owned) in &self.cash {
            let known = model.cash_allocated(account, cash);
            if known != i128::from(owned.allocated) || model.cash_terms(account, cash) != owned.terms {
                all.push(format!("account {account}, token {cash}: {known}, not {}", owned.allocated));
            }
        }
        for (&(owner, security), known) in &model.stakes {
            let mine = self.stake(owner, security);
            let class = self.classes.get(&(owner, security));
            if known.units != mine || class.is_some_and(|class| *class != known.class) {
                all.push(format!("owner {}, security {security}: {known:?}, not {mine} {class:?}", owner.0));
            }
        }
        for (&(holder, security), known) in &model.records {
            let mine = self.of_record(holder, security);
            let class = self.record_classes.get(&(holder, security));
            if known.units != mine || class.is_some_and(|class| *class != known.class) {
                all.push(format!(
                    "holder {}, security {security}: {known:?}, not {mine} {class:?}",
                    holder.0
                ));
            }
        }
        for (&(group, security), days) in &self.sold {
            let known = model.sold.get(&(group, security));
            let known = known.map(|days| days.iter().map(|(day, units)| (*day, Units(*units))).collect());
            if known.as_ref() != Some(days) {
                all.push(format!("group {}, security {security}: {known:?} sold, not {days:?}", group.0));
            }
        }
        if model.headroom != self.leases {
            all.push(format!("headroom {:?}, not {:?}", model.headroom, self.leases));
        }
        let known = model.approvals.iter().map(|(pair, known)| (*pair, (known.units.0, known.until)));
        let known: BTreeMap<_, _> = known.collect();
        if known != self.approvals {
            all.push(format!("approvals {known:?}, not {:?}", self.approvals));
        }
        all
    }
}
