//! What owners do with what they have allocated.

use super::{FREE, Ledger, Touched};
use tallystick_engine::news::Terms;
use tallystick_engine::types::{AccountId, Asset, CashId, Money, SecurityId, Units};

/// What an owner does with an allocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allotment {
    /// Everything is allocated, and all is permitted.
    All,
    /// A part of it (so many eighths), under the same terms.
    Part(u8),
    /// It is about to end.
    Ending,
    /// It has ended.
    Ended,
    /// For cash: for that security only; for units: for that token only.
    Only(u8),
    /// At a price no worse than so many units of money for each unit.
    Worst(i64),
    /// So much may be charged beside the price.
    Fee(i64),
    /// A court takes so many eighths.
    Taken(u8),
}

impl Ledger {
    /// An owner changes what it has allocated.
    pub fn allot(&mut self, account: AccountId, asset: Asset, allotment: Allotment) {
        match asset {
            Asset::Security(security) => {
                let Some(owned) = self.units.get_mut(&(account, security)) else { return };
                for lot in &mut owned.lots {
                    if let Allotment::Taken(eighths) = allotment {
                        lot.units -= lot.units * u64::from(eighths) / 8;
                        lot.allocated = lot.allocated.min(lot.units);
                    }
                    lot.allocated = match allotment {
                        Allotment::All => lot.units,
                        Allotment::Part(eighths) => lot.units * u64::from(eighths) / 8,
                        Allotment::Ended => 0,
                        _ => lot.allocated,
                    };
                }
                owned.lots.retain(|lot| lot.units > 0);
                let only = |n| Asset::Cash(CashId(n));
                owned.terms = terms(owned.terms, allotment, only);
                self.touch_units(account, security);
            }
            Asset::Cash(cash) => {
                let Some(owned) = self.cash.get_mut(&(account, cash)) else { return };
                if let Allotment::Taken(eighths) = allotment {
                    owned.amount -= owned.amount * i64::from(eighths) / 8;
                    owned.allocated = owned.allocated.min(owned.amount);
                }
                owned.allocated = match allotment {
                    Allotment::All => owned.amount,
                    Allotment::Part(eighths) => owned.amount * i64::from(eighths) / 8,
                    Allotment::Ended => 0,
                    _ => owned.allocated,
                };
                let only = |n: u16| Asset::Security(SecurityId(n.into()));
                owned.terms = terms(owned.terms, allotment, only);
                self.touched.insert(Touched::Cash(account, cash));
            }
        }
    }
}

fn terms(now: Terms, allotment: Allotment, only: impl Fn(u16) -> Asset) -> Terms {
    match allotment {
        Allotment::All => FREE,
        Allotment::Part(_) | Allotment::Taken(_) => now,
        Allotment::Ending | Allotment::Ended => Terms { usable: false, ..now },
        Allotment::Only(n) => Terms { usable: true, only: Some(only(n.into())), ..now },
        Allotment::Fee(most) => Terms { usable: true, most_fee: Money(most), ..now },
        Allotment::Worst(money) => Terms { usable: true, worst: Some((Money(money), Units(2))), ..now },
    }
}
