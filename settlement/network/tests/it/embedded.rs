//! The network in a thread and a directory, on the real ledger, under the system's clock. Nothing here depends on how
//! long anything takes, but that it comes to an end.

use crate::support::{genesis, key, submission};
use std::path::Path;
use std::time::Duration;
use tallystick_ledger::genesis::Genesis;
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::keys::SecretKey;
use tallystick_ledger::names::{Hash, Height};
use tallystick_ledger::receipt::{Done, Outcome, Receipt};
use tallystick_network::embedded::{Embedded, Options, StartError, ValidatorError};
use tallystick_network::mempool::SubmitError;
use tallystick_network::seat::Health;

/// Long enough for anything.
const LONG: Duration = Duration::from_secs(120);

fn options() -> Options {
    let mut options = Options::default();
    options.timing.idle = Duration::from_millis(5);
    options.timing.waits.propose = Duration::from_millis(300);
    options.timing.waits.precommit = Duration::from_millis(50);
    options
}

fn keys() -> Vec<SecretKey> {
    (0..4).map(key).collect()
}

fn start(dir: &Path, genesis: &Genesis) -> Embedded {
    Embedded::start(dir, genesis, keys(), options()).unwrap()
}

fn error(dir: &Path, genesis: &Genesis, keys: Vec<SecretKey>) -> StartError {
    match Embedded::start(dir, genesis, keys, options()) {
        Ok(_) => panic!("it is started"),
        Err(error) => error,
    }
}

/// Waits until something is decided, and returns all receipts of it.
fn receipts(network: &Embedded, submission: &Submission) -> Vec<Receipt> {
    let Submission::Direct(signed) = submission else { panic!("one instruction") };
    let id = signed.instruction.id();
    loop {
        let snapshot = network.reader().snapshot();
        let head = snapshot.head().height;
        let all = (1..=head.0).flat_map(|height| snapshot.receipts(Height(height)).unwrap());
        let found: Vec<Receipt> = all.filter(|receipt| receipt.id == id).collect();
        if !found.is_empty() {
            return found;
        }
        assert!(network.wait_beyond(head, LONG).height > head, "{:?}", network.stopped());
    }
}

#[test]
fn what_is_submitted_is_decided_once_also_if_it_is_submitted_again() {
    let (dir, genesis) = (tempfile::tempdir().unwrap(), genesis(4));
    let network = start(dir.path(), &genesis);
    assert_eq!(network.chain(), genesis.chain());
    let submission = submission(genesis.chain(), 1);
    network.submit(submission.clone()).unwrap();
    network.submit(submission.clone()).unwrap();
    let decided = receipts(&network, &submission);
    assert!(
        matches!(decided[..], [Receipt { outcome: Outcome::Done(Done::Investor(_)), .. }]),
        "{decided:?}"
    );
    network.submit(submission.clone()).unwrap();
    let head = network.head().height;
    network.wait_beyond(head.plus(3), LONG);
    assert_eq!(receipts(&network, &submission), decided);
    let health = network.health();
    assert!(health.iter().all(|(health, _)| *health == Health::Voting), "{health:?}");
    network.stop();
}

#[test]
fn a_network_that_was_stopped_goes_on_where_it_was() {
    let (dir, genesis) = (tempfile::tempdir().unwrap(), genesis(4));
    let mut head = None;
    for life in 0..4 {
        let network = start(dir.path(), &genesis);
        let now = network.head();
        assert!(head.is_none_or(|head| head == now), "life {life}");
        let submission = submission(genesis.chain(), life);
        network.submit(submission.clone()).unwrap();
        let receipt = receipts(&network, &submission).remove(0);
        assert!(receipt.height > now.height);
        // What it does after this is read does not count: it is asked again when it has stopped.
        let reader = network.reader();
        if life % 2 == 0 {
            network.stop();
        } else {
            drop(network);
        }
        head = Some(reader.head());
    }
}

