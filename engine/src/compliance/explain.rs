//! Why an order would be taken or refused just now, and with whom it could trade: what each rule says by itself, and what
//! the rules looked at. Nothing here changes the state.
//!
//! It tells of both sides: it is for the venue's operator, who has the journal, and for nobody else.

use super::ground::{Ground, Person};
use super::pairing::Pairing;
use super::tentative::Tentative;
use crate::approvals::Approved;
use crate::book::slab::Order;
use crate::command::{Command, NewOrder, ReplaceOrder};
use crate::crosses::NewCross;
use crate::engine::Engine;
use crate::quotes::{MassQuote, QuoteSide};
use crate::types::{AccountId, InvestorId, OrderId, Price, SecurityId, Side, Time, Units};
use tallystick_rules::evaluate::each::{Said, of_entry};
use tallystick_rules::{Disclosure, Identity, Insider, Lot, Path, Program, Reason, RuleId, way};

/// The most orders of the other side that are told of.
pub const MOST_MET: usize = 64;

/// An order that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The moment at which it comes: not before the last command's.
    pub at: Time,
    /// In which security.
    pub security: SecurityId,
    /// For which account.
    pub account: AccountId,
    /// Which side.
    pub side: Side,
    /// The worst price it may trade at; whatever it meets, if there is none.
    pub limit: Option<Price>,
    /// How many units it leaves.
    pub quantity: Units,
    /// How many of these are open already, where it replaces an order.
    pub released: Units,
}

/// Under what it is judged.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The height of the network whose identities, disclosures and rules are in force.
    pub height: u64,
    /// The network's time at that height.
    pub as_of: Time,
    /// Whether what is known is so old that nothing trades.
    pub stale: bool,
    /// Whether other rules are about to replace these, so that nothing trades.
    pub changing: bool,
    /// The rules.
    pub program: Program,
    /// What the issuer has made known.
    pub disclosure: Disclosure,
    /// Who asks.
    pub who: Trader,
    /// What each rule says of its side alone; what holds for every security under [`RuleId::STANDING`].
    pub entry: Vec<(RuleId, Said)>,
    /// Of a sale: the account's lots, and by which way each may go to somebody, or why by none.
    pub lots: Vec<(Lot, Result<Path, Reason>)>,
    /// Whether a network says what was approved; else the operator does.
    pub by_network: bool,
    /// Where the rules ask for approvals: what its owner was approved to trade on its side, by the numbers of the others;
    /// at most [`MOST_MET`].
    pub approved: Vec<Approved>,
    /// The orders of the other side that it would meet, in the order of their turns; at most [`MOST_MET`].
    pub met: Vec<Met>,
    /// Whether there are more of them.
    pub more: bool,
}

/// One side of a trade, as the rules see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trader {
    /// The account.
    pub account: AccountId,
    /// Its beneficial owner.
    pub owner: InvestorId,
    /// What is known of it.
    pub identity: Option<Identity>,
    /// How it stands to the issuer.
    pub insider: Option<Insider>,
}

/// An order of the other side, and what each rule says of the two.
#[derive(Clone, Debug)]
pub struct Met {
    /// Its number.
    pub order: OrderId,
    /// Whose.
    pub who: Trader,
    /// Its price.
    pub price: Price,
    /// What it leaves.
    pub leaves: Units,
    /// What each rule says.
    pub rules: Vec<(RuleId, Said)>,
    /// The most that the two may trade with each other, by the rules alone.
    pub upto: Units,
    /// What they were approved to trade, where a rule that they are under asks for it.
    pub approved: Option<Approved>,
}

/// Two who come together as a cross, and what each rule says of them.
#[derive(Clone, Debug)]
pub struct Together {
    /// Who sells.
    pub seller: InvestorId,
    /// Who buys.
    pub buyer: InvestorId,
    /// How much they want to trade.
    pub quantity: Units,
    /// What each rule says.
    pub rules: Vec<(RuleId, Said)>,
    /// The most that the two may trade with each other, by the rules alone.
    pub upto: Units,
    /// How many units more must be approved before they may trade all of it.
    pub unapproved: Units,
}

impl From<Person<'_>> for Trader {
    fn from(person: Person) -> Trader {
        let Person { account, owner, identity, insider } = person;
        Trader { account, owner, identity: identity.copied(), insider }
    }
}

