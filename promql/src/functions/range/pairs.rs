//! The first and last samples of all windows of a row, laid out for one pass over them: nothing is asked on the way.

use super::extent::Extent;
use crate::column::{Edges, bits, longest_run};
use std::ops::Range;

/// Made of the times of a column and of its windows alone.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    /// The steps between the first and the last window that holds a sample; of others nothing is kept.
    pub(super) steps: Range<usize>,
    pub(super) extents: Vec<Extent>,
    /// The windows with two samples. The places of the others mean nothing.
    pub(super) present: Vec<u64>,
    first: Vec<u32>,
    last: Vec<u32>,
    /// What the difference is multiplied by, ...
    factor: Vec<f64>,
    /// ... unless it is a counter's and so many times larger than the first sample.
    far: Vec<f64>,
    /// Where both samples are the next ones of the column, as they are where steps are as far apart as samples.
    run: Range<usize>,
}

impl Pairs {
    pub(super) fn new(edges: &[Edges], extents: impl FnOnce(Range<usize>) -> Vec<Extent>) -> Self {
        let start = edges.iter().position(|edges| !edges.is_empty()).unwrap_or(edges.len());
        let end = edges.iter().rposition(|edges| !edges.is_empty()).map_or(start, |last| last + 1);
        let (steps, extents) = (start..end, extents(start..end));
        let is_present = |edges: &Edges| edges.range().len() > 1;
        let mut present = vec![0; bits::words(edges.len())];
        steps.clone().filter(|&step| is_present(&edges[step])).for_each(|step| bits::set(&mut present, step));
        let edges = &edges[steps.clone()];
        let index = |edges: &Edges, index: u32| if is_present(edges) { index } else { 0 };
        let follows = |at: usize| {
            let (edges, next) = (edges[at], edges[at + 1]);
            is_present(&edges) && next.from == edges.from + 1 && next.to == edges.to + 1
        };
        Pairs {
            present,
            first: edges.iter().map(|edges| index(edges, edges.from)).collect(),
            last: edges.iter().map(|edges| index(edges, edges.to.wrapping_sub(1))).collect(),
            factor: extents.iter().map(|extent| extent.factor).collect(),
            far: extents.iter().map(|extent| extent.far).collect(),
            run: longest_run(edges.len(), follows),
            steps,
            extents,
        }
    }

    /// Writes the differences of all pairs, each multiplied by its factor. True if some begin so close to zero that a
    /// counter's factor is another one.
    pub(super) fn stretch(&self, values: &[f64], out: &mut [f64]) -> bool {
        let out = &mut out[self.steps.clone()];
        let mut near = false;
        let mut stretch = |out: &mut f64, first: f64, last: f64, factor: f64, far: f64| {
            let difference = last - first;
            near |= (first >= 0.0) & (first < difference * far);
            *out = difference * factor;
        };
        let Range { start, end } = self.run;
        for others in [0..start, end..out.len()] {
            let pairs = self.first[others.clone()].iter().zip(&self.last[others.clone()]);
            let factors = self.factor[others.clone()].iter().zip(&self.far[others.clone()]);
            for ((out, (&first, &last)), (&factor, &far)) in out[others].iter_mut().zip(pairs).zip(factors) {
                stretch(out, values[first as usize], values[last as usize], factor, far);
            }
        }
        if start < end {
            let next = |index: &[u32]| &values[index[start] as usize..][..end - start];
            let pairs = next(&self.first).iter().zip(next(&self.last));
            let factors = self.factor[start..end].iter().zip(&self.far[start..end]);
            for ((out, (&first, &last)), (&factor, &far)) in
                out[start..end].iter_mut().zip(pairs).zip(factors)
            {
                stretch(out, first, last, factor, far);
            }
        }
        near
    }
}
