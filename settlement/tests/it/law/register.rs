//! A ledger on which the world of a case is so, by nothing but operations and transfers that somebody could have signed.
//!
//! Blocks are carried out one after another on a state in memory. Nobody verifies signatures here: the tables are not about
//! them, and the persons of some cases are many.

use super::ruling::{Carried, Part};
use super::story::{Past, Story, number};
use crate::common::world::{Memory, VENUE, venue};
use std::collections::{BTreeMap, BTreeSet};
use tallystick_ledger::audit::audit;
use tallystick_ledger::execute::{At, Execution, execute, genesis_changes};
use tallystick_ledger::genesis::{Genesis, Party, Role, Validators};
use tallystick_ledger::instruction::*;
use tallystick_ledger::keys::{PublicKey, Signature};
use tallystick_ledger::lot::Lot;
use tallystick_ledger::names::{Asset, ChainId, Hash, Height};
use tallystick_ledger::receipt::Outcome;
use tallystick_ledger::state::{Changes, Key, Record, View};
use tallystick_rules::*;
use tallystick_vectors::World;
use tallystick_vectors::world::Person;

/// How many heights a change of rules waits for, and a transfer may take.
const HORIZON: u32 = 4;
/// When the chain begins.
const BEGINNING: Time = Time(10_000 * Time::DAY_NS);
/// When persons, accounts and the security come to be there: before all cases.
const FOUNDED: Time = Time(10_002 * Time::DAY_NS);

const SECURITY: SecurityId = SecurityId(1);
const CASH: CashId = CashId(1);
const UNITS: Asset = Asset::Security(SECURITY);

/// An operation, and who signs it.
type Asked = (Operation, &'static [&'static str]);

/// A chain in memory.
pub struct Register {
    genesis: Genesis,
    chain: ChainId,
    state: Memory,
    head: At,
    number: u64,
    seller: AccountId,
    buyer: AccountId,
    market: Market,
    now: Time,
    /// The height that transfers of the case pin: its block is of the moment of the case.
    pinned: Height,
}

impl Register {
    /// A ledger on which all of the world is so, under this program. Or what of it can't be.
    pub fn of(program: &Program, world: &World) -> Result<Register, String> {
        let story = Story::of(program, world)?;
        let mut register = Register::found(world, &story);
        register.populate(program, world, &story)?;
        register.live_through(program, world, story)?;
        // Two thousand holders are counted as a hundred are.
        if world.people.len() < 200 {
            audit(register.state.0.clone().into_iter())?;
        }
        register.compare(world)?;
        Ok(register)
    }

    fn found(world: &World, story: &Story) -> Register {
        let roles = [
            ("kyc", Role::ClaimIssuer(Topic::ALL.to_vec())),
            ("custodian", Role::Custodian),
            ("registrar", Role::Registrar),
            ("bank", Role::CashIssuer),
            (VENUE, Role::Venue(venue(VENUE))),
        ];
        let party = |(name, role): (&str, Role)| Party { name: name.into(), key: key(name), role };
        let genesis = Genesis {
            name: "law".into(),
            time: BEGINNING,
            horizon: HORIZON,
            validators: Validators(Vec::new()),
            parties: roles.into_iter().map(party).collect(),
        };
        let mut state = Memory::default();
        state.apply(genesis_changes(&genesis));
        Register {
            chain: genesis.chain(),
            genesis,
            state,
            head: At { height: Height(0), time: BEGINNING },
            number: 0,
            seller: story.seller,
            buyer: story.buyer,
            market: world.market,
            now: world.now,
            pinned: Height(0),
        }
    }

    /// Carries out a block at this time, of which all must be done.
    fn block(&mut self, time: Time, asked: Vec<Asked>, transfers: Vec<Transfer>) -> Result<(), String> {
        assert!(time > self.head.time, "time runs on");
        let mut submissions: Vec<Submission> = asked.into_iter().map(|asked| self.direct(asked)).collect();
        submissions.push(self.batch(transfers));
        let at = At { height: self.head.height.next(), time };
        let Execution { changes, receipts } =
            execute(&self.state, &self.genesis, self.chain, at, &submissions);
        for receipt in receipts {
            if let Outcome::Refused(refusal) = receipt.outcome {
                let what = submissions.get(receipt.index as usize).map(|what| format!("{what:?}"));
                let what: String = what.unwrap_or_default().chars().take(400).collect();
                return Err(format!("it can't be so on a ledger: {refusal}: {what}"));
            }
        }
        self.state.apply(changes);
        self.head = at;
        Ok(())
    }

