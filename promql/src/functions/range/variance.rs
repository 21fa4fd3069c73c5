//! Spread of the floats of a window around their mean.

use super::blocks::Part;
use super::statistic::{self, Columns, KahanLanes, Lanes, Statistic};
use super::{Function, entry, note_mixed_windows};
use crate::model::Kahan;
use std::array::from_fn;

pub(super) const FUNCTIONS: &[Function] = &[
    entry(
        "stddev_over_time",
        "Population standard deviation of the floats in the range.",
        |input, out, notes| {
            note_mixed_windows(input, notes);
            let (values, deviation) = (input.series.floats.values, OfVariance(f64::sqrt));
            statistic::write(&deviation, values, input.float_edges, input.cancel, out)
        },
    ),
    entry("stdvar_over_time", "Population variance of the floats in the range.", |input, out, notes| {
        note_mixed_windows(input, notes);
        let (values, variance) = (input.series.floats.values, OfVariance(|variance| variance));
        statistic::write(&variance, values, input.float_edges, input.cancel, out)
    }),
];

/// What follows from a variance.
struct OfVariance(fn(f64) -> f64);

impl Statistic for OfVariance {
    type Part = Spread;

    fn add(part: &mut Spread, value: f64) {
        part.add(value);
    }

    fn plain(&self, values: &[f64]) -> f64 {
        (self.0)(plain(values))
    }

    /// As [`plain`].
    fn side_by_side(&self, columns: Columns<'_>, count: f64) -> Lanes {
        let (mut mean, mut squares) = (KahanLanes::default(), KahanLanes::default());
        let (mut seen, mut total) = (0.0, Lanes::default());
        columns.for_each(|column| {
            seen += 1.0;
            let distance: Lanes = from_fn(|lane| column[lane] - total[lane]);
            mean.add(&distance.map(|distance| distance / seen));
            total = mean.map(Kahan::total);
            squares.add(&from_fn(|lane| distance[lane] * (column[lane] - total[lane])));
        });
        squares.map(|squares| (self.0)(squares.total() / count))
    }

    fn of_part(&self, part: Spread, _: f64) -> Option<f64> {
        part.reliable().map(self.0)
    }
}

/// Mean and squared distances from it of some values.
#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let distance = value - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (value - self.mean);
    }

    /// The variance, unless the values are infinite or so close together that it drowns in the rounding of the mean.
    fn reliable(self) -> Option<f64> {
        const CLOSE: f64 = (1u64 << 24) as f64;
        let variance = self.squares / self.count;
        let reliable = self.mean.abs() <= CLOSE * variance.sqrt() || self.squares == 0.0;
        (reliable && variance.is_finite()).then_some(variance)
    }
}

impl Part for Spread {
    const PLAIN: usize = 64;

    fn merge(&mut self, other: &Self) {
        let count = self.count + other.count;
        let distance = other.mean - self.mean;
        self.squares += other.squares + distance * distance * (self.count * other.count / count);
        self.mean += distance * (other.count / count);
        self.count = count;
    }
}

/// Welford's method with compensated sums.
fn plain(values: &[f64]) -> f64 {
    let (mut mean, mut squares) = (Kahan::default(), Kahan::default());
    let mut count = 0.0;
    for &value in values {
        count += 1.0;
        let distance = value - mean.total();
        mean.add(distance / count);
        squares.add(distance * (value - mean.total()));
    }
    squares.total() / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, almost_equal, run};

    #[test]
    fn spread() {
        assert_eq!(plain(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]), 4.0);
        assert_eq!(plain(&[1.5990505637277868; 3]), 0.0);
        assert!(plain(&[f64::INFINITY, 1.0]).is_nan());
        let row = run(&FUNCTIONS[0], &Case::new("", &[1.0, 5.0]).whole());
        assert_eq!(row.values, [Some(2.0)]);
    }

    #[test]
    fn blocks_agree_with_the_loop() {
        for case in Case::all() {
            let row = run(&FUNCTIONS[1], &case.input());
            for (step, edges) in case.edges().enumerate() {
                if let Some(got) = row.values[step] {
                    let want = plain(&case.values[edges]);
                    assert!(almost_equal(got, want), "{} step {step}: {got} {want}", case.name);
                }
            }
        }
    }
}
