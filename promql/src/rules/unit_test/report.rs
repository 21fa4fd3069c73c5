//! What came out of a test.

use crate::diagnostic::Diagnostic;
use promql_grammar::Span;

/// What came out of one test.
#[derive(Clone, Debug, Default)]
pub struct TestReport {
    /// Everything that is not as expected; empty if the test passed.
    pub failures: Vec<Failure>,
    /// All series at its end, if asked for.
    pub dump: Option<String>,
}

/// One thing that is not as expected.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The place of the test case in the test file.
    pub span: Span,
    /// One line that says what failed.
    pub title: String,
    /// What differs, several lines.
    pub detail: String,
    /// The findings about an expression or a series, with their places in the test file.
    pub findings: Vec<Diagnostic>,
    /// The rules concerned: which rule file, and where in it.
    pub rules: Vec<RulePlace>,
}

/// A rule of a loaded rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RulePlace {
    /// The number of the file.
    pub file: usize,
    /// Where in its text.
    pub span: Span,
}
