//! Whether two answers agree.

use crate::case::{Answer, Case};
use serde_json::Value;

/// How two answers agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Agreement {
    /// To the last character.
    Exact,
    /// Numbers differ by no more than a relative 1e-9.
    Near,
    /// The same series in another order, where Prometheus' own order is random.
    Order,
    /// Both refuse the query, in other words.
    Words,
    /// Both fail or refuse with the same text.
    Failure,
    /// The peer could not load the data.
    NoData,
}

pub(crate) fn compare(case: &Case, expected: &Answer, got: &Answer) -> Result<Agreement, String> {
    if expected.error.starts_with("load:") {
        return Ok(Agreement::NoData);
    }
    if !expected.error.is_empty() || !got.error.is_empty() {
        return failures(expected, got);
    }
    let (wanted, found) = (notes(expected), notes(got));
    if wanted != found {
        let only = |a: &[String], b: &[String]| -> Vec<String> {
            a.iter().filter(|note| !b.contains(note)).cloned().collect()
        };
        return Err(format!(
            "notes\nonly there: {:#?}\nonly here: {:#?}",
            only(&wanted, &found),
            only(&found, &wanted)
        ));
    }
    if expected.text == got.text {
        return Ok(Agreement::Exact);
    }
    if same(&expected.data, &got.data) {
        return Ok(Agreement::Near);
    }
    if expected.data["resultType"] == "vector"
        && got.data["resultType"] == "vector"
        && has_random_order(&case.query)
        && same(&sorted(&expected.data), &sorted(&got.data))
    {
        return Ok(Agreement::Order);
    }
    Err(format!("data\nthere {}\nhere  {}", expected.text, got.text))
}

fn failures(expected: &Answer, got: &Answer) -> Result<Agreement, String> {
    if expected.error == got.error {
        return Ok(Agreement::Failure);
    }
    if !expected.parsed
        && !got.parsed
        && !expected.error.is_empty()
        && !got.error.is_empty()
        && !got.error.starts_with("panic")
    {
        return Ok(Agreement::Words);
    }
    let outcome =
        |answer: &Answer| if answer.error.is_empty() { answer.text.clone() } else { answer.error.clone() };
    Err(format!("failure\nthere {}\nhere  {}", outcome(expected), outcome(got)))
}

/// The notes without the counts that Prometheus adds up by merging a map into itself in range queries.
fn notes(answer: &Answer) -> Vec<String> {
    answer
        .notes
        .iter()
        .map(|note| match (note.contains("fixed for monotonicity"), note.rfind(" (")) {
            (true, Some(place)) => {
                let text = note.split("histogram_quantile (see").next().unwrap_or_default();
                format!("{text}{}", &note[place..])
            }
            _ => note.clone(),
        })
        .collect()
}

/// True where Prometheus takes the order of an instant vector from a map, which Go walks in random order.
fn has_random_order(query: &str) -> bool {
    ["count_values", "histogram_", "info(", "topk", "bottomk", "limit_ratio", "limitk", "fill"]
        .iter()
        .any(|word| query.contains(word))
}

fn sorted(data: &Value) -> Value {
    let mut data = data.clone();
    if let Some(series) = data["result"].as_array_mut() {
        series.sort_by_key(|series| series["metric"].to_string() + &series["value"].to_string());
    }
    data
}

fn same(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (Value::String(a), Value::String(b)) if a != b => match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => {
                a == b && a.is_sign_negative() == b.is_sign_negative()
                    || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
            }
            _ => false,
        },
        _ => expected == got,
    }
}
