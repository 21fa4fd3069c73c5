//! `sum` and `avg`: floats step by step in lanes, histograms beside them, row by row or in cells.
//!
//! A mean whose sum overflows cannot be told from sums: such groups are read again, see [`super::mean`].

use super::AggregationError;
use super::cells::{Cell, Outcome};
use super::kernels::Sum;
use super::reduce::Reduction;
use crate::column::{HistogramRow, Note, Notes, Row, RowMut, bits};
use crate::model::histogram::{HistogramSum, HistogramSums};

#[derive(Debug)]
pub(super) struct SumFold {
    floats: Reduction<Sum, 2>,
    mean: bool,
    len: usize,
    beside: Vec<Beside>,
}

/// What a slot holds beside its lanes, mostly nothing.
#[derive(Debug, Default)]
struct Beside {
    /// The histograms as long as there is nothing else, and those that meet have one shape.
    sums: Option<Box<HistogramSums>>,
    /// The histograms otherwise.
    cells: Option<Cells>,
    /// What kinds of values that are not finite came in, a step; kept for means only.
    wild: Option<Box<[u8]>>,
}

/// The cells of a slot, one place a step.
type Cells = Box<[Option<Box<Cell<HistogramSum>>>]>;

impl Beside {
    /// The histograms in cells, and nowhere else from now on.
    fn cells(&mut self, len: usize) -> &mut Cells {
        let sums = self.sums.take();
        self.cells.get_or_insert_with(|| cells(sums.as_deref(), len))
    }
}

fn cells(sums: Option<&HistogramSums>, len: usize) -> Cells {
    (0..len).map(|step| sums.and_then(|sums| sums.at(step)).map(|sum| Box::new(Cell::of(sum)))).collect()
}

const NAN: u8 = 1;
const POSITIVE: u8 = 2;
const NEGATIVE: u8 = 4;

impl SumFold {
    pub(super) fn new(mean: bool, len: usize) -> Self {
        SumFold { floats: Reduction::new(Sum { mean }, len), mean, len, beside: Vec::new() }
    }

    pub(super) fn groups(&self) -> &[u32] {
        self.floats.groups()
    }

    pub(super) fn held(&self) -> usize {
        let cells = self.beside.iter().flat_map(|beside| beside.cells.iter().flatten().flatten());
        let sums = self.beside.iter().filter_map(|beside| beside.sums.as_ref());
        self.floats.held()
            + cells.map(|cell| cell.held()).sum::<usize>()
            + sums.map(|sums| 2 * sums.size_in_samples()).sum::<usize>()
    }

    fn slot(&mut self, group: u32) -> usize {
        let slot = self.floats.slot(group);
        if slot == self.beside.len() {
            self.beside.push(Beside::default());
        }
        slot
    }

    pub(super) fn fold(&mut self, number: u32, group: u32, row: Row<'_>) -> Result<(), AggregationError> {
        let slot = self.slot(group);
        let len = self.len;
        let beside = &mut self.beside[slot];
        let has_floats = bits::any(row.floats);
        let alone = beside.cells.is_none() && !has_floats && self.floats.tally(slot).is_empty();
        if let Some(table) = row.histograms.and_then(HistogramRow::table).filter(|_| alone)
            && beside.sums.get_or_insert_with(|| Box::new(HistogramSums::new(len))).add(table, number)
        {
            return Ok(());
        }
        if let Some(histograms) = row.histograms {
            let cells = beside.cells(len);
            for (step, histogram) in histograms.iter() {
                match &mut cells[step] {
                    Some(cell) if self.mean => cell.add_to_mean(histogram, number)?,
                    Some(cell) => cell.add(histogram, number)?,
                    empty => {
                        let floats_first = self.floats.tally(slot).at(step) > 0;
                        *empty = Some(Box::new(Cell::new(histogram, number, floats_first)));
                    }
                }
            }
        }
        if has_floats {
            if beside.sums.is_some() || beside.cells.is_some() {
                let cells = beside.cells(len);
                bits::iter(row.floats)
                    .for_each(|step| cells[step].iter_mut().for_each(|cell| cell.see_float()));
            }
            // Absent slots may look wild too, but then only the look is in vain.
            if self.mean && row.values.iter().fold(false, |any, value| any | !value.is_finite()) {
                let wild = beside.wild.get_or_insert_with(|| vec![0; len].into());
                bits::iter(row.floats).for_each(|step| wild[step] |= wildness(row.values[step]));
            }
            self.floats.add(slot, row.values, row.floats);
        }
        Ok(())
    }

