//! Proofs: what they say, and that nobody can change a byte of them.

use crate::common::certified::*;
use crate::common::*;
use tallystick_ledger::chain::Chain;
use tallystick_ledger::genesis::{Validator, Validators};
use tallystick_ledger::instruction::{Approve, ClaimValue, LotMove, Operation, SecurityTerms, Transfer};
use tallystick_ledger::names::{Asset, Hash, Height};
use tallystick_ledger::proof::{Attested, Found, NoProof, Proof, VerifyError, verify};
use tallystick_ledger::receipt::Done;
use tallystick_ledger::state::{Key, Record, View, finder};
use tallystick_ledger::testing::SimDisk;
use tallystick_ledger::trust::Trust;
use tallystick_rules::{
    Condition, Disclosure, Insider, InvestorId, LotId, Money, Path, PersonTest, Place, Rule, SecurityId,
    Time, Topic, Units, Way,
};

/// A chain that has settled something, refused something, and let something expire.
struct Fixture {
    chain: Chain,
    market: Market,
    /// A transfer that nobody submitted before it expired.
    expired: Transfer,
}

fn fixture() -> Fixture {
    let mut market = Market::new();
    let expired = Transfer { blind: Hash([77; 32]), ..market.transfer() };
    let (good, mut greedy) = (market.transfer(), market.transfer());
    greedy.money = Money(greedy.money.0 * 2);
    let batch = market.batch(vec![good, greedy]);
    let withdraw = Operation::Withdraw { venue: venue(VENUE), account: ZOE, asset: market.units() };
    let direct = market.world.direct(withdraw, &["zoe"]);
    market.world.run(vec![batch, direct]);
    market.world.pass(HORIZON + 1);
    let chain = chain_of(&market.world, &[0, 1, 3]);
    Fixture { chain, market, expired }
}

impl Fixture {
    fn proof(&self, kind: &str) -> Proof {
        let snapshot = self.chain.reader().snapshot();
        let (units, money) = (self.market.units(), self.market.money());
        let settled = snapshot.decided(venue(VENUE), 0, 1, 2).unwrap();
        match kind {
            "units" => snapshot.prove_balance(InvestorId(1), units),
            "cash" => snapshot.prove_balance(InvestorId(2), money),
            "transfer" => snapshot.prove_trade(venue(VENUE), 0, 1, 2),
            "refusal" => snapshot.prove_trade(venue(VENUE), 0, 1, 3),
            "direct refusal" => snapshot.prove_decision(settled.height, settled.index + 2),
            "non-ownership" => snapshot.prove_non_ownership(InvestorId(4), units),
            "undecided" => snapshot.prove_undecided(venue(VENUE), 0, 1, self.expired.clone()),
            _ => panic!("no such kind"),
        }
        .unwrap()
    }

    fn says(&self, kind: &str) -> String {
        verify(&self.proof(kind).to_bytes(), &trust(&self.chain), NOW, None).unwrap().to_string()
    }

    /// That no byte of a proof of this kind can be changed, left out or added; not even by somebody who also makes
    /// the file's own hash fit again: `says_another` where the proof is then a true one of something else.
    fn holds_in_every_byte(&self, kind: &str, says_another: bool) {
        let (good, trust) = (self.proof(kind).to_bytes(), trust(&self.chain));
        let check = |bytes: &[u8]| verify(bytes, &trust, NOW, None);
        let said = check(&good).unwrap();
        println!("a proof of kind {kind} has {} bytes", good.len());
        for at in 0..good.len() {
            for change in [1, 0x10, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= change;
                assert!(check(&bad).is_err(), "{kind}: byte {at} of {} by {change}", good.len());
                if at < good.len() - 32 {
                    match check(&sealed(&bad[..good.len() - 32])) {
                        Err(_) => {}
                        Ok(says) => {
                            assert!(says_another && says.found != said.found, "{kind}: byte {at} by {change}")
                        }
                    }
                }
            }
            assert!(check(&good[..at]).is_err(), "{kind}: cut at {at}");
            if at != good.len() - 32 {
                assert!(check(&sealed(&good[..at])).is_err(), "{kind}: cut at {at} and sealed");
            }
        }
        for more in [&[0][..], &[0xff], &good] {
            assert!(check(&[&good, more].concat()).is_err(), "{kind}: {more:?} at the end");
            assert!(
                check(&sealed(&[&good[..good.len() - 32], more].concat())).is_err(),
                "{kind}: {more:?} at the end"
            );
        }
    }
}

