//! Carrying out a transfer that was checked: units, cash and legs move, and with them the allocations, the stakes and
//! the counts of holders.

use super::Work;
use super::lots::{arrive, arrive_cash, leave, leave_cash, unlock};
use super::transfer::Delivery;
use crate::instruction::Transfer;
use crate::names::{Asset, VenueName};
use crate::receipt::Done;
use crate::state::{AccountRecord, Allocation, Holding, Key, Locked};
use tallystick_rules::{LotId, Money};

impl Work<'_> {
    /// Nothing here can be refused: the checks have seen to it.
    pub fn carry_out(&mut self, venue: &VenueName, transfer: &Transfer, delivery: Delivery) -> Done {
        let Delivery { seller, buyer, paid, seller_legs, buyer_legs, arrivals, approval } = delivery;
        if let Some(pair) = approval {
            self.use_approval(pair, transfer.units);
        }
        let units = Asset::Security(transfer.security);
        let cash = Asset::Cash(transfer.cash);

        let holding = self.state.change::<Holding>(Key::Holding(transfer.seller, units));
        for part in &transfer.lots {
            leave(holding, part.lot, part.units);
        }
        use_up(holding, venue, transfer.units.0, seller_legs, |locked| {
            let Locked::Units(locked) = locked else { panic!("cash is locked of units") };
            transfer.lots.iter().for_each(|part| unlock(locked, part.lot, part.units));
        });
        self.debit(&seller, units, transfer.units.0);
        self.count_sale(transfer.security, seller.beneficial_owner, transfer.units, transfer.traded);

        let key = Key::Holding(transfer.buyer, units);
        let holding = self.state.edit_or(key, || Holding::new(transfer.buyer, units));
        let lots: Vec<LotId> = arrivals.into_iter().map(|arrival| arrive(holding, arrival)).collect();
        self.credit(&buyer, units, transfer.units.0);

        let holding = self.state.change::<Holding>(Key::Holding(transfer.buyer, cash));
        leave_cash(holding, paid);
        use_up(holding, venue, paid.0.unsigned_abs(), buyer_legs, |locked| {
            let Locked::Cash(locked) = locked else { panic!("units are locked of cash") };
            *locked -= paid;
        });
        self.debit(&buyer, cash, paid.0.unsigned_abs());

        self.pay(&seller, cash, transfer.money - seller_legs);
        for leg in &transfer.legs {
            let to = self.state.account(leg.to);
            self.pay(&to, cash, leg.amount);
        }
        Done::Transferred(lots[0])
    }

    fn pay(&mut self, to: &AccountRecord, cash: Asset, money: Money) {
        if money == Money::ZERO {
            return;
        }
        let key = Key::Holding(to.account, cash);
        arrive_cash(self.state.edit_or(key, || Holding::new(to.account, cash)), money);
        self.credit(to, cash, money.0.unsigned_abs());
    }
}

/// Counts what left under an allocation, which is gone once nothing more may leave.
fn use_up(
    holding: &mut Holding,
    venue: &VenueName,
    amount: u64,
    legs: Money,
    unlock: impl FnOnce(&mut Locked),
) {
    let of_venue = |open: &Allocation| open.venue == *venue;
    let at = holding.allocations.iter().position(of_venue).expect("the checks found the allocation");
    let open = &mut holding.allocations[at];
    unlock(&mut open.locked);
    open.left -= amount;
    open.fee_left -= legs;
    if open.left == 0 {
        holding.allocations.remove(at);
    }
}