impl Engine {
    /// The orders that a command would bring if it came at a moment, as the rules are asked about them.
    pub fn asked_by(&self, command: &Command, at: Time) -> Vec<Asked> {
        let new = |security, account, side, limit, quantity, released| Asked {
            at,
            security,
            account,
            side,
            limit,
            quantity,
            released,
        };
        match command {
            Command::New(order) => {
                let NewOrder { security, account, side, price, quantity, .. } = *order;
                vec![new(security, account, side, price, quantity, Units::ZERO)]
            }
            Command::Replace(ReplaceOrder { from, order, quantity, price, .. }) => {
                let open = self.open_order(from.session, order).map(|slot| {
                    let Order { security, account, side, leaves, .. } = self.orders[slot];
                    let filled = self.orders.named(slot).quantity - leaves;
                    new(security, account, side, Some(*price), quantity.saturating_sub(filled), leaves)
                });
                open.into_iter().collect()
            }
            Command::NewCross(cross) => {
                let side = |side, account| {
                    new(cross.security, account, side, Some(cross.price), cross.quantity, Units::ZERO)
                };
                vec![side(Side::Buy, cross.buy.account), side(Side::Sell, cross.sell.account)]
            }
            Command::MassQuote(MassQuote { from, account, entries, .. }) => {
                let stated = entries.iter().flat_map(|entry| {
                    let standing = self.standing((entry.security, *account, from.session));
                    Side::BOTH.into_iter().filter_map(move |side| {
                        let QuoteSide { price, size } =
                            entry.sides[side.index()].filter(|s| !s.size.is_zero())?;
                        let leaves =
                            standing[side.index()].map_or(Units::ZERO, |slot| self.orders[slot].leaves);
                        Some(new(entry.security, *account, side, Some(price), size, leaves))
                    })
                });
                stated.collect()
            }
            _ => Vec::new(),
        }
    }

    /// What the rules say of an order just now; nothing where there is no such security or account.
    pub fn explain(&self, asked: &Asked) -> Option<Explanation> {
        let Asked { at, account, side, .. } = *asked;
        let security = self.find_security(asked.security)?;
        self.accounts.get(account)?;
        let ground = Ground { now: at, ..self.ground(asked.security, self.known.persons()) };
        let facts = ground.facts_at_entry(side, account, asked.released);
        let holding = self.holdings.holding(account, asked.security).filter(|_| side == Side::Sell);
        let lots = holding.map_or(&[][..], |holding| &holding.lots);
        let lots = lots.iter().map(|lot| (*lot, way(&security.program, &facts, &lot.history))).collect();
        let (met, more) = self.met(asked, ground);
        let approved = match security.program.asks_approval() {
            true => {
                let of = (side, self.accounts.owner(account));
                self.approvals.of_side(asked.security, of, at).take(MOST_MET).collect()
            }
            false => Vec::new(),
        };
        Some(Explanation {
            height: self.known.height(),
            as_of: self.known.as_of(),
            stale: self.known.at(at).is_none(),
            changing: security.coming.is_some(),
            program: security.program.clone(),
            disclosure: security.listing.disclosure,
            who: ground.person(account).into(),
            entry: of_entry(&security.program, &facts),
            lots,
            by_network: self.has_network(),
            approved,
            met,
            more,
        })
    }

    /// What the rules say of the two of a cross at a moment not before the last command's; nothing where there is no such
    /// security or account.
    pub fn explain_cross(&self, cross: &NewCross, at: Time) -> Option<Together> {
        let security = self.find_security(cross.security)?;
        let accounts = [cross.buy.account, cross.sell.account];
        accounts.iter().try_for_each(|&account| self.accounts.get(account).map(drop))?;
        let ground = Ground { now: at, ..self.ground(cross.security, self.known.persons()) };
        let [buyer, seller] = accounts.map(|account| ground.person(account));
        let tentative = Tentative::default();
        let pairing = Pairing::new(ground, &tentative, buyer, seller);
        let quantity = cross.quantity;
        Some(Together {
            seller: seller.owner,
            buyer: buyer.owner,
            quantity,
            rules: pairing.each(),
            upto: pairing.verdict().largest(quantity, security.listing.ticks.lot),
            unapproved: pairing.unapproved(quantity),
        })
    }

    fn met(&self, asked: &Asked, ground: Ground) -> (Vec<Met>, bool) {
        let Asked { side, .. } = *asked;
        let security = &self.securities[asked.security];
        let tentative = Tentative::default();
        let mine = ground.person(asked.account);
        let mut next = security.book.first(side.opposite());
        let mut met = Vec::new();
        while let Some(slot) = next {
            let order = &self.orders[slot];
            let price = security.price(order.ticks);
            let within = asked.limit.is_none_or(|limit| match side {
                Side::Buy => price <= limit,
                Side::Sell => price >= limit,
            });
            if !within {
                break;
            }
            if met.len() == MOST_MET {
                return (met, true);
            }
            let theirs = ground.person(order.account);
            let (buyer, seller) = if side == Side::Buy { (mine, theirs) } else { (theirs, mine) };
            let pairing = Pairing::new(ground, &tentative, buyer, seller);
            let wanted = order.leaves.min(asked.quantity);
            let upto = pairing.verdict().largest(wanted, security.listing.ticks.lot);
            let pair = (asked.security, seller.owner, buyer.owner);
            let approved = pairing.uses_approval().then(|| self.approvals.of(pair, asked.at));
            let (who, rules, leaves) = (theirs.into(), pairing.each(), order.leaves);
            met.push(Met { order: order.id, who, price, leaves, rules, upto, approved });
            next = security.book.after(&self.orders, slot);
        }
        (met, false)
    }
}

#[cfg(test)]
mod tests;
