//! Smallest and largest float of a window, and when it was seen.

use super::ticker::Ticker;
use super::{Function, entry, float_steps, seconds};
use crate::column::{FloatColumn, Notes, RowMut};
use crate::functions::{RangeError, RangeInput};

pub(super) const FUNCTIONS: &[Function] = &[
    entry("min_over_time", "Smallest float in the range.", |input, out, notes| {
        sweep(input, out, notes, |old, new| new < old, value)
    }),
    entry("max_over_time", "Largest float in the range.", |input, out, notes| {
        sweep(input, out, notes, |old, new| new > old, value)
    }),
    Function {
        experimental: true,
        ..entry(
            "ts_of_min_over_time",
            "Time of the last float in the range that equals the smallest, in seconds.",
            |input, out, notes| sweep(input, out, notes, |old, new| new <= old, time),
        )
    },
    Function {
        experimental: true,
        ..entry(
            "ts_of_max_over_time",
            "Time of the last float in the range that equals the largest, in seconds.",
            |input, out, notes| sweep(input, out, notes, |old, new| new >= old, time),
        )
    },
];

fn value(floats: &FloatColumn<'_>, at: usize) -> f64 {
    floats.values[at]
}

fn time(floats: &FloatColumn<'_>, at: usize) -> f64 {
    seconds(floats.times[at])
}

/// The place of the extreme of one window; `replaces(old, new)` says whether a later sample beats an earlier one.
/// NaN is beaten by anything, even by NaN.
fn plain(values: &[f64], replaces: impl Fn(f64, f64) -> bool) -> usize {
    let mut best = 0;
    for (at, &new) in values.iter().enumerate() {
        if replaces(values[best], new) || values[best].is_nan() {
            best = at;
        }
    }
    best
}

/// Every sample enters the queue once and leaves it once: what a later sample beats can never be an extreme again.
/// The front of the queue is the extreme of the window.
fn sweep(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    replaces: impl Fn(f64, f64) -> bool,
    result: impl Fn(&FloatColumn<'_>, usize) -> f64,
) -> Result<(), RangeError> {
    let floats = &input.series.floats;
    let values = floats.values;
    let mut ticker = Ticker::new(input.cancel);
    let mut queue: Vec<usize> = Vec::new();
    let (mut front, mut entered) = (0, 0);
    let overlapping = input.float_edges.len() > 1;
    for (step, edges) in float_steps(input, notes) {
        let window = edges.range();
        ticker.tick(window.end.saturating_sub(entered.max(window.start)) + 1)?;
        if !overlapping {
            let best = plain(&values[window.clone()], &replaces);
            out.set_float(step, result(floats, window.start + best));
            continue;
        }
        for at in entered.max(window.start)..window.end {
            if values[at].is_nan() {
                continue;
            }
            while queue.len() > front && queue.last().is_some_and(|&old| replaces(values[old], values[at])) {
                queue.pop();
            }
            queue.push(at);
        }
        entered = entered.max(window.end);
        while queue.get(front).is_some_and(|&at| at < window.start) {
            front += 1;
        }
        // Nothing but NaN: upstream's loop ends at the last one.
        let best = queue.get(front).copied().unwrap_or(window.end - 1);
        out.set_float(step, result(floats, best));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, run};

    #[test]
    fn the_queue_finds_what_the_loop_finds() {
        for case in Case::all() {
            for function in FUNCTIONS {
                let row = run(function, &case.input());
                for (step, edges) in case.edges().enumerate() {
                    if edges.is_empty() {
                        assert!(row.values[step].is_none());
                        continue;
                    }
                    let values = &case.values[edges.clone()];
                    let best = edges.start
                        + match function.name {
                            "min_over_time" => plain(values, |old, new| new < old),
                            "max_over_time" => plain(values, |old, new| new > old),
                            "ts_of_min_over_time" => plain(values, |old, new| new <= old),
                            _ => plain(values, |old, new| new >= old),
                        };
                    let want =
                        if function.experimental { seconds(case.times[best]) } else { case.values[best] };
                    let got = row.values[step].map(f64::to_bits);
                    assert_eq!(got, Some(want.to_bits()), "{} {} step {step}", case.name, function.name);
                }
            }
        }
    }

    #[test]
    fn equal_extremes_keep_the_first_value_and_the_last_time() {
        let case = Case::new("zeros", &[-0.0, 0.0, 1.0, 0.0, -0.0, f64::NAN]);
        let at_end = |name: &str| {
            let function = FUNCTIONS.iter().find(|function| function.name == name).unwrap();
            run(function, &case.whole()).values[0].unwrap()
        };
        assert_eq!(at_end("min_over_time").to_bits(), (-0.0f64).to_bits());
        assert_eq!(at_end("ts_of_min_over_time"), 40.0);
        assert_eq!(at_end("max_over_time"), 1.0);
    }
}
