//! From text to the cases of a test: what is expected of alerts and of expressions.

use super::expect::{Match, TextCondition, TextExpectation, Tolerance, ValueExpectation};
use super::file::{AlertCase, EvalTimes, ExpectedAlert, ExpectedSample, ExprCase};
use crate::model::Millis;
use crate::rules::AlertState;
use crate::rules::decode::{Decoder, Fields, Shape};
use crate::rules::yaml::{NodeId, Value};
use std::collections::BTreeMap;

const ALERT_CASE: Shape = Shape {
    what: "an alert test",
    fields: &["eval_time", "alertname", "exp_alerts", "exp_state", "match"],
    foreign: &[],
};
const EXPECTED_ALERT: Shape = Shape {
    what: "an expected alert",
    fields: &["exp_labels", "exp_annotations", "exp_state", "match", "present"],
    foreign: &[],
};
const EXPR_CASE: Shape = Shape {
    what: "an expression test",
    fields: &[
        "expr",
        "eval_time",
        "start",
        "end",
        "step",
        "exp_samples",
        "exp_error",
        "exp_warnings",
        "exp_infos",
        "tolerance",
        "match",
    ],
    foreign: &[],
};
const EXPECTED_SAMPLE: Shape = Shape {
    what: "an expected sample",
    fields: &["labels", "value", "histogram", "values", "tolerance", "match", "present"],
    foreign: &[],
};
const CONDITIONS: Shape =
    Shape { what: "a condition on a text", fields: TextCondition::FIELDS, foreign: &[] };

/// The most steps of a range, as in Prometheus' API.
const MOST_STEPS: Millis = 11_000;

/// What cases inherit from their test.
#[derive(Clone, Copy)]
pub(super) struct Defaults {
    pub(super) tolerance: Tolerance,
    /// The step of ranges.
    pub(super) step: Millis,
}

pub(super) fn alert_case(decoder: &mut Decoder<'_>, id: NodeId) -> Option<AlertCase> {
    let fields = decoder.fields(id, &ALERT_CASE)?;
    let state = state(decoder, &fields).unwrap_or(AlertState::Firing);
    let mut case = AlertCase {
        span: decoder.tree.span(id),
        eval_time: decoder.duration(fields.get("eval_time"), "eval_time").unwrap_or(0),
        alertname: decoder.text(fields.get("alertname"), "alertname"),
        state,
        matching: matching(decoder, &fields),
        expected: Vec::new(),
    };
    for id in decoder.list(fields.get("exp_alerts"), "exp_alerts") {
        let Some(fields) = decoder.fields(id, &EXPECTED_ALERT) else { continue };
        case.expected.push(ExpectedAlert {
            span: decoder.tree.span(id),
            labels: expectations(decoder, fields.get("exp_labels"), "exp_labels"),
            annotations: expectations(decoder, fields.get("exp_annotations"), "exp_annotations"),
            state: self::state(decoder, &fields).unwrap_or(state),
            matching: matching(decoder, &fields),
            present: decoder.boolean(fields.get("present"), "present").unwrap_or(true),
        });
    }
    Some(case)
}

pub(super) fn expr_case(decoder: &mut Decoder<'_>, id: NodeId, defaults: Defaults) -> Option<ExprCase> {
    let fields = decoder.fields(id, &EXPR_CASE)?;
    let tolerance = tolerance(decoder, &fields).unwrap_or(defaults.tolerance);
    let mut case = ExprCase {
        span: decoder.tree.span(id),
        expr: decoder.text(fields.get("expr"), "expr"),
        times: times(decoder, id, &fields, defaults.step),
        matching: matching(decoder, &fields),
        expected: Vec::new(),
        error: fields
            .get("exp_error")
            .filter(|id| !decoder.is_null(*id))
            .and_then(|id| expectation(decoder, id, "exp_error", contains)),
        warnings: messages(decoder, &fields, "exp_warnings"),
        infos: messages(decoder, &fields, "exp_infos"),
    };
    for id in decoder.list(fields.get("exp_samples"), "exp_samples") {
        case.expected.extend(expected_sample(decoder, id, case.times, tolerance));
    }
    if case.error.as_ref().is_some_and(|error| !error.holds(None))
        && let Some(samples) = fields.get("exp_samples").filter(|_| !case.expected.is_empty())
    {
        let span = decoder.tree.span(samples);
        decoder.error("expected-error", span, "an expression that fails has no samples to expect");
    }
    Some(case)
}

