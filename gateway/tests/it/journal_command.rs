//! `tallystick journal`, as it is called from a shell, on the data directory of a venue that traded.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use tallystick_engine::command as asked;
use tallystick_engine::types::{AccountId, ClOrdId, SecurityId, Seq, SessionId, Side, Time};
use tallystick_gateway::record::Sequenced;
use tallystick_journal::{FsStorage, Journal, Options, Storage};
use tempfile::TempDir;

const SEGMENT: &str = "journal-00000000000000000001.seg";

/// A folder with `data`, the directory of a venue that has run for a short day and stopped.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        let bench = Bench { folder: tempfile::tempdir().expect("a temporary directory") };
        let orders = "time,phase,kind,order_id,side,price_ticks,qty\n\
            09:30:00,continuous,new,1,sell,1000,5\n09:30:01,continuous,new,2,buy,1000,3\n\
            09:30:02,continuous,cancel,1,sell,1000,2\n";
        fs::write(bench.at("orders.csv"), orders).expect("written");
        let path = |name: &str| bench.at(name).into_os_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        command.arg("replay");
        command.arg("--orders").arg(path("orders.csv")).arg("--trades").arg(path("trades.csv"));
        let output = command.arg("--data").arg(path("data")).output().expect("the binary runs");
        assert!(output.status.success(), "{output:?}");
        bench
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn segment(&self) -> PathBuf {
        self.at("data/journal").join(SEGMENT)
    }

    /// `tallystick journal WHAT data MORE`.
    fn journal(&self, what: &str, more: &[&str]) -> Output {
        journal(what, &self.at("data"), more)
    }

    fn last(&self) -> u64 {
        let text = succeeds(&self.journal("inspect", &["--last", "1"]));
        text.split_whitespace().next().and_then(|first| first.parse().ok()).expect("a number")
    }

    /// Everything that is made from the journal goes.
    fn forget(&self, what: &[&str]) {
        what.iter().for_each(|what| fs::remove_dir_all(self.at("data").join(what)).expect("removed"));
    }

    /// Adds a command that no engine survives: a cancel of a session that does not exist.
    fn poison(&self) -> u64 {
        let storage: Arc<dyn Storage> =
            Arc::new(FsStorage::open(self.at("data/journal")).expect("nobody has the lock"));
        let semantics = tallystick_engine::SEMANTICS;
        let options = Options { semantics, ..Options::new(*b"replay of a day\0", [0; 16]) };
        let (mut journal, _) = Journal::open(storage, options).expect("in order");
        let seq = journal.next_seq();
        let order = asked::OrderRef {
            clordid: ClOrdId::from_number(7),
            original: ClOrdId::from_number(6),
            account: AccountId(1),
            security: SecurityId(1),
            side: Side::Buy,
        };
        let from = asked::From { session: SessionId(99), number: 1 };
        let command = asked::Command::Cancel(asked::CancelOrder { from, order });
        let mut record = Vec::new();
        Sequenced { seq: Seq(seq), now: Time(4_000_000_000_000_000_000), command }.encode(&mut record);
        journal.append(seq, &record).expect("appended");
        journal.write().expect("written");
        journal.sync().expect("synced");
        seq
    }

    /// Starts `serve` on the directory: the child if it comes up, else what it said.
    fn serve(&self) -> Result<Serving, String> {
        let config =
            "name = \"replay of a day\"\ndata = \"data\"\nlisten = \"127.0.0.1:0\"\n[run]\nsegment_mib = 1\n";
        fs::write(self.at("venue.toml"), config).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        command.arg("serve").arg("--config").arg(self.at("venue.toml"));
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let mut said = String::new();
        for line in out.lines().map_while(Result::ok) {
            said += &format!("{line}\n");
            if line.contains(" listens on ") {
                return Ok(Serving { child, said });
            }
        }
        let output = child.wait_with_output().expect("it ends");
        Err(format!("{said}{}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// A venue that runs until it is dropped.
struct Serving {
    child: Child,
    said: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().expect("it ran");
        self.child.wait().expect("it ends");
    }
}

fn journal(what: &str, path: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
    command.arg("journal").arg(what).arg(path).args(more).output().expect("the binary runs")
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && err.is_empty(), "{out}{err}");
    out.into_owned()
}

#[track_caller]
fn fails(output: &Output) -> String {
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    err
}

/// Where the last byte is that is not nought: the file is made longer than it is full.
fn end(path: &Path) -> u64 {
    let bytes = fs::read(path).expect("readable");
    bytes.iter().rposition(|&b| b != 0).expect("not empty") as u64 + 1
}

fn flip(path: &Path, at: u64) {
    let file = OpenOptions::new().read(true).write(true).open(path).expect("there");
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).expect("read");
    file.write_all_at(&[byte[0] ^ 1], at).expect("written");
}

