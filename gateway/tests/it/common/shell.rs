//! The commands of `tallystick`, as brokers and operators use them against a venue.

use super::market::key;
use super::process::Place;
use std::process::Command;
use tallystick_client::keys::write_key_file;
use tempfile::TempDir;

/// A folder with the keys of sessions.
pub struct Shell {
    folder: TempDir,
    venue: String,
    data: String,
}

impl Shell {
    /// For these sessions of a venue.
    pub fn new(place: &Place, sessions: &[u32]) -> Shell {
        let folder = tempfile::tempdir().unwrap();
        for &session in sessions {
            write_key_file(folder.path().join(format!("{session}.key")), &key(session)).unwrap();
        }
        Shell { folder, venue: place.address.to_string(), data: place.data().display().to_string() }
    }

    /// All that a command says that works over a session.
    pub fn session(&self, command: &str, session: u32, words: &str) -> String {
        let (session, key) = (session.to_string(), format!("{session}.key"));
        let line = ["--venue", &self.venue, "--session", &session, "--key", &key];
        self.run(&[&[command], &line[..]].concat(), words)
    }

    /// All that `tallystick admin` says.
    pub fn admin(&self, words: &str) -> String {
        self.run(&["admin", "--data", &self.data], words)
    }

    /// All that `tallystick ledger` says.
    pub fn ledger(&self, words: &str) -> String {
        self.run(&["ledger", "--data", &self.data], words)
    }

    /// A file in the folder where commands run.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// All that `tallystick security` says.
    pub fn security(&self, words: &str) -> String {
        self.run(&["security"], words)
    }

    /// All that `tallystick explain-order` says.
    pub fn explain(&self, words: &str) -> String {
        self.run(&["explain-order", "--data", &self.data], words)
    }

    /// What is said on standard output, then on standard error: if it failed, and only then, that tells why.
    fn run(&self, first: &[&str], words: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        command.current_dir(self.folder.path()).args(first).args(words.split_whitespace());
        let output = command.output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.success(), complaint.is_empty(), "{complaint}");
        String::from_utf8(output.stdout).unwrap() + &complaint
    }
}
