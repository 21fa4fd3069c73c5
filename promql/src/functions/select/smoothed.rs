//! The value between the samples around a step.

use crate::column::{Edges, Note, Notes, RowMut, SeriesColumns, Windows};
use crate::functions::RangeError;
use crate::functions::range::{float_between, histogram_between};
use crate::model::Millis;
use crate::model::histogram::{HistogramError, ResetHint};

/// Writes for every step the sample at the end of the window, the value between its neighbours, or the last value
/// before it; nothing where the series starts later. Neighbours are looked for within `lookback` on both sides; the
/// range of the windows does not matter. Stale markers must be gone.
///
/// # Errors
/// If a histogram is broken.
pub fn smoothed_instant(
    series: &SeriesColumns<'_>,
    windows: &Windows,
    lookback: Millis,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
) -> Result<(), RangeError> {
    let windows = Windows { range: lookback, ..*windows };
    let (mut float_edges, mut histogram_edges): (Vec<Edges>, Vec<Edges>) = (Vec::new(), Vec::new());
    windows.edges(series.floats.times, 0, lookback, &mut float_edges);
    windows.edges(series.histograms.times, 0, lookback, &mut histogram_edges);
    for (step, (floats, histograms)) in float_edges.iter().zip(&histogram_edges).enumerate() {
        let time = windows.end(step);
        match (floats.is_empty(), histograms.is_empty()) {
            (true, true) => {}
            (false, false) => notes.raise(Note::MixedFloatsHistograms),
            (false, true) => match around(series.floats.times, *floats, time) {
                Around::Nothing => {}
                Around::At(at) | Around::After(at) => out.set_float(step, series.floats.values[at]),
                Around::Between(before) => {
                    out.set_float(step, float_between(&series.floats, before, time));
                }
            },
            (true, false) => histogram(series, *histograms, step, time, out, notes)?,
        }
    }
    Ok(())
}

/// Where a time lies among samples.
enum Around {
    Nothing,
    At(usize),
    Between(usize),
    After(usize),
}

fn around(times: &[Millis], edges: Edges, time: Millis) -> Around {
    let window = edges.range();
    let at = window.start + times[window.clone()].partition_point(|&other| other < time);
    if at < window.end && times[at] == time {
        Around::At(at)
    } else if at == window.start {
        Around::Nothing
    } else if at < window.end {
        Around::Between(at - 1)
    } else {
        Around::After(at - 1)
    }
}

fn histogram(
    series: &SeriesColumns<'_>,
    edges: Edges,
    step: usize,
    time: Millis,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
) -> Result<(), RangeError> {
    let samples = &series.histograms;
    match around(samples.times, edges, time) {
        Around::Nothing => {}
        Around::At(at) => out.set_histogram(step, samples.values[at].clone()),
        Around::After(at) => {
            // The hint speaks of the sample before it, not of the value.
            let mut carried = samples.values[at].clone();
            carried.hint = ResetHint::Unknown;
            out.set_histogram(step, carried);
        }
        Around::Between(before) => {
            let (from, to) = (&samples.values[before], &samples.values[before + 1]);
            if from.uses_custom_buckets() != to.uses_custom_buckets() {
                notes.raise(Note::MixedExponentialCustom);
                return Ok(());
            }
            let counter = from.hint != ResetHint::Gauge || to.hint != ResetHint::Gauge;
            match histogram_between(samples, before, time, counter, notes) {
                Ok(histogram) => out.set_histogram(step, histogram),
                Err(HistogramError::IncompatibleSchema) => notes.raise(Note::MixedExponentialCustom),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{FloatColumn, HistogramColumn, Tile};
    use crate::model::{FloatHistogram, Grid, Sample};

    fn select(series: &SeriesColumns<'_>, end: Millis) -> (Vec<Option<Sample>>, Notes) {
        let windows = Windows { grid: Grid::range(0, end, 10), range: 0, offset: 0, pinned: None };
        let mut tile = Tile::new(1, windows.grid.len);
        let mut notes = Notes::default();
        smoothed_instant(series, &windows, 25, &mut tile.row_mut(0), &mut notes).unwrap();
        ((0..windows.grid.len).map(|step| tile.row(0).sample(step)).collect(), notes)
    }

    #[test]
    fn floats_between_their_neighbours() {
        let floats = FloatColumn { times: &[10, 25, 35], values: &[1.0, 4.0, 0.0], starts: None };
        let series = SeriesColumns { floats, ..SeriesColumns::default() };
        let (got, _) = select(&series, 70);
        let want = [None, Some(1.0), Some(3.0), Some(2.0), Some(0.0), Some(0.0), None, None];
        assert_eq!(got, want.map(|value| value.map(Sample::Float)));
    }

    #[test]
    fn histograms_lose_their_hint_when_carried() {
        let with =
            |count: f64| FloatHistogram { count, hint: ResetHint::NotReset, ..FloatHistogram::default() };
        let histograms = [with(10.0), with(20.0)];
        let series = SeriesColumns {
            floats: FloatColumn { times: &[60], values: &[1.0], starts: None },
            histograms: HistogramColumn {
                times: &[0, 20],
                values: histograms.as_slice().into(),
                starts: None,
            },
        };
        let (got, notes) = select(&series, 50);
        let seen: Vec<_> = got
            .into_iter()
            .map(|sample| match sample {
                Some(Sample::Histogram(h)) => Some((h.count, h.hint)),
                None => None,
                Some(Sample::Float(_)) => panic!("a float"),
            })
            .collect();
        let expected =
            [(10.0, ResetHint::NotReset), (15.0, ResetHint::NotReset), (20.0, ResetHint::NotReset)];
        assert_eq!(seen[..3], expected.map(Some));
        assert_eq!(seen[3..], [Some((20.0, ResetHint::Unknown)), None, None]);
        assert_eq!(notes.iter().collect::<Vec<_>>(), [&Note::MixedFloatsHistograms]);
    }
}
