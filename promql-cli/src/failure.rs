//! Why a command did not do what it was asked, and the exit codes that say so.

use crate::source::HttpError;
use promql::diagnostic::Diagnostic;
use promql::source::{FormatError, SourceError};
use std::io;
use std::process::ExitCode;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The query has no answer. Exit code 1.
    Query {
        /// Its text.
        text: String,
        /// What is wrong; never empty.
        findings: Vec<Diagnostic>,
    },
    /// It never came to a query: a file, a server or an option stood in the way. Exit code 2.
    Setup {
        /// What stood in the way.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// A file cannot be read as what it is. Exit code 2.
    File {
        /// What people call it.
        name: String,
        /// Its text.
        text: String,
        /// What is wrong; never empty.
        faults: Vec<FormatError>,
    },
    /// The output could not be written.
    Output(io::Error),
}

impl Failure {
    /// A failure without advice.
    pub(crate) fn setup(message: impl Into<String>) -> Self {
        Failure::Setup { message: message.into(), help: None }
    }

    /// Adds advice to a setup failure.
    pub(crate) fn help(mut self, advice: impl Into<String>) -> Self {
        if let Failure::Setup { help, .. } = &mut self {
            *help = Some(advice.into());
        }
        self
    }

    /// The engine's error about the query `text`.
    pub(crate) fn from_engine(text: &str, error: &promql::Error) -> Self {
        match error {
            promql::Error::Source(source) => {
                let help = match source {
                    SourceError::Other(inner) => inner.downcast_ref().and_then(HttpError::help),
                    _ => None,
                };
                Failure::Setup { message: source.to_string(), help: help.map(str::to_owned) }
            }
            _ => Failure::Query { text: text.to_owned(), findings: error.diagnostics() },
        }
    }

    /// A reader that went away got all it wanted.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What the process ends with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            _ if self.is_broken_pipe() => ExitCode::SUCCESS,
            Failure::Query { .. } => ExitCode::from(1),
            Failure::Setup { .. } | Failure::File { .. } | Failure::Output(_) => ExitCode::from(2),
        }
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Failure::Setup { message: error.to_string(), help: error.help().map(str::to_owned) }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}
