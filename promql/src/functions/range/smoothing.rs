//! Double exponential smoothing: a level and a trend that older samples weigh less and less in.

use super::ticker::Ticker;
use super::{Function, entry, float_steps};
use crate::column::{Edges, Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::ValueType;
use std::ops::Range;

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
    let longest = input.float_edges.iter().map(|edges| edges.range().len()).max().unwrap_or(0);
    let mut memory = Memory { longest, ..Memory::default() };
    let (mut group, mut walk) = (Group::default(), None);
    let pace = pace(input.float_edges);
    for (step, edges) in float_steps(input, notes) {
        let mut window = edges.range();
        if window.len() < 2 {
            continue;
        }
        let factors = (factor(0, step), factor(1, step));
        if let Some(reach) = memory.reach(values, factors.0, factors.1)
            && window.len() > reach
        {
            window.start = window.end - reach;
            if pace * LANES < reach {
                let walk = walk.get_or_insert_with(|| Walk::start(values, window.start, factors));
                if walk.factors != factors || walk.next > window.end || walk.next < window.start {
                    *walk = Walk::start(values, window.start, factors);
                }
                ticker.tick(window.end - walk.next)?;
                walk.go_on(values, window.end);
                out.set_float(step, walk.level);
                continue;
            }
        }
        ticker.tick(window.len())?;
        group.add(step, window, factors, values, out);
    }
    group.finish(values, out);
    Ok(())
}

/// How many samples the ends of neighbouring windows are apart, on average.
fn pace(edges: &[Edges]) -> usize {
    let ends = || edges.iter().filter(|edges| !edges.is_empty()).map(|edges| edges.to as usize);
    let way = ends().next_back().unwrap_or(0) - ends().next().unwrap_or(0);
    way / ends().count().max(1)
}

/// Smoothing on its way through a column. Once its beginning is forgotten, it has come to what any window comes to
/// that ends where it is.
struct Walk {
    factors: (f64, f64),
    before: f64,
    level: f64,
    trend: f64,
    /// The number of the next sample.
    next: usize,
}

impl Walk {
    /// Begins with two samples.
    fn start(values: &[f64], from: usize, factors: (f64, f64)) -> Self {
        let (first, second) = (values[from], values[from + 1]);
        let trend = second - first;
        let level = factors.0 * second + (1.0 - factors.0) * (first + trend);
        Walk { factors, before: first, level, trend, next: from + 2 }
    }

    /// Takes in the samples up to `to`.
    fn go_on(&mut self, values: &[f64], to: usize) {
        let (smoothing, trending) = self.factors;
        for &value in &values[self.next..to] {
            let raw = smoothing * value;
            self.trend = trending * (self.level - self.before) + (1.0 - trending) * self.trend;
            self.before = self.level;
            self.level = raw + (1.0 - smoothing) * (self.level + self.trend);
        }
        self.next = to;
    }
}

/// How many windows are walked side by side: each sample waits for the one before it, but not for its neighbours.
const LANES: usize = 8;

/// Windows of one length and with the same factors, up to [`LANES`] of them.
#[derive(Default)]
struct Group {
    steps: Vec<usize>,
    starts: Vec<usize>,
    length: usize,
    factors: (f64, f64),
}

impl Group {
    /// Adds a window; those before it are done first where it does not fit to them, or where they are enough.
    fn add(
        &mut self,
        step: usize,
        window: Range<usize>,
        factors: (f64, f64),
        values: &[f64],
        out: &mut RowMut<'_>,
    ) {
        if self.length != window.len() || self.factors != factors {
            self.finish(values, out);
            (self.length, self.factors) = (window.len(), factors);
        }
        self.steps.push(step);
        self.starts.push(window.start);
        if let Ok(starts) = <&[usize; LANES]>::try_from(&*self.starts) {
            let windows = starts.map(|start| &values[start..start + self.length]);
            let results = side_by_side(windows, self.length, factors);
            self.steps.drain(..).zip(results).for_each(|(step, result)| out.set_float(step, result));
            self.starts.clear();
        }
    }

