//! Floats under `anchored` and `smoothed`: the value at each edge of the window is taken from the sample before it,
//! or interpolated between its neighbours, so that nothing has to be stretched.

use super::rate::{Kind, Resets, life};
use super::start_time::Life;
use super::ticker::Ticker;
use super::{duration_seconds, only_floats};
use crate::column::{Edges, FloatColumn, Note, Notes, RowMut, SeriesColumns, Windows};
use crate::functions::{RangeError, RangeInput};
use crate::model::Millis;
use std::ops::Range;

/// A value at a time.
#[derive(Clone, Copy, Debug)]
struct Point {
    time: Millis,
    value: f64,
}

impl Point {
    fn zero(time: Millis) -> Point {
        Point { time, value: 0.0 }
    }

    /// The value on the line from here to `other`. A counter that falls has started from 0.
    fn interpolate(self, other: Point, time: Millis, counter: bool) -> f64 {
        let from = if counter && other.value < self.value { 0.0 } else { self.value };
        let part = time.saturating_sub(self.time) as f64;
        from + (other.value - from) * part / other.time.saturating_sub(self.time) as f64
    }
}

/// The value between two neighbouring samples.
pub(crate) fn between(floats: &FloatColumn<'_>, before: usize, time: Millis) -> f64 {
    let point = |at: usize| Point { time: floats.times[at], value: floats.values[at] };
    point(before).interpolate(point(before + 1), time, false)
}

/// Finds the samples that stand for the edges of windows, one window after the other: neither edge goes back.
#[derive(Debug, Default)]
pub(super) struct EdgeSamples {
    first: usize,
    last: usize,
}

impl EdgeSamples {
    /// The samples that stand for the left and the right edge of `span`, both in `window`; `None` if none lies after
    /// the left edge.
    pub(super) fn find(
        &mut self,
        times: &[Millis],
        window: Range<usize>,
        span: (Millis, Millis),
        smoothed: bool,
    ) -> Option<(usize, usize)> {
        let end = window.end.checked_sub(1).filter(|&last| last >= window.start)?;
        // Where the samples of the window that pass begin to fail.
        let past = |from: usize, passes: &dyn Fn(Millis) -> bool| {
            let from = from.clamp(window.start, end);
            from + times[from..end].iter().take_while(|&&time| passes(time)).count()
        };
        self.first = past(self.first, &|time| time <= span.0);
        let first = self.first.saturating_sub(1).max(window.start);
        let last = match smoothed {
            true => {
                self.last = past(self.last, &|time| time < span.1);
                self.last
            }
            false => end,
        };
        (times[last] > span.0).then_some((first, last))
    }
}

/// The samples of an extended window and what of them counts.
struct Extended<'a> {
    floats: FloatColumn<'a>,
    start: Millis,
    end: Millis,
    lookback_start: Millis,
    smoothed: bool,
    counter: bool,
}

