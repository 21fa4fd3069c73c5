//! Rules that write the same series: same name, same labels.

use super::fault::warning;
use super::file::RuleFile;
use crate::diagnostic::Diagnostic;
use crate::model::Labels;
use promql_grammar::Span;
use std::collections::HashMap;

/// The rules of a file with the name and labels of an earlier one.
#[must_use]
pub fn duplicate_rules(file: &RuleFile) -> Vec<Diagnostic> {
    let mut known: HashMap<(&str, Labels), Span> = HashMap::new();
    let mut findings = Vec::new();
    for group in &file.groups {
        for rule in &group.rules {
            let head = |span: Span| Span { start: span.start, end: span.start };
            let labels = rule.all_labels(group);
            match known.get(&(rule.name(), labels.clone())) {
                Some(first) => {
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
