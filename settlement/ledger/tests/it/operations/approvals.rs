//! What issuers approve two to trade with each other, how it adds up, and when it ends.

use super::*;
use tallystick_ledger::keys::PublicKey;

const ISSUER: [&str; 1] = ["issuer"];
const PAIR: Pair = Pair {
    security: SecurityId(1),
    venue: *b"XTAL\0\0\0\0\0\0\0\0\0\0\0\0",
    seller: InvestorId(1),
    buyer: InvestorId(2),
};
const HOUR: u64 = 3_600 * SECOND;

fn market() -> Market {
    Market::with_rules(vec![Rule::Approved])
}

/// Ann may sell Bob so many units more, until so long after the chain's last block.
fn approve(market: &Market, units: u64, ahead: u64) -> Approve {
    let Pair { security, venue, seller, buyer } = PAIR;
    let until = Time(market.world.head.time.0 + ahead);
    Approve { security, venue, seller, buyer, units: Units(units), until }
}

fn left(world: &World) -> Option<(u64, Time)> {
    match world.state.get(&Key::Approval(PAIR)) {
        Some(Record::Approval(it)) => {
            assert_eq!(it.pair, PAIR);
            Some((it.units.0, it.until))
        }
        None => None,
        record => panic!("no approval but {record:?}"),
    }
}

fn open(world: &World) -> u32 {
    match world.state.get(&Key::Approvals(PAIR.security, PAIR.venue)) {
        Some(Record::Approvals(it)) => it.open,
        None => 0,
        record => panic!("no count but {record:?}"),
    }
}

#[test]
fn approvals_of_the_same_two_add_up_and_end_together() {
    let mut market = market();
    let first = approve(&market, 30, HOUR);
    market.world.done(Operation::Approve(first), &ISSUER);
    assert_eq!((left(&market.world), open(&market.world)), (Some((30, first.until)), 1));
    let second = Approve { units: Units(12), until: Time(first.until.0 + 30 * Time::DAY_NS), ..first };
    market.world.done(Operation::Approve(second), &ISSUER);
    assert_eq!((left(&market.world), open(&market.world)), (Some((42, second.until)), 1));
    audited(&market.world);

    let earlier = Approve { until: Time(second.until.0 - 1), ..first };
    let refused = market.world.refused(Operation::Approve(earlier), &ISSUER);
    let Refusal::OutOfRange { what, range } = refused else { panic!("{refused}") };
    assert_eq!(what, "the end of the approval");
    assert!(range.starts_with("not before that of what is approved already, 2025-"), "{range}");
    let all = Approve { units: Units(u64::MAX - 42), ..second };
    let too_many = Approve { units: Units(u64::MAX - 41), ..second };
    let refused = market.world.refused(Operation::Approve(too_many), &ISSUER);
    assert_eq!(refused, overflow("what is approved of these two"));
    market.world.done(Operation::Approve(all), &ISSUER);
    assert_eq!(left(&market.world), Some((u64::MAX, second.until)));
    audited(&market.world);
}

#[test]
fn the_issuer_approves_and_who_has_a_right_of_first_refusal_waives_it() {
    let mut market = market();
    let asked = Operation::Approve(approve(&market, 1, HOUR));
    let issuer = || missing("the security's issuer");
    assert_eq!(market.world.refused(asked.clone(), &["registrar"]), issuer());
    market.world.done(asked, &ISSUER);

    let holder = Some(key("holder").public());
    let terms = SecurityTerms { first_refusal: holder, ..terms("LEAD", vec![Rule::Approved]) };
    let unusable = (0..=255).map(|byte| PublicKey([byte; 32])).find(|key| !key.is_usable());
    let no_key = SecurityTerms { first_refusal: unusable, ..terms.clone() };
    let issue = |terms| Operation::Issue { terms, opening: vec![] };
    let refused = market.world.refused(issue(no_key), &BOTH);
    assert_eq!(refused, out_of_range("the key of who has a right of first refusal", "an ed25519 public key"));
    assert_eq!(market.world.done(issue(terms), &BOTH), Done::Security(SecurityId(2)));
    let asked = Operation::Approve(Approve { security: SecurityId(2), ..approve(&market, 1, HOUR) });
    let waiver = missing("the holder of the right of first refusal");
    assert_eq!(market.world.refused(asked.clone(), &ISSUER), waiver);
    assert_eq!(market.world.refused(asked.clone(), &["holder"]), issuer());
    market.world.done(asked, &["holder", "issuer"]);
    audited(&market.world);
}

