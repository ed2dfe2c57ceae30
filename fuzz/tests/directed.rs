//! What random histories are too small for, and cases that were found by them.

#![forbid(unsafe_code)]

use tallystick_engine::Engine;
use tallystick_engine::command::{
    Action, Command, From, MaxUnsettled, NewOrder, OrderRef, ReplaceOrder, Request,
};
use tallystick_engine::event::{CancelReason, Event};
use tallystick_engine::obligation::HandedOver;
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::{Refusal, Reject};
use tallystick_engine::types::*;
use tallystick_fuzz::history::History;
use tallystick_fuzz::history::asks::Asks;
use tallystick_fuzz::history::deed::{Deed, Told};
use tallystick_fuzz::history::draw_rules::{cap, identity};
use tallystick_fuzz::history::ledger::{Fate, Ledger};
use tallystick_fuzz::history::persons::{Person, place};
use tallystick_fuzz::history::resolve::Entry;
use tallystick_fuzz::history::setup::{AccountOf, Bounds, Grant, Listed, More, Setup};
use tallystick_fuzz::history::step::{Name, Price as Priced, Quantity, Step};
use tallystick_fuzz::model::Model;
use tallystick_fuzz::play::{Seen, follow, play};
use tallystick_fuzz::twin::{agree, apply, same_events};
use tallystick_rules::{Disclosure, Holders, Rule};

/// Three accounts: the first two of one owner.
fn setup(rules: Vec<Rule>) -> Setup {
    Setup {
        bounds: Bounds { open_orders: 100_000, clordids: 100_000, ..Bounds::WIDE },
        people: vec![Person::PLAIN; 2],
        insiders: Vec::new(),
        street: true,
        place: 0,
        accounts: [0, 0, 1].map(|owner| AccountOf { firm: owner, owner }).to_vec(),
        listings: vec![Listed {
            lot: 1,
            per: 1,
            value: 1,
            tick: 1_000_000,
            most_lots: 1_000,
            reference: 100,
            max_price: 200,
            coarser: Vec::new(),
            round_lots: None,
            collar_bps: 10_000,
            call_only: false,
            rules,
            disclosure: Disclosure::default(),
            gated: false,
            shared: false,
            more: More::default(),
        }],
        units: vec![Grant {
            account: 0,
            security: 0,
            units: 10_000,
            age_days: 30,
            restricted: false,
            kind: 0,
        }],
        cash: 100_000_000,
        gathers: false,
        network: None,
        fee_account: None,
        risk_required: false,
        options: Vec::new(),
    }
}

/// The engine and the model, which must say the same; that they are the same is asked when wanted.
struct Both {
    engine: Engine,
    model: Model,
}

impl Both {
    fn open(setup: &Setup) -> Both {
        let mut engine = Engine::new(0);
        let history = History { setup: setup.clone(), steps: Vec::new() };
        let model = play(&history, |seen| agree(&mut engine, &seen)).unwrap();
        Both { engine, model }
    }

    fn apply(&mut self, command: Command) -> Vec<Event> {
        let entry = Entry { now: Time(self.model.now.0 + 1_000), command, registry: None };
        let mut said = Vec::new();
        let watch = &mut |seen: Seen<'_>| {
            said = apply(&mut self.engine, seen.entry)?;
            same_events("the engine", &said, "the model", seen.events)
        };
        follow(&mut self.model, &Ledger::default(), entry, watch).unwrap();
        said
    }

    fn agree(&mut self) {
        let entry = Entry { now: self.model.now, command: Command::Tick, registry: None };
        follow(&mut self.model, &Ledger::default(), entry, &mut |seen| agree(&mut self.engine, &seen))
            .unwrap();
    }

    fn operate(&mut self, action: Action) -> Vec<Event> {
        self.apply(Command::Operator(Request { request: RequestId(1), uid: 0, action }))
    }

    fn phase(&mut self, phase: Phase) -> Vec<Event> {
        self.operate(Action::SetPhase { security: SecurityId(1), phase, from: None })
    }

    fn from(&self, session: u32) -> From {
        let [_, number, _] = self.engine.session_numbers(SessionId(session)).unwrap();
        From { session: SessionId(session), number }
    }

    fn order(&self, account: u32, side: Side, ticks: i64, time_in_force: TimeInForce) -> NewOrder {
        NewOrder {
            from: self.from(if account == 3 { 2 } else { 1 }),
            clordid: ClOrdId::from_number(self.model.seq.0),
            account: AccountId(account),
            security: SecurityId(1),
            side,
            ord_type: OrdType::Limit,
            time_in_force,
            price: Some(Price(ticks * 1_000_000)),
            quantity: Units(1),
            instructions: Default::default(),
        }
    }

    fn send(&mut self, account: u32, side: Side, ticks: i64, time_in_force: TimeInForce) -> Vec<Event> {
        let order = self.order(account, side, ticks, time_in_force);
        self.apply(Command::New(order))
    }
}

