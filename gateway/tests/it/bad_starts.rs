//! Starts that can't be: each says what is wrong, where, and what to do; nothing is lost by trying.

use crate::common::again::Again;
use crate::common::market;
use crate::common::process::{Place, Process};
use std::fs;
use std::path::Path;
use tallystick_client::{Client, Side};
use tallystick_engine::rules::Registry;
use tallystick_gateway::admin::protocol::Ask;

/// A directory of a venue that has an open market and some orders, stopped in order.
fn used(run: &str) -> Place {
    let place = Place::new(run);
    let venue = place.start();
    market::open(2, |ask| venue.ask(ask));
    for (session, side) in [(1, Side::Buy), (2, Side::Sell)] {
        let mut client =
            Client::connect(place.address, market::identity(session), market::patient()).unwrap();
        for n in 0..20 {
            client.new_order(market::order(session, &format!("n{n}"), side, 100 + n % 3, 5)).unwrap();
        }
        for _ in 0..20 {
            client.poll(crate::common::PATIENCE).unwrap().expect("an order is answered");
        }
    }
    assert!(venue.stop().success());
    place
}

/// The state's hash, once the venue runs.
fn hash(venue: &Process) -> (u64, String) {
    let taken = venue.ask(Ask::Snapshot);
    (taken["seq"].as_u64().unwrap(), taken["state_hash"].as_str().unwrap().to_owned())
}

/// The venue starts, and its state is that of a replay from the start.
fn is_whole(place: &Place) {
    let venue = place.start();
    let (seq, hash) = hash(&venue);
    let again = Again::of_directory(&place.data(), seq);
    assert_eq!(again.engine.state().hash().to_string(), hash);
    assert_eq!(again.engine.session_numbers(tallystick_engine::types::SessionId(1)).unwrap()[1], 21);
    again.check();
    assert!(venue.stop().success());
}

fn refused(place: &Place) -> String {
    match place.try_start() {
        Err(why) => why,
        Ok(_) => panic!("the venue starts"),
    }
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at] ^= 0x10;
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_second_venue_on_one_directory_is_kept_out_and_the_first_is_not_disturbed() {
    let place = Place::new("");
    let first = place.start();
    let why = refused(&place);
    let pid = why.split("process ").nth(1).unwrap().split(')').next().unwrap().to_owned();
    assert_eq!(
        why.replace(&pid, "PID"),
        "tallystick: DIR/data/journal: another venue is running on this directory (process PID); stop it first, or \
         give this one a directory of its own\n"
    );
    assert_eq!(first.ask(Ask::Status)["firms"], 0);
    assert!(first.stop().success());
}

#[test]
fn a_port_in_use_is_named() {
    let place = used("");
    let taken = std::net::TcpListener::bind(place.address).unwrap();
    let why = refused(&place);
    assert!(why.starts_with("tallystick: ADDRESS can't be listened on (Address already in use"), "{why}");
    assert!(why.ends_with("; stop what uses the port, or choose another in `listen`\n"), "{why}");
    drop(taken);
    is_whole(&place);
}

