//! Securities are issued and listed by their texts: on a network only what stands on the register, word for word.

use crate::common::chain::{self, Signer};
use crate::common::market;
use crate::common::process::{Place, Process};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use tallystick_client::keys::public_key_hex;
use tallystick_engine::phase::Phase;
use tallystick_engine::rules::{Holders, Rule};
use tallystick_engine::types::Time;
use tallystick_gateway::admin::protocol::{Ask, Text};
use tallystick_gateway::admin::specs::{AccountSpec, FirmSpec, Onboarding, SessionSpec};
use tallystick_gateway::settlement::desk::LedgerAsk;
use tallystick_gateway::texts;
use tallystick_ledger::instruction::Operation;
use tallystick_ledger::names::Hash;
use tempfile::TempDir;

/// Commands in a directory of texts and keys, beside a venue that settles.
pub struct Office {
    folder: TempDir,
    pub place: Place,
    pub venue: Process,
    pub signer: Signer,
}

impl Office {
    pub fn open() -> Office {
        let place = Place::new("threads = 2\n[settlement]\nnetwork = \"embedded\"");
        let mut signer = Signer::new(chain::begin(&place, 1_000));
        let venue = place.start();
        let folder = tempfile::tempdir().unwrap();
        venue.ask(Ask::Ledger { about: LedgerAsk::Submit { signed: signer.population(2) } });
        let office = Office { folder, place, venue, signer };
        ["issuer", "registrar", "kyc"].into_iter().for_each(|name| office.write_key(name));
        office
    }

    /// The key file of a party of this name.
    pub fn write_key(&self, name: &str) {
        let seed = Hash::of("tallystick gateway test key", name.as_bytes());
        let file = self.folder.path().join(format!("{name}.key"));
        fs::write(&file, format!("{seed}\n")).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub fn run(&self, first: &[&str], words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        let data = self.place.data();
        command
            .current_dir(self.folder.path())
            .args(first)
            .arg("--data")
            .arg(data)
            .args(words)
            .output()
            .unwrap()
    }

    /// Takes on a broker for each of the two persons, lists a security by its texts, and opens it.
    pub fn trade(&self, symbol: &str, [text, listing]: [&str; 2]) {
        let session = |n| SessionSpec {
            session: n,
            firm: n,
            key: public_key_hex(&market::key(n).verifying_key()),
            ..SessionSpec::default()
        };
        let account = |n| AccountSpec { account: Some(n), firm: n, owner: n, record_holder: None };
        self.venue.ask(Ask::Onboard {
            people: Onboarding {
                firms: [1, 2].map(|firm| FirmSpec { firm }).to_vec(),
                sessions: [1, 2].map(session).to_vec(),
                investors: Vec::new(),
                accounts: [1, 2].map(account).to_vec(),
            },
        });
        self.answer(&["admin"], &["list", text, listing]);
        self.venue.ask(Ask::Day { date: None });
        for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
            self.venue.ask(Ask::Phase { security: symbol.into(), phase, from: None });
        }
    }

