//! What issuers approve two to trade with each other, with holders of rights of first refusal where there are any: how it
//! comes, is used up, and ends.

use super::Work;
use super::overlay::{overflow, range};
use crate::instruction::Approve;
use crate::names::{Height, venue_text};
use crate::receipt::{Done, Refusal};
use crate::state::{ApprovalRecord, ApprovalsRecord, Key, LapsesRecord, Pair, PersonRecord, SecurityRecord};
use crate::trust::moment;
use std::ops::Range;
use tallystick_rules::{Period, Program, Time, Units};

impl Work<'_> {
    /// Adds to what a pair is approved to trade. It is never less, nor ends earlier, than a venue has relied on.
    pub fn approve(&mut self, approve: &Approve) -> Result<Done, Refusal> {
        let Approve { security, venue, seller, buyer, units, until } = *approve;
        self.check_approval(approve)?;
        let pair = Pair { security, venue, seller, buyer };
        let oldest =
            self.state.time(self.oldest()).expect("the times of heights that may be pinned are kept");
        let key = Key::Approval(pair);
        let stands = self.state.read::<ApprovalRecord>(key).map(|it| (it.units, it.until));
        // What can be relied on by no trade that is yet to come is as good as gone.
        let relied_on = stands.filter(|(_, ended)| *ended > oldest);
        if let Some((_, ended)) = relied_on {
            if ended <= self.at.time {
                let horizon = self.genesis.horizon;
                return Err(range(
                    "a new approval of these two",
                    format!(
                        "handed in more than {horizon} heights after the last one's end, {}: trades made before may \
                         still rely on it",
                        moment(ended)
                    ),
                ));
            }
            if until < ended {
                let what = "the end of the approval";
                return Err(range(
                    what,
                    format!("not before that of what is approved already, {}", moment(ended)),
                ));
            }
        }
        let left = relied_on.map_or(Units::ZERO, |(left, _)| left);
        let sum = left.0.checked_add(units.0).ok_or_else(|| overflow("what is approved of these two"))?;
        let counter = Key::Approvals(security, venue);
        let open = self.state.read::<ApprovalsRecord>(counter).map_or(0, |it| it.open);
        if stands.is_none() && open == ApprovalRecord::MOST {
            let most = format!("at most {} of a security at a venue", ApprovalRecord::MOST);
            return Err(range("the number of approvals", most));
        }

        self.state.put(key, ApprovalRecord { pair, units: Units(sum), until });
        if stands.is_none() {
            self.state.edit_or(counter, ApprovalsRecord::default).open += 1;
        }
        if stands.is_none_or(|(_, before)| before.day() != until.day()) {
            self.lapse_on(day_of(until), pair);
        }
        Ok(Done::Asked)
    }

    /// Checks what an approval says, as far as it can be wrong in itself.
    fn check_approval(&mut self, approve: &Approve) -> Result<(), Refusal> {
        let Approve { security, venue, seller, buyer, units, until } = *approve;
        let Height(now) = self.at.height;
        let record = self.state.known::<SecurityRecord>(Key::Security(security))?;
        let asks = |program: &Program| program.asks_approval();
        let is_asked = record.rules_at(Height(now)).is_some_and(asks)
            || record.versions.iter().any(|(since, program)| since.0 > now && asks(program));
        if !is_asked {
            let what = format!("rule of security {security} that asks for approvals");
            return Err(Refusal::Unknown { what });
        }
        if !self.is_venue(&venue) {
            return Err(Refusal::Unknown { what: format!("venue {:?}", venue_text::words(&venue)) });
        }
        for person in [seller, buyer] {
            self.state.known::<PersonRecord>(Key::Person(person))?;
        }
        if seller == buyer {
            return Err(range("the buyer", "another person than the seller"));
        }
        if units.is_zero() {
            return Err(range("the units", "at least 1"));
        }
        if until <= self.at.time || until > Period::years(1).after(self.at.time) {
            let now = moment(self.at.time);
            return Err(range("the end of the approval", format!("after {now}, by a year at most")));
        }
        Ok(())
    }

    /// What a pair may trade at this time.
    pub fn approved(&mut self, pair: Pair, traded: Time) -> Units {
        let record = self.state.read::<ApprovalRecord>(Key::Approval(pair));
        record.map_or(Units::ZERO, |it| it.left_at(traded))
    }

    /// Takes off what a transfer has used, which the rules have seen to be there.
    pub fn use_approval(&mut self, pair: Pair, units: Units) {
        let record = self.state.change::<ApprovalRecord>(Key::Approval(pair));
        record.units -= units;
        if record.units.is_zero() {
            self.drop_approval(pair);
        }
    }

    /// What ended on these days is gone: no trade that is yet to come can rely on it.
    pub fn end_approvals(&mut self, days: Range<u64>) {
        for day in days {
            let day = u32::try_from(day).expect("64 bits of nanoseconds are few days");
            let Some(first) = self.state.read::<LapsesRecord>(Key::Lapses(day, 0)) else { continue };
            for page in 0..=first.last {
                let key = Key::Lapses(day, page);
                let due = std::mem::take(&mut self.state.change::<LapsesRecord>(key).due);
                self.state.remove(key);
                for pair in due {
                    // It may be another by now, or end later: what it says itself counts.
                    let record = self.state.read::<ApprovalRecord>(Key::Approval(pair));
                    if record.is_some_and(|it| day_of(it.until) <= day) {
                        self.drop_approval(pair);
                    }
                }
            }
        }
    }

    fn drop_approval(&mut self, pair: Pair) {
        self.state.remove(Key::Approval(pair));
        let counter = Key::Approvals(pair.security, pair.venue);
        let count = self.state.change::<ApprovalsRecord>(counter);
        count.open -= 1;
        if count.open == 0 {
            self.state.remove(counter);
        }
    }

    fn lapse_on(&mut self, day: u32, pair: Pair) {
        let last = self.state.edit_or(Key::Lapses(day, 0), LapsesRecord::default).last;
        let page = self.state.change::<LapsesRecord>(Key::Lapses(day, last));
        if page.due.len() < LapsesRecord::MOST {
            page.due.push(pair);
            return;
        }
        self.state.change::<LapsesRecord>(Key::Lapses(day, 0)).last = last + 1;
        self.state.put(Key::Lapses(day, last + 1), LapsesRecord { last: 0, due: vec![pair] });
    }
}

fn day_of(time: Time) -> u32 {
    u32::try_from(time.day()).expect("64 bits of nanoseconds are few days")
}
