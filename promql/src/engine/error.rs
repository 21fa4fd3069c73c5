//! Why there is no answer.

use crate::annotation::Annotation;
use crate::column::Stop;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceError;
use promql_grammar::Span;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no query. Never empty; in text order. Prints as Prometheus prints the first one.
    #[error("{}", parse_error(.text, .diagnostics))]
    Query {
        /// The text.
        text: String,
        /// Everything that is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// The evaluation failed; the text is Prometheus'.
    #[error("{message}")]
    Evaluation {
        /// What is wrong.
        message: String,
        /// The expression that failed, where one is to blame.
        span: Option<Span>,
        /// Notes gathered before it failed.
        annotations: Vec<Annotation>,
    },
    /// The source failed.
    #[error("expanding series: {0}")]
    Source(#[from] SourceError),
    /// The caller's [`Cancel`](crate::column::Cancel) was set.
    #[error("query {} in expression evaluation", match .0 { Stop::Canceled => "was canceled", Stop::TimedOut => "timed out" })]
    Stopped(Stop),
}

impl Error {
    /// The error as findings that can be drawn at their place in the query.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let plain = |code, message: String, span: Option<Span>| Diagnostic {
            code,
            severity: Severity::Error,
            message,
            labels: span.map(|span| (span, String::new())).into_iter().collect(),
            help: None,
        };
        match self {
            Error::Query { diagnostics, .. } => diagnostics.clone(),
            Error::Evaluation { message, span, .. } => {
                vec![plain("evaluation-failed", message.clone(), *span)]
            }
            Error::Source(_) => vec![plain("source-failed", self.to_string(), None)],
            Error::Stopped(_) => vec![plain("stopped", self.to_string(), None)],
        }
    }
}

fn parse_error(text: &str, diagnostics: &[Diagnostic]) -> String {
    let first = diagnostics.first();
    let message = first.map_or("", |first| first.message.as_str());
    match first.and_then(|first| first.labels.first()) {
        Some((span, _)) => {
            let (line, column) = span.line_column(text);
            format!("{line}:{column}: parse error: {message}")
        }
        None => format!("parse error: {message}"),
    }
}
