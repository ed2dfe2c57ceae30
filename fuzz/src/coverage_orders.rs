//! What histories contained of orders: each thing that an order may ask must not only be accepted, but happen.

use crate::model::order::Order;
use crate::play::Seen;
use tallystick_engine::Stand;
use tallystick_engine::command::{Action, Command, NewOrder, Request};
use tallystick_engine::event::{CancelReason, Event, TradeSide};
use tallystick_engine::reject::Refusal;
use tallystick_engine::types::{
    Minimum, OrdType, OrderId, PegTo, PostOnly, Scope, SelfTrade, SelfTradeAction, Side, TimeInForce, Units,
};

/// What was there before a command.
#[derive(Clone, Debug, Default)]
pub struct Before {
    orders: Vec<Order>,
    /// The last order before the trading day.
    day: u64,
}

impl Before {
    /// What a command and its events contain of orders.
    pub fn note(&mut self, seen: &Seen<'_>) -> Vec<String> {
        let mut found = Vec::new();
        if let Command::Operator(Request { action: Action::StartDay { .. }, .. }) = seen.entry.command {
            self.day = seen.model.numbered.0;
        }
        let new = match &seen.entry.command {
            Command::New(new) => Some(new),
            _ => None,
        };
        self.of_what_came(seen, new, &mut found);
        self.of_trades(seen, new, &mut found);
        self.of_changes(seen, &mut found);
        self.orders = seen.model.orders.clone();
        found
    }

    fn of_what_came(&self, seen: &Seen<'_>, new: Option<&NewOrder>, found: &mut Vec<String>) {
        let Some(new) = new else { return };
        let Some(Event::Accepted { order, .. }) = seen.events.first() else { return };
        found.push(format!("accepted: {} {:?}", of_type(new), new.time_in_force));
        let slides = new.instructions.post_only == Some(PostOnly::Slide) && order.price != new.price;
        found.extend(slides.then(|| "a post-only order slides".into()));
        let once = matches!(new.instructions.minimum, Some(Minimum::Once(_)));
        let traded = seen.events.iter().any(|e| matches!(e, Event::Trade { .. }));
        found.extend((once && traded).then(|| "trade: minimum on entry".into()));
        let apart = seen.events.iter().any(is_self_trade);
        if let Some(SelfTrade { scope, action }) = new.instructions.self_trade.filter(|_| apart) {
            found.push(format!("self-trade: {} {}", of_scope(scope), of_action(action)));
        }
        let stands = seen.model.order(order.order);
        let rests = stands.is_some_and(|o| o.ord_type == OrdType::MarketToLimit);
        found.extend((rests && traded).then(|| "a market-to-limit order rests".into()));
    }

    fn of_trades(&self, seen: &Seen<'_>, new: Option<&NewOrder>, found: &mut Vec<String>) {
        let mut last: Vec<OrderId> = Vec::new();
        let triggered = seen.events.iter().any(|e| matches!(e, Event::Triggered { .. }));
        for event in seen.events {
            let Event::Trade { aggressor, auction, buyer, seller, .. } = event else { continue };
            for (side, told) in [(Side::Buy, buyer), (Side::Sell, seller)] {
                let part = match (auction, *aggressor == side) {
                    (true, _) => "in an auction",
                    (false, true) => "taking",
                    (false, false) => "resting",
                };
                let known = self.orders.iter().find(|o| o.order == told.order.order);
                let known = known.or(seen.model.order(told.order.order));
                let kinds = match known {
                    Some(order) => self.kinds(order),
                    None => new.map(of_type).into_iter().collect(),
                };
                found.extend(kinds.iter().map(|kind| format!("trade: {kind}, {part}")));
                let again = part == "resting" && last.contains(&told.order.order);
                found.extend(again.then(|| "an iceberg is met again".into()));
            }
            let resting: &TradeSide = if *aggressor == Side::Buy { seller } else { buyer };
            last.push(resting.order.order);
            found.extend(triggered.then(|| "a triggered stop trades".into()));
        }
        if let Some(new) = new.filter(|_| !last.is_empty()) {
            found.push(format!("trade: {} {:?}, taking", of_type(new), new.time_in_force));
        }
    }

