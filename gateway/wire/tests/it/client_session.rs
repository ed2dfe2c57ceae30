//! The client's side of a session, as transcripts: what came in, and the whole list of actions it caused.

use crate::common::transcript::{S, ToyKey, Transcript, shown};
use crate::common::{encoded, id, new_order, report_new, samples};
use tallystick_wire::session::*;
use tallystick_wire::*;

const T0: u64 = 1_000 * S;

const CONFIG: ClientConfig = ClientConfig {
    session_id: 7,
    keepalive_interval: 2_000,
    handshake_deadline: 5 * S,
    outbox_capacity: 3,
    resend_window: u64::MAX,
};

struct User {
    session: ClientSession,
    now: u64,
    transcript: Transcript,
    actions: Vec<ClientAction>,
}

impl User {
    fn new(state: ClientState) -> Self {
        Self::with(CONFIG, state)
    }

    fn with(config: ClientConfig, state: ClientState) -> Self {
        let session = ClientSession::new(config, state);
        Self { session, now: T0, transcript: Transcript::default(), actions: Vec::new() }
    }

    /// Established with the next numbers 5 out and 20 in, and nothing in the transcript.
    fn established() -> Self {
        let mut user = Self::new(state(5, 20));
        user.connect();
        user.ack(20, 5);
        user.transcript = Transcript::default();
        user
    }

    fn connect(&mut self) {
        self.transcript.note("connected");
        self.session.connected(self.now, &ToyKey(7), &mut self.actions);
        self.transcript.client(&mut self.actions);
    }

    fn venue(&mut self, message: impl Into<Message>) {
        let message = message.into();
        self.transcript.note(&format!("< {}", shown(&message)));
        let framed = encoded(&message);
        self.session.on_frame(self.now, &framed[4..], &ToyKey(7), &mut self.actions);
        self.transcript.client(&mut self.actions);
    }

    fn ack(&mut self, next_seq_no: u64, next_expected_seq_no: u64) {
        self.venue(EstablishAck {
            session_id: 7,
            session_ver_id: 3,
            request_timestamp: self.now,
            next_seq_no,
            next_expected_seq_no,
            keepalive_interval: 3_000,
        });
    }

    fn report(&mut self, number: u64, name: &str) {
        self.venue(report_new(7, number, name));
    }

    fn submit(&mut self, name: &str) {
        self.transcript.note(&format!("submit {name}"));
        let number = self.session.submit(self.now, new_order(0, 0, name).into(), &mut self.actions);
        self.transcript.note(&format!("    {number:?}"));
        self.transcript.client(&mut self.actions);
    }

    fn wait(&mut self, seconds: u64) {
        let until = self.now + seconds * S;
        while self.session.next_deadline() <= until {
            self.now = self.session.next_deadline();
            self.session.on_timer(self.now, &mut self.actions);
            self.transcript.note(&format!("after {} s", (self.now - T0) / S));
            self.transcript.client(&mut self.actions);
        }
        self.now = until;
    }
}

fn state(next_outbound: u64, next_inbound: u64) -> ClientState {
    ClientState {
        session_ver_id: 3,
        negotiated: true,
        next_outbound,
        next_inbound,
        unacknowledged: Vec::new(),
    }
}

