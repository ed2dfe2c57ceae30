//! W3C verifiable credentials at the edge of the ledger: a credential of an issuer whom a claim issuer relies upon becomes
//! claims for the ledger, and claims on the ledger become a credential that others can read. Validators see claims and
//! never a credential: of that they have the hash.
//!
//! What is understood: credentials of the data model 2.0, secured as JWT (`vc+jwt`) or SD-JWT (`vc+sd-jwt`) as in
//! "Securing Verifiable Credentials using JOSE and COSE" (W3C, 2025-05-15) and RFC 9901, signed with ed25519 (`EdDSA`) by a
//! `did:key`, and revoked by Bitstring Status Lists 1.0. Nothing is fetched: status lists are handed in with the credential.
//!
//! Reading order:
//!
//! - [`did`]: who issues, and of whom; `jws`: signatures
//! - [`credential`]: reads and verifies one; `disclosure`: what an SD-JWT discloses; [`status`]: whether it was revoked
//! - [`mapping`]: what a credential means on the ledger
//! - [`issue`]: the other way
//! - [`error`]: why not
//!
//! ```
//! use std::collections::BTreeMap;
//! use tallystick_credentials::{Asked, Error, Mapping};
//! use tallystick_rules::Time;
//!
//! let mapping = Mapping::from_toml(r#"
//!     [[credential]]
//!     issuer = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
//!     type = "AccreditedInvestorCredential"
//!     topic = "accredited"
//!     longest_days = 90
//! "#)?;
//! let (status_lists, persons) = (BTreeMap::new(), BTreeMap::new());
//! let asked =
//!     Asked { now: Time(0), subject: "did:example:ann", status_lists: &status_lists, persons: &persons, topic: None };
//! assert!(matches!(mapping.claims("not a credential", &asked), Err(Error::Malformed { .. })));
//! # Ok::<(), Error>(())
//! ```

#![forbid(unsafe_code)]

pub mod credential;
pub mod did;
mod disclosure;
pub mod error;
pub mod issue;
mod jws;
pub mod mapping;
pub mod status;

pub use credential::Credential;
pub use did::Did;
pub use disclosure::present;
pub use error::Error;
pub use issue::{Form, Issuer, Statement};
pub use mapping::{Asked, Mapping};
pub use status::{Purpose, StatusEntry, StatusList};
