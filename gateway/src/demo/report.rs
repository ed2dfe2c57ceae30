//! The report: plain text on standard output, human numbers, what was measured and what is not there yet.

use super::Options;
use super::audit::Audited;
use super::cast::{self, ISSUES, Issue, SEATS};
use super::checks::{Check, trades};
use super::orders::{End, Order};
use super::owned::Owned;
use super::picture;
use super::place::Place;
use super::plain;
use super::proofs::{KINDS, TRUST};
use super::replayed::InFlight;
use super::signers::CHAIN;
use super::story::Told;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;
use tallystick_client::Side;
use tallystick_dsl::Security;

/// The width of the column of headings.
const HEAD: usize = 11;

/// The most that is shown of a rule.
const LONGEST_RULE: usize = 80;

/// Prints it.
pub fn print(options: &Options, place: &Place, found: Found, checks: &[Check]) {
    print!("{}", text(options, place, found, checks));
}

/// What was seen, what was found in the files, and where the picture is.
type Found<'a> = (&'a Told, Option<&'a Audited>, &'a str);

fn text(options: &Options, place: &Place, (told, audited, picture): Found, checks: &[Check]) -> String {
    let mut out = String::from("\n");
    let (investors, places) = cast::crowd();
    let sessions = SEATS.len();
    line(
        &mut out,
        "Tallystick",
        &format!(
            "a venue with {} firms, {investors} investors of {places} countries, {sessions} sessions over TCP",
            cast::FIRMS
        ),
    );
    line(&mut out, "", "its trades settle on a ledger that four validators in its process vote on");
    for issue in &ISSUES {
        let Security { class, exemption, .. } = issue.declared().security;
        line(&mut out, "", &format!("{:<8} {}, {}", issue.symbol, class.word(), exemption.text()));
        for rule in issue.rules() {
            let shown: String = rule.chars().take(LONGEST_RULE).collect();
            let more = if shown.len() < rule.len() { " …" } else { "" };
            line(&mut out, "", &format!("{:<8}   {shown}{more}", ""));
        }
    }
    out.push('\n');
    trading(&mut out, told);
    if let Some(audited) = audited {
        settlement(&mut out, told, audited);
    }
    rejects(&mut out, told);
    latency(&mut out, options, told);
    crash(&mut out, told, audited);
    out.push('\n');
    if let Some(audited) = audited {
        proofs(&mut out, audited);
    }
    for check in checks {
        let (verdict, more) = match &check.failure {
            None => ("ok", check.detail.as_str()),
            Some(why) => ("FAILED", why.as_str()),
        };
        line(&mut out, verdict, &format!("{:<55}  {more}", check.what));
    }
    out.push('\n');
    footing(&mut out, options, place, told);
    line(&mut out, "Picture", &format!("the day of {}: {picture}", picture::SYMBOL));
    out.push('\n');
    let good = checks.iter().filter(|c| c.failure.is_none()).count();
    let all = if good == checks.len() { "All".to_owned() } else { format!("{good} of") };
    let _ = writeln!(out, "{all} {} checks hold.", checks.len());
    out
}

fn trading(out: &mut String, told: &Told) {
    let orders = || told.diaries.iter().flat_map(|l| &l.orders);
    let ended = |want: fn(&End) -> bool| orders().filter(|o| o.end.as_ref().is_some_and(want)).count() as u64;
    let requests: u64 = told.diaries.iter().map(|l| l.requests).sum();
    let late = told.diaries.iter().flat_map(|l| &l.refused).filter(|r| r.over).count() as u64;
    let all = orders().count() as u64;
    line(
        out,
        "Orders",
        &format!(
            "{} new, {} changes and cancels ({} came too late)",
            grouped(all),
            grouped(requests),
            grouped(late)
        ),
    );
    line(
        out,
        "",
        &format!(
            "{} filled, {} cancelled, {} expired, {} rejected",
            grouped(ended(|e| *e == End::Filled)),
            grouped(ended(|e| matches!(e, End::Cancelled(_)))),
            grouped(ended(|e| *e == End::Expired)),
            grouped(ended(|e| matches!(e, End::Rejected(..)))),
        ),
    );
    let trades = trades(&told.diaries);
    let buys: Vec<_> = trades.values().filter_map(|(buy, _)| *buy).collect();
    let worth = |cash: u16| {
        let of = buys.iter().filter(|b| Issue::of(b.issue).cash == cash);
        let cents: i64 = of.map(|b| plain::money(b.issue, b.price, b.units)).sum();
        grouped(cents.unsigned_abs() / 100)
    };
    line(
        out,
        "Trades",
        &format!("{} matched, for {} dollars and {} euros", grouped(trades.len() as u64), worth(1), worth(2)),
    );
    let by_issue: Vec<String> = ISSUES
        .iter()
        .map(|i| format!("{} {}", i.symbol, grouped(buys.iter().filter(|b| b.issue == i.id).count() as u64)))
        .collect();
    line(out, "", &by_issue.join(", "));
}

