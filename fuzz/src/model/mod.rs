//! The venue as one would explain it: a list of orders, a list of deposits, a list of trades. On a network, in place of
//! deposits, what it told last of each account.
//!
//! Nothing is kept that can be worked out: what is reserved, pending or sellable, how much waits for settlement. Nothing is planned: an order trades with one counterparty after another,
//! and an order that must trade whole, or so much at once, is tried on a copy of the venue.
//!
//! - [`order`]: an open order; [`orders`]: new, replace, cancel; [`entry`] and [`asked`]: what may be refused
//! - [`matching`]: whom an order trades with, and what a trade is; [`own`]: orders of one hand;
//!   [`crosses`]: two orders that come together; [`awaiting`]: those that wait for an approval
//! - [`stops`] and [`pegs`]: what follows the last trade, and what follows the book
//! - [`rules`]: what the security's rules say; [`stakes`]: who owns what, and as what that is counted; [`holdings`]: what
//!   deposits, orders and trades come to; [`headroom`]: what is shared with other venues; [`approvals`]: what two may trade;
//!   [`amend`]: other rules
//! - [`ticks`]: what prices there are; [`auction`]: the one price; [`work`]: what is done in chunks; [`operator`]: what operators ask;
//!   [`network`]: what a network tells
//! - [`risk`]: limits; [`control`]: who sets them, and who blocks; [`mass`]: many orders cancelled at once; [`gates`]: who may
//!   trade what
//! - [`state`]: the whole as the value that the engine's must equal

pub mod amend;
pub mod approvals;
pub mod asked;
pub mod auction;
pub mod awaiting;
pub mod bands;
pub mod busts;
pub mod control;
pub mod crosses;
pub mod entry;
pub mod fees;
pub mod gates;
pub mod headroom;
pub mod holdings;
pub mod mass;
pub mod matching;
pub mod network;
pub mod operator;
pub mod order;
pub mod orders;
pub mod own;
pub mod pegs;
pub mod protection;
pub mod quotes;
pub mod risk;
pub mod rules;
pub mod stakes;
pub mod state;
pub mod stops;
pub mod ticks;
pub mod work;

use approvals::Pair;
use order::Order;
use protection::{Obliging, Protected};
use risk::{Entered, Limited};
use stakes::Stake;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tallystick_engine::accounts::Account;
use tallystick_engine::amend::Coming;
use tallystick_engine::approvals::Approval;
use tallystick_engine::awaiting::AwaitingCross;
use tallystick_engine::bands::Interruption;
use tallystick_engine::command::{Command, From, Listing, Network, VenueParams};
use tallystick_engine::event::{Event, To};
use tallystick_engine::indicative::Gathering;
use tallystick_engine::mass::Only;
use tallystick_engine::news::{AllocatedLot, Terms};
use tallystick_engine::obligation::Obligation;
use tallystick_engine::phase::Phase;
use tallystick_engine::risk::{Blocked, RiskScope};
use tallystick_engine::snapshot::SessionState;
use tallystick_engine::stakes::Tallies;
use tallystick_engine::types::TradeId;
use tallystick_engine::types::{
    AccountId, CashId, FirmId, InvestorId, Money, OrderId, SecurityId, Seq, SessionId, Ticks, Time,
};
use tallystick_engine::undo::Undo;
use tallystick_engine::{Trigger, Work};
use tallystick_rules::{Counter, History, Identity, Insider, Registry};

