//! Commands and times as people read them.

use jiff::Timestamp;
use tallystick_engine::approvals::Approval;
use tallystick_engine::command::{Action, Command, From, OrderRef, Request, SessionOptions};
use tallystick_engine::disconnect::{CancelOn, Disconnected};
use tallystick_engine::fees::Fees;
use tallystick_engine::mass::MassFilter;
use tallystick_engine::quotes::{ProtectionLimits, QuoteEntry, QuoteSide};
use tallystick_engine::risk::{PartyAction, RiskScope};
use tallystick_engine::types::{
    Instructions, Minimum, OrdType, PegTo, PostOnly, Price, Scope, SelfTradeAction, Side, Time, TimeInForce,
    Units,
};
use tallystick_engine::undo::TradeTerms;

/// A time in UTC with nanoseconds.
pub fn time(time: Time) -> String {
    match Timestamp::from_nanosecond(time.0.into()) {
        Ok(at) => format!("{at:.9}"),
        Err(_) => format!("{} ns since 1970", time.0),
    }
}

/// What a command asks, in a line.
pub fn command(command: &Command) -> String {
    match command {
        Command::Tick => "tick".into(),
        Command::Continue => "continue".into(),
        Command::Skip => "skip".into(),
        Command::Negotiate(n) => format!("negotiate session {} version {}", n.session, n.version),
        Command::New(n) => {
            let price = priced(n.ord_type, n.price);
            let (side, force) = (side(n.side), force(n.time_in_force));
            let (units, security, account) = (n.quantity, n.security, n.account);
            format!(
                "new {} ({}): {side} {units} of security {security}, {price}, {force}, account {account}{}",
                n.clordid,
                from(n.from),
                instructions(&n.instructions)
            )
        }
        Command::Replace(r) => {
            let (order, from) = (order(&r.order), from(r.from));
            let stop = r.stop_price.map_or(String::new(), |price| format!(", stop price {price}"));
            format!("replace {order} ({from}): {} at {}{stop}", r.quantity, r.price)
        }
        Command::NewCross(c) => format!(
            "cross {} with {} ({}): {} of security {} at {}, account {} buys of account {}",
            c.buy.clordid,
            c.sell.clordid,
            from(c.from),
            c.quantity,
            c.security,
            c.price,
            c.buy.account,
            c.sell.account
        ),
        Command::Cancel(c) => format!("cancel {} ({})", order(&c.order), from(c.from)),
        Command::Refuse(r) => {
            let tag = if r.tag == 0 { String::new() } else { format!(", tag {}", r.tag) };
            format!("refuse a message ({}): template {}{tag}: {}", from(r.from), r.template, r.fault)
        }
        Command::Operator(Request { request, uid, action: asked }) => {
            format!("operator uid {uid} request {request}: {}", action(asked))
        }
        Command::SetRisk(r) => {
            let what = if r.limits.is_some() { "set limits of" } else { "lift all limits of" };
            format!("{what} {}: {} ({})", scope(r.scope), r.request, from(r.from))
        }
        Command::PartyAction(p) => {
            let what = if p.block { "block" } else { "unblock" };
            format!("{what} {}: {} ({})", scope(p.scope), p.request, from(p.from))
        }
        Command::MassQuote(q) => {
            let parts: Vec<String> = q.entries.iter().map(quoted).collect();
            let (account, parts) = (q.account, parts.join("; "));
            format!("quote {} ({}): account {account}: {parts}", q.quote_id, from(q.from))
        }
        Command::QuoteCancel(q) => {
            let which =
                q.security.map_or("all quotes".into(), |security| format!("quotes of security {security}"));
            format!("withdraw {which} of account {} by {} ({})", q.account, q.request, from(q.from))
        }
        Command::QuoteProtection(q) => {
            let what = q.limits.map_or(
                "nothing".into(),
                |ProtectionLimits { window_ns, executions, units, value }| {
                    let units = units.map_or(String::new(), |units| format!(", {units} units"));
                    let value = value.map_or(String::new(), |value| format!(", {value} of money"));
                    format!("{executions} executions{units}{value} within {window_ns} ns")
                },
            );
            format!("protect quotes of account {} by {} ({}): {what}", q.account, q.request, from(q.from))
        }
        Command::MassCancel(m) => format!("{} by {} ({})", covered(&m.filter), m.clordid, from(m.from)),
        Command::Disconnected(Disconnected { session, terminated }) => {
            let how = if *terminated { "has terminated" } else { "lost its connection" };
            format!("session {session} {how}")
        }
        Command::Connected { session } => format!("session {session} is connected"),
    }
}

