//! Alerts and series as they were found and as they are expected, and whether the one fits the other.

use super::expect::{Match, TextExpectation, Tolerance, ValueExpectation};
use super::histogram::literal;
use crate::SampleRef;
use crate::model::{Labels, METRIC_NAME, number, quote};
use crate::rules::AlertState;
use std::collections::BTreeMap;

/// An alert or a series that was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) state: Option<AlertState>,
    /// One a step; none for alerts.
    pub(super) values: Vec<Option<Value>>,
}

/// The value of a sample.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) float: f64,
    pub(super) histogram: Option<String>,
}

/// An alert or a series that is expected.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    pub(super) labels: BTreeMap<String, TextExpectation>,
    pub(super) annotations: BTreeMap<String, TextExpectation>,
    pub(super) state: Option<AlertState>,
    /// One a step; none if they do not matter.
    pub(super) values: Vec<Option<ExpectedValue>>,
    pub(super) tolerance: Tolerance,
    pub(super) matching: Match,
    /// False if there must be none.
    pub(super) present: bool,
}

/// The expected value of a sample.
#[derive(Clone, Debug)]
pub(super) struct ExpectedValue {
    pub(super) float: ValueExpectation,
    pub(super) histogram: Option<String>,
}

impl Value {
    pub(super) fn of(sample: SampleRef<'_>) -> Self {
        match sample {
            SampleRef::Float(float) => Value { float, histogram: None },
            SampleRef::Histogram(histogram) => Value { float: 0.0, histogram: Some(literal(histogram)) },
        }
    }

    pub(super) fn show(&self) -> String {
        self.histogram.clone().unwrap_or_else(|| number::format_plain(self.float))
    }
}

impl ExpectedValue {
    pub(super) fn holds(&self, got: &Value, tolerance: Tolerance) -> bool {
        self.histogram == got.histogram && self.float.holds(got.float, tolerance)
    }

    pub(super) fn show(&self, tolerance: Tolerance) -> String {
        self.histogram.clone().unwrap_or_else(|| self.float.show(tolerance))
    }
}

impl Item {
    pub(super) fn show_labels(&self) -> String {
        Labels::from_pairs(self.labels.iter()).to_string()
    }

    pub(super) fn show(&self) -> String {
        let mut text =
            self.show_labels() + &show_values(self.values.iter().map(|v| v.as_ref().map(Value::show)));
        text += &show_state(self.state);
        for (name, value) in &self.annotations {
            text += &format!("\n  {name}: {}", quote(value));
        }
        text
    }
}

impl Expected {
    pub(super) fn is_same(&self, got: &Item) -> bool {
        self.state == got.state
            && fits(&self.labels, &got.labels, self.matching)
            && fits(&self.annotations, &got.annotations, self.matching)
            && (self.values.is_empty() || self.values.len() == got.values.len())
            && self.values.iter().zip(&got.values).all(|pair| match pair {
                (Some(own), Some(got)) => own.holds(got, self.tolerance),
                (own, got) => own.is_none() && got.is_none(),
            })
    }

    pub(super) fn exact_labels(&self) -> BTreeMap<String, String> {
        let exact =
            |(name, text): (&String, &TextExpectation)| Some((name.clone(), text.exact()?.to_owned()));
        self.labels.iter().filter_map(exact).collect()
    }

    pub(super) fn show(&self) -> String {
        let mut labels = self.labels.clone();
        let name = labels.get(METRIC_NAME).and_then(TextExpectation::exact).map(str::to_owned);
        if name.is_some() {
            labels.remove(METRIC_NAME);
        }
        let mut parts: Vec<String> = labels.iter().map(|(name, text)| text.show_as_matchers(name)).collect();
        if self.matching == Match::Subset {
            parts.push("…".to_owned());
        }
        let mut text = name.unwrap_or_default();
        if !parts.is_empty() || text.is_empty() {
            text += &format!("{{{}}}", parts.join(", "));
        }
        text += &show_values(self.values.iter().map(|v| v.as_ref().map(|v| v.show(self.tolerance))));
        text += &show_state(self.state);
        for (name, value) in &self.annotations {
            text += &format!("\n  {name}: {value}");
        }
        text
    }
}

/// Values behind labels; ` _` where there is none.
fn show_values(values: impl ExactSizeIterator<Item = Option<String>>) -> String {
    const MOST_SHOWN: usize = 20;
    let more = values.len() > MOST_SHOWN;
    let shown: String =
        values.take(MOST_SHOWN).map(|value| format!(" {}", value.as_deref().unwrap_or("_"))).collect();
    if more { shown + " …" } else { shown }
}

/// Firing is what everyone expects.
fn show_state(state: Option<AlertState>) -> String {
    match state {
        None | Some(AlertState::Firing) => String::new(),
        Some(state) => format!(" {}", state.as_str()),
    }
}

fn fits(
    expected: &BTreeMap<String, TextExpectation>,
    got: &BTreeMap<String, String>,
    matching: Match,
) -> bool {
    expected.iter().all(|(name, text)| text.holds(got.get(name).map(String::as_str)))
        && (matching == Match::Subset || got.keys().all(|name| expected.contains_key(name)))
}

/// Labels as a map.
pub(super) fn pairs(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
