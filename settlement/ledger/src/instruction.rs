//! What the network is asked to do: direct instructions of parties and owners, and venues' batches of transfers.
//!
//! The explicit numbers of variants are part of the format: they are never changed and never reused.

use crate::keys::{PublicKey, SecretKey, Signature};
use crate::names::{Asset, ChainId, Hash, Height, VenueName};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{
    AccountId, CashId, Counter, Disclosure, Insider, InvestorId, LotId, Market, Money, Path, Protocol,
    SecurityId, Time, Topic, Units,
};

pub use crate::claim::{Claim, ClaimValue};
pub use crate::opening::Opening;

/// What stands in a block: one thing to do, or one venue's batch.
#[expect(clippy::large_enum_variant, reason = "most of what is submitted are single instructions")]
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Submission {
    /// Of a party or an owner.
    Direct(Signed) = 1,
    /// Of a venue.
    Batch(Batch) = 2,
}

/// A direct instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Instruction {
    /// For which chain.
    pub chain: ChainId,
    /// The last height at which it may be carried out.
    pub expiry: Height,
    /// Chosen at random by whoever signs: tells it from any other like it, and keeps a reader of another's proof
    /// from guessing it.
    pub blind: Hash,
    /// What is to be done.
    pub operation: Operation,
}

impl Signed {
    /// The most signatures it may have.
    pub const MOST_SIGNATURES: usize = 8;
}

impl Instruction {
    /// What it goes by, and what its signatures sign.
    pub fn id(&self) -> Hash {
        Hash::of_value("tallystick 2026 instruction", self)
    }

    /// Signs it.
    pub fn sign(self, keys: &[&SecretKey]) -> Signed {
        let id = self.id();
        let signatures = keys.iter().map(|key| (key.public(), key.sign(id))).collect();
        Signed { instruction: self, signatures }
    }
}

/// A direct instruction with its signatures over [`Instruction::id`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Signed {
    /// What is to be done.
    pub instruction: Instruction,
    /// Who signs it.
    pub signatures: Vec<(PublicKey, Signature)>,
}