    fn kinds(&self, order: &Order) -> Vec<String> {
        let mut kinds = vec![named(order.ord_type, order.instructions.peg.map(|peg| peg.to))];
        let asked = &order.instructions;
        kinds.extend((asked.display_qty == Some(Units(0))).then(|| "hidden".into()));
        kinds.extend(order.tip().map(|_| "iceberg".into()));
        kinds.extend(match asked.minimum {
            Some(Minimum::Each(_)) => Some("minimum for each execution".into()),
            Some(Minimum::All) => Some("all or none".into()),
            _ => None,
        });
        kinds.extend(asked.post_only.map(|_| "post-only".into()));
        kinds.push(format!("{:?}", order.time_in_force));
        kinds.extend((order.order.0 <= self.day).then(|| "of an earlier day".into()));
        kinds
    }

    fn of_changes(&self, seen: &Seen<'_>, found: &mut Vec<String>) {
        let mut say = |when: bool, what: &str| found.extend(when.then(|| what.into()));
        for now in &seen.model.orders {
            let Some(then) = self.orders.iter().find(|o| o.order == now.order) else { continue };
            if now.is_peg() {
                let (slept, sleeps) = (then.stands == Stand::Asleep, now.stands == Stand::Asleep);
                say(!slept && !sleeps && now.ticks != then.ticks, "a peg is priced again");
                say(!slept && sleeps, "a peg falls asleep");
                say(slept && !sleeps, "a peg wakes");
                say(now.stands == Stand::Entering, "a peg waits for its entry");
            }
            let replaced = now.clordid != then.clordid;
            say(now.is_trailing() && now.stop != then.stop, "a trailing stop follows");
            say(!now.is_trailing() && now.stop != then.stop, "a stop price is replaced");
            say(replaced && now.is_peg(), "a peg is replaced");
            say(now.stands == Stand::Book && then.stands == Stand::Auction, "an order joins its auction");
            say(replaced && then.stands == Stand::Auction, "an order that waits for its auction is replaced");
            let refreshed = now.tip().is_some() && now.place != then.place && !replaced;
            say(refreshed && then.stands == Stand::Book, "an iceberg shows its next part");
        }
        let work = seen.entry.command == Command::Continue;
        let uncrosses = seen.events.iter().any(|e| matches!(e, Event::Trade { auction: true, .. }));
        say(uncrosses && seen.events.iter().any(is_self_trade), "self-trade in an auction");
        let entered = work
            && self.orders.iter().any(|o| {
                let trades = |e: &Event| match e {
                    Event::Trade { auction: false, buyer, seller, .. } => {
                        [buyer, seller].iter().any(|side| side.order.order == o.order)
                    }
                    _ => false,
                };
                o.stands == Stand::Entering && seen.events.iter().any(trades)
            });
        say(entered, "a peg trades as it enters");
        let auctions_only = |e: &Event| match e {
            Event::Answered { result: Err(Refusal::Phase(why)), .. } => why.contains("auctions only"),
            _ => false,
        };
        say(seen.events.iter().any(auctions_only), "a security that trades in auctions only");
        for event in seen.events {
            let Event::Expired { order, .. } = event else { continue };
            let then = self.orders.iter().find(|o| o.order == order.order);
            say(
                then.is_some_and(|o| o.time_in_force == TimeInForce::GoodTillDate),
                "expired: good till date",
            );
            say(then.is_some_and(|o| o.stands == Stand::Stop), "expired: a stop");
            say(then.is_some_and(|o| o.stands == Stand::Auction), "expired: for an auction");
        }
    }
}

fn is_self_trade(event: &Event) -> bool {
    matches!(event, Event::Decremented { .. } | Event::Cancelled { reason: CancelReason::SelfTrade, .. })
}

fn named(ord_type: OrdType, peg: Option<PegTo>) -> String {
    match peg {
        Some(to) => format!("{to:?}"),
        None => format!("{ord_type:?}"),
    }
}

fn of_type(new: &NewOrder) -> String {
    named(new.ord_type, new.instructions.peg.map(|peg| peg.to))
}

