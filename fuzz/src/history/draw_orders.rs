//! What orders ask, and how often: the table of what is drawn.

use super::asks::{Asks, Expiry, Follow, Least, Part, Priced};
use super::draw::{below, one_of, percent};
use super::step::Price;
use quickcheck::Gen;
use tallystick_engine::types::{OrdType, PegTo, PostOnly, Scope, SelfTrade, SelfTradeAction, TimeInForce};

/// What much of a history is about.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Taste {
    Everything,
    Plain,
    Hidden,
    Stops,
    Pegs,
    Auctions,
    Own,
}

/// A shape that orders have.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Limit,
    Immediate,
    FillOrKill,
    Market,
    MarketToLimit,
    Hidden,
    Iceberg,
    PostOnly,
    Once,
    Each,
    Stop,
    StopLimit,
    Trailing,
    Peg,
    ForAuction,
    Overnight,
    Anything,
}

/// How often which shape, in histories of each taste, in the order of the tastes.
const TABLE: [(Shape, [usize; 7]); 17] = [
    (Shape::Limit, [30, 60, 20, 20, 20, 30, 30]),
    (Shape::Immediate, [3, 4, 3, 2, 2, 1, 3]),
    (Shape::FillOrKill, [4, 6, 5, 2, 2, 1, 5]),
    (Shape::Market, [4, 8, 3, 5, 3, 1, 4]),
    (Shape::MarketToLimit, [4, 3, 4, 3, 3, 1, 4]),
    (Shape::Hidden, [5, 2, 12, 2, 8, 4, 3]),
    (Shape::Iceberg, [6, 2, 20, 2, 2, 4, 5]),
    (Shape::PostOnly, [5, 2, 6, 1, 2, 2, 3]),
    (Shape::Once, [4, 1, 5, 1, 2, 1, 3]),
    (Shape::Each, [5, 1, 10, 2, 3, 3, 3]),
    (Shape::Stop, [4, 1, 1, 20, 1, 2, 2]),
    (Shape::StopLimit, [4, 1, 1, 15, 1, 2, 2]),
    (Shape::Trailing, [4, 1, 1, 15, 1, 2, 2]),
    (Shape::Peg, [7, 1, 4, 2, 40, 4, 4]),
    (Shape::ForAuction, [5, 1, 1, 1, 1, 35, 3]),
    (Shape::Overnight, [4, 2, 2, 3, 3, 6, 2]),
    (Shape::Anything, [3, 2, 2, 2, 2, 2, 2]),
];

impl Taste {
    /// One of them.
    pub fn arbitrary(g: &mut Gen) -> Taste {
        use Taste::{Auctions, Everything, Hidden, Own, Pegs, Plain, Stops};
        one_of(g, &[Everything, Everything, Everything, Plain, Hidden, Stops, Pegs, Auctions, Own])
    }
}

impl Asks {
    /// What an order asks.
    pub fn arbitrary(g: &mut Gen, taste: Taste) -> Asks {
        let all = TABLE.map(|(_, weights)| weights[taste as usize]);
        let mut drawn = below(g, all.iter().sum());
        let at = all.iter().position(|&weight| {
            let here = drawn < weight;
            drawn = drawn.wrapping_sub(weight);
            here
        });
        let mut asks = TABLE[at.expect("a number below the sum")].0.arbitrary(g);
        let own = if taste == Taste::Own { 75 } else { 15 };
        if asks.own.is_none() && percent(g, own) {
            asks.own = Some(own_of(g));
        }
        if percent(g, 1) {
            asks.priced = Priced::Wrong;
        }
        asks
    }
}

