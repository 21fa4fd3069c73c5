//! Sums, differences, multiples.

use super::sparse::{Sparse, check_spans};
use super::{CUSTOM_SCHEMA, Combined, Counts, FloatHistogram, HistogramError, Layout, ResetHint, bounds};
use crate::model::Kahan;
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
            for (own, other) in self.buckets.make_mut().iter_mut().zip(&*other.buckets) {
                *own += sign * other;
            }
        } else if other.adds_no_bucket_to(self) {
            if !self.uses_custom_buckets() {
                self.zero_count += sign * other.zero_count;
            }
        } else if self.uses_custom_buckets() && self.layout.bounds != other.layout.bounds {
            // Whether a common bucket is empty is told with the rounding errors of its parts.
            let mut own = Sparse::exactly(self);
            combined.reconciled_bounds = own.add(Sparse::exactly(&other.signed(sign)));
            let (layout, counts) = own.into_parts();
            self.layout = Arc::new(layout);
            self.buckets = counts.iter().map(|count: &Kahan| count.sum).collect();
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

    /// It has no buckets, and neither its zero bucket nor its schema or bounds change those of the other one. So are
    /// counters right after a reset.
    fn adds_no_bucket_to(&self, other: &FloatHistogram) -> bool {
        self.buckets.is_empty()
            && self.schema == other.schema
            && self.zero_threshold <= other.zero_threshold
            && self.layout.bounds == other.layout.bounds
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

    pub(crate) fn check_layout(&self) -> Result<(), HistogramError> {
        check_spans(&self.layout.positive, self.positive_counts().len())?;
        check_spans(&self.layout.negative, self.negative_counts().len())
    }

    /// Bucket `i` of one belongs to bucket `i` of the other, and none lies inside the zero bucket.
    pub(super) fn combines_bucketwise(&self, other: &FloatHistogram) -> bool {
        self.schema == other.schema
            && self.zero_threshold == other.zero_threshold
            && self.buckets.len() == other.buckets.len()
            && self.same_layout(other)
            && self.is_clear()
    }

    /// True if no bucket lies inside the zero bucket.
    pub(super) fn is_clear(&self) -> bool {
        self.layout.lowest_bound(self.schema) > self.zero_threshold
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
            self.buckets = Counts::default();
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
        self.buckets.make_mut().iter_mut().for_each(change);
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

impl Layout {
    /// The smallest upper bound of all buckets by absolute value; infinite for custom buckets.
    pub(super) fn lowest_bound(&self, schema: i32) -> f64 {
        if schema == CUSTOM_SCHEMA {
            return f64::INFINITY;
        }
        let first = [&self.positive, &self.negative];
        let lowest = first.into_iter().filter_map(|spans| spans.first()).map(|span| span.offset).min();
        lowest.map_or(f64::INFINITY, |index| bounds::exponential(index, schema))
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal;
    use super::*;

    /// Adds and compacts.
    fn sum(a: &str, b: &str) -> FloatHistogram {
        let mut sum = literal(a);
        sum.add(&literal(b)).unwrap();
        sum.compact(0);
        sum
    }

    #[test]
    fn equal_layouts_add_bucket_by_bucket() {
        let a = "count:3 sum:1 z_bucket:1 buckets:[1 1]";
        assert_eq!(sum(a, a), literal("count:6 sum:2 z_bucket:2 buckets:[2 2]"));
    }

    #[test]
    fn missing_buckets_appear() {
        let expected = literal("offset:-2 buckets:[1 0 0 2]");
        assert_eq!(sum("offset:-2 buckets:[1]", "offset:1 buckets:[2]").to_string(), expected.to_string());
    }

    #[test]
    fn the_coarser_schema_wins() {
        let finer = "schema:1 offset:1 buckets:[1 2 4]";
        let coarser = "schema:0 offset:1 buckets:[10 20]";
        assert_eq!(sum(finer, coarser), literal("schema:0 offset:1 buckets:[13 24]"));
        assert_eq!(sum(coarser, finer), literal("schema:0 offset:1 buckets:[13 24]"));
    }

    #[test]
    fn zero_buckets_grow_to_the_end_of_populated_buckets() {
        let narrow = "z_bucket:1 z_bucket_w:0.001 offset:0 buckets:[1 2] n_buckets:[4 8]";
        let wide = "z_bucket:16 z_bucket_w:0.75";
        let expected = literal("z_bucket:22 z_bucket_w:1 offset:1 buckets:[2] n_offset:1 n_buckets:[8]");
        assert_eq!(sum(narrow, wide), expected);
        assert_eq!(sum(wide, narrow), expected);
    }

    #[test]
    fn custom_bounds_shrink_to_the_common_ones() {
        let a = "schema:-53 custom_values:[1 2 3] buckets:[1 2 4 8]";
        let mut h = literal(a);
        let combined = h.add(&literal("schema:-53 custom_values:[2 3 4] buckets:[10 20 30 40]")).unwrap();
        assert!(combined.reconciled_bounds);
        assert_eq!(h, literal("schema:-53 custom_values:[2 3] buckets:[13 24 78]"));
        let mut h = literal(a);
        h.sub(&literal("schema:-53 custom_values:[7] buckets:[1 1]")).unwrap();
        assert_eq!(h, literal("schema:-53 buckets:[13]"));
    }

    #[test]
    fn exponential_and_custom_do_not_mix() {
        let mut h = literal("count:1");
        assert_eq!(h.add(&literal("schema:-53")), Err(HistogramError::IncompatibleSchema));
        assert_eq!(h, literal("count:1"));
    }

    #[test]
    fn a_broken_finer_layout_changes_nothing() {
        let mut h = literal("schema:1 count:1 buckets:[1 2]");
        h.buckets = [1.0].into();
        let before = h.clone();
        let error = h.add(&literal("schema:0 buckets:[1]")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "spans need 2 buckets, have 1 buckets: histogram spans specify different number of buckets than provided"
        );
        assert_eq!(h, before);
    }

    #[test]
    fn products_and_quotients() {
        let mut h = literal("count:3 sum:-1 z_bucket:1 buckets:[2]");
        h.mul(-2.0);
        assert_eq!(h, literal("count:-6 sum:2 z_bucket:-2 buckets:[-4]"));
        assert_eq!(h.hint, ResetHint::Gauge);
        h.div(-2.0);
        assert_eq!(h, literal("count:3 sum:-1 z_bucket:1 buckets:[2]"));
        h.div(0.0);
        assert_eq!(h, literal("count:Inf sum:-Inf z_bucket:Inf"));
    }

    #[test]
    fn sharing_survives_writing() {
        let h = literal("count:1 buckets:[1]");
        let mut doubled = h.clone();
        doubled.mul(2.0);
        assert_eq!(h, literal("count:1 buckets:[1]"));
        assert!(Arc::ptr_eq(&h.layout, &doubled.layout));
    }
}
