//! A small world for tests: a chain in memory, its parties, and a market with a security, cash and two traders.
//!
//! Everything that is carried out is kept in [`World::blocks`], so that a test of a store or of a network can carry
//! the same history out again.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod certified;

use std::collections::BTreeMap;
use tallystick_ledger::execute::{At, execute, genesis_changes};
use tallystick_ledger::genesis::{Genesis, Party, Role, Validator, Validators};
use tallystick_ledger::instruction::*;
use tallystick_ledger::keys::SecretKey;
use tallystick_ledger::names::{Asset, ChainId, Hash, Height, VenueName};
use tallystick_ledger::receipt::{Done, Outcome, Receipt, Refusal};
use tallystick_ledger::state::{Changes, Holding, Key, Lease, Record, SecurityRecord, Stake, View};
pub use tallystick_rules::Market as TradedIn;
use tallystick_rules::*;

/// How many heights may be between a trade and its block.
pub const HORIZON: u32 = 10;
/// When the chain begins: noon of a day in 2025.
pub const START: Time = Time(20_200 * Time::DAY_NS + Time::DAY_NS / 2);
/// Between two blocks.
pub const SECOND: u64 = 1_000_000_000;
/// The venue.
pub const VENUE: &str = "XTAL";
/// Another venue.
pub const OTHER_VENUE: &str = "XOTH";

/// The key of who is called so.
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(Hash::of("tallystick test key", name.as_bytes()).0)
}

/// A hash that is another for each number.
pub fn hash(number: u64) -> Hash {
    Hash::of_value("tallystick test hash", &number)
}

/// A venue's name as the network knows it.
pub fn venue(name: &str) -> VenueName {
    let mut bytes = [0; 16];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    bytes
}

/// How the chain begins: four validators, and one party for each role but two venues.
pub fn genesis() -> Genesis {
    let validator = |i: u32| Validator {
        key: key(&format!("validator {i}")).public(),
        power: 1,
        operator: "Tallystick".into(),
        machine: "one".into(),
    };
    let party = |name: &str, role: Role| Party { name: name.into(), key: key(name).public(), role };
    Genesis {
        name: "test".into(),
        time: START,
        horizon: HORIZON,
        validators: Validators((1..=4).map(validator).collect()),
        parties: vec![
            party("kyc", Role::ClaimIssuer(Topic::ALL.to_vec())),
            party("auditor", Role::ClaimIssuer(vec![Topic::Accredited])),
            party("custodian", Role::Custodian),
            party("registrar", Role::Registrar),
            party("bank", Role::CashIssuer),
            party(VENUE, Role::Venue(venue(VENUE))),
            party(OTHER_VENUE, Role::Venue(venue(OTHER_VENUE))),
        ],
    }
}

/// A state in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory(pub BTreeMap<Key, Record>);

impl Memory {
    pub fn apply(&mut self, changes: Changes) {
        for (key, record) in changes {
            match record {
                Some(record) => self.0.insert(key, record),
                None => self.0.remove(&key),
            };
        }
    }
}
impl View for Memory {
    fn get(&self, key: &Key) -> Option<Record> {
        self.0.get(key).cloned()
    }
}

/// A chain in memory, without votes.
#[derive(Clone)]
pub struct World {
    pub genesis: Genesis,
    pub chain: ChainId,
    pub state: Memory,
    /// The last block's height and time.
    pub head: At,
    /// All blocks so far.
    pub blocks: Vec<(Time, Vec<Submission>)>,
    number: u64,
}

impl World {
    pub fn new() -> World {
        World::of(genesis())
    }

    /// A world that begins so.
    pub fn of(genesis: Genesis) -> World {
        let mut state = Memory::default();
        state.apply(genesis_changes(&genesis));
        let head = At { height: Height(0), time: genesis.time };
        World { chain: genesis.chain(), genesis, state, head, blocks: Vec::new(), number: 0 }
    }

