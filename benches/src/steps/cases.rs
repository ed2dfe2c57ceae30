//! The work that is measured: what stands before it, what begins it, what must be left after it.

use super::Amount;
use std::sync::Arc;
use tallystick_engine::MATCH_LIMIT;
use tallystick_engine::command::{Action, Command, Listing, Network, NewOrder, Request};
use tallystick_engine::event::Event;
use tallystick_engine::mass::MassFilter;
use tallystick_engine::news::{Item, News, Terms};
use tallystick_engine::phase::Phase;
use tallystick_engine::rules::{
    Class, Condition, Disclosure, Holders, Identity, Most, PersonTest, Protocol, Registry, Rule, Scope,
    Standing, Topic,
};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::{
    AccountId, CashId, FirmId, Instructions, InvestorId, Money, OrdType, Price, RequestId, SecurityId,
    SessionId, Side, Ticks, Time, TimeInForce, Units,
};

/// Where the work is.
const WORKED: SecurityId = SecurityId(1);
/// Where somebody else trades meanwhile.
pub(super) const ANOTHER: SecurityId = SecurityId(2);
/// The price that everything lies around, in ticks.
const MIDDLE: i64 = 20_000;
/// How many owners a screening concerns, half of whom are suspended.
const OWNERS: u32 = 1_000;
const DATE: u32 = 20_260_105;

/// One kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// An operator cancels all orders of a firm.
    MassCancel,
    /// A registry comes in which every second owner is suspended.
    Rescreen,
    /// The network tells of other rules of a security that many own: what they count is counted, and all orders end.
    NewRules,
    /// A trade reaches a stop, whose trade reaches the next, and so on.
    Cascade,
    /// Good-till-date orders at the end of their last day.
    Expiry,
    /// An auction in which everybody trades.
    Auction,
    /// One order that meets as many resting ones as a step may look at.
    Sweep,
}

impl Case {
    /// All of them.
    pub const ALL: [Case; 7] = [
        Case::MassCancel,
        Case::Rescreen,
        Case::NewRules,
        Case::Cascade,
        Case::Expiry,
        Case::Auction,
        Case::Sweep,
    ];

