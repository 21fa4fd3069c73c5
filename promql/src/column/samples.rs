//! Columns of raw samples: one series as a source delivered it.

use crate::model::histogram::HistogramTable;
use crate::model::{FloatHistogram, Millis};
use std::ops::{Deref, Range};

/// The floats of one series in time order.
#[derive(Clone, Copy, Debug, Default)]
pub struct FloatColumn<'a> {
    /// Times, strictly ascending.
    pub times: &'a [Millis],
    /// Values.
    pub values: &'a [f64],
    /// Start times, 0 where unknown; `None` if nobody asked for them or the source has none.
    pub starts: Option<&'a [Millis]>,
}

/// The histograms of one series in time order.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistogramColumn<'a> {
    /// Times, strictly ascending.
    pub times: &'a [Millis],
    /// Values.
    pub values: HistogramValues<'a>,
    /// Start times, 0 where unknown.
    pub starts: Option<&'a [Millis]>,
}

/// Both columns of one series. Range functions get them without stale markers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeriesColumns<'a> {
    /// The floats.
    pub floats: FloatColumn<'a>,
    /// The histograms.
    pub histograms: HistogramColumn<'a>,
}

impl<'a> FloatColumn<'a> {
    /// The start time of sample `index`, 0 if unknown.
    #[inline]
    #[must_use]
    pub fn start(&self, index: usize) -> Millis {
        self.starts.map_or(0, |starts| starts[index])
    }

    /// The samples `from..to`.
    #[must_use]
    pub fn slice(&self, from: usize, to: usize) -> FloatColumn<'a> {
        FloatColumn {
            times: &self.times[from..to],
            values: &self.values[from..to],
            starts: self.starts.map(|starts| &starts[from..to]),
        }
    }

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
}

impl<'a> HistogramColumn<'a> {
    /// The start time of sample `index`, 0 if unknown.
    #[must_use]
    pub fn start(&self, index: usize) -> Millis {
        self.starts.map_or(0, |starts| starts[index])
    }

    /// The samples `from..to`.
    #[must_use]
    pub fn slice(&self, from: usize, to: usize) -> HistogramColumn<'a> {
        HistogramColumn {
            times: &self.times[from..to],
            values: self.values.slice(from..to),
            starts: self.starts.map(|starts| &starts[from..to]),
        }
    }

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
}

/// Histograms one by one, or rows of a table. Who asks for them one by one gets them in any case.
#[derive(Clone, Copy, Debug)]
pub enum HistogramValues<'a> {
    /// One by one.
    Points(&'a [FloatHistogram]),
    /// Rows of a table, none of them empty.
    Rows {
        /// The table.
        table: &'a HistogramTable,
        /// The first row.
        from: usize,
        /// The row behind the last one.
        to: usize,
    },
}

impl<'a> HistogramValues<'a> {
    /// All of them one by one.
    #[must_use]
    pub fn points(self) -> &'a [FloatHistogram] {
        match self {
            HistogramValues::Points(points) => points,
            HistogramValues::Rows { table, from, to } => &table.points()[from..to],
        }
    }

    /// Rows of a table, of one that is filled with them where they are not in one, and the first of them.
    pub(crate) fn rows<'b>(self, own: &'b mut HistogramTable) -> (&'b HistogramTable, usize)
    where
        'a: 'b,
    {
        match self {
            HistogramValues::Rows { table, from, .. } => (table, from),
            HistogramValues::Points(points) => {
                own.clear();
                points.iter().for_each(|h| own.push(h));
                (own, 0)
            }
        }
    }

    /// The number of histograms.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            HistogramValues::Points(points) => points.len(),
            HistogramValues::Rows { from, to, .. } => to - from,
        }
    }

    /// True without histograms.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Some of them.
    #[must_use]
    pub fn slice(self, range: Range<usize>) -> Self {
        match self {
            HistogramValues::Points(points) => HistogramValues::Points(&points[range]),
            HistogramValues::Rows { table, from, to } => {
                debug_assert!(range.end <= to - from);
                HistogramValues::Rows { table, from: from + range.start, to: from + range.end }
            }
        }
    }
}

impl Default for HistogramValues<'_> {
    fn default() -> Self {
        HistogramValues::Points(&[])
    }
}

impl<'a> From<&'a [FloatHistogram]> for HistogramValues<'a> {
    fn from(points: &'a [FloatHistogram]) -> Self {
        HistogramValues::Points(points)
    }
}

impl Deref for HistogramValues<'_> {
    type Target = [FloatHistogram];

    fn deref(&self) -> &[FloatHistogram] {
        self.points()
    }
}
