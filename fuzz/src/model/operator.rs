//! What operators ask: each is done, or refused with nothing changed.

use super::stakes::day_of;
use super::ticks::{self, good_ticks};
use super::{Model, Security, UnitsDeposit, holdings::MOST_LOTS};
use std::collections::BTreeMap;
use std::sync::Arc;
use tallystick_engine::accounts::Account;
use tallystick_engine::command::{Action, Listing, Request, VenueParams};
use tallystick_engine::event::{Counts, Event, Outcome};
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Refusal;
use tallystick_engine::snapshot::SessionState;
use tallystick_engine::types::{
    AccountId, CashId, InvestorId, Money, RequestId, SecurityId, Seq, TickRuleError, Ticks, Time, Units,
};
use tallystick_rules::{History, Identity, Path, Program, RegistryHash, Source};

impl Model {
    pub(super) fn operate(&mut self, ask: &Request) {
        let result = match self.act(ask) {
            Ok(None) => return,
            Ok(Some(outcome)) => Ok(outcome),
            Err(refusal) => Err(refusal),
        };
        self.say(Event::Answered { request: ask.request, result });
    }

    /// What came of it; nothing yet, if it is answered when its work is done.
    fn act(&mut self, ask: &Request) -> Result<Option<Outcome>, Refusal> {
        let opens = matches!(ask.action, Action::OpenVenue(_));
        if self.params.is_none() && !opens {
            return Err(Refusal::VenueNotOpen);
        }
        match &ask.action {
            Action::OpenVenue(params) => self.open_venue(*params)?,
            Action::StartDay { date } => self.start_day(*date)?,
            Action::AddFirm { firm } => {
                refuse(self.firms.contains(firm), exists("firm", firm.0))?;
                self.firms.push(*firm);
            }
            Action::AddSession { session, firm, key, options } => {
                refuse(!self.firms.contains(firm), unknown("firm", firm.0))?;
                if session.0 == 0 || session.0 == u32::MAX {
                    let (what, range) = ("the session's number".into(), "from 1 to 4294967294".into());
                    return Err(Refusal::OutOfRange { what, range });
                }
                let taken = self.sessions.iter().any(|s| s.session == *session);
                refuse(taken, exists("session", session.0))?;
                self.good_options(*firm, options)?;
                self.sessions.push(SessionState {
                    session: *session,
                    firm: *firm,
                    key: *key,
                    options: *options,
                    version: 0,
                    since: Seq(0),
                    connected: false,
                    next_in: 1,
                    next_out: 1,
                    clordids: Vec::new(),
                });
            }
            Action::AddAccount { account, firm, record_holder, beneficial_owner } => {
                refuse(!self.firms.contains(firm), unknown("firm", firm.0))?;
                in_range("the account's number", account.0, 16_777_216)?;
                refuse(self.account(*account).is_some(), exists("account", account.0))?;
                let (account, firm) = (*account, *firm);
                let (record_holder, beneficial_owner) = (*record_holder, *beneficial_owner);
                self.accounts.push(Account { account, firm, record_holder, beneficial_owner });
            }
            Action::List(listing) => self.list(listing)?,
            Action::AllocateUnits { account, security, units, acquired, restricted } => {
                self.allocate_units(*account, *security, *units, *acquired, *restricted)?;
            }
            Action::SetInsider { security, investor, insider } => {
                self.without_network("insiders", "the registrar")?;
                refuse(self.security(*security).is_none(), unknown("security", security.0))?;
                self.note_insider(*security, *investor, *insider);
            }
            Action::Disclose { security, disclosure } => {
                self.without_network("disclosures", "issuer and registrar")?;
                refuse(self.security(*security).is_none(), unknown("security", security.0))?;
                self.note_disclosure(*security, disclosure);
            }
            Action::Approve(approval) => self.approve(*approval)?,
            Action::Admission { security, firm, admitted } => self.admit(*security, *firm, *admitted)?,
            Action::AllocateCash { account, cash, amount } => self.allocate_cash(*account, *cash, *amount)?,
            Action::SetPhase { security, phase, from } => {
                return self.set_phase(*security, *phase, *from, ask.request);
            }
            Action::AdoptRegistry { hash, height, as_of } => self.adopt(*hash, *height, *as_of)?,
            Action::Checkpoint => {}
            Action::SetFees { security, fees } => self.set_fees(*security, *fees)?,
            Action::SetReference { security, price } => self.set_reference(*security, *price)?,
            Action::Follow(news) => self.follow(news)?,
            Action::BustTrade { trade, terms } => return self.undo(*trade, None, terms.as_deref()).map(Some),
            Action::CorrectTrade { trade, price, terms } => {
                return self.undo(*trade, Some(*price), terms.as_deref()).map(Some);
            }
            Action::SetObligation { account, security, obligation } => {
                self.set_obligation(*account, *security, *obligation)?;
            }
            Action::ShowObligations { security } => return self.show_obligations(*security).map(Some),
            Action::CancelOrder { order } => self.cancel_for(*order)?,
            Action::SetRisk { scope, limits } => self.set_risk_for(*scope, limits)?,
            Action::Block { scope } => self.block_for(*scope)?,
            Action::Unblock { scope } => self.unblock_for(*scope)?,
            Action::MassCancel(filter) => {
                self.mass_cancel_for(*filter, ask.request)?;
                return Ok(None);
            }
            Action::ShowRisk { scope } => return Ok(Some(self.show_risk(*scope)?)),
            Action::Status => return Ok(Some(Outcome::Status(self.counts()))),
        }
        Ok(Some(Outcome::Done))
    }