    /// A number that was not used before.
    pub fn number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// Carries out a block, a second after the last.
    pub fn run(&mut self, submissions: Vec<Submission>) -> Vec<Receipt> {
        self.run_at(Time(self.head.time.0 + SECOND), submissions)
    }

    /// Carries out a block at this time.
    pub fn run_at(&mut self, time: Time, submissions: Vec<Submission>) -> Vec<Receipt> {
        self.head = At { height: self.head.height.next(), time };
        let execution = execute(&self.state, &self.genesis, self.chain, self.head, &submissions);
        self.state.apply(execution.changes);
        self.blocks.push((time, submissions));
        execution.receipts
    }

    /// Lets so many empty blocks pass.
    pub fn pass(&mut self, blocks: u32) {
        for _ in 0..blocks {
            self.run(Vec::new());
        }
    }

    /// A direct instruction, signed by those called so.
    pub fn direct(&mut self, operation: Operation, signers: &[&str]) -> Submission {
        let (chain, expiry) = (self.chain, Height(1_000_000));
        self.sign(Instruction { chain, expiry, blind: Hash::default(), operation }, signers)
    }

    /// Signs an instruction, under a blind that was not used before.
    pub fn sign(&mut self, instruction: Instruction, signers: &[&str]) -> Submission {
        let blind = hash(self.number());
        let keys: Vec<SecretKey> = signers.iter().map(|name| key(name)).collect();
        let keys: Vec<&SecretKey> = keys.iter().collect();
        Submission::Direct(Instruction { blind, ..instruction }.sign(&keys))
    }

    /// Carries out one operation in a block of its own.
    pub fn ask(&mut self, operation: Operation, signers: &[&str]) -> Outcome {
        let submission = self.direct(operation, signers);
        self.run(vec![submission]).remove(0).outcome
    }

    /// [`World::ask`], where it is to be done.
    pub fn done(&mut self, operation: Operation, signers: &[&str]) -> Done {
        match self.ask(operation.clone(), signers) {
            Outcome::Done(done) => done,
            Outcome::Refused(refusal) => panic!("{operation:?} was refused: {refusal}"),
        }
    }

    /// [`World::ask`], where it is to be refused.
    pub fn refused(&mut self, operation: Operation, signers: &[&str]) -> Refusal {
        match self.ask(operation.clone(), signers) {
            Outcome::Refused(refusal) => refusal,
            Outcome::Done(done) => panic!("{operation:?} was done: {done:?}"),
        }
    }

    /// Registers a person that is verified and accredited for ten years and resides in `place`.
    pub fn person(&mut self, name: &str, place: &str) -> InvestorId {
        let handle = hash(self.number());
        let register = Operation::Register { key: key(name).public(), handle };
        let Done::Investor(investor) = self.done(register, &["kyc"]) else { panic!("no person") };
        let place = Place::new(place).expect("a place");
        for value in [ClaimValue::Verified, ClaimValue::ResidentOf(place), ClaimValue::Accredited] {
            self.done(Operation::Attest { investor, claim: claim(value) }, &["kyc"]);
        }
        investor
    }

    /// Opens an account in the name of its owner, with the custodian.
    pub fn account(&mut self, owner: InvestorId) -> AccountId {
        let open = Operation::OpenAccount { record_holder: owner, beneficial_owner: owner };
        match self.done(open, &["custodian"]) {
            Done::Account(account) => account,
            done => panic!("no account but {done:?}"),
        }
    }

    pub fn holding(&self, account: AccountId, asset: Asset) -> Option<Holding> {
        match self.state.get(&Key::Holding(account, asset))? {
            Record::Holding(holding) => Some(holding),
            record => panic!("no holding but {record:?}"),
        }
    }

    pub fn stake(&self, investor: InvestorId, asset: Asset) -> Option<Stake> {
        match self.state.get(&Key::Stake(investor, asset))? {
            Record::Stake(stake) => Some(stake),
            record => panic!("no stake but {record:?}"),
        }
    }

