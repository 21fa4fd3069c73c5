//! Evaluating a rule at a time: the samples it writes, the alerts it keeps.

use super::alert::{Alert, Alerts, Found, Holds};
use super::expand::{Program, RuleContext, Subject};
use super::file::{Group, Rule};
use crate::model::{Labels, METRIC_NAME, Millis, Sample, ValueType, stale_nan};
use crate::source::SeriesSource;
use crate::{Query, QueryOutput, Run, SampleRef};
use std::collections::{BTreeMap, HashSet};

/// The label that names an alert.
const ALERT_NAME: &str = "alertname";

/// A sample that a rule writes.
#[derive(Clone, Debug)]
pub struct RuleSample {
    /// Its series.
    pub labels: Labels,
    /// Its time: that of the evaluation less the group's `query_offset`.
    pub time: Millis,
    /// Its value; [`stale_nan`] where the series ends.
    pub sample: Sample,
}

/// Why a rule wrote nothing; all texts but those of sources are Prometheus'.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The query failed.
    #[error(transparent)]
    Query(#[from] crate::Error),
    /// The answer is a string or a matrix.
    #[error("rule result is not a vector or scalar")]
    NotAVector,
    /// Two series of the answer have the same labels with those of the rule.
    #[error("vector contains metrics with the same labelset after applying {kind} labels")]
    SameLabels {
        /// `alert` or `rule`.
        kind: &'static str,
    },
    /// There are more than the group allows.
    #[error("exceeded limit of {limit} with {count} {what}")]
    Limit {
        /// The `limit` of the group.
        limit: usize,
        /// How many there are.
        count: usize,
        /// `alerts` or `series`.
        what: &'static str,
    },
}

/// A rule ready to be evaluated again and again, and what it remembers in between: its alerts and the series it wrote.
///
/// See [`GroupState`](super::GroupState) for an example.
#[derive(Clone, Debug)]
pub struct RuleState {
    name: String,
    query: Query,
    query_offset: Millis,
    limit: i64,
    /// Of the group and the rule, templates unexpanded.
    labels: BTreeMap<String, String>,
    /// What only alerting rules have.
    alerting: Option<Alerting>,
    /// The series of the evaluation before.
    written: HashSet<Labels>,
}

#[derive(Clone, Debug)]
struct Alerting {
    holds: Holds,
    labels: Vec<(String, Program)>,
    annotations: Vec<(String, Program)>,
    alerts: Alerts,
}

impl RuleState {
    /// The initial state of a rule of a group; none if its expression is missing or wrong.
    #[must_use]
    pub fn new(group: &Group, rule: &Rule) -> Option<Self> {
        let name = rule.name();
        let labels = rule.label_pairs(group);
        let alerting = rule.is_alert().then(|| {
            let program = |(label, text): (&str, &str)| (label.to_owned(), Program::new(name, text));
            let annotations = rule.annotations.iter();
            let annotations = annotations.map(|(name, text)| program((name.as_str(), text.as_str())));
            let mut annotations: Vec<_> = annotations.collect();
            annotations.sort_by(|a, b| a.0.cmp(&b.0));
            Alerting {
                holds: Holds { hold: rule.hold, keep_firing_for: rule.keep_firing_for },
                labels: labels.iter().map(|(name, text)| program((name, text))).collect(),
                annotations,
                alerts: Alerts::default(),
            }
        });
        Some(RuleState {
            name: name.to_owned(),
            query: rule.query.clone()?,
            query_offset: group.query_offset.unwrap_or(0),
            limit: group.limit,
            labels,
            alerting,
            written: HashSet::new(),
        })
    }

    /// The name of the alert or of the series.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True for an alerting rule.
    #[must_use]
    pub fn is_alert(&self) -> bool {
        self.alerting.is_some()
    }

