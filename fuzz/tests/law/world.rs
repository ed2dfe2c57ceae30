//! A security with a few owners and two who might trade, drawn at random, and what the rules crate is told of it.

use quickcheck::Gen;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_fuzz::history::draw::{below, one_of, percent};
use tallystick_fuzz::history::draw_rules;
use tallystick_fuzz::history::lots::history;
use tallystick_fuzz::history::persons::{BEGINNING, InsiderOf, Person as Drawn, place};
use tallystick_fuzz::law::entry::Room;
use tallystick_fuzz::law::trade::{Books, Deal, Handed, Holder, Sold};
use tallystick_fuzz::law::{Person, Scene, Sides};
use tallystick_rules::{
    Class, Counts, Disclosure, Facts, Holders, Identity, Insider, InvestorId, Lot, LotId, Market, Needed,
    Party, Places, Plans, Program, Protocol, Rooms, Rule, Sales, Scope, Time, Units,
};

/// Everything about a security.
pub struct Case {
    pub program: Program,
    pub now: Time,
    pub security: Disclosure,
    pub market: Market,
    pub issued: u64,
    pub identities: Vec<Option<Identity>>,
    pub insiders: Vec<Option<Insider>>,
    pub books: Books,
    pub deal: Deal<'static>,
    pub sold: BTreeMap<u32, u64>,
    pub lots: Vec<Lot>,
}

fn class(investor: InvestorId, identity: Option<&Identity>, insider: Option<Insider>, now: Time) -> Class {
    Class::of(investor, identity, insider, now)
}

