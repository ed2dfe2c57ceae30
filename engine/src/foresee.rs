//! What other rules would do to a security's open orders, and to its crosses that await an approval: really done, by an
//! engine that is used up by it.

use crate::awaiting::AwaitingCross;
use crate::command::Command;
use crate::compliance::{Ground, Pairing, Tentative};
use crate::crosses::NewCross;
use crate::engine::Engine;
use crate::event::{CancelReason, Event, OrderView};
use crate::reject::Reject;
use crate::types::{SecurityId, SessionId, Side, Units};
use tallystick_rules::{Program, ProgramError, Protocol, Reason};

/// What would become of what is open in a security, if it had other rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// The open orders that would end, in the order in which they would: of which session, and why.
    pub cancelled: Vec<(SessionId, OrderView, CancelReason)>,
    /// The crosses that await an approval, in the order in which they came.
    pub awaiting: Vec<ForeseenCross>,
}

/// What would become of a cross that awaits an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeseenCross {
    /// The cross.
    pub awaiting: AwaitingCross,
    /// What would become of it at once.
    pub fate: Fate,
    /// Why the rules, as things are, would not let the two trade all of it whatever were approved; if so.
    pub forbidden: Option<Reason>,
}

/// What would become of it at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It trades: no approval is missing any more.
    Trades,
    /// It is rejected: what its buy is told, and what its sell.
    Rejected([Reject; 2]),
    /// It waits on.
    Waits {
        /// How many units more must be approved. Nought where none is missing any more, and the security's crosses are not
        /// judged at present: it is, once they are.
        unapproved: Units,
    },
}

impl Engine {
    /// What would become of the open orders of a security, and of its crosses that await an approval, if it had these
    /// rules now, once all work that waits is done. Uses the engine up: it has really done it.
    ///
    /// Fails if the rules are none that a security can have. Of a security that is not listed nothing is open.
    pub fn foresee(mut self, security: SecurityId, protocols: &[Protocol]) -> Result<Foreseen, ProgramError> {
        Program::new(protocols.to_vec())?;
        let mut events = Vec::new();
        self.work_through(&mut events);
        events.clear();
        let awaited: Vec<AwaitingCross> =
            self.awaiting().filter(|awaiting| awaiting.cross.security == security).collect();
        let epoch = self.find_security(security).map_or(1, |listed| listed.epoch);
        self.amend(security, epoch, protocols);
        self.work_through(&mut events);
        let awaiting = awaited.into_iter().map(|awaiting| self.became(awaiting, &events)).collect();
        let cancelled = events.into_iter().filter_map(|event| match event {
            Event::Cancelled { to, order, reason, .. } if order.security == security => {
                Some((to.session, order, reason))
            }
            _ => None,
        });
        Ok(Foreseen { cancelled: cancelled.collect(), awaiting })
    }

    fn work_through(&mut self, events: &mut Vec<Event>) {
        while self.has_work() {
            self.apply(self.seq.next(), self.now, &Command::Continue, events);
        }
    }

    /// What has become of a cross that awaited an approval.
    fn became(&self, awaiting: AwaitingCross, events: &[Event]) -> ForeseenCross {
        let told = |side| {
            events.iter().find_map(|event| match event {
                Event::Rejected { order, reject, .. } if *order == awaiting.order(side) => Some(*reject),
                _ => None,
            })
        };
        let waits = self.awaiting().any(|other| other.order == awaiting.order);
        let fate = match (Side::BOTH.map(told), waits) {
            ([Some(buy), Some(sell)], _) => Fate::Rejected([buy, sell]),
            (_, true) => Fate::Waits { unapproved: self.unapproved(&awaiting.cross) },
            (_, false) => Fate::Trades,
        };
        let forbidden = if fate == Fate::Trades { None } else { self.forbidden(&awaiting.cross) };
        ForeseenCross { awaiting, fate, forbidden }
    }

    /// Why the rules would not let the two of a cross trade all of it, were everything approved.
    fn forbidden(&self, cross: &NewCross) -> Option<Reason> {
        let ground = Ground { approvals: None, ..self.ground(cross.security, self.known.persons()) };
        let [buyer, seller] = [cross.buy, cross.sell].map(|side| ground.person(side.account));
        let verdict = Pairing::new(ground, &Tentative::default(), buyer, seller).verdict();
        let allowed = verdict.allows(cross.quantity);
        (!allowed).then(|| verdict.reason.expect("what is restricted has a reason"))
    }
}
