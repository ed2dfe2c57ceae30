//! Carrying out what operators ask.

use super::admissions;
use super::market;
use super::pilot;
use super::protocol::{Ask, Reply, Text};
use super::risk;
use super::specs::{Onboarding, date, day_number, midnight, timestamp};
use super::trades;
use crate::pilot::Pilot;
use crate::settlement::desk::LedgerDesk;
use crate::status::Standing;
use crate::texts::{self, Cash, CashNames, Declared};
use crate::venue::{AskError, Desk};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tallystick_dsl::Security;
use tallystick_engine::approvals::Approval;
use tallystick_engine::command::{Action, Listing};
use tallystick_engine::reject::Refusal;
use tallystick_engine::rules::{Identity, Registry};
use tallystick_engine::types::{
    AccountId, CashId, FirmId, InvestorId, Money, SecurityId, SessionId, Time, Units,
};

use tallystick_ledger::names::VenueName;
use tallystick_ledger::reader::{Kind, Snapshot};
use tallystick_ledger::state::{Key, Record, SecurityRecord, View};
use tallystick_settlement::Pending;
use tallystick_settlement::advance::protocols_of;

pub(super) type Failure = Box<dyn std::error::Error>;

/// What operators' requests are carried out with.
#[derive(Clone, Debug)]
pub struct Desks {
    /// The venue.
    pub venue: Desk,
    /// The ledger on which its trades settle, and the venue's name there; none where nothing settles.
    pub ledger: Option<(LedgerDesk, VenueName)>,
    /// What cash tokens are called where nothing settles.
    pub cash: CashNames,
    /// What is admitted under the European Union's pilot regime.
    pub pilot: Pilot,
}

impl Desks {
    /// Of a venue whose trades settle nowhere, and whose admissions under the pilot regime are forgotten with this. Cash
    /// token 1 is called USD.
    pub fn rehearsal(venue: Desk) -> Desks {
        let cash = CashNames::from([("USD".into(), Cash { id: CashId(1), decimals: None })]);
        Desks { venue, ledger: None, cash, pilot: Pilot::forgetful() }
    }
}

/// The most trades that a listing of those that wait has.
pub const MOST_OBLIGATIONS: usize = 1_000;

/// How long a listing waits until the venue knows the security's holders.
const PATIENCE: Duration = Duration::from_secs(30);

/// Does what is asked, on behalf of a process of this user.
pub fn carry_out(desks: &Desks, ask: Ask, uid: u32) -> Reply {
    match act(desks, ask, uid) {
        Ok(result) => Reply::done(result),
        Err(error) => Reply::failed(error),
    }
}

