//! What people read.

use super::super::{Calendar, EXAMPLE};
use jiff::civil::date;
use std::path::Path;

#[test]
fn coming_days_are_shown_in_local_time_and_utc_with_what_is_special_about_them() {
    let calendar = Calendar::parse(Path::new("calendar.toml"), EXAMPLE).unwrap();
    assert_eq!(
        calendar.show(date(2026, 11, 26), 3, Some("OAK")),
        "\
2026-11-26 Thursday   holiday: Thanksgiving Day
2026-11-27 Friday     half day: Day after Thanksgiving
  continuous  07:00:00  2026-11-27 12:00:00 UTC  pre-open
  continuous  09:25:00  2026-11-27 14:25:00 UTC  opening-auction
  continuous  09:30:00  2026-11-27 14:30:00 UTC  continuous
  continuous  12:55:00  2026-11-27 17:55:00 UTC  closing-auction
  continuous  13:00:00  2026-11-27 18:00:00 UTC  post-close
  continuous  13:30:00  2026-11-27 18:30:00 UTC  closed
2026-11-28 Saturday   no trading
"
    );
    let all = calendar.show(date(2026, 12, 31), 2, None);
    assert!(all.contains("\n  auctions    09:00:00  2026-12-31 14:00:00 UTC  pre-open\n"), "{all}");
    assert!(all.ends_with("\n2027-01-01 Friday     outside the calendar\n"), "{all}");
}

#[test]
fn a_summary_counts_the_days_and_says_who_has_which_hours() {
    let calendar = Calendar::parse(Path::new("calendar.toml"), EXAMPLE).unwrap();
    let summary = calendar.summary();
    let rest = summary.split_once('\n').unwrap().1;
    // 365 days, 104 of them Saturdays and Sundays, and ten holidays.
    assert_eq!(
        rest,
        "\
days       2026-01-01 to 2026-12-31: 251 trading days, 2 of them half days; 10 holidays
schedule   continuous: every other security
schedule   auctions: no security
"
    );
}
