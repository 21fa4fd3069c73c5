//! Columns of samples that grow: what series are gathered in before they are lent as [`RowData`].

use super::{Floats, Histograms, RowData, RowSink, Times};
#[cfg(feature = "tsdb")]
use crate::column::HistogramValues;
#[cfg(feature = "tsdb")]
use crate::model::histogram::statistics_behind;
use crate::model::histogram::{HistogramTable, ResetHint};
use crate::model::{FloatHistogram, Millis, TimeSpan};
use std::ops::ControlFlow;
use std::ops::Range;

/// Samples of one kind, in time order.
#[derive(Clone, Debug)]
pub struct Column<T> {
    /// Times.
    pub times: Vec<Millis>,
    /// As many values.
    pub values: Vec<T>,
    /// As many start times, 0 where unknown; empty until one is known.
    pub starts: Vec<Millis>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Column { times: Vec::new(), values: Vec::new(), starts: Vec::new() }
    }
}

impl<T: Clone> Column<T> {
    /// Adds some samples of another column.
    #[cfg(feature = "tsdb")]
    pub(super) fn extend(&mut self, other: &Self, range: Range<usize>) {
        if !other.starts.is_empty() || !self.starts.is_empty() {
            self.starts.resize(self.times.len(), 0);
            self.starts.extend(range.clone().map(|at| other.start(at)));
        }
        self.times.extend_from_slice(&other.times[range.clone()]);
        self.values.extend_from_slice(&other.values[range]);
    }
}

impl Column<f64> {
    /// Makes room for samples that are written next.
    pub(super) fn lengthen(&mut self, count: usize) {
        let len = self.times.len() + count;
        self.times.resize(len, 0);
        self.values.resize(len, 0.0);
        if !self.starts.is_empty() {
            self.starts.resize(len, 0);
        }
    }
}

impl<T> Column<T> {
    /// The number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// True without samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Adds a sample; `start` is 0 if unknown.
    pub fn push(&mut self, time: Millis, value: T, start: Millis) {
        self.push_time(time, start);
        self.values.push(value);
    }

    /// Adds the times of a sample whose value follows.
    #[inline]
    pub(super) fn push_time(&mut self, time: Millis, start: Millis) {
        if start != 0 || !self.starts.is_empty() {
            self.starts.resize(self.times.len(), 0);
            self.starts.push(start);
        }
        self.times.push(time);
    }

    /// Forgets all samples, keeps the memory.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Keeps the first `len` samples.
    pub fn truncate(&mut self, len: usize) {
        self.times.truncate(len);
        self.values.truncate(len);
        self.starts.truncate(len);
    }

    /// Keeps the samples from `from` on whose time fits, and all before them.
    #[cfg(feature = "tsdb")]
    pub(super) fn retain_from(&mut self, from: usize, fits: impl Fn(Millis) -> bool) {
        let mut kept = from;
        for at in from..self.len() {
            if fits(self.times[at]) {
                self.times.swap(kept, at);
                self.values.swap(kept, at);
                if !self.starts.is_empty() {
                    self.starts.swap(kept, at);
                }
                kept += 1;
            }
        }
        self.truncate(kept);
    }

    /// Takes the samples from `from` on away.
    #[cfg(feature = "tsdb")]
    pub(super) fn split_off(&mut self, from: usize) -> Self {
        Column {
            times: self.times.split_off(from),
            values: self.values.split_off(from),
            starts: self.starts.split_off(from.min(self.starts.len())),
        }
    }

    /// The start time of a sample, 0 if unknown.
    #[must_use]
    pub fn start(&self, index: usize) -> Millis {
        self.starts.get(index).copied().unwrap_or(0)
    }

    /// The indexes of the samples inside a span.
    pub(super) fn range(&self, span: TimeSpan) -> Range<usize> {
        let to = first_past(&self.times, |&time| time <= span.end);
        let from = first_past(&self.times[..to], |&time| time < span.start);
        from..to
    }

    pub(super) fn starts(&self, range: Range<usize>) -> Option<&[Millis]> {
        (!self.starts.is_empty()).then(|| &self.starts[range])
    }
}

