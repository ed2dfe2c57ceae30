//! `tallystick credential`, by a claim issuer's operator and by a holder, against a venue that settles on a chain.

use crate::common::again::Again;
use crate::common::chain::{self, Signer, key};
use crate::common::market;
use crate::common::process::{Place, Process};
use crate::common::shell::Shell;
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tallystick_client::keys::write_key_file;
use tallystick_credentials::{Did, Form, Issuer, Purpose, Statement, StatusEntry};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{InvestorId, Time};
use tallystick_gateway::admin::protocol::{Ask, Text};
use tallystick_gateway::clock::Clock;
use tallystick_gateway::settlement::desk::{LedgerAsk, Shown};
use tallystick_gateway::texts;
use tallystick_ledger::claim::{Claim, ClaimValue};
use tallystick_ledger::instruction::{Opening, Operation};
use tallystick_ledger::names::{Hash, Height};
use tempfile::TempDir;

const HOUR: u64 = 3_600_000_000_000;

/// A claim issuer's shell, beside a venue whose market is open. Person 1 is Ann, and is not accredited.
struct Office {
    folder: TempDir,
    place: Place,
    venue: Process,
    signer: Signer,
}

/// Who may buy is accredited.
fn security() -> Text {
    let text = market::security("ASH").text;
    Text::new("ash.tally", text.replace("verified\n", "verified\n    require buyer accredited\n"))
}

fn seed(name: &str) -> [u8; 32] {
    Hash::of("tallystick gateway test key", name.as_bytes()).0
}

fn did(name: &str) -> String {
    Did::of(key(name).public()).to_string()
}

