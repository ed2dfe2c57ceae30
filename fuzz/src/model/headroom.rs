//! What a venue that shares a network with others may still take up of what rules count: what it was told, less what trades
//! that wait take.

use super::Model;
use super::stakes::Book;
use crate::law::entry::Room;
use std::collections::BTreeMap;
use tallystick_engine::event::Event;
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{AccountId, InvestorId, OrderId, SecurityId, Side, Units};
use tallystick_rules::{Class, Counter, Holders, Reason, ReasonCode, Rule, Scope};

impl Model {
    /// What is left of a counter, where these parties count as what is known of them now; nothing is said of what is not
    /// shared with others.
    fn room(&self, security: SecurityId, counter: Counter, parties: &[AccountId]) -> Option<u64> {
        self.security(security).filter(|listed| listed.shared)?;
        Some(self.leased(security, counter).saturating_sub(self.taken_up(security, counter, parties)))
    }

    fn leased(&self, security: SecurityId, counter: Counter) -> u64 {
        self.headroom.get(&(security, counter)).copied().unwrap_or(0)
    }

    /// What trades that wait take of a counter: how much more each stake counts with them than what it has settled counts as
    /// it is. Parties count as what is known of them now, as if trades of theirs waited.
    fn taken_up(&self, security: SecurityId, counter: Counter, parties: &[AccountId]) -> u64 {
        let parties: Vec<InvestorId> = parties.iter().map(|account| self.owner(*account)).collect();
        let next = |who: InvestorId| match parties.contains(&who) {
            true => Some(self.class_now(who, security)),
            false => self.stake_of(Book::Owners, who, security).next,
        };
        let mut everyone = self.holders(Book::Owners, security);
        everyone.extend(&parties);
        let more: Box<dyn Fn(InvestorId) -> u64> = match counter {
            Counter::Holders(holders) => return self.more_places(security, holders),
            Counter::Plans => Box::new(|who| {
                let of_trades =
                    self.more_of_plans(security, who, self.stake_of(Book::Owners, who, security).next);
                let of_party = self.more_of_plans(security, who, next(who));
                of_trades.max(of_party)
            }),
            Counter::Owned(Scope::Owner, owner) => return self.bought(owner, security),
            Counter::Owned(Scope::Group, group) => Box::new(move |who| {
                let class = self.stake_of(Book::Owners, who, security).class;
                match next(who) {
                    Some(next) if next.group == group && class.group == group => self.bought(who, security),
                    // What it has already comes with it.
                    Some(next) if next.group == group => {
                        self.settled(Book::Owners, who, security) + self.bought(who, security)
                    }
                    _ => 0,
                }
            }),
            Counter::Sold(group) => Box::new(move |who| match next(who) {
                Some(next) if next.group == group => {
                    self.going(Book::Owners, who, security).map(|t| t.units.0).sum()
                }
                _ => 0,
            }),
        };
        everyone.into_iter().map(more).sum()
    }

    /// What an owner's purchases that wait bring it.
    fn bought(&self, owner: InvestorId, security: SecurityId) -> u64 {
        self.coming(Book::Owners, owner, security).map(|t| t.units.0).sum()
    }

    fn more_places(&self, security: SecurityId, holders: Holders) -> u64 {
        let all = self.books(security, []);
        let book = match Book::of(holders) {
            Book::Owners => &all.owners,
            Book::Record => &all.record,
        };
        let more = book.iter().map(|holder| {
            let of = |units: u64, class: Class| self.places_as(security, holders, units, class);
            let with = all.places_of(holders, holder.who, self.issued(security));
            with.saturating_sub(of(holder.settled, holder.counted[0]))
        });
        more.sum()
    }

    /// How many places so many units take as of a class.
    fn places_as(&self, security: SecurityId, holders: Holders, units: u64, class: Class) -> u64 {
        let a_tenth = || u128::from(units) * 10 >= u128::from(self.issued(security));
        match holders {
            _ if units == 0 => 0,
            Holders::Beneficial | Holders::Record => 1,
            Holders::RecordNotAccredited => u64::from(!class.accredited),
            Holders::LookThrough if class.fund_owners > 0 && a_tenth() => class.fund_owners.into(),
            Holders::LookThrough => 1,
        }
    }

    /// What an owner's trades that wait take of what plans may own, if it counts as that.
    fn more_of_plans(&self, security: SecurityId, who: InvestorId, next: Option<Class>) -> u64 {
        let Some(will) = next else { return 0 };
        let settled = self.settled(Book::Owners, who, security);
        // Of what has nothing, it does not matter as what it was counted.
        let was = self.stake_of(Book::Owners, who, security).class;
        let is_aside = |class: Class| class.controlling && class.plan_bps == 0;
        let bought = if will.plan_bps > 0 || is_aside(will) { self.bought(who, security) } else { 0 };
        let of_plans = u128::from(settled) * u128::from(will.plan_bps.saturating_sub(was.plan_bps));
        let turned = if is_aside(will) && !is_aside(was) { settled } else { 0 };
        bought + turned + u64::try_from(of_plans.div_ceil(10_000)).expect("units can be counted")
    }

    /// How much more an account's owner and its group may own, and the group sell, in a trade between these.
    pub(super) fn room_of(&self, security: SecurityId, account: AccountId, parties: &[AccountId]) -> Room {
        let owner = self.owner(account);
        let group = self.group_now(owner);
        let room = |counter| self.room(security, counter, parties);
        Room {
            owned: room(Counter::Owned(Scope::Owner, owner)),
            group_owned: room(Counter::Owned(Scope::Group, group)),
            sold: room(Counter::Sold(group)),
        }
    }

