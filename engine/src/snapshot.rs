//! The whole state as a value: what snapshots hold, what the state hash covers, what an engine restarts from.
//!
//! It is logical: no slots, no links, no capacities, everything in a stated order. Two engines that have
//! applied the same commands have equal states, whatever their memory looks like.
//!
//! On disk a snapshot is bincode behind a checksum. bincode 2.0.1 is pinned and no longer maintained: it
//! reads nothing but our own snapshots, after their BLAKE3 was found right, and stands in this module only.
//! A snapshot can always be made again from the journal, whose format is another.

use crate::accounts::Account;
use crate::amend::Coming;
use crate::approvals::Approval;
use crate::bands::Interruption;
use crate::book::order::Words;
use crate::book::slab::{Links, Marks, Named, Order, Slot, Stand};
use crate::command::SessionOptions;
use crate::command::{Listing, VenueParams};
use crate::compliance::Known;
use crate::engine::{Engine, SEMANTICS};
use crate::fees::Tab;
use crate::holdings::{Holding, Holdings, Purse};
use crate::indicative::Gathering;
use crate::life::marks;
use crate::mass::Only;
use crate::obligation::Obligation;
use crate::phase::Phase;
use crate::risk::{Blocked, Likeness, Limits, RiskScope, Watch};
use crate::security::Security;
use crate::stakes::{Position, Tallies};
use crate::stops::Trigger;
use crate::types::{
    AccountId, CashId, ClOrdId, FirmId, Instructions, InvestorId, Money, OrdType, OrderId, Place, SecurityId,
    Seq, SessionId, Side, Steps, Ticks, Time, TimeInForce, TradeId, Units,
};
use crate::undo::Undo;
use crate::work::Work;
use borsh::BorshSerialize;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tallystick_rules::{Identity, Insider, Registry, RegistryHash};

pub use crate::quotes::state::{DutyState, ProtectionState};

/// The logical state after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct State {
    /// The last command applied.
    pub seq: Seq,
    /// Its time.
    pub now: Time,
    /// The rolling hash of all events.
    pub event_hash: u64,
    /// The venue's bounds.
    pub params: Option<VenueParams>,
    /// The trading day.
    pub date: u32,
    /// Firms, by number.
    pub firms: Vec<FirmId>,
    /// Sessions, by number.
    pub sessions: Vec<SessionState>,
    /// Accounts, by number.
    pub accounts: Vec<Account>,
    /// Units, by account and security.
    pub holdings: Vec<Holding>,
    /// Cash, by account and token.
    pub purses: Vec<Purse>,
    /// Stakes of beneficial owners, by owner and security.
    pub positions: Vec<Position>,
    /// Stakes of holders of record, by holder and security.
    pub records: Vec<Position>,
    /// How persons stand to issuers, by security and person.
    pub insiders: Vec<(SecurityId, InvestorId, Insider)>,
    /// What was approved beforehand, by security, seller and buyer.
    pub approvals: Vec<Approval>,
    /// What affiliate groups have sold, by security and group.
    pub sold: Vec<SoldState>,
    /// The registry in force; its content is a file of that name.
    pub registry: Option<RegistryHash>,
    /// What the network has told of persons since the registry.
    pub persons: Vec<(InvestorId, Option<Identity>)>,
    /// The height and time of the network up to which persons are known; none where the registry says it.
    pub told: Option<(u64, Time)>,
    /// The last height of the network that was told whole.
    pub followed: u64,
    /// How many trades were busted.
    pub busted: u64,
    /// Trades that are to be undone or made again on a network, by their numbers.
    pub noted: Vec<(TradeId, Undo)>,
    /// Trades whose compensation waits or is final.
    pub undone: Vec<TradeId>,
    /// Securities, by number.
    pub securities: Vec<SecurityState>,
    /// Open orders, by number.
    pub orders: Vec<OrderState>,
    /// The last number that an order was given.
    pub numbered: OrderId,
    /// The last place in time that was given.
    pub places: Place,
    /// How many trades were made.
    pub trades: TradeId,
    /// Trades that wait for settlement, oldest first.
    pub obligations: Vec<Obligation>,
    /// Cash allocated altogether, by token.
    pub issued_cash: Vec<(CashId, Money)>,
    /// Work that waits, in its order.
    pub work: Vec<Work>,
    /// Of mass cancels of which there is one at a time, the number of the first order that it does not cover.
    pub wanted: Vec<(Only, OrderId)>,
    /// Sessions whose client is gone, with the time at which their orders are cancelled.
    pub due: Vec<(SessionId, Time)>,
    /// Limits in force, by their scopes.
    pub watches: Vec<WatchState>,
    /// What is blocked.
    pub blocks: Vec<(RiskScope, Blocked)>,
    /// What the day's trades came to, by scope and cash token.
    pub executed: Vec<((RiskScope, CashId), i128)>,
    /// Protections of quotes, by session and account.
    pub protections: Vec<ProtectionState>,
    /// Who must quote what, by security and account.
    pub duties: Vec<DutyState>,
}

