//! What operators ask: each a sequenced command, done or refused as a whole.

use crate::accounts::Account;
use crate::book::ladder::WindowPool;
use crate::book::slab::Slab;
use crate::command::{Action, Listing, Request, VenueParams};
use crate::disconnect::MOST_GRACE_NS;
use crate::engine::Engine;
use crate::event::{CancelReason, Event, Outcome};
use crate::network::MOST_INSIDERS;
use crate::phase::Phase;
use crate::reject::Refusal;
use crate::risk::MOST_RISK_CONTROLS;
use crate::security::Security;
use crate::stakes::Position;
use crate::types::{AccountId, CashId, InvestorId, Money, RequestId, SecurityId, Time, Units};
use tallystick_rules::{History, RegistryHash};

/// The most open orders a venue may be set up for.
pub const MOST_OPEN_ORDERS: u32 = 1 << 23;
/// The highest number of an account.
pub const MOST_ACCOUNTS: u32 = 1 << 24;
/// The highest number of a security.
pub const MOST_SECURITIES: u32 = 1 << 20;

impl Engine {
    pub(crate) fn operate(&mut self, ask: &Request, events: &mut Vec<Event>) {
        let result = match self.act(ask, events) {
            Ok(Some(outcome)) => Ok(outcome),
            // Work that was begun is answered when it is done.
            Ok(None) => return,
            Err(refusal) => Err(refusal),
        };
        events.push(Event::Answered { request: ask.request, result });
    }

