//! Estimated quantiles and fractions of the observations.

use super::FloatHistogram;
use super::bucket::Bucket;
use crate::model::elementary::{exp2, log2};

/// What to say about a quantile of a histogram whose sum is NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QuantileNote {
    /// Nothing.
    #[default]
    None,
    /// The quantile lies among the NaN observations and is NaN.
    NanResult,
    /// NaN observations count as the highest and push the quantile up.
    Skewed,
}

impl FloatHistogram {
    /// The value below which the share `phi` of the observations lies: NaN without observations or for NaN, infinite
    /// outside 0 to 1. Interpolates linearly in custom buckets and in the zero bucket, logarithmically elsewhere.
    #[must_use]
    pub fn quantile(&self, phi: f64) -> (f64, QuantileNote) {
        if phi < 0.0 {
            return (f64::NEG_INFINITY, QuantileNote::None);
        }
        if phi > 1.0 {
            return (f64::INFINITY, QuantileNote::None);
        }
        if self.count == 0.0 || phi.is_nan() {
            return (f64::NAN, QuantileNote::None);
        }
        // NaN observations are in no bucket and count as the highest: only an ascending walk finds the rank then.
        if self.sum.is_nan() || phi < 0.5 {
            self.quantile_at(self.buckets(), phi * self.count, true)
        } else {
            self.quantile_at(self.buckets_descending(), (1.0 - phi) * self.count, false)
        }
    }

    fn quantile_at(
        &self,
        mut buckets: impl Iterator<Item = Bucket>,
        rank: f64,
        ascending: bool,
    ) -> (f64, QuantileNote) {
        let mut bucket =
            Bucket { lower: 0.0, upper: 0.0, lower_inclusive: false, upper_inclusive: false, count: 0.0 };
        let mut seen = 0.0;
        for next in buckets.by_ref() {
            bucket = next;
            if next.count == 0.0 {
                continue;
            }
            seen += next.count;
            if seen >= rank {
                break;
            }
        }
        if self.uses_custom_buckets() {
            if bucket.lower == f64::NEG_INFINITY {
                if bucket.upper <= 0.0 {
                    return (bucket.upper, QuantileNote::None);
                }
                bucket.lower = 0.0;
            } else if bucket.upper == f64::INFINITY {
                return (bucket.lower, QuantileNote::None);
            }
        } else if bucket.lower < 0.0 && bucket.upper > 0.0 {
            self.narrow_zero_bucket(&mut bucket);
        }
        // Rounding may have carried it past the total.
        if seen > self.count {
            seen = self.count;
        }
        if seen < rank {
            return if self.sum.is_nan() {
                (f64::NAN, QuantileNote::NanResult)
            } else {
                (bucket.upper, QuantileNote::None)
            };
        }
        let within = if ascending { rank - (seen - bucket.count) } else { seen - rank };
        let mut note = QuantileNote::None;
        if self.sum.is_nan() && buckets.fold(seen, |seen, rest| seen + rest.count) < self.count {
            note = QuantileNote::Skewed;
        }
        (self.interpolate(&bucket, within / bucket.count), note)
    }

    /// The value at a share of a bucket.
    fn interpolate(&self, bucket: &Bucket, share: f64) -> f64 {
        let Bucket { lower, upper, .. } = *bucket;
        if self.uses_custom_buckets() || (lower <= 0.0 && upper >= 0.0) {
            return lower + (upper - lower) * share;
        }
        let (log_lower, log_upper) = (log2(lower.abs()), log2(upper.abs()));
        if lower > 0.0 {
            exp2(log_lower + (log_upper - log_lower) * share)
        } else {
            -exp2(log_upper + (log_lower - log_upper) * (1.0 - share))
        }
    }

    /// Where only one side has buckets, the zero bucket is taken to hold values of that side only.
    fn narrow_zero_bucket(&self, bucket: &mut Bucket) {
        match (self.negative_counts().is_empty(), self.positive_counts().is_empty()) {
            (true, false) => bucket.lower = 0.0,
            (false, true) => bucket.upper = 0.0,
            _ => {}
        }
    }

