//! Both machines against each other over a pipe that loses and breaks: what is promised holds whatever happens.

use std::collections::{BTreeSet, VecDeque};

use crate::common::transcript::{S, ToyKey, ToyKeys};
use crate::common::{encoded, id, new_order, report_new};
use quickcheck::{Arbitrary, Gen, QuickCheck};
use tallystick_wire::session::*;
use tallystick_wire::*;

#[derive(Debug, Clone, Copy)]
enum Step {
    Submit,
    DeliverToVenue,
    DeliverToClient,
    DeliverAll,
    Lose { to_venue: bool },
    Repeat { to_venue: bool },
    Disconnect,
    Reconnect,
    VenueCrashes,
    UnsolicitedReport,
    Wait,
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        use Step::*;
        let likely = [
            Submit,
            Submit,
            DeliverToVenue,
            DeliverToVenue,
            DeliverToClient,
            DeliverToClient,
            UnsolicitedReport,
        ];
        let seldom =
            [DeliverAll, Reconnect, Reconnect, Repeat { to_venue: true }, Repeat { to_venue: false }];
        let rare = [Disconnect, VenueCrashes, Wait, Lose { to_venue: true }, Lose { to_venue: false }];
        let all: Vec<Step> = [&likely[..], &likely, &likely, &seldom, &seldom, &rare].concat();
        *g.choose(&all).expect("there are steps")
    }
}

/// The venue's durable state: survives connections and crashes.
#[derive(Default)]
struct Durable {
    session_ver_id: u64,
    next_inbound: u64,
    applied: Vec<u64>,
    not_applied: BTreeSet<u64>,
    log: Vec<Message>,
}

impl Durable {
    fn report(&mut self, name: &str) {
        let number = self.log.len() as u64 + 1;
        self.log.push(report_new(7, number, name).into());
    }
}

struct World {
    now: u64,
    client: ClientSession,
    venue: Option<ServerSession>,
    durable: Durable,
    to_venue: VecDeque<Vec<u8>>,
    to_client: VecDeque<Vec<u8>>,
    submitted: Vec<u64>,
    delivered: Vec<u64>,
    lost_in_flight: bool,
    dead: bool,
}

impl World {
    fn new() -> Self {
        let config = ClientConfig {
            session_id: 7,
            keepalive_interval: 1_000,
            handshake_deadline: 3 * S,
            outbox_capacity: 1_000,
            resend_window: u64::MAX,
        };
        Self {
            now: 1_000 * S,
            client: ClientSession::new(config, ClientState::new(1)),
            venue: None,
            durable: Durable { next_inbound: 1, ..Durable::default() },
            to_venue: VecDeque::new(),
            to_client: VecDeque::new(),
            submitted: Vec::new(),
            delivered: Vec::new(),
            lost_in_flight: false,
            dead: false,
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Submit => {
                let name = format!("O{}", self.submitted.len());
                let mut actions = Vec::new();
                if let Ok(number) = self.client.submit(self.now, new_order(0, 0, &name).into(), &mut actions)
                {
                    self.submitted.push(number);
                }
                self.client_does(actions);
            }
            Step::DeliverToVenue => drop(self.deliver_to_venue()),
            Step::DeliverToClient => drop(self.deliver_to_client()),
            Step::DeliverAll => while self.deliver_to_venue() || self.deliver_to_client() {},
            Step::Lose { to_venue } => {
                let queue = if to_venue { &mut self.to_venue } else { &mut self.to_client };
                self.lost_in_flight |= queue.pop_front().is_some();
            }
            Step::Repeat { to_venue } => {
                let queue = if to_venue { &mut self.to_venue } else { &mut self.to_client };
                if let Some(framed) = queue.front().cloned() {
                    queue.push_front(framed);
                }
            }
            Step::Disconnect | Step::VenueCrashes => self.disconnect(),
            Step::Reconnect => {
                if self.venue.is_none() {
                    let config = ServerConfig { keepalive_interval: 1_000, handshake_deadline: 3 * S };
                    self.venue = Some(ServerSession::new(self.now, config));
                    let mut actions = Vec::new();
                    self.client.connected(self.now, &ToyKey(7), &mut actions);
                    self.client_does(actions);
                }
            }
            Step::UnsolicitedReport => {
                if self.durable.session_ver_id != 0 {
                    self.durable.report("VENUE");
                    self.send_live();
                }
            }
            Step::Wait => {
                self.now += S;
                let mut actions = Vec::new();
                self.client.on_timer(self.now, &mut actions);
                self.client_does(actions);
                let mut actions = Vec::new();
                if let Some(venue) = &mut self.venue {
                    venue.on_timer(self.now, &mut actions);
                }
                self.venue_does(actions);
            }
        }
    }