fn act(desks: &Desks, ask: Ask, uid: u32) -> Result<Value, Failure> {
    let desk = &desks.venue;
    let ledger = desks.ledger.as_ref().map(|(ledger, _)| ledger);
    let seq = |action| desk.act(action, None, uid).map(|answer| json!({ "seq": answer.seq.0 }));
    match ask {
        Ask::Status => status(desks, uid),
        Ask::Securities => securities(desk),
        Ask::Obligations { limit } => obligations(desk, limit),
        Ask::List { security, listing, number } => list(desks, &security, &listing, number, uid),
        Ask::Onboard { people } => onboard(desk, ledger, &people, uid),
        Ask::FundUnits { account, security, units, acquired, restricted } => {
            let acquired = match acquired {
                Some(date) => midnight("acquired", date)?,
                None => desk.clock.now(),
            };
            let security = find(desk, &security)?;
            let (account, units) = (AccountId(account), Units(units));
            Ok(seq(Action::AllocateUnits { account, security, units, acquired, restricted })?)
        }
        Ask::Insider { security, investor, insider } => {
            let (security, investor) = (find(desk, &security)?, InvestorId(investor));
            let insider = insider.map(|spec| spec.insider()).transpose()?;
            Ok(seq(Action::SetInsider { security, investor, insider })?)
        }
        Ask::Disclose { security, disclosure } => {
            let (security, disclosure) = (find(desk, &security)?, disclosure.disclosure()?);
            Ok(seq(Action::Disclose { security, disclosure })?)
        }
        Ask::Approve { security, seller, buyer, units, until } => {
            let security = find(desk, &security)?;
            let until = match until {
                Some(date) => midnight("until", date)?,
                None if units == 0 => Time::NEVER,
                None => return Err("an approval has an end".into()),
            };
            let [seller, buyer] = [seller, buyer].map(InvestorId);
            let approval = Approval { security, seller, buyer, units: Units(units), until };
            Ok(seq(Action::Approve(approval))?)
        }
        Ask::Admit { security, firm } => admissions::admit(desk, &security, firm, uid),
        Ask::ShutOut { security, firm } => admissions::shut_out(desk, &security, firm, uid),
        Ask::FundCash { account, cash, amount } => {
            let (account, cash, amount) = (AccountId(account), CashId(cash), Money(amount));
            Ok(seq(Action::AllocateCash { account, cash, amount })?)
        }
        Ask::Phase { security, phase, from } => {
            let security = find(desk, &security)?;
            Ok(seq(Action::SetPhase { security, phase, from })?)
        }
        Ask::Bust { trade } => trades::bust(desk, trade, uid),
        Ask::Correct { trade, price } => trades::correct(desk, trade, &price, uid),
        Ask::CancelOrder { order } => trades::cancel_order(desk, order, uid),
        Ask::Oblige { account, security, obligation } => {
            market::oblige(desk, account, &security, obligation, uid)
        }
        Ask::Obliged { security } => market::obliged(desk, &security, uid),
        Ask::Quoted { date } => market::quoted(desk, date),
        Ask::Fees { security, fees } => market::fees(desk, &security, fees, uid),
        Ask::Reference { security, price } => market::reference(desk, &security, &price, uid),
        Ask::Day { date: day } => {
            let day = day.unwrap_or_else(|| date(desk.clock.now()));
            Ok(seq(Action::StartDay { date: day_number(day) })?)
        }
        Ask::RiskSet { scope, limits, restrict } => risk::set(desk, scope, limits, &restrict, uid),
        Ask::RiskShow { scope } => risk::show(desk, scope, uid),
        Ask::Block { scope } => risk::block(desk, scope, uid),
        Ask::Unblock { scope } => Ok(seq(Action::Unblock { scope })?),
        Ask::MassCancel { orders } => risk::mass_cancel(desk, &orders, uid),
        Ask::Pilot => pilot::show(desks),
        Ask::PilotValue { security, value, as_of } => pilot::set_value(desks, &security, &value, as_of),
        Ask::Snapshot => {
            let taken = desk.snapshot(uid)?;
            Ok(json!({ "seq": taken.seq.0, "state_hash": taken.hash.to_string() }))
        }
        Ask::Ledger { about } => match &desks.ledger {
            Some((ledger, venue)) => ledger.answer(about, *venue, desk.clock.now()),
            None => {
                Err("this venue settles on no network (`settlement.network` in its configuration)".into())
            }
        },
    }
}

fn status(desks: &Desks, uid: u32) -> Result<Value, Failure> {
    let mut status = serde_json::to_value(desks.venue.status(uid)?)?;
    if let Some(pilot) = pilot::status(desks)? {
        status["pilot"] = pilot;
    }
    Ok(status)
}

fn securities(desk: &Desk) -> Result<Value, Failure> {
    Ok(desk.look(|directory, _| {
        let row = |(listing, phase): &(Listing, _)| {
            let mut row = json!({
                "security": listing.security.0,
                "symbol": listing.symbol,
                "phase": phase,
                "tick": listing.ticks.tick.to_string(),
                "lot": listing.ticks.lot.0,
                "rules": listing.protocols.iter().map(|protocol| protocol.rules.len()).sum::<usize>(),
            });
            if let Some(fees) = &listing.fees {
                row["fees"] = json!(fees);
            }
            if listing.gated {
                row["admitted"] = directory.admitted(listing.security).map(|firm| firm.0).collect();
            }
            stands(&mut row, &directory.standing(listing.security));
            row
        };
        Value::Array(directory.securities.values().map(row).collect())
    })?)
}

/// Of an interruption, and of an auction whose call gathers, if there is one.
fn stands(row: &mut Value, standing: &Standing) {
    if let Some(interruption) = &standing.interruption {
        row["interrupted"] = json!({
            "until": timestamp(interruption.until),
            "prolonged": interruption.prolonged,
        });
        if let Some(hit) = &interruption.hit {
            let (reference, price) = (hit.reference.to_string(), hit.price.to_string());
            row["interrupted"]["hit"] = json!({ "band": hit.band, "around": reference, "price": price });
        }
    }
    if let Some(indicative) = &standing.indicative {
        row["indicative"] = json!({
            "price": indicative.price.map(|price| price.to_string()),
            "units": indicative.units.0,
            "surplus": indicative.surplus.0,
            "side": indicative.side,
        });
    }
}

