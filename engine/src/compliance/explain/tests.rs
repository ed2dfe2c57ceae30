use super::*;
use crate::approvals::Approval;
use crate::command::{Action, Network, VenueParams};
use crate::news::{Item, News};
use crate::testing::Venue;
use crate::types::{Money, SessionId, Ticks};
use tallystick_rules::{
    Calendar, Condition, Counter, Holders, Identity, Most, Period, PersonTest, ReasonCode, Rule, Scope,
    Standing, Topic, Until, Verdict, Window,
};

/// The buyers are to be accredited, lots held for thirty days, and there are at most two holders.
fn venue() -> Venue {
    let mut venue = Venue::bare(Venue::params());
    venue.people(3);
    let accredited = Rule::Require(Condition::buyer(PersonTest::Holds(Topic::Accredited)));
    let rules = vec![
        accredited,
        Rule::lock_up(Period::days(30)),
        Rule::HolderCap(Holders::Beneficial, 2),
        Rule::When(Condition::buyer(PersonTest::Issuer), Box::new(Venue::anyone())),
    ];
    venue.operate(Action::List(Venue::listing(1, rules)));
    venue.allocate_units(AccountId(1), SecurityId(1), Units(100));
    venue.allocate_units(AccountId(2), SecurityId(1), Units(100));
    venue.allocate_cash(AccountId(3), Money(1_000_000));
    venue.operate(Action::StartDay { date: 20_260_105 });
    venue.trade_continuously(SecurityId(1));
    venue
}

fn asked(account: u32, side: Side, limit: i64) -> Asked {
    let limit = Some(Price(limit * 1_000_000));
    let (security, quantity, released) = (SecurityId(1), Units(40), Units::ZERO);
    let at = Time(1_001 * Time::DAY_NS);
    Asked { at, security, account: AccountId(account), side, limit, quantity, released }
}

fn denied(code: ReasonCode, rule: u16) -> Said {
    Said::Allows(Verdict::deny(Reason { code, rule: RuleId(rule) }))
}

const ALLOWED: Said = Said::Allows(Verdict::ALLOW);

#[test]
fn each_rule_answers_at_entry_and_to_each_order_that_would_be_met() {
    let mut venue = venue();
    venue.limit(SessionId(1), AccountId(1), Side::Sell, Ticks(500), Units(40));
    venue.limit(SessionId(2), AccountId(2), Side::Sell, Ticks(501), Units(100));
    venue.limit(SessionId(2), AccountId(2), Side::Sell, Ticks(510), Units(1));

    let told = venue.engine.explain(&asked(3, Side::Buy, 501)).expect("there is such a security");
    let waits = Said::Waits;
    let entry = [ALLOWED, ALLOWED, waits, waits, Said::DoesNotApply];
    assert_eq!(told.entry, (0..5).map(RuleId).zip(entry).collect::<Vec<_>>());
    assert!(told.lots.is_empty() && !told.stale && !told.changing && !told.more);

    // The first one's hundred units are not all on the book, so it does not leave: its place is not to be had.
    let met: Vec<_> = told.met.iter().map(|met| (met.who.account.0, met.price.0, met.upto.0)).collect();
    assert_eq!(met, [(1, 500_000_000, 0), (2, 501_000_000, 0)]);
    let sellable =
        Said::Allows(Verdict::at_most(Units(100), Reason { code: ReasonCode::LockUp, rule: RuleId(2) }));
    let Said::Allows(cap) = told.met[0].rules[3].1 else { panic!("the cap answers") };
    assert_eq!(cap.reason, Some(Reason { code: ReasonCode::HolderCap, rule: RuleId(3) }));
    assert_eq!((cap.upto, cap.whole), (Units::ZERO, Some(Units(100))));
    let others: Vec<_> = told.met[0].rules.iter().filter(|(id, _)| id.0 != 3).copied().collect();
    let of = |id: u16, said| (RuleId(id), said);
    assert_eq!(others, [of(0, ALLOWED), of(1, ALLOWED), of(2, sellable), of(4, Said::DoesNotApply)]);
}

#[test]
fn a_refusal_and_a_lot_that_is_locked_up_are_explained_by_the_rules_that_forbid_them() {
    let mut venue = venue();
    let lapsed = Identity { until: Until::default(), ..Venue::identity(3) };
    let suspended = Identity { standing: Standing::Suspended, ..Venue::identity(2) };
    venue.adopt(vec![Venue::identity(1), suspended, lapsed]);

    let told = venue.engine.explain(&asked(3, Side::Buy, 501)).expect("there is such a security");
    assert_eq!(told.entry[1], (RuleId(1), denied(ReasonCode::NotAccredited, 1)));
    let told = venue.engine.explain(&asked(2, Side::Sell, 501)).expect("there is such a security");
    assert_eq!(told.entry[0], (RuleId::STANDING, denied(ReasonCode::IdentitySuspended, 0)));
    assert_eq!(told.lots.iter().map(|(_, way)| *way).collect::<Vec<_>>(), [Ok(Path::Plain)]);

    let (now, security) = (venue.now, SecurityId(1));
    let (account, units) = (AccountId(1), Units(7));
    venue.operate(Action::AllocateUnits { account, security, units, acquired: now, restricted: false });
    let told = venue.engine.explain(&asked(1, Side::Sell, 501)).expect("there is such a security");
    let locked = Reason { code: ReasonCode::LockUp, rule: RuleId(2) };
    let lots: Vec<_> = told.lots.iter().map(|(lot, way)| (lot.units.0, *way)).collect();
    assert_eq!(lots, [(100, Ok(Path::Plain)), (7, Err(locked))]);
}

