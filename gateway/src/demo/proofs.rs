//! Proofs: asked for while the venue runs, verified when it has stopped, with nothing but their files.

use super::cast::{HARBOR, NWPREF};
use super::checks::{Check, trades};
use super::diary::Diary;
use super::founding::asset;
use super::place::Place;
use super::plain::What;
use super::report::grouped;
use super::stage::Stage;
use crate::cli::Failure;
use crate::clock::Clock;
use crate::settlement::desk::{LedgerAsk, Proven};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tallystick_engine::types::InvestorId;
use tallystick_ledger::proof::{Description, Finding, Found, Subject, verify};
use tallystick_ledger::trust::Trust;

/// The file that says whom to believe.
pub const TRUST: &str = "trust.toml";

/// An owner of NWPREF from the beginning, and somebody who may never have an interest in the fund.
const OWNER: u32 = 1;
const OUTSIDER: u32 = 4;

/// A proof, and what it is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What it shows, in words.
    pub what: &'static str,
    /// Its file.
    pub file: &'static str,
}

/// The proofs.
pub const KINDS: [Kind; 4] = [
    Kind { what: "balance", file: "balance.proof" },
    Kind { what: "transfer", file: "transfer.proof" },
    Kind { what: "refusal", file: "refusal.proof" },
    Kind { what: "non-ownership", file: "non-ownership.proof" },
];

/// A proof that was verified.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What it was to show.
    pub kind: Kind,
    /// How long it is, in bytes.
    pub bytes: usize,
    /// What it shows.
    pub finding: Finding,
}

impl Verified {
    /// What it shows, in short, and what that is worth in law. `tallystick verify` says it at length.
    pub fn words(&self) -> Vec<String> {
        let height = self.finding.standing.height;
        match &self.finding.found {
            Found::Balance { investor, beneficial, asset, .. } => {
                let (name, worth) = words(asset);
                let units = grouped(*beneficial);
                vec![format!("person {} owned {units} {name} at height {height}", investor.0), worth]
            }
            Found::Transfer { placed, security, cash, .. } => {
                let t = &placed.transfer;
                let ((name, worth), (cash, _)) = (words(security), words(cash));
                let (units, cents) = (grouped(t.units.0), t.money.0.unsigned_abs());
                let paid = format!("{}.{:02} {cash}", grouped(cents / 100), cents % 100);
                vec![format!("trade {}: {units} {name} for {paid} at height {height}", t.trade), worth]
            }
            Found::Refusal { subject, refusal, .. } => {
                let what = match &**subject {
                    Subject::Transfer(placed) => format!("trade {}", placed.transfer.trade),
                    Subject::Direct(_) => "an instruction".into(),
                };
                vec![format!("{what} was refused at height {height}: {refusal}")]
            }
            Found::NonOwnership { investor, asset } => {
                vec![format!("person {} owned no {} at height {height}", investor.0, words(asset).0)]
            }
            Found::Undecided { placed, .. } => {
                vec![format!(
                    "trade {} was not decided in time, up to height {height}",
                    placed.transfer.trade
                )]
            }
        }
    }
}

/// What an asset is called, and what it is worth in law that the ledger says who owns it.
fn words(asset: &Description) -> (&str, String) {
    match asset {
        Description::Security { symbol, register_of_record: Some(law), .. } => {
            (symbol, format!("this is ownership, under {law}"))
        }
        Description::Security { symbol, .. } => (symbol, "this is evidence of ownership".into()),
        Description::Cash { name, .. } => (name, "this is evidence of a claim on its issuer".into()),
    }
}

/// Asks for the proofs and for the trust file, and writes them.
pub fn gather(stage: &mut Stage, diaries: &[Diary]) -> Result<(), Failure> {
    let trades = trades(diaries);
    let busted: BTreeSet<u64> = diaries.iter().flat_map(|d| &d.busts).map(|bust| bust.trade).collect();
    let is_final = |trade: &&u64| !busted.contains(trade);
    let of_owned = |trade: &&u64| trades[*trade].0.is_some_and(|buy| buy.issue == NWPREF);
    let transfer = trades.keys().filter(is_final).find(of_owned).or(trades.keys().find(is_final));
    let transfer = *transfer.ok_or("no trade is final")?;
    let refusal = *busted.first().ok_or("no trade was refused")?;
    let asked = [
        Proven::Balance(InvestorId(OWNER), asset(What::Units(NWPREF))),
        Proven::Trade(transfer),
        Proven::Trade(refusal),
        Proven::NonOwnership(InvestorId(OUTSIDER), asset(What::Units(HARBOR))),
    ];
    let trust = stage.ask_ledger(LedgerAsk::Trust { days: 30 })?;
    let trust = trust["trust"].as_str().ok_or("the venue's answer holds no trust file")?;
    let path = stage.place.proof(TRUST);
    let folder = path.parent().expect("it lies in a folder");
    fs::create_dir_all(folder).map_err(|e| format!("{} can't be made: {e}", folder.display()))?;
    write(&path, trust.as_bytes())?;
    for (kind, asked) in KINDS.into_iter().zip(asked) {
        write(&stage.place.proof(kind.file), &stage.prove(asked)?)?;
    }
    Ok(())
}

/// Verifies the files, and tries what must not pass: changed bytes, and more operators than there are.
pub fn check(place: &Place) -> Result<(Vec<Check>, Vec<Verified>), Failure> {
    let now = Clock::System.now();
    let trust = Trust::parse(&read(&place.proof(TRUST))?)?;
    let (mut verified, mut wrong, mut believed, mut alone) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut changed = 0;
    for kind in KINDS {
        let mut proof = read(&place.proof(kind.file))?;
        match verify(&proof, &trust, now, None) {
            Ok(finding) => verified.push(Verified { kind, bytes: proof.len(), finding }),
            Err(error) => wrong.push(format!("{}: {error}", kind.what)),
        }
        if verify(&proof, &trust, now, Some(2)).is_ok() {
            alone.push(format!("{}: one operator passes for two", kind.what));
        }
        // Some everywhere; a test of the ledger tries them all.
        for at in (0..proof.len()).step_by(proof.len() / 100 + 1) {
            proof[at] ^= 1;
            changed += 1;
            if verify(&proof, &trust, now, None).is_ok() {
                believed.push(format!("{}: byte {at} can be changed", kind.what));
            }
            proof[at] ^= 1;
        }
    }
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.what).collect();
    let checks = vec![
        Check::new("proofs are verified without venue and network", names.join(", "), wrong),
        Check::new("a proof with a changed byte proves nothing", format!("{changed} tried"), believed),
        Check::new("four keys of one operator do not pass for two", "refused, as must be".into(), alone),
    ];
    Ok((checks, verified))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(fs::read(path).map_err(|e| format!("{} can't be read: {e}", path.display()))?)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    Ok(fs::write(path, bytes).map_err(|e| format!("{} can't be written: {e}", path.display()))?)
}
