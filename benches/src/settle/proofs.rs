//! Every kind of proof: how large it is, and what it takes to make and to verify one.

use super::population::{add, next_time};
use super::trades::sign;
use super::world::{ENGINE, SECURITY, STRANGER, VENUE, World};
use super::{Failure, Place};
use crate::measure::{Ratio, Spread, median, processor_ns};
use crate::random::Random;
use serde::Serialize;
use tallystick_engine::rules::{Time, Units};
use tallystick_ledger::instruction::Transfer;
use tallystick_ledger::names::{Asset, Height};
use tallystick_ledger::proof::{Proof, verify};
use tallystick_ledger::reader::Snapshot;
use tallystick_ledger::trust::Trust;

/// How many are measured.
#[derive(Clone, Debug, Serialize)]
pub struct Amount {
    /// How many turns each population has.
    pub rounds: usize,
    /// How many of each kind a turn has.
    pub each: usize,
    /// How many transfers the blocks have that they are read off.
    pub block: usize,
}

/// The kinds, in the order of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Balance,
    Transfer,
    Refusal,
    NonOwnership,
    Undecided,
}

const KINDS: [(Kind, &str); 5] = [
    (Kind::Balance, "balance"),
    (Kind::Transfer, "transfer"),
    (Kind::Refusal, "refusal"),
    (Kind::NonOwnership, "owning nothing"),
    (Kind::Undecided, "undecided"),
];

/// What came of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Proofs {
    /// What it proves.
    pub kind: &'static str,
    /// One of each population.
    pub of: Vec<Measured>,
    /// Building with the last population to building with the first.
    pub build: Option<Ratio>,
    /// Verifying likewise.
    pub verify: Option<Ratio>,
}

/// The proofs of one kind with one population.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Measured {
    /// How many holders there are.
    pub holders: u32,
    /// How many bytes they have, the median.
    pub bytes: f64,
    /// The longest.
    pub most_bytes: u64,
    /// Nanoseconds of processor time to build one, the median of the rounds' medians.
    pub build: f64,
    /// To verify one.
    pub verify: f64,
}

/// What proofs are made of, on one chain.
struct Subjects<'a> {
    world: &'a World,
    /// A block of transfers of which the first was refused.
    refused: Height,
    /// The newest: a block of transfers, all carried out.
    done: Height,
    /// A transfer that nobody ever submitted.
    expired: Transfer,
    trust: Trust,
    random: Random,
}

#[derive(Default)]
struct Turns {
    bytes: Vec<u64>,
    build: Vec<f64>,
    verify: Vec<f64>,
}

