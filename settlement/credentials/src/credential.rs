//! A credential: read, and its signature verified.

use crate::did::Did;
use crate::disclosure::disclosed;
use crate::error::{Error, malformed};
use crate::jws::{self, Object};
use crate::status::StatusEntry;
use jiff::Timestamp;
use serde_json::Value;
use tallystick_ledger::names::Hash;
use tallystick_rules::Time;

/// A credential whose issuer has signed it. Whether it counts now, and about whom it is, are for its reader to ask.
#[derive(Clone, Debug, PartialEq)]
pub struct Credential {
    /// Who issued it.
    pub issuer: Did,
    /// What it calls itself, if it does.
    pub id: Option<String>,
    /// Its types, `VerifiableCredential` among them.
    pub types: Vec<String>,
    /// What it says of its one subject, `id` included.
    pub subject: Object,
    /// Since when it counts, if it says so.
    pub from: Option<Time>,
    /// The first moment at which it counts no longer, if it says so.
    pub until: Option<Time>,
    /// Where its issuer tells whether it still stands.
    pub status: Vec<StatusEntry>,
    /// The hash of what the issuer has signed: the evidence of claims that rest on it.
    pub hash: Hash,
}

/// The context that every credential of the data model 2.0 begins with.
pub const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
/// The type that every credential has.
pub const TYPE: &str = "VerifiableCredential";

impl Credential {
    /// The longest that is read, in bytes.
    pub const LONGEST: usize = 256 * 1_024;

    /// Reads a JWT or an SD-JWT, if its issuer is trusted, and verifies that it has signed it.
    pub fn read(text: &str, is_trusted: impl Fn(&Did) -> bool) -> Result<Credential, Error> {
        Credential::read_up_to(Credential::LONGEST, text, is_trusted)
    }

    pub(crate) fn read_up_to(
        most: usize,
        text: &str,
        is_trusted: impl Fn(&Did) -> bool,
    ) -> Result<Credential, Error> {
        let text = text.trim();
        if text.len() > most {
            return Err(Error::TooLong { bytes: text.len(), most });
        }
        let (token, typ) = match text.split_once('~') {
            Some((token, _)) => (token, "vc+sd-jwt"),
            None => (text, "vc+jwt"),
        };
        let (header, claimed) = jws::unverified(token)?;
        check_header(&header, typ)?;
        let issuer = issuer_of(&claimed)?;
        if !is_trusted(&issuer) {
            return Err(Error::UntrustedIssuer { issuer: issuer.to_string() });
        }
        if let Some(kid) = header.get("kid")
            && !matches!(kid.as_str(), Some(kid) if kid == issuer.to_string() || kid == issuer.method())
        {
            return Err(malformed(format!("its key is {kid}, which is none of {issuer}")));
        }
        let signed = jws::verified(token, &issuer)?;
        let payload = if token.len() < text.len() { disclosed(text)? } else { signed };
        Credential::of(&payload, issuer, Hash::of("tallystick 2026 credential", token.as_bytes()))
    }

    /// What is under a JSON pointer in what it says of its subject.
    pub(crate) fn value(&self, pointer: &str) -> Option<&Value> {
        // A pointer begins at a value, and what is here is an object.
        let (first, rest) = match pointer.strip_prefix('/')?.split_once('/') {
            Some((first, rest)) => (first, Some(format!("/{rest}"))),
            None => (&pointer[1..], None),
        };
        let value = self.subject.get(&first.replace("~1", "/").replace("~0", "~"))?;
        rest.map_or(Some(value), |rest| value.pointer(&rest))
    }

