//! News that the network would not tell: out of place, malformed, or untrue.

use super::draw_rules::cap;
use super::ledger::{FREE, Ledger};
use super::lots::history;
use super::resolve::choose;
use crate::model::Model;
use crate::model::stakes::Book;
use tallystick_engine::command::Listing;
use tallystick_engine::news::{AllocatedLot, BustReason, Item, News, Outcome, Terms};
use tallystick_engine::types::{
    AccountId, CashId, InvestorId, LotId, Money, SecurityId, Time, TradeId, Units,
};
use tallystick_rules::{Class, Counter, Disclosure, Holders, Protocol, Scope};

/// What is odd about it. Where it is taken at all, it is a part of a height that is not told whole.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum OddNews {
    Stale,
    Backwards,
    TooLong,
    LotTwice,
    TooManyLots,
    TooManyUnits,
    NegativeCash,
    BadRules,
    BadReason,
    EmptyPart,
    UnknownTrade,
    /// A trade that is over is decided again.
    DecidedAgain,
    /// A trade that the network has not decided is final or busted.
    DecidedByNobody(u8),
    /// An account has fewer units, or other ones, than it has allocated.
    OtherUnits(u8),
    /// An account has less cash than it has allocated.
    LessCash(u8),
    /// An owner has another stake.
    OtherStake(u8),
    /// So has a holder of record.
    OtherRecord(u8),
    /// A group has sold more or less than it has.
    Sales(u8),
    SalesInDisorder,
    /// A class has another number of units.
    OtherSize(u8),
    /// So much may be taken up, or so much was approved, that it is not so.
    Headroom(u8),
    Approval(u8),
    /// Something is told of an account and a security that are not there yet.
    OfNobody,
    /// Rules are told of a security that is not there.
    RulesOfNothing,
    /// A person that nobody knows, and one that is known under another's number.
    Stranger,
}

