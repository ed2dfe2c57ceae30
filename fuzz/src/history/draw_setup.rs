//! What venues are like, and how often.

use super::draw::{below, one_of, percent};
use super::draw_rules::{self, cap};
use super::persons::{InsiderOf, Person};
use super::setup::{AccountOf, Bounds, Grant, Listed, More, Setup};
use quickcheck::{Arbitrary, Gen};
use std::collections::BTreeSet;
use tallystick_rules::{Disclosure, Holders, Rule};

impl Arbitrary for Setup {
    fn arbitrary(g: &mut Gen) -> Setup {
        let people = 2 + below(g, 4);
        let accounts = people + below(g, 3);
        let mut listings = vec![Listed::arbitrary(g)];
        if percent(g, 40) {
            listings.push(Listed::arbitrary(g));
        }
        let mut units = Vec::new();
        for (security, listed) in listings.iter_mut().enumerate() {
            let mut holders = BTreeSet::new();
            // At a cap it matters who has nothing, and who can sell everything at once.
            let capped = listed.rules.iter().any(|rule| matches!(rule, Rule::HolderCap(..)));
            for account in 0..accounts {
                let lots = if capped { [0, 0, 1, 1] } else { [0, 1, 1, 2] };
                for _ in 0..one_of(g, &lots) {
                    let many = if capped { [1, 2, 4, 5, 10, 10, 20] } else { [5, 7, 12, 20, 40, 60, 100] };
                    let units_of = one_of(g, &many);
                    let age_days = one_of(g, &[0, 0, 1, 2, 29, 30, 400, 400]);
                    let (account, security) = (account as u8, security as u8);
                    let (restricted, kind) = (percent(g, 40), below(g, 8) as u8);
                    units.push(Grant { account, security, units: units_of, age_days, restricted, kind });
                    holders.insert(usize::from(account) % people);
                }
            }
            // A cap is most interesting where it has just been reached.
            let holders = holders.len() as u32;
            for rule in &mut listed.rules {
                if matches!(rule, Rule::HolderCap(Holders::Beneficial, _)) && percent(g, 70) {
                    *rule = cap(holders.max(1) + below(g, 2) as u32);
                }
            }
        }
        Setup {
            bounds: Bounds::arbitrary(g),
            people: (0..people).map(|_| Person::arbitrary(g)).collect(),
            insiders: (0..one_of(g, &[0, 0, 1, 1, 2])).map(|_| InsiderOf::arbitrary(g)).collect(),
            street: percent(g, 50),
            place: one_of(g, &[0, 0, 0, 1, 2]),
            accounts: (0..accounts)
                // Every person has an account; some have two, most of them with another firm.
                .map(|n| AccountOf { firm: below(g, 3) as u8, owner: n as u8 })
                .collect(),
            listings,
            units,
            cash: one_of(g, &[2_000, 50_000, 10_000_000, 10_000_000, 10_000_000]),
            gathers: percent(g, 20),
            network: percent(g, 55).then(|| one_of(g, &[0, 3, 8])),
            fee_account: None,
            risk_required: false,
            options: Vec::new(),
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Setup>> {
        let mut all = Vec::new();
        let mut with = |change: &dyn Fn(&mut Setup)| {
            let mut plainer = self.clone();
            change(&mut plainer);
            all.push(plainer);
        };
        if self.listings.len() > 1 {
            with(&|s| s.listings.truncate(1));
            with(&|s| s.listings.retain(index_is_not(0)));
        }
        for at in 0..self.people.len() {
            if self.people[at] != Person::PLAIN {
                with(&|s| s.people[at] = Person::PLAIN);
            }
        }
        for at in 0..self.insiders.len() {
            with(&|s| s.insiders.retain(index_is_not(at)));
        }
        if self.people.len() > 2 {
            with(&|s| s.people.truncate(s.people.len() - 1));
        }
        // Fees go to an account that is there.
        let last_is_free = self.fee_account.is_none_or(|account| account as usize != self.accounts.len());
        if self.accounts.len() > 2 && last_is_free {
            with(&|s| s.accounts.truncate(s.accounts.len() - 1));
        }
        for at in 0..self.units.len() {
            with(&|s| s.units.retain(index_is_not(at)));
        }
        for at in 0..self.listings.len() {
            for rule in 0..self.listings[at].rules.len() {
                with(&|s| s.listings[at].rules.retain(index_is_not(rule)));
                for plainer in draw_rules::simpler(&self.listings[at].rules[rule]) {
                    with(&|s| s.listings[at].rules[rule] = plainer.clone());
                }
            }
            if self.listings[at].disclosure != Disclosure::default() {
                with(&|s| s.listings[at].disclosure = Disclosure::default());
            }
            if !self.listings[at].coarser.is_empty() {
                with(&|s| s.listings[at].coarser.clear());
            }
            if self.listings[at].round_lots.is_some() {
                with(&|s| s.listings[at].round_lots = None);
            }
            for plainer in self.listings[at].more.simpler() {
                with(&|s| s.listings[at].more = plainer);
            }
            if self.listings[at].gated {
                with(&|s| s.listings[at].gated = false);
            }
            if self.listings[at].shared {
                with(&|s| s.listings[at].shared = false);
            }
            if self.listings[at].lot > 1 {
                with(&|s| (s.listings[at].lot, s.listings[at].per) = (1, 1));
            }
            if self.listings[at].collar_bps < 10_000 {
                with(&|s| s.listings[at].collar_bps = 10_000);
            }
        }
        if self.bounds != Bounds::WIDE {
            with(&|s| s.bounds = Bounds::WIDE);
        }
        if self.network.is_some() {
            with(&|s| s.network = None);
        }
        if self.risk_required {
            with(&|s| s.risk_required = false);
        }
        if !self.options.is_empty() {
            with(&|s| s.options.clear());
        }
        if self.gathers {
            with(&|s| s.gathers = false);
        }
        Box::new(all.into_iter())
    }
}

impl Setup {
    /// A venue in which most orders may trade: few rules, enough of everything.
    pub fn lively(g: &mut Gen) -> Setup {
        let people = 2 + below(g, 3);
        let accounts = people + 1 + below(g, 2);
        let listed_rules = draw_rules::mild(g);
        let of_some = listed_rules.len() > 1;
        let person = |g: &mut Gen| match of_some {
            true => Person { suspended: false, verified_days: 500, ..Person::arbitrary(g) },
            false => Person::PLAIN,
        };
        let listed = Listed {
            collar_bps: one_of(g, &[300, 300, 1_000, 10_000]),
            call_only: percent(g, 3),
            most_lots: one_of(g, &[12, 40]),
            reference: 100,
            max_price: 120,
            shared: false,
            rules: listed_rules,
            coarser: coarser(g, 100),
            ..Listed::arbitrary(g)
        };
        let ages = [0, 1, 30];
        let units = (0..accounts)
            .flat_map(|account| [(account, one_of(g, &ages)), (account, one_of(g, &ages))])
            .collect::<Vec<_>>();
        let grant = |g: &mut Gen, (account, age_days)| Grant {
            account: account as u8,
            security: 0,
            units: one_of(g, &[0, 20, 40, 100]).max(1) * listed.lot,
            age_days,
            restricted: percent(g, 30),
            kind: 0,
        };
        let units = units.into_iter().map(|of| grant(g, of)).collect();
        Setup {
            bounds: Bounds { windows: one_of(g, &[0, 1, 2, 8]), ..Bounds::WIDE },
            people: (0..people).map(|_| person(g)).collect(),
            insiders: (0..usize::from(of_some)).map(|_| InsiderOf::arbitrary(g)).collect(),
            street: percent(g, 30),
            place: 0,
            accounts: (0..accounts).map(|n| AccountOf { firm: below(g, 2) as u8, owner: n as u8 }).collect(),
            listings: vec![listed],
            units,
            cash: 10_000_000,
            gathers: percent(g, 15),
            network: percent(g, 30).then(|| one_of(g, &[3, 8])),
            fee_account: None,
            risk_required: false,
            options: Vec::new(),
        }
    }
}

impl Bounds {
    fn arbitrary(g: &mut Gen) -> Bounds {
        Bounds {
            open_orders: if percent(g, 8) { 3 } else { 1_000 },
            clordids: if percent(g, 8) { one_of(g, &[2, 3]) } else { 1_000 },
            unsettled: [0; 3].map(|_| if percent(g, 5) { 1 + below(g, 3) as u32 } else { 1_000 }),
            worth: [0; 3].map(|_| if percent(g, 4) { one_of(g, &[0, 100, 2_000]) } else { i64::MAX }),
            windows: one_of(g, &[0, 1, 2, 8]),
            registry_days: one_of(g, &[2, 10, 10, 1_000, 1_000]),
        }
    }
}

impl Listed {
    fn arbitrary(g: &mut Gen) -> Listed {
        let per = one_of(g, &[1, 1, 1, 5]);
        let wide = percent(g, 15);
        let reference = if wide { 6_000 } else { one_of(g, &[4, 100, 100]) };
        Listed {
            lot: per * one_of(g, &[1, 1, 1, 2]),
            per,
            value: one_of(g, &[1, 1, 7]),
            tick: one_of(g, &[1, 25, 1_000_000]),
            most_lots: one_of(g, &[6, 40, 40, 1_000]),
            coarser: coarser(g, reference),
            round_lots: round_lots(g),
            reference,
            max_price: if wide { 16_000 } else { 120 },
            call_only: percent(g, 4),
            collar_bps: one_of(g, &[200, 1_000, 5_000, 10_000, 10_000, 1_000_000]),
            rules: draw_rules::program(g),
            disclosure: draw_rules::disclosure(g),
            gated: percent(g, 30),
            shared: percent(g, 8),
            more: More { shut_out: one_of(g, &[0, 0, 0, 0, 0, 0, 0, 1, 2, 7]), ..More::default() },
        }
    }
}

/// A tick table, around a reference price that is one of its prices.
fn coarser(g: &mut Gen, reference: i64) -> Vec<(i64, i64)> {
    if !percent(g, 25) {
        return Vec::new();
    }
    let all: &[&[(i64, i64)]] = match reference {
        6_000 => &[&[(4_000, 20), (6_000, 100)], &[(6_000, 2)], &[(5_990, 5)]],
        100 => &[&[(100, 5)], &[(90, 5)], &[(98, 2), (100, 10)], &[(96, 4), (104, 8)], &[(50, 2), (100, 4)]],
        _ => &[&[(4, 2)], &[(2, 2), (4, 4)], &[(6, 3)]],
    };
    one_of(g, all).to_vec()
}

fn round_lots(g: &mut Gen) -> Option<u64> {
    one_of(g, &[None, None, None, Some(1), Some(2), Some(3), Some(5)])
}

/// Keeps all but the one at `at`.
fn index_is_not<T>(at: usize) -> impl FnMut(&T) -> bool {
    let mut next = 0;
    move |_| {
        next += 1;
        next - 1 != at
    }
}
