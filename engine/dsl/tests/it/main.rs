//! What the language promises: its examples and its reference compile, what is wrong is told, any text is survived.

mod common;

mod any_text;
mod diagnostics;
mod examples;
mod law;
mod programs;
mod reference;
mod trades;
