//! The README's first command, as a newcomer runs it: without a terminal, with nothing but the binary.

use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs the demo in a directory of its own, with another for temporary files. What it left in the two.
fn demo(arguments: &[&str]) -> (Output, [Vec<PathBuf>; 2]) {
    let dirs = [(); 2].map(|()| tempfile::tempdir().expect("a temporary directory can be made"));
    let output = Command::new(env!("CARGO_BIN_EXE_tallystick"))
        .arg("demo")
        .args(arguments)
        .current_dir(dirs[0].path())
        .env("TMPDIR", dirs[1].path())
        .output()
        .expect("the binary runs");
    let left = dirs.each_ref().map(|dir| {
        let left = std::fs::read_dir(dir.path()).expect("it is still there");
        left.map(|entry| entry.expect("it can be listed").file_name().into()).collect()
    });
    (output, left)
}

#[test]
fn the_demo_trades_crashes_settles_and_proves_it() {
    let (output, left) = demo(&["--seconds", "6", "--rate", "120"]);
    let (report, progress) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{report}\n{progress}");
    let headings = [
        "Tallystick",
        "Orders",
        "Trades",
        "Settled",
        "Ledger",
        "Rejects",
        "Latency",
        "Crash",
        "Proven",
        "Measured",
        "Picture",
    ];
    for heading in headings {
        assert!(
            report.lines().any(|line| line.starts_with(heading)),
            "no line begins with {heading}:\n{report}"
        );
    }
    for symbol in ["NWPREF", "ALPEN29", "HARBOR", "RIVERCO", "EUPILOT"] {
        assert!(report.contains(symbol), "{symbol} is missing:\n{report}");
    }
    for number in [1, 2, 6, 11, 13, 15, 16, 18, 102, 103, 104, 105, 106, 150, 151, 152, 153, 201, 203] {
        let number = number.to_string();
        let is_its_line =
            |line: &str| line.split_whitespace().nth(1) == Some(&number) && line.starts_with(' ');
        assert!(report.lines().any(is_its_line), "reject {number} was not seen:\n{report}");
    }
    assert!(report.contains("SIGKILL after"), "{report}");
    for words in [
        "4 keys, 1 operator, 1 machine: an operator's signed record, not independent attestation",
        "the settlement network refused it: the seller's account is frozen by an order",
        "this is ownership, under ",
    ] {
        assert!(report.contains(words), "{words:?} is missing:\n{report}");
    }
    let checks = report.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(checks >= 25 && !report.contains("FAILED"), "{report}");
    assert!(report.ends_with(&format!("All {checks} checks hold.\n")), "{report}");
    assert!(progress.contains("continuous trading") && !progress.contains('\x1b'), "{progress}");
    assert_eq!(left, [vec![PathBuf::from("tallystick-demo.svg")], vec![]], "the demo left more");
}

#[test]
fn what_is_kept_can_be_looked_at() {
    let folder = tempfile::tempdir().expect("a temporary directory can be made");
    let dir = folder.path().join("kept");
    let (output, _) = demo(&["--seconds", "5", "--rate", "50", "--keep", dir.to_str().expect("it is text")]);
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
    let proofs = ["proofs/trust.toml", "proofs/balance.proof", "keys/registrar.key", "tallystick-demo.svg"];
    for file in ["demo.toml", "venue.log", "data/journal", "data/snapshots"].into_iter().chain(proofs) {
        assert!(dir.join(file).exists(), "{file} was not kept");
    }
    let path = |file: &str| dir.join("proofs").join(file);
    let verify = |operators: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        command.arg("verify").arg(path("balance.proof")).arg("--trust").arg(path("trust.toml"));
        command.args(operators).output().expect("the binary runs")
    };
    assert!(verify(&[]).status.success(), "{:?}", verify(&[]));
    assert!(!verify(&["--require-operators", "2"]).status.success());
    let (again, _) = demo(&["--seconds", "5", "--keep", dir.to_str().expect("it is text")]);
    assert!(!again.status.success());
    let error = String::from_utf8_lossy(&again.stderr);
    assert!(error.contains("is not empty"), "{error}");
}

#[test]
fn a_directory_that_can_not_be_made_is_named_with_what_to_do() {
    let output = Command::new(env!("CARGO_BIN_EXE_tallystick"))
        .args(["demo", "--seconds", "5"])
        .env("TMPDIR", "/nowhere/at/all")
        .output()
        .expect("the binary runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("/nowhere/at/all") && error.contains("--keep"), "{error}");
}
