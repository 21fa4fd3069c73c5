//! `promql test`

use crate::args::TestArgs;
use crate::failure::Failure;
use promql::promqltest;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Runs every file, whatever happens to the ones before it. The last line is `N passed, M failed`.
pub(super) fn run(args: &TestArgs) -> Result<ExitCode, Failure> {
    let mut out = anstream::stdout();
    let (mut passed, mut failed, mut unread) = (0, 0, false);
    for path in &args.files {
        let text = match read(path) {
            Ok(text) => text,
            Err(failure) => {
                crate::diagnostics::report(&failure);
                unread = true;
                continue;
            }
        };
        let report = promqltest::run(&text);
        passed += report.passed;
        failed += report.failures.len();
        write_report(&mut out, &path.display().to_string(), &report)?;
    }
    writeln!(out, "{passed} passed, {failed} failed")?;
    Ok(match (unread, failed) {
        (true, _) => ExitCode::from(2),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::from(1),
    })
}

fn read(path: &Path) -> Result<String, Failure> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|error| Failure::setup(format!("{name}: {error}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::setup(format!("{name} is no script: it is not UTF-8")))
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
