//! What the venue's process finds around it: nobody to listen to it, and a limit of its open files.

use crate::common::PATIENCE;
use crate::common::process::{Place, socket};
use std::fs::OpenOptions;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tallystick_gateway::admin::client::Operator;
use tallystick_gateway::admin::protocol::Ask;

#[test]
fn a_venue_to_which_nobody_listens_serves_and_ends_in_order() {
    let place = Place::new("");
    // Every write to it fails, as to a file on a full disk.
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tallystick"))
        .args(["serve", "--config"])
        .arg(place.config())
        .stdin(Stdio::null())
        .stdout(full())
        .stderr(full())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    let mut operator = loop {
        if let Ok(operator) = Operator::connect(&socket(&place.data())) {
            break operator;
        }
        assert_eq!(child.try_wait().unwrap(), None, "the venue has ended");
        assert!(Instant::now() < deadline, "the venue does not come up");
        std::thread::sleep(Duration::from_millis(10));
    };
    operator.ask(&Ask::Status).unwrap();
    drop(operator);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_venue_whose_clients_could_take_all_its_open_files_does_not_start() {
    let place = Place::new("max_connections = 256");
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 300 && exec \"$0\" serve --config \"$1\"", env!("CARGO_BIN_EXE_tallystick")])
        .arg(place.config())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    assert_eq!(
        said,
        "tallystick: 256 connections (`run.max_connections`) and the venue's own files need 384 open files, and \
         this process may have 300: raise the limit (`ulimit -n`, `LimitNOFILE`), or lower `run.max_connections`\n"
    );
}
