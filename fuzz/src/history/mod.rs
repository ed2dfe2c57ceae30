//! A random venue and what happens to it.
//!
//! A history is abstract: its steps say "the third open order" or "two ticks above the reference price", and
//! are given numbers when they are played, from what the model then looks like. So every part of it may be
//! left out when a case is shrunk, and few prices and quantities make orders meet.
//!
//! - [`crowd`]: a history with very many orders
//! - [`setup`]: firms, accounts, identities, listings, holdings
//! - [`ledger`]: the network on which it settles, if it settles on one; [`deed`]: what happens there; [`odd_news`]: what
//!   it would not tell
//! - [`step`], [`asks`], [`risk`] and [`halts`]: what may happen; [`draw`], [`draw_orders`], [`draw_risk`],
//!   [`draw_halts`] and [`draw_setup`]: how often; [`resolve`],
//!   [`circumstances`] and [`odd`]: what it means just now

pub mod asks;
pub mod circumstances;
pub mod crowd;
pub mod deed;
pub mod draw;
pub mod draw_halts;
pub mod draw_orders;
pub mod draw_risk;
pub mod draw_setup;
pub mod halts;
pub mod ledger;
pub mod odd;
pub mod odd_news;
pub mod resolve;
pub mod risk;
pub mod setup;
pub mod step;

use draw_orders::Taste;
use quickcheck::{Arbitrary, Gen};
use setup::Setup;
use step::Step;

/// A venue, and what happens to it.
#[derive(Clone, Debug)]
pub struct History {
    /// The venue.
    pub setup: Setup,
    /// What happens.
    pub steps: Vec<Step>,
}

impl History {
    /// The history as Rust: what a regression test is made of.
    pub fn as_source(&self) -> String {
        format!("{self:#?}").replace('[', "vec![")
    }
}

impl Arbitrary for History {
    fn arbitrary(g: &mut Gen) -> History {
        let taste = Taste::arbitrary(g);
        // Much of what orders ask shows only where most of them may trade.
        let lively = draw::percent(g, if taste == Taste::Plain { 0 } else { 55 });
        let setup = if lively { Setup::lively(g) } else { Setup::arbitrary(g) };
        let of_risk = if draw::percent(g, 35) { 12 } else { 0 };
        let setup = if of_risk > 0 { setup.risky(g) } else { setup };
        let first = if of_risk > 0 { draw_risk::first_steps(g, &setup) } else { Vec::new() };
        let of_halts = if draw::percent(g, 30) { 14 } else { 0 };
        let setup = if of_halts > 0 { setup.banded(g) } else { setup };
        let length = 5 + draw::below(g, g.size());
        let of_network = if setup.network.is_some() { if lively { 6 } else { 25 } } else { 0 };
        let step = |g: &mut Gen| match draw::percent(g, of_network) {
            true => draw::of_network(g),
            false if draw::percent(g, of_risk) => draw_risk::step(g),
            false if draw::percent(g, of_halts) => draw_halts::step(g),
            false if lively => Step::lively(g, taste),
            false => Step::of(g, taste),
        };
        let mut steps: Vec<Step> = first.into_iter().chain((0..length).map(|_| step(g))).collect();
        if of_risk > 0 && draw::percent(g, 30) {
            let at = draw::below(g, steps.len());
            steps.splice(at..at, draw_risk::scene(g));
        }
        History { setup, steps }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = History>> {
        let (setup, steps) = (self.setup.clone(), self.steps.clone());
        let shorter = self.steps.shrink().map(move |steps| History { setup: setup.clone(), steps });
        let plainer = self.setup.shrink().map(move |setup| History { setup, steps: steps.clone() });
        Box::new(shorter.chain(plainer))
    }
}
