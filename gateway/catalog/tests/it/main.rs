//! What the catalog promises: definitions kept whole, found by their words and by what they are.

mod common;

mod catalog;
mod large;
mod query;
