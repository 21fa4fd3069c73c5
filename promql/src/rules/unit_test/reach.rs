//! Which rules of a test matter: those that can find anything, and those that an expectation looks at.
//!
//! A rule that reads neither a series of the test nor what such rules write always answers with nothing, so it is
//! enough to evaluate it once, to see whether it fails.

use crate::Query;
use crate::model::{Labels, METRIC_NAME, MatchOp, Matcher, ValueType};
use crate::rules::file::{Group, Rule};
use promql_grammar::ast::Kind;
use std::collections::HashMap;

/// Who reads what whom writes.
pub(super) struct Reach<'a> {
    rules: &'a [(&'a Group, &'a Rule)],
    outputs: Vec<Output>,
    /// The rules that write a series of a name.
    by_name: HashMap<String, Vec<usize>>,
    /// For each rule the rules whose series it may read.
    writers: Vec<Vec<usize>>,
}

/// What a rule may write.
struct Output {
    names: &'static [&'static str],
    record: String,
    /// Labels whose values are known.
    fixed: Labels,
    /// Labels whose values only the evaluation tells.
    templated: Vec<String>,
    is_alert: bool,
}

impl<'a> Reach<'a> {
    pub(super) fn new(rules: &'a [(&'a Group, &'a Rule)]) -> Self {
        let outputs: Vec<Output> = rules.iter().map(|(group, rule)| Output::new(group, rule)).collect();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (nth, output) in outputs.iter().enumerate() {
            for name in output.all_names() {
                by_name.entry(name.to_owned()).or_default().push(nth);
            }
        }
        let mut reach = Reach { rules, outputs, by_name, writers: Vec::new() };
        let writers = |(_, rule): &(&Group, &Rule)| {
            rule.query.as_ref().map(|query| reach.writers_for(query)).unwrap_or_default()
        };
        reach.writers = rules.iter().map(writers).collect();
        reach
    }

    /// The rules whose series a query may read.
    fn writers_for(&self, query: &Query) -> Vec<usize> {
        let mut writers = Vec::new();
        for matchers in query.selectors() {
            let candidates: Box<dyn Iterator<Item = usize>> = match name_of(matchers) {
                Some(name) => Box::new(self.by_name.get(name).into_iter().flatten().copied()),
                None => Box::new(0..self.rules.len()),
            };
            writers.extend(candidates.filter(|writer| self.outputs[*writer].may_match(matchers)));
        }
        writers
    }

    /// For each rule whether it can find anything among these series and what rules write.
    pub(super) fn finders(&self, series: &[&Labels]) -> Vec<bool> {
        let mut series_by_name: HashMap<&str, Vec<&Labels>> = HashMap::new();
        for labels in series {
            series_by_name.entry(labels.name()).or_default().push(labels);
        }
        let finds = |query: &Query| {
            answers_without_series(query)
                || query.selectors().any(|matchers| match name_of(matchers) {
                    Some(name) => series_by_name
                        .get(name)
                        .is_some_and(|series| series.iter().any(|labels| all_match(matchers, labels))),
                    None => series.iter().any(|labels| all_match(matchers, labels)),
                })
        };
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); self.rules.len()];
        for (reader, writers) in self.writers.iter().enumerate() {
            for &writer in writers {
                readers[writer].push(reader);
            }
        }
        let finders = self.rules.iter().map(|(_, rule)| rule.query.as_ref().is_some_and(finds));
        closure(finders.collect(), &readers)
    }

    /// For each rule whether the alerts of a name, the answer of a query, or a rule behind them depend on it.
    pub(super) fn looked_at(&self, alerts: &[&str], queries: &[Query]) -> Vec<bool> {
        let is_alert = |(_, rule): &(&Group, &Rule)| rule.is_alert() && alerts.contains(&rule.name());
        let mut looked_at: Vec<bool> = self.rules.iter().map(is_alert).collect();
        for writer in queries.iter().flat_map(|query| self.writers_for(query)) {
            looked_at[writer] = true;
        }
        closure(looked_at, &self.writers)
    }
}

