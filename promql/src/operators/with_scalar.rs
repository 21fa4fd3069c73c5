//! A vector and a scalar: row by row in place, labels known from the operator alone.

use super::element::{Element, Operand, element};
use super::float;
use super::lane::{NoteLane, Remark};
use super::table::operator;
use crate::column::{NameRemoval, Note, Param, RowHead, RowMut, Tile, bits};
use crate::model::Sample;
use promql_grammar::ast::BinaryOp;

/// The head of a row after an operation with a scalar.
#[must_use]
pub fn head_with_scalar(op: BinaryOp, return_bool: bool, head: &RowHead, mode: NameRemoval) -> RowHead {
    if operator(op).changes_schema || return_bool { mode.apply(head) } else { head.clone() }
}

/// Combines all rows of a tile with a scalar, in place. `first_order` is the place of the tile's first row in the
/// order of the whole vector.
pub fn tile_with_scalar(
    op: BinaryOp,
    return_bool: bool,
    tile: &mut Tile,
    (scalar, scalar_on_left): (Param<'_>, bool),
    (lane, first_order): (&mut NoteLane, u32),
) {
    let whole = matches!(scalar, Param::Const(_)) && !tile.has_histograms();
    if whole && !op.is_trim() && (return_bool || !op.is_comparison()) {
        return float::map(op, tile.values_mut(), scalar, scalar_on_left);
    }
    for (row, order) in (0..tile.rows()).zip(first_order..) {
        lane.start_row(order);
        with_scalar(op, return_bool, &mut tile.row_mut(row), scalar, scalar_on_left, lane);
    }
}

/// Combines a row with a scalar, in place. A filter comparison keeps the row's own sample on whichever side it stands.
pub fn with_scalar(
    op: BinaryOp,
    return_bool: bool,
    row: &mut RowMut<'_>,
    scalar: Param<'_>,
    scalar_on_left: bool,
    lane: &mut NoteLane,
) {
    if op.is_trim() {
        let note = Note::IncompatibleTypes { left_histogram: false, right_histogram: false };
        bits::iter(row.floats).for_each(|step| lane.raise(step, Remark::Note(note.clone())));
        row.floats.fill(0);
    } else if op.is_comparison() && !return_bool {
        float::retain(op, row.values, row.floats, scalar, scalar_on_left);
    } else {
        float::map(op, row.values, scalar, scalar_on_left);
    }
    let Some(histograms) = row.histograms else { return };
    let present = histograms.present().to_vec();
    for step in bits::iter(&present) {
        let Some(histogram) = histograms.get(step) else { continue };
        let (own, scalar) = (Operand::Histogram(histogram), Operand::Float(scalar.at(step)));
        let (left, right) = if scalar_on_left { (scalar, own) } else { (own, scalar) };
        match element(op, return_bool, left, right) {
            Element::Kept(Sample::Histogram(result), remark) => {
                histograms.set(step, result);
                remark.into_iter().for_each(|remark| lane.raise(step, remark));
            }
            Element::Invalid(remark) => {
                histograms.clear(step);
                lane.raise(step, remark);
            }
            // Between a histogram and a float there is nothing that compares or gives a float.
            Element::Filtered | Element::Kept(Sample::Float(_), _) => histograms.clear(step),
        }
    }
    if !bits::any(histograms.present()) {
        row.drop_histograms();
    }
}
