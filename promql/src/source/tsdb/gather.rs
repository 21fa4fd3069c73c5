//! The samples of one series from all its chunks, in time order, each time once.

use crate::model::histogram::{ResetHint, statistics};
use crate::model::{FloatHistogram, Millis, TimeSpan};
use crate::source::RowData;
use crate::source::chunk::{self, ChunkError, Detail, Encoding};
use crate::source::column::{Column, Columns, TableColumn};

/// What a chunk and an index claim is believed for so many samples, 16 megabytes.
const FORESEEN: usize = 1 << 20;

/// Where chunks of a series are decoded to. Chunks that follow one another, as nearly all do, end up in one pair of
/// columns; others are kept apart and merged at the end.
///
/// Histograms that follow one another, with nothing else among them, end up in a table. Where that turns out not to be
/// so, nothing more is taken, and the series is to be gathered again without one.
#[derive(Default)]
pub(super) struct Gather {
    columns: Columns,
    apart: Vec<Columns>,
    table: TableColumn,
    /// The last histogram in the table, where that holds statistics only.
    before: Option<FloatHistogram>,
    /// Histograms are reduced to their statistics.
    statistics: bool,
    tables: Tables,
    /// Nothing was taken from the block or the head that is read.
    begins: bool,
    /// There is room for the floats of the series.
    foreseen: bool,
}

/// Whether histograms go into a table.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Tables {
    #[default]
    Yes,
    /// They should not have.
    Failed,
    No,
}

impl Gather {
    /// Of nothing yet; `statistics` if histograms are to be reduced to them.
    pub(super) fn new(statistics: bool) -> Self {
        Gather { statistics, ..Gather::default() }
    }

    /// Begins with another series.
    pub(super) fn clear(&mut self) {
        self.columns.clear();
        self.apart.clear();
        self.table.clear();
        self.before = None;
        self.tables = Tables::Yes;
        self.begins = false;
        self.foreseen = false;
    }

    /// What follows is from another block, or from the head.
    pub(super) fn begin_place(&mut self) {
        self.begins = true;
    }

    /// Begins anew if the series has to be gathered again.
    pub(super) fn again(&mut self) -> bool {
        let failed = self.tables == Tables::Failed;
        if failed {
            self.clear();
            self.tables = Tables::No;
        }
        failed
    }

    /// True if a table is the place for samples; `fit` if they are histograms of which none is deleted.
    fn takes_tables(&mut self, fit: bool) -> bool {
        let fit = fit && self.columns.floats.is_empty() && self.columns.histograms.is_empty();
        if self.tables == Tables::Yes && !fit && !self.table.stamps.is_empty() {
            self.tables = Tables::Failed;
        }
        self.tables == Tables::Failed || self.tables == Tables::Yes && fit
    }

    /// What was added behind so many histograms must be later than them.
    fn check_order(&mut self, len: usize) {
        if let Some([before, after]) = self.table.stamps.times.get(len.wrapping_sub(1)..=len)
            && before >= after
        {
            self.tables = Tables::Failed;
        }
    }

    /// Decodes a chunk and takes out what is deleted. What is later than `end` may be left out.
    pub(super) fn chunk(
        &mut self,
        encoding: Encoding,
        bytes: &[u8],
        end: Millis,
        deleted: &[TimeSpan],
    ) -> Result<(), ChunkError> {
        if self.takes_tables(encoding.has_histograms() && deleted.is_empty()) {
            if self.tables == Tables::Yes {
                let len = self.table.stamps.len();
                let detail =
                    if self.statistics { Detail::Statistics(&mut self.before) } else { Detail::Everything };
                chunk::decode_table(encoding, bytes, &mut self.table, detail)?;
                self.check_order(len);
            }
            return Ok(());
        }
        let (floats, histograms) = (self.columns.floats.len(), self.columns.histograms.len());
        chunk::decode_until(encoding, bytes, end, &mut self.columns)?;
        self.columns.delete((floats, histograms), deleted);
        self.begins = self.begins && !tell_beginning(&mut self.columns, (floats, histograms));
        let before = last(&self.columns.floats, floats).max(last(&self.columns.histograms, histograms));
        let first = first(&self.columns.floats, floats).min(first(&self.columns.histograms, histograms));
        if before.is_some_and(|before| before >= first) {
            let apart = Columns {
                floats: self.columns.floats.split_off(floats),
                histograms: self.columns.histograms.split_off(histograms),
            };
            let columns = self.ending_before(first);
            columns.floats.extend(&apart.floats, 0..apart.floats.len());
            columns.histograms.extend(&apart.histograms, 0..apart.histograms.len());
        }
        Ok(())
    }

