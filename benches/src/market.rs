//! The engine under a flow: everything that surrounds a book is there, and every order is somebody's.

use crate::flow::{Entry, Fill, Step};
use crate::generate::MIDDLE;
use crate::programs::{Rules, identities};
use std::sync::Arc;
use tallystick_engine::Engine;
use tallystick_engine::command::{
    Action, CancelOrder, Command, From, MaxUnsettled, Negotiate, NewOrder, OrderRef, ReplaceOrder, Request,
    SessionOptions, VenueParams,
};
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::rules::{Identity, InvestorId, Registry};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::{
    AccountId, CashId, ClOrdId, FirmId, Money, OrdType, OrderId, Price, RequestId, SecurityId, SessionId,
    Side, Ticks, Time, TimeInForce, Units,
};

/// One tick as a price: a cent.
pub const TICK: i64 = 1_000_000;

/// The one security.
pub const SECURITY: SecurityId = SecurityId(1);

/// How much surrounds the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Accounts that trade; those with odd numbers buy and the others sell, so that no two of one owner meet.
    pub accounts: u32,
    /// Investors that the registry knows; the accounts' owners are spread evenly over them.
    pub investors: u32,
    /// Firms, each with one session; the accounts are spread over them.
    pub firms: u32,
}

impl Size {
    /// What the aims name: 20,000 active accounts of a million known.
    pub const FULL: Size = Size { accounts: 20_000, investors: 1_000_000, firms: 16 };
    /// For tests.
    pub const SMALL: Size = Size { accounts: 40, investors: 100, firms: 4 };
}

/// What is known of a live order beside its place on the book.
#[derive(Clone, Copy, Debug, Default)]
struct Named {
    name: u64,
    account: u32,
    /// By [`Side::index`]; an order that is not there has nought for a name.
    side: usize,
}

/// An engine in continuous trading, and what is needed to speak to it of a flow's orders.
#[derive(Debug)]
pub struct Market {
    /// The engine.
    pub engine: Engine,
    size: Size,
    now: Time,
    requests: u64,
    /// The number of each session's next message.
    numbers: Vec<u64>,
    /// By the flow's number of the order.
    named: Vec<Named>,
    /// The flow's numbers of the orders, by the venue's; nought is nobody's.
    brought: Vec<u64>,
    names: u64,
}

