//! Rules that write the same series: same name, same labels.

use super::fault::warning;
use super::file::RuleFile;
use crate::diagnostic::Diagnostic;
use hashbrown::HashMap;
use promql_grammar::Span;
use std::collections::BTreeMap;

/// The rules of a file with the name and labels of an earlier one.
#[must_use]
pub fn duplicate_rules(file: &RuleFile) -> Vec<Diagnostic> {
    let rules = || file.groups.iter().flat_map(|group| &group.rules);
    let mut uses: HashMap<&str, usize> = HashMap::with_capacity(rules().count());
    for rule in rules() {
        *uses.entry(rule.name()).or_default() += 1;
    }
    let mut known: HashMap<(&str, BTreeMap<String, String>), Span> = HashMap::new();
    let mut findings = Vec::new();
    for group in &file.groups {
        // Most names are used once; then nobody needs to know the labels.
        for rule in group.rules.iter().filter(|rule| uses[rule.name()] > 1) {
            let head = |span: Span| Span { start: span.start, end: span.start };
            // To promtool an empty label is a label.
            let labels = rule.label_pairs(group);
            match known.get(&(rule.name(), labels.clone())) {
                Some(first) => {
                    let labels = rule.all_labels(group);
                    let labels = if labels.is_empty() { String::new() } else { format!(" with {labels}") };
                    let message = format!("a rule for {}{labels} stands in this file already", rule.name());
                    let mut finding = warning("duplicate-rules", head(rule.span), message);
                    finding.labels.push((head(*first), "first here".to_owned()));
                    findings.push(finding);
                }
                None => {
                    known.insert((rule.name(), labels), rule.span);
                }
            }
        }
    }
    findings
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
        assert_eq!(count("{record: a, expr: '1'}, {record: b, expr: '1'}"), 0);
        assert_eq!(count("{record: a, expr: '1'}, {record: a, expr: '2', labels: {x: '1'}}"), 0);
        assert_eq!(count("{record: a, expr: '1'}, {record: a, expr: '2', labels: {x: ''}}"), 0);
    }
}
