//! Layouts without needless empty buckets.

use super::bucket::indexes;
use super::sparse::{Cells, spans};
use super::{BucketSpan, FloatHistogram, Layout};
use std::sync::Arc;

impl FloatHistogram {
    /// Removes empty buckets, except for gaps of at most `max_empty` between populated ones, which are filled with
    /// empty buckets instead.
    pub fn compact(&mut self, max_empty: u32) {
        let Layout { positive, negative, .. } = &*self.layout;
        if is_compact(positive, self.positive_counts(), max_empty)
            && is_compact(negative, self.negative_counts(), max_empty)
        {
            return;
        }
        let positive = compacted(positive, self.positive_counts(), max_empty);
        let negative = compacted(negative, self.negative_counts(), max_empty);
        self.layout = Arc::new(Layout {
            positive: spans(&positive),
            negative: spans(&negative),
            bounds: self.layout.bounds.clone(),
        });
        self.buckets = positive.into_iter().chain(negative).map(|(_, count)| count).collect();
    }
}

impl Layout {
    /// True if compaction changes nothing as long as no bucket is empty.
    pub(super) fn is_compact(&self) -> bool {
        [&self.positive, &self.negative].into_iter().all(|spans| is_compact(spans, &[], 0))
    }
}

/// True if compaction would change nothing; may miss some cases.
fn is_compact(spans: &[BucketSpan], counts: &[f64], max_empty: u32) -> bool {
    counts.iter().all(|&count| count != 0.0)
        && spans.iter().all(|span| span.length > 0)
        && spans.iter().skip(1).all(|span| i64::from(span.offset) > i64::from(max_empty))
}

fn compacted(spans: &[BucketSpan], counts: &[f64], max_empty: u32) -> Cells<f64> {
    let mut cells: Cells<f64> = Vec::with_capacity(counts.len());
    let populated = indexes(spans).zip(counts.iter().copied()).filter(|&(_, count)| count != 0.0);
    for (index, count) in populated {
        if let Some(&(last, _)) = cells.last() {
            let gap = i64::from(index) - i64::from(last) - 1;
            if (1..=i64::from(max_empty)).contains(&gap) {
                cells.extend((last + 1..index).map(|index| (index, 0.0)));
            }
        }
        cells.push((index, count));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::super::literal;
    use super::*;

    #[test]
    fn empty_buckets_go_unless_they_fill_a_short_gap() {
        let h = literal("offset:-1 buckets:[0 1 0 0 2 0 3 0] n_buckets:[0 0]");
        let compact = |max| {
            let mut h = h.clone();
            h.compact(max);
            (h.layout.positive.clone(), h.buckets.to_vec())
        };
        let span = |offset, length| BucketSpan { offset, length };
        assert_eq!(compact(0), (vec![span(0, 1), span(2, 1), span(1, 1)], vec![1.0, 2.0, 3.0]));
        assert_eq!(compact(1), (vec![span(0, 1), span(2, 3)], vec![1.0, 2.0, 0.0, 3.0]));
        assert_eq!(compact(2), (vec![span(0, 6)], vec![1.0, 0.0, 0.0, 2.0, 0.0, 3.0]));
    }
}
