//! The answer to "how much?", and how two answers become one.

use crate::basics::Units;
use crate::reason::Reason;

/// Which quantities are allowed: `q` iff `min ≤ q ≤ upto` and `q` is a multiple of `step`, or `q = whole`.
///
/// `whole` is for the seller who leaves entirely: at a cap on holders, handing one's place to a newcomer may
/// be allowed where one unit less is not. Within one evaluation every `whole` is the same quantity, which is
/// what makes the answers closed under [`Verdict::and`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The least quantity of the interval; at least one.
    pub min: Units,
    /// The greatest quantity of the interval; less than `min` if the interval is empty.
    pub upto: Units,
    /// What the quantities of the interval are multiples of; at least one.
    pub step: Units,
    /// One more quantity that is allowed, if any.
    pub whole: Option<Units>,
    /// Why not more; `None` only where nothing restricts.
    pub reason: Option<Reason>,
}

impl Verdict {
    /// Every quantity but nought.
    pub const ALLOW: Verdict =
        Verdict { min: Units(1), upto: Units::MAX, step: Units(1), whole: None, reason: None };

    /// No quantity.
    pub fn deny(reason: Reason) -> Verdict {
        Verdict { upto: Units::ZERO, reason: Some(reason), ..Verdict::ALLOW }
    }

    /// Up to `upto`, and not more because of `reason`.
    pub fn at_most(upto: Units, reason: Reason) -> Verdict {
        Verdict { upto, reason: Some(reason), ..Verdict::ALLOW }
    }

    /// Whether `q` is allowed. Nought never is.
    pub fn allows(&self, q: Units) -> bool {
        !q.is_zero() && (self.in_interval(q) || self.whole == Some(q))
    }

    /// The largest allowed multiple of `lot`, which is at least one, that is at most `q`; nought if there is none.
    pub fn largest(&self, q: Units, lot: Units) -> Units {
        let capped = q.min(self.upto).0;
        let capped = match common_multiple(self.step.0, lot.0) {
            Some(1) => Units(capped),
            Some(step) => Units(capped - capped % step),
            // Where the multiples of both are too far apart to be counted, nought is the only one.
            None => Units::ZERO,
        };
        let interval = if capped >= self.min { capped } else { Units::ZERO };
        match self.whole {
            Some(w) if w <= q && w.0.is_multiple_of(lot.0) => interval.max(w),
            _ => interval,
        }
    }

    /// Whether no quantity at all is allowed.
    pub fn is_denied(&self) -> bool {
        self.most().is_zero()
    }

    /// What both allow. The reason is that of the one that restricts more, the first if they are level:
    /// the order of a program's rules is the order in which they are blamed.
    #[must_use]
    #[inline]
    pub fn and(self, other: Verdict) -> Verdict {
        if self.is_bound() && other.is_bound() {
            // As below, where of both there is only a bound to compare.
            let theirs = self.reason.is_none() || (other.upto < self.upto && other.reason.is_some());
            let reason = if theirs { other.reason } else { self.reason };
            return Verdict { upto: self.upto.min(other.upto), reason, ..Verdict::ALLOW };
        }
        self.and_in_full(other)
    }

    /// Whether it says no more than how much at most.
    fn is_bound(&self) -> bool {
        self.min.0 == 1 && self.step.0 == 1 && self.whole.is_none()
    }

    fn and_in_full(self, other: Verdict) -> Verdict {
        if let (Some(a), Some(b)) = (self.whole, other.whole) {
            assert!(a == b, "two verdicts of one evaluation name different wholes: {a} and {b}");
        }
        let whole = self.whole.or(other.whole).filter(|&w| self.allows(w) && other.allows(w));
        let (min, upto) = (self.min.max(other.min), self.upto.min(other.upto));
        let reason = match (self.reason, other.reason) {
            (None, reason) => reason,
            (reason, None) => reason,
            (mine, theirs) => {
                let blameless = self.allows_all() && !other.allows_all();
                if other.most() < self.most() || blameless { theirs } else { mine }
            }
        };
        match common_multiple(self.step.0, other.step.0) {
            Some(step) => Verdict { min, upto, step: Units(step), whole, reason },
            // Their first common multiple is more than can be traded.
            None => Verdict { min, upto: Units::ZERO, step: Units(1), whole, reason },
        }
    }

    fn most(&self) -> Units {
        self.largest(Units::MAX, Units(1))
    }

    fn allows_all(&self) -> bool {
        (self.min.0, self.upto, self.step.0) == (1, Units::MAX, 1)
    }

