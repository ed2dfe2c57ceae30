//! Who takes part: securities, firms, investors, accounts. Everybody is invented, the shapes are real.

use super::plain;
use crate::admin::specs::{AccountSpec, FirmSpec, InvestorSpec, Onboarding, SecuritySpec, SessionSpec};
use jiff::civil::Date;
use tallystick_client::Price8;
use tallystick_engine::rules::{Condition, Days, Jurisdiction, Rule, Who};

/// A security, as the demo knows it.
#[derive(Clone, Copy, Debug)]
pub struct Issue {
    /// Its number at the venue.
    pub id: u32,
    /// Its symbol.
    pub symbol: &'static str,
    /// What it is.
    pub kind: &'static str,
    /// Who may have it, in words.
    pub terms: &'static str,
    /// What it is paid in: 1 is dollars, 2 is euros.
    pub cash: u16,
    /// One tick, in cents.
    pub tick: i64,
    /// The reference price, in ticks.
    pub reference: i64,
    /// The step of quantities.
    pub lot: u64,
    /// The usual size of an order, in lots: from one to this.
    pub size: u64,
    /// What a holder brings, in units, before scaling.
    pub stake: u64,
    /// For how many days lots are locked up.
    pub lock_up: u32,
    /// The investors who hold it when the day begins.
    pub holders: &'static [u32],
}

/// Reg D 506(c) preferred stock.
pub const NWPREF: u32 = 1;
/// Reg S bond.
pub const ALPEN29: u32 = 2;
/// Interest in a 3(c)(1) fund.
pub const HARBOR: u32 = 3;
/// Reg A tier 2 common stock.
pub const RIVERCO: u32 = 4;
/// Bond under the EU's DLT pilot regime.
pub const EUPILOT: u32 = 5;

/// The most holders of the fund. The law says 100; 12 makes it bite within the demo.
pub const CAP: u32 = 12;

/// The securities, by number.
pub const ISSUES: [Issue; 5] = [
    Issue {
        id: NWPREF,
        symbol: "NWPREF",
        kind: "Reg D 506(c) preferred",
        terms: "buyers in the US accredited; lots locked up for a year",
        cash: 1,
        tick: 5,
        reference: 5_000,
        lot: 1,
        size: 40,
        stake: 200_000,
        lock_up: 365,
        holders: &[1, 2, 3, 5, 7, 9, 12, 15, 17, 19, 23, 29, 31],
    },
    Issue {
        id: ALPEN29,
        symbol: "ALPEN29",
        kind: "Reg S bond",
        terms: "no buyers in the US; lots locked up for 40 days",
        cash: 1,
        tick: 1,
        reference: 9_950,
        lot: 100,
        size: 20,
        stake: 5_000_000,
        lock_up: 40,
        holders: &[2, 6, 7, 9, 11, 12, 15, 17, 19, 21, 23, 25, 31, 34],
    },
    Issue {
        id: HARBOR,
        symbol: "HARBOR",
        kind: "3(c)(1) fund interest",
        terms: "accredited buyers; at most 12 beneficial owners",
        cash: 1,
        tick: 100,
        reference: 10_000,
        lot: 1,
        size: 4,
        stake: 50_000,
        lock_up: 0,
        holders: &[1, 2, 3, 9, 12, 15, 17, 23, LEAVER, 29],
    },
    Issue {
        id: RIVERCO,
        symbol: "RIVERCO",
        kind: "Reg A tier 2 common",
        terms: "anyone whose identity is verified",
        cash: 1,
        tick: 1,
        reference: 1_840,
        lot: 1,
        size: 300,
        stake: 2_000_000,
        lock_up: 0,
        holders: &[1, 2, 3, 4, 7, 8, 10, 11, 12, 13, 14, 17, SMALL, 19, 20, 23, 24, 26, 29, 30, 33],
    },
    Issue {
        id: EUPILOT,
        symbol: "EUPILOT",
        kind: "EU DLT pilot bond",
        terms: "residents of the EU; paid in euros",
        cash: 2,
        tick: 10,
        reference: 10_000,
        lot: 1,
        size: 25,
        stake: 100_000,
        lock_up: 0,
        holders: &[2, 7, 8, 9, 11, 14, 23, 24, 25, 26],
    },
];