    fn act(&mut self, ask: &Request, events: &mut Vec<Event>) -> Result<Option<Outcome>, Refusal> {
        if self.params.is_none() && !matches!(ask.action, Action::OpenVenue(_)) {
            return Err(Refusal::VenueNotOpen);
        }
        match &ask.action {
            Action::OpenVenue(params) => self.open_venue(*params)?,
            Action::StartDay { date } => self.start_day(*date)?,
            Action::AddFirm { firm } => {
                if !self.firms.insert(*firm) {
                    return Err(exists("firm", firm.0));
                }
            }
            Action::AddSession { session, firm, key, options } => {
                if !self.firms.contains(firm) {
                    return Err(unknown("firm", firm.0));
                }
                if session.0 == 0 || session.0 == u32::MAX {
                    let range = "from 1 to 4294967294".into();
                    return Err(Refusal::OutOfRange { what: "the session's number".into(), range });
                }
                if self.sessions.find(*session).is_some() {
                    return Err(exists("session", session.0));
                }
                if options.grace_ns > MOST_GRACE_NS {
                    let range = format!("at most {MOST_GRACE_NS}");
                    return Err(Refusal::OutOfRange { what: "grace_ns".into(), range });
                }
                if options.risk_control && !self.risk.has_room_for_control(*firm) {
                    let range = format!("at most {MOST_RISK_CONTROLS}");
                    return Err(Refusal::OutOfRange {
                        what: "the firm's risk-control sessions".into(),
                        range,
                    });
                }
                self.sessions.add(*session, *firm, *key, *options);
                if options.risk_control {
                    self.risk.add_control(*firm, *session);
                }
            }
            Action::AddAccount { account, firm, record_holder, beneficial_owner } => {
                if !self.firms.contains(firm) {
                    return Err(unknown("firm", firm.0));
                }
                in_range("the account's number", account.0, MOST_ACCOUNTS)?;
                if self.accounts.get(*account).is_some() {
                    return Err(exists("account", account.0));
                }
                let (account, firm) = (*account, *firm);
                let (record_holder, beneficial_owner) = (*record_holder, *beneficial_owner);
                self.accounts.add(Account { account, firm, record_holder, beneficial_owner });
            }
            Action::List(listing) => self.list(listing)?,
            Action::AllocateUnits { account, security, units, acquired, restricted } => {
                self.allocate_units(*account, *security, *units, (*acquired, *restricted))?;
            }
            Action::AllocateCash { account, cash, amount } => self.allocate_cash(*account, *cash, *amount)?,
            Action::SetPhase { security, phase, from } => {
                return self.set_phase(*security, *phase, *from, ask.request, events);
            }
            Action::AdoptRegistry { hash, height, as_of } => {
                self.adopt(*hash, *height, *as_of, events)?;
            }
            Action::Checkpoint => {}
            Action::Follow(news) => self.follow(news, events)?,
            Action::SetRisk { scope, limits } => self.set_risk_by_operator(*scope, limits, events)?,
            Action::Block { scope } => self.block_by_operator(*scope, events)?,
            Action::Unblock { scope } => self.unblock_by_operator(*scope, events)?,
            Action::MassCancel(filter) => {
                self.mass_cancel_by_operator(*filter, ask.request)?;
                return Ok(None);
            }
            Action::SetFees { security, fees } => self.set_fees(*security, *fees)?,
            Action::SetReference { security, price } => self.set_reference(*security, *price, events)?,
            Action::BustTrade { trade, terms } => {
                return self.undo(*trade, None, terms.as_deref(), events).map(Some);
            }
            Action::CorrectTrade { trade, price, terms } => {
                return self.undo(*trade, Some(*price), terms.as_deref(), events).map(Some);
            }
            Action::CancelOrder { order } => {
                let unknown = Refusal::Unknown { what: "open order".into(), number: order.0 };
                match self.awaiting.of_order(*order) {
                    Some(awaiting) => self.end_cross(&awaiting, None, CancelReason::Operator, events),
                    None => {
                        let slot = self.by_id.get(*order).ok_or(unknown)?;
                        let clordid = self.orders.named(slot).clordid;
                        self.end(slot, clordid, CancelReason::Operator, events);
                    }
                }
            }
            Action::ShowRisk { scope } => return Ok(Some(Outcome::Risk(self.risk_view(*scope)?))),
            Action::SetObligation { account, security, obligation } => {
                self.set_obligation(*account, *security, obligation)?;
            }
            Action::ShowObligations { security } => {
                self.find_security(*security).ok_or(unknown("security", security.0))?;
                let all = self.obligations_to_quote(*security).collect();
                return Ok(Some(Outcome::Obligations(all)));
            }
            Action::SetInsider { security, investor, insider } => {
                self.without_network("insiders", "the registrar")?;
                self.find_security(*security).ok_or(unknown("security", security.0))?;
                let is_new = insider.is_some() && !self.insiders.contains_key(&(*security, *investor));
                if is_new && self.insiders_of(*security) == MOST_INSIDERS {
                    return Err(Refusal::OutOfRange {
                        what: "the number of the security's insiders".into(),
                        range: format!("at most {MOST_INSIDERS}; say of one that it is a stranger first"),
                    });
                }
                self.set_insider(*security, *investor, *insider);
            }
            Action::Disclose { security, disclosure } => {
                self.without_network("disclosures", "issuer and registrar")?;
                self.find_security(*security).ok_or(unknown("security", security.0))?;
                self.set_disclosure(*security, disclosure);
            }
            Action::Approve(approval) => {
                self.without_network("approvals", "the issuer")?;
                self.find_security(approval.security).ok_or(unknown("security", approval.security.0))?;
                self.approve(approval)?;
            }
            Action::Admission { security, firm, admitted } => self.admit_firm(*security, *firm, *admitted)?,
            Action::Status => return Ok(Some(Outcome::Status(self.counts()))),
        }
        Ok(Some(Outcome::Done))
    }

    fn open_venue(&mut self, params: VenueParams) -> Result<(), Refusal> {
        if self.params.is_some() {
            return Err(Refusal::VenueOpen);
        }
        if params.max_open_orders == 0 || params.max_open_orders > MOST_OPEN_ORDERS {
            return Err(Refusal::OutOfRange {
                what: "max_open_orders".into(),
                range: format!("from 1 to {MOST_OPEN_ORDERS}"),
            });
        }
        if let Some(account) = params.fee_account {
            in_range("the number of the account for fees", account.0, MOST_ACCOUNTS)?;
        }
        self.params = Some(params);
        self.known.max_age_ns = params.max_registry_age_ns;
        self.orders = Slab::new(params.max_open_orders);
        self.windows = WindowPool::new(params.price_windows);
        Ok(())
    }

