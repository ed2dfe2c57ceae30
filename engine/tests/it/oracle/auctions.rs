//! Call auctions that exchanges and operators have worked out in their own documents: the same price and volume.

use super::data;
use serde_json::Value;
use tallystick_engine::auction::equilibrium;
use tallystick_engine::types::{Ticks, Units};

struct Example {
    id: String,
    /// Price, units to buy, units to sell; the highest price first.
    levels: Vec<(Ticks, Units, Units)>,
    reference: Option<Ticks>,
    /// Price and volume.
    expected: (Ticks, u128),
}

impl Example {
    fn read(value: &Value) -> Example {
        let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{value} is no number"));
        let ticks = |value: &Value| Ticks(number(value) as i64);
        let level = |l: &Value| (ticks(&l["price"]), Units(number(&l["buy"])), Units(number(&l["sell"])));
        let mut levels: Vec<_> = value["levels"].as_array().expect("levels").iter().map(level).collect();
        levels.sort_by_key(|&(price, ..)| std::cmp::Reverse(price));
        Example {
            id: value["id"].as_str().expect("an id").into(),
            levels,
            reference: value.get("reference_price").filter(|v| !v.is_null()).map(ticks),
            expected: (ticks(&value["expect"]["price"]), number(&value["expect"]["volume"]).into()),
        }
    }

    fn cross(&self, reference: Ticks) -> Option<(Ticks, u128)> {
        let buys = self.levels.iter().map(|&(price, buy, _)| (price, buy));
        let sells = self.levels.iter().rev().map(|&(price, _, sell)| (price, sell));
        let some = |&(_, units): &(Ticks, Units)| !units.is_zero();
        let cross = equilibrium(buys.filter(some), sells.filter(some), reference);
        cross.map(|cross| (cross.price, cross.units()))
    }
}

#[test]
#[ignore = "needs the data folder"]
fn every_worked_example_has_its_price_and_volume() {
    let file: Value = serde_json::from_slice(&data("auctions/worked_examples.json")).expect("JSON");
    let examples: Vec<Example> = file.as_array().expect("a list").iter().map(Example::read).collect();
    assert_eq!(examples.len(), 11);
    let mut wrong = Vec::new();
    for example in &examples {
        // None of them needs a reference price to decide: whatever it is, the answer is the same.
        let any = [Ticks(1), example.expected.0, Ticks(1_000_000)];
        for reference in example.reference.map_or(any.to_vec(), |r| vec![r]) {
            let got = example.cross(reference);
            if got != Some(example.expected) {
                wrong.push(format!("{} at {reference}: {got:?}, not {:?}", example.id, example.expected));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
