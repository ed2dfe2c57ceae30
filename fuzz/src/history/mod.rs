//! A random venue and what happens to it.
//!
//! A history is abstract: its steps say "the third open order" or "two ticks above the reference price", and
//! are given numbers when they are played, from what the model then looks like. So every part of it may be
//! left out when a case is shrunk, and few prices and quantities make orders meet.
//!
//! - [`crowd`]: a history with very many orders
//! - [`setup`]: firms, accounts, identities, listings, holdings
//! - [`step`]: what may happen; [`draw`] and [`draw_setup`]: how often; [`resolve`],
//!   [`circumstances`] and [`odd`]: what it means just now

pub mod circumstances;
pub mod crowd;
pub mod draw;
pub mod draw_setup;
pub mod odd;
pub mod resolve;
pub mod setup;
pub mod step;

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
        let setup = Setup::arbitrary(g);
        let length = 5 + draw::below(g, g.size());
        History { setup, steps: (0..length).map(|_| Step::arbitrary(g)).collect() }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = History>> {
        let (setup, steps) = (self.setup.clone(), self.steps.clone());
        let shorter = self.steps.shrink().map(move |steps| History { setup: setup.clone(), steps });
        let plainer = self.setup.shrink().map(move |setup| History { setup, steps: steps.clone() });
        Box::new(shorter.chain(plainer))
    }
}