    /// The share of the observations between two values, interpolated like [`FloatHistogram::quantile`], and whether
    /// NaN observations were left out: they lie between no values.
    #[must_use]
    pub fn fraction(&self, lower: f64, upper: f64) -> (f64, bool) {
        if self.count == 0.0 || lower.is_nan() || upper.is_nan() {
            return (f64::NAN, false);
        }
        if lower >= upper {
            return (0.0, false);
        }
        let (mut count, mut rank) = (0.0, 0.0);
        let mut ranks: [Option<f64>; 2] = [None, None];
        let mut buckets = self.buckets();
        for mut bucket in buckets.by_ref() {
            count += bucket.count;
            let mut linear = self.uses_custom_buckets();
            if linear {
                if bucket.lower == f64::NEG_INFINITY && bucket.upper > 0.0 {
                    bucket.lower = 0.0;
                }
            } else if bucket.lower <= 0.0 && bucket.upper >= 0.0 {
                linear = true;
                self.narrow_zero_bucket(&mut bucket);
            }
            for (found, value) in ranks.iter_mut().zip([lower, upper]) {
                if found.is_some() {
                } else if bucket.lower >= value {
                    *found = Some(rank);
                } else if bucket.upper > value {
                    // Nothing is known about where in an endless bucket its observations lie.
                    *found = Some(if linear && bucket.lower == f64::NEG_INFINITY {
                        bucket.count
                    } else {
                        rank + bucket.count * bucket.share_below(value, linear)
                    });
                }
            }
            if ranks[0].is_some() && ranks[1].is_some() {
                break;
            }
            rank += bucket.count;
        }
        let mut excluded = false;
        if self.sum.is_nan() {
            count = buckets.fold(count, |count, rest| count + rest.count);
            excluded = count < self.count;
        } else {
            count = self.count;
        }
        let [lower_rank, upper_rank] = ranks.map(|rank| match rank {
            Some(rank) if rank > count => count,
            Some(rank) => rank,
            None => count,
        });
        ((upper_rank - lower_rank) / self.count, excluded)
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal;
    use super::*;

    #[test]
    fn quantiles() {
        let near = |a: f64, b: f64| a == b || (a - b).abs() < 1e-9 || (a.is_nan() && b.is_nan());
        for (text, phi, value, note) in [
            ("count:15 sum:NaN buckets:[12]", 0.8, 1.0, QuantileNote::Skewed),
            ("count:15 sum:NaN buckets:[12]", 0.81, f64::NAN, QuantileNote::NanResult),
            ("count:3 sum:NaN offset:1 buckets:[1 1]", 0.2, 0.6f64.exp2(), QuantileNote::Skewed),
            ("count:5 sum:NaN offset:1 buckets:[1 2 1]", 0.4, 1.5f64.exp2(), QuantileNote::Skewed),
            ("count:4 offset:1 buckets:[4]", 0.5, 0.5f64.exp2(), QuantileNote::None),
            ("count:4 n_offset:1 n_buckets:[4]", 0.5, -(0.5f64.exp2()), QuantileNote::None),
            ("count:2 z_bucket:2 z_bucket_w:1", 0.75, 0.5, QuantileNote::None),
            ("count:4 z_bucket:2 z_bucket_w:1 offset:1 buckets:[2]", 0.25, 0.5, QuantileNote::None),
            ("count:4 z_bucket:2 z_bucket_w:1 n_offset:1 n_buckets:[2]", 0.75, -0.5, QuantileNote::None),
            ("schema:-53 count:2 custom_values:[-1] buckets:[2]", 0.5, -1.0, QuantileNote::None),
            ("schema:-53 count:2 custom_values:[4] buckets:[2]", 0.5, 2.0, QuantileNote::None),
            ("schema:-53 count:2 custom_values:[4] buckets:[0 2]", 0.5, 4.0, QuantileNote::None),
            ("count:0", 0.5, f64::NAN, QuantileNote::None),
            ("count:0", 2.0, f64::INFINITY, QuantileNote::None),
            ("count:0", -1.0, f64::NEG_INFINITY, QuantileNote::None),
            ("count:1 buckets:[1]", f64::NAN, f64::NAN, QuantileNote::None),
        ] {
            let (found, noted) = literal(text).quantile(phi);
            assert!(near(found, value) && noted == note, "{phi} of {text}: {found} {noted:?}");
        }
    }

    #[test]
    fn fractions() {
        let infinity = f64::INFINITY;
        for (text, lower, upper, share, excluded) in [
            ("count:15 sum:NaN buckets:[12]", -infinity, infinity, 0.8, true),
            ("schema:-53 count:10 custom_values:[0 1 2] buckets:[4 3 2 1]", -infinity, 0.0, 0.4, false),
            ("schema:-53 count:4 custom_values:[-5 1] buckets:[1 2 1]", -infinity, 0.0, 2.0 / 3.0, false),
            ("count:4 offset:1 buckets:[2 2]", 2f64.sqrt(), 4.0, 0.75, false),
            ("count:4 offset:1 buckets:[2 2]", 4.0, 2.0, 0.0, false),
            ("count:0", 0.0, 1.0, f64::NAN, false),
        ] {
            let (found, note) = literal(text).fraction(lower, upper);
            let equal = (found - share).abs() < 1e-9 || (found.is_nan() && share.is_nan());
            assert!(equal && note == excluded, "{text} from {lower} to {upper}: {found} {note}");
        }
    }
}
