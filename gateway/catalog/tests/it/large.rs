//! How long ten thousand definitions take. Run with `--release -- --ignored --nocapture`.

use crate::common::{Shelf, security};
use std::time::Instant;
use tallystick_catalog::{Catalog, Filter, Words};

/// The time is told and not judged. The catalog has no index beside its definitions as long as these stay short.
#[test]
#[ignore = "takes long, and tells times"]
fn ten_thousand_definitions() {
    const COUNT: usize = 10_000;
    let shelf = Shelf::new();
    let began = Instant::now();
    let definitions: Vec<_> = (0..COUNT)
        .map(|n| {
            let (kind, coupon) = (["common", "preferred", "debt", "convertible"][n % 4], n % 900);
            let text = security(&format!("S{n}"))
                .named(&format!("Company number {n}, Inc."))
                .replace("kind common", &format!("kind {kind}"))
                .with(&format!("coupon {}.{:02} % yearly 30/360", coupon / 100, coupon % 100))
                .with("maturity 2029-06-30")
                .with(&format!(
                    "note \"{}\"",
                    "Words of the issuer's own, as they stand in many texts. ".repeat(10)
                ))
                .under("us.rule144@2026.1")
                .under("us.sanctions@2026.1")
                .under("holders at most 1999 of record")
                .under("require buyer resident of (US, CA, GB, DE, FR, JP)");
            text.definition()
        })
        .collect();
    let text: usize = definitions.iter().map(|definition| definition.text.len()).sum();
    println!("{COUNT} texts of {} bytes each: compiled in {:?}", text / COUNT, began.elapsed());
    let began = Instant::now();
    shelf.open().add(&definitions).unwrap();
    let size = std::fs::metadata(shelf.path()).unwrap().len();
    println!("added in {:?}: {} MiB", began.elapsed(), size >> 20);
    let began = Instant::now();
    let catalog = Catalog::look(&shelf.path()).unwrap();
    println!("opened in {:?}", began.elapsed());
    for words in ["company 4711", "rule 144 preferred", "zebra"] {
        let began = Instant::now();
        let found = catalog.search(&Words::of(words), 20).unwrap();
        println!("search {words:?}: {} in {:?}", found.all, began.elapsed());
    }
    for filter in ["kind=debt and coupon>5% and jurisdiction=US and protocol=us.rule144", "symbol=S4711"] {
        let began = Instant::now();
        let found = catalog.query(&Filter::read(filter).unwrap(), 20).unwrap();
        println!("query {filter:?}: {} in {:?}", found.all, began.elapsed());
    }
    let began = Instant::now();
    assert!(catalog.show("S4711").unwrap().is_some());
    println!("show: {:?}", began.elapsed());
}
