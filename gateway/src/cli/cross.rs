//! `tallystick cross`: two customers' orders that trade with each other, over a session.

use super::Failure;
use super::limits::Way;
use super::session::Line;
use std::time::Instant;
use tallystick_client::{ClOrdId, Cross, Price8, Report, Side};

/// What one sees below the options.
const MORE: &str = "\
Example (options for venue, session and key left out):
  tallystick cross 100 55 --price 101.25 --buyer 1001 --seller 1002

Both orders trade with each other at that price, whole and at once, or both are rejected: docs/crosses.md says when. Ends \
with 0 if they traded, and with 1 if they were rejected.";

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
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let Args { line, quantity, security, price, buyer, seller, first, buy_name, sell_name } = args;
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
    let which = |name| if name == buy { "buy" } else { "sell" };
    let (mut traded, mut rejected) = (0, 0);
    while traded + rejected < 2 {
        let Some(report) = line.next(&mut client, sent)? else {
            return Err("the venue has not answered; whether the cross traded is not known".into());
        };
        match report {
            Report::New(r) if r.cl_ord_id == buy || r.cl_ord_id == sell => {
                println!("{} accepted as order {}", which(r.cl_ord_id), r.order_id);
            }
            Report::Rejected(r) if r.cl_ord_id == buy || r.cl_ord_id == sell => {
                let rule = r.rule_id.map_or(String::new(), |rule| format!(", rule {rule}"));
                println!("{} rejected: {} (reason {}{rule})", which(r.cl_ord_id), r.text, r.ord_rej_reason);
                rejected += 1;
            }
            Report::Trade(r) if r.cl_ord_id == buy || r.cl_ord_id == sell => {
                let (units, price, trade) = (r.last_qty, r.last_px, r.trd_match_id);
                println!("{} traded {units} units at {price} (trade {trade})", which(r.cl_ord_id));
                traded += 1;
            }
            Report::BusinessReject(r) => return Err(format!("refused: {}", r.text).into()),
            _ => {}
        }
    }
    let _ = client.close();
    if rejected > 0 { Err("the venue rejected the cross".into()) } else { Ok(()) }
}
