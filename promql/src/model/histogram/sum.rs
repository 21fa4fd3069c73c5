//! Kahan sums and means of many histograms.

use super::compensated::Count;
use super::sparse::Sparse;
use super::{Combined, Counts, FloatHistogram, HistogramError, Layout, ResetHint, Shape};
use crate::model::kahan::{Kahan, KahanRow};
use std::sync::Arc;

/// A running sum of histograms, each field compensated.
#[derive(Clone, Debug)]
pub struct HistogramSum {
    /// Everything but the numbers; its counts are not kept up to date.
    shape: FloatHistogram,
    count: Kahan,
    sum: Kahan,
    zero: Kahan,
    buckets: KahanRow,
    /// No bucket lies inside the zero bucket.
    is_clear: bool,
    seen_reset: bool,
    seen_not_reset: bool,
    reconciled_bounds: bool,
    /// Something was added to the first histogram.
    added: bool,
}

impl HistogramSum {
    /// A sum of one.
    #[must_use]
    pub fn new(first: &FloatHistogram) -> Self {
        let mut sum = HistogramSum {
            shape: FloatHistogram { buckets: Counts::default(), ..first.clone() },
            count: Kahan::exact(first.count),
            sum: Kahan::exact(first.sum),
            zero: Kahan::exact(first.zero_count),
            buckets: KahanRow::exact(&first.buckets),
            is_clear: first.is_clear(),
            seen_reset: false,
            seen_not_reset: false,
            reconciled_bounds: false,
            added: false,
        };
        sum.note_hint(first.hint);
        sum
    }

    /// A sum whose numbers were added up elsewhere: count, sum and zero count, and the buckets of a shape without any
    /// inside the zero bucket. `seen` tells whether the hints `reset` and `not_reset` were.
    pub(super) fn of(
        shape: &Shape,
        hint: ResetHint,
        [count, sum, zero]: [Kahan; 3],
        buckets: KahanRow,
        [seen_reset, seen_not_reset]: [bool; 2],
        added: bool,
    ) -> Self {
        HistogramSum {
            shape: shape.histogram(hint, [0.0; 3], Counts::default()),
            count,
            sum,
            zero,
            buckets,
            is_clear: true,
            seen_reset,
            seen_not_reset,
            reconciled_bounds: false,
            added,
        }
    }

    /// Adds a histogram.
    ///
    /// # Errors
    /// If one is exponential and the other custom, or if a layout is broken; the sum is unchanged.
    pub fn add(&mut self, other: &FloatHistogram) -> Result<(), HistogramError> {
        self.check(other)?;
        self.added = true;
        self.note_hint(other.hint);
        self.shape.hint = self.shape.hint.combine(other.hint).0;
        if self.adds_bucketwise(other) {
            self.zero.add(other.zero_count);
            self.buckets.add(&other.buckets);
        } else {
            self.add_sparse(Sparse::exactly(other));
        }
        self.count.add(other.count);
        self.sum.add(other.sum);
        Ok(())
    }

    /// Adds another running sum.
    ///
    /// # Errors
    /// As [`HistogramSum::add`].
    pub fn merge(&mut self, other: &HistogramSum) -> Result<(), HistogramError> {
        if self.shape.schema != other.shape.schema {
            // With its buckets: the shape alone does not fit its spans.
            self.check(&other.finish())?;
        }
        self.added = true;
        self.seen_reset |= other.seen_reset;
        self.seen_not_reset |= other.seen_not_reset;
        self.reconciled_bounds |= other.reconciled_bounds;
        self.shape.hint = self.shape.hint.combine(other.shape.hint).0;
        if self.is_clear && self.has_buckets_of(&other.shape, other.buckets.len()) {
            Count::add(&mut self.zero, other.zero);
            self.buckets.merge_at(0, &other.buckets, 0..other.buckets.len(), Count::add);
        } else {
            self.add_sparse(other.sparse());
        }
        Count::add(&mut self.count, other.count);
        Count::add(&mut self.sum, other.sum);
        Ok(())
    }

