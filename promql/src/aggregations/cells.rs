//! The histograms of one group at one step under `sum` and `avg`. Kinds and schemas that do not go together make the
//! group lose its value; what is said about it hangs on the order of the members.

use super::AggregationError;
use crate::column::{Note, Notes};
use crate::model::FloatHistogram;
use crate::model::histogram::{Combined, HistogramError, HistogramMean, HistogramSum};

/// A running combination of histograms.
pub(super) trait Accumulator: Sized {
    fn new(first: &FloatHistogram) -> Self;
    fn add(&mut self, other: &FloatHistogram) -> Result<(), HistogramError>;
    fn combined(&self) -> Combined;
}

impl Accumulator for HistogramSum {
    fn new(first: &FloatHistogram) -> Self {
        HistogramSum::new(first)
    }

    fn add(&mut self, other: &FloatHistogram) -> Result<(), HistogramError> {
        self.add(other)
    }

    fn combined(&self) -> Combined {
        self.combined()
    }
}

impl Accumulator for HistogramMean {
    fn new(first: &FloatHistogram) -> Self {
        HistogramMean::new(first)
    }

    fn add(&mut self, other: &FloatHistogram) -> Result<(), HistogramError> {
        self.add(other)
    }

    fn combined(&self) -> Combined {
        self.combined()
    }
}

/// What became of a group with histograms at a step.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A value, and whether the hints `reset` and `not_reset` met in it.
    Value(FloatHistogram, bool),
    /// There were floats too.
    Mixed,
    /// Exponential and custom buckets met.
    Incompatible,
    /// A mean that sums cannot tell.
    Overflow,
}

/// The histograms of one group at one step.
#[derive(Clone, Debug)]
pub(super) struct Cell<A> {
    /// None if a float came first: then there is nothing to add up.
    state: Option<A>,
    /// The rows that brought the first histogram and the first one of the other schema; what follows that one is
    /// ignored.
    first: u32,
    breaker: Option<u32>,
    floats: bool,
    count: u32,
    overflow: bool,
    /// Size of the first histogram in samples.
    size: usize,
}

impl<A: Accumulator> Cell<A> {
    pub(super) fn new(histogram: &FloatHistogram, row: u32, after_floats: bool) -> Self {
        let state = (!after_floats).then(|| A::new(histogram));
        Cell {
            state,
            first: row,
            breaker: None,
            floats: after_floats,
            count: 1,
            overflow: false,
            size: histogram.size_in_samples(),
        }
    }

    pub(super) fn add(&mut self, histogram: &FloatHistogram, row: u32) -> Result<(), AggregationError> {
        if self.breaker.is_some() {
            return Ok(());
        }
        self.count += 1;
        match self.state.as_mut().map(|state| state.add(histogram)) {
            None | Some(Ok(())) => Ok(()),
            Some(Err(HistogramError::IncompatibleSchema)) => {
                self.breaker = Some(row);
                Ok(())
            }
            Some(Err(error)) => Err(error.into()),
        }
    }

    /// A float came in.
    pub(super) fn see_float(&mut self) {
        self.floats |= self.breaker.is_none();
    }

    /// Raises what happened on the way, whatever came out.
    pub(super) fn raise<'a>(&self, notes: &mut Notes, name: &dyn Fn(u32) -> &'a str) {
        if let Some(row) = self.breaker {
            notes.raise(Note::MixedExponentialCustomInGroup(name(row).to_owned()));
        }
        if self.state.as_ref().is_some_and(|state| state.combined().reconciled_bounds) {
            notes.raise(Note::ReconciledBounds);
        }
    }

    fn outcome(&self, value: impl FnOnce(&A) -> FloatHistogram) -> Outcome {
        match &self.state {
            _ if self.floats => Outcome::Mixed,
            Some(state) if self.breaker.is_none() => {
                let mut value = value(state);
                value.compact(0);
                Outcome::Value(value, state.combined().conflicting_resets)
            }
            _ => Outcome::Incompatible,
        }
    }
}

impl Cell<HistogramSum> {
    /// The cell of a sum that was made elsewhere of so many histograms.
    pub(super) fn of((state, count, first): (HistogramSum, u32, u32)) -> Self {
        // What was infinite once may be no number now.
        let overflow = state.has_overflow() || !state.is_finite();
        let size = state.size_in_samples();
        Cell { state: Some(state), first, breaker: None, floats: false, count, overflow, size }
    }

    /// As [`Cell::add`], on the way to a mean: a sum that overflows once is no use any more.
    pub(super) fn add_to_mean(
        &mut self,
        histogram: &FloatHistogram,
        row: u32,
    ) -> Result<(), AggregationError> {
        self.add(histogram, row)?;
        self.overflow |= self.state.as_ref().is_some_and(HistogramSum::has_overflow);
        Ok(())
    }

    /// Floats of earlier rows turn up.
    pub(super) fn come_after_floats(&mut self) {
        *self = Cell { state: None, breaker: None, floats: true, overflow: false, ..*self };
    }

    /// Takes in the cell of later rows.
    pub(super) fn join(&mut self, later: &Self) -> Result<(), AggregationError> {
        if self.breaker.is_some() {
            return Ok(());
        }
        self.count += later.count;
        self.floats |= later.floats;
        self.overflow |= later.overflow;
        let (Some(own), Some(other)) = (&mut self.state, &later.state) else { return Ok(()) };
        match own.merge(other) {
            Ok(()) => self.breaker = later.breaker,
            Err(HistogramError::IncompatibleSchema) => self.breaker = Some(later.first),
            Err(error) => return Err(error.into()),
        }
        self.overflow |= own.has_overflow();
        Ok(())
    }

    /// The sum, or the mean if the sums tell it.
    pub(super) fn total(&self, mean: bool) -> Outcome {
        match self.outcome(|sum| if mean { sum.mean(f64::from(self.count)) } else { sum.finish() }) {
            Outcome::Value(..) if mean && self.overflow => Outcome::Overflow,
            outcome => outcome,
        }
    }

    /// How many float samples it weighs as, near enough: later members may have brought more buckets.
    pub(super) fn held(&self) -> usize {
        if self.state.is_some() { 2 * self.size } else { 0 }
    }
}

impl Cell<HistogramMean> {
    pub(super) fn mean(&self) -> Outcome {
        self.outcome(HistogramMean::finish)
    }
}
