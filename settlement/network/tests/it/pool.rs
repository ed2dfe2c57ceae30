//! What waits to be decided: bounded, each thing once, nothing forged.

use crate::support::{key, submission};
use tallystick_ledger::header::{Block, Header};
use tallystick_ledger::instruction::{Batch, Signed, Submission, Transfer};
use tallystick_ledger::names::{ChainId, Hash, Height};
use tallystick_network::mempool::{BlockLimits, Checked, Mempool, PoolLimits, SubmitError};
use tallystick_rules::{AccountId, CashId, Jurisdiction, Market, Money, SecurityId, Time, Units};

const CHAIN: ChainId = Hash([7; 32]);

fn checked(submission: Submission) -> Checked {
    Checked::new(submission, CHAIN, BlockLimits::default()).unwrap()
}

fn batch(trades: impl IntoIterator<Item = u64>) -> Submission {
    let transfer = |trade| Transfer {
        sequence: trade,
        trade,
        security: SecurityId(1),
        epoch: 0,
        seller: AccountId(1),
        buyer: AccountId(2),
        units: Units(1),
        lots: Vec::new(),
        cash: CashId(1),
        money: Money(1),
        legs: Vec::new(),
        market: Market { place: Jurisdiction::new("US").unwrap(), gated: false },
        traded: Time(1),
        pinned: Height(1),
        expiry: Height(9),
        blind: Hash::default(),
    };
    let transfers = trades.into_iter().map(transfer).collect();
    Submission::Batch(Batch::sign(CHAIN, (*b"venue\0\0\0\0\0\0\0\0\0\0\0", 0, 1), transfers, &key(50)))
}

fn block(submissions: Vec<Submission>) -> Block {
    let zero = Hash::default();
    let header = Header {
        chain: CHAIN,
        height: Height(1),
        time: Time(1),
        parent: zero,
        validators: zero,
        next_validators: zero,
        instructions: zero,
        results: zero,
        state: zero,
    };
    Block { header, submissions }
}

#[test]
fn what_waits_is_taken_in_once_and_stays_until_it_is_decided() {
    let mut pool = Mempool::new(PoolLimits::default());
    let (first, second) = (submission(CHAIN, 1), submission(CHAIN, 2));
    for _ in 0..3 {
        pool.add(checked(first.clone())).unwrap();
        pool.add(checked(second.clone())).unwrap();
    }
    assert_eq!(pool.len(), 2);
    assert_eq!(pool.oldest(), [first.clone(), second.clone()]);
    assert_eq!(pool.oldest(), [first.clone(), second.clone()], "being proposed is not being decided");
    pool.decided(&block(vec![first]));
    assert_eq!(pool.oldest(), std::slice::from_ref(&second));
    pool.decided(&block(vec![second]));
    assert!(pool.is_empty());
}

#[test]
fn a_batch_goes_when_all_of_it_is_decided_in_whatever_company() {
    let mut pool = Mempool::new(PoolLimits::default());
    pool.add(checked(batch([1, 2]))).unwrap();
    pool.add(checked(batch([2, 3]))).unwrap();
    pool.add(checked(batch([3, 1]))).unwrap();
    assert_eq!(pool.len(), 4, "the third asks for nothing new");
    pool.decided(&block(vec![batch([1])]));
    assert_eq!(pool.len(), 4);
    pool.decided(&block(vec![batch([2])]));
    assert_eq!(pool.oldest(), [batch([2, 3])]);
    pool.decided(&block(vec![batch([3, 2])]));
    assert!(pool.is_empty());
    assert_eq!(pool.len(), 0);
}

#[test]
fn a_full_pool_refuses_and_has_room_again_when_something_is_decided() {
    let block_limits = BlockLimits { instructions: 2, bytes: 1 << 20 };
    let mut pool = Mempool::new(PoolLimits { instructions: 3, bytes: 1 << 20, block: block_limits });
    for number in 0..3 {
        pool.add(checked(submission(CHAIN, number))).unwrap();
    }
    let error = pool.add(checked(submission(CHAIN, 3))).unwrap_err();
    assert_eq!(error, SubmitError::Full { waiting: 3, more: 1 });
    assert_eq!(
        error.to_string(),
        "3 instructions wait to be decided, and there is no room for 1 more; submit again later"
    );
    pool.add(checked(submission(CHAIN, 1))).unwrap();
    assert_eq!(pool.oldest().len(), 2, "a block has no room for more");
    pool.decided(&block(pool.oldest()));
    pool.add(checked(submission(CHAIN, 3))).unwrap();
    assert_eq!(pool.oldest(), [submission(CHAIN, 2), submission(CHAIN, 3)]);
}

#[test]
fn a_full_pool_is_full_by_bytes_too() {
    let one = borsh::object_length(&submission(CHAIN, 0)).unwrap();
    let mut pool = Mempool::new(PoolLimits { bytes: 2 * one, ..PoolLimits::default() });
    pool.add(checked(submission(CHAIN, 0))).unwrap();
    pool.add(checked(submission(CHAIN, 1))).unwrap();
    assert!(matches!(
        pool.add(checked(submission(CHAIN, 2))),
        Err(SubmitError::Full { waiting: 2, more: 1 })
    ));
}

#[test]
fn at_the_door_is_refused_what_can_never_be_decided() {
    let door = |submission| Checked::new(submission, CHAIN, BlockLimits::default()).map(|_| ()).unwrap_err();
    assert!(matches!(door(submission(Hash([8; 32]), 1)), SubmitError::OtherChain { .. }));
    let Submission::Direct(mut forged) = submission(CHAIN, 1) else { unreachable!() };
    let good = forged.clone();
    forged.instruction.expiry = Height(5);
    assert_eq!(door(Submission::Direct(forged)), SubmitError::Forged);
    let Submission::Batch(mut forged) = batch([1, 2]) else { unreachable!() };
    forged.transfers[1].money = Money(2);
    assert_eq!(door(Submission::Batch(forged)), SubmitError::Forged);
    assert_eq!(door(batch([])), SubmitError::Empty);
    assert!(matches!(door(batch(0..5_000)), SubmitError::TooLarge { instructions: 5_000, .. }));
    let mut many = good.clone();
    let most = Signed::MOST_SIGNATURES;
    many.signatures = vec![good.signatures[0]; most + 1];
    assert_eq!(door(Submission::Direct(many)), SubmitError::Signatures { found: most + 1, most });
}

#[test]
fn what_a_proposer_leaves_out_is_in_the_way_only_once() {
    let mut pool = Mempool::new(PoolLimits::default());
    pool.add(checked(submission(CHAIN, 1))).unwrap();
    pool.add(checked(submission(CHAIN, 2))).unwrap();
    pool.left_out(&block(vec![submission(CHAIN, 1)]));
    assert_eq!(pool.len(), 2);
    pool.left_out(&block(vec![submission(CHAIN, 2)]));
    assert_eq!(pool.oldest(), [submission(CHAIN, 2)]);
}
