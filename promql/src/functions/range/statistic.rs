//! Statistics of windows by three ways: short windows side by side, long ones from parts that are known already, and
//! any window by itself.
//!
//! In a sum each addition waits for the one before it, but not for those of other windows. Side by side every window is
//! still looked at in its own order, so that results are the same to the last bit.

use super::blocks::{Blocks, Part};
use super::ticker::Ticker;
use crate::column::{Cancel, Edges, RowMut};
use crate::functions::RangeError;
use crate::model::Kahan;
use std::array::from_fn;

/// How many windows are looked at side by side.
const LANES: usize = 8;

/// A number of each window.
pub(super) type Lanes = [f64; LANES];

/// Something to know about the values of a window.
pub(super) trait Statistic {
    /// What long windows are put together from.
    type Part: Part;

    /// Takes a value into a part.
    fn add(part: &mut Self::Part, value: f64);

    /// Of a window of one value or more.
    fn plain(&self, values: &[f64]) -> f64;

    /// Of windows side by side, of `count` values each; not finite where each is better looked at by itself.
    fn side_by_side(&self, columns: Columns<'_>, count: f64) -> Lanes;

    /// Of a window of `count` values; none if rounding could show.
    fn of_part(&self, part: Self::Part, count: f64) -> Option<f64>;
}

/// Writes a statistic of each window that is not empty.
pub(super) fn write<S: Statistic>(
    statistic: &S,
    values: &[f64],
    edges: &[Edges],
    cancel: &Cancel,
    out: &mut RowMut<'_>,
) -> Result<(), RangeError> {
    let blocks = Blocks::new(edges, values.len(), |part: &mut S::Part, at| S::add(part, values[at]));
    let mut ticker = Ticker::new(cancel);
    for (group, edges) in edges.chunks(LANES).enumerate() {
        let columns = if blocks.is_none() { Columns::new(values, edges) } else { None };
        let quick: [Option<f64>; LANES] = match (columns, &blocks) {
            (Some(columns), _) => {
                let count = columns.len;
                ticker.tick(count * LANES)?;
                let results = statistic.side_by_side(columns, count as f64);
                results.map(|result| result.is_finite().then_some(result))
            }
            (None, Some(blocks)) => from_fn(|lane| {
                let window = edges.get(lane)?.range();
                statistic.of_part(blocks.window(window.start, window.end)?, window.len() as f64)
            }),
            (None, None) => [None; LANES],
        };
        for (lane, edges) in edges.iter().enumerate().filter(|(_, edges)| !edges.is_empty()) {
            let value = match quick[lane] {
                Some(value) => value,
                None => {
                    let window = edges.range();
                    ticker.tick(window.len())?;
                    statistic.plain(&values[window])
                }
            };
            out.set_float(group * LANES + lane, value);
        }
    }
    Ok(())
}

/// The first values of windows of one length, then their second ones, and so on.
pub(super) struct Columns<'a> {
    windows: [&'a [f64]; LANES],
    len: usize,
}

impl<'a> Columns<'a> {
    /// `None` if there are not so many windows, or they differ in length, or are empty.
    fn new(values: &'a [f64], edges: &[Edges]) -> Option<Self> {
        let edges: &[Edges; LANES] = edges.try_into().ok()?;
        let len = edges[0].range().len();
        let alike = len > 0 && edges.iter().all(|edges| edges.range().len() == len);
        alike.then(|| Columns { windows: edges.map(|edges| &values[edges.range()]), len })
    }

    #[inline(always)]
    pub(super) fn for_each(self, mut visit: impl FnMut(&Lanes)) {
        let mut windows = self.windows.map(|window| window.iter());
        for _ in 0..self.len {
            visit(&from_fn(|lane| windows[lane].next().copied().unwrap_or_default()));
        }
    }
}

/// A [`Kahan`] sum of each window.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KahanLanes {
    sums: Lanes,
    lost: Lanes,
}

impl KahanLanes {
    /// [`Kahan::add_finite`] to each.
    #[inline(always)]
    pub(super) fn add(&mut self, values: &Lanes) {
        for ((sum, lost), &value) in self.sums.iter_mut().zip(&mut self.lost).zip(values) {
            let mut kahan = Kahan { sum: *sum, lost: *lost };
            kahan.add_finite(value);
            (*sum, *lost) = (kahan.sum, kahan.lost);
        }
    }

    /// What each of them comes to.
    #[inline(always)]
    pub(super) fn map(&self, result: impl Fn(Kahan) -> f64) -> Lanes {
        from_fn(|lane| result(Kahan { sum: self.sums[lane], lost: self.lost[lane] }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::Case;

    #[test]
    fn sums_side_by_side_are_those_one_by_one_or_not_finite() {
        for case in Case::all() {
            let mut each = [Kahan::default(); LANES];
            let mut lanes = KahanLanes::default();
            for values in case.values.windows(LANES) {
                let values: Lanes = values.try_into().unwrap();
                lanes.add(&values);
                each.iter_mut().zip(values).for_each(|(sum, value)| sum.add(value));
                let sums = lanes.map(Kahan::total);
                for (lane, (sum, want)) in sums.into_iter().zip(each).enumerate() {
                    let bits = (lanes.sums[lane].to_bits(), lanes.lost[lane].to_bits());
                    let same = bits == (want.sum.to_bits(), want.lost.to_bits());
                    assert!(same || !sum.is_finite(), "{}: {sum} {want:?}", case.name);
                    assert!(sum.is_finite() == want.total().is_finite(), "{}: {sum} {want:?}", case.name);
                }
            }
        }
    }
}
