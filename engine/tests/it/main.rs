//! What the engine promises: tables of commands with all events they cause, histories that chance draws, the order of
//! checks, pinned numbers and bytes, worked markets of others, and what must never appear in its text.

mod chance;
mod examples;
mod oracle;
mod table;

mod any_history;
mod any_interference;
mod any_rules;
mod awaiting;
mod due;
mod extremes;
mod golden;
mod mass_cancel;
mod nobody_left;
mod quotes;
mod reject_order;
mod repository;
mod risk;
mod scenarios;
mod snapshot;