/// What an affiliate group has sold of a security, as far as it is final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct SoldState {
    /// Of which security.
    pub security: SecurityId,
    /// Who stands for the group.
    pub group: InvestorId,
    /// Units by day (UTC, counted from 1970-01-01), in order.
    pub days: Vec<(u32, Units)>,
}

/// Limits in force, and what their windows remember, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct WatchState {
    /// Whose.
    pub scope: RiskScope,
    /// The limits.
    pub limits: Limits,
    /// When the last orders were accepted, as many as the rate counts.
    pub accepted: Vec<Time>,
    /// The last orders accepted, for finding duplicates.
    pub seen: Vec<(Time, Likeness)>,
}

/// A session's part of the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct SessionState {
    /// Its number.
    pub session: SessionId,
    /// Whose.
    pub firm: FirmId,
    /// The public key of its signatures.
    pub key: [u8; 32],
    /// What it is for.
    pub options: SessionOptions,
    /// `SessionVerID`.
    pub version: u64,
    /// The command that began this version.
    pub since: Seq,
    /// The least number its next message may have.
    pub next_in: u64,
    /// The number of the venue's next message.
    pub next_out: u64,
    /// Whether a client is there, as far as the venue has said.
    pub connected: bool,
    /// The ClOrdIDs of the day, in order, with what they named.
    pub clordids: Vec<(ClOrdId, Option<OrderId>)>,
}

/// A security's part of the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct SecurityState {
    /// As it was listed.
    pub listing: Listing,
    /// Where it stands in its day.
    pub phase: Phase,
    /// Whether its auction is being run.
    pub uncrossing: bool,
    /// The last price.
    pub reference: Ticks,
    /// The last auction's price, or what was the reference when the day began.
    pub static_reference: Ticks,
    /// Whether it is a first listing that has not traded.
    pub issuing: bool,
    /// The timer of an interruption.
    pub interruption: Option<Interruption>,
    /// While a call gathers: what was told of it.
    pub gathering: Option<Gathering>,
    /// How many units of it there are.
    pub issued: Units,
    /// Its epoch on the register.
    pub epoch: u32,
    /// The rules that are about to be in force, once what they look at is counted.
    pub coming: Option<Coming>,
    /// What is counted of it.
    pub tallies: Tallies,
    /// Trades that have reached stops which wait for their turn, oldest first.
    pub triggers: Vec<Trigger>,
}

/// An open order's part of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct OrderState {
    /// Its number.
    pub order: OrderId,
    /// Its place in time.
    pub place: Place,
    /// Where it stands.
    pub stand: Stand,
    /// Who entered it.
    pub session: SessionId,
    /// For which account.
    pub account: AccountId,
    /// In which security.
    pub security: SecurityId,
    /// Buy or sell.
    pub side: Side,
    /// At which price.
    pub ticks: Ticks,
    /// The worst price it may ever have, by which it reserves; of all but pegged orders the same.
    pub limit: Ticks,
    /// Its stop price as it is now; nought without one.
    pub stop: Ticks,
    /// Of a stop: the collar's width when it was entered.
    pub width: Steps,
    /// What of it is displayed, if it is on the book.
    pub shown: Units,
    /// What kind of order it is.
    pub ord_type: OrdType,
    /// How long it stands.
    pub time_in_force: TimeInForce,
    /// What else it asked.
    pub instructions: Instructions,
    /// What its fees are counted by: the sum over its trades of money × rate.
    pub weighted: i128,
    /// What they were charged in fees.
    pub charged: Money,
    /// The whole order.
    pub quantity: Units,
    /// What is left of it.
    pub leaves: Units,
    /// What its client calls it; of a side of a quote, the message that stated it last.
    pub clordid: ClOrdId,
    /// Whether it is a side of a quote.
    pub quote: bool,
}

/// BLAKE3 of the state's canonical (borsh) bytes.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateHash(pub [u8; 32]);