/// The first word of [`command`].
pub fn kind(command: &Command) -> &'static str {
    match command {
        Command::Tick => "tick",
        Command::Continue => "continue",
        Command::Skip => "skip",
        Command::Negotiate(_) => "negotiate",
        Command::New(_) => "new",
        Command::Replace(_) => "replace",
        Command::NewCross(_) => "cross",
        Command::Cancel(_) => "cancel",
        Command::Refuse(_) => "refuse",
        Command::Operator(_) => "operator",
        Command::SetRisk(_) => "set risk",
        Command::PartyAction(PartyAction { block: true, .. }) => "block",
        Command::PartyAction(PartyAction { block: false, .. }) => "unblock",
        Command::MassQuote(_) => "quote",
        Command::QuoteCancel(_) => "quote cancel",
        Command::QuoteProtection(_) => "quote protection",
        Command::MassCancel(_) => "mass cancel",
        Command::Disconnected(_) => "disconnected",
        Command::Connected { .. } => "connected",
    }
}

/// A name of at most sixteen bytes, as it was given.
pub fn venue(name: &[u8]) -> String {
    let end = name.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
    name[..end].escape_ascii().to_string()
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `buy` or `sell`.
pub fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

/// How long an order stands.
pub fn force(force: TimeInForce) -> &'static str {
    match force {
        TimeInForce::Day => "day",
        TimeInForce::ImmediateOrCancel => "immediate or cancel",
        TimeInForce::FillOrKill => "fill or kill",
        TimeInForce::GoodTillCancel => "good till cancel",
        TimeInForce::GoodTillDate => "good till date",
        TimeInForce::AtTheOpening => "at the opening",
        TimeInForce::AtTheClose => "at the close",
        TimeInForce::GoodForAuction => "good for auction",
    }
}

/// What kind of order it is.
pub fn ord_type(ord_type: OrdType) -> &'static str {
    match ord_type {
        OrdType::Market => "market",
        OrdType::Limit => "limit",
        OrdType::Stop => "stop",
        OrdType::StopLimit => "stop limit",
        OrdType::MarketToLimit => "market to limit",
        OrdType::Pegged => "pegged",
    }
}

/// Type and price, and whether they go together.
fn priced(kind: OrdType, price: Option<Price>) -> String {
    let name = ord_type(kind);
    match (kind, price) {
        (OrdType::Limit | OrdType::StopLimit, Some(price)) => format!("{name} {price}"),
        (OrdType::Limit | OrdType::StopLimit, None) => format!("{name} without a price"),
        (OrdType::Pegged, Some(price)) => format!("{name}, limit {price}"),
        (_, None) => name.into(),
        (_, Some(price)) => format!("{name} with a price of {price}"),
    }
}

/// What an order asks beyond its price and quantity, each after a comma.
fn instructions(asked: &Instructions) -> String {
    let Instructions { stop_price, peg, expire_date, display_qty, minimum, post_only, self_trade } = asked;
    let mut parts = Vec::new();
    parts.extend(stop_price.map(|price| format!("stop price {price}")));
    parts.extend(peg.map(|peg| format!("follows {} by {}", peg_to(peg.to), peg.offset)));
    parts.extend(expire_date.map(|date| format!("until {date}")));
    parts.extend(display_qty.map(|units| format!("shows {units}")));
    parts.extend(minimum.map(|minimum| match minimum {
        Minimum::Once(units) => format!("at least {units} at once"),
        Minimum::Each(units) => format!("at least {units} each time"),
        Minimum::All => "all or none".into(),
    }));
    parts.extend(post_only.map(|what| format!("post-only ({})", if_it_takes(what))));
    parts.extend(self_trade.map(|own| {
        let scope = match own.scope {
            Scope::Firm => "the firm".into(),
            Scope::Group(id) => format!("group {id}"),
            Scope::Owner => "the owner".into(),
        };
        format!("against its own orders of {scope}: {}", self_trade_action(own.action))
    }));
    parts.into_iter().map(|part| format!(", {part}")).collect()
}

/// What a price follows.
pub fn peg_to(to: PegTo) -> &'static str {
    match to {
        PegTo::Midpoint => "the midpoint",
        PegTo::Market => "the market",
        PegTo::Primary => "its own side",
        PegTo::Trailing => "the last trade",
    }
}

/// What becomes of a post-only order that would take.
pub fn if_it_takes(what: PostOnly) -> &'static str {
    match what {
        PostOnly::Reject => "reject",
        PostOnly::Slide => "slide",
    }
}

/// What self-trade prevention does.
pub fn self_trade_action(action: SelfTradeAction) -> &'static str {
    match action {
        SelfTradeAction::CancelNewest => "cancel newest",
        SelfTradeAction::CancelOldest => "cancel oldest",
        SelfTradeAction::CancelBoth => "cancel both",
        SelfTradeAction::Decrement => "decrement and cancel",
    }
}

