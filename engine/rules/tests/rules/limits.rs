//! What is left to trade: of headroom that venues share, of windows, and of what was approved beforehand.

use super::boundaries::{Counted, DAY, between, code, facts, person, program};
use tallystick_rules::*;

/// A pair that asks for places: why not more, and up to how many, and what else.
fn at_cap(places: Places) -> (Option<ReasonCode>, Units, Option<Units>) {
    let p = program(vec![Rule::HolderCap(Holders::Beneficial, 100)]);
    let (a, b) = (person(1, "US"), person(2, "US"));
    let counted = Counted { places, ..Counted::default() };
    let verdict = pair(&p, &facts(Time(0), Some(&a), Some(&b)), &counted, false, Units(1_000));
    (code(verdict).map(|(code, _)| code), verdict.upto, verdict.whole)
}

#[test]
fn a_venue_fills_no_more_places_than_it_has_leased_but_for_those_that_are_handed_over() {
    let (headroom, cap) = (Some(ReasonCode::Headroom), Some(ReasonCode::HolderCap));
    let places = |taken, room| Places { taken, room, ..Places::default() };
    assert_eq!(at_cap(places(99, None)), (None, Units::MAX, None));
    assert_eq!(at_cap(places(99, Some(1))), (None, Units::MAX, None));
    assert_eq!(at_cap(places(99, Some(0))), (headroom, Units(0), None));
    assert_eq!(
        at_cap(places(100, Some(0))),
        (cap, Units(0), None),
        "where there is no place, room is not why"
    );
    let owner = Places { of_buyer: 1, ..places(99, Some(0)) };
    assert_eq!(at_cap(owner), (None, Units::MAX, None), "who owns already takes no place");
    let leaving = |taken| Places { of_seller: 1, ..places(taken, Some(0)) };
    assert_eq!(at_cap(leaving(99)), (headroom, Units(0), Some(Units(100))));
    assert_eq!(at_cap(leaving(100)), (cap, Units(0), Some(Units(100))));
    // A fund takes three from a tenth on, of which the seller hands over two.
    let needed = Needed { upto: Units(40), below: 1, above: 3 };
    let fund = |of_seller, room| Places { needed, of_seller, ..places(50, Some(room)) };
    assert_eq!(at_cap(fund(0, 3)), (None, Units::MAX, None));
    assert_eq!(at_cap(fund(0, 2)), (headroom, Units(40), None));
    assert_eq!(at_cap(fund(2, 1)), (headroom, Units(40), Some(Units(100))));
    assert_eq!(at_cap(fund(1, 1)), (headroom, Units(40), None));
    assert_eq!(at_cap(fund(2, 0)), (headroom, Units(0), None));
}

#[test]
fn a_venue_lets_no_more_be_owned_or_sold_than_it_has_leased() {
    let (a, b) = (person(1, "US"), person(2, "US"));
    let most = Most::Units(Units(150));
    let (owned, group) = (Rule::Owned(Scope::Owner, most), Rule::Owned(Scope::Group, most));
    let velocity = Rule::Velocity { window: Window::Calendar(Calendar::Day), most: Most::Units(Units(50)) };
    let volume = Rule::Sold { within: Period::days(1), bps: 500, or_weekly_volume: false };
    let told = |rule: &Rule, room| {
        let mut facts = facts(Time(0), Some(&a), Some(&b));
        for party in [&mut facts.buyer, &mut facts.seller].into_iter().flatten() {
            party.room = room;
        }
        let verdict = between(&program(vec![rule.clone()]), &facts);
        assert_eq!(entry(&program(vec![rule.clone()]), &facts), verdict, "at entry as at the match");
        (verdict.upto.0, code(verdict).unwrap().0)
    };
    let room = |units| Some(Units(units));
    let none = Rooms::default();
    type With = fn(Option<Units>) -> Rooms;
    let table: [(&Rule, ReasonCode, With); 4] = [
        (&owned, ReasonCode::Concentration, |owned| Rooms { owned, ..Rooms::default() }),
        (&group, ReasonCode::Concentration, |group_owned| Rooms { group_owned, ..Rooms::default() }),
        (&velocity, ReasonCode::Velocity, |sold| Rooms { sold, ..Rooms::default() }),
        (&volume, ReasonCode::Volume, |sold| Rooms { sold, ..Rooms::default() }),
    ];
    for (rule, code, with) in table {
        assert_eq!(told(rule, none), (50, code));
        assert_eq!(told(rule, with(room(50))), (50, code));
        assert_eq!(told(rule, with(room(49))), (49, ReasonCode::Headroom));
        assert_eq!(told(rule, with(room(0))), (0, ReasonCode::Headroom));
    }
    let elsewhere = Rooms { group_owned: room(0), sold: room(0), owned: None };
    assert_eq!(told(&owned, elsewhere), (50, ReasonCode::Concentration), "what is room for something else");
}

