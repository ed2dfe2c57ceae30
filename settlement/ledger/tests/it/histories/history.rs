//! A history: what is asked for, step by step.

use super::*;

/// One step of a history: numbers that are read as something to do, in the light of what is there by then. Any numbers
/// make a history, so that one can be shortened anywhere.
#[derive(Clone, Debug)]
pub struct Step {
    pub kind: u8,
    pub a: u16,
    pub b: u16,
    pub c: u16,
    pub d: u16,
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        let mut number = || u16::arbitrary(g);
        Step { kind: number() as u8, a: number(), b: number(), c: number(), d: number() }
    }
}

pub struct History {
    pub market: Market,
    /// What stands in the block to come.
    pending: Vec<Submission>,
    /// What was submitted before, to be submitted again.
    past: Vec<Submission>,
    trades: u64,
    blinds: u64,
    pub tally: Tally,
}

const NAMES: [&str; 4] = ["ann", "bob", "venue owner", "zoe"];

/// Rules that count what one owns, what a group owns and sells, and what belongs to plans.
fn counting(number: u16) -> Vec<Rule> {
    vec![
        Rule::Owned(Scope::Group, Most::Bps(number % 10_000 + 1)),
        Rule::Velocity { window: Window::Calendar(Calendar::Day), most: Most::Units(Units(70)) },
        Rule::Sold {
            within: Period::days(number % 3 + 1),
            bps: 500,
            or_weekly_volume: number.is_multiple_of(2),
        },
        Rule::BenefitPlans(2_500),
        Rule::Require(Condition::not(Condition::Security(SecurityTest::Blackout))),
    ]
}

/// Who resides in the US buys only what was approved; and nobody is asked anything else.
fn approved() -> Vec<Rule> {
    vec![Rule::When(Condition::buyer(resident_of("US")), Box::new(Rule::Approved))]
}

/// Under Rule 144 after 20 days, and to the accredited before.
fn ways() -> Vec<Rule> {
    let held = Condition::Lot(LotTest::HeldFor(Period::days(20)));
    let accredited = Condition::buyer(PersonTest::Holds(Topic::Accredited));
    let way = |path, when| Way { path, when };
    vec![Rule::Ways(vec![way(Path::Rule144, held), way(Path::Section4a7, accredited)])]
}

fn program(rules: Vec<Rule>) -> Program {
    Program::new(Protocol::own(rules)).expect("a program")
}

impl History {
    pub fn new() -> History {
        let mut market = Market::new();
        let world = &mut market.world;
        let create = Operation::CreateCash { name: "EUR".into(), decimals: 2 };
        world.done(create, &["bank"]);
        let opening = vec![line(BOB, 77, ACQUIRED)];
        let rules = vec![Rule::HolderCap(Holders::Beneficial, 2)];
        world.done(Operation::Issue { terms: terms("LEAD", rules), opening }, &["issuer", "registrar"]);
        // An account that another keeps in its own name.
        let open = Operation::OpenAccount { record_holder: InvestorId(3), beneficial_owner: InvestorId(1) };
        world.done(open, &["custodian"]);
        world.blocks.clear();
        let issued = [(1, UNITS), (2, 77)].map(|(id, n)| (Asset::Security(SecurityId(id)), n.into()));
        let mut tally = Tally { issued: issued.into(), ..Tally::default() };
        tally.issued.insert(Asset::Cash(CashId(1)), CASH.into());
        History { market, pending: vec![], past: vec![], trades: 1_000, blinds: 0, tally }
    }

    pub fn run(steps: &[Step]) -> History {
        let mut history = History::new();
        for step in steps {
            history.step(step);
        }
        history.cut();
        history
    }

    /// Carries out what waits, as one block.
    fn cut(&mut self) {
        let submissions = std::mem::take(&mut self.pending);
        let world = &mut self.market.world;
        let receipts = world.run(submissions.clone());
        check_receipts(&submissions, &receipts, world.head);
        self.tally.count(&submissions, &receipts);
        self.tally.compare(&audited(world));
        self.tally.see(&world.state);
        self.past.extend(submissions);
    }

