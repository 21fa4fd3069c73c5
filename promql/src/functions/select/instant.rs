//! The newest sample within the lookback.

use crate::column::{HistogramValues, RowMut, SeriesColumns, Windows, bits, longest_run};
use crate::model::histogram::{HistogramTable, SUM};
use crate::model::{Millis, is_stale};
use std::ops::Range;

/// What a selector shows of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Its value.
    Value,
    /// Its own time in seconds.
    Time,
    /// Its start time in seconds, 0 if unknown.
    StartTime,
}

/// Writes the newest sample of every window. Stale markers must still be in the columns: where one is the newest
/// sample, the series is gone. The range of the windows is the lookback. `picks` may serve one series after the other
/// as long as the windows are the same.
pub fn instant(
    series: &SeriesColumns<'_>,
    windows: &Windows,
    take: Take,
    picks: &mut Picks,
    out: &mut RowMut<'_>,
) {
    let (floats, histograms) = (&series.floats, &series.histograms);
    if histograms.is_empty() && windows.grid.len > FEW {
        let (times, values) = (floats.times, floats.values);
        picks.update(times, windows);
        if times.is_empty() {
            return;
        }
        match take {
            Take::Value => picks.take_values(values, out),
            Take::Time => picks.take(0..windows.grid.len, |at| seconds(times[at]), out),
            Take::StartTime => picks.take(0..windows.grid.len, |at| seconds(floats.start(at)), out),
        }
        picks.show(|at| values[at], out);
        return;
    }
    if floats.is_empty()
        && let HistogramValues::Rows { table, from, .. } = histograms.values
    {
        picks.update(histograms.times, windows);
        match take {
            Take::Value => return out.set_table(picks.take_rows(table, from)),
            Take::Time => picks.take(0..windows.grid.len, |at| seconds(histograms.times[at]), out),
            Take::StartTime => picks.take(0..windows.grid.len, |at| seconds(histograms.start(at)), out),
        }
        picks.show(|at| table.totals[from + at][SUM], out);
        return;
    }
    let (mut float, mut histogram) =
        (Cursor::new(floats.times, windows), Cursor::new(histograms.times, windows));
    for step in 0..windows.grid.len {
        let end = windows.end(step);
        let start = end.saturating_sub(windows.range);
        let (float, histogram) = (float.newest(start, end), histogram.newest(start, end));
        let histogram =
            histogram.filter(|&at| float.is_none_or(|float| histograms.times[at] >= floats.times[float]));
        match (histogram, float) {
            (Some(at), _) if !histograms.values[at].is_stale() => match take {
                Take::Value => out.set_histogram(step, histograms.values[at].clone()),
                Take::Time => out.set_float(step, seconds(histograms.times[at])),
                Take::StartTime => out.set_float(step, seconds(histograms.start(at))),
            },
            (None, Some(at)) if !is_stale(floats.values[at]) => out.set_float(
                step,
                match take {
                    Take::Value => floats.values[at],
                    Take::Time => seconds(floats.times[at]),
                    Take::StartTime => seconds(floats.start(at)),
                },
            ),
            _ => {}
        }
    }
}

/// So few steps find their samples faster than times are compared.
const FEW: usize = 4;

fn seconds(time: Millis) -> f64 {
    time as f64 / 1000.0
}

/// Walks along a column.
struct Cursor<'a> {
    times: &'a [Millis],
    /// Just past the last sample that is not after the step.
    next: usize,
}

impl<'a> Cursor<'a> {
    fn new(times: &'a [Millis], windows: &Windows) -> Self {
        let end = windows.end(0);
        let all = times.last().is_none_or(|&last| last <= end);
        Cursor { times, next: if all { times.len() } else { times.partition_point(|&time| time <= end) } }
    }

    /// The newest sample after `start` and not after `end`; `end` never goes back.
    #[inline]
    fn newest(&mut self, start: Millis, end: Millis) -> Option<usize> {
        while self.times.get(self.next).is_some_and(|&time| time <= end) {
            self.next += 1;
        }
        self.next.checked_sub(1).filter(|&at| self.times[at] > start)
    }
}

/// Which sample of a column each step shows. Series of one target are scraped together, so the picks of one column
/// mostly fit the next one.
#[derive(Default)]
pub struct Picks {
    times: Vec<Millis>,
    /// Which steps show a sample.
    present: Vec<u64>,
    /// An index a step, 0 where nothing is shown.
    picks: Vec<u32>,
    /// Steps that show one sample after the other, as they mostly do where steps are as far apart as samples.
    run: Range<usize>,
    is_known: bool,
}

impl Picks {
    fn update(&mut self, times: &[Millis], windows: &Windows) {
        if self.is_known && self.times == times {
            return;
        }
        let len = windows.grid.len;
        let mut cursor = Cursor::new(times, windows);
        self.picks.clear();
        self.picks.resize(len, 0);
        self.present.clear();
        self.present.resize(bits::words(len), 0);
        for (step, slot) in self.picks.iter_mut().enumerate() {
            let end = windows.end(step);
            let pick = cursor.newest(end.saturating_sub(windows.range), end);
            if let Some(at) = pick.and_then(|at| u32::try_from(at).ok()) {
                *slot = at;
                bits::set(&mut self.present, step);
            }
        }
        let (picks, present) = (&self.picks, &self.present);
        self.run = longest_run(len, |step| bits::get(present, step) && picks[step + 1] == picks[step] + 1);
        self.times.clear();
        self.times.extend_from_slice(times);
        self.is_known = true;
    }

