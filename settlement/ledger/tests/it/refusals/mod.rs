//! What the ledger refuses even when the venue signs it: every reason at its boundary, with its whole receipt, and
//! with nothing changed but the decision.

mod allocation;
mod approvals;
mod classes;
mod compliance;
mod counts;
mod identity;
mod leases;
mod naming;
mod order;
mod ways;
mod windows;

use crate::common::certified::*;
use crate::common::*;
use crate::common::{self, Market};
use tallystick_ledger::audit::audit;
use tallystick_ledger::instruction::*;
use tallystick_ledger::names::{Asset, Hash, Height};
use tallystick_ledger::proof::{Found, verify};
use tallystick_ledger::receipt::{Done, Outcome, Receipt, Refusal, Side};
use tallystick_ledger::state::{Contents, Decided, GroupRecord, Key, Pair, Record};
use tallystick_rules::*;

const DONE: Outcome = Outcome::Done(Done::Transferred(LotId(1)));

/// Carries a batch of one transfer out in a block of its own, which must refuse it; compares receipt and state, and has
/// the refusal proven to somebody who has nothing but a trust file.
fn refuse(market: &mut Market, batch: Submission, refusal: Refusal, decides: bool) {
    let Submission::Batch(signed) = &batch else { panic!("no batch") };
    let refused = signed.id(&signed.transfers[0]);
    refuse_only(market, batch.clone(), refusal.clone(), decides);
    let (chain, height) = (chain_of(&market.world, &[0, 1, 2]), market.world.head.height);
    let proof = chain.reader().snapshot().prove_decision(height, 0).expect("it is in the block");
    let finding = verify(&proof.to_bytes(), &trust(&chain), NOW, None).expect("a true proof");
    let Found::Refusal { id, refusal: found, .. } = finding.found else { panic!("{finding} is no refusal") };
    assert_eq!((id, found), (refused, refusal));
    assert_eq!(finding.standing.height, height);
}

/// [`refuse`] without the proof, where a test has altered the state by hand.
fn refuse_only(market: &mut Market, batch: Submission, refusal: Refusal, decides: bool) {
    let Submission::Batch(signed) = &batch else { panic!("no batch") };
    let transfer = &signed.transfers[0];
    let id = signed.id(transfer);
    let key = Key::Trade(signed.venue, signed.shard, signed.journal_epoch, transfer.trade);
    // What a block does that has nothing in it.
    let mut idle = market.world.clone();
    idle.run(Vec::new());
    let receipts = market.world.run(vec![batch.clone()]);
    let height = market.world.head.height;
    let outcome = Outcome::Refused(refusal);
    assert_eq!(receipts, [Receipt { id, height, index: 0, outcome }]);
    if decides {
        let decided = Record::Decided(Decided { id, height, index: 0, done: false });
        assert_eq!(idle.state.0.insert(key, decided), None, "it was decided before");
    }
    assert_eq!(market.world.state, idle.state);
    audit(market.world.state.0.clone().into_iter()).expect("a state in order");
}

/// [`refuse`] a transfer that the venue signs, which decides it.
fn refused(market: &mut Market, transfer: Transfer, refusal: Refusal) {
    let batch = market.batch(vec![transfer]);
    refuse(market, batch, refusal, true);
}

/// The same market twice: what differs by one is done in the first and refused in the second.
fn boundary(
    market: &Market,
    good: impl FnOnce(&mut Transfer),
    bad: impl FnOnce(&mut Transfer),
    why: Refusal,
) {
    let (mut first, mut second) = (market.clone(), market.clone());
    let (mut at, mut beyond) = (first.transfer(), second.transfer());
    good(&mut at);
    bad(&mut beyond);
    let outcome = first.settle(at);
    assert!(matches!(outcome, Outcome::Done(Done::Transferred(_))), "{outcome:?}");
    audit(first.world.state.0.into_iter()).expect("a state in order");
    refused(&mut second, beyond, why);
}

fn out_of_range(what: &str, range: &str) -> Refusal {
    Refusal::OutOfRange { what: what.into(), range: range.into() }
}

fn unknown(what: &str) -> Refusal {
    Refusal::Unknown { what: what.into() }
}

fn compliance(code: ReasonCode, rule: u16) -> Refusal {
    Refusal::Compliance(Reason { code, rule: RuleId(rule) })
}

fn part(lot: u32, units: u64) -> LotMove {
    LotMove { lot: LotId(lot), units: Units(units), path: Path::Plain }
}

/// Ann sells so many units of her first lot, at 10.00.
fn sell(transfer: &mut Transfer, units: u64) {
    transfer.units = Units(units);
    transfer.lots = vec![part(1, units)];
    transfer.money = Money(1_000 * units as i64);
}

fn freeze(account: AccountId, asset: Asset, frozen: bool) -> Operation {
    Operation::Freeze { account, asset, frozen, order: hash(7) }
}