    fn start_day(&mut self, date: u32) -> Result<(), Refusal> {
        if !is_date(date) {
            return Err(Refusal::Day(format!("{date} is no date; write YYYYMMDD")));
        }
        if date <= self.date {
            return Err(Refusal::Day(format!(
                "the day {} has begun already; a later one must follow",
                self.date
            )));
        }
        if let Some(open) = self.securities.values().find(|s| s.phase != Phase::Closed) {
            let (id, phase) = (open.id(), open.phase);
            return Err(Refusal::Day(format!("security {id} is {phase}; close every security first")));
        }
        if self.securities.values().any(|s| self.is_expiring(s.id())) {
            return Err(Refusal::Day("orders of the last day are still expiring; retry in a moment".into()));
        }
        self.date = date;
        self.sessions.forget_clordids();
        self.risk.exposures.begin_day();
        self.expire_lapsed();
        Ok(())
    }

    fn list(&mut self, listing: &Listing) -> Result<(), Refusal> {
        let id = listing.security;
        in_range("the security's number", id.0, MOST_SECURITIES)?;
        if self.securities.get(id).is_some() {
            return Err(exists("security", id.0));
        }
        if self.securities.values().any(|s| s.listing.symbol == listing.symbol) {
            return Err(Refusal::Listing(format!("symbol {} is listed already", listing.symbol)));
        }
        let security = Security::new(listing.clone()).map_err(Refusal::Listing)?;
        if security.listing.fees.is_some() {
            self.check_fee_account().map_err(Refusal::Listing)?;
        }
        self.securities.insert(id, security);
        // What the network told of its owners may have come before it was listed.
        self.count_stakes(id);
        Ok(())
    }

    fn allocate_units(
        &mut self,
        account: AccountId,
        security: SecurityId,
        units: Units,
        (acquired, restricted): (Time, bool),
    ) -> Result<(), Refusal> {
        self.without_network("allocations", "the owner")?;
        let of = self.accounts.get(account).ok_or(unknown("account", account.0))?;
        let (owner, holder) = (of.beneficial_owner, of.record_holder);
        let listed = self.find_security(security).ok_or(unknown("security", security.0))?;
        let issued = listed.issued.0.checked_add(units.0).filter(|&all| all <= i64::MAX as u64);
        let issued = issued.ok_or(Refusal::Overflow(format!("the units of security {security}")))?;
        if units.is_zero() || acquired > self.now {
            let (what, range) = ("units and acquisition".into(), "above 0, and not in the future".into());
            return Err(Refusal::OutOfRange { what, range });
        }
        if [self.holdings.position(owner, security), self.holdings.record(holder, security)]
            .iter()
            .any(Position::is_leaving)
        {
            return Err(Refusal::Leaving { account: account.0, security: security.0 });
        }
        let history = History::of_issue(acquired, restricted);
        if !self.holdings.allocate_units(account, security, units, history) {
            let lots = crate::holdings::MAX_LOTS as u64;
            return Err(Refusal::TooManyLots { account: account.0, security: security.0, lots });
        }
        let ground = self.ground(security, self.known.persons());
        let [of_owner, of_holder] = [owner, holder].map(|investor| ground.class(investor));
        let take = |stake: &mut Position, class| (stake.units, stake.class) = (stake.units + units, class);
        self.restake(owner, security, |stake| take(stake, of_owner));
        self.rerecord(holder, security, |stake| take(stake, of_holder));
        self.set_issued(security, Units(issued));
        Ok(())
    }

    fn allocate_cash(&mut self, account: AccountId, cash: CashId, amount: Money) -> Result<(), Refusal> {
        self.without_network("allocations", "the owner")?;
        self.accounts.get(account).ok_or(unknown("account", account.0))?;
        if amount.0 < 1 {
            return Err(Refusal::OutOfRange { what: "amount".into(), range: "above 0".into() });
        }
        let issued = self.issued_cash.get(&cash).copied().unwrap_or(Money::ZERO);
        let issued =
            issued.checked_add(amount).ok_or(Refusal::Overflow(format!("the cash of token {cash}")))?;
        self.issued_cash.insert(cash, issued);
        self.holdings.allocate_cash(account, cash, amount);
        Ok(())
    }

    fn without_network(&self, what: &str, signer: &str) -> Result<(), Refusal> {
        match self.params.and_then(|p| p.network) {
            None => Ok(()),
            Some(_) => Err(Refusal::Network(format!("{what} come from the network; have {signer} sign one"))),
        }
    }