#[test]
fn an_approval_is_of_two_that_are_known_of_something_and_ends_within_a_year() {
    let mut market = market();
    let at = |market: &mut Market, change: fn(&mut Approve)| {
        let mut asked = approve(market, 1, HOUR);
        change(&mut asked);
        market.world.refused(Operation::Approve(asked), &ISSUER)
    };
    assert_eq!(at(&mut market, |it| it.security = SecurityId(2)), unknown("security 2"));
    assert_eq!(at(&mut market, |it| it.venue[0] = b'Y'), unknown("venue \"YTAL\""));
    assert_eq!(at(&mut market, |it| it.seller = InvestorId(9)), unknown("person 9"));
    assert_eq!(at(&mut market, |it| it.buyer = InvestorId(9)), unknown("person 9"));
    let itself = out_of_range("the buyer", "another person than the seller");
    assert_eq!(at(&mut market, |it| it.buyer = it.seller), itself);
    assert_eq!(at(&mut market, |it| it.units = Units::ZERO), out_of_range("the units", "at least 1"));
    // It is carried out a second after it was asked for, on a day of which the year after has one too.
    for (ahead, is_good) in [(SECOND, false), (SECOND + 1, true)] {
        let asked = Operation::Approve(approve(&market, 1, ahead));
        let mut market = market.clone();
        assert_eq!(matches!(market.world.ask(asked, &ISSUER), Outcome::Done(_)), is_good, "{ahead}");
    }
    let year = 365 * Time::DAY_NS + SECOND;
    for (ahead, is_good) in [(year, true), (year + 1, false)] {
        let asked = Operation::Approve(approve(&market, 1, ahead));
        let mut market = market.clone();
        assert_eq!(matches!(market.world.ask(asked, &ISSUER), Outcome::Done(_)), is_good, "{ahead}");
    }
    assert_eq!(left(&market.world), None);
}

#[test]
fn nothing_is_approved_where_no_rule_asks_for_it() {
    let mut market = Market::with_rules(vec![Rule::lock_up(Period::days(30))]);
    let asked = |market: &Market| Operation::Approve(approve(market, 1, HOUR));
    let operation = asked(&market);
    let no_rule = unknown("rule of security 1 that asks for approvals");
    assert_eq!(market.world.refused(operation, &ISSUER), no_rule);
    // As soon as one is to come, it is.
    let condition = Condition::seller(PersonTest::Issuer);
    let protocols = Protocol::own(vec![Rule::When(condition, Box::new(Rule::Approved))]);
    market.world.done(Operation::Amend { security: market.security, protocols }, &BOTH);
    let operation = asked(&market);
    market.world.done(operation, &ISSUER);
    let protocols = Protocol::own(rules());
    market.world.done(Operation::Amend { security: market.security, protocols }, &BOTH);
    market.world.pass(HORIZON - 2);
    let operation = asked(&market);
    market.world.done(operation, &ISSUER);
    let operation = asked(&market);
    assert_eq!(market.world.refused(operation, &ISSUER), no_rule);
}

#[test]
fn what_has_ended_is_kept_while_trades_may_rely_on_it_and_says_nothing_after() {
    let mut market = market();
    let first = approve(&market, 30, 5 * SECOND);
    market.world.done(Operation::Approve(first), &ISSUER);
    market.world.pass(3);
    let mut again = Approve { units: Units(4), until: Time(first.until.0 + HOUR), ..first };
    // Its last nanosecond has passed: this block's time is its end.
    let refused = market.world.refused(Operation::Approve(again), &ISSUER);
    let Refusal::OutOfRange { what, range } = refused else { panic!("{refused}") };
    assert_eq!(what, "a new approval of these two");
    let begins = format!("handed in more than {HORIZON} heights after the last one's end, 2025-");
    assert!(range.starts_with(&begins), "{range}");
    // As long as a height before its end may be pinned.
    market.world.pass(HORIZON - 2);
    assert!(matches!(market.world.ask(Operation::Approve(again), &ISSUER), Outcome::Refused(_)));
    assert_eq!(left(&market.world), Some((30, first.until)));
    again.units = Units(5);
    market.world.done(Operation::Approve(again), &ISSUER);
    assert_eq!((left(&market.world), open(&market.world)), (Some((5, again.until)), 1));
    audited(&market.world);
}

