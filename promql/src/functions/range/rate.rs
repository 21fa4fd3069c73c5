//! `rate`, `increase` and `delta`: the difference between the first and the last sample of a window, stretched to
//! the whole window.

use super::extent::Stretch;
use super::start_time::Life;
use super::ticker::Ticker;
use super::{Function, duration_seconds, entry, extended, extended_histogram, only_floats, rate_histogram};
use crate::column::{Edges, FloatColumn, Note, Notes, RowMut, bits};
use crate::functions::{RangeError, RangeInput};
use std::ops::Range;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        anchored: true,
        smoothed: true,
        wants_counter: true,
        uses_start_times: true,
        ..entry("rate", "Increase of a counter per second over the range.", |input, out, notes| {
            run(input, out, notes, Kind { counter: true, per_second: true })
        })
    },
    Function {
        anchored: true,
        smoothed: true,
        wants_counter: true,
        uses_start_times: true,
        ..entry("increase", "Increase of a counter over the range.", |input, out, notes| {
            run(input, out, notes, Kind { counter: true, per_second: false })
        })
    },
    Function {
        anchored: true,
        smoothed: true,
        ..entry("delta", "Difference of a gauge over the range.", |input, out, notes| {
            run(input, out, notes, Kind { counter: false, per_second: false })
        })
    },
];

/// What tells the three functions apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// Resets are made up for.
    pub(super) counter: bool,
    /// The result is divided by the length of the range.
    pub(super) per_second: bool,
}

fn run(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    kind: Kind,
) -> Result<(), RangeError> {
    if input.anchored || input.smoothed {
        extended::rate(input, out, notes, kind)?;
        return extended_histogram::rate(input, out, notes, kind);
    }
    floats(input, out, notes, kind)?;
    rate_histogram::rate(input, out, notes, kind)
}

/// Where a column says that its counter was reset: by a smaller value, or by a start time.
///
/// Resets are rare, so a window walks the list and adds in the same order as a loop over all of its samples would.
#[derive(Debug, Default)]
pub(super) struct Resets(Vec<usize>);

impl FromIterator<usize> for Resets {
    fn from_iter<T: IntoIterator<Item = usize>>(places: T) -> Self {
        Resets(places.into_iter().collect())
    }
}

