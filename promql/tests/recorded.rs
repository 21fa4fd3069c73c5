//! What a real Prometheus answered from a data directory, asked of the engine over the same directory.
//!
//! The directories and answers are looked for in `PROMQL_RECORDED`, by default in `../shared/data/selfscrape` beside
//! the repository; where they are absent the test says so. The server's default subquery step was 5 seconds.

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
use std::path::PathBuf;

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

fn check(name: &str, data: &str, features: Features) {
    let Some(folder) = folder() else { return };
    let source = TsdbSource::open(folder.join(data)).unwrap();
    promql::source::conformance::check(&source).unwrap();
    let engine =
        Engine::new(EngineOptions { default_subquery_step: 5000, features, ..EngineOptions::default() });
    let recorded = std::fs::read_to_string(folder.join(name)).unwrap();
    let (mut asked, mut wrong) = (0, 0);
    for recorded in recorded.lines().filter_map(read) {
        asked += 1;
        if let Err(problem) = agree(&engine, &source, &recorded) {
            wrong += 1;
            println!("{}\n{problem}\n", recorded.query);
        }
    }
    assert!(asked > 50, "only {asked} requests");
    assert_eq!(wrong, 0, "of {asked}");
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
                all.map(|note| note.render(query)).collect()
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
    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn blocks() {
    check("recorded.jsonl", "tsdb", Features { experimental_functions: true, ..Features::default() });
}

#[test]
fn blocks_and_head_with_start_times() {
    let features =
        Features { experimental_functions: true, use_start_timestamps: true, ..Features::default() };
    check("st/recorded.jsonl", "st/data", features);
}
