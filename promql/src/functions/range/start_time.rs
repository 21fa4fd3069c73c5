//! What start times of samples say about counter resets. A start time of 0 is unknown.

use crate::model::Millis;

/// A sample's start time and time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Life {
    pub(super) start: Millis,
    pub(super) time: Millis,
}

impl Life {
    /// True if the counter was reset between the sample before and this one.
    ///
    /// A start at or after the sample's own time is no start. A start exactly at the sample before means a series of
    /// deltas, provided that sample has a known start of its own.
    #[inline]
    pub(super) fn is_reset_since(self, before: Life) -> bool {
        if self.start == before.start
            || self.start == 0
            || self.start >= self.time
            || self.start < before.time
        {
            return false;
        }
        self.start > before.time
            || (before.start <= before.time && before.start != 0 && before.start != before.time)
    }

    /// True if the counter started after `time`, before this sample.
    pub(super) fn starts_after(self, time: Millis) -> bool {
        self.start > time && self.time > time && self.is_reset_since(Life { start: time, time })
    }

    /// True if the start lies before the sample before, which has another start: both cannot be right.
    #[inline]
    pub(super) fn overlaps(self, before: Life) -> bool {
        self.start != 0 && self.start < before.time && self.start != before.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(start: Millis, time: Millis) -> Life {
        Life { start, time }
    }

    #[test]
    fn resets_by_start_time() {
        for (before, after, reset) in [
            (life(5, 10), life(5, 20), false),   // same start
            (life(5, 10), life(0, 20), false),   // unknown
            (life(5, 10), life(20, 20), false),  // no start at all
            (life(5, 10), life(25, 20), false),  // after the sample
            (life(5, 10), life(9, 20), false),   // overlap
            (life(5, 10), life(11, 20), true),   // between
            (life(5, 10), life(10, 20), true),   // delta
            (life(0, 10), life(10, 20), false),  // delta or unknown
            (life(10, 10), life(10, 20), false), // same start
            (life(11, 10), life(10, 20), false), // broken start before
        ] {
            assert_eq!(after.is_reset_since(before), reset, "{before:?} {after:?}");
        }
    }

    #[test]
    fn starts_and_overlaps() {
        assert!(life(11, 20).starts_after(10));
        assert!(!life(10, 20).starts_after(10));
        assert!(!life(0, 20).starts_after(-5));
        assert!(!life(11, 20).starts_after(20));
        assert!(life(9, 20).overlaps(life(5, 10)));
        assert!(!life(10, 20).overlaps(life(5, 10)));
        assert!(!life(5, 20).overlaps(life(5, 10)));
    }
}
