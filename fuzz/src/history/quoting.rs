//! What market makers do, and what they are obliged to.

use super::resolve::{account_of, choose, from, security_of, wire_price};
use super::step::Price;
use crate::model::Model;
use tallystick_engine::command::{Action, Command};
use tallystick_engine::quotes::{
    MassQuote, ProtectionLimits, QuoteCancel, QuoteEntry, QuoteObligation, QuoteProtection, QuoteSide,
};
use tallystick_engine::types::{
    AccountId, ClOrdId, Money, Price as WirePrice, SecurityId, SessionId, Side, Ticks, Units,
};

/// One thing about quotes.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum QuoteStep {
    /// A message with quotes.
    Quote { account: u8, session: u8, entries: Vec<EntryOf>, name: u8 },
    /// The end of quotes: in one security, or in all.
    Cancel { account: u8, session: u8, security: Option<u8> },
    /// Protection, or none from now on.
    Protect { account: u8, session: u8, limits: Option<LimitsOf> },
    /// An account is obliged, or no longer.
    Oblige { account: u8, security: u8, obligation: Option<ObligedOf> },
    /// An operator looks.
    Show { security: u8 },
}

/// An entry of a message: 255 names a security that is not there.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct EntryOf {
    pub security: u8,
    pub bid: Option<SideOf>,
    pub offer: Option<SideOf>,
}

/// A side of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct SideOf {
    pub price: PriceOf,
    pub size: SizeOf,
}

/// A price of a quote.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum PriceOf {
    /// So many ticks from the last price, away from the other side of the quote.
    Away(i64),
    /// As that of the side that stands, or so many ticks beside it.
    Standing(i64),
    Like(Price),
}

/// A size of a quote.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum SizeOf {
    Lots(u64),
    /// As much as is left of the side that stands, and so many lots more or less.
    Standing(i64),
    Nothing,
    OffLot,
    OverMost,
    Whole,
}

/// Limits of protection.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct LimitsOf {
    pub window_ns: u64,
    pub executions: u32,
    pub lots: Option<u64>,
    /// What so many lots cost at the reference price.
    pub worth: Option<u64>,
    pub odd: u8,
}

/// An obligation.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct ObligedOf {
    pub spread_bps: u32,
    pub lots: u64,
    pub permille: u32,
}

impl QuoteStep {
    /// The command; nothing where there is nobody whom it could be of.
    pub(super) fn command(&self, model: &Model, operate: &impl Fn(Action) -> Command) -> Option<Command> {
        let who = |account: u8, session: u8| of_account(account, session, model);
        let request = ClOrdId::new("quotes").expect("a short name");
        Some(match self {
            QuoteStep::Quote { account, session, entries, name } => {
                let (session, account) = who(*account, *session);
                let entries = entries.iter().map(|entry| entry.entry(session, account, model)).collect();
                let quote_id = ClOrdId::new(&format!("q{}", name % 3)).expect("a short name");
                Command::MassQuote(MassQuote { from: from(session, model), quote_id, account, entries })
            }
            QuoteStep::Cancel { account, session, security } => {
                let (session, account) = who(*account, *session);
                let security = security.map(|n| security_or_none(n, model));
                Command::QuoteCancel(QuoteCancel { from: from(session, model), request, account, security })
            }
            QuoteStep::Protect { account, session, limits } => {
                let (session, account) = who(*account, *session);
                let limits = limits.map(|limits| limits.limits(model));
                Command::QuoteProtection(QuoteProtection {
                    from: from(session, model),
                    request,
                    account,
                    limits,
                })
            }
            QuoteStep::Oblige { account, security, obligation } => {
                let account = if *account == 255 { AccountId(77) } else { account_of(*account, model) };
                let security = security_or_none(*security, model);
                let lot = model.security(security).unwrap_or(&model.securities[0]).listing.ticks.lot.0;
                let obligation = obligation.map(|asked| asked.obligation(lot));
                operate(Action::SetObligation { account, security, obligation })
            }
            QuoteStep::Show { security } => {
                operate(Action::ShowObligations { security: security_or_none(*security, model) })
            }
        })
    }

    /// Steps like this one with one thing about them plainer.
    pub(super) fn simpler(&self) -> Vec<QuoteStep> {
        match self.clone() {
            QuoteStep::Quote { account, session, entries, name } => {
                let with = |entries| QuoteStep::Quote { account, session, entries, name };
                let mut all = Vec::new();
                for at in 0..entries.len() {
                    let mut fewer = entries.clone();
                    fewer.remove(at);
                    if !fewer.is_empty() {
                        all.push(with(fewer));
                    }
                    for simpler in entries[at].simpler() {
                        let mut others = entries.clone();
                        others[at] = simpler;
                        all.push(with(others));
                    }
                }
                all.push(QuoteStep::Quote { account, session: 0, entries: entries.clone(), name });
                all.push(QuoteStep::Quote { account, session, entries, name: 0 });
                all
            }
            QuoteStep::Protect { account, session, limits: Some(limits) } => {
                let with = |limits| QuoteStep::Protect { account, session, limits: Some(limits) };
                vec![
                    with(LimitsOf { lots: None, ..limits }),
                    with(LimitsOf { worth: None, ..limits }),
                    with(LimitsOf { odd: 0, ..limits }),
                ]
            }
            _ => Vec::new(),
        }
    }

