//! Why an order would be taken or refused just now, and with whom it could trade: what each rule says by itself, and what
//! the rules looked at. Nothing here changes the state.
//!
//! It tells of both sides: it is for the venue's operator, who has the journal, and for nobody else.

use super::ground::{Ground, Person};
use super::pairing::Pairing;
use super::tentative::Tentative;
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
            let rules = pairing.each();
            met.push(Met { order: order.id, who: theirs.into(), price, leaves: order.leaves, rules, upto });
            next = security.book.after(&self.orders, slot);
        }
        (met, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Action, Network, VenueParams};
    use crate::news::{Item, News};
    use crate::testing::Venue;
    use crate::types::{Money, SessionId, Ticks};
    use tallystick_rules::{
        Calendar, Condition, Counter, Holders, Identity, Most, Period, PersonTest, ReasonCode, Rule, Scope,
        Standing, Topic, Until, Verdict, Window,
    };

    /// The buyers are to be accredited, lots held for thirty days, and there are at most two holders.
    fn venue() -> Venue {
        let mut venue = Venue::bare(Venue::params());
        venue.people(3);
        let accredited = Rule::Require(Condition::buyer(PersonTest::Holds(Topic::Accredited)));
        let rules = vec![
            accredited,
            Rule::lock_up(Period::days(30)),
            Rule::HolderCap(Holders::Beneficial, 2),
            Rule::When(Condition::buyer(PersonTest::Issuer), Box::new(Venue::anyone())),
        ];
        venue.operate(Action::List(Venue::listing(1, rules)));
        venue.allocate_units(AccountId(1), SecurityId(1), Units(100));
        venue.allocate_units(AccountId(2), SecurityId(1), Units(100));
        venue.allocate_cash(AccountId(3), Money(1_000_000));
        venue.operate(Action::StartDay { date: 20_260_105 });
        venue.trade_continuously(SecurityId(1));
        venue
    }

    fn asked(account: u32, side: Side, limit: i64) -> Asked {
        let limit = Some(Price(limit * 1_000_000));
        let (security, quantity, released) = (SecurityId(1), Units(40), Units::ZERO);
        let at = Time(1_001 * Time::DAY_NS);
        Asked { at, security, account: AccountId(account), side, limit, quantity, released }
    }

    fn denied(code: ReasonCode, rule: u16) -> Said {
        Said::Allows(Verdict::deny(Reason { code, rule: RuleId(rule) }))
    }

    const ALLOWED: Said = Said::Allows(Verdict::ALLOW);

    #[test]
    fn each_rule_answers_at_entry_and_to_each_order_that_would_be_met() {
        let mut venue = venue();
        venue.limit(SessionId(1), AccountId(1), Side::Sell, Ticks(500), Units(40));
        venue.limit(SessionId(2), AccountId(2), Side::Sell, Ticks(501), Units(100));
        venue.limit(SessionId(2), AccountId(2), Side::Sell, Ticks(510), Units(1));

        let told = venue.engine.explain(&asked(3, Side::Buy, 501)).expect("there is such a security");
        let waits = Said::Waits;
        let entry = [ALLOWED, ALLOWED, waits, waits, Said::DoesNotApply];
        assert_eq!(told.entry, (0..5).map(RuleId).zip(entry).collect::<Vec<_>>());
        assert!(told.lots.is_empty() && !told.stale && !told.changing && !told.more);

        // The first one's hundred units are not all on the book, so it does not leave: its place is not to be had.
        let met: Vec<_> = told.met.iter().map(|met| (met.who.account.0, met.price.0, met.upto.0)).collect();
        assert_eq!(met, [(1, 500_000_000, 0), (2, 501_000_000, 0)]);
        let sellable =
            Said::Allows(Verdict::at_most(Units(100), Reason { code: ReasonCode::LockUp, rule: RuleId(2) }));
        let Said::Allows(cap) = told.met[0].rules[3].1 else { panic!("the cap answers") };
        assert_eq!(cap.reason, Some(Reason { code: ReasonCode::HolderCap, rule: RuleId(3) }));
        assert_eq!((cap.upto, cap.whole), (Units::ZERO, Some(Units(100))));
        let others: Vec<_> = told.met[0].rules.iter().filter(|(id, _)| id.0 != 3).copied().collect();
        let of = |id: u16, said| (RuleId(id), said);
        assert_eq!(others, [of(0, ALLOWED), of(1, ALLOWED), of(2, sellable), of(4, Said::DoesNotApply)]);
    }

    #[test]
    fn a_refusal_and_a_lot_that_is_locked_up_are_explained_by_the_rules_that_forbid_them() {
        let mut venue = venue();
        let lapsed = Identity { until: Until::default(), ..Venue::identity(3) };
        let suspended = Identity { standing: Standing::Suspended, ..Venue::identity(2) };
        venue.adopt(vec![Venue::identity(1), suspended, lapsed]);

        let told = venue.engine.explain(&asked(3, Side::Buy, 501)).expect("there is such a security");
        assert_eq!(told.entry[1], (RuleId(1), denied(ReasonCode::NotAccredited, 1)));
        let told = venue.engine.explain(&asked(2, Side::Sell, 501)).expect("there is such a security");
        assert_eq!(told.entry[0], (RuleId::STANDING, denied(ReasonCode::IdentitySuspended, 0)));
        assert_eq!(told.lots.iter().map(|(_, way)| *way).collect::<Vec<_>>(), [Ok(Path::Plain)]);

        let (now, security) = (venue.now, SecurityId(1));
        let (account, units) = (AccountId(1), Units(7));
        venue.operate(Action::AllocateUnits { account, security, units, acquired: now, restricted: false });
        let told = venue.engine.explain(&asked(1, Side::Sell, 501)).expect("there is such a security");
        let locked = Reason { code: ReasonCode::LockUp, rule: RuleId(2) };
        let lots: Vec<_> = told.lots.iter().map(|(lot, way)| (lot.units.0, *way)).collect();
        assert_eq!(lots, [(100, Ok(Path::Plain)), (7, Err(locked))]);
    }

    #[test]
    fn what_the_venue_has_no_headroom_for_is_explained_by_that() {
        let network = Some(Network { chain: [7; 32], horizon: 8 });
        let mut venue = Venue::bare(VenueParams { network, ..Venue::params() });
        venue.people(3);
        let most = Most::Units(Units(100));
        let rules = vec![
            Venue::anyone(),
            Rule::Owned(Scope::Owner, most),
            Rule::Velocity { window: Window::Calendar(Calendar::Week), most },
        ];
        let listing = Venue::listing(1, rules);
        let (security, protocols, disclosure) =
            (SecurityId(1), listing.protocols.clone(), listing.disclosure);
        venue.operate(Action::List(listing));
        let room = Counter::Owned(Scope::Owner, InvestorId(3));
        let items = vec![
            Item::Headroom { security, counter: room, amount: 30 },
            Item::Security { security, epoch: 1, protocols, disclosure, issued: Units(100), shared: true },
        ];
        let (height, as_of, complete) = (2, venue.now, true);
        venue.operate(Action::Follow(News { height, as_of, complete, items }));

        let headroom = |upto, rule| {
            let reason = Reason { code: ReasonCode::Headroom, rule: RuleId(rule) };
            (RuleId(rule), Said::Allows(Verdict::at_most(Units(upto), reason)))
        };
        let before = [(RuleId(0), ALLOWED), (RuleId(1), Said::Waits)];
        let of_side = |side, account| {
            venue.engine.explain(&asked(account, side, 501)).expect("there is such a security").entry
        };
        assert_eq!(of_side(Side::Buy, 3)[..3], [&before[..], &[headroom(30, 2)]].concat());
        assert_eq!(of_side(Side::Buy, 1)[2], headroom(0, 2));
        assert_eq!(of_side(Side::Sell, 3)[3], headroom(0, 3));
    }

    #[test]
    fn what_is_not_there_is_not_explained() {
        let venue = venue();
        assert!(venue.engine.explain(&asked(9, Side::Buy, 500)).is_none());
        let elsewhere = Asked { security: SecurityId(2), ..asked(1, Side::Buy, 500) };
        assert!(venue.engine.explain(&elsewhere).is_none());
    }
}
