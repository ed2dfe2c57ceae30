//! From an obligation to a transfer instruction: the same obligation is always the same instruction, byte for byte,
//! whoever asks and after whatever crash.

use crate::outbox::Pending;
use tallystick_engine::types::{AccountId, Money};
use tallystick_ledger::instruction::{Batch, Leg, LegKind, LotMove, Transfer};
use tallystick_ledger::keys::SecretKey;
use tallystick_ledger::names::{ChainId, Hash, Height, VenueName};

/// Whom the network knows the venue as.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The chain.
    pub chain: ChainId,
    /// The venue's name.
    pub venue: VenueName,
    /// Which of the venue's engines; this version has one.
    pub shard: u16,
    /// Which life of its journal; a data directory has one.
    pub journal_epoch: u32,
    /// The account that fees go to, as the venue was opened with it.
    pub fee_account: Option<AccountId>,
    /// The venue's key.
    pub key: SecretKey,
}

impl Signer {
    /// The instruction of a trade.
    pub fn transfer(&self, pending: &Pending) -> Transfer {
        Transfer {
            sequence: pending.seq.0,
            trade: pending.trade.0,
            security: pending.security,
            epoch: pending.epoch,
            seller: pending.seller,
            buyer: pending.buyer,
            units: pending.units,
            lots: pending
                .lots
                .iter()
                .map(|lot| LotMove { lot: lot.lot, units: lot.units, path: lot.path })
                .collect(),
            cash: pending.cash,
            money: pending.money,
            legs: self.legs(pending),
            market: pending.market,
            traded: pending.time,
            pinned: Height(pending.pinned),
            expiry: Height(pending.expiry),
            blind: self.blind(pending),
        }
    }

    /// A batch of them, signed.
    pub fn batch<'a>(&self, trades: impl IntoIterator<Item = &'a Pending>) -> Batch {
        let transfers = trades.into_iter().map(|pending| self.transfer(pending)).collect();
        Batch::sign(self.chain, (self.venue, self.shard, self.journal_epoch), transfers, &self.key)
    }

    /// What is paid beside: the buyer's fee, then the seller's.
    fn legs(&self, pending: &Pending) -> Vec<Leg> {
        let fees = [(false, pending.buyer_fee), (true, pending.seller_fee)];
        let leg = |(by_seller, amount)| {
            let to = self.fee_account.expect("a venue that charges fees has an account for them");
            Leg { kind: LegKind::Fee, by_seller, to, amount }
        };
        fees.into_iter().filter(|&(_, fee)| fee > Money::ZERO).map(leg).collect()
    }

    fn blind(&self, pending: &Pending) -> Hash {
        let what = (self.chain, self.venue, self.shard, self.journal_epoch, pending.trade.0);
        self.key.blind(&borsh::to_vec(&what).expect("writing to memory does not fail"))
    }
}
