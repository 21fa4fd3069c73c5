//! The range queries of Prometheus' engine benchmark over an in-memory source, on one thread: parse, plan and
//! evaluate, as upstream times them.

use criterion::{Criterion, criterion_group, criterion_main};
use promql::model::Millis;
use promql::source::MemorySource;
use promql::{Engine, EngineOptions, Features};
use promql_benches::data::{INTERVAL, SAMPLES, range_query_data};
use promql_benches::queries;
use std::time::Duration;

fn run(engine: &Engine, source: &MemorySource, query: &str, steps: Millis) -> usize {
    let end = INTERVAL * Millis::try_from(SAMPLES).expect("a small number");
    let query = engine.parse(query).expect("the benchmark's queries are right");
    let answer =
        query.range(source, end - steps * INTERVAL, end, INTERVAL).expect("the query can be evaluated");
    answer.series().count()
}

fn range_query(c: &mut Criterion) {
    let source = range_query_data();
    let features = Features { experimental_functions: true, ..Features::default() };
    let engine = Engine::new(EngineOptions { threads: 1, features, ..EngineOptions::default() });
    let mut group = c.benchmark_group("range_query");
    group
        .sample_size(10)
        .measurement_time(Duration::from_millis(300))
        .warm_up_time(Duration::from_millis(100));
    let large = |query: &str| query.contains("_hundred") || !query.contains("_one");
    for (query, steps) in queries::range().filter(|(query, _)| large(query)) {
        group.bench_function(format!("{query} steps={steps}"), |b| {
            b.iter(|| run(&engine, &source, &query, steps));
        });
    }
    group.finish();
}

criterion_group!(benches, range_query);
criterion_main!(benches);
