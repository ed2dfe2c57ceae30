//! What a program may be, and what is decoded from bytes that anybody may have sent.

use super::any::{AnyFacts, AnyProtocols};
use borsh::BorshDeserialize;
use quickcheck::quickcheck;
use tallystick_rules::*;

fn refused(rule: Rule) -> Option<ProgramError> {
    Program::new(Protocol::own(vec![rule])).err()
}

fn required(must: Condition) -> Option<ProgramError> {
    refused(Rule::Require(must))
}

fn gated() -> Condition {
    Condition::Market(MarketTest::Gated)
}

fn deep(depth: usize) -> Condition {
    (1..depth).fold(gated(), |of, _| Condition::not(of))
}

fn places(count: usize) -> Vec<Place> {
    let code = |i: usize| {
        format!(
            "US-{}{}{}",
            (b'A' + (i / 676) as u8) as char,
            (b'A' + (i / 26 % 26) as u8) as char,
            (b'A' + (i % 26) as u8) as char
        )
    };
    (0..count).map(|i| Place::new(&code(i)).unwrap()).collect()
}

fn countries(count: usize) -> Vec<Jurisdiction> {
    let code = |i: usize| format!("{}{}", (b'A' + (i / 26) as u8) as char, (b'A' + (i % 26) as u8) as char);
    (0..count).map(|i| Jurisdiction::new(&code(i)).unwrap()).collect()
}

fn way(when: Condition) -> Way {
    Way { path: Path::Plain, when }
}

#[test]
fn a_program_has_so_many_rules_and_protocols_and_no_more() {
    let rule = || Rule::AtLeast(Units(1));
    let of = |count| Program::new(Protocol::own(vec![rule(); count]));
    assert!(of(Program::MAX_RULES).is_ok());
    assert_eq!(of(Program::MAX_RULES + 1), Err(ProgramError::TooManyRules(129)));
    let empty = |count| Program::new((0..count).flat_map(|_| Protocol::own(vec![])).collect());
    assert!(empty(Program::MAX_PROTOCOLS).is_ok());
    assert_eq!(empty(Program::MAX_PROTOCOLS + 1), Err(ProgramError::TooManyProtocols(65)));
}

#[test]
fn rules_have_so_many_parts_together_and_no_more() {
    // 63 and the whole of it are 64 parts.
    let big = || Condition::All(vec![gated(); Program::MAX_PARTS - 1]);
    let of = |more: Vec<Rule>| {
        Program::new(Protocol::own((0..63).map(|_| Rule::Require(big())).chain(more).collect()))
    };
    assert!(of(vec![Rule::Require(big())]).is_ok());
    assert_eq!(
        of(vec![Rule::Require(big()), Rule::Require(gated())]),
        Err(ProgramError::TooManySteps(4_097))
    );
    let way_and_more =
        vec![Rule::Ways(vec![way(big())]), Rule::When(gated(), Box::new(Rule::AtLeast(Units(1))))];
    assert_eq!(of(way_and_more), Err(ProgramError::TooManySteps(4_097)));
}

#[test]
fn a_rule_has_so_many_ways_and_at_least_one() {
    let of = |count| refused(Rule::Ways(vec![way(gated()); count]));
    assert_eq!(of(0), Some(ProgramError::Ways { rule: 1, ways: 0 }));
    assert_eq!(of(Program::MAX_WAYS), None);
    assert_eq!(of(Program::MAX_WAYS + 1), Some(ProgramError::Ways { rule: 1, ways: 17 }));
}

#[test]
fn a_condition_has_so_many_parts_and_nests_so_deep() {
    assert_eq!(required(Condition::All(vec![gated(); Program::MAX_PARTS - 1])), None);
    let wide = Condition::Any(vec![gated(); Program::MAX_PARTS]);
    assert_eq!(required(wide), Some(ProgramError::TooManyParts { rule: 1, parts: 65 }));
    assert_eq!(required(deep(Program::MAX_DEPTH)), None);
    let too_deep = Some(ProgramError::TooDeep { rule: 1, depth: 9 });
    assert_eq!(required(deep(Program::MAX_DEPTH + 1)), too_deep);
    assert_eq!(refused(Rule::Ways(vec![way(deep(9))])), too_deep);
    assert_eq!(refused(Rule::When(deep(9), Box::new(Rule::AtLeast(Units(1))))), too_deep);
}

