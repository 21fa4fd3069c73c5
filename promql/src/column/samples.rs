//! Columns of raw samples: one series as a source delivered it.

use crate::model::{FloatHistogram, Millis};

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
    pub values: &'a [FloatHistogram],
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
