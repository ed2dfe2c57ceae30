//! Two scenarios of a published matching-engine benchmark, two million messages each: the SHA-256 of the whole
//! report is the published one.
//!
//! Conventions: a modify is a cancel and, if the order lived, a new order at the end of the queue; reports stand
//! by sequence and then by type: accepted, trades, cancelled or the rest of an immediate order, modified,
//! cancel rejected, modify rejected.

use super::{Deal, Entry, Market, data};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::Side;

const RECORD: usize = 12;

struct Record {
    kind: u8,
    side: Side,
    ioc: bool,
    units: u64,
    id: u64,
    price: i64,
}

impl Record {
    fn read(bytes: &[u8]) -> Record {
        let [kind, side, ioc, units, rest @ ..] = bytes else { panic!("twelve bytes") };
        let number = |at: usize| <[u8; 4]>::try_from(&rest[at..at + 4]).expect("four bytes");
        Record {
            kind: *kind,
            side: if *side == 0 { Side::Buy } else { Side::Sell },
            ioc: *ioc != 0,
            units: u64::from(*units),
            id: u64::from(u32::from_le_bytes(number(0))),
            price: i64::from(i32::from_le_bytes(number(4))),
        }
    }
}

fn check(name: &str, published: &str) {
    let bytes = data(&format!("workload/{name}.bin.xz"));
    assert_eq!(bytes.len() % RECORD, 0);
    let records: Vec<Record> = bytes.chunks_exact(RECORD).map(Record::read).collect();
    let begun = std::time::Instant::now();
    let report = report(&records);
    let seconds = begun.elapsed().as_secs_f32();
    println!("{name}: {} messages, {} reports, {seconds} s", records.len(), report.lines().count());
    let hash = Sha256::digest(report.as_bytes());
    assert_eq!(hash.iter().map(|b| format!("{b:02x}")).collect::<String>(), published, "{name}");
}

fn report(records: &[Record]) -> String {
    let mut market = Market::new(Phase::Continuous);
    let mut out = String::new();
    for (seq, record) in records.iter().enumerate() {
        let Record { kind, side, ioc, units, id, price: ticks } = *record;
        let s = u8::from(side == Side::Sell);
        let line = &mut out;
        let entry = Entry { id, side, ticks, units, ioc: ioc && kind == 0 };
        match (kind, market.find(id)) {
            (0, _) => {
                let came = market.enter(entry);
                writeln!(line, "0,{seq},{s},{id},{ticks},{units}").expect("memory");
                trades(line, seq, &came.deals);
                if let Some(ticks) = came.cancelled_at {
                    writeln!(line, "2,{seq},{s},{id},{ticks}").expect("memory");
                }
            }
            (1, Some(_)) => {
                // Where it stands now: the message has the price from before any modify.
                let ticks = market.cancel(id);
                writeln!(line, "2,{seq},{s},{id},{ticks}").expect("memory");
            }
            (1, None) => writeln!(line, "4,{seq},{id}").expect("memory"),
            (2, Some(_)) => {
                market.cancel(id);
                let came = market.enter(entry);
                trades(line, seq, &came.deals);
                writeln!(line, "3,{seq},{s},{id},{ticks},{units}").expect("memory");
            }
            (2, None) => writeln!(line, "5,{seq},{id}").expect("memory"),
            (other, _) => panic!("kind {other}"),
        }
    }
    market.check();
    assert_eq!(out.pop(), Some('\n'), "none at the end");
    out
}

fn trades(line: &mut String, seq: usize, deals: &[Deal]) {
    for Deal { ticks, units, buyer, seller, aggressor } in deals {
        let (maker, taker) = match aggressor {
            Side::Buy => (seller, buyer),
            Side::Sell => (buyer, seller),
        };
        writeln!(line, "1,{seq},{ticks},{units},{maker},{taker}").expect("memory");
    }
}

#[test]
#[ignore = "needs the data folder"]
fn the_report_of_the_normal_scenario_has_the_published_hash() {
    check("normal", "e9b2e3926854410b01a035aeb25dd05f1e597c233be8263de9eb49b6713d367e");
}

#[test]
#[ignore = "needs the data folder"]
fn the_report_of_the_static_scenario_has_the_published_hash() {
    check("static", "9803843ee404fc29c9a0aa5614f8f0d5a58b5c44fcac9ef89067886fcaaa30d1");
}