#[test]
fn an_invalid_configuration_is_told_with_its_file_and_setting() {
    let place = Place::new("");
    let base = "name = \"TESTS\"\ndata = \"data\"\nlisten = \"127.0.0.1:0\"\n";
    let ranges = [
        ("[run]\nthreads = 3", "run.threads must be 1, 2 or 4"),
        ("[run]\nsegment_mib = 0", "run.segment_mib must be from 1 to 4096"),
        ("[run]\nsegment_mib = 5000", "run.segment_mib must be from 1 to 4096"),
        ("[run]\nsnapshot_every = 999", "run.snapshot_every must be from 1000 to 18446744073709551615"),
        ("[run]\nkeepalive_ms = 0", "run.keepalive_ms must be from 1000 to 60000"),
        ("[run]\nkeepalive_ms = 999", "run.keepalive_ms must be from 1000 to 60000"),
        ("[run]\nhandshake_ms = 99", "run.handshake_ms must be from 100 to 60000"),
        ("[run]\nmax_connections = 0", "run.max_connections must be from 1 to 100000"),
        ("[bounds]\nregistry_age_hours = 0", "bounds.registry_age_hours must be from 1 to 8784"),
        ("[bounds]\nopen_orders = 8388609", "bounds.open_orders must be from 1 to 8388608"),
        ("[bounds]\nclordids = 0", "bounds.clordids must be from 1 to 1073741824"),
        (
            "[bounds.unsettled]\nfirm = { trades = 0 }",
            "bounds.unsettled.firm must be trades from 1 to 1073741824, and a value from 1",
        ),
        ("[bounds]\nprice_windows = 65537", "bounds.price_windows must be from 0 to 65536"),
    ];
    for (setting, why) in ranges {
        place.configure(&format!("{base}{setting}\n"));
        assert_eq!(refused(&place), format!("tallystick: DIR/venue.toml: {why}\n"));
    }
    for name in ["", "seventeen letters", "caf\u{e9}"] {
        place.configure(&base.replace("TESTS", name));
        let why = "tallystick: DIR/venue.toml: name must be one to sixteen printable ASCII characters\n";
        assert_eq!(refused(&place), why);
    }
    let parses = [
        ("[run]\ndurability = \"paper\"", "unknown variant `paper`, expected `disk` or `memory`"),
        ("[run]\nwaiting = \"spin\"", "unknown variant `spin`"),
        ("[run]\nthread = 2", "unknown field `thread`"),
        ("[run]\nthreads = \"two\"", "invalid type: string \"two\", expected u8"),
        ("[run]\nthreads = -1", "invalid value: integer `-1`, expected u8"),
        ("[nonsense]", "unknown field `nonsense`"),
        ("[run", "TOML parse error at line 4"),
    ];
    for (setting, why) in parses {
        place.configure(&format!("{base}{setting}\n"));
        let said = refused(&place);
        assert!(said.starts_with("tallystick: DIR/venue.toml: ") && said.contains(why), "{said}");
    }
    for (line, why) in [
        ("listen = \"127.0.0.1:0\"\n", "missing field `listen`"),
        ("data = \"data\"\n", "missing field `data`"),
    ] {
        place.configure(&base.replace(line, ""));
        let said = refused(&place);
        assert!(said.contains("DIR/venue.toml: ") && said.contains(why), "{said}");
    }
    place.configure(&base.replace("127.0.0.1:0", "somewhere"));
    assert!(refused(&place).contains("invalid socket address syntax"));
    fs::remove_file(place.config()).unwrap();
    assert_eq!(
        refused(&place),
        "tallystick: DIR/venue.toml can't be read (No such file or directory (os error 2)); `tallystick serve \
         --example` prints a configuration to begin with\n"
    );
    assert!(!place.data().exists(), "nothing was made of a configuration that can't be used");
}

#[test]
fn a_damaged_journal_is_not_started_from_and_a_restored_one_is() {
    let place = used("");
    // Without snapshots everything is read.
    place.files("snapshots", ".bin").iter().for_each(|file| fs::remove_file(file).unwrap());
    let file = place.files("journal", ".seg").remove(0);
    let sound = fs::read(&file).unwrap();
    for at in [4_096 + 100, 4_096 + 900, 20, 0] {
        flip(&file, at);
        let damaged = fs::read(&file).unwrap();
        let why = refused(&place);
        assert!(why.starts_with("tallystick: journal-00000000000000000001.seg: "), "{why}");
        assert!(why.contains("restore the file from a copy"), "{why}");
        assert_eq!(fs::read(&file).unwrap(), damaged, "nothing is repaired by force");
        fs::write(&file, &sound).unwrap();
    }
    is_whole(&place);
}

#[test]
fn a_journal_that_lost_its_end_is_not_mistaken_for_a_younger_one() {
    // Larger than one segment, so that a whole file can be missing.
    let place = used("");
    let venue = place.start();
    let mut client = Client::connect(place.address, market::identity(1), market::patient()).unwrap();
    for n in 0..30_000 {
        client.new_order(market::order(1, &format!("m{n}"), Side::Buy, 50, 0)).unwrap();
        if client.unacknowledged() > 500 || n == 29_999 {
            while client.unacknowledged() > 0 {
                client.poll(crate::common::PATIENCE).unwrap();
            }
        }
    }
    drop(client);
    assert!(venue.stop().success());
    let segments = place.files("journal", ".seg");
    assert!(segments.len() > 1);
    let last = segments.last().unwrap();
    let kept = fs::read(last).unwrap();
    let log: Vec<_> = place.files("events", ".seg").into_iter().map(|f| (fs::read(&f).unwrap(), f)).collect();
    fs::remove_file(last).unwrap();
    for witness in ["event log", "newest snapshot"] {
        let why = refused(&place);
        assert!(why.starts_with("tallystick: the journal ends with command "), "{why}");
        assert!(why.contains(&format!(", but the {witness} has command ")), "{why}");
        assert!(why.contains("restore the journal's newest files from a backup"), "{why}");
        // Without the log, the snapshot still knows.
        log.iter().for_each(|(_, file)| _ = fs::remove_file(file));
    }
    log.iter().for_each(|(bytes, file)| fs::write(file, bytes).unwrap());
    fs::write(last, kept).unwrap();
    assert!(place.start().stop().success());
    // A hole in the middle is named.
    fs::remove_file(&segments[0]).unwrap();
    place.files("snapshots", ".bin").iter().for_each(|file| fs::remove_file(file).unwrap());
    let why = refused(&place);
    assert!(why.contains("record 1 was asked for, but the journal begins with "), "{why}");
    // All of it gone: that is no new venue.
    segments[1..].iter().for_each(|file| fs::remove_file(file).unwrap());
    let why = refused(&place);
    assert!(
        why.starts_with("tallystick: the journal ends with command 0, but the event log has command "),
        "{why}"
    );
    assert_eq!(place.files("journal", ".seg"), Vec::<std::path::PathBuf>::new(), "none is begun");
}

