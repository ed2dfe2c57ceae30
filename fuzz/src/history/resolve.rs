//! What a step means just now.

use super::circumstances::{after, newer_registry, next_day, onward, to_call};
use super::deed::Told;
use super::ledger::Ledger;
use super::lots::history;
use super::setup::{FIRMS, Setup};
use super::step::{Name, NewQuantity, Price, Quantity, Step, Target};
use crate::model::Model;
use crate::model::order::Order;
use std::sync::Arc;
use tallystick_engine::command::{
    Action, CancelOrder, Command, From, Negotiate, NewOrder, OrderRef, RefusedMessage, ReplaceOrder, Request,
};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{
    AccountId, CashId, ClOrdId, Money, Price as WirePrice, RequestId, SecurityId, SessionId, Side, Ticks,
    Time, Units,
};
use tallystick_rules::Registry;

/// A command at its time, and the registry that it adopts if it adopts one.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub now: Time,
    /// What.
    pub command: Command,
    /// To be staged before.
    pub registry: Option<Arc<Registry>>,
}

/// How far a step has come; most are one command.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    given: usize,
    pub(super) day_begun: bool,
    told: bool,
}

/// The most commands that one step comes to.
const MOST: usize = 24;

/// The next command of a step; nothing, once it is over.
pub fn resolve(
    step: &Step,
    progress: &mut Progress,
    setup: &Setup,
    model: &Model,
    ledger: &mut Ledger,
) -> Option<Entry> {
    let most = match step {
        Step::Crowd { many, .. } => usize::from(*many),
        Step::Onward { .. } | Step::NextDay | Step::Auction { .. } | Step::Network { .. } => MOST,
        _ => 1,
    };
    if progress.given == most {
        return None;
    }
    progress.given += 1;
    let now = Time(model.now.0 + 1_000);
    let mut entry = Entry { now, command: Command::Tick, registry: None };
    let operate = |action| {
        let request = RequestId(1_000 + model.seq.0);
        Command::Operator(Request { request, uid: 1, action })
    };
    entry.command = match step {
        Step::New { .. } => Command::New(new_order(step, model)),
        Step::Crowd { account, security, buy, asks, .. } => {
            let price = Price::Near(progress.given as i64 % 5 - 2);
            let (asks, quantity, name) = (*asks, Quantity::Lots(1), Name::Fresh);
            let (account, security, buy, other_firm) = (*account, *security, *buy, false);
            let one = Step::New { account, security, buy, asks, price, quantity, name, other_firm };
            Command::New(new_order(&one, model))
        }
        Step::Replace { target, price, stop, quantity, name } => {
            replace(target, price, stop, quantity, name, model)?
        }
        Step::Cancel { target, name } => {
            let (session, original, order) = find(target, model)?;
            let clordid = name_of(name, session, model);
            let order = stated(clordid, original, order, target);
            Command::Cancel(CancelOrder { from: from(session, model), order })
        }
        Step::Wait(wait) => {
            entry.now = after(wait, model);
            Command::Tick
        }
        Step::Continue => Command::Continue,
        Step::Onward { security } => onward(*security, model).map(operate_or_continue(&operate))?,
        Step::Auction { security, call } => {
            to_call(*security, *call, model).map(operate_or_continue(&operate))?
        }
        Step::NextDay => next_day(progress, model).map(operate_or_continue(&operate))?,
        Step::Phase { security, phase } => {
            let listed = &model.securities[choose(*security, model.securities.len())];
            // Now and then it says which phase it leaves, rightly or not.
            let from = match model.seq.0 % 4 {
                0 => Some(listed.phase),
                1 => Some(Phase::Continuous),
                _ => None,
            };
            let security = listed.listing.security;
            operate(Action::SetPhase { security, phase: *phase, from })
        }
        Step::StartDay { date } => operate(Action::StartDay { date: *date }),
        Step::Units { account, security, units, age_days, restricted } => {
            let security = security_of(*security, model);
            // 200: somebody who is about to leave, if anybody is.
            let mut leaving = model.accounts.iter().map(|a| a.account);
            let leaving = leaving.find(|a| *account == 200 && model.is_leaving(*a, security));
            let account = leaving.unwrap_or(account_of(*account, model));
            let acquired = Time(model.now.0 - age_days * Time::DAY_NS);
            if model.network().is_some() {
                let history = history(acquired, *restricted, (model.seq.0 % 16) as u8);
                ledger.issue(account, security, *units, history);
                return None;
            }
            let (units, restricted) = (Units(*units), *restricted);
            operate(Action::AllocateUnits { account, security, units, acquired, restricted })
        }
        Step::Cash { account, amount } => {
            let (account, cash, amount) = (account_of(*account, model), CashId(1), Money(*amount));
            if model.network().is_some() {
                ledger.pay_in(account, cash, amount.0);
                return None;
            }
            operate(Action::AllocateCash { account, cash, amount })
        }
        Step::Network { deed, told } => {
            model.network()?;
            if progress.given == 1 {
                deed.happen(setup, model, ledger);
            }
            if progress.told && *told == Told::WithWork && !model.work.is_empty() {
                entry.command = Command::Continue;
                return Some(entry);
            }
            let most = match told {
                Told::WithWork if !progress.told => u8::MAX,
                Told::Part(most) if progress.given == 1 => *most,
                Told::Whole(most) if !progress.told => *most,
                _ => return None,
            };
            let news = ledger.tell(now, most.into());
            progress.told = news.complete;
            operate(Action::Follow(news))
        }
        Step::OddNews(odd) => operate(Action::Follow(odd.news(model, ledger))),
        Step::Adopt(change) => {
            let registry = Arc::new(newer_registry(change, setup, model));
            let (hash, height, as_of) = (registry.hash(), registry.height(), registry.as_of());
            entry.registry = Some(registry);
            operate(Action::AdoptRegistry { hash, height, as_of })
        }
        Step::Negotiate { session, higher } => {
            let session = &model.sessions[choose(*session, model.sessions.len())];
            let version = (session.version + u64::from(*higher)).saturating_sub(1);
            Command::Negotiate(Negotiate { session: session.session, version })
        }
        Step::Refuse { session, fault } => {
            let session = model.sessions[choose(*session, model.sessions.len())].session;
            let from = from(session, model);
            Command::Refuse(RefusedMessage { from, template: 7, tag: 54, fault: *fault })
        }
        Step::Status => operate(Action::Status),
        Step::Checkpoint => operate(Action::Checkpoint),
        Step::Skip => Command::Skip,
        Step::Odd(odd) => operate(odd.action(model)),
        Step::Deal(deal) => deal.command(model, &operate)?,
        Step::Quote(quote) => quote.command(model, &operate)?,
        Step::Halt(halt) => {
            let (command, when) = halt.command(model, &operate)?;
            entry.now = when.unwrap_or(entry.now);
            command
        }
        Step::Cross(cross) => Command::NewCross(cross.command(model)),
        Step::Notice(notice) => operate(notice.action(setup, model)),
        Step::Gate(gate) => operate(gate.action(model)),
        Step::Risk(risk) => {
            let (command, when) = risk.command(model, &operate)?;
            entry.now = when.unwrap_or(entry.now);
            command
        }
    };
    Some(entry)
}

