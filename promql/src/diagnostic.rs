//! Findings as data: a code, a message, places in the query, help. Who draws them is up to the caller.

use promql_grammar::{Span, SyntaxError};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// There is no answer.
    Error,
    /// The answer may not be what was meant.
    Warning,
    /// Worth knowing.
    Info,
}

/// One finding about a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable name in kebab-case, such as `unknown-function`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, what was expected.
    pub message: String,
    /// Places in the query with what is to be said about each; the first one is the main one.
    pub labels: Vec<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
}

impl From<&SyntaxError> for Diagnostic {
    fn from(error: &SyntaxError) -> Self {
        Diagnostic {
            code: error.code(),
            severity: Severity::Error,
            message: error.to_string(),
            labels: vec![(error.span(), String::new())],
            help: error.help(),
        }
    }
}
