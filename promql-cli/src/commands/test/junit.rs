//! Results in the XML that CI servers read.

use super::report::FileReport;
use std::fmt::Write;

/// The whole report.
pub(super) fn xml(suites: &[FileReport]) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for suite in suites {
        write_suite(&mut out, suite);
    }
    out + "</testsuites>\n"
}

fn write_suite(out: &mut String, suite: &FileReport) {
    let failed = suite.tests.iter().filter(|case| !case.failures.is_empty()).count();
    let name = escaped(&suite.name);
    let tests = suite.tests.len() + usize::from(suite.fault.is_some());
    let errors = usize::from(suite.fault.is_some());
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{errors}\" skipped=\"0\">"
    );
    if let Some(fault) = &suite.fault {
        let broken = if fault.name == suite.name { String::new() } else { format!("{}:", fault.name) };
        let error = escaped(&format!("{broken}{}", fault.summary()));
        let _ = writeln!(out, "    <testcase name=\"{name}\" classname=\"{name}\">");
        let _ = writeln!(out, "      <error message=\"{error}\"/>\n    </testcase>");
    }
    for case in &suite.tests {
        let _ = write!(
            out,
            "    <testcase name=\"{}\" classname=\"{name}\" file=\"{name}\" line=\"{}\"",
            escaped(&case.name),
            case.line
        );
        if case.failures.is_empty() {
            out.push_str("/>\n");
            continue;
        }
        out.push_str(">\n");
        for failure in &case.failures {
            let place = format!("{}:{}: {}", suite.name, failure.line, failure.title);
            let text = escaped(&format!("{place}\n{}", failure.plain(false)));
            let message = escaped(&failure.title);
            let _ = writeln!(out, "      <failure message=\"{message}\">{text}</failure>");
        }
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n");
}

/// Text for an attribute or an element. Characters that XML cannot hold become `�`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::test::report::{Failure, Fault, Test, plain_finding};

    #[test]
    fn a_report_is_xml() {
        let failure =
            Failure { line: 7, title: "expr a<b".into(), detail: "x\n\u{1}".into(), ..Failure::default() };
        let tests = vec![
            Test { name: "good".into(), line: 3, ..Test::default() },
            Test { name: "bad \"one\"".into(), line: 5, failures: vec![failure], ..Test::default() },
        ];
        let findings = vec![plain_finding("no YAML".into())];
        let fault = Fault { name: "b.yml".into(), text: String::new(), findings };
        let suites = [
            FileReport { name: "a.yml".into(), tests, ..FileReport::default() },
            FileReport { name: "b.yml".into(), fault: Some(fault), ..FileReport::default() },
        ];
        insta::assert_snapshot!(xml(&suites));
    }
}
