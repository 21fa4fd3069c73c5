//! Times and grids. All times are milliseconds since the epoch; arithmetic saturates.

/// A time or a span of time in milliseconds.
pub type Millis = i64;

/// A closed interval of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeSpan {
    /// First millisecond.
    pub start: Millis,
    /// Last millisecond.
    pub end: Millis,
}

impl TimeSpan {
    /// True if `time` lies inside.
    #[must_use]
    pub fn contains(self, time: Millis) -> bool {
        self.start <= time && time <= self.end
    }
}

/// The evaluation times of a node: `start`, `start + step`, …, `len` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    /// The first time.
    pub start: Millis,
    /// The distance of two times; positive.
    pub step: Millis,
    /// How many times there are.
    pub len: usize,
    /// Start and end of the evaluation are equal (an instant query, a step-invariant part). One step is not the same:
    /// a range query from 60 to 90 by 60 has one step and is no point.
    pub point: bool,
}

impl Grid {
    /// The grid of an instant query.
    #[must_use]
    pub fn at(time: Millis) -> Self {
        Grid { start: time, step: 1, len: 1, point: true }
    }

    /// The grid of a range query: every `start + n * step` that is not after `end`; empty if `end < start`.
    ///
    /// # Panics
    /// If `step` is not positive.
    #[must_use]
    pub fn range(start: Millis, end: Millis, step: Millis) -> Self {
        assert!(step > 0, "a step is positive");
        let len = if end < start {
            0
        } else {
            let width = u64::try_from(i128::from(end) - i128::from(start)).unwrap_or(u64::MAX);
            usize::try_from(width / step.unsigned_abs()).unwrap_or(usize::MAX).saturating_add(1)
        };
        Grid { start, step, len, point: start == end }
    }

    /// The time of step `index`.
    #[must_use]
    pub fn time(&self, index: usize) -> Millis {
        self.start.saturating_add(self.step.saturating_mul(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// The last time; the start of an empty grid.
    #[must_use]
    pub fn last(&self) -> Millis {
        self.time(self.len.saturating_sub(1))
    }

    /// All times in order.
    pub fn times(&self) -> impl Iterator<Item = Millis> + use<> {
        let grid = *self;
        (0..grid.len).map(move |index| grid.time(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_ends_at_or_before_its_end() {
        assert_eq!(Grid::range(0, 25, 10).times().collect::<Vec<_>>(), [0, 10, 20]);
        assert_eq!(Grid::range(5, 4, 10).len, 0);
        assert!(Grid::range(5, 5, 10).point);
        assert!(!Grid::range(60, 90, 60).point);
        assert_eq!(Grid::range(0, i64::MAX, 1).time(usize::MAX), i64::MAX);
    }
}
