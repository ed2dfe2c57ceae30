//! Neither machine panics, encodes a null or speaks after its end, whatever the other side sends and whenever.

use crate::common::transcript::{S, ToyKey, ToyKeys};
use crate::common::{Any, encoded};
use quickcheck::{Arbitrary, Gen, QuickCheck};
use tallystick_wire::session::*;
use tallystick_wire::*;

const T0: u64 = 1_000 * S;

/// What can happen to a machine.
#[derive(Debug, Clone)]
enum Input {
    /// A message as it comes, or with the session and a number that fit.
    Message {
        message: Message,
        number: Option<u64>,
    },
    Bytes(Vec<u8>),
    Wait(u8),
    /// An answer of the host, or a word of the user.
    Host(u8),
}

impl Arbitrary for Input {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 32 {
            0 => Self::Bytes(Vec::arbitrary(g)),
            1..4 => Self::Wait(u8::arbitrary(g) % 3),
            4..7 => Self::Host(u8::arbitrary(g)),
            _ => {
                let number = (u8::arbitrary(g) % 8 != 0).then(|| 1 + u64::from(u8::arbitrary(g)) % 8);
                Self::Message { message: Any::arbitrary(g).0, number }
            }
        }
    }
}

/// Turns an arbitrary message into one that gets past the first checks.
fn fitting(sender: Sender, mut message: Message, number: Option<u64>, now: u64) -> Message {
    let Some(number) = number else { return message };
    if !Message::senders(message.layout().template_id).unwrap().contains(&sender) || number % 2 == 0 {
        message = sample(if sender == Sender::Client { 100 } else { 200 });
    }
    if let Some(header) = message.header_mut() {
        (header.session_id, header.msg_seq_num) = (7, number);
    }
    match &mut message {
        Message::Negotiate(negotiate) => {
            (negotiate.session_id, negotiate.timestamp) = (7, now);
            let signed = signing_bytes(Handshake::Negotiate, 7, negotiate.session_ver_id, now);
            negotiate.signature = ToyKey(7).sign(&signed);
        }
        Message::Establish(establish) => {
            (establish.session_id, establish.timestamp, establish.keepalive_interval) = (7, now, 1_000);
            let kind = Handshake::Establish { next_seq_no: establish.next_seq_no };
            establish.signature = ToyKey(7).sign(&signing_bytes(kind, 7, establish.session_ver_id, now));
        }
        Message::NegotiateResponse(response) => {
            (response.session_id, response.session_ver_id, response.request_timestamp) = (7, 3, now);
        }
        Message::EstablishAck(ack) => {
            (ack.session_id, ack.session_ver_id, ack.request_timestamp) = (7, 3, now);
            (ack.keepalive_interval, ack.next_expected_seq_no) = (1_000, number);
        }
        Message::Sequence(sequence) => sequence.next_seq_no = number,
        Message::RetransmitRequest(request) => {
            (request.session_id, request.from_seq_no, request.count) = (7, number, 1);
        }
        Message::Retransmission(retransmission) => {
            (retransmission.request_timestamp, retransmission.next_seq_no) = (now, number);
            retransmission.count = 1;
        }
        _ => {}
    }
    message
}

/// Messages of a good beginning; chance alone hardly ever gets past the handshake.
fn prologue(established: bool, messages: Vec<Message>) -> impl Iterator<Item = Input> {
    let messages = if established { messages } else { Vec::new() };
    messages.into_iter().map(|message| Input::Message { message, number: Some(1) })
}

fn sample(template_id: u16) -> Message {
    let samples = crate::common::samples();
    samples.into_iter().find(|message| message.layout().template_id == template_id).expect("a sample of each")
}

