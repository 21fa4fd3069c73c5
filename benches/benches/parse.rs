//! Text to checked query.

use criterion::{Criterion, criterion_group, criterion_main};
use promql::{Engine, EngineOptions, Features};
use promql_benches::queries::PARSER;
use std::hint::black_box;

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    group.sample_size(30).measurement_time(std::time::Duration::from_millis(500));
    group.warm_up_time(std::time::Duration::from_millis(200));
    let engine = Engine::new(EngineOptions { features: Features::all(), ..EngineOptions::default() });
    for input in PARSER {
        group.bench_function(*input, |b| b.iter(|| engine.parse(black_box(input)).is_ok()));
    }
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
