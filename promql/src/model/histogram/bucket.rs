//! Single buckets and walks over them.

use super::{BucketSpan, CUSTOM_SCHEMA, FloatHistogram, bounds};
use crate::model::elementary::log2;

/// A bucket with its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// The lower bound belongs to the bucket.
    pub lower_inclusive: bool,
    /// The upper bound belongs to the bucket.
    pub upper_inclusive: bool,
    /// Observations.
    pub count: f64,
}

impl Bucket {
    /// The code of the HTTP API: 0 open left, 1 open right, 2 open both, 3 closed both.
    #[must_use]
    pub fn boundary_code(&self) -> u8 {
        match (self.lower_inclusive, self.upper_inclusive) {
            (false, true) => 0,
            (true, false) => 1,
            (false, false) => 2,
            (true, true) => 3,
        }
    }

    /// The share of the bucket's width that lies at or below `value`, which is strictly inside finite bounds: on a
    /// linear scale, or on a logarithmic one as exponential buckets have it.
    pub(super) fn share_below(&self, value: f64, linear: bool) -> f64 {
        if linear {
            return (value - self.lower) / (self.upper - self.lower);
        }
        let (lower, upper, at) = (log2(self.lower.abs()), log2(self.upper.abs()), log2(value.abs()));
        if value > 0.0 { (at - lower) / (upper - lower) } else { 1.0 - (at - upper) / (lower - upper) }
    }
}

/// The indexes of all buckets of one side in ascending order.
pub(super) fn indexes(spans: &[BucketSpan]) -> impl Iterator<Item = i32> {
    spans
        .iter()
        .scan(0i32, |end, span| {
            let start = end.wrapping_add(span.offset);
            *end = start.wrapping_add(span.length as i32);
            Some((start, span.length))
        })
        .flat_map(|(start, length)| (0..length).map(move |nth| start.wrapping_add(nth as i32)))
}

/// The same in descending order.
fn indexes_descending(spans: &[BucketSpan]) -> impl Iterator<Item = i32> {
    let end =
        spans.iter().fold(0i32, |end, span| end.wrapping_add(span.offset).wrapping_add(span.length as i32));
    spans
        .iter()
        .rev()
        .scan(end, |end, span| {
            let start = end.wrapping_sub(span.length as i32);
            *end = start.wrapping_sub(span.offset);
            Some((start, span.length))
        })
        .flat_map(|(start, length)| (0..length).rev().map(move |nth| start.wrapping_add(nth as i32)))
}

