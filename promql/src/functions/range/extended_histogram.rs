//! Native histograms under `anchored` and `smoothed`.

use super::extended::EdgeSamples;
use super::rate::Kind;
use super::rate_histogram::{compatible, note_bounds};
use super::ticker::Ticker;
use super::{duration_seconds, only_histograms};
use crate::column::{HistogramColumn, Note, Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::histogram::{HistogramError, ResetHint};
use crate::model::{FloatHistogram, Millis};

/// The histogram between two neighbours of which `before` is the first. A counter that was reset has started from
/// zero.
///
/// # Errors
/// If the two cannot be combined.
pub(crate) fn between(
    series: &HistogramColumn<'_>,
    before: usize,
    time: Millis,
    counter: bool,
    notes: &mut Notes,
) -> Result<FloatHistogram, HistogramError> {
    let (from, to) = (&series.values[before], &series.values[before + 1]);
    let (from_time, to_time) = (series.times[before], series.times[before + 1]);
    if time == from_time {
        return Ok(from.clone());
    }
    if time == to_time {
        return Ok(to.clone());
    }
    let part = time.saturating_sub(from_time) as f64 / to_time.saturating_sub(from_time) as f64;
    let mut result = to.clone();
    if counter && to.detect_reset(from) {
        result.mul(part);
        return Ok(result);
    }
    note_bounds(result.sub(from)?, Note::ReconciledBoundsInSubtraction, notes);
    result.mul(part);
    note_bounds(result.add(from)?, Note::ReconciledBoundsInAddition, notes);
    Ok(result)
}

/// `rate`, `increase` and `delta` of the windows of histograms.
pub(super) fn rate(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    kind: Kind,
) -> Result<(), RangeError> {
    let series = &input.series.histograms;
    let mut ticker = Ticker::new(input.cancel);
    let mut samples = EdgeSamples::default();
    for (step, edges) in only_histograms(input) {
        let window = edges.range();
        ticker.tick(window.len())?;
        let (start, end) = (input.windows.start(step), input.windows.end(step));
        let Some((first, last)) = samples.find(series.times, window.clone(), (start, end), input.smoothed)
        else {
            continue;
        };
        if input.smoothed && series.times[first] > end {
            continue;
        }
        let extended = Extended {
            series,
            first,
            last,
            between_left: input.smoothed && series.times[first] < start,
            between_right: input.smoothed && last > window.start && series.times[last] > end,
        };
        if let Some(mut result) = extended.difference((start, end), kind, notes)? {
            if kind.per_second {
                result.div(duration_seconds(input.windows.range));
            }
            result.hint = ResetHint::Gauge;
            result.compact(0);
            out.set_histogram(step, result);
        }
    }
    Ok(())
}

/// The samples that stand for the edges of a window, and whether the edges lie between samples.
struct Extended<'a> {
    series: &'a HistogramColumn<'a>,
    first: usize,
    last: usize,
    between_left: bool,
    between_right: bool,
}

