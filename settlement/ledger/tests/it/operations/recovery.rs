//! A person that has lost its key.

use super::*;
use tallystick_ledger::keys::PublicKey;

fn recover(investor: u32, name: &str) -> Operation {
    Operation::Recover { investor: InvestorId(investor), key: key(name).public(), order: hash(5) }
}

#[test]
fn a_recovery_moves_the_identity_to_another_key_and_no_balance() {
    let mut market = Market::new();
    let mut idle = market.world.clone();
    idle.run(vec![]);
    assert_eq!(market.world.done(recover(1, "ann's new key"), &["kyc"]), Done::Asked);
    // All else is as after a block with nothing in it: holdings, stakes, lots, allocations, claims, versions.
    let Some(Record::Person(ann)) = idle.state.0.get_mut(&Key::Person(InvestorId(1))) else {
        panic!("nobody")
    };
    ann.key = key("ann's new key").public();
    market.world.state.0.retain(|key, _| !matches!(key, Key::Direct(_)));
    idle.state.0.retain(|key, _| !matches!(key, Key::Direct(_)));
    assert_eq!(market.world.state, idle.state);
    audited(&market.world);
    // What she had put at the venue's disposal is still there.
    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(1))));
    assert_eq!(lots(&market.world, ANN, market.units()), [(1, UNITS - 100)]);
}

#[test]
fn the_old_key_signs_nothing_any_more_and_the_new_one_does() {
    let mut market = Market::new();
    let withdraw = Operation::Withdraw { venue: venue(VENUE), account: ANN, asset: market.units() };
    let open = Operation::OpenAccount { record_holder: InvestorId(1), beneficial_owner: InvestorId(1) };
    // Signed in time, and not carried out.
    let late = market.world.direct(withdraw.clone(), &["ann"]);
    market.world.done(recover(1, "ann's new key"), &["kyc"]);
    let owner = missing("the account's beneficial owner or its custodian");
    assert_eq!(market.world.run(vec![late])[0].outcome, Outcome::Refused(owner.clone()));
    assert_eq!(market.world.refused(withdraw.clone(), &["ann"]), owner);
    let opener = missing("a custodian, or the owner where it is its own record holder");
    assert_eq!(market.world.refused(open.clone(), &["ann"]), opener);
    market.world.done(open, &["ann's new key"]);
    market.world.done(withdraw, &["ann's new key"]);
    audited(&market.world);
}

#[test]
fn who_was_suspended_is_so_under_its_new_key() {
    let mut world = World::new();
    let ann = world.person("ann", "US");
    world.done(Operation::Suspend { investor: ann, suspended: true }, &["kyc"]);
    let before = person(&world, 1);
    world.done(recover(1, "ann's new key"), &["kyc"]);
    assert_eq!(person(&world, 1), PersonRecord { key: key("ann's new key").public(), ..before });
}

#[test]
fn a_key_is_replaced_by_another_usable_one_on_the_word_of_who_verifies_persons() {
    let mut world = World::new();
    world.person("ann", "US");
    let trusted = missing("a claim issuer trusted for Verified");
    for signer in ["ann", "ann's new key", "auditor", "custodian", "registrar"] {
        assert_eq!(world.refused(recover(1, "ann's new key"), &[signer]), trusted);
    }
    assert_eq!(world.refused(recover(2, "ann's new key"), &["kyc"]), unknown("person 2"));
    let same = out_of_range("the new key", "another than the one it replaces");
    assert_eq!(world.refused(recover(1, "ann"), &["kyc"]), same);
    let is_none = |byte: &u8| !PublicKey([*byte; 32]).is_usable();
    let byte = (0..=255).find(is_none).expect("about half of all points are not on the curve");
    let (investor, order) = (InvestorId(1), hash(5));
    let broken = Operation::Recover { investor, key: PublicKey([byte; 32]), order };
    assert_eq!(world.refused(broken, &["kyc"]), out_of_range("the new key", "an ed25519 public key"));
    audited(&world);
}
