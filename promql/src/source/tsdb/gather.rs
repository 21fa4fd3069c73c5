//! The samples of one series from all its chunks, in time order, each time once.

use crate::model::{Millis, TimeSpan};
use crate::source::chunk::{self, ChunkError, Encoding};
use crate::source::column::{Column, Columns};

/// Where chunks of a series are decoded to. Chunks that follow one another, as nearly all do, end up in one pair of
/// columns; others are kept apart and merged at the end.
#[derive(Default)]
pub(super) struct Gather {
    columns: Columns,
    apart: Vec<Columns>,
}

impl Gather {
    pub(super) fn clear(&mut self) {
        self.columns.clear();
        self.apart.clear();
    }

    /// Decodes a chunk and takes out what is deleted. What is later than `end` may be left out.
    pub(super) fn chunk(
        &mut self,
        encoding: Encoding,
        bytes: &[u8],
        end: Millis,
        deleted: &[TimeSpan],
    ) -> Result<(), ChunkError> {
        let (floats, histograms) = (self.columns.floats.len(), self.columns.histograms.len());
        chunk::decode_until(encoding, bytes, end, &mut self.columns)?;
        self.columns.delete((floats, histograms), deleted);
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

    /// Takes the decoded samples of a span.
    pub(super) fn samples(&mut self, samples: &Columns, span: TimeSpan, deleted: &[TimeSpan]) {
        let Columns { floats, histograms } = samples;
        let (of_floats, of_histograms) = (floats.range(span), histograms.range(span));
        if of_floats.is_empty() && of_histograms.is_empty() {
            return;
        }
        let columns =
            self.ending_before(first(floats, of_floats.start).min(first(histograms, of_histograms.start)));
        let before = (columns.floats.len(), columns.histograms.len());
        columns.floats.extend(floats, of_floats);
        columns.histograms.extend(histograms, of_histograms);
        columns.delete(before, deleted);
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

    /// All samples.
    pub(super) fn finish(&mut self) -> &Columns {
        if !self.apart.is_empty() {
            let mut streams = std::mem::take(&mut self.apart);
            streams.insert(0, std::mem::take(&mut self.columns));
            self.columns = Columns::merge(&streams);
        }
        &self.columns
    }
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

    fn chunk(samples: &[(Millis, f64)]) -> Vec<u8> {
        let mut columns = Columns::default();
        samples.iter().for_each(|&(time, value)| columns.floats.push(time, value, 0));
        chunk::encode(Encoding::Xor, &columns).unwrap()
    }

    fn gathered(gather: &mut Gather) -> Vec<(Millis, f64)> {
        let columns = gather.finish();
        columns.floats.times.iter().copied().zip(columns.floats.values.iter().copied()).collect()
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
}