impl Extended<'_> {
    /// The difference between the edges, for counters with what resets have lost.
    fn difference(
        &self,
        (start, end): (Millis, Millis),
        kind: Kind,
        notes: &mut Notes,
    ) -> Result<Option<FloatHistogram>, RangeError> {
        if !self.is_uniform(kind, notes) {
            return Ok(None);
        }
        let result = self.combine((start, end), kind, notes);
        let result = compatible(result)?;
        if result.is_none() {
            notes.raise(Note::MixedExponentialCustom);
        }
        Ok(result)
    }

    /// Exponential and custom buckets do not go together; gauges are told of.
    fn is_uniform(&self, kind: Kind, notes: &mut Notes) -> bool {
        let samples = &self.series.values[self.first..=self.last];
        for histogram in samples {
            if histogram.uses_custom_buckets() != samples[0].uses_custom_buckets() {
                notes.raise(Note::MixedExponentialCustom);
                return false;
            }
            if kind.counter && histogram.hint == ResetHint::Gauge {
                notes.raise(Note::HistogramNotCounter);
            }
        }
        true
    }

    fn combine(
        &self,
        (start, end): (Millis, Millis),
        kind: Kind,
        notes: &mut Notes,
    ) -> Result<FloatHistogram, HistogramError> {
        let left = match self.between_left {
            true => between(self.series, self.first, start, kind.counter, notes)?,
            false => self.series.values[self.first].clone(),
        };
        let right = match self.between_right {
            true => between(self.series, self.last - 1, end, kind.counter, notes)?,
            false => self.series.values[self.last].clone(),
        };
        if !kind.counter && (left.hint != ResetHint::Gauge || right.hint != ResetHint::Gauge) {
            notes.raise(Note::HistogramNotGauge);
        }
        let mut result = right.clone();
        note_bounds(result.sub(&left)?, Note::ReconciledBoundsInSubtraction, notes);
        if kind.counter
            && let Some(lost) = self.lost(&left, &right, notes)?
        {
            note_bounds(result.add(&lost)?, Note::ReconciledBoundsInAddition, notes);
        }
        Ok(result)
    }

    /// What resets between the edges have lost.
    ///
    /// The edges stand for the outermost samples: the right one has the hint of its sample, and a reset that the left
    /// one was interpolated across is in it already.
    fn lost(
        &self,
        left: &FloatHistogram,
        right: &FloatHistogram,
        notes: &mut Notes,
    ) -> Result<Option<FloatHistogram>, HistogramError> {
        let samples = self.series.values;
        let (mut previous, mut from) = (left, self.first + 1);
        if self.between_left && samples[from].detect_reset(&samples[self.first]) {
            previous = &samples[from];
            from += 1;
        }
        if from > self.last {
            return Ok(None);
        }
        let mut lost: Option<FloatHistogram> = None;
        for histogram in samples[from..self.last].iter().chain([right]) {
            if histogram.detect_reset(previous) {
                match &mut lost {
                    None => lost = Some(previous.clone()),
                    Some(lost) => {
                        note_bounds(lost.add(previous)?, Note::ReconciledBoundsInAddition, notes);
                    }
                }
            }
            previous = histogram;
        }
        Ok(lost)
    }
}

#[cfg(test)]
mod tests {
    use crate::column::Note;
    use crate::functions::range::rate::FUNCTIONS;
    use crate::functions::range::testing::{Case, histogram, run};
    use crate::model::Sample;

    fn count(case: &Case, end: i64, range: i64) -> Option<f64> {
        run(&FUNCTIONS[1], &case.at(end, range)).samples[0].as_ref().map(|sample| match sample {
            Sample::Histogram(histogram) => histogram.count,
            Sample::Float(_) => panic!("a float"),
        })
    }

    fn case(counts: &[f64]) -> Case {
        let mut case = Case::new("histograms", &[]);
        case.histogram_times = (0..counts.len() as i64).map(|at| at * 60_000).collect();
        case.histograms = counts.iter().map(|&count| histogram(count)).collect();
        case
    }

    #[test]
    fn edges_are_sampled_or_interpolated() {
        let mut case = case(&[10.0, 20.0, 30.0, 40.0]);
        case.anchored = true;
        assert_eq!(count(&case, 150_000, 60_000), Some(10.0));
        (case.anchored, case.smoothed) = (false, true);
        assert_eq!(count(&case, 150_000, 60_000), Some(10.0));
        assert_eq!(count(&case, 90_000, 60_000), Some(10.0));
        assert_eq!(count(&case, -30_000, 60_000), None);
    }

    #[test]
    fn resets_are_made_up_for() {
        let mut case = case(&[10.0, 20.0, 4.0, 8.0]);
        case.anchored = true;
        assert_eq!(count(&case, 180_000, 180_000), Some(18.0));
        (case.anchored, case.smoothed) = (false, true);
        // From 2, halfway into the reset, to 6.
        assert_eq!(count(&case, 150_000, 60_000), Some(4.0));
    }

    #[test]
    fn floats_in_the_lookback_are_a_mix() {
        let mut case = case(&[10.0, 20.0]);
        case.times = vec![-10_000];
        case.values = vec![1.0];
        case.anchored = true;
        let answer = run(&FUNCTIONS[0], &case.at(60_000, 30_000));
        assert_eq!((answer.samples[0].is_none(), answer.notes), (true, vec![Note::MixedFloatsHistograms]));
    }
}