impl Shape {
    fn arbitrary(self, g: &mut Gen) -> Asks {
        use TimeInForce::{Day, FillOrKill, GoodTillCancel, GoodTillDate, ImmediateOrCancel};
        let limit = Asks::PLAIN;
        let stays = one_of(g, &[Day, Day, Day, Day, GoodTillCancel]);
        match self {
            Shape::Limit => limit,
            Shape::Immediate => Asks { time: ImmediateOrCancel, ..limit },
            Shape::FillOrKill => Asks { time: FillOrKill, ..limit },
            Shape::Market => Asks::of(
                OrdType::Market,
                one_of(g, &[Day, Day, ImmediateOrCancel, FillOrKill, GoodTillCancel]),
            ),
            Shape::MarketToLimit => {
                Asks::of(OrdType::MarketToLimit, one_of(g, &[Day, stays, ImmediateOrCancel]))
            }
            Shape::Hidden => Asks { display: Some(Part::Nothing), time: stays, ..limit },
            Shape::Iceberg => {
                let tip =
                    one_of(g, &[Part::Lots(1), Part::Lots(1), Part::Lots(2), Part::AllButOne, Part::Whole]);
                Asks { display: Some(tip), time: stays, ..limit }
            }
            Shape::PostOnly => {
                let post_only = Some(one_of(g, &[PostOnly::Reject, PostOnly::Slide, PostOnly::Slide]));
                let display = one_of(g, &[None, None, None, Some(Part::Nothing), Some(Part::Lots(1))]);
                Asks { post_only, display, time: stays, ..limit }
            }
            Shape::Once => {
                let least =
                    one_of(g, &[Part::Lots(1), Part::Lots(2), Part::Lots(3), Part::AllButOne, Part::Whole]);
                let of = one_of(
                    g,
                    &[OrdType::Limit, OrdType::Limit, OrdType::Market, OrdType::MarketToLimit, OrdType::Stop],
                );
                let stop = Some(stop_price(g)).filter(|_| of == OrdType::Stop);
                let time = one_of(g, &[Day, Day, ImmediateOrCancel]);
                Asks { minimum: Some(Least::Once(least)), stop, ..Asks::of(of, time) }
            }
            Shape::Each => {
                let least = one_of(g, &[Part::Lots(1), Part::Lots(2), Part::Lots(3), Part::AllButOne]);
                let minimum = one_of(g, &[Least::Each(least), Least::Each(least), Least::All]);
                let of = one_of(g, &[OrdType::Limit, OrdType::Limit, OrdType::Limit, OrdType::Market]);
                let time = one_of(g, &[Day, stays, ImmediateOrCancel]);
                Asks { minimum: Some(minimum), ..Asks::of(of, time) }
            }
            Shape::Stop => Asks { stop: Some(stop_price(g)), ..Asks::of(OrdType::Stop, stays) },
            Shape::StopLimit => {
                let display = one_of(g, &[None, None, None, Some(Part::Nothing), Some(Part::Lots(1))]);
                let minimum = one_of(g, &[None, None, None, None, Some(Least::All)]);
                let display = display.filter(|_| minimum.is_none());
                Asks { stop: Some(stop_price(g)), display, minimum, ..Asks::of(OrdType::StopLimit, stays) }
            }
            Shape::Trailing => {
                let by = one_of(g, &[1, 1, 2, 2, 3, 5, 0, 100]);
                let peg = Some(Follow { to: PegTo::Trailing, by, off_tick: percent(g, 2) });
                Asks { peg, ..Asks::of(OrdType::Pegged, stays) }
            }
            Shape::Peg => {
                let to = one_of(g, &[PegTo::Primary, PegTo::Primary, PegTo::Market, PegTo::Midpoint]);
                let by = match to {
                    PegTo::Primary => one_of(g, &[-2, -1, 0, 0, 1, 2, 5]),
                    PegTo::Market => one_of(g, &[-1, -1, -1, -2, -3, 0, 1]),
                    _ => one_of(g, &[0, 0, 0, 0, 0, 0, 0, 1]),
                };
                let minimum =
                    one_of(g, &[None, None, None, None, Some(Least::Each(Part::Lots(2))), Some(Least::All)]);
                let priced = one_of(g, &[Priced::Right, Priced::Limited]);
                let peg = Some(Follow { to, by, off_tick: percent(g, 2) });
                Asks { peg, minimum, priced, ..Asks::of(OrdType::Pegged, stays) }
            }
            Shape::ForAuction => {
                let of = one_of(g, &[OrdType::Limit, OrdType::Limit, OrdType::Market]);
                let time = for_auction(g);
                let display = one_of(g, &[None, None, Some(Part::Nothing), Some(Part::Lots(1))]);
                let display = display.filter(|_| of == OrdType::Limit);
                let minimum =
                    one_of(g, &[None, None, None, Some(Least::Each(Part::Lots(2))), Some(Least::All)]);
                Asks { display, minimum: minimum.filter(|_| display.is_none()), ..Asks::of(of, time) }
            }
            Shape::Overnight => match percent(g, 40) {
                true => Asks { time: GoodTillCancel, ..limit },
                false => {
                    let expires = one_of(g, &[Expiry::In(0), Expiry::In(0), Expiry::In(1), Expiry::In(2)]);
                    let wrong = one_of(g, &[Expiry::In(-1), Expiry::NoDate]);
                    let expires = if percent(g, 12) { wrong } else { expires };
                    Asks { time: GoodTillDate, expires: Some(expires).filter(|_| !percent(g, 4)), ..limit }
                }
            },
            Shape::Anything => anything(g),
        }
    }
}

