//! `rate`, `increase` and `delta` of native histograms.

use super::extent::Stretch;
use super::rate::{Kind, Resets};
use super::start_time::Life;
use super::steady::steady;
use super::ticker::Ticker;
use super::{duration_seconds, only_histograms};
use crate::column::{Cancel, HistogramColumn, Note, Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::histogram::{CUSTOM_SCHEMA, Combined, HistogramError, HistogramTable, ResetHint};
use crate::model::{FloatHistogram, Millis};
use std::ops::Range;

/// The windows of histograms.
pub(super) fn rate(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    kind: Kind,
) -> Result<(), RangeError> {
    let HistogramColumn { times, values, starts } = input.series.histograms;
    let starts = starts.filter(|_| kind.counter && input.start_times);
    let mut own = HistogramTable::default();
    let (table, first) = values.rows(&mut own);
    let series = Series { table, first, times, starts };
    let resets = if kind.counter { series.resets(input.cancel)? } else { Resets::default() };
    let mut steady = steady(input, &series, &resets, kind);
    let mut ticker = Ticker::new(input.cancel);
    let mut overlapping_windows = 0;
    let mut rows = HistogramTable::default();
    for (step, edges) in only_histograms(input) {
        let window = edges.range();
        rows.push_empty(step - rows.len());
        if steady.as_mut().is_some_and(|steady| steady.take(step, window.clone(), &mut rows)) {
            ticker.tick(1)?;
            continue;
        }
        ticker.tick(window.len())?;
        let mut said = Said::default();
        if let Some(histogram) = plain(input, step, &series, window, &resets, kind, &mut said)? {
            rows.push(&histogram);
        }
        overlapping_windows += u64::from(said.overlap);
        said.notes.drain().for_each(|note| notes.raise(note));
    }
    if rows.runs().next().is_some() {
        rows.push_empty(out.len() - rows.len());
        out.set_table(rows);
    }
    if overlapping_windows > 0 {
        notes.raise(Note::OverlappingStartTime(overlapping_windows));
    }
    Ok(())
}

/// The histograms of a series as rows of a table.
pub(super) struct Series<'a> {
    pub(super) table: &'a HistogramTable,
    /// The row of the first one.
    pub(super) first: usize,
    pub(super) times: &'a [Millis],
    pub(super) starts: Option<&'a [Millis]>,
}

impl Series<'_> {
    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    pub(super) fn rows(&self) -> Range<usize> {
        self.first..self.first + self.len()
    }

    /// The row of a sample.
    pub(super) fn row(&self, at: usize) -> usize {
        self.first + at
    }

    fn histogram(&self, at: usize) -> FloatHistogram {
        self.table.histogram(self.row(at))
    }

    fn life(&self, at: usize) -> Life {
        Life { start: self.starts.map_or(0, |starts| starts[at]), time: self.times[at] }
    }

    fn any_gauge(&self, samples: Range<usize>) -> bool {
        self.table.hints[self.row(samples.start)..self.row(samples.end)].contains(&ResetHint::Gauge)
    }

    /// Before which samples there was a reset. Windows overlap, so every pair is compared once.
    fn resets(&self, cancel: &Cancel) -> Result<Resets, RangeError> {
        let mut ticker = Ticker::new(cancel);
        let mut resets = Vec::new();
        for (at, &hint) in self.table.hints[self.rows()].iter().enumerate().skip(1) {
            if hint == ResetHint::NotReset && self.starts.is_none() {
                continue;
            }
            ticker.tick(1)?;
            if self.life(at).is_reset_since(self.life(at - 1)) || self.table.detects_reset(self.row(at)) {
                resets.push(at);
            }
        }
        Ok(resets.into_iter().collect())
    }
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