    /// What it is called in a record.
    pub fn name(self) -> &'static str {
        match self {
            Case::MassCancel => "a firm's orders are mass-cancelled",
            Case::Rescreen => "a registry suspends every second owner",
            Case::NewRules => "a rule change counts many holders and ends a deep book",
            Case::Cascade => "stops cascade, each by the trade of the one before",
            Case::Expiry => "a day's good-till-date orders expire",
            Case::Auction => "an auction in which everybody trades",
            Case::Sweep => "one order trades with as many as a step may examine",
        }
    }

    /// How many orders stand before it begins.
    pub fn orders(self, amount: Amount) -> u32 {
        match self {
            Case::Cascade => amount.orders / 10,
            Case::Sweep => MATCH_LIMIT as u32,
            _ => amount.orders,
        }
    }

    /// A venue in which everything stands that the work is about.
    pub(super) fn prepare(self, orders: u32) -> Venue {
        let mut venue = self.open();
        if self == Case::NewRules {
            let owners: Vec<u32> = (1_000..1_000 + orders).collect();
            for part in owners.chunks(News::MOST_ITEMS / 2) {
                follow(&mut venue, part.iter().flat_map(|&n| stake(InvestorId(n))).collect());
            }
        }
        let order = |venue: &Venue, side, ticks| {
            let session = SessionId(if side == Side::Buy { 1 } else { 2 });
            venue.order(session, AccountId(session.0), side, Ticks(ticks), Units(1))
        };
        for n in 0..orders {
            let depth = i64::from(n % 5_000);
            let new = match self {
                Case::MassCancel | Case::NewRules => order(&venue, Side::Buy, MIDDLE - 1 - depth),
                Case::Rescreen => {
                    let account = AccountId(10 + n % OWNERS);
                    NewOrder { account, ..order(&venue, Side::Buy, MIDDLE - 1 - depth) }
                }
                Case::Cascade => {
                    let met = order(&venue, Side::Buy, MIDDLE - i64::from(n));
                    enter(&mut venue, met);
                    let stop_price = Some(price(MIDDLE - i64::from(n)));
                    let instructions = Instructions { stop_price, ..Instructions::default() };
                    NewOrder {
                        ord_type: OrdType::Stop,
                        price: None,
                        instructions,
                        ..order(&venue, Side::Sell, 1)
                    }
                }
                Case::Expiry => NewOrder {
                    time_in_force: TimeInForce::GoodTillDate,
                    instructions: Instructions { expire_date: Some(DATE), ..Instructions::default() },
                    ..order(&venue, Side::Buy, MIDDLE - 1 - depth)
                },
                Case::Auction if n % 2 == 0 => order(&venue, Side::Buy, MIDDLE + depth),
                Case::Auction => order(&venue, Side::Sell, MIDDLE - depth),
                Case::Sweep => order(&venue, Side::Sell, MIDDLE + depth),
            };
            enter(&mut venue, new);
        }
        venue
    }

    fn open(self) -> Venue {
        let mut params = Venue::params();
        if self == Case::NewRules {
            params.network = Some(Network { chain: [1; 32], horizon: 1_000 });
        }
        let mut venue = Venue::bare(params);
        venue.people(2);
        if self == Case::Rescreen {
            for n in 10..10 + OWNERS {
                let (account, firm, owner) = (AccountId(n), FirmId(1), InvestorId(n));
                venue.operate(Action::AddAccount {
                    account,
                    firm,
                    record_holder: owner,
                    beneficial_owner: owner,
                });
            }
            venue.adopt(people(|_| Standing::Good));
        }
        for security in [WORKED, ANOTHER] {
            let listing = Venue::listing(security.0, vec![Venue::anyone()]);
            venue.operate(Action::List(Listing { reference: price(MIDDLE + 1), ..listing }));
        }
        venue.operate(Action::StartDay { date: DATE });
        self.fund(&mut venue);
        venue.trade_continuously(ANOTHER);
        if self == Case::Auction {
            venue.set_phase(WORKED, Phase::PreOpen);
            venue.set_phase(WORKED, Phase::OpeningAuction);
        } else {
            venue.trade_continuously(WORKED);
        }
        venue
    }

    fn fund(self, venue: &mut Venue) {
        let cash = Money(1 << 40);
        let accounts = [1, 2].into_iter().chain(if self == Case::Rescreen { 10..10 + OWNERS } else { 0..0 });
        if self == Case::NewRules {
            let terms = Terms { usable: true, ..Terms::default() };
            let cash =
                |account| Item::Cash { account: AccountId(account), cash: CashId(1), amount: cash, terms };
            follow(venue, accounts.map(cash).collect());
            return;
        }
        for account in accounts.map(AccountId) {
            venue.allocate_cash(account, cash);
        }
        venue.allocate_units(AccountId(2), WORKED, Units(1 << 30));
    }

    /// The command that begins the work.
    pub(super) fn begin(self, venue: &mut Venue) -> Command {
        let ask = |action| Command::Operator(Request { request: RequestId(1 << 40), uid: 0, action });
        match self {
            Case::MassCancel => {
                ask(Action::MassCancel(MassFilter { firm: Some(FirmId(1)), ..MassFilter::default() }))
            }
            Case::Rescreen => {
                let standing = |n| if n % 2 == 0 { Standing::Good } else { Standing::Suspended };
                let height = venue.engine.registry().expect("a registry is in force").height() + 1;
                let registry =
                    Registry::new(height, venue.now, people(standing)).expect("identities of a bench");
                let (hash, as_of) = (registry.hash(), registry.as_of());
                venue.engine.stage(Arc::new(registry));
                ask(Action::AdoptRegistry { hash, height, as_of })
            }
            Case::NewRules => {
                let institutional = Condition::buyer(PersonTest::Holds(Topic::QualifiedInstitutionalBuyer));
                let caps = [Holders::Beneficial, Holders::Record].map(|of| Rule::HolderCap(of, 1 << 30));
                let owned = Rule::Owned(Scope::Group, Most::Units(Units(1 << 40)));
                let mut rules = vec![Venue::anyone(), Rule::Require(institutional), owned];
                rules.extend(caps);
                let protocols = Protocol::own(rules);
                let (security, issued) = (WORKED, Units(1 << 40));
                let told = Item::Security {
                    security,
                    epoch: 2,
                    protocols,
                    disclosure: Disclosure::default(),
                    issued,
                    shared: false,
                };
                ask(Action::Follow(news(venue, vec![told])))
            }
            Case::Cascade => {
                Command::New(venue.order(SessionId(2), AccountId(2), Side::Sell, Ticks(MIDDLE), Units(1)))
            }
            Case::Expiry => ask(Action::SetPhase { security: WORKED, phase: Phase::Closed, from: None }),
            Case::Auction => ask(Action::SetPhase { security: WORKED, phase: Phase::Continuous, from: None }),
            Case::Sweep => {
                let units = Units(MATCH_LIMIT as u64);
                Command::New(venue.order(SessionId(1), AccountId(1), Side::Buy, Ticks(2 * MIDDLE), units))
            }
        }
    }

    /// Asserts that the work was done whole.
    pub(super) fn check(self, venue: &Venue, orders: u32) {
        let counts = venue.engine.counts();
        let (open, trades) = (counts.open_orders, counts.trades);
        let expected = match self {
            Case::MassCancel | Case::NewRules | Case::Expiry => (0, 0),
            Case::Rescreen => (u64::from(orders / 2), 0),
            // The last stop finds nobody.
            Case::Cascade => (0, u64::from(orders)),
            Case::Auction => (0, u64::from(orders / 2)),
            Case::Sweep => (0, u64::from(orders)),
        };
        assert_eq!((open, trades), expected, "{self:?} with {orders} orders");
    }
}

/// What somebody owns of the security, and holds in its own name.
fn stake(owner: InvestorId) -> [Item; 2] {
    let (security, units, class) = (WORKED, Units(1), Class::of(owner, None, None, Time(0)));
    [Item::Stake { owner, security, units, class }, Item::Record { holder: owner, security, units, class }]
}

fn price(ticks: i64) -> Price {
    Price(ticks * crate::market::TICK)
}

fn enter(venue: &mut Venue, new: NewOrder) {
    let events = venue.apply(Command::New(new));
    assert!(matches!(events[..], [Event::Accepted { .. }]), "{events:?}");
}

/// The two who are always there, and the owners of a screening.
fn people(standing: impl Fn(u32) -> Standing) -> Vec<Identity> {
    let numbers = [1, 2].into_iter().chain(10..10 + OWNERS);
    numbers
        .map(|n| Identity {
            standing: if n < 10 { Standing::Good } else { standing(n) },
            ..Venue::identity(n)
        })
        .collect()
}

fn news(venue: &Venue, items: Vec<Item>) -> News {
    let known = venue.engine.registry().map_or(0, |registry| registry.height());
    let height = venue.engine.followed().max(known) + 1;
    News { height, as_of: venue.now, complete: true, items }
}

fn follow(venue: &mut Venue, items: Vec<Item>) {
    let news = news(venue, items);
    let events = venue.operate(Action::Follow(news));
    assert!(matches!(events[..], [Event::Followed { .. }, ..]), "{events:?}");
}
