//! What one session asked and what it was told, kept as a client should: every report is held against what was
//! known before it, and whatever does not fit is written down.

use super::orders::{Bust, End, Fill, Order, Plan, Refused};
use hdrhistogram::Histogram;
use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hasher};
use std::time::{Duration, Instant};
use tallystick_client::{ClOrdId, NewOrder, Report, Side};
use tallystick_wire::Message;

/// A replace or a cancel on its way.
#[derive(Clone, Copy, Debug)]
struct Request {
    order: usize,
    number: u64,
}

/// Everything of one session.
#[derive(Debug)]
pub struct Diary {
    /// The session.
    pub session: u32,
    /// Its orders, as they were sent.
    pub orders: Vec<Order>,
    /// Its fills, as they came.
    pub fills: Vec<Fill>,
    /// Fills that were taken back, as that came.
    pub busts: Vec<Bust>,
    /// Requests that were refused.
    pub refused: Vec<Refused>,
    /// How many replaces and cancels were sent.
    pub requests: u64,
    /// A digest of each numbered report, by its number less one.
    pub reports: Vec<u64>,
    /// How many reports had come when the venue was killed.
    pub before_kill: usize,
    /// From sending an order to its first report, in nanoseconds; orders under way at the kill are not in it.
    pub latency: Histogram<u64>,
    /// Orders that were under way at the kill, and the longest wait among them.
    pub under_way: (u64, Duration),
    /// Connections lost for no reason that the demo knows.
    pub lost: Vec<String>,
    /// The text that went with each number of a refused order.
    pub texts: HashMap<u16, String>,
    /// What did not fit.
    pub oddities: Vec<String>,
    open: usize,
    unanswered: usize,
    names: HashMap<ClOrdId, usize>,
    /// Orders under a name that was used before, in the order in which they were sent.
    twins: HashMap<ClOrdId, VecDeque<usize>>,
    asked: HashMap<ClOrdId, Request>,
    crossing: Option<(Instant, Option<Instant>)>,
    bytes: Vec<u8>,
}

impl Diary {
    /// An empty one.
    pub fn new(session: u32) -> Diary {
        Diary {
            session,
            orders: Vec::new(),
            fills: Vec::new(),
            busts: Vec::new(),
            refused: Vec::new(),
            requests: 0,
            reports: Vec::new(),
            before_kill: 0,
            latency: Histogram::new(3).expect("three digits are few"),
            under_way: (0, Duration::ZERO),
            lost: Vec::new(),
            texts: HashMap::new(),
            oddities: Vec::new(),
            open: 0,
            unanswered: 0,
            names: HashMap::new(),
            twins: HashMap::new(),
            asked: HashMap::new(),
            crossing: None,
            bytes: Vec::new(),
        }
    }

    /// An order went out. `again` says that its name was used before.
    pub fn sent(&mut self, order: NewOrder, plan: Plan, number: u64, at: Instant, again: bool) -> usize {
        let index = self.orders.len();
        (self.open, self.unanswered) = (self.open + 1, self.unanswered + 1);
        self.orders.push(Order {
            plan,
            name: order.cl_ord_id,
            number,
            sent: at,
            venue_id: None,
            answered: None,
            limit: plan.price,
            quantity: plan.quantity,
            filled: 0,
            end: None,
            asked: 0,
        });
        if again {
            self.twins.entry(order.cl_ord_id).or_default().push_back(index);
        } else {
            self.names.insert(order.cl_ord_id, index);
        }
        index
    }

    /// A replace or a cancel of an order went out.
    pub fn requested(&mut self, order: usize, name: ClOrdId, number: u64) {
        self.requests += 1;
        self.orders[order].asked += 1;
        self.asked.insert(name, Request { order, number });
    }

    /// The connection broke because the venue was killed.
    pub fn killed(&mut self, at: Instant) {
        self.before_kill = self.reports.len();
        self.crossing = Some((at, None));
    }

    /// The session is established again after the kill.
    pub fn returned(&mut self, at: Instant) {
        if let Some((_, back)) = &mut self.crossing {
            back.get_or_insert(at);
        }
    }

    /// Requests and orders that have no answer yet.
    pub fn unanswered(&self) -> usize {
        self.asked.len() + self.unanswered
    }

    /// Orders that are not over.
    pub fn open(&self) -> usize {
        self.open
    }

