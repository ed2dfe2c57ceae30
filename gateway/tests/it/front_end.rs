//! The loop over all clients, driven by hand: who has his turn, who is heard when there is no room, and what becomes
//! of those who don't listen. Time is the test's.

use crate::common::hall::{Caller, Hall, RESERVED, SECOND};
use crossbeam::channel::bounded;
use tallystick_engine::command::{Action, Command};
use tallystick_engine::types::SessionId;
use tallystick_gateway::session::egress::Job;
use tallystick_wire::{Message, RetransmitRejectCode, TerminationCode};

/// How many outputs are taken in one turn.
const TURN: usize = 1_024;

fn act(hall: &Hall) {
    let (reply, _) = bounded(1);
    hall.jobs.send(Job::Act { action: Box::new(Action::Status), registry: None, uid: 0, reply }).unwrap();
}

#[test]
fn whoever_sends_without_pause_leaves_the_others_their_turns() {
    const ORDERS: usize = 600;
    let mut hall = Hall::open(6, RESERVED + 64, 64);
    let mut crowd: Vec<Caller> = (1..=6).map(|session| hall.client(session)).collect();
    for caller in &mut crowd {
        (0..ORDERS).for_each(|_| caller.order());
    }
    let mut taken = [0; 6];
    hall.until(|hall| {
        while let Ok(ingress) = hall.asked.pop() {
            let Command::New(order) = ingress.command else { panic!("{:?}", ingress.command) };
            taken[order.from.session.0 as usize - 1] += 1;
        }
        taken.contains(&ORDERS).then_some(())
    });
    assert!(taken.iter().all(|&taken| taken >= ORDERS / 2), "{taken:?}");
}

#[test]
fn an_operator_is_heard_however_much_clients_send() {
    let mut hall = Hall::open(6, RESERVED + 64, 64);
    let mut crowd: Vec<Caller> = (1..=6).map(|session| hall.client(session)).collect();
    for caller in &mut crowd {
        (0..200).for_each(|_| caller.order());
    }
    hall.until(|hall| (hall.asked.slots() == 64).then_some(()));
    hall.settle();
    assert_eq!(hall.asked.slots(), 64, "clients leave room");
    act(&hall);
    hall.pump();
    let mut last = None;
    while let Ok(ingress) = hall.asked.pop() {
        last = Some(ingress.command);
    }
    assert!(matches!(&last, Some(Command::Operator(_))), "{last:?}");
    // Before clients, once there is room for both.
    act(&hall);
    hall.pump();
    assert!(matches!(hall.asked.pop().unwrap().command, Command::Operator(_)));
    assert!(matches!(hall.asked.pop().unwrap().command, Command::New(_)));
}

#[test]
fn an_operator_may_look_when_there_is_no_room_for_anything() {
    let mut hall = Hall::open(1, 4, 64);
    (0..7).for_each(|_| act(&hall));
    let (saw, seen) = bounded(1);
    hall.jobs.send(Job::Look(Box::new(move |_, outbox| saw.send(outbox.len()).unwrap()))).unwrap();
    hall.pump();
    assert_eq!((seen.try_recv(), hall.asked.slots()), (Ok(0), 4));
    // What found no room keeps its place.
    let mut requests = Vec::new();
    while requests.len() < 7 {
        match hall.asked.pop() {
            Ok(ingress) => match ingress.command {
                Command::Operator(request) => requests.push(request.request),
                other => panic!("{other:?}"),
            },
            Err(_) => drop(hall.pump()),
        }
    }
    assert!(requests.is_sorted());
}

