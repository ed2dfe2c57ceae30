//! From a text to its definition.

use crate::definition::{Definition, TextHash};
use crate::value::Value;
use tallystick_dsl::{Compiled, Diagnostics, Security};

/// Why a text is no definition of a security.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoDefinition {
    /// It does not compile.
    #[error("{0}")]
    Wrong(Box<Diagnostics>),
    /// It is something else.
    #[error("{name} is {found}; the catalog has securities")]
    Other {
        /// What the text is called.
        name: String,
        /// What it is.
        found: &'static str,
    },
}

impl TextHash {
    /// The hash of a text: BLAKE3 in key derivation mode, as the ledger hashes.
    pub fn of(text: &str) -> TextHash {
        TextHash(blake3::derive_key("tallystick 2026 text of a security", text.as_bytes()))
    }
}

impl Definition {
    /// What a text declares; `name` is what it is called in messages.
    pub fn read(name: &str, text: &str) -> Result<Definition, NoDefinition> {
        let found = match tallystick_dsl::check(name, text) {
            Ok(Compiled::Security(security)) => return Ok(Definition::of(text, *security)),
            Ok(Compiled::Listing(_)) => "a listing",
            Ok(Compiled::Transfers(_)) => "a list of rules",
            Ok(Compiled::Protocols(_)) => "a file of protocols",
            Err(diagnostics) => return Err(NoDefinition::Wrong(Box::new(diagnostics))),
        };
        Err(NoDefinition::Other { name: name.into(), found })
    }

    /// What the catalog keeps of a text that was compiled to this.
    pub fn of(text: &str, security: Security) -> Definition {
        let explained = tallystick_dsl::explain(&Compiled::Security(Box::new(security.clone())));
        let values = |term: &tallystick_dsl::Term| term.values.iter().map(Value::from).collect();
        Definition {
            hash: TextHash::of(text),
            symbol: security.symbol,
            name: security.name,
            kind: security.class.word().into(),
            issuer: security.issuer,
            registrar: security.registrar,
            law: security.register_of_record.unwrap_or_default(),
            exemption: security.exemption.text(),
            restricted: security.restricted,
            terms: security.terms.iter().map(|term| (term.name.clone(), values(term))).collect(),
            protocols: security.protocols,
            explained,
            text: text.into(),
        }
    }
}
