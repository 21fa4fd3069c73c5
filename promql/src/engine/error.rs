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
    let Some(first) = diagnostics.first() else { return "parse error: ".to_owned() };
    let position = match (first.code, first.labels.first()) {
        ("empty-query", _) => "unknown position".to_owned(),
        (code, Some((span, _))) => {
            let (line, column) = reported(text, code, *span).line_column(text);
            format!("{line}:{column}")
        }
        (_, None) => return format!("parse error: {}", first.message),
    };
    format!("{position}: parse error: {}", first.message)
}

/// Where Prometheus sees an error. It tells of brackets when it has read on: behind a `)` too many, and at the end
/// where one is missing.
fn reported(text: &str, code: &str, span: Span) -> Span {
    let at = match code {
        "unclosed-bracket" => text.len(),
        "stray-bracket" if text.get(span.range()) == Some(")") => span.end as usize,
        _ => return span,
    };
    Span::new(at, at)
}

#[cfg(test)]
mod tests {
    use crate::Engine;

    /// Positions as `promtool promql format` prints them.
    #[test]
    fn positions_are_those_of_prometheus() {
        for (query, message) in [
            ("bad(  ", "1:7: parse error: unclosed left parenthesis"),
            ("foo{a=\"b\"", "1:10: parse error: unexpected end of input inside braces"),
            ("foo[5m", "1:7: parse error: unclosed left bracket"),
            ("(a\n+ (b", "2:5: parse error: unclosed left parenthesis"),
            ("a))", "1:3: parse error: unexpected right parenthesis ')'"),
            ("foo]", "1:4: parse error: unexpected right bracket ']'"),
            ("", "unknown position: parse error: no expression found in input"),
            ("a b", "1:3: parse error: unexpected identifier \"b\""),
        ] {
            assert_eq!(Engine::default().parse(query).unwrap_err().to_string(), message);
        }
    }
}
