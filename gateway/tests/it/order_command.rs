//! `tallystick order`, against a venue.

use crate::common::inside::Inside;
use crate::common::market::{key, order};
use std::process::{Command, Output};
use tallystick_client::keys::write_key_file;
use tallystick_client::{Report, Side};
use tempfile::TempDir;

/// A broker's shell: a folder with the key of session 1.
struct Desk {
    venue: Inside,
    folder: TempDir,
}

impl Desk {
    fn open() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        write_key_file(folder.path().join("1.key"), &key(1)).unwrap();
        Desk { venue: Inside::open(2), folder }
    }

    fn run(&self, words: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tallystick"))
            .current_dir(self.folder.path())
            .args(["order", "--venue", &self.venue.address.to_string()])
            .args(["--session", "1", "--key", "1.key", "--account", "1"])
            .args(words.split_whitespace())
            .output()
            .unwrap()
    }

    /// What is said of an order that the venue takes.
    #[track_caller]
    fn taken(&self, words: &str) -> String {
        let output = self.run(words);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What is said of one that it doesn't, and the complaint.
    #[track_caller]
    fn refused(&self, words: &str) -> (String, String) {
        let output = self.run(words);
        assert!(!output.status.success(), "{words}");
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}

#[test]
fn an_order_is_followed_to_its_end() {
    let desk = Desk::open();
    let mut other = desk.venue.client(2);
    other.new_order(order(2, "rests", Side::Sell, 100, 40)).unwrap();
    assert!(matches!(other.poll(crate::common::PATIENCE).unwrap(), Some(Report::New(_))));

    let said = desk.taken("buy 100 1 --price 1 --tif ioc");
    let lines: Vec<&str> = said.lines().collect();
    let [accepted, traded, cancelled] = lines[..] else { panic!("{said}") };
    assert!(accepted.starts_with("accepted as order "), "{accepted}");
    assert!(accepted.ends_with(": buy 100 units of security 1 at 1"), "{accepted}");
    assert!(traded.starts_with("traded 40 units at 1, taking (trade "), "{traded}");
    assert!(traded.ends_with("); 60 left"), "{traded}");
    assert_eq!(cancelled, "cancelled: an immediate-or-cancel order does not rest (reason 1); 40 traded");
}

#[test]
fn an_order_that_rests_is_followed_for_as_long_as_was_asked() {
    let desk = Desk::open();
    let said = desk.taken("sell 100 1 --price 2 --for 1");
    assert!(said.ends_with("the order is open, 100 units are left\n"), "{said}");
}

#[test]
fn an_order_that_is_rejected_fails_with_the_venue_s_reason() {
    let desk = Desk::open();
    let (said, complaint) = desk.refused("buy 0 1 --price 1");
    assert!(said.starts_with("rejected: the quantity must be a multiple of the lot"), "{said}");
    assert!(said.ends_with("(reason 13)\n"), "{said}");
    assert_eq!(complaint, "tallystick: the venue refused the order\n");
}

#[test]
fn what_keeps_it_from_connecting_is_told_with_what_to_do() {
    let desk = Desk::open();
    let (_, complaint) = desk.refused("buy 1 1 --price 1 --key 2.key");
    assert!(complaint.contains("the argument '--key <FILE>' cannot be used multiple times"), "{complaint}");
    let holder = desk.venue.client(1);
    let (_, complaint) = desk.refused("buy 1 1 --price 1");
    assert!(complaint.contains("another connection of this session is alive"), "{complaint}");
    holder.close().unwrap();
    std::fs::remove_file(desk.folder.path().join("1.key")).unwrap();
    let (_, complaint) = desk.refused("buy 1 1 --price 1");
    assert!(complaint.contains("key file 1.key"), "{complaint}");
}
