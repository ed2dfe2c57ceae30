//! The venue before anything happens.

use super::dealing::FeesOf;
use super::ledger::Ledger;
use super::persons::{BEGINNING, InsiderOf, Person, owner, place};
use std::sync::Arc;
use tallystick_engine::bands::Bands;
use tallystick_engine::command::{
    Action, Bound, Command, Listing, MaxUnsettled, Negotiate, Network, Request, SessionOptions, VenueParams,
};
use tallystick_engine::phase::Phase;
use tallystick_engine::reference::IssueRange;
use tallystick_engine::types::{
    AccountId, CashId, FirmId, InvestorId, Money, Price, RequestId, SecurityId, SessionId, TickRange,
    TickRule, Ticks, Time, Units,
};
use tallystick_rules::{Disclosure, Identity, Protocol, Registry, Rule};

/// How many firms there are; each has a session of its number, and the first has another.
pub const FIRMS: u32 = 3;

/// A small venue.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Setup {
    pub bounds: Bounds,
    pub people: Vec<Person>,
    pub accounts: Vec<AccountOf>,
    pub listings: Vec<Listed>,
    pub units: Vec<Grant>,
    pub insiders: Vec<InsiderOf>,
    /// Whether all accounts are in the name of one nominee, or of the owners themselves.
    pub street: bool,
    /// Under whose law the venue is: of [`PLACES`](super::persons::PLACES).
    pub place: u8,
    /// What each account has.
    pub cash: i64,
    /// Whether the first day begins in the auction, or after it.
    pub gathers: bool,
    /// How many heights a trade may take, if the venue settles on a network.
    pub network: Option<u32>,
    /// The account that fees go to.
    pub fee_account: Option<u32>,
    /// Whether firms must limit their credit.
    pub risk_required: bool,
    /// What the sessions are for, and what becomes of their orders when the client is gone; those left out have nothing
    /// special.
    pub options: Vec<SessionOptions>,
}

/// What bounds it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Bounds {
    pub open_orders: u32,
    pub clordids: u32,
    /// How many trades may wait, of the venue, of each firm, of each security; and how much money.
    pub unsettled: [u32; 3],
    pub worth: [i64; 3],
    pub windows: u32,
    pub registry_days: u64,
}

/// An account.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct AccountOf {
    pub firm: u8,
    pub owner: u8,
}

/// A security.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Listed {
    pub lot: u64,
    pub per: u64,
    pub value: i64,
    pub tick: i64,
    pub most_lots: u64,
    pub reference: i64,
    pub max_price: i64,
    /// From how many least ticks on a tick is how many.
    pub coarser: Vec<(i64, i64)>,
    pub round_lots: Option<u64>,
    pub collar_bps: u32,
    /// Whether it trades in auctions only.
    pub call_only: bool,
    pub rules: Vec<Rule>,
    pub disclosure: Disclosure,
    /// Whether only those see it who were let in.
    pub gated: bool,
    /// On a network: whether other venues trade it, too.
    pub shared: bool,
    pub more: More,
}

/// What few securities have. Prices are in least ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct More {
    pub bands: Option<Bands>,
    /// Of a first listing: the lowest and the highest price until it has traded.
    pub issue: Option<(i64, i64)>,
    pub fees: Option<FeesOf>,
    /// If it is gated: which firms are not let in at first, a bit each.
    pub shut_out: u8,
}

/// Units that an account has from the beginning.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Grant {
    pub account: u8,
    pub security: u8,
    pub units: u64,
    pub age_days: u64,
    pub restricted: bool,
    /// On a network: how its holder came to them.
    pub kind: u8,
}

