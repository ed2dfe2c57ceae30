//! Commands by chance, as the front end would make them.

use super::random::Random;
use std::sync::Arc;
use tallystick_engine::Engine;
use tallystick_engine::command::{
    Action, CancelOrder, Command, From, Negotiate, NewOrder, OrderRef, RefusedMessage, ReplaceOrder, Request,
    SessionOptions,
};
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::MessageFault;
use tallystick_engine::rules::{Registry, Standing};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::{
    AccountId, CashId, ClOrdId, FirmId, InvestorId, Money, OrdType, Price, RequestId, SecurityId, SessionId,
    Side, Time, TimeInForce, Units,
};
use tallystick_gateway::pipeline::Ingress;

/// How many brokers there are.
pub const BROKERS: u32 = 3;

/// Who asks, with the numbers that the front end keeps.
pub struct Requests {
    random: Random,
    /// By session: version and next number.
    sessions: Vec<(u64, u64)>,
    names: u64,
    requests: u64,
    height: u64,
    firms: u32,
    since: Time,
}

impl Requests {
    /// For the venue as it was recovered.
    pub fn of(engine: &Engine, seed: u64) -> Requests {
        let numbers =
            |n| engine.session_numbers(SessionId(n)).map_or((0, 1), |[version, next, _]| (version, next));
        Requests {
            random: Random::new(seed),
            sessions: (1..=BROKERS).map(numbers).collect(),
            names: engine.seq().0 << 16,
            requests: engine.seq().0,
            height: engine.registry().map_or(0, |r| r.height()),
            firms: engine.firms().map(|firm| firm.0).max().unwrap_or(0),
            since: engine.registry().map_or(Time(0), |r| r.as_of()),
        }
    }