impl Office {
    fn open() -> Office {
        let place = Place::new("threads = 2\n[settlement]\nnetwork = \"embedded\"\nbatch_age_ms = 2");
        let mut signer = Signer::new(chain::begin(&place, 1_000));
        let venue = place.start();
        chain::open(&mut signer, 2, |ask| venue.ask(ask));
        let folder = tempfile::tempdir().unwrap();
        let office = Office { folder, place, venue, signer };
        for name in ["kyc", "auditor", "person 1"] {
            let file = office.folder.path().join(format!("{name}.key"));
            fs::write(&file, format!("{}\n", Hash(seed(name)))).unwrap();
            fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        }
        office.write("trusted.toml", &trusted("accredited"));
        office
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// `tallystick credential`, with this on its standard input.
    fn run_with(&self, words: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        command.current_dir(self.folder.path()).args(["credential", "--data"]).arg(self.place.data());
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Who does not read its input closes it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    #[track_caller]
    fn says(&self, words: &[&str]) -> String {
        let output = self.run_with(words, "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn answers(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.says(words)).unwrap()
    }

    #[track_caller]
    fn complains(&self, words: &[&str]) -> String {
        let output = self.run_with(words, "");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }

    /// A security that only the accredited may buy is issued, listed and opened.
    fn list_ash(&mut self) {
        let text = security();
        let declared = texts::security(&text.name, &text.text).unwrap();
        let terms = declared.terms([key("issuer").public(), key("registrar").public()], None, Time(0));
        let opening = vec![Opening {
            account: tallystick_engine::types::AccountId(2),
            units: tallystick_engine::types::Units(100),
            acquired: Time(0),
            restricted: false,
            paid: true,
        }];
        let issue = self.signer.sign(Operation::Issue { terms, opening }, &["issuer", "registrar"]);
        let receipts = self.venue.ask(Ask::Ledger { about: LedgerAsk::Submit { signed: vec![issue] } });
        assert_eq!(receipts[0]["outcome"], "done", "{receipts}");
        self.venue.ask(Ask::List { security: text, listing: market::listing("ASH"), number: None });
        for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
            self.venue.ask(Ask::Phase { security: "ASH".into(), phase, from: None });
        }
    }

    /// What the venue says to Ann's order in that security.
    fn order(&self) -> String {
        let shell = Shell::new(&self.place, &[1]);
        shell.session("order", 1, "--account 1 buy 10 3 --price 1 --for 1")
    }

    fn person(&self, number: u32) -> Value {
        self.venue.ask(Ask::Ledger { about: LedgerAsk::Show(Shown::Person(InvestorId(number))) })
    }
}

/// The mapping of a claim issuer who relies on the auditor for a topic.
fn trusted(topic: &str) -> String {
    format!(
        "[[credential]]\nissuer = {:?}\ntype = \"TallystickPersonCredential\"\ntopic = {topic:?}\nvalue = \"/{topic}\"\n",
        did("auditor")
    )
}

/// The auditor's credential that Ann is accredited, from an hour ago until so many hours from now.
fn credential(by: &str, subject: &str, hours: i64, status: Option<&StatusEntry>) -> (String, Time) {
    let now = Clock::System.now();
    let until = Time(now.0.checked_add_signed(hours * HOUR as i64).unwrap());
    let from = Time(now.0 - 3 * HOUR);
    let claim = |value| Claim { value, issued: from, expires: until, evidence: None };
    let claims = [ClaimValue::Accredited, ClaimValue::Screened].map(claim);
    let statement = Statement {
        chain: Hash::default(),
        subject,
        claims: &claims,
        persons: &Default::default(),
        now: from,
        status,
    };
    (Issuer::from_seed(seed(by)).about(&statement, Form::SdJwt).unwrap(), until)
}

const PERSON: [&str; 4] = ["--trust", "trusted.toml", "--person", "1"];

#[test]
fn an_investor_s_credential_becomes_a_claim_and_its_order_is_taken() {
    let mut office = Office::open();
    office.list_ash();
    let before = office.order();
    assert!(before.starts_with("rejected: "), "{before}");

    let (text, until) = credential("auditor", &did("person 1"), 24, None);
    office.write("ann.vc", &text);
    let shown = office.answers(&["show", "ann.vc"]);
    assert_eq!(shown["signed_by"], did("auditor"));
    assert_eq!(shown["subject"]["accredited"], true);
    assert_eq!(shown["within_its_time"], true);
    let verified = office.answers(&[&["verify", "ann.vc"][..], &PERSON].concat());
    let evidence = Hash::of("tallystick 2026 credential", text.split('~').next().unwrap().as_bytes());
    let (expires, evidence) = (&verified["claims"][0]["expires"], evidence.to_string());
    assert_eq!(verified["claims"].as_array().map(Vec::len), Some(1), "{verified}");
    assert_eq!(verified["claims"][0]["claim"], "accredited");
    assert_eq!(verified["claims"][0]["evidence"], evidence);
    assert_eq!(verified["issuer"], did("auditor"));
    // On standard input it is the same.
    let words = [&["verify", "-"][..], &PERSON].concat();
    let piped = office.run_with(&words, &text);
    assert_eq!(serde_json::from_slice::<Value>(&piped.stdout).unwrap(), verified);

    // The chain trusts who knows its customers for that, and for accreditation nobody it knows: the receipt says so.
    let attest = [&["attest", "ann.vc", "--key", "kyc.key"][..], &PERSON].concat();
    let refused = office.complains(&attest);
    assert!(refused.contains("a claim issuer trusted for Accredited"), "{refused}");
    assert!(office.order().starts_with("rejected: "));

    let attest = [&["attest", "ann.vc", "--key", "auditor.key"][..], &PERSON].concat();
    let receipts = office.answers(&attest);
    assert_eq!((receipts.as_array().map(Vec::len), &receipts[0]["outcome"]), (Some(1), &json!("done")));
    let person = office.person(1);
    let claim = person["claims"].as_array().unwrap().iter().find(|claim| claim["claim"] == "accredited");
    let claim = claim.expect("it stands on the ledger");
    assert_eq!((&claim["expires"], &claim["evidence"]), (expires, &json!(evidence)));
    assert_eq!(claim["issuer"], key("auditor").public().to_string());

    // The venue has heard of it with the next block, and takes the order that it refused.
    followed(&office.venue);
    let after = office.order();
    assert!(after.starts_with("accepted as order "), "{after}");
    let snapshot = office.venue.ask(Ask::Snapshot);
    let again = Again::of_directory(&office.place.data(), snapshot["seq"].as_u64().unwrap());
    let persons = again.engine.state().persons;
    let ann = persons.iter().find(|(person, _)| *person == InvestorId(1)).and_then(|(_, it)| it.as_ref());
    assert_eq!(ann.map(|identity| identity.until.accredited), Some(until));
}

/// Waits until the venue has been told of all that stands now.
fn followed(venue: &Process) {
    let height = |about| venue.ask(Ask::Ledger { about });
    let head = height(LedgerAsk::Head)["height"].as_u64().unwrap();
    let deadline = std::time::Instant::now() + crate::common::PATIENCE;
    while height(LedgerAsk::Settlement)["followed"].as_u64().unwrap() <= Height(head).0 {
        assert!(std::time::Instant::now() < deadline, "the venue does not follow");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn every_fault_of_a_credential_is_told_and_leads_to_no_claim() {
    let mut office = Office::open();
    let ann = did("person 1");
    let list = "https://auditor.example/revoked";
    let entry = |index| StatusEntry { purpose: Purpose::Revocation, list: list.into(), index };
    let (good, _) = credential("auditor", &ann, 24, None);
    let files = [
        ("good.vc", good.clone()),
        ("expired.vc", credential("auditor", &ann, -1, None).0),
        ("stranger.vc", credential("kyc", &ann, 24, None).0),
        ("bob.vc", credential("auditor", &did("person 2"), 24, None).0),
        ("listed.vc", credential("auditor", &ann, 24, Some(&entry(17))).0),
        ("neighbour.vc", credential("auditor", &ann, 24, Some(&entry(18))).0),
        ("hidden.vc", good.split('~').next().unwrap().to_owned() + "~"),
        ("empty.vc", "\n".into()),
        ("bare.json", "{\"type\": [\"VerifiableCredential\"]}".into()),
        ("residence.toml", trusted("residence")),
        ("broken.toml", "[[credential]]\ntopic = \"rich\"\n".into()),
    ];
    files.iter().for_each(|(name, text)| office.write(name, text));
    // One letter of what was signed is another.
    let at = good.find('.').unwrap() + 8;
    let other = if &good[at..=at] == "A" { "B" } else { "A" };
    office.write("altered.vc", &format!("{}{other}{}", &good[..at], &good[at + 1..]));
    let published = ["status-list", "revoked.vc", "--url", list, "--key", "auditor.key", "--set", "17"];
    assert_eq!(
        office.says(&published),
        format!("revoked.vc: 1 of 131072 bits are set, of revocation; publish it at {list}\n")
    );
    let handed = format!("{list}=revoked.vc");
    let with_list = |file| [file, "--status-list", &handed];

    let auditor = did("auditor");
    let said = |words: &[&str]| office.complains(&[&["verify"], words, &PERSON].concat());
    let begins = [
        (said(&["expired.vc"]), "the credential was valid until ".to_owned()),
        (said(&["good.vc", "--at", "2020-01-01T00:00:00Z"]), "the credential is valid from ".into()),
        (said(&["stranger.vc"]), format!("{} is not an issuer that the mapping trusts", did("kyc"))),
        (said(&["good.vc", "--topic", "residence"]), format!("{auditor} is trusted, but not for the topic residence")),
        (said(&["bob.vc"]), format!("the credential is about {}, not about {ann}", did("person 2"))),
        (said(&["listed.vc"]), format!("the status list {list} is needed to tell")),
        (said(&with_list("listed.vc")), format!("the credential's issuer has set it to revoked in {list}")),
        (
            said(&["hidden.vc"]),
            "the credential does not tell accredited: there is nothing at /accredited, or it is not disclosed".into(),
        ),
        (said(&["empty.vc"]), "empty.vc is empty; a JWT or an SD-JWT is wanted".into()),
        (said(&["nobody.vc"]), "nobody.vc can't be read: No such file".into()),
        (
            said(&["bare.json"]),
            "this is no credential in a form that is understood: it is JSON without a signature".into(),
        ),
    ];
    for (said, begin) in begins {
        assert!(said.starts_with(&format!("tallystick: {begin}")), "{said:?} does not begin {begin:?}");
    }
    let altered = said(&["altered.vc"]);
    assert!(altered.contains("is no") || altered.contains("the signature is not that of"), "{altered}");
    let of =
        |trust: &'static str| office.complains(&["verify", "good.vc", "--trust", trust, "--subject", &ann]);
    assert!(of("residence.toml").contains("does not tell residence"), "{}", of("residence.toml"));
    assert!(
        of("broken.toml").starts_with("tallystick: broken.toml: the mapping of credentials can't be used")
    );
    assert!(of("none.toml").contains("`tallystick credential --help` shows what stands in it"));
    // Its neighbour in the list stands.
    office.says(&[&["verify"], &with_list("neighbour.vc")[..], &PERSON].concat());

    let nobody = office.complains(&["verify", "good.vc", "--trust", "trusted.toml", "--person", "99"]);
    assert_eq!(nobody, "tallystick: the ledger has no person 99\n");
    let attest = |file| {
        let words = ["attest", file, "--key", "auditor.key"];
        office.complains(&[&words[..], &PERSON].concat())
    };
    assert!(attest("expired.vc").starts_with("tallystick: the credential was valid until "));
    assert!(attest("altered.vc").starts_with("tallystick: "));
    let without = ["attest", "good.vc", "--key", "no.key"];
    let without = office.complains(&[&without[..], &PERSON].concat());
    assert_eq!(without, "tallystick: key file no.key is missing\n");
    let claims = office.person(1)["claims"].as_array().map(Vec::len);
    assert_eq!(claims, Some(2), "who it is, and where it resides, and no more");
    // What is wrong with a file is told though nobody is there to be asked about the person.
    office.venue.kill();
    for words in [&["verify"][..], &["attest", "--print"]] {
        for [file, trust, wrong] in
            [["good.vc", "none.toml", "none.toml"], ["nobody.vc", "trusted.toml", "nobody.vc"]]
        {
            let person = [file, "--trust", trust, "--person", "1"];
            let said = office.complains(&[words, &person[..]].concat());
            assert!(said.starts_with(&format!("tallystick: {wrong} can't be read")), "{said}");
        }
    }
}

#[test]
fn what_the_ledger_knows_is_issued_shown_in_part_and_accepted_again() {
    let office = Office::open();
    assert_eq!(office.says(&["did", "--person", "1"]), format!("{}\n", did("person 1")));
    assert_eq!(office.says(&["did", "person 1.key"]), format!("{}\n", did("person 1")));
    assert_eq!(office.says(&["did", &key("kyc").public().to_string()]), format!("{}\n", did("kyc")));

    let issue = ["issue", "--person", "1", "--key", "kyc.key"];
    let jwt = office.says(&issue);
    office.write("ann.jwt", &jwt);
    let shown = office.answers(&["show", "ann.jwt"]);
    assert_eq!((&shown["form"], &shown["signed_by"]), (&json!("vc+jwt"), &json!(did("kyc"))));
    assert_eq!(shown["subject"]["verified"], true);
    assert_eq!(shown["subject"]["residence"], "US");
    assert_eq!(shown["subject"]["id"], did("person 1"));
    assert_eq!(shown["subject"]["chain"], office.signer.genesis.chain().to_string());

    let out = ["--form", "sd-jwt", "--out", "ann.sd"];
    assert_eq!(office.says(&[&issue[..], &out].concat()), format!("ann.sd: issued by {}\n", did("kyc")));
    let twice = office.complains(&[&issue[..], &out].concat());
    assert!(twice.starts_with("tallystick: ann.sd can't be written: "), "{twice}");
    let part = office.says(&["disclose", "ann.sd", "residence"]);
    office.write("part.sd", &part);
    let shown = office.answers(&["show", "part.sd"]);
    assert_eq!(shown["subject"]["residence"], "US");
    assert_eq!(shown["subject"].get("verified"), None);
    let missing = office.complains(&["disclose", "part.sd", "verified"]);
    assert!(
        missing.contains("nothing to disclose that is called \"verified\"; it has residence"),
        "{missing}"
    );
    let trust = trusted("residence").replace(&did("auditor"), &did("kyc"));
    office.write("trusted.toml", &trust);
    let verified = office.answers(&[&["verify", "part.sd"][..], &PERSON].concat());
    assert_eq!(verified["claims"][0]["claim"], json!({ "resident_of": "US" }));

    // Where the key is elsewhere the instruction is printed, and signed and handed in from there.
    let printed = office.says(&[&["attest", "part.sd", "--print"][..], &PERSON].concat());
    office.write("attest.json", &printed);
    let folder = office.folder.path();
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        let data = office.place.data();
        command.current_dir(folder).args(["ledger", "--data"]).arg(data).args(words).output().unwrap()
    };
    let receipt = run(&["submit", "attest.json", "--key", "kyc.key"]).stdout;
    let receipt: Value = serde_json::from_slice(&receipt).unwrap();
    assert_eq!(receipt["outcome"], "done", "{receipt}");

    let none = office.complains(&[&issue[..], &["--topic", "accredited"]].concat());
    assert!(none.starts_with("tallystick: none of the claims counts at "), "{none}");
    let rich = office.run_with(&[&issue[..], &["--topic", "rich"]].concat(), "");
    assert!(String::from_utf8_lossy(&rich.stderr).contains("one of verified, residence, accredited"));
    let mut signer = Signer::new(office.signer.genesis.clone());
    let suspend = Operation::Suspend { investor: InvestorId(1), suspended: true };
    let signed = vec![signer.sign(suspend, &["kyc"])];
    office.venue.ask(Ask::Ledger { about: LedgerAsk::Submit { signed } });
    let suspended = office.complains(&issue);
    assert_eq!(suspended, "tallystick: person 1 is suspended: nothing is said of it\n");
}

#[test]
fn a_status_list_keeps_its_bits_when_it_is_published_again() {
    let folder = tempfile::tempdir().unwrap();
    write_key_file(folder.path().join("a.key"), &market::key(1)).unwrap();
    write_key_file(folder.path().join("b.key"), &market::key(2)).unwrap();
    let run = |words: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        let words = format!("credential status-list l.vc {words}");
        let output = command.current_dir(folder.path()).args(words.split(' ')).output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let publish = "--url https://a.example/1 --key a.key";
    let set = |n: u32, what: &str| {
        format!("l.vc: {n} of 131072 bits are set, of {what}; publish it at https://a.example/1\n")
    };
    assert_eq!(run(&format!("{publish} --purpose suspension --set 3 --set 131071")), set(2, "suspension"));
    assert_eq!(run(&format!("{publish} --clear 3")), set(1, "suspension"));
    assert_eq!(
        run(&format!("{publish} --set 131072")),
        "tallystick: l.vc: it has 131072 bits, and none of number 131072\n"
    );
    assert!(run("--url https://a.example/1 --key b.key").contains("is not an issuer"));
    assert!(run("--url https://a.example/2 --key a.key").contains("it is the list of https://a.example/1"));
    assert_eq!(run(publish), set(1, "suspension"));
    assert!(!Path::new(&folder.path().join("l.new")).exists());
}
