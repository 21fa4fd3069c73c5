//! Results as tables that are Markdown too, and as JSON.

use crate::Result;
use crate::cases::Suite;
use crate::goals::{geomean, goals};
use crate::turns::Outcome;
use promql_benches::table::{ratio, table, time};
use serde::Serialize;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The tables: all cases, goals, memory.
pub(crate) fn tables(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let cases = outcomes.iter().map(|outcome| {
        let note = match &outcome.difference {
            Some(difference) => format!("DISAGREE: {difference}"),
            None if outcome.misses() => format!("below {}x", outcome.case.goal.unwrap_or_default()),
            None => String::new(),
        };
        vec![
            outcome.case.suite.name(),
            format!("`{}`", outcome.case.expr.replace('|', "\\|")),
            outcome.case.steps().to_string(),
            outcome.threads.to_string(),
            time(outcome.ours.nanos),
            time(outcome.peer.nanos),
            ratio(outcome.ratio()),
            note,
        ]
    });
    let head = ["suite", "query", "steps", "threads", "ours", "Prometheus", "ratio", "note"];
    table(&mut text, &head, &cases.collect::<Vec<_>>());
    let goals = goals(outcomes).into_iter().map(|goal| {
        let verdict = if goal.value < goal.least { "missed" } else { "reached" };
        vec![goal.name.to_owned(), ratio(goal.value), ratio(goal.least), verdict.to_owned()]
    });
    table(&mut text, &["goal", "is", "at least", ""], &goals.collect::<Vec<_>>());
    table(&mut text, &["data", "our peak memory", "Prometheus' peak memory"], &peaks(outcomes));
    if let Some(mean) = overall(outcomes) {
        let _ = writeln!(text, "Geometric mean of all queries: {}", ratio(mean));
    }
    text
}

/// Writes `{"geomean": …, "cases": […]}`.
pub(crate) fn write_json(outcomes: &[Outcome], path: &Path) -> Result<()> {
    let cases = outcomes.iter().map(|outcome| JsonCase {
        name: outcome.case.name(),
        expr: &outcome.case.expr,
        steps: outcome.case.steps(),
        threads: outcome.threads,
        ours_ns: outcome.ours.nanos,
        peer_ns: outcome.peer.nanos,
        ratio: outcome.ratio(),
        goal: outcome.case.goal,
        ours_peak_kb: outcome.ours.peak_kb,
        peer_peak_kb: outcome.peer.peak_kb,
        agree: outcome.difference.is_none(),
    });
    let report = Json { geomean: overall(outcomes), cases: cases.collect() };
    let text = serde_json::to_string_pretty(&report)?;
    Ok(fs::write(path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))?)
}

#[derive(Serialize)]
struct Json<'a> {
    geomean: Option<f64>,
    cases: Vec<JsonCase<'a>>,
}

#[derive(Serialize)]
struct JsonCase<'a> {
    name: String,
    expr: &'a str,
    steps: i64,
    threads: usize,
    ours_ns: f64,
    peer_ns: f64,
    ratio: f64,
    goal: Option<f64>,
    ours_peak_kb: u64,
    peer_peak_kb: u64,
    agree: bool,
}

/// The geometric mean of the ratios of all queries that were evaluated.
fn overall(outcomes: &[Outcome]) -> Option<f64> {
    geomean(outcomes.iter().filter(|outcome| outcome.case.suite != Suite::Parser).map(Outcome::ratio))
}

fn peaks(outcomes: &[Outcome]) -> Vec<Vec<String>> {
    let groups = outcomes.chunk_by(|a, b| a.case.data == b.case.data);
    let largest = |group: &[Outcome], peak: fn(&Outcome) -> u64| {
        let kilobytes = group.iter().map(peak).max().unwrap_or(0);
        format!("{} MB", kilobytes / 1024)
    };
    groups
        .filter_map(|group| {
            let data = group[0].case.data?.to_owned();
            let ours = largest(group, |outcome| outcome.ours.peak_kb);
            Some(vec![data, ours, largest(group, |outcome| outcome.peer.peak_kb)])
        })
        .collect()
}