#[test]
fn while_there_is_no_room_who_is_alive_is_not_given_up() {
    let mut hall = Hall::open(5, 4, 64);
    let mut beating = hall.client(1);
    let mut held = hall.client(2);
    let mut silent = hall.client(3);
    (0..4).for_each(|_| act(&hall));
    hall.pump();
    assert_eq!(hall.asked.slots(), 4, "there is no room");
    // One has said something that is not taken, and then nothing; one begins only now; one is back.
    held.order();
    let mut new = Caller::connect(hall.address, 4);
    new.negotiate(hall.now(), 2);
    let mut back = Caller::connect(hall.address, 5);
    back.establish(hall.now(), 60_000);
    let answer = hall.until(|_| back.hear());
    assert!(matches!(answer, Message::EstablishAck(_)), "{answer:?}");
    hall.settle();
    let (mut code, mut others) = (None, 0);
    for _ in 0..20 {
        hall.pass(30 * SECOND);
        beating.heartbeat();
        back.heartbeat();
        hall.settle();
        while let Some(message) = silent.hear() {
            if let Message::Terminate(terminate) = message {
                code = Some(terminate.code);
            }
        }
        for caller in [&mut beating, &mut held, &mut new, &mut back] {
            while let Some(message) = caller.hear() {
                assert!(matches!(message, Message::Sequence(_)), "session {}: {message:?}", caller.session);
                others += 1;
            }
        }
    }
    assert_eq!(code, Some(TerminationCode::KeepaliveLapsed), "who says nothing is given up as ever");
    assert!(others >= 3 * 9, "the venue's own heartbeats go on");
}

#[test]
fn what_found_no_room_is_taken_once_there_is_some() {
    let mut hall = Hall::open(2, RESERVED + 1, 64);
    let mut client = hall.client(1);
    (0..3).for_each(|_| client.order());
    hall.until(|hall| (hall.asked.slots() == 1).then_some(()));
    // The handshake's deadline is five seconds.
    let mut new = Caller::connect(hall.address, 2);
    hall.settle();
    hall.pass(3 * SECOND);
    new.negotiate(hall.now(), 2);
    hall.settle();
    hall.pass(4 * SECOND);
    hall.settle();
    let mut asked = Vec::new();
    while asked.len() < 4 {
        let ingress = hall.until(|hall| hall.asked.pop().ok());
        asked.push(match ingress.command {
            Command::New(order) => (order.from.session, order.from.number),
            Command::Negotiate(negotiate) => (negotiate.session, negotiate.version),
            other => panic!("{other:?}"),
        });
    }
    asked.sort();
    let (one, two) = (SessionId(1), SessionId(2));
    assert_eq!(asked, [(one, 1), (one, 2), (one, 3), (two, 2)]);
}

#[test]
fn who_reads_is_never_cut_off_and_who_does_not_is_in_the_end() {
    // Far more than the system holds for a connection.
    const REPORTS: u64 = 150_000;
    let mut hall = Hall::open(3, RESERVED + 1, 4 * TURN);
    let (mut reads, mut deaf, mut late) = (hall.client(1), hall.client(2), hall.client(3));
    let mut heard = 0;
    let mut hear = |reads: &mut Caller| {
        while let Some(message) = reads.hear() {
            if let Some(header) = message.header() {
                heard += 1;
                assert_eq!(header.msg_seq_num, heard, "each, in order, and without asking");
            } else {
                assert!(matches!(message, Message::Sequence(_)), "{message:?}");
            }
        }
        heard
    };
    for number in 1..=REPORTS {
        hall.say((1..=3).map(|session| Hall::report(session, number)).collect());
        if number % 500 == 0 {
            while hall.pump() {
                hear(&mut reads);
            }
        }
    }
    hall.until(|_| (hear(&mut reads) == REPORTS).then_some(()));

    // For almost half a minute nobody is cut off; then he who has not read anything.
    hall.pass(29 * SECOND);
    hall.settle();
    let mut told = 0;
    let mut end = None;
    while end.is_none() {
        match hall.until(|_| late.hear()) {
            Message::Sequence(sequence) => end = Some(sequence.next_seq_no),
            message => {
                told += 1;
                assert_eq!(message.header().unwrap().msg_seq_num, told);
            }
        }
    }
    assert_eq!(end, Some(REPORTS + 1), "he is told how much there is");
    assert!(told < REPORTS, "not all of it was kept for him");
    // What he missed he can have.
    while told < REPORTS {
        late.retransmit(told + 1, (REPORTS - told).min(1_000) as u32);
        let Message::Retransmission(head) = hall.until(|_| late.hear()) else { panic!("no answer") };
        assert_eq!(head.next_seq_no, told + 1);
        for _ in 0..head.count {
            told += 1;
            assert_eq!(hall.until(|_| late.hear()).header().unwrap().msg_seq_num, told);
        }
        assert!(matches!(hall.until(|_| late.hear()), Message::Sequence(_)));
    }
    hall.pass(2 * SECOND);
    hall.settle();
    let mut told = 0;
    let code = loop {
        match hall.until(|_| deaf.hear()) {
            Message::Terminate(terminate) => break terminate.code,
            message => {
                told += 1;
                assert_eq!(message.header().unwrap().msg_seq_num, told);
            }
        }
    };
    assert!(code == TerminationCode::SlowConsumer && told < REPORTS, "{code:?} after {told}");
    // The others go on.
    hall.say(vec![Hall::report(1, REPORTS + 1), Hall::report(3, REPORTS + 1)]);
    for caller in [&mut reads, &mut late] {
        let message = hall.until(|_| caller.hear().filter(|m| m.header().is_some()));
        assert_eq!(message.header().unwrap().msg_seq_num, REPORTS + 1);
    }
}