/// Bytes with the hash that a proof ends with.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    [bytes, &Hash::of("tallystick 2026 proof", bytes).0].concat()
}

#[test]
fn a_changed_byte_anywhere_in_a_proof_of_units_makes_it_fail() {
    fixture().holds_in_every_byte("units", false);
}

#[test]
fn a_changed_byte_anywhere_in_a_proof_of_cash_makes_it_fail() {
    fixture().holds_in_every_byte("cash", false);
}

#[test]
fn a_changed_byte_anywhere_in_a_proof_of_a_transfer_makes_it_fail() {
    fixture().holds_in_every_byte("transfer", false);
}

#[test]
fn a_changed_byte_anywhere_in_a_proof_of_a_refusal_makes_it_fail() {
    let fixture = fixture();
    fixture.holds_in_every_byte("refusal", false);
    fixture.holds_in_every_byte("direct refusal", false);
}

#[test]
fn a_changed_byte_anywhere_in_a_proof_of_non_ownership_makes_it_fail() {
    fixture().holds_in_every_byte("non-ownership", false);
}

#[test]
fn a_changed_byte_anywhere_in_a_proof_of_an_undecided_trade_makes_it_fail() {
    fixture().holds_in_every_byte("undecided", true);
}

#[test]
fn a_finding_says_who_owned_what_when_and_what_that_is_worth() {
    let fixture = fixture();
    let (head, chain) = (fixture.chain.head(), fixture.chain.chain());
    let at = format!("at height {}, 2025-04-22T12:00:{:02}Z", head.height, head.height.0);
    let end = format!(
        "Signed by 3 of 4 keys with 3 of 4 votes, of chain \"test\" ({chain}).\n\
         4 keys, 1 operator, 1 machine: an operator's signed record, not independent attestation.\n\
         The trust file is good until 2025-04-22T13:00:01Z."
    );
    assert_eq!(
        fixture.says("units"),
        format!(
            "Person 1 owned 900 units of GOLD (security 1, \"GOLD shares\") {at}, and 900 units of GOLD stood in its \
             name.\nThis is ownership: under 8 Del. C. § 224 this ledger is the register of record.\n{end}"
        )
    );
    let bank = key("bank").public();
    assert_eq!(
        fixture.says("cash"),
        format!(
            "Person 2 owned 8999.00 USD (cash token 1, issued by {bank}) {at}, and 8999.00 USD stood in its name.\n\
             This is evidence of ownership of a claim on the issuer.\n{end}"
        )
    );
    assert_eq!(
        fixture.says("non-ownership"),
        format!(
            "Person 4 owned nothing of GOLD (security 1, \"GOLD shares\") {at}, and nothing of it stood in its \
             name.\n{end}"
        )
    );
}