/// What a party or an owner may have done.
#[expect(clippy::large_enum_variant, reason = "issues are rare, and no list of operations is long")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Operation {
    /// A person joins; signed by a claim issuer. The receipt tells its number.
    Register {
        /// The person's own key.
        key: PublicKey,
        /// A secret of the person's, chosen at random: nobody who does not know it can recognise its leaves.
        handle: Hash,
    } = 1,
    /// A claim about a person; signed by a claim issuer that is trusted for its topic.
    Attest {
        /// About whom.
        investor: InvestorId,
        /// What is claimed.
        claim: Claim,
    } = 2,
    /// A claim no longer holds; signed by the issuer that made it.
    Revoke {
        /// About whom.
        investor: InvestorId,
        /// Which claim.
        topic: Topic,
    } = 3,
    /// A person is suspended (fraud, sanctions), or is again in good standing; signed by a claim issuer trusted for
    /// [`Topic::Verified`].
    Suspend {
        /// Whom.
        investor: InvestorId,
        /// Whether suspended from now on.
        suspended: bool,
    } = 4,
    /// An account; signed by a custodian, or by the owner where it is its own record holder. The receipt tells its
    /// number.
    OpenAccount {
        /// In whose name the register has it.
        record_holder: InvestorId,
        /// Who enjoys the ownership.
        beneficial_owner: InvestorId,
    } = 5,
    /// A cash token; signed by a cash issuer, whose it is. The receipt tells its number.
    CreateCash {
        /// What it is called.
        name: String,
        /// How many digits of its smallest unit come after the point.
        decimals: u8,
    } = 6,
    /// More of a cash token; signed by its issuer.
    MintCash {
        /// Which token.
        cash: CashId,
        /// To whom.
        account: AccountId,
        /// How much, in its smallest unit.
        amount: Money,
    } = 7,
    /// A security; signed by its issuer and its registrar. The receipt tells its number.
    Issue {
        /// What it is.
        terms: SecurityTerms,
        /// Who holds it to begin with.
        opening: Vec<Opening>,
    } = 8,
    /// More units of a security; signed by its issuer and its registrar.
    IssueMore {
        /// Which security.
        security: SecurityId,
        /// Who gets them.
        opening: Vec<Opening>,
    } = 9,
    /// Other rules for a security, from the genesis's horizon on; signed by its issuer and its registrar.
    Amend {
        /// Which security.
        security: SecurityId,
        /// Its rules from then on.
        protocols: Vec<Protocol>,
    } = 10,
    /// Puts something at a venue's disposal, and locks it; signed by the beneficial owner, or the account's custodian.
    Allocate(Allocate) = 11,
    /// Takes back what an allocation has not used, after the horizon; signed as the allocation was, or by the owner.
    Withdraw {
        /// From which venue.
        #[serde(with = "crate::names::venue_text")]
        venue: VenueName,
        /// Whose.
        account: AccountId,
        /// What.
        asset: Asset,
    } = 12,
    /// Nothing of this asset enters or leaves the account, until it is released; signed by the security's registrar
    /// or the cash token's issuer.
    Freeze {
        /// Whose.
        account: AccountId,
        /// What.
        asset: Asset,
        /// Whether frozen from now on.
        frozen: bool,
        /// The hash of the order that demands it.
        order: Hash,
    } = 13,
    /// How a person stands to a security's issuer; signed by its registrar.
    SetInsider {
        /// Of which security.
        security: SecurityId,
        /// Who.
        investor: InvestorId,
        /// How; none for a stranger.
        insider: Option<Insider>,
    } = 14,
    /// What the issuer makes known of a security from now on; signed by its issuer and its registrar.
    Disclose {
        /// Of which security.
        security: SecurityId,
        /// What.
        disclosure: Disclosure,
    } = 15,
    /// A person that has lost its key, or had it stolen, gets another; signed by a claim issuer trusted for
    /// [`Topic::Verified`]. The person stays who it is, with its number, claims, accounts and open allocations: nothing
    /// that it owns moves.
    Recover {
        /// Who.
        investor: InvestorId,
        /// The key that it signs with from now on.
        key: PublicKey,
        /// The hash of the order, or of the person's request, that it rests on.
        order: Hash,
    } = 16,
    /// Moves units because a court or the law demands it; signed by the security's registrar. No rule is asked, no order
    /// that freezes is in the way, and what is locked of the units is no longer. They keep their history: it is no sale.
    Force {
        /// Of which security.
        security: SecurityId,
        /// Out of which account.
        from: AccountId,
        /// Into which.
        to: AccountId,
        /// Which of the first one's lots, and how many units of each.
        lots: Vec<(LotId, Units)>,
        /// The hash of the order that demands it.
        order: Hash,
    } = 17,
    /// Keeps some of what a rule still allows for the venue that signs it, so that what it matches is not promised by another
    /// venue too. What the venue has leased already is never lessened by asking for less, since it may have matched on it; but
    /// nought gives all of it back. The receipt tells how much it has.
    Lease {
        /// Of which security.
        security: SecurityId,
        /// Of what that its rules limit.
        counter: Counter,
        /// How much in all; where there is less, as much as there is.
        amount: u64,
        /// The last height at which it counts; more than the genesis's horizon ahead, and at most
        /// [`Lease::MOST_HORIZONS`](crate::state::Lease::MOST_HORIZONS) of them and one.
        expiry: Height,
    } = 18,
    /// Two may trade so much with each other, where the security's rules ask for an approval; signed by the issuer, and by
    /// the holder of a right of first refusal where the terms name one.
    Approve(Approve) = 19,
    /// Units that were issued without being paid in full are paid in full by now; signed by the security's issuer and its
    /// registrar. It counts whether who acquired them from the issuer or an affiliate has paid, so they may be in any
    /// account. Their holding period begins on the day of the block (17 CFR 230.144(d)(1)(iii)): they are another lot from
    /// then on, so what is locked of them under an allocation can't be paid up.
    PayUp {
        /// Of which security.
        security: SecurityId,
        /// In which account they are.
        account: AccountId,
        /// Which of its lots, and how many units of each.
        lots: Vec<(LotId, Units)>,
    } = 20,
}

impl SecurityTerms {
    /// The most bytes of a name, of a security's as of a cash token's.
    pub const LONGEST_NAME: usize = 64;
    /// The most characters of a symbol.
    pub const LONGEST_SYMBOL: usize = 12;
}

