//! Rates of histograms where nothing but counts changes, as it is nearly always: one shape, no reset, no gauge. The
//! differences are made row by row, and stay in a table.

use super::duration_seconds;
use super::extent::Extent;
use super::rate::{Kind, Resets};
use super::rate_histogram::Series;
use crate::functions::RangeInput;
use crate::model::histogram::{COUNT, HistogramTable, ResetHint, Run};
use std::iter::Peekable;
use std::ops::Range;

/// Which windows are steady, and where in the table they are.
pub(super) struct Steady<'a, I: Iterator<Item = Run<'a>>> {
    series: &'a Series<'a>,
    /// Samples that do not go on from the one before them, from the last window on.
    breaks: Peekable<std::vec::IntoIter<usize>>,
    extents: &'a [Extent],
    divisor: Option<f64>,
    /// From that of the last window on.
    runs: Peekable<I>,
    /// The rows that were added last have the shape of the first of the runs.
    begun: bool,
}

/// Whatever is steady; none if no window can be.
pub(super) fn steady<'a>(
    input: &RangeInput<'a>,
    series: &'a Series<'a>,
    resets: &Resets,
    kind: Kind,
) -> Option<Steady<'a, impl Iterator<Item = Run<'a>>>> {
    if !kind.counter || series.starts.is_some() || series.len() < 2 {
        return None;
    }
    let rows = series.rows();
    let mut breaks = Vec::new();
    for run in series.table.runs_within(rows.clone()) {
        let is_gauge = |row: usize| series.table.hints[row] == ResetHint::Gauge;
        let first = run.rows.start;
        let closed = run.shape.is_closed();
        let breaking = run.rows.filter(|&row| row == first || !closed || is_gauge(row) || is_gauge(row - 1));
        breaks.extend(breaking.map(|row| row - rows.start));
    }
    if !resets.is_empty() {
        breaks.extend(resets.within(0..series.len()));
        breaks.sort_unstable();
    }
    let divisor = kind.per_second.then(|| duration_seconds(input.windows.range));
    let extents = input.histogram_extents.of(input.windows, input.histogram_edges, series.times, divisor);
    let runs = series.table.runs_within(rows).peekable();
    Some(Steady { series, breaks: breaks.into_iter().peekable(), extents, divisor, runs, begun: false })
}

impl<'a, I: Iterator<Item = Run<'a>>> Steady<'a, I> {
    /// Adds the rate of a window to `out` if it is steady and all counts of the result are populated: others would
    /// change its layout. Windows come in the order of their ends.
    pub(super) fn take(&mut self, step: usize, window: Range<usize>, out: &mut HistogramTable) -> bool {
        while self.breaks.next_if(|&at| at <= window.start).is_some() {}
        if window.len() < 2 || self.breaks.peek().is_some_and(|&at| at < window.end) {
            self.begun = false;
            return false;
        }
        let table = self.series.table;
        let [first, last] = [window.start, window.end - 1].map(|at| self.series.row(at));
        while self.runs.next_if(|run| run.rows.end <= first).is_some() {
            self.begun = false;
        }
        let Some(run) = self.runs.peek() else { return false };
        if !self.begun {
            out.begin(run.shape);
        }
        let from = out.buckets.len();
        out.buckets.extend(run.row(last).iter().zip(run.row(first)).map(|(last, first)| last - first));
        let counts = &mut out.buckets[from..];
        if counts.iter().fold(false, |any, &count| any | (count == 0.0)) {
            out.buckets.truncate(from);
            self.begun = false;
            return false;
        }
        let (before, mut totals) = (table.totals[first], table.totals[last]);
        totals.iter_mut().zip(before).for_each(|(last, first)| *last -= first);
        let factor = self.extents[step].counter_factor(before[COUNT], totals[COUNT], self.divisor);
        counts.iter_mut().for_each(|count| *count *= factor);
        out.push_numbers(ResetHint::Gauge, totals.map(|total| total * factor));
        self.begun = true;
        true
    }
}
