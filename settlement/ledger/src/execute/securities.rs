//! Securities: their issue, more of them, other rules for them.

use super::Work;
use super::cash::named;
use super::issuers::check_disclosure;
use super::lots::{Arrival, arrive, has_room};
use super::overlay::{overflow, range};
use super::persons::{enter, prune};
use crate::instruction::{Exemption, Opening, SecurityTerms};
use crate::names::Asset;
use crate::receipt::{Done, Refusal, Side};
use crate::state::{AccountRecord, Counted, Counters, Holding, Key, SecurityRecord};
use std::collections::BTreeMap;
use tallystick_rules::{AccountId, History, Program, Protocol, SecurityId, Units};

/// The most versions of a security's rules that are kept at once: what may still be pinned, and what is to come.
const MOST_VERSIONS: usize = 16;
/// The most bytes of a security's rules.
const MOST_RULES: usize = 16_384;

impl Work<'_> {
    /// Issues a security. Its opening register is not judged by its rules: it states who owns it, and issuer and
    /// registrar answer for that; the rules judge every transfer from then on.
    pub fn issue(&mut self, terms: &SecurityTerms, opening: &[Opening]) -> Result<Done, Refusal> {
        check_terms(terms)?;
        let program = program(&terms.protocols)?;
        check_disclosure(&terms.disclosure)?;
        let counters = self.state.read::<Counters>(Key::Counters).expect("they begin with the chain");
        let security = counters.security;
        let next = security.0.checked_add(1).ok_or_else(|| overflow("the number of securities"))?;
        let units = self.check_opening(security, 1, opening)?;

        self.state.change::<Counters>(Key::Counters).security = SecurityId(next);
        let record = SecurityRecord {
            security,
            terms: terms.clone(),
            epoch: 1,
            issuances: 1,
            issued: units,
            counted: Counted::default(),
            versions: vec![(self.at.height, program)],
            disclosures: vec![(self.at.height, terms.disclosure)],
        };
        self.state.put(Key::Security(security), record);
        self.deliver(security, 1, opening);
        Ok(Done::Security(security))
    }

    pub fn issue_more(&mut self, security: SecurityId, opening: &[Opening]) -> Result<Done, Refusal> {
        let record = self.state.known::<SecurityRecord>(Key::Security(security))?;
        let (issuances, issued) = (record.issuances, record.issued);
        let issuance = issuances.checked_add(1).ok_or_else(|| overflow("the number of issuances"))?;
        let units = self.check_opening(security, issuance, opening)?;
        if opening.is_empty() {
            return Err(range("the opening register", "at least one line"));
        }
        let issued = issued.0.checked_add(units.0).ok_or_else(|| overflow("the security's units"))?;

        self.state.change::<SecurityRecord>(Key::Security(security)).issuances = issuance;
        self.reissue(security, Units(issued));
        self.deliver(security, issuance, opening);
        Ok(Done::Asked)
    }

    pub fn amend(&mut self, security: SecurityId, protocols: &[Protocol]) -> Result<Done, Refusal> {
        let program = program(protocols)?;
        let (oldest, since) = (self.oldest(), self.at.height.plus(self.genesis.horizon));
        let record = self.state.known::<SecurityRecord>(Key::Security(security))?;
        let mut versions = record.versions.clone();
        prune(&mut versions, oldest);
        enter(&mut versions, since, program);
        if versions.len() > MOST_VERSIONS {
            let most =
                format!("at most {MOST_VERSIONS} that are in force, may still be pinned or are to come");
            return Err(range("the number of versions of the rules", most));
        }
        self.state.change::<SecurityRecord>(Key::Security(security)).versions = versions;
        Ok(Done::Asked)
    }

    /// Checks an opening register as a whole; the sum of its units.
    fn check_opening(
        &mut self,
        security: SecurityId,
        issuance: u32,
        opening: &[Opening],
    ) -> Result<Units, Refusal> {
        if opening.len() > Opening::MOST {
            return Err(range("the opening register", format!("at most {} lines", Opening::MOST)));
        }
        let mut sum = Units::ZERO;
        let mut arrivals: BTreeMap<AccountId, Vec<Arrival>> = BTreeMap::new();
        for line in opening {
            self.state.known::<AccountRecord>(Key::Account(line.account))?;
            if line.units.is_zero() {
                return Err(range("the units of a line", "at least 1"));
            }
            if line.acquired > self.at.time {
                return Err(range("the acquisition of a line", "at or before the time of the block"));
            }
            // All that there is has room in one holding: so no later sum of holdings can pass what can be counted.
            let total = sum.0.checked_add(line.units.0);
            sum = Units(total.ok_or_else(|| overflow("the security's units"))?);
            arrivals.entry(line.account).or_default().push(arrival(line, issuance));
        }
        for (account, arrivals) in arrivals {
            self.not_frozen(account, Asset::Security(security), Side::Receiver)?;
            self.has_room(account, security, &arrivals)?;
        }
        Ok(sum)
    }

    /// Refuses where an account can't take these units of a security.
    pub fn has_room(
        &mut self,
        account: AccountId,
        security: SecurityId,
        arrivals: &[Arrival],
    ) -> Result<(), Refusal> {
        let asset = Asset::Security(security);
        match self.state.read::<Holding>(Key::Holding(account, asset)) {
            Some(holding) => has_room(holding, arrivals),
            None => has_room(&Holding::new(account, asset), arrivals),
        }
    }

    fn deliver(&mut self, security: SecurityId, issuance: u32, opening: &[Opening]) {
        let asset = Asset::Security(security);
        for line in opening {
            let account = self.state.account(line.account);
            let key = Key::Holding(line.account, asset);
            let holding = self.state.edit_or(key, || Holding::new(line.account, asset));
            arrive(holding, arrival(line, issuance));
            self.credit(&account, asset, line.units.0);
        }
    }
}

fn arrival(line: &Opening, issuance: u32) -> Arrival {
    let history = History { paid: line.paid, ..History::of_issue(line.acquired, line.restricted) };
    Arrival { units: line.units, history, issuance }
}

fn check_terms(terms: &SecurityTerms) -> Result<(), Refusal> {
    let symbol = terms.symbol.as_bytes();
    if symbol.is_empty()
        || symbol.len() > SecurityTerms::LONGEST_SYMBOL
        || !symbol.iter().all(u8::is_ascii_graphic)
    {
        return Err(range("the symbol", "1 to 12 printable ASCII characters"));
    }
    named("the security's name", &terms.name)?;
    if let Some(law) = &terms.register_of_record {
        named("the law of the register of record", law)?;
    }
    if terms.first_refusal.is_some_and(|key| !key.is_usable()) {
        return Err(range("the key of who has a right of first refusal", "an ed25519 public key"));
    }
    match terms.exemption {
        Exemption::RegS(category) if !(1..=3).contains(&category) => {
            Err(range("the category under Regulation S", "1 to 3"))
        }
        _ => Ok(()),
    }
}

/// The program of these rules, or why they make none.
fn program(protocols: &[Protocol]) -> Result<Program, Refusal> {
    let program = Program::new(protocols.to_vec()).map_err(|e| range("the rules", e.to_string()))?;
    // Asked after the program's own bounds, which make it safe to walk a condition.
    let size = borsh::object_length(protocols).expect("writing to memory does not fail");
    if size > MOST_RULES {
        return Err(range("the rules", format!("at most {MOST_RULES} bytes, not {size}")));
    }
    Ok(program)
}
