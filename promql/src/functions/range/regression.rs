//! Straight lines through the floats of a window.

use super::ticker::Ticker;
use super::{Function, entry, float_steps, normal_nan, seconds};
use crate::column::{FloatColumn, Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::{Kahan, Millis, ValueType};

pub(super) const FUNCTIONS: &[Function] = &[
    entry("deriv", "Slope per second of the line through the floats in the range.", deriv),
    Function {
        args: &[ValueType::Matrix, ValueType::Scalar],
        at_unsafe: true,
        ..entry(
            "predict_linear",
            "Value of the line through the floats in the range, some seconds after the evaluation time.",
            predict,
        )
    },
];

/// A line: its value at a time, and its slope per second.
struct Line {
    slope: f64,
    value: f64,
}

/// Least squares with compensated sums; the line's value is that at `origin`. At least one sample.
fn plain(samples: &FloatColumn<'_>, origin: Millis) -> Line {
    let (mut x, mut y) = (Kahan::default(), Kahan::default());
    let (mut xy, mut xx) = (Kahan::default(), Kahan::default());
    let first = samples.values[0];
    let mut constant = true;
    for (at, (&time, &value)) in samples.times.iter().zip(samples.values).enumerate() {
        constant &= at == 0 || value == first;
        let time = seconds(time.saturating_sub(origin));
        x.add(time);
        y.add(value);
        xy.add(time * value);
        xx.add(time * time);
    }
    if constant {
        return match first.is_infinite() {
            true => Line { slope: normal_nan(), value: normal_nan() },
            false => Line { slope: 0.0, value: first },
        };
    }
    let count = samples.len() as f64;
    let (x, y, xy, xx) = (x.total(), y.total(), xy.total(), xx.total());
    let covariance = xy - x * y / count;
    let variance = xx - x * x / count;
    let slope = covariance / variance;
    Line { slope, value: y / count - slope * x / count }
}

fn each(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    result: impl Fn(usize, &FloatColumn<'_>) -> f64,
) -> Result<(), RangeError> {
    let mut ticker = Ticker::new(input.cancel);
    for (step, edges) in float_steps(input, notes) {
        let window = edges.range();
        if window.len() >= 2 {
            ticker.tick(window.len())?;
            out.set_float(step, result(step, &input.series.floats.slice(window.start, window.end)));
        }
    }
    Ok(())
}

fn deriv(input: &RangeInput<'_>, out: &mut RowMut<'_>, notes: &mut Notes) -> Result<(), RangeError> {
    // Times relative to one of them keep their digits.
    each(input, out, notes, |_, samples| plain(samples, samples.times[0]).slope)
}

fn predict(input: &RangeInput<'_>, out: &mut RowMut<'_>, notes: &mut Notes) -> Result<(), RangeError> {
    each(input, out, notes, |step, samples| {
        // The evaluation time, wherever offset or `@` have put the window.
        let line = plain(samples, input.windows.grid.time(step));
        line.slope * input.params.first().map_or(f64::NAN, |param| param.at(step)) + line.value
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, run};

    #[test]
    fn lines() {
        let case = Case::new("line", &[0.0, 10.0, 20.0, 30.0]);
        assert_eq!(run(&FUNCTIONS[0], &case.whole()).values, [Some(1.0)]);
        let ahead = case.with_params(&[60.0]);
        assert_eq!(run(&FUNCTIONS[1], &ahead.at(40_000, 100_000)).values, [Some(100.0)]);
    }

    #[test]
    fn corners() {
        let slope = |values: &[f64]| run(&FUNCTIONS[0], &Case::new("", values).whole()).values[0];
        assert_eq!(slope(&[5.0]), None);
        assert_eq!(slope(&[5.1, 5.1, 5.1]), Some(0.0));
        assert!(slope(&[f64::INFINITY; 2]).unwrap().is_nan());
        assert!(slope(&[1.0, f64::NAN]).unwrap().is_nan());
    }
}
