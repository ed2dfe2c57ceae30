//! A venue on an embedded network: parties with known keys, and a market whose units and cash are on the ledger.

use super::market;
use super::process::Place;
use serde_json::Value;
use tallystick_client::keys::public_key_hex;
use tallystick_engine::phase::Phase;
use tallystick_engine::rules::{Place as Residence, Topic};
use tallystick_engine::types::{AccountId, Asset, CashId, InvestorId, Money, SecurityId, Time, Units};
use tallystick_gateway::admin::protocol::Ask;
use tallystick_gateway::admin::specs::{AccountSpec, FirmSpec, Onboarding, SessionSpec};
use tallystick_gateway::clock::Clock;
use tallystick_gateway::settlement::desk::{LedgerAsk, hex};
use tallystick_gateway::settlement::place::{self, Parties, PartySpec, RoleSpec};
use tallystick_gateway::texts;
use tallystick_ledger::genesis::Genesis;
use tallystick_ledger::instruction::{Allocate, Claim, ClaimValue, Instruction, Opening, Operation};
use tallystick_ledger::keys::SecretKey;
use tallystick_ledger::names::{Hash, Height, VenueName};

/// What everybody begins with, of each of the two securities and of cash.
pub const UNITS: u64 = 1_000_000;
pub const CENTS: i64 = 1_000_000_000;

/// The venue's name on the chain.
pub const VENUE: VenueName = *b"TESTS\0\0\0\0\0\0\0\0\0\0\0";

/// The key of a party of this name.
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(Hash::of("tallystick gateway test key", name.as_bytes()).0)
}

/// Begins a chain in a place's data directory.
pub fn begin(place: &Place, horizon: u32) -> Genesis {
    let party =
        |name: &str, role, topics| PartySpec { name: name.into(), key: key(name).public(), role, topics };
    let parties = Parties {
        chain: "tests".into(),
        operator: "Tests".into(),
        horizon,
        party: vec![
            party("kyc", RoleSpec::ClaimIssuer, vec![Topic::Verified, Topic::Residence]),
            party("auditor", RoleSpec::ClaimIssuer, vec![Topic::Accredited]),
            party("custodian", RoleSpec::Custodian, vec![]),
            party("registrar", RoleSpec::Registrar, vec![]),
            party("bank", RoleSpec::CashIssuer, vec![]),
        ],
    };
    std::fs::create_dir_all(place.data()).unwrap();
    place::Place::of(&place.data()).init(VENUE, &parties, Clock::System.now()).unwrap()
}

/// Signs instructions for a chain.
pub struct Signer {
    pub genesis: Genesis,
    /// What owners let the venue charge for each of the assets that they allocate. If that is more than nought their cash
    /// is for the first security.
    pub most_fee: Money,
    number: u64,
}

impl Signer {
    pub fn new(genesis: Genesis) -> Signer {
        Signer { genesis, most_fee: Money(0), number: 0 }
    }

    pub fn sign(&mut self, operation: Operation, signers: &[&str]) -> String {
        self.number += 1;
        let blind = Hash::of_value("tallystick gateway test blind", &self.number);
        let instruction =
            Instruction { chain: self.genesis.chain(), expiry: Height(u64::MAX), blind, operation };
        let keys: Vec<SecretKey> = signers.iter().map(|name| key(name)).collect();
        hex(&borsh::to_vec(&instruction.sign(&keys.iter().collect::<Vec<_>>())).unwrap())
    }

    /// Everybody and everything of the market: persons, accounts, cash, two securities, allocations.
    pub fn population(&mut self, people: u32) -> Vec<String> {
        let mut all = Vec::new();
        let claim = |value| Claim { value, issued: Time(0), expires: Time::FOREVER, evidence: None };
        let us = Residence::new("US").unwrap();
        for n in 1..=people {
            let (investor, name) = (InvestorId(n), format!("person {n}"));
            let handle = Hash::of("tallystick gateway test handle", name.as_bytes());
            let register = Operation::Register { key: key(&name).public(), handle };
            all.push(self.sign(register, &["kyc"]));
            for value in [ClaimValue::Verified, ClaimValue::ResidentOf(us)] {
                all.push(self.sign(Operation::Attest { investor, claim: claim(value) }, &["kyc"]));
            }
            let open = Operation::OpenAccount { record_holder: investor, beneficial_owner: investor };
            all.push(self.sign(open, &["custodian"]));
        }
        all.push(self.sign(Operation::CreateCash { name: "USD".into(), decimals: 2 }, &["bank"]));
        for n in 1..=people {
            let mint = Operation::MintCash { cash: CashId(1), account: AccountId(n), amount: Money(CENTS) };
            all.push(self.sign(mint, &["bank"]));
        }
        for symbol in ["OAK", "ELM"] {
            let text = market::security(symbol);
            let declared = texts::security(&text.name, &text.text).unwrap();
            let terms = declared.terms(["issuer", "registrar"].map(|name| key(name).public()), None, Time(0));
            let line = |n| Opening {
                account: AccountId(n),
                units: Units(UNITS),
                acquired: Time(0),
                restricted: false,
                paid: true,
            };
            let opening = (1..=people).map(line).collect();
            all.push(self.sign(Operation::Issue { terms, opening }, &["issuer", "registrar"]));
        }
        for n in 1..=people {
            let assets =
                [Asset::Security(SecurityId(1)), Asset::Security(SecurityId(2)), Asset::Cash(CashId(1))];
            for asset in assets {
                all.push(self.sign(Operation::Allocate(allocation(n, asset, self.most_fee)), &["custodian"]));
            }
        }
        all
    }
}

/// Everything of an account's, for as long as the chain lasts.
pub fn allocation(account: u32, asset: Asset, most_fee: Money) -> Allocate {
    let other = match asset {
        Asset::Security(_) => Asset::Cash(CashId(1)),
        Asset::Cash(_) => Asset::Security(SecurityId(1)),
    };
    Allocate {
        venue: VENUE,
        account: AccountId(account),
        asset,
        most: u64::MAX / 4,
        standing: true,
        only: (most_fee > Money(0)).then_some(other),
        worst: None,
        most_fee,
        expiry: Height(u64::MAX / 2),
    }
}

/// Populates the ledger and opens the market, through whatever reaches the venue's operators.
pub fn open(signer: &mut Signer, people: u32, mut ask: impl FnMut(Ask) -> Value) {
    let signed = signer.population(people);
    let receipts = ask(Ask::Ledger { about: LedgerAsk::Submit { signed } });
    for receipt in receipts.as_array().unwrap() {
        assert_eq!(receipt["outcome"], "done", "{receipt}");
    }
    let session = |n| SessionSpec {
        session: n,
        firm: n,
        key: public_key_hex(&market::key(n).verifying_key()),
        ..SessionSpec::default()
    };
    let account = |n| AccountSpec { account: Some(n), firm: n, owner: n, record_holder: None };
    ask(Ask::Onboard {
        people: Onboarding {
            firms: (1..=people).map(|firm| FirmSpec { firm }).collect(),
            sessions: (1..=people).map(session).collect(),
            investors: Vec::new(),
            accounts: (1..=people).map(account).collect(),
        },
    });
    for symbol in ["OAK", "ELM"] {
        ask(market::list(symbol));
    }
    ask(Ask::Day { date: None });
    for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
        for symbol in ["OAK", "ELM"] {
            ask(Ask::Phase { security: symbol.into(), phase, from: None });
        }
    }
}