    fn disconnect(&mut self) {
        self.to_venue.clear();
        self.to_client.clear();
        self.venue = None;
        self.client.disconnected();
    }

    fn deliver_to_venue(&mut self) -> bool {
        let Some(framed) = self.to_venue.pop_front() else { return false };
        let mut actions = Vec::new();
        let Some(venue) = &mut self.venue else { return true };
        venue.on_frame(self.now, &framed[4..], &ToyKeys, &mut actions);
        self.venue_does(actions);
        true
    }

    fn deliver_to_client(&mut self) -> bool {
        let Some(framed) = self.to_client.pop_front() else { return false };
        let mut actions = Vec::new();
        self.client.on_frame(self.now, &framed[4..], &ToyKey(7), &mut actions);
        self.client_does(actions);
        true
    }

    fn client_does(&mut self, actions: Vec<ClientAction>) {
        for action in actions {
            match action {
                ClientAction::Send(message) => self.to_venue.push_back(encoded(&message)),
                ClientAction::Deliver(message) => self.delivered.push(message.header().unwrap().msg_seq_num),
                ClientAction::Close(reason) => {
                    self.dead |= matches!(reason, CloseReason::VenueBehind { .. });
                    while self.deliver_to_venue() {}
                    self.disconnect();
                }
                ClientAction::Established { .. }
                | ClientAction::NotApplied { .. }
                | ClientAction::Tell(_)
                | ClientAction::Warn => {}
            }
        }
    }

    fn venue_does(&mut self, actions: Vec<ServerAction>) {
        for action in actions {
            let mut more = Vec::new();
            let Some(venue) = &mut self.venue else { return };
            match action {
                ServerAction::Send(message) => {
                    if let Message::NotApplied(NotApplied { from_seq_no, count }) = message {
                        self.durable.not_applied.extend(from_seq_no..from_seq_no + u64::from(count));
                    }
                    self.to_client.push_back(encoded(&message));
                }
                ServerAction::Negotiate { session_ver_id, .. } => {
                    let current = self.durable.session_ver_id;
                    let code = NegotiateRejectCode::DuplicateId;
                    let refusal = NegotiateRefusal { code, current_session_ver_id: Some(current) };
                    let answer = if session_ver_id > current { Ok(()) } else { Err(refusal) };
                    self.durable.session_ver_id = current.max(session_ver_id);
                    venue.negotiated(self.now, answer, &mut more);
                }
                ServerAction::Establish { .. } => {
                    let Durable { session_ver_id, next_inbound, ref log, .. } = self.durable;
                    let next_outbound = log.len() as u64 + 1;
                    let numbers = SessionNumbers { session_ver_id, next_inbound, next_outbound };
                    venue.established(self.now, Ok(numbers), &mut more);
                }
                ServerAction::Apply(Message::NewOrderSingle(order)) => {
                    self.durable.next_inbound = order.header.msg_seq_num + 1;
                    self.durable.applied.push(order.header.msg_seq_num);
                    self.durable.report(order.cl_ord_id.as_str());
                    self.send_live();
                }
                ServerAction::Fetch { count, .. } => venue.fetched(self.now, Ok(count.min(3)), &mut more),
                ServerAction::Retransmit { from_seq_no, count } => {
                    for number in from_seq_no..from_seq_no + u64::from(count) {
                        let mut framed = encoded(&self.durable.log[number as usize - 1]);
                        mark_possible_resend(&mut framed);
                        self.to_client.push_back(framed);
                    }
                }
                ServerAction::Close(_) => {
                    while self.deliver_to_client() {}
                    self.disconnect();
                }
                ServerAction::Skipped { .. } | ServerAction::Status(_) | ServerAction::Warn => {}
                other @ (ServerAction::Apply(_) | ServerAction::Reject(_)) => panic!("{other:?}"),
            }
            self.venue_does(more);
        }
    }

