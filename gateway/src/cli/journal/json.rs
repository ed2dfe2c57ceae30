//! Commands as JSON, for programs.

use super::words;
use crate::record::Sequenced;
use serde_json::{Value, json};
use tallystick_engine::command::{Action, Command, OrderRef, Request};
use tallystick_engine::crosses::CrossSide;
use tallystick_engine::quotes::{QuoteEntry, QuoteSide};
use tallystick_engine::types::{Instructions, Minimum, Scope, Time};
use tallystick_journal::Skip;

/// A record as one JSON object. Prices are decimals in strings, times are in UTC.
pub fn record(sequenced: &Sequenced, struck: Option<&Skip>) -> Value {
    let Sequenced { seq, now, command } = sequenced;
    let mut object = json!({ "seq": seq.0, "time": words::time(*now), "command": words::kind(command) });
    add(&mut object, fields(command));
    if let Some(skip) = struck {
        let Skip { time_ns, who, reason, .. } = skip;
        let at = words::time(Time(*time_ns));
        add(&mut object, json!({ "struck": { "time": at, "who": who, "reason": reason } }));
    }
    object
}

fn fields(command: &Command) -> Value {
    match command {
        Command::Tick | Command::Continue | Command::Skip => json!({}),
        Command::Negotiate(n) => json!({ "session": n.session, "version": n.version }),
        Command::New(n) => {
            let mut object = json!({
            "session": n.from.session,
            "number": n.from.number,
            "clordid": n.clordid.as_str(),
            "account": n.account,
            "security": n.security,
            "side": words::side(n.side),
            "type": words::ord_type(n.ord_type),
            "time_in_force": words::force(n.time_in_force),
            "price": n.price.map(|price| price.to_string()),
            "quantity": n.quantity,
            });
            add(&mut object, instructions(&n.instructions));
            object
        }
        Command::Replace(r) => {
            let mut object = json!({ "session": r.from.session, "number": r.from.number });
            add(&mut object, order(&r.order));
            add(&mut object, json!({ "price": r.price.to_string(), "quantity": r.quantity }));
            if let Some(price) = r.stop_price {
                object["stop_price"] = json!(price.to_string());
            }
            object
        }
        Command::NewCross(c) => {
            let side =
                |side: &CrossSide| json!({ "clordid": side.clordid.as_str(), "account": side.account });
            json!({
                "session": c.from.session,
                "number": c.from.number,
                "security": c.security,
                "price": c.price.to_string(),
                "quantity": c.quantity,
                "prioritized": words::side(c.prioritized),
                "buy": side(&c.buy),
                "sell": side(&c.sell),
            })
        }
        Command::Cancel(c) => {
            let mut object = json!({ "session": c.from.session, "number": c.from.number });
            add(&mut object, order(&c.order));
            object
        }
        Command::Refuse(r) => json!({
            "session": r.from.session,
            "number": r.from.number,
            "template": r.template,
            "tag": r.tag,
            "fault": r.fault.to_string(),
        }),
        Command::SetRisk(r) => json!({
            "session": r.from.session,
            "number": r.from.number,
            "request": r.request.as_str(),
            "scope": r.scope,
            "limits": r.limits,
        }),
        Command::PartyAction(p) => json!({
            "session": p.from.session,
            "number": p.from.number,
            "request": p.request.as_str(),
            "scope": p.scope,
        }),
        Command::MassQuote(q) => {
            let side = |side: &Option<QuoteSide>| {
                side.as_ref().map(|side| json!({ "price": side.price.to_string(), "size": side.size }))
            };
            let entry = |entry: &QuoteEntry| {
                let [bid, offer] = &entry.sides;
                json!({ "security": entry.security, "bid": side(bid), "offer": side(offer) })
            };
            json!({
                "session": q.from.session,
                "number": q.from.number,
                "quote_id": q.quote_id.as_str(),
                "account": q.account,
                "quotes": q.entries.iter().map(entry).collect::<Vec<_>>(),
            })
        }
        Command::QuoteCancel(q) => json!({
            "session": q.from.session,
            "number": q.from.number,
            "request": q.request.as_str(),
            "account": q.account,
            "security": q.security,
        }),
        Command::QuoteProtection(q) => json!({
            "session": q.from.session,
            "number": q.from.number,
            "request": q.request.as_str(),
            "account": q.account,
            "limits": q.limits,
        }),
        Command::MassCancel(m) => json!({
            "session": m.from.session,
            "number": m.from.number,
            "clordid": m.clordid.as_str(),
            "orders": m.filter,
        }),
        Command::Disconnected(d) => json!({ "session": d.session, "terminated": d.terminated }),
        Command::Connected { session } => json!({ "session": session }),
        Command::Operator(Request { request, uid, action }) => {
            // In the operators' own names, but for bytes, which nobody reads as lists of numbers.
            let mut asked = json!(action);
            match action {
                Action::OpenVenue(params) => asked["venue"] = json!(words::venue(&params.venue)),
                Action::AddSession { key, .. } => asked["key"] = json!(words::hex(key)),
                Action::AdoptRegistry { hash, .. } => asked["hash"] = json!(hash.to_string()),
                _ => {}
            }
            json!({ "request": request, "uid": uid, "asked": asked })
        }
    }
}

/// What an order asks beyond its price and quantity; what it doesn't ask is left out.
fn instructions(asked: &Instructions) -> Value {
    let Instructions { stop_price, peg, expire_date, display_qty, minimum, post_only, self_trade } = asked;
    let mut object = json!({});
    let mut say = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            object[name] = value;
        }
    };
    say("stop_price", stop_price.map(|price| json!(price.to_string())));
    say("peg", peg.map(|peg| json!({ "to": words::peg_to(peg.to), "offset": peg.offset.to_string() })));
    say("expire_date", expire_date.map(|date| json!(date)));
    say("display_quantity", display_qty.map(|units| json!(units)));
    let minimum = minimum.map(|minimum| match minimum {
        Minimum::Once(units) => json!({ "once": units }),
        Minimum::Each(units) => json!({ "each": units }),
        Minimum::All => json!("all"),
    });
    say("minimum", minimum);
    say("post_only", post_only.map(|what| json!(words::if_it_takes(what))));
    let own = self_trade.map(|own| {
        let scope = match own.scope {
            Scope::Firm => json!("firm"),
            Scope::Group(id) => json!({ "group": id }),
            Scope::Owner => json!("owner"),
        };
        json!({ "scope": scope, "action": words::self_trade_action(own.action) })
    });
    say("self_trade", own);
    object
}

fn order(order: &OrderRef) -> Value {
    json!({
        "clordid": order.clordid.as_str(),
        "original": order.original.as_str(),
        "account": order.account,
        "security": order.security,
        "side": words::side(order.side),
    })
}

fn add(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}
