//! The public door: [`Engine`], [`Query`], [`QueryOutput`].

mod error;
mod options;
mod output;

pub use error::Error;
pub use options::{EngineOptions, Features, UnknownFeature};
pub use output::{QueryOutput, SampleRef, Series};

use crate::column::Cancel;
use crate::model::{Millis, ValueType};
use crate::source::SeriesSource;
use promql_grammar::Ast;

/// Evaluates queries. Cheap to make; holds options only.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    options: EngineOptions,
}

impl Engine {
    /// An engine with these options.
    #[must_use]
    pub fn new(options: EngineOptions) -> Self {
        Engine { options }
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// Parses and checks a query. It may then be run any number of times.
    ///
    /// # Errors
    /// [`Error::Query`] with all syntax errors, or else all type errors.
    pub fn parse(&self, text: &str) -> Result<Query, Error> {
        let _ = text;
        Err(Error::Evaluation { message: "not yet".into(), annotations: Vec::new(), span: None })
    }
}

/// A checked query.
#[derive(Clone, Debug)]
pub struct Query {
    text: String,
    ast: Ast,
}

/// When to evaluate.
#[derive(Clone, Debug)]
pub struct Run {
    /// First evaluation time.
    pub start: Millis,
    /// Last possible evaluation time; the start for instant queries.
    pub end: Millis,
    /// Distance of evaluation times; `None` for an instant query.
    pub step: Option<Millis>,
    /// Replaces the engine's lookback delta if positive.
    pub lookback: Option<Millis>,
    /// Ends the evaluation from outside.
    pub cancel: Cancel,
}

impl Run {
    /// An instant query.
    #[must_use]
    pub fn instant(at: Millis) -> Self {
        Run { start: at, end: at, step: None, lookback: None, cancel: Cancel::default() }
    }

    /// A range query.
    #[must_use]
    pub fn range(start: Millis, end: Millis, step: Millis) -> Self {
        Run { start, end, step: Some(step), lookback: None, cancel: Cancel::default() }
    }
}

impl Query {
    /// The text it was parsed from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The tree.
    #[must_use]
    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// The type of the result.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        ValueType::Vector
    }

    /// Evaluates at one time, on the calling thread and the pool.
    ///
    /// # Errors
    /// See [`Query::run`].
    pub fn instant(&self, source: &dyn SeriesSource, at: Millis) -> Result<QueryOutput, Error> {
        self.run(source, &Run::instant(at))
    }

    /// Evaluates at every `start + n * step` up to `end`.
    ///
    /// # Errors
    /// See [`Query::run`].
    pub fn range(
        &self,
        source: &dyn SeriesSource,
        start: Millis,
        end: Millis,
        step: Millis,
    ) -> Result<QueryOutput, Error> {
        self.run(source, &Run::range(start, end, step))
    }

    /// Evaluates and waits for the answer. A source whose futures need a reactor must be run by
    /// [`Query::run_async`].
    ///
    /// # Errors
    /// [`Error::Evaluation`] with Prometheus' text, [`Error::Source`], [`Error::Stopped`].
    pub fn run(&self, source: &dyn SeriesSource, run: &Run) -> Result<QueryOutput, Error> {
        let _ = (source, run);
        Err(Error::Evaluation { message: "not yet".into(), annotations: Vec::new(), span: None })
    }

    /// Evaluates without blocking while the source selects series; the evaluation itself runs on the polling thread
    /// and the pool.
    ///
    /// # Errors
    /// See [`Query::run`].
    pub async fn run_async(&self, source: &dyn SeriesSource, run: &Run) -> Result<QueryOutput, Error> {
        self.run(source, run)
    }
}
