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
    let values = input.series.floats.values;
    let mut memory = Memory::default();
    for (step, edges) in float_steps(input, notes) {
        let mut window = edges.range();
        if window.len() < 2 {
            continue;
        }
        let (smoothing, trending) = (factor(0, step), factor(1, step));
        if let Some(reach) = memory.reach(values, smoothing, trending) {
            window.start = window.start.max(window.end.saturating_sub(reach));
        }
        ticker.tick(window.len())?;
        out.set_float(step, plain(&values[window], smoothing, trending));
    }
    Ok(())
}

/// How far back smoothing remembers.
///
/// Level and trend are a linear map of those before, and a contraction: what they were long ago has no bit left in
/// the result. So a window need not be walked from its start.
#[derive(Debug, Default)]
struct Memory {
    factors: Option<(f64, f64)>,
    reach: Option<usize>,
}

impl Memory {
    /// What is left of a beginning that does not matter any more, relative to it.
    const FORGOTTEN: f64 = 1e-40;
    /// Beyond this a beginning counts as never forgotten.
    const LONGEST: usize = 4_096;
    /// The largest ratio of two values of a series between which a beginning may be forgotten.
    const SPREAD: f64 = 1e20;

    /// How many samples before the end of a window decide about the result; none if all do.
    fn reach(&mut self, values: &[f64], smoothing: f64, trending: f64) -> Option<usize> {
        if self.factors != Some((smoothing, trending)) {
            self.factors = Some((smoothing, trending));
            self.reach = if is_tame(values) { Memory::fading(smoothing, trending) } else { None };
        }
        self.reach
    }

    /// After how many samples nothing is left of level and trend.
    fn fading(smoothing: f64, trending: f64) -> Option<usize> {
        // Columns: what one unit of level, or of trend, has become.
        let mut columns = [(1.0, 0.0), (0.0, 1.0)];
        for samples in 0..Memory::LONGEST {
            let size = |(level, trend): (f64, f64)| level.abs() + trend.abs();
            if columns.into_iter().all(|column| size(column) < Memory::FORGOTTEN) {
                return Some(samples + 2);
            }
            columns = columns.map(|(level, trend)| {
                let next = (1.0 - smoothing) * (level + trend);
                (next, trending * (next - level) + (1.0 - trending) * trend)
            });
        }
        None
    }
}

/// True if all values are finite and none is so large or so small beside the others that its traces could show.
fn is_tame(values: &[f64]) -> bool {
    let (mut smallest, mut largest) = (f64::INFINITY, 0.0_f64);
    for value in values {
        // A NaN fails the comparison and ends up as not finite.
        largest = if value.abs() <= f64::MAX { largest.max(value.abs()) } else { f64::INFINITY };
        if *value != 0.0 {
            smallest = smallest.min(value.abs());
        }
        if largest.is_infinite() {
            return false;
        }
    }
    largest <= smallest * Memory::SPREAD
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
    fn long_windows_forget_their_beginning_without_a_trace() {
        for mut case in Case::all() {
            case.windows.range = 10_000_000;
            for factors in [[0.3, 0.3], [0.9, 0.1], [0.05, 0.8], [0.001, 0.001], [0.999, 0.999]] {
                let case = case.clone().with_params(&factors);
                let row = run(&FUNCTIONS[0], &case.input());
                for (step, edges) in case.edges().enumerate().filter(|(_, edges)| edges.len() >= 2) {
                    let want = plain(&case.values[edges], factors[0], factors[1]);
                    let got = row.values[step].unwrap();
                    let same = got == want || got.is_nan() && want.is_nan();
                    assert!(
                        same || (got - want).abs() <= 1e-12 * want.abs(),
                        "{} {factors:?} {step}",
                        case.name
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_forgotten_depends_on_the_factors() {
        assert!(Memory::fading(0.3, 0.3).is_some_and(|reach| (50..1000).contains(&reach)));
        assert_eq!(Memory::fading(0.001, 0.001), None);
        assert_eq!(Memory::fading(f64::NAN, 0.5), None);
        assert!(is_tame(&[1.0, -2.0, 0.0]) && !is_tame(&[1.0, f64::NAN]) && !is_tame(&[1e-15, 1e10]));
        assert!(!is_tame(&[1.0, f64::NEG_INFINITY]));
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
