//! A session as a transcript: what came in, and the whole list of what it caused.

use tallystick_wire::framing::FRAMING_HEADER_LENGTH;
use tallystick_wire::session::{ClientAction, ServerAction};
use tallystick_wire::{Message, SIGNING_BYTES, Signature, Signer, Verifier};

use super::schema_reader;

/// One second, ns.
pub const S: u64 = 1_000_000_000;

/// A toy in place of ed25519: every session's key is its number. Nothing here tests cryptography.
#[derive(Debug, Clone, Copy)]
pub struct ToyKey(pub u32);

impl Signer for ToyKey {
    fn sign(&self, signed: &[u8; SIGNING_BYTES]) -> Signature {
        let mut signature = [0; 64];
        signature[..SIGNING_BYTES].copy_from_slice(signed);
        signature[SIGNING_BYTES..].copy_from_slice(&self.0.to_le_bytes());
        signature
    }
}

/// Knows the sessions 7 and 8.
#[derive(Debug, Clone, Copy)]
pub struct ToyKeys;

impl Verifier for ToyKeys {
    fn verify(&self, session_id: u32, signed: &[u8; SIGNING_BYTES], signature: &Signature) -> bool {
        matches!(session_id, 7 | 8) && ToyKey(session_id).sign(signed) == *signature
    }
}

/// Name and fields of a message on one line, without the signature and the constant parts.
pub fn shown(message: &Message) -> String {
    let mut framed = Vec::new();
    message.encode(&mut framed);
    assert!(framed.len() > FRAMING_HEADER_LENGTH);
    let read = schema_reader::read(&framed);
    let fields = read.lines().skip(6).filter_map(|line| line.split_whitespace().nth(2));
    let told =
        |field: &&str| !["signature", "sendingTime", "flags={}"].iter().any(|skip| field.starts_with(skip));
    let few = if message.header().is_some() { 4 } else { usize::MAX };
    let fields: Vec<_> = fields.filter(told).take(few).collect();
    format!("{} {}", message.layout().name, fields.join(" "))
}

/// Lines of a transcript.
#[derive(Debug, Default)]
pub struct Transcript(String);

impl Transcript {
    pub fn note(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    pub fn server(&mut self, actions: &mut Vec<ServerAction>) {
        for action in actions.drain(..) {
            let line = match action {
                ServerAction::Send(message) => format!("Send {}", shown(&message)),
                ServerAction::Apply(message) => format!("Apply {}", shown(&message)),
                other => format!("{other:?}"),
            };
            self.note(&format!("    {line}"));
        }
    }

    pub fn client(&mut self, actions: &mut Vec<ClientAction>) {
        for action in actions.drain(..) {
            let line = match action {
                ClientAction::Send(message) => format!("Send {}", shown(&message)),
                ClientAction::Deliver(message) => format!("Deliver {}", shown(&message)),
                other => format!("{other:?}"),
            };
            self.note(&format!("    {line}"));
        }
    }

    /// Compares the whole transcript, but for blank lines at either end and the indentation common to all.
    #[track_caller]
    pub fn is(&self, expected: &str) {
        let lines: Vec<_> = expected.lines().filter(|line| !line.trim().is_empty()).collect();
        let margin = lines.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
        let expected: String = lines.iter().map(|line| format!("{}\n", &line[margin..])).collect();
        assert!(self.0 == expected, "transcript:\n{}\nexpected:\n{expected}", self.0);
    }
}
