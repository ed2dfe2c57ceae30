//! What the settlement network tells the venue: outcomes of trades, and what is allocated, owned and known as of a
//! height. All of it is absolute, but for outcomes: telling it again changes nothing.

use crate::holdings::MAX_LOTS;
use crate::types::{
    AccountId, Asset, CashId, InvestorId, LotId, Money, SecurityId, TickRule, Ticks, Time, TradeId, Units,
};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{Class, Counter, Disclosure, History, Identity, Insider, Program, Protocol};

/// A part of what the network brought since the height that was told last. Its items are in this order over all parts
/// of a height: headroom, then outcomes, then what is allocated, owned and approved, then persons and rules, these in
/// the last part only. So what is matched under a height has been told whole; and headroom that a trade has used up is
/// gone before the trade is no longer among those that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct News {
    /// The height up to which is told; higher than the last that was told whole.
    pub height: u64,
    /// The network's time at that height.
    pub as_of: Time,
    /// Whether this is the height's last part.
    pub complete: bool,
    /// What is new.
    pub items: Vec<Item>,
}

impl News {
    /// The most items of one part: what a block can bring of persons is told in one.
    pub const MOST_ITEMS: usize = 8_192;
    /// The most days of sales that a group is told to have: more than ten years.
    pub const MOST_DAYS: usize = 4_096;
    /// Of how many counters of one security headroom is told at most: twice as many as the ledger leases to a venue at
    /// once, for what begins may be told before what ends.
    pub const MOST_HEADROOM: usize = 131_072;
    /// How many items a part has as a rule, so that no client's order waits long behind it.
    pub const PART: usize = crate::CHUNK;
}

/// One thing that is new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// A trade was decided.
    Decided {
        /// Which.
        trade: TradeId,
        /// The height that decided it; at most that of the news.
        height: u64,
        /// What became of it.
        outcome: Outcome,
    } = 1,
    /// What an account has allocated of a security.
    Units {
        /// Whose.
        account: AccountId,
        /// Of which security.
        security: SecurityId,
        /// All lots, pending ones included, oldest first.
        lots: Vec<AllocatedLot>,
        /// On which terms.
        terms: Terms,
    } = 2,
    /// What an account has allocated of a cash token.
    Cash {
        /// Whose.
        account: AccountId,
        /// Of which token.
        cash: CashId,
        /// All of it, pending or not.
        amount: Money,
        /// On which terms.
        terms: Terms,
    } = 3,
    /// What a person owns of a security, wherever it is held.
    Stake {
        /// Whose.
        owner: InvestorId,
        /// Of which security.
        security: SecurityId,
        /// Settled units.
        units: Units,
        /// As what they are counted on the register.
        class: Class,
    } = 4,
    /// What is known of a person; nothing if it has no identity any more.
    Person {
        /// Who.
        investor: InvestorId,
        /// What is known.
        identity: Option<Identity>,
    } = 5,
    /// A security's epoch, and what is in force from this height on.
    Security {
        /// Which.
        security: SecurityId,
        /// Its epoch.
        epoch: u32,
        /// Its rules.
        protocols: Vec<Protocol>,
        /// What its issuer has made known.
        disclosure: Disclosure,
        /// How many units of it there are.
        issued: Units,
        /// Whether other venues are on the network: then this one takes up no more of what the rules limit than it was
        /// told to have headroom for ([`Item::Headroom`]).
        shared: bool,
    } = 6,
    /// What stands in a holder of record's name of a security, for whomever it holds.
    Record {
        /// Whose.
        holder: InvestorId,
        /// Of which security.
        security: SecurityId,
        /// Settled units.
        units: Units,
        /// As what they are counted on the register.
        class: Class,
    } = 7,
    /// What an affiliate group has sold of a security. What it owns is not told: it is the sum of its members' stakes.
    Group {
        /// Who stands for it.
        group: InvestorId,
        /// Of which security.
        security: SecurityId,
        /// Units by day (UTC, counted from 1970-01-01), in order, as far back as the security's rules look; at most
        /// [`News::MOST_DAYS`].
        sold: Vec<(u32, Units)>,
    } = 8,
    /// How a person stands to a security's issuer; nothing, if it is a stranger.
    Insider {
        /// To whose issuer.
        security: SecurityId,
        /// Who.
        investor: InvestorId,
        /// How.
        insider: Option<Insider>,
    } = 9,
    /// How much this venue may take up of what the rules of a security limit, beside what is settled, so that no other venue
    /// counts on the same; at most [`News::MOST_HEADROOM`] of one security.
    Headroom {
        /// Of which security.
        security: SecurityId,
        /// Of what.
        counter: Counter,
        /// How much, in the counter's own unit: what the venue has leased at this height; nought, once a trade that is
        /// matched under it might be decided after the lease has ended.
        amount: u64,
    } = 10,
    /// What is left of what two may trade with each other since it was approved beforehand.
    Approval {
        /// Of which security.
        security: SecurityId,
        /// Who may sell.
        seller: InvestorId,
        /// Who may buy.
        buyer: InvestorId,
        /// How many units, those of trades that wait included; nought, if there is no such approval any more.
        units: Units,
        /// Only before this moment.
        until: Time,
    } = 11,
}

