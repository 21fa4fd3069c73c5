//! Series held in memory: what files are read into, what tests load.
//!
//! Appending follows the rules of Prometheus' storage, down to the counter reset hints that its chunks give to
//! histograms. A clone and a selection are snapshots that share all data; appending later does not change them.

mod append;
mod run;
mod select;

pub use append::{AppendError, SeriesId};

use super::MetricMetadata;
use crate::model::{FloatHistogram, Labels, Millis, TimeSpan};
use hashbrown::HashMap;
use std::sync::Arc;

/// Series held in memory.
///
/// ```
/// use promql::model::{Labels, Sample};
/// use promql::source::MemorySource;
/// let mut source = MemorySource::default();
/// let up = Labels::from_pairs([("__name__", "up"), ("job", "api")]);
/// source.append(&up, 15_000, Sample::Float(1.0), 0)?;
/// assert!(source.append(&up, 0, Sample::Float(1.0), 0).is_err());
/// assert_eq!(source.series_count(), 1);
/// # Ok::<(), promql::source::AppendError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemorySource(Arc<Store>);

#[derive(Clone, Debug, Default)]
struct Store {
    /// In the order in which they appeared.
    series: Vec<Arc<Series>>,
    ids: HashMap<Labels, SeriesId>,
    names: HashMap<String, Vec<u32>>,
    metadata: Vec<MetricMetadata>,
}

#[derive(Clone, Debug, Default)]
struct Series {
    labels: Labels,
    floats: Column<f64>,
    histograms: Column<FloatHistogram>,
    /// Where the current run of histograms begins.
    run: usize,
}

#[derive(Clone, Debug)]
struct Column<T> {
    times: Vec<Millis>,
    values: Vec<T>,
    /// Empty until a start time is known.
    starts: Vec<Millis>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Column { times: Vec::new(), values: Vec::new(), starts: Vec::new() }
    }
}

impl<T> Column<T> {
    fn push(&mut self, time: Millis, value: T, start: Millis) {
        if start != 0 || !self.starts.is_empty() {
            self.starts.resize(self.times.len(), 0);
            self.starts.push(start);
        }
        self.times.push(time);
        self.values.push(value);
    }

    /// The indexes of the samples inside a span.
    fn range(&self, span: TimeSpan) -> std::ops::Range<usize> {
        let to = first_past(&self.times, |time| time <= span.end);
        let from = first_past(&self.times[..to], |time| time < span.start);
        from..to
    }

    fn starts(&self, range: std::ops::Range<usize>) -> Option<&[Millis]> {
        (!self.starts.is_empty()).then(|| &self.starts[range])
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

impl MemorySource {
    /// How many series there are.
    #[must_use]
    pub fn series_count(&self) -> usize {
        self.0.series.len()
    }

    /// How many samples there are, stale markers included.
    #[must_use]
    pub fn sample_count(&self) -> usize {
        self.0.series.iter().map(|series| series.floats.times.len() + series.histograms.times.len()).sum()
    }

    /// The labels of all series, in the order in which they appeared.
    pub fn labels(&self) -> impl Iterator<Item = &Labels> {
        self.0.series.iter().map(|series| &series.labels)
    }

    /// The times of the first and the last sample; none without samples.
    #[must_use]
    pub fn time_span(&self) -> Option<TimeSpan> {
        let columns = || self.0.series.iter().flat_map(|s| [&s.floats.times, &s.histograms.times]);
        let start = columns().filter_map(|times| times.first()).min()?;
        let end = columns().filter_map(|times| times.last()).max()?;
        Some(TimeSpan { start: *start, end: *end })
    }
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
