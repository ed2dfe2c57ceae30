//! The repository's rules about the engine, checked on its text: what must never appear in the deterministic
//! core, how long a file may be, and that every file is part of the crate.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Words that may not appear in code; whole identifiers only.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("floats", &["f32", "f64"]),
    ("clocks", &["Instant", "SystemTime", "UNIX_EPOCH", "sleep"]),
    ("unordered tables", &["HashMap", "HashSet", "RandomState"]),
    ("randomness", &["rand", "getrandom", "thread_rng"]),
    ("unsafe code", &["unsafe"]),
];

/// Parts of the standard library that touch the world.
const WORLD: &[&str] = &["fs", "net", "thread", "process", "env", "io", "time"];

const LONGEST: usize = 600;

fn roots() -> [PathBuf; 3] {
    let engine = Path::new(env!("CARGO_MANIFEST_DIR"));
    [engine.join("src"), engine.join("rules/src"), engine.join("dsl/src")]
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut all = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the engine") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            all.insert(path);
        }
    }
    all
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Lines of code with their numbers: comments, texts in quotes and unit tests left out.
fn code(text: &str) -> Vec<(usize, String)> {
    let text = text.split("#[cfg(test)]").next().expect("something");
    let bare = |line: &str| {
        let unquoted: String =
            line.split('"').enumerate().filter(|(i, _)| i % 2 == 0).map(|(_, part)| part).collect();
        unquoted.split("//").next().unwrap_or_default().to_string()
    };
    text.lines().enumerate().map(|(i, line)| (i + 1, bare(line))).collect()
}

fn identifiers(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn faults(check: impl Fn(&Path, &str) -> Vec<String>) -> Vec<String> {
    let all = roots().iter().flat_map(|root| files(root)).collect::<BTreeSet<_>>();
    assert!(all.len() > 20, "these are not the engine's folders");
    all.iter().flat_map(|path| check(path, &read(path))).collect()
}

#[test]
fn the_core_has_no_floats_clocks_unordered_tables_randomness_or_unsafe_code() {
    let found = faults(|path, text| {
        let mut found = Vec::new();
        for (what, words) in FORBIDDEN {
            // The one place that hides a hash table behind an interface that can't be iterated.
            if *what == "unordered tables" && path.ends_with("engine/src/index.rs") {
                continue;
            }
            for (line, code) in code(text) {
                if code.contains("forbid(unsafe_code)") {
                    continue;
                }
                if let Some(word) = identifiers(&code).find(|word| words.contains(word)) {
                    found.push(format!("{}:{line}: {what}: {word}", path.display()));
                }
            }
        }
        found
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_core_touches_nothing_of_the_world() {
    let found = faults(|path, text| {
        let names = |part: &str| identifiers(part).next().is_some_and(|word| WORLD.contains(&word));
        let touches = |line: &str| line.split("std::").skip(1).any(names);
        let lines = code(text).into_iter().filter(|(_, line)| touches(line));
        lines.map(|(line, code)| format!("{}:{line}: {code}", path.display())).collect()
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_crate_forbids_unsafe_code() {
    for root in roots() {
        assert!(read(&root.join("lib.rs")).contains("#![forbid(unsafe_code)]"), "{}", root.display());
    }
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let found = faults(|path, text| {
        let lines = text.lines().count();
        let long = (lines > LONGEST).then(|| format!("{}: {lines} lines", path.display()));
        long.into_iter().collect()
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_file_begins_with_what_it_is_about() {
    let found = faults(|path, text| {
        let silent = (!text.starts_with("//! ")).then(|| path.display().to_string());
        silent.into_iter().collect()
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_file_is_part_of_its_crate() {
    for root in roots() {
        let mut reached = BTreeSet::new();
        reach(&root.join("lib.rs"), &root, &mut reached);
        let dead: Vec<_> = files(&root).difference(&reached).cloned().collect();
        assert_eq!(dead, Vec::<PathBuf>::new());
    }
}

/// Follows `mod name;` from a file whose modules stand in `folder`.
fn reach(file: &Path, folder: &Path, reached: &mut BTreeSet<PathBuf>) {
    assert!(reached.insert(file.to_path_buf()), "{} is declared twice", file.display());
    for (_, line) in code(&read(file)) {
        let Some(name) = line.trim().strip_suffix(';').and_then(|l| l.rsplit_once("mod ")) else { continue };
        let (before, name) = name;
        if !(before.is_empty() || before.starts_with("pub")) {
            continue;
        }
        let (own, inner) = (folder.join(format!("{name}.rs")), folder.join(name));
        if own.exists() {
            reach(&own, &inner, reached);
        } else {
            reach(&inner.join("mod.rs"), &inner, reached);
        }
    }
}

/// What a manifest has under this heading.
fn section<'a>(manifest: &'a str, heading: &str) -> &'a str {
    let from = manifest.split_once(heading).map_or("", |(_, rest)| rest);
    from.split("\n[").next().unwrap_or_default()
}

/// A library whose manifest says so is not built once more for tests that it hasn't: it must not get some unnoticed.
#[test]
fn what_is_not_tested_has_no_tests() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = read(&top.join("Cargo.toml"));
    let members = section(&manifest, "members = [").split('"').skip(1).step_by(2);
    let (mut seen, mut found) = (0, Vec::new());
    for folder in members.map(|member| top.join(member)) {
        let manifest = read(&folder.join("Cargo.toml"));
        let without = |what| section(&manifest, "\n[lib]").lines().any(|line| line == what);
        let (tests, examples) = (!without("test = false"), !without("doctest = false"));
        seen += usize::from(!tests) + usize::from(!examples);
        for path in files(&folder.join("src")) {
            let mut inside = false;
            for (line, text) in read(&path).lines().enumerate() {
                let text = text.trim_start();
                let is_test = ["#[test]", "quickcheck! {"].contains(&text);
                let is_fence = text.starts_with("/// ```") || text.starts_with("//! ```");
                let is_example = is_fence && !inside && !text.ends_with("```text");
                inside ^= is_fence;
                if (is_test && !tests) || (is_example && !examples) {
                    found.push(format!("{}:{}: {text}", path.display(), line + 1));
                }
            }
        }
    }
    assert!(seen > 5, "these are not the manifests");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_check_for_forbidden_words_finds_them() {
    let caught = |text: &str| code(text).iter().any(|(_, l)| identifiers(l).any(|w| w == "f64"));
    assert!(caught("let x: f64 = y;"));
    assert!(!caught("// an f64 would be wrong\nlet text = \"f64\";\nlet f64s = 1;"));
}