impl OddNews {
    /// The news.
    pub(super) fn news(self, model: &Model, ledger: &mut Ledger) -> News {
        let (account, security) = (AccountId(1), SecurityId(1));
        let lot = |lot, units| AllocatedLot {
            lot: LotId(lot),
            units: Units(units),
            history: history(Time(0), lot.is_multiple_of(2), 0),
        };
        let units = |lots| Item::Units { account, security, lots, terms: FREE };
        let decided = |trade, outcome| Item::Decided { trade, height: model.followed, outcome };
        let as_of = model.known_time();
        let mut news = News { height: model.followed + 1, as_of, complete: false, items: Vec::new() };
        let pick = |n: u8| model.accounts[choose(n, model.accounts.len())].account;
        news.items = match self {
            OddNews::Stale => {
                news.height = model.followed;
                Vec::new()
            }
            OddNews::Backwards => {
                news.as_of = Time(as_of.0.saturating_sub(1));
                Vec::new()
            }
            OddNews::EmptyPart => Vec::new(),
            OddNews::TooLong => vec![decided(TradeId(0), Outcome::Final); 8_193],
            OddNews::LotTwice => vec![units(vec![lot(1, 1), lot(2, 1), lot(1, 1)])],
            OddNews::TooManyLots => vec![units((1..=257).map(|n| lot(n, 1)).collect())],
            OddNews::TooManyUnits => vec![units(vec![lot(1, u64::MAX), lot(2, 1)])],
            OddNews::NegativeCash => {
                vec![Item::Cash { account, cash: CashId(1), amount: Money(-1), terms: FREE }]
            }
            OddNews::BadRules => {
                vec![rules_of(security, 2, Protocol::own(vec![cap(0)]))]
            }
            OddNews::BadReason => {
                let text = if model.seq.0.is_multiple_of(2) { "x".repeat(121) } else { "\u{fc}".into() };
                vec![decided(TradeId(1), Outcome::Busted(BustReason::Refused { number: 1, text }))]
            }
            OddNews::UnknownTrade => vec![
                decided(TradeId(0), Outcome::Final),
                decided(TradeId(model.trades_made() + 1), Outcome::Busted(BustReason::Expired)),
            ],
            OddNews::DecidedAgain => {
                let over = model.decided.iter().rev().take(3);
                over.map(|(trade, passed)| {
                    let other = Outcome::Busted(BustReason::Expired);
                    decided(trade.trade, if *passed { other } else { Outcome::Final })
                })
                .collect()
            }
            OddNews::DecidedByNobody(n) => {
                let Some(trade) = model.trades.get(choose(n, model.trades.len())) else { return news };
                ledger.give_up(trade.trade);
                let busted = Outcome::Busted(BustReason::Expired);
                vec![decided(trade.trade, if n.is_multiple_of(3) { busted } else { Outcome::Final })]
            }
            OddNews::OtherUnits(n) => {
                ledger.belied = true;
                let all = &model.units_told;
                let Some(told) = all.get(choose(n, all.len())) else { return news };
                let (account, security, terms) = (told.account, told.security, told.terms);
                let mut lots: Vec<AllocatedLot> = told.lots.clone();
                match n % 4 {
                    0 => lots.clear(),
                    1 => lots.truncate(1),
                    2 => lots.iter_mut().for_each(|lot| lot.units.0 /= 2),
                    _ => lots.push(lot(250, 7)),
                }
                if lots.iter().filter(|lot| lot.lot == LotId(250)).count() > 1 {
                    lots.pop();
                }
                vec![Item::Units { account, security, lots, terms }]
            }
            OddNews::LessCash(n) => {
                ledger.belied = true;
                let all = &model.cash_told;
                let Some(told) = all.get(choose(n, all.len())) else { return news };
                let amount = Money(if n.is_multiple_of(2) { told.amount / 2 } else { 0 });
                vec![Item::Cash { account: told.account, cash: told.cash, amount, terms: told.terms }]
            }
            OddNews::OtherStake(n) => {
                ledger.belied = true;
                let owner = model.owner(pick(n));
                let all: Vec<SecurityId> = model.securities.iter().map(|s| s.listing.security).collect();
                let units = Units(if n.is_multiple_of(2) { 0 } else { 3 });
                let security = all[choose(n / 2, all.len())];
                vec![Item::Stake { owner, security, units, class: some_class(owner, n) }]
            }
            OddNews::OtherRecord(n) => {
                ledger.belied = true;
                let holder = model.holder(Book::Record, pick(n));
                let all: Vec<SecurityId> = model.securities.iter().map(|s| s.listing.security).collect();
                let units = Units(if n.is_multiple_of(2) { 0 } else { 3 });
                let security = all[choose(n / 2, all.len())];
                vec![Item::Record { holder, security, units, class: some_class(holder, n) }]
            }
            OddNews::Sales(n) => {
                ledger.belied = true;
                let today = model.now.day() as u32;
                let days = [today - 30, today - 1, today, today + 1];
                let sold = days.into_iter().map(|day| (day, Units(u64::from(n % 5)))).collect();
                let sold = if n.is_multiple_of(4) { Vec::new() } else { sold };
                vec![Item::Group { group: model.owner(pick(n)), security, sold }]
            }
            OddNews::SalesInDisorder => {
                let sold = match model.seq.0 % 4 {
                    0 => vec![(2, Units(1)), (1, Units(1))],
                    1 => vec![(1, Units(1)), (1, Units(1))],
                    2 => vec![(1, Units(u64::MAX)), (2, Units(1))],
                    _ => (0..4_097).map(|day| (day, Units(1))).collect(),
                };
                vec![Item::Group { group: InvestorId(1), security, sold }]
            }
            OddNews::OtherSize(n) => {
                ledger.belied = true;
                let all = &model.securities;
                let listed = &all[choose(n, all.len())];
                let Listing { security, protocols, disclosure, .. } = listed.listing.clone();
                let (epoch, issued) = (listed.epoch, Units([0, 1, 50, 1_000][usize::from(n) % 4]));
                vec![Item::Security { security, epoch, protocols, disclosure, issued, shared: listed.shared }]
            }
            OddNews::Headroom(n) => {
                ledger.belied = true;
                let owner = model.owner(pick(n));
                let all = [
                    Counter::Holders(Holders::ALL[usize::from(n) % 4]),
                    Counter::Plans,
                    Counter::Owned(Scope::Owner, owner),
                    Counter::Owned(Scope::Group, owner),
                    Counter::Sold(owner),
                ];
                let counter = all[usize::from(n) % 5];
                let security = if n.is_multiple_of(7) { SecurityId(u32::MAX) } else { security };
                vec![Item::Headroom {
                    security,
                    counter,
                    amount: [0, 1, 3, u64::MAX][usize::from(n / 5) % 4],
                }]
            }
            OddNews::Approval(n) => {
                ledger.belied = true;
                let [seller, buyer] = [n, n / 3].map(|n| model.owner(pick(n)));
                let until = Time(model.now.0 + u64::from(n % 3) * Time::DAY_NS);
                let units = Units([0, 1, 3, u64::MAX][usize::from(n) % 4]);
                vec![Item::Approval { security, seller, buyer, units, until }]
            }
            OddNews::OfNobody => {
                ledger.belied = true;
                let (account, security) = (AccountId(u32::MAX), SecurityId(u32::MAX));
                let terms = Terms { worst: Some((Money(-1), Units(0))), ..Terms::default() };
                vec![
                    Item::Units { account, security, lots: vec![lot(u32::MAX, 1), lot(0, 0)], terms },
                    Item::Cash { account, cash: CashId(u16::MAX), amount: Money(i64::MAX), terms },
                    Item::Stake {
                        owner: InvestorId(u32::MAX),
                        security,
                        units: Units(1),
                        class: some_class(InvestorId(5), 3),
                    },
                    Item::Record {
                        holder: InvestorId(0),
                        security,
                        units: Units(u64::MAX),
                        class: some_class(InvestorId(5), 4),
                    },
                    Item::Group { group: InvestorId(77), security, sold: vec![(u32::MAX, Units(1))] },
                    Item::Insider { security, investor: InvestorId(9), insider: None },
                ]
            }
            OddNews::RulesOfNothing => {
                vec![rules_of(SecurityId(0), u32::MAX, Vec::new())]
            }
            OddNews::Stranger => {
                let known = model.everybody().first().copied();
                let person = |investor, identity| Item::Person { investor, identity };
                vec![person(InvestorId(9), known), person(InvestorId(10), None)]
            }
        };
        news
    }
}

fn rules_of(security: SecurityId, epoch: u32, protocols: Vec<Protocol>) -> Item {
    let (disclosure, issued) = (Disclosure::default(), Units(3));
    Item::Security { security, epoch, protocols, disclosure, issued, shared: false }
}

/// As what somebody might be counted.
fn some_class(who: InvestorId, n: u8) -> Class {
    Class {
        group: if n.is_multiple_of(3) { InvestorId(1) } else { who },
        plan_bps: if n % 4 == 1 { 10_000 } else { 0 },
        fund_owners: u16::from(n % 5),
        accredited: n.is_multiple_of(2),
        controlling: n.is_multiple_of(7),
    }
}
