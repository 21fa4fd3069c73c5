//! Expected samples: from their texts to what can be compared.

use super::expect::{Match, TextExpectation, ValueExpectation};
use super::file::{EvalTimes, ExpectedSample};
use super::histogram::literal;
use super::item::{Expected, ExpectedValue, Item};
use super::report::Failure;
use super::run::Running;
use crate::model::{Grid, Labels, METRIC_NAME, Sample, is_stale};
use crate::rules::fault;
use crate::rules::yaml::Text;
use crate::source::text::parse_series;
use promql_grammar::Span;
use promql_grammar::ast::Kind;
use std::collections::BTreeMap;

/// An expected series whose values may depend on those that are found.
pub(super) struct ExpectedSeries {
    expected: Expected,
    /// The value at every time of a range.
    every: Option<ExpectedValue>,
}

impl ExpectedSeries {
    /// What is expected of series that have as many values as the found ones.
    pub(super) fn against(mut self, got: &[Item]) -> Expected {
        if let Some(value) = self.every {
            let steps = got.first().map_or(1, |item| item.values.len());
            self.expected.values = vec![Some(value); steps];
        }
        self.expected
    }
}

impl Running<'_> {
    /// Reads labels, histogram and values of an expected sample.
    pub(super) fn expected_series(
        &self,
        sample: &ExpectedSample,
        times: EvalTimes,
        title: &str,
    ) -> Result<ExpectedSeries, Failure> {
        let wrong = |text: &Text, column: usize, message: String| {
            let at = text.locate(self.suite.text, Span::new(column, column));
            let findings = vec![fault::error("expected-sample", at, message.clone())];
            Failure { detail: message, findings, ..Failure::new(sample.span, title.to_owned()) }
        };
        let labels = match &sample.labels {
            Some(text) if !text.as_str().trim().is_empty() => {
                labels(text.as_str(), sample.matching).map_err(|(at, message)| wrong(text, at, message))?
            }
            _ => BTreeMap::new(),
        };
        let histogram = match &sample.histogram {
            Some(text) => {
                let series = parse_series(&format!("{{}} {}", text.as_str()))
                    .map_err(|error| wrong(text, error.column.saturating_sub(4), error.message))?;
                match series.items.as_slice() {
                    [Some(item)] => match &item.sample {
                        Sample::Histogram(histogram) => Some(literal(histogram)),
                        Sample::Float(_) => return Err(wrong(text, 0, "expected a histogram".to_owned())),
                    },
                    items => {
                        let message = format!("expected 1 value, found {}", items.len());
                        return Err(wrong(text, 0, message));
                    }
                }
            }
            None => None,
        };
        let mut values = Vec::new();
        if let (Some(text), EvalTimes::Range { start, end, step }) = (&sample.values, times) {
            let steps = Grid::range(start, end, step).len;
            values = series_values(text, steps).map_err(|(at, message)| wrong(text, at, message))?;
        }
        // What is not named does not matter where only a part is expected, or nothing.
        let is_any = sample.value.is_none()
            && histogram.is_none()
            && (sample.matching == Match::Subset || !sample.present);
        let every = (sample.values.is_none() && !is_any).then(|| ExpectedValue {
            float: sample.value.clone().unwrap_or(ValueExpectation::number(0.0)),
            histogram,
        });
        let expected = Expected {
            labels,
            values,
            tolerance: sample.tolerance,
            matching: sample.matching,
            present: sample.present,
            ..Expected::default()
        };
        Ok(ExpectedSeries { expected, every })
    }
}

type Wrong = (usize, String);

/// Labels as a series or, with `!=`, `=~` and `!~`, as a selector has them.
fn labels(text: &str, matching: Match) -> Result<BTreeMap<String, TextExpectation>, Wrong> {
    let exact = match parse_series(text) {
        Ok(series) if series.items.is_empty() => Ok(series.labels),
        Ok(_) => Err((0, "`labels` holds a value".to_owned())),
        Err(error) => Err((error.column - 1, error.message)),
    };
    // Only a part of the labels may say that one is missing: `{job=""}`.
    let matchers = if exact.is_err() || matching == Match::Subset { matchers(text) } else { None };
    match (matchers, exact) {
        (Some(matchers), _) => matchers,
        (None, Ok(labels)) => Ok(exactly(&labels)),
        (None, Err(wrong)) => Err(wrong),
    }
}

fn exactly(labels: &Labels) -> BTreeMap<String, TextExpectation> {
    labels.iter().map(|(name, value)| (name.to_owned(), TextExpectation::equals(value))).collect()
}

/// The matchers of a selector; none if it is no selector.
fn matchers(text: &str) -> Option<Result<BTreeMap<String, TextExpectation>, Wrong>> {
    let ast = promql_grammar::parse(text, &promql_grammar::ParseOptions::default()).ok()?;
    let Kind::Selector(selector) = &ast[ast.root()].kind else { return None };
    if selector.modifiers != Default::default() {
        return None;
    }
    let mut labels: BTreeMap<String, TextExpectation> = BTreeMap::new();
    if let Some(name) = &selector.name {
        labels.insert(METRIC_NAME.to_owned(), TextExpectation::equals(name));
    }
    for matcher in &selector.matchers {
        let expectation = match TextExpectation::matcher(matcher.op, &matcher.value) {
            Ok(expectation) => expectation,
            Err(error) => return Some(Err((matcher.span.start as usize, error.to_string()))),
        };
        match labels.get_mut(&matcher.name) {
            Some(known) => known.and(expectation),
            None => {
                labels.insert(matcher.name.to_string(), expectation);
            }
        }
    }
    Some(Ok(labels))
}

/// A value or a gap for each step of a range.
fn series_values(text: &Text, steps: usize) -> Result<Vec<Option<ExpectedValue>>, Wrong> {
    let series = parse_series(&format!("{{}} {}", text.as_str()))
        .map_err(|error| (error.column.saturating_sub(4), error.message))?;
    if series.items.len() > steps {
        return Err((0, format!("{} values for a range of {steps} steps", series.items.len())));
    }
    let mut values: Vec<Option<ExpectedValue>> = Vec::with_capacity(steps);
    for item in series.items {
        values.push(match item.map(|item| item.sample) {
            None => None,
            Some(Sample::Float(value)) if is_stale(value) => {
                return Err((0, "an answer holds no `stale`; a gap is written `_`".to_owned()));
            }
            // A series cannot hold the number .nan otherwise, so this NaN is meant.
            Some(Sample::Float(value)) => Some(ExpectedValue {
                float: ValueExpectation::Number { value, nan_is_equal: true },
                histogram: None,
            }),
            Some(Sample::Histogram(histogram)) => Some(ExpectedValue {
                float: ValueExpectation::number(0.0),
                histogram: Some(literal(&histogram)),
            }),
        });
    }
    values.resize(steps, None);
    Ok(values)
}
