//! The functions: one table, one file a family.
//!
//! An entry is plain data: signature, shape with its kernel, and what planning and checking need to know. Nothing
//! outside compares a function's name. A new function is an entry in its family's slice, with its kernel beside it.

mod absent;
pub mod classic;
mod dates;
mod elementary;
mod histograms;
mod info;
mod labels;
mod math;
mod range;
mod rounding;
mod scalars;
pub mod select;
mod sort;
mod timestamps;

pub use absent::absent_labels;
pub use labels::{LabelError, label_join, label_replace};
pub use range::Extents;
pub use scalars::{max_of, min_of};
pub use sort::{order_by_labels, order_by_value};

use crate::column::{Edges, Notes, Param, RowMut, SeriesColumns, Windows};
use crate::model::{FloatHistogram, ValueType};
use std::sync::LazyLock;

/// Every family's slice of the table, range functions aside.
static FAMILIES: &[&[Function]] = &[
    absent::FUNCTIONS,
    dates::FUNCTIONS,
    histograms::FUNCTIONS,
    info::FUNCTIONS,
    labels::FUNCTIONS,
    math::FUNCTIONS,
    rounding::FUNCTIONS,
    scalars::FUNCTIONS,
    sort::FUNCTIONS,
    timestamps::FUNCTIONS,
];

static BY_NAME: LazyLock<Vec<&'static Function>> = LazyLock::new(|| {
    let families = FAMILIES.iter().chain(range::RANGE_FUNCTIONS);
    let mut functions: Vec<_> = families.flat_map(|family| family.iter()).collect();
    functions.sort_by_key(|function| function.name);
    functions
});

/// All functions, sorted by name.
pub fn functions() -> impl ExactSizeIterator<Item = &'static Function> + Clone {
    BY_NAME.iter().copied()
}

/// The function of this name; names are case-sensitive.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    BY_NAME.binary_search_by_key(&name, |function| function.name).ok().map(|at| BY_NAME[at])
}

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
    /// The result is the same whatever the values are: presence and times are enough.
    pub presence_only: bool,
    /// Of a window it raises neither a note nor an error, whatever the samples are.
    pub silent: bool,
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

impl Function {
    /// What the entries of the table have in common: one instant vector in, an instant vector without metadata out.
    const VECTOR: Function = Function {
        name: "",
        doc: "",
        args: &[ValueType::Vector],
        arity: Arity::Fixed,
        returns: ValueType::Vector,
        experimental: false,
        shape: Shape::ToVector,
        keeps_name: false,
        at_unsafe: false,
        stats: Stats::Neutral,
        presence_only: false,
        silent: false,
        anchored: false,
        smoothed: false,
        warns_in_range: false,
        wants_counter: false,
        uses_start_times: false,
    };

    /// The fewest arguments.
    #[must_use]
    pub fn min_args(&self) -> usize {
        match self.arity {
            Arity::Fixed | Arity::UpTo(_) => self.args.len(),
            Arity::Optional(n) => self.args.len().saturating_sub(n),
            Arity::Any => self.args.len().saturating_sub(1),
        }
    }

    /// The most arguments; none if there is no limit.
    #[must_use]
    pub fn max_args(&self) -> Option<usize> {
        match self.arity {
            Arity::Fixed | Arity::Optional(_) => Some(self.args.len()),
            Arity::UpTo(n) => Some((self.args.len() + n).saturating_sub(1)),
            Arity::Any => None,
        }
    }

    /// The type of argument `index`; none beyond the last one of a function that takes no more.
    #[must_use]
    pub fn arg(&self, index: usize) -> Option<ValueType> {
        let repeats = matches!(self.arity, Arity::UpTo(_) | Arity::Any);
        self.args.get(index).or_else(|| self.args.last().filter(|_| repeats)).copied()
    }

    /// The signature for people, such as `round(instant vector, [scalar])`.
    #[must_use]
    pub fn signature(&self) -> String {
        let mut parts: Vec<String> = self.args.iter().map(|arg| arg.described().to_owned()).collect();
        for part in parts.iter_mut().skip(self.min_args()) {
            *part = format!("[{part}]");
        }
        if let (Arity::Any | Arity::UpTo(_), Some(last)) = (self.arity, parts.last_mut()) {
            *last += "...";
        }
        format!("{}({})", self.name, parts.join(", "))
    }
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
    /// Every float on its own, absent slots too. Whoever calls the kernel removes the histograms.
    Floats(fn(&mut [f64])),
    /// Every float with scalar arguments, absent slots too. Whoever calls the kernel removes the histograms.
    FloatsWith(fn(&mut RowMut<'_>, &[Param<'_>])),
    /// A part of the date of every float in seconds, or of the evaluation time without argument. Whoever calls the
    /// kernel removes the histograms.
    Date(fn(f64) -> f64),
    /// A number for every histogram; floats are left out.
    Histograms(fn(&FloatHistogram) -> f64),
    /// A window of samples.
    Range(RangeFunction),
    /// `absent_over_time`.
    AbsentOverTime(RangeFunction),
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

