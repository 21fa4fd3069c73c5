//! What promtool passes over in silence and a strict file does not: names that nothing has.

use super::file::{TestFile, TestGroup};
use super::report::Failure;
use super::run::Suite;
use crate::check::nearest_of;
use crate::diagnostic::Diagnostic;
use crate::model::format_duration;
use crate::rules::fault;
use crate::rules::file::{Rule, RuleFile};
use crate::rules::yaml::Text;
use std::collections::HashSet;

/// Alert tests whose alert no rule has.
pub(super) fn failures(suite: &Suite<'_>, test: &TestGroup) -> Vec<Failure> {
    let rules = suite.rules.iter().flat_map(|file| &file.groups).flat_map(|group| &group.rules);
    let known: HashSet<&str> = rules.filter(|rule| rule.is_alert()).map(Rule::name).collect();
    let unknown = test.alerts.iter().filter(|case| !known.contains(case.name()));
    let failure = |case: &super::AlertCase| {
        let message = format!("no rule has the alert {}", case.name());
        let span = case.alertname.as_ref().map_or(case.span, Text::span);
        let mut finding = fault::error("unknown-alert", span, message.clone());
        finding.help =
            nearest_of(case.name(), known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let title = format!("alert {} at {}", case.name(), format_duration(case.eval_time));
        Failure { detail: message, findings: vec![finding], ..Failure::new(case.span, title) }
    };
    unknown.map(failure).collect()
}

/// Names in the order of evaluation that no group has.
#[must_use]
pub fn unknown_groups(file: &TestFile, rules: &[RuleFile]) -> Vec<Diagnostic> {
    let groups = rules.iter().flat_map(|rules| &rules.groups);
    let known: HashSet<&str> = groups.map(|group| group.name.as_str()).collect();
    let unknown = file.group_eval_order.iter().filter(|name| !known.contains(name.as_str()));
    let finding = |name: &Text| {
        let message = format!("no rule file has the group {}", name.as_str());
        let mut finding = fault::error("unknown-group", name.span(), message);
        finding.help =
            nearest_of(name.as_str(), known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        finding
    };
    unknown.map(finding).collect()
}