    fn send_live(&mut self) {
        let Some(venue) = &mut self.venue else { return };
        while let Some(number) =
            venue.next_outbound().filter(|&number| number <= self.durable.log.len() as u64)
        {
            self.to_client.push_back(encoded(&self.durable.log[number as usize - 1]));
            venue.sent(self.now, number);
        }
    }

    /// Reconnects and lets everything arrive.
    fn settle(&mut self) {
        self.step(Step::Disconnect);
        for _ in 0..12 {
            self.step(Step::Reconnect);
            self.step(Step::DeliverAll);
            self.step(Step::Wait);
            self.step(Step::DeliverAll);
        }
    }
}

fn promises_hold(steps: Vec<Step>) -> bool {
    let mut world = World::new();
    for step in [Step::Reconnect, Step::DeliverAll].into_iter().chain(steps) {
        world.step(step);
    }
    world.settle();
    assert!(!world.dead, "the client never believes that the venue has lost reports");
    assert!(world.client.is_established(), "the session comes back");

    let reports: Vec<u64> = (1..=world.durable.log.len() as u64).collect();
    assert_eq!(world.delivered, reports, "every report exactly once and in order");

    let applied = &world.durable.applied;
    assert!(applied.is_sorted_by(|a, b| a < b), "no message twice, none out of order: {applied:?}");
    for number in &world.submitted {
        let told = world.durable.not_applied.contains(number);
        let was_applied = applied.binary_search(number).is_ok();
        assert!(was_applied || told, "message {number} was neither applied nor reported");
        assert!(
            world.lost_in_flight || was_applied,
            "only what the transport lost inside a connection is not applied"
        );
    }
    assert_eq!(world.client.unacknowledged(), 0, "nothing is left to be sent again");
    true
}

#[test]
fn messages_are_applied_once_in_order_or_reported_and_reports_all_arrive_once_in_order() {
    let steps = Gen::new(300);
    QuickCheck::new()
        .rng(steps)
        .tests(2_000)
        .max_tests(2_000)
        .quickcheck(promises_hold as fn(Vec<Step>) -> bool);
}

#[test]
fn a_client_restarted_from_its_saved_state_loses_and_repeats_nothing() {
    let mut world = World::new();
    world.step(Step::Reconnect);
    world.step(Step::DeliverAll);
    for _ in 0..5 {
        world.step(Step::Submit);
    }
    world.step(Step::DeliverToVenue);
    world.step(Step::DeliverToClient);
    let saved = world.client.state();
    assert_eq!((saved.next_outbound, saved.next_inbound, saved.unacknowledged.len()), (6, 2, 4));
    assert_eq!(saved.unacknowledged[0].header().unwrap().msg_seq_num, 2);
    let Message::NewOrderSingle(first) = &saved.unacknowledged[0] else { panic!("an order") };
    assert_eq!(first.cl_ord_id, id("O1"));
    world.step(Step::Disconnect);
    let config = ClientConfig {
        session_id: 7,
        keepalive_interval: 1_000,
        handshake_deadline: 3 * S,
        outbox_capacity: 1,
        resend_window: u64::MAX,
    };
    world.client = ClientSession::new(config, saved);
    world.settle();
    assert_eq!(world.durable.applied, [1, 2, 3, 4, 5]);
    assert_eq!(world.delivered, [1, 2, 3, 4, 5]);
}