/// Lets the populations take turns, for each kind.
pub fn measure(amount: &Amount, places: &mut [Place<'_>]) -> Result<Vec<Proofs>, Failure> {
    let subjects: Result<Vec<Subjects<'_>>, Failure> =
        places.iter_mut().map(|place| Subjects::of(place, amount.block)).collect();
    let mut subjects = subjects?;
    let mut all: Vec<Vec<Turns>> =
        KINDS.iter().map(|_| places.iter().map(|_| Turns::default()).collect()).collect();
    for _ in 0..amount.rounds {
        for ((kind, _), turns) in KINDS.iter().zip(&mut all) {
            for ((place, subjects), turns) in places.iter().zip(&mut subjects).zip(turns) {
                subjects.turn(&place.chain.reader().snapshot(), *kind, amount, turns)?;
            }
        }
    }
    let proofs = |(turns, (_, kind)): (Vec<Turns>, &(Kind, &'static str))| {
        let ratio = |of: fn(&Turns) -> &[f64]| match turns.as_slice() {
            [few, .., many] => Some(Ratio::of(of(many), of(few))),
            _ => None,
        };
        let (build, verify) = (ratio(|turns| &turns.build), ratio(|turns| &turns.verify));
        let of = turns.iter().zip(&subjects).map(|(turns, subjects)| Measured {
            holders: subjects.world.holders,
            bytes: median(&turns.bytes.iter().map(|bytes| *bytes as f64).collect::<Vec<_>>()),
            most_bytes: turns.bytes.iter().copied().max().unwrap_or_default(),
            build: median(&turns.build),
            verify: median(&turns.verify),
        });
        Proofs { kind, of: of.collect(), build, verify }
    };
    Ok(all.into_iter().zip(&KINDS).map(proofs).collect())
}

impl<'a> Subjects<'a> {
    /// Two blocks that have everything in them.
    fn of(place: &mut Place<'a>, block: usize) -> Result<Subjects<'a>, Failure> {
        let Place { population, chain, trades } = place;
        let world = &population.world;
        let head = chain.head();
        let expired = Transfer { expiry: head.height.next(), ..trades.transfer(&head) };
        let mut transfers: Vec<Transfer> = (0..block).map(|_| trades.transfer(&head)).collect();
        // More than anybody has.
        let Some(first) = transfers.first_mut() else { return Err("a block has no transfers".into()) };
        first.units = Units(1 << 40);
        first.lots.iter_mut().for_each(|part| part.units = first.units);
        add(chain, world, vec![sign(world, transfers)])?;
        let refused = chain.head().height;
        let batch = trades.batch(world, &chain.head(), block);
        super::population::all_done(&add(chain, world, vec![batch])?, block)?;
        let until = Time(next_time(chain).0 + Time::DAY_NS);
        Ok(Subjects {
            world,
            refused,
            done: chain.head().height,
            expired,
            trust: Trust::of(&world.genesis, &chain.head(), until),
            random: Random::new(0x0F),
        })
    }

    fn turn(
        &mut self,
        snapshot: &Snapshot,
        kind: Kind,
        amount: &Amount,
        turns: &mut Turns,
    ) -> Result<(), Failure> {
        let (mut build, mut verified) = (Spread::default(), Spread::default());
        let now = snapshot.head().time;
        for _ in 0..amount.each {
            let holder = self.random.below(u64::from(self.world.holders)) as u32;
            let index = self.random.below(amount.block as u64) as u32;
            let begun = processor_ns();
            let proof = self.prove(snapshot, kind, holder, index)?;
            let bytes = proof.to_bytes();
            build.record(processor_ns() - begun);
            if !is(kind, &proof) {
                return Err(format!("instead of a proof of {kind:?} there is another").into());
            }
            turns.bytes.push(bytes.len() as u64);
            let begun = processor_ns();
            let finding = verify(&bytes, &self.trust, now, None);
            verified.record(processor_ns() - begun);
            finding?;
        }
        turns.build.push(build.quantiles().p50 as f64);
        turns.verify.push(verified.quantiles().p50 as f64);
        Ok(())
    }

    fn prove(&self, snapshot: &Snapshot, kind: Kind, holder: u32, index: u32) -> Result<Proof, Failure> {
        let units = Asset::Security(SECURITY);
        Ok(match kind {
            Kind::Balance => snapshot.prove_balance(World::person(holder), units)?,
            Kind::Transfer => snapshot.prove_decision(self.done, index)?,
            Kind::Refusal => snapshot.prove_decision(self.refused, 0)?,
            Kind::NonOwnership => snapshot.prove_non_ownership(STRANGER, units)?,
            Kind::Undecided => snapshot.prove_undecided(VENUE, ENGINE.0, ENGINE.1, self.expired.clone())?,
        })
    }
}

fn is(kind: Kind, proof: &Proof) -> bool {
    let found = match proof {
        Proof::Balance(_) => Kind::Balance,
        Proof::Transfer(_) => Kind::Transfer,
        Proof::Refusal(_) => Kind::Refusal,
        Proof::NonOwnership(_) => Kind::NonOwnership,
        Proof::Undecided(_) => Kind::Undecided,
    };
    found == kind
}