    fn of(payload: &Object, issuer: Did, hash: Hash) -> Result<Credential, Error> {
        if payload.contains_key("vc") {
            return Err(Error::Unsupported {
                what: "a credential of the data model 1.1 (the claim \"vc\")".into(),
            });
        }
        if strings(payload.get("@context")).first().map(String::as_str) != Some(CONTEXT) {
            return Err(malformed(format!("its first @context is not {CONTEXT}")));
        }
        // The same again, of what is disclosed: nothing may take the issuer's place.
        if issuer_of(payload)? != issuer || payload.get("iss").is_some_and(|iss| *iss != issuer.to_string()) {
            return Err(malformed("its issuer and its \"iss\" are not the same"));
        }
        let types = strings(payload.get("type"));
        if !types.iter().any(|it| it == TYPE) {
            return Err(malformed(format!("its types do not contain {TYPE}")));
        }
        let subject = subject_of(payload)?;
        if payload.get("sub").is_some_and(|sub| Some(sub) != subject.get("id")) {
            return Err(malformed("its subject and its \"sub\" are not the same"));
        }
        let begins = [date(payload, "validFrom")?, seconds(payload, "nbf")?, seconds(payload, "iat")?];
        let ends = [date(payload, "validUntil")?, seconds(payload, "exp")?];
        let (from, until) = (begins.into_iter().flatten().max(), ends.into_iter().flatten().min());
        if until.is_some_and(|until| until <= from.unwrap_or(Time(0))) {
            return Err(malformed("it ends before it begins"));
        }
        let id = payload.get("id").and_then(Value::as_str).map(str::to_owned);
        let status = StatusEntry::all(payload.get("credentialStatus"))?;
        Ok(Credential { issuer, id, types, subject, from, until, status, hash })
    }
}

/// A moment as people read it.
pub(crate) fn moment(time: Time) -> String {
    Timestamp::from_nanosecond(time.0.into()).map_or_else(|_| time.0.to_string(), |it| it.to_string())
}

fn check_header(header: &Object, typ: &str) -> Result<(), Error> {
    match header.get("alg") {
        Some(Value::String(alg)) if alg == "EdDSA" => {}
        Some(Value::String(alg)) => return Err(Error::Algorithm { alg: alg.chars().take(32).collect() }),
        _ => return Err(malformed("its header names no algorithm")),
    }
    if header.contains_key("crit") {
        return Err(Error::Unsupported {
            what: "a header with parameters that are critical (\"crit\")".into(),
        });
    }
    match header.get("typ").map(|it| it.as_str().map(|it| it.strip_prefix("application/").unwrap_or(it))) {
        None => Ok(()),
        Some(Some(it)) if it.eq_ignore_ascii_case(typ) => Ok(()),
        Some(it) => Err(malformed(format!("its type is {:?} where {typ:?} should be", it.unwrap_or("none")))),
    }
}

fn issuer_of(payload: &Object) -> Result<Did, Error> {
    match payload.get("issuer") {
        Some(Value::String(issuer)) => Did::parse(issuer),
        Some(Value::Object(issuer)) => match issuer.get("id") {
            Some(Value::String(issuer)) => Did::parse(issuer),
            _ => Err(malformed("its issuer has no id")),
        },
        _ => Err(malformed("it has no issuer")),
    }
}

fn subject_of(payload: &Object) -> Result<Object, Error> {
    match payload.get("credentialSubject") {
        Some(Value::Object(subject)) => Ok(subject.clone()),
        Some(Value::Array(subjects)) => match &subjects[..] {
            [Value::Object(subject)] => Ok(subject.clone()),
            _ => Err(Error::Unsupported { what: "a credential about none, or about more than one".into() }),
        },
        _ => Err(malformed("it has no credentialSubject")),
    }
}

/// One string, or those of a list.
pub(crate) fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// A moment as XML Schema's dateTimeStamp.
fn date(payload: &Object, name: &str) -> Result<Option<Time>, Error> {
    let Some(value) = payload.get(name) else { return Ok(None) };
    let moment = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let time = moment.and_then(|it| u64::try_from(it.as_nanosecond()).ok());
    time.map(|ns| Some(Time(ns)))
        .ok_or_else(|| malformed(format!("its {name} is no moment after 1970 with a time zone: {value:.64}")))
}

/// A moment as seconds since 1970 (RFC 7519, NumericDate); fractions are not read.
fn seconds(payload: &Object, name: &str) -> Result<Option<Time>, Error> {
    let Some(value) = payload.get(name) else { return Ok(None) };
    let ns = value.as_u64().and_then(|seconds| seconds.checked_mul(1_000_000_000));
    ns.map(|ns| Some(Time(ns)))
        .ok_or_else(|| malformed(format!("its {name} is no number of seconds since 1970: {value:.64}")))
}
