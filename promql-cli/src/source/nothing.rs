//! No source at all: enough for `1 + 1`, and an answer to whoever forgot one.

use promql::source::{BoxFuture, SelectRequest, Selection, SeriesSource, SourceError};

/// A source that says that there is none.
pub(crate) struct Nothing;

impl SeriesSource for Nothing {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        Box::pin(async move {
            match requests {
                [] => Ok(Vec::new()),
                _ => Err(SourceError::Other(
                    "the query selects series, but there is no source: give --source URL, FILE or demo:, \
                     or set PROMQL_SOURCE"
                        .into(),
                )),
            }
        })
    }
}
