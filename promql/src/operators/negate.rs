//! Unary minus. Its rows keep their heads but for the metadata labels, as [`crate::column::NameRemoval::apply`] says.

use crate::column::{RowMut, Tile};

/// Negates all rows of a tile.
pub fn negate(tile: &mut Tile) {
    tile.values_mut().iter_mut().for_each(|value| *value = -*value);
    if tile.has_histograms() {
        for row in 0..tile.rows() {
            negate_histograms(&mut tile.row_mut(row));
        }
    }
}

/// Negates one row.
pub fn negate_row(row: &mut RowMut<'_>) {
    row.values.iter_mut().for_each(|value| *value = -*value);
    negate_histograms(row);
}

/// Buckets stay as they are, empty ones too.
fn negate_histograms(row: &mut RowMut<'_>) {
    if let Some(histograms) = row.histograms {
        histograms.iter_mut().for_each(|(_, histogram)| histogram.mul(-1.0));
    }
}
