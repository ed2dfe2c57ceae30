//! What the client promises: sessions with a venue on loopback TCP, and the values it takes and keeps.

mod common;

mod sessions;
mod values;
