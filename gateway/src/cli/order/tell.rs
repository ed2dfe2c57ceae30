//! What becomes of an order, in lines.

use tallystick_client::{ClOrdId, NewOrder, Price8, Report, Side};

/// What has been told of one order.
pub struct Told {
    name: ClOrdId,
    state: State,
}

enum State {
    /// Nothing yet.
    Sent,
    /// It stands, and so much of it may still trade.
    Open(u64),
    /// It traded whole, or ended otherwise.
    Over,
    /// It never stood; why is printed.
    Refused,
}

impl Told {
    /// Nothing of this order.
    pub fn new(order: NewOrder) -> Told {
        Told { name: order.cl_ord_id, state: State::Sent }
    }

    /// Whether the venue has answered.
    pub fn is_answered(&self) -> bool {
        !matches!(self.state, State::Sent)
    }

    /// Whether nothing more can become of it.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over | State::Refused)
    }

    /// What there is to say at the end: of an order that is still open, or why it never was.
    pub fn outcome(&self) -> Result<Option<String>, String> {
        match self.state {
            State::Sent => Err("the venue has not answered; whether the order stands is not known".into()),
            State::Open(left) => Ok(Some(format!("the order is open, {left} units are left"))),
            State::Over => Ok(None),
            State::Refused => Err("the venue refused the order".into()),
        }
    }

    /// A report in a line; none if it is about another order.
    pub fn line(&mut self, report: &Report) -> Option<String> {
        let (line, state) = match report {
            Report::New(r) if r.cl_ord_id == self.name => (
                format!(
                    "accepted as order {}: {} {} units of security {}{}",
                    r.order_id,
                    if r.side == Side::Buy { "buy" } else { "sell" },
                    r.order_qty,
                    r.security_id,
                    at(r.price)
                ),
                State::Open(r.leaves_qty),
            ),
            Report::Rejected(r) if r.cl_ord_id == self.name => {
                let rule = r.rule_id.map_or(String::new(), |rule| format!(", rule {rule}"));
                (format!("rejected: {} (reason {}{rule})", r.text, r.ord_rej_reason), State::Refused)
            }
            Report::Trade(r) if r.cl_ord_id == self.name => {
                let state = if r.leaves_qty == 0 { State::Over } else { State::Open(r.leaves_qty) };
                let role = if r.aggressor_indicator { "taking" } else { "resting" };
                let (units, price, left) = (r.last_qty, r.last_px, r.leaves_qty);
                let trade = r.trd_match_id;
                let fee = match r.misc_fee_amt {
                    Some(fee @ 1..) => format!(", fee {fee}"),
                    _ => String::new(),
                };
                (format!("traded {units} units at {price}, {role} (trade {trade}{fee}); {left} left"), state)
            }
            Report::Triggered(r) if r.cl_ord_id == self.name => {
                (format!("triggered{}", at(r.price)), State::Open(r.leaves_qty))
            }
            Report::Restated(r) if r.cl_ord_id == self.name => {
                (format!("made smaller by {}: {}; {} left", r.decrement_qty, r.text, r.leaves_qty), {
                    State::Open(r.leaves_qty)
                })
            }
            Report::Replaced(r) if r.orig_cl_ord_id == self.name => {
                self.name = r.cl_ord_id;
                (format!("replaced: {} units{}", r.order_qty, at(r.price)), State::Open(r.leaves_qty))
            }
            Report::Cancelled(r) if r.orig_cl_ord_id.unwrap_or(r.cl_ord_id) == self.name => (
                format!("cancelled: {} (reason {}); {} traded", r.text, r.exec_restatement_reason, r.cum_qty),
                State::Over,
            ),
            Report::Expired(r) if r.cl_ord_id == self.name => {
                (format!("expired; {} traded", r.cum_qty), State::Over)
            }
            Report::BusinessReject(r) => {
                let field = r.ref_tag_id.map_or(String::new(), |tag| format!(" in field {tag}"));
                (format!("refused{field}: {}", r.text), State::Refused)
            }
            Report::NotApplied { .. } => ("the venue never received the order".into(), State::Refused),
            Report::TradeCancel(r) if r.cl_ord_id == self.name => {
                return Some(format!("trade {} is busted: {}", r.trd_match_id, r.text));
            }
            Report::VenueSilent => return Some("nothing comes from the venue".into()),
            _ => return None,
        };
        self.state = state;
        Some(line)
    }
}

fn at(price: Option<Price8>) -> String {
    price.map_or(String::new(), |price| format!(" at {price}"))
}
