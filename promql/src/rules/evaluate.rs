//! Evaluating the rules of a group at a time: what they find is written to a source.

use super::alert::{Alert, Alerts, Holds};
use super::expand::{Program, Subject, TemplateContext};
use super::file::{Group, Rule};
use crate::model::{Labels, LabelsEdit, METRIC_NAME, Millis, Sample, ValueType, stale_nan};
use crate::source::MemorySource;
use crate::{Query, QueryOutput, SampleRef};
use std::collections::{BTreeMap, HashSet};

/// The label that names an alert.
const ALERT_NAME: &str = "alertname";

/// A rule ready to be evaluated again and again, and what it must remember in between.
#[derive(Clone, Debug)]
pub(super) struct RuleState {
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
    /// The initial state of a rule; none if it has errors.
    pub(super) fn new(group: &Group, rule: &Rule) -> Option<Self> {
        let name = rule.name();
        let labels = rule.label_pairs(group);
        let program =
            |name_of: &str, text: &str| Some((name_of.to_owned(), Program::compile(name, text).ok()?));
        let alerting = if rule.is_alert() {
            let labels: Option<Vec<_>> = labels.iter().map(|(name, text)| program(name, text)).collect();
            let annotations =
                rule.annotations.iter().map(|(name, text)| program(name.as_str(), text.as_str()));
            let holds = Holds { hold: rule.hold, keep_firing_for: rule.keep_firing_for };
            let mut annotations = annotations.collect::<Option<Vec<_>>>()?;
            annotations.sort_by(|a, b| a.0.cmp(&b.0));
            Some(Alerting { holds, labels: labels?, annotations, alerts: Alerts::default() })
        } else {
            None
        };
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

    /// The alerts that are pending or firing.
    pub(super) fn active_alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerting.iter().flat_map(|alerting| alerting.alerts.active())
    }

    /// Evaluates the rule and writes its series, with stale markers for those that are gone.
    ///
    /// # Errors
    /// Prometheus' text. Samples that could be written have been written.
    pub(super) fn evaluate(
        &mut self,
        source: &mut MemorySource,
        time: Millis,
        context: &TemplateContext,
    ) -> Result<(), String> {
        let at = time.saturating_sub(self.query_offset);
        let output = self.query.instant(source, at).map_err(|error| error.to_string())?;
        let samples = if self.alerting.is_some() {
            self.alert_samples(&output, source, time, context)?
        } else {
            self.recorded_samples(&output)?
        };
        self.write(samples, source, at)
    }

    fn recorded_samples(&self, output: &QueryOutput) -> Result<Vec<(Labels, Sample)>, String> {
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
                return Err(
                    "vector contains metrics with the same labelset after applying rule labels".into()
                );
            }
            samples.push((labels, owned(value)));
        }
        self.check_limit(samples.len(), "series")?;
        Ok(samples)
    }

    fn alert_samples(
        &mut self,
        output: &QueryOutput,
        source: &MemorySource,
        time: Millis,
        context: &TemplateContext,
    ) -> Result<Vec<(Labels, Sample)>, String> {
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
            if found.insert(edit.finish(), annotations.collect()).is_some() {
                return Err(
                    "vector contains metrics with the same labelset after applying alert labels".into()
                );
            }
        }
        let active = alerting.alerts.update(&found, time, alerting.holds);
        let mut samples = Vec::with_capacity(2 * active);
        for alert in alerting.alerts.active() {
            // A label whose template came out empty shows its template here, as in Prometheus.
            let raw = Labels::from_pairs(&self.labels);
            let mut edit: LabelsEdit<'_> = raw.edit();
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

    fn check_limit(&self, count: usize, what: &str) -> Result<(), String> {
        match usize::try_from(self.limit) {
            Ok(limit @ 1..) if count > limit => Err(format!("exceeded limit of {limit} with {count} {what}")),
            _ => Ok(()),
        }
    }

    fn write(
        &mut self,
        samples: Vec<(Labels, Sample)>,
        source: &mut MemorySource,
        at: Millis,
    ) -> Result<(), String> {
        let mut written = HashSet::with_capacity(samples.len());
        let mut result = Ok(());
        for (labels, sample) in samples {
            match source.append(&labels, at, sample, 0) {
                Ok(()) => {
                    written.insert(labels);
                }
                Err(error) => result = Err(error.to_string()),
            }
        }
        for gone in self.written.difference(&written) {
            // Another rule may write the series now; then it is not gone.
            let _ = source.append(gone, at, Sample::Float(stale_nan()), 0);
        }
        self.written = written;
        result
    }
}

/// The samples of an answer; a scalar counts as one without labels.
pub(super) fn vector<'a>(output: &'a QueryOutput) -> Result<Vec<(Labels, SampleRef<'a>)>, String> {
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
        _ => Err("rule result is not a vector or scalar".to_owned()),
    }
}

pub(super) fn owned(value: SampleRef<'_>) -> Sample {
    match value {
        SampleRef::Float(value) => Sample::Float(value),
        SampleRef::Histogram(histogram) => Sample::Histogram(histogram.clone()),
    }
}
