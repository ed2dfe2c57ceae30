//! Key files: for their owner only, never written over, and each the key of its validator.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use tallystick_ledger::genesis::Validators;
use tallystick_network::key_file::KeyFileError;
use tallystick_network::keys::{self, KeyError, NewValidator};

fn four() -> Vec<NewValidator> {
    let new =
        |i| NewValidator { power: 1, operator: format!("operator {i}"), machine: "machine".to_string() };
    (0..4).map(new).collect()
}

fn load_error(dir: &std::path::Path, validators: &Validators) -> String {
    keys::load(dir, validators).unwrap_err().to_string()
}

#[test]
fn keys_that_are_made_can_be_loaded_and_only_their_owner_can_read_them() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("deep/keys");
    let made = keys::create(&dir, &four()).unwrap();
    assert_eq!(made.0[3].operator, "operator 3");
    let loaded = keys::load(&dir, &made).unwrap();
    for (place, key) in loaded.iter().enumerate() {
        assert_eq!(key.public(), made.0[place].key);
        let mode = fs::metadata(keys::path(&dir, place)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o7777, 0o700);
}

#[test]
fn a_key_is_never_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let made = keys::create(dir.path(), &four()).unwrap();
    fs::remove_file(keys::path(dir.path(), 0)).unwrap();
    let error = keys::create(dir.path(), &four()).unwrap_err();
    assert!(
        matches!(&error, KeyError::File(KeyFileError::Exists(path)) if path.ends_with("validator-1.key")),
        "{error}"
    );
    assert!(!keys::path(dir.path(), 0).exists(), "nor is another written beside it");
    let rest = load_error(dir.path(), &made);
    assert!(rest.contains("validator-0.key is missing"), "{rest}");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let made = keys::create(dir.path(), &four()).unwrap();
    let path = keys::path(dir.path(), 2);
    for (mode, message) in [
        (0o644, "is readable by others (mode 0644); chmod 600 it"),
        (0o640, "is readable by others (mode 0640); chmod 600 it"),
        (0o602, "is readable by others (mode 0602); chmod 600 it"),
        (0o700, "has mode 0700 where 0600 is expected; chmod 600 it"),
        (0o4600, "has mode 4600 where 0600 is expected; chmod 600 it"),
    ] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let error = load_error(dir.path(), &made);
        assert!(error.starts_with("key file ") && error.contains("validator-2.key"), "{error}");
        assert!(error.ends_with(message), "{error}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    assert!(keys::load(dir.path(), &made).is_ok());
}

#[test]
fn a_key_of_another_validator_or_no_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let made = keys::create(dir.path(), &four()).unwrap();
    let path = keys::path(dir.path(), 1);
    let good = fs::read(&path).unwrap();
    fs::copy(keys::path(dir.path(), 0), &path).unwrap();
    let (expected, found) = (made.0[1].key, made.0[0].key);
    let error = load_error(dir.path(), &made);
    assert!(error.ends_with(&format!("holds the key {found}, but validator 1 of this chain has {expected}")));
    for bad in [&good[..64], &good[1..], &[&good[..], b"\n"].concat(), b"", &[0xff; 65], &[b'G'; 65]] {
        fs::write(&path, bad).unwrap();
        let error = load_error(dir.path(), &made);
        assert!(error.ends_with("does not hold a key: 64 hexadecimal digits and a line feed"), "{error}");
    }
    fs::write(&path, good).unwrap();
    assert!(keys::load(dir.path(), &made).is_ok());
}
