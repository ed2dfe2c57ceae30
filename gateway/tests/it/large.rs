//! The largest single steps that clients can cause: they are journaled, told, and told again after a restart.

use crate::common::again::Again;
use crate::common::rig::{Disks, Rig, Told, log_of, options};
use tallystick_engine::MATCH_LIMIT;
use tallystick_engine::command::{Action, Command, From, Negotiate, NewOrder, Request, SessionOptions};
use tallystick_engine::event::Event;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::{
    AccountId, CashId, ClOrdId, FirmId, InvestorId, Money, OrdType, Price, RequestId, SecurityId, SessionId,
    Side, Time, TimeInForce, Units,
};
use tallystick_gateway::event_log;
use tallystick_gateway::gate::Durability;
use tallystick_gateway::pipeline::Ingress;
use tallystick_gateway::recovery;

/// Units of so many days are pledged by each trade.
const LOTS: u64 = 9;
const SELLERS: u32 = 150;

#[test]
fn one_order_that_trades_with_all_that_one_step_may_out_of_many_lots_is_told_and_told_again() {
    let disks = Disks::default();
    let mut rig = Rig::start(disks.clone(), Durability::Disk, Told::new()).unwrap();
    let mut random = crate::common::random::Random::new(1);
    let mut say = |rig: &mut Rig, command: Ingress| {
        rig.ask(command);
        if rig.pipeline.ingress.slots() < 16 {
            rig.pump(&mut random).unwrap();
        }
    };
    let mut requests = 0;
    let mut act = |action| -> Ingress {
        requests += 1;
        Command::Operator(Request { request: RequestId(requests), uid: 0, action }).into()
    };
    let mut params = Venue::params();
    (params.max_open_orders, params.price_windows) = (1 << 14, 4);
    say(&mut rig, act(Action::OpenVenue(params)));
    for n in 1..=SELLERS + 1 {
        let (firm, account, owner) = (FirmId(n), AccountId(n), InvestorId(n));
        say(&mut rig, act(Action::AddFirm { firm }));
        say(
            &mut rig,
            act(Action::AddSession {
                session: SessionId(n),
                firm,
                key: [1; 32],
                options: SessionOptions::default(),
            }),
        );
        say(
            &mut rig,
            act(Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner }),
        );
        say(&mut rig, Command::Negotiate(Negotiate { session: SessionId(n), version: 1 }).into());
    }
    let identities = (1..=SELLERS + 1).map(Venue::identity).collect();
    let registry =
        tallystick_engine::rules::Registry::new(1, Time(1_000 * Time::DAY_NS), identities).unwrap();
    let (hash, height, as_of) = (registry.hash(), registry.height(), registry.as_of());
    let Ingress { command, .. } = act(Action::AdoptRegistry { hash, height, as_of });
    say(&mut rig, Ingress { command, registry: Some(std::sync::Arc::new(registry)) });
    say(&mut rig, act(Action::List(Venue::listing(1, vec![Venue::anyone()]))));
    say(&mut rig, act(Action::StartDay { date: 20_260_105 }));
    for phase in ["pre-open", "opening auction", "continuous"] {
        let phase =
            tallystick_engine::phase::Phase::ALL.into_iter().find(|p| p.to_string() == phase).unwrap();
        say(&mut rig, act(Action::SetPhase { security: SecurityId(1), phase, from: None }));
    }
    // Twenty-eight orders of nine lots of one unit each.
    for account in (1..=SELLERS).map(AccountId) {
        for day in 0..28 * LOTS {
            let acquired = Time(day * Time::DAY_NS);
            say(
                &mut rig,
                act(Action::AllocateUnits {
                    account,
                    security: SecurityId(1),
                    units: Units(1),
                    acquired,
                    restricted: false,
                }),
            );
        }
    }
    let buyer = SELLERS + 1;
    let (account, cash, amount) = (AccountId(buyer), CashId(1), Money(1_000_000_000_000));
    say(&mut rig, act(Action::AllocateCash { account, cash, amount }));
    let order = |session: u32, number: u64, side, quantity: u64| -> Ingress {
        Command::New(NewOrder {
            from: From { session: SessionId(session), number },
            clordid: ClOrdId::from_number(number),
            account: AccountId(session),
            security: SecurityId(1),
            side,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::Day,
            price: Some(Price(500_000_000)),
            quantity: Units(quantity),
            instructions: Default::default(),
        })
        .into()
    };
    let mut resting = 0;
    'all: for number in 1..=28 {
        for seller in 1..=SELLERS {
            if resting == MATCH_LIMIT {
                break 'all;
            }
            resting += 1;
            say(&mut rig, order(seller, number, Side::Sell, LOTS));
        }
    }
    assert_eq!(resting, MATCH_LIMIT);
    say(&mut rig, order(buyer, 1, Side::Buy, MATCH_LIMIT as u64 * LOTS));
    rig.snapshot();
    rig.pump(&mut random).unwrap();
    let (now, events) = rig.told.last().unwrap().clone();
    let trades = events.iter().filter(|event| matches!(event, Event::Trade { .. })).count();
    assert_eq!((trades, events.len() - 1), (MATCH_LIMIT, MATCH_LIMIT * (1 + LOTS as usize)));
    let mut record = Vec::new();
    event_log::encode(now, &events, &mut record);
    assert!(record.len() > 1 << 20, "{} bytes", record.len());

    // A restart tells all of it again, the buyer's messages among it.
    let recovered = recovery::recover(&disks.stores(), &options(), 1).unwrap();
    assert!(log_of(&recovered) == rig.told);
    let again = Again::of(&disks.stores(), recovered.engine.seq().0);
    let told = &again.told[&buyer].1;
    assert_eq!(told.len(), 1 + MATCH_LIMIT);
    let mut fetched = Vec::new();
    while fetched.len() < told.len() {
        let from = fetched.len() as u64 + 1;
        let count = (told.len() - fetched.len()).min(1_000);
        let place = recovered.events.find(SessionId(buyer), from, count as u32).unwrap();
        let more = event_log::fetch(&recovered.events.storage(), SessionId(buyer), from, &place).unwrap();
        assert_eq!(more.len(), count);
        fetched.extend(more);
    }
    assert!(&fetched == told);
    let mut names: Vec<u64> =
        fetched.iter().map(|frame| u64::from_le_bytes(frame[41..49].try_into().unwrap())).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), fetched.len(), "every ExecID is another");
}