/// The place that a number chooses among so many.
pub(super) fn choose(n: u8, among: usize) -> usize {
    usize::from(n) % among.max(1)
}

/// The account that a number chooses.
pub(super) fn account_of(n: u8, model: &Model) -> AccountId {
    model.accounts[choose(n, model.accounts.len())].account
}

/// The security that a number chooses.
pub(super) fn security_of(n: u8, model: &Model) -> SecurityId {
    model.securities[choose(n, model.securities.len())].listing.security
}

fn operate_or_continue<'a>(
    operate: &'a impl Fn(Action) -> Command,
) -> impl Fn(Option<Action>) -> Command + 'a {
    move |action| action.map_or(Command::Continue, operate)
}

// ---- orders ----

fn new_order(step: &Step, model: &Model) -> NewOrder {
    let Step::New { account, security, buy, asks, price, quantity, name, other_firm } = step else {
        unreachable!("asked of a new order only");
    };
    let side = if *buy { Side::Buy } else { Side::Sell };
    // Who has nothing to sell is asked to sell now and then.
    let id = security_of(*security, model);
    let all = model.accounts.iter().map(|a| a.account);
    let able: Vec<AccountId> = all.filter(|&a| *buy || model.units_available(a, id) > 0).collect();
    let able = able.get(choose(*account, able.len())).filter(|_| (6..254).contains(account));
    let account = match *account {
        255 => AccountId(499),
        254 => AccountId(0),
        n => able.copied().unwrap_or(account_of(n, model)),
    };
    let security = match *security {
        255 => SecurityId(499),
        254 => SecurityId(0),
        n => security_of(n, model),
    };
    let firm = model.account(account).map_or(1, |a| a.firm.0);
    let firm = if *other_firm { firm % FIRMS + 1 } else { firm };
    let sessions: Vec<SessionId> =
        model.sessions.iter().filter(|s| s.firm.0 == firm).map(|s| s.session).collect();
    let session = sessions[model.seq.0 as usize % sessions.len()];
    let quantity = match (quantity, able) {
        (Quantity::Lots(lots), Some(_)) if !buy => Units(affordable(*lots, account, security, model)),
        _ => units_of(quantity, account, security, side, model),
    };
    let rule = &model.security(security).unwrap_or(&model.securities[0]).listing.ticks;
    let wire = |price: &Price| wire_price(price, security, side, model);
    let stop = asks.stop.as_ref().map(wire);
    NewOrder {
        from: from(session, model),
        clordid: name_of(name, session, model),
        account,
        security,
        side,
        ord_type: asks.ord_type,
        time_in_force: asks.time,
        price: asks.has_price().then(|| wire(price)),
        quantity,
        instructions: asks.instructions(side, quantity, rule.lot.0, rule.tick.0, stop, model),
    }
}

