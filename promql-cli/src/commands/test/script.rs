//! Scripts in the language of Prometheus' own tests.

use super::report::{Failure, FileReport, Test};
use promql::promqltest;

/// Runs a script.
pub(super) fn run(name: &str, text: &str) -> FileReport {
    let report = promqltest::run(text);
    let failures = report.failures.into_iter().map(|failure| Failure {
        line: failure.line,
        title: failure.statement.trim().to_owned(),
        detail: failure.problem,
        ..Failure::default()
    });
    let test = Test {
        name: "script".to_owned(),
        line: 1,
        passed: report.passed,
        failures: failures.collect(),
        dump: None,
    };
    FileReport { name: name.to_owned(), tests: vec![test], is_script: true, ..FileReport::default() }
}