fn obligations(desk: &Desk, limit: usize) -> Result<Value, Failure> {
    if limit > MOST_OBLIGATIONS {
        return Err(format!("a listing has at most {MOST_OBLIGATIONS} trades, not {limit}").into());
    }
    // Looked at on the thread that serves the clients: it only copies, and not much.
    let (waiting, oldest) = desk.look(move |directory, outbox| {
        let with_symbol = |p: &Pending| (p.clone(), directory.securities[&p.security].0.symbol.clone());
        (outbox.len(), outbox.pending().take(limit).map(with_symbol).collect::<Vec<_>>())
    })?;
    let rows: Vec<Value> = oldest
        .iter()
        .map(|(p, symbol)| {
            json!({
                "trade": p.trade.0,
                "seq": p.seq.0,
                "time_ns": p.time.0,
                "symbol": symbol,
                "price": p.price.to_string(),
                "units": p.units.0,
                "money": p.money.0,
                "buyer_fee": p.buyer_fee.0,
                "seller_fee": p.seller_fee.0,
                "seller": p.seller.0,
                "buyer": p.buyer.0,
                "lots": p.lots.iter().map(|l| json!({ "lot": l.lot.0, "units": l.units.0 })).collect::<Vec<_>>(),
                "state": "pending",
            })
        })
        .collect();
    Ok(json!({ "pending": waiting, "oldest": rows }))
}

/// Lists what two texts say. On a network the security must stand on the register with this very text, and the venue must
/// know its holders before anybody trades.
fn list(desks: &Desks, text: &Text, listing: &Text, number: Option<u32>, uid: u32) -> Result<Value, Failure> {
    let desk = &desks.venue;
    let declared = texts::security(&text.name, &text.text)?;
    let listing = texts::listing(&listing.name, &listing.text)?;
    declared.belongs(&listing)?;
    let instrument = pilot::stated(&declared, &listing)?;
    let (security, protocols, disclosure, cash) = match &desks.ledger {
        Some((ledger, _)) => {
            let snapshot = ledger.snapshot();
            let record = registered(&snapshot, &declared, number)?;
            let height = snapshot.head().height;
            let program = record.rules_at(height).map(protocols_of).unwrap_or_default();
            let disclosure = record.disclosure_at(height).copied().unwrap_or_default();
            (record.security, program, disclosure, cash_names(&snapshot))
        }
        None => {
            let security = match number {
                Some(number) => SecurityId(number),
                None => desk.look(|directory, _| directory.next_security())?,
            };
            let Security { protocols, disclosure, .. } = declared.security.clone();
            (security, protocols, disclosure, desks.cash.clone())
        }
    };
    let listing = Listing { protocols, disclosure, ..declared.listed(&listing, security, &cash)? };
    let seq = pilot::list(desks, instrument, listing, uid)?;
    if desks.ledger.as_ref().is_some_and(|(ledger, _)| !ledger.wait_followed(PATIENCE)) {
        return Err(format!(
            "security {security} is listed, but its holders are not known yet: the network makes no blocks; \
             see `tallystick settlement status` before it is opened"
        )
        .into());
    }
    Ok(json!({ "seq": seq.0, "security": security.0, "text": declared.hash }))
}

/// The security on the register that was issued with this text. The program that it was issued with must be the one that
/// the text is compiled to: the hash says what was read, the program what is enforced.
fn registered(
    snapshot: &Snapshot,
    declared: &Declared,
    number: Option<u32>,
) -> Result<SecurityRecord, Failure> {
    let of_text = snapshot.records(Kind::Security).filter_map(|(_, record)| match record {
        Record::Security(record) if record.terms.text == declared.hash => Some(record),
        _ => None,
    });
    let mut found: Vec<SecurityRecord> = of_text.collect();
    let numbers: Vec<u32> = found.iter().map(|record| record.security.0).collect();
    if let Some(number) = number {
        found.retain(|record| record.security == SecurityId(number));
    }
    let hash = declared.hash;
    let record = match (found.pop(), found.is_empty()) {
        (Some(record), true) => record,
        (Some(_), false) => {
            return Err(format!(
                "the register has several securities with the text {hash}: {numbers:?}; say which"
            )
            .into());
        }
        (None, _) if numbers.is_empty() => {
            return Err(format!(
                "the register has no security with the text {hash}; it must be issued first, with this text as it is"
            )
            .into());
        }
        (None, _) => {
            return Err(format!(
                "the register has the text {hash} under {numbers:?}, and under no other number"
            )
            .into());
        }
    };
    if record.terms.protocols != declared.program().protocols() {
        return Err(format!(
            "security {} was issued with this text and with other rules than the text is compiled to: it can't be listed",
            record.security
        )
        .into());
    }
    Ok(record)
}

/// The cash tokens of a register by their names, where only one has it, and by their numbers.
fn cash_names(snapshot: &Snapshot) -> CashNames {
    let mut names = CashNames::new();
    let mut taken = BTreeSet::new();
    for (_, record) in snapshot.records(Kind::Cash) {
        let Record::Cash(record) = record else { continue };
        let cash = Cash { id: record.cash, decimals: Some(record.decimals) };
        names.insert(record.cash.to_string(), cash);
        if taken.insert(record.name.clone()) {
            names.insert(record.name, cash);
        } else {
            names.remove(&record.name);
        }
    }
    names
}

