//! Sum and average of the samples of a window.

use super::blocks::Sum;
use super::statistic::{self, Columns, KahanLanes, Lanes, Statistic};
use super::{Function, entry, only_floats, sum_histogram};
use crate::model::Kahan;

pub(super) const FUNCTIONS: &[Function] = &[
    entry("sum_over_time", "Sum of the samples in the range.", |input, out, notes| {
        let edges = only_floats(input, notes);
        statistic::write(&SUM, input.series.floats.values, &edges, input.cancel, out)?;
        sum_histogram::sum(input, out, notes)
    }),
    entry("avg_over_time", "Average of the samples in the range.", |input, out, notes| {
        let edges = only_floats(input, notes);
        statistic::write(&AVERAGE, input.series.floats.values, &edges, input.cancel, out)?;
        sum_histogram::average(input, out, notes)
    }),
];

/// A sum, or what follows from it.
struct OfSum {
    /// Made from the window.
    plain: fn(&[f64]) -> f64,
    /// Made from its finite sum and its length.
    quick: fn(Kahan, f64) -> f64,
}

const SUM: OfSum = OfSum { plain: sum, quick: |sum, _| sum.total_or_infinite() };
const AVERAGE: OfSum = OfSum { plain: average, quick: |sum, count| sum.sum / count + sum.lost / count };

impl Statistic for OfSum {
    type Part = Sum;

    fn add(part: &mut Sum, value: f64) {
        part.add(value);
    }

    fn plain(&self, values: &[f64]) -> f64 {
        (self.plain)(values)
    }

    fn side_by_side(&self, columns: Columns<'_>, count: f64) -> Lanes {
        let mut sums = KahanLanes::default();
        columns.for_each(|column| sums.add(column));
        sums.map(|sum| if sum.sum.is_finite() { (self.quick)(sum, count) } else { f64::NAN })
    }

    fn of_part(&self, part: Sum, count: f64) -> Option<f64> {
        Some((self.quick)(part.reliable()?, count))
    }
}

fn sum(values: &[f64]) -> f64 {
    let mut sum = Kahan::default();
    for &value in values {
        sum.add(value);
    }
    sum.total_or_infinite()
}

/// The average as sum by count; once the sum would overflow, as a running mean.
pub(super) fn average(values: &[f64]) -> f64 {
    let Some((&first, rest)) = values.split_first() else { return f64::NAN };
    let mut sum = Kahan { sum: first, lost: 0.0 };
    for (at, &value) in rest.iter().enumerate() {
        let mut next = sum;
        next.add(value);
        if next.sum.is_infinite() {
            return running_mean(sum, at + 1, &rest[at..]);
        }
        sum = next;
    }
    let count = values.len() as f64;
    sum.sum / count + sum.lost / count
}

/// The mean of `count` values that add up to `sum`, and the values of `rest`.
fn running_mean(sum: Kahan, count: usize, rest: &[f64]) -> f64 {
    let before = count as f64;
    let mut mean = Kahan { sum: sum.sum / before, lost: sum.lost / before };
    for (at, &value) in rest.iter().enumerate() {
        let count = (count + at + 1) as f64;
        let share = (count - 1.0) / count;
        mean = Kahan { sum: share * mean.sum, lost: share * mean.lost };
        mean.add(value / count);
    }
    mean.total()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, almost_equal, run};

    #[test]
    fn blocks_agree_with_the_loop() {
        for case in Case::all() {
            for (function, plain) in FUNCTIONS.iter().zip([sum, average]) {
                let row = run(function, &case.input());
                for (step, edges) in case.edges().enumerate() {
                    match row.values[step] {
                        None => assert!(edges.is_empty()),
                        Some(got) => {
                            let want = plain(&case.values[edges]);
                            assert!(almost_equal(got, want), "{} step {step}: {got} {want}", case.name);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn whole_numbers_are_exact_in_blocks() {
        let case = Case::all().into_iter().find(|case| case.name.starts_with("counter [2000000ms]")).unwrap();
        let row = run(&FUNCTIONS[1], &case.input());
        for (step, edges) in case.edges().enumerate().filter(|(_, edges)| !edges.is_empty()) {
            assert_eq!(row.values[step], Some(average(&case.values[edges])));
        }
    }

    #[test]
    fn averages_neither_round_nor_overflow() {
        assert_eq!(average(&[52.0; 12]), 52.0);
        assert_eq!(average(&[1e308, 1e308, 1e308]), 1e308);
        assert_eq!(average(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(average(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(sum(&[f64::NEG_INFINITY, 1.0]), f64::NEG_INFINITY);
    }
}