/// So many lots, or as many as there are to be sold.
fn affordable(lots: u64, account: AccountId, security: SecurityId, model: &Model) -> u64 {
    let lot = model.security(security).unwrap_or(&model.securities[0]).listing.ticks.lot.0;
    let most = match model.security(security) {
        Some(_) => model.units_available(account, security) / lot,
        None => lots,
    };
    lots.min(most).max(1) * lot
}

fn replace(
    target: &Target,
    price: &Option<Price>,
    stop: &Option<Price>,
    quantity: &NewQuantity,
    name: &Name,
    model: &Model,
) -> Option<Command> {
    let (session, original, order) = find(target, model)?;
    let clordid = name_of(name, session, model);
    let security = model.security(order.security).expect("an order's security");
    let lot = security.listing.ticks.lot.0;
    let quantity = match quantity {
        NewQuantity::Same => order.quantity,
        NewQuantity::OneLess => Units(order.quantity.0.saturating_sub(lot)),
        NewQuantity::More(lots) => Units(order.quantity.0 + lots * lot),
        NewQuantity::AsFilled => Units((order.quantity.0 - order.leaves.0).max(lot)),
        NewQuantity::Any(quantity) => units_of(quantity, order.account, order.security, order.side, model),
    };
    Some(Command::Replace(ReplaceOrder {
        from: from(session, model),
        order: stated(clordid, original, order, target),
        price: match price {
            Some(price) => wire_price(price, order.security, order.side, model),
            None => security.price(order.limit),
        },
        quantity,
        stop_price: stop
            .as_ref()
            .filter(|_| order.stop.is_some() || model.seq.0.is_multiple_of(9))
            .map(|stop| wire_price(stop, order.security, order.side, model)),
    }))
}

/// The session that asks, the name it gives, and the order that the request is made up from.
fn find(target: &Target, model: &Model) -> Option<(SessionId, ClOrdId, Order)> {
    if let Target::Awaiting(n) = target {
        let came = model.awaiting.get(choose(n / 2, model.awaiting.len()))?;
        let order = model.order_of_cross(came, Side::BOTH[usize::from(n % 2)]);
        return Some((order.session, order.clordid, order));
    }
    let (Target::Open(n) | Target::Used(n) | Target::OfAnother(n) | Target::Misstated(n, _)) = target else {
        return None;
    };
    let open = model.orders.get(choose(*n, model.orders.len())).copied();
    if let Target::Used(n) = target {
        let session = &model.sessions[choose(*n, model.sessions.len())];
        let (name, id) = *session.clordids.get(choose(n / 2, session.clordids.len()))?;
        // What it named is stated rightly if it can be known.
        let order = id.and_then(|id| model.order(id).copied()).or(open)?;
        return Some((session.session, name, order));
    }
    let order = open?;
    let other = SessionId(order.session.0 % (FIRMS + 1) + 1);
    let session = if matches!(target, Target::OfAnother(_)) { other } else { order.session };
    Some((session, order.clordid, order))
}

