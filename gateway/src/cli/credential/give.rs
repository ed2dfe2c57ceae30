//! Credentials out: issued from what the ledger knows, shown in part, taken back.

use super::super::Failure;
use super::Known;
use crate::clock::Clock;
use clap::ValueEnum;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tallystick_credentials::{Form, Issuer, Purpose, Statement, StatusEntry, StatusList};
use tallystick_engine::rules::{Standing, Topic};
use tallystick_engine::types::{Days, InvestorId};
use tallystick_ledger::claim::{Claim, ClaimValue};
use tallystick_network::key_file;

/// Arguments of `issue`.
#[derive(Debug, clap::Args)]
pub struct IssueArgs {
    /// The person on the ledger: its number.
    #[arg(long, value_name = "N")]
    person: u32,
    /// Your key file: its did:key is the credential's issuer.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// How it is secured.
    #[arg(long, value_name = "jwt|sd-jwt", default_value = "jwt")]
    form: Secured,
    /// Only what the ledger knows on this topic; more than one where it is to say more.
    #[arg(long, value_name = "TOPIC", value_parser = super::topic)]
    topic: Vec<Topic>,
    /// The person's identifier in the credential, where it is to have another than its key's.
    #[arg(long, value_name = "DID")]
    subject: Option<String>,
    /// The address of the status list that will tell whether it is taken back.
    #[arg(long, value_name = "ADDRESS", requires = "index")]
    status_list: Option<String>,
    /// Its bit in that list, which no other credential has.
    #[arg(long, value_name = "N", requires = "status_list")]
    index: Option<u64>,
    /// What that list is of.
    #[arg(long, value_name = "PURPOSE", default_value = "revocation", requires = "status_list")]
    purpose: Why,
    /// The file; standard output if left out. It is never written over.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Arguments of `status-list`.
#[derive(Debug, clap::Args)]
pub struct StatusListArgs {
    /// The file of the list: if it is there, its bits are kept, and it is written over.
    file: PathBuf,
    /// The address that it is published at, as credentials name it.
    #[arg(long, value_name = "ADDRESS")]
    url: String,
    /// The key file of the credentials' issuer.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Of a new list: what a set bit means.
    #[arg(long, value_name = "PURPOSE", default_value = "revocation")]
    purpose: Why,
    /// A credential to be taken back: its index.
    #[arg(long, value_name = "N")]
    set: Vec<u64>,
    /// A credential that counts again: its index.
    #[arg(long, value_name = "N")]
    clear: Vec<u64>,
    /// For how many days whoever has fetched it may rely on it.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Secured {
    /// Whoever is shown it sees all of it.
    Jwt,
    /// Its holder shows what it wants to, claim by claim.
    SdJwt,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Why {
    /// Taken back for good.
    Revocation,
    /// Does not count for now.
    Suspension,
}

impl Why {
    fn purpose(self) -> Purpose {
        match self {
            Why::Revocation => Purpose::Revocation,
            Why::Suspension => Purpose::Suspension,
        }
    }
}

/// Issues a credential about a person.
pub fn issue(data: &Path, args: &IssueArgs) -> Result<(), Failure> {
    let issuer = Issuer::from_seed(*key_file::seed(&args.key)?);
    let mut operator = super::connect(data)?;
    let known = Known::of(&mut operator, args.person)?;
    if known.standing == Standing::Suspended {
        return Err(format!("person {} is suspended: nothing is said of it", args.person).into());
    }
    let is_asked = |claim: &&Claim| args.topic.is_empty() || args.topic.contains(&claim.value.topic());
    let claims: Vec<Claim> = known.claims.iter().filter(is_asked).cloned().collect();
    let mut persons = BTreeMap::new();
    for other in claims.iter().flat_map(named) {
        persons.insert(other, Known::of(&mut operator, other.0)?.did().to_string());
    }
    let subject = args.subject.clone().unwrap_or_else(|| known.did().to_string());
    let status = args.status_list.clone().zip(args.index);
    let status = status.map(|(list, index)| StatusEntry { purpose: args.purpose.purpose(), list, index });
    let chain = super::super::ledger::act::running(&mut operator)?.0;
    let statement = Statement {
        chain,
        subject: &subject,
        claims: &claims,
        persons: &persons,
        now: Clock::System.now(),
        status: status.as_ref(),
    };
    let form = match args.form {
        Secured::Jwt => Form::Jwt,
        Secured::SdJwt => Form::SdJwt,
    };
    let text = issuer.about(&statement, form)?;
    let Some(out) = &args.out else {
        println!("{text}");
        return Ok(());
    };
    let failed = |e: std::io::Error| format!("{} can't be written: {e}", out.display());
    let mut file = std::fs::File::create_new(out).map_err(failed)?;
    file.write_all(format!("{text}\n").as_bytes()).map_err(failed)?;
    println!("{}: issued by {}", out.display(), issuer.did());
    Ok(())
}

/// Whom a claim names.
fn named(claim: &Claim) -> Vec<InvestorId> {
    match &claim.value {
        ClaimValue::Group(group) => vec![*group],
        ClaimValue::Owners(owners) => owners.iter().map(|(owner, _)| *owner).collect(),
        _ => Vec::new(),
    }
}

/// Prints an SD-JWT that shows what has these names.
pub fn disclose(file: &Path, names: &[String]) -> Result<(), Failure> {
    println!("{}", tallystick_credentials::present(&super::read(file)?, names)?);
    Ok(())
}

/// Writes a status list.
pub fn status_list(args: &StatusListArgs) -> Result<(), Failure> {
    let issuer = Issuer::from_seed(*key_file::seed(&args.key)?);
    let name = args.file.display();
    let mut list = match args.file.exists() {
        true => StatusList::read(&super::read(&args.file)?, &args.url, &issuer.did())
            .map_err(|e| format!("{name}: {e}"))?,
        false => StatusList::new(args.purpose.purpose(), StatusList::FEWEST),
    };
    for (indices, to) in [(&args.set, true), (&args.clear, false)] {
        if let Some(index) = indices.iter().find(|index| !list.set(**index, to)) {
            return Err(format!("{name}: it has {} bits, and none of number {index}", list.len()).into());
        }
    }
    let now = Clock::System.now();
    let text = issuer.status_list(&list, &args.url, now, now.plus(Days(args.days)))?;
    // Written beside and put in its place: never half a list.
    let beside = args.file.with_extension("new");
    std::fs::write(&beside, format!("{text}\n"))
        .and_then(|()| std::fs::rename(&beside, &args.file))
        .map_err(|e| format!("{name} can't be written: {e}"))?;
    let purpose = list.purpose().name();
    println!(
        "{name}: {} of {} bits are set, of {purpose}; publish it at {}",
        list.count_set(),
        list.len(),
        args.url
    );
    Ok(())
}
