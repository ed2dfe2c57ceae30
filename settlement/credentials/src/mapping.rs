//! What a credential means on the ledger: a claim issuer's own decision, in a file.

use crate::credential::{Credential, moment};
use crate::did::Did;
use crate::error::Error;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_ledger::claim::{Claim, ClaimValue};
use tallystick_rules::{InvestorId, Place, Time, Topic};

/// Which issuer's credentials mean which claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    entries: Vec<Entry>,
}

/// One line: a credential of this type by this issuer tells of this topic.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    issuer: Did,
    r#type: String,
    topic: Topic,
    /// Where the value stands, as a JSON pointer (RFC 6901) into `credentialSubject`.
    value: Option<String>,
    longest_days: Option<u32>,
}

/// As it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    credential: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    issuer: String,
    r#type: String,
    topic: Topic,
    value: Option<String>,
    longest_days: Option<u32>,
}

/// What is asked of a credential: about whom it should be, when, and what else is known.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What time it is.
    pub now: Time,
    /// The decentralized identifier of the person that the claims are to be about: [`Did::of`] its key on the ledger, or
    /// another that the agent has found to be its own.
    pub subject: &'a str,
    /// The status lists that were fetched, by the address that credentials name.
    pub status_lists: &'a BTreeMap<String, String>,
    /// Who is who on the ledger, for credentials that name others: owners, groups.
    pub persons: &'a BTreeMap<String, InvestorId>,
    /// The one topic that is asked about; all that the mapping has for the credential where none is.
    pub topic: Option<Topic>,
}

impl Mapping {
    /// The most lines of a mapping.
    pub const MOST: usize = 1_024;

