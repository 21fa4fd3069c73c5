//! What Prometheus demands of groups and rules beyond their shape.

use super::expand::Program;
use super::fault::error;
use super::file::{Group, Rule};
use super::yaml::Text;
use crate::diagnostic::Diagnostic;
use crate::model::{METRIC_NAME, is_label_name};
use crate::{Engine, Error, Query};
use promql_grammar::Span;
use std::collections::HashMap;

/// Checks the groups of one file, but not their rules.
pub(super) fn check_groups(groups: &[Group], findings: &mut Vec<Diagnostic>) {
    // The names of the groups so far and their places.
    let mut names: HashMap<&str, Span> = HashMap::new();
    for group in groups {
        let head = head_of(group.span);
        if group.name.is_empty() {
            findings.push(error("group-name", head, "the group has no name"));
        }
        if let Some(first) = names.insert(&group.name, head) {
            let message = format!("the group name {:?} is repeated in the same file", group.name);
            let mut finding = error("group-name", head, message);
            finding.labels.push((first, "first here".to_owned()));
            findings.push(finding);
        }
        check_label_names(&group.labels, findings);
    }
}

/// Checks a rule. The query is its expression, if that is right.
pub(super) fn check_rule(
    rule: &Rule,
    text: &str,
    engine: &Engine,
    findings: &mut Vec<Diagnostic>,
) -> Option<Query> {
    match (given(rule.record.as_ref()), given(rule.alert.as_ref())) {
        (Some(record), Some(alert)) => {
            let mut finding =
                error("rule-kind", record.span(), "only one of `record` and `alert` must be set");
            finding.labels.push((alert.span(), String::new()));
            findings.push(finding);
        }
        (None, None) => {
            let message = "one of `record` or `alert` must be set";
            findings.push(error("rule-kind", head_of(rule.span), message));
        }
        _ => {}
    }
    let mut query = None;
    match given(rule.expr.as_ref()) {
        Some(expr) => match engine.parse(expr.as_str()) {
            Ok(parsed) => query = Some(parsed),
            Err(failure) => findings.extend(in_file(&failure, expr, text)),
        },
        None if rule.is_expr_broken => {}
        None => findings.push(error("rule-expr", head_of(rule.span), "the rule has no `expr`")),
    }
    if let Some(record) = given(rule.record.as_ref()) {
        check_recording(rule, record, findings);
    }
    check_label_names(&rule.labels, findings);
    for (name, _) in &rule.annotations {
        if !is_label_name(name.as_str()) {
            let message = format!("invalid annotation name: {:?}", name.as_str());
            findings.push(error("annotation-name", name.span(), message));
        }
    }
    if rule.is_alert() {
        check_templates(rule, text, findings);
    }
    query
}

/// An empty text is none.
fn given(text: Option<&Text>) -> Option<&Text> {
    text.filter(|text| !text.as_str().is_empty())
}

fn check_templates(rule: &Rule, text: &str, findings: &mut Vec<Diagnostic>) {
    for (kind, pairs) in [("label", &rule.labels), ("annotation", &rule.annotations)] {
        for (name, value) in pairs {
            if let Err(problem) = Program::check(rule.name(), value.as_str()) {
                let message = format!("template of {kind} `{}`: {}", name.as_str(), problem.message());
                let at = problem.offset();
                findings.push(error("template", value.locate(text, Span::new(at, at)), message));
            }
        }
    }
}

/// The findings about an expression, at their places in the file.
pub(super) fn in_file(failure: &Error, expr: &Text, file: &str) -> Vec<Diagnostic> {
    let mut findings = failure.diagnostics();
    for finding in &mut findings {
        for (span, _) in &mut finding.labels {
            *span = expr.locate(file, *span);
        }
        if finding.labels.is_empty() {
            finding.labels.push((expr.span(), String::new()));
        }
    }
    findings
}

fn check_recording(rule: &Rule, record: &Text, findings: &mut Vec<Diagnostic>) {
    let unused = [
        ("annotations", !rule.annotations.is_empty()),
        ("for", rule.hold != 0),
        ("keep_firing_for", rule.keep_firing_for != 0),
    ];
    for (field, _) in unused.iter().filter(|(_, set)| *set) {
        let message = format!("invalid field `{field}` in recording rule");
        findings.push(error("recording-rule", record.span(), message));
    }
    if record.as_str().contains(['{', '}']) {
        let message =
            format!("braces present in the recording rule name; should it be in expr?: {}", record.as_str());
        findings.push(error("recording-rule", record.span(), message));
    }
}

fn check_label_names(labels: &[(Text, Text)], findings: &mut Vec<Diagnostic>) {
    for (name, _) in labels {
        if !is_label_name(name.as_str()) || name.as_str() == METRIC_NAME {
            let message = format!("invalid label name: {:?}", name.as_str());
            findings.push(error("label-name", name.span(), message));
        }
    }
}

/// The beginning of a map, so that a finding does not underline all of it.
fn head_of(span: Span) -> Span {
    Span { start: span.start, end: span.start }
}