fn plain(
    input: &RangeInput<'_>,
    step: usize,
    series: &Series<'_>,
    window: Range<usize>,
    resets: &Resets,
    kind: Kind,
    said: &mut Said,
) -> Result<Option<FloatHistogram>, RangeError> {
    let first = series.histogram(window.start);
    let stretch = Stretch {
        window: (input.windows.start(step), input.windows.end(step)),
        samples: (series.times[window.start], series.times[window.end - 1]),
        count: window.len(),
    };
    let birth = stretch.birth(series.life(window.start).start);
    let before = first.count;
    let mut result = match window.len() {
        1 if birth.is_some() => first,
        1 => return Ok(None),
        _ => {
            let difference = difference(series, window, &first, resets, kind, said)?;
            let Some(mut difference) = difference else { return Ok(None) };
            if birth.is_some() {
                let Some(combined) = compatible(difference.add(&first))? else {
                    said.notes.raise(Note::MixedExponentialCustom);
                    return Ok(None);
                };
                note_bounds(combined, Note::ReconciledBoundsInAddition, &mut said.notes);
            }
            difference
        }
    };
    let zero = (kind.counter && result.count > 0.0 && before >= 0.0).then(|| before / result.count);
    let mut factor = stretch.factor(birth, zero);
    if kind.per_second {
        factor /= duration_seconds(input.windows.range);
    }
    result.mul(factor);
    Ok(Some(result))
}

/// Last minus first, for counters with what resets in between have lost. At least two samples.
fn difference(
    series: &Series<'_>,
    window: Range<usize>,
    first: &FloatHistogram,
    resets: &Resets,
    kind: Kind,
    said: &mut Said,
) -> Result<Option<FloatHistogram>, RangeError> {
    let (second, last) = (window.start + 1, window.end - 1);
    let newest = series.histogram(last);
    let gauges = [window.start..second, last..window.end].map(|ends| series.any_gauge(ends));
    if kind.counter && gauges.contains(&true) {
        said.notes.raise(Note::HistogramNotCounter);
    }
    let resets = resets.within(second..window.end);
    // After a reset the first sample does not count, so its buckets need not fit.
    let zeroed = (resets.first() == Some(&second)).then(|| series.histogram(second).zeroed());
    let before = zeroed.as_ref().unwrap_or(first);

    let custom = before.uses_custom_buckets();
    if newest.uses_custom_buckets() != custom {
        said.notes.raise(Note::MixedExponentialCustom);
        return Ok(None);
    }
    let mut schema = newest.schema.min(before.schema);
    if kind.counter {
        if series.any_gauge(second..last) {
            said.notes.raise(Note::HistogramNotCounter);
        }
        for run in series.table.runs_within(series.row(second)..series.row(last)) {
            schema = schema.min(run.shape.schema);
            if (run.shape.schema == CUSTOM_SCHEMA) != custom {
                said.only_mixed();
                return Ok(None);
            }
        }
    }

    let mut result = newest;
    result.reduce_resolution(schema)?;
    let Some(combined) = compatible(result.sub(before))? else {
        said.only_mixed();
        return Ok(None);
    };
    note_bounds(combined, Note::ReconciledBoundsInSubtraction, &mut said.notes);
    if kind.counter {
        if series.starts.is_some() {
            said.overlap = (second..window.end).any(|at| series.life(at).overlaps(series.life(at - 1)));
        }
        for &at in resets {
            let lost = match &zeroed {
                // The second sample may even have grown from nothing.
                Some(zeroed) if at == second => {
                    let (before, now) = (series.life(at - 1), series.life(at));
                    if !now.is_reset_since(before) && !series.histogram(at).detect_reset(zeroed) {
                        continue;
                    }
                    zeroed.clone()
                }
                _ => series.histogram(at - 1),
            };
            let Some(combined) = compatible(result.add(&lost))? else {
                said.only_mixed();
                return Ok(None);
            };
            note_bounds(combined, Note::ReconciledBoundsInAddition, &mut said.notes);
        }
    } else if gauges.contains(&false) {
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
        use super::{HistogramTable, Kind, Resets, Said, Series, plain, rate};
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
                let mut own = HistogramTable::default();
                let (table, first) = input.series.histograms.values.rows(&mut own);
                let series = Series { table, first, times: input.series.histograms.times, starts: None };
                let resets =
                    if kind.counter { series.resets(input.cancel).unwrap() } else { Resets::default() };
                for (step, edges) in input.histogram_edges.iter().enumerate() {
                    let window = edges.range();
                    let want = match window.len() {
                        0 => None,
                        _ => {
                            plain(input, step, &series, window, &resets, kind, &mut Said::default()).unwrap()
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
