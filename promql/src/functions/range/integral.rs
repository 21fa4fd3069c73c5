//! The integral over time, in seconds, of the floats of a window.

use super::blocks::{Blocks, Sum};
use super::ticker::Ticker;
use super::{Function, entry, float_steps, seconds};
use crate::column::{Edges, FloatColumn, Note, Notes, Param, RowMut};
use crate::functions::{Arity, RangeError, RangeInput};
use crate::model::{Kahan, ValueType};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    args: &[ValueType::Matrix, ValueType::Scalar],
    arity: Arity::Optional(1),
    experimental: true,
    ..entry("integral", "Integral over time of the floats in the range, in seconds.", integral)
}];

/// What stands for the value between two samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strategy {
    /// The earlier sample.
    Left,
    /// The later sample.
    Right,
    /// The mean of both.
    Trapezoid,
}

impl Strategy {
    fn of(param: f64) -> Option<Strategy> {
        match param {
            0.0 => Some(Strategy::Left),
            1.0 => Some(Strategy::Right),
            2.0 => Some(Strategy::Trapezoid),
            _ => None,
        }
    }

    /// The area between sample `at` and the one before it, and what rounding lost of it. NaN counts as 0, so that
    /// the neighbours speak for it.
    fn area(self, floats: &FloatColumn<'_>, at: usize) -> (f64, f64) {
        let number = |at: usize| if floats.values[at].is_nan() { 0.0 } else { floats.values[at] };
        let (before, after) = (number(at - 1), number(at));
        let height = match self {
            Strategy::Left => Kahan { sum: before, lost: 0.0 },
            Strategy::Right => Kahan { sum: after, lost: 0.0 },
            Strategy::Trapezoid => mean(before, after),
        };
        if height.sum == 0.0 && height.lost == 0.0 {
            return (0.0, 0.0);
        }
        let width = seconds(floats.times[at].saturating_sub(floats.times[at - 1]));
        (height.sum * width, height.lost * width)
    }
}

/// The mean of two numbers without overflow on the way.
fn mean(before: f64, after: f64) -> Kahan {
    let add = |first: f64, second: f64| {
        let mut sum = Kahan { sum: first, lost: 0.0 };
        sum.add(second);
        sum
    };
    let sum = add(before, after);
    if sum.sum.is_infinite() && before.is_finite() && after.is_finite() {
        return add(before / 2.0, after / 2.0);
    }
    Kahan { sum: sum.sum / 2.0, lost: sum.lost / 2.0 }
}

fn plain(floats: &FloatColumn<'_>, edges: Edges, strategy: Strategy) -> f64 {
    let mut sum = Kahan::default();
    for at in edges.range().skip(1) {
        let (area, lost) = strategy.area(floats, at);
        if area != 0.0 || lost != 0.0 {
            sum.lost += lost;
            sum.add(area);
        }
    }
    sum.total_or_infinite()
}

fn integral(input: &RangeInput<'_>, out: &mut RowMut<'_>, notes: &mut Notes) -> Result<(), RangeError> {
    let floats = &input.series.floats;
    let mut ticker = Ticker::new(input.cancel);
    let param = |step| input.params.first().map_or(2.0, |param| param.at(step));
    // One strategy at all steps: areas are worth keeping.
    let constant = match input.params.first() {
        None => Some(Strategy::Trapezoid),
        Some(Param::Const(value)) => Some(Strategy::of(*value).unwrap_or(Strategy::Trapezoid)),
        Some(Param::Row(_)) => None,
    };
    let blocks = constant.and_then(|strategy| {
        Blocks::new(input.float_edges, floats.len(), |sum: &mut Sum, at| {
            let (area, lost) = if at == 0 { (0.0, 0.0) } else { strategy.area(floats, at) };
            sum.add_with(area, lost);
        })
    });
    for (step, edges) in float_steps(input, notes) {
        let strategy = Strategy::of(param(step)).unwrap_or_else(|| {
            notes.raise(Note::InvalidStrategy(param(step)));
            Strategy::Trapezoid
        });
        let window = edges.range();
        let value = match blocks
            .as_ref()
            .and_then(|blocks| blocks.window(window.start + 1, window.end)?.reliable())
        {
            Some(sum) => sum.total_or_infinite(),
            None => {
                ticker.tick(window.len())?;
                plain(floats, edges, strategy)
            }
        };
        out.set_float(step, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, almost_equal, run};

    const INTEGRAL: &Function = &FUNCTIONS[0];

    #[test]
    fn rules_of_quadrature() {
        let case = Case::new("data", &[1.0, 2.0, 4.0, f64::NAN, 8.0]);
        assert_eq!(run(INTEGRAL, &case.whole()).values, [Some(105.0)]);
        for (strategy, want) in [(0.0, 70.0), (1.0, 140.0), (2.0, 105.0)] {
            let case = case.clone().with_params(&[strategy]);
            assert_eq!(run(INTEGRAL, &case.whole()).values, [Some(want)]);
        }
        let answer = run(INTEGRAL, &case.with_params(&[0.5]).whole());
        assert_eq!((answer.values, answer.notes), (vec![Some(105.0)], vec![Note::InvalidStrategy(0.5)]));
    }

    #[test]
    fn corners() {
        let whole = |values: &[f64]| run(INTEGRAL, &Case::new("", values).whole()).values[0].unwrap();
        assert_eq!(whole(&[7.0]), 0.0);
        assert_eq!(whole(&[1e308, 1e308]), 1e308 * 10.0);
        assert_eq!(whole(&[1.0, f64::INFINITY]), f64::INFINITY);
        assert!(whole(&[f64::NEG_INFINITY, f64::INFINITY]).is_nan());
    }

    #[test]
    fn blocks_agree_with_the_loop() {
        for case in Case::all() {
            let row = run(INTEGRAL, &case.input());
            case.input().with(|input| {
                for (step, &edges) in input.float_edges.iter().enumerate() {
                    if let Some(got) = row.values[step] {
                        let want = plain(&input.series.floats, edges, Strategy::Trapezoid);
                        assert!(almost_equal(got, want), "{} step {step}: {got} {want}", case.name);
                    }
                }
            });
        }
    }
}