    /// Makes room for the floats up to `end` in the chunks that follow, `most` at most, if they are like the first one.
    pub(super) fn expect(&mut self, most: usize, end: Millis) {
        let Column { times, values, .. } = &mut self.columns.floats;
        if let ([first, .., last], false) = (&times[..], self.foreseen) {
            let chunks = end.saturating_sub(*last) / last.saturating_sub(*first).max(1);
            let chunks = usize::try_from(chunks).unwrap_or(0).saturating_add(1).min(most);
            let more = times.len().saturating_mul(chunks).min(FORESEEN);
            times.reserve(more);
            values.reserve(more);
            self.foreseen = true;
        }
    }

    /// Takes the decoded samples of a span.
    pub(super) fn samples(&mut self, samples: &Columns, span: TimeSpan, deleted: &[TimeSpan]) {
        let Columns { floats, histograms } = samples;
        let (of_floats, of_histograms) = (floats.range(span), histograms.range(span));
        if of_floats.is_empty() && of_histograms.is_empty() {
            return;
        }
        if self.takes_tables(of_floats.is_empty() && deleted.is_empty()) {
            if self.tables == Tables::Yes {
                let len = self.table.stamps.len();
                self.table.extend(histograms, of_histograms, self.statistics, &mut self.before);
                self.check_order(len);
            }
            return;
        }
        let begins = self.begins;
        let columns =
            self.ending_before(first(floats, of_floats.start).min(first(histograms, of_histograms.start)));
        let before = (columns.floats.len(), columns.histograms.len());
        columns.floats.extend(floats, of_floats);
        columns.histograms.extend(histograms, of_histograms);
        columns.delete(before, deleted);
        if begins && tell_beginning(columns, before) {
            self.begins = false;
        }
    }

    /// The first columns that end before a time.
    fn ending_before(&mut self, time: Millis) -> &mut Columns {
        let fits = |columns: &Columns| {
            let end = columns.floats.times.last().max(columns.histograms.times.last());
            end.is_none_or(|end| *end < time)
        };
        if fits(&self.columns) {
            return &mut self.columns;
        }
        let at = self.apart.iter().position(fits).unwrap_or(self.apart.len());
        if at == self.apart.len() {
            self.apart.push(Columns::default());
        }
        &mut self.apart[at]
    }

    /// The samples of a span.
    pub(super) fn finish(&mut self, span: TimeSpan) -> RowData<'_> {
        if !self.table.stamps.is_empty() {
            return self.table.within(span);
        }
        if !self.apart.is_empty() {
            let mut streams = std::mem::take(&mut self.apart);
            streams.insert(0, std::mem::take(&mut self.columns));
            self.columns = Columns::merge(&streams);
        }
        if self.statistics {
            let range = self.columns.histograms.range(span);
            let reduced: Vec<_> = statistics(&self.columns.histograms.values[range.clone()]).collect();
            self.columns.histograms.values.splice(range, reduced);
        }
        self.columns.within(span)
    }
}

/// What was taken first from a place is not known to go on from what another place had. True if something was taken.
fn tell_beginning(columns: &mut Columns, before: (usize, usize)) -> bool {
    let Columns { floats, histograms } = columns;
    if let Some(first) = histograms.values.get_mut(before.1)
        && first.hint != ResetHint::Gauge
    {
        first.hint = ResetHint::Unknown;
    }
    floats.len() > before.0 || histograms.len() > before.1
}

fn last<T>(column: &Column<T>, before: usize) -> Option<Millis> {
    column.times[..before].last().copied()
}