impl Case {
    /// Any; or one in which only places decide, most of them are taken, and somebody leaves.
    pub fn draw(seed: u64, full: bool) -> Case {
        let g = &mut Gen::from_size_and_seed(20, seed);
        let mut rules = draw_rules::program(g);
        if percent(g, 50) {
            let more = one_of(g, &[1, 2, 3]);
            rules.extend(draw_rules::others(g, more));
        }
        if percent(g, 15) {
            rules.push(Rule::Approved);
        }
        let now = Time(BEGINNING.0 + one_of(g, &[0, 1, 2, 3, 40]) * Time::DAY_NS);
        let people = 2 + below(g, 4);
        let identity = |g: &mut Gen, n: usize| {
            let fund_owners = one_of(g, &[0, 0, 2, 3, 5]);
            let plain = Drawn { accredited_days: one_of(g, &[0, 500]), fund_owners, ..Drawn::PLAIN };
            let person = if full { plain } else { Drawn::arbitrary(g) };
            let known = person.identity(InvestorId(n as u32 + 1), people);
            (full || !percent(g, 4)).then_some(known)
        };
        let identities: Vec<_> = (0..people).map(|n| identity(g, n)).collect();
        let insider = |g: &mut Gen| match percent(g, if full { 0 } else { 30 }) {
            true => InsiderOf::arbitrary(g).relation.insider(now),
            false => None,
        };
        let insiders: Vec<_> = (0..people).map(|_| insider(g)).collect();
        let mut parties = [below(g, people), below(g, people)];
        if full && parties[0] == parties[1] {
            parties[1] = (parties[0] + 1) % people;
        }
        let of = |g: &mut Gen| {
            let holder = |n: usize, g: &mut Gen| {
                let who = InvestorId(n as u32 + 1);
                let fresh = class(who, identities[n].as_ref(), insiders[n], now);
                let other = Drawn::arbitrary(g).identity(who, people);
                let stale = class(who, Some(&other), insiders[n], now);
                let [was, will] = if percent(g, 50) { [stale; 2] } else { [stale, fresh] };
                let is_party = parties.contains(&n);
                let (goes, comes) = (full && n == parties[1], full && n == parties[0] && percent(g, 70));
                let settled = one_of(g, &[0, 0, 1, 2, 5, 10, 20]).max(u64::from(goes));
                let settled = if comes { 0 } else { settled };
                let coming = if goes || comes { 0 } else { one_of(g, &[0, 0, 0, 1, 6]) };
                let awaited = if percent(g, 10) && !goes { 2 } else { 0 };
                let is_leaving = settled > 0 && percent(g, 7) && !goes;
                // What waits may have been handed over in one kind, in the other, or in both.
                let handed = [0; 2].map(|_| Handed {
                    awaited: if percent(g, 70) { awaited } else { 0 },
                    places: if awaited > 0 { one_of(g, &[1, 1, 2, 3]) } else { 0 },
                    leaving: is_leaving && percent(g, 70),
                });
                let going = if goes {
                    0
                } else if is_leaving {
                    settled
                } else {
                    settled.min(one_of(g, &[0, 0, 1, 4]))
                };
                Holder {
                    who,
                    counted: [was, will],
                    known: is_party.then_some(fresh),
                    settled,
                    group_of_settled: if is_party { fresh.group } else { who },
                    owned: settled + coming + awaited,
                    left: settled - going,
                    handed,
                }
            };
            (0..people).map(|n| holder(n, g)).collect::<Vec<_>>()
        };
        let hands_over: BTreeSet<_> = Holders::ALL.into_iter().filter(|_| percent(g, 80)).collect();
        let shared = percent(g, if full { 15 } else { 40 });
        let room = |g: &mut Gen| (shared && percent(g, 70)).then(|| one_of(g, &[0, 0, 1, 2, 3, 5, 9, 30]));
        let places_left: Vec<_> = Holders::ALL.into_iter().map(|holders| (holders, room(g))).collect();
        let mut books = Books {
            owners: of(g),
            record: of(g),
            hands_over,
            places_left: places_left
                .into_iter()
                .filter_map(|(holders, left)| Some((holders, left?)))
                .collect(),
            plans_left: room(g),
        };
        let [buyer, seller] = parties.map(|n| InvestorId(n as u32 + 1));
        let mine = books.owners[parties[1]];
        let whole =
            ((full || percent(g, 60)) && mine.owned == mine.left && mine.left > 0).then_some(mine.left);
        let lot = |g: &mut Gen, n: u32| {
            let acquired = Time(now.0 - one_of(g, &[0, 0, 1, 2, 29, 30, 31, 400]) * Time::DAY_NS);
            let (restricted, kind) = (percent(g, 50), below(g, 8) as u8);
            let units = Units(one_of(g, &[1, 3, 10]));
            let history = history(acquired, restricted, kind);
            Lot { id: LotId(n), units, pending_out: Units(below(g, 3) as u64), history }
        };
        let lots: Vec<Lot> = (1..=below(g, 4) as u32).map(|n| lot(g, n)).collect();
        let issued: u64 = books.owners.iter().map(|holder| holder.settled).sum();
        let record = [0, 1].map(|_| InvestorId(1 + below(g, people) as u32));
        // In whose name units are, has as many at least.
        let of_record = &mut books.record[record[1].0 as usize - 1];
        if of_record.settled < mine.settled || (full && percent(g, 70)) {
            let Holder { counted, known, .. } = *of_record;
            *of_record = Holder { who: record[1], counted, known, ..mine };
        }
        // Who stands in the register for them is known, too.
        for who in record {
            let n = who.0 as usize - 1;
            books.record[n].known = Some(class(who, identities[n].as_ref(), insiders[n], now));
        }
        if full && record[0] != record[1] && percent(g, 60) {
            // Who has nothing takes a place.
            let buys = &mut books.record[record[0].0 as usize - 1];
            let handed = Default::default();
            *buys = Holder { settled: 0, owned: 0, left: 0, handed, ..*buys };
        }
        let deal = Deal {
            buyer: [buyer, record[0]],
            seller: [seller, record[1]],
            units: 0,
            open: 0,
            whole,
            sold: Sold { days: None, waiting: one_of(g, &[0, 0, 0, 1, 3, 30]) },
            approved: one_of(g, &[0, 1, 3, 10, 100]),
            room: Room { owned: room(g), group_owned: room(g), sold: room(g) },
        };
        let day = |g: &mut Gen| {
            let ago = one_of(g, &[0, 0, 1, 2, 3, 6, 7, 29, 30, 31, 60, 89, 90, 91, 300]);
            (now.day() as u32 - ago, one_of(g, &[0, 1, 2, 5, 20]))
        };
        let sold: BTreeMap<u32, u64> = (0..below(g, 5)).map(|_| day(g)).collect();
        if full {
            let kinds = Holders::ALL.into_iter().filter(|_| percent(g, 75)).collect::<Vec<_>>();
            let max = |g: &mut Gen, kind| books.places(kind, issued) as u32 + one_of(g, &[0, 0, 0, 1, 2, 3]);
            rules = kinds.into_iter().map(|kind| Rule::HolderCap(kind, max(g, kind).max(1))).collect();
            rules.push(draw_rules::identity());
        }
        let protocols = if rules.is_empty() { Vec::new() } else { Protocol::own(rules) };
        Case {
            program: Program::new(protocols).expect("rules within bounds"),
            now,
            security: draw_rules::disclosure(g),
            market: Market { place: place(below(g, 3) as u8), gated: percent(g, 50) },
            issued,
            identities,
            insiders,
            books,
            deal,
            sold,
            lots,
        }
    }