    fn set_phase(
        &mut self,
        security: SecurityId,
        phase: Phase,
        from: Option<Phase>,
        request: RequestId,
        events: &mut Vec<Event>,
    ) -> Result<Option<Outcome>, Refusal> {
        let listed = self.find_security(security).ok_or(unknown("security", security.0))?;
        let now = listed.phase;
        if self.date == 0 {
            return Err(Refusal::Phase("no trading day has begun; start one first".into()));
        }
        if let Some(from) = from.filter(|&from| from != now) {
            return Err(Refusal::Phase(format!(
                "security {security} is {now}, not {from} as was expected; look at it before you set it to {phase}"
            )));
        }
        if listed.uncrossing || self.is_expiring(security) {
            let what = if listed.uncrossing { "its auction is being run" } else { "its orders are expiring" };
            return Err(Refusal::Phase(format!("security {security}: {what}; retry in a moment")));
        }
        // An operator makes the halt of an interruption its own.
        let takes_over = listed.interruption.is_some() && [now, phase] == [Phase::Halted; 2];
        if !now.leads_to(phase) && !takes_over {
            let next = Phase::ALL.iter().filter(|&&p| now.leads_to(p)).map(Phase::to_string);
            let next = next.collect::<Vec<_>>().join(", ");
            return Err(Refusal::Phase(format!(
                "security {security} is {now}, which leads to {next}; not to {phase}"
            )));
        }
        if listed.listing.call_only && phase == Phase::Continuous {
            return Err(Refusal::Phase(format!(
                "security {security} trades in auctions only; after one comes pre-open, post-close or closed"
            )));
        }
        self.set_timer(security, None);
        if now.uncrosses_on_leaving_for(phase) {
            self.begin_uncross(security, phase, Some(request));
            return Ok(None);
        }
        self.enter_phase(security, phase, events);
        Ok(Some(Outcome::Done))
    }

    fn adopt(
        &mut self,
        hash: RegistryHash,
        height: u64,
        as_of: Time,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        let staged = self.staged.remove(&hash);
        if self.params.is_some_and(|p| p.network.is_some()) && self.followed > 0 && height != self.followed {
            let followed = self.followed;
            return Err(Refusal::Network(format!(
                "the venue knows the network's height {followed}; its registry must be of the same"
            )));
        }
        if let Some(current) = &self.known.registry {
            if height <= current.height() {
                return Err(Refusal::StaleRegistry { offered: height, current: current.height() });
            }
            if as_of < current.as_of() {
                return Err(Refusal::RegistryTime);
            }
        }
        if as_of > self.now {
            return Err(Refusal::RegistryTime);
        }
        let registry = staged.expect("a registry is staged before it is adopted");
        assert_eq!(
            (registry.height(), registry.as_of()),
            (height, as_of),
            "a registry is what its hash says"
        );
        let changed = match &self.known.registry {
            Some(current) => {
                let mut changed = registry.changed_since(current);
                changed.extend(self.known.changed.keys());
                changed.sort_unstable();
                changed.dedup();
                changed
            }
            None => Vec::new(),
        };
        let was_stale = self.known.at(self.now).is_none();
        let before: Vec<InvestorId> = changed.iter().map(|&who| self.known.group(who)).collect();
        (self.known.registry, self.known.told) = (Some(registry), None);
        self.known.changed.clear();
        for (&who, before) in changed.iter().zip(before) {
            self.groups.move_open(who, before, self.known.group(who));
        }
        self.rescreen_later(changed);
        if was_stale {
            self.look_at_all_crosses_later();
        }
        events.push(Event::RegistryAdopted { hash, height });
        Ok(())
    }
}

/// Whether it is a date, `YYYYMMDD`, that a venue may have.
pub(crate) fn is_date(date: u32) -> bool {
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    (1970..=2554).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

fn exists(what: &str, number: u32) -> Refusal {
    Refusal::Exists { what: what.into(), number: number.into() }
}

fn unknown(what: &str, number: u32) -> Refusal {
    Refusal::Unknown { what: what.into(), number: number.into() }
}

fn in_range(what: &str, number: u32, most: u32) -> Result<(), Refusal> {
    let range = || format!("from 1 to {most}");
    let good = (1..=most).contains(&number);
    if good { Ok(()) } else { Err(Refusal::OutOfRange { what: what.into(), range: range() }) }
}
