//! Results in the XML that CI servers read.

use crate::failure::Failure as CommandFailure;
use std::fmt::Write;
use std::path::Path;

/// A file.
#[derive(Debug)]
pub(super) struct Suite {
    pub(super) name: String,
    /// Why nothing was run.
    pub(super) error: Option<String>,
    pub(super) cases: Vec<Case>,
}

/// A test of a file.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) failures: Vec<Failure>,
}

/// Something that is not as expected.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) line: usize,
    pub(super) message: String,
    pub(super) detail: String,
}

impl Suite {
    /// A file that could not be read.
    pub(super) fn broken(path: &Path, failure: &CommandFailure) -> Self {
        let error = match failure {
            CommandFailure::Setup { message, .. } => message.clone(),
            _ => "cannot be read".to_owned(),
        };
        Suite { name: path.display().to_string(), error: Some(error), cases: Vec::new() }
    }
}

/// The whole report.
pub(super) fn xml(suites: &[Suite]) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for suite in suites {
        write_suite(&mut out, suite);
    }
    out + "</testsuites>\n"
}

fn write_suite(out: &mut String, suite: &Suite) {
    let failed = suite.cases.iter().filter(|case| !case.failures.is_empty()).count();
    let name = escaped(&suite.name);
    let tests = suite.cases.len() + usize::from(suite.error.is_some());
    let errors = usize::from(suite.error.is_some());
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{errors}\" skipped=\"0\">"
    );
    if let Some(error) = &suite.error {
        let error = escaped(error);
        let _ = writeln!(out, "    <testcase name=\"{name}\" classname=\"{name}\">");
        let _ = writeln!(out, "      <error message=\"{error}\"/>\n    </testcase>");
    }
    for case in &suite.cases {
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
            let place = format!("{}:{}: {}", suite.name, failure.line, failure.message);
            let text = escaped(&format!("{place}\n{}", failure.detail));
            let message = escaped(&failure.message);
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

    #[test]
    fn a_report_is_xml() {
        let failure = Failure { line: 7, message: "expr a<b".into(), detail: "x\n\u{1}".into() };
        let cases = vec![
            Case { name: "good".into(), line: 3, failures: Vec::new() },
            Case { name: "bad \"one\"".into(), line: 5, failures: vec![failure] },
        ];
        let suites = [
            Suite { name: "a.yml".into(), error: None, cases },
            Suite { name: "b.yml".into(), error: Some("no YAML".into()), cases: Vec::new() },
        ];
        insta::assert_snapshot!(xml(&suites));
    }
}