    /// A report came. The index of the order that it is about, if it is about one.
    pub fn note(&mut self, report: Report, at: Instant) -> Option<usize> {
        if let Some(number) = report.msg_seq_num() {
            let due = self.reports.len() as u64 + 1;
            if number != due {
                self.odd(format!("report {number} came where {due} was due"));
            }
            let digest = digest(report.message().expect("it has a number"), &mut self.bytes);
            self.reports.push(digest);
        }
        match report {
            Report::New(r) => {
                let index = self.find(r.cl_ord_id)?;
                self.first(index, r.order_id, r.transact_time, at);
                self.totals(index, r.order_qty, r.leaves_qty, r.cum_qty);
                Some(index)
            }
            Report::Rejected(r) => {
                let (name, number, rule) = (r.cl_ord_id, r.ord_rej_reason, r.rule_id);
                self.texts.entry(number).or_insert_with(|| r.text.as_str().to_owned());
                let (id, time) = (r.order_id, r.transact_time);
                let twin = self.twins.get_mut(&name).and_then(VecDeque::pop_front);
                let index = match twin {
                    Some(index) => index,
                    None => self.find(name)?,
                };
                self.first(index, id, time, at);
                self.end(index, End::Rejected(number, rule));
                Some(index)
            }
            Report::Trade(r) => {
                let index = self.find(r.cl_ord_id)?;
                let (account, issue, side) = (r.account, r.security_id, r.side);
                let plan = self.orders[index].plan;
                if (account, issue, side) != (plan.account, plan.issue, plan.side) {
                    self.odd(format!("order {} traded as another's", r.cl_ord_id.as_str()));
                }
                let price = r.last_px.mantissa();
                let (trade, units, time) = (r.trd_match_id, r.last_qty, r.transact_time);
                self.fills.push(Fill { trade, order: index, account, issue, side, price, units, time });
                let order = &mut self.orders[index];
                order.filled += units;
                let beyond = order.limit.is_some_and(|limit| match side {
                    Side::Buy => price > limit.mantissa(),
                    Side::Sell => price < limit.mantissa(),
                });
                if beyond {
                    self.odd(format!("trade {trade} is beyond the limit of order {}", r.cl_ord_id.as_str()));
                }
                self.totals(index, r.order_qty, r.leaves_qty, r.cum_qty);
                if r.leaves_qty == 0 {
                    self.end(index, End::Filled);
                }
                Some(index)
            }
            Report::TradeCancel(r) => {
                let index = self.find(r.cl_ord_id)?;
                let (trade, side, number) = (r.trd_match_id, r.side, r.trade_cancel_reason);
                let terms = (r.account, r.security_id, r.last_px.mantissa(), r.last_qty);
                let is_it = |f: &&Fill| (f.trade, f.side, f.order) == (trade, side, index);
                let fill = self.fills.iter().find(is_it).map(|f| (f.account, f.issue, f.price, f.units));
                if fill != Some(terms) {
                    self.odd(format!("trade {trade} is taken back as {terms:?}, and was told as {fill:?}"));
                }
                if self.busts.iter().any(|b| (b.trade, b.side) == (trade, side)) {
                    self.odd(format!("trade {trade} is taken back twice"));
                }
                self.busts.push(Bust { trade, side, number, text: r.text.as_str().to_owned() });
                Some(index)
            }
            Report::Replaced(r) => {
                let index = self.answer(r.cl_ord_id)?;
                if self.orders[index].name != r.orig_cl_ord_id {
                    self.odd(format!("{} was replaced under a wrong name", r.orig_cl_ord_id.as_str()));
                }
                let order = &mut self.orders[index];
                (order.name, order.limit, order.quantity) = (r.cl_ord_id, r.price, r.order_qty);
                self.names.insert(r.cl_ord_id, index);
                self.totals(index, r.order_qty, r.leaves_qty, r.cum_qty);
                Some(index)
            }
            Report::Cancelled(r) => {
                let (name, original, reason) = (r.cl_ord_id, r.orig_cl_ord_id, r.exec_restatement_reason);
                let (quantity, leaves, cum) = (r.order_qty, r.leaves_qty, r.cum_qty);
                let index = match original {
                    Some(_) => self.answer(name)?,
                    None => self.find(name)?,
                };
                if leaves != 0 {
                    self.odd(format!("cancelled order {} leaves {leaves}", name.as_str()));
                }
                self.totals(index, quantity, quantity - cum, cum);
                self.end(index, End::Cancelled(reason));
                Some(index)
            }
            Report::Restated(_) | Report::Triggered(_) | Report::PendingNew(_) => {
                self.odd("a report came that no order here has asked for".into());
                None
            }
            Report::Expired(r) => {
                let index = self.find(r.cl_ord_id)?;
                self.totals(index, r.order_qty, r.order_qty - r.cum_qty, r.cum_qty);
                self.end(index, End::Expired);
                Some(index)
            }
            Report::CancelReject(r) => {
                let (name, number, time, issue) =
                    (r.cl_ord_id, r.cxl_rej_reason, r.transact_time, r.security_id);
                let index = self.answer(name)?;
                let over = self.orders[index].end.is_some();
                self.refused.push(Refused { issue, number, time, over });
                Some(index)
            }
            Report::BusinessReject(r) => {
                let number = r.ref_seq_num;
                let text = format!("message {number} was refused as such: {}", r.text);
                self.odd(text);
                None
            }
            Report::NotApplied { from_seq_no, count } => {
                let range = from_seq_no..from_seq_no + u64::from(count);
                for index in 0..self.orders.len() {
                    if range.contains(&self.orders[index].number) {
                        self.unanswered -= usize::from(self.orders[index].answered.is_none());
                        self.end(index, End::NotApplied);
                    }
                }
                let gone: Vec<ClOrdId> = self
                    .asked
                    .iter()
                    .filter(|(_, r)| range.contains(&r.number))
                    .map(|(name, _)| *name)
                    .collect();
                for name in gone {
                    self.answer(name);
                }
                None
            }
            Report::MassCancelled(_)
            | Report::Limits(_)
            | Report::Block(_)
            | Report::RequestReject(_)
            | Report::TradeCorrect(_)
            | Report::QuoteStatus(_)
            | Report::QuoteCancel(_)
            | Report::QuoteProtection(_)
            | Report::QuoteProtectionTripped(_)
            | Report::Status(_) => {
                self.odd("a report came that nobody here has asked for".into());
                None
            }
            Report::VenueSilent => None,
        }
    }

