//! What prices are measured against where no trade has: the range of an issue before its first trade, and the reference
//! price that an operator sets.

use crate::engine::Engine;
use crate::event::Event;
use crate::phase::Phase;
use crate::reject::Refusal;
use crate::security::Security;
use crate::types::{Price, SecurityId, Side, Steps, TickRule, Ticks};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The prices of a first listing, which hold until it has traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueRange {
    /// The lowest price.
    pub lowest: Price,
    /// The highest price.
    pub highest: Price,
}

impl IssueRange {
    /// Both ends, if they and the reference price are as they must be.
    pub(crate) fn on_ticks(&self, rule: &TickRule, reference: Ticks) -> Result<(Ticks, Ticks), String> {
        let legal = |price| rule.to_ticks(price).filter(|ticks| (Ticks(1)..=rule.max_price).contains(ticks));
        let ends = legal(self.lowest).zip(legal(self.highest));
        ends.filter(|&(lowest, highest)| (lowest..=highest).contains(&reference)).ok_or_else(|| {
            "the issue's prices must lie on ticks within the listing's, and the reference price between them"
                .into()
        })
    }
}

impl Security {
    /// The worst price of an order that has none of its own: a width beyond `from`, or the far end of the issue.
    pub(crate) fn furthest(&self, side: Side, from: Ticks, width: Steps) -> Ticks {
        match (self.issuing, side) {
            (Some((_, highest)), Side::Buy) => highest,
            (Some((lowest, _)), Side::Sell) => lowest,
            (None, _) => self.worsened(side, from, width),
        }
    }
}

impl Engine {
    /// An operator sets the reference price, and the static one.
    pub(crate) fn set_reference(
        &mut self,
        id: SecurityId,
        price: Price,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        let unknown = Refusal::Unknown { what: "security".into(), number: id.0.into() };
        let security = self.securities.get_mut(id).ok_or(unknown)?;
        if !matches!(security.phase, Phase::Closed | Phase::PreOpen | Phase::Halted) {
            let phase = security.phase;
            return Err(Refusal::Phase(format!(
                "security {id} is {phase}; its reference price may be set while it is closed, pre-open or halted"
            )));
        }
        let (lowest, highest) = security.issuing.unwrap_or((Ticks(1), security.listing.ticks.max_price));
        let ticks = security.listing.ticks.to_ticks(price).filter(|t| (lowest..=highest).contains(t));
        let ticks = ticks.ok_or_else(|| Refusal::OutOfRange {
            what: "the reference price".into(),
            range: format!("on a tick, from {} to {}", security.price(lowest), security.price(highest)),
        })?;
        (security.reference, security.static_reference) = (ticks, ticks);
        events.push(Event::ReferenceChanged { security: id, price });
        Ok(())
    }
}
