//! What is asked of a venue: on time, late, and where an operator has acted by hand.

use super::super::Calendar;
use super::calendar;
use super::world::Play;
use jiff::SignedDuration;
use quickcheck::{Arbitrary, Gen, QuickCheck};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::SecurityId;
use tallystick_journal::write_atomically;

/// The year 2026 by UTC, without holidays; 8 June is a Monday.
fn year() -> Calendar {
    calendar("UTC", "2026-01-01", "2026-12-31", "")
}

/// OAK trades continuously, ELM in calls; it is the evening before Monday.
fn sunday() -> Play {
    let play = Play::new(year(), &["OAK", "ELM"], "2026-06-07T20:00:00Z");
    assert_eq!(play.venue.0.lock().unwrap().date, 0, "nothing on a Sunday");
    play
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_day_is_followed_phase_by_phase_and_only_its_auctions_are_run() {
    let mut play = sunday();
    play.until("2026-06-09T06:00:00Z");
    assert_eq!(
        play.done(),
        [
            "day 20260608",
            "OAK pre-open",
            "ELM pre-open",
            "OAK opening-auction",
            "OAK continuous (auction run)",
            "ELM opening-auction",
            "ELM pre-open (auction run)",
            "ELM opening-auction",
            "ELM closed (auction run)",
            "OAK closing-auction",
            "OAK post-close (auction run)",
            "OAK closed",
        ]
    );
    assert_eq!(play.said(), NOTHING);
}

#[test]
fn a_halt_by_hand_is_left_to_an_operator_and_outlives_the_day() {
    let mut play = sunday();
    play.until("2026-06-08T11:00:00Z");
    play.by_hand("OAK", Phase::Halted);
    play.done();
    play.until("2026-06-08T15:58:00Z");
    assert_eq!(
        play.said(),
        ["OAK is halted, which an operator ends; the calendar's closing-auction is left out"]
    );
    play.until("2026-06-08T20:00:00Z");
    assert_eq!(
        play.said(),
        [
            "OAK is halted, which an operator ends; the calendar's post-close is left out",
            "OAK was halted when its day ended, and is closed; it stays so until an operator opens it",
        ]
    );
    assert_eq!(play.done(), ["ELM opening-auction", "ELM closed (auction run)", "OAK closed"]);
    assert!(play.rests());
    // The next day, and the one after a restart.
    play.until("2026-06-09T20:00:00Z");
    assert_eq!(play.said().len(), 1, "once a day");
    play.restart("2026-06-09T21:00:00Z");
    play.until("2026-06-10T12:00:00Z");
    assert_eq!(play.phase("OAK"), Phase::Closed);
    assert_eq!(
        play.said(),
        [
            "OAK was halted when its day closed, and stays closed until an operator opens it: `tallystick admin phase OAK \
          pre-open`"
        ]
    );
    for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
        play.by_hand("OAK", phase);
    }
    play.done();
    play.until("2026-06-11T12:00:00Z");
    assert_eq!(play.phase("OAK"), Phase::Continuous, "followed again");
    assert!(play.done().contains(&"OAK closing-auction".to_string()));
    assert_eq!(play.said(), NOTHING);
}

#[test]
fn an_interruption_ends_by_itself_and_the_calendar_goes_on_after_it() {
    let mut play = sunday();
    play.until("2026-06-08T15:50:00Z");
    play.by_timer("OAK", Phase::Halted);
    play.done();
    play.until("2026-06-08T15:56:00Z");
    play.by_timer("OAK", Phase::ReopeningAuction);
    play.until("2026-06-08T15:57:00Z");
    assert_eq!((play.done(), play.said()), (vec![], vec![]), "its closing auction waits");
    play.by_timer("OAK", Phase::Continuous);
    play.until("2026-06-08T20:00:00Z");
    assert_eq!(play.done(), ["OAK closing-auction", "OAK post-close (auction run)", "OAK closed"]);
    assert_eq!(play.said(), NOTHING);
}

#[test]
fn an_interruption_that_the_day_ends_in_is_over_with_it() {
    let mut play = sunday();
    play.until("2026-06-08T15:50:00Z");
    play.by_timer("OAK", Phase::Halted);
    play.by_timer("OAK", Phase::ReopeningAuction);
    play.done();
    play.until("2026-06-08T20:00:00Z");
    assert_eq!(play.done(), ["OAK halted", "OAK closed"], "no auction is run for the close");
    play.until("2026-06-09T12:00:00Z");
    assert_eq!(play.phase("OAK"), Phase::Continuous, "and the next day is one like any other");
    assert_eq!(play.said(), NOTHING);
}

