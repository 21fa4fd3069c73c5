//! Layouts that hold the buckets of several histograms.

use super::bucket::indexes;
use super::sparse::spans;
use super::{BucketSpan, FloatHistogram, Layout};
use std::sync::Arc;

impl Layout {
    /// The layout with the buckets of both; the bounds are the own ones.
    #[must_use]
    pub fn union(&self, other: &Layout) -> Layout {
        Layout {
            positive: union(&self.positive, &other.positive),
            negative: union(&self.negative, &other.negative),
            bounds: self.bounds.clone(),
        }
    }
}

fn union(a: &[BucketSpan], b: &[BucketSpan]) -> Vec<BucketSpan> {
    let mut cells: Vec<(i32, ())> = indexes(a).chain(indexes(b)).map(|index| (index, ())).collect();
    cells.sort_unstable();
    cells.dedup();
    spans(&cells)
}

impl FloatHistogram {
    /// Writes the histogram in a layout that has all its buckets; buckets it lacks become explicit zeros.
    pub fn spread(&mut self, layout: &Arc<Layout>) {
        if !Arc::ptr_eq(&self.layout, layout) && !self.same_buckets(layout) {
            let positive =
                spread(&self.layout.positive, self.positive_counts(), &layout.positive).collect::<Vec<f64>>();
            let negative = spread(&self.layout.negative, self.negative_counts(), &layout.negative);
            self.buckets = positive.into_iter().chain(negative).collect();
        }
        self.layout = Arc::clone(layout);
    }

    fn same_buckets(&self, layout: &Layout) -> bool {
        indexes(&self.layout.positive).eq(indexes(&layout.positive))
            && indexes(&self.layout.negative).eq(indexes(&layout.negative))
    }
}

fn spread(from: &[BucketSpan], counts: &[f64], to: &[BucketSpan]) -> impl Iterator<Item = f64> {
    let mut cells = indexes(from).zip(counts.iter().copied()).peekable();
    indexes(to).map(move |index| {
        while cells.next_if(|&(own, _)| own < index).is_some() {}
        cells.next_if(|&(own, _)| own == index).map_or(0.0, |(_, count)| count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_buckets_become_zeros() {
        let span = |offset, length| BucketSpan { offset, length };
        let layout = |positive: &[BucketSpan]| Layout { positive: positive.to_vec(), ..Layout::default() };
        let mut h = FloatHistogram {
            layout: Arc::new(layout(&[span(1, 1), span(1, 1)])),
            buckets: [1.0, 3.0].into(),
            ..FloatHistogram::default()
        };
        let wide = Arc::new(h.layout.union(&layout(&[span(-1, 1), span(2, 1), span(4, 1)])));
        assert_eq!(wide.positive, [span(-1, 1), span(1, 3), span(3, 1)]);
        h.spread(&wide);
        assert_eq!(*h.buckets, [0.0, 1.0, 0.0, 3.0, 0.0]);
    }
}