impl Extended<'_> {
    fn point(&self, at: usize) -> Point {
        Point { time: self.floats.times[at], value: self.floats.values[at] }
    }

    fn life(&self, at: usize) -> Life {
        life(&self.floats, at)
    }

    /// The samples that stand for the edges.
    fn shown(&self, window: Range<usize>, samples: &mut EdgeSamples) -> Option<(usize, usize)> {
        samples.find(self.floats.times, window, (self.start, self.end), self.smoothed)
    }

    /// The same for functions, which measure nothing if all samples lie after the right edge, unless the counter is
    /// known to have started before it.
    fn measured(&self, window: Range<usize>, samples: &mut EdgeSamples) -> Option<(usize, usize)> {
        let (first, last) = self.shown(window, samples)?;
        if self.smoothed && self.floats.times[first] > self.end {
            let life = self.life(first);
            let born = life.starts_after(self.lookback_start) && !life.starts_after(self.end);
            return (self.counter && born).then_some((first, last));
        }
        Some((first, last))
    }

    /// The value at the left edge and the start time that goes with it.
    fn left(&self, first: usize) -> (f64, Millis) {
        let (point, born) = (self.point(first), self.life(first));
        let known = if born.start > self.start { 0 } else { born.start };
        if point.time == self.start {
            return (point.value, born.start);
        }
        if point.time > self.start {
            let value = if !self.counter || !born.starts_after(self.lookback_start) {
                point.value
            } else if self.smoothed && !born.starts_after(self.start) {
                Point::zero(born.start).interpolate(point, self.start, true)
            } else {
                0.0
            };
            return (value, known);
        }
        let (mut point, mut next, mut known) = (point, self.point(first + 1), known);
        let next_born = self.life(first + 1);
        if self.counter && next_born.starts_after(self.start) {
            next = Point::zero(next_born.start);
        } else if self.counter && next_born.is_reset_since(born) {
            point = Point::zero(next_born.start);
            known = next_born.start;
        }
        match self.smoothed {
            true => (point.interpolate(next, self.start, self.counter), known),
            false => (point.value, known),
        }
    }

    /// The value at the right edge and the start time that goes with it.
    fn right(&self, last: usize, first_of_window: usize) -> (f64, Millis) {
        let (mut point, born) = (self.point(last), self.life(last));
        let mut known = if born.start > self.end { 0 } else { born.start };
        if point.time <= self.end {
            return (point.value, known);
        }
        if last == first_of_window {
            let value = if !self.counter || !born.starts_after(self.lookback_start) {
                point.value
            } else if self.smoothed && !born.starts_after(self.end) {
                Point::zero(born.start).interpolate(point, self.end, true)
            } else {
                0.0
            };
            return (value, known);
        }
        let mut before = self.point(last - 1);
        let before_born = self.life(last - 1);
        if self.counter && born.starts_after(self.end) {
            point = Point::zero(born.start);
            known = before_born.start;
        } else if self.counter && born.is_reset_since(before_born) {
            before = Point::zero(born.start);
        }
        match self.smoothed {
            true => (before.interpolate(point, self.end, self.counter), known),
            false => (before.value, known),
        }
    }

    /// The samples strictly inside the window, given those that stand for its edges.
    fn inner(&self, first: usize, last: usize) -> Range<usize> {
        let from = first + usize::from(self.floats.times[first] <= self.start);
        let to = last + usize::from(self.floats.times[last] < self.end);
        from..to.max(from)
    }

    /// What resets between the edges have lost.
    fn lost(&self, inner: Range<usize>, left: (f64, Millis), right: (f64, Millis), resets: &[usize]) -> f64 {
        let mut lost = 0.0;
        let mut last = (left.0, Life { start: left.1, time: self.start });
        if let Some(at) = inner.clone().next() {
            if self.floats.values[at] < last.0 || self.life(at).is_reset_since(last.1) {
                lost += last.0;
            }
            for &at in resets {
                lost += self.floats.values[at - 1];
            }
            let at = inner.end - 1;
            last = (self.floats.values[at], self.life(at));
        }
        if right.0 < last.0 || (Life { start: right.1, time: self.end }).is_reset_since(last.1) {
            lost += last.0;
        }
        lost
    }
}

/// `rate`, `increase` and `delta` of the windows of floats.
pub(super) fn rate(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    kind: Kind,
) -> Result<(), RangeError> {
    let starts = input.series.floats.starts.filter(|_| kind.counter && input.start_times);
    let floats = FloatColumn { starts, ..input.series.floats };
    let edges = only_floats(input, notes);
    let resets = if kind.counter { Resets::of(&floats) } else { Resets::default() };
    let range_seconds = duration_seconds(input.windows.range);
    let mut ticker = Ticker::new(input.cancel);
    let mut any = false;
    let mut samples = EdgeSamples::default();
    for (step, edges) in edges.iter().enumerate().filter(|(_, edges)| !edges.is_empty()) {
        let start = input.windows.start(step);
        let extended = Extended {
            floats,
            start,
            end: input.windows.end(step),
            lookback_start: start.saturating_sub(input.lookback),
            smoothed: input.smoothed,
            counter: kind.counter,
        };
        let window = edges.range();
        let Some((first, last)) = extended.measured(window.clone(), &mut samples) else { continue };
        let (left, right) = (extended.left(first), extended.right(last, window.start));
        let mut difference = right.0 - left.0;
        if kind.counter {
            let inner = extended.inner(first, last);
            let resets = resets.within(inner.start + 1..inner.end.max(inner.start + 1));
            ticker.tick(resets.len() + 1)?;
            difference += extended.lost(inner, left, right, resets);
        }
        if kind.per_second {
            difference /= range_seconds;
        }
        out.set_float(step, difference);
        any = true;
    }
    if any && kind.counter {
        notes.raise(Note::CounterOutput);
    }
    Ok(())
}

