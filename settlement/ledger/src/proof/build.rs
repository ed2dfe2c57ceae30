//! Building proofs from what stands.

use super::{Attested, Balance, Carried, Decision, Held, NonOwnership, Placed, Proof, Subject, Undecided};
use crate::chain;
use crate::header::Certified;
use crate::instruction::{Submission, Transfer};
use crate::merkle;
use crate::names::{Asset, Height, VenueName};
use crate::reader::Snapshot;
use crate::receipt::Outcome;
use crate::state::{Key, Leaf, finder};
use tallystick_rules::InvestorId;

/// Why there is no such proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProof {
    /// There is no such thing.
    #[error("there is no {0}")]
    Unknown(String),
    /// The chain has no block yet, so nothing is certified.
    #[error("nothing is certified yet; wait for the first block")]
    NoBlock,
    /// The person owns nothing of it.
    #[error("person {} owns nothing of {asset}; ask for a proof of that instead", investor.0)]
    OwnsNothing {
        /// Who.
        investor: InvestorId,
        /// Of what.
        asset: Asset,
    },
    /// The person owns something of it.
    #[error("person {} has a stake in {asset}; ask for a proof of its balance instead", investor.0)]
    Owns {
        /// Who.
        investor: InvestorId,
        /// Of what.
        asset: Asset,
    },
    /// Only transfers and refusals have proofs of their own; what an instruction of another kind did is in the state.
    #[error(
        "instruction {index} of height {height} was carried out and is no transfer; prove what it led to instead"
    )]
    NoTransfer {
        /// In which block.
        height: Height,
        /// Its place among the receipts.
        index: u32,
    },
    /// The trade was decided.
    #[error("trade {trade} was decided at height {height}; ask for a proof of that instead")]
    Decided {
        /// Which trade.
        trade: u64,
        /// When.
        height: Height,
    },
    /// The transfer may still be carried out.
    #[error("the instruction for trade {trade} expires after height {expiry}, and the newest is {head}")]
    NotExpired {
        /// Of which trade.
        trade: u64,
        /// The last height at which it may be carried out.
        expiry: Height,
        /// The newest height.
        head: Height,
    },
}

impl Snapshot {
    /// Proves what a person owns of an asset now.
    pub fn prove_balance(&self, investor: InvestorId, asset: Asset) -> Result<Proof, NoProof> {
        let asset_held = self.held_asset(asset)?;
        self.held(&Key::Person(investor))?;
        let stake =
            self.held(&Key::Stake(investor, asset)).map_err(|_| NoProof::OwnsNothing { investor, asset })?;
        Ok(Proof::Balance(Balance { state: self.attested()?, stake, asset: asset_held }))
    }

    /// Proves that a person owns nothing of an asset now.
    pub fn prove_non_ownership(&self, investor: InvestorId, asset: Asset) -> Result<Proof, NoProof> {
        let handle =
            self.handle(investor).ok_or_else(|| NoProof::Unknown(format!("person {}", investor.0)))?;
        let finder = finder(&handle);
        let place = |key: Key| key.leaf(Some(&finder)).expect("a person's leaves have places");
        if self.has_leaf(&Key::Stake(investor, asset)) {
            return Err(NoProof::Owns { investor, asset });
        }
        Ok(Proof::NonOwnership(NonOwnership {
            state: self.attested()?,
            investor,
            finder,
            person: self.prove_leaf(place(Key::Person(investor))),
            of: asset,
            stake: self.prove_leaf(place(Key::Stake(investor, asset))),
            asset: self.held_asset(asset)?,
        }))
    }

    /// Proves what became of the instruction at this place among a block's receipts: that a transfer was carried out,
    /// or that an instruction of any kind was refused.
    pub fn prove_decision(&self, height: Height, index: u32) -> Result<Proof, NoProof> {
        let unknown = || NoProof::Unknown(format!("instruction {index} at height {height}"));
        let Certified { block, certificate } = self.certified(height).ok_or_else(unknown)?;
        let receipts = self.receipts(height).ok_or_else(unknown)?;
        let at = index as usize;
        let receipt = receipts.get(at).ok_or_else(unknown)?.clone();
        let subject = subject(&block.submissions, at).ok_or_else(unknown)?;
        let decision = Decision {
            block: Attested { header: block.header, certificate },
            instruction: merkle::Path::of(&chain::ids(&block.submissions), at),
            result: merkle::Path::of(&chain::receipt_leaves(&receipts), at),
            receipt,
            subject,
        };
        match (&decision.receipt.outcome, &decision.subject) {
            (Outcome::Refused(_), _) => Ok(Proof::Refusal(Box::new(decision))),
            (Outcome::Done(_), Subject::Transfer(placed)) => {
                let (security, cash) = (placed.transfer.security, placed.transfer.cash);
                Ok(Proof::Transfer(Box::new(Carried {
                    state: self.attested()?,
                    security: self.held_asset(Asset::Security(security))?,
                    cash: self.held_asset(Asset::Cash(cash))?,
                    decision,
                })))
            }
            (Outcome::Done(_), Subject::Direct(_)) => Err(NoProof::NoTransfer { height, index }),
        }
    }

