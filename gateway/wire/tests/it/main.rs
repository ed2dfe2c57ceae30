//! What the wire promises: bytes, frames, and both machines of a session.

mod common;

mod any_input;
mod client_session;
mod document;
mod framing;
mod golden;
mod hostile;
mod round_trip;
mod schema_agrees;
mod server_handshake;
mod server_session;
mod two_machines;
mod values;
