//! What the engine talks about: labels, matchers, times, samples, histograms, and numbers as Go prints them.
//!
//! Plain data and its arithmetic. Nothing here knows queries, sources or evaluation.

pub(crate) mod elementary;
pub mod histogram;
mod kahan;
mod labels;
mod matcher;
pub mod number;

mod quantile;
mod regex;
mod time;
mod value;

pub use histogram::FloatHistogram;
pub use kahan::Kahan;
pub use labels::{
    Labels, LabelsEdit, METRIC_NAME, METRIC_TYPE, METRIC_UNIT, is_label_name, is_legacy_label_name,
    is_legacy_metric_name, is_metadata,
};
pub use matcher::{MatchOp, Matcher};
#[cfg(feature = "rules")]
pub(crate) use promql_grammar::is_printable;
pub use promql_grammar::{DurationError, format_duration, parse_duration, quote};
pub(crate) use quantile::{nan_first, quantile, quantile_at};
pub use regex::{Regex, RegexError};
pub use time::{Grid, Millis, TimeSpan};
pub use value::{NORMAL_NAN_BITS, Point, STALE_NAN_BITS, Sample, ValueType, is_stale, stale_nan};