#[test]
fn an_approval_is_gone_when_its_day_can_be_pinned_no_more() {
    let mut market = market();
    // The chain begins at noon.
    let asked = approve(&market, 30, HOUR);
    market.world.done(Operation::Approve(asked), &ISSUER);
    let longer = Approve { buyer: InvestorId(4), until: Time(asked.until.0 + Time::DAY_NS), ..asked };
    market.world.done(Operation::Approve(longer), &ISSUER);
    let midnight = Time((asked.until.day() + 1) * Time::DAY_NS);
    market.world.run_at(Time(midnight.0 - 1), Vec::new());
    market.world.pass(HORIZON);
    assert_eq!((left(&market.world), open(&market.world)), (Some((30, asked.until)), 2));
    market.world.pass(1);
    assert_eq!((left(&market.world), open(&market.world)), (None, 1));
    audited(&market.world);
    // Days without a block are no days without an end.
    market.world.run_at(Time(midnight.0 + 40 * Time::DAY_NS), Vec::new());
    market.world.pass(HORIZON + 1);
    assert_eq!(open(&market.world), 0);
    audited(&market.world);
}

#[test]
fn one_that_was_lengthened_ends_at_the_later_day_only() {
    let mut market = market();
    let first = approve(&market, 30, HOUR);
    market.world.done(Operation::Approve(first), &ISSUER);
    let longer = Approve { until: Time(first.until.0 + 3 * Time::DAY_NS), ..first };
    market.world.done(Operation::Approve(longer), &ISSUER);
    market.world.run_at(Time(first.until.0 + Time::DAY_NS), Vec::new());
    market.world.pass(HORIZON + 1);
    assert_eq!(left(&market.world), Some((60, longer.until)));
    audited(&market.world);
}

#[test]
fn a_security_has_so_many_approvals_at_a_venue_and_not_one_more() {
    let mut market = market();
    market.world.done(Operation::Approve(approve(&market, 30, HOUR)), &ISSUER);
    let key = Key::Approvals(PAIR.security, PAIR.venue);
    let almost = ApprovalsRecord { open: ApprovalRecord::MOST - 1 };
    market.world.state.0.insert(key, Record::Approvals(almost));
    let other = Approve { buyer: InvestorId(4), ..approve(&market, 1, HOUR) };
    market.world.done(Operation::Approve(other), &ISSUER);
    let third = Approve { buyer: InvestorId(3), ..other };
    let most = out_of_range("the number of approvals", "at most 16384 of a security at a venue");
    assert_eq!(market.world.refused(Operation::Approve(third), &ISSUER), most);
    // More of what is there, and at another venue.
    market.world.done(Operation::Approve(other), &ISSUER);
    market.world.done(Operation::Approve(Approve { venue: venue(OTHER_VENUE), ..third }), &ISSUER);
}

#[test]
fn more_approvals_may_end_on_a_day_than_a_page_has() {
    let mut market = market();
    let persons: Vec<InvestorId> =
        (0..LapsesRecord::MOST + 2).map(|n| market.world.person(&format!("person {n}"), "US")).collect();
    let until = Time(market.world.head.time.0 + 10 * HOUR);
    for buyer in persons {
        let asked = Approve { buyer, until, ..approve(&market, 1, HOUR) };
        market.world.done(Operation::Approve(asked), &ISSUER);
    }
    assert_eq!(open(&market.world), LapsesRecord::MOST as u32 + 2);
    audited(&market.world);
    market.world.run_at(Time(until.0 + Time::DAY_NS), Vec::new());
    market.world.pass(HORIZON + 1);
    assert_eq!(open(&market.world), 0);
    audited(&market.world);
}
