//! Compensated summation, step by step as Prometheus does it: tests of averages and sums compare the last bit.

use std::ops::Range;

/// A running sum with what rounding has lost (Kahan's method with Neumaier's improvement).
///
/// What to do with an infinite sum differs from caller to caller, so the two parts are open.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kahan {
    /// The rounded sum.
    pub sum: f64,
    /// What is missing from it.
    pub lost: f64,
}

impl Kahan {
    /// Adds a number. The order of the operations is the result: nothing here may be fused or reordered.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        let lost =
            if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.lost = if sum.is_infinite() { 0.0 } else { self.lost + lost };
        self.sum = sum;
    }

    /// As [`Kahan::add`] as long as sums are finite, and not finite for good where one is not. What rounding loses is a
    /// number itself, found without asking which of the two is larger (Knuth's exact addition).
    #[inline(always)]
    pub(crate) fn add_finite(&mut self, value: f64) {
        let sum = self.sum + value;
        let grown = sum - self.sum;
        self.lost += (self.sum - (sum - grown)) + (value - grown);
        self.sum = sum;
    }

    /// Adds another running sum.
    #[inline]
    pub fn merge(&mut self, other: Kahan) {
        self.add(other.sum);
        self.lost += other.lost;
    }

    /// Both parts times a number.
    #[must_use]
    pub fn scale(self, factor: f64) -> Self {
        Kahan { sum: self.sum * factor, lost: self.lost * factor }
    }

    /// Both parts divided by a number.
    #[must_use]
    pub fn divide(self, divisor: f64) -> Self {
        Kahan { sum: self.sum / divisor, lost: self.lost / divisor }
    }

    /// The sum with its compensation.
    #[inline]
    #[must_use]
    pub fn total(self) -> f64 {
        self.sum + self.lost
    }

    /// The sum with its compensation; an infinite sum as it is.
    #[inline]
    #[must_use]
    pub fn total_or_infinite(self) -> f64 {
        if self.sum.is_infinite() { self.sum } else { self.total() }
    }
}

/// Adds a number to each of many running sums, the two parts of which lie apart: a plain loop over numbers.
#[inline(always)]
fn add_each(sums: &mut [f64], lost: &mut [f64], values: &[f64]) {
    for ((sum, lost), &value) in sums.iter_mut().zip(lost).zip(values) {
        let mut kahan = Kahan { sum: *sum, lost: *lost };
        kahan.add(value);
        (*sum, *lost) = (kahan.sum, kahan.lost);
    }
}

/// Many running sums side by side. Sums and what rounding has lost lie apart, see [`add_each`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct KahanRow {
    sums: Vec<f64>,
    lost: Vec<f64>,
}

impl KahanRow {
    /// Sums that are exactly these numbers.
    pub(crate) fn exact(values: &[f64]) -> Self {
        KahanRow { sums: values.to_vec(), lost: vec![0.0; values.len()] }
    }

    /// So many sums of nothing: what is added first is the sum, also if it is -0.
    pub(crate) fn nothing(len: usize) -> Self {
        KahanRow { sums: vec![-0.0; len], lost: vec![0.0; len] }
    }

    pub(crate) fn len(&self) -> usize {
        self.sums.len()
    }

    pub(crate) fn get(&self, at: usize) -> Kahan {
        Kahan { sum: self.sums[at], lost: self.lost[at] }
    }

    /// Adds a number to each sum.
    pub(crate) fn add(&mut self, values: &[f64]) {
        self.add_at(0, values);
    }

    /// Adds a number to each of the sums from `from` on.
    #[inline]
    pub(crate) fn add_at(&mut self, from: usize, values: &[f64]) {
        add_each(&mut self.sums[from..], &mut self.lost[from..], values);
    }

    /// Takes some sums of another row for those from `from` on.
    pub(crate) fn copy(&mut self, from: usize, other: &KahanRow, range: Range<usize>) {
        self.sums[from..][..range.len()].copy_from_slice(&other.sums[range.clone()]);
        self.lost[from..][..range.len()].copy_from_slice(&other.lost[range]);
    }

    /// Changes the sums from `from` on by some of another row.
    pub(crate) fn merge_at(
        &mut self,
        from: usize,
        others: &KahanRow,
        range: Range<usize>,
        mut change: impl FnMut(&mut Kahan, Kahan),
    ) {
        for (own, other) in (from..).zip(range) {
            let mut kahan = self.get(own);
            change(&mut kahan, others.get(other));
            (self.sums[own], self.lost[own]) = (kahan.sum, kahan.lost);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Kahan> + '_ {
        self.sums.iter().zip(&self.lost).map(|(&sum, &lost)| Kahan { sum, lost })
    }

    /// Changes each sum.
    pub(crate) fn each(&mut self, mut change: impl FnMut(Kahan) -> Kahan) {
        for (sum, lost) in self.sums.iter_mut().zip(&mut self.lost) {
            let kahan = change(Kahan { sum: *sum, lost: *lost });
            (*sum, *lost) = (kahan.sum, kahan.lost);
        }
    }
}

impl FromIterator<Kahan> for KahanRow {
    fn from_iter<T: IntoIterator<Item = Kahan>>(sums: T) -> Self {
        let (sums, lost) = sums.into_iter().map(|kahan| (kahan.sum, kahan.lost)).unzip();
        KahanRow { sums, lost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_parts_survive_large_ones() {
        let mut sum = Kahan::default();
        for value in [1.0, 1e100, 1.0, -1e100] {
            sum.add(value);
        }
        assert_eq!(sum.total(), 2.0);
    }

    #[test]
    fn sums_side_by_side_are_those_one_by_one() {
        let rows =
            [[1.0, 1e100, -0.0], [1e100, 1.0, f64::NAN], [1.0, f64::INFINITY, 3.0], [-1e100, 2.0, 4.0]];
        let mut row = KahanRow::exact(&rows[0]);
        let mut each = rows[0].map(|sum| Kahan { sum, lost: 0.0 });
        for values in &rows[1..] {
            row.add(values);
            each.iter_mut().zip(values).for_each(|(sum, &value)| sum.add(value));
        }
        let bits = |kahan: Kahan| (kahan.sum.to_bits(), kahan.lost.to_bits());
        assert!(row.iter().map(bits).eq(each.map(bits)));
    }

    #[test]
    fn an_infinite_sum_loses_its_compensation() {
        let mut sum = Kahan { sum: 1.0, lost: 0.5 };
        sum.add(f64::INFINITY);
        assert_eq!(sum, Kahan { sum: f64::INFINITY, lost: 0.0 });
        assert_eq!(sum.total_or_infinite(), f64::INFINITY);
    }
}
