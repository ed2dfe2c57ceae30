//! The chain that is measured: its parties, and as many holders as one likes, each with units and cash that are at
//! the venue's disposal.

use std::ops::Range;
use tallystick_engine::rules::{
    AccountId, CashId, Condition, Disclosure, Holders, InvestorId, Money, Period, PersonTest, Place,
    Protocol, Rule, SecurityId, Time, Topic, Units,
};
use tallystick_ledger::chain::MOST_INSTRUCTIONS;
use tallystick_ledger::genesis::{Genesis, Party, Role, Validator, Validators};
use tallystick_ledger::header::{Certificate, Header, VoteType, vote_hash};
use tallystick_ledger::instruction::{
    Allocate, Claim, ClaimValue, Exemption, Instruction, Opening, Operation, SecurityTerms, Submission,
    UnitPrice,
};
use tallystick_ledger::keys::{PublicKey, SecretKey};
use tallystick_ledger::names::{Asset, ChainId, Hash, Height, VenueName};

/// The venue.
pub const VENUE: VenueName = *b"XTAL\0\0\0\0\0\0\0\0\0\0\0\0";
/// The venue's engine, and its journal's life.
pub const ENGINE: (u16, u32) = (0, 1);
/// The security.
pub const SECURITY: SecurityId = SecurityId(1);
/// What it is paid in.
pub const CASH: CashId = CashId(1);
/// Where the venue's fees go.
pub const FEES: AccountId = AccountId(1);
/// A person that owns nothing.
pub const STRANGER: InvestorId = InvestorId(2);
/// How many heights a transfer may take; more than there are batches in a turn, as those are signed before it.
pub const HORIZON: u32 = 256;
/// So many units everybody has to begin with, and so much cash. Nobody runs out of them.
pub const EACH: (Units, Money) = (Units(1_000_000), Money(1_000_000_000));

/// Between two blocks that nobody votes on, in nanoseconds.
pub const SECOND: u64 = 1_000_000_000;
/// When the chain begins: noon of a day in 2025.
const START: Time = Time(20_200 * Time::DAY_NS + Time::DAY_NS / 2);
/// When the opening registers' units were acquired.
const ACQUIRED: Time = Time(20_000 * Time::DAY_NS);
/// Nothing here ends.
const NEVER: Height = Height(1 << 40);
/// How many holders come in by one block, with all that they need but units.
const AT_ONCE: u32 = MOST_INSTRUCTIONS as u32 / STEPS.len() as u32;
/// How many get their units by one opening register. Units of two registers make two lots, so they are few.
const REGISTER: u32 = Opening::MOST as u32 / AT_ONCE * AT_ONCE;

/// The parties and their keys.
pub struct World {
    /// How the chain begins.
    pub genesis: Genesis,
    /// Its name.
    pub chain: ChainId,
    /// How many holders there are.
    pub holders: u32,
    /// The keys of its validators, in their order.
    pub validators: Vec<SecretKey>,
    /// The venue's.
    pub venue: SecretKey,
    registry: SecretKey,
    custodian: SecretKey,
    registrar: SecretKey,
    bank: SecretKey,
    issuer: SecretKey,
}

/// What each holder needs, one after the other. Units come by opening registers and are not among it; a standing
/// allocation takes them as they come.
#[derive(Clone, Copy)]
enum Step {
    Person,
    Verified,
    Resident,
    Account,
    Cash,
    Sale,
    Purchase,
}

const STEPS: [Step; 7] =
    [Step::Person, Step::Verified, Step::Resident, Step::Account, Step::Cash, Step::Sale, Step::Purchase];

impl World {
    /// That of so many holders; at least two.
    pub fn new(holders: u32) -> World {
        assert!(holders >= 2, "it takes two to trade");
        let [registry, custodian, registrar, bank, issuer, venue] =
            ["registry", "custodian", "registrar", "bank", "issuer", "venue"].map(key);
        let validators: Vec<SecretKey> = (1..=4).map(|n| key(&format!("validator {n}"))).collect();
        let party =
            |name: &str, key: &SecretKey, role| Party { name: name.to_string(), key: key.public(), role };
        let validator = |key: &SecretKey| Validator {
            key: key.public(),
            power: 1,
            operator: "operator".to_string(),
            machine: "machine".to_string(),
        };
        let genesis = Genesis {
            name: "bench".to_string(),
            time: START,
            horizon: HORIZON,
            validators: Validators(validators.iter().map(validator).collect()),
            parties: vec![
                party("registry", &registry, Role::ClaimIssuer(vec![Topic::Verified, Topic::Residence])),
                party("custodian", &custodian, Role::Custodian),
                party("registrar", &registrar, Role::Registrar),
                party("bank", &bank, Role::CashIssuer),
                party("venue", &venue, Role::Venue(VENUE)),
            ],
        };
        let chain = genesis.chain();
        World { genesis, chain, holders, validators, venue, registry, custodian, registrar, bank, issuer }
    }

    /// The person of a holder, counted from nought.
    pub fn person(holder: u32) -> InvestorId {
        InvestorId(3 + holder)
    }

    /// The account of a holder, counted from nought.
    pub fn account(holder: u32) -> AccountId {
        AccountId(2 + holder)
    }

    /// The votes of three of the four validators.
    pub fn certify(&self, header: &Header) -> Certificate {
        let vote = vote_hash(self.chain, VoteType::Precommit, header.height, 0, Some(header.hash()));
        let votes = self.validators.iter().take(3).enumerate();
        Certificate { round: 0, votes: votes.map(|(place, key)| (place as u16, key.sign(vote))).collect() }
    }