/// When a session's orders are cancelled because its client is gone.
pub fn cancel_on_word(on: CancelOn) -> &'static str {
    match on {
        CancelOn::Nothing => "nothing",
        CancelOn::Disconnect => "disconnect",
        CancelOn::Terminate => "terminate",
        CancelOn::Both => "both",
    }
}

/// A firm, a session or an account.
pub fn scope(scope: RiskScope) -> String {
    match scope {
        RiskScope::Firm(firm) => format!("firm {firm}"),
        RiskScope::Session(session) => format!("session {session}"),
        RiskScope::Account(account) => format!("account {account}"),
    }
}

/// Which orders a mass cancel means.
fn covered(filter: &MassFilter) -> String {
    let MassFilter { session, firm, account, security, side: at } = filter;
    let parts = [
        session.map(|session| format!("session {session}")),
        firm.map(|firm| format!("firm {firm}")),
        account.map(|account| format!("account {account}")),
        security.map(|security| format!("security {security}")),
        at.map(|at| side(at).to_string()),
    ];
    let stated: Vec<String> = parts.into_iter().flatten().collect();
    let which = if stated.is_empty() { "all orders".into() } else { stated.join(", ") };
    format!("mass cancel {which}")
}

/// Of a trade that is final.
fn final_terms(terms: Option<&TradeTerms>) -> String {
    terms.map_or(String::new(), |t| {
        format!(
            ", final: {} of security {} at {} from account {} to account {}",
            t.units, t.security, t.price, t.seller, t.buyer
        )
    })
}

/// An entry of a mass quote.
fn quoted(entry: &QuoteEntry) -> String {
    let side = |side: Option<QuoteSide>| match side {
        None => "as it is".into(),
        Some(side) if side.size.is_zero() => "none".into(),
        Some(QuoteSide { price, size }) => format!("{size} at {price}"),
    };
    let [bid, offer] = entry.sides.map(side);
    format!("security {} bid {bid}, offer {offer}", entry.security)
}

fn from(from: From) -> String {
    format!("session {}, message {}", from.session, from.number)
}

fn order(order: &OrderRef) -> String {
    let OrderRef { clordid, original, account, security, side: at } = order;
    format!("{original} by {clordid}: {} of security {security}, account {account}", side(*at))
}

