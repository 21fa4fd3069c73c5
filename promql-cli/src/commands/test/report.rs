//! What came of a test file, for all output formats.

use crate::failure::Failure as CommandFailure;
use promql::diagnostic::{Diagnostic, Severity};
use promql::rules::unit_test::{Mark, Outcome, Part};
use std::path::Path;

/// A file.
#[derive(Debug, Default)]
pub(super) struct FileReport {
    pub(super) name: String,
    /// Its text; empty if it could not be read.
    pub(super) text: String,
    /// What is odd about it, with the line.
    pub(super) warnings: Vec<(usize, String)>,
    /// Why nothing was run.
    pub(super) fault: Option<Fault>,
    /// The tests of a file of unit tests, or the script as one.
    pub(super) tests: Vec<Test>,
    pub(super) is_script: bool,
}

/// Why nothing was run: a file is broken, the test file or one of its rule files.
#[derive(Debug)]
pub(super) struct Fault {
    /// The broken file.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) findings: Vec<Diagnostic>,
}

/// A test of a file.
#[derive(Debug, Default)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) line: usize,
    /// How many expectations held, where they are counted.
    pub(super) passed: usize,
    pub(super) failures: Vec<Failure>,
    /// All series at its end.
    pub(super) dump: Option<String>,
}

/// Something that is not as expected.
#[derive(Debug, Default)]
pub(super) struct Failure {
    pub(super) line: usize,
    pub(super) title: String,
    /// Several lines that say why.
    pub(super) detail: String,
    pub(super) outcome: Option<Box<Outcome>>,
    /// What to draw at its place instead of the detail.
    pub(super) findings: Vec<Diagnostic>,
    pub(super) reasons: Vec<Reason>,
}

/// A rule or an expression that has to do with a failure, and what it found.
#[derive(Debug)]
pub(super) struct Reason {
    pub(super) rule: Option<Rule>,
    pub(super) title: String,
    pub(super) notes: Vec<String>,
    pub(super) parts: Vec<Part>,
}

/// Where a rule stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) file: String,
    pub(super) line: usize,
}

impl FileReport {
    /// A file that could not be read.
    pub(super) fn unread(path: &Path, failure: &CommandFailure) -> Self {
        let message = match failure {
            CommandFailure::Setup { message, .. } => message.clone(),
            _ => "cannot be read".to_owned(),
        };
        let name = path.display().to_string();
        let fault = Fault { name: name.clone(), text: String::new(), findings: vec![plain_finding(message)] };
        FileReport { name, fault: Some(fault), ..FileReport::default() }
    }

    /// Passed and failed, in the unit of the last line: tests of unit tests, statements of scripts.
    pub(super) fn counts(&self) -> (usize, usize) {
        if self.is_script {
            let passed = self.tests.iter().map(|test| test.passed).sum();
            return (passed, self.tests.iter().map(|test| test.failures.len()).sum());
        }
        let failed = self.tests.iter().filter(|test| !test.failures.is_empty()).count();
        (self.tests.len() - failed, failed)
    }
}

impl Fault {
    /// The first finding with its place: `LINE:COLUMN: MESSAGE`.
    pub(super) fn summary(&self) -> String {
        let Some(finding) = self.findings.first() else { return "cannot be read".to_owned() };
        match finding.labels.first() {
            Some((span, _)) => {
                let (line, column) = span.line_column(&self.text);
                format!("{line}:{column}: {}", finding.message)
            }
            None => finding.message.clone(),
        }
    }
}

/// A finding without a place.
pub(super) fn plain_finding(message: String) -> Diagnostic {
    Diagnostic { code: "unreadable", severity: Severity::Error, message, labels: Vec::new(), help: None }
}

impl Failure {
    /// What differs and why; with `unified`, both lists in full.
    pub(super) fn lines(&self, unified: bool) -> Vec<(Mark, String)> {
        let mut lines = Vec::new();
        if let Some(outcome) = &self.outcome {
            if unified {
                for (mark, line) in outcome.unified() {
                    let sign = match mark {
                        Mark::Both => ' ',
                        Mark::Expected => '-',
                        Mark::Got => '+',
                    };
                    lines.push((mark, format!("{sign} {line}")));
                }
            } else {
                lines.extend(outcome.lines());
            }
        }
        let help = self.findings.iter().filter_map(|finding| finding.help.as_deref());
        let said = self.detail.lines().chain(help);
        lines.extend(said.map(|line| (Mark::Both, line.to_owned())));
        lines.extend(self.reason_lines().into_iter().map(|line| (Mark::Both, line)));
        lines
    }

    /// The rules concerned, and what their expressions found.
    pub(super) fn reason_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for reason in &self.reasons {
            lines.push(match &reason.rule {
                Some(rule) => format!("rule at {}:{}: {}", rule.file, rule.line, reason.title),
                None => format!("{}:", reason.title),
            });
            lines.extend(reason.notes.iter().map(|note| format!("  {note}")));
            for part in &reason.parts {
                let indent = "  ".repeat(part.depth + 1);
                match part.samples.as_slice() {
                    [sample] => lines.push(format!("{indent}{}  →  {sample}", part.text)),
                    samples => {
                        lines.push(format!("{indent}{}  →  {}", part.text, part.found));
                        lines.extend(samples.iter().map(|sample| format!("{indent}    {sample}")));
                    }
                }
            }
        }
        lines
    }

    /// All of it as plain text.
    pub(super) fn plain(&self, unified: bool) -> String {
        let lines: Vec<String> = self.lines(unified).into_iter().map(|(_, line)| line).collect();
        lines.join("\n")
    }
}
