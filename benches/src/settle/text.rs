//! The section of a record about settlement, and its aims.

use super::{Amount, Results};
use crate::measure::Quantiles;
use crate::record::{Aim, judged, ratio, unmeasured};
use std::fmt::{Result, Write};

/// How many final transfers a second are aimed for.
const PER_SECOND: f64 = 10_000.0;
/// What a transfer among the many may cost, to one among the few.
const MOST: f64 = 1.5;
/// How many those are.
const HOLDERS: [u32; 2] = [10_000, 1_000_000];

/// The aims. The number of holders is part of them: with another they are not measured.
pub fn aims(amount: &Amount, results: &Results) -> Vec<Aim> {
    let what = "Settlement, four validators in one process, durable";
    let aim = "10,000 final transfers/s";
    let mut aims = Vec::new();
    let best = results.finality.iter().max_by(|a, b| a.loaded.per_second.total_cmp(&b.loaded.per_second));
    let enough = amount.holders.first().is_some_and(|holders| *holders >= HOLDERS[0]);
    aims.push(match best.filter(|_| enough) {
        Some(best) => {
            let found = format!(
                "{:.0}/s in batches of {}, p50 / p99 {} ms",
                best.loaded.per_second,
                best.size,
                millis(&best.loaded.latency)
            );
            judged(what.into(), aim.into(), found, best.loaded.per_second >= PER_SECOND)
        }
        None => unmeasured(what, aim),
    });
    let (what, aim) = ("Settlement, a transfer at 10⁶ holders", "at most 1.5 × one at 10⁴");
    let ratios = results.work.iter().filter_map(|work| Some((work.size, work.ratio.as_ref()?.median)));
    let worst = ratios.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|_| amount.holders == HOLDERS);
    aims.push(match worst {
        Some((size, times)) => {
            let found = format!("{times:.2} × in batches of {size}");
            judged(what.into(), aim.into(), found, times <= MOST)
        }
        None => unmeasured(what, aim),
    });
    aims
}

/// The section.
pub fn write(amount: &Amount, results: &Results, out: &mut String) -> Result {
    writeln!(out, "\n## Settlement\n")?;
    for made in &results.made {
        let how = match made.seconds {
            0.0 => "made earlier".to_string(),
            seconds => format!("made in {seconds:.0} s"),
        };
        let mib = made.bytes >> 20;
        writeln!(
            out,
            "- {} holders, each with units and cash under standing allocations: {} blocks, a store of {mib} MiB, {how}",
            made.holders, made.height
        )?;
    }
    write_finality(amount, results, out)?;
    write_work(amount, results, out)?;
    write_proofs(amount, results, out)
}

fn write_finality(amount: &Amount, results: &Results, out: &mut String) -> Result {
    let rounds = amount.finality.rounds;
    let holders = amount.holders.first().copied().unwrap_or_default();
    writeln!(
        out,
        "\n### Final\n\nFour validators in one process among {holders} holders, {rounds} rounds, new copies of the stores in each. A height has one"
    )?;
    writeln!(
        out,
        "batch; every validator carries it out, compares the roots and makes it durable; every receipt was one of a"
    )?;
    writeln!(
        out,
        "transfer carried out. Batches are signed before their turn. Time is the time of day, from submission until"
    )?;
    writeln!(
        out,
        "the height stands. Alone: one batch at a time; loaded: the next waits already. One durable write took"
    )?;
    writeln!(out, "{} ms (p50 / p99).\n", millis(&results.write))?;
    writeln!(
        out,
        "| batch | alone: transfers/s | p50 / p99 / max ms | loaded: transfers/s, median (least to most) | p50 / p99 / max ms |"
    )?;
    writeln!(out, "|---|---|---|---|---|")?;
    for batches in &results.finality {
        let (alone, loaded) = (&batches.alone, &batches.loaded);
        let least = loaded.turns.iter().copied().fold(f64::INFINITY, f64::min);
        let most = loaded.turns.iter().copied().fold(0.0, f64::max);
        let [a, b] = [alone, loaded]
            .map(|pace| format!("{} / {:.1}", millis(&pace.latency), pace.latency.max as f64 / 1e6));
        writeln!(
            out,
            "| {} | {:.0} | {a} | {:.0} ({least:.0} to {most:.0}) | {b} |",
            batches.size, alone.per_second, loaded.per_second
        )?;
    }
    Ok(())
}

fn write_work(amount: &Amount, results: &Results, out: &mut String) -> Result {
    let super::work::Amount { rounds, transfers, .. } = amount.work;
    writeln!(
        out,
        "\n### One validator's work\n\n{rounds} rounds of about {transfers} transfers between any two holders; µs a transfer. Processor time of the"
    )?;
    writeln!(
        out,
        "thread, and by the time of day where that is said. Ratios: the most holders to the fewest.\n"
    )?;
    writeln!(out, "| batch | holders | propose | check | commit | check + commit by the time of day |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for work in &results.work {
        for costs in &work.costs {
            let [propose, check, commit, by_day] =
                [costs.propose, costs.check, costs.commit, costs.by_day].map(|ns| ns / 1e3);
            writeln!(
                out,
                "| {} | {} | {propose:.1} | {check:.1} | {commit:.1} | {by_day:.1} |",
                work.size, costs.holders
            )?;
        }
    }
    writeln!(out)?;
    for work in &results.work {
        let (Some(of), Some(proposing), Some(by_day)) = (&work.ratio, &work.proposing, &work.by_day) else {
            continue;
        };
        writeln!(
            out,
            "- batches of {}: check and commit {}, propose and commit {}; check and commit by the time of day {}",
            work.size,
            ratio(of),
            ratio(proposing),
            ratio(by_day)
        )?;
    }
    Ok(())
}

fn write_proofs(amount: &Amount, results: &Results, out: &mut String) -> Result {
    let super::proofs::Amount { rounds, each, block } = amount.proofs;
    writeln!(
        out,
        "\n### Proofs\n\n{rounds} rounds of {each} of each kind, off blocks of {block} transfers; µs of processor time. Ratios: the most"
    )?;
    writeln!(out, "holders to the fewest.\n")?;
    writeln!(
        out,
        "| proof | holders | bytes, median / most | build | verify | ratio of build | of verify |\n|---|---|---|---|---|---|---|"
    )?;
    for proofs in &results.proofs {
        for (n, of) in proofs.of.iter().enumerate() {
            let text = |of: &Option<_>| of.as_ref().filter(|_| n > 0).map(ratio).unwrap_or_default();
            let (build, verify) = (of.build / 1e3, of.verify / 1e3);
            writeln!(
                out,
                "| {} | {} | {:.0} / {} | {build:.0} | {verify:.0} | {} | {} |",
                proofs.kind,
                of.holders,
                of.bytes,
                of.most_bytes,
                text(&proofs.build),
                text(&proofs.verify)
            )?;
        }
    }
    Ok(())
}

fn millis(latency: &Quantiles) -> String {
    format!("{:.1} / {:.1}", latency.p50 as f64 / 1e6, latency.p99 as f64 / 1e6)
}
