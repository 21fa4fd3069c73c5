//! Windows: for every step of a grid the stretch of samples that a range function sees.

use crate::model::{Grid, Millis};
use std::ops::Range;

/// The first sample of a window and the one just past it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// Index of the first sample inside.
    pub from: u32,
    /// Index just past the last sample inside.
    pub to: u32,
}

impl Edges {
    /// The window as an index range.
    #[inline]
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }

    /// True if no sample is inside.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.from >= self.to
    }
}

/// The windows of a range selector or subquery over a grid: at step `i` the samples with
/// `end(i) - range < time <= end(i)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Windows {
    /// The evaluation times.
    pub grid: Grid,
    /// Length of every window in milliseconds.
    pub range: Millis,
    /// What is subtracted from the evaluation time to get the end of a window.
    pub offset: Millis,
    /// The time that `@` pins the windows to, offset not yet subtracted: all windows are the same then.
    pub pinned: Option<Millis>,
}

impl Windows {
    /// The end of the window of a step; inside.
    #[inline]
    #[must_use]
    pub fn end(&self, step: usize) -> Millis {
        self.pinned.unwrap_or_else(|| self.grid.time(step)).saturating_sub(self.offset)
    }

    /// The start of the window of a step; outside.
    #[inline]
    #[must_use]
    pub fn start(&self, step: usize) -> Millis {
        self.end(step).saturating_sub(self.range)
    }

    /// How many of the first windows end before a time.
    fn steps_before(&self, time: Millis) -> usize {
        if self.pinned.is_some() {
            return 0;
        }
        let behind = time.saturating_sub(self.end(0));
        let steps = if behind <= 0 { 0 } else { (behind - 1) / self.grid.step.max(1) + 1 };
        usize::try_from(steps).map_or(self.grid.len, |steps| steps.min(self.grid.len))
    }

    /// The edges of all windows in a column of times, by two pointers. `before` widens every window to the left,
    /// `after` to the right, as `anchored` and `smoothed` need it.
    pub fn edges(&self, times: &[Millis], before: Millis, after: Millis, out: &mut Vec<Edges>) {
        out.clear();
        out.reserve(self.grid.len);
        let index = |at: usize| u32::try_from(at).expect("a series has fewer than 2^32 samples");
        if self.grid.len == 0 {
            return;
        }
        let first = self.start(0).saturating_sub(before);
        let mut from = times.partition_point(|&time| time <= first);
        let mut to = from;
        // Nothing ends behind a sample yet.
        let early = times.get(from).map_or(0, |&time| self.steps_before(time.saturating_sub(after)));
        out.resize(early, Edges { from: index(from), to: index(from) });
        for step in early..self.grid.len {
            if step > 0 && self.pinned.is_some() || from == times.len() {
                // The same window again, or nothing any more.
                let edges =
                    if from == times.len() { Edges { from: index(from), to: index(from) } } else { out[0] };
                out.resize(self.grid.len, edges);
                return;
            }
            let start = self.start(step).saturating_sub(before);
            let end = self.end(step).saturating_add(after);
            while from < times.len() && times[from] <= start {
                from += 1;
            }
            to = to.max(from);
            while to < times.len() && times[to] <= end {
                to += 1;
            }
            out.push(Edges { from: index(from), to: index(to) });
        }
    }
}

/// The longest range of steps in which every step but the last one is followed, as `follows` tells, by its like.
pub(crate) fn longest_run(len: usize, follows: impl Fn(usize) -> bool) -> Range<usize> {
    let (mut longest, mut start) = (0..0, 0);
    for step in 0..len {
        if step + 1 == len || !follows(step) {
            if step > start && step + 1 - start > longest.len() {
                longest = start..step + 1;
            }
            start = step + 1;
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_open_on_the_left() {
        let grid = Grid::range(20, 50, 10);
        let windows = Windows { grid, range: 20, offset: 0, pinned: None };
        let mut edges = Vec::new();
        windows.edges(&[0, 10, 20, 30, 40], 0, 0, &mut edges);
        let got: Vec<_> = edges.iter().map(|edges| edges.range()).collect();
        assert_eq!(got, [1..3, 2..4, 3..5, 4..5]);
        windows.edges(&[0, 10, 20, 30, 40], 10, 10, &mut edges);
        let got: Vec<_> = edges.iter().map(|edges| edges.range()).collect();
        assert_eq!(got, [0..4, 1..5, 2..5, 3..5]);
    }

    #[test]
    fn the_longest_run_is_found() {
        let run = |numbers: &[i32]| longest_run(numbers.len(), |at| numbers[at + 1] == numbers[at] + 1);
        assert_eq!(run(&[]), 0..0);
        assert_eq!(run(&[1]), 0..0);
        assert_eq!(run(&[1, 2]), 0..2);
        assert_eq!(run(&[1, 2, 2, 3, 4, 4, 5]), 2..5);
        assert_eq!(run(&[5, 1, 2, 2, 3, 4]), 3..6);
    }

    #[test]
    fn a_pinned_window_is_the_same_at_every_step() {
        let windows = Windows { grid: Grid::range(0, 20, 10), range: 15, offset: 5, pinned: Some(30) };
        let mut edges = Vec::new();
        windows.edges(&[0, 10, 20, 30, 40], 0, 0, &mut edges);
        assert!(edges.iter().all(|edges| edges.range() == (2..3)) && edges.len() == 3);
    }
}
