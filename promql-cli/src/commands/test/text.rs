//! Results for people.

use super::report::{Failure, FileReport, Test};
use crate::diagnostics;
use anstyle::{AnsiColor, Style};
use promql::rules::unit_test::Mark;
use std::io::{self, Write};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const BOLD: Style = Style::new().bold();

/// Writes what came of a file. With `unified`, failures show both lists in full.
pub(super) fn write(out: &mut dyn Write, file: &FileReport, unified: bool) -> io::Result<()> {
    for (line, warning) in &file.warnings {
        diagnostics::say(&format!("warning: {}:{line}: {warning}", file.name));
    }
    if let Some(fault) = &file.fault {
        let what = if fault.name == file.name { String::new() } else { format!(": {}", fault.name) };
        let why = if fault.text.is_empty() { "cannot be read" } else { "has errors, nothing was run" };
        writeln!(out, "{BAD}FAIL{BAD:#}  {}{what} {why}", file.name)?;
        out.flush()?;
        diagnostics::draw_in(&fault.name, &fault.text, &fault.findings);
        return Ok(());
    }
    if file.is_script {
        return write_script(out, file);
    }
    writeln!(out, "{}", file.name)?;
    for test in &file.tests {
        write_test(out, file, test, unified)?;
    }
    Ok(())
}

fn write_test(out: &mut dyn Write, file: &FileReport, test: &Test, unified: bool) -> io::Result<()> {
    if test.failures.is_empty() {
        writeln!(out, "  {GOOD}ok{GOOD:#}    {}", test.name)?;
    } else {
        writeln!(out, "  {BAD}FAIL{BAD:#}  {}", test.name)?;
    }
    for failure in &test.failures {
        write_failure(out, file, failure, unified)?;
    }
    if let Some(dump) = &test.dump {
        out.flush()?;
        diagnostics::say(&format!("all series at the end of {}:\n{dump}", test.name));
    }
    Ok(())
}

fn write_failure(out: &mut dyn Write, file: &FileReport, failure: &Failure, unified: bool) -> io::Result<()> {
    writeln!(out, "        {BOLD}{}:{}{BOLD:#}: {}", file.name, failure.line, failure.title)?;
    if !failure.findings.is_empty() {
        let drawn = diagnostics::drawn_in(&file.name, &file.text, &failure.findings);
        for line in drawn.lines().chain(failure.reason_lines().iter().map(String::as_str)) {
            writeln!(out, "          {line}")?;
        }
        return Ok(());
    }
    for (mark, line) in failure.lines(unified) {
        // A diff has the colours that diffs have; otherwise green is what should be.
        let style = match (mark, unified) {
            (Mark::Both, _) => Style::new(),
            (Mark::Expected, false) | (Mark::Got, true) => AnsiColor::Green.on_default(),
            (Mark::Got, false) | (Mark::Expected, true) => AnsiColor::Red.on_default(),
        };
        writeln!(out, "          {style}{line}{style:#}")?;
    }
    Ok(())
}

fn write_script(out: &mut dyn Write, file: &FileReport) -> io::Result<()> {
    let name = &file.name;
    match file.counts() {
        (passed, 0) => writeln!(out, "{GOOD}ok{GOOD:#}    {name}: {passed} passed")?,
        (passed, failed) => writeln!(out, "{BAD}FAIL{BAD:#}  {name}: {passed} passed, {failed} failed")?,
    }
    let failures: Vec<&Failure> = file.tests.iter().flat_map(|test| &test.failures).collect();
    for failure in &failures {
        writeln!(out, "\n{BOLD}{name}:{}{BOLD:#}: {}", failure.line, failure.title)?;
        for line in failure.detail.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    if !failures.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}
