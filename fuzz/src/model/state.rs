//! The whole as the value that the engine's state must equal.

use super::order::Order;
use super::stakes::Book;
use super::{Model, money};
use crate::law::trade::Handed;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::Stand;
use tallystick_engine::holdings::{Holding, Purse};
use tallystick_engine::obligation::Obligation;
use tallystick_engine::snapshot::{OrderState, SecurityState, SoldState, State};
use tallystick_engine::stakes::{self, Position};
use tallystick_engine::types::{
    CashId, FirmId, InvestorId, LotId, Minimum, Place, SecurityId, Steps, Ticks, TradeId, Units,
};

impl Model {
    /// The state after the last command.
    pub fn state(&self) -> State {
        let mut firms = self.firms.clone();
        firms.sort();
        let mut sessions = self.sessions.clone();
        sessions.sort_by_key(|s| s.session);
        sessions.iter_mut().for_each(|s| s.clordids.sort());
        let mut orders: Vec<OrderState> = self.orders.iter().map(order).collect();
        orders.sort_by_key(|o| o.order);
        let cash_tokens: BTreeSet<CashId> = self.cash_in.iter().map(|d| d.1).collect();
        let issued_cash = cash_tokens.into_iter().map(|cash| {
            let of_token = self.cash_in.iter().filter(|d| d.1 == cash);
            (cash, money(of_token.map(|d| i128::from(d.2.0)).sum()))
        });
        let securities = self.securities.iter().map(|s| {
            let id = s.listing.security;
            let admitted: BTreeSet<FirmId> = s.admitted.iter().copied().collect();
            SecurityState {
                listing: s.listing.clone(),
                admitted: admitted.into_iter().collect(),
                phase: s.phase,
                uncrossing: s.uncrossing,
                reference: s.reference,
                static_reference: s.static_reference,
                issuing: s.issue().is_some(),
                interruption: s.interruption,
                gathering: s.gathering,
                issued: Units(self.issued(id)),
                triggers: s.triggers.clone(),
                epoch: s.epoch,
                shared: s.shared,
                coming: s.coming.clone(),
                tallies: s.tallies,
            }
        });
        let mut securities: Vec<SecurityState> = securities.collect();
        securities.sort_by_key(|s| s.listing.security);
        let mut accounts = self.accounts.clone();
        accounts.sort_by_key(|a| a.account);
        let mut obligations = self.trades.clone();
        obligations.sort_by_key(|t| t.trade);
        State {
            seq: self.seq,
            now: self.now,
            event_hash: self.event_hash,
            params: self.params,
            date: self.date,
            firms,
            sessions,
            accounts,
            holdings: self.holdings(),
            purses: self.purses(),
            positions: self.positions(Book::Owners),
            records: self.positions(Book::Record),
            insiders: self.insiders.iter().map(|(&(security, who), &how)| (security, who, how)).collect(),
            sold: self.sales(),
            headroom: self.headroom.iter().map(|(&(id, counter), &amount)| (id, counter, amount)).collect(),
            short: self.short.iter().copied().collect(),
            approvals: self.approvals.values().copied().collect(),
            awaiting: self.awaiting.clone(),
            registry: self.registry.as_ref().map(|r| r.hash()),
            persons: self.persons.iter().map(|(&who, &what)| (who, what)).collect(),
            told: self.told,
            followed: self.followed,
            busted: self.decided.iter().filter(|(_, passed)| !passed).count() as u64,
            securities,
            orders,
            numbered: self.numbered,
            places: Place(self.last_place),
            trades: TradeId(self.trades_made()),
            obligations,
            noted: self.noted.iter().map(|(trade, undo)| (*trade, *undo)).collect(),
            protections: self.protection_states(),
            duties: self.duties(),
            undone: self.undone().into_iter().collect(),
            issued_cash: issued_cash.collect(),
            work: self.work.clone(),
            wanted: self.wanted.iter().map(|(only, last)| (*only, *last)).collect(),
            due: self.due.iter().map(|(session, due)| (*session, *due)).collect(),
            watches: self.watches(),
            blocks: self.blocks.iter().map(|(scope, blocked)| (*scope, *blocked)).collect(),
            executed: self.all_executed().into_iter().collect(),
        }
    }

    /// What groups have sold, by security.
    fn sales(&self) -> Vec<SoldState> {
        let of = |(&(group, security), days): (&(InvestorId, SecurityId), &BTreeMap<u32, u64>)| SoldState {
            security,
            group,
            days: days.iter().map(|(day, units)| (*day, Units(*units))).collect(),
        };
        let mut all: Vec<SoldState> = self.sold.iter().map(of).collect();
        all.sort_by_key(|sold| (sold.security, sold.group));
        all
    }

