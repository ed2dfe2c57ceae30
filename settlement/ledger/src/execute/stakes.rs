//! What persons own over all their accounts, and what rules count of it: kept along with every movement.

use super::overlay::Overlay;
use super::{At, Work};
use crate::names::Asset;
use crate::state::{
    AccountRecord, Counted, FundsRecord, GroupRecord, Holding, InsiderRecord, Key, PersonRecord,
    SecurityRecord, Stake,
};
use tallystick_rules::{Class, Counter, Holders, InvestorId, Scope, SecurityId, Time, Units};

impl Work<'_> {
    /// Counts what came into an account.
    pub fn credit(&mut self, account: &AccountRecord, asset: Asset, amount: u64) {
        if amount > 0 {
            self.restake(account.beneficial_owner, asset, |stake| stake.beneficial += amount);
            self.restake(account.record_holder, asset, |stake| stake.record += amount);
        }
    }

    /// Counts what left an account.
    pub fn debit(&mut self, account: &AccountRecord, asset: Asset, amount: u64) {
        if amount > 0 {
            self.restake(account.beneficial_owner, asset, |stake| stake.beneficial -= amount);
            self.restake(account.record_holder, asset, |stake| stake.record -= amount);
        }
    }

    /// Counts that there are more units of a security: what is a tenth of them, and so how a fund counts, changes.
    pub fn reissue(&mut self, security: SecurityId, issued: Units) {
        let record = self.state.read::<SecurityRecord>(Key::Security(security)).expect("it is known");
        let (before, mut counted) = (record.issued, record.counted);
        assert!(issued >= before, "with fewer units, funds would count that are not in the list");
        let funds = self.state.read::<FundsRecord>(Key::Funds(security));
        for fund in funds.map(|record| record.funds.clone()).unwrap_or_default() {
            let stake = Key::Stake(fund, Asset::Security(security));
            let stake = self.state.read::<Stake>(stake).expect("who takes places has a stake");
            let (was, is) = (Counted::of(stake, before), Counted::of(stake, issued));
            counted = counted.with(&was, &is);
            self.keep_fund(security, fund, &was, &is);
        }
        let record = self.state.change::<SecurityRecord>(Key::Security(security));
        (record.issued, record.counted) = (issued, counted);
    }

    /// Counts what a person's group has sold, if a rule of the security may look at it.
    pub fn count_sale(&mut self, security: SecurityId, seller: InvestorId, units: Units, traded: Time) {
        // The oldest time that a trade may have that is yet to come here.
        let now = self.state.time(self.oldest()).expect("the times of heights that may be pinned are kept");
        let record = self.state.read::<SecurityRecord>(Key::Security(security)).expect("it is known");
        let firsts = record.versions.iter().filter_map(|(_, program)| {
            let first = program.sold_since(now)?;
            Some(u32::try_from(first).unwrap_or(u32::MAX))
        });
        let Some(first) = firsts.min() else { return };
        let day = u32::try_from(traded.day()).expect("the time of a block is good until the year 2554");
        let group = self.class(security, seller).group;
        let sold = &mut self.group(group, security).sold;
        let gone = sold.partition_point(|(day, _)| *day < first);
        sold.drain(..gone);
        // What no rule counts any more is no part of what grows.
        self.touch(security, [Counter::Sold(group)]);
        let sold = &mut self.group(group, security).sold;
        // The same units can be sold again and again: what passes what can be counted is more than any rule allows.
        let all: Units = sold.iter().map(|(_, units)| *units).sum();
        let units = units.min(Units::MAX - all);
        match sold.binary_search_by_key(&day, |(day, _)| *day) {
            Ok(at) => sold[at].1 += units,
            Err(at) if !units.is_zero() => sold.insert(at, (day, units)),
            Err(_) => {}
        }
    }

    /// Changes a person's stake, and all that is counted of it; from now on it is counted as what the person is now.
    fn restake(&mut self, investor: InvestorId, asset: Asset, change: impl FnOnce(&mut Stake)) {
        let key = Key::Stake(investor, asset);
        let Asset::Security(security) = asset else {
            return change(self.state.edit_or(key, || Stake::new(investor, asset)));
        };
        let class = self.class(security, investor);
        let stake = self.state.read::<Stake>(key);
        let groups = [stake.and_then(|stake| stake.class).map(|class| class.group), Some(class.group)];
        self.touch(security, Holders::ALL.map(Counter::Holders));
        self.touch(security, [Counter::Plans, Counter::Owned(Scope::Owner, investor)]);
        self.touch(security, groups.into_iter().flatten().map(|group| Counter::Owned(Scope::Group, group)));
        let issued = self.state.read::<SecurityRecord>(Key::Security(security)).expect("it is known").issued;
        let stake = self.state.edit_or(key, || Stake::new(investor, asset));
        let (was, was_in, owned) =
            (Counted::of(stake, issued), stake.class.map(|class| class.group), stake.beneficial);
        change(stake);
        stake.class = Some(class);
        let (is, owns) = (Counted::of(stake, issued), stake.beneficial);

        let record = self.state.change::<SecurityRecord>(Key::Security(security));
        record.counted = record.counted.with(&was, &is);
        self.keep_fund(security, investor, &was, &is);
        self.keep_places(security, investor, &was, &is);
        match was_in {
            Some(group) if group == class.group => self.regroup(group, security, investor, owned, owns),
            before => {
                if let Some(group) = before {
                    self.regroup(group, security, investor, owned, 0);
                }
                self.regroup(class.group, security, investor, 0, owns);
            }
        }
    }

    /// Keeps the list of those who take more than one place.
    fn keep_fund(&mut self, security: SecurityId, fund: InvestorId, was: &Counted, is: &Counted) {
        let (was, is) = (was.look_through > 1, is.look_through > 1);
        if was == is {
            return;
        }
        let nothing = || FundsRecord { security, funds: Vec::new() };
        let funds = &mut self.state.edit_or(Key::Funds(security), nothing).funds;
        match funds.binary_search(&fund) {
            Ok(at) => drop(funds.remove(at)),
            Err(at) => funds.insert(at, fund),
        }
    }

    /// Counts what one of a group owns of a security now that owned `was` before.
    fn regroup(&mut self, group: InvestorId, security: SecurityId, investor: InvestorId, was: u64, is: u64) {
        let alone = group == investor;
        if was == is || (alone && self.state.read::<GroupRecord>(Key::Group(group, security)).is_none()) {
            return;
        }
        let record = self.group(group, security);
        record.owned = record.owned - Units(was) + Units(is);
        if !alone {
            record.of_others = record.of_others - Units(was) + Units(is);
        }
    }

    /// What a group owns and has sold; where nothing was kept of it yet, it owns what who stands for it does.
    fn group(&mut self, group: InvestorId, security: SecurityId) -> &mut GroupRecord {
        let owned = own(self.state.read(Key::Stake(group, Asset::Security(security))), group);
        let nothing = || GroupRecord { group, security, owned, of_others: Units::ZERO, sold: Vec::new() };
        self.state.edit_or(Key::Group(group, security), nothing)
    }

    /// As what a person is counted that owns some of a security, as of this block.
    pub fn class(&mut self, security: SecurityId, investor: InvestorId) -> Class {
        let At { height, time } = self.at;
        let insider = self.state.read::<InsiderRecord>(Key::Insider(investor, security));
        let insider = insider.and_then(|record| record.insider_at(height));
        let person = self.state.read::<PersonRecord>(Key::Person(investor));
        let identity = person.and_then(|person| person.identity_at(height));
        Class::of(investor, identity, insider, time)
    }
}

