//! A small venue for examples, tests and benches: it sequences what it is given and keeps time.

use crate::command::{Action, Bound, Command, From, Listing, MaxUnsettled, NewOrder, Request, VenueParams};
use crate::engine::Engine;
use crate::event::Event;
use crate::phase::Phase;
use crate::types::{
    AccountId, CashId, ClOrdId, FirmId, InvestorId, Jurisdiction, Money, OrdType, Price, RequestId,
    SecurityId, Seq, SessionId, Side, TickRule, Ticks, Time, TimeInForce, Units,
};
use std::sync::Arc;
use tallystick_rules::{Condition, Disclosure, Identity, PersonTest, Protocol, Registry, Rule, Until};

/// An engine with what it needs around it to be driven by hand.
#[derive(Debug, Default)]
pub struct Venue {
    /// The engine; apply to it through [`Venue::apply`].
    pub engine: Engine,
    /// The time of the next command.
    pub now: Time,
    requests: u64,
}

impl Venue {
    /// A venue in continuous trading: security 1, and two firms with one session, account and investor each,
    /// all numbered 1 and 2.
    pub fn open() -> Venue {
        let mut venue = Venue::bare(Venue::params());
        venue.people(2);
        venue.operate(Action::List(Venue::listing(1, vec![Venue::anyone()])));
        venue.operate(Action::StartDay { date: 20_260_105 });
        venue.trade_continuously(SecurityId(1));
        venue
    }

    /// A venue that has been opened, and nothing else.
    pub fn bare(params: VenueParams) -> Venue {
        let mut venue = Venue { now: Time(1_000 * Time::DAY_NS), ..Venue::default() };
        venue.operate(Action::OpenVenue(params));
        venue
    }

    /// Bounds that no small test reaches.
    pub fn params() -> VenueParams {
        VenueParams {
            venue: *b"tallystick tests",
            max_registry_age_ns: Time::DAY_NS,
            max_open_orders: 1 << 20,
            max_clordids: 1 << 22,
            max_unsettled: Venue::unsettled(1 << 22),
            price_windows: 64,
            network: None,
            risk_required: false,
            fee_account: None,
            place: Venue::place(),
        }
    }

    /// The law that it is under.
    fn place() -> Jurisdiction {
        Jurisdiction::new("US").expect("a country code")
    }

    /// A bound on the number of trades that wait, the same for the venue, each firm and each security.
    pub fn unsettled(count: u32) -> MaxUnsettled {
        let bound = Bound { count, value: Money(i64::MAX) };
        MaxUnsettled { venue: bound, firm: bound, security: bound }
    }

    /// A listing with ticks of a cent, lots of one unit, and a collar so wide that it binds nobody.
    pub fn listing(number: u32, rules: Vec<Rule>) -> Listing {
        Listing {
            security: SecurityId(number),
            symbol: format!("TEST{number}"),
            cash: CashId(1),
            ticks: TickRule {
                coarser: Vec::new(),
                tick: Price(1_000_000),
                lot: Units(1),
                value: Money(1),
                per: Units(1),
                max_price: Ticks(1_000_000),
                max_quantity: Units(1_000_000_000),
            },
            round_lot: None,
            reference: Price(500_000_000),
            collar_bps: 10_000_000,
            call_only: false,
            fees: None,
            bands: None,
            issue: None,
            gated: false,
            protocols: Protocol::own(rules),
            disclosure: Disclosure::default(),
        }
    }

    /// Whoever has a valid identity.
    pub fn anyone() -> Rule {
        Rule::Require(Condition::both(PersonTest::Verified))
    }

    /// An identity without a fault, resident in the United States and accredited.
    pub fn identity(number: u32) -> Identity {
        let until = Until { verified: Time::FOREVER, accredited: Time::FOREVER, ..Until::default() };
        Identity { until, ..Identity::new(InvestorId(number), Venue::place()) }
    }

    /// As many firms, each with a session, an account and an investor of its number.
    pub fn people(&mut self, count: u32) {
        for n in 1..=count {
            self.operate(Action::AddFirm { firm: FirmId(n) });
            self.operate(Action::AddSession {
                session: SessionId(n),
                firm: FirmId(n),
                key: [n as u8; 32],
                options: Default::default(),
            });
            let owner = InvestorId(n);
            let (account, firm) = (AccountId(n), FirmId(n));
            self.operate(Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner });
            self.apply(Command::Negotiate(crate::command::Negotiate { session: SessionId(n), version: 1 }));
        }
        self.adopt((1..=count).map(Venue::identity).collect());
    }

    /// Puts a registry of these identities in force, one height above the last.
    pub fn adopt(&mut self, identities: Vec<Identity>) -> Vec<Event> {
        let height = self.engine.registry().map_or(0, |r| r.height()) + 1;
        let registry = Registry::new(height, self.now, identities).expect("identities of a test");
        let (hash, as_of) = (registry.hash(), registry.as_of());
        self.engine.stage(Arc::new(registry));
        self.operate(Action::AdoptRegistry { hash, height, as_of })
    }

    /// Takes a security through pre-open and an auction into continuous trading.
    pub fn trade_continuously(&mut self, security: SecurityId) {
        for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
            self.set_phase(security, phase);
        }
    }

    /// Changes a phase and does the work that follows.
    pub fn set_phase(&mut self, security: SecurityId, phase: Phase) -> Vec<Event> {
        let mut events = self.operate(Action::SetPhase { security, phase, from: None });
        while self.engine.has_work() {
            events.extend(self.apply(Command::Continue));
        }
        events
    }

    /// Allocates units acquired on the first day of time.
    pub fn allocate_units(&mut self, account: AccountId, security: SecurityId, units: Units) {
        self.operate(Action::AllocateUnits {
            account,
            security,
            units,
            acquired: Time(0),
            restricted: false,
        });
    }

    /// Allocates cash of token 1.
    pub fn allocate_cash(&mut self, account: AccountId, amount: Money) {
        self.operate(Action::AllocateCash { account, cash: CashId(1), amount });
    }

    /// A day order in security 1, whose ClOrdID is its sequence number.
    pub fn limit(
        &mut self,
        session: SessionId,
        account: AccountId,
        side: Side,
        price: Ticks,
        units: Units,
    ) -> Vec<Event> {
        let order = self.order(session, account, side, price, units);
        self.apply(Command::New(order))
    }

    /// The order that [`Venue::limit`] would send.
    pub fn order(
        &self,
        session: SessionId,
        account: AccountId,
        side: Side,
        price: Ticks,
        units: Units,
    ) -> NewOrder {
        NewOrder {
            from: self.from(session),
            clordid: ClOrdId::from_number(self.engine.seq().next().0),
            account,
            security: SecurityId(1),
            side,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::Day,
            price: Some(Price(price.0 * 1_000_000)),
            quantity: units,
            instructions: Default::default(),
        }
    }

    /// The session with the number of its next message.
    pub fn from(&self, session: SessionId) -> From {
        let [_, number, _] = self.engine.session_numbers(session).expect("a session of the venue");
        From { session, number }
    }

    /// Sequences an operator's request.
    pub fn operate(&mut self, action: Action) -> Vec<Event> {
        self.requests += 1;
        self.apply(Command::Operator(Request { request: RequestId(self.requests), uid: 0, action }))
    }

    /// Sequences a command, one microsecond after the last.
    pub fn apply(&mut self, command: Command) -> Vec<Event> {
        let mut events = Vec::new();
        self.now = Time(self.now.0 + 1_000);
        self.engine.apply(Seq(self.engine.seq().0 + 1), self.now, &command, &mut events);
        events
    }
}
