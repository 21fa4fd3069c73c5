//! Quantiles of values, as `quantile` and `quantile_over_time` have them.

use super::NORMAL_NAN_BITS;
use std::cmp::Ordering;

/// The quantile of some values, which are brought out of order. NaN is smaller than any number; between two values
/// the result is interpolated. NaN without values or if `phi` is NaN; infinite if `phi` is outside 0 to 1.
pub(crate) fn quantile(phi: f64, values: &mut [f64]) -> f64 {
    quantile_at(phi, values.len(), |rank| neighbours(values, rank))
}

/// [`quantile`] of `len` values, of which `neighbours` gives the one at a rank and the one just above it, if there is
/// one.
pub(crate) fn quantile_at(phi: f64, len: usize, neighbours: impl FnOnce(usize) -> (f64, f64)) -> f64 {
    if len == 0 || phi.is_nan() {
        return f64::from_bits(NORMAL_NAN_BITS);
    }
    if phi < 0.0 {
        return f64::NEG_INFINITY;
    }
    if phi > 1.0 {
        return f64::INFINITY;
    }
    let rank = phi * (len - 1) as f64;
    let weight = rank - rank.floor();
    let (lower, upper) = neighbours(rank as usize);
    if weight == 0.0 {
        return lower;
    }
    lower * (1.0 - weight) + upper * weight
}

/// The values at `rank` and just above it.
fn neighbours(values: &mut [f64], rank: usize) -> (f64, f64) {
    // Go sorts this few by insertion: 0 and -0 stay in their order.
    const FEW: usize = 12;
    if values.len() <= FEW {
        values.sort_by(nan_first);
        return (values[rank], values[(rank + 1).min(values.len() - 1)]);
    }
    let (_, &mut lower, above) = values.select_nth_unstable_by(rank, nan_first);
    (lower, above.iter().copied().min_by(nan_first).unwrap_or(lower))
}

/// The order of ranks.
pub(crate) fn nan_first(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_prometheus() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let of = |phi, values: &[f64]| quantile(phi, &mut values.to_vec());
        assert!((of(0.8, &[0.0, 1.0, nan]) - 0.6).abs() < 1e-15);
        assert!(of(0.2, &[0.0, 1.0, nan]).is_nan());
        assert_eq!(of(0.5, &[1.0, inf, 2.0]), 2.0);
        assert_eq!(of(0.5, &[-inf, 2.0, 3.0]), 2.0);
        assert!(of(0.5, &[-inf, inf]).is_nan());
        assert_eq!(of(1.0, &[3.0, 1.0]), 3.0);
        assert_eq!(of(0.0, &[3.0, 1.0]), 1.0);
        assert_eq!(of(-0.1, &[1.0]), -inf);
        assert_eq!(of(1.1, &[1.0]), inf);
        assert!(of(nan, &[1.0]).is_nan() && of(0.5, &[]).is_nan());
    }
}
