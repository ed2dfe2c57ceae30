//! Why a credential is not accepted, or none can be issued.

use tallystick_rules::Topic;

/// Why a credential is not accepted, a mapping not read, or a credential not issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no credential that could be read.
    #[error("this is no credential in a form that is understood: {what}")]
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// It is longer than anything that is read.
    #[error("the credential has {bytes} bytes, more than {most}")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// It is not signed, or with an algorithm that is not accepted.
    #[error(
        "the credential's algorithm is {alg:?}; only \"EdDSA\" with ed25519 is accepted, and never \"none\""
    )]
    Algorithm {
        /// What it says.
        alg: String,
    },
    /// The signature is not the issuer's over this text.
    #[error(
        "the signature is not that of {issuer} over this credential; it was altered, or signed by somebody else"
    )]
    Signature {
        /// Who is said to have issued it.
        issuer: String,
    },
    /// Something it needs is not supported.
    #[error("{what} is not supported")]
    Unsupported {
        /// What.
        what: String,
    },
    /// A decentralized identifier that is no `did:key` of an ed25519 key.
    #[error("{did:?} is not the did:key of an ed25519 key; one begins with did:key:z6Mk")]
    NoDidKey {
        /// What it is.
        did: String,
    },
    /// Nobody relies on its issuer.
    #[error("{issuer} is not an issuer that the mapping trusts; add it there if it is to be")]
    UntrustedIssuer {
        /// Who.
        issuer: String,
    },
    /// Its issuer is trusted, but not for what is asked about.
    #[error(
        "{issuer} is trusted, but not for the topic {}; add an entry to the mapping if it is to be", topic_name(.topic)
    )]
    UntrustedTopic {
        /// Who.
        issuer: String,
        /// About what.
        topic: Topic,
    },
    /// Its issuer is trusted, but for other credentials.
    #[error(
        "{issuer} is trusted, but not for credentials of type {types}; add the type to the mapping if it is to be"
    )]
    UnknownType {
        /// Who.
        issuer: String,
        /// The types it says it has.
        types: String,
    },
    /// It is about somebody else.
    #[error("the credential is about {found}, not about {asked}")]
    WrongSubject {
        /// About whom it is.
        found: String,
        /// About whom it should be.
        asked: String,
    },
    /// It does not count yet.
    #[error("the credential is valid from {from} on, and it is {now}")]
    NotYetValid {
        /// When it begins.
        from: String,
        /// What time it is taken to be.
        now: String,
    },
    /// It counts no more.
    #[error("the credential was valid until {until}, and it is {now}; have it issued anew")]
    Expired {
        /// When it ended, or when the mapping lets it end.
        until: String,
        /// What time it is taken to be.
        now: String,
    },
    /// It has no end, and the mapping sets none.
    #[error("the credential has no end; say in the mapping, with longest_days, for how long it counts")]
    NoEnd,
    /// Its issuer took it back, or suspended it.
    #[error("the credential's issuer has set it to {state} in {url}")]
    Revoked {
        /// Revoked or suspended.
        state: &'static str,
        /// In which status list.
        url: String,
    },
    /// Its status can't be told.
    #[error(
        "the status list {url} is needed to tell whether the credential was revoked; fetch it and hand it in too"
    )]
    StatusListMissing {
        /// Which.
        url: String,
    },
    /// Its status list is not good.
    #[error("the status list {url} can't be relied upon: {why}")]
    StatusList {
        /// Which.
        url: String,
        /// Why.
        why: String,
    },
    /// It does not say what the mapping looks for.
    #[error("the credential does not tell {}: {what}", topic_name(.topic))]
    Value {
        /// About what.
        topic: Topic,
        /// What is missing or wrong.
        what: String,
    },
    /// A mapping that makes no sense.
    #[error("the mapping of credentials can't be used: {what}")]
    Mapping {
        /// What is wrong with it, and where.
        what: String,
    },
    /// There is nothing of this name to be shown.
    #[error("the credential has nothing to disclose that is called {name:?}; it has {all}")]
    NothingToDisclose {
        /// What was asked for.
        name: String,
        /// What there is.
        all: String,
    },
    /// Nothing to be said in a credential.
    #[error("none of the claims counts at {now}: there is nothing to issue a credential about")]
    NothingToSay {
        /// What time it is taken to be.
        now: String,
    },
}

/// A topic by the name that mappings, credentials and instructions have for it.
pub(crate) fn topic_name(topic: &Topic) -> String {
    match serde_json::json!(topic) {
        serde_json::Value::String(name) => name,
        _ => unreachable!("a topic is written as its name"),
    }
}

/// What makes an input malformed.
pub(crate) fn malformed(what: impl ToString) -> Error {
    Error::Malformed { what: what.to_string() }
}
