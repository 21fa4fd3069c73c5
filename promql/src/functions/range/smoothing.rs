//! Double exponential smoothing: a level and a trend that older samples weigh less and less in.

use super::ticker::Ticker;
use super::{Function, entry, float_steps};
use crate::column::{Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::ValueType;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    args: &[ValueType::Matrix, ValueType::Scalar, ValueType::Scalar],
    experimental: true,
    ..entry(
        "double_exponential_smoothing",
        "Smoothed value by a smoothing factor for the level and one for the trend.",
        smooth,
    )
}];

/// `%f` as Go prints it.
fn six_decimals(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => format!("{value:.6}"),
    }
}

/// Refuses a factor outside 0 to 1; NaN passes.
fn check(name: &str, letters: &str, factor: f64) -> Result<(), RangeError> {
    if factor <= 0.0 || factor >= 1.0 {
        let got = six_decimals(factor);
        return Err(RangeError::Parameter(format!(
            "invalid {name} factor. Expected: 0 < {letters} < 1, got: {got}"
        )));
    }
    Ok(())
}

fn smooth(input: &RangeInput<'_>, out: &mut RowMut<'_>, notes: &mut Notes) -> Result<(), RangeError> {
    let mut ticker = Ticker::new(input.cancel);
    let factor = |which: usize, step: usize| input.params.get(which).map_or(f64::NAN, |param| param.at(step));
    // A window of histograms alone is enough to have the factors looked at.
    for (step, (floats, histograms)) in input.float_edges.iter().zip(input.histogram_edges).enumerate() {
        if !floats.is_empty() || !histograms.is_empty() {
            check("smoothing", "sf", factor(0, step))?;
            check("trend", "tf", factor(1, step))?;
        }
    }
    for (step, edges) in float_steps(input, notes) {
        let window = edges.range();
        if window.len() >= 2 {
            ticker.tick(window.len())?;
            out.set_float(step, plain(&input.series.floats.values[window], factor(0, step), factor(1, step)));
        }
    }
    Ok(())
}

/// At least two values.
fn plain(values: &[f64], smoothing: f64, trending: f64) -> f64 {
    let (mut before, mut level) = (0.0, values[0]);
    let mut trend = values[1] - values[0];
    for (at, &value) in values[1..].iter().enumerate() {
        let raw = smoothing * value;
        if at > 0 {
            trend = trending * (level - before) + (1.0 - trending) * trend;
        }
        let expected = (1.0 - smoothing) * (level + trend);
        (before, level) = (level, raw + expected);
    }
    level
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, run, try_run};

    #[test]
    fn a_line_stays_a_line() {
        let case = Case::new("line", &[0.0, 10.0, 20.0, 30.0, 40.0]).with_params(&[0.01, 0.1]);
        assert_eq!(run(&FUNCTIONS[0], &case.whole()).values, [Some(40.0)]);
        let one = Case::new("one", &[3.0]).with_params(&[0.5, 0.5]);
        assert_eq!(run(&FUNCTIONS[0], &one.whole()).values, [None]);
    }

    #[test]
    fn factors_out_of_range_fail_the_query() {
        let case = Case::new("line", &[0.0, 10.0]);
        let text = |params: &[f64]| {
            try_run(&FUNCTIONS[0], &case.clone().with_params(params).whole()).unwrap_err().to_string()
        };
        assert_eq!(text(&[1.0, 0.5]), "invalid smoothing factor. Expected: 0 < sf < 1, got: 1.000000");
        assert_eq!(text(&[0.5, f64::INFINITY]), "invalid trend factor. Expected: 0 < tf < 1, got: +Inf");
        let empty = Case::new("none", &[]).with_params(&[1.0, 1.0]);
        assert!(try_run(&FUNCTIONS[0], &empty.whole()).is_ok());
    }
}
