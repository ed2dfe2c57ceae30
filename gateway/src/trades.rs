//! What a trade was, from the venue's own record: for an operator who undoes one that is final, which the engine has
//! forgotten.

use crate::event_log;
use std::sync::Arc;
use tallystick_engine::event::{BustSide, Event, TradeSide};
use tallystick_engine::obligation::OrderName;
use tallystick_engine::types::{Seq, TradeId};
use tallystick_engine::undo::TradeTerms;
use tallystick_journal::{Follower, ScanError, Storage};

/// Why a trade was not found.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The record can't be read.
    #[error("the venue's record of what it said can't be read: {0}")]
    Scan(#[from] ScanError),
    /// What is in it can't be understood.
    #[error("record {0} of what the venue said is damaged; a restart makes it again from the journal")]
    Damaged(u64),
}

/// The terms of a trade that is final, as far as the record goes: through this command. None if it is not final there.
pub fn terms(
    events: &Arc<dyn Storage>,
    through: Seq,
    trade: TradeId,
) -> Result<Option<TradeTerms>, LookError> {
    let (mut made, mut settled) = (None, false);
    if through == Seq(0) {
        return Ok(None);
    }
    let mut follower = Follower::new(Arc::clone(events), 1)?;
    while let Some(record) = follower.next_record(through.0)? {
        let (_, events) = event_log::decode(record.payload).map_err(|_| LookError::Damaged(record.seq))?;
        for event in &events {
            match event {
                Event::Settled { trade: final_, .. } if *final_ == trade => settled = true,
                event => made = of(event, trade).or(made),
            }
        }
    }
    Ok(made.filter(|_| settled))
}

/// The terms of this trade, if the event made it.
fn of(event: &Event, wanted: TradeId) -> Option<TradeTerms> {
    match *event {
        Event::Trade { trade, price, units, money, cash, ref buyer, ref seller, .. } if trade == wanted => {
            Some(TradeTerms {
                security: buyer.order.security,
                cash,
                seller: seller.order.account,
                buyer: buyer.order.account,
                price,
                units,
                money,
                buy: order(buyer),
                sell: order(seller),
            })
        }
        Event::Corrected { trade, security, cash, price, units, money, ref buyer, ref seller, .. }
            if trade == wanted =>
        {
            Some(TradeTerms {
                security,
                cash,
                seller: seller.account,
                buyer: buyer.account,
                price,
                units,
                money,
                buy: name(buyer),
                sell: name(seller),
            })
        }
        // Whoever sold gets the units back.
        Event::Compensated {
            trade,
            security,
            cash,
            price,
            units,
            money,
            ref old_buyer,
            ref old_seller,
            ..
        } if trade == wanted => Some(TradeTerms {
            security,
            cash,
            seller: old_buyer.account,
            buyer: old_seller.account,
            price,
            units,
            money,
            buy: name(old_seller),
            sell: name(old_buyer),
        }),
        _ => None,
    }
}

fn order(side: &TradeSide) -> OrderName {
    OrderName { session: side.to.session, order: side.order.order, clordid: side.order.clordid }
}

fn name(side: &BustSide) -> OrderName {
    OrderName { session: side.to.session, order: side.order, clordid: side.clordid }
}
