//! What the journal's bytes mean: a time and a command.

use borsh::BorshDeserialize;
use tallystick_engine::command::Command;
use tallystick_engine::types::{Seq, Time};

/// A command with its place in the sequence and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequenced {
    /// Its place.
    pub seq: Seq,
    /// Its time.
    pub now: Time,
    /// The command.
    pub command: Command,
}

impl Sequenced {
    /// Appends the journal's record: the time, then the command in borsh.
    pub fn encode(&self, out: &mut Vec<u8>) {
        borsh::to_writer(&mut *out, &(self.now, &self.command)).expect("writing to memory does not fail");
    }

    /// Reads what [`Sequenced::encode`] wrote.
    pub fn decode(seq: Seq, mut payload: &[u8]) -> Result<Sequenced, String> {
        let (now, command) = <(Time, Command)>::deserialize(&mut payload).map_err(|e| {
            format!("record {seq} is no command of this version ({e}); use the binary that wrote it")
        })?;
        if !payload.is_empty() {
            return Err(format!("record {seq} has {} bytes too many", payload.len()));
        }
        Ok(Sequenced { seq, now, command })
    }
}
