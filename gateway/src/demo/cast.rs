//! Who takes part: firms, investors, accounts, sessions. Everybody is invented, the shapes are real.

use crate::admin::specs::{AccountSpec, FirmSpec, Onboarding, SessionSpec};

pub use super::issues::{ALPEN29, CAP, EUPILOT, HARBOR, ISSUES, Issue, NWPREF, RIVERCO};

/// Owns accounts at two firms, as does [`TWIN_GB`].
pub const TWIN_FR: u32 = 11;
/// Owns accounts at two firms, as does [`TWIN_FR`].
pub const TWIN_GB: u32 = 12;
/// Allocates on terms: sells RIVERCO for no less than [`FLOOR`], and pays for nothing but RIVERCO.
pub const CAUTIOUS: u32 = 13;
/// Was verified, and is no longer.
pub const LAPSED: u32 = 16;
/// Holds very little.
pub const SMALL: u32 = 18;
/// Has its account frozen by a court's order while its trades are under way.
pub const FROZEN: u32 = 20;
/// Holds nothing but lots that are locked up.
pub const LOCKED: u32 = 22;
/// Sells its whole stake in the fund.
pub const LEAVER: u32 = 27;
/// Has hardly any cash.
pub const POOR: u32 = 28;
/// Will be suspended while it trades.
pub const SUSPENDED: u32 = 32;
/// Withdraws what it has allocated while its orders rest.
pub const WITHDRAWN: u32 = 33;
/// Has an account, but nobody vouches for it.
pub const STRANGER: u32 = 35;

/// What [`SMALL`] holds of RIVERCO, [`LEAVER`] of HARBOR, [`LOCKED`] of whatever is locked up.
pub const LITTLE: u64 = 500;
/// See [`LITTLE`].
pub const WHOLE: u64 = 7;
/// The least that [`CAUTIOUS`] sells a RIVERCO for, in cents.
pub const FLOOR: i64 = 1_800;

/// An investor, as the demo knows it.
#[derive(Clone, Copy, Debug)]
pub struct Investor {
    /// Its number on the register.
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
    ("FR", true, 2),  // also at firm 3
    ("GB", true, 3),  // also at firm 6
    ("GB", false, 3), // allocates on terms
    ("IE", false, 3),
    ("CH", true, 3),
    ("GB", true, 3), // lapsed
    ("SG", true, 4),
    ("SG", false, 4), // holds little
    ("JP", true, 4),
    ("JP", false, 4), // frozen later
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

/// The firms up to this number keep their customers' keys: they open the accounts, and allocate for the owners. The
/// customers of the others sign themselves.
pub const CUSTODIANS: u32 = 4;

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

/// Everybody the venue takes in. `keys` are the sessions' public keys in hexadecimal. Persons come from the ledger.
pub fn onboarding(keys: Vec<String>) -> Onboarding {
    let account =
        |a: Account| AccountSpec { account: Some(a.id), firm: a.firm, owner: a.owner, record_holder: None };
    let session = |(seat, key): (&Seat, String)| SessionSpec {
        session: seat.session,
        firm: seat.firm,
        key,
        ..SessionSpec::default()
    };
    Onboarding {
        firms: (1..=FIRMS).map(|firm| FirmSpec { firm }).collect(),
        sessions: SEATS.iter().zip(keys).map(session).collect(),
        investors: Vec::new(),
        accounts: accounts().into_iter().map(account).collect(),
    }
}
