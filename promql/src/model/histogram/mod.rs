//! Native histograms with float counts.
//!
//! Cloning one copies a few words; spans, bounds and buckets are shared until somebody writes. Whatever comes from
//! outside should pass [`FloatHistogram::validate`] once; on broken layouts the operations here return errors or
//! nonsense, but never panic.

mod arithmetic;
mod bounds;
mod bucket;
mod compact;
mod compensated;
mod counts;
mod hint;
mod quantile;
mod rebuild;
mod reset;
mod sparse;
mod sum;
mod sums;
mod table;
mod text;
mod trim;
mod validate;
mod variance;
mod widen;

pub use bucket::Bucket;
pub use counts::Counts;
#[cfg(feature = "tsdb")]
pub(crate) use hint::statistics_behind;
pub use hint::{ResetHint, statistics};
pub use quantile::QuantileNote;
pub use sum::{HistogramMean, HistogramSum};
pub(crate) use sums::HistogramSums;
pub use table::HistogramTable;
pub(crate) use table::{COUNT, Run, SUM, Shape, Totals};

use super::value::is_stale;
use std::sync::{Arc, OnceLock};

/// The schema of histograms with custom bucket bounds.
pub const CUSTOM_SCHEMA: i32 = -53;

/// A run of consecutive buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BucketSpan {
    /// Distance from the end of the previous span; the bucket index itself for the first one.
    pub offset: i32,
    /// Number of buckets.
    pub length: u32,
}

/// The shape of a histogram: which buckets there are, not what is in them.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Runs of positive buckets; all buckets of a histogram with custom bounds.
    pub positive: Vec<BucketSpan>,
    /// Runs of negative buckets; none with custom bounds.
    pub negative: Vec<BucketSpan>,
    /// Upper bounds of custom buckets, ascending, without +Inf; none for exponential schemas.
    pub bounds: Vec<f64>,
}

/// The same buckets in the same spans; spans without buckets do not count.
impl PartialEq for Layout {
    fn eq(&self, other: &Self) -> bool {
        fn spans(all: &[BucketSpan]) -> impl Iterator<Item = BucketSpan> {
            let mut gap = 0i32;
            all.iter().filter_map(move |span| {
                gap = gap.wrapping_add(span.offset);
                (span.length > 0)
                    .then(|| BucketSpan { offset: std::mem::take(&mut gap), length: span.length })
            })
        }
        let equal = |own: &[BucketSpan], other: &[BucketSpan]| own == other || spans(own).eq(spans(other));
        self.bounds == other.bounds
            && equal(&self.positive, &other.positive)
            && equal(&self.negative, &other.negative)
    }
}

impl Layout {
    /// How many float samples a histogram with so many counts weighs as, for limits.
    fn size_in_samples(&self, counts: usize) -> usize {
        let words = self.positive.len() + self.negative.len() + self.bounds.len() + counts;
        (168 + 8 * words + 8) / 16
    }

    /// The layout without buckets, which many histograms share.
    pub(crate) fn none() -> Arc<Layout> {
        static NONE: OnceLock<Arc<Layout>> = OnceLock::new();
        Arc::clone(NONE.get_or_init(Arc::default))
    }
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
    pub buckets: Counts,
}

/// Data equality: count, sum, zero bucket, schema, bounds, layout and buckets by their bits; hints are ignored.
impl PartialEq for FloatHistogram {
    fn eq(&self, other: &Self) -> bool {
        let bits = |h: &Self| [h.count, h.sum, h.zero_count].map(f64::to_bits);
        bits(self) == bits(other)
            && self.schema == other.schema
            && self.zero_threshold == other.zero_threshold
            && self.same_layout(other)
            && self.buckets.iter().map(|n| n.to_bits()).eq(other.buckets.iter().map(|n| n.to_bits()))
    }
}

/// An empty histogram of schema 0.
impl Default for FloatHistogram {
    fn default() -> Self {
        FloatHistogram {
            hint: ResetHint::Unknown,
            schema: 0,
            zero_threshold: 0.0,
            zero_count: 0.0,
            count: 0.0,
            sum: 0.0,
            layout: Layout::none(),
            buckets: Counts::default(),
        }
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

/// What happened while histograms were combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Combined {
    /// Custom bounds differed and were reduced to the common ones.
    pub reconciled_bounds: bool,
    /// The hints `reset` and `not_reset` met.
    pub conflicting_resets: bool,
}

impl FloatHistogram {
    /// True for histograms with custom bounds, false for exponential ones.
    #[must_use]
    pub fn uses_custom_buckets(&self) -> bool {
        self.schema == CUSTOM_SCHEMA
    }

