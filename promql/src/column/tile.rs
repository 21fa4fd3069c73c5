//! Tiles: some rows over one grid in one contiguous buffer.

use super::bits;
use super::row::{Row, RowMut};
use crate::model::FloatHistogram;
use crate::model::histogram::HistogramTable;

/// The histograms of one row, one slot a step.
#[derive(Clone, Debug)]
pub struct HistogramRow {
    present: Vec<u64>,
    slots: Slots,
}

/// Where the histograms are.
#[derive(Clone, Debug)]
enum Slots {
    /// One by one.
    Points(Vec<Option<FloatHistogram>>),
    /// In a table with a row a step.
    Table(HistogramTable),
}

impl HistogramRow {
    /// A row of `len` empty steps.
    #[must_use]
    pub fn new(len: usize) -> Self {
        HistogramRow { present: vec![0; bits::words(len)], slots: Slots::Points(vec![None; len]) }
    }

    /// The rows of a table as steps.
    #[must_use]
    pub fn of_table(table: HistogramTable) -> Self {
        let mut present = vec![0; bits::words(table.len())];
        for run in table.runs() {
            run.rows.for_each(|step| bits::set(&mut present, step));
        }
        HistogramRow { present, slots: Slots::Table(table) }
    }

    /// The table, if the histograms are in one.
    #[must_use]
    pub fn table(&self) -> Option<&HistogramTable> {
        match &self.slots {
            Slots::Table(table) => Some(table),
            Slots::Points(_) => None,
        }
    }

    /// The histogram at a step.
    #[must_use]
    pub fn get(&self, step: usize) -> Option<&FloatHistogram> {
        match &self.slots {
            Slots::Points(points) => points[step].as_ref(),
            Slots::Table(table) => bits::get(&self.present, step).then(|| &table.points()[step]),
        }
    }

    /// The slots for changing: one by one from now on.
    fn slots_mut(&mut self) -> &mut Vec<Option<FloatHistogram>> {
        if let Slots::Table(table) = &self.slots {
            let points = table.points().iter().enumerate();
            let points = points.map(|(step, point)| bits::get(&self.present, step).then(|| point.clone()));
            self.slots = Slots::Points(points.collect());
        }
        match &mut self.slots {
            Slots::Points(points) => points,
            Slots::Table(_) => unreachable!("the table was taken apart"),
        }
    }

    /// The histogram at a step, for changing in place.
    pub fn get_mut(&mut self, step: usize) -> Option<&mut FloatHistogram> {
        self.slots_mut()[step].as_mut()
    }

    /// Writes a histogram.
    pub fn set(&mut self, step: usize, histogram: FloatHistogram) {
        self.slots_mut()[step] = Some(histogram);
        bits::set(&mut self.present, step);
    }

    /// Empties a step.
    pub fn clear(&mut self, step: usize) {
        if bits::get(&self.present, step) {
            self.slots_mut()[step] = None;
            bits::clear(&mut self.present, step);
        }
    }

    /// Which steps hold a histogram.
    #[must_use]
    pub fn present(&self) -> &[u64] {
        &self.present
    }

    /// How many samples they count as.
    #[must_use]
    pub fn size_in_samples(&self) -> usize {
        match &self.slots {
            Slots::Points(points) => points.iter().flatten().map(FloatHistogram::size_in_samples).sum(),
            Slots::Table(table) => table.runs().map(|run| run.rows.len() * run.shape.size_in_samples()).sum(),
        }
    }

    /// Steps and histograms in step order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &FloatHistogram)> {
        bits::iter(&self.present).filter_map(|step| Some((step, self.get(step)?)))
    }

    /// Steps and histograms in step order, for changing in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut FloatHistogram)> {
        let points = self.slots_mut().iter_mut().enumerate();
        points.filter_map(|(step, point)| point.as_mut().map(|h| (step, h)))
    }
}

/// `rows` rows of `len` steps each, row after row in one buffer.
#[derive(Clone, Debug, Default)]
pub struct Tile {
    rows: usize,
    len: usize,
    words: usize,
    values: Vec<f64>,
    floats: Vec<u64>,
    /// Empty as long as no row holds a histogram, else one slot a row.
    histograms: Vec<Option<Box<HistogramRow>>>,
}

impl Tile {
    /// A tile of empty rows.
    #[must_use]
    pub fn new(rows: usize, len: usize) -> Self {
        let mut tile = Tile::default();
        tile.reset(rows, len);
        tile
    }

    /// A tile without rows that has room for some.
    #[must_use]
    pub fn with_capacity(rows: usize, len: usize) -> Self {
        let words = bits::words(len);
        Tile {
            rows: 0,
            len,
            words,
            values: Vec::with_capacity(rows.saturating_mul(len)),
            floats: Vec::with_capacity(rows.saturating_mul(words)),
            histograms: Vec::new(),
        }
    }

