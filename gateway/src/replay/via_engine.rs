//! A day played straight through [`Engine::apply`]: no clock, no disk, no socket. The file's times are the
//! engine's, so two replays of a file are the same to the last byte.

use super::day::{Act, Day, Step};
use super::trades::{Half, Pairing};
use super::{Played, ReplayError, Watch, histogram, market, nanoseconds};
use std::sync::Arc;
use std::time::Instant;
use tallystick_engine::Engine;
use tallystick_engine::command::{Action, Command, Negotiate, Request};
use tallystick_engine::event::{CancelReason, Event, TradeSide};
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{RequestId, Seq, Side, Time};

/// Plays it.
pub fn play(day: &Day, watch: &Watch<'_>) -> Result<Played, ReplayError> {
    let mut desk = Bare { engine: Engine::new(0), events: Vec::new(), now: market::opening(day) };
    desk.set_up(day)?;
    let (mut pairing, mut latency) = (Pairing::default(), histogram());
    let (mut number, mut late_cancels) = (0, 0);
    let started = Instant::now();
    for (at, step) in day.steps.iter().enumerate() {
        watch.at(at)?;
        desk.now = step.now;
        let command = match step.act {
            Act::Phase(phase) => {
                desk.operate(Action::SetPhase { security: market::SECURITY, phase, from: None })?;
                take(day, &desk.events, &mut pairing)?;
                continue;
            }
            Act::Enter(at) => Command::New(market::new_order(&day.entries[at], number + 1)),
            Act::Cancel(at) => Command::Cancel(market::cancel(step, &day.entries[at], number + 1)),
        };
        number += 1;
        desk.events.clear();
        let before = Instant::now();
        desk.apply(&command);
        latency.saturating_record(nanoseconds(before.elapsed()));
        late_cancels += take(day, &desk.events, &mut pairing)?;
        check(day, step, &desk.events)?;
    }
    let took = started.elapsed();
    let made = desk.engine.counts().trades;
    if made != pairing.whole() {
        return Err(ReplayError::Defect(format!(
            "the engine made {made} trades and told of {}",
            pairing.whole()
        )));
    }
    watch.progress.set_position(day.steps.len() as u64);
    Ok(Played { trades: pairing.into_trades(), took, latency, late_cancels, reconnects: 0, batches: None })
}

/// An engine with what little it needs around it.
struct Bare {
    engine: Engine,
    events: Vec<Event>,
    now: Time,
}

impl Bare {
    fn set_up(&mut self, day: &Day) -> Result<(), ReplayError> {
        self.operate(Action::OpenVenue(market::params(day)))?;
        let registry = market::registry();
        let (hash, height, as_of) = (registry.hash(), registry.height(), registry.as_of());
        self.engine.stage(Arc::new(registry));
        self.operate(Action::AdoptRegistry { hash, height, as_of })?;
        for action in market::actions(day, [0; 32]) {
            self.operate(action)?;
        }
        self.apply(&Command::Negotiate(Negotiate { session: market::SESSION, version: 1 }));
        Ok(())
    }

    /// Does what an operator asks, and the work that follows; its events replace those before.
    fn operate(&mut self, action: Action) -> Result<(), ReplayError> {
        self.events.clear();
        let request = RequestId(self.engine.seq().0 + 1);
        self.apply(&Command::Operator(Request { request, uid: 0, action }));
        while self.engine.has_work() {
            self.apply(&Command::Continue);
        }
        let answer = self.events.iter().find_map(|event| match event {
            Event::Answered { request: to, result } if *to == request => Some(result),
            _ => None,
        });
        match answer.expect("an operator's request is answered when its work is done") {
            Ok(_) => Ok(()),
            Err(refusal) => Err(crate::venue::AskError::Refused(refusal.clone()).into()),
        }
    }

    fn apply(&mut self, command: &Command) {
        self.engine.apply(Seq(self.engine.seq().0 + 1), self.now, command, &mut self.events);
    }
}

/// Takes the trades among events, and counts the cancels that came too late.
fn take(day: &Day, events: &[Event], pairing: &mut Pairing) -> Result<u64, ReplayError> {
    let mut late = 0;
    for event in events {
        match event {
            Event::Trade { trade, price, units, buyer, seller, .. } => {
                let half = |side: Side, of: &TradeSide| {
                    let entry = day.named(of.order.clordid.as_str()).expect("an order of this day");
                    Half { side, ticks: price.0 / market::TICK, units: units.0, order: entry.id }
                };
                pairing.take(trade.0, half(Side::Buy, buyer))?;
                pairing.take(trade.0, half(Side::Sell, seller))?;
            }
            Event::CancelRejected { reject: Reject::UnknownOrder, .. } => late += 1,
            Event::CancelRejected { reject, .. } => {
                return Err(ReplayError::Defect(format!("a cancel was refused: {reject}")));
            }
            _ => {}
        }
    }
    Ok(late)
}

/// Every order must stand, and end by trading, by its cancel, or with the day.
fn check(day: &Day, step: &Step, events: &[Event]) -> Result<(), ReplayError> {
    let Act::Enter(at) = step.act else { return Ok(()) };
    for event in events {
        match event {
            Event::Rejected { reject, .. } => {
                return Err(ReplayError::order(day, &day.entries[at], "refused", reject));
            }
            Event::Cancelled { reason, .. } if *reason != CancelReason::Requested => {
                return Err(ReplayError::order(day, &day.entries[at], "ended", reason));
            }
            _ => {}
        }
    }
    Ok(())
}
