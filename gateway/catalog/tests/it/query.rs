//! Filters: what they find, and what they refuse.

use crate::common::{Shelf, Text, security};
use quickcheck::quickcheck;
use tallystick_catalog::{Catalog, Filter};

fn market() -> Vec<Text> {
    let bond = |symbol| security(symbol).replace("kind common", "kind debt");
    vec![
        bond("BOND5")
            .with("coupon 5 % yearly 30/360")
            .with("maturity 2029-06-30")
            .under("us.rule144@2026.1")
            .under("require buyer resident of (US, CA-ON)"),
        bond("BOND6")
            .with("coupon 6.25 % half-yearly act/act")
            .with("tenor 5 years")
            .with("minimum 100,000 EUR"),
        bond("BOND4")
            .with("coupon 4.99 % yearly 30/360")
            .with("minimum 1,000 USD")
            .under("holders at most 99 beneficial"),
        security("PREF")
            .replace("kind common", "kind preferred")
            .replace("none unrestricted", "rule506c restricted")
            .under("holders at most 99 beneficial when buyer resident of US-NY")
            .under("lock-up 180 days"),
        security("PLAIN").named("River Company, Inc.").replace("Somebody", "Rivers"),
    ]
}

#[test]
fn a_filter_finds_what_it_says_and_nothing_else() {
    let shelf = Shelf::with(&market());
    let catalog = Catalog::look(&shelf.path()).unwrap();
    let cases: &[(&str, &[&str])] = &[
        ("kind=debt and coupon>5%", &["BOND6"]),
        ("kind=debt and coupon>=5 %", &["BOND5", "BOND6"]),
        ("coupon<5%", &["BOND4"]),
        ("coupon=half-yearly", &["BOND6"]),
        ("coupon~yearly", &["BOND4", "BOND5", "BOND6"]),
        ("coupon!=5%", &["BOND4", "BOND6", "PLAIN", "PREF"]),
        ("maturity<2030-01-01", &["BOND5"]),
        ("maturity<=2029-06-29", &[]),
        ("tenor>4 years", &["BOND6"]),
        ("tenor=60 months", &["BOND6"]),
        ("minimum>500", &["BOND4", "BOND6"]),
        ("minimum>500 USD", &["BOND4"]),
        ("minimum=100,000 EUR", &["BOND6"]),
        ("votes=1 and kind=common", &["PLAIN"]),
        ("jurisdiction=US and protocol=us.rule144", &["BOND5"]),
        ("jurisdiction=US", &["BOND5", "PREF"]),
        ("jurisdiction=US-NY", &["PREF"]),
        ("jurisdiction=CA", &["BOND5"]),
        ("protocol=us.rule144@2026.1", &["BOND5"]),
        ("protocol=us.rule144@2025.1", &[]),
        ("protocol~rule144", &["BOND5"]),
        ("rule=holders", &["BOND4", "PREF"]),
        ("rule=ways and not way=rule144", &["PREF"]),
        ("exemption=rule506c", &["PREF"]),
        ("restricted=yes", &["PREF"]),
        ("restricted=no and kind!=debt", &["PLAIN"]),
        ("name~river", &["PLAIN"]),
        ("name=\"river company, inc.\"", &["PLAIN"]),
        ("issuer=Rivers or kind=preferred", &["PLAIN", "PREF"]),
        ("(kind=debt or kind=preferred) and not coupon>0%", &["PREF"]),
        ("not not symbol=plain", &["PLAIN"]),
    ];
    for (filter, symbols) in cases {
        let read = Filter::read(filter).unwrap_or_else(|error| panic!("{}", error.show(filter)));
        let found = catalog.query(&read, 10).unwrap();
        let names: Vec<_> = found.definitions.iter().map(|definition| definition.symbol.as_str()).collect();
        assert_eq!((names.as_slice(), found.all), (*symbols, symbols.len()), "{filter}");
    }
    let debt = catalog.query(&Filter::read("kind=debt").unwrap(), 1).unwrap();
    assert_eq!((debt.definitions.len(), debt.all), (1, 3));
}

#[test]
fn what_is_no_filter_is_refused_with_the_place_and_what_to_write() {
    let cases = [
        ("", "\n^ here a field and a comparison are wanted, as in kind=debt"),
        ("kind", "kind\n    ^ after kind comes one of = != < <= > >= ~"),
        ("kind=", "kind=\n     ^ after the comparison comes a word, or words in quotes"),
        ("cupon>5%", "cupon>5%\n^ there is no field \"cupon\"; coupon is meant?"),
        ("maturity>5%", "maturity>5%\n         ^ maturity is a date, as 2029-06-30, not \"5%\""),
        (
            "kind>debt",
            "kind>debt\n    ^ kind is a word, or words in quotes: it is equal or not, and neither more nor less",
        ),
        ("maturity~2029", "maturity~2029\n        ^ maturity is a date, as 2029-06-30; ~ looks for words"),
        ("restricted=maybe", "restricted=maybe\n           ^ restricted is yes or no, not \"maybe\""),
        (
            "coupon>many",
            "coupon>many\n       ^ coupon is a percentage, as 5% or 4.25%; or a word, or words in quotes, not \"many\"",
        ),
        ("(kind=debt", "(kind=debt\n^ this bracket is not closed"),
        (
            "kind=debt coupon>5%",
            "kind=debt coupon>5%\n          ^ put `and` or `or` between two comparisons, and words in quotes",
        ),
        ("kind!debt", "kind!debt\n    ^ write != for unlike, and `not` before a comparison"),
        ("name=\"open", "name=\"open\n     ^ this quote has no end"),
    ];
    for (filter, said) in cases {
        assert_eq!(Filter::read(filter).unwrap_err().show(filter), said);
    }
    let deep = "(".repeat(17) + "kind=debt" + &")".repeat(17);
    assert_eq!(Filter::read(&deep).unwrap_err().problem, "brackets and `not` nest at most 16 deep");
    assert!(Filter::read(&deep[1..deep.len() - 1]).is_err());
    assert!(Filter::read(&deep[2..deep.len() - 2]).is_ok());
    let long = format!("kind={}", "x".repeat(1_020));
    assert_eq!(Filter::read(&long).unwrap_err().problem, "a filter has at most 1024 bytes, this one 1025");
    assert!(Filter::read(&long[..1_024]).is_ok());
}

quickcheck! {
    fn no_text_makes_a_filter_panic(text: String, bits: Vec<u8>) -> bool {
        const WORDS: [&str; 16] = [
            "kind", "coupon", "=", "!=", ">", "<=", "~", "(", ")", "and", "or", "not", "5%", "\"", "debt", "5 years",
        ];
        let soup: Vec<_> = bits.iter().map(|bit| WORDS[usize::from(bit % 16)]).collect();
        for text in [text, soup.join(" "), soup.concat()] {
            if let Err(error) = Filter::read(&text) {
                error.show(&text);
            }
        }
        true
    }
}

#[test]
fn every_term_of_the_language_that_the_examples_use_is_a_field_with_its_kinds() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engine/dsl/examples");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        if !text.contains("\nsecurity ") && !text.starts_with("security ") {
            continue;
        }
        let definition = Text { text }.definition();
        for (term, values) in &definition.terms {
            let known = tallystick_catalog::terms::TERMS.iter().find(|(name, _)| name == term);
            let (_, kinds) = known.unwrap_or_else(|| panic!("{term} is no field"));
            for value in values {
                assert!(kinds.contains(&value.kind()), "{term} can be {:?}", value.kind());
            }
            seen += 1;
        }
    }
    assert!(seen > 0, "these are not the examples");
}