#[test]
fn inspect_prints_every_command_with_its_number_and_its_time() {
    let bench = Bench::new();
    let text = succeeds(&bench.journal("inspect", &[]));
    for (line, seq) in text.lines().zip(1..) {
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some(seq.to_string().as_str()), "{line}");
        let time = words.next().expect("a time");
        assert!(time.len() == "2026-01-05T09:30:00.000000000Z".len() && time.ends_with('Z'), "{line}");
    }
    for expected in [
        "operator uid 0 request 1: open venue replay of a day, at most 2 open orders",
        &format!("operator uid {} request 2: adopt registry ", rustix::process::getuid().as_raw()),
        "list security 1 REPLAY, tick 0.01, lot 1, cash 1, 1 rules",
        "negotiate session 1 version ",
        "set security 1 to continuous",
        "new 2 (session 1, message 1): sell 5 of security 1, limit 10, day, account 2",
        "new 3 (session 1, message 2): buy 3 of security 1, limit 10, day, account 1",
        "cancel 2 by 4: sell of security 1, account 2 (session 1, message 3)",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert_eq!(
        text,
        succeeds(&journal("inspect", &bench.at("data/journal"), &[])),
        "the journal itself will do"
    );
}

#[test]
fn inspect_prints_the_part_that_is_asked_for() {
    let bench = Bench::new();
    let numbers = |more: &[&str]| {
        let text = succeeds(&bench.journal("inspect", more));
        let number =
            |line: &str| line.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a number");
        text.lines().map(number).collect::<Vec<u64>>()
    };
    let last = bench.last();
    assert_eq!(numbers(&["--from", "3", "--to", "5"]), [3, 4, 5]);
    assert_eq!(numbers(&["--from", "3", "--limit", "2"]), [3, 4]);
    assert!(numbers(&["--limit", "0"]).is_empty());
    assert_eq!(numbers(&["--to", "1"]), [1]);
    assert_eq!(numbers(&["--last", "2"]), [last - 1, last]);
    assert_eq!(numbers(&["--from", "0"]).len() as u64, last);
    let beyond = (last + 10).to_string();
    let said = fails(&bench.journal("inspect", &["--from", &beyond]));
    assert!(said.contains(&format!("there is no record {beyond}; the last one is {last}")), "{said}");
    let said = fails(&bench.journal("inspect", &["--from", "5", "--to", "4"]));
    assert!(said.contains("--to 4 lies before --from 5"), "{said}");
}

#[test]
fn inspect_gives_programs_one_object_a_line() {
    let bench = Bench::new();
    let text = succeeds(&bench.journal("inspect", &["--json"]));
    let objects: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(objects.len() as u64, bench.last());
    let order = objects.iter().find(|o| o["command"] == "new").expect("an order");
    assert_eq!(
        (&order["side"], &order["price"], &order["quantity"]),
        (&"sell".into(), &"10".into(), &5.into())
    );
    assert!(
        objects
            .iter()
            .any(|o| o["asked"]["action"] == "open_venue" && o["asked"]["venue"] == "replay of a day")
    );
    assert!(objects.iter().any(|o| o["asked"]["key"].as_str().is_some_and(|key| key.len() == 64)));
}

