//! All that a rule may look at. Engine and validators gather it; nothing else about a trade matters to the rules.

use crate::basics::{InvestorId, Jurisdiction, Time, Units};
use crate::headroom::Rooms;
use crate::identity::{Identity, Topic};
use crate::rule::Holders;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// What is known of a trade that may come about. At entry the other side is not known yet.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The moment of the trade; at entry, of the order.
    pub now: Time,
    /// Who would acquire.
    pub buyer: Option<Party<'a>>,
    /// Who would part with.
    pub seller: Option<Party<'a>>,
    /// What is known of the security.
    pub security: &'a Disclosure,
    /// How many units of it there are.
    pub issued: Units,
    /// Where it would be traded.
    pub market: Market,
}

/// One side of a trade: a beneficial owner, with what is its own of the security.
#[derive(Clone, Copy, Debug)]
pub struct Party<'a> {
    /// What is known of it; nothing where the registry does not have it.
    pub identity: Option<&'a Identity>,
    /// How it stands to the issuer; nothing where it is a stranger.
    pub insider: Option<Insider>,
    /// Units that are its own in all its accounts, with those that pending trades will bring it.
    pub owned: Units,
    /// Units that it would have left if all that it waits to part with were gone and nothing came.
    pub left: Units,
    /// What `owned` is of its whole affiliate group, itself included.
    pub group_owned: Units,
    /// What its group has sold, pending trades included, at least since [`crate::Program::sold_since`].
    pub sold: Sales<'a>,
    /// What it would have to sell to leave the security entirely; nothing where trades of its own are pending.
    pub whole: Option<Units>,
    /// What of the network's headroom the venue has left for it. Validators leave it at none: they count what other venues
    /// have leased as done.
    pub room: Rooms,
}

/// What a group has sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sales<'a> {
    /// What was sold on each day, counted from 1970-01-01 UTC; the days are in order, and there may be earlier ones than
    /// count.
    pub days: &'a [(u32, Units)],
    /// What waits to become final, which counts whenever it was sold.
    pub waiting: Units,
}

impl Sales<'_> {
    /// What was sold on this day and since.
    pub fn since(&self, first_day: u64) -> Units {
        let from = self.days.partition_point(|(day, _)| u64::from(*day) < first_day);
        let sold = self.days[from..].iter().map(|(_, units)| units.0);
        Units(sold.fold(self.waiting.0, u64::saturating_add))
    }
}

/// How a person stands to a security's issuer, as its registrar has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Insider {
    /// Whether it is the issuer itself: what it holds of its own is set aside where [`Insider::controlling`] says so.
    pub issuer: bool,
    /// Until when it is, or was, an affiliate (17 CFR 230.144(a)(1)); [`Time::FOREVER`] while it is one,
    /// [`Time::NEVER`] if it never was.
    pub affiliate_until: Time,
    /// Whether it has control over the issuer's assets or advises on them for a fee, or is an affiliate of one who does:
    /// then its units do not count where the share of benefit plans is measured (29 CFR 2510.3-101(f)(1)).
    pub controlling: bool,
}

impl Insider {
    /// Whether its units are set aside where the share of benefit plans is measured: those of a controlling person, and
    /// those that the issuer has of its own, which are nobody's investment.
    pub fn is_set_aside(&self) -> bool {
        self.controlling || self.issuer
    }
}

/// As what a holder's units are counted: what is known of it when its stake last changed. Claims that lapse later change no
/// count before the holder trades again, as the law tests after an acquisition or a redemption (29 CFR 2510.3-101(f)(1)) or
/// on a day of its own (Exchange Act, 12(g)), not at every moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Class {
    /// Who stands for its affiliate group.
    pub group: InvestorId,
    /// How much of it belongs to benefit plans, in hundredths of a per cent.
    pub plan_bps: u16,
    /// How many own it, where it is a fund.
    pub fund_owners: u16,
    /// Whether it is accredited.
    pub accredited: bool,
    /// See [`Insider::is_set_aside`].
    pub controlling: bool,
}

impl Class {
    /// What a person counts as at `now`.
    pub fn of(
        investor: InvestorId,
        identity: Option<&Identity>,
        insider: Option<Insider>,
        now: Time,
    ) -> Class {
        Class {
            group: identity.map_or(investor, |identity| identity.group),
            plan_bps: identity.map_or(0, |identity| identity.plan_bps),
            fund_owners: identity.map_or(0, |identity| identity.fund_owners),
            accredited: identity.is_some_and(|identity| identity.holds(Topic::Accredited, now)),
            controlling: insider.is_some_and(|insider| insider.is_set_aside()),
        }
    }

    /// How many places one takes that owns so many units of so many there are: a fund with a tenth of them or more as many
    /// as own it (Investment Company Act, 3(c)(1)(A)); one otherwise; none without units.
    pub fn places(&self, owned: Units, issued: Units) -> u32 {
        match owned.0 {
            0 => 0,
            units if self.fund_owners > 0 && u128::from(units) * 10 >= u128::from(issued.0) => {
                self.fund_owners.into()
            }
            _ => 1,
        }
    }
}

