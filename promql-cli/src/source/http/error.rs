//! What can go wrong between us and a server, told so that it can be mended.

use promql::diagnostic::{Diagnostic, Severity};
use reqwest::StatusCode;
use std::error::Error as _;

/// Why a server gave no data.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// It could not be reached.
    #[error("cannot reach {server}: {reason}")]
    Connection {
        /// Scheme, host and port.
        server: String,
        /// The innermost reason.
        reason: String,
    },
    /// The connection broke, or what came over it is no HTTP.
    #[error("talking to {server} failed: {reason}")]
    Broken {
        /// Scheme, host and port.
        server: String,
        /// The innermost reason.
        reason: String,
    },
    /// It answered, but not as a Prometheus API does.
    #[error("{server} answered {what}")]
    Alien {
        /// Scheme, host, port and path.
        server: String,
        /// Status and kind of content.
        what: String,
    },
    /// It wants to know who asks, or does not let them in.
    #[error("{server} answered {what}")]
    Denied {
        /// Scheme, host, port and path.
        server: String,
        /// Status and kind of content.
        what: String,
    },
    /// Its answer is larger than allowed.
    #[error("{server} answered with more than {limit} bytes")]
    TooLarge {
        /// Scheme, host, port and path.
        server: String,
        /// The limit.
        limit: usize,
    },
    /// The API refused.
    #[error("{}", .0.message)]
    Api(ApiError),
}

/// An error that the API itself reports.
#[derive(Debug)]
pub(crate) struct ApiError {
    /// `bad_data`, `execution`, `timeout`, …
    pub(crate) kind: String,
    /// Its text.
    pub(crate) message: String,
}

impl HttpError {
    /// An answer that is none of the API; `what` begins with its status.
    pub(crate) fn unexpected(server: String, status: StatusCode, what: String) -> Self {
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => HttpError::Denied { server, what },
            _ => HttpError::Alien { server, what },
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> Option<&'static str> {
        match self {
            HttpError::Alien { .. } => Some("is this the address of a Prometheus-compatible API?"),
            HttpError::Denied { .. } => Some("credentials come from --http.config.file or --header"),
            HttpError::TooLarge { .. } => Some("--max-bytes allows more"),
            HttpError::Connection { .. } | HttpError::Broken { .. } | HttpError::Api(_) => None,
        }
    }

    /// What went wrong while talking to `server`.
    pub(crate) fn connection(server: String, error: &reqwest::Error) -> Self {
        let reason = if error.is_timeout() { "it did not answer in time".into() } else { innermost(error) };
        match error.is_connect() || error.is_timeout() {
            true => HttpError::Connection { server, reason },
            false => HttpError::Broken { server, reason },
        }
    }
}

/// The message at the bottom of a chain of errors, which is the one that says something.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut message = None;
    while let Some(inner) = source {
        message = Some(inner.to_string());
        source = inner.source();
    }
    // The outer text may hold the URL and thereby a password.
    message.unwrap_or_else(|| {
        if error.is_redirect() { "too many redirects".into() } else { "the request failed".into() }
    })
}

impl ApiError {
    /// The error at its place in the query, if the server gave one.
    pub(crate) fn finding(&self, query: &str) -> Diagnostic {
        let text = self.message.strip_prefix("invalid parameter \"query\": ").unwrap_or(&self.message);
        let (message, span) = match split_position(text) {
            Some((line, column, message)) => (message, crate::answer::word_at(query, line, column)),
            None => (text, None),
        };
        Diagnostic {
            code: code(&self.kind),
            severity: Severity::Error,
            message: message.to_owned(),
            labels: span.map(|span| (span, String::new())).into_iter().collect(),
            help: None,
        }
    }
}

/// Takes `line:column: parse error: ` off the front of a text.
fn split_position(text: &str) -> Option<(usize, usize, &str)> {
    let (position, message) = text.split_once(": parse error: ")?;
    let (line, column) = position.split_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?, message))
}

/// The API's kind of error as a code.
fn code(kind: &str) -> &'static str {
    match kind {
        "bad_data" => "bad-data",
        "execution" => "execution",
        "timeout" => "timeout",
        "canceled" => "canceled",
        "internal" => "internal",
        "unavailable" => "unavailable",
        "not_found" => "not-found",
        "not_acceptable" => "not-acceptable",
        _ => "server",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use promql_grammar::Span;

    #[test]
    fn parse_errors_of_servers_find_their_place() {
        let error = ApiError {
            kind: "bad_data".into(),
            message: "invalid parameter \"query\": 1:5: parse error: unexpected identifier \"b\"".into(),
        };
        let finding = error.finding("a + b c");
        assert_eq!(finding.message, "unexpected identifier \"b\"");
        assert_eq!(finding.labels, [(Span::new(4, 5), String::new())]);
        assert_eq!(finding.code, "bad-data");
    }
}
