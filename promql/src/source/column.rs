//! Columns of samples that grow: what series are gathered in before they are lent as [`RowData`].

use super::{Floats, Histograms, RowData, Times};
use crate::model::{FloatHistogram, Millis, TimeSpan};
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
        if start != 0 || !self.starts.is_empty() {
            self.starts.resize(self.times.len(), 0);
            self.starts.push(start);
        }
        self.times.push(time);
        self.values.push(value);
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
        let to = first_past(&self.times, |time| time <= span.end);
        let from = first_past(&self.times[..to], |time| time < span.start);
        from..to
    }

    pub(super) fn starts(&self, range: Range<usize>) -> Option<&[Millis]> {
        (!self.starts.is_empty()).then(|| &self.starts[range])
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
                values: &self.histograms.values[histograms.clone()],
                starts: self.histograms.starts(histograms),
            },
        }
    }
}

/// The number of leading times that fit. Looks from the end in growing strides: queries mostly ask for the newest
/// samples, and a binary search over the whole column would miss the cache at every probe.
fn first_past(times: &[Millis], fits: impl Fn(Millis) -> bool) -> usize {
    let (mut upper, mut stride) = (times.len(), 1);
    while upper > 0 && !fits(times[upper - 1]) {
        let lower = upper.saturating_sub(stride);
        if lower == 0 || fits(times[lower - 1]) {
            return lower + times[lower..upper - 1].partition_point(|&time| fits(time));
        }
        (upper, stride) = (lower, stride * 2);
    }
    upper
}

#[cfg(test)]
mod tests {
    use super::first_past;

    #[test]
    fn looking_from_the_end_finds_what_a_binary_search_finds() {
        for len in 0..70 {
            let times: Vec<i64> = (0..len).map(|at| at * 10).collect();
            for limit in -5..=len * 10 + 5 {
                let want = times.partition_point(|&time| time <= limit);
                assert_eq!(first_past(&times, |time| time <= limit), want, "{len} {limit}");
            }
        }
    }
}