    fn open_venue(&mut self, params: VenueParams) -> Result<(), Refusal> {
        refuse(self.params.is_some(), Refusal::VenueOpen)?;
        let (what, range) = ("max_open_orders".into(), "from 1 to 8388608".into());
        let good = (1..=8_388_608).contains(&params.max_open_orders);
        refuse(!good, Refusal::OutOfRange { what, range })?;
        if let Some(account) = params.fee_account {
            in_range("the number of the account for fees", account.0, 16_777_216)?;
        }
        self.params = Some(params);
        Ok(())
    }

    fn start_day(&mut self, date: u32) -> Result<(), Refusal> {
        let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
        let a_date = (1970..=2554).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        refuse(!a_date, Refusal::Day(format!("{date} is no date; write YYYYMMDD")))?;
        let before = self.date;
        let begun = format!("the day {before} has begun already; a later one must follow");
        refuse(date <= before, Refusal::Day(begun))?;
        let open = self.securities.iter().filter(|s| s.phase != Phase::Closed);
        if let Some(open) = open.min_by_key(|s| s.listing.security) {
            let (id, phase) = (open.listing.security, open.phase);
            return Err(Refusal::Day(format!("security {id} is {phase}; close every security first")));
        }
        let expiring = "orders of the last day are still expiring; retry in a moment";
        let any = self.securities.iter().any(|s| self.is_expiring(s.listing.security));
        refuse(any, Refusal::Day(expiring.into()))?;
        (self.date, self.day_began) = (date, self.seq);
        // Orders that stay keep their names by being open.
        for session in &mut self.sessions {
            session.clordids.clear();
        }
        self.expire_lapsed();
        Ok(())
    }

    fn list(&mut self, listing: &Listing) -> Result<(), Refusal> {
        let id = listing.security;
        in_range("the security's number", id.0, 1_048_576)?;
        refuse(self.security(id).is_some(), exists("security", id.0))?;
        if self.securities.iter().any(|s| s.listing.symbol == listing.symbol) {
            return Err(Refusal::Listing(format!("symbol {} is listed already", listing.symbol)));
        }
        let bad_ticks = |error: TickRuleError| Refusal::Listing(error.to_string());
        good_ticks(&listing.ticks).map_err(bad_ticks)?;
        let symbol = "the symbol must be one to twelve printable ASCII characters";
        let length = listing.symbol.len();
        let good = (1..=12).contains(&length) && listing.symbol.chars().all(|c| ('!'..='~').contains(&c));
        refuse(!good, Refusal::Listing(symbol.into()))?;
        let prices = ticks::list(&listing.ticks);
        let tick = listing.ticks.tick.0;
        let reference = prices.iter().position(|steps| steps * tick == listing.reference.0);
        let reference = reference.unwrap_or(0) as i64;
        let text = "the reference price must lie on a tick, from one tick to the maximum price";
        refuse(reference == 0, Refusal::Listing(text.into()))?;
        let (lot, most) = (listing.ticks.lot.0, listing.ticks.max_quantity.0);
        let round = listing.round_lot.map_or(lot, |round| round.0);
        let good = (lot..=1_000 * lot).contains(&round) && round.is_multiple_of(lot);
        let good = good && (listing.round_lot.is_none() || round <= most);
        let text = "the round lot must be a multiple of the lot, at most 1000 lots and the maximum quantity";
        refuse(!good, Refusal::Listing(text.into()))?;
        super::bands::good_bands(listing, &prices).map_err(Refusal::Listing)?;
        Program::new(listing.protocols.clone()).map_err(|e| Refusal::Listing(e.to_string()))?;
        self.good_fees(listing.fees.as_ref()).map_err(|refusal| match refusal {
            Refusal::OutOfRange { what, range } => Refusal::Listing(format!("{what} must be {range}")),
            other => other,
        })?;
        let (listing, reference) = (listing.clone(), Ticks(reference));
        let tallies = super::amend::looked_at(&listing.protocols);
        let (phase, uncrossing, epoch, coming, shared) = (Phase::Closed, false, 1, None, false);
        let triggers = Vec::new();
        let prices = Arc::new(prices);
        self.securities.push(Security {
            listing,
            admitted: Vec::new(),
            prices,
            phase,
            uncrossing,
            reference,
            static_reference: reference,
            traded: false,
            interruption: None,
            gathering: None,
            triggers,
            epoch,
            shared,
            coming,
            tallies,
        });
        Ok(())
    }