/// The venue.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The last command's place in the sequence.
    pub seq: Seq,
    /// The last command's time.
    pub now: Time,
    /// The rolling hash of all events.
    pub event_hash: u64,
    /// The venue's bounds.
    pub params: Option<VenueParams>,
    /// The trading day.
    pub date: u32,
    /// The command that began it.
    pub day_began: Seq,
    /// Firms, as they came.
    pub firms: Vec<FirmId>,
    /// Sessions, as they came; the ClOrdIDs of each in the order of their use.
    pub sessions: Vec<SessionState>,
    /// Accounts, as they came.
    pub accounts: Vec<Account>,
    /// The registry in force.
    pub registry: Option<Arc<Registry>>,
    /// What the network has told of persons since.
    pub persons: BTreeMap<InvestorId, Option<Identity>>,
    /// The height and the time up to which it has, if it has.
    pub told: Option<(u64, Time)>,
    /// The last height that it told whole.
    pub followed: u64,
    /// Registries that a command may adopt.
    pub offered: Vec<Arc<Registry>>,
    /// Securities, as they came.
    pub securities: Vec<Security>,
    /// Open orders, in no order that means anything.
    pub orders: Vec<Order>,
    /// Crosses that await an approval, as they came.
    pub awaiting: Vec<AwaitingCross>,
    /// The last number that an order was given.
    pub numbered: OrderId,
    /// The last place in time that an order was given.
    pub last_place: u64,
    /// What that was before the last command.
    pub place_before: u64,
    /// The first and the last price at which securities traded in this step.
    pub prints: Vec<(SecurityId, [Ticks; 2])>,
    /// Every allocation of units.
    pub units_in: Vec<UnitsDeposit>,
    /// Every allocation of cash.
    pub cash_in: Vec<(AccountId, CashId, Money)>,
    /// What the network told last of the units of an account.
    pub units_told: Vec<UnitsTold>,
    /// What the network told last of the cash of an account.
    pub cash_told: Vec<CashTold>,
    /// What was noted of stakes of owners.
    pub stakes: BTreeMap<(InvestorId, SecurityId), Stake>,
    /// What was noted of stakes of holders of record.
    pub records: BTreeMap<(InvestorId, SecurityId), Stake>,
    /// How persons stand to issuers.
    pub insiders: BTreeMap<(SecurityId, InvestorId), Insider>,
    /// What groups have sold of securities by day, as far as it is final.
    pub sold: BTreeMap<(InvestorId, SecurityId), BTreeMap<u32, u64>>,
    /// What the venue was told that it may take up of what it shares with others.
    pub headroom: BTreeMap<(SecurityId, Counter), u64>,
    /// Of what less was told than is used since the last height that was told whole.
    pub short: BTreeSet<(SecurityId, Counter)>,
    /// What was approved of two.
    pub approvals: BTreeMap<Pair, Approval>,
    /// How many units of a security there are, as the network told last.
    pub issued_told: BTreeMap<SecurityId, u64>,
    /// Every trade that waits for settlement.
    pub trades: Vec<Obligation>,
    /// Every trade that waits no longer, and whether it became final.
    pub decided: Vec<(Obligation, bool)>,
    /// Trades of a network that operators have undone, and that are not done with.
    pub noted: BTreeMap<TradeId, Undo>,
    /// What counts against credit of trades, where that is not their money: they have another price since, or are no order's.
    pub first_money: BTreeMap<TradeId, Money>,
    /// Work that waits, oldest first.
    pub work: Vec<Work>,
    /// Of mass cancels that there is one of, and that wait: the first order that they don't cover.
    pub wanted: BTreeMap<Only, OrderId>,
    /// Sessions whose client is gone, and when their grace is over.
    pub due: BTreeMap<SessionId, Time>,
    /// Limits in force, in no order that means anything.
    pub limits: Vec<Limited>,
    /// Every order that was ever accepted, and every replace that counts as one.
    pub entered: Vec<Entered>,
    /// Protection in force, in no order that means anything.
    pub protections: Vec<Protected>,
    /// Obligations in force, in no order that means anything.
    pub obliged: Vec<Obliging>,
    /// In a message with quotes: how many resting orders its sides have looked at.
    pub shares: Option<usize>,
    /// Whether an order that is judged had come before, and only awaited an approval.
    pub returns: bool,
    /// What is blocked, and by whom.
    pub blocks: BTreeMap<RiskScope, Blocked>,
    events: Vec<Event>,
}

/// A listed security.
#[derive(Clone, Debug)]
pub struct Security {
    /// As it was listed.
    pub listing: Listing,
    /// The firms that were let in, where it is gated, as they came.
    pub admitted: Vec<FirmId>,
    /// Its prices in least ticks, lowest first, behind a nought.
    pub prices: Arc<Vec<i64>>,
    /// Where it stands in its day.
    pub phase: Phase,
    /// Whether its auction is being run.
    pub uncrossing: bool,
    /// The last price.
    pub reference: Ticks,
    /// The last auction's price, or the reference with which the day began.
    pub static_reference: Ticks,
    /// Whether it has ever traded.
    pub traded: bool,
    /// The timer of an interruption.
    pub interruption: Option<Interruption>,
    /// In a call: what was told of it.
    pub gathering: Option<Gathering>,
    /// Prices that have reached stops which wait for their turn.
    pub triggers: Vec<Trigger>,
    /// Its epoch.
    pub epoch: u32,
    /// Whether other venues trade it on the network, too.
    pub shared: bool,
    /// The rules that are about to be in force, and what is counted for them.
    pub coming: Option<Coming>,
    /// What any of its rules have ever looked at.
    pub tallies: Tallies,
}

/// An allocation of units.
#[derive(Clone, Copy, Debug)]
pub struct UnitsDeposit {
    /// Whose.
    pub account: AccountId,
    /// Of which security.
    pub security: SecurityId,
    /// How many.
    pub units: u64,
    /// Where they come from.
    pub history: History,
}

/// What the network said is allocated of an account's units.
#[derive(Clone, Debug)]
pub struct UnitsTold {
    /// Whose.
    pub account: AccountId,
    /// Of which security.
    pub security: SecurityId,
    /// The lots; those that are gone and yet promised have no units.
    pub lots: Vec<AllocatedLot>,
    /// On which terms.
    pub terms: Terms,
    /// The number after the highest that a lot ever had.
    pub next_lot: u32,
}