/// What the issuer has made known of a security; as of a height, like identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Disclosure {
    /// Since when the issuer has been subject to reporting under the Exchange Act, 13 or 15(d), and has filed all reports;
    /// [`Time::FOREVER`] if it is not.
    pub reporting_since: Time,
    /// The first moment at which its current information is current no longer (17 CFR 230.144(c), 230.144A(d)(4),
    /// Securities Act, 4(d)(3)); [`Time::NEVER`] if there is none.
    pub informed_until: Time,
    /// Whether it is a shell company, or was one and has not cured it (17 CFR 230.144(i)).
    pub shell: bool,
    /// Whether it is in bankruptcy or receivership (Securities Act, 4(d)(6)).
    pub bankrupt: bool,
    /// Whether a class of the same kind is listed on an exchange or quoted (17 CFR 230.144A(d)(3)(i)).
    pub fungible_with_listed: bool,
    /// The mean weekly volume of the class on all exchanges over the last four calendar weeks; nought where it is not
    /// listed (17 CFR 230.144(e)(1)(ii)).
    pub weekly_volume: Units,
    /// Since when units of the class have been outstanding (Securities Act, 4(d)(8)).
    pub outstanding_since: Time,
    /// The later of the first offer to persons who are not distributors and the closing of the offering (17 CFR
    /// 230.902(f)).
    pub distribution_from: Time,
    /// A blackout that the issuer has declared: its first moment, and the first moment after it.
    pub blackout: (Time, Time),
    /// The first moment at which the issuer is no longer current in the reports that the exemption of its offering asks for
    /// (Regulation A: 17 CFR 230.257(b); Crowdfunding: 17 CFR 227.202); [`Time::NEVER`] if it files none.
    pub filed_until: Time,
    /// The first moment at which the issuer is no longer small enough for its holders of record not to count, the two years
    /// that follow its growth included (17 CFR 240.12g5-1(a)(7), 240.12g-6); [`Time::NEVER`] if it is not.
    pub small_until: Time,
    /// Whether a registered transfer agent serves the class (Exchange Act, 17A(c)).
    pub registered_agent: bool,
}

impl Default for Disclosure {
    /// Nothing was made known: no rule that needs something to be is met.
    fn default() -> Disclosure {
        Disclosure {
            reporting_since: Time::FOREVER,
            informed_until: Time::NEVER,
            shell: false,
            bankrupt: false,
            fungible_with_listed: false,
            weekly_volume: Units::ZERO,
            outstanding_since: Time::FOREVER,
            distribution_from: Time::FOREVER,
            blackout: (Time::NEVER, Time::NEVER),
            filed_until: Time::NEVER,
            small_until: Time::NEVER,
            registered_agent: false,
        }
    }
}

/// Where something is traded; the venue answers for it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Market {
    /// Under which country's law the venue is: a US venue is no offshore market (17 CFR 230.902(b)).
    pub place: Jurisdiction,
    /// Whether only those who were let in can see the security there: then showing an order is no general solicitation.
    pub gated: bool,
}

/// What a cap on holders counts. Places are held by holders with settled units and by those who wait for a first trade
/// to become final; a place is free again only when the exit is final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// How many places are taken, each holder counted as what it was when its stake last changed.
    pub taken: u64,
    /// How many of these the buyer takes already, but for those that a pending exit will take away. Counted as it was, not
    /// as it is known now: who is no longer accredited takes a new place when it buys again.
    pub of_buyer: u32,
    /// Whether the buyer waits for an exit of its own: until that is settled it can't be told whether its place is free,
    /// so at any cap it does not buy.
    pub buyer_is_leaving: bool,
    /// How many of these are free once the seller has left entirely: none, where others hold in the same name.
    pub of_seller: u32,
    /// How many the buyer would take with the trade, counted as it is known now: one, or for a fund with a tenth of the
    /// class as many as own it; none, where those are counted who are not accredited and it is.
    pub needed: Needed,
    /// How many more may be filled at this venue, beside those that are taken; where there is none, as many as the cap
    /// says.
    pub room: Option<u64>,
}

/// How many places a buyer would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    /// Up to this quantity, the first number, beyond it the second.
    pub upto: Units,
    /// Up to it.
    pub below: u32,
    /// Beyond it.
    pub above: u32,
}

impl Default for Needed {
    /// One, however much it buys.
    fn default() -> Needed {
        Needed { upto: Units::MAX, below: 1, above: 1 }
    }
}

/// What the caps of a program count.
pub trait Counts {
    /// The places that a cap on these holders counts.
    fn places(&self, holders: Holders) -> Places;

    /// What belongs to benefit plans, and what it is measured by.
    fn plans(&self) -> Plans;

    /// How much of what was approved beforehand for this seller and this buyer is left, what pending trades will use taken
    /// off; nought where nothing was approved.
    fn approved(&self) -> Units;
}

/// What belongs to benefit plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plans {
    /// Units that belong to them, pending trades included, times 10,000.
    pub units_bps: u128,
    /// All units but those of controlling persons who are no plans.
    pub of: Units,
    /// How many more units may come to belong to plans wholly, or be set aside, at this venue; where there is none, as many
    /// as the rule says.
    pub room: Option<u64>,
}
