//! What is different about what was found and what was expected, field by field.

use super::difference::{Difference, FieldDifference};
use super::expect::{Match, TextExpectation, ValueExpectation};
use super::item::{Expected, ExpectedValue, Item, Value};
use crate::model::{METRIC_NAME, Millis, format_duration, quote};
use std::collections::BTreeMap;

/// Differences of values that are told one by one.
const MOST_VALUES: usize = 8;

/// Where the values of series stand in time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Axis {
    pub(super) start: Millis,
    /// None if there is only one.
    pub(super) step: Option<Millis>,
}

/// How much differs; the name of a metric counts more.
pub(super) fn distance(expected: &Expected, got: &Item) -> usize {
    let labels = differences("", &expected.labels, &got.labels, expected.matching);
    let of_name = labels.iter().filter(|field| field.field.ends_with(METRIC_NAME)).count();
    let annotations = differences("", &expected.annotations, &got.annotations, expected.matching);
    2 * labels.len() + 4 * of_name + annotations.len() + usize::from(expected.state != got.state)
}

/// All that differs between two that belong together.
pub(super) fn describe(expected: &Expected, got: &Item, axis: Axis) -> Difference {
    let mut fields = differences("label ", &expected.labels, &got.labels, expected.matching);
    fields.extend(differences("annotation ", &expected.annotations, &got.annotations, expected.matching));
    if let (Some(own), Some(other)) = (expected.state, got.state)
        && own != other
    {
        fields.push(field("state", own.as_str(), other.as_str()));
    }
    let values = expected.values.iter().zip(&got.values).enumerate();
    let mut of_values: Vec<_> =
        values.filter_map(|(nth, (own, other))| value_difference(expected, own, other, nth, axis)).collect();
    let count = of_values.len();
    of_values.truncate(MOST_VALUES);
    fields.extend(of_values);
    if count > MOST_VALUES {
        let rest = format!("{} more values", count - MOST_VALUES);
        fields.push(field("values", "as above", &rest));
    }
    Difference::Different { labels: got.show_labels(), expected: expected.show(), got: got.show(), fields }
}

fn value_difference(
    expected: &Expected,
    own: &Option<ExpectedValue>,
    got: &Option<Value>,
    nth: usize,
    axis: Axis,
) -> Option<FieldDifference> {
    let is_same = match (own, got) {
        (Some(own), Some(got)) => own.holds(got, expected.tolerance),
        _ => own.is_none() && got.is_none(),
    };
    if is_same {
        return None;
    }
    let name = match (axis.step, i64::try_from(nth)) {
        (Some(step), Ok(nth)) => {
            let at = axis.start.saturating_add(step.saturating_mul(nth));
            format!("value at {}", format_duration(at))
        }
        _ => "value".to_owned(),
    };
    let own_text = own.as_ref().map_or_else(|| "nothing".to_owned(), |own| own.show(expected.tolerance));
    let got_text = got.as_ref().map_or_else(|| "nothing".to_owned(), Value::show);
    let mut difference = field(&name, &own_text, &got_text);
    if let (Some(own), Some(got)) = (own, got) {
        let is_nan = matches!(own.float, ValueExpectation::Number { value, .. } if value.is_nan());
        difference.note = match (&own.histogram, &got.histogram) {
            (Some(a), Some(b)) if a == b => Some("a histogram has no `value` beside it"),
            (None, None) if is_nan && got.float.is_nan() => {
                Some("the number .nan is equal to nothing; `value: NaN` is equal to NaN")
            }
            _ => None,
        };
    }
    Some(difference)
}

fn field(name: &str, expected: &str, got: &str) -> FieldDifference {
    FieldDifference { field: name.to_owned(), expected: expected.to_owned(), got: got.to_owned(), note: None }
}

/// Names and texts that differ. `what` stands before the name of each.
pub(super) fn differences(
    what: &str,
    expected: &BTreeMap<String, TextExpectation>,
    got: &BTreeMap<String, String>,
    matching: Match,
) -> Vec<FieldDifference> {
    let show = |value: Option<&String>| value.map_or_else(|| "nothing".to_owned(), |text| quote(text));
    let mut found = Vec::new();
    for (name, text) in expected {
        let other = got.get(name);
        if !text.holds(other.map(String::as_str)) {
            found.push(field(&format!("{what}{name}"), &text.to_string(), &show(other)));
        }
    }
    if matching == Match::Exact {
        let more = got.iter().filter(|(name, _)| !expected.contains_key(*name));
        found.extend(more.map(|(name, text)| field(&format!("{what}{name}"), "nothing", &quote(text))));
    }
    found
}
