//! Whether two may trade so many units with each other: from who would own what afterwards.

use super::calendar::first_day;
use super::entry::Room;
use super::{Scene, Sides};
use std::collections::{BTreeMap, BTreeSet};
use tallystick_rules::{Class, Holders, InvestorId, Reason, ReasonCode, Rule, RuleId, Scope, Time, Window};

/// A holder of a security, beneficial or of record.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// Who.
    pub who: InvestorId,
    /// As what its stake is counted: what was known when it last changed, and what will count once pending trades are final.
    /// Nobody knows what becomes of them, so the more counts.
    pub counted: [Class; 2],
    /// As what a party to the trade is known now.
    pub known: Option<Class>,
    /// Its settled units, and the group that they are counted with.
    pub settled: u64,
    /// See there.
    pub group_of_settled: InvestorId,
    /// Its units, with those that pending trades will bring.
    pub owned: u64,
    /// Its units, without those that pending trades will take.
    pub left: u64,
    /// What of it waits with places that are handed over, in each of the two kinds that its book is counted by.
    pub handed: [Handed; 2],
}

/// What of a holder waits with places that are handed over, among the holders of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// Units that come to it with a seller's place: they take none of their own before.
    pub awaited: u64,
    /// How many places those sellers leave to it.
    pub places: u64,
    /// Whether it hands over its own.
    pub leaving: bool,
}

/// Who owns what of a security.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// By whose it is.
    pub owners: Vec<Holder>,
    /// By who stands in the register.
    pub record: Vec<Holder>,
    /// Among which holders one who leaves can hand its place over to the buyer.
    pub hands_over: BTreeSet<Holders>,
    /// How many more places of these holders this venue may fill, if it shares them with others.
    pub places_left: BTreeMap<Holders, u64>,
    /// How many more units this venue may bring to benefit plans, if it shares that with others.
    pub plans_left: Option<u64>,
}

/// What a group has sold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sold<'a> {
    /// For good, by day (UTC, counted from 1970).
    pub days: Option<&'a BTreeMap<u32, u64>>,
    /// What waits counts in every window.
    pub waiting: u64,
}

impl Sold<'_> {
    /// What counts within a window.
    pub fn within(&self, window: Window, now: Time) -> u128 {
        let first = first_day(window, now);
        let days = self.days.into_iter().flatten().filter(|(day, _)| u64::from(**day) >= first);
        days.map(|(_, units)| u128::from(*units)).sum::<u128>() + u128::from(self.waiting)
    }
}

/// What two would trade.
#[derive(Clone, Copy, Debug)]
pub struct Deal<'a> {
    /// Whose the units would become, and in whose name.
    pub buyer: [InvestorId; 2],
    /// Whose they are, and in whose name.
    pub seller: [InvestorId; 2],
    /// How many.
    pub units: u64,
    /// How many of the seller's may go to this buyer at all.
    pub open: u64,
    /// With how many the seller would leave altogether; nothing, where it waits for trades of its own.
    pub whole: Option<u64>,
    /// What the seller's group has sold.
    pub sold: Sold<'a>,
    /// What is left of what was approved between these two.
    pub approved: u64,
    /// How much the venue may still take up on the network: what the buyer comes to own, and what the seller's group sells.
    pub room: Room,
}

impl Holder {
    /// What of it waits with places that are handed over, among these holders.
    pub fn handed(&self, holders: Holders) -> Handed {
        let second = matches!(holders, Holders::LookThrough | Holders::RecordNotAccredited);
        self.handed[usize::from(second)]
    }

    /// How many places it takes as one of a class. The units that come only with a place that is handed over take none; but
    /// if with all of them it would need more than that, and than sellers leave to it, it takes what is missing at once. Who
    /// hands its own place over has it until then.
    pub fn places(&self, holders: Holders, class: Class, issued: u64) -> u64 {
        let Handed { awaited, places, leaving } = self.handed(holders);
        let of = |units: u64| match holders {
            _ if units == 0 => 0,
            Holders::Beneficial | Holders::Record => 1,
            Holders::RecordNotAccredited => u64::from(!class.accredited),
            Holders::LookThrough => {
                let has_a_tenth = u128::from(units) * 10 >= u128::from(issued);
                if class.fund_owners > 0 && has_a_tenth { class.fund_owners.into() } else { 1 }
            }
        };
        let now = if leaving && self.owned == awaited { of(1) } else { of(self.owned - awaited) };
        now.max(of(self.owned).saturating_sub(places))
    }

