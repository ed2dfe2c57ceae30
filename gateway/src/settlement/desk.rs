//! What operators, issuers and owners ask of the ledger, over the venue's operator socket.

use super::{Request, ask_reconcile, words};
use crossbeam::channel::Sender;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tallystick_engine::types::{AccountId, Asset, CashId, InvestorId, SecurityId, Time};
use tallystick_ledger::instruction::{Signed, Submission};
use tallystick_ledger::names::{Hash, Height, VenueName, venue_text};
use tallystick_ledger::proof::Proof;
use tallystick_ledger::reader::{Kind, Snapshot};
use tallystick_ledger::receipt::Receipt;
use tallystick_ledger::state::{Key, Record, View};
use tallystick_ledger::trust::Trust;
use tallystick_network::Embedded;
use tallystick_settlement::Status;

/// How long a submission waits for its receipt.
const PATIENCE: Duration = Duration::from_secs(30);

/// A handle on the embedded network and on settlement, for operators. Clones ask the same.
#[derive(Clone)]
pub struct LedgerDesk {
    /// The network.
    pub(crate) network: Arc<Embedded>,
    pub(crate) status: Arc<Mutex<Status>>,
    pub(crate) requests: Sender<Request>,
}

impl std::fmt::Debug for LedgerDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LedgerDesk")
    }
}

/// A request about the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerAsk {
    /// Which chain, how far, and what signs for it.
    Head,
    /// Hand in signed instructions, and wait for their receipts. They are carried out in this order.
    Submit {
        /// Their borsh encodings, in hexadecimal.
        signed: Vec<String>,
    },
    /// Show a record or a block.
    Show(Shown),
    /// Prove something.
    Prove(Proven),
    /// What somebody needs who is to check proofs.
    Trust {
        /// For how many days it is good.
        days: u32,
    },
    /// How far settlement has come.
    Settlement,
    /// Compare venue and network.
    Reconcile,
}

/// What is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// How many of everything there are.
    Counts,
    /// A person.
    Person(InvestorId),
    /// An account.
    Account(AccountId),
    /// A cash token.
    Cash(CashId),
    /// A security.
    Security(SecurityId),
    /// What an account holds.
    Holding(AccountId, Asset),
    /// What a person owns.
    Stake(InvestorId, Asset),
    /// What is left of what pairs were approved to trade of a security at this venue.
    Approvals(SecurityId),
    /// What became of one of the venue's trades.
    Trade(u64),
    /// A block.
    Block(u64),
}

/// What is to be proven.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proven {
    /// What a person owns.
    Balance(InvestorId, Asset),
    /// That a person owns nothing of it. Tells whoever reads the proof which leaves are that person's.
    NonOwnership(InvestorId, Asset),
    /// What became of one of the venue's trades: transferred, refused, or never decided.
    Trade(u64),
    /// What became of a direct instruction.
    Instruction(Hash),
}

type Failure = Box<dyn std::error::Error>;

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shown::Counts => f.write_str("counts"),
            Shown::Person(person) => write!(f, "person {}", person.0),
            Shown::Account(account) => write!(f, "account {account}"),
            Shown::Cash(cash) => write!(f, "cash token {cash}"),
            Shown::Security(security) => write!(f, "security {security}"),
            Shown::Holding(account, asset) => write!(f, "holding of {asset} in account {account}"),
            Shown::Stake(person, asset) => write!(f, "stake of person {} in {asset}", person.0),
            Shown::Approvals(security) => write!(f, "approvals of security {security}"),
            Shown::Trade(trade) => write!(f, "decision on trade {trade}"),
            Shown::Block(height) => write!(f, "block {height}"),
        }
    }
}

impl LedgerDesk {
    /// Answers a request of a venue of this name.
    pub fn answer(&self, ask: LedgerAsk, venue: VenueName, now: Time) -> Result<Value, Failure> {
        let snapshot = || self.network.reader().snapshot();
        match ask {
            LedgerAsk::Head => self.head(&snapshot(), venue),
            LedgerAsk::Submit { signed } => {
                Ok(Value::Array(self.submit(&signed)?.iter().map(words::receipt).collect()))
            }
            LedgerAsk::Show(shown) => show(&snapshot(), shown, venue),
            LedgerAsk::Prove(proven) => {
                let proof = prove(&snapshot(), proven, venue)?;
                Ok(json!({ "proof": hex(&proof.to_bytes()) }))
            }
            LedgerAsk::Trust { days } => {
                let until = now.plus(tallystick_engine::types::Days(days));
                let snapshot = snapshot();
                Ok(json!({ "trust": Trust::of(snapshot.genesis(), &snapshot.head(), until).write() }))
            }
            LedgerAsk::Settlement => {
                Ok(serde_json::to_value(&*self.status.lock().expect("no holder panics"))?)
            }
            LedgerAsk::Reconcile => Ok(serde_json::to_value(ask_reconcile(&self.requests)?)?),
        }
    }

    /// The height up to which the venue knows the network.
    pub fn followed(&self) -> u64 {
        self.status.lock().expect("no holder panics").followed
    }

    /// What the ledger has now.
    pub fn snapshot(&self) -> Snapshot {
        self.network.reader().snapshot()
    }