/// What who stands for a group owns, and is counted with it.
pub(super) fn own(stake: Option<&Stake>, group: InvestorId) -> Units {
    let of = |stake: &&Stake| stake.class.is_some_and(|class| class.group == group);
    Units(stake.filter(of).map_or(0, |stake| stake.beneficial))
}

/// Brings the stakes in line with the holdings of a block: their hashes, one by one and once. What is as if it had
/// never been is taken away.
pub(super) fn settle(state: &mut Overlay) {
    let changed = state.changed();
    for key in &changed {
        let Key::Holding(account, asset) = *key else { continue };
        let holding = state.read::<Holding>(*key).expect("holdings are taken away only here");
        let (owned, hash) = (holding.total() > 0, holding.hash());
        if holding.is_blank() {
            state.remove(*key);
        }
        let owner = state.account(account).beneficial_owner;
        // Where there is no stake the person owns nothing, and so this account has nothing.
        let Some(stake) = state.read::<Stake>(Key::Stake(owner, asset)) else { continue };
        let place = stake.accounts.binary_search_by_key(&account, |(account, _)| *account);
        if !owned && place.is_err() {
            continue;
        }
        let stake = state.change::<Stake>(Key::Stake(owner, asset));
        match (place, owned) {
            (Ok(at), true) => stake.accounts[at].1 = hash,
            (Err(at), true) => stake.accounts.insert(at, (account, hash)),
            (Ok(at), false) => {
                stake.accounts.remove(at);
            }
            (Err(_), false) => {}
        }
    }
    for key in state.changed() {
        let is_blank = match key {
            Key::Stake(..) => {
                state.read::<Stake>(key).is_some_and(|stake| stake.beneficial == 0 && stake.record == 0)
            }
            Key::Group(..) => state.read::<GroupRecord>(key).is_some_and(GroupRecord::is_blank),
            Key::Funds(_) => state.read::<FundsRecord>(key).is_some_and(|it| it.funds.is_empty()),
            _ => false,
        };
        if is_blank {
            state.remove(key);
        }
    }
}