    /// The first report of an order.
    fn first(&mut self, index: usize, venue_id: u64, time: u64, at: Instant) {
        let order = &mut self.orders[index];
        if order.answered.is_some() {
            let name = order.name.as_str().to_owned();
            return self.odd(format!("order {name} was answered twice"));
        }
        (order.venue_id, order.answered) = (Some(venue_id), Some(time));
        self.unanswered -= 1;
        let wait = at.saturating_duration_since(order.sent);
        let under_way =
            |(kill, back): (Instant, Option<Instant>)| at > kill && back.is_none_or(|b| order.sent < b);
        if self.crossing.is_some_and(under_way) {
            self.under_way = (self.under_way.0 + 1, self.under_way.1.max(wait));
        } else {
            self.latency.record(wait.as_nanos() as u64).expect("the histogram grows as need be");
        }
    }

    fn totals(&mut self, index: usize, quantity: u64, leaves: u64, cum: u64) {
        let order = &self.orders[index];
        let right = (order.quantity, order.filled) == (quantity, cum) && leaves + cum == quantity;
        if !right || order.end.is_some() {
            let (name, had) = (order.name.as_str().to_owned(), (order.quantity, order.filled));
            let over = if order.end.is_some() { ", and was over" } else { "" };
            self.odd(format!("order {name}: {cum} of {quantity} done, {leaves} left; known {had:?}{over}"));
        }
    }

    fn end(&mut self, index: usize, end: End) {
        let order = &mut self.orders[index];
        match order.end.replace(end.clone()) {
            None => self.open -= 1,
            Some(before) => {
                let name = order.name.as_str().to_owned();
                self.odd(format!("order {name} ended twice: {before:?}, then {end:?}"));
            }
        }
    }

    fn find(&mut self, name: ClOrdId) -> Option<usize> {
        let found = self.names.get(&name).copied();
        if found.is_none() {
            self.odd(format!("a report names {}, which was never sent", name.as_str()));
        }
        found
    }

    /// The answer to a request came: the order that it meant.
    fn answer(&mut self, name: ClOrdId) -> Option<usize> {
        let Some(Request { order, .. }) = self.asked.remove(&name) else {
            self.odd(format!("request {} was answered twice, or never sent", name.as_str()));
            return None;
        };
        self.orders[order].asked -= 1;
        Some(order)
    }

    fn odd(&mut self, what: String) {
        // One is bad enough; a thousand help nobody.
        if self.oddities.len() < 20 {
            self.oddities.push(format!("session {}: {what}", self.session));
        }
    }
}

/// A digest of a message, the same whether it was sent once or again.
pub fn digest(mut message: Message, bytes: &mut Vec<u8>) -> u64 {
    if let Some(header) = message.header_mut() {
        header.possible_resend = false;
    }
    bytes.clear();
    message.encode(bytes);
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests;
