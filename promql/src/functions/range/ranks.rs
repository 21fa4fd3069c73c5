//! Order statistics of long, overlapping windows: every sample knows its rank in the whole column, and a tree of counts
//! over ranks tells which of them are in the window.
//!
//! Moving the window by a sample, and asking for the sample at a place, takes as many steps as the number of samples
//! has binary digits.

use crate::column::Edges;
use crate::model::nan_first;
use std::ops::Range;

/// Windows up to this length are sorted by themselves.
const PLAIN: usize = 24;

/// The samples of a window in ascending order, NaN first.
#[derive(Debug)]
pub(super) struct Ranks {
    /// All values of the column in ascending order.
    sorted: Vec<f64>,
    /// Where each sample of the column stands among them.
    ranks: Vec<u32>,
    /// A Fenwick tree: entry `n` counts the samples in the window with the `n & -n` ranks up to `n`, counted from 1.
    tree: Vec<u32>,
    window: Range<usize>,
}

impl Ranks {
    /// Ranks of the column with an empty window. `None` if the windows are too short or overlap too little to pay for
    /// it.
    pub(super) fn new(values: &[f64], edges: &[Edges]) -> Option<Self> {
        let lengths = edges.iter().map(|edges| edges.range().len());
        let longest = lengths.clone().max().unwrap_or(0);
        if longest <= PLAIN || lengths.fold(0, usize::saturating_add) <= values.len().saturating_mul(8) {
            return None;
        }
        let mut order: Vec<u32> = (0..u32::try_from(values.len()).ok()?).collect();
        order.sort_by(|&a, &b| nan_first(&values[a as usize], &values[b as usize]));
        let mut ranks = vec![0; values.len()];
        (0..).zip(&order).for_each(|(rank, &at)| ranks[at as usize] = rank);
        let sorted = order.iter().map(|&at| values[at as usize]).collect();
        Some(Ranks { sorted, ranks, tree: vec![0; values.len() + 1], window: 0..0 })
    }

    /// Moves the window; cheap if it goes on, or stays.
    pub(super) fn slide(&mut self, window: Range<usize>) {
        let before = std::mem::replace(&mut self.window, window.clone());
        if window.start < before.start || window.end < before.end || window.start >= before.end {
            before.for_each(|at| self.count(at, false));
            window.for_each(|at| self.count(at, true));
        } else {
            (before.start..window.start).for_each(|at| self.count(at, false));
            (before.end..window.end).for_each(|at| self.count(at, true));
        }
    }

    fn count(&mut self, at: usize, enters: bool) {
        let mut node = self.ranks[at] as usize + 1;
        while let Some(count) = self.tree.get_mut(node) {
            *count = if enters { *count + 1 } else { *count - 1 };
            node += node & node.wrapping_neg();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.window.len()
    }

    /// The sample at a place of the window, in ascending order.
    pub(super) fn nth(&self, place: usize) -> f64 {
        debug_assert!(place < self.len());
        let (mut node, mut left) = (0, place);
        let mut width = self.sorted.len().next_power_of_two();
        while width > 0 {
            match self.tree.get(node + width) {
                Some(&count) if count as usize <= left => {
                    node += width;
                    left -= count as usize;
                }
                _ => {}
            }
            width /= 2;
        }
        self.sorted[node]
    }

    /// The samples at a place and just above it, if there is one.
    pub(super) fn neighbours(&self, place: usize) -> (f64, f64) {
        (self.nth(place), self.nth((place + 1).min(self.len() - 1)))
    }

    /// The distances of the samples from a finite `center` at a place and just above it, in ascending order. No sample
    /// may be NaN.
    pub(super) fn distances(&self, center: f64, place: usize) -> (f64, f64) {
        (self.distance(center, place + 1), self.distance(center, (place + 2).min(self.len())))
    }

    /// The largest distance of the `count` samples that are nearest to `center`; they are neighbours.
    fn distance(&self, center: f64, count: usize) -> f64 {
        let (mut from, mut to) = (0, self.len() - count);
        while from < to {
            let middle = usize::midpoint(from, to);
            if center - self.nth(middle) > self.nth(middle + count) - center {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        let distance = |place| (self.nth(place) - center).abs();
        distance(from).max(distance(from + count - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::Random;

    #[test]
    fn a_window_knows_its_order_wherever_it_goes() {
        let mut random = Random::new(5);
        for len in [70, 200, 1_000] {
            let value = |_| match random.below(20) {
                0 => f64::NAN,
                1 => f64::INFINITY,
                _ => (random.signed() * 50.0).round(),
            };
            let values: Vec<f64> = (0..len).map(value).collect();
            let edge = Edges { from: 0, to: 70 };
            let mut ranks = Ranks::new(&values, &vec![edge; len]).unwrap();
            for (start, end) in [(0, 10), (0, 60), (5, 65), (64, 66), (66, 70), (10, 20), (10, 20), (3, 70)] {
                ranks.slide(start..end);
                let mut sorted = values[start..end].to_vec();
                sorted.sort_by(nan_first);
                let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
                let got: Vec<f64> = (0..end - start).map(|place| ranks.nth(place)).collect();
                assert_eq!(bits(got), bits(sorted));
            }
        }
    }

    #[test]
    fn short_and_lonely_windows_are_not_worth_it() {
        let values = [1.0; 100];
        assert!(Ranks::new(&values, &[Edges { from: 0, to: 24 }; 100]).is_none());
        assert!(Ranks::new(&values, &[Edges { from: 0, to: 100 }; 8]).is_none());
        assert!(Ranks::new(&values, &[Edges { from: 0, to: 100 }; 9]).is_some());
    }
}
