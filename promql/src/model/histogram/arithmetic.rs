//! Sums, differences, multiples.

use super::compensated::Compensated;
use super::sparse::{Sparse, check_spans};
use super::{Combined, FloatHistogram, HistogramError, ResetHint, bounds};
use std::sync::Arc;

impl FloatHistogram {
    /// Adds another histogram; zero buckets, schemas and custom bounds are brought together. The result may hold
    /// empty buckets.
    ///
    /// # Errors
    /// If one is exponential and the other custom, or if the layout of the finer one is broken; `self` is unchanged.
    pub fn add(&mut self, other: &FloatHistogram) -> Result<Combined, HistogramError> {
        self.combine(other, 1.0)
    }

    /// Subtracts another histogram. The hint is that of a sum; the operator `-` makes it a gauge afterwards.
    ///
    /// # Errors
    /// As [`FloatHistogram::add`].
    pub fn sub(&mut self, other: &FloatHistogram) -> Result<Combined, HistogramError> {
        self.combine(other, -1.0)
    }

    fn combine(&mut self, other: &FloatHistogram, sign: f64) -> Result<Combined, HistogramError> {
        self.check_combination(other)?;
        let (hint, conflicting_resets) = self.hint.combine(other.hint);
        self.hint = hint;
        self.count += sign * other.count;
        self.sum += sign * other.sum;
        let mut combined = Combined { conflicting_resets, ..Combined::default() };
        if self.combines_bucketwise(other) {
            self.zero_count += sign * other.zero_count;
            for (own, other) in Arc::make_mut(&mut self.buckets).iter_mut().zip(&*other.buckets) {
                *own += sign * other;
            }
        } else if self.uses_custom_buckets() && self.layout.bounds != other.layout.bounds {
            // Whether a common bucket is empty is told with the rounding errors of its parts.
            let mut own = Sparse::exactly(self);
            combined.reconciled_bounds = own.add(Sparse::exactly(&other.signed(sign)));
            let (layout, counts) = own.into_parts();
            self.layout = Arc::new(layout);
            self.buckets = counts.iter().map(|count: &Compensated| count.sum).collect();
        } else {
            let mut own = Sparse::of(self);
            own.add(Sparse::of(&other.signed(sign)));
            self.schema = own.schema;
            self.zero_threshold = own.zero_threshold;
            self.zero_count = own.zero;
            let (layout, counts) = own.into_parts();
            self.layout = Arc::new(layout);
            self.buckets = counts.into();
        }
        Ok(combined)
    }

    /// Both exponential or both custom, and the finer one in order.
    pub(super) fn check_combination(&self, other: &FloatHistogram) -> Result<(), HistogramError> {
        if self.uses_custom_buckets() != other.uses_custom_buckets() {
            return Err(HistogramError::IncompatibleSchema);
        }
        match self.schema.cmp(&other.schema) {
            std::cmp::Ordering::Less => other.check_layout(),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => self.check_layout(),
        }
    }

    pub(super) fn check_layout(&self) -> Result<(), HistogramError> {
        check_spans(&self.layout.positive, self.positive_counts().len())?;
        check_spans(&self.layout.negative, self.negative_counts().len())
    }

    /// Bucket `i` of one belongs to bucket `i` of the other, and none lies inside the zero bucket.
    pub(super) fn combines_bucketwise(&self, other: &FloatHistogram) -> bool {
        self.schema == other.schema
            && self.zero_threshold == other.zero_threshold
            && self.buckets.len() == other.buckets.len()
            && self.same_layout(other)
            && self.lowest_bound() > self.zero_threshold
    }

    /// The smallest upper bound of all buckets by absolute value; infinite for custom buckets.
    pub(super) fn lowest_bound(&self) -> f64 {
        if self.uses_custom_buckets() {
            return f64::INFINITY;
        }
        let first = [&self.layout.positive, &self.layout.negative];
        let lowest = first.into_iter().filter_map(|spans| spans.first()).map(|span| span.offset).min();
        lowest.map_or(f64::INFINITY, |index| bounds::exponential(index, self.schema))
    }

    /// Multiplied by 1 or -1; the hint stays.
    fn signed(&self, sign: f64) -> FloatHistogram {
        FloatHistogram {
            zero_count: sign * self.zero_count,
            buckets: self.buckets.iter().map(|count| sign * count).collect(),
            ..self.clone()
        }
    }

    /// Multiplies all counts and the sum. A negative factor makes it a gauge.
    pub fn mul(&mut self, factor: f64) {
        self.each_count(|count| *count *= factor);
        if factor < 0.0 {
            self.hint = ResetHint::Gauge;
        }
    }

    /// Divides all counts and the sum. A negative divisor makes it a gauge, a divisor of 0 removes the buckets.
    pub fn div(&mut self, divisor: f64) {
        if divisor == 0.0 {
            let bounds = self.layout.bounds.clone();
            self.layout = Arc::new(super::Layout { bounds, ..super::Layout::default() });
            self.buckets = Arc::default();
        }
        self.each_count(|count| *count /= divisor);
        if divisor < 0.0 {
            self.hint = ResetHint::Gauge;
        }
    }

    fn each_count(&mut self, change: impl Fn(&mut f64)) {
        change(&mut self.zero_count);
        change(&mut self.count);
        change(&mut self.sum);
        Arc::make_mut(&mut self.buckets).iter_mut().for_each(change);
    }

    /// Lowers the resolution to `schema`; nothing happens if it is not lower.
    ///
    /// # Errors
    /// If exactly one of the schemas is custom, or the layout is broken; `self` is unchanged.
    pub fn reduce_resolution(&mut self, schema: i32) -> Result<(), HistogramError> {
        if self.uses_custom_buckets() != (schema == super::CUSTOM_SCHEMA) {
            return Err(HistogramError::IncompatibleSchema);
        }
        if schema >= self.schema {
            return Ok(());
        }
        self.check_layout()?;
        let mut own = Sparse::of(self);
        own.reduce(schema);
        self.schema = schema;
        let (layout, counts) = own.into_parts();
        self.layout = Arc::new(layout);
        self.buckets = counts.into();
        Ok(())
    }

    /// A copy with at most this resolution.
    ///
    /// # Errors
    /// As [`FloatHistogram::reduce_resolution`].
    pub fn copy_to_schema(&self, schema: i32) -> Result<FloatHistogram, HistogramError> {
        let mut copy = self.clone();
        copy.reduce_resolution(schema)?;
        Ok(copy)
    }

    /// True if any count, the sum or a bound is infinite.
    #[must_use]
    pub fn has_overflow(&self) -> bool {
        let totals = [self.zero_count, self.count, self.sum];
        totals.iter().chain(&*self.buckets).chain(&self.layout.bounds).any(|value| value.is_infinite())
    }
}