    /// Writes the values that are picked.
    fn take_values(&self, values: &[f64], out: &mut RowMut<'_>) {
        let Range { start, end } = self.run;
        self.take(0..start, |at| values[at], out);
        if start < end {
            let first = self.picks[start] as usize;
            out.values[start..end].copy_from_slice(&values[first..][..end - start]);
        }
        self.take(end..self.picks.len(), |at| values[at], out);
    }

    /// Writes something of the samples that are picked.
    fn take(&self, steps: Range<usize>, show: impl Fn(usize) -> f64, out: &mut RowMut<'_>) {
        let slots = out.values[steps.clone()].iter_mut().zip(&self.picks[steps]);
        slots.for_each(|(slot, &pick)| *slot = show(pick as usize));
    }

    /// Tells which steps show a sample; where its `marker` is a stale one there is nothing.
    fn show(&self, marker: impl Fn(usize) -> f64, out: &mut RowMut<'_>) {
        out.floats.copy_from_slice(&self.present);
        if (0..self.times.len()).fold(false, |any, at| any | is_stale(marker(at))) {
            let stale = |step: &usize| is_stale(marker(self.picks[*step] as usize));
            bits::iter(&self.present).filter(stale).for_each(|step| bits::clear(out.floats, step));
        }
    }

    /// What is picked of the rows of a table that begin at `from`.
    fn take_rows(&self, table: &HistogramTable, from: usize) -> HistogramTable {
        let shown = |(step, &pick): (usize, &u32)| {
            let row = from + pick as usize;
            (bits::get(&self.present, step) && !is_stale(table.totals[row][SUM])).then_some(row)
        };
        let mut rows = HistogramTable::default();
        let widest = table.runs().map(|run| run.shape.width).max().unwrap_or(0);
        rows.reserve(self.picks.len(), self.picks.len().saturating_mul(widest).min(table.buckets.len()));
        rows.pick(table, self.picks.iter().enumerate().map(shown));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{FloatColumn, HistogramColumn, Tile};
    use crate::model::{FloatHistogram, Grid, Sample, stale_nan};

    fn select(series: &SeriesColumns<'_>, windows: &Windows, take: Take) -> Vec<Option<Sample>> {
        let mut tile = Tile::new(1, windows.grid.len);
        instant(series, windows, take, &mut Picks::default(), &mut tile.row_mut(0));
        (0..windows.grid.len).map(|step| tile.row(0).sample(step)).collect()
    }

    fn windows(end: Millis, offset: Millis) -> Windows {
        Windows { grid: Grid::range(0, end, 10), range: 30, offset, pinned: None }
    }

    #[test]
    fn the_newest_sample_in_the_lookback() {
        let values = [1.0, 2.0, stale_nan(), 4.0];
        let floats = FloatColumn { times: &[5, 10, 20, 40], values: &values, starts: None };
        let series = SeriesColumns { floats, ..SeriesColumns::default() };
        let got = select(&series, &windows(80, 0), Take::Value);
        let want = [None, Some(2.0), None, None, Some(4.0), Some(4.0), Some(4.0), None, None];
        assert_eq!(got, want.map(|value| value.map(Sample::Float)));
        let got = select(&series, &windows(20, -30), Take::Time);
        assert_eq!(got, [None, Some(Sample::Float(0.04)), Some(Sample::Float(0.04))]);
        let pinned = Windows { pinned: Some(12), ..windows(20, 0) };
        assert_eq!(select(&series, &pinned, Take::Value), vec![Some(Sample::Float(2.0)); 3]);
    }

    #[test]
    fn the_newer_type_wins_and_either_marker_hides() {
        let values = [1.0, 3.0];
        let histograms = [FloatHistogram::default(), FloatHistogram::stale()];
        let series = SeriesColumns {
            floats: FloatColumn { times: &[0, 20], values: &values, starts: Some(&[0, 15]) },
            histograms: HistogramColumn {
                times: &[10, 30],
                values: histograms.as_slice().into(),
                starts: None,
            },
        };
        let got = select(&series, &windows(40, 0), Take::Value);
        let histogram = Sample::Histogram(FloatHistogram::default());
        let want = [Some(Sample::Float(1.0)), Some(histogram), Some(Sample::Float(3.0)), None, None];
        assert_eq!(got, want);
        let got = select(&series, &windows(20, 0), Take::StartTime);
        assert_eq!(got, [0.0, 0.0, 0.015].map(|value| Some(Sample::Float(value))));
    }

    #[test]
    fn rows_of_a_table_are_picked_as_single_histograms_are() {
        let mut histograms: Vec<FloatHistogram> = (0..9i32)
            .map(|at| FloatHistogram { count: at.into(), schema: at / 4, ..FloatHistogram::default() })
            .collect();
        histograms[3] = FloatHistogram::stale();
        let table: HistogramTable = histograms.iter().collect();
        let times: Vec<Millis> = (0..9).map(|at| at * at * 3).collect();
        for (from, to) in [(0, 9), (2, 8), (3, 4)] {
            for take in [Take::Value, Take::Time, Take::StartTime] {
                let of = |values| {
                    let histograms = HistogramColumn {
                        times: &times[from..to],
                        values,
                        starts: Some(&times[..to - from]),
                    };
                    select(&SeriesColumns { histograms, ..SeriesColumns::default() }, &windows(250, 0), take)
                };
                let points = of(histograms[from..to].into());
                assert_eq!(of(HistogramValues::Rows { table: &table, from, to }), points);
                assert!(points.iter().any(Option::is_some) != (to - from == 1));
            }
        }
    }
}
