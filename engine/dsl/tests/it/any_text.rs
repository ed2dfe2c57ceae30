//! Any bytes, any tokens: something is said of them, and nothing panics.

use quickcheck::{Arbitrary, Gen, quickcheck};
use tallystick_dsl::{check, format};

/// Pieces of texts in any order.
#[derive(Clone, Debug)]
struct Soup(String);

const PIECES: &[&str] = &[
    "security",
    "listing",
    "transfers",
    "protocol",
    "ACME",
    "us.rule144@2026.1",
    "us.rule144",
    "acme.a@1",
    "{",
    "}",
    "(",
    ")",
    ",",
    ";",
    ":",
    "=",
    "%",
    "/",
    "\n",
    "\n\n",
    "// note\n",
    "\"text\"",
    "\"",
    "1,999",
    "0.01",
    "7",
    "2026-07-01",
    "2026-99-99",
    "180 days",
    "9.9 %",
    "100 units",
    "5 minutes",
    "25 USD",
    "US",
    "US-NY",
    "require",
    "forbid",
    "lots by plain",
    "or by rule144",
    "when",
    "unless",
    "and",
    "or",
    "not",
    "all of",
    "any of",
    "buyer",
    "seller",
    "both",
    "either",
    "is",
    "accredited",
    "verified",
    "resident of",
    "affiliate within",
    "lot held",
    "lot is restricted",
    "issuer",
    "holders at most",
    "each group holds at most",
    "each owner holds at least",
    "each group sells at most",
    "or the weekly volume",
    "within",
    "in any",
    "calendar",
    "month",
    "approved beforehand",
    "denomination",
    "benefit plans hold less than",
    "under",
    "cites",
    "name",
    "kind",
    "exemption",
    "rule506c restricted",
    "terms",
    "coupon",
    "disclosure",
    "cash USD with 2 decimals",
    "tick",
    "lot",
    "bands",
    "fees",
    "é",
    "\u{0}",
];

impl Arbitrary for Soup {
    fn arbitrary(g: &mut Gen) -> Soup {
        let count = usize::arbitrary(g) % 60;
        let mut text = String::new();
        for _ in 0..count {
            text.push_str(g.choose(PIECES).expect("there are some"));
            text.push(' ');
        }
        Soup(text)
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Soup>> {
        let words: Vec<String> = self.0.split_inclusive(' ').map(String::from).collect();
        Box::new((0..words.len()).map(move |at| {
            let mut fewer = words.clone();
            fewer.remove(at);
            Soup(fewer.concat())
        }))
    }
}

/// Looked at by all that reads.
fn is_read(text: &str) -> bool {
    if let Err(diagnostics) = check("any.tally", text) {
        assert!(!diagnostics.all.is_empty());
        assert!(!diagnostics.render(false).is_empty());
    }
    match format("any.tally", text) {
        // What is laid out says the same, and lies as it lies.
        Ok(laid) => {
            assert_eq!(format("any.tally", &laid).expect("it was read before"), laid);
            if let Ok(before) = check("any.tally", text) {
                assert_eq!(check("any.tally", &laid), Ok(before));
            }
            true
        }
        Err(diagnostics) => !diagnostics.all.is_empty(),
    }
}

quickcheck! {
    fn any_bytes_are_read(bytes: Vec<u8>) -> bool {
        is_read(&String::from_utf8_lossy(&bytes))
    }

    fn any_pieces_are_read(soup: Soup) -> bool {
        is_read(&soup.0)
    }

    fn any_pieces_within_a_text_are_read(soup: Soup, at: u8) -> bool {
        let heads = ["transfers {", "security A { transfers {", "security A { terms {", "listing A {", "protocol a.b@1 (", "transfers { require"];
        let head = heads[usize::from(at) % heads.len()];
        let ends = "}".repeat(head.matches('{').count());
        is_read(&format!("{head} {}\n{ends}", soup.0))
    }
}

#[test]
fn a_text_that_is_too_long_is_not_read() {
    let text = "// note\n".repeat(40_000);
    let said = check("long.tally", &text).expect_err("it is too long").to_string();
    assert_eq!(said, "long.tally:1:1: a file has at most 262144 bytes, this one has 320000");
}

#[test]
fn brackets_without_end_are_refused_and_not_followed() {
    for bracket in ["(", "{"] {
        let text = format!("transfers {{ require {}", bracket.repeat(100_000));
        let diagnostics = check("deep.tally", &text).expect_err("it is too deep");
        assert_eq!(diagnostics.all.len(), 1);
    }
    let nots = format!("transfers {{ require {} always }}", "not ".repeat(50_000));
    assert!(check("deep.tally", &nots).is_err());
}