    /// Does what is left.
    fn finish(&mut self, values: &[f64], out: &mut RowMut<'_>) {
        let (smoothing, trending) = self.factors;
        for (step, start) in self.steps.drain(..).zip(self.starts.drain(..)) {
            out.set_float(step, plain(&values[start..start + self.length], smoothing, trending));
        }
    }
}

/// [`plain`] of several windows of one length, at least two.
fn side_by_side(windows: [&[f64]; LANES], length: usize, factors: (f64, f64)) -> [f64; LANES] {
    let (smoothing, trending) = factors;
    let (mut before, mut level, mut trend) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        let (first, second) = (windows[lane][0], windows[lane][1]);
        before[lane] = first;
        trend[lane] = second - first;
        level[lane] = smoothing * second + (1.0 - smoothing) * (first + trend[lane]);
    }
    for at in 2..length {
        let mut values = [0.0; LANES];
        values.iter_mut().zip(windows).for_each(|(value, window)| *value = window[at]);
        for lane in 0..LANES {
            let raw = smoothing * values[lane];
            trend[lane] = trending * (level[lane] - before[lane]) + (1.0 - trending) * trend[lane];
            before[lane] = level[lane];
            level[lane] = raw + (1.0 - smoothing) * (level[lane] + trend[lane]);
        }
    }
    level
}

/// How far back smoothing remembers.
///
/// Level and trend are a linear map of those before, and a contraction: what they were long ago has no bit left in
/// the result. So a window need not be walked from its start.
#[derive(Debug, Default)]
struct Memory {
    /// The length of the longest window: what is remembered for longer is not forgotten.
    longest: usize,
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
    /// Larger values may overflow on the way, and an infinity is never forgotten.
    const LARGEST: f64 = 1e150;

    /// How many samples before the end of a window decide about the result; none if all do.
    fn reach(&mut self, values: &[f64], smoothing: f64, trending: f64) -> Option<usize> {
        if self.factors != Some((smoothing, trending)) {
            self.factors = Some((smoothing, trending));
            self.reach = Memory::fading(smoothing, trending, self.longest).filter(|_| is_tame(values));
        }
        self.reach
    }

    /// After how many samples nothing is left of level and trend, if it is less than `longest`.
    fn fading(smoothing: f64, trending: f64, longest: usize) -> Option<usize> {
        // Columns: what one unit of level, or of trend, has become.
        let mut columns = [(1.0, 0.0), (0.0, 1.0)];
        for samples in 0..longest.min(Memory::LONGEST) {
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

/// True if all values are numbers of a moderate size and none is so large or so small beside the others that its traces could show.
fn is_tame(values: &[f64]) -> bool {
    let (mut smallest, mut largest) = (f64::INFINITY, 0.0_f64);
    for value in values.iter().map(|value| value.abs()).filter(|&value| value != 0.0) {
        if value.is_nan() {
            return false;
        }
        (smallest, largest) = (smallest.min(value), largest.max(value));
    }
    largest <= Memory::LARGEST && largest <= smallest * Memory::SPREAD
}

/// At least two values.
fn plain(values: &[f64], smoothing: f64, trending: f64) -> f64 {
    let mut walk = Walk::start(values, 0, (smoothing, trending));
    walk.go_on(values, values.len());
    walk.level
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
    fn windows_side_by_side_are_those_one_by_one() {
        for case in Case::all() {
            for length in 2..case.values.len().saturating_sub(LANES) {
                let windows = std::array::from_fn(|lane| &case.values[lane..][..length]);
                // Which of two NaNs comes through is not settled.
                let bits = |value: f64| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
                let results = side_by_side(windows, length, (0.3, 0.6)).map(bits);
                assert_eq!(results, windows.map(|window| bits(plain(window, 0.3, 0.6))), "{}", case.name);
            }
        }
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
        let fading = |smoothing, trending| Memory::fading(smoothing, trending, usize::MAX);
        let reach = fading(0.3, 0.3).unwrap();
        assert!((50..1000).contains(&reach));
        assert_eq!(Memory::fading(0.3, 0.3, reach), Some(reach));
        assert_eq!(Memory::fading(0.3, 0.3, reach / 2), None);
        assert_eq!(fading(0.001, 0.001), None);
        assert_eq!(fading(f64::NAN, 0.5), None);
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
