//! The commands of a table.
//!
//! ```text
//! buy|sell ACCOUNT QUANTITY@PRICE [as NAME] [in SECURITY] [by SESSION] [instructions, see `instructions.rs`]
//!                  PRICE may be `market`; `none` is a limit order without a price; `market` behind a price
//!                  is a market order with one. Without a name one is made up: x1, x2 and so on.
//! replace ACCOUNT OLD as NEW QUANTITY@PRICE [stop=PRICE] [in SECURITY] [by SESSION] [side buy|sell]
//! cross BUYER SELLER QUANTITY@PRICE [as NAME/NAME] [first buy|sell] [in SECURITY] [by SESSION]
//! cancel  ACCOUNT OLD [as NAME] [in SECURITY] [by SESSION] [side buy|sell]
//! phase PHASE [from PHASE] [in SECURITY]    continue (one chunk of work)      finish (all of it)
//! wait DURATION                  the next command comes so long after the last one, not a microsecond
//! clock DURATION                 the next command comes so long after the midnight at which cases begin
//! tick    skip    negotiate SESSION VERSION    refuse SESSION template N tag N FAULT
//! open [open-orders=N]    day DATE    firm N    session N firm N [...]    account N firm N owner N [holder N]
//! list N [key=value ...]  units ACCOUNT N [ago DURATION] [restricted] [in SECURITY]    cash ACCOUNT N
//! registry [N:absent|suspended|lapses=DURATION|country=XX|... ...] [ago=DURATION] [height=N]
//! bust TRADE [record ...]    correct TRADE PRICE [record ...]    with the terms that the record has of it, or `of TRADE`
//!                  of another, or with other ones: [security=N] [token=N] [seller=N] [buyer=N] [price=PRICE] [units=N]
//!                  [money=N] [buying=SESSION] [selling=SESSION]
//! end ORDER        an operator ends the order of this number
//! fees none|MAKER,TAKER,AUCTION,LEAST [in SECURITY]
//! checkpoint    status    news ... (see `news.rs`)
//! repeat N COMMAND               so often, with made-up names
//! daily N COMMAND                with `ago 1d`, `ago 2d` and so on
//! insider ...    disclose ...    approve ...    admit ...    shut-out ... (see `rules.rs`)
//! show ... (see `show.rs`)      limits, block, mass-cancel and so on (see `risk.rs`), reference (see `auctions.rs`)
//! quote, withdraw, protect and so on (see `quotes.rs`)
//! ```

use super::Run;
use super::auctions;
use super::instructions::{instructions, ord_type, time_in_force};
use super::news::news;
use super::quotes;
use super::render::{Scribe, fold};
use super::risk;
use super::rules;
use super::setup::{START, duration, fees, list_option, phase_of, price, venue};
use super::show::show;
use std::str::FromStr;
use std::sync::Arc;
use tallystick_engine::Engine;
use tallystick_engine::command::{
    Action, CancelOrder, Command, From, Negotiate, NewOrder, OrderRef, RefusedMessage, ReplaceOrder, Request,
};
use tallystick_engine::crosses::{CrossSide, NewCross};
use tallystick_engine::news::Item;
use tallystick_engine::reject::MessageFault;
use tallystick_engine::rules::{Identity, Jurisdiction, Registry, Standing};
use tallystick_engine::snapshot::State;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;

/// A case that is being run.
pub struct Stage {
    venue: Venue,
    scribe: Scribe,
    identities: Vec<Identity>,
    run: Run,
    made_up: u32,
    requests: u64,
}

impl Stage {
    pub fn new(setup: &str, run: Run) -> Stage {
        let venue = venue(setup, run != Run::WithoutWindows);
        let identities = venue.engine.registry().map_or(Vec::new(), |r| r.identities().to_vec());
        Stage { venue, scribe: Scribe::default(), identities, run, made_up: 0, requests: 1_000_000 }
    }

