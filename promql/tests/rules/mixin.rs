//! The unit tests of the Kubernetes mixin: all pass, and each one fails at its line when its expectation is changed.

use promql::rules::AlertState;
use promql::rules::unit_test::{
    ExpectedAlert, ExpectedSample, Match, Suite, TestGroup, TextExpectation, Tolerance, ValueExpectation,
    read,
};
use promql::rules::{self, ReadOptions};
use promql::{Engine, EngineOptions};
use std::path::{Path, PathBuf};

fn folder() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/upstream");
    let upstream = std::env::var_os("PROMQL_UPSTREAM").map_or(default, PathBuf::from);
    let folder = upstream.join("kubernetes-mixin/tests");
    if !folder.is_dir() {
        println!("skipped: there is no {}", folder.display());
        return None;
    }
    Some(folder)
}

/// Calls `check` with each test of the mixin.
fn for_each_test(check: impl Fn(&Suite<'_>, &TestGroup)) {
    let Some(folder) = folder() else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let file = read(&text).unwrap();
        let engine = Engine::new(EngineOptions {
            default_subquery_step: file.evaluation_interval,
            threads: 1,
            ..EngineOptions::default()
        });
        let rules: Vec<_> = file
            .rule_files
            .iter()
            .map(|name| {
                let text = std::fs::read_to_string(folder.join(name.as_str())).unwrap();
                rules::read(&text, &engine, ReadOptions::default()).file
            })
            .collect();
        let suite = Suite { text: &text, file: &file, rules: &rules, engine: &engine, dump: false };
        for test in &file.tests {
            check(&suite, test);
            count += 1;
        }
    }
    assert!(count > 0);
}

#[test]
fn all_tests_pass() {
    for_each_test(|suite, test| {
        let failures = suite.run(test).failures;
        assert!(failures.is_empty(), "{failures:#?}");
    });
}

#[test]
fn a_changed_expectation_fails_at_its_line() {
    for_each_test(|suite, test| {
        let mut changed = test.clone();
        let mut lines = Vec::new();
        for case in &mut changed.alerts {
            lines.push(case.span);
            match case.expected.first_mut() {
                Some(alert) => {
                    alert.annotations.insert("changed".into(), TextExpectation::equals("yes"));
                }
                None => case.expected.push(ExpectedAlert {
                    span: case.span,
                    labels: [("changed".into(), TextExpectation::equals("yes"))].into(),
                    annotations: [].into(),
                    state: AlertState::Firing,
                    matching: Match::Exact,
                    present: true,
                }),
            }
        }
        for case in &mut changed.exprs {
            lines.push(case.span);
            match case.expected.first_mut() {
                Some(sample) => match &mut sample.value {
                    Some(ValueExpectation::Number { value, .. }) => *value += 1.0,
                    value => *value = Some(ValueExpectation::number(1.0)),
                },
                None => case.expected.push(ExpectedSample {
                    span: case.span,
                    labels: None,
                    value: Some(ValueExpectation::number(1.0)),
                    tolerance: Tolerance::Exact,
                    histogram: None,
                    values: None,
                    matching: Match::Exact,
                    present: true,
                }),
            }
        }
        // All at once: each failure stands for itself, so none may hide another.
        let mut failed: Vec<_> = suite.run(&changed).failures.iter().map(|failure| failure.span).collect();
        failed.sort();
        lines.sort();
        assert_eq!(failed, lines);
    });
}
