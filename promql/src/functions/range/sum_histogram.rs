//! Sum and average of the native histograms of a window.

use super::only_histograms;
use super::rate_histogram::compatible;
use super::ticker::Ticker;
use crate::column::{Note, Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::FloatHistogram;
use crate::model::histogram::{Combined, HistogramError, HistogramMean, HistogramSum};

/// The sum of the windows of histograms.
pub(super) fn sum(input: &RangeInput<'_>, out: &mut RowMut<'_>, notes: &mut Notes) -> Result<(), RangeError> {
    each(input, out, notes, |first, rest| {
        let mut sum = HistogramSum::new(first);
        for histogram in rest {
            sum.add(histogram)?;
        }
        Ok((sum.finish(), sum.combined()))
    })
}

/// The average of the windows of histograms.
pub(super) fn average(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
) -> Result<(), RangeError> {
    each(input, out, notes, |first, rest| {
        let mut mean = HistogramMean::new(first);
        for histogram in rest {
            mean.add(histogram)?;
        }
        Ok((mean.finish(), mean.combined()))
    })
}

fn each(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    fold: impl Fn(&FloatHistogram, &[FloatHistogram]) -> Result<(FloatHistogram, Combined), HistogramError>,
) -> Result<(), RangeError> {
    let mut ticker = Ticker::new(input.cancel);
    for (step, edges) in only_histograms(input) {
        let window = &input.series.histograms.values[edges.range()];
        ticker.tick(window.iter().map(|histogram| histogram.buckets.len() + 1).sum())?;
        let Some((result, combined)) = compatible(fold(&window[0], &window[1..]))? else {
            notes.raise(Note::MixedExponentialCustom);
            continue;
        };
        if combined.conflicting_resets {
            notes.raise(Note::ConflictingResets);
        }
        if combined.reconciled_bounds {
            notes.raise(Note::ReconciledBounds);
        }
        out.set_histogram(step, result);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::column::Note;
    use crate::functions::range::sum::FUNCTIONS;
    use crate::functions::range::testing::{Case, histogram, run};
    use crate::model::Sample;
    use crate::model::histogram::{CUSTOM_SCHEMA, ResetHint};

    fn case() -> Case {
        let mut case = Case::new("histograms", &[]);
        case.histogram_times = vec![0, 10_000, 20_000];
        case.histograms = vec![histogram(1.0), histogram(2.0), histogram(6.0)];
        case
    }

    #[test]
    fn sums_and_averages() {
        let counts = FUNCTIONS.iter().map(|function| match &run(function, &case().whole()).samples[0] {
            Some(Sample::Histogram(histogram)) => histogram.count,
            other => panic!("{other:?}"),
        });
        assert_eq!(counts.collect::<Vec<_>>(), [9.0, 3.0]);
    }

    #[test]
    fn conflicts_are_told() {
        let mut hints = case();
        hints.histograms[0].hint = ResetHint::Reset;
        hints.histograms[2].hint = ResetHint::NotReset;
        assert_eq!(run(&FUNCTIONS[0], &hints.whole()).notes, [Note::ConflictingResets]);
        hints.histograms[1].schema = CUSTOM_SCHEMA;
        for function in FUNCTIONS {
            let answer = run(function, &hints.whole());
            assert_eq!((answer.samples, answer.notes), (vec![None], vec![Note::MixedExponentialCustom]));
        }
    }

    #[test]
    fn windows_of_one_kind_have_values_beside_mixed_ones() {
        let mut case = case();
        case.times = vec![30_000, 40_000];
        case.values = vec![1.0, 2.0];
        case.windows.range = 20_000;
        case.windows.grid = crate::model::Grid::range(0, 60_000, 10_000);
        let answer = run(&FUNCTIONS[0], &case.input());
        let kinds = answer.samples.iter().map(|sample| match sample {
            None => '_',
            Some(Sample::Float(_)) => 'f',
            Some(Sample::Histogram(_)) => 'h',
        });
        let kinds: String = kinds.collect();
        assert_eq!((kinds.as_str(), answer.notes), ("hhh_ff_", vec![Note::MixedFloatsHistograms]));
    }
}