impl Resets {
    pub(super) fn of(floats: &FloatColumn<'_>) -> Resets {
        let falls = |at: usize| floats.values[at] < floats.values[at - 1];
        // Most stretches of a counter have no reset at all, which is quickly told without branches.
        let pairs = floats.values.iter().zip(floats.values.get(1..).unwrap_or_default());
        if floats.starts.is_none() && !pairs.fold(false, |any, (before, after)| any | (after < before)) {
            return Resets::default();
        }
        let places = 1..floats.len();
        Resets(match floats.starts {
            None => places.filter(|&at| falls(at)).collect(),
            Some(_) => places
                .filter(|&at| falls(at) || life(floats, at).is_reset_since(life(floats, at - 1)))
                .collect(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The samples in `range` before which there was a reset.
    pub(super) fn within(&self, range: Range<usize>) -> &[usize] {
        if self.0.is_empty() {
            return &[];
        }
        let from = self.0.partition_point(|&at| at < range.start);
        let len = self.0[from..].partition_point(|&at| at < range.end);
        &self.0[from..][..len]
    }
}

pub(super) fn life(floats: &FloatColumn<'_>, at: usize) -> Life {
    Life { start: floats.start(at), time: floats.times[at] }
}

fn floats(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    kind: Kind,
) -> Result<(), RangeError> {
    let starts = input.series.floats.starts.filter(|_| kind.counter && input.start_times);
    let floats = FloatColumn { starts, ..input.series.floats };
    let edges = only_floats(input, notes);
    let resets = if kind.counter { Resets::of(&floats) } else { Resets::default() };
    if starts.is_none() && edges.len() > FEW {
        return by_extents(input, &edges, &resets, out, notes, kind);
    }
    let overlaps = match starts {
        None => Resets::default(),
        Some(_) => {
            (1..floats.len()).filter(|&at| life(&floats, at).overlaps(life(&floats, at - 1))).collect()
        }
    };
    let mut overlapping_windows = 0;
    let range_seconds = duration_seconds(input.windows.range);
    let mut ticker = Ticker::new(input.cancel);
    let mut any = false;
    for (step, edges) in edges.iter().enumerate() {
        if edges.is_empty() {
            continue;
        }
        let window = edges.range();
        let (first, last) = (window.start, window.end - 1);
        let inner = first + 1..window.end;
        overlapping_windows += u64::from(!overlaps.within(inner.clone()).is_empty());
        let end = input.windows.end(step);
        let stretch = Stretch {
            window: (end.saturating_sub(input.windows.range), end),
            samples: (floats.times[first], floats.times[last]),
            count: window.len(),
        };
        let birth = stretch.birth(floats.start(first));
        if stretch.count == 1 && birth.is_none() {
            continue;
        }
        let before = floats.values[first];
        let mut difference = floats.values[last] - before;
        let resets = resets.within(inner);
        ticker.tick(resets.len() + 1)?;
        for &at in resets {
            difference += floats.values[at - 1];
        }
        if birth.is_some() {
            difference += before;
        }
        let zero = (kind.counter && difference > 0.0 && before >= 0.0).then(|| before / difference);
        let mut factor = stretch.factor(birth, zero);
        if kind.per_second {
            factor /= range_seconds;
        }
        out.set_float(step, difference * factor);
        any = true;
    }
    if overlapping_windows > 0 {
        notes.raise(Note::OverlappingStartTime(overlapping_windows));
    }
    if any && kind.counter {
        notes.raise(Note::CounterOutput);
    }
    Ok(())
}

/// So few windows are not worth being laid out.
const FEW: usize = 4;

/// As [`floats`], without start times: there everything but the values is known from the series before, or found once
/// for those behind.
fn by_extents(
    input: &RangeInput<'_>,
    edges: &[Edges],
    resets: &Resets,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    kind: Kind,
) -> Result<(), RangeError> {
    let divisor = kind.per_second.then(|| duration_seconds(input.windows.range));
    let floats = &input.series.floats;
    let pairs = input.extents.pairs(input.windows, input.float_edges, floats.times, divisor);
    if resets.is_empty() && input.series.histograms.is_empty() {
        let near = pairs.stretch(floats.values, out.values);
        if !(near && kind.counter) {
            out.floats.copy_from_slice(&pairs.present);
            if kind.counter && bits::any(&pairs.present) {
                notes.raise(Note::CounterOutput);
            }
            return Ok(());
        }
    }
    let mut ticker = Ticker::new(input.cancel);
    let mut any = false;
    for (step, extent) in pairs.steps.clone().zip(&pairs.extents) {
        let window = edges[step].range();
        if window.len() < 2 {
            continue;
        }
        let before = floats.values[window.start];
        let mut difference = floats.values[window.end - 1] - before;
        if !resets.is_empty() {
            let resets = resets.within(window.start + 1..window.end);
            ticker.tick(resets.len() + 1)?;
            for &at in resets {
                difference += floats.values[at - 1];
            }
        }
        let factor = match kind.counter {
            true => extent.counter_factor(before, difference, divisor),
            false => extent.factor,
        };
        out.set_float(step, difference * factor);
        any = true;
    }
    if any && kind.counter {
        notes.raise(Note::CounterOutput);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, run};
    use crate::model::Millis;

    pub(super) const INCREASE: &Function = &FUNCTIONS[1];

    /// Upstream's definition, sample by sample.
    fn plain(case: &Case, edges: Range<usize>, step: usize, kind: Kind) -> Option<f64> {
        let (times, values) = (&case.times[edges.clone()], &case.values[edges]);
        if values.len() < 2 {
            return None;
        }
        let (start, end) = (case.windows.start(step), case.windows.end(step));
        let mut result = values[values.len() - 1] - values[0];
        for pair in values.windows(2).filter(|pair| kind.counter && pair[1] < pair[0]) {
            result += pair[0];
        }
        let mut to_start = (times[0] - start) as f64 / 1000.0;
        let mut to_end = (end - times[times.len() - 1]) as f64 / 1000.0;
        let sampled = (times[times.len() - 1] - times[0]) as f64 / 1000.0;
        let average = sampled / (values.len() - 1) as f64;
        if to_start >= average * 1.1 {
            to_start = average / 2.0;
        }
        if kind.counter && result > 0.0 && values[0] >= 0.0 {
            to_start = to_start.min(sampled * (values[0] / result));
        }
        if to_end >= average * 1.1 {
            to_end = average / 2.0;
        }
        let mut factor = (sampled + to_start + to_end) / sampled;
        if kind.per_second {
            factor /= case.windows.range as f64 / 1000.0;
        }
        Some(result * factor)
    }

    #[test]
    fn sparse_resets_give_the_bits_of_the_loop() {
        let kinds = [(true, true), (true, false), (false, false)];
        for case in Case::all() {
            for (function, (counter, per_second)) in FUNCTIONS.iter().zip(kinds) {
                let row = run(function, &case.input());
                for (step, edges) in case.edges().enumerate() {
                    let want = plain(&case, edges, step, Kind { counter, per_second });
                    let (got, want) = (row.values[step].map(f64::to_bits), want.map(f64::to_bits));
                    assert_eq!(got, want, "{} {} step {step}", case.name, function.name);
                }
            }
        }
    }

    #[test]
    fn a_window_alone_gives_what_it_gives_among_many() {
        for case in Case::all() {
            for function in FUNCTIONS {
                let row = run(function, &case.input());
                for step in (0..row.values.len()).step_by(17) {
                    let one = run(function, &case.at(case.windows.end(step), case.windows.range));
                    let (got, want) = (one.values[0].map(f64::to_bits), row.values[step].map(f64::to_bits));
                    assert_eq!(got, want, "{} {} step {step}", case.name, function.name);
                }
            }
        }
    }

    #[test]
    fn increases_are_stretched_to_the_range() {
        let mut case = Case::new("data", &[1.0, 2.0, 3.0, 4.0, 5.0, 9.0, 10.0, 11.0, 12.0, 13.0]);
        for (at, time) in case.times.iter_mut().enumerate() {
            *time = at as Millis * 15_000;
        }
        let at = |end| run(INCREASE, &case.at(end, 60_000)).values[0].unwrap();
        assert!((at(20_000) - 1.8333333333333333).abs() < 1e-15);
        assert_eq!(at(80_000), 8.0);
        assert_eq!(at(125_000), 4.0);
    }

    #[test]
    fn a_start_time_in_the_range_is_a_zero() {
        let mut case = Case::new("starts", &[1.0, 2.0, 3.0, 4.0]);
        case.times = vec![120_000, 180_000, 240_000, 300_000];
        let increase = |case: &Case| run(INCREASE, &case.at(360_000, 300_000)).values[0];
        assert_eq!(increase(&case), Some(5.0));
        case.starts = Some(vec![90_000; 4]);
        assert!((increase(&case).unwrap() - 5.142857142857142).abs() < 1e-14);
        let mut one = Case::new("one", &[3.0]);
        one.times = vec![240_000];
        assert_eq!(increase(&one), None);
        one.starts = Some(vec![90_000]);
        assert_eq!(increase(&one), Some(3.0));
    }

    #[test]
    fn counters_say_what_they_made() {
        let mut case = Case::new("starts", &[1.0, 2.0, 3.0]);
        assert_eq!(run(INCREASE, &case.whole()).notes, [Note::CounterOutput]);
        case.starts = Some(vec![-5, -5, 5_000]);
        let notes = run(INCREASE, &case.whole()).notes;
        assert_eq!(notes, [Note::OverlappingStartTime(1), Note::CounterOutput]);
    }
}
