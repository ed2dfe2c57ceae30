//! Where units come from.

use tallystick_rules::{History, Path, Source, Time};

/// Of units that somebody has: how they may have come to it.
pub fn history(acquired: Time, restricted: bool, kind: u8) -> History {
    let of_issue = History::of_issue(acquired, restricted);
    let earlier = |days: u64| Time(of_issue.acquired.0.saturating_sub(days * Time::DAY_NS));
    let bought = History { source: Source::Holder, ..of_issue };
    match kind % 7 {
        0..=1 => of_issue,
        2 => History { issued: earlier(400), path: Path::Section4a7, ..bought },
        3 => History { issued: earlier(30), source: Source::Affiliate, ..of_issue },
        4 => History { paid: false, ..of_issue },
        5 => History { issued: earlier(30), path: Path::RegCf, ..bought },
        _ => History { issued: earlier(1), path: Path::Rule144, restricted: false, ..bought },
    }
}