    /// Every trade there ever was.
    pub(super) fn ever(&self) -> impl Iterator<Item = &Obligation> {
        self.decided.iter().map(|(trade, _)| trade).chain(&self.trades)
    }

    /// Of every account that was allocated a security or has bought it.
    fn holdings(&self) -> Vec<Holding> {
        let allocated = self.units_in.iter().map(|d| (d.account, d.security));
        let told = self.units_told.iter().map(|t| (t.account, t.security));
        let bought = self.ever().map(|t| (t.buyer, t.security));
        let all: BTreeSet<_> = allocated.chain(told).chain(bought).collect();
        let holding = |(account, security)| {
            let lots = self.lots(account, security);
            let coming = self.trades.iter().filter(|t| (t.buyer, t.security) == (account, security));
            let told = self.units_told.iter().find(|t| (t.account, t.security) == (account, security));
            Holding {
                account,
                security,
                next_lot: LotId(told.map_or(lots.len() as u32 + 1, |t| t.next_lot)),
                lots,
                reserved: Units(self.units_reserved(account, security)),
                pending_in: coming.map(|t| t.units).sum(),
                terms: self.units_terms(account, security),
            }
        };
        all.into_iter().map(holding).collect()
    }

    /// Of every account that was allocated cash or has sold for it.
    fn purses(&self) -> Vec<Purse> {
        let allocated = self.cash_in.iter().map(|d| (d.0, d.1));
        let told = self.cash_told.iter().map(|t| (t.account, t.cash));
        let earned = self.ever().map(|t| (t.seller, t.cash));
        let fees = self.ever().filter(|t| t.buyer_fee.0 + t.seller_fee.0 > 0);
        let fees = fees.filter_map(|t| Some((self.params?.fee_account?, t.cash)));
        let all: BTreeSet<_> = allocated.chain(told).chain(earned).chain(fees).collect();
        let purse = |(account, cash)| {
            let coming = self.trades.iter().filter(|t| t.cash == cash);
            Purse {
                account,
                cash,
                allocated: money(self.cash_allocated(account, cash)),
                reserved: money(self.cash_reserved(account, cash)),
                pending_out: money(self.cash_pending_out(account, cash)),
                pending_in: money(coming.map(|t| self.coming_in(account, t)).sum()),
                terms: self.cash_terms(account, cash),
            }
        };
        all.into_iter().map(purse).collect()
    }

    /// Of everybody of a book of whom something was noted, or who has ever traded.
    fn positions(&self, book: Book) -> Vec<Position> {
        let noted = match book {
            Book::Owners => &self.stakes,
            Book::Record => &self.records,
        };
        let traded =
            self.ever().flat_map(|t| [t.buyer, t.seller].map(|a| (self.holder(book, a), t.security)));
        let all: BTreeSet<_> = noted.keys().copied().chain(traded).collect();
        let position = |(who, security)| {
            let stake = self.stake_of(book, who, security);
            let handed = |holders| {
                let Handed { awaited, places, leaving } = self.handed(holders, who, security);
                let places = u32::try_from(places).expect("places can be counted");
                stakes::Handed { awaited: Units(awaited), places, leaving }
            };
            let units = |trades: &mut dyn Iterator<Item = &Obligation>| trades.map(|t| t.units).sum();
            Position {
                owner: who,
                security,
                units: Units(self.settled(book, who, security)),
                pending_in: units(&mut self.coming(book, who, security)),
                pending_out: units(&mut self.going(book, who, security)),
                handed: book.kinds().map(handed),
                class: stake.class,
                next: stake.next,
            }
        };
        all.into_iter().map(position).collect()
    }
}

fn order(o: &Order) -> OrderState {
    let mut instructions = o.instructions;
    // It was for the entry only.
    let entered = o.stands != Stand::Stop;
    instructions.minimum =
        instructions.minimum.filter(|least| !(entered && matches!(least, Minimum::Once(_))));
    let shown = match o.tip() {
        _ if o.is_hidden() || o.stands != Stand::Book => 0,
        Some(_) => o.shown,
        None => o.leaves.0,
    };
    OrderState {
        order: o.order,
        place: Place(o.place),
        session: o.session,
        account: o.account,
        security: o.security,
        side: o.side,
        ticks: o.ticks,
        stand: o.stands,
        limit: o.limit,
        stop: o.stop.unwrap_or(Ticks(0)),
        width: Steps(o.width),
        quantity: o.quantity,
        leaves: o.leaves,
        quote: o.is_quote,
        weighted: o.owed.weighted,
        charged: money(o.owed.charged),
        shown: Units(shown),
        ord_type: o.ord_type,
        time_in_force: o.time_in_force,
        instructions,
        clordid: o.clordid,
    }
}
