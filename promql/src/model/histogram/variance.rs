//! Estimated variance of the observations.

use super::FloatHistogram;
use crate::model::Kahan;

impl FloatHistogram {
    /// The variance of the observations, each taken to lie in the middle of its bucket.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let mean = self.sum / self.count;
        let mut variance = Kahan::default();
        for bucket in self.buckets().filter(|bucket| bucket.count != 0.0) {
            let (lower, upper) = (bucket.lower, bucket.upper);
            let middle = if self.uses_custom_buckets() {
                (upper + lower) / 2.0
            } else if lower <= 0.0 && upper >= 0.0 {
                0.0
            } else if upper < 0.0 {
                -(upper * lower).sqrt()
            } else {
                (upper * lower).sqrt()
            };
            let delta = middle - mean;
            variance.add(bucket.count * delta * delta);
        }
        variance.total() / self.count
    }

    /// The standard deviation, the root of [`FloatHistogram::variance`].
    #[must_use]
    pub fn standard_deviation(&self) -> f64 {
        self.variance().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal;

    #[test]
    fn observations_lie_in_the_middle_of_their_buckets() {
        assert_eq!(
            literal("count:4 sum:6 schema:-53 custom_values:[0 2 4] offset:1 buckets:[2 2]").variance(),
            1.25
        );
        assert_eq!(literal("count:2 z_bucket:2 z_bucket_w:1").variance(), 0.0);
        assert_eq!(
            literal("count:2 schema:-1 offset:1 buckets:[1] n_offset:1 n_buckets:[1]").standard_deviation(),
            2.0
        );
    }
}
