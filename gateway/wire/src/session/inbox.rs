//! The venue's recoverable flow as the client receives it: in order, exactly once, with what is missing asked for again.

use std::collections::BTreeMap;

use crate::message::Message;
use crate::session_messages::{Retransmission, Sequence};

use super::MAX_RETRANSMIT;

/// Reports above a gap that are held until it is filled; those beyond are asked for again.
pub(super) const MAX_HELD: usize = 4_096;

/// Numbers and held messages of the venue's flow.
#[derive(Debug, Clone)]
pub(super) struct Inbox {
    /// Number of the next message to be delivered.
    next: u64,
    /// The venue's next number, as far as it is known.
    head: u64,
    held: BTreeMap<u64, Message>,
    request: Option<Request>,
}

#[derive(Debug, Clone, Copy)]
struct Request {
    timestamp: u64,
    from: u64,
    count: u32,
    deadline: u64,
    /// End of what the venue has announced, once it has answered.
    end: Option<u64>,
}

impl Inbox {
    pub(super) fn new(next: u64) -> Self {
        Self { next, head: next, held: BTreeMap::new(), request: None }
    }

    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// A connection begins: a request of the old one will never be answered.
    pub(super) fn reconnected(&mut self) {
        self.request = None;
    }

    /// Number of the first message that was asked for and has not come.
    pub(super) fn requested(&self, timestamp: u64) -> Option<u64> {
        self.request.filter(|request| request.timestamp == timestamp).map(|request| request.from)
    }

    /// A request has not been answered in full by its deadline.
    pub(super) fn is_overdue(&self, now: u64) -> bool {
        self.request.is_some_and(|request| now >= request.deadline)
    }

    pub(super) fn deadline(&self) -> Option<u64> {
        self.request.map(|request| request.deadline)
    }

    /// Takes a numbered message; passes on what is in order now.
    pub(super) fn receive(&mut self, number: u64, message: Message, mut deliver: impl FnMut(Message)) {
        self.head = self.head.max(number.saturating_add(1));
        if number > self.next {
            if self.held.len() < MAX_HELD {
                self.held.insert(number, message);
            }
            return;
        }
        if number < self.next {
            return;
        }
        deliver(message);
        self.next += 1;
        while let Some(message) = self.held.remove(&self.next) {
            deliver(message);
            self.next += 1;
        }
        if self.request.is_some_and(|request| {
            self.next >= request.end.unwrap_or(request.from + u64::from(request.count))
        }) {
            self.request = None;
        }
    }

    /// The venue's next number; false if it is below what was received.
    pub(super) fn hear(&mut self, Sequence { next_seq_no }: Sequence) -> bool {
        // Live flow resumes after a retransmission: whatever of it has not come by now will not come.
        if self.request.is_some_and(|request| request.end.is_some()) {
            self.request = None;
        }
        self.head = self.head.max(next_seq_no);
        next_seq_no >= self.next
    }

    /// The venue begins to answer; false if that is not what was asked for.
    pub(super) fn announce(&mut self, retransmission: &Retransmission) -> bool {
        let Some(request) = &mut self.request else { return false };
        let Retransmission { request_timestamp, next_seq_no, count, .. } = *retransmission;
        let fits = request_timestamp == request.timestamp
            && next_seq_no == request.from
            && (1..=request.count).contains(&count)
            && request.end.is_none();
        request.end = Some(request.from + u64::from(count.min(request.count)));
        fits
    }

    /// The next range to ask for, if something is missing and nothing is being asked for. `patience` is how long the
    /// answer may take, ns.
    pub(super) fn request(&mut self, now: u64, patience: u64) -> Option<(u64, u64, u32)> {
        if self.request.is_some() || self.head <= self.next {
            return None;
        }
        let end = self.held.first_key_value().map_or(self.head, |(&first, _)| first);
        let count = (end - self.next).min(u64::from(MAX_RETRANSMIT)) as u32;
        let deadline = now.saturating_add(patience);
        self.request = Some(Request { timestamp: now, from: self.next, count, deadline, end: None });
        Some((now, self.next, count))
    }
}
