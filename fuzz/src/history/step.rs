//! What may happen, before it is known to whom.

use super::asks::Asks;
use super::cross::Crossing;
use super::dealing::DealStep;
use super::deed::{Deed, Told};
use super::gates::Gate;
use super::halts::HaltStep;
use super::odd_news::OddNews;
use super::persons::Person;
use super::quoting::QuoteStep;
use super::registrar::Notice;
use super::risk::RiskStep;
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::MessageFault;

/// One thing that happens. Numbers choose among what there is, going round; in a New, 254 and 255 name an
/// account or a security that is not there.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields say what they choose
pub enum Step {
    /// A new order.
    New {
        account: u8,
        security: u8,
        buy: bool,
        asks: Asks,
        price: Price,
        quantity: Quantity,
        name: Name,
        other_firm: bool,
    },
    /// A new price (if one is given) and quantity for an order.
    Replace { target: Target, price: Option<Price>, stop: Option<Price>, quantity: NewQuantity, name: Name },
    /// The end of an order.
    Cancel { target: Target, name: Name },
    /// Time passes.
    Wait(Wait),
    /// Some of the work that waits is done.
    Continue,
    /// Work is done and phases are passed until a security trades continuously.
    Onward { security: u8 },
    /// A security goes into the call of an auction, so that orders gather.
    Auction { security: u8, call: Phase },
    /// A phase, whether or not it may follow.
    Phase { security: u8, phase: Phase },
    /// Everything is closed, work is done, the next day begins.
    NextDay,
    /// A day, whether or not it may begin.
    StartDay { date: u32 },
    /// Units are allocated.
    Units { account: u8, security: u8, units: u64, age_days: u64, restricted: bool },
    /// Cash is allocated.
    Cash { account: u8, amount: i64 },
    /// A newer registry.
    Adopt(Change),
    /// A session's next version; 0 and 1 are not higher than the last.
    Negotiate { session: u8, higher: u8 },
    /// A message that is no order.
    Refuse { session: u8, fault: MessageFault },
    /// An operator counts.
    Status,
    /// An operator marks the sequence.
    Checkpoint,
    /// A struck command.
    Skip,
    /// Very many orders of one lot, around the reference price.
    Crowd { account: u8, security: u8, buy: bool, asks: Asks, many: u16 },
    /// An operator's mistake, or something that is rarely done.
    Odd(Odd),
    /// Something happens on the network, if there is one, and the venue is told or not.
    Network { deed: Deed, told: Told },
    /// The venue is told what the network would not tell.
    OddNews(OddNews),
    /// Something that a market maker does, or is obliged to.
    Quote(QuoteStep),
    /// Something that an operator does to fees, trades or orders.
    Deal(DealStep),
    /// Something about bands, calls and reference prices.
    Halt(HaltStep),
    /// Something about limits, blocks, many orders or a client that goes.
    Risk(RiskStep),
    /// Two orders come together.
    Cross(Crossing),
    /// A registrar or an issuer says something.
    Notice(Notice),
    /// A firm is let into a gated segment, or shut out.
    Gate(Gate),
}

/// A price.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Price {
    /// So many ticks from the listing's reference price.
    Near(i64),
    /// The best price of the other side.
    Touch,
    /// So many ticks from the last price.
    FromLast(i64),
    /// So many ticks from the last price: a buy above, a sell below.
    Beyond(i64),
    /// Farther than a window of the book spans.
    Far(i64),
    LowCollar {
        beyond: bool,
    },
    HighCollar {
        beyond: bool,
    },
    OffTick,
    /// On a least tick that is none of the table where the listing's reference price lies.
    BetweenTicks,
    Zero,
    Negative,
    Least,
    Most,
    AboveMost,
    Huge,
}

/// A quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Quantity {
    Lots(u64),
    /// All that the account holds, rounded down to the lot.
    Whole,
    /// All that the first order of the other side leaves.
    Theirs,
    Most,
    OverMost,
    OffLot,
    Nothing,
    Huge,
}

/// A quantity beside the order's present one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum NewQuantity {
    Same,
    /// One lot less.
    OneLess,
    /// So many lots more.
    More(u64),
    /// What was filled already.
    AsFilled,
    Any(Quantity),
}

/// A ClOrdID.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Name {
    /// Not used yet.
    Fresh,
    /// Used today.
    Used(u8),
}

/// The order that a request means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// An open order, by its session.
    Open(u8),
    /// Whatever a name of the day was used for.
    Used(u8),
    /// An open order, by another session.
    OfAnother(u8),
    /// An open order with another account (0), security (1) or side (2).
    Misstated(u8, u8),
    /// An order of a cross that awaits an approval, if there is one.
    Awaiting(u8),
}

