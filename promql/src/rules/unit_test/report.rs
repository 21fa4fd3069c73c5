//! What came out of a test.

use super::difference::Outcome;
use super::explain::Explanation;
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
    /// Why, where it is not about differences; several lines, or none.
    pub detail: String,
    /// What differs from what was expected.
    pub outcome: Option<Box<Outcome>>,
    /// The findings about an expression or a series, with their places in the test file.
    pub findings: Vec<Diagnostic>,
    /// The rules concerned, and what their expressions or that of the test found.
    pub explanations: Vec<Explanation>,
}

/// A rule of a loaded rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RulePlace {
    /// The number of the file.
    pub file: usize,
    /// Where in its text.
    pub span: Span,
}

impl Failure {
    pub(super) fn new(span: Span, title: String) -> Self {
        Failure {
            span,
            title,
            detail: String::new(),
            outcome: None,
            findings: Vec::new(),
            explanations: Vec::new(),
        }
    }

    /// What differs and why, as lines of plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let outcome = self.outcome.as_ref().map(ToString::to_string);
        let parts = outcome.into_iter().chain((!self.detail.is_empty()).then(|| self.detail.clone()));
        parts.collect::<Vec<_>>().join("\n")
    }
}
