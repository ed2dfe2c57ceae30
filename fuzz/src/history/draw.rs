//! How often what happens.

use super::asks::Asks;
use super::deed::{Deed, Leased, Told};
use super::draw_orders::Taste;
use super::draw_rules;
use super::ledger::{Allotment, Fate};
use super::odd_news::OddNews;
use super::persons::{Person, Relation};
use super::registrar::{Fact, Notice};
use super::step::{Change, Name, NewQuantity, Odd, Price, Quantity, Step, Target, Wait};
use quickcheck::{Arbitrary, Gen};
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::MessageFault;
use tallystick_rules::{Holders, Scope};

/// A number below `n`, each as likely: an arbitrary integer is extreme too often to be divided.
pub fn below(g: &mut Gen, n: usize) -> usize {
    let all: Vec<usize> = (0..n).collect();
    *g.choose(&all).expect("n is above nought")
}

/// True `n` times in a hundred.
pub fn percent(g: &mut Gen, n: usize) -> bool {
    below(g, 100) < n
}

/// One of these.
pub fn one_of<T: Clone>(g: &mut Gen, all: &[T]) -> T {
    all[below(g, all.len())].clone()
}

/// The calls of auctions, those that more happens in more often.
const CALLS: [Phase; 4] =
    [Phase::OpeningAuction, Phase::ReopeningAuction, Phase::ClosingAuction, Phase::ClosingAuction];

fn small(g: &mut Gen) -> u8 {
    below(g, 24) as u8
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        Step::of(g, Taste::Everything)
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Step>> {
        Box::new(self.simpler().into_iter())
    }
}

impl Step {
    /// One thing that happens where most orders may trade.
    pub fn lively(g: &mut Gen, taste: Taste) -> Step {
        let calls = if taste == Taste::Auctions { 6 } else { 1 };
        let security = 0;
        match below(g, 100 + 2 * calls) {
            0..=71 => Step::New {
                account: 6 + small(g),
                security,
                buy: bool::arbitrary(g),
                asks: Asks::arbitrary(g, taste),
                price: Price::near(g),
                quantity: match below(g, 12) {
                    0..=8 => Quantity::Lots(one_of(g, &[1, 1, 2, 2, 3, 4, 6, 9])),
                    _ => Quantity::Theirs,
                },
                name: Name::Fresh,
                other_firm: false,
            },
            72..=81 => Step::Replace {
                target: Target::Open(small(g)),
                price: percent(g, 50).then(|| Price::near(g)),
                stop: percent(g, 30).then(|| Price::Beyond(one_of(g, &[0, 1, 1, 2]))),
                quantity: NewQuantity::arbitrary(g),
                name: Name::Fresh,
            },
            82..=84 => Step::Cancel { target: Target::Open(small(g)), name: Name::Fresh },
            85..=91 => Step::Continue,
            92..=95 => Step::Onward { security },
            96 => Step::NextDay,
            97..=99 => Step::of(g, taste),
            n if n.is_multiple_of(2) => Step::Auction { security, call: one_of(g, &CALLS) },
            _ => Step::Onward { security },
        }
    }