pub(super) fn find(desk: &Desk, name: &str) -> Result<SecurityId, Failure> {
    let wanted = name.to_owned();
    let found = desk.look(move |directory, _| directory.find(&wanted).map(|listing| listing.security))?;
    found.ok_or_else(|| format!("no security is called {name:?}; `securities` shows those listed").into())
}

/// Everything is looked at before anything is done; what exists already is left as it is.
fn onboard(
    desk: &Desk,
    ledger: Option<&LedgerDesk>,
    people: &Onboarding,
    uid: u32,
) -> Result<Value, Failure> {
    if let Some(ledger) = ledger {
        check_register(&ledger.snapshot(), people)?;
    }
    let mut identities = Vec::new();
    for (n, spec) in people.investors.iter().enumerate() {
        identities.push(spec.identity().map_err(|e| format!("investors[{n}].{e}"))?);
    }
    let mut keys = Vec::new();
    for (n, spec) in people.sessions.iter().enumerate() {
        keys.push(spec.key().map_err(|e| format!("sessions[{n}].{e}"))?);
    }
    let mut firms = 0;
    for spec in &people.firms {
        firms += u32::from(add(desk, Action::AddFirm { firm: FirmId(spec.firm) }, uid)?);
    }
    let mut sessions = 0;
    for (spec, key) in people.sessions.iter().zip(keys) {
        let (session, firm) = (SessionId(spec.session), FirmId(spec.firm));
        sessions +=
            u32::from(add(desk, Action::AddSession { session, firm, key, options: spec.options() }, uid)?);
    }
    let registry = if identities.is_empty() { None } else { Some(merge(desk, identities, uid)?) };
    let mut accounts = Vec::new();
    for spec in &people.accounts {
        let account = match spec.account {
            Some(number) => AccountId(number),
            None => desk.look(|directory, _| directory.next_account())?,
        };
        let beneficial_owner = InvestorId(spec.owner);
        let record_holder = InvestorId(spec.record_holder.unwrap_or(spec.owner));
        let firm = FirmId(spec.firm);
        desk.act(Action::AddAccount { account, firm, record_holder, beneficial_owner }, None, uid)?;
        accounts.push(account.0);
    }
    Ok(json!({ "firms": firms, "sessions": sessions, "registry": registry, "accounts": accounts }))
}

/// Persons come from the network, and accounts are those of its register.
fn check_register(register: &Snapshot, people: &Onboarding) -> Result<(), Failure> {
    if !people.investors.is_empty() {
        return Err("`investors` come from the network: have a claim issuer register and attest them".into());
    }
    for (n, spec) in people.accounts.iter().enumerate() {
        let number =
            spec.account.ok_or(format!("accounts[{n}].account is missing: its number on the register"))?;
        let Some(Record::Account(record)) = register.get(&Key::Account(AccountId(number))) else {
            return Err(format!(
                "accounts[{n}]: the register has no account {number}; a custodian must open it"
            )
            .into());
        };
        let says = (record.record_holder.0, record.beneficial_owner.0);
        if says != (spec.record_holder.unwrap_or(spec.owner), spec.owner) {
            return Err(format!(
                "accounts[{n}]: the register says that account {number} is held by {} for {}",
                says.0, says.1
            )
            .into());
        }
    }
    Ok(())
}

/// Adds something; `false` if something of that number exists.
fn add(desk: &Desk, action: Action, uid: u32) -> Result<bool, Failure> {
    match desk.act(action, None, uid) {
        Ok(_) => Ok(true),
        Err(AskError::Refused(Refusal::Exists { .. })) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The registry in force with these identities in place of those of the same investors.
fn merge(desk: &Desk, identities: Vec<Identity>, uid: u32) -> Result<Value, Failure> {
    let current = desk.look(|directory, _| directory.registry.clone())?;
    let mut all: BTreeMap<InvestorId, Identity> = BTreeMap::new();
    let known = current.iter().flat_map(|r| r.identities()).copied();
    all.extend(known.chain(identities).map(|identity| (identity.investor, identity)));
    let (height, since) = current.map_or((0, Time(0)), |r| (r.height(), r.as_of()));
    let as_of = desk.clock.now().max(since);
    let registry = Registry::new(height + 1, as_of, all.into_values().collect())?;
    let (height, hash) = (registry.height(), registry.hash().to_string());
    let investors = registry.identities().len();
    desk.adopt(registry, uid)?;
    Ok(json!({ "height": height, "hash": hash, "investors": investors }))
}
