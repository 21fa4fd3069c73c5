//! Sums and the like over long, overlapping windows.
//!
//! The column is cut into blocks; inside a block what is before a sample and what is after it has been added up
//! already. A window is then a few of these joined, and nothing is ever subtracted. Where rounding could show, the
//! caller looks at the window itself instead.

use crate::column::Edges;
use crate::model::Kahan;

/// What can be gathered from samples in parts.
pub(super) trait Part: Copy + Default {
    /// Windows up to this length are looked at one sample after the other: where the way in which parts are joined
    /// shows in last digits, even if that is slower.
    const PLAIN: usize;

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
    /// Adds a number.
    #[inline]
    pub(super) fn add(&mut self, value: f64) {
        // Sums that are not finite are not reliable.
        self.sum.add_finite(value);
        self.size += value.abs();
    }

    /// Adds a number and what is missing from it.
    pub(super) fn add_with(&mut self, value: f64, lost: f64) {
        self.sum.lost += lost;
        self.add(value);
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
    const PLAIN: usize = 24;

    fn merge(&mut self, other: &Self) {
        self.sum.add_finite(other.sum.sum);
        self.sum.lost += other.sum.lost;
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
        if longest <= P::PLAIN || lengths.fold(0, usize::saturating_add) <= len.saturating_mul(4) {
            return None;
        }
        // Windows of usual length reach over one border of blocks, few over two.
        let length = longest * 3 / 4;
        let mut from_start = vec![P::default(); len];
        let mut to_end = vec![P::default(); len];
        let blocks = from_start.chunks_mut(length).zip(to_end.chunks_mut(length));
        for (first, (from_start, to_end)) in (0..len).step_by(length).zip(blocks) {
            let (mut forward, mut backward) = (P::default(), P::default());
            // Both ways at once: each addition waits for the one before it, but not for the other's.
            let places = (first..first + to_end.len()).rev();
            let steps = (first..).zip(from_start).zip(places.zip(to_end.iter_mut().rev()));
            for ((early, from_start), (late, to_end)) in steps {
                add(&mut forward, early);
                add(&mut backward, late);
                (*from_start, *to_end) = (forward, backward);
            }
        }
        Some(Blocks { length, from_start, to_end })
    }

    /// The elements `from..to` together; `None` where looking at them one by one is no worse.
    pub(super) fn window(&self, from: usize, to: usize) -> Option<P> {
        if to.saturating_sub(from) <= P::PLAIN {
            return None;
        }
        let (first, last) = (from / self.length, (to - 1) / self.length);
        if first == last {
            // As windows grow from the first sample, while they are short.
            return from.is_multiple_of(self.length).then(|| self.from_start[to - 1]);
        }
        let mut part = self.to_end[from];
        for block in first + 1..last {
            part.merge(&self.to_end[block * self.length]);
        }
        part.merge(&self.from_start[to - 1]);
        Some(part)
    }
}
