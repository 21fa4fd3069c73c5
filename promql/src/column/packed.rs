//! Rows of which only the samples are kept: what results are held in, and rows that are mostly empty.

use super::bits;
use super::row::{Row, RowMut};
use super::tile::{HistogramRow, Tile};
use crate::model::FloatHistogram;

/// Rows over one grid, their floats one behind the other without gaps.
#[derive(Clone, Debug, Default)]
pub struct PackedRows {
    len: usize,
    words: usize,
    /// Never empty ones. Large sets of rows are joined without copying.
    parts: Vec<Part>,
    /// How many rows there are up to the end of each part.
    ends: Vec<usize>,
}

/// Some rows in one block of memory.
#[derive(Clone, Debug, Default)]
struct Part {
    /// Whole words a row.
    floats: Vec<u64>,
    /// Where the floats of each row begin.
    starts: Vec<usize>,
    values: Vec<f64>,
    /// Empty as long as no row holds a histogram, else one slot a row.
    histograms: Vec<Option<Box<HistogramRow>>>,
}

/// Sets of rows with fewer values are joined by copying them.
const SMALL: usize = 8_192;

/// A sample of a packed row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PackedSample<'a> {
    /// A number.
    Float(f64),
    /// A native histogram.
    Histogram(&'a FloatHistogram),
}

impl Part {
    fn rows(&self) -> usize {
        self.starts.len()
    }

    fn push(&mut self, row: Row<'_>, len: usize) {
        self.starts.push(self.values.len());
        self.floats.extend_from_slice(row.floats);
        if bits::all(row.floats, len) {
            self.values.extend_from_slice(row.values);
        } else {
            self.values.extend(bits::iter(row.floats).map(|step| row.values[step]));
        }
        let rows = self.rows();
        if row.histograms.is_some() || !self.histograms.is_empty() {
            self.histograms.resize_with(rows, || None);
            self.histograms[rows - 1] = row.histograms.cloned().map(Box::new);
        }
    }

    fn push_floats(&mut self, floats: impl Iterator<Item = (usize, f64)>, words: usize) {
        self.starts.push(self.values.len());
        let first = self.floats.len();
        self.floats.resize(first + words, 0);
        for (step, value) in floats {
            bits::set(&mut self.floats[first..], step);
            self.values.push(value);
        }
        if !self.histograms.is_empty() {
            self.histograms.push(None);
        }
    }

    fn append(&mut self, mut other: Part) {
        let (rows, first) = (self.rows(), self.values.len());
        self.starts.extend(other.starts.iter().map(|start| first + start));
        self.floats.append(&mut other.floats);
        self.values.append(&mut other.values);
        if !(self.histograms.is_empty() && other.histograms.is_empty()) {
            self.histograms.resize_with(rows, || None);
            self.histograms.append(&mut other.histograms);
            self.histograms.resize_with(self.starts.len(), || None);
        }
    }

    fn is_small(&self) -> bool {
        self.values.len() < SMALL
    }
}

impl PackedRows {
    /// No rows yet, of `len` steps each.
    #[must_use]
    pub fn new(len: usize) -> Self {
        PackedRows { len, words: bits::words(len), ..PackedRows::default() }
    }