#[test]
fn a_venue_lets_no_more_come_to_belong_to_plans_than_it_has_leased() {
    let plan = Identity { plan_bps: 4_000, ..person(1, "US") };
    let (other, seller) = (person(3, "US"), person(2, "US"));
    let p = program(vec![Rule::BenefitPlans(2_500)]);
    let told = |buyer: &Identity, sets_aside: bool, room| {
        let plans = Plans { units_bps: 0, of: Units(1_000), room };
        let mut facts = facts(Time(0), Some(buyer), Some(&seller));
        let controls = Insider { issuer: false, affiliate_until: Time::NEVER, controlling: true };
        facts.buyer.as_mut().unwrap().insider = sets_aside.then_some(controls);
        let verdict = pair(&p, &facts, &Counted { plans, ..Counted::default() }, false, Units(1_000));
        (verdict.upto, code(verdict).map(|(code, _)| code))
    };
    // 250 units of a thousand are a quarter: of what belongs to plans by two fifths, 624.
    assert_eq!(told(&plan, false, None), (Units(624), Some(ReasonCode::BenefitPlans)));
    assert_eq!(told(&plan, false, Some(250)), (Units(624), Some(ReasonCode::BenefitPlans)));
    assert_eq!(told(&plan, false, Some(249)), (Units(622), Some(ReasonCode::Headroom)));
    assert_eq!(told(&plan, false, Some(2)), (Units(5), Some(ReasonCode::Headroom)));
    assert_eq!(told(&plan, false, Some(0)), (Units(0), Some(ReasonCode::Headroom)));
    assert_eq!(
        told(&other, false, Some(0)),
        (Units::MAX, None),
        "of whom nothing belongs to plans needs none"
    );
    assert_eq!(told(&other, true, Some(7)), (Units(7), Some(ReasonCode::Headroom)), "what is set aside does");
}

#[test]
fn what_was_approved_beforehand_may_be_traded_and_no_more() {
    let p = program(vec![Rule::Approved]);
    let (a, b) = (person(1, "US"), person(2, "US"));
    let facts = facts(Time(0), Some(&a), Some(&b));
    let told = |approved| {
        let verdict = pair(&p, &facts, &Counted { approved, ..Counted::default() }, false, Units(1_000));
        (verdict.upto, code(verdict))
    };
    let not_approved = Some((ReasonCode::NotApproved, 1));
    assert_eq!(told(Units(40)), (Units(40), not_approved));
    assert_eq!(told(Units(0)), (Units(0), not_approved));
    for (buyer, seller) in [(true, false), (false, true)] {
        let mut alone = facts;
        alone.buyer = alone.buyer.filter(|_| buyer);
        alone.seller = alone.seller.filter(|_| seller);
        assert_eq!(entry(&p, &alone), Verdict::ALLOW, "nobody knows yet between whom");
        assert_eq!(evaluate::each::of_entry(&p, &alone)[1], (RuleId(1), evaluate::each::Said::Waits));
    }
}