    /// Waits until the venue has been told what stands now; whether it was in time.
    pub fn wait_followed(&self, patience: Duration) -> bool {
        // The next block, since what is told at a height may have been collected before it was asked for.
        let height = self.network.head().height.0 + 1;
        let deadline = Instant::now() + patience;
        while self.followed() < height {
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    fn head(&self, snapshot: &Snapshot, venue: VenueName) -> Result<Value, Failure> {
        let genesis = snapshot.genesis();
        let mut head = words::head(&snapshot.head());
        head["venue"] = json!(venue_text::words(&venue));
        head["chain"] = json!({ "name": genesis.name, "id": genesis.chain(), "horizon": genesis.horizon });
        head["validators"] = json!(genesis.validators);
        Ok(head)
    }

    fn submit(&self, signed: &[String]) -> Result<Vec<Receipt>, Failure> {
        let mut all = Vec::with_capacity(signed.len());
        for (n, signed) in signed.iter().enumerate() {
            let bytes = unhex(signed).ok_or(format!("instruction {n} is not hexadecimal"))?;
            let signed: Signed = borsh::from_slice(&bytes)
                .map_err(|e| format!("instruction {n} is no signed instruction of this version: {e}"))?;
            all.push(signed);
        }
        let mut seen = self.network.head().height;
        let ids: Vec<Hash> = all.iter().map(|signed| signed.instruction.id()).collect();
        for (n, signed) in all.into_iter().enumerate() {
            self.network.submit(Submission::Direct(signed)).map_err(|e| format!("instruction {n}: {e}"))?;
        }
        let deadline = Instant::now() + PATIENCE;
        let mut found: BTreeMap<Hash, Receipt> = BTreeMap::new();
        loop {
            let snapshot = self.snapshot();
            // What was decided before, by a submission of the same.
            let decided = ids.iter().filter_map(|id| Some((*id, receipt_of(&snapshot, &Key::Direct(*id))?)));
            found.extend(decided);
            // What was not authorized is not decided, and has a receipt all the same.
            for height in seen.0 + 1..=snapshot.head().height.0 {
                let receipts = snapshot.receipts(Height(height)).unwrap_or_default();
                let mine = receipts.into_iter().filter(|receipt| ids.contains(&receipt.id));
                mine.for_each(|receipt| _ = found.entry(receipt.id).or_insert(receipt));
            }
            seen = snapshot.head().height;
            if ids.iter().all(|id| found.contains_key(id)) {
                return Ok(ids.iter().map(|id| found[id].clone()).collect());
            }
            if Instant::now() > deadline {
                return Err(format!(
                    "receipts for {} of {} within {} s; the network may still carry out the others: \
                     hand the same in again, which is harmless",
                    found.len(),
                    ids.len(),
                    PATIENCE.as_secs()
                )
                .into());
            }
            self.network.wait_beyond(seen, Duration::from_millis(500));
        }
    }
}

fn receipt_of(snapshot: &Snapshot, key: &Key) -> Option<Receipt> {
    let Some(Record::Decided(decided)) = snapshot.get(key) else { return None };
    snapshot.receipts(decided.height)?.into_iter().nth(decided.index as usize)
}

fn show(snapshot: &Snapshot, shown: Shown, venue: VenueName) -> Result<Value, Failure> {
    let key = match shown {
        Shown::Counts => Key::Counters,
        Shown::Person(investor) => Key::Person(investor),
        Shown::Account(account) => Key::Account(account),
        Shown::Cash(cash) => Key::Cash(cash),
        Shown::Security(security) => Key::Security(security),
        Shown::Holding(account, asset) => Key::Holding(account, asset),
        Shown::Stake(investor, asset) => Key::Stake(investor, asset),
        Shown::Approvals(security) => {
            if snapshot.get(&Key::Security(security)).is_none() {
                return Err(format!("the ledger has no security {security}").into());
            }
            let all = snapshot.records(Kind::Approval);
            let of = |key: &Key| matches!(key, Key::Approval(pair) if (pair.security, pair.venue) == (security, venue));
            let shown = all.filter(|(key, _)| of(key)).map(|(_, record)| words::record(&record));
            return Ok(Value::Array(shown.collect()));
        }
        Shown::Trade(trade) => {
            let receipt = receipt_of(snapshot, &super::trade_key(venue, trade));
            let receipt = receipt.ok_or(format!("the network has not decided trade {trade}"))?;
            return Ok(words::receipt(&receipt));
        }
        Shown::Block(height) => {
            let found = snapshot.certified(Height(height)).zip(snapshot.receipts(Height(height)));
            let newest = snapshot.head().height;
            let (block, receipts) =
                found.ok_or(format!("there is no block {height}; the newest is {newest}"))?;
            return Ok(words::block(&block, &receipts));
        }
    };
    match snapshot.get(&key) {
        Some(record) => Ok(words::record(&record)),
        None => Err(format!("the ledger has no {shown}").into()),
    }
}

fn prove(snapshot: &Snapshot, proven: Proven, venue: VenueName) -> Result<Proof, Failure> {
    Ok(match proven {
        Proven::Balance(investor, asset) => snapshot.prove_balance(investor, asset)?,
        Proven::NonOwnership(investor, asset) => snapshot.prove_non_ownership(investor, asset)?,
        Proven::Trade(trade) => snapshot.prove_trade(venue, super::SHARD, super::JOURNAL_EPOCH, trade)?,
        Proven::Instruction(id) => match snapshot.get(&Key::Direct(id)) {
            Some(Record::Decided(decided)) => snapshot.prove_decision(decided.height, decided.index)?,
            _ => return Err(format!("the network has not decided instruction {id}").into()),
        },
    })
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from hexadecimal.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
