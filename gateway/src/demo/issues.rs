//! The securities: the text that declares each, how it is listed, who holds it when the day begins.

use super::cast::{LEAVER, SMALL};
use super::founding::CASH;
use crate::cli::Failure;
use crate::texts::{self, Declared};
use std::path::Path;
use tallystick_client::Price8;

/// A security, as the demo knows it.
#[derive(Clone, Copy, Debug)]
pub struct Issue {
    /// Its number at the venue.
    pub id: u32,
    /// Its symbol.
    pub symbol: &'static str,
    /// The text that declares it: its hash stands on the register.
    pub text: &'static str,
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
    /// For how many days lots are locked up: what the text says, for the demo's own statements of what is right.
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
        text: include_str!("texts/nwpref.tally"),
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
        text: include_str!("texts/alpen29.tally"),
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
        text: include_str!("texts/harbor.tally"),
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
        text: include_str!("texts/riverco.tally"),
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
        text: include_str!("texts/eupilot.tally"),
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

impl Issue {
    /// The security of this number.
    pub fn of(id: u32) -> &'static Issue {
        &ISSUES[id as usize - 1]
    }

    /// A price in ticks as the wire has it.
    pub fn price(&self, ticks: i64) -> Price8 {
        Price8::from_mantissa(ticks * self.tick * 1_000_000).expect("the demo's prices are small")
    }

    /// What its text is compiled to.
    pub fn declared(&self) -> Declared {
        texts::security(self.symbol, self.text).expect("the demo's texts compile")
    }

    /// Its rules, as the text has them.
    pub fn rules(&self) -> impl Iterator<Item = &'static str> {
        let (_, rules) = self.text.split_once("transfers {").expect("every text has rules");
        rules.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "}")
    }

    /// The venue's text: how it is traded there.
    pub fn listing(&self, scale: u64) -> String {
        let Issue { symbol, lot, text, .. } = self;
        let cents = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
        let (tick, reference) = (cents(self.tick), cents(self.tick * self.reference));
        let (highest, largest) = (cents(self.tick * self.reference * 4), self.stake * scale);
        let (cash, hash) = (CASH[usize::from(self.cash) - 1], texts::hash(text));
        format!(
            "listing {symbol} {{\n  text \"{hash}\"\n  cash {cash} with 2 decimals\n  tick {tick}\n  lot {lot} units\n  \
             highest price {highest}\n  largest order {largest} units\n  reference {reference}\n  collar 10 %\n  \
             segment open\n  trading continuous\n}}\n"
        )
    }
}

/// Writes all texts to a directory, which is made.
pub fn write(dir: &Path, scale: u64) -> Result<(), Failure> {
    let failed = |e| format!("{} can't be written: {e}", dir.display());
    std::fs::create_dir_all(dir).map_err(failed)?;
    for issue in &ISSUES {
        let file = |name: String| dir.join(name);
        std::fs::write(file(format!("{}.tally", issue.symbol)), issue.text).map_err(failed)?;
        std::fs::write(file(format!("{}.listing.tally", issue.symbol)), issue.listing(scale))
            .map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallystick_engine::rules::{Condition, Holders, LotTest, Period, Rule};

    #[test]
    fn the_texts_say_what_the_demo_states_of_them() {
        for issue in &ISSUES {
            let declared = issue.declared();
            assert_eq!(declared.security.symbol, issue.symbol);
            let listing = texts::listing(issue.symbol, &issue.listing(3)).unwrap();
            assert_eq!(listing.text, Some(declared.hash.0));
            let rules = || declared.security.protocols.iter().flat_map(|protocol| &protocol.rules);
            let locks = rules().find_map(|rule| match rule {
                Rule::Ways(ways) => Some(ways[0].when.clone()),
                _ => None,
            });
            let lock_up = (issue.lock_up > 0)
                .then(|| Condition::Lot(LotTest::HeldFor(Period::days(issue.lock_up as u16))));
            assert_eq!(locks, lock_up, "{}", issue.symbol);
            let cap = rules().find_map(|rule| match rule {
                Rule::HolderCap(Holders::Beneficial, most) => Some(*most),
                _ => None,
            });
            assert_eq!(cap, (issue.id == HARBOR).then_some(CAP), "{}", issue.symbol);
        }
    }
}