    /// True for the marker that ends a series.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        is_stale(self.sum)
    }

    /// The marker that ends a series of histograms.
    #[must_use]
    pub fn stale() -> Self {
        FloatHistogram { sum: super::value::stale_nan(), ..FloatHistogram::default() }
    }

    /// An empty histogram with this one's schema and bounds: what a counter was right after a reset.
    #[must_use]
    pub fn zeroed(&self) -> Self {
        let layout = match self.layout.bounds.as_slice() {
            [] => Layout::none(),
            bounds => Arc::new(Layout { bounds: bounds.to_vec(), ..Layout::default() }),
        };
        FloatHistogram { schema: self.schema, layout, ..FloatHistogram::default() }
    }

    /// The histogram without its buckets, also without the zero bucket: what count, sum and average need.
    #[must_use]
    pub fn without_buckets(&self) -> Self {
        let FloatHistogram { hint, schema, count, sum, .. } = *self;
        FloatHistogram { hint, schema, count, sum, ..FloatHistogram::default() }
    }

    /// How many float samples it weighs as, for limits.
    #[must_use]
    pub fn size_in_samples(&self) -> usize {
        self.layout.size_in_samples(self.buckets.len())
    }

    /// True if both have the same buckets; quick where they share the layout.
    fn same_layout(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.layout, &other.layout) || self.layout == other.layout
    }

    /// Where the negative buckets begin.
    fn split(&self) -> usize {
        let positive: usize = self.layout.positive.iter().map(|span| span.length as usize).sum();
        positive.min(self.buckets.len())
    }

    /// Counts of the positive (or custom) buckets in layout order.
    #[must_use]
    pub fn positive_counts(&self) -> &[f64] {
        &self.buckets[..self.split()]
    }

    /// Counts of the negative buckets in layout order, from zero downwards.
    #[must_use]
    pub fn negative_counts(&self) -> &[f64] {
        &self.buckets[self.split()..]
    }
}

/// The histogram of a literal without its braces.
#[cfg(test)]
fn literal(text: &str) -> FloatHistogram {
    let series = crate::source::text::parse_series(&format!("m {{{{{text}}}}}")).unwrap();
    match series.items.into_iter().next().flatten().unwrap().sample {
        super::Sample::Histogram(h) => h,
        super::Sample::Float(value) => panic!("{value} is no histogram"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_of_bits_and_buckets() {
        let h = literal("count:3 sum:NaN buckets:[1 2]");
        assert_eq!(h, h.clone());
        assert_eq!(h, FloatHistogram { hint: ResetHint::Gauge, ..h.clone() });
        assert_ne!(h, FloatHistogram { sum: f64::from_bits(0x7ff8_0000_0000_0000), ..h.clone() });
        assert_ne!(h, literal("count:3 sum:NaN buckets:[1 2 0]"));
        assert_ne!(literal("sum:0"), literal("sum:-0"));
        assert_ne!(literal("buckets:[1]"), literal("n_buckets:[1]"));
    }

    #[test]
    fn spans_without_buckets_do_not_count() {
        let span = |offset, length| BucketSpan { offset, length };
        let layout = |spans: &[BucketSpan]| Layout { positive: spans.to_vec(), ..Layout::default() };
        assert_eq!(
            layout(&[span(1, 2), span(3, 1)]),
            layout(&[span(1, 2), span(1, 0), span(2, 1), span(9, 0)])
        );
        assert_ne!(layout(&[span(1, 2)]), layout(&[span(1, 3)]));
    }

    #[test]
    fn sizes_in_samples() {
        assert_eq!(literal("").size_in_samples(), 11);
        assert_eq!(literal("buckets:[1 2 3] n_buckets:[1]").size_in_samples(), 14);
        assert_eq!(literal("schema:-53 custom_values:[1 2] buckets:[1 2 3]").size_in_samples(), 14);
    }
}
