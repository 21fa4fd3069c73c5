//! How far the samples of a window reach towards its edges, and what their difference is multiplied by for it.

use super::pairs::Pairs;
use super::seconds;
use crate::column::{Edges, Windows};
use crate::model::Millis;
use std::cell::OnceCell;
use std::ops::Range;

/// The first and last sample of a window and the window around them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) window: (Millis, Millis),
    pub(super) samples: (Millis, Millis),
    pub(super) count: usize,
}

impl Stretch {
    /// The start time of the counter, if it lies in the window before the first sample: the counter was 0 then.
    pub(super) fn birth(&self, start: Millis) -> Option<Millis> {
        (start != 0 && start > self.window.0 && start < self.samples.0).then_some(start)
    }

    /// What the difference of the samples is multiplied by.
    ///
    /// Where a sample lies close to the edge of the window, up to 1.1 average distances, the series is thought to go
    /// on to the edge, else half an average distance. `zero` is the part of the difference that the first sample
    /// holds: a counter is not stretched to where it would be negative.
    pub(super) fn factor(&self, birth: Option<Millis>, zero: Option<f64>) -> f64 {
        let mut reach = self.reach();
        if let Some(birth) = birth {
            reach.to_start = 0.0;
            reach.sampled = seconds(self.samples.1.saturating_sub(birth));
        } else if let Some(zero) = zero {
            reach = reach.up_to_zero(zero);
        }
        reach.factor()
    }

    fn reach(&self) -> Reach {
        let to_start = seconds(self.samples.0.saturating_sub(self.window.0));
        let to_end = seconds(self.window.1.saturating_sub(self.samples.1));
        let sampled = seconds(self.samples.1.saturating_sub(self.samples.0));
        let average = if self.count > 1 { sampled / (self.count - 1) as f64 } else { 0.0 };
        let near = average * 1.1;
        let bounded = |distance: f64| if distance >= near { average / 2.0 } else { distance };
        Reach { to_start: bounded(to_start), to_end: bounded(to_end), sampled }
    }
}

/// The stretch in seconds: between the samples, and what is added on either side.
#[derive(Clone, Copy, Debug)]
struct Reach {
    to_start: f64,
    to_end: f64,
    sampled: f64,
}

impl Reach {
    /// No further back than to where the counter was 0, `zero` of the sampled stretch.
    #[inline]
    fn up_to_zero(self, zero: f64) -> Self {
        let to_zero = self.sampled * zero;
        if to_zero < self.to_start { Reach { to_start: to_zero, ..self } } else { self }
    }

    #[inline]
    fn factor(self) -> f64 {
        let Reach { to_start, to_end, sampled } = self;
        if sampled == 0.0 { 1.0 } else { (sampled + to_start + to_end) / sampled }
    }
}

/// What the times of a window tell about its factor; only a counter near 0 changes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    reach: Reach,
    /// The factor of what may fall below 0.
    pub(super) factor: f64,
    /// From this part of the difference on the first sample is too far from 0 to count, by a margin that rounding
    /// does not cross.
    pub(super) far: f64,
}

impl Extent {
    /// Of a window in which there is nothing to stretch.
    const NONE: Extent =
        Extent { reach: Reach { to_start: 0.0, to_end: 0.0, sampled: 0.0 }, factor: 1.0, far: 0.0 };

    fn new(stretch: Stretch, divisor: Option<f64>) -> Self {
        let reach = stretch.reach();
        let far = reach.to_start / reach.sampled * (1.0 + 1e-9);
        Extent { reach, factor: divided(reach.factor(), divisor), far }
    }

    /// What the difference of a window of a counter is multiplied by; `divisor` as for [`Extents::of`].
    #[inline]
    pub(super) fn counter_factor(&self, before: f64, difference: f64, divisor: Option<f64>) -> f64 {
        if before >= 0.0 && before < difference * self.far {
            return divided(self.reach.up_to_zero(before / difference).factor(), divisor);
        }
        self.factor
    }
}

#[inline]
fn divided(factor: f64, divisor: Option<f64>) -> f64 {
    divisor.map_or(factor, |divisor| factor / divisor)
}

/// The extents of the windows of a row, for as long as times and windows stay the same.
#[derive(Clone, Debug, Default)]
pub struct Extents {
    each: OnceCell<Vec<Extent>>,
    pairs: OnceCell<Pairs>,
}

impl Extents {
    /// Those that are known, or else those of these windows; `divisor` divides every factor.
    pub(super) fn of(
        &self,
        windows: &Windows,
        edges: &[Edges],
        times: &[Millis],
        divisor: Option<f64>,
    ) -> &[Extent] {
        self.each.get_or_init(|| of_steps(0..edges.len(), windows, edges, times, divisor))
    }

    /// The same, laid out for one pass over all windows.
    pub(super) fn pairs(
        &self,
        windows: &Windows,
        edges: &[Edges],
        times: &[Millis],
        divisor: Option<f64>,
    ) -> &Pairs {
        self.pairs.get_or_init(|| Pairs::new(edges, |steps| of_steps(steps, windows, edges, times, divisor)))
    }
}

fn of_steps(
    steps: Range<usize>,
    windows: &Windows,
    edges: &[Edges],
    times: &[Millis],
    divisor: Option<f64>,
) -> Vec<Extent> {
    let extent = |step: usize| {
        let range = edges[step].range();
        if range.len() < 2 {
            return Extent::NONE;
        }
        let samples = (times[range.start], times[range.end - 1]);
        let window = (windows.start(step), windows.end(step));
        Extent::new(Stretch { window, samples, count: range.len() }, divisor)
    };
    steps.map(extent).collect()
}
