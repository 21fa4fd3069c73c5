//! How time grows: with the length of windows, where it should hardly, and with the size of the work, where it should
//! no faster.
//!
//! All data is in memory, so that nothing is decoded, and everything runs on one thread.

use promql::model::{Labels, LabelsEdit, Millis, Sample};
use promql::source::MemorySource;
use promql::{Engine, EngineOptions, Query, Run};
use promql_benches::data::{INTERVAL, SAMPLES};
use promql_benches::table::{ratio, table, time};
use promql_benches::timing::{fastest, nanos_since};
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BUDGET: Duration = Duration::from_millis(300);
const WINDOWS: [&str; 4] = ["1m", "10m", "2h", "1d"];
/// `X` stands for the range vector.
const OVER_WINDOWS: [&str; 13] = [
    "rate(X)",
    "increase(X)",
    "delta(X)",
    "rate(X smoothed)",
    "changes(X)",
    "resets(X)",
    "min_over_time(X)",
    "max_over_time(X)",
    "sum_over_time(X)",
    "avg_over_time(X)",
    "stddev_over_time(X)",
    "count_over_time(X)",
    "quantile_over_time(0.9, X)",
];
/// Series in the table of windows.
const SERIES: usize = 10;
const STEPS: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    windows(&mut text)?;
    sizes(&mut text)?;
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

/// The time of an output as the window grows.
fn windows(text: &mut String) -> Result<(), Box<dyn Error>> {
    let source = series("m", SERIES, SAMPLES)?;
    let end = INTERVAL * Millis::try_from(SAMPLES)?;
    let run = Run::range(end - INTERVAL * Millis::try_from(STEPS)?, end, INTERVAL);
    let mut rows = Vec::new();
    for function in OVER_WINDOWS {
        let mut row = vec![format!("`{function}`")];
        let mut nanos = Vec::new();
        for window in WINDOWS {
            let query = parse(&function.replace('X', &format!("m[{window}]")))?;
            nanos.push(shortest(&query, &source, &run)? / real(SERIES * (STEPS + 1)));
        }
        row.extend(nanos.iter().map(|nanos| format!("{nanos:.1} ns")));
        row.push(ratio(nanos[nanos.len() - 1] / nanos[0]));
        rows.push(row);
    }
    let head = [&["an output of"], WINDOWS.map(|window| window).as_slice(), &["1d to 1m"]].concat();
    table(text, &head, &rows);
    Ok(())
}

/// The time of work and of twice the work.
fn sizes(text: &mut String) -> Result<(), Box<dyn Error>> {
    let mut rows = Vec::new();
    let mut row = |what: &str, expr: &str, nanos: [f64; 2]| {
        let [once, twice] = nanos;
        rows.push(vec![what.to_owned(), format!("`{expr}`"), time(once), time(twice), ratio(twice / once)]);
    };
    let at_once = Run::instant(0);
    let many = [series("m", 100_000, 1)?, series("m", 200_000, 1)?];
    for expr in ["m", "m > 0", "rate(m[5m])", "sum by (l) (m)", "topk(10, m)"] {
        row("100,000 series, one step", expr, of_both(expr, &many, |_| at_once.clone())?);
    }
    drop(many);
    let joined = [joined(100_000)?, joined(200_000)?];
    let expr = "m * on (group) group_left () one";
    row("100,000 rows, many to one", expr, of_both(expr, &joined, |_| at_once.clone())?);
    drop(joined);
    let long = [series("m", 1, 1_000_000)?, series("m", 1, 2_000_000)?];
    let run =
        |size: usize| Run::range(0, INTERVAL * Millis::try_from(size * 1_000_000 - 1).unwrap_or(0), INTERVAL);
    for expr in ["m", "rate(m[5m])", "max_over_time(m[1h])", "sum(m)"] {
        row("one series, 1,000,000 steps", expr, of_both(expr, &long, run)?);
    }
    table(text, &["work", "query", "once", "twice", "ratio"], &rows);
    Ok(())
}

fn of_both(
    expr: &str,
    sources: &[MemorySource; 2],
    run: impl Fn(usize) -> Run,
) -> Result<[f64; 2], Box<dyn Error>> {
    let query = parse(expr)?;
    Ok([shortest(&query, &sources[0], &run(1))?, shortest(&query, &sources[1], &run(2))?])
}

fn parse(expr: &str) -> Result<Query, Box<dyn Error>> {
    Ok(Engine::new(EngineOptions { threads: 1, ..EngineOptions::default() }).parse(expr)?)
}

/// The shortest time that a query took, in nanoseconds.
fn shortest(query: &Query, source: &MemorySource, run: &Run) -> Result<f64, promql::Error> {
    query.run(source, run)?;
    let (nanos, _) = fastest(BUDGET, || {
        let begin = Instant::now();
        let answer = black_box(query.run(source, run));
        let nanos = nanos_since(begin);
        drop(answer);
        nanos
    });
    Ok(nanos)
}

/// Counters `name` that tell each other apart by `l`, of which there are a hundred, and `i`.
fn series(name: &str, count: usize, samples: usize) -> Result<MemorySource, Box<dyn Error>> {
    let mut source = MemorySource::default();
    for nth in 0..count {
        let id = source.series(&labels(name, &[("l", nth % 100), ("i", nth)]));
        for sample in 0..samples {
            let value = Sample::Float(real(sample) + real(nth) / real(count));
            source.append_to(id, INTERVAL * Millis::try_from(sample)?, value, 0)?;
        }
    }
    Ok(source)
}

/// Rows `m` in a thousand groups, and `one` series a group.
fn joined(count: usize) -> Result<MemorySource, Box<dyn Error>> {
    let mut source = MemorySource::default();
    for nth in 0..count {
        source.append(&labels("m", &[("group", nth % 1_000), ("i", nth)]), 0, Sample::Float(real(nth)), 0)?;
    }
    for group in 0..1_000 {
        source.append(&labels("one", &[("group", group)]), 0, Sample::Float(2.0), 0)?;
    }
    Ok(source)
}

fn labels(name: &str, numbers: &[(&str, usize)]) -> Labels {
    let mut edit = LabelsEdit::default();
    edit.set("__name__", name);
    for (label, number) in numbers {
        edit.set(label, &number.to_string());
    }
    edit.finish()
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn real(number: usize) -> f64 {
    number as f64
}