#[test]
fn a_validator_that_is_paused_is_missed_by_nobody_and_follows_when_it_is_resumed() {
    let (dir, genesis) = (tempfile::tempdir().unwrap(), genesis(4));
    let network = start(dir.path(), &genesis);
    network.wait_beyond(Height(2), LONG);
    network.pause_validator(1).unwrap();
    let paused = network.health()[1].clone();
    assert_eq!(paused.0, Health::Paused);
    let submission = submission(genesis.chain(), 1);
    network.submit(submission.clone()).unwrap();
    receipts(&network, &submission);
    network.wait_beyond(paused.1.height.plus(5), LONG);
    assert_eq!(network.health()[1], paused);
    network.resume_validator(1).unwrap();
    let mut head = network.head().height;
    while network.health()[1].1.height < head || network.health()[1].0 != Health::Voting {
        head = network.wait_beyond(head, LONG).height;
    }
    let unknown = ValidatorError::Unknown { place: 4, last: 3 };
    assert_eq!(network.pause_validator(4), Err(unknown.clone()));
    assert_eq!(unknown.to_string(), "there is no validator 4; they are numbered 0 to 3");
}

#[test]
fn a_validator_whose_store_was_removed_takes_the_chain_from_the_others() {
    let (dir, genesis) = (tempfile::tempdir().unwrap(), genesis(4));
    let network = start(dir.path(), &genesis);
    network.wait_beyond(Height(40), LONG);
    network.stop();
    std::fs::remove_file(dir.path().join("validator-2.redb")).unwrap();
    let network = start(dir.path(), &genesis);
    let (health, head) = &network.health()[2];
    assert_eq!(*health, Health::Voting);
    assert!(head.height > Height(40));
}

#[test]
fn the_directory_of_another_chain_is_refused() {
    let (dir, genesis) = (tempfile::tempdir().unwrap(), genesis(4));
    start(dir.path(), &genesis).stop();
    let other = Genesis { name: "other".to_string(), ..genesis };
    let error = error(dir.path(), &other, keys());
    assert!(matches!(error, StartError::Store { place: 0, .. }), "{error}");
    assert!(error.to_string().contains("is the store of chain \"test\""), "{error}");
}

#[test]
fn a_network_does_not_run_twice() {
    let (dir, genesis) = (tempfile::tempdir().unwrap(), genesis(4));
    let network = start(dir.path(), &genesis);
    let error = error(dir.path(), &genesis, keys()).to_string();
    assert!(error.contains("is open in another process"), "{error}");
    let head = network.head().height;
    assert!(network.wait_beyond(head, LONG).height > head);
}

#[test]
fn keys_that_are_not_those_of_the_genesis_are_refused_before_anything_is_made() {
    let (dir, genesis) = (tempfile::tempdir().unwrap(), genesis(4));
    let dir = dir.path().join("network");
    let few = error(&dir, &genesis, vec![key(0), key(1), key(2)]).to_string();
    assert_eq!(few, "3 validators are to run here, but the genesis has 4");
    let other = error(&dir, &genesis, vec![key(0), key(1), key(2), key(7)]).to_string();
    assert!(other.contains("is not that of validator 3"), "{other}");
    assert!(!dir.exists());
}

#[test]
fn a_forged_submission_and_one_for_another_chain_are_refused_at_the_door() {
    let (dir, genesis) = (tempfile::tempdir().unwrap(), genesis(4));
    let network = start(dir.path(), &genesis);
    let Submission::Direct(mut forged) = submission(genesis.chain(), 1) else { unreachable!() };
    forged.instruction.blind = Hash::default();
    assert_eq!(network.submit(Submission::Direct(forged)), Err(SubmitError::Forged));
    let other = network.submit(submission(Hash::default(), 1));
    assert!(matches!(other, Err(SubmitError::OtherChain { .. })));
}

#[test]
fn a_network_of_one_validator_decides_alone() {
    let (dir, genesis) = (tempfile::tempdir().unwrap(), genesis(1));
    let network = Embedded::start(dir.path(), &genesis, vec![key(0)], options()).unwrap();
    let submission = submission(genesis.chain(), 1);
    network.submit(submission.clone()).unwrap();
    assert_eq!(receipts(&network, &submission).len(), 1);
}