impl std::fmt::Display for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}
impl std::fmt::Debug for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Why a snapshot can't be used. The journal still can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Not one of ours, or cut off.
    #[error("this is no snapshot of a Tallystick engine")]
    Foreign,
    /// Written by a binary whose commands mean something else.
    #[error(
        "the snapshot has semantics version {0}, this binary has {SEMANTICS}; use the binary that wrote it"
    )]
    Semantics(u32),
    /// The content is not what was written.
    #[error("the snapshot's checksum does not match its content; an older snapshot or the journal will do")]
    Checksum,
    /// The checksum is right and yet it can't be read.
    #[error("the snapshot can't be decoded ({0}); an older snapshot or the journal will do")]
    Decode(String),
    /// The registry it was taken under is not at hand.
    #[error(
        "the snapshot needs the identity registry {0}, which is not in the data directory; restore that file"
    )]
    Registry(RegistryHash),
}

const MAGIC: &[u8; 8] = b"TSSNAP01";

impl State {
    /// The hash that two venues compare.
    pub fn hash(&self) -> StateHash {
        let mut hasher = blake3::Hasher::new();
        borsh::to_writer(&mut hasher, self).expect("hashing does not fail");
        StateHash(*hasher.finalize().as_bytes())
    }

    /// The bytes of a snapshot file: magic, semantics version, BLAKE3 of the rest, the rest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let body =
            bincode::serde::encode_to_vec(self, bincode::config::legacy()).expect("a state can be encoded");
        let checksum = blake3::hash(&body);
        [MAGIC.as_slice(), &SEMANTICS.to_le_bytes(), checksum.as_bytes(), &body].concat()
    }

    /// Reads what [`State::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<State, SnapshotError> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(SnapshotError::Foreign)?;
        let (semantics, rest) = rest.split_first_chunk::<4>().ok_or(SnapshotError::Foreign)?;
        let (checksum, body) = rest.split_first_chunk::<32>().ok_or(SnapshotError::Foreign)?;
        if magic != MAGIC {
            return Err(SnapshotError::Foreign);
        }
        let semantics = u32::from_le_bytes(*semantics);
        if semantics != SEMANTICS {
            return Err(SnapshotError::Semantics(semantics));
        }
        if blake3::hash(body) != *checksum {
            return Err(SnapshotError::Checksum);
        }
        let decoded = bincode::serde::decode_from_slice(body, bincode::config::legacy());
        decoded.map(|(state, _)| state).map_err(|e| SnapshotError::Decode(e.to_string()))
    }
}

impl Engine {
    /// The state as a value. Takes time in proportion to it: not for the thread that matches.
    pub fn state(&self) -> State {
        let (holdings, purses, [positions, records]) = self.holdings.export();
        let order = |(_, slot): (OrderId, Slot)| {
            let (order, named): (&Order, &Named) = (&self.orders[slot], self.orders.named(slot));
            OrderState {
                order: order.id,
                place: order.place,
                stand: named.stand,
                session: named.session,
                account: order.account,
                security: order.security,
                side: order.side,
                ticks: order.ticks,
                limit: named.limit,
                stop: named.stop,
                width: named.width,
                shown: if named.stand == Stand::Book { self.orders.shown(slot) } else { Units::ZERO },
                ord_type: named.ord_type,
                time_in_force: named.time_in_force,
                instructions: named.instructions,
                weighted: named.tab.weighted,
                charged: named.tab.charged,
                quantity: named.quantity,
                leaves: order.leaves,
                clordid: named.clordid,
                quote: order.marks.has(Marks::QUOTE),
            }
        };
        let session = |(id, s): (SessionId, &crate::session::Session)| SessionState {
            session: id,
            firm: s.firm,
            key: s.key,
            options: s.options,
            version: s.version,
            since: s.since,
            next_in: s.next_in,
            next_out: s.next_out,
            connected: s.connected,
            clordids: s.clordids(),
        };
        let security = |s: &Security| SecurityState {
            listing: s.listing.clone(),
            phase: s.phase,
            uncrossing: s.uncrossing,
            reference: s.reference,
            static_reference: s.static_reference,
            issuing: s.issuing.is_some(),
            interruption: s.interruption,
            gathering: s.gathering,
            issued: s.issued,
            epoch: s.epoch,
            coming: s.coming.clone(),
            tallies: s.tallies,
            triggers: s.triggers.iter().copied().collect(),
        };
        let sold = |(&(security, group), days): (&(SecurityId, InvestorId), &Vec<(u32, Units)>)| SoldState {
            security,
            group,
            days: days.clone(),
        };
        let watch = |(&scope, w): (&RiskScope, &Watch)| WatchState {
            scope,
            limits: w.limits.clone(),
            accepted: w.accepted(),
            seen: w.seen(),
        };
        State {
            seq: self.seq,
            now: self.now,
            event_hash: self.digest,
            params: self.params,
            date: self.date,
            firms: self.firms.iter().copied().collect(),
            sessions: self.sessions.iter().map(session).collect(),
            accounts: self.accounts.all().copied().collect(),
            holdings,
            purses,
            positions,
            records,
            insiders: self.insiders.iter().map(|(&(security, who), &how)| (security, who, how)).collect(),
            approvals: self.approvals.all().collect(),
            sold: self.groups.sold.iter().map(sold).collect(),
            registry: self.known.registry.as_ref().map(|r| r.hash()),
            persons: self.known.changed.iter().map(|(&who, &what)| (who, what)).collect(),
            told: self.known.told,
            followed: self.followed,
            busted: self.busted,
            noted: self.undoing.noted.iter().map(|(&trade, &undo)| (trade, undo)).collect(),
            undone: self.undoing.undone.iter().copied().collect(),
            securities: self.securities.values().map(security).collect(),
            orders: self.by_id.sorted().into_iter().map(order).collect(),
            numbered: self.numbered,
            places: self.places,
            trades: self.trades,
            obligations: self.obligations.values().cloned().collect(),
            issued_cash: self.issued_cash.iter().map(|(&cash, &money)| (cash, money)).collect(),
            work: self.work.iter().cloned().collect(),
            wanted: self.masses.wanted.iter().map(|(&only, &last)| (only, last)).collect(),
            due: self.masses.due.iter().map(|(&session, &due)| (session, due)).collect(),
            watches: self.risk.watches.iter().map(watch).collect(),
            blocks: self.risk.blocks.iter().map(|(&scope, &blocked)| (scope, blocked)).collect(),
            executed: self.risk.exposures.all_executed(),
            protections: self.quotes.protection_states(),
            duties: self.quotes.duty_states(),
        }
    }

