//! Results as annotations that GitHub shows beside the lines of a change.

use super::report::FileReport;
use std::io::{self, Write};

/// Writes an annotation for each failure, fault and warning of a file.
pub(super) fn write(out: &mut dyn Write, file: &FileReport) -> io::Result<()> {
    for (line, warning) in &file.warnings {
        annotate(out, "warning", &file.name, (*line, 1), "unit test", warning)?;
    }
    if let Some(fault) = &file.fault {
        for finding in &fault.findings {
            let place = finding.labels.first().map_or((1, 1), |(span, _)| span.line_column(&fault.text));
            let help = finding.help.as_ref().map_or_else(String::new, |help| format!("\n{help}"));
            let message = format!("{}{help}", finding.message);
            annotate(out, "error", &fault.name, place, finding.code, &message)?;
        }
    }
    for test in &file.tests {
        for failure in &test.failures {
            let message = format!("{}\n{}", failure.title, failure.plain(false));
            annotate(out, "error", &file.name, (failure.line, 1), &test.name, message.trim_end())?;
        }
    }
    Ok(())
}

fn annotate(
    out: &mut dyn Write,
    level: &str,
    file: &str,
    (line, column): (usize, usize),
    title: &str,
    message: &str,
) -> io::Result<()> {
    let (file, title, message) = (property(file), property(title), data(message));
    writeln!(out, "::{level} file={file},line={line},col={column},title={title}::{message}")
}

/// A text behind `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text between commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::test::report::{Failure, Test};

    #[test]
    fn a_failure_is_one_line() {
        let failure =
            Failure { line: 7, title: "100% of a".into(), detail: "x\ny".into(), ..Failure::default() };
        let test = Test { name: "a, b: c".into(), failures: vec![failure], ..Test::default() };
        let file = FileReport { name: "a.yml".into(), tests: vec![test], ..FileReport::default() };
        let mut out = Vec::new();
        write(&mut out, &file).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "::error file=a.yml,line=7,col=1,title=a%2C b%3A c::100%25 of a%0Ax%0Ay\n"
        );
    }
}
