//! How often market makers do what.

use super::draw::{below, one_of, percent};
use super::quoting::{EntryOf, LimitsOf, ObligedOf, PriceOf, QuoteStep, SideOf, SizeOf};
use super::step::{Price, Step};
use quickcheck::Gen;

/// Who makes markets: few, so that they have quotes that stand.
fn maker(g: &mut Gen) -> (u8, u8) {
    let account = one_of(g, &[0, 0, 0, 1, 1, 2]);
    let session = if percent(g, 2) { 255 } else { one_of(g, &[0, 0, 0, 0, 1]) };
    (account, session)
}

/// What begins a history with market makers.
pub fn first_steps(g: &mut Gen) -> Vec<Step> {
    let mut steps = Vec::new();
    if percent(g, 60) {
        let (account, session) = maker(g);
        steps.push(QuoteStep::Protect { account, session, limits: Some(limits(g)) });
    }
    if percent(g, 60) {
        let (account, _) = maker(g);
        steps.push(QuoteStep::Oblige { account, security: 0, obligation: Some(obliged(g)) });
    }
    steps.into_iter().map(Step::Quote).collect()
}

/// One thing about quotes.
pub fn step(g: &mut Gen) -> Step {
    let (account, session) = maker(g);
    Step::Quote(match below(g, 100) {
        0..=66 => {
            let many = one_of(g, &[1, 1, 1, 2, 2, 3]);
            let entries = (0..many).map(|at| entry(g, at)).collect();
            QuoteStep::Quote { account, session, entries, name: below(g, 3) as u8 }
        }
        67..=74 => {
            let security = one_of(g, &[None, None, Some(0), Some(0), Some(1), Some(255)]);
            QuoteStep::Cancel { account, session, security }
        }
        75..=86 => {
            let limits = if percent(g, 15) { None } else { Some(limits(g)) };
            QuoteStep::Protect { account, session, limits }
        }
        87..=92 => {
            let account = if percent(g, 4) { 255 } else { account };
            let security = one_of(g, &[0, 0, 0, 1, 255]);
            let obligation = if percent(g, 15) { None } else { Some(obliged(g)) };
            QuoteStep::Oblige { account, security, obligation }
        }
        93..=95 => QuoteStep::Show { security: one_of(g, &[0, 0, 0, 1, 255]) },
        _ => return Step::Continue,
    })
}

fn entry(g: &mut Gen, at: usize) -> EntryOf {
    let security = if percent(g, 2) {
        255
    } else if at == 0 {
        one_of(g, &[0, 0, 0, 1])
    } else {
        below(g, 3) as u8
    };
    let (bid, offer) = (Some(side(g)), Some(side(g)));
    match below(g, 20) {
        0..=11 => EntryOf { security, bid, offer },
        12..=15 => EntryOf { security, bid, offer: None },
        16..=18 => EntryOf { security, bid: None, offer },
        _ => EntryOf { security, bid: None, offer: None },
    }
}

fn side(g: &mut Gen) -> SideOf {
    let price = match below(g, 40) {
        0..=15 => PriceOf::Away(one_of(g, &[-1, 0, 1, 1, 1, 2, 2, 3])),
        16..=29 => PriceOf::Standing(one_of(g, &[0, 0, 0, 0, 1, -1])),
        30..=33 => PriceOf::Like(Price::Touch),
        34..=35 => PriceOf::Like(one_of(
            g,
            &[Price::LowCollar { beyond: false }, Price::HighCollar { beyond: false }, Price::Near(0)],
        )),
        36 => {
            PriceOf::Like(one_of(g, &[Price::LowCollar { beyond: true }, Price::HighCollar { beyond: true }]))
        }
        37 => PriceOf::Like(one_of(
            g,
            &[Price::OffTick, Price::Zero, Price::AboveMost, Price::Huge, Price::Negative],
        )),
        _ => PriceOf::Like(Price::FromLast(one_of(g, &[-3, 3]))),
    };
    let size = match below(g, 30) {
        0..=12 => SizeOf::Lots(one_of(g, &[1, 1, 2, 2, 3, 5])),
        13..=23 => SizeOf::Standing(one_of(g, &[0, 0, -1, -1, 1, 2])),
        24..=26 => SizeOf::Nothing,
        27 => SizeOf::Whole,
        28 => one_of(g, &[SizeOf::OffLot, SizeOf::OverMost]),
        _ => SizeOf::Lots(8),
    };
    SideOf { price, size }
}

fn limits(g: &mut Gen) -> LimitsOf {
    LimitsOf {
        window_ns: one_of(g, &[1_000_000, 1_000_000, 60_000_000_000, 86_400_000_000_000]),
        executions: one_of(g, &[1, 2, 2, 3, 3, 20, 20]),
        lots: one_of(g, &[None, None, Some(1), Some(2), Some(3), Some(4)]),
        worth: one_of(g, &[None, None, Some(1), Some(2), Some(4)]),
        odd: if percent(g, 8) { 1 + below(g, 8) as u8 } else { 0 },
    }
}

fn obliged(g: &mut Gen) -> ObligedOf {
    ObligedOf {
        // Around 100: quotes of two ticks, of one either side, and of any width.
        spread_bps: one_of(g, &[100, 200, 200, 400, 1_000, 20_000, 20_000, 200, 400, 1_000, 0, 20_001]),
        lots: one_of(g, &[1, 1, 1, 1, 2, 2, 3, 0, 100_000]),
        permille: one_of(g, &[1, 1, 500, 500, 1_000, 1_000, 1_000, 0, 1_001]),
    }
}

/// A maker that is obliged quotes for a while, and the day ends.
pub fn scene(g: &mut Gen) -> Vec<Step> {
    let (account, _) = maker(g);
    let obligation = Some(ObligedOf { spread_bps: 1_000, lots: 1, permille: one_of(g, &[1, 500, 1_000]) });
    let side = |lots| Some(SideOf { price: PriceOf::Away(1), size: SizeOf::Lots(lots) });
    let entries = vec![EntryOf { security: 0, bid: side(2), offer: side(one_of(g, &[1, 2])) }];
    let quote = Step::Quote(QuoteStep::Quote { account, session: 0, entries, name: 0 });
    let show = Step::Quote(QuoteStep::Show { security: 0 });
    let oblige = Step::Quote(QuoteStep::Oblige { account, security: 0, obligation });
    let mut steps = vec![Step::Onward { security: 0 }, oblige, quote, Step::Continue, show];
    steps.extend(percent(g, 60).then_some(Step::NextDay));
    steps
}