    fn direct(&mut self, (operation, signers): Asked) -> Submission {
        let (chain, expiry) = (self.chain, Height(u64::MAX));
        let instruction = Instruction { chain, expiry, blind: self.blind(), operation };
        let signatures = signers.iter().map(|name| (key(name), UNSIGNED)).collect();
        Submission::Direct(Signed { instruction, signatures })
    }

    fn batch(&self, transfers: Vec<Transfer>) -> Submission {
        let (chain, venue, key) = (self.chain, venue(VENUE), key(VENUE));
        Submission::Batch(Batch {
            chain,
            venue,
            shard: 0,
            journal_epoch: 1,
            transfers,
            key,
            signature: UNSIGNED,
        })
    }

    /// A hash that was not used before.
    fn blind(&mut self) -> Hash {
        self.number += 1;
        Hash::of_value("tallystick test blind", &self.number)
    }

    /// What the seller has, first in first out.
    pub fn sellers_lots(&self) -> Vec<(History, Units)> {
        self.lots(self.seller).into_iter().map(|lot| (lot.history, lot.units)).collect()
    }

    fn lots(&self, account: AccountId) -> Vec<Lot> {
        match self.state.get(&Key::Holding(account, UNITS)) {
            Some(Record::Holding(holding)) => holding.lots().to_vec(),
            _ => Vec::new(),
        }
    }

    /// Everybody is there and verified, with all accounts, of which who has to trade has put all at the venue's disposal;
    /// and the security, of which there is nothing yet, and which nothing keeps from moving.
    fn populate(&mut self, program: &Program, world: &World, story: &Story) -> Result<(), String> {
        let mut people: Vec<(&str, &Person)> =
            world.people.iter().map(|(name, person)| (name.as_str(), person)).collect();
        people.sort_by_key(|(_, person)| person.identity.investor);
        let mut asked = Vec::new();
        let accredited = counted_as_accredited(world);
        for (name, person) in &people {
            let claim = accredited.contains(name).then_some(ClaimValue::Accredited);
            asked.extend(self.joins(&person.identity, claim));
        }
        let of_us = Jurisdiction::new("US").expect("two letters");
        for stranger in [story.dealer, story.affiliate] {
            asked.extend(self.joins(&Identity::new(stranger, of_us), None));
        }
        let grouped = people.iter().map(|(_, person)| &person.identity);
        for identity in grouped.filter(|identity| identity.group != identity.investor) {
            asked.push(attest(identity.investor, ClaimValue::Group(identity.group), Time::FOREVER));
        }
        let mut accounts: Vec<_> = story.accounts.iter().map(|(who, account)| (*account, *who)).collect();
        accounts.sort_unstable();
        for (_, (beneficial_owner, record_holder)) in accounts {
            asked.push((Operation::OpenAccount { record_holder, beneficial_owner }, &["custodian"]));
        }
        asked.push((Operation::CreateCash { name: "USD".into(), decimals: 2 }, &["bank"]));
        let terms = terms(without_effect(program));
        asked.push((Operation::Issue { terms, opening: Vec::new() }, &["issuer", "registrar"]));
        let affiliate = Insider { issuer: false, affiliate_until: Time::FOREVER, controlling: false };
        let insiders = people.iter().map(|(_, person)| (person.identity.investor, person.insider));
        for (investor, insider) in insiders.chain([(story.affiliate, Some(affiliate))]) {
            if insider.is_some() {
                let set = Operation::SetInsider { security: SECURITY, investor, insider };
                asked.push((set, &["registrar"]));
            }
        }
        for account in story.traders() {
            let amount = Money(1_000_000_000);
            asked.push((Operation::MintCash { cash: CASH, account, amount }, &["bank"]));
            asked.extend([UNITS, Asset::Cash(CASH)].map(|asset| allocate(account, asset)));
        }
        self.block(FOUNDED, asked, Vec::new())
    }