    fn allocate_units(
        &mut self,
        account: AccountId,
        security: SecurityId,
        units: Units,
        acquired: Time,
        restricted: bool,
    ) -> Result<(), Refusal> {
        self.without_network("allocations", "the owner")?;
        refuse(self.account(account).is_none(), unknown("account", account.0))?;
        refuse(self.security(security).is_none(), unknown("security", security.0))?;
        let all = u128::from(self.deposited(|d| d.security == security)) + u128::from(units.0);
        let overflow = Refusal::Overflow(format!("the units of security {security}"));
        refuse(all > i64::MAX as u128, overflow)?;
        let (what, range) = ("units and acquisition".into(), "above 0, and not in the future".into());
        refuse(units.0 == 0 || acquired > self.now, Refusal::OutOfRange { what, range })?;
        let (of, to) = (security.0, account.0);
        refuse(self.is_leaving(account, security), Refusal::Leaving { account: to, security: of })?;
        let lots = self.lots(account, security);
        let day = day_of(acquired);
        let history = History {
            acquired: day,
            issued: day,
            source: Source::Issuer,
            path: Path::Plain,
            restricted,
            paid: true,
        };
        let is_new = !lots.iter().any(|lot| lot.history == history);
        if is_new && lots.len() >= MOST_LOTS {
            return Err(Refusal::TooManyLots { account: to, security: of, lots: MOST_LOTS as u64 });
        }
        self.units_in.push(UnitsDeposit { account, security, units: units.0, history });
        self.recount(account, security);
        Ok(())
    }

    fn allocate_cash(&mut self, account: AccountId, cash: CashId, amount: Money) -> Result<(), Refusal> {
        self.without_network("allocations", "the owner")?;
        refuse(self.account(account).is_none(), unknown("account", account.0))?;
        let (what, range) = ("amount".into(), "above 0".into());
        refuse(amount.0 <= 0, Refusal::OutOfRange { what, range })?;
        let before: i128 = self.cash_in.iter().filter(|d| d.1 == cash).map(|d| i128::from(d.2.0)).sum();
        let overflow = Refusal::Overflow(format!("the cash of token {cash}"));
        refuse(before + i128::from(amount.0) > i128::from(i64::MAX), overflow)?;
        self.cash_in.push((account, cash, amount));
        Ok(())
    }

    pub(super) fn without_network(&self, what: &str, signer: &str) -> Result<(), Refusal> {
        let words = format!("{what} come from the network; have {signer} sign one");
        refuse(self.network().is_some(), Refusal::Network(words))
    }

    fn set_phase(
        &mut self,
        security: SecurityId,
        next: Phase,
        from: Option<Phase>,
        request: RequestId,
    ) -> Result<Option<Outcome>, Refusal> {
        let listed = self.security(security).ok_or(unknown("security", security.0))?;
        let (now, uncrossing) = (listed.phase, listed.uncrossing);
        let no_day = "no trading day has begun; start one first";
        refuse(self.date == 0, Refusal::Phase(no_day.into()))?;
        if let Some(from) = from.filter(|from| *from != now) {
            return Err(Refusal::Phase(format!(
                "security {security} is {now}, not {from} as was expected; look at it before you set it to {next}"
            )));
        }
        let retry = |what| Refusal::Phase(format!("security {security}: {what}; retry in a moment"));
        refuse(uncrossing, retry("its auction is being run"))?;
        refuse(self.is_expiring(security), retry("its orders are expiring"))?;
        let timer = self.security(security).expect("it is listed").interruption;
        let takes_over = timer.is_some() && (now, next) == (Phase::Halted, Phase::Halted);
        if !may_follow(now).contains(&next) && !takes_over {
            let names: Vec<String> = may_follow(now).iter().map(Phase::to_string).collect();
            let names = names.join(", ");
            return Err(Refusal::Phase(format!(
                "security {security} is {now}, which leads to {names}; not to {next}"
            )));
        }
        let auctions_only = format!(
            "security {security} trades in auctions only; after one comes pre-open, post-close or closed"
        );
        let call_only = self.security(security).expect("it is listed").listing.call_only;
        refuse(call_only && next == Phase::Continuous, Refusal::Phase(auctions_only))?;
        self.security_mut(security).interruption = None;
        if now.is_call() && next != Phase::Halted {
            self.begin_uncross(security, next, Some(request));
            return Ok(None);
        }
        self.enter_phase(security, next);
        Ok(Some(Outcome::Done))
    }