impl Item {
    /// What is wrong with it in itself, if anything is.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self {
            Item::Units { lots, .. } => {
                let mut numbers: Vec<LotId> = lots.iter().map(|lot| lot.lot).collect();
                numbers.sort_unstable();
                let all = lots.iter().try_fold(0_u64, |sum, lot| sum.checked_add(lot.units.0));
                if lots.len() > MAX_LOTS {
                    Err(format!("a holding has at most {MAX_LOTS} lots"))
                } else if !numbers.is_sorted_by(|a, b| a < b) {
                    Err("a holding has each lot once".into())
                } else if all.is_none() {
                    Err("a holding has more units than can be counted".into())
                } else {
                    Ok(())
                }
            }
            Item::Cash { amount, .. } if amount.0 < 0 => Err("cash is never negative".into()),
            Item::Security { security, protocols, .. } => match Program::new(protocols.clone()) {
                Ok(_) => Ok(()),
                Err(error) => Err(format!("security {security}: {error}")),
            },
            Item::Decided { outcome: Outcome::Busted(BustReason::Refused { text, .. }), .. } => {
                let good =
                    text.len() <= BustReason::MOST_TEXT && text.bytes().all(|b| matches!(b, b' '..=b'~'));
                let most = BustReason::MOST_TEXT;
                if good {
                    Ok(())
                } else {
                    Err(format!("a reason has at most {most} bytes of printable ASCII"))
                }
            }
            Item::Decided { outcome: Outcome::Busted(BustReason::Operator), .. } => {
                Err("an operator's bust is no decision of the network".into())
            }
            Item::Group { sold, .. } => {
                let ordered = sold.is_sorted_by(|(a, _), (b, _)| a < b);
                let all = sold.iter().try_fold(0_u64, |sum, (_, units)| sum.checked_add(units.0));
                if sold.len() > News::MOST_DAYS || !ordered || all.is_none() {
                    let most = News::MOST_DAYS;
                    Err(format!(
                        "a group's sales are by day, in order, of at most {most} days, and can be counted"
                    ))
                } else {
                    Ok(())
                }
            }
            Item::Decided { .. }
            | Item::Cash { .. }
            | Item::Stake { .. }
            | Item::Record { .. }
            | Item::Person { .. }
            | Item::Insider { .. }
            | Item::Headroom { .. }
            | Item::Approval { .. } => Ok(()),
        }
    }
}

/// What the network decided of a trade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Ownership has passed, for good.
    Final,
    /// It did not, and never will: the trade is busted.
    Busted(BustReason),
}

/// Why a trade is busted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum BustReason {
    /// The network's certified receipt says no.
    Refused {
        /// The receipt's number.
        number: u8,
        /// Its words, at most [`BustReason::MOST_TEXT`] bytes of printable ASCII.
        text: String,
    },
    /// A certified height past its expiry does not have it.
    Expired,
    /// An operator has undone it, where nothing settles.
    Operator,
}

impl BustReason {
    /// The longest text, in bytes.
    pub const MOST_TEXT: usize = 120;

    /// Its number on the wire: that of the network's receipt, nought for a trade that expired, 256 for an operator's
    /// bust.
    pub fn number(&self) -> u16 {
        match self {
            BustReason::Refused { number, .. } => u16::from(*number),
            BustReason::Expired => 0,
            // Beyond all receipts' numbers.
            BustReason::Operator => 256,
        }
    }
}

impl std::fmt::Display for BustReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BustReason::Refused { text, .. } => write!(f, "the settlement network refused it: {text}"),
            BustReason::Expired => f.write_str("the settlement network did not take it before it expired"),
            BustReason::Operator => f.write_str("the venue's operator has undone it"),
        }
    }
}

/// Units of one lot of the register, as far as they are allocated to the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct AllocatedLot {
    /// Its number on the register.
    pub lot: LotId,
    /// How many of its units.
    pub units: Units,
    /// Where they come from.
    pub history: History,
}

/// The terms of an allocation that the venue has to keep: the network refuses what is outside of them.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Terms {
    /// Whether new orders may rely on it: it is open, not about to end, and not frozen.
    pub usable: bool,
    /// The only asset that it may be exchanged for: for cash the security that may be bought with it, for a security
    /// the cash token that it may be sold for.
    pub only: Option<Asset>,
    /// The worst price, as cash for so many units: the least a sale must bring, the most a purchase may cost.
    pub worst: Option<(Money, Units)>,
    /// What may still be charged beside the price under it.
    pub most_fee: Money,
}

impl Terms {
    /// Whether they permit what was permitted before: they are usable, and not narrower.
    pub(crate) fn permit_what_was_permitted(&self, before: &Terms) -> bool {
        self.usable
            && (self.only.is_none() || self.only == before.only)
            && (self.worst.is_none() || self.worst == before.worst)
    }

    /// Whether a sale for this cash token with this limit keeps to the terms, whatever of it trades.
    pub fn permit_sale(&self, rule: &TickRule, limit: Ticks, cash: CashId) -> bool {
        self.only.is_none_or(|only| only == Asset::Cash(cash))
            && self.worst.is_none_or(|(money, units)| compare(rule, limit, money, units).is_ge())
    }

    /// Whether a purchase of this security with this limit keeps to the terms, whatever of it trades.
    pub fn permit_purchase(&self, rule: &TickRule, limit: Ticks, security: SecurityId) -> bool {
        self.only.is_none_or(|only| only == Asset::Security(security))
            && self.worst.is_none_or(|(money, units)| compare(rule, limit, money, units).is_le())
    }
}

/// How the price `limit` compares with `money` for `units`, exactly.
fn compare(rule: &TickRule, limit: Ticks, money: Money, units: Units) -> std::cmp::Ordering {
    let mine = i128::from(rule.steps(limit).0) * i128::from(rule.value.0);
    // Both fit: ticks and values are bounded by the listing so that their product is money.
    let (mine, theirs) =
        (mine.saturating_mul(i128::from(units.0)), i128::from(money.0) * i128::from(rule.per.0));
    mine.cmp(&theirs)
}
