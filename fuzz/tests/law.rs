//! The rules that engine and validators ask against the same rules read out slowly, over all small quantities.

#![forbid(unsafe_code)]

use quickcheck::Gen;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_fuzz::check::{cases, first_seed};
use tallystick_fuzz::history::draw::{below, one_of, percent};
use tallystick_fuzz::history::draw_rules;
use tallystick_fuzz::history::lots::history;
use tallystick_fuzz::history::persons::{BEGINNING, InsiderOf, Person as Drawn, place};
use tallystick_fuzz::law::calendar::{end, first_day, start};
use tallystick_fuzz::law::entry::{Has, Room};
use tallystick_fuzz::law::trade::{Books, Deal, Handed, Holder, Sold};
use tallystick_fuzz::law::{Person, Scene, Sides};
use tallystick_rules::{
    Calendar, Class, Counts, Disclosure, Facts, History, Holders, Identity, Insider, InvestorId, Lot, LotId,
    Market, Needed, Party, Period, Places, Plans, Program, Protocol, Rooms, Rule, Sales, Scope, Time, Units,
    Window, entry, pair, sellable, way,
};

/// Everything about a security.
struct Case {
    program: Program,
    now: Time,
    security: Disclosure,
    market: Market,
    issued: u64,
    identities: Vec<Option<Identity>>,
    insiders: Vec<Option<Insider>>,
    books: Books,
    deal: Deal<'static>,
    sold: BTreeMap<u32, u64>,
    lots: Vec<Lot>,
}

fn class(investor: InvestorId, identity: Option<&Identity>, insider: Option<Insider>, now: Time) -> Class {
    Class::of(investor, identity, insider, now)
}