    /// An engine in this state. `registry` is the one the state names, if it names one.
    pub fn restore(
        state: &State,
        registry: Option<Arc<Registry>>,
        hash_seed: u64,
    ) -> Result<Engine, SnapshotError> {
        if let Some(hash) = state.registry
            && registry.as_ref().is_none_or(|r| r.hash() != hash)
        {
            return Err(SnapshotError::Registry(hash));
        }
        let mut engine = Engine::new(hash_seed);
        (engine.seq, engine.now, engine.digest) = (state.seq, state.now, state.event_hash);
        (engine.date, engine.trades, engine.places) = (state.date, state.trades, state.places);
        engine.numbered = state.numbered;
        engine.firms = state.firms.iter().copied().collect();
        if let Some(params) = state.params {
            engine.params = Some(params);
            engine.orders = crate::book::slab::Slab::new(params.max_open_orders);
            engine.windows = crate::book::ladder::WindowPool::new(params.price_windows);
            let max_age_ns = params.max_registry_age_ns;
            let registry = registry.filter(|_| state.registry.is_some());
            let changed = state.persons.iter().copied().collect();
            engine.known = Known { registry, changed, told: state.told, max_age_ns };
        }
        for s in &state.sessions {
            engine.sessions.add(s.session, s.firm, s.key, s.options);
            if s.options.risk_control {
                engine.risk.add_control(s.firm, s.session);
            }
            let numbers = [s.version, s.next_in, s.next_out];
            engine.sessions.restore(s.session, s.since, numbers, s.connected, &s.clordids);
        }
        state.accounts.iter().for_each(|&account| engine.accounts.add(account));
        let stakes = [&state.positions[..], &state.records[..]];
        engine.holdings = Holdings::import(hash_seed, &state.holdings, &state.purses, stakes);
        engine.insiders = state.insiders.iter().map(|&(security, who, how)| ((security, who), how)).collect();
        state.approvals.iter().for_each(|approval| engine.approvals.set(approval));
        engine.groups.sold = state.sold.iter().map(|s| ((s.security, s.group), s.days.clone())).collect();
        for s in &state.securities {
            let mut security = Security::new(s.listing.clone()).map_err(SnapshotError::Decode)?;
            (security.phase, security.uncrossing) = (s.phase, s.uncrossing);
            (security.reference, security.issued) = (s.reference, s.issued);
            security.static_reference = s.static_reference;
            security.issuing = security.issuing.filter(|_| s.issuing);
            security.interruption = s.interruption;
            (security.epoch, security.coming) = (s.epoch, s.coming.clone());
            security.tallies = s.tallies;
            security.triggers = s.triggers.iter().copied().collect();
            engine.securities.insert(s.listing.security, security);
        }
        state.securities.iter().for_each(|s| engine.count_stakes(s.listing.security));
        engine.restore_orders(&state.orders);
        // Putting orders back is no change of the book.
        for s in &state.securities {
            engine.securities[s.listing.security].gathering = s.gathering;
        }
        engine.restore_quotes(state);
        for obligation in &state.obligations {
            engine.backlog.add(engine.counted(obligation));
            engine.allowances.count(obligation, true);
            if let Some(pair) = engine.approval_used(obligation) {
                engine.approvals.use_pending(pair, obligation.units);
            }
            engine.obligations.insert(obligation.trade, obligation.clone());
        }
        (engine.followed, engine.busted) = (state.followed, state.busted);
        engine.undoing.noted = state.noted.iter().copied().collect();
        engine.undoing.undone = state.undone.iter().copied().collect();
        engine.issued_cash = state.issued_cash.iter().copied().collect();
        engine.work = state.work.iter().cloned().collect();
        engine.masses.wanted = state.wanted.iter().copied().collect();
        engine.masses.due = state.due.iter().copied().collect();
        let watch = |w: &WatchState| (w.scope, Watch::restore(w.limits.clone(), &w.accepted, &w.seen));
        engine.risk.watches = state.watches.iter().map(watch).collect();
        engine.risk.blocks = state.blocks.iter().copied().collect();
        engine.risk.exposures.restore_executed(&state.executed);
        for work in &engine.work {
            if let Work::Enter { order } = work
                && let Some(slot) = engine.by_id.get(*order)
            {
                engine.orders[slot].marks.set(Marks::ENTERING, true);
            }
        }
        engine.closing = engine.work.iter().filter_map(Work::closes).collect();
        engine.due = engine.all_due();
        Ok(engine)
    }