#[test]
fn a_reopening_call_by_hand_is_an_operators_and_is_not_run_by_the_close() {
    let mut play = sunday();
    play.until("2026-06-08T15:00:00Z");
    play.by_hand("OAK", Phase::Halted);
    play.by_hand("OAK", Phase::ReopeningAuction);
    play.done();
    play.until("2026-06-08T20:00:00Z");
    assert_eq!(play.done()[1..], ["OAK halted", "OAK closed"]);
    play.until("2026-06-09T12:00:00Z");
    assert_eq!(play.phase("OAK"), Phase::Closed, "the halt had not ended");
}

#[test]
fn a_close_by_hand_lasts_for_the_day_also_after_a_restart() {
    let mut play = sunday();
    play.until("2026-06-08T14:00:00Z");
    play.by_hand("OAK", Phase::Closed);
    play.done();
    play.until("2026-06-08T15:57:00Z");
    let said = "OAK is closed before its time, or new: the calendar's closing-auction is left out. To open it today: \
                `tallystick admin phase OAK pre-open`";
    assert_eq!(play.said(), [said]);
    play.restart("2026-06-08T16:10:00Z");
    play.until("2026-06-08T20:00:00Z");
    assert_eq!(play.done(), ["ELM opening-auction", "ELM closed (auction run)"]);
    play.until("2026-06-09T12:00:00Z");
    assert_eq!(play.phase("OAK"), Phase::Continuous);
    // Closed by hand while the calendar's process is away.
    play.by_hand("OAK", Phase::Closed);
    play.restart("2026-06-09T15:58:00Z");
    assert_eq!(play.phase("OAK"), Phase::Closed);
    assert_eq!(play.said().len(), 1);
}

#[test]
fn what_an_operator_did_early_is_not_done_again() {
    let mut play = sunday();
    play.until("2026-06-08T09:27:00Z");
    play.by_hand("OAK", Phase::Continuous);
    play.by_hand("ELM", Phase::OpeningAuction);
    play.done();
    play.until("2026-06-08T10:30:00Z");
    assert_eq!(play.done(), ["ELM pre-open (auction run)"]);
    assert_eq!(play.said(), NOTHING);
}

#[test]
fn after_an_opening_auction_was_missed_a_call_of_its_own_comes_first() {
    let mut play = sunday();
    play.until("2026-06-08T06:00:00Z");
    play.restart("2026-06-08T11:00:00Z");
    assert_eq!(play.done(), ["day 20260608", "OAK pre-open", "ELM pre-open", "OAK opening-auction"]);
    play.until("2026-06-08T11:04:59Z");
    assert_eq!(play.done(), NOTHING);
    // The process ends in the call: the call begins anew.
    play.restart("2026-06-08T11:04:59Z");
    play.until("2026-06-08T11:09:58Z");
    assert_eq!(play.done(), NOTHING);
    play.until("2026-06-08T12:00:00Z");
    assert_eq!(play.done(), ["OAK continuous (auction run)"]);
    assert_eq!(play.said(), NOTHING);
}

#[test]
fn an_auction_that_was_missed_is_not_run() {
    // When the venue ends; when it is back; what is done then.
    let cases: [(&str, &str, &[&str]); 8] = [
        ("09:30:30", "09:45:00", &[]),
        ("09:55:00", "11:00:00", &[]),
        ("10:02:00", "11:00:00", &["ELM halted", "ELM pre-open"]),
        ("11:00:00", "15:02:00", &["ELM opening-auction"]),
        ("14:59:00", "15:30:00", &["ELM closed"]),
        ("15:02:00", "15:50:00", &["ELM halted", "ELM closed"]),
        ("15:57:00", "16:10:00", &["OAK halted", "OAK post-close"]),
        ("15:57:00", "20:00:00", &["OAK halted", "OAK closed"]),
    ];
    for (end, back, expected) in cases {
        let mut play = sunday();
        play.until(&format!("2026-06-08T{end}Z"));
        play.done();
        play.restart(&format!("2026-06-08T{back}Z"));
        assert_eq!(play.done(), expected, "from {end} to {back}");
        assert_eq!(play.said(), NOTHING);
        // A venue that was held up does the same.
        let mut play = sunday();
        play.until(&format!("2026-06-08T{end}Z"));
        play.done();
        play.pause(&format!("2026-06-08T{back}Z"));
        assert_eq!(play.done(), expected, "held up from {end} to {back}");
    }
}

#[test]
fn a_minute_late_is_on_time() {
    let mut play = sunday();
    play.until("2026-06-08T09:29:59Z");
    play.done();
    play.restart("2026-06-08T09:31:00Z");
    assert_eq!(play.done(), ["OAK continuous (auction run)"]);
    play.until("2026-06-08T15:59:00Z");
    play.done();
    play.restart("2026-06-08T16:00:20Z");
    assert_eq!(play.done(), ["OAK post-close (auction run)"]);
}