fn of_scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Firm => "firm",
        Scope::Group(_) => "group",
        Scope::Owner => "owner",
    }
}

fn of_action(action: SelfTradeAction) -> String {
    format!("{action:?}")
}

/// What random histories must contain of orders.
pub fn expected() -> Vec<String> {
    use TimeInForce::{
        AtTheClose, AtTheOpening, Day, FillOrKill, GoodForAuction, GoodTillCancel, GoodTillDate,
        ImmediateOrCancel,
    };
    let mut all = Vec::new();
    let times = [
        ("Limit", [Day, GoodTillCancel, GoodTillDate, ImmediateOrCancel, FillOrKill].as_slice()),
        ("Limit", &[AtTheOpening, AtTheClose, GoodForAuction]),
        ("Market", &[Day, ImmediateOrCancel, FillOrKill, AtTheOpening, AtTheClose, GoodForAuction]),
        ("MarketToLimit", &[Day, GoodTillCancel, ImmediateOrCancel]),
        ("Stop", &[Day, GoodTillCancel]),
        ("StopLimit", &[Day, GoodTillCancel]),
        ("Trailing", &[Day, GoodTillCancel]),
        ("Primary", &[Day, GoodTillCancel]),
        ("Market", &[Day, GoodTillCancel]),
        ("Midpoint", &[Day, GoodTillCancel]),
    ];
    for (what, times) in times {
        all.extend(times.iter().map(|time| format!("accepted: {what} {time:?}")));
    }
    let trades = [
        ("hidden", ["resting", "taking", "in an auction"].as_slice()),
        ("iceberg", &["resting", "taking", "in an auction"]),
        ("minimum for each execution", &["resting", "taking", "in an auction"]),
        ("all or none", &["resting", "taking", "in an auction"]),
        ("post-only", &["resting", "in an auction"]),
        ("Primary", &["resting", "taking"]),
        ("Market", &["resting", "taking", "in an auction"]),
        ("Midpoint", &["resting", "taking"]),
        ("Stop", &["taking"]),
        ("StopLimit", &["taking", "resting"]),
        ("Trailing", &["taking"]),
        ("MarketToLimit", &["taking", "resting"]),
        ("Limit FillOrKill", &["taking"]),
        ("Limit ImmediateOrCancel", &["taking"]),
        ("Market FillOrKill", &["taking"]),
        ("AtTheOpening", &["in an auction"]),
        ("AtTheClose", &["in an auction"]),
        ("GoodForAuction", &["in an auction"]),
        ("GoodTillCancel", &["resting", "in an auction"]),
        ("GoodTillDate", &["resting"]),
        ("of an earlier day", &["resting"]),
    ];
    for (what, parts) in trades {
        all.extend(parts.iter().map(|part| format!("trade: {what}, {part}")));
    }
    for scope in ["firm", "group", "owner"] {
        let actions = ["CancelNewest", "CancelOldest", "CancelBoth", "Decrement"];
        all.extend(actions.map(|action| format!("self-trade: {scope} {action}")));
    }
    let others = [
        "a post-only order slides",
        "trade: minimum on entry",
        "a market-to-limit order rests",
        "an iceberg is met again",
        "an iceberg shows its next part",
        "a triggered stop trades",
        "a trailing stop follows",
        "a stop price is replaced",
        "a peg is priced again",
        "a peg falls asleep",
        "a peg wakes",
        "a peg waits for its entry",
        "a peg trades as it enters",
        "a peg is replaced",
        "an order joins its auction",
        "an order that waits for its auction is replaced",
        "self-trade in an auction",
        "expired: good till date",
        "expired: a stop",
        "expired: for an auction",
        "triggered",
        "decremented",
        "cancelled: MinimumNotMet",
        "cancelled: SelfTrade",
        "cancelled: AuctionRemainder",
        "order refused: Instructions",
        "order refused: ExpireDate",
        "order refused: PartQuantity",
        "order refused: StopReached",
        "order refused: WouldTake",
        "replace refused: PricePresence",
        "replace refused: StopReached",
        "phase reopening auction",
        "phase closing auction",
        "phase post-close",
        "a security that trades in auctions only",
    ];
    all.extend(others.map(String::from));
    all
}
