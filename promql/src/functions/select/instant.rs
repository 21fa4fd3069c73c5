//! The newest sample within the lookback.

use crate::column::{RowMut, SeriesColumns, Windows, bits};
use crate::model::{Millis, is_stale};

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
/// sample, the series is gone. The range of the windows is the lookback.
pub fn instant(series: &SeriesColumns<'_>, windows: &Windows, take: Take, out: &mut RowMut<'_>) {
    let (floats, histograms) = (&series.floats, &series.histograms);
    if histograms.is_empty() {
        let times = floats.times;
        let stale = |at: usize| is_stale(floats.values[at]);
        match take {
            Take::Value => newest(times, windows, stale, |at| floats.values[at], out),
            Take::Time => newest(times, windows, stale, |at| seconds(times[at]), out),
            Take::StartTime => newest(times, windows, stale, |at| seconds(floats.start(at)), out),
        }
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
        Cursor { times, next: times.partition_point(|&time| time <= end) }
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

/// The columns of floats alone, whole words of presence at a time.
fn newest(
    times: &[Millis],
    windows: &Windows,
    stale: impl Fn(usize) -> bool,
    value: impl Fn(usize) -> f64,
    out: &mut RowMut<'_>,
) {
    let mut cursor = Cursor::new(times, windows);
    for (word, slots) in out.values.chunks_mut(u64::BITS as usize).enumerate() {
        let first = word * u64::BITS as usize;
        let mut present = 0;
        for (bit, slot) in slots.iter_mut().enumerate() {
            let end = windows.end(first + bit);
            if let Some(at) = cursor.newest(end.saturating_sub(windows.range), end)
                && !stale(at)
            {
                *slot = value(at);
                present |= 1 << bit;
            }
        }
        out.floats[word] = present;
    }
    debug_assert_eq!(out.floats.len(), bits::words(out.values.len()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{FloatColumn, HistogramColumn, Tile};
    use crate::model::{FloatHistogram, Grid, Sample, stale_nan};

    fn select(series: &SeriesColumns<'_>, windows: &Windows, take: Take) -> Vec<Option<Sample>> {
        let mut tile = Tile::new(1, windows.grid.len);
        instant(series, windows, take, &mut tile.row_mut(0));
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
            histograms: HistogramColumn { times: &[10, 30], values: &histograms, starts: None },
        };
        let got = select(&series, &windows(40, 0), Take::Value);
        let histogram = Sample::Histogram(FloatHistogram::default());
        let want = [Some(Sample::Float(1.0)), Some(histogram), Some(Sample::Float(3.0)), None, None];
        assert_eq!(got, want);
        let got = select(&series, &windows(20, 0), Take::StartTime);
        assert_eq!(got, [0.0, 0.0, 0.015].map(|value| Some(Sample::Float(value))));
    }
}
