//! Randomness that is the same in every run.

use crate::model::TimeSpan;

/// A generator of pseudo-random numbers (splitmix64).
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A number below `limit`, 0 if there is none.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % (limit as u64).max(1)) as usize
    }

    /// Some of `count` rows in any order, each at most once.
    pub(super) fn rows(&mut self, count: usize) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..count as u32).collect();
        for at in (1..rows.len()).rev() {
            rows.swap(at, self.below(at + 1));
        }
        rows.truncate(1 + self.below(count));
        rows
    }

    /// A span inside another one; often a single moment, often a border.
    pub(super) fn span(&mut self, within: TimeSpan) -> TimeSpan {
        let mut moment = || {
            let width = within.end.saturating_sub(within.start).unsigned_abs().saturating_add(1);
            match self.below(4) {
                0 => within.start,
                1 => within.end,
                _ => within.start.saturating_add_unsigned(self.next() % width),
            }
        };
        let (a, b) = (moment(), moment());
        TimeSpan { start: a.min(b), end: a.max(b) }
    }
}
