//! The venue's side of a session until it is established, as transcripts: what came in, and the whole list of actions
//! it caused.

use crate::common::new_order;
use crate::common::transcript::{S, ToyKey, Transcript, shown};
use crate::common::venue::{T0, Venue};
use tallystick_wire::session::*;
use tallystick_wire::*;

#[test]
fn a_session_is_negotiated_established_used_and_terminated() {
    let mut venue = Venue::new();
    venue.negotiate(3);
    venue.host_negotiated(Ok(()));
    venue.establish(3, 1, 3_000);
    venue.host_established(Ok(SessionNumbers { session_ver_id: 3, next_inbound: 1, next_outbound: 1 }));
    venue.order(1);
    venue.client(Terminate { session_id: 7, code: TerminationCode::Finished });
    venue.order(2);
    venue.transcript.is("
        > Negotiate sessionID=7 sessionVerID=3 timestamp=1000000000000
            Negotiate { session_id: 7, session_ver_id: 3 }
        host: negotiated Ok(())
            Send NegotiateResponse sessionID=7 sessionVerID=3 requestTimestamp=1000000000000
        > Establish sessionID=7 sessionVerID=3 timestamp=1000000000000 nextSeqNo=1 keepaliveInterval=3000
            Establish { session_id: 7, session_ver_id: 3, next_seq_no: 1 }
        host: established ok
            Send EstablishAck sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 nextSeqNo=1 nextExpectedSeqNo=1 keepaliveInterval=2000
        > NewOrderSingle sessionID=7 msgSeqNum=1 clOrdID=A account=1001
            Apply NewOrderSingle sessionID=7 msgSeqNum=1 clOrdID=A account=1001
        > Terminate sessionID=7 terminationCode=Finished
            Send Terminate sessionID=7 terminationCode=Finished
            Close(TerminatedByPeer(Finished))
        > NewOrderSingle sessionID=7 msgSeqNum=2 clOrdID=A account=1001
    ");
}

#[test]
fn nothing_is_answered_to_a_negotiate_before_the_host_has_made_it_durable() {
    let mut venue = Venue::new();
    venue.negotiate(3);
    venue.wait(60);
    venue.transcript.is("
        > Negotiate sessionID=7 sessionVerID=3 timestamp=1000000000000
            Negotiate { session_id: 7, session_ver_id: 3 }
    ");
}

#[test]
fn a_version_that_does_not_rise_is_refused_and_the_current_one_told() {
    let mut venue = Venue::new();
    venue.negotiate(3);
    let code = NegotiateRejectCode::DuplicateId;
    venue.host_negotiated(Err(NegotiateRefusal { code, current_session_ver_id: Some(4) }));
    venue.negotiate(5);
    venue.transcript.is("
        > Negotiate sessionID=7 sessionVerID=3 timestamp=1000000000000
            Negotiate { session_id: 7, session_ver_id: 3 }
        host: negotiated Err(NegotiateRefusal { code: DuplicateId, current_session_ver_id: Some(4) })
            Send NegotiateReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 negotiateRejectCode=DuplicateId currentSessionVerID=4
            Close(NegotiateRejected { code: DuplicateId, current_session_ver_id: Some(4) })
        > Negotiate sessionID=7 sessionVerID=5 timestamp=1000000000000
    ");
}

#[test]
fn a_negotiate_repeated_on_its_connection_is_refused() {
    let mut venue = Venue::new();
    venue.negotiate(3);
    venue.host_negotiated(Ok(()));
    venue.transcript = Transcript::default();
    venue.negotiate(3);
    venue.transcript.is("
        > Negotiate sessionID=7 sessionVerID=3 timestamp=1000000000000
            Send NegotiateReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 negotiateRejectCode=AlreadyNegotiated currentSessionVerID=null
            Close(NegotiateRejected { code: AlreadyNegotiated, current_session_ver_id: None })
    ");
}

#[test]
fn a_wrong_signature_or_an_unknown_session_is_refused_without_a_word_about_the_session() {
    let mut venue = Venue::new();
    venue.key = ToyKey(8);
    venue.negotiate(3);
    venue.transcript.is("
        > Negotiate sessionID=7 sessionVerID=3 timestamp=1000000000000
            Send NegotiateReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 negotiateRejectCode=Credentials currentSessionVerID=null
            Close(NegotiateRejected { code: Credentials, current_session_ver_id: None })
    ");
    let mut venue = Venue::new();
    venue.key = ToyKey(8);
    venue.establish(3, 1, 3_000);
    venue.transcript.is("
        > Establish sessionID=7 sessionVerID=3 timestamp=1000000000000 nextSeqNo=1 keepaliveInterval=3000
            Send EstablishReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 establishRejectCode=Credentials currentSessionVerID=null
            Close(EstablishRejected { code: Credentials, current_session_ver_id: None })
    ");
}

#[test]
fn a_negotiate_signature_does_not_establish() {
    let mut venue = Venue::new();
    let signature = ToyKey(7).sign(&signing_bytes(Handshake::Negotiate, 7, 3, T0));
    let (session_id, session_ver_id, timestamp) = (7, 3, T0);
    let establish = Establish {
        session_id,
        session_ver_id,
        timestamp,
        next_seq_no: 0,
        keepalive_interval: 1_000,
        signature,
    };
    venue.client(establish);
    venue.transcript.is("
        > Establish sessionID=7 sessionVerID=3 timestamp=1000000000000 nextSeqNo=0 keepaliveInterval=1000
            Send EstablishReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 establishRejectCode=Credentials currentSessionVerID=null
            Close(EstablishRejected { code: Credentials, current_session_ver_id: None })
    ");
}

#[test]
fn a_timestamp_5_s_away_is_fresh_and_one_beyond_is_stale() {
    for (difference, stale) in [(0, false), (5 * S, false), (5 * S + 1, true)] {
        for timestamp in [T0 - difference, T0 + difference] {
            for establish in [false, true] {
                let mut venue = Venue::new();
                let (session_id, session_ver_id, next_seq_no) = (7, 3, 1);
                if establish {
                    let signed = signing_bytes(Handshake::Establish { next_seq_no }, 7, 3, timestamp);
                    let signature = ToyKey(7).sign(&signed);
                    let keepalive_interval = 1_000;
                    venue.client(Establish {
                        session_id,
                        session_ver_id,
                        timestamp,
                        next_seq_no,
                        keepalive_interval,
                        signature,
                    });
                } else {
                    let signature = ToyKey(7).sign(&signing_bytes(Handshake::Negotiate, 7, 3, timestamp));
                    venue.client(Negotiate { session_id, session_ver_id, timestamp, signature });
                }
                assert_eq!(venue.session.is_closed(), stale, "{difference} ns, establish: {establish}");
            }
        }
    }
}

#[test]
fn establish_before_negotiate_is_unnegotiated() {
    let mut venue = Venue::new();
    venue.establish(3, 1, 3_000);
    let code = EstablishRejectCode::Unnegotiated;
    venue.host_established(Err(EstablishRefusal { code, current_session_ver_id: None }));
    venue.transcript.is("
        > Establish sessionID=7 sessionVerID=3 timestamp=1000000000000 nextSeqNo=1 keepaliveInterval=3000
            Establish { session_id: 7, session_ver_id: 3, next_seq_no: 1 }
        host: established refused
            Send EstablishReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 establishRejectCode=Unnegotiated currentSessionVerID=null
            Close(EstablishRejected { code: Unnegotiated, current_session_ver_id: None })
    ");
    let mut venue = Venue::new();
    venue.negotiate(3);
    venue.establish(3, 1, 3_000);
    venue.transcript.is("
        > Negotiate sessionID=7 sessionVerID=3 timestamp=1000000000000
            Negotiate { session_id: 7, session_ver_id: 3 }
        > Establish sessionID=7 sessionVerID=3 timestamp=1000000000000 nextSeqNo=1 keepaliveInterval=3000
            Send EstablishReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 establishRejectCode=Unnegotiated currentSessionVerID=null
            Close(EstablishRejected { code: Unnegotiated, current_session_ver_id: None })
    ");
}

#[test]
fn establish_with_another_version_than_the_negotiated_is_refused_and_the_current_one_told() {
    let mut venue = Venue::new();
    venue.establish(2, 1, 3_000);
    venue.host_established(Ok(SessionNumbers { session_ver_id: 3, next_inbound: 1, next_outbound: 1 }));
    venue.transcript.is("
        > Establish sessionID=7 sessionVerID=2 timestamp=1000000000000 nextSeqNo=1 keepaliveInterval=3000
            Establish { session_id: 7, session_ver_id: 2, next_seq_no: 1 }
        host: established ok
            Send EstablishReject sessionID=7 sessionVerID=2 requestTimestamp=1000000000000 establishRejectCode=InvalidSessionVerId currentSessionVerID=3
            Close(EstablishRejected { code: InvalidSessionVerId, current_session_ver_id: Some(3) })
    ");
}

#[test]
fn a_keepalive_interval_outside_1_to_60_s_is_refused() {
    for (interval, refused) in [(0, true), (999, true), (1_000, false), (60_000, false), (60_001, true)] {
        let mut venue = Venue::new();
        venue.establish(3, 1, interval);
        assert_eq!(venue.session.is_closed(), refused, "{interval} ms");
    }
}

#[test]
fn a_next_number_of_nought_or_absurdly_far_ahead_is_refused_and_one_behind_is_told_the_expected() {
    let numbers = SessionNumbers { session_ver_id: 3, next_inbound: 10, next_outbound: 20 };
    for (next_seq_no, refused) in
        [(0, true), (1, false), (10 + MAX_GAP, false), (11 + MAX_GAP, true), (u64::MAX - 1, true)]
    {
        let mut venue = Venue::new();
        venue.establish(3, next_seq_no, 3_000);
        venue.host_established(Ok(numbers));
        assert_eq!(venue.session.is_closed(), refused, "{next_seq_no}");
    }
}

#[test]
fn handshakes_inside_an_established_session_are_refused_and_the_session_goes_on() {
    let mut venue = Venue::established();
    venue.establish(3, 10, 3_000);
    venue.negotiate(4);
    venue.order(10);
    venue.transcript.is("
        > Establish sessionID=7 sessionVerID=3 timestamp=1000000000000 nextSeqNo=10 keepaliveInterval=3000
            Send EstablishReject sessionID=7 sessionVerID=3 requestTimestamp=1000000000000 establishRejectCode=AlreadyEstablished currentSessionVerID=null
        > Negotiate sessionID=7 sessionVerID=4 timestamp=1000000000000
            Send NegotiateReject sessionID=7 sessionVerID=4 requestTimestamp=1000000000000 negotiateRejectCode=AlreadyNegotiated currentSessionVerID=null
        > NewOrderSingle sessionID=7 msgSeqNum=10 clOrdID=A account=1001
            Apply NewOrderSingle sessionID=7 msgSeqNum=10 clOrdID=A account=1001
    ");
}

#[test]
fn messages_that_need_a_session_end_a_connection_without_one() {
    let messages: [Message; 3] = [
        new_order(7, 1, "A").into(),
        Sequence { next_seq_no: 1 }.into(),
        RetransmitRequest { session_id: 7, timestamp: 1, from_seq_no: 1, count: 1 }.into(),
    ];
    for message in messages {
        let mut venue = Venue::new();
        venue.client(message.clone());
        venue.transcript.is(&format!(
            "> {}\n    Send Terminate sessionID=0 terminationCode=NotEstablished",
            shown(&message)
        ));
    }
}

#[test]
fn silence_before_the_handshake_is_closed_at_the_deadline() {
    let mut venue = Venue::new();
    venue.wait(60);
    venue.transcript.is("
        at 5 s
            Send Terminate sessionID=0 terminationCode=HandshakeTimeout
            Close(Terminated(HandshakeTimeout))
    ");
    let mut venue = Venue::new();
    venue.negotiate(3);
    venue.wait(3);
    venue.host_negotiated(Ok(()));
    venue.transcript = Transcript::default();
    venue.wait(60);
    venue.transcript.is("
        at 8 s
            Send Terminate sessionID=7 terminationCode=HandshakeTimeout
            Close(Terminated(HandshakeTimeout))
    ");
}
