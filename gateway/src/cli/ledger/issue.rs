//! Issuing a security: its text, and who holds it to begin with, become an instruction.

use super::super::Failure;
use super::act;
use crate::admin::specs::midnight;
use crate::clock::Clock;
use crate::texts;
use jiff::civil::Date;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use tallystick_engine::types::{AccountId, Units};
use tallystick_ledger::instruction::{Opening, Operation};
use tallystick_ledger::keys::{PublicKey, SecretKey};
use tallystick_network::key_file;

/// Arguments of `issue`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The opening register is a TOML file:

[[holder]]
account = 1
units = 500
acquired = \"2026-01-05\"   # the first day of its holding period; today if left out
# restricted = false       # what the security's text says, if left out
# paid = false             # not paid in full: no holding period begins before `tallystick ledger pay-up`

Issuer and registrar both sign. Where both keys are here, the security is issued. Where one of them
is only a public key, the instruction is printed, for `tallystick ledger sign` on each machine.")]
pub struct Args {
    /// The text that declares the security. Its hash stands on the register: a listing must have the text as it is.
    text: PathBuf,
    /// Who holds it to begin with; nobody if left out.
    #[arg(long, value_name = "FILE")]
    opening: Option<PathBuf>,
    /// The issuer's key file, or its public key, as 64 hexadecimal digits.
    #[arg(long, value_name = "KEY")]
    issuer: String,
    /// The registrar's, likewise.
    #[arg(long, value_name = "KEY")]
    registrar: String,
    /// Where the text names a holder of a right of first refusal, its key, likewise: it signs approvals later.
    #[arg(long, value_name = "KEY")]
    first_refusal: Option<String>,
}

/// Who holds it to begin with, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    #[serde(default)]
    holder: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    account: u32,
    units: u64,
    acquired: Option<Date>,
    restricted: Option<bool>,
    paid: Option<bool>,
}

/// A key to sign with, or only its public half.
pub enum Key {
    /// Whoever has it signs here.
    Here(Box<SecretKey>),
    /// Whoever has it signs elsewhere.
    Elsewhere(PublicKey),
}

impl Key {
    /// A key file, or a public key.
    pub fn of(text: &str) -> Result<Key, Failure> {
        let public = serde_json::from_value::<PublicKey>(text.into());
        Ok(match public {
            Ok(key) => Key::Elsewhere(key),
            Err(_) => Key::Here(Box::new(key_file::load(Path::new(text))?)),
        })
    }

    /// To sign with, if it is here.
    pub fn here(&self) -> Option<&SecretKey> {
        match self {
            Key::Here(key) => Some(key),
            Key::Elsewhere(_) => None,
        }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        match self {
            Key::Here(key) => key.public(),
            Key::Elsewhere(key) => *key,
        }
    }
}

/// Issues, or prints the instruction that does.
pub fn issue(data: &Path, args: &Args) -> Result<(), Failure> {
    let text = texts::read(&args.text)?;
    let declared = match texts::security(&args.text.display().to_string(), &text) {
        Ok(declared) => declared,
        Err(texts::TextError::Wrong(diagnostics)) => {
            super::super::security::tell(&diagnostics);
            return Err("nothing was issued".into());
        }
        Err(other) => return Err(other.into()),
    };
    let (issuer, registrar) = (Key::of(&args.issuer)?, Key::of(&args.registrar)?);
    let first_refusal = args.first_refusal.as_deref().map(Key::of).transpose()?.map(|key| key.public());
    match (&declared.security.first_refusal, first_refusal) {
        (Some(holder), None) => {
            return Err(format!(
                "{holder} has a right of first refusal by the text: give its key, --first-refusal"
            )
            .into());
        }
        (None, Some(_)) => {
            return Err("by the text nobody has a right of first refusal: leave --first-refusal out".into());
        }
        _ => {}
    }
    let now = Clock::System.now();
    let mut opening = Vec::new();
    let register = match &args.opening {
        Some(file) => read(file)?,
        None => Register { holder: Vec::new() },
    };
    for (n, line) in register.holder.iter().enumerate() {
        let acquired = line.acquired.map(|date| midnight("acquired", date)).transpose();
        let acquired = acquired.map_err(|e| format!("holder {}: {e}", n + 1))?.unwrap_or(now);
        let restricted = line.restricted.unwrap_or(declared.security.restricted);
        opening.push(Opening {
            account: AccountId(line.account),
            units: Units(line.units),
            acquired,
            restricted,
            paid: line.paid.unwrap_or(true),
        });
    }
    let terms = declared.terms([issuer.public(), registrar.public()], first_refusal, now);
    let operation = Operation::Issue { terms, opening };
    act::hand_in_or_print(data, operation, &[issuer, registrar])
}

fn read(file: &Path) -> Result<Register, Failure> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{} can't be read: {e}", file.display()))?;
    Ok(toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?)
}
