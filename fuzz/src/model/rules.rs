//! What a security's rules say, one quantity at a time: no verdicts and nothing to compose.

use super::Model;
use super::order::Order;
use tallystick_engine::Work;
use tallystick_engine::types::{AccountId, Asset, InvestorId, SecurityId, Side, Time};
use tallystick_rules::{Condition, Identity, Reason, ReasonCode, Rule, RuleId, Standing, Who};

impl Model {
    /// Everybody who is known: by the registry, or by what the network has told since.
    pub fn everybody(&self) -> Vec<Identity> {
        let mut all: Vec<Identity> =
            self.registry.as_ref().map_or(Vec::new(), |registry| registry.identities().to_vec());
        for (investor, identity) in &self.persons {
            all.retain(|other| other.investor != *investor);
            // Under the number that is told, whatever number the identity has in itself.
            all.extend(identity.map(|identity| Identity { investor: *investor, ..identity }));
        }
        all
    }

    /// The height that what is known of persons is of.
    pub fn known_height(&self) -> u64 {
        let of_registry = self.registry.as_ref().map_or(0, |registry| registry.height());
        self.told.map_or(of_registry, |told| told.0)
    }

    /// The time that what is known of persons is of.
    pub fn known_time(&self) -> Time {
        let of_registry = self.registry.as_ref().map_or(Time(0), |registry| registry.as_of());
        self.told.map_or(of_registry, |told| told.1)
    }

    /// Everybody who is known, if what is known is recent enough to be relied upon.
    pub(super) fn reliable(&self) -> Option<Vec<Identity>> {
        self.registry.as_ref()?;
        // The network's clock may be ahead of the venue's.
        let age = i128::from(self.now.0) - i128::from(self.known_time().0);
        let allowed = i128::from(self.params.as_ref()?.max_registry_age_ns);
        (age <= allowed).then(|| self.everybody())
    }

    /// Why this owner may not buy or sell this security at all, if it may not.
    pub fn entry_refusal(&self, security: SecurityId, side: Side, owner: InvestorId) -> Option<Reason> {
        let standing = |code| Some(Reason { code, rule: RuleId::STANDING });
        let Some(everybody) = self.reliable() else {
            return standing(ReasonCode::RegistryStale);
        };
        self.refusal_by(&everybody, security, side, owner)
    }

    /// Why these identities forbid an owner to buy or sell this security, if they do.
    pub fn refusal_by(
        &self,
        everybody: &[Identity],
        security: SecurityId,
        side: Side,
        owner: InvestorId,
    ) -> Option<Reason> {
        let standing = |code| Some(Reason { code, rule: RuleId::STANDING });
        let rules = &self.security(security).expect("a listed security").listing.rules;
        if rules.is_empty() {
            return standing(ReasonCode::NoRules);
        }
        let who = everybody.iter().find(|i| i.investor == owner);
        for (place, rule) in rules.iter().enumerate() {
            let Rule::Person { who: asked, must } = rule else { continue };
            let concerns = match (asked, side) {
                (Who::Both, _) | (Who::Buyer, Side::Buy) | (Who::Seller, Side::Sell) => true,
                (Who::Buyer, Side::Sell) | (Who::Seller, Side::Buy) => false,
            };
            if !concerns {
                continue;
            }
            let code = match who {
                None => ReasonCode::IdentityUnknown,
                Some(who) if holds(must, who, self.now) => continue,
                Some(who) => blame(must, who, self.now),
            };
            return Some(Reason { code, rule: RuleId(place as u16 + 1) });
        }
        None
    }

    /// Whether these two orders may meet at all.
    pub(super) fn may_meet(&self, one: &Order, other: &Order) -> bool {
        let [buy, sell] = if one.side == Side::Buy { [one, other] } else { [other, one] };
        !self.is_blocked(one)
            && !self.is_blocked(other)
            && self.may_meet_at_all([buy.account, sell.account], one.security)
    }

    /// Whether what is known of persons is recent enough, and what these rely on stays. What an order relies on may be
    /// gone, and its rules may be about to change: then it is about to go.
    fn may_meet_at_all(&self, [buyer, seller]: [AccountId; 2], security: SecurityId) -> bool {
        let listed = self.security(security).expect("a listed security");
        let goes = |account, asset| {
            let of_it = |work: &Work| matches!(work, Work::Cover { account: a, asset: b, .. } if (*a, *b) == (account, asset));
            self.work.iter().any(of_it)
        };
        listed.coming.is_none()
            && !goes(seller, Asset::Security(security))
            && !goes(buyer, Asset::Cash(listed.listing.cash))
            && self.reliable().is_some()
    }