    /// How many more places may be filled of each kind of holders that is capped, if this seller parts with some: those that
    /// it takes by itself, because it counts as something else from then on, are gone.
    pub(super) fn places_left(&self, security: SecurityId, seller: AccountId) -> BTreeMap<Holders, u64> {
        let left = |holders: Holders| {
            let room = self.room(security, Counter::Holders(holders), &[])?;
            let book = Book::of(holders);
            let who = self.holder(book, seller);
            let books = self.books(security, []);
            let all = if book == Book::Owners { &books.owners } else { &books.record };
            let stake = self.stake_of(book, who, security);
            let holder = all.iter().find(|holder| holder.who == who);
            let counted = holder.map_or([stake.class; 2], |holder| holder.counted);
            let issued = self.issued(security);
            let of = |class: Class| holder.map_or(0, |holder| holder.places(holders, class, issued));
            let takes = counted.map(of).into_iter().max().unwrap_or(0);
            let will = of(counted[0]).max(of(self.class_now(who, security)));
            Some(room.saturating_sub(will.saturating_sub(takes)))
        };
        self.capped(security).into_iter().filter_map(|holders| Some((holders, left(holders)?))).collect()
    }

    /// How many more units may come to belong to plans in a trade between these.
    pub(super) fn plans_left(&self, security: SecurityId, parties: [AccountId; 2]) -> Option<u64> {
        self.room(security, Counter::Plans, &parties)
    }

    /// What open orders of those whom a counter is of would take of it, but for one order.
    fn open_of(&self, security: SecurityId, counter: Counter, but: Option<OrderId>) -> u64 {
        let (side, is_counted): (Side, Box<dyn Fn(InvestorId) -> bool>) = match counter {
            Counter::Owned(Scope::Owner, owner) => (Side::Buy, Box::new(move |who| who == owner)),
            Counter::Owned(Scope::Group, group) => {
                (Side::Buy, Box::new(move |who| self.group_now(who) == group))
            }
            Counter::Sold(group) => (Side::Sell, Box::new(move |who| self.group_now(who) == group)),
            Counter::Holders(_) | Counter::Plans => return 0,
        };
        let open = self.orders.iter().filter(|o| (o.security, o.side) == (security, side));
        let open = open.filter(|o| but != Some(o.order));
        open.filter(|o| is_counted(self.owner(o.account))).map(|o| o.leaves.0).sum()
    }

    /// What the network says replaces what it said before; nought: there is nothing.
    pub(super) fn tell_headroom(&mut self, security: SecurityId, counter: Counter, amount: u64) {
        self.headroom.insert((security, counter), amount);
        self.headroom.retain(|_, amount| *amount > 0);
        if self.is_short(security, counter).is_some() {
            self.short.insert((security, counter));
        }
    }

    /// What is needed of a counter, if less was told.
    fn is_short(&self, security: SecurityId, counter: Counter) -> Option<u64> {
        let asked = matches!(counter, Counter::Owned(..) | Counter::Sold(_));
        let listed = self.security(security).filter(|listed| asked && listed.shared)?;
        let limited = self.bare_rules(listed.listing.security).iter().any(|rule| limits(rule, counter));
        let needed = self.taken_up(security, counter, &[]) + self.open_of(security, counter, None);
        (limited && needed > self.leased(security, counter)).then_some(needed)
    }

    /// A height is told whole: more is wanted of what trades and orders use.
    pub(super) fn want_what_is_short(&mut self) {
        for (security, counter) in std::mem::take(&mut self.short) {
            if let Some(amount) = self.is_short(security, counter) {
                self.say(Event::HeadroomWanted { security, counter, amount });
            }
        }
    }

    /// More is wanted of what open orders of an account need on a side, with an order for so much more; but for one order.
    pub(super) fn want(
        &mut self,
        security: SecurityId,
        (side, account): (Side, AccountId),
        more: Units,
        but: Option<OrderId>,
    ) {
        if !self.security(security).expect("a listed security").shared {
            return;
        }
        let owner = self.owner(account);
        let group = self.group_now(owner);
        let counters = match side {
            Side::Buy => vec![Counter::Owned(Scope::Owner, owner), Counter::Owned(Scope::Group, group)],
            Side::Sell => vec![Counter::Sold(group)],
        };
        for counter in counters {
            let needed =
                self.taken_up(security, counter, &[account]) + self.open_of(security, counter, but) + more.0;
            let may_apply = self.may_apply(security, (side, account));
            let limited = may_apply.iter().any(|rule| limits(rule, counter));
            if limited && needed > self.leased(security, counter) {
                let wanted = Event::HeadroomWanted { security, counter, amount: needed };
                // Once is enough, where orders are looked at one after the other.
                if self.events.last() != Some(&wanted) {
                    self.say(wanted);
                }
            }
        }
    }

    /// More is wanted, if that was why an order was refused.
    pub(super) fn want_if_refused(
        &mut self,
        security: SecurityId,
        of: (Side, AccountId),
        (more, but): (Units, Option<OrderId>),
        reject: &Reject,
    ) {
        if matches!(reject, Reject::Compliance(Reason { code: ReasonCode::Headroom, .. })) {
            self.want(security, of, more, but);
        }
    }
}

/// Whether a rule limits what a counter counts.
fn limits(rule: &Rule, counter: Counter) -> bool {
    match rule {
        Rule::Owned(scope, _) => matches!(counter, Counter::Owned(of, _) if of == *scope),
        Rule::Sold { .. } | Rule::Velocity { .. } => matches!(counter, Counter::Sold(_)),
        _ => false,
    }
}