fn settlement(out: &mut String, told: &Told, audited: &Audited) {
    let refused: u64 = audited.refused.values().sum();
    let (finals, refused) = (grouped(audited.finals), grouped(refused));
    line(out, "Settled", &format!("{finals} trades are final, {refused} were refused:"));
    for (reason, count) in &audited.refused {
        line(out, "", &format!("{:>6}  {reason}", grouped(*count)));
    }
    let at = |quantile| human(Duration::from_nanos(audited.to_final.value_at_quantile(quantile)));
    line(out, "", &format!("from match to final: p50 {}, p99 {}, longest {}", at(0.5), at(0.99), at(1.0)));
    let after = human(told.settled_after);
    line(out, "", &format!("the last ones were decided {after} after trading had ended"));
    let Owned { label, blocks, totals, credentials } = &audited.owned;
    line(out, "Ledger", label);
    line(out, "", &format!("chain {CHAIN:?}, {} blocks", grouped(*blocks)));
    line(
        out,
        "",
        &format!(
            "{} instructions to begin with: persons and claims, accounts, cash, issues, allocations",
            grouped(told.founded as u64)
        ),
    );
    line(
        out,
        "",
        &format!(
            "{credentials} investors are accredited by credentials (W3C, SD-JWT), whose hashes the ledger keeps"
        ),
    );
    let holders = totals.securities.iter().map(|s| format!("{} {}", s.symbol, s.beneficial_holders));
    line(out, "", &format!("owners at the end: {}", holders.collect::<Vec<_>>().join(", ")));
}

fn proofs(out: &mut String, audited: &Audited) {
    let bytes = || audited.verified.iter().map(|verified| verified.bytes as u64);
    let [least, most] = [bytes().min(), bytes().max()].map(|n| grouped(n.unwrap_or(0)));
    line(
        out,
        "Proven",
        &format!("by files of {least} to {most} bytes each, verified after venue and network had stopped:"),
    );
    for verified in &audited.verified {
        let mut what = verified.kind.what;
        for words in verified.words() {
            line(out, "", &format!("{what:<14} {words}"));
            what = "";
        }
    }
    out.push('\n');
}

fn rejects(out: &mut String, told: &Told) {
    let mut by_number: BTreeMap<u16, u64> = BTreeMap::new();
    let mut texts: BTreeMap<u16, &str> = BTreeMap::new();
    for diary in &told.diaries {
        texts.extend(diary.texts.iter().map(|(number, text)| (*number, text.as_str())));
        for order in &diary.orders {
            if let Some(End::Rejected(number, _)) = order.end {
                *by_number.entry(number).or_default() += 1;
            }
        }
    }
    line(out, "Rejects", " count  reason, as it went out on the wire");
    for (number, count) in by_number {
        line(out, "", &format!("{:>6}  {number:>3}  {}", grouped(count), texts[&number]));
    }
    let at = told.halt;
    line(
        out,
        "Also",
        &format!(
            "orders cancelled by what the ledger says: {} of a suspended investor, {} frozen by a court, {} withdrawn",
            told.suspension.orders.len(),
            told.court.orders.len(),
            told.withdrawal.orders.len(),
        ),
    );
    let halt = human(Duration::from_nanos(at.2 - at.1));
    line(out, "", &format!("{} halted for {halt} and reopened", Issue::of(at.0).symbol));
    let at_cap = told.diaries.iter().flat_map(|l| &l.orders).filter(|o| beyond_cap(o)).count() as u64;
    line(
        out,
        "",
        &format!(
            "{} buys of newcomers to {} beyond its {} owners got nothing",
            grouped(at_cap),
            Issue::of(cast::HARBOR).symbol,
            cast::CAP
        ),
    );
}

/// Whether this is a newcomer's buy of the fund that came to nothing.
fn beyond_cap(order: &Order) -> bool {
    let plan = &order.plan;
    let newcomer = !Issue::of(cast::HARBOR).holders.contains(&cast::owner(plan.account));
    let nothing = order.filled == 0 && !matches!(order.end, Some(End::Rejected(..)));
    plan.issue == cast::HARBOR && plan.side == Side::Buy && newcomer && nothing
}