    /// What happened so far: `reset` and `not_reset` were both among the hints, bounds were reconciled.
    #[must_use]
    pub fn combined(&self) -> Combined {
        Combined {
            reconciled_bounds: self.reconciled_bounds,
            conflicting_resets: self.seen_reset && self.seen_not_reset,
        }
    }

    /// True if any count, the sum or a bound is infinite.
    #[must_use]
    pub fn has_overflow(&self) -> bool {
        let totals = [self.zero.sum, self.count.sum, self.sum.sum];
        totals.into_iter().chain(self.buckets.iter().map(|count| count.sum)).any(f64::is_infinite)
            || self.shape.layout.bounds.iter().any(|bound| bound.is_infinite())
    }

    /// How many float samples the sum weighs as.
    pub(crate) fn size_in_samples(&self) -> usize {
        self.shape.layout.size_in_samples(self.buckets.len())
    }

    /// True if all numbers are finite.
    pub(crate) fn is_finite(&self) -> bool {
        let totals = [self.zero, self.count, self.sum];
        totals.into_iter().chain(self.buckets.iter()).all(|number| number.sum.is_finite())
    }

    /// The sum; it may hold empty buckets.
    #[must_use]
    pub fn finish(&self) -> FloatHistogram {
        self.total(|count| count)
    }

    /// The sum divided by a number of histograms; it may hold empty buckets.
    #[must_use]
    pub fn mean(&self, number: f64) -> FloatHistogram {
        self.total(|count| count.divide(number))
    }

    fn total(&self, change: impl Fn(Kahan) -> Kahan) -> FloatHistogram {
        // A lone -0 stays one.
        let total = |count: Kahan| {
            let count = change(count);
            if self.added { count.total() } else { count.sum }
        };
        FloatHistogram {
            zero_count: total(self.zero),
            count: total(self.count),
            sum: total(self.sum),
            buckets: self.buckets.iter().map(total).collect(),
            ..self.shape.clone()
        }
    }

    fn each(&mut self, change: impl Fn(Kahan) -> Kahan) {
        for count in [&mut self.zero, &mut self.count, &mut self.sum] {
            *count = change(*count);
        }
        self.buckets.each(change);
    }

    fn note_hint(&mut self, hint: ResetHint) {
        self.seen_reset |= hint == ResetHint::Reset;
        self.seen_not_reset |= hint == ResetHint::NotReset;
    }

    fn check(&self, other: &FloatHistogram) -> Result<(), HistogramError> {
        if self.shape.uses_custom_buckets() != other.uses_custom_buckets() {
            return Err(HistogramError::IncompatibleSchema);
        }
        // The own layout was checked when it came in.
        if self.shape.schema < other.schema { other.check_layout() } else { Ok(()) }
    }

    fn adds_bucketwise(&self, other: &FloatHistogram) -> bool {
        self.is_clear && self.has_buckets_of(other, other.buckets.len())
    }

    /// Bucket `i` of one belongs to bucket `i` of the other.
    fn has_buckets_of(&self, other: &FloatHistogram, buckets: usize) -> bool {
        self.buckets.len() == buckets
            && self.shape.schema == other.schema
            && self.shape.zero_threshold == other.zero_threshold
            && self.shape.same_layout(other)
    }

    fn sparse(&self) -> Sparse<Kahan> {
        let FloatHistogram { schema, zero_threshold, ref layout, .. } = self.shape;
        let buckets: Vec<Kahan> = self.buckets.iter().collect();
        Sparse::new(schema, zero_threshold, self.zero, layout, &buckets)
    }

    fn add_sparse(&mut self, other: Sparse<Kahan>) {
        let mut own = self.sparse();
        self.reconciled_bounds |= own.add(other);
        self.shape.schema = own.schema;
        self.shape.zero_threshold = own.zero_threshold;
        self.zero = own.zero;
        let (layout, buckets): (Layout, _) = own.into_parts();
        self.shape.layout = Arc::new(layout);
        self.buckets = buckets.into_iter().collect();
        self.is_clear = self.shape.is_clear();
    }

