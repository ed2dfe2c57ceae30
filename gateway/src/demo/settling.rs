//! The set pieces in which the ledger has a part: what was bought is sold on once it is final, a court's order comes
//! between a match and its vote, an owner takes back what it allocated, a person is suspended.

use super::broker::{Until, refused};
use super::cast::{FROZEN, HARBOR, Issue, NWPREF, POOR, RIVERCO, SUSPENDED, WITHDRAWN};
use super::founding::asset;
use super::orders::{End, Order};
use super::plain::What;
use super::scenes::{resting, taking};
use super::stage::{Stage, done, now_ns};
use crate::admin::protocol::Ask;
use crate::cli::Failure;
use crate::settlement::desk::LedgerAsk;
use std::time::{Duration, Instant};
use tallystick_client::Side;
use tallystick_engine::types::{AccountId, InvestorId};
use tallystick_ledger::instruction::Operation;
use tallystick_ledger::names::Hash;

/// Orders that went because of what the ledger said.
#[derive(Clone, Debug)]
pub struct Gone {
    /// From when on nothing of it could trade, by this machine's clock.
    pub at: u64,
    /// The orders, at their end.
    pub orders: Vec<Order>,
}

/// Somebody bought, and sold on what it had bought.
#[derive(Clone, Debug)]
pub struct Resale {
    /// What it bought with all it had, and what it sold as soon as that was its own.
    pub orders: [Order; 2],
}

/// The least that a court's order must catch.
const LEAST_CAUGHT: u64 = 1;

/// Somebody without units buys some; they can't be sold before the network has decided, and can then.
pub fn resale(stage: &mut Stage) -> Result<Resale, Failure> {
    const UNITS: u64 = 5;
    stage.settled()?;
    let nothing_yet = taking(POOR, RIVERCO, Side::Sell, -60, UNITS);
    stage.place(51, refused(nothing_yet, "sold before it was bought", 150, None), Until::Over)?;
    stage.place(41, resting(17, RIVERCO, Side::Buy, -20, 10 * UNITS), Until::Answered)?;
    let bought = stage.place(51, taking(POOR, RIVERCO, Side::Buy, 0, UNITS), Until::Over)?;
    stage.settled()?;
    let sold = stage.place(51, taking(POOR, RIVERCO, Side::Sell, -60, UNITS), Until::Over)?;
    Ok(Resale { orders: [bought, sold] })
}

/// A court freezes an account while its orders trade: the venue matches until it hears of it, and what the network has
/// not decided by then is refused.
pub fn court_order(stage: &mut Stage) -> Result<Gone, Failure> {
    /// How often it is tried, since the venue may hear of the order before anybody trades.
    const TRIES: usize = 10;
    /// Ticks from the reference price.
    const LOW: i64 = -30;
    let mut orders = Vec::new();
    for _ in 0..TRIES {
        stage.settled()?;
        // So cheap and so much that whoever buys there buys from this order.
        let sell = resting(FROZEN, RIVERCO, Side::Sell, LOW, 50_000);
        let sell = stage.place(41, sell, Until::Answered)?;
        // What it took at once becomes final; what follows is in the court's hands.
        stage.settled()?;
        let over = stage.watching(41, sell.name, Until::Over);
        let freeze = sign_freeze(stage, true)?;
        let mut court = stage.another_operator()?;
        let began = Instant::now();
        let served = std::thread::scope(|scope| {
            let ask = Ask::Ledger { about: LedgerAsk::Submit { signed: vec![freeze] } };
            let served = scope.spawn(move || court.ask(&ask));
            let mut sent = 0;
            while over.is_empty() && !stage.is_late(began) {
                drop(stage.send(61, taking(29, RIVERCO, Side::Buy, LOW, 1), Until::Over));
                sent += 1;
                // A few at once are enough; a slow network is waited for.
                std::thread::sleep(Duration::from_millis(if sent < 20 { 1 } else { 10 }));
            }
            served.join().expect("asking does not panic")
        });
        done(&served?[0])?;
        let at = now_ns();
        orders.push(stage.await_order(&over)?);
        let status = stage.settled()?;
        if status["refused"].as_u64().unwrap_or(0) >= LEAST_CAUGHT {
            let more = resting(FROZEN, RIVERCO, Side::Sell, 0, 1);
            stage.place(41, refused(more, "account frozen", 152, None), Until::Over)?;
            return Ok(Gone { at, orders });
        }
        let release = sign_freeze(stage, false)?;
        let released = stage.submit(release)?;
        stage.followed(released)?;
    }
    Err("no trade was caught between its match and its vote".into())
}

fn sign_freeze(stage: &mut Stage, frozen: bool) -> Result<String, Failure> {
    let (account, asset) = (AccountId(FROZEN), asset(What::Units(RIVERCO)));
    let order =
        Hash::of("tallystick 2026 order of a court", b"Demo court, case 1 of 2026: freeze all of it.");
    let height = stage.height()?;
    stage.pen.sign(height, Operation::Freeze { account, asset, frozen, order }, &[&stage.signers.registrar])
}

/// An owner takes back what it has allocated, while orders rely on it.
pub fn withdraw(stage: &mut Stage) -> Result<Gone, Failure> {
    let issue = Issue::of(RIVERCO);
    // Too dear and too much to be filled before.
    let sell = resting(WITHDRAWN, RIVERCO, Side::Sell, issue.reference * 6 / 100, 100_000);
    let names = [stage.place(61, sell, Until::Answered)?.name, stage.place(61, sell, Until::Answered)?.name];
    let operation = stage.pen.withdrawal(WITHDRAWN, What::Units(RIVERCO));
    let height = stage.height()?;
    let signed = stage.pen.sign(height, operation, &[stage.signers.of_account(WITHDRAWN)])?;
    stage.submit(signed)?;
    let orders = names.into_iter().map(|name| stage.watch(61, name, Until::Over));
    let orders = orders.collect::<Result<Vec<_>, _>>()?;
    let at = now_ns();
    stage.place(61, refused(sell, "allocation withdrawn", 152, None), Until::Over)?;
    Ok(Gone { at, orders })
}

/// A claim issuer suspends an investor whose orders rest.
pub fn suspend(stage: &mut Stage) -> Result<Gone, Failure> {
    let mut names = Vec::new();
    for issue in [RIVERCO, NWPREF, HARBOR].map(Issue::of) {
        // Too low and too much to be filled before.
        let (low, much) = (-issue.reference * 6 / 100, issue.size * issue.lot * 50);
        let order = resting(SUSPENDED, issue.id, Side::Buy, low, much);
        names.push(stage.place(61, order, Until::Answered)?.name);
    }
    let height = stage.height()?;
    let suspend = Operation::Suspend { investor: InvestorId(SUSPENDED), suspended: true };
    let signed = stage.pen.sign(height, suspend, &[&stage.signers.claims])?;
    stage.submit(signed)?;
    let orders = names.into_iter().map(|name| stage.watch(61, name, Until::Over));
    let orders = orders.collect::<Result<Vec<_>, _>>()?;
    let at = now_ns();
    let more = resting(SUSPENDED, RIVERCO, Side::Buy, 0, 1);
    stage.place(61, refused(more, "identity suspended", 103, Some(0)), Until::Over)?;
    Ok(Gone { at, orders })
}

impl Gone {
    /// Those that did not end for this reason.
    pub fn otherwise(&self, reason: u16) -> impl Iterator<Item = String> {
        let wrong = move |order: &&Order| order.end != Some(End::Cancelled(reason));
        self.orders.iter().filter(wrong).map(|o| format!("order {} ended {:?}", o.name.as_str(), o.end))
    }
}
