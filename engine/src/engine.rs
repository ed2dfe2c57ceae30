//! `apply`: one command in, its events out. All control flow starts here.

use crate::accounts::Accounts;
use crate::approvals::Approvals;
use crate::awaiting::Awaiting;
use crate::backlog::Backlog;
use crate::book::ladder::WindowPool;
use crate::book::matching::Draft;
use crate::book::slab::{Slab, Slot};
use crate::command::{Command, RefusedMessage, VenueParams};
use crate::compliance::{Known, Tentative};
use crate::digest;
use crate::due::Due;
use crate::event::{Counts, Event};
use crate::fees::Allowances;
use crate::groups::Groups;
use crate::headroom::Headroom;
use crate::holdings::{Holding, Holdings, Purse};
use crate::index::Index;
use crate::mass::Masses;
use crate::numbered::Numbered;
use crate::obligation::Obligation;
use crate::phase::Phase;
use crate::quotes::Quotes;
use crate::risk::Risk;
use crate::security::Security;
use crate::session::Sessions;
use crate::stakes::Position;
use crate::types::{
    AccountId, Asset, CashId, FirmId, InvestorId, Money, OrderId, Place, SecurityId, Seq, SessionId, Side,
    Ticks, Time, TradeId, Units,
};
use crate::undo::Undoing;
use crate::work::Work;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use tallystick_rules::{Insider, Registry, RegistryHash};

/// The version of what commands mean. A journal written under another version is not replayed by this one.
pub const SEMANTICS: u32 = 8;

/// The deterministic core: the same commands give the same events and the same state, byte for byte.
#[derive(Debug)]
pub struct Engine {
    pub(crate) seq: Seq,
    pub(crate) now: Time,
    pub(crate) digest: u64,
    pub(crate) params: Option<VenueParams>,
    pub(crate) date: u32,
    pub(crate) firms: BTreeSet<FirmId>,
    pub(crate) sessions: Sessions,
    pub(crate) accounts: Accounts,
    pub(crate) holdings: Holdings,
    pub(crate) known: Known,
    pub(crate) securities: Numbered<SecurityId, Security>,
    pub(crate) orders: Slab,
    pub(crate) by_id: Index<OrderId, Slot>,
    /// The last number that an order was given, if only to be rejected under it.
    pub(crate) numbered: OrderId,
    /// The last place in time that was given.
    pub(crate) places: Place,
    pub(crate) trades: TradeId,
    pub(crate) obligations: BTreeMap<TradeId, Obligation>,
    pub(crate) issued_cash: BTreeMap<CashId, Money>,
    pub(crate) work: VecDeque<Work>,
    pub(crate) masses: Masses,
    pub(crate) risk: Risk,
    pub(crate) quotes: Quotes,
    /// The last height of the network that was told whole.
    pub(crate) followed: u64,
    /// How many trades were busted.
    pub(crate) busted: u64,
    pub(crate) undoing: Undoing,
    /// How persons stand to issuers.
    pub(crate) insiders: BTreeMap<(SecurityId, InvestorId), Insider>,
    /// What was approved beforehand; and what of it pending trades use.
    pub(crate) approvals: Approvals,
    /// Crosses that wait for one.
    pub(crate) awaiting: Awaiting,
    /// What affiliate groups have sold; and sums over stakes and orders.
    pub(crate) groups: Groups,
    /// What this venue may take up of what several share.
    pub(crate) headroom: Headroom,
    // What follows is no state of its own: sums over obligations and orders, what waits for a time, and what work that
    // waits is about;
    pub(crate) backlog: Backlog,
    pub(crate) allowances: Allowances,
    pub(crate) due: BTreeSet<(Time, Due)>,
    pub(crate) closing: BTreeSet<(AccountId, Asset)>,
    // what a step has done that its end must see to: the first and the last price of trades, books that pegs follow;
    pub(crate) prints: Vec<(SecurityId, [Ticks; 2])>,
    pub(crate) touched: Vec<SecurityId>,
    // then memory that is kept, and registries decoded before they are adopted.
    pub(crate) windows: WindowPool,
    pub(crate) draft: Draft,
    pub(crate) tentative: Tentative,
    pub(crate) buffer: Vec<u8>,
    pub(crate) staged: BTreeMap<RegistryHash, Arc<Registry>>,
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::new(0)
    }
}

