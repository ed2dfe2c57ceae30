//! Credentials in: verified, and made into claims on the ledger.

use super::super::Failure;
use super::super::ledger::act;
use super::Known;
use crate::admin::client::Operator;
use crate::admin::specs::timestamp;
use crate::clock::Clock;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tallystick_credentials::{Asked, Credential, Mapping};
use tallystick_engine::rules::Topic;
use tallystick_engine::types::{InvestorId, Time};
use tallystick_ledger::claim::Claim;
use tallystick_ledger::instruction::Operation;
use tallystick_network::key_file;

/// A credential, and what is known for judging it.
#[derive(Debug, clap::Args)]
pub struct Brought {
    /// The credential, a JWT or an SD-JWT; `-` for standard input.
    file: PathBuf,
    /// Whose credentials are relied upon, and for what: `[[credential]]` with `issuer`, `type`, `topic`, and if need be
    /// `value` and `longest_days`.
    #[arg(long, value_name = "FILE")]
    trust: PathBuf,
    /// Only what it says on this topic; it must say something on it.
    #[arg(long, value_name = "TOPIC", value_parser = super::topic)]
    topic: Option<Topic>,
    /// A status list that the credential names, fetched from its address; more than one where it names more.
    #[arg(long, value_name = "ADDRESS=FILE", value_parser = listed)]
    status_list: Vec<(String, PathBuf)>,
    /// Another person whom the credential names as owner or group: its number, or DID=NUMBER where the credential has
    /// another identifier than its key's.
    #[arg(long, value_name = "N", value_parser = known)]
    known: Vec<(Option<String>, u32)>,
}

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    brought: Brought,
    /// About which person on the ledger it must be: its number.
    #[arg(long, value_name = "N", required_unless_present = "subject")]
    person: Option<u32>,
    /// About whom it must be, by decentralized identifier.
    #[arg(long, value_name = "DID", conflicts_with = "person")]
    subject: Option<String>,
    /// Check as of this time (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
}

/// Arguments of `attest`.
#[derive(Debug, clap::Args)]
pub struct AttestArgs {
    #[command(flatten)]
    brought: Brought,
    /// The person on the ledger that the claims are to be about: its number.
    #[arg(long, value_name = "N")]
    person: u32,
    /// The identifier that the credential has for that person, where it is not the key's on the ledger and you have found
    /// it to be the person's own.
    #[arg(long, value_name = "DID")]
    subject: Option<String>,
    /// The claim issuer's key file.
    #[arg(long, value_name = "FILE", required_unless_present = "print")]
    key: Option<PathBuf>,
    /// Sign and hand in nothing: print the instructions, one a line, for `tallystick ledger sign` where the key is.
    #[arg(long, conflicts_with = "key")]
    print: bool,
}

/// Prints the claims that a credential leads to.
pub fn verify(data: &Path, args: &VerifyArgs) -> Result<(), Failure> {
    let now = match args.at {
        Some(at) => Time(u64::try_from(at.as_nanosecond()).map_err(|_| "--at must lie after 1970")?),
        None => Clock::System.now(),
    };
    let papers = args.brought.read()?;
    let mut operator = None;
    let subject = match (&args.subject, args.person) {
        (Some(subject), _) => subject.clone(),
        (None, person) => {
            let person = person.expect("the command line asks for one");
            Known::of(line(&mut operator, data)?, person)?.did().to_string()
        }
    };
    let (credential, claims) = args.brought.judge(&papers, data, &mut operator, &subject, now)?;
    let shown = |claim: &Claim| {
        json!({
            "claim": claim.value,
            "issued": timestamp(claim.issued),
            "expires": timestamp(claim.expires),
            "evidence": claim.evidence,
        })
    };
    let found = json!({
        "issuer": credential.issuer.to_string(),
        "subject": subject,
        "claims": claims.iter().map(shown).collect::<Vec<_>>(),
    });
    println!("{}", serde_json::to_string_pretty(&found)?);
    Ok(())
}

/// Signs the claims that a credential leads to, and hands them in.
pub fn attest(data: &Path, args: &AttestArgs) -> Result<(), Failure> {
    // What is wrong with the key is told before anything else.
    let key = args.key.as_deref().map(key_file::load).transpose()?;
    let papers = args.brought.read()?;
    let mut operator = Some(super::connect(data)?);
    let known = Known::of(line(&mut operator, data)?, args.person)?;
    let subject = args.subject.clone().unwrap_or_else(|| known.did().to_string());
    let (_, claims) = args.brought.judge(&papers, data, &mut operator, &subject, Clock::System.now())?;
    let investor = InvestorId(args.person);
    let operations = claims.into_iter().map(|claim| Operation::Attest { investor, claim });
    match key {
        Some(key) => act::hand_in_all(line(&mut operator, data)?, operations.collect(), &[&key]),
        None => {
            for operation in operations {
                println!("{}", serde_json::to_string(&operation)?);
            }
            Ok(())
        }
    }
}

/// What stands in the files that were brought.
struct Papers {
    credential: String,
    mapping: Mapping,
    /// By their addresses.
    status_lists: BTreeMap<String, String>,
}

impl Brought {
    /// Reads the files: what is wrong with one of them is told before the venue is asked for anything.
    fn read(&self) -> Result<Papers, Failure> {
        let trust = self.trust.display();
        let mapping = std::fs::read_to_string(&self.trust).map_err(|e| {
            format!("{trust} can't be read ({e}); `tallystick credential --help` shows what stands in it")
        })?;
        let mapping = Mapping::from_toml(&mapping).map_err(|e| format!("{trust}: {e}"))?;
        let mut status_lists = BTreeMap::new();
        for (address, file) in &self.status_list {
            status_lists.insert(address.clone(), super::read(file)?);
        }
        Ok(Papers { credential: super::read(&self.file)?, mapping, status_lists })
    }

    /// The credential, and the claims that it leads to; or what is wrong with it.
    fn judge(
        &self,
        papers: &Papers,
        data: &Path,
        operator: &mut Option<Operator>,
        subject: &str,
        now: Time,
    ) -> Result<(Credential, Vec<Claim>), Failure> {
        let mut persons = BTreeMap::new();
        for (did, number) in &self.known {
            let did = match did {
                Some(did) => did.clone(),
                None => Known::of(line(operator, data)?, *number)?.did().to_string(),
            };
            persons.insert(did, InvestorId(*number));
        }
        let Papers { credential, mapping, status_lists } = papers;
        let asked = Asked { now, subject, status_lists, persons: &persons, topic: self.topic };
        let claims = mapping.claims(credential, &asked)?;
        Ok((Credential::read(credential, |_| true)?, claims))
    }
}

/// The line to the venue, made when it is first needed.
fn line<'a>(operator: &'a mut Option<Operator>, data: &Path) -> Result<&'a mut Operator, Failure> {
    if operator.is_none() {
        *operator = Some(super::connect(data)?);
    }
    Ok(operator.as_mut().expect("it was made"))
}

fn listed(text: &str) -> Result<(String, PathBuf), String> {
    // An address may have a sign of equality in it, a file hardly.
    let (address, file) =
        text.rsplit_once('=').ok_or("the address as the credential has it, =, and the file")?;
    Ok((address.into(), file.into()))
}

fn known(text: &str) -> Result<(Option<String>, u32), String> {
    let (did, number) = match text.rsplit_once('=') {
        Some((did, number)) => (Some(did.to_owned()), number),
        None => (None, text),
    };
    let number = number.parse().map_err(|_| "a person's number on the ledger, or DID=NUMBER")?;
    Ok((did, number))
}
