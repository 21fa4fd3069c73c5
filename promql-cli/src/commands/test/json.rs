//! Results as one JSON document, for programs.

use super::Total;
use super::report::{Failure, FileReport, Reason};
use promql::diagnostic::{Diagnostic, Severity};
use promql::rules::unit_test::{self, Difference};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Document<'a> {
    passed: usize,
    failed: usize,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning<'a>>,
    /// What is wrong with the file or its rule files; then nothing was run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Finding<'a>>,
    tests: Vec<Test<'a>>,
}

#[derive(Serialize)]
struct Warning<'a> {
    line: usize,
    message: &'a str,
}

#[derive(Serialize)]
struct Finding<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    code: &'a str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Test<'a> {
    name: &'a str,
    line: usize,
    passed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct Failed<'a> {
    line: usize,
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Finding<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Explained<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Item<'a> {
    Missing {
        expected: &'a str,
    },
    Unexpected {
        got: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<&'a str>,
    },
    Different {
        labels: &'a str,
        expected: &'a str,
        got: &'a str,
        fields: Vec<Field<'a>>,
    },
}

#[derive(Serialize)]
struct Field<'a> {
    field: &'a str,
    expected: &'a str,
    got: &'a str,
}

#[derive(Serialize)]
struct Rule<'a> {
    file: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct Explained<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule<'a>>,
    title: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    depth: usize,
    expr: &'a str,
    found: &'a str,
    samples: &'a [String],
}

/// Writes what came of all files.
pub(super) fn write(out: &mut dyn Write, files: &[FileReport], total: &Total) -> io::Result<()> {
    let files = files.iter().map(file).collect();
    let document = Document { passed: total.passed, failed: total.failed, files };
    serde_json::to_writer_pretty(&mut *out, &document).map_err(io::Error::from)?;
    writeln!(out)
}

fn file(report: &FileReport) -> File<'_> {
    let fault = report.fault.iter();
    File {
        file: &report.name,
        warnings: report.warnings.iter().map(|(line, message)| Warning { line: *line, message }).collect(),
        errors: fault.flat_map(|fault| findings(&fault.name, &fault.text, &fault.findings)).collect(),
        tests: report
            .tests
            .iter()
            .map(|test| Test {
                name: &test.name,
                line: test.line,
                passed: test.failures.is_empty(),
                failures: test.failures.iter().map(|failure| failed(report, failure)).collect(),
            })
            .collect(),
    }
}

fn failed<'a>(report: &'a FileReport, failure: &'a Failure) -> Failed<'a> {
    let differences = failure.outcome.iter().flat_map(|outcome| &outcome.differences);
    Failed {
        line: failure.line,
        title: &failure.title,
        detail: &failure.detail,
        differences: differences.map(different).collect(),
        findings: findings(&report.name, &report.text, &failure.findings),
        reasons: failure.reasons.iter().map(explained).collect(),
    }
}

fn different(difference: &Difference) -> Item<'_> {
    match difference {
        Difference::Missing { expected } => Item::Missing { expected },
        Difference::Unexpected { got, note } => Item::Unexpected { got, note: note.as_deref() },
        Difference::Different { labels, expected, got, fields } => Item::Different {
            labels,
            expected,
            got,
            fields: fields
                .iter()
                .map(|field| Field { field: &field.field, expected: &field.expected, got: &field.got })
                .collect(),
        },
    }
}

fn explained(reason: &Reason) -> Explained<'_> {
    Explained {
        rule: reason.rule.as_ref().map(|rule| Rule { file: &rule.file, line: rule.line }),
        title: &reason.title,
        notes: &reason.notes,
        parts: reason.parts.iter().map(part).collect(),
    }
}

fn part(part: &unit_test::Part) -> Part<'_> {
    Part { depth: part.depth, expr: &part.text, found: &part.found, samples: &part.samples }
}

fn findings<'a>(file: &'a str, text: &str, findings: &'a [Diagnostic]) -> Vec<Finding<'a>> {
    let finding = |finding: &'a Diagnostic| {
        let place = finding.labels.first().map(|(span, _)| span.line_column(text));
        Finding {
            file,
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            code: finding.code,
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            },
            message: &finding.message,
            help: finding.help.as_deref(),
        }
    };
    findings.iter().map(finding).collect()
}