#[test]
fn several_rules_count_sales_each_within_its_own_window() {
    let rule = |window, units| Rule::Velocity { window, most: Most::Units(Units(units)) };
    let (week, year) = (Window::Calendar(Calendar::Week), Window::Calendar(Calendar::Year));
    let a_while = Period::days(40);
    let volume = Rule::Sold { within: a_while, bps: 600, or_weekly_volume: false };
    let p = program(vec![rule(week, 20), volume, rule(year, 100)]);
    // 2026-03-04, a Wednesday; the week began on day 20,514, the forty days on day 20,476, the year on day 20,454.
    let now = Time(20_516 * DAY + 5);
    assert_eq!(p.sold_since(now), Some(20_454));
    assert!(p.measures_sales() && !program(vec![Rule::Approved]).measures_sales());
    assert_eq!(program(vec![Rule::AtLeast(Units(1))]).sold_since(now), None);
    let (a, b) = (person(1, "US"), person(2, "US"));
    let (a, b) = (&a, &b);
    let told = |days: &[(u32, Units)], waiting| {
        let mut facts = facts(now, Some(a), Some(b));
        facts.seller.as_mut().unwrap().sold = Sales { days, waiting: Units(waiting) };
        let verdict = between(&p, &facts);
        (verdict.upto.0, code(verdict).unwrap())
    };
    let sold = |day, units| (day, Units(units));
    assert_eq!(told(&[], 0), (20, (ReasonCode::Velocity, 1)));
    assert_eq!(told(&[], 7), (13, (ReasonCode::Velocity, 1)));
    assert_eq!(told(&[sold(20_514, 5)], 7), (8, (ReasonCode::Velocity, 1)));
    assert_eq!(told(&[sold(20_513, 5)], 7), (13, (ReasonCode::Velocity, 1)));
    assert_eq!(told(&[sold(20_476, 50)], 0), (10, (ReasonCode::Volume, 2)));
    assert_eq!(told(&[sold(20_475, 50)], 0), (20, (ReasonCode::Velocity, 1)));
    assert_eq!(told(&[sold(20_454, 90)], 0), (10, (ReasonCode::Velocity, 3)));
    assert_eq!(told(&[sold(20_453, 90)], 0), (20, (ReasonCode::Velocity, 1)));
    assert_eq!(
        told(&[sold(20_453, 90), sold(20_454, 30), sold(20_514, 2)], 60),
        (0, (ReasonCode::Velocity, 1))
    );
}

#[test]
fn sales_that_are_too_many_to_be_counted_are_as_many_as_can_be() {
    let days = [(1, Units::MAX), (2, Units::MAX), (3, Units(4))];
    let sales = Sales { days: &days, waiting: Units(1) };
    assert_eq!([0, 2, 3, 4].map(|first| sales.since(first)), [Units::MAX, Units::MAX, Units(5), Units(1)]);
    assert_eq!(Sales::default().since(0), Units(0));
}

#[test]
fn what_a_program_limits_is_what_a_venue_can_lease() {
    let somebody = InvestorId(7);
    let counters = [
        Counter::Holders(Holders::Beneficial),
        Counter::Holders(Holders::Record),
        Counter::Plans,
        Counter::Owned(Scope::Owner, somebody),
        Counter::Owned(Scope::Group, somebody),
        Counter::Sold(somebody),
    ];
    let most = Most::Units(Units(1));
    let of = |rule: Rule| {
        let under = Rule::When(Condition::Market(MarketTest::Gated), Box::new(rule));
        counters.map(|counter| program(vec![under.clone()]).limits(counter))
    };
    let [no, yes] = [false, true];
    assert_eq!(of(Rule::HolderCap(Holders::Record, 1)), [no, yes, no, no, no, no]);
    assert_eq!(of(Rule::BenefitPlans(1)), [no, no, yes, no, no, no]);
    assert_eq!(of(Rule::Owned(Scope::Owner, most)), [no, no, no, yes, no, no]);
    assert_eq!(of(Rule::Owned(Scope::Group, most)), [no, no, no, no, yes, no]);
    let window = Window::Calendar(Calendar::Day);
    assert_eq!(of(Rule::Velocity { window, most }), [no, no, no, no, no, yes]);
    let sold = Rule::Sold { within: Period::days(1), bps: 1, or_weekly_volume: true };
    assert_eq!(of(sold), [no, no, no, no, no, yes]);
    assert_eq!(of(Rule::AtLeast(Units(1))), [no; 6]);
    assert_eq!(of(Rule::Approved), [no; 6]);
    assert!(program(vec![Rule::Approved]).asks_approval() && !Program::default().asks_approval());
}
