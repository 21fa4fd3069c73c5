//! `rate`, `increase` and `delta` of native histograms.

use super::extent::Stretch;
use super::rate::Kind;
use super::start_time::Life;
use super::steady::Steady;
use super::ticker::Ticker;
use super::{duration_seconds, only_histograms};
use crate::column::{Cancel, HistogramColumn, Note, Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::FloatHistogram;
use crate::model::histogram::{Combined, HistogramError, ResetHint};

/// The windows of histograms.
pub(super) fn rate(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    kind: Kind,
) -> Result<(), RangeError> {
    let starts = input.series.histograms.starts.filter(|_| kind.counter && input.start_times);
    let series = HistogramColumn { starts, ..input.series.histograms };
    let resets = if kind.counter { resets(&series, input.cancel)? } else { Vec::new() };
    let mut steady = Steady::new(input, &series, &resets, kind);
    let mut ticker = Ticker::new(input.cancel);
    let mut overlapping_windows = 0;
    for (step, edges) in only_histograms(input) {
        let window = edges.range();
        if steady.take(step, window.clone()) {
            ticker.tick(1)?;
            continue;
        }
        ticker.tick(window.len())?;
        let mut said = Said::default();
        let samples = series.slice(window.start, window.end);
        let resets = resets.get(window).unwrap_or_default();
        if let Some(histogram) = plain(input, step, &samples, resets, kind, &mut said)? {
            out.set_histogram(step, histogram);
        }
        overlapping_windows += u64::from(said.overlap);
        said.notes.drain().for_each(|note| notes.raise(note));
    }
    steady.write(out);
    if overlapping_windows > 0 {
        notes.raise(Note::OverlappingStartTime(overlapping_windows));
    }
    Ok(())
}

/// What one window has to say; some ways out forget it.
#[derive(Default)]
struct Said {
    notes: Notes,
    overlap: bool,
}

impl Said {
    /// Exponential and custom buckets met in the middle of the work: nothing else matters.
    fn only_mixed(&mut self) {
        *self = Said::default();
        self.notes.raise(Note::MixedExponentialCustom);
    }
}

/// The result if the histograms could be combined. A mix of exponential and custom buckets is told by `None`, broken
/// layouts fail the query.
pub(super) fn compatible<T>(result: Result<T, HistogramError>) -> Result<Option<T>, RangeError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(HistogramError::IncompatibleSchema) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Says that bounds were reconciled, if they were. Conflicting hints are of no interest: resets are looked for.
pub(super) fn note_bounds(combined: Combined, note: Note, notes: &mut Notes) {
    if combined.reconciled_bounds {
        notes.raise(note);
    }
}

fn life(samples: &HistogramColumn<'_>, at: usize) -> Life {
    Life { start: samples.start(at), time: samples.times[at] }
}

/// Whether each histogram tells of a reset since the one before it. Windows overlap, so every pair is compared once.
fn resets(series: &HistogramColumn<'_>, cancel: &Cancel) -> Result<Vec<bool>, RangeError> {
    let mut ticker = Ticker::new(cancel);
    let mut resets = Vec::with_capacity(series.len());
    for (at, histogram) in series.values.iter().enumerate() {
        ticker.tick(histogram.buckets.len() + 1)?;
        let reset = at > 0
            && (life(series, at).is_reset_since(life(series, at - 1))
                || histogram.detect_reset(&series.values[at - 1]));
        resets.push(reset);
    }
    Ok(resets)
}

fn plain(
    input: &RangeInput<'_>,
    step: usize,
    samples: &HistogramColumn<'_>,
    resets: &[bool],
    kind: Kind,
    said: &mut Said,
) -> Result<Option<FloatHistogram>, RangeError> {
    let (first, count) = (&samples.values[0], samples.len());
    let stretch = Stretch {
        window: (input.windows.start(step), input.windows.end(step)),
        samples: (samples.times[0], samples.times[count - 1]),
        count,
    };
    let birth = stretch.birth(samples.start(0));
    let mut result = match count {
        1 if birth.is_some() => first.clone(),
        1 => return Ok(None),
        _ => {
            let Some(mut difference) = difference(samples, resets, kind, said)? else { return Ok(None) };
            if birth.is_some() {
                let Some(combined) = compatible(difference.add(first))? else {
                    said.notes.raise(Note::MixedExponentialCustom);
                    return Ok(None);
                };
                note_bounds(combined, Note::ReconciledBoundsInAddition, &mut said.notes);
            }
            difference
        }
    };
    let zero = (kind.counter && result.count > 0.0 && first.count >= 0.0).then(|| first.count / result.count);
    let mut factor = stretch.factor(birth, zero);
    if kind.per_second {
        factor /= duration_seconds(input.windows.range);
    }
    result.mul(factor);
    Ok(Some(result))
}

/// Last minus first, for counters with what `resets` in between have lost. At least two samples.
fn difference(
    samples: &HistogramColumn<'_>,
    resets: &[bool],
    kind: Kind,
    said: &mut Said,
) -> Result<Option<FloatHistogram>, RangeError> {
    let (first, second) = (&samples.values[0], &samples.values[1]);
    let (middle, last) = (&samples.values[1..samples.len() - 1], &samples.values[samples.len() - 1]);
    let is_gauge = |histogram: &FloatHistogram| histogram.hint == ResetHint::Gauge;
    if kind.counter && (is_gauge(first) || is_gauge(last)) {
        said.notes.raise(Note::HistogramNotCounter);
    }
    // After a reset the first sample does not count, so its buckets need not fit.
    let zeroed = (kind.counter && resets[1]).then(|| second.zeroed());
    let mut previous = zeroed.as_ref().unwrap_or(first);

    let custom = previous.uses_custom_buckets();
    if last.uses_custom_buckets() != custom {
        said.notes.raise(Note::MixedExponentialCustom);
        return Ok(None);
    }
    let mut schema = last.schema.min(previous.schema);
    for histogram in middle.iter().filter(|_| kind.counter) {
        if is_gauge(histogram) {
            said.notes.raise(Note::HistogramNotCounter);
        }
        schema = schema.min(histogram.schema);
        if histogram.uses_custom_buckets() != custom {
            said.only_mixed();
            return Ok(None);
        }
    }

    let mut result = last.copy_to_schema(schema)?;
    let Some(combined) = compatible(result.sub(previous))? else {
        said.only_mixed();
        return Ok(None);
    };
    note_bounds(combined, Note::ReconciledBoundsInSubtraction, &mut said.notes);
    if kind.counter {
        for (at, histogram) in samples.values.iter().enumerate().skip(1) {
            let (before, now) = (life(samples, at - 1), life(samples, at));
            said.overlap |= now.overlaps(before);
            // The second sample may even have grown from nothing.
            let reset = match &zeroed {
                Some(zeroed) if at == 1 => now.is_reset_since(before) || histogram.detect_reset(zeroed),
                _ => resets[at],
            };
            if reset {
                let Some(combined) = compatible(result.add(previous))? else {
                    said.only_mixed();
                    return Ok(None);
                };
                note_bounds(combined, Note::ReconciledBoundsInAddition, &mut said.notes);
            }
            previous = histogram;
        }
    } else if !is_gauge(first) || !is_gauge(last) {
        said.notes.raise(Note::HistogramNotGauge);
    }
    result.hint = ResetHint::Gauge;
    result.compact(0);
    Ok(Some(result))
}

#[cfg(test)]
mod tests {
    use crate::column::Note;
    use crate::functions::range::rate::FUNCTIONS;
    use crate::functions::range::testing::{Case, histogram, run};
    use crate::model::Sample;
    use crate::model::histogram::{CUSTOM_SCHEMA, ResetHint};

    fn case(counts: &[f64]) -> Case {
        let mut case = Case::new("histograms", &[]);
        case.histogram_times = (0..counts.len() as i64).map(|at| at * 60_000).collect();
        case.histograms = counts.iter().map(|&count| histogram(count)).collect();
        case
    }

    fn increase(case: &Case) -> (Option<f64>, Vec<Note>) {
        let last = case.histogram_times.last().unwrap();
        let answer = run(&FUNCTIONS[1], &case.at(*last, last + 1));
        let count = answer.samples[0].as_ref().map(|sample| match sample {
            Sample::Histogram(histogram) => {
                assert_eq!(histogram.hint, ResetHint::Gauge);
                assert_eq!(histogram.buckets.iter().sum::<f64>(), histogram.count);
                // The window is a millisecond longer than the samples reach.
                histogram.count.round()
            }
            Sample::Float(_) => panic!("a float"),
        });
        (count, answer.notes)
    }

    #[test]
    fn histograms_increase() {
        assert_eq!(increase(&case(&[2.0, 5.0, 9.0])), (Some(7.0), vec![]));
        assert_eq!(increase(&case(&[5.0, 2.0, 9.0])).0, Some(9.0));
        assert_eq!(increase(&case(&[4.0])), (None, vec![]));
    }

    #[test]
    fn steady_windows_give_the_bits_of_the_loop() {
        use super::{HistogramColumn, Kind, Said, plain, rate, resets};
        use crate::column::{Notes, Tile};
        use crate::functions::range::testing::Random;
        use crate::model::Grid;
        let mut random = Random::new(7);
        for round in 0..200 {
            let mut counts = 3.0;
            let counts: Vec<f64> = (0..40)
                .map(|_| {
                    match random.below(if round % 2 == 0 { 1000 } else { 12 }) {
                        0 => counts = 1.0,
                        1 => {}
                        other => counts += other as f64 / 7.0,
                    }
                    counts
                })
                .collect();
            let mut case = case(&counts);
            for histogram in &mut case.histograms {
                match random.below(if round % 3 == 0 { 1000 } else { 25 }) {
                    0 => histogram.hint = ResetHint::Gauge,
                    1 => histogram.hint = ResetHint::NotReset,
                    2 => histogram.mul(0.5),
                    _ => {}
                }
            }
            case.windows.grid = Grid::range(0, 2_500_000, 37_000);
            case.windows.range = 60_000 * (1 + random.below(6) as i64) + 1;
            let kind = Kind { counter: round % 5 != 0, per_second: round % 2 == 0 };
            let input = case.input();
            input.with(|input| {
                let mut tile = Tile::new(1, input.windows.grid.len);
                rate(input, &mut tile.row_mut(0), &mut Notes::default(), kind).unwrap();
                let series: HistogramColumn<'_> = input.series.histograms;
                let resets = if kind.counter { resets(&series, input.cancel).unwrap() } else { Vec::new() };
                for (step, edges) in input.histogram_edges.iter().enumerate() {
                    let window = edges.range();
                    let resets = resets.get(window.clone()).unwrap_or_default();
                    let want = match window.len() {
                        0 => None,
                        _ => {
                            let samples = series.slice(window.start, window.end);
                            plain(input, step, &samples, resets, kind, &mut Said::default()).unwrap()
                        }
                    };
                    let row = tile.row(0);
                    assert_eq!(row.histogram(step), want.as_ref(), "round {round} step {step}");
                    assert_eq!(row.histogram(step).map(|h| h.hint), want.map(|h| h.hint));
                }
            });
        }
    }

    #[test]
    fn kinds_and_hints_are_told() {
        let mut gauges = case(&[2.0, 5.0]);
        gauges.histograms[0].hint = ResetHint::Gauge;
        assert_eq!(increase(&gauges), (Some(3.0), vec![Note::HistogramNotCounter]));
        let mut mixed = case(&[2.0, 5.0, 7.0, 9.0]);
        mixed.histograms[1].hint = ResetHint::Gauge;
        mixed.histograms[2].schema = CUSTOM_SCHEMA;
        assert_eq!(increase(&mixed), (None, vec![Note::MixedExponentialCustom]));
        let mut both = case(&[2.0, 5.0]);
        both.times = vec![30_000];
        both.values = vec![1.0];
        assert_eq!(increase(&both), (None, vec![Note::MixedFloatsHistograms]));
        let last = run(&FUNCTIONS[2], &case(&[2.0, 5.0]).at(60_000, 70_000));
        assert_eq!(last.notes, [Note::HistogramNotGauge]);
    }
}
