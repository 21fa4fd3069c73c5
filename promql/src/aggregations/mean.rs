//! `avg` where the sum overflows: the members of the group are read again, in order, and taken in one by one as
//! Prometheus does it, changing over to an incremental mean when the sum would become infinite.

use super::AggregationError;
use super::cells::Cell;
use super::kernels::Sum;
use super::reduce::Kernel;
use super::sum::emit;
use crate::column::{Notes, Row, RowMut, bits};
use crate::model::histogram::HistogramMean;

/// The means of one group at some steps.
#[derive(Debug)]
pub(super) struct Means {
    steps: Vec<usize>,
    floats: Vec<FloatMean>,
    cells: Vec<Option<Cell<HistogramMean>>>,
}

/// A running mean of floats.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FloatMean {
    count: f64,
    /// The sum, then the mean, with what rounding lost.
    state: [f64; 2],
    incremental: bool,
}

impl FloatMean {
    pub(super) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if self.count == 1.0 {
            self.state = [value, 0.0];
            return;
        }
        if !self.incremental {
            let sum = Sum::add(self.state, value, self.count);
            if !sum[0].is_infinite() {
                self.state = sum;
                return;
            }
            self.incremental = true;
            self.state = self.state.map(|part| part / (self.count - 1.0));
        }
        let share = (self.count - 1.0) / self.count;
        self.state = Sum::add(self.state.map(|part| share * part), value / self.count, self.count);
    }

    pub(super) fn finish(self) -> f64 {
        if self.incremental {
            self.state[0] + self.state[1]
        } else {
            Sum { mean: true }.finish(self.state, self.count)
        }
    }
}

impl Means {
    pub(super) fn new(open: &[u64]) -> Self {
        let steps: Vec<usize> = bits::iter(open).collect();
        let count = steps.len();
        Means { steps, floats: vec![FloatMean::default(); count], cells: vec![None; count] }
    }

    /// Takes in the next member.
    pub(super) fn add(&mut self, number: u32, row: Row<'_>) -> Result<(), AggregationError> {
        for (slot, &step) in self.steps.iter().enumerate() {
            let (float, cell) = (&mut self.floats[slot], &mut self.cells[slot]);
            if let Some(value) = row.float(step) {
                float.add(value);
                cell.iter_mut().for_each(Cell::see_float);
            } else if let Some(histogram) = row.histogram(step) {
                match cell {
                    Some(cell) => cell.add(histogram, number)?,
                    None => *cell = Some(Cell::new(histogram, number, float.count > 0.0)),
                }
            }
        }
        Ok(())
    }

    pub(super) fn write<'a>(&self, out: &mut RowMut<'_>, notes: &mut Notes, name: &dyn Fn(u32) -> &'a str) {
        for ((&step, float), cell) in self.steps.iter().zip(&self.floats).zip(&self.cells) {
            match cell {
                Some(cell) => {
                    out.clear(step);
                    emit(cell.mean(), step, out, notes);
                    cell.raise(notes, name);
                }
                None => out.set_float(step, float.finish()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64]) -> f64 {
        let mut mean = FloatMean::default();
        values.iter().for_each(|&value| mean.add(value));
        mean.finish()
    }

    #[test]
    fn means_survive_sums_that_do_not() {
        assert_eq!(mean(&[f64::MAX, f64::MAX]), f64::MAX);
        let three = mean(&[-f64::MAX; 3]);
        assert!((three / -f64::MAX - 1.0).abs() < 1e-15, "{three}");
        assert_eq!(mean(&[1.0, 2.0, 4.5]), 2.5);
    }

    #[test]
    fn infinite_members_decide() {
        let inf = f64::INFINITY;
        assert_eq!(mean(&[inf]), inf);
        assert_eq!(mean(&[1.0, inf, -5.0]), inf);
        assert_eq!(mean(&[f64::MAX, f64::MAX, -inf]), -inf);
        assert!(mean(&[inf, -inf]).is_nan());
        assert!(mean(&[f64::MAX, f64::NAN, f64::MAX]).is_nan());
    }
}