/// What a security is, on the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct SecurityTerms {
    /// What it is called: one to twelve printable ASCII characters.
    pub symbol: String,
    /// Its full name.
    pub name: String,
    /// Who issues it.
    pub issuer: PublicKey,
    /// Who keeps its register; a registrar of the chain.
    pub registrar: PublicKey,
    /// Who has a right of first refusal: no approval without its waiver.
    #[serde(default)]
    pub first_refusal: Option<PublicKey>,
    /// The hash of the text that declares it.
    pub text: Hash,
    /// The law under which this ledger is its register of record; where it is not, none: then what the ledger proves
    /// is evidence of ownership, not ownership.
    pub register_of_record: Option<String>,
    /// The exemption it is offered under.
    pub exemption: Exemption,
    /// When its offering closed.
    pub closing: Time,
    /// Who may hold it.
    pub protocols: Vec<Protocol>,
    /// What is made known of it at its issue.
    #[serde(default)]
    pub disclosure: Disclosure,
}

/// The exemption from registration that a security is offered under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Exemption {
    /// None: registered, or not subject to registration.
    None = 0,
    /// Regulation D, Rule 506(b) (17 CFR 230.506(b)).
    Rule506b = 1,
    /// Regulation D, Rule 506(c) (17 CFR 230.506(c)).
    Rule506c = 2,
    /// Regulation S (17 CFR 230.903), with its category, 1 to 3.
    RegS(u8) = 3,
    /// Regulation A, tier 2 (17 CFR 230.251).
    RegA2 = 4,
    /// Regulation Crowdfunding (17 CFR part 227).
    RegCf = 5,
    /// Rule 144A (17 CFR 230.144A).
    Rule144a = 6,
}

/// An owner's conditional instruction to a venue: what it may sell or spend, within which terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Allocate {
    /// To which venue.
    #[serde(with = "crate::names::venue_text")]
    pub venue: VenueName,
    /// Whose.
    pub account: AccountId,
    /// What is allocated: a security is to be sold, a cash token to be spent.
    pub asset: Asset,
    /// The most that may leave under it: units, or the cash token's smallest unit.
    pub most: u64,
    /// Whether what arrives later is locked too, until `most` has left; a market maker's way. Otherwise `most` must
    /// be there and free at once.
    pub standing: bool,
    /// The only asset that it may be exchanged for, any if none: for cash the security that may be bought with it,
    /// for a security the cash token that it may be sold for.
    pub only: Option<Asset>,
    /// The worst price: the least a sale must bring, the most a purchase may cost. It needs `only`: a price in no
    /// stated cash token, or of no stated security, protects nobody.
    pub worst: Option<UnitPrice>,
    /// The most that may be charged beside the price under it, in the smallest unit of the cash token concerned; so
    /// for a security it needs `only`. Legs of every kind count, since the ledger can tell no fee from a tax.
    pub most_fee: Money,
    /// The last height at which anything may leave under it; more than the genesis's horizon ahead.
    pub expiry: Height,
}

/// A price that divides nothing: so much cash for so many units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct UnitPrice {
    /// Cash, in its smallest unit.
    pub money: Money,
    /// Units; at least one.
    pub units: Units,
}

impl UnitPrice {
    /// Whether `money` for `units` is at least this price.
    pub fn is_met_by(&self, money: Money, units: Units) -> bool {
        i128::from(money.0) * i128::from(self.units.0) >= i128::from(self.money.0) * i128::from(units.0)
    }

    /// Whether `money` for `units` is at most this price.
    pub fn bounds(&self, money: Money, units: Units) -> bool {
        i128::from(money.0) * i128::from(self.units.0) <= i128::from(self.money.0) * i128::from(units.0)
    }
}

/// So many more units that one may sell another at a venue, where the security's rules ask for an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Approve {
    /// Of which security.
    pub security: SecurityId,
    /// At which venue.
    #[serde(with = "crate::names::venue_text")]
    pub venue: VenueName,
    /// Who sells.
    pub seller: InvestorId,
    /// Who buys.
    pub buyer: InvestorId,
    /// How many units, beside what is left of those approved before.
    pub units: Units,
    /// The first moment at which nothing can be traded on all of it any more: ahead by a year at most, and not before that
    /// of what is approved already.
    pub until: Time,
}