    fn direct(&mut self, operation: Operation, signers: &[&str]) {
        self.blinds += 1;
        let expiry = self.market.world.head.height.plus(5);
        let (chain, blind) = (self.market.world.chain, hash(1 << 32 | self.blinds));
        let instruction = Instruction { chain, expiry, blind, operation };
        // Carrying out asks who signed and not how: a history needs no real signatures.
        let signatures = signers.iter().map(|name| (key(name).public(), Signature([0; 64]))).collect();
        self.pending.push(Submission::Direct(Signed { instruction, signatures }));
    }

    /// One in sixteen is signed by somebody else.
    fn signed(&mut self, operation: Operation, signers: &[&str], chance: u16) {
        if chance % 16 == 7 { self.direct(operation, &["stranger"]) } else { self.direct(operation, signers) }
    }

    fn step(&mut self, step: &Step) {
        let Step { kind, a, b, c, d } = *step;
        let account = |n: u16| AccountId(u32::from(n % 6) + 1);
        let investor = |n: u16| InvestorId(u32::from(n % 5) + 1);
        let security = SecurityId(u32::from(b % 2) + 1);
        let cash = CashId(b % 2 + 1);
        let asset = if c % 2 == 0 { Asset::Security(security) } else { Asset::Cash(cash) };
        let now = self.market.world.head.time;
        match kind % 64 {
            0..=23 => self.transfer(step),
            24..=35 => self.allocate(step),
            36 => {
                let venue = venue(if d % 4 == 0 { OTHER_VENUE } else { VENUE });
                let owner = self.owner(account(a));
                self.signed(Operation::Withdraw { venue, account: account(a), asset }, &[owner], d);
            }
            37 => {
                let holding = self.market.world.holding(account(a), asset);
                let frozen = d % 16 == 0 && holding.is_none_or(|holding| holding.frozen.is_none());
                let by = if matches!(asset, Asset::Cash(_)) { "bank" } else { "registrar" };
                let order = hash(d.into());
                self.signed(Operation::Freeze { account: account(a), asset, frozen, order }, &[by], d);
            }
            38 | 39 => {
                let amount = Money(if d % 50 == 0 { i64::MAX } else { i64::from(d) * 10 });
                self.signed(Operation::MintCash { cash, account: account(a), amount }, &["bank"], c);
            }
            40 => {
                let line = |n: u16| Opening {
                    account: account(a + n),
                    units: Units(if d % 50 == 0 { u64::MAX } else { u64::from(d % 200) }),
                    acquired: Time(now.0 - u64::from(c % 60) * Time::DAY_NS),
                    restricted: b % 4 < 2,
                    paid: c % 3 > 0,
                };
                let opening = (0..a % 3).map(line).collect();
                let more = Operation::IssueMore { security, opening };
                self.signed(more, &["issuer", "registrar"], c);
            }
            41 => {
                let rules = match c % 8 {
                    0..=3 => rules(),
                    4 => vec![Rule::HolderCap(Holders::ALL[usize::from(d % 4)], u32::from(d % 7))],
                    5 => vec![Rule::lock_up(Period::days(d % 40))],
                    6 if d % 4 == 1 => approved(),
                    6 => counting(d),
                    _ => ways(),
                };
                let protocols = Protocol::own(rules);
                self.signed(Operation::Amend { security, protocols }, &["issuer", "registrar"], a);
            }
            42..=44 => {
                let place = Place::new(if d % 3 == 0 { "DE" } else { "US" }).expect("a place");
                let owners = [(InvestorId(u32::from(c % 4)), 2_000), (investor(d), 5_000)];
                let value = [
                    ClaimValue::Verified,
                    ClaimValue::ResidentOf(place),
                    ClaimValue::Accredited,
                    ClaimValue::BenefitPlan(d % 11_000),
                    ClaimValue::Fund(d % 200),
                    ClaimValue::Group(investor(d)),
                    ClaimValue::Owners(owners[usize::from(d / 8 % 2)..].to_vec()),
                ];
                // Mostly what a trade needs.
                let value = value[usize::from(if c / 16 % 4 > 0 { c % 3 } else { c % 7 })].clone();
                let expires = Time(now.0 + if d % 4 == 0 { u64::from(d / 256) } else { 1 << 20 } * SECOND);
                let claim = Claim { expires, ..claim(value) };
                self.signed(Operation::Attest { investor: investor(a), claim }, &["kyc"], b);
            }
            45 => {
                let topic = Topic::ALL[usize::from(c % 12)];
                self.signed(Operation::Revoke { investor: investor(a), topic }, &["kyc"], b);
            }
            46 => {
                let (investor, suspended) = (investor(a), d % 4 == 0);
                self.signed(Operation::Suspend { investor, suspended }, &["kyc"], b);
            }
            47 => {
                let open =
                    Operation::OpenAccount { record_holder: investor(a), beneficial_owner: investor(b) };
                self.signed(open, &["custodian"], c);
            }
            48 => match c % 3 {
                0 => {
                    let register = Operation::Register {
                        key: key("ann").public(),
                        handle: hash(1 << 40 | u64::from(d % 64)),
                    };
                    self.signed(register, &["kyc"], a);
                }
                1 => {
                    self.signed(Operation::CreateCash { name: "XXX".into(), decimals: d as u8 }, &["bank"], a)
                }
                _ => {
                    let opening = vec![line(account(a), d.into(), ACQUIRED)];
                    let issue = Operation::Issue { terms: terms("ZINC", rules()), opening };
                    self.signed(issue, &["issuer", "registrar"], b);
                }
            },
            49 | 50 => {
                // Again what was submitted before.
                let all = self.past.len();
                if let Some(again) = all.checked_sub(1 + usize::from(a) % all.clamp(1, 20)) {
                    self.pending.push(self.past[again].clone());
                }
            }
            51 => {
                // Back to its own key more often than away from it.
                let name = if d % 4 == 0 { "heir" } else { NAMES[usize::from(a % 4)] };
                let investor = InvestorId(u32::from(a % 4) + 1);
                let recover = Operation::Recover { investor, key: key(name).public(), order: hash(d.into()) };
                self.signed(recover, &["kyc"], b);
            }
            52 => {
                let until = [Time::NEVER, now, Time::FOREVER][usize::from(c % 3)];
                let insider =
                    Insider { issuer: c % 16 == 5, affiliate_until: until, controlling: c % 4 == 1 };
                let investor = investor(a);
                let insider = (d % 4 > 0).then_some(insider);
                self.signed(Operation::SetInsider { security, investor, insider }, &["registrar"], c);
            }
            53 => {
                let disclosure = Disclosure {
                    weekly_volume: Units(u64::from(d % 90)),
                    blackout: (now, Time(now.0 + u64::from(c % 9) * SECOND - u64::from(d % 8 == 7))),
                    ..Disclosure::default()
                };
                self.signed(Operation::Disclose { security, disclosure }, &["issuer", "registrar"], c);
            }
            55 | 56 => {
                let scope = [Scope::Owner, Scope::Group][usize::from(d / 8 % 2)];
                let counter = match c % 8 {
                    0..=3 => Counter::Holders(Holders::ALL[usize::from(d % 4)]),
                    4 => Counter::Plans,
                    5 | 6 => Counter::Owned(scope, investor(a)),
                    _ => Counter::Sold(investor(a)),
                };
                // Those that a rule limits, more often than others.
                let world = &self.market.world;
                let limited = world.security(security);
                let rules = limited.rules_at(world.head.height);
                let counter = match rules.is_some_and(|rules| rules.limits(counter)) || d % 8 == 7 {
                    true => counter,
                    false => Counter::Holders(Holders::Beneficial),
                };
                let amount = match counter {
                    _ if d % 32 == 5 => 0,
                    Counter::Holders(_) => 1,
                    _ => u64::from(d % 40) + 1,
                };
                let expiry = world.head.height.plus(HORIZON - 1 + u32::from(b / 2) % (4 * HORIZON));
                let lease = Operation::Lease { security, counter, amount, expiry };
                self.signed(lease, &[if a % 2 == 0 { OTHER_VENUE } else { VENUE }], c);
            }
            54 => {
                let (from, to) = (account(a), account(c));
                let there = self.market.world.holding(from, Asset::Security(security));
                let lots = there.iter().flat_map(|it| it.lots()).take(usize::from(d % 3) + 1);
                let part = |units: Units| Units(if d % 4 == 0 { units.0 } else { u64::from(d % 64) });
                let lots = lots.map(|lot| (lot.id, part(lot.units))).collect();
                let force = Operation::Force { security, from, to, lots, order: hash(d.into()) };
                self.signed(force, &["registrar"], c);
            }
            57 => {
                let account = account(a);
                let there = self.market.world.holding(account, Asset::Security(security));
                // Mostly of what is owed.
                let lots =
                    there.iter().flat_map(|it| it.lots()).filter(|lot| !lot.history.paid || c % 8 == 5);
                let part = |units: Units| Units(if d % 4 > 0 { units.0 } else { u64::from(d % 64) });
                let lots = lots.take(usize::from(d % 3) + 1).map(|lot| (lot.id, part(lot.units))).collect();
                self.signed(Operation::PayUp { security, account, lots }, &["issuer", "registrar"], b);
            }
            62 | 63 => {
                let ahead = [0, SECOND * u64::from(d % 20 + 1), u64::from(d % 400) * Time::DAY_NS];
                let approve = Approve {
                    security,
                    venue: venue(if d % 16 == 3 { OTHER_VENUE } else { VENUE }),
                    seller: investor(a),
                    buyer: investor(c),
                    units: Units(if d % 50 == 0 { u64::MAX } else { u64::from(d % 90) }),
                    until: Time(now.0 + ahead[usize::from(c / 8 % 3)]),
                };
                self.signed(Operation::Approve(approve), &["issuer"], b);
            }
            _ => (0..=(d % 16) / 12).for_each(|_| self.cut()),
        }
    }

