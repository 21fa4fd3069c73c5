//! Order statistics of the floats of a window.

use super::ranks::Ranks;
use super::ticker::Ticker;
use super::{Function, entry, float_steps, normal_nan};
use crate::column::{Note, Notes, RowMut};
use crate::functions::{RangeError, RangeFunction, RangeInput, Shape};
use crate::model::{ValueType, quantile, quantile_at};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        args: &[ValueType::Scalar, ValueType::Matrix],
        shape: Shape::Range(RangeFunction { range_arg: 1, kernel: quantile_over_time }),
        ..entry("quantile_over_time", "Quantile of the floats in the range.", quantile_over_time)
    },
    Function {
        experimental: true,
        ..entry(
            "mad_over_time",
            "Median of the distances of the floats in the range from their median.",
            median_deviation,
        )
    },
];

/// Looking at a window by ranks is about as much work as looking at so many samples.
const RANKED: usize = 64;

fn quantile_over_time(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
) -> Result<(), RangeError> {
    let phi = |step| input.params.first().map_or(f64::NAN, |param| param.at(step));
    for (step, _) in float_steps(input, notes) {
        if !(0.0..=1.0).contains(&phi(step)) {
            notes.raise(Note::InvalidQuantile(phi(step)));
        }
    }
    let of_ranks =
        |step, ranks: &Ranks| Some(quantile_at(phi(step), ranks.len(), |rank| ranks.neighbours(rank)));
    each(input, out, notes, of_ranks, |step, window| quantile(phi(step), window))
}

fn median_deviation(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
) -> Result<(), RangeError> {
    each(input, out, notes, |_, ranks| deviation_of(ranks), |_, window| deviation(window))
}

/// Writes what the ranks of a window tell; where they do not, what `plain` makes of its values, in any order.
fn each(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    of_ranks: impl Fn(usize, &Ranks) -> Option<f64>,
    plain: impl Fn(usize, &mut [f64]) -> f64,
) -> Result<(), RangeError> {
    let values = input.series.floats.values;
    let mut ranks = Ranks::new(values, input.float_edges);
    let mut ticker = Ticker::new(input.cancel);
    let mut scratch = Vec::new();
    for (step, edges) in float_steps(input, notes) {
        let window = edges.range();
        let mut quick = None;
        if let Some(ranks) = &mut ranks {
            ticker.tick(RANKED)?;
            ranks.slide(window.clone());
            quick = of_ranks(step, ranks);
        }
        let value = match quick {
            Some(value) => value,
            None => {
                ticker.tick(window.len())?;
                scratch.clear();
                scratch.extend_from_slice(&values[window]);
                plain(step, &mut scratch)
            }
        };
        out.set_float(step, value);
    }
    Ok(())
}

/// [`deviation`] of the window; none if something in it is no number to measure from.
fn deviation_of(ranks: &Ranks) -> Option<f64> {
    let median = quantile_at(0.5, ranks.len(), |rank| ranks.neighbours(rank));
    let measurable = median.is_finite() && !ranks.nth(0).is_nan();
    measurable.then(|| quantile_at(0.5, ranks.len(), |rank| ranks.distances(median, rank)))
}

fn deviation(values: &mut [f64]) -> f64 {
    if values.iter().any(|value| value.is_nan()) {
        return normal_nan();
    }
    let median = quantile(0.5, values);
    for value in values.iter_mut() {
        *value = (*value - median).abs();
    }
    quantile(0.5, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, Random, run};

    const INFINITY: f64 = f64::INFINITY;

    #[test]
    fn quantiles_of_few_values() {
        assert_eq!(quantile(0.8, &mut [0.0, 1.0, f64::NAN]), 0.6000000000000001);
        assert!(quantile(0.2, &mut [0.0, 1.0, f64::NAN]).is_nan());
        assert_eq!(quantile(0.5, &mut [1.0, 2.0, INFINITY]), 2.0);
        assert_eq!(quantile(0.5, &mut [-INFINITY, 2.0, 3.0]), 2.0);
        assert!(quantile(0.5, &mut [-INFINITY, INFINITY]).is_nan());
        assert_eq!(quantile(-0.1, &mut [1.0]), -INFINITY);
        assert_eq!(quantile(1.1, &mut [1.0]), INFINITY);
        assert_eq!(quantile(1.0, &mut [3.0, 1.0, 2.0]), 3.0);
        assert!(quantile(0.5, &mut []).is_nan());
    }

    #[test]
    fn selection_agrees_with_sorting() {
        let mut random = Random::new(3);
        for len in 1..60 {
            let values: Vec<f64> = (0..len)
                .map(|_| if random.below(12) == 0 { f64::NAN } else { (random.signed() * 8.0).round() })
                .collect();
            let mut sorted = values.clone();
            sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan())));
            for phi in [0.0, 0.1, 0.25, 0.5, 0.9, 0.99, 1.0] {
                let rank = phi * (len as f64 - 1.0);
                let (low, weight) = (rank as usize, rank - rank.floor());
                let want = match weight {
                    0.0 => sorted[low],
                    _ => sorted[low] * (1.0 - weight) + sorted[(low + 1).min(len - 1)] * weight,
                };
                let got = quantile(phi, &mut values.clone());
                assert!(got == want || (got.is_nan() && want.is_nan()), "{phi} of {values:?}");
            }
        }
    }

    #[test]
    fn ranks_agree_with_windows_one_by_one() {
        for phi in [0.0, 0.3, 0.5, 0.99, 1.0] {
            for case in Case::all() {
                let case = case.with_params(&[phi]);
                for (function, plain) in FUNCTIONS
                    .iter()
                    .zip([quantile as fn(f64, &mut [f64]) -> f64, |_, values| deviation(values)])
                {
                    let row = run(function, &case.input());
                    for (step, edges) in case.edges().enumerate() {
                        if let Some(got) = row.values[step] {
                            let want = plain(phi, &mut case.values[edges].to_vec());
                            assert!(got == want || got.is_nan() && want.is_nan(), "{} {step}", case.name);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn notes_about_phi_need_a_sample() {
        let case = Case::new("", &[1.0]).with_params(&[f64::NAN]);
        let answer = run(&FUNCTIONS[0], &case.whole());
        assert!(matches!(answer.notes[..], [Note::InvalidQuantile(phi)] if phi.is_nan()));
        assert!(run(&FUNCTIONS[0], &Case::new("", &[]).with_params(&[2.0]).whole()).notes.is_empty());
    }

    #[test]
    fn median_deviations() {
        assert_eq!(deviation(&mut [4.0, 6.0, 2.0, 1.0, 999.0, 1.0, 2.0]), 1.0);
        assert!(deviation(&mut [1.0, f64::NAN]).is_nan());
        assert!(deviation(&mut [INFINITY, INFINITY, 1.0]).is_nan());
    }
}