impl Setup {
    /// The commands that set it up, and the registry that one of them adopts.
    pub fn commands(&self) -> Vec<(Command, Option<Arc<Registry>>)> {
        let mut actions = vec![Action::OpenVenue(self.params())];
        actions.extend((1..=FIRMS).map(|n| Action::AddFirm { firm: FirmId(n) }));
        actions.extend((1..=FIRMS + 1).map(|n| {
            let firm = FirmId(if n > FIRMS { 1 } else { n });
            let options = self.options.get(n as usize - 1).copied().unwrap_or_default();
            Action::AddSession { session: SessionId(n), firm, key: [n as u8; 32], options }
        }));
        actions.extend(self.accounts.iter().enumerate().map(|(i, account)| {
            let owner = self.owner(account.owner);
            let firm = FirmId(u32::from(account.firm) % FIRMS + 1);
            let record_holder = self.record_holder(i);
            let account = AccountId(i as u32 + 1);
            Action::AddAccount { account, firm, record_holder, beneficial_owner: owner }
        }));
        for (listed, number) in self.listings.iter().zip(1..) {
            actions.push(Action::List(listed.listing(number)));
            let is_in = |firm: &u32| listed.gated && listed.more.shut_out >> (firm - 1) & 1 == 0;
            actions.extend((1..=FIRMS).filter(is_in).map(|firm| {
                let (security, firm) = (SecurityId(number), FirmId(firm));
                Action::Admission { security, firm, admitted: true }
            }));
        }
        if self.network.is_none() {
            actions.extend(self.insiders.iter().map(|of| Action::SetInsider {
                security: self.security(of.security),
                investor: self.owner(of.person),
                insider: of.relation.insider(BEGINNING),
            }));
        }
        let (mut units, mut cash) = (self.units.as_slice(), self.accounts.len() as u32);
        if self.network.is_some() {
            // The network tells of these, once its registry is adopted.
            (units, cash) = (&[], 0);
        }
        actions.extend(units.iter().map(|grant| Action::AllocateUnits {
            account: AccountId(u32::from(grant.account) % self.accounts.len() as u32 + 1),
            security: self.security(grant.security),
            units: Units(grant.units),
            acquired: Time(BEGINNING.0 - grant.age_days * Time::DAY_NS),
            restricted: grant.restricted,
        }));
        actions.extend((1..=cash).map(|n| Action::AllocateCash {
            account: AccountId(n),
            cash: CashId(1),
            amount: Money(self.cash),
        }));
        let registry = Arc::new(self.registry());
        let (hash, height, as_of) = (registry.hash(), registry.height(), registry.as_of());
        actions.push(Action::AdoptRegistry { hash, height, as_of });
        if self.network.is_some() {
            actions.push(Action::Follow(Ledger::new(self).tell(BEGINNING, usize::MAX)));
        }
        actions.push(Action::StartDay { date: 20_260_105 });
        for n in 1..=self.listings.len() as u32 {
            for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
                if phase != Phase::Continuous || !self.gathers {
                    actions.push(Action::SetPhase { security: SecurityId(n), phase, from: None });
                }
            }
        }
        let mut all: Vec<(Command, Option<Arc<Registry>>)> = Vec::new();
        for (n, action) in actions.into_iter().enumerate() {
            let adopts = matches!(action, Action::AdoptRegistry { .. }).then(|| registry.clone());
            let request = RequestId(n as u64 + 1);
            all.push((Command::Operator(Request { request, uid: 0, action }), adopts));
        }
        let sessions = (1..=FIRMS + 1).map(SessionId);
        all.extend(sessions.map(|session| (Command::Negotiate(Negotiate { session, version: 1 }), None)));
        all.push((Command::Continue, None));
        all
    }

    /// The owner that a number chooses.
    pub fn owner(&self, n: u8) -> InvestorId {
        owner(n, self.people.len())
    }

    /// The security that a number chooses.
    pub fn security(&self, n: u8) -> SecurityId {
        SecurityId(u32::from(n) % self.listings.len() as u32 + 1)
    }

    /// In whose name an account is.
    pub fn record_holder(&self, account: usize) -> InvestorId {
        match self.street {
            true => InvestorId(100),
            // The last account is its firm's own, which is nobody in the registry.
            false if account + 1 == self.accounts.len() => InvestorId(101),
            false => self.owner(self.accounts[account].owner),
        }
    }

    fn params(&self) -> VenueParams {
        let Bounds { unsettled, worth, .. } = self.bounds;
        let bound = |n: usize| Bound { count: unsettled[n], value: Money(worth[n]) };
        VenueParams {
            venue: *b"random histories",
            max_registry_age_ns: self.bounds.registry_days * Time::DAY_NS,
            max_open_orders: self.bounds.open_orders,
            max_clordids: self.bounds.clordids,
            max_unsettled: MaxUnsettled { venue: bound(0), firm: bound(1), security: bound(2) },
            price_windows: self.bounds.windows,
            network: self.network.map(|horizon| Network { chain: [9; 32], horizon }),
            risk_required: self.risk_required,
            fee_account: self.fee_account.map(AccountId),
            place: place(self.place),
        }
    }

    /// What is known of everybody at the beginning.
    pub fn identities(&self) -> Vec<Identity> {
        let numbered = self.people.iter().enumerate();
        numbered.map(|(i, person)| person.identity(InvestorId(i as u32 + 1), self.people.len())).collect()
    }

    fn registry(&self) -> Registry {
        Registry::new(1, BEGINNING, self.identities()).expect("numbers that are dense")
    }
}

impl Listed {
    /// The listing, under this number.
    pub fn listing(&self, number: u32) -> Listing {
        let range = |(from, tick): &(i64, i64)| TickRange {
            from: Price(from * self.tick),
            tick: Price(tick * self.tick),
        };
        Listing {
            security: SecurityId(number),
            symbol: format!("SEC{number}"),
            cash: CashId(1),
            ticks: TickRule {
                coarser: self.coarser.iter().map(range).collect(),
                tick: Price(self.tick),
                lot: Units(self.lot),
                value: Money(self.value),
                per: Units(self.per),
                max_price: Ticks(self.max_price),
                max_quantity: Units(self.most_lots * self.lot),
            },
            round_lot: self.round_lots.map(|lots| Units(lots * self.lot)),
            reference: Price(self.reference * self.tick),
            collar_bps: self.collar_bps,
            call_only: self.call_only,
            fees: self.more.fees.map(|fees| fees.fees()),
            bands: self.more.bands,
            issue: self.more.issue.map(|(lowest, highest)| IssueRange {
                lowest: Price(lowest * self.tick),
                highest: Price(highest * self.tick),
            }),
            protocols: protocols(&self.rules),
            disclosure: self.disclosure,
            gated: self.gated,
        }
    }
}

/// Rules as they stand in protocols: the last one in a protocol of its own, if there are several.
pub fn protocols(rules: &[Rule]) -> Vec<Protocol> {
    let named = |name: &str, rules: &[Rule]| Protocol {
        name: name.into(),
        cites: "17 CFR 230.144".into(),
        rules: rules.to_vec(),
    };
    match rules {
        [] => Vec::new(),
        [one] => Protocol::own(vec![one.clone()]),
        [first @ .., last] => vec![named("first@1", first), named("last@2026.1", std::slice::from_ref(last))],
    }
}

impl Bounds {
    /// Bounds that no history reaches.
    pub const WIDE: Bounds = Bounds {
        open_orders: 1_000,
        clordids: 1_000,
        unsettled: [1_000; 3],
        worth: [i64::MAX; 3],
        windows: 8,
        registry_days: 1_000,
    };
}
