//! What is of no operation: numbers, times, what a block hands over, signatures.

use super::*;

#[test]
fn numbers_run_out_in_the_open() {
    let mut market = Market::new();
    let Some(Record::Counters(counters)) = market.world.state.0.get_mut(&Key::Counters) else {
        panic!("no counters")
    };
    counters.investor = InvestorId(u32::MAX - 1);
    counters.account = AccountId(u32::MAX - 1);
    counters.cash = CashId(u16::MAX - 1);
    counters.security = SecurityId(u32::MAX - 1);
    let (ann, name) = (InvestorId(1), "EUR".to_string());
    let cases = [
        (
            Operation::Register { key: key("x").public(), handle: hash(1 << 50) },
            "kyc",
            "the number of persons",
        ),
        (
            Operation::OpenAccount { record_holder: ann, beneficial_owner: ann },
            "custodian",
            "the number of accounts",
        ),
        (Operation::CreateCash { name, decimals: 0 }, "bank", "the number of cash tokens"),
    ];
    for (operation, signer, what) in cases {
        market.world.done(operation.clone(), &[signer]);
        let again = match operation {
            Operation::Register { key, .. } => Operation::Register { key, handle: hash(1 << 51) },
            other => other,
        };
        assert_eq!(market.world.refused(again, &[signer]), overflow(what));
    }
    market.world.done(issue("LAST", vec![]), &BOTH);
    assert_eq!(market.world.refused(issue("NEXT", vec![]), &BOTH), overflow("the number of securities"));
    let security = market.security;
    let mut record = market.world.security(security);
    record.issuances = u32::MAX;
    market.world.state.0.insert(Key::Security(security), Record::Security(record));
    let opening = vec![line(ANN, 1, ACQUIRED)];
    let more = Operation::IssueMore { security, opening };
    assert_eq!(market.world.refused(more, &BOTH), overflow("the number of issuances"));
}

#[test]
fn the_times_of_blocks_are_kept_as_long_as_they_may_be_pinned() {
    let mut world = World::new();
    world.pass(3 * HORIZON);
    let head = world.head.height.0;
    let kept: Vec<Key> = world.state.0.keys().filter(|key| matches!(key, Key::Time(_))).copied().collect();
    let expected = (head - u64::from(HORIZON)..=head).map(|height| Key::Time(Height(height)));
    assert_eq!(kept, expected.collect::<Vec<_>>());
    audited(&world);
}

#[test]
fn a_block_hands_over_what_it_changes_and_nothing_else() {
    let mut market = Market::new();
    let transfer = market.transfer();
    let batch = market.batch(vec![transfer]);
    let world = &market.world;
    let at = tallystick_ledger::execute::At {
        height: world.head.height.next(),
        time: Time(world.head.time.0 + SECOND),
    };
    let changes = execute(&world.state, &world.genesis, world.chain, at, &[batch]).changes;
    let (units, cash) = (market.units(), market.money());
    let mut expected = vec![
        Key::Security(market.security),
        Key::Holding(ANN, units),
        Key::Holding(ANN, cash),
        Key::Holding(BOB, units),
        Key::Holding(BOB, cash),
        Key::Holding(FEES, cash),
        Key::Stake(InvestorId(1), units),
        Key::Stake(InvestorId(1), cash),
        Key::Stake(InvestorId(2), units),
        Key::Stake(InvestorId(2), cash),
        Key::Stake(InvestorId(3), cash),
        Key::Trade(venue(VENUE), 0, 1, 1),
        Key::Time(Height(at.height.0 - u64::from(HORIZON) - 1)),
        Key::Time(at.height),
    ];
    expected.sort();
    assert_eq!(changes.keys().copied().collect::<Vec<_>>(), expected);
}

#[test]
fn a_submission_may_stand_in_a_block_if_all_its_signatures_are_good_and_of_different_keys() {
    let mut market = Market::new();
    let operation = Operation::Freeze { account: ANN, asset: market.money(), frozen: true, order: hash(1) };
    let instruction =
        Instruction { chain: market.world.chain, expiry: Height(99), blind: hash(1), operation };
    let keys: Vec<_> = (0..9).map(|n| key(&format!("signer {n}"))).collect();
    let signed = |range: std::ops::Range<usize>| {
        Submission::Direct(instruction.clone().sign(&keys[range].iter().collect::<Vec<_>>()))
    };
    assert!(signatures_verify(&signed(0..1)));
    assert!(signatures_verify(&signed(0..8)));
    assert!(!signatures_verify(&signed(0..9)), "nine signatures");
    let change = |change: fn(&mut Signed)| {
        let Submission::Direct(mut it) = signed(0..3) else { panic!("direct") };
        change(&mut it);
        Submission::Direct(it)
    };
    assert!(!signatures_verify(&change(|it| it.signatures[2] = it.signatures[0])), "a key twice");
    assert!(!signatures_verify(&change(|it| it.signatures[2].1 = it.signatures[0].1)), "another's");
    assert!(!signatures_verify(&change(|it| it.signatures[1].1.0[5] ^= 1)), "forged");
    assert!(!signatures_verify(&change(|it| it.instruction.expiry = Height(98))), "other words");

    let transfer = market.transfer();
    let batch = market.batch(vec![transfer]);
    assert!(signatures_verify(&batch));
    let Submission::Batch(batch) = batch else { panic!("a batch") };
    assert_eq!(instruction_ids(&Submission::Batch(batch.clone())), [batch.id(&batch.transfers[0])]);
    let change = |change: fn(&mut Batch)| {
        let mut batch = batch.clone();
        change(&mut batch);
        signatures_verify(&Submission::Batch(batch))
    };
    assert!(!change(|it| it.signature = Signature([0; 64])));
    assert!(!change(|it| it.transfers[0].money = Money(1)));
    assert!(!change(|it| it.transfers[0].blind = hash(77)));
    assert!(!change(|it| it.transfers.clear()));
    assert!(!change(|it| it.shard = 1));
    assert!(!change(|it| it.journal_epoch = 2));
    assert!(!change(|it| it.venue[0] = b'Y'));
    assert!(!change(|it| it.chain = hash(0)));
    assert!(!change(|it| it.key = key("ann").public()));
}
