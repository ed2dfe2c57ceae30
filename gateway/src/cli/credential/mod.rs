//! `tallystick credential`: W3C verifiable credentials in, as claims on the ledger, and out, from what it knows.

mod give;
mod show;
mod take;

use super::{Failure, serve};
use crate::admin::client::Operator;
use crate::admin::protocol::Ask;
use crate::admin::specs::time_of;
use crate::settlement::desk::{LedgerAsk, Shown};
use clap::Subcommand;
use serde_json::Value;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use tallystick_credentials::{Did, StatusList};
use tallystick_engine::rules::{Standing, Topic};
use tallystick_engine::types::InvestorId;
use tallystick_ledger::claim::Claim;
use tallystick_ledger::keys::PublicKey;

/// What one sees below the options.
const MORE: &str = "\
A claim issuer says in a file whose credentials it relies upon, and for what:

  [[credential]]
  issuer = \"did:key:z6Mk…\"                 # `tallystick credential did KEY` tells it
  type = \"AccreditedInvestorCredential\"    # a type of the credential, beside VerifiableCredential
  topic = \"accredited\"                     # what it tells the ledger
  longest_days = 90                        # counts no longer than this

An investor brings a credential, as a JWT or an SD-JWT, in a file, or on standard input where the file is `-`:

  tallystick credential show ann.vc
  tallystick credential verify ann.vc --trust trusted.toml --person 7
  tallystick credential attest ann.vc --trust trusted.toml --person 7 --key kyc.key
  tallystick ledger show person 7

What the ledger knows of a person, as a credential that others can read, and what its holder shows of it:

  tallystick credential issue --person 7 --key agent.key --form sd-jwt --out ann.sd-jwt
  tallystick credential disclose ann.sd-jwt accredited

docs/identity.md says what each topic is, and what to do about each fault.";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE)]
pub struct Args {
    /// The data directory of the running venue, for what asks the ledger.
    #[arg(long, value_name = "DIR", default_value = "tallystick-data", global = true)]
    data: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what a credential says, and check that its issuer has signed it. Whether to rely on the issuer is not asked.
    Show {
        /// The credential; `-` for standard input.
        file: PathBuf,
    },
    /// Check a credential as a claim issuer does, and print the claims that it leads to. Fails, and says why, if it leads
    /// to none.
    Verify(take::VerifyArgs),
    /// Check a credential, sign the claims that it leads to, and hand them in: each keeps the credential's hash.
    Attest(take::AttestArgs),
    /// Issue a credential of what the ledger knows of a person.
    Issue(give::IssueArgs),
    /// As a holder: of an SD-JWT show only what has these names.
    Disclose {
        /// The SD-JWT; `-` for standard input.
        file: PathBuf,
        /// The names of what is to be seen, such as accredited; nothing if left out.
        names: Vec<String>,
    },
    /// Publish a status list, by which credentials are taken back: a new one, or an old one with other bits.
    StatusList(give::StatusListArgs),
    /// Tell the decentralized identifier of a key, or of a person on the ledger.
    Did {
        /// A key file, or a public key as 64 hexadecimal digits.
        #[arg(required_unless_present = "person")]
        key: Option<String>,
        /// A person's number on the ledger.
        #[arg(long, value_name = "N", conflicts_with = "key")]
        person: Option<u32>,
    },
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let data = args.data;
    match args.what {
        What::Show { file } => show::show(&file),
        What::Verify(args) => take::verify(&data, &args),
        What::Attest(args) => take::attest(&data, &args),
        What::Issue(args) => give::issue(&data, &args),
        What::Disclose { file, names } => give::disclose(&file, &names),
        What::StatusList(args) => give::status_list(&args),
        What::Did { key, person } => {
            let key = match (key, person) {
                (Some(key), _) => public_key(&key)?,
                (None, person) => {
                    let person = person.expect("the command line asks for one");
                    Known::of(&mut connect(&data)?, person)?.key
                }
            };
            println!("{}", Did::of(key));
            Ok(())
        }
    }
}

fn public_key(text: &str) -> Result<PublicKey, Failure> {
    match serde_json::from_value::<PublicKey>(text.into()) {
        Ok(key) if key.is_usable() => Ok(key),
        Ok(_) => Err(format!("{text} is no ed25519 public key").into()),
        Err(_) => Ok(tallystick_network::key_file::load(Path::new(text))?.public()),
    }
}

fn connect(data: &Path) -> Result<Operator, Failure> {
    Ok(Operator::connect(&serve::socket(data))?)
}

/// What the ledger knows of a person.
struct Known {
    key: PublicKey,
    standing: Standing,
    claims: Vec<Claim>,
}

impl Known {
    fn of(operator: &mut Operator, person: u32) -> Result<Known, Failure> {
        let about = LedgerAsk::Show(Shown::Person(InvestorId(person)));
        let shown: Value = operator.ask(&Ask::Ledger { about })?;
        let claims = shown["claims"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Known {
            key: serde_json::from_value(shown["key"].clone())?,
            standing: serde_json::from_value(shown["standing"].clone())?,
            claims: claims.iter().map(claim).collect::<Result<_, Failure>>()?,
        })
    }

    fn did(&self) -> Did {
        Did::of(self.key)
    }
}

/// A claim as the venue shows it.
fn claim(shown: &Value) -> Result<Claim, Failure> {
    let time = |name: &str| {
        let text = shown[name].as_str().unwrap_or_default();
        time_of(text).ok_or_else(|| format!("the venue shows a claim with the moment {text:?}"))
    };
    Ok(Claim {
        value: serde_json::from_value(shown["claim"].clone())?,
        issued: time("issued")?,
        expires: time("expires")?,
        evidence: serde_json::from_value(shown["evidence"].clone())?,
    })
}

/// A topic by its name, as it stands in claims and mappings.
fn topic(text: &str) -> Result<Topic, String> {
    let name = |topic: &Topic| serde_json::json!(topic).as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = Topic::ALL.iter().map(name).collect();
    let found = Topic::ALL.into_iter().zip(&names).find(|(_, name)| *name == text);
    found.map(|(topic, _)| topic).ok_or_else(|| format!("one of {}", names.join(", ")))
}

/// The text of a file, or of standard input, up to a little more than anything that is understood.
fn read(file: &Path) -> Result<String, Failure> {
    const MOST: u64 = StatusList::LONGEST as u64 + 1;
    let name = if file == Path::new("-") { "standard input".into() } else { file.display().to_string() };
    let failed = |e: std::io::Error| format!("{name} can't be read: {e}");
    let mut text = String::new();
    if file == Path::new("-") {
        if std::io::stdin().is_terminal() {
            eprintln!("paste the credential, then press Ctrl-D");
        }
        std::io::stdin().take(MOST).read_to_string(&mut text).map_err(failed)?;
    } else {
        std::fs::File::open(file).map_err(failed)?.take(MOST).read_to_string(&mut text).map_err(failed)?;
    }
    if text.trim().is_empty() {
        return Err(format!("{name} is empty; a JWT or an SD-JWT is wanted").into());
    }
    Ok(text)
}
