//! The functions: one table, one file a family.
//!
//! An entry is plain data: signature, shape with its kernel, and what planning and checking need to know. Nothing
//! outside compares a function's name.

use crate::column::{Edges, Notes, Param, RowMut, SeriesColumns, Windows};
use crate::model::{FloatHistogram, ValueType};

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// One line for people.
    pub doc: &'static str,
    /// The types of its arguments; the last one repeats in variadic functions.
    pub args: &'static [ValueType],
    /// How many of the arguments may be missing or more.
    pub arity: Arity,
    /// The type of its result.
    pub returns: ValueType,
    /// Needs `promql-experimental-functions`.
    pub experimental: bool,
    /// How it is evaluated.
    pub shape: Shape,
    /// Metadata labels stay.
    pub keeps_name: bool,
    /// The result depends on the evaluation time even if the arguments do not.
    pub at_unsafe: bool,
    /// What it does to statistics-only reading of histograms below it.
    pub stats: Stats,
    /// Takes `anchored` windows.
    pub anchored: bool,
    /// Takes `smoothed` windows.
    pub smoothed: bool,
    /// Without effect in range queries.
    pub warns_in_range: bool,
    /// Says so when its input does not look like a counter.
    pub wants_counter: bool,
    /// Uses start times of samples where the option is on.
    pub uses_start_times: bool,
}

/// How many arguments a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Exactly as many as listed.
    Fixed,
    /// The last `n` listed ones may be missing.
    Optional(usize),
    /// Any number of the last listed one, also none.
    Any,
    /// One to `n` of the last listed one.
    UpTo(usize),
}

/// What a function does to statistics-only reading of histograms below it; the walk goes from a selector outwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stats {
    /// Turns it on.
    On,
    /// Turns it off and ends the walk.
    Off,
    /// Neither.
    Neutral,
}

/// How a function is evaluated.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Every float on its own; histograms are left out. The kernel may touch absent slots.
    Floats(fn(&mut [f64])),
    /// Every float with scalar arguments; histograms are left out.
    FloatsWith(fn(&mut RowMut<'_>, &[Param<'_>])),
    /// A part of the date of every float, or of the evaluation time without argument.
    Date(fn(f64) -> f64),
    /// A number for every histogram; floats are left out.
    Histograms(fn(&FloatHistogram) -> f64),
    /// A window of samples.
    Range(RangeFunction),
    /// `absent_over_time`.
    AbsentOverTime,
    /// `absent`.
    Absent,
    /// `scalar`.
    ToScalar,
    /// `vector`.
    ToVector,
    /// `time`.
    Time,
    /// A constant: `pi`.
    Constant(f64),
    /// A constant of the query.
    Query(QueryConstant),
    /// Two scalars: `min_of`, `max_of`.
    Scalars(fn(f64, f64) -> f64),
    /// `timestamp`.
    Timestamp,
    /// `start_timestamp`.
    StartTimestamp,
    /// `sort`, `sort_desc`: true for descending.
    Sort(bool),
    /// `sort_by_label`, `sort_by_label_desc`: true for descending.
    SortByLabel(bool),
    /// `label_replace`.
    LabelReplace,
    /// `label_join`.
    LabelJoin,
    /// `histogram_quantile`.
    HistogramQuantile,
    /// `histogram_quantiles`.
    HistogramQuantiles,
    /// `histogram_fraction`.
    HistogramFraction,
    /// `info`.
    Info,
}

/// A constant of the query, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryConstant {
    /// `start()`
    Start,
    /// `end()`
    End,
    /// `range()`
    Range,
    /// `step()`
    Step,
}

/// A function of a window of samples.
#[derive(Clone, Copy, Debug)]
pub struct RangeFunction {
    /// Which of the arguments is the range vector; the others are scalars and come as parameters in order.
    pub range_arg: usize,
    /// The kernel over a whole series.
    pub kernel: fn(&RangeInput<'_>, &mut RowMut<'_>, &mut Notes) -> Result<(), RangeError>,
}

/// What a range kernel sees of one series.
///
/// Stale markers are gone. For plain windows the edges are those of `windows`; for `anchored` they reach the lookback
/// further to the left, for `smoothed` to both sides, and the kernel picks its boundary samples from `windows.start`
/// and `windows.end`.
#[derive(Clone, Copy, Debug)]
pub struct RangeInput<'a> {
    /// The samples.
    pub series: SeriesColumns<'a>,
    /// The windows by time.
    pub windows: &'a Windows,
    /// Each step's window in the float column.
    pub float_edges: &'a [Edges],
    /// Each step's window in the histogram column; as long as `float_edges`.
    pub histogram_edges: &'a [Edges],
    /// The scalar arguments, without missing optional ones.
    pub params: &'a [Param<'a>],
    /// `anchored`.
    pub anchored: bool,
    /// `smoothed`.
    pub smoothed: bool,
    /// The lookback delta, in milliseconds.
    pub lookback: i64,
    /// Start times of samples count.
    pub start_times: bool,
    /// Ends long computations.
    pub cancel: &'a crate::column::Cancel,
}

/// Why a range kernel fails the query.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// A parameter is out of range; the text is Prometheus'.
    #[error("{0}")]
    Parameter(String),
    /// A histogram is broken.
    #[error(transparent)]
    Histogram(#[from] crate::model::histogram::HistogramError),
    /// The caller ended it.
    #[error("stopped")]
    Stopped(crate::column::Stop),
}