    /// True if adding would make a number infinite; only for what [`Self::adds_bucketwise`].
    fn would_overflow(&self, other: &FloatHistogram) -> bool {
        let totals = [(self.zero, other.zero_count), (self.count, other.count), (self.sum, other.sum)];
        let buckets = self.buckets.iter().zip(other.buckets.iter().copied());
        totals.into_iter().chain(buckets).any(|(own, other)| (own.sum + other).is_infinite())
            || other.layout.bounds.iter().any(|bound| bound.is_infinite())
    }
}

/// A running mean of histograms: a compensated sum until that would overflow, an incremental mean from then on.
#[derive(Clone, Debug)]
pub struct HistogramMean {
    state: HistogramSum,
    number: f64,
    incremental: bool,
}

impl HistogramMean {
    /// A mean of one.
    #[must_use]
    pub fn new(first: &FloatHistogram) -> Self {
        HistogramMean { state: HistogramSum::new(first), number: 1.0, incremental: false }
    }

    /// Takes in another histogram.
    ///
    /// # Errors
    /// If one is exponential and the other custom, or if a layout is broken.
    pub fn add(&mut self, other: &FloatHistogram) -> Result<(), HistogramError> {
        self.number += 1.0;
        if !self.incremental {
            if self.state.adds_bucketwise(other) {
                if !self.state.would_overflow(other) {
                    return self.state.add(other);
                }
            } else {
                let mut sum = self.state.clone();
                sum.add(other)?;
                if !sum.has_overflow() {
                    self.state = sum;
                    return Ok(());
                }
                self.state.reconciled_bounds |= sum.reconciled_bounds;
            }
            self.incremental = true;
            let before = self.number - 1.0;
            self.state.each(|count| count.divide(before));
        }
        let share = (self.number - 1.0) / self.number;
        self.state.each(|count| count.scale(share));
        let mut part = other.clone();
        part.div(self.number);
        self.state.add(&part)
    }

    /// What happened so far, as [`HistogramSum::combined`].
    #[must_use]
    pub fn combined(&self) -> Combined {
        self.state.combined()
    }

    /// The mean; it may hold empty buckets.
    #[must_use]
    pub fn finish(&self) -> FloatHistogram {
        if self.incremental { self.state.finish() } else { self.state.mean(self.number) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal;
    use super::*;

    fn mean(all: &[&str]) -> FloatHistogram {
        let mut mean = HistogramMean::new(&literal(all[0]));
        all[1..].iter().for_each(|h| mean.add(&literal(h)).unwrap());
        mean.finish()
    }

    #[test]
    fn sums_keep_what_rounding_loses() {
        let big = "count:1e100 sum:1e100 buckets:[1e100]";
        let mut sum = HistogramSum::new(&literal("count:1 sum:1 buckets:[1]"));
        let mut other = HistogramSum::new(&literal(big));
        other.add(&literal("count:1 sum:1 buckets:[1 3]")).unwrap();
        sum.merge(&other).unwrap();
        let mut minus = literal(big);
        minus.mul(-1.0);
        sum.add(&minus).unwrap();
        assert_eq!(sum.finish(), literal("count:2 sum:2 buckets:[2 3]"));
        assert_eq!(sum.mean(2.0), literal("count:1 sum:1 buckets:[1 1.5]"));
    }

    #[test]
    fn means_survive_overflow() {
        let huge = "count:3 sum:1.5e308 buckets:[1e308 2]";
        assert_eq!(mean(&[huge, huge, huge]), literal(huge));
        assert_eq!(mean(&[huge]), literal(huge));
        assert_eq!(mean(&["count:1 buckets:[1]", "count:4 buckets:[4]"]), literal("count:2.5 buckets:[2.5]"));
    }

    #[test]
    fn hints_and_bounds_are_remembered() {
        let mut sum = HistogramSum::new(&literal("schema:-53 custom_values:[1] counter_reset_hint:reset"));
        sum.add(&literal("schema:-53 custom_values:[2] counter_reset_hint:gauge")).unwrap();
        assert_eq!(sum.combined(), Combined { reconciled_bounds: true, conflicting_resets: false });
        sum.add(&literal("schema:-53 counter_reset_hint:not_reset")).unwrap();
        assert!(sum.combined().conflicting_resets);
        assert_eq!(sum.finish().hint, ResetHint::Gauge);
        assert!(sum.add(&literal("")).is_err());
    }
}