/// When an expression is evaluated: at one time, or from `start` to `end`.
fn times(decoder: &mut Decoder<'_>, id: NodeId, fields: &Fields, default_step: Millis) -> EvalTimes {
    let mut duration = |name: &str| decoder.duration(fields.get(name), name);
    let (at, start, end, step) =
        (duration("eval_time"), duration("start"), duration("end"), duration("step"));
    if fields.get("start").or(fields.get("end")).or(fields.get("step")).is_none() {
        return EvalTimes::At(at.unwrap_or(0));
    }
    let place = decoder.tree.span(fields.get("start").or(fields.get("step")).unwrap_or(id));
    let wrong = match (fields.get("eval_time"), fields.get("end")) {
        (Some(_), _) => Some("give either `eval_time` or `start`, `end` and `step`"),
        (None, None) => Some("a range needs an `end`"),
        _ if step == Some(0) => Some("the `step` of a range must be longer than 0"),
        _ if end.is_some_and(|end| end < start.unwrap_or(0)) => Some("the range ends before its `start`"),
        _ => None,
    };
    let (start, end) = (start.unwrap_or(0), end.unwrap_or(0));
    let step = step.filter(|step| *step > 0).unwrap_or(default_step);
    let wrong = wrong.map(str::to_owned).or_else(|| {
        let steps = end.saturating_sub(start) / step + 1;
        (steps > MOST_STEPS).then(|| format!("the range has {steps} steps, more than {MOST_STEPS}"))
    });
    if let Some(message) = wrong {
        decoder.error("range", place, message);
    }
    EvalTimes::Range { start, end, step }
}

fn expected_sample(
    decoder: &mut Decoder<'_>,
    id: NodeId,
    times: EvalTimes,
    default_tolerance: Tolerance,
) -> Option<ExpectedSample> {
    let fields = decoder.fields(id, &EXPECTED_SAMPLE)?;
    let values = decoder.text(fields.get("values"), "values");
    if let Some(values) = &values {
        let message = match times {
            EvalTimes::At(_) => Some("`values` belong to a range; give `start`, `end` and `step`"),
            _ if fields.get("value").is_some() => Some("give either `value`, for every time, or `values`"),
            EvalTimes::Range { .. } => None,
        };
        if let Some(message) = message {
            decoder.error("range", values.span(), message);
        }
    }
    let histogram = decoder.text(fields.get("histogram"), "histogram");
    Some(ExpectedSample {
        span: decoder.tree.span(id),
        labels: decoder.text(fields.get("labels"), "labels"),
        value: value(decoder, &fields),
        tolerance: tolerance(decoder, &fields).unwrap_or(default_tolerance),
        histogram: histogram.filter(|text| !text.as_str().is_empty()),
        values,
        matching: matching(decoder, &fields),
        present: decoder.boolean(fields.get("present"), "present").unwrap_or(true),
    })
}

/// A number of YAML, or a condition as text.
fn value(decoder: &mut Decoder<'_>, fields: &Fields) -> Option<ValueExpectation> {
    let id = fields.get("value")?;
    let number = match decoder.tree.value(id) {
        Value::Scalar(scalar) if scalar.is_null() => return None,
        Value::Scalar(scalar) => scalar.float(),
        _ => None,
    };
    let text = || decoder.tree.text(id);
    let expectation = number
        .map(ValueExpectation::number)
        .or_else(|| text().and_then(|text| ValueExpectation::read(text.as_str())));
    if expectation.is_none() {
        decoder.wrong_type(
            id,
            "value",
            "a number without quotes, NaN, or a condition such as `> 5` or `>= 1 and < 2`",
        );
    }
    expectation
}