/// What the network said is allocated of an account's cash.
#[derive(Clone, Copy, Debug)]
pub struct CashTold {
    /// Whose.
    pub account: AccountId,
    /// Of which token.
    pub cash: CashId,
    /// How much.
    pub amount: i64,
    /// On which terms.
    pub terms: Terms,
}

impl Model {
    /// Applies the next command and says what happened.
    pub fn apply(&mut self, seq: Seq, now: Time, command: &Command) -> Vec<Event> {
        (self.seq, self.now, self.place_before) = (seq, now, self.last_place);
        let calls = self.books_in_calls();
        let (open, waited) =
            (self.orders.len(), self.trades.iter().map(|it| (it.trade, it.money)).collect::<Vec<_>>());
        match command {
            Command::Skip => {}
            Command::Tick => self.tick(),
            Command::Continue => self.carry_on(),
            Command::Negotiate(ask) => self.negotiate(ask),
            Command::New(new) => self.new_order(new),
            Command::Replace(ask) => self.replace(ask),
            Command::Cancel(ask) => self.cancel(ask),
            Command::Refuse(message) => {
                self.count_message(message.from);
                let to = self.next_to(message.from.session);
                self.say(Event::MessageRejected {
                    to,
                    refused: message.from.number,
                    template: message.template,
                    tag: message.tag,
                    fault: message.fault,
                });
            }
            Command::Operator(request) => self.operate(request),
            Command::MassQuote(ask) => self.mass_quote(ask),
            Command::QuoteCancel(ask) => self.quote_cancel(ask),
            Command::QuoteProtection(ask) => self.quote_protection(ask),
            Command::NewCross(ask) => self.new_cross(ask),
            Command::SetRisk(ask) => self.set_risk(ask),
            Command::PartyAction(ask) => self.party_action(ask),
            Command::MassCancel(ask) => self.mass_cancel(ask),
            Command::Disconnected(gone) => self.disconnected(gone),
            Command::Connected { session } => self.is_back(*session),
        }
        self.mind_stops();
        self.mind_pegs();
        self.mind_places_reached();
        self.mind_calls(&calls);
        self.mind_obligations();
        self.mind_held_up(open, &waited);
        let events = std::mem::take(&mut self.events);
        for event in &events {
            let bytes = borsh::to_vec(event).expect("writing to memory does not fail");
            self.event_hash = xxhash_rust::xxh3::xxh3_64_with_seed(&bytes, self.event_hash);
        }
        events
    }

    fn say(&mut self, event: Event) {
        self.events.push(event);
    }

    fn session(&mut self, id: SessionId) -> &mut SessionState {
        self.sessions.iter_mut().find(|s| s.session == id).expect("a session that exists")
    }

    fn count_message(&mut self, from: From) {
        self.session(from.session).next_in = from.number + 1;
    }

    fn next_to(&mut self, id: SessionId) -> To {
        let session = self.session(id);
        session.next_out += 1;
        To { session: id, number: session.next_out - 1 }
    }

    /// A security by its number.
    pub fn security(&self, id: SecurityId) -> Option<&Security> {
        self.securities.iter().find(|s| s.listing.security == id)
    }

    fn security_mut(&mut self, id: SecurityId) -> &mut Security {
        self.securities.iter_mut().find(|s| s.listing.security == id).expect("a security that is listed")
    }

    /// An account by its number.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.iter().find(|a| a.account == id)
    }

    /// The beneficial owner of an account.
    pub fn owner(&self, id: AccountId) -> InvestorId {
        self.account(id).expect("an account that exists").beneficial_owner
    }

    /// Whether trades settle on a network.
    pub fn network(&self) -> Option<Network> {
        self.params.and_then(|params| params.network)
    }

    /// How many trades were ever made.
    pub fn trades_made(&self) -> u64 {
        (self.trades.len() + self.decided.len()) as u64
    }
}

impl Security {
    /// What units cost at a price.
    pub fn cost(&self, price: Ticks, units: u64) -> i128 {
        let rule = &self.listing.ticks;
        i128::from(units / rule.per.0) * i128::from(self.steps(price)) * i128::from(rule.value.0)
    }

    /// The lowest and the highest price that an order may have now, in ticks.
    pub fn collar(&self) -> (i128, i128) {
        let issue = self.issue().map(|(lowest, highest)| (lowest.0.into(), highest.0.into()));
        issue.unwrap_or_else(|| self.collar_of(self.listing.collar_bps))
    }
}

/// Money from a plain number.
pub(crate) fn money(n: i128) -> Money {
    Money(i64::try_from(n).expect("amounts fit the ledger's integers"))
}