    /// A person joins, and it is claimed of it what is of no end.
    fn joins(&mut self, identity: &Identity, also: Option<ClaimValue>) -> Vec<Asked> {
        let investor = identity.investor;
        let (key, handle) = (PublicKey(self.blind().0), self.blind());
        let place = Place { country: identity.jurisdiction, region: identity.region };
        let claims = [
            Some(ClaimValue::Verified),
            Some(ClaimValue::ResidentOf(place)),
            (identity.plan_bps > 0).then_some(ClaimValue::BenefitPlan(identity.plan_bps)),
            (identity.fund_owners > 0).then_some(ClaimValue::Fund(identity.fund_owners)),
            also,
        ];
        let register: Asked = (Operation::Register { key, handle }, &["kyc"]);
        let claims = claims.into_iter().flatten().map(|value| attest(investor, value, Time::FOREVER));
        [register].into_iter().chain(claims).collect()
    }

    /// Units are issued, acquired and sold; then the program comes into force, and everybody and everything is known as it is
    /// in the case. What happens at the very moment of the case happens under what held until then.
    fn live_through(&mut self, program: &Program, world: &World, story: Story) -> Result<(), String> {
        let before = |ns: u64| Time(world.now.0 - ns);
        let Story { past, opening, .. } = story;
        let (past, late): (Vec<Past>, Vec<Past>) = past.into_iter().partition(|past| past.at < before(30));
        let (opening, lately): (Vec<_>, Vec<_>) =
            opening.into_iter().partition(|line| line.acquired < before(30));
        let approved = approved(world);
        let mut moments: BTreeSet<Time> = past.iter().map(|past| past.at).collect();
        moments.extend(approved.iter().map(|(at, _)| *at));
        for moment in moments {
            let now = || past.iter().filter(|past| past.at == moment);
            let mut asked = issued_for(now());
            asked.extend(approved.iter().filter(|(at, _)| *at == moment).map(|(_, asked)| asked.clone()));
            self.block(moment, asked, Vec::new())?;
            let transfers = self.transfers(now(), Time(moment.0 + 1), self.head.height)?;
            self.block(Time(moment.0 + 1), Vec::new(), transfers)?;
        }
        self.block(before(20), issue_more(opening), Vec::new())?;
        self.block(before(10), as_it_is(program, world), Vec::new())?;
        self.block(before(9), issued_for(late.iter()), Vec::new())?;
        self.block(before(8), Vec::new(), Vec::new())?;
        self.block(before(7), Vec::new(), Vec::new())?;
        let until = self.head.height;
        self.block(before(6), Vec::new(), Vec::new())?;
        self.block(world.now, issue_more(lately), Vec::new())?;
        self.pinned = self.head.height;
        for moment in [world.now, Time(world.now.0 + 2)] {
            let now = late.iter().filter(|past| past.at == moment);
            let transfers = self.transfers(now, world.now, until)?;
            self.block(Time(self.head.time.0 + 1), Vec::new(), transfers)?;
        }
        Ok(())
    }