#[test]
fn verify_finds_a_journal_in_order_and_counts_what_is_in_it() {
    let bench = Bench::new();
    for path in ["data", "data/journal"] {
        let text = succeeds(&journal("verify", &bench.at(path), &[]));
        let last = bench.last();
        for expected in [
            "journal of venue replay of a day in ",
            &format!("{SEGMENT}: {last} records in "),
            &format!("records 1 to {last}: {last} in "),
            // The day's own, and the request by which a replay knows that it has heard everything.
            "2 cancel",
            "2 new",
            "1 negotiate",
            "torn tail: none",
            "the journal is in order",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }
}

#[test]
fn a_byte_that_changed_is_found_and_said_where() {
    let bench = Bench::new();
    flip(&bench.segment(), 4_096 + 200);
    for what in ["verify", "inspect"] {
        let said = fails(&bench.journal(what, &[]));
        assert!(
            said.contains(SEGMENT) && said.contains("at offset") && said.contains("restore the file"),
            "{said}"
        );
    }
    let said = fails(&bench.journal("skip", &["1", "--reason", "test"]));
    assert!(said.contains(SEGMENT), "{said}");
}

#[test]
fn a_header_that_changed_is_found() {
    let bench = Bench::new();
    flip(&bench.segment(), 20);
    let said = fails(&bench.journal("verify", &[]));
    assert!(said.contains(&format!("{SEGMENT}: the segment header is corrupt")), "{said}");
}

#[test]
fn a_write_that_was_not_finished_is_told_and_is_no_fault() {
    let bench = Bench::new();
    let last = bench.last();
    let file = OpenOptions::new().write(true).open(bench.segment()).expect("there");
    file.set_len(end(&bench.segment()) - 3).expect("cut");
    let text = succeeds(&bench.journal("verify", &[]));
    assert!(text.contains(" bytes of a write that was not finished"), "{text}");
    assert!(text.contains("the journal is in order") && bench.last() < last, "{text}");
}

#[test]
fn a_directory_without_a_journal_is_told_and_left_alone() {
    let bench = Bench::new();
    fs::create_dir_all(bench.at("empty/journal")).expect("made");
    for (path, expected) in [
        ("nowhere", "nowhere can't be read"),
        ("orders.csv", "orders.csv can't be read"),
        ("data/events/..", "venue replay of a day"),
        ("data/snapshots", "there is no journal here (it has no folder `journal`)"),
        ("empty", "there is no journal here (the folder `journal` in it has no segments)"),
    ] {
        for (what, more) in [("inspect", &[][..]), ("verify", &[]), ("skip", &["1", "--reason", "test"])] {
            let output = journal(what, &bench.at(path), more);
            match (path, what) {
                ("data/events/..", "skip") => assert!(fails(&output).contains("was survived")),
                ("data/events/..", _) => assert!(succeeds(&output).contains("replay of a day")),
                _ => assert!(fails(&output).contains(expected), "{output:?}"),
            }
        }
    }
    assert!(!bench.at("nowhere").exists() && !bench.at("data/snapshots/journal").exists());
    assert_eq!(fs::read_dir(bench.at("empty/journal")).expect("there").count(), 0, "not even a lock");
}

#[test]
fn a_skip_needs_a_reason_and_a_record_that_there_is() {
    let bench = Bench::new();
    for reason in ["", "  "] {
        let said = fails(&bench.journal("skip", &["1", "--reason", reason]));
        assert!(said.contains("a skip needs a reason"), "{said}");
    }
    let last = bench.last();
    for seq in [0, last + 1] {
        let said = fails(&bench.journal("skip", &[&seq.to_string(), "--reason", "test"]));
        assert!(
            said.contains(&format!("record {seq} cannot be skipped: the journal holds 1 to {last}")),
            "{said}"
        );
    }
    assert!(!bench.at("data/journal/skips").exists());
}

#[test]
fn a_command_that_was_survived_is_not_skipped() {
    let bench = Bench::new();
    let last = bench.last();
    let skip =
        |path: &str| fails(&journal("skip", &bench.at(path), &[&last.to_string(), "--reason", "test"]));
    for path in ["data", "data/journal"] {
        let said = skip(path);
        assert!(said.contains(&format!("the snapshot of command {last} has its effects")), "{said}");
    }
    bench.forget(&["snapshots"]);
    let said = skip("data");
    assert!(
        said.contains(&format!("clients were told what came of it, the event log goes up to {last}")),
        "{said}"
    );
    assert!(said.contains(&format!("most likely {}", last + 1)), "{said}");
    assert!(!bench.at("data/journal/skips").exists());
}

#[test]
fn nothing_is_skipped_while_a_venue_runs() {
    let bench = Bench::new();
    let serving = bench.serve().expect("it starts");
    let said = fails(&bench.journal("skip", &["1", "--reason", "test"]));
    assert!(
        said.contains(&format!(
            "another venue is running on this directory (process {})",
            serving.child.id()
        )),
        "{said}"
    );
    assert!(succeeds(&bench.journal("verify", &[])).contains("the journal is in order"), "looking is free");
    assert!(bench.last() > 0);
}

#[test]
fn a_venue_that_a_command_stops_starts_again_once_it_is_struck() {
    let bench = Bench::new();
    let seq = bench.poison();
    let said = bench.serve().err().expect("it can't start");
    assert!(said.contains("a command names a session that exists"), "{said}");

    let number = seq.to_string();
    let text = succeeds(&bench.journal("skip", &[&number, "--reason", "names session 99"]));
    assert!(text.contains(&format!("{seq}  ")) && text.contains("cancel 6 by 7"), "{text}");
    assert!(text.contains("struck by ") && text.contains("names session 99"), "{text}");

    let serving = bench.serve().expect("it starts");
    assert!(serving.said.contains("1 struck commands passed over"), "{}", serving.said);
    drop(serving);

    let line = succeeds(&bench.journal("inspect", &["--from", &number, "--limit", "1"]));
    assert!(
        line.contains("STRUCK by ") && line.contains("(uid ") && line.contains("names session 99"),
        "{line}"
    );
    let json = succeeds(&bench.journal("inspect", &["--from", &number, "--limit", "1", "--json"]));
    let object: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(object["struck"]["reason"], "names session 99");
    let text = succeeds(&bench.journal("verify", &[]));
    assert!(text.contains(&format!("struck: record {seq}, on ")), "{text}");
}

#[test]
fn a_record_is_struck_once() {
    let bench = Bench::new();
    let number = bench.poison().to_string();
    succeeds(&bench.journal("skip", &[&number, "--reason", "first"]));
    let said = fails(&bench.journal("skip", &[&number, "--reason", "second"]));
    assert!(said.contains("is skipped already") && said.contains("first"), "{said}");
}

#[test]
fn a_skip_of_a_record_that_is_gone_is_found_by_verify() {
    let bench = Bench::new();
    let seq = bench.poison();
    succeeds(&bench.journal("skip", &[&seq.to_string(), "--reason", "test"]));
    let file = OpenOptions::new().write(true).open(bench.segment()).expect("there");
    file.set_len(end(&bench.segment()) - 3).expect("cut");
    let said = fails(&bench.journal("verify", &[]));
    assert!(
        said.contains(&format!("record {seq} is struck, but the journal holds 1 to {}", seq - 1)),
        "{said}"
    );
}

#[test]
fn a_list_of_skips_that_changed_is_found() {
    let bench = Bench::new();
    let seq = bench.poison();
    succeeds(&bench.journal("skip", &[&seq.to_string(), "--reason", "test"]));
    flip(&bench.at("data/journal/skips"), 60);
    for what in ["inspect", "verify"] {
        let said = fails(&bench.journal(what, &[]));
        assert!(said.contains("the skip list is corrupt"), "{said}");
    }
}
