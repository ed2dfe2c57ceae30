//! The securities: what each is, who may have it, who holds it when the day begins.

use super::cast::{LEAVER, SMALL};
use super::plain;
use crate::admin::specs::SecuritySpec;
use tallystick_client::Price8;
use tallystick_engine::rules::{Condition, Days, Rule, Who};
use tallystick_ledger::instruction::Exemption;

/// A security, as the demo knows it.
#[derive(Clone, Copy, Debug)]
pub struct Issue {
    /// Its number at the venue.
    pub id: u32,
    /// Its symbol.
    pub symbol: &'static str,
    /// Its full name.
    pub name: &'static str,
    /// What it is.
    pub kind: &'static str,
    /// Who may have it, in words.
    pub terms: &'static str,
    /// The law under which the ledger is its register of record, if it is.
    pub law: Option<&'static str>,
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
        name: "Northwind Robotics Inc., series A preferred stock",
        kind: "Reg D 506(c) preferred",
        terms: "buyers in the US accredited; lots locked up for a year",
        law: Some("Delaware General Corporation Law, section 224"),
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
        name: "Alpen Leasing AG, 4 % notes due 2029",
        kind: "Reg S bond",
        terms: "no buyers in the US; lots locked up for 40 days",
        law: Some("Swiss Code of Obligations, article 973d"),
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
        name: "Harbor Lane Partners LP, limited partnership interests",
        kind: "3(c)(1) fund interest",
        terms: "accredited buyers; at most 12 beneficial owners",
        law: None,
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
        name: "River Company Inc., common stock",
        kind: "Reg A tier 2 common",
        terms: "anyone whose identity is verified",
        law: None,
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
        name: "Pilot Energie SE, 3 % bonds due 2031",
        kind: "EU DLT pilot bond",
        terms: "residents of the EU; paid in euros",
        law: None,
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

    /// The listing. Its rules are the register's.
    pub fn spec(&self, scale: u64) -> SecuritySpec {
        let cents = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
        SecuritySpec {
            security: Some(self.id),
            symbol: self.symbol.into(),
            cash: self.cash,
            tick: cents(self.tick),
            coarser: Vec::new(),
            round_lot: None,
            lot: self.lot,
            value: self.tick,
            per: 1,
            max_price: cents(self.tick * self.reference * 4),
            max_quantity: self.stake * scale,
            reference: cents(self.tick * self.reference),
            collar_bps: 1_000,
            call_only: false,
            bands: None,
            issue: None,
            fees: None,
            rules: Vec::new(),
        }
    }

    /// The text that declares it: its hash stands on the register.
    pub fn text(&self) -> String {
        let Issue { symbol, name, kind, terms, .. } = self;
        format!("{name} ({symbol}). {kind}: {terms}.\n")
    }

    /// The exemption it is offered under.
    pub fn exemption(&self) -> Exemption {
        match self.id {
            NWPREF => Exemption::Rule506c,
            ALPEN29 => Exemption::RegS(2),
            HARBOR => Exemption::Rule506b,
            RIVERCO => Exemption::RegA2,
            _ => Exemption::None,
        }
    }

    /// What the register says of who may have it. Every rule quotes what it stands for; law needs counsel.
    pub fn rules(&self) -> Vec<Rule> {
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
