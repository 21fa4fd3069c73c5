//! The command against a real Prometheus: over HTTP, evaluated here from its raw series, and evaluated here from a
//! dump of the same data. Each test says why it skips where the server or the data is not there.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot start has failed, or says why"
)]

mod answer;
mod prometheus;
mod proxy;
mod questions;

use answer::{Answer, ask, difference};
use prometheus::Prometheus;
use promql_grammar::ast::{Kind, MatchOp, Selector};
use questions::{DUMPED, DUMPED_SERIES, PRINTED, Question, SERVED, When};
use serde_json::Value;
use std::path::PathBuf;

fn data() -> PathBuf {
    let shared = std::env::var("PROMQL_SHARED").unwrap_or_else(|_| "../../shared".to_owned());
    PathBuf::from(shared).join("data/selfscrape")
}

/// How a server over the data is set up too.
const FEATURES: [&str; 2] = ["--enable-feature", "promql-experimental-functions"];
/// Subqueries without step have this one.
const INTERVAL: [&str; 2] = ["--evaluation-interval", "5s"];

impl Question {
    fn ask(&self, source: &[&str]) -> Answer {
        let times = match self.when {
            When::At(time) => vec!["--time".to_owned(), time.to_string()],
            When::From(start, end, step) => {
                ["--start", &start.to_string(), "--end", &end.to_string(), "--step", &step.to_string()]
                    .map(str::to_owned)
                    .to_vec()
            }
        };
        let times: Vec<&str> = times.iter().map(String::as_str).collect();
        ask(&[source, &times, &FEATURES, &["--", self.query]].concat())
    }
}

/// Asks two sources the same; what differs, one text a question.
fn compare(questions: &[Question], expected: &[&str], actual: &[&str]) {
    let mut faults = Vec::new();
    for question in questions {
        let (expected, actual) = (question.ask(expected), question.ask(actual));
        assert!(!expected.data.is_null(), "{}: {:?}", question.query, expected.notes);
        let is_empty = expected.data["result"].as_array().is_some_and(Vec::is_empty);
        assert!(!is_empty, "{}: an empty answer tests nothing", question.query);
        let ordered = question.query.starts_with("sort");
        let values = difference(&expected.data, &actual.data, ordered);
        let notes = (expected.notes != actual.notes)
            .then(|| format!("expected notes {:?}, got {:?}", expected.notes, actual.notes));
        faults
            .extend(values.into_iter().chain(notes).map(|fault| format!("{}\n    {fault}", question.query)));
    }
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_server_and_its_raw_series_answer_the_same() {
    let server = match Prometheus::start(&data().join("tsdb")) {
        Ok(server) => server,
        Err(reason) => return println!("skipped: {reason}"),
    };
    compare(SERVED, &["-s", &server.url], &["-s", &server.url, "--local"]);
    let dump = data().join("selected.om.txt");
    let file = ["-s", dump.to_str().unwrap(), "--nan-is-stale", "--lookback-delta", prometheus::LOOKBACK];
    compare(DUMPED, &["-s", &server.url], &[&file, &INTERVAL[..]].concat());
    compare_printed(&server.url);
}

/// Range selectors give the samples of a server without remote read.
fn compare_printed(server: &str) {
    let proxy = proxy::without_remote_read(server);
    for question in PRINTED {
        let (expected, actual) = (question.ask(&["-s", server]), question.ask(&["-s", &proxy, "--local"]));
        assert_eq!(difference(&expected.data, &actual.data, false), None, "{}", question.query);
        let warned = |text: &str| actual.notes.iter().any(|note| note.contains(text));
        assert!(warned("no remote read"), "{:?}", actual.notes);
        let has_histograms = question.query.contains("duration_seconds{");
        assert_eq!(warned("rebuilt"), has_histograms, "{}: {:?}", question.query, actual.notes);
    }
}

/// True if the dump has every series that the query selects.
fn is_dumped(query: &str) -> bool {
    let Ok(tree) = promql_grammar::parse(query, &Default::default()) else { return true };
    tree.nodes().iter().all(|node| match &node.kind {
        Kind::Selector(selector) => selects_dumped(selector),
        // Its data selectors are joined with series that the query does not name.
        Kind::Call { function, .. } => function != "info",
        _ => true,
    })
}

fn selects_dumped(selector: &Selector) -> bool {
    let asks_for = |(label, value): &(&str, &str)| {
        let mut matchers = selector.matchers.iter();
        matchers
            .any(|matcher| (matcher.op, &*matcher.name, &*matcher.value) == (MatchOp::Equal, label, value))
    };
    let known = |(name, needed): &(&str, &[(&str, &str)])| {
        selector.name.as_deref() == Some(name) && needed.iter().all(asks_for)
    };
    DUMPED_SERIES.iter().any(known)
}

/// The options of `promql query` for a recorded request; none if it asks for what the command does not offer, or
/// leaves out what the command has a default for.
fn options(parameters: &serde_json::Map<String, Value>) -> Option<Vec<String>> {
    let mut options = Vec::new();
    for (name, value) in parameters {
        let value = value.as_str()?;
        match name.as_str() {
            "time" | "start" | "end" | "step" => options.push(format!("--{name}={value}")),
            "lookback_delta" => options.push(format!("--lookback-delta={value}")),
            // Counts of samples come beside the result.
            "query" | "stats" => {}
            _ => return None,
        }
    }
    (!options.is_empty()).then_some(options)
}

#[test]
fn recorded_answers_come_out_of_the_dump() {
    let dump = data().join("selected.om.txt");
    let Ok(recorded) = std::fs::read_to_string(data().join("recorded.jsonl")) else {
        return println!("skipped: {} is not there (PROMQL_SHARED)", data().display());
    };
    let (mut compared, mut faults) = (0, Vec::new());
    for line in recorded.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let is_query = ["/api/v1/query", "/api/v1/query_range"].map(Value::from).contains(&record["path"]);
        let Some(query) = record["params"]["query"].as_str().filter(|query| is_query && is_dumped(query))
        else {
            continue;
        };
        let Some(options) = record["params"].as_object().and_then(options) else { continue };
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let source = ["-s", dump.to_str().unwrap(), "--nan-is-stale"];
        let answer = ask(&[&source, &*options, &FEATURES, &INTERVAL, &["--", query]].concat());
        let fault = match &record["response"]["data"] {
            Value::Null if answer.data.is_null() => None,
            Value::Null => Some(format!("expected an error, got {}", answer.data)),
            data => difference(data, &answer.data, false),
        };
        compared += 1;
        faults.extend(fault.map(|fault| format!("{query} {options:?}\n    {fault}\n    {:?}", answer.notes)));
    }
    assert!(faults.is_empty(), "{} of {compared} differ:\n{}", faults.len(), faults.join("\n"));
    assert!(compared > 60, "only {compared} recorded answers were compared");
}