#[test]
fn a_list_has_so_many_places_each_well_written() {
    let reside = |places| required(Condition::buyer(PersonTest::ResidentOf(places)));
    assert_eq!(reside(places(Program::MAX_PLACES)), None);
    assert_eq!(reside(places(Program::MAX_PLACES + 1)), Some(ProgramError::TooManyPlaces { rule: 1 }));
    let markets = |countries| required(Condition::Market(MarketTest::In(countries)));
    assert_eq!(markets(countries(Program::MAX_PLACES)), None);
    assert_eq!(markets(countries(Program::MAX_PLACES + 1)), Some(ProgramError::TooManyPlaces { rule: 1 }));
    // What bytes may say and no text.
    for wrong in [[b'U', b's', 0, 0, 0], [b'U', b'S', b'n', b'y', 0], [b'U', b'S', 0, b'Y', 0], [0; 5]] {
        let place = Place::try_from_slice(&wrong).unwrap();
        assert_eq!(reside(vec![place]), Some(ProgramError::Place { rule: 1 }), "{wrong:?}");
    }
    let country = Jurisdiction::try_from_slice(b"u!").unwrap();
    assert_eq!(markets(vec![country]), Some(ProgramError::Place { rule: 1 }));
}

#[test]
fn numbers_are_in_their_ranges() {
    let sold = |within, bps| Rule::Sold { within, bps, or_weekly_volume: false };
    let quarter = Period::months(3);
    let velocity = |window, most| Rule::Velocity { window, most };
    let (day, some) = (Window::Calendar(Calendar::Day), Most::Units(Units(1)));
    let good = [
        Rule::HolderCap(Holders::Record, 1),
        Rule::Owned(Scope::Owner, Most::Units(Units(1))),
        Rule::Owned(Scope::Group, Most::Bps(1)),
        Rule::Owned(Scope::Group, Most::Bps(10_000)),
        Rule::Denomination(Units(1)),
        Rule::Denomination(Units(Program::MAX_DENOMINATION)),
        Rule::BenefitPlans(1),
        Rule::BenefitPlans(10_000),
        sold(Period::days(1), 0),
        sold(Program::MAX_WINDOW, 10_000),
        velocity(day, some),
        velocity(Window::Calendar(Calendar::Year), Most::Bps(1)),
        velocity(Window::Rolling(Period::days(1)), Most::Bps(10_000)),
        velocity(Window::Rolling(Program::MAX_WINDOW), Most::Units(Units::MAX)),
        Rule::Approved,
        Rule::AtLeast(Units::MAX),
    ];
    for rule in good {
        assert_eq!(refused(rule.clone()), None, "{rule:?}");
    }
    let bad = [
        Rule::HolderCap(Holders::Record, 0),
        Rule::Owned(Scope::Owner, Most::Units(Units(0))),
        Rule::Owned(Scope::Owner, Most::Bps(0)),
        Rule::Owned(Scope::Owner, Most::Bps(10_001)),
        Rule::Denomination(Units(0)),
        Rule::Denomination(Units(Program::MAX_DENOMINATION + 1)),
        Rule::BenefitPlans(0),
        Rule::BenefitPlans(10_001),
        sold(Period::default(), 100),
        sold(Period { months: 13, days: 0 }, 100),
        sold(Period { months: 0, days: 367 }, 100),
        sold(quarter, 10_001),
        velocity(day, Most::Units(Units(0))),
        velocity(day, Most::Bps(0)),
        velocity(day, Most::Bps(10_001)),
        velocity(Window::Rolling(Period::default()), some),
        velocity(Window::Rolling(Period { months: 13, days: 0 }), some),
        velocity(Window::Rolling(Period { months: 0, days: 367 }), some),
    ];
    for rule in bad {
        assert!(matches!(refused(rule.clone()), Some(ProgramError::Range { rule: 1, .. })), "{rule:?}");
    }
}

