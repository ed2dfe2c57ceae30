//! Typical trades: whether there is one that meets a condition, found by search over the few values that matter.
//!
//! What matters follows from what is asked: of places one for each set of lists that it is in, of periods the moment at
//! which each has just passed, of the rest yes and no. A condition is asked of a trade of which not all is known yet
//! (yes, no, or not known); what the first unknown part of it asks about is tried next. So what nobody asks about is never
//! tried, and what is decided is not tried again.
//!
//! - [`Trade`]: one trade, in the rules' own words
//! - [`values`]: what is tried; [`Search`]: the search

mod search;
mod values;
pub mod words;

pub use search::{Found, Search};

use serde::{Deserialize, Serialize};
use tallystick_rules::{
    Condition, Disclosure, Facts, History, Identity, Insider, InvestorId, Jurisdiction, Market, Party, Path,
    Program, Rooms, Rule, Sales, Source, Time, Units, evaluate,
};

/// One lot of one seller to one buyer, as the rules know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// When.
    pub now: Time,
    /// Who buys.
    pub buyer: Identity,
    /// How the buyer stands to the issuer.
    pub buyer_insider: Insider,
    /// Who sells.
    pub seller: Identity,
    /// How the seller stands to the issuer.
    pub seller_insider: Insider,
    /// What is sold.
    pub lot: History,
    /// What is known of the security.
    pub disclosure: Disclosure,
    /// Where.
    pub market: Market,
}

impl Trade {
    /// A trade of which nothing is known that matters to any rule.
    fn plain(now: Time, country: Jurisdiction) -> Trade {
        let stranger = Insider { issuer: false, affiliate_until: Time::NEVER, controlling: false };
        let day = tallystick_rules::lot::beginning_of_day(now);
        Trade {
            now,
            buyer: Identity::new(InvestorId(1), country),
            buyer_insider: stranger,
            seller: Identity::new(InvestorId(2), country),
            seller_insider: stranger,
            lot: History {
                acquired: day,
                issued: day,
                source: Source::Holder,
                path: Path::Plain,
                restricted: false,
                paid: true,
            },
            disclosure: Disclosure::default(),
            market: Market { place: country, gated: false },
        }
    }

    /// The path by which the rules let the lot go in this trade, however many units; or nothing. Asked of the rules
    /// themselves, but for those that count: each of them alone would say how much.
    pub fn path(&self, program: &Program) -> Option<Path> {
        let party = |identity, insider| Party {
            identity: Some(identity),
            insider: Some(insider),
            owned: Units::ZERO,
            left: Units(1),
            group_owned: Units::ZERO,
            sold: Sales::default(),
            whole: None,
            room: Rooms::default(),
        };
        let facts = Facts {
            now: self.now,
            buyer: Some(party(&self.buyer, self.buyer_insider)),
            seller: Some(party(&self.seller, self.seller_insider)),
            security: &self.disclosure,
            issued: Units::MAX,
            market: self.market,
        };
        let denied = evaluate::entry(program, &facts).is_denied();
        if denied { None } else { evaluate::way(program, &facts, &self.lot).ok() }
    }
}

/// What a rule demands apart from quantities, as one condition about the buyer, the seller, the lot and the rest.
pub fn demand(rule: &Rule) -> Condition {
    match rule {
        Rule::Require(must) => must.clone(),
        Rule::Ways(ways) => Condition::Any(ways.iter().map(|way| way.when.clone()).collect()),
        Rule::When(when, then) => Condition::when(when.clone(), demand(then)),
        Rule::HolderCap(..)
        | Rule::Owned(..)
        | Rule::AtLeast(_)
        | Rule::Denomination(_)
        | Rule::BenefitPlans(_)
        | Rule::Sold { .. }
        | Rule::Velocity { .. }
        | Rule::Approved => Condition::All(vec![]),
    }
}
