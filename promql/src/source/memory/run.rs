//! Runs of histograms: what Prometheus keeps in one chunk.
//!
//! All histograms of a run share one layout, in which buckets that some of them lack are explicit zeros. The first
//! counter of a run reads with an unknown reset hint, the others with `not_reset`; whatever hint they came with is
//! lost. Chunks that end because they are full or old are not modelled.

use super::Series;
use crate::model::histogram::{Counts, ResetHint};
use crate::model::{FloatHistogram, Millis};
use std::sync::Arc;

/// So many histograms share a block of counts, as many as a chunk of Prometheus holds.
const BLOCK: usize = 120;

impl Series {
    pub(super) fn push_histogram(&mut self, time: Millis, mut h: FloatHistogram, start: Millis) {
        let continues = self.ends_with_histogram()
            && self.columns.histograms.values.last().is_some_and(|last| continues_run(last, &h));
        if !continues {
            self.pack();
            self.run = self.columns.histograms.values.len();
        }
        if h.hint != ResetHint::Gauge {
            h.hint = if continues { ResetHint::NotReset } else { ResetHint::Unknown };
        }
        match self.columns.histograms.values.last() {
            Some(last) if continues && !h.is_stale() && !Arc::ptr_eq(&last.layout, &h.layout) => {
                if last.layout == h.layout {
                    h.layout = Arc::clone(&last.layout);
                } else {
                    let union = last.layout.union(&h.layout);
                    let layout =
                        if union == *last.layout { Arc::clone(&last.layout) } else { Arc::new(union) };
                    for earlier in &mut self.columns.histograms.values[self.run..] {
                        earlier.spread(&layout);
                    }
                    h.spread(&layout);
                }
            }
            _ => {}
        }
        self.columns.histograms.push(time, h, start);
        if self.columns.histograms.values.len() - self.packed >= BLOCK {
            self.pack();
        }
    }

    /// Brings the counts of the newest histograms together in one block.
    fn pack(&mut self) {
        let newest = &mut self.columns.histograms.values[self.packed..];
        let counts: Vec<f64> = newest.iter().flat_map(|h| h.buckets.iter().copied()).collect();
        let block: Arc<[f64]> = counts.into();
        let mut from = 0;
        for h in newest {
            let range = from..from + h.buckets.len();
            from = range.end;
            h.buckets = Counts::part(&block, range);
        }
        self.packed = self.columns.histograms.values.len();
    }
}

/// True if a histogram goes into the run that ends with `last`.
fn continues_run(last: &FloatHistogram, h: &FloatHistogram) -> bool {
    if (last.hint == ResetHint::Gauge) != (h.hint == ResetHint::Gauge) || h.hint == ResetHint::Reset {
        return false;
    }
    if h.is_stale() {
        return true;
    }
    let alike = !last.is_stale()
        && h.schema == last.schema
        && h.zero_threshold == last.zero_threshold
        && h.layout.bounds == last.layout.bounds;
    // Whatever the hint says, the storage looks for a reset itself.
    let unhinted = || FloatHistogram { hint: ResetHint::Unknown, ..h.clone() };
    alike && (h.hint == ResetHint::Gauge || !unhinted().detect_reset(last))
}

#[cfg(test)]
mod tests {
    use crate::model::histogram::{BucketSpan, FloatHistogram, Layout, ResetHint};
    use crate::model::{Labels, Sample, stale_nan};
    use crate::source::MemorySource;
    use std::sync::Arc;

    fn h(offset: i32, counts: &[f64], hint: ResetHint) -> Sample {
        let length = u32::try_from(counts.len()).unwrap();
        let layout = Layout { positive: vec![BucketSpan { offset, length }], ..Layout::default() };
        Sample::Histogram(FloatHistogram {
            hint,
            count: counts.iter().sum(),
            layout: Arc::new(layout),
            buckets: counts.to_vec().into(),
            ..FloatHistogram::default()
        })
    }

    fn stored(samples: Vec<Sample>) -> Vec<FloatHistogram> {
        let mut source = MemorySource::default();
        for (time, sample) in (0..).zip(samples) {
            source.append(&Labels::empty(), time, sample, 0).unwrap();
        }
        source.0.series[0].columns.histograms.values.clone()
    }

    fn hints(samples: Vec<Sample>) -> Vec<ResetHint> {
        stored(samples).iter().map(|h| h.hint).collect()
    }

    use ResetHint::{Gauge, NotReset, Reset, Unknown};

    #[test]
    fn the_first_of_a_run_is_unknown_and_the_others_are_not_reset() {
        assert_eq!(hints(vec![h(0, &[1.0], NotReset), h(0, &[1.0], Unknown)]), [Unknown, NotReset]);
    }

    #[test]
    fn runs_break_at_resets_kinds_and_stale_markers() {
        let one = || h(0, &[1.0], Unknown);
        assert_eq!(hints(vec![one(), h(0, &[2.0], Reset), one()]), [Unknown; 3]);
        assert_eq!(hints(vec![one(), h(1, &[2.0], Unknown)]), [Unknown; 2]);
        assert_eq!(hints(vec![one(), Sample::Float(1.0), one()]), [Unknown; 2]);
        assert_eq!(hints(vec![one(), Sample::Float(stale_nan()), one()]), [Unknown, NotReset, Unknown]);
        assert_eq!(
            hints(vec![one(), h(0, &[2.0], Gauge), h(0, &[1.0], Gauge), one()]),
            [Unknown, Gauge, Gauge, Unknown]
        );
    }

    #[test]
    fn counts_of_neighbours_lie_side_by_side() {
        let all = stored((0..300).map(|nth| h(0, &[f64::from(nth), 1.0], Unknown)).collect());
        for (nth, pair) in all[..240].windows(2).enumerate() {
            let place = |h: &FloatHistogram| h.buckets.as_ptr() as usize;
            let gap = place(&pair[1]).wrapping_sub(place(&pair[0]));
            assert!(gap == 16 || nth % 120 == 119, "{nth}: {gap}");
        }
        assert!(all.iter().enumerate().all(|(nth, h)| h.buckets[..] == [nth as f64, 1.0]));
    }

    #[test]
    fn a_run_has_one_layout() {
        let all = stored(vec![
            h(0, &[1.0], Unknown),
            h(-1, &[2.0, 2.0], Unknown),
            h(-1, &[2.0, 2.0, 0.0, 3.0], Unknown),
        ]);
        let counts: Vec<&[f64]> = all.iter().map(|h| &*h.buckets).collect();
        assert_eq!(counts, [&[0.0, 1.0, 0.0, 0.0], &[2.0, 2.0, 0.0, 0.0], &[2.0, 2.0, 0.0, 3.0]]);
        assert!(Arc::ptr_eq(&all[0].layout, &all[2].layout));
    }
}
