//! Histograms with the observations above or below a value cut off.

use super::FloatHistogram;
use super::bucket::Bucket;

/// Which side of a value stays.
#[derive(Clone, Copy, PartialEq)]
enum Keep {
    Below,
    Above,
}

/// What is left of a bucket, and the value its observations are taken to have.
struct Rest {
    count: f64,
    middle: f64,
}

const NOTHING: Rest = Rest { count: 0.0, middle: 0.0 };

impl FloatHistogram {
    /// Keeps the observations up to `limit`, the operator `</`. A bucket that holds the limit is cut by
    /// interpolation. If anything was cut off, count and sum are estimated anew and empty buckets removed.
    pub fn trim_upper(&mut self, limit: f64) {
        self.trim(limit, Keep::Below);
    }

    /// Keeps the observations from `limit` on, the operator `>/`.
    pub fn trim_lower(&mut self, limit: f64) {
        self.trim(limit, Keep::Above);
    }

    fn trim(&mut self, limit: f64, keep: Keep) {
        let custom = self.uses_custom_buckets();
        let (mut count, mut sum, mut changed) = (0.0, 0.0, false);
        let mut populated = [false, false];
        let mut left: Vec<f64> = Vec::with_capacity(self.buckets.len());
        let negative = self.negative_buckets().map(|bucket| (bucket, false));
        for (bucket, positive) in self.positive_buckets().map(|bucket| (bucket, true)).chain(negative) {
            if bucket.count == 0.0 {
                left.push(bucket.count);
                continue;
            }
            populated[usize::from(positive)] = true;
            let rest =
                bucket.trim(limit, keep, |lower, upper| middle(lower, upper, positive, custom), custom);
            count += rest.count;
            sum += rest.middle * rest.count;
            changed |= bucket.count != rest.count;
            left.push(rest.count);
        }
        let mut zero_count = self.zero_count;
        if zero_count > 0.0 {
            let mut bucket = self.zero_bucket();
            match populated {
                [true, false] => bucket.upper = 0.0,
                [false, true] => bucket.lower = 0.0,
                _ => {}
            }
            let rest = trim_linear(&bucket, limit, keep);
            changed |= zero_count != rest.count;
            zero_count = rest.count;
            sum += rest.middle * rest.count;
            count += rest.count;
        }
        if changed {
            self.buckets = left.into();
            self.zero_count = zero_count;
            self.count = count;
            self.sum = sum;
            self.compact(0);
        }
    }
}

impl Bucket {
    fn trim(&self, limit: f64, keep: Keep, middle: impl Fn(f64, f64) -> f64, linear: bool) -> Rest {
        let (all, some) = match keep {
            Keep::Below => (self.upper <= limit, self.lower < limit),
            Keep::Above => (self.lower >= limit, self.upper > limit),
        };
        if all {
            return Rest { count: self.count, middle: middle(self.lower, self.upper) };
        }
        if !some {
            return NOTHING;
        }
        if self.lower == f64::NEG_INFINITY {
            return self.trim_from_infinity(limit, keep);
        }
        if self.upper == f64::INFINITY {
            return match keep {
                Keep::Below => NOTHING,
                Keep::Above if limit >= self.lower => Rest { count: self.count, middle: limit },
                Keep::Above => NOTHING,
            };
        }
        let below = if limit <= self.lower {
            0.0
        } else if limit >= self.upper {
            self.count
        } else {
            self.count * self.share_below(limit, linear)
        };
        match keep {
            Keep::Below => Rest { count: below, middle: middle(self.lower, limit) },
            Keep::Above => Rest { count: self.count - below, middle: middle(limit, self.upper) },
        }
    }