    /// Trades that were made then, under the rules of this height.
    fn transfers<'a>(
        &mut self,
        past: impl Iterator<Item = &'a Past>,
        traded: Time,
        pinned: Height,
    ) -> Result<Vec<Transfer>, String> {
        let mut taken: BTreeMap<(AccountId, LotId), Units> = BTreeMap::new();
        let mut transfers = Vec::new();
        for &Past { from, to, units, of, .. } in past {
            let (mut left, mut lots) = (units, Vec::new());
            for lot in self.lots(from).iter().filter(|lot| of.is_none_or(|history| history == lot.history)) {
                let taken = taken.entry((from, lot.id)).or_default();
                let part = left.min(lot.units - *taken);
                if !part.is_zero() {
                    lots.push(LotMove { lot: lot.id, units: part, path: Path::Plain });
                    *taken += part;
                    left -= part;
                }
            }
            let all = left.is_zero().then_some(units).ok_or("what changes hands is not there")?;
            transfers.push(self.transfer((from, to), all, lots, (traded, pinned)));
        }
        Ok(transfers)
    }

    fn transfer(
        &mut self,
        (seller, buyer): (AccountId, AccountId),
        units: Units,
        lots: Vec<LotMove>,
        (traded, pinned): (Time, Height),
    ) -> Transfer {
        let blind = self.blind();
        Transfer {
            sequence: self.number,
            trade: self.number,
            security: SECURITY,
            epoch: 1,
            seller,
            buyer,
            units,
            lots,
            cash: CASH,
            money: Money(units.0 as i64),
            legs: Vec::new(),
            market: self.market,
            traded,
            pinned,
            expiry: pinned.plus(HORIZON),
            blind,
        }
    }

    /// Whether the register knows everybody as the world does. One of whom nothing says that it is verified, and who is
    /// known all the same, was verified once.
    fn compare(&self, world: &World) -> Result<(), String> {
        for (name, person) in &world.people {
            let mut identity = person.identity;
            identity.until.verified = identity.until.verified.max(LAPSED);
            let key = Key::Person(identity.investor);
            let Some(Record::Person(record)) = self.state.get(&key) else { panic!("{name} is not there") };
            let known =
                record.identity_at(self.pinned).map(|known| Identity { standing: record.standing, ..*known });
            if known != person.is_known.then_some(identity) {
                return Err(format!("{name} is known as {known:?}, not as {identity:?}"));
            }
        }
        Ok(())
    }

    /// What becomes of a transfer of so many units out of these lots of the seller's, at the moment of the case.
    pub fn carry(&mut self, units: Units, parts: &[Part]) -> Carried {
        let lots = self.lots(self.seller);
        let named =
            parts.iter().map(|&(at, units, path)| LotMove { lot: lots[at].id, units, path }).collect();
        let transfer = self.transfer((self.seller, self.buyer), units, named, (self.now, self.pinned));
        let at = At { height: self.head.height.next(), time: Time(self.head.time.0 + 1) };
        let batch = self.batch(vec![transfer]);
        let Execution { changes, mut receipts } =
            execute(&self.state, &self.genesis, self.chain, at, &[batch]);
        match receipts.remove(0).outcome {
            Outcome::Refused(refusal) => Carried::Not(refusal),
            Outcome::Done(_) => Carried::Out(self.arrived(&changes)),
        }
    }

    /// What the buyer has now that it did not have before.
    fn arrived(&self, changes: &Changes) -> BTreeMap<History, Units> {
        let Some(Some(Record::Holding(holding))) = changes.get(&Key::Holding(self.buyer, UNITS)) else {
            panic!("a buyer gets something")
        };
        let mut arrived: BTreeMap<History, Units> = BTreeMap::new();
        for lot in holding.lots() {
            *arrived.entry(lot.history).or_default() += lot.units;
        }
        for lot in self.lots(self.buyer) {
            *arrived.get_mut(&lot.history).expect("a buyer loses nothing") -= lot.units;
        }
        arrived.retain(|_, units| !units.is_zero());
        arrived
    }
}

/// The end of a claim that held once.
const LAPSED: Time = Time(FOUNDED.0 + 1);

/// In the place of a signature.
const UNSIGNED: Signature = Signature([0; 64]);

fn key(name: &str) -> PublicKey {
    PublicKey(Hash::of("tallystick test key", name.as_bytes()).0)
}

fn attest(investor: InvestorId, value: ClaimValue, expires: Time) -> Asked {
    let claim = Claim { value, issued: FOUNDED, expires, evidence: None };
    (Operation::Attest { investor, claim }, &["kyc"])
}

fn terms(protocols: Vec<Protocol>) -> SecurityTerms {
    SecurityTerms {
        symbol: "LAW".into(),
        name: "Shares".into(),
        issuer: key("issuer"),
        registrar: key("registrar"),
        text: Hash::default(),
        register_of_record: None,
        exemption: Exemption::None,
        closing: FOUNDED,
        protocols,
        disclosure: Disclosure::default(),
        first_refusal: None,
    }
}

/// Everything that comes and goes, on any terms.
fn allocate(account: AccountId, asset: Asset) -> Asked {
    let allocate = Allocate {
        venue: venue(VENUE),
        account,
        asset,
        most: i64::MAX as u64,
        standing: true,
        only: None,
        worst: None,
        most_fee: Money(0),
        expiry: Height(1_000_000),
    };
    (Operation::Allocate(allocate), &["custodian"])
}

