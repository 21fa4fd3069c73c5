//! Estimates from the buckets of one classic histogram at one step.

/// A bucket: its upper bound and the observations at or below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bucket {
    pub(super) bound: f64,
    pub(super) count: f64,
}

/// What had to be changed for counts to grow with the bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Forced {
    pub(super) min_bucket: f64,
    pub(super) max_bucket: f64,
    pub(super) max_diff: f64,
}

/// Relative differences below this come from rounding and are evened out silently.
const TOLERANCE: f64 = 1e-12;

/// True if quantiles and fractions exist: the highest bucket must hold everything.
pub(super) fn is_complete(buckets: &[Bucket]) -> bool {
    buckets.last().is_some_and(|last| last.bound == f64::INFINITY)
}

/// Replaces every count that is lower than the one before it, or higher by a rounding error only.
pub(super) fn make_monotonic(buckets: &mut [Bucket]) -> Option<Forced> {
    let mut forced: Option<Forced> = None;
    let (first, rest) = buckets.split_first_mut()?;
    let mut highest = first.count;
    for bucket in rest {
        let count = bucket.count;
        if count == highest {
            continue;
        }
        if nearly_equal(highest, count) {
            bucket.count = highest;
        } else if count < highest {
            bucket.count = highest;
            let so_far = forced.get_or_insert(Forced {
                min_bucket: f64::INFINITY,
                max_bucket: f64::NEG_INFINITY,
                max_diff: 0.0,
            });
            so_far.min_bucket = so_far.min_bucket.min(bucket.bound);
            so_far.max_bucket = so_far.max_bucket.max(bucket.bound);
            so_far.max_diff = so_far.max_diff.max(highest - count);
        } else {
            highest = count;
        }
    }
    forced
}

fn nearly_equal(a: f64, b: f64) -> bool {
    if a.is_nan() && b.is_nan() {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < TOLERANCE
}

/// The quantile for `0 <= phi <= 1` of complete buckets that are sorted and monotonic.
pub(super) fn quantile(phi: f64, buckets: &[Bucket]) -> f64 {
    let [lower @ .., highest] = buckets else { return f64::NAN };
    let Some(second_highest) = lower.last() else { return f64::NAN };
    if highest.count == 0.0 {
        return f64::NAN;
    }
    let rank = phi * highest.count;
    let at = first_reaching(lower, rank);
    if at == lower.len() {
        return second_highest.bound;
    }
    let Bucket { bound, count } = lower[at];
    if at == 0 {
        return if bound <= 0.0 { bound } else { 0.0 + bound * (rank / count) };
    }
    let below = lower[at - 1];
    below.bound + (bound - below.bound) * ((rank - below.count) / (count - below.count))
}

/// The first bucket that reaches the rank, by the halving that Prometheus does: with NaN counts another search would
/// find another bucket.
fn first_reaching(buckets: &[Bucket], rank: f64) -> usize {
    let (mut low, mut high) = (0, buckets.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if buckets[middle].count >= rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// The share of observations between two values, from complete sorted buckets that need not be monotonic.
pub(super) fn fraction(lower: f64, upper: f64, buckets: &[Bucket]) -> f64 {
    let count = buckets.last().map_or(0.0, |last| last.count);
    if count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let rank = |value| match rank_of(value, buckets) {
        // Not `min`: a rank that is NaN stays.
        Some(rank) if rank > count => count,
        Some(rank) => rank,
        None => count,
    };
    (rank(upper) - rank(lower)) / count
}

/// The observations below a value; none if it lies in no bucket.
fn rank_of(value: f64, buckets: &[Bucket]) -> Option<f64> {
    // Observations are taken to be positive unless the first bound says otherwise.
    let mut start = if buckets.first()?.bound <= 0.0 { f64::NEG_INFINITY } else { 0.0 };
    let mut rank = 0.0;
    for bucket in buckets {
        if start >= value {
            return Some(rank);
        }
        if bucket.bound > value {
            // Nothing is known about where in an endless bucket its observations lie.
            return Some(if start == f64::NEG_INFINITY {
                bucket.count
            } else {
                rank + (bucket.count - rank) * (value - start) / (bucket.bound - start)
            });
        }
        (rank, start) = (bucket.count, bucket.bound);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    fn buckets(pairs: &[(f64, f64)]) -> Vec<Bucket> {
        pairs.iter().map(|&(bound, count)| Bucket { bound, count }).collect()
    }

    #[test]
    fn decreases_are_evened_out() {
        let mut all =
            buckets(&[(0.1, 20.0), (1.0, 10.0), (10.0, 50.0), (100.0, 40.0), (1000.0, 90.0), (INF, 80.0)]);
        let forced = make_monotonic(&mut all);
        assert_eq!(forced, Some(Forced { min_bucket: 1.0, max_bucket: INF, max_diff: 10.0 }));
        for (phi, expected) in [(0.01, 0.0045), (0.5, 8.5), (0.99, 979.75)] {
            assert!((quantile(phi, &all) - expected).abs() < 1e-9 * expected, "{phi}");
        }
    }

    #[test]
    fn rounding_errors_are_evened_out_silently() {
        let mut all = buckets(&[(1.0, 1e6), (2.0, 1e6 - 1e-7), (INF, 1e6 + 1e-7)]);
        assert_eq!(make_monotonic(&mut all), None);
        assert!(all.iter().all(|bucket| bucket.count == 1e6));
        let mut small = buckets(&[(1.0, 0.0), (INF, 1e-300)]);
        assert_eq!(make_monotonic(&mut small), None);
        assert_eq!(small[1].count, 1e-300);
    }

    #[test]
    fn quantiles_end_at_the_second_highest_bound() {
        assert_eq!(quantile(1.0, &buckets(&[(1.0, 1.0), (INF, 2.0)])), 1.0);
        assert_eq!(quantile(0.5, &buckets(&[(0.5, 1.0), (INF, 3.0)])), 0.5);
        assert_eq!(quantile(0.25, &buckets(&[(2.0, 2.0), (INF, 4.0)])), 1.0);
        assert_eq!(quantile(0.1, &buckets(&[(-2.0, 2.0), (INF, 4.0)])), -2.0);
        assert!(quantile(0.5, &buckets(&[(INF, 4.0)])).is_nan());
        assert!(quantile(0.5, &buckets(&[(1.0, 0.0), (INF, 0.0)])).is_nan());
    }

    #[test]
    fn fractions_interpolate() {
        let all = buckets(&[(-5.0, 10.0), (1.0, 30.0), (INF, 40.0)]);
        assert_eq!(fraction(-INF, INF, &all), 1.0);
        assert!((fraction(-INF, 0.0, &all) - 0.666_666_666_7).abs() < 1e-9);
        assert_eq!(fraction(1.0, 1.0, &all), 0.0);
        assert!(fraction(f64::NAN, 1.0, &all).is_nan());
        assert!(fraction(0.0, 1.0, &buckets(&[(1.0, 0.0), (INF, 0.0)])).is_nan());
        assert_eq!(fraction(0.0, 0.5, &buckets(&[(1.0, 2.0), (INF, 4.0)])), 0.25);
    }
}
