//! What a block does to the state: a pure function of the state before it, its place, its time and what was submitted.
//!
//! Every validator carries every instruction out itself. One that may not be done gets a receipt that says why and
//! changes nothing else; it does not spoil its block.
//!
//! - `overlay`: the working state; `lots`, `stakes`: bookkeeping
//! - `authority`: who must sign what
//! - `persons`, `claims`, `cash`, `securities`, `allocations`: what parties and owners may have done; `owners`: who
//!   owns whom
//! - `issuers`: what issuers make known of securities, and who is close to them; `approvals`: what they approve beforehand
//! - `leases`: what venues keep for themselves of what they share
//! - `transfer`: the checks of a transfer, in their order; `compliance`: the rules among them; `delivery`: carrying it out
//! - `force`: what a court orders; `payments`: what was issued unpaid, and is paid up

mod allocations;
mod approvals;
mod authority;
mod cash;
mod claims;
mod compliance;
mod delivery;
mod force;
mod issuers;
mod leases;
mod left;
mod lots;
mod overlay;
mod owners;
mod payments;
mod persons;
mod securities;
mod stakes;
mod transfer;

use crate::genesis::Genesis;
use crate::instruction::{Batch, Operation, Signed, Submission, Transfer};
use crate::keys::PublicKey;
use crate::names::{ChainId, Hash, Height};
use crate::receipt::{Done, Outcome, Receipt, Refusal};
use crate::state::{Changes, Counters, Decided, Key, Record, View};
use leases::Used;
use overlay::Overlay;
use std::collections::BTreeMap;
use tallystick_rules::{AccountId, CashId, Counter, InvestorId, SecurityId, Time};

/// The place of a block and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Its height.
    pub height: Height,
    /// Its time: above its parent's.
    pub time: Time,
}

/// What a block leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// What becomes of the state.
    pub changes: Changes,
    /// What became of the instructions, one receipt each, in their order.
    pub receipts: Vec<Receipt>,
}

/// Carries out what was submitted for the block after the one that `view` is the state of. That the signatures are
/// good ([`signatures_verify`]) is not asked again; who may sign what is.
pub fn execute(
    view: &dyn View,
    genesis: &Genesis,
    chain: ChainId,
    at: At,
    submissions: &[Submission],
) -> Execution {
    let state = Overlay::new(view);
    let mut work = Work { genesis, chain, at, state, receipts: Vec::new(), touched: BTreeMap::new() };
    work.begin();
    for submission in submissions {
        match submission {
            Submission::Direct(signed) => work.direct(signed),
            Submission::Batch(batch) => work.batch(batch),
        }
    }
    stakes::settle(&mut work.state);
    Execution { changes: work.state.finish(), receipts: work.receipts }
}

/// The state that a chain begins with, at height 0.
pub fn genesis_changes(genesis: &Genesis) -> Changes {
    let counters =
        Counters { investor: InvestorId(1), account: AccountId(1), cash: CashId(1), security: SecurityId(1) };
    Changes::from([
        (Key::Counters, Some(Record::Counters(counters))),
        (Key::Time(Height(0)), Some(Record::Time(genesis.time))),
    ])
}

/// Whether a submission may stand in a block: every signature is good, no key signs twice, and there are not more
/// signatures or transfers than there may be. What does not pass has no receipt.
pub fn signatures_verify(submission: &Submission) -> bool {
    match submission {
        Submission::Direct(signed) => {
            let signatures = &signed.signatures;
            let mut keys: Vec<PublicKey> = signatures.iter().map(|(key, _)| *key).collect();
            keys.sort_unstable();
            if keys.len() > Signed::MOST_SIGNATURES || keys.windows(2).any(|pair| pair[0] == pair[1]) {
                return false;
            }
            let id = signed.instruction.id();
            signatures.iter().all(|(key, signature)| key.verifies(id, signature))
        }
        Submission::Batch(batch) => {
            batch.transfers.len() <= Batch::MOST && batch.key.verifies(batch.signed_hash(), &batch.signature)
        }
    }
}

/// What the instructions of a submission go by, in the order of their receipts.
pub fn instruction_ids(submission: &Submission) -> Vec<Hash> {
    match submission {
        Submission::Direct(signed) => vec![signed.instruction.id()],
        Submission::Batch(batch) => batch.ids().collect(),
    }
}

/// A block being carried out.
struct Work<'a> {
    genesis: &'a Genesis,
    chain: ChainId,
    at: At,
    state: Overlay<'a>,
    receipts: Vec<Receipt>,
    /// What the instruction that is carried out changes of what is leased, as it was before.
    touched: BTreeMap<(SecurityId, Counter), Used>,
}

