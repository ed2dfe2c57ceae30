//! Whether a credential was revoked: Bitstring Status List 1.0 (W3C, 2025-05-15). A list has a bit for each credential; it
//! is itself a credential of the same issuer.

use crate::credential::{Credential, moment, strings};
use crate::did::Did;
use crate::error::{Error, malformed};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use multibase::Base;
use serde_json::{Value, json};
use std::io::{Read, Write};
use tallystick_rules::Time;

/// What a set bit means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The credential is void for good.
    Revocation,
    /// The credential does not count until the bit is cleared.
    Suspension,
}

impl Purpose {
    /// Its name in lists and credentials.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Revocation => "revocation",
            Purpose::Suspension => "suspension",
        }
    }

    fn state(self) -> &'static str {
        match self {
            Purpose::Revocation => "revoked",
            Purpose::Suspension => "suspended",
        }
    }
}

/// Where it is told whether a credential still stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusEntry {
    /// What a set bit means.
    pub purpose: Purpose,
    /// The list: what its credential is published as.
    pub list: String,
    /// The credential's bit in it.
    pub index: u64,
}

/// A status list. Bit 0 is the highest of the first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    purpose: Purpose,
    bits: Vec<u8>,
}

impl StatusEntry {
    /// The entries of a credential's `credentialStatus`. Those with another purpose, which take nothing back, are left
    /// out; another kind of status is refused, since nobody would look at it.
    pub(crate) fn all(value: Option<&Value>) -> Result<Vec<StatusEntry>, Error> {
        let entries = match value {
            None => return Ok(Vec::new()),
            Some(Value::Array(entries)) => &entries[..],
            Some(entry) => std::slice::from_ref(entry),
        };
        if entries.len() > 8 {
            return Err(malformed("it has more than 8 entries of status"));
        }
        let read = entries.iter().map(StatusEntry::read).collect::<Result<Vec<_>, Error>>()?;
        Ok(read.into_iter().flatten().collect())
    }

    fn read(entry: &Value) -> Result<Option<StatusEntry>, Error> {
        if !strings(entry.get("type")).iter().any(|it| it == "BitstringStatusListEntry") {
            let what = "a credentialStatus other than BitstringStatusListEntry".into();
            return Err(Error::Unsupported { what });
        }
        let purpose = match entry.get("statusPurpose").and_then(Value::as_str) {
            Some("revocation") => Purpose::Revocation,
            Some("suspension") => Purpose::Suspension,
            Some(_) => return Ok(None),
            None => return Err(malformed("its credentialStatus has no statusPurpose")),
        };
        if entry.get("statusSize").is_some_and(|size| *size != 1) {
            return Err(Error::Unsupported { what: "a status of more than one bit".into() });
        }
        let index = match entry.get("statusListIndex") {
            Some(Value::String(text)) => text.parse().ok(),
            Some(number) => number.as_u64(),
            None => None,
        };
        let list = entry.get("statusListCredential").and_then(Value::as_str);
        match (index, list) {
            (Some(index), Some(list)) => Ok(Some(StatusEntry { purpose, list: list.to_owned(), index })),
            _ => Err(malformed("its credentialStatus has no statusListIndex or no statusListCredential")),
        }
    }

