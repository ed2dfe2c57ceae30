//! `tallystick risk`: a broker-dealer's limits, kill switch and mass cancels, over a session.

use super::Failure;
use super::limits::{LimitArgs, ScopeArgs, Way};
use super::session::{Line, PATIENCE};
use clap::Subcommand;
use std::time::Instant;
use tallystick_client::{
    BlockedBy, CashLimit, ClOrdId, Client, KillSwitch, MassCancel, OrderRate, PartyActionResponse, Report,
    RiskLimits, RiskScope, SetLimits, Side,
};
use tallystick_engine::risk;

/// What one sees below the options.
const MORE: &str = "\
Examples (options for venue, session and key left out):
  tallystick risk set firm 1 --credit 1=5000000 --order-rate 100/1s
  tallystick risk set account 1001 --order-quantity 500 --restrict 55,56
  tallystick risk set session 7 --none                  no limits any more
  tallystick risk block session 7                       nothing new, and what is open is cancelled
  tallystick risk unblock session 7
  tallystick risk mass-cancel --security 55             your own orders; of risk control, the firm's

Limits and blocks are for a session that the operator made its firm's risk control; a mass cancel is for any. What each means is \
in docs/risk.md. Ends with 0 once it is done, and with 1 if the venue refused it.

Uses the session as its own: it begins a new version of it, so nobody else may be connected under it.";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE)]
pub struct Args {
    #[command(flatten)]
    line: Line,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Set all limits: what is not stated is not limited.
    Set {
        #[command(flatten)]
        scope: ScopeArgs,
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// The kill switch: nothing new is accepted, and open orders are cancelled. Waits until all are.
    Block {
        #[command(flatten)]
        scope: ScopeArgs,
    },
    /// Lift the firm's own block.
    Unblock {
        #[command(flatten)]
        scope: ScopeArgs,
    },
    /// Cancel all orders that meet everything stated, and tell how many there were.
    MassCancel {
        /// Entered by this session of the firm; for risk control.
        #[arg(long = "of-session", value_name = "N")]
        session: Option<u32>,
        /// For this account.
        #[arg(long, value_name = "N")]
        account: Option<u32>,
        /// In this security: its number.
        #[arg(long, value_name = "N")]
        security: Option<u32>,
        /// On this side.
        #[arg(long, value_name = "buy|sell")]
        side: Option<Way>,
        /// What you call the request, at most 20 characters; the time by default.
        #[arg(long, value_name = "NAME")]
        name: Option<ClOrdId>,
    },
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let Args { line, what } = args;
    let now: ClOrdId = jiff::Timestamp::now().as_nanosecond().to_string().parse()?;
    match what {
        What::Set { scope, limits } => {
            let limits = limits.limits()?.map(told).transpose()?;
            let request = SetLimits { request: now, scope: of(scope), limits };
            follow(&line, now, |client| client.set_limits(request).map(drop))
        }
        What::Block { scope } => {
            let request = KillSwitch { request: now, scope: of(scope), block: true };
            follow(&line, now, |client| client.kill_switch(request).map(drop))
        }
        What::Unblock { scope } => {
            let request = KillSwitch { request: now, scope: of(scope), block: false };
            follow(&line, now, |client| client.kill_switch(request).map(drop))
        }
        What::MassCancel { session, account, security, side, name } => {
            let name = name.unwrap_or(now);
            let side = side.map(|way| match way {
                Way::Buy => Side::Buy,
                Way::Sell => Side::Sell,
            });
            let request =
                MassCancel { session, account, security_id: security, side, ..MassCancel::named(name) };
            follow(&line, name, |client| client.mass_cancel(request).map(drop))
        }
    }
}

/// Asks, and prints what comes of it until it is done.
fn follow(
    line: &Line,
    name: ClOrdId,
    ask: impl FnOnce(&mut Client) -> Result<(), tallystick_client::ClientError>,
) -> Result<(), Failure> {
    let mut client = line.connect()?;
    ask(&mut client)?;
    let mut heard = Instant::now();
    // Whose orders are being cancelled by the block that was asked for.
    let mut blocked = None;
    loop {
        let Some(report) = line.next(&mut client, heard, PATIENCE)? else {
            return Err("the venue has not answered; whether it was done is not known".into());
        };
        heard = Instant::now();
        match report {
            Report::Limits(r) if r.risk_limit_request_id == Some(name) => {
                let scope = RiskScope::of(r.risk_limit_scope, r.risk_limit_scope_id);
                match RiskLimits::told(&r) {
                    Some(_) => println!("the limits of {scope} are in force"),
                    None => println!("{scope} has no limits any more"),
                }
                break;
            }
            Report::Block(r) => {
                let scope = RiskScope::of(r.risk_limit_scope, r.risk_limit_scope_id);
                let mine = r.party_action_request_id == Some(name);
                match (r.party_action_response, r.blocked_by) {
                    (PartyActionResponse::Accepted, Some(BlockedBy::Nobody)) if mine => {
                        println!("{scope} is not blocked any more");
                        break;
                    }
                    (PartyActionResponse::Accepted, by) if mine => {
                        println!("{scope} is blocked{}", by.map_or("", who));
                        blocked = Some(scope);
                    }
                    (PartyActionResponse::Completed, _) if blocked == Some(scope) => {
                        println!("{} orders were cancelled", r.total_affected_orders.unwrap_or(0));
                        break;
                    }
                    _ => {}
                }
            }
            Report::MassCancelled(r) if r.cl_ord_id == name => {
                println!("{} orders were cancelled", r.total_affected_orders);
                break;
            }
            Report::RequestReject(r) if r.request_id == name => {
                return Err(format!("{} (reason {})", r.text, r.request_reject_reason).into());
            }
            Report::BusinessReject(r) => return Err(format!("the venue refused it: {}", r.text).into()),
            _ => {}
        }
    }
    let _ = client.close();
    Ok(())
}

fn who(by: BlockedBy) -> &'static str {
    match by {
        BlockedBy::Nobody => "",
        BlockedBy::Operator => " by an operator of the venue",
        BlockedBy::Firm => " by the firm",
        BlockedBy::Both => " by the firm and by an operator of the venue",
    }
}