    pub(super) fn merge(&mut self, later: Self) -> Result<(), AggregationError> {
        for (from, mut beside) in later.beside.into_iter().enumerate() {
            let slot = self.slot(later.floats.groups()[from]);
            let own = &mut self.beside[slot];
            let alone = own.cells.is_none() && self.floats.tally(slot).is_empty();
            let merged = match beside.sums.take_if(|_| alone) {
                Some(sums) if own.sums.is_none() => {
                    own.sums = Some(sums);
                    true
                }
                Some(sums) => {
                    let fits = own.sums.as_mut().is_some_and(|own| own.merge(&sums));
                    beside.sums = Some(sums).filter(|_| !fits);
                    fits
                }
                None => false,
            };
            let any = |beside: &Beside| beside.sums.is_some() || beside.cells.is_some();
            if !merged && (any(own) || any(&beside)) {
                let (cells, mut others) = (own.cells(self.len), std::mem::take(beside.cells(self.len)));
                for (step, cell) in cells.iter_mut().enumerate() {
                    let (before, behind) =
                        (self.floats.tally(slot).at(step), later.floats.tally(from).at(step));
                    match (&mut *cell, others[step].take()) {
                        (Some(cell), Some(other)) => cell.join(&other)?,
                        (Some(cell), None) if behind > 0 => cell.see_float(),
                        (None, Some(mut other)) => {
                            if before > 0 {
                                other.come_after_floats();
                            }
                            *cell = Some(other);
                        }
                        _ => {}
                    }
                }
            }
            match (&mut own.wild, beside.wild) {
                (Some(own), Some(other)) => own.iter_mut().zip(other).for_each(|(own, other)| *own |= other),
                (own @ None, other) => *own = other,
                (_, None) => {}
            }
            self.floats.join(slot, &later.floats, from);
        }
        Ok(())
    }

    /// Writes the results of a slot. The steps whose mean has to be computed anew are set in `open`.
    pub(super) fn write<'a>(
        &self,
        slot: usize,
        out: &mut RowMut<'_>,
        open: &mut [u64],
        notes: &mut Notes,
        name: &dyn Fn(u32) -> &'a str,
    ) {
        self.floats.write(slot, out);
        if self.mean {
            for step in 0..self.len {
                let [sum, _] = self.floats.state(slot, step);
                if !sum.is_finite() && bits::get(out.floats, step) {
                    let wild = self.beside[slot].wild.as_ref().map_or(0, |wild| wild[step]);
                    match wild {
                        0 => bits::set(open, step),
                        POSITIVE => out.values[step] = f64::INFINITY,
                        NEGATIVE => out.values[step] = f64::NEG_INFINITY,
                        _ => out.values[step] = f64::NAN,
                    }
                }
            }
        }
        let beside = &self.beside[slot];
        let made = beside.sums.as_ref().map(|sums| cells(Some(sums), self.len));
        let Some(cells) = beside.cells.as_ref().or(made.as_ref()) else { return };
        for (step, cell) in cells.iter().enumerate().filter_map(|(step, cell)| Some((step, cell.as_ref()?))) {
            out.clear(step);
            bits::clear(open, step);
            match cell.total(self.mean) {
                Outcome::Overflow => bits::set(open, step),
                outcome => emit(outcome, step, out, notes),
            }
            cell.raise(notes, name);
        }
    }
}

/// Writes what became of the histograms at a step.
pub(super) fn emit(outcome: Outcome, step: usize, out: &mut RowMut<'_>, notes: &mut Notes) {
    match outcome {
        Outcome::Value(histogram, resets_conflict) => {
            if resets_conflict {
                notes.raise(Note::ConflictingResets);
            }
            out.set_histogram(step, histogram);
        }
        Outcome::Mixed => notes.raise(Note::MixedFloatsHistogramsInGroup),
        Outcome::Incompatible | Outcome::Overflow => {}
    }
}

fn wildness(value: f64) -> u8 {
    if value.is_nan() {
        NAN
    } else if value == f64::INFINITY {
        POSITIVE
    } else if value == f64::NEG_INFINITY {
        NEGATIVE
    } else {
        0
    }
}