impl Work<'_> {
    /// What happens at every height: its time is kept as long as it may be pinned; approvals, allocations and leases end.
    fn begin(&mut self) {
        self.state.put(Key::Time(self.at.height), self.at.time);
        if let Some(gone) = self.oldest().0.checked_sub(1) {
            let gone = Height(gone);
            let day =
                |time: Option<Time>| time.expect("the times of heights that may be pinned are kept").day();
            let (from, to) = (day(self.state.time(gone)), day(self.state.time(self.oldest())));
            self.end_approvals(from..to);
            self.state.remove(Key::Time(gone));
        }
        self.end_what_is_due();
    }

    /// The oldest height that may be pinned.
    fn oldest(&self) -> Height {
        Height(self.at.height.0.saturating_sub(u64::from(self.genesis.horizon)))
    }

    fn direct(&mut self, signed: &Signed) {
        let instruction = &signed.instruction;
        let id = instruction.id();
        let key = Key::Direct(id);
        let signers: Vec<PublicKey> = signed.signatures.iter().map(|(key, _)| *key).collect();
        let authority = self.authority(&instruction.operation, &signers);
        let authorized = authority.is_ok();
        let result = self.still_open(instruction.chain, instruction.expiry, key, id);
        let result = result.and(authority).and_then(|by| self.operation(&instruction.operation, by));
        self.use_leases(None);
        self.decide(id, key, authorized && instruction.chain == self.chain, result);
    }

    fn batch(&mut self, batch: &Batch) {
        let authorized = self.speaks_for(&batch.key, &batch.venue);
        for transfer in &batch.transfers {
            let id = batch.id(transfer);
            let key = Key::Trade(batch.venue, batch.shard, batch.journal_epoch, transfer.trade);
            let result = self.transfer(batch, transfer, id, key, authorized);
            self.decide(id, key, authorized && batch.chain == self.chain, result);
        }
    }

    fn transfer(
        &mut self,
        batch: &Batch,
        transfer: &Transfer,
        id: Hash,
        key: Key,
        authorized: bool,
    ) -> Result<Done, Refusal> {
        self.still_open(batch.chain, transfer.expiry, key, id)?;
        if !authorized {
            let name = String::from_utf8_lossy(&batch.venue).trim_end_matches('\0').to_string();
            return Err(authority::missing(&format!("the venue {name:?}")));
        }
        let delivery = self.check(&batch.venue, transfer)?;
        let done = self.carry_out(&batch.venue, transfer, delivery);
        self.use_leases(Some(&batch.venue));
        Ok(done)
    }

    /// The first questions to every instruction: whether it is of this chain, in time, and not decided already.
    fn still_open(&mut self, chain: ChainId, expiry: Height, key: Key, id: Hash) -> Result<(), Refusal> {
        if chain != self.chain {
            return Err(Refusal::OtherChain);
        }
        if self.at.height > expiry {
            return Err(Refusal::Expired);
        }
        match self.state.read::<Decided>(key) {
            None => Ok(()),
            Some(before) if before.id == id => Err(Refusal::Duplicate { height: before.height }),
            Some(before) => Err(Refusal::TradeDecided { height: before.height, id: before.id }),
        }
    }

    fn operation(&mut self, operation: &Operation, by: PublicKey) -> Result<Done, Refusal> {
        match operation {
            Operation::Register { key, handle } => self.register(*key, *handle),
            Operation::Attest { investor, claim } => self.attest(*investor, claim, by),
            Operation::Revoke { investor, topic } => self.revoke(*investor, *topic),
            Operation::Suspend { investor, suspended } => self.suspend(*investor, *suspended),
            Operation::OpenAccount { record_holder, beneficial_owner } => {
                self.open_account(*record_holder, *beneficial_owner, by)
            }
            Operation::CreateCash { name, decimals } => self.create_cash(name, *decimals, by),
            Operation::MintCash { cash, account, amount } => self.mint_cash(*cash, *account, *amount),
            Operation::Issue { terms, opening } => self.issue(terms, opening),
            Operation::IssueMore { security, opening } => self.issue_more(*security, opening),
            Operation::Amend { security, protocols } => self.amend(*security, protocols),
            Operation::Allocate(allocate) => self.allocate(allocate),
            Operation::Withdraw { venue, account, asset } => self.withdraw(*venue, *account, *asset),
            Operation::Freeze { account, asset, frozen, order } => {
                self.freeze(*account, *asset, *frozen, *order)
            }
            Operation::SetInsider { security, investor, insider } => {
                self.set_insider(*security, *investor, *insider)
            }
            Operation::Disclose { security, disclosure } => self.disclose(*security, *disclosure),
            Operation::Approve(approve) => self.approve(approve),
            Operation::Force { security, from, to, lots, order: _ } => {
                self.force(*security, *from, *to, lots)
            }
            Operation::PayUp { security, account, lots } => self.pay_up(*security, *account, lots),
            Operation::Lease { security, counter, amount, expiry } => {
                self.lease(*security, *counter, *amount, *expiry, by)
            }
            // The order stands in the instruction, which stays in its block.
            Operation::Recover { investor, key, order: _ } => self.recover(*investor, *key),
        }
    }

    /// Writes the receipt. The first decision on an instruction or a trade stands; what was not signed by who must is
    /// none, or anybody could use up what is another's to decide.
    fn decide(&mut self, id: Hash, key: Key, counts: bool, result: Result<Done, Refusal>) {
        let index = u32::try_from(self.receipts.len()).expect("a block has fewer instructions than that");
        let height = self.at.height;
        if counts && self.state.read::<Decided>(key).is_none() {
            self.state.put(key, Decided { id, height, index, done: result.is_ok() });
        }
        let outcome = match result {
            Ok(done) => Outcome::Done(done),
            Err(refusal) => Outcome::Refused(refusal),
        };
        self.receipts.push(Receipt { id, height, index, outcome });
    }
}