    /// What venues have leased of a counter, by venue.
    pub fn leases(&self, security: SecurityId, counter: Counter) -> Vec<Lease> {
        match self.state.get(&Key::Leases(security, counter)) {
            Some(Record::Leases(record)) => record.leases,
            None => Vec::new(),
            record => panic!("no leases but {record:?}"),
        }
    }

    pub fn security(&self, security: SecurityId) -> SecurityRecord {
        match self.state.get(&Key::Security(security)) {
            Some(Record::Security(record)) => record,
            record => panic!("no security but {record:?}"),
        }
    }
}

/// A claim that holds from the beginning of the chain for ten years.
pub fn claim(value: ClaimValue) -> Claim {
    Claim { value, issued: START, expires: START.plus(Days(3_650)), evidence: None }
}

/// What a security is that is called so.
pub fn terms(symbol: &str, rules: Vec<Rule>) -> SecurityTerms {
    SecurityTerms {
        symbol: symbol.into(),
        name: format!("{symbol} shares"),
        issuer: key("issuer").public(),
        registrar: key("registrar").public(),
        first_refusal: None,
        text: hash(0),
        register_of_record: Some("8 Del. C. § 224".into()),
        exemption: Exemption::Rule506c,
        closing: START,
        protocols: Protocol::own(rules),
        disclosure: Disclosure::default(),
    }
}

/// Whether somebody resides there.
pub fn resident_of(place: &str) -> PersonTest {
    PersonTest::ResidentOf(vec![Place::new(place).expect("a place")])
}

/// One line of an opening register, of unrestricted units.
pub fn line(account: AccountId, units: u64, acquired: Time) -> Opening {
    Opening { account, units: Units(units), acquired, restricted: false, paid: true }
}

/// Where trades are made.
pub fn market_place() -> TradedIn {
    TradedIn { place: Jurisdiction::new("US").expect("a code"), gated: false }
}

/// The rules of the market's security, unless a test has others.
pub fn rules() -> Vec<Rule> {
    vec![
        Rule::Require(Condition::both(PersonTest::Verified)),
        Rule::Require(Condition::when(
            Condition::buyer(resident_of("US")),
            Condition::buyer(PersonTest::Holds(Topic::Accredited)),
        )),
        Rule::lock_up(Period::days(30)),
        Rule::HolderCap(Holders::Beneficial, 3),
    ]
}

/// A world in which trades can be settled: Ann has 1,000 units of a security, Bob 1,000,000 of cash; both have put
/// all of it at the venue's disposal. The venue has an account for its fees. Zoe has nothing.
///
/// Persons 1 to 4 and accounts 1 to 4 are Ann, Bob, the venue's owner and Zoe.
#[derive(Clone)]
pub struct Market {
    pub world: World,
    pub security: SecurityId,
    pub cash: CashId,
    trades: u64,
}

pub const ANN: AccountId = AccountId(1);
pub const BOB: AccountId = AccountId(2);
pub const FEES: AccountId = AccountId(3);
pub const ZOE: AccountId = AccountId(4);
/// What Ann holds, in units.
pub const UNITS: u64 = 1_000;
/// What Bob holds, in cents.
pub const CASH: u64 = 1_000_000;
/// When Ann got her units: 40 days before the chain began.
pub const ACQUIRED: Time = Time(20_160 * Time::DAY_NS);

impl Market {
    pub fn new() -> Market {
        Market::with_rules(rules())
    }

    pub fn with_rules(rules: Vec<Rule>) -> Market {
        Market::of(World::new(), rules)
    }

    /// A market of the only venue on its chain.
    pub fn alone(rules: Vec<Rule>) -> Market {
        let mut genesis = genesis();
        genesis.parties.retain(|party| party.name != OTHER_VENUE);
        Market::of(World::of(genesis), rules)
    }