#[test]
fn a_rule_is_put_under_four_conditions_at_most() {
    let under =
        |times| (0..times).fold(Rule::AtLeast(Units(1)), |rule, _| Rule::When(gated(), Box::new(rule)));
    assert_eq!(refused(under(4)), None);
    assert!(matches!(refused(under(5)), Some(ProgramError::Range { rule: 1, .. })));
    let bytes = |times| borsh::to_vec(&under(times)).unwrap();
    assert_eq!(Rule::try_from_slice(&bytes(4)).unwrap(), under(4));
    assert!(Rule::try_from_slice(&bytes(5)).is_err());
}

#[test]
fn only_a_way_asks_about_a_lot() {
    let of_lot = || Condition::not(Condition::Lot(LotTest::Paid));
    assert_eq!(required(of_lot()), Some(ProgramError::LotOutsideWay { rule: 1 }));
    let when = Rule::When(of_lot(), Box::new(Rule::AtLeast(Units(1))));
    assert_eq!(refused(when), Some(ProgramError::LotOutsideWay { rule: 1 }));
    assert_eq!(refused(Rule::Ways(vec![way(of_lot())])), None);
}

#[test]
fn sales_are_counted_within_as_many_windows_as_there_are_rules() {
    let sold = |days| Rule::Sold { within: Period::days(days), bps: 100, or_weekly_volume: false };
    let under = |rule| Rule::When(gated(), Box::new(rule));
    let velocity = Rule::Velocity { window: Window::Rolling(Period::days(366)), most: Most::Bps(100) };
    let program = Program::new(Protocol::own(vec![sold(90), velocity, under(sold(91))])).unwrap();
    assert_eq!(program.sold_since(Time(1_000 * Time::DAY_NS)), Some(634));
}

#[test]
fn names_are_plain_and_citations_are_on_one_line() {
    let named = |name: &str, cites: &str| {
        Program::new(vec![Protocol { name: name.into(), cites: cites.into(), rules: vec![] }]).err()
    };
    assert_eq!(named(&"n".repeat(Protocol::LONGEST_NAME), &"c".repeat(Protocol::LONGEST_CITATION)), None);
    assert_eq!(named("us.rule144@2026.1", "8 Del. C. § 219(c)"), None);
    let long = "n".repeat(Protocol::LONGEST_NAME + 1);
    for name in ["", "two words", "größe", "line\n", long.as_str()] {
        assert_eq!(named(name, ""), Some(ProgramError::Name), "{name:?}");
    }
    let long = "c".repeat(Protocol::LONGEST_CITATION + 1);
    for cites in ["two\nlines", "\u{1b}[31m", long.as_str()] {
        assert_eq!(named("a@1", cites), Some(ProgramError::Name), "{cites:?}");
    }
}

#[test]
fn a_rule_is_found_under_its_number_and_with_its_protocol() {
    let of = |name: &str, rules| Protocol { name: name.into(), cites: String::new(), rules };
    let (a, b) = (Rule::AtLeast(Units(1)), Rule::AtLeast(Units(2)));
    let program = Program::new(vec![
        of("none@1", vec![]),
        of("one@1", vec![a.clone()]),
        of("two@1", vec![b.clone(), a]),
    ])
    .unwrap();
    let name = |id| program.protocol_of(RuleId(id)).map(|protocol| protocol.name.as_str());
    assert_eq!([0, 1, 2, 3, 4].map(name), [None, Some("one@1"), Some("two@1"), Some("two@1"), None]);
    assert_eq!(program.rules().nth(1), Some((RuleId(2), &b)));
}

#[test]
fn a_condition_that_nests_too_deep_is_no_condition_however_it_comes() {
    for depth in 1..=Program::MAX_DEPTH {
        let bytes = borsh::to_vec(&deep(depth)).unwrap();
        assert_eq!(Condition::try_from_slice(&bytes).unwrap(), deep(depth));
    }
    assert!(Condition::try_from_slice(&borsh::to_vec(&deep(Program::MAX_DEPTH + 1)).unwrap()).is_err());
    assert!(Condition::try_from_slice(&vec![3; 10_000_000]).is_err(), "nor does it use up the stack");
    assert!(Rule::try_from_slice(&vec![9; 10_000_000]).is_err());
    let many = Condition::All(vec![gated(); Program::MAX_PARTS + 1]);
    assert!(Condition::try_from_slice(&borsh::to_vec(&many).unwrap()).is_err());
}