fn stated(clordid: ClOrdId, original: ClOrdId, order: Order, target: &Target) -> OrderRef {
    let (account, security, side) = (order.account, order.security, order.side);
    let right = OrderRef { clordid, original, account, security, side };
    match target {
        Target::Misstated(_, 0) => OrderRef { account: AccountId(account.0 + 1), ..right },
        Target::Misstated(_, 1) => OrderRef { security: SecurityId(security.0 + 1), ..right },
        Target::Misstated(_, _) => OrderRef { side: side.opposite(), ..right },
        _ => right,
    }
}

/// The session with the number of its next message; now and then some numbers are left out.
pub(super) fn from(session: SessionId, model: &Model) -> From {
    let next = model.sessions.iter().find(|s| s.session == session).expect("a session").next_in;
    From { session, number: if model.seq.0.is_multiple_of(7) { next + 3 } else { next } }
}

pub(super) fn name_of(name: &Name, session: SessionId, model: &Model) -> ClOrdId {
    let fresh = ClOrdId::new(&format!("n{}", model.seq.0)).expect("a short name");
    let used = &model.sessions.iter().find(|s| s.session == session).expect("a session").clordids;
    match name {
        Name::Used(n) => used.get(choose(*n, used.len())).map_or(fresh, |u| u.0),
        Name::Fresh => fresh,
    }
}

pub(super) fn wire_price(price: &Price, security: SecurityId, side: Side, model: &Model) -> WirePrice {
    let security = model.security(security).unwrap_or(&model.securities[0]);
    let rule = &security.listing.ticks;
    let listed = security.ticks_of(security.listing.reference).expect("it was listed").0;
    let (low, high) = security.collar();
    let ticks = match price {
        Price::Near(by) => listed + by,
        Price::Touch => {
            let theirs = model.queue(security.listing.security, side.opposite());
            theirs.first().map_or(listed, |o| o.ticks.0)
        }
        Price::Far(by) => listed + by,
        Price::FromLast(by) => security.reference.0 + by,
        Price::Beyond(by) if side == Side::Buy => security.reference.0 + by,
        Price::Beyond(by) => security.reference.0 - by,
        Price::LowCollar { beyond } => low as i64 - i64::from(*beyond),
        Price::HighCollar { beyond } => high as i64 + i64::from(*beyond),
        Price::OffTick => return WirePrice(security.listing.reference.0 + 1),
        Price::BetweenTicks => return WirePrice(security.listing.reference.0 + rule.tick.0),
        Price::Zero => 0,
        Price::Negative => -listed,
        Price::Least => 1,
        Price::Most => rule.max_price.0,
        Price::AboveMost => rule.max_price.0 + 1,
        Price::Huge => return WirePrice(i64::MAX),
    };
    match ticks {
        1.. if ticks <= rule.max_price.0 => security.price(Ticks(ticks)),
        1.. => WirePrice(security.price(rule.max_price).0 + (ticks - rule.max_price.0) * rule.tick.0),
        _ => WirePrice(ticks * rule.tick.0),
    }
}

pub(super) fn units_of(
    quantity: &Quantity,
    account: AccountId,
    security: SecurityId,
    side: Side,
    model: &Model,
) -> Units {
    let rule = &model.security(security).unwrap_or(&model.securities[0]).listing.ticks;
    let lot = rule.lot.0;
    Units(match quantity {
        Quantity::Lots(lots) => lots * lot,
        Quantity::Whole => {
            let all = model.units_of(account, security);
            (all - all % lot).max(lot)
        }
        Quantity::Theirs => model.queue(security, side.opposite()).first().map_or(lot, |o| o.leaves.0),
        Quantity::Most => rule.max_quantity.0,
        Quantity::OverMost => rule.max_quantity.0 + lot,
        Quantity::OffLot => lot + lot / 2 + u64::from(lot == 1) * rule.max_quantity.0,
        Quantity::Nothing => 0,
        Quantity::Huge => u64::MAX,
    })
}