    /// What one of its units adds to what belongs to benefit plans less the share that is the bound, both times 10,000; nobody
    /// knows as what it will count, so the more does.
    fn weight(&self, bps: u16) -> i128 {
        let classes = self.known.map_or(self.counted, |known| [known; 2]);
        let of_plans = classes.map(|class| i128::from(class.plan_bps)).into_iter().max().unwrap_or(0);
        let is_aside = classes.iter().any(|class| class.controlling && class.plan_bps == 0);
        of_plans + if is_aside { i128::from(bps) } else { 0 }
    }

    /// With which group what it waits for counts.
    fn group(&self) -> InvestorId {
        self.known.unwrap_or(self.counted[1]).group
    }
}

impl Books {
    /// Those whom a cap counts.
    fn all(&self, holders: Holders) -> &[Holder] {
        match holders {
            Holders::Beneficial | Holders::LookThrough => &self.owners,
            Holders::Record | Holders::RecordNotAccredited => &self.record,
        }
    }

    /// One of those whom a cap counts.
    fn one(&self, holders: Holders, who: InvestorId) -> &Holder {
        self.all(holders).iter().find(|holder| holder.who == who).expect("a party")
    }

    /// How many places one takes.
    pub fn places_of(&self, holders: Holders, who: InvestorId, issued: u64) -> u64 {
        let of = |holder: &Holder| {
            let [was, will] = holder.counted.map(|class| holder.places(holders, class, issued));
            was.max(will)
        };
        self.all(holders).iter().filter(|holder| holder.who == who).map(of).sum()
    }

    /// How many places all take.
    pub fn places(&self, holders: Holders, issued: u64) -> u64 {
        self.all(holders).iter().map(|holder| self.places_of(holders, holder.who, issued)).sum()
    }

    /// What one owns, or all of its group.
    pub fn owned(&self, scope: Scope, who: InvestorId) -> u64 {
        let group = self.owners.iter().find(|owner| owner.who == who).expect("a party").group();
        let counted = |owner: &Holder| match scope {
            Scope::Owner if owner.who == who => owner.owned,
            Scope::Owner => 0,
            Scope::Group => {
                let settled = if owner.group_of_settled == group { owner.settled } else { 0 };
                let coming = if owner.group() == group { owner.owned - owner.settled } else { 0 };
                settled + coming
            }
        };
        self.owners.iter().map(counted).sum()
    }

    /// What belongs to benefit plans less the share that is the bound, both times 10,000.
    fn excess(&self, bps: u16, issued: u64) -> i128 {
        let owned = self.owners.iter().map(|owner| i128::from(owner.owned) * owner.weight(bps));
        owned.sum::<i128>() - i128::from(bps) * i128::from(issued)
    }

    /// The same, once the buyer has so many units more, in both books: then all that it waits for counts, and it is counted
    /// as what is known of it.
    fn with_more(&self, deal: &Deal<'_>) -> Books {
        let mut after = self.clone();
        for (books, who) in [(&mut after.owners, deal.buyer[0]), (&mut after.record, deal.buyer[1])] {
            for holder in books.iter_mut().filter(|holder| holder.who == who) {
                holder.owned += deal.units;
                holder.left += deal.units;
                let known = holder.known.expect("a party");
                (holder.handed, holder.counted) = (Default::default(), [known; 2]);
            }
        }
        after
    }

    /// The same, once the seller has them no more; what it waits for counts.
    fn with_less(&self, deal: &Deal<'_>) -> Books {
        let mut after = self.clone();
        for (books, who) in [(&mut after.owners, deal.seller[0]), (&mut after.record, deal.seller[1])] {
            for holder in books.iter_mut().filter(|holder| holder.who == who) {
                holder.owned = holder.owned.saturating_sub(deal.units);
                holder.settled = holder.settled.saturating_sub(deal.units);
                holder.left = holder.left.saturating_sub(deal.units);
                holder.handed = Default::default();
            }
        }
        after
    }
}

