//! Functions that count what happens between neighbouring samples: changes and resets.
//!
//! Each pair is looked at once a row; a window is a difference of two counts.

use super::any_sample::AnySample;
use super::start_time::Life;
use super::ticker::Ticker;
use super::{Function, entry};
use crate::column::{Notes, RowMut};
use crate::functions::{RangeError, RangeInput, Stats};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        anchored: true,
        stats: Stats::Off,
        ..entry("changes", "How often the value changed in the range.", changes)
    },
    Function {
        anchored: true,
        uses_start_times: true,
        ..entry("resets", "How often the counter was reset in the range.", resets)
    },
];

fn changes(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    let values = input.series.floats.values;
    let changed = |at: usize| {
        let (old, new) = (values[at - 1], values[at]);
        new != old && !(new.is_nan() && old.is_nan())
    };
    if input.series.histograms.is_empty() {
        return count(input, out, values.len(), changed);
    }
    count_merged(input, out, |old, new| match (old.histogram, new.histogram) {
        (None, None) => new.value != old.value && !(new.value.is_nan() && old.value.is_nan()),
        (Some(old), Some(new)) => new != old,
        _ => true,
    })
}

fn resets(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    let floats = input.series.floats;
    if input.series.histograms.is_empty() {
        return match floats.starts.filter(|_| input.start_times) {
            None => count(input, out, floats.len(), |at| floats.values[at] < floats.values[at - 1]),
            Some(starts) => count(input, out, floats.len(), |at| {
                let life = |at: usize| Life { start: starts[at], time: floats.times[at] };
                floats.values[at] < floats.values[at - 1] || life(at).is_reset_since(life(at - 1))
            }),
        };
    }
    count_merged(input, out, |old, new| match (old.histogram, new.histogram) {
        (None, None) => new.value < old.value || new.life.is_reset_since(old.life),
        (Some(before), Some(after)) => new.life.is_reset_since(old.life) || after.detect_reset(before),
        _ => true,
    })
}

/// Counts over both columns merged by time.
fn count_merged<'a>(
    input: &RangeInput<'a>,
    out: &mut RowMut<'_>,
    happened: impl Fn(AnySample<'a>, AnySample<'a>) -> bool,
) -> Result<(), RangeError> {
    let merged = AnySample::merged(input);
    count(input, out, merged.len(), |at| happened(merged[at - 1], merged[at]))
}

/// Writes how often something happened between a sample and the one before, per window of the merged columns.
fn count(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    samples: usize,
    happened: impl Fn(usize) -> bool,
) -> Result<(), RangeError> {
    let mut ticker = Ticker::new(input.cancel);
    // `so_far[at]`: how often up to sample `at`.
    let mut so_far = Vec::with_capacity(samples);
    let mut total = 0u32;
    for at in 0..samples {
        ticker.tick(1)?;
        total += u32::from(at > 0 && happened(at));
        so_far.push(total);
    }
    for (step, (floats, histograms)) in input.float_edges.iter().zip(input.histogram_edges).enumerate() {
        let (floats, histograms) = (floats.range(), histograms.range());
        let (from, to) = (floats.start + histograms.start, floats.end + histograms.end);
        if from >= to {
            continue;
        }
        let first = if input.anchored {
            let start = input.windows.start(step);
            let before = input.series.floats.times[floats].partition_point(|&time| time <= start)
                + input.series.histograms.times[histograms].partition_point(|&time| time <= start);
            if from + before == to {
                continue; // nothing after the anchor
            }
            from + before.saturating_sub(1)
        } else {
            from
        };
        out.set_float(step, f64::from(so_far[to - 1] - so_far[first]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, run};

    const CHANGES: &Function = &FUNCTIONS[0];
    const RESETS: &Function = &FUNCTIONS[1];

    fn plain(values: &[f64], happened: impl Fn(f64, f64) -> bool) -> f64 {
        values.windows(2).filter(|pair| happened(pair[0], pair[1])).count() as f64
    }

    #[test]
    fn counts_agree_with_a_loop_over_the_window() {
        for case in Case::all() {
            let (changes, resets) = (run(CHANGES, &case.input()), run(RESETS, &case.input()));
            for (step, edges) in case.edges().enumerate() {
                let values = &case.values[edges];
                let want = |count: f64| (!values.is_empty()).then_some(count);
                let changed = plain(values, |old, new| new != old && !(new.is_nan() && old.is_nan()));
                assert_eq!(changes.values[step], want(changed), "{}", case.name);
                assert_eq!(resets.values[step], want(plain(values, |old, new| new < old)), "{}", case.name);
            }
        }
    }

    #[test]
    fn a_change_of_type_is_a_change_and_a_reset() {
        let mut case = Case::new("mixed", &[1.0, 2.0]);
        case.times = vec![0, 30_000];
        case.histogram_times = vec![10_000, 20_000];
        case.histograms = vec![crate::model::FloatHistogram::default(); 2];
        assert_eq!(run(CHANGES, &case.whole()).values, [Some(2.0)]);
        assert_eq!(run(RESETS, &case.whole()).values, [Some(2.0)]);
    }

    #[test]
    fn anchored_counts_from_the_newest_sample_before_the_range() {
        let mut case = Case::new("anchored", &[1.0, 2.0, 3.0, 4.0]);
        case.anchored = true;
        assert_eq!(run(CHANGES, &case.at(30_000, 15_000)).values, [Some(2.0)]);
        assert_eq!(run(CHANGES, &case.at(45_000, 15_000)).values, [None]);
    }

    #[test]
    fn start_times_make_resets() {
        let mut case = Case::new("starts", &[1.0, 2.0, 3.0]);
        case.starts = Some(vec![-5, -5, 15_000]);
        assert_eq!(run(RESETS, &case.whole()).values, [Some(1.0)]);
    }
}
