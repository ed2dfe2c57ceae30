//! A security's rules as one would read them out, one quantity at a time: nothing is compiled, composed or counted on the
//! side. It shares the types with `tallystick_rules` and no code that judges.
//!
//! - [`calendar`]: months by walking through the years
//! - [`condition`]: yes, no, or not to be told yet; and what to call it when it does not hold
//! - [`ways`]: by which way a lot may go
//! - [`trade`]: whether two may trade so much, from who would own what afterwards
//! - [`entry`]: the most that one side may ever trade, of which the first that is least is blamed

pub mod calendar;
pub mod condition;
pub mod entry;
pub mod trade;
pub mod ways;

use tallystick_rules::{
    Condition, Disclosure, Identity, Insider, Market, Protocol, Reason, ReasonCode, Rule, RuleId, Standing,
    Time,
};

/// A security at a moment, and what its rules are.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The rules.
    pub protocols: &'a [Protocol],
    /// When.
    pub now: Time,
    /// What its issuer has made known.
    pub security: &'a Disclosure,
    /// Where it is traded.
    pub market: Market,
    /// How many units of it there are.
    pub issued: u64,
}

/// What is known of somebody.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// By the registry.
    pub identity: Option<&'a Identity>,
    /// By the issuer's registrar.
    pub insider: Option<Insider>,
}

/// Both sides, as far as they are known.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// Who would acquire.
    pub buyer: Option<Person<'a>>,
    /// Who would part with.
    pub seller: Option<Person<'a>>,
}

impl<'a> Scene<'a> {
    /// The rules with their numbers, each without the conditions that it stands under.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, Vec<&'a Condition>, &'a Rule)> {
        let all = self.protocols.iter().flat_map(|protocol| &protocol.rules);
        all.enumerate().map(|(n, rule)| {
            let (mut under, mut inner) = (Vec::new(), rule);
            while let Rule::When(condition, then) = inner {
                under.push(condition);
                inner = then;
            }
            (RuleId(n as u16 + 1), under, inner)
        })
    }

    /// The rules that apply: everything that they stand under holds for certain.
    pub fn applying(&self, sides: &Sides<'_>) -> Vec<(RuleId, &'a Rule)> {
        let holds = |under: &[&Condition]| {
            under.iter().all(|condition| self.answer(condition, sides, None) == Some(true))
        };
        self.rules().filter(|(_, under, _)| holds(under)).map(|(id, _, rule)| (id, rule)).collect()
    }

    /// What no program can switch off: there are rules, and who trades is known and not suspended.
    pub fn standing(&self, sides: &Sides<'_>) -> Result<(), Reason> {
        let refuse = |code| Err(Reason { code, rule: RuleId::STANDING });
        if self.protocols.iter().all(|protocol| protocol.rules.is_empty()) {
            return refuse(ReasonCode::NoRules);
        }
        for side in [sides.buyer, sides.seller].into_iter().flatten() {
            match side.identity.map(|identity| identity.standing) {
                None => return refuse(ReasonCode::IdentityUnknown),
                Some(Standing::Suspended) => return refuse(ReasonCode::IdentitySuspended),
                Some(Standing::Good) => {}
            }
        }
        Ok(())
    }
}
