//! Where series come from: the [`SeriesSource`] trait, the memory source, and the formats they are read from.
//!
//! A source knows matchers and time, not functions. It delivers stale markers as they are; the engine handles them.

pub mod api_json;
pub mod chunk;
mod column;
pub mod conformance;
pub mod demo;
pub mod exposition;
mod memory;
mod parsed;
pub mod text;
#[cfg(feature = "tsdb")]
pub mod tsdb;

pub use crate::column::HistogramValues;
pub use column::{Column, Columns};
pub use memory::{AppendError, MemorySource, SeriesId};
pub use parsed::ParsedSeries;

use crate::model::{Grid, Labels, Matcher, Millis, TimeSpan};
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;

/// A boxed future; `Send` except on wasm, where nothing is.
#[cfg(not(target_family = "wasm"))]
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// A boxed future; `Send` except on wasm, where nothing is.
#[cfg(target_family = "wasm")]
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A store of series.
///
/// The contract, which `source::conformance` tests: label sets are unique within a selection; rows arrive in the
/// order asked for, each at most once, empty ones may be left out; times ascend strictly within each kind; samples
/// outside the span may be delivered; NaN bits and stale markers are kept; [`SeriesSet::read`] gives the same answer
/// every time and may be called from several threads at once.
pub trait SeriesSource: Send + Sync {
    /// Finds the series of all requests; answer `i` belongs to request `i`. All selectors of a query (or of a stage
    /// of it) come in one call, so that a store can share index work and a remote one can batch.
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>>;

    /// The names of all labels, sorted.
    fn label_names<'a>(&'a self, matchers: &'a [Matcher]) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        let _ = matchers;
        Box::pin(async { Ok(Vec::new()) })
    }

    /// The values of one label, sorted.
    fn label_values<'a>(
        &'a self,
        name: &'a str,
        matchers: &'a [Matcher],
    ) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        let _ = (name, matchers);
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What is known about metrics, sorted by name.
    fn metadata(&self) -> BoxFuture<'_, Result<Vec<MetricMetadata>, SourceError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// What a source knows about a metric.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricMetadata {
    /// The name of the metric family.
    pub name: String,
    /// `counter`, `gauge`, `histogram`, `summary`, …; empty if unknown.
    pub kind: String,
    /// What it measures.
    pub help: String,
    /// Its unit.
    pub unit: String,
}

/// One selector of a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SelectRequest {
    /// All must fit.
    pub matchers: Arc<[Matcher]>,
    /// The samples of interest, lookback, range and offset already applied.
    pub span: TimeSpan,
    /// What the engine will do with the samples.
    pub hints: Hints,
}

/// What the engine will do with the samples. A source may ignore all of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hints {
    /// The evaluation times.
    pub grid: Grid,
    /// The length of the window, 0 for instant selectors.
    pub range: Millis,
    /// The function or aggregator directly around the selector.
    pub function: Option<&'static str>,
    /// What is needed of each sample.
    pub needs: Needs,
    /// Start times are wanted.
    pub start_times: bool,
    /// No more than this many series will be read.
    pub limit: Option<u32>,
}

/// What is needed of each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needs {
    /// Only whether there is one (stale markers must still be recognisable).
    Presence,
    /// Values; of histograms count, sum and filled-in reset hints.
    HistogramStats,
    /// Everything.
    Everything,
}

/// The answer to a request.
pub struct Selection {
    /// The series.
    pub set: Box<dyn SeriesSet>,
    /// Which hints were honoured.
    pub applied: Applied,
    /// Warnings, shown with the answer as they are.
    pub warnings: Vec<String>,
}

impl Selection {
    /// Series without warnings, no hint honoured.
    #[must_use]
    pub fn new(set: impl SeriesSet + 'static) -> Self {
        Selection { set: Box::new(set), applied: Applied::default(), warnings: Vec::new() }
    }
}

/// Which hints a source honoured.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Applied {
    /// Histograms were reduced to their statistics.
    pub histogram_stats: bool,
}

