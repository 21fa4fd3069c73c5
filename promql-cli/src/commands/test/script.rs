//! Scripts in the language of Prometheus' own tests.

use super::{Total, junit};
use promql::promqltest;
use std::io::Write;

/// Runs a script.
pub(super) fn run(
    name: &str,
    text: &str,
    total: &mut Total,
    out: &mut dyn Write,
) -> std::io::Result<junit::Suite> {
    let report = promqltest::run(text);
    total.passed += report.passed;
    total.failed += report.failures.len();
    write_report(out, name, &report)?;
    let failures = report.failures.iter().map(|failure| junit::Failure {
        line: failure.line,
        message: failure.statement.trim().to_owned(),
        detail: failure.problem.clone(),
    });
    let case = junit::Case { name: "script".to_owned(), line: 1, failures: failures.collect() };
    Ok(junit::Suite { name: name.to_owned(), error: None, cases: vec![case] })
}

fn write_report(out: &mut dyn Write, name: &str, report: &promqltest::Report) -> std::io::Result<()> {
    let (good, bad) = (anstyle::AnsiColor::Green.on_default(), anstyle::AnsiColor::Red.on_default().bold());
    let bold = anstyle::Style::new().bold();
    match report.failures.len() {
        0 => writeln!(out, "{good}ok{good:#}    {name}: {} passed", report.passed)?,
        count => writeln!(out, "{bad}FAIL{bad:#}  {name}: {} passed, {count} failed", report.passed)?,
    }
    for failure in &report.failures {
        writeln!(out, "\n{bold}{name}:{}{bold:#}: {}", failure.line, failure.statement.trim())?;
        for line in failure.problem.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    if !report.failures.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}
