//! Crosses, before it is known of whom.

use super::draw::{below, one_of, percent};
use super::resolve::{account_of, choose, from, name_of, security_of, units_of, wire_price};
use super::step::{Name, Price, Quantity};
use crate::model::Model;
use quickcheck::{Arbitrary, Gen};
use tallystick_engine::crosses::{CrossSide, NewCross};
use tallystick_engine::types::{AccountId, Side, Ticks};

/// A cross.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Crossing {
    pub buyer: u8,
    /// Chooses among the accounts of the buyer's firm that have something to sell; from 200 on among all accounts.
    pub seller: u8,
    pub security: u8,
    pub price: CrossPrice,
    pub quantity: Quantity,
    /// Of the buy; the sell's is fresh, if it is not the same.
    pub name: Name,
    pub same_name: bool,
    pub sell_prioritized: bool,
}

/// The price of a cross.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CrossPrice {
    /// So many ticks above the bid's quotation.
    AboveBid(i64),
    /// So many ticks below the offer's.
    BelowOffer(i64),
    /// Any.
    Of(Price),
}

impl Crossing {
    /// One of them.
    pub fn arbitrary(g: &mut Gen) -> Crossing {
        let price = match below(g, 10) {
            0..=3 => CrossPrice::AboveBid(one_of(g, &[0, 1, 1, 1, 2])),
            4..=7 => CrossPrice::BelowOffer(one_of(g, &[0, 1, 1, 1, 2])),
            8 => CrossPrice::Of(Price::Near(one_of(g, &[-2, -1, 0, 0, 1, 2]))),
            _ => CrossPrice::Of(one_of(
                g,
                &[Price::OffTick, Price::Zero, Price::Most, Price::HighCollar { beyond: true }],
            )),
        };
        Crossing {
            buyer: below(g, 24) as u8,
            seller: if percent(g, 6) { 200 + below(g, 24) as u8 } else { below(g, 24) as u8 },
            security: if percent(g, 10) { 1 } else { 0 },
            price,
            quantity: match below(g, 20) {
                0 => one_of(g, &[Quantity::Nothing, Quantity::OffLot, Quantity::Most]),
                1 => Quantity::Whole,
                _ => Quantity::Lots(one_of(g, &[1, 1, 2, 3, 6])),
            },
            name: if percent(g, 4) { Name::Used(below(g, 24) as u8) } else { Name::Fresh },
            same_name: percent(g, 3),
            sell_prioritized: bool::arbitrary(g),
        }
    }

    pub(super) fn command(&self, model: &Model) -> NewCross {
        let security = security_of(self.security, model);
        let buyer = account_of(self.buyer, model);
        let firm = model.account(buyer).expect("it is there").firm;
        let all = model.accounts.iter().filter(|a| a.firm == firm && a.account != buyer);
        let able: Vec<AccountId> =
            all.map(|a| a.account).filter(|a| model.units_available(*a, security) > 0).collect();
        let seller = able.get(choose(self.seller, able.len())).filter(|_| self.seller < 200).copied();
        let seller = seller.unwrap_or(account_of(self.seller, model));
        let sessions: Vec<_> = model.sessions.iter().filter(|s| s.firm == firm).map(|s| s.session).collect();
        let session = sessions[model.seq.0 as usize % sessions.len()];
        let listed = model.security(security).expect("it is listed");
        let [bid, offer] = model.quoted(security).map(|quoted| quoted.unwrap_or(listed.reference));
        let near = |ticks: i64| listed.price(Ticks(ticks.clamp(1, listed.most().0)));
        let fresh = name_of(&Name::Fresh, session, model);
        let buys = match self.name {
            Name::Fresh => tallystick_engine::types::ClOrdId::new(&format!("b{}", model.seq.0)),
            used => Some(name_of(&used, session, model)),
        };
        let buys = buys.expect("a short name");
        NewCross {
            from: from(session, model),
            security,
            price: match self.price {
                CrossPrice::AboveBid(by) => near(bid.0 + by),
                CrossPrice::BelowOffer(by) => near(offer.0 - by),
                CrossPrice::Of(price) => wire_price(&price, security, Side::Buy, model),
            },
            quantity: units_of(&self.quantity, seller, security, Side::Sell, model),
            prioritized: if self.sell_prioritized { Side::Sell } else { Side::Buy },
            buy: CrossSide { clordid: buys, account: buyer },
            sell: CrossSide { clordid: if self.same_name { buys } else { fresh }, account: seller },
        }
    }

    /// Crosses like this one with one thing about them plainer.
    pub(super) fn simpler(&self) -> Vec<Crossing> {
        vec![
            Crossing { quantity: Quantity::Lots(1), ..*self },
            Crossing { name: Name::Fresh, ..*self },
            Crossing { same_name: false, ..*self },
            Crossing { sell_prioritized: false, ..*self },
            Crossing { security: 0, ..*self },
            Crossing { price: CrossPrice::Of(Price::Near(0)), ..*self },
        ]
    }

    /// How far from plain it is.
    pub(super) fn weight(&self) -> u64 {
        let odd = [
            self.quantity != Quantity::Lots(1),
            self.name != Name::Fresh,
            self.same_name,
            self.sell_prioritized,
            self.security > 0,
            self.price != CrossPrice::Of(Price::Near(0)),
        ];
        8 + odd.iter().filter(|odd| **odd).count() as u64
    }
}
