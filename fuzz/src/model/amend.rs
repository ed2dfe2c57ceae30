//! Other rules: what they look at, and nobody has counted yet, is gone through first; then they hold, and the open orders are
//! looked at again. The model keeps no counts: it only knows how long counting takes.

use super::Model;
use super::stakes::Book;
use tallystick_engine::Work;
use tallystick_engine::amend::{Coming, Counting};
use tallystick_engine::stakes::Tallies;
use tallystick_engine::types::{AccountId, InvestorId, OrderId, SecurityId};
use tallystick_rules::{Holders, Program, Protocol, Rule};

/// What rules look at beside the two who trade.
pub(super) fn looked_at(protocols: &[Protocol]) -> Tallies {
    let mut all = Tallies::default();
    for rule in protocols.iter().flat_map(|protocol| &protocol.rules) {
        let mut bare = rule;
        while let Rule::When(_, then) = bare {
            bare = then;
        }
        match bare {
            Rule::HolderCap(Holders::Beneficial | Holders::LookThrough, _) | Rule::BenefitPlans(_) => {
                all.owners = true;
            }
            Rule::HolderCap(Holders::Record | Holders::RecordNotAccredited, _) => all.records = true,
            // What somebody is left with is counted with the rest of it.
            Rule::AtLeast(_) | Rule::Denomination(_) => all.groups = true,
            Rule::Owned(..) | Rule::Sold { .. } | Rule::Velocity { .. } => all.groups = true,
            Rule::Require(_) | Rule::Ways(_) | Rule::Approved => {}
            Rule::When(..) => unreachable!("it is bare"),
        }
    }
    all
}

/// What is counted first, next or last, of what has to be.
fn kinds(counting: Tallies) -> Vec<Counting> {
    let mut all = Vec::new();
    if counting.owners || counting.groups {
        all.push(Counting::Owners { done: None });
    }
    if counting.records {
        all.push(Counting::Records { done: None });
    }
    if counting.groups {
        all.push(Counting::Orders { done: (AccountId(0), OrderId(0)) });
    }
    all
}

impl Model {
    /// The network tells a security's rules.
    pub(super) fn tell_rules(&mut self, security: SecurityId, epoch: u32, protocols: &[Protocol]) {
        let listed = self.security_mut(security);
        listed.epoch = epoch;
        let now = &listed.listing.protocols;
        let sorted = Program::new(now.clone()).expect("it is listed");
        match &mut listed.coming {
            // The last ones win.
            Some(coming) => coming.protocols = protocols.to_vec(),
            None if now == protocols || sorted.protocols() == protocols => {}
            None => {
                self.bring(security, protocols.to_vec());
                if self.security_mut(security).coming.is_some() {
                    self.work.insert(0, Work::Amend { security });
                }
            }
        }
    }

    /// Rules hold from now on, or something has to be counted for them first.
    fn bring(&mut self, security: SecurityId, protocols: Vec<Protocol>) {
        let listed = self.security_mut(security);
        let (needed, has) = (looked_at(&protocols), listed.tallies);
        let counting = Tallies {
            owners: needed.owners && !has.owners,
            records: needed.records && !has.records,
            groups: needed.groups && !has.groups,
        };
        listed.coming =
            kinds(counting).first().map(|at| Coming { protocols: protocols.clone(), counting, at: *at });
        if listed.coming.is_none() {
            listed.listing.protocols = protocols;
            self.review_later(security);
        }
    }

    /// Goes through some of what has to be counted.
    pub(super) fn count_some(&mut self, security: SecurityId, budget: &mut usize) -> Option<Work> {
        while let Some(coming) = self.security(security).expect("a listed security").coming.clone() {
            if *budget == 0 {
                return Some(Work::Amend { security });
            }
            *budget -= 1;
            if let Some(at) = self.counted_next(security, coming.at) {
                self.security_mut(security).coming = Some(Coming { at, ..coming });
                continue;
            }
            let kind = |at: &Counting| std::mem::discriminant(at);
            let mut kinds = kinds(coming.counting).into_iter().skip_while(|at| kind(at) != kind(&coming.at));
            let next = kinds.nth(1);
            let listed = self.security_mut(security);
            match next {
                Some(at) => listed.coming = Some(Coming { at, ..coming }),
                None => {
                    let Tallies { owners, records, groups } = coming.counting;
                    listed.tallies.owners |= owners;
                    listed.tallies.records |= records;
                    listed.tallies.groups |= groups;
                    self.bring(security, coming.protocols);
                }
            }
        }
        None
    }

    /// Where counting is after one thing more; nothing, at the end of a kind.
    fn counted_next(&self, security: SecurityId, at: Counting) -> Option<Counting> {
        let after = |book: Book, done: Option<InvestorId>| {
            let all = self.holders(book, security).into_iter();
            all.filter(|who| done.is_none_or(|done| *who > done)).min()
        };
        match at {
            Counting::Owners { done } => {
                after(Book::Owners, done).map(|who| Counting::Owners { done: Some(who) })
            }
            Counting::Records { done } => {
                after(Book::Record, done).map(|who| Counting::Records { done: Some(who) })
            }
            Counting::Orders { done } => self.next_order(done).map(|(done, _)| Counting::Orders { done }),
        }
    }
}
