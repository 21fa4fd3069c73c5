//! What is wrong with a file, in one shape.

use crate::diagnostic::{Diagnostic, Severity};
use promql_grammar::Span;

/// An error at a place.
pub(super) fn error(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
    let message = message.into();
    Diagnostic { code, severity: Severity::Error, message, labels: vec![(span, String::new())], help: None }
}

/// A warning at a place.
pub(super) fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..error(code, span, message) }
}

/// True if one of the findings is an error.
pub(super) fn any_error(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

/// Brings findings into the order of the file.
pub(super) fn sort(findings: &mut [Diagnostic]) {
    findings.sort_by_key(|finding| finding.labels.first().map_or(0, |(span, _)| span.start));
}
