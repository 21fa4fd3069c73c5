//! From what a source delivers to columns that kernels take.

use crate::column::{FloatColumn, HistogramColumn, HistogramValues, SeriesColumns};
use crate::model::histogram::{HistogramTable, SUM, statistics};
use crate::model::{FloatHistogram, Millis, is_stale};
use crate::source::{Histograms, RowData, Times};

/// Buffers for the columns that cannot be lent as they are.
#[derive(Default)]
pub(super) struct ColumnBuffers {
    times: Vec<Millis>,
    values: Vec<f64>,
    starts: Vec<Millis>,
    histograms: HistogramBuffers,
    /// How many samples came by.
    pub(super) samples_read: usize,
}

/// Those for histograms.
#[derive(Default)]
struct HistogramBuffers {
    times: Vec<Millis>,
    points: Vec<FloatHistogram>,
    table: HistogramTable,
    starts: Vec<Millis>,
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
        let histograms = Histograms { starts: histograms.starts.filter(|_| how.starts), ..histograms };
        let histograms = self.histograms.prepare(histograms, how);
        SeriesColumns { floats, histograms }
    }
}

/// Looks at all of them: markers are rare, and without a way out the loop is quicker.
fn any_stale(values: &[f64]) -> bool {
    values.iter().fold(false, |any, &value| any | is_stale(value))
}

impl HistogramBuffers {
    fn prepare<'a>(&'a mut self, histograms: Histograms<'a>, how: Preparation) -> HistogramColumn<'a> {
        let Histograms { times, values, starts } = histograms;
        let sum = |at: usize| match values {
            HistogramValues::Points(points) => points[at].sum,
            HistogramValues::Rows { table, from, .. } => table.totals[from + at][SUM],
        };
        let len = values.len();
        let stale = how.drop_stale && (0..len).any(|at| is_stale(sum(at)));
        if !(stale || how.stats && len > 0) {
            return HistogramColumn { times, values, starts };
        }
        let kept = |at: &usize| !(how.drop_stale && is_stale(sum(*at)));
        let kept = || (0..len).filter(kept);
        self.times.clear();
        self.times.extend(kept().map(|at| times[at]));
        self.starts.clear();
        self.starts.extend(starts.into_iter().flat_map(|starts| kept().map(|at| starts[at])));
        self.points.clear();
        let values = match values {
            HistogramValues::Rows { table, from, .. } if !how.stats => {
                self.table.clear();
                kept().for_each(|at| self.table.extend(table, from + at..from + at + 1));
                HistogramValues::Rows { table: &self.table, from: 0, to: self.times.len() }
            }
            _ if how.stats => {
                let mut all = statistics(values.points()).enumerate();
                self.points.extend(kept().filter_map(|at| Some(all.find(|(nth, _)| *nth == at)?.1)));
                self.points.as_slice().into()
            }
            _ => {
                self.points.extend(kept().map(|at| values[at].clone()));
                self.points.as_slice().into()
            }
        };
        HistogramColumn { times: &self.times, values, starts: starts.map(|_| self.starts.as_slice()) }
    }
}