/// Marks everything that edges lead to from what is marked.
fn closure(mut marked: Vec<bool>, edges: &[Vec<usize>]) -> Vec<bool> {
    let mut todo: Vec<usize> = (0..marked.len()).filter(|nth| marked[*nth]).collect();
    while let Some(from) = todo.pop() {
        for &to in &edges[from] {
            if !marked[to] {
                marked[to] = true;
                todo.push(to);
            }
        }
    }
    marked
}

fn name_of(matchers: &[Matcher]) -> Option<&str> {
    let name = matchers.iter().find(|m| m.name == METRIC_NAME && m.op == MatchOp::Equal);
    name.map(|name| name.value.as_str())
}

fn all_match(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches_labels(labels))
}

/// True if a query may answer although it finds no series.
fn answers_without_series(query: &Query) -> bool {
    const MAKERS: [&str; 3] = ["absent", "absent_over_time", "vector"];
    query.value_type() != ValueType::Vector
        || query.ast().ids().any(|id| match &query.ast()[id].kind {
            Kind::Call { function, args, .. } => args.is_empty() || MAKERS.contains(&function.as_str()),
            _ => false,
        })
}

impl Output {
    fn new(group: &Group, rule: &Rule) -> Self {
        let labels = rule.all_labels(group);
        let is_template = |value: &str| rule.is_alert() && value.contains("{{");
        let fixed = labels.iter().filter(|(_, value)| !is_template(value));
        let fixed = Labels::from_pairs(fixed);
        let mut fixed = fixed.edit();
        if rule.is_alert() {
            fixed.set("alertname", rule.name());
        }
        let templated = labels.iter().filter(|(_, value)| is_template(value));
        Output {
            names: if rule.is_alert() { &["ALERTS", "ALERTS_FOR_STATE"] } else { &[] },
            record: if rule.is_alert() { String::new() } else { rule.name().to_owned() },
            fixed: fixed.finish(),
            templated: templated.map(|(name, _)| name.to_owned()).collect(),
            is_alert: rule.is_alert(),
        }
    }

    fn all_names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().copied().chain((!self.is_alert).then_some(self.record.as_str()))
    }

    fn may_match(&self, matchers: &[Matcher]) -> bool {
        matchers.iter().all(|matcher| {
            if matcher.name == METRIC_NAME {
                return self.all_names().any(|name| matcher.matches(name));
            }
            let value = self.fixed.get(&matcher.name);
            value.is_empty()
                || self.templated.iter().any(|name| *name == matcher.name)
                || matcher.matches(value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;
    use crate::rules::{ReadOptions, read};

    #[test]
    fn rules_are_reached_through_rules() {
        let text = r#"
groups:
- name: g
  rules:
  - {record: a, expr: "sum(in)"}
  - {record: b, expr: "a + other"}
  - {alert: C, expr: "b > 0", labels: {severity: page}}
  - {record: d, expr: 'ALERTS{alertname="C", severity="page"}'}
  - {record: e, expr: 'ALERTS{alertname="C", severity="info"}'}
  - {record: f, expr: "other"}
  - {record: g, expr: "f + f"}
  - {record: h, expr: "absent(other)"}
  - {record: i, expr: "1"}
  - {record: j, expr: '{job="x"}'}
"#;
        let reading = read(text, &Engine::default(), ReadOptions::default());
        assert_eq!(reading.findings, []);
        let group = &reading.file.groups[0];
        let rules: Vec<_> = group.rules.iter().map(|rule| (group, rule)).collect();
        let reach = Reach::new(&rules);
        let names = |marked: Vec<bool>| -> String {
            rules.iter().zip(marked).filter(|(_, is)| *is).map(|((_, rule), _)| rule.name()).collect()
        };
        let series = Labels::from_pairs([("__name__", "in")]);
        assert_eq!(names(reach.finders(&[&series])), "abCdhij");
        let query = |text: &str| Engine::default().parse(text).unwrap();
        assert_eq!(names(reach.looked_at(&["C", "X"], &[])), "abC");
        assert_eq!(names(reach.looked_at(&[], &[query("d + g")])), "abCdfg");
    }
}
