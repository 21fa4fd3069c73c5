//! From what a source delivers to columns that kernels take.

use crate::column::{FloatColumn, HistogramColumn, SeriesColumns};
use crate::model::histogram::statistics;
use crate::model::{FloatHistogram, Millis, is_stale};
use crate::source::{RowData, Times};

/// Buffers for the columns that cannot be lent as they are.
#[derive(Default)]
pub(super) struct ColumnBuffers {
    times: Vec<Millis>,
    values: Vec<f64>,
    starts: Vec<Millis>,
    histogram_times: Vec<Millis>,
    histograms: Vec<FloatHistogram>,
    histogram_starts: Vec<Millis>,
    /// How many samples came by.
    pub(super) samples_read: usize,
}

/// What is done to the samples on the way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preparation {
    /// Take out stale markers.
    pub drop_stale: bool,
    /// Reduce histograms to their statistics, reset hints filled in.
    pub stats: bool,
    /// Pass start times on.
    pub starts: bool,
}

impl ColumnBuffers {
    /// The columns of one series; copied only where something has to change.
    pub(super) fn prepare<'a>(&'a mut self, data: RowData<'a>, how: Preparation) -> SeriesColumns<'a> {
        let RowData::Columns { floats, histograms } = data;
        self.samples_read += floats.values.len() + histograms.values.len();
        let times: &[Millis] = match floats.times {
            Times::At(times) => times,
            Times::Every { first, interval } => {
                self.times.clear();
                let nth = |index: usize| i64::try_from(index).unwrap_or(i64::MAX).saturating_mul(interval);
                self.times.extend((0..floats.values.len()).map(|index| first.saturating_add(nth(index))));
                &[]
            }
        };
        let regular = matches!(floats.times, Times::Every { .. });
        let starts = floats.starts.filter(|_| how.starts);
        let stale = how.drop_stale && any_stale(floats.values);
        let floats = if stale {
            let kept = |index: &usize| !is_stale(floats.values[*index]);
            let time = |index: usize| if regular { self.times[index] } else { times[index] };
            let kept_times: Vec<Millis> = (0..floats.values.len()).filter(kept).map(time).collect();
            self.times = kept_times;
            self.values.clear();
            self.values.extend(floats.values.iter().filter(|&&value| !is_stale(value)));
            self.starts.clear();
            if let Some(starts) = starts {
                self.starts.extend((0..floats.values.len()).filter(kept).map(|index| starts[index]));
            }
            FloatColumn {
                times: &self.times,
                values: &self.values,
                starts: starts.is_some().then_some(self.starts.as_slice()),
            }
        } else {
            FloatColumn { times: if regular { &self.times } else { times }, values: floats.values, starts }
        };
        let starts = histograms.starts.filter(|_| how.starts);
        let stale = how.drop_stale && histograms.values.iter().any(|histogram| is_stale(histogram.sum));
        let histograms = if stale || how.stats && !histograms.values.is_empty() {
            let kept = |index: &usize| !(how.drop_stale && is_stale(histograms.values[*index].sum));
            let indexes = || (0..histograms.values.len()).filter(kept);
            self.histogram_times.clear();
            self.histogram_times.extend(indexes().map(|index| histograms.times[index]));
            self.histograms.clear();
            if how.stats {
                let all = statistics(histograms.values).enumerate();
                self.histograms.extend(all.filter(|(index, _)| kept(index)).map(|(_, histogram)| histogram));
            } else {
                self.histograms.extend(indexes().map(|index| histograms.values[index].clone()));
            }
            self.histogram_starts.clear();
            if let Some(starts) = starts {
                self.histogram_starts.extend(indexes().map(|index| starts[index]));
            }
            HistogramColumn {
                times: &self.histogram_times,
                values: &self.histograms,
                starts: starts.is_some().then_some(self.histogram_starts.as_slice()),
            }
        } else {
            HistogramColumn { times: histograms.times, values: histograms.values, starts }
        };
        SeriesColumns { floats, histograms }
    }
}

/// Looks at all of them: markers are rare, and without a way out the loop is quicker.
fn any_stale(values: &[f64]) -> bool {
    values.iter().fold(false, |any, &value| any | is_stale(value))
}
