//! The catalog of securities: what was declared, found again by words, by fields and by symbol.
//!
//! Reading order:
//!
//! - [`definition`]: what is kept of a text, `read`: how it is made of one; [`value`]: what its terms say;
//!   [`terms`]: which terms there are
//! - [`store`]: the file; nothing is added by halves
//! - [`search`]: by words; [`filter`]: by fields

#![forbid(unsafe_code)]

pub mod definition;
mod error;
pub mod filter;
mod read;
pub mod search;
pub mod store;
pub mod terms;
pub mod value;

pub use definition::{Definition, TextHash};
pub use error::CatalogError;
pub use filter::{Filter, FilterError};
pub use read::NoDefinition;
pub use search::Words;
pub use store::{Added, Before, Catalog, Found};
