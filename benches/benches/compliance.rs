//! The rules alone: the question at entry and the question of the match, on two who may trade.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use tallystick_benches::compliance::{NOW, facts, two};
use tallystick_benches::programs::Rules;
use tallystick_engine::rules::{Program, Who, entry, pair};

fn compliance(c: &mut Criterion) {
    let [buyer, seller] = two();
    let mut group = c.benchmark_group("compliance");
    for rules in Rules::ALL {
        let program = Program::new(rules.rules()).expect("a program");
        group.bench_function(BenchmarkId::new("pair", rules.name()), |b| {
            b.iter(|| pair(&program, &black_box(facts(Some(&buyer), Some(&seller)))));
        });
        group.bench_function(BenchmarkId::new("entry", rules.name()), |b| {
            b.iter(|| entry(&program, Who::Buyer, black_box(Some(&buyer)), NOW));
        });
    }
    group.finish();
}

criterion_group!(benches, compliance);
criterion_main!(benches);
