//! What a real Prometheus answered from a data directory, asked of the engine over the same directory.
//!
//! The directories and answers are looked for in `PROMQL_RECORDED`, by default in `../shared/data/selfscrape` beside
//! the repository; where they are absent the test says so. Small directories of every kind that servers leave are in
//! `testdata/tsdb`. The server's default subquery step was 5 seconds.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test panics where it cannot go on and says why it is skipped"
)]

use promql::annotation::Level;
use promql::model::parse_duration;
use promql::source::tsdb::TsdbSource;
use promql::{Engine, EngineOptions, Error, Features, Run};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A recorded request that the engine itself is asked, with the answer.
struct Recorded {
    query: String,
    run: Run,
    answer: Value,
}

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("PROMQL_RECORDED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/selfscrape"),
        PathBuf::from,
    );
    if !folder.is_dir() {
        println!("skipped: no recorded answers are here, see PROMQL_RECORDED");
        return None;
    }
    Some(folder)
}

/// Reads a request; none if it is about something else, or was refused for what is not the query.
fn read(line: &str) -> Option<Recorded> {
    let mut line: Value = serde_json::from_str(line).unwrap();
    let path = line["path"].as_str().unwrap().to_owned();
    let answer = line["response"].take();
    let params = &line["params"];
    let text = |name: &str| params[name].as_str();
    let error = answer["error"].as_str().unwrap_or_default();
    let about_query =
        error.is_empty() || error.starts_with("invalid parameter \"query\"") || !error.contains("parameter");
    let about_range = error.contains("for range query") || error.starts_with("exceeded maximum resolution");
    if !about_query || about_range {
        return None;
    }
    let millis = |text: &str| (text.parse::<f64>().unwrap() * 1000.0).round() as i64;
    let duration =
        |text: &str| text.parse::<f64>().map_or_else(|_| parse_duration(text).unwrap(), |_| millis(text));
    let mut run = match path.as_str() {
        "/api/v1/query" => Run::instant(text("time").map_or(0, millis)),
        "/api/v1/query_range" => {
            Run::range(millis(text("start")?), millis(text("end")?), duration(text("step")?))
        }
        _ => return None,
    };
    run.lookback = text("lookback_delta").map(duration);
    Some(Recorded { query: text("query").unwrap_or_default().to_owned(), run, answer })
}

/// How many requests there were; all answers must be the same.
fn check(name: &Path, data: &Path, features: Features) -> usize {
    let source = TsdbSource::open(data).unwrap();
    promql::source::conformance::check(&source).unwrap();
    let engine =
        Engine::new(EngineOptions { default_subquery_step: 5000, features, ..EngineOptions::default() });
    let recorded = std::fs::read_to_string(name).unwrap();
    let (mut asked, mut wrong) = (0, 0);
    for recorded in recorded.lines().filter_map(read) {
        asked += 1;
        if let Err(problem) = agree(&engine, &source, &recorded) {
            wrong += 1;
            println!("{}: {}\n{problem}\n", data.display(), recorded.query);
        }
    }
    assert_eq!(wrong, 0, "of {asked}");
    asked
}

fn agree(engine: &Engine, source: &TsdbSource, recorded: &Recorded) -> Result<(), String> {
    let Recorded { query, run, answer } = recorded;
    match engine.parse(query).and_then(|query| query.run(source, run)) {
        Ok(output) => {
            let mut json = Vec::new();
            output.write_json(&mut json).unwrap();
            let mut ours: Value = serde_json::from_slice(&json).unwrap();
            let mut theirs = answer["data"].clone();
            if let Some(data) = theirs.as_object_mut() {
                data.remove("stats");
            }
            let mut warnings = strings(&answer["warnings"]);
            let limited = warnings.iter().position(|text| text == "results truncated due to limit");
            if let Some(at) = limited {
                // The server cut its answer short; which series it kept is not defined.
                warnings.remove(at);
                let kept: Vec<Value> = theirs["result"].as_array().unwrap().clone();
                ours["result"].as_array_mut().unwrap().retain(|series| kept.contains(series));
            }
            if ours["resultType"] == "vector" {
                for result in [&mut ours, &mut theirs] {
                    result["result"].as_array_mut().unwrap().sort_by_key(Value::to_string);
                }
            }
            let notes = |level: Level| -> Vec<String> {
                let all = output.annotations().iter().filter(|note| note.level == level);
                sorted(all.map(|note| note.render(query)).collect())
            };
            same(&ours, &theirs)?;
            same(&notes(Level::Warning), &warnings)?;
            same(&notes(Level::Info), &strings(&answer["infos"]))
        }
        Err(error @ Error::Query { .. }) => {
            // Where an error is may be told better.
            let text = |whole: &str| whole.split_once("parse error: ").map(|(_, text)| text.to_owned());
            same(&text(&error.to_string()), &text(answer["error"].as_str().unwrap_or_default()))
        }
        Err(error) => same(&error.to_string().as_str(), &answer["error"].as_str().unwrap_or_default()),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(ours: &T, theirs: &T) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("ours:   {ours:?}\ntheirs: {theirs:?}")) }
}

fn strings(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    sorted(texts.map(|text| text.as_str().unwrap().to_owned()).collect())
}

/// The server tells them in no order.
fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts
}

#[test]
fn blocks() {
    let Some(folder) = folder() else { return };
    let features = Features { experimental_functions: true, ..Features::default() };
    assert!(check(&folder.join("recorded.jsonl"), &folder.join("tsdb"), features) > 50);
}

fn with_start_times() -> Features {
    Features { experimental_functions: true, use_start_timestamps: true, ..Features::default() }
}

#[test]
fn blocks_and_head_with_start_times() {
    let Some(folder) = folder() else { return };
    assert!(check(&folder.join("st/recorded.jsonl"), &folder.join("st/data"), with_start_times()) > 50);
}

/// What each is for is told in `testdata/tsdb/README.md`.
fn made(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/tsdb").join(name);
    assert!(check(&folder.join("answers.jsonl"), &folder.join("data"), with_start_times()) >= 9);
}

#[test]
fn checkpoint() {
    made("checkpoint");
}

#[test]
fn deleted() {
    made("deleted");
}

#[test]
fn histograms() {
    made("histograms");
}

#[test]
fn late() {
    made("late");
}

#[test]
fn late_compacted() {
    made("late-compacted");
}

#[test]
fn late_deleted() {
    made("late-deleted");
}

#[test]
fn late_starts() {
    made("late-starts");
}

#[test]
fn none() {
    made("none");
}

#[test]
fn restarts() {
    made("restarts");
}

#[test]
fn snappy() {
    made("snappy");
}

#[test]
fn snapshot() {
    made("snapshot");
}

#[test]
fn stale() {
    made("stale");
}

#[test]
fn torn() {
    made("torn");
}

#[test]
fn torn_late() {
    made("torn-late");
}

#[test]
fn zstd() {
    made("zstd");
}
