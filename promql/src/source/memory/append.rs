//! Adding samples by the rules of Prometheus' storage.

use super::{MemorySource, Series};
use crate::model::histogram::HistogramError;
use crate::model::number::format_g;
use crate::model::{FloatHistogram, Labels, Millis, Sample, is_stale};
use crate::source::MetricMetadata;
use std::cmp::Ordering;
use std::sync::Arc;

/// A series of one [`MemorySource`], for appending many samples without looking up its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeriesId(u32);

impl SeriesId {
    /// The number of the series in the order of appearance.
    #[cfg(feature = "tsdb")]
    pub(in crate::source) fn row(self) -> u32 {
        self.0
    }
}

/// Why a sample was not taken; the text is Prometheus'.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// It is older than the last sample of the series.
    #[error("out of order sample")]
    OutOfOrder,
    /// The series has another float at that time.
    #[error(
        "duplicate sample for timestamp; overrides not allowed: existing {}, new value {}",
        format_g(*existing),
        format_g(*new)
    )]
    DuplicateFloat {
        /// What is there.
        existing: f64,
        /// What was to be added.
        new: f64,
    },
    /// The series has a histogram at that time.
    #[error(
        "duplicate sample for timestamp; overrides not allowed: existing is a histogram, new value {}",
        format_g(*new)
    )]
    DuplicateFloatOverHistogram {
        /// What was to be added.
        new: f64,
    },
    /// The series has something else at the time of a histogram.
    #[error("duplicate sample for timestamp")]
    DuplicateHistogram,
    /// The histogram is broken.
    #[error(transparent)]
    Histogram(#[from] HistogramError),
}

impl MemorySource {
    /// Adds a sample to a series, which appears if it is new. `start` is the start time of the sample, 0 if unknown.
    ///
    /// A repetition of the last sample is ignored.
    ///
    /// # Errors
    /// If the sample is not newer than the last one of its series, or is a broken histogram.
    pub fn append(
        &mut self,
        labels: &Labels,
        time: Millis,
        sample: Sample,
        start: Millis,
    ) -> Result<(), AppendError> {
        let id = self.series(labels);
        self.append_to(id, time, sample, start)
    }

    /// The series with these labels; appears if it is new.
    ///
    /// # Panics
    /// Beyond 4 billion series.
    pub fn series(&mut self, labels: &Labels) -> SeriesId {
        if let Some(&id) = self.0.ids.get(labels) {
            return id;
        }
        let store = Arc::make_mut(&mut self.0);
        let row = u32::try_from(store.series.len()).expect("fewer than 2^32 series fit into memory");
        store.series.push(Arc::new(Series { labels: labels.clone(), ..Series::default() }));
        store.ids.insert(labels.clone(), SeriesId(row));
        store.names.entry_ref(labels.name()).or_default().push(row);
        SeriesId(row)
    }

    /// [`MemorySource::append`] for a known series.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// If the series is one of another source that holds more series.
    pub fn append_to(
        &mut self,
        id: SeriesId,
        time: Millis,
        sample: Sample,
        start: Millis,
    ) -> Result<(), AppendError> {
        let series = &self.0.series[id.0 as usize];
        let sample = match sample {
            // A series of histograms ends with one.
            Sample::Float(value) if is_stale(value) && series.ends_with_histogram() => {
                Sample::Histogram(FloatHistogram::stale())
            }
            Sample::Histogram(histogram) => {
                histogram.validate()?;
                Sample::Histogram(histogram)
            }
            sample => sample,
        };
        match series.last_time().map_or(Ordering::Greater, |last| time.cmp(&last)) {
            Ordering::Less => return Err(AppendError::OutOfOrder),
            Ordering::Equal => return series.check_repetition(&sample),
            Ordering::Greater => {}
        }
        let series = Arc::make_mut(&mut Arc::make_mut(&mut self.0).series[id.0 as usize]);
        match sample {
            Sample::Float(value) => series.columns.floats.push(time, value, start),
            Sample::Histogram(histogram) => series.push_histogram(time, histogram, start),
        }
        Ok(())
    }

