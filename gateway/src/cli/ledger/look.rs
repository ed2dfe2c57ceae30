//! Looking at the ledger, and proving what it says.

use super::super::{Failure, serve};
use crate::admin::client::Operator;
use crate::admin::protocol::Ask;
use crate::settlement::desk::{LedgerAsk, Proven, Shown, unhex};
use crate::settlement::place::Place;
use clap::Subcommand;
use serde_json::Value;
use std::path::Path;
use tallystick_engine::types::{AccountId, Asset, CashId, InvestorId, SecurityId};
use tallystick_ledger::audit::audit;
use tallystick_ledger::names::Hash;
use tallystick_ledger::reader::Kind;

/// What to show.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Show {
    /// How many persons, accounts, cash tokens and securities there are.
    Counts,
    /// A person: key, standing, claims.
    Person {
        /// Its number.
        number: u32,
    },
    /// An account: in whose name, for whom.
    Account {
        /// Its number.
        number: u32,
    },
    /// A cash token.
    Cash {
        /// Its number.
        number: u16,
    },
    /// A security: terms, rules, holders.
    Security {
        /// Its number.
        number: u32,
    },
    /// What an account holds, by lot, and what of it is allocated.
    Holding {
        /// The account's number.
        account: u32,
        #[command(flatten)]
        asset: AssetArgs,
    },
    /// What a person owns over all accounts.
    Stake {
        /// The person's number.
        person: u32,
        #[command(flatten)]
        asset: AssetArgs,
    },
    /// What is left of what sellers and buyers were approved to trade of a security at this venue.
    Approvals {
        /// The security's number.
        security: u32,
    },
    /// What became of one of the venue's trades.
    Trade {
        /// Its number.
        number: u64,
    },
    /// A block and its receipts.
    Block {
        /// Its height.
        height: u64,
    },
}

/// What to prove.
#[derive(Clone, Debug, Subcommand)]
pub enum Prove {
    /// What a person owns.
    Balance {
        /// The person's number.
        person: u32,
        #[command(flatten)]
        asset: AssetArgs,
    },
    /// That a person owns nothing. Whoever reads the proof can recognise that person's leaves in others.
    NonOwnership {
        /// The person's number.
        person: u32,
        #[command(flatten)]
        asset: AssetArgs,
    },
    /// What became of a trade: transferred, refused, or never decided.
    Trade {
        /// Its number.
        number: u64,
    },
    /// What became of an instruction.
    Instruction {
        /// Its id, as its receipt says.
        id: String,
    },
}

/// Of what.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct AssetArgs {
    /// A security's number.
    #[arg(long)]
    security: Option<u32>,
    /// A cash token's number.
    #[arg(long)]
    cash: Option<u16>,
}

impl AssetArgs {
    fn asset(&self) -> Asset {
        match (self.security, self.cash) {
            (Some(number), _) => Asset::Security(SecurityId(number)),
            (None, number) => Asset::Cash(CashId(number.expect("the command line asks for one"))),
        }
    }
}

/// Asks the ledger of the running venue.
pub fn ask(data: &Path, ask: LedgerAsk) -> Result<Value, Failure> {
    Ok(Operator::connect(&serve::socket(data))?.ask(&Ask::Ledger { about: ask })?)
}

fn print(value: &Value) -> Result<(), Failure> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Prints which chain it is and how far it has come.
pub fn head(data: &Path) -> Result<(), Failure> {
    print(&ask(data, LedgerAsk::Head)?)
}

/// Prints a record, a receipt or a block.
pub fn show(data: &Path, show: &Show) -> Result<(), Failure> {
    let shown = match *show {
        Show::Counts => Shown::Counts,
        Show::Person { number } => Shown::Person(InvestorId(number)),
        Show::Account { number } => Shown::Account(AccountId(number)),
        Show::Cash { number } => Shown::Cash(CashId(number)),
        Show::Security { number } => Shown::Security(SecurityId(number)),
        Show::Holding { account, asset } => Shown::Holding(AccountId(account), asset.asset()),
        Show::Stake { person, asset } => Shown::Stake(InvestorId(person), asset.asset()),
        Show::Approvals { security } => Shown::Approvals(SecurityId(security)),
        Show::Trade { number } => Shown::Trade(number),
        Show::Block { height } => Shown::Block(height),
    };
    print(&ask(data, LedgerAsk::Show(shown))?)
}

/// Writes a proof.
pub fn prove(data: &Path, prove: &Prove, out: &Path) -> Result<(), Failure> {
    let proven = match prove {
        Prove::Balance { person, asset } => Proven::Balance(InvestorId(*person), asset.asset()),
        Prove::NonOwnership { person, asset } => Proven::NonOwnership(InvestorId(*person), asset.asset()),
        Prove::Trade { number } => Proven::Trade(*number),
        Prove::Instruction { id } => {
            Proven::Instruction(Hash::from_hex(id).ok_or("an id is 64 hexadecimal digits, in lower case")?)
        }
    };
    let answer = ask(data, LedgerAsk::Prove(proven))?;
    let bytes = answer["proof"].as_str().and_then(unhex).ok_or("the venue's answer holds no proof")?;
    write(out, &bytes)?;
    println!("{}: {} bytes; check it with `tallystick verify`", out.display(), bytes.len());
    Ok(())
}

/// Writes a trust file.
pub fn trust(data: &Path, out: &Path, days: u32) -> Result<(), Failure> {
    let answer = ask(data, LedgerAsk::Trust { days })?;
    let text = answer["trust"].as_str().ok_or("the venue's answer holds no trust file")?;
    write(out, text.as_bytes())?;
    println!("{}: whoever checks proofs must have this from somebody they believe", out.display());
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    Ok(std::fs::write(path, bytes).map_err(|e| format!("{} can't be written: {e}", path.display()))?)
}

/// Opens the ledgers of a venue that does not run, and computes everything in them again.
pub fn check(data: &Path) -> Result<(), Failure> {
    let place = Place::of(data);
    let genesis = place.genesis()?;
    for (number, chain) in
        tallystick_network::ledgers::open(&place.chain(), &genesis)?.into_iter().enumerate()
    {
        let at = |e: String| format!("validator {number}: {e}");
        chain.verify_store().map_err(|e| at(e.to_string()))?;
        let snapshot = chain.reader().snapshot();
        let records = Kind::ALL.into_iter().flat_map(|kind| snapshot.records(kind));
        let totals = audit(records).map_err(at)?;
        let head = snapshot.head();
        println!(
            "validator {number}: height {}, state {}: roots and sums are right",
            head.height, head.state
        );
        if number == 0 {
            println!("{}", serde_json::to_string_pretty(&totals)?);
        }
    }
    Ok(())
}