    fn of(mut world: World, rules: Vec<Rule>) -> Market {
        for name in ["ann", "bob", "venue owner", "zoe"] {
            let person = world.person(name, "US");
            world.account(person);
        }
        let create = Operation::CreateCash { name: "USD".into(), decimals: 2 };
        let Done::Cash(cash) = world.done(create, &["bank"]) else { panic!("no cash token") };
        let amount = Money(CASH as i64);
        world.done(Operation::MintCash { cash, account: BOB, amount }, &["bank"]);
        let opening = vec![line(ANN, UNITS, ACQUIRED)];
        let issue = Operation::Issue { terms: terms("GOLD", rules), opening };
        let Done::Security(security) = world.done(issue, &["issuer", "registrar"]) else {
            panic!("no security")
        };
        let mut market = Market { world, security, cash, trades: 0 };
        market.world.done(Operation::Allocate(market.sale()), &["ann"]);
        market.world.done(Operation::Allocate(market.purchase()), &["bob"]);
        market
    }

    pub fn units(&self) -> Asset {
        Asset::Security(self.security)
    }

    /// Asks for a lease of two horizons, in a block of its own; how much the venue has then.
    pub fn lease(&mut self, by: &str, counter: Counter, amount: u64) -> u64 {
        let expiry = self.world.head.height.plus(2 * HORIZON);
        let lease = Operation::Lease { security: self.security, counter, amount, expiry };
        match self.world.done(lease, &[by]) {
            Done::Leased { amount } => amount,
            done => panic!("no lease but {done:?}"),
        }
    }

    /// What this venue and the other one have leased of a counter.
    pub fn leased(&self, counter: Counter) -> [u64; 2] {
        let leases = self.world.leases(self.security, counter);
        [VENUE, OTHER_VENUE].map(|name| {
            let of = leases.iter().filter(|lease| lease.venue == venue(name));
            of.map(|lease| lease.amount).sum()
        })
    }

    pub fn money(&self) -> Asset {
        Asset::Cash(self.cash)
    }

    /// Ann's allocation: all her units, at 9.00 or more, and at most 5.00 in fees.
    pub fn sale(&self) -> Allocate {
        Allocate {
            venue: venue(VENUE),
            account: ANN,
            asset: self.units(),
            most: UNITS,
            standing: false,
            only: Some(self.money()),
            worst: Some(UnitPrice { money: Money(900), units: Units(1) }),
            most_fee: Money(500),
            expiry: Height(100),
        }
    }

    /// Bob's allocation: all his cash, at 11.00 or less, and at most 5.00 in fees.
    pub fn purchase(&self) -> Allocate {
        Allocate {
            account: BOB,
            asset: self.money(),
            most: CASH,
            only: Some(self.units()),
            worst: Some(UnitPrice { money: Money(1_100), units: Units(1) }),
            ..self.sale()
        }
    }

    /// A trade that can be settled in the next block: Ann sells Bob 100 units at 10.00, just now; each pays the venue
    /// 1.00.
    pub fn transfer(&mut self) -> Transfer {
        self.trades += 1;
        let fee = |by_seller| Leg { kind: LegKind::Fee, by_seller, to: FEES, amount: Money(100) };
        Transfer {
            sequence: 1_000 + self.trades,
            trade: self.trades,
            security: self.security,
            epoch: 1,
            seller: ANN,
            buyer: BOB,
            units: Units(100),
            lots: vec![LotMove { lot: LotId(1), units: Units(100), path: Path::Plain }],
            cash: self.cash,
            money: Money(100_000),
            legs: vec![fee(true), fee(false)],
            market: market_place(),
            traded: self.world.head.time,
            pinned: self.world.head.height,
            expiry: self.world.head.height.plus(HORIZON),
            blind: hash(self.trades),
        }
    }

    /// A batch of the venue's, of its first engine's first journal.
    pub fn batch(&self, transfers: Vec<Transfer>) -> Submission {
        let place = (venue(VENUE), 0, 1);
        Submission::Batch(Batch::sign(self.world.chain, place, transfers, &key(VENUE)))
    }

    /// Carries out one transfer in a block of its own.
    pub fn settle(&mut self, transfer: Transfer) -> Outcome {
        let batch = self.batch(vec![transfer]);
        self.world.run(vec![batch]).remove(0).outcome
    }
}