    /// Does what a line says and returns the lines of what happened.
    pub fn perform(&mut self, line: &str) -> Vec<String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "wait" => {
                self.venue.now = Time(self.venue.now.0 + duration(words[1]) - 1_000);
                Vec::new()
            }
            "clock" => {
                self.venue.now = Time(START.0 + duration(words[1]) - 1_000);
                Vec::new()
            }
            "show" => show(&self.venue.engine, &words),
            _ => {
                if self.run == Run::RestoredBeforeEachLine {
                    self.restore();
                }
                let lines = fold(self.lines(&words));
                let invariants = self.venue.engine.check_invariants();
                invariants.unwrap_or_else(|broken| panic!("invariant: {broken}"));
                lines
            }
        }
    }

    /// What is asserted of every case at its end.
    pub fn end(&self) {
        let waiting = if self.venue.engine.has_work() { 1 } else { 0 };
        assert!(self.scribe.requests.len() <= waiting, "every request is answered");
    }

    fn lines(&mut self, words: &[&str]) -> Vec<String> {
        match words[0] {
            "repeat" => {
                let times = 0..number(words[1]);
                times.flat_map(|_| self.lines(&words[2..])).collect()
            }
            "daily" => {
                let days = 1..=number::<u32>(words[1]);
                days.flat_map(|n| self.lines(&[&words[2..], &["ago", &format!("{n}d")]].concat())).collect()
            }
            "finish" => {
                let mut lines = Vec::new();
                while self.venue.engine.has_work() {
                    lines.extend(self.lines(&["continue"]));
                }
                lines
            }
            _ => {
                let command = self.command(words);
                let events = self.venue.apply(command);
                self.scribe.lines(&self.venue.engine, &events)
            }
        }
    }

    /// The same engine, by way of the bytes of a snapshot, with another seed of its hash tables.
    fn restore(&mut self) {
        let engine = &self.venue.engine;
        let state = State::from_bytes(&engine.state().to_bytes()).expect("our own snapshot");
        assert_eq!(state, engine.state());
        let restored = Engine::restore(&state, engine.registry().cloned(), engine.seq().0);
        self.venue.engine = restored.expect("our own snapshot");
        assert_eq!(self.venue.engine.state().hash(), state.hash());
    }

    fn command(&mut self, words: &[&str]) -> Command {
        if let Some(command) = risk::command(words, |session| self.venue.from(session)) {
            return command;
        }
        let venue = &self.venue;
        let made_up = || made_up(&mut self.made_up);
        if let Some(command) = quotes::command(words, |session| venue.from(session), made_up) {
            return command;
        }
        match words[0] {
            "buy" => self.new_order(Side::Buy, words),
            "sell" => self.new_order(Side::Sell, words),
            "cross" => self.cross(words),
            "replace" => self.replace(words),
            "cancel" => self.cancel(words),
            "continue" => Command::Continue,
            "tick" => Command::Tick,
            "skip" => Command::Skip,
            "negotiate" => {
                let (session, version) = (SessionId(number(words[1])), number(words[2]));
                Command::Negotiate(Negotiate { session, version })
            }
            "refuse" => {
                let from = self.venue.from(SessionId(number(words[1])));
                let template = number(after(words, "template").expect("template"));
                let tag = number(after(words, "tag").expect("tag"));
                let fault = match words[words.len() - 1] {
                    "InvalidValue" => MessageFault::InvalidValue,
                    "ReservedBit" => MessageFault::ReservedBit,
                    "RequiredFieldNull" => MessageFault::RequiredFieldNull,
                    "Text" => MessageFault::Text,
                    other => panic!("fault {other}?"),
                };
                Command::Refuse(RefusedMessage { from, template, tag, fault })
            }
            _ => {
                let action = self.action(words);
                self.requests += 1;
                let request = RequestId(self.requests);
                self.scribe.requests.push(request);
                Command::Operator(Request { request, uid: 0, action })
            }
        }
    }

    fn action(&mut self, words: &[&str]) -> Action {
        if let Some(action) =
            risk::action(words).or_else(|| auctions::action(words)).or_else(|| quotes::action(words))
        {
            return action;
        }
        if let Some(action) = rules::action(words, self.next_time()) {
            return action;
        }
        let first = || number::<u32>(words[1]);
        let security = SecurityId(after(words, "in").map_or(1, number));
        match words[0] {
            "open" => {
                let mut params = Venue::params();
                for (key, value) in pairs(words) {
                    match key {
                        "open-orders" => params.max_open_orders = number(value),
                        "fee-account" => params.fee_account = Some(AccountId(number(value))),
                        _ => panic!("{key}?"),
                    }
                }
                Action::OpenVenue(params)
            }
            "phase" => {
                let from = after(words, "from").map(phase_of);
                Action::SetPhase { security, phase: phase_of(words[1]), from }
            }
            "day" => Action::StartDay { date: first() },
            "firm" => Action::AddFirm { firm: FirmId(first()) },
            "session" => {
                let firm = FirmId(number(after(words, "firm").expect("firm")));
                let (session, options) = (SessionId(first()), risk::options(words));
                Action::AddSession { session, firm, key: [0; 32], options }
            }
            "account" => {
                let owner = InvestorId(number(after(words, "owner").expect("owner")));
                let firm = FirmId(number(after(words, "firm").expect("firm")));
                let account = AccountId(first());
                let record_holder = after(words, "holder").map_or(owner, |holder| InvestorId(number(holder)));
                Action::AddAccount { account, firm, record_holder, beneficial_owner: owner }
            }
            "list" => {
                let mut listing = Venue::listing(first(), vec![Venue::anyone()]);
                pairs(words).for_each(|(key, value)| list_option(&mut listing, key, value));
                Action::List(listing)
            }
            "units" => {
                let ago = after(words, "ago").map_or(1_000 * Time::DAY_NS, duration);
                let acquired = match after(words, "ago") {
                    Some(_) => Time(self.next_time() - ago),
                    None => Time(if words.contains(&"future") { self.next_time() + 1 } else { 0 }),
                };
                let (account, units) = (AccountId(first()), Units(number(words[2])));
                Action::AllocateUnits {
                    account,
                    security,
                    units,
                    acquired,
                    restricted: words.contains(&"restricted"),
                }
            }
            "bust" | "correct" => self.undo(words),
            "end" => Action::CancelOrder { order: OrderId(number(words[1])) },
            "fees" => Action::SetFees { security, fees: fees(words[1]) },
            "cash" => {
                let (account, amount) = (AccountId(first()), Money(number(words[2])));
                Action::AllocateCash { account, cash: CashId(1), amount }
            }
            "registry" => self.registry(words),
            "news" => {
                let (next, now) = (self.venue.engine.followed().saturating_add(1), self.next_time());
                let told = |investor, what: &str| {
                    self.change(investor, what, now);
                    let identity = self.identities.iter().find(|i| i.investor == investor).copied();
                    Item::Person { investor, identity }
                };
                Action::Follow(news(&words[1..], next, now, told))
            }
            "checkpoint" => Action::Checkpoint,
            "status" => Action::Status,
            other => panic!("command {other}?"),
        }
    }

    fn undo(&self, words: &[&str]) -> Action {
        let trade = TradeId(number(words[1]));
        let terms = words.contains(&"record").then(|| {
            let of = after(words, "of").map_or(trade, |n| TradeId(number(n)));
            let mut terms = self.scribe.record[&of];
            for (key, value) in pairs(words) {
                match key {
                    "security" => terms.security = SecurityId(number(value)),
                    "token" => terms.cash = CashId(number(value)),
                    "seller" => terms.seller = AccountId(number(value)),
                    "buyer" => terms.buyer = AccountId(number(value)),
                    "price" => terms.price = price(value),
                    "units" => terms.units = Units(number(value)),
                    "money" => terms.money = Money(number(value)),
                    "buying" => terms.buy.session = SessionId(number(value)),
                    "selling" => terms.sell.session = SessionId(number(value)),
                    other => panic!("{other}?"),
                }
            }
            Box::new(terms)
        });
        match words[0] {
            "bust" => Action::BustTrade { trade, terms },
            _ => Action::CorrectTrade { trade, price: price(words[2]), terms },
        }
    }

    fn registry(&mut self, words: &[&str]) -> Action {
        let now = self.next_time();
        let after_the_last = self.venue.engine.registry().map_or(0, |r| r.height()) + 1;
        let followed = Some(self.venue.engine.followed()).filter(|&height| height > 0);
        let (mut as_of, mut height) = (now, followed.unwrap_or(after_the_last));
        for word in &words[1..] {
            if let Some(ago) = word.strip_prefix("ago=") {
                as_of = now - duration(ago);
            } else if *word == "future" {
                as_of = now + 1;
            } else if let Some(stated) = word.strip_prefix("height=") {
                height = number(stated);
            } else {
                let (investor, what) = word.split_once(':').unwrap_or_else(|| panic!("{word}?"));
                self.change(InvestorId(number(investor)), what, now);
            }
        }
        let registry = Registry::new(height, Time(as_of), self.identities.clone()).expect("a registry");
        let hash = registry.hash();
        self.venue.engine.stage(Arc::new(registry));
        Action::AdoptRegistry { hash, height, as_of: Time(as_of) }
    }

    fn change(&mut self, investor: InvestorId, what: &str, now: u64) {
        self.identities.retain(|i| i.investor != investor || what != "absent");
        if what == "absent" {
            return;
        }
        if !self.identities.iter().any(|i| i.investor == investor) {
            self.identities.push(Venue::identity(investor.0));
        }
        let identity = self.identities.iter_mut().find(|i| i.investor == investor).expect("just seen to");
        if rules::change(identity, what) {
            return;
        }
        match what.split_once('=') {
            None if what == "suspended" => identity.standing = Standing::Suspended,
            None if what == "good" => *identity = Venue::identity(investor.0),
            None if what == "unaccredited" => identity.until.accredited = Time::NEVER,
            Some(("lapses", after)) => identity.until.verified = Time(now + duration(after)),
            Some(("country", code)) => identity.jurisdiction = Jurisdiction::new(code).expect("a country"),
            _ => panic!("{what}?"),
        }
    }

    fn new_order(&mut self, side: Side, words: &[&str]) -> Command {
        let (quantity, limit) = words[2].split_once('@').expect("QUANTITY@PRICE");
        Command::New(NewOrder {
            from: self.session(words),
            clordid: self.name(words),
            account: AccountId(number(words[1])),
            security: SecurityId(after(words, "in").map_or(1, number)),
            side,
            ord_type: ord_type(words, limit),
            time_in_force: time_in_force(words),
            price: (!matches!(limit, "market" | "none")).then(|| price(limit)),
            quantity: Units(number(quantity)),
            instructions: instructions(words),
        })
    }

    fn cross(&mut self, words: &[&str]) -> Command {
        let (quantity, limit) = words[3].split_once('@').expect("QUANTITY@PRICE");
        let names = after(words, "as").map(|both| both.split_once('/').expect("NAME/NAME"));
        let mut side = |account: &str, called: Option<&str>| {
            let clordid = called.map(name).unwrap_or_else(|| self.name(&[]));
            CrossSide { clordid, account: AccountId(number(account)) }
        };
        let (buy, sell) = (side(words[1], names.map(|n| n.0)), side(words[2], names.map(|n| n.1)));
        Command::NewCross(NewCross {
            from: self.session(words),
            security: SecurityId(after(words, "in").map_or(1, number)),
            price: price(limit),
            quantity: Units(number(quantity)),
            prioritized: if after(words, "first") == Some("sell") { Side::Sell } else { Side::Buy },
            buy,
            sell,
        })
    }

    fn replace(&mut self, words: &[&str]) -> Command {
        let (from, original) = (self.session(words), name(words[2]));
        let (quantity, limit) = words[5].split_once('@').expect("QUANTITY@PRICE");
        let order = self.meant(from.session, original, words);
        // A stop's own price is not looked at.
        let price = if limit == "none" { Price(0) } else { price(limit) };
        let quantity = Units(number(quantity));
        let stop_price = instructions(words).stop_price;
        Command::Replace(ReplaceOrder { from, order, price, quantity, stop_price })
    }

    fn cancel(&mut self, words: &[&str]) -> Command {
        let (from, original) = (self.session(words), name(words[2]));
        let order = self.meant(from.session, original, words);
        Command::Cancel(CancelOrder { from, order })
    }

    /// What a request states of the order it means: what is true of it, unless the line says otherwise.
    fn meant(&mut self, session: SessionId, original: ClOrdId, words: &[&str]) -> OrderRef {
        let known = self.scribe.order(session, original);
        let security = after(words, "in").map(|n| SecurityId(number(n)));
        let side = after(words, "side").map(|side| if side == "buy" { Side::Buy } else { Side::Sell });
        OrderRef {
            clordid: self.name(words),
            original,
            account: AccountId(number(words[1])),
            security: security.or(known.map(|k| k.1)).unwrap_or(SecurityId(1)),
            side: side.or(known.map(|k| k.2)).unwrap_or(Side::Buy),
        }
    }

    fn session(&self, words: &[&str]) -> From {
        self.venue.from(SessionId(number(after(words, "by").unwrap_or(words[1]))))
    }

    fn name(&mut self, words: &[&str]) -> ClOrdId {
        after(words, "as").map(name).unwrap_or_else(|| made_up(&mut self.made_up))
    }

    fn next_time(&self) -> u64 {
        self.venue.now.0 + 1_000
    }
}

/// The next name for what has none.
fn made_up(count: &mut u32) -> ClOrdId {
    *count += 1;
    name(&format!("x{count}"))
}

pub fn after<'a>(words: &[&'a str], key: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| *word == key)?;
    words.get(at + 1).copied()
}

pub fn pairs<'a>(words: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    words.iter().filter_map(|word| word.split_once('='))
}

pub fn number<N: FromStr>(text: &str) -> N {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

pub fn name(text: &str) -> ClOrdId {
    ClOrdId::new(text).unwrap_or_else(|| panic!("{text} is no ClOrdID"))
}