    /// One thing that happens in a history of a taste.
    pub fn of(g: &mut Gen, taste: Taste) -> Step {
        match below(g, 100) {
            0..=53 => Step::New {
                account: if percent(g, 1) { 255 - below(g, 2) as u8 } else { small(g) },
                security: if percent(g, 1) { 255 - below(g, 2) as u8 } else { below(g, 4) as u8 },
                buy: bool::arbitrary(g),
                asks: Asks::arbitrary(g, taste),
                price: Price::arbitrary(g),
                quantity: Quantity::arbitrary(g),
                name: Name::arbitrary(g),
                other_firm: percent(g, 1),
            },
            54..=62 => Step::Replace {
                target: Target::arbitrary(g),
                price: match below(g, 10) {
                    0..=4 => Some(Price::arbitrary(g)),
                    // What an allocation permits ends before the collar.
                    5..=6 => Some(one_of(
                        g,
                        &[Price::LowCollar { beyond: false }, Price::HighCollar { beyond: false }],
                    )),
                    _ => None,
                },
                stop: percent(g, 15).then(|| Price::Beyond(one_of(g, &[-1, 0, 1, 1, 2, 3]))),
                quantity: NewQuantity::arbitrary(g),
                name: Name::arbitrary(g),
            },
            63..=68 => Step::Cancel { target: Target::arbitrary(g), name: Name::arbitrary(g) },
            69..=71 => Step::Wait(Wait::arbitrary(g)),
            72..=75 => Step::Continue,
            76..=79 => Step::Onward { security: below(g, 4) as u8 },
            80..=81 => Step::Auction { security: below(g, 4) as u8, call: one_of(g, &CALLS) },
            82 => Step::Phase { security: below(g, 5) as u8, phase: one_of(g, &Phase::ALL) },
            83 => Step::NextDay,
            84 => Step::StartDay { date: one_of(g, &[0, 20_260_105, 20_261_301, 20_260_100, 30_000_101]) },
            85..=88 => Step::Units {
                account: if percent(g, 15) { 200 } else { small(g) },
                security: below(g, 4) as u8,
                units: one_of(g, &[1, 3, 5, 10, 15, 40]),
                age_days: one_of(g, &[0, 0, 1, 2, 3, 29, 30, 400]),
                restricted: percent(g, 40),
            },
            89 => Step::Cash { account: small(g), amount: one_of(g, &[1, 1_000, 50_000, 1_000_000]) },
            90..=92 => Step::Adopt(Change::arbitrary(g)),
            93..=94 => Step::Notice(Notice::arbitrary(g)),
            95 => Step::Negotiate { session: small(g), higher: below(g, 3) as u8 },
            96 => Step::Refuse {
                session: small(g),
                fault: one_of(
                    g,
                    &[
                        MessageFault::InvalidValue,
                        MessageFault::ReservedBit,
                        MessageFault::RequiredFieldNull,
                        MessageFault::Text,
                    ],
                ),
            },
            97 => match below(g, 8) {
                0..=6 => one_of(g, &[Step::Status, Step::Checkpoint, Step::Skip]),
                _ => Step::OddNews(OddNews::EmptyPart),
            },
            _ => Step::Odd(one_of(g, &Odd::ALL)),
        }
    }
}

/// What happens where there is a network.
pub fn of_network(g: &mut Gen) -> Step {
    let (who, security) = (small(g), below(g, 4) as u8);
    let deed = match below(g, 100) {
        0..=9 => Deed::Nothing,
        10..=54 => Deed::Decide {
            first: small(g),
            many: one_of(g, &[1, 1, 2, 3, 6]),
            fate: one_of(
                g,
                &[Fate::Settled, Fate::Settled, Fate::Settled, Fate::Refused, Fate::Refused, Fate::Expired],
            ),
        },
        55..=74 => Deed::Allot {
            account: who,
            security: percent(g, 50).then_some(security),
            allotment: Allotment::arbitrary(g),
        },
        75..=79 => Deed::Elsewhere { owner: who, security, units: one_of(g, &[0, 0, 1, 7]) },
        80..=83 => Deed::Person(Change::arbitrary(g)),
        84..=85 => Deed::Notice(Notice::arbitrary(g)),
        86..=87 => Deed::Lease { security, of: Leased::arbitrary(g), amount: one_of(g, &[0, 1, 2, 5, 20]) },
        88..=91 => {
            let many = one_of(g, &[0, 1, 1, 2]);
            let rules = draw_rules::others(g, many);
            Deed::Rules { security, rules, epoch: percent(g, 40) }
        }
        _ => return Step::OddNews(OddNews::arbitrary(g)),
    };
    let told = match below(g, 10) {
        0..=1 => Told::Not,
        2 => Told::Part(one_of(g, &[1, 2, 4])),
        3 => Told::Whole(one_of(g, &[1, 2, 3])),
        4 => Told::Whole(255),
        _ => Told::WithWork,
    };
    Step::Network { deed, told }
}

