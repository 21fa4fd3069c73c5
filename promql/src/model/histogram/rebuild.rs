//! Histograms from their printed buckets.
//!
//! The HTTP API prints populated buckets with their bounds, not the schema. Exponential ones are found again exactly;
//! what is left out of print (empty buckets, a reset hint, the zero threshold where the zero bucket is empty) stays
//! out. Custom bounds are known as far as populated buckets touch them, and if all of them happen to be those of an
//! exponential schema the histogram comes out as one.

use super::{Bucket, BucketSpan, CUSTOM_SCHEMA, FloatHistogram, HistogramError, Layout, ResetHint, bounds};
use std::sync::Arc;

impl FloatHistogram {
    /// The histogram that prints as these buckets, from the lowest to the highest.
    ///
    /// # Errors
    /// If no schema has such buckets.
    pub fn from_buckets(count: f64, sum: f64, buckets: &[Bucket]) -> Result<Self, HistogramError> {
        let mut rebuilt = match exponential(buckets).or_else(|| custom(buckets)) {
            Some(rebuilt) => rebuilt,
            None => {
                let text = "no exponential schema and no list of custom bounds has these buckets";
                return Err(HistogramError::Invalid(text.to_owned()));
            }
        };
        (rebuilt.count, rebuilt.sum) = (count, sum);
        Ok(rebuilt)
    }
}

fn histogram(schema: i32, layout: Layout, buckets: Vec<f64>) -> FloatHistogram {
    FloatHistogram {
        hint: ResetHint::Unknown,
        schema,
        zero_threshold: 0.0,
        zero_count: 0.0,
        count: 0.0,
        sum: 0.0,
        layout: Arc::new(layout),
        buckets: buckets.into(),
    }
}

fn exponential(buckets: &[Bucket]) -> Option<FloatHistogram> {
    let is_zero =
        |bucket: &&Bucket| bucket.lower <= 0.0 && bucket.upper >= 0.0 && bucket.lower == -bucket.upper;
    let zero = buckets.iter().find(is_zero);
    // Bounds of one side seen from zero, from the bucket next to it outwards.
    let positive = buckets.iter().filter(|bucket| !is_zero(bucket) && bucket.upper > 0.0);
    let positive: Vec<_> = positive.map(|bucket| (bucket.lower, bucket.upper, bucket.count)).collect();
    let negative = buckets.iter().rev().filter(|bucket| !is_zero(bucket) && bucket.upper <= 0.0);
    let negative: Vec<_> = negative.map(|bucket| (-bucket.upper, -bucket.lower, bucket.count)).collect();
    if positive.len() + negative.len() + usize::from(zero.is_some()) != buckets.len() {
        return None;
    }
    // The bucket next to zero may be clipped at the threshold, and then fits finer schemas than its own too.
    let (schema, positive, negative) = [false, true].into_iter().find_map(|clipped| {
        (-4..=8).rev().find_map(|schema| {
            Some((schema, indexes(&positive, schema, clipped)?, indexes(&negative, schema, clipped)?))
        })
    })?;
    let layout = Layout { positive: spans(&positive)?, negative: spans(&negative)?, bounds: Vec::new() };
    let counts = positive.iter().chain(&negative).map(|(_, count)| *count).collect();
    let mut rebuilt = histogram(schema, layout, counts);
    if let Some(zero) = zero {
        (rebuilt.zero_threshold, rebuilt.zero_count) = (zero.upper, zero.count);
    }
    Some(rebuilt)
}

/// The index and count of every bucket of a side; none if one of them is not a bucket of the schema.
fn indexes(side: &[(f64, f64, f64)], schema: i32, clipped: bool) -> Option<Vec<(i32, f64)>> {
    let index = |(nth, &(inner, outer, count)): (usize, &(f64, f64, f64))| {
        let index = index_of(outer, schema)?;
        let own = bounds::exponential(index - 1, schema);
        let fits = own == inner || (clipped && nth == 0 && own < inner && inner < outer);
        fits.then_some((index, count))
    };
    side.iter().enumerate().map(index).collect()
}

/// The index of the bucket that ends at a bound.
fn index_of(outer: f64, schema: i32) -> Option<i32> {
    if outer.is_nan() || outer <= 0.0 {
        return None;
    }
    let buckets_per_doubling = f64::from(schema).exp2();
    let about = if outer.is_finite() { outer.log2() } else { 1024.0 } * buckets_per_doubling;
    // At most 1024 * 2^8 in size.
    let about = about.round() as i32;
    (about - 1..=about + 1).find(|&index| bounds::exponential(index, schema) == outer)
}