#[test]
fn what_the_venue_has_no_headroom_for_is_explained_by_that() {
    let network = Some(Network { chain: [7; 32], horizon: 8 });
    let mut venue = Venue::bare(VenueParams { network, ..Venue::params() });
    venue.people(3);
    let most = Most::Units(Units(100));
    let rules = vec![
        Venue::anyone(),
        Rule::Owned(Scope::Owner, most),
        Rule::Velocity { window: Window::Calendar(Calendar::Week), most },
    ];
    let listing = Venue::listing(1, rules);
    let (security, protocols, disclosure) = (SecurityId(1), listing.protocols.clone(), listing.disclosure);
    venue.operate(Action::List(listing));
    let room = Counter::Owned(Scope::Owner, InvestorId(3));
    let items = vec![
        Item::Headroom { security, counter: room, amount: 30 },
        Item::Security { security, epoch: 1, protocols, disclosure, issued: Units(100), shared: true },
    ];
    let (height, as_of, complete) = (2, venue.now, true);
    venue.operate(Action::Follow(News { height, as_of, complete, items }));

    let headroom = |upto, rule| {
        let reason = Reason { code: ReasonCode::Headroom, rule: RuleId(rule) };
        (RuleId(rule), Said::Allows(Verdict::at_most(Units(upto), reason)))
    };
    let before = [(RuleId(0), ALLOWED), (RuleId(1), Said::Waits)];
    let of_side = |side, account| {
        venue.engine.explain(&asked(account, side, 501)).expect("there is such a security").entry
    };
    assert_eq!(of_side(Side::Buy, 3)[..3], [&before[..], &[headroom(30, 2)]].concat());
    assert_eq!(of_side(Side::Buy, 1)[2], headroom(0, 2));
    assert_eq!(of_side(Side::Sell, 3)[3], headroom(0, 3));
}

#[test]
fn what_was_approved_is_told_of_each_pair_as_of_the_moment_that_is_asked_about() {
    let mut venue = Venue::bare(Venue::params());
    venue.people(3);
    venue.operate(Action::List(Venue::listing(1, vec![Venue::anyone(), Rule::Approved])));
    for seller in [1, 2] {
        venue.allocate_units(AccountId(seller), SecurityId(1), Units(100));
    }
    venue.allocate_cash(AccountId(3), Money(1_000_000));
    venue.operate(Action::StartDay { date: 20_260_105 });
    venue.trade_continuously(SecurityId(1));
    let at = asked(3, Side::Buy, 501).at;
    let until = Time(at.0 + 1);
    let (security, seller, buyer) = (SecurityId(1), InvestorId(1), InvestorId(3));
    venue.operate(Action::Approve(Approval { security, seller, buyer, units: Units(20), until }));
    venue.limit(SessionId(1), AccountId(1), Side::Sell, Ticks(500), Units(40));
    venue.limit(SessionId(2), AccountId(2), Side::Sell, Ticks(501), Units(10));

    let of = |seller, units, until, waiting, left| {
        let [units, waiting, left] = [units, waiting, left].map(Units);
        Approved { seller: InvestorId(seller), buyer, units, until, waiting, left }
    };
    let told = venue.engine.explain(&asked(3, Side::Buy, 501)).expect("there is such a security");
    assert_eq!((told.by_network, &told.approved[..]), (false, &[of(1, 20, until, 0, 20)][..]));
    let met: Vec<_> = told.met.iter().map(|met| (met.leaves.0, met.upto.0, met.approved)).collect();
    let nothing = of(2, 0, Time::NEVER, 0, 0);
    assert_eq!(met, [(40, 20, Some(of(1, 20, until, 0, 20))), (10, 0, Some(nothing))]);

    // What waits is used; and at its end nothing is left of it.
    venue.limit(SessionId(3), AccountId(3), Side::Buy, Ticks(500), Units(15));
    let told = venue.engine.explain(&asked(3, Side::Buy, 501)).expect("there is such a security");
    assert_eq!(told.approved, [of(1, 20, until, 15, 5)]);
    let ended = Asked { at: until, ..asked(3, Side::Buy, 501) };
    let told = venue.engine.explain(&ended).expect("there is such a security");
    assert_eq!(told.approved, [of(1, 20, until, 15, 0)]);
    assert_eq!(told.met[0].approved, Some(of(1, 20, until, 15, 0)));

    // The seller is told of those that it may sell to.
    let told = venue.engine.explain(&asked(1, Side::Sell, 500)).expect("there is such a security");
    assert_eq!(told.approved, [of(1, 20, until, 15, 5)]);
}

#[test]
fn what_is_not_there_is_not_explained() {
    let venue = venue();
    assert!(venue.engine.explain(&asked(9, Side::Buy, 500)).is_none());
    let elsewhere = Asked { security: SecurityId(2), ..asked(1, Side::Buy, 500) };
    assert!(venue.engine.explain(&elsewhere).is_none());
}