    /// Reads a mapping, and finds what could never work.
    pub fn from_toml(text: &str) -> Result<Mapping, Error> {
        let wrong = |what: String| Error::Mapping { what };
        let file: File = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if file.credential.len() > Mapping::MOST {
            return Err(wrong(format!(
                "it has {} entries, more than {}",
                file.credential.len(),
                Mapping::MOST
            )));
        }
        let mut entries = Vec::with_capacity(file.credential.len());
        let mut seen = BTreeSet::new();
        for (place, line) in file.credential.into_iter().enumerate() {
            let wrong = |what: String| Error::Mapping { what: format!("entry {}: {what}", place + 1) };
            let entry = Entry::read(line).map_err(wrong)?;
            if !seen.insert((entry.issuer, entry.r#type.clone(), entry.topic)) {
                return Err(wrong(format!("a second meaning for {:?} of the same credential", entry.topic)));
            }
            entries.push(entry);
        }
        Ok(Mapping { entries })
    }

    /// The claims that a credential leads to, for a claim issuer to sign: as many as the mapping has topics for it. It is
    /// verified by all that it says and all that is asked: form, signature, issuer, time, subject, status, values.
    pub fn claims(&self, credential: &str, asked: &Asked) -> Result<Vec<Claim>, Error> {
        let is_trusted = |issuer: &Did| self.entries.iter().any(|entry| entry.issuer == *issuer);
        let credential = Credential::read(credential, is_trusted)?;
        let asked_for = |entry: &&Entry| {
            entry.issuer == credential.issuer && asked.topic.is_none_or(|topic| topic == entry.topic)
        };
        if let Some(topic) = asked.topic.filter(|_| !self.entries.iter().any(|entry| asked_for(&entry))) {
            return Err(Error::UntrustedTopic { issuer: credential.issuer.to_string(), topic });
        }
        let has_type = |entry: &&Entry| credential.types.contains(&entry.r#type);
        let entries: Vec<&Entry> = self.entries.iter().filter(asked_for).filter(has_type).collect();
        if entries.is_empty() {
            let issuer = credential.issuer.to_string();
            return Err(Error::UnknownType { issuer, types: credential.types.join(", ") });
        }
        let found = credential.subject.get("id").and_then(Value::as_str).unwrap_or("nobody in particular");
        if found != asked.subject {
            return Err(Error::WrongSubject { found: found.to_owned(), asked: asked.subject.to_owned() });
        }
        if let Some(from) = credential.from.filter(|from| asked.now < *from) {
            return Err(Error::NotYetValid { from: moment(from), now: moment(asked.now) });
        }
        if let Some(until) = credential.until.filter(|until| *until <= asked.now) {
            return Err(Error::Expired { until: moment(until), now: moment(asked.now) });
        }
        for entry in &credential.status {
            entry.check(asked.status_lists.get(&entry.list), &credential.issuer, asked.now)?;
        }
        entries.into_iter().map(|entry| entry.claim(&credential, asked)).collect()
    }
}

impl Entry {
    fn read(line: Line) -> Result<Entry, String> {
        let Line { issuer, r#type, topic, value, longest_days } = line;
        let issuer = Did::parse(&issuer).map_err(|error| error.to_string())?;
        if r#type.is_empty() || r#type == crate::credential::TYPE {
            return Err("type must be one that tells this credential from others".into());
        }
        if value.as_ref().is_some_and(|pointer| !pointer.starts_with('/')) {
            return Err("value must be a JSON pointer into credentialSubject, as \"/address/country\"".into());
        }
        if value.is_none() && !is_yes_or_no(topic) {
            return Err(format!("{topic:?} needs value: a JSON pointer to it, as \"/address/country\""));
        }
        if longest_days == Some(0) {
            return Err("longest_days must be at least 1".into());
        }
        Ok(Entry { issuer, r#type, topic, value, longest_days })
    }

    fn claim(&self, credential: &Credential, asked: &Asked) -> Result<Claim, Error> {
        let value = self.value_of(credential, asked)?;
        if let Some((what, within)) = value.flaw() {
            return Err(self.wrong(format!("{what} must be {within}")));
        }
        let issued = credential.from.unwrap_or(asked.now);
        let longest = self
            .longest_days
            .map(|days| Time(issued.0.saturating_add(u64::from(days).saturating_mul(Time::DAY_NS))));
        let expires = credential.until.into_iter().chain(longest).min().ok_or(Error::NoEnd)?;
        if expires <= asked.now {
            return Err(Error::Expired { until: moment(expires), now: moment(asked.now) });
        }
        Ok(Claim { value, issued, expires, evidence: Some(credential.hash) })
    }

    fn value_of(&self, credential: &Credential, asked: &Asked) -> Result<ClaimValue, Error> {
        let value = match &self.value {
            None => &Value::Bool(true),
            Some(pointer) => credential.value(pointer).ok_or_else(|| {
                self.wrong(format!("there is nothing at {pointer}, or it is not disclosed"))
            })?,
        };
        let number = |value: &Value| {
            let number = value.as_u64().and_then(|number| u16::try_from(number).ok());
            number.ok_or_else(|| self.wrong(format!("{value:.64} is no whole number up to 65535")))
        };
        let person = |value: Option<&Value>| {
            let did = value.and_then(Value::as_str).ok_or_else(|| self.wrong("a person has no id".into()))?;
            let known = asked.persons.get(did).copied();
            known.ok_or_else(|| self.wrong(format!("{did:.128} is nobody that is known on the ledger")))
        };
        Ok(match self.topic {
            Topic::Residence => {
                let place = value.as_str().and_then(Place::new);
                let expected = "is no place by ISO 3166, as \"US\" or \"US-NY\"";
                ClaimValue::ResidentOf(place.ok_or_else(|| self.wrong(format!("{value:.64} {expected}")))?)
            }
            Topic::BenefitPlan => ClaimValue::BenefitPlan(number(value)?),
            Topic::Fund => ClaimValue::Fund(number(value)?),
            Topic::Group => ClaimValue::Group(person(Some(value))?),
            Topic::Owners => {
                let all = value.as_array().ok_or_else(|| self.wrong("it is no list of owners".into()))?;
                let owner = |it: &Value| Ok((person(it.get("id"))?, number(&it["bps"])?));
                let mut owners = all.iter().map(owner).collect::<Result<Vec<_>, Error>>()?;
                owners.sort_unstable();
                ClaimValue::Owners(owners)
            }
            Topic::Verified => self.yes(value, ClaimValue::Verified)?,
            Topic::Accredited => self.yes(value, ClaimValue::Accredited)?,
            Topic::QualifiedInstitutionalBuyer => self.yes(value, ClaimValue::QualifiedInstitutionalBuyer)?,
            Topic::QualifiedPurchaser => self.yes(value, ClaimValue::QualifiedPurchaser)?,
            Topic::NonUsPerson => self.yes(value, ClaimValue::NonUsPerson)?,
            Topic::Screened => self.yes(value, ClaimValue::Screened)?,
            Topic::GoodActor => self.yes(value, ClaimValue::GoodActor)?,
        })
    }

    /// The claim, if what stands there is `true` and nothing else.
    fn yes(&self, value: &Value, claim: ClaimValue) -> Result<ClaimValue, Error> {
        match value {
            Value::Bool(true) => Ok(claim),
            other => Err(self.wrong(format!("it says {other:.64}, not true"))),
        }
    }

    fn wrong(&self, what: String) -> Error {
        Error::Value { topic: self.topic, what }
    }
}

fn is_yes_or_no(topic: Topic) -> bool {
    !matches!(topic, Topic::Residence | Topic::BenefitPlan | Topic::Fund | Topic::Group | Topic::Owners)
}
