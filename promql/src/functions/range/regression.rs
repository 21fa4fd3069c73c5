//! Straight lines through the floats of a window.

use super::blocks::{Blocks, Part};
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

/// Moments of samples around their means; times in milliseconds since the first sample of the column.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    x: f64,
    y: f64,
    xy: f64,
    xx: f64,
}

impl Moments {
    fn add(&mut self, x: f64, y: f64) {
        self.count += 1.0;
        let (dx, dy) = (x - self.x, y - self.y);
        self.x += dx / self.count;
        self.y += dy / self.count;
        self.xy += dx * (y - self.y);
        self.xx += dx * (x - self.x);
    }

    /// The line, its value at `origin`; none where upstream's sums cancel so much that only they give its result.
    fn reliable(self, origin: f64) -> Option<Line> {
        const CANCELLED: f64 = (1u64 << 20) as f64;
        let x = self.x - origin;
        let reliable = (self.count * x * self.y).abs() <= CANCELLED * self.xy.abs()
            && self.count * x * x <= CANCELLED * self.xx
            && self.xy.is_finite();
        let slope = self.xy / self.xx;
        reliable.then_some(Line { slope: slope * 1000.0, value: self.y - slope * x })
    }
}

impl Part for Moments {
    const PLAIN: usize = 64;

    fn merge(&mut self, other: &Self) {
        let count = self.count + other.count;
        let (dx, dy) = (other.x - self.x, other.y - self.y);
        let weight = self.count * other.count / count;
        self.xy += other.xy + dx * dy * weight;
        self.xx += other.xx + dx * dx * weight;
        self.x += dx * (other.count / count);
        self.y += dy * (other.count / count);
        self.count = count;
    }
}

/// Where the run of equal values begins that each sample belongs to.
fn run_starts(values: &[f64]) -> Vec<usize> {
    let mut start = 0;
    let starts = values.iter().enumerate().map(|(at, &value)| {
        if at > 0 && value != values[at - 1] {
            start = at;
        }
        start
    });
    starts.collect()
}

/// Lines through all windows of at least two floats: `origin` is the time for their value, `result` what becomes of
/// them, `cancelled` true of a result so small that only the loop over the window may give it.
fn each(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    origin: impl Fn(usize, &FloatColumn<'_>) -> Millis,
    result: impl Fn(usize, &Line) -> f64,
    cancelled: impl Fn(f64, &Line) -> bool,
) -> Result<(), RangeError> {
    let floats = &input.series.floats;
    let first = floats.times.first().copied().unwrap_or_default();
    let since_first = |time: Millis| time.saturating_sub(first) as f64;
    let blocks = Blocks::new(input.float_edges, floats.len(), |moments: &mut Moments, at| {
        moments.add(since_first(floats.times[at]), floats.values[at]);
    });
    let runs = if blocks.is_some() { run_starts(floats.values) } else { Vec::new() };
    let mut ticker = Ticker::new(input.cancel);
    for (step, edges) in float_steps(input, notes) {
        let window = edges.range();
        if window.len() < 2 {
            continue;
        }
        let samples = floats.slice(window.start, window.end);
        let origin = origin(step, &samples);
        let quick = blocks.as_ref().and_then(|blocks| {
            if runs[window.end - 1] <= window.start {
                // All values are equal.
                return Some(plain(&samples.slice(0, 2), origin));
            }
            blocks.window(window.start, window.end)?.reliable(since_first(origin))
        });
        let quick =
            quick.map(|line| (result(step, &line), line)).filter(|(value, line)| !cancelled(*value, line));
        let value = match quick {
            Some((value, _)) => value,
            None => {
                ticker.tick(window.len())?;
                result(step, &plain(&samples, origin))
            }
        };
        out.set_float(step, value);
    }
    Ok(())
}

fn deriv(input: &RangeInput<'_>, out: &mut RowMut<'_>, notes: &mut Notes) -> Result<(), RangeError> {
    // Times relative to one of them keep their digits.
    each(input, out, notes, |_, samples| samples.times[0], |_, line| line.slope, |_, _| false)
}

fn predict(input: &RangeInput<'_>, out: &mut RowMut<'_>, notes: &mut Notes) -> Result<(), RangeError> {
    let ahead = |step: usize| input.params.first().map_or(f64::NAN, |param| param.at(step));
    // The evaluation time, wherever offset or `@` have put the window.
    let now = |step: usize, _: &FloatColumn<'_>| input.windows.grid.time(step);
    let there = |step: usize, line: &Line| line.slope * ahead(step) + line.value;
    each(input, out, notes, now, there, |value, line| value.abs() * 1024.0 < line.value.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, almost_equal, run};

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

    #[test]
    fn blocks_agree_with_the_loop() {
        for case in Case::all() {
            for (function, case) in FUNCTIONS.iter().zip([case.clone(), case.with_params(&[600.0])]) {
                let row = run(function, &case.input());
                for (step, edges) in case.edges().enumerate().filter(|(_, edges)| edges.len() >= 2) {
                    let want = case.input().with(|input| {
                        let samples = input.series.floats.slice(edges.start, edges.end);
                        match input.params {
                            [] => plain(&samples, samples.times[0]).slope,
                            [ahead, ..] => {
                                let line = plain(&samples, input.windows.grid.time(step));
                                line.slope * ahead.at(step) + line.value
                            }
                        }
                    });
                    let got = row.values[step].unwrap();
                    assert!(almost_equal(got, want), "{} {} {step}: {got} {want}", function.name, case.name);
                }
            }
        }
    }
}