#[test]
fn a_new_session_is_negotiated_then_established_then_used() {
    let mut user = User::new(ClientState::new(3));
    user.connect();
    user.venue(NegotiateResponse { session_id: 7, session_ver_id: 3, request_timestamp: T0 });
    user.ack(1, 1);
    user.submit("A");
    user.report(1, "A");
    assert_eq!(user.session.unacknowledged(), 0);
    user.session.terminate(user.now, TerminationCode::Finished, &mut user.actions);
    user.venue(Terminate { session_id: 7, code: TerminationCode::Finished });
    user.transcript.is("
        connected
            Send Negotiate sessionID=7 sessionVerID=3 timestamp=1000000000000
        < NegotiateResponse sessionID=7 sessionVerID=3 requestTimestamp=1000000000000
            Send Establish sessionID=7 sessionVerID=3 timestamp=1000000000000 nextSeqNo=1 keepaliveInterval=2000
        < EstablishAck sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 nextSeqNo=1 nextExpectedSeqNo=1 keepaliveInterval=3000
            Established { next_expected_seq_no: 1 }
        submit A
            Ok(1)
            Send NewOrderSingle sessionID=7 msgSeqNum=1 clOrdID=A account=1001
        < ExecutionReportNew sessionID=7 msgSeqNum=1 orderID=1 execID=1
            Deliver ExecutionReportNew sessionID=7 msgSeqNum=1 orderID=1 execID=1
        < Terminate sessionID=7 terminationCode=Finished
            Send Terminate sessionID=7 terminationCode=Finished
            Close(Terminated(Finished))
    ");
    let expected = ClientState { next_outbound: 2, next_inbound: 2, ..state(0, 0) };
    assert_eq!(user.session.state(), expected);
}

#[test]
fn a_gap_is_asked_for_and_reports_are_delivered_in_order_exactly_once() {
    let mut user = User::established();
    user.report(20, "A");
    user.report(22, "C");
    user.report(23, "D");
    let request_timestamp = user.now;
    user.venue(Retransmission { session_id: 7, request_timestamp, next_seq_no: 21, count: 1 });
    user.report(21, "B");
    user.venue(Sequence { next_seq_no: 24 });
    user.report(22, "C");
    user.transcript.is("
        < ExecutionReportNew sessionID=7 msgSeqNum=20 orderID=20 execID=20
            Deliver ExecutionReportNew sessionID=7 msgSeqNum=20 orderID=20 execID=20
        < ExecutionReportNew sessionID=7 msgSeqNum=22 orderID=22 execID=22
            Send RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=21 count=1
        < ExecutionReportNew sessionID=7 msgSeqNum=23 orderID=23 execID=23
        < Retransmission sessionID=7 requestTimestamp=1000000000000 nextSeqNo=21 count=1
        < ExecutionReportNew sessionID=7 msgSeqNum=21 orderID=21 execID=21
            Deliver ExecutionReportNew sessionID=7 msgSeqNum=21 orderID=21 execID=21
            Deliver ExecutionReportNew sessionID=7 msgSeqNum=22 orderID=22 execID=22
            Deliver ExecutionReportNew sessionID=7 msgSeqNum=23 orderID=23 execID=23
        < Sequence nextSeqNo=24
        < ExecutionReportNew sessionID=7 msgSeqNum=22 orderID=22 execID=22
    ");
}

#[test]
fn a_long_absence_is_fetched_in_chunks_of_at_most_1000() {
    let mut user = User::new(state(5, 20));
    user.connect();
    user.ack(1_500, 5);
    let request_timestamp = user.now;
    user.venue(Retransmission { session_id: 7, request_timestamp, next_seq_no: 20, count: 2 });
    user.report(20, "A");
    user.report(21, "B");
    user.transcript.is("
        connected
            Send Establish sessionID=7 sessionVerID=3 timestamp=1000000000000 nextSeqNo=5 keepaliveInterval=2000
        < EstablishAck sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 nextSeqNo=1500 nextExpectedSeqNo=5 keepaliveInterval=3000
            Established { next_expected_seq_no: 5 }
            Send RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=20 count=1000
        < Retransmission sessionID=7 requestTimestamp=1000000000000 nextSeqNo=20 count=2
        < ExecutionReportNew sessionID=7 msgSeqNum=20 orderID=20 execID=20
            Deliver ExecutionReportNew sessionID=7 msgSeqNum=20 orderID=20 execID=20
        < ExecutionReportNew sessionID=7 msgSeqNum=21 orderID=21 execID=21
            Deliver ExecutionReportNew sessionID=7 msgSeqNum=21 orderID=21 execID=21
            Send RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=22 count=1000
    ");
}

#[test]
fn what_the_venue_never_received_is_sent_again_with_the_same_numbers() {
    let mut user = User::established();
    user.submit("A");
    user.submit("B");
    user.submit("C");
    user.submit("D");
    user.session.disconnected();
    user.connect();
    user.ack(20, 6);
    user.submit("D");
    user.transcript.is("
        submit A
            Ok(5)
            Send NewOrderSingle sessionID=7 msgSeqNum=5 clOrdID=A account=1001
        submit B
            Ok(6)
            Send NewOrderSingle sessionID=7 msgSeqNum=6 clOrdID=B account=1001
        submit C
            Ok(7)
            Send NewOrderSingle sessionID=7 msgSeqNum=7 clOrdID=C account=1001
        submit D
            Err(OutboxFull { capacity: 3 })
        connected
            Send Establish sessionID=7 sessionVerID=3 timestamp=1000000000000 nextSeqNo=8 keepaliveInterval=2000
        < EstablishAck sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 nextSeqNo=20 nextExpectedSeqNo=6 keepaliveInterval=3000
            Established { next_expected_seq_no: 6 }
            Send NewOrderSingle sessionID=7 msgSeqNum=6 flags={PossResend} clOrdID=B
            Send NewOrderSingle sessionID=7 msgSeqNum=7 flags={PossResend} clOrdID=C
        submit D
            Ok(8)
            Send NewOrderSingle sessionID=7 msgSeqNum=8 clOrdID=D account=1001
    ");
}

#[test]
fn what_is_too_old_is_withheld_and_reported_as_not_applied_even_if_the_venue_s_word_is_lost() {
    let mut user = User::with(ClientConfig { resend_window: S, ..CONFIG }, state(5, 20));
    user.connect();
    user.ack(20, 5);
    user.submit("A");
    user.session.disconnected();
    user.now += 2 * S;
    user.transcript = Transcript::default();
    user.connect();
    user.ack(20, 5);
    user.session.disconnected();
    user.connect();
    user.ack(20, 6);
    assert_eq!(user.session.unacknowledged(), 0);
    user.transcript.is("
        connected
            Send Establish sessionID=7 sessionVerID=3 timestamp=1002000000000 nextSeqNo=6 keepaliveInterval=2000
        < EstablishAck sessionID=7 sessionVerID=3 requestTimestamp=1002000000000 nextSeqNo=20 nextExpectedSeqNo=5 keepaliveInterval=3000
            Established { next_expected_seq_no: 5 }
            Send Sequence nextSeqNo=6
        connected
            Send Establish sessionID=7 sessionVerID=3 timestamp=1002000000000 nextSeqNo=6 keepaliveInterval=2000
        < EstablishAck sessionID=7 sessionVerID=3 requestTimestamp=1002000000000 nextSeqNo=20 nextExpectedSeqNo=6 keepaliveInterval=3000
            Established { next_expected_seq_no: 6 }
            NotApplied { from_seq_no: 5, count: 1 }
    ");
}

#[test]
fn only_an_answer_shows_that_a_message_was_received() {
    let named = |message: &Message| match message.clone() {
        Message::ExecutionReportTrade(report) => ExecutionReportTrade { cl_ord_id: id("B"), ..report }.into(),
        Message::ExecutionReportTradeCancel(report) => {
            ExecutionReportTradeCancel { cl_ord_id: id("B"), ..report }.into()
        }
        Message::ExecutionReportExpired(report) => {
            ExecutionReportExpired { cl_ord_id: id("B"), ..report }.into()
        }
        Message::ExecutionReportRestated(report) => {
            ExecutionReportRestated { cl_ord_id: id("B"), ..report }.into()
        }
        Message::ExecutionReportTriggered(report) => {
            ExecutionReportTriggered { cl_ord_id: id("B"), ..report }.into()
        }
        Message::ExecutionReportCancelled(report) => {
            ExecutionReportCancelled { cl_ord_id: id("B"), ..report }.into()
        }
        Message::ExecutionReportReplaced(report) => {
            ExecutionReportReplaced { cl_ord_id: id("B"), ..report }.into()
        }
        Message::ExecutionReportRejected(report) => {
            ExecutionReportRejected { cl_ord_id: id("B"), ..report }.into()
        }
        Message::ExecutionReportPendingNew(report) => {
            ExecutionReportPendingNew { cl_ord_id: id("B"), ..report }.into()
        }
        Message::ExecutionReportNew(report) => ExecutionReportNew { cl_ord_id: id("B"), ..report }.into(),
        Message::OrderCancelReject(report) => OrderCancelReject { cl_ord_id: id("B"), ..report }.into(),
        Message::OrderMassActionReport(report) => {
            OrderMassActionReport { cl_ord_id: id("B"), ..report }.into()
        }
        Message::RequestReject(report) => RequestReject { request_id: id("B"), ..report }.into(),
        Message::BusinessMessageReject(report) => BusinessMessageReject { ref_seq_num: 6, ..report }.into(),
        // The name of a quote or of a request is no order's.
        Message::QuoteStatusReport(report) => QuoteStatusReport { quote_id: id("B"), ..report }.into(),
        Message::QuoteCancelReport(report) => QuoteCancelReport { quote_msg_id: id("B"), ..report }.into(),
        other => other,
    };
    for sample in samples().iter().filter(|sample| sample.layout().template_id >= 200) {
        let mut user = User::established();
        user.submit("A");
        user.submit("B");
        user.submit("C");
        let mut report: Message = named(sample);
        report.header_mut().unwrap().msg_seq_num = 20;
        user.venue(report);
        let unsolicited =
            matches!(sample.layout().template_id, 202 | 204..=206 | 208 | 209 | 211 | 212 | 221..=225);
        let left = if unsolicited { 3 } else { 1 };
        assert_eq!(user.session.unacknowledged(), left, "{}", sample.layout().name);
    }
}

#[test]
fn a_quote_and_a_request_about_quotes_are_answered_under_their_own_names() {
    for sample in samples().iter().filter(|sample| matches!(sample.layout().template_id, 110..=112)) {
        let mut user = User::established();
        user.submit("A");
        let mut actions = Vec::new();
        user.session.submit(T0, sample.clone(), &mut actions).unwrap();
        assert_eq!(user.session.unacknowledged(), 2);
        let answer = sample.layout().template_id + 111;
        let mut answer = samples().into_iter().find(|it| it.layout().template_id == answer).unwrap();
        answer.header_mut().unwrap().msg_seq_num = 20;
        user.venue(answer);
        assert_eq!(user.session.unacknowledged(), 0, "{}", sample.layout().name);
    }
}

#[test]
fn the_numbers_that_were_not_applied_are_forgotten_and_told() {
    let mut user = User::established();
    user.submit("A");
    user.submit("B");
    user.venue(NotApplied { from_seq_no: 5, count: 1 });
    assert_eq!(user.session.unacknowledged(), 1);
    user.transcript.is("
        submit A
            Ok(5)
            Send NewOrderSingle sessionID=7 msgSeqNum=5 clOrdID=A account=1001
        submit B
            Ok(6)
            Send NewOrderSingle sessionID=7 msgSeqNum=6 clOrdID=B account=1001
        < NotApplied fromSeqNo=5 count=1
            NotApplied { from_seq_no: 5, count: 1 }
    ");
}

#[test]
fn a_client_without_its_numbers_takes_them_from_the_venue() {
    let mut user = User::new(state(1, 1));
    user.connect();
    user.ack(1, 40);
    user.submit("A");
    assert_eq!(user.session.state().next_outbound, 41);
}

#[test]
fn a_venue_that_has_sent_less_than_was_received_is_not_trusted() {
    let mut user = User::established();
    user.venue(Sequence { next_seq_no: 19 });
    user.venue(Terminate { session_id: 7, code: TerminationCode::Finished });
    user.transcript.is("
        < Sequence nextSeqNo=19
            Send Terminate sessionID=7 terminationCode=InvalidSequence
        < Terminate sessionID=7 terminationCode=Finished
            Close(VenueBehind { venue: 19, received: 20 })
    ");
}

#[test]
fn rejects_of_the_handshake_close_with_their_code() {
    let mut user = User::new(ClientState::new(3));
    user.connect();
    let (session_id, session_ver_id, request_timestamp) = (7, 3, T0);
    let code = NegotiateRejectCode::DuplicateId;
    let current_session_ver_id = Some(9);
    let reject =
        NegotiateReject { session_id, session_ver_id, request_timestamp, code, current_session_ver_id };
    user.venue(reject);
    assert!(!user.session.state().negotiated);
    user.connect();
    user.venue(NegotiateReject { current_session_ver_id: Some(3), ..reject });
    user.connect();
    let code = EstablishRejectCode::AlreadyEstablished;
    user.venue(EstablishReject {
        session_id,
        session_ver_id,
        request_timestamp,
        code,
        current_session_ver_id: None,
    });
    user.transcript.is("
        connected
            Send Negotiate sessionID=7 sessionVerID=3 timestamp=1000000000000
        < NegotiateReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 negotiateRejectCode=DuplicateId currentSessionVerID=9
            Close(NegotiateRejected { code: DuplicateId, current_session_ver_id: Some(9) })
        connected
            Send Negotiate sessionID=7 sessionVerID=3 timestamp=1000000000000
        < NegotiateReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 negotiateRejectCode=DuplicateId currentSessionVerID=3
            Close(NegotiateRejected { code: DuplicateId, current_session_ver_id: Some(3) })
        connected
            Send Establish sessionID=7 sessionVerID=3 timestamp=1000000000000 nextSeqNo=1 keepaliveInterval=2000
        < EstablishReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 establishRejectCode=AlreadyEstablished currentSessionVerID=null
            Close(EstablishRejected { code: AlreadyEstablished, current_session_ver_id: None })
    ");
}

#[test]
fn a_venue_that_does_not_answer_the_handshake_is_given_up() {
    let mut user = User::new(ClientState::new(3));
    user.connect();
    user.wait(60);
    user.transcript.is("
        connected
            Send Negotiate sessionID=7 sessionVerID=3 timestamp=1000000000000
        after 5 s
            Close(NoAnswer)
    ");
}

#[test]
fn the_client_heartbeats_warns_after_one_interval_of_silence_and_ends_after_three() {
    let mut user = User::established(); // the client's interval is 2 s, the venue's 3 s
    user.wait(60);
    user.transcript.is("
        after 2 s
            Send Sequence nextSeqNo=5
        after 3 s
            Warn
            Send Sequence nextSeqNo=5
        after 5 s
            Send Sequence nextSeqNo=5
        after 7 s
            Send Sequence nextSeqNo=5
        after 9 s
            Send Terminate sessionID=7 terminationCode=KeepaliveLapsed
            Close(Terminated(KeepaliveLapsed))
    ");
}

#[test]
fn a_retransmission_that_never_ends_is_given_up_although_the_venue_heartbeats() {
    let mut user = User::established();
    user.report(21, "B");
    for _ in 0..10 {
        user.wait(1);
        if user.session.is_established() {
            user.venue(Sequence { next_seq_no: 22 });
        }
    }
    user.venue(Terminate { session_id: 7, code: TerminationCode::Finished });
    let transcript = format!("{:?}", user.transcript);
    assert!(transcript.contains("Close(Terminated(RetransmitTimeout))"), "{transcript}");
}

#[test]
fn a_refused_retransmission_closes_with_its_code() {
    let mut user = User::established();
    user.report(21, "B");
    let (session_id, request_timestamp, code) = (7, T0, RetransmitRejectCode::NotAvailable);
    user.venue(RetransmitReject { session_id, request_timestamp, code });
    user.wait(1);
    user.transcript.is("
        < ExecutionReportNew sessionID=7 msgSeqNum=21 orderID=21 execID=21
            Send RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=20 count=1
        < RetransmitReject sessionID=7 requestTimestamp=1000000000000 retransmitRejectCode=NotAvailable
            Send Terminate sessionID=7 terminationCode=UnspecifiedError
        after 1 s
            Close(RetransmitRejected { code: NotAvailable, from_seq_no: 20 })
    ");
}

#[test]
fn a_flood_of_reports_above_a_gap_is_held_up_to_a_bound_and_fetched_beyond_it() {
    let mut user = User::established();
    for number in 21..10_021 {
        user.report(number, "B");
    }
    user.transcript = Transcript::default();
    user.venue(Retransmission { session_id: 7, request_timestamp: T0, next_seq_no: 20, count: 1 });
    user.report(20, "A");
    let transcript = format!("{:?}", user.transcript);
    assert_eq!(transcript.matches("Deliver").count(), 1 + 4_096);
    assert!(transcript.contains("fromSeqNo=4117 count=1000"), "{}", &transcript[transcript.len() - 300..]);
}

#[test]
fn what_breaks_the_schema_or_the_session_ends_it() {
    let cases: [(Message, &str); 4] = [
        (report_new(8, 20, "A").into(), "InvalidSession"),
        (
            Retransmission { session_id: 7, request_timestamp: 1, next_seq_no: 1, count: 1 }.into(),
            "UnexpectedMessage",
        ),
        (
            NegotiateResponse { session_id: 7, session_ver_id: 3, request_timestamp: 1 }.into(),
            "UnexpectedMessage",
        ),
        (new_order(7, 20, "A").into(), "InvalidTemplate"),
    ];
    for (message, code) in cases {
        let mut user = User::established();
        user.venue(message.clone());
        let sent = format!("Send Terminate sessionID=7 terminationCode={code}");
        user.transcript.is(&format!("< {}\n    {sent}", shown(&message)));
    }
}

#[test]
fn a_submission_that_could_not_be_sent_is_refused_with_what_to_do() {
    let mut user = User::new(state(5, 20));
    user.submit("A");
    user.connect();
    user.ack(20, 5);
    user.transcript = Transcript::default();
    let now = user.now;
    let mut order = new_order(0, 0, "A");
    order.order_qty = u64::MAX;
    let refused = user.session.submit(now, order.into(), &mut user.actions);
    assert_eq!(refused, Err(SubmitError::Null { tag: 38 }));
    let plain = new_order(0, 0, "A");
    let nulls = [
        (1, NewOrderSingle { account: u32::MAX, ..plain.clone() }),
        (48, NewOrderSingle { security_id: u32::MAX, ..plain.clone() }),
        (432, NewOrderSingle { expire_date: Some(u32::MAX), ..plain.clone() }),
        (1138, NewOrderSingle { display_qty: Some(u64::MAX), ..plain.clone() }),
        (110, NewOrderSingle { min_qty: Some(u64::MAX), ..plain.clone() }),
        (2362, NewOrderSingle { self_match_prevention_id: Some(u16::MAX), ..plain }),
    ];
    for (tag, order) in nulls {
        let refused = user.session.submit(now, order.into(), &mut user.actions);
        assert_eq!(refused, Err(SubmitError::Null { tag }));
    }
    let refused = user.session.submit(now, Sequence { next_seq_no: 1 }.into(), &mut user.actions);
    assert_eq!(refused, Err(SubmitError::NotAnOrderMessage));
    let mut exhausted = User::new(state(MAX_SEQ_NO, 20));
    exhausted.connect();
    exhausted.ack(20, MAX_SEQ_NO);
    let refused = exhausted.session.submit(now, new_order(0, 0, "A").into(), &mut exhausted.actions);
    assert_eq!(refused, Err(SubmitError::NumbersExhausted));
    assert_eq!(user.actions, []);
    assert_eq!(user.session.state(), state(5, 20), "nothing was consumed");
}
