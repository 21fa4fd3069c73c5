//! `promql query`

use super::query_text;
use crate::args::{QueryArgs, TimeArgs};
use crate::evaluate::Evaluator;
use crate::failure::Failure;
use crate::time::{Clock, Moment};
use crate::{diagnostics, evaluate, output, source};
use promql::Run;
use std::process::ExitCode;

/// A range query has about this many points a series unless a step is given.
const POINTS: i64 = 250;
/// What a server is asked for by a range query without start.
const DEFAULT_RANGE: i64 = 3_600_000;

pub(super) fn run(args: &QueryArgs) -> Result<ExitCode, Failure> {
    let asking = &args.asking;
    if args.expr == "-" && asking.source.source.iter().any(|source| source == "-") {
        return Err(Failure::setup("standard input is either the query or the source, not both"));
    }
    let text = query_text(&args.expr)?;
    let evaluator = open(&asking.source, &asking.engine)?;
    let run = times(&asking.times, &evaluator.clock())?;
    let answer = evaluator.ask(&text, &run, false)?;
    output::write(&answer, asking.format, &run)?;
    diagnostics::draw(&text, &answer.notes);
    Ok(ExitCode::SUCCESS)
}

/// Opens the sources and makes an evaluator for them.
pub(super) fn open(
    source: &crate::args::SourceArgs,
    engine: &crate::args::EngineArgs,
) -> Result<Evaluator, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::setup(format!("cannot start: {error}")))?;
    let source = source::open(source, evaluate::limit(engine)?, engine.max_bytes, &runtime)?;
    Evaluator::new(runtime, source, engine)
}

/// When to evaluate: once, or over a range as soon as a part of one is given.
pub(crate) fn times(args: &TimeArgs, clock: &Clock) -> Result<Run, Failure> {
    let resolve = |option: &str, moment: Moment| {
        moment.resolve(clock).map_err(|error| Failure::setup(format!("{option}: {error}")))
    };
    let or = |option: &str, moment: Option<Moment>, default: i64| {
        moment.map_or(Ok(default), |moment| resolve(option, moment))
    };
    if args.start.is_none() && args.end.is_none() && args.step.is_none() {
        return Ok(Run::instant(or("--time", args.time, clock.default_time())?));
    }
    let end = or("--end", args.end, clock.default_time())?;
    let oldest = clock.data.map_or(end.saturating_sub(DEFAULT_RANGE), |(oldest, _)| oldest.min(end));
    let start = or("--start", args.start, oldest)?;
    if end < start {
        let (start, end) = (crate::time::show(start), crate::time::show(end));
        return Err(Failure::setup(format!("the end ({end}) lies before the start ({start})")));
    }
    let step = match args.step {
        Some(step) if step.0 <= 0 => return Err(Failure::setup("--step must be more than 0")),
        Some(step) => step.0,
        None => default_step(start, end),
    };
    Ok(Run::range(start, end, step))
}

/// Whole seconds, at least one, for about [`POINTS`] points.
fn default_step(start: i64, end: i64) -> i64 {
    let span = end.saturating_sub(start);
    (span / POINTS / 1000).max(1) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(args: &TimeArgs, data: Option<(i64, i64)>) -> Run {
        times(args, &Clock { now: 10_000_000, data }).unwrap()
    }

    #[test]
    fn without_times_the_default_time_is_asked() {
        let run = resolve(&TimeArgs::default(), None);
        assert_eq!((run.start, run.step), (10_000_000, None));
        assert_eq!(resolve(&TimeArgs::default(), Some((5, 7))).start, 7);
    }

    #[test]
    fn a_part_of_a_range_makes_a_range() {
        let step = TimeArgs { step: "10".parse().ok(), ..TimeArgs::default() };
        let run = resolve(&step, None);
        assert_eq!((run.start, run.end, run.step), (6_400_000, 10_000_000, Some(10_000)));
        let run = resolve(&step, Some((1000, 9000)));
        assert_eq!((run.start, run.end), (1000, 9000));
        let start = TimeArgs { start: "-1000s".parse().ok(), ..TimeArgs::default() };
        assert_eq!(resolve(&start, None).step, Some(4000));
    }

    #[test]
    fn a_range_that_cannot_be_is_refused() {
        let clock = Clock { now: 0, data: None };
        let turned = TimeArgs { start: "10".parse().ok(), end: "5".parse().ok(), ..TimeArgs::default() };
        assert!(times(&turned, &clock).is_err());
        let still = TimeArgs { step: "0".parse().ok(), ..TimeArgs::default() };
        assert!(times(&still, &clock).is_err());
    }
}