/// Histograms by rows of a table, in time order.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableColumn {
    /// Their times and start times.
    pub(super) stamps: Column<()>,
    /// As many rows.
    pub(super) table: HistogramTable,
}

impl TableColumn {
    /// Forgets all samples, keeps the memory.
    #[cfg(feature = "tsdb")]
    pub(super) fn clear(&mut self) {
        self.stamps.clear();
        self.table.clear();
    }

    /// Adds some histograms of a column, or their statistics; `before` is the one before them and then the last of them.
    #[cfg(feature = "tsdb")]
    pub(super) fn extend(
        &mut self,
        other: &Column<FloatHistogram>,
        range: Range<usize>,
        statistics: bool,
        before: &mut Option<FloatHistogram>,
    ) {
        range.clone().for_each(|at| self.stamps.push_time(other.times[at], other.start(at)));
        let histograms = &other.values[range];
        if statistics {
            statistics_behind(before.as_ref(), histograms).for_each(|h| self.table.push(&h));
            let last = histograms.iter().rfind(|h| !h.is_stale());
            *before = last.cloned().or(before.take());
        } else {
            histograms.iter().for_each(|h| self.table.push(h));
        }
    }

    /// The samples inside a span.
    #[cfg(feature = "tsdb")]
    pub(super) fn within(&self, span: TimeSpan) -> RowData<'_> {
        let range = self.stamps.range(span);
        let histograms = Histograms {
            times: &self.stamps.times[range.clone()],
            values: HistogramValues::Rows { table: &self.table, from: range.start, to: range.end },
            starts: self.stamps.starts(range),
        };
        RowData::Columns { floats: Floats::default(), histograms }
    }

    /// The histograms one by one.
    pub(super) fn append_to(self, column: &mut Column<FloatHistogram>) {
        for (at, histogram) in self.table.points().iter().enumerate() {
            column.push(self.stamps.times[at], histogram.clone(), self.stamps.start(at));
        }
    }
}

/// The samples of one series.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// The floats.
    pub floats: Column<f64>,
    /// The histograms.
    pub histograms: Column<FloatHistogram>,
}

impl Columns {
    /// Forgets all samples, keeps the memory.
    pub fn clear(&mut self) {
        self.floats.clear();
        self.histograms.clear();
    }

    /// Takes out the deleted samples among those from `before` on, a number of floats and one of histograms.
    #[cfg(feature = "tsdb")]
    pub(super) fn delete(&mut self, before: (usize, usize), deleted: &[TimeSpan]) {
        if !deleted.is_empty() {
            let fits = |time| !deleted.iter().any(|span| span.contains(time));
            self.floats.retain_from(before.0, fits);
            self.histograms.retain_from(before.1, fits);
        }
    }

    /// The samples of several stores of one series, by time. Where two have a sample at one time, the one named first
    /// counts. Between samples of different stores nothing is known about counter resets.
    ///
    /// ```
    /// use promql::source::Columns;
    ///
    /// let [mut first, mut second] = [Columns::default(), Columns::default()];
    /// first.floats.push(1000, 1.0, 0);
    /// second.floats.push(1000, 10.0, 0);
    /// second.floats.push(2000, 20.0, 0);
    /// assert_eq!(Columns::merge(&[first, second]).floats.values, [1.0, 20.0]);
    /// ```
    #[must_use]
    pub fn merge(stores: &[Columns]) -> Columns {
        let mut merged = Columns::default();
        let mut places = vec![(0usize, 0usize); stores.len()];
        let mut previous = usize::MAX;
        loop {
            let time = |at: usize| {
                let (floats, histograms) = places[at];
                let next = [stores[at].floats.times.get(floats), stores[at].histograms.times.get(histograms)];
                next.into_iter().flatten().min().copied()
            };
            let next = (0..stores.len()).filter_map(|at| Some((time(at)?, at))).min();
            let Some((now, at)) = next else { return merged };
            let (Columns { floats, histograms }, place) = (&stores[at], places[at]);
            if floats.times.get(place.0) == Some(&now) {
                merged.floats.push(now, floats.values[place.0], floats.start(place.0));
            } else {
                let mut histogram = histograms.values[place.1].clone();
                if at != previous && histogram.hint != ResetHint::Gauge {
                    histogram.hint = ResetHint::Unknown;
                }
                merged.histograms.push(now, histogram, histograms.start(place.1));
            }
            previous = at;
            for (store, place) in stores.iter().zip(&mut places) {
                place.0 += usize::from(store.floats.times.get(place.0) == Some(&now));
                place.1 += usize::from(store.histograms.times.get(place.1) == Some(&now));
            }
        }
    }

