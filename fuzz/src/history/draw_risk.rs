//! How often limits are set, somebody is blocked, many orders are cancelled, clients go; and what for.

use super::asks::Asks;
use super::draw::{below, one_of, percent};
use super::draw_orders::Taste;
use super::risk::{Amount, By, LimitsOf, OddLimits, RiskStep, When, Which, Whose};
use super::setup::Setup;
use super::step::{Name, Price, Quantity, Step};
use quickcheck::Gen;
use tallystick_engine::command::SessionOptions;
use tallystick_engine::disconnect::CancelOn;
use tallystick_engine::phase::Phase;

const MINUTE: u64 = 60_000_000_000;

impl Setup {
    /// The same venue, with risk control.
    pub fn risky(self, g: &mut Gen) -> Setup {
        let risk_required = percent(g, 12);
        let options = (0..4).map(|_| options(g)).collect();
        let mut bounds = self.bounds;
        if percent(g, 5) {
            bounds.clordids = 1;
        }
        Setup { risk_required, options, bounds, ..self }
    }
}

/// What begins a history with risk control: often limits, so that most orders come under some.
pub fn first_steps(g: &mut Gen, setup: &Setup) -> Vec<Step> {
    let mut steps = Vec::new();
    if percent(g, 6) {
        let options = SessionOptions { risk_control: true, ..options(g) };
        steps.extend([RiskStep::Join { firm: 0, options }, RiskStep::Join { firm: 0, options }]);
        steps.extend([RiskStep::Join { firm: 0, options }, RiskStep::Join { firm: 0, options }]);
    }
    if setup.risk_required {
        for firm in 0..3 {
            let limits =
                LimitsOf { credit: Some(one_of(g, &[Amount::Plenty, Amount::AllTokens])), ..some(g) };
            if percent(g, 85) {
                let whose = Whose::Firm(100 + firm);
                steps.push(RiskStep::Limit { by: By::Operator, whose, limits: Some(limits) });
            }
        }
    }
    if setup.bounds.clordids == 1 {
        let one = RiskStep::MassCancel { by: By::Control(0), which: Which::default(), name: Name::Fresh };
        steps.extend([one.clone(), one.clone(), one]);
    }
    for _ in 0..below(g, 4) {
        let n = small(g);
        let whose = one_of(g, &[Whose::Firm(n), Whose::Session(n), Whose::Account(n)]);
        steps.push(RiskStep::Limit { by: By::Operator, whose, limits: Some(some(g)) });
    }
    steps.into_iter().map(Step::Risk).collect()
}

/// One thing about risk.
pub fn step(g: &mut Gen) -> Step {
    let by = by(g);
    Step::Risk(match below(g, 100) {
        0..=6 => {
            let just_before = percent(g, 30);
            let when = one_of(g, &[When::AtOnce, When::Window { just_before }, When::Window { just_before }]);
            RiskStep::Again { when }
        }
        7..=37 => {
            let limits = if percent(g, 10) { None } else { Some(some(g)) };
            RiskStep::Limit { by, whose: whose(g), limits }
        }
        38..=49 => RiskStep::Switch { by, whose: whose(g), block: true },
        50..=63 => RiskStep::Switch { by, whose: whose(g), block: false },
        64..=74 => RiskStep::MassCancel { by, which: which(g), name: name(g) },
        75..=80 => RiskStep::Gone { session: small(g), terminated: percent(g, 40) },
        81..=84 => RiskStep::Back { session: small(g), anew: percent(g, 40) },
        85..=88 => RiskStep::Grace { just_before: percent(g, 35) },
        89..=92 => RiskStep::Show { whose: whose(g) },
        93..=94 => {
            let mut options = options(g);
            if percent(g, 10) {
                options.grace_ns = MINUTE + 1;
            }
            RiskStep::Join { firm: 0, options }
        }
        _ => return Step::Continue,
    })
}

/// A firm is blocked while its stops, its pegs or an auction wait for their turn; then all are unblocked.
pub fn scene(g: &mut Gen) -> Vec<Step> {
    let taste = one_of(g, &[Taste::Stops, Taste::Stops, Taste::Pegs, Taste::Auctions]);
    let auction = taste == Taste::Auctions;
    let mut steps = vec![Step::Onward { security: 0 }];
    if auction {
        steps.push(Step::Auction { security: 0, call: Phase::ClosingAuction });
    }
    for _ in 0..5 + below(g, 5) {
        steps.push(Step::New {
            account: 6 + small(g),
            security: 0,
            buy: percent(g, 50),
            asks: Asks::arbitrary(g, if auction { Taste::Plain } else { taste }),
            price: Price::Near(one_of(g, &[-1, 0, 0, 1, 1])),
            quantity: Quantity::Lots(one_of(g, &[1, 1, 2])),
            name: Name::Fresh,
            other_firm: false,
        });
    }
    if auction {
        steps.push(Step::Phase { security: 0, phase: Phase::PreOpen });
    }
    let first = below(g, 3) as u8;
    let switch = |firm, block| {
        Step::Risk(RiskStep::Switch { by: By::Operator, whose: Whose::Firm(100 + firm), block })
    };
    steps.extend((0..1 + below(g, 2) as u8).map(|n| switch((first + n) % 3, true)));
    steps.extend([Step::Continue, Step::Continue, Step::Continue]);
    steps.extend((0..3).map(|firm| switch(firm, false)));
    steps
}