#[test]
fn while_the_event_log_cannot_be_written_nothing_is_taken_from_the_gate() {
    let mut hall = Hall::open(1, RESERVED + 1, 8 * TURN);
    let mut client = hall.client(1);
    let free = hall.says.slots();
    for number in 1..=2 * TURN as u64 {
        hall.say(vec![Hall::report(1, number)]);
    }
    let all = free - hall.says.slots();
    hall.log.disk_full_after(0);
    hall.pump();
    let left = free - hall.says.slots();
    assert_eq!(left, all - TURN, "one turn, and then sockets are looked at");
    let mut told = 0;
    for _ in 0..5 {
        hall.pass(SECOND);
        hall.settle();
        assert_eq!(free - hall.says.slots(), left);
        while let Some(message) = client.hear() {
            told += u64::from(message.header().is_some());
        }
    }
    assert_eq!(told, TURN as u64 / 2, "what has passed the gate is told");
    assert!(hall.progress.is_waiting());
    // It can't be sent again yet, but will be.
    client.retransmit(1, 10);
    match hall.until(|_| client.hear()) {
        Message::RetransmitReject(reject) => assert_eq!(reject.code, RetransmitRejectCode::NotYet),
        other => panic!("{other:?}"),
    }
    hall.log.make_room();
    hall.pass(SECOND);
    hall.until(|hall| (hall.says.slots() == free).then_some(()));
    assert!(!hall.progress.is_waiting());
    while told < 2 * TURN as u64 {
        told += u64::from(hall.until(|_| client.hear()).header().is_some());
    }
    client.retransmit(1, 10);
    assert!(matches!(hall.until(|_| client.hear()), Message::Retransmission(head) if head.count == 10));
}

#[test]
fn whoever_hung_up_keeps_its_session_from_nobody_who_connects_afterwards() {
    let mut hall = Hall::open(3, 1_024, 1_024);
    let mut client = hall.client(1);
    // Whose turn comes first is another in each round.
    for round in 0..9 {
        // It knows that somebody connects, and not yet that anybody hangs up.
        let _other = Caller::connect(hall.address, 2);
        hall.look();
        drop(client);
        client = Caller::connect(hall.address, 1);
        client.establish(hall.now(), 60_000);
        hall.work();
        let answer = hall.until(|_| client.hear());
        assert!(matches!(answer, Message::EstablishAck(_)), "round {round}: {answer:?}");
    }
}
