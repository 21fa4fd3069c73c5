//! Spread of the floats of a window around their mean.

use super::blocks::{Blocks, Part};
use super::lanes::{KahanLanes, LANES, Lanes, side_by_side};
use super::ticker::Ticker;
use super::{Function, entry, note_mixed_windows};
use crate::column::{Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::Kahan;
use std::array::from_fn;

pub(super) const FUNCTIONS: &[Function] = &[
    entry(
        "stddev_over_time",
        "Population standard deviation of the floats in the range.",
        |input, out, notes| each(input, out, notes, f64::sqrt),
    ),
    entry("stdvar_over_time", "Population variance of the floats in the range.", |input, out, notes| {
        each(input, out, notes, |variance| variance)
    }),
];

fn each(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    result: fn(f64) -> f64,
) -> Result<(), RangeError> {
    let values = input.series.floats.values;
    let blocks =
        Blocks::new(input.float_edges, values.len(), |spread: &mut Spread, at| spread.add(values[at]));
    note_mixed_windows(input, notes);
    let mut ticker = Ticker::new(input.cancel);
    for (group, edges) in input.float_edges.chunks(LANES).enumerate() {
        let first = group * LANES;
        if blocks.is_none()
            && let Some(columns) = side_by_side(values, edges)
        {
            ticker.tick(edges.iter().map(|edges| edges.range().len()).sum())?;
            for (lane, variance) in plain_lanes(columns).into_iter().enumerate() {
                out.set_float(first + lane, result(variance));
            }
            continue;
        }
        for (lane, edges) in edges.iter().enumerate().filter(|(_, edges)| !edges.is_empty()) {
            let window = edges.range();
            let quick =
                blocks.as_ref().and_then(|blocks| blocks.window(window.start, window.end)?.reliable());
            let variance = match quick {
                Some(variance) => variance,
                None => {
                    ticker.tick(window.len())?;
                    plain(&values[window])
                }
            };
            out.set_float(first + lane, result(variance));
        }
    }
    Ok(())
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

/// [`plain`] for windows side by side.
fn plain_lanes(columns: impl Iterator<Item = Lanes>) -> Lanes {
    let (mut mean, mut squares) = (KahanLanes::default(), KahanLanes::default());
    let mut count = 0.0;
    for column in columns {
        count += 1.0;
        let before = mean.totals();
        let distance: Lanes = from_fn(|lane| column[lane] - before[lane]);
        mean.add(&distance.map(|distance| distance / count));
        let after = mean.totals();
        squares.add(&from_fn(|lane| distance[lane] * (column[lane] - after[lane])));
    }
    squares.totals().map(|squares| squares / count)
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