    /// As it stands in a credential.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "type": "BitstringStatusListEntry",
            "statusPurpose": self.purpose.name(),
            "statusListIndex": self.index.to_string(),
            "statusListCredential": self.list,
        })
    }

    /// Asks the list, which was handed in as `text`, whether the credential of this issuer stands.
    pub(crate) fn check(&self, text: Option<&String>, issuer: &Did, now: Time) -> Result<(), Error> {
        let url = || self.list.clone();
        let bad = |why: String| Error::StatusList { url: self.list.clone(), why };
        let text = text.ok_or_else(|| Error::StatusListMissing { url: url() })?;
        let credential = Credential::read_up_to(StatusList::LONGEST, text, |it| it == issuer);
        let credential = credential.map_err(|error| match error {
            Error::UntrustedIssuer { issuer } => {
                bad(format!("{issuer} has issued it, not the credential's issuer"))
            }
            error => bad(error.to_string()),
        })?;
        if credential.id.as_ref().is_some_and(|id| *id != self.list) {
            return Err(bad("it is published as another".into()));
        }
        if let Some(until) = credential.until.filter(|until| *until <= now) {
            return Err(bad(format!("it was valid until {}; fetch it again", moment(until))));
        }
        if let Some(from) = credential.from.filter(|from| now < *from) {
            return Err(bad(format!("it is valid from {} on", moment(from))));
        }
        let list = StatusList::of(&credential, self.purpose).map_err(bad)?;
        match list.is_set(self.index) {
            Some(false) => Ok(()),
            Some(true) => Err(Error::Revoked { state: self.purpose.state(), url: url() }),
            None => Err(bad(format!("it has {} bits, and none of number {}", list.len(), self.index))),
        }
    }
}

impl StatusList {
    /// The fewest bits of a list, so that nobody can tell from an index whom it is about.
    pub const FEWEST: u64 = 131_072;
    /// The most bits of a list.
    pub const MOST: u64 = 1 << 25;
    /// The longest credential of a list that is read, in bytes.
    pub const LONGEST: usize = 8 << 20;

    /// The type of the credential that a list is.
    pub(crate) const TYPE: &str = "BitstringStatusListCredential";

    /// A list in which no bit is set, of at least [`StatusList::FEWEST`] and at most [`StatusList::MOST`] bits.
    pub fn new(purpose: Purpose, bits: u64) -> StatusList {
        let bits = bits.clamp(StatusList::FEWEST, StatusList::MOST).div_ceil(8);
        StatusList { purpose, bits: vec![0; bits as usize] }
    }

    /// What a set bit means.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// How many bits it has.
    pub fn len(&self) -> u64 {
        self.bits.len() as u64 * 8
    }

    /// Never: a list has bits.
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// Whether a bit is set; none if there is no such bit.
    pub fn is_set(&self, index: u64) -> Option<bool> {
        let byte = self.bits.get(usize::try_from(index / 8).ok()?)?;
        Some(byte & mask(index) != 0)
    }

    /// Sets a bit, or clears it; whether there is such a bit.
    pub fn set(&mut self, index: u64, to: bool) -> bool {
        let byte = usize::try_from(index / 8).ok().and_then(|place| self.bits.get_mut(place));
        match (byte, to) {
            (Some(byte), true) => *byte |= mask(index),
            (Some(byte), false) => *byte &= !mask(index),
            (None, _) => return false,
        }
        true
    }

    /// A list that this issuer has published under this address, whenever that was: to be published anew.
    pub fn read(text: &str, url: &str, issuer: &Did) -> Result<StatusList, Error> {
        let credential = Credential::read_up_to(StatusList::LONGEST, text, |it| it == issuer)?;
        if credential.id.as_deref() != Some(url) {
            let is = credential.id.as_deref().unwrap_or("no address");
            return Err(malformed(format!("it is the list of {is}, not of {url}")));
        }
        let named = strings(credential.subject.get("statusPurpose"));
        let purpose = [Purpose::Revocation, Purpose::Suspension]
            .into_iter()
            .find(|it| named.contains(&it.name().into()));
        let purpose =
            purpose.ok_or_else(|| malformed("it is a list neither of revocations nor of suspensions"))?;
        StatusList::of(&credential, purpose).map_err(malformed)
    }

    /// How many bits are set.
    pub fn count_set(&self) -> u64 {
        self.bits.iter().map(|byte| u64::from(byte.count_ones())).sum()
    }

    /// What a list's credential says of its subject.
    pub(crate) fn to_json(&self) -> Value {
        let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
        compressed.write_all(&self.bits).expect("writing to memory does not fail");
        let compressed = compressed.finish().expect("writing to memory does not fail");
        json!({
            "type": "BitstringStatusList",
            "statusPurpose": self.purpose.name(),
            "encodedList": multibase::encode(Base::Base64Url, compressed),
        })
    }