impl Case {
    fn draw(seed: u64) -> Case {
        let g = &mut Gen::from_size_and_seed(20, seed);
        let mut rules = draw_rules::program(g);
        if percent(g, 50) {
            let more = one_of(g, &[1, 2, 3]);
            rules.extend(draw_rules::others(g, more));
        }
        if percent(g, 15) {
            rules.push(Rule::Approved);
        }
        // Several kinds are capped, so that a trade may need several places, or one of them.
        if percent(g, 40) {
            let cap = |g: &mut Gen| Rule::HolderCap(one_of(g, &Holders::ALL), 1 + below(g, 7) as u32);
            rules.extend([cap(g), cap(g)]);
        }
        let protocols = if rules.is_empty() { Vec::new() } else { Protocol::own(rules) };
        let program = Program::new(protocols).expect("rules within bounds");
        let now = Time(BEGINNING.0 + one_of(g, &[0, 1, 2, 3, 40]) * Time::DAY_NS);
        let people = 2 + below(g, 4);
        let identity = |g: &mut Gen, n: usize| {
            let known = Drawn::arbitrary(g).identity(InvestorId(n as u32 + 1), people);
            (!percent(g, 4)).then_some(known)
        };
        let identities: Vec<_> = (0..people).map(|n| identity(g, n)).collect();
        let insider = |g: &mut Gen| match percent(g, 30) {
            true => InsiderOf::arbitrary(g).relation.insider(now),
            false => None,
        };
        let insiders: Vec<_> = (0..people).map(|_| insider(g)).collect();
        let parties = [below(g, people), below(g, people)];
        let of = |g: &mut Gen| {
            let holder = |n: usize, g: &mut Gen| {
                let who = InvestorId(n as u32 + 1);
                let fresh = class(who, identities[n].as_ref(), insiders[n], now);
                let other = Drawn::arbitrary(g).identity(who, people);
                let stale = class(who, Some(&other), insiders[n], now);
                let [was, will] = if percent(g, 50) { [stale; 2] } else { [stale, fresh] };
                let is_party = parties.contains(&n);
                let settled = one_of(g, &[0, 0, 1, 2, 5, 10, 20]);
                let coming = one_of(g, &[0, 0, 0, 1, 6]);
                let awaited = if percent(g, 10) { 2 } else { 0 };
                let is_leaving = settled > 0 && percent(g, 7);
                // What waits may have been handed over in one kind, in the other, or in both.
                let handed = [0; 2].map(|_| Handed {
                    awaited: if percent(g, 70) { awaited } else { 0 },
                    beside: if awaited > 0 { one_of(g, &[0, 0, 1, 2]) } else { 0 },
                    leaving: is_leaving && percent(g, 70),
                });
                let going = if is_leaving { settled } else { settled.min(one_of(g, &[0, 0, 1, 4])) };
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
        let shared = percent(g, 40);
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
        let whole = (percent(g, 60) && mine.owned == mine.left && mine.left > 0).then_some(mine.left);
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
        if of_record.settled < mine.settled {
            let Holder { counted, known, .. } = *of_record;
            *of_record = Holder { who: record[1], counted, known, ..mine };
        }
        // Who stands in the register for them is known, too.
        for who in record {
            let n = who.0 as usize - 1;
            books.record[n].known = Some(class(who, identities[n].as_ref(), insiders[n], now));
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
        Case {
            program,
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
    fn sold(&self) -> Sold<'_> {
        Sold { days: Some(&self.sold), ..self.deal.sold }
    }

    fn scene(&self) -> Scene<'_> {
        let Case { now, market, issued, .. } = *self;
        Scene { protocols: self.program.protocols(), now, security: &self.security, market, issued }
    }

    fn person(&self, who: InvestorId) -> Person<'_> {
        let n = who.0 as usize - 1;
        Person { identity: self.identities[n].as_ref(), insider: self.insiders[n] }
    }

    fn sides(&self, buyer: bool, seller: bool) -> Sides<'_> {
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
    fn days(&self) -> Vec<(u32, Units)> {
        self.sold.iter().map(|(day, units)| (*day, Units(*units))).collect()
    }

    fn facts<'a>(&'a self, buyer: bool, seller: bool, days: &'a [(u32, Units)]) -> Facts<'a> {
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
struct Added<'a>(&'a Case);

impl Counts for Added<'_> {
    fn places(&self, holders: Holders) -> Places {
        let Case { books, deal, issued, .. } = self.0;
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
        // By its own units; what it has taken beside, it has for other trades.
        let of = |holder: &Holder| {
            let [was, will] = holder.counted.map(|class| of_class(class, holder.placed(holders)));
            was.max(will)
        };
        let beside = |holder: &Holder| holder.handed(holders).beside;
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
            && !seller.handed(holders).leaving;
        Places {
            taken: book.iter().map(|holder| u64::from(of(holder)) + beside(holder)).sum(),
            of_buyer: of(buyer),
            buyer_is_leaving: buyer.handed(holders).leaving,
            of_seller: if vacates { of(seller) } else { 0 },
            needed,
            room: books.places_left.get(&holders).copied(),
        }
    }

    fn plans(&self) -> Plans {
        let Case { books, issued, .. } = self.0;
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

fn all(wanted: u64) -> impl Iterator<Item = (u64, Case)> {
    (first_seed()..first_seed() + cases(wanted)).map(|seed| (seed, Case::draw(seed)))
}

#[test]
fn two_may_trade_exactly_what_each_rule_read_out_by_itself_allows() {
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    for (seed, case) in all(12_000) {
        let days = case.days();
        let facts = case.facts(true, true, &days);
        let open = sellable(&case.program, &facts, &case.lots);
        let same = case.deal.buyer[0] == case.deal.seller[0];
        let verdict = pair(&case.program, &facts, &Added(&case), same, open);
        for units in 1..=case.books.owners[case.deal.seller[0].0 as usize - 1].left {
            let deal = Deal { units, open: open.0, sold: case.sold(), ..case.deal };
            let judged = case.scene().judge(&case.sides(true, true), &case.books, &deal);
            let key = judged.map_or_else(|reason| format!("{:?}", reason.code), |()| "allowed".into());
            *said.entry(key).or_default() += 1;
            assert_eq!(
                verdict.allows(Units(units)),
                judged.is_ok(),
                "seed {seed}: {units} units, {judged:?}, {verdict:?}\n{:#?}\n{:#?}\n{deal:?}\nissued {}",
                case.program.protocols(),
                case.books,
                case.issued
            );
        }
    }
    println!("{said:#?}");
}

#[test]
fn one_side_may_enter_as_much_as_the_first_of_the_strictest_rules_allows() {
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    for (seed, case) in all(9_000) {
        for buys in [true, false] {
            let days = case.days();
            let verdict = entry(&case.program, &case.facts(buys, !buys, &days));
            let who = if buys { case.deal.buyer[0] } else { case.deal.seller[0] };
            let has = Has {
                owned: case.books.owned(Scope::Owner, who),
                group_owned: case.books.owned(Scope::Group, who),
                sold: case.sold(),
                room: case.deal.room,
            };
            let most = case.scene().most_at_entry(&case.sides(buys, !buys), has);
            let key = most.1.map_or("none".into(), |reason| format!("{:?}", reason.code));
            *said.entry(key).or_default() += 1;
            assert_eq!((verdict.upto.0, verdict.reason), most, "seed {seed}, buys {buys}");
        }
    }
    println!("{said:#?}");
}

#[test]
fn lots_go_by_the_way_that_is_read_out() {
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    for (seed, case) in all(8_000) {
        for [buyer, seller] in [[true, true], [false, true], [true, false]] {
            for Lot { history, .. } in &case.lots {
                let fast = way(&case.program, &case.facts(buyer, seller, &[]), history);
                let slow = case.scene().way(&case.sides(buyer, seller), history);
                assert_eq!(fast, slow, "seed {seed}, {buyer} {seller} {history:?}");
                let key = slow.map_or_else(|reason| format!("{:?}", reason.code), |path| format!("{path:?}"));
                *said.entry(key).or_default() += 1;
            }
        }
    }
    println!("{said:#?}");
}

#[test]
fn a_period_ends_on_the_day_that_walking_through_the_months_comes_to() {
    let g = &mut Gen::from_size_and_seed(20, first_seed());
    for n in 0..cases(6_000) {
        let from = match n % 3 {
            0 => Time(n * Time::DAY_NS + n),
            1 => Time(below(g, 90_000) as u64 * Time::DAY_NS + below(g, 86_400) as u64),
            _ => Time(u64::MAX - below(g, 1_000) as u64 * Time::DAY_NS),
        };
        let months = one_of(g, &[0, 0, 1, 2, 3, 6, 11, 12, 13, 24, 1_200, 65_535]);
        let period = Period { months, days: one_of(g, &[0, 0, 1, 2, 28, 31, 365, 65_535]) };
        assert_eq!(period.after(from), end(period, from), "{period:?} from {from:?}");
        // A lot begins with its day, and so does the period of its holding.
        let lot = History::of_issue(from, true);
        assert_eq!(lot.acquired.0 % Time::DAY_NS, 0);
    }
}

#[test]
fn a_period_counted_back_begins_on_the_day_that_walking_through_the_months_comes_to() {
    let g = &mut Gen::from_size_and_seed(20, first_seed());
    for _ in 0..cases(6_000) {
        let now = Time(below(g, 60_000) as u64 * Time::DAY_NS + below(g, 86_400) as u64);
        let months = one_of(g, &[0, 1, 2, 3, 6, 12, 13, 500, 65_535]);
        let period = Period { months, days: one_of(g, &[0, 1, 2, 30, 400, 65_535]) };
        assert_eq!(period.before(now), start(period, now), "{period:?} to {now:?}");
        assert!(start(period, now) == Time(0) || end(period, start(period, now)) <= now || period.days > 0);
    }
}

#[test]
fn a_window_begins_on_the_day_that_walking_through_the_calendar_comes_to() {
    let g = &mut Gen::from_size_and_seed(20, first_seed());
    for n in 0..cases(6_000) {
        let day = if n < 4_000 { n } else { below(g, 200_000) as u64 };
        let now = Time(day * Time::DAY_NS + one_of(g, &[0, 1, Time::DAY_NS - 1]));
        for window in Calendar::ALL.map(Window::Calendar) {
            assert_eq!(window.first_day(now), first_day(window, now), "{window:?} on day {day}");
        }
        let period = Period { months: one_of(g, &[0, 1, 3, 12]), days: one_of(g, &[0, 1, 7, 366]) };
        let window = Window::Rolling(period);
        assert_eq!(window.first_day(now), first_day(window, now), "{window:?} on day {day}");
    }
}