    /// What `explain-order` tells.
    #[track_caller]
    pub fn explained(&self, words: &[&str]) -> String {
        let output = self.run(&["explain-order"], words);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    pub fn answer(&self, first: &[&str], words: &[&str]) -> Value {
        let output = self.run(first, words);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[track_caller]
    pub fn complains(&self, first: &[&str], words: &[&str]) -> String {
        let output = self.run(first, words);
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }
}

const OPENING: &str =
    "[[holder]]\naccount = 1\nunits = 700\nacquired = \"2026-01-05\"\n[[holder]]\naccount = 2\nunits = 300\n";

#[test]
fn a_security_is_issued_and_listed_by_its_text_and_by_no_other() {
    let office = Office::open();
    let (text, listing) = (market::security("ACME").text, market::listing("ACME").text);
    office.write("acme.tally", &text);
    office.write("listing.tally", &listing);
    office.write("holders.toml", OPENING);
    let list = ["list", "acme.tally", "listing.tally"];
    let unknown = office.complains(&["admin"], &list);
    let hash = texts::hash(&text);
    assert_eq!(
        unknown,
        format!(
            "tallystick: the register has no security with the text {hash}; it must be issued first, with this text as it is\n"
        )
    );
    let issue = ["issue", "acme.tally", "--opening", "holders.toml", "--issuer", "issuer.key"];
    let issued = office.answer(&["ledger"], &[&issue[..], &["--registrar", "registrar.key"]].concat());
    assert_eq!((&issued["outcome"], &issued["detail"]["security"]), (&"done".into(), &3.into()), "{issued}");
    let record = office.answer(&["ledger"], &["show", "security", "3"]);
    assert_eq!((&record["text"], &record["issued"]), (&hash.to_string().into(), &1_000.into()), "{record}");

    // One letter of a comment more is another text.
    office.write("other.tally", &format!("// ACME\n{text}"));
    let other = office.complains(&["admin"], &["list", "other.tally", "listing.tally"]);
    assert!(other.starts_with("tallystick: the register has no security with the text "), "{other}");
    let bound = listing.replace("{\n", &format!("{{\n  text \"{hash}\"\n"));
    office.write("bound.tally", &bound);
    let other = office.complains(&["admin"], &["list", "other.tally", "bound.tally"]);
    assert!(
        other.starts_with(&format!("tallystick: the listing is of ACME with the text {hash}, and ")),
        "{other}"
    );
    office.write("thirds.tally", &listing.replace("2 decimals", "4 decimals"));
    assert_eq!(
        office.complains(&["admin"], &["list", "acme.tally", "thirds.tally"]),
        "tallystick: the cash token USD has 2 decimals, and the listing says 4\n"
    );
    assert_eq!(office.venue.ask(Ask::Securities).as_array().unwrap().len(), 0);

    let listed = office.answer(&["admin"], &["list", "bound.tally", "acme.tally"]);
    assert_eq!((&listed["security"], &listed["text"]), (&3.into(), &hash.to_string().into()), "{listed}");
    assert_eq!(office.venue.ask(Ask::Securities)[0]["symbol"], "ACME");
}

#[test]
fn a_text_whose_rules_are_not_those_on_the_register_is_not_listed() {
    let mut office = Office::open();
    let text = market::security("ACME");
    let declared = texts::security(&text.name, &text.text).unwrap();
    let key = |name| chain::key(name).public();
    let mut terms = declared.terms([key("issuer"), key("registrar")], None, Time(0));
    terms.protocols[0].rules.push(Rule::HolderCap(Holders::Beneficial, 99));
    let signed =
        office.signer.sign(Operation::Issue { terms, opening: Vec::new() }, &["issuer", "registrar"]);
    let receipts = office.venue.ask(Ask::Ledger { about: LedgerAsk::Submit { signed: vec![signed] } });
    assert_eq!(receipts[0]["outcome"], "done");
    office.write("acme.tally", &text.text);
    office.write("listing.tally", &market::listing("ACME").text);
    assert_eq!(
        office.complains(&["admin"], &["list", "acme.tally", "listing.tally"]),
        "tallystick: security 3 was issued with this text and with other rules than the text is compiled to: it can't be listed\n"
    );
}

#[test]
fn texts_that_do_not_compile_or_do_not_belong_together_list_nothing() {
    let place = Place::new("");
    let venue = place.start();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: Text| fs::write(folder.path().join(name), text.text).unwrap();
    write("oak.tally", market::security("OAK"));
    write("elm.tally", market::security("ELM"));
    write("oak-listing.tally", market::listing("OAK"));
    let mut wrong = market::listing("ELM");
    wrong.text = wrong.text.replace("tick 0.01", "tick 5 %");
    write("elm-listing.tally", wrong);
    let list = |files: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        command
            .current_dir(folder.path())
            .args(["admin", "--data"])
            .arg(place.data())
            .arg("list")
            .args(files);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (listed, said) = list(&["oak.tally", "oak-listing.tally", "elm.tally", "elm-listing.tally"]);
    assert!(
        !listed
            && said.contains("elm-listing.tally:3:")
            && said.ends_with("tallystick: 2 things are wrong\n"),
        "{said}"
    );
    let alone = "tallystick: elm.tally: the text of a listing of ELM is wanted beside it\n";
    assert_eq!(list(&["oak.tally", "oak-listing.tally", "elm.tally"]), (false, alone.into()));
    let alone = "tallystick: oak-listing.tally: the text that declares OAK is wanted beside it\n";
    assert_eq!(list(&["oak-listing.tally"]), (false, alone.into()));
    assert_eq!(venue.ask(Ask::Securities).as_array().unwrap().len(), 0);
    assert_eq!(list(&["oak-listing.tally", "oak.tally"]), (true, String::new()));
    assert_eq!(venue.ask(Ask::Securities)[0]["rules"], 1);
}

#[test]
fn where_one_key_is_elsewhere_the_instruction_is_printed_for_both_to_sign() {
    let office = Office::open();
    office.write("acme.tally", &market::security("ACME").text);
    let registrar = chain::key("registrar").public().to_string();
    let words = ["issue", "acme.tally", "--issuer", "issuer.key", "--registrar", &registrar];
    let printed = office.answer(&["ledger"], &words);
    assert_eq!(printed["issue"]["terms"]["symbol"], "ACME");
    office.write("issue.json", &printed.to_string());
    let half = office.run(&["ledger"], &["sign", "issue.json", "--key", "issuer.key"]);
    office.write("half", &String::from_utf8(half.stdout).unwrap());
    let issued = office.answer(&["ledger"], &["submit", "half", "--key", "registrar.key"]);
    assert_eq!(issued["outcome"], "done", "{issued}");
}

#[test]
fn the_rules_of_a_security_are_changed_by_its_amended_text_and_nothing_else_is() {
    let office = Office::open();
    let text = market::security("ACME").text;
    let amended = text.replace("both verified\n", "both verified\n    lock-up 30 days\n");
    office.write("acme.tally", &text);
    office.write("amended.tally", &amended);
    office.write("renamed.tally", &amended.replace("name \"ACME\"", "name \"Acme\""));
    office.write("preferred.tally", &amended.replace("kind common", "kind preferred"));
    office.write("listing.tally", &market::listing("ACME").text);
    office.write("rules.tally", "transfers {\n  require both verified\n}\n");
    let keys = ["--issuer", "issuer.key", "--registrar", "registrar.key"];
    office.answer(&["ledger"], &[&["issue", "acme.tally"], &keys[..]].concat());
    let amend = |words: &[&'static str]| [&["amend"], words, &keys[..]].concat();

    let hash = texts::hash(&text);
    let public = |name| chain::key(name).public().to_string();
    for (words, complaint) in [
        (
            amend(&["acme.tally", "--security", "3"]),
            "security 3 has these rules already, or is about to".into(),
        ),
        (amend(&["amended.tally", "--security", "9"]), "the ledger has no security 9".into()),
        (
            amend(&["listing.tally", "--security", "3"]),
            "listing.tally has no rules: it is no text of a security".to_string(),
        ),
        (
            amend(&["renamed.tally", "--security", "3"]),
            "renamed.tally changes more than the rules of security 3, and nothing else can be amended:\n  \
             name: ACME on the register, Acme in the text"
                .into(),
        ),
        (
            amend(&["preferred.tally", "--security", "3", "--issued", "acme.tally"]),
            "preferred.tally changes more than the rules of security 3, and nothing else can be amended:\n  \
             kind: common when it was issued, preferred in the text"
                .into(),
        ),
        (
            amend(&["amended.tally", "--security", "3", "--issued", "amended.tally"]),
            format!(
                "amended.tally is not the text that security 3 was issued with: that has the hash {hash}"
            ),
        ),
        (
            vec![
                "amend",
                "amended.tally",
                "--security",
                "3",
                "--issuer",
                "registrar.key",
                "--registrar",
                "issuer.key",
            ],
            format!("registrar.key is not the key of the issuer of security 3: that is {}", public("issuer")),
        ),
    ] {
        assert_eq!(office.complains(&["ledger"], &words), format!("tallystick: {complaint}\n"), "{words:?}");
    }

    let words = amend(&["amended.tally", "--security", "3", "--issued", "acme.tally"]);
    let receipt = office.answer(&["ledger"], &words);
    assert_eq!(receipt["outcome"], "done", "{receipt}");
    let rules = || {
        let record = office.answer(&["ledger"], &["show", "security", "3"]);
        assert_eq!(record["text"], hash.to_string(), "the text of its issue stays");
        let protocols = record["versions"].as_array().unwrap().last().unwrap()["protocols"].clone();
        protocols.as_array().unwrap().iter().map(|p| p["rules"].as_array().unwrap().len()).sum::<usize>()
    };
    assert_eq!(rules(), 2);
    let again = office.complains(&["ledger"], &words);
    assert_eq!(again, "tallystick: security 3 has these rules already, or is about to\n");
    // A list of rules alone changes them as well; and where a key is elsewhere, the instruction is printed.
    let registrar = public("registrar");
    let words =
        ["amend", "rules.tally", "--security", "3", "--issuer", "issuer.key", "--registrar", &registrar];
    let printed = office.answer(&["ledger"], &words);
    assert_eq!(printed["amend"]["security"], 3, "{printed}");
    office.write("amend.json", &printed.to_string());
    let submit = ["submit", "amend.json", "--key", "issuer.key", "--key", "registrar.key"];
    assert_eq!(office.answer(&["ledger"], &submit)["outcome"], "done");
    assert_eq!(rules(), 1);
}
