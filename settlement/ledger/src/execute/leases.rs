//! What several venues share: how much of what a rule still allows is kept for which of them, so that none promises what
//! another has promised. After every instruction what is settled and what is leased come to no more than the rules allow.

use super::Work;
use super::overlay::{range, unknown};
use super::stakes::own;
use crate::keys::PublicKey;
use crate::names::{Asset, Height, VenueName};
use crate::receipt::{Done, Refusal};
use crate::state::{
    Due, GroupRecord, Key, Lease, LeasesRecord, LesseesRecord, PersonRecord, SecurityRecord, Stake,
};
use tallystick_rules::{Counter, InvestorId, Most, Rule, Sales, Scope, SecurityId, Units, Window};

/// What is settled of what a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Used {
    /// Places or units; of benefit plans units times [`PLAN`].
    amount: u128,
    /// Units that are set aside where the share of benefit plans is measured.
    aside: u64,
    /// How many of `amount` take up one of a lease.
    scale: u128,
}

/// A whole unit of a benefit plan's, in hundredths of a per cent.
const PLAN: u128 = 10_000;

impl Used {
    /// How much of a lease it takes to come from here to there.
    fn growth(&self, to: &Used) -> u64 {
        let aside = self.scale * u128::from(to.aside.saturating_sub(self.aside));
        let more = to.amount.saturating_sub(self.amount) + aside;
        u64::try_from(more.div_ceil(self.scale)).unwrap_or(u64::MAX)
    }
}

