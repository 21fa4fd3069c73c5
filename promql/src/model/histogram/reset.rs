//! Whether a counter was reset between two histograms.

use super::bucket::indexes;
use super::sparse::{Cells, Sparse, common_bounds, rebin, reduce};
use super::{BucketSpan, FloatHistogram, ResetHint, bounds};

impl FloatHistogram {
    /// True if the counter was reset since `previous`: as the own hint says, otherwise if any count got smaller, a
    /// populated bucket vanished, or the layout changed in a way that only a reset can bring. The sum may do what it
    /// likes.
    #[must_use]
    pub fn detect_reset(&self, previous: &FloatHistogram) -> bool {
        match self.hint {
            ResetHint::Reset => return true,
            ResetHint::NotReset => return false,
            // Whoever asks this about a gauge treats it as a counter.
            ResetHint::Unknown | ResetHint::Gauge => {}
        }
        if self.count < previous.count {
            return true;
        }
        if self.combines_bucketwise(previous) {
            return self.zero_count < previous.zero_count
                || self.buckets.iter().zip(&*previous.buckets).any(|(own, before)| own < before);
        }
        if self.uses_custom_buckets() {
            if !previous.uses_custom_buckets() {
                return true;
            }
            let (own, before) = (&self.layout.bounds, &previous.layout.bounds);
            if own != before {
                let common = common_bounds(own, before);
                let counts = |h: &FloatHistogram| {
                    let mut sums = vec![0.0; common.len() + 1];
                    rebin(&cells(h, true), &h.layout.bounds, &common, &mut sums);
                    sums
                };
                return counts(self).iter().zip(counts(previous)).any(|(own, before)| *own < before);
            }
        }
        if self.schema > previous.schema || self.zero_threshold < previous.zero_threshold {
            return true;
        }
        let (threshold, zero) = if self.uses_custom_buckets() {
            (self.zero_threshold, previous.zero_count)
        } else {
            Sparse::of(previous).zero_with_threshold(self.zero_threshold)
        };
        if threshold != self.zero_threshold || self.zero_count < zero {
            return true;
        }
        !previous.buckets.is_empty()
            && [true, false].into_iter().any(|positive| {
                let mut before = cells(previous, positive);
                reduce(&mut before, previous.schema, self.schema);
                lost_observations(self.outside_zero(&cells(self, positive)), self.outside_zero(&before))
            })
    }

    /// The buckets that do not lie inside the zero bucket.
    fn outside_zero<'a>(&self, cells: &'a [(i32, f64)]) -> &'a [(i32, f64)] {
        if self.uses_custom_buckets() || self.zero_threshold == 0.0 {
            return cells;
        }
        let inside =
            |&(index, _): &(i32, f64)| bounds::exponential(index, self.schema) <= self.zero_threshold;
        &cells[cells.partition_point(inside)..]
    }
}

fn cells(h: &FloatHistogram, positive: bool) -> Cells<f64> {
    let (spans, counts): (&[BucketSpan], _) = if positive {
        (&h.layout.positive, h.positive_counts())
    } else {
        (&h.layout.negative, h.negative_counts())
    };
    indexes(spans).zip(counts.iter().copied()).collect()
}

/// True if a bucket holds less than before, or a populated one is gone.
fn lost_observations(now: &[(i32, f64)], before: &[(i32, f64)]) -> bool {
    let mut now = now.iter().copied().peekable();
    before.iter().any(|&(index, before)| {
        while now.next_if(|&(own, _)| own < index).is_some() {}
        match now.peek() {
            Some(&(own, count)) if own == index => count < before,
            _ => before != 0.0,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::literal;

    #[test]
    fn what_is_a_reset() {
        for (before, now, reset) in [
            ("count:2 sum:9", "count:2 sum:1", false),
            ("count:2", "count:1", true),
            ("count:2", "count:1 counter_reset_hint:not_reset", false),
            ("count:2", "count:3 counter_reset_hint:reset", true),
            ("count:2 z_bucket:1", "count:3", true),
            ("buckets:[1 2]", "buckets:[1 2 3]", false),
            ("buckets:[1 2]", "buckets:[2 1]", true),
            ("buckets:[1 2]", "buckets:[1]", true),
            ("buckets:[1 0]", "buckets:[1]", false),
            ("buckets:[0 2]", "buckets:[1]", true),
            ("n_buckets:[2]", "buckets:[2]", true),
            ("schema:0 buckets:[1]", "schema:1 buckets:[1]", true),
            ("schema:1 offset:1 buckets:[1 2]", "schema:0 offset:1 buckets:[3]", false),
            ("schema:1 offset:1 buckets:[1 2]", "schema:0 offset:1 buckets:[2]", true),
            ("z_bucket_w:1 z_bucket:1", "z_bucket_w:0.5 z_bucket:1", true),
            ("z_bucket_w:0.5 z_bucket:1 buckets:[2]", "z_bucket_w:1 z_bucket:3", false),
            ("z_bucket_w:0.5 z_bucket:1 buckets:[2]", "z_bucket_w:1 z_bucket:2", true),
            ("z_bucket_w:0.5 z_bucket:1 buckets:[2]", "z_bucket_w:0.75 z_bucket:3", true),
            ("schema:0", "schema:-53", true),
            ("schema:-53", "schema:0", true),
            (
                "schema:-53 custom_values:[1 2] buckets:[1 1 1]",
                "schema:-53 custom_values:[2] buckets:[2 1]",
                false,
            ),
            (
                "schema:-53 custom_values:[1 2] buckets:[1 1 1]",
                "schema:-53 custom_values:[2] buckets:[1 2]",
                true,
            ),
        ] {
            assert_eq!(literal(now).detect_reset(&literal(before)), reset, "{before} -> {now}");
        }
    }
}
