//! Changing the rules of a security that is issued: its amended text becomes an instruction.

use super::super::Failure;
use super::super::security::tell;
use super::act;
use super::issue::Key;
use super::look::ask;
use crate::admin::specs::timestamp;
use crate::settlement::desk::{LedgerAsk, Shown};
use crate::texts::{self, Declared};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tallystick_dsl::{Compiled, Security};
use tallystick_engine::rules::{Program, Protocol};
use tallystick_engine::types::{SecurityId, Time};
use tallystick_ledger::instruction::Operation;
use tallystick_ledger::keys::PublicKey;

/// Arguments of `amend`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Only the rules change, a horizon after the receipt: `tallystick ledger show security N` tells
from which height on. The text that the security was issued with stays on the register, by its
hash. A text that says anything else than the register, beside its rules, is refused. What is not
on the register itself (kind, names of issuer and registrar, rights) is compared with the text
that the security was issued with, if you give it.

`tallystick security diff OLD NEW --data DIR` says which open orders of a venue would be cancelled,
and what would become of crosses that await an approval.

Issuer and registrar both sign. Where both keys are here, the rules are changed. Where one of them
is only a public key, the instruction is printed, for `tallystick ledger sign` on each machine.

  tallystick ledger amend acme-amended.tally --security 3 --issued acme.tally \\
    --issuer issuer.key --registrar registrar.key")]
pub struct Args {
    /// The amended text: of the whole security, or a list of its rules.
    text: PathBuf,
    /// The number of the security on the ledger.
    #[arg(long, value_name = "N")]
    security: u32,
    /// The text that it was issued with, to see that the amended one says the same beside its rules.
    #[arg(long, value_name = "TEXT")]
    issued: Option<PathBuf>,
    /// The issuer's key file, or its public key, as 64 hexadecimal digits.
    #[arg(long, value_name = "KEY")]
    issuer: String,
    /// The registrar's, likewise.
    #[arg(long, value_name = "KEY")]
    registrar: String,
}

/// Changes the rules, or prints the instruction that does.
pub fn amend(data: &Path, args: &Args) -> Result<(), Failure> {
    let text = texts::read(&args.text)?;
    let name = args.text.display().to_string();
    let compiled = tallystick_dsl::check(&name, &text).map_err(|diagnostics| {
        tell(&diagnostics);
        "nothing was changed"
    })?;
    let protocols =
        compiled.protocols().ok_or_else(|| format!("{name} has no rules: it is no text of a security"))?;
    let (issuer, registrar) = (Key::of(&args.issuer)?, Key::of(&args.registrar)?);
    let security = SecurityId(args.security);
    let record = ask(data, LedgerAsk::Show(Shown::Security(security)))?;
    for (role, file, key) in
        [("issuer", &args.issuer, issuer.public()), ("registrar", &args.registrar, registrar.public())]
    {
        signs(&record, role, file, key)?;
    }
    if let Compiled::Security(amended) = &compiled {
        let issued = args.issued.as_deref().map(|file| of_issue(&record, file)).transpose()?;
        let differences = differences(&record, amended, issued.as_ref().map(|d| &d.security));
        if !differences.is_empty() {
            return Err(format!(
                "{name} changes more than the rules of security {security}, and nothing else can be amended:\n{}",
                differences.join("\n")
            )
            .into());
        }
    }
    if latest_rules(&record)? == Program::new(protocols.to_vec())?.protocols() {
        return Err(format!("security {security} has these rules already, or is about to").into());
    }
    let operation = Operation::Amend { security, protocols: protocols.to_vec() };
    act::hand_in_or_print(data, operation, &[issuer, registrar])
}

/// Whether a key is that of who must sign: of who stands in this field of the security's record.
pub(super) fn signs(record: &Value, field: &str, file: &str, key: PublicKey) -> Result<(), Failure> {
    let wanted = &record[field];
    let role = if field == "first_refusal" { "holder of the right of first refusal" } else { field };
    match *wanted == json!(key) {
        true => Ok(()),
        false => Err(format!(
            "{file} is not the key of the {role} of security {}: that is {}",
            record["security"],
            wanted.as_str().unwrap_or_default()
        )
        .into()),
    }
}

/// The text that a security was issued with.
fn of_issue(record: &Value, file: &Path) -> Result<Declared, Failure> {
    let text = texts::read(file)?;
    let declared = texts::security(&file.display().to_string(), &text)?;
    match record["text"] == json!(declared.hash) {
        true => Ok(declared),
        false => Err(format!(
            "{} is not the text that security {} was issued with: that has the hash {}",
            file.display(),
            record["security"],
            record["text"].as_str().unwrap_or_default()
        )
        .into()),
    }
}

/// The rules that were asked for last.
fn latest_rules(record: &Value) -> Result<Vec<Protocol>, Failure> {
    let last = record["versions"].as_array().and_then(|versions| versions.last());
    let protocols = last.ok_or("the security has no rules on the ledger")?["protocols"].clone();
    Ok(serde_json::from_value(protocols)?)
}

/// What an amended text says otherwise than the register, and than the text of its issue where that is given; a line each.
fn differences(record: &Value, amended: &Security, issued: Option<&Security>) -> Vec<String> {
    let declared = Declared { hash: texts::hash(""), security: amended.clone() };
    let nobody = PublicKey([0; 32]);
    let terms = declared.terms([nobody, nobody], None, Time(0));
    let mut said = vec![
        ("symbol", record["symbol"].clone(), json!(terms.symbol)),
        ("name", record["name"].clone(), json!(terms.name)),
        ("register of record", record["register_of_record"].clone(), json!(terms.register_of_record)),
        ("exemption", record["exemption"].clone(), json!(terms.exemption)),
        ("disclosure", record["disclosed_at_issue"].clone(), json!(terms.disclosure)),
    ];
    // Where the text does not say when the offering closed, it closed with the issue.
    if let Some(closing) = amended.closing {
        said.push(("closing", record["closing"].clone(), json!(timestamp(closing))));
    }
    let mut differences: Vec<String> = said
        .iter()
        .filter(|(_, on_register, text)| on_register != text)
        .map(|(what, on_register, text)| {
            format!("  {what}: {} on the register, {} in the text", plain(on_register), plain(text))
        })
        .collect();
    if let Some(issued) = issued {
        let of = |security: &Security| {
            let Security { class, restricted, issuer, registrar, first_refusal, closing, terms, .. } =
                security;
            let parties = [json!(issuer), json!(registrar), json!(first_refusal)];
            [json!(class), json!(restricted)].into_iter().chain(parties).chain([json!(closing), json!(terms)])
        };
        let names = ["kind", "restricted", "issuer", "registrar", "first refusal", "closing", "rights"];
        for ((what, was), is) in names.into_iter().zip(of(issued)).zip(of(amended)) {
            if was != is && !said.iter().any(|(other, ..)| *other == what) {
                differences.push(match what {
                    "rights" => "  rights: other terms than in the text of its issue".into(),
                    _ => format!("  {what}: {} when it was issued, {} in the text", plain(&was), plain(&is)),
                });
            }
        }
    }
    differences
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