/// Selected series. Owns what it needs, so that it may outlive the borrow of the source and cross threads.
pub trait SeriesSet: Send + Sync {
    /// The number of series.
    fn len(&self) -> usize;

    /// True without series.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The labels of a series.
    fn labels(&self, row: usize) -> &Labels;

    /// True if the series are known to be of one metric: they agree about `__name__`, `__type__` and `__unit__`, so
    /// that they differ without them too. False where nobody has looked.
    fn is_one_metric(&self) -> bool {
        false
    }

    /// Delivers the samples of some series.
    ///
    /// # Errors
    /// If the store fails. A sink that breaks ends the call with `Ok`.
    fn read(&self, rows: &[u32], span: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError>;
}

/// Takes the samples of one series after the other.
pub trait RowSink {
    /// The samples of series `rows[nth]`.
    fn row(&mut self, nth: usize, data: RowData<'_>) -> ControlFlow<()>;
}

/// The samples of one series.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum RowData<'a> {
    /// Decoded columns.
    Columns {
        /// The floats.
        floats: Floats<'a>,
        /// The histograms.
        histograms: Histograms<'a>,
    },
}

/// The floats of one series.
#[derive(Clone, Copy, Debug)]
pub struct Floats<'a> {
    /// Their times.
    pub times: Times<'a>,
    /// Their values.
    pub values: &'a [f64],
    /// Their start times, 0 where unknown.
    pub starts: Option<&'a [Millis]>,
}

/// Times of samples.
#[derive(Clone, Copy, Debug)]
pub enum Times<'a> {
    /// One by one.
    At(&'a [Millis]),
    /// Evenly spaced.
    Every {
        /// The first time.
        first: Millis,
        /// The distance.
        interval: Millis,
    },
}

impl Times<'_> {
    /// The time of a sample. Evenly spaced ones have no end; `At` panics behind the last.
    #[must_use]
    pub fn at(&self, index: usize) -> Millis {
        match self {
            Times::At(times) => times[index],
            Times::Every { first, interval } => {
                let steps = Millis::try_from(index).unwrap_or(Millis::MAX);
                first.saturating_add(interval.saturating_mul(steps))
            }
        }
    }
}

/// The histograms of one series.
#[derive(Clone, Copy, Debug, Default)]
pub struct Histograms<'a> {
    /// Their times.
    pub times: &'a [Millis],
    /// Their values.
    pub values: HistogramValues<'a>,
    /// Their start times, 0 where unknown.
    pub starts: Option<&'a [Millis]>,
}

impl<'a> From<Floats<'a>> for RowData<'a> {
    fn from(floats: Floats<'a>) -> Self {
        RowData::Columns { floats, histograms: Histograms::default() }
    }
}

impl Default for Floats<'_> {
    fn default() -> Self {
        Floats { times: Times::At(&[]), values: &[], starts: None }
    }
}

/// Why a source could not answer. Prints as one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Text in a format could not be read.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Anything else, told by the source.
    #[error("{0}")]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

/// A text that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct FormatError {
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in bytes.
    pub column: usize,
    /// What was found, what was expected.
    pub message: String,
}

macro_rules! delegate {
    ($($pointer:ty),*) => {$(
        impl<S: SeriesSource + ?Sized> SeriesSource for $pointer {
            fn select<'a>(
                &'a self,
                requests: &'a [SelectRequest],
            ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
                (**self).select(requests)
            }

            fn label_names<'a>(
                &'a self,
                matchers: &'a [Matcher],
            ) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
                (**self).label_names(matchers)
            }

            fn label_values<'a>(
                &'a self,
                name: &'a str,
                matchers: &'a [Matcher],
            ) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
                (**self).label_values(name, matchers)
            }

            fn metadata(&self) -> BoxFuture<'_, Result<Vec<MetricMetadata>, SourceError>> {
                (**self).metadata()
            }
        }
    )*};
}

delegate!(&S, Box<S>, Arc<S>);
