//! Native histograms with float counts.
//!
//! Cloning one copies a few words; spans, bounds and buckets are shared until somebody writes.

use std::sync::Arc;

/// The schema of histograms with custom bucket bounds.
pub const CUSTOM_SCHEMA: i32 = -53;

/// What is known about a counter reset between a histogram and the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResetHint {
    /// Compare the histograms to find out.
    #[default]
    Unknown,
    /// There was a reset.
    Reset,
    /// There was none.
    NotReset,
    /// Not a counter at all.
    Gauge,
}

/// A run of consecutive buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BucketSpan {
    /// Distance from the end of the previous span; the bucket index itself for the first one.
    pub offset: i32,
    /// Number of buckets.
    pub length: u32,
}

/// The shape of a histogram: which buckets there are, not what is in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Runs of positive buckets; all buckets of a histogram with custom bounds.
    pub positive: Vec<BucketSpan>,
    /// Runs of negative buckets; none with custom bounds.
    pub negative: Vec<BucketSpan>,
    /// Upper bounds of custom buckets, ascending, without +Inf; none for exponential schemas.
    pub bounds: Vec<f64>,
}

/// A native histogram with absolute float counts.
#[derive(Clone, Debug)]
pub struct FloatHistogram {
    /// What is known about a counter reset.
    pub hint: ResetHint,
    /// -4 to 8 for exponential buckets, [`CUSTOM_SCHEMA`] for custom ones.
    pub schema: i32,
    /// Half the width of the zero bucket.
    pub zero_threshold: f64,
    /// Observations in the zero bucket.
    pub zero_count: f64,
    /// All observations.
    pub count: f64,
    /// Sum of all observations.
    pub sum: f64,
    /// The shape.
    pub layout: Arc<Layout>,
    /// Counts of the positive buckets, then of the negative ones, in layout order.
    pub buckets: Arc<[f64]>,
}

/// Data equality: count, sum, zero bucket, schema, bounds, layout and buckets by their bits; hints are ignored.
impl PartialEq for FloatHistogram {
    fn eq(&self, other: &Self) -> bool {
        let bits = |h: &Self| [h.count, h.sum, h.zero_count, h.zero_threshold].map(f64::to_bits);
        bits(self) == bits(other) && self.schema == other.schema && self.layout == other.layout
    }
}

/// What is wrong with a histogram, or with a pair of them.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HistogramError {
    /// Exponential and custom buckets cannot be combined.
    #[error("cannot apply this operation on histograms with a mix of exponential and custom bucket schemas")]
    IncompatibleSchema,
    /// The spans and buckets do not fit together; the text is Prometheus'.
    #[error("{0}")]
    Invalid(String),
}

/// What happened while two histograms were combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Combined {
    /// Custom bounds differed and were reduced to the common ones.
    pub reconciled_bounds: bool,
    /// The hints `reset` and `not_reset` met.
    pub conflicting_resets: bool,
}