/// The spans of ascending indexes.
fn spans(side: &[(i32, f64)]) -> Option<Vec<BucketSpan>> {
    let mut spans: Vec<BucketSpan> = Vec::new();
    let mut end = 0;
    for &(index, _) in side {
        let offset = index - end;
        match spans.last_mut() {
            Some(_) if offset < 0 => return None,
            Some(last) if offset == 0 => last.length += 1,
            _ => spans.push(BucketSpan { offset, length: 1 }),
        }
        end = index + 1;
    }
    Some(spans)
}

fn custom(buckets: &[Bucket]) -> Option<FloatHistogram> {
    let mut edges: Vec<f64> = Vec::new();
    let mut indexed = Vec::new();
    let mut end = f64::NEG_INFINITY;
    for bucket in buckets {
        let ascends = end <= bucket.lower && bucket.lower < bucket.upper;
        if !ascends {
            return None;
        }
        if bucket.lower > end {
            edges.push(bucket.lower);
        }
        indexed.push((i32::try_from(edges.len()).ok()?, bucket.count));
        if bucket.upper < f64::INFINITY {
            edges.push(bucket.upper);
        }
        end = bucket.upper;
    }
    let layout = Layout { positive: spans(&indexed)?, negative: Vec::new(), bounds: edges };
    Some(histogram(CUSTOM_SCHEMA, layout, indexed.into_iter().map(|(_, count)| count).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(all: &[(i32, u32)]) -> Vec<BucketSpan> {
        all.iter().map(|&(offset, length)| BucketSpan { offset, length }).collect()
    }

    #[track_caller]
    fn check(histogram: &FloatHistogram) {
        let buckets: Vec<Bucket> = histogram.buckets().collect();
        let rebuilt = FloatHistogram::from_buckets(histogram.count, histogram.sum, &buckets).unwrap();
        assert_eq!(&rebuilt, histogram);
        assert_eq!(rebuilt.buckets, histogram.buckets);
    }

    fn exponential(
        schema: i32,
        threshold: f64,
        positive: &[(i32, u32)],
        negative: &[(i32, u32)],
    ) -> FloatHistogram {
        let layout = Layout { positive: spans(positive), negative: spans(negative), bounds: Vec::new() };
        let len: u32 = layout.positive.iter().chain(&layout.negative).map(|span| span.length).sum();
        let counts = (1..=len).map(f64::from).collect();
        let zero = if threshold > 0.0 { 2.0 } else { 0.0 };
        let whole = histogram(schema, layout, counts);
        FloatHistogram { zero_threshold: threshold, zero_count: zero, count: 10.0, sum: 3.5, ..whole }
    }

    #[test]
    fn exponential_histograms_come_back_whole() {
        check(&exponential(0, 0.0, &[(0, 1)], &[]));
        for schema in -4..=8 {
            check(&exponential(schema, 1e-128, &[(-2, 3), (4, 1)], &[(1, 2)]));
        }
        check(&exponential(3, 1e-128, &[(-80, 3), (1, 2), (100, 1)], &[(-5, 1)]));
        check(&exponential(0, 0.0, &[(1023, 3)], &[]));
        check(&exponential(8, 0.0, &[], &[(1024 * 256 - 1, 3)]));
        // Clipped at the threshold; the others tell the schema.
        check(&exponential(1, 0.8, &[(0, 3)], &[]));
    }

    #[test]
    fn custom_histograms_keep_the_bounds_that_buckets_touch() {
        let layout = Layout {
            positive: spans(&[(0, 2), (1, 2)]),
            negative: Vec::new(),
            bounds: vec![0.1, 0.3, 2.0, 7.0],
        };
        check(&FloatHistogram { count: 9.0, ..histogram(CUSTOM_SCHEMA, layout, vec![1.0, 2.0, 3.0, 4.0]) });
    }

    #[test]
    fn impossible_buckets_are_refused() {
        let bucket =
            |lower, upper| Bucket { lower, upper, lower_inclusive: false, upper_inclusive: true, count: 1.0 };
        for buckets in [
            vec![bucket(1.0, 3.0), bucket(2.0, 4.0)],
            vec![bucket(3.0, 1.0)],
            vec![bucket(f64::NAN, 1.0)],
            vec![bucket(0.3, f64::NAN)],
        ] {
            assert!(FloatHistogram::from_buckets(1.0, 1.0, &buckets).is_err(), "{buckets:?}");
        }
        assert!(FloatHistogram::from_buckets(0.0, 0.0, &[]).is_ok());
    }
}
