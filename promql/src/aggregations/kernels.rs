//! What `sum`, `avg`, `min`, `max`, `count`, `group`, `stddev` and `stdvar` do with the floats of one group at one step.

use super::reduce::Kernel;

/// `sum` and `avg`: a sum by Kahan and Neumaier, and what rounding lost. The order of operations is part of the result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    /// `avg`.
    pub(super) mean: bool,
}

impl Kernel<2> for Sum {
    /// -0 plus any value is that value, bit for bit.
    const START: [f64; 2] = [-0.0, 0.0];
    const COUNTS: bool = false;

    #[inline(always)]
    fn add([sum, lost]: [f64; 2], value: f64, _: f64) -> [f64; 2] {
        let total = sum + value;
        let sum_leads = sum.abs() >= value.abs();
        let large = if sum_leads { sum } else { value };
        let small = if sum_leads { value } else { sum };
        let lost = lost + ((large - total) + small);
        [total, if total.abs() == f64::INFINITY { 0.0 } else { lost }]
    }

    fn join((earlier, count): ([f64; 2], f64), (later, _): ([f64; 2], f64)) -> [f64; 2] {
        let [sum, lost] = Self::add(earlier, later[0], count);
        [sum, if sum.is_infinite() { 0.0 } else { lost + later[1] }]
    }

    #[inline(always)]
    fn finish(self, [sum, lost]: [f64; 2], count: f64) -> f64 {
        if self.mean { sum / count + lost / count } else { sum + lost }
    }
}

/// `max` and `min`: any number replaces NaN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extreme<const LARGEST: bool>;

pub(super) type Max = Extreme<true>;
pub(super) type Min = Extreme<false>;

impl<const LARGEST: bool> Kernel<1> for Extreme<LARGEST> {
    const START: [f64; 1] = [f64::NAN];
    const COUNTS: bool = false;

    #[inline(always)]
    fn add([best]: [f64; 1], value: f64, _: f64) -> [f64; 1] {
        let better = if LARGEST { best < value } else { best > value };
        [if better || best.is_nan() { value } else { best }]
    }

    fn join((earlier, count): ([f64; 1], f64), (later, _): ([f64; 1], f64)) -> [f64; 1] {
        Self::add(earlier, later[0], count)
    }

    #[inline(always)]
    fn finish(self, [best]: [f64; 1], _: f64) -> f64 {
        best
    }
}

/// `count` and `group`: presence is all they need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    /// `group`: 1, however many there are.
    pub(super) one: bool,
}

impl Kernel<0> for Count {
    const START: [f64; 0] = [];
    const COUNTS: bool = false;

    #[inline(always)]
    fn add(_: [f64; 0], _: f64, _: f64) -> [f64; 0] {
        []
    }

    fn join(_: ([f64; 0], f64), _: ([f64; 0], f64)) -> [f64; 0] {
        []
    }

    #[inline(always)]
    fn finish(self, _: [f64; 0], count: f64) -> f64 {
        if self.one { 1.0 } else { count }
    }
}

/// `stdvar` and `stddev`: Welford's mean and sum of squared distances. Anything not finite makes the sum NaN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variance {
    /// `stddev`.
    pub(super) root: bool,
}

impl Kernel<2> for Variance {
    const START: [f64; 2] = [0.0, 0.0];
    const COUNTS: bool = true;

    #[inline(always)]
    fn add([mean, squares]: [f64; 2], value: f64, count: f64) -> [f64; 2] {
        let delta = value - mean;
        let mean = mean + delta / count;
        [mean, squares + delta * (value - mean)]
    }

    /// Chan's formula: exactly 0 for equal values.
    fn join((earlier, earlier_count): ([f64; 2], f64), (later, later_count): ([f64; 2], f64)) -> [f64; 2] {
        let count = earlier_count + later_count;
        let delta = later[0] - earlier[0];
        let mean = earlier[0] + delta * (later_count / count);
        let between = delta * delta * (earlier_count * later_count / count);
        [mean, earlier[1] + later[1] + between]
    }

    #[inline(always)]
    fn finish(self, [_, squares]: [f64; 2], count: f64) -> f64 {
        let variance = squares / count;
        if self.root { variance.sqrt() } else { variance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<K: Kernel<L>, const L: usize>(kernel: K, values: &[f64]) -> f64 {
        let mut state = K::START;
        for (index, &value) in values.iter().enumerate() {
            state = K::add(state, value, (index + 1) as f64);
        }
        kernel.finish(state, values.len() as f64)
    }

    #[test]
    fn sums_are_compensated() {
        let sum = |values: &[f64]| run(Sum { mean: false }, values);
        assert_eq!(sum(&[5e102, 1.0, -5e102]), 1.0);
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(sum(&[-0.0]).to_bits(), 0.0f64.to_bits());
        assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert!(sum(&[1.0, f64::NAN]).is_nan());
        assert_eq!(run(Sum { mean: true }, &[52.0; 12]), 52.0);
    }

    #[test]
    fn extremes_prefer_any_number_to_nan() {
        let nan = f64::NAN;
        assert_eq!(run(Extreme::<true>, &[nan, 1.0, nan]), 1.0);
        assert_eq!(run(Extreme::<false>, &[nan, 1.0, -2.0, nan]), -2.0);
        assert!(run(Extreme::<true>, &[nan, nan]).is_nan());
        assert_eq!(run(Extreme::<true>, &[-0.0]).to_bits(), (-0.0f64).to_bits());
        assert_eq!(run(Extreme::<true>, &[-0.0, 0.0]).to_bits(), (-0.0f64).to_bits());
        assert_eq!(run(Extreme::<false>, &[f64::INFINITY]), f64::INFINITY);
    }

    #[test]
    fn variance_of_equal_values_is_zero_however_it_is_cut() {
        let values = [0.1; 7];
        assert_eq!(run(Variance { root: false }, &values), 0.0);
        let part = |values: &[f64]| {
            let mut state = Variance::START;
            for (index, &value) in values.iter().enumerate() {
                state = Variance::add(state, value, (index + 1) as f64);
            }
            (state, values.len() as f64)
        };
        let joined = Variance::join(part(&values[..3]), part(&values[3..]));
        assert_eq!(Variance { root: true }.finish(joined, 7.0), 0.0);
        for poison in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(run(Variance { root: true }, &[poison]).is_nan());
            assert!(run(Variance { root: true }, &[1.0, poison, 2.0]).is_nan());
            let joined = Variance::join(part(&[1.0, 2.0]), part(&[poison]));
            assert!(Variance { root: false }.finish(joined, 3.0).is_nan());
        }
        assert_eq!(run(Variance { root: false }, &[1.0, 2.0, 3.0, 4.0]), 1.25);
    }
}