/// How time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wait {
    /// Not at all.
    Moment,
    /// So many days.
    Days(u64),
    /// Until the next command comes at the moment, or just before the moment, when something lapses, opens or
    /// grows stale.
    UntilNext {
        /// A nanosecond before it.
        just_before: bool,
    },
}

/// What a newer registry says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// The same of everybody.
    Nobody,
    /// One's verification lapses at its very time.
    Lapse(u8),
    /// One is suspended.
    Suspend(u8),
    /// One is gone.
    Remove(u8),
    /// One resides elsewhere.
    Move(u8, u8),
    /// One is no longer accredited.
    LoseAccreditation(u8),
    /// One is another, in all but its verification.
    Become(u8, Person),
    /// One is without a fault again, or back.
    Mend(u8),
    /// Everybody's claims differ a little, and still hold.
    Everybody,
    /// It is no newer.
    NotNewer,
    /// Its time is still to come.
    FromTheFuture,
    /// Its time is before that of the one in force.
    FromBefore,
    /// It is newer, but its time is that of the one in force.
    Old,
}

/// What operators rarely or wrongly ask.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Odd {
    OpenAgain,
    SameFirm,
    NewFirm,
    SameSession,
    SessionOfNobody,
    SparseAccount,
    SameAccount,
    AccountOutOfRange,
    AccountOfNobody,
    NewAccount,
    SparseListing,
    SameListing,
    ListOutOfRange,
    ListSameSymbol,
    ListBadSymbol,
    ListBadTicks,
    ListBadTable,
    ListBadRound,
    ListTooDear,
    ListBadReference,
    ListEmptyCap,
    ListWithoutRules,
    UnitsOfNobody,
    UnitsOfNothing,
    NoUnits,
    TooManyUnits,
    UnitsFromTheFuture,
    CashOfNobody,
    NoCash,
    TooMuchCash,
    OtherCash,
    PhaseOfNothing,
    ListTooManyWays,
    ListAskingForLots,
    ListBadProtocol,
    ListOutOfRangeRule,
    InsiderOfNothing,
    DisclosureOfNothing,
}

impl Odd {
    /// All of them.
    pub const ALL: [Odd; 38] = [
        Odd::OpenAgain,
        Odd::SameFirm,
        Odd::NewFirm,
        Odd::SameSession,
        Odd::SessionOfNobody,
        Odd::SparseAccount,
        Odd::SameAccount,
        Odd::AccountOutOfRange,
        Odd::AccountOfNobody,
        Odd::NewAccount,
        Odd::SparseListing,
        Odd::SameListing,
        Odd::ListOutOfRange,
        Odd::ListSameSymbol,
        Odd::ListBadSymbol,
        Odd::ListBadTicks,
        Odd::ListBadTable,
        Odd::ListBadRound,
        Odd::ListTooDear,
        Odd::ListBadReference,
        Odd::ListEmptyCap,
        Odd::ListWithoutRules,
        Odd::UnitsOfNobody,
        Odd::UnitsOfNothing,
        Odd::NoUnits,
        Odd::TooManyUnits,
        Odd::UnitsFromTheFuture,
        Odd::CashOfNobody,
        Odd::NoCash,
        Odd::TooMuchCash,
        Odd::OtherCash,
        Odd::PhaseOfNothing,
        Odd::ListTooManyWays,
        Odd::ListAskingForLots,
        Odd::ListBadProtocol,
        Odd::ListOutOfRangeRule,
        Odd::InsiderOfNothing,
        Odd::DisclosureOfNothing,
    ];
}