#[test]
fn snapshots_that_are_damaged_or_missing_are_passed_over() {
    let place = used("");
    for file in place.files("snapshots", ".bin") {
        flip(&file, 60);
    }
    let venue = place.start();
    assert!(venue.said[0].contains("replayed from the beginning"), "{}", venue.said[0]);
    assert!(place.complaints().contains("the snapshot's checksum does not match its content"));
    assert!(venue.stop().success());
    for file in place.files("snapshots", ".bin") {
        fs::write(file, b"").unwrap();
    }
    is_whole(&place);
    place.files("snapshots", ".bin").iter().for_each(|file| fs::remove_file(file).unwrap());
    is_whole(&place);
}

#[test]
fn a_missing_truncated_or_altered_identity_registry_is_named_with_the_command_that_needs_it() {
    let place = used("");
    place.files("snapshots", ".bin").iter().for_each(|file| fs::remove_file(file).unwrap());
    let file = place.files("registries", ".registry").remove(0);
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let sound = fs::read(&file).unwrap();
    flip(&file, sound.len() - 1);
    let why = refused(&place);
    assert!(why.contains("adopts an identity registry") && why.contains(&name), "{why}");
    // Cut off anywhere, or empty, as a disk that was full would leave it.
    for kept in [sound.len() - 1, sound.len() / 2, 0] {
        fs::write(&file, &sound[..kept]).unwrap();
        let why = refused(&place);
        let said = format!("adopts an identity registry: {name}: these bytes are no identity snapshot: ");
        assert!(why.contains(&said), "{kept} bytes: {why}");
    }
    // Whole, and another than the command names.
    let other = Registry::from_bytes(&sound).unwrap();
    let other = Registry::new(other.height() + 1, other.as_of(), other.identities().to_vec()).unwrap();
    fs::write(&file, other.to_bytes()).unwrap();
    let why = refused(&place);
    let said = format!(
        "the identity registry {name} has other content than its name says; restore it from a backup\n"
    );
    assert!(why.contains("adopts an identity registry: ") && why.ends_with(&said), "{why}");
    fs::remove_file(&file).unwrap();
    let why = refused(&place);
    let (before, after) = why.split_once(&name).unwrap();
    assert!(
        before.starts_with("tallystick: command ") && before.contains("adopts an identity registry"),
        "{why}"
    );
    assert_eq!(
        after,
        " can't be read (No such file or directory (os error 2)); restore the file from a backup\n"
    );
    fs::write(&file, sound).unwrap();
    is_whole(&place);
}

#[test]
fn a_directory_of_another_venue_is_left_as_it_is() {
    let place = used("");
    let text = fs::read_to_string(place.config()).unwrap();
    let files = || -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let stores = ["journal", "events", "snapshots", "registries"];
        let all = stores.iter().flat_map(|store| place.files(store, ""));
        all.filter(|file| !file.ends_with("lock"))
            .map(|file| (file.clone(), fs::read(file).unwrap()))
            .collect()
    };
    let before = files();
    place.configure(&text.replace("\"TESTS\"", "\"OTHERS\""));
    let why = refused(&place);
    assert!(
        why.contains("belongs to venue 5445535453") && why.contains("this is venue 4f5448455253"),
        "{why}"
    );
    assert!(why.contains("check the directory in the configuration"), "{why}");
    assert!(files() == before, "not a byte is changed");
    place.configure(&text);
    is_whole(&place);
}

#[test]
fn a_data_directory_that_is_none_is_named() {
    let place = Place::new("");
    fs::write(place.data(), b"a file").unwrap();
    let why = refused(&place);
    assert!(why.starts_with("tallystick: DIR/data/journal: cannot create the directory: "), "{why}");
    assert!(why.contains("check that the directory exists and belongs to the venue's user"), "{why}");
}

#[test]
fn a_venue_that_is_told_to_stop_again_and_again_starts_again_and_again() {
    let place = used("");
    for _ in 0..3 {
        is_whole(&place);
    }
}