#[test]
fn a_finding_says_what_became_of_an_instruction() {
    let fixture = fixture();
    let snapshot = fixture.chain.reader().snapshot();
    let settled = snapshot.decided(venue(VENUE), 0, 1, 2).unwrap();
    let refused = snapshot.decided(venue(VENUE), 0, 1, 3).unwrap();
    let at = format!("at height {}, 2025-04-22T12:00:{:02}Z", settled.height, settled.height.0);
    let text = fixture.says("transfer");
    for part in [
        "100 units of GOLD (security 1, \"GOLD shares\") went from account 1 to account 2, into its lot 1, for 1000.00 \
         USD (cash token 1",
        &at,
        "The seller paid 1.00 USD to account 3 as a fee.",
        "The buyer paid 1.00 USD to account 3 as a fee.",
        "It was trade 2 of venue XTAL (engine 0, journal epoch 1), made 2025-04-22T12:00:",
        &settled.id.to_string(),
        "This is ownership: under 8 Del. C. § 224",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    let text = fixture.says("refusal");
    let reason = format!(
        "Instruction {} was refused {at}: the price is worse than the buyer's allocation allows.\nIt was trade 3 of \
         venue XTAL",
        refused.id
    );
    assert!(text.starts_with(&reason), "{text}");
    assert!(text.contains("Nothing of it was done."), "{text}");
    let text = fixture.says("direct refusal");
    assert!(text.contains("It was to withdraw the security 1 in account 4 from venue XTAL."), "{text}");
    let text = fixture.says("undecided");
    assert!(text.starts_with("Nothing was decided about trade 1 of venue XTAL"), "{text}");
    assert!(text.contains("it was not carried out, and never will be."), "{text}");
}

#[test]
fn a_finding_says_by_which_way_units_went_and_what_an_order_or_a_disclosure_asked_for() {
    let accredited = Condition::buyer(PersonTest::Holds(Topic::Accredited));
    let ways = vec![Way { path: Path::Section4a7, when: accredited }];
    let mut market = Market::with_rules(vec![Rule::Ways(ways)]);
    let security = market.security;
    let by = |path, transfer: Transfer| {
        let lots = transfer.lots.iter().map(|part| LotMove { path, ..*part }).collect();
        Transfer { lots, ..transfer }
    };
    let good = by(Path::Section4a7, market.transfer());
    let wrong = by(Path::Rule144, market.transfer());
    let batch = market.batch(vec![good, wrong]);
    let (nobody, order) = (InvestorId(9), hash(9));
    let lots = vec![(LotId(1), Units(7)), (LotId(2), Units(8))];
    let disclosure = Disclosure { blackout: (Time(2), Time(1)), ..Disclosure::default() };
    let insider = Some(Insider { issuer: true, affiliate_until: Time::FOREVER, controlling: true });
    let asked = [
        Operation::Force { security, from: ANN, to: ZOE, lots, order },
        Operation::Disclose { security, disclosure },
        Operation::SetInsider { security, investor: nobody, insider },
        Operation::SetInsider { security, investor: nobody, insider: None },
        Operation::Approve(Approve {
            security,
            venue: venue(VENUE),
            seller: nobody,
            buyer: InvestorId(2),
            units: Units(1),
            until: Time(20_300 * Time::DAY_NS),
        }),
        Operation::PayUp { security, account: ANN, lots: vec![(LotId(1), Units(7)), (LotId(2), Units(8))] },
        Operation::PayUp { security, account: ANN, lots: vec![(LotId(1), Units(1))] },
    ];
    let asked = asked.map(|operation| market.world.direct(operation, &["issuer", "registrar"]));
    market.world.run([vec![batch], asked.to_vec()].concat());
    let chain = chain_of(&market.world, &[0, 1, 2, 3]);
    let (snapshot, height) = (chain.reader().snapshot(), market.world.head.height);
    let says = |index| {
        let proof = snapshot.prove_decision(height, index).unwrap();
        verify(&proof.to_bytes(), &trust(&chain), NOW, None).unwrap().to_string()
    };
    let parts = [
        "Units went under section 4(a)(7) of the Securities Act.\n".to_string(),
        "by the security's rules lot 1 goes under section 4(a)(7) of the Securities Act.".to_string(),
        format!("It was to move 15 units of security 1 from account 1 to account 4 by order {order}."),
        "It was to make known what is current of security 1.".to_string(),
        "It was to say how person 9 stands to the issuer of security 1.".to_string(),
        "It was to say that person 9 is a stranger to the issuer of security 1.".to_string(),
        "It was to approve that person 9 sell person 2 1 unit of security 1 at venue XTAL, until 2025-07-31T00:00:00Z."
            .to_string(),
        "It was to note that 15 units are paid in full of security 1 in account 1.".to_string(),
        "lot 1 is paid in full already.\nIt was to note that 1 unit is paid in full of security 1 in account 1."
            .to_string(),
    ];
    for (index, part) in parts.into_iter().enumerate() {
        let text = says(index as u32);
        assert!(text.contains(&part), "{part} is missing: {text}");
    }
}

#[test]
fn a_finding_says_what_was_to_be_claimed_or_recovered() {
    let mut market = Market::new();
    let investor = InvestorId(1);
    let attest = |value| Operation::Attest { investor, claim: claim(value) };
    let asked = [
        attest(ClaimValue::ResidentOf(Place::new("US-NY").unwrap())),
        attest(ClaimValue::Owners(vec![(InvestorId(2), 2_550), (InvestorId(3), 1_000)])),
        Operation::Revoke { investor, topic: Topic::Accredited },
        Operation::Recover { investor, key: key("heir").public(), order: hash(9) },
    ];
    let asked = asked.map(|operation| market.world.direct(operation, &["stranger"]));
    market.world.run(asked.to_vec());
    let chain = chain_of(&market.world, &[0, 1, 2, 3]);
    let (snapshot, height) = (chain.reader().snapshot(), market.world.head.height);
    let parts = [
        "It was to make the claim that person 1 resides in US-NY.".to_string(),
        "It was to make the claim that person 1 is owned by person 2 (25.50 %), by person 3 (10 %).".into(),
        "It was to revoke the Accredited claim about person 1.".into(),
        format!("It was to give person 1 another key, by order {}.", hash(9)),
    ];
    for (index, part) in (0..).zip(parts) {
        let proof = snapshot.prove_decision(height, index).unwrap();
        let text = verify(&proof.to_bytes(), &trust(&chain), NOW, None).unwrap().to_string();
        assert!(text.contains(&part), "{part} is missing: {text}");
    }
}

#[test]
fn without_a_law_it_is_evidence_and_not_ownership() {
    let mut market = Market::new();
    let terms = SecurityTerms { register_of_record: None, ..terms("NOTE", rules()) };
    let opening = vec![line(ANN, 1, START)];
    let issue = Operation::Issue { terms, opening };
    let Done::Security(security) = market.world.done(issue, &["issuer", "registrar"]) else { panic!() };
    let chain = chain_of(&market.world, &[0, 1, 2, 3]);
    let snapshot = chain.reader().snapshot();
    let proof = snapshot.prove_balance(InvestorId(1), Asset::Security(security)).unwrap();
    let finding = verify(&proof.to_bytes(), &trust(&chain), NOW, None).unwrap();
    let text = finding.to_string();
    assert!(matches!(finding.found, Found::Balance { beneficial: 1, record: 1, .. }));
    assert!(text.contains("This is evidence of ownership: no law is named"), "{text}");
    assert!(!text.contains("This is ownership"), "{text}");
    assert!(text.contains("Person 1 owned 1 unit of NOTE"), "{text}");
}

#[test]
fn there_are_no_proofs_of_what_is_not_so() {
    let fixture = fixture();
    let snapshot = fixture.chain.reader().snapshot();
    let (units, settled) = (fixture.market.units(), snapshot.decided(venue(VENUE), 0, 1, 2).unwrap());
    let (ann, zoe, nobody) = (InvestorId(1), InvestorId(4), InvestorId(99));
    assert_eq!(snapshot.prove_balance(zoe, units), Err(NoProof::OwnsNothing { investor: zoe, asset: units }));
    assert_eq!(snapshot.prove_non_ownership(ann, units), Err(NoProof::Owns { investor: ann, asset: units }));
    let unknown = |what: &str| Err(NoProof::Unknown(what.into()));
    assert_eq!(snapshot.prove_balance(nobody, units), unknown("person 99"));
    assert_eq!(snapshot.prove_non_ownership(nobody, units), unknown("person 99"));
    let other = Asset::Security(SecurityId(9));
    assert_eq!(snapshot.prove_balance(ann, other), unknown("security 9"));
    assert_eq!(snapshot.prove_decision(Height(0), 0), unknown("instruction 0 at height 0"));
    assert_eq!(
        snapshot.prove_decision(settled.height, 3).unwrap_err().to_string(),
        format!("there is no instruction 3 at height {}", settled.height)
    );
    assert_eq!(snapshot.prove_trade(venue(VENUE), 0, 1, 1), unknown("decision about trade 1"));
    assert_eq!(
        snapshot.prove_decision(Height(1), 0),
        Err(NoProof::NoTransfer { height: Height(1), index: 0 })
    );
    let mut transfer = fixture.expired.clone();
    transfer.trade = 2;
    assert_eq!(
        snapshot.prove_undecided(venue(VENUE), 0, 1, transfer.clone()),
        Err(NoProof::Decided { trade: 2, height: settled.height })
    );
    let head = snapshot.head().height;
    (transfer.trade, transfer.expiry) = (7, head);
    assert_eq!(
        snapshot.prove_undecided(venue(VENUE), 0, 1, transfer),
        Err(NoProof::NotExpired { trade: 7, expiry: head, head })
    );
    let empty = Chain::open_on(SimDisk::new(), "an empty disk", &genesis()).unwrap();
    let snapshot = empty.reader().snapshot();
    assert_eq!(
        snapshot.prove_undecided(
            venue(VENUE),
            0,
            1,
            Transfer { expiry: Height(0), ..fixture.expired.clone() }
        ),
        Err(NoProof::NotExpired { trade: 1, expiry: Height(0), head: Height(0) })
    );
}

/// A prover that lies where signatures and hashes don't stop it.
#[test]
fn true_parts_put_together_wrongly_prove_nothing() {
    let fixture = fixture();
    let trust = trust(&fixture.chain);
    let check = |proof: &Proof| verify(&proof.to_bytes(), &trust, NOW, None).map(|_| ()).unwrap_err();
    let (units, cash) = match (fixture.proof("units"), fixture.proof("cash")) {
        (Proof::Balance(units), Proof::Balance(cash)) => (units, cash),
        _ => panic!("balances"),
    };
    let Proof::NonOwnership(none) = fixture.proof("non-ownership") else { panic!("non-ownership") };
    let Proof::Transfer(carried) = fixture.proof("transfer") else { panic!("a transfer") };
    let Proof::Refusal(refusal) = fixture.proof("refusal") else { panic!("a refusal") };
    let Proof::Undecided(undecided) = fixture.proof("undecided") else { panic!("undecided") };

    // Another asset's description, another person's stake, an asset as a stake.
    let mut lie = units.clone();
    lie.asset = cash.asset.clone();
    assert_eq!(check(&Proof::Balance(lie)), VerifyError::False("it describes another asset"));
    let mut lie = units.clone();
    lie.stake = units.asset.clone();
    assert_eq!(check(&Proof::Balance(lie)), VerifyError::False("what it shows is no stake"));
    let mut lie = units.clone();
    lie.stake.place = cash.stake.place;
    assert_eq!(check(&Proof::Balance(lie)), VerifyError::False("a record is not in the state"));
    let mut lie = units.clone();
    lie.stake.leaf.key = tallystick_ledger::state::Key::Stake(InvestorId(4), fixture.market.units());
    assert_eq!(check(&Proof::Balance(lie)), VerifyError::False("a record is not in the state"));

    // Somebody who is not registered, somebody else's finder, an absence elsewhere.
    let mut lie = none.clone();
    lie.investor = InvestorId(99);
    let nobody = VerifyError::False("it does not show that there is such a person");
    assert_eq!(check(&Proof::NonOwnership(lie)), nobody);
    let mut lie = none.clone();
    lie.finder = Hash([3; 32]);
    assert_eq!(check(&Proof::NonOwnership(lie)), nobody);
    let mut lie = none.clone();
    lie.stake = none.person.clone();
    let absent = VerifyError::False("it does not show that the person has no stake");
    assert_eq!(check(&Proof::NonOwnership(lie)), absent);
    let mut lie = none.clone();
    lie.of = fixture.market.money();
    assert!(matches!(check(&Proof::NonOwnership(lie)), VerifyError::False(_)));

    // A refusal as a transfer, the transfer as a refusal, one's receipt for the other's instruction.
    let mut lie = carried.clone();
    lie.decision = (*refusal).clone();
    assert_eq!(check(&Proof::Transfer(lie)), VerifyError::False("no transfer was carried out"));
    let lie = Box::new(carried.decision.clone());
    assert_eq!(check(&Proof::Refusal(lie)), VerifyError::False("the instruction was not refused"));
    let mut lie = refusal.clone();
    lie.subject = carried.decision.subject.clone();
    assert_eq!(check(&Proof::Refusal(lie)), VerifyError::False("its receipt is another instruction's"));
    let mut lie = refusal.clone();
    lie.result = carried.decision.result.clone();
    assert!(matches!(check(&Proof::Refusal(lie)), VerifyError::False(_)));

    // A trade that was decided; a height at which it could still be.
    let mut lie = undecided.clone();
    lie.placed.transfer.trade = 2;
    assert_eq!(
        check(&Proof::Undecided(lie)),
        VerifyError::False("it does not show that the trade was not decided")
    );
    let mut lie = undecided.clone();
    lie.placed.transfer.expiry = undecided.state.header.height;
    assert_eq!(check(&Proof::Undecided(lie)), VerifyError::False("the instruction had not expired"));
    let mut lie = undecided.clone();
    lie.placed.chain = Hash([3; 32]);
    let elsewhere = VerifyError::False("the instruction was signed for another chain");
    assert_eq!(check(&Proof::Undecided(lie)), elsewhere);
}

/// A proof that needs nothing in the state, on a chain with these operators, machines and powers.
fn undecided_on(operators: &[(&str, &str, u64)], voters: &[u16]) -> (Chain, Vec<u8>) {
    let mut genesis = genesis();
    let validator = |(place, (operator, machine, power)): (usize, &(&str, &str, u64))| Validator {
        key: key(&format!("validator {}", place + 1)).public(),
        power: *power,
        operator: (*operator).into(),
        machine: (*machine).into(),
    };
    genesis.validators = Validators(operators.iter().enumerate().map(validator).collect());
    let mut chain = Chain::open_on(SimDisk::new(), "the test's disk", &genesis).unwrap();
    add(&mut chain, Time(0), Vec::new(), voters);
    let transfer = Transfer { expiry: Height(0), ..Market::new().transfer() };
    let proof = chain.reader().snapshot().prove_undecided(venue(VENUE), 0, 1, transfer).unwrap();
    (chain, proof.to_bytes())
}

#[test]
fn the_label_says_who_runs_the_network() {
    let label = |operators: &[(&str, &str, u64)]| {
        let voters: Vec<u16> = (0..operators.len() as u16).collect();
        let (chain, proof) = undecided_on(operators, &voters);
        verify(&proof, &trust(&chain), NOW, None).unwrap().standing.network.to_string()
    };
    assert_eq!(
        label(&[("A", "1", 1), ("A", "1", 1), ("A", "2", 1), ("A", "2", 1)]),
        "4 keys, 1 operator, 2 machines: an operator's signed record, not independent attestation"
    );
    assert_eq!(
        label(&[("A", "1", 1), ("A", "2", 1), ("B", "3", 1), ("C", "4", 1)]),
        "4 keys, 3 operators, 4 machines: \"A\" has 2 of 4 votes, a third or more, so this network is not \
         decentralized"
    );
    assert_eq!(
        label(&[("A", "1", 1), ("B", "2", 1), ("C", "3", 1), ("D", "4", 1)]),
        "4 keys, 4 operators, 4 machines: no operator has a third of the votes"
    );
    assert_eq!(
        label(&[("A", "1", 1), ("B", "1", 1), ("C", "1", 1), ("D", "1", 1)]),
        "4 keys, 4 operators, 1 machine: no operator has a third of the votes, but one machine runs all"
    );
    assert_eq!(
        label(&[("A", "1", 5)]),
        "1 key, 1 operator, 1 machine: an operator's signed record, not independent attestation"
    );
}

#[test]
fn as_many_operators_as_are_required_must_have_signed_and_none_may_have_a_third() {
    let require = |operators: &[(&str, &str, u64)], voters: &[u16], required| {
        let (chain, proof) = undecided_on(operators, voters);
        verify(&proof, &trust(&chain), NOW, Some(required)).map(|_| ())
    };
    let (one, four) = (
        [("A", "1", 1), ("A", "1", 1), ("A", "1", 1), ("A", "1", 1)],
        [("A", "1", 1), ("B", "2", 1), ("C", "3", 1), ("D", "4", 1)],
    );
    let too_few = |required, signed| Err(VerifyError::Operators { required, signed, height: Height(1) });
    assert_eq!(require(&one, &[0, 1, 2], 1), Ok(()));
    assert_eq!(require(&one, &[0, 1, 2, 3], 2), too_few(2, 1));
    assert_eq!(require(&four, &[0, 1, 2], 3), Ok(()));
    assert_eq!(require(&four, &[0, 1, 2], 4), too_few(4, 3));
    assert_eq!(require(&four, &[0, 1, 2, 3], 4), Ok(()));
    // A third, exactly, is too much; and one that did not sign has it all the same.
    let third = [("A", "1", 2), ("B", "2", 2), ("C", "3", 1), ("D", "4", 1)];
    let refused = require(&third, &[0, 1, 2], 2);
    assert!(
        matches!(&refused, Err(VerifyError::Concentrated { power: 2, all: 6, required: 2, .. })),
        "{refused:?}"
    );
}

#[test]
fn only_what_the_trust_file_names_is_accepted() {
    let fixture = fixture();
    let (proof, good) = (fixture.proof("units").to_bytes(), trust(&fixture.chain));
    let head = fixture.chain.head();
    let with = |change: &dyn Fn(&mut Trust), now| {
        let mut trust = good.clone();
        change(&mut trust);
        verify(&proof, &trust, now, None).map(|_| ())
    };
    let until = good.trusted_until;
    assert_eq!(with(&|_| {}, until), Ok(()));
    let now = Time(until.0 + 1);
    assert_eq!(with(&|_| {}, now), Err(VerifyError::OutOfDate { until, now }));
    let trusted = Hash([1; 32]);
    assert_eq!(
        with(&|trust| trust.chain = trusted, NOW),
        Err(VerifyError::OtherChain { found: fixture.chain.chain(), trusted })
    );
    // A change of validators can't be followed yet.
    let refused = Err(VerifyError::Validators { height: head.height });
    assert_eq!(with(&|trust| trust.validators.0[3].power += 1, NOW), refused);
    assert_eq!(with(&|trust| trust.validators.0[3].operator.push('.'), NOW), refused);
    // At the height of the trust file there is one header.
    let same = |trust: &mut Trust| (trust.height, trust.header) = (head.height, head.hash);
    assert_eq!(with(&same, NOW), Ok(()));
    let other = |trust: &mut Trust| trust.height = head.height;
    assert_eq!(with(&other, NOW), Err(VerifyError::OtherHeader { height: head.height }));
    // As it is written, it is read, and serves.
    let read = Trust::parse(good.write().as_bytes()).unwrap();
    assert_eq!(read, good);
    assert!(verify(&proof, &read, NOW, Some(1)).is_ok());
}

#[test]
fn each_field_of_a_header_and_each_vote_counts() {
    let fixture = fixture();
    let trust = trust(&fixture.chain);
    let Proof::Undecided(good) = fixture.proof("undecided") else { panic!("undecided") };
    let fails = |what: &str, change: &dyn Fn(&mut Attested)| {
        let mut proof = good.clone();
        change(&mut proof.state);
        assert!(verify(&Proof::Undecided(proof).to_bytes(), &trust, NOW, None).is_err(), "{what}");
    };
    let other = Hash([9; 32]);
    fails("chain", &|state| state.header.chain = other);
    fails("height", &|state| state.header.height.0 += 1);
    fails("time", &|state| state.header.time.0 += 1);
    fails("parent", &|state| state.header.parent = other);
    fails("validators", &|state| state.header.validators = other);
    fails("next validators", &|state| state.header.next_validators = other);
    fails("instructions", &|state| state.header.instructions = other);
    fails("results", &|state| state.header.results = other);
    fails("state", &|state| state.header.state = other);
    fails("round", &|state| state.certificate.round += 1);
    for place in 0..3 {
        fails("a vote less", &|state| {
            state.certificate.votes.remove(place);
        });
        fails("another's vote", &|state| state.certificate.votes[place].0 = 2);
        fails("a vote twice", &|state| {
            let vote = state.certificate.votes[place];
            state.certificate.votes.insert(place, vote);
        });
        fails("a vote for something else", &|state| {
            let vote = key(&format!("validator {}", state.certificate.votes[place].0 + 1)).sign(other);
            state.certificate.votes[place].1 = vote;
        });
    }
    fails("disorder", &|state| state.certificate.votes.reverse());
    fails("no votes", &|state| state.certificate.votes.clear());
}

#[test]
fn what_is_no_proof_is_told_so() {
    let trust = trust(&Chain::open_on(SimDisk::new(), "the test's disk", &genesis()).unwrap());
    let check = |bytes: &[u8]| verify(bytes, &trust, NOW, None).unwrap_err();
    assert_eq!(check(b""), VerifyError::NoProof);
    assert_eq!(check(b"TSPROOF2"), VerifyError::NoProof);
    assert_eq!(check(b"TSPROOF1"), VerifyError::Damaged);
    assert_eq!(check(&sealed(b"TSPROOF1")), VerifyError::Unreadable);
    assert_eq!(check(&sealed(b"TSPROOF1\x07")), VerifyError::Unreadable);
    // A length that nobody has the memory for.
    assert_eq!(check(&sealed(&[b"TSPROOF1\x01", &[0xff; 600][..]].concat())), VerifyError::Unreadable);
    assert_eq!(check(&vec![0; 5 << 20]), VerifyError::TooLong);
}

#[test]
fn a_proof_tells_nothing_of_others() {
    let fixture = fixture();
    let snapshot = fixture.chain.reader().snapshot();
    let Some(Record::Person(ann)) = snapshot.get(&Key::Person(InvestorId(1))) else { panic!("Ann") };
    let Some(Record::Person(zoe)) = snapshot.get(&Key::Person(InvestorId(4))) else { panic!("Zoe") };
    let has = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    for kind in ["units", "cash", "transfer", "refusal", "non-ownership", "undecided"] {
        let bytes = fixture.proof(kind).to_bytes();
        for person in [&ann, &zoe] {
            // Nobody's secret, nobody's key; and where leaves stand is told of nobody but who is proven about.
            assert!(!has(&bytes, &person.handle.0), "{kind}");
            assert!(!has(&bytes, &person.key.0), "{kind}");
            for key in [Key::Person(person.investor), Key::Stake(person.investor, fixture.market.units())] {
                let own = kind == "units" && key == Key::Stake(ann.investor, fixture.market.units());
                let place = key.leaf(Some(&finder(&person.handle))).unwrap();
                // To show that something is absent takes the place of what is there instead.
                let only_leaf_there = matches!(kind, "non-ownership" | "undecided");
                assert!(own || only_leaf_there || !has(&bytes, &place.0), "{kind}: {key:?}");
            }
        }
    }
}
