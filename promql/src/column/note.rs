//! What kernels have to say beside their values. Notes become texts with a place and a metric name in `exec`.

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
    /// A counter function met a gauge histogram.
    HistogramNotCounter,
    /// A gauge function met a counter histogram.
    HistogramNotGauge,
    /// Exponential and custom buckets met; no value.
    MixedExponentialCustom,
    /// Exponential and custom buckets met in a group; no value. The metric name of the first member of the other kind.
    MixedExponentialCustomInGroup(String),
    /// Custom buckets with other bounds were reconciled.
    ReconciledBounds,
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
pub struct Notes(Vec<Note>);

impl Notes {
    /// Adds a note unless it is there already.
    pub fn raise(&mut self, note: Note) {
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// True if nothing was raised.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all notes out, in the order they were raised.
    pub fn drain(&mut self) -> impl Iterator<Item = Note> + '_ {
        self.0.drain(..)
    }

    /// The notes in the order they were raised.
    pub fn iter(&self) -> impl Iterator<Item = &Note> {
        self.0.iter()
    }
}