    /// How far from plain it is.
    pub(super) fn weight(&self) -> u64 {
        match self {
            QuoteStep::Quote { entries, session, name, .. } => {
                let of_entries: u64 = entries.iter().map(EntryOf::weight).sum();
                5 + u64::from(*session) + u64::from(*name) + of_entries
            }
            QuoteStep::Protect { limits: Some(limits), .. } => {
                let parts = [limits.lots.is_some(), limits.worth.is_some(), limits.odd != 0];
                3 + parts.iter().filter(|part| **part).count() as u64
            }
            _ => 2,
        }
    }
}

impl EntryOf {
    fn entry(&self, session: SessionId, account: AccountId, model: &Model) -> QuoteEntry {
        let security = security_or_none(self.security, model);
        let side =
            |side: Side, of: Option<SideOf>| of.map(|of| of.side(session, account, security, side, model));
        QuoteEntry { security, sides: [side(Side::Buy, self.bid), side(Side::Sell, self.offer)] }
    }

    fn simpler(&self) -> Vec<EntryOf> {
        let plain = |side: SideOf, away| SideOf { price: PriceOf::Away(away), ..side };
        let one = |side: SideOf| SideOf { size: SizeOf::Lots(1), ..side };
        vec![
            EntryOf { security: 0, ..*self },
            EntryOf { bid: None, ..*self },
            EntryOf { offer: None, ..*self },
            EntryOf { bid: self.bid.map(|side| plain(side, 1)), ..*self },
            EntryOf { offer: self.offer.map(|side| plain(side, 1)), ..*self },
            EntryOf { bid: self.bid.map(one), ..*self },
            EntryOf { offer: self.offer.map(one), ..*self },
        ]
    }

    fn weight(&self) -> u64 {
        let of_side = |side: Option<SideOf>| {
            side.map_or(0, |side| {
                let of_size = match side.size {
                    SizeOf::Lots(lots) => lots,
                    _ => 20,
                };
                5 + u64::from(side.price != PriceOf::Away(1)) + of_size
            })
        };
        3 + u64::from(self.security) + of_side(self.bid) + of_side(self.offer)
    }
}

impl SideOf {
    fn side(
        &self,
        session: SessionId,
        account: AccountId,
        security: SecurityId,
        side: Side,
        model: &Model,
    ) -> QuoteSide {
        let listed = model.security(security).unwrap_or(&model.securities[0]);
        let rule = &listed.listing.ticks;
        let lot = rule.lot.0;
        let old = model.standing(session, account, security, side);
        let outwards = if side == Side::Buy { -1 } else { 1 };
        let last = listed.reference.0;
        let at = |ticks: i64| match ticks {
            1.. if ticks <= rule.max_price.0 => listed.price(Ticks(ticks)),
            _ => WirePrice(ticks * rule.tick.0),
        };
        let price = match self.price {
            PriceOf::Away(by) => at(last + outwards * by),
            PriceOf::Standing(by) => at(old.map_or(last + outwards, |old| old.limit.0 + by)),
            PriceOf::Like(price) => wire_price(&price, security, side, model),
        };
        let units = match self.size {
            SizeOf::Lots(lots) => lots * lot,
            SizeOf::Standing(by) => {
                let left = old.map_or(lot, |old| old.leaves.0);
                left.saturating_add_signed(by * lot as i64).max(lot)
            }
            SizeOf::Nothing => 0,
            SizeOf::OffLot => lot + lot / 2 + u64::from(lot == 1) * rule.max_quantity.0,
            SizeOf::OverMost => rule.max_quantity.0 + lot,
            SizeOf::Whole => match model.security(security) {
                Some(_) => (model.units_available(account, security) / lot).max(1) * lot,
                None => lot,
            },
        };
        QuoteSide { price, size: Units(units) }
    }
}

impl ObligedOf {
    fn obligation(&self, lot: u64) -> QuoteObligation {
        QuoteObligation {
            max_spread_bps: self.spread_bps,
            min_size: Units(self.lots * lot),
            min_presence_permille: self.permille,
        }
    }
}

impl LimitsOf {
    fn limits(&self, model: &Model) -> ProtectionLimits {
        let first = &model.securities[0];
        let lot = first.listing.ticks.lot.0;
        let mut limits = ProtectionLimits {
            window_ns: self.window_ns,
            executions: self.executions,
            units: self.lots.map(|lots| Units(lots * lot)),
            value: self.worth.map(|lots| Money(first.cost(first.reference, lots * lot) as i64)),
        };
        match self.odd {
            1 => limits.window_ns = 999_999,
            2 => limits.window_ns = 86_400_000_000_001,
            3 => limits.executions = 0,
            4 => limits.executions = 1_025,
            5 => limits.units = Some(Units(0)),
            6 => limits.value = Some(Money(0)),
            7 => limits.value = Some(Money(-1)),
            8 => limits.executions = 1_024,
            _ => {}
        }
        limits
    }
}

/// The session that asks, and the account: that of the session, but of another firm's now and then.
fn of_account(account: u8, session: u8, model: &Model) -> (SessionId, AccountId) {
    let firm = model.account(account_of(account, model)).expect("it is there").firm;
    let mine: Vec<SessionId> = model.sessions.iter().filter(|s| s.firm == firm).map(|s| s.session).collect();
    let session = match session {
        255 => model.sessions[choose(account, model.sessions.len())].session,
        n => mine[choose(n, mine.len())],
    };
    (session, account_of(account, model))
}

fn security_or_none(n: u8, model: &Model) -> SecurityId {
    if n == 255 { SecurityId(499) } else { security_of(n, model) }
}