fn issue_more(opening: Vec<Opening>) -> Vec<Asked> {
    let more = Operation::IssueMore { security: SECURITY, opening: opening.clone() };
    let asked: Asked = (more, &["issuer", "registrar"]);
    if opening.is_empty() { Vec::new() } else { vec![asked] }
}

/// What is issued so that it can change hands.
fn issued_for<'a>(past: impl Iterator<Item = &'a Past>) -> Vec<Asked> {
    let line = |past: &Past| {
        let History { acquired, restricted, paid, .. } = past.of?;
        Some(Opening { account: past.from, units: past.units, acquired, restricted, paid })
    };
    issue_more(past.filter_map(line).collect())
}

/// What was approved of buyer and seller, a day before the case or before it ended.
fn approved(world: &World) -> Option<(Time, Asked)> {
    let (units, until) = world.approved;
    let (seller, buyer) = (number(world, "seller"), number(world, "buyer"));
    let at = Time(until.min(world.now).0.checked_sub(Time::DAY_NS)?);
    let until = until.min(world.now.plus(Days(100)));
    let approve = Approve { security: SECURITY, venue: venue(VENUE), seller, buyer, units, until };
    (!units.is_zero()).then_some((at, (Operation::Approve(approve), &["issuer"])))
}

/// The same rules, each under a condition that never holds: what they count is counted.
fn without_effect(program: &Program) -> Vec<Protocol> {
    let mut protocols = program.protocols().to_vec();
    for rule in protocols.iter_mut().flat_map(|protocol| &mut protocol.rules) {
        *rule = Rule::When(Condition::Any(Vec::new()), Box::new(rule.clone()));
    }
    protocols
}

/// Those who were accredited when they acquired what they have, or are.
fn counted_as_accredited(world: &World) -> BTreeSet<&str> {
    let holds = |person: &Person| person.is_known && person.identity.holds(Topic::Accredited, world.now);
    let are = world.people.iter().filter(|(_, person)| holds(person)).map(|(name, _)| name.as_str());
    let were = world.holdings.iter().filter(|holding| holding.was_accredited).map(|it| it.record.as_str());
    are.chain(were).collect()
}

/// What makes everything as it is in the case: the program, what the issuer has made known, and claims with their ends.
fn as_it_is(program: &Program, world: &World) -> Vec<Asked> {
    let (security, protocols) = (SECURITY, program.protocols().to_vec());
    let mut asked: Vec<Asked> = vec![
        (Operation::Amend { security, protocols }, &["issuer", "registrar"]),
        (Operation::Disclose { security, disclosure: world.security }, &["issuer", "registrar"]),
    ];
    let accredited = counted_as_accredited(world);
    for (name, person) in &world.people {
        let Identity { investor, until, standing, .. } = person.identity;
        let was_accredited = if accredited.contains(name.as_str()) { Time::FOREVER } else { Time::NEVER };
        let claims = [
            (ClaimValue::Verified, Time::FOREVER, until.verified.max(LAPSED)),
            (ClaimValue::Accredited, was_accredited, until.accredited),
            (ClaimValue::QualifiedInstitutionalBuyer, Time::NEVER, until.institutional),
            (ClaimValue::QualifiedPurchaser, Time::NEVER, until.purchaser),
            (ClaimValue::NonUsPerson, Time::NEVER, until.non_us),
            (ClaimValue::Screened, Time::NEVER, until.screened),
            (ClaimValue::GoodActor, Time::NEVER, until.good_actor),
        ];
        for (value, _, is) in claims.into_iter().filter(|(_, was, is)| was != is) {
            asked.push(match is {
                Time::NEVER => (Operation::Revoke { investor, topic: value.topic() }, &["kyc"]),
                until => attest(investor, value, until),
            });
        }
        if !person.is_known {
            asked.push((Operation::Revoke { investor, topic: Topic::Verified }, &["kyc"]));
        }
        if standing == Standing::Suspended {
            asked.push((Operation::Suspend { investor, suspended: true }, &["kyc"]));
        }
    }
    asked
}
