//! The public door: [`Engine`], [`Query`], [`QueryOutput`].

mod block_on;
mod error;
mod json;
mod options;
mod output;
mod query;

pub use error::Error;
pub use options::{EngineOptions, Features, UnknownFeature};
pub use output::{QueryOutput, SampleRef, Series};
pub use query::{Query, Run};

pub use crate::exec::QueryStats;

use crate::check::check;
use crate::diagnostic::Diagnostic;
use crate::exec::Pool;
use promql_grammar::ParseOptions;
use std::sync::Arc;

/// Parses and evaluates queries. Cheap to clone; clones share options and threads.
///
/// ```
/// # fn main() -> Result<(), promql::Error> {
/// use promql::{Engine, source::MemorySource};
/// let engine = Engine::default();
/// let query = engine.parse("1 + 2 * 3")?;
/// let answer = query.instant(&MemorySource::default(), 0)?;
/// assert_eq!(answer.scalar(), Some((0, 7.0)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// What queries keep of their engine.
#[derive(Debug, Default)]
struct Shared {
    options: EngineOptions,
    pool: Pool,
}

impl Engine {
    /// An engine with these options.
    #[must_use]
    pub fn new(options: EngineOptions) -> Self {
        let pool = Pool::new(options.threads);
        Engine { shared: Arc::new(Shared { options, pool }) }
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &EngineOptions {
        &self.shared.options
    }

    /// The threads.
    #[cfg(feature = "rules")]
    pub(crate) fn pool(&self) -> &Pool {
        &self.shared.pool
    }

    /// Parses and checks a query. It may then be run any number of times.
    ///
    /// # Errors
    /// [`Error::Query`] with all syntax errors, or else all type errors.
    pub fn parse(&self, text: &str) -> Result<Query, Error> {
        let features = &self.options().features;
        let options = ParseOptions { unquoted_utf8_names: features.unquoted_utf8_names };
        let failed = |diagnostics| Error::Query { text: text.to_owned(), diagnostics };
        let ast = promql_grammar::parse(text, &options)
            .map_err(|failure| failed(failure.errors.iter().map(Diagnostic::from).collect()))?;
        let checked = check(ast, features)
            .map_err(|errors| failed(errors.iter().map(crate::check::CheckError::diagnostic).collect()))?;
        Ok(Query::new(Arc::clone(&self.shared), text.to_owned(), checked))
    }
}