    fn adopt(&mut self, hash: RegistryHash, height: u64, as_of: Time) -> Result<(), Refusal> {
        let followed = self.followed;
        let other =
            format!("the venue knows the network's height {followed}; its registry must be of the same");
        refuse(followed > 0 && height != followed, Refusal::Network(other))?;
        if let Some(current) = &self.registry {
            let current_height = current.height();
            let stale = Refusal::StaleRegistry { offered: height, current: current_height };
            refuse(height <= current_height, stale)?;
            refuse(as_of < current.as_of(), Refusal::RegistryTime)?;
        }
        refuse(as_of > self.now, Refusal::RegistryTime)?;
        let found = self.offered.iter().find(|r| r.hash() == hash);
        let adopted = found.expect("a registry is offered before it is adopted").clone();
        let stale = self.reliable().is_none();
        let told: Vec<InvestorId> = std::mem::take(&mut self.persons).into_keys().collect();
        self.told = None;
        if let Some(before) = self.registry.replace(adopted.clone()) {
            let of = |list: &[Identity]| -> BTreeMap<InvestorId, Identity> {
                list.iter().map(|i| (i.investor, *i)).collect()
            };
            let (old, new) = (of(before.identities()), of(adopted.identities()));
            let mut owners: Vec<InvestorId> = old.keys().chain(new.keys()).copied().collect();
            owners.sort();
            owners.dedup();
            owners.retain(|owner| old.get(owner) != new.get(owner));
            owners.extend(told);
            owners.sort();
            owners.dedup();
            self.look_again_later(owners);
        }
        if stale {
            self.look_at_all_crosses_later();
        }
        self.say(Event::RegistryAdopted { hash, height });
        Ok(())
    }

    fn counts(&self) -> Counts {
        Counts {
            firms: self.firms.len() as u64,
            sessions: self.sessions.len() as u64,
            accounts: self.accounts.len() as u64,
            securities: self.securities.len() as u64,
            open_orders: self.orders.len() as u64,
            awaiting: self.awaiting.len() as u64,
            trades: self.trades_made(),
            unsettled: self.trades.len() as u64,
            busted: self.decided.iter().filter(|(_, passed)| !passed).count() as u64,
            followed: self.followed,
            work: self.work.len() as u64,
            date: self.date,
            registry_height: self.known_height(),
        }
    }
}

/// The phases that may come next.
pub fn may_follow(phase: Phase) -> Vec<Phase> {
    use Phase::{
        Closed, ClosingAuction, Continuous, Halted, OpeningAuction, PostClose, PreOpen, ReopeningAuction,
    };
    match phase {
        Closed => vec![PreOpen],
        PreOpen => vec![Closed, OpeningAuction, Halted, ClosingAuction],
        OpeningAuction | ReopeningAuction => vec![Closed, PreOpen, Continuous, Halted, PostClose],
        Continuous => vec![Closed, Halted, ClosingAuction, PostClose],
        Halted => vec![Closed, PreOpen, ReopeningAuction, ClosingAuction, PostClose],
        ClosingAuction => vec![Closed, PreOpen, Halted, PostClose],
        PostClose => vec![Closed],
    }
}

pub(super) fn refuse<E>(when: bool, why: E) -> Result<(), E> {
    if when { Err(why) } else { Ok(()) }
}

fn exists(what: &str, number: u32) -> Refusal {
    Refusal::Exists { what: what.into(), number: number.into() }
}

pub(super) fn unknown(what: &str, number: u32) -> Refusal {
    Refusal::Unknown { what: what.into(), number: number.into() }
}

fn in_range(what: &str, number: u32, most: u32) -> Result<(), Refusal> {
    let range = format!("from 1 to {most}");
    refuse(number == 0 || number > most, Refusal::OutOfRange { what: what.into(), range })
}