/// A venue's transfers, signed as one.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Batch {
    /// For which chain.
    pub chain: ChainId,
    /// Whose.
    pub venue: VenueName,
    /// Which of the venue's engines made the trades.
    pub shard: u16,
    /// Which life of that engine's journal: trades are counted anew in each.
    pub journal_epoch: u32,
    /// What is to be transferred, in this order, each whole or not at all.
    pub transfers: Vec<Transfer>,
    /// The venue's key.
    pub key: PublicKey,
    /// Its signature over [`Batch::signed_hash`].
    pub signature: Signature,
}

impl Batch {
    /// The most transfers a batch may have.
    pub const MOST: usize = 4_096;

    /// A signed batch.
    pub fn sign(
        chain: ChainId,
        (venue, shard, journal_epoch): (VenueName, u16, u32),
        transfers: Vec<Transfer>,
        key: &SecretKey,
    ) -> Batch {
        let signature = Signature([0; 64]);
        let mut batch = Batch { chain, venue, shard, journal_epoch, transfers, key: key.public(), signature };
        batch.signature = key.sign(batch.signed_hash());
        batch
    }

    /// What the signature signs: the names of all transfers.
    pub fn signed_hash(&self) -> Hash {
        let ids: Vec<Hash> = self.ids().collect();
        Hash::of_value("tallystick 2026 batch", &(self.chain, self.venue, ids))
    }

    /// What its transfers go by, in their order.
    pub fn ids(&self) -> impl Iterator<Item = Hash> {
        self.transfers.iter().map(|transfer| self.id(transfer))
    }

    /// What one of its transfers goes by.
    pub fn id(&self, transfer: &Transfer) -> Hash {
        transfer.id(self.chain, self.venue, self.shard, self.journal_epoch)
    }
}

/// Delivery against payment of one trade: units from the seller to the buyer, cash from the buyer to the seller, and
/// legs beside; all or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Transfer {
    /// The command of the venue that made the trade.
    pub sequence: u64,
    /// The trade's number at the venue; settled or refused once and for all.
    pub trade: u64,
    /// Which security.
    pub security: SecurityId,
    /// The security's epoch that it was matched in.
    pub epoch: u32,
    /// Who delivers units and is paid.
    pub seller: AccountId,
    /// Who gets units and pays.
    pub buyer: AccountId,
    /// How many units: the sum of `lots`.
    pub units: Units,
    /// Out of which of the seller's lots, under which path.
    pub lots: Vec<LotMove>,
    /// What it is paid in.
    pub cash: CashId,
    /// How much, from buyer to seller.
    pub money: Money,
    /// What is paid beside.
    pub legs: Vec<Leg>,
    /// Where the trade was made; the venue answers for it.
    pub market: Market,
    /// When the trade was made.
    pub traded: Time,
    /// The height whose identities and rules it was matched under.
    pub pinned: Height,
    /// The last height at which it may be carried out.
    pub expiry: Height,
    /// A secret of the venue's that keeps a reader of another's proof from guessing this transfer.
    pub blind: Hash,
}

impl Transfer {
    /// The most legs it may have.
    pub const MOST_LEGS: usize = 8;

    /// What it goes by: H(chain, venue, shard, journal epoch, sequence, payload hash).
    pub fn id(&self, chain: ChainId, venue: VenueName, shard: u16, journal_epoch: u32) -> Hash {
        let place = (chain, venue, shard, journal_epoch, self.sequence);
        Hash::of_value("tallystick 2026 transfer", &(place, self.payload_hash()))
    }

    /// The hash of all it says.
    pub fn payload_hash(&self) -> Hash {
        Hash::of_value("tallystick 2026 payload", self)
    }
}

/// Units of one lot, and the exemption path they move under, which decides what lot they become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct LotMove {
    /// Which of the seller's lots.
    pub lot: LotId,
    /// How many units of it.
    pub units: Units,
    /// Under which path.
    pub path: Path,
}

/// A payment beside the trade's own; counts against its payer's `most_fee`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Leg {
    /// What it is for.
    pub kind: LegKind,
    /// Whether the seller pays it, out of its proceeds; otherwise the buyer, beside the price.
    pub by_seller: bool,
    /// To whom.
    pub to: AccountId,
    /// How much, in the trade's cash token.
    pub amount: Money,
}

/// What a leg is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum LegKind {
    /// A fee of the venue or of a broker.
    Fee = 1,
    /// Tax withheld.
    Withholding = 2,
    /// Interest accrued since the last coupon.
    AccruedInterest = 3,
}