fn venue_withstands(established: bool, inputs: Vec<Input>) -> bool {
    let mut session = ServerSession::new(T0, ServerConfig::default());
    let (mut now, mut closed) = (T0, false);
    for input in prologue(established, vec![sample(4)]).chain(inputs) {
        let mut actions = Vec::new();
        match input {
            Input::Message { message, number } => {
                session.on_message(
                    now,
                    fitting(Sender::Client, message, number, now),
                    &ToyKeys,
                    &mut actions,
                );
            }
            Input::Bytes(bytes) => session.on_frame(now, &bytes, &ToyKeys, &mut actions),
            Input::Wait(seconds) => {
                now += u64::from(seconds) * S;
                session.on_timer(now, &mut actions);
            }
            Input::Host(0) => session.terminate(now, TerminationCode::Throttled, &mut actions),
            Input::Host(1) => session.on_frame_error(&FrameError::Length { length: 1 }, &mut actions),
            Input::Host(_) => {}
        }
        // The host answers at once.
        let mut index = 0;
        while index < actions.len() {
            match actions[index] {
                ServerAction::Negotiate { .. } => session.negotiated(now, Ok(()), &mut actions),
                ServerAction::Establish { session_ver_id, .. } => {
                    let numbers = SessionNumbers { session_ver_id, next_inbound: 4, next_outbound: 4 };
                    session.established(now, Ok(numbers), &mut actions);
                }
                ServerAction::Fetch { count, .. } => session.fetched(now, Ok(count), &mut actions),
                _ => {}
            }
            index += 1;
        }
        assert!(actions.is_empty() || !closed, "nothing after the end: {actions:?}");
        for action in &actions {
            assert!(!closed, "closing is the last action");
            match action {
                ServerAction::Send(message) => drop(encoded(message)),
                ServerAction::Close(_) => closed = true,
                _ => {}
            }
        }
        assert_eq!(session.is_closed(), closed);
    }
    true
}

fn client_withstands(established: bool, inputs: Vec<Input>) -> bool {
    let config = ClientConfig {
        session_id: 7,
        keepalive_interval: 1_000,
        handshake_deadline: 5 * S,
        outbox_capacity: 4,
        resend_window: S,
    };
    let mut session = ClientSession::new(config, ClientState::new(3));
    let (mut now, mut next) = (T0, 1);
    let beginning = prologue(established, vec![sample(2), sample(5)]);
    for input in std::iter::once(Input::Host(u8::MAX)).chain(beginning).chain(inputs) {
        let mut actions = Vec::new();
        match input {
            Input::Message { message, number } => {
                session.on_message(
                    now,
                    fitting(Sender::Venue, message, number, now),
                    &ToyKey(7),
                    &mut actions,
                );
            }
            Input::Bytes(bytes) => session.on_frame(now, &bytes, &ToyKey(7), &mut actions),
            Input::Wait(seconds) => {
                now += u64::from(seconds) * S;
                session.on_timer(now, &mut actions);
            }
            Input::Host(0..=99) => {
                let _ = session.submit(now, crate::common::new_order(0, 0, "A").into(), &mut actions);
            }
            Input::Host(_) if session.is_disconnected() => session.connected(now, &ToyKey(7), &mut actions),
            Input::Host(_) => {}
        }
        for action in &actions {
            match action {
                ClientAction::Send(message) => drop(encoded(message)),
                ClientAction::Deliver(message) => {
                    assert_eq!(message.header().unwrap().msg_seq_num, next, "in order, exactly once");
                    next += 1;
                }
                _ => {}
            }
        }
        let state = session.state();
        assert!(state.unacknowledged.len() <= 4);
        if state.next_inbound == 1 {
            next = 1;
        }
    }
    true
}

#[test]
fn the_venue_withstands_any_input() {
    let size = Gen::new(60);
    QuickCheck::new()
        .rng(size)
        .tests(5_000)
        .max_tests(5_000)
        .quickcheck(venue_withstands as fn(bool, Vec<Input>) -> bool);
}

#[test]
fn the_client_withstands_any_input() {
    let size = Gen::new(60);
    QuickCheck::new()
        .rng(size)
        .tests(5_000)
        .max_tests(5_000)
        .quickcheck(client_withstands as fn(bool, Vec<Input>) -> bool);
}