impl Work<'_> {
    /// Keeps so much of what the rules still allow for the venue whose key this is, or as much as there is.
    pub fn lease(
        &mut self,
        security: SecurityId,
        counter: Counter,
        amount: u64,
        expiry: Height,
        by: PublicKey,
    ) -> Result<Done, Refusal> {
        let venue = self.venue_of(&by).expect("a venue has signed it");
        self.state.known::<SecurityRecord>(Key::Security(security))?;
        if amount == 0 {
            self.end_of_lease(security, counter, &venue);
            return Ok(Done::Leased { amount });
        }
        self.check_lease(security, counter, expiry)?;
        let there = self.allowed(security, counter).ok_or_else(not_limited)?;
        let mine = self.lease_of(security, counter, &venue);
        if mine.is_none() {
            self.check_number(security, &venue)?;
        }
        let others = self.leased_by_others(&venue, security, counter);
        let alive = mine.filter(|lease| self.counts(security, lease));
        let has = alive.map_or(0, |lease| lease.amount);
        let amount = amount.min(there.saturating_sub(others)).max(has);
        if amount == 0 {
            return Ok(Done::Leased { amount });
        }
        let expiry = alive.map_or(expiry, |lease| lease.expiry.max(expiry));
        if mine.is_none_or(|lease| lease.expiry != expiry) {
            self.schedule(expiry.plus(1), Due::Lease(security, counter, venue));
        }
        let lease = Lease { venue, amount, granted: self.at.height, expiry };
        self.put_lease(security, counter, lease);
        Ok(Done::Leased { amount })
    }

    /// What can be wrong with what is asked for, whatever there is.
    fn check_lease(&mut self, security: SecurityId, counter: Counter, expiry: Height) -> Result<(), Refusal> {
        if let Some(person) = person_of(counter)
            && self.state.read::<PersonRecord>(Key::Person(person)).is_none()
        {
            return Err(unknown(Key::Person(person)));
        }
        let (height, horizon) = (self.at.height, self.genesis.horizon);
        let record = self.state.read::<SecurityRecord>(Key::Security(security)).expect("it is known");
        if let Some((coming, _)) = record.versions.last().filter(|(since, _)| *since > height) {
            return Err(range("the height of a lease", format!("at least {coming}, when new rules come")));
        }
        if !record.rules_at(height).is_some_and(|program| program.limits(counter)) {
            return Err(not_limited());
        }
        let most = Height(height.0 + u64::from(horizon) * u64::from(Lease::MOST_HORIZONS)).next();
        if expiry <= height.plus(horizon) || expiry > most {
            let (least, most) = (u64::from(horizon), most.0 - height.0);
            let ahead = format!("more than {least} and at most {most} heights ahead");
            return Err(range("the lease's expiry", ahead));
        }
        Ok(())
    }

    fn check_number(&mut self, security: SecurityId, venue: &VenueName) -> Result<(), Refusal> {
        let lessees = self.state.read::<LesseesRecord>(Key::Lessees(security));
        let number = lessees.and_then(|it| it.venues.iter().find(|(name, _)| name == venue));
        if number.is_some_and(|(_, number)| *number >= Lease::MOST) {
            return Err(range(
                "the number of the venue's leases of the security",
                format!("at most {}", Lease::MOST),
            ));
        }
        Ok(())
    }

    /// A lease ends with its expiry, unless it was prolonged.
    pub fn end_lease(&mut self, security: SecurityId, counter: Counter, venue: VenueName) {
        let height = self.at.height;
        if self.lease_of(security, counter, &venue).is_some_and(|lease| lease.expiry < height) {
            self.end_of_lease(security, counter, &venue);
        }
    }

    /// What other venues than this one have leased of a counter.
    pub fn leased_by_others(&mut self, venue: &VenueName, security: SecurityId, counter: Counter) -> u64 {
        let key = Key::Leases(security, counter);
        if !self.is_leased(security, counter) {
            return 0;
        }
        let height = self.at.height;
        self.state.read::<SecurityRecord>(Key::Security(security));
        let record = self.state.seen::<SecurityRecord>(Key::Security(security)).expect("it is known");
        let leases = &self.state.seen::<LeasesRecord>(key).expect("something is leased").leases;
        let others = leases.iter().filter(|lease| lease.venue != *venue && height <= record.last_of(lease));
        others.map(|lease| lease.amount).sum()
    }

    /// Takes note of what is settled of counters before an instruction changes it.
    pub fn touch(&mut self, security: SecurityId, counters: impl IntoIterator<Item = Counter>) {
        for counter in counters {
            if self.is_leased(security, counter) && !self.touched.contains_key(&(security, counter)) {
                let used = self.used(security, counter);
                self.touched.insert((security, counter), used);
            }
        }
    }

    /// Takes what the instruction that was carried out has used up off the leases of the venue whose transfer it was. Where
    /// it has used up more than that, and what is left is less than the others have leased, these have less: those who asked
    /// last. No rule lets a transfer do that; what a court, an issuer or a claim issuer says does.
    pub fn use_leases(&mut self, venue: Option<&VenueName>) {
        for ((security, counter), before) in std::mem::take(&mut self.touched) {
            let grown = before.growth(&self.used(security, counter));
            if grown == 0 {
                continue;
            }
            let Some(there) = self.allowed(security, counter) else { continue };
            let height = self.at.height;
            let record = self.state.seen::<SecurityRecord>(Key::Security(security)).expect("it is known");
            let key = Key::Leases(security, counter);
            let mut leases = self.state.seen::<LeasesRecord>(key).expect("it was leased").leases.clone();
            leases.retain(|lease| height <= record.last_of(lease));
            for lease in leases.iter_mut().filter(|lease| Some(&lease.venue) == venue) {
                lease.amount = lease.amount.saturating_sub(grown);
            }
            let mut excess = leases.iter().map(|lease| lease.amount).sum::<u64>().saturating_sub(there);
            leases.sort_by_key(|lease| std::cmp::Reverse((lease.granted, lease.venue)));
            for lease in leases {
                let cut = lease.amount.min(excess);
                excess -= cut;
                self.put_lease(security, counter, Lease { amount: lease.amount - cut, ..lease });
            }
        }
    }

    /// What the rules in force still allow of what a counter counts, whoever has leased it: under every rule that limits it,
    /// whether its condition holds or not. None where nothing limits it.
    fn allowed(&mut self, security: SecurityId, counter: Counter) -> Option<u64> {
        let used = self.used(security, counter);
        let height = self.at.height;
        // Sales as of the oldest time that a trade may have that is yet to come here: later, fewer of them count.
        let oldest =
            self.state.time(self.oldest()).expect("the times of heights that may be pinned are kept");
        let group = match counter {
            Counter::Sold(group) => self.state.read::<GroupRecord>(Key::Group(group, security)),
            _ => None,
        };
        let sales = group.map(|group| group.sold.clone()).unwrap_or_default();
        let record = self.state.read::<SecurityRecord>(Key::Security(security)).expect("it is known");
        let (issued, aside) = (record.issued, used.aside);
        let weekly = record.disclosure_at(height).map_or(Units::ZERO, |known| known.weekly_volume);
        let left = |most: u64| Some(most.saturating_sub(u64::try_from(used.amount).unwrap_or(u64::MAX)));
        let unsold = |window: Window, most: Units| {
            let sales = Sales { days: &sales, ..Sales::default() };
            Some(most.saturating_sub(sales.since(window.first_day(oldest))).0)
        };
        let rules = record.rules_at(height)?.rules();
        let left = rules.filter_map(|(_, rule)| match (rule.innermost(), counter) {
            (Rule::HolderCap(capped, max), Counter::Holders(holders)) if *capped == holders => {
                left((*max).into())
            }
            (Rule::BenefitPlans(bps), Counter::Plans) => {
                // Under the bound: units times 10,000 less than the bound times what it is measured by.
                let under = u128::from(*bps) * u128::from(issued.0.saturating_sub(aside));
                let room = under.saturating_sub(1).saturating_sub(used.amount) / PLAN;
                Some(u64::try_from(room).unwrap_or(u64::MAX))
            }
            (Rule::Owned(of, most), Counter::Owned(scope, _)) if *of == scope => left(most.of(issued).0),
            (Rule::Sold { within, bps, or_weekly_volume }, Counter::Sold(_)) => {
                let class = Most::Bps(*bps).of(issued);
                let most = if *or_weekly_volume { class.max(weekly) } else { class };
                unsold(Window::Rolling(*within), most)
            }
            (Rule::Velocity { window, most }, Counter::Sold(_)) => unsold(*window, most.of(issued)),
            _ => None,
        });
        left.min()
    }

    /// What is settled of what a counter counts.
    fn used(&mut self, security: SecurityId, counter: Counter) -> Used {
        let stake = |person| Key::Stake(person, Asset::Security(security));
        let counted =
            self.state.read::<SecurityRecord>(Key::Security(security)).expect("it is known").counted;
        let amount = match counter {
            Counter::Plans => {
                return Used { amount: counted.plan_units_bps, aside: counted.controlling, scale: PLAN };
            }
            // What is kept for who has left is not free.
            Counter::Holders(holders) => counted.holders(holders) + self.kept(security).of(holders),
            Counter::Owned(Scope::Owner, person) => {
                self.state.read::<Stake>(stake(person)).map_or(0, |stake| stake.beneficial)
            }
            Counter::Owned(Scope::Group, group) => {
                let alone = own(self.state.read::<Stake>(stake(group)), group);
                let record = self.state.read::<GroupRecord>(Key::Group(group, security));
                record.map_or(alone, |record| record.owned).0
            }
            // Of all days that are kept: what grows is what is sold.
            Counter::Sold(group) => {
                let record = self.state.read::<GroupRecord>(Key::Group(group, security));
                let days = record.map(|record| record.sold.iter().map(|(_, units)| units.0));
                days.map_or(0, |days| days.fold(0, u64::saturating_add))
            }
        };
        Used { amount: amount.into(), aside: 0, scale: 1 }
    }

    /// Whether somebody has leased of a counter. Where nobody has leased anything of the security, that is one question.
    fn is_leased(&mut self, security: SecurityId, counter: Counter) -> bool {
        self.state.read::<LesseesRecord>(Key::Lessees(security)).is_some()
            && self.state.read::<LeasesRecord>(Key::Leases(security, counter)).is_some()
    }

    fn lease_of(&mut self, security: SecurityId, counter: Counter, venue: &VenueName) -> Option<Lease> {
        self.state.read::<LeasesRecord>(Key::Leases(security, counter))?.of(venue).copied()
    }

    /// Whether a lease counts still.
    fn counts(&mut self, security: SecurityId, lease: &Lease) -> bool {
        let height = self.at.height;
        let record = self.state.read::<SecurityRecord>(Key::Security(security)).expect("it is known");
        height <= record.last_of(lease)
    }

    /// Puts a lease in the place of the venue's, if it has one; of nothing, there is none.
    fn put_lease(&mut self, security: SecurityId, counter: Counter, lease: Lease) {
        if lease.amount == 0 {
            return self.end_of_lease(security, counter, &lease.venue);
        }
        let nothing = || LeasesRecord { security, counter, leases: Vec::new() };
        let leases = &mut self.state.edit_or(Key::Leases(security, counter), nothing).leases;
        match leases.binary_search_by_key(&lease.venue, |lease| lease.venue) {
            Ok(at) => leases[at] = lease,
            Err(at) => {
                leases.insert(at, lease);
                let nothing = || LesseesRecord { security, venues: Vec::new() };
                let venues = &mut self.state.edit_or(Key::Lessees(security), nothing).venues;
                match venues.binary_search_by_key(&lease.venue, |(venue, _)| *venue) {
                    Ok(at) => venues[at].1 += 1,
                    Err(at) => venues.insert(at, (lease.venue, 1)),
                }
            }
        }
    }

    /// Takes a venue's lease away, if it has one.
    fn end_of_lease(&mut self, security: SecurityId, counter: Counter, venue: &VenueName) {
        let key = Key::Leases(security, counter);
        if self.lease_of(security, counter, venue).is_none() {
            return;
        }
        let leases = &mut self.state.change::<LeasesRecord>(key).leases;
        leases.retain(|lease| lease.venue != *venue);
        if leases.is_empty() {
            self.state.remove(key);
        }
        let key = Key::Lessees(security);
        let venues = &mut self.state.change::<LesseesRecord>(key).venues;
        for (_, number) in venues.iter_mut().filter(|(name, _)| name == venue) {
            *number -= 1;
        }
        venues.retain(|(_, number)| *number > 0);
        if venues.is_empty() {
            self.state.remove(key);
        }
    }
}

/// Whom a counter is about.
fn person_of(counter: Counter) -> Option<InvestorId> {
    match counter {
        Counter::Holders(_) | Counter::Plans => None,
        Counter::Owned(_, person) | Counter::Sold(person) => Some(person),
    }
}

fn not_limited() -> Refusal {
    range("what is leased", "something that a rule of the security limits")
}
