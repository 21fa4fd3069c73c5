//! Rates of histograms where nothing but counts changes, as it is nearly always: one layout, no reset, no gauge. The
//! counts of all results of a row are put down in one block.

use super::duration_seconds;
use super::extent::Extent;
use super::rate::{Kind, Resets};
use crate::column::{HistogramColumn, RowMut};
use crate::functions::RangeInput;
use crate::model::FloatHistogram;
use crate::model::histogram::{Counts, ResetHint};
use std::ops::Range;
use std::sync::Arc;

/// Results so far, and which windows may be among them.
pub(super) struct Steady<'a> {
    values: &'a [FloatHistogram],
    /// Samples that do not go on from the one before them.
    breaks: Resets,
    /// None if no window is steady.
    extents: Option<&'a [Extent]>,
    divisor: Option<f64>,
    results: Vec<Result>,
    counts: Vec<f64>,
}

/// A result without its counts.
struct Result {
    step: usize,
    /// The sample whose layout it has.
    like: usize,
    factor: f64,
    counts: Range<usize>,
    totals: [f64; 3],
}

impl<'a> Steady<'a> {
    /// `resets` tells for every sample whether it comes after a reset.
    pub(super) fn new(
        input: &RangeInput<'a>,
        series: &HistogramColumn<'a>,
        resets: &[bool],
        kind: Kind,
    ) -> Self {
        let values = series.values;
        let mut steady = Steady {
            values,
            breaks: Resets::default(),
            extents: None,
            divisor: kind.per_second.then(|| duration_seconds(input.windows.range)),
            results: Vec::new(),
            counts: Vec::new(),
        };
        if kind.counter && series.starts.is_none() && values.len() > 1 {
            let is_gauge = |at: usize| values[at].hint == ResetHint::Gauge;
            let goes_on = |at: usize| {
                !resets[at] && !is_gauge(at) && !is_gauge(at - 1) && values[at].continues(&values[at - 1])
            };
            steady.breaks = (1..values.len()).filter(|&at| !goes_on(at)).collect();
            let edges = input.histogram_edges;
            steady.extents =
                Some(input.histogram_extents.of(input.windows, edges, series.times, steady.divisor));
        }
        steady
    }

    /// Takes a window if it is steady, and all counts of the result are populated: others would change its layout.
    pub(super) fn take(&mut self, step: usize, window: Range<usize>) -> bool {
        let Some(extents) = self.extents else { return false };
        if window.len() < 2 || !self.breaks.within(window.start + 1..window.end).is_empty() {
            return false;
        }
        let (first, last) = (&self.values[window.start], &self.values[window.end - 1]);
        let from = self.counts.len();
        self.counts.extend(last.buckets.iter().zip(&*first.buckets).map(|(last, first)| last - first));
        if self.counts[from..].iter().fold(false, |any, &count| any | (count == 0.0)) {
            self.counts.truncate(from);
            return false;
        }
        let totals = [last.count - first.count, last.sum - first.sum, last.zero_count - first.zero_count];
        let factor = extents[step].counter_factor(first.count, totals[0], self.divisor);
        self.counts[from..].iter_mut().for_each(|count| *count *= factor);
        let counts = from..self.counts.len();
        self.results.push(Result { step, like: window.end - 1, factor, counts, totals });
        true
    }

    /// Writes the results.
    pub(super) fn write(self, out: &mut RowMut<'_>) {
        if self.results.is_empty() {
            return;
        }
        let matrix: Arc<[f64]> = self.counts.into();
        for Result { step, like, factor, counts, totals } in self.results {
            let FloatHistogram { schema, zero_threshold, ref layout, .. } = self.values[like];
            let [count, sum, zero_count] = totals.map(|total| total * factor);
            let histogram = FloatHistogram {
                hint: ResetHint::Gauge,
                schema,
                zero_threshold,
                zero_count,
                count,
                sum,
                layout: Arc::clone(layout),
                buckets: Counts::part(&matrix, counts),
            };
            out.set_histogram(step, histogram);
        }
    }
}