/// Owns accounts at two firms, as does [`TWIN_GB`].
pub const TWIN_FR: u32 = 11;
/// Owns accounts at two firms, as does [`TWIN_FR`].
pub const TWIN_GB: u32 = 12;
/// Was verified, and is no longer.
pub const LAPSED: u32 = 16;
/// Holds very little.
pub const SMALL: u32 = 18;
/// Holds nothing but lots that are locked up.
pub const LOCKED: u32 = 22;
/// Sells its whole stake in the fund.
pub const LEAVER: u32 = 27;
/// Has hardly any cash.
pub const POOR: u32 = 28;
/// Will be suspended while it trades.
pub const SUSPENDED: u32 = 32;
/// Is not in the identity registry.
pub const STRANGER: u32 = 35;

/// What [`SMALL`] holds of RIVERCO, [`LEAVER`] of HARBOR, [`LOCKED`] of whatever is locked up.
pub const LITTLE: u64 = 500;
/// See [`LITTLE`].
pub const WHOLE: u64 = 7;

/// An investor, as the demo knows it.
#[derive(Clone, Copy, Debug)]
pub struct Investor {
    /// Its number in the registry.
    pub id: u32,
    /// Its country.
    pub place: &'static str,
    /// Whether it is accredited (17 CFR 230.501(a)).
    pub accredited: bool,
}

/// Investors by number, with the firm that serves them.
const PEOPLE: [(&str, bool, u32); 34] = [
    ("US", true, 1), // the dealer's own book
    ("DE", true, 2), // the dealer's own book
    ("US", true, 1),
    ("US", false, 1),
    ("US", true, 1),
    ("SG", true, 1),
    ("DE", true, 2),
    ("DE", false, 2),
    ("FR", true, 2),
    ("AT", false, 2),
    ("FR", true, 2), // also at firm 3
    ("GB", true, 3), // also at firm 6
    ("GB", false, 3),
    ("IE", false, 3),
    ("CH", true, 3),
    ("GB", true, 3), // lapsed
    ("SG", true, 4),
    ("SG", false, 4), // holds little
    ("JP", true, 4),
    ("JP", false, 4),
    ("AU", true, 4),
    ("SG", true, 4), // locked up
    ("FR", true, 5),
    ("FR", false, 5),
    ("NL", true, 5),
    ("ES", false, 5),
    ("IT", true, 5), // leaves the fund
    ("FR", true, 5), // has no cash
    ("US", true, 6),
    ("US", false, 6),
    ("CA", true, 6),
    ("US", true, 6), // suspended later
    ("US", false, 6),
    ("BR", true, 6),
];

/// Accounts beside the one that every investor has under its own number.
const MORE_ACCOUNTS: [(u32, u32); 3] = [(3, TWIN_FR), (6, TWIN_GB), (6, STRANGER)];

/// An account, as the demo knows it.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    /// Its number at the venue.
    pub id: u32,
    /// Whose customer.
    pub firm: u32,
    /// The beneficial owner.
    pub owner: u32,
}

/// A logical session.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    /// Its number.
    pub session: u32,
    /// Whose.
    pub firm: u32,
    /// Whether it quotes both sides all the time, for the dealer's own book.
    pub makes: bool,
}

/// The sessions: two dealers who also serve customers, four brokers.
pub const SEATS: [Seat; 8] = [
    Seat { session: 11, firm: 1, makes: true },
    Seat { session: 12, firm: 1, makes: false },
    Seat { session: 21, firm: 2, makes: true },
    Seat { session: 22, firm: 2, makes: false },
    Seat { session: 31, firm: 3, makes: false },
    Seat { session: 41, firm: 4, makes: false },
    Seat { session: 51, firm: 5, makes: false },
    Seat { session: 61, firm: 6, makes: false },
];

/// How many firms there are.
pub const FIRMS: u32 = 6;

