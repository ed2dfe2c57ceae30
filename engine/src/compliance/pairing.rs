//! Two who may come to trade: all that the rules look at of both, what a plan has promised already included.
//!
//! What waits counts as done where that is stricter: who buys takes its places at once, who leaves has them until the
//! trade is final; what will be bought counts as owned, what will be sold as sold. A place that somebody takes is counted as
//! what it was when the stake last changed, and one that it would take as what is known of it now; so are benefit plans.

use super::ground::{Ground, Person};
use super::tentative::{Taken, Tentative};
use crate::headroom::Used;
use crate::holdings::Lots;
use crate::obligation::HandedOver;
use crate::stakes::{Position, Totals, is_of_record};
use crate::types::Units;
use tallystick_rules::evaluate::asks_approval;
use tallystick_rules::evaluate::each::{Said, of_match};
use tallystick_rules::{
    Counter, Counts, Facts, History, Holders, Lot, Needed, Party, Path, Places, Plans, RuleId, Sales,
    Verdict, pair, way,
};

pub(crate) struct Pairing<'a, 't> {
    ground: Ground<'a>,
    tentative: &'t Tentative,
    buyer: Person<'a>,
    seller: Person<'a>,
    /// The stakes of buyer and seller, where the rules look at them.
    stakes: Option<[Position; 2]>,
    facts: Facts<'a>,
}

impl<'a, 't> Pairing<'a, 't> {
    pub fn new(
        ground: Ground<'a>,
        tentative: &'t Tentative,
        buyer: Person<'a>,
        seller: Person<'a>,
    ) -> Pairing<'a, 't> {
        let facts = ground.facts(Some(buyer.party()), Some(seller.party()));
        let mut pairing = Pairing { ground, tentative, buyer, seller, stakes: None, facts };
        if ground.security.needs.stakes() {
            let id = ground.security.id();
            let stake = |person: &Person| tentative.owner(ground.holdings.position(person.owner, id));
            let stakes = [stake(&buyer), stake(&seller)];
            let held = ground.holdings.holding(seller.account, id).map_or(Units::ZERO, |h| h.allocated());
            let leaves = held == stakes[1].units && !held.is_zero() && !stakes[1].is_pending();
            let sells = Party { whole: leaves.then_some(held), ..pairing.party(&seller, &stakes[1]) };
            (pairing.facts.buyer, pairing.facts.seller) =
                (Some(pairing.party(&buyer, &stakes[0])), Some(sells));
            pairing.stakes = Some(stakes);
        }
        pairing
    }

    fn party(&self, person: &Person<'a>, stake: &Position) -> Party<'a> {
        let ground = &self.ground;
        let mut party = Party { owned: stake.owned(), left: stake.left(), ..person.party() };
        if ground.security.needs.groups {
            let id = ground.security.id();
            let group = ground.class(person.owner).group;
            let sums = self.tentative.group(ground, group);
            // The stakes of both may be counted in other groups until they trade.
            let other = (self.buyer.owner != self.seller.owner).then_some(self.seller.owner);
            let stakes = [Some(self.buyer.owner), other];
            let stakes = stakes.map(|owner| Some(self.tentative.owner(ground.holdings.position(owner?, id))));
            let sums = ground.regrouped(sums, group, stakes);
            let used = Used {
                owner: person.owner,
                group,
                owned: stake.pending_in,
                group_owned: sums.coming + sums.joining,
                sold: sums.going,
            };
            party.group_owned = sums.owned + sums.coming;
            party.sold = Sales { days: ground.groups.sold(id, group), waiting: sums.going };
            party.room = ground.rooms(&used);
        }
        party
    }

    /// How much they may trade with each other.
    pub fn verdict(&self) -> Verdict {
        self.ask(Passing::All)
    }

    fn ask(&self, passing: Passing) -> Verdict {
        let program = &self.ground.security.program;
        let counting = Counting { pairing: self, passing };
        pair(program, &self.facts, &counting, self.same_owner(), self.open_units())
    }

    /// What each rule says by itself.
    pub fn each(&self) -> Vec<(RuleId, Said)> {
        let program = &self.ground.security.program;
        let counting = Counting { pairing: self, passing: Passing::All };
        of_match(program, &self.facts, &counting, self.same_owner(), self.open_units())
    }

    fn same_owner(&self) -> bool {
        self.buyer.owner == self.seller.owner
    }

    fn open_units(&self) -> Units {
        if self.ground.security.needs.ways { self.sellable() } else { Units::MAX }
    }

    /// Units of the seller's lots that may go to this buyer, and that no trade and no part of the plan has promised.
    fn sellable(&self) -> Units {
        let free = |lot: &Lot| lot.free().saturating_sub(self.tentative.taken(self.seller.account, lot.id));
        self.lots().iter().filter(|lot| self.way(&lot.history).is_some()).map(free).sum()
    }

    fn lots(&self) -> &'a [Lot] {
        let holding = self.ground.holdings.holding(self.seller.account, self.ground.security.id());
        holding.map_or(&[][..], |holding| &holding.lots)
    }

