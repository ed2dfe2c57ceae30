//! Which of several faults is told, and what instructions of parties and owners share with transfers.

use super::*;

#[test]
fn of_several_faults_the_first_in_the_stated_order_is_the_receipt() {
    let mut market = Market::new();
    market.world.pass(HORIZON);
    // Everything is wrong. Each step mends what was refused, so that the next fault shows.
    let mut transfer = market.transfer();
    (transfer.trade, transfer.sequence) = (500, 500);
    transfer.expiry = market.world.head.height;
    transfer.security = SecurityId(9);
    transfer.pinned = market.world.head.height.plus(HORIZON);
    transfer.traded = Time(1);
    transfer.epoch = 3;
    transfer.lots.push(part(1, 1));
    transfer.money = Money(1);
    transfer.legs[0].amount = Money(100_000);
    let freeze_ann = freeze(ANN, market.units(), true);
    market.world.done(freeze_ann, &["registrar"]);
    let suspend = Operation::Suspend { investor: InvestorId(2), suspended: true };
    market.world.done(suspend, &["kyc"]);
    let at = |chain: Hash, signer: &str, transfer: &Transfer, market: &mut Market| {
        let mut transfer = transfer.clone();
        if transfer.epoch == 1 {
            // Its heights and times are in order by then.
            (transfer.pinned, transfer.traded) = (market.world.head.height, market.world.head.time);
            transfer.expiry = transfer.pinned.plus(HORIZON);
        }
        transfer.trade = market.world.head.height.0;
        let batch = Batch::sign(chain, (venue(VENUE), 0, 1), vec![transfer], &key(signer));
        let outcome = market.world.run(vec![Submission::Batch(batch)]).remove(0).outcome;
        let Outcome::Refused(refusal) = outcome else { panic!("done") };
        refusal.number()
    };
    let chain = market.world.chain;
    assert_eq!(at(hash(5), "ann", &transfer, &mut market), 1);
    assert_eq!(at(chain, "ann", &transfer, &mut market), 2);
    transfer.expiry = market.world.head.height.plus(2 * HORIZON);
    assert_eq!(at(chain, "ann", &transfer, &mut market), 5);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 6);
    transfer.security = market.security;
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 7);
    transfer.legs[0].amount = Money(1);
    transfer.pinned = market.world.head.height.plus(HORIZON);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 25);
    transfer.pinned = market.world.head.height;
    transfer.expiry = transfer.pinned.plus(HORIZON);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 29);
    transfer.traded = market.world.head.time;
    transfer.pinned = market.world.head.height;
    transfer.expiry = transfer.pinned.plus(HORIZON);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 24);
    transfer.epoch = 1;
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 27);
    let free_ann = freeze(ANN, market.units(), false);
    market.world.done(free_ann, &["registrar"]);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 26);
    (transfer.units, transfer.lots, transfer.seller) = (Units(1), vec![part(1, 1)], ZOE);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 20);
    transfer.seller = ANN;
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 22);
    (transfer.units, transfer.lots) = (Units(1_001), vec![part(1, 1_001)]);
    (transfer.money, transfer.legs[0].amount) = (Money(1_101_101), Money(501));
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 21);
    (transfer.units, transfer.lots) = (Units(1_000), vec![part(2, 1_000)]);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 23);
    transfer.legs[0].amount = Money(500);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 26);
    transfer.lots = vec![part(1, 1_000)];
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 22);
    transfer.money = Money(1_100_000);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 21);
    transfer.money = Money(900_000);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 28);
    let free_bob = Operation::Suspend { investor: InvestorId(2), suspended: false };
    market.world.done(free_bob, &["kyc"]);
    (transfer.pinned, transfer.traded) = (market.world.head.height, market.world.head.time);
    transfer.expiry = transfer.pinned.plus(HORIZON);
    assert_eq!(market.settle(transfer), DONE);
}

#[test]
fn a_direct_instruction_is_refused_as_a_transfer_is() {
    let mut market = Market::new();
    let allocate = Operation::Allocate(market.sale());
    let (chain, head) = (market.world.chain, market.world.head.height);
    let instruction = |chain, expiry| Instruction {
        chain,
        expiry,
        blind: Hash::default(),
        operation: freeze(ANN, Asset::Cash(CashId(1)), true),
    };
    let cases = [
        (instruction(hash(3), Height(99)), "bank", Refusal::OtherChain),
        (instruction(chain, head), "bank", Refusal::Expired),
        (
            instruction(chain, Height(99)),
            "registrar",
            Refusal::NotAuthorized { who: "the cash token's issuer".into() },
        ),
    ];
    let mut world = market.world.clone();
    for (instruction, signer, refusal) in cases {
        let submission = world.sign(instruction, &[signer]);
        assert_eq!(world.run(vec![submission])[0].outcome, Outcome::Refused(refusal));
    }
    assert_eq!(world.holding(ANN, Asset::Cash(CashId(1))), None);

    let submission = world.sign(instruction(chain, world.head.height.next()), &["bank"]);
    let receipts = world.run(vec![submission.clone()]);
    let (height, id) = (world.head.height, receipts[0].id);
    assert_eq!(receipts, [Receipt { id, height, index: 0, outcome: Outcome::Done(Done::Asked) }]);
    assert_eq!(world.run(vec![submission])[0].outcome, Outcome::Refused(Refusal::Expired));
    let submission = world.sign(instruction(chain, Height(99)), &["bank"]);
    world.run(vec![submission.clone()]);
    let height = world.head.height;
    let again = Outcome::Refused(Refusal::Duplicate { height });
    assert_eq!(world.run(vec![submission])[0].outcome, again);

    assert_eq!(market.world.refused(allocate, &["ann"]), Refusal::AllocationOpen);
}

#[test]
fn who_may_not_sign_an_instruction_can_t_use_it_up_for_who_may() {
    let mut market = Market::new();
    let operation = Operation::Withdraw { venue: venue(VENUE), account: ANN, asset: market.units() };
    let (chain, expiry) = (market.world.chain, Height(99));
    let instruction = Instruction { chain, expiry, blind: hash(1), operation };
    let by = |name: &str| Submission::Direct(instruction.clone().sign(&[&key(name)]));
    let who = "the account's beneficial owner or its custodian".into();
    let receipts = market.world.run(vec![by("bob"), by("ann")]);
    assert_eq!(receipts[0].outcome, Outcome::Refused(Refusal::NotAuthorized { who }));
    assert_eq!(receipts[1].outcome, Outcome::Done(Done::Asked));
    assert_eq!(receipts[0].id, receipts[1].id);
}
