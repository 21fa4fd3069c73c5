//! Spread of the floats of a window around their mean.

use super::ticker::Ticker;
use super::{Function, entry, float_steps};
use crate::column::{Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::Kahan;

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
    let mut ticker = Ticker::new(input.cancel);
    for (step, edges) in float_steps(input, notes) {
        let window = edges.range();
        ticker.tick(window.len())?;
        out.set_float(step, result(plain(&input.series.floats.values[window])));
    }
    Ok(())
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
    use crate::functions::range::testing::{Case, run};

    #[test]
    fn spread() {
        assert_eq!(plain(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]), 4.0);
        assert_eq!(plain(&[1.5990505637277868; 3]), 0.0);
        assert!(plain(&[f64::INFINITY, 1.0]).is_nan());
        let row = run(&FUNCTIONS[0], &Case::new("", &[1.0, 5.0]).whole());
        assert_eq!(row.values, [Some(2.0)]);
    }
}