    fn owner(&self, account: AccountId) -> &'static str {
        match account.0 {
            n @ 1..=4 => NAMES[n as usize - 1],
            _ => "custodian",
        }
    }

    fn allocate(&mut self, step: &Step) {
        let Step { a, b, c, d, .. } = *step;
        let account = AccountId(u32::from(a % 5) + 1);
        let (security, cash) = (Asset::Security(SecurityId(u32::from(b % 2) + 1)), Asset::Cash(CashId(1)));
        let (asset, other) = if c % 2 == 0 { (security, cash) } else { (cash, security) };
        let there = self.market.world.holding(account, asset).map_or(0, |holding| holding.total());
        let most = match d % 4 {
            0 => there,
            1 => there / 2 + 1,
            2 => u64::from(d),
            _ => there + 1,
        };
        let worst = UnitPrice { money: Money(if c % 2 == 0 { 900 } else { 1_100 }), units: Units(1) };
        let head = self.market.world.head.height;
        let only = (c / 2 % 5 > 2).then_some(other);
        let allocate = Allocate {
            venue: venue(if a % 7 == 0 { OTHER_VENUE } else { VENUE }),
            account,
            asset,
            most,
            standing: d % 3 == 0,
            only,
            worst: (only.is_some() || d % 16 == 0).then_some(worst),
            most_fee: Money(if only.is_some() || d % 16 < 2 || c % 2 == 1 {
                i64::from(b % 4) * 200
            } else {
                0
            }),
            expiry: head.plus(HORIZON + u32::from(d % 90)),
        };
        let owner = self.owner(account);
        self.signed(Operation::Allocate(allocate), &[owner], b);
    }

    /// A transfer of units that are allocated, or one that is off by something.
    fn transfer(&mut self, step: &Step) {
        let Step { a, b, c, d, .. } = *step;
        let security = SecurityId(u32::from(b % 2) + 1);
        let asset = Asset::Security(security);
        let world = &self.market.world;
        // Mostly of those who have something at the venue's disposal.
        let of = |n: u16, asset: Asset| {
            let account = |n: u16| AccountId(u32::from(n % 5) + 1);
            let has = |account: &AccountId| {
                let holding = world.holding(*account, asset);
                holding.is_some_and(|it| it.allocation(&venue(VENUE)).is_some_and(|open| open.locked() > 0))
            };
            let found = (n..n + 5).map(account).find(has).filter(|_| d % 8 != 0);
            found.unwrap_or(account(n))
        };
        let (seller, buyer) = (of(a % 5, asset), of(a / 5 % 5, Asset::Cash(CashId(1))));
        let holding = world.holding(seller, asset);
        let locked = holding.and_then(|holding| match &holding.allocation(&venue(VENUE))?.locked {
            Locked::Units(locked) => Some(locked.clone()),
            Locked::Cash(_) => None,
        });
        let locked = locked.unwrap_or(vec![(LotId(1), Units(10))]);
        // Mostly by the way that is open to it.
        let by_way = world.security(security).rules_at(world.head.height) == Some(&program(ways()));
        let path = match (by_way, a % 8) {
            (false, 1..) => Path::Plain,
            (true, 0..=3) => Path::Rule144,
            (true, 4..=6) => Path::Section4a7,
            _ => Path::RegS,
        };
        let part = |&(lot, units): &(LotId, Units)| LotMove {
            lot,
            units: Units(if d % 4 == 0 { units.0 } else { units.0.min(u64::from(d % 50) + 1) }),
            path,
        };
        let lots: Vec<LotMove> = locked.iter().take(usize::from(b % 3) + 1).map(part).collect();
        let units: Units = lots.iter().map(|part| part.units).sum();
        let price = [1_000, 1_000, 1_000, 950, 950, 900, 899, 1_100, 1_100, 1_101, 0][usize::from(c % 11)];
        let to = AccountId(u32::from(c % 5) + 1);
        let leg = |by_seller| Leg { kind: LegKind::Fee, by_seller, to, amount: Money(i64::from(c % 3)) };
        self.trades += 1;
        let mut transfer = Transfer {
            sequence: self.trades,
            trade: self.trades,
            security,
            epoch: 1,
            seller,
            buyer,
            units,
            lots,
            cash: CashId(1),
            money: Money(units.0 as i64 * price),
            legs: if c % 3 < 2 { vec![] } else { vec![leg(true), leg(false)] },
            market: market_place(),
            traded: world.head.time,
            pinned: world.head.height,
            expiry: world.head.height.plus(HORIZON),
            blind: hash(self.trades),
        };
        match b % 40 {
            3 => transfer.units = Units(transfer.units.0 + 1),
            4 => transfer.trade -= 1,
            5 => transfer.epoch = 2,
            6 => transfer.pinned = Height(transfer.pinned.0 - u64::from(HORIZON)),
            7 => transfer.traded = Time(transfer.traded.0 + 2 * SECOND),
            8 => transfer.lots.extend(transfer.lots.first().copied()),
            9 => transfer.expiry = world.head.height,
            10 => transfer.buyer = AccountId(77),
            11 => transfer.money = Money(i64::MAX),
            _ => {}
        }
        let public = key(if b % 40 == 12 { "stranger" } else { VENUE }).public();
        let batch = Batch {
            chain: if b % 40 == 13 { hash(0) } else { world.chain },
            venue: venue(VENUE),
            shard: 0,
            journal_epoch: 1,
            transfers: vec![transfer],
            key: public,
            signature: Signature([0; 64]),
        };
        match self.pending.last_mut() {
            // With the one before in one batch.
            Some(Submission::Batch(last))
                if d % 2 == 0 && (last.chain, last.key) == (batch.chain, batch.key) =>
            {
                last.transfers.extend(batch.transfers);
            }
            _ => self.pending.push(Submission::Batch(batch)),
        }
    }
}
