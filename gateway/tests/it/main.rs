//! The venue as its clients and operators meet it: in process on a simulated disk, over real sockets, and as the real
//! process that is killed.

#[macro_use]
mod every;
mod common;

mod admissions;
mod approvals;
mod awaiting;
mod bad_claims;
mod bad_starts;
mod bands;
mod calendar;
mod credential_command;
mod crosses;
mod demo;
mod document;
mod every_reject;
mod explain_order;
mod fees;
mod front_end;
mod full_disk;
mod hostile_crowds;
mod hostile_frames;
mod hostile_sessions;
mod journal_command;
mod large;
mod listing;
mod operators;
mod order_command;
mod other_rules;
mod payments;
mod pilot;
mod power_cut;
mod quotes;
mod replay;
mod risk_command;
mod risk_control;
mod security_commands;
mod settlement_kills;
mod shadow;
mod sigkill;
mod stale_persons;
mod surroundings;
mod undone_trades;