impl Engine {
    /// An engine that has applied nothing. The seed is for its hash tables: nothing that can be observed
    /// depends on it, so a venue passes one that its clients don't know.
    pub fn new(hash_seed: u64) -> Engine {
        Engine {
            seq: Seq(0),
            now: Time(0),
            digest: 0,
            params: None,
            date: 0,
            firms: BTreeSet::new(),
            sessions: Sessions::new(hash_seed),
            accounts: Accounts::default(),
            holdings: Holdings::new(hash_seed),
            known: Known::default(),
            securities: Numbered::default(),
            orders: Slab::new(0),
            by_id: Index::new(hash_seed),
            numbered: OrderId(0),
            places: Place(0),
            trades: TradeId(0),
            obligations: BTreeMap::new(),
            issued_cash: BTreeMap::new(),
            work: VecDeque::new(),
            masses: Masses::default(),
            risk: Risk::new(hash_seed),
            quotes: Quotes::default(),
            followed: 0,
            busted: 0,
            undoing: Undoing::default(),
            insiders: BTreeMap::new(),
            approvals: Approvals::default(),
            awaiting: Awaiting::default(),
            groups: Groups::default(),
            headroom: Headroom::default(),
            backlog: Backlog::default(),
            allowances: Allowances::new(hash_seed),
            due: BTreeSet::new(),
            closing: BTreeSet::new(),
            prints: Vec::new(),
            touched: Vec::new(),
            windows: WindowPool::new(0),
            draft: Draft::default(),
            tentative: Tentative::default(),
            buffer: Vec::new(),
            staged: BTreeMap::new(),
        }
    }

    /// Applies the next command at a time not before the last one's, and appends what happened to `events`.
    ///
    /// Panics if the sequence has a gap or time runs backwards, if a client's command names a session that
    /// does not exist, if a mass quote has not from 1 to 32 entries, or if a registry is adopted that was not
    /// [staged](Engine::stage): whoever sequences commands sees to these.
    pub fn apply(&mut self, seq: Seq, now: Time, command: &Command, events: &mut Vec<Event>) {
        assert_eq!(seq, self.seq.next(), "commands are applied in sequence");
        assert!(now >= self.now, "time does not run backwards");
        (self.seq, self.now) = (seq, now);
        let (first, open) = (events.len(), self.orders.len());
        match command {
            Command::Skip => {}
            Command::Tick => self.tick(events),
            Command::Continue => self.work_on(events),
            Command::Negotiate(ask) => {
                let accepted = self.sessions.get(ask.session).negotiate(ask.version, seq);
                if accepted {
                    self.connected(ask.session);
                }
                events.push(Event::Negotiated { session: ask.session, version: ask.version, accepted });
            }
            Command::New(order) => self.enter(order, events),
            Command::Replace(request) => self.replace(request, events),
            Command::Cancel(request) => self.cancel(request, events),
            Command::Refuse(message) => self.refuse(message, events),
            Command::Operator(request) => self.operate(request, events),
            Command::SetRisk(request) => self.set_risk(request, events),
            Command::PartyAction(request) => self.party_action(request, events),
            Command::MassCancel(request) => self.mass_cancel(request, events),
            Command::Disconnected(gone) => self.disconnected(gone),
            Command::Connected { session } => self.connected(*session),
            Command::NewCross(cross) => self.cross(cross, events),
            Command::MassQuote(quotes) => self.mass_quote(quotes, events),
            Command::QuoteCancel(request) => self.quote_cancel(request, events),
            Command::QuoteProtection(request) => self.quote_protection(request, events),
        }
        self.follow_prints();
        self.reprice_touched();
        self.see_to_duties();
        self.see_to_held_up(open);
        self.digest = digest::fold(self.digest, &events[first..], &mut self.buffer);
    }

    /// Whether work waits for a [`Command::Continue`].
    pub fn has_work(&self) -> bool {
        !self.work.is_empty()
    }

    /// The work that waits, in its order.
    pub fn waiting(&self) -> impl Iterator<Item = &Work> {
        self.work.iter()
    }

    /// Makes a decoded registry known, so that a command may adopt it by its hash. Not part of the state.
    pub fn stage(&mut self, registry: Arc<Registry>) {
        self.staged.insert(registry.hash(), registry);
    }

    fn refuse(&mut self, message: &RefusedMessage, events: &mut Vec<Event>) {
        self.sessions.get(message.from.session).take_number(message.from.number);
        let to = self.sessions.next_to(message.from.session);
        let RefusedMessage { from, template, tag, fault } = *message;
        events.push(Event::MessageRejected { to, refused: from.number, template, tag, fault });
    }
}

/// What can be read of the state.
impl Engine {
    /// The last command applied.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The time of the last command.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The rolling hash of every event so far.
    pub fn event_hash(&self) -> u64 {
        self.digest
    }

    /// The venue's bounds, once it is open.
    pub fn params(&self) -> Option<&VenueParams> {
        self.params.as_ref()
    }

    /// The registry file in force; what the network has told since stands beside it.
    pub fn registry(&self) -> Option<&Arc<Registry>> {
        self.known.registry.as_ref()
    }

