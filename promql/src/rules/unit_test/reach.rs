//! Which rules of a test can find anything: those that read its series, or what such rules write.
//!
//! The others always answer with nothing, so it is enough to evaluate them once, to see whether they fail.

use crate::Query;
use crate::model::{Labels, METRIC_NAME, MatchOp, Matcher, ValueType};
use crate::rules::file::{Group, Rule};
use promql_grammar::ast::Kind;
use std::collections::HashMap;

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

/// For each rule whether it can find anything.
pub(super) fn reached(rules: &[(&Group, &Rule)], series: &[&Labels]) -> Vec<bool> {
    let outputs: Vec<Output> = rules.iter().map(|(group, rule)| Output::new(group, rule)).collect();
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (nth, output) in outputs.iter().enumerate() {
        for name in output.all_names() {
            by_name.entry(name).or_default().push(nth);
        }
    }
    let mut series_by_name: HashMap<&str, Vec<&Labels>> = HashMap::new();
    for labels in series {
        series_by_name.entry(labels.name()).or_default().push(labels);
    }
    let mut reached = vec![false; rules.len()];
    // Who reads what a rule writes is asked backwards: each rule knows the rules it may read.
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); rules.len()];
    let mut todo = Vec::new();
    for (nth, (_, rule)) in rules.iter().enumerate() {
        let Some(query) = &rule.query else { continue };
        let mut finds = answers_without_series(query);
        for matchers in query.selectors() {
            let name = matchers.iter().find(|m| m.name == METRIC_NAME && m.op == MatchOp::Equal);
            finds |= match name {
                Some(name) => series_by_name
                    .get(name.value.as_str())
                    .is_some_and(|series| series.iter().any(|labels| all_match(matchers, labels))),
                None => series.iter().any(|labels| all_match(matchers, labels)),
            };
            let candidates: Box<dyn Iterator<Item = usize>> = match name {
                Some(name) => Box::new(by_name.get(name.value.as_str()).into_iter().flatten().copied()),
                None => Box::new(0..rules.len()),
            };
            for writer in candidates.filter(|writer| outputs[*writer].may_match(matchers)) {
                readers[writer].push(nth);
            }
        }
        if finds {
            reached[nth] = true;
            todo.push(nth);
        }
    }
    while let Some(writer) = todo.pop() {
        for &reader in &readers[writer] {
            if !reached[reader] {
                reached[reader] = true;
                todo.push(reader);
            }
        }
    }
    reached
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
            value.is_empty() || self.templated.contains(&matcher.name) || matcher.matches(value)
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
        let series = Labels::from_pairs([("__name__", "in")]);
        let reached = reached(&rules, &[&series]);
        let names: String =
            rules.iter().zip(&reached).filter(|(_, is)| **is).map(|((_, rule), _)| rule.name()).collect();
        assert_eq!(names, "abCdhij");
    }
}
