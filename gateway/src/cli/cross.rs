//! `tallystick cross`: two customers' orders that trade with each other, over a session.

use super::Failure;
use super::limits::Way;
use super::session::{Line, PATIENCE};
use std::time::{Duration, Instant};
use tallystick_client::{ClOrdId, Cross, Price8, Report, Side};

/// What one sees below the options.
const MORE: &str = "\
Example (options for venue, session and key left out):
  tallystick cross 100 55 --price 101.25 --buyer 1001 --seller 1002

Both orders trade with each other at that price, whole and at once, or both are rejected: docs/crosses.md says when. Where \
nothing but an approval is missing both await it: what becomes of them is printed until they have traded or ended, or for as \
long as --for says; a cross that awaits when the command ends goes on doing so. Ends with 0 if they traded or await, and with \
1 if not.";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE)]
pub struct Args {
    #[command(flatten)]
    line: Line,
    /// How many units, in the token's smallest unit.
    quantity: u64,
    /// The security's number, as `tallystick admin securities` shows it.
    security: u32,
    /// The price, better than what each side quotes.
    #[arg(long, value_name = "PRICE")]
    price: Price8,
    /// The account that buys.
    #[arg(long, value_name = "N")]
    buyer: u32,
    /// The account that sells.
    #[arg(long, value_name = "N")]
    seller: u32,
    /// Which side counts as the one that came to the other (CrossPrioritization).
    #[arg(long, value_name = "buy|sell", default_value = "buy")]
    first: Way,
    /// What you call the order that buys, at most 20 characters; the time by default.
    #[arg(long, value_name = "NAME")]
    buy_name: Option<ClOrdId>,
    /// What you call the order that sells; the time and one by default.
    #[arg(long, value_name = "NAME")]
    sell_name: Option<ClOrdId>,
    /// If the cross awaits an approval, print what becomes of it for at most so long, in seconds; without it, until it ends.
    #[arg(long = "for", value_name = "SECONDS")]
    listen: Option<u64>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let Args { line, quantity, security, price, buyer, seller, first, buy_name, sell_name, listen } = args;
    let now = jiff::Timestamp::now().as_nanosecond();
    let named = |given: Option<ClOrdId>, number: i128| match given {
        Some(name) => Ok(name),
        None => number.to_string().parse(),
    };
    let (buy, sell) = (named(buy_name, now)?, named(sell_name, now + 1)?);
    let prioritized = match first {
        Way::Buy => Side::Buy,
        Way::Sell => Side::Sell,
    };
    let cross = Cross {
        security_id: security,
        price,
        order_qty: quantity,
        buy: (buy, buyer),
        sell: (sell, seller),
        prioritized,
    };
    let mut client = line.connect()?;
    client.cross(cross)?;
    let sent = Instant::now();
    let mut told = Told { buy, sell, over: 0, awaiting: 0, failed: None };
    while told.over < 2 {
        let most = match (listen, told.awaiting == 2) {
            (Some(seconds), true) => Duration::from_secs(seconds),
            (None, true) => Duration::MAX,
            (_, false) => PATIENCE,
        };
        match line.next(&mut client, sent, most)? {
            Some(report) => {
                if let Some(line) = told.line(&report)? {
                    println!("{line}");
                }
            }
            None if told.awaiting == 2 => break,
            None => return Err("the venue has not answered; whether the cross traded is not known".into()),
        }
    }
    let _ = client.close();
    match told {
        Told { failed: Some(why), .. } => Err(why.into()),
        Told { over: 0, .. } => {
            println!("the cross awaits an approval");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What has been told of a cross.
struct Told {
    buy: ClOrdId,
    sell: ClOrdId,
    /// Of how many of its orders nothing more can become.
    over: u8,
    /// How many of them have been told that they await an approval.
    awaiting: u8,
    /// Why it will not trade.
    failed: Option<&'static str>,
}

impl Told {
    /// A report in a line; none if it is about another order.
    fn line(&mut self, report: &Report) -> Result<Option<String>, Failure> {
        let which = |name: ClOrdId| match name {
            name if name == self.buy => Some("buy"),
            name if name == self.sell => Some("sell"),
            _ => None,
        };
        let rejected = Some("the venue rejected the cross");
        let ended = Some("the cross has not traded");
        let (which, told, over, failed) = match report {
            Report::New(r) => (which(r.cl_ord_id), format!("accepted as order {}", r.order_id), 0, None),
            Report::PendingNew(r) => {
                let told =
                    format!("awaits an approval of {} units more, as order {}", r.unapproved_qty, r.order_id);
                self.awaiting += u8::from(which(r.cl_ord_id).is_some());
                (which(r.cl_ord_id), told, 0, None)
            }
            Report::Rejected(r) => {
                let rule = r.rule_id.map_or(String::new(), |rule| format!(", rule {rule}"));
                let told = format!("rejected: {} (reason {}{rule})", r.text, r.ord_rej_reason);
                (which(r.cl_ord_id), told, 1, rejected)
            }
            Report::Trade(r) => {
                let told = format!("traded {} units at {} (trade {})", r.last_qty, r.last_px, r.trd_match_id);
                (which(r.cl_ord_id), told, 1, None)
            }
            Report::Cancelled(r) => {
                let told = format!("cancelled: {} (reason {})", r.text, r.exec_restatement_reason);
                (which(r.orig_cl_ord_id.unwrap_or(r.cl_ord_id)), told, 1, ended)
            }
            Report::Expired(r) => (which(r.cl_ord_id), "expired".into(), 1, ended),
            Report::BusinessReject(r) => return Err(format!("refused: {}", r.text).into()),
            _ => return Ok(None),
        };
        let Some(which) = which else { return Ok(None) };
        self.over += over;
        self.failed = self.failed.or(failed);
        Ok(Some(format!("{which} {told}")))
    }
}
