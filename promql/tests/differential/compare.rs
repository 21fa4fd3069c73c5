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
    let agreement = judge(case, expected, got);
    // Both fail: Prometheus looks at the regular expression before it evaluates the vector.
    if expected.error.starts_with("invalid regular expression in label_replace") && !got.error.is_empty() {
        return Ok(Agreement::Failure);
    }
    if agreement.is_err() && is_random(case) { Ok(Agreement::Order) } else { agreement }
}

fn judge(case: &Case, expected: &Answer, got: &Answer) -> Result<Agreement, String> {
    if !expected.error.is_empty() || !got.error.is_empty() {
        return failures(case, expected, got);
    }
    let (wanted, found) = (notes(expected), notes(got));
    let near = |(a, b): (&String, &String)| same_words(a, b);
    if wanted.len() != found.len() || !wanted.iter().zip(&found).all(near) {
        let only = |a: &[String], b: &[String]| -> Vec<String> {
            a.iter().filter(|note| !b.contains(note)).cloned().collect()
        };
        let (there, here) = (only(&wanted, &found), only(&found, &wanted));
        if is_shuffled(case) && there.iter().chain(&here).all(|note| is_about_mixes(note)) {
            return Ok(Agreement::Order);
        }
        return Err(format!("notes\nonly there: {there:#?}\nonly here: {here:#?}"));
    }
    if expected.text == got.text {
        return Ok(Agreement::Exact);
    }
    if same(&expected.data, &got.data) {
        return Ok(Agreement::Near);
    }
    if expected.data["resultType"] == "vector"
        && got.data["resultType"] == "vector"
        && (has_random_order(&case.query) || case.query.contains('['))
        && same(&sorted(&expected.data), &sorted(&got.data))
    {
        return Ok(Agreement::Order);
    }
    if case.query.contains("sort")
        && same(&sorted(&expected.data), &sorted(&got.data))
        && same(&in_order(&expected.data), &in_order(&got.data))
    {
        return Ok(Agreement::Order);
    }
    if is_tied(&case.query, &expected.data, &got.data) {
        return Ok(Agreement::Order);
    }
    Err(format!("data\nthere {}\nhere  {}", expected.text, got.text))
}

fn failures(case: &Case, expected: &Answer, got: &Answer) -> Result<Agreement, String> {
    if expected.error == got.error {
        return Ok(Agreement::Failure);
    }
    if meets_others(case, &expected.error, &got.error) {
        return Ok(Agreement::Order);
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

/// The notes without the sample counts that Prometheus adds up by merging a map into itself in range queries.
fn notes(answer: &Answer) -> Vec<String> {
    let without_count = |note: &String| match (note.find(", over "), note.find(" samples from ")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &note[..from], &note[to..]),
        _ => note.clone(),
    };
    // Which of two metrics did not fit depends on their order.
    let without_name = |note: String| match (note.find(" schemas for metric name "), note.rfind(" (")) {
        (Some(from), Some(to)) => format!("{}{}", &note[..from], &note[to..]),
        _ => note,
    };
    let mut notes: Vec<String> = answer.notes.iter().map(without_count).map(without_name).collect();
    notes.dedup();
    notes
}

/// True if two texts differ in nothing but the last digits of numbers.
fn same_words(a: &str, b: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| same(&Value::from(*a), &Value::from(*b)))
}

/// True where Prometheus takes the order of an instant vector from a map, which Go walks in random order, or sorts by
/// something that is no order (labels of which one is missing).
fn has_random_order(query: &str) -> bool {
    let words = [
        "count_values",
        "histogram_",
        "info(",
        "topk",
        "bottomk",
        "limit_ratio",
        "limitk",
        "fill",
        "sort_by_label",
    ];
    words.iter().any(|word| query.contains(word))
}

/// True where Prometheus picks series at random: the first ones of what a range query has evaluated step by step. Or by
/// mistake: `histogram_quantiles` unites buckets of equal bounds once more for every quantile.
fn is_random(case: &Case) -> bool {
    let query = &case.query;
    let is_shuffled = case.step != 0 || has_random_order(&query.replace("limitk", "")) || query.contains('[');
    query.contains("limitk") && is_shuffled
        || query.contains("sort_by_label") && !query.starts_with("sort_by_label")
        || query.contains("histogram_quantiles") && case.load.contains("le=\"1.0\"")
}

/// True where Prometheus meets the series of a vector in the order of a map.
fn is_shuffled(case: &Case) -> bool {
    case.step != 0 || has_random_order(&case.query) || case.query.contains('[')
}

/// True for what an aggregation of floats, exponential and custom histograms says: it stops looking where a kind does
/// not go with those before it, so what it sees hangs on their order.
fn is_about_mixes(note: &str) -> bool {
    [
        "vector contains a mix of histograms",
        "encountered a mix of histograms and floats for aggregation",
        "mismatched custom buckets were reconciled during aggregation",
    ]
    .iter()
    .any(|text| note.contains(text))
}

/// True if only the order in which Prometheus met two series differs: it is random in range queries.
fn meets_others(case: &Case, expected: &str, got: &str) -> bool {
    let common = |text: &str| text.split("match group").next().map(str::to_owned);
    is_shuffled(case) && expected.starts_with("found duplicate series") && common(expected) == common(got)
}

/// True if ranks chose other series of the same values.
fn is_tied(query: &str, expected: &Value, got: &Value) -> bool {
    let values = |data: &Value| {
        let mut values: Vec<String> = data["result"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|series| match series["values"].as_array() {
                Some(points) => points.iter().map(Value::to_string).collect(),
                None => vec![series["value"].to_string()],
            })
            .collect();
        values.sort();
        values
    };
    (query.contains("topk") || query.contains("bottomk")) && values(expected) == values(got)
}

/// The values alone, in the order of the series.
fn in_order(data: &Value) -> Value {
    data["result"].as_array().into_iter().flatten().map(|series| series["value"].clone()).collect()
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
                let signs_differ = a == 0.0 && b == 0.0;
                !signs_differ && (a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()))
            }
            _ => false,
        },
        _ => expected == got,
    }
}
