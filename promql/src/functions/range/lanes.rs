//! Windows of one length side by side: in a sum each addition waits for the one before it, but not for those of other
//! windows. Every window is still looked at in its own order, so that results are the same to the last bit.

use crate::column::Edges;
use crate::model::Kahan;
use std::array::from_fn;

/// How many windows are looked at side by side.
pub(super) const LANES: usize = 8;

/// A number of each window.
pub(super) type Lanes = [f64; LANES];

/// The first values of all windows, then their second ones, and so on; `None` if there are not so many windows, or
/// they differ in length, or are empty.
#[inline]
pub(super) fn side_by_side(values: &[f64], edges: &[Edges]) -> Option<impl Iterator<Item = Lanes>> {
    let edges: &[Edges; LANES] = edges.try_into().ok()?;
    let length = edges[0].range().len();
    if length == 0 || edges.iter().any(|edges| edges.range().len() != length) {
        return None;
    }
    let windows = edges.map(|edges| &values[edges.range()]);
    Some((0..length).map(move |at| windows.map(|window| window[at])))
}

/// A [`Kahan`] sum of each window; the two parts lie apart, so that adding to all is a plain loop over numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KahanLanes {
    sums: Lanes,
    losts: Lanes,
}

impl KahanLanes {
    #[inline]
    pub(super) fn add(&mut self, values: &Lanes) {
        for ((sum, lost), &value) in self.sums.iter_mut().zip(&mut self.losts).zip(values) {
            let mut kahan = Kahan { sum: *sum, lost: *lost };
            kahan.add(value);
            (*sum, *lost) = (kahan.sum, kahan.lost);
        }
    }

    #[inline]
    pub(super) fn of(&self, lane: usize) -> Kahan {
        Kahan { sum: self.sums[lane], lost: self.losts[lane] }
    }

    #[inline]
    pub(super) fn totals(&self) -> Lanes {
        from_fn(|lane| self.of(lane).total())
    }
}