    /// A bucket of unknown depth: taken to begin at 0 if it ends above, otherwise to lie all at the limit.
    fn trim_from_infinity(&self, limit: f64, keep: Keep) -> Rest {
        let (count, upper) = (self.count, self.upper);
        match keep {
            Keep::Below if limit > 0.0 && upper > 0.0 && upper.is_finite() => {
                Rest { count: count * limit / upper, middle: limit / 2.0 }
            }
            Keep::Below if upper <= 0.0 => Rest { count, middle: limit },
            Keep::Above if limit >= 0.0 && upper > limit && upper.is_finite() => {
                Rest { count: count * (1.0 - limit / upper), middle: (limit + upper) / 2.0 }
            }
            _ => NOTHING,
        }
    }
}

/// The zero bucket, in which observations spread evenly.
fn trim_linear(bucket: &Bucket, limit: f64, keep: Keep) -> Rest {
    let Bucket { lower, upper, count, .. } = *bucket;
    let all = Rest { count, middle: (lower + upper) / 2.0 };
    match keep {
        Keep::Below if limit <= lower => NOTHING,
        Keep::Below if limit >= upper => all,
        Keep::Below => {
            Rest { count: count * ((limit - lower) / (upper - lower)), middle: (lower + limit) / 2.0 }
        }
        Keep::Above if limit <= lower => all,
        Keep::Above if limit >= upper => NOTHING,
        Keep::Above => {
            Rest { count: count * ((upper - limit) / (upper - lower)), middle: (limit + upper) / 2.0 }
        }
    }
}

/// The value that the observations between two bounds are taken to have.
fn middle(lower: f64, upper: f64, positive: bool, linear: bool) -> f64 {
    if lower.is_infinite() {
        return match upper {
            _ if upper.is_infinite() => 0.0,
            _ if upper > 0.0 => upper / 2.0,
            _ => upper,
        };
    }
    if upper.is_infinite() {
        return lower;
    }
    if linear {
        return (lower + upper) / 2.0;
    }
    let middle = (lower * upper).abs().sqrt();
    if positive { middle } else { -middle }
}

#[cfg(test)]
mod tests {
    use super::super::literal;
    use super::*;

    fn trimmed(text: &str, keep: Keep, limit: f64) -> String {
        let mut h = literal(text);
        h.trim(limit, keep);
        h.to_string()
    }

    const CUSTOM: &str = "schema:-53 count:15 sum:100 custom_values:[5 10 15 20] buckets:[1 6 4 3 1]";

    #[test]
    fn custom_buckets_are_cut_linearly() {
        let mut h = literal(CUSTOM);
        h.trim_upper(13.0);
        assert!((h.count - 9.4).abs() < 1e-9 && (h.sum - 75.1).abs() < 1e-9, "{h}");
        let mut h = literal(CUSTOM);
        h.trim_lower(13.0);
        assert!((h.count - 5.6).abs() < 1e-9 && (h.sum - 94.9).abs() < 1e-9, "{h}");
    }

    #[test]
    fn nothing_cut_nothing_estimated() {
        assert_eq!(trimmed(CUSTOM, Keep::Below, f64::INFINITY), literal(CUSTOM).to_string());
        assert_eq!(trimmed(CUSTOM, Keep::Above, f64::NEG_INFINITY), literal(CUSTOM).to_string());
        assert_eq!(trimmed("count:9 sum:9 buckets:[1 0]", Keep::Below, 7.0), "{count:9, sum:9, (0.5,1]:1}");
    }

    #[test]
    fn exponential_buckets_are_cut_logarithmically() {
        let text = "count:6 sum:9 schema:-1 z_bucket:2 z_bucket_w:1 offset:1 buckets:[4]";
        assert_eq!(trimmed(text, Keep::Below, 2.0), "{count:4, sum:3.8284271247461903, [-1,1]:2, (1,4]:2}");
        assert_eq!(trimmed(text, Keep::Below, 0.5), "{count:1, sum:0.25, [-1,1]:1}");
        assert_eq!(trimmed(text, Keep::Above, 4.0), "{count:0, sum:0}");
    }
}