impl Leased {
    /// Something that is leased.
    pub fn arbitrary(g: &mut Gen) -> Leased {
        let who = small(g);
        match below(g, 8) {
            0..=1 => Leased::Everything,
            2 => Leased::Holders(one_of(g, &Holders::ALL)),
            3 => Leased::Plans,
            4 => Leased::Owned(Scope::Owner, who),
            5 => Leased::Owned(Scope::Group, who),
            _ => Leased::Sold(who),
        }
    }
}

impl Allotment {
    fn arbitrary(g: &mut Gen) -> Allotment {
        match below(g, 16) {
            0..=5 => Allotment::All,
            6..=7 => Allotment::Fee(one_of(g, &[0, 1, 5, 20, 50, 300])),
            8 => Allotment::Part(below(g, 8) as u8),
            9 => one_of(g, &[Allotment::Ending, Allotment::Ended]),
            11 => Allotment::Only(1 + below(g, 2) as u8),
            10 | 12 | 13 => Allotment::Worst(one_of(g, &[2, 190, 198, 200, 201, 202, 204, 1_400])),
            _ => Allotment::Taken(1 + below(g, 8) as u8),
        }
    }
}

impl Notice {
    fn arbitrary(g: &mut Gen) -> Notice {
        let security = if percent(g, 4) { 255 } else { below(g, 4) as u8 };
        if percent(g, 50) {
            let relation = if percent(g, 25) { Relation::Stranger } else { Relation::arbitrary(g) };
            let person = if percent(g, 4) { 255 } else { small(g) };
            return Notice::Insider { security, person, relation };
        }
        if percent(g, 30) {
            let (seller, buyer) = (small(g), small(g));
            let (units, days) = (one_of(g, &[0, 1, 5, 20, 100]), one_of(g, &[0, 1, 2, 30, 300, 400]));
            return Notice::Approve { security, seller, buyer, units, days };
        }
        let days = one_of(g, &[0, 1, 2, 29, 30, 31, 400]);
        let yes = bool::arbitrary(g);
        let facts = [
            Fact::Nothing,
            Fact::Default,
            Fact::Informed(days),
            Fact::Informed(500),
            Fact::NotInformed,
            Fact::Shell(yes),
            Fact::Bankrupt(yes),
            Fact::Fungible(yes),
            Fact::Weekly(one_of(g, &[0, 3, 10, 100])),
            Fact::Blackout(one_of(g, &[0, 1, 3]), one_of(g, &[1, 2, 30])),
            Fact::ReportingSince(days),
            Fact::NotReporting,
            Fact::OutstandingSince(days),
            Fact::DistributedSince(days),
            Fact::Filed(days),
            Fact::Small(days),
            Fact::Agent(yes),
        ];
        Notice::Disclose { security, fact: one_of(g, &facts) }
    }
}

impl OddNews {
    fn arbitrary(g: &mut Gen) -> OddNews {
        let n = small(g);
        one_of(
            g,
            &[
                OddNews::Headroom(n),
                OddNews::Approval(n),
                OddNews::Stale,
                OddNews::Backwards,
                OddNews::TooLong,
                OddNews::LotTwice,
                OddNews::TooManyLots,
                OddNews::TooManyUnits,
                OddNews::NegativeCash,
                OddNews::BadRules,
                OddNews::BadReason,
                OddNews::EmptyPart,
                OddNews::UnknownTrade,
                OddNews::DecidedAgain,
                OddNews::DecidedAgain,
                OddNews::DecidedByNobody(n),
                OddNews::DecidedByNobody(n),
                OddNews::OtherUnits(n),
                OddNews::OtherUnits(n),
                OddNews::LessCash(n),
                OddNews::LessCash(n),
                OddNews::OtherStake(n),
                OddNews::OtherStake(n),
                OddNews::OfNobody,
                OddNews::RulesOfNothing,
                OddNews::OtherRecord(n),
                OddNews::OtherRecord(n),
                OddNews::Sales(n),
                OddNews::Sales(n),
                OddNews::SalesInDisorder,
                OddNews::OtherSize(n),
                OddNews::Stranger,
            ],
        )
    }
}

