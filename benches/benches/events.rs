//! What the rolling hash of events costs, for each event of mix (b).

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use tallystick_benches::events::{fold, of};
use tallystick_benches::generate::generate;
use tallystick_benches::market::{Market, Size};
use tallystick_benches::mix::Mix;
use tallystick_benches::programs::Rules;

fn digest(c: &mut Criterion) {
    let flow = generate(Mix::B.smaller(10), 4_000, 1);
    let mut market = Market::new(Size::SMALL, Rules::Valid, &Market::registry(Size::SMALL));
    of(&mut market, &flow.opening);
    let events = of(&mut market, &flow.steps);
    let mut group = c.benchmark_group("events");
    group.throughput(Throughput::Elements(events.len() as u64));
    let mut buffer = Vec::new();
    group.bench_function("digest of mix b", |b| b.iter(|| fold(0, black_box(&events), &mut buffer)));
    group.bench_function("encoding alone", |b| {
        b.iter(|| {
            for event in &events {
                buffer.clear();
                borsh::to_writer(&mut buffer, black_box(event)).expect("memory");
            }
            buffer.len()
        });
    });
    group.finish();
}

criterion_group!(benches, digest);
criterion_main!(benches);