    /// What opens a market with two securities.
    pub fn opening(&mut self) -> Vec<Ingress> {
        let mut params = Venue::params();
        (params.max_open_orders, params.price_windows) = (4_096, 4);
        let mut all = vec![self.act(Action::OpenVenue(params))];
        for n in 1..=BROKERS {
            let (firm, session, account, owner) = (FirmId(n), SessionId(n), AccountId(n), InvestorId(n));
            all.push(self.act(Action::AddFirm { firm }));
            all.push(self.act(Action::AddSession {
                session,
                firm,
                key: [n as u8; 32],
                options: SessionOptions::default(),
            }));
            let (record_holder, beneficial_owner) = (owner, owner);
            all.push(self.act(Action::AddAccount { account, firm, record_holder, beneficial_owner }));
            all.push(self.negotiate(n));
        }
        self.firms = BROKERS;
        all.push(self.adopt());
        for security in [1, 2].map(SecurityId) {
            all.push(self.act(Action::List(Venue::listing(security.0, vec![Venue::anyone()]))));
            for account in (1..=BROKERS).map(AccountId) {
                let (units, acquired) = (Units(1_000_000), Time(0));
                all.push(self.act(Action::AllocateUnits {
                    account,
                    security,
                    units,
                    acquired,
                    restricted: false,
                }));
                let (cash, amount) = (CashId(1), Money(1_000_000_000));
                all.push(self.act(Action::AllocateCash { account, cash, amount }));
            }
        }
        all.push(self.act(Action::StartDay { date: 20_260_105 }));
        for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
            for security in [1, 2].map(SecurityId) {
                all.push(self.act(Action::SetPhase { security, phase, from: None }));
            }
        }
        all
    }

    /// Something by chance.
    pub fn any(&mut self) -> Ingress {
        let session = 1 + self.random.below(BROKERS.into()) as u32;
        match self.random.below(100) {
            0..60 => self.order(session),
            60..75 => self.cancel(session),
            75..85 => self.replace(session),
            85..88 => self.refused(session),
            88 => self.negotiate(session),
            89 => self.adopt(),
            90..93 => {
                let phases = [
                    Phase::Halted,
                    Phase::ReopeningAuction,
                    Phase::Continuous,
                    Phase::Closed,
                    Phase::PreOpen,
                    Phase::OpeningAuction,
                    Phase::ClosingAuction,
                ];
                let phase = phases[self.random.below(phases.len() as u64) as usize];
                let security = self.security();
                self.act(Action::SetPhase { security, phase, from: None })
            }
            93 => {
                self.firms += 1;
                let firm = FirmId(self.firms);
                self.act(Action::AddFirm { firm })
            }
            94..97 => {
                let (account, cash, amount) = (AccountId(session), CashId(1), Money(1_000));
                self.act(Action::AllocateCash { account, cash, amount })
            }
            97 => self.act(Action::Checkpoint),
            _ => self.act(Action::Status),
        }
    }

    fn act(&mut self, action: Action) -> Ingress {
        self.requests += 1;
        Command::Operator(Request { request: RequestId(self.requests), uid: 0, action }).into()
    }

    fn adopt(&mut self) -> Ingress {
        self.height += 1;
        // The time of the one in force: it may have been adopted when the clock showed less than it does now.
        self.since = self.since.max(Time(1_000 * Time::DAY_NS));
        let mut identities: Vec<_> = (1..=BROKERS).map(Venue::identity).collect();
        let suspended = self.random.below(6) as usize;
        if let Some(identity) = identities.get_mut(suspended) {
            identity.standing = Standing::Suspended;
        }
        let registry = Registry::new(self.height, self.since, identities).unwrap();
        let (hash, height, as_of) = (registry.hash(), registry.height(), registry.as_of());
        let Ingress { command, .. } = self.act(Action::AdoptRegistry { hash, height, as_of });
        Ingress { command, registry: Some(Arc::new(registry)) }
    }

    fn negotiate(&mut self, session: u32) -> Ingress {
        let (version, next) = &mut self.sessions[session as usize - 1];
        (*version, *next) = (*version + 1, 1);
        Command::Negotiate(Negotiate { session: SessionId(session), version: *version }).into()
    }

    fn from(&mut self, session: u32) -> From {
        let skipped = u64::from(self.random.one_in(30));
        let (_, next) = &mut self.sessions[session as usize - 1];
        let number = *next + skipped;
        *next = number + 1;
        From { session: SessionId(session), number }
    }

    fn security(&mut self) -> SecurityId {
        SecurityId(1 + self.random.below(2) as u32)
    }

    fn side(&mut self) -> Side {
        if self.random.one_in(2) { Side::Buy } else { Side::Sell }
    }

    fn price(&mut self) -> Price {
        Price((490 + self.random.below(21) as i64) * 1_000_000)
    }

    fn order(&mut self, session: u32) -> Ingress {
        self.names += 1;
        let time_in_force = match self.random.below(10) {
            0 => TimeInForce::ImmediateOrCancel,
            1 => TimeInForce::FillOrKill,
            _ => TimeInForce::Day,
        };
        Command::New(NewOrder {
            from: self.from(session),
            clordid: ClOrdId::from_number(self.names),
            account: AccountId(session),
            security: self.security(),
            side: self.side(),
            ord_type: OrdType::Limit,
            time_in_force,
            price: Some(self.price()),
            quantity: Units(self.random.below(30)),
            instructions: Default::default(),
        })
        .into()
    }

    fn reference(&mut self, session: u32) -> OrderRef {
        let earlier = self.names.saturating_sub(self.random.below(20));
        self.names += 1;
        OrderRef {
            clordid: ClOrdId::from_number(self.names),
            original: ClOrdId::from_number(earlier),
            account: AccountId(session),
            security: self.security(),
            side: self.side(),
        }
    }

    fn cancel(&mut self, session: u32) -> Ingress {
        Command::Cancel(CancelOrder { from: self.from(session), order: self.reference(session) }).into()
    }

    fn replace(&mut self, session: u32) -> Ingress {
        let (from, order) = (self.from(session), self.reference(session));
        let (price, quantity) = (self.price(), Units(1 + self.random.below(30)));
        Command::Replace(ReplaceOrder { from, order, price, quantity, stop_price: None }).into()
    }

    fn refused(&mut self, session: u32) -> Ingress {
        let from = self.from(session);
        Command::Refuse(RefusedMessage { from, template: 100, tag: 54, fault: MessageFault::InvalidValue })
            .into()
    }
}
