//! The engine and the model say the same and are the same, after every command of random histories.

#![forbid(unsafe_code)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tallystick_engine::Engine;
use tallystick_engine::command::Command;
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{OrderId, Units};
use tallystick_fuzz::check::{STANDARD, cases, check, check_from, first_seed, history};
use tallystick_fuzz::coverage::{Contents, Coverage, expected};
use tallystick_fuzz::history::resolve::Entry;
use tallystick_fuzz::history::{History, crowd};
use tallystick_fuzz::play::{Seen, play};
use tallystick_fuzz::twin::agree;
use tallystick_fuzz::{coverage_amended, coverage_risk};

const SHORT: u64 = STANDARD;
const LONG: u64 = 16 * STANDARD;
const CROWDS: u64 = 24;
const LONG_CROWDS: u64 = 120;
const ENDED: u64 = 12;
const LONG_ENDED: u64 = 60;
const TOO_MANY: &str = "order refused: TooManyPegged";

/// How often an eighth more is played for what is rare, before it counts as what can't happen.
const TURNS: u64 = 40;

/// Plays as many histories as are wanted, and then more until nothing is `missing` in what they contained. Of fewer than
/// usual nothing is demanded.
fn agree_on(wanted: u64, make: impl Fn(u64) -> History + Sync, missing: impl Fn(&Coverage) -> Vec<String>) {
    let coverage = Mutex::new(Coverage::default());
    let contained = || coverage.lock().expect("nobody panics with it");
    let (mut first, mut count) = (first_seed(), cases(wanted));
    for _ in 0..=TURNS {
        check_from(first, count, &make, |history| {
            let mut engine = Engine::new(0);
            let mut contents = Contents::default();
            play(history, |seen| {
                contents.note(&seen);
                agree(&mut engine, &seen)
            })?;
            contained().add(contents);
            Ok(())
        });
        if cases(wanted) < wanted || missing(&contained()).is_empty() {
            println!("{}", contained());
            return;
        }
        (first, count) = (first + count, cases(wanted) / 8);
    }
    let contained = coverage.into_inner().expect("nobody panics with it");
    panic!("{contained}never happened: {:#?}", missing(&contained));
}

fn nothing(_: &Coverage) -> Vec<String> {
    Vec::new()
}

/// What no history contained, of those things of which one of each must be.
fn missing_of(expected: &[String]) -> impl Fn(&Coverage) -> Vec<String> {
    move |coverage| expected.iter().filter(|what| !coverage.found.contains_key(*what)).cloned().collect()
}

#[test]
fn the_engine_and_the_model_agree_on_every_event_and_on_the_state_after_every_command() {
    agree_on(SHORT, history, |coverage| {
        // So few miss what is rare; the long run demands all of it.
        let missing = coverage.missing();
        if missing.len() <= expected().len() / 8 { Vec::new() } else { missing }
    });
}

#[test]
fn the_engine_and_the_model_agree_on_work_that_takes_several_chunks() {
    agree_on(CROWDS, crowd::history, nothing);
}

#[test]
fn the_engine_and_the_model_agree_on_whatever_comes_between_the_chunks_of_a_mass_cancel() {
    agree_on(ENDED, crowd::ended, nothing);
}

#[test]
#[ignore = "takes minutes: cargo test --release -p tallystick-fuzz -- --ignored"]
fn the_engine_and_the_model_agree_on_everything_that_can_happen() {
    agree_on(LONG, history, Coverage::missing);
}

#[test]
#[ignore = "takes a minute: cargo test --release -p tallystick-fuzz -- --ignored"]
fn the_engine_and_the_model_agree_on_all_work_that_takes_several_chunks() {
    let waits =
        ["auction", "expiry", "second look", "review", "cover", "change of rules", "joining", "stops"];
    let waits = waits.map(|work| format!("left over: {work}")).into_iter();
    let wanted: Vec<String> =
        waits.chain([TOO_MANY.into()]).chain(coverage_amended::expected_of_crowds()).collect();
    agree_on(LONG_CROWDS, crowd::history, missing_of(&wanted));
    agree_on(LONG_ENDED, crowd::ended, missing_of(&coverage_risk::expected_of_crowds()));
}

#[test]
fn once_the_venue_was_told_everything_it_knows_what_the_network_knows() {
    let compared = AtomicU64::new(0);
    check(300, |history| {
        play(history, |seen| {
            let followed = seen.events.iter().any(|event| matches!(event, Event::Followed { .. }));
            let differences = if followed { seen.ledger.differences(seen.model) } else { Vec::new() };
            compared.fetch_add(followed.into(), Relaxed);
            if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
        })?;
        Ok(())
    });
    let compared = compared.into_inner();
    println!("{compared} heights were told whole");
    assert!(compared > 0);
}

