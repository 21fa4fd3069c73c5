//! Our side: answers tasks over a data directory, one after the other.

use crate::Result;
use crate::memory::{forget_peak, peak_kb};
use crate::protocol::{Digest, Task, Timed, Timing};
use promql::source::tsdb::TsdbSource;
use promql::{Engine, EngineOptions, Features, QueryOutput};
use promql_benches::timing::{fastest, nanos_since};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;
use std::time::{Duration, Instant};

/// So many runs of the parser go into one look at the clock: a run takes little longer than the look.
const PARSER_BATCH: u32 = 64;

/// Answers a task a line on standard input with a timing a line on standard output.
pub(crate) fn work(data: Option<&Path>) -> Result<()> {
    let source = data.map(TsdbSource::open).transpose()?;
    let mut engines = BTreeMap::new();
    for line in stdin().lock().lines() {
        let task: Task = serde_json::from_str(&line?)?;
        let engine = engines.entry(task.threads).or_insert_with(|| {
            let features = Features { experimental_functions: true, ..Features::default() };
            Engine::new(EngineOptions { threads: task.threads, features, ..EngineOptions::default() })
        });
        forget_peak();
        let timing = match (task.timed, &source) {
            (Timed::Parse, _) => parse(engine, &task),
            (_, Some(source)) => evaluate(engine, source, &task),
            (_, None) => return Err("no data directory was given".into()),
        };
        let mut out = stdout().lock();
        serde_json::to_writer(&mut out, &timing)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}

fn parse(engine: &Engine, task: &Task) -> Timing {
    let (nanos, runs) = fastest(Duration::from_nanos(task.budget), || {
        let begin = Instant::now();
        for _ in 0..PARSER_BATCH {
            let _ = black_box(engine.parse(black_box(&task.expr)));
        }
        nanos_since(begin) / f64::from(PARSER_BATCH)
    });
    let digest = engine.parse(&task.expr).map_or_else(|error| Digest::failed(&error), |_| Digest::default());
    Timing { nanos, runs, peak_kb: peak_kb(), digest }
}

fn evaluate(engine: &Engine, source: &TsdbSource, task: &Task) -> Timing {
    let mut answer: Option<std::result::Result<QueryOutput, promql::Error>> = None;
    let (nanos, runs) = fastest(Duration::from_nanos(task.budget), || {
        let mut begin = Instant::now();
        // Every run but the last pays for clearing away one.
        answer = None;
        let query = engine.parse(&task.expr);
        if task.timed == Timed::Execute {
            begin = Instant::now();
        }
        answer = Some(query.and_then(|query| match task.step {
            0 => query.instant(source, task.start),
            step => query.range(source, task.start, task.end, step),
        }));
        nanos_since(begin)
    });
    let peak_kb = peak_kb();
    let digest = match answer {
        Some(Ok(answer)) => Digest::of(&answer, task),
        Some(Err(error)) => Digest::failed(&error),
        None => Digest::failed(&"nothing was run"),
    };
    Timing { nanos, runs, peak_kb, digest }
}