#[test]
fn a_list_that_is_longer_than_it_may_be_is_not_read() {
    // The kind of the list, and how long it says it is: nothing of it follows, and none is asked for.
    let of = |kind: &[u8], count: u32| [kind, &count.to_le_bytes()].concat();
    let told = |result: borsh::io::Result<Rule>| result.unwrap_err().to_string();
    let ways = told(Rule::try_from_slice(&of(&[2], 17)));
    assert!(ways.contains("17 ways"), "{ways}");
    let places = told(Rule::try_from_slice(&of(&[1, 4, 1, 2], 513)));
    assert!(places.contains("513 places"), "{places}");
    let countries = told(Rule::try_from_slice(&of(&[1, 7, 1], u32::MAX)));
    assert!(countries.contains("countries"), "{countries}");
    let name = Protocol::try_from_slice(&of(&[], 65)).unwrap_err().to_string();
    assert!(name.contains("65 bytes"), "{name}");
    let protocols = Program::try_from_slice(&of(&[], 65)).unwrap_err().to_string();
    assert!(protocols.contains("65 protocols"), "{protocols}");
}

#[test]
fn numbers_of_kinds_that_are_not_there_are_refused() {
    for bytes in
        [vec![0], vec![12], vec![1, 0], vec![1, 8], vec![1, 4, 3, 1], vec![1, 4, 1, 6], vec![1, 7, 4]]
    {
        assert!(Rule::try_from_slice(&bytes).is_err(), "{bytes:?}");
    }
    // A window: a period or one of the calendar, and the most.
    let most = [2, 1, 0];
    let of = |window: &[u8]| Rule::try_from_slice(&[&[10], window, &most].concat());
    assert!(of(&[1, 0, 0, 1, 0]).is_ok() && of(&[2, 1]).is_ok() && of(&[2, 5]).is_ok());
    assert!(of(&[0, 1]).is_err() && of(&[3, 1]).is_err() && of(&[2, 0]).is_err() && of(&[2, 6]).is_err());
    assert_eq!(Rule::try_from_slice(&[11]).unwrap(), Rule::Approved);
}

#[test]
fn counters_are_written_by_their_numbers() {
    let table: [(Counter, &[u8]); 5] = [
        (Counter::Holders(Holders::LookThrough), &[1, 4]),
        (Counter::Plans, &[2]),
        (Counter::Owned(Scope::Owner, InvestorId(7)), &[3, 1, 7, 0, 0, 0]),
        (Counter::Owned(Scope::Group, InvestorId(7)), &[3, 2, 7, 0, 0, 0]),
        (Counter::Sold(InvestorId(256)), &[4, 0, 1, 0, 0]),
    ];
    for (counter, bytes) in table {
        assert_eq!(borsh::to_vec(&counter).unwrap(), bytes);
        assert_eq!(Counter::try_from_slice(bytes).unwrap(), counter);
    }
    assert!(Counter::try_from_slice(&[5]).is_err() && Counter::try_from_slice(&[0]).is_err());
}

quickcheck! {
    fn a_program_is_what_its_bytes_say(any: AnyProtocols) -> bool {
        let Ok(program) = Program::new(any.0) else { return false };
        let bytes = borsh::to_vec(&program).unwrap();
        let read = Program::try_from_slice(&bytes).unwrap();
        // What was put in order once stays as it is.
        read == program && borsh::to_vec(&read).unwrap() == bytes
    }

    fn bytes_that_are_cut_or_changed_never_do_harm(any: AnyProtocols, facts: AnyFacts, at: usize, to: u8) -> bool {
        let mut bytes = borsh::to_vec(&any.0).unwrap();
        let at = at % bytes.len();
        bytes[at] = to;
        for bytes in [&bytes[..], &bytes[..at]] {
            if let Ok(program) = Program::try_from_slice(bytes) {
                let _ = entry(&program, &facts.seen(true, false));
            }
        }
        true
    }
}