impl Scene<'_> {
    /// Whether two may trade exactly so much; or the first rule that says no.
    pub fn judge(&self, sides: &Sides<'_>, books: &Books, deal: &Deal<'_>) -> Result<(), Reason> {
        if deal.buyer[0] == deal.seller[0] {
            return Err(Reason { code: ReasonCode::OwnerUnchanged, rule: RuleId::STANDING });
        }
        self.standing(sides)?;
        for (id, rule) in self.applying(sides) {
            let because = |code| Reason { code, rule: id };
            self.judge_by(rule, sides, books, deal).map_err(because)?;
            if !self.has_room(rule, books, deal) {
                return Err(because(ReasonCode::Headroom));
            }
        }
        Ok(())
    }

    fn judge_by(
        &self,
        rule: &Rule,
        sides: &Sides<'_>,
        books: &Books,
        deal: &Deal<'_>,
    ) -> Result<(), ReasonCode> {
        let leaves = deal.whole == Some(deal.units);
        let [buyer, seller] = [deal.buyer[0], deal.seller[0]];
        let left =
            |books: &Books, who| books.owners.iter().find(|owner| owner.who == who).expect("a party").left;
        // Until it is final, what is bought counts, and what is sold counts too.
        let waiting = books.with_more(deal);
        let sold = |window| deal.sold.within(window, self.now) + u128::from(deal.units);
        let (good, code) = match rule {
            Rule::Require(must) => {
                let said = self.answer(must, sides, None).expect("both sides are known");
                return if said { Ok(()) } else { Err(self.blame(must, sides)) };
            }
            Rule::Ways(_) => (deal.units <= deal.open, ReasonCode::NoWay),
            Rule::HolderCap(holders, max) => {
                let is_leaving = books.one(*holders, deal.buyer[at(*holders)]).handed(*holders).leaving;
                let fits = waiting.places(*holders, self.issued) <= u64::from(*max);
                let good = self.more_places(*holders, books, deal) == 0
                    || fits
                    || self.swaps(*holders, *max, books, deal);
                (good && !is_leaving, ReasonCode::HolderCap)
            }
            Rule::Owned(scope, most) => {
                (waiting.owned(*scope, buyer) <= self.most(*most), ReasonCode::Concentration)
            }
            Rule::AtLeast(least) => {
                let sells =
                    leaves || u128::from(left(books, seller)) >= u128::from(deal.units) + u128::from(least.0);
                let buys = left(&waiting, buyer) >= least.0;
                (sells && buys, ReasonCode::MinimumHolding)
            }
            Rule::Denomination(of) => (leaves || deal.units.is_multiple_of(of.0), ReasonCode::Denomination),
            Rule::BenefitPlans(bps) => {
                // However few the seller is told to own: what it sells is of plans as it is.
                let owner = books.owners.iter().find(|owner| owner.who == seller).expect("a party");
                let sold = i128::from(deal.units) * owner.weight(*bps);
                let before = books.excess(*bps, self.issued);
                let after = waiting.excess(*bps, self.issued) - sold;
                (after < 0 || after <= before, ReasonCode::BenefitPlans)
            }
            Rule::Sold { within, bps, or_weekly_volume } => {
                let most = self.most_sold(*bps, *or_weekly_volume);
                (sold(Window::Rolling(*within)) <= u128::from(most), ReasonCode::Volume)
            }
            Rule::Velocity { window, most } => {
                (sold(*window) <= u128::from(self.most(*most)), ReasonCode::Velocity)
            }
            Rule::Approved => (deal.units <= deal.approved, ReasonCode::NotApproved),
            Rule::When(..) => unreachable!("what it stands under is looked at before"),
        };
        if good { Ok(()) } else { Err(code) }
    }

    /// How many places more the buyer would need, with all that it waits for.
    fn more_places(&self, holders: Holders, books: &Books, deal: &Deal<'_>) -> u64 {
        let mine = |books: &Books| books.places_of(holders, deal.buyer[at(holders)], self.issued);
        mine(&books.with_more(deal)).saturating_sub(mine(books))
    }

    /// Whether the seller leaves these holders by the trade: everything that it owns goes, and everything that stands in
    /// its name; to somebody else, and not by a trade that waits already.
    fn leaves(&self, holders: Holders, books: &Books, deal: &Deal<'_>) -> bool {
        let [buyer, seller] = [deal.buyer, deal.seller].map(|names| names[at(holders)]);
        let party = books.one(holders, seller);
        deal.whole == Some(deal.units)
            && seller != buyer
            && party.owned == deal.units
            && !party.handed(holders).leaving
    }

    /// How many places the seller leaves if it leaves.
    fn left_by_seller(&self, holders: Holders, books: &Books, deal: &Deal<'_>) -> u64 {
        let theirs = |books: &Books| books.places_of(holders, deal.seller[at(holders)], self.issued);
        theirs(books).saturating_sub(theirs(&books.with_less(deal)))
    }

    /// Whether the buyer is a fund that awaits a place among these holders already: of two that are handed to it, only one
    /// might become final, and it might need as many as with both.
    fn awaits_one(&self, holders: Holders, books: &Books, deal: &Deal<'_>) -> bool {
        let buyer = books.one(holders, deal.buyer[at(holders)]);
        let is_fund = buyer.known.expect("a party").fund_owners > 1;
        holders == Holders::LookThrough && is_fund && buyer.handed(holders).awaited > 0
    }

    /// Whether the trade is good if the seller's place among these holders goes to the buyer: it passes when the trade is
    /// final, and what the buyer needs more than that it takes at once.
    fn swaps(&self, holders: Holders, max: u32, books: &Books, deal: &Deal<'_>) -> bool {
        let done = books.with_more(deal).with_less(deal);
        let (more, left) =
            (self.more_places(holders, books, deal), self.left_by_seller(holders, books, deal));
        let has_room = |room: &u64| more.saturating_sub(left) <= *room;
        books.hands_over.contains(&holders)
            && self.leaves(holders, books, deal)
            && !self.awaits_one(holders, books, deal)
            && done.places(holders, self.issued) <= u64::from(max)
            && books.places_left.get(&holders).is_none_or(has_room)
    }

    /// Among which holders the seller's places go to the buyer by a trade that they may make, and how many: each kind by itself,
    /// if they might not make it otherwise.
    pub fn handed_over(&self, sides: &Sides<'_>, books: &Books, deal: &Deal<'_>) -> Vec<(Holders, u64)> {
        let keeps_its_own = |holders: &Holders| {
            let mut books = books.clone();
            books.hands_over.remove(holders);
            self.judge(sides, &books, deal).is_ok()
        };
        let goes = books.hands_over.iter().filter(|holders| !keeps_its_own(holders));
        goes.map(|holders| (*holders, self.left_by_seller(*holders, books, deal))).collect()
    }

    /// Whether a venue that shares what a rule counts with others may take up so much more of it.
    fn has_room(&self, rule: &Rule, books: &Books, deal: &Deal<'_>) -> bool {
        let upto = |room: Option<u64>| room.is_none_or(|room| deal.units <= room);
        match rule {
            Rule::HolderCap(holders, max) => {
                let left = books.places_left.get(holders);
                let more = self.more_places(*holders, books, deal);
                left.is_none_or(|left| more <= *left) || self.swaps(*holders, *max, books, deal)
            }
            Rule::Owned(scope, _) => upto(deal.room.of(*scope)),
            Rule::Sold { .. } | Rule::Velocity { .. } => upto(deal.room.sold),
            Rule::BenefitPlans(_) => {
                // What plans own grows with the buyer's part, and what is measured by shrinks with what is set aside.
                let known = |who| {
                    let party = books.owners.iter().find(|owner| owner.who == who);
                    party.and_then(|party| party.known).expect("a party")
                };
                let [buyer, seller] = [deal.buyer[0], deal.seller[0]].map(known);
                let is_aside = |class: Class| class.controlling && class.plan_bps == 0;
                let of_plans = u128::from(buyer.plan_bps.saturating_sub(seller.plan_bps));
                let aside = if is_aside(buyer) && !is_aside(seller) { 10_000 } else { 0 };
                let more = u128::from(deal.units) * (of_plans + aside);
                books.plans_left.is_none_or(|left| more <= 10_000 * u128::from(left))
            }
            Rule::Require(_) | Rule::Ways(_) | Rule::AtLeast(_) | Rule::Denomination(_) | Rule::Approved => {
                true
            }
            Rule::When(..) => unreachable!("what it stands under is looked at before"),
        }
    }
}

/// In which of the names of a party these holders are counted.
fn at(holders: Holders) -> usize {
    match holders {
        Holders::Beneficial | Holders::LookThrough => 0,
        Holders::Record | Holders::RecordNotAccredited => 1,
    }
}

/// A share in hundredths of a per cent, rounded down.
pub(super) fn share(of: u64, bps: u16) -> u64 {
    u64::try_from(u128::from(of) * u128::from(bps) / 10_000).unwrap_or(u64::MAX)
}
