//! Estimated variance of the observations.

use super::FloatHistogram;
use super::compensated::Compensated;

impl FloatHistogram {
    /// The variance of the observations, each taken to lie in the middle of its bucket.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let mean = self.sum / self.count;
        let mut variance = Compensated::default();
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
            variance.add_value(bucket.count * delta * delta);
        }
        variance.total() / self.count
    }

    /// The standard deviation, the root of [`FloatHistogram::variance`].
    #[must_use]
    pub fn standard_deviation(&self) -> f64 {
        self.variance().sqrt()
    }
}
