//! The client's messages that the venue may not have received: kept until a number or a report passes them.

use std::collections::VecDeque;

use crate::message::Message;
use crate::types::ClOrdId;

/// Messages in the order of their numbers, at most `capacity` of them.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    entries: VecDeque<Entry>,
    capacity: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    message: Message,
    /// Deliberately not sent again: if the venue's number passes it, it was not applied.
    withheld: bool,
}

impl Entry {
    fn number(&self) -> u64 {
        self.message.header().expect("only application messages are kept").msg_seq_num
    }
}

impl Outbox {
    pub(super) fn new(messages: Vec<Message>, capacity: usize) -> Self {
        let entries = messages.into_iter().map(|message| Entry { message, withheld: false }).collect();
        Self { entries, capacity }
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.entries.iter().map(|entry| &entry.message)
    }

    pub(super) fn push(&mut self, message: Message) {
        assert!(!self.is_full(), "the caller asks for room first");
        self.entries.push_back(Entry { message, withheld: false });
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// The venue expects `number` next: forgets what lies below, and returns the numbers among it that were withheld.
    pub(super) fn expected(&mut self, number: u64) -> Vec<u64> {
        let mut withheld = Vec::new();
        while let Some(entry) = self.entries.pop_front_if(|entry| entry.number() < number) {
            if entry.withheld {
                withheld.push(entry.number());
            }
        }
        withheld
    }

    /// The venue never received `count` numbers from `from` on.
    pub(super) fn not_applied(&mut self, from: u64, count: u32) {
        let end = from.saturating_add(u64::from(count));
        self.entries.retain(|entry| !(from..end).contains(&entry.number()));
    }

    /// A report came. If it answers one of the messages, that one and all before it have been received.
    ///
    /// Only answers count: a trade or a cancel by the venue names an order without answering a request.
    pub(super) fn reported(&mut self, report: &Message) {
        let order = |name| Some((name, &[Kind::Order][..]));
        let request = |name: Option<ClOrdId>| name.map(|name| (name, &[Kind::Request][..]));
        let answer = match report {
            Message::ExecutionReportNew(report) => order(report.cl_ord_id),
            Message::ExecutionReportPendingNew(report) => order(report.cl_ord_id),
            Message::ExecutionReportRejected(report) => order(report.cl_ord_id),
            Message::ExecutionReportReplaced(report) => order(report.cl_ord_id),
            Message::ExecutionReportCancelled(report) if report.orig_cl_ord_id.is_some() => {
                order(report.cl_ord_id)
            }
            Message::OrderCancelReject(report) => order(report.cl_ord_id),
            Message::OrderMassActionReport(report) => order(report.cl_ord_id),
            Message::PartyRiskLimitsReport(report) => request(report.risk_limit_request_id),
            Message::PartyActionReport(report) => request(report.party_action_request_id),
            Message::QuoteStatusReport(report) => Some((report.quote_id, &[Kind::Quote][..])),
            Message::QuoteCancelReport(report) => request(Some(report.quote_msg_id)),
            Message::QuoteProtectionReport(report) => request(Some(report.quote_msg_id)),
            // It does not say which kind it was.
            Message::RequestReject(report) => {
                Some((report.request_id, &[Kind::Order, Kind::Request, Kind::Quote][..]))
            }
            Message::BusinessMessageReject(report) => {
                self.expected(report.ref_seq_num.saturating_add(1));
                return;
            }
            _ => None,
        };
        let Some((name, kinds)) = answer else { return };
        let answered = |entry: &&Entry| {
            names_of(&entry.message).any(|(kind, asked)| asked == name && kinds.contains(&kind))
        };
        if let Some(entry) = self.entries.iter().find(answered) {
            let number = entry.number();
            self.expected(number + 1);
        }
    }

    /// What is to be sent again, flagged; what was first sent before `not_before` is withheld.
    pub(super) fn resend(&mut self, not_before: u64) -> Vec<Message> {
        let mut again = Vec::with_capacity(self.entries.len());
        for entry in &mut self.entries {
            let header = entry.message.header_mut().expect("only application messages are kept");
            if entry.withheld || header.sending_time < not_before {
                entry.withheld = true;
                continue;
            }
            header.possible_resend = true;
            again.push(entry.message.clone());
        }
        again
    }
}

/// What a name is of: a name of the day's, or one that is only repeated, of a request or of quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Order,
    Request,
    Quote,
}

/// A cross has two, and is answered by a report on either.
fn names_of(message: &Message) -> impl Iterator<Item = (Kind, ClOrdId)> {
    let crossed = match message {
        Message::NewOrderCross(cross) => &cross.sides[..],
        _ => &[],
    };
    name_of(message).into_iter().chain(crossed.iter().map(|side| (Kind::Order, side.cl_ord_id)))
}

fn name_of(message: &Message) -> Option<(Kind, ClOrdId)> {
    match message {
        Message::NewOrderSingle(order) => Some((Kind::Order, order.cl_ord_id)),
        Message::OrderCancelReplaceRequest(request) => Some((Kind::Order, request.cl_ord_id)),
        Message::OrderCancelRequest(request) => Some((Kind::Order, request.cl_ord_id)),
        Message::OrderMassActionRequest(request) => Some((Kind::Order, request.cl_ord_id)),
        Message::PartyRiskLimitsDefinitionRequest(request) => {
            Some((Kind::Request, request.risk_limit_request_id))
        }
        Message::PartyActionRequest(request) => Some((Kind::Request, request.party_action_request_id)),
        Message::MassQuote(quote) => Some((Kind::Quote, quote.quote_id)),
        Message::QuoteCancel(request) => Some((Kind::Request, request.quote_msg_id)),
        Message::QuoteProtectionRequest(request) => Some((Kind::Request, request.quote_msg_id)),
        _ => None,
    }
}
