//! Which places there are: ISO 3166-1 for countries and 3166-2 for their parts, from the library `rust_iso3166`.

use crate::diagnostic::closest;
use rust_iso3166::{ALL, CountryCode, iso3166_2};
use tallystick_rules::Place;

/// The place of this code, if ISO has assigned it.
pub(crate) fn assigned(code: &str) -> Option<Place> {
    let known = match code.contains('-') {
        true => iso3166_2::from_code(code).is_some_and(|found| found.code == code),
        false => rust_iso3166::from_alpha2(code).is_some_and(|found| found.alpha2 == code),
    };
    if known { Place::new(code) } else { None }
}

/// What was probably meant by a word that is no code of a place.
pub(crate) fn meant(word: &str) -> Option<String> {
    let word: String = word.chars().take(64).collect();
    let upper = word.to_ascii_uppercase();
    if assigned(&upper).is_some() {
        return Some(upper);
    }
    // What the European Union writes for them (Interinstitutional style guide, 7.1).
    match upper.as_str() {
        "UK" => return Some("GB".into()),
        "EL" => return Some("GR".into()),
        _ => {}
    }
    if let Some((country, _)) = upper.split_once('-') {
        return assigned(country).map(|place| place.to_string());
    }
    // A name in official order: "Korea (Republic of)".
    let short = |country: &CountryCode| country.name.split(" (").next().unwrap_or(country.name);
    let by_alpha3 = ALL.iter().find(|country| country.alpha3 == upper);
    let by_name = || {
        let name = closest(&word, ALL.iter().map(short))?;
        ALL.iter().find(|country| short(country) == name)
    };
    by_alpha3.or_else(by_name).map(|country| country.alpha2.to_string())
}

/// A place's name, or its code where ISO has none.
pub(crate) fn name(place: Place) -> String {
    let code = place.to_string();
    let found = match code.contains('-') {
        true => iso3166_2::from_code(&code).map(|found| found.name),
        false => rust_iso3166::from_alpha2(&code).map(|found| found.name),
    };
    found.map_or(code, String::from)
}
