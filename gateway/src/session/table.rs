//! The logical sessions: whose key, how far their flows have come, and which connection has each.

use ed25519_dalek::{Signature, VerifyingKey};
use std::collections::BTreeMap;
use tallystick_engine::Engine;
use tallystick_engine::command::SessionOptions;
use tallystick_engine::disconnect::CancelOn;
use tallystick_engine::types::{FirmId, SessionId};
use tallystick_wire::session::SessionNumbers;
use tallystick_wire::{SIGNING_BYTES, Verifier};

/// One logical session, as far as its connections need to know it. The engine has the same numbers once it
/// has applied what is on its way to it.
#[derive(Clone, Debug)]
pub struct Entry {
    key: Option<VerifyingKey>,
    /// Whose it is.
    pub firm: FirmId,
    /// Version, next number in, next number out.
    pub numbers: SessionNumbers,
    /// The connection that has negotiated or established it.
    pub connection: Option<mio::Token>,
    /// Whether its orders are cancelled when its client is gone, so that the engine is told of that.
    pub told_of: bool,
    /// Whether the engine believes that a client is there.
    pub present: bool,
    /// Whether a Negotiate is on its way through the engine: until it is back, nobody knows the numbers.
    pub negotiating: bool,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Table {
    sessions: BTreeMap<SessionId, Entry>,
}

impl Table {
    /// The sessions of a recovered engine; none is connected.
    pub fn of(engine: &Engine) -> Table {
        let mut table = Table::default();
        for (session, firm, key) in engine.sessions() {
            let options = engine.session_options(session).expect("it was just listed");
            table.add(session, firm, key, &options);
            let [session_ver_id, next_inbound, next_outbound] =
                engine.session_numbers(session).expect("it was just listed");
            table.get_mut(session).numbers = SessionNumbers { session_ver_id, next_inbound, next_outbound };
        }
        table
    }

    /// A session was added. Bytes that are no ed25519 public key verify nothing.
    pub fn add(&mut self, session: SessionId, firm: FirmId, key: [u8; 32], options: &SessionOptions) {
        let numbers = SessionNumbers { session_ver_id: 0, next_inbound: 1, next_outbound: 1 };
        let key = VerifyingKey::from_bytes(&key).ok();
        let told_of = options.cancel_on != CancelOn::Nothing;
        let (connection, present, negotiating) = (None, false, false);
        let entry = Entry { key, firm, numbers, connection, told_of, present, negotiating };
        self.sessions.insert(session, entry);
    }

    /// A session that exists.
    pub fn get_mut(&mut self, session: SessionId) -> &mut Entry {
        self.sessions.get_mut(&session).expect("the session exists")
    }

    /// The session if there is one.
    pub fn find(&self, session: SessionId) -> Option<&Entry> {
        self.sessions.get(&session)
    }

    /// Whether the engine is told when a client of this session comes and goes.
    pub fn is_told_of(&self, session: SessionId) -> bool {
        self.sessions.get(&session).is_some_and(|entry| entry.told_of)
    }

    /// Lets a session go that this connection had. Whether the engine is to be told that its client is gone.
    pub fn release(&mut self, session: SessionId, connection: mio::Token) -> bool {
        match self.sessions.get_mut(&session) {
            Some(entry) if entry.connection == Some(connection) => {
                entry.connection = None;
                // A Negotiate that is on its way tells the engine that a client is there.
                entry.told_of && (std::mem::take(&mut entry.present) || entry.negotiating)
            }
            _ => false,
        }
    }
}

impl Verifier for Table {
    fn verify(&self, session_id: u32, signed: &[u8; SIGNING_BYTES], signature: &[u8; 64]) -> bool {
        let key = self.sessions.get(&SessionId(session_id)).and_then(|entry| entry.key.as_ref());
        key.is_some_and(|key| key.verify_strict(signed, &Signature::from_bytes(signature)).is_ok())
    }
}