/// The field `tolerance`.
pub(super) fn tolerance(decoder: &mut Decoder<'_>, fields: &Fields) -> Option<Tolerance> {
    let id = fields.get("tolerance")?;
    let text = decoder.text(Some(id), "tolerance")?;
    let tolerance = Tolerance::read(text.as_str());
    if tolerance.is_none() {
        decoder.wrong_type(id, "tolerance", "a number like 0.001 or a part like 1%");
    }
    tolerance
}

/// One of a few words.
fn word<T: Copy>(
    decoder: &mut Decoder<'_>,
    fields: &Fields<'_>,
    name: &str,
    words: &[(&str, T)],
) -> Option<T> {
    let id = fields.get(name)?;
    let text = decoder.text(Some(id), name)?;
    let known = words.iter().find(|(word, _)| *word == text.as_str());
    if known.is_none() {
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        decoder.wrong_type(id, name, &all.join(" or "));
    }
    known.map(|(_, value)| *value)
}

fn matching(decoder: &mut Decoder<'_>, fields: &Fields) -> Match {
    const WORDS: [(&str, Match); 2] = [("exact", Match::Exact), ("subset", Match::Subset)];
    word(decoder, fields, "match", &WORDS).unwrap_or_default()
}

fn state(decoder: &mut Decoder<'_>, fields: &Fields) -> Option<AlertState> {
    let words = [AlertState::Firing, AlertState::Pending].map(|state| (state.as_str(), state));
    word(decoder, fields, "exp_state", &words)
}

/// A map of names and what is expected of their texts.
fn expectations(
    decoder: &mut Decoder<'_>,
    id: Option<NodeId>,
    name: &str,
) -> BTreeMap<String, TextExpectation> {
    let Some(entries) = id.and_then(|id| decoder.entries(id, name)) else { return BTreeMap::new() };
    let read = |(name, _, value): (&str, NodeId, NodeId)| {
        let expectation = expectation(decoder, value, name, TextCondition::Equals)?;
        Some((name.to_owned(), expectation))
    };
    entries.into_iter().filter_map(read).collect()
}

/// A list of messages; none if it is missing.
fn messages(decoder: &mut Decoder<'_>, fields: &Fields<'_>, name: &str) -> Option<Vec<TextExpectation>> {
    let id = fields.get(name)?;
    let items = decoder.list(Some(id), name);
    Some(items.into_iter().filter_map(|id| expectation(decoder, id, name, contains)).collect())
}

fn contains(text: String) -> TextCondition {
    TextCondition::Contains(text)
}

/// A text, or a map of conditions on it. `plain` says what a text alone means.
fn expectation(
    decoder: &mut Decoder<'_>,
    id: NodeId,
    name: &str,
    plain: fn(String) -> TextCondition,
) -> Option<TextExpectation> {
    match decoder.tree.value(id) {
        Value::Scalar(scalar) => {
            let text = if scalar.is_null() { String::new() } else { scalar.text.to_string() };
            Some(TextExpectation::all(vec![plain(text)]))
        }
        Value::Map(entries) => {
            let is_empty = entries.is_empty();
            let mut conditions = Vec::new();
            let fields = decoder.fields(id, &CONDITIONS)?;
            for field in TextCondition::FIELDS {
                let Some(text) = decoder.text(fields.get(field), field) else { continue };
                match TextCondition::read(field, text.as_str()) {
                    Ok(condition) => conditions.push(condition),
                    Err(message) => decoder.error("expected-text", text.span(), message),
                }
            }
            if is_empty {
                let message = format!("give one of {}", TextCondition::FIELDS.join(", "));
                decoder.error("expected-text", decoder.tree.span(id), message);
            }
            Some(TextExpectation::all(conditions))
        }
        Value::List(_) => {
            decoder.wrong_type(id, name, "a text or a map of conditions such as {regex: a.*}");
            None
        }
    }
}
