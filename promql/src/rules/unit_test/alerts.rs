//! Checking what is expected of alerts.

use super::compare::compare;
use super::expect::TextExpectation;
use super::explain::{Explanation, Focus, MOST_EXPLAINED, parts};
use super::fields::Axis;
use super::file::AlertCase;
use super::item::{Expected, Item, pairs};
use super::report::Failure;
use super::run::{Loaded, Running};
use crate::model::{Millis, format_duration};
use crate::rules::AlertState;

impl Running<'_> {
    /// Compares the alerts after the evaluation at `time`.
    pub(super) fn check_alerts(&self, case: &AlertCase, time: Millis) -> Option<Failure> {
        let rules = || self.rules.iter().filter(|rule| rule.is_alert && rule.name == case.name());
        let mut states: Vec<AlertState> = case.expected.iter().map(|alert| alert.state).collect();
        if case.expected.is_empty() {
            states.push(case.state);
        }
        let alerts = rules().flat_map(|rule| rule.state.alerts());
        let got: Vec<Item> = alerts
            .filter(|alert| states.contains(&alert.state))
            .map(|alert| Item {
                labels: pairs(&alert.labels),
                annotations: alert.annotations.iter().cloned().collect(),
                state: Some(alert.state),
                values: Vec::new(),
            })
            .collect();
        let expected: Vec<Expected> = case
            .expected
            .iter()
            .map(|alert| {
                let mut labels = alert.labels.clone();
                labels.insert("alertname".to_owned(), TextExpectation::equals(case.name()));
                Expected {
                    labels,
                    annotations: alert.annotations.clone(),
                    state: Some(alert.state),
                    matching: alert.matching,
                    present: alert.present,
                    ..Expected::default()
                }
            })
            .collect();
        let outcome = compare(&expected, &got, case.matching, Axis::default())?;
        let title = format!("alert {} at {}", case.name(), format_duration(case.eval_time));
        let mut failure = Failure::new(case.span, title);
        failure.explanations = self.explain(rules(), time, &outcome.focus);
        if failure.explanations.is_empty() {
            failure.detail = format!("there is no alert of the name {}", case.name());
        }
        failure.outcome = Some(Box::new(outcome));
        Some(failure)
    }

    /// What the parts of the rules' expressions find, and which alerts wait.
    pub(super) fn explain<'r>(
        &self,
        rules: impl Iterator<Item = &'r Loaded>,
        time: Millis,
        focus: &Focus,
    ) -> Vec<Explanation> {
        let full = |nth| (nth < MOST_EXPLAINED).then_some(focus);
        rules.enumerate().map(|(nth, rule)| self.explain_rule(rule, time, full(nth))).collect()
    }

    /// Without a focus only which rule it is.
    fn explain_rule(&self, rule: &Loaded, time: Millis, focus: Option<&Focus>) -> Explanation {
        let after = |time: Millis| format_duration(time.saturating_sub(self.test.start));
        let mut title = format!("{} at {}", rule.name, after(time));
        if rule.hold > 0 {
            title += &format!(", for: {}", format_duration(rule.hold));
        }
        let mut explanation =
            Explanation { rule: Some(rule.place), title, notes: Vec::new(), parts: Vec::new() };
        let Some(focus) = focus else { return explanation };
        let pending = rule.state.alerts().filter(|alert| alert.state == AlertState::Pending);
        let note = |alert: &crate::rules::Alert| {
            let fires = after(alert.active_at.saturating_add(rule.hold));
            format!("{} is pending since {}, fires at {fires}", alert.labels, after(alert.active_at))
        };
        explanation.notes = pending.map(note).collect();
        let more = explanation.notes.len().saturating_sub(MOST_EXPLAINED);
        if more > 0 {
            explanation.notes.truncate(MOST_EXPLAINED);
            explanation.notes.push(format!("{more} more are pending"));
        }
        if let Some(query) = &rule.query {
            explanation.parts = parts(query, &self.source, time.saturating_sub(rule.query_offset), focus);
        }
        explanation
    }
}
