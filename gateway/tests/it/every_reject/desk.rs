//! An engine behind the wire: what a client sends, and what it is told, goes through bytes.

use tallystick_engine::command::{Action, Command, SessionOptions, VenueParams};
use tallystick_engine::event::Event;
use tallystick_engine::news::{Item, News};
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::{MessageFault, Reject};
use tallystick_engine::risk::RequestReject;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::{AccountId, FirmId, InvestorId, Money, SecurityId, SessionId, Units};
use tallystick_gateway::event_log::recipients;
use tallystick_gateway::{commands, reports};
use tallystick_wire::{DecodeError, Message, Sender, decode_from};

use tallystick_client::{ClOrdId, NewOrder, Price8, Side};

/// Bytes before a message.
const FRAMING: usize = 4;
/// Bytes before a message's block.
const HEADERS: usize = FRAMING + 8;

/// Sessions and accounts 1 and 2, each with its firm; for firm 1 also accounts 11 (whose owner is investor 3) and 12
/// (whose owner is that of account 1), and session 9, its risk control. Security 1 is in continuous trading.
pub struct Desk {
    pub venue: Venue,
    /// Why the engine refused something, where the wire has told a client of it.
    pub met: Met,
}

/// What was met.
#[derive(Default)]
pub struct Met {
    pub rejects: Vec<Reject>,
    pub requests: Vec<RequestReject>,
    pub faults: Vec<MessageFault>,
}

impl Desk {
    pub fn open() -> Desk {
        Desk::open_with(Venue::params())
    }

    pub fn open_with(params: VenueParams) -> Desk {
        let mut venue = Venue::bare(params);
        venue.people(3);
        for (number, owner) in [(11, 3), (12, 1)] {
            let (account, firm, owner) = (AccountId(number), FirmId(1), InvestorId(owner));
            venue.operate(Action::AddAccount {
                account,
                firm,
                record_holder: owner,
                beneficial_owner: owner,
            });
        }
        let options = SessionOptions { risk_control: true, ..SessionOptions::default() };
        venue.operate(Action::AddSession { session: SessionId(9), firm: FirmId(1), key: [9; 32], options });
        venue.operate(Action::List(Venue::listing(1, vec![Venue::anyone()])));
        venue.operate(Action::StartDay { date: 20_260_105 });
        if params.network.is_none() {
            for account in [1, 2, 11, 12].map(AccountId) {
                venue.allocate_cash(account, Money(1_000_000_000));
                venue.allocate_units(account, SecurityId(1), Units(100_000));
            }
        }
        venue.trade_continuously(SecurityId(1));
        Desk { venue, met: Met::default() }
    }

    /// A numbered message of a session, as the client's library writes it.
    pub fn send(&mut self, session: u32, message: impl Into<Message>) -> Vec<Message> {
        let bytes = self.bytes(session, message);
        self.receive(&bytes)
    }

    /// The same with bytes of its block set to something else.
    pub fn send_damaged(&mut self, session: u32, message: impl Into<Message>, at: usize, with: &[u8]) {
        let mut bytes = self.bytes(session, message);
        bytes[HEADERS + at..][..with.len()].copy_from_slice(with);
        self.receive(&bytes);
    }

    /// An order that is accepted.
    pub fn enter(&mut self, session: u32, order: NewOrder) {
        let told = self.send(session, order);
        assert!(matches!(told.first(), Some(Message::ExecutionReportNew(_))), "{told:?}");
    }

    pub fn operate(&mut self, action: Action) {
        let events = self.venue.operate(action);
        let refused = events.iter().any(|event| matches!(event, Event::Answered { result: Err(_), .. }));
        assert!(!refused, "{events:?}");
        self.note(&events);
    }

    /// The network has come one height further.
    pub fn follow(&mut self, items: Vec<Item>) {
        let height = self.venue.engine.followed().max(1) + 1;
        self.operate(Action::Follow(News { height, as_of: self.venue.now, complete: true, items }));
    }

    pub fn phase(&mut self, phase: Phase) {
        self.venue.set_phase(SecurityId(1), phase);
    }

    fn bytes(&self, session: u32, message: impl Into<Message>) -> Vec<u8> {
        let (mut message, mut bytes) = (message.into(), Vec::new());
        let number = self.venue.from(SessionId(session)).number;
        let header = message.header_mut().expect("an application message");
        (header.session_id, header.msg_seq_num) = (session, number);
        message.encode(&mut bytes);
        bytes
    }

    fn receive(&mut self, bytes: &[u8]) -> Vec<Message> {
        let command = match decode_from(Sender::Client, &bytes[FRAMING..]) {
            Ok(message) => commands::command(&message),
            Err(DecodeError::Business(fault)) => commands::refusal(&fault),
            Err(DecodeError::Session(fault)) => panic!("{fault}"),
        };
        self.apply(command)
    }

    pub fn apply(&mut self, command: Command) -> Vec<Message> {
        let events = self.venue.apply(command);
        self.note(&events)
    }

    /// What clients are told, as they read it.
    fn note(&mut self, events: &[Event]) -> Vec<Message> {
        let (seq, now) = (self.venue.engine.seq(), self.venue.now);
        let mut told = Vec::new();
        for (index, event) in events.iter().enumerate() {
            for to in recipients(event).into_iter().flatten() {
                let mut bytes = Vec::new();
                reports::message(to, seq, now, index as u32, event).encode(&mut bytes);
                let message = decode_from(Sender::Venue, &bytes[FRAMING..]).expect("what the venue writes");
                self.met.note(event, &message);
                told.push(message);
            }
        }
        told
    }
}

impl Met {
    /// The reason of an event, if it is one of a refusal, and the wire tells its number.
    fn note(&mut self, event: &Event, message: &Message) {
        match (event, message) {
            (Event::Rejected { reject, .. }, Message::ExecutionReportRejected(told)) => {
                assert_eq!(told.ord_rej_reason, reject.number());
                self.rejects.push(*reject);
            }
            (Event::CancelRejected { reject, .. }, Message::OrderCancelReject(told)) => {
                assert_eq!(told.cxl_rej_reason, reject.cancel_number());
                self.rejects.push(*reject);
            }
            (Event::QuoteStatus { reject: Some(why), .. }, Message::QuoteStatusReport(told)) => {
                assert_eq!(told.quote_reject_reason, Some(why.reject.number()));
                self.rejects.push(why.reject);
            }
            (Event::RequestRejected { reject, .. }, Message::RequestReject(told)) => {
                assert_eq!(told.request_reject_reason, reject.number());
                self.requests.push(reject.clone());
            }
            (Event::MessageRejected { fault, .. }, Message::BusinessMessageReject(told)) => {
                assert_eq!(told.business_reject_reason, fault.number());
                self.faults.push(*fault);
            }
            (
                Event::Rejected { .. }
                | Event::CancelRejected { .. }
                | Event::RequestRejected { .. }
                | Event::MessageRejected { .. },
                other,
            ) => panic!("{event:?} is told as {other:?}"),
            _ => {}
        }
    }
}

pub fn name(text: &str) -> ClOrdId {
    text.parse().expect("a name")
}

/// A price of so many cents.
pub fn cents(cents: i64) -> Price8 {
    Price8::from_mantissa(cents * 1_000_000).expect("a price")
}

/// A day order of session and account of the same number in security 1, around whose reference of 5.00 prices may lie
/// anywhere.
pub fn order(account: u32, text: &str, side: Side, price: i64, units: u64) -> NewOrder {
    NewOrder::limit(name(text), account, 1, side, units, cents(price))
}