    // Each account's orders are listed by their numbers, each queue by place in time.
    fn restore_orders(&mut self, orders: &[OrderState]) {
        let mut slots = Vec::with_capacity(orders.len());
        for o in orders {
            let OrderState { side, ord_type, time_in_force, instructions, .. } = *o;
            let words = Words { side, ord_type, time_in_force, instructions };
            let order = Order {
                id: o.order,
                place: o.place,
                ticks: o.ticks,
                leaves: o.leaves,
                account: o.account,
                security: o.security,
                queue: Links::NONE,
                of_account: Links::NONE,
                side,
                self_trade: instructions.self_trade,
                marks: marks(&words, o.quantity),
            };
            let named = Named {
                session: o.session,
                clordid: o.clordid,
                quantity: o.quantity,
                limit: o.limit,
                ord_type,
                time_in_force,
                instructions,
                tab: Tab { weighted: o.weighted, charged: o.charged },
                stop: o.stop,
                width: o.width,
                shown: o.shown,
                stand: Stand::Nowhere,
            };
            let slot = self.orders.insert(order, named);
            self.by_id.insert(o.order, slot);
            self.accounts.attach(&mut self.orders, slot);
            if named.stays_overnight() {
                self.sessions.get(named.session).keep_clordid(named.clordid, o.order);
            }
            self.register(slot);
            if o.quote {
                self.quotes.insert(&mut self.orders, slot);
            }
            self.count_open(slot, o.leaves);
            self.count_fees(slot);
            slots.push((o.place, slot, *o));
        }
        slots.sort_unstable_by_key(|&(place, ..)| place);
        for (_, slot, o) in slots {
            match o.stand {
                Stand::Book => self.restore_to_book(slot, o.shown),
                Stand::Stop => self.wait_for_stop(slot),
                Stand::Auction => self.wait_for_auction(slot),
                Stand::Asleep | Stand::Entering | Stand::Nowhere => {
                    self.orders.named_mut(slot).stand = o.stand
                }
            }
        }
        self.touched.clear();
        let all: Vec<SecurityId> = self.securities.values().map(Security::id).collect();
        all.into_iter().for_each(|id| self.securities[id].note_quoted());
    }

    fn restore_to_book(&mut self, slot: Slot, shown: Units) {
        self.rest(slot);
        let order = self.orders[slot];
        if order.marks.has(Marks::ICEBERG) && shown < self.orders.named(slot).shown {
            let book = &mut self.securities[order.security].book;
            book.show_less(&mut self.orders, slot, shown, &mut self.windows);
        }
    }
}