fn of(scope: ScopeArgs) -> RiskScope {
    match scope.scope() {
        risk::RiskScope::Firm(firm) => RiskScope::Firm(firm.0),
        risk::RiskScope::Session(session) => RiskScope::Session(session.0),
        risk::RiskScope::Account(account) => RiskScope::Account(account.0),
    }
}

/// Limits as the client says them. Securities go by their numbers here: a session knows no symbols.
fn told((limits, restrict): (risk::Limits, Vec<String>)) -> Result<RiskLimits, String> {
    let amounts = |list: &[risk::CashLimit]| {
        let amount = |limit: &risk::CashLimit| {
            let most = u64::try_from(limit.most.0).map_err(|_| "an amount is from 0".to_owned())?;
            Ok(CashLimit { cash: limit.cash.0, most })
        };
        list.iter().map(amount).collect::<Result<Vec<_>, String>>()
    };
    let number = |name: &String| {
        let why = || format!("{name:?} is no security's number; `tallystick admin securities` shows them");
        name.parse::<u32>().map_err(|_| why())
    };
    let mut restricted = restrict.iter().map(number).collect::<Result<Vec<_>, String>>()?;
    restricted.sort_unstable();
    restricted.dedup();
    Ok(RiskLimits {
        credit: amounts(&limits.credit)?,
        order_value: amounts(&limits.order_value)?,
        order_qty: limits.order_quantity.map(|units| units.0),
        order_rate: limits.order_rate.map(|rate| OrderRate { count: rate.count, window_ns: rate.window_ns }),
        duplicate_window_ns: limits.duplicate_window_ns,
        collar_bps: limits.collar_bps,
        restricted,
    })
}