    /// What the seller's group has sold.
    pub fn sold(&self) -> Sold<'_> {
        Sold { days: Some(&self.sold), ..self.deal.sold }
    }

    pub fn scene(&self) -> Scene<'_> {
        let Case { now, market, issued, .. } = *self;
        Scene { protocols: self.program.protocols(), now, security: &self.security, market, issued }
    }

    fn person(&self, who: InvestorId) -> Person<'_> {
        let n = who.0 as usize - 1;
        Person { identity: self.identities[n].as_ref(), insider: self.insiders[n] }
    }

    pub fn sides(&self, buyer: bool, seller: bool) -> Sides<'_> {
        Sides {
            buyer: buyer.then(|| self.person(self.deal.buyer[0])),
            seller: seller.then(|| self.person(self.deal.seller[0])),
        }
    }

    /// What the rules are told of one side.
    fn party<'a>(&'a self, who: InvestorId, days: &'a [(u32, Units)]) -> Party<'a> {
        let Room { owned, group_owned, sold } = self.deal.room;
        let Person { identity, insider } = self.person(who);
        let mine = self.books.owners[who.0 as usize - 1];
        Party {
            identity,
            insider,
            owned: Units(mine.owned),
            left: Units(mine.left),
            group_owned: Units(self.books.owned(Scope::Group, who)),
            sold: Sales { days, waiting: Units(self.deal.sold.waiting) },
            room: Rooms {
                owned: owned.map(Units),
                group_owned: group_owned.map(Units),
                sold: sold.map(Units),
            },
            whole: self.deal.whole.filter(|_| who == self.deal.seller[0]).map(Units),
        }
    }

    /// What was sold, day by day.
    pub fn days(&self) -> Vec<(u32, Units)> {
        self.sold.iter().map(|(day, units)| (*day, Units(*units))).collect()
    }

    pub fn facts<'a>(&'a self, buyer: bool, seller: bool, days: &'a [(u32, Units)]) -> Facts<'a> {
        Facts {
            now: self.now,
            buyer: buyer.then(|| self.party(self.deal.buyer[0], days)),
            seller: seller.then(|| self.party(self.deal.seller[0], days)),
            security: &self.security,
            issued: Units(self.issued),
            market: self.market,
        }
    }
}

/// Added up, not simulated.
pub struct Added<'a>(pub &'a Case, pub &'a Books);

impl Counts for Added<'_> {
    fn places(&self, holders: Holders) -> Places {
        let (Case { deal, issued, .. }, books) = (self.0, self.1);
        let issued = Units(*issued);
        let (book, at) = match holders {
            Holders::Beneficial | Holders::LookThrough => (&books.owners, 0),
            Holders::Record | Holders::RecordNotAccredited => (&books.record, 1),
        };
        let of_class = |class: Class, units: u64| match holders {
            Holders::Beneficial | Holders::Record => u32::from(units > 0),
            Holders::RecordNotAccredited => u32::from(units > 0 && !class.accredited),
            Holders::LookThrough => class.places(Units(units), issued),
        };
        // What it has and waits for, and what it would need in the end less what comes with that.
        let of = |holder: &Holder| {
            let Handed { awaited, places, leaving } = holder.handed(holders);
            let now = (holder.owned - awaited).max(leaving.into());
            let all = holder.counted.map(|class| {
                of_class(class, now).max(of_class(class, holder.owned).saturating_sub(places as u32))
            });
            all[0].max(all[1])
        };
        let [buyer, seller] = [deal.buyer[at], deal.seller[at]].map(|who| &book[who.0 as usize - 1]);
        let known = buyer.known.expect("a party");
        let vacated = |whole| seller.owned == whole && seller.who != buyer.who;
        let needed = match holders {
            Holders::LookThrough if known.fund_owners > 0 => Needed {
                upto: Units((issued.0.div_ceil(10)).saturating_sub(1 + buyer.owned)),
                below: 1,
                above: known.fund_owners.into(),
            },
            Holders::RecordNotAccredited if known.accredited => {
                Needed { below: 0, above: 0, ..Needed::default() }
            }
            _ => Needed::default(),
        };
        let vacates = books.hands_over.contains(&holders)
            && deal.whole.is_some_and(vacated)
            && !seller.handed(holders).leaving
            && (needed.above <= 1 || buyer.handed(holders).awaited == 0);
        Places {
            taken: book.iter().map(|holder| u64::from(of(holder))).sum(),
            of_buyer: of(buyer),
            buyer_is_leaving: buyer.handed(holders).leaving,
            of_seller: if vacates { of(seller) } else { 0 },
            needed,
            room: books.places_left.get(&holders).copied(),
        }
    }

    fn plans(&self) -> Plans {
        let (issued, books) = (self.0.issued, self.1);
        let (mut units_bps, mut aside) = (0, 0);
        for owner in &books.owners {
            let [was, will] = owner.known.map_or(owner.counted, |known| [known; 2]);
            units_bps += u128::from(owner.owned) * u128::from(was.plan_bps.max(will.plan_bps));
            let counts = |class: Class| class.controlling && class.plan_bps == 0;
            aside += if counts(was) || counts(will) { owner.owned } else { 0 };
        }
        Plans { units_bps, of: Units(issued.saturating_sub(aside)), room: books.plans_left }
    }

    fn approved(&self) -> Units {
        Units(self.0.deal.approved)
    }
}