    /// As of when persons are known: by the network's clock, or the operator's.
    pub fn known_as_of(&self) -> Time {
        self.known.as_of()
    }

    /// A security's listing and phase.
    pub fn security(&self, id: SecurityId) -> Option<(&crate::command::Listing, Phase)> {
        self.find_security(id).map(|s| (&s.listing, s.phase))
    }

    /// All securities, by their numbers: listing and phase.
    pub fn securities(&self) -> impl Iterator<Item = (&crate::command::Listing, Phase)> {
        self.securities.values().map(|s| (&s.listing, s.phase))
    }

    /// The quotations of a security, buy and sell: the best price at which a round lot is displayed, there and at
    /// better prices together, and how much that is.
    pub fn quotation(&self, id: SecurityId) -> [Option<(Ticks, Units)>; 2] {
        let security = self.find_security(id);
        Side::BOTH.map(|side| security.and_then(|s| s.quotation(side)))
    }

    /// The best displayed prices of a security, odd lots included: highest buy, lowest sell.
    pub fn best(&self, id: SecurityId) -> [Option<Ticks>; 2] {
        let book = self.find_security(id).map(|s| &s.book);
        Side::BOTH.map(|side| book.and_then(|b| b.best(side)))
    }

    /// The prices of a side at which something is displayed, the best first, with the units displayed there.
    pub fn depth(&self, id: SecurityId, side: Side) -> impl Iterator<Item = (Ticks, Units)> {
        let book = self.find_security(id).map(|s| &s.book);
        let levels = book.into_iter().flat_map(move |book| book.shown(side).levels());
        levels.map(move |(rank, level)| (rank.ticks(side), level.shown))
    }

    /// Firms, by their numbers.
    pub fn firms(&self) -> impl Iterator<Item = FirmId> {
        self.firms.iter().copied()
    }

    /// Accounts, by their numbers.
    pub fn accounts(&self) -> impl Iterator<Item = &crate::accounts::Account> {
        self.accounts.all()
    }

    /// Sessions with their firm and public key.
    pub fn sessions(&self) -> impl Iterator<Item = (SessionId, FirmId, [u8; 32])> {
        self.sessions.iter().map(|(id, s)| (id, s.firm, s.key))
    }

    /// A session's version, the least number its next message may have, and the number of the venue's next
    /// message to it.
    pub fn session_numbers(&self, id: SessionId) -> Option<[u64; 3]> {
        self.sessions.find(id).map(|s| [s.version, s.next_in, s.next_out])
    }

    /// The command that began a session's version: none of its messages is older.
    pub fn session_since(&self, id: SessionId) -> Option<Seq> {
        self.sessions.find(id).map(|s| s.since)
    }

    /// What an account holds of a security.
    pub fn holding(&self, account: AccountId, security: SecurityId) -> Option<&Holding> {
        self.holdings.holding(account, security)
    }

    /// What an account holds of a cash token.
    pub fn purse(&self, account: AccountId, cash: CashId) -> Option<&Purse> {
        self.holdings.purse(account, cash)
    }

    /// An owner's stake in a security.
    pub fn position(&self, owner: InvestorId, security: SecurityId) -> Position {
        self.holdings.position(owner, security)
    }

    /// Trades that wait for settlement, oldest first.
    pub fn obligations(&self) -> impl ExactSizeIterator<Item = &Obligation> {
        self.obligations.values()
    }

    /// A trade that waits for settlement.
    pub fn obligation(&self, trade: TradeId) -> Option<&Obligation> {
        self.obligations.get(&trade)
    }

    /// How many persons the network has told of since the registry file in force.
    pub fn changed_persons(&self) -> usize {
        self.known.changed.len()
    }

    /// The last height of the network that the venue has been told whole.
    pub fn followed(&self) -> u64 {
        self.followed
    }

    /// The last number that an order was given, if only to be rejected under it.
    pub fn last_order(&self) -> OrderId {
        self.numbered
    }

    /// How many of everything there are.
    pub fn counts(&self) -> Counts {
        Counts {
            firms: self.firms.len() as u64,
            sessions: self.sessions.len() as u64,
            accounts: self.accounts.len() as u64,
            securities: self.securities.len() as u64,
            open_orders: self.orders.len() as u64,
            awaiting: self.awaiting.len() as u64,
            trades: self.trades.0,
            unsettled: self.obligations.len() as u64,
            busted: self.busted,
            followed: self.followed,
            work: self.work.len() as u64,
            date: self.date,
            registry_height: self.known.height(),
        }
    }

    pub(crate) fn find_security(&self, id: SecurityId) -> Option<&Security> {
        self.securities.get(id)
    }

    pub(crate) fn security_mut(&mut self, id: SecurityId) -> &mut Security {
        &mut self.securities[id]
    }
}