    /// The list of a credential whose signature is verified.
    fn of(credential: &Credential, purpose: Purpose) -> Result<StatusList, String> {
        if !credential.types.iter().any(|it| it == StatusList::TYPE) {
            return Err(format!("it is no {}", StatusList::TYPE));
        }
        let subject = &credential.subject;
        if !strings(subject.get("type")).iter().any(|it| it == "BitstringStatusList") {
            return Err("its subject is no BitstringStatusList".into());
        }
        if !strings(subject.get("statusPurpose")).iter().any(|it| it == purpose.name()) {
            return Err(format!("its purpose is not {}", purpose.name()));
        }
        let encoded = subject.get("encodedList").and_then(Value::as_str).ok_or("it has no encodedList")?;
        decode(encoded).map(|bits| StatusList { purpose, bits })
    }
}

fn decode(encoded: &str) -> Result<Vec<u8>, String> {
    let compressed = match multibase::decode(encoded) {
        Ok((Base::Base64Url, bytes)) => bytes,
        _ => return Err("its encodedList is no multibase of base64url".into()),
    };
    // A small file may hold very many bits.
    let most = StatusList::MOST / 8;
    let mut bits = Vec::new();
    let read = GzDecoder::new(&compressed[..]).take(most + 1).read_to_end(&mut bits);
    read.map_err(|error| format!("its encodedList is no GZIP: {error}"))?;
    match bits.len() as u64 * 8 {
        count if count < StatusList::FEWEST => {
            Err(format!("it has {count} bits, fewer than {}", StatusList::FEWEST))
        }
        count if count > StatusList::MOST => Err(format!("it has more than {} bits", StatusList::MOST)),
        _ => Ok(bits),
    }
}

fn mask(index: u64) -> u8 {
    0x80 >> (index % 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list of the specification's example 3: 131,072 bits, none of them set.
    const EXAMPLE: &str = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";

    #[test]
    fn the_specification_s_list_is_read() {
        assert_eq!(decode(EXAMPLE), Ok(vec![0; 16_384]));
    }

    #[test]
    fn bits_are_counted_from_the_left_and_come_back_as_they_were() {
        let mut list = StatusList::new(Purpose::Revocation, 0);
        assert_eq!(list.len(), StatusList::FEWEST);
        for index in [0, 9, StatusList::FEWEST - 1] {
            assert!(list.set(index, true));
        }
        assert!(list.set(9, false) && list.set(10, true));
        assert!(!list.set(StatusList::FEWEST, true));
        assert_eq!((list.bits[0], list.bits[1], list.bits[16_383]), (0b1000_0000, 0b0010_0000, 1));
        assert_eq!([0, 9, 10].map(|index| list.is_set(index)), [Some(true), Some(false), Some(true)]);
        assert_eq!(list.is_set(StatusList::FEWEST), None);
        let json = list.to_json();
        assert_eq!(decode(json["encodedList"].as_str().expect("text")), Ok(list.bits));
    }

    #[test]
    fn a_list_has_its_least_and_its_most_bits() {
        let encode = |bytes: usize| {
            let mut compressed = GzEncoder::new(Vec::new(), Compression::fast());
            compressed.write_all(&vec![0; bytes]).expect("memory");
            multibase::encode(Base::Base64Url, compressed.finish().expect("memory"))
        };
        let (least, most) = (16_384, (StatusList::MOST / 8) as usize);
        assert_eq!(
            [least, most].map(|bytes| decode(&encode(bytes)).map(|bits| bits.len())),
            [Ok(least), Ok(most)]
        );
        for (bytes, why) in [(least - 1, "fewer than 131072"), (most + 1, "more than 33554432")] {
            let refused = decode(&encode(bytes)).expect_err(why);
            assert!(refused.contains(why), "{refused}");
        }
        for encoded in ["", "z6Mk", "uAAAA", &EXAMPLE[1..]] {
            assert!(decode(encoded).is_err(), "{encoded}");
        }
    }
}
