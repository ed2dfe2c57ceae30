//! From one phase to another, for whoever comes late.

use tallystick_engine::phase::Phase;

/// The first step of the way from one phase to another that runs the fewest auctions, and of those the shortest.
/// `None` where there is none, or nothing to do.
///
/// A call is left through a halt where that spares its auction. No way leads through closed: day orders would expire.
pub fn first_step(from: Phase, to: Phase) -> Option<Phase> {
    way(from, to)?.first().copied()
}

/// The phases of the way, without the one that it begins in.
fn way(from: Phase, to: Phase) -> Option<Vec<Phase>> {
    // Eight phases: every way without a circle is looked at.
    let mut best: Option<(usize, Vec<Phase>)> = None;
    let mut open = vec![(0, vec![from])];
    while let Some((auctions, way)) = open.pop() {
        let here = way[way.len() - 1];
        if here == to {
            let cost = |auctions: usize, way: &Vec<Phase>| (auctions, way.len(), way.clone());
            if best.as_ref().is_none_or(|(a, w)| cost(auctions, &way) < cost(*a, w)) {
                best = Some((auctions, way));
            }
            continue;
        }
        if here == Phase::Closed && way.len() > 1 {
            continue;
        }
        for next in Phase::ALL {
            if here.leads_to(next) && !way.contains(&next) {
                let auctions = auctions + usize::from(here.uncrosses_on_leaving_for(next));
                open.push((auctions, [way.as_slice(), &[next]].concat()));
            }
        }
    }
    best.map(|(_, way)| way[1..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Phase::{
        Closed, ClosingAuction, Continuous, Halted, OpeningAuction, PostClose, PreOpen, ReopeningAuction,
    };

    #[test]
    fn a_missed_auction_is_run_only_where_continuous_trading_is_reached_no_other_way() {
        for from in Phase::ALL {
            for to in Phase::ALL {
                let Some(way) = way(from, to) else { continue };
                let mut here = from;
                let mut auctions = 0;
                for &next in &way {
                    assert!(here.leads_to(next), "{from} to {to}: {way:?}");
                    auctions += usize::from(here.uncrosses_on_leaving_for(next));
                    here = next;
                }
                assert_eq!(here, to);
                let needed = usize::from(to == Continuous && from != Continuous);
                assert_eq!(auctions, needed, "{from} to {to}: {way:?}");
            }
        }
    }

    #[test]
    fn the_ways_that_the_operating_guide_tells() {
        let cases: [(Phase, Phase, Option<&[Phase]>); 11] = [
            (Closed, PreOpen, Some(&[PreOpen])),
            (Closed, Continuous, Some(&[PreOpen, OpeningAuction, Continuous])),
            (PreOpen, Continuous, Some(&[OpeningAuction, Continuous])),
            (OpeningAuction, Continuous, Some(&[Continuous])),
            (OpeningAuction, PreOpen, Some(&[Halted, PreOpen])),
            (OpeningAuction, ClosingAuction, Some(&[Halted, ClosingAuction])),
            (ClosingAuction, Closed, Some(&[Halted, Closed])),
            (ClosingAuction, Continuous, Some(&[Halted, ReopeningAuction, Continuous])),
            (Continuous, Closed, Some(&[Closed])),
            (PostClose, Continuous, None),
            (PreOpen, PreOpen, Some(&[])),
        ];
        for (from, to, expected) in cases {
            assert_eq!(way(from, to).as_deref(), expected, "{from} to {to}");
        }
    }
}
