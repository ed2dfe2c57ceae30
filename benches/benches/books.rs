//! The three mixes on the yardstick and on the whole of `apply`.
//!
//! What is measured only goes forward: a flow is used up, so each sample continues where the last one stopped, and
//! begins anew with a fresh market when its flow is over. For ratios see the `record` binary, which takes turns.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};
use tallystick_benches::books::CHUNK;
use tallystick_benches::flow::{Flow, Step};
use tallystick_benches::generate::generate;
use tallystick_benches::market::{Market, Size};
use tallystick_benches::mix::Mix;
use tallystick_benches::programs::Rules;
use tallystick_benches::yardstick::Yardstick;

/// Steps of a flow before it begins anew.
const STEPS: usize = 200_000;

/// Times `iters` steps, chunk by chunk; what `chunk` needs before it may be timed, it does before it starts the
/// clock.
fn steps(
    iters: u64,
    flow: &Flow,
    mut fresh: impl FnMut(),
    mut chunk: impl FnMut(&[Step]) -> Duration,
) -> Duration {
    let (mut left, mut took) = (iters as usize, Duration::ZERO);
    while left > 0 {
        fresh();
        for steps in flow.steps.chunks(CHUNK) {
            let now = steps.len().min(left);
            took += chunk(&steps[..now]);
            left -= now;
            if left == 0 {
                break;
            }
        }
    }
    took
}

fn books(c: &mut Criterion) {
    let size = Size::FULL;
    let registry = Market::registry(size);
    for mix in Mix::ALL {
        let flow = generate(mix, STEPS, 1);
        let mut group = c.benchmark_group(format!("mix {}", mix.name));
        group.throughput(Throughput::Elements(1));
        group.sample_size(10).measurement_time(Duration::from_secs(2));
        group.bench_function("yardstick", |b| {
            b.iter_custom(|iters| {
                let (book, mut fills) = (std::cell::RefCell::new(Yardstick::default()), Vec::new());
                let fresh = || {
                    let mut new = Yardstick::default();
                    flow.opening.iter().for_each(|step| new.apply(step, &mut Vec::new()));
                    *book.borrow_mut() = new;
                };
                steps(iters, &flow, fresh, |steps| {
                    let mut book = book.borrow_mut();
                    let begun = Instant::now();
                    for step in steps {
                        fills.clear();
                        book.apply(black_box(step), &mut fills);
                    }
                    begun.elapsed()
                })
            });
        });
        for rules in Rules::ALL {
            group.bench_function(BenchmarkId::new("apply", rules.name()), |b| {
                b.iter_custom(|iters| {
                    let market = std::cell::RefCell::new(None);
                    let (mut commands, mut events) = (Vec::new(), Vec::new());
                    let fresh = || {
                        let mut new = Market::new(size, rules, &registry);
                        flow.opening.iter().for_each(|step| new.step(step, &mut Vec::new()));
                        *market.borrow_mut() = Some(new);
                    };
                    steps(iters, &flow, fresh, |steps| {
                        let mut market = market.borrow_mut();
                        let market = market.as_mut().expect("a fresh market");
                        market.translate(steps, &mut commands);
                        let begun = Instant::now();
                        for command in &commands {
                            events.clear();
                            market.apply(black_box(command), &mut events);
                        }
                        begun.elapsed()
                    })
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, books);
criterion_main!(benches);