#[test]
fn days_that_were_missed_are_closed_and_only_the_current_one_begins() {
    let mut play = sunday();
    play.until("2026-06-08T12:00:00Z");
    play.done();
    play.restart("2026-06-11T12:00:00Z");
    assert_eq!(
        play.done(),
        ["OAK closed", "ELM closed", "day 20260611", "OAK pre-open", "ELM pre-open", "OAK opening-auction"]
    );
    play.until("2026-06-11T13:00:00Z");
    assert_eq!(play.phase("OAK"), Phase::Continuous);
    play.done();
    // Back at a weekend: closed, and no day of the past begins.
    play.restart("2026-06-14T12:00:00Z");
    assert_eq!(play.done(), ["OAK closed", "ELM closed"]);
    play.until("2026-06-15T07:00:00Z");
    assert_eq!(play.done(), ["day 20260615", "OAK pre-open"]);
    assert_eq!(play.said(), NOTHING);
}

#[test]
fn what_was_halted_when_the_venue_ended_stays_so_over_days() {
    let mut play = sunday();
    play.until("2026-06-08T12:00:00Z");
    play.by_hand("OAK", Phase::Halted);
    play.done();
    play.restart("2026-06-11T12:00:00Z");
    assert_eq!(play.done(), ["OAK closed", "ELM closed", "day 20260611", "ELM pre-open"]);
    assert_eq!(play.said().len(), 2);
    assert_eq!(play.phase("OAK"), Phase::Closed);
}

#[test]
fn a_day_that_cannot_begin_is_tried_again_each_second_and_told_once() {
    let mut play = sunday();
    play.until("2026-06-09T02:00:00Z");
    play.by_hand("OAK", Phase::PreOpen);
    play.done();
    play.until("2026-06-09T07:01:40Z");
    assert_eq!(
        play.said(),
        [
            "the trading day 2026-06-09 can't begin, and no security opens: OAK is pre-open; close it by hand. It is tried \
          again"
        ]
    );
    assert_eq!(play.venue.0.lock().unwrap().days_asked, 1, "what is known to be refused is not asked");
    assert_eq!(play.done(), NOTHING);
    play.by_hand("OAK", Phase::Closed);
    play.until("2026-06-09T12:00:00Z");
    assert_eq!(play.done()[..2], ["day 20260609", "OAK pre-open"]);
    assert_eq!(play.phase("OAK"), Phase::Continuous);
}

#[test]
fn what_is_refused_for_a_moment_is_asked_again() {
    let mut play = sunday();
    play.until("2026-06-08T12:00:00Z");
    play.done();
    play.venue.0.lock().unwrap().busy.insert(SecurityId(1));
    play.until("2026-06-08T15:55:00.5Z");
    assert_eq!(play.phase("OAK"), Phase::Continuous);
    play.until("2026-06-08T15:55:02Z");
    assert_eq!(play.phase("OAK"), Phase::ClosingAuction);
    play.until("2026-06-08T20:00:00Z");
    assert_eq!(play.said(), NOTHING);
}

#[test]
fn without_memory_what_is_closed_on_a_day_that_has_begun_stays_closed() {
    let mut play = sunday();
    play.until("2026-06-08T12:00:00Z");
    play.by_hand("OAK", Phase::Closed);
    play.done();
    write_atomically(&*play.storage, "followed.json", b"nonsense").unwrap();
    play.restart("2026-06-08T12:30:00Z");
    assert_eq!(play.done(), NOTHING);
    assert_eq!(play.said().len(), 1);
    play.until("2026-06-09T12:00:00Z");
    assert_eq!(play.phase("OAK"), Phase::Continuous);
}

#[test]
fn a_security_that_is_listed_during_the_day_opens_the_next_day() {
    let mut play = sunday();
    play.until("2026-06-08T12:00:00Z");
    let new = ("ASH".to_string(), Phase::Closed);
    play.venue.0.lock().unwrap().securities.insert(SecurityId(9), new);
    play.until("2026-06-08T20:00:00Z");
    assert_eq!(play.phase("ASH"), Phase::Closed);
    assert_eq!(play.said().len(), 1, "of its closing auction");
    play.until("2026-06-09T12:00:00Z");
    assert_eq!(play.phase("ASH"), Phase::Continuous);
}