    /// The samples inside a span.
    #[must_use]
    pub fn within(&self, span: TimeSpan) -> RowData<'_> {
        let (floats, histograms) = (self.floats.range(span), self.histograms.range(span));
        RowData::Columns {
            floats: Floats {
                times: Times::At(&self.floats.times[floats.clone()]),
                values: &self.floats.values[floats.clone()],
                starts: self.floats.starts(floats),
            },
            histograms: Histograms {
                times: &self.histograms.times[histograms.clone()],
                values: self.histograms.values[histograms.clone()].into(),
                starts: self.histograms.starts(histograms),
            },
        }
    }
}

/// Gathers the rows that arrive, one behind the other; for rows of one series that follow each other in time.
impl RowSink for Columns {
    fn row(&mut self, _: usize, data: RowData<'_>) -> ControlFlow<()> {
        let RowData::Columns { floats, histograms } = data;
        let start = |starts: Option<&[Millis]>, at: usize| starts.map_or(0, |starts| starts[at]);
        for (at, &value) in floats.values.iter().enumerate() {
            self.floats.push(floats.times.at(at), value, start(floats.starts, at));
        }
        for (at, (&time, value)) in histograms.times.iter().zip(histograms.values.points()).enumerate() {
            self.histograms.push(time, value.clone(), start(histograms.starts, at));
        }
        ControlFlow::Continue(())
    }
}

/// The number of leading items that fit, in time order. Looks from the end in growing strides: queries mostly ask for
/// the newest samples, and a binary search over all would miss the cache at every probe.
pub(super) fn first_past<T>(items: &[T], fits: impl Fn(&T) -> bool) -> usize {
    let (mut upper, mut stride) = (items.len(), 1);
    while upper > 0 && !fits(&items[upper - 1]) {
        let lower = upper.saturating_sub(stride);
        if lower == 0 || fits(&items[lower - 1]) {
            return lower + items[lower..upper - 1].partition_point(fits);
        }
        (upper, stride) = (lower, stride * 2);
    }
    upper
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_from_the_end_finds_what_a_binary_search_finds() {
        for len in 0..70 {
            let times: Vec<i64> = (0..len).map(|at| at * 10).collect();
            for limit in -5..=len * 10 + 5 {
                let want = times.partition_point(|&time| time <= limit);
                assert_eq!(first_past(&times, |&time| time <= limit), want, "{len} {limit}");
            }
        }
    }

    #[test]
    fn between_stores_nothing_is_known_about_resets() {
        let histogram = |count, hint| FloatHistogram { count, hint, ..FloatHistogram::default() };
        let store = |times: &[Millis]| {
            let mut columns = Columns::default();
            for (nth, &time) in times.iter().enumerate() {
                let hint = if nth == 0 { ResetHint::Unknown } else { ResetHint::NotReset };
                columns.histograms.push(time, histogram(time as f64, hint), 0);
            }
            columns
        };
        let merged = Columns::merge(&[store(&[1, 2, 5, 6]), store(&[3, 4])]);
        let hints: Vec<_> = merged.histograms.values.iter().map(|h| h.hint).collect();
        use ResetHint::{NotReset, Unknown};
        assert_eq!(hints, [Unknown, NotReset, Unknown, NotReset, Unknown, NotReset]);
        assert_eq!(merged.histograms.times, [1, 2, 3, 4, 5, 6]);
    }
}
