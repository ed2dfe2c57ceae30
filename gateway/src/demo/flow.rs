//! What makers and takers do when it is their turn: the ordinary business, with a mistake now and then.

use super::cast::{ISSUES, Issue, Seat};
use super::chance::{Chance, Walk};
use super::diary::Diary;
use super::orders::{Expect, Plan};
use super::plain;
use super::wrongs::Wrong;
use std::sync::Arc;
use std::time::Duration;
use tallystick_client::{OrdType, Price8, Side, TimeInForce};

/// How many of a hundred turns of a taker break a rule.
const MISTAKES: u64 = 4;

/// The most orders that a taker leaves resting.
const MOST_RESTING: usize = 12;

/// What a session does next.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    /// Send this; its name must have been used before if it is said so.
    New(Plan, bool),
    /// Replace a resting order.
    Replace(usize, Price8, u64),
    /// Cancel a resting order.
    Cancel(usize),
    /// Nothing.
    Rest,
}

/// One session's ordinary business.
#[derive(Debug)]
pub struct Flow {
    seat: Seat,
    chance: Chance,
    walks: Arc<[Walk]>,
    /// A maker's quotes, by security and side.
    quotes: Vec<(Plan, Option<usize>)>,
    next_quote: usize,
    /// A taker's orders that may rest.
    resting: Vec<usize>,
    /// Rules to be broken next.
    wrongs: Vec<Wrong>,
}

impl Flow {
    /// The business of a seat.
    pub fn new(seat: Seat, seed: u64, walks: Arc<[Walk]>) -> Flow {
        let mut quotes = Vec::new();
        for issue in ISSUES.iter().filter(|_| seat.makes) {
            let accounts = [
                (Side::Buy, plain::buyers(issue.id, seat.firm)),
                (Side::Sell, plain::sellers(issue.id, seat.firm)),
            ];
            // A dealer's own book is its first account; the others are customers'.
            for (side, accounts) in accounts {
                let own = accounts.into_iter().find(|a| a.owner == seat.firm);
                quotes.extend(own.map(|a| (plan(a.id, issue, side, issue.reference, issue.lot), None)));
            }
        }
        let chance = Chance::new(seed, seat.session.into());
        Flow { seat, chance, walks, quotes, next_quote: 0, resting: Vec::new(), wrongs: Vec::new() }
    }

    /// Breaks every rule that it can, once, before it goes on.
    pub fn break_every_rule(&mut self) {
        self.wrongs = Wrong::ALL.to_vec();
    }

    /// An order was sent and got this index.
    pub fn sent(&mut self, plan: &Plan, index: usize) {
        if self.seat.makes {
            let mut quotes = self.quotes.iter_mut();
            let at = quotes.find(|(q, _)| (q.issue, q.side) == (plan.issue, plan.side));
            if let Some((_, order)) = at.filter(|_| plan.expect == Expect::Accepted) {
                *order = Some(index);
            }
        } else if plan.time_in_force == TimeInForce::Day {
            self.resting.push(index);
        }
    }

    /// The next rule that it has still to break.
    pub fn next_wrong(&mut self, elapsed: Duration) -> Option<Turn> {
        while let Some(wrong) = self.wrongs.pop() {
            let turn = self.mistake(wrong, elapsed);
            if turn.is_some() {
                return turn;
            }
        }
        None
    }

    /// What to do next.
    pub fn turn(&mut self, elapsed: Duration, diary: &Diary) -> Turn {
        if let Some(turn) = self.next_wrong(elapsed) {
            return turn;
        }
        if self.seat.makes { self.make(elapsed, diary) } else { self.take(elapsed, diary) }
    }

    fn mistake(&mut self, wrong: Wrong, elapsed: Duration) -> Option<Turn> {
        let walks = &self.walks;
        let plan = wrong.plan(&self.seat, &mut self.chance, |issue| walks[issue as usize - 1].at(elapsed))?;
        Some(Turn::New(plan, wrong == Wrong::UsedName))
    }

    /// One quote after the other: new where there is none, else moved to where the worth has gone.
    fn make(&mut self, elapsed: Duration, diary: &Diary) -> Turn {
        self.next_quote = (self.next_quote + 1) % self.quotes.len();
        let (template, order) = self.quotes[self.next_quote];
        let issue = Issue::of(template.issue);
        let spread = (issue.reference / 1_500).max(1);
        let away = spread + self.chance.within(0, spread);
        let worth = self.walks[issue.id as usize - 1].at(elapsed);
        let ticks = match template.side {
            Side::Buy => worth - away,
            Side::Sell => worth + away,
        };
        let size = (1 + self.chance.below(issue.size)) * issue.lot;
        let resting = order.map(|index| (index, &diary.orders[index])).filter(|(_, o)| o.end.is_none());
        match resting {
            None => Turn::New(plan(template.account, issue, template.side, ticks, size), false),
            Some((_, o)) if o.answered.is_none() || o.asked > 0 => Turn::Rest,
            Some((index, _)) if self.chance.percent(5) => Turn::Cancel(index),
            Some((index, o)) => Turn::Replace(index, issue.price(ticks), o.filled + size),
        }
    }

    fn take(&mut self, elapsed: Duration, diary: &Diary) -> Turn {
        if self.chance.percent(MISTAKES) {
            let wrong = Wrong::ALL[self.chance.below(Wrong::ALL.len() as u64) as usize];
            if let Some(turn) = self.mistake(wrong, elapsed) {
                return turn;
            }
        }
        self.resting.retain(|&index| diary.orders[index].end.is_none());
        if self.resting.len() > MOST_RESTING || self.chance.percent(5) {
            let oldest = self.resting.iter().copied();
            let free = |&i: &usize| diary.orders[i].answered.is_some() && diary.orders[i].asked == 0;
            if let Some(index) = oldest.into_iter().find(free) {
                return Turn::Cancel(index);
            }
        }
        let issue = &ISSUES[self.chance.below(ISSUES.len() as u64) as usize];
        let side = if self.chance.percent(50) { Side::Buy } else { Side::Sell };
        let accounts = match side {
            Side::Buy => plain::buyers(issue.id, self.seat.firm),
            Side::Sell => plain::sellers(issue.id, self.seat.firm),
        };
        let Some(account) = self.chance.one(&accounts) else { return Turn::Rest };
        let worth = self.walks[issue.id as usize - 1].at(elapsed);
        let unit = (issue.reference / 1_000).max(2);
        let kind = self.chance.below(100);
        let ahead = match kind {
            // Rests, mostly.
            0..35 => self.chance.within(-unit, 0),
            // Takes what the makers offer.
            _ => self.chance.within(unit, 4 * unit),
        };
        let ticks = match side {
            Side::Buy => worth + ahead,
            Side::Sell => worth - ahead,
        };
        let size = (1 + self.chance.below(issue.size)) * issue.lot;
        let day = plan(account.id, issue, side, ticks, size);
        let order = match kind {
            0..45 => day,
            45..80 => Plan { time_in_force: TimeInForce::ImmediateOrCancel, ..day },
            80..92 => Plan { time_in_force: TimeInForce::FillOrKill, ..day },
            _ => Plan { ord_type: OrdType::Market, price: None, ..day },
        };
        Turn::New(order, false)
    }
}

/// A limit order for the day that keeps every rule.
pub fn plan(account: u32, issue: &Issue, side: Side, ticks: i64, quantity: u64) -> Plan {
    Plan {
        account,
        issue: issue.id,
        side,
        ord_type: OrdType::Limit,
        time_in_force: TimeInForce::Day,
        price: Some(issue.price(ticks)),
        quantity,
        expect: Expect::Accepted,
    }
}