impl Shape {
    /// A float or nothing for every sample on its own, which raises neither notes nor errors.
    #[must_use]
    pub fn is_element_wise(&self) -> bool {
        matches!(self, Shape::Floats(_) | Shape::FloatsWith(_) | Shape::Date(_) | Shape::Histograms(_))
    }
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
    /// What `rate` keeps from one series to the next; empty whenever the times, the windows or the function change.
    pub extents: &'a Extents,
    /// The same of the histogram column.
    pub histogram_extents: &'a Extents,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(which: impl Fn(&Function) -> bool) -> Vec<&'static str> {
        functions().filter(|function| which(function)).map(|function| function.name).collect()
    }

    #[test]
    fn all_functions_are_found_by_their_one_name() {
        assert_eq!(functions().len(), 91);
        for (function, next) in functions().zip(functions().skip(1)) {
            assert!(function.name < next.name, "{}", next.name);
        }
        for function in functions() {
            assert!(find(function.name).is_some_and(|found| std::ptr::eq(found, function)));
            assert!(function.doc.ends_with('.'), "{}", function.name);
        }
        assert!(find("Rate").is_none() && find("").is_none());
    }

    #[test]
    fn facts_about_functions_are_those_of_prometheus() {
        assert_eq!(
            names(|function| function.experimental),
            [
                "double_exponential_smoothing",
                "end",
                "histogram_quantiles",
                "info",
                "integral",
                "mad_over_time",
                "max_of",
                "min_of",
                "range",
                "sort_by_label",
                "sort_by_label_desc",
                "start",
                "start_timestamp",
                "step",
                "ts_of_first_over_time",
                "ts_of_last_over_time",
                "ts_of_max_over_time",
                "ts_of_min_over_time",
            ]
        );
        assert_eq!(
            names(|function| function.at_unsafe),
            [
                "day_of_month",
                "day_of_week",
                "day_of_year",
                "days_in_month",
                "end",
                "hour",
                "minute",
                "month",
                "predict_linear",
                "range",
                "start",
                "step",
                "time",
                "timestamp",
                "year",
            ]
        );
        assert_eq!(
            names(|function| function.stats == Stats::On),
            ["absent", "histogram_avg", "histogram_count", "histogram_sum", "start_timestamp", "timestamp"]
        );
        assert_eq!(
            names(|function| function.stats == Stats::Off),
            [
                "changes",
                "histogram_fraction",
                "histogram_quantile",
                "histogram_quantiles",
                "histogram_stddev",
                "histogram_stdvar",
            ]
        );
        assert_eq!(
            names(|function| function.presence_only),
            [
                "absent",
                "absent_over_time",
                "count_over_time",
                "present_over_time",
                "start_timestamp",
                "timestamp",
                "ts_of_first_over_time",
                "ts_of_last_over_time",
            ]
        );
        assert_eq!(
            names(|function| function.silent),
            [
                "absent_over_time",
                "count_over_time",
                "first_over_time",
                "last_over_time",
                "present_over_time",
                "ts_of_first_over_time",
                "ts_of_last_over_time",
            ]
        );
        assert_eq!(
            names(|function| function.keeps_name),
            [
                "first_over_time",
                "info",
                "label_join",
                "label_replace",
                "last_over_time",
                "sort",
                "sort_by_label",
                "sort_by_label_desc",
                "sort_desc",
            ]
        );
        assert_eq!(
            names(|function| function.warns_in_range),
            ["sort", "sort_by_label", "sort_by_label_desc", "sort_desc"]
        );
        assert_eq!(names(|function| function.smoothed), ["delta", "increase", "rate"]);
        assert_eq!(names(|function| function.anchored), ["changes", "delta", "increase", "rate", "resets"]);
        assert_eq!(names(|function| function.wants_counter), ["increase", "rate"]);
    }

    #[test]
    fn signatures_tell_what_may_be_left_out() {
        let signature = |name| find(name).map(Function::signature).unwrap_or_default();
        assert_eq!(signature("round"), "round(instant vector, [scalar])");
        assert_eq!(signature("label_join"), "label_join(instant vector, string, string, [string]...)");
        assert_eq!(signature("time"), "time()");
        assert_eq!(
            signature("histogram_quantiles"),
            "histogram_quantiles(instant vector, string, scalar...)"
        );
    }

    #[test]
    fn arities_are_those_of_prometheus() {
        let limits = |name| find(name).map(|function| (function.min_args(), function.max_args()));
        assert_eq!(limits("rate"), Some((1, Some(1))));
        assert_eq!(limits("hour"), Some((0, Some(1))));
        assert_eq!(limits("label_join"), Some((3, None)));
        assert_eq!(limits("sort_by_label"), Some((1, None)));
        assert_eq!(limits("histogram_quantiles"), Some((3, Some(12))));
    }
}
