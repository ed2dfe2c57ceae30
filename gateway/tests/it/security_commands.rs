//! `tallystick security` and `tallystick catalog`: what they print, and what they fail with.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tallystick_gateway::texts;
use tempfile::TempDir;

const ACME: &str = "\
// An example.
security ACME {
  name \"Acme Robotics, Inc.\"
  kind common
  exemption rule506c restricted
  issuer \"Acme\"
  registrar \"Register\"
  terms {
    votes 1
  }
  transfers {
    require both verified
    lock-up 180 days
  }
}
";

const LISTING: &str = "\
listing ACME {
  cash USD with 2 decimals
  tick 0.01
  lot 1 unit
  highest price 10,000
  largest order 1,000 units
  reference 5
  collar 20 %
  segment gated
  trading in auctions
}
";

/// A directory with these files in it, in which commands run.
struct Desk(TempDir);

impl Desk {
    fn new(files: &[(&str, &str)]) -> Desk {
        let desk = Desk(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| desk.write(name, text));
        desk
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        command.current_dir(self.0.path()).args(words).output().unwrap()
    }

    /// What it prints when it succeeds.
    #[track_caller]
    fn says(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && err.is_empty(), "{err}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it complains of when it fails.
    #[track_caller]
    fn complains(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn check_says_what_texts_are_or_all_that_is_wrong_with_any() {
    let wrong = ACME.replace("kind common", "kind comon").replace("180 days", "180 %");
    let desk = Desk::new(&[("acme.tally", ACME), ("listing.tally", LISTING), ("wrong.tally", &wrong)]);
    let said = desk.says(&["security", "check", "acme.tally", "listing.tally"]);
    let hash = texts::hash(ACME);
    assert_eq!(
        said,
        format!(
            "acme.tally: security ACME, common; 2 rules of 1 protocol; text {hash}\n\
             listing.tally: listing of ACME, paid in USD\n"
        )
    );
    let complaint = desk.complains(&["security", "check", "wrong.tally", "acme.tally"]);
    for part in ["wrong.tally:4:8", "wrong.tally:13:", "common", "tallystick: 2 things are wrong\n"] {
        assert!(complaint.contains(part), "{part}\n{complaint}");
    }
    let missing = desk.complains(&["security", "check", "nobody.tally"]);
    assert_eq!(missing, "tallystick: nobody.tally can't be read: No such file or directory (os error 2)\n");
}

#[test]
fn who_stops_reading_what_a_command_prints_is_told_of_no_fault() {
    let desk = Desk::new(&[("acme.tally", ACME)]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
    command.current_dir(desk.0.path()).args(["security", "explain", "acme.tally"]);
    let output = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(141), String::new()));
}

#[test]
fn explain_compile_and_diff_tell_what_the_language_tells() {
    let amended = ACME.replace("180 days", "365 days");
    let desk = Desk::new(&[("acme.tally", ACME), ("amended.tally", &amended), ("listing.tally", LISTING)]);
    let [old, new] = [ACME, &amended].map(|text| tallystick_dsl::check("a", text).unwrap());
    assert_eq!(desk.says(&["security", "explain", "acme.tally"]), tallystick_dsl::explain(&old));
    let diff = tallystick_dsl::diff(old.protocols().unwrap(), new.protocols().unwrap()).to_string();
    assert!(diff.starts_with("Changed"), "{diff}");
    assert_eq!(desk.says(&["security", "diff", "acme.tally", "amended.tally"]), diff);
    let compiled: serde_json::Value =
        serde_json::from_str(&desk.says(&["security", "compile", "acme.tally"])).unwrap();
    assert_eq!(compiled["text"], texts::hash(ACME).to_string());
    assert_eq!(compiled["security"]["protocols"][0]["name"], "own@1");
    assert_eq!(
        desk.complains(&["security", "diff", "acme.tally", "listing.tally"]),
        "tallystick: listing.tally has no rules to compare\n"
    );
}

#[test]
fn format_writes_what_is_written_otherwise_and_nothing_else() {
    let crooked = ACME.replace("  kind", "      kind");
    let desk = Desk::new(&[("acme.tally", ACME), ("crooked.tally", &crooked)]);
    let files = ["security", "format", "acme.tally", "crooked.tally"];
    let output = desk.run(&[&files[..], &["--check"]].concat());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "crooked.tally: not as it would be written\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "tallystick: 1 of 2 would be changed\n");
    assert_eq!(desk.read("crooked.tally"), crooked);
    assert_eq!(desk.says(&files), "crooked.tally: written\n");
    assert_eq!(desk.read("crooked.tally"), ACME);
    assert_eq!(desk.says(&files), "");
    desk.write("open.tally", "security ACME {");
    let complaint = desk.complains(&["security", "format", "open.tally"]);
    assert!(complaint.ends_with("tallystick: open.tally was not changed\n"), "{complaint}");
    assert_eq!(desk.read("open.tally"), "security ACME {");
}

#[test]
fn nothing_is_added_to_the_catalog_if_one_text_does_not_compile_and_listings_are_passed_over() {
    let desk = Desk::new(&[("acme.tally", ACME), ("listing.tally", LISTING), ("open.tally", "security A {")]);
    let complaint = desk.complains(&["catalog", "add", "acme.tally", "open.tally"]);
    assert!(
        complaint.ends_with("tallystick: nothing was added: 1 of 2 texts do not compile\n"),
        "{complaint}"
    );
    let complaint = desk.complains(&["catalog", "add", "listing.tally"]);
    assert_eq!(complaint, "tallystick: nothing was added: no text declares a security\n");
    assert!(!desk.0.path().join("catalog.redb").exists());
    let missing = desk.complains(&["catalog", "show", "ACME"]);
    assert_eq!(
        missing,
        "tallystick: catalog.redb: there is no catalog; `tallystick catalog add` begins one\n"
    );
    let added = desk.says(&["catalog", "add", "acme.tally", "listing.tally"]);
    let passed = "listing.tally is a listing; the catalog has securities: passed over\nACME ";
    assert!(added.starts_with(passed) && added.ends_with("  added\n"), "{added}");
}

#[test]
fn what_is_in_the_catalog_is_found_by_words_fields_and_symbol() {
    let beta = ACME
        .replace("ACME", "BETA")
        .replace("Acme Robotics, Inc.", "Beta Mines")
        .replace("common", "preferred");
    let desk = Desk::new(&[("acme.tally", ACME), ("beta.tally", &beta)]);
    let [acme_hash, beta_hash] = [ACME, &beta].map(texts::hash);
    assert_eq!(
        desk.says(&["catalog", "add", "acme.tally", "beta.tally"]),
        format!("ACME         {acme_hash}  added\nBETA         {beta_hash}  added\n")
    );
    let acme = "ACME         common         rule506c     Acme Robotics, Inc.\n";
    let beta_line = "BETA         preferred      rule506c     Beta Mines\n";
    assert_eq!(desk.says(&["catalog", "search", "robotics", "verified"]), acme);
    assert_eq!(desk.says(&["catalog", "query", "kind=preferred and rule=ways"]), beta_line);
    assert_eq!(desk.says(&["catalog", "query", "restricted=yes"]), format!("{acme}{beta_line}"));
    let one = desk.says(&["catalog", "query", "restricted=yes", "--limit", "1"]);
    assert_eq!(one, format!("{acme}1 of 2; --limit shows more\n"));
    assert_eq!(desk.says(&["catalog", "query", "kind=debt"]), "nothing was found\n");
    let shown = desk.says(&["catalog", "show", "ACME"]);
    assert!(shown.starts_with(&format!("text {acme_hash}\n")) && shown.ends_with(ACME), "{shown}");
    assert_eq!(desk.says(&["catalog", "show", &beta_hash.to_string()[..8], "--text"]), beta);
    assert_eq!(
        desk.complains(&["catalog", "show", "GAMMA"]),
        "tallystick: catalog.redb has no \"GAMMA\"; `tallystick catalog search` finds by words\n"
    );
    assert_eq!(
        desk.complains(&["catalog", "query", "knd=debt"]),
        "tallystick: the filter:\nknd=debt\n^ there is no field \"knd\"; kind is meant?\n"
    );
    let amended = ACME.replace("180 days", "365 days");
    desk.write("acme.tally", &amended);
    assert_eq!(
        desk.says(&["catalog", "add", "acme.tally", "beta.tally"]),
        format!(
            "ACME         {}  added; the text before was {acme_hash}\nBETA         {beta_hash}  was there already\n",
            texts::hash(&amended)
        )
    );
}

#[test]
fn the_texts_that_the_operators_guide_shows_compile_together() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operating.md");
    let guide = fs::read_to_string(guide).unwrap();
    let block = |begin: &str| {
        let at = guide.find(&format!("```\n{begin}")).unwrap_or_else(|| panic!("{begin}")) + 4;
        guide[at..].split_once("```").unwrap().0
    };
    let declared = texts::security("guide", block("security ACME")).unwrap();
    let listing = texts::listing("guide", block("listing ACME")).unwrap();
    let cash = texts::Cash { id: tallystick_engine::types::CashId(1), decimals: Some(2) };
    let names = texts::CashNames::from([("USD".into(), cash)]);
    let listed = declared.listed(&listing, tallystick_engine::types::SecurityId(1), &names).unwrap();
    let mut venue = tallystick_engine::testing::Venue::open();
    venue.operate(tallystick_engine::command::Action::List(tallystick_engine::command::Listing {
        security: tallystick_engine::types::SecurityId(2),
        ..listed
    }));
    assert!(venue.engine.security(tallystick_engine::types::SecurityId(2)).is_some(), "the engine lists it");
    // The statements that are shown alone stand in a listing.
    let more = block("bands {");
    let with = block("listing ACME").replace("  trading", &format!("{more}\n  trading"));
    let with = with.replace("reference 5.00", "reference 10.00");
    texts::listing("guide", &with).unwrap();
}
