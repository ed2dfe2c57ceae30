//! What people are like, and how they stand to issuers.

use super::draw::{below, one_of, percent};
use super::persons::{InsiderOf, Person, Relation};
use quickcheck::Gen;

impl Person {
    /// Somebody of whom mostly good is known.
    pub fn arbitrary(g: &mut Gen) -> Person {
        let days = |g: &mut Gen| one_of(g, &[0, 3, 500, 500, 500, 500]);
        Person {
            place: one_of(g, &[0, 0, 1, 2]),
            region: one_of(g, &[0, 0, 1, 2]),
            verified_days: one_of(g, &[3, 500, 500, 500, 500, 500]),
            accredited_days: one_of(g, &[0, 3, 500, 500, 500]),
            institutional_days: days(g),
            purchaser_days: days(g),
            non_us_days: days(g),
            screened_days: days(g),
            good_actor_days: days(g),
            plan_bps: one_of(g, &[0, 0, 0, 2_500, 10_000]),
            fund_owners: one_of(g, &[0, 0, 0, 1, 2, 3]),
            group: percent(g, 30).then(|| below(g, 4) as u8),
            suspended: percent(g, 3),
        }
    }
}

impl InsiderOf {
    /// Any.
    pub fn arbitrary(g: &mut Gen) -> InsiderOf {
        let (person, security) = (below(g, 6) as u8, below(g, 2) as u8);
        InsiderOf { person, security, relation: Relation::arbitrary(g) }
    }
}

impl Relation {
    /// Any but none.
    pub fn arbitrary(g: &mut Gen) -> Relation {
        one_of(
            g,
            &[
                Relation::Issuer,
                Relation::Affiliate,
                Relation::Affiliate,
                Relation::WasAffiliate(0),
                Relation::WasAffiliate(29),
                Relation::WasAffiliate(90),
                Relation::WasAffiliate(400),
                Relation::Controlling,
                Relation::Controlling,
                Relation::Both,
            ],
        )
    }
}
