//! Sums and the like over long, overlapping windows.
//!
//! The column is cut into blocks; inside a block what is before a sample and what is after it has been added up
//! already. A window is then a few of these joined, and nothing is ever subtracted. Where rounding could show, the
//! caller looks at the window itself instead.

use crate::column::Edges;
use crate::model::Kahan;

/// Windows up to this length are added up one sample after the other.
const PLAIN: usize = 64;

/// What can be gathered from samples in parts.
pub(super) trait Part: Copy + Default {
    /// Takes in what another part has gathered.
    fn merge(&mut self, other: &Self);
}

/// A compensated sum, and how much was added to it regardless of sign.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) sum: Kahan,
    size: f64,
}

impl Sum {
    /// Adds a number and what is missing from it.
    pub(super) fn add(&mut self, value: f64, lost: f64) {
        self.sum.lost += lost;
        self.sum.add(value);
        self.size += value.abs();
    }

    /// The sum if any order of addition gives the same one, to the last bit in all but contrived cases: nothing
    /// infinite or close to it, and not much cancelled.
    pub(super) fn reliable(self) -> Option<Kahan> {
        const LARGEST: f64 = 1e300;
        const CANCELLED: f64 = 1.0 / (1u64 << 50) as f64;
        let reliable = self.size <= LARGEST && self.sum.total().abs() >= self.size * CANCELLED;
        reliable.then_some(self.sum)
    }
}

impl Part for Sum {
    fn merge(&mut self, other: &Self) {
        self.sum.merge(other.sum);
        self.size += other.size;
    }
}

/// The parts of a column from which any window is put together.
#[derive(Debug)]
pub(super) struct Blocks<P> {
    length: usize,
    from_start: Vec<P>,
    to_end: Vec<P>,
}

impl<P: Part> Blocks<P> {
    /// Parts for the column whose element `at` is taken in by `add`. `None` if the windows are too short or overlap
    /// too little to pay for it.
    pub(super) fn new(edges: &[Edges], len: usize, add: impl Fn(&mut P, usize)) -> Option<Self> {
        let lengths = edges.iter().map(|edges| edges.range().len());
        let longest = lengths.clone().max().unwrap_or(0);
        if longest <= PLAIN || lengths.fold(0, usize::saturating_add) <= len.saturating_mul(4) {
            return None;
        }
        let length = longest / 2;
        let mut from_start = vec![P::default(); len];
        let mut to_end = vec![P::default(); len];
        for first in (0..len).step_by(length) {
            let block = first..(first + length).min(len);
            let mut part = P::default();
            for at in block.clone() {
                add(&mut part, at);
                from_start[at] = part;
            }
            part = P::default();
            for at in block.rev() {
                add(&mut part, at);
                to_end[at] = part;
            }
        }
        Some(Blocks { length, from_start, to_end })
    }

    /// The elements `from..to` together; `None` where looking at them one by one is no worse.
    pub(super) fn window(&self, from: usize, to: usize) -> Option<P> {
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
        Some(part)
    }
}