/// The order that a command brought or moved, if it may rest and what it may meet is known.
fn came_or_moved(seen: &Seen<'_>) -> Option<OrderId> {
    let order = seen.events.iter().find_map(|event| match event {
        Event::Accepted { order, .. } | Event::Replaced { order, .. } => Some(order.order),
        _ => None,
    })?;
    // A replace that only takes units off an order is no new meeting.
    let stands = seen.model.order(order)?;
    let came = stands.place > seen.model.place_before;
    let security = seen.model.security(seen.model.order(order)?.security)?;
    // As less is left, less is the least it takes: whom it passed over it might take then.
    (came && stands.least() == 0 && security.phase == Phase::Continuous).then_some(order)
}

#[test]
fn after_an_orders_step_no_eligible_counterparty_within_its_limit_remains() {
    let (asked, crossed) = (AtomicU64::new(0), AtomicU64::new(0));
    check(300, |history| {
        play(history, |seen| {
            let Some(id) = came_or_moved(&seen) else { return Ok(()) };
            asked.fetch_add(1, Relaxed);
            crossed.fetch_add(crosses(&seen, id).into(), Relaxed);
            let left = seen.model.still_tradable(id);
            if left.is_empty() { Ok(()) } else { Err(format!("order {id} could still trade with {left:?}")) }
        })?;
        Ok(())
    });
    let [asked, crossed] = [asked, crossed].map(AtomicU64::into_inner);
    println!("{asked} orders came to rest, {crossed} of them against orders they may not trade with");
    assert!(asked > 0);
}

fn crosses(seen: &Seen<'_>, id: OrderId) -> bool {
    let order = seen.model.order(id).expect("it is open");
    let sides = [order.side, order.side.opposite()].map(|side| seen.model.queue(order.security, side));
    let prices = sides.map(|queue| queue.first().map(|o| o.ticks));
    match order.side {
        tallystick_engine::types::Side::Buy => prices[1].is_some_and(|sell| sell <= order.ticks),
        tallystick_engine::types::Side::Sell => prices[1].is_some_and(|buy| buy >= order.ticks),
    }
}

/// Plays histories until one of them has an entry that can be changed, gives the engine the changed one, and
/// says what the comparison made of it.
fn noticed(change: impl Fn(&Seen<'_>) -> Option<Entry>) -> Vec<String> {
    let mut complaints = Vec::new();
    for seed in first_seed()..first_seed() + 40 {
        let history: History = history(seed);
        let (mut engine, mut changed) = (Engine::new(0), false);
        let result = play(&history, |seen| {
            let other = if changed { None } else { change(&seen) };
            changed |= other.is_some();
            let entry = other.unwrap_or(seen.entry.clone());
            agree(&mut engine, &Seen { entry: &entry, ..seen })
        });
        assert_eq!(result.is_err(), changed, "seed {seed}: {result:?}");
        complaints.extend(result.err());
    }
    complaints
}

#[test]
fn the_comparison_notices_one_lot_more() {
    let complaints = noticed(|seen| {
        let Command::New(new) = &seen.entry.command else { return None };
        let traded = seen.events.iter().any(|event| matches!(event, Event::Trade { .. }));
        let lot = seen.model.security(new.security)?.listing.ticks.lot;
        let more = Command::New(tallystick_engine::command::NewOrder {
            quantity: Units(new.quantity.0.saturating_add(lot.0)),
            ..*new
        });
        traded.then_some(Entry { command: more, ..seen.entry.clone() })
    });
    assert!(complaints.len() > 5, "{complaints:#?}");
}

#[test]
fn the_comparison_notices_a_command_that_is_left_out() {
    let complaints = noticed(|seen| {
        let left_out = matches!(seen.entry.command, Command::Cancel(_) | Command::Replace(_));
        left_out.then_some(Entry { command: Command::Tick, ..seen.entry.clone() })
    });
    assert!(complaints.len() > 5, "{complaints:#?}");
}

#[test]
fn the_comparison_notices_a_nanosecond() {
    let complaints = noticed(|seen| {
        let mut entry = seen.entry.clone();
        entry.now.0 += 1;
        Some(entry)
    });
    assert_eq!(complaints.len(), 40);
}