    fn way(&self, history: &History) -> Option<Path> {
        way(&self.ground.security.program, &self.facts, history).ok()
    }

    /// The lots that so many units come from, and the way that each of them goes.
    pub fn choose(&self, units: Units, newest: bool) -> Lots {
        let (id, seller) = (self.ground.security.id(), self.seller.account);
        let holding = self.ground.holdings.holding(seller, id).expect("who sells has a holding");
        let taken = |lot| self.tentative.taken(seller, lot);
        let chosen = match self.ground.security.needs.ways {
            true => holding.choose(units, newest, taken, |history| self.way(history)),
            false => holding.choose(units, newest, taken, |_| Some(Path::Plain)),
        };
        assert!(
            chosen.iter().map(|lot| lot.units).sum::<Units>() == units,
            "promised units were not in open lots"
        );
        chosen
    }

    /// Among which holders the seller's place goes to the buyer, if they trade so many units that they may: where it leaves
    /// entirely, and the caps on those holders would not let the trade be while it keeps its place.
    pub fn hands_over(&self, units: Units) -> Vec<HandedOver> {
        let leaves = self.facts.seller.is_some_and(|seller| seller.whole == Some(units));
        if !leaves || !self.ground.security.hands_over() {
            return Vec::new();
        }
        let capped =
            || Holders::ALL.into_iter().filter(|&holders| self.ground.security.program.caps(holders));
        // Mostly there is room, and no more to ask.
        if capped().next().is_none() || self.ask(Passing::None).allows(units) {
            return Vec::new();
        }
        // A trade must be allowed by all rules: what may be with all places handed over, and not with all but one, needs it.
        let needed = capped().filter(|&kept| !self.ask(Passing::AllBut(kept)).allows(units));
        needed.map(|holders| HandedOver { holders, beside: self.beside(holders, units) }).collect()
    }

    /// How many places of a kind the buyer would take of its own, while it waits for those that the seller leaves.
    fn beside(&self, holders: Holders, units: Units) -> u32 {
        let Places { of_buyer, of_seller, needed, .. } =
            Counting { pairing: self, passing: Passing::All }.places(holders);
        let needed = if units <= needed.upto { needed.below } else { needed.above };
        needed.saturating_sub(of_buyer).saturating_sub(of_seller)
    }

    /// Whether a trade of the two uses what they were approved to trade.
    pub fn uses_approval(&self) -> bool {
        asks_approval(&self.ground.security.program, &self.facts)
    }

    /// What the two were approved to trade, less what pending trades use and a plan.
    fn approved(&self) -> Units {
        let Pairing { ground, tentative, buyer, seller, .. } = self;
        let Some(approvals) = ground.approvals else { return Units::MAX };
        let left = approvals.left((ground.security.id(), seller.owner, buyer.owner), ground.now);
        left.saturating_sub(tentative.approved((seller.owner, buyer.owner)))
    }

    /// How many units more must be approved before the two may trade so many.
    pub fn unapproved(&self, units: Units) -> Units {
        match self.uses_approval() {
            true => units.saturating_sub(self.approved()),
            false => Units::ZERO,
        }
    }

    /// What a trade of so many units is for a plan.
    pub(super) fn taken(&self, units: Units) -> Taken<'a> {
        let tells_lots_apart = self.ground.security.needs.ways;
        let lots = if tells_lots_apart { self.choose(units, false) } else { Lots::new() };
        let (hands_over, approved) = (self.hands_over(units), self.uses_approval());
        Taken { buyer: self.buyer, seller: self.seller, units, lots, hands_over, approved }
    }
}

/// Among which holders a seller that leaves entirely would hand its place over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passing {
    None,
    All,
    AllBut(Holders),
}

