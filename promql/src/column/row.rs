//! Views of one row: one series over a grid.

use super::bits;
use super::tile::HistogramRow;
use crate::model::histogram::HistogramTable;
use crate::model::{FloatHistogram, Sample};

/// One row to read. A step holds a float, a histogram or nothing.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// One slot a step; only slots with a set bit in `floats` mean anything.
    pub values: &'a [f64],
    /// Which steps hold a float.
    pub floats: &'a [u64],
    /// The histograms, if the row has any.
    pub histograms: Option<&'a HistogramRow>,
}

impl<'a> Row<'a> {
    /// The number of steps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True for a row over an empty grid.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The float at a step.
    #[inline]
    #[must_use]
    pub fn float(&self, step: usize) -> Option<f64> {
        bits::get(self.floats, step).then(|| self.values[step])
    }

    /// The histogram at a step.
    #[must_use]
    pub fn histogram(&self, step: usize) -> Option<&'a FloatHistogram> {
        self.histograms.and_then(|row| row.get(step))
    }

    /// The sample at a step, cloned.
    #[must_use]
    pub fn sample(&self, step: usize) -> Option<Sample> {
        match self.float(step) {
            Some(value) => Some(Sample::Float(value)),
            None => self.histogram(step).cloned().map(Sample::Histogram),
        }
    }

    /// True if the step holds a float or a histogram.
    #[must_use]
    pub fn is_present(&self, step: usize) -> bool {
        bits::get(self.floats, step) || self.histogram(step).is_some()
    }

    /// How many samples the row holds, histograms by their size in samples.
    #[must_use]
    pub fn samples(&self) -> usize {
        let histograms = self.histograms.map_or(0, HistogramRow::size_in_samples);
        bits::count(self.floats) + histograms
    }

    /// True if no step holds anything.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        !bits::any(self.floats) && self.histograms.is_none_or(|row| !bits::any(row.present()))
    }

    /// True if every step holds a float.
    #[must_use]
    pub fn is_dense(&self) -> bool {
        self.histograms.is_none() && bits::all(self.floats, self.values.len())
    }

    /// Word `index` of the presence of floats and histograms together.
    #[must_use]
    pub fn present_word(&self, index: usize) -> u64 {
        self.floats[index] | self.histograms.map_or(0, |row| row.present()[index])
    }

    /// The presence of floats and histograms together.
    pub fn present(&self) -> impl Iterator<Item = u64> + use<'a> {
        let row = *self;
        (0..row.floats.len()).map(move |index| row.present_word(index))
    }
}

/// One row to write; it starts empty.
#[derive(Debug)]
pub struct RowMut<'a> {
    /// One slot a step.
    pub values: &'a mut [f64],
    /// Which steps hold a float.
    pub floats: &'a mut [u64],
    /// The histograms; stays `None` in rows without any.
    pub histograms: &'a mut Option<Box<HistogramRow>>,
}

impl RowMut<'_> {
    /// The number of steps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True for a row over an empty grid.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Writes a float, replacing what the step held.
    #[inline]
    pub fn set_float(&mut self, step: usize, value: f64) {
        self.values[step] = value;
        bits::set(self.floats, step);
        if let Some(row) = self.histograms {
            row.clear(step);
        }
    }

    /// Writes a histogram, replacing what the step held.
    pub fn set_histogram(&mut self, step: usize, histogram: FloatHistogram) {
        bits::clear(self.floats, step);
        let len = self.values.len();
        self.histograms.get_or_insert_with(|| Box::new(HistogramRow::new(len))).set(step, histogram);
    }

    /// Writes histograms, a row of the table a step; no other sample may be at any of their steps.
    pub(crate) fn set_table(&mut self, table: HistogramTable) {
        *self.histograms = Some(Box::new(HistogramRow::of_table(table)));
    }

    /// Writes a sample.
    pub fn set(&mut self, step: usize, sample: Sample) {
        match sample {
            Sample::Float(value) => self.set_float(step, value),
            Sample::Histogram(histogram) => self.set_histogram(step, histogram),
        }
    }

    /// Empties a step.
    pub fn clear(&mut self, step: usize) {
        bits::clear(self.floats, step);
        if let Some(row) = self.histograms {
            row.clear(step);
        }
    }

    /// Removes all histograms.
    pub fn drop_histograms(&mut self) {
        *self.histograms = None;
    }

    /// The row for reading.
    #[must_use]
    pub fn as_row(&self) -> Row<'_> {
        Row { values: self.values, floats: self.floats, histograms: self.histograms.as_deref() }
    }
}

/// A scalar argument over the grid: the same at every step, or one value a step.
#[derive(Clone, Copy, Debug)]
pub enum Param<'a> {
    /// The same at every step.
    Const(f64),
    /// One value a step.
    Row(&'a [f64]),
}

impl Param<'_> {
    /// The value at a step.
    #[inline]
    #[must_use]
    pub fn at(&self, step: usize) -> f64 {
        match self {
            Param::Const(value) => *value,
            Param::Row(values) => values[step],
        }
    }
}