fn stop_price(g: &mut Gen) -> Price {
    match below(g, 20) {
        0 => one_of(g, &[Price::OffTick, Price::BetweenTicks]),
        1 => one_of(
            g,
            &[Price::Zero, Price::Negative, Price::Huge, Price::AboveMost, Price::Most, Price::Least],
        ),
        2 => Price::Near(0),
        _ => Price::Beyond(one_of(g, &[0, 1, 1, 1, 1, 2, 2, 3])),
    }
}

fn for_auction(g: &mut Gen) -> TimeInForce {
    use TimeInForce::{AtTheClose, AtTheOpening, GoodForAuction};
    one_of(g, &[AtTheOpening, AtTheClose, GoodForAuction, GoodForAuction])
}

/// Self-trade prevention.
fn own_of(g: &mut Gen) -> SelfTrade {
    use SelfTradeAction::{CancelBoth, CancelNewest, CancelOldest, Decrement};
    let scope = match below(g, 40) {
        0 => Scope::Group(0),
        1..=15 => Scope::Firm,
        16..=27 => Scope::Group(1 + below(g, 2) as u16),
        _ => Scope::Owner,
    };
    SelfTrade { scope, action: one_of(g, &[CancelNewest, CancelOldest, CancelBoth, Decrement, Decrement]) }
}

/// Whatever can be written, whether it goes together or not.
fn anything(g: &mut Gen) -> Asks {
    use OrdType::{Limit, Market, MarketToLimit, Pegged, Stop, StopLimit};
    use TimeInForce::{Day, FillOrKill, GoodTillCancel, GoodTillDate, ImmediateOrCancel};
    let part = |g: &mut Gen| {
        let (lots, whole) = (Part::Lots(1), Part::Whole);
        one_of(g, &[Part::Nothing, lots, Part::Lots(2), Part::AllButOne, whole, Part::OneMore, Part::OffLot])
    };
    let ord_type = one_of(g, &[Limit, Limit, Market, MarketToLimit, Stop, StopLimit, Pegged, Pegged]);
    let of_auction = for_auction(g);
    let times = [Day, Day, GoodTillCancel, GoodTillDate, ImmediateOrCancel, FillOrKill, of_auction];
    let is_stop = matches!(ord_type, Stop | StopLimit);
    let to = one_of(g, &[PegTo::Primary, PegTo::Market, PegTo::Midpoint, PegTo::Trailing]);
    let follow = Follow { to, by: one_of(g, &[-1, 0, 1, i64::MAX / 64]), off_tick: percent(g, 10) };
    let (least, shown) = (part(g), part(g));
    let least = one_of(g, &[Least::Once(least), Least::Each(least), Least::All]);
    Asks {
        ord_type,
        time: one_of(g, &times),
        stop: Some(stop_price(g)).filter(|_| is_stop != percent(g, 8)),
        peg: Some(follow).filter(|_| (ord_type == Pegged) != percent(g, 8)),
        expires: Some(Expiry::In(0)).filter(|_| percent(g, 15)),
        display: Some(shown).filter(|_| percent(g, 35)),
        minimum: Some(least).filter(|_| percent(g, 35)),
        post_only: Some(one_of(g, &[PostOnly::Reject, PostOnly::Slide])).filter(|_| percent(g, 15)),
        own: None,
        priced: one_of(g, &[Priced::Right, Priced::Limited]),
    }
}
