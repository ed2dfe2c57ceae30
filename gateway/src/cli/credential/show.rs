//! Showing a credential.

use super::super::Failure;
use crate::admin::specs::timestamp;
use crate::clock::Clock;
use serde_json::{Value, json};
use std::path::Path;
use tallystick_credentials::Credential;

/// Prints what a credential says.
pub fn show(file: &Path) -> Result<(), Failure> {
    let text = super::read(file)?;
    // Whoever signed it has the identifier that it names: that is checked, and no more.
    let credential = Credential::read(&text, |_| true)?;
    println!("{}", serde_json::to_string_pretty(&shown(&text, &credential))?);
    Ok(())
}

fn shown(text: &str, credential: &Credential) -> Value {
    let Credential { issuer, id, types, subject, from, until, status, hash } = credential;
    let now = Clock::System.now();
    let counts = from.is_none_or(|from| from <= now) && until.is_none_or(|until| now < until);
    let entry = |entry: &tallystick_credentials::StatusEntry| json!({ "purpose": entry.purpose.name(), "list": entry.list, "index": entry.index });
    json!({
        "form": if text.contains('~') { "vc+sd-jwt" } else { "vc+jwt" },
        "signed_by": issuer.to_string(),
        "id": id,
        "types": types,
        "subject": subject,
        "valid_from": from.map(timestamp),
        "valid_until": until.map(timestamp),
        "within_its_time": counts,
        "status": status.iter().map(entry).collect::<Vec<_>>(),
        "hash": hash,
    })
}
