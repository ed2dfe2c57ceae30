//! What is moved because a court or the law demands it.

use super::Work;
use super::lots::{Arrival, arrive, leave, release};
use super::overlay::range;
use crate::lot::Lot;
use crate::names::Asset;
use crate::receipt::{Done, Refusal};
use crate::state::{AccountRecord, Holding, Key};
use tallystick_rules::{AccountId, LotId, SecurityId, Units};

impl Work<'_> {
    /// Moves units whatever rules, freezes and allocations say, with all bookkeeping that a transfer has. In-flight trades
    /// of units that are gone are refused when their turn comes.
    pub fn force(
        &mut self,
        security: SecurityId,
        from: AccountId,
        to: AccountId,
        lots: &[(LotId, Units)],
    ) -> Result<Done, Refusal> {
        let asset = Asset::Security(security);
        let losing = self.state.known::<AccountRecord>(Key::Account(from))?.clone();
        let gaining = self.state.known::<AccountRecord>(Key::Account(to))?.clone();
        if from == to {
            return Err(range("the account that they go to", "another than the one they come from"));
        }
        if !(1..=Lot::MOST).contains(&lots.len()) {
            return Err(range("the number of lots", format!("1 to {}", Lot::MOST)));
        }
        let arrivals = self.forced(from, asset, lots)?;
        self.has_room(to, security, &arrivals)?;

        let units: Units = lots.iter().map(|(_, units)| *units).sum();
        let holding = self.state.change::<Holding>(Key::Holding(from, asset));
        for (lot, units) in lots {
            release(holding, *lot, *units);
            leave(holding, *lot, *units);
        }
        self.debit(&losing, asset, units.0);
        let holding = self.state.edit_or(Key::Holding(to, asset), || Holding::new(to, asset));
        for arrival in arrivals {
            arrive(holding, arrival);
        }
        self.credit(&gaining, asset, units.0);
        Ok(Done::Asked)
    }

    /// The units with their histories; all must be there.
    fn forced(
        &mut self,
        from: AccountId,
        asset: Asset,
        named: &[(LotId, Units)],
    ) -> Result<Vec<Arrival>, Refusal> {
        let mut numbers: Vec<LotId> = named.iter().map(|(lot, _)| *lot).collect();
        numbers.sort_unstable();
        if numbers.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refusal::WrongLots);
        }
        let holding = self.state.read::<Holding>(Key::Holding(from, asset));
        let lots = holding.map(Holding::lots).unwrap_or_default();
        let arrival = |&(number, units): &(LotId, Units)| {
            let lot = lots.iter().find(|lot| lot.id == number && !units.is_zero() && units <= lot.units);
            let Lot { history, issuance, .. } = *lot.ok_or(Refusal::WrongLots)?;
            Ok(Arrival { units, history, issuance })
        };
        named.iter().map(arrival).collect()
    }
}