/// The points of `x[range] anchored` or `x[range] smoothed` at the first step of the grid: one at each edge of the
/// window and the samples between them; none if no sample lies in the window. Stale markers must be gone.
///
/// # Errors
/// If there is a histogram in the window and the lookback around it.
pub fn extended_points(
    series: &SeriesColumns<'_>,
    windows: &Windows,
    smoothed: bool,
    lookback: Millis,
) -> Result<Vec<(Millis, f64)>, RangeError> {
    let mut edges: Vec<Edges> = Vec::new();
    let after = if smoothed { lookback } else { 0 };
    windows.edges(series.histograms.times, lookback, after, &mut edges);
    if edges.first().is_some_and(|edges| !edges.is_empty()) {
        let modifier = if smoothed { "smoothed" } else { "anchored" };
        return Err(RangeError::Parameter(format!("{modifier} modifier is not supported with histograms")));
    }
    windows.edges(series.floats.times, lookback, after, &mut edges);
    let (start, end) = (windows.start(0), windows.end(0));
    let extended = Extended {
        floats: FloatColumn { starts: None, ..series.floats },
        start,
        end,
        lookback_start: start.saturating_sub(lookback),
        smoothed,
        counter: false,
    };
    let window = edges.first().copied().unwrap_or_default().range();
    // Unlike the functions, a selector also shows a window whose first sample lies after its end.
    let Some((first, last)) = extended.shown(window.clone(), &mut EdgeSamples::default()) else {
        return Ok(Vec::new());
    };
    let mut points = vec![(start, extended.left(first).0)];
    points.extend(extended.inner(first, last).map(|at| (series.floats.times[at], series.floats.values[at])));
    points.push((end, extended.right(last, window.start).0));
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::Function;
    use crate::functions::range::rate;
    use crate::functions::range::testing::{Case, run};

    fn data() -> Case {
        let mut case = Case::new("data", &[1.0, 2.0, 3.0, 4.0, 5.0, 9.0, 10.0, 11.0, 12.0, 13.0]);
        for (at, time) in case.times.iter_mut().enumerate() {
            *time = at as Millis * 15_000;
        }
        case
    }

    const RATE: &Function = &rate::FUNCTIONS[0];
    const INCREASE: &Function = &rate::FUNCTIONS[1];

    #[test]
    fn edges_of_the_window() {
        let mut case = data();
        case.anchored = true;
        let increase = |case: &Case, end| run(INCREASE, &case.at(end, 60_000)).values[0];
        assert_eq!(increase(&case, 20_000), Some(1.0));
        assert_eq!(increase(&case, 80_000), Some(7.0));
        assert_eq!(increase(&case, 125_000), Some(7.0));
        (case.anchored, case.smoothed) = (false, true);
        assert!((increase(&case, 20_000).unwrap() - 1.3333333333333333).abs() < 1e-15);
        assert!((increase(&case, 80_000).unwrap() - 7.0).abs() < 1e-14);
        assert!((increase(&case, 125_000).unwrap() - 6.0).abs() < 1e-14);
    }

    #[test]
    fn falling_counters_are_made_up_for() {
        let mut case = Case::new("falls", &[9.0, 8.0, 5.0, 4.0]);
        case.times = vec![0, 60_000, 120_000, 180_000];
        case.smoothed = true;
        assert_eq!(run(INCREASE, &case.at(135_000, 120_000)).values, [Some(12.0)]);
    }

    #[test]
    fn start_times_at_the_edges() {
        let minute = 60_000;
        let mut one = Case::new("one", &[60.0]);
        one.times = vec![102 * minute];
        one.smoothed = true;
        for (start, want) in [
            (97 * minute, Some(0.2)),
            (99 * minute, Some(1.0 / 3.0)),
            (100 * minute, Some(0.25)),
            (101 * minute, Some(0.0)),
            (101 * minute + 30_000, None),
        ] {
            one.starts = Some(vec![start]);
            let got = run(RATE, &one.at(101 * minute, 2 * minute)).values[0];
            match (got, want) {
                (Some(got), Some(want)) => assert!((got - want).abs() < 1e-12, "{start}: {got} {want}"),
                _ => assert_eq!(got, want, "{start}"),
            }
        }
        let mut two = Case::new("two", &[60.0, 60.0]);
        two.times = vec![100 * minute, 102 * minute];
        two.starts = Some(vec![99 * minute, 100 * minute + 30_000]);
        two.anchored = true;
        assert_eq!(run(INCREASE, &two.at(101 * minute, 2 * minute)).values, [Some(60.0)]);
        (two.anchored, two.smoothed) = (false, true);
        let got = run(RATE, &two.at(101 * minute, 2 * minute)).values[0].unwrap();
        assert!((got - 2.0 / 3.0).abs() < 1e-12, "{got}");
    }

    #[test]
    fn bare_selectors_show_their_edges() {
        let case = data();
        let points = |end, smoothed| {
            let windows =
                Windows { grid: crate::model::Grid::at(end), range: 30_000, offset: 0, pinned: None };
            case.input().with(|input| extended_points(&input.series, &windows, smoothed, 300_000)).unwrap()
        };
        assert_eq!(points(40_000, false), [(10_000, 1.0), (15_000, 2.0), (30_000, 3.0), (40_000, 3.0)]);
        let want = 2.0 + (3.0 - 2.0) * 10.0 / 15.0;
        assert_eq!(points(55_000, true)[0], (25_000, want));
        assert_eq!(points(45_000, true), [(15_000, 2.0), (30_000, 3.0), (45_000, 4.0)]);
        assert_eq!(points(900_000, false), []);
    }
}