    fn in_interval(&self, q: Units) -> bool {
        self.min <= q && q <= self.upto && q.0.is_multiple_of(self.step.0)
    }
}

/// The least common multiple of two numbers that are not nought, if it can be counted.
fn common_multiple(a: u64, b: u64) -> Option<u64> {
    if a == 1 || b == 1 || a == b {
        return Some(a.max(b));
    }
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).checked_mul(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::{ReasonCode, RuleId};
    use quickcheck::{Arbitrary, Gen, quickcheck};

    fn because(rule: u16) -> Reason {
        Reason { code: ReasonCode::TransferRestricted, rule: RuleId(rule) }
    }

    #[derive(Clone, Debug)]
    struct Small {
        whole: u64,
        parts: Vec<(u64, u64, u64, bool)>,
    }
    impl Arbitrary for Small {
        fn arbitrary(g: &mut Gen) -> Small {
            let n = u64::arbitrary(g) % 4 + 1;
            let any = |g: &mut Gen| u64::arbitrary(g) % 12;
            let part = |g: &mut Gen| (any(g), any(g), any(g) % 4, bool::arbitrary(g));
            Small { whole: u64::arbitrary(g) % 12 + 1, parts: (0..n).map(|_| part(g)).collect() }
        }
        fn shrink(&self) -> Box<dyn Iterator<Item = Small>> {
            let whole = self.whole;
            Box::new(self.parts.shrink().filter(|p| !p.is_empty()).map(move |parts| Small { whole, parts }))
        }
    }
    impl Small {
        fn verdicts(&self) -> Vec<Verdict> {
            let verdict = |(i, &(min, upto, step, whole)): (usize, &(u64, u64, u64, bool))| Verdict {
                min: Units(min.max(1)),
                upto: Units(upto),
                step: Units(step.max(1)),
                whole: whole.then_some(Units(self.whole)),
                reason: Some(because(i as u16)),
            };
            self.parts.iter().enumerate().map(verdict).collect()
        }
    }

    quickcheck! {
        fn composition_allows_exactly_what_every_part_allows(small: Small) -> bool {
            let parts = small.verdicts();
            let all = parts.iter().copied().fold(Verdict::ALLOW, Verdict::and);
            (0..=20).map(Units).all(|q| all.allows(q) == parts.iter().all(|v| v.allows(q)))
        }

        fn the_largest_quantity_is_the_largest_of_all_that_are_allowed(small: Small) -> bool {
            let all = small.verdicts().into_iter().fold(Verdict::ALLOW, Verdict::and);
            (0..=20).flat_map(|q| (1..=5).map(move |lot| (q, lot))).all(|(q, lot)| {
                let multiples = (0..=q).rev().filter(|r| r % lot == 0).map(Units);
                let brute = multiples.into_iter().find(|&r| all.allows(r)).unwrap_or(Units::ZERO);
                all.largest(Units(q), Units(lot)) == brute
            })
        }
    }

    #[test]
    fn nought_is_never_allowed() {
        assert!(!Verdict::ALLOW.allows(Units::ZERO));
        assert!(Verdict { whole: Some(Units::ZERO), ..Verdict::deny(because(1)) }.is_denied());
    }

    #[test]
    fn multiples_that_are_too_far_apart_to_be_counted_leave_nothing() {
        let odd = |step| Verdict { step: Units(step), reason: Some(because(1)), ..Verdict::ALLOW };
        let (a, b) = ((1 << 40) - 1, (1 << 40) - 87);
        assert!(odd(a).and(odd(b)).is_denied());
        assert_eq!(odd(a).largest(Units::MAX, Units(b)), Units::ZERO);
        assert_eq!(odd(a).largest(Units(3 * a), Units(1)), Units(3 * a));
    }

    #[test]
    fn the_first_of_equally_strict_rules_is_blamed() {
        let both = Verdict::deny(because(1)).and(Verdict::deny(because(2)));
        assert_eq!(both.reason, Some(because(1)));
        let stricter = Verdict::at_most(Units(5), because(1)).and(Verdict::at_most(Units(4), because(2)));
        assert_eq!(stricter.reason, Some(because(2)));
        let (any, odd) = (Verdict { reason: Some(because(1)), ..Verdict::ALLOW }, Units(3));
        let third = Verdict { step: odd, reason: Some(because(2)), ..Verdict::ALLOW };
        assert_eq!(any.and(third).reason, Some(because(2)), "what allows everything is not to blame");
    }
}
