//! Rules that write the same series: same name, same labels.

use super::fault::warning;
use super::file::{Group, Rule, RuleFile};
use crate::diagnostic::Diagnostic;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use promql_grammar::Span;
use std::collections::BTreeMap;

/// Labels as they are written. To promtool an empty label is a label.
type Written = BTreeMap<String, String>;

/// The rules of a file with the name and labels of an earlier one.
#[must_use]
pub fn duplicate_rules(file: &RuleFile) -> Vec<Diagnostic> {
    let rules = || file.groups.iter().flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
    // Most names are used once; then nobody needs to know the labels.
    let mut first: HashMap<&str, (&Group, &Rule)> = HashMap::with_capacity(rules().count());
    let mut known: HashMap<&str, HashMap<Written, Span>> = HashMap::new();
    let mut findings = Vec::new();
    for (group, rule) in rules() {
        let (first_group, first_rule) = match first.entry(rule.name()) {
            Entry::Vacant(entry) => {
                entry.insert((group, rule));
                continue;
            }
            Entry::Occupied(entry) => *entry.get(),
        };
        let known = known
            .entry(rule.name())
            .or_insert_with(|| HashMap::from_iter([(first_rule.label_pairs(first_group), first_rule.span)]));
        match known.entry(rule.label_pairs(group)) {
            Entry::Vacant(entry) => drop(entry.insert(rule.span)),
            Entry::Occupied(entry) => findings.push(duplicate(group, rule, *entry.get())),
        }
    }
    findings
}

fn duplicate(group: &Group, rule: &Rule, first: Span) -> Diagnostic {
    let head = |span: Span| Span { start: span.start, end: span.start };
    let labels = rule.all_labels(group);
    let labels = if labels.is_empty() { String::new() } else { format!(" with {labels}") };
    let message = format!("a rule for {}{labels} stands in this file already", rule.name());
    let mut finding = warning("duplicate-rules", head(rule.span), message);
    finding.labels.push((head(first), "first here".to_owned()));
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;
    use crate::rules::{ReadOptions, read};

    fn count(rules: &str) -> usize {
        let text = format!("groups: [{{name: g, rules: [{rules}]}}]");
        let reading = read(&text, &Engine::default(), ReadOptions::default());
        assert_eq!(reading.findings, []);
        duplicate_rules(&reading.file).len()
    }

    #[test]
    fn name_and_labels_make_a_duplicate() {
        assert_eq!(count("{record: a, expr: '1'}, {record: a, expr: '2'}"), 1);
        assert_eq!(count("{record: a, expr: '1'}, {alert: a, expr: '2'}, {record: a, expr: '3'}"), 2);
        assert_eq!(count("{record: a, expr: '1'}, {record: b, expr: '1'}"), 0);
        assert_eq!(count("{record: a, expr: '1'}, {record: a, expr: '2', labels: {x: '1'}}"), 0);
        assert_eq!(count("{record: a, expr: '1'}, {record: a, expr: '2', labels: {x: ''}}"), 0);
    }
}
