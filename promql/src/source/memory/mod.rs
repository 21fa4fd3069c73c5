//! Series held in memory: what files are read into, what tests load.
//!
//! Appending follows the rules of Prometheus' storage, down to the counter reset hints that its chunks give to
//! histograms. A clone and a selection are snapshots that share all data; appending later does not change them.

mod append;
mod run;
mod select;

pub use append::{AppendError, SeriesId};

use super::MetricMetadata;
use super::column::Columns;
use crate::model::{Labels, TimeSpan};
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
    columns: Columns,
    /// Where the current run of histograms begins.
    run: usize,
    /// The histograms before this one share blocks of counts.
    packed: usize,
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
        self.0.series.iter().map(|series| series.columns.floats.len() + series.columns.histograms.len()).sum()
    }

    /// The labels of all series, in the order in which they appeared.
    pub fn labels(&self) -> impl Iterator<Item = &Labels> {
        self.0.series.iter().map(|series| &series.labels)
    }

    /// The times of the first and the last sample; none without samples.
    #[must_use]
    pub fn time_span(&self) -> Option<TimeSpan> {
        let columns =
            || self.0.series.iter().flat_map(|s| [&s.columns.floats.times, &s.columns.histograms.times]);
        let start = columns().filter_map(|times| times.first()).min()?;
        let end = columns().filter_map(|times| times.last()).max()?;
        Some(TimeSpan { start: *start, end: *end })
    }
}
