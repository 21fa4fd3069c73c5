//! Compensated sums over long, overlapping windows.
//!
//! The column is cut into blocks; inside a block every sum from the block's start and every sum to its end is known.
//! A window is then a few of these added up, and nothing is ever subtracted. Where the order of the additions could
//! show, the caller is told to add the window up itself.

use crate::column::Edges;
use crate::model::Kahan;

/// Windows up to this length are added up one sample after the other.
const PLAIN: usize = 64;

/// Sums to one side of a sample inside its block: the sum, and how much was added regardless of sign.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    sum: Kahan,
    size: f64,
}

impl Part {
    fn add(&mut self, value: f64, lost: f64) {
        self.sum.lost += lost;
        self.sum.add(value);
        self.size += value.abs();
    }

    fn merge(&mut self, other: &Part) {
        self.sum.merge(other.sum);
        self.size += other.size;
    }

    /// True if any order of addition gives the same sum, to the last bit in all but contrived cases: nothing
    /// infinite or close to it, and not much cancelled.
    fn is_reliable(&self) -> bool {
        const LARGEST: f64 = 1e300;
        const CANCELLED: f64 = 1.0 / (1u64 << 50) as f64;
        self.size <= LARGEST && self.sum.total().abs() >= self.size * CANCELLED
    }
}

/// Sums of any window of a column.
#[derive(Debug)]
pub(super) struct Blocks {
    length: usize,
    from_start: Vec<Part>,
    to_end: Vec<Part>,
}

impl Blocks {
    /// Sums for the column whose element `at` is `element(at)`, a number and what is missing from it. `None` if the
    /// windows are too short or overlap too little to pay for it.
    pub(super) fn new(edges: &[Edges], len: usize, element: impl Fn(usize) -> (f64, f64)) -> Option<Blocks> {
        let longest = edges.iter().map(|edges| edges.range().len()).max().unwrap_or(0);
        let scanned: usize = edges.iter().map(|edges| edges.range().len()).fold(0, usize::saturating_add);
        if longest <= PLAIN || scanned <= len.saturating_mul(4) {
            return None;
        }
        let length = longest / 2;
        let mut from_start = vec![Part::default(); len];
        let mut to_end = vec![Part::default(); len];
        for first in (0..len).step_by(length) {
            let block = first..(first + length).min(len);
            let mut part = Part::default();
            for at in block.clone() {
                let (value, lost) = element(at);
                part.add(value, lost);
                from_start[at] = part;
            }
            part = Part::default();
            for at in block.rev() {
                let (value, lost) = element(at);
                part.add(value, lost);
                to_end[at] = part;
            }
        }
        Some(Blocks { length, from_start, to_end })
    }

    /// The sum of the elements `from..to`; `None` where they have to be added up in order.
    pub(super) fn sum(&self, from: usize, to: usize) -> Option<Kahan> {
        if to.saturating_sub(from) <= PLAIN {
            return None;
        }
        let (first, last) = (from / self.length, (to - 1) / self.length);
        if first == last {
            return None;
        }
        let mut part = self.to_end[from];
        for block in first + 1..last {
            part.merge(&self.to_end[block * self.length]);
        }
        part.merge(&self.from_start[to - 1]);
        part.is_reliable().then_some(part.sum)
    }
}