    /// The most of `wanted` that these two accounts may trade with each other now: every multiple of the lot
    /// is tried from the top.
    pub fn may_trade(&self, buyer: AccountId, seller: AccountId, security: SecurityId, wanted: u64) -> u64 {
        let listed = self.security(security).expect("a listed security");
        if !self.may_meet_at_all([buyer, seller], security) {
            return 0;
        }
        let Some(everybody) = self.reliable() else { return 0 };
        let lot = listed.listing.ticks.lot.0;
        let mut units = wanted - wanted % lot;
        while units > 0 && !self.pair_allows(&everybody, [buyer, seller], security, units) {
            units -= lot;
        }
        units
    }

    /// Whether these two may trade exactly so many units.
    fn pair_allows(
        &self,
        everybody: &[Identity],
        [buyer, seller]: [AccountId; 2],
        security: SecurityId,
        units: u64,
    ) -> bool {
        let (buying, selling) = (self.owner(buyer), self.owner(seller));
        if buying == selling {
            return false;
        }
        let rules = &self.security(security).expect("a listed security").listing.rules;
        let meets = |owner: InvestorId, must: &Condition| {
            everybody.iter().any(|i| i.investor == owner && holds(must, i, self.now))
        };
        let mut allowed = !rules.is_empty();
        for rule in rules {
            allowed &= match rule {
                Rule::Person { who: Who::Buyer, must } => meets(buying, must),
                Rule::Person { who: Who::Seller, must } => meets(selling, must),
                Rule::Person { who: Who::Both, must } => meets(buying, must) && meets(selling, must),
                Rule::LockUp { .. } => units <= self.unlocked(seller, security),
                Rule::HolderCap { max } => {
                    let places = self.places(security);
                    let enters = !self.has_place(buying, security);
                    let room = places < u64::from(*max);
                    let swap =
                        places == u64::from(*max) && self.leaves_whole(seller, security) == Some(units);
                    !self.is_leaving(buying, security) && (!enters || room || swap)
                }
            };
        }
        allowed
    }

    /// The units with which this account's owner would leave the security altogether: everything it has is
    /// in this account and nothing of it is pending.
    fn leaves_whole(&self, account: AccountId, security: SecurityId) -> Option<u64> {
        let owner = self.owner(account);
        let here = self.units_of(account, security);
        let all = self.stake(owner, security);
        let pending = self.trades.iter().any(|t| {
            t.security == security && (self.owner(t.seller) == owner || self.owner(t.buyer) == owner)
        });
        (here == all && here > 0 && !pending).then_some(here)
    }
}

/// Whether a condition holds for this investor at `now`. A claim holds before its last moment, not at it.
fn holds(condition: &Condition, who: &Identity, now: Time) -> bool {
    match condition {
        Condition::IdentityValid => who.standing == Standing::Good && now < who.verified_until,
        Condition::ResidentOf(places) => places.contains(&who.jurisdiction),
        Condition::Accredited => now < who.accredited_until,
        Condition::All(parts) => !parts.iter().any(|part| !holds(part, who, now)),
        Condition::Any(parts) => parts.iter().any(|part| holds(part, who, now)),
        Condition::Not(part) => !holds(part, who, now),
    }
}

/// What to call the failing of a condition: by its one part that could be mended, where there is one.
fn blame(condition: &Condition, who: &Identity, now: Time) -> ReasonCode {
    match condition {
        Condition::IdentityValid if who.standing == Standing::Suspended => ReasonCode::IdentitySuspended,
        Condition::IdentityValid => ReasonCode::IdentityLapsed,
        Condition::ResidentOf(_) => ReasonCode::Jurisdiction,
        Condition::Accredited => ReasonCode::NotAccredited,
        Condition::All(parts) => {
            let culprit = parts.iter().find(|part| !holds(part, who, now));
            blame(culprit.expect("one part of a failing whole fails"), who, now)
        }
        Condition::Any(parts) => {
            let plain: Vec<&Condition> =
                parts.iter().filter(|part| !matches!(part, Condition::Not(_))).collect();
            if plain.len() == 1 { blame(plain[0], who, now) } else { ReasonCode::TransferRestricted }
        }
        Condition::Not(part) => match **part {
            Condition::ResidentOf(_) => ReasonCode::Jurisdiction,
            _ => ReasonCode::TransferRestricted,
        },
    }
}
