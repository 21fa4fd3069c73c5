//! What kernels have to say beside their values. Notes become texts with a place and a metric name in `exec`.

use std::collections::HashSet;
use std::mem::{Discriminant, discriminant};

/// One remark of a kernel. Raised on rare paths only.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// Floats and histograms in one window of a function that cannot have both; no value.
    MixedFloatsHistograms,
    /// Floats and histograms in one group of an aggregation; no value.
    MixedFloatsHistogramsInGroup,
    /// Histograms in a window that holds floats too were left out.
    IgnoredHistogramsInMixedRange,
    /// A float row produced a value of a counter function.
    CounterOutput,
    /// The `__type__` label of a series of a counter function is neither `counter` nor `histogram`, but this.
    NotTypedCounter(String),
    /// A counter function met a gauge histogram.
    HistogramNotCounter,
    /// A gauge function met a counter histogram.
    HistogramNotGauge,
    /// Exponential and custom buckets met; no value.
    MixedExponentialCustom,
    /// Exponential and custom buckets met in a group of an aggregation, at a series of this name; no value.
    MixedExponentialCustomInGroup(String),
    /// Custom buckets with other bounds were reconciled in the operation of the node itself.
    ReconciledBounds,
    /// Custom buckets with other bounds were reconciled while a range function added.
    ReconciledBoundsInAddition,
    /// Custom buckets with other bounds were reconciled while a range function subtracted.
    ReconciledBoundsInSubtraction,
    /// Hints `reset` and `not_reset` met.
    ConflictingResets,
    /// A quantile outside 0 to 1, or NaN.
    InvalidQuantile(f64),
    /// A strategy of `integral` that is not 0, 1 or 2.
    InvalidStrategy(f64),
    /// A start time that overlaps the sample before it; how often.
    OverlappingStartTime(u64),
    /// An aggregator left out a histogram.
    IgnoredHistogramInGroup,
    /// A `le` label that is missing or no number.
    BadBucketLabel(String),
    /// Classic and native histograms under one label set; no value.
    MixedClassicNative,
    /// Classic buckets had to be made monotonic.
    ForcedMonotonic {
        /// Lowest bucket bound that was changed.
        min_bucket: f64,
        /// Highest bucket bound that was changed.
        max_bucket: f64,
        /// Largest difference.
        max_diff: f64,
        /// Time of the first and the last sample concerned, in milliseconds.
        times: (i64, i64),
        /// How many samples were concerned.
        count: u64,
    },
    /// NaN observations make the quantile NaN.
    NanObservationsResultNan,
    /// NaN observations skew the quantile.
    NanObservationsSkewed,
    /// NaN observations are left out of a fraction.
    NanObservationsExcluded,
    /// Sorting has no effect in a range query.
    SortInRange,
    /// A ratio beyond -1 or 1.
    InvalidRatio(f64),
    /// A binary operator met types it cannot combine: the left is a histogram, the right is a histogram.
    IncompatibleTypes {
        /// The left sample is a histogram.
        left_histogram: bool,
        /// The right sample is a histogram.
        right_histogram: bool,
    },
    /// A binary operator met incompatible bucket layouts.
    IncompatibleLayouts,
}

/// The notes of a row or a node, each text once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    notes: Vec<Note>,
    /// The parameters complained about: one a step, if somebody writes `quantile(time(), x)`.
    numbers: HashSet<(Discriminant<Note>, u64)>,
}

impl Note {
    /// True for notes that count what they are about, wherever in the query it happens.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(self, Note::ForcedMonotonic { .. } | Note::OverlappingStartTime(_))
    }

    /// Makes one note of two that say the same, adding up what they counted; false if they say different things.
    pub fn absorb(&mut self, other: &Note) -> bool {
        match (self, other) {
            (
                Note::ForcedMonotonic { min_bucket, max_bucket, max_diff, times, count },
                Note::ForcedMonotonic {
                    min_bucket: min,
                    max_bucket: max,
                    max_diff: diff,
                    times: (from, to),
                    count: more,
                },
            ) => {
                *min_bucket = min_bucket.min(*min);
                *max_bucket = max_bucket.max(*max);
                *max_diff = max_diff.max(*diff);
                *times = (times.0.min(*from), times.1.max(*to));
                *count = count.saturating_add(*more);
                true
            }
            (Note::OverlappingStartTime(count), Note::OverlappingStartTime(more)) => {
                *count = count.saturating_add(*more);
                true
            }
            (note, other) => note == other,
        }
    }

    /// The parameter it complains about, as its text tells parameters apart.
    fn number(&self) -> Option<(Discriminant<Note>, u64)> {
        let (Note::InvalidQuantile(value) | Note::InvalidStrategy(value) | Note::InvalidRatio(value)) = self
        else {
            return None;
        };
        let value = if value.is_nan() { f64::NAN } else { *value };
        Some((discriminant(self), value.to_bits()))
    }
}

impl Notes {
    /// Adds a note; what says the same as one that is there already becomes part of that one.
    pub fn raise(&mut self, note: Note) {
        let known = match note.number() {
            Some(number) => !self.numbers.insert(number),
            None => self.notes.iter_mut().any(|own| own.absorb(&note)),
        };
        if !known {
            self.notes.push(note);
        }
    }

    /// True if nothing was raised.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// Takes all notes out, in the order they were raised.
    pub fn drain(&mut self) -> impl Iterator<Item = Note> + '_ {
        self.numbers.clear();
        self.notes.drain(..)
    }

    /// The notes in the order they were raised.
    pub fn iter(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_notes_are_one() {
        let mut notes = Notes::default();
        for phi in [f64::NAN, 2.0, f64::NAN, 2.0] {
            notes.raise(Note::InvalidQuantile(phi));
        }
        assert_eq!(notes.iter().count(), 2);
    }

    #[test]
    fn a_parameter_that_is_wrong_in_another_way_at_every_step_takes_no_square_of_time() {
        let mut notes = Notes::default();
        for _ in 0..2 {
            (2..400_000).for_each(|phi| notes.raise(Note::InvalidQuantile(f64::from(phi))));
        }
        assert_eq!(notes.drain().count(), 399_998);
        notes.raise(Note::InvalidQuantile(2.0));
        assert_eq!(notes.iter().count(), 1);
    }

    #[test]
    fn counts_add_up() {
        let forced = |time, bucket| Note::ForcedMonotonic {
            min_bucket: bucket,
            max_bucket: bucket,
            max_diff: bucket,
            times: (time, time),
            count: 1,
        };
        let mut notes = Notes::default();
        notes.raise(forced(20, 1.0));
        notes.raise(forced(10, 5.0));
        let expected = Note::ForcedMonotonic {
            min_bucket: 1.0,
            max_bucket: 5.0,
            max_diff: 5.0,
            times: (10, 20),
            count: 2,
        };
        assert_eq!(notes.drain().collect::<Vec<_>>(), [expected]);
    }
}