impl Issue {
    /// The security of this number.
    pub fn of(id: u32) -> &'static Issue {
        &ISSUES[id as usize - 1]
    }

    /// A price in ticks as the wire has it.
    pub fn price(&self, ticks: i64) -> Price8 {
        Price8::from_mantissa(ticks * self.tick * 1_000_000).expect("the demo's prices are small")
    }

    /// The listing. Every rule quotes what it stands for; law needs counsel.
    pub fn spec(&self, scale: u64) -> SecuritySpec {
        let cents = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
        SecuritySpec {
            symbol: self.symbol.into(),
            cash: self.cash,
            tick: cents(self.tick),
            lot: self.lot,
            value: self.tick,
            per: 1,
            max_price: cents(self.tick * self.reference * 4),
            max_quantity: self.stake * scale,
            reference: cents(self.tick * self.reference),
            collar_bps: 1_000,
            rules: self.rules(),
        }
    }

    fn rules(&self) -> Vec<Rule> {
        let buyer = |must| Rule::Person { who: Who::Buyer, must };
        let known = Rule::Person { who: Who::Both, must: Condition::IdentityValid };
        let lock_up = Rule::LockUp { period: Days(self.lock_up) };
        let in_the_us = || Condition::resident_of(&["US"]);
        match self.id {
            // 17 CFR 230.506(c): purchasers accredited; 17 CFR 230.144(d)(1)(ii): a year's holding period.
            NWPREF => vec![known, buyer(Condition::when(in_the_us(), Condition::Accredited)), lock_up],
            // 17 CFR 230.903(b)(2): no US person, 40 days of distribution compliance.
            ALPEN29 => vec![known, buyer(Condition::Not(Box::new(in_the_us()))), lock_up],
            // Investment Company Act of 1940, section 3(c)(1): at most a hundred beneficial owners.
            HARBOR => vec![known, buyer(Condition::Accredited), Rule::HolderCap { max: CAP }],
            // 17 CFR 230.251(a)(2): freely transferable; the venue wants to know its people.
            RIVERCO => vec![known],
            // Regulation (EU) 2022/858, article 3: admitted for the Union.
            EUPILOT => vec![known, buyer(Condition::resident_of(&plain::UNION))],
            other => panic!("the demo lists five securities, {other} is none of them"),
        }
    }
}

/// The investor of this number; nobody for [`STRANGER`].
pub fn investor(id: u32) -> Option<Investor> {
    let &(place, accredited, _) = PEOPLE.get(id as usize - 1)?;
    Some(Investor { id, place, accredited })
}

/// How many investors there are, and from how many places.
pub fn crowd() -> (usize, usize) {
    let mut places: Vec<&str> = PEOPLE.iter().map(|p| p.0).collect();
    places.sort_unstable();
    places.dedup();
    (PEOPLE.len(), places.len())
}

/// All accounts, by number.
pub fn accounts() -> Vec<Account> {
    let own = PEOPLE.iter().zip(1..).map(|(&(_, _, firm), owner)| (firm, owner));
    let all = own.chain(MORE_ACCOUNTS);
    all.zip(1..).map(|((firm, owner), id)| Account { id, firm, owner }).collect()
}

/// The beneficial owner of an account.
pub fn owner(account: u32) -> u32 {
    let own = account as usize <= PEOPLE.len();
    if own { account } else { MORE_ACCOUNTS[account as usize - PEOPLE.len() - 1].1 }
}

/// The account that this owner has at a firm.
pub fn account(owner: u32, firm: u32) -> u32 {
    let found = accounts().into_iter().find(|a| (a.owner, a.firm) == (owner, firm));
    found.expect("the demo knows its accounts").id
}

/// Everybody, to be taken in. `keys` are the sessions' public keys in hexadecimal.
pub fn onboarding(keys: Vec<String>, today: Date) -> Onboarding {
    let sessions = SEATS.iter().zip(keys);
    Onboarding {
        firms: (1..=FIRMS).map(|firm| FirmSpec { firm }).collect(),
        sessions: sessions
            .map(|(seat, key)| SessionSpec { session: seat.session, firm: seat.firm, key })
            .collect(),
        investors: (1..=PEOPLE.len() as u32).map(|id| identity(id, today, false)).collect(),
        accounts: accounts()
            .iter()
            .map(|a| AccountSpec { firm: a.firm, owner: a.owner, record_holder: None })
            .collect(),
    }
}

/// What the registry says of an investor.
pub fn identity(id: u32, today: Date, suspended: bool) -> InvestorSpec {
    let Investor { place, accredited, .. } = investor(id).expect("strangers are not in the registry");
    let later = |days: i64| shift(today, days);
    InvestorSpec {
        investor: id,
        jurisdiction: Jurisdiction::new(place).expect("the table has country codes"),
        verified_until: if id == LAPSED { later(-3) } else { later(300) },
        accredited_until: accredited.then(|| later(200)),
        suspended,
    }
}

/// A date so many days later.
pub fn shift(date: Date, days: i64) -> Date {
    date.checked_add(jiff::Span::new().days(days)).expect("the demo plays near today")
}
