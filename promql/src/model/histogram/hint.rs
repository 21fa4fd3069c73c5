//! What is known about counter resets.

use super::FloatHistogram;

/// What is known about a counter reset between a histogram and the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResetHint {
    /// Compare the histograms to find out.
    #[default]
    Unknown,
    /// There was a reset.
    Reset,
    /// There was none.
    NotReset,
    /// Not a counter at all.
    Gauge,
}

impl ResetHint {
    /// The hint of a sum or difference, and whether `reset` and `not_reset` met.
    #[must_use]
    pub fn combine(self, other: ResetHint) -> (ResetHint, bool) {
        use ResetHint::{Gauge, Unknown};
        match (self, other) {
            (a, b) if a == b => (a, false),
            (Gauge, _) | (_, Gauge) => (Gauge, false),
            (Unknown, _) | (_, Unknown) => (Unknown, false),
            _ => (Unknown, true),
        }
    }

    /// The word for it in histogram literals.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ResetHint::Unknown => "unknown",
            ResetHint::Reset => "reset",
            ResetHint::NotReset => "not_reset",
            ResetHint::Gauge => "gauge",
        }
    }
}

/// The histograms of a series without their buckets. Unknown hints are replaced by what comparison with the histogram
/// before says, which cannot be done afterwards. The first one, and markers of staleness, keep theirs.
pub fn statistics(series: &[FloatHistogram]) -> impl Iterator<Item = FloatHistogram> {
    statistics_behind(None, series)
}

/// As [`statistics`], of histograms that follow another one, which has its buckets.
pub(crate) fn statistics_behind<'a>(
    mut last: Option<&'a FloatHistogram>,
    series: &'a [FloatHistogram],
) -> impl Iterator<Item = FloatHistogram> {
    series.iter().map(move |histogram| {
        let mut bare = histogram.without_buckets();
        if histogram.is_stale() {
            return bare;
        }
        if let Some(last) = last
            && histogram.hint == ResetHint::Unknown
        {
            let reset = histogram.detect_reset(last);
            bare.hint = if reset { ResetHint::Reset } else { ResetHint::NotReset };
        }
        last = Some(histogram);
        bare
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_of_sums() {
        use ResetHint::{Gauge, NotReset, Reset, Unknown};
        assert_eq!(Reset.combine(Reset), (Reset, false));
        assert_eq!(NotReset.combine(Gauge), (Gauge, false));
        assert_eq!(Unknown.combine(Reset), (Unknown, false));
        assert_eq!(Reset.combine(NotReset), (Unknown, true));
    }

    #[test]
    fn unknown_hints_are_found_by_comparison() {
        let with = |count: f64, hint| FloatHistogram { count, hint, ..FloatHistogram::default() };
        let series = [
            with(3.0, ResetHint::Unknown),
            with(5.0, ResetHint::Unknown),
            FloatHistogram::stale(),
            with(2.0, ResetHint::Unknown),
            with(1.0, ResetHint::Gauge),
        ];
        let hints: Vec<ResetHint> = statistics(&series).map(|h| h.hint).collect();
        use ResetHint::{Gauge, NotReset, Reset, Unknown};
        assert_eq!(hints, [Unknown, NotReset, Unknown, Reset, Gauge]);
    }
}