/// Counts for the caps, with these places handed over.
struct Counting<'p, 'a, 't> {
    pairing: &'p Pairing<'a, 't>,
    passing: Passing,
}

impl Counts for Counting<'_, '_, '_> {
    fn places(&self, holders: Holders) -> Places {
        let Pairing { ground, tentative, buyer, seller, stakes, facts } = self.pairing;
        let (issued, id) = (ground.security.issued, ground.security.id());
        let stakes = match is_of_record(holders) {
            true => [buyer, seller]
                .map(|person| tentative.record(ground.holdings.record(ground.holder(person.account), id))),
            false => stakes.expect("where holders are counted, stakes are looked at"),
        };
        let of = |stake: &Position| stake.places(holders, issued);
        let taken = ground.security.counted.totals.places(holders) + tentative.totals.places(holders);
        let [buying, selling] = &stakes;
        let whole = facts.seller.and_then(|seller| seller.whole);
        // A holder of record leaves only if all that stands in its name goes.
        let leaves = !is_of_record(holders) || (Some(selling.units) == whole && !selling.is_pending());
        let passes = match self.passing {
            Passing::None => false,
            Passing::All => true,
            Passing::AllBut(kept) => kept != holders,
        };
        let hands_over = passes && leaves && ground.security.hands_over() && !selling.handed(holders).leaving;
        Places {
            taken: u64::try_from(taken).expect("places are counted from nought"),
            // What it takes beside, it takes for other trades: with these it is given up.
            of_buyer: of(buying) - buying.handed(holders).beside,
            buyer_is_leaving: buying.handed(holders).leaving,
            of_seller: if hands_over { of(selling) } else { 0 },
            needed: self.needed(holders, buying),
            room: self.room_of_places(holders, selling),
        }
    }

    fn plans(&self) -> Plans {
        let Pairing { ground, tentative, stakes, .. } = self.pairing;
        let stakes = stakes.as_ref().expect("where plans are counted, stakes are looked at");
        let issued = ground.security.issued;
        let mut totals = ground.security.counted.totals;
        totals.change(&Totals::default(), &tentative.totals);
        let mut turned = 0;
        for stake in stakes {
            let class = ground.class(stake.owner);
            turned += (stake.counted_as(class).plans_taken() - stake.plans_taken()).max(0);
            let (plans, controlling) = stake.plans(&class);
            let counted = Totals::of_owner(stake, issued);
            totals.plans += plans - counted.plans;
            totals.controlling += controlling - counted.controlling;
        }
        let controlling = u64::try_from(totals.controlling).expect("units are counted from nought");
        Plans {
            units_bps: u128::try_from(totals.plans).expect("units are counted from nought"),
            of: issued.saturating_sub(Units(controlling)),
            room: ground.room(Counter::Plans, totals.plans_taken + turned),
        }
    }

    fn approved(&self) -> Units {
        self.pairing.approved()
    }
}

impl Counting<'_, '_, '_> {
    /// How many places more the venue may fill: those that the seller would take, since it counts as something else from now
    /// on, are gone.
    fn room_of_places(&self, holders: Holders, selling: &Position) -> Option<u64> {
        let Pairing { ground, tentative, .. } = self.pairing;
        let issued = ground.security.issued;
        let taken = ground.security.counted.totals.places_taken(holders);
        let taken = taken + tentative.totals.places_taken(holders);
        let [is, will] = [*selling, selling.counted_as(ground.class(selling.owner))]
            .map(|stake| i64::from(stake.places(holders, issued)));
        ground.room(Counter::Holders(holders), (taken + (will - is).max(0)).into())
    }

    /// How many places the buyer would take.
    fn needed(&self, holders: Holders, buying: &Position) -> Needed {
        let class = self.pairing.ground.class(buying.owner);
        match holders {
            Holders::Beneficial | Holders::Record => Needed::default(),
            Holders::RecordNotAccredited if class.accredited => {
                Needed { upto: Units::MAX, below: 0, above: 0 }
            }
            Holders::RecordNotAccredited => Needed::default(),
            Holders::LookThrough if class.fund_owners == 0 => Needed::default(),
            Holders::LookThrough => {
                let tenth = self.pairing.ground.security.issued.0.div_ceil(10);
                let upto = Units(tenth.saturating_sub(1)).saturating_sub(buying.owned());
                Needed { upto, below: 1, above: class.fund_owners.into() }
            }
        }
    }
}
