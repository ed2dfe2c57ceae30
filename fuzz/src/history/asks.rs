//! What an order asks beside account, side, price and quantity, before it is known what that comes to.

use super::step::Price;
use crate::model::Model;
use tallystick_engine::types::{
    Instructions, Minimum, OrdType, Peg, PegTo, PostOnly, Price as WirePrice, SelfTrade, Side, TimeInForce,
    Units,
};

/// Type, time in force and instructions.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Asks {
    pub ord_type: OrdType,
    pub time: TimeInForce,
    pub stop: Option<Price>,
    pub peg: Option<Follow>,
    pub expires: Option<Expiry>,
    pub display: Option<Part>,
    pub minimum: Option<Least>,
    pub post_only: Option<PostOnly>,
    pub own: Option<SelfTrade>,
    /// Whether the price is there where it should not be, or not there where it should.
    pub priced: Priced,
}

/// What a peg follows, so many ticks towards the other side; a trailing stop, at which distance.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Follow {
    pub to: PegTo,
    pub by: i64,
    pub off_tick: bool,
}

/// A day of expiry: so many days from today, or none that there is.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Expiry {
    In(i32),
    NoDate,
}

/// A part of the order's quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Part {
    Nothing,
    Lots(u64),
    AllButOne,
    Whole,
    OneMore,
    OffLot,
}

/// A minimum.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Least {
    Once(Part),
    Each(Part),
    All,
}

/// Whether an order has a price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Priced {
    /// As its type has it.
    Right,
    /// A peg has a limit.
    Limited,
    /// Not as its type has it.
    Wrong,
}

impl Asks {
    /// A limit order of the day.
    pub const PLAIN: Asks = Asks {
        ord_type: OrdType::Limit,
        time: TimeInForce::Day,
        stop: None,
        peg: None,
        expires: None,
        display: None,
        minimum: None,
        post_only: None,
        own: None,
        priced: Priced::Right,
    };

    /// An order of this type and time in force that asks for nothing more.
    pub const fn of(ord_type: OrdType, time: TimeInForce) -> Asks {
        Asks { ord_type, time, ..Asks::PLAIN }
    }

    /// Whether it comes with a price.
    pub fn has_price(&self) -> bool {
        let right = match self.ord_type {
            OrdType::Limit | OrdType::StopLimit => true,
            OrdType::Market | OrdType::MarketToLimit | OrdType::Stop => false,
            OrdType::Pegged => self.priced == Priced::Limited,
        };
        right != (self.priced == Priced::Wrong)
    }

    /// The instructions of an order of so many units.
    pub fn instructions(
        &self,
        side: Side,
        quantity: Units,
        lot: u64,
        tick: i64,
        stop: Option<WirePrice>,
        model: &Model,
    ) -> Instructions {
        let part = |part: Part| part.of(quantity, lot);
        let forwards = if side == Side::Buy { 1 } else { -1 };
        Instructions {
            stop_price: stop,
            peg: self.peg.map(|peg| {
                let by = if peg.to == PegTo::Trailing { peg.by } else { peg.by * forwards };
                let offset = WirePrice(by.saturating_mul(tick).saturating_add(i64::from(peg.off_tick)));
                Peg { to: peg.to, offset }
            }),
            expire_date: self.expires.map(|expires| match expires {
                Expiry::In(days) => model.date.saturating_add_signed(days),
                Expiry::NoDate => 20_261_399,
            }),
            display_qty: self.display.map(part),
            minimum: self.minimum.map(|least| match least {
                Least::Once(least) => Minimum::Once(part(least)),
                Least::Each(least) => Minimum::Each(part(least)),
                Least::All => Minimum::All,
            }),
            post_only: self.post_only,
            self_trade: self.own,
        }
    }

    /// The same with one thing left out.
    pub fn simpler(&self) -> Vec<Asks> {
        let mut all = vec![
            Asks::PLAIN,
            Asks { own: None, ..*self },
            Asks { minimum: None, ..*self },
            Asks { display: None, ..*self },
            Asks { post_only: None, ..*self },
            Asks { expires: None, time: TimeInForce::Day, ..*self },
            Asks { priced: Priced::Right, ..*self },
        ];
        if self.ord_type == OrdType::StopLimit {
            all.push(Asks { ord_type: OrdType::Stop, ..*self });
        }
        if let Some(peg) = self.peg {
            all.push(Asks { peg: Some(Follow { by: 1, ..peg }), ..*self });
        }
        all
    }

    /// How far from plain it is.
    pub fn weight(&self) -> u64 {
        let asked = [
            self.ord_type != OrdType::Limit,
            self.ord_type == OrdType::StopLimit,
            self.time != TimeInForce::Day,
            self.stop.is_some(),
            self.peg.is_some(),
            self.peg.is_some_and(|peg| peg.by != 1),
            self.expires.is_some(),
            self.display.is_some(),
            self.minimum.is_some(),
            self.post_only.is_some(),
            self.own.is_some(),
            self.priced != Priced::Right,
        ];
        asked.iter().filter(|asked| **asked).count() as u64
    }
}

impl Part {
    fn of(self, quantity: Units, lot: u64) -> Units {
        Units(match self {
            Part::Nothing => 0,
            Part::Lots(lots) => lots * lot,
            Part::AllButOne => quantity.0.saturating_sub(lot),
            Part::Whole => quantity.0,
            Part::OneMore => quantity.0.saturating_add(lot),
            Part::OffLot => lot + 1,
        })
    }
}