fn action(action: &Action) -> String {
    match action {
        Action::OpenVenue(p) => format!(
            "open venue {}, at most {} open orders, {} ClOrdIDs a session and day, {} unsettled trades",
            venue(&p.venue),
            p.max_open_orders,
            p.max_clordids,
            p.max_unsettled.venue.count
        ),
        Action::StartDay { date } => format!("start day {date}"),
        Action::AddFirm { firm } => format!("add firm {firm}"),
        Action::AddSession { session, firm, key, options } => {
            let SessionOptions { risk_control, cancel_on, grace_ns } = options;
            let control = if *risk_control { ", risk control" } else { "" };
            let gone = match cancel_on {
                CancelOn::Nothing => String::new(),
                on => format!(", cancelled on {} after {grace_ns} ns", cancel_on_word(*on)),
            };
            format!("add session {session} of firm {firm}, key {}{control}{gone}", hex(key))
        }
        Action::AddAccount { account, firm, record_holder, beneficial_owner } => format!(
            "add account {account} with firm {firm}, record holder {}, beneficial owner {}",
            record_holder.0, beneficial_owner.0
        ),
        Action::List(l) => format!(
            "list security {} {}, tick {}, lot {}, cash {}, {} rules",
            l.security,
            l.symbol,
            l.ticks.tick,
            l.ticks.lot,
            l.cash,
            l.protocols.iter().map(|protocol| protocol.rules.len()).sum::<usize>()
        ),
        Action::AllocateUnits { account, security, units, acquired, restricted } => format!(
            "allocate {units}{} units of security {security} to account {account}, acquired {}",
            if *restricted { " restricted" } else { "" },
            time(*acquired)
        ),
        Action::SetInsider { security, investor, insider } => match insider {
            Some(_) => format!("investor {} is close to the issuer of security {security}", investor.0),
            None => format!("investor {} is a stranger to the issuer of security {security}", investor.0),
        },
        Action::Disclose { security, .. } => {
            format!("the issuer of security {security} has made something known")
        }
        Action::Approve(Approval { security, seller, buyer, units: Units(0), .. }) => {
            format!(
                "nothing is approved for investor {} to sell investor {} of security {security}",
                seller.0, buyer.0
            )
        }
        Action::Approve(Approval { security, seller, buyer, units, until }) => format!(
            "approve that investor {} sells investor {} {units} units of security {security}, until {}",
            seller.0,
            buyer.0,
            time(*until)
        ),
        Action::Admission { security, firm, admitted: true } => {
            format!("let firm {firm} into the gated segment of security {security}")
        }
        Action::Admission { security, firm, admitted: false } => {
            format!("shut firm {firm} out of the gated segment of security {security}")
        }
        Action::AllocateCash { account, cash, amount } => {
            format!("allocate {amount} of cash {cash} to account {account}")
        }
        Action::SetPhase { security, phase, from } => {
            let from = from.map_or(String::new(), |from| format!(", if it is {from}"));
            format!("set security {security} to {phase}{from}")
        }
        Action::SetFees { security, fees: Some(Fees { maker, taker, auction, least }) } => format!(
            "set the fees of security {security} to maker {maker}, taker {taker}, auction {auction}, at least {least}"
        ),
        Action::SetFees { security, fees: None } => format!("no fees of security {security} any more"),
        Action::BustTrade { trade, terms } => format!("bust trade {trade}{}", final_terms(terms.as_deref())),
        Action::CorrectTrade { trade, price, terms } => {
            format!("correct trade {trade} to {price}{}", final_terms(terms.as_deref()))
        }
        Action::CancelOrder { order } => format!("cancel order {order} for its owner"),
        Action::SetObligation { account, security, obligation: Some(o) } => format!(
            "oblige account {account} to quote security {security}: {} basis points at most, {} units at least, \
             {} thousandths of the time",
            o.max_spread_bps, o.min_size, o.min_presence_permille
        ),
        Action::SetObligation { account, security, obligation: None } => {
            format!("oblige account {account} no more to quote security {security}")
        }
        Action::ShowObligations { security } => format!("show who must quote security {security}"),
        Action::SetReference { security, price } => {
            format!("set the reference price of security {security} to {price}")
        }
        Action::AdoptRegistry { hash, height, as_of } => {
            format!("adopt registry {hash}, height {height}, as of {}", time(*as_of))
        }
        Action::Checkpoint => "checkpoint".into(),
        Action::Status => "status".into(),
        Action::Follow(news) => {
            let whole = if news.complete { "the whole of" } else { "a part of" };
            format!("follow the network to {whole} height {}, {} items", news.height, news.items.len())
        }
        Action::SetRisk { scope: of, limits } => {
            let what = if limits.is_some() { "set limits of" } else { "lift all limits of" };
            format!("{what} {}", scope(*of))
        }
        Action::Block { scope: of } => format!("block {}", scope(*of)),
        Action::Unblock { scope: of } => format!("unblock {}", scope(*of)),
        Action::MassCancel(filter) => covered(filter),
        Action::ShowRisk { scope: of } => format!("show risk of {}", scope(*of)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallystick_engine::command::NewOrder;
    use tallystick_engine::types::{
        AccountId, ClOrdId, Peg, SecurityId, SelfTrade, SessionId, TimeInForce, Units,
    };

    fn order() -> NewOrder {
        NewOrder {
            from: From { session: SessionId(7), number: 8 },
            clordid: ClOrdId::from_number(9),
            account: AccountId(3),
            security: SecurityId(4),
            side: Side::Sell,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::Day,
            price: Some(Price(501_000_000)),
            quantity: Units(9),
            instructions: Instructions::default(),
        }
    }

    #[test]
    fn an_order_reads_as_what_was_asked() {
        let said = |order: NewOrder| command(&Command::New(order));
        let plain = "new 9 (session 7, message 8): sell 9 of security 4, limit 5.01, day, account 3";
        assert_eq!(said(order()), plain);
        let stop = Instructions { stop_price: Some(Price(500_000_000)), ..Instructions::default() };
        let stop = NewOrder { ord_type: OrdType::Stop, price: None, instructions: stop, ..order() };
        assert!(said(stop).ends_with(", stop, day, account 3, stop price 5"), "{}", said(stop));
        let all = Instructions {
            stop_price: None,
            peg: Some(Peg { to: PegTo::Primary, offset: Price(-1_000_000) }),
            expire_date: Some(20_261_231),
            display_qty: Some(Units(2)),
            minimum: Some(Minimum::Each(Units(3))),
            post_only: Some(PostOnly::Slide),
            self_trade: Some(SelfTrade { scope: Scope::Group(5), action: SelfTradeAction::CancelBoth }),
        };
        let (ord_type, time_in_force) = (OrdType::Pegged, TimeInForce::GoodTillDate);
        let all = NewOrder { ord_type, time_in_force, instructions: all, ..order() };
        let end = ", pegged, limit 5.01, good till date, account 3, follows its own side by -0.01, until 20261231, \
                   shows 2, at least 3 each time, post-only (slide), against its own orders of group 5: cancel both";
        assert!(said(all).ends_with(end), "{}", said(all));
    }
}