impl Price {
    /// A price at which orders meet, or just do not.
    fn near(g: &mut Gen) -> Price {
        match below(g, 20) {
            0..=8 => Price::Near(one_of(g, &[-3, -2, -1, -1, 0, 0, 0, 1, 1, 2, 3])),
            9..=12 => Price::Touch,
            13..=14 => Price::FromLast(one_of(g, &[-2, -1, 0, 1, 2])),
            15 => Price::LowCollar { beyond: percent(g, 20) },
            16 => Price::HighCollar { beyond: percent(g, 20) },
            _ => Price::Beyond(one_of(g, &[-3, -2, -1, 0])),
        }
    }

    fn arbitrary(g: &mut Gen) -> Price {
        match below(g, 100) {
            0..=49 => Price::Near(one_of(g, &[-3, -2, -1, -1, 0, 0, 0, 1, 1, 2, 3])),
            50..=79 => Price::Touch,
            80..=86 => Price::FromLast(one_of(g, &[-2, -1, 0, 1, 2])),
            87..=89 => Price::LowCollar { beyond: percent(g, 30) },
            90..=92 => Price::HighCollar { beyond: percent(g, 30) },
            93..=94 => Price::Far(one_of(g, &[-4_200, -4_000, 4_000, 4_200, 9_000])),
            95 => one_of(g, &[Price::OffTick, Price::BetweenTicks]),
            96 => Price::Beyond(one_of(g, &[-1, 1])),
            97 => one_of(g, &[Price::Zero, Price::Negative, Price::Least]),
            98 => one_of(g, &[Price::AboveMost, Price::Most, Price::Huge]),
            _ => Price::Near(0),
        }
    }
}

impl Quantity {
    fn arbitrary(g: &mut Gen) -> Quantity {
        match below(g, 40) {
            0..=24 => Quantity::Lots(one_of(g, &[1, 1, 2, 2, 3, 4, 6])),
            25..=28 => Quantity::Whole,
            29..=33 => Quantity::Theirs,
            34 => Quantity::Most,
            36 => Quantity::OffLot,
            37 => one_of(g, &[Quantity::Nothing, Quantity::OverMost, Quantity::Huge]),
            _ => Quantity::Lots(1),
        }
    }
}

impl NewQuantity {
    fn arbitrary(g: &mut Gen) -> NewQuantity {
        match below(g, 10) {
            0..=2 => NewQuantity::Same,
            3..=4 => NewQuantity::OneLess,
            5..=7 => NewQuantity::More(one_of(g, &[1, 2, 5])),
            8 => NewQuantity::AsFilled,
            _ => NewQuantity::Any(Quantity::arbitrary(g)),
        }
    }
}

impl Name {
    fn arbitrary(g: &mut Gen) -> Name {
        if percent(g, 2) { Name::Used(small(g)) } else { Name::Fresh }
    }
}

impl Target {
    fn arbitrary(g: &mut Gen) -> Target {
        match below(g, 10) {
            0..=6 => Target::Open(small(g)),
            7 => Target::Used(small(g)),
            8 => Target::OfAnother(small(g)),
            _ => Target::Misstated(small(g), below(g, 3) as u8),
        }
    }
}

impl Wait {
    fn arbitrary(g: &mut Gen) -> Wait {
        match below(g, 10) {
            0..=1 => Wait::Moment,
            2..=4 => Wait::Days(one_of(g, &[1, 1, 1, 1, 2, 3, 30])),
            5..=7 => Wait::UntilNext { just_before: false },
            _ => Wait::UntilNext { just_before: true },
        }
    }
}

impl Change {
    pub(super) fn arbitrary(g: &mut Gen) -> Change {
        let who = small(g);
        match below(g, 24) {
            0..=4 => Change::Nobody,
            5..=6 => Change::Lapse(who),
            7..=8 => Change::Suspend(who),
            9..=10 => Change::Remove(who),
            11..=12 => Change::Move(who, below(g, 3) as u8),
            13 => Change::LoseAccreditation(who),
            14..=16 => Change::Become(who, Person::arbitrary(g)),
            17..=18 => Change::Mend(who),
            19..=21 => Change::Everybody,
            22 => Change::NotNewer,
            _ => one_of(g, &[Change::FromTheFuture, Change::FromBefore, Change::Old]),
        }
    }
}