fn first<T>(column: &Column<T>, from: usize) -> Millis {
    column.times.get(from).copied().unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::histogram::{BucketSpan, Layout};

    fn chunk(samples: &[(Millis, f64)]) -> Vec<u8> {
        let mut columns = Columns::default();
        samples.iter().for_each(|&(time, value)| columns.floats.push(time, value, 0));
        chunk::encode(Encoding::Xor, &columns).unwrap()
    }

    fn gathered(gather: &mut Gather) -> Vec<(Millis, f64)> {
        let RowData::Columns { floats, .. } = gather.finish(TimeSpan { start: 0, end: 100 });
        floats.values.iter().enumerate().map(|(at, &value)| (floats.times.at(at), value)).collect()
    }

    #[test]
    fn chunks_in_a_row_are_joined_and_overlapping_ones_merged() {
        let mut gather = Gather::default();
        gather.chunk(Encoding::Xor, &chunk(&[(1, 1.0), (2, 2.0)]), Millis::MAX, &[]).unwrap();
        gather.chunk(Encoding::Xor, &chunk(&[(3, 3.0), (9, 9.0)]), Millis::MAX, &[]).unwrap();
        assert!(gather.apart.is_empty());
        gather.chunk(Encoding::Xor, &chunk(&[(2, 20.0), (5, 5.0)]), Millis::MAX, &[]).unwrap();
        gather.chunk(Encoding::Xor, &chunk(&[(6, 6.0), (7, 7.0)]), Millis::MAX, &[]).unwrap();
        assert_eq!(gather.apart.len(), 1);
        let all = [(1, 1.0), (2, 2.0), (3, 3.0), (5, 5.0), (6, 6.0), (7, 7.0), (9, 9.0)];
        assert_eq!(gathered(&mut gather), all);
    }

    #[test]
    fn deleted_samples_are_left_out() {
        let mut gather = Gather::default();
        let deleted = [TimeSpan { start: 2, end: 3 }, TimeSpan { start: 9, end: 9 }];
        gather
            .chunk(Encoding::Xor, &chunk(&[(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)]), Millis::MAX, &deleted)
            .unwrap();
        gather.chunk(Encoding::Xor, &chunk(&[(9, 9.0)]), Millis::MAX, &deleted).unwrap();
        assert_eq!(gathered(&mut gather), [(1, 1.0), (4, 4.0)]);
    }

    /// A chunk of counters.
    fn counters(times: &[Millis], count: f64, hint: ResetHint) -> Columns {
        let mut columns = Columns::default();
        for (nth, &time) in times.iter().enumerate() {
            let count = count + nth as f64;
            let layout = Layout { positive: vec![BucketSpan { offset: 0, length: 1 }], ..Layout::default() };
            let buckets = vec![count].into();
            let h =
                FloatHistogram { hint, count, layout: layout.into(), buckets, ..FloatHistogram::default() };
            columns.histograms.push(time, h, 0);
        }
        columns
    }

    #[test]
    fn statistics_are_those_of_whole_histograms() {
        use ResetHint::{Gauge, Unknown};
        let mut ending = counters(&[30, 40], 9.0, Unknown);
        ending.histograms.push(50, FloatHistogram::stale(), 0);
        let chunks = [counters(&[10, 20], 5.0, Unknown), ending, counters(&[60], 7.0, Unknown)];
        let loose = [counters(&[70, 80], 8.0, Unknown), counters(&[90, 95], 1.0, Gauge)];
        let late = counters(&[45], 3.0, Unknown);
        let everything = TimeSpan { start: Millis::MIN, end: Millis::MAX };
        // With late samples, with deleted ones, with neither.
        for case in 0..3 {
            let deleted = [TimeSpan { start: 20, end: if case == 1 { 30 } else { 19 } }];
            let deleted = &deleted[..usize::from(case == 1)];
            let read = |gather: &mut Gather, span: TimeSpan| {
                gather.clear();
                for _ in 0..2 {
                    for chunk in &chunks {
                        let bytes = chunk::encode(Encoding::Histogram, chunk).unwrap();
                        gather.chunk(Encoding::Histogram, &bytes, Millis::MAX, deleted).unwrap();
                    }
                    loose.iter().for_each(|samples| gather.samples(samples, everything, deleted));
                    if case == 2 {
                        gather.samples(&late, everything, &[]);
                    }
                    if !gather.again() {
                        break;
                    }
                }
                let RowData::Columns { histograms, .. } = gather.finish(span);
                (histograms.times.to_vec(), histograms.values.to_vec())
            };
            for span in [everything, TimeSpan { start: 20, end: 75 }] {
                let (times, whole) = read(&mut Gather::new(false), span);
                let (reduced_times, reduced) = read(&mut Gather::new(true), span);
                assert!(times.is_sorted_by(|a, b| a < b) && times == reduced_times, "{times:?}");
                let want: Vec<FloatHistogram> = statistics(&whole).collect();
                assert_eq!(reduced, want, "{case}");
                let hints = |all: &[FloatHistogram]| all.iter().map(|h| h.hint).collect::<Vec<_>>();
                assert_eq!(hints(&reduced), hints(&want), "{case}");
            }
        }
    }
}