    /// The blocks by which everybody comes in.
    pub fn blocks(&self) -> impl Iterator<Item = Vec<Submission>> {
        let registers = parts(0..self.holders, REGISTER).flat_map(move |register| {
            let people = parts(register.clone(), AT_ONCE).map(move |holders| self.people(holders));
            people.chain(std::iter::once_with(move || self.units(register)))
        });
        std::iter::once_with(|| self.beginning()).chain(registers)
    }

    fn beginning(&self) -> Vec<Submission> {
        let terms = SecurityTerms {
            symbol: "BENCH".to_string(),
            name: "Bench shares".to_string(),
            issuer: self.issuer.public(),
            registrar: self.registrar.public(),
            first_refusal: None,
            text: Hash::default(),
            register_of_record: Some("8 Del. C. § 224".to_string()),
            exemption: Exemption::Rule506c,
            closing: ACQUIRED,
            protocols: Protocol::own(rules()),
            disclosure: Disclosure::default(),
        };
        let owner = InvestorId(1);
        let create = Operation::CreateCash { name: "USD".to_string(), decimals: 2 };
        let open = Operation::OpenAccount { record_holder: owner, beneficial_owner: owner };
        let issue = Operation::Issue { terms, opening: Vec::new() };
        vec![
            self.direct(0, register(1), &[&self.registry]),
            self.direct(0, register(2), &[&self.registry]),
            self.direct(0, open, &[&self.custodian]),
            self.direct(0, create, &[&self.bank]),
            self.direct(0, issue, &[&self.issuer, &self.registrar]),
        ]
    }

    fn people(&self, holders: Range<u32>) -> Vec<Submission> {
        let all = holders.flat_map(|holder| STEPS.map(|step| (step, holder)));
        let each = |(step, holder)| {
            let (operation, signer) = self.operation(step, holder);
            self.direct(holder, operation, &[signer])
        };
        all.map(each).collect()
    }

    fn units(&self, holders: Range<u32>) -> Vec<Submission> {
        let line = |holder| Opening {
            account: World::account(holder),
            units: EACH.0,
            acquired: ACQUIRED,
            restricted: false,
            paid: true,
        };
        let number = holders.start;
        let more = Operation::IssueMore { security: SECURITY, opening: holders.map(line).collect() };
        vec![self.direct(number, more, &[&self.issuer, &self.registrar])]
    }

    fn operation(&self, step: Step, holder: u32) -> (Operation, &SecretKey) {
        let (investor, account) = (World::person(holder), World::account(holder));
        let claim = |value| Operation::Attest {
            investor,
            claim: Claim { value, issued: START, expires: Time::FOREVER, evidence: None },
        };
        let (units, cash) = (Asset::Security(SECURITY), Asset::Cash(CASH));
        let allocate = |asset, only, money| {
            let worst = Some(UnitPrice { money: Money(money), units: Units(1) });
            let (most, most_fee) = (1 << 50, Money(1 << 50));
            let (standing, only, expiry) = (true, Some(only), NEVER);
            let terms =
                Allocate { venue: VENUE, account, asset, most, standing, only, worst, most_fee, expiry };
            Operation::Allocate(terms)
        };
        match step {
            Step::Person => (register(investor.0), &self.registry),
            Step::Verified => (claim(ClaimValue::Verified), &self.registry),
            Step::Resident => {
                let place = Place::new("US").expect("a country code");
                (claim(ClaimValue::ResidentOf(place)), &self.registry)
            }
            Step::Account => {
                let open = Operation::OpenAccount { record_holder: investor, beneficial_owner: investor };
                (open, &self.custodian)
            }
            Step::Cash => (Operation::MintCash { cash: CASH, account, amount: EACH.1 }, &self.bank),
            Step::Sale => (allocate(units, cash, 900), &self.custodian),
            Step::Purchase => (allocate(cash, units, 1_100), &self.custodian),
        }
    }

    /// An operation of no other's name: what is done is never done twice for the same number.
    fn direct(&self, number: u32, operation: Operation, signers: &[&SecretKey]) -> Submission {
        let blind = Hash::of_value("tallystick bench blind", &number);
        Submission::Direct(Instruction { chain: self.chain, expiry: NEVER, blind, operation }.sign(signers))
    }
}

/// A range in parts of at most so many.
fn parts(all: Range<u32>, most: u32) -> impl Iterator<Item = Range<u32>> {
    let end = all.end;
    all.step_by(most as usize).map(move |first| first..first.saturating_add(most).min(end))
}

/// What the security demands: something of both, of the lots, and of the register.
fn rules() -> Vec<Rule> {
    vec![
        Rule::Require(Condition::both(PersonTest::Verified)),
        Rule::Require(Condition::buyer(PersonTest::ResidentOf(vec![Place::new("US").expect("a place")]))),
        Rule::lock_up(Period::days(30)),
        Rule::HolderCap(Holders::Beneficial, 10_000_000),
    ]
}

fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(Hash::of("tallystick bench key", name.as_bytes()).0)
}

/// The custodian signs for everybody: nobody's own key is ever needed, so it need not be one.
fn register(person: u32) -> Operation {
    let key = PublicKey(Hash::of_value("tallystick bench person", &person).0);
    Operation::Register { key, handle: Hash::of_value("tallystick bench handle", &person) }
}