/// Whoever's orders are being cancelled is blocked again, or unblocked, or gone again.
pub fn of_the_ending(g: &mut Gen) -> Step {
    if percent(g, 40) {
        return Step::Risk(RiskStep::Gone { session: 255, terminated: percent(g, 50) });
    }
    Step::Risk(RiskStep::Switch { by: By::Operator, whose: Whose::Ending, block: percent(g, 50) })
}

/// What ends the orders of the second firm, of which one session and the third account enter many.
pub fn ends_of_second_firm(g: &mut Gen) -> Step {
    let whose = one_of(g, &[Whose::Firm(101), Whose::Session(101), Whose::Account(102)]);
    // Where only sells are meant, all buys stay and are looked at.
    let which = Which { buy: one_of(g, &[None, None, Some(true), Some(false)]), ..Which::default() };
    let by = |by| RiskStep::MassCancel { by, which, name: Name::Fresh };
    Step::Risk(match below(g, 4) {
        0 => RiskStep::Switch { by: By::Operator, whose, block: true },
        1 => by(By::Operator),
        2 => by(By::Anybody(1)),
        _ => RiskStep::Gone { session: 1, terminated: percent(g, 50) },
    })
}

/// The second firm is no longer blocked.
pub fn free_second_firm() -> Step {
    Step::Risk(RiskStep::Switch { by: By::Operator, whose: Whose::Firm(101), block: false })
}

fn small(g: &mut Gen) -> u8 {
    below(g, 24) as u8
}

fn name(g: &mut Gen) -> Name {
    if percent(g, 8) { Name::Used(small(g)) } else { Name::Fresh }
}

fn by(g: &mut Gen) -> By {
    match below(g, 20) {
        0..=7 => By::Operator,
        8..=17 => By::Control(small(g)),
        _ => By::Anybody(small(g)),
    }
}

fn number(g: &mut Gen) -> u8 {
    if percent(g, 12) { 100 + small(g) } else { small(g) }
}

fn whose(g: &mut Gen) -> Whose {
    let n = number(g);
    match below(g, 20) {
        0..=6 => Whose::Firm(n),
        7..=12 => Whose::Session(n),
        13..=18 => Whose::Account(n),
        _ => Whose::Nobody(n),
    }
}

fn which(g: &mut Gen) -> Which {
    let mut part = |often: usize| {
        let n = if percent(g, 5) { 200 } else { number(g) };
        Some(n).filter(|_| percent(g, often))
    };
    Which {
        firm: part(25),
        session: part(30),
        account: part(30),
        security: part(25),
        buy: one_of(g, &[None, None, Some(true), Some(false)]),
    }
}

fn options(g: &mut Gen) -> SessionOptions {
    use CancelOn::{Both, Disconnect, Nothing, Terminate};
    SessionOptions {
        risk_control: percent(g, 60),
        cancel_on: one_of(g, &[Nothing, Disconnect, Terminate, Both, Both]),
        grace_ns: one_of(g, &[0, 0, 1, 1_000, 7_000, 20_000, MINUTE]),
    }
}

/// Some limits: mostly one or two, near what orders come to.
fn some(g: &mut Gen) -> LimitsOf {
    let mut limits = LimitsOf::default();
    for _ in 0..one_of(g, &[1, 1, 1, 2, 2, 4]) {
        match below(g, 17) {
            0..=4 => limits.credit = Some(amount(g)),
            5..=6 => limits.order_value = Some(amount(g)),
            7..=8 => limits.quantity = Some(one_of(g, &[1, 2, 3, 4, 6])),
            9..=10 => {
                let window = one_of(g, &[1_000, 1_001, 3_000, 5_000, 20_000, 1_000_000]);
                limits.rate = Some((one_of(g, &[1, 1, 2, 3, 5]), window));
            }
            11..=12 => limits.duplicates = Some(one_of(g, &[1_000, 3_000, 9_000, 9_001, 1_000_000])),
            13..=14 => limits.collar_bps = Some(one_of(g, &[100, 100, 200, 199, 300, 2_000, 20_000])),
            15 => limits.restricted = one_of(g, &[vec![0], vec![1], vec![0, 1]]),
            _ => limits.odd = Some(one_of(g, &OddLimits::ALL)),
        }
    }
    limits
}

fn amount(g: &mut Gen) -> Amount {
    let more = one_of(g, &[0, 0, 0, 1, -1]);
    match below(g, 20) {
        0..=5 => Amount::Lots(one_of(g, &[0, 1, 2, 3, 4, 6, 12, 30]), more),
        6..=15 => Amount::Beyond(one_of(g, &[0, 1, 2, 3, 6, 9]), more),
        16..=17 => Amount::Plenty,
        18 => Amount::OtherToken,
        _ => Amount::AllTokens,
    }
}
