//! Trades that can be settled: any holder sells any other one unit.

use super::world::{CASH, ENGINE, FEES, HORIZON, SECURITY, VENUE, World};
use crate::random::Random;
use tallystick_engine::rules::{Jurisdiction, LotId, Market, Money, Path, Units};
use tallystick_ledger::chain::Head;
use tallystick_ledger::instruction::{Batch, Leg, LegKind, LotMove, Submission, Transfer};
use tallystick_ledger::names::Hash;

/// Makes trades, never the same twice.
#[derive(Clone, Debug)]
pub struct Trades {
    random: Random,
    holders: u32,
    made: u64,
}

impl Trades {
    /// Between the holders of a world.
    pub fn new(world: &World) -> Trades {
        Trades { random: Random::new(0x005E_771E), holders: world.holders, made: 0 }
    }

    /// The number of the last that was made.
    pub fn last(&self) -> u64 {
        self.made
    }

    /// So many, signed as one batch.
    pub fn batch(&mut self, world: &World, head: &Head, size: usize) -> Submission {
        let transfers = (0..size).map(|_| self.transfer(head)).collect();
        sign(world, transfers)
    }

    /// One that was made just now: each pays the venue a fee.
    pub fn transfer(&mut self, head: &Head) -> Transfer {
        self.made += 1;
        let seller = self.random.below(u64::from(self.holders)) as u32;
        // Anybody but the seller.
        let step = self.random.between(1, u64::from(self.holders) - 1);
        let buyer = ((u64::from(seller) + step) % u64::from(self.holders)) as u32;
        let fee = |by_seller| Leg { kind: LegKind::Fee, by_seller, to: FEES, amount: Money(1) };
        Transfer {
            sequence: self.made,
            trade: self.made,
            security: SECURITY,
            epoch: 1,
            seller: World::account(seller),
            buyer: World::account(buyer),
            units: Units(1),
            lots: vec![LotMove { lot: LotId(1), units: Units(1), path: Path::Plain }],
            cash: CASH,
            money: Money(1_000),
            legs: vec![fee(true), fee(false)],
            market: Market { place: Jurisdiction::new("US").expect("a country code"), gated: false },
            traded: head.time,
            pinned: head.height,
            expiry: head.height.plus(HORIZON),
            blind: Hash::of_value("tallystick bench trade", &self.made),
        }
    }
}

/// The venue's batch of these.
pub fn sign(world: &World, transfers: Vec<Transfer>) -> Submission {
    let place = (VENUE, ENGINE.0, ENGINE.1);
    Submission::Batch(Batch::sign(world.chain, place, transfers, &world.venue))
}
