//! Queries with equal subtrees, which are evaluated once: values and notes are those of evaluating each of them.

#![allow(clippy::unwrap_used, reason = "a test panics where it cannot go on")]

use promql::model::{Labels, Sample};
use promql::source::MemorySource;
use promql::{Engine, EngineOptions, QueryOutput};

const STEPS: i64 = 500;

/// Gauges that nobody would take for counters, and buckets that are not monotonic.
fn source() -> MemorySource {
    let mut source = MemorySource::default();
    for series in 0..20 {
        let le = if series % 2 == 0 { "1" } else { "+Inf" };
        let pairs = [("__name__", "m"), ("i", &(series / 2).to_string()), ("le", le)];
        let labels = Labels::from_pairs(pairs);
        for step in 0..STEPS {
            let value = f64::from(i32::try_from(step * (40 - series)).unwrap());
            source.append(&labels, step * 1_000, Sample::Float(value), 0).unwrap();
        }
    }
    source
}

/// The values, and the notes with their places.
fn answer(query: &str, options: EngineOptions) -> (String, Vec<String>) {
    let query = Engine::new(options).parse(query).unwrap();
    let output: QueryOutput = query.range(&source(), 0, (STEPS - 1) * 1_000, 1_000).unwrap();
    let notes = output.annotations().iter().map(|note| note.render(query.text())).collect();
    let series = output
        .series()
        .map(|series| format!("{:?} {:?}\n", series.labels(), series.samples().collect::<Vec<_>>()));
    (series.collect(), notes)
}

#[test]
fn notes_are_told_at_the_last_of_equal_subtrees() {
    let notes = |query| answer(query, EngineOptions::default()).1;
    let counter = |place: &str| {
        let text =
            "PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket";
        format!("{text}: \"m\" ({place})")
    };
    assert_eq!(notes("rate(m[5m])"), [counter("1:6")]);
    assert_eq!(notes("rate(m[5m]) + rate(m[5m])"), [counter("1:20")]);
    assert_eq!(notes("rate(m[5m]) + sum(rate( m[5m] ))"), [counter("1:25")]);
    assert_eq!(notes("sum(rate(m[5m])) + 1 + sum(rate(m[5m]))"), [counter("1:33")]);
}

#[test]
fn what_notes_count_adds_up() {
    let count = |query| {
        let notes = answer(query, EngineOptions::default()).1;
        let [note] = notes.as_slice() else { panic!("{notes:?}") };
        assert!(note.ends_with("(1:25)"), "{note}");
        let count = note.split_once(" from ").unwrap().1;
        count.split_whitespace().find_map(|word| word.trim_end_matches(',').parse::<u64>().ok())
    };
    let once = count("histogram_quantile(0.9, m)").unwrap();
    assert_eq!(count("histogram_quantile(0.9, m) + histogram_quantile(0.9, m)"), Some(2 * once));
}

#[test]
fn where_memory_is_scarce_equal_subtrees_are_read_again_with_the_same_answer() {
    // The rows of `m` are 10,000 samples.
    let scarce = EngineOptions { max_samples: 50_000, ..EngineOptions::default() };
    for query in [
        "m + m",
        "rate(m[5m]) + rate(m[5m])",
        "sum(rate(m[5m])) + count(rate(m[5m]))",
        "-m and on (i, le) (-m > 3)",
        "(m + m) / (m + m) + (m + m)",
        "histogram_quantile(0.9, m) + histogram_quantile(0.9, m)",
        "max_over_time((m * m)[10s:1s]) - min_over_time((m * m)[10s:1s])",
    ] {
        assert_eq!(answer(query, scarce.clone()), answer(query, EngineOptions::default()), "{query}");
    }
}
