//! The same history on a chain in a store, with the votes that make its blocks stand: what proofs are made from.

use super::{SECOND, World, key};
use tallystick_ledger::chain::{Chain, Executed, Head};
use tallystick_ledger::header::{Certificate, VoteType, vote_hash};
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::names::Height;
use tallystick_ledger::testing::SimDisk;
use tallystick_ledger::trust::Trust;
use tallystick_rules::Time;

/// An hour after the chain began: when proofs are looked at.
pub const NOW: Time = Time(super::START.0 + 3_600 * SECOND);

/// The votes of these validators, counted from nought, for a block.
pub fn certificate(executed: &Executed, round: u32, voters: &[u16]) -> Certificate {
    let header = executed.block().header;
    let vote = vote_hash(header.chain, VoteType::Precommit, header.height, round, Some(executed.hash()));
    let sign = |place: &u16| (*place, key(&format!("validator {}", place + 1)).sign(vote));
    Certificate { round, votes: voters.iter().map(sign).collect() }
}

/// Adds a block with the votes of these validators.
pub fn add(chain: &mut Chain, time: Time, submissions: Vec<Submission>, voters: &[u16]) {
    let executed = chain.propose(time, submissions);
    let certificate = certificate(&executed, 2, voters);
    chain.commit(&executed, &certificate).unwrap();
}

/// A chain with all blocks of this world, by the votes of these validators.
pub fn chain_of(world: &World, voters: &[u16]) -> Chain {
    let mut chain = Chain::open_on(SimDisk::new(), "the test's disk", &world.genesis).unwrap();
    for (time, submissions) in world.blocks.clone() {
        add(&mut chain, time, submissions, voters);
    }
    chain
}

/// A trust file of this chain, good until a second after [`NOW`].
pub fn trust(chain: &Chain) -> Trust {
    let genesis = Head { height: Height(0), hash: chain.chain(), ..chain.head() };
    Trust::of(chain.genesis(), &genesis, Time(NOW.0 + SECOND))
}
