//! The engine's auction price against every tick tried.

#![forbid(unsafe_code)]

use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::collections::BTreeMap;
use tallystick_engine::auction::equilibrium;
use tallystick_engine::types::{Ticks, Units};
use tallystick_fuzz::check::cases;
use tallystick_fuzz::history::draw::{below, percent};
use tallystick_fuzz::model::auction::price;

/// Orders of both sides, price and units, and the reference price.
#[derive(Clone, Debug)]
struct Orders {
    buys: Vec<(i64, u64)>,
    sells: Vec<(i64, u64)>,
    reference: i64,
}

impl Arbitrary for Orders {
    fn arbitrary(g: &mut Gen) -> Orders {
        let span = if percent(g, 70) { 8 } else { 40 };
        let most = if percent(g, 70) { 4 } else { 1_000 };
        let side = |g: &mut Gen| {
            let length = below(g, 9);
            (0..length).map(|_| (10 + below(g, span) as i64, 1 + below(g, most) as u64)).collect()
        };
        Orders { buys: side(g), sells: side(g), reference: 5 + below(g, span + 10) as i64 }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Orders>> {
        let (sells, reference) = (self.sells.clone(), self.reference);
        let fewer_buys = self.buys.shrink().map(move |buys| Orders { buys, sells: sells.clone(), reference });
        let buys = self.buys.clone();
        let fewer_sells =
            self.sells.shrink().map(move |sells| Orders { buys: buys.clone(), sells, reference });
        let good = |o: &Orders| o.buys.iter().chain(&o.sells).all(|&(price, units)| price > 0 && units > 0);
        Box::new(fewer_buys.chain(fewer_sells).filter(good))
    }
}

impl Orders {
    /// Each price once, ascending.
    fn levels(side: &[(i64, u64)]) -> Vec<(Ticks, Units)> {
        let mut levels: BTreeMap<i64, u64> = BTreeMap::new();
        for &(price, units) in side {
            *levels.entry(price).or_default() += units;
        }
        levels.into_iter().map(|(price, units)| (Ticks(price), Units(units))).collect()
    }
}

fn the_price_is_the_one_that_trying_every_tick_finds(orders: Orders) -> bool {
    let [buys, sells] = [Orders::levels(&orders.buys), Orders::levels(&orders.sells)];
    let reference = Ticks(orders.reference);
    let found = equilibrium(buys.into_iter().rev(), sells.into_iter(), reference);
    let plain = |side: &[(i64, u64)]| side.iter().map(|&(p, u)| (Ticks(p), u)).collect::<Vec<_>>();
    found.map(|c| (c.price, c.units())) == price(&plain(&orders.buys), &plain(&orders.sells), reference)
}

#[test]
fn the_equilibrium_price_is_the_one_that_trying_every_tick_finds() {
    let property = the_price_is_the_one_that_trying_every_tick_finds as fn(Orders) -> bool;
    QuickCheck::new().tests(cases(50_000)).quickcheck(property);
}