impl Step {
    /// Steps like this one with one thing about them plainer.
    pub fn simpler(&self) -> Vec<Step> {
        let mut all = Vec::new();
        match self.clone() {
            Step::New { account, security, buy, asks, price, quantity, name, other_firm } => {
                let new = |account, security, asks, price, quantity, name, other_firm| Step::New {
                    account,
                    security,
                    buy,
                    asks,
                    price,
                    quantity,
                    name,
                    other_firm,
                };
                all.extend(
                    asks.simpler()
                        .into_iter()
                        .map(|asks| new(account, security, asks, price, quantity, name, other_firm)),
                );
                all.push(new(account, security, asks, Price::Near(0), quantity, name, other_firm));
                all.push(new(account, security, asks, price, Quantity::Lots(1), name, other_firm));
                all.push(new(account, security, asks, price, Quantity::Lots(2), name, other_firm));
                all.push(new(account, security, asks, price, quantity, Name::Fresh, other_firm));
                all.push(new(account, security, asks, price, quantity, name, false));
                all.push(new(account, 0, asks, price, quantity, name, other_firm));
                for account in 0..account.min(6) {
                    all.push(new(account, security, asks, price, quantity, name, other_firm));
                }
            }
            Step::Replace { target, price, stop, quantity, name } => {
                all.push(Step::Replace { target, price: None, stop, quantity, name });
                all.push(Step::Replace { target, price: Some(Price::Near(0)), stop, quantity, name });
                all.push(Step::Replace { target, price, stop: None, quantity, name });
                all.push(Step::Replace { target, price, stop, quantity: NewQuantity::Same, name });
                all.push(Step::Replace { target: Target::Open(0), price, stop, quantity, name });
                all.push(Step::Replace { target, price, stop, quantity, name: Name::Fresh });
            }
            Step::Cancel { target, name } => {
                all.push(Step::Cancel { target: Target::Open(0), name });
                all.push(Step::Cancel { target, name: Name::Fresh });
            }
            Step::Crowd { account, security, buy, asks, many } => {
                let fewer = [many / 2, many - many / 8, many.saturating_sub(1)];
                all.extend(fewer.map(|many| Step::Crowd { account, security, buy, asks, many }));
            }
            Step::Network { deed, told } => {
                all.push(Step::Network { deed: Deed::Nothing, told });
                all.push(Step::Network { deed: deed.clone(), told: Told::Whole(255) });
                all.extend(deed.simpler().into_iter().map(|deed| Step::Network { deed, told }));
            }
            Step::Onward { security } => all.push(Step::Phase { security, phase: Phase::Continuous }),
            Step::Deal(deal) => all.extend(deal.simpler().into_iter().map(Step::Deal)),
            Step::Quote(quote) => all.extend(quote.simpler().into_iter().map(Step::Quote)),
            Step::Halt(halt) => all.extend(halt.simpler().into_iter().map(Step::Halt)),
            Step::Cross(cross) => all.extend(cross.simpler().into_iter().map(Step::Cross)),
            Step::Risk(risk) => all.extend(risk.simpler().into_iter().map(Step::Risk)),
            Step::Notice(notice) => all.extend(notice.simpler().into_iter().map(Step::Notice)),
            Step::Gate(gate) => all.extend(gate.simpler().into_iter().map(Step::Gate)),
            Step::Adopt(_) => all.push(Step::Adopt(Change::Nobody)),
            Step::Units { account, security, age_days, restricted, .. } => {
                all.push(Step::Units { account, security, units: 1, age_days, restricted });
            }
            _ => {}
        }
        // Some of these are no plainer on a second look; shrinking must come to an end.
        all.retain(|step| step.weight() < self.weight());
        all
    }

    /// How far from plain it is.
    fn weight(&self) -> u64 {
        let of_name = |name: &Name| u64::from(*name != Name::Fresh);
        let of_price = |price: &Price| u64::from(*price != Price::Near(0));
        let of_target = |target: &Target| u64::from(*target != Target::Open(0));
        match self {
            Step::New { account, security, asks, price, quantity, name, other_firm, .. } => {
                let of_quantity = match quantity {
                    Quantity::Lots(lots) => *lots,
                    _ => 100,
                };
                1_000
                    + u64::from(*account)
                    + u64::from(*security)
                    + 3 * asks.weight()
                    + of_price(price)
                    + of_quantity
                    + of_name(name)
                    + u64::from(*other_firm)
            }
            Step::Replace { target, price, stop, quantity, name } => {
                let of_quantity = u64::from(*quantity != NewQuantity::Same);
                let of_price = price.as_ref().map_or(0, |price| 1 + of_price(price));
                10 + of_target(target) + of_price + of_quantity + of_name(name) + u64::from(stop.is_some())
            }
            Step::Cancel { target, name } => 5 + of_target(target) + of_name(name),
            Step::Deal(deal) => deal.weight(),
            Step::Quote(quote) => quote.weight(),
            Step::Halt(halt) => halt.weight(),
            Step::Risk(risk) => risk.weight(),
            Step::Notice(notice) => notice.weight(),
            Step::Cross(cross) => cross.weight(),
            Step::Gate(gate) => gate.weight(),
            Step::Adopt(change) => 1 + u64::from(*change != Change::Nobody),
            Step::Crowd { many, .. } => u64::from(*many),
            Step::Units { units, .. } => *units,
            Step::Onward { .. } => 2,
            Step::Network { deed, told } => 1 + 2 * deed.weight() + u64::from(*told != Told::Whole(255)),
            _ => 1,
        }
    }
}
