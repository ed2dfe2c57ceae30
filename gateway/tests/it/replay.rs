//! `tallystick replay`, as it is called from a shell.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tallystick_gateway::replay::day::{Act, Day};
use tempfile::TempDir;

const HEADER: &str = "time,phase,kind,order_id,side,price_ticks,qty\n";
const TRADES: &str = "price_ticks,qty,buy_order_id,sell_order_id\n";

/// An opening auction, continuous trading, a cancel in time and one too late, a closing auction.
const DAY: &str = "\
09:15:00.000,auction,new,1,buy,1000,100
09:15:00.100,auction,new,2,sell,995,60
09:15:00.200,auction,new,3,sell,1000,30
09:15:00.300,auction,new,4,buy,990,10
09:15:01.000,auction,cancel,4,buy,990,10
09:25:00.010,auction,uncross,,,,
09:30:00.000,continuous,new,5,sell,1000,15
09:30:00.000,continuous,new,6,buy,1002,3
09:30:01.5,continuous,cancel,5,sell,1000,2
09:30:02,continuous,cancel,5,,,
14:57:00.000,auction,new,7,buy,985,20
14:57:00.000,auction,new,18446744073709551615,sell,985,25
15:00:00.690,auction,uncross,,,,
";
const DAY_TRADES: &str = "1000,60,1,2\n1000,30,1,3\n1000,10,1,5\n1000,3,6,5\n985,20,7,18446744073709551615\n";

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { folder: tempfile::tempdir().expect("a temporary directory") }
    }

    fn with(lines: &str) -> Bench {
        let bench = Bench::new();
        fs::write(bench.at("orders.csv"), format!("{HEADER}{lines}")).expect("written");
        bench
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn replay(&self, more: &[&str]) -> Output {
        replay(&self.at("orders.csv"), &self.at("trades.csv"), self.folder.path(), more)
    }

    fn trades(&self) -> String {
        fs::read_to_string(self.at("trades.csv")).expect("the trades are there")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("readable");
        let mut names: Vec<String> =
            entries.map(|e| e.expect("readable").file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        names
    }
}

fn replay(orders: &Path, trades: &Path, temporary: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
    command.arg("replay").arg("--orders").arg(orders).arg("--trades").arg(trades);
    command.args(more).env("TMPDIR", temporary).output().expect("the binary runs")
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert_eq!(err, "", "nothing to complain of, and no bar where there is no terminal");
    out.into_owned()
}

#[track_caller]
fn fails(output: &Output) -> String {
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    err
}

const WAYS: [&[&str]; 5] = [
    &["--via", "engine"],
    &["--via", "gateway"],
    &["--durability", "memory", "--window", "1"],
    &["--threads", "1"],
    &["--threads", "4", "--durability", "memory"],
];

#[test]
fn a_day_gives_the_same_trades_in_every_way_it_can_be_played() {
    for way in WAYS {
        let bench = Bench::with(DAY);
        let said = succeeds(&bench.replay(way));
        assert_eq!(bench.trades(), format!("{TRADES}{DAY_TRADES}"), "{way:?}");
        assert!(said.contains("8 orders, 3 cancels (1 too late), 2 auctions: 5 trades in "), "{said}");
        assert!(said.contains("p99.9"), "{said}");
        assert_eq!(said.contains(" batches, "), !way.contains(&"engine"), "{said}");
        assert_eq!(bench.names(), ["orders.csv", "trades.csv"], "{way:?}: nothing is left behind");
    }
}

#[test]
fn a_day_may_begin_in_continuous_trading() {
    for way in WAYS {
        let bench = Bench::with("10:00:00,continuous,new,1,sell,1,7\n10:00:00,continuous,new,2,buy,1,9\n");
        succeeds(&bench.replay(way));
        assert_eq!(bench.trades(), format!("{TRADES}1,7,2,1\n"), "{way:?}");
    }
}

#[test]
fn an_auction_that_is_not_uncrossed_makes_no_trades() {
    for way in WAYS {
        let bench = Bench::with("10:00:00,auction,new,1,sell,5,7\n10:00:00,auction,new,2,buy,5,7\n");
        succeeds(&bench.replay(way));
        assert_eq!(bench.trades(), TRADES, "{way:?}");
    }
}

#[test]
fn a_day_without_orders_has_no_trades() {
    for way in WAYS {
        let bench = Bench::with("");
        succeeds(&bench.replay(way));
        assert_eq!(bench.trades(), TRADES, "{way:?}");
    }
}

#[test]
fn an_auction_of_thousands_of_trades_comes_through() {
    let bench = Bench::new();
    let mut lines = String::from(HEADER);
    for order in 0..6_000 {
        let (buy, sell) = (2 * order + 1, 2 * order + 2);
        lines += &format!("09:15:00,auction,new,{buy},buy,10,1\n09:15:00,auction,new,{sell},sell,10,1\n");
    }
    lines += "09:25:00,auction,uncross,,,,\n";
    fs::write(bench.at("orders.csv"), lines).expect("written");
    succeeds(&bench.replay(&[]));
    let expected = (0..6_000).map(|order| format!("10,1,{},{}\n", 2 * order + 1, 2 * order + 2));
    assert!(bench.trades() == format!("{TRADES}{}", expected.collect::<String>()), "all of them, in order");
}

#[test]
fn a_compressed_file_is_known_by_its_name_or_by_its_first_bytes() {
    // `xz -9e` of a sell of 5 and a buy of 3 at 1000 ticks.
    const XZ: &str = "fd377a585a0000016922de36020021011c00000010cf58cce00078005f5d003a1a49fae09dc271769286fa9313bcc3\
        2cb6a84d769113788560fe12e491b4d98703ff4b99fe5c43302d7c02ea23596cbc449146bccb79e3bbff4d1094de1e7b272be185f9\
        267d8939bddd066cdf4d28a0d19d589edb0cc9b57e60b462000000003d80532900017779829321699042990d010000000001595a";
    let hex = |at: usize| u8::from_str_radix(&XZ[at..at + 2], 16).expect("hexadecimal");
    let bytes: Vec<u8> = (0..XZ.len()).step_by(2).map(hex).collect();
    let bench = Bench::new();
    for name in ["orders.csv.xz", "orders.csv"] {
        fs::write(bench.at(name), &bytes).expect("written");
        let output =
            replay(&bench.at(name), &bench.at("trades.csv"), bench.folder.path(), &["--via", "engine"]);
        succeeds(&output);
        assert_eq!(bench.trades(), format!("{TRADES}1000,3,2,1\n"), "{name}");
    }
    fs::write(bench.at("cut.xz"), &bytes[..100]).expect("written");
    fs::write(bench.at("plain.xz"), HEADER).expect("written");
    for name in ["cut.xz", "plain.xz"] {
        let output =
            replay(&bench.at(name), &bench.at("trades.csv"), bench.folder.path(), &["--via", "engine"]);
        let said = fails(&output);
        assert!(said.contains(&format!("{name} is no intact .xz file")), "{said}");
    }
}

#[test]
fn a_bad_line_is_named_with_what_is_wrong_and_what_is_expected() {
    let good = "10:00:00,continuous,new,1,buy,100,5";
    let bad = [
        ("", "found an empty line; expected the seven of time,phase,kind"),
        ("10:00:00,continuous,new,2,buy,100", "found 6 fields"),
        ("10:00:00,continuous,new,2,buy,100,5,", "found 8 fields"),
        ("10:00,continuous,new,2,buy,100,5", "the time is \"10:00\"; expected HH:MM:SS.mmm"),
        ("24:00:00,continuous,new,2,buy,100,5", "the time is"),
        ("10:00:+1,continuous,new,2,buy,100,5", "the time is"),
        ("10:00:00.,continuous,new,2,buy,100,5", "the time is"),
        ("10:00:00.0000000001,continuous,new,2,buy,100,5", "the time is"),
        (
            "09:59:59,continuous,new,2,buy,100,5",
            "09:59:59 is earlier than line 2; expected lines in the order of time",
        ),
        ("10:00:00,lunch,new,2,buy,100,5", "the phase is \"lunch\"; expected auction or continuous"),
        ("10:00:00,continuous,modify,2,buy,100,5", "the kind is \"modify\"; expected new, cancel or uncross"),
        ("10:00:00,continuous,new,x,buy,100,5", "order_id is \"x\"; expected a whole number"),
        ("10:00:00,continuous,new,+2,buy,100,5", "order_id is \"+2\""),
        ("10:00:00,continuous,new,18446744073709551616,buy,100,5", "order_id is"),
        (
            "10:00:00,continuous,new,1,sell,100,5",
            "order 1 was entered on line 2; expected an order_id of its own",
        ),
        ("10:00:00,continuous,new,2,BUY,100,5", "the side is \"BUY\"; expected buy or sell"),
        ("10:00:00,continuous,new,2,buy,0,5", "price_ticks is \"0\"; expected a whole number from 1"),
        ("10:00:00,continuous,new,2,buy,1.5,5", "price_ticks is \"1.5\""),
        ("10:00:00,continuous,new,2,buy,100,0", "qty is \"0\"; expected a whole number from 1"),
        ("10:00:00,continuous,new,2,buy,100,-5", "qty is \"-5\""),
        ("10:00:00,continuous,new,2,buy,1000000000,1099511627776", "passes what money can hold"),
        ("10:00:00,continuous,cancel,2,buy,100,5", "no line before this one enters order 2"),
        ("10:00:00,continuous,cancel,1,sell,100,5", "sell is not the side of order 1 (line 2)"),
        ("10:00:00,continuous,uncross,,,,", "uncross in continuous trading"),
        ("10:00:00,auction,uncross,1,,,", "an uncross concerns no order"),
        (
            "10:00:00,auction,new,2,buy,100,5\n10:00:00,continuous,new,3,buy,100,5",
            "since no uncross came after it (line 3)",
        ),
    ];
    for (line, expected) in bad {
        let text = format!("{HEADER}{good}\n{line}\n");
        let error = Day::parse("orders.csv", text.as_bytes()).expect_err(line).to_string();
        let number = 2 + line.split('\n').count();
        assert!(error.starts_with(&format!("orders.csv:{number}: ")), "{line}: {error}");
        assert!(error.contains(expected) && error.contains("expected"), "{line}: {error}");
    }
    let error =
        Day::parse("x", format!("{HEADER}\u{1b}[2J{}\n", "é".repeat(500)).as_bytes()).expect_err("garbage");
    assert!(error.to_string().len() < 200 && !error.to_string().contains('\u{1b}'), "{error}");
    for bytes in [&b""[..], b"a,b,c\n", b"\xEF\xBB\xBFtime\n", b"\x1F\x8B\x08\xFF"] {
        let error = Day::parse("x", bytes).expect_err("no header").to_string();
        assert!(error.starts_with("x:1: "), "{error}");
    }
}

#[test]
fn lines_may_end_as_on_windows_and_the_last_one_not_at_all() {
    let unix = Day::parse("x", format!("{HEADER}{DAY}").as_bytes()).expect("good");
    let windows = format!("{HEADER}{DAY}").replace('\n', "\r\n");
    assert_eq!(Day::parse("x", windows.as_bytes()).expect("good"), unix);
    assert_eq!(Day::parse("x", format!("{HEADER}{DAY}").trim_end().as_bytes()).expect("good"), unix);
    let phases = unix.steps.iter().filter(|step| matches!(step.act, Act::Phase(_)));
    assert_eq!(phases.count(), 6, "pre-open, auction, continuous, halted, auction, closed");
}

#[test]
fn the_trades_of_before_stay_when_a_day_cannot_be_played() {
    let bench = Bench::with(&format!("{DAY}15:00:01,auction,new,99,buy,none,1\n"));
    fs::write(bench.at("trades.csv"), "of yesterday").expect("written");
    for way in WAYS {
        let said = fails(&bench.replay(way));
        assert!(said.contains("orders.csv:15: price_ticks is \"none\""), "{said}");
        assert_eq!(bench.trades(), "of yesterday");
        assert_eq!(bench.names(), ["orders.csv", "trades.csv"], "and nothing is left behind");
    }
}

#[test]
fn an_order_that_the_venue_does_not_let_stand_ends_the_replay_with_its_line() {
    // More resting orders than one step may examine.
    let sells: String = (1..=4_097).map(|n| format!("10:00:00,continuous,new,{n},sell,100,1\n")).collect();
    let sweep = format!("{sells}10:00:01,continuous,new,9999,buy,100,4097\n");
    // More cash than the buyer can have.
    let dear = format!("10:00:00,continuous,new,1,sell,1000000000,2300000000\n{}", {
        let buys = (2..=6).map(|n| format!("10:00:00,continuous,new,{n},buy,999999999,2300000000\n"));
        buys.collect::<String>()
    });
    for (lines, expected) in [
        (sweep, "orders.csv:4099: the venue ended this order: more resting"),
        (dear, "orders.csv:7: the venue refused this order: "),
    ] {
        let bench = Bench::with(&lines);
        for way in [["--via", "engine"], ["--via", "gateway"]] {
            let said = fails(&bench.replay(&way));
            assert!(said.contains(expected), "{said}");
            assert_eq!(bench.names(), ["orders.csv"], "{way:?}");
        }
    }
}

#[test]
fn the_orders_are_never_overwritten() {
    let bench = Bench::with(DAY);
    let orders = bench.at("orders.csv");
    std::os::unix::fs::symlink(&orders, bench.at("soft.csv")).expect("linked");
    fs::hard_link(&orders, bench.at("hard.csv")).expect("linked");
    for name in ["orders.csv", "soft.csv", "hard.csv"] {
        let said = fails(&replay(&orders, &bench.at(name), bench.folder.path(), &["--via", "engine"]));
        assert!(said.contains("is the file that is read; write to another one"), "{name}: {said}");
    }
    assert_eq!(fs::read_to_string(orders).expect("readable"), format!("{HEADER}{DAY}"));
}

#[test]
fn what_is_no_ordinary_file_is_written_to_and_not_replaced() {
    let bench = Bench::with(DAY);
    let run =
        |to: &str| replay(&bench.at("orders.csv"), Path::new(to), bench.folder.path(), &["--via", "engine"]);
    succeeds(&run("/dev/null"));
    assert!(!fs::metadata("/dev/null").expect("there").is_file());
    assert!(succeeds(&run("/dev/stdout")).starts_with(&format!("{TRADES}{DAY_TRADES}")));
    fs::write(bench.at("real.csv"), "").expect("written");
    std::os::unix::fs::symlink(bench.at("real.csv"), bench.at("trades.csv")).expect("linked");
    succeeds(&bench.replay(&["--via", "engine"]));
    assert!(fs::symlink_metadata(bench.at("trades.csv")).expect("there").is_symlink());
    assert_eq!(fs::read_to_string(bench.at("real.csv")).expect("there"), format!("{TRADES}{DAY_TRADES}"));
}

#[test]
fn places_that_cannot_be_written_are_told_before_the_day_is_played() {
    let bench = Bench::with(DAY);
    let orders = bench.at("orders.csv");
    let run = |trades: &Path, more: &[&str]| fails(&replay(&orders, trades, bench.folder.path(), more));
    assert!(run(bench.folder.path(), &[]).contains("is a directory; name a file in it"));
    assert!(run(&bench.at("no/such/trades.csv"), &[]).contains("check that its directory exists"));
    let full = bench.folder.path().to_str().expect("UTF-8");
    assert!(run(&bench.at("trades.csv"), &["--data", full]).contains("the directory is not empty"));
    assert_eq!(bench.names(), ["orders.csv"]);
}

/// Three stocks of the Shanghai exchange.
const STOCKS: [&str; 3] = ["600761", "601825", "605580"];

/// A day of a real exchange, against every trade that it made.
fn day_of(stock: &str, more: &[&str]) {
    let folder = std::env::var_os("TALLYSTICK_DATA").expect("TALLYSTICK_DATA names the data folder");
    let file = |kind: &str| PathBuf::from(&folder).join(format!("sse/{stock}.{kind}.csv.xz"));
    let expected = file("trades");
    let bytes = fs::read(&expected).unwrap_or_else(|e| panic!("{}: {e}", expected.display()));
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut lzma_rust2::XzReader::new(bytes.as_slice(), true), &mut plain)
        .expect("intact");
    let bench = Bench::new();
    let output = replay(&file("commands"), &bench.at("trades.csv"), bench.folder.path(), more);
    println!("{stock} {more:?}\n{}", succeeds(&output));
    assert!(fs::read(bench.at("trades.csv")).expect("there") == plain, "{stock} {more:?}: byte for byte");
}

#[test]
#[ignore = "needs the data folder"]
fn the_engine_makes_the_trades_of_three_real_days() {
    STOCKS.iter().for_each(|stock| day_of(stock, &["--via", "engine"]));
}

#[test]
#[ignore = "needs the data folder"]
fn a_venue_over_tcp_makes_the_trades_of_three_real_days() {
    STOCKS.iter().for_each(|stock| day_of(stock, &["--via", "gateway"]));
}
