//! Syntax errors as findings.

use crate::diagnostic::{Diagnostic, Severity};
use promql_grammar::SyntaxError;

/// A syntax error as a finding that can be drawn.
#[must_use]
pub fn syntax_diagnostic(error: &SyntaxError) -> Diagnostic {
    Diagnostic {
        code: error.code(),
        severity: Severity::Error,
        message: error.to_string(),
        labels: vec![(error.span(), String::new())],
        help: error.help(),
    }
}
