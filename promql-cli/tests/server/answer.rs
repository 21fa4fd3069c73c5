//! Running the command for an answer in JSON, and comparing two answers.

use serde_json::Value;
use std::process::Command;

/// What the command answered.
pub(crate) struct Answer {
    /// The `data` member of the API.
    pub(crate) data: Value,
    /// Titles of warnings, infos and errors, sorted.
    pub(crate) notes: Vec<String>,
}

/// Runs `promql query --format json` with these arguments.
pub(crate) fn ask(args: &[&str]) -> Answer {
    let output = Command::new(env!("CARGO_BIN_EXE_promql"))
        .args(["query", "--format", "json"])
        .args(args)
        .env_remove("PROMQL_SOURCE")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let is_title = |line: &&str| ["warning", "info", "error"].iter().any(|level| line.starts_with(level));
    let mut notes: Vec<String> = stderr.lines().filter(is_title).map(str::to_owned).collect();
    notes.sort();
    let data = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    Answer { data, notes }
}

/// Where `actual` is not what was `expected`, to the last digit; instant vectors are sets unless `ordered`.
pub(crate) fn difference(expected: &Value, actual: &Value, ordered: bool) -> Option<String> {
    if expected["resultType"] != actual["resultType"] {
        return Some(format!("expected a {}, got a {}", expected["resultType"], actual["resultType"]));
    }
    let sorted = |data: &Value| {
        let mut result = data["result"].clone();
        if let (Value::Array(series), false) = (&mut result, ordered || data["result"][0].is_number()) {
            series.sort_by_key(|series| series["metric"].to_string());
        }
        result
    };
    below("result", &sorted(expected), &sorted(actual))
}

fn below(place: &str, expected: &Value, actual: &Value) -> Option<String> {
    match (expected, actual) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(at, (a, b))| below(&format!("{place}[{at}]"), a, b))
        }
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(name, a)| below(&format!("{place}.{name}"), a, &b[name]))
        }
        _ if expected == actual => None,
        _ => Some(format!("{place}: expected {expected}, got {actual}")),
    }
}

#[test]
fn a_difference_is_found_and_named() {
    use serde_json::json;
    let vector = |series: &[(&str, &str)]| {
        let one = |(job, value): &(&str, &str)| json!({"metric": {"job": job}, "value": [1, value]});
        json!({"resultType": "vector", "result": series.iter().map(one).collect::<Vec<_>>()})
    };
    let (ab, ba) = (vector(&[("a", "1"), ("b", "2")]), vector(&[("b", "2"), ("a", "1")]));
    assert_eq!(difference(&ab, &ba, false), None);
    assert!(difference(&ab, &ba, true).is_some());
    let other = vector(&[("a", "1"), ("b", "2.0000000000000004")]);
    let fault = r#"result[1].value[1]: expected "2", got "2.0000000000000004""#;
    assert_eq!(difference(&ab, &other, false).as_deref(), Some(fault));
    assert!(difference(&ab, &vector(&[("a", "1")]), false).is_some());
    assert!(difference(&ab, &Value::Null, false).is_some());
}
