//! What is kept of a security: what it is, and what its rules count.

use super::record::{Stake, in_force};
use crate::instruction::SecurityTerms;
use crate::names::Height;
use borsh::{BorshDeserialize, BorshSerialize};
use tallystick_rules::{Disclosure, Holders, Insider, InvestorId, Program, SecurityId, Units};

/// A security.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SecurityRecord {
    /// Its number.
    pub security: SecurityId,
    /// What it is. Its rules and what was made known are those of its issue; `versions` and `disclosures` have those in
    /// force.
    pub terms: SecurityTerms,
    /// Its epoch, from 1: an action that changes units, price basis or entitlement begins another.
    pub epoch: u32,
    /// How often units were issued.
    pub issuances: u32,
    /// How many units there are.
    pub issued: Units,
    /// What its rules count, over all its stakes.
    pub counted: Counted,
    /// Its rules, since which height: the versions that a trade may still pin, and those to come, oldest first.
    pub versions: Vec<(Height, Program)>,
    /// What its issuer has made known, since which height: the versions that a trade may still pin, oldest first.
    pub disclosures: Vec<(Height, Disclosure)>,
}

/// What rules count of a security: sums over its stakes, each counted as its [`Class`](tallystick_rules::Class) says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Counted {
    /// How many persons own some: [`Holders::Beneficial`].
    pub beneficial: u64,
    /// How many persons hold some in their name: [`Holders::Record`].
    pub record: u64,
    /// How many of these are not accredited: [`Holders::RecordNotAccredited`].
    pub record_not_accredited: u64,
    /// How many places owners take: [`Holders::LookThrough`].
    pub look_through: u64,
    /// Units that belong to benefit plans, times 10,000.
    pub plan_units_bps: u128,
    /// Units of controlling persons who are no plans.
    pub controlling: u64,
}

/// The funds that take more than one place of a security's: what they take changes when there are more units. It is there
/// while there are any. A record of its own, since proofs show that of the security.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct FundsRecord {
    /// Of which security.
    pub security: SecurityId,
    /// Which funds, by number. Each owns a tenth of the security at least, so there are ten at most.
    pub funds: Vec<InvestorId>,
}

/// How a person stands to the issuer of a security.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct InsiderRecord {
    /// Of which security.
    pub security: SecurityId,
    /// Who.
    pub investor: InvestorId,
    /// How, since which height: the versions that a trade may still pin, oldest first.
    pub versions: Vec<(Height, Option<Insider>)>,
}

/// How many are close to a security's issuer; there while anybody is.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct InsidersRecord {
    /// How many persons.
    pub count: u32,
}

impl InsidersRecord {
    /// The most that a security may have.
    pub const MOST: u32 = 16_384;
}

/// What an affiliate group owns and has sold of a security. It is there while somebody else than who stands for the group
/// is counted with it, or something that the group has sold is; else the group owns what stands in the stake of who
/// stands for it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GroupRecord {
    /// Who stands for the group.
    pub group: InvestorId,
    /// Of which security.
    pub security: SecurityId,
    /// The units of all who are counted with it.
    pub owned: Units,
    /// Of these, the units of others than who stands for it.
    pub of_others: Units,
    /// What was sold, by days (UTC, since 1970-01-01), oldest first; kept while a rule of the security may count it, so for
    /// about [`Program::MAX_WINDOW`] at most. It can be counted together.
    pub sold: Vec<(u32, Units)>,
}

impl SecurityRecord {
    /// Its rules at a height that may still be pinned, or one to come; none before its issue.
    pub fn rules_at(&self, height: Height) -> Option<&Program> {
        in_force(&self.versions, height)
    }

    /// What was made known of it at a height that may still be pinned; none before its issue.
    pub fn disclosure_at(&self, height: Height) -> Option<&Disclosure> {
        in_force(&self.disclosures, height)
    }
}

impl Counted {
    /// What one stake adds, where there are so many units of the security.
    pub fn of(stake: &Stake, issued: Units) -> Counted {
        let Some(class) = stake.class else { return Counted::default() };
        let (owned, owns, holds) = (stake.beneficial, stake.beneficial > 0, stake.record > 0);
        Counted {
            beneficial: owns.into(),
            record: holds.into(),
            record_not_accredited: (holds && !class.accredited).into(),
            look_through: class.places(Units(owned), issued).into(),
            plan_units_bps: u128::from(owned) * u128::from(class.plan_bps),
            controlling: if class.controlling && class.plan_bps == 0 { owned } else { 0 },
        }
    }

    /// Those that a cap counts.
    pub fn holders(&self, holders: Holders) -> u64 {
        match holders {
            Holders::Beneficial => self.beneficial,
            Holders::Record => self.record,
            Holders::RecordNotAccredited => self.record_not_accredited,
            Holders::LookThrough => self.look_through,
        }
    }

    /// What is counted once a stake that added `was` adds `is`.
    #[must_use]
    pub fn with(&self, was: &Counted, is: &Counted) -> Counted {
        Counted {
            beneficial: self.beneficial - was.beneficial + is.beneficial,
            record: self.record - was.record + is.record,
            record_not_accredited: self.record_not_accredited - was.record_not_accredited
                + is.record_not_accredited,
            look_through: self.look_through - was.look_through + is.look_through,
            plan_units_bps: self.plan_units_bps - was.plan_units_bps + is.plan_units_bps,
            controlling: self.controlling - was.controlling + is.controlling,
        }
    }
}

impl InsiderRecord {
    /// How the person stands to the issuer at a height that may still be pinned.
    pub fn insider_at(&self, height: Height) -> Option<Insider> {
        in_force(&self.versions, height).copied().flatten()
    }

    /// Whether the person is close to the issuer, as it was said last.
    pub fn is_close(&self) -> bool {
        self.versions.last().is_some_and(|(_, insider)| insider.is_some())
    }
}

impl GroupRecord {
    /// Whether it says nothing that a stake does not.
    pub fn is_blank(&self) -> bool {
        self.of_others.is_zero() && self.sold.is_empty()
    }
}
