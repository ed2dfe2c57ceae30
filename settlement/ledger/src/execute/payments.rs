//! What was issued without being paid in full, and is paid up.

use super::Work;
use super::lots::{Arrival, free, has_room, join, leave};
use super::overlay::range;
use crate::lot::Lot;
use crate::names::Asset;
use crate::receipt::{Done, Refusal};
use crate::state::{AccountRecord, Holding, Key};
use tallystick_rules::{AccountId, LotId, SecurityId, Units};

impl Work<'_> {
    /// Notes that units are paid in full as of this block: their holding period begins with its day. They stay where they
    /// are, so nothing that is counted changes, and no order that freezes is in the way.
    pub fn pay_up(
        &mut self,
        security: SecurityId,
        account: AccountId,
        lots: &[(LotId, Units)],
    ) -> Result<Done, Refusal> {
        let key = Key::Holding(account, Asset::Security(security));
        self.state.known::<AccountRecord>(Key::Account(account))?;
        if !(1..=Lot::MOST).contains(&lots.len()) {
            return Err(range("the number of lots", format!("1 to {}", Lot::MOST)));
        }
        let arrivals = self.paid_up(key, lots)?;
        let mut holding = self.state.read::<Holding>(key).expect("its lots were found").clone();
        for (lot, units) in lots {
            leave(&mut holding, *lot, *units);
        }
        // A lot that is paid up whole leaves its place to another.
        has_room(&holding, &arrivals)?;
        for arrival in arrivals {
            join(&mut holding, arrival);
        }
        *self.state.change::<Holding>(key) = holding;
        Ok(Done::Asked)
    }

    /// The units as they are once they are paid: all must be there, unpaid, and locked under no allocation. A trade may be
    /// on its way that was matched on what is allocated as it is, and it names lots by number. Once paid they are held since
    /// today only, and where a rule asks how long something was held and not whether it is paid, less is allowed then.
    fn paid_up(&mut self, key: Key, named: &[(LotId, Units)]) -> Result<Vec<Arrival>, Refusal> {
        let mut numbers: Vec<LotId> = named.iter().map(|(lot, _)| *lot).collect();
        numbers.sort_unstable();
        if numbers.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refusal::WrongLots);
        }
        let now = self.at.time;
        let holding = self.state.read::<Holding>(key).ok_or(Refusal::WrongLots)?;
        let all_free = free(holding);
        let arrival = |&(number, units): &(LotId, Units)| {
            let lot = holding.lots().iter().find(|lot| lot.id == number);
            let lot = lot.filter(|lot| !units.is_zero() && units <= lot.units).ok_or(Refusal::WrongLots)?;
            if lot.history.paid {
                return Err(Refusal::PaidAlready { lot: number });
            }
            let free = all_free.iter().find(|(lot, _)| *lot == number).map_or(0, |(_, free)| *free);
            if units.0 > free {
                return Err(Refusal::Allocated { lot: number, free: Units(free) });
            }
            Ok(Arrival { units, history: lot.history.paid_up(now), issuance: lot.issuance })
        };
        named.iter().map(arrival).collect()
    }
}
