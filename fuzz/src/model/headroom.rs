//! What a venue that shares a network with others may still take up of what rules count: what it was told, less what trades
//! that wait take.

use super::Model;
use super::order::Order;
use super::stakes::{Book, Stake};
use crate::law::entry::Room;
use std::collections::BTreeMap;
use tallystick_engine::event::Event;
use tallystick_engine::types::{AccountId, InvestorId, SecurityId, Side};
use tallystick_rules::{Class, Counter, Holders, Scope};

impl Model {
    /// What is left of a counter; nothing is said of what is not shared with others.
    pub fn room(&self, security: SecurityId, counter: Counter) -> Option<u64> {
        self.security(security).filter(|listed| listed.shared)?;
        let told = self.headroom.get(&(security, counter)).copied().unwrap_or(0);
        Some(told.saturating_sub(self.taken_up(security, counter)))
    }

    /// What trades that wait take of a counter: how much more each stake counts with them than what it has settled counts as
    /// it is.
    pub fn taken_up(&self, security: SecurityId, counter: Counter) -> u64 {
        match counter {
            Counter::Holders(holders) => self.more_places(security, holders),
            Counter::Plans => self.more_of_plans(security),
            Counter::Owned(Scope::Owner, owner) => self.bought(owner, security),
            Counter::Owned(Scope::Group, group) => {
                let members = self.holders(Book::Owners, security).into_iter();
                let more = |who: InvestorId| {
                    let Stake { class, next, .. } = self.stake_of(Book::Owners, who, security);
                    let settled = self.settled(Book::Owners, who, security);
                    match next {
                        Some(next) if next.group == group && class.group == group => self.bought(who, security),
                        // What it has already comes with it.
                        Some(next) if next.group == group => settled + self.bought(who, security),
                        _ => 0,
                    }
                };
                members.map(more).sum()
            }
            Counter::Sold(group) => {
                let of_group = |account: AccountId| {
                    let stake = self.stake_of(Book::Owners, self.owner(account), security);
                    stake.next.is_some_and(|next| next.group == group)
                };
                let sold = self.trades.iter().filter(|t| t.security == security && of_group(t.seller));
                sold.map(|t| t.units.0).sum()
            }
        }
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
        let issued = self.issued(security);
        let of = |units: u64, class: Class| match holders {
            _ if units == 0 => 0,
            Holders::Beneficial | Holders::Record => 1,
            Holders::RecordNotAccredited => u64::from(!class.accredited),
            Holders::LookThrough if class.fund_owners > 0 && u128::from(units) * 10 >= u128::from(issued) => {
                class.fund_owners.into()
            }
            Holders::LookThrough => 1,
        };
        let more = book.iter().map(|holder| {
            let with = holder.counted.map(|class| of(holder.placed, class)).into_iter().max();
            with.unwrap_or(0).saturating_sub(of(holder.settled, holder.counted[0]))
        });
        more.sum()
    }

    fn more_of_plans(&self, security: SecurityId) -> u64 {
        let is_aside = |class: Class| class.controlling && class.plan_bps == 0;
        let mut more = 0_u128;
        for owner in self.books(security, []).owners {
            let [was, will] = owner.counted;
            let [settled, owned] = [owner.settled, owner.owned].map(u128::from);
            more += owned * u128::from(was.plan_bps.max(will.plan_bps));
            more -= settled * u128::from(was.plan_bps);
            more += if is_aside(was) || is_aside(will) { owned * 10_000 } else { 0 };
            more -= if is_aside(was) { settled * 10_000 } else { 0 };
        }
        // Each of them is rounded up by itself once it settles.
        let is_part = |account: AccountId| {
            let stake = self.stake_of(Book::Owners, self.owner(account), security);
            (1..10_000).contains(&stake.next.unwrap_or(stake.class).plan_bps)
        };
        let parts = self.trades.iter().filter(|t| t.security == security && is_part(t.buyer)).count();
        u64::try_from(more.div_ceil(10_000)).expect("units can be counted") + parts as u64
    }

    /// How much more an account's owner and its group may own, and the group sell.
    pub(super) fn room_of(&self, security: SecurityId, account: AccountId) -> Room {
        let owner = self.owner(account);
        let group = self.group_now(owner);
        Room {
            owned: self.room(security, Counter::Owned(Scope::Owner, owner)),
            group_owned: self.room(security, Counter::Owned(Scope::Group, group)),
            sold: self.room(security, Counter::Sold(group)),
        }
    }

    /// How many more places may be filled of each kind of holders that is capped.
    pub(super) fn places_left(&self, security: SecurityId) -> BTreeMap<Holders, u64> {
        let capped = self.capped(security).into_iter();
        capped.filter_map(|holders| Some((holders, self.room(security, Counter::Holders(holders))?))).collect()
    }

    /// What open orders of those whom a counter is of would take of it, but for one order.
    pub(super) fn open_of(&self, security: SecurityId, counter: Counter, but: Option<&Order>) -> u64 {
        let (side, is_counted): (Side, Box<dyn Fn(InvestorId) -> bool>) = match counter {
            Counter::Owned(Scope::Owner, owner) => (Side::Buy, Box::new(move |who| who == owner)),
            Counter::Owned(Scope::Group, group) => {
                (Side::Buy, Box::new(move |who| self.group_now(who) == group))
            }
            Counter::Sold(group) => (Side::Sell, Box::new(move |who| self.group_now(who) == group)),
            Counter::Holders(_) | Counter::Plans => return 0,
        };
        let open = self.orders.iter().filter(|o| (o.security, o.side) == (security, side));
        let open = open.filter(|o| but.is_none_or(|but| but.order != o.order));
        open.filter(|o| is_counted(self.owner(o.account))).map(|o| o.leaves.0).sum()
    }

    /// What the network says replaces what it said before; nought: there is nothing. Where trades and orders use more, more
    /// is wanted.
    pub(super) fn tell_headroom(&mut self, security: SecurityId, counter: Counter, amount: u64) {
        self.headroom.insert((security, counter), amount);
        self.headroom.retain(|_, amount| *amount > 0);
        if matches!(counter, Counter::Owned(..) | Counter::Sold(_)) {
            self.want_headroom(security, counter, None, 0);
        }
    }

    /// More is needed of a counter than was told, if it is.
    pub(super) fn want_headroom(&mut self, security: SecurityId, counter: Counter, but: Option<&Order>, more: u64) {
        let needed = self.taken_up(security, counter) + self.open_of(security, counter, but) + more;
        let told = self.headroom.get(&(security, counter)).copied().unwrap_or(0);
        if self.security(security).is_some_and(|listed| listed.shared) && told < needed {
            self.say(Event::HeadroomWanted { security, counter, amount: needed });
        }
    }
}