    /// Says what is known about metrics; replaces what was said before.
    pub fn set_metadata(&mut self, mut metadata: Vec<MetricMetadata>) {
        metadata.sort_by(|a, b| a.name.cmp(&b.name));
        Arc::make_mut(&mut self.0).metadata = metadata;
    }
}

impl Series {
    fn last_time(&self) -> Option<Millis> {
        self.columns.floats.times.last().max(self.columns.histograms.times.last()).copied()
    }

    pub(super) fn ends_with_histogram(&self) -> bool {
        self.columns.histograms.times.last() > self.columns.floats.times.last()
    }

    /// A sample at the time of the last one is fine if it is the same.
    fn check_repetition(&self, sample: &Sample) -> Result<(), AppendError> {
        match (sample, self.ends_with_histogram()) {
            (&Sample::Float(new), true) => Err(AppendError::DuplicateFloatOverHistogram { new }),
            (&Sample::Float(new), false) => match self.columns.floats.values.last() {
                Some(&existing) if existing.to_bits() != new.to_bits() => {
                    Err(AppendError::DuplicateFloat { existing, new })
                }
                _ => Ok(()),
            },
            (Sample::Histogram(new), true)
                if self.columns.histograms.values.last().is_some_and(|h| same(h, new)) =>
            {
                Ok(())
            }
            (Sample::Histogram(_), _) => Err(AppendError::DuplicateHistogram),
        }
    }
}

/// Equal but for empty buckets, which the storage may have added.
fn same(stored: &FloatHistogram, new: &FloatHistogram) -> bool {
    let compacted = |h: &FloatHistogram| {
        let mut h = h.clone();
        h.compact(0);
        h
    };
    compacted(stored) == compacted(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stale_nan;

    #[test]
    fn only_newer_samples_and_repetitions_are_taken() {
        let mut source = MemorySource::default();
        let up = Labels::from_pairs([("__name__", "up")]);
        let histogram = |count| Sample::Histogram(FloatHistogram { count, ..FloatHistogram::default() });
        let mut add =
            |time, sample: Sample| source.append(&up, time, sample, 0).map_err(|error| error.to_string());
        assert_eq!(add(10, Sample::Float(1.0)), Ok(()));
        assert_eq!(add(10, Sample::Float(1.0)), Ok(()));
        assert_eq!(
            add(10, Sample::Float(1e6)).unwrap_err(),
            "duplicate sample for timestamp; overrides not allowed: existing 1, new value 1e+06"
        );
        assert_eq!(add(10, histogram(1.0)).unwrap_err(), "duplicate sample for timestamp");
        assert_eq!(add(9, Sample::Float(1.0)).unwrap_err(), "out of order sample");
        assert_eq!(add(11, histogram(1.0)), Ok(()));
        assert_eq!(add(11, histogram(1.0)), Ok(()));
        assert_eq!(add(11, histogram(2.0)).unwrap_err(), "duplicate sample for timestamp");
        assert_eq!(
            add(11, Sample::Float(2.0)).unwrap_err(),
            "duplicate sample for timestamp; overrides not allowed: existing is a histogram, new value 2"
        );
        assert!(add(12, histogram(-1.0)).is_err());
        assert_eq!(add(12, Sample::Float(stale_nan())), Ok(()));
        assert_eq!((source.sample_count(), source.time_span().unwrap().end), (3, 12));
    }

    #[test]
    fn clones_are_snapshots() {
        let mut source = MemorySource::default();
        source.append(&Labels::empty(), 1, Sample::Float(1.0), 0).unwrap();
        let snapshot = source.clone();
        source.append(&Labels::empty(), 2, Sample::Float(1.0), 0).unwrap();
        assert_eq!((snapshot.sample_count(), source.sample_count()), (1, 2));
    }
}
