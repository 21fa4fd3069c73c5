//! The rules of a group, ready to be evaluated together.

use super::evaluate::{RuleSample, RuleState};
use super::file::Group;
use crate::model::Millis;

/// The rules of a group and what they remember between evaluations.
///
/// Each rule is evaluated against any [`SeriesSource`](crate::source::SeriesSource), and its samples are written,
/// before the next one is: that is how rules read what rules before them found.
///
/// ```
/// use promql::rules::{AlertState, GroupState, ReadOptions, RuleContext, read};
/// use promql::{Engine, source::text};
///
/// let file = "
/// groups:
/// - name: disks
///   rules:
///   - record: free:min
///     expr: min by (host) (disk_free)
///   - alert: DiskFull
///     expr: free:min < 5
///     for: 1m
///     annotations: {summary: 'only {{ $value }} left on {{ $labels.host }}'}
/// ";
/// let mut store = text::load("load 1m\n  disk_free{host=\"a\"} 9 3 2 8\n")?;
/// let reading = read(file, &Engine::default(), ReadOptions::default());
/// let mut group = GroupState::new(&reading.file.groups[0]).ok_or("the file has errors")?;
/// let context = RuleContext::default();
///
/// for minute in 0..=2 {
///     for rule in group.rules_mut() {
///         for sample in rule.evaluate(&store, minute * 60_000, &context)? {
///             store.append(&sample.labels, sample.time, sample.sample, 0)?;
///         }
///     }
/// }
/// let alert = group.rules().iter().flat_map(|rule| rule.alerts()).next().ok_or("no alert")?;
/// assert_eq!((alert.state, alert.value, alert.active_at), (AlertState::Firing, 2.0, 60_000));
/// assert_eq!(alert.labels.to_string(), r#"{alertname="DiskFull", host="a"}"#);
/// assert_eq!(alert.annotations[0].1, "only 2 left on a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GroupState {
    rules: Vec<RuleState>,
}

impl GroupState {
    /// The initial state of a group; none if the expression of a rule is missing or wrong.
    #[must_use]
    pub fn new(group: &Group) -> Option<Self> {
        let rules = group.rules.iter().map(|rule| RuleState::new(group, rule));
        Some(GroupState { rules: rules.collect::<Option<_>>()? })
    }

    /// Its rules in their order.
    #[must_use]
    pub fn rules(&self) -> &[RuleState] {
        &self.rules
    }

    /// Its rules in the order in which they have to be evaluated.
    pub fn rules_mut(&mut self) -> &mut [RuleState] {
        &mut self.rules
    }

    /// Takes over the alerts and series of an older version of the group: those of rules with the same name and
    /// labels, as Prometheus does when it reloads its configuration. Gives back stale markers for the series of all
    /// other rules, to be written after the first evaluation at `time`.
    #[must_use]
    pub fn resume(&mut self, before: GroupState, time: Millis) -> Vec<RuleSample> {
        let mut old: Vec<Option<RuleState>> = before.rules.into_iter().map(Some).collect();
        for rule in &mut self.rules {
            let same = old.iter_mut().find(|old| old.as_ref().is_some_and(|old| rule.is_same_rule(old)));
            if let Some(state) = same.and_then(Option::take) {
                rule.resume(state);
            }
        }
        old.into_iter().flatten().flat_map(|rule| rule.retire(time)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;
    use crate::model::Sample;
    use crate::rules::{ReadOptions, RuleContext, RuleError, read};
    use crate::source::{MemorySource, text};

    fn group(rules: &str) -> GroupState {
        let text = format!("groups:\n- name: g\n  query_offset: 1m\n  limit: 2\n  rules:\n{rules}");
        let reading = read(&text, &Engine::default(), ReadOptions::default());
        assert_eq!(reading.findings, []);
        GroupState::new(&reading.file.groups[0]).unwrap()
    }

    fn evaluate(group: &mut GroupState, source: &MemorySource, minute: i64) -> Vec<String> {
        let context = RuleContext::default();
        let rules = group.rules_mut().iter_mut();
        rules.flat_map(|rule| show(&rule.evaluate(source, minute * 60_000, &context).unwrap())).collect()
    }

    fn show(samples: &[RuleSample]) -> Vec<String> {
        let value = |sample: &Sample| match sample {
            Sample::Float(value) if value.is_nan() => "ends".to_owned(),
            Sample::Float(value) => value.to_string(),
            Sample::Histogram(_) => "histogram".to_owned(),
        };
        samples.iter().map(|s| format!("{} {} @{}", s.labels, value(&s.sample), s.time / 60_000)).collect()
    }

    #[test]
    fn series_that_are_gone_end() {
        let source = text::load("load 1m\n  a{x=\"1\"} 1 1 stale\n").unwrap();
        let mut group = group("  - {record: b, expr: a}\n");
        assert_eq!(evaluate(&mut group, &source, 2), [r#"b{x="1"} 1 @1"#]);
        assert_eq!(evaluate(&mut group, &source, 3), [r#"b{x="1"} ends @2"#]);
        assert_eq!(evaluate(&mut group, &source, 4), [""; 0]);
    }

    #[test]
    fn a_reloaded_group_goes_on() {
        let source = text::load("load 1m\n  a 1x9\n").unwrap();
        let mut old = group("  - {alert: A, expr: a, for: 2m}\n  - {record: b, expr: a}\n");
        evaluate(&mut old, &source, 1);
        let mut new = group("  - {record: c, expr: a}\n  - {alert: A, expr: a > 0, for: 1m}\n");
        assert_eq!(show(&new.resume(old, 120_000)), [r#"b ends @1"#]);
        let lines = evaluate(&mut new, &source, 2);
        assert!(lines.iter().any(|line| line.contains(r#"alertstate="firing""#)), "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("pending") && line.contains("ends")), "{lines:?}");
        assert_eq!(new.rules()[1].alerts().next().unwrap().active_at, 60_000);
    }

    #[test]
    fn failures_are_typed() {
        let source = text::load("load 1m\n  a{x=\"1\"} 1x9\n  a{x=\"2\"} 1x9\n  a{x=\"3\"} 1x9\n").unwrap();
        let mut group = group("  - {alert: A, expr: a}\n  - {record: b, expr: a, labels: {x: ''}}\n");
        let mut failure = |nth: usize| {
            group.rules_mut()[nth].evaluate(&source, 120_000, &RuleContext::default()).unwrap_err()
        };
        assert!(matches!(failure(0), RuleError::Limit { limit: 2, count: 3, what: "alerts" }));
        assert!(matches!(failure(1), RuleError::SameLabels { kind: "rule" }));
        let context = RuleContext::default();
        context.cancel.cancel();
        assert!(matches!(group.rules_mut()[0].evaluate(&source, 0, &context), Err(RuleError::Query(_))));
    }
}
