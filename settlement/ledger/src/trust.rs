//! The trust file: what somebody who verifies proofs takes for granted.
//!
//! It names a chain, one of its headers, and the validators, and says until when to trust them. It is text that can be
//! read and compared, and its last line is a checksum over everything before it, so that a damaged copy is noticed.
//! Who may have changed it on purpose is for its owner to know: it comes from whom one trusts.

use crate::chain::Head;
use crate::genesis::{Genesis, Validator, Validators};
use crate::keys::PublicKey;
use crate::names::{ChainId, Hash, Height};
use serde::Deserialize;
use std::fmt::Write as _;
use tallystick_rules::Time;

/// What is taken for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// What the chain is called.
    pub name: String,
    /// The chain's name.
    pub chain: ChainId,
    /// The height of a header that stands.
    pub height: Height,
    /// Its hash; at height 0, the chain's name.
    pub header: Hash,
    /// When this is to be asked for anew.
    pub trusted_until: Time,
    /// Who votes.
    pub validators: Validators,
}

/// What is wrong with a trust file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// It is no text, or doesn't end as it must.
    #[error("the trust file does not end with a line of its checksum; get it anew from whom you trust")]
    NoChecksum,
    /// It is not what it was.
    #[error("the trust file was changed: its checksum is another; get it anew from whom you trust")]
    Changed,
    /// It says something that can't be read.
    #[error("the trust file can't be read: {0}")]
    Unreadable(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    chain: String,
    chain_id: Hash,
    height: u64,
    header: Hash,
    trusted_until: String,
    validators: Vec<FileValidator>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileValidator {
    key: PublicKey,
    power: u64,
    operator: String,
    machine: String,
}

const FORMAT: &str = "tallystick trust 1";
const CHECKSUM: &str = "checksum = \"";

impl Trust {
    /// What a validator vouches for at this height, to be trusted until then.
    pub fn of(genesis: &Genesis, head: &Head, trusted_until: Time) -> Trust {
        Trust {
            name: genesis.name.clone(),
            chain: genesis.chain(),
            height: head.height,
            header: head.hash,
            trusted_until,
            validators: genesis.validators.clone(),
        }
    }

    /// The text of the file.
    pub fn write(&self) -> String {
        let mut text = String::from("# What is taken for granted when proofs of this chain are verified.\n");
        let mut line = |name: &str, value: String| {
            writeln!(text, "{name} = {value}").expect("writing to memory does not fail");
        };
        line("format", quoted(FORMAT));
        line("chain", quoted(&self.name));
        line("chain_id", quoted(&self.chain.to_string()));
        line("height", self.height.to_string());
        line("header", quoted(&self.header.to_string()));
        line("trusted_until", quoted(&moment(self.trusted_until)));
        text.push_str("validators = [\n");
        for validator in &self.validators.0 {
            let key = quoted(&validator.key.to_string());
            let (operator, machine) = (quoted(&validator.operator), quoted(&validator.machine));
            let power = validator.power;
            writeln!(
                text,
                "  {{ key = {key}, power = {power}, operator = {operator}, machine = {machine} }},"
            )
            .expect("writing to memory does not fail");
        }
        text.push_str("]\n");
        let checksum = checksum(&text);
        text + &checksum
    }

    /// Reads what [`Trust::write`] wrote. A file in which any byte was changed is refused.
    pub fn parse(bytes: &[u8]) -> Result<Trust, TrustError> {
        let text = std::str::from_utf8(bytes).map_err(|_| TrustError::NoChecksum)?;
        let at = text.rfind(CHECKSUM).ok_or(TrustError::NoChecksum)?;
        let (body, last) = text.split_at(at);
        if !body.ends_with('\n') || last.lines().count() != 1 {
            return Err(TrustError::NoChecksum);
        }
        if last != checksum(body) {
            return Err(TrustError::Changed);
        }
        let unreadable = |what: &str| TrustError::Unreadable(what.to_owned());
        let file: File = toml::from_str(body).map_err(|error| TrustError::Unreadable(error.to_string()))?;
        if file.format != FORMAT {
            return Err(TrustError::Unreadable(format!(
                "its format is {:?} and not {FORMAT:?}",
                file.format
            )));
        }
        let until: jiff::Timestamp = file
            .trusted_until
            .parse()
            .map_err(|_| unreadable("trusted_until is no moment as in RFC 3339"))?;
        let until = u64::try_from(until.as_nanosecond())
            .map_err(|_| unreadable("trusted_until is before 1970 or after 2554"))?;
        let validator =
            |FileValidator { key, power, operator, machine }| Validator { key, power, operator, machine };
        let validators = Validators(file.validators.into_iter().map(validator).collect());
        if let Some(what) = validators.flaw() {
            return Err(unreadable(what));
        }
        Ok(Trust {
            name: file.chain,
            chain: file.chain_id,
            height: Height(file.height),
            header: file.header,
            trusted_until: Time(until),
            validators,
        })
    }
}

/// A moment as RFC 3339 writes it, in UTC.
pub(crate) fn moment(time: Time) -> String {
    let at = jiff::Timestamp::from_nanosecond(time.0.into()).expect("64 bits of nanoseconds are a timestamp");
    at.to_string()
}

fn checksum(body: &str) -> String {
    format!("{CHECKSUM}{}\"\n", blake3::hash(body.as_bytes()).to_hex())
}

/// A basic string of TOML, on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust() -> Trust {
        let validator = |n: u8, operator: &str| Validator {
            key: PublicKey([n; 32]),
            power: u64::from(n),
            operator: operator.into(),
            machine: "one".into(),
        };
        let mut trust = Trust {
            name: "a \"quoted\" name,\nof 'two' lines \\ with ü".into(),
            chain: Hash([1; 32]),
            height: Height(7),
            header: Hash([2; 32]),
            trusted_until: Time(1_900_000_000_123_456_789),
            validators: Validators(vec![validator(1, "Ärger & Söhne"), validator(2, "]\nchecksum = \"")]),
        };
        trust.validators.0[1].machine = "'''\"\"\"\\".into();
        trust
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(Trust::parse(trust().write().as_bytes()), Ok(trust()));
        let far = Trust { trusted_until: Time(u64::MAX), height: Height(i64::MAX as u64), ..trust() };
        assert_eq!(Trust::parse(far.write().as_bytes()), Ok(far));
        let text = trust().write();
        assert!(text.parse::<toml::Table>().is_ok(), "it is TOML as a whole: {text}");
        assert!(text.contains("trusted_until = \"2030-03-17T17:46:40.123456789Z\""), "{text}");
    }

    #[test]
    fn a_changed_byte_anywhere_in_a_trust_file_is_noticed() {
        let good = trust().write().into_bytes();
        for at in 0..good.len() {
            for change in [1, 2, 0x20, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= change;
                assert!(Trust::parse(&bad).is_err(), "byte {at} by {change}");
            }
            assert!(Trust::parse(&good[..at]).is_err(), "cut at {at}");
            assert!(Trust::parse(&[&good[..at], &good[at + 1..]].concat()).is_err(), "without byte {at}");
        }
        for more in ["\n", " ", "x", "\r\n", "checksum = \"\"\n"] {
            assert!(Trust::parse(&[&good, more.as_bytes()].concat()).is_err(), "{more:?} at the end");
        }
    }

    #[test]
    fn a_good_checksum_does_not_make_up_for_what_can_t_be_read() {
        let good = trust().write();
        let with = |from: &str, to: &str| {
            let body = good[..good.rfind(CHECKSUM).unwrap()].replace(from, to);
            Trust::parse((body.clone() + &checksum(&body)).as_bytes())
        };
        assert!(with("height = 7", "height = 8").is_ok());
        for (from, to) in [
            ("height = 7", "height = -7"),
            ("height = 7", "height = 7\nnew = 1"),
            ("tallystick trust 1", "tallystick trust 2"),
            ("2030-", "1930-"),
            ("2030-03-17T", "sometime "),
            ("power = 1,", "power = 1, also = 1,"),
            ("power = 1,", "power = 0,"),
            ("power = 1,", "power = 9223372036854775807,"),
            ("key = \"02", "key = \""),
            ("header = \"0", "header = \"g"),
        ] {
            assert!(matches!(with(from, to), Err(TrustError::Unreadable(_))), "{from} to {to}");
        }
    }
}
