//! What becomes of quotes, in lines.

use super::ask::Requests;
use tallystick_client::{BandHit, Price8, ProtectionReached, Report, Side, TradingPhase};

/// What has been told of quotes.
pub struct Told {
    /// How many answers are still to come.
    left: usize,
    refused: bool,
}

impl Told {
    /// Nothing of these.
    pub fn new(requests: &Requests) -> Told {
        let entries = requests.quotes.as_ref().map_or(0, |quotes| quotes.quotes.len());
        let others = [requests.protection.is_some(), requests.cancel.is_some()];
        Told { left: entries + others.into_iter().filter(|&asked| asked).count(), refused: false }
    }

    /// Whether everything was answered.
    pub fn is_answered(&self) -> bool {
        self.left == 0
    }

    /// Whether all was well.
    pub fn outcome(&self) -> Result<(), String> {
        match self {
            Told { left: 1.., refused: false } => {
                Err("the venue has not answered everything; what stands is not known".into())
            }
            Told { refused: true, .. } => Err("the venue refused something".into()),
            Told { .. } => Ok(()),
        }
    }

    /// A report in lines.
    pub fn lines(&mut self, report: &Report) -> Vec<String> {
        let line = match report {
            Report::QuoteStatus(r) => {
                self.answered(r.quote_reject_reason.is_some());
                let bid = side(r.bid_px, r.bid_size, r.bid_order_id);
                let offer = side(r.offer_px, r.offer_size, r.offer_order_id);
                let stands = format!("security {}: bid {bid}, offer {offer}", r.security_id);
                match r.quote_reject_reason {
                    None => stands,
                    Some(reason) => {
                        let which = match r.side {
                            Some(Side::Buy) => "the bid",
                            Some(Side::Sell) => "the offer",
                            None => "the entry",
                        };
                        let rule = r.rule_id.map_or(String::new(), |rule| format!(", rule {rule}"));
                        return vec![
                            format!(
                                "security {}: {which} was rejected: {} (reason {reason}{rule})",
                                r.security_id, r.text
                            ),
                            stands,
                        ];
                    }
                }
            }
            Report::QuoteCancel(r) => {
                self.answered(false);
                format!("withdrawn: {} sides", r.total_affected_orders)
            }
            Report::QuoteProtection(r) => {
                self.answered(false);
                match (r.protection_window, r.protection_executions) {
                    (Some(window), Some(executions)) => {
                        let units = r.protection_units.map_or(String::new(), |n| format!(", or {n} units"));
                        let value = r.protection_value.map_or(String::new(), |n| format!(", or {n} in cash"));
                        let ms = window / 1_000_000;
                        format!("protected: {executions} executions{units}{value} within {ms} ms stop it")
                    }
                    _ => "not protected".into(),
                }
            }
            Report::QuoteProtectionTripped(r) => format!(
                "protection tripped by its {}: {} executions, {} units; the quotes of account {} are being cancelled, set it \
                 again to quote again",
                match r.protection_reached {
                    ProtectionReached::Executions => "executions",
                    ProtectionReached::Units => "units",
                    ProtectionReached::Value => "value",
                },
                r.protection_executions,
                r.protection_units,
                r.account
            ),
            Report::RequestReject(r) => {
                self.answered(true);
                format!("refused: {} (reason {})", r.text, r.request_reject_reason)
            }
            Report::BusinessReject(r) => {
                self.left = 0;
                self.refused = true;
                let field = r.ref_tag_id.map_or(String::new(), |tag| format!(" in field {tag}"));
                format!("refused{field}: {}", r.text)
            }
            Report::Trade(r) => {
                let bought = if r.side == Side::Buy { "bought" } else { "sold" };
                let role = if r.aggressor_indicator { "taking" } else { "resting" };
                let fee = match r.misc_fee_amt {
                    Some(fee @ 1..) => format!(", fee {fee}"),
                    _ => String::new(),
                };
                format!(
                    "security {}: {bought} {} at {}, {role} (trade {}{fee}); {} left",
                    r.security_id, r.last_qty, r.last_px, r.trd_match_id, r.leaves_qty
                )
            }
            Report::Cancelled(r) => format!(
                "security {}: order {} is cancelled: {} (reason {})",
                r.security_id, r.order_id, r.text, r.exec_restatement_reason
            ),
            Report::Expired(r) => format!("security {}: order {} has expired", r.security_id, r.order_id),
            Report::Status(s) => {
                let mut line = format!("security {}: {}", s.security_id, phase(s.phase));
                if let Some(until) = s.interrupted_until {
                    let at = jiff::Timestamp::from_nanosecond(until.into());
                    let until = at.map_or_else(|_| format!("{until} ns"), |at| at.to_string());
                    line += match s.band_hit {
                        Some(BandHit::Static) => ", interrupted by the static band",
                        Some(BandHit::Dynamic) => ", interrupted by the dynamic band",
                        None => ", interrupted",
                    };
                    if let (Some(price), Some(reference)) = (s.band_hit_px, s.band_reference_px) {
                        line += &format!(" ({price} would have printed, {reference} before)");
                    }
                    line += &format!(", until {until}{}", if s.prolonged { ", prolonged" } else { "" });
                }
                match (s.indicative_px, s.paired_qty) {
                    (Some(price), Some(units)) => {
                        line += &format!("; the auction would trade {units} at {price}");
                        if let (Some(side), Some(left)) = (s.side, s.imbalance_qty) {
                            let side = if side == Side::Buy { "buy" } else { "sell" };
                            line += &format!(", and leave {left} on the {side} side");
                        }
                    }
                    (None, Some(_)) => line += "; nothing could trade in the auction",
                    _ => {}
                }
                line
            }
            Report::NotApplied { .. } => {
                self.left = 0;
                self.refused = true;
                "the venue never received the message".into()
            }
            Report::VenueSilent => "nothing comes from the venue".into(),
            _ => return Vec::new(),
        };
        vec![line]
    }

    fn answered(&mut self, refused: bool) {
        self.left = self.left.saturating_sub(1);
        self.refused |= refused;
    }
}

fn side(price: Option<Price8>, size: Option<u64>, order: Option<u64>) -> String {
    match (price, size, order) {
        (Some(price), Some(size), Some(order)) => format!("{price} x {size} (order {order})"),
        _ => "none".into(),
    }
}

fn phase(phase: TradingPhase) -> &'static str {
    match phase {
        TradingPhase::PreOpen => "pre-open",
        TradingPhase::OpeningAuction => "opening auction",
        TradingPhase::Continuous => "continuous trading",
        TradingPhase::ClosingAuction => "closing auction",
        TradingPhase::PostClose => "post-close",
        TradingPhase::Halted => "halted",
        TradingPhase::ReopeningAuction => "reopening auction",
        TradingPhase::Closed => "closed",
        TradingPhase::Withheld => "no longer shown: the firm was shut out of its gated segment",
    }
}
