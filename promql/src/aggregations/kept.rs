//! Rows that a selecting aggregator keeps as they are, at all steps or at some.

use crate::column::{Row, Tile, bits};

/// Rows by number, in the order in which they came.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) rows: Vec<u32>,
    pub(super) tile: Tile,
}

impl Kept {
    pub(super) fn new(len: usize) -> Self {
        Kept { rows: Vec::new(), tile: Tile::new(0, len) }
    }

    /// Keeps a row at the steps of `mask`; nothing if that leaves no sample.
    pub(super) fn push(&mut self, number: u32, row: Row<'_>, mask: &[u64]) {
        if !row.present().zip(mask).any(|(present, mask)| present & mask != 0) {
            return;
        }
        self.rows.push(number);
        self.tile.push(row);
        if row.present().zip(mask).all(|(present, mask)| present & !mask == 0) {
            return;
        }
        let mut own = self.tile.row_mut(self.rows.len() - 1);
        own.floats.iter_mut().zip(mask).for_each(|(floats, mask)| *floats &= mask);
        if let Some(histograms) = row.histograms {
            let gone: Vec<u64> =
                histograms.present().iter().zip(mask).map(|(own, mask)| own & !mask).collect();
            bits::iter(&gone).for_each(|step| own.clear(step));
        }
    }

    pub(super) fn held(&self) -> usize {
        self.rows.len() * self.tile.len()
    }
}
