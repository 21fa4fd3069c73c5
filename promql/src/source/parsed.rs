//! What the readers of formats make.

use super::{AppendError, MemorySource};
use crate::model::{FloatHistogram, Labels, Millis, Sample};

/// A series read from a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedSeries {
    /// The labels.
    pub labels: Labels,
    /// The times of the floats, ascending.
    pub times: Vec<Millis>,
    /// The floats.
    pub values: Vec<f64>,
    /// The histograms with their times, ascending.
    pub histograms: Vec<(Millis, FloatHistogram)>,
}

impl ParsedSeries {
    /// Adds the series to a source.
    ///
    /// # Errors
    /// If the source has something else or something newer in this series.
    pub fn append_to(self, source: &mut MemorySource) -> Result<(), AppendError> {
        let id = source.series(&self.labels);
        let mut histograms = self.histograms.into_iter().peekable();
        for (&time, &value) in self.times.iter().zip(&self.values) {
            while let Some((at, histogram)) = histograms.next_if(|(at, _)| *at < time) {
                source.append_to(id, at, Sample::Histogram(histogram), 0)?;
            }
            source.append_to(id, time, Sample::Float(value), 0)?;
        }
        for (at, histogram) in histograms {
            source.append_to(id, at, Sample::Histogram(histogram), 0)?;
        }
        Ok(())
    }
}