#[test]
fn after_the_calendars_last_day_nothing_is_asked() {
    let mut play = Play::new(year(), &["OAK"], "2026-12-30T20:00:00Z");
    play.until("2026-12-31T23:00:00Z");
    assert_eq!(play.phase("OAK"), Phase::Closed);
    assert_eq!(play.said(), ["it ends on 2026-12-31: write the days after it"]);
    play.done();
    play.until("2027-02-01T12:00:00Z");
    // Operators do as they like.
    play.by_hand("OAK", Phase::PreOpen);
    play.restart("2027-02-01T13:00:00Z");
    play.storage.remove("followed.json").unwrap();
    play.restart("2027-02-01T14:00:00Z");
    play.until("2027-02-03T12:00:00Z");
    assert_eq!(play.done(), NOTHING);
    assert_eq!(play.said(), NOTHING);
}

#[test]
fn thousands_of_securities_change_phase_together() {
    let symbols: Vec<String> = (0..5_000).map(|n| format!("S{n}")).collect();
    let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
    let mut play = Play::new(year(), &symbols, "2026-06-08T05:00:00Z");
    play.until("2026-06-08T09:30:00Z");
    let venue = play.venue.0.lock().unwrap();
    assert!(venue.securities.values().all(|(_, phase)| *phase == Phase::Continuous));
    assert_eq!(venue.done.len(), 1 + 3 * 5_000);
}

#[test]
fn a_clock_that_is_set_back_repeats_nothing() {
    let mut play = sunday();
    play.until("2026-06-08T12:00:00Z");
    play.done();
    play.now = super::at("2026-06-08T08:00:00Z");
    play.until("2026-06-08T14:00:00Z");
    assert_eq!(play.done(), NOTHING);
    play.until("2026-06-08T15:55:00Z");
    assert_eq!(play.phase("OAK"), Phase::ClosingAuction);
}

/// What happens in a week.
#[derive(Clone, Debug)]
enum Happening {
    Passes(u32),
    Restart(u32),
    ByHand(bool, u8),
    Busy(bool),
}

impl Arbitrary for Happening {
    fn arbitrary(g: &mut Gen) -> Happening {
        let minutes = match u32::arbitrary(g) % 10 {
            0 => u32::arbitrary(g) % 6_000,
            1..4 => u32::arbitrary(g) % 3,
            _ => u32::arbitrary(g) % 300,
        };
        match u8::arbitrary(g) % 8 {
            0..4 => Happening::Passes(minutes),
            4 => Happening::Restart(minutes),
            5 | 6 => Happening::ByHand(bool::arbitrary(g), u8::arbitrary(g)),
            _ => Happening::Busy(bool::arbitrary(g)),
        }
    }
}

/// Whatever operators, crashes and refusals do: nothing illegal is asked and no halt is ended (the venue asserts
/// both), the calendar comes to rest, and once operators leave a security alone it is followed again.
#[test]
fn whatever_happens_no_halt_is_ended_and_the_calendar_is_followed_again() {
    fn sound(happenings: Vec<Happening>) -> bool {
        let mut play = sunday();
        play.step = SignedDuration::from_secs(40);
        let minutes = |n: &u32| SignedDuration::from_mins(i64::from(*n));
        for happening in &happenings {
            let symbol = |first: &bool| if *first { "OAK" } else { "ELM" };
            match happening {
                Happening::Passes(n) => play.until_at(play.now + minutes(n)),
                Happening::Restart(n) => play.restart_at(play.now + minutes(n)),
                Happening::ByHand(first, n) if play.venue.0.lock().unwrap().date > 0 => {
                    let symbol = symbol(first);
                    let may = |next: &Phase| play.phase(symbol).leads_to(*next);
                    let may: Vec<Phase> = Phase::ALL.into_iter().filter(may).collect();
                    play.by_hand(symbol, may[usize::from(*n) % may.len()]);
                }
                Happening::ByHand(..) => {}
                Happening::Busy(first) => {
                    let security = SecurityId(1 + u32::from(!first));
                    play.venue.0.lock().unwrap().busy.insert(security);
                }
            }
        }
        // Operators tidy up in the night: they open what was held, and close everything.
        play.until_at(play.next_day() - SignedDuration::from_mins(1));
        for symbol in ["OAK", "ELM"] {
            match play.phase(symbol) {
                Phase::Closed => {}
                _ => play.by_hand(symbol, Phase::Closed),
            }
        }
        play.until_at(play.next_day() + SignedDuration::from_mins(150));
        for symbol in ["OAK", "ELM"] {
            if play.phase(symbol) == Phase::Closed {
                play.by_hand(symbol, Phase::PreOpen);
            }
        }
        // From there to the next day, with nobody acting.
        play.until_at(play.next_day() + SignedDuration::from_mins(4 * 60));
        play.phase("OAK") == Phase::Continuous && play.phase("ELM") == Phase::PreOpen && play.rests()
    }
    // So few that the year is long enough.
    QuickCheck::new().rng(Gen::new(30)).tests(1_000).quickcheck(sound as fn(Vec<Happening>) -> bool);
}