const LIMIT: usize = 4_096;

/// A venue in which so many sells of the first owner rest at 100.
fn crowded(sells: usize) -> Both {
    let mut both = Both::open(&setup(vec![identity()]));
    for _ in 0..sells {
        both.send(1, Side::Sell, 100, TimeInForce::Day);
    }
    both
}

fn cancelled_by_the_limit(events: &[Event]) -> bool {
    matches!(events, [_, Event::Cancelled { reason: CancelReason::MatchLimit, .. }])
}

#[test]
fn an_order_that_must_look_at_more_orders_than_one_step_may_is_cancelled() {
    let mut both = crowded(LIMIT + 1);
    for time_in_force in [TimeInForce::Day, TimeInForce::ImmediateOrCancel] {
        let events = both.send(2, Side::Buy, 100, time_in_force);
        assert!(cancelled_by_the_limit(&events), "{events:?}");
    }
    both.agree();
}

#[test]
fn a_fill_or_kill_order_that_must_look_further_than_one_step_may_is_rejected() {
    let mut both = crowded(LIMIT + 1);
    let events = both.send(2, Side::Buy, 100, TimeInForce::FillOrKill);
    assert!(matches!(events[..], [Event::Rejected { reject: Reject::MatchLimit, .. }]), "{events:?}");
    both.agree();
}

#[test]
fn as_many_orders_as_one_step_may_look_at_are_no_reason_to_cancel() {
    let mut both = crowded(LIMIT);
    let events = both.send(2, Side::Buy, 100, TimeInForce::Day);
    assert!(matches!(events[..], [Event::Accepted { .. }]), "it rests: {events:?}");
    let events = both.send(2, Side::Buy, 100, TimeInForce::FillOrKill);
    let killed = matches!(events[1], Event::Cancelled { reason: CancelReason::NotFilledWhole, .. });
    assert!(killed, "{events:?}");
    both.agree();
}

#[test]
fn the_last_order_that_one_step_may_look_at_still_trades() {
    let mut both = crowded(LIMIT - 1);
    // The second owner's sell comes last in the queue; it has nothing to sell yet.
    let grant = Action::AllocateUnits {
        account: AccountId(3),
        security: SecurityId(1),
        units: Units(5),
        acquired: Time(0),
        restricted: false,
    };
    both.operate(grant);
    both.send(3, Side::Sell, 100, TimeInForce::Day);
    let events = both.send(2, Side::Buy, 100, TimeInForce::FillOrKill);
    assert!(matches!(events[1], Event::Trade { units: Units(1), .. }), "{events:?}");
    both.agree();
}

#[test]
fn a_replace_that_must_look_further_than_one_step_may_ends_its_order() {
    let mut both = crowded(LIMIT + 1);
    let order = both.order(2, Side::Buy, 90, TimeInForce::Day);
    both.apply(Command::New(order));
    let NewOrder { account, security, side, .. } = order;
    let clordid = ClOrdId::new("moved").unwrap();
    let order = OrderRef { clordid, original: order.clordid, account, security, side };
    let price = Price(100 * 1_000_000);
    let ask = ReplaceOrder { from: both.from(1), order, price, quantity: Units(1), stop_price: None };
    let events = both.apply(Command::Replace(ask));
    assert!(matches!(events[0], Event::Replaced { .. }) && cancelled_by_the_limit(&events), "{events:?}");
    both.agree();
}