impl FloatHistogram {
    /// All buckets from the lowest value to the highest: negative, zero (if it holds anything), positive. Buckets
    /// that overlap the zero bucket end at its threshold.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let negative = indexes_descending(&self.layout.negative)
            .zip(self.negative_counts().iter().rev())
            .map(|(index, &count)| self.clip(self.negative_bucket(index, count)));
        let positive = self.positive_buckets().map(|bucket| self.clip(bucket));
        negative.chain(self.populated_zero_bucket()).chain(positive)
    }

    /// The same from the highest value to the lowest.
    pub fn buckets_descending(&self) -> impl Iterator<Item = Bucket> {
        let positive = indexes_descending(&self.layout.positive)
            .zip(self.positive_counts().iter().rev())
            .map(|(index, &count)| self.clip(self.positive_bucket(index, count)));
        let negative = self.negative_buckets().map(|bucket| self.clip(bucket));
        positive.chain(self.populated_zero_bucket()).chain(negative)
    }

    /// The positive (or custom) buckets in ascending order, not clipped at the zero bucket.
    pub fn positive_buckets(&self) -> impl Iterator<Item = Bucket> {
        indexes(&self.layout.positive)
            .zip(self.positive_counts())
            .map(|(index, &count)| self.positive_bucket(index, count))
    }

    /// The negative buckets from zero downwards, not clipped at the zero bucket.
    pub fn negative_buckets(&self) -> impl Iterator<Item = Bucket> {
        indexes(&self.layout.negative)
            .zip(self.negative_counts())
            .map(|(index, &count)| self.negative_bucket(index, count))
    }

    /// The zero bucket, also if it is empty.
    #[must_use]
    pub fn zero_bucket(&self) -> Bucket {
        Bucket {
            lower: -self.zero_threshold,
            upper: self.zero_threshold,
            lower_inclusive: true,
            upper_inclusive: true,
            count: self.zero_count,
        }
    }

    fn populated_zero_bucket(&self) -> Option<Bucket> {
        (!self.uses_custom_buckets() && self.zero_count > 0.0).then(|| self.zero_bucket())
    }

    fn positive_bucket(&self, index: i32, count: f64) -> Bucket {
        let (lower, upper) = (self.bound(index.wrapping_sub(1)), self.bound(index));
        let (lower_inclusive, upper_inclusive) =
            if self.uses_custom_buckets() { (index == 0, true) } else { (lower < 0.0, upper > 0.0) };
        Bucket { lower, upper, lower_inclusive, upper_inclusive, count }
    }

    fn negative_bucket(&self, index: i32, count: f64) -> Bucket {
        let (lower, upper) = (-self.bound(index), -self.bound(index.wrapping_sub(1)));
        Bucket { lower, upper, lower_inclusive: lower < 0.0, upper_inclusive: upper > 0.0, count }
    }

    /// The upper bound of positive bucket `index`.
    fn bound(&self, index: i32) -> f64 {
        if self.schema != CUSTOM_SCHEMA {
            return bounds::exponential(index, self.schema);
        }
        match usize::try_from(index) {
            Ok(index) => self.layout.bounds.get(index).copied().unwrap_or(f64::INFINITY),
            Err(_) => f64::NEG_INFINITY,
        }
    }

    fn clip(&self, mut bucket: Bucket) -> Bucket {
        if bucket.upper < 0.0 && bucket.upper > -self.zero_threshold {
            bucket.upper = -self.zero_threshold;
        } else if bucket.lower > 0.0 && bucket.lower < self.zero_threshold {
            bucket.lower = self.zero_threshold;
        }
        bucket
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal;
    use super::*;

    fn bounds(buckets: impl Iterator<Item = Bucket>) -> Vec<(f64, f64, f64)> {
        buckets.map(|bucket| (bucket.lower, bucket.upper, bucket.count)).collect()
    }

    #[test]
    fn all_buckets_are_clipped_at_the_zero_bucket() {
        let h = literal("z_bucket:3 z_bucket_w:0.75 buckets:[1 0 2] n_buckets:[4 5]");
        let mut all = vec![
            (-2.0, -1.0, 5.0),
            (-1.0, -0.75, 4.0),
            (-0.75, 0.75, 3.0),
            (0.75, 1.0, 1.0),
            (1.0, 2.0, 0.0),
            (2.0, 4.0, 2.0),
        ];
        assert_eq!(bounds(h.buckets()), all);
        all.reverse();
        assert_eq!(bounds(h.buckets_descending()), all);
        assert_eq!(h.positive_buckets().next().map(|bucket| bucket.lower), Some(0.5));
    }

    #[test]
    fn custom_buckets_reach_to_both_infinities() {
        let h = literal("schema:-53 custom_values:[1 2] buckets:[1 2 3]");
        let infinity = f64::INFINITY;
        assert_eq!(bounds(h.buckets()), [(-infinity, 1.0, 1.0), (1.0, 2.0, 2.0), (2.0, infinity, 3.0)]);
        let codes = |h: FloatHistogram| h.buckets().map(|bucket| bucket.boundary_code()).collect::<Vec<_>>();
        assert_eq!(codes(h), [3, 0, 0]);
        assert_eq!(codes(literal("z_bucket:1 z_bucket_w:0.5 n_buckets:[1] buckets:[1]")), [1, 3, 0]);
    }

    #[test]
    fn broken_layouts_do_not_panic() {
        for span in [(i32::MAX, 3), (i32::MIN, u32::MAX), (5, u32::MAX), (0, 0)] {
            let spans = vec![BucketSpan { offset: span.0, length: span.1 }; 2];
            let mut h = literal("buckets:[1 2 3]");
            h.layout = std::sync::Arc::new(super::super::Layout {
                positive: spans.clone(),
                negative: spans,
                bounds: Vec::new(),
            });
            for schema in [-53, -1000, -4, 0, 8, 1000] {
                h.schema = schema;
                let mut sum = h.clone();
                let _ = (sum.add(&literal("buckets:[1]")), sum.add(&h), h.validate(), h.to_string());
                let _ = (h.quantile(0.3), h.fraction(0.0, 1.0), h.variance(), h.detect_reset(&sum));
                sum.trim_upper(0.5);
                sum.compact(3);
                let _ = h.copy_to_schema(-4);
            }
        }
    }
}
