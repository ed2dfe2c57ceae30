//! A random venue and what happens to it.
//!
//! A history is abstract: its steps say "the third open order" or "two ticks above the reference price", and
//! are given numbers when they are played, from what the model then looks like. So every part of it may be
//! left out when a case is shrunk, and few prices and quantities make orders meet.
//!
//! - [`crowd`]: a history with very many orders
//! - [`setup`]: firms, accounts, listings, holdings; [`persons`]: who trades; [`lots`]: where units come from;
//!   [`draw_rules`], [`draw_caps`], [`draw_changes`], [`draw_amended`], [`draw_shared`] and [`draw_persons`]: what rules and
//!   people are like; [`registrar`]: what is made known later
//! - [`ledger`]: the network on which it settles, if it settles on one; [`deed`]: what happens there; [`odd_news`]: what
//!   it would not tell
//! - [`step`], [`asks`], [`risk`], [`gates`] and [`halts`]: what may happen; [`draw`], [`draw_orders`], [`draw_risk`],
//!   [`draw_gates`], [`draw_halts`] and [`draw_setup`]: how often; [`resolve`],
//!   [`circumstances`] and [`odd`]: what it means just now

pub mod asks;
pub mod circumstances;
pub mod cross;
pub mod crowd;
pub mod dealing;
pub mod deed;
pub mod draw;
pub mod draw_amended;
pub mod draw_caps;
pub mod draw_changes;
pub mod draw_deals;
pub mod draw_gates;
pub mod draw_halts;
pub mod draw_orders;
pub mod draw_persons;
pub mod draw_quotes;
pub mod draw_risk;
pub mod draw_rules;
pub mod draw_setup;
pub mod draw_shared;
pub mod gates;
pub mod halts;
pub mod ledger;
pub mod lots;
pub mod odd;
pub mod odd_news;
pub mod persons;
pub mod quoting;
pub mod registrar;
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
        let of_risk = if draw::percent(g, 30) { 12 } else { 0 };
        let setup = if of_risk > 0 { setup.risky(g) } else { setup };
        let first = if of_risk > 0 { draw_risk::first_steps(g, &setup) } else { Vec::new() };
        let of_halts = if draw::percent(g, 27) { 14 } else { 0 };
        let setup = if of_halts > 0 { setup.banded(g) } else { setup };
        let kind = draw::below(g, 100);
        let of_caps = kind < 16;
        let (setup, changes) = match kind {
            0..16 => (setup.capped(g), Vec::new()),
            16..23 => setup.changing(g),
            23..31 => setup.amended(g),
            31..39 => setup.sharing(g),
            39..46 => setup.approving(g),
            46..52 => setup.gating(g),
            _ => (setup, Vec::new()),
        };
        let of_deals = if draw::percent(g, 27) { 8 } else { 0 };
        let setup = if of_deals > 0 { setup.charging(g) } else { setup };
        let of_quotes = if draw::percent(g, 27) { 22 } else { 0 };
        let quotes = if of_quotes > 0 { draw_quotes::first_steps(g) } else { Vec::new() };
        let length = 5 + draw::below(g, g.size());
        let of_network = if setup.network.is_some() { if lively { 6 } else { 25 } } else { 0 };
        let step = |g: &mut Gen| match draw::percent(g, of_network) {
            true => draw::of_network(g),
            false if draw::percent(g, of_risk) => draw_risk::step(g),
            false if draw::percent(g, of_quotes) => draw_quotes::step(g),
            false if draw::percent(g, of_deals) => draw_deals::step(g),
            false if draw::percent(g, 2) => Step::Cross(cross::Crossing::arbitrary(g)),
            false if draw::percent(g, of_halts) => draw_halts::step(g),
            false if draw::percent(g, 1) => Step::Gate(gates::Gate::arbitrary(g)),
            false if lively => Step::lively(g, taste),
            false => Step::of(g, taste),
        };
        let mut steps: Vec<Step> =
            first.into_iter().chain(quotes).chain(changes).chain((0..length).map(|_| step(g))).collect();
        if of_risk > 0 && draw::percent(g, 30) {
            let at = draw::below(g, steps.len());
            steps.splice(at..at, draw_risk::scene(g));
        }
        for _ in 0..if of_caps { 2 + draw::below(g, 4) } else { 0 } {
            let at = draw::below(g, steps.len());
            steps.splice(at..at, draw_caps::scene(g, setup.network.is_some()));
        }
        if of_halts > 0 {
            // What timers began comes to its end.
            for _ in 0..3 {
                let due = halts::HaltStep::Due { just_before: false };
                steps.extend([Step::Halt(due), Step::Continue, Step::Continue]);
            }
        }
        if of_deals > 0 && setup.network.is_some() && draw::percent(g, 60) {
            let at = draw::below(g, steps.len());
            steps.splice(at..at, draw_deals::scene(g));
        }
        if of_quotes > 0 && draw::percent(g, 30) {
            let at = draw::below(g, steps.len());
            steps.splice(at..at, draw_quotes::scene(g));
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