    /// Adds a row behind the last one.
    pub fn push(&mut self, row: Row<'_>) {
        debug_assert_eq!(row.len(), self.len);
        self.values.extend_from_slice(row.values);
        self.floats.extend_from_slice(row.floats);
        self.rows += 1;
        if let Some(histograms) = row.histograms {
            self.histograms.resize_with(self.rows - 1, || None);
            self.histograms.push(Some(Box::new(histograms.clone())));
        } else if !self.histograms.is_empty() {
            self.histograms.push(None);
        }
    }

    /// Adds the rows of another tile of the same length.
    pub fn append(&mut self, mut other: Tile) {
        if self.rows == 0 && self.len == other.len && self.values.capacity() <= other.values.len() {
            *self = other;
            return;
        }
        self.values.append(&mut other.values);
        self.floats.append(&mut other.floats);
        if !(self.histograms.is_empty() && other.histograms.is_empty()) {
            self.histograms.resize_with(self.rows, || None);
            self.histograms.append(&mut other.histograms);
            self.histograms.resize_with(self.rows + other.rows, || None);
        }
        self.rows += other.rows;
    }

    /// Makes all rows empty in a new shape, keeping the buffers. Values are left as they are.
    pub fn reset(&mut self, rows: usize, len: usize) {
        (self.rows, self.len, self.words) = (rows, len, bits::words(len));
        self.values.resize(rows * len, 0.0);
        self.floats.clear();
        self.floats.resize(rows * self.words, 0);
        self.histograms.clear();
    }

    /// Adds an empty row at the end.
    pub fn push_row(&mut self) {
        self.rows += 1;
        self.values.resize(self.rows * self.len, 0.0);
        self.floats.resize(self.rows * self.words, 0);
        if !self.histograms.is_empty() {
            self.histograms.push(None);
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of steps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there is no slot at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0 || self.len == 0
    }

    /// Row `index`.
    #[inline]
    #[must_use]
    pub fn row(&self, index: usize) -> Row<'_> {
        Row {
            values: &self.values[index * self.len..][..self.len],
            floats: &self.floats[index * self.words..][..self.words],
            histograms: self.histograms.get(index).and_then(Option::as_deref),
        }
    }

    /// Row `index` for writing.
    #[inline]
    pub fn row_mut(&mut self, index: usize) -> RowMut<'_> {
        if self.histograms.is_empty() {
            self.histograms.resize_with(self.rows, || None);
        }
        RowMut {
            values: &mut self.values[index * self.len..][..self.len],
            floats: &mut self.floats[index * self.words..][..self.words],
            histograms: &mut self.histograms[index],
        }
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.rows).map(|index| self.row(index))
    }

    /// The values of all rows in one slice, for element-wise kernels that may touch absent slots.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// The float presence of all rows in one slice, whole words a row.
    #[must_use]
    pub fn floats(&self) -> &[u64] {
        &self.floats
    }

    /// True if all rows hold a float at every step.
    #[must_use]
    pub fn is_dense(&self) -> bool {
        self.iter().all(|row| row.is_dense())
    }

    /// The values and the presence of all rows.
    pub(super) fn into_floats(self) -> (Vec<f64>, Vec<u64>) {
        (self.values, self.floats)
    }

    /// True if any row holds a histogram.
    #[must_use]
    pub fn has_histograms(&self) -> bool {
        self.histograms.iter().any(Option::is_some)
    }

    /// Removes the histograms of all rows.
    pub fn drop_histograms(&mut self) {
        self.histograms.clear();
    }

    /// Copies a row of another tile into row `to`.
    pub fn copy_row(&mut self, to: usize, from: Row<'_>) {
        let row = self.row_mut(to);
        row.values.copy_from_slice(from.values);
        row.floats.copy_from_slice(from.floats);
        *row.histograms = from.histograms.cloned().map(Box::new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_table_are_steps() {
        let h = |count| FloatHistogram { count, ..FloatHistogram::default() };
        let mut table = HistogramTable::default();
        table.push(&h(1.0));
        table.push_empty(1);
        table.push(&h(3.0));
        let mut row = HistogramRow::of_table(table);
        assert_eq!((row.get(0), row.get(1), row.present()), (Some(&h(1.0)), None, &[0b101][..]));
        assert_eq!(row.size_in_samples(), 22);
        row.clear(1);
        assert!(row.table().is_some());
        row.clear(0);
        row.set(1, h(2.0));
        assert!(row.table().is_none());
        assert_eq!(row.iter().collect::<Vec<_>>(), [(1, &h(2.0)), (2, &h(3.0))]);
        assert_eq!((row.present(), row.size_in_samples()), (&[0b110][..], 22));
    }
}
