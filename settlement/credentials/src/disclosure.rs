//! What an SD-JWT discloses (RFC 9901), by the crate `sd-jwt-payload`, and what that crate leaves to its user.

use crate::error::{Error, malformed};
use crate::jws::Object;
use sd_jwt_payload::{Hasher, SHA_ALG_NAME, SdJwt};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The most disclosures that one SD-JWT may have: each may lead to another, and all are held at once.
const MOST_DISCLOSURES: usize = 128;

/// What the holder of an SD-JWT shows of it: of what it discloses only what has these names, and no key binding. Who
/// reads it sees that there is more, and not what.
pub fn present(token: &str, names: &[String]) -> Result<String, Error> {
    let (issued, _key_binding) = token
        .trim()
        .rsplit_once('~')
        .ok_or_else(|| malformed("it is no SD-JWT: whoever is shown it sees all of it"))?;
    // As anybody reads it: what would be refused later is refused now.
    disclosed(&format!("{issued}~"))?;
    let parsed = SdJwt::parse(&format!("{issued}~")).map_err(malformed)?;
    let all: Vec<&str> = parsed.disclosures().iter().filter_map(|it| it.claim_name.as_deref()).collect();
    if let Some(name) = names.iter().find(|name| !all.contains(&name.as_str())) {
        let all = if all.is_empty() { "nothing".into() } else { all.join(", ") };
        return Err(Error::NothingToDisclose { name: name.clone(), all });
    }
    let (token, _) = issued.split_once('~').unwrap_or((issued, ""));
    let shown = parsed
        .disclosures()
        .iter()
        .filter(|it| it.claim_name.as_ref().is_some_and(|name| names.contains(name)));
    Ok(shown.fold(format!("{token}~"), |text, it| format!("{text}{}~", it.as_str())))
}

/// The object that the issuer's payload and the disclosures make. The signature is not asked here.
pub(crate) fn disclosed(token: &str) -> Result<Object, Error> {
    // What follows the last tilde binds a presentation to its holder; the claim's subject is asked instead.
    let (issued, _key_binding) = token.rsplit_once('~').expect("an SD-JWT was told by its tildes");
    let token = SdJwt::parse(&format!("{issued}~")).map_err(malformed)?;
    let algorithm = token.claims()._sd_alg.as_deref().unwrap_or(SHA_ALG_NAME);
    if algorithm != SHA_ALG_NAME {
        return Err(Error::Unsupported { what: format!("the hash algorithm {algorithm:?} of an SD-JWT") });
    }
    if token.disclosures().len() > MOST_DISCLOSURES {
        return Err(malformed(format!("it has more than {MOST_DISCLOSURES} disclosures")));
    }
    let different: BTreeSet<&str> = token.disclosures().iter().map(|it| it.as_str()).collect();
    if different.len() < token.disclosures().len() {
        return Err(malformed("it has the same disclosure twice"));
    }
    let reserved = |name: &str| matches!(name, "_sd" | "...");
    if token.disclosures().iter().any(|it| it.claim_name.as_deref().is_some_and(reserved)) {
        return Err(malformed("a disclosure has a name that the format keeps for itself"));
    }
    token.into_disclosed_object(&Sha256Hasher).map_err(malformed)
}

/// SHA-256, as the format asks for it.
pub(crate) struct Sha256Hasher;

impl Hasher for Sha256Hasher {
    fn digest(&self, input: &[u8]) -> Vec<u8> {
        Sha256::digest(input).to_vec()
    }

    fn alg_name(&self) -> &str {
        SHA_ALG_NAME
    }
}
