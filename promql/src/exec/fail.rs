//! Why an evaluation ends without an answer.

use crate::column::Stop;
use crate::functions::RangeError;
use crate::model::histogram::HistogramError;
use crate::source::SourceError;
use promql_grammar::Span;

/// Why an evaluation ends without an answer.
#[derive(Debug)]
pub(crate) enum Fail {
    /// The query cannot be evaluated on this data; the text is Prometheus'.
    Evaluation { message: String, span: Option<Span> },
    /// The source failed.
    Source(SourceError),
    /// The caller ended it.
    Stopped(Stop),
}

impl Fail {
    pub(super) fn at(span: Span, message: impl Into<String>) -> Self {
        Fail::Evaluation { message: message.into(), span: Some(span) }
    }

    /// More samples would be held than allowed.
    pub(crate) fn too_many_samples() -> Self {
        let message = "query processing would load too many samples into memory in query execution";
        Fail::Evaluation { message: message.into(), span: None }
    }

    /// More memory would be held than allowed; Prometheus knows no such limit.
    pub(super) fn too_many_bytes(limit: usize) -> Self {
        let message = format!("query processing would hold more than {limit} bytes of samples in memory");
        Fail::Evaluation { message, span: None }
    }

    /// Two rows of equal labels hold a sample at the same step.
    pub(super) fn same_labels(span: Span) -> Self {
        Fail::at(span, "vector cannot contain metrics with the same labelset")
    }

    pub(super) fn range(span: Span, error: &RangeError) -> Self {
        match error {
            RangeError::Stopped(stop) => Fail::Stopped(*stop),
            error => Fail::at(span, error.to_string()),
        }
    }

    pub(super) fn histogram(span: Span, error: &HistogramError) -> Self {
        Fail::at(span, error.to_string())
    }
}

impl From<SourceError> for Fail {
    fn from(error: SourceError) -> Self {
        Fail::Source(error)
    }
}

impl From<Stop> for Fail {
    fn from(stop: Stop) -> Self {
        Fail::Stopped(stop)
    }
}