fn latency(out: &mut String, options: &Options, told: &Told) {
    let mut all: Histogram<u64> = Histogram::new(3).expect("three digits are few");
    for diary in &told.diaries {
        all.add(&diary.latency).expect("both grow as need be");
    }
    let sent: u64 = told.diaries.iter().map(|l| l.orders.len() as u64 + l.requests).sum();
    let at = |quantile: f64| human(Duration::from_nanos(all.value_at_quantile(quantile)));
    line(
        out,
        "Latency",
        &format!(
            "p50 {}, p90 {}, p99 {}, p99.9 {}, longest {}",
            at(0.5),
            at(0.9),
            at(0.99),
            at(0.999),
            at(1.0)
        ),
    );
    line(
        out,
        "",
        &format!(
            "from sending a new order to its first report, {} orders; {} messages/s sent, {} asked for",
            grouped(all.len()),
            grouped((sent as f64 / told.traded.as_secs_f64()) as u64),
            grouped(options.rate)
        ),
    );
}

fn crash(out: &mut String, told: &Told, audited: Option<&Audited>) {
    let under_way: u64 = told.diaries.iter().map(|l| l.under_way.0).sum();
    let longest = told.diaries.iter().map(|l| l.under_way.1).max().unwrap_or_default();
    let (listening, all_back) = told.back;
    line(
        out,
        "Crash",
        &format!(
            "SIGKILL after {}; listening again after {}, all {} sessions back after {}",
            human(told.killed_after),
            human(listening),
            SEATS.len(),
            human(all_back)
        ),
    );
    line(out, "", &told.recovery.words);
    let longest =
        if under_way == 0 { String::new() } else { format!("; the longest wait was {}", human(longest)) };
    line(out, "", &format!("{} orders were under way{longest}", grouped(under_way)));
    if let Some(Audited { in_flight: InFlight { decided, undecided, longest }, .. }) = audited {
        let all = decided + undecided;
        let longest =
            if all == 0 { String::new() } else { format!("; the longest took {}", human(*longest)) };
        line(
            out,
            "",
            &format!(
                "{} trades were open: {} decided by the network already, {} not{longest}",
                grouped(all),
                grouped(*decided),
                grouped(*undecided)
            ),
        );
    }
}

fn footing(out: &mut String, options: &Options, place: &Place, told: &Told) {
    let cores = std::thread::available_parallelism().map_or(0, |n| n.get());
    let build = if cfg!(debug_assertions) { "debug build: times mean little" } else { "release build" };
    line(
        out,
        "Measured",
        &format!("venue and brokers on this one machine ({cores} cores) over loopback TCP, {build}",),
    );
    let disk = match place.is_in_memory() {
        true => "synced before anyone is told, but to a file system in memory (tmpfs): set TMPDIR to a disk",
        false => "synced to disk (fdatasync) before anyone is told",
    };
    line(out, "", &format!("everything {disk}"));
    line(out, "", &format!("{} of continuous trading, seed {}", human(told.traded), options.seed));
    if place.is_kept() {
        line(out, "Kept", &format!("{}", place.dir().display()));
        line(out, "", &format!("go on with it: tallystick serve --config {}", place.config().display()));
        line(out, "", &format!("the securities' texts: {}", place.texts().display()));
        let (balance, trust) = (place.proof(KINDS[0].file), place.proof(TRUST));
        let verify = format!("tallystick verify {} --trust {}", balance.display(), trust.display());
        line(out, "", &format!("check a proof: {verify}"));
    }
}

fn line(out: &mut String, head: &str, text: &str) {
    let _ = writeln!(out, "{}", format!("{head:<HEAD$}{text}").trim_end());
}

/// A number with a comma for every thousand.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A time with three digits and a unit.
fn human(time: Duration) -> String {
    let ns = time.as_nanos() as f64;
    let (value, unit) = match ns {
        ..1e3 => (ns, "ns"),
        ..1e6 => (ns / 1e3, "µs"),
        ..1e9 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!(["0", "999", "1,000", "12,345,678"], [0, 999, 1_000, 12_345_678].map(grouped));
        let times = [7, 1_500, 23_400, 987_654, 12_300_000, 1_234_000_000].map(Duration::from_nanos);
        assert_eq!(times.map(human), ["7.00 ns", "1.50 µs", "23.4 µs", "988 µs", "12.3 ms", "1.23 s"]);
    }
}
