//! How often securities are gated, and whom operators let in and shut out.

use super::asks::Asks;
use super::draw::{below, one_of, percent};
use super::draw_orders::Taste;
use super::draw_quotes;
use super::draw_shared::order;
use super::gates::Gate;
use super::setup::Setup;
use super::step::{Name, NewQuantity, Price, Quantity, Step, Target};
use quickcheck::{Arbitrary, Gen};
use tallystick_engine::phase::Phase;

impl Gate {
    /// One of them.
    pub fn arbitrary(g: &mut Gen) -> Gate {
        Gate {
            security: one_of(g, &[0, 0, 0, 0, 0, 0, 1, 1, 254, 255]),
            firm: if percent(g, 6) { 255 } else { below(g, 24) as u8 },
            admitted: percent(g, 55),
        }
    }
}

impl Setup {
    /// The same venue with a gated segment: orders of all kinds, and firms that are shut out and let in between them.
    pub fn gating(mut self, g: &mut Gen) -> (Setup, Vec<Step>) {
        let listed = &mut self.listings[0];
        listed.gated = true;
        listed.more.shut_out = one_of(g, &[0, 0, 0, 1, 2, 4, 7]);
        let mut steps = Vec::new();
        for _ in 0..2 + below(g, 3) {
            let auction = percent(g, 20);
            steps.push(Step::Onward { security: 0 });
            if auction {
                steps.push(Step::Auction { security: 0, call: Phase::ClosingAuction });
            }
            let taste =
                one_of(g, &[Taste::Everything, Taste::Stops, Taste::Pegs, Taste::Pegs, Taste::Auctions]);
            let more = if taste == Taste::Pegs { 6 } else { 0 };
            for _ in 0..3 + more + below(g, 5) {
                steps.push(match below(g, 8) {
                    0..=2 => order(g),
                    3..=4 => draw_quotes::step(g),
                    _ => waiting(g, taste),
                });
            }
            if auction {
                steps.push(Step::Phase { security: 0, phase: Phase::PreOpen });
            }
            for _ in 0..1 + below(g, 2) {
                let (firm, admitted) = (below(g, 3) as u8, percent(g, 30));
                let gate = |admitted| Step::Gate(Gate { security: 0, firm, admitted });
                steps.push(gate(admitted));
                if percent(g, 20) {
                    steps.extend([gate(true), order(g), gate(false)]);
                }
                if percent(g, 60) {
                    steps.push(meanwhile(g));
                }
            }
            if percent(g, 50) {
                steps.extend([Step::Continue, order(g)]);
            }
            if percent(g, 70) {
                steps.extend((0..3).map(|firm| Step::Gate(Gate { security: 0, firm, admitted: true })));
            }
            if percent(g, 50) {
                steps.push(Step::Continue);
            }
        }
        (self, steps)
    }
}

/// An order that rests, or waits for something.
fn waiting(g: &mut Gen, taste: Taste) -> Step {
    Step::New {
        account: 6 + below(g, 18) as u8,
        security: 0,
        buy: bool::arbitrary(g),
        asks: Asks::arbitrary(g, taste),
        price: Price::Beyond(one_of(g, &[-3, -2, -1, 0])),
        quantity: Quantity::Lots(one_of(g, &[1, 2])),
        name: Name::Fresh,
        other_firm: false,
    }
}

/// What comes while the orders of who was shut out are about to end.
fn meanwhile(g: &mut Gen) -> Step {
    let target = Target::Open(below(g, 24) as u8);
    match below(g, 8) {
        0..=2 => {
            let (quantity, name) = (NewQuantity::More(1), Name::Fresh);
            Step::Replace { target, price: Some(Price::Near(0)), stop: None, quantity, name }
        }
        3 => Step::Cancel { target, name: Name::Fresh },
        4..=5 => order(g),
        _ => draw_quotes::step(g),
    }
}