    /// The rows of a tile that holds a float in every slot; nothing is copied.
    pub(crate) fn dense(tile: Tile) -> Self {
        debug_assert!(tile.is_dense());
        let (rows, len) = (tile.rows(), tile.len());
        let mut packed = PackedRows::new(len);
        if rows > 0 {
            let (mut values, floats) = tile.into_floats();
            if values.capacity() > values.len() * 2 {
                values.shrink_to_fit();
            }
            let starts = (0..rows).map(|row| row * len).collect();
            packed.parts.push(Part { floats, starts, values, histograms: Vec::new() });
            packed.ends.push(rows);
        }
        packed
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The number of steps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The part that takes another row.
    fn open(&mut self) -> &mut Part {
        let rows = self.rows();
        if self.parts.is_empty() {
            self.parts.push(Part::default());
            self.ends.push(rows);
        }
        let last = self.parts.len() - 1;
        self.ends[last] += 1;
        &mut self.parts[last]
    }

    /// Adds a row behind the last one.
    pub fn push(&mut self, row: Row<'_>) {
        debug_assert_eq!(row.len(), self.len);
        let len = self.len;
        self.open().push(row, len);
    }

    /// Adds a row of some floats behind the last one; steps ascend.
    pub fn push_floats(&mut self, floats: impl Iterator<Item = (usize, f64)>) {
        let words = self.words;
        self.open().push_floats(floats, words);
    }

    /// Adds the rows of another set over the same grid.
    pub fn append(&mut self, other: PackedRows) {
        debug_assert_eq!(other.len, self.len);
        if self.parts.is_empty() {
            *self = other;
            return;
        }
        for part in other.parts {
            let rows = self.rows() + part.rows();
            match (self.parts.last_mut(), self.ends.last_mut()) {
                (Some(last), Some(end)) if last.is_small() && part.is_small() => {
                    last.append(part);
                    *end = rows;
                }
                _ => {
                    self.parts.push(part);
                    self.ends.push(rows);
                }
            }
        }
    }

    /// Writes a row out; `out` is empty.
    pub fn unpack(&self, row: usize, out: &mut RowMut<'_>) {
        let (floats, values) = self.floats_of(row);
        out.floats.copy_from_slice(floats);
        if values.len() == self.len {
            out.values.copy_from_slice(values);
        } else {
            bits::iter(floats).zip(values).for_each(|(step, &value)| out.values[step] = value);
        }
        *out.histograms = self.histograms_of(row).cloned().map(Box::new);
    }

    /// How many samples a row holds, histograms by their size in samples.
    #[must_use]
    pub fn samples(&self, row: usize) -> usize {
        let histograms =
            self.histograms_of(row).map_or(0, |row| row.iter().map(|(_, h)| h.size_in_samples()).sum());
        self.floats_of(row).1.len() + histograms
    }

    /// True if no step of a row holds anything.
    #[must_use]
    pub fn is_absent(&self, row: usize) -> bool {
        self.floats_of(row).1.is_empty()
            && self.histograms_of(row).is_none_or(|row| !bits::any(row.present()))
    }

    /// Steps and samples of a row in step order.
    pub fn iter(&self, row: usize) -> impl Iterator<Item = (usize, PackedSample<'_>)> {
        let (floats, values) = self.floats_of(row);
        let histograms = self.histograms_of(row);
        let mut values = values.iter();
        (0..self.len).filter_map(move |step| {
            if bits::get(floats, step) {
                return values.next().map(|&value| (step, PackedSample::Float(value)));
            }
            let histogram = histograms.and_then(|row| row.get(step))?;
            Some((step, PackedSample::Histogram(histogram)))
        })
    }

    /// The part of a row and its number there.
    fn part(&self, row: usize) -> (&Part, usize) {
        let at = if self.ends.len() == 1 { 0 } else { self.ends.partition_point(|&end| end <= row) };
        let first = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        (&self.parts[at], row - first)
    }

    fn floats_of(&self, row: usize) -> (&[u64], &[f64]) {
        let (part, row) = self.part(row);
        let end = part.starts.get(row + 1).copied().unwrap_or(part.values.len());
        (&part.floats[row * self.words..][..self.words], &part.values[part.starts[row]..end])
    }

    fn histograms_of(&self, row: usize) -> Option<&HistogramRow> {
        let (part, row) = self.part(row);
        part.histograms.get(row).and_then(Option::as_deref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sample;

    fn tile() -> Tile {
        let mut tile = Tile::new(4, 70);
        (0..70).for_each(|step| tile.row_mut(0).set_float(step, step as f64));
        tile.row_mut(2).set_float(69, 1.0);
        tile.row_mut(2).set_histogram(3, FloatHistogram::default());
        tile.row_mut(3).set_float(0, 2.0);
        tile
    }

    fn samples(row: Row<'_>) -> Vec<Option<Sample>> {
        (0..row.len()).map(|step| row.sample(step)).collect()
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let tile = tile();
        let mut packed = PackedRows::new(70);
        tile.iter().take(2).for_each(|row| packed.push(row));
        let mut rest = PackedRows::new(70);
        tile.iter().skip(2).for_each(|row| rest.push(row));
        packed.append(rest);
        let mut out = Tile::new(4, 70);
        for row in 0..4 {
            packed.unpack(row, &mut out.row_mut(row));
            assert_eq!(samples(out.row(row)), samples(tile.row(row)), "row {row}");
            assert_eq!(packed.samples(row), tile.row(row).samples(), "row {row}");
            assert_eq!(packed.is_absent(row), tile.row(row).is_absent(), "row {row}");
        }
        assert_eq!(packed.iter(2).map(|(step, _)| step).collect::<Vec<_>>(), [3, 69]);
    }

    #[test]
    fn large_sets_are_joined_part_by_part() {
        let tile = tile();
        let mut packed = PackedRows::new(70);
        let mut number = 0;
        for size in [1, SMALL / 4, 3, SMALL / 4, SMALL / 4] {
            let mut set = PackedRows::new(70);
            (0..size).for_each(|nth| set.push(tile.row((number + nth) % 4)));
            packed.append(set);
            number += size;
        }
        packed.push(tile.row(3));
        assert!(packed.parts.len() > 2 && packed.rows() == number + 1);
        let mut out = Tile::new(1, 70);
        for row in 0..number {
            out.reset(1, 70);
            packed.unpack(row, &mut out.row_mut(0));
            assert_eq!(samples(out.row(0)), samples(tile.row(row % 4)), "row {row}");
        }
        assert_eq!(packed.iter(number).count(), 1);
    }

    #[test]
    fn dense_tiles_are_taken_over() {
        let mut tile = Tile::new(3, 2);
        (0..6).for_each(|at| tile.row_mut(at / 2).set_float(at % 2, at as f64));
        let packed = PackedRows::dense(tile);
        assert_eq!((packed.rows(), packed.samples(1)), (3, 2));
        let last: Vec<_> = packed.iter(2).collect();
        assert_eq!(last, [(0, PackedSample::Float(4.0)), (1, PackedSample::Float(5.0))]);
        assert_eq!(PackedRows::dense(Tile::new(0, 2)).rows(), 0);
    }

    #[test]
    fn floats_alone_need_no_row() {
        let mut packed = PackedRows::new(3);
        packed.push_floats([(0, 1.0), (2, 3.0)].into_iter());
        packed.push_floats(std::iter::empty());
        let got: Vec<_> = packed.iter(0).collect();
        assert_eq!(got, [(0, PackedSample::Float(1.0)), (2, PackedSample::Float(3.0))]);
        assert!(packed.is_absent(1) && packed.rows() == 2);
    }
}