#[test]
fn in_an_auction_a_buy_that_looked_as_far_as_it_may_stays_and_the_next_one_has_its_turn() {
    let mut both = crowded(LIMIT + 1);
    both.phase(Phase::ClosingAuction);
    for account in [2, 2, 3] {
        both.send(account, Side::Buy, 100, TimeInForce::Day);
    }
    both.phase(Phase::PreOpen);
    let mut trades = 0;
    while both.engine.has_work() {
        trades += both.apply(Command::Continue).iter().filter(|e| matches!(e, Event::Trade { .. })).count();
    }
    assert_eq!((trades, both.model.queue(SecurityId(1), Side::Buy).len()), (1, 2));
    both.agree();
}

#[test]
fn a_holding_has_at_most_256_lots_and_a_day_that_has_one_takes_more() {
    let mut both = Both::open(&setup(vec![cap(3)]));
    let grant = |day: u64| Action::AllocateUnits {
        account: AccountId(3),
        security: SecurityId(1),
        units: Units(1),
        acquired: Time(day * Time::DAY_NS + day),
        restricted: false,
    };
    // Youngest first: they are kept by age, and numbered as they came.
    for day in (1..=256).rev() {
        assert!(matches!(both.operate(grant(day))[..], [Event::Answered { result: Ok(_), .. }]));
    }
    let refused = both.operate(grant(300));
    let too_many = matches!(refused[..], [Event::Answered { result: Err(Refusal::TooManyLots { .. }), .. }]);
    assert!(too_many, "{refused:?}");
    assert!(matches!(both.operate(grant(77))[..], [Event::Answered { result: Ok(_), .. }]));
    both.agree();
}

#[test]
fn nothing_is_asked_of_a_venue_before_it_is_opened() {
    let mut both = Both { engine: Engine::new(0), model: Model::default() };
    let early = both.operate(Action::AddFirm { firm: FirmId(1) });
    assert!(matches!(early[..], [Event::Answered { result: Err(Refusal::VenueNotOpen), .. }]));
    both.agree();
    for (max_open_orders, good) in [(0, false), ((1 << 23) + 1, false), (1 << 4, true)] {
        let params = tallystick_engine::command::VenueParams {
            venue: [0; 16],
            max_registry_age_ns: 0,
            max_open_orders,
            max_clordids: 0,
            max_unsettled: MaxUnsettled::trades(0),
            price_windows: 0,
            network: None,
            risk_required: false,
            fee_account: None,
            place: place(0),
        };
        let events = both.operate(Action::OpenVenue(params));
        assert_eq!(matches!(events[..], [Event::Answered { result: Ok(_), .. }]), good);
        both.agree();
    }
    let listing = setup(vec![]).listings[0].listing(1);
    both.operate(Action::List(listing));
    let early = both.phase(Phase::PreOpen);
    let no_day = matches!(early[..], [Event::Answered { result: Err(Refusal::Phase(_)), .. }]);
    assert!(no_day, "{early:?}");
    both.agree();
}

/// An allocation then would break "who hands its place over has promised everything it has".
#[test]
fn an_owner_that_hands_its_place_over_is_allocated_nothing_more() {
    let new = |account, buy| Step::New {
        account,
        security: 0,
        buy,
        asks: Asks::PLAIN,
        price: Priced::Near(0),
        quantity: Quantity::Lots(1),
        name: Name::Fresh,
        other_firm: false,
    };
    let mut setup = setup(vec![cap(1)]);
    setup.units[0].units = 1;
    let units = Step::Units { account: 0, security: 0, units: 1, age_days: 0, restricted: false };
    let history = History { setup, steps: vec![new(2, true), new(0, false), units] };
    let mut engine = Engine::new(0);
    let mut last = Vec::new();
    let played = play(&history, |seen| {
        last = seen.events.to_vec();
        agree(&mut engine, &seen)
    });
    assert!(!played.unwrap().trades[0].hands_over.is_empty());
    assert!(matches!(last[..], [Event::Answered { result: Err(Refusal::Leaving { .. }), .. }]), "{last:?}");
}

