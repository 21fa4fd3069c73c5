//! `quantile`: needs all values of a group at a step at once, so the evaluator brings the rows of one group together,
//! as many steps at a time as its memory allows.

use super::groups::Groups;
use crate::column::{Cancel, Notes, Param, Row, RowMut, Stop, bits};
use crate::model::Grid;
use crate::model::quantile;

/// A `quantile` over groups.
#[derive(Debug)]
pub struct Gathering {
    pub(super) groups: Groups,
    pub(super) phi: Phi,
    pub(super) notes: Notes,
    pub(super) grid: Grid,
}

#[derive(Clone, Debug)]
pub(super) enum Phi {
    Same(f64),
    Each(Vec<f64>),
}

/// What was learnt about a group while gathering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// A histogram was left out.
    pub ignored_histogram: bool,
    /// The first member that shows a sample, counted among the members.
    pub first_present: Option<usize>,
}

impl Gathered {
    /// Adds what was learnt about the same group at other steps.
    pub fn join(&mut self, other: Gathered) {
        self.ignored_histogram |= other.ignored_histogram;
        self.first_present = match (self.first_present, other.first_present) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
    }
}

/// Room for the values of some steps, kept from call to call.
#[derive(Debug, Default)]
pub struct GatherScratch {
    values: Vec<f64>,
    counts: Vec<usize>,
}

/// How many values are brought together at a time: they should stay in the cache.
const BLOCK: usize = 32 * 1024;

impl Phi {
    pub(super) fn new(phi: Param<'_>) -> Self {
        match phi {
            Param::Const(value) => Phi::Same(value),
            Param::Row(values) => Phi::Each(values.to_vec()),
        }
    }

    fn at(&self, step: usize) -> f64 {
        match self {
            Phi::Same(value) => *value,
            Phi::Each(values) => values[step],
        }
    }
}

impl Gathering {
    /// The groups whose members are to be brought together.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// How many steps there are.
    #[must_use]
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// Computes one group at the steps from `first` on: `rows` are its members there, in order, and `out` is its empty
    /// result, all of one length.
    ///
    /// # Errors
    /// When `cancel` is set; it is looked at every few ten thousand values.
    pub fn gather(
        &self,
        first: usize,
        rows: &[Row<'_>],
        out: &mut RowMut<'_>,
        scratch: &mut GatherScratch,
        cancel: &Cancel,
    ) -> Result<Gathered, Stop> {
        let len = out.len();
        let width = (BLOCK / rows.len().max(1)).clamp(1, 64);
        scratch.values.resize(scratch.values.len().max(width * rows.len()), 0.0);
        let mut from = 0;
        while from < len {
            cancel.check()?;
            // Blocks end at word borders, so that a row's bits of a block lie in one word.
            let to = len.min(from + width).min(from / 64 * 64 + 64);
            scratch.counts.clear();
            scratch.counts.resize(to - from, 0);
            let mask = if to - from == 64 { u64::MAX } else { ((1 << (to - from)) - 1) << (from % 64) };
            for row in rows {
                for bit in bits::iter(&[row.floats[from / 64] & mask]) {
                    let step = from / 64 * 64 + bit;
                    let count = &mut scratch.counts[step - from];
                    scratch.values[(step - from) * rows.len() + *count] = row.values[step];
                    *count += 1;
                }
            }
            for step in from..to {
                let count = scratch.counts[step - from];
                if count > 0 {
                    let values = &mut scratch.values[(step - from) * rows.len()..][..count];
                    out.set_float(step, quantile(self.phi.at(first + step), values));
                }
            }
            from = to;
        }
        Ok(Gathered {
            ignored_histogram: rows.iter().any(|row| row.histograms.is_some_and(has_any)),
            first_present: rows.iter().position(|row| row.present().any(|word| word != 0)),
        })
    }
}

fn has_any(row: &crate::column::HistogramRow) -> bool {
    bits::any(row.present())
}
