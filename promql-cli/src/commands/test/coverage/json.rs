//! Everything, for programs.

use super::{Report, in_memory};
use promql::rules::unit_test::{BranchCoverage, Points, RuleCoverage};
use serde::Serialize;
use std::io::Write;

#[derive(Serialize)]
struct Whole<'a> {
    /// Of rules and branches together; none if there are no rules.
    percent: Option<f64>,
    rules: Sum,
    branches: Sum,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct Sum {
    reached: usize,
    total: usize,
}

#[derive(Serialize)]
struct File<'a> {
    file: &'a str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Rule<'a> {
    line: usize,
    group: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    tests: usize,
    branches: Vec<Branch<'a>>,
}

#[derive(Serialize)]
struct Branch<'a> {
    line: usize,
    branch: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    expr: &'a str,
    tests: usize,
}

/// The whole report as a JSON object.
pub(super) fn report(report: &Report) -> Vec<u8> {
    let sum = |points: Points| Sum { reached: points.reached, total: points.total };
    let whole = Whole {
        percent: report.points().percent(),
        rules: sum(report.rule_points()),
        branches: sum(report.branch_points()),
        files: report.files.iter().map(file).collect(),
    };
    in_memory(|out| {
        serde_json::to_writer_pretty(&mut *out, &whole)?;
        writeln!(out)
    })
}

fn file(file: &super::File) -> File<'_> {
    File { file: &file.name, rules: file.coverage.rules.iter().map(|of| rule(file, of)).collect() }
}

fn rule<'a>(file: &super::File, rule: &'a RuleCoverage) -> Rule<'a> {
    Rule {
        line: file.line(rule.span.start),
        group: &rule.group,
        kind: if rule.is_alert { "alerting" } else { "recording" },
        name: &rule.name,
        tests: rule.tests,
        branches: rule.branches.iter().map(|of| branch(file, of)).collect(),
    }
}

fn branch<'a>(file: &super::File, branch: &'a BranchCoverage) -> Branch<'a> {
    Branch {
        line: file.line(branch.span.start),
        branch: branch.branch.as_str(),
        expr: &branch.text,
        tests: branch.tests,
    }
}