impl Market {
    /// A market of this size under these rules. The registry is one of [`Market::registry`]'s, made once for several markets.
    pub fn new(size: Size, rules: Rules, registry: &Arc<Registry>) -> Market {
        let mut market = Market {
            engine: Engine::new(0x5EED),
            size,
            now: Time(registry.as_of().0),
            requests: 0,
            numbers: vec![1; size.firms as usize + 1],
            named: Vec::new(),
            brought: vec![0],
            names: 0,
        };
        market.operate(Action::OpenVenue(VenueParams {
            max_open_orders: 1 << 20,
            max_clordids: 1 << 30,
            // Nothing settles: what has traded waits until the run is over.
            max_unsettled: MaxUnsettled::trades(1 << 30),
            network: None,
            ..Venue::params()
        }));
        market.engine.stage(Arc::clone(registry));
        let (hash, height, as_of) = (registry.hash(), registry.height(), registry.as_of());
        market.operate(Action::AdoptRegistry { hash, height, as_of });
        for firm in 1..=size.firms {
            let (firm, session) = (FirmId(firm), SessionId(firm));
            market.operate(Action::AddFirm { firm });
            market.operate(Action::AddSession {
                session,
                firm,
                key: [firm.0 as u8; 32],
                options: SessionOptions::default(),
            });
            market.apply(&Command::Negotiate(Negotiate { session, version: 1 }), &mut Vec::new());
        }
        let mut listing = Venue::listing(1, Vec::new());
        listing.protocols = rules.protocols();
        listing.reference = Price(MIDDLE * TICK);
        market.operate(Action::List(listing));
        for account in 1..=size.accounts {
            let owner = InvestorId(1 + (account - 1) * (size.investors / size.accounts));
            let firm = FirmId(market.firm_of(account));
            let account = AccountId(account);
            market.operate(Action::AddAccount {
                account,
                firm,
                record_holder: owner,
                beneficial_owner: owner,
            });
            // More than a flow of millions can spend: the checks are made, and nobody fails them.
            if account.0.is_multiple_of(2) {
                let (security, units, acquired) = (SECURITY, Units(1 << 40), Time(0));
                market.operate(Action::AllocateUnits {
                    account,
                    security,
                    units,
                    acquired,
                    restricted: false,
                });
            } else {
                market.operate(Action::AllocateCash { account, cash: CashId(1), amount: Money(1 << 48) });
            }
        }
        market.operate(Action::StartDay { date: 20_260_105 });
        for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
            market.operate(Action::SetPhase { security: SECURITY, phase, from: None });
            while market.engine.has_work() {
                market.apply(&Command::Continue, &mut Vec::new());
            }
        }
        assert_eq!(market.engine.security(SECURITY).map(|s| s.1), Some(Phase::Continuous));
        market
    }

    /// A registry of this size.
    pub fn registry(size: Size) -> Arc<Registry> {
        let people: Vec<Identity> = identities(size.investors);
        Arc::new(Registry::new(1, Time(1_000 * Time::DAY_NS), people).expect("identities of a bench"))
    }

    /// The commands of these steps, which are to be applied next and in this order.
    pub fn translate(&mut self, steps: &[Step], commands: &mut Vec<Command>) {
        commands.clear();
        commands.extend(steps.iter().map(|step| self.command(step)));
    }

    /// Applies a command a microsecond after the last.
    pub fn apply(&mut self, command: &Command, events: &mut Vec<Event>) {
        self.now = Time(self.now.0 + 1_000);
        self.engine.apply(self.engine.seq().next(), self.now, command, events);
    }

    /// Applies a step and asserts that nothing was refused; its trades in the flow's words.
    pub fn step(&mut self, step: &Step, fills: &mut Vec<Fill>) {
        let (mut commands, mut events) = (Vec::new(), Vec::new());
        self.translate(std::slice::from_ref(step), &mut commands);
        self.apply(&commands[0], &mut events);
        for event in &events {
            match event {
                Event::Trade { price, units, aggressor, buyer, seller, .. } => {
                    let (coming, resting) = match aggressor {
                        Side::Buy => (buyer, seller),
                        Side::Sell => (seller, buyer),
                    };
                    let [resting, coming] = [resting, coming].map(|side| self.flow_id(side.order.order));
                    fills.push(Fill { resting, coming, ticks: price.0 / TICK, units: units.0 });
                }
                Event::Accepted { .. }
                | Event::Replaced { .. }
                | Event::Cancelled { .. }
                | Event::Pledged { .. } => {}
                other => panic!("{step:?}: {other:?}"),
            }
        }
    }

    fn flow_id(&self, order: OrderId) -> u64 {
        self.brought[order.0 as usize]
    }

    fn command(&mut self, step: &Step) -> Command {
        match *step {
            Step::Add(entry) => self.enter(entry, TimeInForce::Day),
            Step::Immediate(entry) => self.enter(entry, TimeInForce::ImmediateOrCancel),
            Step::Cancel { id } => {
                let order = self.order_ref(id);
                let from = self.from(order.account);
                Command::Cancel(CancelOrder { from, order })
            }
            Step::Move { id, ticks, total, .. } => {
                let order = self.order_ref(id);
                self.named[id as usize].name = self.names;
                let from = self.from(order.account);
                Command::Replace(ReplaceOrder {
                    from,
                    order,
                    price: Price(ticks * TICK),
                    quantity: Units(total),
                    stop_price: None,
                })
            }
        }
    }

    fn enter(&mut self, entry: Entry, time_in_force: TimeInForce) -> Command {
        let Entry { id, side, ticks, units, party } = entry;
        let pairs = self.size.accounts / 2;
        let account = 2 * (party % pairs) + if side == Side::Buy { 1 } else { 2 };
        let clordid = self.name();
        self.brought.push(id);
        let id = id as usize;
        self.named.resize(self.named.len().max(id + 1), Named::default());
        self.named[id] = Named { name: self.names, account, side: side.index() };
        Command::New(NewOrder {
            from: self.from(AccountId(account)),
            clordid,
            account: AccountId(account),
            security: SECURITY,
            side,
            ord_type: OrdType::Limit,
            time_in_force,
            price: Some(Price(Ticks(ticks).0 * TICK)),
            quantity: Units(units),
            instructions: Default::default(),
        })
    }

    fn order_ref(&mut self, id: u64) -> OrderRef {
        let Named { name, account, side } = self.named[id as usize];
        let clordid = self.name();
        let (original, account) = (ClOrdId::from_number(name), AccountId(account));
        OrderRef { clordid, original, account, security: SECURITY, side: Side::BOTH[side] }
    }

    fn name(&mut self) -> ClOrdId {
        self.names += 1;
        ClOrdId::from_number(self.names)
    }

    fn from(&mut self, account: AccountId) -> From {
        let session = self.firm_of(account.0);
        let number = self.numbers[session as usize];
        self.numbers[session as usize] += 1;
        From { session: SessionId(session), number }
    }

    fn firm_of(&self, account: u32) -> u32 {
        1 + account % self.size.firms
    }

    fn operate(&mut self, action: Action) {
        self.requests += 1;
        let mut events = Vec::new();
        let request = Request { request: RequestId(self.requests), uid: 0, action };
        self.apply(&Command::Operator(request), &mut events);
        for event in &events {
            if let Event::Answered { result, .. } = event {
                assert!(result.is_ok(), "{result:?}");
            }
        }
    }
}