    /// Its alerts by their labels: pending, firing, and for 15 minutes inactive ones that have fired.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerting.iter().flat_map(|alerting| alerting.alerts.all())
    }

    /// Evaluates the rule at a time, in milliseconds since the epoch; times must ascend from call to call.
    ///
    /// The samples are for the caller to write, before the next rule of the group is evaluated. They end with stale
    /// markers for the series that are gone; a store should ignore its own refusal of those, for another rule may
    /// write such a series now.
    ///
    /// Blocks while the source selects series. Give a source whose futures need a reactor a thread in its context
    /// (tokio's `spawn_blocking`).
    ///
    /// # Errors
    /// See [`RuleError`]. The alerts stay as they were, but are forgotten if there are more than the limit.
    pub fn evaluate(
        &mut self,
        source: &dyn SeriesSource,
        time: Millis,
        context: &RuleContext,
    ) -> Result<Vec<RuleSample>, RuleError> {
        let at = time.saturating_sub(self.query_offset);
        let run = Run { cancel: context.cancel.clone(), ..Run::instant(at) };
        let output = self.query.run(source, &run)?;
        let samples = if self.alerting.is_some() {
            self.alert_samples(&output, source, time, context)?
        } else {
            self.recorded_samples(&output)?
        };
        Ok(self.with_stale_markers(samples, at))
    }

    /// Stale markers for all series of the last evaluation, which has to be the last one.
    #[must_use]
    pub fn retire(mut self, time: Millis) -> Vec<RuleSample> {
        let at = time.saturating_sub(self.query_offset);
        self.with_stale_markers(Vec::new(), at)
    }

    /// Goes on where a state of the same rule stopped.
    pub(super) fn resume(&mut self, before: RuleState) {
        self.written = before.written;
        if let (Some(own), Some(before)) = (&mut self.alerting, before.alerting) {
            own.alerts = before.alerts;
        }
    }

    /// Names and labels are the same, templates unexpanded.
    pub(super) fn is_same_rule(&self, other: &RuleState) -> bool {
        self.is_alert() == other.is_alert() && self.name == other.name && self.labels == other.labels
    }

    fn recorded_samples(&self, output: &QueryOutput) -> Result<Vec<(Labels, Sample)>, RuleError> {
        let mut seen = HashSet::new();
        let mut samples = Vec::new();
        for (labels, value) in vector(output)? {
            let mut edit = labels.edit();
            edit.set(METRIC_NAME, &self.name);
            for (name, value) in &self.labels {
                edit.set(name, value);
            }
            let labels = edit.finish();
            if !seen.insert(labels.clone()) {
                return Err(RuleError::SameLabels { kind: "rule" });
            }
            samples.push((labels, owned(value)));
        }
        self.check_limit(samples.len(), "series")?;
        Ok(samples)
    }

    fn alert_samples(
        &mut self,
        output: &QueryOutput,
        source: &dyn SeriesSource,
        time: Millis,
        context: &RuleContext,
    ) -> Result<Vec<(Labels, Sample)>, RuleError> {
        let Some(alerting) = &mut self.alerting else { return Ok(Vec::new()) };
        let mut found = BTreeMap::new();
        let engine = self.query.engine();
        for (labels, value) in vector(output)? {
            let subject = Subject { labels: &labels, value, time, context, engine: &engine, source };
            let mut edit = labels.edit();
            edit.remove(METRIC_NAME);
            for (name, program) in &alerting.labels {
                edit.set(name, &program.expand(&subject));
            }
            edit.set(ALERT_NAME, &self.name);
            let annotations = alerting.annotations.iter();
            let annotations = annotations.map(|(name, program)| (name.clone(), program.expand(&subject)));
            let value = match value {
                SampleRef::Float(value) => value,
                SampleRef::Histogram(_) => 0.0,
            };
            let one = Found { value, annotations: annotations.collect() };
            if found.insert(edit.finish(), one).is_some() {
                return Err(RuleError::SameLabels { kind: "alert" });
            }
        }
        let active = alerting.alerts.update(&found, time, alerting.holds);
        let mut samples = Vec::with_capacity(2 * active);
        let own = Labels::from_pairs(&self.labels);
        for alert in alerting.alerts.active() {
            // A label whose template came out empty shows its template here, as in Prometheus.
            let mut edit = own.edit();
            for (name, value) in alert.labels.iter() {
                edit.set(name, value);
            }
            edit.set(ALERT_NAME, &self.name);
            edit.set(METRIC_NAME, "ALERTS_FOR_STATE");
            #[expect(clippy::cast_precision_loss, reason = "seconds are exact for 285 million years")]
            let since = alert.active_at.div_euclid(1000) as f64;
            samples.push((edit.finish(), Sample::Float(since)));
            edit.set(METRIC_NAME, "ALERTS").set("alertstate", alert.state.as_str());
            samples.push((edit.finish(), Sample::Float(1.0)));
        }
        if let Err(problem) = self.check_limit(active, "alerts") {
            if let Some(alerting) = &mut self.alerting {
                alerting.alerts.clear();
            }
            return Err(problem);
        }
        Ok(samples)
    }

    fn check_limit(&self, count: usize, what: &'static str) -> Result<(), RuleError> {
        match usize::try_from(self.limit) {
            Ok(limit @ 1..) if count > limit => Err(RuleError::Limit { limit, count, what }),
            _ => Ok(()),
        }
    }

    fn with_stale_markers(&mut self, samples: Vec<(Labels, Sample)>, time: Millis) -> Vec<RuleSample> {
        let written: HashSet<Labels> = samples.iter().map(|(labels, _)| labels.clone()).collect();
        let before = std::mem::replace(&mut self.written, written);
        let mut gone: Vec<Labels> =
            before.into_iter().filter(|labels| !self.written.contains(labels)).collect();
        gone.sort_unstable();
        let gone = gone.into_iter().map(|labels| (labels, Sample::Float(stale_nan())));
        let all = samples.into_iter().chain(gone);
        all.map(|(labels, sample)| RuleSample { labels, time, sample }).collect()
    }
}

/// The samples of an answer; a scalar counts as one without labels.
pub(super) fn vector<'a>(output: &'a QueryOutput) -> Result<Vec<(Labels, SampleRef<'a>)>, RuleError> {
    match output.value_type() {
        ValueType::Scalar => {
            let value = output.scalar().map_or(f64::NAN, |(_, value)| value);
            Ok(vec![(Labels::empty(), SampleRef::Float(value))])
        }
        ValueType::Vector => {
            let sample =
                |series: crate::Series<'a>| Some((series.labels().clone(), series.samples().next()?.1));
            Ok(output.series().filter_map(sample).collect())
        }
        _ => Err(RuleError::NotAVector),
    }
}

pub(super) fn owned(value: SampleRef<'_>) -> Sample {
    match value {
        SampleRef::Float(value) => Sample::Float(value),
        SampleRef::Histogram(histogram) => Sample::Histogram(histogram.clone()),
    }
}