    /// Proves what became of a venue's trade.
    pub fn prove_trade(
        &self,
        venue: VenueName,
        shard: u16,
        journal_epoch: u32,
        trade: u64,
    ) -> Result<Proof, NoProof> {
        let decided = self
            .decided(venue, shard, journal_epoch, trade)
            .ok_or_else(|| NoProof::Unknown(format!("decision about trade {trade}")))?;
        self.prove_decision(decided.height, decided.index)
    }

    /// Proves that nothing was decided about the trade of a transfer before it expired.
    pub fn prove_undecided(
        &self,
        venue: VenueName,
        shard: u16,
        journal_epoch: u32,
        transfer: Transfer,
    ) -> Result<Proof, NoProof> {
        let (trade, expiry, head) = (transfer.trade, transfer.expiry, self.head().height);
        if let Some(decided) = self.decided(venue, shard, journal_epoch, trade) {
            return Err(NoProof::Decided { trade, height: decided.height });
        }
        if head <= expiry {
            return Err(NoProof::NotExpired { trade, expiry, head });
        }
        let key = Key::Trade(venue, shard, journal_epoch, trade);
        let place = key.leaf(None).expect("a trade's leaf has a place");
        let placed = Placed { chain: self.chain(), venue, shard, journal_epoch, transfer };
        let (state, way) = (self.attested()?, self.prove_leaf(place));
        Ok(Proof::Undecided(Box::new(Undecided { state, placed, way })))
    }

    fn attested(&self) -> Result<Attested, NoProof> {
        let Certified { block, certificate } = self.certified(self.head().height).ok_or(NoProof::NoBlock)?;
        Ok(Attested { header: block.header, certificate })
    }

    fn held_asset(&self, asset: Asset) -> Result<Held, NoProof> {
        match asset {
            Asset::Security(security) => self.held(&Key::Security(security)),
            Asset::Cash(cash) => self.held(&Key::Cash(cash)),
        }
    }

    fn held(&self, key: &Key) -> Result<Held, NoProof> {
        let unknown = || NoProof::Unknown(name(key));
        let (height, record) = self.record_bytes(key).ok_or_else(unknown)?;
        let handle = match key {
            Key::Person(person) | Key::Stake(person, _) => Some(self.handle(*person).ok_or_else(unknown)?),
            _ => None,
        };
        let place = key.leaf(handle.as_ref().map(finder).as_ref()).ok_or_else(unknown)?;
        let chain = self.chain();
        let leaf = Leaf::new(handle.as_ref().unwrap_or(&chain), key, height, record);
        Ok(Held { place, leaf, way: self.prove_leaf(place) })
    }
}

fn name(key: &Key) -> String {
    match key {
        Key::Person(person) => format!("person {}", person.0),
        Key::Security(security) => format!("security {security}"),
        Key::Cash(cash) => format!("cash token {cash}"),
        key => format!("{key:?}"),
    }
}

/// The instruction at this place among a block's receipts.
fn subject(submissions: &[Submission], index: usize) -> Option<Subject> {
    let mut rest = index;
    for submission in submissions {
        let count = match submission {
            Submission::Direct(_) => 1,
            Submission::Batch(batch) => batch.transfers.len(),
        };
        if rest >= count {
            rest -= count;
            continue;
        }
        return Some(match submission {
            Submission::Direct(signed) => Subject::Direct(signed.instruction.clone()),
            Submission::Batch(batch) => Subject::Transfer(Placed {
                chain: batch.chain,
                venue: batch.venue,
                shard: batch.shard,
                journal_epoch: batch.journal_epoch,
                transfer: batch.transfers[rest].clone(),
            }),
        });
    }
    None
}
