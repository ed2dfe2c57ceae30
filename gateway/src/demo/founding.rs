//! What is signed before the venue's day: who is on the register, what is issued, who holds it, and what of it is
//! put at the venue's disposal.

use super::accredited::Auditor;
use super::cast::{self, ISSUES, Issue, LAPSED, STRANGER};
use super::plain::{self, What};
use super::signers::{Signers, random};
use crate::cli::Failure;
use crate::settlement::desk::hex;
use tallystick_engine::rules::Place;
use tallystick_engine::types::{AccountId, Asset, CashId, InvestorId, Money, SecurityId, Time, Units};
use tallystick_ledger::instruction::{
    Allocate, Claim, ClaimValue, Instruction, Opening, Operation, UnitPrice,
};
use tallystick_ledger::keys::SecretKey;
use tallystick_ledger::names::{ChainId, Height, VenueName};
use tallystick_ledger::receipt::Done;

/// The cash tokens.
pub const CASH: [&str; 2] = ["USD", "EUR"];

/// A cash token, a security.
pub fn asset(what: What) -> Asset {
    match what {
        What::Units(issue) => Asset::Security(SecurityId(issue)),
        What::Cash(token) => Asset::Cash(CashId(token)),
    }
}

/// What is signed for: which chain, and how long it is good.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// The chain.
    pub chain: ChainId,
    /// How many heights a trade may take to its block.
    pub horizon: u32,
    /// The venue, as the chain knows it.
    pub venue: VenueName,
}

impl Pen {
    /// Signs an operation that may be carried out up to a horizon above `height`. Its encoding in hexadecimal.
    pub fn sign(&self, height: u64, what: Operation, keys: &[&SecretKey]) -> Result<String, Failure> {
        let (chain, expiry) = (self.chain, Height(height).plus(self.horizon));
        let instruction = Instruction { chain, expiry, blind: random()?, operation: what };
        Ok(hex(&borsh::to_vec(&instruction.sign(keys)).expect("writing to memory does not fail")))
    }

    /// The withdrawal of what an account has allocated.
    pub fn withdrawal(&self, account: u32, what: What) -> Operation {
        let (account, asset) = (AccountId(account), asset(what));
        Operation::Withdraw { venue: self.venue, account, asset }
    }
}

/// Signed instructions, and what must come of each.
#[derive(Debug, Default)]
pub struct Signed {
    /// The instructions, in hexadecimal.
    pub instructions: Vec<String>,
    /// What each must have done.
    pub done: Vec<Done>,
}

/// Everything that is signed to begin with, in an order in which all of it can be carried out.
pub fn instructions(pen: &Pen, signers: &Signers, scale: u64, now: Time) -> Result<Signed, Failure> {
    let mut signed = Signed::default();
    let mut sign = |what: Operation, keys: &[&SecretKey], done: Done| -> Result<(), Failure> {
        signed.instructions.push(pen.sign(0, what, keys)?);
        signed.done.push(done);
        Ok(())
    };
    let auditor = Auditor::new()?;
    for person in 1..=STRANGER {
        let (key, handle) = (signers.owner(person).public(), random()?);
        let registered = Done::Investor(InvestorId(person));
        sign(Operation::Register { key, handle }, &[&signers.claims], registered)?;
        for claim in claims(person, now) {
            let investor = InvestorId(person);
            let claims = match claim.value {
                ClaimValue::Accredited => auditor.claim(pen.chain, key, claim, now)?,
                _ => vec![claim],
            };
            for claim in claims {
                sign(Operation::Attest { investor, claim }, &[&signers.claims], Done::Asked)?;
            }
        }
    }
    for account in cast::accounts() {
        let owner = InvestorId(account.owner);
        let open = Operation::OpenAccount { record_holder: owner, beneficial_owner: owner };
        sign(open, &[signers.of(&account)], Done::Account(AccountId(account.id)))?;
    }
    for (name, token) in CASH.into_iter().zip(1..) {
        let create = Operation::CreateCash { name: name.into(), decimals: 2 };
        sign(create, &[&signers.bank], Done::Cash(CashId(token)))?;
        for account in cast::accounts() {
            let (cash, amount) = (CashId(token), Money(plain::cash(account.id, scale)));
            let mint = Operation::MintCash { cash, account: AccountId(account.id), amount };
            sign(mint, &[&signers.bank], Done::Asked)?;
        }
    }
    for (issue, issuer) in ISSUES.iter().zip(&signers.issuers) {
        let issued = Done::Security(SecurityId(issue.id));
        sign(issuance(issue, issuer, signers, scale, now), &[issuer, &signers.registrar], issued)?;
    }
    for allotment in plain::allotments(scale) {
        let allocate = Operation::Allocate(allocation(pen, &allotment));
        sign(allocate, &[signers.of(&allotment.account)], Done::Asked)?;
    }
    Ok(signed)
}

fn claims(person: u32, now: Time) -> Vec<Claim> {
    // Nobody vouches for a stranger.
    let Some(investor) = cast::investor(person) else { return Vec::new() };
    let day = |days: i64| Time(now.0.saturating_add_signed(days * Time::DAY_NS as i64));
    let claim = |value, expires| Claim { value, issued: day(-65), expires: day(expires), evidence: None };
    let place = Place::new(investor.place).expect("the table has country codes");
    let mut all = vec![
        claim(ClaimValue::Verified, if person == LAPSED { -3 } else { 300 }),
        claim(ClaimValue::ResidentOf(place), 300),
    ];
    if investor.accredited {
        all.push(claim(ClaimValue::Accredited, 200));
    }
    all
}

fn issuance(issue: &Issue, issuer: &SecretKey, signers: &Signers, scale: u64, now: Time) -> Operation {
    let declared = issue.declared();
    let terms = declared.terms([issuer.public(), signers.registrar.public()], None, now);
    let restricted = declared.security.restricted;
    let deposits = plain::deposits(scale);
    let opening = deposits.iter().filter(|deposit| deposit.issue.id == issue.id).map(|deposit| Opening {
        account: AccountId(deposit.account),
        units: Units(deposit.units),
        acquired: Time(now.0 - u64::from(deposit.days) * Time::DAY_NS),
        restricted,
        paid: true,
    });
    Operation::Issue { terms, opening: opening.collect() }
}

fn allocation(pen: &Pen, allotment: &plain::Allotment) -> Allocate {
    let plain::Allotment { account, what, most, standing, only } = *allotment;
    Allocate {
        venue: pen.venue,
        account: AccountId(account.id),
        asset: asset(what),
        most,
        standing,
        only: only.map(|(other, _)| asset(other)),
        worst: only.map(|(_, cents)| UnitPrice { money: Money(cents), units: Units(1) }),
        most_fee: Money(0),
        // So far ahead that all of it may be used all day.
        expiry: Height(1_000_000_000_000),
    }
}