/// A fund of four owners buys all that two sellers have, a tenth each, where so many owners may be and six are; so many
/// others leave in between, for good. What the trades of the fund hand over.
fn fund_buys_of_two(max: u32, leave: u8) -> Vec<Vec<HandedOver>> {
    let order = |account, buy, lots| Step::New {
        account,
        security: 0,
        buy,
        asks: Asks::PLAIN,
        price: Priced::Near(0),
        quantity: Quantity::Lots(lots),
        name: Name::Fresh,
        other_firm: false,
    };
    // Nobody sells a part of what it has, by which the fund would stay below a tenth.
    let rules = vec![Rule::HolderCap(Holders::LookThrough, max), Rule::Denomination(Units(10))];
    let mut setup = setup(rules);
    (setup.network, setup.people) = (Some(8), vec![Person::PLAIN; 7]);
    setup.people[2].fund_owners = 4;
    setup.accounts = (0..7).map(|owner| AccountOf { firm: 0, owner }).collect();
    let granted = [(0, 10), (1, 10), (3, 1), (4, 1), (5, 1), (6, 77)];
    setup.units = granted.map(|(account, units)| Grant { account, units, ..setup.units[0] }).to_vec();
    let mut steps = vec![order(0, false, 10), order(2, true, 10)];
    steps.extend((3..3 + leave).flat_map(|account| [order(account, false, 1), order(6, true, 1)]));
    let deed = Deed::Decide { first: 1, many: leave, fate: Fate::Settled };
    steps.push(Step::Network { deed, told: Told::WithWork });
    steps.extend([order(1, false, 10), order(2, true, 10)]);
    let mut engine = Engine::new(0);
    let played = play(&History { setup, steps }, |seen| agree(&mut engine, &seen)).unwrap();
    assert_eq!(played.decided.len(), leave.into());
    played.trades.into_iter().map(|trade| trade.hands_over).collect()
}

/// Either of the two could be the only one whose trade becomes final.
#[test]
fn a_fund_is_handed_a_place_by_one_of_two_and_needs_its_own_for_what_the_other_sells() {
    let one = vec![HandedOver { holders: Holders::LookThrough, places: 1 }];
    assert_eq!(fund_buys_of_two(8, 0), Vec::<Vec<HandedOver>>::new());
    assert_eq!(fund_buys_of_two(9, 0), std::slice::from_ref(&one));
    // It takes three at once, and the fourth of its own as soon as one is free.
    assert_eq!(fund_buys_of_two(9, 1), [one, vec![]]);
    assert_eq!(fund_buys_of_two(10, 0), [[], []]);
}

#[test]
fn each_part_that_an_iceberg_shows_is_one_more_of_the_orders_that_a_step_may_look_at() {
    let mut setup = setup(vec![identity()]);
    setup.listings[0].most_lots = 10_000;
    let mut both = Both::open(&setup);
    let mut iceberg = both.order(1, Side::Sell, 100, TimeInForce::Day);
    iceberg.quantity = Units(5_000);
    iceberg.instructions.display_qty = Some(Units(1));
    both.apply(Command::New(iceberg));
    let mut buy = both.order(3, Side::Buy, 100, TimeInForce::FillOrKill);
    buy.quantity = Units(LIMIT as u64 + 1);
    let events = both.apply(Command::New(buy));
    assert!(matches!(events[..], [Event::Rejected { reject: Reject::MatchLimit, .. }]), "{events:?}");
    buy = NewOrder { time_in_force: TimeInForce::Day, ..both.order(3, Side::Buy, 100, TimeInForce::Day) };
    buy.quantity = Units(LIMIT as u64 + 1);
    let events = both.apply(Command::New(buy));
    assert_eq!(events.iter().filter(|e| matches!(e, Event::Trade { .. })).count(), LIMIT);
    let last = events.last();
    assert!(matches!(last, Some(Event::Cancelled { reason: CancelReason::MatchLimit, .. })), "{last:?}");
    both.agree();
}

#[test]
fn a_post_only_order_that_must_look_further_than_one_step_may_is_rejected() {
    let mut both = crowded(LIMIT + 1);
    let mut order = both.order(2, Side::Buy, 100, TimeInForce::Day);
    order.instructions.post_only = Some(PostOnly::Slide);
    let events = both.apply(Command::New(order));
    assert!(matches!(events[..], [Event::Rejected { reject: Reject::MatchLimit, .. }]), "{events:?}");
    both.agree();
}
