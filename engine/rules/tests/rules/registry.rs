//! The registry is its bytes.

use tallystick_rules::*;

fn person(id: u32, place: &str) -> Identity {
    Identity::new(InvestorId(id), Jurisdiction::new(place).unwrap())
}

#[test]
fn a_registry_is_what_its_bytes_say_and_nothing_else() {
    let everyone = vec![person(7, "DE"), person(2, "US"), person(4, "SG")];
    let registry = Registry::new(9, Time(5), everyone).unwrap();
    let bytes = registry.to_bytes();
    assert_eq!(Registry::from_bytes(&bytes).unwrap(), registry);
    assert_eq!(registry.get(InvestorId(4)).unwrap().jurisdiction, Jurisdiction::new("SG").unwrap());
    assert_eq!([0, 1, 3, 8, u32::MAX].map(|i| registry.get(InvestorId(i))), [None; 5]);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        if let Ok(other) = Registry::from_bytes(&changed) {
            assert_ne!(other.hash(), registry.hash(), "byte {at}");
        }
        assert!(Registry::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_registry_with_the_same_investor_twice_is_refused() {
    let twice = Registry::new(1, Time(0), vec![person(3, "US"), person(3, "DE")]);
    assert_eq!(twice, Err(RegistryError::Disorder(InvestorId(3))));
    let sparse = Registry::new(1, Time(0), vec![person(4_000_000_000, "US")]);
    assert_eq!(sparse, Err(RegistryError::Sparse { highest: InvestorId(4_000_000_000), count: 1 }));
}

#[test]
fn a_registry_in_which_more_than_all_of_one_belongs_to_plans_is_refused() {
    let of = |plan_bps| Registry::new(1, Time(0), vec![Identity { plan_bps, ..person(1, "US") }]);
    assert!(of(10_000).is_ok());
    assert!(matches!(of(10_001), Err(RegistryError::Malformed(_))));
}

#[test]
fn a_registry_of_another_format_is_told_from_what_is_none() {
    let mut bytes = Registry::new(1, Time(0), vec![person(1, "US")]).unwrap().to_bytes();
    bytes[7] = b'9';
    assert_eq!(Registry::from_bytes(&bytes), Err(RegistryError::Format("TSIDENT9".into())));
    assert!(matches!(Registry::from_bytes(b"TSIDEN"), Err(RegistryError::Malformed(_))));
}

#[test]
fn a_delta_names_the_changed_the_new_and_the_gone() {
    let old = Registry::new(1, Time(0), vec![person(1, "US"), person(2, "US"), person(3, "US")]).unwrap();
    let new = Registry::new(2, Time(1), vec![person(2, "US"), person(3, "DE"), person(4, "US")]).unwrap();
    assert_eq!(new.changed_since(&old), [1, 3, 4].map(InvestorId));
    assert_eq!(new.changed_since(&new), []);
}

#[test]
fn who_resides_in_a_region_resides_in_its_country_and_in_no_other_region() {
    let place = |code| Place::new(code).unwrap();
    let mut who = person(1, "US");
    assert!(who.resides_in(&[place("US")]) && !who.resides_in(&[place("US-NY")]));
    who.region = Region::new("NY").unwrap();
    assert!(who.resides_in(&[place("US")]) && who.resides_in(&[place("US-CA"), place("US-NY")]));
    assert!(!who.resides_in(&[place("US-CA")]) && !who.resides_in(&[place("DE"), place("FR-NY")]));
    assert!(!who.resides_in(&[]));
}

#[test]
fn places_are_read_as_they_are_written() {
    for code in ["US", "US-NY", "GB-ENG", "AT-9", "JP-13"] {
        assert_eq!(Place::new(code).map(|place| place.to_string()), Some(code.into()));
    }
    for code in ["", "us", "USA", "US-", "-NY", "US-ny", "US-NEWY", "US-N Y", "US-NY-X", "U1"] {
        assert_eq!(Place::new(code), None, "{code:?}");
    }
}
